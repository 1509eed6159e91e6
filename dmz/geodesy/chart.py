"""Bring rings from space to longitude and latitude, over the antimeridian and around a pole; split them for files."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from dmz.geodesy.ellipsoid import Floats, densify, map_coordinates
from dmz.geodesy.rough import Rings
from dmz.geodesy.sites import CHORD_M
from dmz.geodesy.space import halfway_degrees, onto_ellipsoid, size, to_degrees, to_space

WORLD = shapely.box(-180, -90, 180, 90)
FULL_TURN_DEG = 360.0
FEWEST = 4  # points of a closed ring
# Halvings of an edge that may be too long; near a pole the last ones span centimetres.
HALVINGS = 20


def polygons(rings: Rings) -> shapely.MultiPolygon:
    """Polygons of rings, longitude, latitude.

    A polygon over the antimeridian has longitudes that run on past 180. One that holds a pole is closed along
    longitudes -180 and 180 and the pole's latitude, as RFC 7946, section 3.1.9, has it.
    """
    xy = to_degrees(rings.points)
    bounds = np.searchsorted(rings.ring, np.arange(len(rings.polygon) + 1))
    unrolled = [_unrolled(xy[first:last]) for first, last in pairwise(bounds)]
    starts = np.flatnonzero(np.diff(rings.polygon, prepend=-1))
    groups = [unrolled[first:last] for first, last in pairwise([*starts, len(unrolled)])]
    found = [part for group in groups for part in shapely.get_parts(_polygon(group))]
    return shapely.MultiPolygon(list(shapely.orient_polygons(np.array([part for part in found if not part.is_empty]))))


def split(geometry: BaseGeometry) -> BaseGeometry:
    """Cut a geometry at the antimeridian, with all longitudes from -180 to 180, as RFC 7946, section 3.1.9, asks.

    Parameters
    ----------
    geometry
        Longitude, latitude; longitudes may run on past 180 or below -180.

    Examples
    --------
    >>> sorted(part.bounds for part in split(shapely.box(170, 0, 190, 5)).geoms)
    [(-180.0, 0.0, -170.0, 5.0), (170.0, 0.0, 180.0, 5.0)]
    """
    west, _, east, _ = geometry.bounds if not geometry.is_empty else WORLD.bounds
    if west >= -180 and east <= 180:  # noqa: PLR2004 - degrees
        return geometry
    kind = geometry.geom_type.removeprefix("Multi")
    turns = range(int((west + 180) // FULL_TURN_DEG), int(-((180 - east) // FULL_TURN_DEG)) + 1)
    parts: list[BaseGeometry] = []
    for turn in turns:
        window = affinity.translate(WORLD, turn * FULL_TURN_DEG)
        piece = affinity.translate(shapely.intersection(geometry, window), -turn * FULL_TURN_DEG)
        parts += [part for part in shapely.get_parts(piece) if part.geom_type == kind]
    joined = shapely.union_all(parts) if kind == "Polygon" else shapely.line_merge(shapely.MultiLineString(parts))
    return shapely.orient_polygons(shapely.normalize(joined))


def straightened(line: BaseGeometry, tolerance_m: float) -> BaseGeometry:
    """Line with vertices along its geodesics so close that edges straight in longitude and latitude are within it.

    Parameters
    ----------
    line
        LineString or MultiLineString, longitude, latitude, vertices joined by geodesics.
    tolerance_m
        How far an edge may part from its geodesic, metres.
    """
    if line.is_empty:
        return line
    dense = densify(line, CHORD_M)
    return map_coordinates(dense, lambda xy: _halved(xy, tolerance_m))


def drawn_like(ground: BaseGeometry, geometry: BaseGeometry) -> BaseGeometry:
    """Geometry with its longitudes in the same turn as those of some ground; in all of them where that has many."""
    if geometry.is_empty:
        return geometry
    west, _, east, _ = ground.bounds
    unrolled = shapely.transform(geometry, _running_on) if geometry.geom_type == "Point" else running_on(geometry)
    if west == -180 and east == 180:  # noqa: PLR2004 - the whole turn
        return split(unrolled)
    first, _, last, _ = unrolled.bounds
    if east - west > FULL_TURN_DEG:
        turns = np.arange(np.ceil((west - last) / FULL_TURN_DEG), np.floor((east - first) / FULL_TURN_DEG) + 1)
        return shapely.union_all([affinity.translate(unrolled, turn * FULL_TURN_DEG) for turn in turns])
    shift = round(((west + east) / 2 - (first + last) / 2) / FULL_TURN_DEG) * FULL_TURN_DEG
    return affinity.translate(unrolled, shift) if shift else unrolled


def contains(ground: BaseGeometry, xy: Floats) -> NDArray[np.bool_]:
    """Which points, longitude, latitude, lie in or on polygons, whichever turn their longitudes are written in."""
    inside = np.zeros(len(xy), bool)
    if ground.is_empty or not len(xy):
        return inside
    west, _, east, _ = ground.bounds
    first, last = np.ceil((west - xy[:, 0].max()) / FULL_TURN_DEG), np.floor((east - xy[:, 0].min()) / FULL_TURN_DEG)
    for turn in np.arange(first, last + 1):
        lon = xy[:, 0] + turn * FULL_TURN_DEG
        maybe = np.flatnonzero((lon >= west) & (lon <= east))
        inside[maybe] |= shapely.intersects_xy(ground, lon[maybe], xy[maybe, 1])
    return inside


def _halved(xy: Floats, tolerance_m: float) -> Floats:
    """Vertices with the middle of an edge put in as long as one parts from its geodesic by too much."""
    for _ in range(HALVINGS):
        a, b = xy[:-1], xy[1:]
        middle = onto_ellipsoid((to_space(a) + to_space(b)) / 2)
        wrong = np.flatnonzero(size(halfway_degrees(a, b) - middle) > tolerance_m)
        if not len(wrong):
            break
        put = to_degrees(middle[wrong])
        put[:, 0] = a[wrong, 0] + (put[:, 0] - a[wrong, 0] + 180) % FULL_TURN_DEG - 180
        xy = np.insert(xy, wrong + 1, put, axis=0)
    return xy


def running_on(geometry: BaseGeometry) -> BaseGeometry:
    """Every line and ring with longitudes that run on, all parts in the turn of the first."""
    west, _, east, _ = geometry.bounds
    if east - west <= FULL_TURN_DEG / 2:
        return geometry
    parts = [map_coordinates(part, _running_on) for part in shapely.get_parts(geometry)]
    first = (parts[0].bounds[0] + parts[0].bounds[2]) / 2
    moved = []
    for part in parts:
        shift = round((first - (part.bounds[0] + part.bounds[2]) / 2) / FULL_TURN_DEG) * FULL_TURN_DEG
        moved.append(affinity.translate(part, shift) if shift else part)
    return moved[0] if len(moved) == 1 else type(geometry)(moved)


def _running_on(xy: Floats) -> Floats:
    return np.column_stack([np.unwrap(xy[:, 0], period=FULL_TURN_DEG), xy[:, 1]])


def _unrolled(xy: Floats) -> Floats:
    """Ring closed, with longitudes that run on; where it goes round a pole the last is a full turn from the first."""
    if not len(xy):
        return xy
    closed = np.vstack([xy, xy[:1]])
    closed[:, 0] = np.unwrap(closed[:, 0], period=FULL_TURN_DEG)
    return closed


def _turns(ring: Floats) -> int:
    return round((ring[-1, 0] - ring[0, 0]) / FULL_TURN_DEG)


def _polygon(rings: list[Floats]) -> BaseGeometry:
    """Ground on the left of all rings; of none where the outer one has come to nothing."""
    shell, *holes = rings
    if len(shell) < FEWEST:
        return shapely.Polygon()
    rings = [shell, *(hole for hole in holes if len(hole) >= FEWEST)]
    holes = rings[1:]
    if any(map(_turns, rings)) or not shapely.is_ccw(shapely.LinearRing(shell)):
        grounds = [_left_of(ring) for ring in rings]
        return shapely.intersection_all(grounds)
    middle = _middle(shell)
    shift = -FULL_TURN_DEG * np.floor((middle + 180) / FULL_TURN_DEG)
    if shell[:, 0].min() + shift < -180:  # noqa: PLR2004 - over the antimeridian: run on past 180, not below -180
        shift += FULL_TURN_DEG
    turns = [round((middle - _middle(hole)) / FULL_TURN_DEG) for hole in holes]
    moved = [hole + np.array([turn * FULL_TURN_DEG + shift, 0.0]) for hole, turn in zip(holes, turns, strict=True)]
    return shapely.Polygon(shell + np.array([shift, 0.0]), moved)


def _middle(ring: Floats) -> float:
    return float(ring[:, 0].min() + ring[:, 0].max()) / 2


def _left_of(ring: Floats) -> BaseGeometry:
    """Part of the world on the left of a ring: round a pole, its inside, or all but its inside."""
    if _turns(ring):
        return _cap(ring)
    inside = split(shapely.make_valid(shapely.Polygon(ring)))
    return inside if shapely.is_ccw(shapely.LinearRing(ring)) else shapely.difference(WORLD, inside)


def _cap(ring: Floats) -> BaseGeometry:
    """Ground between a ring round a pole and that pole; eastward it is the north pole that lies on the left.

    The ring is opened where it crosses the antimeridian nearest to the pole, so that the seam to the pole crosses
    nothing.
    """
    pole = 90.0 if _turns(ring) > 0 else -90.0
    edge = np.floor((ring[:, 0] + 180) / FULL_TURN_DEG)
    crossings = np.flatnonzero(np.diff(edge))
    seams = 180 + FULL_TURN_DEG * (np.maximum(edge[crossings], edge[crossings + 1]) - 1)
    (lon_a, lat_a), (lon_b, lat_b) = ring[crossings].T, ring[crossings + 1].T
    lats = lat_a + (lat_b - lat_a) * (seams - lon_a) / (lon_b - lon_a)
    nearest = int(np.abs(lats - pole).argmin())
    at, seam, lat = crossings[nearest], seams[nearest], lats[nearest]
    turn = FULL_TURN_DEG * np.sign(pole)
    line = [[(seam, lat)], ring[at + 1 : -1], ring[: at + 1] + np.array([turn, 0.0]), [(seam + turn, lat)]]
    cap = np.vstack([*line, [(seam + turn, pole), (seam, pole)]])
    return split(shapely.make_valid(shapely.Polygon(cap)))
