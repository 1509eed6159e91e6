"""Read single cells: what is blank, what is a number, how a cell is quoted in a message."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Longest quotation of a cell in a message, in characters.
SHOWN = 60
# Words that people and programs write for "nothing here", where a number or a date is due.
NOTHING = {"", "nan", "na", "n/a", "#n/a", "null", "none", "nil", "nat", "-", "--"}
# A plain number, with a point or a comma for its decimals: no unit, no thousands, no words such as "inf".
NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?")
# Signs that stand for the minus and the decimal point elsewhere: U+2212, dashes, the Arabic decimal separator.
SIGNS = str.maketrans({"−": "-", "–": "-", "٫": "."})
SECOND_US = 1_000_000

Read = TypeVar("Read")


@dataclass(frozen=True)
class Numbers:
    """A column of numbers, with the cells that hold none.

    Parameters
    ----------
    value
        Shape (n,); not a number where the cell is blank or text.
    blank
        Shape (n,), whether the cell says nothing.
    text
        Shape (n,), whether it says something that is no number.
    """

    value: NDArray[np.float64]
    blank: NDArray[np.bool_]
    text: NDArray[np.bool_]


def shown(value: object, limit: int = SHOWN) -> str:
    r"""Quote a cell in a message: one line, signs that cannot be seen as their codes, cut with an ellipsis.

    Examples
    --------
    >>> print(shown("two\nlines"))
    'two\nlines'
    >>> len(shown("x" * 1_000_000))
    63
    """
    text = value if isinstance(value, str) else as_text(pd.Series([value], dtype=object))[0]
    cut = "…" if len(text) > limit else ""
    plain = (sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text[:limit])
    return f"'{''.join(plain)}{cut}'"


def as_text(cells: pd.Series) -> NDArray[np.object_]:
    """Cells as text, blank for null: whole numbers without a point, dates as ISO 8601.

    Returns
    -------
    numpy.ndarray
        Shape (n,), of `str`.
    """
    if isinstance(cells.dtype, pd.StringDtype):
        texts: NDArray[np.object_] = cells.fillna("").to_numpy(dtype=object)
        return texts
    null = cells.isna().to_numpy()
    text = np.empty(len(cells), dtype=object)
    text[:] = ["" if missing else _text(value) for value, missing in zip(cells.tolist(), null, strict=True)]
    return text


def by_text(text: NDArray[np.object_], read: Callable[[str], Read]) -> tuple[list[Read], NDArray[np.intp]]:
    """Read every different text once.

    Returns
    -------
    tuple
        What was read of each different text, and for each cell which of them it is.
    """
    codes, different = pd.factorize(text)
    return [read(one) for one in different], codes


def is_blank(text: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether texts say nothing: white space, or a word for nothing."""
    read, codes = by_text(text, lambda one: one.strip().lower() in NOTHING)
    return np.asarray(read, dtype=bool)[codes]


def numbers(cells: pd.Series) -> Numbers:
    """Read a column of numbers; a decimal comma is one, digits may be those of any script.

    Notes
    -----
    A comma never parts thousands here: no coordinate has them, and "1,234" as a count is refused by `counts`.
    """
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        value = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        return Numbers(np.where(np.isinf(value), np.nan, value), np.isnan(value), np.isinf(value))
    text = as_text(cells)
    read, codes = by_text(text, number)
    value = np.asarray(read, dtype=np.float64)[codes]
    blank = is_blank(text)
    return Numbers(value, blank, np.isnan(value) & ~blank)


def number(text: str) -> float:
    """Read one text as a number; not a number where it is none.

    Examples
    --------
    >>> number(" 35,5 "), number("٣٥٫٥"), number("35.5N")
    (35.5, 35.5, nan)
    """
    plain = text.strip().translate(SIGNS)
    if not NUMBER.fullmatch(plain):
        return float("nan")
    value = float(plain.replace(",", "."))
    return value if np.isfinite(value) else float("nan")


def _text(value: object) -> str:
    """One cell that is not null."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, dt.date) else str(value)
