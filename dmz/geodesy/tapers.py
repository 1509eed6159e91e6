"""Draw the pieces of a zone whose depth varies: a disc about every vertex of its line, a taper along every segment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree
from shapely.geometry.base import BaseGeometry

from dmz.errors import GeometryError
from dmz.geodesy.ellipsoid import GEOD, RADIUS_M, Floats
from dmz.geodesy.space import (
    CHORD_GOOD_M,
    Index,
    dot,
    halfway_degrees,
    onto_ellipsoid,
    separation,
    size,
    to_degrees,
    to_space,
)

# What of the tolerance each of these may use up: an edge between its ends, and the notch between two discs that no
# taper fills.
EDGE_SHARE, NOTCH_SHARE = 0.7, 0.1
# A piece keeps its shape: the tolerance used for it is no more than this share of its radius.
SHAPE_SHARE = 0.02
# Points of a disc to begin with, and the longest side of a taper.
FEWEST, LONGEST_M = 32, 5_000.0
# Where a taper ends inside a disc: so many edges there, at this share of the radius, off by no more than that of it.
CAP, INSIDE, INSIDE_SHARE = 6, 0.9, 0.002
# Rounds in which edges are halved; beside a pole the last of them span millimetres.
ROUNDS = 40
# An edge of length h bends by h^2 tan(latitude) / 8 R if it runs east, by up to 9 % more on other courses (see
# `dmz.geodesy.edge_offset_m`); it is measured where that comes to this share of its limit.
OTHER_COURSES, WORTH_MEASURING = 1.12, 0.02
# Discs whose radii differ by no more than this ratio share a tree.
CLASS_RATIO = 1.2
# Normal sections differ from the mean sphere by less than this, so do sagittas.
SECTIONS = 1.02
# Rounding: what is held by less is not held.
NEAR_M = 1e-3
# Steps in which a point is brought to its distance: each one leaves a ten-thousandth of the error.
SWINGS = 3


@dataclass(frozen=True)
class Track:
    """A line with a radius at every vertex.

    `xy` are its vertices, longitude, latitude, shape (n, 2), `radius_m` shape (n,). Segment number i leads from vertex
    `first[i]` to the next one; `leave_deg` and `arrive_deg` are its azimuths at both ends, `length_m` its length.
    """

    xy: Floats
    radius_m: Floats
    first: Index
    leave_deg: Floats
    arrive_deg: Floats
    length_m: Floats

    @property
    def slope(self) -> Floats:
        """By how much the radius grows a metre, on every segment; infinite where that has no length."""
        rise = self.radius_m[self.first + 1] - self.radius_m[self.first]
        return np.divide(rise, self.length_m, out=np.full(len(rise), np.inf), where=self.length_m > 0)

    def at(self, segment: Index, along_m: Floats) -> tuple[Floats, Floats, Floats]:
        """Longitude, latitude, azimuth and radius of points of segments."""
        start, length = self.first[segment], self.length_m[segment]
        lon, lat, back = GEOD.fwd(self.xy[start, 0], self.xy[start, 1], self.leave_deg[segment], along_m)
        begins, ends = along_m <= 0, along_m >= length
        xy = np.column_stack([lon, lat])
        xy[begins], xy[ends] = self.xy[start[begins]], self.xy[start[ends] + 1]
        azimuth = np.where(begins, self.leave_deg[segment], np.where(ends, self.arrive_deg[segment], back + 180))
        share = np.divide(along_m, length, out=np.zeros(len(length)), where=length > 0)
        radius = self.radius_m[start] * (1 - share) + self.radius_m[start + 1] * share
        return xy, azimuth, radius


def track_of(line: BaseGeometry, radius_m: Floats) -> Track:
    """Track of a line with a radius at every vertex."""
    xy, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
    first = np.flatnonzero(part[1:] == part[:-1])
    leave, back, length = GEOD.inv(xy[first, 0], xy[first, 1], xy[first + 1, 0], xy[first + 1, 1])
    return Track(xy, radius_m, first, np.asarray(leave), np.asarray(back) + 180, np.asarray(length))


@dataclass(frozen=True)
class Pieces:
    """Closed rings, interior on the left: points in space, and the ring of each, numbered upwards.

    No edge misses its boundary by more than `deviation_m`; where two discs meet a notch of `notch_m` may be left.
    """

    points: Floats
    ring: Index
    deviation_m: float
    notch_m: float = 0.0


@dataclass(frozen=True)
class _Edges:
    """Edges between points of the boundary of pieces, given by where on it they are, in `rows` that stay together.

    `piece` has shape (m,), all others (m, rows, 2), for both ends: `along_m` the line the foot lies, at `turn_deg` from
    the direction of the line the boundary is seen from there, at `share` of the radius; `point`, (m, rows, 2, 3), is
    that place in space.
    """

    piece: Index
    along_m: Floats
    turn_deg: Floats
    share: Floats
    point: Floats

    def __getitem__(self, which: NDArray[np.bool_]) -> _Edges:
        return _Edges(**{name: values[which] for name, values in vars(self).items()})

    def halves(self, place: _Place) -> _Edges:
        """Every edge cut in two, in the middle of the boundary between its ends."""
        along, turn, share = (
            values.mean(axis=2, keepdims=True) for values in (self.along_m, self.turn_deg, self.share)
        )
        middle = place(self.piece, along, turn, share)

        def cut(values: Floats, mean: Floats) -> Floats:
            return np.concatenate(
                [np.concatenate([values[:, :, :1], mean], axis=2), np.concatenate([mean, values[:, :, 1:]], axis=2)]
            )

        return _Edges(
            np.tile(self.piece, 2),
            cut(self.along_m, along),
            cut(self.turn_deg, turn),
            cut(self.share, share),
            cut(self.point, middle),
        )


_Place = Callable[[Index, Floats, Floats, Floats], Floats]
_Spared = Callable[[_Edges, Floats], NDArray[np.bool_]]


def swung(xy: Floats, azimuth_deg: Floats, distance_m: Floats) -> Floats:
    """Points in space at geodesic distances from places, longitude, latitude, in the directions of azimuths.

    Notes
    -----
    The distance is exact to 0.1 mm. Up to 50 km the direction is that of the normal section, which parts from the
    geodesic by less than a thousandth of a degree; on a circle that makes no difference.
    """
    points, far = np.empty((len(xy), 3)), distance_m > CHORD_GOOD_M / 2
    points[~far] = _swung_near(xy[~far], np.radians(azimuth_deg[~far]), distance_m[~far])
    lon, lat, _ = GEOD.fwd(xy[far, 0], xy[far, 1], azimuth_deg[far], distance_m[far])
    points[far] = to_space(np.column_stack([lon, lat]))
    return points


def _swung_near(xy: Floats, turn: Floats, distance_m: Floats) -> Floats:
    start, (lon, lat) = to_space(xy), np.radians(xy).T
    east = np.column_stack([-np.sin(lon), np.cos(lon), np.zeros(len(lon))])
    north = np.column_stack([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)])
    ray = np.sin(turn)[:, None] * east + np.cos(turn)[:, None] * north
    reach, point = distance_m.copy(), start
    for _ in range(SWINGS):
        point = onto_ellipsoid(start + ray * reach[:, None])
        there = separation(start, point)
        reach *= np.divide(distance_m, there, out=np.ones_like(reach), where=there > 0)
    return point


def discs(track: Track, tolerance_m: float) -> Pieces:
    """Discs about all vertices, but for those a neighbour's disc swallows.

    Notes
    -----
    An edge is halved until its sagitta r (1 - cos(turn / 2)) and its bend, straight in longitude and latitude as it
    is, are within the tolerance; or until it lies deep in another disc, where it does not matter (`_Cover`).
    """
    own = _seen(track)
    xy, radius = track.xy[own], track.radius_m[own]

    def place(piece: Index, _: Floats, turn: Floats, share: Floats) -> Floats:
        shape = turn.shape
        vertex = np.broadcast_to(piece[:, None, None], shape).ravel()
        points = swung(xy[vertex], turn.ravel(), radius[vertex] * share.ravel())
        return points.reshape(*shape, 3)

    def miss(edges: _Edges) -> Floats:
        half = np.radians(edges.turn_deg[:, 0, 0] - edges.turn_deg[:, 0, 1]) / 2
        sagitta = 2 * radius[edges.piece] * np.sin(half / 2) ** 2
        return sagitta + _bend(edges.point[:, 0], limit[edges.piece])

    limit = EDGE_SHARE * np.minimum(tolerance_m, SHAPE_SHARE * radius)
    turns = -360.0 * np.arange(FEWEST + 1) / FEWEST
    edges = _chain(np.arange(len(own)), np.zeros(FEWEST + 1), turns, np.ones(FEWEST + 1), place)
    margin = np.zeros(len(own))
    np.maximum.at(margin, edges.piece, miss(edges))
    cover = _Cover(to_space(xy), radius - margin)

    def spared(edges: _Edges, missed: Floats) -> NDArray[np.bool_]:
        a, b = edges.point[:, 0, 0], edges.point[:, 0, 1]
        return cover.holds((a + b) / 2, size(b - a) / 2 + missed)

    done, deviation = _refined(edges, place, miss, limit, spared)
    order = np.lexsort([-done.turn_deg[:, 0, 0], done.piece])
    return Pieces(done.point[order, 0, 0], done.piece[order], deviation)


def tapers(track: Track, tolerance_m: float) -> Pieces:
    """Common tangents of the discs at both ends of every segment, closed inside the discs.

    Notes
    -----
    The circle about x(s) touches the outline of all circles along the segment where the angle from the line's
    direction is arccos(-dr/ds): there r(x) - d(p, x) is stationary, by the first variation of the distance, on any
    surface. Where the radius changes by as much as the way, the larger disc holds all others and there is no taper.
    Where the discs overlap so far that the notch between them, at most (l sin)^2 / 8 r deep, is within its share of the
    tolerance, none is needed.
    """
    slope, start, end = track.slope, track.radius_m[track.first], track.radius_m[track.first + 1]
    large = np.maximum(start, end)
    within = np.minimum(tolerance_m, SHAPE_SHARE * large)
    tapered = (np.abs(slope) < 1) & (large > 0)
    turn = np.degrees(np.arccos(-np.where(tapered, slope, 0.0)))
    small = np.minimum(start, end)
    notch = (track.length_m * np.sin(np.radians(turn))) ** 2
    notch = np.divide(notch, 8 * small, out=np.full(len(small), np.inf), where=small > 0)
    own = np.flatnonzero(tapered & (notch > NOTCH_SHARE * within))
    left = float(notch[tapered & (notch <= NOTCH_SHARE * within)].max(initial=0.0))
    if not len(own):
        return Pieces(np.zeros((0, 3)), np.zeros(0, np.int64), 0.0, left)

    def place(piece: Index, along: Floats, turned: Floats, share: Floats) -> Floats:
        shape = along.shape
        segment = np.broadcast_to(piece[:, None, None], shape).ravel()
        xy, azimuth, radius = track.at(segment, along.ravel())
        return swung(xy, azimuth + turned.ravel(), radius * share.ravel()).reshape(*shape, 3)

    sides, deviation = _sides(track, own, turn, EDGE_SHARE * within, place)
    caps = [_cap(track, own, turn, place, at_end=at_end) for at_end in (True, False)]
    return Pieces(*_closed(sides, *caps), deviation, left)


def _seen(track: Track) -> Index:
    """Vertices with a disc that no neighbour's disc holds: it would, had it grown by the length between them."""
    start, end = track.radius_m[track.first], track.radius_m[track.first + 1]
    seen = track.radius_m > 0
    seen[track.first[end - start >= track.length_m]] = False
    back = (start - end >= track.length_m) & ((start > end) | (track.length_m > 0))
    seen[track.first[back] + 1] = False
    return np.flatnonzero(seen)


