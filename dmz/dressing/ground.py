"""Dress the ground: the basemap, who holds what, the zones, the settlements."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from dmz import placing
from dmz.agreement import Reading
from dmz.dossier import Dossier
from dmz.dressing import obligations
from dmz.dressing.colours import BASEMAP, LEFT_PARTY, OTHER_BASEMAP, RIGHT_PARTY, UNKNOWN, ZONE, of_party
from dmz.findings import Findings
from dmz.layer import Layer, Style, Symbol


def basemap(findings: Findings) -> list[Layer]:
    """What lies beneath: nothing of it is asked about."""
    dressed = []
    for key in findings.agreement.layers.basemap:
        name = key.rsplit("/", 1)[-1]
        table = findings.store.open(key)
        dressed.append(
            Layer(
                key=name.replace("_", "-"),
                title=findings.store.record(key).title,
                features=table,
                style=Style.single(BASEMAP.get(name, OTHER_BASEMAP)),
                group="basemap",
                source=findings.store.record(key).source,
                label="name" if "name" in table and "Line" not in table.geom_type.iloc[0] else "",
            )
        )
    return dressed


def areas(findings: Findings) -> list[Layer]:
    """Ground whose holder is known."""
    if findings.line.areas is None:
        return []
    agreement = findings.agreement
    names = {party.id: party.name.en for party in agreement.parties}
    table = findings.line.areas.assign(party_name=findings.line.areas["party"].map(names))
    symbols = {
        party: Symbol(
            of_party(findings, party),
            of_party(findings, party),
            0.8,
            (3, 3),
            0.08 if party in findings.line.parties else 0.35,
            "solid" if party in findings.line.parties else "cross",
            label=names[party],
        )
        for party in table["party"].unique()
    }
    return [
        Layer(
            key="areas",
            title="Who holds the ground",
            features=table,
            style=Style(symbols, "party"),
            group="areas",
            abstract="Areas of control where they are known; other ground goes to the nearest side of the line.",
            source=findings.store.record(agreement.layers.areas or "").source,
            popup={"party_name": "Held by", "date": "Date", "confidence": "Confidence", "note": "Note"},
        )
    ]


def zone(findings: Findings, dossier: Dossier, reading: Reading) -> Layer:
    """Core and fringe of one reading."""
    belts = findings.zones[findings.zones["reading"] == reading.id]
    party = {party.id: party.name.en for party in findings.agreement.parties}
    table = belts.assign(
        party_name=belts["party"].map(party),
        depth=[
            f"{a / 1000:g} to {b / 1000:g} km off the line"
            for a, b in zip(belts["depth_from_m"], belts["depth_to_m"], strict=True)
        ],
        area=[f"{area:,.1f} km²".replace(",", "\u202f") for area in belts["area_km2"]],
        valid_to=None,
        obligations=obligations.said(findings, dossier, {"zone", "storage"}, reading=reading.id),
    )
    return Layer(
        key=f"zone-{reading.id}",
        title=f"Zone: {reading.name.en}",
        features=table,
        style=Style(_belt_symbols(belts), "band"),
        group="zone",
        abstract=f"{reading.note} Geodesic distance on WGS 84; a boundary point misses its depth by less than "
        f"{np.ceil(belts['max_deviation_m'].max() * 10) / 10:.1f} m before it is clipped to the theatre.".strip(),
        source=findings.agreement.quote(reading.basis),
        reading=reading.id,
        popup={"band": "Band", "party_name": "Ground held by", "depth": "Depth", "area": "Area"}
        | {"obligations": "To be done", "clause": "Clause"},
    )


def _belt_symbols(belts: gpd.GeoDataFrame) -> dict[str, Symbol]:
    """Symbol of each band that there is: the fringe is told by hatching and dashes as well as by colour."""
    reach = (belts.groupby("band")["depth_to_m"].max() / 1000).map("{:g}".format)
    symbols = {"core": Symbol(ZONE, ZONE, 1.6, fill_opacity=0.30, label=f"Core: within {reach['core']} km of the line")}
    if "fringe" in reach:
        label = f"Fringe: {reach['core']}-{reach['fringe']} km, in dispute"
        symbols["fringe"] = Symbol(ZONE, ZONE, 1.2, (5, 3), 0.55, "hatch", label=label)
    return symbols


def places(findings: Findings) -> list[Layer]:
    """Settlements, by who was reported to hold them."""
    if findings.places is None or findings.settlements is None:
        return []
    nobody = {name: None for name in ("population", "holder") if name not in findings.places}
    table = findings.places.assign(**nobody)
    table["people"] = [
        "unknown" if pd.isna(people) else f"{int(people):,}".replace(",", "\u202f") for people in table["population"]
    ]
    table["held_by"] = table["holder"].where(table["holder"].notna(), "unknown")
    for reading in findings.agreement.readings:
        inside = placing.within(findings.settlements)
        inside = inside[inside["reading"] == reading.id].set_index("settlement")["band"]
        table[f"in_{reading.id.replace('-', '_')}"] = table["id"].map(inside).fillna("outside")
    left, right = findings.line.parties
    symbols = {
        left: Symbol(
            "#ffffff", LEFT_PARTY, 0.8, fill_opacity=0.95, marker="circle", size_px=7, label=f"held by {left}"
        ),
        right: Symbol(
            "#ffffff", RIGHT_PARTY, 0.8, fill_opacity=0.95, marker="square", size_px=7, label=f"held by {right}"
        ),
        "unknown": Symbol(
            UNKNOWN, "#ffffff", 1.2, fill_opacity=0.9, marker="circle", size_px=5, label="holder unknown"
        ),
    }
    bands = {f"in_{r.id.replace('-', '_')}": f"Under “{r.name.en}”" for r in findings.agreement.readings}
    return [
        Layer(
            key="settlements",
            title="Settlements",
            features=table,
            style=Style(symbols, "held_by"),
            group="places",
            abstract="Places of the layer, not every village. Population is unknown for most; unknown is not zero.",
            source=findings.store.record(findings.agreement.layers.settlements or "").source,
            popup={"name": "Settlement", "held_by": "Reported holder", "people": "People", **bands},
            label="name",
        )
    ]
