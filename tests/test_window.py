"""The window of a map on paper: planes against pyproj's own search, steps and bars by hand."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import pytest
import shapely
from handing_cases import line, places, zone
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_utm_crs_info

from dmz.errors import GeometryError
from dmz.window import Window, utm, window


@pytest.mark.parametrize(
    ("lon", "lat"), [(36.7, 35.8), (-179.9, 1), (179.9, -40), (0, 51), (-70.2, -33.1), (126.7, 37.9)]
)
def test_the_zone_of_utm_is_the_one_pyproj_finds(lon, lat):
    area = AreaOfInterest(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01)
    assert str(utm(lon, lat)) in {info.code for info in query_utm_crs_info(datum_name="WGS 84", area_of_interest=area)}


def test_beyond_utm_the_plane_is_polar():
    assert utm(10, 85) == 32661
    assert utm(10, -81) == 32761


def test_the_window_is_that_of_the_zone_and_the_line():
    far = dataclasses.replace(places(), features=places().features.set_geometry(places().features.translate(9, 0)))
    found = window([zone(), line(), far])
    assert found == window([zone(), line()])
    west, _, east, _ = found.box
    assert east - west == pytest.approx(0.2 * 91_290, rel=0.03), "0.2 degrees of longitude at 35 N"
    assert found.degrees == pytest.approx((36, 35, 36.2, 35.1))


def test_a_window_over_the_antimeridian_is_whole():
    table = gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.LineString([(179.5, 0), (180.5, 0)])], crs=4326)
    layer = dataclasses.replace(line(), features=table)
    found = window([layer])
    assert found.width_km == pytest.approx(111.3, rel=0.01)


def test_a_point_has_a_window():
    table = gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.Point(36, 35)], crs=4326)
    found = window([dataclasses.replace(line(), features=table)]).filling(1.5)
    assert found.width_km > 0.5


def test_nothing_to_show_is_refused():
    with pytest.raises(GeometryError, match="shows nothing"):
        window([])


def test_filling_keeps_the_middle_and_holds_what_was_there():
    base = Window(32637, (0, 0, 100_000, 100_000), (36, 35, 37, 36))
    wide = base.filling(2)
    west, south, east, north = wide.box
    assert (east - west) / (north - south) == pytest.approx(2)
    assert (west + east) / 2 == pytest.approx(50_000)
    assert south < 0
    assert north > 100_000


@pytest.mark.parametrize(("width_km", "km"), [(8, 1), (100, 10), (180, 20), (400, 50), (0.5, 0.05)])
def test_the_scale_bar_is_a_round_number(width_km, km):
    found = Window(32637, (0, 0, width_km * 1000, width_km * 700), (0, 0, 1, 1))
    assert found.bar_km() == pytest.approx(km)
    assert 2 * found.bar_km() <= width_km * 0.28


@pytest.mark.parametrize(("height_km", "step"), [(150, 0.5), (60, 1 / 6), (300, 1.0), (3000, 10.0)])
def test_the_graticule_has_a_handful_of_lines(height_km, step):
    assert Window(32637, (0, 0, 1000, height_km * 1000), (0, 0, 1, 1)).grid_deg == pytest.approx(step)
