"""Say which lengths of a line lie within reach of routes or posts, and which gaps are left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.errors import GeometryError, InputError
from dmz.geodata import WGS84

# First cells a track is cut into, and the finest ones, metres: the ends of a pass are right to half of a finest cell.
COARSE_M, FINE_M = 4_096.0, 1.0
QUARTERINGS = 6  # 4096 m to 1 m
# Longest segment in which an edge of a zone, straight in longitude and latitude, is taken for a geodesic.
STEP_M = 1_000.0
# How far a point and its geodesic distance may err together, metres; it keeps the certainty of coarse cells certain.
SLACK_M = 0.01

UNKNOWN, AT_LEAST, ALL = "unknown: nothing reported", "at least: what was reported", "all: there are no other routes"

TRACK_COLUMNS = {
    "track": "id of the line that is measured: the row's id, numbered where it has several parts",
    "of": "id of the row it is a part of",
    "closed": "whether it is a ring: its end is its start",
    "start_lon": "where chainage starts, degrees",
    "start_lat": "where chainage starts, degrees",
    "length_km": "geodesic length",
}
PASS_COLUMNS = {
    "track": "id of the track",
    "patrol": "id of the route, or of the post",
    "from_km": "chainage on the track at which it comes within reach, to half a metre",
    "to_km": "chainage at which it is within reach no more",
}
SHARE_COLUMNS = {
    "track": "id of the track",
    "length_km": "geodesic length of the track",
    "covered_km": "length within within_km of any route; empty where nothing was reported",
    "covered_share": "covered_km as a share of length_km, 0 to 1; empty where nothing was reported",
    "gaps": "number of stretches beyond within_km of every route; one over a ring's start is one",
    "longest_gap_km": "length of the longest of them, 0 where there is none",
    "longest_gap_from_km": "chainage at which it begins; past to_km where it lies over a ring's start",
    "longest_gap_to_km": "chainage at which it ends",
    "within_km": "how near counts as covered; empty where each post has its own",
    "known": f"'{UNKNOWN}', '{AT_LEAST}' or '{ALL}'",
}
GAP_COLUMNS = {
    "track": "id of the track",
    "gap": "number of the gap along the track, from 1",
    "from_km": "chainage at which it begins",
    "to_km": "chainage at which it ends; below from_km where it lies over a ring's start",
    "length_km": "its length along the track",
    "over_start": "whether it lies over the start of a ring",
}


@dataclass(frozen=True, eq=False)
class Covered:
    """What routes cover of tracks: `passes`, `shares` and `gaps`, columns as the ``*_COLUMNS`` of this module."""

    passes: pd.DataFrame
    shares: pd.DataFrame
    gaps: gpd.GeoDataFrame


def boundaries(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Whole boundaries of zones, ring by ring: also those along a coast, a state border or another's area.

    Parameters
    ----------
    zones
        As `dmz.zones` makes them, of any number of readings.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a reading and extent: ``id``, ``reading``, ``extent`` (core: the least depth of the range; full: the
        greatest), ``geometry`` (MultiLineString, longest ring first). Every ring starts at its northernmost vertex, the
        westernmost of several, and keeps the zone on its right. `dmz.patrol.edges` has only what the agreement draws.
    """
    rows = []
    for reading, belts in zones.groupby("reading", sort=False):
        for extent in ("core", "full"):
            here = belts[belts["band"] == "core"] if extent == "core" else belts
            row = {"id": f"{reading}-{extent}", "reading": reading, "extent": extent}
            rows.append(row | {"geometry": _rings(shapely.coverage_union_all(here.geometry.array))})
    return gpd.GeoDataFrame(rows, columns=["id", "reading", "extent", "geometry"], geometry="geometry", crs=WGS84)


def tracks(lines: gpd.GeoDataFrame | BaseGeometry, *, name: str = "line") -> gpd.GeoDataFrame:
    """Make lines ready to be measured along: one row a part, each with a chainage of its own.

    Parameters
    ----------
    lines
        Rows with a column ``id``, LineString or MultiLineString, longitude, latitude; or one geometry.
    name
        The id of a geometry that comes alone.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns as `TRACK_COLUMNS`, then those of `lines`, then ``geometry`` (LineString). Chainage runs from the first
        vertex of each part; parts that follow each other end to end are joined first, rings stay as they are.

    Raises
    ------
    GeometryError
        Where a row is no line, is empty, or has no length.
    InputError
        Where an id stands twice.

    Examples
    --------
    >>> ring = shapely.LineString([(36, 35), (36, 36), (37, 36), (37, 35), (36, 35)])
    >>> tracks(ring, name="ring")[["track", "closed", "length_km"]].round(1)
      track  closed  length_km
    0  ring    True      403.4
    """
    if isinstance(lines, BaseGeometry):
        lines = gpd.GeoDataFrame({"id": [name]}, geometry=[lines], crs=WGS84)
    if twice := sorted({*lines.loc[lines["id"].duplicated(), "id"].astype(str)}):
        raise InputError(f"two lines have the id {', '.join(twice)}: give each its own")
    rows = [row for line in lines.to_dict("records") for row in _parts(line, lines.geometry.name)]
    names = pd.Series([row["track"] for row in rows], dtype=object)
    if twice := sorted({*names[names.duplicated()]}):
        raise InputError(f"a part of one line and another line have the id {', '.join(twice)}: rename one")
    known = [column for column in lines if column not in {"id", lines.geometry.name, *TRACK_COLUMNS}]
    return gpd.GeoDataFrame(rows, columns=[*TRACK_COLUMNS, *known, "geometry"], geometry="geometry", crs=WGS84)


