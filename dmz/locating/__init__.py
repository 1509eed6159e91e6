"""Say of points in any number in which zone each lies, and how far from the line, in memory, in files, on a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dmz.locating.kernel import Answers, By, Kernel

if TYPE_CHECKING:
    import geopandas as gpd

    from dmz.line import Line
    from dmz.locating.runs import Settings

__all__ = ["Answers", "By", "Kernel", "locate"]


def locate(  # noqa: PLR0913 - one for each question
    points: Any,
    zones: gpd.GeoDataFrame | str | Path | Kernel,
    *,
    line: Line | None = None,
    add: Sequence[str] = (),
    by: By | None = None,
    out: str | Path | None = None,
    client: Any = None,
    settings: Settings | None = None,
) -> Any:
    """Say in which zone points lie.

    Parameters
    ----------
    points
        GeoDataFrame or GeoSeries on WGS 84; array of longitudes and latitudes, shape (n, 2), degrees; pyarrow table;
        dask-geopandas frame; path of a GeoParquet, Parquet, CSV or FlatGeobuf file, or of a folder of such files.
    zones
        As `dmz.zones` makes them, of one reading or several; the file they were written to; or, for many calls, what
        `dmz.locating.asking.kernel_of` made of them and of the line.
    line
        The line of contact, for what `add` asks.
    add
        Further columns: ``"distance_m"``, geodesic, within 1 mm, negative on the left; ``"chainage_km"``, where along
        the line its nearest point lies; ``"probability"`` that the point lies in the zones of the reading, given the
        line's ``uncertainty_m`` read as one standard deviation (`dmz.uncertainty.probability`; the theatre that zones
        were clipped to is not known to it).
    by
        How lines and polygons are answered for: ``"share"``, a row for each zone with a part of the feature, column
        ``share``; ``"representative"``, by one point of it. None: they are refused.
    out
        Of a path: the file or folder to write, see `dmz.locating.runs.run`.
    client
        Of a path: ``distributed.Client`` or address of a scheduler; None: the cores of this machine.
    settings
        Of a path: how files are read; else only its `prefix` counts.

    Returns
    -------
    GeoDataFrame, DataFrame, pyarrow.Table, dask-geopandas frame or dmz.locating.runs.Run
        What came, with columns ``zone``, ``reading``, ``party``, ``band`` and those asked for. One row a point; where
        the zones are of several readings, one a point and reading. Outside the zones ``reading`` alone is said; where
        a point has no place on Earth, nothing is. Of a path, the account of the run.

    Raises
    ------
    InputError, CRSError, GeometryError
        Zones or points that cannot be used as they are.
    MissingExtraError
        Where files are asked for without pyarrow, or a cluster without Dask.

    Warns
    -----
    UnplacedWarning
        Points without a place on Earth.
    SwappedAxesWarning
        Where longitude and latitude seem swapped.

    Notes
    -----
    A point on a border is in: near < d <= far, on the line the left party (`dmz.locating.asking.kernel_of`). Cells of
    a raster are decided once, and points in cells with a boundary are tested exactly, by GEOS (`dmz.locating.grid`).

    Examples
    --------
    >>> import shapely
    >>> from dmz import Line, zones
    >>> front = Line(shapely.LineString([(36.0, 35.5), (36.5, 35.6)]), left="north", right="south")
    >>> belts = zones(front, depth_km=(15, 20))
    >>> locate([(36.2, 35.6), (36.2, 35.37), (36.2, 36.4)], belts, line=front, add=["distance_m"]).round()
                         zone    reading  party    band  distance_m
    0    each-side-core-north  each-side  north    core     -6435.0
    1  each-side-fringe-south  each-side  south  fringe     18348.0
    2                     NaN  each-side    NaN     NaN    -92647.0
    """
    from dmz.locating.asking import kernel_of

    kernel = zones if isinstance(zones, Kernel) else kernel_of(zones, line=line, add=add, by=by)
    prefix = "" if settings is None else settings.prefix
    if isinstance(points, str | Path):
        from dmz.locating import runs

        return runs.run(points, kernel, out, client=client, settings=settings)
    return _in_memory(kernel, points, prefix)


def _in_memory(kernel: Kernel, points: Any, prefix: str) -> Any:
    """Answers for what is no file, as it came."""
    import geopandas as gpd

    from dmz.locating import frames

    if isinstance(points, gpd.GeoDataFrame):
        return frames.frame(kernel, points, prefix)
    if isinstance(points, gpd.GeoSeries):
        return frames.series(kernel, points, prefix)
    module = type(points).__module__.split(".")[0]
    if module.startswith("dask"):
        return frames.partitions(kernel, points, prefix)
    if module == "pyarrow":
        from dmz.locating.arrow import answered
        from dmz.locating.sources import where_of

        return answered(kernel, points, where_of(points.schema, Path("the table"), None, None), prefix)[0]
    return frames.array(kernel, points, prefix)
