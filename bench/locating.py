"""Measure points in zones against what a user would pick instead, and write docs/benchmarks-locate.md and its chart.

``python -m bench.locating``; with ``--quick`` few points, printed and not written. Times are those of the processor,
all threads of the process together, so that they hold on a machine that others use too.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import dmz
from bench import lines, locators
from dmz.line import Line
from dmz.locating.asking import kernel_of
from dmz.locating.grid import Index, exactly
from dmz.locating.many import many
from dmz.locating.measures import bands

DOCS = Path(__file__).resolve().parent.parent / "docs"
DEPTH_KM = (15, 20)
# What brings the front over the antimeridian, degrees; points up to which a method is run several times.
EAST, OFTEN = (142.3, 0), 1_000_000
PACKAGES = ("numpy", "shapely", "geopandas", "pyarrow", "sedonadb", "duckdb", "polars-st", "distributed", "scipy")


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    points: tuple[int, ...] = (1_000, 20_000, 60_000, 200_000, 1_000_000, 10_000_000)
    most: dict[str, int] = field(default_factory=lambda: {locators.NAMES[8]: 200_000})
    file_points: int = 4_000_000
    lines: int = 40
    many_points: int = 1_000_000
    parts: int = 6
    part_points: int = 1_500_000
    runs: int = 3


QUICK = Size((1_000, 60_000), {locators.NAMES[8]: 1_000}, 200_000, 5, 100_000, 3, 50_000, 2)


def main() -> None:
    """Measure, and write the page and the chart."""
    parser = argparse.ArgumentParser(prog="python -m bench.locating", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few points, print the page and write nothing")
    quick = parser.parse_args().quick
    size = QUICK if quick else Size()
    zones = dmz.zones(Line(lines.front(5_000), left="west", right="east"), depth_km=DEPTH_KM)
    memory = _say("memory", _memory(zones, size))
    memory_table = _say("in memory", _in_memory(zones, size))
    adverse = _say("adverse", _adverse(zones, size))
    files = _say("files", _files(zones, size))
    rest = [*_say("lines", _many_lines(size)), *_say("depths", _depths(size)), *_say("dask", _dask(zones, size))]
    text = page(memory_table, adverse, files, [*memory, *rest], zones)
    if quick:
        print(text)
        return
    (DOCS / "benchmarks-locate.md").write_text(text, encoding="utf-8")
    (DOCS / "benchmarks-locate.svg").write_text(_chart(memory_table), encoding="utf-8")
    print(f"wrote {DOCS / 'benchmarks-locate.md'} and its chart")


def cpu(ask: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """Least processor time of some runs, seconds, and what came of the last."""
    times, found = [], None
    for _ in range(runs):
        start = time.process_time()
        found = ask()
        times.append(time.process_time() - start)
    return min(times), found


def cloud(zones: gpd.GeoDataFrame, count: int, seed: int = 7) -> np.ndarray:
    """Uniform points half a degree around zones."""
    west, south, east, north = zones.total_bounds
    return np.random.default_rng(seed).uniform((west - 0.5, south - 0.5), (east + 0.5, north + 0.5), (count, 2))


def _in_memory(zones: gpd.GeoDataFrame, size: Size) -> pd.DataFrame:
    """Processor seconds by method and number of points; equal answers first."""
    found: dict[int, dict[str, float]] = {}
    for count in size.points:
        asked, cells = locators.Locators(zones, cloud(zones, count)), {}
        truth = asked.prepared()
        for name, ask in asked.methods().items():
            if count > size.most.get(name, count):
                continue
            answer = asked.counted(name, ask())
            if not (answer == truth).all():
                raise AssertionError(f"{name} of {count:,} points gives {answer}, not {truth}")
            cells[name] = cpu(ask, size.runs if count <= OFTEN else 1)[0]
        found[count] = cells
        print(f"  {count:,}", {name: round(seconds, 4) for name, seconds in cells.items()}, file=sys.stderr)
    return pd.DataFrame(found).reindex(locators.NAMES)


def _adverse(zones: gpd.GeoDataFrame, size: Size) -> pd.DataFrame:
    """Processor seconds of awkward points and zones against prepared polygons, set-up of both included."""
    count = size.many_points
    shapes = zones.geometry.to_numpy()
    rng = np.random.default_rng(3)
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(shapes))]
    starts, ends = np.concatenate([ring[:-1] for ring in rings]), np.concatenate([ring[1:] for ring in rings])
    at = rng.integers(len(starts), size=count)
    on_edges = starts[at] + rng.choice([0, 0.5, 1], count)[:, None] * (ends[at] - starts[at])
    fine = shapely.segmentize(shapes, shapely.length(shapes).sum() / 200_000)
    over = np.array([shapely.transform(shape, lambda xy: np.add(xy, EAST)) for shape in shapes])
    spot = starts[0]
    cases = {
        "all on borders and vertices": (shapes, on_edges),
        "all in one cell, on a border": (shapes, spot + rng.uniform(0, 1e-4, (count, 2))),
        "all outside": (shapes, np.add(cloud(zones, count), (40, 0))),
        f"zones of {int(shapely.get_num_coordinates(fine).sum()):,} vertices": (fine, cloud(zones, count)),
        "over the antimeridian": (over, np.add(cloud(zones, count), EAST)),
    }
    rows = {}
    for name, (grounds, xy) in cases.items():
        x, y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
        ours_s, ours = cpu(lambda: Index(_fresh(grounds)).codes(x, y), size.runs)  # noqa: B023 - used at once
        theirs_s, theirs = cpu(lambda: _plainly(grounds, x, y), size.runs)  # noqa: B023
        rows[name] = {
            "dmz, s": ours_s,
            "prepared, s": theirs_s,
            "ratio": theirs_s / ours_s,
            "wrong": int((ours != theirs).sum()),
        }
    return pd.DataFrame(rows).T


def _fresh(shapes: np.ndarray) -> np.ndarray:
    return np.asarray(shapely.from_wkb(shapely.to_wkb(shapes)))


def _plainly(shapes: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Prepared polygons asked of every point that none before holds."""
    fresh = _fresh(shapes)
    shapely.prepare(fresh)
    return exactly(fresh, x, y)


