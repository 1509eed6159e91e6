"""Time methods in turns, as ratios to a reference, and find how far a zone's boundary is from where it should be."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from types import FrameType

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dmz.errors import DmzError
from tests.geodesic_truth import Truth

Lay = Callable[[], BaseGeometry]
# Every method has a first call, then as many of these rounds as fit into a share of the limit.
ROUNDS, SHARE = 7, 0.2
# Where on every edge its distance is looked up, beside its ends.
BETWEEN = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Cell:
    """What one method did with one line; `note` says what went wrong, and what is unknown is None."""

    ratio: float | None = None
    seconds: float | None = None
    error_m: float | None = None
    vertices: int | None = None
    note: str = ""


@dataclass
class Laps:
    """Zone and times of one method, the first call first; `note` instead where it gave up."""

    zone: BaseGeometry | None = None
    times: list[float] = field(default_factory=list)
    note: str = ""

    def settled(self) -> list[float]:
        """Times without the first, where there are others."""
        return self.times[1:] or self.times

    def ratio(self, reference: Laps) -> float:
        """Median over the rounds of the time as a multiple of the reference's in the same round."""
        both = [mine / other for mine, other in zip(self.times, reference.times, strict=False)]
        return median(both[1:] or both)


def race(methods: dict[str, Lay], limit_s: float) -> dict[str, Laps]:
    """Run all methods in turns, so that a busy machine slows all alike; the first of them is the reference."""
    laps = {name: _first(lay, limit_s) for name, lay in methods.items()}
    reference = next(iter(methods))
    for turn in range(1, ROUNDS + 1):
        here = [n for n, lap in laps.items() if lap.times and turn * lap.times[0] <= SHARE * limit_s]
        for name in dict.fromkeys([reference, *here] if here else []):
            laps[name].times.append(_seconds(methods[name])[0])
    return laps


@dataclass(frozen=True)
class Judge:
    """What a zone is held against: the truth of its line, its distance in metres, and points to look up at most."""

    truth: Truth
    radius_m: float
    most_points: int

    def cells(self, laps: dict[str, Laps]) -> dict[str, Cell]:
        """Ratio, seconds, error and vertices of every method of a race."""
        reference = next(iter(laps.values()))
        return {
            name: Cell(note=lap.note)
            if lap.zone is None
            else self.cell(lap.zone, lap.ratio(reference), median(lap.settled()))
            for name, lap in laps.items()
        }

    def cell(self, zone: BaseGeometry, ratio: float, seconds: float) -> Cell:
        """Cell of a zone whose times are known."""
        count = int(shapely.get_num_coordinates(zone))
        edges = boundary(zone)
        if not len(edges) or not np.isfinite(edges).all():
            return Cell(ratio, seconds, None, count, "wrong")
        if (np.abs(edges[:, 1, 0] - edges[:, 0, 0]) > 180).any():  # noqa: PLR2004 - degrees: round the whole Earth
            return Cell(ratio, seconds, None, count, "torn")
        return Cell(ratio, seconds, self.error(edges), count)

    def error(self, edges: np.ndarray) -> float:
        """Largest |d - r| in metres over points at and between the vertices, d the geodesic distance to the line."""
        edges = edges[:: -(-len(edges) * (1 + len(BETWEEN)) // self.most_points)]
        start, end = edges[:, 0], edges[:, 1]
        vertices = np.unique(edges.reshape(-1, 2), axis=0)
        points = np.concatenate([vertices, *(start + share * (end - start) for share in BETWEEN)])
        return float(np.abs(self.truth.distance(points) - self.radius_m).max())


def boundary(zone: BaseGeometry) -> np.ndarray:
    """Edges of all rings, shape (n, 2, 2), without the seams along 180 degrees and at poles, which are no boundary."""
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_parts(shapely.boundary(zone))]
    if not rings:
        return np.empty((0, 2, 2))
    edges = np.concatenate([np.stack([ring[:-1], ring[1:]], axis=1) for ring in rings])
    at_seam = (np.abs(edges) >= (180 - 1e-9, 90 - 1e-9)).all(axis=1).any(axis=1)
    return edges[~at_seam]


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError once the block has taken so long, as soon as Python gets a word in."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _first(lay: Lay, limit_s: float) -> Laps:
    try:
        with limit(limit_s):
            taken, zone = _seconds(lay)
    except TimeoutError:
        return Laps(note=f"over {limit_s:g} s")
    except DmzError:
        return Laps(note="refused")
    return Laps(zone, [taken])


def _seconds(call: Lay) -> tuple[float, BaseGeometry]:
    start = time.perf_counter()
    found = call()
    return time.perf_counter() - start, found
