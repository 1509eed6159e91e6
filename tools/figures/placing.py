"""Draw how the outline of a zone is sketched and put in its place."""

from __future__ import annotations

import numpy as np
import shapely

from dmz.geodesy import interpolate, length, nearest
from dmz.geodesy.ellipsoid import Floats
from dmz.geodesy.outline import Depth, overshoot
from dmz.geodesy.space import reach, size, to_degrees
from tools.figures.palette import AMBER, BLACK, BLUE, BOLD, DASHED, GREY, ORANGE, PALE_SKY, RED, RULE
from tools.figures.scene import FRONT, Scene, closed, degrees, flat, flattened, frame, laid
from tools.figures.svg import Window, picture

R_M = 6_000.0


def front(tolerance_m: float = 200.0, margin: float = 0.12) -> Scene:
    """Front with a zone of 6 km; tolerance and margin far larger than in use, to be seen."""
    return Scene(laid(FRONT), Depth(R_M, tolerance_m), margin)


def sketched() -> str:
    """Draw a buffer made in a plane, a little deeper than asked for: it has the shape of the zone."""
    scene, window = front(), Window((0, 0, 640, 360), (0, 1_400), 95.0)
    window.draw(flattened(front(10.0, 0.01).zone), fill=PALE_SKY, stroke=BLUE, width=1)
    for ring in closed(scene.rings):
        window.line(ring, ORANGE, 1.8)
        window.dots(ring[:-1], ORANGE, 3)
    window.draw(flattened(scene.geometry), BLACK, 2.5)
    window.label((-16_000, -2_200), "the line", 0, 16, text_anchor="middle")
    window.label((-12_500, 9_900), "sketch", 0, 0, fill=AMBER, text_anchor="end")
    window.label((9_000, -2_800), "zone: d \u2264 r", 0, 20, fill=BLUE, text_anchor="middle")
    return picture("A planar buffer sketched just outside the zone", window)


def ways() -> str:
    """Draw every point of the sketch as it moves along the way to its nearest site until it lies at r."""
    scene, window = front(120.0), Window((0, 0, 640, 360), (-7_000, 6_300), 40.0)
    found = scene.sites.nearest(scene.rings.points, 1.0)
    placed = flat(reach(found.foot, scene.rings.points, R_M))
    outside, feet = flat(scene.rings.points), flat(found.foot)
    window.draw(flattened(front(10.0, 0.01).zone), fill=PALE_SKY, stroke=BLUE, width=1)
    for point, foot in zip(outside, feet, strict=True):
        window.line([point, foot], GREY, 0.9)
    for ring in closed(scene.rings):
        window.line(ring, ORANGE, 1.5)
    window.dots(outside, ORANGE, 3.2)
    window.draw(flattened(scene.geometry), BLACK, 2.5)
    window.dots(placed, BLUE, 3.2)
    window.dots(feet, BLACK, 2.4)
    window.label((-19_000, 12_700), "from the sketch", 0, 0, fill=AMBER)
    window.label((-19_000, 11_900), "to the boundary, d = r", 0, 0, fill=BLUE)
    window.label((-19_000, 11_100), "along the way to the nearest site", 0, 0)
    return picture("Sketch points move along the ways to their nearest sites until they lie at r", window)


def corner() -> str:
    """Draw an edge that rises above r, the corner where two arcs meet, and one that a third site covers."""
    pair = Scene(_points([(-4.9, 0.2), (4.9, -0.2)]), Depth(R_M, 30.0), 0.02)
    three = Scene(_points([(-4.9, 0.2), (4.9, -0.2), (0.9, 0.3)]), Depth(R_M, 30.0), 0.02)
    panels = [Window((x, 0, 212, 360), (0, 300), 60.0) for x in (0, 214, 428)]
    says = ("The edge cuts the corner", "The corner: two arcs meet", "A third site covers it")
    for window, scene, text in zip(panels, (pair, pair, three), says, strict=True):
        window.draw(flattened(scene.zone), fill=PALE_SKY, stroke=BLUE)
        window.label((0, 300), text, 0, 160, **BOLD)
    _draw_rise(panels[0], pair)
    for window, scene in zip(panels[1:], (pair, three), strict=True):
        for feet, at in _corners(scene):
            for foot in feet:
                window.line([foot, at], GREY, 1)
            window.dots([at], RED, 4)
        window.put("path", d="M-1,24 V336", stroke=RULE, stroke_width=2)
    ((_, lost),) = _corners(pair)
    panels[2].circle(lost, 270.0, RED, 1.5, stroke_dasharray="2.5 2.5")
    panels[2].label(lost, "no longer", 0, 20, text_anchor="middle", fill=RED)
    for window, scene in zip(panels, (pair, pair, three), strict=True):
        window.dots(flat(scene.sites.start), BLACK, 4)
    return picture("A corner: missed by an edge, solved for, and covered by a third site", *panels)


def sagitta() -> str:
    """Draw the sagitta of an edge, and d as measured along an outline."""
    return picture("Between two vertices d falls by no more than the sagitta", _drawn_sagitta(), _drawn_profile())


