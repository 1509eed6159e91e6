"""Gridded population: sums against cells cut one by one, shares by GeographicLib, cells without a number never 0."""

from __future__ import annotations

import subprocess
import sys

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from exposure_cases import dense_edges, front
from pyproj import Transformer
from rasterio.transform import Affine
from truth import area_m2

import dmz
from dmz import placing, raster
from dmz.errors import CRSError, InputError, MissingExtraError, MissingInputError

NODATA = -99_999.0
UTM = "EPSG:32637"
EAST, NORTH, WIDTH, HEIGHT = 35.6, 35.2, 1.4, 0.6


@pytest.fixture(scope="module")
def zones():
    return dmz.zones(front(), depth_km=(8, 12), reading="each-side")


def written(path, cells, bounds, crs="EPSG:4326", **profile):
    """GeoTIFF of cells, rows from the north; its path."""
    layers = cells if cells.ndim == 3 else cells[None]
    grid = profile.pop("transform", None) or over(bounds, *layers.shape[1:])
    tags = {name: profile.pop(name) for name in ("scales", "offsets") if name in profile}
    shape = {"count": len(layers), "height": layers.shape[1], "width": layers.shape[2], "dtype": layers.dtype}
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=grid, **shape, **profile) as target:
        target.write(layers)
        for name, values in tags.items():
            setattr(target, name, values)
    return path


def over(bounds, rows: int, columns: int) -> Affine:
    """Grid of so many cells over bounds."""
    west, south, east, north = bounds
    return Affine((east - west) / columns, 0, west, 0, (south - north) / rows, north)


