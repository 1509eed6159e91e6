"""Answer what patrols cover of the zone of an agreement."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import geopandas as gpd
import pandas as pd
from cyclopts import Parameter

from dmz import boundary, coverage, effort, patrol, revisit, swept
from dmz.cli.asking import ALL, Options, answer, day_of, only, refuse_idle, worked_out
from dmz.cli.shell import app, tell
from dmz.errors import InputError
from dmz.findings import Findings
from dmz.tables import Column

Show = Literal["routes", "edges", "gaps", "swept", "effort", "rounds", "revisit", "pieces"]
# What must not mix planned, reported and implied routes; and what is said over a period of time.
ONE_KIND = frozenset({"edges", "gaps", "swept", "revisit", "pieces"})
IN_TIME = frozenset({"revisit", "pieces"})
TRACK = {"track": Column("edge")}
LONGEST = {
    "longest_gap_km": Column("longest gap, km", 2),
    "longest_gap_from_km": Column("from, km", 2, absent="no gap"),
    "longest_gap_to_km": Column("to, km", 2, absent="no gap"),
}
PRINTED = {
    "routes": {
        "patrol": Column("patrol"),
        "basis": Column("basis"),
        "reading": Column("reading"),
        "extent": Column("extent"),
        "length_km": Column("length, km", 2),
        "in_zone_km": Column("in the zone, km", 2),
        "boundary_km": Column("edges of the zone, km", 2),
        "boundary_share": Column("edges covered, %", 1, times=100),
        "within_km": Column("within, km", 2),
    },
    "edges": TRACK
    | {
        "length_km": Column("length, km", 2),
        "covered_km": Column("covered, km", 2),
        "covered_share": Column("covered, %", 1, times=100),
        "gaps": Column("gaps", 0),
    }
    | LONGEST
    | {"within_km": Column("within, km", 2), "known": Column("known")},
    "gaps": TRACK
    | {
        "gap": Column("gap", 0),
        "from_km": Column("from, km", 2),
        "to_km": Column("to, km", 2),
        "length_km": Column("length, km", 2),
    },
    "swept": {
        "reading": Column("reading"),
        "extent": Column("extent"),
        "zone_km2": Column("zone, km2", 1),
        "routes": Column("routes", 0),
        "swath_km": Column("swath, km", 2),
        "swept_unmerged_km2": Column("swept by each, added, km2", 1),
        "swept_merged_km2": Column("swept by any, km2", 1),
        "swept_in_zone_km2": Column("in the zone, km2", 1),
        "swept_share": Column("of the zone, %", 1, times=100),
        "known": Column("known"),
    },
    "rounds": {
        "patrol": Column("route"),
        "length_km": Column("length, km", 2),
        "closed": Column("closed"),
        "loop_km": Column("loop, km", 2),
        "loop_hours": Column("loop, hours", 2),
        "teams_at_least": Column("teams, at least", 0),
    },
    "effort": {
        "kind": Column("kind"),
        "party": Column("party"),
        "contingent": Column("contingent"),
        "period": Column("period"),
        "patrols": Column("patrols", 0),
        "patrol_days": Column("patrol-days", 0),
        "days_unknown": Column("of unknown days", 0),
        "length_km": Column("length, km", 2),
        "hours": Column("hours", 1),
        "hours_unknown": Column("of unknown hours", 0),
        "known": Column("known"),
    },
    "revisit": TRACK
    | {
        "length_km": Column("length, km", 2),
        "visited_km": Column("visited, km", 2),
        "met_share": Column("standard met, %", 1, times=100),
        "not_met_share": Column("not met, %", 1, times=100),
        "cannot_tell_share": Column("cannot tell, %", 1, times=100),
        "largest_gap_days": Column("largest gap, days", 0),
        "longest_days": Column("longest without a visit, days", 0),
        "mean_idleness_days": Column("mean idleness, days", 1),
        "known": Column("known"),
    },
    "pieces": TRACK
    | {
        "from_km": Column("from, km", 2),
        "to_km": Column("to, km", 2),
        "visits": Column("visits", 0),
        "visited_km": Column("visited, km", 2),
        "largest_gap_days": Column("largest gap, days", 0),
        "longest_days": Column("longest without a visit, days", 0),
        "longest_is_cut": Column("at least"),
        "mean_idleness_days": Column("mean idleness, days", 1),
        "met_km": Column("standard met, km", 2),
        "not_met_km": Column("not met, km", 2),
        "cannot_tell_km": Column("cannot tell, km", 2),
        "known": Column("known"),
    },
}


@Parameter(name="*")
@dataclass(frozen=True)
class Round:
    """How a team drives, for --show rounds.

    Parameters
    ----------
    speed_kmh
        Mean speed between stops, km/h.
    hours_a_day
        Hours a team is on the route each day.
    stops
        Stops on one loop.
    stop_minutes
        Minutes of each stop.
    """

    speed_kmh: float | None = None
    hours_a_day: float | None = None
    stops: int | None = None
    stop_minutes: float | None = None

    def options(self) -> dict[str, float | None]:
        """What was given, by option."""
        return {f"--{name.replace('_', '-')}": value for name, value in dataclasses.asdict(self).items()}


NO_ROUND = Round()


@app.command
def patrols(  # noqa: PLR0913 - one flag for each
    agreement: str,
    /,
    *,
    show: Show = "routes",
    routes: Path | None = None,
    within_km: float = patrol.WITHIN_M / 1000,
    kind: effort.Kind | None = None,
    complete: bool = False,
    period: Annotated[tuple[str, str] | None, Parameter(negative="")] = None,
    every: effort.Every | None = None,
    standard_days: float = revisit.STANDARD_DAYS,
    every_km: float | None = None,
    by: Round = NO_ROUND,
    options: Options = ALL,
) -> None:
    """Say how much of the zone's edges patrols cover, where the gaps are, and how often they came by.

    Example: dmz patrols sochi-2018 --routes routes.geojson --within-km 2 --show gaps -o gaps.csv

    Parameters
    ----------
    agreement
        Agreement's file, or key of one shipped with dmz.
    show
        routes: each route on its own; edges: what all of them cover of the line of contact and of each edge of the
        zone; gaps: what is left; swept: area within --within-km of each and of any; effort: patrols, days, km and
        hours; rounds: time of a loop of each route and the least number of teams; revisit: gaps in time, and pieces:
        the same for every km of the edges, both need --period.
    routes
        Your own routes, a vector file of lines with patrol (or id) and, where known, kind, date, party; in place of the
        agreement's.
    within_km
        How near counts as covered.
    kind
        planned, reported or implied routes only; for edges, gaps, swept, revisit and pieces reported unless told.
        Routes of a file that says no kind are of this one, or reported.
    complete
        Whether these are all the patrols there were: if not, what no route covers may yet have been covered.
    period
        First and last day, both included, as 2020-03-01 2020-08-31.
    every
        Effort by day, week, month or year.
    standard_days
        Standard of revisit and of rounds: no gap longer than this. 14 days are an example: your mandate has its own.
    every_km
        Length of the pieces; by default 1.
    by
        How a team drives.
    options
        Those of every question; --party is who patrolled.
    """
    days = None if period is None else (day_of(period[0], "--period"), day_of(period[1], "--period"))
    _check(show, within_km, period=days is not None, every=every is not None)
    _check_round(show, by, every_km)
    found = worked_out(agreement, options, routes)
    table = _routes(found, routes, kind, show)
    table = _of_party(table, options.party)
    zones = only(found.zones, reading=options.reading)
    if show in ONE_KIND | {"effort"} and table["kind"].eq("implied").any():
        table = _of_one_reading(table, zones)
    ask: dict[str, Callable[[], pd.DataFrame]] = {
        "routes": lambda: _on_their_own(table, zones, found, within_km),
        "edges": lambda: _covered(table, zones, found, within_km, complete=complete).shares,
        "gaps": lambda: _covered(table, zones, found, within_km, complete=complete).gaps,
        "swept": lambda: swept.swept(swept.strips(table, within_m=within_km * 1000), zones, complete=complete),
        "rounds": lambda: _rounds(_under(table, zones), by, standard_days),
        "effort": lambda: effort.effort(table, by=["party", "contingent"], every=every, period=days, complete=complete),
    }
    if days is not None and show in IN_TIME:
        along = edges(zones, found)
        passes = coverage.passes(along, table, within_m=within_km * 1000)
        asked = {"period": days, "standard_days": standard_days}
        spells = revisit.stretches(passes, along, table, complete=complete, **asked)  # type: ignore[arg-type]
        ask["revisit"] = lambda: revisit.summary(spells, period=days, standard_days=standard_days)
        ask["pieces"] = lambda: revisit.pieces(spells, passes, table, period=days, every_km=every_km or 1.0)
        tell(f"standard: no gap longer than {standard_days:g} days (--standard-days)")
    if show == "gaps" and not complete:
        _say_at_most(table)
    answer(ask[show](), PRINTED[show], options.out)


def _check(show: Show, within_km: float, *, period: bool, every: bool) -> None:
    if not 0 < within_km < math.inf:
        raise InputError(f"--within-km {within_km:g}: give km above 0")
    if show in IN_TIME and not period:
        raise InputError(f"--show {show}: give the --period, such as 2020-03-01 2020-08-31")
    refuse_idle({"--period": period and show not in IN_TIME | {"effort"}}, "for --show effort, revisit and pieces")
    refuse_idle({"--every": every and show != "effort"}, "for --show effort")


def _check_round(show: Show, by: Round, every_km: float | None) -> None:
    """Refuse what would do nothing, and rounds without what they are computed from."""
    refuse_idle({"--every-km": show != "pieces" and every_km}, "for --show pieces")
    if show != "rounds":
        refuse_idle(by.options(), "for --show rounds")
    elif by.speed_kmh is None or by.hours_a_day is None:
        raise InputError("--show rounds: give --speed-kmh and --hours-a-day: no text says how fast a patrol drives")


def _rounds(table: gpd.GeoDataFrame, by: Round, standard_days: float) -> pd.DataFrame:
    """Rounds of each route, with what was assumed on standard error."""
    given = {name: value for name, value in dataclasses.asdict(by).items() if value is not None}
    said = ", ".join(f"{option} {value:g}" for option, value in by.options().items() if value is not None)
    tell(f"every place once in {standard_days:g} days (--standard-days), {said}; teams are a lower bound")
    return effort.rounds(table, standard_days=standard_days, **given)


def _say_at_most(table: gpd.GeoDataFrame) -> None:
    """Say what a gap means where there may be routes nobody reported.

    Raises
    ------
    InputError
        Where there is no route at all: no gaps would look like full cover.
    """
    if table.empty:
        raise InputError("no route is left, so the gaps are unknown; --complete says that there were no patrols")
    tell("gaps in what was reported: they may have been covered by others, unless --complete")


def _routes(found: Findings, path: Path | None, kind: effort.Kind | None, show: Show) -> gpd.GeoDataFrame:
    """Routes to measure, of one kind where planned and reported ones must not be mixed."""
    if path is not None:
        table = effort.read_routes(path, kind=kind or "reported")
    elif found.routes is None:
        raise InputError(f"{found.agreement.key}: the agreement names no patrols: give --routes")
    else:
        table = effort.routes(found.routes, where=found.agreement.key)
    there = sorted({*table["kind"]})
    if kind is None and show == "effort" and (implied := int((table["kind"] == "implied").sum())):
        tell(f"{implied} implied routes left out: nobody drove them, and readings differ (--kind implied has them)")
        return only(table[table["kind"] != "implied"])
    if kind is None and show in ONE_KIND:
        kind = "reported" if "reported" in there or len(there) != 1 else there[0]
    if kind is not None and kind not in there:
        raise InputError(f"--kind {kind}: there are no such routes; there are {', '.join(there) or 'none at all'}")
    return only(table, kind=kind)


def _of_party(table: gpd.GeoDataFrame, party: str | None) -> gpd.GeoDataFrame:
    """Routes a party patrolled, alone or with others."""
    if party is None:
        return table
    who = table["party"].fillna("").astype(str)
    mine = [party in {one.strip() for one in text.split(";")} for text in who]
    if unknown := int((who == "").sum()):
        tell(f"{unknown} of {len(table)} routes left out: who patrolled is unknown")
    return table[mine].reset_index(drop=True)


def _on_their_own(table: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, found: Findings, within_km: float) -> pd.DataFrame:
    names = table["name"] if "name" in table else table["patrol"]
    measured = _under(table.assign(id=table["patrol"], name=names, basis=table["kind"]), zones)
    return patrol.coverage(measured, zones, patrol.edges(zones, found.line), within_m=within_km * 1000)


def _of_one_reading(table: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Implied routes of the one reading that was asked for.

    Raises
    ------
    InputError
        Where there are several: what one reading implies is no patrol of another.
    """
    if len(readings := zones["reading"].unique()) > 1:
        names = ", ".join(readings)
        raise InputError(f"--kind implied: each reading implies its own routes: give one --reading of {names}")
    return _under(table, zones)


def _under(table: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Routes of every reading, and those that the readings of these zones imply."""
    if "reading" in table and table["kind"].eq("implied").any():
        return only(table[table["reading"].isna() | table["reading"].isin(zones["reading"])])
    return table.assign(reading=None)


def _covered(
    table: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, found: Findings, within_km: float, *, complete: bool
) -> coverage.Covered:
    return coverage.cover(table, edges(zones, found), within_m=within_km * 1000, complete=complete)


def edges(zones: gpd.GeoDataFrame, found: Findings) -> gpd.GeoDataFrame:
    """The line of contact, then the edges the agreement draws, ready to be measured along."""
    return boundary.tracks(patrol.edges(zones, found.line), found.line)
