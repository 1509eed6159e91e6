"""Answer what becomes of the roads of an agreement."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd

from dmz import corridor, holding, roadstatus
from dmz.cli.asking import ALL, Options, answer, day_of, known, named_ends, named_points, only, refuse_idle, worked_out
from dmz.cli.shell import app, tell
from dmz.errors import InputError
from dmz.findings import Findings
from dmz.tables import Column

ROAD = {"corridor": Column("road")}
SPAN = {
    "from_km": Column("from, km", 2),
    "to_km": Column("to, km", 2),
    "length_km": Column("length, km", 2),
    "share": Column("share, %", 1, times=100),
}
WHERE = {"_entry": Column("enters", widest=32), "_exit": Column("leaves", widest=32)}
PRINTED = {
    "zones": ROAD
    | {"reading": Column("reading"), "band": Column("band"), "party": Column("party", absent="none")}
    | SPAN
    | WHERE,
    "holders": ROAD | {"holder": Column("holder")} | SPAN | {"contested_km": Column("contested, km", 2)} | WHERE,
    "crossings": ROAD
    | {
        "at_km": Column("at, km", 2),
        "earliest_km": Column("earliest, km", 2),
        "latest_km": Column("latest, km", 2),
        "from_party": Column("from"),
        "to_party": Column("to"),
        "line_km": Column("on the line, km", 2),
        "_place": Column("where", widest=32),
    },
    "status": ROAD
    | SPAN
    | {
        "status": Column("status"),
        "since": Column("since", absent="no report"),
        "age_days": Column("age, days", 0, absent="no report"),
        "said": Column("reported", absent="nothing"),
    }
    | WHERE,
}


@app.command
def corridors(  # noqa: PLR0913 - one flag for each
    agreement: str,
    /,
    *,
    show: Literal["zones", "holders", "crossings"] = "zones",
    road: str | None = None,
    outside: bool = False,
    on: str | None = None,
    reports: Path | None = None,
    valid_days: int | None = None,
    options: Options = ALL,
) -> None:
    """Say where the roads of an agreement lie in its zone, who holds them, and which are open.

    Example: dmz corridors sochi-2018 --reading deep --road m4 -o m4.csv

    Parameters
    ----------
    agreement
        Agreement's file, or key of one shipped with dmz.
    show
        zones: pieces of each road in the zone; holders: who holds each stretch; crossings: of the line of contact.
    road
        Only this road.
    outside
        Also the pieces of road outside the zone.
    on
        Say instead which stretches were open, partly open or closed on a day (2018-12-31), as far as reported.
    reports
        CSV or vector file of dated reports for --on, in place of the agreement's: corridor, date, status, source, and
        from_km and to_km or places.
    valid_days
        Days after which a report holds no more; by default until a later one replaces it.
    """
    found = worked_out(agreement, options, reports)
    roads = _roads(found, road)
    if on is not None or reports is not None:
        given = {"--reading": options.reading, "--party": options.party, "--outside": outside}
        refuse_idle(given | {"--show": show if show != "zones" else None}, "not for the status of roads (--on)")
        table, columns = _status(found, roads, (on, reports, valid_days)), PRINTED["status"]
    else:
        refuse_idle({"--valid-days": valid_days}, "for the status of roads: give --on and --reports")
        table, columns = _stretches(found, roads, show, options, outside=outside), PRINTED[show]
    answer(table, columns, options.out)


def _roads(found: Findings, road: str | None) -> gpd.GeoDataFrame:
    if found.roads is None:
        raise InputError(f"{found.agreement.key}: the agreement names no roads")
    known(road, [*found.roads["corridor"]], "road")
    return only(found.roads, corridor=road)


def _status(
    found: Findings, roads: gpd.GeoDataFrame, asked: tuple[str | None, Path | None, int | None]
) -> pd.DataFrame:
    on, path, valid_days = asked
    if on is None or (path is None and found.road_reports is None):
        raise InputError("give both --on, a day, and --reports, a file of dated reports: without them all is unknown")
    day = day_of(on, "--on")
    every = found.roads if found.roads is not None else roads
    if path is not None:
        reported = roadstatus.read_reports(path, every, places=found.places)
    else:
        reported = roadstatus.reports(pd.DataFrame(found.road_reports), every, places=found.places)
    held = "until a later one replaces it" if valid_days is None else f"for {valid_days} days"
    tell(f"a report holds {held} (--valid-days); what nobody reported is unknown")
    return named_ends(roadstatus.status(reported, roads, on=day, valid_days=valid_days, places=found.places))


def _stretches(found: Findings, roads: gpd.GeoDataFrame, show: str, options: Options, *, outside: bool) -> pd.DataFrame:
    if show == "zones":
        zones = only(found.zones, reading=options.reading)
        table = corridor.pieces(roads, zones, places=found.places, outside=outside)
        return named_ends(only(table, party=options.party))
    refuse_idle({"--reading": options.reading, "--outside": outside}, f"not for --show {show}, which needs no zone")
    if show == "holders":
        return named_ends(only(holding.holdings(roads, found.line, places=found.places), holder=options.party))
    refuse_idle({"--party": options.party}, "not for --show crossings, which have a party on either side")
    table = holding.crossings(roads, found.line, places=found.places)
    return table.assign(_place=named_points(table))
