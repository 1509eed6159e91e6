"""Zones of every agreement that is shipped, against figures that others published, and the geometry each needs."""

from __future__ import annotations

import datetime as dt
import json
import warnings

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import ROOT, shared
from pyproj import Geod

from dmz import geodesy, geojson
from dmz.agreement import read_agreement
from dmz.errors import AgreementError, InputError, MissingInputError, PartyError
from dmz.findings import work_out
from dmz.laying import NOBODY, taken
from dmz.line import GapWarning, Line

WGS84 = Geod(ellps="WGS84")
# Agreements that come with everything their zones need, beside Idlib's.
SHIPPED = ("korea-1953", "iraq-kuwait-1991", "kosovo-1999", "m4-2020", "undof-1974", "cyprus-1974", "preah-vihear-2011")
WITHOUT_LINE = ("minsk-2014", "minsk-2015")


@pytest.fixture(scope="module")
def found():
    """Findings of an agreement, each worked out once."""
    kept = {}

    def of(key, **asked):
        name = (key, *sorted((k, str(v)) for k, v in asked.items()))
        if name not in kept:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", GapWarning)  # Cyprus's lines have three parts
                kept[name] = work_out(ROOT / "seeds" / f"{key}.toml", **asked)
        return kept[name]

    return of


def area_km2(zones, **which):
    for column, value in which.items():
        zones = zones[zones[column] == value]
    return sum(abs(WGS84.geometry_area_perimeter(shape)[0]) for shape in zones.geometry) / 1e6


