"""Open files of points as parts that are read batch by batch: Parquet by its row groups, CSV, and what GDAL streams."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dmz.errors import DmzError, InputError, MissingInputError
from dmz.locating.arrow import Where, check_crs, geometry_in, needs_pyarrow

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET, TEXT, GDAL = {".parquet", ".geoparquet", ".pq"}, {".csv", ".tsv"}, {".fgb", ".gpkg", ".geojson", ".json"}
# Rows read at a time, fewer where they would hold more bytes; bytes of text read at a time, and of a column read ahead.
BATCH_ROWS, BATCH_BYTES, BLOCK_BYTES, BUFFER_BYTES = 1 << 17, 1 << 23, 1 << 22, 1 << 18
# Row groups up to so many bytes are read at once; larger ones page by page.
WHOLE_BYTES = 1 << 25
# Rows that a part of one file has at least.
PART_ROWS = 2_000_000
DELIMITERS = ",;\t|"
# Columns of a schema that are named in a message.
NAMED = 6
GEOPARQUET = {"version": "1.1.0", "primary_column": "geometry"}


@dataclass(frozen=True)
class Part:
    """A file, or some row groups of one.

    Parameters
    ----------
    path
        File.
    name
        Name of what is made of it, below the folder of the run, without suffix.
    groups
        First row group and the one after the last; None: all of the file.
    stamp
        Size and time of the file: whether it is still the same.
    rows
        How many rows it has; None where only reading it tells.
    """

    path: str
    name: str
    groups: tuple[int, int] | None
    stamp: tuple[int, int]
    rows: int | None


@dataclass(frozen=True)
class Source:
    """Files of one kind and one schema, ready to be read; `broken` are those that are none, each with what is wrong."""

    parts: tuple[Part, ...]
    schema: pa.Schema
    broken: tuple[tuple[str, str], ...]
    is_folder: bool


def files_in(path: Path) -> list[Path]:
    """A file itself; of a folder, all its files of points, sorted, hidden ones and those that begin with _ left out.

    Raises
    ------
    MissingInputError
        Nothing there, or nothing that could be points.
    InputError
        Files of several kinds.
    """
    if not path.exists():
        raise MissingInputError(f"{path}: no such file or folder")
    if path.is_file():
        return [path]
    found = sorted(
        file
        for file in path.rglob("*")
        if file.is_file()
        and file.suffix.lower() in PARQUET | TEXT | GDAL
        and not any(step.startswith((".", "_")) for step in file.relative_to(path).parts)
    )
    if not found:
        raise MissingInputError(f"{path}: there is no .parquet, .csv or .fgb file in it")
    kinds = {_kind(file) for file in found}
    if len(kinds) > 1:
        suffixes = ", ".join(sorted({file.suffix for file in found}))
        raise InputError(f"{path}: it has files of several kinds ({suffixes}): give one kind a folder")
    return found


def opened(path: Path, part_rows: int = PART_ROWS) -> Source:
    """Look at the files of a path: their schema and their parts; what cannot be opened is put aside.

    Raises
    ------
    MissingInputError, InputError
        As `files_in`; where schemas differ, or no file at all can be opened.
    """
    files, parts, broken = files_in(path), [], []
    first: tuple[Path, Any] | None = None
    faults = []
    for file in files:
        try:
            schema, own = _looked_at(file, path, part_rows)
        except DmzError as error:
            if not path.is_dir():
                raise
            broken.append((str(file), str(error)))
            continue
        first = first or (file, schema)
        faults += _differences(first, (file, schema))
        parts += own
    if faults:
        raise InputError(faults)
    if first is None:
        raise InputError([reason for _, reason in broken])
    return Source(tuple(parts), first[1], tuple(broken), path.is_dir())


def stream(part: Part, names: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Batches of a part, in order, one without rows where it has none; only some columns where named.

    Raises
    ------
    InputError
        Where it cannot be read to its end.
    """
    pa = needs_pyarrow()
    path = Path(part.path)
    try:
        batch = None
        for batch in _OPEN[_kind(path)](path, part.groups, names):
            yield batch
        if batch is None:
            table = _looked_at(path, path, PART_ROWS)[0].empty_table()
            yield table.select(names) if names else table
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        if isinstance(error, DmzError):
            raise
        raise InputError(f"{path}: it cannot be read to its end ({_first_line(error)}): get it anew") from error


