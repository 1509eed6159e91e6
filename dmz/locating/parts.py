"""Answer one part of a run and write it whole or not at all, with a record of what was done; known parts are kept."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from dmz.errors import DmzError, OutputError
from dmz.locating.arrow import Where, answered, answers, needs_pyarrow
from dmz.locating.kernel import Answers, Kernel
from dmz.locating.sources import Part, bounds_of, stream

if TYPE_CHECKING:
    import pyarrow as pa

# Folder of the records, below that of the parts; readers of Parquet folders pass over names that begin so.
RECORDS = "_dmz"
# What is written together as one row group: so many rows, or bytes, whichever comes first.
GROUP_ROWS, GROUP_BYTES = 1 << 18, 1 << 24
# Changes when what is written for the same question changes.
FORMAT = 1
_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Job:
    """What is the same for all parts of a run.

    Parameters
    ----------
    folder
        Where the parts are written; None: they are only counted.
    suffix
        ``".parquet"`` or ``".csv"``.
    where
        Columns with the positions.
    prefix
        What the names of the new columns begin with.
    trust_bounds
        Whether row groups are counted by the bounds in their footer alone, where these lie in one zone.
    """

    folder: str | None
    suffix: str
    where: Where
    prefix: str = ""
    trust_bounds: bool = False


@dataclass(frozen=True)
class Done:
    """Record of a part.

    Parameters
    ----------
    key
        The same for the same part, zones and questions.
    name
        Of the part.
    counts
        Answers by code.
    points
        Rows read.
    unplaced
        Rows without a place on Earth.
    swapped
        Whether its first points lie about the zones only with longitude and latitude swapped.
    size
        Bytes of the file written.
    skipped
        Row groups answered from the footer alone.
    """

    key: str
    name: str
    counts: tuple[int, ...]
    points: int
    unplaced: int
    swapped: bool
    size: int = 0
    skipped: int = 0


@dataclass(frozen=True)
class Failed:
    """A part that could not be done; `fatal`: nor could the others."""

    name: str
    path: str
    reason: str
    fatal: bool = False


def key_of(kernel: Kernel, part: Part, job: Job) -> str:
    """The same for the same part, zones and questions."""
    said = repr((FORMAT, kernel.key, part, job.suffix, job.where, job.prefix))
    return hashlib.sha256(said.encode()).hexdigest()


def known(kernel: Kernel, part: Part, job: Job) -> Done | None:
    """Record of a part that was done before, by the same zones and questions, and stands as it was written."""
    if job.folder is None:
        return None
    try:
        said = json.loads(_record(part, job).read_text(encoding="utf-8"))
        done = Done(**{**said, "counts": tuple(said["counts"])})
        same = done.key == key_of(kernel, part, job) and _target(part, job).stat().st_size == done.size
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return done if same else None


def attempt(kernel: Kernel, part: Part, job: Job) -> Done | Failed:
    """Do a part, or say why it cannot be done; only a full disk and the like end the whole run."""
    try:
        return do(kernel, part, job)
    except OutputError as error:
        return Failed(part.name, part.path, str(error), fatal=True)
    except DmzError as error:
        return Failed(part.name, part.path, str(error))


def do(kernel: Kernel, part: Part, job: Job) -> Done:
    """Answer a part and write it.

    Raises
    ------
    InputError
        Where it cannot be read to its end.
    OutputError
        Where it cannot be written.
    """
    before = known(kernel, part, job)
    if before is not None:
        return before
    tally = _Tally(kernel)
    if job.folder is None:
        _count(kernel, part, job, tally)
        return tally.done(key_of(kernel, part, job), part.name, 0)
    target = _target(part, job)
    with _whole(target) as temporary:
        writer = Writer(temporary, job.suffix)
        for batch in stream(part):
            table, found = answered(kernel, batch, job.where, job.prefix)
            tally.add(found, batch, job.where)
            with told(target):
                writer.write(table)
        with told(target):
            writer.close()
    done = tally.done(key_of(kernel, part, job), part.name, target.stat().st_size)
    record = _record(part, job)
    with _whole(record) as temporary:
        temporary.write_text(json.dumps(asdict(done)), encoding="utf-8")
    return done


class Writer:
    """Writes batches to a file, ``".parquet"`` or ``".csv"`` whatever it is called, small ones together."""

    def __init__(self, path: Path, suffix: str) -> None:
        self.path, self.suffix = path, suffix
        self._held: list[Any] = []
        self._rows = self._bytes = 0
        self._file: Any = None

    def write(self, batch: pa.RecordBatch | pa.Table) -> None:
        """Take a batch."""
        self._held.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """Write what is left, to the disk itself."""
        self._flush()
        if self._file is not None:
            self._file.close()
        with self.path.open("rb") as file:
            os.fsync(file.fileno())

    def _flush(self) -> None:
        if not self._held:
            return
        pa = needs_pyarrow()
        as_tables = [pa.Table.from_batches([one]) if isinstance(one, pa.RecordBatch) else one for one in self._held]
        table = pa.concat_tables(as_tables)
        if self.suffix == ".csv":
            table = _plain(table)
        if self._file is None:
            self._file = _sink(self.path, table.schema, self.suffix)
        self._file.write_table(table)
        self._held, self._rows, self._bytes = [], 0, 0


class _Tally:
    """Counts the answers of a part."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.counts = np.zeros(len(kernel.labels), np.int64)
        self.points = self.unplaced = self.skipped = 0
        self.swapped: bool | None = None

    def add(self, found: Answers, batch: Any, where: Where) -> None:
        """Count the answers of a batch."""
        counts = np.bincount(found.code, minlength=len(self.counts))
        self.counts += counts
        self.points += batch.num_rows
        if counts[0]:
            self.unplaced += int(counts[0]) if found.row is None else len(np.unique(found.row[found.code == 0]))
        if self.swapped is None:
            inside = (found.code > len(self.kernel.readings)).any()
            self.swapped = not inside and self._looks_swapped(batch, where)

    def skip(self, codes: Any, rows: int) -> None:
        """Count a row group that lies in one zone whole."""
        for code in codes:
            self.counts[code] += rows
        self.points += rows
        self.skipped += 1

    def done(self, key: str, name: str, size: int) -> Done:
        """Record of the part."""
        counts = tuple(self.counts.tolist())
        return Done(key, name, counts, self.points, self.unplaced, bool(self.swapped), size, self.skipped)

    def _looks_swapped(self, batch: Any, where: Where) -> bool:
        from dmz.locating.arrow import numbers, positions

        if where.geometry is None:
            xy = [numbers(batch.column(name), name) for name in where.names]
        else:
            found = positions(batch.column(where.geometry))
            if not isinstance(found, tuple):
                return False
            xy = [*found]
        return self.kernel.looks_swapped(xy[0], xy[1])


