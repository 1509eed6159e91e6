"""Choose the title, symbol and popup of everything a map of an agreement shows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dmz import geodesy
from dmz.agreement import Agreement, Reading
from dmz.compare import span
from dmz.findings import Findings
from dmz.geodata import WGS84
from dmz.layer import Layer, Sheet, Style, Symbol
from dmz.line import uncertainty_band

# Colours that stay apart for the colour-blind (Okabe and Ito 2008, ColorBrewer PuOr), each with a shape or pattern too.
ZONE, LINE, ROAD, PATROL, POST = "#1457a8", "#a50f15", "#8c510a", "#01665e", "#222222"
LEFT_PARTY, RIGHT_PARTY, UNKNOWN = "#1b7837", "#762a83", "#6b6b6b"

BASEMAP = {
    "land": Symbol("#b9b3a5", "#f6f3ec", width_px=0.6, fill_opacity=1.0),
    "lakes": Symbol("#9db8c7", "#dbe7ee", width_px=0.5, fill_opacity=1.0),
    "rivers": Symbol("#a9c4d2", width_px=0.9),
    "roads": Symbol("#dccfb4", width_px=0.8),
    "provinces": Symbol("#b5aea0", width_px=0.8, dash_px=(2, 3)),
    "borders": Symbol("#7d7768", width_px=1.3, dash_px=(6, 2, 1, 2)),
    "coast": Symbol("#8fa9b8", width_px=0.8),
    "neighbours": Symbol("#5a5a5a", "#5a5a5a", size_px=3),
}
OTHER_BASEMAP = Symbol("#b5aea0", width_px=0.8)


def layers(findings: Findings) -> list[Layer]:
    """Layers of a map of an agreement, the lowest first; those that a user gets as files are all but the basemap's."""
    dressed = [*_basemap(findings), *_areas(findings)]
    dressed += [_zone(findings, reading) for reading in findings.agreement.readings]
    dressed += [*_roads(findings), *_patrols(findings), *_line(findings), *_places(findings), *_posts(findings)]
    return dressed


def sheet(findings: Findings, language: str = "en") -> Sheet:
    """What is written around the map; the names of things in a language."""
    agreement = findings.agreement
    dated = f"agreement of {agreement.date.day} {agreement.date:%B %Y}" if language == "en" else str(agreement.date)
    return Sheet(
        title=agreement.title.said(language),
        subtitle=f"{agreement.place.said(language)} · {dated}",
        readings={reading.id: reading.name.said(language) for reading in agreement.readings},
        words={reading.id: agreement.quote(reading.basis) for reading in agreement.readings},
        notes=agreement.notes,
        attribution=tuple(dict.fromkeys(findings.store.record(key).attribution for key in layer_keys(agreement))),
        summary=_summary(findings, language),
        steps=tuple(sorted((o.due.isoformat(), o.name.said(language)) for o in agreement.obligations if o.due)),
    )


def plainly(table: gpd.GeoDataFrame, *, key: str, title: str = "") -> Layer:
    """Any table as a layer: zones by band as on a map of an agreement, anything else in one symbol."""
    style = Style.single(Symbol(ZONE, ZONE, 1.6, fill_opacity=0.30))
    if (
        {"band", "depth_to_m"} <= {*table.columns}
        and {*table["band"]} <= {"core", "fringe"}
        and "core" in {*table["band"]}
    ):
        style = Style(_belt_symbols(table), "band")
    shown = {str(column): str(column) for column in table if column != table.geometry.name}
    label = "name" if "name" in table else ""
    return Layer(key, title or key, table, style, "zone", popup=shown, label=label)


def layer_keys(agreement: Agreement) -> list[str]:
    """Keys of every input layer an agreement uses."""
    named = agreement.layers.model_dump(exclude={"basemap"}, exclude_none=True).values()
    return [agreement.line.layer, *named, *agreement.layers.basemap]


def _summary(findings: Findings, language: str) -> tuple[tuple[str, ...], ...]:
    """Rows of the small table: a heading, then the least and greatest value of each reading."""
    table = findings.comparison.set_index("reading")
    rows = [
        ("Reach off the line, km", "reach_{}_km"),
        ("Area, km²", "area_{}_km2"),
        ("Settlements listed", "settlements_{}"),
        ("People known", "population_known_{}"),
        ("… settlements without a figure", "settlements_population_unknown_{}"),
    ]
    rows += [
        (f"{road.name.said(language)}, km", f"{road.id.replace('-', '_')}_{{}}_km")
        for road in findings.agreement.corridors
    ]
    shown = [(heading, columns) for heading, columns in rows if columns.format("core") in table]
    return tuple(
        (heading, *(span(row[columns.format("core")], row[columns.format("full")]) for _, row in table.iterrows()))
        for heading, columns in shown
    )


