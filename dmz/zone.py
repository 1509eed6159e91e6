"""Lay the belts of an agreement along a line under a reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.errors import GeometryError, InputError, PartyError
from dmz.geodata import WGS84
from dmz.line import Line, holders

Reading = Literal["each-side", "total-width", "deep", "per-side"]
Side = Literal["left", "right"]
Ends = Literal["round", "flat"]
Depth = float | tuple[float, float]
READINGS: tuple[Reading, ...] = ("each-side", "total-width", "deep", "per-side")

# The last digit of a written coordinate, 11 mm: everything is noded on this grid once, so that what is written is
# what was measured.
GRID_DEG = 1e-7
# How far a vertex may move on that grid: half its diagonal.
GRID_M = 0.008


@dataclass(frozen=True)
class Belt:
    """A strip of ground beside the line on one side: from `near_m` to `far_m` metres off it.

    `band` is ``"core"`` where every value of the range agrees, ``"fringe"`` where they differ.
    """

    side: Side
    band: Literal["core", "fringe"]
    near_m: float
    far_m: float


def zones(
    line: Line,
    *,
    depth_km: Depth | Mapping[str, Depth],
    reading: Reading = "each-side",
    party: str | None = None,
    within: BaseGeometry | gpd.GeoDataFrame | None = None,
    ends: Ends = "round",
) -> gpd.GeoDataFrame:
    """Lay a zone along a line of contact.

    Parameters
    ----------
    line
        The line of contact with its two parties, and the areas they hold where those are known.
    depth_km
        A number, or a range ``(15, 20)``: the core reaches 15 km, the fringe from 15 to 20. For ``"per-side"`` one of
        these for each party, by name.
    reading
        ``"each-side"``: the depth on both sides. ``"total-width"``: half of it on both sides. ``"deep"``: all of it on
        the ground of `party`. ``"per-side"``: each party its own.
    party
        Whose ground a ``"deep"`` zone lies on.
    within
        The theatre: polygons the zone is clipped to, longitude, latitude.
    ends
        ``"round"``: every point within the depth. ``"flat"``: only points whose nearest point is no end of the line.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a band and party, longitude, latitude on WGS 84; columns ``zone`` (an id), ``reading``, ``band``,
        ``party``, ``depth_from_m``, ``depth_to_m``, ``area_km2``, ``max_deviation_m`` (certified: no boundary
        point of the unclipped zone misses its depth by more), ``geometry`` (MultiPolygon). The rows are a partition:
        they share their boundaries vertex for vertex.

    Raises
    ------
    InputError
        A depth or reading that makes no sense.
    PartyError
        A party that is not on either side of the line.
    GeometryError
        Where no part of the zone lies in the theatre.

    Notes
    -----
    The boundaries of all buffers (`dmz.geodesy.buffered`), what parts the sides (`dmz.geodesy.dividing`), the theatre
    and the areas are noded together on a grid of 1e-7 degrees and made into faces; every face is one side, one depth,
    one holder.

    Examples
    --------
    >>> front = Line(shapely.LineString([(36.0, 35.5), (36.5, 35.6)]), left="north", right="south")
    >>> zones(front, depth_km=(15, 20), reading="deep", party="north")[["zone", "area_km2"]].round(1)
                    zone  area_km2
    0    deep-core-north    1053.5
    1  deep-fringe-north     508.2
    """
    return lay(line, belts_of(line, depth_km, reading, party), reading=reading, within=within, ends=ends)


def lay(
    line: Line,
    belts: Sequence[Belt],
    *,
    reading: str,
    within: BaseGeometry | gpd.GeoDataFrame | None = None,
    ends: Ends = "round",
) -> gpd.GeoDataFrame:
    """Lay any belts along a line; those of one side that do not overlap become a partition of its ground.

    Parameters
    ----------
    line, within, ends
        As `zones` takes them.
    belts
        Strips of either side.
    reading
        What the rows are called in ``zone`` and ``reading``.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a belt that has ground, in their order; columns as `zones` returns them.

    Raises
    ------
    GeometryError
        Where no part of any belt lies in the theatre.
    """
    theatre = _theatre(within)
    drawn = {far: geodesy.buffered(line.geometry, far) for far in sorted({belt.far_m for belt in belts})}
    rings = {far: shapely.set_precision(zone.geometry, GRID_DEG) for far, zone in drawn.items()}
    faces = _faces(line, rings, theatre, ends)
    if not len(faces):
        raise GeometryError(_off_the_theatre(line, theatre))
    side = _sides(line, faces)
    depth_m = _depths(faces, rings)
    deviation = {far: zone.max_deviation_m + GRID_M for far, zone in drawn.items()}
    rows = []
    for belt in belts:
        inside = (side == getattr(line, belt.side)) & (depth_m > belt.near_m) & (depth_m <= belt.far_m)
        if inside.any():
            rows.append(_row(line, reading, belt, faces[inside]) | {"max_deviation_m": _worst(belt, deviation)})
    if not rows:
        raise GeometryError(_off_the_theatre(line, theatre))
    return gpd.GeoDataFrame(rows, crs=WGS84)


def grounds(
    line: Line, reach_m: float, *, within: BaseGeometry | None = None, ends: Ends = "round"
) -> dict[str, shapely.MultiPolygon]:
    """Ground of each party within a distance of the line, as `zones` lays it, less ground of anybody else.

    Parameters
    ----------
    line, within, ends
        As `zones` takes them.
    reach_m
        How far off the line it goes, metres.

    Returns
    -------
    dict
        Party to MultiPolygon, longitude, latitude; empty where it has none.

    Raises
    ------
    GeometryError
        Where none of it lies in the theatre.
    """
    rings = {reach_m: shapely.set_precision(geodesy.buffer(line.geometry, reach_m), GRID_DEG)}
    faces = _faces(line, rings, within, ends)
    if not len(faces):
        raise GeometryError(_off_the_theatre(line, within))
    side = _sides(line, faces)
    return {party: geodesy.joined(faces[side == party]) for party in line.parties}


def belts_of(line: Line, depth_km: Depth | Mapping[str, Depth], reading: Reading, party: str | None) -> list[Belt]:
    """Turn the words of a reading into belts on either side of the line; parameters and errors as those of `zones`."""
    if reading not in READINGS:
        raise InputError(f"reading {reading!r} is none of {', '.join(READINGS)}")
    if reading == "per-side":
        by_side: Mapping[Side, Depth] = _own_depths(line, depth_km)
    elif isinstance(depth_km, Mapping):
        raise InputError(f"a depth for each party belongs to the reading 'per-side', not to {reading!r}")
    elif reading == "deep":
        by_side = {_side_of(line, party): depth_km}
    else:
        by_side = {"left": depth_km, "right": depth_km}
    share = 0.5 if reading == "total-width" else 1.0
    return [belt for side, depth in by_side.items() for belt in _bands(side, depth, share)]


def _own_depths(line: Line, depth_km: Depth | Mapping[str, Depth]) -> dict[Side, Depth]:
    if not isinstance(depth_km, Mapping):
        raise InputError(f"the reading 'per-side' needs a depth for each of {line.left!r} and {line.right!r}")
    return {_side_of(line, party): depth for party, depth in depth_km.items()}


def _side_of(line: Line, party: str | None) -> Side:
    if party not in line.parties:
        asked = "the reading 'deep' needs a party" if party is None else f"{party!r} is not a party to the line"
        raise PartyError(f"{asked}: it has {line.left!r} on the left and {line.right!r} on the right")
    return "left" if party == line.left else "right"


def _bands(side: Side, depth: Depth, share: float) -> list[Belt]:
    """Core and fringe of a depth in km, or of a range of depths."""
    low, high = (depth, depth) if isinstance(depth, int | float) else depth
    if not 0 < low <= high:
        raise InputError(f"depth {depth} km: give km above 0, the smaller first")
    if high * share * 1000 > geodesy.MAX_DISTANCE_M:
        raise InputError(f"depth {depth} km: a zone reaches at most {geodesy.MAX_DISTANCE_M / 1000:g} km off the line")
    low_m, high_m = low * share * 1000, high * share * 1000
    bands = [Belt(side, "core", 0.0, low_m)]
    return bands if low == high else [*bands, Belt(side, "fringe", low_m, high_m)]


def _theatre(within: BaseGeometry | gpd.GeoDataFrame | None) -> BaseGeometry | None:
    return within.union_all() if isinstance(within, gpd.GeoDataFrame) else within


def _faces(
    line: Line, rings: dict[float, BaseGeometry], theatre: BaseGeometry | None, ends: Ends
) -> NDArray[np.object_]:
    """Cut the ground of the zone into faces that are each of one side, one depth and one holder."""
    reach_m = max(rings)
    outer = ground = rings[reach_m]
    locator = geodesy.Locator(line.geometry)
    cuts = [*(ring.boundary for ring in rings.values()), *geodesy.dividing(line.geometry, outer, locator, reach_m)]
    if theatre is not None:
        theatre = geodesy.drawn_like(outer, theatre)
        ground = shapely.intersection(ground, theatre)
        cuts.append(theatre.boundary)
    if line.areas is not None:
        cuts += [geodesy.drawn_like(outer, area).boundary for area in line.areas.geometry]
    if ends == "flat":
        caps = geodesy.drawn_like(outer, geodesy.caps(line.geometry, locator, reach_m))
        ground = shapely.difference(ground, caps)
        cuts.append(caps.boundary)
    return geodesy.faces_of([shapely.intersection(cut, outer) for cut in cuts], ground, GRID_DEG)


def _sides(line: Line, faces: NDArray[np.object_]) -> NDArray[np.object_]:
    """Party that holds each face."""
    return holders(line, shapely.get_coordinates(shapely.point_on_surface(faces)))


def _depths(faces: NDArray[np.object_], rings: dict[float, BaseGeometry]) -> NDArray[np.float64]:
    """Depth in metres of the innermost buffer that holds each face."""
    depth = np.full(len(faces), np.inf)
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    for far in sorted(rings, reverse=True):
        shapely.prepare(rings[far])
        depth[shapely.contains_xy(rings[far], inner[:, 0], inner[:, 1])] = far
    return depth


def _worst(belt: Belt, deviation: dict[float, float]) -> float:
    return max(deviation[edge] for edge in (belt.near_m, belt.far_m) if edge in deviation)


def _row(line: Line, reading: str, belt: Belt, faces: NDArray[np.object_]) -> dict[str, object]:
    party = getattr(line, belt.side)
    shape = geodesy.joined(faces)
    return {
        "zone": f"{reading}-{belt.band}-{party}",
        "reading": reading,
        "band": belt.band,
        "party": party,
        "depth_from_m": belt.near_m,
        "depth_to_m": belt.far_m,
        "area_km2": geodesy.area(shape) / 1e6,
        "geometry": shape,
    }


def _off_the_theatre(line: Line, theatre: BaseGeometry | None) -> str:
    """Say that the zone is not in the theatre, and why that is likely."""
    if theatre is None:
        return f"{line.name}: the zone is empty"
    swapped = shapely.transform(line.geometry, lambda xy: xy[:, ::-1])
    hint = "its axes are swapped: write longitude first" if swapped.intersects(theatre) else "is it the right theatre?"
    return f"{line.name}: no part of its zone lies in the theatre ({hint})"
