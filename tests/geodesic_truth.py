"""Find the true geodesic distance and side of many points, sharing no code with the library.

Lines are cut into pieces of at most `PIECE_M`, whose chords in space are searched with k-d trees. A piece is left out
only where bounds on the curvature of the ellipsoid prove that it cannot be the nearest; for all others the foot is
found by Newton's method on the geodesic itself, with GeographicLib (Karney 2013) through pyproj.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import Geod
from scipy.spatial import cKDTree

GEOD = Geod(ellps="WGS84")
PIECE_M = 1_000.0
# Radii of curvature of WGS 84 lie between 6335 km (meridian, equator) and 6400 km (pole); a margin on both.
TIGHTEST_M, FLATTEST_M = 6.33e6, 6.41e6
# Pieces of similar length share a k-d tree, so that its search radius suits them all; metres.
SIZES_M = (1.0, 10.0, 100.0, PIECE_M + 1)
NEIGHBOURS = 8
CHUNK = 20_000  # points looked up at once
MAX_PAIRS = 4_000_000  # candidates held at once
CLOSE_M = 1e-3  # candidates this close to the best are all refined; the first look is within 0.1 mm
ON_LINE_M = 0.01
AT_VERTEX_M = 1e-4
NEWTON_STEPS = 4
TURNS_BACK = 1e-6  # sum of two headings, below which the line runs back over itself and its tip has no sides


def to_space(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Earth-centred vectors of points of the ellipsoid, metres, shape (n, 3)."""
    lam, phi = np.radians(lon), np.radians(lat)
    prime = GEOD.a / np.sqrt(1 - GEOD.es * np.sin(phi) ** 2)
    across = prime * np.cos(phi)
    return np.column_stack([across * np.cos(lam), across * np.sin(lam), prime * (1 - GEOD.es) * np.sin(phi)])


def lines_of(geometry: shapely.Geometry) -> list[np.ndarray]:
    """Coordinates of every point, line and ring of a geometry; rings of polygons keep their inside on the left."""
    if geometry.geom_type in {"Polygon", "MultiPolygon"}:
        geometry = shapely.boundary(shapely.orient_polygons(geometry))
    return [shapely.get_coordinates(part) for part in shapely.get_parts(geometry)]


@dataclass(frozen=True)
class Candidates:
    """Pairs of a query point and an edge near it, sorted by point; `first` is the pair at which each point begins."""

    point: np.ndarray
    edge: np.ndarray
    at_m: np.ndarray
    distance_m: np.ndarray
    first: np.ndarray

    def nearest(self) -> np.ndarray:
        """Index of the nearest pair of every point."""
        order = np.lexsort([self.distance_m, self.point])
        return order[self.first]

    def keep(self, within_m: float) -> Candidates:
        """Only pairs within `within_m` of the nearest of their point."""
        best = np.minimum.reduceat(self.distance_m, self.first)[self.point]
        kept = self.distance_m <= best + within_m
        return gather(self.point[kept], self.edge[kept], self.at_m[kept], self.distance_m[kept])


def gather(point: np.ndarray, edge: np.ndarray, at_m: np.ndarray, distance_m: np.ndarray) -> Candidates:
    """Candidates of pairs sorted by point, every point having one at least."""
    return Candidates(point, edge, at_m, distance_m, np.flatnonzero(np.diff(point, prepend=-1)))


