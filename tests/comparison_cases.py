"""Ground of the tests of comparison: a bent line, places round it with and without people, two roads across."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from dmz.line import Line

GEOD = Geod(ellps="WGS84")
XY = [(36.0, 35.5), (36.1, 35.52), (36.2, 35.45), (36.35, 35.5), (36.5, 35.48)]
THEATRE = shapely.box(35.8, 35.25, 36.55, 35.75)


def front(uncertainty_m: float | None = None) -> Line:
    """Bent line of about 50 km, north on the left."""
    unsure = None if uncertainty_m is None else np.full(len(XY), float(uncertainty_m))
    return Line(shapely.LineString(XY), left="north", right="south", uncertainty_m=unsure)


def places(count: int = 300, seed: int = 5) -> gpd.GeoDataFrame:
    """Settlements scattered over and beyond the theatre; a third have people, some a figure of 0, which is unknown."""
    chance = np.random.default_rng(seed)
    xy = np.column_stack([chance.uniform(35.6, 36.8, count), chance.uniform(35.1, 35.9, count)])
    people = pd.array([None] * count, dtype="Int64")
    known = chance.random(count) < 0.33
    people[known] = chance.integers(100, 90_000, known.sum())
    people[chance.random(count) < 0.1] = 0
    ids = [f"p{number}" for number in range(count)]
    table = {"id": ids, "name": [f"Place {one}" for one in ids], "kind": "settlement", "population": people}
    return gpd.GeoDataFrame(table, geometry=shapely.points(xy), crs=4326)


def roads() -> gpd.GeoDataFrame:
    """One road straight across the line, one beside it."""
    lines = [shapely.LineString([(36.15, 35.2), (36.2, 35.8)]), shapely.LineString([(35.9, 35.6), (36.6, 35.58)])]
    return gpd.GeoDataFrame({"corridor": ["old-road", "r2"]}, geometry=lines, crs=4326)


def dense(xy: list[tuple[float, float]], step_m: float = 20.0) -> np.ndarray:
    """Points of a line's geodesics every few metres, by pyproj alone."""
    parts = []
    for (lon, lat), (to_lon, to_lat) in pairwise(xy):
        length = GEOD.inv(lon, lat, to_lon, to_lat)[2]
        count = int(length / step_m)
        between = GEOD.npts(lon, lat, to_lon, to_lat, count) if count else []
        parts.append(np.array([(lon, lat), *between]))
    return np.vstack([*parts, [xy[-1]]])


def truth(points: np.ndarray, line: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Distance of points to a line in metres, and whether they lie on its left, by pyproj alone: brute force."""
    line = dense(XY) if line is None else line
    away, left = [], []
    for lon, lat in points:
        azimuth, _, metres = GEOD.inv(line[:, 0], line[:, 1], np.full(len(line), lon), np.full(len(line), lat))
        near = int(np.argmin(metres))
        before, after = max(near - 1, 0), min(near + 1, len(line) - 1)
        along = GEOD.inv(*line[before], *line[after])[0]
        away.append(metres[near])
        left.append((azimuth[near] - along) % 360 > 180)
    return np.array(away), np.array(left)
