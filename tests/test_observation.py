"""Observations: what is read, and how what cannot be used is told with file and row."""

from __future__ import annotations

import datetime as dt
import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from conftest import ROOT
from geographiclib.geodesic import Geodesic

from dmz.errors import CRSError, InputError, MissingInputError
from dmz.observation import (
    CLAIMS,
    OBSERVATION_COLUMNS,
    OSCE_CLAIMS,
    REQUIRED,
    check_observations,
    claim_of,
    coarsened,
    read_observations,
)

GOOD = {
    "id": "a",
    "obligation": "heavy-weapons",
    "date_observed": "2018-10-17",
    "date_reported": "2018-10-18",
    "claim": "contradicts",
    "observer": "OSCE",
    "source": "Weekly report 41",
}


def table(**changes) -> pd.DataFrame:
    return pd.DataFrame([GOOD | changes])


def csv_file(tmp_path, text: str):
    path = tmp_path / "observations.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_row_gets_its_types_and_keeps_what_is_unknown_unknown():
    row = check_observations(table(lon="36.5", lat=35.5, precision_m="500", count="3", confidence="High")).iloc[0]
    assert row["date_observed"] == dt.date(2018, 10, 17)
    assert (row["geometry"].x, row["geometry"].y, row["precision_m"], row["count"]) == (36.5, 35.5, 500.0, 3)
    assert row["confidence"] == "high"
    bare = check_observations(table())
    assert [*bare.columns] == [*OBSERVATION_COLUMNS, "geometry"]
    assert bare["count"].isna().all()
    assert bare.geometry.isna().all()
    assert bare["category"].iloc[0] is None


def test_no_observations_are_an_empty_table(tmp_path):
    empty = check_observations(pd.DataFrame(columns=[*REQUIRED]))
    assert len(empty) == 0
    assert [*empty.columns] == [*OBSERVATION_COLUMNS, "geometry"]
    assert len(read_observations(csv_file(tmp_path, ",".join(OBSERVATION_COLUMNS) + "\n"))) == 0
    path = tmp_path / "none.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}')
    assert len(read_observations(path)) == 0


def test_checking_twice_changes_nothing():
    once = check_observations(table(lon=36.5, lat=35.5, precision_m=10, count=2))
    twice = check_observations(once)
    pd.testing.assert_frame_equal(pd.DataFrame(once), pd.DataFrame(twice))


def test_dates_of_pandas_are_dates():
    got = check_observations(table(date_observed=pd.Timestamp("2018-10-17 23:59"), date_reported=dt.date(2018, 10, 18)))
    assert got["date_observed"].iloc[0] == dt.date(2018, 10, 17)
    assert type(got["date_observed"].iloc[0]) is dt.date


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"date_observed": "17/10/2018"}, "date_observed is '17/10/2018': write a day as 2018-10-17"),
        ({"date_observed": "2018-02-30"}, "date_observed is '2018-02-30'"),
        ({"date_reported": ""}, "date_reported is missing"),
        ({"date_reported": "2018-10-16"}, "reported on 2018-10-16, before it was observed on 2018-10-17"),
        ({"claim": "true"}, "claim is 'true', none of supports, supports in part"),
        ({"confidence": "certain"}, "confidence is 'certain', none of high, medium, low"),
        ({"count": "some"}, "count is 'some': it is not a number"),
        ({"count": -1}, "count is -1: give a whole number"),
        ({"count": 2.5}, "count is 2.5: give a whole number"),
        ({"count": 1e30}, "count is 1e+30: give a whole number"),
        ({"lon": 36.5}, "lon and lat belong together"),
        ({"lon": 36.5, "lat": 35.5}, "precision_m is missing"),
        ({"lon": 36.5, "lat": 135.5, "precision_m": 1}, "lon 36.5, lat 135.5 are no degrees"),
        ({"lon": 36.5, "lat": 35.5, "precision_m": -1}, "precision_m is -1: give metres from 0"),
        ({"count": float("inf")}, "count is inf: it is not a number"),
        ({"precision_m": 100}, "precision_m has no lon and lat"),
        ({"from_km": 3}, "from_km has no road"),
        ({"road": "m4", "from_km": 3, "to_km": 2}, "to_km needs a from_km that is not greater"),
        ({"road": "m4", "to_km": 2}, "to_km needs a from_km"),
        ({"road": "m4", "from_km": -3}, "from_km is -3: chainage begins with 0"),
        ({"road": "m4", "from_km": 3, "lon": 36, "lat": 35, "precision_m": 1}, "both lon, lat and a chainage"),
        ({"obligation": None}, "nothing says what it is about"),
        ({"observer": "Dr. Smith"}, "the observer 'Dr. Smith' looks like a person"),
        ({"observer": "OSCE; Col. Smith"}, "the observer 'Col. Smith' looks like a person"),
        ({"observer": "someone@example.org"}, "looks like a person"),
        ({"observer": "+90 532 123 4567"}, "looks like a person"),
    ],
)
def test_a_bad_value_is_named_with_its_row(changes, says):
    with pytest.raises(InputError) as caught:
        check_observations(table(**changes))
    assert len(caught.value.faults) == 1
    assert caught.value.faults[0].startswith("row 0 (a): ")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "column",
    [
        "name",
        "commander_name",
        "person",
        "Victim",
        "victimName",
        "officers",
        "Full Name",
        "first_name",
        "phone",
        "observer name",
    ],
)
def test_a_column_that_looks_like_names_of_persons_is_refused(column):
    with pytest.raises(InputError, match="looks like names of persons, which dmz does not take"):
        check_observations(table(**{column: "X"}))


