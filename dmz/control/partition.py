"""Cut ground into faces that are each of one kind, and join them: a partition without gap or overlap."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.errors import InputError
from dmz.geodata import WGS84
from dmz.line import GRID_DEG

# Longest edge of a theatre, metres: geodesics part from it by 2 cm at 45 degrees.
STEP_M = 1_000.0

Floats = NDArray[np.float64]
Faces = NDArray[np.object_]
Labels = NDArray[np.object_]


def land(within: BaseGeometry | gpd.GeoDataFrame | None) -> BaseGeometry | None:
    """Theatre as one geometry on the grid of all coordinates; None where none was given.

    Its edges are straight in longitude and latitude, as in a file (RFC 7946), and cut so short that geodesics are too.

    Raises
    ------
    InputError
        Where it is empty or has no area.
    """
    if within is None:
        return None
    shape = shapely.union_all(within.geometry.array) if isinstance(within, gpd.GeoDataFrame) else within
    if shape.is_empty or not shape.area > 0:
        raise InputError("the theatre has no ground: give polygons, or leave it out")
    return shapely.set_precision(geodesy.densify(shape, STEP_M, edges="lonlat"), GRID_DEG)


def faces(cuts: Sequence[BaseGeometry], ground: BaseGeometry) -> Faces:
    """Faces of some ground, cut by lines; they share their boundaries vertex for vertex."""
    shapely.prepare(ground)
    near = [cut for cut in cuts if not cut.is_empty and ground.intersects(cut)]
    return geodesy.faces_of([ground.boundary, *near], ground, GRID_DEG)


def inner_points(of: Faces) -> Floats:
    """Point inside each face, longitude, latitude, shape (n, 2)."""
    return np.asarray(shapely.get_coordinates(shapely.point_on_surface(of)))


def joined(of: Faces, labels: Labels, column: str) -> gpd.GeoDataFrame:
    """One row a label, its faces joined, with their area; a label of None is left out.

    Parameters
    ----------
    of, labels
        Faces and what each is, shape (n,).
    column
        Name of the column of labels.

    Returns
    -------
    geopandas.GeoDataFrame
        The column, ``area_km2`` on the ellipsoid, ``geometry`` (MultiPolygon, longitude, latitude).
    """
    rows = []
    for label in sorted({label for label in labels if label is not None}):
        shape = geodesy.joined(of[np.array([one == label for one in labels], bool)])
        rows.append({column: label, "area_km2": geodesy.area(shape) / 1e6, "geometry": shape})
    return gpd.GeoDataFrame(rows, columns=[column, "area_km2", "geometry"], geometry="geometry", crs=WGS84)


def polygonal(geometry: BaseGeometry) -> shapely.MultiPolygon:
    """Polygons of a geometry, without the lines and points that an intersection may leave."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon" and not part.is_empty])
