"""Kinds of columns, against how GDAL reads the same file."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from dmz import geojson, schema


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a", None], "string"),
        (["2018-10-15", None], "date"),
        (["2018-10-15", "soon"], "string"),
        (["2018-02-30"], "string"),
        ([dt.date(2018, 1, 1), None], "date"),
        ([pd.Timestamp("2018-01-01")], "date"),
        ([1, 2], "integer"),
        ([1.5, np.nan], "number"),
        ([True, None], "boolean"),
        ([1, None, 2.5], "number"),
        (pd.array([1, None], dtype="Int64"), "integer"),
        ([["a"], ["b"]], "string"),
        (["0012", "7"], "string"),
    ],
)
def test_the_kind_of_a_column_is_that_of_all_its_values(values, kind):
    assert schema.kind(pd.Series(values, name="x")) == kind


@pytest.mark.parametrize(("name", "kind"), [("valid_to", "date"), ("area_km2", "number"), ("note", "string")])
def test_a_column_of_which_nothing_is_known_goes_by_its_name(name, kind):
    assert schema.kind(pd.Series([None, None], name=name)) == kind


@pytest.mark.parametrize(
    ("column", "unit"), [("area_km2", "km2"), ("at_km", "km"), ("depth_from_m", "m"), ("name", "")]
)
def test_the_unit_is_the_end_of_the_name(column, unit):
    assert schema.unit(column) == unit


def test_kinds_are_those_gdal_reads_from_the_geojson(tmp_path):
    table = gpd.GeoDataFrame(
        {"s": ["x", "y"], "d": ["2018-10-15", None], "i": [1, 2], "n": [1.5, None], "b": [True, False]},
        geometry=[shapely.Point(0, 0)] * 2, crs=4326,
    )  # fmt: skip
    path = geojson.write_geojson(table, tmp_path / "x.geojson")
    read = gpd.read_file(path)
    kinds = schema.kinds(table)
    assert pd.api.types.is_datetime64_any_dtype(read["d"]) == (kinds["d"] == "date")
    assert pd.api.types.is_integer_dtype(read["i"]) == (kinds["i"] == "integer")
    assert pd.api.types.is_float_dtype(read["n"]) == (kinds["n"] == "number")
    assert pd.api.types.is_bool_dtype(read["b"]) == (kinds["b"] == "boolean")
