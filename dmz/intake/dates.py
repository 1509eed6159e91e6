"""Read dates in the ways people write them; the order of day and month is decided by the file as a whole."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dmz.intake.cells import NOTHING, as_text, by_text, shown
from dmz.intake.problems import Ledger
from dmz.intake.words import MONTHS

# Years between which a report may lie. Earlier or later is a slip of the hand, as 2202 for 2020.
YEARS = range(1900, 2100)
# Excel's day 0 in its two systems. That of 1900 counts a 29 February 1900 that never was, hence 30 December 1899.
EPOCH_1900 = dt.date(1899, 12, 30)
EPOCH_1904 = dt.date(1904, 1, 1)
# Least day number read as a date, 3 October 1954: below it a number is more likely a year or a count.
LEAST_SERIAL = 20_000
# Years of two digits: 00 to 49 are 2000 to 2049, 50 to 99 are 1950 to 1999.
PIVOT = 50
# Share of the rows that show an order of day and month which must agree for the file to have one.
AGREED = 0.95
# Years from the middle date of a file beyond which a date is doubtful.
OUTLYING_YEARS = 30
SHORT_MONTHS = {name[:3]: number for number, name in enumerate(MONTHS, start=1)}

TIME = (
    r"(?:[T ,]\s*\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?"
)
YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){TIME}")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/. ])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){TIME}")
DAY_NAMED = re.compile(
    rf"(?:[A-Za-z]+day,? )?(\d{{1,2}})(?:st|nd|rd|th)?[-/ .]+([A-Za-z]+)[-/ .,]+(\d{{4}}|\d{{2}}){TIME}"
)
MONTH_NAMED = re.compile(rf"(?:[A-Za-z]+day,? )?([A-Za-z]+)\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){TIME}")
SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")


@dataclass(frozen=True)
class Written:
    """One way a date was written: the day meant, or the two it may be, or what is wrong.

    Parameters
    ----------
    day
        The day, where there is no doubt; for one of two orders, with the day first.
    month_first
        The day with the month first, where the order matters and both may be.
    order
        ``"day"`` or ``"month"`` where the text itself shows which comes first, ``"both"`` where it does not.
    fault
        What is wrong, as a message.
    doubt
        Code and message of what was assumed.
    """

    day: dt.date | None = None
    month_first: dt.date | None = None
    order: str = ""
    fault: str = ""
    doubt: tuple[str, str] | None = None


def read_dates(
    cells: pd.Series, ledger: Ledger, column: str, *, day_first: bool | None, epoch_1904: bool = False
) -> tuple[NDArray[np.datetime64], list[str]]:
    """Read a column of dates and enter its problems.

    Parameters
    ----------
    cells
        As they stand in the file.
    ledger
        Where the problems go.
    column
        Its name in the file.
    day_first
        Whether the day comes before the month in 03/04/2019; nothing where the file is to decide.
    epoch_1904
        Whether day numbers count from 1904.

    Returns
    -------
    tuple
        Days, shape (n,), not-a-time where there is none, and what there is to tell of the whole.

    Notes
    -----
    A date whose day is over 12 shows the order of all. Where at least 95 % of such rows agree, theirs is the order of
    the file, and those against it are bad dates; else nothing is decided and the rows that need it are left out.
    """
    text = as_text(cells)
    written, codes = by_text(text, lambda one: _written(one, EPOCH_1904 if epoch_1904 else EPOCH_1900))
    rows_of = np.bincount(codes, minlength=len(written))
    first, notes = _order(written, rows_of, text, codes, ledger, day_first)
    read = [_settled(one, first) for one in written]
    days = np.array([day or "NaT" for day, _, _ in read], dtype="datetime64[us]")
    problem = np.array([code for _, code, _ in read], dtype=object)[codes]
    for code in sorted({code for _, code, _ in read} - {""}):
        rows = np.flatnonzero(problem == code)
        ledger.add(code, rows, [read[codes[row]][2] for row in rows], column=column, cells=text)
    found: NDArray[np.datetime64] = days[codes]
    _outlying(found, ledger, column, text)
    return found, notes


def _written(text: str, epoch: dt.date) -> Written:
    """Read one text."""
    plain = text.strip()
    if plain.lower() in NOTHING:
        return Written(fault="blank")
    for pattern, read in READERS:
        found = pattern.fullmatch(plain)
        if found:
            return _plausible(text, read(text, found.groups(), epoch))
    return Written(fault=f"{shown(text)} is no date: write it as 2019-03-08")


def _year_first(text: str, parts: Sequence[str], _: dt.date) -> Written:
    year, month, day = parts[0], parts[-2], parts[-1]
    return _certain(text, int(year), int(month), int(day))


def _year_last(text: str, parts: Sequence[str], _: dt.date) -> Written:
    a, sign, b, year = int(parts[0]), parts[1], int(parts[2]), _year(parts[3])
    day_first, month_first = _day(year, b, a), _day(year, a, b)
    doubt = _two_digits(text, parts[3], year)
    if day_first == month_first:
        return Written(day_first, fault="" if day_first else _no_day(text), doubt=doubt)
    if sign == ".":
        order, month_first = "day", None  # 08.03.2019: no one writes the month first with points
    else:
        order = "both" if day_first and month_first else "day" if day_first else "month"
    if day_first is None and month_first is None:
        return Written(fault=_no_day(text))
    return Written(day_first, month_first, order, doubt=doubt)


def _day_named(text: str, parts: Sequence[str], _: dt.date) -> Written:
    return _named(text, parts[1], parts[0], parts[2])


def _month_named(text: str, parts: Sequence[str], _: dt.date) -> Written:
    return _named(text, parts[0], parts[1], parts[2])


def _named(text: str, name: str, day: str, year: str) -> Written:
    small = name.lower()
    if small not in {*MONTHS, *SHORT_MONTHS, "sept"}:
        return Written(fault=f"{shown(text)} is no date: {shown(name)} is no month; write it as 2019-03-08")
    found = _certain(text, _year(year), SHORT_MONTHS[small[:3]], int(day))
    return found if found.fault else Written(found.day, doubt=_two_digits(text, year, _year(year)))


def _serial(text: str, parts: Sequence[str], epoch: dt.date) -> Written:
    count = int(parts[0])
    if count < LEAST_SERIAL:
        return Written(fault=f"{shown(text)} is no date: write it as 2019-03-08")
    day = epoch + dt.timedelta(days=count)
    return Written(day, doubt=("excel-serial", f"{shown(text)} is read as a spreadsheet's day number: {day}"))


READERS: tuple[tuple[re.Pattern[str], Callable[[str, Sequence[str], dt.date], Written]], ...] = (
    (YEAR_FIRST, _year_first),
    (COMPACT, _year_first),
    (YEAR_LAST, _year_last),
    (DAY_NAMED, _day_named),
    (MONTH_NAMED, _month_named),
    (SERIAL, _serial),
)


def _certain(text: str, year: int, month: int, day: int) -> Written:
    found = _day(year, month, day)
    return Written(found, fault="" if found else _no_day(text))


def _plausible(text: str, found: Written) -> Written:
    year = next((day.year for day in (found.day, found.month_first) if day), None)
    if year is None or year in YEARS:
        return found
    return Written(fault=f"{shown(text)}: the year {year} is not between {YEARS[0]} and {YEARS[-1]}")


def _no_day(text: str) -> str:
    return f"{shown(text)} is no day of the calendar"


def _year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < PIVOT else 1900)  # noqa: PLR2004 - digits of a year


def _two_digits(text: str, digits: str, year: int) -> tuple[str, str] | None:
    return ("two-digit-year", f"{shown(text)} is read as of the year {year}") if len(digits) < 4 else None  # noqa: PLR2004


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _order(
    written: Sequence[Written],
    rows_of: NDArray[np.intp],
    text: NDArray[np.object_],
    codes: NDArray[np.intp],
    ledger: Ledger,
    said: bool | None,
) -> tuple[bool | None, list[str]]:
    """Whether the day comes first, nothing where it cannot be known, and a note that says why."""
    shows = {order: [i for i, one in enumerate(written) if one.order == order] for order in ("day", "month", "both")}
    rows = {order: int(rows_of[which].sum()) for order, which in shows.items()}
    if not any(rows.values()):
        return None, []
    if said is not None:
        return said, [f"dates are read with the {'day' if said else 'month'} first, as told"]
    shown_by = rows["day"] + rows["month"]
    first = max(("day", "month"), key=rows.__getitem__)
    if shown_by and rows[first] >= AGREED * shown_by:
        at = int(np.flatnonzero(codes == shows[first][0])[0])
        against = f", {shown_by - rows[first]:,} against it" if shown_by > rows[first] else ""
        counts = f"{rows[first]:,} of {sum(rows.values()):,} such dates show it{against}"
        shown_at = f"as {ledger.name(at)}: {shown(text[at])}"
        return first == "day", [f"dates are read with the {first} first: {counts}, {shown_at}"]
    why = "some show the day first, some the month" if shown_by else "no date has a day over 12"
    return None, [f"nothing decides whether day or month comes first ({why}): say Hints(day_first=True) or False"]


def _settled(one: Written, day_first: bool | None) -> tuple[dt.date | None, str, str]:
    """The day meant, the code of its problem and the message."""
    if one.fault:
        return None, "no-date" if one.fault == "blank" else "bad-date", "" if one.fault == "blank" else one.fault
    code, message = one.doubt or ("", "")
    if one.order == "both":
        if day_first is None:
            both = f"may be {one.day} or {one.month_first}: say Hints(day_first=True) or False"
            return None, "ambiguous-date", both
        return (one.day if day_first else one.month_first), code, message
    if (one.order, day_first) in {("day", False), ("month", True)}:
        order = "day" if day_first else "month"
        return None, "bad-date", f"is no day of the calendar with the {order} first, as this file has it"
    return one.day or one.month_first, code, message


def _outlying(found: NDArray[np.datetime64], ledger: Ledger, column: str, text: NDArray[np.object_]) -> None:
    """Doubt dates that lie decades from the others."""
    known = found[~np.isnat(found)].astype("datetime64[D]").astype(np.int64)
    if len(known) < 5:  # noqa: PLR2004 - too few to have a middle
        return
    middle = np.median(known)
    days = found.astype("datetime64[D]").astype(np.int64)
    off = np.flatnonzero(~np.isnat(found) & (np.abs(days - middle) > OUTLYING_YEARS * 365.25))
    year = np.datetime64(int(middle), "D").astype("datetime64[Y]")
    ledger.add(
        "outlying-date",
        off,
        f"lies more than {OUTLYING_YEARS} years from the middle of the file's dates, {year}",
        column=column,
        cells=text,
    )
