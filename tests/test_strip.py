"""Strips beside roads: depth, sides, ends, limits, area by another way of computing it."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from conftest import ROOT, shared
from road_cases import at_km, length_km
from truth import distance_m
from truth import side as true_side

from dmz import along, geodata, strip
from dmz.errors import GeometryError, InputError

STORE = geodata.open_store(ROOT / "geodata")
BENT = shapely.LineString([(36.0, 35.5), (36.3, 35.6), (36.6, 35.5), (36.9, 35.6)])


@pytest.fixture(scope="module")
def m4():
    return STORE.open("idlib/corridors").set_index("corridor").geometry["m4"]


@pytest.fixture(scope="module")
def stops():
    waypoints = STORE.open("idlib/waypoints")
    places = waypoints[waypoints["corridor"] == "m4"]
    return {name: along.find(places, name) for name in ("Trumba", "Ain al-Hawr")}


@pytest.fixture(scope="module")
def corridor_2020(m4, stops):
    """The security corridor of 5 March 2020."""
    depth = {"north": 6, "south": 6}
    return strip.strip(m4, depth_km=depth, from_=stops["Trumba"], to=stops["Ain al-Hawr"])


def planar_km2(line, left_km, right_km):
    """Area of both sides with flat ends by GEOS on an equal-area plane: another engine, another geometry."""
    (lon,), (lat,) = line.interpolate(0.5, normalized=True).xy
    plane = pyproj.Proj(proj="laea", lon_0=lon, lat_0=lat, ellps="WGS84")
    dense = shapely.segmentize(line, 0.001)
    flat = shapely.transform(dense, lambda xy: np.column_stack(plane(*xy.T)))
    both = [flat.buffer(km * 1000, cap_style="flat", quad_segs=200).area / 1e6 for km in (left_km, right_km)]
    return sum(both) / 2


def test_the_m4_corridor_has_the_area_of_another_computation(corridor_2020, m4, stops):
    section = along.section(m4, stops["Trumba"], stops["Ain al-Hawr"])
    assert corridor_2020["area_km2"].sum() == pytest.approx(planar_km2(section.geometry, 6, 6), rel=2e-4)


def test_the_m4_corridor_is_what_the_facts_say(corridor_2020):
    """58.6 km x 12 km, 700 km2 on the facts' polyline."""
    with shared("facts/reference_numbers_computed.csv").open(encoding="utf-8") as file:
        assert any("M4 corridor 6 km N + 6 km S" in row and "700" in row for row in file)
    assert corridor_2020["area_km2"].sum() == pytest.approx(700, rel=0.01)
    assert corridor_2020["length_km"].tolist() == pytest.approx([58.6] * 2, rel=0.005)
    assert corridor_2020["from_name"].tolist() == ["Ain al-Hawr"] * 2
    assert corridor_2020["to_name"].tolist() == ["Trumba (Turumbah)"] * 2
    assert (corridor_2020[["from_off_km", "to_off_km"]] < 0.01).all(axis=None)
    assert corridor_2020["compass"].tolist() == ["north", "south"]
    assert [*corridor_2020.columns] == [*strip.COLUMNS, "geometry"]


def test_the_north_side_is_north_of_the_road_and_within_its_depth(corridor_2020, m4, stops):
    """Random points, by GeographicLib."""
    section = along.section(m4, stops["Trumba"], stops["Ain al-Hawr"]).geometry
    xy = shapely.get_coordinates(section)
    rng = np.random.default_rng(1)
    west, south, east, north = corridor_2020.total_bounds
    inside = 0
    for lon, lat in zip(rng.uniform(west, east, 150), rng.uniform(south, north, 150), strict=True):
        (away, turn), point = (distance_m(lon, lat, xy), true_side(lon, lat, xy)), shapely.Point(lon, lat)
        beyond = min(distance_m(lon, lat, xy[[n, n]]) for n in (0, -1)) - away < 1
        if turn == 0 or abs(away - 6_000) < 2 or beyond:
            continue
        where = [row.compass for row in corridor_2020.itertuples() if row.geometry.contains(point)]
        assert where == ([] if away > 6_000 else ["north" if turn > 0 else "south"])
        inside += bool(where)
    assert inside > 40


def test_sides_have_their_own_depth_and_do_not_overlap():
    found = strip.strip(BENT, depth_km={"left": 5, "right": 2})
    assert found["side"].tolist() == ["left", "right"]
    assert found["area_km2"].sum() == pytest.approx(planar_km2(BENT, 5, 2), rel=0.02)
    left, right = found.geometry
    assert left.intersection(right).area * 111 * 91 < 1e-3
    (only,) = strip.strip(BENT, depth_km={"right": 2}).itertuples()
    assert only.geometry.equals(right)