def _chain(piece: Index, along: Floats, turn: Floats, share: Floats, place: _Place) -> _Edges:
    """Edges, a row each, between neighbouring places on the boundary of every piece; places of shape (m, k) or (k,)."""
    along, turn, share = (np.broadcast_to(v, (len(piece), turn.shape[-1])) for v in (along, turn, share))
    points = place(piece, along[:, None], turn[:, None], share[:, None])[:, 0]

    def pairs(values: Floats) -> Floats:
        both = np.stack([values[:, :-1], values[:, 1:]], axis=2)
        return both.reshape(-1, 1, *both.shape[2:])

    return _Edges(np.repeat(piece, turn.shape[-1] - 1), *(pairs(values) for values in (along, turn, share, points)))


def _sides(track: Track, own: Index, turn: Floats, limit: Floats, place: _Place) -> tuple[_Edges, float]:
    """Right and left sides of tapers, in two rows from start to end, cut at the same places."""
    large = np.maximum(track.radius_m[track.first], track.radius_m[track.first + 1])

    def miss(edges: _Edges) -> Floats:
        missed = np.zeros(len(edges.piece))
        for row in (0, 1):
            step = size(edges.point[:, row, 1] - edges.point[:, row, 0])
            hollow = SECTIONS * step**2 * np.tan(large[edges.piece] / RADIUS_M) / (8 * RADIUS_M)
            bend = _bend(edges.point[:, row], limit[edges.piece])
            missed = np.maximum(missed, np.where(step > LONGEST_M, np.inf, hollow + bend))
        return missed

    along = np.stack([np.zeros(len(own)), track.length_m[own]], axis=1)[:, None].repeat(2, axis=1)
    turned = (turn[own][:, None] * np.array([1.0, -1.0]))[:, :, None].repeat(2, axis=2)
    share = np.ones_like(along)
    return _refined(_Edges(own, along, turned, share, place(own, along, turned, share)), place, miss, limit)


