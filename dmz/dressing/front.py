"""Dress the line of contact, the ground it may run on, and the points it was drawn through."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import boundary
from dmz.dossier import Dossier
from dmz.dressing import obligations, watch
from dmz.dressing.colours import LINE
from dmz.findings import Findings
from dmz.geodata import WGS84
from dmz.layer import Layer, Style, Symbol
from dmz.line import Line, uncertainty_band, unrolled

# Vertices farther apart lie on either side of the antimeridian.
HALF_TURN_DEG = 180.0


def layers(findings: Findings, dossier: Dossier) -> list[Layer]:
    """The line on top of the ground it may run on; each party's own; none where it is a road, or the zone's outline."""
    if not findings.sides_are_parties:
        return []
    if not findings.own:
        return [*_line_uncertainty(findings), _line(findings, dossier), *_line_vertices(findings)]
    if len(findings.origins) == 1:
        return [_line(findings, dossier)]
    middle = [] if findings.agreement.line.actual else [_middle(findings, dossier)]
    return [*middle, *(_own(findings, party, n) for n, party in enumerate(findings.own))]


def _line(findings: Findings, dossier: Dossier) -> Layer:
    """The line of contact."""
    (origin,) = findings.origins
    shown = {"name": "Line", "drawn_for": "Drawn for", "left": "Left", "right": "Right"}
    rest = {"length": "Length", "patrols": "Patrols", "obligations": "To be done", "status": "Status"}
    table = _facts(findings, dossier, findings.line, "line").assign(status=origin.note)
    return Layer(
        key="line",
        title=origin.title,
        features=table,
        style=Style.single(Symbol(LINE, width_px=3.2)),
        group="line",
        abstract=findings.agreement.line.note,
        source=origin.source,
        popup={column: heading for column, heading in (shown | rest).items() if table[column].notna().any()},
    )


def _middle(findings: Findings, dossier: Dossier) -> Layer:
    """The line midway between the two."""
    table = _facts(findings, dossier, findings.line, "line")
    return Layer(
        key="line",
        title=findings.line.name,
        features=table,
        style=Style.single(Symbol(LINE, width_px=1.4, dash_px=(2, 4))),
        group="line",
        abstract="As far from the one line as from the other; drawn by dmz, named in no text.",
        source=" and ".join(dict.fromkeys(origin.source for origin in findings.origins)),
        popup={"name": "Line", "length": "Length"},
        visible=False,
    )


def _own(findings: Findings, party: str, number: int) -> Layer:
    """The line one party's distances count from."""
    line, origin = findings.own[party], findings.origins[number]
    name = next(one.name.en for one in findings.agreement.parties if one.id == party)
    facts = {
        "id": f"line-{party}",
        "name": origin.title,
        "party": name,
        "drawn_for": line.drawn,
        "length_km": line.length_km,
        "length": f"{line.length_km:.1f} km at the resolution it is drawn in",
        "status": origin.note,
        "geometry": _drawn(line),
    }
    symbol = Symbol(LINE, width_px=3.0) if number == 0 else Symbol(LINE, width_px=3.0, dash_px=(8, 4))
    return Layer(
        key=f"line-{party}",
        title=origin.title,
        features=gpd.GeoDataFrame([facts], crs=WGS84),
        style=Style.single(symbol),
        group="line",
        abstract=f"The line of {name}. {findings.agreement.line.note}",
        source=origin.source,
        popup={"name": "Line", "party": "Of", "length": "Length", "status": "Status"},
    )


def _drawn(line: Line) -> BaseGeometry:
    """Line as a map draws it: over the antimeridian its longitudes run on, as those of its zones do."""
    apart = [np.abs(np.diff(shapely.get_coordinates(part)[:, 0])) for part in shapely.get_parts(line.geometry)]
    return unrolled(line.geometry) if max(map(np.max, apart)) > HALF_TURN_DEG else line.geometry


def _facts(findings: Findings, dossier: Dossier, line: Line, key: str) -> gpd.GeoDataFrame:
    facts = {
        "id": key,
        "name": line.name,
        "drawn_for": line.drawn,
        "left": line.left,
        "right": line.right,
        "length_km": line.length_km,
        "length": f"{line.length_km:.1f} km at the resolution it is drawn in",
        "patrols": _patrolled(dossier),
        "obligations": obligations.said(findings, dossier, {"area"}),
        "geometry": _drawn(line),
    }
    return gpd.GeoDataFrame([facts], crs=WGS84)


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
            source=findings.origins[0].source,
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
