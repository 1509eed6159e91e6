"""Say from dated reports which stretches of a road are open, partly open or closed, and which nobody reported on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from dmz import along, geodata, geodesy
from dmz.along import END_COLUMNS, LIMIT_KM, SPAN_COLUMNS, Spell
from dmz.errors import DmzError, InputError, MissingInputError
from dmz.geodata import WGS84

OPEN, PARTLY, CLOSED, UNKNOWN = "open", "partly", "closed", "unknown"
STATUSES = (OPEN, PARTLY, CLOSED, UNKNOWN)

REPORT_COLUMNS = {
    "report": "id of the report; its number in the table where none was given",
    "corridor": "key of the road",
    "from_km": "chainage where the stretch it speaks of begins, km from the road's start",
    "to_km": "chainage where it ends",
    "date": "day it speaks of",
    "status": "open: traffic passes; partly: some does (a patrol, a convoy, some hours, one direction); closed: none "
    "does; unknown: the source says that it cannot tell",
    "source": "who says so",
    "confidence": "how well founded it is, as the report has it; null where it does not say",
    "note": "what was reported in words; null where it does not say",
}
COLUMNS = {
    "corridor": "key of the road",
    "on": "day the status is asked for",
    **SPAN_COLUMNS,
    "status": "open, partly, closed; unknown where no report holds, or reports of one day contradict each other",
    "conflict": "whether reports of the same, latest day contradict each other here",
    "since": "day of the reports that hold; null where none does",
    "age_days": "days from then to the day asked for",
    "said": "what each report that holds says, and who says it",
    "reports": "ids of the reports that hold",
    "confidence": "what those reports say of their own confidence, each word once",
    **END_COLUMNS,
}


def read_reports(
    path: str | Path, roads: gpd.GeoDataFrame, *, places: gpd.GeoDataFrame | None = None, limit_km: float = LIMIT_KM
) -> pd.DataFrame:
    """Read reports on roads from a CSV file or a vector layer; checked as `reports`.

    Raises
    ------
    MissingInputError
        Where there is no such file.
    InputError
        Where it is no table, or as `reports`.
    """
    path = Path(path)
    if path.suffix.lower() != ".csv":
        table = pd.DataFrame(geodata.read(path).drop(columns="geometry"))
    elif not path.is_file():
        raise MissingInputError(f"{path}: no such file")
    else:
        try:
            table = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False, na_values=[""])
        except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise InputError(f"{path}: it is no CSV table in UTF-8 ({error})") from error
    return reports(table, roads, places=places, limit_km=limit_km, where=str(path))


def reports(
    table: pd.DataFrame,
    roads: gpd.GeoDataFrame,
    *,
    places: gpd.GeoDataFrame | None = None,
    limit_km: float = LIMIT_KM,
    where: str = "reports",
) -> pd.DataFrame:
    """Check reports on roads and bring the stretches they speak of to chainage.

    Parameters
    ----------
    table
        One row a report: columns ``corridor``, ``date``, ``status``, ``source``; ``from_km`` and ``to_km``, or
        ``from_place`` and ``to_place``, or some rows so and some so; ``confidence``, ``note`` and ``id`` where known. A
        row with none of the four speaks of the whole road.
    roads
        LineStrings with a column ``corridor``.
    places
        Points with a column ``name``, in which the places are looked up. Where it has a column ``corridor`` too, a
        report's places are those of its road.
    limit_km
        How far a place may lie from its road.
    where
        What the table is called in an error.

    Returns
    -------
    pandas.DataFrame
        One row a report; columns as `REPORT_COLUMNS`, `from_km` the smaller.

    Raises
    ------
    InputError
        Where a column is missing; else every row at fault at once: a road, place or status that is not known, a date
        that is none, a stretch without length or beyond the road, a report without a source.
    """
    needed = ("corridor", "date", "status", "source")
    if absent := [name for name in needed if name not in table]:
        raise InputError(f"{where}: it has no column {', '.join(absent)}; it has {', '.join(map(str, table.columns))}")
    geometry = dict(zip(roads["corridor"], roads.geometry, strict=True))
    rows: list[dict[str, Any]] = []
    faults: list[str] = []
    for number, row in enumerate(table.to_dict("records"), start=1):
        try:
            rows.append(_report(row, number, geometry, places, limit_km))
        except DmzError as error:
            faults += [f"{where}: row {number}: {fault}" for fault in error.faults]
    if faults:
        raise InputError(faults)
    return pd.DataFrame(rows, columns=[*REPORT_COLUMNS])


def status(
    reported: pd.DataFrame,
    roads: gpd.GeoDataFrame,
    *,
    on: dt.date | str,
    valid_days: int | None = None,
    places: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Status of every stretch of every road on a day.

    Parameters
    ----------
    reported
        As `reports` makes them.
    roads
        LineStrings with a column ``corridor``.
    on
        The day.
    valid_days
        How many days a report holds; by default until a later one replaces it.
    places
        By the nearest of which the ends of stretches are named (`dmz.along.named`).

    Returns
    -------
    geopandas.GeoDataFrame
        One row a stretch, LineString, in the order of roads and chainage; the stretches add up to the road. Columns as
        `COLUMNS`.

    Raises
    ------
    InputError
        Where `on` is no date or `valid_days` is below 0.

    Notes
    -----
    Of the reports on a stretch up to the day, those of the latest date hold: **nothing is open because nobody said
    otherwise**. A stretch without a report, or whose last one is older than `valid_days`, is ``"unknown"``. Reports of
    one date that say different things are not weighed against each other: the stretch is ``"unknown"``, ``conflict`` is
    true, and ``said`` has them all.
    """
    day = _date(on)
    if day is None:
        raise InputError(f"on is {on!r}: give a date, such as 2018-12-31")
    if valid_days is not None and valid_days < 0:
        raise InputError(
            f"valid_days is {valid_days}: give days from 0 on, or None for reports that hold until replaced"
        )
    oldest = np.inf if valid_days is None else valid_days
    known = reported[np.array([0 <= (day - date).days <= oldest for date in reported["date"]], dtype=bool)]
    rows = []
    for name, road in zip(roads["corridor"], roads.geometry, strict=True):
        mine = known[known["corridor"] == name]
        spells = _stretches(mine, geodesy.length(road))
        known_of = ({"corridor": name, "on": day} | _said(mine, spell.label, day) for spell in spells)
        rows += [what | along.measured(road, spell, places) for what, spell in zip(known_of, spells, strict=True)]
    return gpd.GeoDataFrame(rows, columns=[*COLUMNS, "geometry"], geometry="geometry", crs=WGS84)


