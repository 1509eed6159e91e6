"""Lay zones in process, with dmz and with what a user would pick instead."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import geodesy

Lay = Callable[[], BaseGeometry]
# The peer whose time is 1: a flat buffer as fine as the tolerance asks, its zone of UTM known beforehand.
REFERENCE = "geopandas, UTM, 400 segments"
TOLERANCES = {"dmz, 1 m": 1.0, "dmz, 1 cm": 0.01, "dmz, 1 mm": 0.001}
NAMES = (
    *TOLERANCES,
    REFERENCE,
    "geopandas, UTM, 16 segments",
    "the same with `estimate_utm_crs`, 400 segments",
    "the same with `estimate_utm_crs`, 16 segments",
    "geopandas, local AEQD, 400 segments",
)


def utm(line: shapely.LineString) -> str:
    """The northern zone of UTM under the line's middle, `EPSG:32637`; at 180 degrees geopandas's estimate is misled."""
    lon = np.unwrap(line.coords.xy[0], period=360)
    middle = (lon.min() + lon.max()) / 2
    return f"EPSG:{32601 + int((middle + 180) // 6) % 60}"


def aeqd(line: shapely.LineString) -> str:
    """A plane of true distances from the line's middle vertex."""
    lon, lat = line.coords[len(line.coords) // 2]
    return f"+proj=aeqd +lon_0={lon} +lat_0={lat} +ellps=WGS84"


def methods(line: shapely.LineString, radius_m: float) -> dict[str, Lay]:
    """Every method in process, the reference first; each call takes degrees and gives degrees."""
    zone, plane = utm(line), aeqd(line)

    def flat(crs: str | None, segments: int) -> Lay:
        return lambda: planar(line, radius_m, crs, segments)

    def exact(tolerance_m: float) -> Lay:
        return lambda: geodesy.buffer(line, radius_m, tolerance_m)

    peers = [flat(zone, 400), flat(zone, 16), flat(None, 400), flat(None, 16), flat(plane, 400)]
    ours = {name: exact(tolerance_m) for name, tolerance_m in TOLERANCES.items()}
    return dict(zip(NAMES[len(ours) :], peers, strict=True)) | ours


def planar(line: shapely.LineString, radius_m: float, crs: str | None, segments: int) -> BaseGeometry:
    """The usual way: to a plane, by default the estimated zone of UTM, buffer, and back."""
    series = gpd.GeoSeries([line], crs=4326)
    flat = series.to_crs(crs or series.estimate_utm_crs())
    return flat.buffer(radius_m, quad_segs=segments).to_crs(4326).iloc[0]


def single_sided(line: shapely.LineString, radius_m: float) -> tuple[BaseGeometry, BaseGeometry]:
    """GEOS's own left and right, in the estimated zone of UTM."""
    flat = gpd.GeoSeries([line], crs=4326).to_crs(utm(line))
    left, right = (
        flat.buffer(signed_m, quad_segs=400, single_sided=True).to_crs(4326).iloc[0]
        for signed_m in (radius_m, -radius_m)
    )
    return left, right


def tree_distance(points: np.ndarray, line: shapely.LineString) -> np.ndarray:
    """Distance of points to a line in metres, by shapely's STRtree over its segments in the estimated zone of UTM."""
    crs = utm(line)
    flat = shapely.get_coordinates(gpd.GeoSeries([line], crs=4326).to_crs(crs).iloc[0])
    segments = shapely.linestrings(np.stack([flat[:-1], flat[1:]], axis=1))
    dots = gpd.GeoSeries(shapely.points(points), crs=4326).to_crs(crs).to_numpy()
    (which, _), away_m = shapely.STRtree(segments).query_nearest(dots, return_distance=True, all_matches=False)
    found = np.empty(len(points))
    found[which] = away_m
    return found
