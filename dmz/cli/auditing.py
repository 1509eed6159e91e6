"""Audit inputs: lines, agreements, layers, and tables of points as they come."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import geopandas as gpd
from cyclopts import Parameter

from dmz import agreement, claims, geodata, geodesy, geojson, line
from dmz import intake as intakes
from dmz.cli.shell import CHECK_FAILED, app, keep_inputs, show_faults, tell, write_out
from dmz.errors import DmzError, InputError, IntakeWarning, MissingInputError
from dmz.intake import CANONICAL, Hints, Intake
from dmz.intake.reading import Kind
from dmz.tables import write_csv


@app.command
def check(*paths: Path, line: Path | None = None) -> int:
    """Audit inputs: lines of contact, zones, agreements (.toml), folders of layers (with manifest.toml).

    A zone that says how deep or wide it is ("a 2 km buffer", a column depth_km) is measured against that.

    Example: dmz check line.geojson seeds/sochi-2018.toml geodata

    Parameters
    ----------
    paths
        What to look at.
    line
        File with the line the depths of zones count from; by default the edge that neighbouring zones share.

    Returns
    -------
    int
        0 where everything holds, 1 where something does not.
    """
    failed = False
    for path in paths:
        try:
            faults, said = [], _looked_at(path, line)
        except MissingInputError:
            raise
        except DmzError as error:
            faults, said = list(error.faults), ""
        show_faults(faults)
        failed |= bool(faults)
        if said:
            write_out(f"{path}: {said}\n")
    return CHECK_FAILED if failed else 0


@app.command
def intake(  # noqa: PLR0913 - one flag for each
    path: Path,
    /,
    *,
    kind: Kind = "event",
    theatre: Path | None = None,
    columns: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    sheet: str | None = None,
    encoding: str | None = None,
    day_first: bool | None = None,
    rejects: Path | None = None,
    out: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> int:
    """Read a table of points as it comes and say what was read, what was left out, and why.

    Example: dmz intake events.xlsx --theatre syria.geojson --rejects left-out.csv -o events.geojson

    Parameters
    ----------
    path
        CSV (also ACLED's and UCDP's), XLSX, or a layer of points.
    kind
        event: rows need a date and a place; place: a place.
    theatre
        File with polygons: rows over 500 km from them are left out.
    columns
        Which of its columns is which, as lat=breite lon=laenge.
    sheet
        Sheet of a workbook; by default the first that is not hidden.
    encoding
        Of a text file, such as cp1256; by default what its bytes say.
    day_first
        Whether 03/04/2019 is 3 April; by default what the file shows.
    rejects
        CSV file for the rows left out, each with the reason.
    out
        File for the rows read, .csv or .geojson.

    Returns
    -------
    int
        0 where every row was read, 1 where some were left out.
    """
    if out is not None and out.suffix.lower() not in {".csv", ".geojson"}:
        raise InputError(f"{out}: give a name that ends in .csv or .geojson")
    keep_inputs([path, theatre], [rejects, out])
    area = None if theatre is None else geodata.read(theatre, kind="polygon")
    hints = Hints(columns=pairs(columns or []), sheet=sheet, encoding=encoding, day_first=day_first)
    read = read_points(path, kind=kind, theatre=area, hints=hints, rejects=rejects)
    write_out(intakes.summary(read))
    if out is not None and out.suffix.lower() == ".csv":
        write_csv(read.good, out)
    elif out is not None:
        geojson.write_geojson(read.good, out)
    return CHECK_FAILED if len(read.rejects) else 0


def read_points(
    path: Path, *, kind: Kind, theatre: gpd.GeoDataFrame | None, hints: Hints, rejects: Path | None
) -> Intake:
    """Read a table of points, and write the rows left out where that was asked for.

    Raises
    ------
    MissingInputError, InputError, OutputError
        As `dmz.intake.read_table` and `dmz.intake.write_rejects` raise them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IntakeWarning)  # the summary says it, at length
        read = intakes.read_table(path, theatre=theatre, kind=kind, hints=hints)
    if rejects is not None:
        intakes.write_rejects(read, rejects)
        tell(f"{rejects}: {len(read.rejects)} left out")
    elif len(read.rejects):
        tell(f"{len(read.rejects)} left out: --rejects left-out.csv writes them with the reasons")
    return read


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """Column of the library to column of the file, from ``lat=breite``.

    Raises
    ------
    InputError
        Where a text is no such pair; all of them at once.
    """
    split = [text.partition("=") for text in texts]
    if bad := [
        text for text, (ours, _, theirs) in zip(texts, split, strict=True) if ours not in CANONICAL or not theirs
    ]:
        raise InputError(
            [f"--columns {text}: write it as lat=breite; there are {', '.join(CANONICAL)}" for text in bad]
        )
    return {ours: theirs for ours, _, theirs in split}


def _looked_at(path: Path, line_path: Path | None) -> str:
    """Say what an input is; raise what is wrong with it."""
    if path.is_dir():
        store = geodata.open_store(path)
        if faults := geodata.audit(store):
            raise InputError(faults)
        return f"{len(store.records)} layers, each as its manifest says"
    if path.suffix == ".toml":
        terms = agreement.read_agreement(path)
        return f"{terms.title.en}: {_counted(terms)}"
    table = geodata.read(path)
    if {*table.geom_type} <= {*geodata.KINDS["polygon"]}:
        return _measured(path, table, line_path)
    front = line.read_line(path)
    unsure = "unknown" if front.uncertainty_m is None else f"{front.uncertainty_m.mean() / 1000:.1f} km on average"
    return f"{front.length_km:.1f} km, {front.left} on the left, {front.right} on the right, uncertainty {unsure}"


def _counted(terms: agreement.Agreement) -> str:
    """How many of each an agreement has, and whether it comes with its line."""
    numbers = {"zone": terms.zones, "reading": terms.readings, "obligation": terms.obligations}
    said = ", ".join(f"{len(of)} {name}{'' if len(of) == 1 else 's'}" for name, of in numbers.items())
    missing = terms.laid_along in {"line", "lines"} and not terms.line.keys
    return f"{said}; no line is shipped with it, give yours with --line" if missing else said


def _measured(path: Path, zones: gpd.GeoDataFrame, line_path: Path | None) -> str:
    """Say how many zones hold what they claim of their depth or width.

    Raises
    ------
    InputError
        Where one does not; every one at once.
    """
    front = None if line_path is None else line.read_line(line_path).geometry
    found = claims.held(zones, front)
    if faults := [f"{path}: {one.sentence}" for one in found if not one.holds]:
        raise InputError(faults)
    km2 = sum(geodesy.area(shape) for shape in zones.geometry) / 1e6
    told = "no depth claimed that could be measured" if not found else f"{len(found)} as deep or wide as claimed"
    return f"{len(zones)} zone{'' if len(zones) == 1 else 's'}, {km2:,.1f} km2, {told}"
