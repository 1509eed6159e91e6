"""Close what is narrow between polygons: gaps and overlaps are parted half-way, slivers go to their only neighbour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.control import partition
from dmz.control.held import Floats, nothing
from dmz.control.partition import polygonal
from dmz.control.plane import Plane
from dmz.geodata import WGS84
from dmz.line import GRID_DEG

# How near the border between two parties lies to half-way, metres; what is narrower than twice this is not parted, it
# goes to one of them.
HALFWAY_M = 2.0
# Faces smaller than about a square metre are crumbs of noding, square degrees.
CRUMB_DEG2 = 1e-10


@dataclass(frozen=True)
class Given:
    """Polygons as they came: each party's ground on the grid of coordinates, clipped to the theatre if there is one."""

    ground: Mapping[str, BaseGeometry]
    theatre: BaseGeometry | None
    where: str

    @cached_property
    def overlaps(self) -> BaseGeometry:
        """Ground of more than one party."""
        pairs = combinations(self.ground.values(), 2)
        both = [shapely.intersection(one, other, grid_size=GRID_DEG) for one, other in pairs]
        return polygonal(shapely.union_all(both, grid_size=GRID_DEG)) if both else shapely.MultiPolygon()

    @cached_property
    def alone(self) -> dict[str, BaseGeometry]:
        """Ground of one party only; parties with none are left out."""
        found = {
            party: polygonal(shapely.difference(shape, self.overlaps, grid_size=GRID_DEG))
            for party, shape in self.ground.items()
        }
        return {party: shape for party, shape in found.items() if not shape.is_empty}

    @cached_property
    def open(self) -> BaseGeometry:
        """Ground of no party: of the theatre, or of a box about the polygons."""
        whole = shapely.union_all(list(self.ground.values()), grid_size=GRID_DEG)
        around = self.theatre if self.theatre is not None else shapely.box(*whole.bounds).buffer(1.0)
        return polygonal(shapely.difference(around, whole, grid_size=GRID_DEG))


@dataclass(frozen=True)
class Narrow:
    """A piece of ground to be closed: what it is, and whose grounds it touches."""

    kind: str
    parties: tuple[str, ...]
    shape: BaseGeometry


@dataclass(frozen=True)
class Closed:
    """Faces of the ground, who holds each (None: nobody), and the pieces that were closed."""

    faces: NDArray[np.object_]
    holder: NDArray[np.object_]
    pieces: tuple[Narrow, ...]


def closed(given: Given, plane: Plane, width_m: float, rest: str | None) -> Closed:
    """Give narrow gaps, overlaps and slivers to the party whose own ground is nearest.

    Parameters
    ----------
    given
        The polygons.
    plane
        Plane in which widths are measured.
    width_m
        What is narrower is closed.
    rest
        Who holds wide ground in no polygon; None where nobody is known to.
    """
    wide = plane.opened(given.open, width_m)
    narrow = polygonal(shapely.difference(given.open, wide, grid_size=GRID_DEG))
    gaps = [_touched("gap", piece, given) for piece in shapely.get_parts(narrow)]
    least = 1 if rest is not None else 2
    pieces = [piece for piece in gaps if len(piece.parties) >= least]
    pieces += [_touched("overlap", piece, given) for piece in shapely.get_parts(given.overlaps)]
    ground = given.theatre
    if ground is None:
        ground = shapely.union_all([*given.ground.values(), *(piece.shape for piece in pieces)], grid_size=GRID_DEG)
    cuts = [shape.boundary for shape in given.ground.values()]
    cuts += [piece.shape.boundary for piece in pieces] + _halfway(pieces, given, width_m)
    faces = partition.faces(cuts, ground)
    return Closed(faces, _crumbs_given(faces, _holders(faces, pieces, given, rest), given), tuple(pieces))


def table(pieces: tuple[Narrow, ...], plane: Plane) -> gpd.GeoDataFrame:
    """What was closed, one row a piece, the largest first."""
    rows = [
        {
            "kind": piece.kind,
            "parties": ", ".join(piece.parties),
            "width_m": plane.width_m(piece.shape),
            "area_km2": geodesy.area(piece.shape) / 1e6,
            "geometry": piece.shape,
        }
        for piece in pieces
    ]
    if not rows:
        return nothing("kind", "parties", "width_m", "area_km2")
    found = gpd.GeoDataFrame(rows, crs=WGS84)
    return found.sort_values("area_km2", ascending=False, kind="stable", ignore_index=True)


def _touched(kind: str, piece: BaseGeometry, given: Given) -> Narrow:
    """Piece with the parties whose ground it touches; with one of them it is a sliver."""
    among = given.ground if kind == "overlap" else given.alone
    parties = tuple(party for party, shape in among.items() if shapely.dwithin(shape, piece, 2 * GRID_DEG))
    return Narrow("sliver" if len(parties) == 1 else kind, parties, piece)


def _halfway(pieces: list[Narrow], given: Given, width_m: float) -> list[BaseGeometry]:
    """Lines in pieces along which the nearest party changes.

    Each party's rings have its ground on the left, those of all others theirs on the right: so the nearest party is the
    side that is seen of the nearest ring (docs/method.md, step 10).
    """
    cuts: list[BaseGeometry] = []
    for party in given.alone:
        torn = [piece.shape for piece in pieces if party in piece.parties[:-1]]  # the last one has what is left
        if not torn:
            continue
        rings = [ring for one, shape in given.alone.items() for ring in _rings(shape, turned=one != party)]
        cuts += geodesy.bisectors(np.array(torn, dtype=object), shapely.MultiLineString(rings), width_m, HALFWAY_M)
    return cuts


def _rings(shape: BaseGeometry, *, turned: bool) -> list[shapely.LineString]:
    """Rings of polygons with the ground on their left, or on their right."""
    rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(shape)))
    return [shapely.LineString(shapely.get_coordinates(ring)[:: -1 if turned else 1]) for ring in rings]


def _holders(faces: NDArray[np.object_], pieces: list[Narrow], given: Given, rest: str | None) -> NDArray[np.object_]:
    """Party that holds each face."""
    xy = partition.inner_points(faces)
    holder = np.full(len(faces), rest, dtype=object)
    for party, shape in given.ground.items():
        holder[_inside(shape, xy)] = party
    for piece in pieces:
        mine = np.flatnonzero(_inside(piece.shape, xy))
        own = [party for party in piece.parties if party in given.alone]
        if len(mine) and own:
            away = np.stack([geodesy.distance(xy[mine], given.alone[party].boundary) for party in own])
            holder[mine] = np.array(own, dtype=object)[away.argmin(axis=0)]
    return holder


def _crumbs_given(faces: NDArray[np.object_], holder: NDArray[np.object_], given: Given) -> NDArray[np.object_]:
    """Holders, crumbs that the grid of coordinates leaves between parties given to the nearest."""
    crumbs = np.flatnonzero(np.array([one is None for one in holder], bool) & (shapely.area(faces) < CRUMB_DEG2))
    if len(crumbs):
        away = np.stack([shapely.distance(shape, faces[crumbs]) for shape in given.alone.values()])
        holder[crumbs] = np.array([*given.alone], dtype=object)[away.argmin(axis=0)]
    return holder


def _inside(shape: BaseGeometry, xy: Floats) -> NDArray[np.bool_]:
    shapely.prepare(shape)
    return np.asarray(shapely.contains_xy(shape, xy[:, 0], xy[:, 1]))
