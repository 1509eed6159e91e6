"""Dress the roads: what lies in the zone, who holds each stretch, where it crosses the line, what was reported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import geopandas as gpd
import pandas as pd

from dmz import geodesy, holding, roadstatus
from dmz.agreement import Reading
from dmz.dossier import Dossier
from dmz.dressing import obligations, words
from dmz.dressing.colours import CLOSED, LINE, OPEN, PARTLY, ROAD, UNKNOWN, of_party
from dmz.dressing.columns import COLUMNS
from dmz.findings import Findings
from dmz.layer import Layer, Style, Symbol

# What nobody knows is dashed and grey wherever a road is told apart.
NOBODY_KNOWS = (2, 5)
STANDING = {"status_due": "Status when due", "status_last": "As last reported"}


def layers(findings: Findings, dossier: Dossier) -> list[Layer]:
    """The roads, over them their stretches in the zone of each reading, and by who holds them and what was reported."""
    if findings.roads is None:
        return []
    inside = (_inside(findings, dossier, reading) for reading in findings.agreement.readings)
    found = [_whole(findings, dossier, findings.roads), *inside, _held(findings, dossier), _status(findings, dossier)]
    return [layer for layer in found if layer is not None]


def crossings(findings: Findings, dossier: Dossier) -> list[Layer]:
    """Where roads cross the line of contact, and how far before and behind they may."""
    crossed = dossier.crossings
    if crossed is None or crossed.empty:
        return []
    names, called = _names(findings), _parties(findings)
    at = [f"km {km:.1f} from {start}" for km, start in zip(crossed["at_km"], _starts(findings, crossed), strict=True)]
    table = crossed.assign(
        id=[f"{road}-{number}" for road, number in zip(crossed["corridor"], crossed["crossing"], strict=True)],
        name=crossed["corridor"].map(names),
        at=at,
        may_be=[_may_be(row) for row in crossed.to_dict("records")],
        goes=[
            f"from {called[a].lower()} to {called[b].lower()}"
            for a, b in zip(crossed["from_party"], crossed["to_party"], strict=True)
        ],
        on_line=[f"km {km:.1f} of the line of contact" for km in crossed["line_km"]],
        near=[words.where(row) for row in crossed.to_dict("records")],
    )
    return [
        Layer(
            key="crossings",
            title="Where roads cross the line",
            features=table.assign(also=_also(table)),
            style=Style.single(Symbol(LINE, "#ffffff", 2.0, fill_opacity=1.0, marker="diamond", size_px=11)),
            group="corridors",
            abstract="Earliest and latest: as far along the road as the uncertainty of the line lets it cross.",
            source=_source(findings),
            popup={
                "name": "Road",
                "at": "Crosses at",
                "may_be": "Earliest to latest",
                "goes": "Goes",
                "on_line": "That is",
                "near": "Near",
                "also": "Here too",
            },
            columns=holding.CROSSING_COLUMNS | COLUMNS["crossings"],
        )
    ]


def _whole(findings: Findings, dossier: Dossier, roads: gpd.GeoDataFrame) -> Layer:
    lengths = [f"{geodesy.length(road) / 1000:.1f} km" for road in roads.geometry]
    table = roads.assign(length=lengths, held_by=[_holders(findings, dossier, road) for road in roads["corridor"]])
    table, headings = _with_standing(findings, dossier, table)
    table["obligations"] = [obligations.said(findings, dossier, {"corridors"}, road=road) for road in roads["corridor"]]
    return Layer(
        columns=COLUMNS["corridors"],
        key="corridors",
        title="Roads to be reopened",
        features=table,
        style=Style.single(Symbol(ROAD, width_px=2.0)),
        group="corridors",
        abstract="Roads whose transit traffic the agreement restores, as they are drawn here.",
        source=_source(findings),
        popup={"name": "Road", "length": "Length", "held_by": "Held by", "due": "To be open by"}
        | headings
        | {"obligations": "To be done", "clause": "Clause", "note": "Note"},
    )


def _inside(findings: Findings, dossier: Dossier, reading: Reading) -> Layer | None:
    """Stretches of the roads in the zone of a reading; None where none runs through it."""
    if findings.corridors is None or not (findings.corridors["reading"] == reading.id).any():
        return None
    pieces = findings.corridors[findings.corridors["reading"] == reading.id]
    table = _stretches(findings, pieces).assign(
        id=[f"{reading.id}-{road}-{n}" for n, road in enumerate(pieces["corridor"])]
    )
    table, headings = _with_standing(findings, dossier, table)
    symbols = {
        "core": Symbol(ROAD, width_px=5.0, label="Inside the core"),
        "fringe": Symbol(ROAD, width_px=5.0, dash_px=(7, 5), label="Inside the fringe"),
    }
    return Layer(
        key=f"corridors-in-{reading.id}",
        title="Roads inside the zone",
        features=table,
        style=Style({band: symbols[band] for band in symbols if band in {*table["band"]}}, "band"),
        group="corridors",
        abstract="Chainage along the road from its first-named end, on the ellipsoid.",
        source=_source(findings),
        reading=reading.id,
        popup={"name": "Road", "chainage": "Chainage", "band": "Band", "party": "Ground held by"} | headings,
    )


def _held(findings: Findings, dossier: Dossier) -> Layer | None:
    """Stretches by who holds the ground, whatever the reading."""
    held = dossier.holdings
    if held is None or held.empty:
        return None
    called = _parties(findings)
    table = _stretches(findings, held).assign(
        id=[f"{road}-held-{n}" for n, road in enumerate(held["corridor"])],
        held_by=held["holder"].map(lambda holder: called.get(holder, holder)),
        unsure=["unknown" if pd.isna(km) else f"{km:.1f} km of it" for km in held["contested_km"]],
        begins=[words.where(row, "entry_") for row in held.to_dict("records")],
        ends=[words.where(row, "exit_") for row in held.to_dict("records")],
    )
    table, headings = _with_standing(findings, dossier, table)
    symbols = {holder: _of_holder(findings, str(holder), called) for holder in dict.fromkeys(held["holder"])}
    return Layer(
        key="holdings",
        title="Who holds each stretch",
        features=table,
        style=Style(symbols, "holder"),
        group="corridors",
        abstract="By the areas of control where they are known, else by the nearest side of the line of contact.",
        source=_source(findings),
        popup={
            "name": "Road",
            "held_by": "Held by",
            "chainage": "Chainage",
            "unsure": "Either's, as the line is uncertain",
            "begins": "Begins",
            "ends": "Ends",
        }
        | headings,
        visible=False,
        columns=holding.COLUMNS | COLUMNS["holdings"],
    )


def _of_holder(findings: Findings, holder: str, called: dict[str, str]) -> Symbol:
    if holder not in called:
        return Symbol(UNKNOWN, width_px=4.0, dash_px=NOBODY_KNOWS, label="Nobody knows who")
    dash = () if holder == findings.line.left else (12, 3) if holder == findings.line.right else (3, 3)
    return Symbol(of_party(findings, holder), width_px=4.0, dash_px=dash, label=called[holder])


def _status(findings: Findings, dossier: Dossier) -> Layer | None:
    """Stretches by what was reported, each from the day it was asked for to the day before the next."""
    told = dossier.road_status
    if told is None or told.empty:
        return None
    days = sorted({*told["on"]})
    until = {day: next_day - dt.timedelta(days=1) for day, next_day in pairwise(days)}
    table = _stretches(findings, told).assign(
        id=[f"{row.corridor}-{row.on}-{n}" for n, row in enumerate(told.itertuples())],
        reported=[_reported(row) for row in told.to_dict("records")],
        valid_from=told["on"],
        valid_to=told["on"].map(until.get),
    )
    symbols = {
        roadstatus.OPEN: Symbol(OPEN, width_px=5.0, label="open"),
        roadstatus.PARTLY: Symbol(PARTLY, width_px=5.0, dash_px=(9, 3), label="partly open"),
        roadstatus.CLOSED: Symbol(CLOSED, width_px=6.0, dash_px=(2, 2), label="closed"),
        roadstatus.UNKNOWN: Symbol(UNKNOWN, width_px=3.0, dash_px=NOBODY_KNOWS, label="unknown: nobody reported"),
    }
    there = {*table["status"]}
    return Layer(
        key="road-status",
        title=f"Roads as last reported, {words.day(days[-1])}",
        features=table,
        style=Style({status: symbol for status, symbol in symbols.items() if status in there}, "status"),
        group="status",
        abstract="From dated reports only; a report holds until a later one replaces it. Nothing is open because "
        "nobody said otherwise. The file has every day on which anything was reported or due.",
        source=findings.store.record(findings.agreement.layers.road_reports or "").source,
        popup={
            "name": "Road",
            "status": "Status",
            "chainage": "Chainage",
            "valid_from": "From",
            "reported": "Reported",
            "confidence": "Confidence",
        },
        visible=False,
        on=days[-1],
        columns=roadstatus.COLUMNS | COLUMNS["road-status"],
    )


def _reported(row: dict[str, Any]) -> str:
    if not row["said"]:
        return "nobody reported"
    return f"{row['said']}, {words.day(row['since'])}" + (" (they contradict each other)" if row["conflict"] else "")


def _with_standing(
    findings: Findings, dossier: Dossier, table: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    """Rows with what was known of them when due and at the last report, and headings for a popup."""
    told = dossier.road_status
    if told is None:
        return table, {}
    due = {term.id: term.due for term in findings.agreement.corridors}
    last = max(told["on"])
    ends = ("from_km", "to_km") if "from_km" in table else ()
    rows = [(row["corridor"], tuple(row[end] for end in ends)) for row in table.to_dict("records")]
    return table.assign(
        status_due=[_on_day(told, road, due[road], *span) if due[road] else None for road, span in rows],
        status_last=[_on_day(told, road, last, *span) for road, span in rows],
    ), STANDING


def _on_day(told: gpd.GeoDataFrame, road: str, on: Any, from_km: float = 0.0, to_km: float = float("inf")) -> str:
    """``"17 August 2020: partly 58.4 km (km 48.7 to km 107.1), unknown 103.9 km"``, of a stretch of a road."""
    here = told[(told["corridor"] == road) & (told["on"] == on)]
    low, high = here["from_km"].clip(lower=from_km), here["to_km"].clip(upper=to_km)
    here = here.assign(from_km=low, to_km=high)[high > low]
    said = [_km(status, spans) for status, spans in here.groupby("status", sort=False)]
    if len(said) == 1:
        status = here["status"].iloc[0]
        said = ["unknown, nobody reported" if status == roadstatus.UNKNOWN and not here["conflict"].any() else status]
    return f"{words.day(on)}: {', '.join(said)}"


def _km(status: str, spans: pd.DataFrame) -> str:
    km = (spans["to_km"] - spans["from_km"]).sum()
    if status == roadstatus.UNKNOWN:
        return f"{status} {km:.1f} km"
    each = ", ".join(words.span(low, high) for low, high in zip(spans["from_km"], spans["to_km"], strict=True))
    return f"{status} {km:.1f} km ({each})"


def _holders(findings: Findings, dossier: Dossier, road: str) -> str | None:
    """``"government to km 46.9, opposition to km 153.2, government to km 162.3"``."""
    if dossier.holdings is None:
        return None
    called = {party: name.lower() for party, name in _parties(findings).items()}
    here = dossier.holdings[dossier.holdings["corridor"] == road]
    each = zip(here["holder"], here["to_km"], strict=True)
    return ", ".join(f"{called.get(holder, holder)} to km {km:.1f}" for holder, km in each)


def _stretches(findings: Findings, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Stretches with the road's name and their chainage in words."""
    spans = zip(table["from_km"], table["to_km"], table["length_km"], strict=True)
    return table.assign(
        name=table["corridor"].map(_names(findings)), chainage=[words.stretch(*one_span) for one_span in spans]
    )


