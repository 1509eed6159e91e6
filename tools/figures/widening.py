"""Draw a zone whose depth varies: its discs and tapers, and where a common tangent touches."""

from __future__ import annotations

import numpy as np
import shapely

from dmz.geodesy import varying
from dmz.geodesy.tapers import discs, tapers, track_of
from tools.figures.palette import AMBER, BLACK, BLUE, GREEN, GREY, ORANGE, PALE_ORANGE, PALE_SKY, RED
from tools.figures.scene import FRONT, flat, flattened, laid
from tools.figures.svg import Window, picture

# Radii at the vertices of the front, metres; one of them pinches the zone.
RADII_M = [1_500.0, 3_500, 4_500, 2_500, 0, 3_000, 4_800, 2_000, 1_200, 3_000, 5_500, 1_000]
TOLERANCE_M = 20.0
# Two discs, metres: how far apart, and their radii.
APART_M, SMALL_M, LARGE_M = 15_000.0, 2_500.0, 8_000.0


def united() -> str:
    """Draw the pieces of a zone and their union, and the angle at which a taper leaves its discs."""
    line = laid(FRONT)
    track = track_of(line, np.array(RADII_M))
    window = Window((0, 0, 640, 210), (0, 300), 97.0)
    window.draw(flattened(varying(line, RADII_M, TOLERANCE_M).geometry), BLUE, 2.4, fill=PALE_SKY)
    for pieces, colour in ((discs(track, TOLERANCE_M), GREY), (tapers(track, TOLERANCE_M), ORANGE)):
        for number in np.unique(pieces.ring):
            ring = flat(pieces.points[pieces.ring == number])
            window.line(np.vstack([ring, ring[:1]]), colour, 0.9)
    window.draw(flattened(line), BLACK, 2)
    window.label((-30_000, 8_800), "Discs (grey) and tapers", font_weight="bold", stroke="none")
    return picture("A zone of varying depth: the union of discs and tapers, and a common tangent", window, _tangent())


def _tangent() -> Window:
    """Two discs, their common tangents, and the circle about a point between them."""
    window = Window((0, 210, 640, 150), (7_500, 0), 118.0)
    slope = (LARGE_M - SMALL_M) / APART_M
    touch = np.array([-slope, np.sqrt(1 - slope**2)])
    centres, radii = np.array([(0.0, 0.0), (APART_M, 0.0)]), np.array([SMALL_M, LARGE_M])
    touched = centres + radii[:, None] * touch
    mirrored = touched * (1, -1)
    window.draw(shapely.Polygon([*touched, *mirrored[::-1]]), "none", 0, fill=PALE_ORANGE)
    for centre, radius in zip(centres, radii, strict=True):
        window.circle(centre, radius, GREY, 1.2)
    middle, mean = centres.mean(axis=0), radii.mean()
    window.circle(middle, mean, GREEN, 1.2)
    for side in (touched, mirrored):
        window.line(side, ORANGE, 2.4)
    window.line(centres, BLACK, 2.4)
    window.dots(centres, BLACK, 3.5)
    window.arrow(middle, middle + mean * touch, RED)
    window.dots(middle, GREEN, 3.5)
    window.dots([middle + mean * touch], RED, 3.5)
    window.label(middle + mean * touch, "p", -4, -10, text_anchor="end", fill=RED)
    window.label(middle, "x", 6, 16, fill=GREEN)
    window.label(middle, "r(x)", 6, -22, fill=RED)
    window.label(touched[0], "tangent", 0, -22, text_anchor="end", fill=AMBER)
    window.label((-28_900, 0), "cos \u03b2 = \u2212dr/ds at x", font_weight="bold", stroke="none")
    return window


FIGURES = {"14-varying": united}
