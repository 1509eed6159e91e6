"""Prove that a zone is the zone: nothing missing from it, no hole in the ground lost in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz.geodesy.chart import contains
from dmz.geodesy.ellipsoid import GEOD, RADIUS_M, Floats
from dmz.geodesy.outline import Depth
from dmz.geodesy.sites import POLYGON, Found, Sites
from dmz.geodesy.space import along, onto_ellipsoid, separation, size, to_degrees, to_space, unit

# Boxes looked at before a proof is given up.
MOST_BOXES = 3_000_000
# Into how many boxes a zone is cut at once, for a start.
FIRST_BOXES = 128
# Up to so many, boxes are cut in four: a round costs more than its boxes.
FEW_BOXES = 600
# Accuracy to which distances are needed, as a share of the radius of a box.
LOOSE = 0.05
# Below this the sides of a box are straight enough for Pythagoras; 1 % covers the rest.
SMALL_M = 300_000.0
# Radius at which a box is left, as a share of the tolerance.
SMALLEST = 0.1
# How far ahead of a box, in its radii, points are taken whose nearest site may rule out a summit in the box: straight
# up, then up a ridge, farther for a sharper one.
AHEAD = (1.5, 3.0, 12.0, 48.0, 384.0)
# After so many boxes those smaller than a share of the distance are looked at with the ground that lies in them.
PATIENCE, CLIPPED = 8_000, 1 / 100
# Slopes are taken for no steeper than at this angle.
STEEPEST = 1.57
# Such points are not sought for boxes larger than this share of the distance: they never vouch for those.
WORTH_ASKING = 1 / 8


@dataclass(frozen=True)
class _Boxes:
    """Boxes of longitude and latitude, west, south, east, north, degrees, shape (n, 4), and the ground to see in each.

    Once they are `clipped` that is no more than what lies in the box.
    """

    edges: Floats
    ground: NDArray[np.object_]

    def __getitem__(self, which: NDArray[np.bool_]) -> _Boxes:
        return _Boxes(self.edges[which], self.ground[which])

    @property
    def centre(self) -> Floats:
        return np.asarray((self.edges[:, :2] + self.edges[:, 2:]) / 2)

    @property
    def sides_m(self) -> Floats:
        """Width at its widest and height of each box, metres, no less than they are."""
        nearest = np.where(self.edges[:, 1] * self.edges[:, 3] > 0, np.abs(self.edges[:, [1, 3]]).min(axis=1), 0.0)
        degree = np.radians(GEOD.a * 1.0068)  # the longest degree of latitude, at the poles
        width = (self.edges[:, 2] - self.edges[:, 0]) * np.cos(np.radians(nearest))
        return np.column_stack([width, self.edges[:, 3] - self.edges[:, 1]]) * degree

    @property
    def radius_m(self) -> Floats:
        """Longest way from the centre to a point of each box, metres."""
        half = self.sides_m / 2
        return np.where(half.sum(axis=1) < SMALL_M, 1.01 * np.hypot(*half.T), half.sum(axis=1))

    def halves(self) -> _Boxes:
        """Each box cut in two across its longer side."""
        wide = self.sides_m[:, 0] >= self.sides_m[:, 1]
        one, other = self.edges.copy(), self.edges.copy()
        one[wide, 2] = other[wide, 0] = self.centre[wide, 0]
        one[~wide, 3] = other[~wide, 1] = self.centre[~wide, 1]
        return _Boxes(np.concatenate([one, other]), np.concatenate([self.ground, self.ground]))

    def clipped(self) -> _Boxes:
        """The same boxes with the ground in each."""
        return _Boxes(self.edges, np.asarray(shapely.intersection(self.ground, shapely.box(*self.edges.T))))


def is_certain(zone: BaseGeometry, sites: Sites, inside: BaseGeometry | None, depth: Depth) -> bool:
    """Whether polygons whose boundary is known to lie at the distance are the zone.

    Parameters
    ----------
    zone
        Longitude, latitude; every boundary point within the tolerance of the distance.
    sites
        What the distance is measured from.
    inside
        Polygons whose interior belongs to the zone too.
    depth
        Distance and tolerance, metres.

    Notes
    -----
    From a point nearer than r - tolerance the way to its nearest site never meets the boundary. So the point lies in
    the zone if the site does, and all sites do if one point of each part does. Conversely the distance over the zone is
    greatest on its boundary, where it is known, or at a summit of the distance inside: so the zone is free of points
    farther than r + tolerance if no such summit lies in it (`_no_summit`).
    """
    if not shapely.is_valid(zone):
        return False
    starts = to_degrees(sites.start[sites.first])
    return bool(contains(zone, starts).all()) and _no_summit(zone, sites, inside, depth)


def _no_summit(zone: BaseGeometry, sites: Sites, inside: BaseGeometry | None, depth: Depth) -> bool:
    """Whether no point of a zone is a summit of the distance higher than it may be, by branch and bound over boxes."""
    shapely.prepare(zone)
    parts, seen = shapely.get_parts(zone), 0
    boxes = _Boxes(shapely.bounds(parts), parts)
    while len(boxes.edges) < FIRST_BOXES:
        boxes = boxes.halves()
    limit = depth.distance_m + 0.9 * depth.tolerance_m
    while len(boxes.edges):
        seen += len(boxes.edges)
        if seen > MOST_BOXES:
            return False
        centre, radius = boxes.centre, (1 + LOOSE) * boxes.radius_m
        point = to_space(centre)
        found = sites.nearest(point, LOOSE * radius)
        distance = found.distance_m.copy()
        if inside is not None:
            distance[contains(inside, centre)] = 0.0
        beyond = np.flatnonzero(distance > limit)
        beyond = beyond[contains(zone, centre[beyond])]
        if (distance[beyond] - radius[beyond] > limit).any() or (radius[beyond] < SMALLEST * depth.tolerance_m).any():
            return False
        open_ = (distance + radius > limit) & (distance - radius <= limit) & (radius >= SMALLEST * depth.tolerance_m)
        open_[open_] = ~_without_summit(point[open_], radius[open_], _taken(found, open_), sites)
        boxes = boxes[open_]
        if seen > PATIENCE and boxes.radius_m.max(initial=0.0) < CLIPPED * depth.distance_m:
            boxes = boxes.clipped()
            boxes = boxes[~_low(boxes, sites, limit)]
        boxes = boxes.halves()
        if len(boxes.edges) <= FEW_BOXES:
            boxes = boxes.halves()
    return True


def _low(boxes: _Boxes, sites: Sites, limit_m: float) -> NDArray[np.bool_]:
    """Which boxes have no ground of the zone that could be farther than a limit from one straight site, or from two.

    Notes
    -----
    The distance to a straight site is convex, so over a piece of ground it is greatest at a vertex, and so is the mean
    of two such distances; the distance to the nearest site is no more than any of these. On the Earth each may rise
    above that by as much as it is hollow, h^2 tan(d / R) / 8 R, and edges, straight in longitude and latitude, by
    h^2 tan(latitude) / 8 R, on a segment of length h; in a triangle, by a third more.
    """
    low = np.ones(len(boxes.edges), bool)
    part, box = shapely.get_parts(boxes.ground, return_index=True)
    whole = (shapely.get_type_id(part) == POLYGON) & ~shapely.is_empty(part)
    part, box = part[whole], box[whole]
    if not len(part):
        return low
    radius = boxes.radius_m[box]
    centre = to_space(shapely.get_coordinates(shapely.centroid(part)))
    found = sites.nearest(centre, LOOSE * radius)
    beyond = onto_ellipsoid(centre + along(centre, centre - found.foot) * (AHEAD[0] * radius)[:, None])
    walls = found.segment, sites.nearest(beyond, LOOSE * radius).segment
    xy, of = shapely.get_coordinates(part, return_index=True)
    point, first = to_space(xy), np.flatnonzero(np.diff(of, prepend=-1))
    near, far = (separation(point, sites.foot_on(sites.edge[wall][of], point)) for wall in walls)
    one, both = np.maximum.reduceat(near, first), np.maximum.reduceat((near + far) / 2, first)
    latitude = np.radians(np.abs(boxes.edges[box][:, [1, 3]]).max(axis=1))
    slope = np.tan(np.minimum(2 * both / RADIUS_M, STEEPEST)) + np.tan(np.minimum(latitude, STEEPEST))
    low[box[np.minimum(one, both) + radius**2 * slope / RADIUS_M > limit_m]] = False
    return low


def _taken(found: Found, which: NDArray[np.bool_]) -> Found:
    return Found(*(values[which] for values in vars(found).values()))


def _without_summit(centre: Floats, radius: Floats, found: Found, sites: Sites) -> NDArray[np.bool_]:
    """Which discs about some points are free of summits and passes of the distance.

    Notes
    -----
    Let f be the site nearest to y. No point m inside the circle whose diameter is y f is a summit or a pass: there,
    among the directions to the nearest sites of m, one would be within a right angle of that to y; that site would be
    no farther from y than sqrt(|m f|^2 + |m y|^2) < |y f|. So a y ahead of a disc, up the slope, may vouch for all of
    it.

    Nor is there a summit where all sites that may be nearest lie on one stretch that turns by less than 60 degrees: a
    summit sees two nearest sites g, h at 120 degrees or more, so that g sees it at 30 or less from h, and at less than
    90 from the stretch towards h, along which it would come nearer. Nor where they lie on two that are nowhere
    parallel: the ways to both are square to them, so never opposite.
    """
    direction = along(centre, centre - found.foot)
    free = np.zeros(len(centre), bool)
    if len(centre) and (count := sites.neighbours(float(found.distance_m.min()))):
        free = sites.on_stretches(centre, found.distance_m + 2 * radius, count)
    open_ = np.flatnonzero(~free & (radius < WORTH_ASKING * found.distance_m))
    for steps in AHEAD:
        open_ = open_[2 * steps * radius[open_] < found.distance_m[open_]]
        ahead = onto_ellipsoid(centre[open_] + direction[open_] * (steps * radius[open_])[:, None])
        foot, vouched = _vouched(centre[open_], radius[open_], ahead, sites)
        free[open_] = vouched
        if steps == AHEAD[0]:  # where the slope differs there, a ridge lies between: on along that
            direction[open_] = unit(direction[open_] + along(ahead, ahead - foot))
        open_ = open_[~vouched]
    return free


def _vouched(centre: Floats, radius: Floats, ahead: Floats, sites: Sites) -> tuple[Floats, NDArray[np.bool_]]:
    """Site nearest to a point ahead of each disc, and whether that vouches for the disc."""
    found = sites.nearest(ahead, LOOSE * radius)
    diameter = size(ahead - found.foot)
    curved = 1 - (diameter / RADIUS_M) ** 2  # sides of triangles on the Earth are that much shorter than on a plane
    return found.foot, size(centre - (ahead + found.foot) / 2) + radius < diameter / 2 * curved - LOOSE * radius
