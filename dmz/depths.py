"""Measure the ground beside a line by depth, so that every reading at every depth is a sum."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import agreement as terms
from dmz import checks, corridor, exposure, geodesy
from dmz.errors import InputError
from dmz.geodesy.chart import contains
from dmz.line import Line, holders
from dmz.zone import Belt, Depth, Ends, Reading, Side, belts_of, lay

# Where an agreement's depths are swept unless told otherwise: from 2/3 of the least to 5/4 of the greatest, which is 10
# to 25 km for 15 to 20; and in about so many steps.
FROM_SHARE, TO_SHARE, STEPS = 2 / 3, 5 / 4, 15
# Lengths of a step that a person would choose, times a power of ten.
ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
# What two depths may differ by and be the same, metres.
SAME_M = 1e-3
MOST_DEPTHS = 200

COLUMNS = {
    "reading": "way to understand the text",
    "depth_km": "depth put into that reading; where each party has its own, the greatest, the others in proportion",
    "reach_km": "how far off the line the zone then reaches on the ground of a party",
    "in_text": "whether the text of the agreement allows this depth",
    "area_km2": "area on the ellipsoid",
    "settlements": "settlements of the layer inside, told by their geodesic distance to the line",
    "settlements_unknown": "those of them whose population nobody gives",
    "population_known": "people known to live in the others, each counted whole where its point lies: a lower bound; "
    "empty is unknown",
    "largest_settlement": "the one of them with the most people known: where it changes, people leap",
}
ROAD_COLUMN = "geodesic km of the road inside the zone"


@dataclass(frozen=True, eq=False)
class Setting:
    """What zones are laid with, and what is counted in them.

    Parameters
    ----------
    line
        The line of contact with its parties, and the areas they hold where known.
    within
        The theatre; None: no clip.
    ends
        ``"round"`` or ``"flat"``.
    places
        Settlements as `dmz.exposure` takes them; None where there is no layer.
    roads
        LineStrings with a column ``corridor``; None where there are none.
    """

    line: Line
    within: BaseGeometry | gpd.GeoDataFrame | None = None
    ends: Ends = "round"
    places: gpd.GeoDataFrame | None = None
    roads: gpd.GeoDataFrame | None = None


@dataclass(frozen=True)
class Way:
    """One way to lay the zone: a reading (its id, kind and party) and one depth in km, or one for each party."""

    reading: str
    kind: Reading
    party: str | None
    depth_km: float | Mapping[str, float]

    @property
    def greatest_km(self) -> float:
        """The depth, or the greatest of the parties' depths."""
        return max(self.depth_km.values()) if isinstance(self.depth_km, Mapping) else self.depth_km

    def belts(self, line: Line) -> list[Belt]:
        """One belt a side, from the line outwards."""
        return belts_of(line, self.depth_km, self.kind, self.party)


@dataclass(frozen=True, eq=False)
class Profile:
    """What lies beside a line up to certain depths on either side; a zone's measures are sums of it.

    Parameters
    ----------
    setting
        What it was measured with.
    belts
        Slices of ground as `dmz.zone.lay` makes them, each from one depth to the next.
    roads
        Pieces of the roads in the slices (`dmz.corridor.pieces`), ``band`` their outer depth in metres; None: no roads.
    settlements
        Settlements of the theatre: ``settlement``, ``name``, ``party``, ``distance_m``, ``population`` (NA is
        unknown); None: no layer.
    """

    setting: Setting
    belts: gpd.GeoDataFrame
    roads: pd.DataFrame | None
    settlements: pd.DataFrame | None

    def measure(self, way: Way) -> dict[str, float]:
        """Area, settlements, people known and km of each road of a zone; keys as the columns of `sweep`.

        Raises
        ------
        InputError
            Where the profile was not made for this depth.
        """
        reach = {getattr(self.setting.line, belt.side): belt.far_m for belt in way.belts(self.setting.line)}
        here = _up_to(self.belts["party"], self.belts["depth_to_m"], reach)
        self._check(reach)
        found = {"reach_km": max(reach.values()) / 1000, "area_km2": float(self.belts["area_km2"][here].sum())}
        if self.settlements is not None:
            inside = self.settlements[_up_to(self.settlements["party"], self.settlements["distance_m"], reach)]
            found |= _people(inside["population"])
        if self.roads is not None and self.setting.roads is not None:
            km = self.roads[_up_to(self.roads["party"], self.roads["band"], reach)].groupby("corridor")["length_km"]
            sums = km.sum()
            found |= {road_column(name): float(sums.get(name, 0.0)) for name in self.setting.roads["corridor"].unique()}
        return found

    def inside(self, way: Way) -> pd.DataFrame:
        """Settlements inside a zone, rows of `settlements`."""
        if self.settlements is None:
            raise InputError("there is no layer of settlements")
        reach = {getattr(self.setting.line, belt.side): belt.far_m for belt in way.belts(self.setting.line)}
        return self.settlements[_up_to(self.settlements["party"], self.settlements["distance_m"], reach)]

    def _check(self, reach: Mapping[str, float]) -> None:
        """Refuse a depth that no slice ends at, unless it lies beyond all ground there is."""
        for party, far_m in reach.items():
            mine = self.belts[self.belts["party"] == party]
            cut = (mine["depth_from_m"] < far_m - SAME_M) & (mine["depth_to_m"] > far_m + SAME_M)
            if cut.any():
                raise InputError(f"the ground of {party} was not cut at {far_m / 1000:g} km: make a profile that is")


