"""Check the routes of patrols, planned or reported, and sum up their effort by party, contingent and period."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dmz import geodata, geodesy
from dmz.coverage import ALL, AT_LEAST, UNKNOWN
from dmz.errors import CRSError, GeometryError, InputError
from dmz.geodata import WGS84

Kind = Literal["planned", "reported", "implied"]
Every = Literal["day", "week", "month", "year"]
KINDS = ("planned", "reported", "implied")
EVERY = {"day": "D", "week": "W", "month": "M", "year": "Y"}
GROUPS = ("party", "contingent")
# What a column may be called in a file; the first is the house's word.
SPELLINGS = {"patrol": ("patrol", "id"), "kind": ("kind", "basis"), "party": ("party", "parties")}
LINES = ("LineString", "LinearRing", "MultiLineString")
MINUTES, HOURS = 60, 24

ROUTE_COLUMNS = {
    "patrol": "id of the patrol, once in a table",
    "kind": "planned, reported, or implied by an agreement's text",
    "date": "day it took place, or is planned for; the first it may have been where date_to is another; empty: unknown",
    "date_to": "last day it may have been, or was out; as date for one day",
    "start": "when it set out, local time as written; empty: unknown",
    "end": "when it was back; empty: unknown",
    "party": "who patrolled, as the source says; empty: unknown",
    "contingent": "unit or contingent, never a person; empty: unknown",
    "source": "where it is known from",
    "days": "calendar days it was out; empty where nobody said",
    "hours": "from start to end; empty where one of them is unknown",
    "length_km": "geodesic length of the route",
}
EFFORT_COLUMNS = {
    "kind": "planned, reported or implied: never added up",
    "party": "who patrolled; 'all' where it is not a group",
    "contingent": "unit or contingent; 'all' where it is not a group",
    "period": "day, week, month or year; 'all' where it is not a group, 'unknown' where that is not known",
    "patrols": "number of patrols; empty where nothing was reported",
    "patrol_days": "sum of the days each was out, of those whose days are known; empty where of none",
    "days_unknown": "patrols whose days are not known",
    "length_km": "sum of the lengths of their routes",
    "hours": "sum of their hours, of those known; empty where of none",
    "hours_unknown": "patrols whose hours are not known",
    "known": f"'{UNKNOWN}', '{AT_LEAST}' or '{ALL}'",
}
ROUND_COLUMNS = {
    "patrol": "id of the route",
    "length_km": "its geodesic length",
    "closed": "whether it ends where it starts",
    "loop_km": "length of one loop: the route, there and back where it is open",
    "loop_hours": "time of one loop: loop_km / speed + stops",
    "teams_at_least": "the least number of teams that could meet the standard: a lower bound, more may be needed",
}


def read_routes(path: str | Path, *, kind: Kind | None = None) -> gpd.GeoDataFrame:
    """Read routes from a vector file, checked as `dmz.geodata.read` and `routes` check; parameters as `routes`."""
    return routes(geodata.read(path, kind="line"), kind=kind, where=str(path))


def routes(table: gpd.GeoDataFrame, *, kind: Kind | None = None, where: str = "the routes") -> gpd.GeoDataFrame:
    """Check a table of planned or reported routes and bring it to the library's columns.

    Parameters
    ----------
    table
        LineStrings or MultiLineStrings, longitude, latitude on WGS 84, with columns ``patrol`` (or ``id``), ``kind``
        (or ``basis``) and, where known, ``date``, ``date_to``, ``start``, ``end``, ``party`` (or ``parties``),
        ``contingent``, ``source``. Dates as 2020-03-15; times as 2020-03-15T09:30, or as 09:30 beside a date. Text that
        ends in a zone's offset is refused: times are local.
    kind
        What every route is, where the table has no such column.
    where
        What to call the table in a message.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows, columns as `ROUTE_COLUMNS`, then those of `table` it has besides, then ``geometry``.

    Raises
    ------
    CRSError
        Where the table has no CRS, or another than WGS 84.
    GeometryError
        Where a route is missing, empty, no line, or has no length; all faults at once.
    InputError
        Where an id is missing or stands twice, a kind, date or time cannot be read, or an end comes before its start;
        all faults at once.
    """
    if table.crs is None or not table.crs.equals(WGS84, ignore_axis_order=True):
        raise CRSError(f"{where}: the CRS is {table.crs}: bring it to longitude, latitude on WGS 84 (EPSG:4326) first")
    table = table.reset_index(drop=True)
    named = _spelled(table, kind)
    names = [f"route {number} ({patrol})" for number, patrol in enumerate(named["patrol"])]
    if faults := _shape_faults(table, names):
        raise GeometryError([f"{where}: {fault}" for fault in faults])
    faults = _id_faults(named["patrol"]) + _kind_faults(named["kind"], names)
    said = _times(named, names, faults)
    if faults:
        raise InputError([f"{where}: {fault}" for fault in faults])
    length_km = [geodesy.length(shape) / 1000 for shape in table.geometry]
    made = named.assign(**said, length_km=length_km)[[*ROUTE_COLUMNS]]
    besides = table.drop(columns=[*made, table.geometry.name, *_taken(table)], errors="ignore")
    return gpd.GeoDataFrame(made.join(pd.DataFrame(besides)), geometry=table.geometry.array, crs=WGS84)


def effort(
    found: gpd.GeoDataFrame,
    *,
    by: Sequence[str] = (),
    every: Every | None = None,
    period: tuple[dt.date, dt.date] | None = None,
    complete: bool = False,
) -> pd.DataFrame:
    """Patrols, patrol-days, km and hours, by kind and whatever else is asked for.

    Parameters
    ----------
    found
        As `routes` makes them.
    by
        ``"party"``, ``"contingent"``, or both. A joint patrol counts for the pair it is reported of.
    every
        Sum up by this length of time.
    period
        First and last day, both included: patrols known to lie outside are left out, those that may lie inside are not;
        with `every`, each day, week, month or year of it without a report has a row that says so.
    complete
        Whether these are all the patrols there were, as in a mission's own log: then no patrols are 0, not unknown.

    Returns
    -------
    pandas.DataFrame
        Columns as `EFFORT_COLUMNS`, in the order of kind, groups and period.

    Raises
    ------
    InputError
        Where `by` or `every` is something else, or the period ends before it begins.

    Notes
    -----
    Definitions. A patrol-day is a calendar day on which a patrol was out: a patrol of two days counts two, two patrols
    on one day count two. Lengths are geodesic (Karney 2013), of the route as drawn, one way.
    """
    faults = [f"by has {name!r}: it takes {' and '.join(GROUPS)}" for name in by if name not in GROUPS]
    if every is not None and every not in EVERY:
        faults.append(f"every is {every!r}: it is one of {', '.join(EVERY)}")
    if period is not None and period[1] < period[0]:
        faults.append(f"the period ends on {period[1]}, before it begins on {period[0]}")
    if faults:
        raise InputError(faults)
    here = found if period is None else found[_may_be_in(found, period)]
    groups = {name: here[name].fillna("unknown") if name in by else "all" for name in GROUPS}
    labelled = here.assign(**groups, period=_label(here, every))
    keys = ["kind", *GROUPS, "period"]
    rows = [dict(zip(keys, key, strict=True)) | _sums(rows) for key, rows in labelled.groupby(keys, sort=True)]
    known = ALL if complete else AT_LEAST
    rows = [row | {"known": known} for row in rows] + _silent(labelled, every, period, complete=complete)
    table = pd.DataFrame(rows, columns=[*EFFORT_COLUMNS]).sort_values(keys, kind="stable", ignore_index=True)
    counts = dict.fromkeys(("patrols", "patrol_days", "days_unknown", "hours_unknown"), "Int64")
    return table.astype(counts | {"length_km": float, "hours": float})


def rounds(
    found: gpd.GeoDataFrame,
    *,
    speed_kmh: float,
    standard_days: float,
    hours_a_day: float,
    stops: int = 0,
    stop_minutes: float = 0.0,
) -> pd.DataFrame:
    """Time of one loop of each route, and the least number of teams that could meet a standard of revisit.

    Parameters
    ----------
    found
        As `routes` makes them.
    speed_kmh
        Mean speed between stops, km/h.
    standard_days
        The standard: every point of the route at least once in so many days.
    hours_a_day
        Hours a team is on the route each day.
    stops, stop_minutes
        Stops on one loop, and minutes of each.

    Returns
    -------
    pandas.DataFrame
        One row a route; columns as `ROUND_COLUMNS`.

    Raises
    ------
    InputError
        Where a number is not above 0, a stop is negative, or a day has more than 24 hours.

    Notes
    -----
    Definition: loop time = loop / v + stops x minutes / 60. Lower bound: in any `standard_days` every point of the
    route is passed once, so N teams at v for h hours a day need N (h S) >= L / v + stops, and N is at least the whole
    number above. On a closed route teams that follow each other at equal distances meet it, as in the cyclic
    strategies of Chevaleyre (2004, Theoretical analysis of the multi-agent patrolling problem, IAT 2004, 302-308); on
    an open one, with the way from a base, breakdowns and rests, more may be needed. It is a bound for the route as
    drawn, not for the ground within reach of it.
    """
    _check_rounds(speed_kmh, standard_days, hours_a_day, stops, stop_minutes)
    stopped = stops * stop_minutes / MINUTES
    rows = []
    for patrol, length_km, shape in zip(found["patrol"], found["length_km"], found.geometry, strict=True):
        closed = bool(shapely.get_parts(shape).size == 1 and shapely.is_closed(shapely.get_parts(shape)[0]))
        loop_km = length_km if closed else 2 * length_km
        needed = (length_km / speed_kmh + stopped) / (standard_days * hours_a_day)
        row = {"patrol": patrol, "length_km": length_km, "closed": closed, "loop_km": loop_km}
        rows.append(row | {"loop_hours": loop_km / speed_kmh + stopped, "teams_at_least": math.ceil(needed - 1e-9)})
    return pd.DataFrame(rows, columns=[*ROUND_COLUMNS])


def _spelled(table: gpd.GeoDataFrame, kind: Kind | None) -> pd.DataFrame:
    """Columns of `ROUTE_COLUMNS` that a table says anything of, under the house's names."""
    columns = {}
    for name in ("patrol", "kind", "date", "date_to", "start", "end", "party", "contingent", "source"):
        there = next((other for other in SPELLINGS.get(name, (name,)) if other in table), None)
        columns[name] = pd.Series(None, index=table.index, dtype=object) if there is None else table[there]
    if kind is not None:
        columns["kind"] = columns["kind"].astype(object).where(columns["kind"].notna(), kind)
    return pd.DataFrame(columns).astype(object).where(lambda said: said.notna(), None)


