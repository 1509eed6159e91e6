"""Say whether an observed place lies in a zone or on a road, and how much of them was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.errors import InputError

Floats = NDArray[np.float64]
# Least length of a degree of latitude on WGS 84, metres: at the equator.
DEGREE_M = 110_574.0

GROUNDS = {
    "whole": "it is about all of it, not a place",
    "inside": "its precision circle lies in the zone at the least depth of the range, or it lies on the road",
    "fringe": "it lies where the depths of the range differ",
    "edge": "its precision circle crosses the boundary",
    "outside": "it lies outside, and says nothing of the inside",
    "unknown": "its place cannot be compared: no zone or no road was given",
    "not checked": "the obligation names no ground that dmz can lay",
}


@dataclass(frozen=True, eq=False)
class Ground:
    """What observed places are compared with.

    Parameters
    ----------
    zones
        As `dmz.zones` makes them, of any number of readings; None: no zone.
    roads
        LineStrings with a column ``corridor``, longitude, latitude; None: roads unknown.
    """

    zones: gpd.GeoDataFrame | None = None
    roads: gpd.GeoDataFrame | None = None

    @property
    def readings(self) -> list[str]:
        """Readings of the zones, in their order."""
        return [] if self.zones is None else [*self.zones["reading"].unique()]

    def extent(self, reading: str) -> Extent | None:
        """Zone of one reading, None where there is none."""
        if self.zones is None or reading not in self.readings:
            return None
        belts = self.zones[self.zones["reading"] == reading]
        core = belts[belts["band"] == "core"]
        return Extent(core.union_all(), belts.union_all())

    def lines(self) -> dict[str, BaseGeometry]:
        """Roads by their key."""
        return {} if self.roads is None else dict(zip(self.roads["corridor"], self.roads.geometry, strict=True))


@dataclass(frozen=True, eq=False)
class Extent:
    """A zone at the least depth of its range and at the greatest; polygons, longitude, latitude."""

    core: BaseGeometry
    full: BaseGeometry


@dataclass(frozen=True, eq=False)
class Placed:
    """Observations on one ground.

    Parameters
    ----------
    ground
        Shape (n,), keys of `GROUNDS`.
    road
        Shape (n,), the road each lies on, or None.
    meets
        Shape (n, n), whether two places are too near each other to be told apart.
    share
        Share of the zone, or of one road, that the observations at some positions saw; NaN where it has no meaning.
    """

    ground: NDArray[np.object_]
    road: NDArray[np.object_]
    meets: NDArray[np.bool_]
    share: Callable[[Sequence[int], str | None], float]

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Which are about all of it."""
        return np.asarray(self.ground == "whole")


def in_zone(
    observations: gpd.GeoDataFrame, zone: Extent | None, roads: Mapping[str, BaseGeometry], *, seen_m: float
) -> Placed:
    """Place observations in a zone.

    Parameters
    ----------
    observations
        As `dmz.observation.check_observations` returns them.
    zone
        None: a place cannot be compared.
    roads
        By key; a chainage becomes the point there, a stretch its middle and half its length as precision.
    seen_m
        Radius within which an observer is taken to have seen.

    Notes
    -----
    With d the geodesic distance to a boundary: *inside* is in the core with d(core) > precision, *outside* is out of
    the full zone with d(full) > precision, *fringe* is between them with both; whatever else has a place is *edge*.

    The share is the area of the union of discs of radius `seen_m` (`dmz.geodesy.buffer`) cut by the full zone, over the
    zone's area (`dmz.geodesy.area`). A zone over the antimeridian must not be split there.
    """
    lon, lat, precision_m = points_of(observations, roads)
    placed = np.isfinite(lon)
    ground = np.where(_unplaced(observations), "whole", "unknown").astype(object)
    if zone is not None and placed.any():
        ground[placed] = _against(zone, np.column_stack([lon, lat])[placed], precision_m[placed])

    share = _share_of(zone, lon, lat, seen_m) if zone is not None else _no_share
    return Placed(ground, np.full(len(lon), None), _near(lon, lat, precision_m, seen_m), share)


