"""Part the ground between points: the edges of their Voronoi diagram, drawn on the ellipsoid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import Delaunay, KDTree

from dmz.errors import InputError
from dmz.geodesy.ellipsoid import Floats
from dmz.geodesy.frame import Frame, frame_around
from dmz.geodesy.space import SHAPE, Index, dot, separation, size, to_degrees, to_space, unit, up

# Longest step between two vertices of an edge: straight in longitude and latitude it parts from the ground's by
# 2 cm at 45 degrees (docs/method.md, step 1).
STEP_M = 1_000.0
# Points far off that close the cells at the rim: how many, and how many times farther than anything asked for.
RIM, RIM_TIMES = 8, 3.0
# Farther from the middle of the points the plane that tells which cells touch is stretched too much.
WIDEST_M = 3_000_000.0
# Pieces of an edge at most: those with more run off the ground.
MOST_PIECES = 10_000


@dataclass(frozen=True)
class Cells:
    """Cells of points: the ground nearer to each than to any other.

    Parameters
    ----------
    points
        Shape (n, 3), vectors of the points, no two the same.
    sites
        Shape (e, 2), which two points each edge parts.
    corners
        Shape (e, 2, 3), its two ends in space, each as far from three points.
    farthest_m
        Shape (n,), distance from each point to the farthest corner of its cell: no point of its cell is farther.
    """

    points: Floats
    sites: Index
    corners: Floats
    farthest_m: Floats

    def parting(self, labels: NDArray[np.generic]) -> Cells:
        """Only the edges between points of different labels, shape (n,)."""
        wanted = labels[self.sites[:, 0]] != labels[self.sites[:, 1]]
        return self.only(np.asarray(wanted, bool))

    def only(self, wanted: NDArray[np.bool_]) -> Cells:
        """Some of the edges."""
        return replace(self, sites=self.sites[wanted], corners=self.corners[wanted])

    @cached_property
    def nearest_m(self) -> Floats:
        """How near each edge comes to the points it parts, shape (e,), metres."""
        start, end = self.corners[:, 0], self.corners[:, 1]
        way, site = end - start, self.points[self.sites[:, 0]]
        share = np.clip(dot(site - start, way) / np.maximum(dot(way, way), 1e-12), 0.0, 1.0)
        return size(start + share[:, None] * way - site)


def cells(xy: Floats, around: Floats | None = None, reach_m: float = 0.0) -> Cells:
    """Cells of points on the ellipsoid.

    Parameters
    ----------
    xy
        Longitude, latitude, shape (n, 2), at least two, no two the same.
    around
        Corners of the ground on which the cells are asked for, shape (m, 2); None for that of the points.
    reach_m
        How far beyond points and corners they are asked for too, metres.

    Raises
    ------
    InputError
        Where points and ground are more than 3,000 km from their middle.

    Notes
    -----
    Which cells touch is told by the Delaunay triangles of the points in a stereographic plane, where circles of a
    sphere are circles (Snyder 1987, chapter 21); that sphere touches the ellipsoid in the middle and has its mean
    curvature there, so that over 200 km only edges shorter than a centimetre may differ. The corner of three cells is
    where the line of the points of space that are as far from all three points meets the ellipsoid, and an edge is
    where the plane half-way between two points does. Nearest is meant by the chord; by the geodesic an edge lies
    elsewhere by less than a millimetre where the points are within 35 km of it (`dmz.geodesy.sites.SECTIONS`).
    """
    points = to_space(xy)
    asked = points if around is None else np.vstack([points, to_space(around)])
    frame = frame_around(asked)
    extent = float(size(asked - frame.space(np.zeros((1, 2)))).max()) + reach_m
    if extent > WIDEST_M:
        raise InputError(
            f"places and ground lie up to {extent / 1000:,.0f} km from their middle: work on one region at a time"
        )
    angle = 2 * np.pi * np.arange(RIM) / RIM
    rim = RIM_TIMES * max(extent, STEP_M) * np.column_stack([np.cos(angle), np.sin(angle)])
    every = np.vstack([points, frame.space(rim)])
    triangles = Delaunay(_stereographic(frame, every))
    corner = _corners(every, triangles.simplices)
    away = separation(every[triangles.simplices[:, 0]], corner)
    farthest = np.zeros(len(every))
    np.maximum.at(farthest, triangles.simplices.ravel(), np.repeat(away, 3))
    sites, pair = _edges(triangles, len(points))
    return Cells(points, sites, corner[pair], farthest[: len(points)])


def cell_edges(found: Cells, step_m: float = STEP_M) -> NDArray[np.object_]:
    """Edges as lines, longitude, latitude, each with a vertex where it is nearest to its points.

    Parameters
    ----------
    found
        The cells, only with the edges wanted.
    step_m
        Longest step between two vertices, metres.

    Returns
    -------
    numpy.ndarray
        Shape (e,), LineStrings, longitudes in one turn; edges of no length are left out.
    """
    start, end = found.corners[:, 0], found.corners[:, 1]
    way = end - start
    long = size(way)
    kept = long > 0
    start, way, long, sites = start[kept], way[kept], long[kept], found.sites[kept]
    if not len(sites):
        return np.empty(0, dtype=object)
    one, other = found.points[sites[:, 0]], found.points[sites[:, 1]]
    nearest = dot((one + other) / 2 - start, way) / (long * long)
    pieces = np.clip(np.ceil(long / step_m), 1, MOST_PIECES).astype(np.int64)
    edge = np.repeat(np.arange(len(pieces)), pieces + 1)
    share = (np.arange(len(edge)) - np.repeat(np.cumsum(pieces + 1) - pieces - 1, pieces + 1)) / pieces[edge]
    inside = np.flatnonzero((nearest > 0) & (nearest < 1))
    edge, share = np.append(edge, inside), np.append(share, nearest[inside])
    order = np.lexsort([share, edge])
    edge, share = edge[order], share[order]
    place = _onto(start[edge] + share[:, None] * way[edge], unit(other - one)[edge])
    degrees = to_degrees(place)
    middle = degrees[0, 0]
    degrees[:, 0] = middle + (degrees[:, 0] - middle + 180) % 360 - 180
    return np.asarray(shapely.linestrings(degrees, indices=edge))


def nearest_points(xy: ArrayLike, sites: ArrayLike, count: int = 1) -> tuple[Index, Floats]:
    """Which of some sites are nearest to places, and how far they are.

    Parameters
    ----------
    xy, sites
        Longitude, latitude, shape (n, 2) and (m, 2).
    count
        How many of them, at most m.

    Returns
    -------
    tuple of numpy.ndarray
        Numbers of the sites and geodesic distances in metres, the nearest first; shape (n,), or (n, count) where more
        than one is asked for. By the chord: two sites whose distances differ by less than a millimetre at 35 km, by
        2 m at 500 km, may change places.

    Examples
    --------
    >>> which, away_m = nearest_points([(36.2, 35.0)], [(36.0, 35.0), (36.3, 35.0)])
    >>> which.tolist(), away_m.round().tolist()
    ([1], [9129.0])
    """
    points, others = (to_space(np.asarray(each, dtype=np.float64).reshape(-1, 2)) for each in (xy, sites))
    which = KDTree(others).query(points, k=np.arange(1, count + 1))[1]
    away = separation(np.repeat(points, count, axis=0), others[which.ravel()]).reshape(which.shape)
    return (which[:, 0], away[:, 0]) if count == 1 else (which, away)


def _stereographic(frame: Frame, points: Floats) -> Floats:
    """Stereographic plane of the frame's sphere, metres, shape (n, 2)."""
    flat = frame.flat(points)
    half = np.hypot(flat[:, 0], flat[:, 1]) / (2 * frame.radius_m)
    return flat * np.where(half > 0, np.tan(half) / np.where(half > 0, half, 1.0), 1.0)[:, None]


