"""The named corpus: lines, rings and points that break buffer engines, each against the geodesic truth."""

from __future__ import annotations

import boundary_check as check
import numpy as np
import pytest
import shapely
from conftest import spiral
from geodesic_truth import GEOD, Truth
from random_lines import lay
from stress import at_most

from dmz import geodesy

POINTS = 20_000  # boundary points looked at in one case
SECONDS = 30  # for the engine in one case; none needs near as much
KM = 1_000.0


def on_ground(metres: list[tuple[float, float]] | np.ndarray, lon: float = 36.0, lat: float = 35.0) -> np.ndarray:
    """Longitude and latitude of points metres east and north of a place."""
    return lay(np.asarray(metres, dtype=float), (lon, lat))


def circle(radius_m: np.ndarray | float, count: int, share: float = 1.0) -> np.ndarray:
    """Metres of points around a circle, or a share of it; a whole one is closed."""
    turn = np.linspace(0, share * 2 * np.pi, count)
    points = np.atleast_1d(radius_m)[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    if share == 1:
        points[-1] = points[0]
    return points


def jagged(line: np.ndarray, count: int, rough_deg: float, seed: int) -> np.ndarray:
    """A line cut into `count` vertices, each moved in latitude."""
    at = np.linspace(0, len(line) - 1, count)
    lon, lat = (np.interp(at, np.arange(len(line)), column) for column in line.T)
    return np.column_stack([lon, lat + np.random.default_rng(seed).normal(0, rough_deg, count)])


AXIS = (36.0, 35.0, 36.6, 35.2)  # the geodesic half-way between parallel lines
MIDDLE_OF_PARALLELS = np.array(GEOD.npts(*AXIS, 1))


def parallel(gap_m: float) -> shapely.MultiLineString:
    """Two lines of 60 km, everywhere `gap_m` apart, on either side of a geodesic."""
    azimuth, _, length = GEOD.inv(*AXIS)
    here = np.ones(121)
    lon, lat, back = GEOD.fwd(AXIS[0] * here, AXIS[1] * here, azimuth * here, np.linspace(0, length, 121))
    half = gap_m / 2 * here
    return shapely.MultiLineString(
        [np.column_stack(GEOD.fwd(lon, lat, np.asarray(back) + 180 + turn, half)[:2]) for turn in (-90, 90)]
    )


def winding(from_m: float, to_m: float, turns: float) -> np.ndarray:
    """Metres of points along a spiral around the centre."""
    turn = np.linspace(0, turns * 2 * np.pi, 200)
    return np.linspace(from_m, to_m, 200)[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])


HAIRPIN = on_ground([(0, 0), (45 * KM, 0), (45 * KM, 9 * KM), (2 * KM, 10 * KM)])
SIXTY = np.column_stack([np.linspace(-10, 80, 51), np.full(51, 60.0)])
OVER_180 = np.array([(179.5, 51.2), (179.9, 51.6), (180.1, 51.5), (180.6, 51.9)])
WALK = on_ground(np.cumsum(np.random.default_rng(4).normal(0, 1_500, (120, 2)), axis=0))

