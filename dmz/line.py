"""Hold the line of contact: geometry, direction, parties left and right, date, source, uncertainty."""

from __future__ import annotations

import dataclasses
import json
import warnings
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from dmz import geodata, geodesy
from dmz.errors import CrossingWarning, GapWarning, GeometryError, InputError, PartyError

# The last digit of a written coordinate, 11 mm.
GRID_DEG = 1e-7


@dataclass(frozen=True, eq=False)
class Line:
    """A line of contact between two parties.

    Parameters
    ----------
    geometry
        LineString or MultiLineString, longitude, latitude on WGS 84, vertices joined by geodesics.
    left, right
        The party on each side as one looks along the line.
    name, drawn, source
        What it is, the day it is drawn for, where it comes from.
    uncertainty_m
        Metres, one number a vertex in the order of the coordinates; None where nobody said.
    areas
        Polygons with a column ``party``: ground whose holder is known. Ground outside them belongs to the side of the
        line nearest to it.
    """

    geometry: BaseGeometry
    left: str
    right: str
    name: str = "line of contact"
    drawn: date | None = None
    source: str = "unknown"
    uncertainty_m: NDArray[np.float64] | None = None
    areas: gpd.GeoDataFrame | None = None

    @property
    def length_km(self) -> float:
        """Geodesic length at the resolution it is drawn in, km."""
        return geodesy.length(self.geometry) / 1000

    @property
    def parties(self) -> tuple[str, str]:
        """The party on the left, the party on the right."""
        return self.left, self.right


def read_line(
    path: str | Path, *, left: str | None = None, right: str | None = None, areas: gpd.GeoDataFrame | None = None
) -> Line:
    """Read a line of contact from a file.

    Parameters
    ----------
    path
        Any vector file with lines. Features that touch end to end are joined in their own direction. A column
        ``uncertainty_km`` gives one number a feature or, in GeoJSON, a list with one a vertex.
    left, right
        The party on each side as one looks along the line; by default what the file's columns of these names say, else
        ``"left"`` and ``"right"``.
    areas
        Polygons with a column ``party`` saying who holds the ground.

    Raises
    ------
    GeometryError
        Where the line runs back over itself: it has no sides there.
    PartyError
        Where the file itself names another party on a side.
    InputError, MissingInputError
        As `dmz.geodata.read`.

    Warns
    -----
    GapWarning
        Where the line is in several parts.
    CrossingWarning
        Where it crosses or touches itself.
    """
    return line_of(geodata.read(path, kind="line"), where=path, left=left, right=right, areas=areas)


def line_of(
    table: gpd.GeoDataFrame,
    *,
    where: str | Path,
    left: str | None = None,
    right: str | None = None,
    areas: gpd.GeoDataFrame | None = None,
) -> Line:
    """Line of contact of a table of lines, as `read_line` makes it of a file; `where` is what messages call it."""
    first = table.iloc[0]
    geometry = _joined(table)
    line = Line(
        geometry,
        _party(where, first, "left", left),
        _party(where, first, "right", right),
        name=_text(first, "name", "line of contact"),
        drawn=_day(first),
        source=_text(first, "source", str(Path(where).name)),
        uncertainty_m=_uncertainty(where, table, geometry),
        areas=areas,
    )
    audit(line, where=str(where))
    return line


def line_table(line: Line, **settings: object) -> gpd.GeoDataFrame:
    """Line as a table of one row, to be written and read again by `read_line`.

    Parameters
    ----------
    line
        The line; its areas are not part of it.
    settings
        Further columns, such as what it was derived with.

    Returns
    -------
    geopandas.GeoDataFrame
        ``id``, ``name``, ``date``, ``left``, ``right``, ``source``, ``length_km``, ``uncertainty_km`` (a list, one
        number a vertex, where the line has any), the settings, ``geometry``.
    """
    row = {
        "id": "line",
        "name": line.name,
        "date": line.drawn,
        "left": line.left,
        "right": line.right,
        "source": line.source,
        "length_km": line.length_km,
        **({} if line.uncertainty_m is None else {"uncertainty_km": in_km(line.uncertainty_m)}),
        **settings,
        "geometry": line.geometry,
    }
    return gpd.GeoDataFrame([row], crs=geodata.WGS84)


