"""Put the outline of a zone in its place: every vertex at its distance, every edge within the tolerance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dmz.geodesy.ellipsoid import RADIUS_M, Floats
from dmz.geodesy.rough import Rings
from dmz.geodesy.sites import Sites
from dmz.geodesy.space import (
    Index,
    along,
    dot,
    halfway_degrees,
    onto_ellipsoid,
    reach,
    separation,
    size,
    to_degrees,
    unit,
    up,
)

# What of the tolerance each of these may use up; together they stay below it.
EDGE_SHARE = 0.75  # an edge between its ends
BENT_SHARE = 0.1  # an edge straight in longitude and latitude from one straight in space
VERTEX_SHARE = 0.05  # a vertex
CORNER_SHARE = 0.01  # a corner: so little that Newton's method is done
SEARCH_SHARE = 0.05  # the distance of a vertex from its nearest site
# Rounds of halving; every round halves what is still open, from the margin of the sketch to below a millimetre.
ROUNDS = 40
# Points closer than this are one.
SAME_M = 1e-6
# Cosine above which two ways of the boundary run along one wall of a notch.
SAME_WALL = 0.5
# How often vertices out of order are taken away.
TIDYINGS = 6
# Newton's steps for a corner, sites tried for it, and how often a point may be pushed outwards before its edge is given
# up.
CORNER_STEPS, PIVOTS, PUSHES = 8, 6, 4
# How far down a narrow notch a vertex is sought, as shares of the way to where its walls would meet.
DIVES = (1.0, 0.5, 0.2, 0.05)
# Where else an edge is cut, as shares of it, where nothing better is found.
ELSEWHERE = (0.5, 0.25, 0.75, 0.1, 0.9)


@dataclass(frozen=True)
class Outline:
    """Rings in place; `deviation_m` bounds |d - r| over vertices and edges, `unresolved` counts edges it fails."""

    rings: Rings
    deviation_m: float
    unresolved: int


@dataclass
class _Vertices:
    """Vertices found so far, in no order but that of `key` within each ring.

    A corner has two feet: `arrive` belongs to the arc before it, `leave` to the arc after it, each with its segment.
    """

    point: Floats
    arrive: Floats
    leave: Floats
    arrive_on: Index
    leave_on: Index
    ring: Index
    key: Floats

    def add(self, other: _Vertices) -> Index:
        """Append vertices; their numbers."""
        count = len(self.key)
        for name, values in vars(other).items():
            setattr(self, name, np.concatenate([getattr(self, name), values]))
        return np.arange(count, len(self.key))


@dataclass(frozen=True)
class _Edges:
    """Edges from vertex `a` to vertex `b`; `to_key`: the key of `b` seen from `a`, past the end of a ring too."""

    a: Index
    b: Index
    to_key: Floats

    def __getitem__(self, which: NDArray[np.bool_] | Index) -> _Edges:
        return _Edges(self.a[which], self.b[which], self.to_key[which])


@dataclass(frozen=True)
class _Span:
    """Ends of edges to be split, and the ways the boundary takes through them."""

    a: Floats
    b: Floats
    way_a: Floats
    way_b: Floats

    def holds(self, points: Floats, ways: Floats, which: Index, slack_m: float) -> NDArray[np.bool_]:
        """Whether no point lies behind an end of its edge, on that end's own wall, by more than a slack."""
        on, back, way = points - self.a[which], self.b[which] - points, unit(ways)
        way_a, way_b = unit(self.way_a[which]), unit(self.way_b[which])
        behind = (dot(on, way_a) < -slack_m) & (dot(way, way_a) > SAME_WALL)
        beyond = (dot(back, way_b) < -slack_m) & (dot(way, way_b) > SAME_WALL)
        return ~behind & ~beyond

    def parts(self, points: Floats, which: Index) -> NDArray[np.bool_]:
        """Whether points are others than the ends of their edges."""
        return np.minimum(size(points - self.a[which]), size(points - self.b[which])) > SAME_M


