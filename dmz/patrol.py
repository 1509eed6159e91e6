"""Measure patrols: length by zone, coverage of the zone's boundary, the routes an agreement implies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.corridor import STEP_M, cut
from dmz.geodata import WGS84
from dmz.line import Line

# How near to a boundary a patrol is taken to have covered it, unless the caller says otherwise.
WITHIN_M = 2_000.0
# A boundary point within this of the line, or of a depth, is on it: the tolerance of a buffer and of its measuring.
ON_EDGE_M = 3.0

COLUMNS = {
    "patrol": "id of the route",
    "name": "what it is",
    "basis": "reported, or implied by the agreement's text",
    "reading": "reading the zone was laid under",
    "extent": "core: the zone at the least depth of the range; full: at the greatest",
    "length_km": "geodesic length of the route",
    "in_zone_km": "its length inside the zone",
    "boundary_km": "length of the zone's edges: the line where the zone lies on one side of it, and its depth lines",
    "boundary_share": "share of the edges within within_km of the route, 0 to 1",
    "within_km": "how near counts as covered",
}


def edges(zones: gpd.GeoDataFrame, line: Line) -> gpd.GeoDataFrame:
    """Boundaries of a zone that the agreement draws: the line itself and the lines at its depths.

    Parameters
    ----------
    zones
        One or more readings, as `dmz.zones` makes them.
    line
        The line they were laid along.

    Returns
    -------
    geopandas.GeoDataFrame
        One row an edge: columns ``id``, ``reading``, ``party``, ``band`` (whose outer edge it is), ``depth_m`` (0 for
        the line), ``length_km``, ``geometry`` (MultiLineString). Boundaries along the theatre or along another's area
        are no edges and are left out; so is the line where the zone lies on both sides of it.
    """
    rows = []
    for reading, belts in zones.groupby("reading", sort=False):
        one_sided = len({*belts["party"]}) == 1
        for belt in belts.itertuples():
            depths = [0.0, belt.depth_to_m] if one_sided and belt.band == "core" else [belt.depth_to_m]
            rows += [_edge(reading, belt, depth, line) for depth in depths]
    return gpd.GeoDataFrame([row for row in rows if not row["geometry"].is_empty], crs=WGS84)


def implied(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Routes that patrols "along the boundaries of the zone" imply: every edge of `edges`, as `coverage` takes them."""
    along = np.where(
        found["depth_m"] == 0, "the line of contact", (found["depth_m"] / 1000).map("the {:g} km edge".format)
    )
    name = [f"Along {edge}, {party} side" for edge, party in zip(along, found["party"], strict=True)]
    return found.assign(name=name, basis="implied")[["id", "name", "basis", "reading", "length_km", "geometry"]]


def coverage(
    routes: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame, *, within_m: float = WITHIN_M
) -> pd.DataFrame:
    """Length of each route by zone, and the share of the zone's edges that it passes.

    Parameters
    ----------
    routes
        Lines with columns ``id``, ``name``, ``basis``; a route with a ``reading`` is measured against that one only.
    zones
        As `dmz.zones` makes them, of any number of readings.
    drawn
        Their edges, as `edges` makes them.
    within_m
        How near a point of an edge must be to the route to count as covered, metres.

    Returns
    -------
    pandas.DataFrame
        One row a route, reading and extent; columns as `COLUMNS`.

    Notes
    -----
    share = length of the edges within `within_m` of the route / length of the edges, both geodesic; the strip about the
    route is `dmz.geodesy.buffer`.
    """
    grounds = [*_grounds(zones, drawn)]
    reached: dict[bytes, BaseGeometry] = {}
    rows = []
    for route in routes.to_dict("records"):
        shape = route["geometry"].wkb  # patrols of several days on one route are measured once
        reached[shape] = near = reached.get(shape) or geodesy.buffer(route["geometry"], within_m)
        for ground in grounds:
            if pd.isna(route.get("reading")) or route["reading"] == ground.reading:
                said = {"reading": ground.reading, "extent": ground.extent, "within_km": within_m / 1000}
                rows.append(said | _covered(route, ground, near))
    return pd.DataFrame(rows, columns=[*COLUMNS])


def _edge(reading: str, belt: Any, depth_m: float, line: Line) -> dict[str, Any]:
    """Part of a belt's boundary that lies at one depth."""
    geometry = _at_depth(belt.geometry.boundary, line, depth_m)
    return {
        "id": f"{reading}-{belt.party}-{depth_m / 1000:g}-km".replace(".", "-"),
        "reading": reading,
        "party": belt.party,
        "band": belt.band,
        "depth_m": depth_m,
        "length_km": geodesy.length(geometry) / 1000,
        "geometry": geometry,
    }


def _at_depth(boundary: BaseGeometry, line: Line, depth_m: float) -> shapely.MultiLineString:
    """Runs of a boundary whose edges have their middle at a depth."""
    runs = []
    for ring in shapely.get_parts(geodesy.densify(boundary, STEP_M, edges="lonlat")):
        xy = shapely.get_coordinates(ring)
        at = np.abs(geodesy.distance((xy[:-1] + xy[1:]) / 2, line.geometry) - depth_m) <= ON_EDGE_M
        segments = np.stack([xy[:-1], xy[1:]], axis=1)[at]
        runs += list(shapely.get_parts(shapely.line_merge(shapely.MultiLineString(list(segments)))))
    return shapely.MultiLineString(runs)


@dataclass(frozen=True, eq=False)
class _Ground:
    """Zone of a reading at its least or its greatest depth, and the edges around it."""

    reading: str
    extent: str
    zone: BaseGeometry
    outline: BaseGeometry
    outline_m: float


def _grounds(zones: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame) -> Iterator[_Ground]:
    for reading in zones["reading"].unique():
        belts = zones[zones["reading"] == reading]
        for extent in ("core", "full"):
            here = belts[belts["band"] == "core"] if extent == "core" else belts
            outline = _outline(drawn[drawn["reading"] == reading], here)
            zone = shapely.coverage_union_all(here.geometry.array)
            yield _Ground(reading, extent, zone, outline, geodesy.length(outline))


def _outline(drawn: gpd.GeoDataFrame, belts: gpd.GeoDataFrame) -> BaseGeometry:
    """Edges around some belts: the line, and the deepest edge of each party."""
    deepest = belts.groupby("party")["depth_to_m"].max()
    on = (drawn["depth_m"] == 0) | (drawn["depth_m"] == drawn["party"].map(deepest))
    return drawn[on].union_all()


def _covered(route: dict[str, Any], ground: _Ground, near: BaseGeometry) -> dict[str, Any]:
    dense = geodesy.densify(route["geometry"], STEP_M)
    return {
        "patrol": route["id"],
        "name": route["name"],
        "basis": route["basis"],
        "length_km": geodesy.length(route["geometry"]) / 1000,
        "in_zone_km": sum(map(geodesy.length, cut(dense, ground.zone))) / 1000,
        "boundary_km": ground.outline_m / 1000,
        "boundary_share": geodesy.length(shapely.intersection(ground.outline, near)) / ground.outline_m,
    }
