"""Hold dated, sourced observations: their columns, their claims, and no names of persons."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dmz.errors import CRSError, InputError, MissingInputError
from dmz.geodata import WGS84

OBSERVATION_COLUMNS = {
    "id": "what it is called in tables and sentences; no two alike",
    "obligation": "ids of the obligations it is about, with ';' between; empty: found by clause, category or road",
    "clause": "clause it is about, as the agreement's file writes it ('article 6'); empty: not said",
    "category": "id or name of a category of the text ('tanks'); empty: all of them",
    "date_observed": "day of what was seen, or the last day its source allows, ISO 8601",
    "date_reported": "day from which it could be known, or the last day its source allows, ISO 8601",
    "lon": "longitude on WGS 84, degrees; empty with lat: no place",
    "lat": "latitude on WGS 84, degrees",
    "precision_m": "radius about lon, lat in which the true place lies, metres; needed with them",
    "road": "key of the road in the agreement; empty: not on a road",
    "from_km": "chainage on the road, km from its start; empty: the whole road, or lon and lat say where",
    "to_km": "chainage of the other end of a stretch; empty: one place",
    "count": "how many were seen, a whole number; empty: unknown, never 0",
    "claim": "one of CLAIMS, or of OSCE_CLAIMS as the reports word it",
    "observer": "organisation that saw or said it; several with ';' between",
    "method": "how it was seen: patrol, unmanned aircraft, statement, ...",
    "source": "document where it stands, so that somebody can open it",
    "confidence": "high, medium, low; empty: not judged",
    "note": "what a reader should know",
}
DATES = ("date_observed", "date_reported")
NUMBERS = ("lon", "lat", "precision_m", "from_km", "to_km", "count")
TEXTS = tuple(column for column in OBSERVATION_COLUMNS if column not in {*DATES, *NUMBERS})
REQUIRED = ("id", "date_observed", "date_reported", "claim", "observer", "source")
CLAIMS = ("supports", "supports in part", "contradicts", "cannot tell")
CONFIDENCE = ("high", "medium", "low")

# What the categories of the OSCE's reports of 2015-2022 on withdrawal lines and storage sites say: first of an
# obligation to withdraw, then of one to keep in storage (where = "storage"). A weapon behind the lines has gone part
# of the way; one that is missing may be anywhere; where nobody could look, nobody knows.
OSCE_CLAIMS = {
    "in violation of withdrawal lines": ("contradicts", "contradicts"),
    "beyond the lines but outside storage sites": ("supports in part", "contradicts"),
    "could not be verified": ("cannot tell", "cannot tell"),
    "missing again": ("cannot tell", "contradicts"),
    "access denied": ("cannot tell", "cannot tell"),
}

# Words in a column's name that promise persons. A place's name and a rank's holder look alike, so both are refused.
PERSON_WORDS = re.compile(
    r"(full|first|last|sur|fore)?names?|persons?|people|individuals?|commanders?|officers?|leaders?|fighters?|soldiers?"
    r"|victims?|casualty|casualties|suspects?|witness(es)?|informants?|detainees?|perpetrators?|hostages?"
    r"|contacts?|phone|telephone|mobile|email|passport|birth"
)
# Beginnings and signs of persons in a text; a name without any is not told from an organisation's.
TITLES = re.compile(
    r"^(mr|mrs|ms|miss|dr|prof|sheikh|sayyid|colonel|captain|lieutenant|sergeant|brigadier|"
    r"(brig|gen|col|capt|maj|lt|sgt|adm)\.)(\s|\.|$)",
    re.IGNORECASE,
)
CONTACTS = re.compile(r"@|\+?\d[\d ()-]{6,}\d")
FARTHEST_PRECISION_M = 500_000.0
MOST = 1_000_000


def read_observations(path: str | Path, *, organisations: Collection[str] | None = None) -> gpd.GeoDataFrame:
    """Read observations from CSV or GeoJSON with the columns of `OBSERVATION_COLUMNS`.

    Parameters
    ----------
    path
        A ``.csv`` in UTF-8 with a header, or a ``.geojson`` of points, whose geometry may be null and otherwise stands
        for ``lon`` and ``lat``.
    organisations
        As `check_observations` takes them.

    Returns
    -------
    geopandas.GeoDataFrame
        As `check_observations` returns it. A file without observations gives an empty table.

    Raises
    ------
    MissingInputError
        No such file.
    InputError, CRSError
        What cannot be read, and what `check_observations` refuses; each fault with the file and the row, counted as
        a spreadsheet does (the header is row 1), or the feature, counted from 0.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingInputError(f"{path}: no such file")
    readers: dict[str, Callable[[Path], tuple[pd.DataFrame, list[str]]]] = {
        ".csv": _csv, ".geojson": _geojson, ".json": _geojson,
    }  # fmt: skip
    if path.suffix.lower() not in readers:
        raise InputError(f"{path}: observations are read from .csv or .geojson; dmz.intake reads tables as they come")
    table, rows = readers[path.suffix.lower()](path)
    return _checked(table, [f"{path}: {row}" for row in rows], str(path), organisations)


