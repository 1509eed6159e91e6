"""What a report says of roads, patrols and obligations, held against the facts and the other tables."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

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
    share = dossier.covered.shares.iloc[0]
    assert share["known"].startswith("at least")
    gaps = dossier.covered.gaps["length_km"].sum()
    assert share["covered_km"] + gaps == pytest.approx(share["length_km"], abs=0.01)


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
