"""Answer what changes if the text is read otherwise: readings, depths, lines, days and agreements side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from cyclopts import Parameter

from dmz import compare as comparing
from dmz import depths, dossier, otherwise, plates, sensitivity
from dmz.agreement import find
from dmz.charts import canvas
from dmz.charts.sidebyside import side_by_side_chart
from dmz.cli.asking import ALL, Options, answer, day_of, known, only, refuse_idle, worked_out
from dmz.cli.shell import app, keep_inputs, tell, write_out
from dmz.errors import InputError
from dmz.findings import Findings
from dmz.tables import Column, text_of, write_csv

Show = Literal["results", "settlements", "overlaps", "sensitivity"]
# Columns of the comparison that say what a row is.
ROW = ("name", "agreement", "line_date", "reading")
EXTENT = {"extent": Column("extent")}
SETTLEMENTS = {
    "reading": Column("reading"),
    "chosen": Column("against"),
    **EXTENT,
    "change": Column("change"),
    "name": Column("settlement"),
    "party": Column("ground held by"),
    "population": Column("population", 0),
}
OVERLAPS = {
    "reading": Column("reading"),
    "other": Column("and"),
    **EXTENT,
    "area_km2": Column("area, km2", 1),
    "other_area_km2": Column("area of the other, km2", 1),
    "both_km2": Column("shared, km2", 1),
    "jaccard": Column("overlap (Jaccard)", 3),
}
SENSITIVITY = {
    "_result": Column("result"),
    "factor": Column("choice"),
    "_base": Column("base case"),
    "_low": Column("least"),
    "_high": Column("most"),
    "swing_share": Column("swing, % of base", 1, times=100),
}
SWEEP = {
    "reading": Column("reading"),
    "depth_km": Column("depth, km", 2),
    "in_text": Column("in the text"),
    "area_km2": Column("area, km2", 1),
    "settlements": Column("settlements", 0),
    "settlements_unknown": Column("of unknown population", 0),
    "population_known": Column("population known", 0),
    "largest_settlement": Column("largest known", widest=20),
}
CHART = "a chart is written as .svg or .png"


@app.command
def sweep(
    agreement: str,
    /,
    *,
    depth: Annotated[tuple[float, float] | None, Parameter(negative="")] = None,
    step: float | None = None,
    chart: Path | None = None,
    options: Options = ALL,
) -> None:
    """Say what a zone holds at every depth, under every reading: area, settlements, people known, km of each road.

    Example: dmz sweep sochi-2018 --depth 10 25 --step 1 --chart sweep.svg -o sweep.csv

    Parameters
    ----------
    agreement
        Agreement's file, or key of one shipped with dmz.
    depth
        Least and greatest depth in km, as 10 25; by default from 2/3 of the text's least to 5/4 of its greatest.
    step
        From one depth to the next, km; by default a fifteenth of the way, rounded.
    chart
        File to draw it to, .svg or .png.
    options
        Those of every question; --party only the ground of one party is not for a sweep.
    """
    _chart_name(chart)
    refuse_idle({"--party": options.party}, "a sweep is of all the ground of a reading")
    found = worked_out(agreement, options)
    keep_inputs([options.out], [chart])
    low, high, rough = depths.default_grid(found.agreement)
    low, high = depth or (low, high)
    km = depths.grid(low, high, rough if step is None else step)
    table = only(otherwise.sweep(found, km), reading=options.reading)
    roads = {name: Column(f"{name.removesuffix('_km').replace('_', '-')}, km", 1) for name in table if _is_road(name)}
    _draw(chart, lambda: plates.sweep_plate(found, table), "sweep")
    answer(table, {name: how for name, how in (SWEEP | roads).items() if name in table}, options.out)


@app.command
def compare(  # noqa: PLR0913 - one flag for each
    *agreements: str,
    show: Show = "results",
    against: str | None = None,
    line: Annotated[list[Path] | None, Parameter(negative="")] = None,
    on: Annotated[tuple[str, str] | None, Parameter(negative="")] = None,
    as_known_on: str | None = None,
    chart: Path | None = None,
    layers: Path | None = None,
    out: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """Set readings, agreements, lines of two dates, or what was known on two days, side by side.

    Example: dmz compare sochi-2018 --show sensitivity --chart tornado.svg
    Example: dmz compare seeds/a.toml seeds/b.toml -o both.csv

    Parameters
    ----------
    agreements
        Agreements' files, or keys of agreements shipped with dmz. Of one its readings are compared.
    show
        results: area, settlements, people, km of road, overlap; settlements: gained and lost, by name; overlaps: ground
        that two share; sensitivity: how far reading, depth, line, ends and clip move each result.
    against
        Reading the others are held against; by default the first of the agreement.
    line
        File of another line of contact, of another date, beside the agreement's own; may be given again.
    on
        Say instead what was known of every obligation and road on two days, as 2018-10-10 2018-12-31.
    as_known_on
        Count what was reported by this day; by default by each of the two days.
    chart
        File to draw the results or the sensitivity to, .svg or .png.
    layers
        Folder of input layers with their manifest.toml; by default geodata beside the seeds.
    out
        CSV file to write as well, with every column of the table; unknown is an empty cell.
    """
    _chart_name(chart)
    options = Options(layers=layers, out=out)
    lines = line or []
    if not agreements:
        raise InputError("name one agreement or more, such as sochi-2018")
    keep_inputs([*map(find, agreements), *lines], [out, chart])
    if on is not None:
        given = {"--show": show != "results", "--against": against, "--chart": chart, "--line": lines or None}
        refuse_idle(given | {"a second agreement": len(agreements) > 1}, "not for --on, which compares two days")
        _days(worked_out(agreements[0], options), on, as_known_on, out)
        return
    refuse_idle({"--as-known-on": as_known_on}, "for --on, which compares two days")
    found = _found(agreements, lines, options)
    if len(found) == 1:
        _one(found[0], show, against, chart, out)
    else:
        refuse_idle({"--against": against}, "several are held against the first reading of the first")
        _several(found, show, chart, out)


def _found(agreements: Sequence[str], lines: Sequence[Path], options: Options) -> list[Findings]:
    """Every agreement along its own line, then along the others."""
    if lines and len(agreements) > 1:
        raise InputError("--line: another line is for one agreement: name one")
    own = [worked_out(seed, options) for seed in agreements]
    return own + [worked_out(agreements[0], options, path, line=path) for path in lines]


def _one(found: Findings, show: Show, against: str | None, chart: Path | None, out: Path | None) -> None:
    """Readings of one agreement."""
    known(against, [reading.id for reading in found.agreement.readings], "against")
    first = against or found.agreement.readings[0].id
    if show == "settlements":
        _no_chart(chart, show)
        readings = [reading.id for reading in found.agreement.readings]
        answer(comparing.changes(_settlements(found), chosen=first, readings=readings), SETTLEMENTS, out)
    elif show == "overlaps":
        _no_chart(chart, show)
        answer(comparing.overlaps(found.zones), OVERLAPS, out)
    elif show == "sensitivity":
        explored = otherwise.explore(found, depths_km=[], reading=first)
        _draw(chart, lambda: plates.tornado_plate(found, explored), "sensitivity")
        answer(_in_words(explored.sensitivity), SENSITIVITY, out)
        if verdict := sensitivity.verdict(explored.sensitivity):
            tell(f"{verdict}.")
    else:
        table = comparing.readings(
            found.zones, found.line, settlements=found.settlements, corridors=found.corridors, chosen=first
        )
        _draw(chart, lambda: plates.readings_plate(found, table, first), "readings")
        _across(table, "reading", out)


def _in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Sensitivity with its numbers as reports write them, each with the choice that gives it."""
    ends = {
        f"_{end}": [
            row.note if isinstance(row.note, str) else f"{comparing.span(value, value)}  {case}"
            for row, value, case in zip(table.itertuples(), table[end], table[f"{end}_case"], strict=True)
        ]
        for end in ("low", "high")
    }
    base = [comparing.span(value, value) for value in table["base"]]
    return table.assign(_result=[comparing.quantity(name) for name in table["result"]], _base=base, **ends)