def _cap(track: Track, own: Index, turn: Floats, place: _Place, *, at_end: bool) -> _Edges:
    """Edges that close tapers inside the disc at one of their ends; none where that is a point."""
    radius = track.radius_m[track.first + int(at_end)]
    own = own[radius[own] > 0]
    step = np.linspace(0, 1, CAP + 1)
    from_deg, to_deg = (turn[own], -turn[own]) if at_end else (-turn[own], turn[own] - 360)
    turned = from_deg[:, None] * (1 - step) + to_deg[:, None] * step
    along = np.broadcast_to((track.length_m[own] if at_end else np.zeros(len(own)))[:, None], turned.shape)
    share = np.full(CAP + 1, INSIDE)
    share[[0, -1]] = 1.0
    limit = INSIDE_SHARE * radius
    edges = _chain(own, along, turned, share, place)
    return _refined(edges, place, lambda some: _bend(some.point[:, 0], limit[some.piece]), limit)[0]


def _closed(sides: _Edges, end: _Edges, start: _Edges) -> tuple[Floats, Index]:
    """Rings of tapers: up the right side, round inside the disc at the end, down the left side, round at the start."""
    runs = [
        (sides.piece, sides.along_m[:, 0, 0], sides.point[:, 0, 0]),
        (end.piece, -end.turn_deg[:, 0, 0], end.point[:, 0, 0]),
        (sides.piece, -sides.along_m[:, 1, 1], sides.point[:, 1, 1]),
        (start.piece, -start.turn_deg[:, 0, 0], start.point[:, 0, 0]),
    ]
    piece, key, point = (np.concatenate(column) for column in zip(*runs, strict=True))
    run = np.repeat(np.arange(len(runs)), [len(pieces) for pieces, _, _ in runs])
    order = np.lexsort([key, run, piece])
    return point[order], piece[order]


