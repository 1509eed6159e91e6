"""Layers to hand over: ordinary ones, and ones made to do harm or to break."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
import shapely

from dmz.layer import Layer, Sheet, Style, Symbol

BLUE = Symbol("#1457a8", "#1457a8", 1.6, fill_opacity=0.3, label="Core")
HATCHED = Symbol("#1457a8", "#1457a8", 1.2, (5, 3), 0.5, "hatch", label="Fringe")
# Every text field carries these: what QGIS, a spreadsheet, XML, HTML, SQL and a font would trip over or run.
HOSTILE = (
    "[% env('HOME') %]",
    '=HYPERLINK("http://x","y")',
    "</Document><script>alert(1)</script>",
    "'); DROP TABLE gpkg_contents; --",
    'a"b\'c\\d',
    "nul\x00 bell\x07 half\ud800 end",
    "عفرين \u202e reversed",
    "]]> &amp; <!-- x",
)  # fmt: skip


def zones(**more: object) -> gpd.GeoDataFrame:
    """A core and a fringe beside each other, dated."""
    table = {
        "id": ["core", "fringe"],
        "band": ["core", "fringe"],
        "name": ["inner", "outer"],
        "area_km2": [10.5, 2.25],
        "people": [1200, None],
        "sure": [True, False],
        "valid_from": [dt.date(2018, 10, 15), dt.date(2018, 12, 31)],
        "valid_to": [None, None],
        **more,
    }
    shapes = [shapely.box(36, 35, 36.1, 35.1), shapely.box(36.1, 35, 36.2, 35.1)]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326)


def zone(key: str = "zone", **more: object) -> Layer:
    """The same as a layer."""
    wanted = {"title": "The zone", "reading": "wide", "label": "name", "abstract": "Laid.", "source": "Text, article 1"}
    return Layer(
        key=key, features=zones(), style=Style({"core": BLUE, "fringe": HATCHED}, "band"), group="zone",
        popup={"name": "Name", "area_km2": "Area, km²", "people": "People"}, **{**wanted, **more},
    )  # fmt: skip


def places() -> Layer:
    """Points with Arabic names and ranks."""
    table = {"id": ["a", "b"], "name": ["Afrin", "Idlib"], "name_ar": ["عفرين", None], "rank": [1, 3]}
    shapes = [shapely.Point(36.05, 35.05), shapely.Point(36.15, 35.06)]
    return Layer(
        "places", "Settlements", gpd.GeoDataFrame(table, geometry=shapes, crs=4326),
        Style.single(Symbol("#ffffff", "#222222", 0.8, marker="square", size_px=7)), "places", label="name",
    )  # fmt: skip


def line() -> Layer:
    """A line along the zone."""
    table = gpd.GeoDataFrame({"id": ["l"]}, geometry=[shapely.LineString([(36, 35), (36.2, 35)])], crs=4326)
    return Layer("line", "Line of contact", table, Style.single(Symbol("#a50f15", width_px=3)), "line")


def sheet(**more: object) -> Sheet:
    """What is written around them."""
    wanted: dict[str, object] = {
        "title": "A zone", "subtitle": "Somewhere", "readings": {"wide": "Wide"}, "notes": ("Illustrative.",),
        "attribution": ("Nobody",), "steps": (("2018-10-15", "Zone established"), ("2018-12-31", "Fringe")),
    }  # fmt: skip
    return Sheet(**{**wanted, **more})


def hostile(number: int) -> Layer:
    """A layer whose every text is one of `HOSTILE`."""
    text = HOSTILE[number]
    table = zones(name=pd.Series([text, text], dtype=object), note=pd.Series([text, text], dtype=object)).assign(
        **{'odd "column"': pd.Series([text, text], dtype=object)}
    )
    return Layer(
        f"zone-{number}", text, table, Style({"core": Symbol("#1457a8", "#1457a8", label=text), "fringe": HATCHED}, "band"),
        "zone", abstract=text, source=text, popup={"name": text, 'odd "column"': text}, label="name",
    )  # fmt: skip
