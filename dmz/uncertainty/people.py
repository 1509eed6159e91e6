"""Say how likely settlements are inside each zone, and how many people are to be expected there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dmz import checks
from dmz.geodata import WGS84
from dmz.uncertainty.bearing import Bearing, bearing
from dmz.uncertainty.chance import chance, probabilities
from dmz.uncertainty.draws import Belt, inside_in_draws
from dmz.uncertainty.extents import LIKELY, POSSIBLE
from dmz.uncertainty.spread import Floats, Spread

# Rows less probable than this are left out of a table.
LEAST = 0.001
# Draws of the line behind an interval, and what lies below and above it.
DRAWS, OUTSIDE = 4_000, 0.05
# Bands of the zone at its least depth and at its greatest.
EXTENTS = {"core": ["core"], "full": ["core", "fringe"]}

PROBABILITY_COLUMNS = {
    "probability": "probability that it lies in this band and party's ground, with the line where it may be",
    "probability_full": "probability that it lies in the zone of this reading at all: any band, any party's ground",
}
CHANCE_COLUMNS = {
    "settlement": "id of the settlement",
    "name": "its name",
    "reading": "reading the zone was laid under",
    "probability_core": "probability that it lies in the core, with the line where it may be",
    "probability_full": "probability that it lies in core or fringe; settlements below 0.001 have no row",
    "holder": "who was reported to hold the settlement; empty where nobody said",
    "probability_if_held": "probability_full given that this report is right, so that the line does not run on the "
    "other side of it; empty where nobody said",
    "chance": "of probability_full: likely from 0.95 on, possible from 0.05 on, else unlikely",
    "distance_km": "geodesic distance to the line as drawn",
    "sigma_km": "standard deviation of the line's displacement at its nearest point",
    "population": "people known; empty is unknown, never 0",
}
EXPECTED_COLUMNS = {
    "reading": "reading the zone was laid under",
    "extent": "core, or full: core and fringe together",
    "settlements_expected": "sum of the probabilities of all settlements",
    "settlements_low": "as many or more in 95 % of draws of the line",
    "settlements_high": "as many or fewer in 95 % of draws of the line",
    "population_expected": "sum of probability times people over settlements whose people are known; a lower bound",
    "population_low": "as many known people or more in 95 % of draws of the line",
    "population_high": "as many known people or fewer in 95 % of draws of the line",
    "settlements_population_unknown_expected": "expected number of settlements whose people nobody gives: they are in "
    "no figure above of people",
    "correlation_km": "way along the line over which its displacements go together in the draws",
}


def with_probability(found: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, around: Spread) -> gpd.GeoDataFrame:
    """Add to settlements found in zones how likely they are in there.

    Parameters
    ----------
    found
        Points with columns ``reading``, ``band``, ``party``, as `dmz.exposure.settlements` makes them.
    zones
        The zones they were found in.
    around
        The line with its uncertainty, and the ground a zone may lie on.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows with columns as `PROBABILITY_COLUMNS` before the geometry.

    Raises
    ------
    InputError
        Where a table lacks a column.
    """
    keys = ["reading", "band", "party"]
    checks.has_columns(found, keys, where="the settlements found")
    every = probabilities(checks.lonlat(found), around, zones)
    match = [(found[key].to_numpy()[:, None] == zones[key].to_numpy()) for key in keys]
    whole = np.where(match[0], every, 0.0).sum(axis=1)
    own = np.where(match[0] & match[1] & match[2], every, 0.0).sum(axis=1)
    added = found.assign(probability=own, probability_full=np.minimum(whole, 1.0))
    return added[[*(name for name in added if name != "geometry"), "geometry"]]


def chances(places: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, around: Spread) -> gpd.GeoDataFrame:
    """Probability of every settlement to lie in the zone of every reading, whether it is drawn inside or not.

    Parameters
    ----------
    places
        Points with columns ``id`` and ``name``, and where known ``population``, ``holder``, ``kind``: with a kind, only
        rows that are a ``"settlement"`` count.
    zones, around
        As `with_probability` takes them.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a reading and settlement, the likeliest first; columns as `CHANCE_COLUMNS` and ``geometry``.

    Raises
    ------
    InputError
        Where a table lacks a column.
    """
    places = _settlements(places)
    seen = bearing(checks.lonlat(places), around)
    held = places["holder"].where(places["holder"].notna(), None) if "holder" in places else [None] * len(places)
    tables = []
    for reading, core, full in _by_reading(seen, zones, around):
        rows = pd.DataFrame(
            {
                "settlement": places["id"],
                "name": places["name"],
                "reading": reading,
                "probability_core": core,
                "probability_full": full,
                "holder": held,
                "probability_if_held": _if_held(seen, around, zones[zones["reading"] == reading], held),
                "chance": np.select([full >= LIKELY, full >= POSSIBLE], ["likely", "possible"], "unlikely"),
                "distance_km": seen.distance_m / 1000,
                "sigma_km": seen.sigma_m / 1000,
                "population": places["population"],
                "geometry": places.geometry.array,
            }
        )
        rows = rows[full >= LEAST].assign(settlement_text=lambda table: table["settlement"].astype(str))
        order = ["probability_full", "probability_core", "distance_km", "settlement_text"]
        tables.append(rows.sort_values(order, ascending=[False, False, True, True], kind="stable"))
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[*CHANCE_COLUMNS, "geometry"])
    return gpd.GeoDataFrame(table[[*CHANCE_COLUMNS, "geometry"]], geometry="geometry", crs=WGS84)


def expected(
    places: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, around: Spread, *, draws: int = DRAWS, seed: int = 0
) -> pd.DataFrame:
    """Settlements and known people to be expected in the zone of every reading, and where nine in ten draws lie.

    Parameters
    ----------
    places, zones, around
        As `chances` takes them.
    draws, seed
        Draws of the line behind the interval, and what makes them the same every time.

    Returns
    -------
    pandas.DataFrame
        One row a reading and extent; columns as `EXPECTED_COLUMNS`. Where nobody's figure is known, people are NA.

    Raises
    ------
    InputError
        Where a table lacks a column.

    Notes
    -----
    The expected number is the sum of p times people. Its variance is not that of independent settlements, the sum of
    p (1 - p) people^2 (Poisson-binomial): a stretch of line that is off moves all its settlements at once. So whole
    lines are drawn (`dmz.uncertainty.draws.inside_in_draws`), and the interval goes from the 5 % to the 95 % quantile
    of their sums. It is that of the line alone: figures of people and positions of settlements are taken as they are.
    Where one city is most of the people the expected number may lie outside the interval.
    """
    places = _settlements(places)
    seen = bearing(checks.lonlat(places), around)
    people = places["population"].to_numpy(dtype=np.float64, na_value=np.nan)
    asked = [
        (reading, extent, probability)
        for reading, *both in _by_reading(seen, zones, around)
        for extent, probability in zip(EXTENTS, both, strict=True)
    ]
    belts = [_belts(zones, reading, EXTENTS[extent]) for reading, extent, _ in asked]
    inside = zip(*inside_in_draws(seen, around, belts, draws=draws, seed=seed), strict=True)
    rows = [
        {"reading": reading, "extent": extent, "correlation_km": around.correlation_m / 1000}
        | _numbers(probability, people, np.concatenate(each))
        for (reading, extent, probability), each in zip(asked, inside, strict=True)
    ]
    table = pd.DataFrame(rows, columns=[*EXPECTED_COLUMNS])
    whole = ["settlements_low", "settlements_high", *(name for name in table if name.startswith("population_"))]
    return table.astype(dict.fromkeys(whole, "Int64"))


def _settlements(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows that are settlements, in the order of the layer, a figure of people each or none."""
    checks.has_columns(places, ("id", "name"), where="the layer of settlements")
    checks.is_layer(places, "point", where="the layer of settlements")
    if "kind" in places:
        places = places[places["kind"].fillna("settlement") == "settlement"]
    if "population" not in places:
        places = places.assign(population=pd.NA)
    people = checks.whole_numbers(places["population"], map(str, places["id"]), where="the layer of settlements")
    return places.assign(population=people.where(people > 0)).reset_index(drop=True)


