"""Work an agreement out otherwise: at every depth, under every reading, along another line, on another day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from dmz import compare, compliance, depths, exposure, roadstatus, sensitivity
from dmz.depths import Setting, Way
from dmz.errors import InputError
from dmz.findings import Findings
from dmz.ground import Ground

DAY_COLUMNS = {
    "kind": "obligation, or road",
    "item": "id of the obligation or road in the agreement",
    "reading": "reading of the zone it was held against; empty where no zone is needed",
    "changed": "whether the status differs between any two of the days",
}
# Kind, id and reading of what has a status.
Item = tuple[str, str, str | None]
# Columns that hold a reading against another of its own agreement.
RELATIVE = ("jaccard", "settlements_gained", "settlements_lost")
DAY_COLUMN = "status as known on that day; of a road the km of each status"


@dataclass(frozen=True, eq=False)
class Explored:
    """What becomes of an agreement's results at every depth and under every choice.

    Parameters
    ----------
    sweep
        As `dmz.depths.sweep` makes it.
    sensitivity
        As `dmz.sensitivity.sensitivity` makes it.
    base
        The base case of the sensitivity: a reading, at the middle of the text's range of depths.
    verdicts
        What moves the results more, reading or depth (`dmz.sensitivity.verdict`), with each reading as the base case.
    """

    sweep: pd.DataFrame
    sensitivity: pd.DataFrame
    base: Way
    verdicts: dict[str, str]


@dataclass(frozen=True, eq=False)
class Compared:
    """Several agreements, or one along several lines, side by side.

    Parameters
    ----------
    table
        One row an agreement and reading: ``name``, ``agreement``, ``line_date``, then as `dmz.compare.readings`
        without overlap, gained and lost, so that a row does not hang on what it stands beside.
    overlaps, changes
        As `dmz.compare.overlaps` and `dmz.compare.changes` make them, of all of them together, ``reading`` being the
        ``name`` of `table`. Changes of a reading are against the one of the same id of the first agreement or line,
        else against its first; None where no one has a layer of settlements.
    """

    table: pd.DataFrame
    overlaps: pd.DataFrame
    changes: pd.DataFrame | None


def setting(found: Findings) -> Setting:
    """Line, theatre, ends, settlements and roads of an agreement."""
    return Setting(found.line, found.theatre, found.agreement.zone.ends, found.places, found.roads)


def has_ways(found: Findings) -> bool:
    """Whether an agreement can be read otherwise at other depths: it has one zone of some depth along one line."""
    agreement = found.agreement
    return agreement.laid_along == "line" and len(agreement.zones) == 1 and bool(depths.ways_of(agreement))


def explore(found: Findings, *, depths_km: Sequence[float] | None = None, reading: str | None = None) -> Explored:
    """Sweep depths under every reading, and change one choice at a time, from one laying of the ground.

    Parameters
    ----------
    found
        The agreement on the ground.
    depths_km
        Depths to sweep, km; by default `dmz.depths.default_grid`.
    reading
        Reading of the base case; by default the agreement's first. Its depth is the middle of the text's range.

    Raises
    ------
    InputError
        Where the agreement has no such reading.
    """
    agreement = found.agreement
    if not has_ways(found):
        raise InputError(f"{agreement.key}: it has no single zone of some depth along one line, so none to be swept")
    here = setting(found)
    km = depths.grid(*depths.default_grid(agreement)) if depths_km is None else depths_km
    swept = [way for depth in km for way in depths.ways_of(agreement, depth)]
    bases = depths.ways_of(agreement)
    base = _base(bases, reading)
    ends = [
        way for km in dict.fromkeys(depths.range_of(agreement.zone.depth_km)) for way in depths.ways_of(agreement, km)
    ]
    measured = depths.profile(here, [*swept, *bases, *ends])

    def moved(by: Way, factors: Sequence[str]) -> pd.DataFrame:
        """Sensitivity with one reading as the base case."""
        others = [way for way in bases if way != by]
        mine = [way for way in ends if way.reading == by.reading and way != by]
        return sensitivity.sensitivity(here, by, depths=mine, readings=others, known=measured, factors=factors)

    return Explored(
        depths.sweep(measured, _by_reading(swept), _text(found)),
        moved(base, sensitivity.FACTORS),
        base,
        {way.reading: sensitivity.verdict(moved(way, ("reading", "depth"))) for way in bases},
    )


def sweep(found: Findings, depths_km: Sequence[float]) -> pd.DataFrame:
    """Area, settlements, people known and km of road at every depth under every reading.

    Parameters
    ----------
    found
        The agreement on the ground.
    depths_km
        Depths, km.

    Returns
    -------
    pandas.DataFrame
        One row a reading and depth; as `dmz.depths.sweep`.
    """
    ways = _by_reading([way for depth in depths_km for way in depths.ways_of(found.agreement, depth)])
    return depths.sweep(depths.profile(setting(found), ways), ways, _text(found))


def together(found: Sequence[Findings]) -> Compared:
    """Set agreements, or one agreement along several lines, side by side.

    Parameters
    ----------
    found
        Agreements on the ground, two or more.

    Raises
    ------
    InputError
        Where two of them are of one agreement and one day, so that nothing tells them apart.
    """
    names = _names(found)
    tables, zones = [], []
    for one, name in zip(found, names, strict=True):
        called = {reading: f"{name} {reading}" for reading in one.comparison["reading"]}
        relative = [column for column in one.comparison if str(column).startswith(RELATIVE)]
        table = one.comparison.drop(columns=relative)
        table.insert(0, "name", table["reading"].map(called))
        table.insert(1, "agreement", one.agreement.key)
        table.insert(2, "line_date", one.line.drawn)
        tables.append(table.astype({"line_date": object}))
        zones.append(one.zones.assign(reading=one.zones["reading"].map(called)))
    laid = gpd.GeoDataFrame(pd.concat(zones, ignore_index=True), crs=found[0].zones.crs)
    table = pd.concat(tables, ignore_index=True)
    return Compared(table, compare.overlaps(laid), _changes(found, laid, _pairs(table)))


def days(
    found: Findings, on: Sequence[dt.date], seen: pd.DataFrame, *, as_known_on: dt.date | None = None
) -> pd.DataFrame:
    """Status of every obligation and road on several days, a column a day.

    Parameters
    ----------
    found
        The agreement on the ground.
    on
        The days, two or more.
    seen
        Observations, as `dmz.compliance.statuses` takes them.
    as_known_on
        Count what was reported by this day; by default by each day itself.

    Returns
    -------
    pandas.DataFrame
        Columns as `DAY_COLUMNS`, between ``reading`` and ``changed`` one a day, called as ``2018-12-31``
        (`DAY_COLUMN`).
    """
    ground = Ground(found.zones, found.roads)
    said: dict[str, dict[Item, tuple[str, str]]] = {}
    for day in on:
        table = compliance.statuses(found.agreement, seen, ground, day, as_known_on=as_known_on or day)
        of_day: dict[Item, tuple[str, str]] = {
            ("obligation", row.obligation, None if pd.isna(row.reading) else row.reading): (row.status, row.kind)
            for row in table.itertuples()
        }
        said[day.isoformat()] = of_day | {item: (words, words) for item, words in _roads(found, day).items()}
    rows = []
    for item in dict.fromkeys(item for of_day in said.values() for item in of_day):
        row: dict[str, object] = dict(zip(("kind", "item", "reading"), item, strict=True))
        row |= {day: of_day[item][0] for day, of_day in said.items()}
        rows.append(row | {"changed": len({of_day[item][1] for of_day in said.values()}) > 1})
    return pd.DataFrame(rows, columns=["kind", "item", "reading", *said, "changed"])


def _base(ways: Sequence[Way], reading: str | None) -> Way:
    if reading is None:
        return ways[0]
    if found := [way for way in ways if way.reading == reading]:
        return found[0]
    raise InputError(f"no reading {reading!r}; the agreement has {', '.join(way.reading for way in ways)}")


def _by_reading(ways: Sequence[Way]) -> list[Way]:
    """Ways of one reading after those of another, each in their order."""
    order = {name: number for number, name in enumerate(dict.fromkeys(way.reading for way in ways))}
    return sorted(ways, key=lambda way: order[way.reading])


def _text(found: Findings) -> dict[str, tuple[float, float]]:
    """Depths that the text allows, by reading."""
    return dict.fromkeys(
        (reading.id for reading in found.agreement.readings), depths.range_of(found.agreement.zone.depth_km)
    )


def _names(found: Sequence[Findings]) -> list[str]:
    """What tells them apart: the agreement, or the day of the line where the agreement is one."""
    keys = [one.agreement.key for one in found]
    dates = [str(one.line.drawn or "of no date") for one in found]
    names = dates if len({*keys}) == 1 else keys
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{', '.join(twice)}: given twice: nothing tells the two apart")
    return names


def _pairs(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Each reading of the later ones with that of the first it is held against; of one alone, with its first."""
    first = table["agreement"].eq(table["agreement"].iloc[0]) & table["line_date"].eq(table["line_date"].iloc[0])
    own = dict(zip(table.loc[first, "reading"], table.loc[first, "name"], strict=True))
    rest = table[~first]
    return [(row.name, own.get(row.reading, table["name"].iloc[0])) for row in rest.itertuples(index=False)]


