"""Sum a gridded population over each zone with exact cell fractions; the only door to rasterio and exactextract.

Both belong to the extra ``dmz[raster]`` and are loaded when a sum is asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from dmz import geodata, geodesy, placing
from dmz.errors import CRSError, DmzWarning, InputError, MissingExtraError
from dmz.geodata import WGS84

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

COLUMNS = {
    **{name: placing.COLUMNS[name] for name in ("reading", "band", "party")},
    "people": "sum of the cells' counts, each times the fraction of the cell inside this ground; empty where no cell "
    "of it carries a number; a lower bound where share_valued is below 1",
    "cells": "cells that carry a number, with their fractions inside",
    "share_covered": "share of the ground's area inside the raster's extent, 0 to 1: outside it nothing is known",
    "share_valued": "share of the ground whose cells carry a number, 0 to 1",
    "population_source": "where the raster comes from; empty where nobody said",
    "population_year": "year the raster is for; empty where nobody said",
}
# Cells held in memory at a time: 32 MB as 8-byte numbers.
CELLS_AT_A_TIME = 4_000_000
# A clipped zone is measured with vertices this many to its longer side.
STEPS = 2_000
TURN_DEG = 360.0
# A cell of a grid in a plane is measured on the ellipsoid at so many places to a window's side, and between them the
# area is taken to change evenly.
PLACES = 9

Unit = Literal["people", "people-per-km2"]


class NegativeCellsWarning(DmzWarning):
    """A raster with negative counts of people that are not its nodata: taken as cells without a number."""


def population(  # noqa: PLR0913 - one for each fact of the raster
    path: str | Path,
    zones: gpd.GeoDataFrame,
    *,
    unit: Unit = "people",
    layer: int = 1,
    source: str | None = None,
    year: int | None = None,
    cells_at_a_time: int = CELLS_AT_A_TIME,
) -> pd.DataFrame:
    """People in each zone by a raster of counts.

    Parameters
    ----------
    path
        GeoTIFF in any CRS.
    zones
        As `dmz.zones` or `dmz.placing.extents` make them, of any number of readings.
    unit
        What its cells hold: ``"people"``, numbers, as WorldPop's ``ppp`` files; ``"people-per-km2"``, which are taken
        times the area of the cell on the ellipsoid.
    layer
        Number of the raster's layer, from 1.
    source, year
        Where the raster comes from and the year it is for: they stand in the table.
    cells_at_a_time
        How many cells are held in memory, about: windows may come out a tenth larger.

    Returns
    -------
    pandas.DataFrame
        One row a zone, in their order; columns as `COLUMNS`.

    Raises
    ------
    MissingExtraError
        Where the extra ``dmz[raster]`` is not installed.
    MissingInputError
        No such file.
    CRSError
        Where the raster has no CRS, or a zone has no place in it.
    InputError
        No GeoTIFF, no such layer or unit, a grid that is turned or runs from south to north.

    Warns
    -----
    NegativeCellsWarning
        Where cells that were read are negative and not its nodata.

    Notes
    -----
    People = sum of c f over cells, c a cell's count and f the fraction of its area inside, exact for the polygon in the
    raster's plane (Baston, D., exactextract: an algorithm that walks the polygon's edges through the cells). People
    are taken as spread evenly over a cell. The zone is brought to the raster's CRS, not the raster to the zone's; its
    geodesic edges get vertices every kilometre first. Cells that are nodata, masked, not finite or negative carry no
    number: they are no people counted, not nobody.

    The area of a cell is that of its quadrangle on the ellipsoid (`dmz.geodesy.quadrangle_area`); of a grid in a plane,
    that of its cells as geodesic polygons, measured at 9 x 9 places of a window.

    Shares are of areas on the ellipsoid; `share_valued` is `share_covered` times the share, in cells, with a number.
    """
    _present_extra()
    placing.check_zones(zones)
    if unit not in get_args(Unit):
        raise InputError(f"unit is {unit!r}: it is one of {', '.join(map(repr, get_args(Unit)))}")
    with _opened(Path(path), layer) as dataset:
        counts = _Counts(dataset, layer, str(path), of_area=unit != "people")
        rows = [_row(zone, counts, cells_at_a_time) for zone in zones.itertuples()]
    if counts.least < 0:
        warnings.warn(
            f"{path}: it has negative cells that are not its nodata ({counts.least:g} is the least read): they are "
            "taken as cells without a number",
            NegativeCellsWarning,
            stacklevel=2,
        )
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if not name.startswith("population_")])
    table = table.astype({"people": float, "cells": float, "share_covered": float, "share_valued": float})
    known = pd.array([year] * len(table), dtype="Int64")
    return table.assign(population_source=pd.Series(source, index=table.index, dtype=object), population_year=known)


class _Counts:
    """Counts of a raster, read a window at a time; `least` is the least number read."""

    def __init__(self, dataset: DatasetReader, layer: int, name: str, *, of_area: bool) -> None:
        self.dataset, self.layer, self.name, self.least, self.of_area = dataset, layer, name, 0.0, of_area
        self.scale, self.offset = dataset.scales[layer - 1], dataset.offsets[layer - 1]

    @property
    def box(self) -> BaseGeometry:
        """Extent in the raster's CRS."""
        return shapely.box(*self.dataset.bounds)

    @property
    def cell_area(self) -> float:
        """Area of a cell, in units of the raster's CRS."""
        return abs(float(self.dataset.transform.a * self.dataset.transform.e))

    def read(self, column: int, row: int, columns: int, rows: int) -> NDArray[np.float64]:
        """Window of counts; NaN where a cell carries no number."""
        from rasterio.windows import Window

        window = Window(column, row, columns, rows)
        found = self.dataset.read(self.layer, window=window, masked=True).astype(np.float64)
        counts: NDArray[np.float64] = np.asarray(found.filled(np.nan)) * self.scale + self.offset
        counts[~np.isfinite(counts)] = np.nan
        self.least = min(self.least, float(np.nanmin(counts, initial=0.0)))
        counts[counts < 0] = np.nan
        return counts * self.areas_km2(column, row, columns, rows) if self.of_area else counts

    def areas_km2(self, column: int, row: int, columns: int, rows: int) -> NDArray[np.float64]:
        """Area of each cell of a window on the ellipsoid, shape (rows, columns) or one that is spread to it."""
        grid = self.dataset.transform
        if self.dataset.crs.is_geographic:
            north = grid.f + grid.e * (row + np.arange(rows))
            return geodesy.quadrangle_area(north + grid.e, north, grid.a)[:, None] / 1e6
        across, down = (np.unique(np.linspace(0, count - 1, PLACES).round()) for count in (columns, rows))
        x, y = (
            each.ravel() for each in np.meshgrid(grid.c + grid.a * (column + across), grid.f + grid.e * (row + down))
        )
        cells = gpd.GeoSeries(shapely.box(x, y + grid.e, x + grid.a, y), crs=self.dataset.crs.to_wkt()).to_crs(WGS84)
        known = np.array([geodesy.area(cell) / 1e6 for cell in cells]).reshape(len(down), len(across))
        along = np.array([np.interp(np.arange(columns), across, line) for line in known])
        return np.array([np.interp(np.arange(rows), down, line) for line in along.T]).T

    def source(self) -> Any:
        """Same counts as exactextract asks for them."""
        from exactextract.raster import RasterSource

        counts, dataset = self, self.dataset

        class Source(RasterSource):  # type: ignore[misc]
            def res(self) -> tuple[float, float]:
                return dataset.transform.a, -dataset.transform.e

            def extent(self) -> tuple[float, float, float, float]:
                return tuple(dataset.bounds)

            def nodata_value(self) -> None:
                return None

            def srs_wkt(self) -> None:
                return None

            def read_window(self, x0: int, y0: int, nx: int, ny: int) -> NDArray[np.float64]:
                return counts.read(x0, y0, nx, ny)

        return Source()


