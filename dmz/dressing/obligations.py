"""Say in a popup or a list what was known of an obligation on a day, and what hindsight says of that day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

import pandas as pd

from dmz.agreement import Obligation
from dmz.dossier import Dossier
from dmz.dressing import words
from dmz.findings import Findings


def said(
    findings: Findings, dossier: Dossier, where: Collection[str], *, reading: str | None = None, road: str | None = None
) -> str | None:
    """Obligations of some ground and their status, a line each; None where there are none.

    Parameters
    ----------
    where
        Kinds of ground, as ``where`` of an obligation.
    reading
        Reading whose zone was compared.
    road
        Only obligations of this road, and of these its part.
    """
    if dossier.hindsight is None:
        return None
    told = []
    for term in findings.agreement.obligations:
        if term.where not in where or (road is not None and term.roads and road not in term.roads):
            continue
        due = "" if term.due is None else f", by {words.day(term.due)}"
        here = dossier.hindsight[dossier.hindsight["obligation"] == term.id]
        here = here[here["reading"].isna() | (here["reading"] == reading)]
        told.append(f"• {term.name.en}{due}: {_on_days(term, here, road)}")
    return "\n".join(told) or None


def steps(findings: Findings, dossier: Dossier) -> tuple[tuple[str, ...], ...]:
    """Every obligation as a step: ISO date or "", what is to be done, what was known of it on its days.

    Those with a date come first, in order; of those without one a standing duty has the day of entry into force.
    """
    agreement = findings.agreement
    found = []
    for term in agreement.obligations:
        on = term.due or (agreement.in_force if term.duty == "standing" else None)
        name = term.name.en if term.due or on is None else f"From then on: {term.name.en}"
        found.append((term.due is None, on or dt.date.max, ("" if on is None else on.isoformat(), name), term))
    return tuple((*step, _in_a_line(dossier, term)) for *_, step, term in sorted(found, key=lambda one: one[:3]))


def _in_a_line(dossier: Dossier, term: Obligation) -> str:
    """Status of an obligation on its days, one a reading where they differ."""
    if dossier.hindsight is None:
        return ""
    mine = dossier.hindsight[dossier.hindsight["obligation"] == term.id]
    texts = {reading: _on_days(term, here, None) for reading, here in mine.groupby("reading", dropna=False, sort=False)}
    if len({*texts.values()}) == 1:
        return next(iter(texts.values()))
    return "; ".join(f"{reading}: {text}" for reading, text in texts.items())


def _on_days(term: Obligation, here: pd.DataFrame, road: str | None) -> str:
    """Status on the day after its date, if it has one, and on the last day asked for; days of the same together.

    ``"not verified on 11 Oct 2018 and 22 Jul 2020, in hindsight overdue"``.
    """
    days = sorted({*here["date"]})
    wanted = [day for day in days if term.due and day == term.due + dt.timedelta(days=1)] + days[-1:]
    told: dict[tuple[str, str], list[str]] = {}
    for day in dict.fromkeys(wanted):
        row = here[here["date"] == day].iloc[0].to_dict()
        told.setdefault((_part(row, "then", road), _part(row, "now", road)), []).append(words.day(day))
    return "; ".join(
        f"{then} on {' and '.join(on)}" + ("" if then == now else f", in hindsight {now}")
        for (then, now), on in told.items()
    )


def _part(row: dict[str, Any], when: str, road: str | None) -> str:
    """Status of the whole, or of one road where the obligation has that part."""
    parts = dict(part.split(": ", 1) for part in str(row[f"parts_{when}"]).split("; ") if ": " in part)
    return parts.get(road or "", str(row[f"status_{when}"]))
