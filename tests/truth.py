"""Geodesic truths that share no code with the library: GeographicLib, one point at a time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from geographiclib.geodesic import Geodesic

WGS84 = Geodesic.WGS84


def distance_m(lon: float, lat: float, xy: np.ndarray) -> float:
    """Distance from a point to a line of geodesics: golden section along every edge that could be nearest."""
    best = min(WGS84.Inverse(y, x, lat, lon)["s12"] for x, y in xy)
    for (x0, y0), (x1, y1) in pairwise(xy):
        edge = WGS84.InverseLine(y0, x0, y1, x1)
        nearest_end = min(WGS84.Inverse(y, x, lat, lon)["s12"] for x, y in ((x0, y0), (x1, y1)))
        if nearest_end - edge.s13 < best:
            best = min(best, _nearest_on(edge, lon, lat))
    return best


def _nearest_on(edge, lon: float, lat: float) -> float:
    def away(at: float) -> float:
        return _away(edge, at, lon, lat)

    low, high, golden = 0.0, edge.s13, (5**0.5 - 1) / 2
    while high - low > 1e-3:
        left, right = high - golden * (high - low), low + golden * (high - low)
        if away(left) < away(right):
            high = right
        else:
            low = left
    return away((low + high) / 2)


def side(lon: float, lat: float, xy: np.ndarray) -> int:
    """+1 left, -1 right of the nearest edge; 0 where a vertex is nearest, whose side another rule decides."""
    nearest, found = np.inf, 0
    for (x0, y0), (x1, y1) in pairwise(xy):
        edge = WGS84.InverseLine(y0, x0, y1, x1)
        at = min(np.linspace(0, edge.s13, 33), key=lambda s: _away(edge, s, lon, lat))
        away = _away(edge, at, lon, lat)
        if away < nearest:
            foot = edge.Position(at)
            turn = (WGS84.Inverse(foot["lat2"], foot["lon2"], lat, lon)["azi1"] - foot["azi2"] + 180) % 360 - 180
            inside = 0 < at < edge.s13 and 45 < abs(turn) < 135
            nearest, found = away, (1 if turn < 0 else -1) if inside else 0
    return found


def _away(edge, at: float, lon: float, lat: float) -> float:
    foot = edge.Position(at)
    return WGS84.Inverse(foot["lat2"], foot["lon2"], lat, lon)["s12"]


def area_m2(polygon) -> float:
    """Ellipsoidal area of a polygon or multi-polygon, ring by ring."""
    polygons = getattr(polygon, "geoms", [polygon])
    return sum(_ring(p.exterior) - sum(_ring(hole) for hole in p.interiors) for p in polygons)


def _ring(ring) -> float:
    traced = WGS84.Polygon()
    for lon, lat in ring.coords[:-1]:
        traced.AddPoint(lat, lon)
    return abs(traced.Compute(reverse=False, sign=True)[2])
