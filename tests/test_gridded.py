"""Several rasters in one table, densities by the area of cells on the ellipsoid, and an interval for the line."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from exposure_cases import front
from pyproj import Transformer
from test_raster import LONLAT, UTM, over, people, written
from truth import area_m2

import dmz
from dmz import geodesy, gridded, raster
from dmz.errors import InputError
from dmz.gridded import Raster


@pytest.fixture(scope="module")
def zones():
    return dmz.zones(front(), depth_km=(8, 12), reading="each-side")


@pytest.mark.parametrize("south", [-90.0, -33.2, 0.0, 35.5, 71.0, 89.5])
def test_a_cell_is_as_large_as_geographiclib_has_it(south):
    """A ring of 3,600 geodesic edges along each parallel, by GeographicLib."""
    north, lon = south + 0.5, np.linspace(10, 11, 3_601)
    ring = [*zip(lon, np.full_like(lon, south), strict=True), *zip(lon[::-1], np.full_like(lon, north), strict=True)]
    assert float(geodesy.quadrangle_area(south, north, 1.0)) == pytest.approx(area_m2(shapely.Polygon(ring)), rel=1e-6)


def test_cells_of_the_whole_earth_make_the_earth():
    """510,065,621.7 km2: GeographicLib, PolygonArea of the WGS 84 ellipsoid."""
    edges = np.linspace(-90, 90, 2_161)
    total = geodesy.quadrangle_area(edges[:-1], edges[1:], 360.0).sum()
    assert total == pytest.approx(510_065_621_724_088.5, rel=1e-12)


def test_one_person_a_square_kilometre_is_the_zones_area(tmp_path, zones):
    """On any grid, in any CRS, at any window: the area is known from the polygon alone."""
    to_utm = Transformer.from_crs("EPSG:4326", UTM, always_xy=True)
    xs, ys = to_utm.transform(
        [LONLAT[0] - 0.1, LONLAT[0] - 0.1, LONLAT[2] + 0.1], [LONLAT[1] - 0.1, LONLAT[3] + 0.1, LONLAT[1] - 0.1]
    )
    flat = (min(xs), min(ys), max(xs), max(ys) + 20_000)
    ones = np.ones((120, 280), "float32")
    for name, bounds, crs in (("lonlat", LONLAT, "EPSG:4326"), ("utm", flat, UTM)):
        path = written(tmp_path / f"{name}.tif", ones, bounds, crs=crs)
        for cells in (4_000_000, 900):
            found = raster.population(path, zones, unit="people-per-km2", cells_at_a_time=cells)
            assert found["people"].to_numpy() == pytest.approx(zones["area_km2"].to_numpy(), rel=1e-4), name


def test_a_density_is_not_a_count(tmp_path, zones):
    cells = people(1, 24, 56)
    path = written(tmp_path / "p.tif", cells, LONLAT)
    rows = np.arange(24)
    grid = over(LONLAT, 24, 56)
    north = grid.f + grid.e * rows
    areas = np.array([area_m2(shapely.box(35, n + grid.e, 35 + grid.a, n)) / 1e6 for n in north])
    same = written(tmp_path / "c.tif", cells * areas[:, None].astype("float32"), LONLAT)
    density, count = raster.population(path, zones, unit="people-per-km2"), raster.population(same, zones)
    assert density["people"].to_numpy() == pytest.approx(count["people"].to_numpy(), rel=1e-4)
    with pytest.raises(InputError, match="'people-per-km2'"):
        raster.population(path, zones, unit="people-per-ha")


def test_several_rasters_and_years_stand_in_one_table(tmp_path, zones):
    rasters = [
        Raster(written(tmp_path / f"{year}.tif", people(year, 24, 56), LONLAT), "WorldPop", year)
        for year in (2017, 2018)
    ]
    found = gridded.populations(rasters, zones)
    assert [*found] == [*gridded.COLUMNS]
    assert found["population_year"].tolist() == [2017] * 4 + [2018] * 4
    for year, each in zip((2017, 2018), rasters, strict=True):
        alone = raster.population(each.path, zones)
        assert found.loc[found["population_year"] == year, "people"].tolist() == alone["people"].tolist()
    assert found[["people_least", "people_most"]].isna().all(axis=None)


def test_likely_and_possible_ground_make_an_interval(tmp_path, zones):
    path = written(tmp_path / "p.tif", people(3, 60, 140), LONLAT)
    likely = zones.set_geometry(shapely.buffer(zones.geometry.to_numpy(), -0.02))
    possible = zones.set_geometry(shapely.buffer(zones.geometry.to_numpy(), 0.02))
    found = gridded.populations([Raster(path)], zones, likely=likely.iloc[::-1], possible=possible.iloc[:3])
    assert (found["people_least"] < found["people"]).all()
    assert (found["people"] < found["people_most"])[:3].all()
    assert np.isnan(found["people_most"].iloc[3]), "what nobody drew is unknown"
    direct = raster.population(path, possible)
    assert found["people_most"].tolist()[:3] == direct["people"].tolist()[:3]


def test_rows_for_all_parties_together_meet_each_other(tmp_path, zones):
    path = written(tmp_path / "p.tif", people(3, 60, 140), LONLAT)
    whole = dmz.placing.extents(zones, by_party=False)
    found = gridded.populations([Raster(path)], whole, likely=whole, possible=whole)
    assert (found["people_least"] == found["people"]).all()


def test_what_cannot_be_meant_is_refused(tmp_path, zones):
    path = written(tmp_path / "p.tif", people(3, 6, 14), LONLAT)
    with pytest.raises(InputError, match="no rasters"):
        gridded.populations([], zones)
    with pytest.raises(InputError, match="has two rows"):
        gridded.populations([Raster(path)], zones, likely=zones.iloc[[0, 0]])
