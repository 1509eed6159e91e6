"""Say what is known to be wrong, missing or uncertain in the inputs of an agreement."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import geopandas as gpd
import pandas as pd

from dmz import geodata, line
from dmz.agreement import Agreement
from dmz.errors import DmzWarning
from dmz.findings import Findings

FAULT, WARNING, GAP, NOTE = KINDS = ("fault", "warning", "gap", "note")
COLUMNS = {
    "input": "key of the layer or table in the manifest, or the agreement's",
    "kind": "fault: it is not as its manifest says, or cannot be read; warning: it was used, and the result must be "
    "looked at; gap: something in it is unknown; note: what its manifest says of it",
    "problem": "what was found, in a sentence",
}
Row = tuple[str, str, str]


def caveats(found: Findings, observations: gpd.GeoDataFrame | pd.DataFrame) -> pd.DataFrame:
    """Everything a reader of an agreement's numbers must know of its inputs.

    Parameters
    ----------
    found
        The agreement on the ground.
    observations
        Its observations, as `dmz.observation.check_observations` returns them; may be empty.

    Returns
    -------
    pandas.DataFrame
        One row a problem, columns as `COLUMNS`: the faults and warnings of ``dmz check`` first, then what is unknown,
        then what the manifest notes of each input.
    """
    rows = [*_faults(found), *_warned(found), *_gaps(found, observations), *_notes(found)]
    return pd.DataFrame(rows, columns=[*COLUMNS], dtype=object)


def keys(agreement: Agreement) -> list[str]:
    """Keys in the manifest of every layer and raster an agreement uses, then of its table of observations."""
    named = agreement.layers.model_dump(exclude={"basemap"}, exclude_none=True).values()
    tables = [] if agreement.observations is None else [agreement.observations]
    return list(dict.fromkeys([agreement.line.layer, *named, *agreement.layers.basemap, *tables]))


def _faults(found: Findings) -> Iterator[Row]:
    """What `dmz.geodata.audit` finds of the inputs used."""
    for key in keys(found.agreement):
        for fault in geodata.audit(found.store, [key]):
            yield key, FAULT, fault.removeprefix(f"{found.store.root}/")


def _warned(found: Findings) -> Iterator[Row]:
    """What reading the line warns of."""
    key = found.agreement.line.layer
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DmzWarning)
        line.audit(found.line, where=key)
    for warning in caught:
        yield key, WARNING, str(warning.message).removeprefix(f"{key}: ")


def _gaps(found: Findings, observations: pd.DataFrame) -> Iterator[Row]:
    """What nobody said."""
    agreement = found.agreement
    if found.line.uncertainty_m is None:
        yield agreement.line.layer, GAP, "how uncertain the line is, nobody said"
    if found.places is not None:
        key, places = str(agreement.layers.settlements), found.places
        if "kind" in places:
            places = places[places["kind"].fillna("settlement") == "settlement"]
        for column, what in (("population", "has no population"), ("holder", "has no reported holder")):
            if column in places:
                yield from _unknown(key, places[column], "settlements", what)
    if found.agreement.observations is not None:
        unplaced = observations["lon"].where(observations["lon"].notna(), observations["from_km"])
        yield from _unknown(found.agreement.observations, unplaced, "observations", "names no place")


def _unknown(key: str, column: pd.Series, rows: str, what: str) -> Iterator[Row]:
    count = int(column.isna().sum())
    if count:
        words = what if count == 1 else what.replace("has ", "have ").replace("names ", "name ")
        yield key, GAP, f"{count} of {len(column)} {rows} {words}"


def _notes(found: Findings) -> Iterator[Row]:
    """What the manifest says of each input that is measured or judged by: the basemap is only looked at."""
    looked_at = {*found.agreement.layers.basemap}
    everything = {**found.store.records, **found.store.tables, **found.store.rasters}
    for key in keys(found.agreement):
        record = everything[key]
        if record.note and key not in looked_at:
            yield key, NOTE, record.note