def _zone(findings: Findings, reading: Reading) -> Layer:
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
        popup={"band": "Band", "party_name": "Ground held by", "depth": "Depth", "area": "Area", "clause": "Clause"},
    )


def _belt_symbols(belts: gpd.GeoDataFrame) -> dict[str, Symbol]:
    """Symbol of each band that there is: the fringe is told by hatching and dashes as well as by colour."""
    reach = (belts.groupby("band")["depth_to_m"].max() / 1000).map("{:g}".format)
    symbols = {"core": Symbol(ZONE, ZONE, 1.6, fill_opacity=0.30, label=f"Core: within {reach['core']} km of the line")}
    if "fringe" in reach:
        label = f"Fringe: {reach['core']}-{reach['fringe']} km, in dispute"
        symbols["fringe"] = Symbol(ZONE, ZONE, 1.2, (5, 3), 0.55, "hatch", label=label)
    return symbols


def _line(findings: Findings) -> list[Layer]:
    """The line of contact on top of the ground it may run on."""
    line, agreement = findings.line, findings.agreement
    record = findings.store.record(agreement.line.layer)
    facts = {
        "id": "line-of-contact",
        "name": line.name,
        "drawn_for": line.drawn,
        "valid_from": line.drawn,
        "valid_to": None,
        "left": line.left,
        "right": line.right,
        "length_km": line.length_km,
        "length": f"{line.length_km:.1f} km at the resolution it is drawn in",
        "status": record.note,
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
        popup={**shown, "length": "Length", "status": "Status"},
    )
    return [*_line_uncertainty(findings), drawn, *_line_vertices(findings)]


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


def _roads(findings: Findings) -> list[Layer]:
    """The roads, and over them their stretches inside the zone of each reading."""
    if findings.roads is None:
        return []
    lengths = [f"{geodesy.length(road) / 1000:.1f} km" for road in findings.roads.geometry]
    whole = Layer(
        key="corridors",
        title="Roads to be reopened",
        features=findings.roads.assign(length=lengths),
        style=Style.single(Symbol(ROAD, width_px=2.0)),
        group="corridors",
        abstract="Roads whose transit traffic the agreement restores, as they are drawn here.",
        source=findings.store.record(findings.agreement.layers.corridors or "").source,
        popup={"name": "Road", "length": "Length", "due": "To be open by", "clause": "Clause", "note": "Note"},
    )
    inside = (_roads_inside(findings, findings.roads, reading) for reading in findings.agreement.readings)
    return [whole, *(layer for layer in inside if layer is not None)]


def _roads_inside(findings: Findings, roads: gpd.GeoDataFrame, reading: Reading) -> Layer | None:
    if findings.corridors is None or not (findings.corridors["reading"] == reading.id).any():
        return None
    pieces = findings.corridors[findings.corridors["reading"] == reading.id]
    spans = zip(pieces["from_km"], pieces["to_km"], pieces["length_km"], strict=True)
    table = pieces.assign(
        id=[f"{reading.id}-{road}-{n}" for n, road in enumerate(pieces["corridor"])],
        name=pieces["corridor"].map(dict(zip(roads["id"], roads["name"], strict=True))),
        valid_from=findings.agreement.zone.due,
        valid_to=None,
        chainage=[f"km {start:.1f} to km {end:.1f}: {length:.1f} km" for start, end, length in spans],
    )
    symbols = {
        "core": Symbol(ROAD, width_px=5.0, label="Inside the core"),
        "fringe": Symbol(ROAD, width_px=5.0, dash_px=(7, 5), label="Inside the fringe"),
    }
    return Layer(
        key=f"corridors-in-{reading.id}",
        title="Roads inside the zone",
        features=table,
        style=Style(symbols, "band"),
        group="corridors",
        abstract="Chainage along the road from its first-named end, on the ellipsoid.",
        source=findings.store.record(findings.agreement.layers.corridors or "").source,
        reading=reading.id,
        popup={"name": "Road", "chainage": "Chainage", "band": "Band", "party": "Ground held by"},
    )


