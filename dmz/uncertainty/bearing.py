"""Say how points lie to an uncertain line: how far, on whose ground, how uncertain the line is nearest to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from dmz import geodesy
from dmz.geodesy.chart import contains
from dmz.geodesy.ends import open_ends
from dmz.line import Line, holders
from dmz.uncertainty.spread import Floats, Spread, sigma_along, vertices_of


@dataclass(frozen=True, eq=False)
class Bearing:
    """How n points lie to a line; every field has shape (n,).

    Parameters
    ----------
    distance_m, sigma_m
        Distance to the line as drawn, and the standard deviation of its displacement at the nearest point of it.
    holder
        Party that holds the ground, for the line as drawn.
    part, chainage_m
        Part of the line that is nearest, and how far along that part.
    azimuth_deg
        Direction from there to the point, degrees clockwise from north.
    beyond
        Whether it lies beyond an open end, where the line extended straight parts the sides.
    across_m, left_deg
        For such points: how far left of the line extended, and the direction that is left of it; else not a number.
    fixed
        Whether the holder is known from areas of control, wherever the line runs.
    barred
        Whether it can be in no zone: outside the theatre, on the ground of a third party, or beyond a flat end.
    """

    distance_m: Floats
    sigma_m: Floats
    holder: NDArray[np.object_]
    part: NDArray[np.int64]
    chainage_m: Floats
    azimuth_deg: Floats
    beyond: NDArray[np.bool_]
    across_m: Floats
    left_deg: Floats
    fixed: NDArray[np.bool_]
    barred: NDArray[np.bool_]


def bearing(points: ArrayLike, around: Spread) -> Bearing:
    """Take the bearing of points, longitude, latitude, shape (n, 2), to a line.

    Notes
    -----
    A point in an area of control is of that party. Its holder changes with the line where the line as drawn parts it
    too: where the side it is on is that party's, and it does not lie beyond an end. Elsewhere it is fixed.
    """
    xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    line = around.line
    found = geodesy.nearest(xy, line.geometry)
    part, chainage, ahead = _along(line, found)
    azimuth = np.asarray(geodesy.GEOD.inv(*found.foot.T, *xy.T)[0])
    side = np.where(found.side >= 0, line.left, line.right).astype(object)
    holder = holders(line, xy)
    fixed = (holder != side) | (found.at_end & _in_areas(line, xy))
    left = np.where(found.at_end, ahead - 90, np.nan)
    return Bearing(
        distance_m=found.distance_m,
        sigma_m=sigma_along(around, part, chainage),
        holder=holder,
        part=part,
        chainage_m=chainage,
        azimuth_deg=azimuth,
        beyond=found.at_end & ~fixed,
        across_m=found.distance_m * np.cos(np.radians(azimuth - left)),
        left_deg=left,
        fixed=fixed,
        barred=_barred(around, xy, holder, found.at_end),
    )


def _along(line: Line, found: geodesy.Nearest) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Part, chainage along that part, and, where an end is nearest, the course of the line there, degrees."""
    _, vertex_part, way = vertices_of(line.geometry)
    last = np.append(np.flatnonzero(np.diff(vertex_part)), len(way) - 1)
    starts = np.cumsum(way[last]) - way[last]
    part = np.clip(np.searchsorted(starts, found.chainage_m, side="right") - 1, 0, None)
    chainage = found.chainage_m - starts[part]
    course = np.full(len(part), np.nan)
    ends, at = _tips(line), np.flatnonzero(found.at_end)
    if len(at):
        lon, lat = found.foot[at].T[:, :, None]
        pairs = np.broadcast_arrays(lon, lat, ends[:, 0], ends[:, 1])
        tip = np.argmin(geodesy.GEOD.inv(pairs[0], pairs[1], pairs[2], pairs[3])[2], axis=1)
        part[at] = ends[tip, 3].astype(np.int64)
        chainage[at] = np.where(ends[tip, 4] == 0, 0.0, way[last[part[at]]])
        course[at] = ends[tip, 2]
    return part, chainage, course


def _tips(line: Line) -> Floats:
    """Open ends: longitude, latitude, course of the line there, its part, and 0 at its start, 1 at its end."""
    rows = []
    for number, part in enumerate(shapely.get_parts(line.geometry)):
        for which, end in enumerate(open_ends(part)):
            rows.append([end.lon, end.lat, end.azimuth_deg + (180 if which == 0 else 0), number, which])
    return np.array(rows, dtype=np.float64).reshape(-1, 5)


def _in_areas(line: Line, xy: Floats) -> NDArray[np.bool_]:
    inside = np.zeros(len(xy), dtype=bool)
    if line.areas is not None:
        for area in line.areas.geometry:
            inside |= contains(area, xy)
    return inside


def _barred(around: Spread, xy: Floats, holder: NDArray[np.object_], at_end: NDArray[np.bool_]) -> NDArray[np.bool_]:
    barred = ~np.isin(holder, around.line.parties)
    if around.theatre is not None:
        barred |= ~contains(around.theatre, xy)
    return np.asarray(barred | (at_end & (around.ends == "flat")))
