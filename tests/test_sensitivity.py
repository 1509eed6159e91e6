"""How far each choice moves a result: the line displaced as far as stated, bars that are the choices' own results."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from comparison_cases import THEATRE, XY, dense, front, places, roads, truth
from conftest import spiral

import dmz
from dmz import depths, geodesy, sensitivity
from dmz.depths import Setting, Way
from dmz.errors import InputError, PartyError
from dmz.line import Line, holders

BASE = Way("deep", "deep", "north", 8.0)
DEPTHS = [Way("deep", "deep", "north", km) for km in (6.0, 10.0)]
READINGS = [Way("total-width", "total-width", None, 8.0), Way("each-side", "each-side", None, 8.0)]


@pytest.fixture(scope="module")
def setting():
    return Setting(front(1_500.0), THEATRE, "round", places(), roads())


@pytest.fixture(scope="module")
def table(setting):
    return sensitivity.sensitivity(setting, BASE, depths=DEPTHS, readings=READINGS)


@pytest.mark.parametrize(("party", "side"), [("north", True), ("south", False)])
def test_a_displaced_line_lies_as_far_from_the_old_one_as_stated_by_pyproj(party, side):
    moved = sensitivity.displaced(front(1_500.0), party)
    points = dense([tuple(xy) for xy in shapely.get_coordinates(moved.geometry)], 500.0)
    away, left = truth(points)
    assert away.min() > 1_499 - 2
    assert away.max() < 1_501 + 2
    assert {*left} == {side}
    assert {*geodesy.nearest(shapely.get_coordinates(front().geometry), moved.geometry).side} == {-1 if side else 1}
    assert shapely.get_coordinates(moved.geometry)[0, 0] < 36.1, "it runs the same way"
    assert moved.geometry.geom_type == "LineString"


def test_a_line_is_displaced_by_more_where_it_is_less_sure():
    line = dataclasses.replace(front(), uncertainty_m=np.array([0.0, 500.0, 1_000.0, 2_000.0, 3_000.0]))
    moved = shapely.get_coordinates(sensitivity.displaced(line, "south").geometry)
    found = geodesy.nearest(moved, line.geometry)
    west, east = found.distance_m[moved[:, 0] < 36.05], found.distance_m[moved[:, 0] > 36.45]
    assert west.max() < 320
    assert east.min() > 2_400


def test_ground_between_the_old_line_and_the_new_changes_hands_even_where_an_area_said_whose_it_was():
    held = gpd.GeoDataFrame(
        {"party": ["north"]}, geometry=[shapely.Polygon([*XY, (36.5, 35.7), (36.0, 35.7)])], crs=4326
    )
    line = dataclasses.replace(front(1_500.0), areas=held)
    between = [geodesy.GEOD.fwd(36.15, 35.485, 20, 900)[:2]]
    assert holders(line, between).tolist() == ["north"]
    assert holders(sensitivity.displaced(line, "north"), between).tolist() == ["south"]
    assert holders(sensitivity.displaced(line, "south"), between).tolist() == ["north"]


def test_a_line_rolled_up_is_displaced_without_crossing_the_old_one():
    xy = spiral(20, 30, 0.9)
    line = Line(xy, "in", "out", uncertainty_m=np.full(len(xy.coords), 2_000.0))
    for party, side in (("in", 1), ("out", -1)):
        moved = sensitivity.displaced(line, party)
        found = geodesy.nearest(shapely.get_coordinates(moved.geometry), line.geometry)
        assert {*found.side} == {side}
        assert found.distance_m == pytest.approx(2_000, abs=1.1)


def test_a_line_nobody_is_unsure_of_or_a_party_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="nobody said how uncertain it is"):
        sensitivity.displaced(front(), "north")
    with pytest.raises(PartyError, match="'west' is not a party"):
        sensitivity.displaced(front(100.0), "west")


def test_every_bar_spans_the_results_of_its_choices_laid_by_themselves(table):
    area = table[table["result"] == "area_km2"].set_index("factor")

    as_drawn = front()

    def laid(line=as_drawn, *, depth=8.0, reading="deep", within=THEATRE, ends="round") -> float:
        party = "north" if reading == "deep" else None
        zones = dmz.zones(line, depth_km=depth, reading=reading, party=party, within=within, ends=ends)
        return zones["area_km2"].sum()

    moved = [laid(sensitivity.displaced(front(1_500.0), party)) for party in ("north", "south")]
    choices = {
        "depth": [laid(depth=6.0), laid(depth=10.0)],
        "reading": [laid(reading="total-width"), laid(reading="each-side")],
        "line": moved,
        "ends": [laid(ends="flat")],
        "clip": [laid(within=None)],
    }
    assert {*choices} == {*sensitivity.FACTORS}
    for factor, results in choices.items():
        every = [laid(), *results]
        assert area.loc[factor, "base"] == pytest.approx(laid(), rel=1e-5)
        assert area.loc[factor, ["low", "high"]].tolist() == pytest.approx([min(every), max(every)], rel=1e-5)
        assert area.loc[factor, "swing"] == pytest.approx(max(every) - min(every), rel=1e-3, abs=0.01)
    assert area.loc["depth", ["low_case", "high_case"]].tolist() == ["6 km", "10 km"]
    assert area.loc["reading", "high_case"] == "each-side"
    assert area.loc["clip", "high_case"] == "without the theatre"


def test_a_zone_off_a_straight_line_moves_with_it_and_keeps_its_area():
    straight = Line(
        shapely.LineString([(36.0, 35.5), (36.6, 35.6)]), "north", "south", uncertainty_m=np.full(2, 1_500.0)
    )
    free = sensitivity.sensitivity(Setting(straight), BASE)
    area = free[free["result"] == "area_km2"].set_index("factor")
    assert area.loc["line", "swing_share"] < 1e-4
    assert area.loc["ends", "swing_share"] > 0.1


def test_metres_of_road_that_a_certified_boundary_may_miss_move_nothing(sochi):
    found = sochi.dossier.explored.sensitivity.set_index(["result", "factor"])
    assert found.loc[("m5_km", "ends"), "swing"] == 0.0, "the M5 crosses no end of the line"
    assert sensitivity._is_same("m5_km", 59.999, 60.0)
    assert not sensitivity._is_same("m5_km", 59.98, 60.0)
    assert not sensitivity._is_same("population_known", 2_400_001.0, 2_400_000.0)


def test_the_choice_that_moves_a_result_most_stands_first(table):
    for _, here in table.groupby("result"):
        assert here["swing"].is_monotonic_decreasing
        assert (here["low"] <= here["base"]).all()
        assert (here["base"] <= here["high"]).all()


def test_what_cannot_be_varied_is_said_and_an_unknown_is_no_nought():
    found = sensitivity.sensitivity(Setting(front()), BASE).set_index("factor")
    assert found.loc["line", "note"] == "unknown: nobody said how uncertain the line is"
    assert found.loc["line", ["low", "high", "swing"]].isna().all()
    assert found.loc["depth", ["note", "swing"]].tolist() == ["the text has one depth", 0.0]
    assert found.loc["reading", ["note", "swing"]].tolist() == ["the text has one reading", 0.0]
    assert found.loc["clip", "note"] == "no theatre was given"
    assert sensitivity.verdict(found.reset_index()) == ""


def test_nobody_known_makes_people_unknown(setting):
    silent = dataclasses.replace(setting, places=places().assign(population=pd.array([None] * 300, dtype="Int64")))
    found = sensitivity.sensitivity(silent, BASE, depths=DEPTHS, readings=READINGS)
    people = found[found["result"] == "population_known"]
    assert len(people) == 5
    assert people[["base", "low", "high", "swing"]].isna().all(axis=None)


def test_a_profile_at_hand_gives_the_same_table(setting, table):
    known = depths.profile(setting, [BASE, *DEPTHS, *READINGS, Way("each-side", "each-side", None, 9.0)])
    again = sensitivity.sensitivity(setting, BASE, depths=DEPTHS, readings=READINGS, known=known)
    order = ["result", "factor"]
    one, two = (which.sort_values(order, ignore_index=True) for which in (table, again))
    pd.testing.assert_frame_equal(one, two, rtol=1e-5, atol=0.02)


@pytest.mark.parametrize(
    ("reading", "depth", "said"),
    [
        ([2.0, 3.0], [1.0, 2.9], "The reading moves every result more than the kilometres do"),
        ([2.0, 3.0], [3.0, 4.0], "The kilometres move every result more than the reading does"),
        ([2.0, 3.0], [1.0, 4.0], "The reading moves 1 of 2 results more than the kilometres do, which move 1 more"),
        ([2.0, np.nan], [1.0, 4.0], "The reading moves the result more than the kilometres do"),
    ],
)
def test_the_verdict_counts_swings(reading, depth, said):
    rows = [{"result": f"r{at}", "factor": "reading", "swing": swing} for at, swing in enumerate(reading)]
    rows += [{"result": f"r{at}", "factor": "depth", "swing": swing} for at, swing in enumerate(depth)]
    assert sensitivity.verdict(pd.DataFrame(rows).assign(note=None)) == said


def test_for_idlib_the_reading_moves_every_result_more_than_the_kilometres_whichever_one_starts_from(sochi):
    """Areas of the facts' own computation (deep 15 and 20 km, total width 20 km; each side is laid here)."""
    explored = sochi.dossier.explored
    assert {*explored.verdicts.values()} == {"The reading moves every result more than the kilometres do"}
    assert explored.base == Way("deep", "deep", "opposition", 17.5)
    area = explored.sensitivity[explored.sensitivity["result"] == "area_km2"].set_index("factor")
    assert area.loc["depth", ["low", "high"]].tolist() == pytest.approx([3_244, 4_070], rel=0.002)
    assert area.loc["reading", "swing"] > 5 * area.loc["depth", "swing"]
