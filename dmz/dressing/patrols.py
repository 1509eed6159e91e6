"""Dress the patrols: those reported, those the text implies, and the gaps that the reported ones leave."""

from __future__ import annotations

import geopandas as gpd

from dmz import boundary, geodesy
from dmz.agreement import Reading
from dmz.dossier import Dossier
from dmz.dressing import obligations, watch, words
from dmz.dressing.colours import PATROL, UNKNOWN
from dmz.dressing.columns import COLUMNS
from dmz.findings import Findings
from dmz.layer import Layer, Style, Symbol


def layers(findings: Findings, dossier: Dossier) -> list[Layer]:
    """Gaps beneath, then the routes implied under each reading, then those reported."""
    if findings.routes is None or findings.patrols is None:
        return []
    routes = findings.routes.assign(
        length=[f"{geodesy.length(route) / 1000:.1f} km" for route in findings.routes.geometry]
    )
    dressed = _gaps(findings, dossier)
    for reading in findings.agreement.readings:
        implied = routes[(routes["reading"] == reading.id) & (routes["basis"] == boundary.IMPLIED)]
        if not implied.empty:
            dressed.append(_implied(findings, dossier, reading, implied))
    reported = routes[routes["basis"] == boundary.REPORTED].drop(columns="reading")
    return [*dressed, _reported(findings, reported)] if len(reported) else dressed


def _reported(findings: Findings, routes: gpd.GeoDataFrame) -> Layer:
    record = findings.store.record(findings.agreement.layers.patrols or "")
    return Layer(
        key="patrols-reported",
        title=record.title,
        features=routes.dropna(axis="columns", how="all"),
        style=Style.single(Symbol(PATROL, width_px=2.6)),
        group="patrols",
        abstract="Reported patrols whose route is known; reports without a route are in the agreement's file.",
        source=record.source,
        popup={
            "name": "Patrol",
            "date": "Date",
            "parties": "By",
            "status": "Status",
            "length": "Length",
            "source": "Source",
        },
        visible=False,
    )


def _implied(findings: Findings, dossier: Dossier, reading: Reading, routes: gpd.GeoDataFrame) -> Layer:
    term = next(term for term in findings.agreement.patrols if term.along == "zone-boundary")
    who = " and ".join(findings.agreement.party(party).name.en for party in term.parties)
    table = routes[["id", "name", "reading", "basis", "length_km", "length", "geometry"]].assign(
        parties=who,
        patrols=_patrolled(dossier, routes),
        obligations=obligations.said(findings, dossier, {"zone-boundary"}, reading=reading.id),
    )
    return Layer(
        key=f"patrols-implied-{reading.id}",
        title="Patrol lines the text implies",
        features=table,
        style=Style.single(Symbol(PATROL, width_px=2.2, dash_px=(1, 5))),
        group="patrols",
        abstract=term.note,
        source=findings.agreement.cite(term),
        reading=reading.id,
        popup={
            "name": "Route",
            "parties": "By",
            "length": "Length",
            "basis": "Basis",
            "patrols": "Patrols",
            "obligations": "To be done",
        },
        visible=False,
    )


def _patrolled(dossier: Dossier, routes: gpd.GeoDataFrame) -> list[str | None]:
    """How much of each implied route the reported patrols came near; one along the line of contact is that line."""
    if dossier.watched is None:
        return [None] * len(routes)
    shares = dossier.watched.shares
    edges = {*shares["track"]}
    return [watch.sentence(shares, route if route in edges else boundary.LINE) for route in routes["id"]]


def _gaps(findings: Findings, dossier: Dossier) -> list[Layer]:
    """Stretches no reported patrol came near: of the line of contact, then of the edges of each reading."""
    if dossier.watched is None:
        return []
    gaps = dossier.watched.gaps
    gaps = gaps[gaps["basis"] == boundary.REPORTED]
    found = [_gap_layer(findings, gaps[gaps["track"].str.startswith(boundary.LINE)], None)]
    found += [_gap_layer(findings, gaps[gaps["reading"] == r.id], r) for r in findings.agreement.readings]
    return [layer for layer in found if layer is not None]


def _gap_layer(findings: Findings, gaps: gpd.GeoDataFrame, reading: Reading | None) -> Layer | None:
    if gaps.empty:
        return None
    rows = gaps.to_dict("records")
    table = gaps.assign(
        id=[f"gap-{row['track']}-{row['gap']}" for row in rows],
        chainage=[words.stretch(row["from_km"], row["to_km"], row["length_km"]) for row in rows],
        begins=[words.where(row, "from_") for row in rows],
        ends=[words.where(row, "to_") for row in rows],
        meaning=[
            f"no reported patrol came within {row['within_km']:g} km; others may have, unreported" for row in rows
        ],
    )
    return Layer(
        key="patrol-gaps" if reading is None else f"patrol-gaps-{reading.id}",
        title="Gaps along the line of contact" if reading is None else "Gaps along the zone's edges",
        features=table,
        style=Style.single(Symbol(UNKNOWN, width_px=7.0, dash_px=(2, 4))),
        group="patrols",
        abstract="Chainage on the ellipsoid from the start of the line, or of the edge.",
        source=findings.store.record(findings.agreement.layers.patrols or findings.agreement.line.layer).source,
        reading=None if reading is None else reading.id,
        popup={"edge": "Of the", "chainage": "Gap", "begins": "Begins", "ends": "Ends", "meaning": "That is"},
        visible=False,
        columns=boundary.GAP_COLUMNS | COLUMNS["patrol-gaps"],
    )
