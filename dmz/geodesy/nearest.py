"""Find, for many points at once, the nearest point of a line: how far, where along it, on which side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from dmz.errors import GeometryError
from dmz.geodesy.ellipsoid import GEOD, Floats
from dmz.geodesy.tile import TILE_M, Plane, lines_of

# A point within this of a line is on it: the last digit written, 1e-7 degrees, is 11 mm.
ON_LINE_M = 0.011


@dataclass(frozen=True)
class Nearest:
    """The nearest point of a line to each of n query points; every field but `foot` has shape (n,).

    Parameters
    ----------
    foot
        The nearest point itself, shape (n, 2), longitude, latitude.
    distance_m
        Geodesic distance, metres.
    chainage_m
        Distance of the nearest point from the line's start, along the line; parts follow each other.
    side
        +1 left of the line, -1 right, 0 on it. Beyond an open end, the side of the line extended straight.
    at_end
        Whether the nearest point is an open end of the line.
    """

    foot: Floats
    distance_m: Floats
    chainage_m: Floats
    side: NDArray[np.int8]
    at_end: NDArray[np.bool_]


@dataclass(frozen=True)
class _Segments:
    """The segments of a densified line, from `a` to `b`, with what stands before and after each, -1 for nothing."""

    a: Floats
    b: Floats
    start_m: Floats
    step_m: Floats
    azimuth_a: Floats
    azimuth_b: Floats
    before: NDArray[np.int64]
    after: NDArray[np.int64]


def distance(points: ArrayLike | BaseGeometry, line: BaseGeometry) -> Floats:
    """Geodesic distance from points to a line, in metres.

    Parameters
    ----------
    points
        Shape (n, 2), longitude and latitude in degrees, or a shapely (multi-)point.
    line
        Line, multi-line, or a polygon's boundary; vertices are joined by geodesics.

    Returns
    -------
    numpy.ndarray
        Shape (n,), metres; within 0.2 m up to 25 km from the line.

    Examples
    --------
    >>> distance([(36.5, 35.0)], shapely.LineString([(36, 35.2), (37, 35.2)])).round()
    array([22303.])
    """
    return nearest(points, line).distance_m


def nearest(points: ArrayLike | BaseGeometry, line: BaseGeometry) -> Nearest:
    """Nearest point of a line to each of many points: distance, chainage, side.

    Parameters
    ----------
    points
        Shape (n, 2), longitude and latitude in degrees, or a shapely (multi-)point.
    line
        Line, multi-line, or a polygon's boundary; vertices are joined by geodesics.

    Raises
    ------
    GeometryError
        Where the line has no length.

    Notes
    -----
    The nearest segment is found in azimuthal equidistant planes about pieces of the line, the distance to its foot is
    then geodesic (Karney 2013). The side at a vertex is that of the line through it along its mean direction.

    Examples
    --------
    >>> found = nearest([(36.5, 35.3), (36.5, 35.1)], shapely.LineString([(36, 35.2), (37, 35.2)]))
    >>> found.side.tolist(), (found.chainage_m / 1000).round(1).tolist()
    ([1, -1], [45.5, 45.5])
    """
    xy = _coordinates(points)
    segments = _segments(line)
    best = np.full(len(xy), np.inf)
    index = np.zeros(len(xy), dtype=np.int64)
    share = np.zeros(len(xy))
    for tile in _tiles(segments):
        found, at, dist = _nearest_in_tile(xy, segments, tile)
        closer = dist < best
        best[closer], index[closer], share[closer] = dist[closer], found[closer], at[closer]
    return Nearest(
        foot=segments.a[index] + share[:, None] * (segments.b[index] - segments.a[index]),
        distance_m=best,
        chainage_m=segments.start_m[index] + share * segments.step_m[index],
        side=_side(xy, segments, index, share, best),
        at_end=((share == 0) & (segments.before[index] < 0)) | ((share == 1) & (segments.after[index] < 0)),
    )


def _coordinates(points: ArrayLike | BaseGeometry) -> Floats:
    if isinstance(points, BaseGeometry):
        return np.asarray(shapely.get_coordinates(points))
    return np.asarray(points, dtype=np.float64).reshape(-1, 2)


def _segments(line: BaseGeometry) -> _Segments:
    """Segments of every part, in order, chained within each part and around closed ones."""
    a, b, before, after, offset = [], [], [], [], 0
    for xy in lines_of(line):
        count = len(xy) - 1
        here = np.arange(offset, offset + count)
        previous, following = here - 1, here + 1
        closed = bool((xy[0] == xy[-1]).all())
        previous[0] = here[-1] if closed else -1
        following[-1] = here[0] if closed else -1
        a.append(xy[:-1])
        b.append(xy[1:])
        before.append(previous)
        after.append(following)
        offset += count
    if not offset:
        raise GeometryError("the line is empty: there is nothing to measure to")
    start, end = np.vstack(a), np.vstack(b)
    azimuth, back, step = map(np.asarray, GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1]))
    chainage = np.concatenate([[0.0], np.cumsum(step)[:-1]])
    return _Segments(
        start, end, chainage, step, azimuth, back + 180, before=np.concatenate(before), after=np.concatenate(after)
    )


def _tiles(segments: _Segments) -> list[NDArray[np.int64]]:
    """Group segments into runs of `TILE_M`; a part that begins far from where the last ended begins a run."""
    number = (segments.start_m // TILE_M).astype(np.int64)
    jump = np.any(segments.a[1:] != segments.b[:-1], axis=1)
    run = np.concatenate([[0], np.cumsum((np.diff(number) > 0) | jump)])
    return [np.flatnonzero(run == r) for r in np.unique(run)]


def _nearest_in_tile(
    xy: Floats, segments: _Segments, tile: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Nearest segment of one tile to every point, the share of it passed at the foot, and the geodesic distance."""
    a, b = segments.a[tile], segments.b[tile]
    middle = (a[len(a) // 2] + b[len(b) // 2]) / 2
    plane = Plane(float(middle[0]), float(middle[1]))
    flat_a, flat_b, flat_p = plane.forward_xy(a), plane.forward_xy(b), plane.forward_xy(xy)
    tree = shapely.STRtree(shapely.linestrings(np.stack([flat_a, flat_b], axis=1)))
    found = tree.query_nearest(shapely.points(flat_p), all_matches=False)[1]
    along = flat_b[found] - flat_a[found]
    share = np.einsum("ij,ij->i", flat_p - flat_a[found], along) / np.einsum("ij,ij->i", along, along)
    share = np.clip(share, 0.0, 1.0)
    foot = a[found] + share[:, None] * (b[found] - a[found])
    _, _, dist = GEOD.inv(xy[:, 0], xy[:, 1], foot[:, 0], foot[:, 1])
    return tile[found], share, np.asarray(dist)


def _side(xy: Floats, segments: _Segments, index: NDArray[np.int64], share: Floats, best: Floats) -> NDArray[np.int8]:
    """Which side of the line each point is on, from the azimuth of the line and of the point at its foot."""
    azimuth = np.where(share < 0.5, segments.azimuth_a[index], segments.azimuth_b[index])  # noqa: PLR2004 - nearer end
    direction = _unit(azimuth)
    for at_vertex, neighbour, joined in (
        (share == 0, segments.before, segments.azimuth_b),
        (share == 1, segments.after, segments.azimuth_a),
    ):
        other = neighbour[index]
        bend = at_vertex & (other >= 0)
        direction = np.where(bend[:, None], direction + _unit(joined[other]), direction)
    foot = segments.a[index] + share[:, None] * (segments.b[index] - segments.a[index])
    away = _unit(np.asarray(GEOD.inv(foot[:, 0], foot[:, 1], xy[:, 0], xy[:, 1])[0]))
    cross = direction[:, 0] * away[:, 1] - direction[:, 1] * away[:, 0]
    return np.where(best <= ON_LINE_M, 0, np.sign(cross)).astype(np.int8)


def _unit(azimuth_deg: Floats) -> Floats:
    """Vectors of length one, east and north, along azimuths."""
    return np.column_stack([np.sin(np.radians(azimuth_deg)), np.cos(np.radians(azimuth_deg))])
