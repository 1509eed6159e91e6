"""Answer files of any size: part by part, on all cores or a cluster, so that a run that was killed goes on."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dmz.errors import InputError, OutputError
from dmz.locating import pool
from dmz.locating.kernel import LABELS, Kernel
from dmz.locating.parts import Done, Failed, Job, Writer, known, sweep, told
from dmz.locating.sources import PART_ROWS, Part, Source, opened, where_of

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".parquet", ".csv")


@dataclass(frozen=True)
class Settings:
    """How files are read and written.

    Parameters
    ----------
    lon, lat
        Columns with longitude and latitude, where there is no geometry and their names do not tell.
    prefix
        What the names of the new columns begin with.
    cores
        Processes of this machine at most; None: as many as it has.
    part_rows
        Rows of one file that are done together: what a run that was killed does again at most, a core.
    trust_bounds
        Where points are only counted: whether row groups whose bounds, in the footer of the file, lie in one zone are
        counted without being read. Footers do not tell of coordinates that are no numbers: these would be counted in
        that zone.
    progress
        Called with the parts that are done and all parts.
    """

    lon: str | None = None
    lat: str | None = None
    prefix: str = ""
    cores: int | None = None
    part_rows: int = PART_ROWS
    trust_bounds: bool = False
    progress: Callable[[int, int], None] | None = None


@dataclass(frozen=True)
class Run:
    """What a run came to.

    Parameters
    ----------
    out
        File or folder that was written; None where nothing was asked for, or it could not be.
    counts
        Points, or answers, in each zone and outside: columns ``zone``, ``reading``, ``party``, ``band``, ``points``.
    points
        Rows that were read.
    unplaced
        Of them, those without a place on Earth: kept, with empty answers.
    parts
        How many parts there were.
    kept
        Of them, those that an earlier run had finished.
    skipped
        Row groups that were answered from the footer of their file.
    swapped
        Whether longitude and latitude seem swapped.
    failed
        What could not be read, a sentence each; the rest is done.
    """

    out: Path | None
    counts: pd.DataFrame
    points: int
    unplaced: int
    parts: int
    kept: int
    skipped: int
    swapped: bool
    failed: tuple[str, ...]


def run(
    path: str | Path,
    kernel: Kernel,
    out: str | Path | None = None,
    *,
    client: Any = None,
    settings: Settings | None = None,
) -> Run:
    """Answer a file or a folder of files.

    Parameters
    ----------
    path
        GeoParquet, Parquet, CSV, FlatGeobuf; or a folder of files of one kind and one schema.
    kernel
        As `kernel_of` makes it.
    out
        Of a file, the file to write, ``.parquet`` or ``.csv``; of a folder, the folder to write, one file each, with
        the same names below it. None: points are counted, only their positions are read, and nothing is written.
    client
        ``distributed.Client``, or the address of a scheduler, whose workers see the same folders.
    settings
        How files are read and written.

    Returns
    -------
    Run
        What it came to.

    Raises
    ------
    InputError, MissingInputError, CRSError
        Where nothing can be read: columns that are not there, schemas that differ, another CRS.
    OutputError
        Where it cannot be written; parts that are finished are kept, and the next run goes on from there.
    ClusterError
        Where the cluster cannot be reached or goes away; likewise.

    Notes
    -----
    Every part is written beside its place and put there when it is whole, then its record (`dmz.locating.parts`). A
    part whose record is of the same file, zones and questions is not done again.
    """
    how = settings or Settings()
    source = opened(Path(path), how.part_rows)
    where = where_of(source.schema, Path(path), how.lon, how.lat)
    _check_names(kernel, source, how.prefix, path)
    place = _Place(Path(path), None if out is None else Path(out), source.is_folder)
    job = Job(None if place.folder is None else str(place.folder), place.suffix, where, how.prefix, how.trust_bounds)
    if place.folder is not None:
        sweep(place.folder)
    before = {part.name: one for part in source.parts if (one := known(kernel, part, job)) is not None}
    left = [part for part in source.parts if part.name not in before]
    failed, done = [reason for _, reason in source.broken], dict(before)
    for count, end in enumerate(_ends(kernel, left, job, client, how), 1):
        if isinstance(end, Failed):
            failed.append(end.reason)
        else:
            done[end.name] = end
        if how.progress is not None:
            how.progress(len(before) + count, len(source.parts))
    written = place.finish([part for part in source.parts if part.name in done], complete=not failed)
    return _summary(kernel, [*done.values()], written, failed, (len(source.parts), len(before)))


def _ends(kernel: Kernel, parts: Sequence[Part], job: Job, client: Any, how: Settings) -> Iterator[Done | Failed]:
    """What every part came to, as they are done.

    Raises
    ------
    OutputError
        Where no other part could be written either.
    """
    if not parts:
        return
    kernel.expect(sum(part.rows or 0 for part in parts))
    if client is None:
        ends = pool.run(kernel, parts, job, how.cores or os.cpu_count() or 1)
    else:
        from dmz.locating import cluster

        ends = cluster.run(client, kernel, parts, job)
    with contextlib.closing(ends):
        for end in ends:
            if isinstance(end, Failed) and end.fatal:
                raise OutputError(end.reason)
            yield end


class _Place:
    """Where a run writes: a folder of parts, or a folder beside a file from which that is put together."""

    def __init__(self, path: Path, out: Path | None, of_folder: bool) -> None:
        self.out, self.of_folder = out, of_folder
        self.suffix = ".parquet" if out is None or of_folder else out.suffix.lower()
        if out is None:
            self.folder = None
            return
        _check_out(path, out, of_folder=of_folder)
        self.folder = out if of_folder else out.with_name(f".{out.name}.parts")

    def finish(self, parts: Sequence[Part], *, complete: bool) -> Path | None:
        """Put a file together from its parts, if all are there."""
        if self.out is None or self.folder is None:
            return None
        if self.of_folder:
            return self.out
        if not complete:
            return None
        files = [self.folder / f"{part.name}{self.suffix}" for part in parts]
        joined = files[0] if len(files) == 1 else _joined(files, self.folder / f"whole{self.suffix}", self.suffix)
        with told(self.out):
            joined.replace(self.out)
        shutil.rmtree(self.folder, ignore_errors=True)
        return self.out


def _joined(files: Sequence[Path], whole: Path, suffix: str) -> Path:
    """One file of several, group by group."""
    with told(whole):
        if suffix == ".csv":
            with whole.open("wb") as target:
                for number, file in enumerate(files):
                    with file.open("rb") as source:
                        if number:
                            source.readline()
                        shutil.copyfileobj(source, target)
            return whole
        import pyarrow.parquet as pq

        writer = Writer(whole, suffix)
        for file in files:
            with pq.ParquetFile(file) as source:
                for group in range(source.num_row_groups):
                    writer.write(source.read_row_group(group, use_threads=False))
        writer.close()
    return whole


def _check_out(path: Path, out: Path, *, of_folder: bool) -> None:
    """Refuse to write over what is read, into it, or a kind of file that is not known."""
    source, target = path.resolve(), out.resolve()
    if source == target or (of_folder and source in target.parents):
        raise InputError(f"{out}: it is, or lies in, what is read: give another place to write to")
    if of_folder:
        if out.is_file():
            raise InputError(f"{out}: it is a file, and of a folder a folder is made: give another name")
        return
    if out.suffix.lower() not in SUFFIXES:
        raise InputError(f"{out}: give a name that ends in {' or '.join(SUFFIXES)}")
    if out.is_dir():
        raise InputError(f"{out}: it is a folder, and of a file a file is made: give another name")


def _check_names(kernel: Kernel, source: Source, prefix: str, path: str | Path) -> None:
    from dmz.locating.asking import check_names

    check_names(kernel, source.schema.names, prefix, where=str(path))


def _summary(
    kernel: Kernel, done: Sequence[Done], written: Path | None, failed: Sequence[str], parts: tuple[int, int]
) -> Run:
    """What a run came to; `parts` are all of them, and those that were done before."""
    import pandas as pd

    counts = np.sum([one.counts for one in done], axis=0) if done else np.zeros(len(kernel.labels), int)
    table = pd.DataFrame(kernel.labels, columns=[*LABELS]).assign(points=np.asarray(counts, dtype=np.int64))
    points = sum(one.points for one in done)
    return Run(
        out=written,
        counts=table.iloc[1:].reset_index(drop=True),
        points=points,
        unplaced=sum(one.unplaced for one in done),
        parts=parts[0],
        kept=parts[1],
        skipped=sum(one.skipped for one in done),
        swapped=bool(done) and all(one.swapped for one in done if one.points) and points > 0,
        failed=tuple(failed),
    )
