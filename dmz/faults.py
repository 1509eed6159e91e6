"""Find what does not hold together in an agreement's file, before its types are read."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

# What the sides of a road may be called.
ROAD_SIDES = ("north", "south", "east", "west", "left", "right")


def faults(raw: dict[str, Any]) -> list[str]:
    """What is wrong with a file as TOML gives it, each with its place, so that all faults come at once.

    Ids that stand twice or that nobody declared, zones that nobody could draw, readings that do not fit them,
    obligations that contradict themselves.
    """
    return [*_reference_faults(raw), *_line_faults(raw), *_zone_faults(raw), *_obligation_faults(raw)]


# A bare word of a date's shape after an equals sign, in a list or a table: TOML itself stops at the first false one.
_DATE = re.compile(r"(?<=[=\[,{])(\s*)(\d{4}-\d{2}-\d{2})(?=\s*(?:[,\]}#]|$))", re.MULTILINE)


def quote_false_dates(text: str) -> str:
    """Make dates that no calendar has into text, so that they are reported with their place and all other faults."""

    def quoted(match: re.Match[str]) -> str:
        try:
            dt.date.fromisoformat(match[2])
        except ValueError:
            return f'{match[1]}"{match[2]}"'
        return match[0]

    return _DATE.sub(quoted, text)


def place_of(path: tuple[str | int, ...]) -> str:
    """Write ``corridor[1].due`` for the path of a value in the file."""
    words = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(words).removeprefix(".")


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
_PARTY_KEYS = frozenset({"parties", "operator", "left", "right", "actual"})


def _reference_faults(raw: dict[str, Any]) -> Iterator[str]:
    """Ids that stand twice or that nobody declared; read before the types are, so that all faults come at once."""
    known = {table: [entry.get("id") for entry in _tables(raw, table)] for table in ("party", "source")}
    for table in raw:
        ids = Counter(str(entry["id"]) for entry in _tables(raw, table) if "id" in entry)
        yield from (f"{table}: the id {name!r} stands {count} times" for name, count in ids.items() if count > 1)
    for path, value in _leaves(raw):
        key = next(step for step in reversed(path) if isinstance(step, str))
        kind = "source" if key == "source" else "party" if key in _PARTY_KEYS or path[-1] == "party" else None
        if kind and path[0] == "line" and _table(raw, "line").get("road"):
            yield f"{place_of(path)}: a road has no parties on its sides: leave it out"
            continue
        if kind and isinstance(value, str) and value not in known[kind]:
            yield f"{place_of(path)}: {value!r} is no {kind} of this file; it has {', '.join(map(str, known[kind]))}"
    yield from _reading_faults(raw)


def _reading_faults(raw: dict[str, Any]) -> Iterator[str]:
    """Readings that cannot be laid along this line."""
    line = _table(raw, "line")
    sides = [line.get("left"), line.get("right")]
    zones = [(place, zone) for place, zone in _zones(raw) if "depth_km" in zone]
    mapped = {isinstance(zone["depth_km"], Mapping) for _, zone in zones}
    for number, reading in enumerate(_tables(raw, "reading")):
        place, kind = f"reading[{number}]", reading.get("kind")
        if kind == "deep" and reading.get("party") not in sides:
            yield f"{place}.party: {reading.get('party')!r} is not on a side of the line; {sides} are"
        if (kind == "as-given") != (not zones):
            yield f"{place}.kind: 'as-given' is for zones without a depth, and for those alone"
        if zones and kind != "as-given" and {kind == "per-side"} != mapped:
            yield f"{place}.kind: 'per-side' and a depth for each party in {zones[0][0]}.depth_km belong together"
        yield from (
            f"{place}.{key}: only a zone along a road begins and ends at places"
            for key in ("from_place", "to_place")
            if key in reading and not line.get("road")
        )


def _line_faults(raw: dict[str, Any]) -> Iterator[str]:
    """Lines that are not there, or have no sides."""
    line = _table(raw, "line")
    roads = [road.get("id") for road in _tables(raw, "corridor")]
    if "road" in line and line["road"] not in roads:
        yield f"line.road: {line['road']!r} is no corridor of this file; it has {', '.join(map(str, roads)) or 'none'}"
    if line and "road" not in line:
        yield from (f"line.{side}: it is missing" for side in ("left", "right") if side not in line)
    layers = line.get("layer")
    if isinstance(layers, Mapping) and {*layers} != {line.get("left"), line.get("right")}:
        yield f"line.layer: give one layer, or one for each of {line.get('left')!r} and {line.get('right')!r}"


def _zone_faults(raw: dict[str, Any]) -> Iterator[str]:
    """Zones that nobody could draw."""
    line = _table(raw, "line")
    for place, zone in _zones(raw):
        given = [key for key in ("depth_km", "between", "corners") if zone.get(key)]
        if len(given) != 1:
            yield f"{place}: it is told by depth_km, or by between = true, or by corners; it has {given or 'none'}"
        elif "corners" not in given and not line:
            yield f"{place}: a zone off a line needs the table [line]"
        if zone.get("between") and not isinstance(line.get("layer"), Mapping):
            yield f"{place}.between: give line.layer a layer for each party: the zone lies between the two"
        yield from _depth_faults(f"{place}.depth_km", zone.get("depth_km"), line)


def _depth_faults(place: str, depth: Any, line: Mapping[str, Any]) -> Iterator[str]:
    sides = ROAD_SIDES if "road" in line else (line.get("left"), line.get("right"))
    by_side = depth if isinstance(depth, Mapping) else {}
    for side in (side for side in by_side if side not in sides):
        yield f"{place}: {side!r} is not on a side of the line; there are {', '.join(map(str, sides))}"
    for one in [*by_side.values()] or [depth]:
        if isinstance(one, list) and all(isinstance(km, int | float) for km in one) and one != sorted(one):
            yield f"{place}: {one}: write the smaller depth first"


def _zones(raw: dict[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Zones of a file with their places in it."""
    if isinstance(raw.get("zone"), Mapping):
        return [("zone", raw["zone"])]
    return [(f"zone[{number}]", zone) for number, zone in enumerate(_tables(raw, "zone"))]


def _table(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return raw[name] if isinstance(raw.get(name), Mapping) else {}


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
