"""Read and check one agreement of seeds/; the only door to seeds/."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import Field

from dmz import faults
from dmz.errors import AgreementError, MissingInputError
from dmz.faults import place_of, quote_false_dates

# Where the wheel keeps the seeds and layers that are shipped with it; a checkout has them beside the package.
_SHIPPED = Path(__file__).parent / "_shipped"
SHIPPED = _SHIPPED if _SHIPPED.is_dir() else Path(__file__).parent.parent

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", description="lower case letters, digits and hyphens")]
# The engine lays zones up to 1,000 km deep (`dmz.geodesy.MAX_DISTANCE_M`).
Km = Annotated[float, Field(gt=0, le=1000, description="kilometres")]
DepthKm = Km | tuple[Km, Km]
# A date counted from the day the agreement enters into force.
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
    el: str = ""
    fr: str = ""
    he: str = ""
    km: str = ""
    ko: str = ""
    sq: str = ""
    sr: str = ""
    th: str = ""
    uk: str = ""
    zh: str = ""

    def said(self, language: str) -> str:
        """Name in a language, in English where the file has none in it."""
        return str(getattr(self, language, "")) or self.en


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
    """What the zones are laid along, and who is on either side as one looks along it.

    A line of contact in a layer; or one line a party, each measuring from its own; or a road of this file.
    """

    layer: Annotated[
        str | dict[Id, str],
        Field(description="key of a layer, or one for each party; empty where none is shipped: the user gives a file"),
    ] = ""
    road: Annotated[Id | None, Field(description="corridor of this file, in place of a layer and of parties")] = None
    left: Id | None = None
    right: Id | None = None
    actual: Annotated[
        Id | None,
        Field(
            description="party whose own line tells who holds the ground; by default the line midway between the two"
        ),
    ] = None
    name: str = ""
    missing: Annotated[str, Field(description="why no layer is shipped")] = ""
    note: str = ""

    @property
    def own(self) -> bool:
        """Whether each party measures from a line of its own."""
        return isinstance(self.layer, dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the layers there are."""
        layers = self.layer.values() if isinstance(self.layer, dict) else (self.layer,)
        return tuple(key for key in layers if key)


class ZoneTerms(_Term):
    """A zone the agreement asks for: of some depth off the line, the ground between two lines, or given by its corners.

    Several zones of one agreement may overlap: each has its own depth, purpose and kinds of weapons.
    """

    depth_km: DepthKm | dict[Id, DepthKm] | None = None
    between: Annotated[bool, Field(description="the ground between the two parties' lines")] = False
    corners: Annotated[
        tuple[str, ...], Field(description="points in their order: 14°23'N 104°41'E, or 14.3833, 104.6833")
    ] = ()
    ends: Literal["round", "flat"] = "round"
    due: DueDate = None
    until: Annotated[DueDate, Field(description="the day it ended")] = None
    categories: Annotated[tuple[Category, ...], Field(description="what it keeps out")] = ()

    @property
    def depth_said(self) -> str:
        """``"15-20 km"``, one for each party where they differ, "" where the zone has none."""
        if isinstance(self.depth_km, dict):
            return ", ".join(f"{party} {_said(depth)}" for party, depth in self.depth_km.items())
        return "" if self.depth_km is None else _said(self.depth_km)


def _said(depth: float | tuple[float, float]) -> str:
    return ("-".join(f"{km:g}" for km in depth) if isinstance(depth, tuple) else f"{depth:g}") + " km"


class Reading(_Term):
    """One way to understand the text of the zones; the first of the file is shown first.

    ``as-given`` is for ground that needs no reading: between two lines, or given by its corners.
    """

    kind: Literal["each-side", "total-width", "deep", "per-side", "as-given"]
    party: Id | None = None
    from_place: Annotated[str, Field(description="where on the road the zone begins; the road's end where empty")] = ""
    to_place: Annotated[str, Field(description="where on the road the zone ends")] = ""


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

    @property
    def due_said(self) -> str:
        """Day it is due, and the rule that was counted by."""
        if self.due is None:
            return "from entry into force" if self.duty == "standing" else "no date"
        return f"{self.due} ({self.due_rule})" if self.due_rule else str(self.due)


class Corridor(_Term):
    """A road to be kept open; `id` is its key in the corridors' layer."""

    from_place: str
    to_place: str
    due: DueDate = None
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

    theatre: Annotated[str | None, Field(description="the territory a zone may occupy")] = None
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


