"""Measure zones against what a user would pick instead, and write docs/benchmarks.md and its chart."""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import shapely

from bench import chart, distances, lines, measure, peak, peers, postgis, qgis, report, sides
from bench.measure import Cell, Judge
from tests.geodesic_truth import Truth

RADIUS_M = 20_000.0
DOCS = Path(__file__).resolve().parent.parent / "docs"
LONG_METHODS = (peers.REFERENCE, "dmz, 1 m", "dmz, 1 cm")


@dataclass(frozen=True)
class Size:
    """How much is measured: which lines, how long a method may take, how many points, how often."""

    fronts: tuple[int, ...] = lines.FRONTS
    awkward: tuple[str, ...] = tuple(lines.AWKWARD)
    long_vertices: int = lines.FINEST
    points: int = 1_000_000
    samples: int = 60_000
    most_points: int = 200_000
    runs: int = 3
    limit_s: float = 20.0
    long_limit_s: float = 120.0


QUICK = Size(lines.FRONTS[:2], ("antimeridian", "hairpin"), 15_000, 50_000, 10_000, 10_000, 2, 4.0, 10.0)


def main() -> None:
    """Measure, and write the page and the chart; with `--quick`, print a short page instead."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small lines only, print the page and write nothing")
    quick = parser.parse_args().quick
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the server is stopped too
    results = measured(QUICK if quick else Size())
    if quick:
        print(report.page(results))
        return
    (DOCS / "benchmarks.md").write_text(report.page(results), encoding="utf-8")
    (DOCS / "benchmarks.svg").write_text(chart.chart(results), encoding="utf-8")
    print(f"wrote {DOCS / 'benchmarks.md'} and its chart")


def measured(size: Size) -> report.Results:
    """Everything, one after another."""
    results = report.Results(RADIUS_M, long_vertices=size.long_vertices, distance_points=size.points)
    _say("long line")
    results.long = _long(size)
    cases = {f"{n} vertices": lines.front(n) for n in size.fronts}
    cases |= {name: lines.AWKWARD[name]() for name in size.awkward}
    with postgis.server() as server:
        table = _cases(cases, size, server, results.versions)
    results.fronts = {n: table[f"{n} vertices"] for n in size.fronts}
    results.awkward = {name: table[name] for name in size.awkward}
    _say("distances")
    results.distances = distances.measured(size.points, size.runs)
    _say("sides")
    results.sides = sides.measured(RADIUS_M, size.runs, size.samples)
    return results


def _cases(
    cases: dict[str, shapely.LineString], size: Size, server: postgis.Server | None, versions: list[str]
) -> dict[str, dict[str, Cell]]:
    """Every method on every line; the versions of what is no Python package are added to the list."""
    laid: qgis.Laid | None = None
    if server:
        versions.append(server.version())
    if qgis.installed():
        _say("QGIS")
        asked = {name: (line, peers.utm(line), size.runs) for name, line in cases.items()}
        version, laid = qgis.buffers(asked, RADIUS_M)
        versions.append(version)
    table = {}
    for name, line in cases.items():
        _say(name)
        judge = Judge(Truth.of(line), RADIUS_M, size.most_points)
        found = judge.cells(measure.race(peers.methods(line, RADIUS_M), size.limit_s))
        reference_s = found[peers.REFERENCE].seconds or 1.0
        for option, text in postgis.OPTIONS.items():
            timed = server.buffer(line, RADIUS_M, text, size.runs) if server else postgis.MISSING
            found[option] = _outside(timed, judge, reference_s)
        for way in qgis.WAYS:
            timed = laid.get((name, way), qgis.SILENT) if laid is not None else qgis.MISSING
            found[way] = _outside(timed, judge, reference_s)
        table[name] = found
    return table


def _outside(timed: postgis.Timed | str, judge: Judge, reference_s: float) -> Cell:
    """Cell of a zone that was laid outside this process; its first run, which loads and caches, is left out."""
    if isinstance(timed, str):
        return Cell(note=timed)
    times, zone = timed
    seconds = median(times[1:] or times)
    return judge.cell(zone, seconds / reference_s, seconds)


def _long(size: Size) -> dict[str, tuple[Cell, float | None]]:
    """The long line by the reference and by dmz, each in a process of its own: cell and most memory in MiB."""
    judge = Judge(Truth.of(lines.front(size.long_vertices)), RADIUS_M, size.most_points)
    found: dict[str, tuple[Cell, float | None]] = {}
    reference_s = 0.0
    for method in LONG_METHODS:
        took = peak.alone(method, size.long_vertices, RADIUS_M, size.long_limit_s)
        if isinstance(took, str):
            found[method] = Cell(note=took), None
            continue
        reference_s = reference_s or took.seconds
        found[method] = judge.cell(took.zone, took.seconds / reference_s, took.seconds), took.peak_mib
    return found


def _say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
