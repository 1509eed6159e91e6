"""Say which settlements lie in each zone, and how many people are known to live there."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dmz import checks, geodesy, placing
from dmz.errors import DmzWarning, InputError
from dmz.geodata import WGS84
from dmz.line import Line

COLUMNS = {
    "settlement": "id of the settlement",
    "name": "its name",
    **placing.COLUMNS,
    "distance_km": "geodesic distance to the line of contact",
    "holder": "who was reported to hold the settlement; empty where nobody said",
    "holder_agrees": "whether holder is party; empty where nobody said, and where party is empty",
    "population_low": "least of the figures known; empty is unknown, never 0",
    "population_high": "greatest of the figures known",
    "population_source": "where the figures come from; empty: unknown, or nobody said",
    "population_from_year": "earliest year of the figures; empty: unknown, or nobody said",
    "population_to_year": "latest year of the figures",
}
PEOPLE_COLUMNS = {
    **{name: placing.COLUMNS[name] for name in ("reading", "band", "party", "standing")},
    "settlements": "settlements of the layer with this standing",
    "settlements_known": "those of them with a figure",
    "settlements_unknown": "those of them without a figure: how many live there is unknown, and counted nowhere",
    "population_low": "sum of the least figures known, each settlement counted whole: a lower bound; empty is unknown",
    "population_high": "sum of the greatest figures known: more than population_low where sources disagree",
    "population_source": "where the figures come from",
    "population_from_year": "earliest year of the figures whose year is known",
    "population_to_year": "latest year of the figures whose year is known",
    "settlements_year_unknown": "settlements_known whose figures are of no known year",
}
# Beginnings of the columns of whole numbers; what parts the sources of one cell.
COUNTS = ("settlements", "population_low", "population_high", "population_from", "population_to")
SEPARATOR = "; "


class UnusedFiguresWarning(DmzWarning):
    """Figures of population whose settlement is not in the layer."""


def settlements(
    places: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    line: Line,
    *,
    figures: pd.DataFrame | None = None,
    near_km: float = placing.NEAR_KM,
    uncertainty_km: float | None = None,
) -> gpd.GeoDataFrame:
    """Settlements inside each zone, on its edge and near it, and what is known of how many live there.

    Parameters
    ----------
    places
        Points with columns ``id`` and ``name``, and where known ``holder``, ``kind`` (with a kind, only rows that are a
        ``"settlement"`` count), ``population``, ``population_source``, ``population_year``, and an uncertainty as
        `dmz.placing.place` takes it.
    zones
        As `dmz.zones` or `dmz.placing.extents` make them, of any number of readings.
    line
        The line the zones were laid along.
    figures
        More figures, several a settlement where sources disagree: columns ``settlement``, ``population``, and where
        known ``source`` and ``year``.
    near_km, uncertainty_km
        As `dmz.placing.place` takes them.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a zone and settlement; in the order of the zones, then of `dmz.placing.STANDINGS`, the nearest to the
        line first; columns as `COLUMNS` and ``geometry``.

    Raises
    ------
    InputError
        Where a table lacks a column, two settlements have one id, or a figure is no whole number from 0 on.
    CRSError, GeometryError
        As `dmz.checks.is_layer` raises them.

    Warns
    -----
    UnusedFiguresWarning
        Where figures are of settlements that are not in the layer.

    Notes
    -----
    A figure of 0 is taken as unknown: gazetteers write 0 where they have none.
    """
    places = _settlements_of(places)
    placed = placing.place(places, zones, near_km=near_km, uncertainty_km=uncertainty_km)
    row = placed["row"].to_numpy(int)
    away = geodesy.distance(checks.lonlat(places), line.geometry) / 1000 if len(places) else np.array([])
    table = placed.assign(
        settlement=places["id"].to_numpy()[row],
        name=places["name"].to_numpy()[row],
        distance_km=away[row],
        holder=_column(places, "holder").to_numpy()[row],
    )
    agrees = np.where(table["holder"].isna() | table["party"].isna(), None, table["holder"] == table["party"])
    table = table.assign(holder_agrees=pd.array(agrees, dtype="boolean"))
    table = pd.concat([table, _figures(places, figures).iloc[row].reset_index(drop=True)], axis=1)
    table = table.assign(geometry=places.geometry.to_numpy()[row])
    return gpd.GeoDataFrame(_in_order(table, zones)[[*COLUMNS, "geometry"]], geometry="geometry", crs=WGS84)


def people(found: pd.DataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """People known to live in each zone, beside the settlements of which nobody knows.

    Parameters
    ----------
    found
        As `settlements` makes it.
    zones
        The zones it was made with: one in which no settlement lies has its rows too.

    Returns
    -------
    pandas.DataFrame
        One row a zone and standing, in the order of the zones; columns as `PEOPLE_COLUMNS`.

    Notes
    -----
    Sums are of known figures, each settlement counted whole where its point lies, so they are lower bounds; where none
    is known the sum is unknown (NA), not 0.
    """
    checks.has_columns(found, COLUMNS, where="the settlements found")
    rows = []
    for zone in zones[["reading", "band", "party"]].itertuples(index=False):
        here = found[_of(found, *zone)]
        rows += [
            zone._asdict() | {"standing": standing} | _sums(here[here["standing"] == standing])
            for standing in placing.STANDINGS
        ]
    table = pd.DataFrame(rows, columns=[*PEOPLE_COLUMNS])
    return table.astype({name: "Int64" for name in PEOPLE_COLUMNS if name.startswith(COUNTS)})


def listed(places: gpd.GeoDataFrame, figures: pd.DataFrame | None = None) -> gpd.GeoDataFrame:
    """Settlements of a layer with the figures known of each.

    Parameters
    ----------
    places, figures
        As `settlements` takes them.

    Returns
    -------
    geopandas.GeoDataFrame
        Rows that are settlements, in their order: ``id``, ``name``, ``population_low``, ``population_high``,
        ``population_source``, ``population_from_year``, ``population_to_year``, ``geometry``; a figure of 0 is unknown.

    Raises
    ------
    InputError, CRSError, GeometryError
        As `settlements` raises them.
    """
    places = _settlements_of(places)
    known = _figures(places, figures)
    return places[["id", "name", "geometry"]].join(known)[["id", "name", *known, "geometry"]]


def _settlements_of(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows that are settlements, each with an id of its own, numbered anew."""
    checks.has_columns(places, ("id", "name"), where="the layer of settlements")
    checks.is_layer(places, "point", where="the layer of settlements")
    places = places[_column(places, "kind").fillna("settlement") == "settlement"].reset_index(drop=True)
    if places["id"].duplicated().any():
        twice = ", ".join(map(str, places.loc[places["id"].duplicated(), "id"].unique()[:8]))
        raise InputError(f"the layer of settlements: several rows have the id {twice}: give each its own")
    return places


