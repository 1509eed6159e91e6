"""An agreement otherwise: agreements that change places, other lines, other days, other base cases."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pandas as pd
import pytest
import shapely
from comparison_cases import GEOD
from conftest import ROOT

from dmz import compare, compliance, dossier, exposure, findings, otherwise, sensitivity
from dmz.errors import InputError
from dmz.ground import Ground

SEED = ROOT / "seeds" / "sochi-2018.toml"


@pytest.fixture(scope="module")
def moved(sochi, tmp_path_factory):
    """The same agreement along a line that has moved into opposition ground, drawn for a later day."""
    line = sensitivity.displaced(sochi.line, "opposition", times=2)
    path = tmp_path_factory.mktemp("lines") / "later.geojson"
    about = {"left": "opposition", "right": "government", "date": "2019-09-01"}
    feature = {"type": "Feature", "properties": about, "geometry": shapely.geometry.mapping(line.geometry)}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return findings.work_out(SEED, line=path)


@pytest.fixture(scope="module")
def other(sochi):
    """A second agreement: the first one's deep reading alone, called otherwise, that names one road less."""
    terms = sochi.agreement.model_copy(update={"key": "other", "readings": sochi.agreement.readings[:1]})
    deep = sochi.comparison[sochi.comparison["reading"] == "deep"]
    return dataclasses.replace(
        sochi,
        agreement=terms,
        zones=sochi.zones[sochi.zones["reading"] == "deep"].reset_index(drop=True),
        comparison=deep.drop(columns=["m5_core_km", "m5_full_km"]),
    )


def test_agreements_that_change_places_change_columns_and_nothing_else(sochi, other):
    there, back = otherwise.together([sochi, other]), otherwise.together([other, sochi])
    one, two = (compare.across(both.table, "name").set_index("quantity") for both in (there, back))
    assert [*one] == ["sochi-2018 deep", "sochi-2018 total-width", "sochi-2018 each-side", "other deep"]
    assert [*two] == ["other deep", "sochi-2018 deep", "sochi-2018 total-width", "sochi-2018 each-side"]
    pd.testing.assert_frame_equal(one, two.loc[one.index, [*one]])
    pairs = ["reading", "other", "extent"]
    turned = back.overlaps.rename(columns={"reading": "other", "other": "reading"}).set_index(pairs)["jaccard"]
    straight = back.overlaps.set_index(pairs)["jaccard"]
    for row in there.overlaps.itertuples():
        key = (row.reading, row.other, row.extent)
        assert row.jaccard == pytest.approx(turned.get(key, straight.get(key)), rel=1e-9)


def test_a_road_that_an_agreement_does_not_name_is_unknown_and_not_nought(sochi, other):
    table = otherwise.together([sochi, other]).table.set_index("name")
    assert pd.isna(table.loc["other deep", "m5_full_km"])
    turned = compare.across(table.reset_index(), "name").set_index("quantity")
    assert turned.loc["m5 inside, km", "other deep"] == "unknown"


def test_the_same_ground_under_two_names_overlaps_wholly_and_changes_nothing(sochi, other):
    both = otherwise.together([sochi, other])
    pair = both.overlaps[(both.overlaps["reading"] == "sochi-2018 deep") & (both.overlaps["other"] == "other deep")]
    assert pair["jaccard"].tolist() == pytest.approx([1.0, 1.0], abs=1e-9)
    assert both.changes.empty


def test_what_cannot_be_told_apart_is_refused(sochi):
    with pytest.raises(InputError, match="2018-09-17: given twice"):
        otherwise.together([sochi, sochi])


def test_another_line_parts_the_same_ground_elsewhere(sochi, moved):
    both = otherwise.together([sochi, moved])
    assert both.table["line_date"].astype(str).tolist() == ["2018-09-17"] * 3 + ["2019-09-01"] * 3
    pairs = both.overlaps[both.overlaps["extent"] == "full"].set_index(["reading", "other"])["jaccard"]
    for reading in ("deep", "total-width", "each-side"):
        shared = pairs[(f"2018-09-17 {reading}", f"2019-09-01 {reading}")]
        one, two = (found.zones[found.zones["reading"] == reading].union_all() for found in (sochi, moved))
        areas = [
            abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(shape))[0]) for shape in (one & two, one | two)
        ]
        assert shared == pytest.approx(areas[0] / areas[1], rel=1e-4)
    assert moved.line.areas["party"].tolist() == ["turkish-held"]


