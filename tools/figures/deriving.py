"""Draw how a line is derived: of settlements, of polygons, and between two forward lines."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from dmz import control
from dmz.errors import ControlWarning
from dmz.geodesy import buffer, cell_edges, cells
from dmz.geodesy.ellipsoid import Floats
from dmz.line import Line
from tools.figures.palette import (
    AMBER,
    BLACK,
    BLUE,
    BOLD,
    DASHED,
    GREEN,
    GREY,
    ORANGE,
    PALE_GREEN,
    PALE_ORANGE,
    PALE_SKY,
    RED,
    RULE,
)
from tools.figures.scene import FRONT, degrees, flattened
from tools.figures.svg import Window, picture

BOX = (0.0, 0.0, 640.0, 360.0)
# Radii of the picture, km: so small that both are seen.
CONTESTED_KM, NO_DATA_KM = 5.2, 8.0
# Kilometres east and north of the centre.
NORTH = [(-22, 4), (-17, 7), (-13, 2.6), (-9, 7), (-5, 9.5), (-1, 8.5), (4, 8), (8, 4.5), (14, 5), (-12, 9)]
SOUTH = [(-23, -7), (-17, -5), (-11, -3), (-7, -3), (-2, -1), (3, -3), (8, -6), (15, -6), (-14, -9), (0, -8), (-8, -9)]
SUSPECT = (-4, -5)


def nearest() -> str:
    """Draw the cells of settlements, the line between those of two parties, and what is contested or not known."""
    window = Window(BOX, (-2_500, 0), 85.0)
    xy = degrees([*NORTH, *SOUTH, SUSPECT])
    table = _settlements(xy, ["north"] * len(NORTH) + ["south"] * len(SOUTH) + ["north"])
    theatre = shapely.Polygon(degrees([(-29, -14), (24, -14), (24, 14), (-29, 14)]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ControlWarning)
        found = control.from_settlements(
            table, within=theatre, suspects="leave-out", contested_km=CONTESTED_KM, no_data_km=NO_DATA_KM
        )
    for party, fill in (("north", PALE_SKY), ("south", PALE_ORANGE)):
        window.draw(flattened(found.area(party)), fill=fill)
    window.draw(flattened(found.no_data.union_all()), GREY, 1, fill=RULE)
    window.draw(flattened(found.contested.union_all()), GREEN, 1, fill=PALE_GREEN, **DASHED)
    edges = cell_edges(cells(xy[:-1], xy))
    known = found.areas.union_all()
    for edge in shapely.intersection(edges, known):
        window.draw(flattened(edge), GREY, 0.7)
    line = found.line("north", "south")
    window.draw(flattened(line.geometry), BLACK, 2.6)
    _at_h(window, line)
    _dots(window, NORTH, BLUE)
    _dots(window, SOUTH, ORANGE)
    _dots(window, [SUSPECT], BLUE)
    window.circle(1_000.0 * np.array(SUSPECT), 900.0, RED, 1.6)
    window.label(1_000.0 * np.array(SUSPECT), "suspect", 15, 5, fill=RED)
    window.label((-20_000, 9_500), "north", 0, 0, fill=BLUE, **(BOLD | {"stroke": "#ffffff"}))
    window.label((4_500, -9_200), "south", 0, 0, fill=AMBER, **(BOLD | {"stroke": "#ffffff"}))
    window.label((20_300, 11_500), "no data", 0, 0, **BOLD)
    window.label((-10_000, -900), "contested", 0, 22, text_anchor="middle", fill=GREEN)
    return picture("The line between the settlements of two parties: each of its points is as far from both", window)


def closed() -> str:
    """Draw two polygons with a gap and an overlap, and the border and the slivers that are closed."""
    windows = [Window((x, 0, 318, 360), (0, 0), 45.0) for x in (0, 322)]
    west = [(-6, -6), (0, -6), (0.6, -3), (-0.4, -1), (0.3, 1.5), (-0.2, 3.5), (0.4, 6), (-6, 6)]
    east = [(6, 6), (0.4, 6), (0.5, 3.5), (-0.5, 1.5), (-0.9, -0.6), (0.6, -3), (0, -6), (6, -6)]
    shapes = [shapely.Polygon(degrees(ring)) for ring in (west, east)]
    table = gpd.GeoDataFrame({"party": ["west", "east"]}, geometry=shapes, crs="EPSG:4326")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ControlWarning)
        found = control.from_polygons(table, closing_m=1_200)
    for shape, fill, stroke in zip(shapes, (PALE_SKY, PALE_ORANGE), (BLUE, AMBER), strict=True):
        windows[0].draw(flattened(shape), stroke, 1.6, fill=fill, fill_opacity="0.6")
    for party, fill in (("west", PALE_SKY), ("east", PALE_ORANGE)):
        windows[1].draw(flattened(found.area(party)), fill=fill)
    for shape in found.closed.geometry:
        windows[1].draw(flattened(shape), GREY, 1, stroke_dasharray="2 3")
    windows[1].draw(flattened(found.line("west", "east").geometry), BLACK, 2.6)
    for window, text in zip(windows, ("As drawn: overlap and gap", "Parted half-way"), strict=True):
        window.label((-4_200, -3_000), "west", 0, 0, text_anchor="middle", fill=BLUE)
        window.label((4_200, -3_000), "east", 0, 0, text_anchor="middle", fill=AMBER)
        window.label((0, 0), text, 0, 165, **BOLD)
    windows[0].label((900, 3_300), "gap", 8, 0)
    windows[0].label((-1_300, 300), "overlap", -4, 0, text_anchor="end")
    return picture("Two control polygons: what is narrow between them is closed half-way", *windows)


def between() -> str:
    """Draw two forward lines, the zone between them and its middle line."""
    window = Window(BOX, (0, 2_200), 80.0)
    north = [(x, y + 4 + 1.6 * np.sin(x / 4)) for x, y in FRONT]
    south = [(x, y - 2.5 - 1.2 * np.cos(x / 6)) for x, y in FRONT[::-1]]
    one, other = (shapely.LineString(degrees(line)) for line in (north, south))
    found = control.between(one, other, left="north", right="south")
    halves = found.halves.set_index("party").geometry
    for party, fill in (("north", PALE_SKY), ("south", PALE_ORANGE)):
        window.draw(flattened(halves[party]), fill=fill)
    window.draw(flattened(one), BLUE, 2.4)
    window.draw(flattened(other), AMBER, 2.4)
    middle = flattened(found.line.geometry)
    window.draw(middle, BLACK, 2.4)
    xy = shapely.get_coordinates(middle)
    at = xy[len(xy) * 5 // 8]
    window.circle(at, float(shapely.distance(shapely.Point(at), flattened(one))), GREEN, 1.4, **DASHED)
    window.dots([at], GREEN, 3.5)
    window.label(1_000.0 * np.array(north[5]), "forward line of the north", -20, -20, text_anchor="middle", fill=BLUE)
    window.label(1_000.0 * np.array(south[-3]), "forward line of the south", 60, 40, text_anchor="middle", fill=AMBER)
    window.label(xy[-1], "middle line", -4, -62, text_anchor="end")
    window.arrow(xy[-1] + (-2_300, 4_300), xy[len(xy) * 31 // 32])
    return picture("The zone between two forward lines, and its middle line", window)


def _settlements(xy: Floats, party: Sequence[str]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"party": party}, geometry=shapely.points(xy), crs="EPSG:4326")


def _dots(window: Window, kilometres: Sequence[tuple[float, float]], fill: str) -> None:
    window.dots(1_000.0 * np.array(kilometres), fill, 4.2, stroke="#ffffff", stroke_width=1)


def _at_h(window: Window, line: Line) -> None:
    """Draw h at one vertex: the circle through the nearest settlement of either party."""
    xy = shapely.get_coordinates(line.geometry)
    at = int(np.argmin(np.hypot(*(xy - degrees([(5.5, 1.2)])).T)))
    ring = buffer(shapely.Point(xy[at]), float(np.asarray(line.uncertainty_m)[at]), 5.0)
    window.draw(flattened(ring), GREEN, 1.6)
    centre = shapely.get_coordinates(flattened(shapely.Point(xy[at])))[0]
    window.dots([centre], GREEN, 3.5)
    window.label(centre, "h", 6, -6, fill=GREEN, font_weight="bold")


FIGURES = {"15-nearest": nearest, "16-closed": closed, "17-between": between}
