"""Say how likely points are to lie in a belt beside an uncertain line, in closed form."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, owens_t

from dmz.errors import InputError, PartyError
from dmz.uncertainty.bearing import Bearing, bearing
from dmz.uncertainty.spread import Floats, Spread

# Correlation of two normal variables from which they count as one; numbers below the least are taken for it, so that
# quotients of zeros have a sign.
ONE, LEAST = 1 - 1e-12, 1e-300


def probability(
    points: ArrayLike, around: Spread, *, far_m: float = np.inf, near_m: float = 0.0, party: str | None = None
) -> Floats:
    """Probability that points lie in a belt beside an uncertain line, on a party's ground.

    Parameters
    ----------
    points
        Shape (n, 2), longitude, latitude, degrees.
    around
        The line, its uncertainty, and the ground a zone may lie on (`dmz.uncertainty.spread`).
    near_m, far_m
        The belt: farther than `near_m` off the line and no farther than `far_m`; by default all of the ground.
    party
        Whose ground it must be; None for either party's.

    Returns
    -------
    numpy.ndarray
        Shape (n,), 0 to 1.

    Raises
    ------
    InputError
        Where the belt is none.
    PartyError
        Where the party is not on either side of the line.

    Notes
    -----
    Let d be the distance of a point to the line as drawn, t = d on the party's ground and -d on the other's, sigma that
    of the line at its nearest point. The true line is displaced there by a normal variable of standard deviation sigma
    square to itself, so t is normal about its value:

        P = Phi((far - t) / sigma) - Phi((near - t) / sigma)

    the epsilon band of Perkal (1966) with the normal displacements of Shi and Liu (2000), IJGIS 14, 51-66. It is exact
    where the line is straight and sigma constant as far as the point sees, and the displacements of that stretch go
    together. Beyond an open end, where the party changes across the line extended, not with the distance, P is the
    bivariate normal probability of both, their correlation the cosine of the angle between the two directions. Ground
    that is a party's wherever the line runs (areas of control) has the distance alone. Ground in no zone has 0.

    Examples
    --------
    >>> import shapely
    >>> from dmz.line import Line
    >>> from dmz.uncertainty import spread
    >>> front = Line(shapely.LineString([(36.0, 35.5), (37.0, 35.5)]), left="north", right="south")
    >>> around = spread(front, sigma_m=2_000)
    >>> probability([(36.5, 35.6), (36.5, 35.64)], around, far_m=15_000, party="north").round(2)
    array([0.98, 0.42])
    """
    return chance(bearing(points, around), around, (near_m, far_m), party)


def probabilities(points: ArrayLike | Bearing, around: Spread, zones: gpd.GeoDataFrame) -> Floats:
    """Probability of each point to lie in each zone.

    Parameters
    ----------
    points, around
        As `probability` takes them, or the bearing of the points.
    zones
        Columns ``party``, ``depth_from_m``, ``depth_to_m``, as `dmz.zones` makes them.

    Returns
    -------
    numpy.ndarray
        Shape (points, zones). Zones of one reading exclude each other: their probabilities add up.
    """
    seen = points if isinstance(points, Bearing) else bearing(points, around)
    rows = zip(zones["depth_from_m"], zones["depth_to_m"], zones["party"], strict=True)
    columns = [chance(seen, around, (near, far), party) for near, far, party in rows]
    return np.column_stack(columns) if columns else np.empty((len(seen.distance_m), 0))


def chance(seen: Bearing, around: Spread, belt_m: tuple[float, float], party: str | None) -> Floats:
    """Probability of points whose bearing is known; see `probability`."""
    near, far = belt_m
    if not 0 <= near < far:
        raise InputError(f"a belt from {near:g} to {far:g} m is none: give metres from 0 on, the smaller first")
    parties = around.line.parties
    if party is None:
        return np.asarray(sum(chance(seen, around, belt_m, each) for each in parties))
    if party not in parties:
        raise PartyError(f"{party!r} is not a party to the line: it has {' and '.join(map(repr, parties))}")
    own = seen.holder == party
    with np.errstate(divide="ignore", invalid="ignore"):
        found = _across(seen, own, near, far)
    found = np.where(seen.fixed, own * _within(seen, near, far), found)
    at = np.flatnonzero(seen.beyond & (seen.sigma_m > 0))
    found[at] = _beyond(seen, at, near, far, 1.0 if party == around.line.left else -1.0)
    return np.where(seen.barred, 0.0, np.clip(found, 0.0, 1.0))


def bivariate(first: ArrayLike, second: ArrayLike, correlation: ArrayLike) -> Floats:
    """P(X <= first, Y <= second) of two standard normal variables of some correlation.

    Notes
    -----
    Owen, D. B. (1956), Tables for computing bivariate normal probabilities, Annals of Mathematical Statistics 27,
    1075-1090, equation 2.1.

    Examples
    --------
    >>> bivariate([0.0, 1.0], [0.0, 2.0], [0.5, 0.0]).round(4)
    array([0.3333, 0.8222])
    """
    h, k, rho = (np.asarray(value, dtype=np.float64) for value in (first, second, correlation))
    h, k = (np.where(np.abs(value) < LEAST, LEAST, value) for value in (h, k))
    root = np.sqrt(1 - np.clip(rho, -ONE, ONE) ** 2)
    slices = owens_t(h, (k / h - rho) / root) + owens_t(k, (h / k - rho) / root)
    found = (ndtr(h) + ndtr(k)) / 2 - slices - np.where(h * k < 0, 0.5, 0.0)
    same, opposite = np.minimum(ndtr(h), ndtr(k)), np.maximum(ndtr(h) - ndtr(-k), 0)
    return np.asarray(np.select([rho >= ONE, rho <= -ONE], [same, opposite], np.clip(found, 0.0, 1.0)))


def _across(seen: Bearing, own: NDArray[np.bool_], near: float, far: float) -> Floats:
    """Belt beside the line: the party changes where the distance is 0; on a certain line a step."""
    t, certain = np.where(own, seen.distance_m, -seen.distance_m), seen.sigma_m == 0
    before = ~own if near == 0 else t <= near
    below = np.where(certain, before, ndtr((near - t) / seen.sigma_m))
    return np.asarray(np.where(certain, t <= far, ndtr((far - t) / seen.sigma_m)) - below)


def _within(seen: Bearing, near: float, far: float) -> Floats:
    """Belt on ground whose holder does not change: the distance alone."""
    with np.errstate(divide="ignore", invalid="ignore"):
        farther = [
            np.where(seen.sigma_m == 0, seen.distance_m <= edge, ndtr((edge - seen.distance_m) / seen.sigma_m))
            for edge in (far, near)
        ]
    return np.asarray(farther[0] - (farther[1] if near > 0 else 0.0))


def _beyond(seen: Bearing, at: NDArray[np.int64], near: float, far: float, sign: float) -> Floats:
    """Belt beyond an open end, on the left (+1) or right (-1) of the line extended.

    With u the direction of the point and n that of the party's side, e the displacement: e.n <= across and
    e.u >= distance - far, two normal variables; -e.u and e.n have the correlation -u.n = -across / distance.
    """
    away, sigma = seen.distance_m[at], seen.sigma_m[at]
    across = sign * seen.across_m[at]
    rho = -np.divide(across, away, out=np.zeros_like(across), where=away > 0)
    found = bivariate(across / sigma, (far - away) / sigma, rho)
    return found - bivariate(across / sigma, (near - away) / sigma, rho) if near > 0 else found
