"""The Idlib case: against numbers computed by others, and by other means."""

from __future__ import annotations

import csv

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import shared
from truth import area_m2, distance_m

from dmz import compare, corridor, exposure, geodesy, patrol, placing
from dmz.line import Line, holders
from dmz.zone import zones


@pytest.fixture(scope="module")
def reference() -> dict[str, float]:
    """Numbers of the facts, computed there without this library."""
    with shared("facts/reference_numbers_computed.csv").open(encoding="utf-8", newline="") as file:
        return {row["quantity"].strip(): float(row["value"].split("/")[0]) for row in csv.DictReader(file)}


def summed(sochi, reading: str, extent: str) -> float:
    return sochi.comparison.set_index("reading").loc[reading, f"area_{extent}_km2"]


def test_deep_is_that_of_the_facts_within_one_per_cent(sochi, reference):
    for km, extent in ((15, "core"), (20, "full")):
        expected = reference[f"zone {km} km deep on the opposition side only (memorandum reading)"]
        assert summed(sochi, "deep", extent) == pytest.approx(expected, rel=0.01)


def test_total_width_is_that_of_the_facts_within_one_per_cent(sochi, reference):
    for km, extent in ((15, "core"), (20, "full")):
        expected = reference[
            f"zone {km} km wide centred on the line (news-article reading), flat ends, incl. slivers of Turkey"
        ]
        flat = zones(Line(sochi.line.geometry, "a", "b"), depth_km=km / 2, ends="flat")["area_km2"].sum()
        assert flat == pytest.approx(expected, rel=0.01)
        assert summed(sochi, "total-width", extent) == pytest.approx(expected, rel=0.01)


def test_the_m4_strip_of_2020_is_that_of_the_facts(sochi, reference):
    """6 km on each side, ends flat, between the places of the protocol."""
    stretch = sochi.routes[sochi.routes["id"] == "patrol-22"].geometry.iloc[0]
    strip = zones(Line(stretch, "north", "south"), depth_km=6, ends="flat")
    assert strip["area_km2"].sum() == pytest.approx(
        reference["M4 corridor 6 km N + 6 km S, Ain al-Hawr to Trumba, flat ends"], rel=0.02
    )


def test_every_settlement_of_the_facts_lies_on_its_stated_side(sochi):
    stated = sochi.places[sochi.places["holder"].notna()]
    assert len(stated) == 232
    bare = Line(sochi.line.geometry, "opposition", "government")
    wrong = stated[holders(bare, shapely.get_coordinates(stated.geometry.array)) != stated["holder"].to_numpy()]
    assert wrong["name"].tolist() == []
    by_area = holders(sochi.line, shapely.get_coordinates(stated.geometry.array))
    assert stated["name"][by_area != stated["holder"].to_numpy()].tolist() == []


def test_areas_are_those_of_geographiclib(sochi):
    for row in sochi.zones.itertuples():
        assert row.area_km2 == pytest.approx(area_m2(row.geometry) / 1e6, rel=1e-9)


def test_each_reading_is_a_coverage_and_no_zone_lies_in_afrin_or_abroad(sochi):
    afrin = sochi.line.areas.set_index("party").geometry["turkish-held"]
    theatre = sochi.store.open("idlib/theatre").union_all()
    for _, belts in sochi.zones.groupby("reading"):
        assert shapely.coverage_is_valid(belts.geometry.array)
        ground = belts.union_all()
        shared_m2 = geodesy.area(shapely.intersection(ground, afrin))
        assert shared_m2 < 0.1 * geodesy.length(afrin), "no more than the rounding of coordinates along the boundary"
        assert theatre.buffer(1e-6).covers(ground)


def test_posts_lie_as_far_from_the_line_as_the_facts_say(sochi):
    with shared("facts/observation_posts.csv").open(encoding="utf-8", newline="") as file:
        facts = {f"post-{row['no']}": float(row["distance_to_model_contact_line_km"]) for row in csv.DictReader(file)}
    posts = sochi.store.open("idlib/posts")
    found = geodesy.distance(shapely.get_coordinates(posts.geometry.array), sochi.line.geometry) / 1000
    assert dict(zip(posts["id"], found.round(1), strict=True)) == pytest.approx(facts, abs=0.06)


def test_a_piece_of_road_starts_and_ends_where_its_chainage_says(sochi):
    roads = sochi.roads.set_index("corridor").geometry
    for piece in sochi.corridors.itertuples():
        assert piece.length_km == pytest.approx(geodesy.length(piece.geometry) / 1000, abs=0.002)
        for km, lon, lat in (
            (piece.from_km, piece.entry_lon, piece.entry_lat),
            (piece.to_km, piece.exit_lon, piece.exit_lat),
        ):
            at = geodesy.interpolate(roads[piece.corridor], km * 1000)
            assert geodesy.GEOD.inv(at.x, at.y, lon, lat)[2] < 1.0


