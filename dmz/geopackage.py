"""Write layers as one GeoPackage, each with its style for QGIS, the same bytes for the same layers."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import schema
from dmz.errors import InputError
from dmz.geojson import plain, ready
from dmz.layer import Layer
from dmz.qgis import styles
from dmz.qgis.markup import clean

# OGC 12-128r15, GeoPackage 1.2: what SQLite's header and three mandatory tables hold.
APPLICATION_ID, VERSION = 0x47504B47, 10200
SRS = 4326
WKT = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
    'AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
)
SYSTEMS = (
    ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian coordinate reference system"),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
    ("WGS 84 geodetic", SRS, "EPSG", SRS, WKT, "longitude and latitude on the WGS 84 ellipsoid"),
)
# The geometry column's name, and that of the key, which no column of a table may have.
GEOMETRY, KEY = "geom", "fid"
TYPES: Mapping[schema.Kind, str] = {
    "string": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "BOOLEAN",
    "date": "DATE",
}
TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
  organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
  definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
  styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')));
"""
# The index of the extension gpkg_rtree_index, and the triggers it asks for, as annex F.3 words them: an editor that
# changes a shape keeps the index true. {t} is the table's name, {c} its geometry column, {k} its key.
INDEX = """
CREATE VIRTUAL TABLE "rtree_{t}_{c}" USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER "rtree_{t}_{c}_insert" AFTER INSERT ON "{t}"
  WHEN (NEW."{c}" NOT NULL AND NOT ST_IsEmpty(NEW."{c}"))
BEGIN INSERT OR REPLACE INTO "rtree_{t}_{c}" VALUES (NEW."{k}", ST_MinX(NEW."{c}"), ST_MaxX(NEW."{c}"),
  ST_MinY(NEW."{c}"), ST_MaxY(NEW."{c}")); END;
CREATE TRIGGER "rtree_{t}_{c}_update1" AFTER UPDATE OF "{c}" ON "{t}"
  WHEN OLD."{k}" = NEW."{k}" AND (NEW."{c}" NOTNULL AND NOT ST_IsEmpty(NEW."{c}"))
BEGIN INSERT OR REPLACE INTO "rtree_{t}_{c}" VALUES (NEW."{k}", ST_MinX(NEW."{c}"), ST_MaxX(NEW."{c}"),
  ST_MinY(NEW."{c}"), ST_MaxY(NEW."{c}")); END;
CREATE TRIGGER "rtree_{t}_{c}_update2" AFTER UPDATE OF "{c}" ON "{t}"
  WHEN OLD."{k}" = NEW."{k}" AND (NEW."{c}" ISNULL OR ST_IsEmpty(NEW."{c}"))
BEGIN DELETE FROM "rtree_{t}_{c}" WHERE id = OLD."{k}"; END;
CREATE TRIGGER "rtree_{t}_{c}_update3" AFTER UPDATE ON "{t}"
  WHEN OLD."{k}" != NEW."{k}" AND (NEW."{c}" NOTNULL AND NOT ST_IsEmpty(NEW."{c}"))
BEGIN DELETE FROM "rtree_{t}_{c}" WHERE id = OLD."{k}";
  INSERT OR REPLACE INTO "rtree_{t}_{c}" VALUES (NEW."{k}", ST_MinX(NEW."{c}"), ST_MaxX(NEW."{c}"),
  ST_MinY(NEW."{c}"), ST_MaxY(NEW."{c}")); END;
CREATE TRIGGER "rtree_{t}_{c}_update4" AFTER UPDATE ON "{t}"
  WHEN OLD."{k}" != NEW."{k}" AND (NEW."{c}" ISNULL OR ST_IsEmpty(NEW."{c}"))
BEGIN DELETE FROM "rtree_{t}_{c}" WHERE id IN (OLD."{k}", NEW."{k}"); END;
CREATE TRIGGER "rtree_{t}_{c}_delete" AFTER DELETE ON "{t}" WHEN old."{c}" NOT NULL
BEGIN DELETE FROM "rtree_{t}_{c}" WHERE id = OLD."{k}"; END;
"""
INDEX_RULES = "http://www.geopackage.org/spec120/#extension_rtree"


