"""Draw where the side of the nearest point changes away from a line: between two of its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi
from shapely.geometry.base import BaseGeometry

from dmz.geodesy.chart import running_on, straightened
from dmz.geodesy.ellipsoid import Floats, densify, edge_offset_m, length
from dmz.geodesy.frame import Frame, frame_around
from dmz.geodesy.nearest import SEARCH_M, Locator
from dmz.geodesy.space import Index, onto_ellipsoid, size, to_degrees, to_space

# Step between the points of the line that bisectors are first drawn from, as a share of the reach; and the most of
# them.
STEP_SHARE, MOST_SAMPLES = 1 / 50, 40_000
# Where a bisector comes nearer to the line than this many steps, the steps there are halved, so many times at the most.
CLEAR_STEPS, REFINEMENTS = 1.5, 16
# Edges farther from the line than this many times the reach are left out; an edge is cut into so many pieces at most.
CLOSE, MOST_PIECES = 1.1, 1_000
# Edges above which it pays to cut the line into more segments first, and how many.
MANY, FINER = 2_000, 1_000_000
# Rounds in which edges are halved.
ROUNDS = 8
# Radius of the rings about the open ends of bisectors, in tolerances and metres.
RING_TOLERANCES, RING_M = 4.0, 1.0
# How far across a bisector its true place is looked for, as a share of its distance from the line.
SPAN_SHARE = 0.4


@dataclass(frozen=True)
class _Samples:
    """Points of a line in space, the part each is of, and the direction of the line there."""

    points: Floats
    part: Index

    @property
    def course(self) -> Floats:
        step = self.points[1:] - self.points[:-1]
        step = np.where(self._joined[:, None], step / np.maximum(size(step), 1e-9)[:, None], 0.0)
        none = np.zeros((1, 3))
        return np.vstack([none, step]) + np.vstack([step, none])

    @property
    def _joined(self) -> NDArray[np.bool_]:
        return self.part[1:] == self.part[:-1]

    @property
    def spacing_m(self) -> Floats:
        """Longer of the steps to the neighbours of each point."""
        step = np.where(self._joined, size(self.points[1:] - self.points[:-1]), 0.0)
        return np.maximum(np.append(0.0, step), np.append(step, 0.0))

    def halved(self, at: NDArray[np.bool_], least_m: float) -> _Samples:
        """Steps beside some points cut in half, but for those that are short enough."""
        step = size(self.points[1:] - self.points[:-1])
        cut = np.flatnonzero(self._joined & (at[1:] | at[:-1]) & (step > least_m))
        middle = onto_ellipsoid((self.points[cut] + self.points[cut + 1]) / 2)
        return _Samples(np.insert(self.points, cut + 1, middle, axis=0), np.insert(self.part, cut + 1, self.part[cut]))


@dataclass(frozen=True)
class _Edges:
    """Edges in a frame, shape (n, 2, 2), and a nearest point of the line to each, shape (n, 2)."""

    ends: Floats
    foot: Floats

    def __getitem__(self, which: NDArray[np.bool_] | Index) -> _Edges:
        return _Edges(self.ends[which], self.foot[which])


def bisectors(
    torn: NDArray[np.object_], line: BaseGeometry, locator: Locator, reach_m: float, tolerance_m: float
) -> list[BaseGeometry]:
    """Lines inside some polygons along which the side of the nearest point changes away from the line.

    Parameters
    ----------
    torn
        Polygons between parts of the line, longitude, latitude.
    line, locator
        The line, and the same made ready for many calls.
    reach_m
        No point of the polygons is farther from the line, metres.
    tolerance_m
        How far the lines may lie from where the side changes, metres.

    Notes
    -----
    The edges of a Voronoi diagram of points of the line lie near the bisectors; the points are closer together where a
    bisector comes closer to the line. Each vertex is brought to where the side changes, by halving across the edge, and
    edges are halved until their middles lie there too. A cut too many does no harm, it divides a face into two of one
    side.
    """
    if not len(torn):
        return []
    corners = to_space(shapely.get_coordinates(torn))
    frame = frame_around(corners)
    faces = shapely.transform(torn, lambda xy: frame.flat(to_space(xy)))
    samples = _samples(line, max(reach_m * STEP_SHARE, length(line) / MOST_SAMPLES))
    samples = _near(samples, shapely.points(frame.flat(samples.points)), faces, reach_m)
    ground = frame.flat(corners)
    edges = _shortened(_between_sides(frame, samples, ground, tolerance_m), reach_m)
    edges = edges[_touching(edges, faces)]
    if not len(edges.ends):
        return []
    if len(edges.ends) > MANY:
        locator = locator.finer(FINER)
    clear = _gap(edges) > tolerance_m  # nearer to the line than that an edge cannot be off by more
    ends = np.concatenate([edges.ends[~clear], _settled(frame, edges[clear], locator, tolerance_m)])
    drawn = running_on(_lines(frame, ends, tolerance_m))
    return [straightened(drawn, tolerance_m / 10) if edge_offset_m(drawn) > tolerance_m / 10 else drawn]


def _samples(line: BaseGeometry, step_m: float) -> _Samples:
    parts = [
        to_space(shapely.get_coordinates(shapely.remove_repeated_points(densify(part, step_m))))
        for part in shapely.get_parts(line)
    ]
    return _Samples(np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(part) for part in parts]))


def _near(samples: _Samples, flat: NDArray[np.object_], faces: NDArray[np.object_], reach_m: float) -> _Samples:
    """Points that may be nearest to a point of the polygons; a gap in a part begins a new one."""
    hit, _ = shapely.STRtree(faces).query(flat, predicate="dwithin", distance=1.5 * reach_m)
    near = np.isin(np.arange(len(flat)), hit)
    run = np.cumsum(np.append(True, (np.diff(near.astype(int)) != 0) | (np.diff(samples.part) != 0)))
    return _Samples(samples.points[near], run[near])


def _between_sides(frame: Frame, samples: _Samples, ground: Floats, tolerance_m: float) -> _Edges:
    """Edges of the Voronoi diagram of points where the two points see their lines on different sides."""
    for _ in range(REFINEMENTS):
        edges, pairs = _diagram(frame, samples, ground)
        coarse = samples.spacing_m[pairs].max(axis=1, initial=0.0) * CLEAR_STEPS > _gap(edges)
        at = np.zeros(len(samples.points), bool)
        at[pairs[coarse]] = True
        finer = samples.halved(at, 2 * tolerance_m)
        if len(finer.points) == len(samples.points) or len(finer.points) > MOST_SAMPLES:
            break
        samples = finer
    return edges


def _diagram(frame: Frame, samples: _Samples, ground: Floats) -> tuple[_Edges, Index]:
    """Edges between points on different sides, and the two points of each; four points far off end all edges."""
    flat = frame.flat(samples.points)
    course = frame.flat(samples.points + samples.course) - flat
    far = 10 * np.abs(np.vstack([flat, ground])).max()
    box = far * np.array([(-1, -1), (1, -1), (-1, 1), (1, 1)])
    diagram = Voronoi(np.vstack([flat, box]))
    ridges, pairs = np.array(diagram.ridge_vertices), diagram.ridge_points
    inner = (ridges >= 0).all(axis=1) & (pairs < len(flat)).all(axis=1)
    ends, pairs = diagram.vertices[ridges[inner]], pairs[inner]
    seen = [_sides_seen(flat[pairs], course[pairs], point) for point in (ends[:, 0], ends.mean(axis=1), ends[:, 1])]
    differ = np.any([one != other for one, other in seen], axis=0)
    return _Edges(ends[differ], flat[pairs[differ, 0]]), pairs[differ]


def _sides_seen(samples: Floats, course: Floats, point: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each of two points, shape (n, 2, 2), has its line's left towards a third, shape (n, 2)."""
    way = point[:, None] - samples
    left = course[..., 0] * way[..., 1] - course[..., 1] * way[..., 0] > 0
    return left[:, 0], left[:, 1]


