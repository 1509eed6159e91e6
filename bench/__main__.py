"""Measure zones against what a user would pick instead: time as a ratio, error against geodesic distance."""

from __future__ import annotations

import time
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.line import Line
from dmz.zone import zones

RADIUS_M = 20_000.0
RUNS = 5


def front(vertices: int, length_deg: float = 2.6, seed: int = 3) -> shapely.LineString:
    """A front-like line of about 250 km near 35.5 N: a random walk smoothed into bends."""
    rng = np.random.default_rng(seed)
    bends = np.cumsum(rng.normal(0, 0.35, 60))
    lat = 35.5 + 0.06 * np.interp(np.linspace(0, 59, vertices), np.arange(60), bends - bends.mean())
    return shapely.LineString(np.column_stack([np.linspace(35.4, 35.4 + length_deg, vertices), lat]))


def planar(segments: int) -> Callable[[shapely.LineString], BaseGeometry]:
    """The usual way: a buffer in the zone of UTM that geopandas estimates."""

    def lay(line: shapely.LineString) -> BaseGeometry:
        series = gpd.GeoSeries([line], crs=4326)
        flat = series.to_crs(series.estimate_utm_crs())
        return flat.buffer(RADIUS_M, quad_segs=segments).to_crs(4326).iloc[0]

    return lay


PEERS: dict[str, Callable[[shapely.LineString], BaseGeometry]] = {
    "UTM buffer, 16 segments": planar(16),
    "UTM buffer, 400 segments": planar(400),
    "dmz.geodesy.buffer": lambda line: geodesy.buffer(line, RADIUS_M),
    "dmz.zones, each side": lambda line: zones(Line(line, "a", "b"), depth_km=RADIUS_M / 1000).union_all(),
}


def seconds(lay: Callable[[shapely.LineString], BaseGeometry], line: shapely.LineString) -> float:
    """Median time of some runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        lay(line)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def main() -> None:
    """Print one table a line."""
    for vertices in (150, 1_500, 15_000):
        line = front(vertices)
        print(f"\n{vertices} vertices, {geodesy.length(line) / 1000:.0f} km, {RADIUS_M / 1000:g} km zone")
        first = seconds(PEERS["UTM buffer, 16 segments"], line)
        for name, lay in PEERS.items():
            error = geodesy.deviation(lay(line), line, RADIUS_M)
            print(f"  {name:26s} time x {seconds(lay, line) / first:6.2f}   largest error {error:7.2f} m")


if __name__ == "__main__":
    main()