def _edges(triangles: Delaunay, count: int) -> tuple[Index, Index]:
    """Pairs of points whose cells share an edge, and the two triangles that are its ends; shape (e, 2) each."""
    number = np.repeat(np.arange(len(triangles.simplices)), 3)
    beside = triangles.neighbors.ravel()
    # Beside the corner of a triangle opposite to which the neighbour lies stand the other two.
    shared = triangles.simplices[:, [[1, 2], [2, 0], [0, 1]]].reshape(-1, 2)
    once = (number < beside) & (shared < count).all(axis=1)
    return shared[once].astype(np.int64), np.column_stack([number, beside])[once]


def _corners(points: Floats, triangles: Index) -> Floats:
    """Place on the ellipsoid that is as far from the three points of each triangle, shape (t, 3).

    Notes
    -----
    From one of the points, u and v to the others, n = u x v: the foot p = (u^2 (v x n) + v^2 (n x u)) / 2 n^2 of the
    line p + t n; t solves the quadratic equation of the ellipsoid, its root near the surface.
    """
    first, u, v = (points[triangles[:, 0]], *(points[triangles[:, k]] - points[triangles[:, 0]] for k in (1, 2)))
    normal = np.cross(u, v)
    square = np.maximum(dot(normal, normal), 1e-300)
    foot = dot(u, u)[:, None] * np.cross(v, normal) + dot(v, v)[:, None] * np.cross(normal, u)
    foot /= (2 * square)[:, None]
    axis = normal / np.sqrt(square)[:, None]
    axis *= np.where(dot(axis, up(first)) < 0, -1.0, 1.0)[:, None]
    return _pierced(first, foot, axis)


def _onto(points: Floats, across: Floats) -> Floats:
    """Points near the ellipsoid brought onto it within the planes square to unit vectors `across`."""
    normal = up(points)
    axis = unit(normal - dot(normal, across)[:, None] * across)
    return _pierced(points, np.zeros_like(points), axis)


def _pierced(base: Floats, foot: Floats, axis: Floats) -> Floats:
    """Where lines through base + foot along an outward axis pierce the ellipsoid from within."""
    here = base + foot
    square = dot(axis * SHAPE, axis)
    half = dot(here * SHAPE, axis)
    rest = (dot(base * SHAPE, base) - 1) + 2 * dot(base * SHAPE, foot) + dot(foot * SHAPE, foot)
    root = np.sqrt(np.maximum(half * half - square * rest, 0.0))
    return here - (rest / np.maximum(half + root, 1e-300))[:, None] * axis