def _row(zone: Any, counts: _Counts, cells_at_a_time: int) -> dict[str, object]:
    """People in one zone."""
    from exactextract import exact_extract

    row = {name: getattr(zone, name) for name in placing.ZONE_COLUMNS}
    ground = placing.drawn(zone.geometry)
    whole = _in_crs(ground, counts)
    parts = [part for part in map(_polygons_of, _clipped(whole, counts)) if not part.is_empty]
    nothing = {"people": np.nan, "cells": 0.0, "share_covered": 0.0, "share_valued": 0.0}
    if not parts:
        return row | nothing
    found = exact_extract(
        counts.source(),
        gpd.GeoDataFrame(geometry=parts, crs=counts.dataset.crs.to_wkt()),
        ["sum", "count"],
        max_cells_in_memory=cells_at_a_time,
        output="pandas",
    )
    cells = float(found["count"].sum())
    covered = _share_covered(ground, whole, parts, counts)
    return row | {
        "people": float(found["sum"].sum()) if cells > 0 else np.nan,
        "cells": cells,
        "share_covered": covered,
        "share_valued": covered * cells / (sum(part.area for part in parts) / counts.cell_area),
    }


def _in_crs(ground: BaseGeometry, counts: _Counts) -> list[BaseGeometry]:
    """Zone in the raster's CRS; where that is of degrees, in every turn of longitude that the raster may be in."""
    moved = gpd.GeoSeries([ground], crs=WGS84).to_crs(counts.dataset.crs.to_wkt()).iloc[0]
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise CRSError(f"{counts.name}: the zone has no place in its CRS: is it of another part of the Earth?")
    if not shapely.is_valid(moved):
        moved = shapely.make_valid(moved)
    turns = (-TURN_DEG, 0.0, TURN_DEG) if counts.dataset.crs.is_geographic else (0.0,)
    return [affinity.translate(moved, turn) for turn in turns]


