"""Draw a part of the Earth flat: an azimuthal equidistant plane on the sphere that fits the ellipsoid best there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dmz.geodesy.ellipsoid import GEOD, Floats
from dmz.geodesy.space import SHAPE, onto_ellipsoid, size, unit, up


@dataclass(frozen=True)
class Frame:
    """A plane in metres about a point, and the sphere it stands on.

    Distances from the centre are true to a few parts in a thousand; across, at rho from it, c = rho / R, they are
    stretched by k' = c / sin c, about 1 + c^2 / 6 (Snyder 1987, Map projections, equation 25-2).
    """

    origin: Floats
    axes: Floats
    radius_m: float

    def flat(self, points: Floats) -> Floats:
        """Metres east and north of the centre, shape (n, 2)."""
        east, north, height = ((points - self.origin) @ self.axes.T).T
        across = np.hypot(east, north)
        stretch = np.where(
            across > 0, self.radius_m * np.arctan2(across, height) / np.where(across > 0, across, 1), 1.0
        )
        return np.column_stack([east * stretch, north * stretch])

    def space(self, xy: Floats) -> Floats:
        """Points of the ellipsoid at metres east and north of the centre."""
        rho = np.hypot(xy[:, 0], xy[:, 1])
        angle = rho / self.radius_m
        shrink = np.where(rho > 0, np.sin(angle) / np.where(rho > 0, rho, 1), 0.0)
        ray = np.column_stack([xy * shrink[:, None], np.cos(angle)]) @ self.axes
        square, half, rest = (ray * ray) @ SHAPE, (ray * self.origin) @ SHAPE, (self.origin * self.origin) @ SHAPE - 1
        return self.origin + ray * ((np.sqrt(half * half - square * rest) - half) / square)[:, None]


def frame_at(point: Floats) -> Frame:
    """Frame about a point of the ellipsoid, shape (3,)."""
    normal = up(point[None])[0]
    curvature = 1 - GEOD.es * normal[2] ** 2
    radius = GEOD.a * np.sqrt(1 - GEOD.es) / curvature  # Gaussian, the mean of the two principal ones
    east = np.array([-normal[1], normal[0], 0.0])
    east = unit(east[None])[0] if size(east[None])[0] > 1e-9 else np.array([0.0, 1.0, 0.0])  # noqa: PLR2004 - a pole
    return Frame(point - radius * normal, np.array([east, np.cross(normal, east), normal]), float(radius))


def frame_around(points: Floats) -> Frame:
    """Frame about the middle of the box around some points."""
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return frame_at(surface_under(middle))


def surface_under(vector: Floats) -> Floats:
    """Point of the ellipsoid in the direction of a vector, shape (3,); towards the north pole where it is null."""
    if size(vector[None])[0] < 1.0:
        vector = np.array([0.0, 0.0, 1.0])
    return onto_ellipsoid((vector / np.sqrt(vector * vector @ SHAPE))[None])[0]


def farthest_from(points: Floats) -> Floats:
    """Point of the Earth about as far from all of some points as one can be, of 500 evenly spread ones.

    A frame about its antipode shows them all, none near the rim where the frame tears.
    """
    number = np.arange(500) + 0.5
    height, turn = 1 - number / 250, np.pi * (1 + 5**0.5) * number
    spread = np.column_stack([np.cos(turn) * np.sqrt(1 - height**2), np.sin(turn) * np.sqrt(1 - height**2), height])
    nearest = (spread @ unit(points).T).max(axis=1)
    return surface_under(spread[nearest.argmin()] * GEOD.a)
