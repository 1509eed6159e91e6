"""Ask of points in any number within what depths of many lines they lie: draws of one line, or one line a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from dmz import geodesy
from dmz.errors import GeometryError, InputError
from dmz.geodesy.ellipsoid import RADIUS_M
from dmz.geodesy.nearest import SEARCH_M
from dmz.geodesy.sites import CHORD_M, SECTIONS, sites_of
from dmz.geodesy.space import size, to_space
from dmz.locating.grid import Floats

if TYPE_CHECKING:
    import pandas as pd

QUANTILES = (0.05, 0.5, 0.95)
# Points of a leaf, about; levels at most; nodes that are asked about at first.
LEAF, MOST_LEVELS, FIRST_LEVEL = 4, 14, 3
# Vertices of a leaf of a line's tree.
LEAF_VERTICES = 40
# Rounding, and how far chords lie below the ground, metres.
ROUNDING_M = 0.002
MOST_DEPTH_KM = 100.0


def many(
    points: ArrayLike, lines: Iterable[Any], *, depths_km: Sequence[float], quantiles: Sequence[float] = QUANTILES
) -> pd.DataFrame:
    """Share of many lines within whose depth each point lies, on either side.

    Parameters
    ----------
    points
        Longitudes and latitudes, shape (n, 2), degrees.
    lines
        Lines, longitude, latitude on WGS 84: draws of an uncertain line, or the line of each day. Taken one at a time.
    depths_km
        Depths from each line, km, up to 100.
    quantiles
        Shares of the lines, 0 to 1, by which it is reported.

    Returns
    -------
    pandas.DataFrame
        One row a point; for each depth ``within_15_km_share``, the share of the lines, and ``within_15_km_quantile``,
        the greatest of `quantiles` that it reaches; empty where it reaches none. A point without a place has neither.

    Raises
    ------
    InputError
        Points, depths or quantiles that make no sense; no lines.
    GeometryError
        A line that is none.

    Notes
    -----
    The points stand in a quadtree whose every node is a range of them. Of a node with centre c and radius r, a line
    farther from c than depth + r holds none within its depth, one nearer than depth - r holds all; only nodes in
    between are parted. So a line costs as much as the edge of its zone is long, whatever lies inside. Counts are kept
    as differences along the order of the points. Distances are those of the nearest vertex, at most sqrt(e^2 - l^2 / 4)
    nearer for edges up to l; points that are so near to the edge of a zone that this does not decide are measured from
    the line itself, to 0.1 mm.
    """
    import pandas as pd

    xy = np.asarray(points, dtype=np.float64)
    depths_m = _depths(depths_km)
    if xy.ndim != 2 or xy.shape[1] != 2:  # noqa: PLR2004 - longitude, latitude
        raise InputError(f"the points have shape {xy.shape}: give longitude and latitude, shape (n, 2)")
    if not all(0 < share <= 1 for share in quantiles):
        raise InputError(f"quantiles are {list(quantiles)}: give shares above 0, up to 1")
    good = np.flatnonzero(np.isfinite(xy).all(axis=1) & (np.abs(xy[:, 1]) <= 90) & (np.abs(xy[:, 0]) <= 360))  # noqa: PLR2004
    tree = _Tree(xy[good])
    counts, number = [_Count(tree, depth) for depth in depths_m], 0
    for number, line in enumerate(lines, 1):  # noqa: B007 - how many there were
        sites = _Sites(line)
        for count in counts:
            count.add(sites)
    if not number:
        raise InputError("there are no lines: give one or more")
    table = {}
    for count, depth in zip(counts, depths_km, strict=True):
        share = np.full(len(xy), np.nan)
        share[good] = count.total() / number
        table[f"within_{depth:g}_km_share"] = share
        table[f"within_{depth:g}_km_quantile"] = _reached(share, quantiles)
    return pd.DataFrame(table)


@dataclass(frozen=True)
class _Level:
    """Nodes of one fineness: ranges of points, centres in space, radii as chords, first child and the one after."""

    first: NDArray[np.int64]
    after: NDArray[np.int64]
    centre: Floats
    radius: Floats
    child: NDArray[np.int64]


class _Tree:
    """Points in the order of a quadtree."""

    def __init__(self, xy: Floats) -> None:
        self.count = len(xy)
        self.depth = int(np.clip(np.ceil(np.log(max(self.count, 1) / LEAF) / np.log(4)), FIRST_LEVEL, MOST_LEVELS))
        code = _interleaved(xy, self.depth)
        self.order = np.argsort(code, kind="stable")
        self.xy, code = xy[self.order], code[self.order]
        self.space = to_space(self.xy)
        starts = [_starts(code >> (2 * (self.depth - level))) for level in range(FIRST_LEVEL, self.depth + 1)]
        self.levels = [
            self._level(first, finer) for first, finer in zip(starts, [*starts[1:], np.empty(0, np.int64)], strict=True)
        ]

    def _level(self, first: NDArray[np.int64], finer: NDArray[np.int64]) -> _Level:
        after = np.append(first[1:], self.count)[: len(first)]
        if not self.count:
            return _Level(first, after, np.empty((0, 3)), np.empty(0), np.zeros(1, np.int64))
        centre = (np.minimum.reduceat(self.space, first) + np.maximum.reduceat(self.space, first)) / 2
        node = np.repeat(np.arange(len(first)), after - first)
        radius = np.maximum.reduceat(size(self.space - centre[node]), first)
        return _Level(first, after, centre, radius, np.searchsorted(finer, np.append(first, self.count)))


class _Count:
    """How many lines have each point of a tree within a depth."""

    def __init__(self, tree: _Tree, depth_m: float) -> None:
        self.tree, self.depth_m = tree, depth_m
        arc = depth_m**3 / (24 * RADIUS_M**2)
        chord, doubt = depth_m - arc, SECTIONS * arc + ROUNDING_M
        self.surely_m, self.perhaps_m = chord - doubt, chord + doubt
        self.change = np.zeros(tree.count + 1, np.int64)

    def add(self, sites: _Sites) -> None:
        """Count a line."""
        node = np.arange(len(self.tree.levels[0].first) if self.tree.count else 0)
        for level in self.tree.levels:
            away, _ = sites.tree.query(level.centre[node])
            held = away + level.radius[node] <= self.surely_m
            self.change[level.first[node[held]]] += 1
            self.change[level.after[node[held]]] -= 1
            node = node[~held & (sites.least(away) - level.radius[node] <= self.perhaps_m)]
            if not len(node):
                return
            if level is not self.tree.levels[-1]:
                node = _spread(level.child[node], level.child[node + 1])
        self._settle(sites, _spread(level.first[node], level.after[node]))

    def total(self) -> NDArray[np.int64]:
        """Lines within whose depth each point lies, in the order the points came."""
        found = np.empty(self.tree.count, np.int64)
        found[self.tree.order] = np.cumsum(self.change[:-1])
        return found

    def _settle(self, sites: _Sites, at: NDArray[np.int64]) -> None:
        """Count points one by one."""
        away, _ = sites.tree.query(self.tree.space[at])
        held = away <= self.surely_m
        unsure = np.flatnonzero(~held & (sites.least(away) <= self.perhaps_m))
        if len(unsure):
            held[unsure] = sites.line.nearest(self.tree.space[at[unsure]], SEARCH_M).distance_m <= self.depth_m
        self.change[at[held]] += 1
        self.change[at[held] + 1] -= 1


class _Sites:
    """A line in space, its vertices no farther apart than geodesics are straight."""

    def __init__(self, line: Any) -> None:
        dense = geodesy.densify(line, CHORD_M)
        if dense.is_empty:
            raise GeometryError("a line is empty: there is nothing to measure to")
        self.line = sites_of(dense)
        # Large leaves: far from a line many vertices are nearly as near, and a leaf is looked through at once.
        self.tree = KDTree(self.line.vertices, leafsize=LEAF_VERTICES, balanced_tree=False, compact_nodes=False)

    def least(self, away: Floats) -> Floats:
        """How near the line may be where its nearest vertex is so far away."""
        return np.asarray(np.sqrt(np.maximum(0.0, away**2 - (self.line.longest_m / 2) ** 2)))


def _depths(depths_km: Sequence[float]) -> list[float]:
    wrong = [depth for depth in depths_km if not 0 < depth <= MOST_DEPTH_KM]
    if wrong or not len(depths_km):
        raise InputError(f"depths_km are {list(depths_km)}: give km above 0, up to {MOST_DEPTH_KM:g}")
    return [1000 * depth for depth in depths_km]


def _interleaved(xy: Floats, levels: int) -> NDArray[np.int64]:
    """Number of the square each point lies in, so many levels of quarters deep."""
    code = np.zeros(len(xy), np.int64)
    if not len(xy):
        return code
    low, high = xy.min(axis=0), xy.max(axis=0)
    cell = ((xy - low) / np.maximum(high - low, 1e-12) * ((1 << levels) - 1e-6)).astype(np.int64)
    for bit in range(levels):
        code |= ((cell[:, 0] >> bit) & 1) << (2 * bit) | ((cell[:, 1] >> bit) & 1) << (2 * bit + 1)
    return code


def _starts(code: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where sorted numbers change."""
    return np.flatnonzero(np.diff(code, prepend=-1))


def _spread(first: NDArray[np.int64], after: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every whole number of some ranges."""
    count = after - first
    return np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())


def _reached(share: Floats, quantiles: Sequence[float]) -> Floats:
    """Greatest of some shares that each reaches; NaN for none."""
    found = np.full(len(share), np.nan)
    for quantile in sorted(quantiles):
        found[share >= quantile - 1e-12] = quantile
    return found
