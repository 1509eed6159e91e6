"""Say what was to be done by when, and what was known of it, then and now, as rows of a table."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from dmz.dossier import Dossier
from dmz.findings import Findings


def rows(findings: Findings, dossier: Dossier) -> list[list[str]]:
    """What was to be done by when, and what is known of it on the last day; the first row is the headings."""
    agreement = findings.agreement
    judged = agreement.observations is not None
    found = [["due", "what", "by", "clause", *([f"as known on {dossier.last_day}"] if judged else [])]]
    for term in sorted(agreement.obligations, key=lambda o: (o.due is None, o.due)):
        what = term.name.en + (f" ({', '.join(c.en for c in term.categories)})" if term.categories else "")
        who = ", ".join(agreement.party(party).name.en for party in term.parties)
        known = [_known(dossier, term.id, dossier.last_day)] if judged else []
        found.append([term.due_said, what, who, agreement.cite(term), *known])
    return found


def hindsight_rows(findings: Findings, dossier: Dossier) -> list[list[str]]:
    """Obligations down, days across: what was known by the day, and behind an arrow what is known of it now."""
    if dossier.hindsight is None or findings.agreement.observations is None:
        return []
    days = sorted({*dossier.hindsight["date"]})
    found = [["what", *map(str, days)]]
    for term in findings.agreement.obligations:
        mine = dossier.hindsight[dossier.hindsight["obligation"] == term.id]
        found.append([term.name.en, *(_then_and_now(mine[mine["date"] == day]) for day in days)])
    return found


def _then_and_now(here: pd.DataFrame) -> str:
    """``"not verified → overdue"``, one a reading where they differ."""
    told: dict[str, str] = {
        row["reading"]: row["status_then"] + (f" → {row['status_now']}" if row["differs"] else "")
        for row in here.to_dict("records")
    }
    if len({*told.values()}) == 1:
        return next(iter(told.values()))
    return "; ".join(f"{reading}: {text}" for reading, text in told.items())


def _known(dossier: Dossier, obligation: str, day: dt.date | None) -> str:
    """Status of an obligation as it stood on a day, one a reading where they differ."""
    if dossier.obligations is None or day is None:
        return ""
    mine = dossier.obligations[dossier.obligations["obligation"] == obligation]
    mine = mine[pd.to_datetime(mine["date"]) <= pd.Timestamp(day)].groupby("reading", dropna=False, sort=False).tail(1)
    kinds = list(dict.fromkeys(mine["status"]))
    if len(kinds) == 1:
        return str(kinds[0])
    return "; ".join(f"{row.reading}: {row.status}" for row in mine.itertuples())
