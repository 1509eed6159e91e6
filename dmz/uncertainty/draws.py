"""Draw lines as they may truly run, displaced together along their way, and count how often points lie in a belt."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.errors import PartyError
from dmz.uncertainty.bearing import Bearing, bearing
from dmz.uncertainty.spread import Floats, Spread, sigma_along, vertices_of

Belt = tuple[float, float, str]
# White noise stands so many to a correlation length, and is smoothed over so many of these to either side, where the
# weight has fallen to e^-9.
NODES, REACH = 4, 3
# A line to be displaced has vertices so many to a correlation length, and no farther apart than this, metres.
BENDS, STEP_M = 8, 1_000.0
# Displacements drawn at a time, points times draws.
BATCH = 4_000_000


def simulated(
    points: ArrayLike,
    around: Spread,
    *,
    belt_m: tuple[float, float],
    party: str | None = None,
    draws: int = 400,
    seed: int = 0,
) -> Floats:
    """Share of draws of the line in which points lie in a belt beside it, on a party's ground.

    Parameters
    ----------
    points, around, party
        As `dmz.uncertainty.probability` takes them.
    belt_m
        From and to, metres off the line.
    draws, seed
        How many lines are drawn, and what makes them the same every time.

    Returns
    -------
    numpy.ndarray
        Shape (n,), 0 to 1; its standard error is at most 1 / (2 sqrt(draws)).

    Raises
    ------
    PartyError
        Where the party is not on either side of the line.

    Notes
    -----
    Nothing is taken for straight or small: every draw is a line of its own (`displaced`), to which distances and sides
    are measured anew. What takes 0.1 s in closed form takes some 10 ms a draw here.
    """
    if party is not None and party not in around.line.parties:
        raise PartyError(f"{party!r} is not a party to the line: it has {' and '.join(map(repr, around.line.parties))}")
    xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    seen = bearing(xy, dataclasses.replace(around, ends="round"))  # whether beyond a flat end is asked in each draw
    near, far = belt_m
    inside = np.zeros(len(xy))
    for line in displaced(around, draws=draws, seed=seed):
        found = geodesy.nearest(xy, line)
        side = np.where(found.side >= 0, around.line.left, around.line.right)
        holder = np.where(seen.fixed, seen.holder, side)
        here = (found.distance_m > near) | (near == 0)
        here &= (found.distance_m <= far) & ~(found.at_end & (around.ends == "flat"))
        inside += here & (True if party is None else holder == party)
    return np.asarray(np.where(seen.barred, 0.0, inside / draws))


def displaced(around: Spread, *, draws: int, seed: int = 0) -> Iterator[BaseGeometry]:
    """Lines as the true one may run, one a draw, longitude, latitude; as `dmz.uncertainty.Spread` says they are.

    Notes
    -----
    White noise at nodes a quarter of a correlation length l apart is smoothed with the weights exp(-s^2 / l^2), scaled
    to variance 1: the sums have the correlation exp(-s^2 / 2 l^2) (a Gaussian process of squared-exponential kernel,
    Rasmussen and Williams 2006, section 4.2). A closed part is smoothed round.
    """
    step = min(around.correlation_m / BENDS, STEP_M)
    drawn = geodesy.densify(around.line.geometry, step)
    xy, part, chainage = vertices_of(drawn)
    sigma = sigma_along(around, part, chainage)
    weights = correlated(around, part, chainage)
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        east, north = (sigma * (weights @ rng.standard_normal(weights.shape[1])) for _ in range(2))
        azimuth, away = np.degrees(np.arctan2(east, north)), np.hypot(east, north)
        lon, lat, _back = geodesy.GEOD.fwd(xy[:, 0], xy[:, 1], azimuth, away)
        yield shapely.MultiLineString([*shapely.linestrings(np.column_stack([lon, lat]), indices=part)])


def correlated(around: Spread, part: NDArray[np.int64], chainage_m: Floats) -> csr_array:
    """Matrix that makes displacements at places along a line, of variance 1, out of independent normal numbers."""
    step = around.correlation_m / NODES
    taps = np.arange(-REACH * NODES, REACH * NODES + 1)
    rows, columns, values, nodes = [], [], [], 0
    for number, track in enumerate(shapely.get_parts(around.line.geometry)):
        own = np.flatnonzero(part == number)
        length, closed = geodesy.length(track), track.is_closed
        count = max(int(np.ceil(length / step)), 1) if closed else int(length / step) + 2 * len(taps)
        spacing = length / count if closed else step
        middle = np.round(chainage_m[own] / spacing).astype(np.int64)
        node = middle[:, None] + taps
        weight = np.exp(-(((chainage_m[own, None] - node * spacing) / around.correlation_m) ** 2))
        rows.append(np.repeat(own, len(taps)))
        columns.append((nodes + (node % count if closed else node + len(taps))).ravel())
        values.append(weight.ravel())
        nodes += count
    where = np.concatenate(rows), np.concatenate(columns)
    matrix = csr_array((np.concatenate(values), where), shape=(len(part), nodes))
    matrix.sum_duplicates()
    size = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    matrix.data /= np.repeat(size, np.diff(matrix.indptr))
    return matrix


def inside_in_draws(
    seen: Bearing, around: Spread, zones: Sequence[Sequence[Belt]], *, draws: int, seed: int = 0
) -> Iterator[list[NDArray[np.bool_]]]:
    """Which points lie in each of some zones in each draw of the line, a batch of draws at a time.

    Parameters
    ----------
    seen, around
        How the points lie to the line, and the line with its uncertainty.
    zones
        Each several belts: from and to, metres off the line, and on whose ground.
    draws, seed
        As `simulated` takes them.

    Yields
    ------
    list of numpy.ndarray
        One a zone, shape (draws of the batch, points).

    Notes
    -----
    Every point sees the line at its nearest point displaced by a vector e: it is the part of e in its direction nearer,
    and on the other side once that is past it (beyond an open end: once e is past the line extended). So each point
    alone is in a belt as often as `dmz.uncertainty.probability` says, and points along the same stretch are together.
    """
    weights = correlated(around, seen.part, seen.chainage_m)
    rng = np.random.default_rng(seed)
    left = np.array([holder == around.line.left for holder in seen.holder])
    to, aside = np.radians(seen.azimuth_deg), np.radians(np.where(seen.beyond, seen.left_deg, 0.0))
    done = 0
    while done < draws:
        count = min(draws - done, max(1, BATCH // max(len(left), 1)))
        east, north = ((weights @ rng.standard_normal((weights.shape[1], count))).T * seen.sigma_m for _ in range(2))
        away = seen.distance_m - east * np.sin(to) - north * np.cos(to)
        across = seen.across_m - east * np.sin(aside) - north * np.cos(aside)
        on_left = np.where(seen.beyond, across >= 0, np.where(away >= 0, left, ~left))
        on_left = np.where(seen.fixed, left, on_left)
        away = np.where(seen.beyond | seen.fixed, away, np.abs(away))
        yield [_in_any(seen, around, belts, away, on_left) for belts in zones]
        done += count


def _in_any(
    seen: Bearing, around: Spread, belts: Sequence[Belt], away: Floats, on_left: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    inside = np.zeros(away.shape, dtype=bool)
    for near, far, party in belts:
        side = on_left if party == around.line.left else ~on_left
        inside |= side & (away <= far) & ((near == 0) | (away > near))
    return inside & ~seen.barred
