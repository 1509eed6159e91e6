"""Hold the line of contact: geometry, direction, parties left and right, date, source, uncertainty."""

from __future__ import annotations

import dataclasses
import json
import warnings
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from dmz import geodata, geodesy
from dmz.errors import GapWarning, GeometryError, InputError, PartyError


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
        Where the line crosses or doubles itself: it has no sides there.
    PartyError
        Where the file itself names another party on a side.
    InputError, MissingInputError
        As `dmz.geodata.read`.

    Warns
    -----
    GapWarning
        Where the line is in several parts.
    """
    table = geodata.read(path, kind="line")
    first = table.iloc[0]
    geometry = _joined(table)
    line = Line(
        geometry,
        _party(path, first, "left", left),
        _party(path, first, "right", right),
        name=_text(first, "name", "line of contact"),
        drawn=_day(first),
        source=_text(first, "source", str(Path(path).name)),
        uncertainty_m=_uncertainty(path, table, geometry),
        areas=areas,
    )
    audit(line, where=str(path))
    return line


def audit(line: Line, *, where: str = "the line") -> None:
    """Refuse a line that has no sides; warn of one that has gaps."""
    if line.left == line.right:
        raise PartyError(f"{where}: {line.left!r} stands on both sides: name two parties")
    if not shapely.is_simple(line.geometry):
        at = _crossing(line.geometry)
        raise GeometryError(f"{where}: it crosses or doubles itself near {at}: it has no left and right there, cut it")
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
    Between two vertices the uncertainty is taken to change linearly: the band is the union, segment by segment, of the
    convex hull of the discs about its two ends.
    """
    if line.uncertainty_m is None or not (line.uncertainty_m > 0).any():
        return None
    radius = np.maximum(line.uncertainty_m, 1.0)
    hulls, first = [], 0
    for part in shapely.get_parts(line.geometry):
        xy = shapely.get_coordinates(part)
        pairs = zip(xy, radius[first : first + len(xy)], strict=True)
        discs = [geodesy.buffer(shapely.Point(point), r, 10.0) for point, r in pairs]
        hulls += [shapely.union(a, b).convex_hull for a, b in pairwise(discs)]
        first += len(xy)
    return shapely.set_precision(shapely.union_all(hulls), 1e-7)


def _joined(table: gpd.GeoDataFrame) -> BaseGeometry:
    """One LineString where the features touch end to end in their own direction, else a MultiLineString."""
    parts = shapely.get_parts(table.geometry.array)
    if len(parts) == 1:
        return parts[0]
    return shapely.line_merge(shapely.MultiLineString(list(parts)), directed=True)


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


def _crossing(geometry: BaseGeometry) -> str:
    """Say where a line first crosses or doubles itself."""
    parts = [shapely.LineString(pair) for part in shapely.get_parts(geometry) for pair in _pairs(part)]
    tree = shapely.STRtree(parts)
    one, other = tree.query(parts, predicate="intersects")
    for i, j in zip(one, other, strict=True):
        if j > i + 1:
            point = shapely.point_on_surface(parts[i].intersection(parts[j]))
            return f"{point.x:.4f} E, {point.y:.4f} N"
    point = shapely.get_point(parts[0], 0)
    return f"{point.x:.4f} E, {point.y:.4f} N"


def _pairs(part: BaseGeometry) -> list[NDArray[np.float64]]:
    xy = shapely.get_coordinates(part)
    return [xy[i : i + 2] for i in range(len(xy) - 1)]


def _gap_km(part: BaseGeometry, whole: BaseGeometry) -> float:
    """Distance from an end of one part to the nearest other part, km."""
    others = shapely.MultiLineString([other for other in shapely.get_parts(whole) if not other.equals(part)])
    ends = shapely.get_coordinates(part)[[0, -1]]
    return float(geodesy.distance(ends, others).min()) / 1000
