"""Draw the zone of all points within a distance of a geometry, on the ellipsoid, with a certificate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from dmz.errors import GeometryError, InputError
from dmz.geodesy.certificate import is_certain
from dmz.geodesy.chart import polygons
from dmz.geodesy.ellipsoid import RADIUS_M, Edges, densify
from dmz.geodesy.nearest import distance
from dmz.geodesy.outline import Depth, place
from dmz.geodesy.rough import sketch
from dmz.geodesy.sites import CHORD_M, Sites, sites_of

MAX_DISTANCE_M = 1_000_000.0
MIN_TOLERANCE_M, MAX_TOLERANCE_M = 0.001, 100.0
# A zone keeps its shape: the tolerance used is no more than this share of the distance.
TOLERANCE_SHARE = 0.02
# How far outside the zone it is sketched, as a share of its depth. Where the certificate fails, gaps or holes were too
# small for the sketch, and a finer one is drawn. The last one is a share of the tolerance, so that no gap or hole that
# counts is lost in it; arcs of a finer one than `FINEST` have too many vertices.
MARGINS = (1e-3, 1e-4, 5e-6)
LAST_SHARE, FINEST = 0.25, 1e-7
# Edges of the sketch, as a share of the longest edge that may stay.
SKETCH_SHARE = 0.99


@dataclass(frozen=True)
class Buffered:
    """A zone and its certificate: no boundary point misses the distance by more than `max_deviation_m` metres."""

    geometry: shapely.MultiPolygon
    max_deviation_m: float


@overload
def buffer(
    geometry: BaseGeometry, distance_m: float, tolerance_m: float = ..., *, edges: Edges = ...
) -> shapely.MultiPolygon: ...
@overload
def buffer(
    geometry: NDArray[np.object_], distance_m: ArrayLike, tolerance_m: float = ..., *, edges: Edges = ...
) -> NDArray[np.object_]: ...
def buffer(geometry: Any, distance_m: Any, tolerance_m: float = 1.0, *, edges: Edges = "geodesic") -> Any:
    """All points within a geodesic distance of a geometry.

    Parameters
    ----------
    geometry
        Points, lines, rings or polygons, longitude, latitude on WGS 84; or an array or series of them.
    distance_m
        Metres, above 0 and at most 1,000 km; for an array, one number or one a geometry.
    tolerance_m
        How far a boundary point, at a vertex or between two, may lie from `distance_m`: 1 mm to 100 m. A looser one
        gives fewer vertices. Never more than 2 % of the distance is used.
    edges
        What joins two vertices of the input: ``"geodesic"`` or ``"lonlat"``, straight in longitude and latitude as RFC
        7946 has it; `edge_offset_m` tells how far the two part.

    Returns
    -------
    shapely.MultiPolygon or array of them
        Longitude, latitude, edges straight in those, exteriors counter-clockwise. Over the antimeridian longitudes
        run on past 180 (`split` cuts there); a zone that holds a pole is closed along longitudes -180 and 180.

    Raises
    ------
    InputError
        Where `distance_m` or `tolerance_m` is out of range, or an array has another length than the other.
    GeometryError
        Where the geometry is empty, not finite, or has no zone that could be certified.

    Notes
    -----
    See `buffered`, which also returns the certificate.

    Examples
    --------
    >>> from dmz.geodesy import area
    >>> round(area(buffer(shapely.Point(36.6, 35.9), 10_000)) / 1e6, 1)  # pi * 10^2 = 314.16
    314.1
    """
    if isinstance(geometry, BaseGeometry) or geometry is None:
        return buffered(geometry, distance_m, tolerance_m, edges=edges).geometry
    shapes = np.asarray(geometry, dtype=object)
    depths = np.asarray(distance_m, dtype=np.float64)
    if depths.ndim and depths.shape != shapes.shape:
        raise InputError(f"{len(shapes)} geometries and {depths.size} distances: give one distance, or one for each")
    pairs = zip(shapes, np.broadcast_to(depths, shapes.shape), strict=True)
    zones = np.array([buffer(shape, float(depth), tolerance_m, edges=edges) for shape, depth in pairs], dtype=object)
    return type(geometry)(zones, index=geometry.index, crs=geometry.crs) if hasattr(geometry, "crs") else zones


def buffered(
    geometry: BaseGeometry, distance_m: float, tolerance_m: float = 1.0, *, edges: Edges = "geodesic"
) -> Buffered:
    """All points within a geodesic distance of a geometry, with the certificate; parameters as `buffer`.

    Notes
    -----
    1. A planar buffer a little deeper than asked for gives rings just outside the zone (`sketch`).
    2. Each of their points moves towards its nearest site until it lies at the distance; corners between the arcs of
    two
       sites are solved for (`place`).
    3. Bounds on every edge, and a proof that no site is missing and no hole is lost, make the certificate
       (`is_certain`). Where it fails, the sketch was too coarse, and a finer one is taken.
    """
    _check(geometry, distance_m, tolerance_m)
    depth = Depth(float(distance_m), min(float(tolerance_m), TOLERANCE_SHARE * float(distance_m)))
    dense = densify(geometry, _step_m(geometry, edges, depth), edges=edges)
    sites = sites_of(dense).refined_evenly(math.sqrt(8 * depth.distance_m * depth.search_m))
    inside = dense if dense.geom_type in {"Polygon", "MultiPolygon"} else None
    for sketched in _sketches(sites, depth):
        found = _drawn(dense, sites, inside, depth, sketched)
        if found is not None:
            return found
    raise GeometryError(f"no zone of {distance_m:g} m could be certified to {tolerance_m:g} m: try a larger tolerance")


def deviation(zone: BaseGeometry, geometry: BaseGeometry, distance_m: float) -> float:
    """Largest distance in metres by which a boundary point of any buffer misses `distance_m`.

    Measured at every vertex and at the middle of every edge, against geodesic distances.
    """
    misses = [0.0]
    for ring in shapely.get_parts(shapely.boundary(zone)):
        xy = shapely.get_coordinates(ring)
        points = np.vstack([xy[:-1], (xy[:-1] + xy[1:]) / 2])
        misses.append(float(np.abs(distance(points, geometry) - distance_m).max()))
    return max(misses)


def _sketches(sites: Sites, depth: Depth) -> list[tuple[float, float]]:
    """Margins of the sketches to be tried, one after another, and how long their edges may be, metres."""
    short_m = SKETCH_SHARE * depth.edge_m
    # Edges along straight runs may stay longer.
    long_m = max(short_m, sites.longest_m / 2) if sites.neighbours(depth.distance_m) else short_m
    last = min(MARGINS[-1], max(FINEST, LAST_SHARE * depth.tolerance_m / depth.distance_m))
    return list(dict.fromkeys([*((margin, long_m) for margin in MARGINS), (MARGINS[-1], short_m), (last, short_m)]))


def _drawn(
    dense: BaseGeometry, sites: Sites, inside: BaseGeometry | None, depth: Depth, sketched: tuple[float, float]
) -> Buffered | None:
    """Zone from a sketch of one margin and step, if it can be certified."""
    outline = place(sketch(dense, depth.distance_m, *sketched), sites, depth)
    if outline.unresolved:
        return None
    zone = polygons(outline.rings)
    return Buffered(zone, outline.deviation_m) if is_certain(zone, sites, inside, depth) else None


def _step_m(geometry: BaseGeometry, edges: Edges, depth: Depth) -> float:
    """Longest segment after which the input may be taken for geodesics, metres."""
    if edges == "geodesic":
        return CHORD_M
    steepest = min(89.9, float(np.abs(shapely.get_coordinates(geometry)[:, 1]).max()))
    return min(CHORD_M, math.sqrt(8 * RADIUS_M * depth.search_m / max(1e-6, math.tan(math.radians(steepest)))))


def _check(geometry: BaseGeometry, distance_m: float, tolerance_m: float) -> None:
    """Refuse what has no buffer, all faults at once."""
    faults = []
    if not 0 < distance_m <= MAX_DISTANCE_M:
        faults.append(f"distance_m is {distance_m:g}: give metres above 0 and at most {MAX_DISTANCE_M:g}")
    if not MIN_TOLERANCE_M <= tolerance_m <= MAX_TOLERANCE_M:
        faults.append(f"tolerance_m is {tolerance_m:g}: give metres from {MIN_TOLERANCE_M:g} to {MAX_TOLERANCE_M:g}")
    if faults:
        raise InputError(faults)
    if geometry is None or geometry.is_empty:
        raise GeometryError("the geometry is empty: there is nothing to draw a zone around")
    if geometry.geom_type == "GeometryCollection":
        raise GeometryError("the geometry is a collection: give points, lines or polygons, one kind at a time")
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise GeometryError("the geometry has a coordinate that is not a number: mend it")
