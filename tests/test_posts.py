"""Ground and lengths within reach of patrols and posts: closed forms, random points by an independent truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from patrol_cases import near, sampled, table, wobbly
from truth import area_m2

import dmz
from dmz import coverage, posts, swept
from dmz.errors import GeometryError, InputError

EQUATOR = shapely.LineString([(0, 0), (1, 0)])
RADIUS_M = 8_000.0


@pytest.fixture(scope="module")
def zones(front):
    return dmz.zones(front, depth_km=(6, 10))


def monte_carlo(zone: shapely.Geometry, count: int = 60_000) -> np.ndarray:
    """Random points in a zone, even on the ground to a few parts in a thousand."""
    west, south, east, north = zone.bounds
    rng = np.random.default_rng(1)
    xy = np.column_stack([rng.uniform(west, east, count), rng.uniform(south, north, count)])
    return xy[shapely.contains_xy(zone, xy[:, 0], xy[:, 1])]


# --------------------------------------------------------------------------------------------------------- swept area


def test_a_straight_patrol_sweeps_its_length_by_its_swath_and_two_half_discs():
    (row,) = swept.strips(table([EQUATOR]), within_m=2_000).to_dict("records")
    flat_km2 = (111.3195 * 4) + np.pi * 4
    assert row["area_km2"] == pytest.approx(flat_km2, rel=1e-3)
    assert row["swath_km"] == 4


def test_two_patrols_on_one_road_sweep_it_twice_unmerged_and_once_merged(zones):
    road = wobbly(4, 30, 20, at=(36.1, 35.5))
    one, two = (
        swept.swept(swept.strips(table(shapes), within_m=1_000), zones).iloc[0] for shapes in ([road], [road, road])
    )
    assert two["swept_unmerged_km2"] == pytest.approx(2 * one["swept_unmerged_km2"])
    assert two["swept_merged_km2"] == pytest.approx(one["swept_merged_km2"], rel=1e-6)
    assert two["swept_share"] == pytest.approx(one["swept_share"], rel=1e-6)


def test_the_share_of_a_zone_is_that_of_random_points(zones):
    roads = [wobbly(4, 30, 20, at=(36.1, 35.5)), wobbly(5, 30, 20, at=(36.15, 35.52))]
    found = swept.swept(swept.strips(table(roads), within_m=1_500), zones).set_index("extent")
    for extent, bands in (("core", ["core"]), ("full", ["core", "fringe"])):
        zone = zones[zones["band"].isin(bands)].union_all()
        xy = monte_carlo(zone)
        inside = np.any([near(xy, road, 1_500) for road in roads], axis=0)
        assert found.loc[extent, "swept_share"] == pytest.approx(inside.mean(), abs=0.008)
        assert found.loc[extent, "zone_km2"] == pytest.approx(area_m2(zone) / 1e6, rel=1e-6)


def test_a_patrol_cut_in_two_sweeps_the_same_ground(zones):
    xy = shapely.get_coordinates(wobbly(4, 30, 20, at=(36.1, 35.5)))
    whole = [shapely.LineString(xy)]
    halves = [shapely.LineString(xy[:12]), shapely.LineString(xy[11:])]
    one, two = (swept.swept(swept.strips(table(shapes), within_m=1_000), zones) for shapes in (whole, halves))
    assert two["swept_merged_km2"].to_numpy() == pytest.approx(one["swept_merged_km2"].to_numpy(), rel=2e-4)


def test_without_a_report_the_share_is_unknown(zones):
    found = swept.swept(swept.strips(table([EQUATOR]).iloc[:0], within_m=1_000), zones)
    assert found[["swept_unmerged_km2", "swept_merged_km2", "swept_share"]].isna().all(axis=None)
    assert {*found["known"]} == {coverage.UNKNOWN}
    assert (found["zone_km2"] > 0).all()


# -------------------------------------------------------------------------------------------------------------- posts


def row_of(found: pd.DataFrame, operator: str = "all") -> dict:
    return found[found["operator"] == operator].iloc[0].to_dict()


def test_uncertainty_widens_and_narrows_what_a_post_sees():
    """On the equator: 2 (R - u), 2 R, 2 (R + u)."""
    placed = posts.posts(table([shapely.Point(0.5, 0)], key="id", operator=["a"], uncertainty_km=[3.0]))
    row = row_of(posts.along_lines(placed, coverage.tracks(EQUATOR), radius_m=RADIUS_M))
    assert [row[f"{name}_km"] for name in posts.REACHES] == pytest.approx([16, 10, 22], abs=2e-3)


def test_a_post_whose_uncertainty_is_unknown_or_larger_than_the_radius_is_certain_of_nothing():
    placed = posts.posts(table([shapely.Point(0.3, 0), shapely.Point(0.7, 0)], key="id", uncertainty_km=[None, 9.0]))
    row = row_of(posts.along_lines(placed, coverage.tracks(EQUATOR), radius_m=RADIUS_M))
    assert row["seen_least_km"] == 0
    assert row["seen_most_km"] == pytest.approx(16 + 34, abs=4e-3)


def test_lengths_and_counts_are_those_of_dense_points():
    line = wobbly(7, 50, 50)
    shapes = [shapely.Point(36.1, 35.5), shapely.Point(36.2, 35.53), shapely.Point(36.5, 35.45)]
    placed = posts.posts(table(shapes, key="id"))
    tracks = coverage.tracks(line)
    points, steps = sampled(line, 10.0)
    count = np.sum([near(points, shape, RADIUS_M) for shape in shapes], axis=0)
    row = row_of(posts.along_lines(placed, tracks, radius_m=RADIUS_M))
    assert row["seen_km"] == pytest.approx(steps[count > 0].sum() / 1000, abs=0.05)
    assert row["most_posts"] == count.max() == 2
    found = posts.stretches(placed, tracks, radius_m=RADIUS_M)
    assert found["length_km"].sum() == pytest.approx(steps.sum() / 1000, abs=1e-6)
    for number in range(3):
        mine = found.loc[found["posts"] == number, "length_km"].sum()
        assert mine == pytest.approx(steps[count == number].sum() / 1000, abs=0.05)
    assert (found["who"].str.count("p").to_numpy() == found["posts"].to_numpy()).all()


def test_two_discs_share_the_lens_of_plane_geometry():
    """At the equator over a few kilometres the ellipsoid is flat to a part in ten thousand."""
    zone = dmz.zones(dmz.line.Line(EQUATOR, "n", "s"), depth_km=60)
    apart_m, r = 10_000.0, RADIUS_M
    east = 0.5 + apart_m / 111_319.49
    placed = posts.posts(table([shapely.Point(0.5, 0), shapely.Point(east, 0)], key="id"))
    row = row_of(posts.areas(placed, zone, radius_m=r))
    lens = 2 * r**2 * np.arccos(apart_m / (2 * r)) - apart_m / 2 * np.sqrt(4 * r**2 - apart_m**2)
    assert row["seen_by_two_km2"] == pytest.approx(lens / 1e6, rel=2e-3)
    assert row["seen_km2"] == pytest.approx((2 * np.pi * r**2 - lens) / 1e6, rel=1e-3)


def test_area_by_two_posts_is_that_of_random_points(zones):
    shapes = [
        shapely.Point(36.1, 35.5),
        shapely.Point(36.2, 35.53),
        shapely.Point(36.22, 35.45),
        shapely.Point(36.4, 35.5),
    ]
    row = row_of(posts.areas(posts.posts(table(shapes, key="id")), zones, radius_m=RADIUS_M))
    xy = monte_carlo(zones[zones["band"] == "core"].union_all())
    count = np.sum([near(xy, shape, RADIUS_M) for shape in shapes], axis=0)
    assert row["seen_share"] == pytest.approx((count > 0).mean(), abs=0.008)
    assert row["seen_by_two_km2"] / row["zone_km2"] == pytest.approx((count > 1).mean(), abs=0.008)


def test_operators_without_a_place_are_unknown_and_not_blind():
    placed = posts.posts(table([shapely.Point(0.5, 0)], key="id", operator=["turkey"]))
    found = posts.along_lines(placed, coverage.tracks(EQUATOR), radius_m=RADIUS_M, reported={"turkey": 1, "russia": 10})
    russia, everyone, turkey = (row_of(found, name) for name in ("russia", "all", "turkey"))
    assert (russia["posts_placed"], russia["posts_reported"], russia["known"]) == (0, 10, posts.NO_PLACE)
    assert all(pd.isna(russia[name]) for name in ("seen_km", "seen_share", "gaps", "longest_gap_km", "most_posts"))
    assert (everyone["posts_reported"], everyone["known"]) == (11, coverage.AT_LEAST)
    assert (turkey["known"], turkey["method"]) == (posts.ALL_PLACED, "distance only, not line of sight")


def test_the_posts_of_idlib_by_the_independent_truth(sochi):
    layer = sochi.store.open("idlib/posts")
    placed = posts.posts(layer)
    assert len(placed) == 12
    counts = {"turkey": 12, "russia": 10, "iran": 7}
    found = posts.along_lines(placed, coverage.tracks(sochi.line.geometry), radius_m=10_000, reported=counts)
    points, steps = sampled(sochi.line.geometry, 50.0)
    seen = near(points, shapely.MultiPoint(list(layer.geometry)), 10_000)
    row = row_of(found, "turkey")
    assert row["seen_km"] == pytest.approx(steps[seen].sum() / 1000, abs=0.5)
    assert row["seen_least_km"] < row["seen_km"] < row["seen_most_km"]
    assert {*found.loc[found["known"] == posts.NO_PLACE, "operator"]} == {"iran", "russia"}
    ground = posts.areas(placed, sochi.zones, radius_m=10_000, reported=counts)
    assert (ground["seen_least_km2"].fillna(0) <= ground["seen_km2"].fillna(0)).all()
    assert len(ground) == 4 * 6


def test_faults_of_posts_are_named():
    with pytest.raises(GeometryError, match="is a LineString, and a post is a Point"):
        posts.posts(table([EQUATOR], key="id"))
    with pytest.raises(InputError) as caught:
        posts.posts(
            table([shapely.Point(0, 0)] * 3, key="id", uncertainty_km=["far", -1, 2]).assign(id=["a", "b", "a"])
        )
    assert len(caught.value.faults) == 3
    with pytest.raises(InputError, match="no column post or id"):
        posts.posts(table([shapely.Point(0, 0)], key="name"))
    with pytest.raises(InputError, match="radius_m is 0"):
        posts.stretches(posts.posts(table([shapely.Point(0, 0)], key="id")), coverage.tracks(EQUATOR), radius_m=0)


def test_every_column_is_documented(zones):
    placed = posts.posts(table([shapely.Point(36.1, 35.5)], key="id"))
    tracks = coverage.tracks(EQUATOR)
    assert [*placed] == [*posts.POST_COLUMNS, "geometry"]
    assert [*posts.along_lines(placed, tracks, radius_m=1)] == [*posts.LINE_COLUMNS]
    assert [*posts.stretches(placed, tracks, radius_m=1)] == [*posts.STRETCH_COLUMNS]
    assert [*posts.areas(placed, zones, radius_m=1_000)] == [*posts.AREA_COLUMNS]
    assert [*swept.strips(table([EQUATOR]), within_m=1_000)] == [*swept.STRIP_COLUMNS, "geometry"]


# -------------------------------------------------------------------------------------------------------- one by one


def test_each_post_has_its_own_length_and_what_it_shares_with_others():
    """On the equator 111.3195 km a degree: posts at 0.50 and 0.60 degrees, 11.13 km apart, see 16 km each."""
    shapes = [shapely.Point(0.5, 0), shapely.Point(0.6, 0), shapely.Point(0.1, 1)]
    placed = posts.posts(table(shapes, key="id", operator=["a", "b", "c"], uncertainty_km=[3.0, 0.0, None]))
    found = posts.each(placed, coverage.tracks(EQUATOR), radius_m=RADIUS_M)
    assert found["seen_km"].tolist() == pytest.approx([16, 16, 0], abs=2e-3)
    assert found["seen_least_km"].tolist() == pytest.approx([10, 16, 0], abs=2e-3)
    assert found["seen_most_km"].tolist() == pytest.approx([22, 16, 0], abs=2e-3)
    assert found["shared_km"].tolist() == pytest.approx([16 - 11.13195] * 2 + [0], abs=4e-3)
    assert found["off_line_km"].tolist() == pytest.approx([0, 0, 110.574], abs=2e-3)
    assert found["at_km"].tolist() == pytest.approx([55.660, 66.792, 11.132], abs=2e-3)
    assert [*found.columns] == [*posts.EACH_COLUMNS, "geometry"]


def test_a_line_of_two_parts_is_seen_as_one():
    parts = shapely.MultiLineString([[(0, 0), (0.4, 0)], [(0.6, 0), (1, 0)]])
    placed = posts.posts(table([shapely.Point(0.41, 0), shapely.Point(0.7, 0)], key="id"))
    found = posts.each(placed, coverage.tracks(parts), radius_m=RADIUS_M)
    assert found["seen_km"].tolist() == pytest.approx([8 - 1.113195, 16], abs=2e-3)
    assert found["at_km"].tolist() == pytest.approx([0.4 * 111.3195, 11.13195], abs=2e-3)
