"""Follow roads through zones: chainage, entry and exit, km by band and party."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import along, geodesy
from dmz.along import END_COLUMNS, SHORTEST_M, SPAN_COLUMNS, Floats, Spell
from dmz.errors import InputError
from dmz.geodata import WGS84

# Segments of a road as it is cut by ground.
STEP_M = along.STEP_M
# Band of road that is not in the zone.
OUTSIDE = "outside"

COLUMNS = {
    "corridor": "key of the road in the agreement",
    "reading": "reading the zone was laid under",
    "band": "core: every depth of the range agrees; fringe: they differ; outside: the road is not in the zone there",
    "party": "who holds the ground of the zone there; null outside it",
    **SPAN_COLUMNS,
    **END_COLUMNS,
}


def pieces(
    roads: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    *,
    places: gpd.GeoDataFrame | None = None,
    outside: bool = False,
) -> gpd.GeoDataFrame:
    """Pieces of each road inside each zone.

    Parameters
    ----------
    roads
        LineStrings with a column ``corridor``, longitude, latitude; chainage runs in their direction.
    zones
        As `dmz.zones` makes them, of any number of readings; those of one reading do not overlap.
    places
        Points with a column ``name``, by the nearest of which entries and exits are named (`dmz.along.named`).
    outside
        Also give the rest of the road, as band ``"outside"``: the pieces of a reading then add up to the road.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a piece, LineString, in the order of roads, readings, bands, chainage; columns as `COLUMNS`.

    Raises
    ------
    GeometryError
        Where a road is no LineString.

    Notes
    -----
    The road is cut where it meets the boundary of a zone (`dmz.along.spells`); lengths are geodesic (Karney 2013).
    """
    rows: list[dict[str, Any]] = []
    for name, road in zip(roads["corridor"], roads.geometry, strict=True):
        for reading, belts in zones.groupby("reading", sort=False):
            found = along.spells(road, belts.geometry, partial(_belt_at, belts))
            inside = sorted((spell for spell in found if spell.label >= 0), key=lambda spell: spell.label)
            rest = [spell for spell in found if spell.label < 0] if outside else []
            for spell in [*inside, *rest]:
                band, party = belts.iloc[spell.label][["band", "party"]] if spell.label >= 0 else (OUTSIDE, None)
                known = {"corridor": name, "reading": reading, "band": band, "party": party}
                rows.append(known | along.measured(road, spell, places))
    return gpd.GeoDataFrame(rows, columns=[*COLUMNS, "geometry"], geometry="geometry", crs=WGS84)


def split_every(found: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, *, every_km: float = 1.0) -> gpd.GeoDataFrame:
    """Cut pieces once more at every whole multiple of a length; totals stay as they are.

    Parameters
    ----------
    found
        Pieces, as `pieces` or `holdings` gives them.
    roads
        The roads they were cut from.
    every_km
        Cuts are at this chainage, twice it, and so on.

    Returns
    -------
    geopandas.GeoDataFrame
        The columns of a piece's chainage, length, share and ends are its own; ``contested_km`` and the names of entry
        and exit, which belong to the uncut piece, are left out.

    Raises
    ------
    InputError
        Where `every_km` is not above 0.
    """
    if not every_km > 0:
        raise InputError(f"every_km is {every_km}: give km above 0")
    geometry = roads.set_index("corridor").geometry
    own = [name for name in found.columns if name not in {"contested_km", "geometry", *END_COLUMNS}]
    rows = []
    for row in found[own].to_dict("records"):
        road = geometry[row["corridor"]]
        inner = every_km * np.arange(np.floor(row["from_km"] / every_km) + 1, np.ceil(row["to_km"] / every_km))
        bounds = [row["from_km"], *inner[(inner > row["from_km"]) & (inner < row["to_km"])], row["to_km"]]
        for from_km, to_km in pairwise(bounds):
            rows.append(row | along.measured(road, Spell(from_km * 1000, to_km * 1000, None), None))
    kept = [*own, *(name for name in found.columns if name in END_COLUMNS and "place" not in name)]
    return gpd.GeoDataFrame(rows, columns=[*kept, "geometry"], geometry="geometry", crs=WGS84)


def cut(line: BaseGeometry, ground: BaseGeometry) -> list[shapely.LineString]:
    """Pieces of a line inside polygons, in the line's direction, without the crumbs of touching boundaries."""
    inside = shapely.intersection(line, ground)
    parts = [part for part in shapely.get_parts(inside) if part.geom_type == "LineString" and part.length]
    merged = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(parts), directed=True))
    return [piece for piece in merged if geodesy.length(piece) >= SHORTEST_M]


def totals(found: gpd.GeoDataFrame) -> pd.DataFrame:
    """Km of each road by reading and band: columns ``corridor``, ``reading``, ``band``, ``length_km``, ``share``."""
    return found.groupby(["corridor", "reading", "band"], sort=False)[["length_km", "share"]].sum().reset_index()


def _belt_at(belts: gpd.GeoDataFrame, xy: Floats) -> NDArray[np.int64]:
    """Number of the belt that holds each point, -1 where none does."""
    number = np.full(len(xy), -1)
    for n, ground in reversed([*enumerate(belts.geometry)]):
        shapely.prepare(ground)
        number[shapely.contains_xy(ground, xy[:, 0], xy[:, 1])] = n
    return number
