"""Published zones held to what they claim, against figures reckoned by hand."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from conftest import shared
from pyproj import Geod

from dmz.claims import held

GEOD = Geod(ellps="WGS84")


def strip(depth_m: float, side: int = 1) -> shapely.Polygon:
    """Ground between the meridian of 36 E, 35.0 to 35.3 N, and one some metres east or west of it."""
    west = 36.0
    east = [GEOD.fwd(36.0, lat, 90 * side, depth_m)[0] for lat in (35.3, 35.15, 35.0)]
    return shapely.Polygon([(west, 35.0), (west, 35.15), (west, 35.3), *zip(east, (35.3, 35.15, 35.0), strict=True)])


LINE = shapely.LineString([(36.0, 35.0), (36.0, 35.3)])


def table(*zones: shapely.Polygon, **columns: list) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(zones), crs="EPSG:4326")


@pytest.mark.parametrize(
    ("note", "kind", "metres"),
    [
        ("Since 1953 a 2 km buffer south of the military demarcation line", "depth", 2_000),
        ("ten by map; 10 kilometres deep", "depth", 10_000),
        ("4 km wide", "width", 4_000),
        ("a zone 2.5km on each side", "depth", 2_500),
        ("a 3-mile wide strip", "width", 4_828.032),
        ("a 500 metre buffer", "depth", 500),
    ],
)
def test_what_a_text_claims_is_read(note, kind, metres):
    said = held(table(strip(metres), note=[note]), LINE)[0].claim
    assert (said.kind, said.metres) == (kind, pytest.approx(metres))


def test_a_true_claim_holds_and_a_false_one_does_not():
    zones = table(strip(2_000), strip(8_700), note=["a 2 km buffer", "a 2 km buffer"], name=["a", "b"])
    good, bad = held(zones, LINE)
    assert (good.holds, bad.holds) == (True, False)
    assert good.reach_m == pytest.approx(2_000, abs=2)
    assert bad.reach_m == pytest.approx(8_700, abs=5)
    assert good.deeper_share == 0
    assert bad.sentence.startswith("feature 1 (b) claims 2 km of depth (note: “2 km buffer”), and reaches 8.7 km off")


def test_a_zone_that_falls_short_of_its_claim_does_not_hold():
    assert not held(table(strip(9_000), depth_km=[15.0]), LINE)[0].holds
    assert held(table(strip(14_600), depth_km=[15.0]), LINE)[0].holds


def test_neighbours_are_measured_from_the_edge_they_share():
    zones = table(strip(2_000), strip(5_000, -1), note=["2 km buffer", "2 km buffer"], name=["east", "west"])
    east, west = held(zones)
    assert east.against == "the edge it shares with feature 1 (west)"
    assert (east.reach_m, west.reach_m) == (pytest.approx(2_000, abs=5), pytest.approx(5_000, abs=5))
    assert (east.holds, west.holds) == (True, False)


def test_a_width_is_that_of_the_largest_circle():
    assert held(table(strip(4_000), note=["4 km wide"]))[0].reach_m == pytest.approx(4_000, abs=30)
    assert not held(table(strip(7_000), note=["4 km wide"]))[0].holds


def test_without_a_line_or_a_neighbour_a_depth_is_passed_over():
    assert held(table(strip(9_000), note=["a 2 km buffer"])) == []
    assert held(table(strip(9_000), note=["patrolled since 1974; 12 posts"]), LINE) == []
    assert held(table(strip(9_000), note=[None]), LINE) == []


def test_natural_earth_s_korean_zone_contradicts_itself():
    zones = gpd.read_file(shared("published/natural_earth_zones.geojson"))
    found = held(zones)
    assert [one.holds for one in found] == [False, False]
    assert all("Korean DMZ" in one.feature for one in found)
    assert all(one.claim.metres == 2_000 for one in found)
    middle = gpd.read_file(shared("published/korea_dmz_lsib.geojson"))
    line = middle[middle["BNDY_TEXT"] != "Special Line"].geometry.iloc[0]
    assert max(one.reach_m for one in held(zones, line)) == pytest.approx(8_700, abs=100)
