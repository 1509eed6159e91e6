"""Dress what a user's own layers hold of the zone: facilities by category, administrative units."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from dmz.agreement import Reading
from dmz.dossier import Dossier
from dmz.dressing.colours import OTHER_BASEMAP, UNKNOWN
from dmz.dressing.columns import COLUMNS
from dmz.facilities import UNKNOWN as NO_CATEGORY
from dmz.findings import Findings
from dmz.layer import Layer, Marker, Style, Symbol

# Categories are told apart by shape, then by colour (Okabe and Ito 2008); more of them share those of the first.
MARKERS: tuple[Marker, ...] = ("square", "diamond", "triangle", "circle")
FILLS = ("#0072b2", "#e69f00", "#56b4e9", "#cc79a7", "#009e73")
UNITS = Symbol("#555555", width_px=1.0, dash_px=(7, 3), fill_opacity=0.0, pattern="none")


def layers(findings: Findings, dossier: Dossier) -> list[Layer]:
    """Facilities and units that have to do with a zone, where the agreement names such layers."""
    return [*_units(findings, dossier), *_facilities(findings, dossier)]


def _facilities(findings: Findings, dossier: Dossier) -> list[Layer]:
    found, key = dossier.facilities, findings.agreement.layers.facilities
    if found is None or found.empty or key is None:
        return []
    table = found.drop_duplicates("facility")[["facility", "name", "category", "distance_km", "geometry"]]
    table = table.assign(id=table["facility"].astype(str), off=table["distance_km"].map("{:.1f} km".format))
    for reading in findings.agreement.readings:
        mine = found[found["reading"] == reading.id]
        table[_in(reading)] = table["facility"].map(_standing(mine)).fillna("outside")
    symbols = {name: _symbol(number, name) for number, name in enumerate(sorted(set(table["category"])))}
    return [
        Layer(
            key="facilities",
            title="Facilities in and near the zone",
            features=gpd.GeoDataFrame(table.drop(columns="facility").reset_index(drop=True), crs=found.crs),
            style=Style(symbols, "category"),
            group="places",
            abstract="Inside, on the edge as far as their position is uncertain, or near, under any reading. What is "
            "not in the layer is not shown.",
            source=findings.store.record(key).source,
            popup={"name": "Facility", "category": "Category", "off": "Off the line", **_headings(findings)},
            visible=False,
            columns=COLUMNS["facilities"],
        )
    ]


def _units(findings: Findings, dossier: Dossier) -> list[Layer]:
    found, key = dossier.units, findings.agreement.layers.units
    if found is None or found.empty or key is None:
        return []
    names = ["pcode", "name", "level", "unit_km2"]
    table = found.dissolve("pcode", as_index=False, method="unary")[[*names, "geometry"]]
    table = table.assign(id=table["pcode"], area=table["unit_km2"].map(_km2))
    for reading in findings.agreement.readings:
        mine = found[found["reading"] == reading.id].groupby("pcode")[["inside_km2", "unit_share"]].sum()
        said = {unit: f"{_km2(row['inside_km2'])}, {row['unit_share']:.0%} of it" for unit, row in mine.iterrows()}
        table[_in(reading)] = table["pcode"].map(said).fillna("outside")
    return [
        Layer(
            key="units",
            title="Administrative units, where they lie in a zone",
            features=table,
            style=Style.single(UNITS),
            group="areas",
            abstract="The part of each unit that lies in a zone under any reading; areas on the ellipsoid.",
            source=findings.store.record(key).source,
            popup={"name": "Unit", "pcode": "P-code", "area": "Area of the whole unit", **_headings(findings)},
            label="name",
            visible=False,
            columns=COLUMNS["units"],
        )
    ]


def _standing(found: pd.DataFrame) -> dict[str, str]:
    """By facility: every ground it lies in, on the edge of or near, the nearest first."""
    found = found.sort_values("edge_km", kind="stable")
    told = found["standing"] + " " + found["band"] + ", " + found["party"].fillna("either party")
    return {facility: "; ".join(grounds) for facility, grounds in told.groupby(found["facility"], sort=False)}


def _symbol(number: int, category: str) -> Symbol:
    if category == NO_CATEGORY:
        return Symbol(
            UNKNOWN, OTHER_BASEMAP.color, 1.0, (2, 2), 0.9, marker="circle", size_px=7, label="category unknown"
        )
    marker, fill = MARKERS[number % len(MARKERS)], FILLS[number % len(FILLS)]
    return Symbol("#ffffff", fill, 1.0, fill_opacity=0.95, marker=marker, size_px=9, label=category)


def _in(reading: Reading) -> str:
    return f"in_{reading.id.replace('-', '_')}"


def _headings(findings: Findings) -> dict[str, str]:
    return {_in(reading): f"Under “{reading.name.en}”" for reading in findings.agreement.readings}


def _km2(area: float) -> str:
    return f"{area:,.1f} km²".replace(",", "\u202f")
