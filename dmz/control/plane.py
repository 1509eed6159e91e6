"""Measure how wide ground is, in an azimuthal equidistant plane about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.control.partition import polygonal
from dmz.geodesy import Frame
from dmz.line import GRID_DEG

# Edges are cut to this before they are drawn in the plane: there they part from the ground's by centimetres.
STEP_M = 2_000.0
# How far opened ground reaches over its own edge, as a share of the width and in metres: its outline then meets the
# edges of its neighbours only where it crosses them.
OVER_SHARE, OVER_M = 0.02, 0.5
# Corners sharper than 2 asin(1 / 5) = 23 degrees are narrow themselves.
MITRE = 5.0


@dataclass(frozen=True)
class Plane:
    """Plane about some ground; lengths there are true to rho^2 / 6 R^2: 0.1 % at 500 km from its middle."""

    frame: Frame

    @classmethod
    def around(cls, shapes: Sequence[BaseGeometry]) -> Plane:
        """Plane about the middle of some geometries, longitude, latitude."""
        xy = np.concatenate([shapely.get_coordinates(shape) for shape in shapes])
        return cls(geodesy.frame_around(geodesy.to_space(xy)))

    def flat(self, geometry: BaseGeometry) -> BaseGeometry:
        """Geometry in metres of the plane."""
        dense = geodesy.densify(geometry, STEP_M, edges="lonlat")
        return shapely.transform(dense, lambda xy: self.frame.flat(geodesy.to_space(xy)))

    def degrees(self, flat: BaseGeometry) -> BaseGeometry:
        """Longitude and latitude of a geometry in metres."""
        return shapely.transform(flat, lambda xy: geodesy.to_degrees(self.frame.space(xy)))

    def opened(self, ground: BaseGeometry, width_m: float) -> BaseGeometry:
        """Ground without what is narrower than a width, a little larger than it is there (`OVER_SHARE`)."""
        core = _grown(self.flat(ground), -width_m / 2)
        if core.is_empty:
            return shapely.MultiPolygon()
        over = _grown(core, width_m / 2 + OVER_SHARE * width_m + OVER_M)
        return polygonal(shapely.set_precision(self.degrees(over), GRID_DEG))

    def is_wide(self, ground: BaseGeometry, width_m: float) -> bool:
        """Whether a disc of this diameter fits in somewhere."""
        return not _grown(self.flat(ground), -width_m / 2).is_empty

    def width_m(self, ground: BaseGeometry) -> float:
        """Diameter of the largest disc that fits in."""
        flat = self.flat(ground)
        fine = max(flat.length / 10_000, 0.1)
        return 2 * max(float(shapely.maximum_inscribed_circle(part, fine).length) for part in shapely.get_parts(flat))


def _grown(flat: BaseGeometry, by_m: float) -> BaseGeometry:
    return shapely.buffer(flat, by_m, join_style="mitre", mitre_limit=MITRE)