def _points(kilometres: list[tuple[float, float]]) -> shapely.MultiPoint:
    return shapely.MultiPoint(degrees(kilometres))


def _corners(scene: Scene) -> list[tuple[Floats, Floats]]:
    """Corners in the north, the vertices at r from two sites: the sites, and where they are, metres."""
    points = scene.outline.rings.points
    found = []
    for point in points[flat(points)[:, 1] > 0]:
        near = np.abs(size(scene.sites.start - point) - R_M) < scene.depth.tolerance_m / 10
        if near.sum() > 1:
            found.append((flat(scene.sites.start[near]), flat(point[None])[0]))
    return found


def _draw_rise(window: Window, scene: Scene) -> None:
    """Draw an edge between two arcs, and how far it rises above r."""
    feet = scene.sites.start
    towards = frame().space(np.array([[-2_000.0, 5_600.0], [1_500.0, 5_400.0]]))
    a, b = reach(feet, towards, R_M)[:, None]
    rise, share = overshoot(a, b, feet[:1], feet[1:])
    top = a + share[:, None] * (b - a)
    on_arc = reach(feet[:1], top, R_M)
    (foot_a, foot_b), (a, b, top, on_arc) = flat(feet), (flat(point)[0] for point in (a, b, top, on_arc))
    for foot, end in ((foot_a, a), (foot_b, b), (foot_a, on_arc)):
        window.line([foot, end], GREY, 1)
    window.line([a, b], ORANGE, 2.2)
    window.line([on_arc, top], RED, 3.5)
    window.dots([a, b], BLUE, 4)
    window.label(a, "a", -4, -10, text_anchor="end", font_style="italic")
    window.label(b, "b", 4, -10, font_style="italic")
    window.label(top, f"rise: {rise[0]:.0f} m", 0, -26, text_anchor="middle", fill=RED)
    window.label((foot_a + on_arc) / 2, "r", 9, 12, font_style="italic")


def _drawn_sagitta() -> Window:
    """Edge over an arc about one site, its sagitta 900 m."""
    scene, window = Scene(_points([(0, 0)]), Depth(R_M, 1_200.0), 0.05), Window((0, 0, 310, 360), (0, 3_000), 30.0)
    (site,) = flat(scene.sites.start[:1])
    h = scene.depth.edge_m
    towards = frame().space(np.array([[-h / 2, np.sqrt(R_M**2 - h**2 / 4)], [h / 2, np.sqrt(R_M**2 - h**2 / 4)]]))
    a, b = flat(reach(np.repeat(scene.sites.start[:1], 2, axis=0), towards, R_M))
    top, middle = site + np.array([0, R_M]), (a + b) / 2
    window.circle(site, R_M, BLUE, 1.8, fill=PALE_SKY)
    for end in (a, b):
        window.line([site, end], GREY, 1)
    window.line([a, b], ORANGE, 2.2)
    window.arrow(middle, top, RED, both=True)
    window.dots([a, b], BLUE, 4)
    window.dots([site], BLACK, 4)
    window.label(middle, "h\u00b2 / 8r", 8, -9, fill=RED)
    window.label((a * 2 + middle) / 3, "h", 0, 18, font_style="italic")
    window.label((site + a) / 2, "r", -12, 6, font_style="italic")
    window.label((0, 3_000), "An edge under an arc", 0, 160, **BOLD)
    return window


def _drawn_profile() -> Window:
    """Miss of the distance along some edges of the front's outline; up and down 0.4 pixels a metre."""
    tolerance, window = 200.0, Window((320, 0, 320, 360), (0, 0), 1.0)
    scene = front(tolerance, 0.02)
    points = scene.outline.rings.points
    first = int(size(points - frame().space(np.array([[-14_000.0, 7_000.0]]))).argmin())
    edges = shapely.LineString(to_degrees(points[(first - np.arange(16)) % len(points)]))
    chainage = np.linspace(0, length(edges), 481)
    track = shapely.get_coordinates(interpolate(edges, chainage))
    miss = nearest(track, scene.geometry).distance_m - R_M
    x, y = 210 / chainage[-1], 0.55
    for level, text, colour in ((tolerance, "+200 m", RED), (0.0, "d = r", BLACK), (-tolerance, "\u2212200 m", RED)):
        window.line([(-85, level * y), (125, level * y)], colour, 1, **(DASHED if level else {}))
        window.label((-92, level * y), text, 0, 4, text_anchor="end", fill=colour)
    window.line(np.column_stack([chainage * x - 85, miss * y]), ORANGE, 1.8)
    steps = np.array([length(shapely.LineString(pair)) for pair in zip(edges.coords, edges.coords[1:], strict=False)])
    corners = np.concatenate([[0.0], np.cumsum(steps)])
    window.dots(np.column_stack([corners * x - 85, 0 * corners]), BLUE, 3.2)
    window.label((0, 0), "d along 15 edges, measured", 10, 160, **BOLD)
    return window


FIGURES = {"03-sketch": sketched, "04-ways": ways, "05-corner": corner, "06-sagitta": sagitta}
