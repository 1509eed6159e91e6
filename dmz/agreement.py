"""Read and check one agreement of seeds/; the only door to seeds/."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import Field

from dmz.errors import AgreementError, MissingInputError

# Where the wheel keeps the seeds and layers that are shipped with it; a checkout has them beside the package.
_SHIPPED = Path(__file__).parent / "_shipped"
SHIPPED = _SHIPPED if _SHIPPED.is_dir() else Path(__file__).parent.parent

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", description="lower case letters, digits and hyphens")]
Km = Annotated[float, Field(gt=0, le=60, description="kilometres")]
DepthKm = Km | tuple[Km, Km]
# Date of an obligation counted from the day the agreement enters into force.
DAYS_AFTER = re.compile(r"^(\d{1,4}) days? after entry into force$")
DueDate = Annotated[
    dt.date | None,
    pydantic.WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "pattern": DAYS_AFTER.pattern}]}
    ),
]


class _Part(pydantic.BaseModel):
    """A table of the file: fixed once read, and no key that nobody reads."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, populate_by_name=True)


class Names(_Part):
    """What something is called, by language."""

    en: str
    ar: str = ""
    tr: str = ""
    ru: str = ""


class Category(Names):
    """A kind of weapon, group or activity that the text names."""

    id: Id


class Source(_Part):
    """A document somebody can open."""

    id: Id
    title: str
    kind: Literal["agreement", "news", "statement", "report", "dataset"]
    date: dt.date | None = None
    url: Annotated[str, Field(pattern=r"^(https?://|$)")] = ""
    note: str = ""
    confidence: Literal["high", "medium", "low"] = "high"


class Basis(_Part):
    """Where a term stands: source and clause, its very words or, where they were not seen, what it says."""

    source: Id
    clause: str = ""
    words: Annotated[str, Field(description="quoted, to the letter")] = ""
    says: Annotated[str, Field(description="in our words")] = ""


class _Term(_Part):
    """A term of the agreement, with everything it rests on."""

    id: Id
    name: Names
    basis: Annotated[tuple[Basis, ...], Field(min_length=1)]
    note: Annotated[str, Field(description="how it is modelled, where the sources differ or are silent")] = ""


class Party(_Part):
    """Who is bound, who guarantees, who holds ground beside it."""

    id: Id
    name: Names
    role: Literal["belligerent", "guarantor", "outside"]
    note: str = ""


class LineTerms(_Part):
    """Which layer is the line of contact, and who is on either side as one looks along it."""

    layer: str
    left: Id
    right: Id
    note: str = ""


class ZoneTerms(_Term):
    """The zone the agreement asks for."""

    depth_km: DepthKm | dict[Id, DepthKm]
    ends: Literal["round", "flat"] = "round"
    due: dt.date | None = None


class Reading(_Term):
    """One way to understand the zone's text; the first of the file is shown first."""

    kind: Literal["each-side", "total-width", "deep", "per-side"]
    party: Id | None = None


class Obligation(_Term):
    """Something to be done or left undone: by whom, what, where, by when.

    `due_rule` holds the words "n days after entry into force" where the file has them in place of the date.
    """

    duty: Annotated[
        Literal["once", "lasting", "standing"],
        Field(
            description="once: an act; lasting: a state to be reached and kept; standing: holds from entry into force"
        ),
    ] = "lasting"
    due: DueDate = None
    due_rule: Annotated[str, Field(exclude=True, json_schema_extra={"readOnly": True})] = ""
    parties: tuple[Id, ...] = ()
    categories: tuple[Category, ...] = ()
    where: Literal["zone", "zone-boundary", "corridors", "storage", "area", "elsewhere"] = "zone"
    roads: Annotated[tuple[Id, ...], Field(description="corridors of this file that it is about")] = ()


class Corridor(_Term):
    """A road to be kept open; `id` is its key in the corridors' layer."""

    from_place: str
    to_place: str
    due: dt.date | None = None
    alternative_of: Id | None = None


class Patrol(_Term):
    """Patrols the agreement provides for, and the line they follow."""

    parties: tuple[Id, ...]
    along: Literal["zone-boundary", "corridor", "zone"]