@dataclass(frozen=True)
class Depth:
    """What an outline is asked for: a distance and a tolerance, metres."""

    distance_m: float
    tolerance_m: float

    @property
    def edge_m(self) -> float:
        """Longest edge between two points of the outline whose sagitta is within its share of the tolerance.

        d falls by no more than h^2 / 8 r below its ends' value on an edge of length h, whatever lies nearby: it is the
        least of distances to points, each of which is convex along the edge with a second derivative of at most 1 / r.
        """
        return math.sqrt(8 * self.distance_m * EDGE_SHARE * self.tolerance_m)

    @property
    def search_m(self) -> float:
        """Accuracy to which nearest sites are needed."""
        return SEARCH_SHARE * self.tolerance_m


def place(rings: Rings, sites: Sites, depth: Depth) -> Outline:
    """Bring rings drawn just outside a zone onto its boundary.

    Notes
    -----
    From a point outside, the way to its nearest site is nearest to that site all along, so the point of that way at the
    distance r lies exactly on the boundary; and no two such ways cross. So the vertices keep their order wherever no
    way leaves the sketch and comes back, as some do in the notches of a coarse sketch. Vertices that run back there are
    left out (`_in_order`); if the ring still crosses itself the certificate refuses it. Where two neighbours stand on
    different sites the edge between them may cut a corner. How far it does follows from their feet alone (`overshoot`);
    where that is too much, the corner is solved for, or the edge halved.
    """
    vertices = _projected(rings, sites, depth)
    edges = _ring_edges(vertices)
    closed: list[_Edges] = []
    unresolved = 0
    for _ in range(ROUNDS):
        wrong, cut = _wrong(vertices, edges, sites, depth)
        closed.append(edges[~wrong])
        edges = edges[wrong]
        if not len(edges.a):
            break
        edges, lost = _split(vertices, edges, cut[wrong], sites, depth)
        unresolved += lost
    order = np.lexsort([vertices.key, vertices.ring])
    kept = Rings(vertices.point[order], vertices.ring[order], rings.polygon)
    return Outline(kept, _bound(vertices, closed, depth), unresolved + len(edges.a))


def overshoot(a: Floats, b: Floats, foot_a: Floats, foot_b: Floats) -> tuple[Floats, Floats]:
    """How far the distance to the nearer of two feet rises above that of the ends, on edges from `a` to `b`, metres.

    Returns
    -------
    tuple
        The rise, and where on the edge it is, 0 to 1.

    Notes
    -----
    The excess of |x - f| over its value c at `a` is at most (2 p t + t^2) / 2 c, t metres from `a`, f the foot there
    and p how many metres the vector from f to `a` reaches along the edge; so from `b`, with q against the edge. With c
    the same at both ends the two meet at t = h (2 q + h) / 2 (p + q + h), h the length of the edge.
    """
    edge = b - a
    h = size(edge)
    direction = edge / np.maximum(h, 1e-12)[:, None]
    p, q = dot(direction, a - foot_a), -dot(direction, b - foot_b)
    spread = p + q + h
    meet = np.where(spread > 1e-9 * h, h * (q + h / 2) / np.where(spread > 1e-9 * h, spread, 1.0), -1.0)
    inside = (meet > 0) & (meet < h)
    rise = np.where(inside, (2 * meet * p + meet**2) / (2 * np.maximum(size(a - foot_a), 1e-9)), 0.0)
    return np.maximum(rise, 0.0), np.where(inside, meet / np.maximum(h, 1e-12), 0.5)


def _projected(rings: Rings, sites: Sites, depth: Depth) -> _Vertices:
    """Every point of the sketch moved towards its nearest site until it lies at the distance."""
    found = sites.nearest(rings.points, depth.search_m)
    outside = np.flatnonzero(found.distance_m >= depth.distance_m)
    foot, on = found.foot[outside], sites.edge[found.segment[outside]]
    point = reach(foot, rings.points[outside], depth.distance_m)
    return _in_order(_Vertices(point, foot, foot, on, on, rings.ring[outside], outside.astype(np.float64)))


