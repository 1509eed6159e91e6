"""Find the columns meant, however they are spelt, and those that hold names of persons."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from dmz.errors import InputError
from dmz.intake.cells import as_text, is_blank, numbers, shown
from dmz.intake.words import PERSONAL, PERSONAL_WHERE_TEXT, PERSONS, SPELLINGS

CANONICAL = tuple(SPELLINGS)
# What each needed column is called in a message.
SAID = {"date": "the date", "lon": "the longitude", "lat": "the latitude", "id": "the id"}

ANYONE = "|".join(PERSONS)
PERSON_NAME = re.compile(rf"(?:^|_)(?:{ANYONE})s?_(?:full_?)?names?(?:_|$)|(?:^|_)names?_of_(?:the_)?(?:{ANYONE})")


def key(name: str) -> str:
    """Reduce a name to its letters and digits: ``Lat.``, ``LAT`` and ``lat `` are one.

    Examples
    --------
    >>> key("Lat."), key("LAT_DD"), key("Fécha")
    ('lat', 'latdd', 'fecha')
    """
    parts = unicodedata.normalize("NFKD", name).casefold()
    return "".join(sign for sign in parts if sign.isalnum())


def recognised(header: Iterable[str], given: Mapping[str, str]) -> tuple[bool, int]:
    """How much a row looks like a header: whether it has both coordinates, and how many columns are known."""
    names = list(header)
    found = _matched(names, given)
    return {"lon", "lat"} <= {*found}, len(found)


def match(path: Path, names: Sequence[str], given: Mapping[str, str], needed: Sequence[str]) -> dict[str, str]:
    """Say which column of the file is taken for which.

    Parameters
    ----------
    path
        File, for the message.
    names
        Columns of the file.
    given
        Canonical column to column of the file, where the caller said so.
    needed
        Canonical columns without which the file cannot be read.

    Returns
    -------
    dict
        Canonical column to column of the file; those not found are not there.

    Raises
    ------
    InputError
        A needed column that is not there, with the nearest spelling; a hint that names no column.
    """
    faults = [*_wrong_hints(names, given)]
    found = _matched(names, given)
    for column in needed:
        if column not in found:
            faults.append(_missing(column, names, {*found.values()}))
        elif f"{found[column]} (2)" in names:
            faults.append(f"two columns are called {shown(found[column])}: rename or delete one")
    if faults:
        raise InputError([f"{path}: {fault}" for fault in faults])
    return found


def rivals(found: Mapping[str, str], names: Sequence[str]) -> list[str]:
    """Tell of other columns that could have been taken for a coordinate."""
    notes = []
    for column in ("lon", "lat"):
        others = [name for name in names if key(name) in SPELLINGS[column] and name not in found.values()]
        if others and column in found:
            notes.append(f"{column} is {shown(found[column])}; not taken: {', '.join(map(shown, others))}")
    return notes


def personal(cells: pd.DataFrame) -> list[str]:
    """Columns that look like names of persons, or like ways to reach them."""
    return [name for name in cells if _is_personal(str(name), cells[name])]


def _matched(names: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    by_key: dict[str, str] = {}
    for name in names:
        by_key.setdefault(key(name), name)
    found = {column: name for column, name in given.items() if column in SPELLINGS and name in names}
    taken = {*found.values()}
    for column, spellings in SPELLINGS.items():
        if column in found:
            continue
        first = next((by_key[one] for one in map(key, spellings) if one in by_key and by_key[one] not in taken), None)
        if first is not None:
            found[column] = first
            taken.add(first)
    return {column: found[column] for column in SPELLINGS if column in found}


def _wrong_hints(names: Sequence[str], given: Mapping[str, str]) -> Iterable[str]:
    for column, name in given.items():
        if column not in SPELLINGS:
            yield f"the hint names a column {shown(column)}; there are {', '.join(CANONICAL)}"
        if name not in names:
            nearest = difflib.get_close_matches(name, names, n=1)
            yield f"the hint {column}={shown(name)} is no column of it{_offer(nearest)}; it has {_listed(names)}"


def _missing(column: str, names: Sequence[str], taken: set[str]) -> str:
    free = {key(name): name for name in reversed(names) if name not in taken}
    scored = [
        (difflib.SequenceMatcher(None, one, spelt).ratio(), name)
        for one, name in free.items()
        if one
        for spelt in SPELLINGS[column]
        if len(spelt) > 1
    ]
    score, name = max(scored, default=(0.0, ""), key=lambda pair: pair[0])
    nearest = [name] if score >= 0.6 else []  # noqa: PLR2004 - difflib's own measure of a close match
    way_out = f"rename it to {column!r}, or say Hints(columns={{{column!r}: {shown(name)}}})"
    if not nearest:
        way_out = f"name the column {column!r}, or say Hints(columns={{{column!r}: ...}})"
    return f"no column for {SAID.get(column, column)}{_offer(nearest)}: {way_out}; it has {_listed(names)}"


def _offer(nearest: Sequence[str]) -> str:
    return f", the nearest is {shown(nearest[0])}" if nearest else ""


def _listed(names: Sequence[str], most: int = 20) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(shown(name, 40)[1:-1] for name in names[:most]) + more


def _is_personal(name: str, cells: pd.Series) -> bool:
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    snake = re.sub(r"[^a-z0-9]+", "_", parts.casefold()).strip("_")
    bare = key(name)
    if bare in PERSONAL or PERSON_NAME.search(snake):
        return True
    return bare in PERSONAL_WHERE_TEXT and not _mostly_numbers(cells)


def _mostly_numbers(cells: pd.Series) -> bool:
    said = cells[~is_blank(as_text(cells))]
    return len(said) == 0 or 2 * int(numbers(said).text.sum()) < len(said)