def _listed(value: Any) -> Any:
    """Make a list of one table: a file may have one zone, or several."""
    return [value] if isinstance(value, Mapping) else value


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
    line: LineTerms = LineTerms()
    layers: Layers = Layers()
    observations: Annotated[str | None, Field(description="key of the table of observations in the manifest")] = None
    exposure: ExposureTerms = ExposureTerms()
    zones: Annotated[tuple[ZoneTerms, ...], pydantic.BeforeValidator(_listed), Field(alias="zone", min_length=1)]
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
    def laid_along(self) -> Literal["line", "lines", "road", "outline"]:
        """What the zones are laid along: a line, one line a party, a road, or nothing but their own outline."""
        if self.line.road is not None:
            return "road"
        if all(zone.corners for zone in self.zones):
            return "outline"
        return "lines" if self.line.own else "line"

    @property
    def line_called(self) -> str:
        """What the line is called in a sentence."""
        if self.line.road is not None:
            return next((road.name.en for road in self.corridors if road.id == self.line.road), self.line.road)
        return "outline of the zone" if self.laid_along == "outline" else self.line.name or "line of contact"

    @property
    def zone(self) -> ZoneTerms:
        """The zone, the first where there are several."""
        return self.zones[0]

    def belt(self, key: str) -> ZoneTerms:
        """Zone by its id."""
        return next(zone for zone in self.zones if zone.id == key)

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
        raw = tomllib.loads(quote_false_dates(path.read_text(encoding="utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AgreementError(f"{path}: not a TOML file: {error}") from error
    found = faults.faults(raw)
    try:
        agreement = Agreement.model_validate(_counted(raw) | {"key": path.stem})
    except pydantic.ValidationError as error:
        found = [*map(_sentence, error.errors()), *found]
    if isinstance(raw.get("zone"), Mapping):
        found = [fault.replace("zone[0]", "zone", 1) for fault in found]
    if found:
        raise AgreementError([f"{path}: {fault}" for fault in dict.fromkeys(found)])
    return agreement


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of an agreement's file, for editors."""
    schema = Agreement.model_json_schema(by_alias=True)
    schema["properties"].pop("key")
    schema["$defs"]["Obligation"]["properties"].pop("due_rule")
    several = schema["properties"]["zone"]
    schema["properties"]["zone"] = {"anyOf": [several["items"], several]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


# What pydantic adds to the path of a value for each kind of depth it tried; it is no place in the file.
_DEPTH_KIND = re.compile(r"constrained-float|(tuple|dict)\[|(str|function-)")


def _sentence(fault: Any) -> str:
    """Turn one finding of pydantic into a sentence with its place."""
    path = fault["loc"]
    union = next((i for i, step in enumerate(path) if _DEPTH_KIND.match(str(step))), None)
    if union is not None:
        return f"{place_of(path[:union])}: give km above 0 and at most 1000, a range [15, 20], or one for each party"
    place = place_of(path)
    value, kind = fault["input"], fault["type"]
    if kind == "missing":
        return f"{place}: it is missing"
    if kind == "extra_forbidden":
        return f"{place}: no such key"
    if kind.startswith("date"):
        counted = re.search(r"^(obligation|zone|corridor)\[\d+\]\.(due|until)$", place) and "days" in str(value)
        return f"{place}: {value} is not a date{', nor of the form 7 days after entry into force' if counted else ''}"
    if kind == "literal_error":
        return f"{place}: {value!r} is none of {fault['ctx']['expected']}"
    message = fault["msg"][:1].lower() + fault["msg"][1:]
    return f"{place}: {value!r}: {message}"


def _counted(raw: dict[str, Any]) -> dict[str, Any]:
    """Dates counted out that are given as days after entry into force; what cannot be is left."""
    start = raw.get("entry_into_force", raw.get("date"))
    if not isinstance(start, dt.date):
        return raw
    tables = {name: _listed(raw[name]) for name in ("obligation", "zone", "corridor") if name in raw}
    counted = {
        name: [_counted_one(entry, start, keep=name == "obligation") for entry in entries]
        for name, entries in tables.items()
        if isinstance(entries, list)
    }
    return raw | counted


def _counted_one(entry: Any, start: dt.date, *, keep: bool) -> Any:
    """Entry with its dates counted out; `keep` the words of the rule beside the date."""
    if not isinstance(entry, Mapping):
        return entry
    found = dict(entry)
    for key in ("due", "until"):
        match = DAYS_AFTER.match(entry[key]) if isinstance(entry.get(key), str) else None
        if match and (day := _days_after(start, int(match[1]))):
            found |= {key: day} | ({"due_rule": entry[key]} if keep else {})
    return found


def _days_after(start: dt.date, days: int) -> dt.date | None:
    try:
        return start + dt.timedelta(days=days)
    except OverflowError:  # beyond the calendar's last year: reported as no date
        return None
