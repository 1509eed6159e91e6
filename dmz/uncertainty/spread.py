"""Say how uncertain a line is along its way, and on what ground a zone along it may lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from dmz import checks, geodesy
from dmz.errors import InputError
from dmz.line import Line
from dmz.zone import Ends

Floats = NDArray[np.float64]
# Way along the line over which its displacements go together, metres, where nobody said: about twice the distance of
# the settlements such lines are drawn between.
CORRELATION_M = 10_000.0


@dataclass(frozen=True, eq=False)
class Spread:
    """A line of contact, how far it may be off, and the ground a zone along it may lie on.

    The true line is taken to be the one drawn, each point x of it displaced by a vector whose east and north parts are
    normal, of mean 0 and standard deviation sigma(x), independent of each other; the displacements of two points of a
    part of the line, a way s apart, have the correlation exp(-s^2 / 2 l^2). Parts of a line move independently.

    Parameters
    ----------
    line
        The line of contact as drawn.
    sigma_m
        Standard deviation of its displacement at every vertex, metres, shape (n,); between two it changes evenly.
    theatre
        The land a zone may lie on, taken to be certain; None for no limit.
    ends
        ``"round"`` or ``"flat"``, as `dmz.zones` takes them.
    correlation_m
        The l above: metres of way over which displacements go together.
    """

    line: Line
    sigma_m: Floats
    theatre: BaseGeometry | None = None
    ends: Ends = "round"
    correlation_m: float = CORRELATION_M


def spread(
    line: Line,
    *,
    sigma_m: ArrayLike | None = None,
    within: BaseGeometry | gpd.GeoDataFrame | None = None,
    ends: Ends = "round",
    correlation_km: float = CORRELATION_M / 1000,
) -> Spread:
    """Take a line with its uncertainty.

    Parameters
    ----------
    line
        The line of contact.
    sigma_m
        Standard deviation of its displacement, metres: one number, or one a vertex. By default the line's own
        uncertainty, read as one standard deviation; where it is known to be a half-width that holds 95 % of the
        time, give ``line.uncertainty_m / 1.96``.
    within, ends
        As `dmz.zones` takes them.
    correlation_km
        Way along the line over which its displacements go together, above 0.

    Raises
    ------
    InputError
        Where the line has no uncertainty and none is given, one is not a number from 0 on, or their count is wrong.

    Examples
    --------
    >>> front = Line(shapely.LineString([(36.0, 35.5), (36.5, 35.6)]), left="north", right="south")
    >>> spread(front, sigma_m=2_000).sigma_m
    array([2000., 2000.])
    """
    count = len(shapely.get_coordinates(line.geometry))
    given = line.uncertainty_m if sigma_m is None else sigma_m
    if given is None:
        raise InputError(f"{line.name}: nobody said how uncertain it is: give sigma_m, or a column uncertainty_km")
    sigma = np.asarray(given, dtype=np.float64)
    if sigma.shape not in {(), (count,)}:
        raise InputError(f"{line.name}: sigma_m has shape {sigma.shape}: give one number, or one of {count} vertices")
    if not (np.isfinite(sigma) & (sigma >= 0)).all():
        raise InputError(f"{line.name}: sigma_m holds what is no number of metres from 0 on")
    if not (np.isfinite(correlation_km) and correlation_km > 0):
        raise InputError(f"correlation_km is {correlation_km}: give km above 0")
    theatre = within.union_all() if isinstance(within, gpd.GeoDataFrame) else within
    return Spread(line, np.broadcast_to(sigma, (count,)), theatre, ends, correlation_km * 1000)


def sigma_from_labels(
    line: Line, labels: gpd.GeoDataFrame, *, on: date | None = None, drift_m_per_day: float = 0.0
) -> Floats:
    """Standard deviation at every vertex of a line drawn between places whose holder was reported on a date.

    Parameters
    ----------
    line
        The line of contact.
    labels
        Points with a column ``holder``; rows without one tell nothing. A column ``holder_date`` or ``date`` says when.
    on
        The day the line is wanted for; by default the day it is drawn for.
    drift_m_per_day
        How far the front may have moved a day since a report, metres; 0: reports do not age.

    Returns
    -------
    numpy.ndarray
        Metres, one a vertex of the line.

    Raises
    ------
    InputError
        Where there is no column ``holder`` or nobody holds anything; where reports age and one of them, or the line,
        has no day.

    Notes
    -----
    With right labels the true line passes within h, the distance of the nearest, of a line drawn half way between them;
    its error is h / 2 in the root mean square. A label t days old adds a drift of t times `drift_m_per_day`:
    sigma^2 = least over labels of (h / 2)^2 + (drift t)^2.
    """
    checks.has_columns(labels, ("holder",), where="the labels")
    checks.is_layer(labels, "point", where="the labels")
    told = labels[labels["holder"].notna()]
    if told.empty:
        raise InputError("the labels: no row says who holds the place")
    age = _ages(told, on or line.drawn, drift_m_per_day)
    vertices = shapely.get_coordinates(line.geometry)
    variance = np.full(len(vertices), np.inf)
    for days in np.unique(age):
        same = shapely.MultiPoint(checks.lonlat(told)[age == days])
        here = (geodesy.distance(vertices, same) / 2) ** 2 + (drift_m_per_day * days) ** 2
        variance = np.minimum(variance, here)
    return np.asarray(np.sqrt(variance))


def vertices_of(line: BaseGeometry) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Vertices of a line, longitude, latitude; the part each is of; its way from the start of that part, metres."""
    xy, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
    way = np.zeros(len(xy))
    way[1:] = geodesy.GEOD.inv(*xy[:-1].T, *xy[1:].T)[2]
    way[np.flatnonzero(np.diff(part)) + 1] = 0.0
    total = np.cumsum(way)
    first = np.searchsorted(part, part)
    return xy, part, total - total[first]


def sigma_along(around: Spread, part: NDArray[np.int64], chainage_m: Floats) -> Floats:
    """Sigma at places along the parts of a line, metres."""
    _, vertex_part, way = vertices_of(around.line.geometry)
    sigma = np.zeros(len(part))
    for number in np.unique(part):
        own, here = vertex_part == number, part == number
        sigma[here] = np.interp(chainage_m[here], way[own], around.sigma_m[own])
    return sigma


def _ages(told: gpd.GeoDataFrame, on: date | None, drift_m_per_day: float) -> Floats:
    """Days since each report; 0 where reports do not age."""
    if not (np.isfinite(drift_m_per_day) and drift_m_per_day >= 0):
        raise InputError(f"drift_m_per_day is {drift_m_per_day}: give metres from 0 on")
    if drift_m_per_day == 0:
        return np.zeros(len(told))
    name = next((name for name in ("holder_date", "date") if name in told), None)
    days = pd.to_datetime(told[name], errors="coerce") if name else pd.Series([pd.NaT] * len(told))
    if on is None or days.isna().any():
        what = "the line has no day: give on" if on is None else f"{int(days.isna().sum())} of {len(days)} have no day"
        raise InputError(f"the labels: reports age, but {what}")
    return np.asarray((pd.Timestamp(on) - days.dt.tz_localize(None)).abs().dt.days, dtype=np.float64)
