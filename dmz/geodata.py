"""Open and audit input layers, checked as they come in; the only door to geodata/."""

from __future__ import annotations

import csv
import hashlib
import mmap
import re
import tomllib
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pydantic
import pyogrio
import shapely

from dmz.errors import CRSError, DmzWarning, GeometryError, InputError, MissingInputError

WGS84 = "EPSG:4326"
# The kinds of geometry a layer may hold, and the shapely types each covers.
KINDS = {
    "point": ("Point", "MultiPoint"),
    "line": ("LineString", "MultiLineString"),
    "polygon": ("Polygon", "MultiPolygon"),
}

# Head of GDAL's virtual formats, and the member by which GeoJSON of 2008 had its CRS fetched from an address.
VIRTUAL = re.compile(rb"<(OGR|GDAL)VRT|<VRTDataset")
LINKED_CRS = re.compile(rb'"crs"\s*:\s*\{[^{}]*(\{[^{}]*)?"(?:href|url)"\s*:')


class ReprojectedWarning(DmzWarning):
    """A layer came in another CRS and was brought to longitude, latitude on WGS 84."""


class Record(pydantic.BaseModel):
    """What the manifest says of one file: where it comes from, under which licence, and that it is this one."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    title: str
    file: Annotated[
        str, pydantic.Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\.[a-z]+$")
    ]  # never outside the folder
    source: str
    package: str
    version: str
    licence: str
    attribution: str
    date: str
    sha256: str
    note: str = ""


class RasterRecord(Record):
    """What the manifest says of one raster of people: a GeoTIFF of counts."""

    year: int | None = None


class TableRecord(Record):
    """What the manifest says of one table, and of what must be in it."""

    rows: int
    columns: tuple[str, ...]


class LayerRecord(TableRecord):
    """What the manifest says of one layer; a table whose rows have a geometry of one kind."""

    geometry: str


@dataclass(frozen=True)
class Store:
    """A folder of layers with its manifest.

    Parameters
    ----------
    root
        The folder that holds ``manifest.toml``.
    records
        One record a layer, by key (``"idlib/line"``).
    tables
        One record a table without geometry, by key (``"idlib/observations"``): CSV in UTF-8 with a header.
    rasters
        One record a raster of people, by key: GeoTIFF.
    """

    root: Path
    records: dict[str, LayerRecord]
    tables: dict[str, TableRecord] = field(default_factory=dict)
    rasters: dict[str, RasterRecord] = field(default_factory=dict)

    def record(self, key: str) -> LayerRecord:
        """Manifest's record of a layer; `MissingInputError` names the layers there are."""
        if key not in self.records:
            raise MissingInputError(
                f"{self.root / 'manifest.toml'}: no layer {key!r}; it has {', '.join(self.records)}"
            )
        return self.records[key]

    def table(self, key: str) -> Path:
        """Path of a table; `MissingInputError` names the tables there are."""
        if key not in self.tables:
            has = ", ".join(self.tables) or "none"
            raise MissingInputError(f"{self.root / 'manifest.toml'}: no table {key!r}; it has {has}")
        return self.root / self.tables[key].file

    def raster(self, key: str) -> Path:
        """Path of a raster; `MissingInputError` names the rasters there are."""
        if key not in self.rasters:
            has = ", ".join(self.rasters) or "none"
            raise MissingInputError(f"{self.root / 'manifest.toml'}: no raster {key!r}; it has {has}")
        return self.root / self.rasters[key].file

    def attribution(self, key: str) -> str:
        """Who must be named where a layer, table or raster is used."""
        return ({**self.rasters, **self.tables}.get(key) or self.record(key)).attribution

    def open(self, key: str) -> gpd.GeoDataFrame:
        """Read one layer, checked as `read` checks any."""
        return read(self.root / self.record(key).file)


