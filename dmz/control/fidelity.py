"""Say how far a line drawn by hand lies from one derived of settlements, where it is by more than h, and why."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from dmz import checks, geodesy
from dmz.control.held import Control, Floats
from dmz.errors import InputError
from dmz.line import Line

# Step between the points at which lines are compared, metres.
STEP_M = 250.0
# What is within h by less than this is within it: lines are drawn on a grid, and noded, to centimetres.
WITHIN_M = 1.0
BEYOND = "beyond the end of the drawn line"
PERCENTILES = {"median_km": 50, "p90_km": 90, "max_km": 100}


def offsets(drawn: Line, derived: Line, *, sectors: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """How far a drawn line lies from a derived one, at points along it.

    Parameters
    ----------
    drawn
        The line drawn by hand.
    derived
        The line between the same parties, derived of settlements.
    sectors
        Points with a column ``sector``: each point of the line is in that of the nearest that has one.

    Returns
    -------
    pandas.DataFrame
        One row a step of 250 m: ``at_km`` along the drawn line, ``distance_km`` to the derived one, ``h_km`` that the
        derived one states where it is nearest, ``sector`` (null where none were given).

    Raises
    ------
    InputError
        A derived line without an uncertainty.
    """
    at_m = np.arange(0.0, 1000 * drawn.length_km, STEP_M)
    xy = shapely.get_coordinates(geodesy.interpolate(drawn.geometry, at_m))
    nearest = geodesy.nearest(xy, derived.geometry)
    return pd.DataFrame(
        {
            "at_km": at_m / 1000,
            "distance_km": nearest.distance_m / 1000,
            "h_km": np.interp(nearest.chainage_m / 1000, _chainage_km(derived), _h_km(derived)),
            "sector": None if sectors is None else _sectors(xy, sectors),
        }
    )


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Distances by sector and over all.

    Parameters
    ----------
    found
        As `offsets` makes it.

    Returns
    -------
    pandas.DataFrame
        ``sector`` (``"all"`` last), in the order along the line, ``km`` of the drawn line, ``median_km``, ``p90_km``,
        ``max_km``, ``within_h_share`` of it no farther from the derived line than the h stated there, ``rms_h`` the
        root mean square of distance / h.
    """
    parts = (
        [(sector, rows) for sector, rows in found.groupby("sector", sort=False)]
        if found["sector"].notna().any()
        else []
    )
    return pd.DataFrame([_summed(sector, rows) for sector, rows in [*parts, ("all", found)]])


def misses(drawn: Line, derived: Line, control: Control) -> pd.DataFrame:
    """Stretches of a derived line that lie farther than h from the drawn one, each with the reason.

    Parameters
    ----------
    drawn, derived
        As `offsets` takes them.
    control
        The areas `derived` is the line of.

    Returns
    -------
    pandas.DataFrame
        One row a stretch, in order: ``from_km``, ``to_km`` along the derived line, ``farthest_km`` from the drawn one,
        ``h_km`` there, ``why``. Where every label is right it has no rows.

    Raises
    ------
    InputError
        Areas that were not derived of settlements.

    Notes
    -----
    At a vertex of the derived line a settlement of either party lies at h. If both lie on their party's side of the
    drawn line, the way from one to the other over the vertex crosses it, so it is within h of the vertex. Where it is
    not, one of the two lies on the other side, or the way goes round an end of the drawn line.
    """
    places = _used(control)
    xy = shapely.get_coordinates(derived.geometry)
    away_km = geodesy.distance(xy, drawn.geometry) / 1000
    return _stretches(
        _chainage_km(derived), away_km, _h_km(derived), lambda missed: _wrong_labels(xy[missed], drawn, derived, places)
    )


def strays(drawn: Line, derived: Line, control: Control) -> pd.DataFrame:
    """Stretches of a drawn line that lie farther from the derived one than the h stated there, each with the reason.

    Parameters
    ----------
    drawn, derived, control
        As `misses` takes them.

    Returns
    -------
    pandas.DataFrame
        As `misses`, along the drawn line. Right labels do not exclude such stretches: they are where the drawn line
        runs close to one party's settlements and no settlement stands for the ground of the other.

    Raises
    ------
    InputError
        Areas that were not derived of settlements.
    """
    places, found = _used(control), offsets(drawn, derived)
    xy = shapely.get_coordinates(geodesy.interpolate(drawn.geometry, 1000 * found["at_km"].to_numpy()))
    at_km, away_km, h_km = (found[name].to_numpy() for name in ("at_km", "distance_km", "h_km"))
    return _stretches(at_km, away_km, h_km, lambda missed: _far_places(xy[missed], derived, places))


