"""Follow the border that two areas share, in order, with one of them on the left."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.line import GRID_DEG

Floats = NDArray[np.float64]


def shared(left: BaseGeometry, right: BaseGeometry) -> BaseGeometry:
    """Border of two areas of a partition, the first on its left.

    Parameters
    ----------
    left, right
        Polygons, longitude, latitude, that share their boundary vertex for vertex.

    Returns
    -------
    shapely.LineString, shapely.MultiLineString
        A part for each unbroken stretch. Parts along one ring of the area on the left follow each other as that ring
        does, from the widest break on; the rings come by the length of the border on them, the longest first. A ring
        that is border all round is a closed part: an enclave or an exclave. Empty where nothing is shared.
    """
    theirs = {edge for ring in _rings(right) for edge in _edges(ring)}
    found: list[tuple[float, list[Floats]]] = []
    for ring in _rings(left):
        runs = _runs(ring, np.array([edge[2:] + edge[:2] in theirs for edge in _edges(ring)], bool))
        if runs:
            found.append((sum(geodesy.length(shapely.LineString(run)) for run in runs), runs))
    found.sort(key=lambda each: -each[0])
    parts = [run for _, runs in found for run in runs]
    return shapely.LineString(parts[0]) if len(parts) == 1 else shapely.MultiLineString(parts)


def _rings(area: BaseGeometry) -> list[Floats]:
    """Rings with the area on their left."""
    oriented = shapely.orient_polygons(area)
    return [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(oriented))]


def _edges(ring: Floats) -> list[tuple[int, int, int, int]]:
    whole = np.round(ring / GRID_DEG).astype(np.int64)
    return list(map(tuple, np.hstack([whole[:-1], whole[1:]]).tolist()))


def _runs(ring: Floats, is_shared: NDArray[np.bool_]) -> list[Floats]:
    """Unbroken stretches of a closed ring's edges that are shared, in order from the longest break on."""
    if is_shared.all():
        return [ring]
    first = np.flatnonzero(is_shared & ~np.roll(is_shared, 1))
    if not len(first):
        return []
    count = len(is_shared)
    after = np.flatnonzero(is_shared & ~np.roll(is_shared, -1)) + 1  # first edge of the break after each run
    ends = np.array([min((a for a in after if a > f), default=after.min() + count) for f in first])
    points = np.vstack([ring[:-1], ring])
    runs = [points[start : end + 1] for start, end in zip(first, ends, strict=True)]
    breaks = [
        geodesy.length(shapely.LineString(points[end % count : (start - end) % count + end % count + 1]))
        for end, start in zip(np.roll(ends, 1), first, strict=True)
    ]
    widest = int(np.argmax(breaks))
    return runs[widest:] + runs[:widest]
