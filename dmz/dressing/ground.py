"""Dress the ground: the basemap, who holds what, the zones, the settlements."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd

from dmz import placing
from dmz.agreement import Reading, ZoneTerms
from dmz.dossier import Dossier
from dmz.dressing import obligations
from dmz.dressing.colours import BASEMAP, BELTS, LEFT_PARTY, OTHER_BASEMAP, RIGHT_PARTY, UNKNOWN, ZONE, of_party
from dmz.findings import Findings
from dmz.layer import Layer, Style, Symbol
from dmz.laying import NOBODY


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


def zones(findings: Findings, dossier: Dossier, reading: Reading) -> list[Layer]:
    """Zones of one reading, the widest beneath."""
    agreement = findings.agreement
    mine = findings.zones[findings.zones["reading"] == reading.id]
    there = [belt for belt in agreement.zones if (mine["belt"] == belt.id).any()]
    widest = sorted(there, key=lambda belt: _reach_m(mine, belt), reverse=True)
    return [_zone(findings, dossier, reading, belt) for belt in widest]


def _reach_m(zones: gpd.GeoDataFrame, belt: ZoneTerms) -> float:
    """How far a zone reaches; one that is given, not measured, lies on top."""
    return float(zones[zones["belt"] == belt.id]["depth_to_m"].fillna(0).max())


def _zone(findings: Findings, dossier: Dossier, reading: Reading, belt: ZoneTerms) -> Layer:
    """Core and fringe of one zone under one reading."""
    agreement, several = findings.agreement, len(findings.agreement.zones) > 1
    rows = findings.zones[(findings.zones["reading"] == reading.id) & (findings.zones["belt"] == belt.id)]
    terms = belt if several else reading
    table = rows.assign(
        party_name=[side_name(findings, party) for party in rows["party"]],
        depth=[_depth(findings, belt, *of) for of in zip(rows["depth_from_m"], rows["depth_to_m"], strict=True)],
        area=[f"{area:,.1f} km²".replace(",", "\u202f") for area in rows["area_km2"]],
        keeps_out=", ".join(kind.en for kind in belt.categories) or None,
        obligations=obligations.said(findings, dossier, {"zone", "storage"}, reading=reading.id),
    )
    popup = {"band": "Band", "party_name": "Ground held by", "depth": "Depth", "area": "Area"}
    if not findings.sides_are_parties:
        popup["party_name"] = "Side"
    if belt.depth_km is None:
        popup = {"depth": "Ground", "area": "Area"}
    return Layer(
        key=f"zone-{belt.id}-{reading.id}" if several else f"zone-{reading.id}",
        title=belt.name.en if several else f"Zone: {reading.name.en}",
        features=table.dropna(axis="columns", how="all").assign(valid_to=table["valid_to"]),
        style=Style(_belt_symbols(findings, belt, rows), "band"),
        group="zone",
        abstract=f"{terms.note} {_drawn(rows)}".strip(),
        source=agreement.quote(terms.basis),
        reading=reading.id,
        popup={
            column: heading
            for column, heading in (popup | {"keeps_out": "Keeps out"} | TO_BE_DONE).items()
            if table[column].notna().any()
        },
    )


# What the popups of zones end with.
TO_BE_DONE = {"obligations": "To be done", "clause": "Clause"}


def side_name(findings: Findings, party: str) -> str:
    """What a side is called: its party, else the side itself."""
    names = {party.id: party.name.en for party in findings.agreement.parties}
    if party == NOBODY:
        return "neither party"
    return names[party] if findings.sides_are_parties else party


def _drawn(rows: gpd.GeoDataFrame) -> str:
    """How exact a zone is drawn."""
    worst_m = rows["max_deviation_m"].max()
    if np.isnan(worst_m):
        return "As the text gives it, its edges geodesics on WGS 84."
    return (
        "Geodesic distance on WGS 84; a boundary point misses its depth by less than "
        f"{np.ceil(worst_m * 10) / 10:.1f} m before it is clipped to the theatre."
    )


def _depth(findings: Findings, belt: ZoneTerms, from_m: float, to_m: float) -> str:
    if belt.corners:
        return f"within {len(belt.corners)} corners named in the text"
    if belt.between:
        return "between the two lines"
    return f"{from_m / 1000:g} to {to_m / 1000:g} km off {_line_word(findings)}"


def _line_word(findings: Findings) -> str:
    if findings.own:
        return "its own line"
    return "the road" if findings.agreement.laid_along == "road" else "the line"


def _belt_symbols(findings: Findings, belt: ZoneTerms, rows: gpd.GeoDataFrame) -> dict[str, Symbol]:
    """Symbol of each band that there is: the fringe is told by hatching and dashes as well as by colour."""
    if len(findings.agreement.zones) > 1:
        return {"core": dataclasses.replace(_of_belt(findings, belt), label=belt.name.en)}
    reach = (rows.groupby("band")["depth_to_m"].max() / 1000).map("{:g}".format)
    symbols = {"core": Symbol(ZONE, ZONE, 1.6, fill_opacity=0.30, label=_label(findings, belt, rows))}
    if "fringe" in reach:
        label = f"Fringe: {reach['core']}-{reach['fringe']} km, in dispute"
        symbols["fringe"] = Symbol(ZONE, ZONE, 1.2, (5, 3), 0.55, "hatch", label=label)
    return symbols


def _of_belt(findings: Findings, belt: ZoneTerms) -> Symbol:
    """Symbol of one zone of several: the narrowest are solid."""
    order = sorted(findings.agreement.zones, key=lambda zone: _reach_m(findings.zones, zone))
    return BELTS[order.index(belt) % len(BELTS)]


def _label(findings: Findings, belt: ZoneTerms, rows: gpd.GeoDataFrame) -> str:
    core = rows[rows["band"] == "core"]
    if belt.depth_km is None:
        return _depth(findings, belt, np.nan, np.nan).capitalize()
    reach = dict.fromkeys(f"{metres / 1000:g} km" for metres in core["depth_to_m"])
    if len(reach) > 1:
        each = zip(core["depth_to_m"], core["party"], strict=True)
        return "; ".join(f"{side_name(findings, party)}: {metres / 1000:g} km" for metres, party in each)
    within = f"ithin {next(iter(reach))} of {_line_word(findings)}"
    return f"Core: w{within}" if (rows["band"] == "fringe").any() else f"W{within}"


def places(findings: Findings) -> list[Layer]:
    """Settlements, by who was reported to hold them where the sides of the line are parties."""
    if findings.places is None or findings.settlements is None:
        return []
    nobody = {name: None for name in ("population", "holder") if name not in findings.places}
    table = findings.places.assign(**nobody)
    table["people"] = [
        "unknown" if pd.isna(people) else f"{int(people):,}".replace(",", "\u202f") for people in table["population"]
    ]
    bands = {f"in_{r.id.replace('-', '_')}": f"Under “{r.name.en}”" for r in findings.agreement.readings}
    for column, reading in zip(bands, findings.agreement.readings, strict=True):
        table[column] = table["id"].map(_inside(findings, reading)).fillna("outside")
    held = {"held_by": "Reported holder"} if findings.sides_are_parties else {}
    if not held:
        table = table.drop(columns=[column for column in table if column.startswith("holder")])
    holder = table["holder"] if held else pd.Series([None] * len(table), index=table.index)
    table["held_by"] = holder.where(holder.notna(), "unknown")
    return [
        Layer(
            key="settlements",
            title="Settlements",
            features=table,
            style=Style(_of_holders(findings, {*table["held_by"]}), "held_by"),
            group="places",
            abstract="Places of the layer, not every village. Population is unknown for most; unknown is not zero.",
            source=findings.store.record(findings.agreement.layers.settlements or "").source,
            popup={"name": "Settlement"} | held | {"people": "People", **bands},
            label="name",
        )
    ]


def _inside(findings: Findings, reading: Reading) -> dict[str, str]:
    """Band each settlement lies in, or the zones where there are several."""
    inside = placing.within(pd.DataFrame(findings.settlements))
    inside = inside[inside["reading"] == reading.id]
    told = inside["band"]
    if "belt" in inside:
        told = inside["belt"].map({belt.id: belt.name.en for belt in findings.agreement.zones})
    return dict(told.groupby(inside["settlement"], sort=False).agg("; ".join))


def _of_holders(findings: Findings, there: set[str]) -> dict[str, Symbol]:
    """Symbol of each holder that there is."""
    left, right = findings.line.parties
    nobody = "holder unknown" if findings.sides_are_parties else "settlement"
    symbols = {
        left: Symbol(
            "#ffffff", LEFT_PARTY, marker="circle", label=f"held by {left}", width_px=0.8, fill_opacity=0.95, size_px=7
        ),
        right: Symbol(
            "#ffffff",
            RIGHT_PARTY,
            marker="square",
            label=f"held by {right}",
            width_px=0.8,
            fill_opacity=0.95,
            size_px=7,
        ),
        "unknown": Symbol(UNKNOWN, "#ffffff", 1.2, fill_opacity=0.9, marker="circle", size_px=5, label=nobody),
    }
    return {holder: symbol for holder, symbol in symbols.items() if holder in there}