class Truth:
    """Distances to and sides of polylines whose vertices are joined by geodesics.

    Parameters
    ----------
    lines
        Arrays of longitude and latitude, degrees, shape (n, 2); one row is a point, a closed line a ring.
    filled
        Whether the ground left of the lines counts as theirs, at distance 0.
    """

    def __init__(self, lines: list[np.ndarray], *, filled: bool = False) -> None:
        self.filled = filled
        edges = [_edges(np.asarray(line, dtype=float)) for line in lines]
        counts = np.array([len(edge["lon"]) for edge in edges])
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        for name in ("lon", "lat", "azimuth", "length", "end_lon", "end_lat", "end_azimuth"):
            setattr(self, name, np.concatenate([edge[name] for edge in edges]))
        for name in ("before", "after"):
            shifted = [np.where(e[name] < 0, -1, e[name] + start) for e, start in zip(edges, starts, strict=True)]
            setattr(self, name, np.concatenate(shifted))
        self._cut()

    @classmethod
    def of(cls, geometry: shapely.Geometry) -> Truth:
        """The truth of any shapely geometry in longitude and latitude; polygons are filled."""
        return cls(lines_of(geometry), filled=geometry.geom_type in {"Polygon", "MultiPolygon"})

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Geodesic distance of points, shape (n, 2), in metres; 0 on filled ground."""
        return self.feet(points)[0]

    def feet(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distance in metres and nearest point, shape (n, 2), of every point."""
        points = np.asarray(points, dtype=float).reshape(-1, 2)
        chunks = [self._feet(points[i : i + CHUNK]) for i in range(0, len(points), CHUNK)]
        if not chunks:
            return np.empty(0), np.empty((0, 2))
        return np.concatenate([c[0] for c in chunks]), np.vstack([c[1] for c in chunks])

    def side(self, points: np.ndarray, clear_m: float = 0.0) -> np.ndarray:
        """+1 left, -1 right of the nearest point, 0 where that is a tie, or would be within `clear_m` metres.

        At a vertex the wedge outside the bend lies right of a line that turns left, which is also the side of the line
        through the vertex in its mean direction. Beyond an open end it is the side of the line extended.
        """
        return self.side_and_end(points, clear_m)[0]

    def side_and_end(self, points: np.ndarray, clear_m: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Side, as `side` says, and whether an open end is nearest: +1 yes, -1 no, 0 undecided within `clear_m`."""
        points = np.asarray(points, dtype=float).reshape(-1, 2)
        found = self._candidates(points, max(2 * clear_m, 1e-3))
        side, end = self._judge(points, found, max(clear_m, ON_LINE_M))
        return _agreed(side, found.first), _agreed(end, found.first)

    def somewhere(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Random points on the lines, half of them spread by length, half by edge; shape (n, 2)."""
        share = np.full(len(self.length), 1 / len(self.length))
        if self.length.sum() > 0:
            share = (share + self.length / self.length.sum()) / 2
        edge = rng.choice(len(self.length), count, p=share)
        return np.column_stack(self.along(edge, rng.uniform(0, self.length[edge]))[:2])

    def _cut(self) -> None:
        """Cut every edge into pieces and put their centres into trees, by size."""
        count = np.maximum(1, np.ceil(self.length / PIECE_M).astype(int))
        self.piece_edge = np.repeat(np.arange(len(count)), count)
        number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        step = (self.length / count)[self.piece_edge]
        self.piece_at, self.piece_step = number * step, step
        self.piece_start = to_space(*self.along(self.piece_edge, self.piece_at)[:2])
        self.piece_chord = to_space(*self.along(self.piece_edge, self.piece_at + step)[:2]) - self.piece_start
        # The geodesic of a piece bulges over its chord by at most step^2 / 8 R.
        self.sag_m = step.max() ** 2 / (8 * TIGHTEST_M)
        self.trees = []
        below = -1.0
        for above in SIZES_M:
            index = np.flatnonzero((step > below) & (step <= above))
            if len(index):
                tree = cKDTree(self.piece_start[index] + self.piece_chord[index] / 2)
                self.trees.append((tree, index, step[index].max() / 2 + self.sag_m))
            below = above

    def along(self, edge: np.ndarray, at_m: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Longitude, latitude and forward azimuth of points along edges; at the very ends, of the vertices."""
        lon, lat, back = GEOD.fwd(self.lon[edge], self.lat[edge], self.azimuth[edge], at_m)
        start, end = at_m <= 0, at_m >= self.length[edge]
        lon = np.where(start, self.lon[edge], np.where(end, self.end_lon[edge], lon))
        lat = np.where(start, self.lat[edge], np.where(end, self.end_lat[edge], lat))
        azimuth = np.where(start, self.azimuth[edge], np.where(end, self.end_azimuth[edge], back + 180))
        return lon, lat, azimuth

    def _feet(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = self._candidates(points, 0.0)
        best = found.nearest()
        distance = found.distance_m[best]
        if self.filled:
            one = gather(np.arange(len(best)), found.edge[best], found.at_m[best], distance)
            distance = np.where(self._judge(points, one, 0.0)[0] > 0, 0.0, distance)
        return distance, np.column_stack(self.along(found.edge[best], found.at_m[best])[:2])

    def _candidates(self, points: np.ndarray, within_m: float) -> Candidates:
        """All pairs within `within_m` of each point's nearest, refined."""
        point, piece = self._pairs(to_space(points[:, 0], points[:, 1]), within_m)
        edge = self.piece_edge[piece]
        share = self._chord_distance(to_space(points[:, 0], points[:, 1])[point], piece)[1]
        at = self.piece_at[piece] + share * self.piece_step[piece]
        rough = gather(point, edge, at, self._step(points[point], edge, at)[1]).keep(max(within_m, CLOSE_M))
        at, away = rough.at_m, rough.distance_m
        for _ in range(NEWTON_STEPS):
            at, _ = self._step(points[rough.point], rough.edge, at)
        away = np.minimum(away, self._step(points[rough.point], rough.edge, at)[1])
        return gather(rough.point, rough.edge, at, away).keep(within_m)

    def _step(self, points: np.ndarray, edge: np.ndarray, at_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions brought nearer to the feet by one step of Newton's method, and the distance before it."""
        lon, lat, forward = self.along(edge, at_m)
        azimuth, _, away = GEOD.inv(lon, lat, points[:, 0], points[:, 1])
        return np.clip(at_m + away * np.cos(np.radians(azimuth - forward)), 0, self.length[edge]), away

    def _chord_distance(self, xyz: np.ndarray, piece: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Straight distance in space to the chords of pieces, and the share of the chord at the foot."""
        chord = self.piece_chord[piece]
        away = xyz - self.piece_start[piece]
        share = np.einsum("...i,...i", away, chord) / np.maximum(np.einsum("...i,...i", chord, chord), 1e-300)
        share = np.clip(share, 0.0, 1.0)
        return np.linalg.norm(away - share[..., None] * chord, axis=-1), share

    def _pairs(self, xyz: np.ndarray, within_m: float) -> tuple[np.ndarray, np.ndarray]:
        """Every point with every piece that could be its nearest, or within `within_m` of that."""
        near = [_neighbours(tree, xyz) for tree, _, _ in self.trees]
        best = np.full(len(xyz), np.inf)
        for (_, found), (_, index, _) in zip(near, self.trees, strict=True):
            best = np.minimum(best, self._chord_distance(xyz[:, None], index[found])[0].min(axis=1))
        limit = best + 2 * self.sag_m + 1.1 * _leeway(best) + within_m + 1e-4
        kept = []
        for (away, found), (tree, index, half) in zip(near, self.trees, strict=True):
            more = (away[:, -1] <= limit + half) & (found.shape[1] < tree.n)
            some = np.flatnonzero(~more)
            kept.append(self._within(xyz, np.repeat(some, found.shape[1]), index[found[some]].ravel(), limit))
            for rows in _batches(tree, xyz, np.flatnonzero(more), limit + half):
                balls = tree.query_ball_point(xyz[rows], (limit + half)[rows], return_sorted=False)
                point, piece = np.repeat(rows, [len(ball) for ball in balls]), index[np.concatenate(balls).astype(int)]
                kept.append(self._within(xyz, point, piece, limit))
        point, piece = (np.concatenate(column) for column in zip(*kept, strict=True))
        order = np.argsort(point, kind="stable")
        return point[order], piece[order]

    def _within(
        self, xyz: np.ndarray, point: np.ndarray, piece: np.ndarray, limit: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Only the pairs whose distance in space is within the limit of their point."""
        kept = self._chord_distance(xyz[point], piece)[0] <= limit[point]
        return point[kept], piece[kept]

    def _judge(self, points: np.ndarray, found: Candidates, clear_m: float) -> tuple[np.ndarray, np.ndarray]:
        """Side and open end of every pair: +1, -1, or 0 within `clear_m` of the other answer."""
        edge, last = found.edge, self.length[found.edge]
        at_start = found.at_m <= np.minimum(AT_VERTEX_M, last / 4)
        at_end = ~at_start & (found.at_m >= last - np.minimum(AT_VERTEX_M, last / 4))
        lon, lat, azimuth = self.along(edge, np.where(at_start, 0.0, np.where(at_end, last, found.at_m)))
        heading = _heading(azimuth)
        for here, neighbour, joined in (
            (at_start, self.before[edge], self.end_azimuth),
            (at_end, self.after[edge], self.azimuth),
        ):
            bend = here & (neighbour >= 0)
            heading[bend] += _heading(joined[neighbour[bend]])
        size = np.linalg.norm(heading, axis=1)
        heading = np.where(size[:, None] > TURNS_BACK, heading / np.maximum(size, TURNS_BACK)[:, None], 0.0)
        towards, _, away = GEOD.inv(lon, lat, points[found.point, 0], points[found.point, 1])
        ray = _heading(towards) * away[:, None]
        left = heading[:, 0] * ray[:, 1] - heading[:, 1] * ray[:, 0]
        onward = np.einsum("ij,ij->i", heading, ray)
        # A part without length is a point: it has no sides and no ends.
        point = last <= 0
        side = np.where(point | (np.abs(left) <= clear_m), 0, np.sign(left)).astype(int)
        open_end = (at_start & (self.before[edge] < 0)) | (at_end & (self.after[edge] < 0))
        end = np.where(open_end, np.where(point | (np.abs(onward) <= clear_m), 0, 1), -1)
        return side, end


def _edges(line: np.ndarray) -> dict[str, np.ndarray]:
    """Edges of one polyline without repeated vertices, chained to their neighbours, -1 for an open end."""
    if len(line) > 1:
        moved = np.asarray(GEOD.inv(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1])[2]) > 1e-9
        line = line[np.concatenate([[True], moved])]
    start, end = (line[:-1], line[1:]) if len(line) > 1 else (line, line)
    azimuth, back, length = map(np.asarray, GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1]))
    number = np.arange(len(start))
    before, after = number - 1, number + 1
    closed = len(line) > 2 and GEOD.inv(*line[0], *line[-1])[2] < 1e-9
    before[0], after[-1] = (number[-1], 0) if closed else (-1, -1)
    found = {"lon": start[:, 0], "lat": start[:, 1], "azimuth": azimuth, "length": length}
    found |= {"end_lon": end[:, 0], "end_lat": end[:, 1], "end_azimuth": back + 180}
    return found | {"before": before, "after": after}


def _neighbours(tree: cKDTree, xyz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances and indices of the nearest few in a tree, one row a point."""
    away, found = tree.query(xyz, k=min(NEIGHBOURS, tree.n))
    return away.reshape(len(xyz), -1), found.reshape(len(xyz), -1)


def _leeway(chord_m: np.ndarray) -> np.ndarray:
    """By how much geodesics of equal chords may differ, whatever their place and direction."""
    ends = [2 * radius * np.arcsin(np.minimum(1.0, chord_m / (2 * radius))) for radius in (TIGHTEST_M, FLATTEST_M)]
    return ends[0] - ends[1]


def _batches(tree: cKDTree, xyz: np.ndarray, rows: np.ndarray, radius: np.ndarray) -> list[np.ndarray]:
    """Rows in groups whose neighbours within the radius fit into memory together."""
    if not len(rows):
        return []
    total = np.cumsum(tree.query_ball_point(xyz[rows], radius[rows], return_length=True))
    return np.split(rows, np.flatnonzero(np.diff(total // MAX_PAIRS)) + 1)


def _heading(azimuth_deg: np.ndarray) -> np.ndarray:
    """Vectors of length one, east and north, along azimuths."""
    return np.column_stack([np.sin(np.radians(azimuth_deg)), np.cos(np.radians(azimuth_deg))])


def _agreed(verdict: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The verdict all pairs of a point share, or 0."""
    low, high = np.minimum.reduceat(verdict, first), np.maximum.reduceat(verdict, first)
    return np.where(low == high, low, 0)
