"""Set the readings of an agreement side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import geopandas as gpd
import pandas as pd
import shapely

from dmz import corridor, geodesy, placing
from dmz.errors import InputError
from dmz.line import Line

# A zone touches the line that bounds it to within the grid its boundary was rounded to; 1e-6 degrees is 0.1 m.
TOUCH_DEG = 1e-6
EXTENTS = ("core", "full")
BANDS = {"core": ["core"], "full": ["core", "fringe"]}

COLUMNS = {
    "reading": "way to understand the text",
    "reach_core_km": "how far off the line the core reaches on the ground of a party",
    "reach_full_km": "how far core and fringe reach",
    "line_km": "geodesic length of the line (of both parties' lines, where distances count from each one's own) along "
    "or inside the zone, at the resolution it is drawn in",
    "area_core_km2": "area on the ellipsoid that every depth of the range agrees on",
    "area_full_km2": "area at the greatest depth: core and fringe",
    "settlements_core": "settlements of the layer whose point, as drawn, lies in the core",
    "settlements_full": "settlements of the layer inside core and fringe",
    "population_known_core": "people in those settlements of the core whose population is known, each counted whole "
    "where its point lies: a lower bound",
    "population_known_full": "the same for core and fringe",
    "settlements_population_unknown_core": "settlements of the core whose population nobody gives",
    "settlements_population_unknown_full": "the same for core and fringe",
    "jaccard_core": "ground its core and that of the chosen reading share, as a share of the ground of either: 1 is "
    "the same ground, 0 none; the chosen reading is the agreement's first unless told otherwise",
    "jaccard_full": "the same for core and fringe",
    "settlements_gained_core": "settlements inside its core that are not in that of the chosen reading",
    "settlements_gained_full": "the same for core and fringe",
    "settlements_lost_core": "settlements inside the core of the chosen reading that are not in its own",
    "settlements_lost_full": "the same for core and fringe",
    "max_deviation_m": "largest distance by which a boundary point of the unclipped zone misses its depth",
}
# Of an agreement with several zones.
BELT_COLUMN = {"belt": "zone of the agreement: they may overlap, and are never summed"}
OVERLAP_COLUMNS = {
    "reading": "one zone",
    "other": "another",
    "extent": "core: what every depth of the range agrees on; full: core and fringe",
    "area_km2": "area of the one on the ellipsoid",
    "other_area_km2": "area of the other",
    "both_km2": "area of the ground they share",
    "either_km2": "area of the ground of either",
    "jaccard": "both_km2 as a share of either_km2: 1 is the same ground, 0 none",
}
CHANGE_COLUMNS = {
    "reading": "reading that is held against the chosen one",
    "chosen": "the reading it is held against",
    "extent": "core: what every depth of the range agrees on; full: core and fringe",
    "change": "gained: inside under this reading and not under the chosen one; lost: the other way round",
    "settlement": "id of the settlement",
    "name": "its name",
    "party": "who holds the ground of the zone there",
    "population": "people known; empty is unknown, never 0",
}
GAINED, LOST = CHANGES = ("gained", "lost")
CORRIDOR_COLUMN = "geodesic km of the road inside the zone, core or core and fringe"


def readings(
    zones: gpd.GeoDataFrame,
    line: Line,
    *,
    settlements: pd.DataFrame | None,
    corridors: pd.DataFrame | None,
    chosen: str | None = None,
) -> pd.DataFrame:
    """One row a reading: area, km of line, overlap, settlements, people known, km of each road.

    Parameters
    ----------
    zones
        As `dmz.zones` makes them, of any number of readings.
    line
        The line they were laid along.
    settlements
        As `dmz.exposure.settlements` makes them; None where there is no layer of settlements.
    corridors
        As `dmz.corridor.pieces` makes them; None where there are no roads.
    chosen
        The reading the others are held against; by default the first.

    Returns
    -------
    pandas.DataFrame
        Columns as `COLUMNS`, then ``<corridor>_core_km`` and ``<corridor>_full_km`` for each road. ``core`` is what
        every depth of a range agrees on, ``full`` the greatest depth.

    Raises
    ------
    InputError
        Where no zone is of the chosen reading.
    """
    against = _chosen(zones, chosen)
    shared = overlaps(zones)
    changed = None if settlements is None else changes(settlements, chosen=against)
    rows = []
    for reading, belts in zones.groupby("reading", sort=False):
        row: dict[str, object] = {"reading": reading, "line_km": _along(belts, line)}
        for extent in EXTENTS:
            bands = BANDS[extent]
            here = belts[belts["band"].isin(bands)]
            row[f"reach_{extent}_km"] = here["depth_to_m"].max() / 1000
            row[f"area_{extent}_km2"] = here["area_km2"].sum()
            row[f"jaccard_{extent}"] = _jaccard(shared, reading, against, extent)
            row |= _people(settlements, reading, bands, extent) | _roads(corridors, reading, bands, extent)
            row |= _changed(changed, reading, extent)
        rows.append(row | {"max_deviation_m": belts["max_deviation_m"].max()})
    table = pd.DataFrame(rows)
    first = [column for column in COLUMNS if column in table]
    return table[[*first, *(column for column in table if column not in first)]]


def by_belt(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Rows of each zone of an agreement, one row a reading; of one zone, whose name is then empty, the table itself."""
    if "belt" not in table:
        return [("", table.set_index("reading"))]
    return [(str(belt), some.set_index("reading")) for belt, some in table.groupby("belt", sort=False)]