def passes(
    along: gpd.GeoDataFrame, routes: gpd.GeoDataFrame, *, within_m: ArrayLike, key: str = "patrol"
) -> pd.DataFrame:
    """Stretches of tracks within a distance of each route.

    Parameters
    ----------
    along
        As `tracks` makes them.
    routes
        Lines, points or polygons with an id in the column `key`, longitude, latitude.
    within_m
        How near counts as covered, metres: one number, or one a route; a route with 0 or less reaches nothing.
    key
        Column of the id.

    Returns
    -------
    pandas.DataFrame
        One row a track, route and stretch, in this order; columns as `PASS_COLUMNS`. A ring's stretch over its start
        is two rows.

    Raises
    ------
    InputError
        Where `within_m` is not finite, or has another length than `routes`.

    Notes
    -----
    Definition: the points of the track whose geodesic distance d to the route is at most r. Moving h metres along the
    track changes d by at most h (the triangle inequality), so a cell of length c with d in its middle lies inside
    where d + c / 2 <= r and outside where d - c / 2 > r; any other is cut into four, down to 1 m, where d in the
    middle decides. No buffer is drawn, and no piece of over 1 m can be missed.
    """
    searched = _Searched(routes.geometry.array, reaches(within_m, len(routes)))
    names = routes[key].to_numpy(dtype=object)
    found = []
    for track, line in zip(along["track"], along.geometry, strict=True):
        route, low, high = searched.along(line)
        found.append(pd.DataFrame({"track": track, "patrol": names[route], "from_km": low, "to_km": high}))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*PASS_COLUMNS])


def reaches(within_m: ArrayLike, count: int) -> NDArray[np.float64]:
    """How near counts for each of some routes, metres, from one number or one a route.

    Raises
    ------
    InputError
        Where a number is not finite, or there are neither one nor as many as routes.
    """
    reach_m = np.asarray(within_m, dtype=np.float64)
    if not np.isfinite(reach_m).all() or reach_m.shape not in {(), (count,)}:
        raise InputError(f"within_m needs one finite number of metres, or one for each of {count} routes")
    return np.broadcast_to(reach_m, count)


def cover(
    routes: gpd.GeoDataFrame,
    along: gpd.GeoDataFrame,
    *,
    within_m: ArrayLike,
    complete: bool = False,
    key: str = "patrol",
) -> Covered:
    """Share of each track within a distance of any route, and the gaps that are left.

    Parameters
    ----------
    routes, within_m, key
        As `passes` takes them.
    along
        As `tracks` makes them.
    complete
        Whether these are all the routes there were, as in a mission's own log or a plan. If not, what no route covers
        is not known to be uncovered: shares are "at least", and without any route they are unknown.

    Returns
    -------
    Covered
        Its passes, shares (one row a track, `SHARE_COLUMNS`) and gaps (`GAP_COLUMNS` and ``geometry``).

    Notes
    -----
    Definition: covered_share = length of the union of the passes / length of the track, both geodesic. A gap is a
    stretch between two passes, or between one and an open end.
    """
    found = passes(along, routes, within_m=within_m, key=key)
    known = ALL if complete else AT_LEAST if len(routes) else UNKNOWN
    each = np.unique(np.asarray(within_m, dtype=np.float64))
    within_km = float(each[0]) / 1000 if len(each) == 1 else np.nan
    holes = gaps(found, along) if known != UNKNOWN else _no_gaps()
    return Covered(found, _shares(found, holes, along, known).assign(within_km=within_km)[[*SHARE_COLUMNS]], holes)


