"""Status of roads from dated reports: the latest holds, and nothing is open because nobody said otherwise."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from road_cases import length_km, points, table

from dmz import roadstatus
from dmz.errors import InputError, MissingInputError

ROAD = shapely.LineString([(36.0, 35.5), (36.6, 35.5)])  # 54.5 km
ROADS = table(a=ROAD, b=shapely.LineString([(36.0, 35.7), (36.6, 35.7)]))
LENGTH = length_km(ROAD)
TOWNS = points(Alpha=(36.1, 35.5), Beta=(36.4, 35.505))
COLUMNS = ["corridor", "from_km", "to_km", "date", "status", "source"]


def reports(*rows, **kwargs):
    return roadstatus.reports(pd.DataFrame([*rows], columns=COLUMNS), ROADS, **kwargs)


def spans(found, corridor="a"):
    mine = found[found["corridor"] == corridor]
    return [
        (round(low, 3), round(high, 3), said)
        for low, high, said in zip(mine["from_km"], mine["to_km"], mine["status"], strict=True)
    ]


TWO = reports(
    ("a", 10, 30, "2020-01-01", "open", "UN"), ("a", 20, 40, "2020-02-01", "closed", "BBC"),
)  # fmt: skip


def test_the_latest_report_holds_and_the_rest_is_unknown():
    found = roadstatus.status(TWO, ROADS, on="2020-02-15")
    end = round(LENGTH, 3)
    assert spans(found) == [(0, 10, "unknown"), (10, 20, "open"), (20, 40, "closed"), (40, end, "unknown")]
    assert spans(found, "b") == [(0, round(length_km(ROADS.geometry[1]), 3), "unknown")]
    assert found["said"].tolist() == ["", "open (UN)", "closed (BBC)", "", ""]
    assert found["since"].tolist()[1:3] == [dt.date(2020, 1, 1), dt.date(2020, 2, 1)]
    assert found["age_days"].tolist()[1:3] == [45, 14]
    assert not found["conflict"].any()


def test_a_report_of_a_later_day_is_not_yet_known():
    assert spans(roadstatus.status(TWO, ROADS, on="2020-01-31")) == [
        (0, 10, "unknown"),
        (10, 30, "open"),
        (30, round(LENGTH, 3), "unknown"),
    ]
    assert {status for *_, status in spans(roadstatus.status(TWO, ROADS, on="2019-12-31"))} == {"unknown"}
    assert spans(roadstatus.status(TWO, ROADS, on=dt.date(2020, 1, 1)))[1][2] == "open"


@pytest.mark.parametrize(("days", "status"), [(44, "unknown"), (45, "open"), (None, "open")])
def test_a_report_runs_out_after_valid_days(days, status):
    found = roadstatus.status(TWO, ROADS, on="2020-02-15", valid_days=days)
    assert found[(found["corridor"] == "a") & (found["from_km"] < 15) & (found["to_km"] > 15)]["status"].tolist() == [
        status
    ]


def test_reports_of_one_day_that_contradict_each_other_leave_it_unknown_and_say_so():
    found = roadstatus.status(
        reports(("a", 0, 30, "2020-01-01", "open", "UN"), ("a", 20, 40, "2020-01-01", "closed", "BBC")),
        ROADS,
        on="2020-01-02",
    )
    assert spans(found)[:3] == [(0, 20, "open"), (20, 30, "unknown"), (30, 40, "closed")]
    row = found.iloc[1]
    assert row["conflict"]
    assert row["said"] == "open (UN); closed (BBC)"
    assert row["reports"] == "1; 2"
    agreed = roadstatus.status(
        reports(("a", 0, 30, "2020-01-01", "open", "UN"), ("a", 0, 30, "2020-01-01", "open", "BBC")),
        ROADS,
        on="2020-01-02",
    )
    assert agreed["status"][0] == "open"
    assert not agreed["conflict"].any()


def test_a_report_says_its_note_and_a_missing_one_says_nothing():
    rows = [("a", 0, 30, "2020-01-01", "open", "UN", "lorries"), ("a", 0, 30, "2020-01-01", "open", "BBC", None)]
    noted = roadstatus.reports(pd.DataFrame(rows, columns=[*COLUMNS, "note"]), ROADS)
    assert roadstatus.status(noted, ROADS, on="2020-01-02")["said"][0] == "open: lorries (UN); open (BBC)"


def test_a_report_that_cannot_tell_replaces_one_that_could():
    found = roadstatus.status(
        reports(("a", 0, 30, "2020-01-01", "open", "UN"), ("a", 0, 30, "2020-01-05", "unknown", "UN")),
        ROADS,
        on="2020-01-06",
    )
    assert found["status"][0] == "unknown"
    assert found["since"][0] == dt.date(2020, 1, 5)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.just("a"), st.floats(0, 50), st.floats(0, 50), st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 6)),
            st.sampled_from(roadstatus.STATUSES), st.just("s"),
        ).filter(lambda row: abs(row[1] - row[2]) > 0.01),
        max_size=6,
    )
)  # fmt: skip
def test_every_stretch_says_what_a_plain_reading_of_the_reports_says(rows):
    """Against a rule of five lines, at 200 points; stretches add up."""
    found = roadstatus.status(reports(*rows), ROADS, on="2020-01-04")
    mine = found[found["corridor"] == "a"]
    assert mine["length_km"].sum() == pytest.approx(LENGTH, abs=1e-6)
    edges = [0, LENGTH, *(km for row in rows for km in row[1:3])]
    for km in [LENGTH * (n + 0.37) / 200 for n in range(200)]:
        if min(abs(km - edge) for edge in edges) < 0.002:
            continue
        there = [row for row in rows if min(row[1:3]) < km < max(row[1:3]) and row[3] <= dt.date(2020, 1, 4)]
        last = {row[4] for row in there if row[3] == max(row[3] for row in there)}
        expected = last.pop() if len(last) == 1 else "unknown"
        (row,) = mine[(mine["from_km"] <= km) & (km < mine["to_km"])].itertuples()
        assert row.status == expected
        assert row.conflict == bool(last)


def test_places_and_chainage_may_stand_side_by_side_and_a_row_with_neither_is_the_whole_road():
    rows = pd.DataFrame(
        {
            "corridor": ["a", "a", "b"], "from_km": [None, "12.5", None], "to_km": [None, "3", None],
            "from_place": ["Beta", None, ""], "to_place": ["alpha", None, None],
            "date": ["2020-01-01", pd.Timestamp("2020-01-02"), dt.date(2020, 1, 3)],
            "status": ["open", "partly", "closed"], "source": ["x", "y", "z"], "confidence": ["high", None, "low"],
        }
    )  # fmt: skip
    found = roadstatus.reports(rows, ROADS, places=TOWNS)
    alpha, beta = (length_km(shapely.LineString([(36.0, 35.5), (lon, 35.5)])) for lon in (36.1, 36.4))
    assert found["from_km"].tolist() == pytest.approx([alpha, 3, 0], abs=0.02)
    assert found["to_km"].tolist() == pytest.approx([beta, 12.5, length_km(ROADS.geometry[1])], abs=0.02)
    assert found["date"].tolist() == [dt.date(2020, 1, day) for day in (1, 2, 3)]
    assert [*found.columns] == [*roadstatus.REPORT_COLUMNS]
    assert found["confidence"].isna().tolist() == [False, True, False]


def test_every_row_at_fault_is_named_at_once():
    rows = [
        ("a", 1, 2, "2202-02-32", "open", "UN"),
        ("c", 1, 2, "2020-01-01", "passable", " "),
        ("a", 1, 90, "2020-01-01", "open", "UN"),
        ("a", 5, None, "2020-01-01", "open", "UN"),
        ("a", "x", 5, "2020-01-01", "open", "UN"),
        ("a", 5, 5, "2020-01-01", "open", "UN"),
    ]
    with pytest.raises(InputError) as caught:
        reports(*rows, where="r.csv")
    faults = caught.value.faults
    for said in (
        "r.csv: row 1: date '2202-02-32' is no date: write 2020-03-15",
        "r.csv: row 2: no road is called 'c'; there are a, b",
        "r.csv: row 2: status 'passable' is none of open, partly, closed, unknown",
        "r.csv: row 2: it names no source",
        "r.csv: row 4: it says where the stretch begins or ends, not both: give from_km and to_km, or two places",
        "r.csv: row 5: from_km 'x' is no number of km",
        "r.csv: row 6: both limits are km 5.000 of the road: give two that lie apart",
    ):
        assert said in faults
    assert any(fault.startswith("r.csv: row 3: km 90 is not on the road") for fault in faults)
    assert len(faults) == 8


def test_a_place_that_is_not_known_or_far_off_is_refused():
    rows = pd.DataFrame(
        [("a", "Alfa", "Beta", "2020-01-01", "open", "UN")],
        columns=["corridor", "from_place", "to_place", "date", "status", "source"],
    )
    with pytest.raises(InputError, match=r"row 1: no place is called 'Alfa': is it Alpha\?"):
        roadstatus.reports(rows, ROADS, places=TOWNS)
    with pytest.raises(InputError, match="from_place is 'Alfa', and no layer of places was given"):
        roadstatus.reports(rows, ROADS)
    with pytest.raises(InputError, match=r"Beta lies 0\.5\d km from the road, the limit is 0.1 km"):
        roadstatus.reports(rows.assign(from_place="Alpha"), ROADS, places=TOWNS, limit_km=0.1)


def test_a_table_without_its_columns_and_a_day_that_is_none_are_refused():
    with pytest.raises(InputError, match="reports: it has no column status, source; it has corridor, date"):
        roadstatus.reports(pd.DataFrame({"corridor": [], "date": []}), ROADS)
    with pytest.raises(InputError, match="on is 'soon': give a date"):
        roadstatus.status(TWO, ROADS, on="soon")
    with pytest.raises(InputError, match="valid_days is -1"):
        roadstatus.status(TWO, ROADS, on="2020-01-01", valid_days=-1)


def test_reports_are_read_from_a_spreadsheet_s_csv(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes("\ufeffcorridor,from_km,to_km,date,status,source,id\na,1,2,2020-01-01,open,UN,007\n".encode())
    found = roadstatus.read_reports(path, ROADS)
    assert found["report"].tolist() == ["007"]
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="no CSV table in UTF-8"):
        roadstatus.read_reports(path, ROADS)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="no CSV table"):
        roadstatus.read_reports(path, ROADS)
    with pytest.raises(MissingInputError):
        roadstatus.read_reports(tmp_path / "none.csv", ROADS)


def test_columns_are_as_documented_also_without_a_report():
    for reported in (TWO, TWO[:0]):
        found = roadstatus.status(reported, ROADS, on="2020-02-15", places=TOWNS)
        assert [*found.columns] == [*roadstatus.COLUMNS, "geometry"]
    assert spans(found) == [(0, round(LENGTH, 3), "unknown")]


def test_km_by_status_has_all_four_and_adds_up():
    found = roadstatus.km_by_status(roadstatus.history(TWO, ROADS))
    assert len(found) == 2 * 2 * 4
    assert found.groupby(["corridor", "on"])["share"].sum().to_numpy() == pytest.approx([1.0] * 4)
    with pytest.raises(InputError, match="no report and no day"):
        roadstatus.history(TWO[:0], ROADS)


@pytest.fixture(scope="module")
def idlib():
    roads = gpd.read_file(ROOT / "geodata" / "idlib" / "corridors.geojson")
    return roadstatus.read_reports(ROOT / "geodata" / "idlib" / "road_reports.geojson", roads), roads


@pytest.mark.parametrize(
    ("day", "known"),
    [
        ("2018-12-31", []),
        ("2020-03-15", [("closed", 0.1), ("partly", 4.5)]),
        ("2020-05-06", [("partly", 12.5)]),
        ("2020-08-17", [("partly", 58.4)]),
    ],
)
def test_the_m4_was_driven_as_far_as_the_facts_say(idlib, day, known):
    """Facts: blocked 4.5 km from Trumba, c. 12 km to Musaybin, then 58.6 km to Ain al-Havr; nobody said of any road that it was open."""
    found = roadstatus.status(*idlib, on=day)
    assert "open" not in set(found["status"])
    said = found[found["status"] != "unknown"]
    assert set(said["corridor"]) <= {"m4"}
    assert [(row.status, round(row.length_km, 1)) for row in said.itertuples()] == known


def test_every_idlib_report_names_its_source_and_how_sure_it_is(idlib):
    reported, _ = idlib
    assert reported["source"].str.len().min() > 5
    assert set(reported["confidence"]) <= {"high", "medium", "low"}
    assert reported["note"].notna().all()