def _may_be(row: dict[str, Any]) -> str:
    """Chainages between which a crossing may lie."""
    return words.UNKNOWN if pd.isna(row["earliest_km"]) else words.span(row["earliest_km"], row["latest_km"])


def _also(table: gpd.GeoDataFrame) -> list[str | None]:
    """Other roads that cross at the same place, which a click would not reach."""
    at = [*zip(table["lon"].round(5), table["lat"].round(5), strict=True)]
    told = [
        f"{name} at {where} ({may})" for name, where, may in table[["name", "at", "may_be"]].itertuples(index=False)
    ]
    return ["; ".join(_others(told, at, number)) or None for number in range(len(at))]


def _others(told: list[str], at: list[Any], number: int) -> Iterable[str]:
    return (told[other] for other in range(len(at)) if other != number and at[other] == at[number])


def _starts(findings: Findings, table: pd.DataFrame) -> pd.Series:
    return table["corridor"].map({term.id: term.from_place for term in findings.agreement.corridors})


def _names(findings: Findings) -> dict[str, str]:
    return {term.id: term.name.en for term in findings.agreement.corridors}


def _parties(findings: Findings) -> dict[str, str]:
    return {party.id: party.name.en for party in findings.agreement.parties}


def _source(findings: Findings) -> str:
    return findings.store.record(findings.agreement.layers.corridors or "").source
