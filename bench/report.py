"""Write what was measured as a page of tables."""

from __future__ import annotations

import math
import os
import platform
from dataclasses import dataclass, field
from pathlib import Path

import geopandas
import numpy as np
import pyproj
import shapely

from bench import peers
from bench.distances import Distances
from bench.measure import Cell
from bench.sides import Sides

# What dmz is to keep to; ratios are to the reference of the same run.
MOST_RATIO = {"dmz, 1 m": 1.0, "dmz, 1 cm": 1.5}
RATIO_FROM_VERTICES, SHORT_S, LONG_S, LONG_MIB = 1_500, 0.05, 15.0, 2048.0


INTRODUCTION = """\
A zone of {km} laid by dmz and by what a user would pick instead, all in one run. Each cell is **time ratio · largest
error**. The time is a multiple of a flat buffer of 400 segments in the zone of UTM, known beforehand (its row reads
1.00). The error is the largest |d - r| on the boundary, at every vertex and at the quarters and the middle of every
edge (of an even share of the edges where they are very many); d is by GeographicLib, with none of dmz's code. Trust the
ratios, not the seconds."""
AWKWARD = """\
*torn*: edges run round the whole Earth. *refused*: an error that says why. Along 5,000 km PostGIS falls back to
Mercator."""
SIDES = """\
Ground within {km} that a side lacks, or has and should not, left and right added up, found at random points whose
side is known. The ground about open ends is left out, for GEOS ends flat; so is what lies within 1 m of an edge."""
METHOD = """\
* `make bench` repeats it all and writes this page; `.venv/bin/python -m bench --quick` prints a short one. PostGIS
  and QGIS take part where Debian's `postgresql-15-postgis-3` and `python3-qgis` are installed.
* Methods in process take turns; a ratio is the median over the rounds, each against the reference in the same round.
  PostGIS's time is inside the server (`EXPLAIN ANALYZE`), QGIS's that of the algorithm inside QGIS: medians, against
  the reference's.
* QGIS's buffer in degrees has no metres: it is given r / 111.32 km in degrees, which is right north and south, and
  east and west falls short by the cosine of the latitude.
* Flat peers are given the UTM zone under the line's middle; `estimate_utm_crs` looks it up in PROJ's database every
  time."""

# What is asked, what was found, and whether it is kept.
Asked = tuple[str, str, bool]


@dataclass
class Results:
    """All that one run found; `fronts` by vertices, `awkward` by name, `long` by method, with memory in MiB."""

    radius_m: float
    fronts: dict[int, dict[str, Cell]] = field(default_factory=dict)
    awkward: dict[str, dict[str, Cell]] = field(default_factory=dict)
    long_vertices: int = 0
    long: dict[str, tuple[Cell, float | None]] = field(default_factory=dict)
    distances: list[Distances] = field(default_factory=list)
    distance_points: int = 0
    sides: list[Sides] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)

    def times(self, method: str) -> list[tuple[int, float]]:
        """Vertices and seconds on the front, as far as the method came."""
        rows = [(n, row[method].seconds) for n, row in self.fronts.items() if method in row]
        if method in self.long:
            rows.append((self.long_vertices, self.long[method][0].seconds))
        return [(vertices, seconds) for vertices, seconds in rows if seconds]

    def errors(self, method: str) -> list[tuple[int, float]]:
        """Vertices and largest error in metres on the front, as far as the method came."""
        rows = [(n, row[method].error_m) for n, row in self.fronts.items() if method in row]
        if method in self.long:
            rows.append((self.long_vertices, self.long[method][0].error_m))
        return [(vertices, error_m) for vertices, error_m in rows if error_m]

    def growth(self, method: str) -> float | None:
        """Exponent of the time's growth with the vertices, from 1,500 up; None of fewer than two sizes."""
        rows = [row for row in self.times(method) if row[0] >= RATIO_FROM_VERTICES]
        return slope([n for n, _ in rows], [seconds for _, seconds in rows]) if len(rows) > 1 else None