def _taken(table: gpd.GeoDataFrame) -> list[str]:
    """Columns that stand under the house's name already."""
    return [next(iter(n for n in names if n in table)) for names in SPELLINGS.values() if {*names} & {*table}]


def _shape_faults(table: gpd.GeoDataFrame, names: list[str]) -> list[str]:
    faults = []
    for name, shape in zip(names, table.geometry, strict=True):
        if shape is None or shape.is_empty:
            faults.append(f"{name} has no geometry: draw it, or leave it out of the routes")
        elif shape.geom_type not in LINES:
            faults.append(f"{name} is a {shape.geom_type}, and a route is a line")
        elif not geodesy.length(shape):
            faults.append(f"{name} has no length: all its vertices are one place")
    return faults


def _id_faults(patrol: pd.Series) -> list[str]:
    missing = [f"route {number} has no patrol id" for number in np.flatnonzero(patrol.isna())]
    known = patrol.dropna()
    twice = sorted({*known[known.duplicated()].astype(str)})
    return missing + [f"{name} is the id of several routes: make them one MultiLineString, or ids" for name in twice]


def _kind_faults(kind: pd.Series, names: list[str]) -> list[str]:
    return [
        f"{name} has the kind {said!r}: it is {', '.join(KINDS[:-1])} or {KINDS[-1]}"
        for name, said in zip(names, kind, strict=True)
        if said not in KINDS
    ]


