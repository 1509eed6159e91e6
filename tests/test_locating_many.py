"""Depths straight from the distance, and one point against many lines, held against a distance for each."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from geodesic_truth import Truth

import dmz
from dmz import geodesy
from dmz.errors import GeometryError, InputError
from dmz.line import Line
from dmz.locating.many import many
from dmz.locating.measures import bands


def draws(count: int, seed: int = 0, vertices: int = 120) -> list[shapely.LineString]:
    """Lines about one front of 100 km, some that cross themselves, some in two parts."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 1, vertices)
    made = []
    for number in range(count):
        off = sum(rng.normal(0, 0.02) * np.sin(2 * np.pi * (f * t + rng.uniform())) for f in range(1, 9))
        xy = np.column_stack([36 + t + rng.normal(0, 0.004, vertices), 35.5 + off])
        line = shapely.LineString(xy)
        made.append(shapely.MultiLineString([xy[:50], xy[55:]]) if number % 7 == 3 else line)
    return made


def around(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform((35.6, 35.1), (37.4, 35.9), (count, 2))


@pytest.mark.parametrize("count", [1, 37, 5_000])
def test_shares_are_those_of_a_distance_to_each_line(count):
    lines, xy = draws(12), around(count)
    found = many(xy, lines, depths_km=(3, 15))
    for depth in (3, 15):
        inside = np.mean([geodesy.distance(xy, line) <= depth * 1000 for line in lines], axis=0)
        assert found[f"within_{depth}_km_share"].to_numpy() == pytest.approx(inside, abs=1e-12)


def test_shares_against_the_geodesic_truth():
    lines, xy = draws(5, seed=4), around(300, seed=4)
    inside = np.mean([Truth.of(line).distance(xy) <= 12_000 for line in lines], axis=0)
    assert (many(xy, lines, depths_km=[12])["within_12_km_share"].to_numpy() == inside).all()


def test_points_upon_the_edge_of_a_zone_are_measured():
    """A millimetre about the edge of a buffer no node of the tree and no vertex of the line decides."""
    (line,) = draws(1, seed=2)
    xy = shapely.get_coordinates(geodesy.buffer(line, 10_000, 0.001))
    xy += np.random.default_rng(2).normal(0, 1e-8, xy.shape)
    away = geodesy.distance(xy, line)
    xy, inside = xy[np.abs(away - 10_000) > 1e-6], (away <= 10_000)[np.abs(away - 10_000) > 1e-6]
    assert 0.05 < inside.mean() < 0.95
    assert (many(xy, [line], depths_km=[10])["within_10_km_share"] == inside).all()


def test_points_all_in_one_place_and_over_the_antimeridian():
    line = shapely.LineString([(179.5, 0), (-179.5, 0.3)])
    xy = np.array([(180.0, 0.2)] * 50 + [(-180.0, 0.2)] * 50 + [(179.9, 0.6)] * 3)
    found = many(xy, [line], depths_km=[20])["within_20_km_share"]
    assert found.tolist() == (geodesy.distance(xy, line) <= 20_000).astype(float).tolist()


def test_quantiles_are_the_greatest_that_is_reached():
    """Ten lines one above the other, 2 km apart: a point is within 5 km of those that are."""
    lines = [shapely.LineString([(36, 35 + number * 0.018), (37, 35 + number * 0.018)]) for number in range(10)]
    xy = np.array([(36.5, 35.0 + 0.018 * k) for k in (-2, 0, 4, 30)])
    found = many(xy, lines, depths_km=[5], quantiles=(0.05, 0.3, 0.5))
    assert found["within_5_km_share"].tolist() == [0.1, 0.3, 0.5, 0.0]
    assert found["within_5_km_quantile"].tolist()[:3] == [0.05, 0.3, 0.5]
    assert np.isnan(found["within_5_km_quantile"].iloc[3])


def test_what_has_no_place_is_unknown_and_not_outside():
    found = many([(np.nan, 35.5), (36.5, 95.0), (36.5, 35.5)], draws(3), depths_km=[40])
    assert found["within_40_km_share"].isna().tolist() == [True, True, False]
    assert len(many(np.empty((0, 2)), draws(2), depths_km=[5])) == 0
    assert many([(np.nan, np.nan)], draws(2), depths_km=[5]).isna().all(axis=None)


def test_what_makes_no_sense_is_refused():
    for depths in ([], [0], [-3], [500]):
        with pytest.raises(InputError, match="depths_km"):
            many([(36, 35)], draws(1), depths_km=depths)
    with pytest.raises(InputError, match="no lines"):
        many([(36, 35)], [], depths_km=[5])
    with pytest.raises(InputError, match="quantiles"):
        many([(36, 35)], draws(1), depths_km=[5], quantiles=(0, 50))
    with pytest.raises(InputError, match="shape"):
        many([36, 35], draws(1), depths_km=[5])
    with pytest.raises(GeometryError, match="empty"):
        many([(36, 35)], [shapely.LineString()], depths_km=[5])


def test_bands_are_the_zones_without_the_polygons(front):
    xy = np.random.default_rng(5).uniform((35.7, 35.2), (36.8, 35.8), (2_000, 2))
    found = bands(xy, front, (15, 20))
    zones = dmz.zones(front, depth_km=(15, 20))
    located = dmz.locate(xy, zones)
    core, fringe = (found["depth_km"] == 15).to_numpy(), (found["depth_km"] == 20).to_numpy()
    near_an_edge = (np.abs(np.abs(found["distance_m"]) - 15_000) < 2) | (
        np.abs(np.abs(found["distance_m"]) - 20_000) < 2
    )
    clear = ~near_an_edge.to_numpy()
    assert ((located["band"] == "core").to_numpy() == core)[clear].all()
    assert ((located["band"] == "fringe").to_numpy() == fringe)[clear].all()
    inside = clear & (core | fringe)
    assert (located["party"].astype(str) == found["party"].astype(str))[inside].all()


def test_a_band_holds_its_far_edge_and_not_its_near_one():
    """A point at a geodesic distance of 15 km to the last bit is within 15 km."""
    line = Line(shapely.LineString([(36.0, 35.5), (37.0, 35.5)]), left="n", right="s")
    xy = [(36.5, 35.6)]
    away = abs(bands(xy, line, [50])["distance_m"].iloc[0]) / 1000
    assert bands(xy, line, [away, 50])["depth_km"].iloc[0] == away
    assert bands(xy, line, [np.nextafter(away, 0), 50])["depth_km"].iloc[0] == 50
    on_it = bands(shapely.get_coordinates(line.geometry), line, [1])
    assert on_it["party"].tolist() == ["n", "n"]
    assert on_it["depth_km"].tolist() == [1, 1]


def test_many_depths_cost_what_one_does(front):
    xy = np.random.default_rng(5).uniform((35.7, 35.2), (36.8, 35.8), (60_000, 2))
    took: dict[int, list[float]] = {1: [], 51: []}
    for _ in range(3):
        for count, times in took.items():
            start = time.process_time()
            bands(xy, front, np.linspace(1, 51, count))
            times.append(time.process_time() - start)
    assert min(took[51]) < 1.5 * min(took[1])


def test_bands_keep_what_has_no_place(front):
    found = bands([(np.nan, 35.5), (36.2, 35.47), (36.2, 200)], front, [15])
    assert found.isna().all(axis=1).tolist() == [True, False, True]
    for depths in ([], [0.0], [-1]):
        with pytest.raises(InputError, match="depths_km"):
            bands([(36, 35)], front, depths)