def _several(found: Sequence[Findings], show: Show, chart: Path | None, out: Path | None) -> None:
    """Several agreements, or one along several lines."""
    both = otherwise.together(found)
    if show == "sensitivity":
        raise InputError("--show sensitivity: name one agreement: each has a base case of its own")
    if show == "overlaps":
        _no_chart(chart, show)
        answer(both.overlaps, OVERLAPS, out)
    elif show == "settlements":
        _no_chart(chart, show)
        if both.changes is None:
            raise InputError("none of these agreements has a layer of settlements")
        answer(both.changes, SETTLEMENTS, out)
    else:
        titles = dict.fromkeys(one.agreement.title.en for one in found)
        title = " beside ".join(titles) if len(titles) > 1 else f"{next(iter(titles))}: lines of several dates"
        _draw(
            chart, lambda: side_by_side_chart(both.table, title=title, label="name", names=_roads(found)), "comparison"
        )
        _across(both.table, "name", out)


def _roads(found: Sequence[Findings]) -> dict[str, str]:
    """What roads are called, by id."""
    return {road.id: road.name.en for one in found for road in one.agreement.corridors}


def _days(found: Findings, on: tuple[str, str], as_known_on: str | None, out: Path | None) -> None:
    days = [day_of(day, "--on") for day in on]
    hindsight = None if as_known_on is None else day_of(as_known_on, "--as-known-on")
    table = otherwise.days(found, days, dossier.observed(found), as_known_on=hindsight)
    columns = {"kind": Column("what"), "item": Column("which"), "reading": Column("reading", absent="every")}
    columns |= {day.isoformat(): Column(day.isoformat()) for day in days} | {"changed": Column("changed")}
    answer(table, columns, out)


def _settlements(found: Findings) -> pd.DataFrame:
    if found.settlements is None:
        raise InputError(f"{found.agreement.key}: the agreement has no layer of settlements")
    return found.settlements


def _across(table: pd.DataFrame, label: str, out: Path | None) -> None:
    """Print quantities down and rows across, core to full; write the table itself."""
    if out is not None:
        write_csv(table, out)
    shown = comparing.across(table, label)
    heads = {name: Column(str(name), widest=24) for name in shown}
    heads["quantity"] = Column("", widest=44)
    write_out(text_of(shown, heads))
    tell("two numbers: the core, on which every depth of the text's range agrees, and core and fringe together")
    if out is not None:
        tell(f"{out}: {len(table)} row{'' if len(table) == 1 else 's'}, {len(table.columns)} columns")


def _is_road(name: object) -> bool:
    return str(name).endswith("_km") and name not in {"depth_km", "reach_km"}


def _chart_name(path: Path | None) -> None:
    """Refuse a chart's name before anything is worked out."""
    if path is not None and path.suffix.lower() not in {".svg", ".png"}:
        raise InputError(f"{path}: {CHART}")


def _no_chart(chart: Path | None, show: Show) -> None:
    refuse_idle({"--chart": chart}, f"not for --show {show}; for results and sensitivity")


def _draw(path: Path | None, make: Any, name: str) -> None:
    if path is None:
        return
    with canvas.style():
        canvas.save(make(), path, name=name)
    tell(f"{path}: drawn")