class PatrolReport(_Term):
    """A patrol reported without a route that could be drawn."""

    parties: tuple[Id, ...]
    date: dt.date
    date_to: dt.date | None = None


class Posts(_Term):
    """Observation posts, and the layer they stand in."""

    operator: Id
    count: Annotated[int, Field(gt=0)]


class Institution(_Term):
    """A body set up or used by the agreement."""

    parties: tuple[Id, ...] = ()


class Difference(_Part):
    """A point on which two sources differ, and what is modelled."""

    topic: str
    accounts: Annotated[tuple[Basis, ...], Field(min_length=2)]
    taken: str


class Layers(_Part):
    """Keys of the input layers in the manifest."""

    theatre: str
    areas: str | None = None
    corridors: str | None = None
    patrols: str | None = None
    posts: str | None = None
    road_reports: str | None = None
    settlements: str | None = None
    facilities: Annotated[str | None, Field(description="points with a category each")] = None
    units: Annotated[str | None, Field(description="administrative units with P-codes")] = None
    population: Annotated[str | None, Field(description="key of a raster of people in the manifest")] = None
    vertices: str | None = None
    waypoints: Annotated[str | None, Field(description="named places on the roads, beside the settlements")] = None
    basemap: tuple[str, ...] = ()


class ExposureTerms(_Part):
    """How places, units and people in the zone are looked up: judgements of ours, printed beside the numbers."""

    near_km: Annotated[
        float | None, Field(ge=0, le=60, description="how far outside the zone's edge still is near, km")
    ] = None
    uncertainty_km: Annotated[
        float | None,
        Field(ge=0, le=60, description="of settlements and facilities that do not say how well they are placed"),
    ] = None
    category: Annotated[str, Field(description="column of the facilities' layer that says what each is")] = "category"
    level: Annotated[int | None, Field(ge=0, le=4, description="of the units; by default the deepest there is")] = None
    language: Annotated[str, Field(description="of the units' names: ending of their column")] = "en"

    @property
    def placed(self) -> dict[str, float]:
        """What the file says of placing points, as `dmz.placing.place` takes it."""
        said = {"near_km": self.near_km, "uncertainty_km": self.uncertainty_km}
        return {name: km for name, km in said.items() if km is not None}


class Agreement(_Part):
    """The terms of one agreement, each with its clause and source.

    `key` is the stem of its file and of everything written from it.
    """

    key: Annotated[str, Field(exclude=True, json_schema_extra={"readOnly": True})] = ""
    title: Names
    place: Names
    date: dt.date
    entry_into_force: Annotated[dt.date | None, Field(description="where it is not the agreement's date")] = None
    summary: str
    notes: tuple[str, ...] = ()
    line: LineTerms
    layers: Layers
    observations: Annotated[str | None, Field(description="key of the table of observations in the manifest")] = None
    exposure: ExposureTerms = ExposureTerms()
    zone: ZoneTerms
    readings: Annotated[tuple[Reading, ...], Field(alias="reading", min_length=1)]
    parties: Annotated[tuple[Party, ...], Field(alias="party", min_length=2)]
    sources: Annotated[tuple[Source, ...], Field(alias="source", min_length=1)]
    obligations: Annotated[tuple[Obligation, ...], Field(alias="obligation")] = ()
    corridors: Annotated[tuple[Corridor, ...], Field(alias="corridor")] = ()
    patrols: Annotated[tuple[Patrol, ...], Field(alias="patrol")] = ()
    patrol_reports: Annotated[tuple[PatrolReport, ...], Field(alias="patrol-report")] = ()
    posts: Annotated[tuple[Posts, ...], Field(alias="post")] = ()
    institutions: Annotated[tuple[Institution, ...], Field(alias="institution")] = ()
    provisions: Annotated[tuple[_Term, ...], Field(alias="provision")] = ()
    differences: Annotated[tuple[Difference, ...], Field(alias="difference")] = ()

    @property
    def in_force(self) -> dt.date:
        """Day from which it binds: its entry into force, or its date where the file gives no other."""
        return self.entry_into_force or self.date

    def source(self, key: str) -> Source:
        """Source by its id."""
        return next(source for source in self.sources if source.id == key)

    def party(self, key: str) -> Party:
        """Party by its id."""
        return next(party for party in self.parties if party.id == key)

    def reference(self, basis: Basis) -> str:
        """Where a sentence stands: title of the source, and clause."""
        return self.source(basis.source).title + (basis.clause and f", {basis.clause}")

    def cite(self, term: _Term) -> str:
        """Where a term stands, in a line: every source and clause."""
        return "; ".join(map(self.reference, term.basis))

    def quote(self, accounts: Iterable[Basis]) -> str:
        """What sources say, in a line: their words in quotes, else ours, each with its place."""
        return "; ".join(f"{f'“{b.words}”' if b.words else b.says} ({self.reference(b)})" for b in accounts)