SHAPES = {
    "hairpin": shapely.LineString(HAIRPIN),
    "hairpin 100 m apart": shapely.LineString(on_ground([(0, 0), (45 * KM, 0), (45 * KM, 100), (0, 100)])),
    "spiral": spiral(5, 60, 2.3),
    "nearly closed ring": shapely.LineString(on_ground(circle(30 * KM, 200, 0.999))),
    "ring": shapely.LineString(on_ground(circle(30 * KM, 200))),
    "ring drawn clockwise": shapely.LineString(on_ground(circle(30 * KM, 200)[::-1])),
    "two lines 1 m apart": shapely.MultiLineString(
        [on_ground([(0, y), (15 * KM, 4 * KM + y), (40 * KM, y)]) for y in (0, 1)]
    ),
    "repeated vertices": shapely.LineString(np.repeat(WALK[::4], 3, axis=0)),
    "segments of 1 mm": shapely.LineString(on_ground(np.cumsum(np.random.default_rng(1).normal(0, 7e-4, (60, 2)), axis=0))),
    "1 mm among kilometres": shapely.LineString(np.repeat(WALK[::4], 2, axis=0) + np.tile([(0, 0), (8e-9, 5e-9)], (30, 1))),
    "walk that crosses itself": shapely.LineString(WALK),
    "spike": shapely.LineString(on_ground([(0, 0), (20 * KM, 0), (20 * KM, 30 * KM), (20 * KM, 0), (40 * KM, 5 * KM)])),
    "one edge": shapely.LineString([(36, 35), (36.8, 35.1)]),
    "one edge of 300 km": shapely.LineString([(46.0, 45.5), (49.5, 46.6)]),
    "over the antimeridian, wrapped": shapely.LineString([((x + 180) % 360 - 180, y) for x, y in OVER_180]),
    "over the antimeridian, running on": shapely.LineString(OVER_180),
    "along the antimeridian": shapely.LineString([(180, 10), (180, 10.3), (-180, 10.6), (180, 11)]),
    "on the equator": shapely.LineString([(9.5, 0), (10, 0), (10.4, 0)]),
    "across the equator": shapely.LineString([(9.8, -0.3), (10, 0.2), (10.3, -0.1)]),
    "past the pole": shapely.LineString([(10, 89), (10, 89.9), (-150, 89.95), (-120, 89.2)]),
    "over the pole": shapely.LineString([(20, 89.5), (-160, 89.3)]),
    "over the south pole": shapely.LineString([(20, -89.5), (-160, -89.3)]),
    "ring around the pole": shapely.LineString([(lon, 89) for lon in (-180, -135, -90, -45, 0, 45, 90, 135, -180)]),
    "ring along 89 N": shapely.LineString([(lon, 89) for lon in [*range(-180, 180), -180]]),
    "spiral around the pole": shapely.LineString(on_ground(winding(100 * KM, 220 * KM, 1.4), 0, 90)),
    "point": shapely.Point(36, 35),
    "point at the pole": shapely.Point(0, 90),
    "point on the antimeridian": shapely.Point(180, -16.5),
    "point near the pole": shapely.Point(np.column_stack(GEOD.fwd(77, 90, 0, 10 * KM)[:2])[0]),
    "points": shapely.MultiPoint(WALK[::10]),
    "polygon with a hole": shapely.Polygon(on_ground(circle(60 * KM, 90)), [on_ground(circle(35 * KM, 40)[::-1])]),
    "polygon over the antimeridian": shapely.box(179.5, -17, 180.5, -16.5),
    "triangle": shapely.Polygon([(36, 35), (36.9, 35.1), (36.2, 35.6)]),
}  # fmt: skip
LINES = [name for name, shape in SHAPES.items() if "Line" in shape.geom_type]


def zone_faults(geometry: shapely.Geometry, distance_m: float, tolerance_m: float) -> list[str]:
    """What is wrong with the zone of a geometry and with its certificate."""
    truth = Truth.of(geometry)
    with at_most(SECONDS):
        found = geodesy.buffered(geometry, distance_m, tolerance_m)
    miss = check.worst_miss(found.geometry, truth, distance_m, limit=POINTS)
    return [
        *check.shape_faults(found.geometry),
        *check.miss_faults(miss, tolerance_m, found.max_deviation_m),
        *check.ground_faults(found.geometry, truth, distance_m, tolerance_m),
    ]


def covered(geometry: shapely.Geometry, distance_m: float, tolerance_m: float, points: np.ndarray) -> list[bool]:
    return check.contains(geodesy.buffer(geometry, distance_m, tolerance_m), points).tolist()


@pytest.mark.parametrize("name", SHAPES)
def test_a_zone_of_20_km_is_within_a_metre(name):
    assert zone_faults(SHAPES[name], 20 * KM, 1.0) == []


@pytest.mark.parametrize("name", SHAPES)
def test_a_zone_of_150_km_is_within_10_m(name):
    assert zone_faults(SHAPES[name], 150 * KM, 10.0) == []


@pytest.mark.parametrize(
    "name", ["hairpin", "spiral", "ring", "over the antimeridian, wrapped", "past the pole", "points"]
)
@pytest.mark.parametrize(
    ("distance", "tolerance"),
    [(1, 0.001), (1, 0.1), (1_000, 0.001), (20 * KM, 0.001), (20 * KM, 0.01), (20 * KM, 100.0), (1_000 * KM, 1.0), (1_000 * KM, 100.0)],
)  # fmt: skip
def test_any_distance_can_be_had_within_any_tolerance(name, distance, tolerance):
    assert zone_faults(SHAPES[name], distance, tolerance) == []


@pytest.mark.parametrize("line", [SIXTY, jagged(SIXTY, 2_000, 0.05, 5)], ids=["51 vertices", "2,000 jagged vertices"])
@pytest.mark.parametrize(("distance", "tolerance"), [(20 * KM, 1.0), (20 * KM, 0.01), (200 * KM, 1.0)])
def test_five_thousand_kilometres_along_60_north(line, distance, tolerance):
    assert zone_faults(shapely.LineString(line), distance, tolerance) == []