def _times(named: pd.DataFrame, names: list[str], faults: list[str]) -> dict[str, pd.Series]:
    """Columns of days and hours; what cannot be read is added to the faults."""
    rows = []
    for name, row in zip(names, named.itertuples(), strict=True):
        date, date_to = (_moment(row, column, name, faults) for column in ("date", "date_to"))
        start, end = (_moment(row, column, name, faults, day=date) for column in ("start", "end"))
        first = date if pd.notna(date) else start
        last = date_to if pd.notna(date_to) else end if pd.notna(end) else first
        if pd.notna(start) and pd.notna(end) and end < start:
            faults.append(f"{name} ends at {end}, before it starts at {start}: write both with their day")
        elif last < first:
            faults.append(f"{name} is of {first.date()} to {last.date()}, which is before it")
        elif pd.notna(date) and pd.notna(start) and _day(start) != _day(date) and pd.isna(date_to):
            faults.append(f"{name} is of {date.date()} and starts on {start.date()}: which is it?")
        out = (end - start) / pd.Timedelta(hours=1) if pd.notna(start) and pd.notna(end) else np.nan
        days = _days_out(first, last, timed=not np.isnan(out))
        rows.append((_day(first), _day(last), start, end, days, out))
    table = pd.DataFrame(rows, columns=["date", "date_to", "start", "end", "days", "hours"], index=named.index)
    moments = dict.fromkeys(("date", "date_to", "start", "end"), "datetime64[us]")
    table = table.astype(moments | {"days": "Int64", "hours": float})
    return {name: table[name] for name in table}


