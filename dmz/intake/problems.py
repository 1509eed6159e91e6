"""Name the problems a row can have, and keep the list of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from dmz.intake.cells import shown


@dataclass(frozen=True)
class Problem:
    """One kind of problem: what it is called in a sentence, and whether its rows are kept."""

    said: str
    kept: bool


# In the order in which they are listed. Rows with a problem that is not kept are left out.
PROBLEMS = {
    "cells": Problem("cells that do not match the header", kept=False),
    "no-point": Problem("geometry that is no point", kept=False),
    "no-coordinates": Problem("no coordinates", kept=False),
    "coordinate-text": Problem("text in a coordinate", kept=False),
    "off-earth": Problem("coordinates that are no degrees", kept=False),
    "swapped": Problem("swapped axes", kept=False),
    "null-island": Problem("0, 0 for a coordinate", kept=False),
    "far": Problem("far outside the theatre", kept=False),
    "no-date": Problem("no date", kept=False),
    "bad-date": Problem("bad date", kept=False),
    "ambiguous-date": Problem("day or month first, not decided", kept=False),
    "duplicate-id": Problem("duplicate id", kept=False),
    "quotes": Problem("quotes that may be wrong", kept=True),
    "contested-id": Problem("id that other, left-out rows had too", kept=True),
    "repeated-row": Problem("the same in every cell as an earlier row", kept=True),
    "perhaps-swapped": Problem("perhaps swapped axes", kept=True),
    "whole-degrees": Problem("coordinates in whole degrees", kept=True),
    "undated": Problem("date that cannot be used", kept=True),
    "two-digit-year": Problem("year of two digits", kept=True),
    "excel-serial": Problem("day number of a spreadsheet", kept=True),
    "outlying-date": Problem("date far from all others", kept=True),
    "bad-count": Problem("count that is no whole number", kept=True),
    "bad-precision": Problem("precision that cannot be used", kept=True),
    "unknown-precision": Problem("precision unknown", kept=True),
}
# No doubt, only something not known: listed, but no reason to warn.
QUIET = {"unknown-precision"}


@dataclass
class Ledger:
    """Problems found so far.

    Parameters
    ----------
    number
        Shape (n,), number of each row in the file.
    noun
        ``"row"`` or ``"feature"``.
    spared
        Shape (n,), rows about which nothing more is to be said.
    """

    number: NDArray[np.int64]
    noun: str
    spared: NDArray[np.bool_]
    entries: list[pd.DataFrame] = field(default_factory=list)

    def name(self, position: int) -> str:
        """How to speak of a row."""
        return f"{self.noun} {self.number[position]}"

    def add(
        self,
        code: str,
        where: ArrayLike,
        message: str | Sequence[str],
        *,
        column: str = "",
        cells: NDArray[np.object_] | None = None,
    ) -> None:
        """Enter a problem of many rows.

        Parameters
        ----------
        code
            One of `PROBLEMS`.
        where
            Positions of the rows.
        message
            One for all, or one each. Where cells are given, column and cell are put before it.
        column
            Column of the file it is in.
        cells
            Its cells, as text.
        """
        rows = np.asarray(where, dtype=np.intp)
        held = ~self.spared[rows]
        messages = [message] * len(rows) if isinstance(message, str) else list(message)
        rows, messages = rows[held], [one for one, hold in zip(messages, held, strict=True) if hold]
        if not len(rows):
            return
        quoted = [shown(cells[row]) for row in rows] if cells is not None else [""] * len(rows)
        if cells is not None:
            messages = [_with_cell(one, column, cell) for one, cell in zip(messages, quoted, strict=True)]
        entry = {"position": rows, "problem": code, "column": column, "cell": quoted, "message": messages}
        self.entries.append(pd.DataFrame(entry))

    def left_out(self) -> NDArray[np.bool_]:
        """Shape (n,): whether each row has a problem for which it is left out."""
        out = np.zeros(len(self.number), dtype=bool)
        for entry in self.entries:
            if not PROBLEMS[entry["problem"].iloc[0]].kept:
                out[entry["position"].to_numpy()] = True
        return out

    def listed(self) -> pd.DataFrame:
        """All problems by row, then as `PROBLEMS` has them; columns ``position`` to ``message`` as entered."""
        empty = pd.DataFrame({"position": np.array([], dtype=np.intp)})
        blank = empty.reindex(columns=["position", "problem", "column", "cell", "message"])
        table = pd.concat(self.entries, ignore_index=True) if self.entries else blank
        rank = table["problem"].map({code: place for place, code in enumerate(PROBLEMS)})
        order = np.lexsort([rank.to_numpy(dtype=float), table["position"].to_numpy(dtype=np.int64)])
        return table.iloc[order].reset_index(drop=True)


def counted(codes: Iterable[str]) -> str:
    """Say how many of each: ``bad date: 5, no coordinates: 1``."""
    number = pd.Series(list(codes), dtype=object).value_counts()
    return ", ".join(f"{PROBLEMS[code].said}: {number[code]:,}" for code in PROBLEMS if code in number)


def _with_cell(message: str, column: str, cell: str) -> str:
    """Name the column, and quote the cell unless the message does."""
    said = shown(column)[1:-1]
    if cell in {"''", ""}:
        return f"{said} is blank"
    return f"{said}: {message}" if cell in message else f"{said}: {cell} {message or 'says nothing'}"