def check_observations(table: pd.DataFrame, *, organisations: Collection[str] | None = None) -> gpd.GeoDataFrame:
    """Check a table of observations and give it its types.

    Parameters
    ----------
    table
        Columns of `OBSERVATION_COLUMNS`; those of `REQUIRED` must be there, others may be left out. A GeoDataFrame's
        points stand for ``lon`` and ``lat`` where it has none.
    organisations
        Observers there may be. Given, every other one is refused, which is the only sure way to keep persons out: a
        title, a telephone number or an address is recognised, a bare name of a person is not told from an
        organisation's.

    Returns
    -------
    geopandas.GeoDataFrame
        All columns in their order, longitude, latitude on WGS 84; dates as `datetime.date`, numbers as floats,
        ``count`` as Int64, unknown texts as None; geometry Point, or None without a place.

    Raises
    ------
    InputError
        Columns or rows that cannot be used; every fault at once.
    """
    rows = [f"row {index}" for index in table.index]
    flat = pd.DataFrame(table.drop(columns=table.geometry.name)) if isinstance(table, gpd.GeoDataFrame) else table
    if isinstance(table, gpd.GeoDataFrame) and not {"lon", "lat"} & {*table.columns}:
        if table.crs is None:
            raise CRSError("observations: the table has no CRS: set it with table.set_crs(...)")
        points = table.geometry.to_crs(WGS84)
        if not points.isna().all() and {*points.dropna().geom_type} != {"Point"}:
            raise InputError("observations: their places must be points")
        flat = flat.assign(lon=points.x.to_numpy(), lat=points.y.to_numpy())
    return _checked(flat.reset_index(drop=True), rows, "observations", organisations)


def claim_of(words: str, *, storage: bool = False) -> str:
    """What a claim says, one of `CLAIMS`: itself, or by `OSCE_CLAIMS` of withdrawal or of storage."""
    return OSCE_CLAIMS[words][storage] if words in OSCE_CLAIMS else words


def coarsened(table: gpd.GeoDataFrame, *, decimals: int) -> gpd.GeoDataFrame:
    """Round coordinates for passing on, and say so.

    Parameters
    ----------
    table
        With columns ``lon``, ``lat``, ``precision_m``, as `check_observations` returns it.
    decimals
        Digits after the point, 0 to 7: 2 are about 1 km, 1 about 11 km.

    Returns
    -------
    geopandas.GeoDataFrame
        ``precision_m`` grows by the most a point can have moved, half the diagonal of a cell at the equator;
        ``rounded_deg`` says the cell. Chainages are left: they are on a public road.
    """
    if decimals not in range(8):
        raise InputError(f"decimals is {decimals}: give 0 to 7 digits after the point")
    cell = 10.0**-decimals
    moved_m = cell / 2 * np.hypot(111_319.5, 111_694.0)  # metres a degree: longitude at the equator, latitude at a pole
    lon, lat = table["lon"].round(decimals), table["lat"].round(decimals)
    coarse = table.assign(lon=lon, lat=lat, precision_m=table["precision_m"] + moved_m, rounded_deg=cell)
    return gpd.GeoDataFrame(coarse, geometry=_points(lon, lat), crs=WGS84)


# ------------------------------------------------------------------------------------------------------ files