def _in_order(vertices: _Vertices) -> _Vertices:
    """Vertices less those that run back: where a way leaves the sketch and comes back, two may have changed places."""
    for _ in range(TIDYINGS):
        edges = _ring_edges(vertices)
        edge = vertices.point[edges.b] - vertices.point[edges.a]
        ways = [unit(_ways(vertices.point[end], vertices.leave[end])) for end in (edges.a, edges.b)]
        back = (dot(edge, ways[0]) < 0) & (dot(edge, ways[1]) < 0) & (dot(*ways) > SAME_WALL)
        if not back.any():
            break
        kept = np.ones(len(edge), bool)
        kept[edges.a[back]] = kept[edges.b[back]] = False
        vertices = _take(vertices, kept)
    return vertices


def _ring_edges(vertices: _Vertices) -> _Edges:
    """Edges of all rings, the last of each back to its first."""
    count = len(vertices.key)
    first = np.flatnonzero(np.diff(vertices.ring, prepend=-1))
    last = np.append(first[1:], count) - 1
    after = np.arange(1, count + 1)
    after[last] = first
    to_key = vertices.key[after].copy()
    to_key[last] = vertices.key[last] + 1
    return _Edges(np.arange(count), after, to_key)


def _wrong(vertices: _Vertices, edges: _Edges, sites: Sites, depth: Depth) -> tuple[NDArray[np.bool_], Floats]:
    """Which edges miss the distance by too much, and where to cut each, 0 to 1."""
    a, b = vertices.point[edges.a], vertices.point[edges.b]
    rise, meet = overshoot(a, b, vertices.leave[edges.a], vertices.arrive[edges.b])
    over = rise > EDGE_SHARE * depth.tolerance_m
    bent = _bent(a, b, depth) > BENT_SHARE * depth.tolerance_m
    wrong = over | bent | (size(b - a) > depth.edge_m)
    alike = vertices.leave_on[edges.a] == vertices.arrive_on[edges.b]
    wrong[_straight_runs(a, b, np.flatnonzero(wrong & ~bent & alike), sites, depth)] = False
    return wrong, np.where(over, meet, 0.5)


def _straight_runs(a: Floats, b: Floats, which: Index, sites: Sites, depth: Depth) -> Index:
    """Which of some long edges run along the one site both ends have, with no other site near.

    The distance to a straight site is convex along them, so it is nowhere over that of the ends; that it is nowhere
    much less is looked up (`Sites.clear`).
    """
    which = which[size(b[which] - a[which]) > depth.edge_m]
    count = sites.neighbours(depth.distance_m)
    if not len(which) or not count:
        return which[:0]
    return which[sites.clear(a[which], b[which], depth.distance_m - EDGE_SHARE * depth.tolerance_m, count)]


def _bent(a: Floats, b: Floats, depth: Depth) -> Floats:
    """How far edges straight in longitude and latitude part from edges straight in space, metres, where it matters.

    An edge of length h parts by h^2 tan(latitude) / 8 R; only where that comes near its share is it measured.
    """
    h2 = dot(b - a, b - a)
    reach_pole = np.hypot(a[:, 0], a[:, 1])
    guess = h2 * np.abs(a[:, 2]) / np.maximum(reach_pole, 1.0) / (8 * RADIUS_M)
    found = np.zeros(len(a))
    near = np.flatnonzero((guess > BENT_SHARE * depth.tolerance_m / 4) | (reach_pole**2 < 16 * h2))
    if len(near):
        straight = onto_ellipsoid((a[near] + b[near]) / 2)
        found[near] = size(halfway_degrees(to_degrees(a[near]), to_degrees(b[near])) - straight)
    return found


