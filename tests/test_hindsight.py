"""What was known by a day beside what is known of it now: a made-up armistice with two reports."""

from __future__ import annotations

import datetime as dt

import pandas as pd
from conftest import ROOT

from dmz.agreement import read_agreement
from dmz.hindsight import COLUMNS, days_asked, hindsight
from dmz.observation import check_observations

ARMISTICE = read_agreement(ROOT / "tests" / "agreements" / "armistice.toml")


def report(name: str, observed: str, reported: str, claim: str) -> dict[str, str]:
    return {
        "id": name, "obligation": "store", "date_observed": observed, "date_reported": reported, "claim": claim,
        "observer": "Mission", "source": "its report",
    }  # fmt: skip


def test_the_days_asked_are_entry_into_force_and_the_day_after_each_date():
    """In force on 5 March; due 10 and 20 days later."""
    assert days_asked(ARMISTICE) == [dt.date(1999, 3, 5), dt.date(1999, 3, 16), dt.date(1999, 3, 26)]


def test_a_report_that_came_late_counts_in_hindsight_only():
    seen = check_observations(pd.DataFrame([report("late", "1999-03-26", "1999-05-01", "contradicts")]))
    days = [dt.date(1999, 3, 26), dt.date(1999, 5, 2)]
    found = hindsight(ARMISTICE, seen, None, days, known_on=dt.date(1999, 6, 1))
    mine = found[found["obligation"] == "store"].set_index("date")
    assert mine.loc[days[0], ["status_then", "status_now", "differs"]].tolist() == ["not verified", "overdue", True]
    assert "late" in mine.loc[days[0], "why_now"]
    assert "late" not in mine.loc[days[0], "why_then"]
    assert mine.loc[days[1], ["status_then", "status_now", "differs"]].tolist() == ["overdue", "overdue", False]


def test_hindsight_from_the_day_itself_differs_nowhere():
    seen = check_observations(pd.DataFrame([report("late", "1999-03-26", "1999-05-01", "contradicts")]))
    day = dt.date(1999, 3, 26)
    found = hindsight(ARMISTICE, seen, None, [day], known_on=day)
    assert not found["differs"].any()
    assert found["status_then"].tolist() == found["status_now"].tolist()
    assert [*found.columns] == [*COLUMNS]
