"""Hold a table as it stands in its file: cells untouched, each row with the number a person finds it by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dmz.errors import InputError
from dmz.intake.cells import shown

# More columns than any table of events has; a row that is wider was made to fill the memory.
MAX_COLUMNS = 2_000
# Rows looked at for the header: titles and dates may stand above it.
HEADER_WITHIN = 20


@dataclass(frozen=True)
class Hints:
    """What the reader of a file knows about it and the file does not say.

    Parameters
    ----------
    columns
        Canonical column to column of the file, as ``{"lat": "breite"}``.
    sheet
        Sheet of a workbook; else the first one that is not hidden.
    encoding
        Of a text file, as ``"cp1256"``; else by its byte order mark, UTF-8, or Windows' cp1252.
    day_first
        Whether 03/04/2019 is 3 April; else the file decides.
    far_km
        Distance from the theatre beyond which a point is left out.
    precision_m
        Metres for the codes of the file's column of precision, in place of `dmz.intake.ACLED_M` or `UCDP_M`.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    encoding: str | None = None
    day_first: bool | None = None
    far_km: float = 500.0
    precision_m: Mapping[int, float] | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of a file, blank ones left out.

    Parameters
    ----------
    cells
        One column a column of the file, names made unique; counted from 0.
    number
        Shape (n,): number of each row as a spreadsheet shows it (the header is 1), or of each feature, from 1.
    noun
        ``"row"`` or ``"feature"``.
    points
        Shape (n, 2), longitude and latitude, where the file has geometry; else nothing.
    wkt
        Shape (n,), its geometry as text.
    misfits
        Position of a row that cannot be read at all, to why.
    doubts
        Position of a row that may have been read wrongly, to why.
    notes
        What there is to tell of the file as a whole.
    epoch_1904
        Whether its day numbers count from 1904, as old Excel for Macintosh had it.
    """

    cells: pd.DataFrame
    number: NDArray[np.int64]
    noun: str = "row"
    points: NDArray[np.float64] | None = None
    wkt: NDArray[np.object_] | None = None
    misfits: Mapping[int, str] = field(default_factory=dict)
    doubts: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    epoch_1904: bool = False


def unique_names(header: Sequence[str]) -> list[str]:
    """Name every column once: a blank name becomes ``column 3``, a second ``lat`` becomes ``lat (2)``.

    Examples
    --------
    >>> unique_names(["lat", "", "lat"])
    ['lat', 'column 2', 'lat (2)']
    """
    names: list[str] = []
    taken: set[str] = set()
    for place, text in enumerate(header, start=1):
        name = base = text.strip() or f"column {place}"
        again = 2
        while name in taken:
            name = f"{base} ({again})"
            again += 1
        taken.add(name)
        names.append(name)
    return names


def free_name(name: str, taken: Iterable[str]) -> str:
    """Name a column beside those that are taken: ``row`` becomes ``row in file``."""
    taken = {*taken}
    while name in taken:
        name = f"{name} in file"
    return name


def check_width(path: object, number: int, width: int) -> None:
    """Refuse rows that no table has."""
    if width > MAX_COLUMNS:
        raise InputError(
            f"{path}: row {number} has {width:,} cells, at most {MAX_COLUMNS:,} are read: delete what it is filled with"
        )


def note_above(above: Sequence[Sequence[str]]) -> list[str]:
    """Tell of the rows above the header, which are not read."""
    if not above:
        return []
    first = next((cell for row in above for cell in row if cell.strip()), "")
    count = f"{len(above)} rows" if len(above) > 1 else "1 row"
    return [f"{count} above the header, not read: {shown(first)}{' …' if len(above) > 1 else ''}"]


def note_blank(count: int) -> list[str]:
    """Tell of blank rows, which are not read."""
    return [f"{count:,} blank row{'s' if count > 1 else ''}, not read"] if count else []


def is_hxl(row: Sequence[str]) -> bool:
    """Whether a row holds the tags of the Humanitarian Exchange Language (``#geo+lat``), and no data."""
    said = [cell.strip() for cell in row if cell.strip()]
    return len(said) > 1 and all(cell.startswith("#") and cell[1:2].isalpha() for cell in said)