def where_of(schema: pa.Schema, path: Path, lon: str | None, lat: str | None) -> Where:
    """Columns with the positions: as named; else its geometry; else those spelt like longitude and latitude.

    Raises
    ------
    InputError
        Where there are none, or the named ones are not there; the nearest spelling is offered.
    """
    from dmz.intake.columns import match

    if lon is None and lat is None:
        geometry = geometry_in(schema, str(path))
        if geometry is not None:
            return Where(geometry=geometry)
    given = {key: name for key, name in (("lon", lon), ("lat", lat)) if name is not None}
    found = match(path, schema.names, given, ("lon", "lat"))
    return Where(lon=found["lon"], lat=found["lat"])


def bounds_of(part: Part, where: Where, group: int) -> tuple[float, float, float, float] | None:
    """Box around all positions of a row group, as its footer has it; None where it has none, or nulls."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(part.path) as file:
        meta, names = file.metadata.row_group(group), _bound_columns(file, where)
        columns = {meta.column(at).path_in_schema: meta.column(at).statistics for at in range(meta.num_columns)}
    ends = []
    for name, end in zip(names, ("min", "min", "max", "max"), strict=False):
        statistics = columns.get(name)
        if statistics is None or not statistics.has_min_max or statistics.null_count:
            return None
        ends.append(float(getattr(statistics, end)))
    return (ends[0], ends[1], ends[2], ends[3]) if len(ends) == 4 else None  # noqa: PLR2004 - of a box


def _bound_columns(file: Any, where: Where) -> tuple[str, ...]:
    """Columns of numbers with the west, south, east and north ends of positions."""
    if where.geometry is None:
        return tuple(name for name in (where.lon, where.lat, where.lon, where.lat) if name is not None)
    said = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    covering = said.get("columns", {}).get(where.geometry, {}).get("covering", {}).get("bbox")
    if covering is None:
        return ()
    return tuple(".".join(covering[end]) for end in ("xmin", "ymin", "xmax", "ymax"))


def _kind(path: Path) -> str:
    suffix = path.suffix.lower()
    return "parquet" if suffix in PARQUET else "text" if suffix in TEXT else "gdal"


def _looked_at(file: Path, root: Path, part_rows: int) -> tuple[Any, list[Part]]:
    """Schema of a file and its parts."""
    pa = needs_pyarrow()
    name = file.relative_to(root).with_suffix("").as_posix() if file != root else file.stem
    about = file.stat()
    stamp = (about.st_size, about.st_mtime_ns)
    if not about.st_size:
        raise InputError(f"{file}: it is empty")
    try:
        if _kind(file) != "parquet":
            with _schema(file) as schema:
                return schema, [Part(str(file), name, None, stamp, None)]
        return _groups(file, name, stamp, part_rows if file == root else None)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, DmzError):
            raise
        raise InputError(f"{file}: it cannot be opened ({_first_line(error)}): get it anew") from error


def _groups(file: Path, name: str, stamp: tuple[int, int], part_rows: int | None) -> tuple[Any, list[Part]]:
    """Schema of a Parquet file, and its row groups put together to parts; one part where the size is None."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as opened_file:
        meta, schema = opened_file.metadata, opened_file.schema_arrow
        rows = [meta.row_group(at).num_rows for at in range(meta.num_row_groups)]
    if part_rows is None or sum(rows) <= part_rows:
        return schema, [Part(str(file), name, None, stamp, sum(rows))]
    parts: list[Part] = []
    first = held = 0
    for at, count in enumerate(rows):
        held += count
        if held >= part_rows or at == len(rows) - 1:
            parts.append(Part(str(file), f"{name}-{len(parts):05d}", (first, at + 1), stamp, held))
            first, held = at + 1, 0
    return schema, parts


@contextmanager
def _schema(file: Path) -> Iterator[Any]:
    """Schema of a file that is no Parquet."""
    pa = needs_pyarrow()
    if _kind(file) == "text":
        names, _ = _header(file)
        yield pa.schema([pa.field(name, pa.string()) for name in names])
        return
    from dmz import geodata

    with geodata.batches(file, BATCH_ROWS) as (about, reader):
        check_crs(about["crs"], str(file))
        yield _with_geometry(reader.schema, about)


