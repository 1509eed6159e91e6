"""Lay a strip along a road, or a section of one, with its own depth on each side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any, Literal, get_args

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.along import Mark, Section, section
from dmz.errors import GeometryError, InputError
from dmz.geodata import WGS84

Ends = Literal["flat", "round"]
# Sides by name and the azimuth each looks to, degrees clockwise from north.
SIDES = ("left", "right")
COMPASS_DEG = {"north": 0.0, "east": 90.0, "south": 180.0, "west": 270.0}
# A road whose course is nearer than this to the compass point itself has no side of that name.
LEAST_ANGLE_DEG = 30.0
# Nor has one that runs backwards for more than this share of its length.
MOST_AGAINST = 0.25
# Segments by which the road's direction is judged.
STEP_M = 100.0

COLUMNS = {
    "strip": "id of the row",
    "side": "left or right, as one looks along the road in the direction of its chainage",
    "compass": "north, south, east or west where the depth was given so, else null",
    "depth_km": "depth on this side",
    "from_km": "chainage on the whole road where the strip begins",
    "to_km": "chainage where it ends",
    "length_km": "length of the road in it",
    "from_name": "what the beginning is called; null where a chainage was given",
    "to_name": "what the end is called",
    "from_off_km": "how far the place the beginning is called after lies from the road",
    "to_off_km": "how far the place the end is called after lies from the road",
    "ends": "flat: nothing beyond the ends of the section; round: all ground within the depth",
    "course_deg": "azimuth from the beginning to the end of the section, degrees clockwise from north",
    "against_share": "share of the section along which this side does not look to its compass point, 0 to 1; null "
    "where sides are left and right",
    "area_km2": "area on the ellipsoid",
    "tolerance_m": "how far a boundary point may miss the depth",
}
TOLERANCE_M = 1.0


def strip(
    road: BaseGeometry,
    *,
    depth_km: float | Mapping[str, float],
    from_: Mark | None = None,
    to: Mark | None = None,
    ends: Ends = "flat",
    within: BaseGeometry | gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Ground beside a road up to a depth on each side.

    Parameters
    ----------
    road
        LineString, longitude, latitude on WGS 84.
    depth_km
        One depth for both sides, or one a side: ``{"left": 6, "right": 3}`` as one looks along the road,
        ``{"north": 6, "south": 6}`` or ``{"east": 6, "west": 6}``. A side that is not named has no strip.
    from_, to
        Limits of the strip along the road, in whichever order: chainage in km, a point, or a place (`dmz.along.find`);
        of a place the nearest point of the road counts. None is the end of the road.
    ends
        ``"flat"``: only ground whose nearest point of the section is not one of its ends, so that the strip stops
        square to the road where the text says that it stops. ``"round"``: all ground within the depth.
    within
        The theatre: polygons the strip is clipped to.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a side, MultiPolygon, the left side first; columns as `COLUMNS`. The sides do not overlap.

    Raises
    ------
    InputError
        Where a depth is not above 0 or a side has no such name; where a limit is not on the road, or lies farther from
        it than its place allows; where a compass point has no meaning for the road's course.
    GeometryError
        Where the road is no LineString, or nothing of the strip lies in the theatre.

    Notes
    -----
    The north side is the side that north is on of the section's **overall course**, from its beginning to its end: left
    of a course to the east. It is one side of the road from end to end, also where a bend turns it south
    (`against_share` says for how much of the road). Where the course runs within 30 degrees of the compass point, or
    for more than a quarter of the road that side looks the other way, the name is refused.

    Ground is within a depth as `dmz.geodesy.sides` has it: on the ellipsoid, each point on the side of the nearest
    point of the section.

    Examples
    --------
    >>> road = shapely.LineString([(36, 35), (37, 35)])
    >>> strip(road, depth_km={"north": 6, "south": 3}, from_=20, to=70)[["strip", "from_km", "area_km2"]].round(1)
             strip  from_km  area_km2
    0   strip-left     20.0     300.0
    1  strip-right     20.0     150.0
    """
    of = section(road, from_, to)
    course = _course_deg(of.geometry)
    names = _names(depth_km, course)
    theatre = within.union_all() if isinstance(within, gpd.GeoDataFrame) else within
    rows = []
    for side, (compass, km) in names.items():
        ground = _side(of.geometry, side, km * 1000, ends)
        ground = ground if theatre is None else shapely.intersection(ground, geodesy.drawn_like(ground, theatre))
        if not ground.is_empty:
            rows.append(_row(of, side, km, ground) | _looks(of, side, compass, course) | {"ends": ends})
    if not rows:
        raise GeometryError("no part of the strip lies in the theatre: is it the right theatre, longitude first?")
    return gpd.GeoDataFrame(rows, columns=[*COLUMNS, "geometry"], crs=WGS84)


