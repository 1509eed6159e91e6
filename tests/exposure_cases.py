"""Places, units and rasters made for tests, and truths of them that share no code with the library."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geographiclib.geodesic import Geodesic

from dmz.line import Line

WGS84 = Geodesic.WGS84
FRONT = shapely.LineString([(36.0, 35.5), (36.3, 35.55), (36.6, 35.45)])


def front(*, swapped: bool = False) -> Line:
    """A front of about 55 km; north on the left, or the names the other way round."""
    return Line(FRONT, *(("south", "north") if swapped else ("north", "south")))


def places(*rows: dict, **columns) -> gpd.GeoDataFrame:
    """Settlements from dicts with ``at``, a longitude and latitude, and any columns."""
    table = pd.DataFrame([{name: value for name, value in row.items() if name != "at"} for row in rows])
    table = table.assign(**columns)
    if "id" not in table:
        table["id"] = [f"p{number}" for number in range(len(rows))]
    if "name" not in table:
        table["name"] = table["id"].str.upper()
    return gpd.GeoDataFrame(table, geometry=[shapely.Point(row["at"]) for row in rows], crs=4326)


def scattered(n: int, seed: int) -> gpd.GeoDataFrame:
    """Settlements scattered about the front, a third without a figure."""
    rng = np.random.default_rng(seed)
    xy = np.column_stack([rng.uniform(35.7, 36.9, n), rng.uniform(35.2, 35.8, n)])
    people = np.where(rng.random(n) < 1 / 3, np.nan, rng.integers(1, 50_000, n))
    return places(*({"at": tuple(at)} for at in xy), population=people, uncertainty_km=rng.choice([np.nan, 0.5, 2], n))


def beyond(xy: tuple[float, float], azimuth: float, metres: float) -> tuple[float, float]:
    """Point at a distance from another, by GeographicLib."""
    found = WGS84.Direct(xy[1], xy[0], azimuth, metres)
    return found["lon2"], found["lat2"]


def to_edge_m(lon: float, lat: float, polygon) -> float:
    """Distance to a polygon's boundary by GeographicLib: every edge that could be nearest, by golden section."""
    from truth import distance_m

    rings = [ring for part in shapely.get_parts(polygon) for ring in (part.exterior, *part.interiors)]
    return min(distance_m(lon, lat, np.array(ring.coords)) for ring in rings)


def dense_edges(polygon, step_m: float) -> Iterator[np.ndarray]:
    """Rings of a polygon with vertices on their geodesics, by GeographicLib."""
    for part in shapely.get_parts(polygon):
        for ring in (part.exterior, *part.interiors):
            points = []
            for (x0, y0), (x1, y1) in pairwise(ring.coords):
                edge = WGS84.InverseLine(y0, x0, y1, x1)
                for at in np.arange(0, max(edge.s13, 1e-9), step_m):
                    place = edge.Position(at)
                    points.append((place["lon2"], place["lat2"]))
            yield np.array(points)


def squares(west: float, south: float, step: float, columns: int, rows: int) -> list[shapely.Polygon]:
    """Grid of squares in degrees, row by row from the south-west."""
    return [
        shapely.box(west + i * step, south + j * step, west + (i + 1) * step, south + (j + 1) * step)
        for j in range(rows)
        for i in range(columns)
    ]