def open_store(root: str | Path) -> Store:
    """Read the manifest of a folder of layers.

    Raises
    ------
    MissingInputError
        Where the folder has no ``manifest.toml``.
    InputError
        Where the manifest cannot be read; every fault at once.
    """
    path = Path(root) / "manifest.toml"
    if not path.is_file():
        raise MissingInputError(f"{path}: no such file; a folder of layers needs a manifest")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        records = {key: LayerRecord.model_validate(entry) for key, entry in raw["layers"].items()}
        tables = {key: TableRecord.model_validate(entry) for key, entry in raw.get("tables", {}).items()}
        rasters = {key: RasterRecord.model_validate(entry) for key, entry in raw.get("rasters", {}).items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, pydantic.ValidationError) as error:
        raise InputError(f"{path}: {error}") from error
    return Store(Path(root), records, tables, rasters)


def audit(store: Store, keys: Iterable[str] | None = None) -> list[str]:
    """Hold inputs, by default all, to their records: present, same bytes, rows, columns, kind, valid.

    Returns
    -------
    list of str
        One sentence a fault.

    Raises
    ------
    MissingInputError
        Where the manifest has no such key.
    """
    asked = [*store.records, *store.tables, *store.rasters] if keys is None else keys
    return [fault for key in asked for fault in _audited(store, key)]


def _audited(store: Store, key: str) -> list[str]:
    if key in store.tables:
        return _audit_table(store, key)
    return _audit_raster(store, key) if key in store.rasters else _audit_layer(store, key)


def _audit_raster(store: Store, key: str) -> list[str]:
    path = store.raster(key)
    if not path.is_file():
        return [f"{path}: no such file"]
    with path.open("rb") as file:
        same = hashlib.file_digest(file, "sha256").hexdigest() == store.rasters[key].sha256
    return [] if same else [f"{path}: its bytes are not those of the manifest's sha256"]


def _audit_table(store: Store, key: str) -> list[str]:
    record, path = store.tables[key], store.table(key)
    try:
        content = path.read_bytes()
        header, *rows = csv.reader(content.decode("utf-8").splitlines())
    except FileNotFoundError:
        return [f"{path}: no such file"]
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        return [f"{path}: it is no CSV in UTF-8 with a header ({error})"]
    faults = []
    if hashlib.sha256(content).hexdigest() != record.sha256:
        faults.append("its bytes are not those of the manifest's sha256")
    if len(rows) != record.rows:
        faults.append(f"it has {len(rows)} rows, the manifest says {record.rows}")
    if {*header} != {*record.columns}:
        faults.append(f"its columns differ from the manifest's by {sorted({*header} ^ {*record.columns})}")
    return [f"{path}: {fault}" for fault in faults]


def _audit_layer(store: Store, key: str) -> list[str]:
    record = store.record(key)
    path = store.root / record.file
    try:
        layer = read(path)
    except (InputError, MissingInputError) as error:
        return list(error.faults)
    faults = []
    if hashlib.sha256(path.read_bytes()).hexdigest() != record.sha256:
        faults.append("its bytes are not those of the manifest's sha256")
    if len(layer) != record.rows:
        faults.append(f"it has {len(layer)} rows, the manifest says {record.rows}")
    columns = {*layer.columns} - {"geometry"}
    if columns != {*record.columns}:
        faults.append(f"its columns differ from the manifest's by {sorted(columns ^ {*record.columns})}")
    if {*layer.geom_type} != {record.geometry}:
        faults.append(f"it holds {sorted({*layer.geom_type})}, the manifest says {record.geometry}")
    return [f"{path}: {fault}" for fault in faults]


