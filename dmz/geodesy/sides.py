"""Part the left of a line from its right: the line, its extensions beyond its ends, and bisectors between its parts."""

from __future__ import annotations

from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz.errors import InputError
from dmz.geodesy.bisector import bisectors, drawn_to
from dmz.geodesy.buffering import buffered
from dmz.geodesy.chart import drawn_like, straightened
from dmz.geodesy.crossings import crossings, stars
from dmz.geodesy.ends import caps, knots, rays, turns
from dmz.geodesy.nearest import Locator
from dmz.geodesy.space import to_space

Ends = Literal["round", "flat"]

# How far beside the line a face is asked which side it touches: 0.1 m, or less beside a short segment.
BESIDE_DEG, BESIDE_SHARE = 1e-6, 0.05
# Shorter segments come from rounding where a line was noded and have no sides, 1 um.
NO_LENGTH_DEG = 1e-11
# Lines are noded on a grid so fine that no area changes by a billionth: on one, cuts that all but coincide meet for
# sure.
GRID_DEG = 1e-12
# How often bisectors are drawn in faces that touch both sides: first those that part the sides, then all there are.
PASSES = 3
# How far about crossings bisectors are drawn straight, and how near ends of two parts may lie that no bisector is found
# between, in tolerances of bisectors.
STAR_TOLERANCES, CLOSE_TOLERANCES = 8.0, 4.0
# What parts the sides is drawn to this share of the tolerance.
DRAWN_SHARE = 0.1


def sides(
    line: BaseGeometry, distance_m: float, tolerance_m: float = 1.0, *, ends: Ends = "round"
) -> tuple[shapely.MultiPolygon, shapely.MultiPolygon]:
    """Zone of a line on its left and on its right.

    Parameters
    ----------
    line
        LineString or MultiLineString, longitude, latitude on WGS 84; closed lines have their inside on one side. A line
        that crosses itself has sides too: a point is on the side of the line's nearest point.
    distance_m, tolerance_m
        As `dmz.geodesy.buffer` takes them.
    ends
        ``"round"``: every point within the distance. ``"flat"``: only those whose nearest point is no open end.

    Returns
    -------
    tuple of shapely.MultiPolygon
        Left and right, longitude, latitude. They are a partition of the zone: they share their boundary vertex for
        vertex, and neither leaves a gap.

    Raises
    ------
    InputError
        Where the geometry is no line, or as `dmz.geodesy.buffer` raises it.
    GeometryError
        As `dmz.geodesy.buffer` raises it.

    Notes
    -----
    How the zone is parted between two parts of a line: docs/method.md, steps 9 and 10. A line that passes the same
    ground hundreds of times takes minutes.

    Examples
    --------
    >>> from dmz.geodesy import area
    >>> left, right = sides(shapely.LineString([(36, 35), (37, 35.5)]), 10_000)
    >>> round(area(left) / 1e6), round(area(right) / 1e6)
    (1223, 1223)
    """
    if line.geom_type not in {"LineString", "MultiLineString", "LinearRing"}:
        raise InputError(f"a {line.geom_type} has no sides: give a line")
    zone: BaseGeometry = buffered(line, distance_m, tolerance_m).geometry
    locator = Locator(line)
    cuts, ground = [zone.boundary, *dividing(line, zone, locator, distance_m, tolerance_m)], zone
    if ends == "flat":
        beyond = drawn_like(zone, straightened(caps(line, locator, distance_m, tolerance_m), tolerance_m * DRAWN_SHARE))
        cuts.append(beyond.boundary)
        ground = shapely.difference(zone, beyond)
    faces = faces_of(cuts, ground)
    left = locator.side(to_space(shapely.get_coordinates(shapely.point_on_surface(faces)))) >= 0
    return joined(faces[left]), joined(faces[~left])


