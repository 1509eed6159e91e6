"""Dress the observations that name a place: what was claimed, by whom, and how precisely it is known where."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from dmz import compliance, ground
from dmz.agreement import Obligation
from dmz.dossier import Dossier
from dmz.dressing import words
from dmz.dressing.colours import CONTRADICTS, SUPPORTS, UNKNOWN
from dmz.dressing.columns import COLUMNS
from dmz.findings import Findings
from dmz.geodata import WGS84
from dmz.layer import Layer, Style, Symbol
from dmz.observation import OBSERVATION_COLUMNS, claim_of

# Shape tells what colour does.
SYMBOLS = {
    "supports": Symbol("#ffffff", SUPPORTS, 1.2, fill_opacity=1.0, marker="circle", size_px=11, label="supports"),
    "supports in part": Symbol(
        SUPPORTS, "#ffffff", 2.2, fill_opacity=1.0, marker="circle", size_px=10, label="supports in part"
    ),
    "contradicts": Symbol(
        "#ffffff", CONTRADICTS, 1.2, fill_opacity=1.0, marker="diamond", size_px=11, label="contradicts"
    ),
    "cannot tell": Symbol(
        UNKNOWN, "#ffffff", 2.0, fill_opacity=1.0, marker="square", size_px=9, label="settles nothing"
    ),
}
# Reports this near each other lie on one another on a screen, degrees.
SAME_DEG = 1e-4


POPUP = {
    "about": "About",
    "claim": "Claim",
    "category": "Category",
    "date_observed": "Observed",
    "date_reported": "Reported",
    "place_known": "Place",
    "observer": "By",
    "method": "How",
    "confidence": "Confidence",
    "note": "Note",
    "also": "Here too",
    "source": "Source",
}


def layers(findings: Findings, dossier: Dossier) -> list[Layer]:
    """The observations with a place; the others are in the table, and count as well."""
    seen = dossier.seen
    table = None if not len(seen) or dossier.observations is None else _placed(findings, seen)
    if table is None or table.empty:
        return []
    key, there = findings.agreement.observations or "", {*table["says"]}
    return [
        Layer(
            key="reports",
            title="Observations with a place",
            features=table,
            style=Style({says: symbol for says, symbol in SYMBOLS.items() if says in there}, "says"),
            group="status",
            abstract=f"{len(table)} of {len(seen)} observations name a place; the others count as well, and are in the "
            "table of observations.",
            source=findings.store.tables[key].source,
            popup=POPUP,
            visible=False,
            columns=OBSERVATION_COLUMNS | COLUMNS["reports"],
        )
    ]


def _placed(findings: Findings, seen: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Observations with a place of their own, or one on a road."""
    lon, lat, precision_m = ground.points_of(seen, ground.Ground(roads=findings.roads).lines())
    rows = seen.drop(columns="geometry").to_dict("records")
    about = [_about(findings, ids) for ids in compliance.attached(findings.agreement, seen)]
    table = pd.DataFrame(seen.drop(columns="geometry")).assign(
        lon=lon,
        lat=lat,
        precision_m=precision_m,
        about=["; ".join(term.name.en for term in terms) for terms in about],
        says=[_says(row, terms) for row, terms in zip(rows, about, strict=True)],
        place_known=[_known(findings, row, metres) for row, metres in zip(rows, precision_m, strict=True)],
    )[np.isfinite(lon)]
    table["also"] = _also(table)
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=WGS84)


def _about(findings: Findings, ids: set[str]) -> list[Obligation]:
    return [term for term in findings.agreement.obligations if term.id in ids]


def _says(row: dict[str, Any], terms: list[Obligation]) -> str:
    """What it claims; categories that mean two things are read as what it is about asks."""
    return claim_of(row["claim"], storage=all(term.where == "storage" for term in terms))


def _known(findings: Findings, row: dict[str, Any], precision_m: float) -> str:
    """How well a place is known: a stretch of a road, a point on it, or a circle."""
    if np.isfinite(row["from_km"]):
        road = next((term.name.en for term in findings.agreement.corridors if term.id == row["road"]), row["road"])
        stretch = np.isfinite(row["to_km"])
        where = words.span(row["from_km"], row["to_km"]) if stretch else f"km {row['from_km']:.1f}"
        return f"{road}, {where}" + (", drawn in its middle" if stretch else "")
    return f"within {precision_m / 1000:g} km of the point"


def _also(table: pd.DataFrame) -> list[str | None]:
    """Observations drawn at the same place, which a click would not reach."""
    at = table[["lon", "lat"]].to_numpy()
    told = [f"{row.id}: {row.claim}, {words.day(row.date_observed)}" for row in table.itertuples()]
    same = np.abs(at[:, None] - at[None]).max(axis=2) < SAME_DEG
    np.fill_diagonal(same, val=False)
    return ["; ".join(told[other] for other in np.flatnonzero(row)) or None for row in same]
