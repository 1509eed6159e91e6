"""Lay the zone between two forward lines, and the middle line of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import geodata, geodesy
from dmz.control import border, partition
from dmz.control.held import Floats
from dmz.errors import GeometryError, InputError, PartyError
from dmz.geodata import WGS84
from dmz.line import GRID_DEG, Line

# Step between vertices of the zone's edges: straight in longitude and latitude they part from geodesics by 2 cm.
STEP_M = 1_000.0
# How near the middle line lies to half-way, metres; where the zone is narrower than twice this, it has none.
HALFWAY_M = 0.5
LINES = {"LineString", "MultiLineString"}


@dataclass(frozen=True, eq=False)
class Between:
    """Ground between two forward lines.

    Parameters
    ----------
    zone
        One row: ``zone`` (``"between"``), ``area_km2``, ``width_min_m``, ``width_max_m`` (twice the least and the
        largest distance from the middle line to either), ``length_km`` of the middle line, ``geometry``.
    halves
        The zone parted by the middle line: ``party`` whose forward line is the nearer, ``area_km2``, ``geometry``.
    line
        The middle line, the first party on the left; its uncertainty at each vertex is half the zone's width there: the
        line of contact, wherever it is, lies between the two.
    """

    zone: gpd.GeoDataFrame
    halves: gpd.GeoDataFrame
    line: Line


def between(
    left_line: BaseGeometry | str | Path, right_line: BaseGeometry | str | Path, *, left: str, right: str
) -> Between:
    """Zone between the forward lines of two parties, and its middle line.

    Parameters
    ----------
    left_line, right_line
        Lines, longitude, latitude on WGS 84, in any direction, or files with them. As many parts in one as in the
        other, such as the three of Cyprus; those that lie together belong together.
    left, right
        Whose they are.

    Returns
    -------
    Between
        The zone, its halves and its middle line. Looking along the middle line, the first party is on the left.

    Raises
    ------
    PartyError
        Where both are one party.
    InputError
        A geometry that is no line, or lines whose parts are not as many.
    GeometryError
        Where the lines cross, or their ends cannot be joined without crossing them.

    Notes
    -----
    The zone is closed by geodesics between the ends. The middle line is the bisector: each of its points is as far
    from one line as from the other, to half a metre, in the last metres of a tip where the two lines meet to a few
    (`dmz.geodesy.bisectors`; docs/method.md, step 10).

    Examples
    --------
    >>> west, east = (shapely.LineString([(lon, 35), (lon, 35.5)]) for lon in (33.0, 33.1))
    >>> found = between(west, east, left="west", right="east")
    >>> found.zone[["area_km2", "length_km"]].round(1)
       area_km2  length_km
    0     504.9       55.5
    >>> sorted({round(x, 5) for x, _ in found.line.geometry.coords})
    [33.05]
    """
    if left == right:
        raise PartyError(f"{left!r} stands on both sides: name two parties")
    pairs = _pairs(_lines(left_line, left), _lines(right_line, right), left, right)
    zone = shapely.MultiPolygon([_closed(one, other, left, right) for one, other in pairs])
    one, other = (shapely.MultiLineString(list(lines)) for lines in zip(*pairs, strict=True))
    faces = partition.faces(_middle(zone, one, other), zone)
    xy = partition.inner_points(faces)
    nearer = np.where(geodesy.distance(xy, one) <= geodesy.distance(xy, other), left, right).astype(object)
    halves = partition.joined(faces, nearer, "party")
    line = _middle_line(halves, one, other, (left, right))
    half_m = np.asarray(line.uncertainty_m)
    whole = {
        "zone": "between",
        "area_km2": geodesy.area(zone) / 1e6,
        "width_min_m": 2 * float(half_m.min()),
        "width_max_m": 2 * float(half_m.max()),
        "length_km": line.length_km,
        "geometry": zone,
    }
    return Between(gpd.GeoDataFrame([whole], crs=WGS84), halves, line)


def _middle_line(halves: gpd.GeoDataFrame, one: BaseGeometry, other: BaseGeometry, parties: tuple[str, str]) -> Line:
    left, right = parties
    shapes = dict(zip(halves["party"], halves.geometry, strict=True))
    if {*shapes} != {*parties}:
        raise GeometryError(f"the lines of {left} and {right} lie upon each other: there is no ground between them")
    geometry = border.shared(shapes[left], shapes[right])
    xy = shapely.get_coordinates(geometry)
    half_m = np.maximum(geodesy.distance(xy, one), geodesy.distance(xy, other))
    return Line(
        geometry,
        left,
        right,
        name=f"middle line between {left} and {right}",
        source=f"half-way between the forward lines of {left} and {right}",
        uncertainty_m=half_m,
        areas=halves[["party", "geometry"]],
    )


def _lines(line: BaseGeometry | str | Path, party: str) -> list[shapely.LineString]:
    """Parts of a line that do not touch."""
    if not isinstance(line, BaseGeometry):
        parts = shapely.get_parts(geodata.read(line, kind="line").geometry.array)
        line = shapely.line_merge(shapely.MultiLineString(list(parts)))
    if line.geom_type not in LINES or line.is_empty:
        raise InputError(f"the forward line of {party} is an empty or another geometry ({line.geom_type}): give a line")
    merged = shapely.line_merge(line) if line.geom_type == "MultiLineString" else line
    return list(shapely.get_parts(merged))


def _pairs(
    ones: list[shapely.LineString], others: list[shapely.LineString], left: str, right: str
) -> list[tuple[shapely.LineString, shapely.LineString]]:
    """Parts that lie together, both in the direction in which the first line's party is on the left."""
    if len(ones) != len(others):
        raise InputError(
            f"the forward line of {left} has {len(ones)} parts, that of {right} {len(others)}: each part needs one "
            "across from it: join or cut them"
        )
    far = np.array([[_ends_apart(one, other)[0] for other in others] for one in ones])
    found = []
    for i, j in _together(far):
        one, other = ones[i], others[j]
        if one.intersects(other) and not one.touches(other):
            at = shapely.point_on_surface(one.intersection(other))
            raise GeometryError(
                f"the forward lines of {left} and {right} cross near {at.x:.4f} E, {at.y:.4f} N: between them is no "
                "ground of one kind: mend them"
            )
        other = shapely.reverse(other) if _ends_apart(one, other)[1] else other
        side = geodesy.nearest(shapely.get_coordinates(other), one).side
        turned = side.astype(int).sum() > 0  # the other line lies on the left of the first
        found.append((shapely.reverse(one), shapely.reverse(other)) if turned else (one, other))
    return found