def audit(line: Line, *, where: str = "the line") -> None:
    """Refuse a line that has no sides; warn of one that crosses itself or has gaps."""
    if line.left == line.right:
        raise PartyError(f"{where}: {line.left!r} stands on both sides: name two parties")
    if not shapely.is_simple(unrolled(line.geometry)):
        warnings.warn(f"{where}: {_crossing(line.geometry, where)}", CrossingWarning, stacklevel=3)
    parts = shapely.get_parts(line.geometry)
    if len(parts) > 1:
        gap = max(_gap_km(part, line.geometry) for part in parts)
        message = (
            f"{where}: {len(parts)} parts, the widest gap {gap:.2f} km: ground beside a gap goes to the nearest part"
        )
        warnings.warn(message, GapWarning, stacklevel=3)


def reverse(line: Line) -> Line:
    """Turn a line round; left and right change places, so that every zone stays where it is."""
    uncertainty = None if line.uncertainty_m is None else line.uncertainty_m[::-1]
    geometry = shapely.reverse(line.geometry)
    if geometry.geom_type == "MultiLineString":
        geometry = shapely.MultiLineString(list(geometry.geoms)[::-1])
    return dataclasses.replace(line, geometry=geometry, left=line.right, right=line.left, uncertainty_m=uncertainty)


def holders(line: Line, points: ArrayLike) -> NDArray[np.object_]:
    """Party that holds the ground at each point: that of the area it lies in, else of the nearest side of the line.

    Parameters
    ----------
    line
        The line, with its areas if any.
    points
        Shape (n, 2), longitude, latitude, degrees.

    Returns
    -------
    numpy.ndarray
        Shape (n,), names of parties. On the line itself: the party on the left.
    """
    xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    party = np.where(geodesy.nearest(xy, line.geometry).side >= 0, line.left, line.right).astype(object)
    if line.areas is not None:
        for name, area in zip(line.areas["party"], line.areas.geometry, strict=True):
            shapely.prepare(area)
            party[shapely.contains_xy(area, xy[:, 0], xy[:, 1])] = name
    return party


def uncertainty_band(line: Line) -> BaseGeometry | None:
    """Ground within the stated uncertainty of the line, its width changing from vertex to vertex.

    Notes
    -----
    Between two vertices the uncertainty is taken to change evenly with the way (`dmz.geodesy.varying`). Where it is 0
    the band shrinks to the line.
    """
    if line.uncertainty_m is None or not (line.uncertainty_m > 0).any():
        return None
    return shapely.set_precision(geodesy.varying(line.geometry, line.uncertainty_m).geometry, GRID_DEG)


def in_km(metres: NDArray[np.float64]) -> list[float]:
    """Metres as km, rounded to the metre."""
    return [round(float(one) / 1000, 3) for one in metres]


def _joined(table: gpd.GeoDataFrame) -> BaseGeometry:
    """One LineString where the features touch end to end in their own direction, else their parts in order."""
    parts = shapely.get_parts(table.geometry.array)
    if len(parts) == 1:
        return parts[0]
    merged = shapely.line_merge(shapely.MultiLineString(list(parts)), directed=True)
    if merged.geom_type == "LineString":
        return merged
    begins = {tuple(shapely.get_coordinates(part)[0]): number for number, part in reversed([*enumerate(parts)])}
    place = [begins.get(tuple(shapely.get_coordinates(part)[0]), len(parts)) for part in merged.geoms]
    return shapely.MultiLineString([merged.geoms[i] for i in np.argsort(place, kind="stable")])


def _party(path: str | Path, feature: Any, side: str, asked: str | None) -> str:
    """Party on a side: as asked for, as the file says; they must not differ, or the zone lands on the wrong ground."""
    written = _text(feature, side, asked or side)
    if asked is not None and written != asked:
        raise PartyError(f"{path}: the file says {written!r} is on the {side}, and {asked!r} was asked for")
    return written


def _text(feature: Any, column: str, otherwise: str) -> str:
    value = feature.get(column)
    return value if isinstance(value, str) and value else otherwise


def _day(feature: Any) -> date | None:
    value = pd.to_datetime(feature.get("date"), errors="coerce")
    return None if pd.isna(value) else value.date()


