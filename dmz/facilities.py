"""Say which facilities lie in each zone, and count them by category."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from dmz import checks, geodesy, placing
from dmz.geodata import WGS84
from dmz.line import Line

# Category of a facility of which the layer says none.
UNKNOWN = "unknown"
COLUMNS = {
    "facility": "id of the facility; where the layer has no ids, the number of its row in the layer, from 0",
    "name": "its name; empty where the layer has none",
    "category": f"what it is, as the layer says; '{UNKNOWN}' where it says nothing",
    **placing.COLUMNS,
    "distance_km": "geodesic distance to the line of contact",
}
COUNT_COLUMNS = {
    **{name: placing.COLUMNS[name] for name in ("reading", "band", "party")},
    "category": COLUMNS["category"],
    "inside": "facilities inside this ground, clear of its edge",
    "edge": "facilities that may lie inside or outside it",
    "near": "facilities outside it, within the distance asked for",
    "in_layer": "facilities of the category in the whole layer: what is not in the layer is not counted",
}


def facilities(
    points: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    line: Line,
    *,
    category: str = "category",
    near_km: float = placing.NEAR_KM,
    uncertainty_km: float | None = None,
) -> gpd.GeoDataFrame:
    """Facilities inside each zone, on its edge and near it.

    Parameters
    ----------
    points
        Points with the column `category`, and where known ``id``, ``name`` and an uncertainty as `dmz.placing.place`
        takes it.
    zones
        As `dmz.zones` or `dmz.placing.extents` make them, of any number of readings.
    line
        The line the zones were laid along.
    category
        Column that says what each is: hospital, school, water station. Blanks around a word go; an empty one is
        ``"unknown"``.
    near_km, uncertainty_km
        As `dmz.placing.place` takes them.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a zone and facility, in the order of the zones, then of the layer; columns as `COLUMNS` and
        ``geometry``.

    Raises
    ------
    InputError
        Where a table lacks a column.
    CRSError, GeometryError
        As `dmz.checks.is_layer` raises them.
    """
    checks.has_columns(points, (category,), where="the layer of facilities")
    placed = placing.place(points, zones, near_km=near_km, uncertainty_km=uncertainty_km)
    row = placed["row"].to_numpy(int)
    nothing = np.full(len(points), None, dtype=object)
    away = geodesy.distance(checks.lonlat(points), line.geometry) / 1000 if len(points) else np.array([])
    table = placed.assign(
        facility=(points["id"].to_numpy() if "id" in points else np.arange(len(points)))[row],
        name=(points["name"].to_numpy() if "name" in points else nothing)[row],
        category=_categories(points[category]).to_numpy()[row],
        distance_km=away[row],
    )
    return gpd.GeoDataFrame(table[[*COLUMNS]], geometry=points.geometry.to_numpy()[row], crs=WGS84)


def counts(
    found: pd.DataFrame, points: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, *, category: str = "category"
) -> pd.DataFrame:
    """Facilities of each category in each zone, inside, on the edge and near.

    Parameters
    ----------
    found
        As `facilities` makes it.
    points, zones, category
        What it was made with: a category that the layer has, but not in a zone, has its row there too.

    Returns
    -------
    pandas.DataFrame
        One row a zone and category, in the order of the zones, then of the alphabet, ``"unknown"`` last; columns as
        `COUNT_COLUMNS`. 0 says that the layer has none there, not that there is none.

    Raises
    ------
    InputError
        Where a table lacks a column.
    """
    checks.has_columns(found, COLUMNS, where="the facilities found")
    checks.has_columns(points, (category,), where="the layer of facilities")
    in_layer = _categories(points[category]).value_counts()
    keys = ["reading", "band", "party", "category"]
    number = found.groupby([*keys, "standing"], dropna=False).size().to_dict()
    number = {tuple(None if pd.isna(part) else part for part in key): count for key, count in number.items()}
    rows = [
        zone._asdict()
        | {"category": kind, "in_layer": in_layer[kind]}
        | {standing: number.get((*zone, kind, standing), 0) for standing in placing.STANDINGS}
        for zone in zones[["reading", "band", "party"]].itertuples(index=False)
        for kind in sorted(in_layer.index, key=lambda kind: (kind == UNKNOWN, kind))
    ]
    table = pd.DataFrame(rows, columns=[*COUNT_COLUMNS])
    return table.astype(dict.fromkeys((*placing.STANDINGS, "in_layer"), "int64"))


def _categories(said: pd.Series) -> pd.Series:
    """Category of each facility, without blanks around it."""
    texts = said.astype(object).where(said.notna(), "").astype(str).str.strip()
    return texts.where(texts != "", UNKNOWN)
