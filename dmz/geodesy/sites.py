"""Hold the segments of a geometry in space and find, for many points at once, the nearest of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree
from shapely.geometry.base import BaseGeometry

from dmz.geodesy.ellipsoid import RADIUS_M, Floats
from dmz.geodesy.space import CHORD_GOOD_M, Index, dot, onto_ellipsoid, separation, size, to_space, unit

# Longest chord for which the geodesic lies straight above it: they part sideways by 2 um, in length by 1 um.
CHORD_M = 1_000.0
# Normal sections of one place differ in radius by up to 1.4 % (twice the third flattening and the like); chords of
# equal geodesics then differ by this share of s^3 / 24 R^2.
SECTIONS = 0.014
# Neighbours asked for at first; more only where these do not prove which segment is nearest, and beyond the last all.
FIRST_K, LAST_K = 2, 4_096
# Neighbours asked for at most where all sites around a place are wanted.
MOST_K = 32
# Turn below which a stretch counts as straight: what is proved of it holds below 60 degrees.
STRAIGHT = np.radians(45.0)
# Farther than this the Earth is not flat enough for such proofs.
FLAT_M = 50_000.0
POLYGON = 3  # shapely's type of a polygon
# Rows of candidates that are held in memory at a time.
BATCH = 400_000


@dataclass(frozen=True)
class Found:
    """The nearest point of some sites to each of n points.

    `segment` is its segment and `share` how much of that segment lies before it, 0 to 1; `foot` is the point itself in
    space, `distance_m` how far, along the geodesic.
    """

    segment: Index
    share: Floats
    foot: Floats
    distance_m: Floats


@dataclass(frozen=True)
class Sites:
    """Segments between neighbouring vertices, in space; a single point is a segment of no length.

    `start` and `end` have shape (m, 3); `edge` is the number of the edge that each segment is a piece of, `edge_start`
    and `edge_end` are the ends of those. `first` and `last` are the ranges of segments of each part; `closed` says
    which parts end where they begin.
    """

    start: Floats
    end: Floats
    edge: Index
    edge_start: Floats
    edge_end: Floats
    first: Index
    last: Index
    closed: np.ndarray

    @cached_property
    def tree(self) -> KDTree:
        """All vertices, part after part; part number p has one vertex more than it has segments."""
        return KDTree(self.vertices, balanced_tree=False, compact_nodes=False)

    @cached_property
    def vertices(self) -> Floats:
        """Starts of all segments and, after each part, its end."""
        return np.insert(self.start, self.last + 1, self.end[self.last], axis=0)

    @cached_property
    def beside(self) -> Index:
        """Segment that ends and segment that begins at each vertex, shape (vertices, 2); the same at an end."""
        number = np.arange(len(self.start))
        after = np.insert(number, self.last + 1, self.last)
        before = np.insert(number - 1, self.last + 1, self.last)
        before[self.first + np.arange(len(self.first))] = self.first
        return np.column_stack([before, after])

    @cached_property
    def longest_m(self) -> float:
        """Chord of the longest segment."""
        return float(size(self.end - self.start).max())

    def nearest(self, points: Floats, accuracy_m: float | Floats) -> Found:
        """Nearest segment to points of the ellipsoid, shape (n, 3); its distance is the least to `accuracy_m`.

        The accuracy is one number, or one a point.

        Notes
        -----
        A segment none of whose ends is among the k - 1 nearest vertices is at least sqrt(e^2 - (l / 2)^2) away, e the
        distance of the k-th vertex, l the longest segment. While that does not rule out a segment nearer than the best
        one beside those k - 1, k grows; past `LAST_K` every segment is measured.
        """
        n = len(points)
        accuracy = np.broadcast_to(accuracy_m, n)
        found = Found(np.zeros(n, np.int64), np.zeros(n), np.zeros((n, 3)), np.full(n, np.inf))
        open_, k = np.arange(n), min(FIRST_K, len(self.vertices))
        while len(open_):
            unproved = [
                batch[~self._settle(points[batch], batch, k, accuracy[batch], found)]
                for batch in np.array_split(open_, len(open_) * k // BATCH + 1)
            ]
            open_ = np.concatenate(unproved)
            k = 4 * k if 4 * k <= min(LAST_K, len(self.vertices)) else len(self.vertices)
        return found

    def _settle(self, points: Floats, at: Index, k: int, accuracy_m: Floats, found: Found) -> np.ndarray:
        """Write down the nearest segment beside the k - 1 nearest vertices; say for which points it is proved."""
        whole = k == len(self.vertices)
        if whole:
            every = np.arange(len(self.start))
            edge, segment = np.empty((0, 0)), np.broadcast_to(every, (len(points), len(every)))
        else:
            edge, vertex = self.tree.query(points, k=k)
            segment = self.beside[vertex[:, : k - 1]].reshape(len(points), -1)
        share, foot, chord = _project(points[:, None], self.start[segment], self.end[segment])
        best = chord.argmin(axis=1) if k <= 2 or chord.min() < CHORD_GOOD_M else self._rank(points, foot, chord)  # noqa: PLR2004
        row = np.arange(len(points))
        surface = onto_ellipsoid(foot[row, best])
        distance = separation(points, surface)
        found.segment[at], found.share[at] = segment[row, best], share[row, best]
        found.foot[at], found.distance_m[at] = surface, distance
        if whole:
            return np.ones(len(points), bool)
        doubt = SECTIONS * chord[row, best] ** 3 / (24 * RADIUS_M**2)
        others = np.sqrt(np.maximum(0.0, edge[:, -1] ** 2 - (self.longest_m / 2) ** 2))
        return np.asarray(chord[row, best] + doubt <= others + accuracy_m)

    def _rank(self, points: Floats, foot: Floats, chord: Floats) -> Index:
        """Best candidate where chords are too long to tell: the geodesics to all that could be best."""
        least = chord.min(axis=1, keepdims=True)
        row, column = np.nonzero(chord <= least + SECTIONS * least**3 / (24 * RADIUS_M**2))
        true = np.full(chord.shape, np.inf)
        true[row, column] = separation(points[row], onto_ellipsoid(foot[row, column]))
        return np.asarray(true.argmin(axis=1))

    @cached_property
    def turned(self) -> Floats:
        """How far the line has turned up to each segment, radians, left or right alike; half a turn between parts."""
        course = unit(self.end - self.start)
        turn = np.append(np.pi, np.arccos(np.clip(dot(course[:-1], course[1:]), -1.0, 1.0)))
        turn[self.first] = np.pi
        return np.cumsum(turn)

    def neighbours(self, reach_m: float) -> int:
        """How many vertices must be asked for to know all segments within a reach; 0 where those are too many."""
        count = math.ceil(2.5 * reach_m / max(self.longest_m, 1e-9)) + 6
        return min(count, len(self.vertices)) if count <= MOST_K and reach_m <= FLAT_M else 0

    def around(self, points: Floats, count: int) -> tuple[Index, Floats]:
        """Segments beside the nearest vertices, shape (n, 2 count), and the distance within which are no others."""
        edge, vertex = self.tree.query(points, k=np.arange(1, count + 1))
        known = np.sqrt(np.maximum(0.0, edge[:, -1] ** 2 - (self.longest_m / 2) ** 2))
        if count == len(self.vertices):
            known[:] = np.inf
        return self.beside[vertex].reshape(len(points), -1), known

    def on_stretches(self, points: Floats, reach_m: Floats, count: int) -> NDArray[np.bool_]:
        """Whether all sites within a reach of each point lie on one stretch that hardly turns, or on two athwart.

        Two stretches are athwart if they turn by less than the angle between them; neither ends there. `count` is as
        `neighbours` has it.
        """
        found = np.zeros(len(points), bool)
        for batch in np.array_split(np.arange(len(points)), len(points) * count // BATCH + 1):
            segment, known = self.around(points[batch], count)
            _, _, chord = _project(points[batch, None], self.start[segment], self.end[segment])
            reach = reach_m[batch] + self.longest_m**2 / (8 * RADIUS_M)  # chords lie that far below the ground
            near = chord <= reach[:, None]
            all_known = near.any(axis=1) & (known > reach) & (reach <= FLAT_M)
            found[batch] = all_known & self._straight(segment, near, reach)
        return found

    def _straight(self, segment: Index, near: NDArray[np.bool_], reach_m: Floats) -> NDArray[np.bool_]:
        """Whether the near ones of segments, shape (n, c), make one stretch that hardly turns or two athwart."""
        first, last = _ends(segment, near)
        one = self.turned[last] - self.turned[first] < STRAIGHT
        other = near & (self.turned[segment] - self.turned[first][:, None] >= STRAIGHT)
        (first_1, last_1), (first_2, last_2) = _ends(segment, near & ~other), _ends(segment, other)
        turn = self.turned[last_1] - self.turned[first_1] + self.turned[last_2] - self.turned[first_2]
        course, course_2 = unit((self.end - self.start)[first_1]), unit((self.end - self.start)[first_2])
        angle = np.arcsin(np.minimum(1.0, size(np.cross(course, course_2))))
        ends = (self.is_end[segment] & near).any(axis=1)
        tilt = (2 * reach_m + self.longest_m) / RADIUS_M  # of the ground under the one to that under the other
        return np.asarray(one | (~ends & (turn + tilt < angle)))

    @cached_property
    def is_end(self) -> NDArray[np.bool_]:
        """Which segments are the first or last of their part."""
        ends = np.zeros(len(self.start), bool)
        ends[self.first] = ends[self.last] = True
        return ends

    def clear(self, a: Floats, b: Floats, distance_m: float, count: int) -> NDArray[np.bool_]:
        """Whether no site lies within a distance of any point of each edge from `a` to `b`; `count` as `neighbours`."""
        found = np.zeros(len(a), bool)
        for batch in np.array_split(np.arange(len(a)), len(a) * count // BATCH + 1):
            one, other = a[batch], b[batch]
            segment, known = self.around((one + other) / 2, count)
            start, end = self.start[segment], self.end[segment]
            chord = _apart(one[:, None], other[:, None], start, end)
            longest = np.maximum(size(other - one), self.longest_m)
            sunk = longest**2 / (8 * RADIUS_M)  # how far one chord may lie below the other
            arc = (1 - SECTIONS) * chord.min(axis=1) ** 3 / (24 * RADIUS_M**2)
            least = np.sqrt(np.maximum(0.0, chord.min(axis=1) ** 2 - sunk**2)) + arc
            found[batch] = (least >= distance_m) & (known >= distance_m + size(other - one) / 2 + sunk)
        return found

    def refined(self, step_m: float) -> Sites:
        """Return the same sites with their segments cut into equal steps no longer than `step_m`."""
        pieces = np.maximum(1, np.ceil(size(self.end - self.start) / step_m - 1e-9)).astype(np.int64)
        if (pieces == 1).all():
            return self
        segment = np.repeat(np.arange(len(pieces)), pieces)
        ends = np.cumsum(pieces)
        number = np.arange(len(segment)) - np.repeat(ends - pieces, pieces)
        share = (number / pieces[segment])[:, None]
        start = self.start[segment]
        inner = np.flatnonzero(number)
        here = segment[inner]
        start[inner] = onto_ellipsoid(self.start[here] * (1 - share[inner]) + self.end[here] * share[inner])
        end = np.append(start[1:], self.end[-1:], axis=0)
        end[ends - 1] = self.end
        first, last = (ends - pieces)[self.first], (ends - 1)[self.last]
        return Sites(start, end, self.edge[segment], self.edge_start, self.edge_end, first, last, self.closed)

    def refined_evenly(self, step_m: float) -> Sites:
        """Return the same sites with segments of about one length: their mean, or `step_m` where that is more.

        Among segments of one length few neighbours prove which is nearest.
        """
        total = float(size(self.end - self.start).sum())
        return self.refined(max(step_m, total / len(self.start)))

    def foot_on(self, edge: Index, points: Floats) -> Floats:
        """Nearest point of one given edge to each point, on the ellipsoid."""
        _, foot, _ = _project(points[:, None], self.edge_start[edge, None], self.edge_end[edge, None])
        return onto_ellipsoid(foot[:, 0])


def _ends(segment: Index, which: NDArray[np.bool_]) -> tuple[Index, Index]:
    """First and last of some segments in each row; where there are none, any."""
    first = np.where(which, segment, np.iinfo(np.int64).max).min(axis=1)
    last = np.where(which, segment, -1).max(axis=1)
    return np.where(last < 0, 0, first), np.maximum(last, 0)


def _project(points: Floats, start: Floats, end: Floats) -> tuple[Floats, Floats, Floats]:
    """Nearest point of each chord to each point: share of the chord before it, the point, how far."""
    chord = end - start
    square = np.einsum("ncj,ncj->nc", chord, chord)
    share = np.einsum("ncj,ncj->nc", points - start, chord) / np.where(square > 0, square, 1.0)
    share = np.clip(share, 0.0, 1.0)
    foot = start + share[..., None] * chord
    gap = points - foot
    return share, foot, np.sqrt(np.einsum("ncj,ncj->nc", gap, gap))


def _apart(a: Floats, b: Floats, start: Floats, end: Floats) -> Floats:
    """Least distance between chords from `a` to `b` and from `start` to `end`, shapes (n, c, 3).

    Ericson 2005, Real-time collision detection, section 5.1.9.
    """
    one, other, gap = b - a, end - start, a - start
    aa, bb, ab = (np.sum(x * y, axis=-1) for x, y in ((one, one), (other, other), (one, other)))
    ag, bg = np.sum(one * gap, axis=-1), np.sum(other * gap, axis=-1)
    aa, bb = np.where(aa > 0, aa, 1.0), np.where(bb > 0, bb, 1.0)
    slant = aa * bb - ab * ab
    s = np.where(slant > 1e-12 * aa * bb, (ab * bg - ag * bb) / np.where(slant > 0, slant, 1.0), 0.0).clip(0.0, 1.0)
    t = ((ab * s + bg) / bb).clip(0.0, 1.0)
    s = ((ab * t - ag) / aa).clip(0.0, 1.0)
    between = gap + s[..., None] * one - t[..., None] * other
    return np.asarray(np.sqrt(np.sum(between * between, axis=-1)))


def sites_of(dense: BaseGeometry, step_m: float = np.inf) -> Sites:
    """Sites of points, lines, and the boundaries of polygons, no segment longer than `step_m`.

    Parameters
    ----------
    dense
        Longitude, latitude, with vertices no farther apart than `CHORD_M`.
    step_m
        Longest segment, metres.
    """
    parts = [_doubled(to_space(xy)) for xy in coordinates(dense)]
    start = np.concatenate([part[:-1] for part in parts])
    end = np.concatenate([part[1:] for part in parts])
    count = np.array([len(part) - 1 for part in parts])
    last = np.cumsum(count) - 1
    closed = np.array([len(part) > 2 and bool((part[0] == part[-1]).all()) for part in parts])  # noqa: PLR2004
    return Sites(start, end, np.arange(len(start)), start, end, last - count + 1, last, closed).refined(step_m)


def coordinates(geometry: BaseGeometry) -> list[Floats]:
    """Vertices of every point, line and ring of a geometry, repeats left out."""
    lines = shapely.get_parts(shapely.get_parts(geometry))
    if (shapely.get_type_id(lines) == POLYGON).any():
        lines = shapely.get_rings(lines)
    return [shapely.get_coordinates(line) for line in shapely.remove_repeated_points(lines) if not line.is_empty]


def _doubled(vertices: Floats) -> Floats:
    """Vertices of a line; a single point twice."""
    return np.repeat(vertices, 2, axis=0) if len(vertices) == 1 else vertices
