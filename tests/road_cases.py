"""Roads made for tests, and lengths by GeographicLib."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import shapely
from geographiclib.geodesic import Geodesic

from dmz.line import Line


def length_km(line) -> float:
    """Length of a line of geodesics by GeographicLib, km."""
    xy = shapely.get_coordinates(line)
    return sum(Geodesic.WGS84.Inverse(y0, x0, y1, x1)["s12"] for (x0, y0), (x1, y1) in pairwise(xy)) / 1000


def at_km(line, km: float) -> tuple[float, float]:
    """Point of a line at a chainage by GeographicLib: longitude, latitude."""
    left = km * 1000
    for (x0, y0), (x1, y1) in pairwise(shapely.get_coordinates(line)):
        edge = Geodesic.WGS84.InverseLine(y0, x0, y1, x1)
        if left <= edge.s13:
            found = edge.Position(left)
            return found["lon2"], found["lat2"]
        left -= edge.s13
    return x1, y1


def table(**roads) -> gpd.GeoDataFrame:
    """Roads by key."""
    return gpd.GeoDataFrame({"corridor": [*roads]}, geometry=[*roads.values()], crs=4326)


def line(*xy, **parts) -> Line:
    """A line of contact with north on the left of an eastward course."""
    return Line(shapely.LineString(xy), left=parts.pop("left", "north"), right=parts.pop("right", "south"), **parts)


def points(**named) -> gpd.GeoDataFrame:
    """Places by name."""
    geometry = [shapely.Point(xy) for xy in named.values()]
    return gpd.GeoDataFrame({"name": [name.replace("_", " ") for name in named]}, geometry=geometry, crs=4326)


def winding(seed: int, n: int = 12) -> shapely.LineString:
    """A random road of about 100 km about 36.5 E, 35.5 N, that may cross itself."""
    rng = np.random.default_rng(seed)
    steps = rng.normal((0.08, 0.0), 0.09, (n, 2))
    return shapely.LineString(np.array([36.0, 35.5]) + np.cumsum(steps, axis=0))