def _files(zones: gpd.GeoDataFrame, size: Size) -> pd.DataFrame:
    """Processor seconds from a GeoParquet file to the number of points in each zone, each in a process of its own."""
    rows = {}
    with tempfile.TemporaryDirectory(prefix="dmz-bench-") as folder:
        path, belts = Path(folder) / "points.parquet", Path(folder) / "zones.parquet"
        xy = cloud(zones, size.file_points)
        gpd.GeoDataFrame(geometry=gpd.points_from_xy(*xy.T), crs=4326).to_parquet(path, row_group_size=1_000_000)
        zones.to_parquet(belts)
        for how in ("read", "dmz", "sedonadb", "geopandas"):
            command = [sys.executable, "-m", "bench.located", how, str(path), str(belts)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"  {how}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
                continue
            rows[how] = json.loads(done.stdout)
    table = pd.DataFrame(rows).T
    answers = {tuple(counts) for how, counts in table["counts"].items() if how != "read"}
    if len(answers) > 1:
        raise AssertionError(f"files: the answers differ: {table['counts']}")
    return table.drop(columns="counts").astype(float)


def _memory(zones: gpd.GeoDataFrame, size: Size) -> list[tuple[str, str, str, bool]]:
    """The most memory a process holds that writes the answers of a file, one row group whatever its size."""
    held = {}
    with tempfile.TemporaryDirectory(prefix="dmz-bench-") as folder:
        belts = Path(folder) / "zones.parquet"
        zones.to_parquet(belts)
        for count in (size.file_points // 4, size.file_points):
            path = Path(folder) / "points.parquet"
            xy = cloud(zones, count)
            table = gpd.GeoDataFrame({"id": np.arange(count)}, geometry=gpd.points_from_xy(*xy.T), crs=4326)
            table.to_parquet(path, row_group_size=count)
            command = [sys.executable, "-m", "bench.located", "write", str(path), str(belts)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            held[count] = json.loads(done.stdout)["peak_mib"]
    said = ", ".join(f"{mib:.0f} MiB for {count / 1e6:g} million" for count, mib in held.items())
    return [
        ("a worker holds at most 256 MB, one row group of any size", "256 MB", said, max(held.values()) < 256e6 / 2**20)
    ]


def _many_lines(size: Size) -> list[tuple[str, str, str, bool]]:
    """A line of many, against buffer and sjoin for one."""
    base, rng = np.array(lines.front(1_500).coords), np.random.default_rng(5)
    t = np.linspace(0, 1, len(base))
    made = []
    for _ in range(size.lines):
        off = sum(rng.normal(0, 0.01) * np.sin(2 * np.pi * (f * t + rng.uniform())) for f in range(1, 12))
        made.append(shapely.LineString(base + np.column_stack([0 * off, off])))
    west, south, east, north = shapely.LineString(base).buffer(0.5).bounds
    xy = rng.uniform((west, south), (east, north), (size.many_points, 2))
    few, _ = cpu(lambda: many(xy, made[:1], depths_km=[15]), 2)
    all_s, _ = cpu(lambda: many(xy, made, depths_km=[15]), 1)
    line_s = (all_s - few) / (len(made) - 1)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*xy.T), crs=4326)

    def usual() -> None:
        zone = gpd.GeoSeries(made[:1], crs=4326).to_crs(32637).buffer(15_000).to_crs(4326)
        gpd.sjoin(points, gpd.GeoDataFrame(geometry=zone), predicate="within")

    usual_s, _ = cpu(usual, 2)
    thousand = usual_s * 1000 / (few + 999 * line_s)
    said = f"{thousand:.0f} times: {line_s * 1e3:.0f} ms a line, {few:.2f} s for the first; "
    said += f"buffer and sjoin {usual_s:.2f} s"
    return [
        (
            f"1,000 lines, {size.many_points:,} points: at least 40 times buffer + sjoin a line",
            "40",
            said,
            thousand >= 40,
        )
    ]


def _depths(size: Size) -> list[tuple[str, str, str, bool]]:
    """Many depths against one."""
    line = Line(lines.front(1_500), left="west", right="east")
    west, south, east, north = line.geometry.buffer(0.5).bounds
    xy = np.random.default_rng(5).uniform((west, south), (east, north), (size.many_points, 2))
    one, _ = cpu(lambda: bands(xy, line, [15]), 1)
    all_s, _ = cpu(lambda: bands(xy, line, np.linspace(1, 51, 51)), 1)
    said = f"{all_s / one:.2f} times: {all_s:.2f} s, {one:.2f} s"
    return [(f"51 widths of {size.many_points:,} points in about the time of one", "1.3", said, all_s / one < 1.3)]


def _dask(zones: gpd.GeoDataFrame, size: Size) -> list[tuple[str, str, str, bool]]:
    """Processor time of a cluster, scheduler and all, against the plain loop over the same parts."""
    import distributed

    from dmz.locating.parts import attempt
    from dmz.locating.runs import Job, opened, run, where_of

    kernel = kernel_of(zones, edges="lonlat")
    with tempfile.TemporaryDirectory(prefix="dmz-bench-") as folder:
        source = Path(folder) / "in"
        source.mkdir()
        for number in range(size.parts):
            xy = cloud(zones, size.part_points, number)
            table = gpd.GeoDataFrame({"id": np.arange(len(xy))}, geometry=gpd.points_from_xy(*xy.T), crs=4326)
            table.to_parquet(source / f"{number}.parquet")
        found = opened(source)
        job = Job(str(Path(folder) / "plain"), ".parquet", where_of(found.schema, source, None, None))
        kernel.expect(size.parts * size.part_points)
        attempt(kernel, found.parts[0], Job(str(Path(folder) / "warm"), ".parquet", job.where))
        plain_s, _ = cpu(lambda: [attempt(kernel, part, job) for part in found.parts], 1)
        options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
        with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
            run(source, kernel, Path(folder) / "first", client=client)  # what is loaded once a process
            before, start = sum(client.run(time.process_time).values()), time.process_time()
            run(source, kernel, Path(folder) / "second", client=client)
            dask_s = sum(client.run(time.process_time).values()) - before + time.process_time() - start
    over = dask_s / plain_s - 1
    said = f"{over:.0%}: {dask_s:.2f} s, {plain_s:.2f} s ({size.parts} parts of {size.part_points:,} points)"
    return [("Dask's processor time over that of the plain loop: under 30 %", "30 %", said, over < 0.3)]


def page(
    table: pd.DataFrame, adverse: pd.DataFrame, files: pd.DataFrame, rest: list[Any], zones: gpd.GeoDataFrame
) -> str:
    """The page."""
    vertices = ", ".join(f"{count:,}" for count in shapely.get_num_coordinates(zones.geometry.to_numpy()))
    head = ["method", *(f"{count:,}" for count in table.columns)]
    ratios = table.loc[locators.REFERENCE] / table
    body = [[name, *(_cell(table.loc[name, n], ratios.loc[name, n]) for n in table.columns)] for name in table.index]
    hard = [
        [name, *(f"{row[c]:.3f}" for c in ("dmz, s", "prepared, s")), f"{row['ratio']:.1f}", f"{row['wrong']:.0f}"]
        for name, row in adverse.iterrows()
    ]
    read_s = files.loc["read", "seconds"]
    whole = [
        [how, f"{row.seconds:.2f} s", f"{read_s / row.seconds:.0%}", f"{row.peak_mib:,.0f} MiB"]
        for how, row in files.iterrows()
    ]
    kept = [*_kept(table, adverse, files), *rest]
    asked = [[what, bound, said, "yes" if ok else "**no**"] for what, bound, said, ok in kept]
    versions = "; ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return TEMPLATE.format(
        vertices=vertices,
        memory=_table(head, body),
        adverse=_table(["case", "dmz, s", "prepared, s", "times faster", "wrong points"], hard),
        files=_table(
            ["from file to counts", "processor time", "share of the speed of only reading", "most memory"], whole
        ),
        asked=_table(["asked", "bound", "found", "kept"], asked),
        points=f"{int(read_s and files.attrs.get('points', 0)) or Size().file_points:,}",
        versions=versions,
        machine=f"{platform.machine()}, {os.cpu_count()} cores, Linux; Python {platform.python_version()}",
    )


