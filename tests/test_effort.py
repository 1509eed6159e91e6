"""Routes as they come, their faults, and effort summed up by hand and by GeographicLib."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from conftest import ROOT
from patrol_cases import WGS84, ring, table, wobbly

from dmz import coverage, effort
from dmz.errors import CRSError, GeometryError, InputError

LINE = shapely.LineString([(36, 35), (36.2, 35.1)])
LOG = table(
    [LINE, wobbly(1, 20, 10), shapely.MultiLineString([LINE, ring(5)]), LINE],
    date=["2020-03-01", "2020-03-31", "2020-04-02", None],
    date_to=[None, "2020-04-02", None, None],
    start=["08:00", None, "2020-04-02T22:00", None],
    end=["12:30", None, "2020-04-03T04:00:00", None],
    party=["turkey", "russia", "turkey", "turkey"],
    contingent=["a", "b", "b", None],
)


def length_km(shape) -> float:
    total = 0.0
    for part in getattr(shape, "geoms", [shape]):
        xy = [*part.coords]
        total += sum(WGS84.Inverse(y0, x0, y1, x1)["s12"] for (x0, y0), (x1, y1) in pairwise(xy))
    return total / 1000


def test_lengths_are_those_of_geographiclib():
    found = effort.routes(LOG, kind="reported")
    assert found["length_km"].tolist() == pytest.approx([length_km(shape) for shape in LOG.geometry], abs=1e-9)


def test_days_and_hours_are_known_only_where_somebody_gave_them():
    found = effort.routes(LOG, kind="reported")
    assert found["hours"].tolist() == [
        4.5,
        pytest.approx(float("nan"), nan_ok=True),
        6.0,
        pytest.approx(float("nan"), nan_ok=True),
    ]
    assert found["days"].tolist() == [1, pd.NA, 2, pd.NA]
    assert found["date_to"].tolist()[:3] == [
        pd.Timestamp(2020, 3, 1),
        pd.Timestamp(2020, 4, 2),
        pd.Timestamp(2020, 4, 3),
    ]


def test_rows_that_were_picked_from_a_larger_table_keep_their_own_columns():
    picked = LOG.assign(note=["w", "x", "y", "z"]).iloc[[2, 0]].set_axis([5, 5])
    found = effort.routes(picked, kind="reported")
    assert found[["patrol", "note"]].to_numpy().tolist() == [["p2", "y"], ["p0", "w"]]
    assert found["length_km"].iloc[1] == pytest.approx(length_km(found.geometry.iloc[1]))


def test_a_layer_with_the_words_of_other_people_is_taken():
    found = effort.read_routes(ROOT / "geodata" / "idlib" / "patrols.geojson", kind="reported")
    assert [*found][: len(effort.ROUTE_COLUMNS)] == [*effort.ROUTE_COLUMNS]
    assert found["patrol"].tolist()[:2] == ["patrol-1", "patrol-2-7"]
    assert {*found["party"]} == {"turkey; russia"}
    assert {"name", "status", "confidence"} <= {*found}


def test_effort_is_what_one_counts_by_hand():
    found = effort.effort(effort.routes(LOG, kind="reported"), by=["party"], every="month")
    rows = {(row.party, row.period): row for row in found.itertuples()}
    march, april, undated = rows["turkey", "2020-03"], rows["turkey", "unknown"], rows["russia", "unknown"]
    assert (march.patrols, march.patrol_days, march.hours) == (1, 1, 4.5)
    assert march.length_km == pytest.approx(length_km(LINE))
    assert (april.patrols, april.days_unknown, april.hours_unknown) == (1, 1, 1)
    assert pd.isna(undated.patrol_days)
    assert pd.isna(undated.hours)
    assert rows["turkey", "2020-04"].patrol_days == 2


def test_sums_by_group_add_up_to_the_whole():
    routes = effort.routes(LOG, kind="reported")
    (whole,) = effort.effort(routes).to_dict("records")
    for options in (
        {"by": ["party"]},
        {"by": ["party", "contingent"]},
        {"every": "week"},
        {"by": ["contingent"], "every": "day"},
    ):
        found = effort.effort(routes, **options)
        for column in ("patrols", "patrol_days", "days_unknown", "length_km", "hours", "hours_unknown"):
            assert found[column].sum() == pytest.approx(whole[column]), column


def test_planned_and_reported_are_never_added_up():
    routes = effort.routes(LOG.assign(kind=["planned", "reported", "reported", "planned"]))
    assert effort.effort(routes)[["kind", "patrols"]].to_numpy().tolist() == [["planned", 2], ["reported", 2]]


def test_months_without_a_report_are_unknown_and_in_a_complete_log_none():
    routes = effort.routes(LOG.iloc[[0, 2]], kind="reported")
    spring = (dt.date(2020, 3, 1), dt.date(2020, 5, 31))
    may = effort.effort(routes, every="month", period=spring).set_index("period").loc["2020-05"]
    assert may[["patrols", "patrol_days", "length_km", "hours"]].isna().all()
    assert may["known"] == coverage.UNKNOWN
    may = effort.effort(routes, every="month", period=spring, complete=True).set_index("period").loc["2020-05"]
    assert may[["patrols", "patrol_days", "length_km", "hours"]].tolist() == [0, 0, 0, 0]


def test_no_reports_at_all_are_one_row_that_says_so():
    (row,) = effort.effort(effort.routes(LOG.iloc[:0], kind="reported")).to_dict("records")
    assert row["known"] == coverage.UNKNOWN
    assert pd.isna(row["patrols"])


def test_a_period_leaves_out_only_what_is_known_to_lie_outside():
    routes = effort.routes(LOG, kind="reported")
    (row,) = effort.effort(routes, period=(dt.date(2020, 4, 1), dt.date(2020, 4, 1))).to_dict("records")
    assert row["patrols"] == 2, "the one of 31 March to 2 April and the one without a date"


def test_loops_and_teams_are_what_the_formula_gives():
    loop, road = ring(20), shapely.LineString([(0, 0), (1, 0)])
    found = effort.rounds(
        effort.routes(table([loop, road]), kind="planned"),
        speed_kmh=20,
        standard_days=1,
        hours_a_day=3,
        stops=6,
        stop_minutes=10,
    )
    around, along = length_km(loop), length_km(road)
    assert found["closed"].tolist() == [True, False]
    assert found["loop_hours"].tolist() == pytest.approx([around / 20 + 1, 2 * along / 20 + 1])
    assert found["teams_at_least"].tolist() == [3, 3], "125.6 km: 7.3 h of 3 h a day; 111.3 km: 6.6 h"


def test_fewer_teams_than_the_bound_cannot_pass_every_point_in_time():
    """Teams on a ring at equal distances: with the bound they meet the standard, with one fewer they do not."""
    loop = ring(60)
    (row,) = effort.rounds(
        effort.routes(table([loop]), kind="planned"), speed_kmh=15, standard_days=2, hours_a_day=4
    ).to_dict("records")
    assert row["teams_at_least"] > 2
    days_between = [row["loop_hours"] / 4 / teams for teams in (row["teams_at_least"], row["teams_at_least"] - 1)]
    assert days_between[0] <= 2 < days_between[1]


FAULTS = {
    "two ids": ({"patrol": ["a", "a"]}, "a is the id of several routes"),
    "no id": ({"patrol": ["a", None]}, "route 1 has no patrol id"),
    "kind": ({"kind": ["reported", "seen"]}, r"route 1 \(p1\) has the kind 'seen'"),
    "date": ({"date": ["2020-03-01", "03/15/2020"]}, "date '03/15/2020': write 2020-03-15"),
    "no such day": ({"date": ["2020-02-30", "2020-03-01"]}, "2020-02-30"),
    "time alone": ({"start": ["08:00", None]}, "no date: write 2020-03-15T08:00"),
    "past midnight": ({"date": ["2020-03-01"] * 2, "start": ["22:00"] * 2, "end": ["04:00"] * 2}, "write both with their day"),
    "zone": ({"start": ["2020-03-01T08:00+03:00", None]}, "without a zone"),
    "date_to": ({"date": ["2020-03-05"] * 2, "date_to": ["2020-03-01", None]}, "2020-03-05 to 2020-03-01"),
    "other day": ({"date": ["2020-03-05"] * 2, "start": ["2020-03-09T08:00", None]}, "which is it"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_its_route_and_a_way_out(name):
    columns, words = FAULTS[name]
    with pytest.raises(InputError, match=words):
        effort.routes(table([LINE, LINE]).assign(**({"kind": "reported"} | columns)))


def test_all_faults_come_at_once_and_name_the_file(tmp_path):
    rows = table([LINE, LINE]).assign(kind=["x", "reported"], date=["2020-13-01", "2020-01-01"], end=[None, "9.30"])
    path = tmp_path / "log.geojson"
    path.write_text(json.dumps(json.loads(rows.to_json())))
    with pytest.raises(InputError) as caught:
        effort.read_routes(path)
    assert len(caught.value.faults) == 3
    assert all(str(path) in fault for fault in caught.value.faults)


def test_geometries_that_are_no_route_are_refused():
    shapes = [None, shapely.LineString(), shapely.Point(0, 0), shapely.LineString([(0, 0), (0, 0)])]
    with pytest.raises(GeometryError) as caught:
        effort.routes(table(shapes), kind="reported")
    assert [fault.split(") ")[1][:12] for fault in caught.value.faults] == [
        "has no geome",
        "has no geome",
        "is a Point, ",
        "has no lengt",
    ]
    with pytest.raises(CRSError, match="EPSG:4326"):
        effort.routes(gpd.GeoDataFrame(LOG, crs="EPSG:4326").to_crs(3857), kind="reported")


def test_what_makes_no_sense_is_refused():
    routes = effort.routes(LOG, kind="reported")
    with pytest.raises(InputError, match="party and contingent"):
        effort.effort(routes, by=["unit"])
    with pytest.raises(InputError, match="day, week, month, year"):
        effort.effort(routes, every="decade")
    with pytest.raises(InputError) as caught:
        effort.rounds(routes, speed_kmh=0, standard_days=14, hours_a_day=30, stops=-1)
    assert len(caught.value.faults) == 3


def test_every_column_is_documented():
    routes = effort.routes(LOG, kind="reported")
    assert [*routes] == [*effort.ROUTE_COLUMNS, "geometry"]
    assert [*effort.effort(routes)] == [*effort.EFFORT_COLUMNS]
    assert [*effort.rounds(routes, speed_kmh=1, standard_days=1, hours_a_day=1)] == [*effort.ROUND_COLUMNS]
