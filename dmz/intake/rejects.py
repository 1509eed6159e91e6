"""Write rows left out, and say what an intake found."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from dmz.files import write_whole
from dmz.intake.cells import as_text, number
from dmz.intake.columns import CANONICAL
from dmz.intake.problems import PROBLEMS, QUIET
from dmz.intake.reading import Intake

# Signs at which a spreadsheet takes a text for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
EXAMPLES = 3


def write_rejects(intake: Intake, path: str | Path) -> Path:
    """Write the rows left out as CSV (UTF-8, with a header), to be mended and read again.

    Parameters
    ----------
    intake
        As `dmz.intake.read_table` makes it.
    path
        Where to; replaced whole.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        Where it cannot be written.

    Notes
    -----
    A cell that a spreadsheet would run as a formula gets an apostrophe before it; a number with its sign does not.
    """
    table = intake.rejects
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_inert(str(name)) for name in table])
    texts = [[_inert(text) for text in as_text(table[name])] for name in table]
    writer.writerows(zip(*texts, strict=True))
    return write_whole({Path(path): out.getvalue()})[0]


def summary(intake: Intake) -> str:
    """Say what was read, which column was taken for which, what was left out and what is in doubt.

    Returns
    -------
    str
        Lines for a person to read; at most three rows of each problem.
    """
    noun = intake.noun
    lines = [
        f"{intake.path}: {intake.rows:,} {noun}s, {len(intake.good):,} read, {len(intake.rejects):,} left out",
        f"columns: {', '.join(_column(column, name) for column, name in intake.mapping.items())}",
    ]
    missing = [column for column in CANONICAL if column not in intake.mapping]
    if missing:
        lines.append(f"not in the file: {', '.join(missing)}")
    problems = intake.audit["problem"]
    fatal = problems.map(lambda code: not PROBLEMS[code].kept).astype(bool)
    quiet = problems.isin(QUIET)
    lines += _section("left out", intake.audit[fatal], noun)
    lines += _section("kept, with a doubt", intake.audit[intake.audit["kept"] & ~fatal & ~quiet], noun)
    unknown = int((intake.audit["kept"] & quiet).sum())
    if unknown:
        lines.append(f"precision unknown: {unknown:,} of {len(intake.good):,} {noun}s read")
    if intake.notes:
        lines += ["to know:", *(f"  {note}" for note in intake.notes)]
    return "\n".join(lines) + "\n"


def _column(column: str, name: str) -> str:
    return column if column == name else f"{column} from {name}"


def _section(title: str, audit: pd.DataFrame, noun: str) -> list[str]:
    """Problems by kind, in the order of `PROBLEMS`, with the first rows of each."""
    lines = [f"{title}:"] if len(audit) else []
    for code, problem in PROBLEMS.items():
        found = audit[audit["problem"] == code]
        if not len(found):
            continue
        lines.append(f"  {problem.said}: {len(found):,}")
        first = found.head(EXAMPLES)
        lines += [f"    {noun} {row}: {message}" for row, message in zip(first["row"], first["message"], strict=True)]
        if len(found) > EXAMPLES:
            lines.append(f"    and {len(found) - EXAMPLES:,} more")
    return lines


def _inert(text: str) -> str:
    """Text that a spreadsheet shows and does not run."""
    risky = text.startswith(FORMULA) and number(text) != number(text)  # not a number is not equal to itself
    return f"'{text}" if risky else text
