"""Write the comparison of readings as tables for a report, with how each number was computed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from dmz import boundary, caveats, duties, exposure, moved, placing, posts, roadstatus, sureness
from dmz.agreement import Agreement, Reading, ZoneTerms
from dmz.compare import BELT_COLUMN, COLUMNS, CORRIDOR_COLUMN, by_belt, quantity, span
from dmz.compliance import DEFAULT as RULES
from dmz.dossier import Dossier
from dmz.findings import Findings
from dmz.geojson import plain

TWO_NUMBERS = "Two numbers are the core, on which every depth of the range agrees, and core and fringe together."
WHOLE = "A settlement counts whole where its point lies, so one city on an edge can decide the number of people."
SEVERAL = "The zones overlap: each is counted on its own, and their areas are not to be added up."
JUDGED = (
    f"Judgements of ours, not of the text: a place counts as seen within {RULES.seen_m / 1000:g} km; ground counts as "
    f"met from {RULES.enough_share:.0%} of it seen in order; a report of keeping to a lasting duty counts for "
    f"{RULES.valid_days} days; observers who differ within {RULES.same_time_days} days contradict each other."
)
UNREPORTED = "No reports of how these were kept belong to this agreement's file: nothing is said of it here."
# Headings of chapters that a picture goes with.
READINGS, BASIS = "What the readings give", "What each reading rests on"
PEOPLE, HOLDERS = "Who lives in the zone", "Who holds the roads"
PATROLS, OBLIGATIONS = "What patrols came near", "What was to be done, and what is known of it"
# Characters that make a spreadsheet take a text for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
UNKNOWN = "unknown"
# Columns that the summary has beside those of the comparison.
SUMMARY_COLUMNS = {
    "agreement": "key of the agreement",
    "line_layer": "key of the line in the manifest, or your file; of each party's where each has its own",
    "line_sha256": "hash of its file",
    "line_date": "day it is drawn for",
    "text": "where the reading stands, or the zone where the agreement has several",
    "input_faults": "inputs' faults: how many times one is not as its manifest says; see inputs",
    "input_warnings": "warnings of inputs that were used all the same; see inputs",
}


def csv_text(table: pd.DataFrame) -> str:
    """CSV of a table (UTF-8, line feeds): no geometry, unknown empty, no cell that a spreadsheet would run."""
    flat = pd.DataFrame(table.drop(columns="geometry")) if isinstance(table, gpd.GeoDataFrame) else table
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(flat.columns)
    for record in flat.to_dict("records"):
        writer.writerow([_cell(str(column), value) for column, value in record.items()])
    return out.getvalue()


def summary_csv(findings: Findings, dossier: Dossier) -> str:
    """One row a reading, with what it was computed from."""
    agreement, line = findings.agreement, findings.line
    table = findings.comparison.copy()
    table.insert(0, "agreement", agreement.key)
    table["line_layer"] = "; ".join(origin.layer for origin in findings.origins) or None
    table["line_sha256"] = "; ".join(origin.sha256 for origin in findings.origins) or None
    table["line_date"] = line.drawn
    table["text"] = [_text(findings, row) for row in table.to_dict("records")]
    kinds = dossier.inputs["kind"]
    table["input_faults"], table["input_warnings"] = (kinds == caveats.FAULT).sum(), (kinds == caveats.WARNING).sum()
    return csv_text(table)


def _text(findings: Findings, row: dict[str, Any]) -> str:
    """Where a row of the comparison stands: its zone's clause where there are several, else its reading's."""
    agreement = findings.agreement
    if "belt" in row:
        return agreement.cite(agreement.belt(row["belt"]))
    return agreement.cite(next(reading for reading in agreement.readings if reading.id == row["reading"]))


def columns_csv(findings: Findings, tables: Mapping[str, Mapping[str, str]]) -> str:
    """What every column of every table holds and how it was computed."""
    summary = {column: how_of(column) for column in findings.comparison} | SUMMARY_COLUMNS
    rows = [
        {"table": name, "column": column, "meaning": meaning}
        for name, columns in {"summary": summary, **tables}.items()
        for column, meaning in columns.items()
    ]
    return csv_text(pd.DataFrame(rows))


def summary_markdown(findings: Findings, dossier: Dossier, version: str) -> str:
    """Readings side by side, roads, patrols, posts, obligations, inputs, how each number was computed, the sources."""
    agreement = findings.agreement
    parts = [f"# {agreement.title.en}", agreement.summary, limits(findings)]
    parts += [
        part for heading, text in chapters(findings, dossier, version).items() for part in (f"## {heading}", text)
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def limits(findings: Findings) -> str:
    """What must be read with every number: the notes of the agreement's file."""
    return "\n".join(f"> {note}  " for note in findings.agreement.notes)


