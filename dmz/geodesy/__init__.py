"""Measure, buffer, densify, side and locate on WGS 84; the only door to pyproj.

Every geometry is longitude, latitude on WGS 84, in degrees and in that order. Every distance is metres, every area
square metres. Vertices are joined by geodesics unless a function is told otherwise.
"""

from dmz.geodesy.bisector import bisectors
from dmz.geodesy.buffering import MAX_DISTANCE_M, Buffered, buffer, buffered, deviation
from dmz.geodesy.cells import Cells, cell_edges, cells, nearest_points
from dmz.geodesy.chart import drawn_like, split
from dmz.geodesy.edges import edge_offset_m
from dmz.geodesy.ellipsoid import GEOD, Edges, area, densify, interpolate, length, substring
from dmz.geodesy.ends import caps, rays
from dmz.geodesy.frame import Frame, frame_around
from dmz.geodesy.nearest import Locator, Nearest, distance, nearest
from dmz.geodesy.quadrangle import quadrangle_area
from dmz.geodesy.sides import Ends, dividing, faces_of, joined, sides
from dmz.geodesy.space import separation, to_degrees, to_space
from dmz.geodesy.varying import varying

__all__ = [
    "GEOD",
    "MAX_DISTANCE_M",
    "Buffered",
    "Cells",
    "Edges",
    "Ends",
    "Frame",
    "Locator",
    "Nearest",
    "area",
    "bisectors",
    "buffer",
    "buffered",
    "caps",
    "cell_edges",
    "cells",
    "densify",
    "deviation",
    "distance",
    "dividing",
    "drawn_like",
    "edge_offset_m",
    "faces_of",
    "frame_around",
    "interpolate",
    "joined",
    "length",
    "nearest",
    "nearest_points",
    "quadrangle_area",
    "rays",
    "separation",
    "sides",
    "split",
    "substring",
    "to_degrees",
    "to_space",
    "varying",
]