def test_a_looser_tolerance_takes_fewer_vertices():
    counts = [
        shapely.get_num_coordinates(geodesy.buffer(SHAPES["walk that crosses itself"], 20 * KM, tolerance))
        for tolerance in (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] < counts[0] / 20


@pytest.mark.parametrize("tolerance", [0.01, 1.0])
def test_a_gap_that_just_closes_is_closed(tolerance):
    lines = parallel(40 * KM - 6 * tolerance)
    assert zone_faults(lines, 20 * KM, tolerance) == []
    assert covered(lines, 20 * KM, tolerance, MIDDLE_OF_PARALLELS) == [True]


@pytest.mark.parametrize("tolerance", [0.01, 1.0])
def test_a_gap_that_just_stays_open_is_open(tolerance):
    lines = parallel(40 * KM + 6 * tolerance)
    assert zone_faults(lines, 20 * KM, tolerance) == []
    assert covered(lines, 20 * KM, tolerance, MIDDLE_OF_PARALLELS) == [False]
    assert len(geodesy.buffer(lines, 20 * KM, tolerance).geoms) == 2


@pytest.mark.parametrize("where", [(36.0, 35.0), (180.0, 60.0), (0.0, 90.0)], ids=["land", "antimeridian", "pole"])
@pytest.mark.parametrize("rough_m", [0, 50])
def test_a_hole_of_a_hundred_metres_is_kept(where, rough_m):
    radius = 20 * KM + 50 + np.random.default_rng(2).uniform(0, rough_m, 721)
    ring = shapely.LineString(on_ground(circle(radius, 721), *where))
    assert zone_faults(ring, 20 * KM, 1.0) == []
    assert covered(ring, 20 * KM, 1.0, np.array([where])) == [False]
    if where[1] < 90:
        assert sum(len(part.interiors) for part in geodesy.buffer(ring, 20 * KM).geoms) == 1


@pytest.mark.parametrize(("gap_m", "parts"), [(-6.0, 1), (6.0, 2)])
def test_discs_that_nearly_touch_touch_only_if_they_do(gap_m, parts):
    pair = shapely.MultiPoint([(36, 35), np.array(GEOD.fwd(36, 35, 77, 40 * KM + gap_m)[:2])])
    assert zone_faults(pair, 20 * KM, 1.0) == []
    assert len(geodesy.buffer(pair, 20 * KM).geoms) == parts


def test_a_line_over_the_antimeridian_has_one_zone_however_it_is_written():
    running = SHAPES["over the antimeridian, running on"]
    dense = np.array(GEOD.npts(*OVER_180[1], *OVER_180[2], 2_000)) % 360
    lat = np.interp(180, *dense.T)
    split = shapely.MultiLineString([[*OVER_180[:2], (180, lat)], [(-180, lat), *(OVER_180[2:] - np.array([360, 0]))]])
    zones = [geodesy.buffer(line, 20 * KM, 0.1) for line in (running, SHAPES["over the antimeridian, wrapped"], split)]
    assert zone_faults(split, 20 * KM, 1.0) == []
    truth = Truth.of(running)
    for zone in zones:
        assert check.faults(zone, truth, 20 * KM, 0.2) == []
        assert zone.area == pytest.approx(zones[0].area, rel=1e-5)


def test_a_point_10_km_from_the_pole_has_a_disc_of_10_km_that_ends_there():
    assert zone_faults(SHAPES["point near the pole"], 10 * KM, 1.0) == []
    assert zone_faults(SHAPES["point near the pole"], 10 * KM + 5, 1.0) == []
    assert zone_faults(SHAPES["point near the pole"], 10 * KM - 5, 1.0) == []


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("ends", ["round", "flat"])
def test_left_and_right_part_the_zone_by_the_nearest_point(name, ends):
    pair = geodesy.sides(SHAPES[name], 20 * KM, 1.0, ends=ends)
    assert check.side_faults(pair, Truth.of(SHAPES[name]), 20 * KM, 1.0, ends=ends) == []
    if ends == "round":
        assert check.partition_faults(pair, geodesy.buffer(SHAPES[name], 20 * KM, 1.0)) == []


@pytest.mark.parametrize("name", LINES)
def test_distances_are_true_to_a_millimetre_and_sides_are_right(name):
    truth, rng = Truth.of(SHAPES[name]), np.random.default_rng(8)
    points = np.vstack([check.scattered(truth, away, rng, 60) for away in (1.0, 1_000.0, 20 * KM, 1_000 * KM)])
    found = geodesy.nearest(points, SHAPES[name])
    assert np.abs(geodesy.distance(points, SHAPES[name]) - truth.distance(points)).max() < 1e-3
    assert np.abs(found.distance_m - truth.distance(points)).max() < 1e-3
    side = truth.side(points, 0.05)
    assert (np.asarray(found.side)[side != 0] == side[side != 0]).all()
