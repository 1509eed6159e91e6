"""Measure along a road: cut it by ground, find places on it, say by name where a point of it is."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.errors import GeometryError, InputError

# Segments of a road as it is cut by ground; its geodesics leave their chords by millimetres.
STEP_M = 1_000.0
# Shorter spells are the rounding of two boundaries that were drawn through the same point.
SHORTEST_M = 1.0
# Cuts nearer to each other than this are one.
SAME_CUT_M = 0.01
# How far a place may lie from a road and still say where on the road something is, unless the caller says otherwise.
LIMIT_KM = 2.0
# Kinds of named points that nobody lives at: they name no entry or exit.
NO_SETTLEMENT = frozenset({"base", "checkpoint", "fortification", "hill"})
COMPASS = (
    "north", "north-north-east", "north-east", "east-north-east", "east", "east-south-east", "south-east",
    "south-south-east", "south", "south-south-west", "south-west", "west-south-west", "west", "west-north-west",
    "north-west", "north-north-west",
)  # fmt: skip

# Columns of every table of stretches of roads.
SPAN_COLUMNS = {
    "from_km": "chainage where the road enters, km from its start along its geodesics",
    "to_km": "chainage where it leaves",
    "length_km": "to_km less from_km",
    "share": "length_km as a share of the whole road, 0 to 1",
}
END_COLUMNS = {
    "entry_lon": "where it enters, degrees",
    "entry_lat": "where it enters, degrees",
    "exit_lon": "where it leaves, degrees",
    "exit_lat": "where it leaves, degrees",
    "entry_place": "settlement nearest to where it enters; null where no layer of places was given",
    "entry_place_km": "geodesic distance from that settlement to the point, km",
    "entry_place_direction": "compass point in which the point lies from that settlement",
    "exit_place": "settlement nearest to where it leaves",
    "exit_place_km": "geodesic distance from that settlement to the point, km",
    "exit_place_direction": "compass point in which the point lies from that settlement",
}

Floats = NDArray[np.float64]
# What a road has along it: one label for each of n points of shape (n, 2), longitude, latitude.
Label = Callable[[Floats], Sequence[Any] | NDArray[Any]]


@dataclass(frozen=True)
class Spell:
    """A stretch of a road along which one thing holds: chainages in metres from the road's start."""

    from_m: float
    to_m: float
    label: Any


@dataclass(frozen=True)
class Place:
    """A named point by which somebody says where on a road something is.

    Parameters
    ----------
    name, point
        As it is called, and where it lies, longitude, latitude.
    limit_km
        How far it may lie from the road: a place farther away is the wrong place, or the wrong road.
    """

    name: str
    point: shapely.Point
    limit_km: float = LIMIT_KM


# A chainage in km, a point, or a place.
Mark: TypeAlias = "float | shapely.Point | Place"


@dataclass(frozen=True)
class Section:
    """A stretch of a road between two marks, in the road's own direction.

    Parameters
    ----------
    geometry
        LineString of the stretch.
    from_km, to_km
        Chainage on the whole road, the smaller first.
    from_name, to_name
        What the marks are called, None where a chainage was given.
    from_off_km, to_off_km
        How far the marks lie from the road, km; 0 for a chainage.
    """

    geometry: shapely.LineString
    from_km: float
    to_km: float
    from_name: str | None
    to_name: str | None
    from_off_km: float
    to_off_km: float


