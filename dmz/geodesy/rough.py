"""Sketch the outline of a zone a little outside it, by planar buffers: right in its shape, not yet in its place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz.geodesy.ellipsoid import RADIUS_M, Floats
from dmz.geodesy.frame import Frame, farthest_from, frame_around, frame_at
from dmz.geodesy.sites import coordinates
from dmz.geodesy.space import Index, size, to_space

# Share of the margin by which the line may be simplified before it is buffered.
SIMPLIFY_SHARE = 0.3
# Segments a piece has; GEOS leaves out bends of up to 1 % of the distance, so a finer sketch takes them one by one.
PIECE, COARSE = 8, 5e-4
# Square of the eccentricity: radii of curvature of one place differ by no more than this share.
ECCENTRIC = 0.0067
# Edges of the smallest ring.
FEWEST = 24
POLYGONS = {"Polygon", "MultiPolygon"}


@dataclass(frozen=True)
class Rings:
    """Closed rings one after another, interior on the left.

    `points` are their vertices in space, shape (n, 3), `ring` the number of the ring of each, `polygon` the number of
    the polygon of each ring; the first ring of a polygon is its outer one.
    """

    points: Floats
    ring: Index
    polygon: Index


def sketch(dense: BaseGeometry, distance_m: float, margin: float, step_m: float) -> Rings:
    """Rings a little outside the zone of all points within a distance of a geometry.

    Parameters
    ----------
    dense
        Longitude, latitude, with vertices close enough that a frame may join them by straight lines.
    distance_m
        Depth of the zone, metres.
    margin
        How far outside the zone to draw, as a share of its depth; gaps and holes smaller than that are not resolved.
    step_m
        Longest edge of the rings, metres.

    Notes
    -----
    A planar buffer of one long line spends its time on crossings of its own raw outline; cut into short pieces that are
    buffered apart and united, the same zone is drawn 4 to 12 times as fast.
    """
    points = to_space(shapely.get_coordinates(dense))
    limit_m = RADIUS_M * math.sqrt(6 * margin)
    extent_m = float(size((points.max(axis=0) - points.min(axis=0))[None])[0])
    if extent_m / 2 <= limit_m or len(points) == 1:
        frame = frame_around(points)
        zone = shapely.union_all(_swollen(frame, _outlines(dense), distance_m, margin))
    else:
        frame = frame_at(-farthest_from(points))
        runs = _runs(dense, limit_m)
        zone = shapely.union_all([_tile(frame, run, distance_m, margin) for run in runs])
    if dense.geom_type in POLYGONS:
        zone = shapely.union(zone, shapely.make_valid(_flat(frame, dense)))
    return _rings(frame, zone, step_m)


def _outlines(dense: BaseGeometry) -> BaseGeometry:
    return shapely.boundary(dense) if dense.geom_type in POLYGONS else dense


def _swollen(frame: Frame, dense: BaseGeometry, distance_m: float, margin: float) -> NDArray[np.object_]:
    """Buffers, in a frame, that together hold every point within a distance of lines or points.

    A way that passes the centre at h is stretched by h^2 / 6 R^2 (Riemann's normal coordinates), on the ellipsoid by
    what its radii differ besides.
    """
    flat = _flat(frame, dense)
    off_m = float(np.hypot(*shapely.get_coordinates(flat).T).max())
    stretch = (off_m**2 + ECCENTRIC * (off_m + distance_m) ** 2) / (6 * RADIUS_M**2)
    lines = shapely.simplify(flat, SIMPLIFY_SHARE * margin * distance_m, preserve_topology=False)
    pieces = _pieces(lines, PIECE if margin >= COARSE else 1)
    quad_segs = math.ceil(math.pi / 4 / math.sqrt(2 * SIMPLIFY_SHARE * margin))  # sagitta (1 - cos) below the share
    return np.asarray(shapely.buffer(pieces, distance_m * (1 + margin + 1.2 * stretch), quad_segs=quad_segs))


def _pieces(lines: BaseGeometry, count: int) -> NDArray[np.object_]:
    """Lines cut into runs of a few segments; points as they are."""
    pieces: list[BaseGeometry] = []
    for line in shapely.get_parts(lines):
        xy = shapely.get_coordinates(line)
        cut = [shapely.LineString(xy[i : i + count + 1]) for i in range(0, len(xy) - 1, count)]
        pieces += cut or [line]
    return np.array(pieces)


def _tile(whole: Frame, run: BaseGeometry, distance_m: float, margin: float) -> BaseGeometry:
    """Buffer of one run drawn in a frame of its own and brought into the frame of all."""
    own = frame_around(to_space(shapely.get_coordinates(run)))
    zone = shapely.union_all(_swollen(own, run, distance_m, margin))
    zone = shapely.segmentize(zone, min(distance_m / 4, math.sqrt(8 * RADIUS_M * SIMPLIFY_SHARE * margin * distance_m)))
    return shapely.make_valid(shapely.transform(zone, lambda xy: whole.flat(own.space(xy))))


def _flat(frame: Frame, geometry: BaseGeometry) -> BaseGeometry:
    return shapely.transform(geometry, lambda xy: frame.flat(to_space(xy)))


def _runs(dense: BaseGeometry, length_m: float) -> Iterator[BaseGeometry]:
    """Cut lines and boundaries into runs of about a length; single points stay."""
    for xy in coordinates(dense):
        points = to_space(xy)
        if len(xy) == 1:
            yield shapely.Point(xy[0])
            continue
        run = (np.cumsum(size(points[1:] - points[:-1])) // length_m).astype(np.int64)
        for number in np.unique(run):
            segments = np.flatnonzero(run == number)
            yield shapely.LineString(xy[segments[0] : segments[-1] + 2])


def _rings(frame: Frame, zone: BaseGeometry, step_m: float) -> Rings:
    """Every ring of the polygons, interior on the left, with edges of at most a length, in space."""
    found, polygon = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(zone)), return_index=True)
    found = shapely.segmentize(found, np.minimum(step_m, shapely.length(found) / FEWEST))
    rings = [shapely.get_coordinates(ring)[:-1] for ring in found]
    ring = np.repeat(np.arange(len(rings)), [len(xy) for xy in rings])
    return Rings(frame.space(np.concatenate(rings)), ring, polygon)