def _by_reading(seen: Bearing, zones: gpd.GeoDataFrame, around: Spread) -> Iterator[tuple[str, Floats, Floats]]:
    """Every reading with the probability of each point to lie in its core, and in core or fringe."""
    every = probabilities(seen, around, zones)
    for reading in zones["reading"].unique():
        here = (zones["reading"] == reading).to_numpy()
        core = here & (zones["band"] == "core").to_numpy()
        yield str(reading), *(np.minimum(every[:, some].sum(axis=1), 1.0) for some in (core, here))


def _if_held(seen: Bearing, around: Spread, belts: gpd.GeoDataFrame, held: Iterable[object]) -> Floats:
    """Probability to lie in belts on the ground of its holder, given that it is the holder's ground; else unknown."""
    holder, found = np.array([*held], dtype=object), np.full(len(seen.distance_m), np.nan)
    found[pd.notna(holder)] = 0.0  # of a third party, unless one of the two is found below
    for party in around.line.parties:
        mine = holder == party
        inside = probabilities(seen, around, belts[belts["party"] == party]).sum(axis=1)
        ground = chance(seen, around, (0.0, np.inf), party)
        found[mine] = np.divide(inside, ground, out=np.zeros_like(inside), where=ground > 0)[mine]
    return np.asarray(np.minimum(found, 1.0))


def _belts(zones: gpd.GeoDataFrame, reading: str, bands: list[str]) -> list[Belt]:
    here = zones[(zones["reading"] == reading) & zones["band"].isin(bands)]
    return [*zip(here["depth_from_m"], here["depth_to_m"], here["party"], strict=True)]


def _numbers(probability: Floats, people: Floats, inside: NDArray[np.bool_]) -> dict[str, object]:
    """Expected numbers and their intervals; people are unknown where nobody's figure is known that may be inside."""
    possible, known = probability >= LEAST, ~np.isnan(people)
    counts, sums = inside.sum(axis=1), inside @ np.nan_to_num(people)
    low, high = (int(np.quantile(counts, q, method="inverted_cdf")) for q in (OUTSIDE, 1 - OUTSIDE))
    numbers: dict[str, object] = {
        "settlements_expected": float(probability.sum()),
        "settlements_low": low,
        "settlements_high": high,
        "settlements_population_unknown_expected": float(probability[~known].sum()),
    }
    if not (possible & known).any():
        return numbers | dict.fromkeys(("population_expected", "population_low", "population_high"), pd.NA)
    fewest, most = (np.quantile(sums, q, method="inverted_cdf") for q in (OUTSIDE, 1 - OUTSIDE))
    total = float((probability[known] * people[known]).sum())
    return numbers | {"population_expected": round(total), "population_low": int(fewest), "population_high": int(most)}