def _patrols(findings: Findings) -> list[Layer]:
    if findings.routes is None or findings.patrols is None:
        return []
    dressed = []
    routes = findings.routes.assign(
        length=[f"{geodesy.length(route) / 1000:.1f} km" for route in findings.routes.geometry]
    )
    reported = routes[routes["basis"] == "reported"].drop(columns="reading")
    for reading in findings.agreement.readings:
        implied = routes[(routes["reading"] == reading.id) & (routes["basis"] == "implied")]
        if not implied.empty:
            dressed.append(_implied(findings, reading, implied))
    if not reported.empty:
        dressed.append(
            Layer(
                key="patrols-reported",
                title=findings.store.record(findings.agreement.layers.patrols or "").title,
                features=_on_its_days(reported.dropna(axis="columns", how="all")),
                style=Style.single(Symbol(PATROL, width_px=2.6)),
                group="patrols",
                abstract="Reported patrols whose route is known; reports without a route are in the agreement's file.",
                source=findings.store.record(findings.agreement.layers.patrols or "").source,
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
        )
    return dressed


def _implied(findings: Findings, reading: Reading, routes: gpd.GeoDataFrame) -> Layer:
    term = next(term for term in findings.agreement.patrols if term.along == "zone-boundary")
    who = " and ".join(findings.agreement.party(party).name.en for party in term.parties)
    return Layer(
        key=f"patrols-implied-{reading.id}",
        title="Patrol lines the text implies",
        features=routes[["id", "name", "reading", "basis", "length_km", "length", "geometry"]].assign(
            parties=who, valid_from=findings.agreement.zone.due, valid_to=None
        ),
        style=Style.single(Symbol(PATROL, width_px=2.2, dash_px=(1, 5))),
        group="patrols",
        abstract=term.note,
        source=findings.agreement.cite(term),
        reading=reading.id,
        popup={"name": "Route", "parties": "By", "length": "Length", "basis": "Basis"},
        visible=False,
    )


def _on_its_days(reported: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Reports of patrols with the first and the last day they hold for."""
    starts = reported["date"]
    return reported.assign(valid_from=starts, valid_to=reported.get("date_to", starts).fillna(starts))


def _areas(findings: Findings) -> list[Layer]:
    if findings.line.areas is None:
        return []
    agreement = findings.agreement
    names = {party.id: party.name.en for party in agreement.parties}
    colors = {agreement.line.left: LEFT_PARTY, agreement.line.right: RIGHT_PARTY}
    table = findings.line.areas.assign(party_name=findings.line.areas["party"].map(names))
    table = table.assign(valid_from=table.get("date"), valid_to=None)
    symbols = {
        party: Symbol(
            colors.get(party, UNKNOWN),
            colors.get(party, UNKNOWN),
            0.8,
            (3, 3),
            0.08 if party in colors else 0.35,
            "solid" if party in colors else "cross",
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


def _places(findings: Findings) -> list[Layer]:
    if findings.places is None or findings.settlements is None:
        return []
    table = findings.places.copy()
    table["people"] = [
        "unknown" if pd.isna(people) else f"{int(people):,}".replace(",", "\u202f") for people in table["population"]
    ]
    table["held_by"] = table["holder"].where(table["holder"].notna(), "unknown")
    for reading in findings.agreement.readings:
        inside = findings.settlements[findings.settlements["reading"] == reading.id].set_index("settlement")["band"]
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


def _posts(findings: Findings) -> list[Layer]:
    key = findings.agreement.layers.posts
    if key is None:
        return []
    posts = findings.store.open(key)
    source = findings.store.record(key).source
    posts = posts.assign(valid_from=posts.get("valid_from"), valid_to=posts.get("valid_to"))
    posts["uncertainty"] = [f"within about {km:g} km" for km in posts["uncertainty_km"]]
    popup = {"name": "Post", "established": "Established", "uncertainty": "Place known", "basis": "How placed"}
    discs = [
        geodesy.buffer(point, km * 1000, 10.0)
        for point, km in zip(posts.geometry, posts["uncertainty_km"], strict=True)
    ]
    where = posts.assign(id=[f"where-{post}" for post in posts["id"]]).set_geometry(
        shapely.set_precision(discs, 1e-7), crs=WGS84
    )
    return [
        Layer(
            key="posts-uncertainty",
            title="Where each post may be",
            features=where,
            style=Style.single(Symbol(POST, POST, 0.8, (2, 3), 0.12, "dots")),
            group="posts",
            abstract="Ground within the stated uncertainty of each post.",
            source=source,
            popup=popup,
            visible=False,
        ),
        Layer(
            key="posts",
            title=", ".join(term.name.en for term in findings.agreement.posts),
            features=posts,
            style=Style.single(Symbol("#ffffff", POST, 1.0, fill_opacity=1.0, marker="triangle", size_px=13)),
            group="posts",
            abstract="; ".join(term.note for term in findings.agreement.posts),
            source=source,
            popup=popup,
        ),
    ]


def _basemap(findings: Findings) -> list[Layer]:
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
