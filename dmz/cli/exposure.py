"""Answer who and what lies in the zone of an agreement."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from cyclopts import Parameter

from dmz import exposure as exposed
from dmz import facilities as facility
from dmz import geodata, intake, placing, raster
from dmz import units as unit
from dmz.agreement import ExposureTerms
from dmz.cli.asking import ALL, Options, answer, only, refuse_idle, worked_out
from dmz.cli.auditing import pairs, read_points
from dmz.cli.shell import app, tell
from dmz.errors import InputError
from dmz.findings import Findings
from dmz.tables import Column

Show = Literal["people", "readings", "settlements", "facilities", "facility-list", "units", "grid"]
ZONE = {"reading": Column("reading"), "band": Column("band"), "party": Column("party", absent="all")}
DISTANCES = {
    "distance_km": Column("to the line, km", 2),
    "edge_km": Column("to the edge, km", 2),
    "uncertainty_km": Column("position, km", 2),
}
PEOPLE = ZONE | {
    "standing": Column("standing"),
    "settlements": Column("settlements", 0),
    "settlements_known": Column("with a figure", 0),
    "settlements_unknown": Column("without one", 0),
    "population_low": Column("people known", 0),
    "population_high": Column("at most, of sources", 0),
    "_years": Column("year"),
    "population_source": Column("source", absent="none", widest=30),
}
PRINTED = {
    "people": PEOPLE,
    "readings": PEOPLE,
    "settlements": {"name": Column("settlement")}
    | ZONE
    | {"standing": Column("standing")}
    | DISTANCES
    | {
        "holder": Column("holder"),
        "population_low": Column("population", 0),
        "population_high": Column("at most, of sources", 0),
        "_years": Column("year"),
        "population_source": Column("source", absent="none", widest=30),
    },
    "facilities": ZONE
    | {
        "category": Column("category"),
        "inside": Column("inside", 0),
        "edge": Column("edge", 0),
        "near": Column("near", 0),
        "in_layer": Column("in the layer", 0),
    },
    "facility-list": {"facility": Column("facility"), "name": Column("name"), "category": Column("category")}
    | ZONE
    | {"standing": Column("standing")}
    | DISTANCES,
    "units": ZONE
    | {
        "pcode": Column("P-code"),
        "name": Column("unit"),
        "unit_km2": Column("unit, km2", 1),
        "inside_km2": Column("inside, km2", 1),
        "unit_share": Column("of the unit, %", 1, times=100),
        "zone_share": Column("of the ground, %", 1, times=100),
    },
    "grid": ZONE
    | {
        "people": Column("people", 0),
        "share_covered": Column("ground in the raster, %", 1, times=100),
        "share_valued": Column("with a number, %", 1, times=100),
        "population_year": Column("year"),
        "population_source": Column("source"),
    },
}
NO_FILE = "for settlements of your own: give --settlements"


@Parameter(name="*")
@dataclass(frozen=True)
class Inputs:
    """Layers of your own, in place of the agreement's.

    Parameters
    ----------
    settlements
        Your own settlements: CSV, XLSX or a layer of points, with a name and, where known, columns population,
        population_source, population_year and uncertainty_km.
    columns
        Which of its columns is which, as lat=breite lon=laenge place=ort.
    rejects
        CSV file for the rows of it that were left out, each with the reason.
    facilities
        Layer of points with a column that says what each is.
    category
        That column; by default category.
    units
        Layer of administrative units with P-codes as text, as COD-AB has them.
    level
        Level of the units, 0 to 4; by default the deepest there is.
    population
        GeoTIFF whose cells are numbers of people, as WorldPop's; needs pip install 'dmz[raster]'.
    population_source, population_year
        Where the raster comes from and the year it is for.
    """

    settlements: Path | None = None
    columns: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None
    rejects: Path | None = None
    facilities: Path | None = None
    category: str | None = None
    units: Path | None = None
    level: int | None = None
    population: Path | None = None
    population_source: str | None = None
    population_year: int | None = None


NONE = Inputs()


@app.command
def exposure(
    agreement: str,
    /,
    *,
    show: Show | None = None,
    near_km: float | None = None,
    uncertainty_km: float | None = None,
    inputs: Inputs = NONE,
    options: Options = ALL,
) -> None:
    """Say who and what lies in the zone of an agreement, on its edge and near it, and of how many people nobody knows.

    Example: dmz exposure sochi-2018 --settlements towns.csv --rejects left-out.csv -o people.csv

    Parameters
    ----------
    agreement
        Agreement's file, or key of one shipped with dmz.
    show
        people: settlements and people known by reading, band and party; readings: of the core and the full zone,
        all parties together; settlements: one row each; facilities: their number by category; facility-list: one row
        each; units: administrative units; grid: people by a raster. By default what a layer was given for, else people.
    near_km
        How far outside the zone's edge still is near; 0: nothing is. By default 5, or what the agreement's file says.
    uncertainty_km
        Uncertainty of the positions whose row says none; by default they are taken as drawn.
    inputs
        Layers of your own.
    options
        Those of every question.
    """
    show = show or _asked(inputs)
    _check(show, inputs)
    files = (inputs.settlements, inputs.facilities, inputs.units, inputs.population)
    found = worked_out(agreement, options, *files, rejects=inputs.rejects)
    said = {"near_km": near_km, "uncertainty_km": uncertainty_km}
    placed = found.agreement.exposure.placed | {name: km for name, km in said.items() if km is not None}
    zones = only(found.zones, reading=options.reading, party=options.party)
    if show == "readings":
        zones = placing.extents(zones, by_party=False)
    ask = {"facilities": _facilities, "facility-list": _facility_list, "units": _units, "grid": _grid}
    if show in ask:
        table = ask[show](found, zones, inputs, placed)
    else:
        rows = exposed.settlements(_places(found, inputs), zones, found.line, **placed)
        table = _with_years(rows if show == "settlements" else exposed.people(rows, zones))
    if show not in {"units", "grid"}:
        _tell_judgements(placed)
    answer(table, PRINTED[show], options.out)


def _asked(inputs: Inputs) -> Show:
    """What to show where nobody says: what the layers given are for."""
    if inputs.settlements is not None:
        return "people"
    given: dict[Show, Path | None] = {"facilities": inputs.facilities, "units": inputs.units, "grid": inputs.population}
    return next((show for show, path in given.items() if path is not None), "people")


def _check(show: Show, inputs: Inputs) -> None:
    """Refuse what would do nothing."""
    refuse_idle({"--rejects": inputs.settlements is None and inputs.rejects}, NO_FILE)
    refuse_idle({"--columns": inputs.settlements is None and inputs.columns}, NO_FILE)
    own: dict[str, tuple[dict[str, object], set[str]]] = {
        "settlements": ({"--settlements": inputs.settlements}, {"people", "readings", "settlements"}),
        "facilities": (
            {"--facilities": inputs.facilities, "--category": inputs.category},
            {"facilities", "facility-list"},
        ),
        "units": ({"--units": inputs.units, "--level": inputs.level}, {"units"}),
        "grid": (
            {
                "--population": inputs.population,
                "--population-source": inputs.population_source,
                "--population-year": inputs.population_year,
            },
            {"grid"},
        ),
    }
    for given, shows in own.values():
        if show not in shows:
            refuse_idle(given, f"not for --show {show}")
    if inputs.population is None:
        papers = {"--population-source": inputs.population_source, "--population-year": inputs.population_year}
        refuse_idle(papers, "of a raster of your own: give --population")


def _tell_judgements(placed: dict[str, float]) -> None:
    near_km, unsure_km = placed.get("near_km", placing.NEAR_KM), placed.get("uncertainty_km")
    unsure = "is taken as drawn" if unsure_km is None else f"is taken to be within {unsure_km:g} km"
    tell(
        f"edge: the position is too uncertain to tell (one of unknown uncertainty {unsure}); "
        f"near: outside, within {near_km:g} km of the edge"
    )


def _facility_list(
    found: Findings, zones: gpd.GeoDataFrame, inputs: Inputs, placed: dict[str, float]
) -> gpd.GeoDataFrame:
    points, category = _facility_layer(found, inputs)
    return facility.facilities(points, zones, found.line, category=category, **placed)


def _facilities(found: Findings, zones: gpd.GeoDataFrame, inputs: Inputs, placed: dict[str, float]) -> pd.DataFrame:
    points, category = _facility_layer(found, inputs)
    there = facility.facilities(points, zones, found.line, category=category, **placed)
    return facility.counts(there, points, zones, category=category)


def _facility_layer(found: Findings, inputs: Inputs) -> tuple[gpd.GeoDataFrame, str]:
    layer = _layer(found, inputs.facilities, found.agreement.layers.facilities, "facilities", kind="point")
    terms = found.agreement.exposure if inputs.facilities is None else ExposureTerms()
    return layer, inputs.category or terms.category


def _units(found: Findings, zones: gpd.GeoDataFrame, inputs: Inputs, _: dict[str, float]) -> gpd.GeoDataFrame:
    layer = _layer(found, inputs.units, found.agreement.layers.units, "units", kind="polygon")
    terms = found.agreement.exposure
    level = terms.level if inputs.level is None and inputs.units is None else inputs.level
    return unit.units(layer, zones, level=level, language=terms.language)


def _grid(found: Findings, zones: gpd.GeoDataFrame, inputs: Inputs, _: dict[str, float]) -> pd.DataFrame:
    if inputs.population is not None:
        source = inputs.population_source
        return raster.population(inputs.population, zones, source=source, year=inputs.population_year)
    key = found.agreement.layers.population
    if key is None:
        raise InputError(f"{found.agreement.key}: the agreement names no raster of people: give --population")
    path, record = found.store.raster(key), found.store.rasters[key]
    return raster.population(path, zones, source=record.title, year=record.year)


def _layer(found: Findings, path: Path | None, key: str | None, what: str, *, kind: str) -> gpd.GeoDataFrame:
    """Layer of a file, else the agreement's."""
    if path is not None:
        return geodata.read(path, kind=kind)
    if key is None:
        raise InputError(f"{found.agreement.key}: the agreement has no layer of {what}: give --{what}")
    return found.store.open(key)


