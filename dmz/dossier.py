"""Gather what a report says of roads, patrols, people and obligations: who holds, came by, lives there, kept to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from dmz import (
    boundary,
    caveats,
    compare,
    compliance,
    depths,
    exposure,
    facilities,
    hindsight,
    holding,
    laying,
    otherwise,
    placing,
    posts,
    raster,
    roadstatus,
    sensitivity,
    uncertainty,
    units,
)
from dmz.boundary import Watched
from dmz.findings import Findings, of_belts, spread_of
from dmz.ground import Ground
from dmz.laying import per_belt
from dmz.observation import REQUIRED, read_observations

# How near a route must come for a stretch of boundary or line to count as covered, km.
WITHIN_KM = 2.0
# How far a post is taken to see, km. No text says: a round number for a person with binoculars on open ground, to be
# read with the columns for an uncertain place. It is no range of anything.
SEES_KM = 5.0
COLUMNS = {
    "holdings": holding.COLUMNS,
    "crossings": holding.CROSSING_COLUMNS,
    "road-status": roadstatus.COLUMNS,
    "coverage": boundary.SHARE_COLUMNS,
    "gaps": boundary.GAP_COLUMNS,
    "posts": posts.EACH_COLUMNS,
    "posts-along": posts.LINE_COLUMNS,
    "posts-areas": posts.AREA_COLUMNS,
    "people": exposure.PEOPLE_COLUMNS,
    "people-by-reading": exposure.PEOPLE_COLUMNS,
    "facilities": facilities.COLUMNS,
    "facility-counts": facilities.COUNT_COLUMNS,
    "units": units.COLUMNS,
    "gridded-people": raster.COLUMNS,
    "sweep": depths.COLUMNS,
    "sensitivity": sensitivity.COLUMNS,
    "overlaps": compare.OVERLAP_COLUMNS,
    "settlement-changes": compare.CHANGE_COLUMNS,
    "obligations": compliance.STATUS_COLUMNS,
    "hindsight": hindsight.COLUMNS,
    "observations": compliance.JUDGED_COLUMNS,
    "inputs": caveats.COLUMNS,
    **uncertainty.TABLE_COLUMNS,
}


@dataclass(frozen=True, eq=False)
class Dossier:
    """Tables of a report beside the zones; None where the agreement or its layers say nothing of it.

    Parameters
    ----------
    holdings, crossings
        Who holds each stretch of the roads, and where these cross the line (`dmz.holding`).
    road_status
        Status of every stretch on the day of entry into force, each day a road was due and each day of a report
        (`dmz.roadstatus.history`).
    watched
        What patrols came within `WITHIN_KM` of: the line of contact and the edges of every reading (`dmz.boundary`).
    posts, posts_along, posts_areas
        What posts see within `SEES_KM`, by distance alone: of the line each, of the line and of each zone together
        (`dmz.posts`).
    people, people_by_reading
        What is known of how many live inside, on the edge of and near each zone; and each reading's core and full
        zone, all parties together (`dmz.exposure.people`).
    facilities, facility_counts
        Facilities in each zone, and their numbers by category (`dmz.facilities`).
    units
        Administrative units that each zone touches (`dmz.units`).
    gridded
        People by a raster (`dmz.raster`), in each zone, then in each reading's core and full zone.
    seen
        The observations as reported (`dmz.observation`); empty where the agreement names none.
    explored
        The sweep of depths and what each choice moves (`dmz.otherwise.explore`); None where the agreement has no
        single zone of some depth along one line.
    overlaps, changes
        Ground that two readings share, and settlements gained and lost against the first (`dmz.compare`).
    obligations
        What was known of each obligation on every day on which it turned (`dmz.compliance.timeline`).
    hindsight
        What was known by the agreement's dates, and what is known of them on `last_day` (`dmz.hindsight`).
    observations
        How each observation counts on `last_day` (`dmz.compliance.judged`).
    inputs
        What is wrong, missing or uncertain in the inputs (`dmz.caveats`).
    doubt
        What the line's uncertainty makes of the zones (`dmz.uncertainty.assess`); None where nobody said how uncertain.
    last_day
        The last day anything was reported or due.
    """

    holdings: gpd.GeoDataFrame | None
    crossings: gpd.GeoDataFrame | None
    road_status: gpd.GeoDataFrame | None
    watched: Watched | None
    posts: gpd.GeoDataFrame | None
    posts_along: pd.DataFrame | None
    posts_areas: pd.DataFrame | None
    people: pd.DataFrame | None
    people_by_reading: pd.DataFrame | None
    facilities: gpd.GeoDataFrame | None
    facility_counts: pd.DataFrame | None
    units: gpd.GeoDataFrame | None
    gridded: pd.DataFrame | None
    seen: gpd.GeoDataFrame | pd.DataFrame
    explored: otherwise.Explored | None
    overlaps: pd.DataFrame
    changes: pd.DataFrame | None
    obligations: pd.DataFrame | None
    hindsight: pd.DataFrame | None
    observations: pd.DataFrame | None
    inputs: pd.DataFrame
    doubt: uncertainty.Assessment | None
    last_day: dt.date

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables there are, by the name of their file."""
        every = {
            "holdings": self.holdings,
            "crossings": self.crossings,
            "road-status": self.road_status,
            "coverage": None if self.watched is None else self.watched.shares,
            "gaps": None if self.watched is None else self.watched.gaps,
            "posts": self.posts,
            "posts-along": self.posts_along,
            "posts-areas": self.posts_areas,
            "people": self.people,
            "people-by-reading": self.people_by_reading,
            "facilities": self.facilities,
            "facility-counts": self.facility_counts,
            "units": self.units,
            "gridded-people": self.gridded,
            "sweep": None if self.explored is None else self.explored.sweep,
            "sensitivity": None if self.explored is None else self.explored.sensitivity,
            "overlaps": self.overlaps if len(self.overlaps) else None,
            "settlement-changes": self.changes if self.changes is not None and len(self.changes) else None,
            "obligations": self.obligations,
            "hindsight": self.hindsight,
            "observations": self.observations,
            "inputs": self.inputs,
            **({} if self.doubt is None else self.doubt.tables),
        }
        return {name: table for name, table in every.items() if table is not None}

    @property
    def columns(self) -> dict[str, dict[str, str]]:
        """What every column of every table holds."""
        sweep = () if self.explored is None else self.explored.sweep
        swept = {name: depths.COLUMNS.get(name, depths.ROAD_COLUMN) for name in sweep}
        return {name: swept if name == "sweep" else COLUMNS[name] for name in self.tables}