TEMPLATE = """\
# Benchmarks of `dmz.locate`

Four zone polygons of {vertices} vertices along one front, uniform points half a degree around them. Every
method's counts are held against those of prepared polygons before it is timed. **Times are processor seconds, all
threads together**, the least of three runs (one from 10 million on): the machine was shared with other work while this
was measured, so trust the ratios of one table, not the seconds.

![Processor time against the number of points](benchmarks-locate.svg)

## In memory

Processor time; in brackets how many times faster than `geopandas.sjoin(predicate="within")`.

{memory}

## Awkward points and zones

A million points, set-up of both included; *prepared* is `shapely.intersects_xy` with prepared polygons.

{adverse}

## From a file

{points} points in WKB GeoParquet, each method in a process of its own; *read* only decodes the geometry column.

{files}

## What dmz.locate is to keep to

{asked}

## How it is measured

* `.venv/bin/python -m bench.locating` repeats it and writes this page; `--quick` prints a short one.
* duckdb is asked with each polygon as a constant, which it prepares; its spatial join of the two tables does not, and
  took thirty times longer. polars-st is asked up to 200,000 points: its join prepares nothing.
* {versions}.
* {machine}.
"""


def _kept(table: pd.DataFrame, adverse: pd.DataFrame, files: pd.DataFrame) -> list[tuple[str, str, str, bool]]:
    """What is asked of the tables."""
    found = []
    sjoin, whole, ready = (table.loc[name] for name in (locators.REFERENCE, locators.WHOLE, locators.READY))
    for count, bound, row, name in (
        (1_000_000, 10, whole, "set-up included"),
        (1_000_000, 100, ready, "index ready"),
        (10_000_000, 200, ready, "index ready"),
    ):
        if count in table.columns:
            times = sjoin[count] / row[count]
            found.append((f"{count:,} points, {name}: times sjoin(within)", str(bound), f"{times:.0f}", times >= bound))
    slowest = (table.loc[locators.ALONE] / table.loc[locators.PREPARED]).max()
    found.append(
        ("never slower than prepared contains_xy, set-up included: largest ratio", "1", f"{slowest:.2f}", slowest <= 1)
    )
    least = adverse["ratio"].min()
    found.append(("awkward cases: never slower than prepared", "1", f"{least:.1f} times faster", least >= 1))
    found.append(("awkward cases: wrong points", "0", f"{adverse['wrong'].sum():.0f}", not adverse["wrong"].any()))
    share = files.loc["read", "seconds"] / files.loc["dmz", "seconds"]
    found.append(("GeoParquet to answers: share of the speed of only reading", "50 %", f"{share:.0%}", share >= 0.5))
    if "sedonadb" in files.index:
        times = files.loc["sedonadb", "seconds"] / files.loc["dmz", "seconds"]
        found.append(("GeoParquet to answers: times sedonadb", "10", f"{times:.1f}", times >= 10))
    small = table.loc[locators.FRAME, 1_000] + table.loc[locators.WHOLE, 1_000]
    found.append(("a table of 1,000 rows, set-up included", "50 ms", f"{small * 1e3:.0f} ms", small < 0.05))
    return found


