"""Draw the zone of a line whose depth varies along it, on the ellipsoid, with a certificate."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree
from shapely import affinity
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from dmz.errors import GeometryError, InputError
from dmz.geodesy.buffering import MAX_DISTANCE_M, MAX_TOLERANCE_M, MIN_TOLERANCE_M, Buffered
from dmz.geodesy.chart import FULL_TURN_DEG, WORLD, contains, polygons, split
from dmz.geodesy.ellipsoid import Floats, length
from dmz.geodesy.rough import Rings
from dmz.geodesy.sites import CHORD_M
from dmz.geodesy.space import along, dot, onto_ellipsoid, separation, size, to_degrees, to_space
from dmz.geodesy.tapers import SHAPE_SHARE, Pieces, Track, discs, tapers, track_of

LINES = {"LineString", "LinearRing", "MultiLineString"}
# Radii below this are none, metres: so thin a zone is lost in the rounding of degrees.
LEAST_M = 1e-5
# What distances from chords, that floor and the rounding of degrees leave uncertain, metres; and in a union.
EXACT_M = 1.5e-4
# Holes are filled that are so small that no point of theirs is farther than this share of the tolerance from the zone.
HOLE_SHARE = 0.05
# Longest degree, metres; latitude from which a point counts as a pole, 1 mm from it.
DEGREE_M, POLE_DEG = 111_700.0, 90 - 1e-8
# A gap between longitudes that is one.
GAP_DEG = 1e-6
# Segments whose boundary points are measured at a time.
BATCH = 2_000
# Newton's steps for the best site on a segment.
STEPS = 2


def varying(line: BaseGeometry, distances_m: ArrayLike, tolerance_m: float = 1.0) -> Buffered:
    """All points p for which some point x of a line is no farther away than the radius r(x) there.

    Parameters
    ----------
    line
        LineString or MultiLineString, longitude, latitude on WGS 84, vertices joined by geodesics.
    distances_m
        The radius at every vertex, in the order of the coordinates: metres, from 0 to 1,000 km. Between two vertices it
        changes evenly with the way. Where it is 0 the zone shrinks to the line, which has no area.
    tolerance_m
        How far a boundary point, at a vertex or between two, may lie from where r(x) - d(p, x), at its greatest over
        x, is 0: 1 mm to 100 m. Never more than 2 % of the radius is used.

    Returns
    -------
    Buffered
        The zone, as `dmz.geodesy.buffer` draws it, and its certificate. Where it holds a pole or goes round the Earth,
        all of it is cut at the antimeridian.

    Raises
    ------
    InputError
        Where `distances_m` is not one number for each vertex, has one out of range, or only zeros; where
        `tolerance_m` is out of range.
    GeometryError
        Where the geometry is no line, empty, not finite, or has no zone that could be certified.

    Notes
    -----
    With G(p) = max over x of r(x) - d(p, x) the zone is G >= 0. Along one segment, r linear, it is the disc at either
    end and between them the taper under their common tangents; in a plane, the convex hull of both discs (Davis 2019,
    JTS, VariableBuffer). Where r grows by more than the way, the larger disc holds all.

    1. Every disc and taper is drawn by itself, its vertices placed exactly, its edges halved until a bound on what they
       miss is within the tolerance e (`discs`, `tapers`); edges hidden inside another disc may stay coarse.
    2. The zone is their union. A point of its boundary lies on the boundary of a piece, whose own G is -e at least; and
       it lies inside no piece, so that none has a G above e. So -e <= G <= e there, and no ground with G < -e is in
       the zone: the pieces have none.
    3. No ground with G > e is missing: the way from there to its best site never meets the boundary, nor does the line
       where r > e; so it is in the zone if the vertices with r > e are, which is looked up.
    4. G at all vertices and middles of the finished boundary is measured from all segments, to hold the bound.

    Examples
    --------
    >>> from dmz.geodesy import area
    >>> line = shapely.LineString([(36.0, 35.5), (36.5, 35.6)])
    >>> zone = varying(line, [0, 10_000])
    >>> round(area(zone.geometry) / 1e6)
    635
    >>> zone.max_deviation_m < 1
    True
    """
    radius = _radii(line, distances_m, tolerance_m)
    track = track_of(line, radius)
    about, between = discs(track, tolerance_m), tapers(track, tolerance_m)
    bound = max(about.deviation_m + between.notch_m, between.deviation_m) + EXACT_M
    try:
        zone = _union([about, between])
    except GEOSException as error:
        raise GeometryError(f"the pieces of the zone could not be united ({error}): try another tolerance") from error
    zone = _without_specks(zone, HOLE_SHARE * min(tolerance_m, SHAPE_SHARE * float(radius.max())))
    if not _is_certain(zone, track, bound):
        raise GeometryError(f"no zone could be certified to {tolerance_m:g} m: try a larger tolerance")
    return Buffered(zone, bound)


def _radii(line: BaseGeometry, distances_m: ArrayLike, tolerance_m: float) -> Floats:
    """Radius at every vertex; what has no zone is refused, all faults at once."""
    if line is None or line.is_empty:
        raise GeometryError("the line is empty: there is nothing to draw a zone around")
    if line.geom_type not in LINES:
        raise GeometryError(f"a {line.geom_type} has no depth that varies along it: give a line")
    length(line)  # refuses what is no place on Earth
    try:
        radius = np.array(distances_m, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("distances_m are not numbers: give metres, one a vertex") from None
    faults, count = [], len(shapely.get_coordinates(line))
    if radius.shape != (count,):
        faults.append(f"distances_m has shape {radius.shape}, and the line has {count} vertices: give one number each")
    wrong = ~((radius >= 0) & (radius <= MAX_DISTANCE_M)).ravel()
    if wrong.any():
        at = int(wrong.argmax())
        faults.append(
            f"distances_m has {radius.ravel()[at]:g} at vertex {at}: give metres from 0 to {MAX_DISTANCE_M:g}"
        )
    elif not (radius > LEAST_M).any():
        faults.append(f"distances_m is 0 everywhere (none is over {LEAST_M:g} m): there is no zone to draw")
    if not MIN_TOLERANCE_M <= tolerance_m <= MAX_TOLERANCE_M:
        faults.append(f"tolerance_m is {tolerance_m:g}: give metres from {MIN_TOLERANCE_M:g} to {MAX_TOLERANCE_M:g}")
    if faults:
        raise InputError(faults)
    radius[radius <= LEAST_M] = 0.0
    return radius


def _union(pieces: list[Pieces]) -> shapely.MultiPolygon:
    """All pieces as one, longitude, latitude."""
    shapes = np.concatenate([_polygons(some) for some in pieces if len(some.ring)])
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    bounds = shapely.bounds(shapes)
    west, width = bounds[:, 0], bounds[:, 2] - bounds[:, 0]
    seam = _seam(west, width)
    if seam is None:
        shapes = np.array([split(shape) for shape in shapes])
    else:
        turn = np.floor((west - seam) / FULL_TURN_DEG) * FULL_TURN_DEG
        moved = np.flatnonzero(turn)
        shapes[moved] = [affinity.translate(shapes[at], -turn[at]) for at in moved]
    found = shapely.get_parts(shapely.union_all(shapes))
    found = shapely.orient_polygons(found[shapely.get_type_id(found) == shapely.GeometryType.POLYGON])
    return shapely.MultiPolygon([_in_turn(part) for part in found])


def _polygons(pieces: Pieces) -> NDArray[np.object_]:
    """Polygon of every ring, its longitudes running on; those round a pole closed there."""
    xy, first = to_degrees(pieces.points), np.flatnonzero(np.diff(pieces.ring, prepend=-1))
    number = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(xy))))
    poles = np.flatnonzero(np.abs(xy[:, 1]) > POLE_DEG)
    xy[poles, 0] = xy[poles - 1, 0]  # at a pole any longitude will do
    closed = np.insert(np.arange(len(xy)), np.append(first[1:], len(xy)), first)
    ring, starts = number[closed], first + np.arange(len(first))
    step = np.diff(xy[closed, 0], prepend=0.0)
    step = (step + FULL_TURN_DEG / 2) % FULL_TURN_DEG - FULL_TURN_DEG / 2
    step[starts] = 0.0
    east = np.cumsum(step)
    lon = xy[first, 0][ring] + east - east[starts][ring]
    ends = np.append(starts[1:], len(closed)) - 1
    turns = np.round((lon[ends] - lon[starts]) / FULL_TURN_DEG)
    lon[ends] = np.where(turns == 0, lon[starts], lon[ends])
    shapes = shapely.polygons(shapely.linearrings(np.column_stack([lon, xy[closed, 1]]), indices=ring))
    for at in np.flatnonzero(turns):
        own = pieces.points[number == at]
        shapes[at] = polygons(Rings(own, np.zeros(len(own), np.int64), np.zeros(1, np.int64)))
    return np.asarray(shapes)


def _seam(west: Floats, width: Floats) -> float | None:
    """Longitude that no shape crosses; -180 where that is one, none where they go all round."""
    world_west, _, world_east, _ = WORLD.bounds
    if ((west >= world_west) & (west + width <= world_east)).all():
        return float(world_west)
    start = west % FULL_TURN_DEG
    order = np.argsort(start)
    reached = np.maximum.accumulate((start + width)[order])
    begins = np.append(start[order][1:], start[order[0]] + FULL_TURN_DEG)
    gap = int(np.argmax(begins - reached))
    return float((reached[gap] + begins[gap]) / 2) if begins[gap] - reached[gap] > GAP_DEG else None


def _in_turn(part: BaseGeometry) -> BaseGeometry:
    """Polygon in the turn about Greenwich, running on past 180 where it crosses that."""
    west, _, east, _ = part.bounds
    world_west, _, world_east, _ = WORLD.bounds
    if west >= world_west and east <= world_east:
        return part
    shift = -FULL_TURN_DEG * np.floor(((west + east) / 2 + FULL_TURN_DEG / 2) / FULL_TURN_DEG)
    if west + shift < world_west:
        shift += FULL_TURN_DEG
    return affinity.translate(part, shift)


def _without_specks(zone: shapely.MultiPolygon, most_m: float) -> shapely.MultiPolygon:
    """Zone with every hole filled none of whose points is farther than this from its rim, by its area."""

    def is_hole(ring: BaseGeometry) -> bool:
        _, south, _, north = ring.bounds
        shrunk = np.cos(np.radians(0.0 if south * north < 0 else min(abs(south), abs(north))))
        return bool(shapely.Polygon(ring).area * DEGREE_M**2 * shrunk > np.pi * most_m**2)

    return shapely.MultiPolygon(
        [shapely.Polygon(part.exterior, [ring for ring in part.interiors if is_hole(ring)]) for part in zone.geoms]
    )


def _is_certain(zone: shapely.MultiPolygon, track: Track, bound_m: float) -> bool:
    """Whether a zone is valid, holds the line where its radius is over the bound, and has a boundary within it."""
    if not shapely.is_valid(zone) or zone.is_empty:
        return False
    shapely.prepare(zone)
    if not contains(zone, track.xy[track.radius_m > bound_m]).all():
        return False
    found = _gain(_rim(zone), track, bound_m + EXACT_M)
    return bool((np.abs(found) <= bound_m + EXACT_M).all())


def _rim(zone: shapely.MultiPolygon) -> Floats:
    """Vertices and middles of the boundary in space, but for edges that only close a zone at a pole or a seam."""
    found = []
    for ring in shapely.get_parts(shapely.boundary(zone)):
        xy = shapely.get_coordinates(ring)
        a, b = xy[:-1], xy[1:]
        seam = (np.abs(a) == (180.0, 90.0)) & (a == b)
        real = ~seam.any(axis=1)
        found.append(np.vstack([a[real], b[real], (a[real] + b[real]) / 2]))
    return to_space(np.unique(np.vstack(found), axis=0))


def _gain(points: Floats, track: Track, within_m: float) -> Floats:
    """G at points in space: the most by which a radius exceeds the distance; minus infinity where below -`within_m`.

    Notes
    -----
    Segments are cut so that chords do for geodesics. On one, r(x) - d(p, x) is greatest at the foot of p shifted by
    h k / sqrt(1 - k^2) towards the larger radius, h the distance of the foot and k = dr/ds, in the plane; Newton's
    method takes it from there.
    """
    found, tree = np.full(len(points), -np.inf), KDTree(points)
    for start, end, low, high in _cut(track):
        reach = np.maximum(low, high) + size(end - start) / 2 + within_m
        near = tree.query_ball_point((start + end) / 2, reach, return_sorted=False)
        segment = np.repeat(np.arange(len(near)), [len(some) for some in near])
        if not len(segment):
            continue
        point = np.concatenate([np.asarray(some, dtype=np.int64) for some in near])
        gain = _gain_on(points[point], start[segment], end[segment], low[segment], high[segment])
        np.maximum.at(found, point, gain)
    return np.where(found < -within_m, -np.inf, found)


def _cut(track: Track) -> Iterator[tuple[Floats, Floats, Floats, Floats]]:
    """Starts and ends of short segments in space, and the radii there, a batch at a time."""
    pieces = np.maximum(1, np.ceil(track.length_m / CHORD_M)).astype(np.int64)
    segment = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(segment)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    step = (track.length_m / pieces)[segment]
    for some in np.array_split(np.arange(len(segment)), len(segment) // BATCH + 1):
        ends = [track.at(segment[some], (number[some] + more) * step[some]) for more in (0, 1)]
        first = track.first[segment[some]]
        rise = (track.radius_m[first + 1] - track.radius_m[first]) / pieces[segment[some]]
        low = track.radius_m[first] + rise * number[some]
        yield to_space(ends[0][0]), to_space(ends[1][0]), low, low + rise


def _gain_on(points: Floats, start: Floats, end: Floats, low: Floats, high: Floats) -> Floats:
    """G from one short segment for each point."""
    whole = size(end - start)
    course = (end - start) / np.maximum(whole, 1e-12)[:, None]
    slope = np.divide(high - low, whole, out=np.zeros_like(whole), where=whole > 0)
    steep = np.clip(slope, -1 + 1e-12, 1 - 1e-12)
    foot = dot(points - start, course)
    aside = size(points - start - foot[:, None] * course)
    at = np.clip(foot + aside * steep / np.sqrt(1 - steep**2), 0.0, whole)
    best = np.maximum(low - separation(points, start), high - separation(points, end))
    for _ in range(STEPS):
        site = onto_ellipsoid(start + at[:, None] * course)
        away = separation(points, site)
        best = np.maximum(best, low + slope * at - away)
        cos = dot(along(site, points - site), along(site, course))
        at = np.clip(at + (steep + cos) * away / np.maximum(1 - cos * cos, 1e-6), 0.0, whole)
    return best
