"""Make the borders between areas simpler, within a tolerance, and the areas with them."""

from __future__ import annotations

from itertools import combinations

import geopandas as gpd
import numpy as np
import shapely

from dmz.control import border, partition
from dmz.control.plane import Plane


def smoothed(areas: gpd.GeoDataFrame, plane: Plane, tolerance_m: float) -> gpd.GeoDataFrame:
    """Areas whose common borders are simpler, none of them farther than a tolerance from where it ran.

    Parameters
    ----------
    areas
        Rows with ``party`` and ``geometry``, a partition of some ground.
    plane
        Plane in which the tolerance is measured.
    tolerance_m
        Metres.

    Returns
    -------
    geopandas.GeoDataFrame
        As they came; the outer edge of all areas together, such as coast and state border, stays as it is, and so do
        the ends of borders. Enclaves stay, if only as triangles.

    Notes
    -----
    Douglas and Peucker (1973), Algorithms for the reduction of the number of points required to represent a digitized
    line or its caricature, Cartographica 10, 112-122; in GEOS's form that lets no two borders cross.
    """
    shapes = dict(zip(areas["party"], areas.geometry, strict=True))
    fronts = [border.shared(one, other) for one, other in combinations(shapes.values(), 2)]
    parts = [part for front in fronts for part in shapely.get_parts(front) if not part.is_empty]
    if not parts:
        return areas
    flat = plane.flat(shapely.MultiLineString(parts))
    simple = plane.degrees(shapely.simplify(flat, tolerance_m, preserve_topology=True))
    ground = shapely.coverage_union_all(areas.geometry.array)
    faces = partition.faces([simple], ground)
    return partition.joined(faces, _most_of(faces, shapes), "party")


def _most_of(faces: np.ndarray, shapes: dict[str, shapely.MultiPolygon]) -> np.ndarray:
    """Party that most of each face was."""
    overlap = np.stack([shapely.area(shapely.intersection(faces, shape)) for shape in shapes.values()])
    return np.asarray(np.array([*shapes], dtype=object)[overlap.argmax(axis=0)])
