"""Share what every question to an agreement needs: options, names that are there, days, the answer's table."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import geopandas as gpd
import pandas as pd
from cyclopts import Parameter

from dmz.agreement import Agreement, find
from dmz.along import phrase
from dmz.cli.shell import keep_inputs, progress, tell, write_out
from dmz.errors import InputError, PartyError
from dmz.findings import STAGES, Findings, work_out
from dmz.tables import Column, text_of, write_csv


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """Options of every question.

    Parameters
    ----------
    reading
        Only this reading of the agreement; by default all.
    party
        Only this party of the agreement; by default all.
    layers
        Folder of input layers with their manifest.toml; by default geodata beside the seeds.
    out
        CSV file to write as well, with every column of the table; unknown is an empty cell.
    """

    reading: str | None = None
    party: str | None = None
    layers: Path | None = None
    out: Annotated[Path | None, Parameter(alias="-o")] = None


ALL = Options()


def worked_out(
    seed: str, options: Options, *inputs: Path | None, rejects: Path | None = None, line: Path | None = None
) -> Findings:
    """Findings of an agreement, along another line where one is given, once what was asked for is there.

    Raises
    ------
    InputError
        Where the agreement has no such reading, or the output would replace an input.
    PartyError
        Where it has no such party.
    """
    outputs = [options.out, rejects]
    keep_inputs([find(seed), *inputs], outputs)
    with progress(Path(seed).stem, len(STAGES)) as step:
        found = work_out(seed, layers=options.layers, line=line, progress=step)
    store = found.store
    keep_inputs(
        [
            store.root / record.file
            for record in (*store.records.values(), *store.tables.values(), *store.rasters.values())
        ],
        outputs,
    )
    known(options.reading, [reading.id for reading in found.agreement.readings], "reading")
    known(options.party, parties(found.agreement), "party")
    return found


def parties(agreement: Agreement) -> list[str]:
    """Ids of the parties."""
    return [party.id for party in agreement.parties]


def known(asked: str | None, there: Sequence[str], what: str) -> None:
    """Refuse a name that is not there, and say which is near.

    Raises
    ------
    InputError, PartyError
        Where it is none of those.
    """
    if asked is None or asked in there:
        return
    near = difflib.get_close_matches(asked.casefold(), there, n=1)
    kind = PartyError if what == "party" else InputError
    mean = f" did you mean {near[0]}?" if near else ""
    raise kind(f"--{what} {asked}: there is none;{mean} the agreement has {', '.join(there)}")


def day_of(text: str, option: str) -> dt.date:
    """Day of an option, written as 2018-12-31.

    Raises
    ------
    InputError
        Where it is no day.
    """
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise InputError(f"{option} {text}: it is no day: write it as 2018-12-31") from None


def refuse_idle(given: Mapping[str, object], why: str) -> None:
    """Refuse options that would do nothing here.

    Raises
    ------
    InputError
        Where one was given.
    """
    if idle := [option for option, value in given.items() if value is not None and value is not False]:
        raise InputError(f"{', '.join(idle)}: {why}")


def only(table: pd.DataFrame, **asked: str | None) -> pd.DataFrame:
    """Rows whose columns hold what was asked for; None asks for nothing."""
    for column, value in asked.items():
        if value is not None:
            table = table[table[column] == value]
    return table.reset_index(drop=True)


def answer(table: pd.DataFrame, columns: Mapping[str, Column], out: Path | None) -> None:
    """Print a table, and write it where that was asked for; `columns` may name some that only the print has.

    Columns whose name begins with an underscore are printed and not written.
    """
    kept = table[[name for name in table.columns if not str(name).startswith("_")]]
    if out is not None:
        write_csv(kept, out)
    write_out(text_of(pd.DataFrame(table), columns))
    if out is not None:
        tell(f"{out}: {len(table)} row{'' if len(table) == 1 else 's'}, {_columns(kept)} columns")


def named_ends(table: pd.DataFrame) -> pd.DataFrame:
    """Table with its entries and exits in words, for print."""
    return table.assign(**{f"_{end}": named_points(table, f"{end}_") for end in ("entry", "exit")})


def named_points(table: pd.DataFrame, prefix: str = "") -> list[str | None]:
    """Where the points of a table are, in words: by the columns place, place_km and place_direction."""
    columns = (table[f"{prefix}place{part}"] for part in ("", "_km", "_direction"))
    return [phrase(*row) or None for row in zip(*columns, strict=True)]


def _columns(table: pd.DataFrame) -> int:
    return len(table.columns) - isinstance(table, gpd.GeoDataFrame)
