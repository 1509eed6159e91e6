"""Find, for many points at once, the nearest point of a line: how far, where along it, on which side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from dmz.errors import GeometryError, InputError
from dmz.geodesy.ellipsoid import Edges, Floats, densify
from dmz.geodesy.sites import CHORD_M, Found, Sites, sites_of
from dmz.geodesy.space import Index, dot, separation, size, to_degrees, to_space, unit, up

# A point within this of a line is on it.
ON_LINE_M = 0.001
# Accuracy to which the nearest segment is told from others.
SEARCH_M = 1e-4
# Length of the sum of two directions below which a line turns straight back.
STRAIGHT_BACK = 1e-9
# Segments are not cut shorter than this.
LEAST_STEP_M = 1.0


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


def distance(points: ArrayLike | BaseGeometry, line: BaseGeometry, *, edges: Edges = "geodesic") -> Floats:
    """Geodesic distance from points to a line, in metres.

    Parameters
    ----------
    points
        Shape (n, 2), longitude and latitude in degrees, or a shapely (multi-)point.
    line
        Line, multi-line, points, or a polygon's boundary.
    edges
        What joins two vertices: ``"geodesic"`` or ``"lonlat"``, straight in longitude and latitude.

    Returns
    -------
    numpy.ndarray
        Shape (n,), metres, within 1 mm.

    Raises
    ------
    GeometryError
        Where the line is empty.
    InputError
        Where a point is not finite, or no place on Earth.

    Examples
    --------
    >>> distance([(36.5, 35.0)], shapely.LineString([(36, 35.2), (37, 35.2)])).round()
    array([22303.])
    """
    sites = _sites(line, edges)
    return sites.nearest(_points(points), SEARCH_M).distance_m


def nearest(points: ArrayLike | BaseGeometry, line: BaseGeometry, *, edges: Edges = "geodesic") -> Nearest:
    """Nearest point of a line to each of many points: distance, chainage, side; parameters as `distance`.

    Raises
    ------
    GeometryError
        Where the line is empty.
    InputError
        Where a point is not finite, or no place on Earth.

    Notes
    -----
    Candidates come from a k-d tree of the line's vertices in space; it is proved that no other segment is nearer by
    more than 0.1 mm (`Sites.nearest`). The distance to the foot is that of Karney (2013). The side at a vertex is
    that of the line through it along its mean direction.

    Examples
    --------
    >>> found = nearest([(36.5, 35.3), (36.5, 35.1)], shapely.LineString([(36, 35.2), (37, 35.2)]))
    >>> found.side.tolist(), (found.chainage_m / 1000).round(1).tolist()
    ([1, -1], [45.5, 45.5])
    """
    return Locator(line, edges=edges).nearest(points)


class Locator:
    """A line made ready for many calls: `nearest` and `side` without the preparation.

    Parameters
    ----------
    line
        Line, multi-line, points, or a polygon's boundary, longitude, latitude on WGS 84.
    edges
        What joins two vertices: ``"geodesic"`` or ``"lonlat"``.

    Raises
    ------
    GeometryError
        Where the line is empty.
    """

    def __init__(self, line: BaseGeometry, *, edges: Edges = "geodesic") -> None:
        self._prepare(_sites(line, edges))

    def _prepare(self, sites: Sites) -> None:
        self._sites = sites
        self._before, self._after = _neighbours(self._sites)
        self._course = unit(self._sites.end - self._sites.start)
        self._step_m = separation(self._sites.start, self._sites.end)
        self._start_m = np.cumsum(self._step_m) - self._step_m

    def finer(self, segments: int) -> Locator:
        """Return a locator of the same line cut into about so many segments: faster where it is crowded."""
        other = object.__new__(Locator)
        total_m = float(size(self._sites.end - self._sites.start).sum())
        other._prepare(self._sites.refined(max(total_m / segments, LEAST_STEP_M)))
        return other

    def nearest(self, points: ArrayLike | BaseGeometry) -> Nearest:
        """As `dmz.geodesy.nearest`."""
        place = _points(points)
        found = self._sites.nearest(place, SEARCH_M)
        at_start = (found.share == 0) & (self._before[found.segment] < 0)
        at_end = (found.share == 1) & (self._after[found.segment] < 0)
        return Nearest(
            foot=to_degrees(found.foot),
            distance_m=found.distance_m,
            chainage_m=self._start_m[found.segment] + found.share * self._step_m[found.segment],
            side=self._side(place, found),
            at_end=at_start | at_end,
        )

    def side(self, points: Floats, accuracy_m: float = SEARCH_M) -> NDArray[np.int8]:
        """Side of the line of points in space, shape (n, 3): +1 left, -1 right, 0 on it.

        Where two parts of the line are nearest to within the accuracy, metres, it may be that of either.
        """
        return self._side(points, self._sites.nearest(points, accuracy_m))

    def feet(self, points: Floats, accuracy_m: float = SEARCH_M) -> Floats:
        """Nearest point of the line to points in space, both of shape (n, 3)."""
        return self._sites.nearest(points, accuracy_m).foot

    def _side(self, place: Floats, found: Found) -> NDArray[np.int8]:
        """Which side of the line each point is on, from the direction of the line at its foot."""
        direction = self._course[found.segment]
        for at_vertex, other in ((found.share == 0, self._before), (found.share == 1, self._after)):
            joined = other[found.segment]
            mean = direction + self._course[joined]
            bend = at_vertex & (joined >= 0) & (size(mean) > STRAIGHT_BACK)
            direction = np.where(bend[:, None], mean, direction)
        leftward = dot(np.cross(direction, place - found.foot), up(found.foot))
        return np.where(found.distance_m <= ON_LINE_M, 0, np.sign(leftward)).astype(np.int8)


def _points(points: ArrayLike | BaseGeometry) -> Floats:
    """Query points as vectors."""
    if isinstance(points, BaseGeometry):
        xy = np.asarray(shapely.get_coordinates(points))
    else:
        xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    bad = np.flatnonzero(~(np.isfinite(xy).all(axis=1) & (np.abs(xy[:, 1]) <= 90)))  # noqa: PLR2004 - the poles
    if len(bad):
        raise InputError(f"point {bad[0]} is {tuple(xy[bad[0]].tolist())}: give longitude, latitude in degrees")
    return to_space(xy)


def _sites(line: BaseGeometry, edges: Edges) -> Sites:
    """Sites of a line, refused where there is none."""
    if line is None or line.is_empty:
        raise GeometryError("the line is empty: there is nothing to measure to")
    return sites_of(densify(line, CHORD_M, edges=edges)).refined_evenly(LEAST_STEP_M)


def _neighbours(sites: Sites) -> tuple[Index, Index]:
    """Segment before and after each, round closed parts; -1 where there is none."""
    number = np.arange(len(sites.start))
    before, after = number - 1, number + 1
    before[sites.first] = np.where(sites.closed, sites.last, -1)
    after[sites.last] = np.where(sites.closed, sites.first, -1)
    return before, after