def spells(
    road: BaseGeometry, cutters: Iterable[BaseGeometry], label: Label, *, watch_m: float | None = None
) -> list[Spell]:
    """Cut a road where it meets some boundaries and say what holds on each stretch; they add up to the road.

    Parameters
    ----------
    road
        LineString, longitude, latitude on WGS 84.
    cutters
        Lines or polygons; a stretch begins and ends where the road meets a line or a polygon's boundary.
    label
        Called with the middle of every stretch.
    watch_m
        Where the label may also change away from the cutters: the road is asked this often, and each change is found
        to 1 m by bisection. A spell shorter than this may be missed there.

    Returns
    -------
    list of Spell
        In order of chainage, from 0 to the road's length without gap or overlap; neighbours of one label are joined,
        and stretches shorter than 1 m go to the one before.

    Raises
    ------
    GeometryError
        Where the road is no LineString.

    Notes
    -----
    The road is densified along its geodesics, each segment is cut in longitude and latitude, and the chainage of a cut
    is that of the segment's start plus the geodesic distance from it (Karney 2013).
    """
    exact = _cuts(road, cutters)
    watched = np.empty(0) if watch_m is None else np.arange(watch_m, exact[-1], watch_m)
    cuts = _distinct(np.concatenate([exact, watched]))
    cuts[-1] = exact[-1]
    found = np.asarray(label(points_at(road, (cuts[:-1] + cuts[1:]) / 2)), dtype=object)
    if watch_m is not None:
        cuts = _sharpened(road, cuts, found, label, exact)
    return joined([Spell(*span) for span in zip(cuts[:-1].tolist(), cuts[1:].tolist(), found, strict=True)])


def meets(road: BaseGeometry, other: BaseGeometry) -> Floats:
    """Chainages, metres, at which a road meets a line or a polygon's boundary, in order, each once.

    It meets one where it touches or crosses it, and at both ends of a stretch along it.
    """
    segments, start_m = _segments(road)
    boundary = shapely.boundary(other) if "Polygon" in other.geom_type else other
    if boundary.is_empty:
        return np.empty(0)
    shapely.prepare(boundary)
    near = np.flatnonzero(shapely.intersects(boundary, segments))
    found = shapely.intersection(segments[near], boundary)
    at, which = shapely.get_coordinates(found, return_index=True)
    begin = shapely.get_coordinates(shapely.get_point(segments[near[which]], 0))
    return _distinct(start_m[near[which]] + geodesy.GEOD.inv(begin[:, 0], begin[:, 1], at[:, 0], at[:, 1])[2])


def joined(found: Sequence[Spell]) -> list[Spell]:
    """Spells that follow each other, neighbours of one label as one and crumbs given to the one before."""
    merged: list[Spell] = []
    for spell in found:
        if merged and (merged[-1].label == spell.label or spell.to_m - spell.from_m < SHORTEST_M):
            merged[-1] = Spell(merged[-1].from_m, spell.to_m, merged[-1].label)
        elif merged and len(merged) == 1 and merged[0].to_m - merged[0].from_m < SHORTEST_M:
            merged[0] = Spell(merged[0].from_m, spell.to_m, spell.label)
        else:
            merged.append(spell)
    return merged


def piece(road: BaseGeometry, from_m: float, to_m: float) -> shapely.LineString:
    """Stretch of a road between two chainages, metres, densified so that a map draws its geodesics."""
    return geodesy.densify(_stretch(road, from_m, to_m), STEP_M)


def points_at(road: BaseGeometry, chainage_m: Floats) -> Floats:
    """Points of a road at chainages, metres: shape (n, 2), longitude, latitude."""
    return np.asarray(shapely.get_coordinates(geodesy.interpolate(road, np.asarray(chainage_m, dtype=np.float64))))