def people(seed: int, rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(seed).gamma(0.5, 40, (rows, columns)).astype("float32")


def cut(polygon, cells, bounds, project=lambda x, y: (x, y)) -> float:
    """Sum over cells cut by a polygon one at a time, its edges drawn by GeographicLib every 200 m."""
    rings = [np.column_stack(project(*ring.T)) for ring in dense_edges(polygon, 200)]
    shape = shapely.Polygon(rings[0], rings[1:])
    west, south, east, north = bounds
    high, wide = cells.shape
    dx, dy = (east - west) / wide, (north - south) / high
    total = 0.0
    for row, column in np.ndindex(high, wide):
        cell = shapely.box(west + column * dx, north - (row + 1) * dy, west + (column + 1) * dx, north - row * dy)
        share = shapely.intersection(cell, shape).area / cell.area
        if share:
            total += share * float(cells[row, column])
    return total


LONLAT = (EAST, NORTH, EAST + WIDTH, NORTH + HEIGHT)


def test_sums_are_those_of_cells_cut_one_by_one(tmp_path, zones):
    cells = people(1, 24, 56)
    found = raster.population(written(tmp_path / "p.tif", cells, LONLAT, nodata=NODATA), zones)
    assert [*found] == [*raster.COLUMNS]
    for zone, row in zip(zones.itertuples(), found.itertuples(), strict=True):
        assert len(zone.geometry.geoms) == 1
        assert row.people == pytest.approx(cut(zone.geometry, cells, LONLAT), rel=1e-5)
        assert row.cells == pytest.approx(cut(zone.geometry, np.ones_like(cells), LONLAT), rel=1e-5)
        assert (row.share_covered, row.share_valued) == pytest.approx((1, 1))


def test_sums_are_those_of_cells_cut_one_by_one_in_another_crs(tmp_path, zones):
    to_utm = Transformer.from_crs("EPSG:4326", UTM, always_xy=True)
    xs, ys = to_utm.transform([EAST, EAST, EAST + WIDTH], [NORTH, NORTH + HEIGHT, NORTH])
    bounds = (min(xs), min(ys), max(xs), max(ys))
    cells = people(2, 20, 40)
    found = raster.population(written(tmp_path / "p.tif", cells, bounds, crs=UTM), zones)
    for zone, row in zip(zones.itertuples(), found.itertuples(), strict=True):
        assert row.people == pytest.approx(cut(zone.geometry, cells, bounds, to_utm.transform), rel=1e-5)


def test_sums_are_near_those_of_a_million_points(tmp_path, zones):
    """Supersampling, the crudest truth there is: 20 x 20 points a cell."""
    cells = people(3, 30, 70)
    found = raster.population(written(tmp_path / "p.tif", cells, LONLAT), zones)
    fine = 20
    lon = EAST + (np.arange(70 * fine) + 0.5) * WIDTH / 70 / fine
    lat = NORTH + HEIGHT - (np.arange(30 * fine) + 0.5) * HEIGHT / 30 / fine
    x, y = (each.ravel() for each in np.meshgrid(lon, lat))
    weight = np.kron(cells, np.full((fine, fine), 1 / fine**2)).ravel()
    for zone, row in zip(zones.itertuples(), found.itertuples(), strict=True):
        assert row.people == pytest.approx(weight[shapely.contains_xy(zone.geometry, x, y)].sum(), rel=0.01)


def test_parts_of_a_partition_add_up_to_the_whole_raster(tmp_path):
    cells = people(4, 17, 31)
    rng = np.random.default_rng(4)
    points = shapely.MultiPoint(rng.uniform((35.5, 35.1), (37.1, 35.9), (40, 2)))
    world = shapely.box(35, 34.5, 37.5, 36.5)
    parts = [shapely.intersection(part, world) for part in shapely.voronoi_polygons(points, extend_to=world).geoms]
    zones = gpd.GeoDataFrame(
        {"reading": "r", "band": "core", "party": [str(n) for n in range(len(parts))]}, geometry=parts, crs=4326
    )
    found = raster.population(written(tmp_path / "p.tif", cells, LONLAT), zones)
    assert found["people"].sum() == pytest.approx(cells.sum(dtype=float), rel=1e-6)
    assert found["cells"].sum() == pytest.approx(cells.size, rel=1e-6)


def test_bands_and_parties_add_up_to_the_full_zone_and_the_core_is_within_it(tmp_path, zones):
    path = written(tmp_path / "p.tif", people(5, 60, 140), LONLAT)
    parts = raster.population(path, zones)
    whole = raster.population(path, placing.extents(zones, by_party=False)).set_index("band")["people"]
    assert parts["people"].sum() == pytest.approx(whole["full"], rel=1e-9)
    assert parts.loc[parts["band"] == "core", "people"].sum() == pytest.approx(whole["core"], rel=1e-9)
    assert whole["core"] < whole["full"]


def test_swapping_the_parties_swaps_the_rows(tmp_path, zones):
    path = written(tmp_path / "p.tif", people(6, 30, 70), LONLAT)
    other = dmz.zones(front(swapped=True), depth_km=(8, 12), reading="each-side")
    one, two = (raster.population(path, table).set_index(["band", "party"])["people"] for table in (zones, other))
    for band, party in one.index:
        assert one[band, party] == pytest.approx(two[band, {"north": "south", "south": "north"}[party]])


@pytest.mark.parametrize("holes", ["nodata", "nan", "inf", "masked", "nodata in whole numbers"])
def test_cells_without_a_number_are_left_out_and_their_share_is_told(tmp_path, zones, holes):
    cells = people(7, 24, 56) + 1
    gone = np.random.default_rng(7).random(cells.shape) < 0.3
    full, profile = cells.copy(), {"nodata": NODATA}
    if holes == "nodata in whole numbers":
        full, profile = np.round(cells).astype("uint16"), {"nodata": 65_535}
    kept = np.where(gone, 0, full).astype(float)
    full[gone] = {"nan": np.nan, "inf": np.inf, "masked": 7}.get(holes, profile["nodata"])
    path = written(tmp_path / "p.tif", full, LONLAT, **({} if holes == "masked" else profile))
    if holes == "masked":
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as target:
            target.write_mask(~gone)
    found = raster.population(path, zones)
    for zone, row in zip(zones.itertuples(), found.itertuples(), strict=True):
        valued, every = (cut(zone.geometry, each, LONLAT) for each in ((~gone).astype(float), np.ones(gone.shape)))
        assert row.people == pytest.approx(cut(zone.geometry, kept, LONLAT), rel=1e-5)
        assert row.cells == pytest.approx(valued, rel=1e-5)
        assert row.share_valued == pytest.approx(valued / every, rel=1e-5)
        assert row.share_covered == 1


def test_negative_cells_that_are_not_nodata_are_told_and_left_out(tmp_path, zones):
    cells = people(8, 24, 56)
    cells[10:14, 20:30] = -9_999
    path = written(tmp_path / "p.tif", cells, LONLAT)
    with pytest.warns(raster.NegativeCellsWarning, match=r"p\.tif: it has negative cells .*-9999 is the least read"):
        found = raster.population(path, zones)
    for zone, row in zip(zones.itertuples(), found.itertuples(), strict=True):
        assert row.people == pytest.approx(cut(zone.geometry, np.maximum(cells, 0), LONLAT), rel=1e-5)
    assert found["share_valued"].min() < 1


def test_a_zone_partly_outside_is_told_and_its_share_is_that_of_geographiclib(tmp_path, zones):
    bounds = (36.2, 35.3, 37.0, 35.6)
    cells = people(9, 15, 40)
    found = raster.population(written(tmp_path / "p.tif", cells, bounds), zones)
    for zone, row in zip(zones.itertuples(), found.itertuples(), strict=True):
        rings = [*dense_edges(zone.geometry, 200)]
        shape = shapely.Polygon(rings[0], rings[1:])
        inside = shapely.segmentize(shapely.intersection(shape, shapely.box(*bounds)), 0.002)
        assert 0 < row.share_covered < 1
        assert row.share_covered == pytest.approx(area_m2(inside) / area_m2(shape), rel=1e-5)
        assert row.share_valued == pytest.approx(row.share_covered, rel=1e-6)
        assert row.people == pytest.approx(cut(zone.geometry, cells, bounds), rel=1e-5)


@pytest.mark.parametrize("crs", ["EPSG:4326", UTM])
def test_a_zone_outside_the_raster_has_unknown_people_and_not_zero(tmp_path, zones, crs):
    bounds = (10, 10, 11, 11) if crs == "EPSG:4326" else (1e5, 1e5, 2e5, 2e5)
    found = raster.population(written(tmp_path / "p.tif", people(0, 9, 9), bounds, crs=crs), zones)
    assert found["people"].isna().all()
    assert (found[["cells", "share_covered", "share_valued"]] == 0).all(axis=None)


def test_a_zone_of_which_every_cell_is_nodata_has_unknown_people(tmp_path, zones):
    cells = np.full((24, 56), NODATA, dtype="float32")
    found = raster.population(written(tmp_path / "p.tif", cells, LONLAT, nodata=NODATA), zones)
    assert found["people"].isna().all()
    assert (found["share_covered"] == 1).all()
    assert (found["share_valued"] == 0).all()


def test_where_nobody_lives_the_sum_is_zero(tmp_path, zones):
    found = raster.population(written(tmp_path / "p.tif", np.zeros((24, 56), "float32"), LONLAT), zones)
    assert (found["people"] == 0).all()
    assert found["share_valued"].to_list() == pytest.approx([1] * 4)


def test_scale_and_offset_are_applied(tmp_path, zones):
    cells = np.random.default_rng(3).integers(0, 500, (24, 56)).astype("int16")
    path = written(tmp_path / "p.tif", cells, LONLAT, scales=(0.1,), offsets=(2.0,))
    found = raster.population(path, zones.iloc[:1])
    assert found["people"].item() == pytest.approx(cut(zones.geometry.iloc[0], cells * 0.1 + 2, LONLAT), rel=1e-5)


def test_another_layer_of_the_raster_can_be_asked_for(tmp_path, zones):
    cells = np.stack([people(1, 24, 56), people(2, 24, 56)])
    found = raster.population(written(tmp_path / "p.tif", cells, LONLAT), zones.iloc[:1], layer=2)
    assert found["people"].item() == pytest.approx(cut(zones.geometry.iloc[0], cells[1], LONLAT), rel=1e-5)


def test_source_and_year_stand_in_the_table(tmp_path, zones):
    path = written(tmp_path / "p.tif", people(1, 24, 56), LONLAT)
    assert raster.population(path, zones)[["population_source", "population_year"]].isna().all(axis=None)
    found = raster.population(path, zones, source="WorldPop", year=2018)
    assert {*found["population_source"]} == {"WorldPop"}
    assert {*found["population_year"]} == {2018}


def test_edges_of_a_zone_are_geodesics(tmp_path):
    """People live only between the parallel and the geodesic that bulges over it."""
    zone = gpd.GeoDataFrame(
        {"reading": ["r"], "band": ["core"], "party": ["p"]}, geometry=[shapely.box(10, 50, 20, 60)], crs=4326
    )
    found = raster.population(written(tmp_path / "p.tif", np.full((1, 10), 100.0), (10, 60, 20, 61)), zone)
    expected = cut(zone.geometry.item(), np.full((1, 10), 100.0), (10, 60, 20, 61))
    assert expected > 50
    assert found["people"].item() == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("west", [-180.0, 0.0])
def test_longitudes_may_be_written_in_another_turn(tmp_path, west):
    line = dmz.line.Line(shapely.LineString([(179.8, 10), (180.2, 10.1)]), "north", "south")
    zones = dmz.zones(line, depth_km=10)
    cells = np.full((80, 720), 3.0)
    path = written(tmp_path / "p.tif", cells, (west, -10, west + 360, 30))
    found = raster.population(path, zones)
    for zone, row in zip(zones.itertuples(), found.itertuples(), strict=True):
        assert row.people == pytest.approx(3 * shapely.area(zone.geometry) / 0.25, rel=1e-5)
        assert row.share_covered == pytest.approx(1, rel=1e-7)


def test_a_large_raster_is_read_in_windows_of_bounded_size(tmp_path, zones, monkeypatch):
    """100 million cells, most of them never written; the same sum whatever the window."""
    path, step = tmp_path / "big.tif", 1e-4
    grid = Affine(step, 0, EAST, 0, -step, NORTH + HEIGHT)
    profile = {"width": 14_000, "height": 6_000, "count": 1, "dtype": "float32", "tiled": True, "sparse_ok": True}
    with rasterio.open(path, "w", driver="GTiff", crs="EPSG:4326", transform=grid, nodata=NODATA, **profile) as target:
        block = np.random.default_rng(0).random((512, 512)).astype("float32")
        for row, column in ((2560, 5120), (3072, 7168), (2048, 9216)):
            target.write(block, 1, window=rasterio.windows.Window(column, row, 512, 512))
    sizes, read = [], raster._Counts.read

    def spy(self, column, row, columns, rows):
        sizes.append(columns * rows)
        return read(self, column, row, columns, rows)

    monkeypatch.setattr(raster._Counts, "read", spy)
    small = raster.population(path, zones, cells_at_a_time=250_000)
    assert max(sizes) <= 1.1 * 250_000
    assert len(sizes) > 40
    large = raster.population(path, zones)
    assert small["people"].to_list() == pytest.approx(large["people"].to_list(), rel=1e-9, nan_ok=True)
    assert small["people"].sum() > 0
    assert small["share_valued"].max() < 0.1


def test_no_zones_give_a_table_without_rows(tmp_path, zones):
    found = raster.population(written(tmp_path / "p.tif", people(1, 4, 4), LONLAT), zones.iloc[:0])
    assert found.empty
    assert [*found] == [*raster.COLUMNS]


@pytest.mark.parametrize("missing", ["rasterio", "exactextract"])
def test_without_the_extra_its_name_is_told(tmp_path, zones, monkeypatch, missing):
    path = written(tmp_path / "p.tif", people(1, 4, 4), LONLAT)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(
        MissingExtraError, match=rf"needs exactextract and rasterio .*{missing}.*pip install 'dmz\[raster\]'"
    ):
        raster.population(path, zones)


def test_the_extra_is_not_loaded_before_it_is_asked_for():
    code = "import sys, dmz, dmz.raster; sys.exit(bool({'rasterio', 'exactextract'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_wrong_rasters_are_told_by_their_path(tmp_path, zones):
    cells = people(1, 6, 6)
    with pytest.raises(MissingInputError, match=r"none\.tif: no such file"):
        raster.population(tmp_path / "none.tif", zones)
    text = tmp_path / "text.tif"
    text.write_text("no raster")
    with pytest.raises(InputError, match=r"text\.tif: GDAL cannot read it as a GeoTIFF"):
        raster.population(text, zones)
    (virtual := tmp_path / "virtual.tif").write_text(f'<VRTDataset rasterXSize="1" rasterYSize="1">{text}</VRTDataset>')
    with pytest.raises(InputError, match=r"virtual\.tif: GDAL cannot read it as a GeoTIFF"):
        raster.population(virtual, zones)
    with pytest.raises(CRSError, match=r"bare\.tif: it has no CRS"):
        raster.population(written(tmp_path / "bare.tif", cells, LONLAT, crs=None), zones)
    with pytest.raises(InputError, match=r"p\.tif: it has no layer 2; it has 1, counted from 1"):
        raster.population(written(tmp_path / "p.tif", cells, LONLAT), zones, layer=2)
    turned = Affine(0.019, 0.007, EAST, 0.007, -0.019, NORTH + HEIGHT)
    for name, grid in (("turned", turned), ("upside-down", Affine(0.02, 0, EAST, 0, 0.02, NORTH))):
        with pytest.raises(InputError, match=rf"{name}\.tif: its rows do not run west to east and north to south"):
            raster.population(written(tmp_path / f"{name}.tif", cells, None, transform=grid), zones)
    with pytest.raises(InputError, match="complex numbers, not counts of people"):
        raster.population(written(tmp_path / "c.tif", cells.astype("complex64"), LONLAT), zones)
    with pytest.raises(InputError, match=r"it has no column 'band'"):
        raster.population(tmp_path / "p.tif", zones.drop(columns="band"))


def test_a_raster_whose_end_is_missing_is_told_by_its_path(tmp_path, zones):
    path = written(tmp_path / "cut.tif", people(1, 240, 560), LONLAT)
    path.write_bytes(path.read_bytes()[:200_000])
    with pytest.raises(InputError, match=r"cut\.tif: GDAL cannot read it"):
        raster.population(path, zones)
