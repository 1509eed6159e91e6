"""Refuse tables that lack what a measure needs, and offer the nearest column they have."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from dmz.errors import CRSError, GeometryError, InputError
from dmz.geodata import KINDS, WGS84, feature_names

# Columns that are listed where one is missing, and features that are named where some are at fault.
LISTED, NAMED = 12, 8
# Letters that the beginning of a name has at least, to be offered for it.
SHORTEST = 3


def has_columns(table: pd.DataFrame, names: Iterable[str], *, where: str) -> None:
    """Refuse a table that lacks a column; every one at once, each with the nearest name there is.

    Parameters
    ----------
    table
        Any table.
    names
        Columns it must have.
    where
        What the table is called in the message.

    Raises
    ------
    InputError
        Where a column is missing.

    Examples
    --------
    >>> has_columns(pd.DataFrame({"Categroy": ["school"]}), ["category"], where="facilities")
    Traceback (most recent call last):
    dmz.errors.InputError: facilities: it has no column 'category' (is it 'Categroy'?); it has Categroy
    """
    columns = [str(name) for name in table.columns if name != "geometry"]
    listed = ", ".join([*columns[:LISTED], *(["…"] if len(columns) > LISTED else [])]) or "none"
    faults = [
        f"{where}: it has no column {name!r}{_offer(name, columns)}; it has {listed}"
        for name in names
        if name not in table.columns
    ]
    if faults:
        raise InputError(faults)


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """Name most like another, or the beginning of it, upper and lower case alike; None where none is like it."""
    by_folded = {each.casefold(): each for each in reversed([*names])}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=1) or [
        each for each in by_folded if len(each) >= SHORTEST and name.casefold().startswith(each)
    ]
    return by_folded[found[0]] if found else None


def is_layer(table: gpd.GeoDataFrame, kind: str, *, where: str) -> None:
    """Refuse a table that is no layer of one kind in longitude, latitude on WGS 84; one without rows passes.

    Parameters
    ----------
    table
        Any table.
    kind
        ``"point"``: each feature one point. ``"polygon"``: each a valid polygon or several.
    where
        What the table is called in the message.

    Raises
    ------
    CRSError
        No CRS, or another one.
    GeometryError
        Null, empty or invalid geometry, or of another kind; every feature at fault at once.
    """
    if not isinstance(table, gpd.GeoDataFrame) or table.active_geometry_name is None:
        raise GeometryError(f"{where}: it is a table without geometry: make it a GeoDataFrame of {kind}s")
    if table.crs is None:
        raise CRSError(f"{where}: it has no CRS: set the one it was made in, then .to_crs({WGS84!r})")
    if not table.crs.equals(WGS84, ignore_axis_order=True):
        raise CRSError(f"{where}: it is in {table.crs.name}: bring it to WGS 84 with .to_crs({WGS84!r})")
    if faults := [f"{where}: {fault}" for fault in _faults(table, kind)]:
        raise GeometryError(faults)


def whole_numbers(values: pd.Series, names: Iterable[str], *, where: str) -> pd.Series:
    """Column of whole numbers from 0 on, as ``Int64``; what is empty is unknown.

    Raises
    ------
    InputError
        Where a value is neither empty nor such a number; every row at once.
    """
    numbers = pd.to_numeric(values, errors="coerce").astype("Float64")
    good = (numbers >= 0) & (numbers % 1 == 0) & (numbers < np.iinfo(np.int64).max)
    wrong = values.notna().to_numpy() & ~good.fillna(value=False).to_numpy(bool)
    if wrong.any():
        stated = [
            f"{name} has {value!r}" for name, value, bad in zip(names, values.astype(object), wrong, strict=True) if bad
        ]
        way_out = "give a whole number from 0 on, or leave it empty where it is unknown"
        raise InputError(f"{where}: column {values.name!r}: {_some(stated)}: {way_out}")
    return numbers.astype("Int64")


def lonlat(table: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Longitude and latitude of points, shape (n, 2)."""
    return np.asarray(shapely.get_coordinates(table.geometry.array))


def _offer(name: str, columns: Iterable[str]) -> str:
    near = nearest_name(name, columns)
    return f" (is it {near!r}?)" if near else ""


def _faults(table: gpd.GeoDataFrame, kind: str) -> Iterator[str]:
    shapes, names = table.geometry.to_numpy(), np.array(feature_names(table), dtype=object)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    kinds = ("Point",) if kind == "point" else KINDS[kind]
    found = np.array(table.geom_type, dtype=object)
    wrong = ~empty & ~np.isin(found, kinds)
    invalid = ~empty & ~wrong & ~shapely.is_valid(shapes)
    if empty.any():
        yield f"{_some(names[empty])}: no geometry: delete it or draw it"
    if wrong.any():
        way_out = ": take a point of each, as .representative_point() does" if kind == "point" else ""
        yield f"{_some(names[wrong])}: {', '.join(sorted({*found[wrong]}))}, and a {kind} is due{way_out}"
    if invalid.any():
        yield f"{_some(names[invalid])}: invalid: .make_valid(), or QGIS's 'Fix geometries', mends it"


def _some(texts: Iterable[str]) -> str:
    """Name the first few, and say how many more there are."""
    every = [*texts]
    more = f" and {len(every) - NAMED} more" if len(every) > NAMED else ""
    return ", ".join(every[:NAMED]) + more
