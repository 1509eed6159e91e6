"""Make a kernel of zones and a line, and check what it is asked of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from dmz import checks, geodata, placing
from dmz.errors import InputError
from dmz.geodesy import Edges
from dmz.locating.kernel import LABELS, By, Kernel

if TYPE_CHECKING:
    import geopandas as gpd

    from dmz.line import Line

BANDS = ("core", "fringe", "full")


def kernel_of(
    zones: gpd.GeoDataFrame | str | Path,
    *,
    line: Line | None = None,
    add: Sequence[str] = (),
    by: By | None = None,
    edges: Edges = "geodesic",
) -> Kernel:
    """Zones, and a line, made ready to travel and to answer.

    Parameters
    ----------
    zones
        As `dmz.zones` or `dmz.placing.extents` make them, of any number of readings; or the file they were written to.
    line
        The line of contact, for what `add` asks; where two parties' zones meet, its left party's counts.
    add
        ``"distance_m"``, ``"chainage_km"``, ``"probability"``.
    by
        ``"share"``, ``"representative"`` or None, for lines and polygons.
    edges
        What joins two vertices of a zone: ``"geodesic"``, the house rule, or ``"lonlat"``, straight as it is drawn.

    Raises
    ------
    InputError
        Where the zones lack a column, or something is asked without a line.
    CRSError, GeometryError
        As `dmz.checks.is_layer` raises them.

    Notes
    -----
    One rule decides where a point lies in several zones of one reading, on their shared borders above all: the least
    depth first, so that near < d <= far; then the left party; then the order of the rows.
    """
    table = geodata.read(zones, kind="polygon") if isinstance(zones, str | Path) else zones
    checks.has_columns(table, LABELS, where="the zones")
    placing.check_zones(table)
    order = _order(table, line)
    labels = [tuple(None if _absent(value) else str(value) for value in row) for row in table[[*LABELS]].to_numpy()]
    shapes = [shape if edges == "lonlat" else placing.drawn(shape) for shape in table.geometry]
    measure = None
    if add:
        from dmz.locating.measures import measure_of

        measure = measure_of(add, line, table)
    return Kernel(
        tuple(shapely.to_wkb(shapes[at]) for at in order), tuple(labels[at] for at in order), by=by, measure=measure
    )


def check_frame(kernel: Kernel, points: Any, prefix: str) -> None:
    """Refuse a table that is not in longitude and latitude, or that has columns of the answers' names already.

    Raises
    ------
    InputError
        The columns there are already.
    CRSError, GeometryError
        No CRS or another one; no geometry.
    """
    checks.is_layer(points.iloc[:0], "point", where="the points")
    check_names(kernel, [str(name) for name in points.columns], prefix, where="the points")


def check_names(kernel: Kernel, names: Sequence[str], prefix: str, *, where: str) -> None:
    """Refuse a table that has columns of the answers' names already; every one at once."""
    taken = [prefix + name for name in kernel.columns if prefix + name in names]
    if taken:
        raise InputError(
            f"{where}: there is a column {', '.join(taken)} already: give prefix='in_', or another, for the new ones"
        )


def _order(table: gpd.GeoDataFrame, line: Line | None) -> NDArray[np.int64]:
    """Rows in the order in which they count."""
    if "depth_to_m" in table:
        depth = table["depth_to_m"].to_numpy(float)
    else:
        depth = np.array([BANDS.index(band) if band in BANDS else len(BANDS) for band in table["band"]], float)
    right = np.zeros(len(table)) if line is None else (table["party"] != line.left).to_numpy(float)
    reading = table["reading"].map({name: at for at, name in enumerate(table["reading"].unique())}).to_numpy(float)
    return np.lexsort((np.arange(len(table)), right, depth, reading))


def _absent(value: object) -> bool:
    return value is None or value != value  # noqa: PLR0124 - what is not itself is no value
