"""Measure left and right against GEOS's single-sided buffer: time, and ground on the wrong side."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from bench import lines, peers
from dmz import geodesy
from dmz.errors import DmzError
from tests.geodesic_truth import Truth

Pair = tuple[BaseGeometry, BaseGeometry]
CASES = {"front of 1,500 vertices": lambda: lines.front(1_500), "ring": lines.ring, "hairpin": lines.hairpin}
OURS, THEIRS = "dmz.geodesy.sides", "GEOS single-sided, UTM, 400 segments"
CLEAR_M = 1.0  # the tolerance of the zones
RADIUS_KM = 6371.007  # of the sphere with the area of WGS 84: square kilometres to 0.3 %


@dataclass(frozen=True)
class Sides:
    """Seconds, and square kilometres that belong to a side and were not given to it, or the other way about."""

    case: str
    method: str
    seconds: float | None
    wrong_km2: float | None
    note: str = ""


def measured(radius_m: float, runs: int, count: int) -> list[Sides]:
    """Both methods on every case."""
    rows = []
    for case, draw in CASES.items():
        line = draw()
        samples = Samples(line, radius_m, count)
        for name, method in {THEIRS: peers.single_sided, OURS: getattr(geodesy, "sides", None)}.items():
            rows.append(_row(case, name, method, samples, runs))
    return rows


class Samples:
    """Random points about a line whose side is known.

    Parameters
    ----------
    line
        Longitude, latitude.
    radius_m
        Depth of each side. Ground whose nearest point is an open end is left out: GEOS draws it flat, dmz round; so is
        what lies within `CLEAR_M` of the depth or of the other side.
    count
        How many points.
    """

    def __init__(self, line: shapely.LineString, radius_m: float, count: int) -> None:
        self.line, self.radius_m = line, radius_m
        rng = np.random.default_rng(37)
        west, south, east, north = line.buffer(0.3).bounds
        low, high = np.sin(np.radians([south, north]))
        lat = np.degrees(np.arcsin(rng.uniform(low, high, count)))
        self.points = np.column_stack([rng.uniform(west, east, count), lat])
        self.each_km2 = RADIUS_KM**2 * np.radians(east - west) * (high - low) / count
        truth = Truth.of(line)
        away_m = truth.distance(self.points)
        within = away_m <= radius_m
        self.side, self.known = np.zeros(count, dtype=int), np.abs(away_m - radius_m) > CLEAR_M
        self.side[within], end = truth.side_and_end(self.points[within], CLEAR_M)
        self.known[within] &= (self.side[within] != 0) & (end < 0)

    def wrong_km2(self, pair: Pair) -> float:
        """Ground by which a left and a right differ from the truth, each on its own."""
        lon, lat = self.points[self.known].T
        wrong = 0
        for zone, sign in zip(pair, (1, -1), strict=True):
            shapely.prepare(zone)
            wrong += int((shapely.contains_xy(zone, lon, lat) != (self.side[self.known] == sign)).sum())
        return float(wrong * self.each_km2)


def _row(case: str, name: str, method: Callable[..., Pair] | None, samples: Samples, runs: int) -> Sides:
    if method is None:
        return Sides(case, name, None, None, "not there yet")
    times = []
    try:
        for _ in range(runs):
            start = time.perf_counter()
            pair = method(samples.line, samples.radius_m)
            times.append(time.perf_counter() - start)
    except DmzError:
        return Sides(case, name, None, None, "refused")
    return Sides(case, name, float(np.median(times)), samples.wrong_km2(pair))
