"""Part a text into records, so that a quote that is never closed costs one line and not all that follow."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dmz.errors import InputError

UNCLOSED = "a quote is opened and not closed"
LOOSE = "text follows a closing quote"
# How many times over a text may be read because of quotes that are not closed.
MOST_READ = 8


class Record(NamedTuple):
    """Cells of one row, its first and last line, counted from 1, and what is wrong with its quotes."""

    cells: list[str]
    first: int
    last: int
    fault: str


class Records(Iterator[Record]):
    """Records of a text, in order.

    Parameters
    ----------
    path
        File, for the message.
    text
        All of it.
    delimiter
        What parts two cells.

    Raises
    ------
    InputError
        Where quotes are not closed in so many rows that the text would be read over and over.

    Notes
    -----
    A quoted cell may hold line ends. Where its end is not found, or is followed by text, only its first line is taken
    for the record, and the lines it had swallowed are read anew.
    """

    def __init__(self, path: Path, text: str, delimiter: str) -> None:
        self.path, self.delimiter = path, delimiter
        self.lines = _Lines(text)
        self.reader = csv.reader(self.lines, delimiter=delimiter, strict=True)
        self.budget = MOST_READ * (text.count("\n") + text.count("\r") + 1)

    def __next__(self) -> Record:
        """Return the next record."""
        lines = self.lines
        lines.taken.clear()
        first = lines.count + 1
        try:
            return Record(next(self.reader), first, lines.count, "")
        except csv.Error:
            line = lines.taken[0]
            self.budget -= len(lines.taken)
            if self.budget < 0:
                raise InputError(f"{self.path}: quotes are not closed in too many rows, as in line {first}") from None
            lines.put_back()
            fault = UNCLOSED if line.count('"') % 2 else LOOSE
            return Record(next(csv.reader([line], delimiter=self.delimiter)), first, first, fault)


class _Lines(Iterator[str]):
    """Lines of a text, of which those taken last can be put back."""

    def __init__(self, text: str) -> None:
        self.source = io.StringIO(text, newline="")
        self.back: list[str] = []
        self.taken: list[str] = []
        self.count = 0

    def __next__(self) -> str:
        line = self.back.pop() if self.back else next(self.source)
        self.taken.append(line)
        self.count += 1
        return line

    def put_back(self) -> None:
        """Put back all but the first of those taken."""
        self.count -= len(self.taken) - 1
        self.back.extend(reversed(self.taken[1:]))
