"""The rule: its documented table, row for row and in full, and how observations are weighed."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmz.errors import InputError
from dmz.verdict import STATUSES, Evidence, Rules, Terms, combine, decide, weigh

FORCE, DUE = dt.date(2018, 9, 17), dt.date(2018, 10, 10)
DAYS = {
    "before": FORCE - dt.timedelta(days=1),
    "first": FORCE,
    "last": DUE,
    "late": DUE + dt.timedelta(days=1),
    "much later": dt.date(2020, 3, 5),
}


def documented() -> list[list[str]]:
    """Rows of the table in the docstring of `decide`."""
    rules = [line.strip() for line in decide.__doc__.splitlines()]
    first, _, last = (i for i, line in enumerate(rules) if re.fullmatch(r"=+( +=+)+", line))
    return [re.split(r" {2,}", line) for line in rules[first + 3 : last]]


def expected(day: dt.date, terms: Terms, supports: str, against: str, was_met: bool, coverage: float) -> str:
    """What the first fitting row of the documented table says."""
    done = supports == "whole" or (supports == "spots" and coverage >= 0.9)
    when = {
        "before entry into force": day < FORCE,
        "up to the date, inclusive": terms.due is not None and day <= terms.due,
        "due": True,
        "due, with a date": terms.due is not None,
        "due, without a date": terms.due is None,
    }
    for row_when, row_supports, row_against, row_met, row_duty, row_status in documented():
        if (
            when[row_when]
            and (row_supports in {"any", supports} or (row_supports == "done" and done))
            and row_against in {"any", against}
            and row_met in {"any", "yes" if was_met else "no"}
            and (row_duty == "any" or terms.duty in row_duty.split(","))
        ):
            return row_status.split(":")[0]
    raise AssertionError


TERMS = [
    Terms(duty, FORCE, due)
    for duty, due in itertools.product(("once", "lasting", "standing"), (DUE, None))
    if duty != "standing" or due is None
]
COMBINATIONS = list(
    itertools.product(
        DAYS,
        TERMS,
        ("none", "spots", "part", "whole"),
        ("none", "contested", "some"),
        (False, True),
        (0.0, 0.89, 0.9, 1.0, math.nan),
    )
)


def test_every_combination_has_the_status_of_the_documented_table():
    assert len(documented()) == 12
    assert len(COMBINATIONS) == 5 * 5 * 4 * 3 * 2 * 5
    seen = set()
    for day, terms, supports, against, was_met, coverage in COMBINATIONS:
        status = decide(terms, Evidence(supports, against, was_met), coverage, DAYS[day])
        assert status == expected(DAYS[day], terms, supports, against, was_met, coverage), (day, terms, supports)
        seen.add(status)
    assert seen == {*STATUSES}


def test_silence_is_never_met_and_never_a_breach():
    for day, terms, _, _, was_met, coverage in COMBINATIONS:
        status = decide(terms, Evidence(was_met=was_met), coverage, DAYS[day])
        assert status in {"not due", "due", "not verified"}


LASTING = Terms("lasting", FORCE, DUE)
STANDING = Terms("standing", FORCE)
UNDATED = Terms("once", FORCE)


@pytest.mark.parametrize(
    ("terms", "day", "evidence", "status"),
    [
        (LASTING, "before", Evidence("whole"), "not due"),
        (LASTING, "last", Evidence(), "due"),
        (LASTING, "last", Evidence("none", "some"), "due"),
        (LASTING, "last", Evidence("whole"), "met"),
        (LASTING, "last", Evidence("whole", "contested"), "due"),
        (LASTING, "late", Evidence(), "not verified"),
        (LASTING, "late", Evidence("whole"), "met"),
        (LASTING, "late", Evidence("part"), "partly met"),
        (LASTING, "late", Evidence("spots"), "not verified"),
        (LASTING, "late", Evidence("none", "some"), "overdue"),
        (LASTING, "late", Evidence("none", "some", was_met=True), "violated"),
        (LASTING, "late", Evidence("whole", "contested"), "disputed"),
        (STANDING, "first", Evidence("none", "some"), "violated"),
        (STANDING, "first", Evidence(), "not verified"),
        (UNDATED, "late", Evidence("none", "some"), "not due"),
        (UNDATED, "late", Evidence("whole"), "met"),
    ],
)
def test_known_cases(terms, day, evidence, status):
    assert decide(terms, evidence, math.nan, DAYS[day]) == status


@pytest.mark.parametrize("kinds", [kinds for n in (1, 2, 3) for kinds in itertools.combinations(STATUSES, n)])
def test_parts_are_combined_in_the_documented_order(kinds):
    found = combine(kinds)
    if len(kinds) == 1:
        assert found == kinds[0]
    elif "violated" in kinds or "disputed" in kinds:
        assert found == ("violated" if "violated" in kinds else "disputed")
    elif "due" in kinds:
        assert found == "due"
    elif {"met", "partly met"} & {*kinds}:
        assert found == "partly met", "one part done is never all done"
    else:
        assert found == ("overdue" if "overdue" in kinds else "not verified")
    assert combine(reversed(kinds)) == found


# ------------------------------------------------------------------------------------------- weighing


def items(*rows: tuple[str, str, str, bool]) -> pd.DataFrame:
    """Bearing, day, observer, whole."""
    table = pd.DataFrame(rows, columns=["bearing", "observed", "observer", "whole"])
    table["observed"] = [dt.date.fromisoformat(str(day)).toordinal() for day in table["observed"]]
    return table


def weighed(*rows, terms=LASTING, on="2018-11-01", meets=None, **rules):
    table = items(*rows)
    same = np.eye(len(table), dtype=bool) if meets is None else np.array(meets)
    return weigh(table, same, dt.date.fromisoformat(on), terms, Rules(**rules))


DONE = ("supports", "2018-10-17", "A", True)
BROKEN = ("contradicts", "2018-10-20", "B", False)


def test_nothing_known_is_no_evidence():
    found = weighed()
    assert (found.supports, found.against) == ("none", "none")


def test_observers_who_differ_at_the_same_time_contest_each_other():
    found = weighed(DONE, BROKEN)
    assert found.against == "contested"
    assert (found.named["for"], found.named["against"]) == ([0], [1])


def test_the_same_observer_corrects_itself():
    found = weighed(DONE, ("contradicts", "2018-10-20", "A", False))
    assert (found.supports, found.against, found.was_met) == ("none", "some", True)


def test_the_same_observer_saying_both_on_one_day_is_contested():
    assert weighed(DONE, ("contradicts", "2018-10-17", "A", False)).against == "contested"


@pytest.mark.parametrize(("day", "against"), [("2018-10-31", "contested"), ("2018-11-01", "some")])
def test_two_weeks_apart_is_the_same_time_and_a_day_more_is_a_change(day, against):
    assert weighed(DONE, ("contradicts", day, "B", False)).against == against


def test_a_later_report_of_order_mends_an_earlier_breach():
    found = weighed(("contradicts", "2018-10-12", "A", False), ("supports", "2018-10-30", "B", True))
    assert (found.supports, found.against) == ("whole", "none")


def test_order_at_one_place_does_not_contest_a_breach_at_another_nor_of_the_whole():
    elsewhere = ("supports", "2018-10-20", "A", False)
    assert weighed(elsewhere, BROKEN).against == "some"
    assert weighed(elsewhere, ("contradicts", "2018-10-20", "B", True)).against == "some"
    assert weighed(elsewhere, BROKEN, meets=[[True, True], [True, True]]).against == "contested"


def test_one_uncontested_breach_among_contested_ones_stands():
    other = ("contradicts", "2018-10-20", "C", False)
    here = ("supports", "2018-10-20", "A", False)
    meets = np.eye(3, dtype=bool)
    meets[0, 1] = meets[1, 0] = True
    assert weighed(here, BROKEN, other, meets=meets).against == "some"


def test_in_part_tempers_done_and_contests_nothing():
    part = ("supports in part", "2018-10-20", "B", True)
    assert weighed(DONE, part).supports == "part"
    assert weighed(part, BROKEN).against == "some"


@pytest.mark.parametrize(
    ("terms", "supports"), [(LASTING, "none"), (STANDING, "none"), (Terms("once", FORCE), "whole")]
)
def test_order_of_a_lasting_duty_expires_and_acts_stay_done(terms, supports):
    assert weighed(DONE, terms=terms, on="2019-01-15").supports == "whole", "90 days later"
    late = weighed(DONE, terms=terms, on="2019-01-16")
    assert late.supports == supports
    assert late.named["expired"] == ([0] if supports == "none" else [])


def test_silence_does_not_mend_a_breach_nor_end_a_dispute():
    assert weighed(BROKEN, on="2020-03-01").against == "some"
    assert weighed(DONE, BROKEN, on="2020-03-01").against == "contested"


@pytest.mark.parametrize(("day", "against"), [("2018-09-25", "none"), ("2018-09-26", "some")])
def test_what_was_not_yet_done_long_before_the_date_says_nothing_after_it(day, against):
    assert weighed(("contradicts", day, "A", True)).against == against


def test_cannot_tell_and_nothing_say_nothing():
    found = weighed(("cannot tell", "2018-10-20", "A", True), ("nothing", "2018-10-20", "A", False))
    assert (found.supports, found.against, found.named["for"]) == ("none", "none", [])


@st.composite
def reports(draw):
    n = draw(st.integers(0, 7))
    rows = [
        (
            draw(st.sampled_from(["supports", "supports in part", "contradicts", "cannot tell"])),
            str(FORCE + dt.timedelta(days=draw(st.integers(0, 60)))),
            draw(st.sampled_from("AB")),
            draw(st.booleans()),
        )
        for _ in range(n)
    ]
    meets = np.eye(n, dtype=bool)
    for i, j in itertools.combinations(range(n), 2):
        meets[i, j] = meets[j, i] = draw(st.booleans())
    return rows, meets


def restated(rows, meets, on, terms, rules):
    """The notes of `weigh`, one observation at a time, in plain loops."""
    when = [dt.date.fromisoformat(day) for _, day, _, _ in rows]
    n = range(len(rows))
    full = {i for i in n if rows[i][0] == "supports"}
    part = {i for i in n if rows[i][0] == "supports in part"}
    con = {i for i in n if rows[i][0] == "contradicts"}
    if terms.due:
        con = {i for i in con if (terms.due - when[i]).days <= rules.same_time_days}

    def later(i, j):  # whether i can outlive j in time
        gap = (when[i] - when[j]).days
        return gap > 0 and (rows[i][2] == rows[j][2] or gap > rules.same_time_days)

    def in_order_there(s, c):
        return rows[s][3] or (not rows[c][3] and meets[s][c])

    def overlaps(i, j):
        return rows[i][3] or rows[j][3] or meets[i][j]

    counting = {c for c in con if not any(later(s, c) and in_order_there(s, c) for s in full | part)}
    held = {s for s in full if not any(later(o, s) and overlaps(o, s) for o in con | part)}
    in_part = {
        p
        for p in part
        if not any(later(c, p) and overlaps(c, p) for c in con)
        and not any(later(s, p) and in_order_there(s, p) for s in full)
    }
    contested = {c for c in counting if any(in_order_there(s, c) for s in held)}
    disputing = {s for s in held if any(in_order_there(s, c) for c in counting)}
    if terms.duty != "once":
        held = {s for s in held if (on - when[s]).days <= rules.valid_days or s in disputing}
        in_part = {p for p in in_part if (on - when[p]).days <= rules.valid_days}
    plain = counting - contested
    supports = "part" if in_part else "whole" if any(rows[s][3] for s in held) else "spots" if held else "none"
    against = "some" if plain else "contested" if contested else "none"
    first = min((when[c] for c in plain), default=None)
    return supports, against, bool(first and any(rows[s][3] and when[s] < first for s in full))


@settings(max_examples=600, deadline=None)
@given(reports(), st.sampled_from([*TERMS]), st.integers(61, 140))
def test_weighing_agrees_with_its_notes_restated_in_loops(given_reports, terms, after):
    rows, meets = given_reports
    on, rules = FORCE + dt.timedelta(days=after), Rules(valid_days=40, same_time_days=10)
    found = weigh(items(*rows), meets, on, terms, rules)
    assert (found.supports, found.against, found.was_met) == restated(rows, meets, on, terms, rules)


@settings(max_examples=200, deadline=None)
@given(reports(), st.integers(61, 140), st.randoms())
def test_the_order_of_the_rows_does_not_matter(given_reports, after, random):
    rows, meets = given_reports
    order = list(range(len(rows)))
    random.shuffle(order)
    on = FORCE + dt.timedelta(days=after)
    one = weigh(items(*rows), meets, on, LASTING, Rules())
    two = weigh(items(*(rows[i] for i in order)), meets[np.ix_(order, order)], on, LASTING, Rules())
    assert (one.supports, one.against, one.was_met) == (two.supports, two.against, two.was_met)


def test_rules_that_make_no_sense_come_all_at_once():
    with pytest.raises(InputError) as caught:
        Rules(seen_m=0, enough_share=1.5, valid_days=-1, same_time_days=-2)
    assert len(caught.value.faults) == 4
    with pytest.raises(InputError, match="enough_share is nan"):
        Rules(enough_share=math.nan)