def profile(setting: Setting, ways: Iterable[Way]) -> Profile:
    """Measure the ground beside a line once, for any number of readings and depths.

    Parameters
    ----------
    setting
        Line, theatre, ends, settlements and roads.
    ways
        Every zone that will be asked for.

    Returns
    -------
    Profile
        Its slices are certified as zones are, its settlements told by their geodesic distance alone.

    Raises
    ------
    InputError, PartyError
        A depth or reading that makes no sense.
    GeometryError
        Where no ground lies in the theatre.
    """
    line = setting.line
    depths: dict[Side, set[float]] = {}
    for way in ways:
        for belt in way.belts(line):
            depths.setdefault(belt.side, set()).add(belt.far_m)
    slices = [Belt(side, "core", *span) for side in depths for span in pairwise([0.0, *sorted(depths[side])])]
    belts = lay(line, slices, reading="all", within=setting.within, ends=setting.ends)
    bands = belts.assign(band=belts["depth_to_m"])
    return Profile(
        setting=setting,
        belts=belts,
        roads=None if setting.roads is None else pd.DataFrame(corridor.pieces(setting.roads, bands)),
        settlements=None if setting.places is None else _settlements(setting),
    )


def sweep(found: Profile, ways: Sequence[Way], text: Mapping[str, tuple[float, float]] | None = None) -> pd.DataFrame:
    """Area, settlements, people known and km of road of many zones.

    Parameters
    ----------
    found
        A profile made for these ways.
    ways
        The zones, in the order of the rows.
    text
        Least and greatest depth the text allows under each reading, km; None: unknown.

    Returns
    -------
    pandas.DataFrame
        One row a way; columns as `COLUMNS`, those of settlements only where there is a layer of them, then
        ``<corridor>_km`` for each road.
    """
    rows = []
    for way in ways:
        low, high = (text or {}).get(way.reading, (math.nan, math.nan))
        km = way.greatest_km
        allowed = pd.NA if math.isnan(low) else bool(low - SAME_M / 1000 <= km <= high + SAME_M / 1000)
        row = {"reading": way.reading, "depth_km": km, "in_text": allowed} | found.measure(way)
        rows.append(row | ({} if found.settlements is None else {"largest_settlement": _largest(found.inside(way))}))
    table = pd.DataFrame(rows, columns=None if rows else [*COLUMNS])
    first = [column for column in COLUMNS if column in table]
    table = table[[*first, *(column for column in table if column not in first)]].astype({"in_text": "boolean"})
    counts = [name for name in ("settlements", "settlements_unknown", "population_known") if name in table]
    return table.astype(dict.fromkeys(counts, "Int64"))


def ways_of(agreement: terms.Agreement, depth_km: float | None = None) -> list[Way]:
    """One way a reading of an agreement, in its order, at a depth; by default at the middle of the text's range.

    Readings of a kind that has no depth beside a line are left out.
    """
    measured = [one for one in agreement.readings if one.kind != "as-given"]
    if not measured:
        return []
    least, greatest = range_of(agreement.zone.depth_km)
    km = (least + greatest) / 2 if depth_km is None else depth_km
    depth = _at(depth_of(agreement.zone.depth_km), km)
    return [Way(one.id, one.kind, one.party, depth) for one in measured if one.kind != "as-given"]


def depth_of(depth_km: Depth | Mapping[str, Depth] | None) -> Depth | Mapping[str, Depth]:
    """Depth of a zone that has one; `InputError` says that it has none."""
    if depth_km is None:
        raise InputError("the zone has no depth: it lies between two lines or is given by its corners")
    return depth_km


