"""Gather what a report says of roads, patrols and obligations: who holds, who came by, what was kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from dmz import compare, compliance, coverage, depths, exposure, holding, otherwise, roadstatus, sensitivity
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
    "near-settlements": exposure.EXPOSED_COLUMNS,
    "sweep": depths.COLUMNS,
    "sensitivity": sensitivity.COLUMNS,
    "overlaps": compare.OVERLAP_COLUMNS,
    "settlement-changes": compare.CHANGE_COLUMNS,
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
    exposed, people
        Settlements inside, on the edge of and near each zone, and what is known of how many live there
        (`dmz.exposure`).
    explored
        The sweep of depths and what each choice moves (`dmz.otherwise.explore`).
    overlaps, changes
        Ground that two readings share, and settlements gained and lost against the first (`dmz.compare`).
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
    exposed: gpd.GeoDataFrame | None
    people: pd.DataFrame | None
    explored: otherwise.Explored
    overlaps: pd.DataFrame
    changes: pd.DataFrame | None
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
            "near-settlements": self.exposed,
            "sweep": self.explored.sweep,
            "sensitivity": self.explored.sensitivity,
            "overlaps": self.overlaps if len(self.overlaps) else None,
            "settlement-changes": self.changes if self.changes is not None and len(self.changes) else None,
            "obligations": self.obligations,
            "observations": self.observations,
        }
        return {name: table for name, table in every.items() if table is not None}

    @property
    def columns(self) -> dict[str, dict[str, str]]:
        """What every column of every table holds."""
        swept = {name: depths.COLUMNS.get(name, depths.ROAD_COLUMN) for name in self.explored.sweep}
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
        Where the reports on roads or the observations the agreement names are at fault.
    """
    seen = observed(found)
    last = _last_day(found, seen)
    exposed = None if found.places is None else exposure.exposed(found.places, found.zones, found.line)
    return Dossier(
        holdings=None if found.roads is None else holding.holdings(found.roads, found.line, places=found.places),
        crossings=None if found.roads is None else holding.crossings(found.roads, found.line, places=found.places),
        road_status=_road_status(found),
        covered=_covered(found),
        exposed=exposed,
        people=None if exposed is None else exposure.people(exposed, found.zones),
        explored=otherwise.explore(found),
        overlaps=compare.overlaps(found.zones),
        changes=None if found.settlements is None else _changes(found),
        obligations=_obligations(found, seen, last),
        observations=_judged(found, seen, last),
        last_day=last,
    )


def observed(found: Findings) -> pd.DataFrame:
    """Observations the agreement names; none where it names none."""
    if found.agreement.observations is None:
        return pd.DataFrame(columns=[*REQUIRED])
    return read_observations(found.store.table(found.agreement.observations))


def _changes(found: Findings) -> pd.DataFrame | None:
    """Settlements gained and lost against the agreement's first reading, in its order."""
    readings = [reading.id for reading in found.agreement.readings]
    if found.settlements is None:
        return None
    return compare.changes(found.settlements, chosen=readings[0], readings=readings)


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
