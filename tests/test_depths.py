"""The ground beside a line by depth: sums of slices are zones, settlements are told by distance alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from comparison_cases import THEATRE, XY, front, places, roads, truth

import dmz
from dmz import corridor, depths, exposure, geodesy
from dmz.depths import Setting, Way
from dmz.errors import InputError

KINDS = {"each-side": None, "total-width": None, "deep": "north"}
KM = [4.0, 6.0, 9.0, 12.0]
WAYS = [Way(kind, kind, party, km) for kind, party in KINDS.items() for km in KM]


@pytest.fixture(scope="module")
def setting():
    return Setting(front(), THEATRE, "round", places(), roads())


@pytest.fixture(scope="module")
def measured(setting):
    return depths.profile(setting, WAYS)


@pytest.fixture(scope="module")
def swept(measured):
    return depths.sweep(measured, WAYS, dict.fromkeys(KINDS, (6.0, 9.0)))


@pytest.mark.parametrize("way", WAYS[::2], ids=lambda way: f"{way.kind}-{way.depth_km}")
def test_a_sum_of_slices_is_the_zone_laid_by_itself(way, measured, setting):
    laid = dmz.zones(front(), depth_km=way.depth_km, reading=way.kind, party=way.party, within=THEATRE)
    found = measured.measure(way)
    assert found["area_km2"] == pytest.approx(laid["area_km2"].sum(), rel=1e-5)
    km = corridor.pieces(roads(), laid).groupby("corridor")["length_km"].sum()
    assert found["old_road_km"] == pytest.approx(km["old-road"], abs=0.005)
    assert found["r2_km"] == pytest.approx(km.get("r2", 0.0), abs=0.005)
    inside = shapely.contains_xy(laid.union_all(), shapely.get_coordinates(setting.places.geometry))
    assert found["settlements"] == inside.sum()
    assert found["reach_km"] == laid["depth_to_m"].max() / 1000


def test_settlements_are_those_a_brute_force_by_pyproj_finds(measured, setting):
    xy = shapely.get_coordinates(setting.places.geometry)
    away, left = truth(xy)
    there = (xy[:, 0] > 35.8) & (xy[:, 0] < 36.55) & (xy[:, 1] > 35.25) & (xy[:, 1] < 35.75)
    people = setting.places["population"].where(setting.places["population"] > 0)
    for way in WAYS:
        reach = 1000 * way.depth_km * (0.5 if way.kind == "total-width" else 1.0)
        inside = there & (away <= reach) & (left | (way.kind != "deep"))
        assert {*measured.inside(way)["settlement"]} == {*setting.places.loc[inside, "id"]}
        found = measured.measure(way)
        assert found["settlements_unknown"] == people[inside].isna().sum()
        assert found["population_known"] == people[inside].sum()


@pytest.mark.parametrize("column", ["area_km2", "settlements", "population_known", "old_road_km", "r2_km"])
def test_results_never_fall_as_the_depth_rises(swept, column):
    for _, here in swept.groupby("reading"):
        assert (here[column].astype(float).diff().dropna() >= 0).all()
    wide = swept.loc[swept["reading"] == "each-side", column]
    assert wide.iloc[-1] > wide.iloc[0]


def test_settlements_of_a_depth_are_among_those_of_a_greater_and_of_a_wider_reading(measured):
    def ids(kind: str, km: float) -> set[str]:
        return {*measured.inside(Way(kind, kind, KINDS[kind], km))["settlement"]}

    for kind in KINDS:
        for less, more in pairwise(KM):
            assert ids(kind, less) <= ids(kind, more)
    for km in KM:
        assert ids("deep", km) | ids("total-width", km) <= ids("each-side", km)


def test_total_width_is_each_side_of_half_the_depth(measured):
    wide = measured.measure(Way("total-width", "total-width", None, 12.0))
    assert measured.measure(Way("each-side", "each-side", None, 6.0)) == wide


def test_the_largest_settlement_inside_is_named(measured, swept):
    layer = places().set_index("id")
    for way, named in zip(WAYS, swept["largest_settlement"], strict=True):
        known = layer.loc[measured.inside(way)["settlement"], ["name", "population"]].dropna()
        known = known[known["population"] > 0]
        assert (named is None) == known.empty
        assert known.empty or layer.set_index("name")["population"][named] == known["population"].max()


def test_flat_ends_leave_out_what_is_nearest_to_an_end(setting):
    way = Way("each-side", "each-side", None, 12.0)
    flat = depths.profile(Setting(front(), None, "flat", places(), None), [way])
    inside = flat.inside(way)
    xy = shapely.get_coordinates(setting.places.geometry)
    found = geodesy.nearest(xy, front().geometry)
    assert found.at_end.sum() > 10
    assert {*inside["settlement"]} == {*setting.places.loc[(found.distance_m <= 12_000) & ~found.at_end, "id"]}
    area = dmz.zones(front(), depth_km=12.0, ends="flat")["area_km2"].sum()
    assert flat.measure(way)["area_km2"] == pytest.approx(area, rel=1e-6)


def test_each_party_may_have_its_own_depth():
    way = Way("per-side", "per-side", None, {"north": 8.0, "south": 3.0})
    found = depths.profile(Setting(front()), [way]).measure(way)
    laid = dmz.zones(front(), depth_km={"north": 8.0, "south": 3.0}, reading="per-side")
    assert found == {"reach_km": 8.0, "area_km2": pytest.approx(laid["area_km2"].sum(), rel=1e-6)}


def test_a_depth_the_ground_was_not_cut_at_is_refused(measured):
    with pytest.raises(InputError, match="was not cut at 7 km"):
        measured.measure(Way("deep", "deep", "north", 7.0))


def test_nobody_known_is_unknown_and_not_nought():
    silent = places().assign(population=pd.array([None] * 300, dtype="Int64"))
    way = Way("each-side", "each-side", None, 9.0)
    table = depths.sweep(depths.profile(Setting(front(), places=silent), [way]), [way])
    assert table["settlements"].iloc[0] > 0
    assert table["population_known"].isna().all()
    assert table["in_text"].isna().all()


def test_the_depths_of_the_text_are_marked(swept):
    assert swept.groupby("reading", sort=False)["in_text"].apply(list).tolist() == [[False, True, True, False]] * 3


def test_a_sweep_of_idlib_at_the_agreements_depths_is_the_comparison(sochi):
    explored = sochi.dossier.explored
    table = explored.sweep.set_index(["reading", "depth_km"])
    assert [*table.loc["deep"].index] == [float(km) for km in range(10, 26)]
    for row in sochi.comparison.itertuples():
        for extent, km in (("core", 15.0), ("full", 20.0)):
            found = table.loc[(row.reading, km)]
            assert found["area_km2"] == pytest.approx(getattr(row, f"area_{extent}_km2"), rel=1e-5)
            assert found["settlements"] == getattr(row, f"settlements_{extent}")
            assert found["population_known"] == getattr(row, f"population_known_{extent}")
            assert found["settlements_unknown"] == getattr(row, f"settlements_population_unknown_{extent}")
            assert found["m4_km"] == pytest.approx(getattr(row, f"m4_{extent}_km"), abs=0.005)
    zones = sochi.zones
    laid = zones[(zones["reading"] == "deep") & (zones["band"] == "core")]["area_km2"].sum()
    assert table.loc[("deep", 15.0), "area_km2"] == pytest.approx(laid, rel=1e-5)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ((10, 25, 5), [10, 15, 20, 25]),
        ((10, 24, 5), [10, 15, 20, 24]),
        ((2, 2, 1), [2]),
        ((0.3, 0.5, 0.1), [0.3, 0.4, 0.5]),
    ],
)
def test_a_grid_ends_where_it_was_asked_to(asked, found):
    assert depths.grid(*asked) == pytest.approx(found)


@pytest.mark.parametrize("asked", [(0, 5, 1), (5, 4, 1), (1, 2, 0), (1, 2, np.nan), (1, 900, 0.1)])
def test_a_grid_that_makes_no_sense_is_refused(asked):
    with pytest.raises(InputError, match=r"depths .* km by"):
        depths.grid(*asked)


@pytest.mark.parametrize(
    ("said", "grid"), [((15, 20), (10, 25, 1)), (2.0, (1.3, 2.5, 0.1)), ({"iraq": 10, "kuwait": 5}, (6.5, 12.5, 0.5))]
)
def test_an_agreement_is_swept_round_its_own_depths(said, grid, sochi):
    terms = sochi.agreement.model_copy(update={"zones": (sochi.agreement.zone.model_copy(update={"depth_km": said}),)})
    assert depths.default_grid(terms) == pytest.approx(grid)


def test_depths_of_two_parties_are_swept_in_proportion(sochi):
    zone = sochi.agreement.zone.model_copy(update={"depth_km": {"opposition": 10, "government": (4, 6)}})
    reading = sochi.agreement.readings[0].model_copy(update={"kind": "per-side", "party": None})
    terms = sochi.agreement.model_copy(update={"zones": (zone,), "readings": (reading,)})
    assert depths.ways_of(terms, 12.0) == [Way("deep", "per-side", None, {"opposition": 12.0, "government": 6.0})]


def test_the_listed_settlements_take_nought_for_unknown():
    found = exposure.listed(places())
    had = places()["population"]
    assert (had == 0).sum() > 5
    assert found["population_low"].isna().sum() == (had.isna() | (had == 0)).sum()
    assert XY[0] == (36.0, 35.5)
