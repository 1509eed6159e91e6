"""Along a road: stretches add up, places are found, points are named."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from road_cases import at_km, length_km, points, winding

from dmz import along
from dmz.errors import GeometryError, InputError

ROAD = shapely.LineString([(36.0, 35.5), (36.4, 35.6), (36.5, 35.5), (36.9, 35.55)])
TOWNS = points(Alpha=(36.1, 35.6), Beta=(36.5, 35.48), Gamma=(36.9, 35.56))


def inside(ground):
    return lambda xy: shapely.contains_xy(ground, xy[:, 0], xy[:, 1])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_stretches_of_a_road_follow_each_other_and_add_up_to_it(seed):
    road, ground = winding(seed), shapely.Point(36.4, 35.5).buffer(0.2)
    found = along.spells(road, [ground], inside(ground))
    assert found[0].from_m == 0
    assert found[-1].to_m / 1000 == pytest.approx(length_km(road), abs=1e-6)
    for one, other in pairwise(found):
        assert one.to_m == other.from_m
        assert one.label != other.label


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_a_stretch_is_inside_where_the_ground_is_also_on_a_road_that_crosses_itself(seed):
    """Every 200 m by GeographicLib, but not within 50 m of a cut."""
    road, ground = winding(seed), shapely.Point(36.4, 35.5).buffer(0.2)
    found = along.spells(road, [ground], inside(ground))
    cuts = np.array([spell.to_m for spell in found])
    for metres in np.arange(100, length_km(road) * 1000, 3_000):
        if np.abs(cuts - metres).min() > 50:
            spell = next(spell for spell in found if spell.from_m <= metres < spell.to_m)
            assert spell.label == ground.contains(shapely.Point(at_km(road, metres / 1000)))


def test_a_piece_has_its_length_by_geographiclib():
    piece = along.piece(ROAD, 12_345, 67_890)
    assert length_km(piece) == pytest.approx(55.545, abs=1e-5)
    assert shapely.get_coordinates(piece)[0] == pytest.approx(at_km(ROAD, 12.345), abs=1e-9)


def test_a_road_along_a_boundary_is_cut_at_both_ends_of_it():
    ground = shapely.Polygon([(36.0, 35.5), (36.4, 35.6), (36.4, 35.4)])
    found = along.meets(ROAD, ground) / 1000
    assert found[0] == pytest.approx(0, abs=1e-4)
    assert length_km(shapely.LineString([(36.0, 35.5), (36.4, 35.6)])) == pytest.approx(found[-1], abs=1e-3)


def test_crumbs_go_to_the_stretch_before_and_a_first_one_to_the_next():
    spells = [
        along.Spell(0, 0.5, "a"),
        along.Spell(0.5, 10, "b"),
        along.Spell(10, 10.4, "c"),
        along.Spell(10.4, 20, "b"),
    ]
    assert along.joined(spells) == [along.Spell(0, 20, "b")]


def test_a_change_away_from_every_boundary_is_found_to_a_metre():
    at_m = 33_333.0
    longitude = at_km(ROAD, at_m / 1000)[0]
    found = along.spells(ROAD, [], lambda xy: xy[:, 0] < longitude, watch_m=250)
    assert [spell.label for spell in found] == [True, False]
    assert found[0].to_m == pytest.approx(at_m, abs=1)


def test_the_nearest_settlement_is_named_with_distance_and_compass_by_geographiclib():
    xy = np.array([[36.12, 35.53], [36.7, 35.5]])
    found = along.named(xy, TOWNS, "entry_")
    for (lon, lat), row in zip(xy, found.itertuples(), strict=True):
        known = {
            name: Geodesic.WGS84.Inverse(town.y, town.x, lat, lon)
            for name, town in zip(TOWNS["name"], TOWNS.geometry, strict=True)
        }
        nearest = min(known, key=lambda name: known[name]["s12"])
        assert row.entry_place == nearest
        assert row.entry_place_km == pytest.approx(known[nearest]["s12"] / 1000, abs=1e-6)
        assert row.entry_place_direction == along.COMPASS[round(known[nearest]["azi1"] / 22.5) % 16]
    assert along.phrase(*found.iloc[0]) == "8.0 km south-south-east of Alpha"
    assert along.phrase("Alpha", 0.3, "north") == "at Alpha"
    assert along.phrase(None, np.nan, None) == ""


def test_hills_and_checkpoints_name_nothing():
    kinds = TOWNS.assign(kind=["hill", "checkpoint", "settlement"])
    assert along.named(np.array([[36.1, 35.6]]), kinds)["place"].tolist() == ["Gamma"]
    assert along.named(np.array([[36.1, 35.6]]), None)["place"].isna().all()
    assert along.named(np.array([[36.1, 35.6]]), kinds[:0])["place"].isna().all()


def test_settlements_beside_a_road_have_chainage_distance_and_side():
    found = along.beside(ROAD, TOWNS, within_km=10).set_index("place")
    assert found["side"].to_dict() == {"Alpha": "left", "Beta": "right", "Gamma": "left"}
    beta = length_km(shapely.LineString(ROAD.coords[:3]))
    assert found.loc["Beta", "at_km"] == pytest.approx(beta, abs=1.0)
    assert "Alpha" not in set(along.beside(ROAD, TOWNS, within_km=3)["place"])


@pytest.mark.parametrize("name", ["Trumba", "turumbah", "TRUMBA (TURUMBAH)", "Trumba (Turumbah)"])
def test_a_place_is_found_under_each_of_its_names(name):
    places = gpd.GeoDataFrame(
        {"name": ["Trumba (Turumbah)", "Saraqib"]}, geometry=shapely.points([(36.768, 35.859), (36.8, 35.86)]), crs=4326
    )
    assert along.find(places, name).name == "Trumba (Turumbah)"


def test_accents_hyphens_and_apostrophes_do_not_matter():
    places = gpd.GeoDataFrame({"name": ["Ma'arrat al-Nu'mān"]}, geometry=[shapely.Point(36.7, 35.6)], crs=4326)
    assert along.find(places, "Maarrat al Numan").point.x == 36.7


def test_a_place_nobody_knows_is_refused_with_what_is_meant():
    with pytest.raises(InputError, match=r"no place is called 'Alfa': is it Alpha\?"):
        along.find(TOWNS, "Alfa")
    with pytest.raises(InputError, match="no place is called ''"):
        along.find(TOWNS, "")


def test_two_places_of_one_name_are_not_guessed_between():
    twice = gpd.GeoDataFrame({"name": ["Kafr", "Kafr"]}, geometry=shapely.points([(36, 35), (36.2, 35)]), crs=4326)
    with pytest.raises(InputError, match=r"2 places are called 'Kafr' .*, 18.\d km apart"):
        along.find(twice, "Kafr")


def test_a_section_runs_between_two_marks_in_either_order():
    beta = along.find(TOWNS, "Beta", limit_km=3)
    one, other = along.section(ROAD, 10, beta), along.section(ROAD, beta, 10.0)
    assert one.geometry.equals_exact(other.geometry)
    assert (one.from_km, one.from_name, one.to_name, other.to_name) == (10, None, "Beta", "Beta")
    off = min(
        Geodesic.WGS84.Inverse(35.48, 36.5, *at_km(ROAD, km)[::-1])["s12"] for km in np.arange(40, 60, 0.01)
    )  # fmt: skip
    assert one.to_off_km == pytest.approx(off / 1000, abs=1e-3)
    assert length_km(one.geometry) == pytest.approx(one.to_km - 10, abs=1e-6)


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        ((0, 400), r"km 400 is not on the road: it runs from km 0 to km \d+\.\d+"),
        ((float("nan"), 10), "km nan is not on the road"),
        ((5, 5), "both limits are km 5.000"),
        ((shapely.Point(37.5, 36.5), None), "37.5000 E, 36.5000 N lies .* km from the road, the limit is 2 km"),
        (
            (along.Place("Far", shapely.Point(36.1, 35.6), 5.0), None),
            "Far lies 7.* km from the road, the limit is 5 km",
        ),
    ],
)
def test_a_limit_that_is_not_on_the_road_is_refused(marks, message):
    with pytest.raises(InputError, match=message):
        along.section(ROAD, *marks)


@pytest.mark.parametrize(
    "road", [shapely.Point(36, 35), shapely.LineString(), None, shapely.MultiLineString([ROAD, ROAD])]
)
def test_what_is_no_road_is_refused(road):
    with pytest.raises(GeometryError, match="a road is a LineString"):
        along.section(road)


@pytest.mark.parametrize("off_m", [-1e-6, 0, 1e-6, 1e-3])
def test_a_section_from_a_vertex_begins_with_the_road_and_not_with_a_crumb(off_m):
    """A first segment of a nanometre has a direction that is noise, and flat ends go by it."""
    vertex = length_km(shapely.LineString(ROAD.coords[:2]))
    found = along.section(ROAD, vertex + off_m / 1000, None).geometry
    assert found.coords[0] == pytest.approx(ROAD.coords[1], abs=1e-7)
    assert length_km(shapely.LineString(found.coords[:2])) > 1


def test_a_name_in_brackets_counts_only_where_no_place_has_it_by_itself():
    """Suran (Hama) is Suran near Hama, Trumba (Turumbah) one place of two names."""
    towns = gpd.GeoDataFrame(
        {"name": ["Suran (Hama)", "Hama", "Musharifa (Hama)"]},
        geometry=shapely.points([(36.747, 35.291), (36.7578, 35.1318), (36.521, 35.399)]),
        crs=4326,
    )
    assert along.find(towns, "hama").name == "Hama"
    with pytest.raises(
        InputError, match=r"2 places are called 'Hama' \(Suran \(Hama\), Musharifa \(Hama\)\), 23\.8 km"
    ):
        along.find(towns.drop(1), "Hama")