def slope(vertices: list[int], values: list[float]) -> float:
    """Exponent of the power of the vertices that fits the values best."""
    return float(np.polyfit(np.log(vertices), np.log(values), 1)[0])


def page(results: Results) -> str:
    """The whole page in Markdown."""
    km = f"{results.radius_m / 1000:g} km"
    parts = [
        "# Benchmarks",
        INTRODUCTION.format(km=km),
        "![Time and error against the vertices of the line](benchmarks.svg)",
        f"## A front of 250 km, {km} each side",
        "One fractal front near 35.5 N at several numbers of vertices.",
        _matrix({f"{n:,}": row for n, row in results.fronts.items()}),
        "## Lines that are awkward",
        AWKWARD,
        _matrix(results.awkward),
        f"## {results.long_vertices:,} vertices",
        "Each method once, in a process of its own; the ratio is to the same flat buffer.",
        _long(results),
        "## What dmz is to keep to",
        _asked(results),
        f"## Distance of {results.distance_points:,} points from 5,000 vertices",
        _distances(results.distances),
        "## Left and right",
        SIDES.format(km=km),
        _sides(results.sides),
        "## How it is measured",
        _method(results),
    ]
    return "\n\n".join(parts) + "\n"


def metres(error_m: float) -> str:
    """A length of any size in two or so digits, with its unit."""
    for below, factor, digits, unit in ((0.01, 1e3, 1, "mm"), (0.1, 100, 1, "cm"), (1, 100, 0, "cm"), (10, 1, 1, "m")):
        if error_m < below:
            return f"{error_m * factor:.{digits}f} {unit}"
    return f"{error_m:,.0f} m"


def cell(found: Cell) -> str:
    """Ratio and error, or what went wrong."""
    if found.ratio is None:
        return found.note
    ratio = f"{found.ratio:.2f}" if found.ratio < 10 else f"{found.ratio:,.0f}"  # noqa: PLR2004 - digits
    return f"{ratio} · {found.note or metres(found.error_m or 0.0)}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def _matrix(columns: dict[str, dict[str, Cell]]) -> str:
    """A row for every method, a column for every line, and the seconds that are 1.00."""
    names = dict.fromkeys(name for column in columns.values() for name in column)
    order = {name: number for number, name in enumerate(peers.NAMES)}
    rows = []
    for name in sorted(names, key=lambda name: order.get(name, len(order))):
        shown = f"**{name}**" if name in peers.TOLERANCES else name
        rows.append([shown, *(cell(column.get(name, Cell(note="-"))) for column in columns.values())])
    unit = [f"{column[peers.REFERENCE].seconds or 0:.3f} s" for column in columns.values()]
    return _table(["method", *columns], [*rows, ["*what is 1.00*", *unit]])


def _long(results: Results) -> str:
    rows = []
    for method, (found, mib) in results.long.items():
        if found.seconds is None or mib is None:
            rows.append([method, found.note, "", "", ""])
            continue
        shown = [f"{found.ratio:.2f}" if found.ratio else "", f"{found.seconds:.2f} s", f"{mib:,.0f} MiB"]
        rows.append([method, *shown, found.note or metres(found.error_m or 0.0)])
    return _table(["method", "ratio", "time", "most memory", "largest error"], rows)


