"""Draw the agreement's roads through the places they are known to pass, and say where they do not agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from tools.geodata import facts, packages
from tools.geodata.layers import WGS84, Built

# A waypoint known to this or better is passed exactly; a worse one gives way to the road graph's own vertices.
KNOWN_M = 1_200
AGREES_M = 500
# A road this near to the road graph follows it.
FOLLOWS_M = 1_500
# Where waypoints are interpolated in the Latakia mountains the graph's vertices, which are on the road, are used: those
# of the shortest path from Latakia to Aleppo between these two, in the order of the path.
MOUNTAIN = [
    (35.920, 35.613), (36.043, 35.677), (36.059, 35.689), (36.076, 35.716), (36.104, 35.738), (36.108, 35.741),
    (36.140, 35.763), (36.143, 35.763),
]  # fmt: skip
# The western end of the patrolled stretch is kept although it is known to 1.5 km only: an agreement names it.
NAMED = ("Ain al-Hawr",)
TURKISH, RUSSIAN = "turkey", "russia"
ISW = "ISWNews, collected reports on the joint patrols of 2020"


def build(folder: Path) -> list[Built]:
    """Corridors, the waypoints they were drawn through, the patrols reported along them, and what they say of the road."""
    places = _places(folder)
    routes = _routes(places)
    m4 = routes["m4"]
    return [_corridors(routes), _waypoints(places, routes), _patrols(places, m4), _road_reports(places, m4)]


def _places(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Waypoints of each stretch of the facts, in order."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in facts.rows_of(folder / "road_waypoints.csv"):
        found.setdefault(row["route"], []).append(row)
    return found


def _routes(places: dict[str, list[dict[str, str]]]) -> dict[str, shapely.LineString]:
    """Coordinates of every corridor; roads that share a stretch share its vertices."""
    west = _through(places["M4_Latakia_Saraqib"], before=("Ain al-Hawr", MOUNTAIN))
    north = _through(places["M5_north_Saraqib_Aleppo"])
    south = _through(places["M5_south_Hama_Saraqib"])[::-1]
    ghab = _through(places["Ghab_road_Jisr_Hama"])
    to_jisr = west[: west.index(ghab[0]) + 1]
    return {
        "m4": shapely.LineString(west + north[1:]),
        "m5": shapely.LineString(north[::-1] + south[1:]),
        "latakia-hama-saraqib": shapely.LineString(west + south[1:]),
        "latakia-hama-ghab": shapely.LineString(to_jisr + ghab[1:]),
    }


def _through(
    places: list[dict[str, str]], before: tuple[str, list[tuple[float, float]]] | None = None
) -> list[tuple[float, float]]:
    """Vertices of a stretch: its known waypoints, with those of the road graph put in before one of them."""
    route: list[tuple[float, float]] = []
    for place in places:
        if before and place["name"] == before[0]:
            route += before[1]
        if int(place["uncertainty_m"]) <= KNOWN_M or place["name"] in NAMED:
            route.append(_xy(place))
    return route


def _xy(place: dict[str, str]) -> tuple[float, float]:
    return float(place["lon"]), float(place["lat"])


CORRIDORS = {
    "m4": ("M4 Latakia-Aleppo", "Latakia", "Aleppo", ("M4_Latakia_Saraqib", "M5_north_Saraqib_Aleppo")),
    "m5": ("M5 Aleppo-Hama", "Aleppo", "Hama", ("M5_north_Saraqib_Aleppo", "M5_south_Hama_Saraqib")),
    "latakia-hama-saraqib": (
        "Latakia-Hama through Saraqib", "Latakia", "Hama", ("M4_Latakia_Saraqib", "M5_south_Hama_Saraqib"),
    ),
    "latakia-hama-ghab": ("Latakia-Hama by the Ghab", "Latakia", "Hama", ("M4_Latakia_Saraqib", "Ghab_road_Jisr_Hama")),
}  # fmt: skip


def _corridors(routes: dict[str, shapely.LineString]) -> Built:
    graph = gpd.GeoSeries(packages.road_edges(), crs=WGS84)
    records = []
    for key, (name, start, end, _) in CORRIDORS.items():
        records.append(
            {
                "id": f"corridor-{key}",
                "corridor": key,
                "name": name,
                "from_place": start,
                "to_place": end,
                "length_km": geodesy.length(routes[key]) / 1000,
                "uncertainty_m": 1_000,
                "basis": "straight between waypoints 1 to 13 km apart: the true road is a few per cent longer",
                "on_graph_share": _share_near(routes[key], graph.union_all()),
                "geometry": routes[key],
            }
        )
    return Built(
        "idlib/corridors",
        gpd.GeoDataFrame(records, crs=WGS84),
        "Roads to be reopened",
        source="Waypoints of the project's facts (villages on the road); Latakia mountains from OpenStreetMap's road graph",
        package="facts road_waypoints.csv; PyPI scgraph-data",
        version="1; 2.0.0",
        licence="ODbL-1.0, CC-BY-SA-3.0",
        attribution="© OpenStreetMap contributors (ODbL)",
        date="2018-09-17",
        note="The graph's M5 between Hama and Khan Shaykhun is 1 to 3.6 km off and is replaced by the waypoints there; "
        "on_graph_share is the share of the road within 1.5 km of the graph.",
    )


def _share_near(route: shapely.LineString, graph: BaseGeometry) -> float:
    """Share of a route within 1.5 km of the road graph."""
    steps = shapely.get_coordinates(geodesy.densify(route, 500))
    gap = geodesy.distance(steps, graph)
    return round(float((gap <= FOLLOWS_M).mean()), 3)


def _waypoints(places: dict[str, list[dict[str, str]]], routes: dict[str, shapely.LineString]) -> Built:
    records: list[dict[str, Any]] = []
    for key, (*_, stretches) in CORRIDORS.items():
        for place in _passed(places, key, stretches):
            offset = float(geodesy.distance([_xy(place)], routes[key])[0])
            records.append(
                {
                    "id": f"waypoint-{key}-{len(records)}",
                    "corridor": key,
                    "name": place["name"],
                    "offset_m": round(offset, 1),
                    "uncertainty_m": int(place["uncertainty_m"]),
                    "within_500_m": offset <= AGREES_M,
                    "agrees": offset <= max(AGREES_M, int(place["uncertainty_m"])),
                    "basis": place["basis"] or None,
                    "geometry": shapely.Point(_xy(place)),
                }
            )
    return Built(
        "idlib/waypoints",
        gpd.GeoDataFrame(records, crs=WGS84),
        "Places the roads pass, and how near the drawn roads come",
        source="Project's facts: villages on the road, from the Wikipedia map module and GeoNames",
        package="facts road_waypoints.csv",
        version="1",
        licence="CC-BY-SA-3.0, CC-BY-4.0",
        attribution="Places: GeoNames, SimpleMaps (CC BY 4.0)",
        date="2018-09-17",
        note="A waypoint known to more than 1.2 km is not passed; agrees says whether the road is within its uncertainty.",
    )


def _passed(places: dict[str, list[dict[str, str]]], key: str, stretches: tuple[str, ...]) -> list[dict[str, str]]:
    """Waypoints of a corridor; the Ghab road leaves the M4 at Jisr al-Shughur."""
    found = [place for stretch in stretches for place in places[stretch]]
    if key != "latakia-hama-ghab":
        return found
    turn = next(n for n, place in enumerate(found) if place["name"].startswith("Jisr al-Shughur"))
    return found[: turn + 1] + places["Ghab_road_Jisr_Hama"][1:]


def _patrols(places: dict[str, list[dict[str, str]]], m4: shapely.LineString) -> Built:
    """Joint patrols on the M4 whose extent was reported, cut from the road itself."""
    at = {place["name"]: _xy(place) for place in places["M4_Latakia_Saraqib"]}
    east, west = at["Trumba (Turumbah)"], at["Ain al-Hawr"]
    nayrab, musaybin = _beyond(m4, east, 4_500), at["Musaybin"]
    reports = [
        ("1", "First joint patrol, cut short", "2020-03-15", None, east, nayrab, "cut short", "Trumba", "east of al-Nayrab", ISW, "high"),
        ("2-7", "Joint patrols 2 to 7, between these days, blocked east of al-Nayrab", "2020-03-15", "2020-05-05", east, nayrab, "cut short", "Trumba", "east of al-Nayrab", ISW, "medium"),
        ("8", "Eighth joint patrol", "2020-05-05", "2020-05-06", east, musaybin, "carried out", "Trumba", "Musaybin", ISW, "high"),
        ("22", "22nd (or 23rd) joint patrol, the first over the whole route", "2020-07-22", None, east, west, "carried out", "Trumba", "Ain al-Havr", "ISWNews; SouthFront counts it as the 23rd", "high"),
        ("24", "24th joint patrol", "2020-08-12", None, east, west, "carried out", "Trumba", "Ain al-Havr", "Turkish defence ministry through SouthFront", "high"),
        ("reverse", "Joint patrol in reverse", "2020-08-17", None, west, east, "carried out", "Ain al-Havr", "Trumba", "SOHR 179921", "high"),
    ]  # fmt: skip
    records: list[dict[str, Any]] = []
    for number, name, day, until, start, end, status, from_place, to_place, source, confidence in reports:
        route = _between(m4, start, end)
        records.append(
            {
                "id": f"patrol-{number}",
                "name": name,
                "date": day,
                "date_to": until,
                "parties": f"{TURKISH}; {RUSSIAN}",
                "from_place": from_place,
                "to_place": to_place,
                "status": status,
                "length_km": geodesy.length(route) / 1000,
                "source": source,
                "confidence": confidence,
                "geometry": route,
            }
        )
    return Built(
        "idlib/patrols",
        gpd.GeoDataFrame(records, crs=WGS84),
        "Joint patrols on the M4 whose extent was reported, 2020",
        source="ISWNews, SouthFront, SOHR, Turkish defence ministry",
        package="facts patrols.csv",
        version="1",
        licence="facts, no licence needed",
        attribution="Patrols: ISWNews, SouthFront, SOHR",
        date="2020-08-17",
        note="One way, along the road as drawn; dates of patrols 2 to 7 are a span. Under the protocol of 5 March 2020.",
    )


def _road_reports(places: dict[str, list[dict[str, str]]], m4: shapely.LineString) -> Built:
    """Reports from which the status of the M4 follows: where patrols drove, and where they were blocked."""
    at = {place["name"]: _xy(place) for place in places["M4_Latakia_Saraqib"]}
    east, west, nayrab, musaybin = (at[name] for name in ("Trumba (Turumbah)", "Ain al-Hawr", "al-Nayrab", "Musaybin"))
    block = _beyond(m4, east, 4_500)
    drove, blocked = "a joint patrol drove it; of other traffic nothing is said", "the patrols could not pass"
    fourth = "RIA through Devdiscourse: 4th patrol; ISWNews: patrols 1 to 7 blocked east of al-Nayrab"
    reports = [
        ("2020-03-15", east, block, "Trumba", "east of al-Nayrab", "partly", ISW, "medium", drove),
        ("2020-03-15", block, nayrab, "east of al-Nayrab", "al-Nayrab", "closed", ISW, "medium", blocked),
        ("2020-04-15", east, block, "Trumba", "east of al-Nayrab", "partly", fourth, "medium", drove),
        ("2020-04-15", block, nayrab, "east of al-Nayrab", "al-Nayrab", "closed", fourth, "medium", blocked),
        ("2020-05-06", east, musaybin, "Trumba", "Musaybin", "partly", ISW, "high", f"{drove}; 5 or 6 May"),
        ("2020-07-22", east, west, "Trumba", "Ain al-Havr", "partly", "ISWNews; SouthFront", "high", drove),
        ("2020-08-12", east, west, "Trumba", "Ain al-Havr", "partly", "Turkish defence ministry through SouthFront", "high", drove),
        ("2020-08-17", west, east, "Ain al-Havr", "Trumba", "partly", "SOHR 179921", "high", drove),
    ]  # fmt: skip
    records: list[dict[str, Any]] = []
    for number, (day, start, end, from_place, to_place, status, source, confidence, note) in enumerate(
        reports, start=1
    ):
        chainage = geodesy.nearest([start, end], m4).chainage_m / 1000
        records.append(
            {
                "id": f"road-report-{number}",
                "corridor": "m4",
                "date": day,
                "from_km": round(float(chainage[0]), 3),
                "to_km": round(float(chainage[1]), 3),
                "from_place": from_place,
                "to_place": to_place,
                "status": status,
                "source": source,
                "confidence": confidence,
                "note": note,
                "geometry": _between(m4, start, end),
            }
        )
    return Built(
        "idlib/road_reports",
        gpd.GeoDataFrame(records, crs=WGS84),
        "Reports on whether the M4 could be driven, 2020",
        source="ISWNews, SouthFront, SOHR, RIA, Turkish defence ministry",
        package="facts patrols.csv",
        version="1",
        licence="facts, no licence needed",
        attribution="Patrols: ISWNews, SouthFront, SOHR",
        date="2020-08-17",
        note="Only what joint patrols show: partly is a patrol that passed, closed the place that blocked it. Patrols whose "
        "extent is not known are left out; nothing documented says of any road that it was open, or what held before.",
    )


def _beyond(road: shapely.LineString, start: tuple[float, float], metres: float) -> tuple[float, float]:
    """Point some way back along a road from one of its vertices."""
    at = float(geodesy.nearest([start], road).chainage_m[0])
    point = geodesy.interpolate(road, at - metres)
    return round(point.x, 6), round(point.y, 6)


def _between(road: shapely.LineString, start: tuple[float, float], end: tuple[float, float]) -> shapely.LineString:
    """Stretch of a road from one point to another, in that direction, through its own vertices."""
    low, high = sorted(geodesy.nearest([start, end], road).chainage_m)
    xy = shapely.get_coordinates(road)
    along = geodesy.nearest(xy, road).chainage_m
    inner = [tuple(point) for point in xy[(along > low + 1) & (along < high - 1)].tolist()]
    forward = geodesy.nearest([start], road).chainage_m[0] < geodesy.nearest([end], road).chainage_m[0]
    return shapely.LineString([start, *(inner if forward else inner[::-1]), end])
