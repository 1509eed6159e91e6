"""Answer what patrols cover of the zone of an agreement."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import geopandas as gpd
import pandas as pd
from cyclopts import Parameter

from dmz import coverage, effort, patrol, revisit
from dmz.cli.asking import ALL, Options, answer, day_of, only, refuse_idle, worked_out
from dmz.cli.shell import app, tell
from dmz.errors import InputError
from dmz.findings import Findings
from dmz.geodata import WGS84
from dmz.tables import Column

Show = Literal["routes", "edges", "gaps", "effort", "revisit"]
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
}


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
        zone; gaps: what is left; effort: patrols, days, km and hours; revisit: gaps in time, needs --period.
    routes
        Your own routes, a vector file of lines with patrol (or id) and, where known, kind, date, party; in place of the
        agreement's.
    within_km
        How near counts as covered.
    kind
        planned, reported or implied routes only; for edges, gaps and revisit reported unless told. Routes of a file
        that says no kind are of this one, or reported.
    complete
        Whether these are all the patrols there were: if not, what no route covers may yet have been covered.
    period
        First and last day, both included, as 2020-03-01 2020-08-31.
    every
        Effort by day, week, month or year.
    standard_days
        Standard of revisit: no gap longer than this.
    options
        Those of every question; --party is who patrolled.
    """
    days = None if period is None else (day_of(period[0], "--period"), day_of(period[1], "--period"))
    _check(show, within_km, days is not None, every is not None)
    found = worked_out(agreement, options, routes)
    table = _routes(found, routes, kind, show)
    table = _of_party(table, options.party)
    zones = only(found.zones, reading=options.reading)
    ask: dict[str, Callable[[], pd.DataFrame]] = {
        "routes": lambda: _on_their_own(table, zones, found, within_km),
        "edges": lambda: _covered(table, zones, found, within_km, complete=complete).shares,
        "gaps": lambda: _covered(table, zones, found, within_km, complete=complete).gaps,
        "effort": lambda: effort.effort(table, by=["party", "contingent"], every=every, period=days, complete=complete),
    }
    if days is not None and show == "revisit":
        along = _edges(zones, found)
        passes = coverage.passes(along, table, within_m=within_km * 1000)
        asked = {"period": days, "standard_days": standard_days}
        spells = revisit.stretches(passes, along, table, complete=complete, **asked)  # type: ignore[arg-type]
        ask["revisit"] = lambda: revisit.summary(spells, period=days, standard_days=standard_days)
    if show == "gaps" and not complete:
        _say_at_most(table)
    answer(ask[show](), PRINTED[show], options.out)


def _check(show: Show, within_km: float, period: bool, every: bool) -> None:
    if not 0 < within_km < math.inf:
        raise InputError(f"--within-km {within_km:g}: give km above 0")
    if show == "revisit" and not period:
        raise InputError("--show revisit: give the --period, such as 2020-03-01 2020-08-31")
    refuse_idle({"--period": period and show not in {"effort", "revisit"}}, "for --show effort and --show revisit")
    refuse_idle({"--every": every and show != "effort"}, "for --show effort")


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
    if kind is None and show in {"edges", "gaps", "revisit"}:
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
    measured = table.assign(id=table["patrol"], name=names, basis=table["kind"])
    if "reading" in table and table["kind"].eq("implied").any():
        measured = measured[measured["reading"].isna() | measured["reading"].isin(zones["reading"])]
    else:
        measured["reading"] = None
    return patrol.coverage(measured, zones, patrol.edges(zones, found.line), within_m=within_km * 1000)


def _covered(
    table: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, found: Findings, within_km: float, *, complete: bool
) -> coverage.Covered:
    return coverage.cover(table, _edges(zones, found), within_m=within_km * 1000, complete=complete)


def _edges(zones: gpd.GeoDataFrame, found: Findings) -> gpd.GeoDataFrame:
    """The line of contact, then the edges the agreement draws, ready to be measured along."""
    drawn = patrol.edges(zones, found.line)[["id", "reading", "geometry"]]
    front = {"id": ["line-of-contact"], "reading": [None], "geometry": [found.line.geometry]}
    rows = pd.concat([pd.DataFrame(front), pd.DataFrame(drawn)], ignore_index=True)
    return coverage.tracks(gpd.GeoDataFrame(rows, geometry="geometry", crs=WGS84))
