"""Say how points lie to zones: inside, on the edge within their position's uncertainty, near, and how far."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import checks, geodesy
from dmz.errors import InputError
from dmz.geodata import feature_names
from dmz.geodesy.chart import contains

INSIDE, EDGE, NEAR = STANDINGS = ("inside", "edge", "near")
COLUMNS = {
    "reading": "reading the zone was laid under",
    "band": "core: every depth of the range agrees; fringe: they differ; full: core and fringe together",
    "party": "who holds the ground of the zone there; empty: all parties together",
    "standing": "inside: it lies in this ground, clear of its edge; edge: its position is too uncertain, or the edge "
    "too coarsely drawn, to tell; near: it lies outside this ground, within the distance asked for",
    "in_reading": "whether the point, as it is drawn, lies in any ground of the reading: another band's or party's too",
    "edge_km": "geodesic distance to the edge of this ground, negative inside it",
    "uncertainty_km": "how far the true position may lie from the point; empty: nobody said, it is taken as drawn",
}
ZONE_COLUMNS = ("reading", "band", "party")
# How far outside a zone's edge a point still is near, km, unless said otherwise: a judgement, and always an argument.
NEAR_KM = 5.0
# Columns that may say how uncertain a position is, and what makes metres of them.
UNCERTAINTY = {"uncertainty_km": 1000.0, "uncertainty_m": 1.0, "precision_m": 1.0}
# Edges are drawn along their geodesics with vertices this close, metres: straight in longitude and latitude between
# them, they part from it by s^2 tan(latitude) / 8R, 14 mm at 35 N.
STEP_M = 1_000.0


def place(
    points: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, *, near_km: float = 0.0, uncertainty_km: float | None = None
) -> pd.DataFrame:
    """Standing of points to each zone.

    Parameters
    ----------
    points
        Points, longitude, latitude on WGS 84. A column ``uncertainty_km``, ``uncertainty_m`` or ``precision_m`` says
        how far the true position may lie from the point.
    zones
        As `dmz.zones` or `extents` make them, of any number of readings.
    near_km
        How far outside a zone's edge still is near; 0: nothing is.
    uncertainty_km
        Uncertainty of the points whose row says none; None: unknown, they are taken as drawn.

    Returns
    -------
    pandas.DataFrame
        One row a zone and point that is inside, on the edge or near, in the order of the zones, then of the points;
        columns ``row`` (number of the point's row), then as `COLUMNS`. Points that are none of these have no row.

    Raises
    ------
    InputError
        Where `near_km` or an uncertainty is no number of km from 0 on; where a table lacks a column.
    CRSError, GeometryError
        As `dmz.checks.is_layer` raises them.

    Notes
    -----
    With d the geodesic distance from the point to the zone's boundary, u its uncertainty and e the zone's
    ``max_deviation_m`` (0 where the zone has none): *edge* is d <= u + e; of the others, *inside* lies in the polygon,
    *near* has d <= `near_km`. Edges are geodesics (`dmz.geodesy.densify` to 1 km, then 14 mm at 35 N).

    A zone's edge is also where it meets another band or party, and where its theatre ends. Whether a point lies in
    several of them together, `extents` of them tell.
    """
    check_zones(zones)
    checks.is_layer(points, "point", where="the layer of points")
    if not (np.isfinite(near_km) and near_km >= 0):
        raise InputError(f"near_km is {near_km}: give km from 0 on")
    xy, unsure_m = checks.lonlat(points), uncertainty_m(points, uncertainty_km)
    grounds = [drawn(zone) for zone in zones.geometry]
    inside = [contains(ground, xy) for ground in grounds]
    deviation_m = zones["max_deviation_m"].to_numpy(float) if "max_deviation_m" in zones else np.zeros(len(zones))
    found = []
    for number, zone in enumerate(zones.itertuples()):
        same = np.flatnonzero((zones["reading"] == zone.reading).to_numpy())
        away_m = _away(grounds[number], xy)
        standing = _standing(away_m, inside[number], np.nan_to_num(unsure_m) + deviation_m[number], near_km * 1000)
        here = np.flatnonzero(standing != "")
        columns = {
            "row": here,
            "reading": zone.reading,
            "band": zone.band,
            "party": zone.party,
            "standing": standing[here],
            "in_reading": np.logical_or.reduce([inside[other] for other in same])[here],
            "edge_km": np.where(inside[number], -away_m, away_m)[here] / 1000,
            "uncertainty_km": unsure_m[here] / 1000,
        }
        found.append(pd.DataFrame(columns).astype(dict.fromkeys((*ZONE_COLUMNS, "standing"), object)))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["row", *COLUMNS])


def within(found: pd.DataFrame) -> pd.DataFrame:
    """Rows of `place` whose point, as it is drawn, lies in the ground, however uncertain it is."""
    return found[found["edge_km"] < 0]


def extents(zones: gpd.GeoDataFrame, *, by_party: bool = True) -> gpd.GeoDataFrame:
    """Zone of each reading at its least depth, ``core``, and at its greatest, ``full``: core and fringe together.

    Parameters
    ----------
    zones
        As `dmz.zones` makes them, of any number of readings.
    by_party
        Whether each party's ground has rows of its own; else one row is all of it, and ``party`` is None.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns ``zone``, ``reading``, ``band``, ``party``, ``area_km2``, ``geometry``, and ``max_deviation_m`` where
        `zones` has it. These rows overlap: the core is in the full zone. Never sum over ``band``.

    Raises
    ------
    InputError
        Where `zones` lacks a column.
    """
    check_zones(zones)
    rows = []
    for reading, belts in zones.groupby("reading", sort=False):
        parties = [*belts["party"].unique()] if by_party else [None]
        for band in ("core", "full"):
            for party in parties:
                here = belts if party is None else belts[belts["party"] == party]
                here = here[here["band"] == "core"] if band == "core" else here
                if len(here):
                    rows.append(_extent(reading, band, party, here))
    columns = ["zone", *ZONE_COLUMNS, "area_km2", "geometry"]
    table = gpd.GeoDataFrame(rows, columns=None if rows else columns, geometry="geometry", crs=zones.crs)
    return table.astype({"party": object})


def drawn(zone: BaseGeometry) -> BaseGeometry:
    """Polygons with vertices every kilometre of their geodesic edges, ready for many questions."""
    ground = geodesy.densify(zone, STEP_M)
    shapely.prepare(ground)
    return ground


def check_zones(zones: gpd.GeoDataFrame) -> None:
    """Refuse what is no table of zones."""
    checks.has_columns(zones, ZONE_COLUMNS, where="the zones")
    checks.is_layer(zones, "polygon", where="the zones")


def uncertainty_m(points: gpd.GeoDataFrame, default_km: float | None) -> NDArray[np.float64]:
    """Uncertainty of positions in metres, shape (n,); NaN where nobody said.

    Raises
    ------
    InputError
        Where one is not a number from 0 on; every row at once.
    """
    if default_km is not None and not (np.isfinite(default_km) and default_km >= 0):
        raise InputError(f"uncertainty_km is {default_km}: give km from 0 on, or None where it is unknown")
    name = next((name for name in UNCERTAINTY if name in points), None)
    unsure = np.full(len(points), np.nan)
    if name is not None:
        said = pd.to_numeric(points[name], errors="coerce").to_numpy(float, na_value=np.nan)
        bad = points[name].notna().to_numpy() & ~(np.isfinite(said) & (said >= 0))
        if bad.any():
            stated = zip(feature_names(points), points[name], bad, strict=True)
            raise InputError(
                [f"{who} has {name} {what!r}: give a number from 0 on, or none" for who, what, at in stated if at]
            )
        unsure = said * UNCERTAINTY[name]
    return np.where(np.isnan(unsure), np.nan if default_km is None else default_km * 1000, unsure)


def _away(ground: BaseGeometry, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of points to the boundary of some ground, metres."""
    return geodesy.distance(xy, shapely.boundary(ground)) if len(xy) else np.empty(0)


def _standing(
    away_m: NDArray[np.float64], inside: NDArray[np.bool_], unsure_m: NDArray[np.float64], near_m: float
) -> NDArray[np.object_]:
    """Standing of points; empty where they have none."""
    near = (away_m <= near_m) & (near_m > 0)
    found = np.select([away_m <= unsure_m, inside, near], [EDGE, INSIDE, NEAR], "")
    return np.asarray(found.astype(object))


def _extent(reading: object, band: str, party: object, belts: gpd.GeoDataFrame) -> dict[str, object]:
    ground = shapely.coverage_union_all(belts.geometry.array)
    row = {
        "zone": f"{reading}-{band}-{'all' if party is None else party}",
        "reading": reading,
        "band": band,
        "party": party,
        "area_km2": geodesy.area(ground) / 1e6,
        "geometry": ground,
    }
    return row | ({"max_deviation_m": belts["max_deviation_m"].max()} if "max_deviation_m" in belts else {})
