"""Measure the ground within reach of routes or posts: each on its own, all together, and as a share of zones."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from dmz import geodesy
from dmz.coverage import ALL, AT_LEAST, UNKNOWN, reaches
from dmz.geodata import WGS84

STRIP_COLUMNS = {
    "patrol": "id of the route, or of the post",
    "within_km": "how far to each side counts as seen: half the swath",
    "swath_km": "twice within_km",
    "area_km2": "area on the ellipsoid of the ground within within_km of it",
}
COLUMNS = {
    "reading": "reading the zone was laid under",
    "extent": "core: the zone at the least depth of the range; full: at the greatest",
    "zone_km2": "area of the zone on the ellipsoid",
    "routes": "number of routes, or posts, that were measured",
    "swath_km": "twice the distance to each side that counts as seen; empty where it is not one for all",
    "swept_unmerged_km2": "sum of the areas within reach of each: ground seen by two counts twice",
    "swept_merged_km2": "area within reach of any: ground seen by two counts once",
    "swept_in_zone_km2": "the part of swept_merged_km2 that lies in the zone",
    "swept_share": "swept_in_zone_km2 as a share of zone_km2, 0 to 1; empty where nothing was reported",
    "known": f"'{UNKNOWN}', '{AT_LEAST}' or '{ALL}'",
}
# Accuracy of a strip's edge, metres, and the grid strips are merged on: that of zones, 11 mm.
TOLERANCE_M, GRID_DEG = 1.0, 1e-7


def strips(routes: gpd.GeoDataFrame, *, within_m: ArrayLike, key: str = "patrol") -> gpd.GeoDataFrame:
    """Ground within a distance of each route.

    Parameters
    ----------
    routes
        Lines or points with an id in the column `key`, longitude, latitude.
    within_m
        How far to each side counts as seen, metres: one number, or one a route; with 0 or less it sees nothing.
    key
        Column of the id.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a route, columns as `STRIP_COLUMNS` and ``geometry`` (MultiPolygon).

    Raises
    ------
    InputError
        Where `within_m` is not finite, or has another length than `routes`.

    Notes
    -----
    Each strip is `dmz.geodesy.buffer`, its edge within 1 m of the distance: the swath of a patrol is 2 r wide, rounded
    at its ends. Ground that a route passes twice counts once for it.
    """
    reach_m = reaches(within_m, len(routes))
    ground = _drawn(routes.geometry.array, reach_m)
    table = {
        "patrol": routes[key].to_numpy(dtype=object),
        "within_km": reach_m / 1000,
        "swath_km": 2 * np.maximum(reach_m, 0) / 1000,
        "area_km2": [geodesy.area(strip) / 1e6 for strip in ground],
    }
    return gpd.GeoDataFrame(table, geometry=ground, crs=WGS84)


def swept(found: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, *, complete: bool = False) -> pd.DataFrame:
    """Area that strips sweep, merged and unmerged, and the share of each zone that they cover.

    Parameters
    ----------
    found
        As `strips` makes them.
    zones
        As `dmz.zones` makes them, of any number of readings.
    complete
        As `dmz.coverage.cover` takes it: whether these are all the routes there were.

    Returns
    -------
    pandas.DataFrame
        One row a reading and extent; columns as `COLUMNS`.

    Notes
    -----
    Definitions: unmerged = sum of A(strip of a route); merged = A(union of the strips); share = A(union of the strips
    inside the zone) / A(zone); A on the ellipsoid (Karney 2013).
    """
    known = ALL if complete else AT_LEAST if len(found) else UNKNOWN
    union = shapely.union_all(found.geometry.to_numpy(), grid_size=GRID_DEG)
    swaths = found["swath_km"].unique()
    said: dict[str, object] = {"routes": len(found), "swath_km": swaths[0] if len(swaths) == 1 else np.nan}
    if known != UNKNOWN:
        said |= {"swept_unmerged_km2": found["area_km2"].sum(), "swept_merged_km2": geodesy.area(union) / 1e6}
    rows = []
    for where, zone in _grounds(zones):
        row = where | said | {"zone_km2": geodesy.area(zone) / 1e6, "known": known}
        if known != UNKNOWN:
            inside_km2 = geodesy.area(shapely.intersection(zone, union)) / 1e6
            row |= {"swept_in_zone_km2": inside_km2, "swept_share": inside_km2 / geodesy.area(zone) * 1e6}
        rows.append(row)
    table = pd.DataFrame(rows, columns=[*COLUMNS])
    return table.astype({name: float for name in COLUMNS if name.endswith(("_km", "_km2", "_share"))})


def _drawn(shapes: NDArray[np.object_], reach_m: NDArray[np.float64]) -> NDArray[np.object_]:
    """Strips of shapes; those drawn alike are drawn once."""
    drawn: dict[tuple[bytes, float], object] = {}
    for shape, reach in zip(shapes, reach_m, strict=True):
        if (shape.wkb, reach) not in drawn:
            strip = geodesy.buffer(shape, float(reach), TOLERANCE_M) if reach > 0 else shapely.MultiPolygon()
            drawn[shape.wkb, reach] = strip
    return np.array([drawn[pair] for pair in zip((s.wkb for s in shapes), reach_m, strict=True)], dtype=object)


def _grounds(zones: gpd.GeoDataFrame) -> Iterator[tuple[dict[str, object], shapely.MultiPolygon]]:
    """Zone of each reading, at its least depth and at its greatest."""
    for reading, belts in zones.groupby("reading", sort=False):
        for extent in ("core", "full"):
            here = belts[belts["band"] == "core"] if extent == "core" else belts
            yield {"reading": reading, "extent": extent}, shapely.coverage_union_all(here.geometry.array)
