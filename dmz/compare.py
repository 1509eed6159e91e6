"""Set the readings of an agreement side by side."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from dmz import corridor, geodesy, placing
from dmz.line import Line

# A zone touches the line that bounds it to within the grid its boundary was rounded to; 1e-6 degrees is 0.1 m.
TOUCH_DEG = 1e-6
EXTENTS = ("core", "full")

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
    "max_deviation_m": "largest distance by which a boundary point of the unclipped zone misses its depth",
}
# Of an agreement with several zones.
BELT_COLUMN = {"belt": "zone of the agreement: they may overlap, and are never summed"}
CORRIDOR_COLUMN = "geodesic km of the road inside the zone, core or core and fringe"


def readings(
    zones: gpd.GeoDataFrame, line: Line, *, settlements: pd.DataFrame | None, corridors: pd.DataFrame | None
) -> pd.DataFrame:
    """One row a reading: area, km of line, settlements, people known, km of each road.

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

    Returns
    -------
    pandas.DataFrame
        Columns as `COLUMNS`, then ``<corridor>_core_km`` and ``<corridor>_full_km`` for each road. ``core`` is what
        every depth of a range agrees on, ``full`` the greatest depth.
    """
    rows = []
    for reading, belts in zones.groupby("reading", sort=False):
        row: dict[str, object] = {"reading": reading, "line_km": _along(belts, line)}
        for extent in EXTENTS:
            bands = ["core"] if extent == "core" else ["core", "fringe"]
            here = belts[belts["band"].isin(bands)]
            row[f"reach_{extent}_km"] = here["depth_to_m"].max() / 1000
            row[f"area_{extent}_km2"] = here["area_km2"].sum()
            row |= _people(settlements, reading, bands, extent) | _roads(corridors, reading, bands, extent)
        rows.append(row | {"max_deviation_m": belts["max_deviation_m"].max()})
    table = pd.DataFrame(rows)
    first = [column for column in COLUMNS if column in table]
    return table[[*first, *(column for column in table if column not in first)]]


def by_belt(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Rows of each zone of an agreement, one row a reading; of one zone, whose name is then empty, the table itself."""
    if "belt" not in table:
        return [("", table.set_index("reading"))]
    return [(str(belt), some.set_index("reading")) for belt, some in table.groupby("belt", sort=False)]


def span(low: float, high: float) -> str:
    """Core and full value as a report writes them: ``"3 246–4 072"``, one where they are equal; ``"unknown"`` for none.

    Examples
    --------
    >>> span(84.74, 104.21), span(38.94, 38.94), span(107, 111), span(float("nan"), 1_200)
    ('84.7–104.2', '38.9', '107–111', 'unknown–1\u202f200')
    """
    if pd.isna(low) or pd.isna(high):
        return "–".join(dict.fromkeys("unknown" if pd.isna(value) else span(value, value) for value in (low, high)))
    whole = float(low).is_integer() and float(high).is_integer()
    digits = 0 if whole or low >= 1_000 else 1  # noqa: PLR2004 - a tenth of a km2 says nothing above a thousand
    return "–".join(dict.fromkeys(f"{value:,.{digits}f}".replace(",", "\u202f") for value in (low, high)))


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