def _differences(first: tuple[Path, Any], other: tuple[Path, Any]) -> list[str]:
    """How the columns of a file differ from those of the first: a sentence."""
    mine = {field.name: str(field.type) for field in other[1]}
    theirs = {field.name: str(field.type) for field in first[1]}
    if mine == theirs:
        return []
    lacks = [name for name in theirs if name not in mine]
    more = [name for name in mine if name not in theirs]
    kinds = [
        f"{name} is {mine[name]}, not {theirs[name]}" for name in mine if theirs.get(name, mine[name]) != mine[name]
    ]
    said = [f"it lacks {', '.join(lacks[:NAMED])}"] if lacks else []
    said += [f"it has {', '.join(more[:NAMED])} more"] if more else []
    said += kinds[:NAMED] or ([] if said else ["its columns stand in another order"])
    return [f"{other[0]}: its columns are not those of {first[0].name}: {'; '.join(said)}"]


def _parquet(path: Path, groups: tuple[int, int] | None, names: Sequence[str] | None) -> Iterator[Any]:
    """Batches of row groups, pages read as they are needed."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        meta = file.metadata
        wanted = range(*groups) if groups else range(meta.num_row_groups)
        largest = max((_weight(meta.row_group(group), names) for group in wanted), default=0)
    ahead = 0 if largest <= WHOLE_BYTES else BUFFER_BYTES
    with pq.ParquetFile(path, metadata=meta, buffer_size=ahead, pre_buffer=False) as file:
        for group in wanted:
            about = meta.row_group(group)
            rows = max(1, min(BATCH_ROWS, BATCH_BYTES * about.num_rows // max(about.total_byte_size, 1)))
            yield from file.iter_batches(rows, row_groups=[group], columns=names, use_threads=False)


def _weight(group: Any, names: Sequence[str] | None) -> int:
    """Bytes of the columns of a row group, as they lie in the file."""
    columns = (group.column(at) for at in range(group.num_columns))
    wanted = [one for one in columns if names is None or one.path_in_schema.split(".")[0] in names]
    return sum(one.total_compressed_size for one in wanted)


def _text(path: Path, groups: tuple[int, int] | None, names: Sequence[str] | None) -> Iterator[Any]:
    """Batches of a CSV file; every column stays the text it is, so that a code 007 keeps its zeros."""
    del groups
    pa = needs_pyarrow()
    import pyarrow.csv as pc

    header, delimiter = _header(path)
    reader = pc.open_csv(
        path,
        read_options=pc.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
        parse_options=pc.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=pc.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), include_columns=names or [], strings_can_be_null=False
        ),
    )
    with reader:
        for batch in reader:
            for start in range(0, batch.num_rows, BATCH_ROWS):
                yield batch.slice(start, BATCH_ROWS)


def _gdal(path: Path, groups: tuple[int, int] | None, names: Sequence[str] | None) -> Iterator[Any]:
    """Batches of a layer that GDAL reads, FlatGeobuf above all."""
    del groups
    from dmz import geodata

    pa = needs_pyarrow()
    with geodata.batches(path, BATCH_ROWS) as (about, reader):
        schema = _with_geometry(reader.schema, about)
        for batch in reader:
            whole = pa.RecordBatch.from_arrays(batch.columns, schema=schema)
            yield whole.select(names) if names else whole


_OPEN = {"parquet": _parquet, "text": _text, "gdal": _gdal}


def _header(path: Path) -> tuple[list[str], str]:
    """Column names of a CSV file and what parts them."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            line = file.readline()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: it is not in UTF-8 ({error.reason}): save it as CSV UTF-8") from error
    delimiter = max(DELIMITERS, key=line.count)
    names = next(csv.reader([line], delimiter=delimiter), [])
    if len(names) < 2 or len({*names}) < len(names):  # noqa: PLR2004 - longitude and latitude at least
        raise InputError(f"{path}: its first line must name at least two columns, each once; it is {line.strip()!r}")
    return names, delimiter


def _with_geometry(schema: Any, about: dict[str, Any]) -> Any:
    """Schema of what GDAL reads, as GeoParquet has it."""
    pa = needs_pyarrow()
    called = about["geometry_name"] or "wkb_geometry"
    fields = [pa.field("geometry", field.type) if field.name == called else field.remove_metadata() for field in schema]
    column = {"encoding": "WKB", "geometry_types": []}
    said = json.dumps({**GEOPARQUET, "columns": {"geometry": column}})
    return pa.schema(fields, metadata={"geo": said})


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
