"""Draw what an uncertain line makes of a zone: ground likely and possibly inside, and the chance across it."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.special import ndtr

from dmz.line import Line
from dmz.uncertainty import LIKELY, POSSIBLE, displaced, extents, half_width, spread
from dmz.zone import zones
from tools.figures.palette import AMBER, BLACK, BLUE, GREEN, GREY, ORANGE, PALE_GREEN, PALE_SKY, RED
from tools.figures.scene import FRONT, flattened, laid
from tools.figures.svg import Window, picture

# Standard deviations at the vertices of the front, metres, and the depth of the zone.
SIGMA_M = [300.0, 400, 500, 700, 900, 700, 500, 400, 900, 1_400, 1_800, 2_000]
DEPTH_KM, DRAWS, WAY_KM = 8.0, 12, 12.0
# Across the line: width of the belt and two standard deviations, km.
BELT_KM, SHARP_KM, BLUNT_KM = 15.0, 1.0, 4.0
# Height of a chance of 1 beside a kilometre across.
HIGH_KM = 8.0


def doubted() -> str:
    """Draw lines as they may run, the ground likely and possibly inside, and the chance across a belt."""
    line = Line(laid(FRONT), left="north", right="south", uncertainty_m=np.array(SIGMA_M))
    around = spread(line, correlation_km=WAY_KM)
    zone = zones(line, depth_km=DEPTH_KM, reading="deep", party="north")
    ground = extents(zone, around).set_index("chance").geometry
    window = Window((0, 0, 640, 215), (0, 4_600), 108.0)
    window.draw(flattened(ground["possible"].simplify(2e-4)), BLUE, 1.2, fill=PALE_SKY, stroke_dasharray="2 3")
    window.draw(flattened(ground["likely"].simplify(2e-4)), GREEN, 1.6, fill=PALE_GREEN)
    window.draw(flattened(zone.geometry.iloc[0].simplify(2e-4)), BLACK, 1.2, stroke_dasharray="6 4")
    for drawn in displaced(around, draws=DRAWS, seed=4):
        window.draw(flattened(shapely.line_merge(drawn).simplify(5e-4)), GREY, 0.5)
    window.draw(flattened(line.geometry), RED, 2.4)
    for at, text, colour in (
        ((-33_500, 14_300), "Possible", BLUE),
        ((-33_500, 12_200), "As drawn", BLACK),
        ((-33_500, 10_100), "Likely", GREEN),
    ):
        window.label(at, text, fill=colour, font_weight="bold", stroke="none")
    return picture("The chance to be inside a zone beside a line that is uncertain", window, _across())


def _across() -> Window:
    """Chance against the distance from the line, for a line that is 1 km uncertain and one that is 4 km so."""
    window = Window((0, 215, 640, 145), (9.0, 3.4), 0.078)
    t = np.linspace(-14, 32, 231)
    window.line([(-14, 0), (32, 0)], GREY, 1.0)
    for edge in (0.0, BELT_KM):
        window.line([(edge, 0), (edge, HIGH_KM * 1.05)], BLACK, 1.2, stroke_dasharray="6 4")
    for least in (LIKELY, POSSIBLE):
        window.line([(-14, HIGH_KM * least), (32, HIGH_KM * least)], GREY, 0.6)
        window.label((32, HIGH_KM * least), f"{least:.2f}", -2, -4, text_anchor="end", fill=GREY)
    for sigma, colour in ((SHARP_KM, BLUE), (BLUNT_KM, ORANGE)):
        chance = ndtr((BELT_KM - t) / sigma) - ndtr(-t / sigma)
        window.line(np.column_stack([t, HIGH_KM * chance]), colour, 2.2)
        for least in (LIKELY, POSSIBLE):
            half = half_width(1000 * BELT_KM, np.array([1000 * sigma]), least)[0] / 1000
            if np.isfinite(half):
                window.dots([(BELT_KM / 2 + sign * half, HIGH_KM * least) for sign in (-1, 1)], colour, 3.0)
    window.label((0, 0), "the line", 0, 16, text_anchor="middle", fill=RED)
    window.label((BELT_KM, 0), "15 km", 0, 16, text_anchor="middle")
    window.label((3.2, HIGH_KM * 0.5), "1 km uncertain", fill=BLUE)
    window.label((18.6, HIGH_KM * 0.34), "4 km uncertain", fill=AMBER)
    return window


FIGURES = {"15-chance": doubted}
