"""Write layers and tables in the format a file's name asks for."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd

from dmz import geojson, geopackage, schema
from dmz.dressing import plainly
from dmz.errors import InputError, MissingInputError
from dmz.export.kml import kml
from dmz.export.workbook import workbook
from dmz.files import write_whole
from dmz.layer import Layer
from dmz.report import csv_text

# Formats, and whether one file holds several layers.
FORMATS = {"geojson": False, "gpkg": True, "kml": True, "fgb": False, "parquet": False, "xlsx": True, "csv": False}
# The day a GeoPackage of something undated says it is of.
UNDATED = dt.date(2000, 1, 1)


def write(
    what: gpd.GeoDataFrame | pd.DataFrame | Layer | Sequence[Layer] | Mapping[str, pd.DataFrame],
    path: str | Path,
    *,
    on: dt.date = UNDATED,
) -> Path:
    """Write zones, any other table, or layers to a file, whole or not at all, in the format its name ends in.

    Parameters
    ----------
    what
        A table, such as `dmz.zones` makes; a layer or several of them, with their styles; or for XLSX tables by the
        name of their sheet. A table with a geometry is in any CRS that is named.
    path
        Ends in ``.geojson``, ``.gpkg``, ``.kml``, ``.fgb`` (FlatGeobuf), ``.parquet`` (GeoParquet), ``.xlsx`` or
        ``.csv``.
    on
        The day a GeoPackage says its contents are of, instead of the time it was written at.

    Raises
    ------
    InputError
        Where the name ends otherwise, or the format holds one layer and there are several.
    CRSError, GeometryError
        As `dmz.write_geojson` raises them.
    MissingInputError
        Where GeoParquet is asked for and pyarrow is not installed.
    OutputError
        Where the file cannot be written; what stood there before still stands.
    """
    path = Path(path)
    return write_whole({path: encoded(what, path.suffix.lower().removeprefix("."), name=path.stem, on=on)})[0]


def encoded(
    what: gpd.GeoDataFrame | pd.DataFrame | Layer | Sequence[Layer] | Mapping[str, pd.DataFrame],
    kind: str,
    *,
    name: str,
    on: dt.date = UNDATED,
) -> bytes:
    """Content of a file of a format (a key of `FORMATS`) and a name; parameters and errors as `write`."""
    if kind not in FORMATS:
        raise InputError(f"{name}: no format {kind!r}: there are {', '.join(FORMATS)}")
    if kind in {"xlsx", "csv"}:
        return _tabular(_tables(what, name), kind, name)
    layers = _layers(what, name)
    if len(layers) > 1 and not FORMATS[kind]:
        raise InputError(f"{name}: a .{kind} file holds one layer, and there are {len(layers)}: write each to its own")
    ways: dict[str, Callable[[], str | bytes]] = {
        "geojson": lambda: geojson.layer_text(layers[0]),
        "gpkg": lambda: geopackage.geopackage(layers, on=on),
        "kml": lambda: kml(layers, title=name),
        "fgb": lambda: _flatgeobuf(layers[0]),
        "parquet": lambda: _parquet(layers[0]),
    }
    content = ways[kind]()
    return content.encode("utf-8", "replace") if isinstance(content, str) else content


def _layers(what: object, name: str) -> list[Layer]:
    if isinstance(what, Layer):
        return [what]
    if isinstance(what, gpd.GeoDataFrame):
        return [plainly(what, key=name)]
    if isinstance(what, Sequence) and what and all(isinstance(one, Layer) for one in what):
        return list(what)
    raise InputError(f"{name}: a table without a geometry is written as .xlsx or .csv")


def _tables(what: object, name: str) -> dict[str, pd.DataFrame]:
    if isinstance(what, Mapping):
        return {str(key): table for key, table in what.items()}
    if isinstance(what, pd.DataFrame):
        return {name: what}
    return {layer.key: layer.features for layer in _layers(what, name)}


def _tabular(tables: Mapping[str, pd.DataFrame], kind: str, name: str) -> bytes:
    if kind == "xlsx":
        return workbook(tables, title=name)
    if len(tables) > 1:
        raise InputError(f"{name}: a .csv file holds one table, and there are {len(tables)}: write each to its own")
    return csv_text(next(iter(tables.values()))).encode()


def _typed(layer: Layer) -> gpd.GeoDataFrame:
    """Table of a layer, every column of one kind that Arrow and GDAL know."""
    table = geojson.ready(layer.features, layer.key)
    for column, kind in schema.kinds(table).items():
        values = [geojson.plain(column, value) for value in table[column]]
        if kind == "date":
            table[column] = pd.to_datetime(pd.Series(values, index=table.index, dtype=object)).astype("datetime64[ms]")
        else:
            kinds = {"string": object, "integer": "Int64", "number": "float64", "boolean": "boolean"}
            table[column] = pd.Series(values, index=table.index, dtype=kinds[kind])
    return table


def _flatgeobuf(layer: Layer) -> bytes:
    out = io.BytesIO()
    _typed(layer).to_file(out, driver="FlatGeobuf", layer=layer.key, engine="pyogrio")
    return out.getvalue()


def _parquet(layer: Layer) -> bytes:
    table, out = _typed(layer), io.BytesIO()
    for column, kind in schema.kinds(table).items():
        if kind == "date":
            table[column] = [None if pd.isna(day) else day.date() for day in table[column]]
    try:
        table.to_parquet(out, index=False, schema_version="1.1.0")
    except ImportError as error:
        raise MissingInputError("GeoParquet needs pyarrow: install dmz[parquet]") from error
    return out.getvalue()
