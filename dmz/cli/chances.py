"""Answer how sure the zone of an agreement is, its line being uncertain."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from dmz import uncertainty
from dmz.cli.asking import ALL, Options, answer, only, refuse_idle, worked_out
from dmz.cli.shell import app
from dmz.errors import InputError
from dmz.findings import Findings
from dmz.tables import Column

SETTLEMENTS = {
    "name": Column("settlement"),
    "reading": Column("reading"),
    "probability_core": Column("in core, %", 1, times=100),
    "probability_full": Column("in core or fringe, %", 1, times=100),
    "chance": Column("chance"),
    "holder": Column("holder"),
    "probability_if_held": Column("if so, %", 1, times=100),
    "distance_km": Column("to the line, km", 2),
    "sigma_km": Column("line uncertain, km", 1),
    "population": Column("population", 0),
}
EXPECTED = {
    "reading": Column("reading"),
    "extent": Column("extent"),
    "settlements_expected": Column("settlements expected", 1),
    "settlements_low": Column("from", 0),
    "settlements_high": Column("to", 0),
    "population_expected": Column("known people expected", 0),
    "population_low": Column("from", 0),
    "population_high": Column("to", 0),
    "settlements_population_unknown_expected": Column("settlements of unknown population", 1),
}
GROUND = {
    "chance": Column("chance"),
    "reading": Column("reading"),
    "band": Column("band"),
    "party": Column("party", absent="either"),
    "area_km2": Column("area, km2", 1),
}


@app.command
def chances(
    agreement: str,
    /,
    *,
    show: Literal["settlements", "expected", "ground"] = "settlements",
    sigma_km: float | None = None,
    correlation_km: float | None = None,
    options: Options = ALL,
) -> None:
    """Say how likely settlements are inside the zone of an agreement, and how much ground is, the line being uncertain.

    Example: dmz chances sochi-2018 --reading deep --sigma-km 2 -o chances.csv

    Parameters
    ----------
    agreement
        Agreement's file, or key of one shipped with dmz.
    show
        settlements: the probability of each; expected: how many settlements and known people, and where 90 % of draws
        lie; ground: areas likely (probability of 95 % or more) and possibly (5 % or more) inside.
    sigma_km
        Standard deviation of the line's position, the same all along; by default its stated uncertainty.
    correlation_km
        Way along the line over which its displacements go together; by default 10.
    """
    if show != "ground":
        refuse_idle({"--party": options.party}, "of settlements and people all parties are shown: add --show ground")
    if show == "settlements":
        refuse_idle({"--correlation-km": correlation_km}, "it changes no settlement's own chance: add --show expected")
    found = worked_out(agreement, options)
    zones = only(found.zones, reading=options.reading)
    around = _around(found, sigma_km, correlation_km)
    if show == "ground":
        answer(only(_ground(zones, around), party=options.party), GROUND, options.out)
        return
    if found.places is None:
        raise InputError(f"{found.agreement.key}: the agreement has no layer of settlements")
    if show == "expected":
        answer(uncertainty.expected(found.places, zones, around), EXPECTED, options.out)
    else:
        answer(uncertainty.chances(found.places, zones, around), SETTLEMENTS, options.out)


def _around(found: Findings, sigma_km: float | None, correlation_km: float | None) -> uncertainty.Spread:
    """The line with the uncertainty asked for.

    Raises
    ------
    InputError
        Where nobody said how uncertain the line is, or a number is out of range.
    """
    if sigma_km is not None and not (np.isfinite(sigma_km) and sigma_km >= 0):
        raise InputError(f"--sigma-km {sigma_km:g}: give km from 0 on")
    if sigma_km is None and found.line.uncertainty_m is None:
        raise InputError(f"{found.line.name}: nobody said how uncertain it is: give --sigma-km")
    if found.agreement.laid_along != "line" or len(found.agreement.zones) > 1:
        raise InputError(
            f"{found.agreement.key}: chances are those of one zone along one line, and it has other ground"
        )
    return uncertainty.spread(
        found.line,
        sigma_m=None if sigma_km is None else 1000 * sigma_km,
        within=found.theatre,
        ends=found.agreement.zones[0].ends,
        correlation_km=uncertainty.CORRELATION_M / 1000 if correlation_km is None else correlation_km,
    )


def _ground(zones: pd.DataFrame, around: uncertainty.Spread) -> pd.DataFrame:
    return uncertainty.extents(zones, around).drop(columns="geometry")