def _sums(here: pd.DataFrame) -> dict[str, object]:
    """Sum up settlements of one zone and standing."""
    known = here[here["population_low"].notna()]
    sources = sorted({one for text in known["population_source"].dropna() for one in text.split(SEPARATOR)})
    return {
        "settlements": len(here),
        "settlements_known": len(known),
        "settlements_unknown": len(here) - len(known),
        "population_low": known["population_low"].sum(min_count=1),
        "population_high": known["population_high"].sum(min_count=1),
        "population_source": SEPARATOR.join(sources) or None,
        "population_from_year": known["population_from_year"].min(),
        "population_to_year": known["population_to_year"].max(),
        "settlements_year_unknown": int(known["population_from_year"].isna().sum()),
    }


def _of(found: pd.DataFrame, reading: object, band: object, party: object) -> NDArray[np.bool_]:
    """Which rows are of one zone; a party that is none is all of them together."""
    whose = found["party"].isna() if party is None else found["party"] == party
    return np.asarray((found["reading"] == reading) & (found["band"] == band) & whose, dtype=bool)


def _figures(places: gpd.GeoDataFrame, more: pd.DataFrame | None) -> pd.DataFrame:
    """Lowest and highest figure of each settlement, their sources and years; shape (n, 5)."""
    own = pd.DataFrame(
        {
            "settlement": places["id"],
            "population": _people(places, "population", places["id"], "the layer of settlements"),
            "source": _column(places, "population_source"),
            "year": _people(places, "population_year", places["id"], "the layer of settlements"),
        }
    )
    every = own if more is None else pd.concat([own, _more(more, places)], ignore_index=True)
    every = every[(every["population"] > 0).fillna(value=False)]
    by_place = every.groupby("settlement", sort=False)
    found = pd.DataFrame(
        {
            "population_low": by_place["population"].min(),
            "population_high": by_place["population"].max(),
            "population_source": by_place["source"].agg(_joined),
            "population_from_year": by_place["year"].min(),
            "population_to_year": by_place["year"].max(),
        }
    ).reindex(places["id"])
    numbers = [name for name in found if name != "population_source"]
    return found.astype(dict.fromkeys(numbers, "Int64") | {"population_source": object}).reset_index(drop=True)


def _more(figures: pd.DataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Further figures, checked; those of settlements that are not in the layer are told and left out."""
    checks.has_columns(figures, ("settlement", "population"), where="the table of figures")
    strange = ~figures["settlement"].isin(places["id"])
    if strange.any():
        named = ", ".join(map(str, figures.loc[strange, "settlement"].unique()[:5]))
        warnings.warn(
            f"the table of figures: {int(strange.sum())} of {len(figures)} rows are of settlements that are not in the "
            f"layer, and are left out ({named})",
            UnusedFiguresWarning,
            stacklevel=4,
        )
    names = figures["settlement"].astype(str)
    table = pd.DataFrame(
        {
            "settlement": figures["settlement"],
            "population": _people(figures, "population", names, "the table of figures"),
            "source": _column(figures, "source"),
            "year": _people(figures, "year", names, "the table of figures"),
        }
    )
    return table[~strange]


def _people(table: pd.DataFrame, name: str, rows: pd.Series, where: str) -> pd.Series:
    """Whole numbers of a column, or unknowns where there is none."""
    return checks.whole_numbers(_column(table, name).rename(name), map(str, rows), where=where)


def _joined(sources: pd.Series) -> str | None:
    return SEPARATOR.join(sorted({str(source) for source in sources.dropna()})) or None


def _in_order(table: pd.DataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Rows by zone, standing, distance from the line, id."""
    zone = {key: at for at, key in enumerate(zones[["reading", "band", "party"]].itertuples(index=False, name=None))}
    keys = pd.DataFrame(
        {
            "zone": [zone[key] for key in table[["reading", "band", "party"]].itertuples(index=False, name=None)],
            "standing": [placing.STANDINGS.index(one) for one in table["standing"]],
            "distance_km": table["distance_km"],
            "settlement": table["settlement"].astype(str),
        }
    )
    return table.iloc[keys.sort_values([*keys], kind="stable").index].reset_index(drop=True)


def _column(places: pd.DataFrame, name: str) -> pd.Series:
    """Return a column, or one of unknowns where the table has none."""
    return places[name] if name in places else pd.Series(None, index=places.index, dtype=object)