def _asked(results: Results) -> str:
    """Every promise, what was found, and whether it is kept; what did not finish is not kept."""
    rows: list[Asked] = []
    for method, most in MOST_RATIO.items():
        found = [row[method].ratio for n, row in results.fronts.items() if n >= RATIO_FROM_VERTICES]
        worst = max(math.inf if ratio is None else ratio for ratio in found)
        asked = f"{method}: ratio from {RATIO_FROM_VERTICES:,} vertices up at most {most:g}"
        rows.append((asked, f"{worst:.2f}", worst <= most))
    short = results.fronts[min(results.fronts)]["dmz, 1 m"].seconds or math.inf
    rows.append(("dmz, 1 m: 150 vertices in at most 50 ms", f"{short * 1e3:.0f} ms", short <= SHORT_S))
    long, mib = results.long["dmz, 1 m"]
    seconds, mib = long.seconds or math.inf, mib or math.inf
    asked = f"dmz, 1 m: {results.long_vertices:,} vertices in under 15 s and 2 GiB"
    rows.append((asked, f"{seconds:.1f} s, {mib:,.0f} MiB", seconds < LONG_S and mib < LONG_MIB))
    rows += [_growth(results), *(_kept(results, method) for method in peers.TOLERANCES)]
    return _table(["asked", "found", "kept"], [[a, f, "yes" if kept else "**no**"] for a, f, kept in rows])


def _growth(results: Results) -> Asked:
    found = results.growth("dmz, 1 m")
    sizes = [n for n in (*results.fronts, results.long_vertices) if n >= RATIO_FROM_VERTICES]
    linear_log = slope(sizes, [n * math.log(n) for n in sizes])
    asked = f"dmz, 1 m: time grows at most as n log n, exponent {linear_log:.2f}"
    return asked, "unknown" if found is None else f"{found:.2f}", found is not None and found <= linear_log


def _kept(results: Results, method: str) -> Asked:
    cases = [column[method] for column in (*results.fronts.values(), *results.awkward.values()) if method in column]
    cases += [found for name, (found, _) in results.long.items() if name == method]
    errors = [found.error_m for found in cases if found.error_m is not None]
    drawn = f"{metres(max(errors, default=0.0))}, {len(errors)} of {len(cases)} lines"
    kept = len(errors) == len(cases) and max(errors) <= peers.TOLERANCES[method]
    return f"{method}: every line, no error above the tolerance", drawn, kept


def _distances(found: list[Distances]) -> str:
    peer = found[-1]
    rows = [[d.method, f"{d.seconds / peer.seconds:.2f}", f"{d.seconds:.2f} s", metres(d.error_m)] for d in found]
    return _table(["method", "ratio", "time", "largest error"], rows)


def _sides(found: list[Sides]) -> str:
    first = {row.case: row.seconds for row in reversed(found) if row.seconds}
    rows = []
    for row in found:
        if row.seconds is None or row.wrong_km2 is None:
            rows.append([f"{row.case}: {row.method}", row.note, "", ""])
            continue
        ratio = f"{row.seconds / first[row.case]:.2f}"
        rows.append([f"{row.case}: {row.method}", ratio, f"{row.seconds:.3f} s", f"{row.wrong_km2:,.0f} km2"])
    return _table(["line and method", "ratio", "time", "wrong"], rows)


def _method(results: Results) -> str:
    growth = {name: results.growth(name) for name in (peers.REFERENCE, *peers.TOLERANCES)}
    grown = ", ".join(f"{name} {found:.2f}" for name, found in growth.items() if found is not None)
    facts = [
        f"Exponent of the time from {RATIO_FROM_VERTICES:,} vertices up: {grown or 'unknown'}.",
        f"{'; '.join([*_versions(), *results.versions])}.",
        f"{_machine()}.",
    ]
    return "\n".join([METHOD, *(f"* {fact}" for fact in facts)])


def _versions() -> list[str]:
    return [
        f"Python {platform.python_version()}",
        f"numpy {np.__version__}",
        f"shapely {shapely.__version__} (GEOS {shapely.geos_version_string})",
        f"pyproj {pyproj.__version__} (PROJ {pyproj.proj_version_str})",
        f"geopandas {geopandas.__version__}",
    ]


def _machine() -> str:
    """Processor, cores and memory, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    told = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    model = next((row.split(":", 1)[1].strip() for row in told if row.startswith("model name")), platform.processor())
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model or platform.machine()}, {os.cpu_count()} cores, {gib:.0f} GiB, {platform.system()}"
