"""Read one coordinate, or a pair, as people write them: decimal degrees, or degrees, minutes and seconds."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from dmz.errors import InputError

Order = Literal["lat-lon", "lon-lat"]
MOST = {"lat": 90.0, "lon": 180.0}
SAID = {"lat": "latitude", "lon": "longitude"}
AXIS = {"N": "lat", "S": "lat", "E": "lon", "W": "lon"}
SIXTY = 60.0

# Signs that stand for others: degrees, primes, dashes, quotes that fit no keyboard.
ALIKE = str.maketrans(
    {
        "º": "°", "˚": "°", "′": "'", "’": "'", "‘": "'", "´": "'", "ʹ": "'", "`": "'", "″": '"', "”": '"', "“": '"',
        "ʺ": '"', "−": "-", "–": "-", "‐": "-", "\u00a0": " ", "\u202f": " ", "\u200e": "", "\u200f": "",
    }
)  # fmt: skip
WORDS = {
    r"\b(north(ern)?|norte|nord)\b": "N",
    r"\b(south(ern)?|sur|sud)\b": "S",
    r"\b(east(ern)?|este|est)\b": "E",
    r"\b(west(ern)?|oeste|ouest)\b": "W",
    r"\b(and|et|und|y)\b": ";",
    r"\b(latitude|longitude|lat|long|lon)\b\.?:?": " ",
    r"(?<=[\d\s])(degrees?|deg)\b\.?": "°",
    r"(?<=[\d\s])(minutes?|min)\b\.?": "'",
    r"(?<=[\d\s])(seconds?|sec)\b\.?": '"',
}
NUMBER = r"\d+(?:[.,]\d+)?"
COORDINATE = re.compile(
    rf"""(?P<before>[NSEW])?\s*(?P<sign>[+-])?\s*(?P<degrees>{NUMBER})\s*(?P<mark>°|:|-(?=\d))?\s*
    (?:(?P<minutes>{NUMBER})\s*(?:'(?!')|:|-(?=\d))?\s*(?:(?P<seconds>{NUMBER})\s*(?:"|'')?\s*)?)?
    (?P<after>[NSEW])?""",
    re.VERBOSE,
)
# What may stand between two coordinates, the surest first.
APART = (
    r"\s*[;/\t]\s*",
    r"\s*,\s+|\s+,\s*",
    r",(?=\s*[NSEW+-]|\d+[.°])|(?<=[NSEW]),",
    r"(?<=[NSEW])\s*(?=\d)",
    r"(?<=[\d'\"°])\s*(?=[NSEW]\s*\d)",
    r"\s+",
    r"\s*,\s*",
)
HOW = "write it as 14°22'05.1\" N, 33 15 30N or 33.2583"


class Place(NamedTuple):
    """A place in degrees."""

    lon: float
    lat: float


def coordinate(text: str, axis: Literal["lat", "lon"]) -> float:
    r"""Read a latitude or a longitude.

    Parameters
    ----------
    text
        Decimal degrees, degrees and minutes, or degrees, minutes and seconds, with or without their signs; a hemisphere
        (N, S, E, W) before or after, or a sign. A comma may be the decimal point.
    axis
        Which of the two it is.

    Raises
    ------
    InputError
        Where it is none, is of the other axis, or beyond 90 or 180 degrees.

    Examples
    --------
    >>> round(coordinate("14°22'05.1\" N", "lat"), 7), coordinate("33 15 30N", "lat"), coordinate("W 3,5", "lon")
    (14.3680833, 33.25833333333333, -3.5)
    """
    found = COORDINATE.fullmatch(_plain(text))
    if found is None:
        raise InputError(f"{text.strip()!r} is no {SAID[axis]}: {HOW}")
    letter = _letter(found, text)
    if letter and AXIS[letter] != axis:
        raise InputError(f"{text.strip()!r} is a {SAID[AXIS[letter]]}, and a {SAID[axis]} is due: change their order")
    value = _value(found, text)
    if value > MOST[axis]:
        way_out = (
            f"; is it a longitude? Say order='{'lon-lat' if axis == 'lat' else 'lat-lon'}'" if axis == "lat" else ""
        )
        raise InputError(f"{text.strip()!r} is beyond {MOST[axis]:g} degrees of {SAID[axis]}{way_out}")
    return -value if letter in {"S", "W"} or found["sign"] == "-" else value


def pair(text: str, order: Order = "lat-lon") -> Place:
    """Read a latitude and a longitude from one text.

    Parameters
    ----------
    text
        Two coordinates as `coordinate` reads them, apart by a comma, a semicolon, a slash, a tab, or white space where
        nothing else could be meant.
    order
        Which comes first where no hemisphere says so.

    Raises
    ------
    InputError
        Where it is no such pair.

    Examples
    --------
    >>> pair("33 15 30N, 36 30 00E")
    Place(lon=36.5, lat=33.25833333333333)
    >>> pair("N33.25 E36.5") == pair("33.25; 36.5") == pair("36.5 33.25", order="lon-lat")
    True
    """
    if order not in ("lat-lon", "lon-lat"):
        raise InputError(f"order {order!r} is neither 'lat-lon' nor 'lon-lat'")
    one, other = _parted(text)
    axes = [_axis_of(each) for each in (one, other)]
    if axes[0] is not None and axes[0] == axes[1]:
        raise InputError(f"{text.strip()!r} has two {SAID[axes[0]]}s: give a latitude and a longitude")
    first = axes[0] or {"lat": "lon", "lon": "lat"}.get(axes[1] or "", order[:3])
    lat, lon = (one, other) if first == "lat" else (other, one)
    return Place(lon=coordinate(lon, "lon"), lat=coordinate(lat, "lat"))


def _plain(text: str) -> str:
    """Text with one sign for each thing; words for what they stand for."""
    plain = text.translate(ALIKE).strip()
    for words, sign in WORDS.items():
        plain = re.sub(words, sign, plain, flags=re.IGNORECASE)
    plain = re.sub(r"\b[nsew]\b|(?<=[\d\s°'\"])[nsew](?=\W|$)|\b[nsew](?=\s*\d)", lambda one: one[0].upper(), plain)
    return plain.replace("''", '"').strip().strip("()[]").strip()


def _letter(found: re.Match[str], text: str) -> str:
    """Hemisphere; refused where there are two, or a sign beside it."""
    before, after, sign = found["before"], found["after"], found["sign"]
    if before and after:
        raise InputError(f"{text.strip()!r} has two hemispheres: give one")
    if (before or after) and sign == "-":
        raise InputError(f"{text.strip()!r} has a hemisphere and a minus: give one of them")
    return before or after or ""


def _value(found: re.Match[str], text: str) -> float:
    """Degrees, without a sign."""
    parts = [found[name] for name in ("degrees", "minutes", "seconds") if found[name] is not None]
    if any(re.search("[.,]", part) for part in parts[:-1]):
        raise InputError(f"{text.strip()!r}: only its last number may have decimals: {HOW}")
    degrees, *small = (float(part.replace(",", ".")) for part in parts)
    for value, name in zip(small, ("minutes", "seconds"), strict=False):
        if value >= SIXTY:
            raise InputError(f"{text.strip()!r}: {value:g} {name}: there are 60 of them, give less")
    return degrees + sum(value / SIXTY**power for power, value in enumerate(small, start=1))


def _axis_of(text: str) -> str | None:
    letter = re.search(r"[NSEW]", text)
    return AXIS[letter[0]] if letter else None


def _parted(text: str) -> tuple[str, str]:
    """Two coordinates of a text."""
    plain = _plain(text)
    for split in APART:
        parts = [part for part in re.split(split, plain) if part]
        if len(parts) == 2 and all(COORDINATE.fullmatch(part) for part in parts):  # noqa: PLR2004 - a pair
            return parts[0], parts[1]
    raise InputError(
        f"{text.strip()!r} is no pair of coordinates: {HOW}, the latitude and the longitude apart by a comma"
    )
