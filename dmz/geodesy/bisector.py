"""Draw where the side of the nearest point changes away from a line: between two of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree, Voronoi
from shapely.geometry.base import BaseGeometry

from dmz.geodesy.chains import Chains, chains_of
from dmz.geodesy.chart import running_on
from dmz.geodesy.crossings import Crossing
from dmz.geodesy.ellipsoid import Floats, length
from dmz.geodesy.frame import Frame, frame_around
from dmz.geodesy.space import Index, along, dot, halfway_degrees, onto_ellipsoid, size, to_degrees, to_space

# Finest and loosest tolerance to which bisectors are drawn: an inner line of a zone, where both sides are equally far,
# whose course far off hangs on small features of the line.
FINEST_M, LOOSEST_M = 0.5, 2.0
# Step between the points of the line that bisectors are first drawn from, as a share of the reach; the most of them.
STEP_SHARE, MOST_SAMPLES = 1 / 5, 60_000
# Where a bisector comes nearer to the line than this many steps, the steps there are cut: into so many at the most at
# a time, and so many times.
CLEAR_STEPS, MOST_CUTS, REFINEMENTS = 1.5, 8, 6
# Edges farther from the line than this many times the reach are left out; an edge is cut into so many pieces at most.
CLOSE, MOST_PIECES = 1.1, 1_000
# Points of the line so near to where it crosses itself, in tolerances, belong to both of its parts.
SHARED_TOLERANCES = 2.0
# Rounds in which edges are halved; steps of Newton's method; how far one may go, as a share of the distance.
ROUNDS, NEWTON_STEPS, LONGEST_STEP = 12, 8, 0.4
# Edges so near to the line, in tolerances, and so few edges from one that parts the sides are kept too: between them no
# way is open from one side to the other.
KEPT_TOLERANCES, LINKS = 4.0, 4
# Radius of the rings about the open ends of bisectors, in tolerances, and their corners.
RING_TOLERANCES, RING_CORNERS = 4.0, 8


@dataclass(frozen=True)
class _Edges:
    """Edges of a Voronoi diagram of points of a line.

    `vertex` are the numbers of their two ends, shape (n, 2); `near` the samples that may be nearest along them: the two
    they part, and one more at each end, shape (n, 4); `parting` says whether the two see their lines on different sides
    and are more than a tolerance away.
    """

    vertex: Index
    near: Index
    parting: NDArray[np.bool_]

    def __getitem__(self, which: NDArray[np.bool_] | Index) -> _Edges:
        return _Edges(self.vertex[which], self.near[which], self.parting[which])


@dataclass(frozen=True)
class _Ground:
    """Where bisectors are sought: polygons in a frame, none of their points farther from the line than the reach.

    `shared` are the points in space, shape (n, 3), at which the line crosses itself.
    """

    frame: Frame
    faces: NDArray[np.object_]
    reach_m: float
    shared: Floats

    def shares(self, points: Floats, distance_m: float) -> NDArray[np.bool_]:
        """Which points lie within a distance of a crossing."""
        if not len(self.shared):
            return np.zeros(len(points), bool)
        return np.isfinite(KDTree(self.shared).query(points, distance_upper_bound=distance_m)[0])


def bisectors(
    torn: NDArray[np.object_],
    line: BaseGeometry,
    reach_m: float,
    tolerance_m: float,
    *,
    met: Sequence[Crossing] = (),
    every: bool = False,
) -> list[BaseGeometry]:
    """Lines inside some polygons along which the side of the nearest point changes away from the line.

    Parameters
    ----------
    torn
        Polygons between parts of the line, longitude, latitude.
    line
        The line they are cut by.
    reach_m
        No point of the polygons is farther from the line, metres.
    tolerance_m
        How far the lines may lie from where the side changes, metres; `FINEST_M` at least, `LOOSEST_M` at most. In
        polygons narrower than that nothing is drawn.
    met
        Where the line crosses or touches itself.
    every
        Whether to draw all edges of the diagram, also those that part no sides: slower, but no way is left open.

    Notes
    -----
    The nearest point of the line to a point of a polygon lies on its boundary. The edges of a Voronoi diagram of points
    of the line lie near the bisectors; the points are closer together where a bisector comes closer to the line. Points
    where the line crosses itself belong to two of its parts; the diagram is made without them, for an edge cannot part
    what is in one place. Each vertex is brought to where the nearest points on both sides are equally far, by Newton's
    method, and edges are halved until their middles lie there too. A cut too many does no harm, it divides a face into
    two of one side.
    """
    if not len(torn):
        return []
    tolerance_m = drawn_to(tolerance_m)
    frame = frame_around(to_space(shapely.get_coordinates(torn)))
    faces = shapely.transform(torn, lambda xy: frame.flat(to_space(xy)))
    faces = _opened(faces, tolerance_m)
    if not len(faces):
        return []
    step = max(reach_m * STEP_SHARE, length(line) / MOST_SAMPLES)
    chains = _touching(chains_of(line, step), frame, faces, tolerance_m)
    ground = _Ground(frame, faces, reach_m, to_space(np.array([crossing.place for crossing in met]).reshape(-1, 2)))
    chains, vertices, edges = _diagram(chains, ground, tolerance_m, every=every)
    if not len(edges.vertex):
        return []
    ends = _settled(frame.space(vertices), edges, chains, tolerance_m)
    ends = np.concatenate([ends, _rings(ends, frame, tolerance_m)])
    degrees = to_degrees(ends.reshape(-1, 3))
    degrees[:, 0] = degrees[0, 0] + (degrees[:, 0] - degrees[0, 0] + 180) % 360 - 180
    return [running_on(shapely.line_merge(shapely.multilinestrings(shapely.linestrings(degrees.reshape(-1, 2, 2)))))]


def drawn_to(tolerance_m: float) -> float:
    """Tolerance to which bisectors are drawn, metres, where one is asked for."""
    return min(max(tolerance_m, FINEST_M), LOOSEST_M)


def _opened(faces: NDArray[np.object_], width_m: float) -> NDArray[np.object_]:
    """Polygons without what is narrower than two widths: there all ground is within one of the line."""
    narrowed = shapely.buffer(faces, -width_m, quad_segs=2)
    return np.asarray(shapely.buffer(narrowed[~shapely.is_empty(narrowed)], 1.5 * width_m, quad_segs=2))


def _touching(chains: Chains, frame: Frame, faces: NDArray[np.object_], tolerance_m: float) -> Chains:
    """Points on the boundaries of polygons, and those beside them."""
    flat = frame.flat(chains.points)
    ahead = np.where((chains.after >= 0)[:, None], flat[chains.after], flat)
    steps = shapely.linestrings(np.stack([flat, ahead], axis=1))
    _, hit = shapely.STRtree(steps).query(faces, predicate="dwithin", distance=max(1.0, tolerance_m))
    near = np.isin(np.arange(len(flat)), hit)
    for _ in range(2):
        ends = near.copy()
        ends[chains.after[near & (chains.after >= 0)]] = True
        ends[chains.before[near & (chains.before >= 0)]] = True
        near = ends
    return chains.within(near)


def _diagram(chains: Chains, ground: _Ground, tolerance_m: float, *, every: bool) -> tuple[Chains, Floats, _Edges]:
    """Diagram of points so close together that its edges lie near the bisectors: points, vertices, edges."""
    for _ in range(REFINEMENTS):
        flat = ground.frame.flat(chains.points)
        seeds = np.flatnonzero(~ground.shares(chains.points, SHARED_TOLERANCES * tolerance_m))
        vertices, edges = _shortened(*_voronoi(flat, seeds, chains, ground.faces), flat, ground)
        gap = _gap(edges, vertices, flat)
        differing, apart = _differing(ground.frame, vertices, edges, chains, tolerance_m)
        apart &= ~_doubled(edges, chains, tolerance_m)
        edges = replace(edges, parting=apart & (gap > tolerance_m))
        kept = apart | (_linked(edges, apart) & (differing | (gap < KEPT_TOLERANCES * tolerance_m)))
        whole, edges, gap = edges, edges[kept], gap[kept]
        finer = chains.cut(_pieces(chains, edges, gap, tolerance_m))
        if len(finer.points) == len(chains.points) or len(finer.points) > MOST_SAMPLES:
            break
        chains = finer  # points keep their numbers: the edges hold for the finer chains too
    return chains, vertices, whole if every else edges


def _voronoi(flat: Floats, seeds: Index, chains: Chains, faces: NDArray[np.object_]) -> tuple[Floats, _Edges]:
    """Vertices and edges of a Voronoi diagram of some points, those between points that do not follow each other."""
    west, south, east, north = shapely.total_bounds(faces)
    far = 10 * np.abs([*flat.min(axis=0), *flat.max(axis=0), west, south, east, north]).max()
    box = far * np.array([(-1, -1), (1, -1), (-1, 1), (1, 1)])
    diagram = Voronoi(np.vstack([flat[seeds], box]))  # the four points far off end all edges between the others
    ridges, pairs = np.array(diagram.ridge_vertices), diagram.ridge_points.astype(np.int64)
    inner = (ridges >= 0).all(axis=1) & (pairs < len(seeds)).all(axis=1)
    ridges, pairs = ridges[inner], seeds[pairs[inner]]
    third = _third(ridges, pairs, len(diagram.vertices))
    apart = np.flatnonzero(~chains.adjacent(pairs))
    near = np.column_stack([pairs, third])[apart]
    return diagram.vertices, _Edges(ridges[apart], near, np.zeros(len(apart), bool))


def _third(ridges: Index, pairs: Index, count: int) -> Index:
    """A point of the diagram at each end of each edge beside the two it parts, shape (n, 2); else the first of them."""
    points = int(pairs.max(initial=0)) + 1
    vertex, point = np.repeat(ridges, 2, axis=1).ravel(), np.tile(pairs, 2).ravel()
    listed = np.unique(vertex * points + point)
    at, of = listed // points, listed % points
    first = np.searchsorted(at, np.arange(count))
    choice = np.minimum(first[ridges][..., None] + np.arange(3), len(listed) - 1)
    good = (at[choice] == ridges[..., None]) & (of[choice][..., None] != pairs[:, None, None, :]).all(axis=-1)
    best = good.argmax(axis=-1)[..., None]
    found = np.take_along_axis(of[choice], best, axis=-1)[..., 0]
    return np.where(np.take_along_axis(good, best, axis=-1)[..., 0], found, pairs[:, :1])


def _shortened(vertices: Floats, edges: _Edges, flat: Floats, ground: _Ground) -> tuple[Floats, _Edges]:
    """Edges inside polygons and within the reach, cut into short pieces."""
    edges = edges[_gap(edges, vertices, flat) <= CLOSE * ground.reach_m]
    edges = edges[_inside(vertices[edges.vertex], ground.faces)]
    ends = vertices[edges.vertex]
    longest = np.maximum(ground.reach_m * STEP_SHARE, 1e-6)
    pieces = np.clip(np.ceil(np.hypot(*(ends[:, 1] - ends[:, 0]).T) / longest), 1, MOST_PIECES).astype(np.int64)
    edge = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    inner = np.flatnonzero(number)
    share = (number[inner] / pieces[edge[inner]])[:, None]
    put = ends[edge[inner], 0] * (1 - share) + ends[edge[inner], 1] * share
    vertex = edges.vertex[edge]
    vertex[inner, 0] = vertex[inner - 1, 1] = len(vertices) + np.arange(len(inner))
    vertices, edges = np.vstack([vertices, put]), _Edges(vertex, edges.near[edge], edges.parting[edge])
    return vertices, edges[_gap(edges, vertices, flat) <= CLOSE * ground.reach_m]


def _inside(ends: Floats, polygons: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which edges have a part in some polygons."""
    _, found = shapely.STRtree(shapely.linestrings(ends)).query(polygons, predicate="intersects")
    return np.isin(np.arange(len(ends)), found)