def named(points: Floats, places: gpd.GeoDataFrame | None, prefix: str = "") -> pd.DataFrame:
    """Nearest settlement to each of n points, how far it is, and in which direction from it the point lies.

    Parameters
    ----------
    points
        Shape (n, 2), longitude, latitude.
    places
        Points with a column ``name``. Of a column ``kind``, hills, checkpoints, bases and fortifications are passed
        over. None names nothing.
    prefix
        Of the columns returned: ``"entry_"`` gives ``entry_place``.

    Returns
    -------
    pandas.DataFrame
        n rows; columns ``place``, ``place_km`` (geodesic), ``place_direction`` (a compass point: the point lies so
        from the place). Null where there is no place to name.

    Examples
    --------
    >>> towns = gpd.GeoDataFrame({"name": ["Saraqib"]}, geometry=[shapely.Point(36.809, 35.864)], crs=4326)
    >>> named(np.array([[36.768, 35.859]]), towns)
         place  place_km place_direction
    0  Saraqib   3.74449            west
    """
    columns = [f"{prefix}{name}" for name in ("place", "place_km", "place_direction")]
    towns = _settlements(places)
    if towns is None:
        return pd.DataFrame([(None, np.nan, None)] * len(points), columns=columns)
    rows = [_nearest_town(lon, lat, *towns) for lon, lat in points]
    return pd.DataFrame(rows, columns=columns)


def beside(road: BaseGeometry, places: gpd.GeoDataFrame, *, within_km: float) -> pd.DataFrame:
    """Settlements near a road: where along it, how far off and on which side.

    Parameters
    ----------
    road
        LineString, longitude, latitude on WGS 84.
    places
        As `named` takes them.
    within_km
        How far from the road, km.

    Returns
    -------
    pandas.DataFrame
        One row a settlement, in order of chainage; columns ``place``, ``at_km`` (chainage of the nearest point of the
        road), ``off_km``, ``side`` (left, right, on it), and ``rank`` (1 the largest) where the layer has one.
    """
    _check(road)
    towns = places[_lived_in(places)]
    near = geodesy.nearest(shapely.get_coordinates(shapely.point_on_surface(towns.geometry.array)), road)
    found = pd.DataFrame(
        {
            "place": towns["name"].to_numpy(object),
            "at_km": near.chainage_m / 1000,
            "off_km": near.distance_m / 1000,
            "side": np.array(["on it", "left", "right"])[near.side],
            "rank": towns["rank"].to_numpy() if "rank" in towns else np.nan,
        }
    )
    return found[found["off_km"] <= within_km].sort_values(["at_km", "off_km"], ignore_index=True)


def phrase(place: Any, km: Any, direction: Any) -> str:
    """Say where a point is: ``"at Saraqib"``, ``"3.7 km west of Saraqib"``, ``""`` where no place is known."""
    if pd.isna(place):
        return ""
    return f"at {place}" if km < 0.5 else f"{km:.1f} km {direction} of {place}"  # noqa: PLR2004 - within the town


def compass(azimuth_deg: float) -> str:
    """Sixteen-point compass name of an azimuth, degrees clockwise from north.

    >>> compass(-5), compass(236), compass(270)
    ('north', 'south-west', 'west')
    """
    return COMPASS[round(azimuth_deg / 22.5) % 16]


def find(places: gpd.GeoDataFrame, name: str, *, limit_km: float = LIMIT_KM) -> Place:
    """Find a place by its name, as `section` and strips take it.

    Parameters
    ----------
    places
        Points with a column ``name``. ``"Trumba (Turumbah)"`` is found under both names, under that in brackets only
        where no other place has it; case, accents, hyphens and apostrophes do not matter.
    name
        The name.
    limit_km
        How far from the road it may lie.

    Raises
    ------
    InputError
        Where no place has the name, or places of one name lie more than 1 km apart.
    """
    asked = _spelling(name)
    hits = [row for row in zip(places["name"], places.geometry, strict=True) if asked in _names(row[0])]
    if not hits:
        known = {spelling: str(text) for text in places["name"].dropna() for spelling in _names(text)}
        near = dict.fromkeys(known[close] for close in difflib.get_close_matches(asked, known, n=3, cutoff=0.6))
        raise InputError(f"no place is called {name!r}{': is it ' + ', '.join(near) + '?' if near else ''}")
    hits = [hit for hit in hits if asked in _names(hit[0], bracketed=False)] or hits
    first = hits[0][1]
    apart = [geodesy.GEOD.inv(first.x, first.y, other.x, other.y)[2] for _, other in hits]
    if max(apart) > 1_000:  # noqa: PLR2004 - metres: one town, several points
        called = ", ".join(dict.fromkeys(str(text) for text, _ in hits))
        raise InputError(
            f"{len(hits)} places are called {name!r} ({called}), {max(apart) / 1000:.1f} km apart: give the point"
        )
    return Place(str(hits[0][0]), first, limit_km)