def gather(found: Findings) -> Dossier:
    """Gather the tables of an agreement's report from what was worked out.

    Parameters
    ----------
    found
        The agreement on the ground.

    Returns
    -------
    Dossier
        Its tables, with columns as `COLUMNS` says.

    Raises
    ------
    InputError
        Where a layer or table the agreement names is at fault.
    MissingExtraError
        Where it names a raster of people and the extra ``dmz[raster]`` is not installed.
    """
    seen = observed(found)
    last = _last_day(found, seen)
    drawn = _tracks(found)
    one_by_one, along, areas = _posts(found, drawn)
    there, counts = _facilities(found)
    ground = Ground(found.zones, found.roads)
    holdings, crossings = _held(found)
    return Dossier(
        holdings=holdings,
        crossings=crossings,
        road_status=_road_status(found),
        watched=_watched(found, drawn),
        posts=one_by_one,
        posts_along=along,
        posts_areas=areas,
        people=_people(found),
        people_by_reading=_people_by_reading(found),
        facilities=there,
        facility_counts=counts,
        units=_units(found),
        gridded=_gridded(found),
        explored=otherwise.explore(found) if otherwise.has_ways(found) else None,
        overlaps=per_belt(found.zones, compare.overlaps),
        changes=_changes(found),
        seen=seen,
        obligations=_obligations(found, seen, ground, last),
        hindsight=_hindsight(found, seen, ground, last),
        observations=_judged(found, seen, ground, last),
        inputs=caveats.caveats(found, seen),
        doubt=_doubt(found),
        last_day=last,
    )


def _tracks(found: Findings) -> gpd.GeoDataFrame | None:
    """Line and edges along which patrols and posts are measured; None where there are neither."""
    if found.routes is None and found.agreement.layers.posts is None:
        return None
    edges = laying.edges(found.zones, found.line, found.own)
    return boundary.tracks(edges, found.line, called=found.agreement.line_called)


def _held(found: Findings) -> tuple[gpd.GeoDataFrame | None, gpd.GeoDataFrame | None]:
    """Who holds the roads and where they cross the line; the sides of a road tell nothing of that."""
    if found.roads is None or not found.sides_are_parties:
        return None, None
    return (
        holding.holdings(found.roads, found.line, places=found.places),
        holding.crossings(found.roads, found.line, places=found.places),
    )


def _people(found: Findings) -> pd.DataFrame | None:
    if found.settlements is None:
        return None
    settlements = found.settlements
    return per_belt(found.zones, lambda some: exposure.people(of_belts(settlements, some), some))


def observed(found: Findings) -> pd.DataFrame:
    """Observations the agreement names; none where it names none."""
    if found.agreement.observations is None:
        return pd.DataFrame(columns=[*REQUIRED])
    return read_observations(found.store.table(found.agreement.observations))


def _doubt(found: Findings) -> uncertainty.Assessment | None:
    """What the line's uncertainty makes of the zones."""
    around = spread_of(found)
    return None if around is None else uncertainty.assess(found.zones, around, found.places)


