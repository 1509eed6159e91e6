"""Answer tables held in memory: GeoDataFrame, GeoSeries, arrays, and frames of a Dask cluster."""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import ArrayLike

from dmz.errors import DmzWarning, InputError
from dmz.locating.arrow import dictionary
from dmz.locating.grid import Floats, coordinates
from dmz.locating.kernel import LABELS, Answers, Kernel

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


class UnplacedWarning(DmzWarning):
    """Points that are no place on Earth: kept, with empty answers."""


class SwappedAxesWarning(DmzWarning):
    """Points that lie about the zones only with longitude and latitude swapped."""


def frame(kernel: Kernel, points: gpd.GeoDataFrame, prefix: str = "") -> gpd.GeoDataFrame:
    """Table with the answers as columns after its own; rows repeated where a feature has several answers."""
    from dmz.locating.asking import check_frame

    check_frame(kernel, points, prefix)
    found = _of_shapes(kernel, points.geometry.to_numpy())
    table = points if found.row is None else points.iloc[found.row]
    return _beside(table, kernel, found, prefix)


def series(kernel: Kernel, points: gpd.GeoSeries, prefix: str = "") -> gpd.GeoDataFrame:
    """As `frame`, of geometries alone."""
    import geopandas as gpd

    return frame(kernel, gpd.GeoDataFrame(geometry=points), prefix)


def array(kernel: Kernel, points: ArrayLike, prefix: str = "") -> pd.DataFrame:
    """Answers for longitudes and latitudes, shape (n, 2), degrees; column ``row`` where a point has several."""
    import pandas as pd

    xy = np.asarray(points, dtype=np.float64)
    if xy.ndim != 2 or xy.shape[1] != 2:  # noqa: PLR2004 - longitude, latitude
        raise InputError(f"the points have shape {xy.shape}: give longitude and latitude, shape (n, 2)")
    x, y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    found = kernel.points(x, y)
    warn(kernel, found, x, y)
    table = pd.DataFrame(index=pd.RangeIndex(len(found.code)))
    if found.row is not None:
        table["row"] = found.row
    return _beside(table, kernel, found, prefix)


def partitions(kernel: Kernel, points: Any, prefix: str = "") -> Any:
    """As `frame`, of a dask-geopandas frame: lazy, partition by partition."""
    meta = frame(kernel, points._meta, prefix)  # noqa: SLF001 - the way Dask has a frame's empty likeness
    return points.map_partitions(partial(_partition, kernel, prefix=prefix), meta=meta)


def warn(kernel: Kernel, found: Answers, x: Floats, y: Floats) -> None:
    """Say how many points have no place, and whether the axes seem swapped."""
    nowhere = int((found.code == 0).sum())
    if nowhere:
        if found.row is not None:
            nowhere = len(np.unique(found.row[found.code == 0]))
        say_unplaced(nowhere, len(x))
    if len(x) and not (found.code > len(kernel.readings)).any() and kernel.looks_swapped(x, y):
        say_swapped()


def say_unplaced(count: int, of: int) -> None:
    """Warn of points without a place."""
    text = (
        f"{count:,} of {of:,} points have no place: coordinates missing, no numbers, latitude beyond 90 or longitude "
        "beyond 360; they are kept, with empty answers"
    )
    warnings.warn(text, UnplacedWarning, stacklevel=5)


def say_swapped() -> None:
    """Warn of axes that seem swapped."""
    text = "no point lies about the zones, and most would with longitude and latitude swapped: write longitude first"
    warnings.warn(text, SwappedAxesWarning, stacklevel=5)


def _partition(kernel: Kernel, points: gpd.GeoDataFrame, *, prefix: str) -> gpd.GeoDataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SwappedAxesWarning)  # of one partition that tells nothing
        return frame(kernel, points, prefix)


def _of_shapes(kernel: Kernel, shapes: Any) -> Answers:
    """Answers for geometries; points, one a feature, need no closer look."""
    kind = shapely.get_type_id(shapes)
    if np.isin(kind, (-1, shapely.GeometryType.POINT)).all():
        x, y = coordinates(shapes)
        found = kernel.points(x, y)
        warn(kernel, found, x, y)
        return found
    found = kernel.shapes(shapes)
    nowhere = len(np.unique(found.row[found.code == 0])) if found.row is not None else int((found.code == 0).sum())
    if nowhere:
        say_unplaced(nowhere, len(shapes))
    return found


def _beside(table: Any, kernel: Kernel, found: Answers, prefix: str) -> Any:
    """Table with the answers beside it: labels as categories, numbers, empty for unknown."""
    import pandas as pd

    new = {}
    for number, name in enumerate(kernel.columns):
        if name in LABELS:
            values, index = dictionary(kernel, number)
            new[prefix + name] = pd.Categorical.from_codes(index[found.code], categories=pd.Index(values, dtype=object))
        else:
            new[prefix + name] = found.added[name]
    return table.assign(**new)
