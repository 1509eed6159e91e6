"""Hold lines of several dates: the line on a date, and what ground and which settlements changed hands between two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import checks, geodata, geodesy
from dmz.control import partition
from dmz.control.held import Control, Floats
from dmz.errors import GeometryError, InputError
from dmz.geodata import WGS84
from dmz.line import GRID_DEG, Line, holders, line_of

# Without a theatre, ground is asked for as far from the lines as they are from each other, and this much farther.
MARGIN_M = 1_000.0
Holder = Callable[[Floats], NDArray[np.object_]]


@dataclass(frozen=True, eq=False)
class DatedLines:
    """Lines of contact of different days, the earliest first."""

    lines: tuple[Line, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """Days they are drawn for."""
        return tuple(line.drawn for line in self.lines if line.drawn is not None)

    def on(self, day: date) -> Line:
        """Line that held on a day: the last drawn for it or an earlier one.

        Raises
        ------
        InputError
            A day before the first line.
        """
        before = [line for line, drawn in zip(self.lines, self.days, strict=True) if drawn <= day]
        if not before:
            raise InputError(
                f"there is no line for {day}: the first is that of {self.days[0]}, the last {self.days[-1]}"
            )
        return before[-1]


@dataclass(frozen=True, eq=False)
class Changes:
    """What changed hands between two dates.

    Parameters
    ----------
    ground
        One row a pair of parties: ``held_before``, ``held_after``, ``area_km2``, ``settlements`` (how many lie in it,
        null where none were given), ``geometry``.
    settlements
        Those given that changed hands: ``name``, ``held_before``, ``held_after``, ``geometry``.
    unclear
        Ground of which it is not known on one of the dates who held it, although it may have changed: ``reason``,
        ``area_km2``, ``geometry``. It counts nowhere.
    """

    ground: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame
    unclear: gpd.GeoDataFrame

    def balance(self) -> pd.DataFrame:
        """What each party gained and lost: ``party``, ``gained_km2``, ``lost_km2``, ``net_km2``, and settlements."""
        counted = not self.ground["settlements"].isna().any()
        rows = []
        for party in sorted({*self.ground["held_before"], *self.ground["held_after"]}):
            gained, lost = (self.ground[self.ground[side] == party] for side in ("held_after", "held_before"))
            rows.append(
                {
                    "party": party,
                    "gained_km2": gained["area_km2"].sum(),
                    "lost_km2": lost["area_km2"].sum(),
                    "net_km2": gained["area_km2"].sum() - lost["area_km2"].sum(),
                    "settlements_gained": gained["settlements"].sum() if counted else pd.NA,
                    "settlements_lost": lost["settlements"].sum() if counted else pd.NA,
                }
            )
        columns = ["party", "gained_km2", "lost_km2", "net_km2", "settlements_gained", "settlements_lost"]
        table = pd.DataFrame(rows, columns=columns)
        return table.astype({"settlements_gained": "Int64", "settlements_lost": "Int64"})


def read_dated(path: str | Path, *, left: str | None = None, right: str | None = None) -> DatedLines:
    """Read a file with one line a date.

    Parameters
    ----------
    path
        Any vector file with lines and a column ``date``; features of one date are one line.
    left, right
        The party on each side as one looks along the lines; by default what the file says.

    Raises
    ------
    InputError
        A missing column, a date that is none; otherwise as `dmz.read_line`.
    """
    table = geodata.read(path, kind="line")
    checks.has_columns(table, ["date"], where=str(path))
    days = pd.to_datetime(table["date"], errors="coerce")
    if days.isna().any():
        bad = [name for name, missing in zip(geodata.feature_names(table), days.isna(), strict=True) if missing]
        raise InputError([f"{path}: {name} has no date: write it as 2018-09-17" for name in bad])
    lines = [
        line_of(rows, where=f"{path} of {day.date()}", left=left, right=right)
        for day, rows in table.groupby(days.dt.normalize(), sort=True)
    ]
    return DatedLines(tuple(lines))


def changes(
    before: Line | Control,
    after: Line | Control,
    *,
    within: BaseGeometry | gpd.GeoDataFrame | None = None,
    settlements: gpd.GeoDataFrame | None = None,
) -> Changes:
    """Ground and settlements that changed hands between two dates.

    Parameters
    ----------
    before, after
        Lines, or areas of control, of the earlier and of the later date.
    within
        The theatre that is asked about. Without it, of areas all that both have; of lines, all ground no farther from
        either than they are from each other.
    settlements
        Points, with ``name`` where there is one.

    Returns
    -------
    Changes
        By pair of parties, with km2 on the ellipsoid. Beyond the open ends of a line nobody says who held what: ground
        whose nearest point of either line is an end is `Changes.unclear`; so is ground without data.

    Raises
    ------
    InputError
        A line and areas of control mixed.
    GeometryError
        Where they have no ground in common.

    Notes
    -----
    Ground on a side of a line is that of the side of its nearest point (docs/method.md, step 9); both lines' sides are
    noded together into faces, each held by one party before and by one after.
    """
    if isinstance(before, Line) and isinstance(after, Line):
        ground = _land(within, before, after)
        sides = [_sides(line, ground) for line in (before, after)]
    elif isinstance(before, Control) and isinstance(after, Control):
        ground = _common(before, after, within)
        sides = [_areas(control) for control in (before, after)]
    else:
        raise InputError("one is a line and the other are areas of control: give two of one kind")
    faces = partition.faces([*sides[0][0], *sides[1][0]], ground)
    was, now = (holder(partition.inner_points(faces)) for _, holder in sides)
    towns = _towns(settlements, ground, sides[0][1], sides[1][1])
    return Changes(_ground(faces, was, now, None if settlements is None else towns), towns, _unclear(faces, was, now))


def _sides(line: Line, ground: BaseGeometry) -> tuple[list[BaseGeometry], Holder]:
    """Lines that part the ground of the two parties, and who holds a place; None beyond an open end."""
    locator = geodesy.Locator(line.geometry)
    reach_m = float(locator.nearest(shapely.get_coordinates(ground)).distance_m.max()) + MARGIN_M
    caps = geodesy.caps(line.geometry, locator, reach_m)
    cuts = [*geodesy.dividing(line.geometry, ground, locator, reach_m), geodesy.drawn_like(ground, caps).boundary]
    if line.areas is not None:
        cuts += [geodesy.drawn_like(ground, area).boundary for area in line.areas.geometry]

    def holder(xy: Floats) -> NDArray[np.object_]:
        known = holders(line, xy)
        known[locator.nearest(xy).at_end & ~_covered(line.areas, xy)] = None
        return known

    return cuts, holder


def _covered(areas: gpd.GeoDataFrame | None, xy: Floats) -> NDArray[np.bool_]:
    """Which places lie in areas whose holder is known."""
    found = np.zeros(len(xy), bool)
    for area in [] if areas is None else areas.geometry:
        found |= shapely.contains_xy(area, xy[:, 0], xy[:, 1])
    return found


def _areas(control: Control) -> tuple[list[BaseGeometry], Holder]:
    """Edges of areas of control, and who holds a place; None where nobody is known to."""

    def holder(xy: Floats) -> NDArray[np.object_]:
        found = np.full(len(xy), None, dtype=object)
        for party, area in zip(control.areas["party"], control.areas.geometry, strict=True):
            shapely.prepare(area)
            found[shapely.contains_xy(area, xy[:, 0], xy[:, 1])] = party
        return found

    return [area.boundary for area in control.areas.geometry], holder


def _land(within: BaseGeometry | gpd.GeoDataFrame | None, before: Line, after: Line) -> BaseGeometry:
    theatre = partition.land(within)
    if theatre is not None:
        if not (theatre.intersects(before.geometry) or theatre.intersects(after.geometry)):
            raise GeometryError("neither line runs through the theatre: is it the right one?")
        return theatre
    lines = (before.geometry, after.geometry)
    apart = max(
        float(geodesy.distance(shapely.get_coordinates(geodesy.densify(one, MARGIN_M)), other).max())
        for one, other in (lines, lines[::-1])
    )
    reach_m = apart + MARGIN_M
    zones = [geodesy.buffer(line, reach_m) for line in lines]
    zones[1] = geodesy.drawn_like(zones[0], zones[1])
    return shapely.set_precision(shapely.union_all(zones), GRID_DEG)


def _common(before: Control, after: Control, within: BaseGeometry | gpd.GeoDataFrame | None) -> BaseGeometry:
    theatre = partition.land(within)
    if theatre is None:
        theatre = shapely.union_all([*before.areas.geometry, *after.areas.geometry], grid_size=GRID_DEG)
    ground = [shapely.union_all(control.areas.geometry.array) for control in (before, after)]
    if not all(theatre.intersects(each) for each in ground):
        raise GeometryError("the areas of one of the dates lie nowhere in the theatre: is it the right one?")
    return theatre


def _ground(
    faces: NDArray[np.object_], was: NDArray[np.object_], now: NDArray[np.object_], towns: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    """Faces that changed hands, joined by pair of parties."""
    pairs = [
        (before, after) if None not in (before, after) and before != after else None
        for before, after in zip(was, now, strict=True)
    ]
    labels = np.empty(len(pairs), dtype=object)
    labels[:] = pairs
    table = partition.joined(faces, labels, "pair")
    table["held_before"] = [pair[0] for pair in table["pair"]]
    table["held_after"] = [pair[1] for pair in table["pair"]]
    counts = [
        pd.NA if towns is None else int(((towns["held_before"] == one) & (towns["held_after"] == other)).sum())
        for one, other in zip(table["held_before"], table["held_after"], strict=True)
    ]
    table["settlements"] = pd.array(counts, dtype="Int64")
    return table[["held_before", "held_after", "area_km2", "settlements", "geometry"]]


def _unclear(faces: NDArray[np.object_], was: NDArray[np.object_], now: NDArray[np.object_]) -> gpd.GeoDataFrame:
    known = np.array([(before is None) + (after is None) for before, after in zip(was, now, strict=True)])
    reason = np.array([None, "not known on one of the dates", "known on neither date"], dtype=object)[known]
    return partition.joined(faces, reason, "reason")


def _towns(settlements: gpd.GeoDataFrame | None, ground: BaseGeometry, was: Holder, now: Holder) -> gpd.GeoDataFrame:
    """Settlements that changed hands."""
    columns = ["name", "held_before", "held_after", "geometry"]
    if settlements is None or not len(settlements):
        return gpd.GeoDataFrame(columns=columns, geometry="geometry", crs=WGS84)
    checks.is_layer(settlements, "point", where="settlements")
    table = settlements if "name" in settlements else settlements.assign(name=geodata.feature_names(settlements))
    xy = checks.lonlat(table)
    table = table.assign(held_before=was(xy), held_after=now(xy))
    known = table["held_before"].notna() & table["held_after"].notna()
    changed = known & (table["held_before"] != table["held_after"]) & shapely.intersects_xy(ground, xy[:, 0], xy[:, 1])
    return table.loc[changed, columns].sort_values("name", kind="stable", ignore_index=True)