def _refined(
    edges: _Edges, place: _Place, miss: Callable[[_Edges], Floats], limit: Floats, spared: _Spared | None = None
) -> tuple[_Edges, float]:
    """Edges halved until none misses the boundary by more than the limit of its piece, and by how much the worst does.

    What `spared` says need not be cut stays as it is, and does not count.
    """
    done: list[_Edges] = []
    worst = 0.0
    for _ in range(ROUNDS):
        missed = miss(edges)
        wrong = missed > limit[edges.piece]
        worst = max(worst, float(missed[~wrong].max(initial=0.0)))
        if spared is not None and wrong.any():
            wrong[wrong] = ~spared(edges[wrong], missed[wrong])
        done.append(edges[~wrong])
        edges = edges[wrong]
        if not len(edges.piece):
            names = vars(edges)
            return _Edges(**{name: np.concatenate([vars(some)[name] for some in done]) for name in names}), worst
        edges = edges.halves(place)
    raise GeometryError("an edge of the zone could not be brought within the tolerance: try a larger one")


def _bend(ends: Floats, limit: Floats) -> Floats:
    """How far edges straight in longitude and latitude part from edges straight in space, metres; shape (m, 2, 3)."""
    a, b = ends[:, 0], ends[:, 1]
    square = dot(b - a, b - a)
    off_axis = np.minimum(np.hypot(a[:, 0], a[:, 1]), np.hypot(b[:, 0], b[:, 1]))
    steepest = np.maximum(np.abs(a[:, 2]), np.abs(b[:, 2])) / np.maximum(off_axis, 1.0)
    bend = OTHER_COURSES * square * steepest / (8 * RADIUS_M)
    near = np.flatnonzero((bend > WORTH_MEASURING * limit) | (off_axis**2 < 16 * square))
    if len(near):
        straight = onto_ellipsoid((a[near] + b[near]) / 2)
        bend[near] = size(halfway_degrees(to_degrees(a[near]), to_degrees(b[near])) - straight)
    return bend


class _Cover:
    """Discs in which the edges of others may lie hidden, those of like radius in one k-d tree.

    Where r - margin - |p - c| is more than the radius of a ball about p, the ball lies inside the disc as first drawn,
    so it will lie inside when all is drawn; what the edges in the ball look like changes nothing.
    """

    def __init__(self, centres: Floats, radius_m: Floats) -> None:
        """Take centres in space and the radii up to which the discs are full."""
        self._trees = []
        full = np.flatnonzero(radius_m > 0)
        number = np.floor(np.log(radius_m[full]) / np.log(CLASS_RATIO)).astype(int)
        for each in np.unique(number):
            some = full[number == each]
            self._trees.append((KDTree(centres[some]), radius_m[some], float(radius_m[some].max())))

    def holds(self, points: Floats, ball_m: Floats) -> NDArray[np.bool_]:
        """Which balls about points near the ellipsoid lie inside the nearest disc of any class."""
        held, open_ = np.zeros(len(points), bool), np.arange(len(points))
        for tree, radius, most in self._trees:
            chord, disc = tree.query(points[open_], distance_upper_bound=most)
            found = np.isfinite(chord)
            away = chord[found] * (1 + (chord[found] / RADIUS_M) ** 2 / 20)  # asin(x) / x < 1 + x^2 / 5, x the half
            held[open_[found]] = radius[disc[found]] - away > ball_m[open_[found]] + NEAR_M
            open_ = open_[~held[open_]]
        return held