def test_turning_the_road_round_swaps_left_and_right_but_not_north_and_south():
    there, back = (strip.strip(road, depth_km={"north": 3, "south": 6}) for road in (BENT, BENT.reverse()))
    for compass, side in (("north", "right"), ("south", "left")):
        one, two = (each[each["compass"] == compass].iloc[0] for each in (there, back))
        assert two["side"] == side
        assert one["area_km2"] == pytest.approx(two["area_km2"], abs=1e-3)
        assert one.geometry.symmetric_difference(two.geometry).area < 1e-6


def test_round_ends_add_half_a_disc_at_each_end():
    flat, rounded = (strip.strip(BENT, depth_km=4, ends=ends)["area_km2"].sum() for ends in ("flat", "round"))
    assert rounded - flat == pytest.approx(np.pi * 16, rel=2e-3)


def test_limits_are_taken_in_either_order_and_cut_square():
    one, two = (strip.strip(BENT, depth_km=3, from_=a, to=b) for a, b in ((10, 30), (30, 10)))
    assert one["area_km2"].tolist() == two["area_km2"].tolist()
    assert one["from_km"].tolist() == [10, 10]
    before = shapely.Point(at_km(BENT, 9.9))
    assert not one.union_all().contains(before)
    assert one.union_all().contains(shapely.Point(at_km(BENT, 10.1)))


def test_a_strip_is_clipped_to_its_theatre():
    theatre = shapely.box(36.0, 35.3, 36.3, 35.8)
    whole, clipped = strip.strip(BENT, depth_km=5), strip.strip(BENT, depth_km=5, within=theatre)
    assert clipped["area_km2"].sum() < whole["area_km2"].sum()
    assert clipped.union_all().symmetric_difference(whole.union_all().intersection(theatre)).area < 1e-9
    with pytest.raises(GeometryError, match="no part of the strip lies in the theatre"):
        strip.strip(BENT, depth_km=5, within=shapely.box(35.5, 36.0, 35.6, 36.9))


@pytest.mark.parametrize(
    ("road", "depth", "message"),
    [
        ([(36, 35), (36.05, 36)], {"north": 6}, r"course is \d+ degrees: it has no north side; name its sides east and west"),
        ([(36, 35), (37, 35)], {"east": 6, "west": 6}, "it has no east side; name its sides north and south"),
        ([(36, 35), (37, 35), (37, 35.2), (36.1, 35.2), (36.1, 35.3), (37.2, 35.3)], {"north": 6}, "for 2[0-9]% of the road its left side does not look north"),
        ([(36, 35), (37, 35), (36.5, 35.5), (36, 35)], {"north": 6}, "ends where it begins: it has no north side"),
    ],
)  # fmt: skip
def test_a_compass_point_that_makes_no_sense_is_refused(road, depth, message):
    with pytest.raises(InputError, match=message):
        strip.strip(shapely.LineString(road), depth_km=depth)


@pytest.mark.parametrize(
    ("depth", "message"),
    [
        (0, "depth of left 0, right 0 km: give km above 0"),
        ({"left": float("nan")}, "depth of left nan km"),
        ({"left": "6"}, "depth of left 6 km"),
        ({"left": 6, "north": 6}, "sides 'left', 'north': give left and right, or north and south"),
        ({"up": 6}, "sides 'up'"),
        ({}, "sides : give"),
        (2_000, "at most 1000"),
    ],
)
def test_a_depth_that_makes_no_sense_is_refused(depth, message):
    with pytest.raises(InputError, match=message):
        strip.strip(BENT, depth_km=depth)


def test_unknown_ends_and_far_places_are_refused(stops):
    with pytest.raises(InputError, match="ends 'square' is none of flat, round"):
        strip.strip(BENT, depth_km=5, ends="square")
    with pytest.raises(InputError, match=r"Trumba \(Turumbah\) lies .* km from the road"):
        strip.strip(BENT, depth_km=5, from_=stops["Trumba"])


def test_the_share_that_looks_the_other_way_is_told():
    road = shapely.LineString([(36, 35), (36.8, 35.0), (36.7, 35.1), (37.5, 35.1)])
    (found,) = strip.strip(road, depth_km={"north": 1}).itertuples()
    assert found.against_share == pytest.approx(
        length_km(shapely.LineString(road.coords[1:3])) / length_km(road), abs=1e-3
    )
