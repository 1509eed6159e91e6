"""Lay the belts of an agreement along a line under a reading."""

from __future__ import annotations

from collections.abc import Mapping
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
# Longest segment of the line as it is noded with the rest.
LINE_STEP_M = 1_000.0
# Step along the line for the bisector between two of its parts: it is right to step^2 / (8 distance), 6 cm at 20 km.
BISECTOR_STEP_M = 100.0
# How far beside the line a face is asked which side it touches: 0.1 m.
BESIDE_DEG = 1e-6


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
        ``party``, ``depth_from_m``, ``depth_to_m``, ``area_km2``, ``max_deviation_m`` (largest distance by which a
        boundary point of the unclipped zone misses its depth), ``geometry`` (MultiPolygon). The rows are a partition:
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
    The boundaries of all buffers, the line, its extensions beyond its ends, the theatre and the areas are noded
    together on a grid of 1e-7 degrees and made into faces; every face is one side, one depth, one holder. Where a face
    lies between two parts of the line, the bisector between them is added.

    Examples
    --------
    >>> front = Line(shapely.LineString([(36.0, 35.5), (36.5, 35.6)]), left="north", right="south")
    >>> zones(front, depth_km=(15, 20), reading="deep", party="north")[["zone", "area_km2"]].round(1)
                    zone  area_km2
    0    deep-core-north    1053.5
    1  deep-fringe-north     508.3
    """
    belts = _belts(line, depth_km, reading, party)
    theatre = _theatre(within)
    rings = {far: _ring(line, far) for far in sorted({belt.far_m for belt in belts})}
    faces = _faces(line, rings, theatre, ends)
    if not len(faces):
        raise GeometryError(_off_the_theatre(line, theatre))
    side = _sides(line, faces)
    depth_m = _depths(faces, rings)
    deviation = {far: geodesy.deviation(ring, line.geometry, far) for far, ring in rings.items()}
    rows = []
    for belt in belts:
        inside = (side == getattr(line, belt.side)) & (depth_m > belt.near_m) & (depth_m <= belt.far_m)
        if inside.any():
            rows.append(_row(line, reading, belt, faces[inside]) | {"max_deviation_m": _worst(belt, deviation)})
    if not rows:
        raise GeometryError(_off_the_theatre(line, theatre))
    return gpd.GeoDataFrame(rows, crs=WGS84)


def _belts(line: Line, depth_km: Depth | Mapping[str, Depth], reading: Reading, party: str | None) -> list[Belt]:
    """Turn the words of a reading into belts on either side of the line."""
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


def _ring(line: Line, far_m: float) -> BaseGeometry:
    return shapely.set_precision(geodesy.buffer(line.geometry, far_m), GRID_DEG)


def _faces(
    line: Line, rings: dict[float, BaseGeometry], theatre: BaseGeometry | None, ends: Ends
) -> NDArray[np.object_]:
    """Cut the ground of the zone into faces that are each of one side, one depth and one holder."""
    outer = rings[max(rings)]
    cuts = [*(ring.boundary for ring in rings.values()), *_dividing(line, outer, max(rings))]
    ground = outer
    if theatre is not None:
        ground = shapely.intersection(ground, theatre)
        cuts.append(theatre.boundary)
    if line.areas is not None:
        cuts += [area.boundary for area in line.areas.geometry]
    if ends == "flat":
        caps = geodesy.caps(line.geometry, max(rings))
        ground = shapely.difference(ground, caps)
        cuts += [cap.boundary for cap in shapely.get_parts(caps)]
    return _polygonized([shapely.intersection(cut, outer) for cut in cuts], ground)


def _dividing(line: Line, outer: BaseGeometry, reach_m: float) -> list[BaseGeometry]:
    """What parts the left of the line from its right: the line, its extensions, bisectors between its parts."""
    drawn = geodesy.densify(line.geometry, LINE_STEP_M)
    dividing = [drawn, *geodesy.rays(line.geometry, reach_m)]
    torn = _touching_both_sides(_polygonized([outer.boundary, *dividing], outer), drawn)
    return [*dividing, _bisectors(torn, drawn)] if len(torn) else dividing


def _polygonized(cuts: list[BaseGeometry], ground: BaseGeometry) -> NDArray[np.object_]:
    """Faces of all the cuts noded together, those that lie on the ground."""
    net = shapely.union_all([cut for cut in cuts if not cut.is_empty], grid_size=GRID_DEG)
    faces = shapely.get_parts(shapely.polygonize([net]))
    shapely.prepare(ground)
    return np.asarray(faces[_contains(ground, faces)])


def _contains(ground: BaseGeometry, faces: NDArray[np.object_]) -> NDArray[np.bool_]:
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    return np.asarray(shapely.contains_xy(ground, inner[:, 0], inner[:, 1]))


def _touching_both_sides(faces: NDArray[np.object_], drawn: BaseGeometry) -> NDArray[np.object_]:
    """Faces that touch both sides of the line.

    A face that touches one side only is of that side throughout: from any of its points the way to the nearest point
    of the line crosses neither the line nor, since a ray ends where another part is nearer, a ray.
    """
    beside, side = _beside(drawn)
    points, hits = shapely.STRtree(faces).query(beside, predicate="within")
    left, right = (np.isin(np.arange(len(faces)), hits[side[points] == sign]) for sign in (1, -1))
    return np.asarray(faces[left & right])


def _beside(drawn: BaseGeometry) -> tuple[NDArray[np.object_], NDArray[np.int8]]:
    """Points just left (+1) and just right (-1) of the middle of every segment of a line, longitude, latitude."""
    a, b = (
        np.vstack([shapely.get_coordinates(part)[cut] for part in shapely.get_parts(drawn)])
        for cut in (slice(None, -1), slice(1, None))
    )
    step = b - a
    leftward = np.column_stack([-step[:, 1], step[:, 0]]) / np.hypot(step[:, 0], step[:, 1])[:, None]
    points = [shapely.points((a + b) / 2 + sign * BESIDE_DEG * leftward) for sign in (1, -1)]
    return np.concatenate(points), np.repeat(np.array([1, -1], dtype=np.int8), len(a))


def _bisectors(torn: NDArray[np.object_], drawn: BaseGeometry) -> BaseGeometry:
    """Lines, inside faces that touch both sides, along which two parts of the line are equally near."""
    ground = shapely.union_all(torn)
    plane = geodesy.plane_at(ground)
    samples = shapely.extract_unique_points(shapely.segmentize(plane.forward(drawn), BISECTOR_STEP_M))
    edges = shapely.voronoi_polygons(samples, only_edges=True, extend_to=plane.forward(ground))
    return shapely.intersection(plane.inverse(edges), ground)


def _sides(line: Line, faces: NDArray[np.object_]) -> NDArray[np.object_]:
    """Party that holds each face."""
    return holders(line, shapely.get_coordinates(shapely.point_on_surface(faces)))


def _depths(faces: NDArray[np.object_], rings: dict[float, BaseGeometry]) -> NDArray[np.float64]:
    """Depth in metres of the innermost buffer that holds each face."""
    depth = np.full(len(faces), np.inf)
    for far in sorted(rings, reverse=True):
        shapely.prepare(rings[far])
        depth[_contains(rings[far], faces)] = far
    return depth


def _worst(belt: Belt, deviation: dict[float, float]) -> float:
    return max(deviation[edge] for edge in (belt.near_m, belt.far_m) if edge in deviation)


def _row(line: Line, reading: Reading, belt: Belt, faces: NDArray[np.object_]) -> dict[str, object]:
    party = getattr(line, belt.side)
    ground = shapely.orient_polygons(shapely.normalize(shapely.coverage_union_all(faces)))
    shape = shapely.MultiPolygon([part for part in shapely.get_parts(ground) if part.geom_type == "Polygon"])
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
