"""Draw the zone of all points within a distance of a geometry, on the ellipsoid."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dmz.errors import GeometryError, InputError
from dmz.geodesy.ellipsoid import GEOD, Floats, map_coordinates
from dmz.geodesy.nearest import distance, nearest
from dmz.geodesy.tile import STEP_M, lines_of, pieces, plane_at

# Share of the tolerance that the chords of an arc may use up; the rest is for GEOS's input simplifier and the planes.
ARC_SHARE = 0.25
POINTS = {"Point", "MultiPoint"}
# How often what is off may be mended; each round halves the edges that sag.
ROUNDS = 6
# Beyond this the plane of a tile, whose error grows with the square of the distance, passes one metre.
MAX_DISTANCE_M = 60_000.0


def buffer(geometry: BaseGeometry, distance_m: float, tolerance_m: float = 1.0) -> shapely.MultiPolygon:
    """All points within a geodesic distance of a geometry.

    Parameters
    ----------
    geometry
        Points, lines or polygons, longitude, latitude on WGS 84; vertices are joined by geodesics.
    distance_m
        Metres, above 0 and at most 60 km.
    tolerance_m
        How far a boundary point, at a vertex or between two, may lie from `distance_m`, metres. Met for distances up
        to 25 km and a tolerance of 1 m or more; `deviation` measures it for any.

    Returns
    -------
    shapely.MultiPolygon
        Longitude, latitude, exteriors counter-clockwise.

    Raises
    ------
    InputError
        Where `distance_m` or `tolerance_m` is out of range.
    GeometryError
        Where the geometry is empty, or the zone would cross the antimeridian or a pole.

    Notes
    -----
    The line is densified along its geodesics, cut into pieces of 50 km, each piece is buffered by GEOS in an azimuthal
    equidistant plane of its own (Snyder 1987, Map projections, p. 191), and the pieces are united. Where a boundary
    point still misses its distance by more than the tolerance, vertices are moved to it and added between.

    Examples
    --------
    >>> from dmz.geodesy import area
    >>> round(area(buffer(shapely.Point(36.6, 35.9), 10_000)) / 1e6, 1)  # pi * 10^2 = 314.16
    314.1
    """
    _check(geometry, distance_m, tolerance_m)
    parts = [_tile_buffer(piece, distance_m, tolerance_m) for piece in _tiles(geometry)]
    if geometry.geom_type in {"Polygon", "MultiPolygon"}:
        parts.append(geometry)
    whole = shapely.orient_polygons(shapely.union_all(parts))
    zone = shapely.MultiPolygon([part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"])
    if geometry.geom_type in POINTS:
        return zone  # each disc was drawn in a plane about its own centre, where distances are exact
    return _polished(zone, geometry, distance_m, tolerance_m)


def deviation(zone: BaseGeometry, geometry: BaseGeometry, distance_m: float) -> float:
    """Largest distance in metres by which a boundary point of a buffer misses `distance_m`.

    Measured at every vertex and at the middle of every edge, against geodesic distances.
    """
    misses = []
    for ring in shapely.get_parts(shapely.boundary(zone)):
        xy = shapely.get_coordinates(ring)
        points = np.vstack([xy[:-1], (xy[:-1] + xy[1:]) / 2])
        misses.append(np.abs(distance(points, geometry) - distance_m).max())
    return float(max(misses))


def _polished(
    zone: shapely.MultiPolygon, geometry: BaseGeometry, distance_m: float, tolerance_m: float
) -> shapely.MultiPolygon:
    """Mend what GEOS's input simplifier, which may leave out bends of 1 % of the distance, has put off its place."""
    for _ in range(ROUNDS):
        if deviation(zone, geometry, distance_m) <= tolerance_m:
            break
        moved = map_coordinates(zone, lambda xy: _snapped(xy, geometry, distance_m, tolerance_m))
        if not moved.is_valid:
            break
        zone = moved
    return zone


def _snapped(ring: Floats, geometry: BaseGeometry, distance_m: float, tolerance_m: float) -> Floats:
    """Ring with a vertex in the middle of every edge that sags, and every vertex that is off moved to its distance."""
    middle = (ring[:-1] + ring[1:]) / 2
    sags = np.abs(distance(middle, geometry) - distance_m) > tolerance_m / 2
    points = np.vstack([ring[:-1], middle[sags]])
    points = points[np.argsort(np.concatenate([np.arange(len(middle)), np.flatnonzero(sags) + 0.5]), kind="stable")]
    found = nearest(points, geometry)
    azimuth = GEOD.inv(found.foot[:, 0], found.foot[:, 1], points[:, 0], points[:, 1])[0]
    lon, lat, _ = GEOD.fwd(found.foot[:, 0], found.foot[:, 1], azimuth, np.full(len(points), distance_m))
    off = np.abs(found.distance_m - distance_m) > ARC_SHARE * tolerance_m
    points[off] = np.column_stack([lon, lat])[off]
    return np.vstack([points, points[:1]])


def _tiles(geometry: BaseGeometry) -> Iterator[BaseGeometry]:
    """Points, and lines cut into pieces short enough for one plane each."""
    if geometry.geom_type in POINTS:
        yield from shapely.get_parts(geometry)
        return
    for xy in lines_of(geometry):
        yield from (shapely.LineString(piece) for piece in pieces(xy))


def _tile_buffer(piece: BaseGeometry, distance_m: float, tolerance_m: float) -> BaseGeometry:
    """Buffer one piece in its own plane and bring it back with edges short enough to be drawn straight."""
    plane = plane_at(piece)
    half_step = math.acos(1 - min(1.0, ARC_SHARE * tolerance_m / distance_m))
    quad_segs = max(8, math.ceil(math.pi / 4 / half_step))
    flat = shapely.buffer(plane.forward(piece), distance_m, quad_segs=quad_segs)
    return plane.inverse(shapely.segmentize(flat, STEP_M))


def _check(geometry: BaseGeometry, distance_m: float, tolerance_m: float) -> None:
    """Refuse what has no buffer here."""
    if not 0 < distance_m <= MAX_DISTANCE_M:
        raise InputError(f"distance_m is {distance_m:g}: give metres above 0 and at most {MAX_DISTANCE_M:g}")
    if not tolerance_m > 0:
        raise InputError(f"tolerance_m is {tolerance_m:g}: give metres above 0")
    if geometry is None or geometry.is_empty:
        raise GeometryError("the geometry is empty: there is nothing to draw a zone around")
    west, south, east, north = geometry.bounds
    reach_deg = distance_m / 110_500  # metres in a degree of latitude, at the least
    widest = max(abs(south), abs(north)) + reach_deg
    if widest > 89:  # noqa: PLR2004 - degrees: a zone about a pole is no ring around its line
        raise GeometryError(f"the zone reaches latitude {widest:.1f}: zones over a pole are not drawn yet")
    reach_lon = reach_deg / math.cos(math.radians(widest))
    if west - reach_lon < -180 or east + reach_lon > 180:  # noqa: PLR2004 - the antimeridian
        raise GeometryError("the zone crosses the antimeridian: cut the line at longitude 180 and lay two zones")