def _changes(found: Findings) -> pd.DataFrame | None:
    """Settlements gained and lost against the agreement's first reading, in its order."""
    readings = [reading.id for reading in found.agreement.readings]
    settlements = found.settlements
    if settlements is None:
        return None

    def changed(some: gpd.GeoDataFrame) -> pd.DataFrame:
        return compare.changes(of_belts(settlements, some), chosen=readings[0], readings=readings)

    return per_belt(found.zones, changed)


def _people_by_reading(found: Findings) -> pd.DataFrame | None:
    """People in the core and in the full zone of each reading, whose ground it may be."""
    if found.places is None:
        return None
    places = found.places

    def counted(some: gpd.GeoDataFrame) -> pd.DataFrame:
        whole = placing.extents(some, by_party=False)
        placed = exposure.settlements(places, whole, found.line, **found.agreement.exposure.placed)
        return exposure.people(placed, whole)

    return per_belt(found.zones, counted)


def _facilities(found: Findings) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame | None]:
    key, terms = found.agreement.layers.facilities, found.agreement.exposure
    if key is None:
        return None, None
    points = found.store.open(key)
    category = terms.category

    def placed(some: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return facilities.facilities(points, some, found.line, category=category, **terms.placed)

    there = per_belt(found.zones, placed)
    counts = per_belt(found.zones, lambda some: facilities.counts(placed(some), points, some, category=category))
    return there, counts


def _units(found: Findings) -> gpd.GeoDataFrame | None:
    key, terms = found.agreement.layers.units, found.agreement.exposure
    if key is None:
        return None
    layer = found.store.open(key)
    return per_belt(found.zones, lambda some: units.units(layer, some, level=terms.level, language=terms.language))


def _gridded(found: Findings) -> pd.DataFrame | None:
    key = found.agreement.layers.population
    if key is None:
        return None
    path, record = found.store.raster(key), found.store.rasters[key]

    def summed(some: gpd.GeoDataFrame) -> pd.DataFrame:
        both = (some, placing.extents(some, by_party=False))
        tables = [raster.population(path, zones, source=record.title, year=record.year) for zones in both]
        return pd.concat(tables, ignore_index=True)

    return per_belt(found.zones, summed)


def _last_day(found: Findings, seen: pd.DataFrame) -> dt.date:
    days = [found.agreement.in_force, *(term.due for term in found.agreement.obligations if term.due)]
    reported: list[dt.date] = [pd.Timestamp(day).date() for day in seen["date_reported"]]
    return max([*days, *reported])


def _road_status(found: Findings) -> gpd.GeoDataFrame | None:
    """Status of the roads at entry into force, on the days they were due to be open, and on every day of a report."""
    if found.roads is None or found.road_reports is None:
        return None
    reported = roadstatus.reports(found.road_reports, found.roads, where="road reports")
    due = {term.due for term in found.agreement.corridors if term.due}
    days = sorted({found.agreement.in_force, *due, *reported["date"]})
    return roadstatus.history(reported, found.roads, on=days, places=found.places)


def _watched(found: Findings, drawn: gpd.GeoDataFrame | None) -> Watched | None:
    """What patrols came near of the line and the zone's edges."""
    if found.routes is None or drawn is None:
        return None
    return boundary.watched(found.routes, drawn, within_m=WITHIN_KM * 1000, places=found.places)


def _posts(
    found: Findings, drawn: gpd.GeoDataFrame | None
) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame | None, pd.DataFrame | None]:
    """What the posts see: each of the line, together of the line and the edges, and of the zones."""
    key = found.agreement.layers.posts
    if key is None or drawn is None:
        return None, None, None
    placed = posts.posts(found.store.open(key), where=key)
    counts: dict[str, int] = {}
    for term in found.agreement.posts:
        counts[term.operator] = counts.get(term.operator, 0) + term.count
    asked = {"radius_m": SEES_KM * 1000}
    return (
        posts.each(placed, drawn[drawn["of"] == boundary.LINE], **asked),
        posts.along_lines(placed, drawn, reported=counts, **asked),
        posts.areas(placed, found.zones, reported=counts, **asked),
    )


def _obligations(found: Findings, seen: pd.DataFrame, ground: Ground, last: dt.date) -> pd.DataFrame | None:
    if not found.agreement.obligations:
        return None
    days = compliance.turning_days(found.agreement, seen, found.agreement.date, last)
    return compliance.timeline(found.agreement, seen, ground, days)


def _hindsight(found: Findings, seen: pd.DataFrame, ground: Ground, last: dt.date) -> pd.DataFrame | None:
    if not found.agreement.obligations:
        return None
    observed_last = [pd.Timestamp(max(seen["date_observed"])).date()] if len(seen) else []
    days = sorted({*hindsight.days_asked(found.agreement), *observed_last})
    return hindsight.hindsight(found.agreement, seen, ground, days, known_on=last)


def _judged(found: Findings, seen: pd.DataFrame, ground: Ground, last: dt.date) -> pd.DataFrame | None:
    if not len(seen) or not found.agreement.obligations:
        return None
    return compliance.judged(found.agreement, seen, ground, last)
