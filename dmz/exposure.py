"""Say which settlements lie in each zone, and how many people are known to live there."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dmz import geodesy
from dmz.line import Line

COLUMNS = {
    "settlement": "id of the settlement",
    "name": "its name",
    "reading": "reading the zone was laid under",
    "band": "core: every depth of the range agrees; fringe: they differ",
    "party": "who holds the ground of the zone there",
    "holder": "who was reported to hold the settlement; empty where nobody said",
    "holder_agrees": "whether holder is party; empty where nobody said",
    "distance_km": "geodesic distance to the line of contact",
    "population": "people known; empty is unknown, never 0",
    "population_source": "where population comes from",
}


def settlements(places: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, line: Line) -> gpd.GeoDataFrame:
    """Settlements in each zone.

    Parameters
    ----------
    places
        Points with columns ``id`` and ``name``, and where known ``holder``, ``population`` (null is unknown),
        ``population_source``, ``kind``: with a kind, only rows that are a ``"settlement"`` count.
    zones
        As `dmz.zones` makes them, of any number of readings.
    line
        The line the zones were laid along.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a settlement and reading, nearest to the line first; columns as `COLUMNS`.
    """
    places = places[_column(places, "kind").fillna("settlement") == "settlement"]
    xy = shapely.get_coordinates(places.geometry.array)
    known = pd.DataFrame(
        {
            "settlement": places["id"],
            "name": places["name"],
            "holder": _column(places, "holder"),
            "distance_km": geodesy.distance(xy, line.geometry) / 1000,
            "population": pd.array(_column(places, "population"), dtype="Int64"),
            "population_source": _column(places, "population_source"),
            "geometry": places.geometry.array,
        }
    )
    rows = []
    for zone in zones.itertuples():
        inside = known[shapely.contains_xy(zone.geometry, xy[:, 0], xy[:, 1])]
        agrees = pd.array(np.where(inside["holder"].isna(), None, inside["holder"] == zone.party), dtype="boolean")
        rows.append(inside.assign(reading=zone.reading, band=zone.band, party=zone.party, holder_agrees=agrees))
    table = pd.concat(rows).sort_values(["reading", "distance_km", "settlement"], kind="stable", ignore_index=True)
    return gpd.GeoDataFrame(table[[*COLUMNS, "geometry"]], geometry="geometry", crs=places.crs)


def totals(found: pd.DataFrame) -> pd.DataFrame:
    """Sum by reading and band.

    Returns
    -------
    pandas.DataFrame
        Columns ``reading``, ``band``, ``settlements``, ``population_known``, ``settlements_population_unknown``.
    """
    grouped = found.groupby(["reading", "band"], sort=False)
    return grouped.agg(
        settlements=("settlement", "size"),
        population_known=("population", "sum"),
        settlements_population_unknown=("population", lambda people: int(people.isna().sum())),
    ).reset_index()


def _column(places: gpd.GeoDataFrame, name: str) -> pd.Series:
    """Return a column, or one of unknowns where the layer has none."""
    return places[name] if name in places else pd.Series(None, index=places.index, dtype=object)