def _changes(
    found: Sequence[Findings], zones: gpd.GeoDataFrame, pairs: Sequence[tuple[str, str]]
) -> pd.DataFrame | None:
    """Settlements of all layers that one of a pair gains and loses against the other."""
    layers = [one.places for one in found if one.places is not None]
    if not layers or not pairs:
        return None
    places = gpd.GeoDataFrame(pd.concat(layers, ignore_index=True), crs=zones.crs)
    places = places[~places.assign(wkb=places.geometry.to_wkb())[["id", "wkb"]].duplicated()]
    same = places["id"].duplicated(keep=False)  # one id for two places of two layers: they are told apart by a number
    numbered = places["id"].astype(str) + "-" + places.groupby("id").cumcount().add(1).astype(str)
    places = places.assign(id=places["id"].where(~same, numbered)).reset_index(drop=True)
    inside = exposure.settlements(places, zones, found[0].line, near_km=0.0)
    tables = [compare.changes(inside, chosen=against, readings=[name]) for name, against in pairs]
    return pd.concat(tables, ignore_index=True)


def _roads(found: Findings, day: dt.date) -> dict[Item, str]:
    """Km of each road by what was reported by a day."""
    if found.roads is None:
        return {}
    if found.road_reports is None:
        return {("road", name, None): roadstatus.UNKNOWN for name in found.roads["corridor"]}
    reported = roadstatus.reports(found.road_reports, found.roads, where="road reports")
    km = roadstatus.status(reported, found.roads, on=day).groupby(["corridor", "status"], sort=False)["length_km"].sum()
    return {
        ("road", str(name), None): ", ".join(
            f"{status} {here:.1f} km" for status, here in km[name].items() if status != roadstatus.UNKNOWN
        )
        or roadstatus.UNKNOWN
        for name in found.roads["corridor"]
    }
