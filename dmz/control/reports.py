"""Read who holds which settlement, and take of several reports on one the last before a day."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dmz import checks, intake
from dmz.errors import ControlWarning, InputError

COLUMNS = ("name", "party", "date", "source", "confidence")
# Settlements named in a message.
NAMED = 8


def read_settlements(
    path: str | Path,
    *,
    hints: intake.Hints | None = None,
    within: gpd.GeoDataFrame | None = None,
    parties: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """Read settlements and who holds them.

    Parameters
    ----------
    path
        CSV, XLSX, or a layer of points, read by `dmz.intake.read_table`: coordinates, a party (also called ``holder``
        or ``side``), and where there are any a name, date, source, confidence.
    hints
        What the file does not say, such as ``Hints(columns={"party": "control"})``.
    within
        Theatre: rows over 500 km from it are left out.
    parties
        Name in the file to name of a party, such as ``{"R": "opposition"}``; others stay as they are.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a report, longitude, latitude on WGS 84: ``name``, ``party`` (null where the file says none), ``date``,
        ``source``, ``confidence``, then the other columns of the intake.

    Raises
    ------
    InputError
        Where a column is missing; the nearest one is offered. Where `parties` names none of the file.

    Warns
    -----
    IntakeWarning
        As `dmz.intake.read_table`.
    """
    read = intake.read_table(path, kind="place", theatre=within, hints=hints)
    return settlements_of(read, parties=parties)


def settlements_of(read: intake.Intake, *, parties: Mapping[str, str] | None = None) -> gpd.GeoDataFrame:
    """Settlements of a table that `dmz.intake.read_table` has read; otherwise as `read_settlements`."""
    good, path = read.good.assign(name=read.good["place"]).drop(columns="place"), read.path
    if "party" not in read.mapping:
        cells = good.drop(columns=[*intake.CANONICAL, "name", "row", "geometry"], errors="ignore")
        checks.has_columns(cells.assign(**dict.fromkeys(read.mapping.values())), ["party"], where=str(path))
    given = parties or {}
    if unknown := [name for name in given if name not in {*good["party"].dropna()}]:
        there = ", ".join(sorted({*good["party"].dropna()}))
        raise InputError(f"{path}: no settlement is held by {', '.join(map(repr, unknown))}; there are {there}")
    return good.assign(party=[given.get(party, party) for party in good["party"]])


def held_on(reports: gpd.GeoDataFrame, day: date | None, *, where: str = "settlements") -> gpd.GeoDataFrame:
    """Settlements of known holder: of several reports on one place the last, no later than a day.

    Parameters
    ----------
    reports
        Points with ``party`` and, where there are any, the other columns of `read_settlements`.
    day
        Later reports are not known yet; None takes all. A report without a date is older than any other.
    where
        What the table is called in a message.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a place, in the order of the reports.

    Raises
    ------
    InputError
        Where a column is missing, no report is left, or reports of one day on one place contradict each other.

    Warns
    -----
    ControlWarning
        Where settlements have no holder.
    """
    checks.has_columns(reports, ["party"], where=where)
    checks.is_layer(reports, "point", where=where)
    table = reports.assign(**{name: None for name in COLUMNS if name not in reports})[[*COLUMNS, "geometry"]]
    table = table.reset_index(drop=True)
    table["date"] = _days(table["date"], where)
    table["name"] = [
        f"settlement {number}" if pd.isna(name) or not str(name).strip() else str(name)
        for number, name in enumerate(table["name"])
    ]
    _warn_of_unknown(table, where)
    table = table[[isinstance(party, str) and bool(party.strip()) for party in table["party"]]]
    if day is not None:
        table = table[table["date"].isna() | (table["date"] <= pd.Timestamp(day))]
    if table.empty:
        by = "" if day is None else f" by {day}"
        raise InputError(f"{where}: no settlement has a known holder{by}")
    return _last(table, where)


def _last(table: gpd.GeoDataFrame, where: str) -> gpd.GeoDataFrame:
    """Last report on each place."""
    xy = np.round(checks.lonlat(table), 7)
    table = table.assign(_at=xy[:, 0] + 1j * xy[:, 1], _day=_number(table["date"]))
    last = table[table["_day"] == table.groupby("_at")["_day"].transform("max")]
    apart = last.groupby("_at")["party"].nunique()
    if (apart > 1).any():
        said = [
            f"{where}: {rows['name'].iloc[0]} is held by {' and by '.join(sorted({*rows['party']}))}"
            f"{_on(rows['date'].iloc[0])}: give dates, or delete one"
            for place, rows in last.groupby("_at", sort=False)
            if apart[place] > 1
        ]
        raise InputError([*said[:NAMED], *([f"{where}: and {len(said) - NAMED} more"] if len(said) > NAMED else [])])
    return last.drop_duplicates("_at").drop(columns=["_at", "_day"]).reset_index(drop=True)


def _days(cells: pd.Series, where: str) -> pd.Series:
    """Days of a column; what is written and no date is refused."""
    days = pd.to_datetime(cells, errors="coerce", format="ISO8601")
    if len(bad := cells[cells.notna() & days.isna()]):
        raise InputError(f"{where}: {bad.iloc[0]!r} is no date: write it as 2018-09-17, or leave it empty")
    return days


def _number(days: pd.Series) -> NDArray[np.float64]:
    """Days as numbers, those not known before all others."""
    whole = days.to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(whole), -np.inf, whole.astype(np.int64))


def _on(day: pd.Timestamp) -> str:
    return " on one place" if pd.isna(day) else f" on {day.date()}"


def _warn_of_unknown(table: gpd.GeoDataFrame, where: str) -> None:
    blank = [not isinstance(party, str) or not party.strip() for party in table["party"]]
    if any(blank):
        count = sum(blank)
        warnings.warn(
            f"{where}: {count} of {len(table)} settlements have no known holder and say nothing of the line",
            ControlWarning,
            stacklevel=4,
        )