def range_of(depth_km: Depth | Mapping[str, Depth] | None) -> tuple[float, float]:
    """Least and greatest depth of the text, km; where each party has its own, of the party with the greatest.

    Examples
    --------
    >>> range_of((15, 20)), range_of(2), range_of({"iraq": 10, "kuwait": 5})
    ((15.0, 20.0), (2.0, 2.0), (10.0, 10.0))
    """
    depth_km = depth_of(depth_km)
    if isinstance(depth_km, Mapping):
        return max((range_of(depth) for depth in depth_km.values()), key=lambda pair: (pair[1], pair[0]))
    low, high = depth_km if isinstance(depth_km, tuple) else (depth_km, depth_km)
    return float(low), float(high)


def grid(low_km: float, high_km: float, step_km: float) -> list[float]:
    """Depths from the lowest on by steps to the highest, which is the last whatever the step.

    Raises
    ------
    InputError
        Where there are none, or too many.

    Examples
    --------
    >>> grid(10, 12, 0.8)
    [10.0, 10.8, 11.6, 12.0]
    """
    numbers = (low_km, high_km, step_km)
    if not all(math.isfinite(km) and km > 0 for km in numbers) or low_km > high_km:
        raise InputError(
            f"depths {low_km:g} to {high_km:g} km by {step_km:g}: give km above 0, the smaller depth first"
        )
    if (high_km - low_km) / step_km > MOST_DEPTHS:
        raise InputError(f"depths {low_km:g} to {high_km:g} km by {step_km:g}: more than {MOST_DEPTHS}: a longer step")
    count = math.floor((high_km - low_km) / step_km + 1e-9)
    found = [round(low_km + number * step_km, 9) for number in range(count + 1)]
    return found if high_km - found[-1] < 1e-9 else [*found, float(high_km)]  # noqa: PLR2004 - rounding


def default_grid(agreement: terms.Agreement) -> tuple[float, float, float]:
    """Least depth, greatest depth and step, km, by which an agreement is swept unless told otherwise.

    Notes
    -----
    Two thirds of the least depth of the text to five quarters of the greatest, on round steps: 10 to 25 km by 1 for a
    text that says 15 to 20.
    """
    least, greatest = range_of(agreement.zone.depth_km)
    low, high = least * FROM_SHARE, greatest * TO_SHARE
    rough = (high - low) / STEPS
    power = 10.0 ** math.floor(math.log10(rough) + 1e-9)
    step = power * next(one for one in ROUND_STEPS if one * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return round(max(first, 1) * step, 9), round(last * step, 9), step


def road_column(corridor_id: object) -> str:
    """Column of a road's km."""
    return f"{str(corridor_id).replace('-', '_')}_km"


def _at(depth_km: Depth | Mapping[str, Depth], km: float) -> float | dict[str, float]:
    """Depth of the text put at some km: where each party has its own, their middles in proportion."""
    if not isinstance(depth_km, Mapping):
        return km
    middle = {party: sum(range_of(depth)) / 2 for party, depth in depth_km.items()}
    return {party: km * own / max(middle.values()) for party, own in middle.items()}


def _settlements(setting: Setting) -> pd.DataFrame:
    """Settlements of the theatre with their party and their distance to the line; beyond flat ends there are none."""
    assert setting.places is not None  # noqa: S101 - asked for only where there are some
    places = exposure.listed(setting.places)
    xy = checks.lonlat(places)
    counted = np.ones(len(places), bool)
    if setting.within is not None:
        ground = setting.within
        counted &= contains(ground.union_all() if isinstance(ground, gpd.GeoDataFrame) else ground, xy)
    nearest = geodesy.nearest(xy, setting.line.geometry)
    if setting.ends == "flat":
        counted &= ~nearest.at_end
    table = pd.DataFrame(
        {
            "settlement": places["id"],
            "name": places["name"],
            "party": holders(setting.line, xy),
            "distance_m": nearest.distance_m,
            "population": places["population_low"],
        }
    )
    return table[counted].sort_values(["distance_m", "settlement"], kind="stable", ignore_index=True)


def _up_to(party: pd.Series, depth_m: pd.Series, reach: Mapping[str, float]) -> NDArray[np.bool_]:
    """Which rows lie on the ground of a party, no deeper than the zone reaches there."""
    limit = party.map(reach).to_numpy(float)  # NaN on ground of others: never reached
    return np.asarray(depth_m.to_numpy(float) <= limit + SAME_M)


def _largest(inside: pd.DataFrame) -> str | None:
    """Name of the settlement with the most people known."""
    known = inside.dropna(subset="population")
    return None if known.empty else str(known["name"].loc[known["population"].astype(int).idxmax()])


def _people(known: pd.Series) -> dict[str, float]:
    people = known.sum(min_count=1) if len(known) else 0
    return {
        "settlements": len(known),
        "settlements_unknown": int(known.isna().sum()),
        "population_known": math.nan if pd.isna(people) else float(people),
    }
