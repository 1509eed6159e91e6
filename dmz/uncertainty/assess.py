"""Work out all that the uncertainty of a line makes of the zones along it."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from dmz.uncertainty.extents import extents
from dmz.uncertainty.people import CHANCE_COLUMNS, EXPECTED_COLUMNS, chances, expected
from dmz.uncertainty.spread import Spread

# Columns of the tables, by the name of their file.
TABLE_COLUMNS = {"settlement-chances": CHANCE_COLUMNS, "expected": EXPECTED_COLUMNS}


@dataclass(frozen=True, eq=False)
class Assessment:
    """What the uncertainty of a line makes of the zones along it.

    Parameters
    ----------
    around
        The line with its uncertainty, and the ground a zone may lie on.
    extents
        Ground likely and possibly inside, of every reading, band and party (`dmz.uncertainty.extents`).
    chances, expected
        Probability of every settlement (`dmz.uncertainty.chances`), and the settlements and people to be expected
        (`dmz.uncertainty.expected`); None where there is no layer of settlements.
    """

    around: Spread
    extents: gpd.GeoDataFrame
    chances: gpd.GeoDataFrame | None = None
    expected: pd.DataFrame | None = None

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables there are, by the name of their file."""
        every = {"settlement-chances": self.chances, "expected": self.expected}
        return {name: table for name, table in every.items() if table is not None}

    @property
    def zones(self) -> dict[str, gpd.GeoDataFrame]:
        """Ground of each chance that there is any of, by the name of its file."""
        by_chance = self.extents.groupby("chance", sort=False)
        return {f"zones-{chance}": rows.assign(id=rows["zone"]).reset_index(drop=True) for chance, rows in by_chance}

    def together(self, reading: str) -> gpd.GeoDataFrame:
        """Rows of `extents` of one reading, on any party's ground it lies on."""
        rows = self.extents[self.extents["reading"] == reading]
        either = rows["party"].isna()
        return rows[either] if either.any() else rows

    def outermost(self, reading: str) -> gpd.GeoDataFrame:
        """Of one reading, all parties together: ground possibly inside at the greatest depth, likely at the least.

        Two rows, the possible one first; the likely one may be missing.
        """
        rows = self.together(reading)
        widest = "full" if (rows["band"] == "full").any() else "core"
        rows = rows[rows["band"] == rows["chance"].map({"likely": "core", "possible": widest})]
        return rows.assign(id=rows["zone"]).sort_values("probability", ignore_index=True)


def assess(zones: gpd.GeoDataFrame, around: Spread, places: gpd.GeoDataFrame | None = None) -> Assessment:
    """Work out what the uncertainty of a line makes of the zones along it.

    Parameters
    ----------
    zones
        As `dmz.zones` makes them, of any number of readings.
    around
        The line they were laid along, with its uncertainty, and the theatre and ends they were laid with.
    places
        Settlements, as `dmz.uncertainty.chances` takes them.

    Raises
    ------
    InputError, GeometryError
        As those functions raise them.
    """
    return Assessment(
        around=around,
        extents=extents(zones, around),
        chances=None if places is None else chances(places, zones, around),
        expected=None if places is None else expected(places, zones, around),
    )