def _uncertainty(path: str | Path, table: gpd.GeoDataFrame, geometry: BaseGeometry) -> NDArray[np.float64] | None:
    """Uncertainty in metres at every vertex, from a number a feature or a list a vertex."""
    if "uncertainty_km" not in table:
        return None
    lists = [_numbers(value) for value in table["uncertainty_km"]]
    counts = shapely.get_num_coordinates(table.geometry.array)
    for name, values, count in zip(geodata.feature_names(table), lists, counts, strict=True):
        if len(values) not in {1, count} or not np.isfinite(values).all() or (values < 0).any():
            raise InputError(
                f"{path}: {name}: uncertainty_km needs one number of km, or one for each of {count} vertices"
            )
    at: dict[tuple[float, ...], float] = {}
    for feature, values in zip(table.geometry, lists, strict=True):
        xy = shapely.get_coordinates(feature)
        for point, km in zip(map(tuple, xy), np.broadcast_to(values, len(xy)), strict=True):
            at[point] = max(km, at.get(point, 0.0))  # the larger where two features meet
    return 1000 * np.array([at[tuple(point)] for point in shapely.get_coordinates(geometry)])


def _numbers(value: Any) -> NDArray[np.float64]:
    """Read a number, or a list of numbers written as JSON."""
    try:
        return np.atleast_1d(np.asarray(json.loads(value) if isinstance(value, str) else value, dtype=np.float64))
    except (ValueError, TypeError):
        return np.array([np.nan])


def unrolled(geometry: BaseGeometry) -> BaseGeometry:
    """Line whose longitudes run on over the antimeridian, part by part."""
    parts = [shapely.get_coordinates(part) for part in shapely.get_parts(shapely.remove_repeated_points(geometry))]
    return shapely.MultiLineString([np.column_stack([np.unwrap(xy[:, 0], period=360), xy[:, 1]]) for xy in parts])


def _crossing(geometry: BaseGeometry, where: str) -> str:
    """Say where a line crosses or touches itself; refuse one that runs back over itself."""
    parts = [shapely.get_coordinates(part) for part in shapely.get_parts(unrolled(geometry))]
    ends = np.concatenate([np.stack([xy[:-1], xy[1:]], axis=1) for xy in parts])
    segments, way = shapely.linestrings(ends), ends[:, 1] - ends[:, 0]
    one, other = shapely.STRtree(segments).query(segments, predicate="intersects")
    order = np.lexsort([other[one < other], one[one < other]])
    one, other = one[one < other][order], other[one < other][order]
    meeting = shapely.intersection(segments[one], segments[other])
    back = (shapely.length(meeting) > 0) & ((way[one] * way[other]).sum(axis=1) < 0)
    if back.any():
        at = _place(meeting[back][0])
        raise GeometryError(f"{where}: it runs back over itself near {at}: it has no left and right there, cut it")
    last = np.cumsum([len(xy) - 1 for xy in parts]) - 1
    tips = np.append(0, last[:-1] + 1), last  # segments that begin, and that end, at an end of their part
    joined = (other == one + 1) & ~np.isin(one, last)
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        meet = (ends[one, i] == ends[other, j]).all(axis=1)
        joined |= np.isin(one, tips[i]) & np.isin(other, tips[j]) & meet
    places = list(dict.fromkeys(_place(some) for some in meeting[~joined])) or [_place(meeting[0])]
    more = f" and in {len(places) - 1} more places" if len(places) > 1 else ""
    sides = "it has sides all the same: ground goes to the side of the nearest point of the line"
    return f"it crosses or touches itself near {places[0]}{more}; {sides}"


def _place(meeting: BaseGeometry) -> str:
    point = shapely.centroid(meeting)
    return f"{(point.x + 180) % 360 - 180:.4f} E, {point.y:.4f} N"


def _gap_km(part: BaseGeometry, whole: BaseGeometry) -> float:
    """Distance from an end of one part to the nearest other part, km."""
    others = shapely.MultiLineString([other for other in shapely.get_parts(whole) if not other.equals(part)])
    ends = shapely.get_coordinates(part)[[0, -1]]
    return float(geodesy.distance(ends, others).min()) / 1000