def _together(far: Floats) -> list[tuple[int, int]]:
    """Rows and columns of a square table paired, the nearest first; in the order of the rows."""
    left, pairs = far.copy(), []
    for _ in range(len(far)):
        i, j = (int(at) for at in np.unravel_index(left.argmin(), left.shape))
        pairs.append((i, j))
        left[i], left[:, j] = np.inf, np.inf
    return sorted(pairs)


def _ends_apart(one: shapely.LineString, other: shapely.LineString) -> tuple[float, bool]:
    """How far the ends of two lines are apart in all, metres, and whether one has to be turned for that."""
    a, b = (geodesy.to_space(shapely.get_coordinates(line)[[0, -1]]) for line in (one, other))
    along, against = (float(geodesy.separation(a, ends).sum()) for ends in (b, b[::-1]))
    return min(along, against), against < along


def _closed(one: shapely.LineString, other: shapely.LineString, left: str, right: str) -> shapely.Polygon:
    """Ground between two lines, their ends joined by geodesics."""
    ring = np.vstack([shapely.get_coordinates(one), shapely.get_coordinates(other)[::-1]])
    shape = geodesy.densify(shapely.Polygon(ring), STEP_M)
    if not shape.is_valid:
        raise GeometryError(
            f"the forward lines of {left} and {right}, their ends joined, cross themselves "
            f"({shapely.is_valid_reason(shape)}): cut their ends so that they face each other"
        )
    return shapely.set_precision(shape, GRID_DEG)


def _middle(zone: BaseGeometry, one: BaseGeometry, other: BaseGeometry) -> list[BaseGeometry]:
    """Lines in the zone along which the nearer line changes: the first sees the zone on its right, the other left."""
    xy = shapely.get_coordinates(zone)
    reach_m = max(float(geodesy.distance(xy, line).max()) for line in (one, other))
    both = shapely.MultiLineString([*one.geoms, *other.geoms])
    return geodesy.bisectors(shapely.get_parts(zone), both, reach_m, HALFWAY_M)
