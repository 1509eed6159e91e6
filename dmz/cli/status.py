"""Answer what is known of each obligation on a day."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
from cyclopts import Parameter

from dmz import compliance
from dmz.cli.asking import ALL, Options, answer, day_of, only, worked_out
from dmz.cli.shell import app, tell
from dmz.errors import InputError
from dmz.findings import Findings
from dmz.ground import Ground
from dmz.observation import REQUIRED, read_observations
from dmz.tables import Column
from dmz.verdict import Rules

READING = {"reading": Column("reading", absent="every")}
OBLIGATIONS = {
    "obligation": Column("obligation"),
    **READING,
    "status": Column("status"),
    "due": Column("due", absent="no date"),
    "for": Column("for", 0),
    "in_part": Column("in part", 0),
    "against": Column("against", 0),
    "cannot_tell": Column("cannot tell", 0),
    "expired": Column("too old", 0),
    "observed_share": Column("seen, % of ground", 1, times=100, absent="no ground"),
    "why": Column("why", widest=60),
}
OBSERVATIONS = {
    "observation": Column("observation"),
    "obligation": Column("obligation"),
    **READING,
    "part": Column("part", absent="all"),
    "claim": Column("claim"),
    "ground": Column("ground"),
    "bearing": Column("bearing"),
    "status": Column("status if alone"),
    "date_observed": Column("observed"),
    "date_reported": Column("reported"),
    "observer": Column("observer", widest=30),
    "confidence": Column("confidence", absent="not judged"),
}


@Parameter(name="*")
@dataclass(frozen=True)
class Judging:
    """How observations are judged: no text says it, so it is printed with every answer.

    Parameters
    ----------
    seen_km
        How far about a reported place counts as seen, km.
    enough_share
        Share of the zone or the roads, 0 to 1, that must be seen in order before places make it met.
    valid_days
        Days for which a report of keeping to a lasting duty counts.
    same_time_days
        Days within which observers who differ contradict each other; further apart, the later one tells of a change.
    """

    seen_km: float = compliance.DEFAULT.seen_m / 1000
    enough_share: float = compliance.DEFAULT.enough_share
    valid_days: int = compliance.DEFAULT.valid_days
    same_time_days: int = compliance.DEFAULT.same_time_days

    def rules(self) -> Rules:
        """The same for the library; refuses numbers that make no sense."""
        return Rules(self.seen_km * 1000, self.enough_share, self.valid_days, self.same_time_days)


AS_USUAL = Judging()


@app.command
def status(  # noqa: PLR0913 - one flag for each
    agreement: str,
    /,
    *,
    on: str,
    as_known_on: str | None = None,
    show: Literal["obligations", "observations"] = "obligations",
    observations: Path | None = None,
    judged_by: Judging = AS_USUAL,
    options: Options = ALL,
) -> None:
    """Say what is known on a day of each obligation of an agreement; what nobody reported is not verified.

    Example: dmz status sochi-2018 --on 2018-12-31 --as-known-on 2019-03-01 -o status.csv

    Parameters
    ----------
    agreement
        Agreement's file, or key of one shipped with dmz.
    on
        The day, as 2018-12-31.
    as_known_on
        Count what was reported by this day; by default by --on, what one could have known then.
    show
        obligations: one row each, and one a reading where it lies in the zone; observations: how each of them counts.
    observations
        Your own observations, CSV or GeoJSON, in place of the agreement's.
    judged_by
        Judgements of yours.
    options
        Those of every question.
    """
    rules = judged_by.rules()
    day = day_of(on, "--on")
    hindsight = day if as_known_on is None else day_of(as_known_on, "--as-known-on")
    found = worked_out(agreement, options, observations)
    ground = Ground(only(found.zones, reading=options.reading), found.roads)
    asked = compliance.statuses if show == "obligations" else compliance.judged
    table = asked(found.agreement, _reported(found, observations), ground, day, as_known_on=hindsight, rules=rules)
    tell(
        f"a place counts as seen within {rules.seen_m / 1000:g} km (--seen-km), ground as met from "
        f"{rules.enough_share:.0%} of it seen in order (--enough-share), a report of keeping to it for "
        f"{rules.valid_days} days (--valid-days); "
        f"observers contradict each other within {rules.same_time_days} days (--same-time-days)"
    )
    answer(_of(found, table, options.party), OBLIGATIONS if show == "obligations" else OBSERVATIONS, options.out)


def _reported(found: Findings, path: Path | None) -> pd.DataFrame:
    """Observations of a file, else of the agreement, else none."""
    if path is not None:
        return read_observations(path)
    if found.agreement.observations is None:
        tell(f"{found.agreement.key}: the agreement has no observations, nothing is verified: give --observations")
        return pd.DataFrame(columns=[*REQUIRED])
    return read_observations(found.store.table(found.agreement.observations))


def _of(found: Findings, table: pd.DataFrame, party: str | None) -> pd.DataFrame:
    """Rows of the obligations that bind a party.

    Raises
    ------
    InputError
        Where none does.
    """
    if party is None:
        return table
    bound = [term.id for term in found.agreement.obligations if party in term.parties]
    if not bound:
        who = sorted({one for term in found.agreement.obligations for one in term.parties})
        raise InputError(f"--party {party}: no obligation binds it; those bound are {', '.join(who)}")
    return table[table["obligation"].isin(bound)].reset_index(drop=True)