def chapters(findings: Findings, dossier: Dossier, version: str) -> dict[str, str]:
    """Chapters of a report in Markdown, by heading; one of which nothing is known is left out."""
    agreement = findings.agreement
    sources = [f"- {s.title}{s.url and f' <{s.url}>'}{s.note and f'. {s.note}'}" for s in agreement.sources]
    every = {
        READINGS: "\n\n".join(filter(None, [_readings_table(findings), _how_to_read(findings)])),
        "How sure the zone is": _doubt(findings, dossier),
        BASIS: _rests_on(agreement, agreement.readings),
        "What each zone rests on": _rests_on(agreement, agreement.zones) if _several(findings) else "",
        "What moves the results": _moved(findings, dossier),
        "Settlements gained and lost": _gained(findings, dossier),
        PEOPLE: _people_said(findings, dossier),
        "What else lies in the zone": _facilities_said(dossier),
        "Administrative units it touches": _units_said(dossier),
        HOLDERS: _holders_table(findings, dossier),
        "What was reported of the roads": _roads_said(findings, dossier),
        PATROLS: _patrols_said(findings, dossier),
        "What observation posts have within reach": _posts_said(findings, dossier),
        OBLIGATIONS: _obligations_table(findings, dossier),
        "What was known then, and what is known now": _hindsight_table(findings, dossier),
        "Where the sources differ": _differences(agreement),
        "What is known of the inputs": _inputs_said(dossier),
        "How each number was computed": _method(findings, version),
        "Sources": "\n".join(sources),
    }
    return {heading: text for heading, text in every.items() if text}


def how_of(column: str) -> str:
    """How a column of the comparison is computed."""
    return (COLUMNS | BELT_COLUMN).get(column, CORRIDOR_COLUMN)


def _readings_table(findings: Findings) -> str:
    """Quantities down, readings across, so that it fits a page; one zone beneath the other where there are several."""
    names, called = [reading.name.en for reading in findings.agreement.readings], findings.agreement.line_called
    rows = [["", *names]]
    for belt, table in by_belt(findings.comparison):
        if belt:
            rows.append([f"**{findings.agreement.belt(belt).name.en}**", *("" for _ in names)])
        told = "both parties' lines" if findings.own and table["reach_core_km"].notna().any() else called
        rows.append([f"{told}, km", *(f"{km:.1f}" for km in table["line_km"])])
        for core in [column for column in table if "_core" in column]:
            pairs = [*zip(table[core], table[core.replace("_core", "_full")], strict=True)]
            if not core.startswith("reach") or table[core].notna().any():
                digits = 2 if core.startswith("jaccard") else None
                rows.append([_heading(findings, core), *(span(low, high, digits=digits) for low, high in pairs)])
    return _table(rows)


def _how_to_read(findings: Findings) -> str:
    """What the numbers of the table are."""
    said = [TWO_NUMBERS] if (findings.zones["band"] == "fringe").any() else []
    said += [WHOLE] if findings.settlements is not None else []
    return " ".join([*said, *([SEVERAL] if _several(findings) else [])])


def _several(findings: Findings) -> bool:
    return len(findings.agreement.zones) > 1


def _rests_on(agreement: Agreement, terms: Iterable[Reading | ZoneTerms]) -> str:
    return "\n".join(f"- **{term.name.en}**: {agreement.quote(term.basis)}. {term.note}".rstrip() for term in terms)


def _differences(agreement: Agreement) -> str:
    return "\n".join(
        f"- **{d.topic}**: {agreement.quote(d.accounts)}. Modelled: {d.taken}" for d in agreement.differences
    )


def _heading(findings: Findings, column: str) -> str:
    """What a quantity is called in a report: a road by its name, anything else by its column and unit."""
    roads = {f"{road.id.replace('-', '_')}_km": road.name.en for road in findings.agreement.corridors}
    road = roads.get(column.replace("_core", ""))
    return f"{road} inside, km" if road else quantity(column)


def _doubt(findings: Findings, dossier: Dossier) -> str:
    """How sure the zone is, in a table and in words."""
    if dossier.doubt is None:
        return ""
    return f"{_table(sureness.rows(findings, dossier.doubt))}\n\n{sureness.words(findings, dossier.doubt)}"


