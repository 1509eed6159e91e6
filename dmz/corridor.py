"""Follow roads through zones: chainage, entry and exit, km by band and party."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.geodata import WGS84

# Segments of a road as it is cut by a zone; its geodesics leave their chords by millimetres.
STEP_M = 1_000.0
# Shorter pieces are the rounding of two boundaries that were drawn through the same point.
SHORTEST_M = 1.0

COLUMNS = {
    "corridor": "key of the road in the agreement",
    "reading": "reading the zone was laid under",
    "band": "core: every depth of the range agrees; fringe: they differ",
    "party": "who holds the ground of the zone there",
    "from_km": "chainage where the road enters, km from its start along its geodesics",
    "to_km": "chainage where it leaves",
    "length_km": "to_km less from_km",
    "share": "length_km as a share of the whole road, 0 to 1",
    "entry_lon": "where it enters, degrees",
    "entry_lat": "where it enters, degrees",
    "exit_lon": "where it leaves, degrees",
    "exit_lat": "where it leaves, degrees",
}


def pieces(roads: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Pieces of each road inside each zone.

    Parameters
    ----------
    roads
        LineStrings with a column ``corridor``, longitude, latitude; chainage runs in their direction.
    zones
        As `dmz.zones` makes them, of any number of readings.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a piece, LineString, in the order of roads, zones, chainage; columns as `COLUMNS`.

    Notes
    -----
    The road is densified along its geodesics, cut by the zone, and each end of a piece is located on the road; lengths
    are geodesic (Karney 2013).
    """
    rows = []
    for name, road in zip(roads["corridor"], roads.geometry, strict=True):
        dense = geodesy.densify(road, STEP_M)
        total_km = geodesy.length(road) / 1000
        for zone in zones.itertuples():
            where = {"corridor": name, "reading": zone.reading, "band": zone.band, "party": zone.party}
            found = [_measured(piece, road, total_km) | {"geometry": piece} for piece in cut(dense, zone.geometry)]
            rows += [where | piece for piece in sorted(found, key=lambda piece: piece["from_km"])]
    return gpd.GeoDataFrame(rows, columns=[*COLUMNS, "geometry"], geometry="geometry", crs=WGS84)


def cut(line: BaseGeometry, ground: BaseGeometry) -> list[shapely.LineString]:
    """Pieces of a line inside polygons, in the line's direction, without the crumbs of touching boundaries."""
    inside = shapely.intersection(line, ground)
    parts = [part for part in shapely.get_parts(inside) if part.geom_type == "LineString" and part.length]
    merged = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(parts), directed=True))
    return [piece for piece in merged if geodesy.length(piece) >= SHORTEST_M]


def totals(found: gpd.GeoDataFrame) -> pd.DataFrame:
    """Km of each road by reading and band: columns ``corridor``, ``reading``, ``band``, ``length_km``, ``share``."""
    return found.groupby(["corridor", "reading", "band"], sort=False)[["length_km", "share"]].sum().reset_index()


def _measured(piece: shapely.LineString, road: BaseGeometry, total_km: float) -> dict[str, Any]:
    ends = shapely.get_coordinates(piece)[[0, -1]]
    from_km, to_km = np.asarray(geodesy.nearest(ends, road).chainage_m) / 1000
    return {
        "from_km": from_km,
        "to_km": to_km,
        "length_km": to_km - from_km,
        "share": (to_km - from_km) / total_km,
        "entry_lon": ends[0, 0],
        "entry_lat": ends[0, 1],
        "exit_lon": ends[1, 0],
        "exit_lat": ends[1, 1],
    }
