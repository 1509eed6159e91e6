"""Draw what the method stands on: edges of a geometry, distances in space, the antimeridian and the poles."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import affinity

from dmz.geodesy import GEOD, buffer, densify, edge_offset_m, length, split
from dmz.geodesy.ellipsoid import Floats
from dmz.geodesy.frame import frame_at
from dmz.geodesy.space import separation, size, to_space, unit
from tools.figures.palette import (
    AMBER,
    BLACK,
    BLUE,
    BOLD,
    DASHED,
    GREEN,
    GREY,
    ORANGE,
    PALE_GREY,
    PALE_ORANGE,
    PALE_SKY,
    RED,
    RULE,
)
from tools.figures.svg import Window, picture

SPAN_DEG, LAT_DEG = 40, 60


def edges() -> str:
    """Draw what joins two vertices at 60 N: the geodesic, and the straight line in longitude and latitude."""
    frame, window = frame_at(to_space(np.array([[SPAN_DEG / 2, LAT_DEG]]))[0]), Window((0, 0, 640, 360), (0, -40), 3.9)
    edge = shapely.LineString([(0, LAT_DEG), (SPAN_DEG, LAT_DEG)])
    for lon in range(-10, SPAN_DEG + 11, 10):
        window.line(frame.flat(to_space(_spread([(lon, 50), (lon, 70)]))) / 1_000, RULE, 1)
    for lat in (55, 60, 65):
        window.line(frame.flat(to_space(_spread([(-20, lat), (SPAN_DEG + 20, lat)]))) / 1_000, RULE, 1)
    geodesic, straight = (
        frame.flat(to_space(shapely.get_coordinates(densify(edge, 20_000, edges=kind)))) / 1_000
        for kind in ("geodesic", "lonlat")
    )
    window.line(geodesic, BLUE, 2.6)
    window.line(straight, ORANGE, 2.6)
    window.dots(straight[[0, -1]], BLACK, 4.5)
    middle = len(straight) // 2
    window.arrow(straight[middle], geodesic[len(geodesic) // 2], RED, both=True)
    window.label(straight[middle], f"{edge_offset_m(edge) / 1_000:.0f} km apart", 10, -20, fill=RED)
    window.label(
        geodesic[len(geodesic) // 2],
        f"geodesic, {length(edge) / 1_000:.0f} km",
        0,
        -12,
        text_anchor="middle",
        fill=BLUE,
    )
    window.label(straight[middle], "straight in longitude and latitude", 0, 22, text_anchor="middle", fill=AMBER)
    for end, lon, anchor in ((straight[0], 0, "start"), (straight[-1], SPAN_DEG, "end")):
        window.label(end, f"{lon}\u00b0 E, {LAT_DEG}\u00b0 N", 0, -14, text_anchor=anchor)
    return picture("Two vertices joined by the geodesic and by a straight line in longitude and latitude", window)


def chord() -> str:
    """Draw a geodesic and its chord in the plane of the two, as they lie in space."""
    azimuth, far_m = 40.0, 7_000_000.0
    lon, lat, _ = GEOD.fwd(np.zeros(141), np.full(141, -20.0), np.full(141, azimuth), np.linspace(0, far_m, 141))
    points = to_space(np.column_stack([lon, lat]))
    start, end = points[0], points[-1]
    east = unit((end - start)[None])[0]
    north = unit((points[70] - (start + end) / 2)[None])[0]
    drawn = np.column_stack([(points - points[70]) @ east, (points - points[70]) @ north]) / 1_000
    radius = _radius_km(drawn)
    window = Window((0, 0, 640, 360), (0, -850), 12.6)
    centre = np.array([0.0, -radius])
    window.circle(centre, radius, RULE, 1.2, fill=PALE_GREY)
    for at in (drawn[0], drawn[-1]):
        window.line([centre, at], GREY, 1)
    window.line(drawn[[0, -1]], ORANGE, 2.4)
    window.line(drawn, BLUE, 2.8)
    window.dots(drawn[[0, -1]], BLACK, 4.5)
    window.label(drawn[70], "geodesic s", 0, -12, text_anchor="middle", fill=BLUE)
    window.label(drawn[[0, -1]].mean(axis=0), "chord c", 0, 20, text_anchor="middle", fill=AMBER)
    window.label(centre * 0.22 + drawn[0] * 0.78, "R", -14, 6, text_anchor="end", font_style="italic")
    short, error = _chord_at(100_000.0)
    window.label((0, -850), f"At 100 km the chord is {short:.2f} m shorter;", 0, 118, text_anchor="middle")
    window.label((0, -850), f"s = 2R asin(c / 2R) misses by {error * 1_000:.2f} mm", 0, 139, text_anchor="middle")
    return picture("The geodesic between two points, and its chord through the Earth", window)


def seams() -> str:
    """Draw a zone cut at the antimeridian, and one around a pole closed along it."""
    crossing = buffer(shapely.LineString([(176.4, 51.4), (178.3, 52.3), (181, 51.5), (183.6, 52.4)]), 120_000, 100)
    over = Window((0, 0, 312, 360), (180, 51.8), 0.045)
    for part in split(crossing).geoms:
        west = part.centroid.x > 0
        moved = part if west else affinity.translate(part, 360)
        over.draw(moved, BLUE, fill=PALE_SKY if west else PALE_ORANGE)
    over.line([(180, 47.2), (180, 57.4)], RED, 1.5, **DASHED)
    over.label((179.6, 56.6), "longitudes to 180\u00b0", 0, 0, text_anchor="end")
    over.label((180.4, 56.6), "from \u2212180\u00b0", 0, 0)
    over.label((180, 51.8), "Cut at the antimeridian", 0, 160, **BOLD)
    return picture("A zone over the antimeridian and one around a pole, as they are written", over, _polar())


def _polar() -> Window:
    """Zone around the north pole, longitude to the right and latitude, enlarged, upwards."""
    line = shapely.LineString([(-110, 84.5), (-150, 86.5), (-210, 88), (-300, 85)])
    zone = buffer(line, 400_000, 100)
    window = Window((322, 0, 318, 360), (0, 0), 1.0)

    def tall(xy: Floats) -> Floats:
        return np.asarray((xy - [0, 84.5]) * [0.72, 19.0])

    ((west, south), (east, north)) = tall(np.array([[-180, 79.5], [180, 90]]))
    window.draw(shapely.transform(zone, tall), BLUE, fill=PALE_SKY)
    for lon in range(-120, 121, 60):
        window.line(tall(np.array([[lon, 79.5], [lon, 90]])), RULE, 1)
    for x in (west, east):
        window.line([(x, south), (x, north)], RED, 1.5, **DASHED)
    window.line([(west, north), (east, north)], GREEN, 3)
    window.draw(shapely.transform(split(densify(line, 10_000)), tall), BLACK, 2.5)
    window.label((0, north), "the pole: all of latitude 90", 0, -10, text_anchor="middle", fill=GREEN)
    for x, text, anchor in ((west, "\u2212180\u00b0", "start"), (east, "180\u00b0", "end")):
        window.label((x, south), text, 0, 18, text_anchor=anchor, fill=RED)
    window.label((0, 0), "Closed along the pole", 0, 160, **BOLD)
    return window


def _radius_km(drawn: Floats) -> float:
    half, rise = (drawn[-1, 0] - drawn[0, 0]) / 2, drawn[70, 1] - drawn[[0, -1], 1].mean()
    return float((half**2 + rise**2) / (2 * rise))


def _chord_at(metres: float) -> tuple[float, float]:
    """By how much chords of a length are shorter, and the formula misses, metres: the most of 2,000 geodesics."""
    lat = np.degrees(np.arcsin(np.linspace(-0.999, 0.999, 2_000)))
    azimuth = np.linspace(0, 360 * 97, 2_000) % 360
    lon_b, lat_b, _ = GEOD.fwd(0 * lat, lat, azimuth, np.full(2_000, metres))
    a, b = to_space(np.column_stack([0 * lat, lat])), to_space(np.column_stack([lon_b, lat_b]))
    return float(metres - size(b - a).min()), float(np.abs(separation(a, b) - metres).max())


def _spread(ends: list[tuple[float, float]]) -> Floats:
    return np.asarray(shapely.get_coordinates(shapely.segmentize(shapely.LineString(ends), 1.0)))


FIGURES = {"01-edges": edges, "02-chord": chord, "13-seams": seams}