def dividing(
    line: BaseGeometry, zone: BaseGeometry, locator: Locator, reach_m: float, tolerance_m: float = 1.0
) -> list[BaseGeometry]:
    """Lines that cut a zone into faces of one side each: the line, its extensions, bisectors between its parts.

    Parameters
    ----------
    line, locator
        Longitude, latitude on WGS 84, and the same made ready for many calls.
    zone
        All points within `reach_m` of it, as `dmz.geodesy.buffer` draws it.
    reach_m, tolerance_m
        Depth of the zone and how near the lines lie to where the side changes, metres.

    Notes
    -----
    A face that touches the line on one side only is of that side: from any of its points the way to the nearest point
    of the line crosses neither the line nor, since it is ended where another part is nearer, an extension. A face that
    touches both sides lies between two parts of the line; there bisectors are added.
    """
    fine_m = tolerance_m * DRAWN_SHARE
    drawn = drawn_like(zone, straightened(line, fine_m))
    beyond = rays(line, locator, reach_m, tolerance_m)
    beyond += knots(beyond, reach_m, tolerance_m) + turns(line, reach_m, CLOSE_TOLERANCES * drawn_to(tolerance_m))
    cuts = [drawn, *(drawn_like(zone, straightened(ray, fine_m)) for ray in beyond)]
    torn = _touching_both_sides(faces_of([zone.boundary, *cuts], zone), drawn)
    met = crossings(drawn) if len(torn) else []
    for number in range(PASSES):
        inner = bisectors(torn, line, reach_m, tolerance_m, met=met, every=number > 0)
        inner = [drawn_like(zone, cut) for cut in inner]
        inner += stars(met, torn, STAR_TOLERANCES * drawn_to(tolerance_m)) if number else []
        if not inner:
            break
        cuts += inner
        torn = _touching_both_sides(faces_of([zone.boundary, *cuts], shapely.union_all(torn)), drawn)
    return cuts


def faces_of(cuts: list[BaseGeometry], ground: BaseGeometry, grid_deg: float = GRID_DEG) -> NDArray[np.object_]:
    """Faces of lines noded together, those that lie on some ground."""
    net = shapely.union_all([cut for cut in cuts if not cut.is_empty], grid_size=grid_deg)
    faces = shapely.get_parts(shapely.polygonize([net]))
    shapely.prepare(ground)
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    return np.asarray(faces[shapely.contains_xy(ground, inner[:, 0], inner[:, 1])])


def joined(faces: NDArray[np.object_]) -> shapely.MultiPolygon:
    """Faces of one side as polygons that keep every vertex."""
    ground = shapely.orient_polygons(shapely.normalize(shapely.coverage_union_all(faces)))
    return shapely.MultiPolygon([part for part in shapely.get_parts(ground) if part.geom_type == "Polygon"])


def _touching_both_sides(faces: NDArray[np.object_], drawn: BaseGeometry) -> NDArray[np.object_]:
    """Faces that touch both sides of the line."""
    beside, side = _beside(drawn)
    hits, points = shapely.STRtree(beside).query(faces, predicate="contains")
    left, right = (np.isin(np.arange(len(faces)), hits[side[points] == sign]) for sign in (1, -1))
    return np.asarray(faces[left & right])


def _beside(drawn: BaseGeometry) -> tuple[NDArray[np.object_], NDArray[np.int8]]:
    """Points just left (+1) and just right (-1) of the middle of every segment of a line, longitude, latitude.

    A line that crosses itself is cut there first: what lies beside a segment may change where another crosses it.
    """
    parts = shapely.get_parts(shapely.node(shapely.remove_repeated_points(drawn)))
    a, b = (
        np.vstack([shapely.get_coordinates(part)[cut] for part in parts]) for cut in (slice(None, -1), slice(1, None))
    )
    long = np.hypot(*(b - a).T) > NO_LENGTH_DEG
    a, b = a[long], b[long]
    step = b - a
    leftward = np.column_stack([-step[:, 1], step[:, 0]]) / np.hypot(step[:, 0], step[:, 1])[:, None]
    beside = np.minimum(BESIDE_DEG, BESIDE_SHARE * np.hypot(step[:, 0], step[:, 1]))[:, None]
    points = [shapely.points((a + b) / 2 + sign * beside * leftward) for sign in (1, -1)]
    return np.concatenate(points), np.repeat(np.array([1, -1], dtype=np.int8), len(a))
