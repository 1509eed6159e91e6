"""Find how far the radius of a line's nearest point exceeds its distance, sharing no code with the library.

G(p) = max over the points x of the line of r(x) - d(p, x), r linear along every edge. On one edge it has a single
summit, as d is convex along a geodesic; that is found by golden section with Karney's geodesics, through pyproj.
"""

from __future__ import annotations

import numpy as np
import shapely
from pyproj import Geod

GEOD = Geod(ellps="WGS84")
GOLDEN = (5**0.5 - 1) / 2
SAMPLES = 9  # places along an edge at a first look
CLOSE_M = 1e-4
CHUNK = 200


class VaryingTruth:
    """A line with a radius at every vertex, made ready for many points."""

    def __init__(self, line: shapely.Geometry, radius_m: np.ndarray) -> None:
        xy, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
        first = np.flatnonzero(part[1:] == part[:-1])
        self.lon, self.lat = xy[first].T
        self.azimuth, _, self.length = map(np.asarray, GEOD.inv(*xy[first].T, *xy[first + 1].T))
        self.low, self.high = radius_m[first], radius_m[first + 1]

    def gain(self, points: np.ndarray) -> np.ndarray:
        """G at points, longitude, latitude, shape (n, 2), metres."""
        parts = [self._gain(points[i : i + CHUNK]) for i in range(0, len(points), CHUNK)]
        return np.concatenate(parts) if parts else np.empty(0)

    def somewhere(self, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Random points of the line, and the radius there."""
        edge = rng.integers(0, len(self.length), count)
        share = rng.uniform(0, 1, count)
        lon, lat, _ = GEOD.fwd(self.lon[edge], self.lat[edge], self.azimuth[edge], share * self.length[edge])
        return np.column_stack([lon, lat]), self.low[edge] * (1 - share) + self.high[edge] * share

    def _gain(self, points: np.ndarray) -> np.ndarray:
        point, edge = (index.ravel() for index in np.indices((len(points), len(self.length))))
        looks = [self._at(points, point, edge, share) for share in np.linspace(0, 1, SAMPLES)]
        rough = np.max(looks, axis=0)
        best = rough.reshape(len(points), -1).max(axis=1)
        # Between two samples G rises above them by no more than half a step's rise of r and fall of d.
        step = self.length / (SAMPLES - 1)
        slack = (np.abs(self.high - self.low) / (SAMPLES - 1) + step)[edge] / 2
        kept = np.flatnonzero(rough + slack >= best[point])
        point, edge = point[kept], edge[kept]
        at = np.argmax([look[kept] for look in looks], axis=0) / (SAMPLES - 1)
        low, high = np.clip(at - 1 / (SAMPLES - 1), 0, 1), np.clip(at + 1 / (SAMPLES - 1), 0, 1)
        while ((high - low) * self.length[edge]).max() > CLOSE_M:
            left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
            better = self._at(points, point, edge, left) > self._at(points, point, edge, right)
            low, high = np.where(better, low, left), np.where(better, right, high)
            if (high - low).max() < 1e-12:
                break
        np.maximum.at(best, point, self._at(points, point, edge, (low + high) / 2))
        return best

    def _at(self, points: np.ndarray, point: np.ndarray, edge: np.ndarray, share: np.ndarray | float) -> np.ndarray:
        """r(x) - d(p, x) at a share of an edge."""
        lon, lat, _ = GEOD.fwd(self.lon[edge], self.lat[edge], self.azimuth[edge], share * self.length[edge])
        away = np.asarray(GEOD.inv(lon, lat, *points[point].T)[2])
        return self.low[edge] * (1 - share) + self.high[edge] * share - away
