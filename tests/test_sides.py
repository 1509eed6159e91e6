"""Sides where a line all but closes, or crosses itself."""

import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Geod

from dmz import geodesy

sys.path.insert(0, str(Path(__file__).parent))
import boundary_check as check
from geodesic_truth import Truth
from random_lines import random_case

GEOD = Geod(ellps="WGS84")
CENTRE, RADIUS_M = (29.03, 46.8), 2_100.0
# Walks and rings whose sides were wrong once: a bisector that ended short of a crossing, a ring open by 13 mm.
WRONG_ONCE = (340,)


def at(azimuth: float, metres: float, start: tuple[float, float] = (36.0, 35.5)) -> tuple[float, float]:
    return GEOD.fwd(*start, azimuth, metres)[:2]


HERE = at(0, 0)
MEETING = {
    "T": [[at(270, 8e3), at(90, 8e3)], [at(0, 6e3), HERE]],
    "Y": [[HERE, at(0, 8e3)], [HERE, at(120, 8e3)], [at(240, 8e3), HERE]],
    "eight": [[at(225, 8e3), HERE, at(45, 8e3), at(315, 8e3), HERE, at(135, 8e3)]],
    "touching rings": [
        [at(turn, 4e3, at(270, 4e3)) for turn in range(90, 451, 10)],
        [at(turn, 4e3, at(90, 4e3)) for turn in range(270, 631, 10)],
    ],
    "grid": [
        [at(course + 180, 8e3, at(course + 90, off)), at(course, 8e3, at(course + 90, off))]
        for course in (0, 90)
        for off in (-3e3, 0, 3e3)
    ],
}


def ring_open_by(gap_m: float, vertices: int = 177) -> shapely.LineString:
    azimuth = np.linspace(0, -360 + np.degrees(gap_m / RADIUS_M), vertices)
    here = np.ones(vertices)
    lon, lat, _ = GEOD.fwd(CENTRE[0] * here, CENTRE[1] * here, azimuth, RADIUS_M * here)
    return shapely.LineString(np.column_stack([lon, lat]))


@pytest.mark.parametrize("gap_m", [0.0005, 0.008, 0.0133, 0.03, 1.0, 5.0])
def test_a_ring_left_open_by_a_hair_keeps_its_inside(gap_m):
    left, right = geodesy.sides(ring_open_by(gap_m), 27_000, 1.0)
    assert geodesy.area(left) / 1e6 == pytest.approx(np.pi * 2.1**2, rel=5e-4)
    assert check.contains(left, np.array([CENTRE])).all()
    assert not check.contains(right, np.array([CENTRE])).any()


@pytest.mark.parametrize("azimuth", [0.0, 33.0, 71.5])
@pytest.mark.parametrize("angle", [5.0, 40.0, 90.0])
def test_sides_of_a_line_that_crosses_itself(azimuth, angle):
    """A bow: along one diagonal, round, and back along the other; four wedges meet in the crossing."""
    ways = azimuth + np.array([180, 0, angle, angle + 180])
    lon, lat, _ = GEOD.fwd(np.full(4, 36.0), np.full(4, 35.5), ways, np.full(4, 8_000.0))
    line = shapely.LineString(np.column_stack([lon, lat]))
    truth = Truth.of(line)
    assert check.side_faults(geodesy.sides(line, 5_000, 0.5), truth, 5_000, 0.5, count=2_000) == []


@pytest.mark.parametrize("gap_m", [0.0, 0.005, 0.3, 0.9, 1.5, 20.0])
def test_parts_that_run_against_each_other_change_sides_where_they_meet(gap_m):
    """Two parts that begin in one place: what is left of one is right of the other."""
    lon, lat, _ = GEOD.fwd(np.full(4, 36.0), np.full(4, 35.5), [290, 270, 90, 50], [8_000, gap_m / 2, gap_m / 2, 8_000])
    west, east = [[(lon[i], lat[i]) for i in pair] for pair in ((1, 0), (2, 3))]
    line = shapely.MultiLineString([west, east])
    truth = Truth.of(line)
    assert check.side_faults(geodesy.sides(line, 3_000, 0.5), truth, 3_000, 0.5, count=1_500) == []


@pytest.mark.parametrize("kind", ["T", "Y", "eight", "touching rings", "grid"])
def test_sides_where_parts_meet(kind):
    line = shapely.MultiLineString(MEETING[kind])
    truth = Truth.of(line)
    assert check.side_faults(geodesy.sides(line, 5_000, 0.5), truth, 5_000, 0.5, count=1_500) == []


@pytest.mark.parametrize("seed", WRONG_ONCE)
def test_sides_that_were_wrong_once(seed):
    case = random_case(seed)
    pair = geodesy.sides(case.geometry, case.distance_m, case.tolerance_m)
    truth = Truth.of(case.geometry)
    assert check.side_faults(pair, truth, case.distance_m, case.tolerance_m, seed=seed, count=2_000) == []
