"""Measure, buffer, densify, side and locate on WGS 84; the only door to pyproj.

Every geometry is longitude, latitude on WGS 84, in degrees and in that order. Every distance is metres, every area
square metres. Vertices are joined by geodesics unless a function is told otherwise.
"""

from dmz.geodesy.buffering import MAX_DISTANCE_M, Buffered, buffer, buffered, deviation
from dmz.geodesy.chart import drawn_like, split
from dmz.geodesy.edges import edge_offset_m
from dmz.geodesy.ellipsoid import GEOD, Edges, area, densify, interpolate, length, substring
from dmz.geodesy.ends import caps, rays
from dmz.geodesy.nearest import Locator, Nearest, distance, nearest
from dmz.geodesy.sides import Ends, dividing, faces_of, joined, sides
from dmz.geodesy.varying import varying

__all__ = [
    "GEOD",
    "MAX_DISTANCE_M",
    "Buffered",
    "Edges",
    "Ends",
    "Locator",
    "Nearest",
    "area",
    "buffer",
    "buffered",
    "caps",
    "densify",
    "deviation",
    "distance",
    "dividing",
    "drawn_like",
    "edge_offset_m",
    "faces_of",
    "interpolate",
    "joined",
    "length",
    "nearest",
    "rays",
    "sides",
    "split",
    "substring",
    "varying",
]
