"""Gather what a report says of roads, patrols, people and obligations: who holds, came by, lives there, kept to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from dmz import compliance, coverage, exposure, facilities, holding, placing, raster, roadstatus, units
from dmz.findings import Findings
from dmz.ground import Ground
from dmz.observation import REQUIRED, read_observations

# How near a route must come for a stretch of boundary or line to count as covered, km.
WITHIN_KM = 2.0
COLUMNS = {
    "holdings": holding.COLUMNS,
    "crossings": holding.CROSSING_COLUMNS,
    "road-status": roadstatus.COLUMNS,
    "coverage": coverage.SHARE_COLUMNS,
    "gaps": coverage.GAP_COLUMNS,
    "people": exposure.PEOPLE_COLUMNS,
    "people-by-reading": exposure.PEOPLE_COLUMNS,
    "facilities": facilities.COLUMNS,
    "facility-counts": facilities.COUNT_COLUMNS,
    "units": units.COLUMNS,
    "gridded-people": raster.COLUMNS,
    "obligations": compliance.STATUS_COLUMNS,
    "observations": compliance.JUDGED_COLUMNS,
}


@dataclass(frozen=True, eq=False)
class Dossier:
    """Tables of a report beside the zones; None where the agreement or its layers say nothing of it.

    Parameters
    ----------
    holdings, crossings
        Who holds each stretch of the roads, and where these cross the line (`dmz.holding`).
    road_status
        Status of every stretch on each day of a report and each day a road was due (`dmz.roadstatus.history`).
    covered
        Share of the line of contact within `WITHIN_KM` of a reported route, at least, and the gaps (`dmz.coverage`).
    people, people_by_reading
        What is known of how many live inside, on the edge of and near each zone; and each reading's core and full
        zone, all parties together (`dmz.exposure.people`).
    facilities, facility_counts
        Facilities in each zone, and their numbers by category (`dmz.facilities`).
    units
        Administrative units that each zone touches (`dmz.units`).
    gridded
        People by a raster (`dmz.raster`), in each zone, then in each reading's core and full zone.
    obligations
        What was known of each obligation on every day on which it turned (`dmz.compliance.timeline`).
    observations
        How each observation counts on `last_day` (`dmz.compliance.judged`).
    last_day
        The last day anything was reported or due.
    """

    holdings: gpd.GeoDataFrame | None
    crossings: gpd.GeoDataFrame | None
    road_status: gpd.GeoDataFrame | None
    covered: coverage.Covered | None
    people: pd.DataFrame | None
    people_by_reading: pd.DataFrame | None
    facilities: gpd.GeoDataFrame | None
    facility_counts: pd.DataFrame | None
    units: gpd.GeoDataFrame | None
    gridded: pd.DataFrame | None
    obligations: pd.DataFrame | None
    observations: pd.DataFrame | None
    last_day: dt.date

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables there are, by the name of their file."""
        every = {
            "holdings": self.holdings,
            "crossings": self.crossings,
            "road-status": self.road_status,
            "coverage": None if self.covered is None else self.covered.shares,
            "gaps": None if self.covered is None else self.covered.gaps,
            "people": self.people,
            "people-by-reading": self.people_by_reading,
            "facilities": self.facilities,
            "facility-counts": self.facility_counts,
            "units": self.units,
            "gridded-people": self.gridded,
            "obligations": self.obligations,
            "observations": self.observations,
        }
        return {name: table for name, table in every.items() if table is not None}


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
    there, counts = _facilities(found)
    return Dossier(
        holdings=None if found.roads is None else holding.holdings(found.roads, found.line, places=found.places),
        crossings=None if found.roads is None else holding.crossings(found.roads, found.line, places=found.places),
        road_status=_road_status(found),
        covered=_covered(found),
        people=None if found.settlements is None else exposure.people(found.settlements, found.zones),
        people_by_reading=_people_by_reading(found),
        facilities=there,
        facility_counts=counts,
        units=_units(found),
        gridded=_gridded(found),
        obligations=_obligations(found, seen, last),
        observations=_judged(found, seen, last),
        last_day=last,
    )


def observed(found: Findings) -> pd.DataFrame:
    """Observations the agreement names; none where it names none."""
    if found.agreement.observations is None:
        return pd.DataFrame(columns=[*REQUIRED])
    return read_observations(found.store.table(found.agreement.observations))


def _people_by_reading(found: Findings) -> pd.DataFrame | None:
    """People in the core and in the full zone of each reading, whose ground it may be."""
    if found.places is None:
        return None
    whole = placing.extents(found.zones, by_party=False)
    placed = exposure.settlements(found.places, whole, found.line, **found.agreement.exposure.placed)
    return exposure.people(placed, whole)


def _facilities(found: Findings) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame | None]:
    key, terms = found.agreement.layers.facilities, found.agreement.exposure
    if key is None:
        return None, None
    points = found.store.open(key)
    there = facilities.facilities(points, found.zones, found.line, category=terms.category, **terms.placed)
    return there, facilities.counts(there, points, found.zones, category=terms.category)


def _units(found: Findings) -> gpd.GeoDataFrame | None:
    key, terms = found.agreement.layers.units, found.agreement.exposure
    if key is None:
        return None
    return units.units(found.store.open(key), found.zones, level=terms.level, language=terms.language)


def _gridded(found: Findings) -> pd.DataFrame | None:
    key = found.agreement.layers.population
    if key is None:
        return None
    path, record = found.store.raster(key), found.store.rasters[key]
    whole = placing.extents(found.zones, by_party=False)
    tables = [raster.population(path, zones, source=record.title, year=record.year) for zones in (found.zones, whole)]
    return pd.concat(tables, ignore_index=True)


def _last_day(found: Findings, seen: pd.DataFrame) -> dt.date:
    days = [found.agreement.in_force, *(term.due for term in found.agreement.obligations if term.due)]
    reported: list[dt.date] = [pd.Timestamp(day).date() for day in seen["date_reported"]]
    return max([*days, *reported])


def _road_status(found: Findings) -> gpd.GeoDataFrame | None:
    """Status of the roads on every day of a report and on the days they were due to be open."""
    if found.roads is None or found.road_reports is None:
        return None
    reported = roadstatus.reports(found.road_reports, found.roads, where="road reports")
    days = sorted({*(term.due for term in found.agreement.corridors if term.due), *reported["date"]})
    return roadstatus.history(reported, found.roads, on=days)


def _covered(found: Findings) -> coverage.Covered | None:
    """Line of contact within reach of the routes that were reported."""
    if found.routes is None:
        return None
    reported = found.routes[found.routes["basis"] == "reported"]
    along = coverage.tracks(found.line.geometry)
    return coverage.cover(reported, along, within_m=WITHIN_KM * 1000, key="id")


def _obligations(found: Findings, seen: pd.DataFrame, last: dt.date) -> pd.DataFrame | None:
    if not found.agreement.obligations:
        return None
    days = compliance.turning_days(found.agreement, seen, found.agreement.date, last)
    return compliance.timeline(found.agreement, seen, Ground(found.zones, found.roads), days)


def _judged(found: Findings, seen: pd.DataFrame, last: dt.date) -> pd.DataFrame | None:
    if not len(seen) or not found.agreement.obligations:
        return None
    return compliance.judged(found.agreement, seen, Ground(found.zones, found.roads), last)