def _split(vertices: _Vertices, edges: _Edges, cut: Floats, sites: Sites, depth: Depth) -> tuple[_Edges, int]:
    """Put a vertex into every edge: the corner where there is one, else a point of the boundary near the cut."""
    a, b = vertices.point[edges.a], vertices.point[edges.b]
    middle = _lifted(a, b, cut, depth)
    alike = vertices.leave_on[edges.a] == vertices.arrive_on[edges.b]
    middle[alike] = reach(
        sites.foot_on(vertices.leave_on[edges.a[alike]], middle[alike]), middle[alike], depth.distance_m
    )
    new = _Vertices(
        point=middle.copy(),
        arrive=middle.copy(),
        leave=middle.copy(),
        arrive_on=vertices.leave_on[edges.a],
        leave_on=vertices.arrive_on[edges.b],
        ring=vertices.ring[edges.a],
        key=(vertices.key[edges.a] + edges.to_key) / 2,
    )
    span = _Span(a, b, _ways(a, vertices.leave[edges.a]), _ways(b, vertices.arrive[edges.b]))
    usable = _corners(new, span, sites, depth)
    bottom = _meeting_of_tangents(span, depth)
    for share in DIVES:
        at = np.flatnonzero(~usable & np.isfinite(bottom[:, 0]))
        usable |= _points(new, at, middle[at] + share * (bottom[at] - middle[at]), span, sites, depth)
    at = np.flatnonzero(~usable)
    usable |= _points(new, at, middle[at], span, sites, depth)
    for share in ELSEWHERE:
        at = np.flatnonzero(~usable)
        usable |= _points(new, at, a[at] + share * (b[at] - a[at]), span, sites, depth)
    lost = int((~usable).sum())
    whole, kept = edges[usable], _take(new, usable)
    number = vertices.add(kept)
    halves = _Edges(
        np.concatenate([whole.a, number]), np.concatenate([number, whole.b]), np.concatenate([kept.key, whole.to_key])
    )
    return halves, lost


def _take(vertices: _Vertices, which: NDArray[np.bool_]) -> _Vertices:
    return _Vertices(**{name: values[which] for name, values in vars(vertices).items()})


def _lifted(a: Floats, b: Floats, cut: Floats, depth: Depth) -> Floats:
    """Points of edges, lifted to the outside by the sagitta of an arc over the edge."""
    edge = b - a
    middle = a + cut[:, None] * edge
    outward = unit(np.cross(edge, up(middle)))
    sagitta = np.minimum(dot(edge, edge) / (8 * depth.distance_m), depth.distance_m)
    return onto_ellipsoid(middle + outward * sagitta[:, None])


def _ways(points: Floats, feet: Floats) -> Floats:
    """Directions in which the boundary runs through points, interior on the left: square to the way from the foot."""
    return np.cross(up(points), points - feet)


def _corners(new: _Vertices, span: _Span, sites: Sites, depth: Depth) -> NDArray[np.bool_]:
    """Set vertices where the arcs of the sites of both ends of an edge meet on the boundary; say which.

    Where a third site covers that point, the arc of the first meets that of the third sooner: so it goes on with that.
    """
    set_ = np.zeros(len(new.key), bool)
    open_ = np.flatnonzero(new.arrive_on != new.leave_on)
    start, target = new.point[open_], new.leave_on[open_]
    for _ in range(PIVOTS):
        limit = 3 * size(span.b[open_] - span.a[open_])
        point, foot, foot_2, met = _meeting(new.arrive_on[open_], target, start, limit, sites, depth)
        slack_m = VERTEX_SHARE * depth.tolerance_m
        met &= dot(point - span.a[open_], unit(span.way_a[open_])) > -slack_m
        met &= span.holds(point, _ways(point, foot_2), open_, slack_m)
        open_, target = open_[met], target[met]
        point, foot, foot_2 = point[met], foot[met], foot_2[met]
        if not len(open_):
            break
        found = sites.nearest(point, depth.search_m)
        there = found.distance_m >= depth.distance_m - VERTEX_SHARE * depth.tolerance_m
        at = open_[there]
        new.point[at], new.arrive[at], new.leave[at], new.leave_on[at] = (
            values[there] for values in (point, foot, foot_2, target)
        )
        set_[at] = True
        open_, start, target = open_[~there], point[~there], sites.edge[found.segment[~there]]
    return set_


