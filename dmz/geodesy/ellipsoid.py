"""Measure, densify and cut on the WGS 84 ellipsoid, exactly.

Two vertices are joined by the geodesic between them, the shortest path, which takes the short way over the
antimeridian: longitudes may run on past 180, jump from 180 to -180, or stop there in two parts. A vertex at a pole may
have any longitude.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, get_args, overload

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from dmz.errors import GeometryError, InputError

GEOD = Geod(ellps="WGS84")

Floats = NDArray[np.float64]
Edges = Literal["geodesic", "lonlat"]

EARTH_M2 = 510_065_621_724_088.5  # area of the WGS 84 ellipsoid: GeographicLib, PolygonArea
RADIUS_M = 6_371_008.8  # mean radius of the Earth (IUGG)
POLE_DEG = 90.0
HALF_TURN_DEG = 180.0
TURN_DEG = 360.0
NO_AREA_M2 = 1.0  # more than rounding leaves of a ring that goes to and fro: 0.1 m2 an edge (Karney 2013)


def length(geometry: BaseGeometry) -> float:
    """Geodesic length of all lines and rings, in metres.

    Parameters
    ----------
    geometry
        Any geometry, longitude, latitude on WGS 84. Polygons count with their perimeter and that of their holes; a
        seam on which they are split at the antimeridian is an edge like any other. Points and what is empty have 0.

    Raises
    ------
    GeometryError
        Where a coordinate is not finite or a latitude beyond 90.

    Notes
    -----
    Karney, C. F. F. (2013), Algorithms for geodesics, J. Geodesy 87, 43-55, doi:10.1007/s00190-012-0578-z, through
    PROJ: within 15 nm an edge. For edges straight in longitude and latitude measure ``densify(..., edges="lonlat")``.

    Examples
    --------
    >>> round(length(shapely.LineString([(36, 35), (37, 35)])))
    91288
    >>> round(length(shapely.LineString([(179.9, 0), (-179.9, 0)])))
    22264
    """
    _, step = inverse(*segments(geometry))
    return float(step.sum())


def area(geometry: BaseGeometry) -> float:
    """Area of polygons in square metres, each edge a geodesic.

    Parameters
    ----------
    geometry
        Any geometry, longitude, latitude on WGS 84; its polygons count, holes subtracted, rings in any direction.
        A polygon over the antimeridian may run on past 180, jump from 180 to -180, or be split there (RFC 7946,
        section 3.1.9); one around a pole may be the ring alone, or closed along the antimeridian and the pole.
        Points, lines and what is empty have 0.

    Raises
    ------
    GeometryError
        Where a coordinate is not finite or a latitude beyond 90; where an edge runs all the way round the Earth and
        nothing is left of the ring, as in ``shapely.box(-180, 60, 180, 90)``: a geodesic has no such edge.

    Notes
    -----
    Karney (2013, see `length`), section 6: the areas between the edges and the equator, summed round a ring, are that
    of one side; the Earth's less it is the other's. Of the two stands the one nearer to the ring's area on the plane of
    longitude and sine of latitude, so a polygon may be larger than a hemisphere; a ring around a pole that does not
    touch it encloses the smaller side. An edge of exactly 180 degrees of longitude goes over the pole. Validity is not
    checked: the lobes of a ring that crosses itself have opposite signs.

    Examples
    --------
    >>> round(area(shapely.box(36, 35, 37, 36)) / 1e6)
    10066

    Over the antimeridian, run on and split; around a pole, the ring alone and closed:

    >>> one = shapely.Polygon([(179, 35), (180, 35), (181, 35), (181, 36), (180, 36), (179, 36)])
    >>> two = shapely.MultiPolygon([shapely.box(179, 35, 180, 36), shapely.box(-180, 35, -179, 36)])
    >>> round(area(one) / 1e6), round(area(two) / 1e6)
    (20133, 20133)
    >>> ring = [(-180, 89), (-90, 89), (0, 89), (90, 89), (180, 89)]
    >>> round(area(shapely.Polygon(ring))), round(area(shapely.Polygon([*ring, (180, 90), (-180, 90)])))
    (24952305678, 24952305678)
    """
    parts = simple_parts(geometry)
    rings, owner = shapely.get_rings(parts, return_index=True)
    first = np.diff(owner, prepend=-1) > 0
    sizes = np.array([_ring_area(shapely.get_coordinates(ring)) for ring in rings])
    return float(sizes[first].sum() - sizes[~first].sum())


def densify(geometry: BaseGeometry, max_segment_m: float, *, edges: Edges = "geodesic") -> BaseGeometry:
    """Insert vertices so that no segment is longer than `max_segment_m`.

    The vertices of the input stay to the last bit. Longitudes put in run on from their neighbours: past 180 where the
    input does, and with one jump, on the antimeridian, where the input jumps.

    Parameters
    ----------
    geometry
        Any geometry, longitude, latitude on WGS 84.
    max_segment_m
        Longest segment of the result, metres.
    edges
        What joins two vertices of the input: ``"geodesic"`` (the house rule), which takes the short way over the
        antimeridian, or ``"lonlat"``, straight in longitude and latitude as RFC 7946 section 3.1.1 draws it, which
        never does: from 179.9 to -179.9 it goes round the Earth.

    Raises
    ------
    InputError
        Where `max_segment_m` is not above 0 or `edges` neither of the two.
    GeometryError
        Where a coordinate is not finite or a latitude beyond 90.

    Notes
    -----
    Equal parts are equal in metres along a geodesic (Karney 2013, see `length`), equal in degrees along a lonlat edge;
    there a part is held below `max_segment_m` by the largest radii of curvature along its edge. How far the two
    edges part, `edge_offset_m` measures: 0.34 km for 100 km due east at 60 N, 14 mm for 1 km at 35 N.

    Examples
    --------
    >>> line = shapely.LineString([(0, 60), (10, 60)])
    >>> round(densify(line, 1e5).bounds[3], 2), densify(line, 1e5, edges="lonlat").bounds[3]
    (60.09, 60.0)
    >>> [round(lon, 9) for lon, _ in densify(shapely.LineString([(179.8, 0), (-179.8, 0)]), 12_000).coords]
    [179.8, 179.9, 180.0, -179.9, -179.8]
    """
    if not max_segment_m > 0:
        raise InputError(f"max_segment_m is {max_segment_m}; give a length above 0, in metres")
    if edges not in get_args(Edges):
        raise InputError(f"edges is {edges!r}; it is one of {', '.join(map(repr, get_args(Edges)))}")
    _check(geometry)
    return map_coordinates(geometry, lambda xy: _insert(xy, max_segment_m, edges))


@overload
def interpolate(line: BaseGeometry, chainage_m: float) -> shapely.Point: ...
@overload
def interpolate(line: BaseGeometry, chainage_m: Sequence[float] | NDArray[np.generic]) -> NDArray[np.object_]: ...
def interpolate(line: BaseGeometry, chainage_m: ArrayLike) -> shapely.Point | NDArray[np.object_]:
    """Points at distances along a line, from its start, by Karney's direct problem (2013, see `length`).

    Parameters
    ----------
    line
        Line, ring or multi-line, longitude, latitude on WGS 84. Parts follow each other in their order, gaps between
        them count nothing: where two meet, the point is the start of the later.
    chainage_m
        Metres from the start, a number or an array of any shape; clamped to the ends of the line.

    Returns
    -------
    shapely.Point or numpy.ndarray
        A point for a number; points in the shape of `chainage_m` for an array. At a vertex, that vertex to the last
        bit; between two, longitudes as `densify` gives them.

    Raises
    ------
    GeometryError
        Where the line is not a line, is empty, has a coordinate that is not finite or a latitude beyond 90.
    InputError
        Where a chainage is not a number.

    Examples
    --------
    >>> line = shapely.LineString([(36, 35), (37, 35)])
    >>> print(shapely.set_precision(interpolate(line, 45_644), 1e-5))
    POINT (36.5 35.00103)
    >>> [point.x for point in interpolate(line, [-5, 1e9])]
    [36.0, 37.0]
    """
    asked = _chainages(chainage_m)
    track = _Track(line)
    found = shapely.points(track.at(asked.ravel())).reshape(asked.shape)
    return found if asked.ndim else found.item()


def substring(line: BaseGeometry, from_m: float, to_m: float) -> BaseGeometry:
    """Piece of a line between two distances from its start, with all vertices in between to the last bit.

    Where it runs over several parts of the line it is a multi-line.

    Parameters
    ----------
    line
        Line, ring or multi-line, longitude, latitude on WGS 84; parts follow each other as in `interpolate`.
    from_m, to_m
        Where the piece starts and ends, metres from the start of the line, clamped to its ends; both as `interpolate`
        puts them. Where `from_m` is the larger, the piece runs against the line.

    Raises
    ------
    GeometryError
        As `interpolate`.
    InputError
        Where a distance is not a number, or the two are the same place on the line: the piece has no length, and
        `interpolate` gives the point.

    Examples
    --------
    >>> line = shapely.LineString([(36, 35), (37, 35), (37, 36)])
    >>> piece = substring(line, 90_000, 100_000)
    >>> len(piece.coords), round(length(piece), 6)
    (3, 10000.0)
    >>> substring(line, 100_000, 90_000).equals_exact(piece.reverse())
    True
    """
    asked = _chainages((from_m, to_m))
    track = _Track(line)
    low, high = np.clip(np.sort(asked), 0.0, track.length_m)
    if not high > low:
        raise InputError(
            f"no piece of the line lies between {from_m} and {to_m} m: it is {track.length_m:.3f} m long; "
            "interpolate gives the point at a distance"
        )
    pieces = track.between(low, high)
    if from_m > to_m:
        pieces = [xy[::-1] for xy in reversed(pieces)]
    return shapely.LineString(pieces[0]) if len(pieces) == 1 else shapely.MultiLineString(pieces)


def map_coordinates(geometry: BaseGeometry, change: Callable[[Floats], Floats]) -> BaseGeometry:
    """Rebuild a geometry from each of its coordinate sequences changed; the number of vertices may change."""
    if geometry.is_empty:
        return geometry
    if geometry.geom_type in {"Point", "LineString", "LinearRing"}:
        return type(geometry)(change(shapely.get_coordinates(geometry)))
    if geometry.geom_type == "Polygon":
        rings = [change(shapely.get_coordinates(ring)) for ring in (geometry.exterior, *geometry.interiors)]
        return shapely.Polygon(rings[0], rings[1:])
    return type(geometry)([map_coordinates(part, change) for part in geometry.geoms])


class _Track:
    """The segments of a line in a row, each with the chainage of its start."""

    def __init__(self, line: BaseGeometry) -> None:
        _check(line)
        if line.geom_type not in {"LineString", "LinearRing", "MultiLineString"} or line.is_empty:
            found = f"an empty {line.geom_type}" if line.is_empty else f"a {line.geom_type}"
            raise GeometryError(f"chainage needs a line, not {found}; of a polygon, give its exterior")
        self.start, self.end = segments(line)
        self.azimuth, step = inverse(self.start, self.end)
        self.chainage = np.concatenate([[0.0], np.cumsum(step)])
        self.length_m = float(self.chainage[-1])
        count = shapely.get_num_coordinates(shapely.get_parts(line)) - 1
        self.parts = np.concatenate([[0], np.cumsum(np.maximum(count, 0))])  # first segment of each part, and the end

    def at(self, chainage_m: Floats) -> Floats:
        """Longitudes and latitudes at chainages, shape (n, 2)."""
        at = np.clip(chainage_m, 0.0, self.length_m)
        i = np.clip(np.searchsorted(self.chainage, at, side="right") - 1, 0, len(self.start) - 1)
        xy = _walk(self.start[i], self.end[i], self.azimuth[i], at - self.chainage[i])
        xy[at >= self.length_m] = self.end[-1]
        return xy

    def between(self, low_m: float, high_m: float) -> list[Floats]:
        """Vertices of the piece between two chainages, one array a part, shape (n, 2)."""
        tips = self.at(np.array([low_m, high_m]))
        pieces = []
        for first, stop in zip(self.parts[:-1], self.parts[1:], strict=True):
            chainage = self.chainage[first : stop + 1]
            if chainage[-1] <= low_m or chainage[0] >= high_m:
                continue
            xy = np.vstack([self.start[first:stop], self.end[stop - 1]])
            head = tips[:1] if chainage[0] < low_m else xy[:1]
            tail = tips[1:] if chainage[-1] > high_m else xy[-1:]
            inside = (chainage > low_m) & (chainage < high_m)
            pieces.append(np.vstack([head, xy[1:-1][inside[1:-1]], tail]))
        return pieces


def _chainages(chainage_m: ArrayLike) -> Floats:
    asked = np.asarray(chainage_m, dtype=np.float64)
    if np.isnan(asked).any():
        place = f", first at {np.flatnonzero(np.isnan(asked))[0]}," if asked.ndim else ""
        raise InputError(f"a distance along the line{place} is not a number; give metres from its start")
    return asked


def _check(geometry: BaseGeometry) -> None:
    """Refuse what is no place on Earth."""
    if not isinstance(geometry, BaseGeometry):
        raise GeometryError(f"{geometry!r} is not a geometry; give a shapely geometry")
    xy = shapely.get_coordinates(geometry)
    if not np.isfinite(xy).all():
        at = int(np.flatnonzero(~np.isfinite(xy).all(axis=1))[0])
        raise GeometryError(f"vertex {at} of the {geometry.geom_type} is {tuple(xy[at].tolist())}; drop it or mend it")
    if (np.abs(xy[:, 1]) > POLE_DEG).any():
        at = int(np.argmax(np.abs(xy[:, 1])))
        found = f"vertex {at} of the {geometry.geom_type} has the latitude {xy[at, 1]:g}, beyond 90"
        raise GeometryError(f"{found}: give longitude, latitude in degrees, in this order (EPSG:4326)")


def simple_parts(geometry: BaseGeometry) -> NDArray[np.object_]:
    """Points, lines, rings and polygons that a geometry consists of."""
    _check(geometry)
    parts = shapely.get_parts(geometry)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts = shapely.get_parts(parts)
    return np.asarray(parts)


def segments(geometry: BaseGeometry) -> tuple[Floats, Floats]:
    """Starts and ends of the segments of all lines and rings, shape (n, 2) each."""
    parts = simple_parts(geometry)
    strings = np.concatenate([parts[shapely.get_dimensions(parts) == 1], shapely.get_rings(parts)])
    xy, string = shapely.get_coordinates(strings, return_index=True)
    joined = string[1:] == string[:-1]
    return xy[:-1][joined], xy[1:][joined]


def at_pole(xy: Floats) -> NDArray[np.bool_]:
    """Which points, longitude, latitude, are poles."""
    return np.asarray(np.abs(xy[:, 1]) == POLE_DEG)


def inverse(start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Azimuth at the start, degrees, and length, metres, of geodesics."""
    azimuth, _, step = GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    return np.asarray(azimuth), np.asarray(step)


