"""Who holds a road and where it crosses the line."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from road_cases import at_km, length_km, line, points, table
from truth import distance_m, side

from dmz import holding
from dmz.errors import InputError

FRONT = line((36.0, 35.5), (36.3, 35.55), (36.6, 35.45), uncertainty_m=np.array([1_000.0, 1_000.0, 1_000.0]))
ZIGZAG = shapely.LineString([(36.1, 35.4), (36.2, 35.6), (36.3, 35.4), (36.4, 35.6), (36.45, 35.55)])
ROADS = table(zigzag=ZIGZAG)


def area(party, *shapes):
    return gpd.GeoDataFrame({"party": [party] * len(shapes)}, geometry=[*shapes], crs=4326)


def test_pieces_add_up_and_lie_on_the_side_geographiclib_says():
    found = holding.holdings(ROADS, FRONT)
    assert found["length_km"].sum() == pytest.approx(length_km(ZIGZAG), abs=1e-6)
    xy = shapely.get_coordinates(FRONT.geometry)
    for km in np.arange(0.25, length_km(ZIGZAG), 0.5):
        (holder,) = found[(found["from_km"] <= km) & (km < found["to_km"])]["holder"]
        if by_truth := side(*at_km(ZIGZAG, km), xy):
            assert holder == ("north" if by_truth > 0 else "south")


def test_crossings_are_on_both_lines_and_say_who_comes_first():
    found = holding.crossings(ROADS, FRONT, places=points(Alpha=(36.2, 35.5)))
    assert found["from_party"].tolist() == ["south", "north", "south"]
    assert found["to_party"].tolist() == ["north", "south", "north"]
    assert found["crossing"].tolist() == [1, 2, 3]
    for row in found.itertuples():
        assert (row.lon, row.lat) == pytest.approx(at_km(ZIGZAG, row.at_km), abs=1e-8)
        assert (row.lon, row.lat) == pytest.approx(at_km(FRONT.geometry, row.line_km), abs=2e-6)
        assert row.earliest_km < row.at_km < row.latest_km
    assert found["place"].tolist() == ["Alpha"] * 3


def test_the_uncertainty_of_a_crossing_is_as_wide_as_the_band_by_trigonometry():
    """A road square to a straight line that is 1 km uncertain: 1 km before, 1 km after."""
    front = line((36.0, 35.5), (36.2, 35.5), uncertainty_m=np.array([1_000.0, 1_000.0]))
    (crossing,) = holding.crossings(table(a=shapely.LineString([(36.1, 35.4), (36.1, 35.6)])), front).itertuples()
    assert crossing.latest_km - crossing.at_km == pytest.approx(1, abs=0.02)
    assert crossing.at_km - crossing.earliest_km == pytest.approx(1, abs=0.02)
    held = holding.holdings(table(a=shapely.LineString([(36.1, 35.4), (36.1, 35.6)])), front)
    assert held["contested_km"].tolist() == pytest.approx([1, 1], abs=0.02)


def test_a_line_without_stated_uncertainty_gives_null_and_not_nought():
    front = dataclasses.replace(FRONT, uncertainty_m=None)
    assert holding.holdings(ROADS, front)["contested_km"].isna().all()
    assert holding.crossings(ROADS, front)[["earliest_km", "latest_km"]].isna().all(axis=None)
    assert holding.held(holding.holdings(ROADS, front))["contested_km"].isna().all()


def test_a_road_that_touches_the_line_does_not_cross_it():
    touching = shapely.LineString([(36.1, 35.7), (36.3, 35.55), (36.5, 35.7)])
    assert len(holding.crossings(table(a=touching), FRONT)) == 0
    assert holding.holdings(table(a=touching), FRONT)["holder"].tolist() == ["north"]


@pytest.mark.parametrize(("end", "crosses"), [((36.5, 35.3), 1), ((36.5, 35.7), 0)])
def test_a_road_along_the_line_crosses_where_it_leaves_on_the_other_side(end, crosses):
    front = line((36.0, 35.5), (36.2, 35.5), (36.4, 35.5), (36.6, 35.5))
    along = shapely.LineString([(36.1, 35.7), (36.2, 35.5), (36.4, 35.5), end])
    found = holding.crossings(table(a=along), front)
    assert len(found) == crosses
    if crosses:
        start, stop = (length_km(shapely.LineString(along.coords[:n])) for n in (2, 3))
        assert found["at_km"][0] == pytest.approx((start + stop) / 2, abs=0.01)
        assert found["from_party"][0] == "north"


def test_a_road_through_a_vertex_of_the_line_crosses_once():
    through = shapely.LineString([(36.3, 35.3), (36.3, 35.55), (36.3, 35.8)])
    assert holding.crossings(table(a=through), FRONT)["to_party"].tolist() == ["north"]


def test_beyond_the_ends_of_the_line_nobody_is_known_to_hold_the_ground():
    west = shapely.LineString([(35.5, 35.7), (36.3, 35.7)])
    found = holding.holdings(table(west=west), FRONT)
    assert found["holder"].tolist() == ["unknown", "north"]
    held = holding.holdings(
        table(west=west), dataclasses.replace(FRONT, areas=area("third", shapely.box(35.4, 35.6, 35.6, 35.8)))
    )
    assert held["holder"].tolist() == ["third", "unknown", "north"]
    assert held["exit_lon"][0] == pytest.approx(35.6, abs=1e-6)


def test_where_the_line_ends_being_nearest_is_found_to_a_metre():
    """The perpendicular at the western end: where the nearest point of the line stops being its end."""
    west = shapely.LineString([(35.5, 35.7), (36.3, 35.7)])
    at = holding.holdings(table(west=west), FRONT)["to_km"][0]
    before, after = (at_km(west, at + step) for step in (-0.002, 0.002))
    xy = shapely.get_coordinates(FRONT.geometry)
    to_end = [Geodesic.WGS84.Inverse(35.5, 36.0, lat, lon)["s12"] for lon, lat in (before, after)]
    assert distance_m(*before, xy) == pytest.approx(to_end[0], abs=1e-6)
    assert distance_m(*after, xy) < to_end[1]


def test_farther_than_the_reach_the_line_says_nothing():
    out = shapely.LineString([(36.3, 35.6), (36.3, 36.0)])
    found = holding.holdings(table(out=out), FRONT, reach_km=20)
    assert found["holder"].tolist() == ["north", "unknown"]
    lon, lat = at_km(out, found["to_km"][0])
    assert distance_m(lon, lat, shapely.get_coordinates(FRONT.geometry)) == pytest.approx(20_000, abs=2)
    with pytest.raises(InputError, match="reach_km is -1"):
        holding.holdings(table(out=out), FRONT, reach_km=-1)


def test_swapping_the_names_of_the_parties_swaps_the_rows():
    other = dataclasses.replace(FRONT, left="south", right="north")
    names = {"north": "south", "south": "north"}
    one, two = holding.holdings(ROADS, FRONT), holding.holdings(ROADS, other)
    assert one["holder"].map(names).tolist() == two["holder"].tolist()
    assert one["to_km"].tolist() == two["to_km"].tolist()
    assert holding.crossings(ROADS, other)["from_party"].tolist() == ["north", "south", "north"]


def test_columns_are_as_documented(sochi):
    held = holding.holdings(sochi.roads, sochi.line, places=sochi.places)
    crossed = holding.crossings(sochi.roads, sochi.line, places=sochi.places)
    assert [*held.columns] == [*holding.COLUMNS, "geometry"]
    assert [*crossed.columns] == [*holding.CROSSING_COLUMNS, "geometry"]


def test_the_idlib_roads_are_held_as_the_facts_computed(sochi):
    """Facts, on coarser polylines: M4 to Saraqib 63.4 km, M5 42.9 and 63.3 km inside the opposition's area."""
    held = holding.held(holding.holdings(sochi.roads, sochi.line)).set_index(["corridor", "holder"])["length_km"]
    assert held["m4", "opposition"] == pytest.approx(63.4 + 42.9, abs=1.0)
    assert held["m5", "opposition"] == pytest.approx(42.9 + 63.3, abs=1.0)
    crossed = holding.crossings(sochi.roads, sochi.line, places=sochi.places)
    assert crossed.groupby("corridor").size().to_dict() == dict.fromkeys(sochi.roads["corridor"], 2)
