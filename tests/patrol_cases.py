"""Routes, tracks and brute-force truths that the tests of patrols share."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import shapely
from geodesic_truth import Truth
from geographiclib.geodesic import Geodesic

WGS84 = Geodesic.WGS84


def table(shapes, key: str = "patrol", **columns) -> gpd.GeoDataFrame:
    """Rows of shapes, numbered where they have no name."""
    named = shapes if isinstance(shapes, dict) else {f"p{i}": shape for i, shape in enumerate(shapes)}
    return gpd.GeoDataFrame({key: [*named]} | columns, geometry=[*named.values()], crs="EPSG:4326")


def sampled(line: shapely.LineString, step_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Middles of short equal cells along a line by GeographicLib, edge by edge: points (n, 2), lengths in metres."""
    points, steps = [], []
    xy = shapely.get_coordinates(line)
    for (x0, y0), (x1, y1) in pairwise(xy):
        edge = WGS84.InverseLine(y0, x0, y1, x1)
        count = max(1, int(np.ceil(edge.s13 / step_m)))
        for i in range(count):
            found = edge.Position((i + 0.5) * edge.s13 / count)
            points.append((found["lon2"], found["lat2"]))
            steps.append(edge.s13 / count)
    return np.array(points), np.array(steps)


def near(points: np.ndarray, shape: shapely.Geometry, within_m: float) -> np.ndarray:
    """Whether each point is within reach of a shape, by the independent truth."""
    return Truth.of(shape).distance(points) <= within_m


def runs(inside: np.ndarray, steps: np.ndarray, *, closed: bool) -> list[tuple[float, float]]:
    """Gaps in km of samples that are not inside, in the order of where they begin; one over a ring's start is one."""
    ends = np.concatenate([[0.0], np.cumsum(steps)]) / 1000
    found, start = [], None
    for i, good in enumerate([*inside, True]):
        if not good and start is None:
            start = i
        elif good and start is not None:
            found.append((ends[start], ends[i]))
            start = None
    if closed and len(found) > 1 and not inside[0] and not inside[-1]:
        found = [*found[1:-1], (found[-1][0], found[0][1])]
    return found


def wobbly(seed: int, vertices: int, km: float, *, at=(36.0, 35.5), rough: float = 0.003) -> shapely.LineString:
    """A line like a road, from west to east, about so many km long as the crow flies."""
    rng = np.random.default_rng(seed)
    lon = np.linspace(0, km / 91, vertices)
    return shapely.LineString(np.column_stack([at[0] + lon, at[1] + np.cumsum(rng.normal(0, rough, vertices))]))


def ring(radius_km: float, vertices: int = 60, at=(36.0, 35.0)) -> shapely.LineString:
    """A ring about a place."""
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    xy = np.column_stack([at[0] + radius_km * np.cos(angle) / 91.3, at[1] + radius_km * np.sin(angle) / 111.0])
    return shapely.LineString([*xy, xy[0]])