def gaps(found: pd.DataFrame, along: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Stretches of tracks that no pass covers, as one row each; columns as `GAP_COLUMNS` and ``geometry``."""
    rows = []
    for track in along.itertuples():
        here = found[found["track"] == track.track]
        holes = _holes(merged(here[["from_km", "to_km"]].to_numpy(float)), track.length_km, closed=track.closed)
        for number, (low, high) in enumerate(holes, 1):
            over = bool(low > high)
            row = {"track": track.track, "gap": number, "from_km": low, "to_km": high, "over_start": over}
            length_km = high - low + (track.length_km if over else 0.0)
            rows.append(row | {"length_km": length_km, "geometry": piece(track.geometry, low, high)})
    if not rows:
        return _no_gaps()
    return gpd.GeoDataFrame(rows, columns=[*GAP_COLUMNS, "geometry"], geometry="geometry", crs=WGS84)


def merged(spans: NDArray[np.float64]) -> NDArray[np.float64]:
    """Union of intervals, shape (n, 2): those that touch or overlap joined, in order.

    Examples
    --------
    >>> merged(np.array([[4.0, 6.0], [0.0, 1.0], [1.0, 2.0], [5.0, 5.5]])).tolist()
    [[0.0, 2.0], [4.0, 6.0]]
    """
    if not len(spans):
        return np.empty((0, 2))
    ordered = spans[np.lexsort([spans[:, 1], spans[:, 0]])]
    reached = np.maximum.accumulate(ordered[:, 1])
    first = np.concatenate([[True], ordered[1:, 0] > reached[:-1]])
    return np.column_stack([ordered[first, 0], reached[np.append(np.flatnonzero(first)[1:] - 1, len(reached) - 1)]])


def piece(line: shapely.LineString, from_km: float, to_km: float) -> BaseGeometry:
    """Piece of a track between two chainages, over the start of a ring where `to_km` is below `from_km`."""
    if to_km > from_km:
        return geodesy.substring(line, from_km * 1000, to_km * 1000)
    tail = geodesy.substring(line, from_km * 1000, np.inf)
    head = geodesy.substring(line, 0.0, to_km * 1000)
    return shapely.LineString([*tail.coords, *head.coords[1:]])


class _Searched:
    """Routes made ready to be searched from any track; those drawn alike are searched once."""

    def __init__(self, shapes: NDArray[np.object_], reach_m: NDArray[np.float64]) -> None:
        drawn = pd.Series(list(zip(shapely.to_wkb(shapes), reach_m, strict=True)))
        self._same, firsts = pd.factorize(drawn)[0], ~drawn.duplicated().to_numpy()
        self._shapes, self._reach_m = shapes[firsts], reach_m[firsts]

    @cached_property
    def _locators(self) -> list[geodesy.Locator]:
        return [geodesy.Locator(shape) for shape in self._shapes]

    def along(self, line: shapely.LineString) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Number of the route, start and end in km of every pass along a track."""
        length_m = geodesy.length(line)
        blocks = int(np.ceil(length_m / COARSE_M))
        unit_m = length_m / (blocks * 4**QUARTERINGS)
        spans = [(i, *span) for i, found in enumerate(self._cells(line, blocks, unit_m)) for span in found]
        rows = np.array(spans, dtype=np.int64).reshape(-1, 3)
        members = [np.flatnonzero(self._same == i) for i in range(len(self._shapes))]
        order = [(route, low, high) for i, low, high in rows for route in members[i]]
        table = np.array(sorted(order), dtype=np.int64).reshape(-1, 3)
        return table[:, 0], table[:, 1] * unit_m / 1000, table[:, 2] * unit_m / 1000

    def _cells(self, line: shapely.LineString, blocks: int, unit_m: float) -> list[NDArray[np.int64]]:
        """Merged spans of the cells of a track within reach of each shape, in units of the finest cell."""
        inside: list[list[NDArray[np.int64]]] = [[] for _ in self._shapes]
        size = 4**QUARTERINGS
        todo = {i: np.arange(blocks) * size for i in np.flatnonzero(self._reach_m > 0)}
        while todo:
            cells = np.unique(np.concatenate([*todo.values()]))
            middle = shapely.get_coordinates(geodesy.interpolate(line, (cells + size / 2) * unit_m))
            half_m = size * unit_m / 2 + SLACK_M if size > 1 else 0.0
            further = {}
            for i, here in todo.items():
                away = self._locators[i].nearest(middle[np.searchsorted(cells, here)]).distance_m
                within = here[away + half_m <= self._reach_m[i]]
                inside[i].append(np.column_stack([within, within + size]))
                doubt = here[(np.abs(away - self._reach_m[i]) < half_m)] if size > 1 else here[:0]
                if len(doubt):
                    further[i] = (doubt[:, None] + np.arange(4) * (size // 4)).ravel()
            todo, size = further, size // 4
        return [merged(np.vstack([*cells, np.empty((0, 2))])).astype(np.int64) for cells in inside]


def _rings(ground: BaseGeometry) -> shapely.MultiLineString:
    rings = list(shapely.get_rings(shapely.get_parts(shapely.orient_polygons(ground, exterior_cw=True))))
    dense = [geodesy.densify(_from_north(ring), STEP_M, edges="lonlat") for ring in rings]
    return shapely.MultiLineString(sorted(dense, key=geodesy.length, reverse=True))


def _from_north(ring: BaseGeometry) -> shapely.LineString:
    """Ring started at its northernmost vertex, the westernmost of several."""
    xy = shapely.get_coordinates(ring)[:-1]
    start = int(np.lexsort([xy[:, 0], -xy[:, 1]])[0])
    return shapely.LineString(np.vstack([xy[start:], xy[: start + 1]]))


def _parts(line: dict[str, object], geometry: str) -> Iterator[dict[str, object]]:
    """Rows of the parts of one line."""
    shape = line[geometry]
    if not isinstance(shape, BaseGeometry) or shape.geom_type not in {"LineString", "LinearRing", "MultiLineString"}:
        found = shape.geom_type if isinstance(shape, BaseGeometry) else "nothing"
        raise GeometryError(f"{line['id']}: chainage needs a line, and it is {found}: of a polygon, take its boundary")
    parts = _joined(shape)
    if not len(parts) or geodesy.length(shape) == 0:
        raise GeometryError(f"{line['id']}: the line has no length: there is nothing to measure along")
    for number, part in enumerate(parts, 1):
        xy = shapely.get_coordinates(part)
        yield line | {
            "track": f"{line['id']}-{number}" if len(parts) > 1 else f"{line['id']}",
            "of": line["id"],
            "closed": bool((xy[0] == xy[-1]).all()),
            "start_lon": xy[0, 0],
            "start_lat": xy[0, 1],
            "length_km": geodesy.length(part) / 1000,
            "geometry": part,
        }


def _joined(shape: BaseGeometry) -> list[shapely.LineString]:
    """Parts with a length, in their order; where one ends at the start of the next, the two joined."""
    runs: list[NDArray[np.float64]] = []
    for part in shapely.get_parts(shape):
        xy = shapely.get_coordinates(part)
        if not geodesy.length(part):
            continue
        ring = (xy[0] == xy[-1]).all() or (len(runs) > 0 and (runs[-1][0] == runs[-1][-1]).all())
        if runs and not ring and (runs[-1][-1] == xy[0]).all():
            runs[-1] = np.vstack([runs[-1], xy[1:]])
        else:
            runs.append(xy)
    return [shapely.LineString(xy) for xy in runs]


def _holes(spans: NDArray[np.float64], length_km: float, *, closed: bool) -> list[tuple[float, float]]:
    """Gaps between merged spans of a track; one over the start of a ring runs from its larger to its lower chainage."""
    edges = np.concatenate([[0.0], spans.ravel(), [length_km]]).reshape(-1, 2)
    found = [(float(low), float(high)) for low, high in edges if high > low]
    over = closed and len(found) > 1 and found[0][0] == 0 and found[-1][1] == length_km
    return [*found[1:-1], (found[-1][0], found[0][1])] if over else found


def _shares(found: pd.DataFrame, holes: gpd.GeoDataFrame, along: gpd.GeoDataFrame, known: str) -> pd.DataFrame:
    rows = []
    for track, length_km in zip(along["track"], along["length_km"], strict=True):
        row = {"track": track, "length_km": length_km, "known": known}
        if known != UNKNOWN:
            spans = merged(found.loc[found["track"] == track, ["from_km", "to_km"]].to_numpy(float))
            covered_km = min(float((spans[:, 1] - spans[:, 0]).sum()), length_km)
            row |= {"covered_km": covered_km, "covered_share": covered_km / length_km}
            row |= _longest(holes[holes["track"] == track])
        rows.append(row)
    empty = [column for column in SHARE_COLUMNS if column not in {"track", "known"}]
    table = pd.DataFrame(rows, columns=[*SHARE_COLUMNS])
    return table.astype(dict.fromkeys(empty, float)).astype({"gaps": "Int64"})


def _longest(holes: gpd.GeoDataFrame) -> dict[str, float]:
    if holes.empty:
        return {"gaps": 0, "longest_gap_km": 0.0}
    longest = holes.loc[holes["length_km"].idxmax()]
    found = {f"longest_gap_{end}_km": longest[f"{end}_km"] for end in ("from", "to")}
    return found | {"gaps": len(holes), "longest_gap_km": longest["length_km"]}


def _no_gaps() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns=[*GAP_COLUMNS, "geometry"], geometry="geometry", crs=WGS84)
