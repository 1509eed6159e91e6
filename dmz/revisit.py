"""Say how often patrols came by each stretch of a line, how long it was left alone, and where a standard is met."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dmz.coverage import ALL, AT_LEAST, UNKNOWN
from dmz.errors import InputError

Floats = NDArray[np.float64]

# A standard of revisit that has to be named by the caller's mandate; this one is the example of the documents.
STANDARD_DAYS = 14.0
MET, NOT_MET, CANNOT_TELL = "met", "not met", "cannot tell"
# A chainage within this of another is the same, km: passes end within half a metre.
SAME_KM = 1e-6

MEASURES = {
    "visit_days": "days of the period with a visit; several patrols on one day are one",
    "largest_gap_days": "longest time between two visits; empty with fewer than two",
    "mean_between_days": "mean time between visits: (last - first) / (visit_days - 1); empty with fewer than two",
    "first_gap_at_least_days": "from the period's start to the first visit: at least, for the gap began before",
    "last_gap_at_least_days": "from the last visit to the period's end: at least, for the gap goes on",
    "mean_idleness_days": "time since the last visit, its mean over the period: sum g^2 / 2T, all gaps g",
    "time_average_gap_days": "length of the gap that a moment of the period lies in, its mean: sum g^2 / T",
    "days_since_last": "from the last visit to the period's end; empty without a visit",
}
STRETCH_COLUMNS = {
    "track": "id of the track",
    "from_km": "chainage at which the stretch begins; on all of it the same patrols came by",
    "to_km": "chainage at which it ends",
    "length_km": "to_km less from_km",
    "visits": "patrols that came within reach on a known day of the period; empty where nothing is known",
    "visits_undated": "patrols that may have come by in the period, their day unknown: they make gaps shorter only",
    **MEASURES,
    "standard": f"whether no gap is longer than the standard: '{MET}', '{NOT_MET}', or '{CANNOT_TELL}'",
    "known": f"'{UNKNOWN}', '{AT_LEAST}' (gaps are then at most) or '{ALL}'",
}
PIECE_COLUMNS = {
    "track": "id of the track",
    "from_km": "chainage at which the piece begins",
    "to_km": "chainage at which it ends",
    "length_km": "to_km less from_km",
    "visited_km": "length any patrol came within reach of; empty where nothing is known",
    "visits": "patrols that came within reach of any of it; empty where nothing is known",
    "visits_least": "patrols on the stretch of it that had the fewest; empty where nothing is known of some",
    "visit_km": "sum over patrols of the length each came within reach of",
    "largest_gap_days": "longest time between two visits on any stretch of it",
    "longest_days": "longest time without a visit on any stretch of it, gaps cut by the period's ends counted too",
    "longest_is_cut": "whether the period's ends cut that gap: then it is at least longest_days",
    "mean_idleness_days": "mean over its length, where known",
    "met_km": "length that meets the standard",
    "not_met_km": "length that does not",
    "cannot_tell_km": "length of which neither is known",
    "known": f"'{UNKNOWN}' where nothing was reported of any of it, '{AT_LEAST}' or '{ALL}'",
}
SUMMARY_COLUMNS = {
    "track": "id of the track",
    "length_km": "its geodesic length",
    "period_days": "days of the period, T",
    "standard_days": "the standard: no gap longer",
    "visited_km": "length with a visit on a known day",
    "met_share": "share of the length that meets the standard, 0 to 1",
    "not_met_share": "share that does not",
    "cannot_tell_share": "share of which neither is known",
    "largest_gap_days": "longest time between two visits anywhere",
    "longest_days": "longest time without a visit anywhere, gaps cut by the period's ends counted too",
    "longest_is_cut": "whether the period's ends cut that gap: then it is at least longest_days",
    "mean_idleness_days": "mean over the length, where known",
    "mean_known_km": "the length that mean is of",
    "known": "as of the pieces",
}


def measures(days: Sequence[float], period_days: float) -> dict[str, float]:
    """Measure one place's visits: the worked example of all that follows.

    Parameters
    ----------
    days
        Days of the visits, counted from the period's start: a visit on its first day is 1. Any order; those on one
        day count once.
    period_days
        Days of the period, T.

    Returns
    -------
    dict
        Keys as `MEASURES`, days; what cannot be said is not a number.

    Raises
    ------
    InputError
        Where a day lies outside the period, or the period has none.

    Notes
    -----
    The visits and the ends of the period cut it into gaps g, which sum up to T. *Idleness* of a place at a moment is
    the time since it was last visited, a word of the literature on patrolling (Almeida, A. et al. (2004), Recent
    advances on multi-agent patrolling, SBIA 2004, LNAI 3171, 526-535; Chevaleyre, Y. (2004), Theoretical analysis of
    the multi-agent patrolling problem, IAT 2004, 302-308). Within a gap it grows from 0 to g, so its integral is
    g^2 / 2 and its mean over the period sum g^2 / 2T; a moment chosen at random lies in a gap of mean length
    sum g^2 / T, twice that (E[X^2] / E[X] of renewal theory, the inspection paradox). At the period's start idleness
    is taken to be 0, as after a visit: the first gap and the last are "at least", the two means too. The other
    measures are definitions.

    Examples
    --------
    >>> found = measures([3, 5, 6, 20], 30)  # gaps 3, 2, 1, 14, 10
    >>> found["largest_gap_days"], found["first_gap_at_least_days"], found["last_gap_at_least_days"]
    (14.0, 3.0, 10.0)
    >>> [round(found[f"{name}_days"], 2) for name in ("mean_between", "mean_idleness", "time_average_gap")]
    [5.67, 5.17, 10.33]
    """
    if not period_days > 0:
        raise InputError(f"the period has {period_days:g} days: give one above 0")
    known = np.unique(np.asarray(days, dtype=np.float64))
    if len(outside := known[~((known > 0) & (known <= period_days))]):
        raise InputError(f"a visit on day {outside[0]:g} is not in the period, which has days 1 to {period_days:g}")
    found = _measured(np.ones((1, len(known)), bool), known, float(period_days))
    return {name: float(values[0]) for name, values in found.items()}


def stretches(
    passes: pd.DataFrame,
    along: gpd.GeoDataFrame,
    routes: gpd.GeoDataFrame,
    *,
    period: tuple[dt.date, dt.date],
    standard_days: float = STANDARD_DAYS,
    complete: bool = False,
) -> pd.DataFrame:
    """Visits of every stretch of each track, cut wherever they change: no grid, so nothing is averaged.

    Parameters
    ----------
    passes
        As `dmz.coverage.passes` makes them, of these routes.
    along
        The tracks, as `dmz.coverage.tracks` makes them.
    routes
        As `dmz.effort.routes` makes them, of one `kind`: planned and reported patrols are never added up. Their
        ``date`` counts; those with a ``date_to`` on a later day, or no date, are undated.
    period
        First and last day, both included. A visit counts at the end of its day: on the first day it is day 1.
    standard_days
        The standard: no gap longer than this many days.
    complete
        Whether these are all the patrols of the period, as in a mission's own log or a plan. If not, what nobody
        reported is unknown, a gap is at most as long as it looks, and no stretch is said not to meet the standard.

    Returns
    -------
    pandas.DataFrame
        One row a track and stretch, along it; columns as `STRETCH_COLUMNS`.

    Raises
    ------
    InputError
        Where the period ends before it begins, the standard is not above 0, or planned and reported routes are mixed.

    Notes
    -----
    Measures as `measures` defines them. Standard: met where every gap, also those the period's ends cut, is no longer
    than it, of which only the cut ones might be longer than seen; not met where one is longer and no unreported or
    undated patrol can have shortened it; else it cannot be told.
    """
    total_days = _total(period, standard_days, routes)
    day, undated = _days(routes, period)
    tables = [_cut(track, passes, day, undated, total_days) for track in along.itertuples()]
    empty = pd.DataFrame(columns=[*STRETCH_COLUMNS])
    table = pd.concat(tables, ignore_index=True) if tables else empty
    return _judged(table, standard_days, complete=complete)[[*STRETCH_COLUMNS]]


def pieces(
    found: pd.DataFrame,
    passes: pd.DataFrame,
    routes: gpd.GeoDataFrame,
    *,
    period: tuple[dt.date, dt.date],
    every_km: float = 1.0,
) -> pd.DataFrame:
    """Sum stretches up to pieces of one length, the last of each track shorter.

    Parameters
    ----------
    found, passes, routes, period
        As `stretches` made them and took them.
    every_km
        Length of a piece, km.

    Returns
    -------
    pandas.DataFrame
        One row a track and piece; columns as `PIECE_COLUMNS`. Sums of a column in km do not depend on `every_km`.

    Raises
    ------
    InputError
        Where `every_km` is not above 0.
    """
    if not every_km > 0:
        raise InputError(f"every_km is {every_km:g}: give a length above 0")
    dated = passes[passes["patrol"].isin([*_days(routes, period)[0]])]
    tables = []
    for track, here in found.groupby("track", sort=False):
        rows = [_summed(piece) for _, piece in _split(here, every_km).groupby("piece")]
        table = pd.DataFrame(rows).assign(track=track)
        ends = np.append(table["from_km"].to_numpy(float), table["to_km"].iloc[-1])
        visits = pd.array(_visitors(dated[dated["track"] == track], ends), dtype="Int64")
        tables.append(table.assign(visits=pd.Series(visits).mask(table["known"] == UNKNOWN)))
    return pd.concat(tables, ignore_index=True)[[*PIECE_COLUMNS]] if tables else pd.DataFrame(columns=[*PIECE_COLUMNS])


def summary(
    found: pd.DataFrame, *, period: tuple[dt.date, dt.date], standard_days: float = STANDARD_DAYS
) -> pd.DataFrame:
    """Sum stretches up to one row a track; columns as `SUMMARY_COLUMNS`, parameters as `stretches` took them."""
    rows = []
    for track, here in found.groupby("track", sort=False):
        total = _summed(here)
        shares = {
            f"{name}_share": total[f"{name}_km"] / total["length_km"] for name in ("met", "not_met", "cannot_tell")
        }
        said = {"track": track, "period_days": _span(period), "standard_days": standard_days}
        rows.append(total | shares | said)
    return pd.DataFrame(rows, columns=[*SUMMARY_COLUMNS])


def _span(period: tuple[dt.date, dt.date]) -> float:
    return float((period[1] - period[0]).days + 1)


def _total(period: tuple[dt.date, dt.date], standard_days: float, routes: gpd.GeoDataFrame) -> float:
    """Days of the period, once everything asked for makes sense."""
    faults = []
    if _span(period) < 1:
        faults.append(f"the period ends on {period[1]}, before it begins on {period[0]}")
    if not standard_days > 0:
        faults.append(f"the standard is {standard_days:g} days: give one above 0")
    if len(kinds := sorted({*routes["kind"].astype(str)})) > 1:
        faults.append(f"the routes are {' and '.join(kinds)}: measure one kind at a time")
    if faults:
        raise InputError(faults)
    return _span(period)


def _days(routes: gpd.GeoDataFrame, period: tuple[dt.date, dt.date]) -> tuple[dict[object, int], set[object]]:
    """Day of the period on which each patrol took place, and patrols that may have taken place on some day of it."""
    first, last = (pd.Timestamp(day) for day in period)
    day: dict[object, int] = {}
    undated: set[object] = set()
    date, date_to = pd.to_datetime(routes["date"]), pd.to_datetime(routes["date_to"])
    for patrol, begin, end in zip(routes["patrol"], date, date_to.fillna(date), strict=True):
        if begin == end and first <= begin <= last:
            day[patrol] = (begin - first).days + 1
        elif begin != end and not (begin > last or end < first):  # no date compares as neither
            undated.add(patrol)
    return day, undated


def _cut(
    track: object, passes: pd.DataFrame, day: dict[object, int], undated: set[object], total_days: float
) -> pd.DataFrame:
    """Stretches of one track between all ends of passes, with the visits of each."""
    name, length_km = track.track, track.length_km  # type: ignore[attr-defined]
    here = passes[(passes["track"] == name) & passes["patrol"].isin([*day, *undated])]
    ends = np.unique(np.concatenate([[0.0, length_km], here["from_km"], here["to_km"]]).astype(float).round(9))
    ends = ends[np.concatenate([[True], np.diff(ends) > SAME_KM])]
    ends[-1] = length_km
    dated, loose = here[here["patrol"].isin([*day])], here[here["patrol"].isin(undated)]
    who = _present(dated, ends)
    when = np.array([day[patrol] for patrol in dated["patrol"].unique()], dtype=np.float64)
    days = np.unique(when)
    came = np.column_stack([who[:, when == each].any(axis=1) for each in days]) if len(days) else who[:, :0]
    table = {"track": name, "from_km": ends[:-1], "to_km": ends[1:], "length_km": np.diff(ends)}
    counts = {"visits": who.sum(axis=1), "visits_undated": _present(loose, ends).sum(axis=1)}
    return pd.DataFrame(table | counts | _measured(came, days, total_days))


def _present(passes: pd.DataFrame, ends: Floats) -> NDArray[np.bool_]:
    """Whether each patrol, in the order they first appear, is within reach of each stretch between `ends`."""
    number, patrols = pd.factorize(passes["patrol"])
    present = np.zeros((len(ends) - 1, len(patrols)), bool)
    middle = (ends[1:] + ends[:-1]) / 2
    low, high = (np.searchsorted(middle, passes[end].to_numpy(float)) for end in ("from_km", "to_km"))
    for patrol, start, stop in zip(number, low, high, strict=True):
        present[start:stop, patrol] = True
    return present


def _visitors(passes: pd.DataFrame, ends: Floats) -> NDArray[np.int64]:
    """Number of patrols that are within reach of any of each piece between `ends`."""
    number, patrols = pd.factorize(passes["patrol"])
    touched = np.zeros((len(ends) - 1, len(patrols)), bool)
    low = np.searchsorted(ends, passes["from_km"].to_numpy(float) + SAME_KM, side="right") - 1
    high = np.searchsorted(ends, passes["to_km"].to_numpy(float) - SAME_KM)
    for patrol, start, stop in zip(number, low, high, strict=True):
        touched[start:stop, patrol] = True
    return np.asarray(touched.sum(axis=1))


def _measured(came: NDArray[np.bool_], days: Floats, total_days: float) -> dict[str, Floats]:
    """Measures of many places at once: rows of `came` say on which of `days`, in order, each was visited."""
    at = np.where(came, days, 0.0)
    reached = np.maximum.accumulate(at, axis=1) if at.shape[1] else at
    before = np.column_stack([np.zeros(len(came)), reached])[:, :-1] if at.shape[1] else at
    gap = np.where(came, at - before, 0.0)
    count = came.sum(axis=1).astype(float)
    first = np.where(came.any(axis=1), np.where(came, days, np.inf).min(axis=1, initial=np.inf), total_days)
    last = at.max(axis=1, initial=0.0)
    after = total_days - last
    inner = np.where(came & (before > 0), gap, 0.0)
    twice = count > 1
    square = (gap**2).sum(axis=1) + after**2
    return {
        "visit_days": count,
        "largest_gap_days": np.where(twice, inner.max(axis=1, initial=0.0), np.nan),
        "mean_between_days": np.where(twice, (last - first) / np.maximum(count - 1, 1), np.nan),
        "first_gap_at_least_days": first,
        "last_gap_at_least_days": after,
        "mean_idleness_days": square / (2 * total_days),
        "time_average_gap_days": square / total_days,
        "days_since_last": np.where(count > 0, after, np.nan),
    }


def _judged(table: pd.DataFrame, standard_days: float, *, complete: bool) -> pd.DataFrame:
    """Table with the standard's verdict, and with nothing said where nothing is known."""
    seen = table["visits"].to_numpy() > 0
    loose = table["visits_undated"].to_numpy() > 0
    longest = table[["largest_gap_days", "first_gap_at_least_days", "last_gap_at_least_days"]].max(axis=1)
    met, missed = seen & (longest <= standard_days), longest > standard_days
    verdict = np.select([met, missed & complete & ~loose], [MET, NOT_MET], CANNOT_TELL)
    known = np.full(len(table), ALL) if complete else np.where(seen | loose, AT_LEAST, UNKNOWN)
    silent = pd.Series(~seen & (not complete), index=table.index)
    whole = {name: table[name].astype("Int64") for name in ("visits", "visits_undated", "visit_days")}
    table = table.assign(standard=verdict, known=known, **whole)
    hidden = {name: table[name].mask(silent) for name in ("visits", *MEASURES)}
    return table.assign(**hidden, visits_undated=table["visits_undated"].mask(table["known"] == UNKNOWN))


