"""Write a set of files whole or not at all."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from dmz.errors import OutputError

# A staged file older than this has no writer any more, seconds.
ORPHAN_S = 3600.0


def write_whole(files: Mapping[Path, str | bytes]) -> list[Path]:
    """Write texts, or bytes, to files, replacing what stands there only when all of them are safely on the disk.

    Parameters
    ----------
    files
        Path to text, written as UTF-8 with line feeds (a lone half of a surrogate pair, which is no character, as a
        question mark), or to bytes, written as they are; replaced in this order.

    Returns
    -------
    list of pathlib.Path
        The paths, in the same order.

    Raises
    ------
    OutputError
        Where a folder or file cannot be written; whatever stood there before still stands.
    """
    staged: list[tuple[Path, Path]] = []
    for folder in {path.parent for path in files}:
        _sweep(folder)
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            staged.append((_stage(path, content), path))
        _replace(staged)
    except OSError as error:
        where = error.filename2 or error.filename or next(iter(files))
        raise OutputError(f"{where}: cannot be written ({error.strerror}): choose a folder you may write to") from error
    finally:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
    return list(files)


def _replace(staged: Sequence[tuple[Path, Path]]) -> None:
    """Put every staged file in its place; where one may not be replaced, those before it are put back as they were."""
    placed: list[tuple[Path, bool, Path | None]] = []
    try:
        for temporary, path in staged:
            temporary.touch()  # the last file is the newest, also than its neighbours' folders: make can go by it
            there = path.exists()
            placed.append((path, there, _second_name(path) if there else None))
            temporary.replace(path)
    except OSError:
        for path, there, old in reversed(placed[:-1]):
            if old is not None:
                old.replace(path)
            elif not there:
                path.unlink(missing_ok=True)
        raise
    finally:
        for _, _, old in placed:
            if old is not None:
                old.unlink(missing_ok=True)


def _second_name(path: Path) -> Path | None:
    """Give a file a second name, by which it outlives being replaced; None where the disk knows no such thing."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    Path(name).unlink()
    try:
        os.link(path, name)
    except OSError:
        return None
    return Path(name)


def _sweep(folder: Path) -> None:
    """Delete what writers that were killed left behind; one that is still at work is never so old."""
    for left in folder.glob(".*.tmp"):
        try:
            if time.time() - max(left.stat().st_mtime, left.stat().st_ctime) > ORPHAN_S:
                left.unlink()
        except OSError:  # another writer swept it, or it is nobody's to delete
            continue


def _stage(path: Path, content: str | bytes) -> Path:
    """Write a content beside its place, to the disk itself."""
    raw = content.encode("utf-8", "replace") if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