def read(path: str | Path, *, kind: str | None = None) -> gpd.GeoDataFrame:
    """Read a vector file and refuse whatever could make a zone wrong.

    Parameters
    ----------
    path
        Anything GDAL reads: GeoJSON, GeoPackage, Shapefile, FlatGeobuf.
    kind
        ``"point"``, ``"line"`` or ``"polygon"``: what every feature must be.

    Returns
    -------
    geopandas.GeoDataFrame
        Longitude, latitude on WGS 84 (EPSG:4326). A file in another CRS is brought there with a `ReprojectedWarning`.

    Raises
    ------
    MissingInputError
        No such file.
    CRSError
        No CRS, or coordinates that cannot be degrees.
    GeometryError
        Null, empty, invalid or not-a-number geometry, or the wrong kind; every feature at fault at once.
    InputError
        Not a vector file, several layers, or no features.
    """
    path = Path(path)
    table = load(path)
    faults = [*_missing_geometry(table), *_wrong_kind(table, kind)]
    if faults:
        raise GeometryError([f"{path}: {fault}" for fault in faults])
    table = _to_wgs84(path, table)
    faults = list(_invalid(table))
    if faults:
        raise GeometryError([f"{path}: {fault}" for fault in faults])
    return table


def load(path: Path) -> gpd.GeoDataFrame:
    """Open the only spatial layer of a file, its features not looked at; `read` is this and their checks.

    Raises
    ------
    MissingInputError
        No such file.
    CRSError
        A CRS to be fetched from an address.
    GeometryError
        A table without geometry.
    InputError
        Not a vector file, several layers, or no features.
    """
    present(path)
    _refuse_errands(path)
    try:
        layers = [name for name, geometry in pyogrio.list_layers(path) if geometry is not None]
        if len(layers) > 1:
            raise InputError(
                f"{path}: it has {len(layers)} layers ({', '.join(layers)}): save the one you mean to a file"
            )
        options = {"ARRAY_AS_STRING": "YES"} if path.suffix.lower() in {".geojson", ".json"} else {}
        with np.errstate(invalid="ignore"):  # a coordinate that is not a number is reported with its feature
            table = pyogrio.read_dataframe(path, **options)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise InputError(f"{path}: GDAL cannot read it as vector data ({_first_sentence(error)})") from error
    if not isinstance(table, gpd.GeoDataFrame):
        raise GeometryError(f"{path}: it is a table without geometry; give a layer of points, lines or polygons")
    if table.empty:
        raise InputError(f"{path}: it has no features")
    table.geometry = shapely.force_2d(table.geometry.array)
    return table.astype(_whole_numbers(path, options))


@contextmanager
def batches(path: Path, rows: int) -> Iterator[tuple[dict[str, Any], Any]]:
    """Open the only layer of a file as a stream of Arrow batches: what GDAL says of it, and the reader.

    Raises
    ------
    MissingInputError, CRSError, InputError
        As `load`.
    """
    present(path)
    _refuse_errands(path)
    try:
        with pyogrio.open_arrow(path, batch_size=rows, use_pyarrow=True) as opened:
            yield opened
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise InputError(f"{path}: GDAL cannot read it as vector data ({_first_sentence(error)})") from error


def present(path: Path) -> None:
    """Refuse what is no file, with what the folder has instead.

    Raises
    ------
    MissingInputError
        No such file.
    InputError
        A folder.
    """
    if path.is_dir():
        raise InputError(f"{path}: it is a folder: name the file in it")
    if path.is_symlink() and not path.exists():
        raise MissingInputError(f"{path}: it is a link to {path.readlink()}, which is not there")
    if not path.is_file():
        raise MissingInputError(f"{path}: no such file{_neighbours(path)}")


def _whole_numbers(path: Path, options: dict[str, str]) -> dict[str, str]:
    """Types of columns of whole numbers and of yes and no, which pandas makes into fractions if one is unknown."""
    info = pyogrio.read_info(path, **options)
    columns = zip(info["fields"], info["ogr_types"], info["ogr_subtypes"], strict=True)
    return {
        name: "boolean" if subtype == "OFSTBoolean" else "Int64"
        for name, kind, subtype in columns
        if kind.startswith("OFTInteger")
    }


def _refuse_errands(path: Path) -> None:
    """Refuse files that send GDAL to open others, on this machine or over the network, in their name."""
    if not path.stat().st_size:
        raise InputError(f"{path}: it is empty")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if VIRTUAL.search(text, 0, 4096):
            raise InputError(f"{path}: it is a virtual file that stands for others: save the layer itself")
        if LINKED_CRS.search(text):
            raise CRSError(f"{path}: its CRS is a link to be fetched: save it as longitude and latitude, EPSG:4326")


