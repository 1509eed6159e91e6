"""Tell how far edges straight in longitude and latitude part from geodesics."""

from __future__ import annotations

import numpy as np
from shapely.geometry.base import BaseGeometry

from dmz.errors import GeometryError
from dmz.geodesy.ellipsoid import GEOD, HALF_TURN_DEG, RADIUS_M, Floats, at_pole, inverse, segments

MEASURED = 16  # of the edges that part most on the sphere, as many are measured on the ellipsoid
SAMPLES = np.linspace(0, 1, 33)


def edge_offset_m(geometry: BaseGeometry) -> float:
    """Largest distance from edges straight in longitude and latitude to the geodesics between their ends, in metres.

    It says how much the choice of `densify`'s ``edges`` matters for a geometry.

    Parameters
    ----------
    geometry
        Any geometry, longitude, latitude on WGS 84; points and what is empty have 0.

    Raises
    ------
    GeometryError
        Where a coordinate is not finite or a latitude beyond 90; where an edge is over 180 degrees of longitude wide:
        the geodesic takes the short way, the lonlat edge the long one.

    Notes
    -----
    An edge of length s at latitude phi with azimuth alpha, short against the Earth's radius R, has the offset::

        s^2 tan(phi) sin(alpha) (1 + cos(alpha)^2) / (8 R)

    s times s / 8 times the geodesic curvature of a line straight in longitude and latitude, from the geodesic equation
    on the sphere; s^2 tan(phi) / (8 R) from west to east. Here every edge is sampled on the sphere, and those that part
    most are measured with Karney's geodesics (2013, see `length`).

    Examples
    --------
    >>> import shapely
    >>> round(edge_offset_m(shapely.LineString([(36, 35), (37, 35)])), 1)
    114.2
    >>> round(91_288**2 * float(np.tan(np.radians(35))) / (8 * RADIUS_M), 1)
    114.5
    """
    start, end = segments(geometry)
    apart = ~(at_pole(start) & at_pole(end) & (start[:, 1] == end[:, 1])) & (start != end).any(axis=1)
    start, end = start[apart], end[apart]
    wide = np.abs(end[:, 0] - start[:, 0]) > HALF_TURN_DEG
    if wide.any():
        (west, south), (east, north) = start[wide][0], end[wide][0]
        raise GeometryError(
            f"the edge from ({west:g}, {south:g}) to ({east:g}, {north:g}) is over 180 degrees wide, the geodesic goes "
            "the short way; let longitudes run on past 180, or split it at the antimeridian"
        )
    most = np.argsort(_rough_offsets(start, end))[-MEASURED:]
    return float(max((_offset(a, b) for a, b in zip(start[most], end[most], strict=True)), default=0.0))


def _rough_offsets(start: Floats, end: Floats) -> Floats:
    """How far lonlat edges part from great circles, on the sphere of radius 1."""
    a, b = _on_sphere(start), _on_sphere(end)
    normal = np.cross(a, b)
    normal /= np.maximum(np.linalg.norm(normal, axis=1), 1e-300)[:, None]
    most = np.zeros(len(start))
    for share in SAMPLES[2:-2:4]:
        point = _on_sphere(start + (end - start) * share)
        most = np.maximum(most, np.abs(np.einsum("ij,ij->i", point - a, normal)))
    return most


def _on_sphere(xy: Floats) -> Floats:
    lon, lat = np.radians(xy).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _offset(start: Floats, end: Floats) -> float:
    """Largest distance from a lonlat edge to the geodesic between its ends, metres."""
    (azimuth,), (step,) = inverse(start[None], end[None])
    lon, lat = (start + (end - start) * SAMPLES[:, None]).T
    ones = np.ones_like(SAMPLES)
    along = step * SAMPLES
    for _ in range(8):  # to the foot of each point: the right triangle of the sphere, until it stands still
        foot_lon, foot_lat, back = GEOD.fwd(start[0] * ones, start[1] * ones, azimuth * ones, along)
        to_point, _, away = GEOD.inv(foot_lon, foot_lat, lon, lat)
        turn = np.radians(np.asarray(to_point) - np.asarray(back) - HALF_TURN_DEG)
        arc = np.asarray(away) / RADIUS_M
        along = np.clip(along + RADIUS_M * np.arctan2(np.sin(arc) * np.cos(turn), np.cos(arc)), 0.0, step)
    peak = int(np.clip(np.argmax(away), 1, len(SAMPLES) - 2))
    before, top, after = away[peak - 1 : peak + 2]
    bend = 2 * top - before - after
    return float(top + (before - after) ** 2 / (8 * bend)) if bend > 0 else float(top)
