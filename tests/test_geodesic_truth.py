"""The fast truth is the slow truth: GeographicLib through two roads, one point at a time and by the thousand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from geodesic_truth import GEOD, Truth, lines_of
from random_lines import random_case
from truth import WGS84, distance_m
from truth import side as slow_side

RANGES_M = (0.001, 1.0, 1_000.0, 30_000.0, 200_000.0, 1_000_000.0)


def walk(lon: float, lat: float, step_m: float, count: int = 40) -> np.ndarray:
    metres = np.cumsum(np.random.default_rng(7).normal(0, step_m, (count, 2)), axis=0)
    here = np.ones(count)
    azimuth = np.degrees(np.arctan2(*metres.T))
    return np.column_stack(GEOD.fwd(lon * here, lat * here, azimuth, np.hypot(*metres.T))[:2])


LINES = {
    "a walk": walk(36, 35, 2_000),
    "over the antimeridian": walk(180, 50, 20_000),
    "about the pole": walk(10, 89.9, 20_000),
    "over the pole": np.array([(20.0, 88.0), (-160.0, 89.0)]),
    "segments of 1 mm": walk(36, 35, 0.001),
    "repeated vertices": np.repeat(walk(36, 35, 500, 12), 3, axis=0),
    "51 vertices along 60 N": np.column_stack([np.linspace(-10, 80, 51), np.full(51, 60.0)]),
    "two edges of 5,000 km": np.array([(-60.0, -10.0), (-10.0, 30.0), (40.0, 60.0)]),
    "a point": np.array([(30.0, 60.0)]),
    "the pole itself": np.array([(0.0, -90.0)]),
}


def around(truth: Truth, away_m: float, count: int, seed: int = 0) -> np.ndarray:
    """Random points at most `away_m` from a line."""
    rng = np.random.default_rng(seed)
    lon, lat = truth.somewhere(rng, count).T
    away = away_m * rng.uniform(0.3, 1, count)
    return np.column_stack(GEOD.fwd(lon, lat, rng.uniform(0, 360, count), away)[:2])


@pytest.mark.parametrize("name", LINES)
def test_distances_are_those_of_golden_section_on_geographiclib(name):
    truth = Truth([LINES[name]])
    points = np.vstack([around(truth, away, 2) for away in RANGES_M])
    slow = [distance_m(lon, lat, LINES[name]) for lon, lat in points]
    assert np.abs(truth.distance(points) - slow).max() < 1e-4


@pytest.mark.parametrize("seed", range(6))
def test_no_piece_of_a_random_line_is_nearer_than_the_nearest(seed):
    """Against 41 points of every edge: none may be nearer, one must be as near, up to half their spacing."""
    case = random_case(seed)
    truth = Truth(lines_of(case.geometry))
    edge = np.repeat(np.arange(len(truth.length)), 41)
    lon, lat, _ = truth.along(edge, np.tile(np.linspace(0, 1, 41), len(truth.length)) * truth.length[edge])
    points = around(truth, case.distance_m, 6, seed)
    for point, found in zip(points, truth.distance(points), strict=True):
        here = np.broadcast_to(point, (len(edge), 2))
        sampled = np.asarray(GEOD.inv(here[:, 0], here[:, 1], lon, lat)[2]).min()
        assert sampled - truth.length.max() / 80 <= found + 1e-6
        assert found <= sampled + 1e-6


def test_a_foot_lies_at_its_distance():
    truth = Truth([LINES["a walk"]])
    points = around(truth, 30_000, 50)
    away, foot = truth.feet(points)
    assert GEOD.inv(*points.T, *foot.T)[2] == pytest.approx(away, abs=1e-6)


def test_ground_within_a_polygon_is_at_no_distance_and_its_hole_is_not():
    square = shapely.box(179, 50, 181, 51).difference(shapely.box(179.5, 50.2, 180.5, 50.8))
    away = Truth.of(square).distance(np.array([(179.2, 50.5), (-179.2, 50.5), (180, 50.5), (178, 50.5)]))
    assert away[:2].tolist() == [0, 0]
    assert (away[2:] > 30_000).all()


@pytest.mark.parametrize("name", ["a walk", "over the antimeridian", "51 vertices along 60 N"])
def test_sides_are_those_of_geographiclib_where_an_edge_is_nearest(name):
    line = LINES[name][:12]
    truth, decided = Truth([line]), 0
    points = around(truth, 20_000, 60, 2)
    for (lon, lat), found in zip(points, truth.side(points), strict=True):
        expected = slow_side(lon, lat, line)
        decided += expected != 0 and found != 0
        assert expected in (0, found) or found == 0
    assert decided >= 10


def bent(turn_deg: float) -> Truth:
    """Two edges of 10 km, the second turned left by so many degrees."""
    first = WGS84.Direct(35, 36, 90, 10_000)
    last = WGS84.Direct(first["lat2"], first["lon2"], first["azi2"] - turn_deg, 10_000)
    return Truth([np.array([(36.0, 35.0), (first["lon2"], first["lat2"]), (last["lon2"], last["lat2"])])])


@pytest.mark.parametrize("turn", [-170, -90, -20, 20, 90, 170])
def test_the_wedge_outside_a_bend_is_right_of_a_line_that_turns_left(turn):
    truth = bent(turn)
    lon, lat, heading = truth.end_lon[0], truth.end_lat[0], truth.end_azimuth[0]
    outward = heading - turn / 2 + 90 * np.sign(turn)
    spread = outward + np.linspace(-0.45, 0.45, 9) * abs(turn)
    points = np.column_stack(GEOD.fwd(np.full(9, lon), np.full(9, lat), spread, np.full(9, 3_000.0))[:2])
    assert truth.side(points).tolist() == [-np.sign(turn)] * 9


@pytest.mark.parametrize("turn", [-170, -90, -20, 20, 90, 170])
def test_the_inner_corner_of_a_bend_is_on_the_side_it_turns_to(turn):
    truth = bent(turn)
    lon, lat, heading = truth.end_lon[0], truth.end_lat[0], truth.end_azimuth[0]
    inward = heading - turn / 2 - 90 * np.sign(turn)
    points = np.array([GEOD.fwd(lon, lat, inward + aside, 3_000)[:2] for aside in (-2, 0, 2)])
    assert truth.side(points).tolist() == [np.sign(turn)] * 3


def test_beyond_an_open_end_the_line_goes_on_straight():
    truth = Truth([np.array([(36.0, 35.0), (36.5, 35.0)])])
    beyond = np.array([GEOD.fwd(36.5, 35, truth.end_azimuth[0] + aside, 9_000)[:2] for aside in (-60, -1, 0, 1, 60)])
    side, end = truth.side_and_end(beyond)
    assert side.tolist() == [1, 1, 0, -1, -1]
    assert end.tolist() == [1] * 5
    assert truth.side_and_end(np.array([(36.2, 35.1)]))[1].tolist() == [-1]


def test_a_tie_between_sides_is_undecided_and_so_is_ground_near_it():
    """Two lines side by side that run the same way: left of one is right of the other."""
    truth = Truth([np.array([(36.0, 0.1), (37.0, 0.1)]), np.array([(36.0, -0.1), (37.0, -0.1)])])
    north = np.array([(36.5, metres / 110_574) for metres in (0.0, 1.0, 5.0, 20.0, -20.0)])
    assert truth.side(north).tolist() == [0, -1, -1, -1, 1]
    assert truth.side(north, 10.0).tolist() == [0, 0, 0, -1, 1]


def test_the_tip_of_a_spike_is_on_no_side():
    truth = Truth([np.array([(36.0, 35.0), (36.5, 35.0), (36.0, 35.0)])])
    assert truth.side(np.array([(36.6, 35.0), (36.3, 35.1)])).tolist() == [0, 0]


def test_a_part_without_length_has_no_sides():
    truth = Truth([np.array([(36.0, 35.0), (36.0, 35.0)]), np.array([(37.0, 35.0), (38.0, 35.0)])])
    assert truth.side(np.array([(36.1, 35.1), (37.5, 35.1)])).tolist() == [0, 1]


def test_a_ring_has_no_end_and_its_inside_is_left_of_it_about_a_pole_too():
    lon = np.linspace(0, 360, 25)
    truth = Truth([np.column_stack([(lon + 180) % 360 - 180, np.full(25, 89.0)])])
    points = np.array([(10.0, 90.0), (50.0, 89.9), (0.0, 88.0), (180.0, 87.0)])
    side, end = truth.side_and_end(points)
    assert side[1:].tolist() == [1, -1, -1]
    assert end.tolist() == [-1] * 4
