"""Say how far each choice moves a result: depth, reading, line, ends, clip."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dmz import geodesy
from dmz.depths import Profile, Setting, Way, profile
from dmz.errors import InputError, PartyError
from dmz.line import Line
from dmz.zone import Belt, Ends, Side, lay

FACTORS = ("reading", "depth", "line", "ends", "clip")
# A line is displaced by this at least where its uncertainty is 0, metres: a band of no width has no edge to follow.
LEAST_M = 1.0
# Vertices of the new line keep so far apart, degrees, about 10 m: where the edge was cut out the grid leaves hooks of a
# centimetre, and the last one would say where the sides part beyond the line's end.
APART_DEG = 1e-4
# Results that differ by less are the same: km of road, which a boundary certified to 1 m cuts, and a share of an area.
SAME_KM, SAME_SHARE = 0.01, 1e-5
# How far past the widest displacement the ground beside the line is drawn, to cut its edge out of.
BEYOND = 1.2

COLUMNS = {
    "result": "what is measured; the unit is in its name",
    "factor": "what is chosen otherwise, all else as in the base case: reading, depth, line, ends or clip",
    "base": "the result in the base case: the reading, the depth, the line, ends and clip the report rests on",
    "low": "least result over the choices, the base case among them; empty is unknown",
    "high": "greatest result over them",
    "low_case": "the choice that gives the least",
    "high_case": "the choice that gives the greatest",
    "swing": "high less low",
    "swing_share": "swing as a share of base; empty where base is 0 or unknown",
    "note": "why nothing moves, or what is not known",
}
# What is counted beside the settlements and is no result of its own.
NO_RESULT = ("reach_km", "settlements_unknown")


@dataclass(frozen=True, eq=False)
class Choice:
    """One factor, the setting and way it changes to, and what that is called."""

    factor: str
    name: str
    setting: Setting
    way: Way


def sensitivity(
    setting: Setting,
    base: Way,
    *,
    depths: Sequence[Way] = (),
    readings: Sequence[Way] = (),
    known: Profile | None = None,
    factors: Sequence[str] = FACTORS,
) -> pd.DataFrame:
    """Change one choice at a time and say how far each result moves.

    Parameters
    ----------
    setting
        Line, theatre, ends, settlements and roads of the base case.
    base
        Reading and depth of the base case.
    depths
        The base case's reading at the other depths the text allows.
    readings
        The other readings at the base case's depth.
    known
        A profile of `setting` made for `base`, `depths` and `readings`, where there is one already.
    factors
        Those to change.

    Returns
    -------
    pandas.DataFrame
        One row a result and factor, the factor that moves it most first; columns as `COLUMNS`.

    Raises
    ------
    InputError, PartyError, GeometryError
        As `dmz.depths.profile`.

    Notes
    -----
    One choice is changed at a time (Saltelli et al. 2008, *Global Sensitivity Analysis*, section 1.2.4): choices that
    work together are not seen. The line is moved as a whole towards one party, and then towards the other, by the
    uncertainty stated at each of its vertices (`displaced`). Errors that differ from place to place partly cancel in
    an area, so that this bounds what they do to it; a town or a road near the edge may be moved by one of them alone.
    """
    choices = [*_choices(setting, base, depths, readings, factors)]
    ways = [base, *(one.way for one in choices if one.setting is setting)]
    at_hand = known or profile(setting, ways)
    start = at_hand.measure(base)
    rows = []
    measured = [(one, (at_hand if one.setting is setting else profile(one.setting, [one.way])).measure(one.way))
                for one in choices]  # fmt: skip
    notes = _notes(setting, depths, readings)
    for result in (name for name in start if name not in NO_RESULT):
        for factor in factors:
            cases = [("as it is", start[result])]
            cases += [(one.name, values[result]) for one, values in measured if one.factor == factor]
            rows.append(_row(result, factor, cases, notes.get(factor)))
    table = pd.DataFrame(rows, columns=[*COLUMNS])
    order = {result: number for number, result in enumerate(dict.fromkeys(table["result"]))}
    keys = pd.DataFrame({"result": table["result"].map(order), "swing": -table["swing"].fillna(-1.0)})
    return table.iloc[keys.sort_values(["result", "swing"], kind="stable").index].reset_index(drop=True)


def verdict(table: pd.DataFrame) -> str:
    """Say in a sentence whether reading or depth moves the results more; empty where the text has one of either.

    Parameters
    ----------
    table
        As `sensitivity` makes it.

    Examples
    --------
    >>> swings = {"factor": ["reading", "depth"], "result": ["area_km2"] * 2, "swing": [5044.0, 827.0]}
    >>> verdict(pd.DataFrame(swings | {"note": [None, None]}))
    'The reading moves the result more than the kilometres do'
    """
    swing = table.pivot_table(index="result", columns="factor", values="swing", aggfunc="first", sort=False)
    noted = table[table["factor"].isin(["reading", "depth"]) & table["note"].notna()]
    if not {"reading", "depth"} <= {*swing} or len(noted):
        return ""
    known = swing[["reading", "depth"]].dropna()
    reading, depth = ((known[one] > known[other]).sum() for one, other in (("reading", "depth"), ("depth", "reading")))
    every = "the result" if len(known) == 1 else "every result"
    if reading == len(known):
        return f"The reading moves {every} more than the kilometres do"
    if depth == len(known):
        return f"The kilometres move {every} more than the reading does"
    return f"The reading moves {reading} of {len(known)} results more than the kilometres do, which move {depth} more"


def displaced(line: Line, party: str, *, times: float = 1.0) -> Line:
    """Line moved towards a party by its stated uncertainty, the whole of it.

    Parameters
    ----------
    line
        A line with an uncertainty at every vertex.
    party
        Whose ground it moves into.
    times
        What the uncertainty is multiplied by.

    Returns
    -------
    Line
        In the same direction. Where bends are narrower than the displacement, it runs along the outside of what is
        within reach, and may fall into parts. Areas of the two parties lose the ground between: it goes to the nearest
        side of the new line.

    Raises
    ------
    InputError
        Where nobody said how uncertain the line is.
    PartyError
        Where the party is not on either side of it.

    Notes
    -----
    It is the edge, on that party's side, of the zone around the line whose depth is the uncertainty there
    (`dmz.geodesy.varying`), without the caps round the line's ends.
    """
    if line.uncertainty_m is None or not (line.uncertainty_m > 0).any():
        raise InputError(f"{line.name}: nobody said how uncertain it is: it cannot be displaced")
    if party not in line.parties:
        raise PartyError(f"{party!r} is not a party to the line: it has {line.left!r} and {line.right!r}")
    radius = np.maximum(line.uncertainty_m * times, LEAST_M)
    band = geodesy.varying(line.geometry, radius).geometry
    side: Side = "left" if party == line.left else "right"
    reach = Belt(side, "core", 0.0, BEYOND * float(radius.max()))
    bare = dataclasses.replace(line, areas=None)
    ground = lay(bare, [reach], reading="beside", ends="flat").geometry.iloc[0]
    edge = geodesy.drawn_like(ground, shapely.boundary(band))
    parts = [part for part in shapely.get_parts(shapely.intersection(edge, ground)) if part.length]
    merged = shapely.line_merge(shapely.MultiLineString(parts), directed=True)
    merged = shapely.remove_repeated_points(merged, APART_DEG)
    # A band's boundary has the band on its left.
    return dataclasses.replace(
        line,
        geometry=shapely.reverse(merged) if side == "left" else merged,
        uncertainty_m=None,
        areas=None if line.areas is None else _without(line.areas, line.parties, band),
    )


def _without(areas: gpd.GeoDataFrame, parties: tuple[str, str], band: shapely.MultiPolygon) -> gpd.GeoDataFrame:
    """Areas of the two parties less the ground the line may move over."""
    less = [
        shapely.difference(area, geodesy.drawn_like(area, band)) if party in parties else area
        for party, area in zip(areas["party"], areas.geometry, strict=True)
    ]
    return areas.set_geometry(gpd.GeoSeries(less, index=areas.index, crs=areas.crs))


def _choices(
    setting: Setting, base: Way, depths: Sequence[Way], readings: Sequence[Way], factors: Sequence[str]
) -> Iterator[Choice]:
    """Every choice otherwise, by factor."""
    if "reading" in factors:
        yield from (Choice("reading", way.reading, setting, way) for way in readings)
    if "depth" in factors:
        yield from (Choice("depth", f"{way.greatest_km:g} km", setting, way) for way in depths)
    if "line" in factors and _is_uncertain(setting.line):
        for party in setting.line.parties:
            moved = dataclasses.replace(setting, line=displaced(setting.line, party))
            yield Choice("line", f"moved into {party} ground", moved, base)
    if "ends" in factors:
        ends: Ends = "flat" if setting.ends == "round" else "round"
        yield Choice("ends", f"{ends} ends", dataclasses.replace(setting, ends=ends), base)
    if "clip" in factors and setting.within is not None:
        yield Choice("clip", "without the theatre", dataclasses.replace(setting, within=None), base)


def _notes(setting: Setting, depths: Sequence[Way], readings: Sequence[Way]) -> dict[str, str]:
    """Why a factor moves nothing, or is unknown."""
    found = {
        "reading": "" if readings else "the text has one reading",
        "depth": "" if depths else "the text has one depth",
        "line": "" if _is_uncertain(setting.line) else "unknown: nobody said how uncertain the line is",
        "clip": "" if setting.within is not None else "no theatre was given",
    }
    return {factor: why for factor, why in found.items() if why}


def _is_uncertain(line: Line) -> bool:
    return line.uncertainty_m is not None and bool((line.uncertainty_m > 0).any())


def _row(result: str, factor: str, cases: list[tuple[str, float]], note: str | None) -> dict[str, object]:
    base = cases[0][1]
    row: dict[str, object] = {"result": result, "factor": factor, "base": base, "note": note}
    if any(math.isnan(value) for _, value in cases) or (note or "").startswith("unknown"):
        return row | {"low": math.nan, "high": math.nan, "swing": math.nan, "swing_share": math.nan}
    cases = [(name, base if _is_same(result, value, base) else value) for name, value in cases]
    (low_case, low), (high_case, high) = (pick(cases, key=lambda case: case[1]) for pick in (min, max))
    return row | {
        "low": low,
        "high": high,
        "low_case": low_case,
        "high_case": high_case,
        "swing": high - low,
        "swing_share": (high - low) / base if base else math.nan,
    }


def _is_same(result: str, value: float, base: float) -> bool:
    """Whether a result differs from another by no more than it is measured to; settlements and people are counted."""
    limit = SAME_SHARE * base if result == "area_km2" else SAME_KM if result.endswith("_km") else 0.0
    return abs(value - base) <= limit
