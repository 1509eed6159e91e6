"""Say in a table and in words how sure the zone is, with the line where it may be."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dmz.compare import span
from dmz.findings import Findings
from dmz.uncertainty import Assessment

# Extents of a zone as a report calls them.
EXTENTS = {"core": "core", "full": "core and fringe"}
WORDS = """\
The line is {stated}; that is read as one standard deviation. *Likely* is ground inside with a probability of 95 % or
more, *possible* with 5 % or more. In brackets: where 90 % of draws of the line lie, displaced together over some {way}
km of way. One city on an edge can put the expected number of people outside them. Each settlement's probability is in
`settlement-chances.csv`; who was reported to hold a place is used there in one column only."""


def rows(findings: Findings, doubt: Assessment) -> list[list[str]]:
    """Ground, settlements and people likely and possibly inside: a heading, then a cell a reading; readings first."""
    table = [["", *(reading.name.en for reading in findings.agreement.readings)]]
    for extent, what in EXTENTS.items():
        table.append([f"{what}: area likely, as drawn and possibly inside, km²", *_areas(findings, doubt, extent)])
        if doubt.expected is not None:
            told = doubt.expected[doubt.expected["extent"] == extent].set_index("reading")
            here = told.loc[[reading.id for reading in findings.agreement.readings]]
            table += [
                [f"{what}: settlements expected", *(_expected(*row) for row in here[_three("settlements")].to_numpy())],
                [f"{what}: known people expected", *(_expected(*row) for row in here[_three("population")].to_numpy())],
            ]
    return table


def words(findings: Findings, doubt: Assessment) -> str:
    """What the table rests on."""
    km = np.asarray(findings.line.uncertainty_m, dtype=np.float64) / 1000
    stated = f"{km.min():g} to {km.max():g} km uncertain, {km.mean():.1f} km on average"
    return WORDS.format(stated=stated, way=f"{doubt.around.correlation_m / 1000:g}")


def _areas(findings: Findings, doubt: Assessment, extent: str) -> list[str]:
    """Areas likely inside, as drawn, and possibly inside, of each reading."""
    drawn, cells = findings.comparison.set_index("reading")[f"area_{extent}_km2"], []
    for reading in findings.agreement.readings:
        rows = doubt.together(reading.id)
        band = "full" if extent == "full" and (rows["band"] == "full").any() else "core"
        by_chance = rows[rows["band"] == band].set_index("chance")["area_km2"]
        areas = (by_chance.get("likely", 0.0), drawn[reading.id], by_chance.get("possible", 0.0))
        cells.append(", ".join(span(round(area), round(area)) for area in areas))
    return cells


def _three(what: str) -> list[str]:
    return [f"{what}_{name}" for name in ("expected", "low", "high")]


def _expected(expected: float, low: float, high: float) -> str:
    """Expected number, and from where to where nine in ten draws lie."""
    if pd.isna(expected):
        return "unknown"
    return f"{span(round(expected), round(expected))} ({span(low, high)})"