def _touching(edges: _Edges, polygons: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which edges have a part in some polygons."""
    lines = shapely.linestrings(edges.ends)
    found, _ = shapely.STRtree(polygons).query(lines, predicate="intersects")
    return np.isin(np.arange(len(lines)), found)


def _shortened(edges: _Edges, reach_m: float) -> _Edges:
    """Edges cut into short pieces, those within the reach."""
    edges = edges[_gap(edges) <= CLOSE * reach_m]
    pieces = np.clip(np.ceil(_lengths(edges.ends) / (reach_m * STEP_SHARE)), 1, MOST_PIECES).astype(np.int64)
    edge = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    start, step = edges.ends[edge, 0], (edges.ends[edge, 1] - edges.ends[edge, 0]) / pieces[edge, None]
    ends = np.stack([start + step * number[:, None], start + step * (number + 1)[:, None]], axis=1)
    short = _Edges(ends, edges.foot[edge])
    return short[_gap(short) <= CLOSE * reach_m]


def _gap(edges: _Edges) -> Floats:
    """How near each edge comes to its foot."""
    start, step = edges.ends[:, 0], edges.ends[:, 1] - edges.ends[:, 0]
    share = np.einsum("ij,ij->i", edges.foot - start, step) / np.maximum(np.einsum("ij,ij->i", step, step), 1e-12)
    return np.asarray(np.hypot(*(start + np.clip(share, 0, 1)[:, None] * step - edges.foot).T))


def _settled(frame: Frame, edges: _Edges, locator: Locator, tolerance_m: float) -> Floats:
    """Edges whose ends and middles lie where the side changes, shape (n, 2, 2)."""
    points, number = np.unique(np.round(edges.ends.reshape(-1, 2), 3), axis=0, return_inverse=True)
    number = number.reshape(-1, 2)
    across, span = np.zeros_like(points), np.full(len(points), np.inf)
    for column in (0, 1):
        np.add.at(across, number[:, column], _across(edges.ends))
        np.minimum.at(span, number[:, column], SPAN_SHARE * _gap(edges))
    ends, span = _home(frame, points, across, locator, span, tolerance_m)[number], SPAN_SHARE * _gap(edges)
    done = []
    for _ in range(ROUNDS):
        middle = ends.mean(axis=1)
        moved = _home(frame, middle, _across(ends), locator, np.minimum(span, _lengths(ends) / 2), tolerance_m)
        off = np.hypot(*(moved - middle).T) > tolerance_m / 2
        done.append(ends[~off])
        halves = [np.stack(pair, axis=1) for pair in ((ends[off, 0], moved[off]), (moved[off], ends[off, 1]))]
        ends, span = np.concatenate(halves), np.tile(span[off], 2)
        if not len(ends):
            break
    return np.concatenate([*done, ends])


def _lengths(ends: Floats) -> Floats:
    return np.asarray(np.hypot(*(ends[:, 1] - ends[:, 0]).T))


def _across(ends: Floats) -> Floats:
    """Unit vectors square to edges, all with the same side up, so that those of neighbours add up."""
    along = (ends[:, 1] - ends[:, 0]) / np.maximum(_lengths(ends), 1e-9)[:, None]
    normal = np.column_stack([-along[:, 1], along[:, 0]])
    down = (normal[:, 1] < 0) | ((normal[:, 1] == 0) & (normal[:, 0] < 0))
    return np.where(down[:, None], -normal, normal)


def _home(frame: Frame, points: Floats, across: Floats, locator: Locator, span_m: Floats, tolerance_m: float) -> Floats:
    """Points moved across, by up to a span, to where the side changes; left where it does not within it."""
    across = across / np.maximum(np.hypot(*across.T), 1e-9)[:, None]
    accuracy_m = max(SEARCH_M, tolerance_m / 50)

    def is_left(at: Index, offset: Floats) -> NDArray[np.bool_]:
        return np.asarray(locator.side(frame.space(points[at] + across[at] * offset[:, None]), accuracy_m) >= 0)

    at = np.arange(len(points))
    start = is_left(at, -span_m)
    at = at[start != is_left(at, span_m)]
    low, high, start = -span_m[at], span_m[at], start[at]
    while (high - low).max(initial=0.0) > tolerance_m / 8:
        middle = (low + high) / 2
        same = is_left(at, middle) == start
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    feet = [locator.feet(frame.space(points[at] + across[at] * end[:, None]), accuracy_m) for end in (low, high)]
    between = size(feet[1] - feet[0]) > tolerance_m / 2  # else it is the line, or its extension, that parts the sides
    moved = points.copy()
    moved[at[between]] += across[at[between]] * ((low + high) / 2)[between, None]
    return moved


def _lines(frame: Frame, ends: Floats, tolerance_m: float) -> BaseGeometry:
    """Edges as lines, longitude, latitude, with a small ring about each open end that ties it to what it ends at."""
    lines = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(list(ends))))
    paths = [shapely.get_coordinates(line) for line in lines]
    tips = [tip for path in paths if (path[0] != path[-1]).any() for tip in path[[0, -1]]]
    angle = np.linspace(0, 2 * np.pi, 9)
    circle = max(RING_TOLERANCES * tolerance_m, RING_M) * np.column_stack([np.cos(angle), np.sin(angle)])
    paths += [tip + circle for tip in tips]
    count = np.array([len(path) for path in paths])
    degrees = to_degrees(frame.space(np.concatenate(paths)))
    return shapely.multilinestrings(shapely.linestrings(degrees, indices=np.repeat(np.arange(len(paths)), count)))
