"""Work in three dimensions: points of the ellipsoid as Earth-centred vectors in metres, shape (n, 3).

There no place is special: the antimeridian and the poles are ground like any other, and the straight line between two
points, the chord, tells their geodesic distance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dmz.geodesy.ellipsoid import GEOD, RADIUS_M, Floats

Index = NDArray[np.int64]

# x'Wx = 1 on the ellipsoid; W is diagonal and this is its diagonal.
SHAPE = np.array([GEOD.a**-2, GEOD.a**-2, GEOD.b**-2])
# Up to this distance the radius of the normal section gives a geodesic from its chord to 0.1 mm; beyond, pyproj does.
CHORD_GOOD_M = 100_000.0


def to_space(xy: Floats) -> Floats:
    """Vectors of longitudes and latitudes, shape (n, 2), degrees."""
    lon, lat = np.radians(xy[:, 0]), np.radians(xy[:, 1])
    sin, cos = np.sin(lat), np.cos(lat)
    prime = GEOD.a / np.sqrt(1 - GEOD.es * sin * sin)
    return np.column_stack([prime * cos * np.cos(lon), prime * cos * np.sin(lon), prime * (1 - GEOD.es) * sin])


def to_degrees(points: Floats) -> Floats:
    """Longitudes and latitudes of points of the ellipsoid, shape (n, 2), longitudes from -180 to 180."""
    x, y, z = points.T
    return np.degrees(np.column_stack([np.arctan2(y, x), np.arctan2(z, (1 - GEOD.es) * np.hypot(x, y))]))


def dot(one: Floats, other: Floats) -> Floats:
    """Scalar product of vectors, row by row."""
    return np.einsum("ij,ij->i", one, other)


def size(vectors: Floats) -> Floats:
    """Length of vectors, row by row."""
    return np.sqrt(dot(vectors, vectors))


def unit(vectors: Floats) -> Floats:
    """Vectors of length one; a null vector stays null."""
    return vectors / np.maximum(size(vectors), 1e-300)[:, None]


def onto_ellipsoid(points: Floats) -> Floats:
    """Points near the ellipsoid brought onto it: two steps of Newton's method along its gradient."""
    for _ in range(2):
        gradient = points * SHAPE
        excess = dot(points, gradient) - 1
        points = points - gradient * (excess / (2 * dot(gradient, gradient)))[:, None]
    return points


def up(points: Floats) -> Floats:
    """Outward normals of the ellipsoid at points on or near it."""
    return unit(points * SHAPE)


def along(points: Floats, directions: Floats) -> Floats:
    """Unit vectors of directions as they lie in the tangent planes at points."""
    normal = up(points)
    return unit(directions - dot(directions, normal)[:, None] * normal)


def _section_radius(one: Floats, other: Floats) -> Floats:
    """Radius of curvature of the normal section from one point to another, at the middle (Euler's formula)."""
    middle, chord = (one + other) / 2, other - one
    gradient = size(middle * SHAPE)
    bend = dot(chord * SHAPE, chord)
    return np.where(bend > 0, gradient * dot(chord, chord) / np.where(bend > 0, bend, 1.0), RADIUS_M)


def separation(one: Floats, other: Floats) -> Floats:
    """Geodesic distance between points of the ellipsoid, row by row, metres.

    Notes
    -----
    Up to `CHORD_GOOD_M` s = 2 R asin(c / 2 R) of the chord c, R the radius of the normal section at its middle (Rapp
    1991, Geometric geodesy, part 1, section 4.2), which is good to 0.1 mm; beyond, Karney (2013) through pyproj.
    """
    chord, radius = size(other - one), _section_radius(one, other)
    found = 2 * radius * np.arcsin(np.minimum(1.0, chord / (2 * radius)))
    far = np.flatnonzero(chord > CHORD_GOOD_M)
    if len(far):
        a, b = to_degrees(one[far]), to_degrees(other[far])
        found[far] = GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2]
    return found


def reach(start: Floats, towards: Floats, distance_m: float) -> Floats:
    """Points at a geodesic distance from `start`, on the geodesics from there `towards` other points."""
    if distance_m > CHORD_GOOD_M:
        a, b = to_degrees(start), to_degrees(towards)
        azimuth = np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[0])
        lon, lat, _ = GEOD.fwd(a[:, 0], a[:, 1], azimuth, np.full(len(a), distance_m))
        return to_space(np.column_stack([lon, lat]))
    point = towards
    for _ in range(2):
        radius = _section_radius(start, point)
        chord = 2 * radius * np.sin(distance_m / (2 * radius))
        ray = point - start
        point = onto_ellipsoid(start + ray * (chord / np.maximum(size(ray), 1e-12))[:, None])
    return point


def halfway_degrees(one: Floats, other: Floats) -> Floats:
    """Point half-way along each edge that is straight in longitude and latitude, from rows of degrees, as vectors."""
    turn = (other[:, 0] - one[:, 0] + 180) % 360 - 180
    return to_space(np.column_stack([one[:, 0] + turn / 2, (one[:, 1] + other[:, 1]) / 2]))
