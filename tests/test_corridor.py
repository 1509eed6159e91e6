"""Pieces of roads in zones: they add up, nest, and are where GeographicLib says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import shapely
from road_cases import at_km, length_km, line, points, table
from truth import distance_m

import dmz
from dmz import corridor
from dmz.errors import GeometryError, InputError

FRONT = line((36.0, 35.5), (36.3, 35.55), (36.6, 35.45))
ACROSS = shapely.LineString([(36.1, 35.2), (36.25, 35.5), (36.4, 35.62), (36.2, 35.9)])
BEFORE = shapely.LineString([(36.0, 35.6), (36.6, 35.6)])
ROADS = table(across=ACROSS, before=BEFORE)
TOWNS = points(Alpha=(36.2, 35.4), Beta=(36.35, 35.7))


@pytest.fixture(scope="module")
def zones():
    return dmz.zones(FRONT, depth_km=(8, 12), reading="each-side")


@pytest.fixture(scope="module")
def found(zones):
    return corridor.pieces(ROADS, zones, places=TOWNS, outside=True)


def test_pieces_and_the_rest_add_up_to_the_road_by_geographiclib(found):
    for name, road in zip(ROADS["corridor"], ROADS.geometry, strict=True):
        mine = found[found["corridor"] == name].sort_values("from_km")
        assert mine["length_km"].sum() == pytest.approx(length_km(road), abs=1e-6)
        assert mine["share"].sum() == pytest.approx(1, abs=1e-9)
        assert (mine["from_km"].to_numpy()[1:] == mine["to_km"].to_numpy()[:-1]).all()


def test_a_piece_is_in_the_band_its_distance_from_the_line_says(found):
    """Every kilometre, by GeographicLib; not within 20 m of a depth."""
    xy = shapely.get_coordinates(FRONT.geometry)
    for name, road in zip(ROADS["corridor"], ROADS.geometry, strict=True):
        mine = found[found["corridor"] == name]
        for km in np.arange(0.5, length_km(road), 1.0):
            away = distance_m(*at_km(road, km), xy) / 1000
            (band,) = mine[(mine["from_km"] <= km) & (km < mine["to_km"])]["band"]
            if min(abs(away - 8), abs(away - 12)) > 0.02:
                assert band == ("core" if away < 8 else "fringe" if away < 12 else "outside")


def test_an_entry_and_exit_are_where_the_chainage_says_by_geographiclib(found):
    roads = ROADS.set_index("corridor").geometry
    for piece in found.itertuples():
        assert (piece.entry_lon, piece.entry_lat) == pytest.approx(
            at_km(roads[piece.corridor], piece.from_km), abs=1e-8
        )
        assert (piece.exit_lon, piece.exit_lat) == pytest.approx(at_km(roads[piece.corridor], piece.to_km), abs=1e-8)
        assert length_km(piece.geometry) == pytest.approx(piece.length_km, abs=1e-6)


def test_the_core_lies_within_the_full_zone(found):
    full = dmz.zones(FRONT, depth_km=12, reading="each-side")
    wide = corridor.pieces(ROADS, full)
    for piece in found[found["band"] == "core"].itertuples():
        same = wide[(wide["corridor"] == piece.corridor) & (wide["party"] == piece.party)]
        assert ((same["from_km"] <= piece.from_km + 0.002) & (piece.to_km <= same["to_km"] + 0.002)).any()
    both = found[found["band"] != "outside"].groupby("corridor")["length_km"].sum()
    assert both.to_dict() == pytest.approx(wide.groupby("corridor")["length_km"].sum().to_dict(), abs=0.01)


@pytest.mark.parametrize("every_km", [1.0, 0.3, 7.0, 1_000.0])
def test_cutting_every_kilometre_changes_totals_by_nothing(found, every_km):
    fine = corridor.split_every(found, ROADS, every_km=every_km)
    assert fine["length_km"].max() <= every_km + 1e-9
    keys = ["corridor", "reading", "band", "party"]
    for name in ("length_km", "share"):
        whole, cut = (each.groupby(keys, dropna=False)[name].sum().sort_index() for each in (found, fine))
        assert cut.to_numpy() == pytest.approx(whole.to_numpy(), abs=1e-9)
    assert not {"entry_place", "contested_km"} & {*fine.columns}


def test_swapping_the_names_of_the_parties_swaps_the_rows(found):
    other = dataclasses.replace(FRONT, left=FRONT.right, right=FRONT.left)
    swapped = corridor.pieces(ROADS, dmz.zones(other, depth_km=(8, 12)), outside=True)
    names = {"north": "south", "south": "north"}
    keys = ["corridor", "band", "from_km"]
    one = found.assign(party=found["party"].map(names)).sort_values(keys)[
        ["corridor", "band", "party", "from_km", "to_km"]
    ]
    two = swapped.sort_values(keys)[one.columns]
    assert (
        one.drop(columns=["from_km", "to_km"]).values.tolist() == two.drop(columns=["from_km", "to_km"]).values.tolist()
    )
    assert one["to_km"].to_numpy() == pytest.approx(two["to_km"].to_numpy(), abs=1e-6)


def test_turning_a_road_round_turns_the_chainage(zones, found):
    turned = corridor.pieces(table(across=ACROSS.reverse()), zones)
    mine = found[(found["corridor"] == "across") & (found["band"] != "outside")]
    whole = length_km(ACROSS)
    assert sorted(whole - turned["to_km"]) == pytest.approx(sorted(mine["from_km"]), abs=1e-6)


def test_columns_are_as_documented_also_where_no_road_is_in_a_zone(zones, found):
    far = corridor.pieces(table(far=shapely.LineString([(37, 36.5), (37.5, 36.5)])), zones)
    assert len(far) == 0
    for each in (far, found):
        assert [*each.columns] == [*corridor.COLUMNS, "geometry"]
        assert each.crs.to_epsg() == 4326


def test_without_places_nothing_is_named(zones):
    assert corridor.pieces(ROADS, zones)["entry_place"].isna().all()


def test_a_road_in_two_parts_and_pieces_of_no_length_are_refused(zones, found):
    with pytest.raises(GeometryError, match="a road is a LineString, not a MultiLineString"):
        corridor.pieces(table(two=shapely.MultiLineString([ACROSS, BEFORE])), zones)
    with pytest.raises(InputError, match="every_km is 0"):
        corridor.split_every(found, ROADS, every_km=0)


def test_a_road_that_goes_and_comes_back_is_counted_twice(zones):
    """Chainage does not come from the nearest point of the road, which is on both ways."""
    there = shapely.LineString([(36.3, 35.8), (36.3, 35.5), (36.3001, 35.8)])
    found = corridor.pieces(table(there=there), zones, outside=True)
    assert found["length_km"].sum() == pytest.approx(length_km(there), abs=1e-6)
    north = found[(found["band"] == "core") & (found["party"] == "north")]
    assert north["length_km"].to_numpy() == pytest.approx([8.0, 8.0], abs=0.2)


def test_the_idlib_roads_add_up_and_are_named(sochi):
    found = corridor.pieces(sochi.roads, sochi.zones, places=sochi.places, outside=True)
    whole = dict(zip(sochi.roads["corridor"], map(length_km, sochi.roads.geometry), strict=True))
    for (name, _), mine in found.groupby(["corridor", "reading"]):
        assert mine["length_km"].sum() == pytest.approx(whole[name], abs=1e-6)
    assert found["entry_place"].notna().all()
    assert (found["entry_place_km"] < 15).all()
