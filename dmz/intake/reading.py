"""Read a table and part its rows into good ones and rejects."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import geodata
from dmz.errors import DmzError, InputError, IntakeWarning
from dmz.geodata import WGS84
from dmz.intake import columns
from dmz.intake.cells import Numbers, as_text, is_blank, numbers, shown
from dmz.intake.columns import CANONICAL, key
from dmz.intake.dates import read_dates
from dmz.intake.layers import read_layer
from dmz.intake.places import Axis, Theatre, audit_places, theatre_shape
from dmz.intake.precision import UNKNOWN, read_precision
from dmz.intake.problems import QUIET, Ledger, counted
from dmz.intake.table import Hints, Table, free_name
from dmz.intake.text import read_text
from dmz.intake.words import SPELLINGS
from dmz.intake.workbook import read_workbook

Kind = Literal["event", "place"]
OnProblem = Literal["warn", "raise"]
# Columns without which a file of a kind cannot be read.
NEEDED: Mapping[str, tuple[str, ...]] = {"event": ("date", "lon", "lat"), "place": ("lon", "lat")}
TEXTS = ("id", "category", "party", "place", "source", "confidence", "note")
# Kinds of violence as the UCDP GED Codebook numbers them (type_of_violence).
UCDP_VIOLENCE = {"1": "state-based conflict", "2": "non-state conflict", "3": "one-sided violence"}
WORKBOOK, OLD_OFFICE, SQLITE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"SQLite format 3"
TEXT_ENDINGS = {".csv", ".tsv", ".txt", ".tab"}
# Lines of an error that names every row left out.
MOST_FAULTS = 20
# Counts above it are no longer whole in a float, and no count of anything here.
MOST = 2.0**53


@dataclass(frozen=True, eq=False)
class Intake:
    """What was read of a table and what was not.

    Parameters
    ----------
    path
        The file.
    kind
        ``"event"`` or ``"place"``.
    good
        Points on WGS 84 (EPSG:4326) in the order of the file. Columns as `dmz.intake.CANONICAL` (``id``, ``category``,
        ``party``, ``place``, ``source``, ``confidence``, ``note``: text; ``date``: day; ``lon``, ``lat``: degrees;
        ``precision_m``: metres; ``count``: whole number; null where not known), ``row``: number in the file, then every
        other column of the file as it was, one of the same name as these called ``... in file``.
    rejects
        Rows left out: ``row``, ``problem`` (codes of `dmz.intake.PROBLEMS`), ``message``, then the cells as they were.
    audit
        Every problem of every row, also of those kept: ``row``, ``problem``, ``kept``, ``column``, ``cell``,
        ``message``.
    mapping
        Canonical column to column of the file.
    notes
        What there is to tell of the file as a whole.
    noun
        What its rows are: ``"row"`` or ``"feature"``.
    """

    path: Path
    kind: str
    good: gpd.GeoDataFrame
    rejects: pd.DataFrame
    audit: pd.DataFrame
    mapping: Mapping[str, str]
    notes: tuple[str, ...]
    noun: str

    @property
    def rows(self) -> int:
        """Rows of the file that hold data: the good and the rejects together."""
        return len(self.good) + len(self.rejects)


def read_table(
    path: str | Path,
    *,
    theatre: Theatre | None = None,
    kind: Kind = "event",
    on_problem: OnProblem = "warn",
    hints: Hints | None = None,
) -> Intake:
    """Read events or places from a table as it comes, and go on with the good rows.

    Parameters
    ----------
    path
        CSV (comma, semicolon, tab; UTF-8, UTF-16, Windows' cp1252), XLSX, or a layer of points such as GeoJSON or
        GeoPackage. Columns may be those of ACLED, of UCDP GED, or any common spelling.
    theatre
        Where rows are expected, on WGS 84 or as a layer with a CRS: rows over 500 km from it are left out.
    kind
        ``"event"``: rows need a date and a place; ``"place"``: a place.
    on_problem
        ``"warn"``: one `IntakeWarning` that counts what was left out or is in doubt; ``"raise"``: an error where
        anything was left out.
    hints
        What the file does not say: `Hints`.

    Returns
    -------
    Intake
        Good rows, rejects, and the audit of both.

    Raises
    ------
    MissingInputError
        No such file.
    InputError
        A file that cannot be read as a table, a column that is missing; with ``on_problem="raise"``, any row left out.

    Warns
    -----
    IntakeWarning
        Where rows were left out or are in doubt, or columns look like names of persons.

    Notes
    -----
    Columns that look like names of persons, or like ways to reach them, are not read, neither into `good` nor into
    `rejects`. Names in running text, such as notes, are not found.
    """
    path, hints = Path(path), hints or Hints()
    if kind not in NEEDED or on_problem not in ("warn", "raise"):
        raise InputError(f"kind is 'event' or 'place', on_problem 'warn' or 'raise', not {kind!r} and {on_problem!r}")
    intake, personal = _intake(path, open_table(path, hints), kind, theatre_shape(theatre), hints)
    if on_problem == "raise" and len(intake.rejects):
        raise InputError(_faults(intake))
    doubts = ~intake.audit["problem"].isin(QUIET)
    if doubts.any() or personal:
        warnings.warn(_warning(intake, personal), IntakeWarning, stacklevel=2)
    return intake


def open_table(path: Path, hints: Hints) -> Table:
    """Open a file by what it is, which its first bytes tell better than its name.

    Raises
    ------
    MissingInputError
        No such file.
    InputError
        A folder, an empty file, or one that cannot be read as a table.
    """
    geodata.present(path)
    try:
        with path.open("rb") as file:
            head = file.read(16)
        if not head:
            raise InputError(f"{path}: it is empty")
        if head.startswith(OLD_OFFICE):
            raise InputError(
                f"{path}: it is an old or a locked office file: save it as XLSX without a password, or as CSV"
            )
        if head.startswith(WORKBOOK) or path.suffix.lower() in {".xlsx", ".xlsm"}:
            return read_workbook(path, hints)
        if path.suffix.lower() in TEXT_ENDINGS and not head.startswith(SQLITE):
            return read_text(path, hints)
        return read_layer(path)
    except DmzError:
        raise
    except OSError as error:
        raise InputError(f"{path}: it cannot be read ({error.strerror or error})") from error


def _intake(
    path: Path, table: Table, kind: str, theatre: BaseGeometry | None, hints: Hints
) -> tuple[Intake, list[str]]:
    """Read the columns of a table, audit them, and part its rows; with the columns that were not read."""
    notes = list(table.notes)
    personal = columns.personal(table.cells)
    _refuse_personal(path, personal, hints)
    table = dataclasses.replace(table, cells=table.cells.drop(columns=personal))
    mapping = _mapping(path, table, NEEDED[kind], hints)
    notes += columns.rivals(mapping, list(table.cells))
    ledger = _ledger(table)
    read = _read_columns(table, mapping, ledger, kind, hints, notes)
    lon, lat = _axes(table, mapping)
    notes += audit_places(lon, lat, ledger, theatre, hints.far_km)
    read["lon"], read["lat"] = lon.numbers.value, lat.numbers.value
    _forget_precision(read, ledger)
    _enter_duplicates(table, read["id"], ledger, has_id="id" in mapping)
    out = ledger.left_out()
    listed = ledger.listed()
    if personal:
        notes.append(
            f"not read, as they look like names of persons or ways to reach them: {', '.join(map(shown, personal))}"
        )
    intake = Intake(
        path, kind, _good(table, read, mapping, ~out), _rejects(table, listed, out), _audit(table, listed, out),
        mapping, tuple(notes), table.noun,
    )  # fmt: skip
    return intake, personal


def _refuse_personal(path: Path, personal: list[str], hints: Hints) -> None:
    asked = [name for name in hints.columns.values() if name in personal]
    if asked:
        raise InputError(
            f"{path}: {shown(asked[0])} looks like names of persons, which are not read: take it out of the hints"
        )


def _mapping(path: Path, table: Table, needed: tuple[str, ...], hints: Hints) -> dict[str, str]:
    """Which column is which; those of a layer's coordinates are its geometry."""
    names = [str(name) for name in table.cells]
    if table.points is None:
        return columns.match(path, names, hints.columns, needed)
    free = [name for name in names if key(name) not in {*SPELLINGS["lon"], *SPELLINGS["lat"]}]
    found = columns.match(path, free, hints.columns, [one for one in needed if one not in ("lon", "lat")])
    return {**found, "lon": "geometry", "lat": "geometry"}


def _ledger(table: Table) -> Ledger:
    spared = np.zeros(len(table.number), dtype=bool)
    ledger = Ledger(table.number, table.noun, spared)
    where = list(table.misfits)
    code = "cells" if table.points is None else "no-point"
    ledger.add(code, np.array(where, dtype=np.intp), [table.misfits[place] for place in where])
    spared[where] = True
    ledger.add("quotes", np.array(list(table.doubts), dtype=np.intp), list(table.doubts.values()))
    return ledger


def _read_columns(
    table: Table, mapping: Mapping[str, str], ledger: Ledger, kind: str, hints: Hints, notes: list[str]
) -> dict[str, NDArray[np.generic]]:
    """All canonical columns but the coordinates."""
    read: dict[str, NDArray[np.generic]] = {}
    for column in TEXTS:
        cells = table.cells[mapping[column]] if column in mapping else None
        read[column] = np.full(len(table.number), "", dtype=object) if cells is None else as_text(cells)
    if key(mapping.get("category", "")) == "typeofviolence":
        read["category"] = np.array([UCDP_VIOLENCE.get(one.strip(), one) for one in read["category"]], dtype=object)
    read["date"], told = _dates(table, mapping.get("date"), ledger, kind, hints)
    notes += told
    name = mapping.get("precision_m", "")
    cells = table.cells[name] if name else None
    read["precision_m"], told = read_precision(cells, ledger, name, hints.precision_m)
    notes += told
    read["count"] = _counts(table, mapping.get("count"), ledger)
    return read


def _dates(
    table: Table, name: str | None, ledger: Ledger, kind: str, hints: Hints
) -> tuple[NDArray[np.datetime64], list[str]]:
    """Read the dates; where rows need none, a bad one is only a doubt."""
    if name is None:
        return np.full(len(table.number), "NaT", dtype="datetime64[us]"), []
    own = Ledger(ledger.number, ledger.noun, ledger.spared)
    days, notes = read_dates(
        _wall_time(table.cells[name]), own, name, day_first=hints.day_first, epoch_1904=table.epoch_1904
    )
    for entry in own.entries:
        code = entry["problem"].iloc[0]
        if kind == "place" and code == "no-date":
            continue
        soft = {"bad-date": "undated", "ambiguous-date": "undated"} if kind == "place" else {}
        ledger.entries.append(entry.assign(problem=soft.get(code, code)))
    if str(getattr(table.cells[name].dtype, "tz", "")) == "UTC":
        notes.append(f"times in {shown(name)} are read in UTC: a day is that of Greenwich")
    end = next((other for other in table.cells if key(str(other)) == "dateend"), None)
    if key(name) == "datestart" and end is not None:
        longer = int((as_text(table.cells[name]) != as_text(table.cells[end])).sum())
        notes.append(f"date is the first day; {longer:,} of {len(days):,} rows end on another, in {shown(end)}")
    return days, notes


def _wall_time(cells: pd.Series) -> pd.Series:
    """Times as the clock on the wall showed them: a day is the day written, not that of Greenwich."""
    return cells.dt.tz_localize(None) if isinstance(cells.dtype, pd.DatetimeTZDtype) else cells


def _counts(table: Table, name: str | None, ledger: Ledger) -> NDArray[np.float64]:
    """Whole numbers from 0; anything else is not known."""
    if name is None:
        return np.full(len(table.number), UNKNOWN)
    cells = table.cells[name]
    found, text = numbers(cells), as_text(cells)
    thousands = np.array([("," in one or ".000" in one) and not one.isalpha() for one in text], dtype=bool)
    with np.errstate(invalid="ignore"):
        sound = (found.value >= 0) & (found.value % 1 == 0) & (found.value < MOST) & ~thousands
    bad = ~sound & ~found.blank
    ledger.add("bad-count", np.flatnonzero(bad), "is no whole number: taken as unknown", column=name, cells=text)
    return np.where(sound, found.value, UNKNOWN)


def _axes(table: Table, mapping: Mapping[str, str]) -> tuple[Axis, Axis]:
    if table.points is None:
        lon, lat = (table.cells[mapping[axis]] for axis in ("lon", "lat"))
        return (
            Axis(numbers(lon), as_text(lon), mapping["lon"]),
            Axis(numbers(lat), as_text(lat), mapping["lat"]),
        )
    axes = []
    for value in table.points.T:
        endless = np.isinf(value)
        cells = np.array([str(one) for one in value], dtype=object)
        axes.append(Axis(Numbers(np.where(endless, UNKNOWN, value), np.isnan(value), endless), cells, "geometry"))
    return axes[0], axes[1]


def _forget_precision(read: dict[str, NDArray[np.generic]], ledger: Ledger) -> None:
    """A place in whole degrees is not known to within the metres its code says."""
    for entry in ledger.entries:
        if entry["problem"].iloc[0] == "whole-degrees":
            read["precision_m"][entry["position"].to_numpy()] = UNKNOWN


def _enter_duplicates(table: Table, ids: NDArray[np.generic], ledger: Ledger, *, has_id: bool) -> None:
    """Among rows not left out for other reasons, the first of an id is kept; without ids, repeats are only doubted."""
    live = np.flatnonzero(~ledger.left_out())
    if not has_id:
        whole = table.cells if table.wkt is None else table.cells.assign(**{free_name("wkt", table.cells): table.wkt})
        repeated = live[whole.iloc[live].duplicated().to_numpy()] if len(whole.columns) else live[:0]
        ledger.add("repeated-row", repeated, "it is the same in every cell as an earlier one")
        return
    known = live[~is_blank(np.asarray(ids[live], dtype=object))]
    stripped = pd.Series([str(one).strip() for one in ids[known]], index=known, dtype="str")
    double = stripped[stripped.duplicated(keep=False)]
    first_of = {text: row for row, text in reversed(list(double.items()))}
    first = np.array([first_of[text] for text in double], dtype=np.intp)
    row = double.index.to_numpy(dtype=np.intp)
    row, first, said = row[row != first], first[row != first], double.to_numpy(dtype=object)[row != first]
    same = _same_cells(table, row, first)
    how = np.where(same, "of which it is a copy", "which is kept and differs")
    messages = [
        f"its id {shown(text)} is that of {ledger.name(one)}, {end}"
        for text, one, end in zip(said, first, how, strict=True)
    ]
    ledger.add("duplicate-id", row, messages)
    others = pd.Series(ledger.number[row[~same]]).groupby(first[~same]).agg(list)
    left = [f"its id is also that of {_listed(ledger.noun, rows)}, left out though not the same" for rows in others]
    ledger.add("contested-id", others.index.to_numpy(dtype=np.intp), left)


def _same_cells(table: Table, some: NDArray[np.intp], others: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether rows are the same in every cell."""
    same = np.ones(len(some), dtype=bool)
    columns_of = [table.cells[name] for name in table.cells]
    if table.wkt is not None:
        columns_of.append(pd.Series(table.wkt, dtype=object))
    for cells in columns_of:
        same &= as_text(cells.iloc[some]) == as_text(cells.iloc[others])
    return same


def _listed(noun: str, rows: list[int]) -> str:
    shown_rows = ", ".join(map(str, rows[:5])) + (" …" if len(rows) > 5 else "")  # noqa: PLR2004 - enough to find them
    return f"{noun}{'s' if len(rows) > 1 else ''} {shown_rows}"


def _good(
    table: Table, read: Mapping[str, NDArray[np.generic]], mapping: Mapping[str, str], kept: NDArray[np.bool_]
) -> gpd.GeoDataFrame:
    """Canonical columns, the number of the row, then the file's own."""
    data: dict[str, object] = {}
    for column in CANONICAL:
        value = read[column][kept]
        if column in TEXTS:
            data[column] = pd.Series(value, dtype="str").mask(value == "")
        elif column == "count":
            data[column] = pd.Series(value).astype("Int64")
        else:
            data[column] = pd.Series(value)
    data["row"] = pd.Series(table.number[kept])
    own = table.cells[kept].reset_index(drop=True)
    replaced = [mapping[column] for column in CANONICAL if mapping.get(column) == column]
    own = own[own.columns.difference(replaced, sort=False)]
    names = _beside(own, [*CANONICAL, "row", "geometry"])
    data.update({name: own.iloc[:, place] for place, name in enumerate(names)})
    points = gpd.points_from_xy(read["lon"][kept], read["lat"][kept], crs=WGS84)
    return gpd.GeoDataFrame(data, geometry=points, crs=WGS84)


def _rejects(table: Table, listed: pd.DataFrame, out: NDArray[np.bool_]) -> pd.DataFrame:
    """Rows left out, each with all its problems in one."""
    rows = np.flatnonzero(out)
    mine = listed[out[listed["position"].to_numpy(dtype=np.intp)] & ~listed["problem"].isin(QUIET)]
    said: dict[int, list[tuple[str, str]]] = {}
    for position, problem, message in zip(mine["position"], mine["problem"], mine["message"], strict=True):
        said.setdefault(position, []).append((problem, message))
    told = pd.DataFrame(
        {
            "row": table.number[rows],
            "problem": pd.Series(["; ".join(problem for problem, _ in said[int(row)]) for row in rows], dtype="str"),
            "message": pd.Series(["; ".join(message for _, message in said[int(row)]) for row in rows], dtype="str"),
        }
    )
    own = table.cells.iloc[rows].reset_index(drop=True)
    if table.wkt is not None:
        own[free_name("geometry", own.columns)] = table.wkt[rows]
    own.columns = _beside(own, list(told))
    return pd.concat([told, own], axis=1)


def _beside(own: pd.DataFrame, taken: list[str]) -> list[str]:
    """Names of the file's columns where others are taken; a column keeps its own where it can."""
    names = [str(name) for name in own.columns]
    used = {*taken, *names}
    renamed = {}
    for name in names:
        if name in taken:
            renamed[name] = free_name(name, used)
            used.add(renamed[name])
    return [renamed.get(name, name) for name in names]


def _audit(table: Table, listed: pd.DataFrame, out: NDArray[np.bool_]) -> pd.DataFrame:
    position = listed["position"].to_numpy(dtype=np.intp)
    data = {"row": table.number[position], "problem": listed["problem"].astype("str"), "kept": ~out[position]}
    texts = {column: listed[column].astype("str") for column in ("column", "cell", "message")}
    return pd.DataFrame({**data, **texts})


def _left_out(intake: Intake) -> pd.Series:
    """Problems for which rows were left out, one entry each row: its first."""
    return intake.rejects["problem"].str.split("; ").str[0]


def _warning(intake: Intake, personal: list[str]) -> str:
    """Say in one sentence what is not as it should be."""
    parts = []
    if len(intake.rejects):
        parts.append(
            f"{len(intake.rejects):,} of {intake.rows:,} {intake.noun}s left out ({counted(_left_out(intake))})"
        )
    doubts = intake.audit[intake.audit["kept"] & ~intake.audit["problem"].isin(QUIET)]
    if len(doubts):
        parts.append(f"{doubts['row'].nunique():,} kept with a doubt ({counted(doubts['problem'])})")
    if personal:
        parts.append(f"columns not read, as they look like names of persons: {', '.join(map(shown, personal))}")
    return f"{intake.path}: {'; '.join(parts)}. dmz.intake.summary says which, write_rejects writes those left out"


def _faults(intake: Intake) -> list[str]:
    rejects = intake.rejects
    faults = [
        f"{intake.path}: {intake.noun} {row}: {message}"
        for row, message in zip(rejects["row"][:MOST_FAULTS], rejects["message"][:MOST_FAULTS], strict=True)
    ]
    more = len(rejects) - len(faults)
    return [*faults, f"{intake.path}: and {more:,} more"] if more > 0 else faults
