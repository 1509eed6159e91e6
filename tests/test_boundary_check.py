"""The checks pass right zones and fail wrong ones: each way to be wrong is made on purpose."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from boundary_check import (
    Miss,
    boundary_faults,
    contains,
    faults,
    ground_faults,
    miss_faults,
    partition_faults,
    shape_faults,
    side_faults,
    worst_miss,
)
from geodesic_truth import GEOD, Truth
from pyproj import Transformer
from random_lines import lay, random_case
from shapely.ops import split

CENTRE = (36.0, 35.0)
R, TOLERANCE = 2_000.0, 0.1
AEQD = f"+proj=aeqd +lon_0={CENTRE[0]} +lat_0={CENTRE[1]} +ellps=WGS84"
BACK = Transformer.from_crs(AEQD, "EPSG:4326", always_xy=True)

# Metres about the centre; so near to it the plane is true to a centimetre.
BEND = np.array([(-3_000.0, 0.0), (0.0, 400.0), (2_500.0, -600.0)])
TURN = np.linspace(0, 2 * np.pi, 721)
RING = (R + 60) * np.column_stack([np.cos(TURN), np.sin(TURN)])
RING[-1] = RING[0]


def to_degrees(plane: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(plane, lambda xy: np.column_stack(BACK.transform(*xy.T)))


def plane_zone(metres: np.ndarray, distance_m: float = R) -> shapely.Polygon:
    """A zone drawn in the plane, exact to a centimetre."""
    return shapely.segmentize(shapely.buffer(shapely.LineString(metres), distance_m, quad_segs=400), 200)


def zone(metres: np.ndarray, distance_m: float = R) -> shapely.MultiPolygon:
    return multi(to_degrees(plane_zone(metres, distance_m)))


def multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.orient_polygons(shapely.MultiPolygon([*getattr(shape, "geoms", [shape])]))


def truth(metres: np.ndarray) -> Truth:
    return Truth([lay(metres, CENTRE)])


def disc(lon: float, lat: float, distance_m: float, count: int = 2_000) -> np.ndarray:
    """The circle about a point, its longitudes running on past 180."""
    here = np.ones(count)
    away = np.full(count, distance_m)
    circle = np.column_stack(GEOD.fwd(lon * here, lat * here, np.linspace(360, 0, count, endpoint=False), away)[:2])
    circle[:, 0] = lon + (circle[:, 0] - lon + 180) % 360 - 180
    return circle


def polar_cap(distance_m: float) -> shapely.MultiPolygon:
    """A disc about the north pole, closed along longitude 180 and the pole."""
    lon = np.linspace(-180, 180, 3_601)
    lat = np.asarray(GEOD.fwd(lon, np.full_like(lon, 90), np.full_like(lon, 180), np.full_like(lon, distance_m))[1])
    rim = np.column_stack([lon, lat])
    return shapely.MultiPolygon([shapely.Polygon([*rim, (180, 90), (-180, 90)])])


def test_right_zones_have_no_faults():
    assert faults(zone(BEND), truth(BEND), R, TOLERANCE) == []
    assert faults(zone(RING), truth(RING), R, TOLERANCE) == []
    assert len(zone(RING).geoms[0].interiors) == 1


@pytest.mark.parametrize(("lon", "lat", "r"), [(180, 10, 50_000), (-179.9, -60, 1_000_000), (0, 0, 1)])
def test_a_disc_anywhere_has_no_faults(lon, lat, r):
    shape = multi(shapely.Polygon(disc(lon, lat, r, 8_000)))
    assert faults(shape, Truth([np.array([(lon, lat)])]), r, 0.5) == []


def test_a_polar_cap_has_no_faults_and_its_closing_edges_do_not_count():
    pole = Truth([np.array([(0.0, 90.0)])])
    assert faults(polar_cap(50_000), pole, 50_000, 0.1) == []
    assert worst_miss(polar_cap(50_000), pole, 50_000).metres < 0.1


def test_a_band_around_a_pole_is_closed_where_it_meets_itself():
    lon = np.linspace(-180, 180, 7_201)
    line = np.column_stack([lon, np.full_like(lon, 80.0)])
    line[-1] = line[0]
    low, high = (GEOD.fwd(0, 80, azimuth, 20_000)[1] for azimuth in (180, 0))
    rims = [np.column_stack([lon, np.full_like(lon, lat)]) for lat in (low, high)]
    band = multi(shapely.Polygon([*rims[0], *rims[1][::-1]]))
    assert faults(band, Truth([line]), 20_000, 1.0) == []


def test_a_lost_hole_is_found():
    filled = shapely.MultiPolygon([shapely.Polygon(zone(RING).geoms[0].exterior)])
    assert boundary_faults(filled, truth(RING), R, TOLERANCE) == []
    (says,) = ground_faults(filled, truth(RING), R, TOLERANCE)
    assert "inside but beyond" in says


@pytest.mark.parametrize("seed", range(4))
def test_a_lost_hole_of_a_jagged_line_is_found_from_few_probes(seed):
    rng = np.random.default_rng(seed)
    jagged = RING * (R + rng.uniform(50, 100, (721, 1))) / (R + 60)
    right = zone(jagged)
    filled = shapely.MultiPolygon([shapely.Polygon(part.exterior) for part in right.geoms])
    assert len(right.geoms[0].interiors) >= 1
    assert ground_faults(filled, truth(jagged), R, TOLERANCE, seed=seed, count=160) != []


def test_a_hole_that_should_not_be_is_found():
    drilled = zone(BEND).difference(shapely.Point(36, 35.005).buffer(0.002))
    assert "off at" in boundary_faults(multi(drilled), truth(BEND), R, TOLERANCE)[0]


def test_a_part_that_is_not_there_is_found():
    apart = np.vstack([BEND, BEND + np.array([0, 20_000])])
    both = Truth([lay(apart[:3], CENTRE), lay(apart[3:], CENTRE)])
    assert any("outside but within" in says for says in ground_faults(zone(BEND), both, R, TOLERANCE))


def test_a_closed_neck_is_found():
    """Two lines with a gap of 1 m between their zones, which a wrong zone has filled."""
    apart = [np.array([(-3_000.0, y), (3_000.0, y)]) for y in (-R - 0.5, R + 0.5)]
    both = Truth([lay(line, CENTRE) for line in apart])
    open_gap = multi(shapely.union_all([to_degrees(plane_zone(line)) for line in apart]))
    bridge = to_degrees(shapely.segmentize(shapely.box(-1_500, -R, 1_500, R), 200))
    assert faults(open_gap, both, R, TOLERANCE) == []
    assert any("inside but beyond" in s for s in ground_faults(multi(open_gap.union(bridge)), both, R, TOLERANCE))


@pytest.mark.parametrize("off", [3.0, -3.0])
def test_a_boundary_3_m_off_is_found_by_both_checks(off):
    shape = zone(BEND, R + off)
    assert "3.0" in boundary_faults(shape, truth(BEND), R, 1.0)[0]
    assert ground_faults(shape, truth(BEND), R, 1.0) != []


def test_one_vertex_moved_is_found():
    xy = shapely.get_coordinates(zone(BEND).geoms[0].exterior)
    xy[100, 0] += 5e-6  # 0.45 m
    miss = worst_miss(shapely.MultiPolygon([shapely.Polygon(xy)]), truth(BEND), R)
    assert 0.15 < miss.metres < 0.5
    assert (miss.lon, miss.lat) == tuple(xy[100])


def test_a_sagging_edge_between_true_vertices_is_found():
    coarse = multi(shapely.Polygon(disc(*CENTRE, R, 64)))
    point = Truth([np.array([CENTRE])])
    sag = R * (1 - np.cos(np.pi / 64))
    assert worst_miss(coarse, point, R).metres == pytest.approx(sag, rel=0.02)


def test_a_zone_cut_off_at_the_antimeridian_is_found():
    """The edge along longitude 180 has no twin along -180: it is a boundary, and a wrong one."""
    shape = multi(shapely.Polygon(disc(179.9, 10, 50_000)).intersection(shapely.box(170, 0, 180, 20)))
    point = Truth([np.array([(179.9, 10.0)])])
    assert len(faults(shape, point, 50_000, 1.0)) == 2


def test_a_zone_without_its_pole_is_found():
    rim = shapely.get_coordinates(polar_cap(50_000))[:3_601]
    unclosed = shapely.MultiPolygon([shapely.Polygon([*rim, (180, 89), (-180, 89)])])
    pole = Truth([np.array([(0.0, 90.0)])])
    assert any("outside but within" in says for says in faults(unclosed, pole, 50_000, 0.1))


def test_wrong_shapes_are_named():
    good = zone(BEND)
    assert shape_faults(good) == []
    assert "Polygon, not a MultiPolygon" in shape_faults(good.geoms[0])[0]
    assert "wrong way" in shape_faults(shapely.reverse(good))[0]
    assert "invalid" in shape_faults(shapely.MultiPolygon([shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])]))[0]
    assert "empty" in shape_faults(shapely.MultiPolygon())[0]


def test_a_point_is_inside_whichever_turn_its_longitude_is_counted_on():
    shape = multi(shapely.Polygon(disc(179.9, 10, 50_000)))
    assert contains(shape, np.array([(180.1, 10), (-179.9, 10), (179.8, 10), (-179.0, 10)])).tolist() == [1, 1, 1, 0]


def test_a_certificate_that_says_less_than_was_measured_is_found():
    miss = Miss(0.5, 36, 35, 100)
    assert miss_faults(miss, 1.0, 0.5) == []
    assert "certified 0.40000 m, but 0.50000" in miss_faults(miss, 1.0, 0.4)[0]
    assert "certified 2.00000 m only" in miss_faults(miss, 1.0, 2.0)[0]
    assert len(miss_faults(miss, 0.4, float("nan"))) == 3


def sides(flat: bool = False) -> tuple[shapely.MultiPolygon, shapely.MultiPolygon]:
    """Left and right of the bend, cut in the plane by the line extended."""
    onward = [2 * BEND[0] - BEND[1], *BEND, 2 * BEND[-1] - BEND[-2]]
    whole = plane_zone(BEND)
    if flat:
        whole = shapely.buffer(shapely.LineString(BEND), R, quad_segs=400, cap_style="flat")
    pieces = split(whole, shapely.LineString(onward)).geoms
    above, below = sorted(pieces, key=lambda piece: -piece.centroid.y)
    return multi(to_degrees(above)), multi(to_degrees(below))


def test_right_sides_have_no_faults():
    whole = multi(shapely.union_all(sides()))
    assert side_faults(sides(), truth(BEND), R, TOLERANCE) == []
    assert partition_faults(sides(), whole) == []
    assert side_faults(sides(flat=True), truth(BEND), R, TOLERANCE, ends="flat") == []


def test_wrong_sides_are_found():
    left, right = sides()
    line = truth(BEND)
    assert len(side_faults((right, left), line, R, TOLERANCE)) == 2
    nibble = shapely.box(36.0, 35.01, 36.01, 35.012)
    assert side_faults((left, multi(right.union(left.intersection(nibble)))), line, R, TOLERANCE, count=2_000) != []
    assert partition_faults((multi(left.difference(nibble)), right), multi(left.union(right))) != []
    assert side_faults((left, right), line, R, TOLERANCE, ends="flat") != []
    moved = shapely.transform(right, lambda xy: xy + np.array([0, 1e-6]))
    assert "overlap" in " ".join(side_faults((left, moved), line, R, TOLERANCE))


def test_a_seed_makes_the_same_case_twice():
    assert shapely.equals_exact(random_case(3).geometry, random_case(3).geometry)
    assert random_case(3).description == random_case(3).description


def test_random_cases_have_the_variety_they_promise():
    cases = [random_case(seed) for seed in range(300)]
    assert {case.geometry.geom_type for case in cases} == {"LineString", "MultiLineString", "MultiPoint", "Polygon"}
    assert {case.tolerance_m for case in cases} == {0.01, 0.1, 1.0, 10.0}
    assert min(case.distance_m for case in cases) < 600
    assert max(case.distance_m for case in cases) > 150_000
    assert max(shapely.get_num_coordinates(case.geometry) for case in cases) > 4_000
    lat = np.array([np.abs(shapely.get_coordinates(case.geometry)[:, 1]).max() for case in cases])
    assert (lat > 89).sum() > 10
    assert (lat < 1).sum() > 5
    assert sum(np.ptp(shapely.get_coordinates(case.geometry)[:, 0]) > 300 for case in cases) > 20