def test_settlements_are_held_against_the_same_reading_of_the_other_line(sochi, moved):
    changes = otherwise.together([sochi, moved]).changes
    assert {*changes["chosen"].str.split().str[1] + " " + changes["reading"].str.split().str[1]} == {
        "deep deep",
        "total-width total-width",
        "each-side each-side",
    }
    for reading in ("deep", "each-side"):
        ids = []
        for found in (sochi, moved):
            ground = found.zones[found.zones["reading"] == reading].union_all()
            places = exposure.listed(found.places)
            ids.append({*places.loc[shapely.contains_xy(ground, shapely.get_coordinates(places.geometry)), "id"]})
        here = changes[(changes["reading"] == f"2019-09-01 {reading}") & (changes["extent"] == "full")]
        assert {*here.loc[here["change"] == "gained", "settlement"]} == ids[1] - ids[0] != set()
        assert {*here.loc[here["change"] == "lost", "settlement"]} == ids[0] - ids[1] != set()


def test_days_are_the_statuses_of_each_day_side_by_side(sochi):
    seen = dossier.observed(sochi)
    on = [dt.date(2018, 10, 8), dt.date(2018, 10, 10), dt.date(2018, 12, 31)]
    table = otherwise.days(sochi, on, seen)
    assert [*table] == ["kind", "item", "reading", *(day.isoformat() for day in on), "changed"]
    for day in on:
        alone = compliance.statuses(sochi.agreement, seen, Ground(sochi.zones, sochi.roads), day)
        said = table.loc[table["kind"] == "obligation", day.isoformat()]
        assert said.tolist() == alone["status"].tolist()
    transit = table[table["item"] == "transit"].iloc[0]
    assert transit["2018-10-08"] != transit["2018-10-10"], "days are counted down"
    assert not transit["changed"], "and that alone is no change"
    weapons = table[(table["item"] == "heavy-weapons") & (table["reading"] == "deep")].iloc[0]
    assert (weapons["2018-12-31"], weapons["changed"]) == ("met", True)
    roads = table[table["kind"] == "road"]
    assert roads["item"].tolist() == [road.id for road in sochi.agreement.corridors]
    assert {*roads["2018-12-31"]} == {"unknown"}, "nobody reported by then"


def test_road_status_of_a_day_adds_up_to_the_reports(sochi):
    table = otherwise.days(sochi, [dt.date(2018, 12, 31), dt.date(2020, 5, 10)], dossier.observed(sochi))
    m4 = table[table["item"] == "m4"].iloc[0]
    assert m4["changed"]
    assert m4["2020-05-10"].endswith(" km")


def test_another_reading_may_be_the_base_case(sochi):
    found = otherwise.explore(sochi, depths_km=[], reading="each-side")
    assert found.sweep.empty
    base = found.sensitivity.groupby("result", sort=False)["base"].first()
    assert base["area_km2"] > 8_000
    depth = found.sensitivity.set_index(["result", "factor"]).loc[("area_km2", "depth")]
    assert depth[["low", "high"]].tolist() == pytest.approx([7_504.4, 9_910.6], abs=0.1)
    with pytest.raises(InputError, match="no reading 'wide'; the agreement has deep, total-width, each-side"):
        otherwise.explore(sochi, reading="wide")


def test_every_column_is_documented(sochi):
    explored = sochi.dossier.explored
    assert [*explored.sensitivity] == [*sensitivity.COLUMNS]
    days = otherwise.days(sochi, [dt.date(2018, 10, 8)], dossier.observed(sochi))
    assert [name for name in days if not name.startswith("2018")] == [*otherwise.DAY_COLUMNS]