def _moved(findings: Findings, dossier: Dossier) -> str:
    """What each choice moves, what that says of reading and depth, and areas at other depths."""
    if dossier.explored is None:
        return ""
    explored, names = dossier.explored, _reading_names(findings)
    base = f"{names[explored.base.reading]}, at {explored.base.greatest_km:g} km"
    parts = [
        f"One choice at a time is changed from the base case: {base}. {moved.CHOICES}",
        _table(moved.choices(explored, lambda result: _heading(findings, result))),
        "\n".join(f"- {said}" for said in moved.verdicts(explored, names)),
        "Area, km², at other depths (all of them in `sweep.csv`):",
        _table(moved.depths(explored.sweep, names)),
    ]
    return "\n\n".join(part for part in parts if part)


def _gained(findings: Findings, dossier: Dossier) -> str:
    """Settlements each reading gains and loses against the first, the first of them by name."""
    if dossier.changes is None or not len(dossier.changes):
        return ""
    names = _reading_names(findings)
    against = names[dossier.changes["chosen"].iloc[0]]
    lines = "\n".join(f"- {said}" for said in moved.changes(dossier.changes, names))
    return f"Against {against}, core and fringe together; all names in `settlement-changes.csv`.\n\n{lines}"


def _reading_names(findings: Findings) -> dict[str, str]:
    return {reading.id: reading.name.en for reading in findings.agreement.readings}


def _people_said(findings: Findings, dossier: Dossier) -> str:
    """Settlements and people known, inside, on the edge and near; by a raster of people where there is one."""
    if dossier.people_by_reading is None:
        return ""
    heads = ["reading", "zone", "settlements", "how many", "without a figure", "people known", "year of the figures"]
    rows = [heads] + [
        [
            _called(findings, row),
            row.band,
            row.standing,
            str(row.settlements),
            str(row.settlements_unknown),
            _figure(row.population_low, row.population_high),
            _years(row),
        ]
        for row in dossier.people_by_reading.itertuples()
        if row.settlements
    ]
    said_by = dossier.people_by_reading["population_source"].dropna()
    sources = sorted({one for text in said_by for one in text.split(exposure.SEPARATOR)})
    parts = [_table(rows), f"{_judged(findings)} Figures: {'; '.join(sources) or 'nobody says whose'}."]
    if dossier.gridded is not None:
        whole = dossier.gridded[dossier.gridded["party"].isna()]
        said = [["reading", "zone", "people", "share of the ground with a number", "source", "year"]]
        said += [
            [
                _called(findings, row),
                row.band,
                _figure(row.people, row.people),
                f"{row.share_valued:.1%}",
                row.population_source,
                "unknown" if pd.isna(row.population_year) else str(row.population_year),
            ]
            for row in whole.itertuples()
        ]
        parts += ["By a raster of counts, spread evenly over each cell:", _table(said)]
    return "\n\n".join(parts)


def _called(findings: Findings, row: Any) -> str:
    """Reading of a row, and its zone where there are several."""
    name = _reading(findings, row.reading)
    return f"{name}: {findings.agreement.belt(row.belt).name.en}" if _several(findings) else name


def _figure(low: object, high: object) -> str:
    """Whole people, a range where sources differ."""
    return span(*(float("nan") if pd.isna(value) else round(float(str(value))) for value in (low, high)))


def _years(row: object) -> str:
    first, last = row.population_from_year, row.population_to_year  # type: ignore[attr-defined]
    if row.settlements_known == 0:  # type: ignore[attr-defined]
        return ""
    said = [] if pd.isna(first) else ["–".join(dict.fromkeys((str(first), str(last))))]
    silent = row.settlements_year_unknown  # type: ignore[attr-defined]
    return ", ".join([*said, *([f"{silent} of unknown year"] if silent else [])])


def _judged(findings: Findings) -> str:
    """What inside, edge and near mean in the tables."""
    terms = findings.agreement.exposure
    near_km = placing.NEAR_KM if terms.near_km is None else terms.near_km
    unsure = "they are taken as placed" if terms.uncertainty_km is None else f"{terms.uncertainty_km:g} km are taken"
    return (
        f"Edge: within the uncertainty of the settlement's position of the zone's edge (where the layer gives none, "
        f"{unsure}). Near: outside it, within {near_km:g} km of its edge. Settlements without a figure are in no sum; "
        "a row that is not there has no settlement of the layer."
    )


