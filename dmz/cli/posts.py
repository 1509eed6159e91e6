"""Answer what observation posts could see of the zone of an agreement, by distance alone."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import geopandas as gpd

from dmz import geodata
from dmz import posts as post
from dmz.cli.asking import ALL, Options, answer, only, worked_out
from dmz.cli.patrols import edges
from dmz.cli.shell import app, tell
from dmz.errors import InputError
from dmz.findings import Findings
from dmz.tables import Column

OPERATOR = {"operator": Column("operator")}
NUMBERS = {
    "posts_placed": Column("posts placed", 0),
    "posts_reported": Column("reported", 0),
    "radius_km": Column("radius, km", 1),
}
PRINTED = {
    "lines": OPERATOR
    | {"track": Column("edge"), "length_km": Column("length, km", 2)}
    | NUMBERS
    | {
        "seen_km": Column("seen, km", 2),
        "seen_share": Column("seen, %", 1, times=100),
        "seen_least_km": Column("at least, km", 2),
        "seen_most_km": Column("at most, km", 2),
        "most_posts": Column("most posts", 0),
        "longest_gap_km": Column("longest gap, km", 2),
        "longest_gap_from_km": Column("from, km", 2, absent="no gap"),
        "longest_gap_to_km": Column("to, km", 2, absent="no gap"),
        "known": Column("known"),
    },
    "areas": {"reading": Column("reading"), "extent": Column("extent")}
    | OPERATOR
    | {"zone_km2": Column("zone, km2", 1)}
    | NUMBERS
    | {
        "seen_km2": Column("seen, km2", 1),
        "seen_share": Column("seen, %", 1, times=100),
        "seen_least_km2": Column("at least, km2", 1),
        "seen_most_km2": Column("at most, km2", 1),
        "seen_by_two_km2": Column("by two or more, km2", 1),
        "known": Column("known"),
    },
    "stretches": {
        "track": Column("edge"),
        "from_km": Column("from, km", 2),
        "to_km": Column("to, km", 2),
        "length_km": Column("length, km", 2),
        "posts": Column("posts", 0),
        "who": Column("which", absent="none"),
    },
}


@app.command
def posts(
    agreement: str,
    /,
    *,
    radius_km: float,
    show: Literal["lines", "areas", "stretches"] = "lines",
    posts: Path | None = None,
    options: Options = ALL,
) -> None:
    """Say what observation posts could see of the line and the zone by distance alone: no terrain, no line of sight.

    Example: dmz posts sochi-2018 --radius-km 5 --reading deep

    Parameters
    ----------
    agreement
        Agreement's file, or key of one shipped with dmz.
    radius_km
        How far a post is taken to see: a judgement of yours, for no text says it.
    show
        lines: length of the line of contact and of each edge of the zone within the radius; areas: area of the zone;
        stretches: how many posts, and which, have each stretch within it, and the gaps.
    posts
        Your own posts, a layer of points with post (or id) and, where known, operator and uncertainty_km; in place of
        the agreement's.
    options
        Those of every question; --party is the operator.
    """
    found = worked_out(agreement, options, posts)
    placed, reported = _posts(found, posts)
    if options.party is not None:
        placed = only(placed, operator=options.party)
        reported = {who: count for who, count in reported.items() if who == options.party}
    zones = only(found.zones, reading=options.reading)
    tell(f"within {radius_km:g} km (--radius-km): {post.METHOD}")
    radius_m = radius_km * 1000
    if show == "areas":
        table = post.areas(placed, zones, radius_m=radius_m, reported=reported)
    elif show == "lines":
        table = post.along_lines(placed, edges(zones, found), radius_m=radius_m, reported=reported)
    else:
        table = post.stretches(placed, edges(zones, found), radius_m=radius_m)
    answer(table, PRINTED[show], options.out)


def _posts(found: Findings, path: Path | None) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Posts of a file, else of the agreement, and how many each operator was reported to have."""
    if path is not None:
        return post.posts(geodata.read(path, kind="point"), where=str(path)), {}
    key = found.agreement.layers.posts
    if key is None:
        raise InputError(f"{found.agreement.key}: the agreement has no layer of posts: give --posts")
    reported = {term.operator: term.count for term in found.agreement.posts}
    return post.posts(found.store.open(key), where=key), reported