def geopackage(layers: Sequence[Layer], *, on: dt.date, language: str = "en") -> bytes:
    """GeoPackage of layers, a table each, under their keys.

    Parameters
    ----------
    layers
        At least one, each under a key of its own.
    on
        The day the file says its contents are of: a day of the agreement, so that it never changes by itself.
    language
        Language of the labels, where the layer has names in it.

    Returns
    -------
    bytes
        A database of SQLite: titles and abstracts in ``gpkg_contents``, a spatial index, and in ``layer_styles`` the
        style by which QGIS draws a table that is dragged into it.

    Raises
    ------
    InputError
        Where two layers have one key, or a column has a name the format keeps for itself.

    Notes
    -----
    OGC 12-128r15, version 1.2, which every GDAL since 2018 reads. The bytes are the same for the same layers and the
    same version of SQLite, which stands in the header.
    """
    keys = [layer.key for layer in layers]
    if len({key.casefold() for key in keys}) < len(keys):
        raise InputError(f"a GeoPackage holds one table a key, and two layers have the same: {', '.join(keys)}")
    base = sqlite3.connect(":memory:", isolation_level=None)
    try:
        base.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        base.execute(f"PRAGMA user_version = {VERSION}")
        base.execute("BEGIN")
        for statement in filter(None, map(str.strip, TABLES.split(";"))):
            base.execute(statement)
        base.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", SYSTEMS)
        for number, layer in enumerate(layers):
            _add(base, layer, _titled(layers, number), f"{on.isoformat()}T00:00:00.000Z")
            _style(base, layer, f"{on.isoformat()}T00:00:00.000Z", language)
        base.execute(
            "INSERT INTO gpkg_contents VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, NULL, NULL, NULL, "
            "NULL, 0)",
            (f"{on.isoformat()}T00:00:00.000Z",),
        )
        base.execute("COMMIT")
        return base.serialize()
    finally:
        base.close()


def _titled(layers: Sequence[Layer], number: int) -> str:
    """Title of a layer, unlike every other's, as the format asks."""
    layer = layers[number]
    alike = [other.title for other in layers].count(layer.title) > 1
    return f"{layer.title} ({layer.reading or layer.key})" if alike else layer.title


def _add(base: sqlite3.Connection, layer: Layer, title: str, stamp: str) -> None:
    """Add a layer's table, its entry in the contents, and its spatial index."""
    table = ready(layer.features, layer.key)
    name, kinds = _quoted(layer.key), schema.kinds(table)
    if kept := sorted(column for column in kinds if column.casefold() in {KEY, GEOMETRY}):
        raise InputError(f"layer {layer.key}: a GeoPackage keeps the name {', '.join(kept)} for itself: rename it")
    columns = "".join(f", {_quoted(column)} {TYPES[kind]}" for column, kind in kinds.items())
    geometry = str(table.geom_type.iloc[0]).upper()
    base.execute(
        f"CREATE TABLE {name} ({KEY} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {GEOMETRY} {geometry}{columns})"
    )
    box = [float(value) for value in table.total_bounds]
    contents = (layer.key, "features", clean(title), clean(_about(layer)), stamp, *box, SRS)
    base.execute(f"INSERT INTO gpkg_contents VALUES ({_marks(contents)})", contents)  # noqa: S608 - question marks only
    base.execute("INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)", (layer.key, GEOMETRY, geometry, SRS))
    rows = list(_rows(table, kinds))
    base.executemany(f"INSERT INTO {name} VALUES ({_marks(rows[0])})", rows)  # noqa: S608 - question marks only
    _index(base, layer.key, table)


def _about(layer: Layer) -> str:
    return " ".join(filter(None, [layer.abstract, layer.source and f"Source: {layer.source}"]))


def _rows(table: gpd.GeoDataFrame, kinds: Mapping[str, schema.Kind]) -> Iterable[tuple[Any, ...]]:
    """Rows as SQLite takes them: key, geometry, then every column."""
    records = table[[*kinds]].to_dict("records")
    for key, (shape, record) in enumerate(zip(table.geometry, records, strict=True), start=1):
        cells = (_cell(plain(column, value)) for column, value in record.items())
        yield (key, blob(shape), *cells)


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        return clean(value)
    return value


def blob(shape: BaseGeometry) -> bytes:
    """Geometry as the format holds it: a head with its bounds, then well-known binary, little-endian."""
    west, south, east, north = shape.bounds
    with_bounds = 0b00000011  # little-endian, an envelope of x and y
    head = struct.pack("<2sBBi4d", b"GP", 0, with_bounds, SRS, west, east, south, north)
    return head + bytes(shapely.to_wkb(shape, byte_order=1, include_srid=False))


def _index(base: sqlite3.Connection, key: str, table: gpd.GeoDataFrame) -> None:
    """Add the spatial index: it is filled before its triggers are there, whose functions only GDAL and QGIS have."""
    create, *triggers = INDEX.format(t=key.replace('"', '""'), c=GEOMETRY, k=KEY).strip().split("\nCREATE TRIGGER ")
    base.execute(create.rstrip(";\n "))
    boxes = [
        (number, b[0], b[2], b[1], b[3]) for number, b in enumerate(table.geometry.bounds.to_numpy().tolist(), start=1)
    ]
    base.executemany(f"INSERT INTO {_quoted(f'rtree_{key}_{GEOMETRY}')} VALUES (?, ?, ?, ?, ?)", boxes)  # noqa: S608
    for trigger in triggers:
        base.execute(f"CREATE TRIGGER {trigger}")
    extension = (key, GEOMETRY, "gpkg_rtree_index", INDEX_RULES, "write-only")
    base.execute("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", extension)


def _style(base: sqlite3.Connection, layer: Layer, stamp: str, language: str) -> None:
    row = ("", "", layer.key, GEOMETRY, "default", styles.qml(layer, language=language), "", 1, "", "", None, stamp)
    base.execute(f"INSERT INTO layer_styles VALUES (NULL, {_marks(row)})", row)  # noqa: S608


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