def _facilities_said(dossier: Dossier) -> str:
    """Facilities by category, in each band and party's ground."""
    if dossier.facility_counts is None:
        return ""
    table = dossier.facility_counts
    columns = [
        "reading",
        *(["belt"] if "belt" in table else []),
        "band",
        "party",
        "category",
        *placing.STANDINGS,
        "in_layer",
    ]
    rows = [[name.replace("_", " ") for name in columns]]
    rows += [[str(row[name]) for name in columns] for row in table.to_dict("records")]
    return _table(rows) + "\n\nOf the layer only: 0 says that it has none there, not that there is none."


def _units_said(dossier: Dossier) -> str:
    """Units and the share of each inside, by band and party."""
    if dossier.units is None:
        return ""
    rows = [["reading", "band", "party", "P-code", "unit", "inside, km²", "share of the unit", "share of the ground"]]
    for row in dossier.units.itertuples():
        named = ["unknown" if pd.isna(one) else str(one) for one in (row.pcode, row.name)]
        shares = [f"{row.inside_km2:.1f}", f"{row.unit_share:.1%}", f"{row.zone_share:.1%}"]
        rows.append([row.reading, row.band, row.party, *named, *shares])
    return _table(rows)


def _holders_table(findings: Findings, dossier: Dossier) -> str:
    """Km of each road by holder, and where it crosses the line."""
    if dossier.holdings is None or dossier.crossings is None:
        return ""
    km = dossier.holdings.pivot_table(index="corridor", columns="holder", values="length_km", aggfunc="sum")
    rows = [["road", *(f"{holder}, km" for holder in km), "crosses the line at km (earliest to latest)"]]
    for road in findings.agreement.corridors:
        at = dossier.crossings[dossier.crossings["corridor"] == road.id].to_dict("records")
        held = ["none" if pd.isna(one) else f"{one:.1f}" for one in km.loc[road.id]]
        rows.append([road.name.en, *held, ", ".join(map(_crossing, at)) or "nowhere"])
    return _table(rows)


def _crossing(row: dict[str, Any]) -> str:
    """``"46.9 (45.5–48.4)"``: as far as the line is uncertain."""
    if pd.isna(row["earliest_km"]):
        return f"{row['at_km']:.1f} ({UNKNOWN})"
    return f"{row['at_km']:.1f} ({row['earliest_km']:.1f}–{row['latest_km']:.1f})"


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


def _patrols_said(findings: Findings, dossier: Dossier) -> str:
    """What reported patrols came near, edge by edge, and whether the routes implied run along the line of contact."""
    if dossier.watched is None:
        return ""
    shares = dossier.watched.shares
    rows = [["reading", "edge", "length, km", "at least, km", "share", "gaps", "longest gap, km", "from km", "to km"]]
    rows += [_watched_row(findings, row) for row in shares[shares["basis"] == boundary.REPORTED].to_dict("records")]
    within_km = shares["within_km"].iloc[0]
    said = (
        f"Within {within_km:g} km of a patrol somebody reported, whose route is known. More may have been patrolled, "
        "unreported: gaps are gaps in what was reported."
    )
    return "\n\n".join([said, _table(rows), *_implied_said(findings, shares)])


def _watched_row(findings: Findings, row: dict[str, Any]) -> list[str]:
    reading = "every" if pd.isna(row["reading"]) else _reading(findings, row["reading"])
    numbers = [_number(row[f"{name}_km"]) for name in ("length", "covered")]
    share = UNKNOWN if pd.isna(row["covered_share"]) else f"{row['covered_share']:.1%}"
    gaps = UNKNOWN if pd.isna(row["gaps"]) else str(row["gaps"])
    longest = [_number(row[f"longest_gap_{name}km"]) for name in ("", "from_", "to_")]
    return [reading, row["edge"], *numbers, share, gaps, *longest]


def _implied_said(findings: Findings, shares: pd.DataFrame) -> list[str]:
    """Whether the routes the text implies would run along the line of contact, a sentence a reading."""
    mine = shares[(shares["basis"] == boundary.IMPLIED) & (shares["track"] == boundary.LINE)]
    return [
        f"Patrols along the zone's edges, as the text implies them, would come within {row.within_km:g} km of "
        f"{row.covered_share:.1%} of the {findings.agreement.line_called} if it means "
        f"“{_reading(findings, row.reading)}”."
        for row in mine.itertuples()
    ]