def test_an_unknown_column_is_refused_and_the_known_ones_named():
    with pytest.raises(InputError, match="no column 'weapon_type' is known; the columns are id, obligation"):
        check_observations(table(weapon_type="T-72"))


def test_an_organisation_that_begins_like_a_rank_is_no_person():
    for name in (
        "General Staff of the Armed Forces",
        "Mercy Corps",
        "Médecins Sans Frontières",
        "Doctors Without Borders",
    ):
        check_observations(table(observer=name))


def test_with_a_list_of_organisations_every_other_observer_is_refused():
    check_observations(table(observer="OSCE; SOHR"), organisations={"OSCE", "SOHR"})
    with pytest.raises(InputError, match="'Jane Doe' is none of the organisations OSCE"):
        check_observations(table(observer="Jane Doe"), organisations={"OSCE"})


def test_bad_rows_of_a_file_are_named_by_file_and_row_all_at_once(tmp_path):
    header = "id,obligation,date_observed,date_reported,claim,observer,source,lon\n"
    path = csv_file(
        tmp_path,
        header
        + 'a,x,2018-10-17,2018-10-17,supports,OSCE,"report, page\n2",\n'
        + "b,x,yesterday,2018-10-17,supports,OSCE,report,\n"
        + "\n"
        + "a,x,2018-10-17,2018-10-17,maybe,OSCE,report,36\n",
    )
    with pytest.raises(InputError) as caught:
        read_observations(path)
    faults = [fault.removeprefix(f"{path}: ") for fault in caught.value.faults]
    assert faults[0] == "row 3 (b): date_observed is 'yesterday': write a day as 2018-10-17"
    assert faults[1].startswith("row 5 (a): claim is 'maybe'")
    assert faults[2:] == ["row 5 (a): lon and lat belong together", "the id 'a' stands 2 times"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is empty"),
        ("id,claim\na\n", "row 2 has 1 cells, the header 2"),
        ("id,claim,claim\n", "the column 'claim' stands 2 times"),
        ("id,claim\n", "the column 'date_observed' is missing"),
        ('id,claim\n"a,b\n', "it is no CSV in UTF-8"),
    ],
)
def test_a_file_that_is_no_table_of_observations_is_refused(tmp_path, text, says):
    with pytest.raises(InputError, match=says):
        read_observations(csv_file(tmp_path, text))


def test_a_file_in_another_encoding_or_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "observations.csv"
    path.write_bytes("id,claim\nä,x\n".encode("latin-1"))
    with pytest.raises(InputError, match="no CSV in UTF-8"):
        read_observations(path)
    other = tmp_path / "observations.xlsx"
    other.write_bytes(b"PK")
    with pytest.raises(InputError, match=r"read from \.csv or \.geojson"):
        read_observations(other)
    with pytest.raises(MissingInputError, match="no such file"):
        read_observations(tmp_path / "none.csv")


def feature(geometry, **changes):
    return {"type": "Feature", "geometry": geometry, "properties": GOOD | changes}


def geojson(tmp_path, features, **more):
    path = tmp_path / "observations.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}), encoding="utf-8")
    return path


def test_geojson_points_are_places_and_null_is_none(tmp_path):
    point = {"type": "Point", "coordinates": [36.5, 35.5, 120.0]}
    path = geojson(tmp_path, [feature(point, precision_m=200), feature(None, id="b")])
    got = read_observations(path)
    assert got["lon"].tolist()[0] == 36.5
    assert got.geometry.iloc[0].equals(shapely.Point(36.5, 35.5))
    assert got.geometry.iloc[1] is None
    as_csv = csv_file(tmp_path, got.drop(columns="geometry").to_csv(index=False))
    pd.testing.assert_frame_equal(pd.DataFrame(read_observations(as_csv)), pd.DataFrame(got))


