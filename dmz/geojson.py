"""Write tables as RFC 7946 GeoJSON that QGIS reads as it is meant."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.errors import CRSError, GeometryError
from dmz.files import write_whole
from dmz.geodata import WGS84
from dmz.layer import Layer

# Digits after the point: 1e-7 degrees is 11 mm, the grid everything is computed on.
DIGITS = 7
HALF_TURN = 180.0  # degrees: the antimeridian
# Decimals of a measured number, by the unit its column's name ends in.
DECIMALS = {"_km2": 3, "_km": 4, "_m": 2, "_share": 5, "share": 5, "_lon": 7, "_lat": 7}


def write_geojson(table: gpd.GeoDataFrame, path: str | Path) -> Path:
    """Write a table to a GeoJSON file, whole or not at all.

    Parameters
    ----------
    table
        One kind of geometry, in any CRS that is named; written as longitude, latitude on WGS 84.
    path
        The file; its stem becomes the layer's name.

    Raises
    ------
    CRSError
        Where the table has no CRS.
    GeometryError
        Where it is empty or mixes kinds of geometry.
    OutputError
        Where the file cannot be written.
    """
    path = Path(path)
    return write_whole({path: text(table, name=path.stem)})[0]


def layer_text(layer: Layer) -> str:
    """GeoJSON of a dressed layer, its title, abstract and source with it."""
    about = {"title": layer.title, "description": layer.abstract, "source": layer.source}
    return text(layer.features, name=layer.key, about={key: value for key, value in about.items() if value})


def text(table: gpd.GeoDataFrame, *, name: str, about: dict[str, str] | None = None) -> str:
    """GeoJSON of a table: one feature a line, the same bytes for the same table.

    Parameters
    ----------
    table
        As `write_geojson` takes it. A column ``id`` becomes the features' id; ids that start with no letter, which QGIS
        would read as numbers or dates, get `name` before them, there and in the column.
    name
        Name of the layer.
    about
        Further members of the collection: title, description, source.

    Notes
    -----
    RFC 7946: cut at the antimeridian, no ``crs`` member, exteriors counter-clockwise,
    a bounding box, 7 digits. Every feature has every key;
    unknown is null; dates are ISO 8601 texts, which GDAL reads as dates.
    """
    table = ready(table, name)
    columns = [column for column in table if column != table.geometry.name]
    records = table[columns].to_dict("records")
    features = [_feature(geometry, record) for geometry, record in zip(table.geometry, records, strict=True)]
    head = {"type": "FeatureCollection", "name": name, **(about or {}), "bbox": _rounded(bbox(table))}
    return f'{_json(head)[:-1]},"features":[\n' + ",\n".join(map(_json, features)) + "\n]}\n"


def plain(column: str, value: Any) -> Any:
    """Value as JSON has it: null for unknown, ISO text for a date, numbers rounded by the unit of their column."""
    if isinstance(value, str | bool | list | dict):
        return value
    if pd.isna(value):
        return None
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.integer | int):
        return int(value)
    decimals = next((digits for unit, digits in DECIMALS.items() if column.endswith(unit)), 6)
    return round(float(value), decimals)


def ready(table: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Table as every file holds it.

    On WGS 84, cut at the antimeridian, one kind of geometry, 7 digits, exteriors counter-clockwise, no third
    coordinate, and a column ``id`` of texts that QGIS takes for neither numbers nor dates.

    Raises
    ------
    CRSError
        Where the table has no CRS.
    GeometryError
        Where it is empty or mixes kinds of geometry.
    """
    if table.crs is None:
        raise CRSError(f"{name}: the table has no CRS: set it with table.set_crs(...)")
    kinds = {str(kind).removeprefix("Multi") for kind in table.geom_type}
    if len(kinds) != 1:
        raise GeometryError(f"{name}: it has {', '.join(sorted(kinds)) or 'no features'}: one kind a file")
    if absent := int((table.geometry.isna() | table.geometry.is_empty).sum()):
        raise GeometryError(f"{name}: {absent} of its {len(table)} features have no geometry: leave them out")
    table = table.to_crs(WGS84)
    shapes = [geodesy.split(geometry) for geometry in shapely.force_2d(table.geometry.array)]
    if len({shape.geom_type for shape in shapes}) > 1:
        shapes = [_multi(shape) for shape in shapes]
    rounded = shapely.transform(np.array(shapes, dtype=object), lambda at: np.round(at, DIGITS) + 0.0)
    ids = table["id"] if "id" in table else [f"{name}-{number}" for number in range(len(table))]
    table = table.set_geometry(gpd.GeoSeries(shapely.orient_polygons(rounded), index=table.index, crs=WGS84))
    return table.assign(id=[_id(key, name) for key in ids])


def bbox(table: gpd.GeoDataFrame) -> list[float]:
    """West, south, east, north of a table that `ready` made; west is greater than east over the antimeridian.

    Notes
    -----
    RFC 7946, section 5.2. What reaches the antimeridian from both sides lies in the box on either side of the widest
    stretch of longitudes that holds none of it; what goes all the way round, as about a pole, in the whole circle.
    """
    west, south, east, north = (float(value) for value in table.total_bounds)
    if west > -HALF_TURN or east < HALF_TURN:
        return [west, south, east, north]
    spans = sorted((float(part.bounds[0]), float(part.bounds[2])) for part in shapely.get_parts(table.geometry.array))
    reach, widest = spans[0][1], (0.0, -HALF_TURN, HALF_TURN)
    for start, end in spans[1:]:
        widest = max(widest, (start - reach, start, reach))
        reach = max(reach, end)
    return [widest[1], south, widest[2], north]


def _multi(geometry: BaseGeometry) -> BaseGeometry:
    """Return the geometry as a collection of its kind, so that a file holds one kind only."""
    whole = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}
    return whole[geometry.geom_type]([geometry]) if geometry.geom_type in whole else geometry


def _feature(geometry: BaseGeometry, record: dict[str, Any]) -> dict[str, Any]:
    shape = shapely.geometry.mapping(geometry)
    return {
        "type": "Feature",
        "id": record["id"],
        "properties": {column: plain(column, value) for column, value in record.items()},
        "geometry": {"type": shape["type"], "coordinates": _rounded(shape["coordinates"])},
    }


def _id(key: object, name: str) -> str:
    return str(key) if re.match(r"[A-Za-z]", str(key)) else f"{name}-{key}"


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, list | tuple):
        return [_rounded(inner) for inner in coordinates]
    return round(float(coordinates), DIGITS)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
