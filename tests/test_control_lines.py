"""Forward lines, corners and dated lines, held against symmetry, published figures and polygons drawn by hand."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import ROOT, shared

import dmz
from dmz import control, geodata, geodesy
from dmz.errors import CrossingWarning, GapWarning, GeometryError, InputError, MissingInputError, PartyError
from dmz.line import Line, line_table, read_line

IDLIB = ROOT / "geodata" / "idlib"


def two_sides(shape, axis: int) -> tuple[shapely.MultiLineString, shapely.MultiLineString]:
    """Ring of each part of a polygon cut at its two extremes on an axis: its one side and its other."""
    sides = [], []
    for part in shapely.get_parts(shape):
        ring = np.array(part.exterior.coords)[:-1]
        first, last = ring[:, axis].argmin(), ring[:, axis].argmax()
        ring, cut = np.roll(ring, -first, axis=0), (last - first) % len(ring)
        sides[0].append(shapely.LineString(ring[: cut + 1]))
        sides[1].append(shapely.LineString(np.vstack([ring[cut:], ring[:1]])))
    return shapely.MultiLineString(sides[0]), shapely.MultiLineString(sides[1])


# ------------------------------------------------------------------------------------------------- forward lines


@pytest.mark.parametrize("turned", [False, True])
def test_half_way_between_two_meridians_is_the_meridian_in_the_middle(turned):
    west, east = (shapely.LineString([(lon, 35), (lon, 35.2), (lon, 35.5)]) for lon in (33.0, 33.1))
    found = control.between(west, shapely.reverse(east) if turned else east, left="west", right="east")
    xy = shapely.get_coordinates(found.line.geometry)
    assert xy[:, 0] == pytest.approx(33.05, abs=1e-6)
    assert np.diff(xy[:, 1]).min() > 0, "northward: the west is on its left"
    assert (xy[0, 1], xy[-1, 1]) == pytest.approx((35.0, 35.5), abs=1e-4)
    assert found.halves["area_km2"].tolist() == pytest.approx([found.zone["area_km2"].iloc[0] / 2] * 2, rel=1e-6)
    away = geodesy.distance(xy, west)
    assert found.line.uncertainty_m == pytest.approx(away, abs=0.5)
    assert found.zone["width_max_m"].iloc[0] == pytest.approx(2 * away.max(), abs=1)


def test_the_party_named_first_is_on_the_left_whichever_way_the_lines_run():
    west, east = (shapely.LineString([(lon, 35.5), (lon, 35)]) for lon in (33.0, 33.1))
    one = control.between(west, east, left="west", right="east").line
    other = control.between(east, west, left="east", right="west").line
    assert one.geometry.coords[0][1] < one.geometry.coords[-1][1]
    assert other.geometry.coords[0][1] > other.geometry.coords[-1][1]
    laid = dmz.zones(one, depth_km=2, reading="deep", party="west")
    assert laid.union_all().centroid.x < 33.05


@pytest.mark.parametrize(("name", "axis", "km2"), [("UNDOF", 1, 265.0), ("Cyprus", 0, 341.0)])
def test_the_golan_and_cyprus_between_their_two_lines(name, axis, km2):
    shapes = gpd.read_file(shared("published/natural_earth_zones.geojson"))
    shape = next(g for n, g in zip(shapes["BRK_NAME"], shapes.geometry, strict=True) if name in n)
    one, other = two_sides(shape, axis)
    found = control.between(one, other, left="one", right="other")
    assert found.zone["area_km2"].iloc[0] == pytest.approx(km2, abs=0.5)
    assert found.halves["area_km2"].sum() == pytest.approx(found.zone["area_km2"].iloc[0], rel=1e-6)
    assert shapely.get_num_geometries(found.line.geometry) == len(shapely.get_parts(shape))
    xy = shapely.get_coordinates(found.line.geometry)
    apart = np.abs(geodesy.distance(xy, one) - geodesy.distance(xy, other))
    assert np.percentile(apart, 98) < 1, "half-way, but in the tips where the lines meet"
    assert shapely.covers(shapely.buffer(found.zone.geometry.iloc[0], 1e-6), found.line.geometry)


def test_lines_that_give_no_ground_are_refused():
    one = shapely.LineString([(33, 35), (33, 35.5)])
    with pytest.raises(GeometryError, match=r"a and b cross near 33\.0000 E, 35\.2500 N"):
        control.between(one, shapely.LineString([(32.9, 35), (33.1, 35.5)]), left="a", right="b")
    two = shapely.MultiLineString([[(33.1, 35), (33.1, 35.2)], [(33.1, 35.3), (33.1, 35.5)]])
    with pytest.raises(InputError, match="line of a has 1 parts, that of b 2"):
        control.between(one, two, left="a", right="b")
    with pytest.raises(PartyError, match="both sides"):
        control.between(one, two, left="a", right="a")
    with pytest.raises(InputError, match="give a line"):
        control.between(shapely.box(33, 35, 34, 36), one, left="a", right="b")
    with pytest.raises(GeometryError):
        control.between(one, one, left="a", right="b")


# ------------------------------------------------------------------------------------------------- corners

NORTH, EAST = 14 + 22 / 60 + 5.1 / 3600, 104 + 41 / 60 + 20 / 3600
WAYS = [
    "14°22'05.1\" N, 104°41'20\" E",
    "14°22′05.1″N 104°41′20″E",
    "N 14° 22’ 5.1”, E 104° 41’ 20”",
    "14 22 05.1N, 104 41 20E",
    "14 22 05.1 n 104 41 20 e",
    "N14 22 05.1 E104 41 20",
    "104°41'20\"E, 14°22'05.1\"N",
    "14:22:05.1 N; 104:41:20 E",
    "14-22-05.1N 104-41-20E",
    "14° 22.085' N / 104° 41.33333333' E",
    "14.36808333, 104.68888889",
    "14.36808333 104.68888889",
    "14,36808333; 104,68888889",
    "+14.36808333 +104.68888889",
    "(14.36808333, 104.68888889)",
    "latitude 14° 22' 05.1'' N and longitude 104° 41' 20'' E",
    "14 degrees 22 minutes 5.1 seconds North, 104 deg 41 min 20 sec East",
    '14º22´05,1" N; 104º41´20" E',
]


@pytest.mark.parametrize("text", WAYS)
def test_coordinates_are_read_as_people_write_them(text):
    place = control.pair(text)
    assert (place.lat, place.lon) == pytest.approx((NORTH, EAST), abs=1e-8)


@pytest.mark.parametrize(
    "text", ["33 15 30S, 18 30 00W", "-33.2583333333 -18.5", "S33°15.5' W18°30'", "33°15'30\" south, 18°30' west"]
)
def test_south_and_west_are_below_zero(text):
    assert control.pair(text) == pytest.approx((-18.5, -33 - 15.5 / 60))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("14 75 00N, 104 41 20E", "75 minutes"),
        ("14 22 60N, 104 41 20E", "60 seconds"),
        ("14.5 22 N, 104E", "only its last number may have decimals"),
        ("14N, 15N", "two latitudes"),
        ("-14N, 104E", "a hemisphere and a minus"),
        ("N14N, 104E", "two hemispheres"),
        ("104.5, 14.2", r"beyond 90 degrees of latitude; is it a longitude\? Say order='lon-lat'"),
        ("14N, 190E", "beyond 180 degrees of longitude"),
        ("somewhere", "no pair of coordinates: write it as 14°22'05"),
        ("14.5", "no pair"),
        ("33,25,36,5", "no pair"),
        ("14 22 05 104 41 20", "no pair"),
    ],
)
def test_coordinates_that_cannot_be_read_say_why(text, said):
    with pytest.raises(InputError, match=said):
        control.pair(text)


def test_without_a_hemisphere_the_order_is_as_told():
    assert control.pair("36.5 33.25", order="lon-lat") == control.pair("33.25, 36.5")
    with pytest.raises(InputError, match="neither"):
        control.pair("33.25, 36.5", order="xy")
    with pytest.raises(InputError, match="is a longitude, and a latitude is due"):
        control.coordinate("36 E", "lat")


COURT = """# Order of 18 July 2011
14°23' N, 104°41' E
14°24' N, 104°38'15" E

