"""Zones: partitions, readings, ends; against planar geometry of another origin and points decided one by one."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import spiral
from hypothesis import given, settings
from hypothesis import strategies as st
from truth import area_m2, distance_m
from truth import side as true_side

from dmz import geodesy
from dmz.errors import GeometryError, InputError, PartyError
from dmz.line import Line, reverse
from dmz.zone import zones

RING = shapely.LineString([*spiral(15, 15, 1.0, 60).coords[:-1], spiral(15, 15, 1.0, 60).coords[0]])
SHAPES = {
    "straight": shapely.LineString([(36.0, 35.0), (36.8, 35.1)]),
    "hook": spiral(10, 10, 0.9, 90),
    "spiral": spiral(5, 40, 1.7),
    "ring": RING,
    "gap": shapely.MultiLineString([[(35.6, 35.0), (35.9, 35.05)], [(36.05, 34.95), (36.4, 35.0)]]),
    "hairpin": shapely.LineString([(36.0, 35.0), (36.5, 35.0), (36.5, 35.08), (36.02, 35.09)]),
}


def whole(table: gpd.GeoDataFrame, **where: str) -> shapely.Geometry:
    """Union of the rows that match."""
    for column, value in where.items():
        table = table[table[column] == value]
    return table.union_all()


def random_points(geometry, count: int = 4_000, seed: int = 0) -> np.ndarray:
    west, south, east, north = geometry.buffer(0.2).bounds
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(west, east, count), rng.uniform(south, north, count)])


@pytest.mark.parametrize("name", SHAPES)
def test_every_point_is_in_the_zone_of_the_side_of_its_nearest_point(name):
    line = Line(SHAPES[name], "a", "b")
    laid = zones(line, depth_km=(5, 12))
    points = random_points(line.geometry)
    nearest = geodesy.nearest(points, line.geometry)
    for party, side in (("a", 1), ("b", -1)):
        expected = (nearest.distance_m <= 12_000) & (nearest.side == side)
        found = shapely.contains_xy(whole(laid, party=party), points[:, 0], points[:, 1])
        assert (found != expected).sum() <= 1, "one point of 4000 may lie on a boundary"


@pytest.mark.parametrize("name", SHAPES)
def test_left_and_right_partition_the_zone(name):
    line = Line(SHAPES[name], "a", "b")
    laid = zones(line, depth_km=(5, 12))
    assert shapely.coverage_is_valid(laid.geometry.array), "the rows share their boundaries vertex for vertex"
    total = geodesy.area(geodesy.buffer(line.geometry, 12_000)) / 1e6
    assert laid["area_km2"].sum() == pytest.approx(total, rel=1e-6)
    assert laid["area_km2"].sum() == pytest.approx(geodesy.area(laid.union_all()) / 1e6, rel=1e-9)


@pytest.mark.parametrize("name", SHAPES)
def test_flat_ends_leave_out_points_nearest_to_an_end(name):
    line = Line(SHAPES[name], "a", "b")
    laid = zones(line, depth_km=12, ends="flat").union_all()
    points = random_points(line.geometry, seed=3)
    nearest = geodesy.nearest(points, line.geometry)
    expected = (nearest.distance_m <= 12_000) & ~nearest.at_end
    found = shapely.contains_xy(laid, points[:, 0], points[:, 1])
    assert (found != expected).sum() <= 2, "two points of 4000 may lie on a boundary"


def test_depths_are_those_of_geographiclib_point_by_point(front):
    laid = zones(front, depth_km=(15, 20))
    xy = shapely.get_coordinates(front.geometry)
    for lon, lat in random_points(front.geometry, 40, seed=9):
        depth = distance_m(lon, lat, xy)
        band = next((row.band for row in laid.itertuples() if shapely.contains_xy(row.geometry, lon, lat)), "outside")
        assert band == ("core" if depth <= 15_000 else "fringe" if depth <= 20_000 else "outside")


@pytest.mark.parametrize(
    "line", [spiral(5, 40, 1.7, 45), spiral(10, 10, 0.9, 30), SHAPES["hairpin"]], ids=["spiral", "hook", "hairpin"]
)
def test_sides_are_those_of_geographiclib_point_by_point(line):
    laid = zones(Line(line, "left", "right"), depth_km=12)
    xy, decided = shapely.get_coordinates(line), 0
    for lon, lat in random_points(line, 60, seed=4):
        row = laid[shapely.contains_xy(laid.geometry.array, lon, lat)]
        expected = true_side(lon, lat, xy)
        if len(row) and expected:
            decided += 1
            assert row["party"].tolist() == [{1: "left", -1: "right"}[expected]]
    assert decided >= 10, "enough points must be decided for the test to mean anything"


def test_areas_are_those_of_geographiclib(front):
    for row in zones(front, depth_km=(15, 20)).itertuples():
        assert row.area_km2 == pytest.approx(area_m2(row.geometry) / 1e6, rel=1e-9)


def test_a_straight_zone_has_the_area_of_its_length_and_discs():
    line = Line(SHAPES["straight"], "a", "b")
    laid = zones(line, depth_km=10)
    expected = 2 * line.length_km * 10 + np.pi * 10**2
    assert laid["area_km2"].sum() == pytest.approx(expected, rel=1e-4)


def test_turning_the_line_and_swapping_the_sides_leaves_the_ground_alone(front, square):
    there = zones(front, depth_km=(15, 20), within=square)
    back = zones(reverse(front), depth_km=(15, 20), within=square)
    for row in there.itertuples():
        same = whole(back, party=row.party, band=row.band)
        assert same.symmetric_difference(row.geometry).area < 1e-6 * row.geometry.area


def test_area_grows_with_depth(front):
    areas = [zones(front, depth_km=depth)["area_km2"].sum() for depth in (1, 5, 10, 20, 25)]
    assert areas == sorted(areas)


def test_the_core_of_a_range_is_the_zone_of_its_smaller_depth(front, square):
    ranged = zones(front, depth_km=(15, 20), within=square)
    single = zones(front, depth_km=15, within=square)
    assert whole(ranged, band="core").symmetric_difference(single.union_all()).area < 1e-9
    assert set(single["band"]) == {"core"}


def test_total_width_is_half_the_depth_on_each_side(front):
    wide = zones(front, depth_km=(15, 20), reading="total-width")
    each = zones(front, depth_km=(7.5, 10), reading="each-side")
    assert wide["depth_to_m"].tolist() == each["depth_to_m"].tolist()
    assert wide["area_km2"].tolist() == each["area_km2"].tolist()


def test_deep_is_one_side_of_each_side(front):
    deep = zones(front, depth_km=(15, 20), reading="deep", party="south")
    each = zones(front, depth_km=(15, 20))
    assert set(deep["party"]) == {"south"}
    assert deep["area_km2"].tolist() == pytest.approx(each[each["party"] == "south"]["area_km2"].tolist(), rel=1e-6)


def test_each_party_has_its_own_depth_under_per_side(front):
    laid = zones(front, depth_km={"north": 10, "south": (3, 5)}, reading="per-side")
    assert laid[["party", "band", "depth_to_m"]].values.tolist() == [
        ["north", "core", 10_000.0],
        ["south", "core", 3_000.0],
        ["south", "fringe", 5_000.0],
    ]


def test_no_zone_lies_outside_the_theatre(front, square):
    laid = zones(front, depth_km=(15, 20), within=square)
    assert square.union_all().buffer(1e-7).covers(laid.union_all())


def test_an_area_decides_the_side_and_ground_of_a_third_party_is_in_no_zone(front):
    enclave = shapely.box(36.2, 35.52, 36.26, 35.56)  # north of the line, held by the south
    outsider = shapely.box(36.3, 35.52, 36.36, 35.56)
    areas = gpd.GeoDataFrame({"party": ["south", "nobody"]}, geometry=[enclave, outsider], crs="EPSG:4326")
    laid = zones(Line(front.geometry, "north", "south", areas=areas), depth_km=20)
    assert whole(laid, party="south").contains(enclave.buffer(-1e-6))
    assert whole(laid).intersection(outsider).area == pytest.approx(0, abs=1e-12)
    assert shapely.coverage_is_valid(laid.geometry.array)


def test_a_zone_carries_the_deviation_measured(front):
    laid = zones(front, depth_km=(15, 20))
    assert (laid["max_deviation_m"] < 1.0).all()
    assert (laid["max_deviation_m"] > 0.0).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(2, 20))
def test_random_fronts_are_partitioned(seed, depth):
    rng = np.random.default_rng(seed)
    xy = np.column_stack([np.linspace(36, 36.6, 14), 35 + np.cumsum(rng.normal(0, 0.04, 14))])
    line = Line(shapely.LineString(xy), "a", "b")
    laid = zones(line, depth_km=depth)
    assert shapely.coverage_is_valid(laid.geometry.array)
    points = random_points(line.geometry, 400, seed)
    nearest = geodesy.nearest(points, line.geometry)
    clear = np.abs(nearest.distance_m - depth * 1000) > 1.0
    for party, side in (("a", 1), ("b", -1)):
        expected = (nearest.distance_m <= depth * 1000) & (nearest.side == side)
        found = shapely.contains_xy(whole(laid, party=party), points[:, 0], points[:, 1])
        assert (found == expected)[clear].all()


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"depth_km": (20, 15)}, InputError, "the smaller first"),
        ({"depth_km": 0}, InputError, "above 0"),
        ({"depth_km": 1_001}, InputError, "at most 1000 km off the line"),
        ({"depth_km": 15, "reading": "wide"}, InputError, "each-side, total-width, deep, per-side"),
        ({"depth_km": 15, "reading": "deep"}, PartyError, "'north' on the left and 'south' on the right"),
        ({"depth_km": 15, "reading": "deep", "party": "west"}, PartyError, "'west' is not a party"),
        ({"depth_km": 15, "reading": "per-side"}, InputError, "a depth for each"),
        ({"depth_km": {"north": 5}}, InputError, "per-side"),
        ({"depth_km": 15, "within": shapely.box(0, 0, 1, 1)}, GeometryError, "right theatre"),
        ({"depth_km": 15, "within": shapely.box(35.4, 36.0, 35.6, 36.5)}, GeometryError, "axes are swapped"),
    ],
)
def test_a_zone_without_meaning_is_refused(front, options, error, says):
    with pytest.raises(error, match=says):
        zones(front, **options)