def test_road_pieces_add_up_to_the_road_inside_the_zone(sochi):
    road = geodesy.densify(sochi.roads.set_index("corridor").geometry["m4"], 200)
    xy = shapely.get_coordinates(road)
    middle, step = (xy[:-1] + xy[1:]) / 2, np.asarray(geodesy.GEOD.inv(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])[2])
    ground = sochi.zones[sochi.zones["reading"] == "deep"].union_all()
    counted = step[shapely.contains_xy(ground, middle[:, 0], middle[:, 1])].sum() / 1000
    totals = corridor.totals(sochi.corridors)
    found = totals[(totals["corridor"] == "m4") & (totals["reading"] == "deep")]["length_km"].sum()
    assert found == pytest.approx(counted, abs=1.0)


def test_pieces_of_a_road_follow_each_other_without_overlap(sochi):
    for _, pieces in sochi.corridors.groupby(["corridor", "reading"]):
        ordered = pieces.sort_values("from_km")
        assert (ordered["from_km"].to_numpy()[1:] >= ordered["to_km"].to_numpy()[:-1] - 0.002).all()


def test_settlements_in_a_zone_are_within_its_depth_by_geographiclib(sochi):
    xy = shapely.get_coordinates(sochi.line.geometry)
    reach = {"deep": (15, 20), "total-width": (7.5, 10), "each-side": (15, 20)}
    for row in placing.within(sochi.settlements).iloc[::12].itertuples():
        distance_km = distance_m(row.geometry.x, row.geometry.y, xy) / 1000
        assert row.distance_km == pytest.approx(distance_km, abs=0.001)
        core, full = reach[row.reading]
        assert (0 if row.band == "core" else core) < distance_km <= (core if row.band == "core" else full)


def test_unknown_population_is_counted_and_never_summed_as_zero(sochi):
    xy = shapely.get_coordinates(sochi.places.geometry.array)
    settled = sochi.places[sochi.places["kind"] == "settlement"]
    for row in sochi.comparison.itertuples():
        for extent, bands in {"core": ["core"], "full": ["core", "fringe"]}.items():
            belts = sochi.zones[(sochi.zones["reading"] == row.reading) & sochi.zones["band"].isin(bands)]
            inside = shapely.contains_xy(belts.union_all(), xy[:, 0], xy[:, 1])
            people = settled.loc[inside[settled.index], "population"]
            assert getattr(row, f"settlements_population_unknown_{extent}") == people.isna().sum()
            assert getattr(row, f"settlements_{extent}") == len(people)
            assert getattr(row, f"population_known_{extent}") == people.dropna().sum()
    assert "hill" not in set(sochi.places.set_index("id").loc[sochi.settlements["settlement"], "kind"])


def test_a_patrol_on_the_boundary_covers_its_part_of_it_and_no_more(sochi):
    rows = sochi.patrols[(sochi.patrols["reading"] == "deep") & (sochi.patrols["extent"] == "core")].set_index("patrol")
    along_line, along_edge = rows.loc["deep-opposition-0-km"], rows.loc["deep-opposition-15-km"]
    assert along_line["boundary_share"] == pytest.approx(along_line["length_km"] / along_line["boundary_km"], abs=0.01)
    assert along_line["boundary_share"] + along_edge["boundary_share"] == pytest.approx(1.0, abs=0.01)
    assert along_line["length_km"] == pytest.approx(sochi.line.length_km, rel=1e-3)


def test_every_edge_lies_at_its_depth_by_geographiclib(sochi):
    xy = shapely.get_coordinates(sochi.line.geometry)
    for edge in patrol.edges(sochi.zones, sochi.line).itertuples():
        points = shapely.get_coordinates(edge.geometry)
        for lon, lat in points[:: max(1, len(points) // 5)]:
            assert distance_m(lon, lat, xy) == pytest.approx(edge.depth_m, abs=3.0)


def test_a_patrol_that_stays_away_covers_nothing(sochi):
    away = sochi.routes[sochi.routes["id"] == "patrol-1"]
    covered = patrol.coverage(away, sochi.zones, patrol.edges(sochi.zones, sochi.line))
    assert (covered["boundary_share"] == 0).all()
    assert (covered["in_zone_km"] == 0).all()
    assert covered["length_km"].round(2).eq(4.5).all()


def test_core_is_never_more_than_full(sochi):
    table = sochi.comparison
    against_another = ("jaccard", "settlements_gained", "settlements_lost")
    for column in [name for name in table if "_core" in name and not name.startswith(against_another)]:
        assert (table[column] <= table[column.replace("_core", "_full")]).all(), column


def test_people_of_whom_no_figure_is_known_are_unknown_and_not_none(front):
    laid = zones(front, depth_km=5)
    towns = gpd.GeoDataFrame(
        {"id": ["a", "b"], "name": ["A", "B"], "population": [None, None]},
        geometry=[shapely.Point(36.2, 35.47), shapely.Point(36.2, 35.44)],
        crs="EPSG:4326",
    )
    table = compare.readings(laid, front, settlements=exposure.settlements(towns, laid, front), corridors=None)
    row = table.iloc[0]
    assert row["settlements_core"] == 2
    assert pd.isna(row["population_known_core"])
    assert compare.span(row["population_known_core"], row["population_known_full"]) == "unknown"
