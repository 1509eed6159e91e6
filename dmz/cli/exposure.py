"""Answer which settlements lie in the zone of an agreement."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from cyclopts import Parameter

from dmz import exposure as exposed
from dmz import intake
from dmz.cli.asking import ALL, Options, answer, only, refuse_idle, worked_out
from dmz.cli.auditing import pairs, read_points
from dmz.cli.shell import app, tell
from dmz.errors import InputError
from dmz.findings import Findings
from dmz.tables import Column

SETTLEMENTS = {
    "name": Column("settlement"),
    "reading": Column("reading"),
    "band": Column("band"),
    "party": Column("party"),
    "holder": Column("holder"),
    "distance_km": Column("to the line, km", 2),
    "population": Column("population", 0),
    "population_source": Column("source", absent="none"),
}
TOTALS = {
    "reading": Column("reading"),
    "band": Column("band"),
    "settlements": Column("settlements", 0),
    "population_known": Column("population known", 0),
    "settlements_population_unknown": Column("settlements of unknown population", 0),
}


@app.command
def exposure(
    agreement: str,
    /,
    *,
    show: Literal["settlements", "totals"] = "settlements",
    settlements: Path | None = None,
    columns: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    rejects: Path | None = None,
    options: Options = ALL,
) -> None:
    """Say which settlements lie in the zone of an agreement, and how many people are known to live there.

    Example: dmz exposure sochi-2018 --settlements towns.csv --rejects left-out.csv -o exposed.csv

    Parameters
    ----------
    agreement
        Agreement's file, or key of one shipped with dmz.
    show
        settlements: one row each; totals: their number and the people known, by reading and band.
    settlements
        Your own settlements: CSV, XLSX or a layer of points, with a name and, where known, a column population.
    columns
        Which of its columns is which, as lat=breite lon=laenge place=ort.
    rejects
        CSV file for the rows of it that were left out, each with the reason.
    """
    refuse_idle({"--rejects": settlements is None and rejects, "--columns": settlements is None and columns}, NO_FILE)
    found = worked_out(agreement, options, settlements, rejects=rejects)
    if settlements is None:
        places = found.places
    else:
        hints = intake.Hints(columns=pairs(columns or []))
        read = read_points(settlements, kind="place", theatre=_theatre(found), hints=hints, rejects=rejects)
        tell(intake.summary(read).rstrip())
        places = _places(read)
    if places is None:
        raise InputError(f"{found.agreement.key}: the agreement has no layer of settlements: give --settlements")
    zones = only(found.zones, reading=options.reading, party=options.party)
    table = exposed.settlements(places, zones, found.line) if len(zones) else _none(found)
    if show == "totals":
        answer(_totals(table), TOTALS, options.out)
    else:
        answer(table, SETTLEMENTS, options.out)


NO_FILE = "for settlements of your own: give --settlements"


def _theatre(found: Findings) -> gpd.GeoDataFrame:
    return found.store.open(found.agreement.layers.theatre)


def _none(found: Findings) -> pd.DataFrame:
    """Table without rows, of a party on whose ground no zone lies."""
    table = found.settlements
    return pd.DataFrame(columns=[*exposed.COLUMNS]) if table is None else table.iloc[:0]


def _places(read: intake.Intake) -> gpd.GeoDataFrame:
    """Rows read, with the columns that settlements have."""
    good = read.good
    numbered = [f"row-{row}" for row in good["row"]]
    extra = {str(name).casefold().strip(): name for name in good.columns}
    own = {
        "id": good["id"].where(good["id"].notna(), numbered),
        "name": good["place"].where(good["place"].notna(), good["id"].where(good["id"].notna(), numbered)),
        "holder": good["party"],
        "population": _people(read.path, good, extra.get("population")),
        "population_source": good[extra["population_source"]] if "population_source" in extra else good["source"],
    }
    return gpd.GeoDataFrame(own, geometry=good.geometry.array, crs=good.crs)


def _people(path: Path, good: gpd.GeoDataFrame, column: str | None) -> pd.Series:
    """Whole numbers of people; nothing where the file says nothing.

    Raises
    ------
    InputError
        Where a cell is neither empty nor a whole number from 0 on; every row at once.
    """
    said = pd.Series(None, index=good.index, dtype=object) if column is None else good[column].astype(object)
    texts = said.where(said.notna(), "").astype(str).str.strip()
    number = pd.to_numeric(texts.str.replace(r"(?<=\d)[,\s'](?=\d{3}\b)", "", regex=True), errors="coerce")
    bad = (texts != "") & ~((number >= 0) & (number % 1 == 0) & np.isfinite(number))
    if bad.any():
        raise InputError(
            [
                f"{path}: row {row}: {column} is {cell!r}: give a whole number of people, or leave it empty if unknown"
                for row, cell in zip(good.loc[bad, "row"], texts[bad], strict=True)
            ]
        )
    return number.astype("Int64")


def _totals(table: pd.DataFrame) -> pd.DataFrame:
    """Sums in which nobody known is unknown, not 0."""
    sums = exposed.totals(table)
    silent = sums["settlements"] == sums["settlements_population_unknown"]
    return sums.assign(population_known=sums["population_known"].astype("Int64").mask(silent))
