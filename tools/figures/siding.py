"""Draw the sides of a line, what ends them, and the readings of an agreement."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dmz.geodesy import Ends, Locator, buffer, caps, dividing, faces_of, rays, sides
from dmz.geodesy.ellipsoid import Floats
from tools.figures.palette import (
    AMBER,
    BLACK,
    BLUE,
    BOLD,
    DASHED,
    GREEN,
    GREY,
    PALE_GREY,
    PALE_ORANGE,
    PALE_SKY,
    RED,
    RULE,
    SKY,
)
from tools.figures.scene import COIL, FRONT, flattened, laid
from tools.figures.svg import Window, picture

R_M, TOLERANCE_M, COARSE_M = 6_000.0, 10.0, 50.0
# Of a range of depths.
NEAR_M, FAR_M = 3_500.0, 6_000.0
# Share of the one side above which a face is drawn as touching both.
TORN_SHARE = 0.01


def extended() -> str:
    """Draw a zone parted by the line and by the geodesics that extend it."""
    line, window = laid(FRONT), Window((0, 0, 640, 360), (0, 1_000), 95.0)
    _draw_sides(window, line)
    for ray in rays(line, Locator(line), R_M):
        window.draw(flattened(ray), RED, 2, **DASHED)
    _draw_line(window, line)
    window.label((-8_000, 5_200), "left", 0, 0, text_anchor="middle", font_weight="bold", fill=BLUE)
    window.label((-8_000, -2_600), "right", 0, 0, text_anchor="middle", font_weight="bold", fill=AMBER)
    window.label((-26_800, -8_300), "extension", 0, 22, text_anchor="middle", fill=RED)
    return picture("Left and right: the line extended straight at its ends parts the zone", window)


def bisected() -> str:
    """Draw a face that touches both sides of the line, and the bisector that cuts it."""
    line, locator = laid(COIL), Locator(laid(COIL))
    zone = buffer(line, R_M, TOLERANCE_M)
    left, right = (flattened(side) for side in sides(line, R_M, TOLERANCE_M))
    extensions = rays(line, locator, R_M)
    cuts = dividing(line, zone, locator, R_M, TOLERANCE_M)
    windows = [Window((x, 0, 318, 360), (-4_300, -1_300), 130.0) for x in (0, 322)]
    for face in faces_of([zone.boundary, *cuts[: 1 + len(extensions)]], zone):
        ground = flattened(face)
        parts = np.array([shapely.area(shapely.intersection(ground, side)) for side in (left, right)])
        torn = parts.min() > TORN_SHARE * parts.max()
        windows[0].draw(ground, BLUE, 1, fill=RULE if torn else (PALE_SKY, PALE_ORANGE)[parts.argmax()])
    windows[1].draw(left, BLUE, 1, fill=PALE_SKY)
    windows[1].draw(right, BLUE, 1, fill=PALE_ORANGE)
    for cut in cuts[1 + len(extensions) :]:
        windows[1].draw(shapely.intersection(flattened(cut), flattened(zone)), GREEN, 2.2)
    for window, text in zip(windows, ("One face touches both sides", "Cut along the bisector"), strict=True):
        for ray in extensions:
            window.draw(flattened(ray), RED, 2, **DASHED)
        _draw_line(window, line)
        window.label((-4_300, -1_300), text, 0, 160, **BOLD)
    return picture("A face that touches both sides of the line is cut along the bisector", *windows)


def ended() -> str:
    """Draw both ways to end a zone at an open end of the line."""
    line, windows = laid(FRONT), []
    for x, ends, text in ((0, "round", 'ends="round"'), (322, "flat", 'ends="flat"')):
        window = Window((x, 0, 318, 360), (20_500, -2_200), 62.0)
        if ends == "flat":
            window.draw(flattened(caps(line, Locator(line), R_M)), GREY, 1, fill=PALE_GREY, stroke_dasharray="2 3")
            for down, words in ((0, "nearest to"), (18, "the end")):
                window.label((26_000, 1_100), words, 0, down, text_anchor="middle", stroke="none")
        _draw_sides(window, line, "flat" if ends == "flat" else "round")
        _draw_line(window, line)
        window.label((20_500, -2_200), text, 0, 160, **BOLD)
        windows.append(window)
    return picture("Round and flat ends of a zone", *windows)


def readings() -> str:
    """Draw what a range of depths means under each reading: what all agree on, and what is in dispute."""
    line = laid(FRONT)
    windows, drawn = [], {"each-side": (1, 1), "total-width": (0.5, 0.5), "deep": (1, 0), "per-side": (1, 0.6)}
    for number, (reading, (left, right)) in enumerate(drawn.items()):
        window = Window((320.0 * (number % 2), 162.0 * (number // 2), 320, 162), (0, -800), 190.0)
        for depth, fill in ((FAR_M, PALE_SKY), (NEAR_M, SKY)):
            grounds = [sides(line, depth * share, COARSE_M)[side] for side, share in enumerate((left, right)) if share]
            whole = left == right
            for ground in [buffer(line, depth * left, COARSE_M)] if whole else grounds:
                window.draw(flattened(ground), BLUE, 0.8, fill=fill)
        window.draw(flattened(line), BLACK, 2.2)
        window.label((0, -800), reading, 0, 74, **BOLD)
        windows.append(window)
    legend = Window((0, 326, 640, 34), (0, 0), 1.0)
    for x, fill, text in ((-215, SKY, "core: every depth agrees"), (35, PALE_SKY, "fringe: in dispute")):
        legend.draw(shapely.box(x, -6, x + 22, 6), BLUE, 0.8, fill=fill)
        legend.label((x + 30, 0), text, 0, 4.5)
    return picture("A range of depths under the four readings", *windows, legend)


def _draw_sides(window: Window, line: BaseGeometry, ends: Ends = "round") -> None:
    for side, fill in zip(sides(line, R_M, TOLERANCE_M, ends=ends), (PALE_SKY, PALE_ORANGE), strict=True):
        window.draw(flattened(side), BLUE, 1.2, fill=fill)


def _draw_line(window: Window, line: BaseGeometry) -> None:
    """Draw the line, with an arrow head where it ends."""
    flat: Floats = shapely.get_coordinates(flattened(line))
    window.line(flat, BLACK, 2.5)
    window.arrow(flat[-2], flat[-1])


FIGURES = {"09-sides": extended, "10-bisector": bisected, "11-ends": ended, "12-readings": readings}