def on_roads(
    observations: gpd.GeoDataFrame, roads: Mapping[str, BaseGeometry], names: Sequence[str], *, seen_m: float
) -> Placed:
    """Place observations on the roads of an obligation.

    Parameters
    ----------
    observations
        As `dmz.observation.check_observations` returns them.
    roads
        All roads that are known, by key.
    names
        Keys of the obligation's roads, known or not.
    seen_m
        Radius within which an observer is taken to have seen.

    Raises
    ------
    InputError
        Where a chainage lies beyond the end of its road.

    Notes
    -----
    A place is from `seen_m` before its chainage to `seen_m` after it, a stretch from its start to its end. A point lies
    on a road within its precision or `seen_m`, whichever is more, of it. The share is the length of the union of these
    stretches over the road's (all the roads', where none is named).
    """
    _beyond_the_end(observations, roads)
    rows = [
        _on_road(record, roads, names, seen_m) for record in observations.drop(columns="geometry").to_dict("records")
    ]
    ground, road = (np.array([row[i] for row in rows], dtype=object) for i in (0, 1))
    start, end = (np.array([row[i] for row in rows], dtype=float) for i in (2, 3))
    same = (road[:, None] == road[None, :]) & (road[:, None] != None)  # noqa: E711 - an array's elements
    meets = same & (start[:, None] <= end[None, :]) & (start[None, :] <= end[:, None])

    def share(positions: Sequence[int], one: str | None = None) -> float:
        asked = [one] if one else [*names]
        if not all(name in roads for name in asked):
            return float("nan")
        lengths = {name: geodesy.length(roads[name]) for name in asked}
        seen = 0.0
        for name, length_m in lengths.items():
            here = [i for i in positions if road[i] == name and np.isfinite(start[i])]
            seen += _union_length(np.clip(start[here], 0, length_m), np.clip(end[here], 0, length_m))
        return seen / sum(lengths.values())

    return Placed(ground, road, np.asarray(meets, dtype=bool), share)


def anywhere(observations: gpd.GeoDataFrame, roads: Mapping[str, BaseGeometry], *, seen_m: float) -> Placed:
    """Take observations as they are, where the obligation names no ground that can be laid; no share is known."""
    lon, lat, precision_m = points_of(observations, roads)
    ground = np.where(_unplaced(observations), "whole", "not checked").astype(object)
    near = _near(lon, lat, precision_m, seen_m)
    return Placed(ground, np.full(len(lon), None), near, _no_share)


def points_of(observations: gpd.GeoDataFrame, roads: Mapping[str, BaseGeometry]) -> tuple[Floats, Floats, Floats]:
    """Where each observation was made, and how precisely.

    Parameters
    ----------
    observations
        As `dmz.observation.check_observations` returns them.
    roads
        By key; a chainage becomes the point there, a stretch its middle and half its length as precision.

    Returns
    -------
    tuple of numpy.ndarray
        Longitude and latitude in degrees, precision in metres, shape (n,) each; NaN without a place.

    Raises
    ------
    InputError
        Where a chainage lies beyond the end of its road.
    """
    _beyond_the_end(observations, roads)
    lon, lat, precision_m = (
        observations[column].to_numpy(dtype=float, copy=True) for column in ("lon", "lat", "precision_m")
    )
    start, end, road = (observations[column].to_numpy() for column in ("from_km", "to_km", "road"))
    for i in np.flatnonzero(np.isfinite(start.astype(float))):
        if road[i] in roads:
            last = end[i] if np.isfinite(end[i]) else start[i]
            point = geodesy.interpolate(roads[road[i]], (start[i] + last) / 2 * 1000)
            lon[i], lat[i], precision_m[i] = point.x, point.y, (last - start[i]) / 2 * 1000
    return lon, lat, precision_m


def _no_share(_: Sequence[int], __: str | None = None) -> float:
    return float("nan")


def _share_of(zone: Extent, lon: Floats, lat: Floats, seen_m: float) -> Callable[[Sequence[int], str | None], float]:
    """Share of a zone seen from places at some positions, each disc and each union worked out once."""
    whole_m2 = geodesy.area(zone.full)

    @cache
    def disc(position: int) -> BaseGeometry:
        return geodesy.buffer(shapely.Point(lon[position], lat[position]), seen_m)

    @cache
    def seen(positions: frozenset[int]) -> float:
        discs = [disc(position) for position in sorted(positions) if np.isfinite(lon[position])]
        return geodesy.area(shapely.intersection(shapely.union_all(discs), zone.full)) / whole_m2

    def share(positions: Sequence[int], _: str | None = None) -> float:
        return seen(frozenset(positions))

    return share


