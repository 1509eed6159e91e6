"""Readings side by side: overlap and settlements gained and lost, held against brute force by pyproj."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from comparison_cases import GEOD, THEATRE, front, places, roads, truth

import dmz
from dmz import compare, corridor, exposure
from dmz.errors import InputError

READINGS = {"deep": "north", "total-width": None, "each-side": None}


@pytest.fixture(scope="module")
def zones():
    laid = [
        dmz.zones(front(), depth_km=(6, 9), reading=kind, party=party, within=THEATRE)
        for kind, party in READINGS.items()
    ]
    return gpd.GeoDataFrame(pd.concat(laid, ignore_index=True), crs=4326)


@pytest.fixture(scope="module")
def settled(zones):
    return exposure.settlements(places(), zones, front())


@pytest.fixture(scope="module")
def table(zones, settled):
    found = corridor.pieces(roads(), zones)
    return compare.readings(zones, front(), settlements=settled, corridors=found).set_index("reading")


def ground(zones, reading: str, extent: str):
    here = zones[zones["reading"] == reading]
    return (here[here["band"] == "core"] if extent == "core" else here).union_all()


def by_pyproj(geometry) -> float:
    """Area of polygons in km2, by pyproj alone."""
    return abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(geometry))[0]) / 1e6


@pytest.mark.parametrize("extent", ["core", "full"])
def test_overlap_is_the_shared_ground_over_that_of_either_by_pyproj(zones, table, extent):
    pairs = compare.overlaps(zones)
    pairs = pairs[pairs["extent"] == extent]
    assert len(pairs) == 3
    for row in pairs.itertuples():
        one, other = ground(zones, row.reading, extent), ground(zones, row.other, extent)
        shared, either = by_pyproj(one.intersection(other)), by_pyproj(one.union(other))
        assert row.both_km2 == pytest.approx(shared, rel=1e-5)
        assert row.either_km2 == pytest.approx(either, rel=1e-5)
        assert row.jaccard == pytest.approx(shared / either, rel=1e-5)
        if row.reading == "deep":
            assert table.loc[row.other, f"jaccard_{extent}"] == row.jaccard


def test_overlap_is_the_share_of_random_points_in_both_by_their_distance_alone(zones):
    """Points scattered evenly on the ellipsoid, told in or out by brute force: no polygon of ours."""
    chance = np.random.default_rng(1)
    south, north = np.sin(np.radians([35.36, 35.62]))
    lat = np.degrees(np.arcsin(chance.uniform(south, north, 4_000)))
    xy = np.column_stack([chance.uniform(35.88, 36.55, 4_000), lat])
    away, left = truth(xy)
    deep, wide = left & (away <= 6_000), away <= 3_000
    assert (deep | wide).sum() > 1_000
    share = (deep & wide).sum() / (deep | wide).sum()
    pairs = compare.overlaps(zones).set_index(["reading", "other", "extent"])
    assert pairs.loc[("deep", "total-width", "core"), "jaccard"] == pytest.approx(share, abs=0.03)


def test_overlap_is_symmetric_and_whole_with_itself(zones):
    turned = gpd.GeoDataFrame(zones.iloc[::-1].reset_index(drop=True), crs=4326)
    there, back = compare.overlaps(zones), compare.overlaps(turned)
    for row in there.itertuples():
        other = back[(back["reading"] == row.other) & (back["other"] == row.reading) & (back["extent"] == row.extent)]
        assert other["jaccard"].iloc[0] == pytest.approx(row.jaccard, rel=1e-9)
    twin = zones[zones["reading"] == "deep"]
    same = compare.overlaps(gpd.GeoDataFrame(pd.concat([twin, twin.assign(reading="twin")]), crs=4326))
    assert same["jaccard"].tolist() == pytest.approx([1.0, 1.0], abs=1e-9)


def test_zones_far_apart_overlap_by_nought(zones):
    far = zones[zones["reading"] == "deep"].assign(reading="far")
    far = far.set_geometry(far.translate(xoff=40))
    both = gpd.GeoDataFrame(pd.concat([zones[zones["reading"] == "deep"], far], ignore_index=True), crs=4326)
    assert compare.overlaps(both)["jaccard"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("extent", "reach_km"), [("core", 6.0), ("full", 9.0)])
@pytest.mark.parametrize("chosen", [*READINGS])
def test_settlements_gained_and_lost_are_those_a_brute_force_finds(settled, chosen, extent, reach_km):
    layer = places()
    xy = shapely.get_coordinates(layer.geometry)
    away, left = truth(xy)
    there = shapely.contains_xy(THEATRE, xy)
    reach_m = 1000 * reach_km
    inside = {
        "deep": {*layer.loc[there & left & (away <= reach_m), "id"]},
        "total-width": {*layer.loc[there & (away <= reach_m / 2), "id"]},
        "each-side": {*layer.loc[there & (away <= reach_m), "id"]},
    }
    found = compare.changes(settled, chosen=chosen)
    found = found[found["extent"] == extent]
    for other in {*READINGS} - {chosen}:
        mine = found[found["reading"] == other].set_index("change")["settlement"]
        assert {*mine.get(["gained"], default=pd.Series(dtype=object))} == inside[other] - inside[chosen]
        assert {*mine[mine.index == "lost"]} == inside[chosen] - inside[other]
    assert sum(len(inside[other] ^ inside[chosen]) for other in READINGS) > 5


def test_gained_and_lost_change_places_with_the_chosen_reading(settled):
    def ids(reading: str, chosen: str, change: str) -> set[str]:
        table = compare.changes(settled, chosen=chosen)
        return {*table[(table["reading"] == reading) & (table["change"] == change)]["settlement"]}

    assert ids("deep", "total-width", "gained") == ids("total-width", "deep", "lost") != set()
    assert ids("deep", "total-width", "lost") == ids("total-width", "deep", "gained") != set()


def test_the_comparison_counts_what_the_names_say(table, settled):
    changes = compare.changes(settled, chosen="deep")
    assert table.loc["deep", ["jaccard_core", "settlements_gained_full", "settlements_lost_full"]].tolist() == [1, 0, 0]
    for reading in ("total-width", "each-side"):
        for change in ("gained", "lost"):
            here = changes[(changes["reading"] == reading) & (changes["change"] == change)]
            for extent in ("core", "full"):
                assert table.loc[reading, f"settlements_{change}_{extent}"] == (here["extent"] == extent).sum()
        gained, lost = (table.loc[reading, f"settlements_{change}_full"] for change in ("gained", "lost"))
        assert table.loc[reading, "settlements_full"] == table.loc["deep", "settlements_full"] + gained - lost


def test_every_column_is_documented(table, zones, settled):
    roads_of = {f"{road}_{extent}_km" for road in ("old_road", "r2") for extent in ("core", "full")}
    assert {*table.columns} == {*compare.COLUMNS} - {"reading"} | roads_of
    assert [*compare.overlaps(zones)] == [*compare.OVERLAP_COLUMNS]
    assert [*compare.changes(settled, chosen="deep")] == [*compare.CHANGE_COLUMNS]


def test_another_reading_may_be_chosen_and_one_that_is_not_there_is_refused(zones, settled):
    table = compare.readings(zones, front(), settlements=settled, corridors=None, chosen="each-side")
    assert table.set_index("reading")["jaccard_core"]["each-side"] == 1.0
    with pytest.raises(InputError, match="no zone is laid under the reading 'wide'; there are deep, total-width"):
        compare.readings(zones, front(), settlements=None, corridors=None, chosen="wide")


def test_one_reading_alone_overlaps_itself(zones):
    alone = zones[zones["reading"] == "deep"].reset_index(drop=True)
    table = compare.readings(alone, front(), settlements=None, corridors=None)
    assert table["jaccard_full"].tolist() == [1.0]
    assert compare.overlaps(alone).empty
    assert not [name for name in table if "settlements" in name]


def test_across_has_a_column_a_reading_and_a_row_a_quantity(table):
    turned = compare.across(table.reset_index()).set_index("quantity")
    assert [*turned] == [*READINGS]
    for reading in READINGS:
        low, high = table.loc[reading, ["settlements_core", "settlements_full"]]
        assert turned.loc["settlements", reading] == "–".join(dict.fromkeys([str(low), str(high)]))
    assert turned.loc["overlap with the chosen reading (Jaccard)", "deep"] == "1.00"
    assert "old-road inside, km" in turned.index
    assert not [name for name in turned.index if "deviation" in name]