def _short_way(width: Floats) -> Floats:
    """Differences of longitude brought to -180 to 180; what is there already stays."""
    brought = np.remainder(width + HALF_TURN_DEG, TURN_DEG) - HALF_TURN_DEG
    return np.where(np.abs(width) <= HALF_TURN_DEG, width, brought)


def _ring_area(xy: Floats) -> float:
    """Area inside a ring; see `area` for which of its two sides that is."""
    size = abs(GEOD.polygon_area_perimeter(xy[:, 0], xy[:, 1])[0])
    width = np.diff(xy[:, 0])
    on_pole = at_pole(xy[1:]) & (xy[1:, 1] == xy[:-1, 1])
    round_earth = ~on_pole & (np.abs(width) >= TURN_DEG)
    if round_earth.any() and size < NO_AREA_M2:
        lat = xy[:-1][round_earth][0, 1]
        raise GeometryError(
            f"an edge at latitude {lat:g} runs all the way round the Earth, where a geodesic has no length, and the "
            'ring no area; densify(geometry, 10_000, edges="lonlat") first, or give the edge vertices'
        )
    short = np.where(on_pole, width, _short_way(width))
    if abs(short.sum()) > HALF_TURN_DEG:  # around a pole
        return float(size)
    sine = np.sin(np.radians(xy[:, 1]))
    drawn = abs(np.radians(short) @ (sine[1:] + sine[:-1])) / 2 * EARTH_M2 / (4 * np.pi)
    return float(min(size, EARTH_M2 - size, key=lambda side: abs(side - drawn)))


