"""Draw what lies beyond the open ends of a line: the line extended, and the ground whose nearest point is an end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import KDTree
from shapely.geometry.base import BaseGeometry

from dmz.geodesy.chart import polygons
from dmz.geodesy.ellipsoid import GEOD, Floats, densify
from dmz.geodesy.ellipsoid import length as geodesic_length
from dmz.geodesy.nearest import Locator
from dmz.geodesy.rough import Rings
from dmz.geodesy.space import Index, to_space

# A point counts as nearest to an end if no other point of the line is closer by more than this.
TIE_M = 0.01
# Vertices nearer to each other than this tell no direction: 0.1 mm.
REPEATED_DEG = 1e-9
# Step along the straight edges of a cap.
STEP_M = 1_000.0
# Directions in which the ground beyond an end is first probed: every two degrees.
DIRECTIONS = 91
# Rounds in which directions are put between two whose rim is bent; no two are closer than 180 degrees / 90 / 2^ROUNDS.
ROUNDS = 14
# How far past the reach rays and the outer arcs of caps are drawn, as a share of it and in tolerances, so that they
# cross the boundary of the buffer, or the bisector with another part of the line, instead of ending a hair before it.
OVERSHOOT, OVER_TOLERANCES = 1.02, 4.0
# Least tolerance by which the rings about the tips of rays are drawn, metres, and their corners.
RING_M, RING_CORNERS = 0.5, 8


@dataclass(frozen=True)
class End:
    """An open end of a line and the azimuth, degrees clockwise from north, in which the line would go on.

    `starts` says whether it is where the line begins.
    """

    lon: float
    lat: float
    azimuth_deg: float
    starts: bool = True


def open_ends(line: BaseGeometry) -> list[End]:
    """Open ends of every part of a line; a closed part has none."""
    ends = []
    for part in shapely.get_parts(line):
        xy = shapely.get_coordinates(shapely.remove_repeated_points(part, REPEATED_DEG))
        if (xy[0] == xy[-1]).all() or len(xy) < 2:  # noqa: PLR2004 - a point goes nowhere
            continue
        for tip, inner, starts in ((xy[0], xy[1], True), (xy[-1], xy[-2], False)):
            azimuth = GEOD.inv(*tip, *inner)[0] + 180
            ends.append(End(float(tip[0]), float(tip[1]), float(azimuth), starts))
    return ends


def rays(line: BaseGeometry, locator: Locator, reach_m: float, tolerance_m: float = 1.0) -> list[shapely.LineString]:
    """Geodesics by which each open end goes on straight, up to `reach_m` or until another part of the line is nearer.

    Within that length the ray parts the left of the line from its right. It is drawn a little longer. An end that all
    but meets another part of the line is joined to it.
    """
    drawn = []
    for end in open_ends(line):
        (length,) = _reach(locator, end, np.array([end.azimuth_deg]), reach_m)
        if length > TIE_M:
            over_m = length * OVERSHOOT if length == reach_m else length + OVER_TOLERANCES * tolerance_m
            tip = GEOD.fwd(end.lon, end.lat, end.azimuth_deg, over_m)[:2]
            drawn.append(shapely.LineString([(end.lon, end.lat), tip]))
        elif (link := _link(locator, end, length + 2 * TIE_M)) is not None:
            drawn.append(link)
    return drawn


def _link(locator: Locator, end: End, ahead_m: float) -> shapely.LineString | None:
    """Line from an end to the nearest point of the line just ahead of it, if that is another."""
    tip = GEOD.fwd(end.lon, end.lat, end.azimuth_deg, ahead_m)[:2]
    foot = locator.nearest(shapely.Point(tip)).foot[0]
    step = [(foot[0] - end.lon + 180) % 360 - 180, foot[1] - end.lat]
    return shapely.LineString([(end.lon, end.lat), (end.lon + step[0], foot[1])]) if any(step) else None


def turns(line: BaseGeometry, reach_m: float, near_m: float) -> list[shapely.LineString]:
    """Normals of a line at ends no farther than `near_m` from another where it does not go on: left is right there.

    Between the normals of two such ends, both of which begin or both of which stop there, lies the ground whose nearest
    point is one of the two; what is on the left of one is on the right of the other.
    """
    ends = open_ends(line)
    pairs = KDTree(to_space(np.array([(end.lon, end.lat) for end in ends]).reshape(-1, 2))).query_pairs(near_m)
    turning = sorted({number for pair in pairs if len({ends[i].starts for i in pair}) == 1 for number in pair})
    lines = []
    for end in (ends[number] for number in turning):
        over = _rim(end, end.azimuth_deg + np.array([-90.0, 90.0]), np.full(2, reach_m * OVERSHOOT))
        lines += [shapely.LineString([(end.lon, end.lat), tip]) for tip in over]
    return lines


def knots(drawn: list[shapely.LineString], reach_m: float, tolerance_m: float = 1.0) -> list[shapely.LineString]:
    """Small rings about the tips of rays that end before the reach.

    They tie a ray to the bisector, or to the tip of another ray, that it ends at but might miss by a hair.
    """
    azimuths = np.linspace(0, 360, RING_CORNERS + 1)
    radius = np.full_like(azimuths, 2 * OVER_TOLERANCES * max(tolerance_m, RING_M))
    tips = [ray.coords[-1] for ray in drawn if geodesic_length(ray) < reach_m]
    return [shapely.LineString(_rim(End(lon, lat, 0.0), azimuths, radius)) for lon, lat in tips]


def caps(line: BaseGeometry, locator: Locator, reach_m: float, tolerance_m: float = 1.0) -> BaseGeometry:
    """Ground within `reach_m` of a line, and a little beyond, whose nearest point is one of its open ends.

    Parameters
    ----------
    line, locator
        Longitude, latitude on WGS 84, and the same made ready for many calls.
    reach_m, tolerance_m
        How far the ground reaches and how far its rim may lie from where another point is nearer, metres.

    Notes
    -----
    The ground nearest to a point is star-shaped about it, so it is drawn from the length, in each direction of the
    half-plane beyond the end, up to which the end stays nearest. Directions are put in where the rim is bent.
    """
    drawn = [_cap(locator, end, reach_m, tolerance_m) for end in open_ends(line)]
    return shapely.union_all(drawn) if drawn else shapely.MultiPolygon()


def _cap(locator: Locator, end: End, reach_m: float, tolerance_m: float) -> BaseGeometry:
    azimuths = end.azimuth_deg + np.linspace(90, -90, DIRECTIONS)  # to the left: the cap lies on the left of its ring
    length = _reach(locator, end, azimuths, reach_m)
    for _ in range(ROUNDS):
        bent = _bent(azimuths, length, reach_m, tolerance_m)
        put = (azimuths[bent] + azimuths[bent + 1]) / 2
        azimuths = np.insert(azimuths, bent + 1, put)
        length = np.insert(length, bent + 1, _reach(locator, end, put, reach_m))
        if not len(put):
            break
    rim = _rim(end, azimuths, np.where(length == reach_m, reach_m * OVERSHOOT, length))
    tip = np.array([(end.lon, end.lat)])
    spokes = [
        shapely.get_coordinates(densify(shapely.LineString(np.vstack(pair)), STEP_M))
        for pair in ((tip, rim[:1]), (rim[-1:], tip))
    ]
    ring = to_space(np.vstack([spokes[0], rim[1:-1], spokes[1][:-1]]))
    return shapely.make_valid(polygons(Rings(ring, np.zeros(len(ring), np.int64), np.zeros(1, np.int64))))


def _rim(end: End, azimuths: Floats, length: Floats) -> Floats:
    """Points in some directions from an end, longitude, latitude."""
    here = np.ones_like(azimuths)
    return np.column_stack(GEOD.fwd(end.lon * here, end.lat * here, azimuths, length)[:2])


def _bent(azimuths: Floats, length: Floats, reach_m: float, tolerance_m: float) -> Index:
    """Numbers of directions after which the rim, drawn straight to the next, may be off by more than the tolerance.

    In a plane about the end a vertex is off the line from its neighbour before to the one after by a multiple of how
    far the rim bends there; where the rim leaves the reach it is bent until the step is too short to matter.
    """
    angle = np.radians(azimuths)
    rim = length[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    step = rim[1:] - rim[:-1]
    long = np.hypot(*step.T)
    turn = np.zeros(len(azimuths))
    turn[1:-1] = np.abs(step[:-1, 0] * step[1:, 1] - step[:-1, 1] * step[1:, 0]) / np.maximum(
        long[:-1] * long[1:], 1e-12
    )
    off = long * np.maximum(turn[:-1], turn[1:]) / 4
    inside = (length[:-1] < reach_m) | (length[1:] < reach_m)
    return np.flatnonzero(inside & (off > tolerance_m) & (long > tolerance_m))


def _reach(locator: Locator, end: End, azimuths: Floats, limit_m: float) -> Floats:
    """Length in each direction, up to `limit_m`, over which an end stays the nearest point; by bisection."""

    def is_nearest(length: Floats) -> np.ndarray:
        return np.asarray(locator.nearest(_rim(end, azimuths, length)).distance_m >= length - TIE_M)

    low, high = np.zeros_like(azimuths), np.full_like(azimuths, limit_m)
    low[is_nearest(high)] = limit_m
    while (high - low).max(initial=0.0) > TIE_M:
        middle = (low + high) / 2
        nearest = is_nearest(middle)
        low, high = np.where(nearest, middle, low), np.where(nearest, high, np.maximum(low, middle))
    return low