def _first_sentence(error: Exception) -> str:
    return str(error).split(";")[0].strip()


def _neighbours(path: Path) -> str:
    """Say what the folder has instead."""
    if not path.parent.is_dir():
        return f"; there is no folder {path.parent} either"
    found = sorted(other.name for other in path.parent.iterdir() if other.suffix == path.suffix)
    return f"; {path.parent} has {', '.join(found[:8])}" if found else f"; {path.parent} has no {path.suffix} files"


def _missing_geometry(table: gpd.GeoDataFrame) -> Iterable[str]:
    for name, geometry in zip(feature_names(table), table.geometry, strict=True):
        if geometry is None:
            yield f"{name} has no geometry: delete it or draw it"
        elif geometry.is_empty:
            yield f"{name} is an empty {geometry.geom_type}: delete it or draw it"
        elif not np.isfinite(shapely.get_coordinates(geometry)).all():
            yield f"{name} has a coordinate that is not a number: mend it in QGIS"


def _wrong_kind(table: gpd.GeoDataFrame, kind: str | None) -> Iterable[str]:
    if kind is None:
        return
    for name, geometry in zip(feature_names(table), table.geometry, strict=True):
        if geometry is not None and geometry.geom_type not in KINDS[kind]:
            yield f"{name} is a {geometry.geom_type}, and a {kind} is due{_way_out(geometry.geom_type, kind)}"


def _way_out(found: str, kind: str) -> str:
    if kind == "line" and "Polygon" in found:
        return ": QGIS's 'Polygons to lines' makes its border a line"
    return f": keep only the {kind}s"


def in_wgs84(path: Path, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Bring a layer to longitude, latitude on WGS 84, with a `ReprojectedWarning` where it came in another CRS.

    Raises
    ------
    CRSError
        No CRS.
    """
    if table.crs is None:
        raise CRSError(
            f"{path}: it has no CRS: set the one it was drawn in (QGIS: Layer > Set Layer CRS) and save it again"
        )
    if not table.crs.equals(WGS84, ignore_axis_order=True):
        warnings.warn(f"{path}: brought from {table.crs.name} to WGS 84", ReprojectedWarning, stacklevel=5)
        table = table.to_crs(WGS84)
    return table


def _to_wgs84(path: Path, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    table = in_wgs84(path, table)
    west, south, east, north = table.total_bounds
    if west < -180 or east > 180 or south < -90 or north > 90:  # noqa: PLR2004 - degrees
        raise CRSError(f"{path}: {_not_degrees(west, south, east, north)}")
    return table


def _not_degrees(west: float, south: float, east: float, north: float) -> str:
    where = f"x from {west:g} to {east:g}, y from {south:g} to {north:g}"
    if max(abs(west), abs(east)) <= 90 and max(abs(south), abs(north)) <= 180:  # noqa: PLR2004 - degrees
        return f"its axes are swapped ({where}): write longitude first, then latitude"
    return f"its coordinates are no degrees ({where}): save it as longitude and latitude, EPSG:4326"


def _invalid(table: gpd.GeoDataFrame) -> Iterable[str]:
    reasons = shapely.is_valid_reason(table.geometry.array)
    for name, geometry, reason in zip(feature_names(table), table.geometry, reasons, strict=True):
        if reason != "Valid Geometry":
            yield f"{name} is an invalid {geometry.geom_type} ({reason}): QGIS's 'Fix geometries' mends it"


def feature_names(table: gpd.GeoDataFrame) -> list[str]:
    """How to speak of each feature: its number, and its name or id where it has one."""
    columns = {str(column).casefold(): column for column in reversed([*table.columns])}
    label = next((table[columns[name]] for name in ("name", "id", "title") if name in columns), None)
    if label is None:
        return [f"feature {number}" for number in range(len(table))]
    return [f"feature {number}" if pd.isna(text) else f"feature {number} ({text})" for number, text in enumerate(label)]