def _split(found: pd.DataFrame, every_km: float) -> pd.DataFrame:
    """Stretches of a track cut at every multiple of a length, with the number of the piece each lies in."""
    length_km = found["to_km"].max()
    count = max(1, int(np.ceil(length_km / every_km - SAME_KM)))
    old = np.append(found["from_km"].to_numpy(float), length_km)
    marks = np.append(np.arange(count) * every_km, length_km)
    nearest = old[np.searchsorted((old[1:] + old[:-1]) / 2, marks)]
    marks = np.where(np.abs(nearest - marks) <= SAME_KM, nearest, marks)  # no crumbs beside a stretch's end
    ends = np.unique(np.concatenate([marks, old]))
    of = np.searchsorted(old, ends[:-1], side="right") - 1
    number = np.clip(np.searchsorted(marks, ends[:-1], side="right") - 1, 0, count - 1)
    split = found.iloc[of].reset_index(drop=True)
    return split.assign(from_km=ends[:-1], to_km=ends[1:], length_km=np.diff(ends), piece=number)


def _summed(here: pd.DataFrame) -> dict[str, Any]:
    """One row of several stretches that follow each other."""
    length, visits = here["length_km"], here["visits"]
    known = here["known"].unique()
    cut_days = here[["first_gap_at_least_days", "last_gap_at_least_days"]].astype(float).max(axis=1).max()
    largest = here["largest_gap_days"].astype(float).max()
    idle = here["mean_idleness_days"].astype(float)
    said = idle.notna()
    silent = set(known) == {UNKNOWN}
    row = {
        f"{name.replace(' ', '_')}_km": length[here["standard"] == name].sum() for name in (MET, NOT_MET, CANNOT_TELL)
    }
    return row | {
        "from_km": here["from_km"].iloc[0],
        "to_km": here["to_km"].iloc[-1],
        "length_km": length.sum(),
        "visited_km": np.nan if silent else length[visits.fillna(0) > 0].sum(),
        "visits_least": pd.NA if visits.isna().any() else visits.min(),
        "visit_km": np.nan if silent else (length * visits.fillna(0).astype(float)).sum(),
        "largest_gap_days": largest,
        "longest_days": np.fmax(largest, cut_days),
        "longest_is_cut": pd.NA if np.isnan(cut_days) else bool(not largest >= cut_days),
        "mean_idleness_days": np.average(idle[said], weights=length[said]) if said.any() else np.nan,
        "mean_known_km": length[said].sum(),
        "known": ALL if ALL in known else AT_LEAST if AT_LEAST in known else UNKNOWN,
    }