def _stretches(
    at_km: Floats, away_km: Floats, h_km: Floats, why: Callable[[NDArray[np.bool_]], list[str]]
) -> pd.DataFrame:
    """Runs of points farther away than h, with the reason at the farthest of each."""
    missed = away_km > h_km + WITHIN_M / 1000
    reasons = np.full(len(at_km), None, dtype=object)
    reasons[missed] = why(missed)
    run = np.cumsum(np.append(True, missed[1:] != missed[:-1]))
    rows = []
    for number in np.unique(run[missed]):
        mine = np.flatnonzero(run == number)
        worst = mine[away_km[mine].argmax()]
        rows.append((at_km[mine[0]], at_km[mine[-1]], away_km[worst], h_km[worst], reasons[worst]))
    return pd.DataFrame(rows, columns=["from_km", "to_km", "farthest_km", "h_km", "why"])


def _far_places(xy: Floats, derived: Line, places: gpd.GeoDataFrame) -> list[str]:
    """How far the nearest settlements of both parties are."""
    said: list[list[str]] = []
    for party in derived.parties:
        own = places[places["party"] == party]
        which, away_m = geodesy.nearest_points(xy, checks.lonlat(own))
        names = own["name"].iloc[which]
        said.append([f"{name} ({party}) is {m / 1000:.1f} km off" for name, m in zip(names, away_m, strict=True)])
    return [f"{one}, {other}" for one, other in zip(*said, strict=True)]


def _used(control: Control) -> gpd.GeoDataFrame:
    if control.places is None:
        raise InputError("these areas were not derived of settlements: there is no h to compare with")
    return control.places[control.places["used"]].reset_index(drop=True)


def _h_km(derived: Line) -> Floats:
    if derived.uncertainty_m is None:
        raise InputError(f"{derived.name}: it states no uncertainty: give a line derived of settlements")
    return derived.uncertainty_m / 1000


def _sectors(xy: Floats, sectors: gpd.GeoDataFrame) -> NDArray[np.object_]:
    checks.has_columns(sectors, ["sector"], where="sectors")
    named = sectors[sectors["sector"].fillna("") != ""]
    return np.asarray(named["sector"], dtype=object)[geodesy.nearest_points(xy, checks.lonlat(named))[0]]


def _summed(sector: str, rows: pd.DataFrame) -> dict[str, object]:
    away, h = rows["distance_km"], rows["h_km"]
    return {
        "sector": sector,
        "km": len(rows) * STEP_M / 1000,
        **{name: float(np.percentile(away, share)) for name, share in PERCENTILES.items()},
        "within_h_share": float((away <= h + WITHIN_M / 1000).mean()),
        "rms_h": float(np.sqrt(np.mean((away / h) ** 2))),
    }


def _chainage_km(line: Line) -> Floats:
    """Distance of each vertex from the line's start, parts one after the other, km."""
    found, start = [], 0.0
    for part in shapely.get_parts(line.geometry):
        xy = shapely.get_coordinates(part)
        step = geodesy.separation(geodesy.to_space(xy[:-1]), geodesy.to_space(xy[1:]))
        along = start + np.append(0.0, np.cumsum(step))
        found.append(along / 1000)
        start = along[-1]
    return np.concatenate(found)


def _wrong_labels(xy: Floats, drawn: Line, derived: Line, places: gpd.GeoDataFrame) -> list[str]:
    """Why the drawn line is not within h of places on the derived one."""
    points = checks.lonlat(places)
    side = geodesy.nearest(points, drawn.geometry)
    stands = np.where(side.side >= 0, drawn.left, drawn.right)
    label = places["party"].to_numpy(dtype=object)
    beside = []
    for party in derived.parties:
        own = np.flatnonzero(label == party)
        beside.append(own[geodesy.nearest_points(xy, points[own])[0]])
    said = []
    for pair in zip(*beside, strict=True):
        wrong = [place for place in pair if stands[place] != label[place] and not side.at_end[place]]
        labels = [
            f"{places['name'].iloc[at]} ({label[at]}) lies {side.distance_m[at] / 1000:.1f} km on {stands[at]}'s side"
            for at in wrong
        ]
        said.append(" and ".join(labels) or BEYOND)
    return said