def drawn(tmp_path, name, xy):
    path = tmp_path / f"{name}.geojson"
    line = {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": xy}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [line]}))
    return path


# Published figure, km2, and how far a line at the scale it is drawn in may miss it.
@pytest.mark.parametrize(
    ("key", "published", "within"),
    [
        ("korea-1953", 907, 0.015),
        ("iraq-kuwait-1991", 3_060, 0.01),
        ("m4-2020", 700, 0.01),
        ("cyprus-1974", 346, 0.02),
        ("preah-vihear-2011", 17.388, 0.001),
    ],
)
def test_a_zone_has_the_area_that_was_published(found, key, published, within):
    zones = found(key).zones
    first = zones[zones["reading"] == zones["reading"].iloc[0]]
    assert area_km2(first) == pytest.approx(published, rel=within)
    assert first["area_km2"].sum() == pytest.approx(area_km2(first), rel=1e-6)


def test_the_area_of_separation_is_what_the_same_lines_enclose(found):
    """The United Nations give 235 km2; lines at 1:10 million give 265, and the file says so."""
    separation = area_km2(found("undof-1974").zones, belt="separation")
    assert separation == pytest.approx(265.0, abs=0.5)
    assert "265" in read_agreement("undof-1974").notes[0]
    assert "235" in read_agreement("undof-1974").notes[0]


def test_the_court_s_zone_has_the_corners_of_the_order(found):
    given = gpd.read_file(shared("published/icj_pdmz_2011.geojson")).geometry.iloc[0]
    zone = found("preah-vihear-2011").zones.geometry.iloc[0]
    corners = shapely.get_coordinates(given)
    assert geodesy.distance(corners, zone.boundary).max() < 0.02
    assert geodesy.length(zone.boundary) / 1000 == pytest.approx(18.255, abs=0.001)


def test_korea_s_edges_lie_on_the_limit_lines_of_another_source(found):
    lines = gpd.read_file(shared("published/korea_dmz_lsib.geojson"))
    zone = found("korea-1953").zones.union_all().boundary
    for limit in lines[lines["BNDY_TEXT"] == "Special Line"].geometry:
        total = geodesy.length(limit)
        xy = np.array([geodesy.interpolate(limit, at).coords[0] for at in np.arange(4_000, total - 4_000, 500)])
        off = geodesy.distance(xy, zone)
        assert np.median(off) < 150  # two sources of one line: 63 m apart along the line itself
        assert np.quantile(off, 0.9) < 500


def test_iraq_and_kuwait_have_each_its_own_depth_off_the_published_line(found):
    line = gpd.read_file(shared("published/iraq_kuwait_line.geojson")).geometry.iloc[0]
    apart = geodesy.distance(shapely.get_coordinates(found("iraq-kuwait-1991").line.geometry), line)
    zones = found("iraq-kuwait-1991").zones.set_index("party")
    assert zones["depth_to_m"].to_dict() == {"iraq": 10_000, "kuwait": 5_000}
    for party, depth_m in zones["depth_to_m"].items():
        far = geodesy.distance(shapely.get_coordinates(zones.geometry[party]), line).max()
        assert far == pytest.approx(depth_m, abs=apart.max())
    assert found("iraq-kuwait-1991").line.length_km == pytest.approx(200.8, abs=1.0)


def test_cyprus_is_the_ground_between_two_lines_as_another_publisher_has_it(found):
    shapes = gpd.read_file(shared("published/natural_earth_zones.geojson")).set_index("BRK_NAME").geometry
    zone = found("cyprus-1974").zones.geometry.iloc[0]
    published = shapes["Cyprus U.N. Buffer Zone"]
    assert len(zone.geoms) == 3
    common = abs(WGS84.geometry_area_perimeter(shapely.intersection(zone, published))[0]) / 1e6
    assert common == pytest.approx(341.0, rel=0.002)


def test_kosovo_s_border_has_the_length_published_and_its_zones_their_depths(found):
    """CIA World Factbook: 366 km with Serbia, 76 km with Montenegro."""
    kosovo = found("kosovo-1999")
    assert kosovo.line.length_km == pytest.approx(366 + 76, rel=0.01)
    for belt, depth_m in (("ground", 5_000), ("air", 25_000)):
        zone = kosovo.zones[kosovo.zones["belt"] == belt]
        assert {*zone["party"]} == {"fry"}
        far = geodesy.distance(shapely.get_coordinates(zone.geometry.iloc[0]), kosovo.line.geometry).max()
        assert far == pytest.approx(depth_m, abs=1.0)
    ground, air = (kosovo.zones[kosovo.zones["belt"] == belt].geometry.iloc[0] for belt in ("ground", "air"))
    assert shapely.difference(ground, air).area < 1e-9 * ground.area  # the zones overlap: the air zone holds the other
    assert area_km2(kosovo.zones, belt="ground") < 5 * kosovo.line.length_km  # bends eat ground


def test_kosovo_s_zones_stay_out_of_kosovo_albania_and_macedonia(found):
    land = gpd.read_file(ROOT / "geodata" / "kosovo" / "land.geojson").set_index("name").geometry
    zone = found("kosovo-1999").zones.union_all()
    for name in ("Kosovo", "Albania", "North Macedonia"):
        inside = shapely.intersection(zone, land[name])
        assert abs(WGS84.geometry_area_perimeter(inside)[0]) / 1e6 < 12  # outlines of neighbours differ by 400 m
    assert area_km2(found("kosovo-1999").zones, belt="air") > 8_000


def test_the_areas_of_limitation_overlap_and_leave_the_area_of_separation(found):
    undof = found("undof-1974")
    by_belt = undof.zones.dissolve("belt").geometry
    inner, middle, outer = (by_belt[f"limitation-{km}"] for km in (10, 20, 25))
    assert shapely.difference(inner, middle).area < 1e-9
    assert shapely.difference(middle, outer).area < 1e-9
    assert shapely.intersection(outer, by_belt["separation"]).area < 1e-9
    for party, line in undof.own.items():
        mine = undof.zones[(undof.zones["party"] == party) & (undof.zones["belt"] == "limitation-25")].geometry.iloc[0]
        far = geodesy.distance(shapely.get_coordinates(mine), line.geometry).max()
        assert far == pytest.approx(25_000, abs=1.0)
    assert undof.zones[undof.zones["belt"] == "separation"]["party"].tolist() == [NOBODY]


def test_the_strip_along_the_m4_begins_and_ends_where_the_reading_says(found):
    m4 = found("m4-2020")
    assert [*m4.zones["reading"].unique()] == ["patrolled", "whole-road"]
    patrolled, whole = (m4.zones[m4.zones["reading"] == name] for name in ("patrolled", "whole-road"))
    assert {*patrolled["party"]} == {"north", "south"}
    assert m4.comparison.set_index("reading")["line_km"]["patrolled"] == pytest.approx(58.6, rel=0.01)
    assert shapely.difference(patrolled.union_all(), whole.union_all()).area < 1e-4
    assert not whole.union_all().difference(patrolled.union_all()).is_empty
    north = patrolled[patrolled["party"] == "north"].geometry.iloc[0]
    south = patrolled[patrolled["party"] == "south"].geometry.iloc[0]
    assert north.centroid.y > south.centroid.y


def test_days_after_entry_into_force_are_counted_for_zones_too():
    kosovo = read_agreement("kosovo-1999")
    assert kosovo.belt("ground").due == dt.date(1999, 6, 20)
    assert kosovo.belt("air").due == dt.date(1999, 6, 10)
    assert {o.id: o.due for o in read_agreement("korea-1953").obligations if o.due} == {
        "withdraw-forces": dt.date(1953, 7, 30),
        "remove-hazards": dt.date(1953, 9, 13),
        "islands": dt.date(1953, 8, 6),
    }


@pytest.mark.parametrize("key", WITHOUT_LINE)
def test_an_agreement_without_its_line_says_so_and_how_to_give_one(key):
    with pytest.raises(MissingInputError, match=rf"{key}: no line is shipped with it: .*dmz maps {key} --line"):
        work_out(key)


def test_minsk_on_a_line_of_one_s_own_is_fifteen_kilometres_on_each_side(found, tmp_path_factory):
    path = drawn(tmp_path_factory.mktemp("minsk"), "line", [[38.0, 48.0], [38.0, 48.5]])
    zones = found("minsk-2014", line=path).zones.set_index("party")
    length_km = WGS84.inv(38, 48, 38, 48.5)[2] / 1000
    for party in ("ukraine", "districts"):
        # a rectangle beside the line and a quarter of a disc at each of its ends, but for the earth's roundness
        assert zones["area_km2"][party] == pytest.approx(15 * length_km + np.pi * 15**2 / 2, rel=1e-3)
    assert zones.geometry["ukraine"].centroid.x < 38 < zones.geometry["districts"].centroid.x


def test_minsk_two_has_the_published_widths_on_one_line(found, tmp_path_factory):
    path = drawn(tmp_path_factory.mktemp("minsk"), "line", [[38.0, 48.2], [38.3, 48.6]])
    zones = found("minsk-2015", line=path).zones
    reach = zones.groupby("belt")["depth_to_m"].max()
    assert (2 * reach / 1000).to_dict() == {"artillery": 50, "mlrs": 70, "heavy-rockets": 140}
    assert "between-the-lines" not in {*zones["belt"]}  # one line: there is nothing between


def test_each_party_measures_from_its_own_line(found, tmp_path_factory):
    """The actual line runs ten kilometres west of the old one: ground the formations took since."""
    folder = tmp_path_factory.mktemp("minsk")
    east = 38.0 + 10_000 / WGS84.inv(38, 48.3, 39, 48.3)[2]
    actual = drawn(folder, "actual", [[38.0, 48.0], [38.0, 48.6]])
    old = drawn(folder, "old", [[east, 48.0], [east, 48.6]])
    both = found("minsk-2015", line={"ukraine": actual, "districts": old})
    zones = both.zones.set_index(["belt", "party"])
    artillery = zones.loc["artillery"].geometry
    middle = shapely.LineString([(37, 48.3), (39.5, 48.3)])
    width_km = {party: geodesy.length(shapely.intersection(middle, shape)) / 1000 for party, shape in artillery.items()}
    assert width_km == pytest.approx({"ukraine": 25, "districts": 25}, abs=0.05)
    between = zones.loc["between-the-lines"].geometry.iloc[0]
    assert geodesy.length(shapely.intersection(middle, between)) / 1000 == pytest.approx(10, abs=0.05)
    assert shapely.intersection(between, artillery.union_all()).area < 1e-9
    assert zones.loc["between-the-lines"].index.tolist() == [NOBODY]


def test_ground_taken_and_ground_lost_between_two_lines_that_cross():
    """A square wave about a meridian, drawn northwards: a box gained in the west, a box lost in the east."""
    own = Line(shapely.LineString([(38.0, 48.0), (38.0, 48.6)]), "west", "east")
    xy = [(38.0, 48.0), (38.0, 48.1), (37.9, 48.1), (37.9, 48.2), (38.0, 48.2), (38.0, 48.3)]
    xy += [(38.1, 48.3), (38.1, 48.4), (38.0, 48.4), (38.0, 48.6)]
    actual = Line(shapely.LineString(xy), "west", "east")
    gained, lost = taken(actual, own, "east")
    assert gained.bounds == pytest.approx((37.9, 48.1, 38.0, 48.2), abs=1e-4)
    assert lost.bounds == pytest.approx((38.0, 48.3, 38.1, 48.4), abs=1e-4)
    assert gained.area == pytest.approx(0.01, rel=1e-3)
    back, forth = taken(actual, own, "west")
    assert back.area == pytest.approx(lost.area)
    assert forth.area == pytest.approx(gained.area)


def test_a_party_nobody_named_and_a_file_too_many_are_refused(tmp_path):
    path = drawn(tmp_path, "line", [[38.0, 48.0], [38.0, 48.5]])
    with pytest.raises(PartyError, match="russia is not on a side of the line: ukraine and districts are"):
        work_out("minsk-2015", line={"russia": path})
    with pytest.raises(InputError, match="there is one line for both parties"):
        work_out("minsk-2014", line={"ukraine": path})
    with pytest.raises(MissingInputError, match="give yours: dmz maps minsk-2015 --line districts="):
        work_out("minsk-2015", line={"ukraine": path})
    with pytest.raises(InputError, match="given by their corners"):
        work_out("preah-vihear-2011", line=path)


def test_a_zone_over_the_antimeridian_is_laid(tmp_path):
    """A seed of the user's own, in the Bering Strait, 100 km deep: 60 km was the limit once."""
    (tmp_path / "geodata").mkdir()
    (tmp_path / "geodata" / "manifest.toml").write_text("[layers]\n")
    (tmp_path / "seeds").mkdir()
    text = (ROOT / "tests" / "agreements" / "armistice.toml").read_text()
    seed = tmp_path / "seeds" / "bering.toml"
    seed.write_text(text.replace("depth_km = 2\n", "depth_km = 100\n").replace('[layers]\ntheatre = "theatre"\n', ""))
    path = drawn(tmp_path, "line", [[179.9, 66.0], [-179.9, 66.3]])
    zones = work_out(seed, line=path).zones
    line = shapely.LineString([(179.9, 66.0), (180.1, 66.3)])
    length_km = WGS84.geometry_length(line) / 1000
    assert zones["area_km2"].sum() == pytest.approx(200 * length_km + np.pi * 100**2, rel=2e-3)
    written = gpd.read_file(geojson.text(zones, name="zone"))
    assert written.total_bounds[[0, 2]].tolist() == [-180, 180]
    assert written["area_km2"].sum() == pytest.approx(area_km2(written), rel=1e-6)


@pytest.mark.parametrize("key", SHIPPED)
def test_every_zone_is_valid_named_and_cites_its_clause(found, key):
    zones = found(key).zones
    assert zones.geometry.is_valid.all()
    assert zones["id"].is_unique
    assert zones["clause"].str.len().min() > 10
    assert {*zones["belt"]} == {zone.id for zone in found(key).agreement.zones}
    assert (zones["area_km2"] > 0).all()


def spoiled(tmp_path, key, *changes):
    text = (ROOT / "seeds" / f"{key}.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("key", "change", "says"),
    [
        ("korea-1953", ("depth_km = 2\n", ""), "zone: it is told by depth_km, or by between = true, or by corners"),
        ("korea-1953", ("depth_km = 2\n", "between = true\n"), "zone.between: give line.layer a layer for each party"),
        ("korea-1953", ('left = "north"\n', ""), "line.left: it is missing"),
        ("korea-1953", ('kind = "each-side"', 'kind = "as-given"'), "reading[0].kind: 'as-given' is for zones without"),
        ("undof-1974", ("depth_km = 20\n", "depth_km = [20, 10]\n"), "zone[2].depth_km: [20, 10]: write the smaller"),
        ("undof-1974", ('syria = "golan/line-b"', 'suria = "golan/line-b"'), "line.layer: give one layer, or one for"),
        ("m4-2020", ('road = "m4"', 'road = "m5"'), "line.road: 'm5' is no corridor of this file; it has m4"),
        ("m4-2020", ('road = "m4"', 'road = "m4"\nleft = "turkey"'), "line.left: a road has no parties on its sides"),
        ("kosovo-1999", ('party = "fry"\nnote = "Both', 'party = "kfor"\nnote = "Both'), "reading[0].party: 'kfor'"),
        ("kosovo-1999", ('due = "11 days after', 'due = "eleven days after'), "zone[0].due: eleven days after"),
        ("preah-vihear-2011", ('kind = "as-given"', 'kind = "each-side"'), "'as-given' is for zones without a depth"),
        ("minsk-2015", ("depth_km = 140", "depth_km = 1400"), "zone[2].depth_km: give km above 0 and at most 1000"),
    ],
)
def test_a_fault_of_the_file_names_its_place(tmp_path, key, change, says):
    with pytest.raises(AgreementError) as caught:
        read_agreement(spoiled(tmp_path, key, change))
    assert says in str(caught.value)


def test_a_place_that_is_not_on_the_road_is_refused(tmp_path):
    path = spoiled(tmp_path, "m4-2020", ('from_place = "Trumba"', 'from_place = "Damascus"'))
    with pytest.raises(InputError, match="Damascus"):
        work_out(path, layers=ROOT / "geodata")


def test_corners_that_nobody_can_read_are_refused(tmp_path):
    path = spoiled(tmp_path, "preah-vihear-2011", ("14°23'00\\\" N, 104°41'00\\\" E", "fourteen north"))
    with pytest.raises(InputError, match="x: provisional-zone: corner 1"):
        work_out(path, layers=ROOT / "geodata")