def _cell(seconds: float, times: float) -> str:
    return "" if np.isnan(seconds) else f"{seconds:.4f} ({times:,.1f})"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines_ = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join([*lines_, *("| " + " | ".join(row) + " |" for row in rows)])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _chart(table: pd.DataFrame) -> str:
    """Processor time against points, both axes logarithmic, as SVG."""
    from bench.chart import MARKS

    colours = ("#D55E00", "#882255", "#D55E00", "#E69F00", "#0072B2", "#000000", "#009E73", "#CC79A7", "#56B4E9")
    dashes = ("", "1 2", "6 3", "2 3", "", "", "6 3", "2 3", "")
    left, top, wide, high = 70, 50, 420, 320
    x0, x1, y0, y1 = 3.0, 7.0, -4.0, 2.0

    def place(count: float, seconds: float) -> tuple[float, float]:
        return left + wide * (np.log10(count) - x0) / (x1 - x0), top + high * (1 - (np.log10(seconds) - y0) / (y1 - y0))

    out = ['<text x="70" y="30" font-size="15" font-weight="bold">Processor time against the number of points</text>']
    for power in range(int(y0), int(y1) + 1):
        y = place(1e3, 10.0**power)[1]
        out.append(f'<path d="M{left} {y:.1f}h{wide}" stroke="#ddd"/>')
        out.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>')
    for power in range(int(x0), int(x1) + 1):
        x = place(10.0**power, 1)[0]
        out.append(f'<path d="M{x:.1f} {top}v{high}" stroke="#ddd"/>')
        out.append(f'<text x="{x:.1f}" y="{top + high + 18}" text-anchor="middle">{10**power:,}</text>')
    for number, name in enumerate(table.index):
        points = [place(count, seconds) for count, seconds in table.loc[name].dropna().items()]
        colour, dash = colours[number], dashes[number]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        out.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')
        mark = [*MARKS.values()][number % 4]
        out += [f'<path d="{mark}" transform="translate({x:.1f} {y:.1f})" fill="{colour}"/>' for x, y in points]
        key_y = top + 14 + number * 22
        out.append(
            f'<path d="M{left + wide + 24} {key_y}h40" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        )
        out.append(f'<path d="{mark}" transform="translate({left + wide + 44} {key_y})" fill="{colour}"/>')
        out.append(f'<text x="{left + wide + 74}" y="{key_y + 4}">{name}</text>')
    size = f"0 0 {left + wide + 280} {top + high + 40}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" font-family="sans-serif" font-size="12"'
    head += ' fill="#222" role="img">'
    title = "<title>Processor time of each method against the number of points</title>"
    return "\n".join([head + title + '<rect width="100%" height="100%" fill="#fff"/>', *out, "</svg>"]) + "\n"


def _say(what: str, found: Any) -> Any:
    print(f"bench: {what} done", file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    main()
