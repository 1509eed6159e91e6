"""Set gridded populations of several rasters and years in one table, each with what is likely and possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from dmz import placing, raster
from dmz.errors import InputError

COLUMNS = {
    **raster.COLUMNS,
    "people_least": "sum over the ground that is likely inside, given how uncertain the line is; empty where nobody "
    "drew it, or no cell of it carries a number",
    "people_most": "sum over the ground that is possibly inside; empty likewise",
}


@dataclass(frozen=True)
class Raster:
    """A gridded population.

    Parameters
    ----------
    path
        GeoTIFF.
    source, year
        Where it comes from and the year it is for.
    unit
        ``"people"`` or ``"people-per-km2"``.
    layer
        Number of its layer, from 1.
    """

    path: str | Path
    source: str | None = None
    year: int | None = None
    unit: raster.Unit = "people"
    layer: int = 1


def populations(
    rasters: Sequence[Raster],
    zones: gpd.GeoDataFrame,
    *,
    likely: gpd.GeoDataFrame | None = None,
    possible: gpd.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """People in each zone by several rasters.

    Parameters
    ----------
    rasters
        Of several sources, or of several years.
    zones
        As `dmz.raster.population` takes them.
    likely, possible
        Ground likely and possibly inside each zone, by ``reading``, ``band`` and ``party`` (None: all together), one
        row each at most.

    Returns
    -------
    pandas.DataFrame
        One row a raster and zone, in their order; columns as `COLUMNS`. Never sum over rasters: each is a whole count.

    Raises
    ------
    InputError
        Where there are no rasters, or a zone has two rows of likely or possible ground.
    MissingExtraError, MissingInputError, CRSError
        As `dmz.raster.population` raises them.

    Notes
    -----
    ``people_least`` to ``people_most`` is the interval that the line's uncertainty alone makes; how well the raster
    itself is known, it does not say.
    """
    if not rasters:
        raise InputError("there are no rasters: give one or more")
    made = []
    for each in rasters:
        table = _summed(each, zones)
        for name, ground in (("people_least", likely), ("people_most", possible)):
            table[name] = _of(each, table, ground, name)
        made.append(table)
    return pd.concat(made, ignore_index=True)[[*COLUMNS]]


def _summed(each: Raster, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    return raster.population(each.path, zones, unit=each.unit, layer=each.layer, source=each.source, year=each.year)


def _of(each: Raster, table: pd.DataFrame, ground: gpd.GeoDataFrame | None, name: str) -> list[float]:
    """People on some ground of each row of a table."""
    if ground is None:
        return [float("nan")] * len(table)
    placing.check_zones(ground)
    found: dict[tuple[object, ...], float] = {}
    for row in _summed(each, ground).itertuples():
        key = _key(row)
        if key in found:
            raise InputError(f"{name}: {', '.join(map(str, key))} has two rows: give one a reading, band and party")
        found[key] = row.people
    return [found.get(_key(row), float("nan")) for row in table.itertuples()]


def _key(row: object) -> tuple[object, ...]:
    """Reading, band and party of a row, None for an empty one."""
    said = (getattr(row, name) for name in placing.ZONE_COLUMNS)
    return tuple(None if pd.isna(value) else value for value in said)
