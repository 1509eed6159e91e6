"""Say what kind of value each column of a table holds, for files that must declare it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

Kind = Literal["string", "integer", "number", "boolean", "date"]
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# Units a column's name may end in, longest first.
UNITS = {
    "_km2": "km2",
    "_km": "km",
    "_deg": "degrees",
    "_lon": "degrees",
    "_lat": "degrees",
    "_days": "days",
    "_m": "m",
}


def kinds(table: pd.DataFrame) -> dict[str, Kind]:
    """Kind of each column but the geometry's, in the table's order.

    Notes
    -----
    A text is a date where every one of the column is written as ``2018-10-15``, as GDAL decides it too. A column of
    which nothing is known is one of dates where its name says so (``date``, ``valid_to``, ``..._date``), else of texts.
    """
    geometry = table.geometry.name if isinstance(table, gpd.GeoDataFrame) else None
    return {str(column): kind(table[column]) for column in table if column != geometry}


def kind(values: pd.Series) -> Kind:
    """Kind of one column."""
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    if pd.api.types.is_integer_dtype(values):
        return "integer"
    if pd.api.types.is_float_dtype(values) and values.notna().any():
        return "number"
    known = values[[_known(value) for value in values]]
    return _of_objects(known) if len(known) else _of_name(str(values.name))


def unit(column: str) -> str:
    """Unit of a column, by the end of its name; empty where it has none."""
    return next((unit for end, unit in UNITS.items() if column.endswith(end)), "")


def _known(value: object) -> bool:
    return isinstance(value, list | dict | tuple) or not pd.isna(value)


def _of_objects(known: pd.Series) -> Kind:
    if all(isinstance(value, bool | np.bool_) for value in known):
        return "boolean"
    if all(isinstance(value, dt.date) or (isinstance(value, str) and _is_date(value)) for value in known):
        return "date"
    if all(isinstance(value, int | np.integer) and not isinstance(value, bool) for value in known):
        return "integer"
    if all(isinstance(value, int | float | np.number) and not isinstance(value, bool) for value in known):
        return "number"
    return "string"


def _is_date(text: str) -> bool:
    if not DATE.fullmatch(text):
        return False
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _of_name(column: str) -> Kind:
    named = column in {"date", "due", "valid_from", "valid_to", "date_to"} or column.endswith("_date")
    if named:
        return "date"
    return "number" if unit(column) else "string"
