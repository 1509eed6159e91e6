"""Draw how it is proved that no ground is lost in a zone, and what is done where it cannot be."""

from __future__ import annotations

from unittest import mock

import numpy as np
import shapely
from numpy.typing import NDArray

from dmz.geodesy import certificate
from dmz.geodesy.certificate import _Boxes
from dmz.geodesy.ellipsoid import Floats
from dmz.geodesy.outline import Depth
from tools.figures.palette import BLACK, BLUE, BOLD, GREEN, GREY, ORANGE, PALE_GREEN, PALE_SKY, RED, WHITE
from tools.figures.scene import HOOK, Scene, closed, flat, flattened, frame, laid
from tools.figures.svg import Window, picture

R_M, TOLERANCE_M = 6_000.0, 100.0


def hook(margin: float) -> Scene:
    """Front that comes back to itself, with a zone that leaves a hole of 5 km2."""
    return Scene(laid(HOOK), Depth(R_M, TOLERANCE_M), margin)


def summit() -> str:
    """Draw the circle that holds no summit, and the boxes by which a zone is searched for one."""
    return picture(
        "No summit of the distance lies in a circle between a point and its nearest site", _circle(), _search()
    )


def finer() -> str:
    """Draw a hole lost by a coarse sketch, the certificate that notices, and the finer sketch that has it."""
    windows = []
    for left, margin in ((0, 0.2), (322, 0.02)):
        scene, window = hook(margin), Window((left, 0, 318, 360), (-4_300, -1_300), 130.0)
        window.draw(flattened(scene.zone), fill=PALE_SKY, stroke=BLUE)
        for ring in closed(scene.rings):
            window.line(ring, ORANGE, 1.5)
        window.draw(flattened(scene.geometry), BLACK, 2.5)
        window.label((-4_300, -1_300), f"margin {margin * R_M:.0f} m", 0, -156, **BOLD)
        verdict = "certified" if scene.is_certain else "not certified"
        window.label((-4_300, -1_300), verdict, 0, 160, **(BOLD | {"fill": GREEN if scene.is_certain else RED}))
        windows.append(window)
    lost = shapely.Polygon(flattened(hook(0.02).zone).geoms[0].interiors[0])
    windows[0].draw(lost, RED, 1.5, fill=WHITE, stroke_dasharray="3 3")
    windows[0].label(lost.centroid.coords[0], "d > r", 0, 26, fill=RED, text_anchor="middle")
    return picture("A hole lost by a coarse sketch, and found by a finer one", *windows)


def _circle() -> Window:
    """Point y in the zone, its nearest site f, the circle over y f, and a point m in it."""
    scene, window = hook(0.02), Window((0, 0, 312, 360), (4_100, 1_500), 28.0)
    asked = frame().space(np.array([[2_900.0, 1_900.0]]))
    (y,), (f,) = flat(asked), flat(scene.sites.nearest(asked, 0.1).foot)
    middle, radius = (y + f) / 2, float(np.hypot(*(y - f))) / 2
    m = middle + radius * np.array([0.2, -0.62])
    window.draw(flattened(scene.zone), fill=PALE_SKY)
    window.circle(y, 2 * radius, GREY, 1, stroke_dasharray="3 4")
    window.circle(middle, radius, GREEN, 2, fill=PALE_GREEN)
    window.draw(flattened(scene.geometry), BLACK, 2.5)
    window.line([y, f], GREY, 1)
    for end in (y, f):
        window.line([m, end], RED, 1.5)
    window.dots([y, f], BLACK, 4)
    window.dots([m], RED, 4)
    window.label(y, "y", -8, 4, text_anchor="end", font_style="italic")
    window.label(f, "f", 8, 8, font_style="italic")
    window.label(m, "m", -2, 18, font_style="italic", fill=RED)
    window.label(m, "> 90\u00b0", 0, -14, text_anchor="middle", fill=RED)
    window.label(y - np.array([0, 2 * radius]), "no site in here", 0, -8, text_anchor="middle")
    window.label((4_100, 1_500), "m is no summit", 0, 160, **BOLD)
    return window


def _search() -> Window:
    """Boxes into which a zone is cut by the search for a summit."""
    scene, window = hook(0.02), Window((322, 0, 318, 360), (-4_300, -1_300), 130.0)
    zone = flattened(scene.zone)
    window.draw(zone, fill=PALE_SKY)
    edges = _boxes_of(scene)
    corners = edges[:, [0, 1, 2, 1, 2, 3, 0, 3, 0, 1]].reshape(-1, 5, 2)
    boxes = shapely.MultiLineString([flattened(shapely.LineString(corner)) for corner in corners])
    window.draw(boxes, GREY, 0.6)
    window.draw(zone, BLUE, 1.8)
    window.draw(flattened(scene.geometry), BLACK, 2.5)
    window.label((-4_300, -1_300), f"{len(edges)} boxes prove it", 0, 160, **BOLD)
    return window


def _boxes_of(scene: Scene) -> Floats:
    """Boxes that the certificate of a zone settles, west, south, east, north: those it looked at and did not cut."""
    seen: list[Floats] = []

    class Noted(_Boxes):
        def __init__(self, edges: Floats, ground: NDArray[np.object_]) -> None:
            super().__init__(edges, ground)
            seen.append(edges)

    with mock.patch.object(certificate, "_Boxes", Noted):
        scene.is_certain  # noqa: B018 - asked for what it does on the way
    edges = np.unique(np.concatenate(seen), axis=0)
    middle, span = (edges[:, :2] + edges[:, 2:]) / 2, edges[:, 2:] - edges[:, :2]
    within = (np.abs(middle[:, None] - middle) < span[:, None] / 2).all(axis=2)
    smaller = span.prod(axis=1)[:, None] > 1.5 * span.prod(axis=1)
    return np.asarray(edges[~(within & smaller).any(axis=1)])


FIGURES = {"07-summit": summit, "08-finer": finer}
