"""Set the scene: small geometries about a place, what the engine makes of them, and both in the metres of a frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely.geometry.base import BaseGeometry

from dmz.geodesy import densify
from dmz.geodesy.certificate import is_certain
from dmz.geodesy.chart import polygons
from dmz.geodesy.ellipsoid import Floats
from dmz.geodesy.frame import Frame, frame_at
from dmz.geodesy.outline import Depth, Outline, place
from dmz.geodesy.rough import Rings, sketch
from dmz.geodesy.sites import CHORD_M, Sites, sites_of
from dmz.geodesy.space import to_degrees, to_space

CENTRE = (36.6, 35.8)
# A front, in kilometres: bent at two scales, with a bay.
FRONT = [(-23, -3), (-18, 0), (-15, -2), (-10, 3), (-6, 1), (-2, 5.5), (1, 2), (6, 4), (9, -2), (14, 0), (18, -4)]
FRONT += [(23, -1)]
# A front that comes back to itself so that ground is left out in the middle.
HOOK = [(-17, -7), (-9, -8), (1, -8), (7.5, -3.5), (8, 3), (3, 7), (-4, 6), (-6.7, 2)]
# A front that winds into itself, so that the right of one part lies across from the left of another.
COIL = [(-18, -7), (-9, -8.5), (1, -8), (8.5, -4), (9.5, 4), (4, 9), (-5, 8.5), (-9, 4), (-7, -0.5), (0.5, -0.5)]


@dataclass(frozen=True)
class Scene:
    """A geometry, a depth and a tolerance; every point as metres east and north of `CENTRE`."""

    geometry: BaseGeometry
    depth: Depth
    margin: float

    @cached_property
    def sites(self) -> Sites:
        """Sites of the geometry."""
        return sites_of(densify(self.geometry, CHORD_M))

    @cached_property
    def rings(self) -> Rings:
        """Sketch of its zone."""
        return sketch(densify(self.geometry, CHORD_M), self.depth.distance_m, self.margin, 0.9 * self.depth.edge_m)

    @cached_property
    def outline(self) -> Outline:
        """Outline of its zone, in its place."""
        return place(self.rings, self.sites, self.depth)

    @cached_property
    def zone(self) -> shapely.MultiPolygon:
        """Zone, longitude, latitude."""
        return polygons(self.outline.rings)

    @cached_property
    def is_certain(self) -> bool:
        """Whether the zone is certified."""
        return not self.outline.unresolved and is_certain(self.zone, self.sites, None, self.depth)


def frame() -> Frame:
    """Frame about the scene's centre."""
    return frame_at(to_space(np.array([CENTRE]))[0])


def degrees(kilometres: ArrayLike) -> Floats:
    """Longitudes and latitudes of kilometres east and north of the centre."""
    return to_degrees(frame().space(1000 * np.asarray(kilometres, dtype=np.float64)))


def laid(kilometres: ArrayLike) -> shapely.LineString:
    """Line, longitude, latitude, through kilometres east and north of the centre."""
    return shapely.LineString(degrees(kilometres))


def flat(points: Floats) -> Floats:
    """Metres of points in space."""
    return frame().flat(points)


def flattened(geometry: BaseGeometry) -> BaseGeometry:
    """Metres of a geometry in longitude, latitude."""
    return shapely.transform(geometry, lambda xy: flat(to_space(xy)))


def closed(rings: Rings) -> list[Floats]:
    """Metres of rings, each with its first point again at its end."""
    points = flat(rings.points)
    parts = [points[rings.ring == ring] for ring in np.unique(rings.ring)]
    return [np.vstack([part, part[:1]]) for part in parts]
