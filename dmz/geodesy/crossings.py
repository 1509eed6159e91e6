"""Draw where the side of the nearest point changes close to where a line crosses or touches itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz.geodesy.ellipsoid import GEOD, Floats

# Corners of the rings about stars.
RING_CORNERS = 8
# Branches straight for less than this share of the reach get no star.
SHORTEST = 0.25
# How near to a polygon a crossing counts as one on its boundary, as a multiple of the reach of stars.
TOUCHING = 2.0
# Branches that meet in a point: two where one part goes on from another, perhaps in the other direction.
FEWEST_BRANCHES = 2
# Metres in a degree, about.
DEGREE_M = 111_000.0


@dataclass(frozen=True)
class Crossing:
    """A point where branches of a line meet: longitude, latitude, the azimuths they leave it in, in order, degrees.

    `straight_m` is how far the shortest of them goes straight, metres.
    """

    place: Floats
    azimuths_deg: Floats
    straight_m: float


def crossings(drawn: BaseGeometry) -> list[Crossing]:
    """Points where a line, longitude, latitude, crosses or touches itself, or one part goes on from another."""
    branches = shapely.get_parts(shapely.node(shapely.remove_repeated_points(drawn)))
    xy = [shapely.get_coordinates(branch) for branch in branches]
    tip = np.array([line[end] for line in xy for end in (0, -1)])
    inner = np.array([line[end] for line in xy for end in (1, -2)])
    azimuth, _, straight_m = GEOD.inv(*tip.T, *inner.T)
    _, at, count = np.unique(tip, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(at.reshape(-1), kind="stable")
    groups = np.split(order, np.cumsum(count)[:-1])
    return [
        Crossing(tip[group[0]], np.sort(azimuth[group]), float(straight_m[group].min()))
        for group in groups
        if len(group) >= FEWEST_BRANCHES
    ]


def stars(found: list[Crossing], torn: NDArray[np.object_], reach_m: float) -> list[BaseGeometry]:
    """Bisectors of the angles between the branches that meet in crossings, each star with a ring about it.

    Parameters
    ----------
    found
        Crossings of a line.
    torn
        Polygons the line bounds, longitude, latitude; what is drawn lies about crossings on their boundaries.
    reach_m
        Length of the bisectors, metres; less where a branch is straight for less. Where that is next to nothing, other
        crossings lie all about, and none are drawn.

    Notes
    -----
    Between two branches that are straight the bisector of their angle is where both are equally near. The ring ties
    what comes from farther off and ends a hair before the crossing.
    """
    places = shapely.points([crossing.place for crossing in found]) if found else np.array([])
    _, near = shapely.STRtree(places).query(torn, "dwithin", distance=TOUCHING * reach_m / DEGREE_M)
    open_ = [found[number] for number in np.unique(near) if found[number].straight_m >= SHORTEST * reach_m]
    return [cut for crossing in open_ for cut in _star(crossing, min(reach_m, crossing.straight_m))]


def _star(crossing: Crossing, radius_m: float) -> list[BaseGeometry]:
    gaps = np.diff(crossing.azimuths_deg, append=crossing.azimuths_deg[0] + 360)
    tips = _around(crossing.place, crossing.azimuths_deg + gaps / 2, 1.1 * radius_m)
    ring = _around(crossing.place, np.linspace(0, 360, RING_CORNERS + 1), radius_m)
    return [shapely.LineString(ring), *(shapely.LineString([crossing.place, tip]) for tip in tips)]


def _around(centre: Floats, azimuths: Floats, metres: float) -> Floats:
    """Points in some directions from a centre, longitude, latitude, longitudes running on from it."""
    here = np.ones_like(azimuths)
    lon, lat, _ = GEOD.fwd(centre[0] * here, centre[1] * here, azimuths, metres * here)
    return np.column_stack([centre[0] + (np.asarray(lon) - centre[0] + 180) % 360 - 180, lat])
