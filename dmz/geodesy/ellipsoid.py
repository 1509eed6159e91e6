"""Measure and densify on the WGS 84 ellipsoid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

GEOD = Geod(ellps="WGS84")

Floats = NDArray[np.float64]
Path = Literal["geodesic", "chord"]


def length(geometry: BaseGeometry) -> float:
    """Geodesic length of a line, or perimeter of a polygon, in metres.

    Parameters
    ----------
    geometry
        Longitude, latitude on WGS 84. Vertices are joined by geodesics.

    Notes
    -----
    Karney, C. F. F. (2013), Algorithms for geodesics, J. Geodesy 87, 43-55, through pyproj.

    Examples
    --------
    >>> round(length(shapely.LineString([(36, 35), (37, 35)])))
    91288
    """
    return float(GEOD.geometry_length(geometry))


def area(geometry: BaseGeometry) -> float:
    """Area of polygons in square metres, each edge a geodesic.

    Parameters
    ----------
    geometry
        Polygon or multi-polygon, longitude, latitude on WGS 84, holes subtracted, any ring direction.

    Notes
    -----
    Karney (2013), as `length`.

    Examples
    --------
    >>> round(area(shapely.box(36, 35, 37, 36)) / 1e6)
    10066
    """
    return float(sum(_ring_areas(part) for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"))


def _ring_areas(polygon: shapely.Polygon) -> float:
    rings = [polygon.exterior, *polygon.interiors]
    outer, *holes = (abs(GEOD.polygon_area_perimeter(*ring.coords.xy)[0]) for ring in rings)
    return float(outer - sum(holes))


def densify(geometry: BaseGeometry, max_segment_m: float, *, path: Path = "geodesic") -> BaseGeometry:
    """Insert vertices so that no segment is longer than `max_segment_m`.

    Parameters
    ----------
    geometry
        Any geometry, longitude, latitude on WGS 84.
    max_segment_m
        Longest segment of the result, metres.
    path
        What joins two vertices of the input: ``"geodesic"`` (the house rule) or ``"chord"``, straight in longitude
        and latitude, as RFC 7946 section 3.1.1 draws it.

    Examples
    --------
    >>> line = shapely.LineString([(0, 60), (10, 60)])
    >>> round(densify(line, 1e5).bounds[3], 2), densify(line, 1e5, path="chord").bounds[3]
    (60.09, 60.0)
    """
    fill = _along_geodesic if path == "geodesic" else _along_chord
    return map_coordinates(geometry, lambda xy: _insert(xy, max_segment_m, fill))


def interpolate(line: shapely.LineString, chainage_m: float) -> shapely.Point:
    """Point at a distance along a line, in metres from its start; clamped to its ends."""
    xy = shapely.get_coordinates(line)
    azimuth, _, step = GEOD.inv(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])
    start = np.concatenate([[0.0], np.cumsum(step)])
    at = float(np.clip(chainage_m, 0.0, start[-1]))
    i = min(int(np.searchsorted(start, at, side="right")) - 1, len(step) - 1)
    lon, lat, _ = GEOD.fwd(xy[i, 0], xy[i, 1], azimuth[i], at - start[i])
    return shapely.Point(lon, lat)


def map_coordinates(geometry: BaseGeometry, change: Callable[[Floats], Floats]) -> BaseGeometry:
    """Rebuild a geometry from each of its coordinate sequences changed; the number of vertices may change."""
    if geometry.geom_type in {"Point", "LineString", "LinearRing"}:
        return type(geometry)(change(shapely.get_coordinates(geometry)))
    if geometry.geom_type == "Polygon":
        rings = [change(shapely.get_coordinates(ring)) for ring in (geometry.exterior, *geometry.interiors)]
        return shapely.Polygon(rings[0], rings[1:])
    return type(geometry)([map_coordinates(part, change) for part in geometry.geoms])


def _insert(xy: Floats, max_segment_m: float, fill: Callable[[Floats, NDArray[np.int64], Floats], Floats]) -> Floats:
    """Return the vertices with equal steps inserted in every segment that is too long."""
    if len(xy) < 2:  # noqa: PLR2004 - a point has no segment
        return xy
    _, _, step = GEOD.inv(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])
    pieces = np.maximum(1, np.ceil(np.asarray(step) / max_segment_m)).astype(np.int64)
    segment = np.repeat(np.arange(len(pieces)), pieces)
    first = np.concatenate([[0], np.cumsum(pieces)[:-1]])
    share = (np.arange(pieces.sum()) - first[segment]) / pieces[segment]
    inserted = fill(xy, segment, share)
    inserted[share == 0] = xy[:-1]  # input vertices stay to the last bit
    return np.vstack([inserted, xy[-1:]])


def _along_geodesic(xy: Floats, segment: NDArray[np.int64], share: Floats) -> Floats:
    a, b = xy[segment], xy[segment + 1]
    azimuth, _, step = GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    lon, lat, _ = GEOD.fwd(a[:, 0], a[:, 1], azimuth, np.asarray(step) * share)
    return np.column_stack([lon, lat])


def _along_chord(xy: Floats, segment: NDArray[np.int64], share: Floats) -> Floats:
    a, b = xy[segment], xy[segment + 1]
    return np.asarray(a + (b - a) * share[:, None])
