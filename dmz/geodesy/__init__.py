"""Measure, buffer, densify, side and locate on WGS 84; the only door to pyproj.

Every geometry is longitude, latitude on WGS 84, in degrees and in that order. Every distance is metres, every area
square metres. Vertices are joined by geodesics unless a function is told otherwise.
"""

from dmz.geodesy.buffering import MAX_DISTANCE_M, buffer, deviation
from dmz.geodesy.ellipsoid import GEOD, area, densify, interpolate, length
from dmz.geodesy.ends import caps, rays
from dmz.geodesy.nearest import Nearest, distance, nearest
from dmz.geodesy.tile import Plane, plane_at

__all__ = [
    "GEOD",
    "MAX_DISTANCE_M",
    "Nearest",
    "Plane",
    "area",
    "buffer",
    "caps",
    "densify",
    "deviation",
    "distance",
    "interpolate",
    "length",
    "nearest",
    "plane_at",
    "rays",
]
