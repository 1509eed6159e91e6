"""Say who holds each stretch of a road, and where it crosses the line of contact."""

from __future__ import annotations

from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import along, geodesy
from dmz.along import END_COLUMNS, SPAN_COLUMNS, STEP_M, Floats, Spell
from dmz.errors import InputError
from dmz.geodata import WGS84
from dmz.line import Line, holders, uncertainty_band

# Ground that nobody is known to hold.
UNKNOWN = "unknown"
# How often a road is asked who holds it, away from the line and the areas.
WATCH_M = 250.0
# How far before and after a crossing the sides are looked at, metres; less where the next crossing is nearer.
BESIDE_M = 5.0

COLUMNS = {
    "corridor": "key of the road in the agreement",
    "holder": "who holds the ground: that of the area there, else of the nearest side of the line; unknown where the "
    "line ends before, or is farther than reach_km",
    **SPAN_COLUMNS,
    "contested_km": "km of it within the line's stated uncertainty, where the other party may hold it as well; null "
    "where the line states none",
    **END_COLUMNS,
}
CROSSING_COLUMNS = {
    "corridor": "key of the road in the agreement",
    "crossing": "number of the crossing along the road, from 1",
    "at_km": "chainage of the crossing, km from the road's start",
    "earliest_km": "chainage from which on the line's stated uncertainty lets it lie; null where the line states none",
    "latest_km": "chainage up to which the line's stated uncertainty lets it lie",
    "from_party": "whose side of the line the road comes from",
    "to_party": "whose side it goes to",
    "line_km": "chainage of the crossing on the line of contact, km from the line's start",
    "lon": "degrees",
    "lat": "degrees",
    "place": "settlement nearest to the crossing; null where no layer of places was given",
    "place_km": "geodesic distance from that settlement to the crossing, km",
    "place_direction": "compass point in which the crossing lies from that settlement",
}


def holdings(
    roads: gpd.GeoDataFrame,
    line: Line,
    *,
    places: gpd.GeoDataFrame | None = None,
    reach_km: float | None = None,
) -> gpd.GeoDataFrame:
    """Pieces of each road by who holds the ground; they add up to the road.

    Parameters
    ----------
    roads, places
        As `dmz.corridor.pieces` takes them.
    line
        The line of contact, with the areas that are known.
    reach_km
        How far from the line its sides still say who holds the ground; by default however far.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a piece, LineString, in the order of roads and chainage; columns as `COLUMNS`.

    Raises
    ------
    GeometryError
        Where a road is no LineString.
    InputError
        Where `reach_km` is not above 0.

    Notes
    -----
    Who holds a point: `dmz.line.holders`, where an area holds it or the nearest point of the line is none of its open
    ends; else ``"unknown"``. Away from the line and the areas the road is asked every 250 m.
    """
    if reach_km is not None and not reach_km > 0:
        raise InputError(f"reach_km is {reach_km}: give km above 0, or None for any distance")
    reach_m = np.inf if reach_km is None else reach_km * 1000
    drawn = geodesy.densify(line.geometry, STEP_M)
    cutters = [drawn, *(() if line.areas is None else line.areas.geometry)]
    band = uncertainty_band(line)
    rows = []
    for name, road in zip(roads["corridor"], roads.geometry, strict=True):
        found = along.spells(road, cutters, partial(_holder_at, line, reach_m), watch_m=WATCH_M)
        contested = [] if band is None else _inside(road, band)
        for spell in found:
            shared_km = np.nan if band is None else _shared_m(spell, contested) / 1000
            known = {"corridor": name, "holder": spell.label, "contested_km": shared_km}
            rows.append(known | along.measured(road, spell, places))
    return gpd.GeoDataFrame(rows, columns=[*COLUMNS, "geometry"], geometry="geometry", crs=WGS84)


