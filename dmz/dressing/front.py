"""Dress the line of contact, the ground it may run on, and the points it was drawn through."""

from __future__ import annotations

import geopandas as gpd

from dmz import boundary
from dmz.dossier import Dossier
from dmz.dressing import obligations, watch
from dmz.dressing.colours import LINE
from dmz.findings import Findings
from dmz.geodata import WGS84
from dmz.layer import Layer, Style, Symbol
from dmz.line import uncertainty_band


def layers(findings: Findings, dossier: Dossier) -> list[Layer]:
    """The line of contact on top of the ground it may run on."""
    line, agreement = findings.line, findings.agreement
    record = findings.store.record(agreement.line.layer)
    facts = {
        "id": "line-of-contact",
        "name": line.name,
        "drawn_for": line.drawn,
        "left": line.left,
        "right": line.right,
        "length_km": line.length_km,
        "length": f"{line.length_km:.1f} km at the resolution it is drawn in",
        "status": record.note,
        "patrols": _patrolled(dossier),
        "obligations": obligations.said(findings, dossier, {"area"}),
        "geometry": line.geometry,
    }
    shown = {"name": "Line", "drawn_for": "Drawn for", "left": "Left", "right": "Right"}
    drawn = Layer(
        key="line",
        title=record.title,
        features=gpd.GeoDataFrame([facts], crs=WGS84),
        style=Style.single(Symbol(LINE, width_px=3.2)),
        group="line",
        abstract=agreement.line.note,
        source=record.source,
        popup={**shown, "length": "Length", "patrols": "Patrols", "obligations": "To be done", "status": "Status"},
    )
    return [*_line_uncertainty(findings), drawn, *_line_vertices(findings)]


def _line_uncertainty(findings: Findings) -> list[Layer]:
    band, radius_m = uncertainty_band(findings.line), findings.line.uncertainty_m
    if band is None or radius_m is None:
        return []
    km = radius_m / 1000
    record = {
        "id": "line-uncertainty",
        "uncertainty": f"{km.min():g} to {km.max():g} km, mean {km.mean():.1f} km",
        "geometry": band,
    }
    return [
        Layer(
            key="line-uncertainty",
            title="Where the line may run",
            features=gpd.GeoDataFrame([record], crs=WGS84),
            style=Style.single(Symbol(LINE, LINE, 0.8, (2, 3), 0.14, "dots")),
            group="line",
            abstract="Ground within the stated uncertainty of the line, changing from vertex to vertex.",
            source=findings.store.record(findings.agreement.line.layer).source,
            popup={"uncertainty": "Uncertainty either way"},
        )
    ]


def _line_vertices(findings: Findings) -> list[Layer]:
    """Why the line runs where it does, vertex by vertex."""
    key = findings.agreement.layers.vertices
    if key is None:
        return []
    vertices = findings.store.open(key)
    table = vertices.assign(uncertainty=[f"{km:g} km either way" for km in vertices["uncertainty_km"]])
    return [
        Layer(
            key="line-vertices",
            title="Vertices and the places they run between",
            features=table,
            style=Style.single(Symbol(LINE, "#ffffff", 1.2, fill_opacity=1.0, marker="diamond", size_px=6)),
            group="line",
            abstract="The line was drawn through these points, each between settlements whose holder was known.",
            source=findings.store.record(key).source,
            popup={
                "left_place": "Left of it",
                "right_place": "Right of it",
                "uncertainty": "Uncertainty",
                "confidence": "Confidence",
            },
            visible=False,
        )
    ]


def _patrolled(dossier: Dossier) -> str | None:
    """How much of the line reported patrols came near."""
    if dossier.watched is None:
        return None
    return watch.sentence(dossier.watched.shares, boundary.LINE)