def _names(depth_km: float | Mapping[str, float], course_deg: float) -> dict[str, tuple[str | None, float]]:
    """Compass name and depth of each side, left first."""
    asked = depth_km if isinstance(depth_km, Mapping) else dict.fromkeys(SIDES, depth_km)
    if not asked or not (set(asked) <= {*SIDES} or set(asked) <= {"north", "south"} or set(asked) <= {"east", "west"}):
        raise InputError(f"sides {', '.join(map(repr, asked))}: give left and right, or north and south, or east, west")
    limit_km = geodesy.MAX_DISTANCE_M / 1000
    if bad := [f"{side} {km}" for side, km in asked.items() if not (isinstance(km, Real) and 0 < km <= limit_km)]:
        raise InputError(f"depth of {', '.join(bad)} km: give km above 0 and at most {limit_km:g}")
    named = {_side_of(side, course_deg): (None if side in SIDES else side, float(km)) for side, km in asked.items()}
    return {side: named[side] for side in SIDES if side in named}


def _side_of(name: str, course_deg: float) -> str:
    """Side of a course that is called left, right, or by a compass point."""
    if name in SIDES:
        return name
    if math.isnan(course_deg):
        raise InputError(f"the section ends where it begins: it has no {name} side; name its sides left and right")
    angle = (COMPASS_DEG[name] - course_deg + 180) % 360 - 180  # from the course to the compass point, right positive
    if not LEAST_ANGLE_DEG <= abs(angle) <= 180 - LEAST_ANGLE_DEG:
        raise InputError(
            f"the road's course is {course_deg:.0f} degrees: it has no {name} side; "
            f"name its sides {'east and west' if name in {'north', 'south'} else 'north and south'}, or left and right"
        )
    return "right" if angle > 0 else "left"


def _looks(of: Section, side: str, compass: str | None, course_deg: float) -> dict[str, Any]:
    """How a side is called, and for how much of the road the name is wrong."""
    against = np.nan if compass is None else _against(of.geometry, side, compass)
    if against > MOST_AGAINST:
        raise InputError(
            f"for {against:.0%} of the road its {side} side does not look {compass}: it winds too much to have a "
            f"{compass} side; cut it into sections, or name its sides left and right"
        )
    return {"compass": compass, "course_deg": course_deg, "against_share": against}


def _against(line: shapely.LineString, side: str, compass: str) -> float:
    """Share of a line's length along which a side looks away from a compass point."""
    xy = shapely.get_coordinates(geodesy.densify(line, STEP_M))
    azimuth, _, step = map(np.asarray, geodesy.GEOD.inv(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1]))
    outward = np.radians(azimuth + (90 if side == "right" else -90) - COMPASS_DEG[compass])
    return float(step[np.cos(outward) < 0].sum() / step.sum())


def _course_deg(line: shapely.LineString) -> float:
    xy = shapely.get_coordinates(line)
    azimuth, _, metres = geodesy.GEOD.inv(*xy[0], *xy[-1])
    return float(azimuth) % 360 if metres > 0 else math.nan


def _side(line: shapely.LineString, side: str, depth_m: float, ends: Ends) -> shapely.MultiPolygon:
    if ends not in get_args(Ends):
        raise InputError(f"ends {ends!r} is none of {', '.join(get_args(Ends))}")
    left, right = geodesy.sides(line, depth_m, TOLERANCE_M, ends=ends)
    return left if side == "left" else right


def _row(of: Section, side: str, km: float, ground: BaseGeometry) -> dict[str, Any]:
    polygons = [part for part in shapely.get_parts(ground) if part.geom_type == "Polygon"]
    shape = shapely.MultiPolygon(polygons)
    return {
        "strip": f"strip-{side}",
        "side": side,
        "depth_km": km,
        "from_km": of.from_km,
        "to_km": of.to_km,
        "length_km": of.to_km - of.from_km,
        "from_name": of.from_name,
        "to_name": of.to_name,
        "from_off_km": of.from_off_km,
        "to_off_km": of.to_off_km,
        "area_km2": geodesy.area(shape) / 1e6,
        "tolerance_m": TOLERANCE_M,
        "geometry": shape,
    }