def _posts_said(findings: Findings, dossier: Dossier) -> str:
    """What the posts have of the line and of each zone within their radius."""
    along, areas = dossier.posts_along, dossier.posts_areas
    if along is None or areas is None:
        return ""
    every = along[(along["operator"] == posts.EVERYONE) & along["track"].isin([boundary.LINE])]
    rows = [["of", "as placed", "at least", "at most", "share as placed"]]
    for row in every.to_dict("records"):
        numbers = (_number(row[name]) for name in ("seen_km", "seen_least_km", "seen_most_km"))
        rows.append([f"{findings.agreement.line_called}, km", *numbers, _share(row["seen_share"])])
    for row in areas[areas["operator"] == posts.EVERYONE].to_dict("records"):
        numbers = (_number(row[name]) for name in ("seen_km2", "seen_least_km2", "seen_most_km2"))
        where = f"{_reading(findings, row['reading'])}, {row['extent']}, km²"
        rows.append([where, *numbers, _share(row["seen_share"])])
    first = areas.iloc[0]
    count = "" if pd.isna(first["posts_reported"]) else f" of {first['posts_reported']} reported"
    said = (
        f"{first['posts_placed']} posts placed{count}. Within {first['radius_km']:g} km of one, {posts.METHOD}; the "
        "radius is taken for all, no source gives one. At least and at most: wherever in its uncertainty each stood."
    )
    return f"{said}\n\n{_table(rows)}"


def _inputs_said(dossier: Dossier) -> str:
    """What is wrong, missing or uncertain in the inputs."""
    rows = dossier.inputs.to_dict("records")
    found = [f"- `{row['input']}` ({row['kind']}): {row['problem']}" for row in rows]
    if not any(row["kind"] in {caveats.FAULT, caveats.WARNING} for row in rows):
        found.insert(0, "- Every input is as its manifest says: present, the same bytes, rows, columns and geometry.")
    return "\n".join(found)


def _obligations_table(findings: Findings, dossier: Dossier) -> str:
    rows, judged = duties.rows(findings, dossier), findings.agreement.observations is not None
    return "\n\n".join([_table(rows), JUDGED if judged else UNREPORTED]) if len(rows) > 1 else ""


def _hindsight_table(findings: Findings, dossier: Dossier) -> str:
    rows = duties.hindsight_rows(findings, dossier)
    said = (
        f"What was known by each day; behind an arrow what is known of that day on {dossier.last_day}, where it "
        "differs. `hindsight.csv` names the reports behind each."
    )
    return f"{said}\n\n{_table(rows)}" if rows else ""


def _reading(findings: Findings, reading: str) -> str:
    return next(one.name.en for one in findings.agreement.readings if one.id == reading)


def _number(value: float) -> str:
    return UNKNOWN if pd.isna(value) else f"{value:,.1f}".replace(",", "\u202f")


def _share(value: float) -> str:
    return UNKNOWN if pd.isna(value) else f"{value:.1%}"


def _method(findings: Findings, version: str) -> str:
    agreement, line = findings.agreement, findings.line
    drawn = f", for {line.drawn}" if line.drawn else ""
    files = [f"`{origin.layer}`, sha256 `{origin.sha256[:12]}`" for origin in findings.origins]
    said = [f"{agreement.line_called}: {line.length_km:.1f} km{drawn}; {'; '.join(files) or line.source}"]
    said += [f"{zone.name.en.lower()}: {_ground(findings, zone)}" for zone in agreement.zones]
    if agreement.layers.theatre is not None:
        clipped = f"theatre: clipped to `{agreement.layers.theatre}`"
        said.append(
            clipped + ", less ground of those who are no party to the line" * (agreement.layers.areas is not None)
        )
    said.append(f"dmz {version}")
    said += [f"`{column}`: {how_of(column)}" for column in findings.comparison if column in COLUMNS]
    if findings.corridors is not None:
        said.append(f"`..._core_km`, `..._full_km`: {CORRIDOR_COLUMN}")
    return "\n".join(f"- {text}" for text in said)


def _ground(findings: Findings, zone: ZoneTerms) -> str:
    """How a zone's ground was drawn."""
    if zone.corners:
        return f"{len(zone.corners)} corners joined by geodesics on WGS 84"
    if zone.between:
        return "ground between the two lines, their ends joined by geodesics on WGS 84"
    off = "each party's own line" if findings.own else f"the {findings.agreement.line_called}"
    return f"{zone.depth_said} off {off} by geodesic distance on WGS 84, ends {zone.ends}"


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
