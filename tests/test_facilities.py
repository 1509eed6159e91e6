"""Facilities by category: counted by hand, edges apart, what has no category is unknown."""

from __future__ import annotations

import numpy as np
import pytest
from exposure_cases import FRONT, beyond, front, places, scattered
from truth import distance_m

import dmz
from dmz import facilities, placing
from dmz.errors import CRSError, InputError

NORTH, SOUTH = beyond((36.3, 35.55), 0, 3_000), beyond((36.3, 35.55), 180, 3_000)
KINDS = ["school", "hospital", "water station", None]


@pytest.fixture(scope="module")
def zones():
    return dmz.zones(front(), depth_km=(8, 12), reading="each-side")


def layer(n: int, seed: int):
    return scattered(n, seed).assign(category=np.random.default_rng(seed).choice(np.array(KINDS, dtype=object), n))


def test_columns_are_the_documented_ones(zones):
    points = layer(20, 0)
    found = facilities.facilities(points, zones, front())
    assert [*found] == [*facilities.COLUMNS, "geometry"]
    assert found.crs == 4326
    assert [*facilities.counts(found, points, zones)] == [*facilities.COUNT_COLUMNS]


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_those_counted_by_hand_from_distances_by_geographiclib(zones, seed):
    """Points that are nowhere near a boundary, one by one."""
    points, xy = layer(60, seed).drop(columns="uncertainty_km"), np.array(FRONT.coords)
    found = facilities.facilities(points, zones, front(), near_km=0)
    table = facilities.counts(found, points, zones).set_index(["band", "party", "category"])
    by_hand = dict.fromkeys(table.index, 0)
    for row in points.itertuples():
        away = distance_m(row.geometry.x, row.geometry.y, xy) / 1000
        assert min(abs(away - 8), abs(away - 12)) > 0.002
        band = "core" if away <= 8 else "fringe" if away <= 12 else None
        if band:
            mine = found[found["facility"] == row.id]
            by_hand[band, mine["party"].item(), row.category if isinstance(row.category, str) else "unknown"] += 1
            assert mine["distance_km"].item() == pytest.approx(away, abs=1e-5)
    assert table["inside"].to_dict() == by_hand
    assert (table["edge"] == 0).all()


def test_every_category_of_the_layer_has_a_row_in_every_zone_with_its_number_in_the_layer(zones):
    points = places({"at": NORTH}, {"at": NORTH}, {"at": (30, 10)}, category=["school", "school", "hospital"])
    found = facilities.facilities(points, zones, front(), near_km=0)
    table = facilities.counts(found, points, zones)
    assert len(table) == 4 * 2
    core = table[(table["band"] == "core") & (table["party"] == "north")].set_index("category")
    assert core.loc["school", ["inside", "edge", "near", "in_layer"]].tolist() == [2, 0, 0, 2]
    assert core.loc["hospital", ["inside", "edge", "near", "in_layer"]].tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("nothing", [None, "", "  ", float("nan")])
def test_a_facility_without_a_category_is_unknown_and_comes_last(zones, nothing):
    points = places({"at": NORTH}, {"at": NORTH}, category=np.array([nothing, " zoo "], dtype=object))
    found = facilities.facilities(points, zones, front(), near_km=0)
    assert found["category"].tolist() == ["unknown", "zoo"]
    assert facilities.counts(found, points, zones)["category"].tolist() == ["zoo", "unknown"] * 4


def test_a_category_may_be_a_number_or_in_a_column_of_another_name(zones):
    points = places({"at": NORTH}, {"at": SOUTH}, amenity=[2, 1])
    found = facilities.facilities(points, zones, front(), category="amenity", near_km=0)
    assert found["category"].tolist() == ["2", "1"]
    table = facilities.counts(found, points, zones, category="amenity")
    assert table["inside"].sum() == 2


def test_one_whose_circle_crosses_the_edge_is_counted_on_the_edge_of_both_grounds(zones):
    points = places({"at": (36.3, 35.551)}, category="school", uncertainty_km=0.5)
    found = facilities.facilities(points, zones, front(), near_km=0)
    table = facilities.counts(found, points, zones).set_index(["band", "party"])
    assert table.loc["core", "edge"].to_dict() == {"north": 1, "south": 1}
    assert (table["inside"] == 0).all()
    both = placing.extents(zones, by_party=False)
    again = facilities.counts(facilities.facilities(points, both, front(), near_km=0), points, both)
    assert again["inside"].tolist() == [1, 1]
    assert again["party"].isna().all()


def test_near_is_within_the_distance(zones):
    points = places({"at": beyond((36.3, 35.55), 0, 12_500)}, category="school")
    for near_km, number in ((0, 0), (0.3, 0), (0.7, 1)):
        found = facilities.facilities(points, zones[zones["party"] == "north"], front(), near_km=near_km)
        assert (found["standing"] == "near").sum() == number


def test_bands_and_parties_add_up_to_the_full_zone(zones):
    points = layer(200, 4).drop(columns="uncertainty_km")
    whole = placing.extents(zones, by_party=False)
    parts, full = (
        facilities.counts(facilities.facilities(points, each, front(), near_km=0), points, each)
        for each in (zones, whole)
    )
    assert parts.groupby("category")["inside"].sum().to_dict() == (
        full[full["band"] == "full"].set_index("category")["inside"].to_dict()
    )


def test_swapping_the_parties_swaps_the_rows():
    points, tables = layer(150, 6), []
    for swapped in (False, True):
        line = front(swapped=swapped)
        zones = dmz.zones(line, depth_km=(8, 12), reading="each-side")
        found = facilities.facilities(points, zones, line)
        tables.append(facilities.counts(found, points, zones).set_index(["band", "party", "category"]))
    one, two = tables
    other = {"north": "south", "south": "north"}
    for band, party, kind in one.index:
        assert one.loc[(band, party, kind)].tolist() == two.loc[(band, other[party], kind)].tolist()


def test_a_layer_without_ids_or_names_is_numbered_by_its_rows(zones):
    points = places({"at": (30, 10)}, {"at": NORTH}, category="school").drop(columns=["id", "name"])
    found = facilities.facilities(points, zones, front(), near_km=0)
    assert found["facility"].tolist() == [1]
    assert found["name"].isna().all()


def test_no_facilities_give_tables_without_rows(zones):
    none = layer(3, 0).iloc[:0]
    found = facilities.facilities(none, zones, front())
    assert [*found] == [*facilities.COLUMNS, "geometry"]
    assert facilities.counts(found, none, zones).empty


def test_wrong_inputs_are_told_with_the_nearest_name(zones):
    points = layer(5, 0)
    with pytest.raises(
        InputError, match=r"the layer of facilities: it has no column 'category' \(is it 'Categorie'\?\)"
    ):
        facilities.facilities(points.rename(columns={"category": "Categorie"}), zones, front())
    with pytest.raises(InputError, match=r"it has no column 'amenty' \(is it 'amenity'\?\)"):
        facilities.facilities(points.assign(amenity="x"), zones, front(), category="amenty")
    with pytest.raises(CRSError):
        facilities.facilities(points.to_crs(3857), zones, front())
    with pytest.raises(InputError, match="the facilities found: it has no column 'facility'"):
        facilities.counts(points, points, zones)