def _meeting(
    one: Index, other: Index, start: Floats, limit: Floats, sites: Sites, depth: Depth
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Point at the distance from two edges, from a point near it, by Newton's method; its feet; whether found."""
    point = start
    for _ in range(CORNER_STEPS):
        foot, foot_2 = sites.foot_on(one, point), sites.foot_on(other, point)
        off, off_2 = depth.distance_m - separation(point, foot), depth.distance_m - separation(point, foot_2)
        miss = np.maximum(np.abs(off), np.abs(off_2))
        if (miss < CORNER_SHARE * depth.tolerance_m).all():
            break
        away, away_2 = along(point, point - foot), along(point, point - foot_2)
        cos = dot(away, away_2)
        slant = np.maximum(1 - cos * cos, 1e-12)
        step = ((off - cos * off_2) / slant)[:, None] * away + ((off_2 - cos * off) / slant)[:, None] * away_2
        step *= np.minimum(1.0, limit / np.maximum(size(step), 1e-12))[:, None]
        point = onto_ellipsoid(point + step)
    return point, foot, foot_2, miss <= VERTEX_SHARE * depth.tolerance_m


def _meeting_of_tangents(span: _Span, depth: Depth) -> Floats:
    """Point down a notch where its walls would meet if they went on straight, or well down it where they spread.

    Not a number where the ends of an edge are on no two walls of a notch.
    """
    edge, way, way_2 = span.b - span.a, unit(span.way_a), -unit(span.way_b)
    cos, one, other = dot(way, way_2), dot(edge, way), dot(edge, way_2)
    slant = np.maximum(1 - cos * cos, 1e-9)
    downs = [(one - cos * other) / slant, (cos * one - other) / slant]
    far = [np.where(down > 0, np.minimum(down, depth.distance_m), size(edge))[:, None] for down in downs]
    bottom = (span.a + far[0] * way + span.b + far[1] * way_2) / 2
    return np.where((cos > 0)[:, None], bottom, np.nan)


def _points(new: _Vertices, at: Index, start: Floats, span: _Span, sites: Sites, depth: Depth) -> NDArray[np.bool_]:
    """Set vertices where points come to lie at the distance from their nearest sites; say which.

    From outside one step does it; from inside the nearest site may change on the way, so a few are tried.
    """
    settled, point = np.zeros(len(new.key), bool), onto_ellipsoid(start)
    for _ in range(PUSHES):
        if not len(at):
            break
        found = sites.nearest(point, depth.search_m)
        point = reach(found.foot, point, depth.distance_m)
        there = found.distance_m >= depth.distance_m - VERTEX_SHARE * depth.tolerance_m
        good = there & span.parts(point, at) & span.holds(point, _ways(point, found.foot), at, 0.0)
        done = at[good]
        new.point[done], new.arrive[done], new.leave[done] = point[good], found.foot[good], found.foot[good]
        new.arrive_on[done] = new.leave_on[done] = sites.edge[found.segment[good]]
        settled[done] = True
        at, point = at[~there], point[~there]
    return settled


def _bound(vertices: _Vertices, closed: list[_Edges], depth: Depth) -> float:
    """Upper bound of |d - r| over all edges that were accepted, metres."""
    a = np.concatenate([edges.a for edges in closed])
    b = np.concatenate([edges.b for edges in closed])
    start, end = vertices.point[a], vertices.point[b]
    rise, _ = overshoot(start, end, vertices.leave[a], vertices.arrive[b])
    miss = np.maximum(rise, dot(end - start, end - start) / (8 * depth.distance_m))
    miss[size(end - start) > depth.edge_m] = EDGE_SHARE * depth.tolerance_m  # straight runs, proved to be within it
    worst = float((miss + _bent(start, end, depth)).max(initial=0.0))
    return worst + (VERTEX_SHARE + SEARCH_SHARE) * depth.tolerance_m