def _clipped(whole: list[BaseGeometry], counts: _Counts) -> Iterator[BaseGeometry]:
    """Parts of the zone inside the raster's extent; nothing is clipped that lies in it whole."""
    shapely.prepare(box := counts.box)
    for shape in whole:
        yield shape if box.contains(shape) else shapely.intersection(shape, box)


def _polygons_of(shape: BaseGeometry) -> shapely.MultiPolygon:
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.MultiPolygon([*parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]])


def _share_covered(
    ground: BaseGeometry, whole: list[BaseGeometry], parts: list[shapely.MultiPolygon], counts: _Counts
) -> float:
    """Share of a zone's area on the ellipsoid inside the raster's extent."""
    if any(counts.box.contains(shape) for shape in whole):
        return 1.0
    west, south, east, north = shapely.total_bounds(parts)
    dense = [shapely.segmentize(part, max(east - west, north - south) / STEPS) for part in parts]
    back = gpd.GeoSeries(dense, crs=counts.dataset.crs.to_wkt()).to_crs(WGS84)
    return min(1.0, sum(map(geodesy.area, back)) / geodesy.area(ground))


@contextmanager
def _opened(path: Path, layer: int) -> Iterator[DatasetReader]:
    """Raster on an upright grid with a CRS; what GDAL cannot read, now or later, is told by its path."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioIOError

    geodata.present(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            dataset = rasterio.open(path, driver="GTiff")
        with dataset:
            _check(dataset, path, layer)
            yield dataset
    except RasterioIOError as error:
        raise InputError(f"{path}: GDAL cannot read it as a GeoTIFF ({str(error).splitlines()[0]})") from error


def _check(dataset: DatasetReader, path: Path, layer: int) -> None:
    """Refuse a raster whose cells cannot be laid under zones."""
    if not 1 <= layer <= dataset.count:
        raise InputError(f"{path}: it has no layer {layer}; it has {dataset.count}, counted from 1")
    if dataset.crs is None:
        raise CRSError(f"{path}: it has no CRS: gdal_edit.py -a_srs sets the one it was made in")
    grid = dataset.transform
    if grid.b or grid.d or grid.a <= 0 or grid.e >= 0:
        raise InputError(f"{path}: its rows do not run west to east and north to south: gdalwarp lays them so")
    if np.issubdtype(np.dtype(dataset.dtypes[layer - 1]), np.complexfloating):
        raise InputError(f"{path}: its cells are complex numbers, not counts of people")


def _present_extra() -> None:
    """Refuse where the extra is not installed."""
    try:
        import exactextract
        import rasterio  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            f"a gridded population needs exactextract and rasterio ({error}): pip install 'dmz[raster]'"
        ) from error
    del exactextract