def _insert(xy: Floats, max_segment_m: float, edges: Edges) -> Floats:
    """Vertices with equal parts inserted in every segment that is too long."""
    start, end = xy[:-1], xy[1:]
    step, azimuth = _longest_lonlat(start, end), np.zeros(len(start))
    long = step > max_segment_m  # no geodesic is longer than the lonlat edge
    if edges == "geodesic" and long.any():
        azimuth[long], step[long] = inverse(start[long], end[long])
    pieces = np.maximum(1, np.ceil(step / max_segment_m)).astype(np.int64)
    segment = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(segment)) - (np.cumsum(pieces) - pieces)[segment]
    inner = np.flatnonzero(number)
    here, share = segment[inner], (number / pieces[segment])[inner]
    points = start[segment]
    if edges == "geodesic":
        points[inner] = _walk(start[here], end[here], azimuth[here], step[here] * share)
    else:
        points[inner] += (end - start)[here] * share[:, None]
    return np.vstack([points, xy[-1:]])


def _longest_lonlat(start: Floats, end: Floats) -> Floats:
    """Bound of the length of lonlat edges, metres, that equal parts of them share equally."""
    lat = np.abs(np.radians([start[:, 1], end[:, 1]]))
    farthest = lat.max(axis=0)
    nearest = np.where(start[:, 1] * end[:, 1] < 0, 0.0, lat.min(axis=0))
    prime = GEOD.a / np.sqrt(1 - GEOD.es * np.sin(farthest) ** 2)  # both radii of curvature grow with latitude
    meridian = prime**3 * (1 - GEOD.es) / GEOD.a**2
    width, height = np.abs(np.radians(end - start)).T
    return np.asarray(np.hypot(meridian * height, prime * np.cos(nearest) * width))


def _walk(start: Floats, end: Floats, azimuth: Floats, metres: Floats) -> Floats:
    """Points at a distance from the start of geodesics, longitudes running on from there.

    Where the numbers of start and end jump by whole turns, so do those between, on the antimeridian.
    """
    lon, lat, _ = GEOD.fwd(start[:, 0], start[:, 1], azimuth, metres)
    origin = np.where(at_pole(start), end[:, 0], start[:, 0])  # at a pole a longitude is only a name
    width = _short_way(end[:, 0] - origin)
    east = _short_way(np.asarray(lon) - origin)
    over_pole = (east * width < 0) & (np.abs(east) > POLE_DEG)  # -180 for 180
    east = np.where(over_pole, east + np.copysign(TURN_DEG, width), east)
    jump = np.round((end[:, 0] - origin - width) / TURN_DEG) * TURN_DEG
    way = np.copysign(1.0, width)
    seam = np.ceil((origin * way - HALF_TURN_DEG) / TURN_DEG) * TURN_DEG + HALF_TURN_DEG  # the next one on this way
    lon = origin + east + np.where((origin + east) * way > seam, jump, 0.0)
    xy = np.column_stack([lon, lat])
    xy[metres == 0] = start[metres == 0]
    return xy