def mark(road: BaseGeometry, at: Mark) -> tuple[float, str | None, float]:
    """Chainage of a mark in metres, what it is called, and how far it lies from the road in km.

    Raises
    ------
    InputError
        Where a chainage is not on the road, or a place lies farther from it than its limit.
    """
    if isinstance(at, Place | shapely.Point):
        place = at if isinstance(at, Place) else Place(f"{at.x:.4f} E, {at.y:.4f} N", at)
        found = geodesy.nearest([(place.point.x, place.point.y)], road)
        off_km = float(found.distance_m[0]) / 1000
        if off_km > place.limit_km:
            raise InputError(
                f"{place.name} lies {off_km:.2f} km from the road, the limit is {place.limit_km:g} km: "
                "is it the right place, and the right road?"
            )
        return float(found.chainage_m[0]), place.name, off_km
    length_m = geodesy.length(road)
    if not -SHORTEST_M <= at * 1000 <= length_m + SHORTEST_M:
        raise InputError(f"km {at:g} is not on the road: it runs from km 0 to km {length_m / 1000:.3f}")
    return min(max(float(at) * 1000, 0.0), length_m), None, 0.0


def section(road: BaseGeometry, from_: Mark | None = None, to: Mark | None = None) -> Section:
    """Stretch of a road between two marks, in whichever order; None is the road's own end.

    Raises
    ------
    GeometryError
        Where the road is no LineString.
    InputError
        As `mark`, and where both marks are the same point of the road.
    """
    _check(road)
    marks = [mark(road, 0.0 if from_ is None else from_), mark(road, geodesy.length(road) / 1000 if to is None else to)]
    (low, low_name, low_off), (high, high_name, high_off) = sorted(marks, key=lambda found: found[0])
    if high - low < SHORTEST_M:
        raise InputError(f"both limits are km {low / 1000:.3f} of the road: give two that lie apart")
    stretch = _stretch(road, low, high)
    return Section(stretch, low / 1000, high / 1000, low_name, high_name, low_off, high_off)