def crossings(roads: gpd.GeoDataFrame, line: Line, *, places: gpd.GeoDataFrame | None = None) -> gpd.GeoDataFrame:
    """Points at which each road crosses the line of contact.

    Parameters
    ----------
    roads, places
        As `dmz.corridor.pieces` takes them.
    line
        The line of contact.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a crossing, Point, in the order of roads and chainage; columns as `CROSSING_COLUMNS`. Where a road only
        touches the line there is none; where it runs along the line for a while, one in the middle of that.

    Raises
    ------
    GeometryError
        Where a road is no LineString.
    """
    drawn, band = geodesy.densify(line.geometry, STEP_M), uncertainty_band(line)
    rows = []
    for name, road in zip(roads["corridor"], roads.geometry, strict=True):
        unsure = [] if band is None else _inside(road, band)
        for number, (at_m, side) in enumerate(_crossed(road, drawn), start=1):
            (xy,) = along.points_at(road, np.array([at_m]))
            earliest, latest = next(
                ((spell.from_m, spell.to_m) for spell in unsure if spell.from_m <= at_m <= spell.to_m),
                (np.nan, np.nan),
            )
            rows.append(
                {
                    "corridor": name,
                    "crossing": number,
                    "at_km": at_m / 1000,
                    "earliest_km": earliest / 1000,
                    "latest_km": latest / 1000,
                    "from_party": line.left if side > 0 else line.right,
                    "to_party": line.right if side > 0 else line.left,
                    "line_km": float(geodesy.nearest([xy], line.geometry).chainage_m[0]) / 1000,
                    "lon": xy[0],
                    "lat": xy[1],
                    **along.named(xy[None], places).iloc[0],
                    "geometry": shapely.Point(xy),
                }
            )
    return gpd.GeoDataFrame(rows, columns=[*CROSSING_COLUMNS, "geometry"], geometry="geometry", crs=WGS84)


def held(found: gpd.GeoDataFrame) -> pd.DataFrame:
    """Km of each road by holder: columns ``corridor``, ``holder``, ``length_km``, ``share``, ``contested_km``."""
    sums = found.groupby(["corridor", "holder"], sort=False)[["length_km", "share", "contested_km"]]
    return sums.sum(min_count=1).reset_index()


def _holder_at(line: Line, reach_m: float, xy: Floats) -> NDArray[np.object_]:
    """Who holds each point, unknown where neither an area nor a side of the line says."""
    party = holders(line, xy)
    near = geodesy.nearest(xy, line.geometry)
    silent = near.at_end | (near.distance_m > reach_m)
    if line.areas is not None:
        for area in line.areas.geometry:
            silent &= ~shapely.contains_xy(area, xy[:, 0], xy[:, 1])
    party[silent] = UNKNOWN
    return party


def _inside(road: BaseGeometry, ground: BaseGeometry) -> list[Spell]:
    """Stretches of a road inside polygons."""
    shapely.prepare(ground)
    found = along.spells(road, [ground], lambda xy: shapely.contains_xy(ground, xy[:, 0], xy[:, 1]))
    return [spell for spell in found if spell.label]


def _shared_m(spell: Spell, others: list[Spell]) -> float:
    return sum(max(0.0, min(spell.to_m, other.to_m) - max(spell.from_m, other.from_m)) for other in others)


def _crossed(road: BaseGeometry, line: BaseGeometry) -> list[tuple[float, int]]:
    """Chainage of each crossing, metres, and the side of the line the road comes from: +1 left, -1 right."""
    at = along.meets(road, line)
    if not len(at):
        return []
    gap = np.diff(at, prepend=-np.inf, append=np.inf)
    before, after = (np.minimum(BESIDE_M, near / 3) for near in (gap[:-1], gap[1:]))
    locator, end_m = geodesy.Locator(line), geodesy.length(road)
    come, go = (locator.nearest(along.points_at(road, np.clip(m, 0, end_m))).side for m in (at - before, at + after))
    found, since = [], None
    for chainage_m, here, there in zip(at.tolist(), come.tolist(), go.tolist(), strict=True):
        if here:
            since = (chainage_m, here)
        if since is not None and there:
            if there != since[1]:
                found.append(((since[0] + chainage_m) / 2, since[1]))
            since = None
    return found
