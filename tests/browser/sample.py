"""A small map with every group, kind of geometry, pattern and marker, fit for hostile texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hostile import PAYLOADS

from dmz.layer import Layer, Sheet, Style, Symbol

HOSTILE = " ".join(PAYLOADS.values())
PATTERNS = ("solid", "hatch", "cross", "dots", "none")
MARKERS = ("circle", "square", "triangle", "diamond")
READINGS = ("deep", "wide")
# Columns a popup of the zone shows.
FACTS = {"clause": "Clause", "depth": "Depth", "area": "Area", "clear": "Clear", "since": "Since", "seen": "Seen"}

Text = Callable[[str], str]


def plain(text: str) -> str:
    """Leave a text as it is."""
    return text


def hostile(text: str) -> str:
    """Put everything that might break out behind a text."""
    return f"{text} {HOSTILE}"


def table(shapes: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    """Table of some shapes on WGS 84."""
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


def layers(text: Text = plain) -> list[Layer]:
    """Layers of all groups, the lowest first."""
    return [*basemap(text), areas(text), *zones(text), *lines(text), posts(text), places(text), bare()]


def basemap(text: Text) -> list[Layer]:
    """Land with a name, two kinds of road, towns that are only names."""
    land = table([shapely.box(35.5, 34.8, 37.9, 36.9)], name=[text("Land")])
    roads = table(
        [shapely.LineString([(35.6, 35), (37, 36)]), shapely.LineString([(36, 35), (36, 36.5)])], kind=["main", "minor"]
    )
    towns = table([shapely.Point(36.1, 36.5)], name=[text("Beyond")], rank=[1])
    ground = Style.single(Symbol("#b9b3a5", "#f6f3ec", fill_opacity=1.0))
    kinds = Style({"main": Symbol("#dccfb4", width_px=1.2), "minor": Symbol("#dccfb4", width_px=0.6)}, "kind")
    return [
        Layer("land", text("Land"), land, ground, "basemap", label="name"),
        Layer("roads", text("Roads"), roads, kinds, "basemap"),
        Layer("towns", text("Towns"), towns, Style.single(Symbol("#5a5a5a", size_px=3)), "basemap", label="name"),
    ]


def areas(text: Text) -> Layer:
    """One area for every pattern."""
    held = table([shapely.box(35.8 + i / 5, 36.2, 35.95 + i / 5, 36.4) for i in range(len(PATTERNS))], pattern=PATTERNS)
    symbols = {name: Symbol("#1b7837", "#1b7837", pattern=name, label=text(name)) for name in PATTERNS}
    return Layer("areas", text("Areas"), held, Style(symbols, "pattern"), "areas", popup={"pattern": text("Pattern")})


def zones(text: Text) -> list[Layer]:
    """Core and fringe under each reading."""
    symbols = {
        "core": Symbol("#1457a8", "#1457a8", label=text("Core")),
        "fringe": Symbol("#1457a8", "#1457a8", dash_px=(5, 3), pattern="hatch", label=text("Fringe")),
    }
    dressed = []
    for width, reading in zip((0.2, 0.1), READINGS, strict=True):
        core = shapely.LineString([(36.0, 35.4), (36.6, 35.4), (36.8, 35.8)]).buffer(width)
        belts = table(
            [core, core.buffer(width / 3).difference(core)],
            id=["core", "fringe"],
            band=["core", "fringe"],
            clause=[text("article 3"), None],
            depth=["0 to 15 km", "15 to 20 km"],
            area=["3 244.1 km²", np.nan],
            clear=[True, False],
            since=pd.to_datetime(["2018-10-15", None]),
            seen=[np.nan, 3.25],
        )
        dressed.append(
            Layer(
                key=f"zone-{reading}",
                title=text(f"Zone {reading}"),
                features=belts,
                style=Style(symbols, "band"),
                group="zone",
                abstract=text("Geodesic."),
                source=text("Memorandum, https://example.org/doc and javascript:alert(1)"),
                reading=reading,
                popup=FACTS,
            )
        )
    return dressed


def lines(text: Text) -> list[Layer]:
    """Line of contact, a road, a patrol that is not shown at first."""
    front = table([shapely.LineString([(36.0, 35.4), (36.6, 35.4), (36.8, 35.8)])], name=[text("Front")])
    road = table([shapely.LineString([(35.7, 35.6), (37.0, 35.5)])], name=[text("M4")])
    patrol = table([shapely.MultiLineString([[(36, 35.6), (36.4, 35.7)], [(36.5, 35.7), (36.6, 35.6)]])], name=["One"])
    shown = {"name": text("Name")}
    return [
        Layer("corridors", text("Roads"), road, Style.single(Symbol("#8c510a", width_px=5, dash_px=(7, 5))), "corridors", popup=shown),
        Layer("patrols", text("Patrols"), patrol, Style.single(Symbol("#01665e", dash_px=(1, 5))), "patrols", visible=False),
        Layer("line", text("Line"), front, Style.single(Symbol("#a50f15", width_px=3)), "line", popup=shown),
    ]  # fmt: skip


def posts(text: Text) -> Layer:
    """One post for every marker."""
    spots = table(
        [shapely.Point(36.1 + i / 10, 35.3) for i in range(len(MARKERS))], shape=MARKERS, name=[text("Post")] * 4
    )
    symbols = {name: Symbol("#ffffff", "#222222", marker=name, size_px=12, label=text(name)) for name in MARKERS}
    return Layer("posts", text("Posts"), spots, Style(symbols, "shape"), "posts", popup={"name": text("Post")})


def places(text: Text) -> Layer:
    """Towns with names and ranks, more than the keyboard should have to step through."""
    across, up = np.meshgrid(np.linspace(35.8, 37.2, 8), np.linspace(35.0, 36.0, 7))
    spots = table(
        list(shapely.points(across.ravel(), up.ravel())),
        name=[text("Town")] + [f"Town {number}" for number in range(1, across.size)],
        rank=[1, 2, 3, 4, 5, 5, 5] * 8,
        people=[None, *range(1, across.size)],
    )
    shown = {"name": text("Town"), "people": "People"}
    return Layer(
        "places", text("Places"), spots, Style.single(Symbol("#333333", "#ffffff")), "places", popup=shown, label="name"
    )


def bare() -> Layer:
    """A layer that says nothing of itself: no popup, no name, no source."""
    return Layer("bare", "Bare", table([shapely.Point(36.9, 36.0)]), Style.single(Symbol("#222222")), "posts")


def sheet(text: Text = plain) -> Sheet:
    """Everything that can be written around a map."""
    return Sheet(
        title=text("Sample map"),
        subtitle=text("Somewhere, 2018"),
        readings={reading: text(f"Read as {reading}") for reading in READINGS},
        words={reading: text(f"“words for {reading}” (article 3)") for reading in READINGS},
        notes=(text("Illustrative line, not an official delineation."), text("Boundaries imply no judgement.")),
        attribution=(text("© Somebody"), text("Somebody else")),
        summary=((text("Area, km²"), text("3 244–4 070"), text("3 811–5 041")), ("Places", "7", "12")),
        steps=(("2018-10-15", text("Zone established"), text("not verified")), ("", "Roads open")),
        caveats=(text("line: nobody said how uncertain it is"),),
    )
