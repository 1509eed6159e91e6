"""Say what observation posts could see by distance alone: lengths, areas, how many posts, and the gaps between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from dmz import geodesy
from dmz.coverage import AT_LEAST, Covered, cover
from dmz.errors import GeometryError, InputError
from dmz.swept import GRID_DEG, strips, swept

METHOD = "distance only, not line of sight"
EVERYONE = "all"
NO_PLACE = "unknown: no place known"
# Readings of a post's place: where it is drawn, wherever in its uncertainty is worst, and wherever is best.
REACHES = ("seen", "seen_least", "seen_most")

POST_COLUMNS = {
    "post": "id of the post",
    "operator": "who keeps it",
    "uncertainty_m": "how far its place may be off; empty: unknown",
}
EACH_COLUMNS = {
    "post": "id of the post",
    "operator": "who keeps it",
    "uncertainty_km": "how far its place may be off; empty: unknown",
    "off_line_km": "geodesic distance from its point to the line",
    "at_km": "chainage of the point of the line nearest to it",
    "radius_km": "how far a post is taken to see",
    "seen_km": "length of the line within the radius of it, as placed",
    "seen_least_km": "length within the radius wherever in its uncertainty it stood",
    "seen_most_km": "length that may be within the radius",
    "shared_km": "length of the line that another post has within the radius too, both as placed",
    "method": METHOD,
}
LINE_COLUMNS = {
    "operator": f"whose posts; '{EVERYONE}' for those of all",
    "track": "id of the track",
    "length_km": "geodesic length of the track",
    "posts_placed": "posts whose place is known, if not well",
    "posts_reported": "posts there were, as reported; empty where nobody said",
    "radius_km": "how far a post is taken to see",
    "seen_km": "length within the radius of any of them, as placed; empty where no place is known",
    "seen_share": "seen_km as a share of length_km, 0 to 1",
    "seen_least_km": "length within the radius wherever in its uncertainty each post stood",
    "seen_most_km": "length that may be within the radius of one",
    "most_posts": "the greatest number of posts that see one place of it",
    "gaps": "stretches beyond the radius of every post, as placed",
    "longest_gap_km": "length of the longest of them",
    "longest_gap_from_km": "chainage at which it begins",
    "longest_gap_to_km": "chainage at which it ends",
    "known": f"'{AT_LEAST}' where there may be more posts than placed, 'all placed', or '{NO_PLACE}'",
    "method": METHOD,
}
STRETCH_COLUMNS = {
    "track": "id of the track",
    "from_km": "chainage at which the stretch begins; all of it is seen by the same posts",
    "to_km": "chainage at which it ends",
    "length_km": "to_km less from_km",
    "posts": "number of posts within the radius, as placed",
    "who": "their ids",
    "method": METHOD,
}
AREA_COLUMNS = {
    "reading": "reading the zone was laid under",
    "extent": "core: the zone at the least depth of the range; full: at the greatest",
    "operator": f"whose posts; '{EVERYONE}' for those of all",
    "zone_km2": "area of the zone on the ellipsoid",
    "posts_placed": "posts whose place is known, if not well",
    "posts_reported": "posts there were, as reported; empty where nobody said",
    "radius_km": "how far a post is taken to see",
    "seen_km2": "area of the zone within the radius of any, as placed; empty where no place is known",
    "seen_share": "seen_km2 as a share of zone_km2, 0 to 1",
    "seen_least_km2": "area within the radius wherever in its uncertainty each post stood",
    "seen_most_km2": "area that may be within the radius of one",
    "seen_by_two_km2": "area within the radius of two or more, as placed",
    "known": f"'{AT_LEAST}' where there may be more posts than placed, 'all placed', or '{NO_PLACE}'",
    "method": METHOD,
}
ALL_PLACED = "all placed"


def posts(table: gpd.GeoDataFrame, *, where: str = "the posts") -> gpd.GeoDataFrame:
    """Check a layer of observation posts.

    Parameters
    ----------
    table
        Points, longitude, latitude, with columns ``post`` (or ``id``) and, where known, ``operator`` and
        ``uncertainty_km``: how far each may be from its point. One of unknown uncertainty is certain to see nothing.
    where
        What to call the table in a message.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows with columns as `POST_COLUMNS`, then those it has besides, then ``geometry``.

    Raises
    ------
    GeometryError
        Where a post is no point; all of them at once.
    InputError
        Where an id is missing or stands twice, or an uncertainty is no length; all faults at once.
    """
    key = "post" if "post" in table else "id"
    if key not in table:
        raise InputError(f"{where}: it has no column post or id; it has {', '.join(table.columns)}")
    names = [f"{where}: post {number} ({name})" for number, name in enumerate(table[key])]
    kinds = table.geometry.geom_type.fillna("nothing")
    if strays := [
        f"{n} is a {kind}, and a post is a Point" for n, kind in zip(names, kinds, strict=True) if kind != "Point"
    ]:
        raise GeometryError(strays)
    off_km = pd.to_numeric(_column(table, "uncertainty_km"), errors="coerce").astype(float)
    said = _column(table, "uncertainty_km").notna()
    bad = said & ~(off_km >= 0)
    faults = [
        f"{name} has an uncertainty_km that is no length" for name, wrong in zip(names, bad, strict=True) if wrong
    ]
    faults += [
        f"{name} has no id, or that of another"
        for name, twice in zip(names, _unclear(table[key]), strict=True)
        if twice
    ]
    if faults:
        raise InputError(faults)
    operator = _column(table, "operator").astype(object).where(_column(table, "operator").notna(), "unknown")
    made = {"post": table[key], "operator": operator, "uncertainty_m": off_km * 1000}
    return gpd.GeoDataFrame({**made, **_besides(table, key)}, geometry=table.geometry.array, crs=table.crs)


def along_lines(
    found: gpd.GeoDataFrame, along: gpd.GeoDataFrame, *, radius_m: float, reported: Mapping[str, int] | None = None
) -> pd.DataFrame:
    """Length of each track within a radius of posts, by operator and of all.

    Parameters
    ----------
    found
        As `posts` makes them.
    along
        As `dmz.coverage.tracks` makes them.
    radius_m
        How far a post is taken to see, metres.
    reported
        Number of posts each operator had; one without a placed post has rows that say so.

    Returns
    -------
    pandas.DataFrame
        One row an operator and track; columns as `LINE_COLUMNS`.

    Raises
    ------
    InputError
        Where the radius is not above 0.

    Notes
    -----
    Definition: a place is seen where its geodesic distance to a post is at most R. Terrain, weather, night and
    instruments are left out: it is "distance only, not line of sight". A post placed to within u is certain to be
    within R of what is within R - u of its point, and may be of what is within R + u.
    """
    _check(radius_m)
    rows = []
    for operator, here, said in _operators(found, reported):
        seen = {name: _cover(here, along, reach) for name, reach in _reaches(here, radius_m).items()}
        shares = seen["seen"].shares.set_index("track")
        for name in along["track"]:
            row: dict[str, object] = {"operator": operator, "track": name, "radius_km": radius_m / 1000} | said
            row["length_km"] = shares.loc[name, "length_km"]
            if len(here):
                columns = [column for column in LINE_COLUMNS if "gap" in column]
                row |= shares.loc[name, columns].to_dict() | {"seen_share": shares.loc[name, "covered_share"]}
                row |= {f"{which}_km": _length(one, name) for which, one in seen.items()}
                row["most_posts"] = max((len(who) for *_, who in _runs(seen["seen"].passes, name)), default=0)
            rows.append(row)
    table = pd.DataFrame(rows, columns=[*LINE_COLUMNS])
    whole = dict.fromkeys(("posts_placed", "posts_reported", "most_posts", "gaps"), "Int64")
    return table.astype(whole | {name: float for name in LINE_COLUMNS if name.endswith(("_km", "_share"))})


def each(found: gpd.GeoDataFrame, along: gpd.GeoDataFrame, *, radius_m: float) -> gpd.GeoDataFrame:
    """Length of a line within a radius of each post.

    Parameters
    ----------
    found
        As `posts` makes them.
    along
        One track, as `dmz.coverage.tracks` makes it, or all the parts of one line.
    radius_m
        How far a post is taken to see, metres.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a post, Point, in their order; columns as `EACH_COLUMNS`. With several parts ``at_km`` counts from the
        start of the part it is on.

    Raises
    ------
    InputError
        Where the radius is not above 0.

    Notes
    -----
    As `along_lines`, post by post: lengths of the line at a geodesic distance of at most R, R - u and R + u.
    """
    _check(radius_m)
    near = [geodesy.nearest(shapely.get_coordinates(found.geometry.array), line) for line in along.geometry]
    off_m = np.array([one.distance_m for one in near])
    part, post = off_m.argmin(axis=0), np.arange(len(found))
    table = gpd.GeoDataFrame(found[["post", "operator"]], geometry=found.geometry.array, crs=found.crs)
    table["uncertainty_km"] = found["uncertainty_m"].to_numpy(float) / 1000
    table["off_line_km"] = off_m[part, post] / 1000
    table["at_km"] = np.array([one.chainage_m for one in near])[part, post] / 1000
    for which, reach_m in _reaches(found, radius_m).items():
        passes = _cover(found, along, reach_m).passes
        long_km = (passes["to_km"] - passes["from_km"]).astype(float).groupby(passes["patrol"]).sum()
        table[f"{which}_km"] = long_km.reindex(found["post"]).fillna(0.0).to_numpy()
    seen = stretches(found, along, radius_m=radius_m)
    twice = seen[seen["posts"] > 1].assign(post=lambda rows: rows["who"].str.split(", ")).explode("post")
    shared_km = twice.groupby("post")["length_km"].sum().reindex(found["post"].astype(str))
    table = table.assign(radius_km=radius_m / 1000, shared_km=shared_km.fillna(0.0).to_numpy(float), method=METHOD)
    return table[[*EACH_COLUMNS, "geometry"]]


def stretches(found: gpd.GeoDataFrame, along: gpd.GeoDataFrame, *, radius_m: float) -> pd.DataFrame:
    """How many posts, and which, have each stretch of each track within a radius; columns as `STRETCH_COLUMNS`.

    Parameters and errors as `along_lines`. A stretch ends wherever a post comes into reach or goes out of it; one that
    no post reaches is a gap, with 0 posts.
    """
    _check(radius_m)
    seen = _cover(found, along, np.full(len(found), float(radius_m)))
    rows = []
    for name, length_km in zip(along["track"], along["length_km"], strict=True):
        for low, high, who in _runs(seen.passes, name, length_km):
            row = {"track": name, "from_km": low, "to_km": high, "length_km": high - low, "posts": len(who)}
            rows.append(row | {"who": ", ".join(map(str, who)), "method": METHOD})
    return pd.DataFrame(rows, columns=[*STRETCH_COLUMNS])


def areas(
    found: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, *, radius_m: float, reported: Mapping[str, int] | None = None
) -> pd.DataFrame:
    """Area of each zone within a radius of posts, by operator and of all.

    Parameters
    ----------
    found, radius_m, reported
        As `along_lines` takes them.
    zones
        As `dmz.zones` makes them, of any number of readings.

    Returns
    -------
    pandas.DataFrame
        One row an operator, reading and extent; columns as `AREA_COLUMNS`.

    Raises
    ------
    InputError
        Where the radius is not above 0.

    Notes
    -----
    As `along_lines`; areas are on the ellipsoid, of the union of discs (`dmz.geodesy.buffer`) inside the zone.
    """
    _check(radius_m)
    tables = []
    for operator, here, said in _operators(found, reported):
        discs = {name: strips(here, within_m=reach, key="post") for name, reach in _reaches(here, radius_m).items()}
        one = swept(discs["seen"], zones)
        table = one[["reading", "extent", "zone_km2"]].assign(operator=operator, radius_km=radius_m / 1000, **said)
        table["seen_share"] = one["swept_share"]
        for name, disc in discs.items():
            table[f"{name}_km2"] = swept(disc, zones)["swept_in_zone_km2"]
        twice = _twice(discs["seen"])
        table["seen_by_two_km2"] = swept(twice, zones)["swept_in_zone_km2"] if len(here) else np.nan
        tables.append(table)
    table = pd.concat(tables, ignore_index=True)[[*AREA_COLUMNS]]
    return table.astype(dict.fromkeys(("posts_placed", "posts_reported"), "Int64"))


def _column(table: gpd.GeoDataFrame, name: str) -> pd.Series:
    return table[name] if name in table else pd.Series(None, index=table.index, dtype=object)


def _besides(table: gpd.GeoDataFrame, key: str) -> dict[str, pd.Series]:
    return {name: table[name] for name in table if name not in {key, table.geometry.name, *POST_COLUMNS}}


def _unclear(key: pd.Series) -> pd.Series:
    return key.isna() | key.duplicated()


def _check(radius_m: float) -> None:
    if not 0 < radius_m <= geodesy.MAX_DISTANCE_M:
        raise InputError(f"radius_m is {radius_m:g}: give metres above 0 and at most {geodesy.MAX_DISTANCE_M:g}")


def _operators(
    found: gpd.GeoDataFrame, reported: Mapping[str, int] | None
) -> Iterator[tuple[str, gpd.GeoDataFrame, dict[str, object]]]:
    """All posts, then those of each operator, also of one none of whose posts is placed."""
    counts = dict(reported or {})
    names = sorted({*found["operator"], *counts})
    total = sum(counts.values()) if {*names} <= {*counts} else None
    for name in [EVERYONE, *names]:
        here = found if name == EVERYONE else found[found["operator"] == name]
        there = total if name == EVERYONE else counts.get(name)
        known = NO_PLACE if here.empty else ALL_PLACED if there is not None and len(here) >= there else AT_LEAST
        yield name, here, {"posts_placed": len(here), "posts_reported": there, "known": known, "method": METHOD}


def _reaches(found: gpd.GeoDataFrame, radius_m: float) -> dict[str, NDArray[np.float64]]:
    """Reach of each post as placed, at least and at most."""
    off_m = found["uncertainty_m"].to_numpy(float)
    placed = np.full(len(found), float(radius_m))
    least, most = np.nan_to_num(radius_m - off_m, nan=0.0), radius_m + np.nan_to_num(off_m)
    return dict(zip(REACHES, (placed, least, most), strict=True))


def _cover(found: gpd.GeoDataFrame, along: gpd.GeoDataFrame, reach_m: NDArray[np.float64]) -> Covered:
    return cover(found, along, within_m=reach_m, key="post", complete=True)


def _length(covered: Covered, track: str) -> float:
    return float(covered.shares.set_index("track").loc[track, "covered_km"])


def _runs(passes: pd.DataFrame, track: str, length_km: float = 0.0) -> Iterator[tuple[float, float, list[object]]]:
    """Stretches of a track with the posts that reach each, from one end of a pass to the next."""
    here = passes[passes["track"] == track]
    ends = np.unique(np.concatenate([[0.0, length_km], here["from_km"], here["to_km"]]).astype(float))
    for low, high in pairwise(ends):
        middle = (low + high) / 2
        yield low, high, here.loc[(here["from_km"] < middle) & (here["to_km"] > middle), "patrol"].tolist()


def _twice(discs: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Ground that two discs or more have in common, pair by pair."""
    shapes = discs.geometry.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    shared = shapely.intersection(shapes[one[one < other]], shapes[other[one < other]], grid_size=GRID_DEG)
    ground = shapely.union_all(shared, grid_size=GRID_DEG)
    table = {"patrol": ["pairs"], "within_km": np.nan, "swath_km": np.nan, "area_km2": geodesy.area(ground) / 1e6}
    return gpd.GeoDataFrame(table, geometry=[ground], crs=discs.crs)
