"""Print tables for a person to read, widths fitted, and write them as CSV, whole or not at all."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.cells import cell_len

from dmz.errors import InputError
from dmz.files import write_whole
from dmz.report import csv_text

UNKNOWN, NO_ROWS = "unknown", "no rows"
# Characters of a cell before it goes on in a further line, and between columns.
WIDEST, BETWEEN = 40, "  "
# Characters a heading may take before it goes on in a further line, where its column is narrower.
NARROWEST = 12


@dataclass(frozen=True)
class Column:
    """How a column is printed.

    Parameters
    ----------
    heading
        What stands above it, with the unit.
    digits
        Digits after the point of a number; None prints it as it is.
    times
        What numbers are multiplied by: 100 for a share in per cent.
    absent
        What a missing value means here; never blank, never 0.
    widest
        Characters of a line of it.
    """

    heading: str
    digits: int | None = None
    times: float = 1.0
    absent: str = UNKNOWN
    widest: int = WIDEST


def text_of(table: pd.DataFrame, columns: Mapping[str, Column]) -> str:
    """Table as lines of text, numbers to the right, long cells over several lines.

    Parameters
    ----------
    table
        Any table; only the columns named are printed.
    columns
        Column of the table to how it is printed, in this order.

    Returns
    -------
    str
        Lines that end in a line feed; of a table without rows the headings and ``no rows``.

    Raises
    ------
    InputError
        Where the table has no such column.

    Examples
    --------
    >>> roads = pd.DataFrame({"road": ["m4", "m5"], "length_km": [12.345, None]})
    >>> print(text_of(roads, {"road": Column("road"), "length_km": Column("length, km", digits=1)}), end="")
    road  length, km
    ----  ----------
    m4          12.3
    m5       unknown
    """
    if absent := [name for name in columns if name not in table]:
        raise InputError(f"the table has no column {', '.join(absent)}; it has {', '.join(map(str, table.columns))}")
    cells = [[[*_wrapped(_shown(value, how), how.widest)] for value in table[name]] for name, how in columns.items()]
    right = [how.digits is not None or _is_number(table[name]) for name, how in columns.items()]
    widths = [
        max(
            [cell_len(line) for cell in column for line in cell]
            + [cell_len(word) for word in how.heading.split()]
            + [min(cell_len(how.heading), NARROWEST)]
        )
        for column, how in zip(cells, columns.values(), strict=True)
    ]
    heads = [[*_wrapped(how.heading, width)] for how, width in zip(columns.values(), widths, strict=True)]
    widths = [max(width, *map(cell_len, head)) for width, head in zip(widths, heads, strict=True)]
    lines = [*_row(heads, widths, right, below=True), BETWEEN.join("-" * width for width in widths)]
    for row in zip(*cells, strict=True):
        lines += _row(row, widths, right)
    return "\n".join([*lines, *([] if len(table) else [NO_ROWS])]) + "\n"


def write_csv(table: pd.DataFrame, path: Path) -> Path:
    """Write every column of a table but its geometry, as `dmz.report.csv_text` has it; unknown is empty.

    Raises
    ------
    InputError
        Where the file would be called something else than ``.csv``.
    OutputError
        Where it cannot be written; what stood there before still stands.
    """
    if path.suffix.lower() != ".csv":
        raise InputError(f"{path}: tables are written as CSV: give a name that ends in .csv")
    return write_whole({path: csv_text(table)})[0]


def _is_number(values: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values))


def _shown(value: Any, how: Column) -> str:
    """Value as a person reads it, on one line."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return how.absent
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    if how.digits is not None:
        return f"{round(float(value) * how.times, how.digits) + 0.0:.{how.digits}f}"
    if str(value) in {"True", "False"}:
        return "yes" if value else "no"
    printable = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return " ".join(printable.split()) or how.absent


def _wrapped(text: str, widest: int) -> Iterator[str]:
    """Lines of a text, broken between words; a word alone may be wider."""
    line = ""
    for word in text.split():
        if line and cell_len(line) + 1 + cell_len(word) > widest:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def _row(
    cells: Sequence[Sequence[str]], widths: Sequence[int], right: Sequence[bool], *, below: bool = False
) -> Iterator[str]:
    """Lines of one row; shorter cells stand at its top, or at its bottom."""
    height = max(map(len, cells))
    for number in range(height):
        line = []
        for cell, width, to_right in zip(cells, widths, right, strict=True):
            at = number - (height - len(cell)) if below else number
            text = cell[at] if 0 <= at < len(cell) else ""
            room = " " * (width - cell_len(text))
            line.append(room + text if to_right else text + room)
        yield BETWEEN.join(line).rstrip()
