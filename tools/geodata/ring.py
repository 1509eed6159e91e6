"""Find the border two territories share where their outlines do not quite agree."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import geodesy

# Outlines this near to each other are one border, degrees: about 400 m.
NEAR_DEG = 0.004
# Where they part for less than this, the first one's outline is followed, metres.
GAP_M = 25_000.0


def border(of: BaseGeometry, other: BaseGeometry) -> shapely.LineString:
    """Longest run of one territory's outline beside another's, the first on its left."""
    largest = max(shapely.get_parts(of), key=lambda part: part.area)
    xy = shapely.get_coordinates(shapely.geometry.polygon.orient(largest).exterior)[:-1]
    outline = other.boundary
    shapely.prepare(outline)
    near = shapely.dwithin(outline, shapely.points(xy), NEAR_DEG)
    first = int(np.flatnonzero(~near)[0])
    xy, near = np.roll(xy, -first, axis=0), np.roll(near, -first)
    along = np.append(0.0, np.cumsum(geodesy.GEOD.inv(*xy[:-1].T, *xy[1:].T)[2]))
    at = np.flatnonzero(near)
    runs = np.split(at, np.flatnonzero((np.diff(at) > 1) & (np.diff(along[at]) > GAP_M)) + 1)
    longest = max(runs, key=lambda run: float(along[run[-1]] - along[run[0]]))
    return shapely.LineString(xy[longest[0] : longest[-1] + 1])