def _unplaced(observations: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Which observations are of no place at all."""
    return np.asarray(observations["lon"].isna() & observations["road"].isna(), dtype=bool)


def _against(zone: Extent, xy: Floats, precision_m: Floats) -> NDArray[np.object_]:
    """Ground of points with a precision; see `in_zone`."""
    clear, inside = {}, {}
    for name, area in (("core", zone.core), ("full", zone.full)):
        if area.is_empty:
            clear[name], inside[name] = np.ones(len(xy), dtype=bool), np.zeros(len(xy), dtype=bool)
        else:
            clear[name] = geodesy.distance(xy, shapely.boundary(area)) > precision_m
            inside[name] = shapely.contains_xy(area, xy[:, 0], xy[:, 1])
    sorts = [
        inside["core"] & clear["core"],
        ~inside["full"] & clear["full"],
        inside["full"] & ~inside["core"] & clear["full"] & clear["core"],
    ]
    return np.array(np.select(sorts, ["inside", "outside", "fringe"], "edge"), dtype=object)


def _near(lon: Floats, lat: Floats, precision_m: Floats, seen_m: float) -> NDArray[np.bool_]:
    """Which places are no further apart than their precisions and what is seen around one, by geodesic distance."""
    reach = precision_m[:, None] + precision_m[None, :] + seen_m
    close = np.abs(lat[:, None] - lat[None, :]) * DEGREE_M <= reach  # never with a NaN
    first, second = np.nonzero(np.triu(close))
    apart = np.asarray(geodesy.GEOD.inv(lon[first], lat[first], lon[second], lat[second])[2])
    near = np.zeros(close.shape, dtype=bool)
    near[first, second] = near[second, first] = apart <= reach[first, second]
    return near


def _on_road(
    record: Mapping[str, Any], roads: Mapping[str, BaseGeometry], names: Sequence[str], seen_m: float
) -> tuple[str, str | None, float, float]:
    """Ground, road, and stretch in metres of one observation."""
    nowhere = float("nan")
    road, start = record["road"], record["from_km"]
    if road is not None and road not in names:
        return "outside", None, nowhere, nowhere
    if np.isfinite(start):
        end = record["to_km"] if np.isfinite(record["to_km"]) else None
        stretch = (start * 1000, end * 1000) if end is not None else (start * 1000 - seen_m, start * 1000 + seen_m)
        return "inside", road, *stretch
    if not np.isfinite(record["lon"]):
        return "whole", road, nowhere, nowhere
    asked = [name for name in ([road] if road is not None else names) if name in roads]
    if not asked:
        return "unknown", road, nowhere, nowhere
    return _nearest_road((record["lon"], record["lat"]), max(record["precision_m"], seen_m), roads, asked, seen_m)


def _nearest_road(
    place: tuple[float, float], within_m: float, roads: Mapping[str, BaseGeometry], asked: Sequence[str], seen_m: float
) -> tuple[str, str | None, float, float]:
    """Where a point lies on the nearest of some roads; on none where all are too far, on an edge where two could be."""
    found = {name: geodesy.nearest([place], roads[name]) for name in asked}
    near = [name for name in asked if found[name].distance_m[0] <= within_m]
    if len(near) != 1:
        return ("edge" if near else "outside"), None, float("nan"), float("nan")
    at = float(found[near[0]].chainage_m[0])
    return "inside", near[0], at - seen_m, at + seen_m


def _union_length(start: Floats, end: Floats) -> float:
    """Length of the union of intervals."""
    length, reached = 0.0, -np.inf
    for low, high in sorted(zip(start.tolist(), end.tolist(), strict=True)):
        length += max(0.0, high - max(low, reached))
        reached = max(reached, high)
    return length


def _beyond_the_end(observations: gpd.GeoDataFrame, roads: Mapping[str, BaseGeometry]) -> None:
    length_km = {name: geodesy.length(line) / 1000 for name, line in roads.items()}
    table = pd.DataFrame(observations[["id", "road", "from_km", "to_km"]])
    table["last"] = table[["from_km", "to_km"]].max(axis=1)
    faults = [
        f"observation {row.id}: chainage {row.last:g} km lies beyond {row.road}, {length_km[row.road]:.1f} km long"
        for row in table.itertuples()
        if row.road in length_km and row.last > length_km[row.road] + 0.05
    ]
    if faults:
        raise InputError(faults)