def _gap(edges: _Edges, vertices: Floats, flat: Floats) -> Floats:
    """How near each edge comes to the points it parts."""
    start, foot = vertices[edges.vertex[:, 0]], flat[edges.near[:, 0]]
    step = vertices[edges.vertex[:, 1]] - start
    share = np.einsum("ij,ij->i", foot - start, step) / np.maximum(np.einsum("ij,ij->i", step, step), 1e-12)
    return np.asarray(np.hypot(*(start + np.clip(share, 0, 1)[:, None] * step - foot).T))


def _differing(
    frame: Frame, vertices: Floats, edges: _Edges, chains: Chains, tolerance_m: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the two points an edge parts see their lines on different sides, and whether they tell where it lies.

    Both are asked from the ends of the edge and its middle. Where the nearest points of both lines are one, it is the
    line or its extension that parts the sides.
    """
    ends = vertices[edges.vertex]
    differ, apart = np.zeros(len(ends), bool), np.zeros(len(ends), bool)
    for place in (ends[:, 0], ends.mean(axis=1), ends[:, 1]):
        point = frame.space(place)
        one, other = (chains.feet(edges.near[:, column], point) for column in (0, 1))
        differs = one.is_left != other.is_left
        differ |= differs
        apart |= differs & (size(one.foot - other.foot) > tolerance_m)
    return differ, apart


def _doubled(edges: _Edges, chains: Chains, tolerance_m: float) -> NDArray[np.bool_]:
    """Which edges part two points whose lines run upon each other: between those nothing is to be told apart.

    Where two lines only cross there, one of the points may lie upon the other line.
    """
    one, other = edges.near[:, 0], edges.near[:, 1]
    ways = [chains.feet(here, chains.points[there]).distance_m for here, there in ((one, other), (other, one))]
    return np.asarray(np.maximum(*ways) < 2 * tolerance_m)


def _linked(edges: _Edges, to: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which edges are tied to some of them by a few others."""
    at = np.zeros(int(edges.vertex.max(initial=0)) + 1, bool)
    linked = to
    for _ in range(LINKS):
        at[edges.vertex[linked]] = True
        linked = np.asarray(at[edges.vertex].any(axis=1))
    return linked


def _pieces(chains: Chains, edges: _Edges, gap: Floats, tolerance_m: float) -> Index:
    """Into how many pieces the step after each point is to be cut so that it is short against the gap beside it."""
    clear = ~_doubled(edges, chains, tolerance_m)
    edges, gap = edges[clear], gap[clear]
    pieces, step = np.ones(len(chains.points), np.int64), chains.step_m
    wanted = np.maximum(gap / CLEAR_STEPS, 2 * tolerance_m)
    for column in (0, 1):
        sample = edges.near[:, column]
        for start in (sample, chains.before[sample]):
            count = np.clip(np.ceil(step[start] / wanted), 1, MOST_CUTS).astype(np.int64)
            np.maximum.at(pieces, start, np.where(start >= 0, count, 1))
    return pieces


def _settled(points: Floats, edges: _Edges, chains: Chains, tolerance_m: float) -> Floats:
    """Edges whose ends and middles lie where the side changes, in space, shape (n, 2, 3)."""
    vertex, first = np.unique(edges.vertex[edges.parting], return_index=True)
    near = np.repeat(edges.near[edges.parting], 2, axis=0)[first]
    points = points.copy()
    points[vertex], _ = _level(points[vertex], near, chains, tolerance_m)
    ends = points[edges.vertex]
    done, ends, near = [ends[~edges.parting]], ends[edges.parting], edges.near[edges.parting]
    for _ in range(ROUNDS):
        middle = halfway_degrees(to_degrees(ends[:, 0]), to_degrees(ends[:, 1]))
        level, found = _level(middle, near, chains, tolerance_m)
        off = found & (size(level - middle) > tolerance_m / 2) & (size(ends[:, 1] - ends[:, 0]) > tolerance_m)
        done.append(ends[~off])
        halves = [np.stack(pair, axis=1) for pair in ((ends[off, 0], level[off]), (level[off], ends[off, 1]))]
        ends, near = np.concatenate(halves), np.tile(near[off], (2, 1))
        if not len(ends):
            break
    return np.concatenate([*done, ends])


def _rings(ends: Floats, frame: Frame, tolerance_m: float) -> Floats:
    """Edges of small rings about the open ends of edges, which tie them to what they end at, shape (n, 2, 3)."""
    points = ends.reshape(-1, 3)
    _, first, count = np.unique(np.round(points, 6), axis=0, return_index=True, return_counts=True)
    tips = frame.flat(points[first[count == 1]])
    angle = np.linspace(0, 2 * np.pi, RING_CORNERS + 1)
    circle = RING_TOLERANCES * tolerance_m * np.column_stack([np.cos(angle), np.sin(angle)])
    corners = frame.space((tips[:, None] + circle).reshape(-1, 2)).reshape(-1, RING_CORNERS + 1, 3)
    return np.stack([corners[:, :-1], corners[:, 1:]], axis=2).reshape(-1, 2, 3)


def _level(points: Floats, near: Index, chains: Chains, tolerance_m: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Points moved to where the nearest points on the left and on the right are equally far; whether they are there."""
    points, moving = points.copy(), np.arange(len(points))
    for _ in range(NEWTON_STEPS):
        if not len(moving):
            break
        here = points[moving]
        excess, slope, nearest = _excess(here, near[moving], chains)
        step = -(excess / np.maximum(dot(slope, slope), 1e-12))[:, None] * slope
        longest = LONGEST_STEP * nearest / np.maximum(size(step), 1e-12)
        points[moving] = onto_ellipsoid(here + step * np.minimum(1.0, longest)[:, None])
        moving = moving[np.abs(excess) > tolerance_m / 20]
    there = np.ones(len(points), bool)
    there[moving] = False
    return points, there


def _excess(points: Floats, near: Index, chains: Chains) -> tuple[Floats, Floats, Floats]:
    """How much farther the left is than the right, the slope of that, and how far the nearer is.

    Where the first two chains are seen from one side, those two are compared instead.
    """
    count, row = near.shape[1], np.arange(len(points))
    feet = chains.feet(near.ravel(), np.repeat(points, count, axis=0))
    away, left = feet.distance_m.reshape(-1, count), feet.is_left.reshape(-1, count)
    same = left[:, 0] == left[:, 1]
    left[same], away[same, 2:] = np.arange(count) == 0, np.inf
    far = [np.where(left == which, away, np.inf) for which in (True, False)]
    best = [one.argmin(axis=1) for one in far]
    ways = [along(points, points - feet.foot.reshape(-1, count, 3)[row, which]) for which in best]
    reach = [one[row, which] for one, which in zip(far, best, strict=True)]
    return reach[0] - reach[1], ways[0] - ways[1], np.minimum(*reach)
