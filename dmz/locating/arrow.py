"""Answer Arrow batches: find the positions in them, and give them back with the answers beside their columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from dmz.errors import CRSError, InputError, MissingExtraError
from dmz.locating.grid import Floats, Shapes, coordinates
from dmz.locating.kernel import LABELS, Answers, Kernel

if TYPE_CHECKING:
    import pyarrow as pa

# What a point in WKB weighs: byte order, type, two or three numbers.
XY_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
XYZ_POINT = np.dtype([*XY_POINT.descr, ("z", "<f8")])
LITTLE = 1
POINT_TYPES = {1: XY_POINT, 1001: XYZ_POINT, 0x80000001: XYZ_POINT}
# Where WGS 84 goes by these names, longitude stands first in files.
LONLAT = {("OGC", "CRS84"), ("EPSG", "4326"), ("OGC", "CRS84H"), ("EPSG", "4979")}
GEOMETRY_NAMES = ("geometry", "geom", "wkb", "wkb_geometry")
A_NUMBER = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$"


@dataclass(frozen=True)
class Where:
    """Columns that say where a feature is: its geometry, or its longitude and latitude."""

    geometry: str | None = None
    lon: str | None = None
    lat: str | None = None

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [name for name in (self.geometry, self.lon, self.lat) if name is not None]


def needs_pyarrow() -> Any:
    """Load pyarrow, or say how to get it."""
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError(f"files and Arrow batches need pyarrow ({error}): pip install 'dmz[files]'") from error
    del pyarrow
    return pa


def answered(kernel: Kernel, batch: pa.RecordBatch | pa.Table, where: Where, prefix: str = "") -> tuple[Any, Answers]:
    """Batch with the answers as columns after its own, and the answers.

    Parameters
    ----------
    kernel
        What is asked.
    batch
        Record batch or table.
    where
        Its columns with the positions.
    prefix
        What the names of the new columns begin with.

    Returns
    -------
    tuple
        Batch or table, as it came, its rows repeated where a feature has several answers; and `Answers`.
    """
    found = answers(kernel, batch, where)
    if found.row is not None:
        batch = batch.take(_array(found.row))
    for name, column in zip(kernel.columns, columns(kernel, found), strict=True):
        batch = batch.append_column(prefix + name, column)
    return batch, found


def answers(kernel: Kernel, batch: pa.RecordBatch | pa.Table, where: Where) -> Answers:
    """Answers for a batch."""
    if where.geometry is None:
        return kernel.points(*(numbers(batch.column(name), name) for name in where.names))
    found = positions(batch.column(where.geometry))
    return kernel.points(*found) if isinstance(found, tuple) else kernel.shapes(found)


def batches(kernel: Kernel, stream: Iterable[pa.RecordBatch], where: Where, prefix: str = "") -> Iterator[Any]:
    """Answer a stream of batches, one at a time: what Spark's ``mapInArrow`` asks for."""
    for batch in stream:
        yield answered(kernel, batch, where, prefix)[0]


def columns(kernel: Kernel, found: Answers) -> list[pa.Array]:
    """Answers as Arrow columns, in the order of `Kernel.columns`: labels as dictionaries, numbers, null for unknown."""
    pa = needs_pyarrow()
    made = []
    for number, name in enumerate(kernel.columns):
        if name in LABELS:
            values, index = dictionary(kernel, number)
            code = index[found.code]
            made.append(pa.DictionaryArray.from_arrays(_array(code, code >= 0), _texts(values)))
        else:
            number_of = found.added[name]
            made.append(_array(number_of, ~np.isnan(number_of)))
    return made


def fields(kernel: Kernel, prefix: str = "") -> list[pa.Field]:
    """Fields of the columns that are put to a schema."""
    pa = needs_pyarrow()
    label = pa.dictionary(pa.int32(), pa.string())
    return [pa.field(prefix + name, label if name in LABELS else pa.float64()) for name in kernel.columns]


def dictionary(kernel: Kernel, number: int) -> tuple[list[str], NDArray[np.int32]]:
    """Values of one label, and the number of its value for each code; -1 where it has none."""
    said = [label[number] for label in kernel.labels]
    values = [value for value in dict.fromkeys(said) if value is not None]
    place = {value: at for at, value in enumerate(values)}
    return values, np.array([-1 if value is None else place[value] for value in said], np.int32)


