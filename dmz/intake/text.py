"""Read text files of rows and cells: encoding, delimiter, header, rows that do not fit it."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from dmz.errors import InputError
from dmz.intake import table
from dmz.intake.cells import shown
from dmz.intake.columns import recognised
from dmz.intake.records import UNCLOSED, Record, Records
from dmz.intake.table import HEADER_WITHIN, Hints, Table

# Most bytes of a text file: beyond it, one machine's memory does not hold its cells.
MAX_BYTES = 2_000_000_000
DELIMITERS = ",;\t|"
# Characters looked at to find delimiter and header.
SAMPLE = 200_000
# Rows turned into columns at a time; few, so that their lists are gone before the garbage collector counts them.
CHUNK = 500
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# A first line by which Excel is told the delimiter.
SEPARATOR = re.compile(r"sep=(.?)\r?")
# Signs no text has: their presence tells a picture or a program from a table.
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# The csv module has one limit of cell length for the whole program.
LIMIT = threading.Lock()


def read_text(path: Path, hints: Hints) -> Table:
    """Read a text file whose cells are parted by commas, semicolons, tabs or bars.

    Raises
    ------
    InputError
        Empty, larger than 2 GB, not text, no rows below the header.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise InputError(f"{path}: it has {size / 1e9:.1f} GB, and at most {MAX_BYTES / 1e9:g} are read: split it")
    text, notes = decode(path, path.read_bytes(), hints.encoding)
    if not text.strip():
        raise InputError(f"{path}: it is empty")
    told, _, rest = text.partition("\n")
    separator = SEPARATOR.fullmatch(told)
    delimiter, at = (separator[1], None) if separator and separator[1] else _dialect(text, hints)
    if at is None:
        at = _header_at(_sample(rest, delimiter), hints) + 1
    return _columns(path, text, delimiter, at, notes)


def decode(path: Path, data: bytes, encoding: str | None) -> tuple[str, list[str]]:
    """Turn bytes into text, with a note where the encoding was a guess.

    Raises
    ------
    InputError
        Not text, or not in the encoding named.
    """
    guess = encoding or next((name for mark, name in MARKS if data.startswith(mark)), None) or _without_mark(data)
    notes = []
    try:
        text = data.decode(guess)
    except LookupError as error:
        raise InputError(f"{path}: there is no encoding {shown(encoding)}; utf-8, cp1252, cp1256 are some") from error
    except UnicodeDecodeError as error:
        if encoding or guess != "utf-8":
            raise InputError(f"{path}: byte {error.start:,} is not {guess}: save it as UTF-8") from error
        text = _windows(path, data)
        notes = ["read as Windows' cp1252, as it is not UTF-8: look at its accents, or say Hints(encoding=...)"]
    if "\x00" in text:
        raise InputError(
            f"{path}: it is not text (a zero at character {text.index(chr(0)):,}): save it as CSV in UTF-8"
        )
    return text.removeprefix("\ufeff"), notes


def _without_mark(data: bytes) -> str:
    head = data[:4000]
    half = len(head) // 4
    if half and head[1::2].count(0) > half:
        return "utf-16-le"
    return "utf-16-be" if half and head[::2].count(0) > half else "utf-8"


def _windows(path: Path, data: bytes) -> str:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: it is neither UTF-8 nor Windows' cp1252: save it as UTF-8, or say Hints(encoding=...)"
        ) from error
    if CONTROL.search(text):
        raise InputError(f"{path}: it is not text: save it as CSV in UTF-8")
    return text


def _dialect(text: str, hints: Hints) -> tuple[str, int]:
    """Delimiter under which the file has a header we know, and the place of that header among its rows."""
    best, score = (",", 0), (False, 0, 0)
    for delimiter in DELIMITERS:
        rows = _sample(text, delimiter)
        at = _header_at(rows, hints)
        here = (*recognised(map(str.strip, rows[at]), hints.columns), len(rows[at])) if rows else score
        if here > score:
            best, score = (delimiter, at), here
    return best