def _csv(path: Path) -> tuple[pd.DataFrame, list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *records = list(csv.reader(file, strict=True)) or [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: it is no CSV in UTF-8 ({error})") from error
    if not header:
        raise InputError(f"{path}: it is empty; the first row names the columns")
    header = [name.strip() for name in header]
    numbered = [(f"row {number}", record) for number, record in enumerate(records, start=2) if any(record)]
    faults = [
        f"{path}: {row} has {len(record)} cells, the header {len(header)}"
        for row, record in numbered
        if len(record) != len(header)
    ]
    if faults:
        raise InputError(faults)
    return pd.DataFrame([record for _, record in numbered], columns=header, dtype=object), [row for row, _ in numbered]


def _geojson(path: Path) -> tuple[pd.DataFrame, list[str]]:
    try:
        collection = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path}: it is no GeoJSON ({error})") from error
    features = collection.get("features") if isinstance(collection, Mapping) else None
    if not isinstance(features, list):
        raise InputError(f"{path}: it is no FeatureCollection")
    if "crs" in collection and not re.search(r"CRS84|4326", json.dumps(collection["crs"])):
        raise CRSError(f"{path}: it has another CRS: save it as longitude and latitude, EPSG:4326")
    records, faults = [], []
    for number, feature in enumerate(features):
        try:
            records.append(_record(feature))
        except (TypeError, ValueError) as error:
            faults.append(f"{path}: feature {number}: {error}")
    if faults:
        raise InputError(faults)
    columns = [*dict.fromkeys(key for record in records for key in record)] or [*OBSERVATION_COLUMNS]
    return pd.DataFrame(records, columns=columns, dtype=object), [
        f"feature {number}" for number in range(len(features))
    ]


def _record(feature: Any) -> dict[str, Any]:
    """Properties of a feature, with its point as lon and lat."""
    if not isinstance(feature, Mapping) or not isinstance(feature.get("properties"), Mapping):
        raise TypeError("it has no properties")
    record, geometry = dict(feature["properties"]), feature.get("geometry")
    if geometry is None:
        return record
    if not isinstance(geometry, Mapping) or geometry.get("type") != "Point":
        raise ValueError("its geometry must be a Point, or null")
    place = geometry.get("coordinates")
    if not isinstance(place, list) or len(place) < 2 or not all(isinstance(c, int | float) for c in place):  # noqa: PLR2004 - longitude, latitude
        raise ValueError("its point has no longitude and latitude")
    for key, value in zip(("lon", "lat"), place[:2], strict=True):
        if record.setdefault(key, value) not in (None, value):
            raise ValueError(f"its {key} is {record[key]}, its point's {value}")
        record[key] = value
    return record


# ------------------------------------------------------------------------------------------------------ checks


def _checked(
    table: pd.DataFrame, rows: list[str], where: str, organisations: Collection[str] | None
) -> gpd.GeoDataFrame:
    if faults := [f"{where}: {fault}" for fault in _column_faults([*map(str, table.columns)])]:
        raise InputError(faults)
    clean: list[dict[str, Any]] = []
    for row, record in zip(rows, table.to_dict("records"), strict=True):
        entry = {column: _plain(record.get(column)) for column in OBSERVATION_COLUMNS}
        absent = [f"{column} is missing" for column in REQUIRED if entry[column] is None]
        found = [*absent, *_typed(entry), *_row_faults(entry, organisations)]
        named = f"{row} ({entry['id']})" if entry["id"] else row
        faults += [f"{named}: {fault}" for fault in found]
        clean.append(entry)
    ids = Counter(entry["id"] for entry in clean if entry["id"])
    faults += [f"{where}: the id {name!r} stands {count} times" for name, count in ids.items() if count > 1]
    if faults:
        raise InputError(faults)
    return _frame(clean)


def _column_faults(columns: list[str]) -> Iterator[str]:
    for column, count in Counter(columns).items():
        words = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", column).lower())
        if count > 1:
            yield f"the column {column!r} stands {count} times"
        elif column in OBSERVATION_COLUMNS:
            continue
        elif any(map(PERSON_WORDS.fullmatch, words)):
            yield (
                f"the column {column!r} looks like names of persons, which dmz does not take: delete it; "
                "an organisation belongs in 'observer', a place's name in 'note'"
            )
        else:
            yield f"no column {column!r} is known; the columns are {', '.join(OBSERVATION_COLUMNS)}"
    for column in REQUIRED:
        if column not in columns:
            yield f"the column {column!r} is missing"


def _plain(value: Any) -> Any:
    """Text without the spaces around it; None for every way to say unknown."""
    if isinstance(value, str):
        return value.strip() or None
    return value if isinstance(value, list | dict) or not pd.isna(value) else None


def _typed(entry: dict[str, Any]) -> Iterator[str]:
    """Give a row its types, in place; what cannot be had becomes None and a fault."""
    for columns, typed, way_out in (
        (DATES, _date, "write a day as 2018-10-17"),
        (NUMBERS, _number, "it is not a number"),
        (TEXTS, _text, ""),
    ):
        for column in columns:
            given = entry[column]
            entry[column] = None if given is None else typed(given)
            if given is not None and entry[column] is None:
                yield f"{column} is {given!r}: {way_out}"
    for column in ("claim", "confidence"):
        if entry[column] is not None:
            entry[column] = " ".join(entry[column].lower().split())


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _date(value: Any) -> dt.date | None:
    if isinstance(value, dt.datetime):  # a pandas Timestamp too
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)) else None
    except ValueError:
        return None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _row_faults(entry: dict[str, Any], organisations: Collection[str] | None) -> Iterator[str]:
    if not any(entry[column] for column in ("obligation", "clause", "category", "road")):
        yield "nothing says what it is about: fill obligation, clause, category or road"
    observed, reported = entry["date_observed"], entry["date_reported"]
    if observed and reported and reported < observed:
        yield f"it was reported on {reported}, before it was observed on {observed}"
    claims = (*CLAIMS, *OSCE_CLAIMS)
    if entry["claim"] and entry["claim"] not in claims:
        yield f"claim is {entry['claim']!r}, none of {', '.join(claims)}"
    if entry["confidence"] and entry["confidence"] not in CONFIDENCE:
        yield f"confidence is {entry['confidence']!r}, none of {', '.join(CONFIDENCE)}"
    if entry["count"] is not None and (not 0 <= entry["count"] <= MOST or entry["count"] % 1):
        yield f"count is {entry['count']:g}: give a whole number, or nothing where it is unknown"
    yield from _place_faults(entry)
    if entry["observer"]:
        yield from _observer_faults(entry["observer"], organisations)


