"""Administrative units: areas by GeographicLib, P-codes that stay text, parts that add up."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import shared
from exposure_cases import dense_edges, front, squares
from pyproj import Geod
from truth import area_m2

import dmz
from dmz import geodata, placing, units
from dmz.errors import CRSError, GeometryError, InputError

GEOD = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def zones():
    return dmz.zones(front(), depth_km=(8, 12), reading="each-side")


def districts(step: float = 0.1, columns: int = 16, rows: int = 9, **names) -> gpd.GeoDataFrame:
    """Squares about the front: level 2, four a unit of level 1."""
    shapes = squares(35.5, 35.05, step, columns, rows)
    at = np.arange(len(shapes))
    block = (at // columns // 2) * columns + at % columns // 2
    table = {
        "ADM1_EN": [f"Province {number}" for number in block],
        "ADM1_PCODE": [f"{number:04d}" for number in block],
        "ADM2_EN": [f"District {number}" for number in at],
        "ADM2_AR": [f"ناحية {number}" for number in at],
        "ADM2_PCODE": [f"{block[number]:04d}{number:03d}" for number in at],
    }
    return gpd.GeoDataFrame(table | names, geometry=shapes, crs=4326)


def dense(shape) -> shapely.MultiPolygon:
    """Polygons with edges drawn by GeographicLib every 200 m."""
    parts = []
    for part in shapely.get_parts(shape):
        rings = [*dense_edges(part, 200)]
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    return shapely.MultiPolygon(parts)


def test_areas_and_shares_are_those_of_geographiclib(zones):
    layer = districts()
    found = units.units(layer, zones)
    assert [*found] == [*units.COLUMNS, "geometry"]
    assert found.crs == 4326
    shapes = {code: dense(shape) for code, shape in zip(layer["ADM2_PCODE"], layer.geometry, strict=True)}
    grounds = {(zone.band, zone.party): dense(zone.geometry) for zone in zones.itertuples()}
    checked = 0
    for key, ground in grounds.items():
        mine = found[(found["band"] == key[0]) & (found["party"] == key[1])].set_index("pcode")
        truth = {code: area_m2(part) for code, shape in shapes.items() if (part := _polygonal(ground & shape))}
        assert {code for code, area in truth.items() if area > 200} <= {*mine.index}
        for code, row in mine.iterrows():
            assert row["inside_km2"] == pytest.approx(truth[code] / 1e6, rel=1e-6, abs=1e-5)
            assert row["unit_km2"] == pytest.approx(area_m2(shapes[code]) / 1e6, rel=1e-7)
            assert row["unit_share"] == pytest.approx(truth[code] / area_m2(shapes[code]), rel=1e-6, abs=1e-6)
            assert row["zone_share"] == pytest.approx(truth[code] / area_m2(ground), rel=1e-6, abs=1e-6)
            checked += 1
    assert checked > 40


def _polygonal(shape):
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts) if parts else None


def test_the_whole_unit_by_pyproj_and_a_share_of_one_where_it_lies_inside(zones):
    core = placing.extents(zones, by_party=False).iloc[:1]
    small = shapely.box(36.28, 35.52, 36.32, 35.56)
    layer = gpd.GeoDataFrame({"ADM3_PCODE": ["SY0701"]}, geometry=[small], crs=4326)
    row = units.units(layer, core).iloc[0]
    assert row["unit_km2"] == pytest.approx(abs(GEOD.geometry_area_perimeter(small)[0]) / 1e6, rel=1e-9)
    assert row["unit_share"] == pytest.approx(1, rel=1e-12)
    assert row["name"] is None
    assert (row["level"], row["pcode"]) == (3, "SY0701")


def test_shares_add_up_where_units_cover_the_zone_and_bands_add_up_to_the_full_zone(zones):
    found = units.units(districts(), zones)
    sums = found.groupby(["band", "party"])[["inside_km2", "zone_share"]].sum()
    areas = zones.set_index(["band", "party"])["area_km2"]
    assert sums["inside_km2"].to_dict() == pytest.approx(areas.to_dict(), rel=1e-6)
    assert sums["zone_share"].to_list() == pytest.approx([1] * 4, rel=1e-6)
    full = units.units(districts(), placing.extents(zones, by_party=False))
    full = full[full["band"] == "full"].set_index("pcode")["inside_km2"]
    assert found.groupby("pcode")["inside_km2"].sum().to_dict() == pytest.approx(full.to_dict(), rel=1e-6, abs=3e-4)
    assert found["unit_share"].between(0, 1 + 1e-12).all()


def test_where_units_cover_half_of_the_zone_half_is_told(zones):
    whole = placing.extents(zones, by_party=False)
    west = gpd.GeoDataFrame({"ADM0_PCODE": ["SY"]}, geometry=[shapely.box(35, 34, 36.3, 37)], crs=4326)
    found = units.units(west, whole)
    assert found["zone_share"].between(0.4, 0.6).all()
    ground = dense(whole.geometry.iloc[0])
    expected = area_m2(ground & dense(west.geometry.item())) / area_m2(ground)
    assert found["zone_share"].iloc[0] == pytest.approx(expected, rel=1e-6)


def test_the_core_of_a_unit_is_within_its_full(zones):
    found = (
        units.units(districts(), placing.extents(zones)).set_index(["party", "pcode", "band"])["inside_km2"].unstack()
    )
    assert (found["core"].fillna(0) <= found["full"] + 1e-9).all()


def test_swapping_the_parties_swaps_the_rows(zones):
    other = dmz.zones(front(swapped=True), depth_km=(8, 12), reading="each-side")
    one, two = (
        units.units(districts(), each).set_index(["band", "party", "pcode"])["inside_km2"] for each in (zones, other)
    )
    swap = {"north": "south", "south": "north"}
    back = {(band, swap[party], code): area for (band, party, code), area in two.items()}
    assert one.to_dict() == pytest.approx(back, rel=1e-6)


@pytest.mark.parametrize("spell", [str.upper, str.lower, str.title, lambda name: name.replace("_PCODE", "PCODE")])
def test_columns_may_be_in_upper_or_lower_case(zones, spell):
    found = units.units(districts().rename(columns=lambda name: name if name == "geometry" else spell(name)), zones)
    same = units.units(districts(), zones)
    assert found["pcode"].tolist() == same["pcode"].tolist()
    assert found["name"].tolist() == same["name"].tolist()
    assert {*found["level"]} == {2}


def test_p_codes_stay_text_with_their_leading_zeros(zones, tmp_path):
    path = tmp_path / "units.geojson"
    districts().to_file(path, driver="GeoJSON")
    found = units.units(geodata.read(path), zones)
    assert {*map(type, found["pcode"])} == {str}
    assert found["pcode"].str.fullmatch(r"\d{7}").all()
    assert found["pcode"].str.startswith("00").all()
    assert (found["parent_pcode"] == found["pcode"].str[:4]).all()


@pytest.mark.parametrize("level", [0, 1, 2, 3, 4])
def test_the_deepest_level_is_taken_or_the_one_asked_for(zones, level):
    layer = districts().rename(columns=lambda name: name.replace("ADM2", f"ADM{level}") if level > 1 else name)
    if level == 0:
        layer = layer.assign(ADM0_PCODE="SY", ADM0_EN="Syria")
    found = units.units(layer, zones, level=level)
    assert {*found["level"]} == {level}
    if level > 1:
        assert found.equals(units.units(layer, zones))
    if level == 0:
        assert found["name"].tolist() == ["Syria"] * 4
        assert found["parent_pcode"].isna().all()


def test_units_of_one_p_code_are_joined(zones):
    """At level 1 a unit is its four districts: its area is theirs, and a border inside it leaves no trace."""
    deep, high = units.units(districts(), zones), units.units(districts(), zones, level=1)
    joined = deep.groupby(["band", "party", "parent_pcode"])["inside_km2"].sum()
    assert high.set_index(["band", "party", "pcode"])["inside_km2"].to_dict() == pytest.approx(
        joined.to_dict(), rel=1e-6, abs=3e-4
    )
    assert high["pcode"].str.len().eq(4).all()
    assert high["name"].str.startswith("Province").all()
    scattered = gpd.GeoDataFrame(
        {"adm1_pcode": ["A", "A"], "adm1_name": ["Isles", "Isles"]},
        geometry=[shapely.box(36.1, 35.5, 36.15, 35.55), shapely.box(36.2, 35.5, 36.25, 35.55)],
        crs=4326,
    )
    row = units.units(scattered, placing.extents(zones, by_party=False)).iloc[0]
    assert row["unit_km2"] == pytest.approx(sum(map(area_m2, scattered.geometry)) / 1e6, rel=1e-9)
    assert row["name"] == "Isles"


def test_names_come_in_the_language_asked_for(zones):
    found = units.units(districts(), zones, language="ar")
    assert found["name"].str.startswith("ناحية").all()
    assert units.units(districts(), zones, language="fr")["name"].isna().all()


def test_features_without_a_p_code_are_units_of_their_own(zones):
    layer = districts()
    layer.loc[layer.geometry.intersects(shapely.Point(36.25, 35.5)), "ADM2_PCODE"] = None
    layer.loc[layer.geometry.intersects(shapely.Point(36.35, 35.5)), "ADM2_PCODE"] = "  "
    found = units.units(layer, zones)
    nameless = found[found["pcode"].isna()]
    assert nameless["name"].nunique() >= 2
    assert found.groupby(["band", "party"])["zone_share"].sum().to_list() == pytest.approx([1] * 4, rel=1e-6)


def test_units_that_overlap_are_told(zones):
    layer = districts()
    twice = gpd.GeoDataFrame(
        {"ADM2_PCODE": [*layer["ADM2_PCODE"], "more"]},
        geometry=[*layer.geometry, shapely.box(35, 34, 38, 37)],
        crs=4326,
    )
    with pytest.warns(units.OverlappingUnitsWarning, match=r"100\.0% of the zone each-side-core-north lies in two"):
        units.units(twice, zones.iloc[:1])


def test_a_zone_over_the_antimeridian_touches_units_on_both_sides():
    line = dmz.line.Line(shapely.LineString([(179.8, 10), (180.2, 10.1)]), "north", "south")
    zones = placing.extents(dmz.zones(line, depth_km=10), by_party=False).iloc[:1]
    layer = gpd.GeoDataFrame(
        {"ADM1_PCODE": ["E", "W"]}, geometry=[shapely.box(179, 9, 180, 11), shapely.box(-180, 9, -179, 11)], crs=4326
    )
    found = units.units(layer, zones)
    assert found["pcode"].tolist() == ["E", "W"]
    assert found["zone_share"].sum() == pytest.approx(1, rel=1e-7)
    one = units.units(layer.assign(ADM1_PCODE="FJ"), zones)
    assert one["zone_share"].tolist() == pytest.approx([1], rel=1e-7)


def test_a_zone_that_touches_no_unit_and_no_units_give_no_rows(zones):
    far = districts().set_geometry(districts().translate(40))
    assert [*units.units(far, zones)] == [*units.COLUMNS, "geometry"]
    assert units.units(far, zones).empty
    assert units.units(districts().iloc[:0], zones).empty
    assert units.units(districts(), zones.iloc[:0]).empty


def test_wrong_inputs_are_told_with_the_nearest_name(zones):
    layer = districts()
    with pytest.raises(InputError, match=r"in no column ADM0_PCODE to ADM4_PCODE.*\(is it 'ADM1_CODE'\?\)"):
        units.units(layer.rename(columns={"ADM1_PCODE": "ADM1_CODE", "ADM2_PCODE": "ADM2_CODE"}), zones)
    with pytest.raises(
        InputError, match=r"no P-codes of level 3; it has them of level 1 \(ADM1_PCODE\), 2 \(ADM2_PCODE\)"
    ):
        units.units(layer, zones, level=3)
    with pytest.raises(InputError, match="level is 7: an administrative level is 0 to 4"):
        units.units(layer, zones, level=7)
    numbers = layer.assign(ADM2_PCODE=range(len(layer)))
    with pytest.raises(InputError, match=r"'ADM2_PCODE' holds numbers .*leading zeros are lost; read it again as text"):
        units.units(numbers, zones)
    with pytest.raises(CRSError, match=r"bring it to WGS 84"):
        units.units(layer.to_crs(32637), zones)
    bow = layer.set_geometry([shapely.Polygon([(36, 35), (37, 36), (37, 35), (36, 36)]), *layer.geometry[1:]])
    with pytest.raises(GeometryError, match=r"feature 0: invalid"):
        units.units(bow, zones)
    with pytest.raises(GeometryError, match=r"Point, and a polygon is due"):
        units.units(layer.set_geometry(layer.geometry.representative_point()), zones)


def test_subdistricts_of_syria_cover_the_idlib_zone_and_add_up(sochi):
    """OCHA's COD-AB of 2019: what is in no unit lies beyond the border or in the sea, under one per cent."""
    layer = geodata.read(shared("geodata/reference/gh_codab2019_adm3.geojson"))
    layer = layer.rename(columns={"PCODE": "ADM3_PCODE", "NAME_EN": "ADM3_EN", "NAME_AR": "ADM3_AR"})
    found = units.units(layer, sochi.zones)
    sums = found.groupby(["reading", "band", "party"])["zone_share"].sum()
    assert sums.between(0.99, 1.0005).all()
    assert found["pcode"].str.fullmatch(r"SY\d{6}").all()
    assert [*found.columns[:9]] == [*units.COLUMNS][:9]
    high = units.units(layer, sochi.zones, level=1)
    assert high.groupby(["reading", "band", "party"])["inside_km2"].sum().to_dict() == pytest.approx(
        found.groupby(["reading", "band", "party"])["inside_km2"].sum().to_dict(), rel=5e-4
    ), "its borders, simplified one by one, overlap in slivers"
