"""Set what was known of each obligation by a day beside what is known of that day now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import geopandas as gpd
import pandas as pd

from dmz import compliance
from dmz.agreement import Agreement
from dmz.ground import Ground
from dmz.verdict import Rules

COLUMNS = {
    **{name: compliance.STATUS_COLUMNS[name] for name in ("obligation", "name", "clause", "parties", "reading")},
    "due": compliance.STATUS_COLUMNS["due"],
    "date": "the day both statuses are of",
    "status_then": "status of that day from what was reported by it",
    "status_now": "status of that day from what was reported by known_on",
    "known_on": "the day hindsight looks back from",
    "parts_then": "status_then of each road, or of each category the text names; empty where there is one part",
    "parts_now": "the same in hindsight",
    "differs": "whether hindsight says otherwise",
    "why_then": "the observations status_then rests on, by id, observer and day",
    "why_now": "the observations status_now rests on",
}


def days_asked(agreement: Agreement) -> list[dt.date]:
    """Days on which an agreement can be held to its word: of entry into force, and the day after each date in it."""
    due = {term.due for term in agreement.obligations if term.due}
    return sorted({agreement.in_force, *(day + dt.timedelta(days=1) for day in due)})


def hindsight(
    agreement: Agreement,
    observations: pd.DataFrame,
    zones: gpd.GeoDataFrame | Ground | None,
    days: Iterable[dt.date],
    *,
    known_on: dt.date,
    rules: Rules = compliance.DEFAULT,
) -> pd.DataFrame:
    """Status of every obligation on some days, twice: as it could be known on the day, and as it is known now.

    Parameters
    ----------
    agreement, observations, zones, rules
        As `dmz.compliance.statuses` takes them.
    days
        The days; `days_asked` are those an agreement itself sets.
    known_on
        The day hindsight looks back from: only what was reported by then counts.

    Returns
    -------
    pandas.DataFrame
        One row an obligation, reading and day; columns as `COLUMNS`.

    Raises
    ------
    InputError
        As `dmz.compliance.statuses` raises it.

    Notes
    -----
    Both are `dmz.compliance.timeline` of the same days; an observation made up to the day but reported only later
    counts in the second alone. Where `known_on` is before a day, the second knows less.
    """
    days = [*days]
    then = compliance.timeline(agreement, observations, zones, days, rules=rules)
    now = compliance.timeline(agreement, observations, zones, days, as_known_on=known_on, rules=rules)
    table = then.rename(columns={name: f"{name}_then" for name in ("status", "why", "parts")})
    table = table.assign(**{f"{name}_now": now[name] for name in ("status", "why", "parts")})
    table = table.assign(known_on=known_on, differs=then["kind"] != now["kind"])
    return table[[*COLUMNS]]
