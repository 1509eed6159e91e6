"""Dress the observation posts: where each may be, and what it could see by distance alone."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dmz import boundary, geodesy
from dmz.dossier import SEES_KM, Dossier
from dmz.dressing.colours import POST
from dmz.dressing.columns import COLUMNS
from dmz.findings import Findings
from dmz.geodata import WGS84
from dmz.layer import Layer, Style, Symbol
from dmz.posts import EVERYONE, METHOD

# Metres by which a disc on the map may miss its radius, and the grid it is drawn on.
TOLERANCE_M, GRID_DEG = 10.0, 1e-7
WHEREVER = "wherever in its uncertainty it stood"


def reaches(findings: Findings) -> list[Layer]:
    """Ground within the radius of each post, as placed; a layer to lie beneath the lines."""
    key = findings.agreement.layers.posts
    if key is None:
        return []
    posts = findings.store.open(key)
    table = gpd.GeoDataFrame(
        {
            "id": [f"reach-{post}" for post in posts["id"]],
            "name": posts["name"],
            "radius_km": SEES_KM,
            "reach": f"{SEES_KM:g} km, taken for all: no source gives one",
            "method": METHOD,
        },
        geometry=_discs(posts.geometry, np.full(len(posts), SEES_KM)),
        crs=WGS84,
    )
    return [
        Layer(
            key="posts-reach",
            title=f"Within {SEES_KM:g} km of a post",
            features=table,
            style=Style.single(Symbol(POST, POST, 1.0, (6, 3), 0.06)),
            group="posts",
            abstract=f"{METHOD.capitalize()}: terrain, weather, night and instruments are left out.",
            source=findings.store.record(key).source,
            popup={"name": "Post", "reach": "Radius", "method": "Measured by"},
            visible=False,
            columns=COLUMNS["posts-reach"],
        )
    ]


def layers(findings: Findings, dossier: Dossier) -> list[Layer]:
    """Where each post may be, and the posts as placed."""
    key = findings.agreement.layers.posts
    if key is None or dossier.posts is None:
        return []
    posts, source = findings.store.open(key), findings.store.record(key).source
    called = {party.id: party.name.en for party in findings.agreement.parties}
    posts["uncertainty"] = [_uncertainty(km) for km in posts["uncertainty_km"]]
    rows = dossier.posts.to_dict("records")
    table = posts.assign(
        operator_name=[called.get(row["operator"], row["operator"]) for row in rows],
        line_off=[f"{row['off_line_km']:.1f} km, at km {row['at_km']:.1f} of it" for row in rows],
        line_seen=[_seen(row) for row in rows],
        method=METHOD,
    )
    popup = {"name": "Post", "operator_name": "Kept by"} if "name" in posts else {"operator_name": "Kept by"}
    placed = {"established": "Established", "uncertainty": "Place known", "basis": "How placed"}
    placed = {column: heading for column, heading in placed.items() if column in posts}
    seen = {
        "line_off": "From the line of contact",
        "line_seen": f"Of the line within {SEES_KM:g} km",
        "method": "Measured by",
    }
    return [
        _where(posts, popup | placed, source),
        Layer(
            key="posts",
            title=", ".join(term.name.en for term in findings.agreement.posts) or findings.store.record(key).title,
            features=table,
            style=Style.single(Symbol("#ffffff", POST, 1.0, fill_opacity=1.0, marker="triangle", size_px=13)),
            group="posts",
            abstract=" ".join([_together(dossier), *(term.note for term in findings.agreement.posts)]),
            source=source,
            popup=popup | placed | seen,
            columns=COLUMNS["posts"],
        ),
    ]


def _where(posts: gpd.GeoDataFrame, popup: dict[str, str], source: str) -> Layer:
    km = posts["uncertainty_km"].fillna(0.0).to_numpy(float)
    table = posts.assign(id=[f"where-{post}" for post in posts["id"]])
    table = table.set_geometry(_discs(posts.geometry, km), crs=WGS84)
    return Layer(
        key="posts-uncertainty",
        title="Where each post may be",
        features=table,
        style=Style.single(Symbol(POST, POST, 0.8, (2, 3), 0.12, "dots")),
        group="posts",
        abstract="Ground within the stated uncertainty of each post.",
        source=source,
        popup={column: heading for column, heading in popup.items() if column in table},
        visible=False,
    )


def _discs(points: gpd.GeoSeries, radius_km: Any) -> Any:
    discs = [geodesy.buffer(point, km * 1000, TOLERANCE_M) for point, km in zip(points, radius_km, strict=True)]
    return shapely.set_precision(discs, GRID_DEG)


def _uncertainty(km: float) -> str:
    return "how well, nobody said" if pd.isna(km) else f"within about {km:g} km"


def _seen(row: dict[str, Any]) -> str:
    """``"8.3 km as placed; 6.1 to 10.4 km wherever it stood"``."""
    return f"{row['seen_km']:.1f} km as placed; {row['seen_least_km']:.1f} to {row['seen_most_km']:.1f} km {WHEREVER}"


def _together(dossier: Dossier) -> str:
    """What all posts have of the line of contact within the radius: their number and the kilometres."""
    assert dossier.posts_along is not None  # noqa: S101 - there are posts
    along = dossier.posts_along
    (row,) = along[(along["operator"] == EVERYONE) & (along["track"] == boundary.LINE)].to_dict("records")
    count = f"{row['posts_placed']} posts placed"
    if not pd.isna(row["posts_reported"]):
        count = f"{row['posts_placed']} of {row['posts_reported']} reported posts placed"
    return (
        f"{count}: together {row['seen_km']:.1f} km of the line of contact ({row['seen_share']:.1%}) within "
        f"{row['radius_km']:g} km as placed, {row['seen_least_km']:.1f} to {row['seen_most_km']:.1f} km with the "
        f"uncertainty of their places; {METHOD}."
    )