@pytest.mark.parametrize(
    ("geometry", "changes", "says"),
    [
        ({"type": "LineString", "coordinates": [[36, 35], [37, 35]]}, {}, "feature 0: its geometry must be a Point"),
        ({"type": "Point", "coordinates": []}, {}, "feature 0: its point has no longitude"),
        ({"type": "Point", "coordinates": [36, 35]}, {"lon": 37}, "feature 0: its lon is 37, its point's 36"),
        ({"type": "Point", "coordinates": [36, 35]}, {}, r"feature 0 \(a\): precision_m is missing"),
        (None, {"source": ["a"], "date_observed": {}}, r"feature 0 \(a\): date_observed is {}"),
    ],
)
def test_a_bad_feature_is_named_by_file_and_number(tmp_path, geometry, changes, says):
    with pytest.raises(InputError, match=says) as caught:
        read_observations(geojson(tmp_path, [feature(geometry, **changes)]))
    assert "observations.geojson: " in str(caught.value)


def test_geojson_that_is_none_or_lies_elsewhere_is_refused(tmp_path):
    path = tmp_path / "x.geojson"
    for text in ("[1, 2]", "{", '{"features": 3}', "[" * 100_000):
        path.write_text(text)
        with pytest.raises(InputError, match="it is no"):
            read_observations(path)
    mercator = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    with pytest.raises(CRSError, match="another CRS"):
        read_observations(geojson(tmp_path, [feature(None)], crs=mercator))
    with pytest.raises(InputError, match="feature 0: it has no properties"):
        read_observations(geojson(tmp_path, [{"type": "Feature"}]))


def test_points_of_a_geodataframe_are_brought_to_degrees():
    point = gpd.GeoSeries([shapely.Point(36.5, 35.5)], crs="EPSG:4326").to_crs("EPSG:32637")
    got = check_observations(gpd.GeoDataFrame(table(precision_m=5), geometry=point))
    assert (got["lon"].iloc[0], got["lat"].iloc[0]) == pytest.approx((36.5, 35.5), abs=1e-9)
    with pytest.raises(CRSError, match="no CRS"):
        check_observations(gpd.GeoDataFrame(table(precision_m=5), geometry=[shapely.Point(36.5, 35.5)]))
    with pytest.raises(InputError, match="must be points"):
        check_observations(gpd.GeoDataFrame(table(precision_m=5), geometry=[shapely.box(0, 0, 1, 1)], crs=4326))


def test_the_categories_of_the_osce_are_accepted_as_they_stand():
    for words, (of_withdrawal, of_storage) in OSCE_CLAIMS.items():
        assert check_observations(table(claim=words.capitalize()))["claim"].iloc[0] == words
        assert (claim_of(words), claim_of(words, storage=True)) == (of_withdrawal, of_storage)
        assert {of_withdrawal, of_storage} <= {*CLAIMS}
    assert claim_of("in violation of withdrawal lines") == "contradicts"
    assert {claim_of(words) for words in ("could not be verified", "access denied")} == {"cannot tell"}


@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
@pytest.mark.parametrize(("lon", "lat"), [(36.55555, 35.44445), (0.05, 0.05), (-179.999, 71.25)])
def test_rounded_coordinates_hold_the_true_place_within_their_precision(decimals, lon, lat):
    coarse = coarsened(check_observations(table(lon=lon, lat=lat, precision_m=10)), decimals=decimals).iloc[0]
    moved = Geodesic.WGS84.Inverse(lat, lon, coarse["lat"], coarse["lon"])["s12"]
    assert moved + 10 <= coarse["precision_m"]
    assert coarse["rounded_deg"] == 10.0**-decimals
    assert coarse["geometry"].equals(shapely.Point(coarse["lon"], coarse["lat"]))
    assert coarse["lon"] * 10**decimals == pytest.approx(round(coarse["lon"] * 10**decimals), abs=1e-6)
    assert coarse["precision_m"] < 10 + 10.0**-decimals * 80_000


def test_rounding_leaves_what_has_no_place_and_refuses_what_it_cannot_do():
    coarse = coarsened(check_observations(table()), decimals=1)
    assert coarse.geometry.isna().all()
    with pytest.raises(InputError, match="decimals is 9"):
        coarsened(coarse, decimals=9)


def test_the_observations_of_idlib_are_read_and_each_says_where_it_stands():
    got = read_observations(ROOT / "geodata" / "idlib" / "observations.csv")
    assert len(got) == 23
    assert got[["source", "observer", "confidence", "note", "method"]].notna().all().all()
    assert got["date_observed"].min() >= dt.date(2018, 9, 17)