def positions(column: pa.Array | pa.ChunkedArray) -> tuple[Floats, Floats] | Shapes:
    """Longitude and latitude of points, NaN where there is none; the geometries where some are no points.

    Points are read straight from their WKB of one length, or from columns x and y, and no object is made of them.
    """
    chunks = column.chunks if hasattr(column, "chunks") else [column]
    found = [_positions(chunk) for chunk in chunks]
    if all(isinstance(some, tuple) for some in found):
        x, y = zip(*found, strict=True) if found else ((), ())
        return (x[0], y[0]) if len(found) == 1 else (np.concatenate([*x, []]), np.concatenate([*y, []]))
    return np.concatenate([shapely.points(*some) if isinstance(some, tuple) else some for some in found])


def numbers(column: Any, name: str) -> Floats:
    """Column of longitudes or latitudes as numbers; NaN for what is none.

    Raises
    ------
    InputError
        Where the column is neither numbers nor text.
    """
    pa = needs_pyarrow()
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        column = pc.utf8_trim_whitespace(column.cast(pa.string()))
        good = pc.match_substring_regex(column, A_NUMBER)
        found = np.full(len(column), np.nan)
        found[_bits(good) & _bits(good.is_valid())] = _floats(column.filter(good))
        return found
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        raise InputError(f"column {name!r} is of type {kind}: longitude and latitude are numbers, in degrees")
    return _floats(column)


def _floats(column: Any) -> Floats:
    """Numbers as numpy has them, NaN for null; `to_numpy` would load pandas where there is one."""
    pa = needs_pyarrow()
    column = column.cast(pa.float64(), safe=False)
    if hasattr(column, "chunks"):
        return np.concatenate([np.empty(0), *map(_floats, column.chunks)])
    found = np.frombuffer(column.buffers()[1] or b"", np.float64)[column.offset : column.offset + len(column)]
    return np.where(_bits(column.is_valid()), found, np.nan) if column.null_count else found


def _bits(column: Any) -> NDArray[np.bool_]:
    """Truths, likewise; of a null, either."""
    if hasattr(column, "chunks"):
        return np.concatenate([np.empty(0, bool), *map(_bits, column.chunks)])
    bits = np.unpackbits(np.frombuffer(column.buffers()[1] or b"", np.uint8), bitorder="little")
    return bits[column.offset : column.offset + len(column)].astype(bool)


def geometry_in(schema: pa.Schema, name: str) -> str | None:
    """Column with the geometry of a schema, as GeoParquet, GeoArrow or the column's name and type say; None for none.

    Raises
    ------
    CRSError
        Where it is not in longitude and latitude on WGS 84, or nobody says what it is in.
    """
    pa = needs_pyarrow()
    if b"geo" in (schema.metadata or {}):
        said = json.loads(schema.metadata[b"geo"])
        column = said["primary_column"]
        check_crs(said["columns"][column].get("crs", {"id": {"authority": "OGC", "code": "CRS84"}}), name)
        return str(column)
    for field in schema:
        kind = (field.metadata or {}).get(b"ARROW:extension:name", b"").decode()
        kind = getattr(field.type, "extension_name", kind)
        if kind in {"geoarrow.wkb", "geoarrow.point"}:
            said = json.loads((field.metadata or {}).get(b"ARROW:extension:metadata", b"") or b"{}")
            check_crs(said.get("crs", {"id": {"authority": "OGC", "code": "CRS84"}}), name)
            return str(field.name)
    binary = (pa.types.is_binary, pa.types.is_large_binary)
    named = [f.name for f in schema if f.name.lower() in GEOMETRY_NAMES and any(is_(f.type) for is_ in binary)]
    return named[0] if named else None