def _places(found: Findings, inputs: Inputs) -> gpd.GeoDataFrame:
    """Settlements of a file, else the agreement's."""
    if inputs.settlements is None:
        if found.places is None:
            raise InputError(f"{found.agreement.key}: the agreement has no layer of settlements: give --settlements")
        return found.places
    hints = intake.Hints(columns=pairs(inputs.columns or []))
    theatre = found.store.open(found.agreement.layers.theatre)
    read = read_points(inputs.settlements, kind="place", theatre=theatre, hints=hints, rejects=inputs.rejects)
    tell(intake.summary(read).rstrip())
    return _read_places(read)


def _read_places(read: intake.Intake) -> gpd.GeoDataFrame:
    """Rows read, with the columns that settlements have."""
    good = read.good
    numbered = [f"row-{row}" for row in good["row"]]
    extra = {str(name).casefold().strip(): name for name in good.columns}
    own = {
        "id": good["id"].where(good["id"].notna(), numbered),
        "name": good["place"].where(good["place"].notna(), good["id"].where(good["id"].notna(), numbered)),
        "holder": good["party"],
        "population": _whole(read.path, good, extra.get("population")),
        "population_source": good[extra["population_source"]] if "population_source" in extra else good["source"],
        "population_year": _whole(read.path, good, extra.get("population_year")),
        "uncertainty_m": good["precision_m"],
    }
    return gpd.GeoDataFrame(own, geometry=good.geometry.array, crs=good.crs)


def _whole(path: Path, good: gpd.GeoDataFrame, column: str | None) -> pd.Series:
    """Whole numbers of a column; nothing where the file says nothing.

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
                f"{path}: row {row}: {column} is {cell!r}: give a whole number, or leave it empty if unknown"
                for row, cell in zip(good.loc[bad, "row"], texts[bad], strict=True)
            ]
        )
    return number.astype("Int64")


def _with_years(table: pd.DataFrame) -> pd.DataFrame:
    """Table with the years of its figures in words, for print."""
    years = zip(table["population_from_year"], table["population_to_year"], strict=True)
    return table.assign(_years=[None if pd.isna(a) else "-".join(dict.fromkeys((str(a), str(b)))) for a, b in years])
