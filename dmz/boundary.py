"""Say how much of the line of contact and of each zone's edges patrols came near, and where the gaps are."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dmz import along, coverage, patrol
from dmz.geodata import WGS84
from dmz.line import Line

LINE, LINE_NAME = "line-of-contact", "line of contact"
REPORTED, IMPLIED = "reported", "implied"

WHICH_COLUMNS = {
    "basis": "reported: by the patrols somebody reported; implied: by the routes the text implies, if they were driven",
    "reading": "reading whose edge it is, or whose implied routes they are; empty: the line of contact, which every "
    "reading has",
    "edge": "what the track is called",
}
SHARE_COLUMNS = WHICH_COLUMNS | coverage.SHARE_COLUMNS
GAP_COLUMNS = {
    **WHICH_COLUMNS,
    **coverage.GAP_COLUMNS,
    "within_km": "how near counts as covered",
    "known": f"'{coverage.AT_LEAST}': unreported patrols may have come by; or '{coverage.ALL}'",
    "from_place": "settlement nearest to where the gap begins; null where no layer of places was given",
    "from_place_km": "geodesic distance from that settlement to the point, km",
    "from_place_direction": "compass point in which the point lies from that settlement",
    "to_place": "settlement nearest to where it ends",
    "to_place_km": "geodesic distance from that settlement to the point, km",
    "to_place_direction": "compass point in which the point lies from that settlement",
}


@dataclass(frozen=True, eq=False)
class Watched:
    """What patrols came near.

    Parameters
    ----------
    reported
        What the reported routes cover of every track, as `dmz.coverage.cover` makes it.
    shares
        One row a basis and track, columns as `SHARE_COLUMNS`.
    gaps
        One row a gap, LineString, columns as `GAP_COLUMNS`.
    """

    reported: coverage.Covered
    shares: pd.DataFrame
    gaps: gpd.GeoDataFrame


def tracks(edges: gpd.GeoDataFrame, line: Line) -> gpd.GeoDataFrame:
    """Make the line of contact, then every edge off it that the agreement draws, ready to be measured along.

    Parameters
    ----------
    edges
        As `dmz.patrol.edges` makes them, of any number of readings.
    line
        The line they were laid along.

    Returns
    -------
    geopandas.GeoDataFrame
        As `dmz.coverage.tracks`; besides ``of`` (`LINE`, or the edge's id), ``reading`` (None for the line) and
        ``edge``, what it is called.
    """
    off = edges[edges["depth_m"] > 0]
    called = [f"{km:g} km edge, {party} side" for km, party in zip(off["depth_m"] / 1000, off["party"], strict=True)]
    drawn = pd.DataFrame(
        {
            "id": [LINE, *off["id"]],
            "reading": [None, *off["reading"]],
            "edge": [LINE_NAME, *called],
            "geometry": [line.geometry, *off.geometry],
        }
    )
    return coverage.tracks(gpd.GeoDataFrame(drawn, geometry="geometry", crs=WGS84))


def watched(
    routes: gpd.GeoDataFrame,
    drawn: gpd.GeoDataFrame,
    *,
    within_m: float = patrol.WITHIN_M,
    places: gpd.GeoDataFrame | None = None,
) -> Watched:
    """Measure what patrols came near of each track, those reported and those the text implies, never mixed.

    Parameters
    ----------
    routes
        Lines with columns ``id``, ``basis`` (reported or implied) and ``reading``.
    drawn
        As `tracks` makes them.
    within_m
        How near counts as covered, metres.
    places
        By the nearest of which the ends of gaps are named (`dmz.along.named`).

    Returns
    -------
    Watched
        First what was reported, of every track: at least, and unknown where nobody reported a route. Then, reading by
        reading, what its implied routes would cover of the line of contact and of the reading's own edges.

    Raises
    ------
    InputError
        Where `within_m` is not finite.

    Notes
    -----
    `dmz.coverage.cover`. An implied route runs along an edge, so that it covers all of it: what tells is whether any
    runs along the line of contact.
    """
    said = coverage.cover(routes[routes["basis"] == REPORTED], drawn, within_m=within_m, key="id")
    shares, gaps = [_labelled(said.shares, drawn, REPORTED, None)], [_labelled(said.gaps, drawn, REPORTED, None)]
    for reading in drawn["reading"].dropna().unique():
        mine = routes[(routes["basis"] == IMPLIED) & (routes["reading"] == reading)]
        if mine.empty:
            continue
        here = drawn[(drawn["of"] == LINE) | (drawn["reading"] == reading)]
        would = coverage.cover(mine, here, within_m=within_m, complete=True, key="id")
        shares.append(_labelled(would.shares, here, IMPLIED, reading))
        gaps.append(_labelled(would.gaps, here, IMPLIED, reading))
    table = pd.concat(shares, ignore_index=True)
    return Watched(said, table[[*SHARE_COLUMNS]], _gaps(gaps, table, places))


def _labelled(table: pd.DataFrame, drawn: gpd.GeoDataFrame, basis: str, reading: str | None) -> pd.DataFrame:
    """Rows with the basis, the reading and what the track is called."""
    of = drawn.set_index("track")
    own = of["reading"].reindex(table["track"]).to_numpy(dtype=object) if reading is None else reading
    return table.assign(basis=basis, reading=own, edge=of["edge"].reindex(table["track"]).to_numpy(dtype=object))


def _gaps(found: list[pd.DataFrame], shares: pd.DataFrame, places: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    table = pd.concat([gaps for gaps in found if len(gaps)] or found[:1], ignore_index=True)
    key = ["basis", "track", "reading"]
    table = table.merge(shares[[*key, "within_km", "known"]], on=key, how="left")
    ends = np.array([shapely.get_coordinates(gap)[[0, -1]] for gap in table.geometry]).reshape(-1, 2, 2)
    for number, end in enumerate(("from_", "to_")):
        named = along.named(ends[:, number], places, end)
        table = table.assign(**{column: named[column].to_numpy() for column in named})
    return gpd.GeoDataFrame(table[[*GAP_COLUMNS, "geometry"]], geometry="geometry", crs=WGS84)