def _day(moment: pd.Timestamp) -> pd.Timestamp:
    return moment if pd.isna(moment) else moment.normalize()


def _days_out(first: pd.Timestamp, last: pd.Timestamp, *, timed: bool) -> int | None:
    """Calendar days a patrol was out: known where it is of one day, or where start and end are known."""
    if pd.isna(first) or not (timed or _day(first) == _day(last)):
        return None
    return int((_day(last) - _day(first)).days) + 1


def _moment(row: object, column: str, name: str, faults: list[str], day: pd.Timestamp = pd.NaT) -> pd.Timestamp:
    """Day or time that a row gives; not a time where it gives none or what it gives cannot be read."""
    said = getattr(row, column)
    if said is None or said == "":
        return pd.NaT
    text = str(said).strip()
    try:
        if isinstance(said, dt.time) or (len(text) <= len("09:30:00") and ":" in text):
            moment = dt.datetime.combine(day.date(), dt.time.fromisoformat(text)) if pd.notna(day) else None
        else:
            moment = dt.datetime.fromisoformat(text)
    except ValueError:
        faults.append(f"{name} has {column} {text!r}: write 2020-03-15, or 2020-03-15T09:30 for a time")
        return pd.NaT
    if moment is None:
        faults.append(f"{name} has {column} {text!r} and no date: write 2020-03-15T{text}")
    elif moment.tzinfo is not None:
        faults.append(f"{name} has {column} {text!r}: write local time, without a zone")
    else:
        return pd.Timestamp(moment)
    return pd.NaT


def _may_be_in(found: gpd.GeoDataFrame, period: tuple[dt.date, dt.date]) -> pd.Series:
    """Routes that are not known to lie outside a period."""
    return ~((found["date"] > pd.Timestamp(period[1])) | (found["date_to"] < pd.Timestamp(period[0])))


def _label(found: gpd.GeoDataFrame, every: Every | None) -> pd.Series | str:
    """Period each route lies in, as text that sorts."""
    if every is None:
        return "all"
    first, last = (found[column].dt.to_period(EVERY[every]) for column in ("date", "date_to"))
    return first.astype(str).where(first.notna() & (first == last), "unknown")


def _sums(rows: gpd.GeoDataFrame) -> dict[str, object]:
    days, hours = rows["days"].dropna(), rows["hours"].dropna()
    return {
        "patrols": len(rows),
        "patrol_days": days.sum() if len(days) else pd.NA,
        "days_unknown": len(rows) - len(days),
        "length_km": rows["length_km"].sum(),
        "hours": hours.sum() if len(hours) else np.nan,
        "hours_unknown": len(rows) - len(hours),
    }


def _silent(
    labelled: gpd.GeoDataFrame, every: Every | None, period: tuple[dt.date, dt.date] | None, *, complete: bool
) -> list[dict[str, object]]:
    """Rows of the periods without a patrol; one for all where there is no patrol at all."""
    spans = ["all"]
    if every is not None and period is not None:
        spans = [*pd.period_range(*map(pd.Timestamp, period), freq=EVERY[every]).astype(str)]
    groups = labelled[["kind", *GROUPS]].drop_duplicates().to_dict("records")
    if not groups:
        groups = [{"kind": "reported", "party": "all", "contingent": "all"}]
    elif spans == ["all"]:
        return []
    none = {"patrols": 0, "patrol_days": 0, "length_km": 0.0, "hours": 0.0, "known": ALL}
    said = none if complete else {"known": UNKNOWN}
    there = {*zip(labelled["kind"], labelled["party"], labelled["contingent"], labelled["period"], strict=True)}
    wanted = [group | {"period": span} for group in groups for span in spans]
    return [key | said for key in wanted if (*(key[name] for name in ("kind", *GROUPS)), key["period"]) not in there]


def _check_rounds(speed_kmh: float, standard_days: float, hours_a_day: float, stops: int, stop_minutes: float) -> None:
    asked = {"speed_kmh": speed_kmh, "standard_days": standard_days, "hours_a_day": hours_a_day}
    faults = [f"{name} is {value:g}: give a number above 0" for name, value in asked.items() if not value > 0]
    if hours_a_day > HOURS:
        faults.append(f"hours_a_day is {hours_a_day:g}: a day has {HOURS}")
    if not (stops >= 0 and stop_minutes >= 0):
        faults.append(f"{stops} stops of {stop_minutes:g} minutes: give none, or numbers above 0")
    if faults:
        raise InputError(faults)