def _sample(text: str, delimiter: str) -> list[list[str]]:
    """First rows of a text."""
    rows = []
    with _long_cells(len(text)):
        for row in csv.reader(io.StringIO(text[:SAMPLE], newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) > 2 * HEADER_WITHIN:
                break
    return rows


def _header_at(rows: Sequence[Sequence[str]], hints: Hints) -> int:
    """Place of the header: the first row with both coordinates, else the first that is not blank."""
    said = [place for place, row in enumerate(rows) if any(map(str.strip, row))]
    known = (at for at in said[:HEADER_WITHIN] if recognised(map(str.strip, rows[at]), hints.columns)[0])
    return next(known, said[0] if said else 0)


@contextmanager
def _long_cells(most: int) -> Iterator[None]:
    """Let cells be as long as the text: a quote that is never closed makes one cell of all that follows."""
    with LIMIT:
        before = csv.field_size_limit(min(max(most, 131_072), 2**31 - 1))
        try:
            yield
        finally:
            csv.field_size_limit(before)


def _columns(path: Path, text: str, delimiter: str, at: int, notes: list[str]) -> Table:
    """Part a text into columns below its header."""
    with _long_cells(len(text)):
        records = Records(path, text, delimiter)
        above = [record.cells for record in itertools.islice(records, at)]
        unseen = (
            bool(above) and SEPARATOR.fullmatch("".join(above[0])) is not None
        )  # spreadsheets do not show that line
        header = next(records).cells
        table.check_width(path, at + 1, len(header))
        sorter = _Sorter(path, [cell.strip() for cell in header], at + 1 - unseen, delimiter)
        sorter.take(records)
    above = [row for row in above[unseen:] if any(map(str.strip, row))]
    told = [*notes, *table.note_above(above), *sorter.notes()]
    if not sorter.number:
        raise InputError(f"{path}: it has a header ({', '.join(map(shown, sorter.header[:6]))} …) and no rows")
    number = np.array(sorter.number, dtype=np.int64)
    return Table(sorter.frame(), number, misfits=sorter.misfits, doubts=sorter.doubts, notes=tuple(told))


class _Sorter:
    """Sort records into columns, setting aside what does not fit the header."""

    def __init__(self, path: Path, header: list[str], number: int, delimiter: str) -> None:
        self.path, self.header, self.delimiter = path, header, delimiter
        self.row = number
        self.columns: list[list[str]] = [[] for _ in header]
        self.seen: list[dict[str, str]] = [{} for _ in header]  # each different text is held once
        self.number: list[int] = []
        self.misfits: dict[int, str] = {}
        self.doubts: dict[int, str] = {}
        self.beyond: dict[int, str] = {}
        self.blank = 0
        self.tagged = False

    def take(self, records: Iterator[Record]) -> None:
        """Sort all records."""
        chunk: list[list[str]] = []
        width = len(self.header)
        for record in records:
            self.row += 1
            row, first, last, fault = record
            if not any(map(str.strip, row)):
                self.blank += 1
            elif not self.number and not self.tagged and table.is_hxl(row):
                self.tagged = True
            else:
                if fault or first != last or len(row) != width:
                    row = self._fit(record)
                chunk.append(row)
                self.number.append(self.row)
            if len(chunk) >= CHUNK:
                self._store(chunk)
        self._store(chunk)

    def frame(self) -> pd.DataFrame:
        """Columns by their names, what stood beyond the header in one more."""
        names = table.unique_names(self.header)
        columns = dict(zip(names, self.columns, strict=True))
        frame = pd.DataFrame({name: pd.Series(column, dtype="str") for name, column in columns.items()})
        if self.beyond:
            rest = [self.beyond.get(place, "") for place in range(len(frame))]
            frame[table.free_name("beyond the header", names)] = pd.Series(rest, dtype="str")
        return frame

    def notes(self) -> list[str]:
        """What there is to tell of the whole."""
        tags = ["a row of HXL tags below the header, not read"] if self.tagged else []
        return [*tags, *table.note_blank(self.blank)]

    def _fit(self, record: Record) -> list[str]:
        """Make a row as wide as the header, and say what is wrong with it."""
        row, first, last, fault = record
        width, place = len(self.header), len(self.number)
        table.check_width(self.path, self.row, len(row))
        lines = f" (lines {first} to {last})" if last > first else ""
        if fault == UNCLOSED:
            self.misfits[place] = f"{fault} in line {first}"
        elif len(row) < width or any(map(str.strip, row[width:])):
            cells = f"it has {len(row)} cells{lines}, the header {width}"
            self.misfits[place] = f"{cells}: put quotes round a cell that holds {shown(self.delimiter)}, and close them"
        elif fault:
            self.doubts[place] = f"{fault} in line {first}"
        elif any(self._looks_like_rows(cell) for cell in row):
            self.doubts[place] = f"a cell of it holds what looks like rows{lines}: a quote may not be closed"
        if any(map(str.strip, row[width:])):
            self.beyond[place] = self.delimiter.join(row[width:])
        return [*row[:width], *[""] * (width - len(row))]

    def _looks_like_rows(self, cell: str) -> bool:
        """Whether a line inside a cell has as many delimiters as a row."""
        least = max(len(self.header) - 1, 2)
        return any(line.count(self.delimiter) >= least for line in cell.splitlines()[1:])

    def _store(self, chunk: list[list[str]]) -> None:
        for column, seen, cells in zip(self.columns, self.seen, zip(*chunk, strict=True), strict=True) if chunk else ():
            column.extend(map(seen.setdefault, cells, cells))
        chunk.clear()