def history(
    reported: pd.DataFrame,
    roads: gpd.GeoDataFrame,
    *,
    on: Iterable[dt.date | str] | None = None,
    valid_days: int | None = None,
    places: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Status on several days, one below the other: on those given, else on every day of a report."""
    days = sorted({*reported["date"]}) if on is None else on
    tables = [status(reported, roads, on=day, valid_days=valid_days, places=places) for day in days]
    if not tables:
        raise InputError("no report and no day: there is no history to tell")
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), geometry="geometry", crs=WGS84)


def km_by_status(found: gpd.GeoDataFrame) -> pd.DataFrame:
    """Km of each road by day and status: ``corridor``, ``on``, ``status``, ``length_km``, ``share``, all four a day."""
    every = pd.MultiIndex.from_product([found["corridor"].unique(), found["on"].unique(), STATUSES])
    sums = found.groupby(["corridor", "on", "status"])[["length_km", "share"]].sum()
    return sums.reindex(every.set_names(sums.index.names), fill_value=0.0).reset_index()


def _report(
    row: dict[str, Any], number: int, geometry: dict[str, Any], places: gpd.GeoDataFrame | None, limit_km: float
) -> dict[str, Any]:
    """One report checked, every fault of it at once."""
    faults = []
    corridor, said, day = row["corridor"], row["status"], _date(row["date"])
    if corridor not in geometry:
        faults.append(f"no road is called {corridor!r}; there are {', '.join(geometry)}")
    if said not in STATUSES:
        faults.append(f"status {said!r} is none of {', '.join(STATUSES)}")
    if day is None:
        faults.append(f"date {row['date']!r} is no date: write 2020-03-15")
    if not _has(row, "source"):
        faults.append("it names no source")
    from_km = to_km = np.nan
    if corridor in geometry:
        try:
            from_km, to_km = _span(row, geometry[corridor], _of_road(places, corridor), limit_km)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return {
        "report": str(row["id"]) if _has(row, "id") else str(number),
        "corridor": corridor,
        "from_km": from_km,
        "to_km": to_km,
        "date": day,
        "status": said,
        "source": str(row["source"]),
        "confidence": row["confidence"] if _has(row, "confidence") else None,
        "note": row["note"] if _has(row, "note") else None,
    }


def _span(row: dict[str, Any], road: Any, places: gpd.GeoDataFrame | None, limit_km: float) -> tuple[float, float]:
    """Chainages in km between which a report holds."""
    marks: list[along.Mark | None] = []
    for end in ("from", "to"):
        if _has(row, f"{end}_km"):
            marks.append(_km(row[f"{end}_km"], f"{end}_km"))
        elif _has(row, f"{end}_place"):
            if places is None:
                raise InputError(f"{end}_place is {row[f'{end}_place']!r}, and no layer of places was given")
            marks.append(along.find(places, str(row[f"{end}_place"]), limit_km=limit_km))
        else:
            marks.append(None)
    if (marks[0] is None) != (marks[1] is None):
        raise InputError("it says where the stretch begins or ends, not both: give from_km and to_km, or two places")
    found = along.section(road, *marks)
    return found.from_km, found.to_km


def _km(value: Any, name: str) -> float:
    try:
        km = float(value)
    except (TypeError, ValueError):
        km = np.nan
    if not np.isfinite(km):
        raise InputError(f"{name} {value!r} is no number of km")
    return km


def _has(row: dict[str, Any], name: str) -> bool:
    value = row.get(name)
    return not (pd.isna(value) or (isinstance(value, str) and not value.strip()))


def _date(value: Any) -> dt.date | None:
    """Read a date, or an ISO date as text; None where it is neither."""
    if isinstance(value, dt.datetime | pd.Timestamp):
        return None if pd.isna(value) else value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError:
        return None


def _of_road(places: gpd.GeoDataFrame | None, corridor: str) -> gpd.GeoDataFrame | None:
    if places is None or "corridor" not in places:
        return places
    return places[places["corridor"] == corridor]


def _stretches(mine: pd.DataFrame, length_m: float) -> list[Spell]:
    """Stretches of a road by the reports that hold on each: labels are tuples of row numbers."""
    reported = np.concatenate([mine["from_km"], mine["to_km"]]) * 1000
    bounds = np.unique(np.concatenate([[0.0, length_m], np.clip(reported, 0.0, length_m)]))
    spans = zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    return along.joined([Spell(low, high, _holding(mine, (low + high) / 2000)) for low, high in spans])


def _holding(mine: pd.DataFrame, at_km: float) -> tuple[int, ...]:
    """Numbers of the reports of the latest date that speak of a point."""
    there = np.flatnonzero((mine["from_km"] <= at_km) & (at_km <= mine["to_km"]))
    if not len(there):
        return ()
    dates = mine["date"].iloc[there]
    return tuple(there[(dates == dates.max()).to_numpy()].tolist())


def _said(mine: pd.DataFrame, numbers: tuple[int, ...], day: dt.date) -> dict[str, Any]:
    """What the reports that hold on a stretch come to."""
    held = mine.iloc[list(numbers)]
    statuses = {*held["status"]}
    since = held["date"].iloc[0] if len(held) else None
    return {
        "status": next(iter(statuses)) if len(statuses) == 1 else UNKNOWN,
        "conflict": len(statuses) > 1,
        "since": since,
        "age_days": (day - since).days if since else None,
        "said": "; ".join(map(_sentence, held["status"], held["note"], held["source"])),
        "reports": "; ".join(held["report"]),
        "confidence": "; ".join(dict.fromkeys(held["confidence"].dropna())) or None,
    }


def _sentence(said: str, note: Any, source: str) -> str:
    """What one report says: ``"partly: a patrol drove it (ISWNews)"``."""
    return f"{said} ({source})" if pd.isna(note) else f"{said}: {note} ({source})"
