"""Hold a published zone to the depth or width it claims for itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.geodata import feature_names

# A zone may reach this much farther than it claims, or less far: its share of the claim, and metres, whichever is more.
# Lines at 1:10 million lie a few hundred metres off.
MISS_SHARE, MISS_M = 0.1, 500.0
# Outlines nearer to each other than this are one edge, degrees: about a metre.
SHARED_DEG = 1e-5
# Steps between the points of an outline that are measured.
STEP_M = 250.0
# What a text claims: "a 2 km buffer south of the line", "10 kilometres deep", "4 km wide", "2km each side".
CLAIM = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)?)\s*-?\s*(?P<unit>km|kilomet(?:er|re)s?|m|met(?:er|re)s?|miles?)\b[ -]*"
    r"(?:[a-z]+[ -]+){0,2}?(?P<what>buffer|deep|depth|each side|either side|wide|width|strip|zone)\b",
    re.IGNORECASE,
)
METRES = {"k": 1000.0, "m": 1.0}
MILE_M = 1609.344
# Words of a claim that speak of the whole width, not of the depth off a line.
WIDTHS = {"wide", "width"}
# Columns with a depth in them, and what makes metres of it.
COLUMNS = {"depth_km": 1000.0, "depth_m": 1.0, "depth_to_m": 1.0}


@dataclass(frozen=True)
class Claim:
    """What a feature says of itself: `metres` of depth off a line, or of width, and where it says so."""

    kind: Literal["depth", "width"]
    metres: float
    column: str
    words: str


@dataclass(frozen=True)
class Held:
    """A feature held to its claim.

    Parameters
    ----------
    feature
        Its number, and its name where it has one.
    claim
        What it says.
    reach_m
        How far the zone reaches off the line, metres; for a width, the diameter of its largest inscribed circle.
    against
        What it was measured from.
    deeper_share
        Share of the outline that lies deeper than claimed, by more than may be missed; null for a width.
    holds
        Whether the claim holds.
    """

    feature: str
    claim: Claim
    reach_m: float
    against: str
    deeper_share: float
    holds: bool

    @property
    def sentence(self) -> str:
        """What was found, for a person."""
        said, found = self.claim.metres / 1000, self.reach_m / 1000
        how = f"reaches {found:.1f} km off {self.against}" if self.claim.kind == "depth" else f"is {found:.1f} km wide"
        more = f"; {self.deeper_share:.0%} of its outline lies deeper" if self.deeper_share > 0 else ""
        return (
            f"{self.feature} claims {said:g} km of {self.claim.kind} ({self.claim.column}: {self.claim.words}), "
            f"and {how}{more}"
        )


def held(zones: gpd.GeoDataFrame, line: BaseGeometry | None = None) -> list[Held]:
    """Hold every zone that claims a depth or a width to it.

    Parameters
    ----------
    zones
        Polygons, longitude, latitude on WGS 84. A claim is a column `depth_km`, `depth_m` or `depth_to_m`, or words in
        any column: ``"a 2 km buffer south of the line"``, ``"4 km wide"``.
    line
        Line the depths count from; by default the edge a zone shares with its neighbours in the same table. Without
        either, a depth cannot be measured and is passed over.

    Returns
    -------
    list of Held
        One a claim that could be measured, in the order of the features.

    Notes
    -----
    Depth is the largest geodesic distance from the outline, taken every 250 m, to the line: of a zone off a line its
    farthest point is a point of its outline. Width is the diameter of the largest circle in the zone, found in an
    equidistant plane about its middle.
    """
    found = []
    for position, (name, claim) in enumerate(zip(feature_names(zones), _claims(zones), strict=True)):
        if claim is None:
            continue
        zone = zones.geometry.iloc[position]
        if claim.kind == "width":
            width_m = _inscribed_m(zone)
            found.append(Held(name, claim, width_m, "", np.nan, not _misses(width_m, claim.metres)))
            continue
        edge, against = (line, "the line") if line is not None else _shared(zones, position)
        if edge is None:
            continue
        away_m = geodesy.distance(shapely.get_coordinates(geodesy.densify(zone.boundary, STEP_M, edges="lonlat")), edge)
        reach_m, allowed_m = float(away_m.max()), claim.metres + _allowed(claim.metres)
        found.append(
            Held(name, claim, reach_m, against, float((away_m > allowed_m).mean()), not _misses(reach_m, claim.metres))
        )
    return found


def _allowed(claimed_m: float) -> float:
    return max(MISS_M, MISS_SHARE * claimed_m)


def _misses(measured_m: float, claimed_m: float) -> bool:
    return abs(measured_m - claimed_m) > _allowed(claimed_m)


def _claims(zones: gpd.GeoDataFrame) -> Iterator[Claim | None]:
    """Claim of each zone: a column's number before words."""
    for row in pd.DataFrame(zones.drop(columns="geometry")).to_dict("records"):
        texts = ((str(column), value) for column, value in row.items() if isinstance(value, str))
        words = ((column, match) for column, text in texts if (match := CLAIM.search(text)))
        column = next((one for one in COLUMNS if one in row and not pd.isna(row[one])), None)
        if column is not None:
            yield Claim("depth", float(row[column]) * COLUMNS[column], column, f"{row[column]:g}")
        else:
            yield next((_said(name, match) for name, match in words), None)


def _said(column: str, match: re.Match[str]) -> Claim:
    unit = match["unit"].lower()
    metre = MILE_M if unit.startswith("mile") else METRES[unit[0]]
    kind: Literal["depth", "width"] = "width" if match["what"].lower() in WIDTHS else "depth"
    return Claim(kind, float(match["number"].replace(",", ".")) * metre, column, f"“{match[0]}”")


def _shared(zones: gpd.GeoDataFrame, position: int) -> tuple[BaseGeometry | None, str]:
    """Edge a zone shares with the others of its table, and whose it is."""
    zone = zones.geometry.iloc[position]
    near = shapely.buffer(zone.boundary, SHARED_DEG)
    parts, whose = [], []
    for other, (name, shape) in enumerate(zip(feature_names(zones), zones.geometry, strict=True)):
        if other == position or not shape.intersects(near):
            continue
        common = shapely.intersection(shape.boundary, near)
        lines = [part for part in shapely.get_parts(common) if part.geom_type == "LineString"]
        if sum(map(geodesy.length, lines)) > STEP_M:
            parts += lines
            whose.append(name)
    if not parts:
        return None, ""
    return shapely.MultiLineString(parts), f"the edge it shares with {' and '.join(whose)}"


def _inscribed_m(zone: BaseGeometry) -> float:
    """Diameter of the largest circle in a zone, metres."""
    largest = max(shapely.get_parts(zone), key=lambda part: part.area)
    middle = shapely.point_on_surface(largest)
    metres = np.array(
        [geodesy.GEOD.inv(middle.x, middle.y, middle.x + dx, middle.y + dy)[2] for dx, dy in ((1e-3, 0), (0, 1e-3))]
    )
    circle = shapely.maximum_inscribed_circle(shapely.transform(largest, lambda xy: xy * metres * 1e3), tolerance=10.0)
    ends = shapely.get_coordinates(circle) / (metres * 1e3)
    return float(2 * geodesy.GEOD.inv(*ends[0], *ends[1])[2])