def sweep(folder: Path) -> int:
    """Delete what runs that are no more left half-written in a folder; return how many files that were."""
    swept = 0
    for path in folder.rglob(".*.tmp") if folder.is_dir() else ():
        host, _, pid = path.name.removesuffix(".tmp").rpartition(".")[0].rpartition("@")[2].rpartition("-")
        if host == _host() and pid.isdigit() and not _lives(int(pid)):
            path.unlink(missing_ok=True)
            swept += 1
    return swept


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what goes wrong with writing into an `OutputError`."""
    pa = needs_pyarrow()
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        if isinstance(error, DmzError):
            raise
        full = getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)
        way_out = "make room and run it again: finished parts are kept" if full else "choose a folder you may write to"
        raise OutputError(f"{path}: it cannot be written ({str(error).splitlines()[0]}): {way_out}") from error


@contextlib.contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """Path beside the target that takes its place when all has gone well, and is deleted otherwise."""
    temporary = target.with_name(f".{target.name}@{_host()}-{os.getpid()}.{next(_NUMBERS)}.tmp")
    try:
        with told(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with told(target):
            temporary.replace(target)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _count(kernel: Kernel, part: Part, job: Job, tally: _Tally) -> None:
    """Count the answers of a part: only its positions are read, and of trusted row groups in one zone the footer."""
    where = job.where
    for group in range(*part.groups) if part.groups else _groups_of(part):
        box = bounds_of(part, where, group) if job.trust_bounds and group is not None else None
        codes = None if box is None else kernel.box(*box)
        piece = part if group is None else Part(part.path, part.name, (group, group + 1), part.stamp, None)
        if codes is not None:
            tally.skip(codes, _rows_of(piece))
            continue
        for batch in stream(piece, where.names):
            tally.add(answers(kernel, batch, where), batch, where)


def _groups_of(part: Part) -> Any:
    """Row groups of a Parquet file; of another file, itself as the only one."""
    if part.rows is None:
        return (None,)
    import pyarrow.parquet as pq

    return range(pq.read_metadata(part.path).num_row_groups)


def _rows_of(part: Part) -> int:
    import pyarrow.parquet as pq

    assert part.groups is not None  # noqa: S101 - one row group
    return int(pq.read_metadata(part.path).row_group(part.groups[0]).num_rows)


def _sink(path: Path, schema: pa.Schema, suffix: str) -> Any:
    """Open a file to write tables to."""
    if suffix == ".csv":
        import pyarrow.csv as pc

        return pc.CSVWriter(path, schema)
    import pyarrow.parquet as pq

    return pq.ParquetWriter(path, schema, compression="zstd", compression_level=1)


def _plain(table: Any) -> Any:
    """Table as CSV can hold it: texts for dictionaries, WKT for WKB."""
    pa = needs_pyarrow()
    for at, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(at, field.name, table.column(at).cast(field.type.value_type))
        elif pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type):
            shapes = shapely.from_wkb(table.column(at).to_pylist(), on_invalid="ignore")
            texts = [None if text is None else str(text) for text in shapely.to_wkt(shapes, rounding_precision=-1)]
            table = table.set_column(at, field.name, pa.array(texts, pa.string()))
    return table.replace_schema_metadata(None)


def _target(part: Part, job: Job) -> Path:
    return Path(job.folder or ".") / f"{part.name}{job.suffix}"


def _record(part: Part, job: Job) -> Path:
    return Path(job.folder or ".") / RECORDS / f"{part.name}.json"


def _host() -> str:
    return socket.gethostname().replace("@", "-") or "here"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
