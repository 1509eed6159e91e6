"""Write the comparison of readings as tables for a report, with how each number was computed."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from dmz import roadstatus, sensitivity
from dmz.compare import COLUMNS, CORRIDOR_COLUMN, quantity, span
from dmz.dossier import Dossier
from dmz.findings import Findings
from dmz.geojson import plain

TWO_NUMBERS = """\
Two numbers are the core, on which every depth of the range agrees, and core and fringe together. A settlement counts
whole where its point lies, so one city on an edge can decide the number of people."""
CHOICES = """\
Reading: every reading of the text. Depth: the range of the text. Line: all of it at once moved into the ground of one
party, then of the other, by its stated uncertainty. Ends: round or flat. Clip: with and without the theatre."""
# Settlements that a sentence names; the largest known first.
NAMED = 12
# Characters that make a spreadsheet take a text for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(table: pd.DataFrame) -> str:
    """CSV of a table (UTF-8, line feeds): no geometry, unknown empty, no cell that a spreadsheet would run."""
    flat = pd.DataFrame(table.drop(columns="geometry")) if isinstance(table, gpd.GeoDataFrame) else table
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(flat.columns)
    for record in flat.to_dict("records"):
        writer.writerow([_cell(str(column), value) for column, value in record.items()])
    return out.getvalue()


def summary_csv(findings: Findings) -> str:
    """One row a reading, with what it was computed from."""
    agreement, line = findings.agreement, findings.line
    table = findings.comparison.copy()
    table.insert(0, "agreement", agreement.key)
    table["line_layer"] = agreement.line.layer
    table["line_sha256"] = findings.store.record(agreement.line.layer).sha256
    table["line_date"] = line.drawn
    table["text"] = [agreement.cite(reading) for reading in agreement.readings]
    return csv_text(table)


def columns_csv(findings: Findings, tables: Mapping[str, Mapping[str, str]]) -> str:
    """What every column of every table holds and how it was computed."""
    summary = {column: how_of(column) for column in findings.comparison}
    rows = [
        {"table": name, "column": column, "meaning": meaning}
        for name, columns in {"summary": summary, **tables}.items()
        for column, meaning in columns.items()
    ]
    return csv_text(pd.DataFrame(rows))


def summary_markdown(findings: Findings, dossier: Dossier, version: str) -> str:
    """Readings side by side, roads, patrols, obligations, how each number was computed, the limits and the sources."""
    agreement = findings.agreement
    parts = [
        f"# {agreement.title.en}",
        agreement.summary,
        "\n".join(f"> {note}  " for note in agreement.notes),
        "## What the readings give",
        _readings_table(findings),
        TWO_NUMBERS,
        "## What each reading rests on",
        "\n".join(f"- **{r.name.en}**: {agreement.quote(r.basis)}. {r.note}" for r in agreement.readings),
        *_section("What moves the results", _moved(findings, dossier)),
        *_section("Settlements gained and lost", _gained(findings, dossier)),
        *_section("Who holds the roads", _holders_table(findings, dossier)),
        *_section("What was reported of the roads", _roads_said(findings, dossier)),
        *_section("Where patrols were reported", _patrols_said(dossier)),
        "## What was to be done, and what is known of it",
        _obligations_table(findings, dossier),
        "## Where the sources differ",
        "\n".join(
            f"- **{d.topic}**: {agreement.quote(d.accounts)}. Modelled: {d.taken}" for d in agreement.differences
        ),
        "## How each number was computed",
        _method(findings, version),
        "## Sources",
        "\n".join(f"- {s.title}{s.url and f' <{s.url}>'}{s.note and f'. {s.note}'}" for s in agreement.sources),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def how_of(column: str) -> str:
    """How a column of the comparison is computed."""
    return COLUMNS.get(column, CORRIDOR_COLUMN)


def _readings_table(findings: Findings) -> str:
    """Quantities down, readings across, so that it fits a page."""
    table = findings.comparison.set_index("reading")
    rows = [["", *(reading.name.en for reading in findings.agreement.readings)]]
    rows.append(["line of contact, km", *(f"{km:.1f}" for km in table["line_km"])])
    for core in [column for column in table if "_core" in column]:
        pairs = zip(table[core], table[core.replace("_core", "_full")], strict=True)
        digits = 2 if core.startswith("jaccard") else None
        rows.append([_heading(findings, core), *(span(low, high, digits=digits) for low, high in pairs)])
    return _table(rows)


def _heading(findings: Findings, column: str) -> str:
    """What a quantity is called in a report: a road by its name, anything else by its column and unit."""
    roads = {f"{road.id.replace('-', '_')}_km": road.name.en for road in findings.agreement.corridors}
    road = roads.get(column.replace("_core", ""))
    return f"{road} inside, km" if road else quantity(column)


def _section(heading: str, text: str) -> list[str]:
    return [f"## {heading}", text] if text else []


def _moved(findings: Findings, dossier: Dossier) -> str:
    """What each choice moves, what that says of reading and depth, and areas at other depths."""
    explored = dossier.explored
    names = {reading.id: reading.name.en for reading in findings.agreement.readings}
    table = explored.sensitivity
    rows = [["", "base case", *sensitivity.FACTORS]]
    for result in dict.fromkeys(table["result"]):
        here = table[table["result"] == result].set_index("factor")
        moved = [_range(here.loc[factor]) for factor in sensitivity.FACTORS]
        rows.append([_heading(findings, result), span(*[here["base"].iloc[0]] * 2), *moved])
    base = f"{names[explored.base.reading]}, at {explored.base.greatest_km:g} km"
    said = [f"{names[reading]}: {verdict}" for reading, verdict in explored.verdicts.items() if verdict]
    parts = [
        f"One choice at a time is changed from the base case: {base}. {CHOICES}",
        _table(rows),
        "\n".join(f"- With the base case {one}." for one in said),
        f"Area, km², at other depths (all of them in `sweep.csv`):\n\n{_swept(findings, explored.sweep)}",
    ]
    return "\n\n".join(part for part in parts if part)


def _range(row: pd.Series) -> str:
    """Least and greatest result over a choice; what is unknown is said to be."""
    if pd.isna(row["swing"]):
        return "unknown"
    return span(row["low"], row["high"]) if row["swing"] else "no change"


def _swept(findings: Findings, swept: pd.DataFrame) -> str:
    """Areas at the least and greatest depth swept, and at those of the text that were."""
    area = swept.pivot_table(index="depth_km", columns="reading", values="area_km2", sort=False)
    text = swept.loc[swept["in_text"].fillna(value=False), "depth_km"]
    shown = sorted({area.index.min(), *([text.min(), text.max()] if len(text) else []), area.index.max()})
    readings = [reading for reading in findings.agreement.readings if reading.id in area]
    rows = [["depth, km", *(reading.name.en for reading in readings)]]
    rows += [[f"{km:g}", *(span(area[one.id][km], area[one.id][km]) for one in readings)] for km in shown]
    return _table(rows)


def _gained(findings: Findings, dossier: Dossier) -> str:
    """Settlements each reading gains and loses against the first, the first of them by name."""
    if dossier.changes is None or not len(dossier.changes):
        return ""
    names = {reading.id: reading.name.en for reading in findings.agreement.readings}
    full = dossier.changes[dossier.changes["extent"] == "full"]
    said = [
        f"Against {names[full['chosen'].iloc[0]]}, core and fringe together; all names in `settlement-changes.csv`."
    ]
    lines = []
    for reading, here in full.groupby("reading", sort=False):
        for change, some in here.groupby("change", sort=True):
            known = some.sort_values("population", ascending=False, na_position="last", kind="stable")["name"]
            more = f" and {len(known) - NAMED} more" if len(known) > NAMED else ""
            lines.append(f"- {names[reading]}: {change} {len(known)}: {', '.join(known[:NAMED])}{more}")
    return "\n\n".join([*said, "\n".join(lines)])


def _holders_table(findings: Findings, dossier: Dossier) -> str:
    """Km of each road by holder, and where it crosses the line."""
    if dossier.holdings is None or dossier.crossings is None:
        return ""
    km = dossier.holdings.pivot_table(index="corridor", columns="holder", values="length_km", aggfunc="sum")
    rows = [["road", *(f"{holder}, km" for holder in km), "crosses the line at km"]]
    for road in findings.agreement.corridors:
        at = dossier.crossings[dossier.crossings["corridor"] == road.id]["at_km"]
        held = ["none" if pd.isna(one) else f"{one:.1f}" for one in km.loc[road.id]]
        rows.append([road.name.en, *held, ", ".join(f"{one:.1f}" for one in at) or "nowhere"])
    return _table(rows)


def _roads_said(findings: Findings, dossier: Dossier) -> str:
    """Km of each road by status on each day of a report or a date; roads nobody reported on in a sentence."""
    if dossier.road_status is None:
        return ""
    names = {road.id: road.name.en for road in findings.agreement.corridors}
    km = dossier.road_status.groupby(["corridor", "on", "status"], sort=False)["length_km"].sum()
    told = [name for name in names if {*km[name].index.get_level_values("status")} != {roadstatus.UNKNOWN}]
    rows = [["road", "day", "status"]]
    for road in told:
        for on, here in km[road].groupby(level=0, sort=False):
            said = ", ".join(f"{status} {one:.1f} km" for status, one in here.droplevel(0).items())
            rows.append([names[road], str(on)[:10], said])
    silent = [names[name] for name in names if name not in told]
    parts = [_table(rows)] if told else []
    if silent:
        parts.append(f"Nobody reported on {', '.join(silent)}: unknown is neither open nor closed.")
    return "\n\n".join(parts)


def _patrols_said(dossier: Dossier) -> str:
    if dossier.covered is None:
        return ""
    said = []
    for row in dossier.covered.shares.itertuples():
        share = "unknown" if pd.isna(row.covered_share) else f"at least {row.covered_share:.0%}"
        said.append(
            f"- {row.length_km:.1f} km of the line of contact: {share} within {row.within_km:g} km of a reported route"
        )
        if not pd.isna(row.longest_gap_km):
            where = f"km {row.longest_gap_from_km:.1f} to {row.longest_gap_to_km:.1f}"
            said.append(f"- longest stretch without a report: {row.longest_gap_km:.1f} km, {where}")
    return "\n".join(said)


def _obligations_table(findings: Findings, dossier: Dossier) -> str:
    """What was to be done by when, and what was known on that day and on the last."""
    agreement = findings.agreement
    rows = [["due", "what", "by", "clause", "as known when due", f"as known on {dossier.last_day}"]]
    for term in sorted(agreement.obligations, key=lambda o: (o.due is None, o.due)):
        what = term.name.en + (f" ({', '.join(c.en for c in term.categories)})" if term.categories else "")
        who = ", ".join(agreement.party(party).name.en for party in term.parties)
        known = [_known(dossier, term.id, day) for day in (term.due, dossier.last_day)]
        rows.append([str(term.due or "no date"), what, who, agreement.cite(term), *known])
    return _table(rows)


def _known(dossier: Dossier, obligation: str, day: dt.date | None) -> str:
    """Status of an obligation as it stood on a day, one a reading where they differ."""
    if dossier.obligations is None or day is None:
        return ""
    mine = dossier.obligations[dossier.obligations["obligation"] == obligation]
    mine = mine[pd.to_datetime(mine["date"]) <= pd.Timestamp(day)].groupby("reading", dropna=False, sort=False).tail(1)
    kinds = list(dict.fromkeys(mine["status"]))
    if len(kinds) == 1:
        return str(kinds[0])
    return "; ".join(f"{row.reading}: {row.status}" for row in mine.itertuples())


def _method(findings: Findings, version: str) -> str:
    agreement, line = findings.agreement, findings.line
    record = findings.store.record(agreement.line.layer)
    said = [
        f"line: `{agreement.line.layer}`, {line.length_km:.1f} km, for {line.drawn}, sha256 `{record.sha256[:12]}`",
        f"depth: {_depth(findings)} km off the line by geodesic distance on WGS 84, ends {agreement.zone.ends}",
        f"theatre: clipped to `{agreement.layers.theatre}`, less ground of those who are no party to the line",
        f"dmz {version}",
    ]
    said += [f"`{column}`: {how_of(column)}" for column in findings.comparison if column in COLUMNS]
    return "\n".join(f"- {text}" for text in [*said, f"`..._core_km`, `..._full_km`: {CORRIDOR_COLUMN}"])


def _depth(findings: Findings) -> str:
    depth = findings.agreement.zone.depth_km
    return "-".join(f"{km:g}" for km in depth) if isinstance(depth, tuple) else str(depth)


def _table(rows: list[list[str]]) -> str:
    """Pipe table of Markdown; a bar inside a cell is escaped."""
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def _cell(column: str, value: object) -> object:
    shown = plain(column, value)
    if isinstance(shown, str) and shown.startswith(FORMULA):
        return f"'{shown}"
    return "" if shown is None else shown