14°25' N, 104°38'40" E
14°25' N, 104°42'20" E
"""


def test_the_provisional_zone_of_the_court_from_its_four_coordinates(tmp_path):
    published = gpd.read_file(shared("published/icj_pdmz_2011.geojson")).geometry.iloc[0]
    zone = control.from_corners(COURT)
    assert zone.geometry.iloc[0].equals_exact(shapely.orient_polygons(published), 1e-9) or zone.geometry.iloc[0].equals(
        published
    )
    assert zone["area_km2"].iloc[0] == pytest.approx(17.401, abs=0.001)
    assert zone["perimeter_km"].iloc[0] == pytest.approx(18.255, abs=0.001)
    path = tmp_path / "corners.txt"
    path.write_text(COURT, encoding="utf-8")
    assert control.read_corners(path) == pytest.approx(control.corners(COURT))
    table = tmp_path / "corners.csv"
    table.write_text("corner,Latitude,Longitude\nA,14°23' N,104°41' E\nB,14.4,104 38 15 E\n", encoding="utf-8")
    assert control.read_corners(table) == pytest.approx(control.corners(COURT)[:2])


def test_corners_that_make_no_zone_are_refused_all_faults_at_once(tmp_path):
    with pytest.raises(GeometryError, match=r"the edges cross .* give the corners in order"):
        control.from_corners(["35N 36E", "36N 37E", "35N 37E", "36N 36E"])
    with pytest.raises(InputError, match="needs 3 different corners, and there are 2"):
        control.from_corners(["35N 36E", "36N 37E", "35N 36E"])
    with pytest.raises(InputError) as caught:
        control.corners(["35N 36E", "99N 36E", "35 61 N, 36 E"], where="annex 2")
    assert [fault.split(": ")[1] for fault in caught.value.faults] == ["corner 2", "corner 3"]
    with pytest.raises(MissingInputError):
        control.read_corners(tmp_path / "none.txt")
    bad = tmp_path / "bad.csv"
    bad.write_text("corner,latitud,lngitude\nA,14,104\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column for the longitude, the nearest is 'lngitude'"):
        control.read_corners(bad)


def test_a_line_through_corners_has_its_parties():
    line = control.line_from_corners(COURT, left="north", right="south")
    assert len(line.geometry.coords) == 4
    assert line.uncertainty_m is None
    with pytest.raises(PartyError):
        control.line_from_corners(COURT, left="north", right="north")
    with pytest.warns(CrossingWarning):
        control.line_from_corners(["35N 36E", "35N 37E", "34.5N 36.5E", "35.5N 36.5E"], left="a", right="b")


# ------------------------------------------------------------------------------------------------- dates

BEFORE = [(36.0, 35.0), (36.2, 35.05), (36.4, 35.0), (36.6, 35.05), (36.8, 35.0)]
AFTER = [(36.0, 35.0), (36.2, 35.05), (36.4, 35.12), (36.6, 34.98), (36.8, 35.0)]


def dated(tmp_path, **lines) -> dmz.control.DatedLines:
    rows = [
        line_table(
            Line(shapely.LineString(xy), "north", "south", drawn=dt.date.fromisoformat(day[1:].replace("_", "-")))
        )
        for day, xy in lines.items()
    ]
    table = gpd.GeoDataFrame(pd.concat(rows, ignore_index=True)).assign(id=[f"line-{n}" for n in range(len(rows))])
    return control.read_dated(dmz.write_geojson(table, tmp_path / "lines.geojson"))


def test_the_line_on_a_day_is_the_last_drawn_by_then(tmp_path):
    lines = dated(tmp_path, d2020_03_05=AFTER, d2018_09_17=BEFORE)
    assert lines.days == (dt.date(2018, 9, 17), dt.date(2020, 3, 5))
    assert lines.on(dt.date(2018, 9, 17)).geometry.coords[2] == (36.4, 35.0)
    assert lines.on(dt.date(2020, 3, 4)).geometry.coords[2] == (36.4, 35.0)
    assert lines.on(dt.date(2021, 1, 1)).geometry.coords[2] == (36.4, 35.12)
    with pytest.raises(
        InputError, match="no line for 2018-09-16: the first is that of 2018-09-17, the last 2020-03-05"
    ):
        lines.on(dt.date(2018, 9, 16))


def test_ground_that_changed_hands_is_that_between_the_lines_by_party():
    before, after = (Line(shapely.LineString(xy), "north", "south") for xy in (BEFORE, AFTER))
    crossing = shapely.intersection(before.geometry, after.geometry)
    towns = gpd.GeoDataFrame(
        {"name": ["lost", "gained", "north", "south", "far"]},
        geometry=gpd.points_from_xy([36.4, 36.6, 36.4, 36.4, 60.0], [35.05, 35.0, 35.2, 34.9, 0.0]),
        crs="EPSG:4326",
    )
    found = control.changes(before, after, settlements=towns)
    ring = shapely.polygonize([shapely.union_all([geodesy.densify(line.geometry, 200) for line in (before, after)])])
    truth = sorted((geodesy.area(part) / 1e6 for part in ring.geoms), reverse=True)
    assert crossing.geom_type == "GeometryCollection"
    assert len(truth) == 2
    ground = found.ground.set_index(["held_before", "held_after"])
    assert ground.loc[("north", "south"), "area_km2"] == pytest.approx(truth[0], abs=0.01)
    assert ground.loc[("south", "north"), "area_km2"] == pytest.approx(truth[1], abs=0.01)
    assert ground["settlements"].tolist() == [1, 1]
    assert found.settlements["name"].tolist() == ["gained", "lost"]
    balance = found.balance().set_index("party")
    assert balance.loc["north", "net_km2"] == pytest.approx(truth[1] - truth[0], abs=0.02)
    assert balance["net_km2"].sum() == pytest.approx(0, abs=1e-9)
    assert balance["settlements_gained"].tolist() == [1, 1]


def test_a_theatre_bounds_what_is_asked_and_the_rest_stays():
    before, after = (Line(shapely.LineString(xy), "north", "south") for xy in (BEFORE, AFTER))
    whole = control.changes(before, after).ground["area_km2"].sum()
    parts = [
        control.changes(before, after, within=shapely.box(west, 34.8, east, 35.3)).ground["area_km2"].sum()
        for west, east in ((35.9, 36.4), (36.4, 36.9))
    ]
    assert sum(parts) == pytest.approx(whole, rel=1e-4)
    with pytest.raises(GeometryError, match="neither line runs through the theatre"):
        control.changes(before, after, within=shapely.box(10, 50, 11, 51))


def test_beyond_the_end_of_a_line_it_is_not_known_who_held_what():
    before = Line(shapely.LineString([(36.0, 35.0), (36.4, 35.0)]), "north", "south")
    after = Line(shapely.LineString([(36.0, 35.0), (36.4, 35.0), (36.6, 35.2)]), "north", "south")
    found = control.changes(before, after, within=shapely.box(36.1, 34.9, 36.7, 35.3))
    assert found.ground["area_km2"].sum() == pytest.approx(0, abs=0.01)
    assert "not known on one of the dates" in found.unclear["reason"].tolist()
    assert found.unclear["area_km2"].sum() > 500


def test_settlements_nobody_asked_about_are_not_counted_as_none():
    before, after = (Line(shapely.LineString(xy), "north", "south") for xy in (BEFORE, AFTER))
    found = control.changes(before, after)
    assert found.ground["settlements"].isna().all()
    assert found.balance()["settlements_lost"].isna().all()


def test_areas_of_two_dates_give_the_ground_by_all_parties():
    areas = [
        gpd.GeoDataFrame({"party": ["a", "b", "c"]}, geometry=shapes, crs="EPSG:4326")
        for shapes in (
            [shapely.box(36, 35, 36.1, 35.1), shapely.box(36.1, 35, 36.2, 35.1), shapely.box(36.2, 35, 36.3, 35.1)],
            [shapely.box(36, 35, 36.12, 35.1), shapely.box(36.12, 35, 36.15, 35.1), shapely.box(36.15, 35, 36.3, 35.1)],
        )
    ]
    before, after = (control.from_polygons(each) for each in areas)
    found = control.changes(before, after)
    pairs = found.ground.set_index(["held_before", "held_after"])["area_km2"]
    assert {*pairs.index} == {("b", "a"), ("b", "c")}
    assert pairs["b", "a"] == pytest.approx(geodesy.area(shapely.box(36.1, 35, 36.12, 35.1)) / 1e6, rel=1e-5)
    assert pairs["b", "c"] == pytest.approx(geodesy.area(shapely.box(36.15, 35, 36.2, 35.1)) / 1e6, rel=1e-5)
    assert len(found.unclear) == 0
    with pytest.raises(InputError, match="two of one kind"):
        control.changes(before, before.line("a", "b"))


def test_settlements_that_change_their_holder_move_the_ground_with_them():
    """Idlib with Khan Shaykhun's neighbourhood turned: the ground that changes is the cells of those that did."""
    places = control.read_settlements(IDLIB / "control.csv").drop_duplicates("geometry")
    theatre = geodata.read(IDLIB / "theatre.geojson")
    turned = places.copy()
    mine = shapely.dwithin(places.geometry.array, shapely.Point(36.65, 35.40), 0.1) & (places["party"] == "opposition")
    turned.loc[mine, "party"] = "government"
    with pytest.warns(dmz.DmzWarning):
        before, after = (control.from_settlements(each, within=theatre, contested_km=0) for each in (places, turned))
    found = control.changes(before, after, settlements=places)
    assert found.ground[["held_before", "held_after"]].to_numpy().tolist() == [["opposition", "government"]]
    assert sorted(found.settlements["name"]) == sorted(places.loc[mine, "name"])
    net = before.areas.set_index("party")["area_km2"] - after.areas.set_index("party")["area_km2"]
    assert found.ground["area_km2"].iloc[0] == pytest.approx(net["opposition"], rel=1e-6)


def test_a_file_of_dated_lines_that_cannot_be_used_is_refused(tmp_path):
    table = line_table(Line(shapely.LineString(BEFORE), "north", "south"))
    path = dmz.write_geojson(table.drop(columns="date"), tmp_path / "a.geojson")
    with pytest.raises(InputError, match="no column 'date'"):
        control.read_dated(path)
    path = dmz.write_geojson(table.assign(date="soon"), tmp_path / "b.geojson")
    with pytest.raises(InputError, match="has no date: write it as 2018-09-17"):
        control.read_dated(path)


def test_parts_of_a_line_keep_their_order_when_it_is_read_again(tmp_path):
    parts = shapely.MultiLineString([[(36.5, 35), (36.6, 35.1)], [(36.0, 35), (36.1, 35)], [(36.2, 35), (36.3, 35)]])
    unsure = np.array([1, 2, 3, 4, 5, 6], dtype=float) * 100
    line = Line(parts, "north", "south", uncertainty_m=unsure)
    path = dmz.write_geojson(line_table(line), tmp_path / "line.geojson")
    with pytest.warns(GapWarning):
        again = read_line(path)
    assert again.geometry.equals(parts)
    assert again.uncertainty_m.tolist() == unsure.tolist()
