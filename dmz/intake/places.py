"""Audit coordinates: missing, no numbers, off the Earth, swapped, (0, 0), whole degrees, far from the theatre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.errors import CRSError, InputError
from dmz.geodata import WGS84
from dmz.intake.cells import Numbers
from dmz.intake.problems import Ledger

EAST, NORTH = 180.0, 90.0  # degrees
Theatre: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries | BaseGeometry


@dataclass(frozen=True)
class Axis:
    """One coordinate of every row: as numbers, as texts, and the name of its column in the file."""

    numbers: Numbers
    text: NDArray[np.object_]
    column: str


def theatre_shape(theatre: Theatre | None) -> BaseGeometry | None:
    """Theatre as one geometry on WGS 84.

    Raises
    ------
    InputError
        An empty theatre.
    CRSError
        A layer without CRS.
    """
    if theatre is None:
        return None
    if isinstance(theatre, BaseGeometry):
        shape = theatre
    else:
        if theatre.crs is None:
            raise CRSError("the theatre has no CRS: set it with theatre.set_crs(...)")
        shape = shapely.union_all(theatre.to_crs(WGS84).geometry.dropna().array)
    if shape.is_empty:
        raise InputError("the theatre is empty: leave it out, or give the land a row may lie in")
    return shape


def audit_places(lon: Axis, lat: Axis, ledger: Ledger, theatre: BaseGeometry | None, far_km: float) -> list[str]:
    """Enter the problems of coordinates.

    Parameters
    ----------
    lon, lat
        Coordinates of every row.
    ledger
        Where the problems go.
    theatre
        Where rows are expected, on WGS 84.
    far_km
        How far from it a row is left out.

    Returns
    -------
    list of str
        What there is to tell of the whole.

    Notes
    -----
    Axes are swapped for certain where the row is on Earth, or within reach of the theatre, only if they change places;
    perhaps, where it lies outside the theatre and, swapped, inside. They are never changed here.
    """
    _enter_unread(lon, lat, ledger)
    x, y = lon.numbers.value, lat.numbers.value
    read = ~(np.isnan(x) | np.isnan(y)) & ~ledger.spared
    on_earth = (np.abs(x) <= EAST) & (np.abs(y) <= NORTH)
    turned = (np.abs(y) <= EAST) & (np.abs(x) <= NORTH)
    _enter_off_earth(lon, lat, ledger, read & ~on_earth, turned)
    null = (x == 0) & (y == 0)
    ledger.add("null-island", np.flatnonzero(null), "longitude and latitude are 0: most often a place nobody knew")
    sound = read & on_earth & ~null
    whole = sound & (x % 1 == 0) & (y % 1 == 0)
    ledger.add(
        "whole-degrees",
        np.flatnonzero(whole),
        [f"{_at(x[i], y[i])} is rounded to whole degrees: precision taken as unknown" for i in np.flatnonzero(whole)],
    )
    if theatre is None:
        return ["no theatre was given: points far from it were not looked for"]
    return _audit_theatre(np.column_stack([x, y]), np.flatnonzero(sound), ledger, theatre, far_km)


def _enter_unread(lon: Axis, lat: Axis, ledger: Ledger) -> None:
    blank = lon.numbers.blank | lat.numbers.blank
    which = np.where(lon.numbers.blank & lat.numbers.blank, "longitude and latitude are", "")
    which = np.where(which != "", which, np.where(lon.numbers.blank, "longitude is", "latitude is"))
    ledger.add("no-coordinates", np.flatnonzero(blank), [f"{which[i]} blank" for i in np.flatnonzero(blank)])
    for axis, name in ((lon, "longitude"), (lat, "latitude")):
        message = f"is no {name} in decimal degrees: write it as 36.6312"
        ledger.add("coordinate-text", np.flatnonzero(axis.numbers.text), message, column=axis.column, cells=axis.text)


def _enter_off_earth(lon: Axis, lat: Axis, ledger: Ledger, off: NDArray[np.bool_], turned: NDArray[np.bool_]) -> None:
    x, y = lon.numbers.value, lat.numbers.value
    swapped = np.flatnonzero(off & turned)
    message = [f"{_at(x[i], y[i])} is no place on Earth; swapped, {_at(y[i], x[i])} is" for i in swapped]
    ledger.add("swapped", swapped, message)
    other = np.flatnonzero(off & ~turned)
    message = [f"{_at(x[i], y[i])} is no place on Earth: save it as longitude and latitude in degrees" for i in other]
    ledger.add("off-earth", other, message)


def _audit_theatre(
    xy: NDArray[np.float64], rows: NDArray[np.intp], ledger: Ledger, theatre: BaseGeometry, far_km: float
) -> list[str]:
    """Enter rows far from the theatre and those that lie in it only when swapped."""
    away = outside_m(xy[rows], theatre) / 1000
    out = np.flatnonzero(away > 0)
    turned = np.full(len(rows), np.inf)
    possible = out[np.abs(xy[rows[out], 0]) <= NORTH]
    turned[possible] = outside_m(xy[rows[possible]][:, ::-1], theatre) / 1000
    far, near_turned = away > far_km, turned <= far_km
    swapped, beyond = np.flatnonzero(far & near_turned), np.flatnonzero(far & ~near_turned)
    perhaps = np.flatnonzero(~far & (away > 0) & (turned == 0))
    for code, which, end in (
        ("swapped", swapped, "; swapped, it is {turned}"),
        ("far", beyond, ""),
        ("perhaps-swapped", perhaps, "; swapped, it would be in it"),
    ):
        messages = [
            f"{_at(*xy[rows[i]])} is {away[i]:,.0f} km outside the theatre"
            + end.format(turned="in it" if turned[i] == 0 else f"{turned[i]:,.0f} km from it")
            for i in which
        ]
        ledger.add(code, rows[which], messages)
    better = len(swapped) + len(perhaps)
    if 2 * better > len(rows):
        where = f"{better:,} of {len(rows):,} rows are in the theatre, or near it, only if they change places"
        return [f"longitude and latitude look swapped: {where}: say Hints(columns={{'lon': ..., 'lat': ...}})"]
    return []


def outside_m(xy: NDArray[np.float64], theatre: BaseGeometry) -> NDArray[np.float64]:
    """Geodesic distance of points from a theatre, in metres: 0 inside.

    Parameters
    ----------
    xy
        Shape (n, 2), longitude and latitude in degrees.
    theatre
        Areas, lines or points on WGS 84.

    Returns
    -------
    numpy.ndarray
        Shape (n,).
    """
    different, which = np.unique(xy[:, 0] + 1j * xy[:, 1], return_inverse=True)
    points = np.column_stack([different.real, different.imag])
    shapely.prepare(theatre)
    off = ~shapely.intersects_xy(theatre, points[:, 0], points[:, 1])
    away = np.zeros(len(points))
    if off.any():
        edge = theatre.boundary if theatre.geom_type.endswith("Polygon") else theatre
        away[off] = np.maximum(geodesy.distance(points[off], edge), np.finfo(float).tiny)
    return away[which.reshape(-1)]


def _at(x: float, y: float) -> str:
    return f"longitude {x:.6g}, latitude {y:.6g}"
