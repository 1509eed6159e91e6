"""Zones that others have published, laid by the library."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import shared

from dmz import geodesy
from dmz.line import Line, read_line
from dmz.zone import zones


@pytest.fixture(scope="module")
def korea() -> gpd.GeoDataFrame:
    """Limit lines and demarcation line of the US Department of State."""
    return gpd.read_file(shared("published/korea_dmz_lsib.geojson"))


def test_korea_the_edges_of_two_kilometres_lie_on_the_limit_lines(korea):
    middle = korea[korea["BNDY_TEXT"] != "Special Line"].geometry.iloc[0]
    limits = korea[korea["BNDY_TEXT"] == "Special Line"].geometry
    zone = zones(Line(middle, "north", "south"), depth_km=2)
    edge = geodesy.buffer(middle, 2_000).boundary
    for limit in limits:
        dense = geodesy.densify(limit, 200)
        total = geodesy.length(dense)
        xy = np.array([geodesy.interpolate(limit, at).coords[0] for at in np.arange(4_000, total - 4_000, 500)])
        off = geodesy.distance(xy, edge)
        assert np.median(off) < 50
        assert off.max() < 150
    assert zone["area_km2"].sum() == pytest.approx(907, rel=0.02)


def test_korea_the_ground_between_the_limit_lines_has_the_area_measured(korea):
    north, south = (np.array(line.coords) for line in korea[korea["BNDY_TEXT"] == "Special Line"].geometry)
    if geodesy.GEOD.inv(*north[-1], *south[0])[2] > geodesy.GEOD.inv(*north[-1], *south[-1])[2]:
        south = south[::-1]
    between = shapely.make_valid(shapely.Polygon(np.vstack([north, south])))
    assert geodesy.area(between) / 1e6 == pytest.approx(896.3, rel=0.002)


def test_the_provisional_zone_of_the_court_has_its_area():
    corners = gpd.read_file(shared("published/icj_pdmz_2011.geojson")).geometry.iloc[0]
    assert geodesy.area(corners) / 1e6 == pytest.approx(17.40, abs=0.005)
    assert geodesy.length(corners.exterior) / 1000 == pytest.approx(18.255, abs=0.002)


def test_cyprus_and_the_golan_have_the_areas_measured_from_the_same_polygons():
    shapes = gpd.read_file(shared("published/natural_earth_zones.geojson"))
    areas = {name: geodesy.area(shape) / 1e6 for name, shape in zip(shapes["BRK_NAME"], shapes.geometry, strict=True)}
    cyprus = next(km2 for name, km2 in areas.items() if "Cyprus" in name)
    undof = next(km2 for name, km2 in areas.items() if "UNDOF" in name)
    assert cyprus == pytest.approx(341.0, abs=0.5)
    assert undof == pytest.approx(265.0, abs=0.5)


def test_iraq_and_kuwait_ten_and_five_kilometres():
    line = read_line(shared("published/iraq_kuwait_line.geojson"), left="iraq", right="kuwait")
    assert line.length_km == pytest.approx(200.8, abs=0.5)
    laid = zones(line, depth_km={"iraq": 10, "kuwait": 5}, reading="per-side", ends="flat")
    assert laid["area_km2"].sum() == pytest.approx(3_060, rel=0.02)
