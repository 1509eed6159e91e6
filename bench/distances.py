"""Measure `geodesy.distance` of many points against a tree of flat segments."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from bench import lines, peers
from dmz import geodesy
from tests.geodesic_truth import Truth

VERTICES = 5_000
CHECKED = 5_000
METHODS = {"dmz.geodesy.distance": geodesy.distance, "shapely STRtree of segments, UTM": peers.tree_distance}


@dataclass(frozen=True)
class Distances:
    """Seconds and largest error in metres of one method."""

    method: str
    seconds: float
    error_m: float


def measured(count: int, runs: int) -> list[Distances]:
    """Distances of random points within about 60 km of the front, each method in turn; medians of the runs."""
    line, rng = lines.front(VERTICES), np.random.default_rng(31)
    west, south, east, north = line.buffer(0.5).bounds
    points = np.column_stack([rng.uniform(west, east, count), rng.uniform(south, north, count)])
    some = rng.choice(count, min(CHECKED, count), replace=False)
    true_m = Truth.of(line).distance(points[some])
    times: dict[str, list[float]] = {name: [] for name in METHODS}
    errors = {}
    for _ in range(runs):
        for name, method in METHODS.items():
            start = time.perf_counter()
            found = method(points, line)
            times[name].append(time.perf_counter() - start)
            errors[name] = float(np.abs(found[some] - true_m).max())
    return [Distances(name, float(np.median(times[name])), errors[name]) for name in METHODS]