def overlaps(zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Ground that zones share, two readings at a time.

    Parameters
    ----------
    zones
        As `dmz.zones` makes them; of several agreements or dates too, where the column ``reading`` tells them apart.

    Returns
    -------
    pandas.DataFrame
        One row a pair and extent; columns as `OVERLAP_COLUMNS`.

    Notes
    -----
    Jaccard (1912), "The distribution of the flora in the alpine zone", New Phytologist 11: the area of the intersection
    over that of the union, both on the ellipsoid; all parties' ground of a reading is taken together.
    """
    rows = []
    whole = placing.extents(zones, by_party=False)
    for extent in EXTENTS:
        ground = whole[whole["band"] == extent].set_index("reading")
        for one, other in combinations(ground.index, 2):
            rows.append(
                {"reading": one, "other": other, "extent": extent} | _overlap(ground.loc[one], ground.loc[other])
            )
    return pd.DataFrame(rows, columns=[*OVERLAP_COLUMNS])


def changes(settlements: pd.DataFrame, *, chosen: str, readings: Sequence[str] | None = None) -> pd.DataFrame:
    """Settlements that other readings gain and lose against a chosen one, by name.

    Parameters
    ----------
    settlements
        As `dmz.exposure.settlements` makes them.
    chosen
        The reading the others are held against.
    readings
        The others, in their order; by default those in which a settlement lies.

    Returns
    -------
    pandas.DataFrame
        One row a reading, extent and settlement, the order of the rows that of `settlements`; columns as
        `CHANGE_COLUMNS`.
    """
    inside = _inside(settlements)
    others = [name for name in readings or dict.fromkeys(inside["reading"]) if name != chosen]
    rows = []
    for reading in others:
        for extent in EXTENTS:
            here = inside[inside["band"].isin(BANDS[extent])].drop_duplicates(["reading", "settlement"])
            mine, theirs = here[here["reading"] == reading], here[here["reading"] == chosen]
            for change, some, than in ((GAINED, mine, theirs), (LOST, theirs, mine)):
                found = some[~some["settlement"].isin(than["settlement"])]
                rows.append(found.assign(reading=reading, chosen=chosen, extent=extent, change=change))
    table = pd.concat(rows, ignore_index=True) if rows else inside.iloc[:0]
    return pd.DataFrame(table.reindex(columns=[*CHANGE_COLUMNS]))


def across(table: pd.DataFrame, label: str = "reading") -> pd.DataFrame:
    """Comparison turned round for a person to read: a row a quantity, a column a reading, core to full in one text.

    Parameters
    ----------
    table
        As `readings` makes it, or with rows of several agreements.
    label
        Column that the rows are called by.

    Returns
    -------
    pandas.DataFrame
        ``quantity``, its name with the unit, then one column a row of `table`; texts as `span` writes them.
    """
    names = [str(name) for name in table[label]]
    rows = []
    for column in (str(name) for name in table if _is_quantity(table, name)):
        full = column.replace("_core", "_full")
        digits = 2 if column.startswith("jaccard") else None
        pairs = zip(*(pd.to_numeric(table[one]).astype("Float64") for one in (column, full)), strict=True)
        said = [span(*(float("nan") if pd.isna(one) else float(one) for one in pair), digits=digits) for pair in pairs]
        rows.append({"quantity": quantity(column)} | dict(zip(names, said, strict=True)))
    return pd.DataFrame(rows, columns=["quantity", *names])


def quantity(column: str) -> str:
    """Name of a column of the comparison for a person to read.

    Examples
    --------
    >>> quantity("area_core_km2"), quantity("jaccard_core"), quantity("old_road_core_km")
    ('area, km²', 'overlap with the chosen reading (Jaccard)', 'old-road inside, km')
    """
    plain = column.replace("_core", "")
    if plain == "jaccard":
        return "overlap with the chosen reading (Jaccard)"
    if plain.endswith("_km") and column not in COLUMNS:
        return f"{plain.removesuffix('_km').replace('_', '-')} inside, km"
    return plain.replace("_km2", ", km²").replace("_km", ", km").replace("_", " ")


def _is_quantity(table: pd.DataFrame, name: object) -> bool:
    """Whether a column is a number of its own, not the second of a pair nor a certificate."""
    text = str(name)
    return text == "line_km" or ("_core" in text and text.replace("_core", "_full") in table)


def span(low: float, high: float, *, digits: int | None = None) -> str:
    """Core and full value as a report writes them: ``"3 246–4 072"``, one where they are equal; ``"unknown"`` for none.

    `digits` after the point are written where they are given, else as many as the numbers bear.

    Examples
    --------
    >>> span(84.74, 104.21), span(38.94, 38.94), span(107, 111), span(float("nan"), 1_200)
    ('84.7–104.2', '38.9', '107–111', 'unknown–1\u202f200')
    """
    if pd.isna(low) or pd.isna(high):
        return "–".join(
            dict.fromkeys("unknown" if pd.isna(value) else span(value, value, digits=digits) for value in (low, high))
        )
    whole = float(low).is_integer() and float(high).is_integer()
    if digits is None:
        digits = 0 if whole or low >= 1_000 else 1  # noqa: PLR2004 - a tenth of a km2 says nothing above a thousand
    return "–".join(dict.fromkeys(f"{value:,.{digits}f}".replace(",", "\u202f") for value in (low, high)))


def _chosen(zones: gpd.GeoDataFrame, chosen: str | None) -> str:
    """Reading the others are held against."""
    there = [*dict.fromkeys(zones["reading"])]
    if chosen is not None and chosen not in there:
        raise InputError(f"no zone is laid under the reading {chosen!r}; there are {', '.join(map(str, there))}")
    return chosen or str(there[0])


def _overlap(one: pd.Series, other: pd.Series) -> dict[str, float]:
    """Areas of two zones, of the ground they share and of that of either."""
    both = geodesy.area(shapely.intersection(one.geometry, geodesy.drawn_like(one.geometry, other.geometry))) / 1e6
    either = one["area_km2"] + other["area_km2"] - both
    return {
        "area_km2": one["area_km2"],
        "other_area_km2": other["area_km2"],
        "both_km2": both,
        "either_km2": either,
        "jaccard": both / either,
    }


def _jaccard(shared: pd.DataFrame, reading: object, chosen: str, extent: str) -> float:
    """Share of a pair, whichever of the two stands first."""
    if reading == chosen:
        return 1.0
    of_pair = shared[["reading", "other"]].isin([reading, chosen]).all(axis=1)
    return float(shared[of_pair & (shared["extent"] == extent)]["jaccard"].iloc[0])


def _inside(settlements: pd.DataFrame) -> pd.DataFrame:
    """Rows whose point, as drawn, lies in the zone, with the least figure of their people."""
    return placing.within(settlements).assign(population=lambda table: table["population_low"])


def _changed(changed: pd.DataFrame | None, reading: object, extent: str) -> dict[str, object]:
    if changed is None:
        return {}
    here = changed[(changed["reading"] == reading) & (changed["extent"] == extent)]
    return {f"settlements_{change}_{extent}": int((here["change"] == change).sum()) for change in CHANGES}


def _along(belts: gpd.GeoDataFrame, line: Line) -> float:
    ground = shapely.buffer(shapely.coverage_union_all(belts.geometry.array), TOUCH_DEG)
    drawn = geodesy.densify(line.geometry, corridor.STEP_M)
    return geodesy.length(shapely.intersection(drawn, ground)) / 1000


def _people(found: pd.DataFrame | None, reading: object, bands: list[str], extent: str) -> dict[str, object]:
    if found is None:
        return {}
    inside = placing.within(found)
    known = inside[(inside["reading"] == reading) & inside["band"].isin(bands)]["population_low"]
    return {
        f"settlements_{extent}": len(known),
        f"population_known_{extent}": known.sum(min_count=1) if len(known) else 0,
        f"settlements_population_unknown_{extent}": int(known.isna().sum()),
    }


def _roads(found: pd.DataFrame | None, reading: object, bands: list[str], extent: str) -> dict[str, object]:
    if found is None:
        return {}
    totals = corridor.totals(found)
    here = totals[(totals["reading"] == reading) & totals["band"].isin(bands)]
    km = here.groupby("corridor")["length_km"].sum()
    return {f"{name.replace('-', '_')}_{extent}_km": float(km.get(name, 0.0)) for name in found["corridor"].unique()}
