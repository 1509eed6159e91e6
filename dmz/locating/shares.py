"""Say which share of the length or area of lines and polygons lies in each zone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

from dmz import geodesy, placing
from dmz.locating.grid import Floats, Index, Shapes, coordinates

# A share below this is the rounding of where two boundaries meet.
LEAST_SHARE = 1e-9
# A feature no wider and higher has edges under a kilometre, which are straight in longitude and latitude.
SMALL_DEG = 0.006


def shares(index: Index, shapes: Shapes) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Parts of features in polygons.

    Parameters
    ----------
    index
        Polygons, the first to count first: what lies in several is of the first.
    shapes
        Features of any kind, none missing or empty, longitude, latitude. Points count as one whole.

    Returns
    -------
    tuple of numpy.ndarray
        Number of the feature, number of the polygon (0: what lies in none), share of the feature there; one entry for
        each polygon that holds a part, all of one feature together and adding up to 1.

    Notes
    -----
    Lengths and areas are geodesic (`dmz.geodesy.length`, `area`). Features whose bounding box no boundary runs through
    lie in one zone, or none, whole; edges are geodesics (`dmz.placing.STEP_M`).
    """
    index.expect(len(shapes))
    whole = _whole(index, shapes)
    rows = [np.flatnonzero(whole >= 0)]
    codes = [whole[rows[0]].astype(np.int64)]
    parts = [np.ones(len(rows[0]))]
    for number in np.flatnonzero(whole < 0):
        code, share = _cut(index, shapes[number])
        rows.append(np.full(len(code), number))
        codes.append(code)
        parts.append(share)
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    return row[order], np.concatenate(codes)[order], np.concatenate(parts)[order]


def _whole(index: Index, shapes: Shapes) -> NDArray[np.int16]:
    """Polygon that holds each feature whole, 0 for none of it, -1 where that is open; points are never open."""
    found = np.full(len(shapes), -1, np.int16)
    points = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    found[points] = index.codes(*coordinates(shapes[points]))
    if index.grid is not None:
        west, south, east, north = shapely.bounds(shapes).T
        small = np.flatnonzero(~points & _is_small(shapes))
        found[small] = index.grid.decided(west[small], south[small], east[small], north[small])
    _covered(index, shapes, found, np.flatnonzero((found < 0) & _is_small(shapes)))
    return found


def _is_small(shapes: Shapes) -> NDArray[np.bool_]:
    west, south, east, north = shapely.bounds(shapes).T
    return np.asarray((east - west <= SMALL_DEG) & (north - south <= SMALL_DEG))


def _covered(index: Index, shapes: Shapes, found: NDArray[np.int16], left: NDArray[np.int64]) -> None:
    """Write down which features one polygon covers, none before it touching them; and which no polygon touches."""
    for number, zone in enumerate(index.shapes, 1):
        met = shapely.intersects(zone, shapes[left])
        covered = met.copy()
        covered[met] = shapely.covers(zone, shapes[left[met]])
        found[left[covered]] = number
        left = left[~met]
    found[left] = 0


def _cut(index: Index, shape: shapely.Geometry) -> tuple[NDArray[np.int64], Floats]:
    """Polygons that hold a part of one feature, and its shares."""
    shape = geodesy.densify(shape, placing.STEP_M)
    size = _measure(shape)
    left, codes, sizes = shape, [], []
    for number, zone in enumerate(index.shapes, 1):
        if left.is_empty or not zone.intersects(left):
            continue
        part = shapely.intersection(left, zone)
        left = shapely.difference(left, zone)
        codes.append(number)
        sizes.append(size(part))
    codes.append(0)
    sizes.append(size(left))
    share = np.array(sizes) / sum(sizes) if sum(sizes) > 0 else np.array(sizes)
    good = share > LEAST_SHARE
    return np.array(codes)[good], share[good] / share[good].sum()


def _measure(shape: shapely.Geometry) -> Callable[[shapely.Geometry], float]:
    """What there is of a feature: area, length, or the number of its points."""
    if shapely.get_dimensions(shape) == 2:  # noqa: PLR2004 - of polygons
        return geodesy.area
    return geodesy.length if shapely.get_dimensions(shape) == 1 else lambda part: float(len(shapely.get_parts(part)))
