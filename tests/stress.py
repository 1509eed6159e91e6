"""Run the buffer engine on thousands of random geometries against the geodesic truth.

``python -m tests.stress --count 10000 --jobs 2`` prints every failure with its seed, and exits with 1 if there is one;
``--first 123 --count 1`` runs one seed again.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import boundary_check as check
import numpy as np
from geodesic_truth import Truth
from random_lines import Case, random_case

BOUNDARY_POINTS, PROBES = 6_000, 160
SIDES_EVERY = 5  # one case in five is cut into its sides, and the next one is asked for distances
TIMEOUT_S = 60
# A line longer than this many times its extent passes the same ground hundreds of times; its sides take minutes, they
# are left out.
CROWDED = 60
EXACT_M = 1e-3  # what `distance` promises


@dataclass
class Result:
    """What became of one seed: faults as sentences, the worst miss as a share of the tolerance, and times."""

    seed: int
    description: str
    faults: list[str] = field(default_factory=list)
    ratio: float = 0.0
    engine_s: float = 0.0
    check_s: float = 0.0


def check_case(seed: int, *, sides: bool = True) -> Result:
    """Buffer one random geometry and check everything about it; an exception is a fault too."""
    case = random_case(seed)
    result = Result(seed, case.description)
    start = time.perf_counter()
    try:
        with at_most(TIMEOUT_S), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _check(case, result, sides=sides)
    except Exception:  # noqa: BLE001 - whatever it is, it is a fault of this seed
        result.faults.append(traceback.format_exc(limit=-3).strip())
    result.check_s = time.perf_counter() - start - result.engine_s
    return result


def _check(case: Case, result: Result, *, sides: bool) -> None:
    from dmz import geodesy

    truth = Truth.of(case.geometry)
    start = time.perf_counter()
    found = geodesy.buffered(case.geometry, case.distance_m, case.tolerance_m)
    result.engine_s = time.perf_counter() - start
    zone = found.geometry
    result.faults += check.shape_faults(zone)
    miss = check.worst_miss(zone, truth, case.distance_m, limit=BOUNDARY_POINTS, seed=case.seed)
    result.ratio = miss.metres / case.tolerance_m
    result.faults += check.miss_faults(miss, case.tolerance_m, found.max_deviation_m)
    result.faults += check.ground_faults(zone, truth, case.distance_m, case.tolerance_m, seed=case.seed, count=PROBES)
    if sides and "Line" in case.geometry.geom_type and case.seed % SIDES_EVERY == 0 and not _is_crowded(truth):
        result.faults += _sides(case, truth, zone, result)
    if "Line" in case.geometry.geom_type and case.seed % SIDES_EVERY == 1:
        result.faults += _nearest(case, truth)


def _is_crowded(truth: Truth) -> bool:
    """Whether a line is far longer than the ground it lies on is wide."""
    extent_m = float(np.linalg.norm(np.ptp(truth.piece_start, axis=0)))
    return float(truth.length.sum()) > CROWDED * max(extent_m, 1.0)


def _sides(case: Case, truth: Truth, zone: check.shapely.Geometry, result: Result) -> list[str]:
    from dmz import geodesy

    start = time.perf_counter()
    try:
        pair = geodesy.sides(case.geometry, case.distance_m, case.tolerance_m)
    finally:
        result.engine_s += time.perf_counter() - start
    return [
        *check.partition_faults(pair, zone),
        *check.side_faults(pair, truth, case.distance_m, case.tolerance_m, seed=case.seed, count=PROBES),
    ]


def _nearest(case: Case, truth: Truth) -> list[str]:
    """`distance` to a millimetre and `nearest.side` at random points."""
    from dmz import geodesy

    rng = np.random.default_rng(case.seed)
    points = check.scattered(truth, case.distance_m, rng, PROBES)
    off = np.abs(geodesy.distance(points, case.geometry) - truth.distance(points))
    found = [] if off.max() <= EXACT_M else [f"distance is {off.max():.6f} m off at {points[off.argmax()]}"]
    expected = truth.side(points, 0.05)
    wrong = (expected != 0) & (np.asarray(geodesy.nearest(points, case.geometry).side) != expected)
    if wrong.any():
        found.append(
            f"nearest has {wrong.sum()} of {(expected != 0).sum()} points on the wrong side: {points[wrong][0]}"
        )
    return found


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Stop with `TimeoutError` what takes more time of a processor: an engine that hangs is wrong too."""

    def too_long(*_: object) -> None:
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGPROF, too_long)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def main(arguments: list[str] | None = None) -> int:
    """Run the seeds asked for and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="how many cases")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--no-sides", action="store_true", help="leave the sides unchecked")
    asked = parser.parse_args(arguments)
    seeds = range(asked.first, asked.first + asked.count)
    start, done = time.perf_counter(), []
    with get_context("fork").Pool(max(1, asked.jobs)) as pool:
        for result in pool.imap_unordered(partial(check_case, sides=not asked.no_sides), seeds, chunksize=4):
            done.append(result)
            _tell(result, done, asked.count, start)
    failed = sum(bool(result.faults) for result in done)
    worst = max(done, key=lambda result: result.ratio)
    say(
        f"{len(done)} cases, {failed} failed; worst deviation {worst.ratio:.3f} of the tolerance (seed {worst.seed}); "
        f"engine {sum(r.engine_s for r in done):.0f} s, slowest {max(r.engine_s for r in done):.2f} s; "
        f"checks {sum(r.check_s for r in done):.0f} s; {time.perf_counter() - start:.0f} s in all"
    )
    return 1 if failed else 0


def say(*lines: str) -> None:
    """Write lines to standard output at once."""
    sys.stdout.write("\n".join([*lines, ""]))
    sys.stdout.flush()


def _tell(result: Result, done: list[Result], count: int, start: float) -> None:
    if result.faults:
        say(f"seed {result.seed}: {result.description}", *(f"    {fault}" for fault in result.faults))
    if len(done) % 20 == 0 or len(done) == count:
        failed = sum(bool(r.faults) for r in done)
        sys.stderr.write(f"{len(done)}/{count}, {failed} failed, {time.perf_counter() - start:.0f} s\n")


if __name__ == "__main__":
    sys.exit(main())
