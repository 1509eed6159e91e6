"""Settlements and people: known, unknown and disputed figures apart; nothing unknown becomes 0."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from exposure_cases import FRONT, beyond, front, places, scattered
from truth import distance_m

import dmz
from dmz import exposure, placing
from dmz.errors import InputError

KEYS = ["reading", "band", "party"]
NORTH = beyond((36.3, 35.55), 0, 3_000)
SOUTH = beyond((36.3, 35.55), 180, 3_000)


@pytest.fixture(scope="module")
def zones():
    return dmz.zones(front(), depth_km=(8, 12), reading="each-side")


def people(table, zones, **other) -> pd.DataFrame:
    found = exposure.settlements(table, zones, front(), near_km=0, **other)
    return exposure.people(found, zones).set_index(["band", "party", "standing"])


def test_columns_are_the_documented_ones(zones):
    found = exposure.settlements(scattered(20, 0), zones, front())
    assert [*found] == [*exposure.COLUMNS, "geometry"]
    assert [*exposure.people(found, zones)] == [*exposure.PEOPLE_COLUMNS]
    assert found.crs == 4326


def test_distances_to_the_line_are_those_of_geographiclib(zones):
    found = exposure.settlements(scattered(25, 3), zones, front(), near_km=100)
    for row in found.iloc[::9].itertuples():
        away = distance_m(row.geometry.x, row.geometry.y, np.array(FRONT.coords))
        assert row.distance_km == pytest.approx(away / 1000, abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_people_are_the_sums_of_the_figures_counted_by_hand(zones, seed):
    table = scattered(200, seed)
    found = people(table, zones)
    for zone in zones.itertuples():
        standing = placing.place(table, zones[zones["zone"] == zone.zone])
        for name in ("inside", "edge"):
            mine = table.iloc[standing.loc[standing["standing"] == name, "row"]]["population"].tolist()
            row = found.loc[(zone.band, zone.party, name)]
            known = [value for value in mine if value == value]  # noqa: PLR0124 - not a NaN
            assert row["settlements_known"] == len(known)
            assert row["settlements_unknown"] == len(mine) - len(known)
            assert row["settlements"] == len(mine)
            assert row["population_low"] == row["population_high"] == sum(known)


def test_a_sum_over_none_known_is_unknown_and_not_zero(zones):
    found = people(places({"at": NORTH}, {"at": SOUTH, "population": 700}), zones)
    silent = found.loc[("core", "north", "inside")]
    assert silent["population_low"] is pd.NA
    assert silent["population_high"] is pd.NA
    assert silent[["settlements", "settlements_known", "settlements_unknown"]].tolist() == [1, 0, 1]
    assert found.loc[("core", "south", "inside"), "population_low"] == 700
    assert found.loc[("fringe", "south", "inside"), "population_low"] is pd.NA


def test_a_figure_of_zero_is_unknown(zones):
    found = people(places({"at": NORTH, "population": 0}, {"at": NORTH, "population": 9}), zones)
    row = found.loc[("core", "north", "inside")]
    assert row[["settlements_known", "settlements_unknown", "population_low"]].tolist() == [1, 1, 9]


def test_sources_that_disagree_give_a_range_with_both_sources_and_years(zones):
    table = places(
        {"at": NORTH, "population": 1_000, "population_source": "census", "population_year": 2004},
        {"at": NORTH, "population": 50},
        {"at": NORTH},
    )
    figures = pd.DataFrame(
        {
            "settlement": ["p0", "p0", "p1", "p2"],
            "population": [1_400, None, 80, 0],
            "source": ["OCHA", "OCHA", "OCHA", "OCHA"],
            "year": [2018, 2019, 2018, 2018],
        }
    )
    found = exposure.settlements(table, zones, front(), figures=figures, near_km=0).set_index("settlement")
    assert found.loc["p0", ["population_low", "population_high"]].tolist() == [1_000, 1_400]
    assert found.loc["p0", "population_source"] == "OCHA; census"
    assert found.loc["p0", ["population_from_year", "population_to_year"]].tolist() == [2004, 2018]
    assert found.loc["p1", ["population_low", "population_high"]].tolist() == [50, 80]
    assert found.loc["p2", "population_low"] is pd.NA
    row = people(table, zones, figures=figures).loc[("core", "north", "inside")]
    assert row[["population_low", "population_high"]].tolist() == [1_050, 1_480]
    assert row[["population_source", "population_from_year", "population_to_year"]].tolist() == [
        "OCHA; census",
        2004,
        2018,
    ]
    assert row[["settlements_known", "settlements_unknown", "settlements_year_unknown"]].tolist() == [2, 1, 0]


def test_figures_of_no_known_year_are_counted(zones):
    row = people(places({"at": NORTH, "population": 5}), zones).loc[("core", "north", "inside")]
    assert row["settlements_year_unknown"] == 1
    assert row["population_from_year"] is pd.NA
    assert pd.isna(row["population_source"])


def test_figures_of_settlements_not_in_the_layer_are_told(zones):
    figures = pd.DataFrame({"settlement": ["p0", "elsewhere"], "population": [7, 8]})
    with pytest.warns(exposure.UnusedFiguresWarning, match=r"1 of 2 rows .* left out \(elsewhere\)"):
        found = exposure.settlements(places({"at": NORTH}), zones, front(), figures=figures)
    assert found["population_low"].dropna().unique().tolist() == [7]


def test_bands_add_up_to_the_full_zone_and_parties_to_both(zones):
    table = scattered(300, 8).drop(columns="uncertainty_km")
    parts, full = people(table, zones), people(table, whole := placing.extents(zones, by_party=False))
    assert len(whole) == 2
    for name in ("settlements", "settlements_known", "settlements_unknown", "population_low"):
        inside = parts.xs("inside", level="standing")[name]
        assert inside.sum() == full.xs("inside", level="standing").loc["full", name].sum()
        assert inside.loc["core"].sum() == full.xs("inside", level="standing").loc["core", name].sum()


def test_readings_nest(zones):
    table, whole = scattered(300, 9), dmz.zones(front(), depth_km=12, reading="each-side")
    core = exposure.settlements(table, zones[zones["band"] == "core"], front(), near_km=0)
    full = exposure.settlements(table, whole, front(), near_km=0)
    sure = core[core["standing"] == "inside"]
    assert {*zip(sure["party"], sure["settlement"], strict=True)} <= {
        *zip(full["party"], full["settlement"], strict=True)
    }


def test_swapping_the_parties_swaps_the_rows():
    table = scattered(120, 4).assign(holder=["north", "south", None] * 40)
    tables = []
    for swapped in (False, True):
        line = front(swapped=swapped)
        zones = dmz.zones(line, depth_km=(8, 12), reading="each-side")
        found = exposure.settlements(table, zones, line)
        tables.append((found, exposure.people(found, zones)))
    (one, ones), (two, twos) = tables
    names = {"north": "south", "south": "north"}
    keys = [*KEYS, "standing", "settlement"]
    back = two.assign(party=two["party"].map(names)).sort_values(keys, ignore_index=True)
    same = one.sort_values(keys, ignore_index=True)
    apart = ["holder_agrees", "geometry"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(back.drop(columns=apart)), pd.DataFrame(same.drop(columns=apart)), check_dtype=False, atol=1e-7
    )
    told = same["holder_agrees"].notna()
    assert told.equals(back["holder_agrees"].notna())
    assert (same["holder_agrees"][told] != back["holder_agrees"][told]).all(), "who holds it did not change its name"
    sums = twos.assign(party=twos["party"].map(names)).sort_values(keys[:4], ignore_index=True)
    pd.testing.assert_frame_equal(sums, ones.sort_values(keys[:4], ignore_index=True))


def test_a_holder_agrees_where_it_is_the_party_and_unknown_stays_unknown(zones):
    table = places({"at": NORTH, "holder": "north"}, {"at": NORTH, "holder": "south"}, {"at": NORTH, "holder": None})
    found = exposure.settlements(table, zones[zones["band"] == "core"], front(), near_km=0)
    assert found.sort_values("settlement")["holder_agrees"].tolist() == [True, False, pd.NA]
    both = exposure.settlements(table, placing.extents(zones, by_party=False), front(), near_km=0)
    assert both["holder_agrees"].isna().all()


def test_hills_and_posts_are_no_settlements(zones):
    table = places({"at": NORTH, "kind": "hill"}, {"at": NORTH, "kind": "settlement"}, {"at": NORTH, "kind": None})
    found = exposure.settlements(table, zones, front(), near_km=0)
    assert sorted(found["settlement"]) == ["p1", "p2"]


def test_no_settlements_give_rows_of_unknown_people(zones):
    found = exposure.settlements(scattered(5, 0).iloc[:0], zones, front())
    assert [*found] == [*exposure.COLUMNS, "geometry"]
    table = exposure.people(found, zones)
    assert len(table) == 4 * 3
    assert (table["settlements"] == 0).all()
    assert table["population_low"].isna().all()


def test_wrong_inputs_are_told_with_the_nearest_name(zones):
    table = scattered(4, 0)
    with pytest.raises(InputError, match=r"it has no column 'name' \(is it 'Name_1'\?\); it has .*Name_1"):
        exposure.settlements(table.rename(columns={"name": "Name_1"}), zones, front())
    with pytest.raises(InputError, match=r"several rows have the id p1: give each its own"):
        exposure.settlements(table.assign(id=["p0", "p1", "p1", "p2"]), zones, front())
    with pytest.raises(InputError, match=r"column 'population': p1 has 'many', p2 has -4, p3 has 2\.5: give a whole"):
        exposure.settlements(table.assign(population=[None, "many", -4, 2.5]), zones, front())
    with pytest.raises(InputError, match=r"'population_year': p0 has 'soon'"):
        exposure.settlements(table.assign(population_year=["soon", None, 2004, 2005]), zones, front())
    with pytest.raises(InputError, match=r"the table of figures: it has no column 'population' \(is it 'pop'\?\)"):
        exposure.settlements(table, zones, front(), figures=pd.DataFrame({"settlement": ["p0"], "pop": [3]}))
    with pytest.raises(InputError, match=r"the settlements found: it has no column 'settlement'"):
        exposure.people(places({"at": NORTH}), zones)


def test_what_lies_in_a_zone_as_drawn_is_what_contains_its_point(sochi):
    """Counted by shapely on the zones themselves; where no uncertainty is known nothing is on an edge."""
    xy = shapely.get_coordinates(sochi.places.geometry.array)
    kinds = (sochi.places["kind"] == "settlement").to_numpy()
    found = placing.within(sochi.settlements)
    sums = exposure.people(sochi.settlements, sochi.zones).set_index([*KEYS, "standing"])
    for zone in sochi.zones.itertuples():
        inside = sochi.places[shapely.contains_xy(zone.geometry, xy[:, 0], xy[:, 1]) & kinds]
        mine = found[(found["reading"] == zone.reading) & (found["band"] == zone.band) & (found["party"] == zone.party)]
        assert {*mine["settlement"]} == {*inside["id"]}
        row = sums.loc[(zone.reading, zone.band, zone.party, "inside")]
        assert row["settlements"] == len(inside)
        assert row["settlements_unknown"] == inside["population"].isna().sum()
        known = inside["population"].dropna()
        assert row["population_low"] is pd.NA if known.empty else row["population_low"] == known.sum()
    assert sums.xs("edge", level="standing")["settlements"].eq(0).all()