def find(seed: str | Path) -> Path:
    """Path of an agreement's file: as given, or by its key among those shipped with the library.

    Raises
    ------
    MissingInputError
        Where there is neither; it names the keys there are.
    """
    path = Path(seed)
    if path.is_file():
        return path
    shipped = {file.stem: file for file in sorted((SHIPPED / "seeds").glob("*.toml"))}
    if str(seed) in shipped:
        return shipped[str(seed)]
    raise MissingInputError(f"{path}: no such file; the agreements shipped with dmz are {', '.join(shipped)}")


def read_agreement(seed: str | Path) -> Agreement:
    """Read an agreement's file.

    Parameters
    ----------
    seed
        Path of the TOML file, or the key of a shipped agreement (``"sochi-2018"``).

    Raises
    ------
    MissingInputError
        No such file.
    AgreementError
        Every fault of the file at once, each with its place.
    """
    path = find(seed)
    try:
        raw = tomllib.loads(_quote_false_dates(path.read_text(encoding="utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AgreementError(f"{path}: not a TOML file: {error}") from error
    faults = [*_reference_faults(raw), *_obligation_faults(raw)]
    try:
        agreement = Agreement.model_validate(_counted(raw) | {"key": path.stem})
    except pydantic.ValidationError as error:
        faults = [*map(_sentence, error.errors()), *faults]
    if faults:
        raise AgreementError([f"{path}: {fault}" for fault in dict.fromkeys(faults)])
    return agreement


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of an agreement's file, for editors."""
    schema = Agreement.model_json_schema(by_alias=True)
    schema["properties"].pop("key")
    schema["$defs"]["Obligation"]["properties"].pop("due_rule")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


# A bare word of a date's shape after an equals sign, in a list or a table: TOML itself stops at the first false one.
_DATE = re.compile(r"(?<=[=\[,{])(\s*)(\d{4}-\d{2}-\d{2})(?=\s*(?:[,\]}#]|$))", re.MULTILINE)


def _quote_false_dates(text: str) -> str:
    """Make dates that no calendar has into text, so that they are reported with their place and all other faults."""

    def quoted(match: re.Match[str]) -> str:
        try:
            dt.date.fromisoformat(match[2])
        except ValueError:
            return f'{match[1]}"{match[2]}"'
        return match[0]

    return _DATE.sub(quoted, text)


def _place(path: tuple[str | int, ...]) -> str:
    """Write ``corridor[1].due`` for the path of a value in the file."""
    words = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(words).removeprefix(".")


# What pydantic adds to the path of a value for each kind of depth it tried; it is no place in the file.
_DEPTH_KIND = re.compile(r"constrained-float|(tuple|dict)\[")


def _sentence(fault: Any) -> str:
    """Turn one finding of pydantic into a sentence with its place."""
    path = fault["loc"]
    union = next((i for i, step in enumerate(path) if _DEPTH_KIND.match(str(step))), None)
    if union is not None:
        return (
            f"{_place(path[:union])}: give km above 0 and at most 60, a range [15, 20] of them, or one of these a party"
        )
    place = _place(path)
    value, kind = fault["input"], fault["type"]
    if kind == "missing":
        return f"{place}: it is missing"
    if kind == "extra_forbidden":
        return f"{place}: no such key"
    if kind.startswith("date"):
        counted = re.match(r"obligation\[\d+\]\.due$", place) and "days" in str(value)
        return f"{place}: {value} is not a date{', nor of the form 7 days after entry into force' if counted else ''}"
    if kind == "literal_error":
        return f"{place}: {value!r} is none of {fault['ctx']['expected']}"
    message = fault["msg"][:1].lower() + fault["msg"][1:]
    return f"{place}: {value!r}: {message}"


def _counted(raw: dict[str, Any]) -> dict[str, Any]:
    """Dates of obligations counted out that are given as days after entry into force; what cannot be is left."""
    start = raw.get("entry_into_force", raw.get("date"))
    if not isinstance(start, dt.date) or not isinstance(raw.get("obligation"), list):
        return raw
    return raw | {"obligation": [_counted_one(entry, start) for entry in raw["obligation"]]}


def _counted_one(entry: Any, start: dt.date) -> Any:
    due = entry.get("due") if isinstance(entry, Mapping) else None
    match = DAYS_AFTER.match(due) if isinstance(due, str) else None
    try:
        return {**entry, "due": start + dt.timedelta(days=int(match[1])), "due_rule": due} if match else entry
    except OverflowError:  # beyond the calendar's last year: reported as no date
        return entry


def _obligation_faults(raw: dict[str, Any]) -> Iterator[str]:
    """Obligations that do not hold together, or name roads the file does not have."""
    known = [road.get("id") for road in _tables(raw, "corridor")]
    for number, entry in enumerate(_tables(raw, "obligation")):
        place = f"obligation[{number}]"
        if "due_rule" in entry:
            yield f"{place}.due_rule: no such key"
        if entry.get("duty") == "standing" and "due" in entry:
            yield f"{place}.due: a standing obligation holds from entry into force: leave its date out"
        given = entry.get("roads")
        roads = given if isinstance(given, list) else []
        for road in (road for road in roads if road not in known):
            yield f"{place}.roads: {road!r} is no corridor of this file; it has {', '.join(map(str, known)) or 'none'}"
        if roads and entry.get("where") != "corridors":
            yield f"{place}.where: an obligation about roads lies on 'corridors'"
        ids = Counter(str(kind.get("id")) for kind in _tables(entry, "categories"))
        yield from (
            f"{place}.categories: the id {name!r} stands {count} times" for name, count in ids.items() if count > 1
        )


# Keys whose value, or each of whose values, must be the id of a party or of a source.
_PARTY_KEYS = frozenset({"parties", "operator", "left", "right"})


def _reference_faults(raw: dict[str, Any]) -> Iterator[str]:
    """Ids that stand twice or that nobody declared; read before the types are, so that all faults come at once."""
    known = {table: [entry.get("id") for entry in _tables(raw, table)] for table in ("party", "source")}
    for table in raw:
        ids = Counter(str(entry["id"]) for entry in _tables(raw, table) if "id" in entry)
        yield from (f"{table}: the id {name!r} stands {count} times" for name, count in ids.items() if count > 1)
    for path, value in _leaves(raw):
        key = next(step for step in reversed(path) if isinstance(step, str))
        kind = "source" if key == "source" else "party" if key in _PARTY_KEYS or path[-1] == "party" else None
        if kind and isinstance(value, str) and value not in known[kind]:
            yield f"{_place(path)}: {value!r} is no {kind} of this file; it has {', '.join(map(str, known[kind]))}"
    yield from _reading_faults(raw)


def _reading_faults(raw: dict[str, Any]) -> Iterator[str]:
    """Readings that cannot be laid along this line."""
    line, zone = (raw[key] if isinstance(raw.get(key), Mapping) else {} for key in ("line", "zone"))
    sides, depth = [line.get("left"), line.get("right")], zone.get("depth_km")
    for number, reading in enumerate(_tables(raw, "reading")):
        if reading.get("kind") == "deep" and reading.get("party") not in sides:
            yield f"reading[{number}].party: {reading.get('party')!r} is not on a side of the line; {sides} are"
        if (reading.get("kind") == "per-side") != isinstance(depth, Mapping):
            yield f"reading[{number}].kind: 'per-side' and a depth for each party in zone.depth_km belong together"
    numbers = depth if isinstance(depth, list) and all(isinstance(km, int | float) for km in depth) else []
    if numbers != sorted(numbers):
        yield f"zone.depth_km: {depth}: write the smaller depth first"


def _tables(raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = raw.get(name)
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []


def _leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every plain value of the file with its path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*path, number))
    else:
        yield path, value
