"""Read XLSX workbooks: one sheet, formulas as the values saved with them, archives that would burst refused."""

from __future__ import annotations

import itertools
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from dmz.errors import DmzError, InputError
from dmz.intake import table
from dmz.intake.cells import as_text, shown
from dmz.intake.columns import recognised
from dmz.intake.table import HEADER_WITHIN, Hints, Table

# Most bytes of a workbook when unpacked, and of how many one packed byte may stand for in a part that is large.
MAX_UNPACKED = 500_000_000
MAX_RATIO = 150
LARGE_PART = 20_000_000
MAX_PARTS = 10_000
# Excel's own limit.
MAX_ROWS = 1_048_576
# A declaration of document type: no office program writes one, and entities that multiply need it.
DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
FORMULA = re.compile(rb"<f[ >]")
PIECE = 1 << 20


def read_workbook(path: Path, hints: Hints) -> Table:
    """Read one sheet of a workbook.

    Raises
    ------
    InputError
        A damaged, locked or bursting archive; no such sheet; no rows below the header.
    """
    formulas = _refuse_bombs(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that are not read
            return _read(path, hints, formulas=formulas)
    except DmzError:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part makes it stumble over
        reason = shown(str(error) or type(error).__name__)
        raise InputError(
            f"{path}: it cannot be read as a workbook ({reason}): save it again as XLSX, or as CSV"
        ) from error


def _refuse_bombs(path: Path) -> bool:
    """Look at an archive before anything is unpacked; whether its sheets have formulas."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _check_sizes(path, parts)
            if "xl/workbook.xml" not in archive.namelist():
                raise InputError(f"{path}: it is no XLSX workbook: save it as XLSX, or as CSV")
            found = [_scan(path, archive, part) for part in parts if part.filename.endswith((".xml", ".rels"))]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        if isinstance(error, DmzError):
            raise
        raise InputError(
            f"{path}: it is damaged, or not whole ({shown(str(error))}): fetch or save it again"
        ) from error
    return any(found)


def _check_sizes(path: Path, parts: Sequence[zipfile.ZipInfo]) -> None:
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED or len(parts) > MAX_PARTS:
        raise InputError(
            f"{path}: unpacked it would have {unpacked / 1e6:,.0f} MB in {len(parts):,} parts, and at most"
            f" {MAX_UNPACKED / 1e6:,.0f} MB are read: save the sheet as CSV"
        )
    for part in parts:
        if part.file_size > LARGE_PART and part.file_size > MAX_RATIO * part.compress_size:
            times = f"{part.file_size / max(part.compress_size, 1):,.0f} times its size"
            raise InputError(f"{path}: its part {shown(part.filename)} unpacks to {times}, as none does: it is refused")
        if part.flag_bits & 1:
            raise InputError(f"{path}: it is locked with a password: save it without one")


def _scan(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Refuse a document type; whether a sheet has formulas."""
    formulas, tail = False, b""
    sheet = part.filename.startswith("xl/worksheets/")
    with archive.open(part) as file:
        while piece := file.read(PIECE):
            text = tail + piece
            if DOCTYPE.search(text):
                raise InputError(f"{path}: its part {shown(part.filename)} declares a document type: it is refused")
            formulas = formulas or (sheet and bool(FORMULA.search(text)))
            tail = text[-16:]
    return formulas


def _read(path: Path, hints: Hints, *, formulas: bool) -> Table:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        sheet, notes = _sheet(path, book, hints.sheet)
        rows = _rows(path, sheet)
        head = list(itertools.islice(rows, 2 * HEADER_WITHIN))
        if formulas:
            notes.append("formulas are read as the values saved with them")
        return _columns(
            path, itertools.chain(head, rows), _header(path, head, hints), notes, mac=book.epoch == CALENDAR_MAC_1904
        )
    finally:
        book.close()


def _sheet(path: Path, book: Any, name: str | None) -> tuple[Any, list[str]]:
    """Sheet named, else the first that is not hidden, with a note where there are others."""
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if name is not None:
        if name not in sheets:
            raise InputError(f"{path}: no sheet {shown(name)}; it has {', '.join(map(shown, sheets))}")
        return sheets[name], []
    seen = [sheet for sheet in sheets.values() if sheet.sheet_state == "visible"]
    if not seen:
        raise InputError(f"{path}: it has no sheet that is not hidden: say Hints(sheet=...)")
    others = [shown(title) for title in sheets if title != seen[0].title]
    note = f"sheet {shown(seen[0].title)} is read; not read: {', '.join(others)}: say Hints(sheet=...) for another"
    return seen[0], [note] if others else []


def _rows(path: Path, sheet: Any) -> Iterator[tuple[Any, ...]]:
    """Rows of a sheet, which must not pretend to be wider or longer than a sheet can be."""
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > MAX_ROWS:
            raise InputError(f"{path}: it has more than {MAX_ROWS:,} rows, as no sheet does: it is refused")
        table.check_width(path, number, len(row))
        yield row


def _texts(row: Sequence[Any]) -> list[str]:
    return [text.strip() for text in as_text(pd.Series(list(row), dtype=object))]


def _header(path: Path, head: Sequence[Sequence[Any]], hints: Hints) -> int:
    """Place of the header: the first row with both coordinates, else the first that is not blank."""
    said = [place for place, row in enumerate(head) if any(_texts(row))]
    if not said:
        raise InputError(f"{path}: its sheet is empty")
    known = (at for at in said[:HEADER_WITHIN] if recognised(_texts(head[at]), hints.columns)[0])
    return next(known, said[0])


def _columns(path: Path, rows: Iterator[tuple[Any, ...]], at: int, notes: list[str], *, mac: bool) -> Table:
    """Part rows into columns below their header."""
    above = [texts for texts in (_texts(next(rows)) for _ in range(at)) if any(texts)]
    header = _texts(next(rows))
    while not header[-1]:
        header.pop()
    kept: list[list[Any]] = []
    numbers: list[int] = []
    misfits: dict[int, str] = {}
    beyond: dict[int, str] = {}
    for number, row in enumerate(rows, start=at + 2):
        if all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row):
            continue
        if not kept and table.is_hxl(_texts(row)):
            notes.append("a row of HXL tags below the header, not read")
            continue
        over = [text for text in _texts(row[len(header) :]) if text] if len(row) > len(header) else []
        if over:
            misfits[len(kept)] = f"it has cells beyond the header's {len(header)}: name their columns, or empty them"
            beyond[len(kept)] = "; ".join(over)
        kept.append([*row[: len(header)], *[None] * (len(header) - len(row))])
        numbers.append(number)
    if not kept:
        raise InputError(f"{path}: its sheet has a header ({', '.join(header[:6])} …) and no rows")
    names = table.unique_names(header)
    cells = {name: pd.Series(column, dtype=object) for name, column in zip(names, zip(*kept, strict=True), strict=True)}
    frame = pd.DataFrame(cells)
    if beyond:
        frame[table.free_name("beyond the header", names)] = [beyond.get(place) for place in range(len(kept))]
    told = [*table.note_above(above), *notes]  # blank rows of a sheet are most often only formatted
    return Table(frame, np.array(numbers, dtype=np.int64), misfits=misfits, notes=tuple(told), epoch_1904=mac)