def _place_faults(entry: dict[str, Any]) -> Iterator[str]:
    lon, lat, precision = entry["lon"], entry["lat"], entry["precision_m"]
    if (lon is None) != (lat is None):
        yield "lon and lat belong together"
    elif lon is None and precision is not None:
        yield "precision_m has no lon and lat"
    elif lon is not None and not (-180 <= lon <= 180 and -90 <= lat <= 90):  # noqa: PLR2004 - degrees
        yield f"lon {lon:g}, lat {lat:g} are no degrees"
    elif lon is not None and precision is None:
        yield "precision_m is missing: say within how many metres of lon, lat it was"
    elif precision is not None and not 0 <= precision <= FARTHEST_PRECISION_M:
        yield f"precision_m is {precision:g}: give metres from 0 to {FARTHEST_PRECISION_M:g}"
    start, end = entry["from_km"], entry["to_km"]
    if start is not None and entry["road"] is None:
        yield "from_km has no road"
    if start is not None and lon is not None:
        yield "it has both lon, lat and a chainage: leave one out"
    if end is not None and (start is None or end < start):
        yield "to_km needs a from_km that is not greater"
    if start is not None and start < 0:
        yield f"from_km is {start:g}: chainage begins with 0"


def _observer_faults(observer: str, organisations: Collection[str] | None) -> Iterator[str]:
    for one in (part.strip() for part in observer.split(";")):
        if TITLES.search(one) or CONTACTS.search(one):
            yield f"the observer {one!r} looks like a person: name the organisation"
        elif organisations is not None and one not in organisations:
            yield f"the observer {one!r} is none of the organisations {', '.join(sorted(organisations))}"


def _frame(clean: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    table = pd.DataFrame(clean, columns=[*OBSERVATION_COLUMNS], dtype=object)
    for column in NUMBERS[:-1]:
        table[column] = table[column].astype(float)
    table["count"] = pd.array([pd.NA if value is None else int(value) for value in table["count"]], dtype="Int64")
    return gpd.GeoDataFrame(table, geometry=_points(table["lon"], table["lat"]), crs=WGS84)


def _points(lon: pd.Series, lat: pd.Series) -> list[shapely.Point | None]:
    return [None if np.isnan(x) else shapely.Point(x, y) for x, y in zip(lon, lat, strict=True)]