def measured(road: BaseGeometry, spell: Spell, places: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """Chainage, length, share, ends and geometry of a stretch."""
    drawn = piece(road, spell.from_m, spell.to_m)
    ends = shapely.get_coordinates(drawn)[[0, -1]]
    return {
        "from_km": spell.from_m / 1000,
        "to_km": spell.to_m / 1000,
        "length_km": (spell.to_m - spell.from_m) / 1000,
        "share": (spell.to_m - spell.from_m) / geodesy.length(road),
        "entry_lon": ends[0, 0],
        "entry_lat": ends[0, 1],
        "exit_lon": ends[1, 0],
        "exit_lat": ends[1, 1],
        **named(ends[:1], places, "entry_").iloc[0],
        **named(ends[1:], places, "exit_").iloc[0],
        "geometry": drawn,
    }


def _check(road: BaseGeometry) -> None:
    if road is None or road.geom_type != "LineString" or road.is_empty:
        found = "nothing" if road is None else f"an empty {road.geom_type}" if road.is_empty else f"a {road.geom_type}"
        raise GeometryError(f"a road is a LineString, not {found}: chainage needs one way through it")


def _stretch(road: BaseGeometry, from_m: float, to_m: float) -> shapely.LineString:
    """Stretch of a road whose ends are the road's own vertices where they are as good as there.

    A vertex a nanometre from the end would leave a first segment whose direction is noise, and flat ends and sides go
    by that direction.
    """
    xy = shapely.get_coordinates(geodesy.substring(road, from_m, to_m))
    for end, inner in ((0, 1), (-1, -2)):
        if len(xy) > 2 and geodesy.GEOD.inv(*xy[end], *xy[inner])[2] < SAME_CUT_M:  # noqa: PLR2004 - a segment is left
            xy = np.delete(xy, end, axis=0)
    return shapely.LineString(xy)


def _cuts(road: BaseGeometry, cutters: Iterable[BaseGeometry]) -> Floats:
    """Chainages of the road's ends and of all cuts, metres, in order."""
    length_m = geodesy.length(road)
    inner = _distinct(np.concatenate([np.empty(0), *(meets(road, cutter) for cutter in cutters)]))
    return np.concatenate([[0.0], inner[(inner > SAME_CUT_M) & (inner < length_m - SAME_CUT_M)], [length_m]])


def _sharpened(road: BaseGeometry, cuts: Floats, found: NDArray[np.object_], label: Label, exact: Floats) -> Floats:
    """Cuts at which the label changes for no boundary, moved to where it does."""
    moving = 1 + np.flatnonzero((found[:-1] != found[1:]) & ~np.isin(cuts[1:-1], exact))
    low, high = ((cuts[moving + step] + cuts[moving + step + 1]) / 2 for step in (-1, 0))
    while len(moving) and (high - low).max() > SHORTEST_M:
        middle = (low + high) / 2
        still = np.asarray(label(points_at(road, middle)), dtype=object) == found[moving - 1]
        low, high = np.where(still, middle, low), np.where(still, high, middle)
    moved = cuts.copy()
    moved[moving] = (low + high) / 2
    return moved


def _distinct(chainage_m: Floats) -> Floats:
    ordered = np.sort(chainage_m)
    return ordered[np.diff(ordered, prepend=-np.inf) > SAME_CUT_M]


def _segments(road: BaseGeometry) -> tuple[NDArray[np.object_], Floats]:
    """Segments of a road no longer than `STEP_M`, and the chainage of each one's start."""
    _check(road)
    xy = shapely.get_coordinates(geodesy.densify(road, STEP_M))
    step = np.asarray(geodesy.GEOD.inv(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])[2])
    return shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1)), np.cumsum(step) - step


def _settlements(places: gpd.GeoDataFrame | None) -> tuple[Floats, NDArray[np.object_]] | None:
    """Coordinates and names of the places that somebody lives at."""
    if places is None:
        return None
    towns = places[_lived_in(places)]
    return (
        (shapely.get_coordinates(shapely.point_on_surface(towns.geometry.array)), towns["name"].to_numpy(object))
        if len(towns)
        else None
    )


def _lived_in(places: gpd.GeoDataFrame) -> pd.Series:
    """Which places have a name and somebody living there."""
    named = places["name"].notna()
    return named & ~places["kind"].isin(NO_SETTLEMENT) if "kind" in places else named


def _nearest_town(lon: float, lat: float, xy: Floats, names: NDArray[np.object_]) -> tuple[str, float, str]:
    here = np.full(len(xy), lon), np.full(len(xy), lat)
    azimuth, _, metres = geodesy.GEOD.inv(xy[:, 0], xy[:, 1], *here)
    n = int(np.argmin(metres))
    return names[n], float(metres[n]) / 1000, compass(float(azimuth[n]))


def _names(text: object, *, bracketed: bool = True) -> set[str]:
    """Spellings under which a place is found: the whole name, that before brackets, and that in them."""
    whole = str(text)
    inside = re.findall(r"\((.*?)\)", whole) if bracketed else []
    parts = [whole, re.sub(r"\(.*?\)", "", whole), *inside]
    return {_spelling(part) for part in parts} - {""}


def _spelling(name: str) -> str:
    """Bare letters and digits of a name, without accents."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(re.sub(r"[^\w\s]|_", "", re.sub(r"[-/]", " ", letters)).split())