def check_crs(said: object, name: str) -> None:
    """Refuse what is not longitude and latitude on WGS 84."""
    way_out = "bring it to WGS 84 with GeoDataFrame.to_crs('EPSG:4326')"
    if said is None:
        raise CRSError(f"{name}: nobody says which CRS its geometry is in: {way_out}")
    known = said.get("id", {}) if isinstance(said, dict) else {}
    if (known.get("authority"), str(known.get("code")).upper()) in LONLAT or said in ("EPSG:4326", "OGC:CRS84"):
        return
    called = said.get("name", "another CRS") if isinstance(said, dict) else str(said)
    raise CRSError(f"{name}: its geometry is in {called}: {way_out}")


def _array(values: NDArray[Any], known: NDArray[np.bool_] | None = None) -> Any:
    """Numbers as an Arrow array over the same memory, null where not known; `pyarrow.array` would load pandas."""
    pa = needs_pyarrow()
    kind = pa.from_numpy_dtype(values.dtype)
    valid = None if known is None else pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(np.ascontiguousarray(values))])


def _texts(values: list[str]) -> Any:
    """Texts as an Arrow array, likewise."""
    pa = needs_pyarrow()
    raw = [value.encode() for value in values]
    offsets = np.cumsum([0, *map(len, raw)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(raw), pa.py_buffer(offsets), pa.py_buffer(b"".join(raw)))


def _positions(chunk: Any) -> tuple[Floats, Floats] | Shapes:
    """Positions of one chunk."""
    pa = needs_pyarrow()
    if isinstance(chunk.type, pa.BaseExtensionType):
        chunk = chunk.storage
    if pa.types.is_struct(chunk.type):
        return _apart(chunk)
    if pa.types.is_fixed_size_list(chunk.type):
        size = chunk.type.list_size
        xy = _floats(chunk.values.slice(chunk.offset * size, len(chunk) * size)).reshape(-1, size)
        known = _bits(chunk.is_valid())
        return np.where(known, xy[:, 0], np.nan), np.where(known, xy[:, 1], np.nan)
    found = _of_points(chunk)
    if found is not None:
        return found
    shapes = shapely.from_wkb(chunk.to_pylist(), on_invalid="ignore")
    kind = shapely.get_type_id(shapes)
    if np.isin(kind, (-1, shapely.GeometryType.POINT)).all():
        return coordinates(shapes)
    return np.asarray(shapes)


def _apart(chunk: Any) -> tuple[Floats, Floats]:
    """Positions of points that are kept as numbers apart."""
    import pyarrow.compute as pc

    names = {chunk.type.field(at).name for at in range(chunk.type.num_fields)}
    if not {"x", "y"} <= names:
        raise InputError(f"the column of positions has {', '.join(sorted(names))}: it needs x and y")
    x, y = (_floats(pc.struct_field(chunk, name)) for name in "xy")
    return x, y


def _of_points(chunk: Any) -> tuple[Floats, Floats] | None:
    """Positions of WKB points of one length, by their stride; None where they are anything else."""
    count = len(chunk) - chunk.null_count
    points, present = _strides(chunk, count) if count else (None, None)
    if points is None or not ((points["order"] == LITTLE) & (points["type"] == points["type"][0])).all():
        return None
    if POINT_TYPES.get(int(points["type"][0])) != points.dtype:
        return None
    if not chunk.null_count:
        return points["x"].copy(), points["y"].copy()
    x, y = np.full((2, len(chunk)), np.nan)
    x[present], y[present] = points["x"], points["y"]
    return x, y


def _strides(chunk: Any, count: int) -> tuple[Any, NDArray[np.bool_]]:
    """Records of a binary column whose values are as long as points are, and which rows they are of; None if not."""
    pa = needs_pyarrow()
    kinds = {pa.binary(): "<i4", pa.large_binary(): "<i8"}
    present = np.ones(0, bool)
    if chunk.type not in kinds:
        return None, present
    _, offsets, data = chunk.buffers()
    width = np.dtype(kinds[chunk.type])
    ends = np.frombuffer(offsets, width, len(chunk) + 1, chunk.offset * width.itemsize)
    lengths = np.diff(ends)
    if chunk.null_count:
        present = lengths > 0
        lengths = lengths[present]
    for kind in (XY_POINT, XYZ_POINT):
        if len(lengths) == count and lengths[0] == kind.itemsize and (lengths == kind.itemsize).all():
            return np.frombuffer(data, kind, count, int(ends[0])), present
    return None, present
