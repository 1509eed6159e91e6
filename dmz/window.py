"""Choose the plane and the window of a map on paper, the step of its graticule and the length of its scale bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from dmz.errors import GeometryError
from dmz.geojson import ready
from dmz.layer import Layer

Box = tuple[float, float, float, float]
# Groups whose extent a map shows, the first that is there.
FOCUS = (("zone", "line"), ("corridors", "patrols"))
HALF_TURN, UTM_LIMITS = 180.0, (-80.0, 84.0)
# Steps a graticule may have, degrees, and how many of them a map has at most.
GRID_DEG, MOST_LINES = (10.0, 5.0, 2.0, 1.0, 0.5, 1 / 6, 1 / 12, 1 / 30, 1 / 60), 5
# The share of the map's width that the scale bar takes at most; the room about what is shown.
BAR_SHARE, ROOM = 0.28, 1.04


@dataclass(frozen=True)
class Window:
    """What a map on paper shows.

    Parameters
    ----------
    code
        EPSG code of its plane.
    box
        West, south, east, north in metres of the plane.
    degrees
        West, south, east, north of what it shows, degrees.
    """

    code: int
    box: Box
    degrees: Box

    def filling(self, ratio: float) -> Window:
        """Window about the same middle, widened or heightened to a ratio of width to height."""
        west, south, east, north = self.box
        x, y, width, height = (west + east) / 2, (south + north) / 2, (east - west) * ROOM, (north - south) * ROOM
        width, height = max(width, height * ratio), max(height, width / ratio)
        return Window(self.code, (x - width / 2, y - height / 2, x + width / 2, y + height / 2), self.degrees)

    @property
    def width_km(self) -> float:
        """Width of the window on the plane, km."""
        return (self.box[2] - self.box[0]) / 1000

    @property
    def grid_deg(self) -> float:
        """Step of the graticule, degrees."""
        # One degree of latitude is about 111 km everywhere.
        span = (self.box[3] - self.box[1]) / 111_000
        return next((step for step in GRID_DEG[::-1] if span / step <= MOST_LINES), GRID_DEG[0])

    def bar_km(self, share: float = BAR_SHARE) -> float:
        """Length of one of the two pieces of a scale bar, km: 1, 2 or 5 times a power of ten.

        `share` is how much of the map's width both together may take.
        """
        room = self.width_km * min(share, BAR_SHARE) / 2
        power = 10.0 ** math.floor(math.log10(room))
        return max(step * power for step in (1, 2, 5) if step * power <= room)


def window(layers: Sequence[Layer]) -> Window:
    """Window of the zone and the line; where there is neither of the roads, else of all there is.

    Notes
    -----
    The plane is the zone of UTM of the middle of what is shown (scale within 4 parts in 10,000 inside a zone), or
    beyond 84° N and 80° S the polar stereographic.
    """
    groups = [[layer for layer in layers if layer.group in focus] for focus in FOCUS]
    drawn = next((found for found in groups if found), list(layers))
    if not drawn:
        raise GeometryError("a map without a layer shows nothing")
    shapes = [shape for layer in drawn for shape in ready(layer.features, layer.key).geometry]
    west, south, east, north = (float(value) for value in shapely.total_bounds(shapes))
    code = utm(*_middle(shapes))
    on_plane = gpd.GeoSeries(shapes, crs=4326).to_crs(code).total_bounds
    x0, y0, x1, y1 = (float(value) for value in on_plane)
    least = 500.0  # a point has no width: half a kilometre about it
    x, y, half = (x0 + x1) / 2, (y0 + y1) / 2, max(x1 - x0, y1 - y0, 2 * least) / 2
    x0, x1 = (x0, x1) if x1 - x0 > least else (x - half, x + half)
    y0, y1 = (y0, y1) if y1 - y0 > least else (y - half, y + half)
    return Window(code, (x0, y0, x1, y1), (west, south, east, north))


def utm(lon: float, lat: float) -> int:
    """EPSG code of the zone of UTM a place lies in, or of the polar stereographic beyond them."""
    south = lat < 0
    if not UTM_LIMITS[0] <= lat <= UTM_LIMITS[1]:
        return 32761 if south else 32661
    number = int((lon + HALF_TURN) // 6) % 60 + 1
    return (32700 if south else 32600) + number


def _middle(shapes: Sequence[object]) -> tuple[float, float]:
    """Longitude and latitude in the middle of shapes, taken on the circle of longitudes."""
    lon, lat = shapely.get_coordinates(shapes).T
    turn = np.radians(lon)
    middle = math.degrees(math.atan2(float(np.sin(turn).mean()), float(np.cos(turn).mean())))
    return middle, float(lat.min() + lat.max()) / 2
