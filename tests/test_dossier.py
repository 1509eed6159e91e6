"""What a report says of roads, patrols and obligations, held against the facts and the other tables."""

from __future__ import annotations

import csv
import datetime as dt

import pandas as pd
import pytest
import shapely
from conftest import ROOT
from geodesic_truth import Truth

from dmz import geodesy
from dmz.dossier import COLUMNS


@pytest.fixture(scope="module")
def dossier(sochi):
    return sochi.dossier


def test_every_column_of_every_table_is_documented(dossier):
    for name, table in dossier.tables.items():
        assert [column for column in table if column != "geometry"] == [*dossier.columns[name]], name
        assert name in COLUMNS


def test_the_stretches_held_add_up_to_each_road(dossier, sochi):
    km = dossier.holdings.groupby("corridor")["length_km"].sum()
    for road in sochi.roads.itertuples():
        assert km[road.corridor] == pytest.approx(geodesy.length(road.geometry) / 1000, abs=1e-3)


def test_roads_change_hands_where_they_cross_the_line(dossier):
    for road, here in dossier.holdings.groupby("corridor"):
        changes = here["from_km"].iloc[1:].tolist()
        crossed = dossier.crossings[dossier.crossings["corridor"] == road]["at_km"].tolist()
        assert changes == pytest.approx(crossed, abs=0.01)


def test_no_road_was_said_to_be_open_when_it_was_due(dossier):
    on = pd.to_datetime(dossier.road_status["on"]) == pd.Timestamp("2018-12-31")
    assert set(dossier.road_status[on]["status"]) == {"unknown"}


def test_what_no_patrol_covered_is_at_least(dossier):
    reported = dossier.watched.shares[dossier.watched.shares["basis"] == "reported"]
    assert reported["known"].str.startswith("at least").all()
    gaps = dossier.watched.gaps.groupby(["basis", "track"])["length_km"].sum()
    for share in reported.itertuples():
        assert share.covered_km + gaps["reported", share.track] == pytest.approx(share.length_km, abs=0.01)


@pytest.mark.parametrize(
    ("day", "obligation", "status"),
    [
        ("2018-10-16", "radical-groups", {"overdue"}),  # S/2018/852, article 5: by 15 October; HTS did not leave
        ("2018-10-20", "heavy-weapons", {"met"}),  # reported withdrawn, US State Department, 17 October
        ("2019-01-15", "transit", {"not verified"}),
    ],
)
def test_the_timeline_tells_what_was_known(dossier, day, obligation, status):
    table = dossier.obligations[dossier.obligations["obligation"] == obligation]
    known = table[pd.to_datetime(table["date"]) <= pd.Timestamp(day)]
    last = known.groupby("reading", dropna=False).tail(1)
    assert set(last["status"]) == status


def test_the_last_day_is_the_last_report(dossier):
    assert dossier.last_day == dt.date(2023, 8, 5)


def test_hindsight_knows_what_was_said_later_and_nothing_else_differs(dossier):
    """Wikipedia's copy of 2023 says that weapons never all left and that the roads were never reopened."""
    table = dossier.hindsight
    told = table[table["reading"].isna() | (table["reading"] == "deep")].set_index(["obligation", "date"])
    day_after = {"heavy-weapons": dt.date(2018, 10, 11), "transit": dt.date(2019, 1, 1)}
    for obligation, day in day_after.items():
        row = told.loc[(obligation, day)]
        assert (row["status_then"], row["status_now"], row["differs"]) == ("not verified", "overdue", True)
    row = told.loc[("radical-groups", dt.date(2018, 10, 16))]
    assert (row["status_then"], row["status_now"], row["differs"]) == ("overdue", "overdue", False)
    assert {*told[told["differs"]].reset_index()["obligation"]} == {"heavy-weapons", "transit"}


def test_the_posts_lie_as_far_from_the_line_as_an_independent_truth_says(dossier, sochi):
    truth = Truth.of(sochi.line.geometry)
    xy = shapely.get_coordinates(dossier.posts.geometry.array)
    assert dossier.posts["off_line_km"].to_numpy() == pytest.approx(truth.distance(xy) / 1000, abs=0.01)
    assert (dossier.posts["seen_least_km"] <= dossier.posts["seen_km"]).all()
    assert (dossier.posts["seen_km"] <= dossier.posts["seen_most_km"]).all()


def test_inputs_without_a_fault_are_told_by_what_they_leave_unknown(dossier, sochi):
    """Counted in the files themselves."""
    told = dossier.inputs.set_index("input")["problem"]
    with (ROOT / "geodata" / "idlib" / "observations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    unplaced = sum(not row["lon"] and not row["from_km"] for row in rows)
    assert f"{unplaced} of {len(rows)} observations name no place" in set(told["idlib/observations"])
    assert {*dossier.inputs["kind"]} == {"gap", "note"}
    assert sochi.store.record("idlib/line").note in set(told[["idlib/line"]])
