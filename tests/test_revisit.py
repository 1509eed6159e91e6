"""Visits along lines: the worked example, brute force day by day, what the period's ends and silence do."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from patrol_cases import near, sampled, table, wobbly

from dmz import coverage, effort, revisit
from dmz.errors import InputError

MARCH = (dt.date(2020, 3, 1), dt.date(2020, 3, 30))
LINE = shapely.LineString([(0, 0), (0.2, 0)])


def day(number: int) -> str:
    return f"2020-03-{number:02d}"


def patrols(days, shapes=None, kind="reported", **columns):
    shapes = shapes or [LINE] * len(days)
    return effort.routes(table(shapes, date=[day(d) if isinstance(d, int) else d for d in days], **columns), kind=kind)


def measured(routes, line=LINE, *, within_m=500, period=MARCH, **options) -> pd.DataFrame:
    tracks = coverage.tracks(line)
    return revisit.stretches(
        coverage.passes(tracks, routes, within_m=within_m), tracks, routes, period=period, **options
    )


# ------------------------------------------------------------------------------------------------ the worked example


def test_the_worked_example_of_the_findings():
    """30 days, visits on days 3, 5, 6, 20: gaps 3, 2, 1, 14, 10."""
    (row,) = measured(patrols([3, 5, 6, 20])).to_dict("records")
    assert (row["visits"], row["visit_days"]) == (4, 4)
    assert row["largest_gap_days"] == 14
    assert row["mean_between_days"] == pytest.approx(5.67, abs=0.005)
    assert row["mean_idleness_days"] == pytest.approx(5.17, abs=0.005)
    assert row["time_average_gap_days"] == pytest.approx(10.33, abs=0.005)
    assert (row["first_gap_at_least_days"], row["last_gap_at_least_days"], row["days_since_last"]) == (3, 10, 10)
    assert row["standard"] == revisit.MET
    assert measured(patrols([3, 5, 6, 20]), standard_days=13, complete=True)["standard"].item() == revisit.NOT_MET


# ------------------------------------------------------------------------------------------------------- brute force


def by_hand(days: set[int], total: int) -> dict[str, float]:
    """Measures from the definition: idleness averaged over moments, gaps walked one after another."""
    order = sorted(days)
    cuts = [0, *order, total]
    gaps = [later - sooner for sooner, later in pairwise(cuts)]
    inner = gaps[1:-1] if order else []
    fine = 400
    moments = (np.arange(total * fine) + 0.5) / fine
    since = np.array([t - max([0, *(d for d in order if d <= t)]) for t in moments])
    holding = np.array([next(g for g, end in zip(gaps, cuts[1:], strict=True) if t <= end) for t in moments])
    return {
        "largest_gap_days": max(inner, default=np.nan),
        "mean_between_days": np.mean(inner) if inner else np.nan,
        "first_gap_at_least_days": gaps[0],
        "last_gap_at_least_days": gaps[-1],
        "mean_idleness_days": since.mean(),
        "time_average_gap_days": holding.mean(),
        "days_since_last": gaps[-1] if order else np.nan,
        "visit_days": len(order),
    }


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(1, 12), max_size=12))
def test_measures_are_those_of_idleness_averaged_over_moments(days):
    found = revisit.measures([*days], 12)
    assert found == pytest.approx(by_hand(days, 12), abs=1e-6, nan_ok=True)


def test_every_place_has_the_visits_that_dense_points_have():
    line = wobbly(1, 40, 30)
    rng = np.random.default_rng(5)
    shapes = [wobbly(10 + i, 20, 10, at=(36 + 0.02 * i, 35.5)) for i in range(12)]
    days = [int(d) for d in rng.integers(1, 31, 12)]
    routes = patrols(days, shapes)
    found = measured(routes, line, within_m=1_200, complete=True)
    points, steps = sampled(line, 200.0)
    at_km = (np.cumsum(steps) - steps / 2) / 1000
    came = np.array([near(points, shape, 1_200) for shape in shapes])
    edges = np.unique(found[["from_km", "to_km"]].to_numpy())
    clear = np.abs(at_km[:, None] - edges).min(axis=1) > 0.001
    assert clear.mean() > 0.9
    for i in np.flatnonzero(clear):
        row = found[(found["from_km"] < at_km[i]) & (found["to_km"] > at_km[i])].iloc[0]
        assert row["visits"] == came[:, i].sum()
        expected = by_hand({days[j] for j in np.flatnonzero(came[:, i])}, 30)
        assert row[[*expected]].astype(float).to_dict() == pytest.approx(expected, abs=0.01, nan_ok=True)


def test_pieces_count_the_patrols_that_dense_points_count():
    line = wobbly(1, 40, 20)
    shapes = [wobbly(10 + i, 20, 8, at=(36 + 0.02 * i, 35.5)) for i in range(8)]
    routes = patrols([*range(2, 10)], shapes)
    tracks = coverage.tracks(line)
    passes = coverage.passes(tracks, routes, within_m=900)
    found = revisit.stretches(passes, tracks, routes, period=MARCH, complete=True)
    pieces = revisit.pieces(found, passes, routes, period=MARCH)
    points, steps = sampled(line, 5.0)
    piece = ((np.cumsum(steps) - steps / 2) / 1000).astype(int)
    came = np.array([near(points, shape, 900) for shape in shapes])
    for number, row in enumerate(pieces.itertuples()):
        here = piece == number
        assert row.length_km == pytest.approx(steps[here].sum() / 1000, abs=0.011)
        assert row.visit_km == pytest.approx((came[:, here] * steps[here]).sum() / 1000, abs=0.05)
        counts = [(came[j, here] * steps[here]).sum() for j in range(8)]
        if not any(0 < metres < 5 for metres in counts):
            assert row.visits == sum(metres > 0 for metres in counts)
    assert pieces["to_km"].iloc[-1] == pytest.approx(tracks["length_km"].item(), abs=1e-9)


# -------------------------------------------------------------------------------------------------------- properties


@pytest.fixture(scope="module")
def season():
    line = wobbly(3, 60, 60)
    shapes = [wobbly(20 + i, 20, 25, at=(36 + 0.03 * (i % 9), 35.5)) for i in range(20)]
    routes = patrols([1 + (7 * i) % 30 for i in range(20)], shapes)
    tracks = coverage.tracks(line)
    passes = coverage.passes(tracks, routes, within_m=1_500)
    return tracks, passes, routes, revisit.stretches(passes, tracks, routes, period=MARCH)


@pytest.mark.parametrize("every_km", [0.1, 0.7, 5.0, 1_000.0])
def test_finer_pieces_change_totals_by_nothing(season, every_km):
    _, passes, routes, found = season
    one, other = (revisit.pieces(found, passes, routes, period=MARCH, every_km=km) for km in (1.0, every_km))
    for column in [name for name in revisit.PIECE_COLUMNS if name.endswith("_km") and name not in {"from_km", "to_km"}]:
        assert other[column].sum() == pytest.approx(one[column].sum(), abs=1e-9), column
    assert (other["from_km"].to_numpy()[1:] == other["to_km"].to_numpy()[:-1]).all()


def test_pieces_are_of_one_length_but_the_last(season):
    _, passes, routes, found = season
    pieces = revisit.pieces(found, passes, routes, period=MARCH)
    assert pieces["length_km"].to_numpy()[:-1] == pytest.approx(1.0, abs=2e-6)
    assert (pieces["visits_least"].fillna(0) <= pieces["visits"].fillna(0)).all()


def test_cutting_a_patrol_in_two_changes_nothing_but_the_count(season):
    tracks, passes, routes, found = season
    xy = shapely.get_coordinates(routes.geometry.iloc[4])
    halves = [shapely.LineString(xy[:11]), shapely.LineString(xy[10:])]
    shapes = [*routes.geometry.iloc[:4], *halves, *routes.geometry.iloc[5:]]
    days = [d.day for d in routes["date"]]
    cut = patrols([*days[:5], days[4], *days[5:]], shapes)
    other = revisit.stretches(coverage.passes(tracks, cut, within_m=1_500), tracks, cut, period=MARCH)
    one, two = (revisit.summary(table, period=MARCH).drop(columns=["known"]) for table in (found, other))
    pd.testing.assert_frame_equal(one, two)
    more = revisit.pieces(other, coverage.passes(tracks, cut, within_m=1_500), cut, period=MARCH)["visits"]
    fewer = revisit.pieces(found, passes, routes, period=MARCH)["visits"]
    assert set((more - fewer).dropna()) == {0, 1}


def test_shares_of_the_standard_add_up_to_one_and_a_laxer_one_is_met_by_more(season):
    tracks, passes, routes, _ = season
    shares = []
    for days in (7, 14, 30):
        found = revisit.stretches(passes, tracks, routes, period=MARCH, standard_days=days, complete=True)
        (row,) = revisit.summary(found, period=MARCH, standard_days=days).to_dict("records")
        assert row["met_share"] + row["not_met_share"] + row["cannot_tell_share"] == pytest.approx(1)
        shares.append(row["met_share"])
    assert shares == sorted(shares)
    assert shares[0] < shares[-1]


# ---------------------------------------------------------------------------------------------- unknown is not zero


def test_what_nobody_reported_is_unknown_and_in_a_complete_log_it_is_none():
    half = shapely.LineString([(0, 0), (0.1, 0)])
    routes = patrols([10, 20], [half, half])
    seen, silent = measured(routes, within_m=10).to_dict("records")
    assert (seen["visits"], seen["known"]) == (2, coverage.AT_LEAST)
    assert (silent["known"], silent["standard"]) == (coverage.UNKNOWN, revisit.CANNOT_TELL)
    assert all(pd.isna(silent[name]) for name in ("visits", "visits_undated", *revisit.MEASURES))
    *_, empty = measured(routes, within_m=10, complete=True).to_dict("records")
    assert (empty["visits"], empty["visit_days"], empty["known"]) == (0, 0, coverage.ALL)
    assert (empty["first_gap_at_least_days"], empty["mean_idleness_days"], empty["standard"]) == (
        30,
        15,
        revisit.NOT_MET,
    )
    assert pd.isna(empty["largest_gap_days"])
    assert pd.isna(empty["days_since_last"])


def test_no_reports_at_all_are_unknown_everywhere():
    routes = patrols([10]).iloc[:0]
    found = measured(routes)
    assert found["known"].tolist() == [coverage.UNKNOWN]
    (row,) = revisit.summary(found, period=MARCH).to_dict("records")
    assert row["cannot_tell_share"] == 1
    assert pd.isna(row["visited_km"])
    pieces = revisit.pieces(found, coverage.passes(coverage.tracks(LINE), routes, within_m=5), routes, period=MARCH)
    assert pieces[["visits", "visited_km", "largest_gap_days", "mean_idleness_days"]].isna().all(axis=None)


def test_reports_alone_never_prove_that_a_standard_was_missed():
    late = patrols([1, 29])
    assert measured(late)["standard"].item() == revisit.CANNOT_TELL
    assert measured(late, complete=True)["standard"].item() == revisit.NOT_MET


def test_a_stretch_nobody_visited_does_not_meet_a_standard_longer_than_the_period():
    week = (dt.date(2020, 3, 1), dt.date(2020, 3, 7))
    assert measured(patrols([20]), period=week, complete=True)["standard"].item() == revisit.CANNOT_TELL


def test_a_patrol_whose_day_is_unknown_is_counted_apart_and_spares_the_verdict():
    routes = patrols([1, 29, 10], date_to=[None, None, day(20)])
    (row,) = measured(routes, complete=True).to_dict("records")
    assert (row["visits"], row["visits_undated"], row["largest_gap_days"]) == (2, 1, 28)
    assert row["standard"] == revisit.CANNOT_TELL
    (none,) = measured(patrols([None])).to_dict("records")
    assert (none["visits_undated"], none["known"]) == (1, coverage.AT_LEAST)
    assert pd.isna(none["visits"])


def test_patrols_of_one_day_are_one_day_and_patrols_outside_the_period_do_not_count():
    (row,) = measured(patrols([3, 3, 5, "2020-04-02", "2020-02-29"])).to_dict("records")
    assert (row["visits"], row["visit_days"], row["mean_between_days"]) == (3, 2, 2)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(InputError, match="planned and reported: measure one kind at a time"):
        measured(effort.routes(table([LINE, LINE], kind=["planned", "reported"])))
    with pytest.raises(InputError, match="before it begins"):
        measured(patrols([3]), period=MARCH[::-1])
    with pytest.raises(InputError, match="standard is 0 days"):
        measured(patrols([3]), standard_days=0)
    with pytest.raises(InputError, match="day 31"):
        revisit.measures([31], 30)


def test_every_column_is_documented(season):
    _, passes, routes, found = season
    assert [*found] == [*revisit.STRETCH_COLUMNS]
    assert [*revisit.pieces(found, passes, routes, period=MARCH)] == [*revisit.PIECE_COLUMNS]
    assert [*revisit.summary(found, period=MARCH)] == [*revisit.SUMMARY_COLUMNS]
