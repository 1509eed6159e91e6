"""Coverage along lines: closed forms on the equator, dense points by an independent truth, properties."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import spiral
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from patrol_cases import near, ring, runs, sampled, table, wobbly

import dmz
from dmz import coverage, geodesy
from dmz.errors import GeometryError, InputError

A = Geodesic.WGS84.a
EQUATOR = shapely.LineString([(0, 0), (1, 0)])
DEGREE_M = A * np.pi / 180


def share(line, routes, within_m, **options) -> pd.Series:
    return coverage.cover(table(routes), coverage.tracks(line), within_m=within_m, **options).shares.iloc[0]


# ------------------------------------------------------------------------------------------------------ closed forms


def test_a_meridian_covers_twice_its_reach_of_the_equator():
    """The equator is a geodesic, and the meridian's nearest point to a point on it is the crossing."""
    crossing = shapely.LineString([(0.5, -1), (0.5, 1)])
    found = coverage.cover(table([crossing]), coverage.tracks(EQUATOR), within_m=5_000)
    (row,) = found.passes.itertuples()
    assert (row.from_km, row.to_km) == pytest.approx(
        ((DEGREE_M / 2 - 5_000) / 1000, (DEGREE_M / 2 + 5_000) / 1000), abs=5e-4
    )
    assert found.shares["covered_share"].item() == pytest.approx(10_000 / DEGREE_M, abs=1e-5)
    assert found.gaps["length_km"].tolist() == pytest.approx([(DEGREE_M / 2 - 5_000) / 1000] * 2, abs=1e-3)


def test_a_post_on_the_equator_covers_twice_its_radius_of_it():
    row = share(EQUATOR, [shapely.Point(0.25, 0)], 7_500)
    assert row["covered_km"] == pytest.approx(15.0, abs=1e-3)
    assert (row["longest_gap_from_km"], row["longest_gap_to_km"]) == pytest.approx(
        (DEGREE_M / 4000 + 7.5, DEGREE_M / 1000), abs=1e-3
    )


def test_the_line_itself_covers_all_of_itself_and_a_far_one_nothing():
    everything = share(EQUATOR, [EQUATOR], 1)
    assert (everything["covered_share"], everything["gaps"], everything["longest_gap_km"]) == (1.0, 0, 0.0)
    nothing = share(EQUATOR, [shapely.LineString([(0, 3), (1, 3)])], 5_000)
    assert (nothing["covered_km"], nothing["gaps"]) == (0.0, 1)
    assert nothing["longest_gap_km"] == pytest.approx(DEGREE_M / 1000, abs=1e-9)


def test_a_gap_over_the_start_of_a_ring_is_one_gap():
    loop = ring(15)
    away = shapely.Point(36.0 - 15 / 91.3, 35.0)  # opposite the start
    found = coverage.cover(table([away]), coverage.tracks(loop), within_m=4_000)
    (gap,) = found.gaps.itertuples()
    assert gap.over_start
    assert gap.from_km > gap.to_km > 0
    length_km = geodesy.length(loop) / 1000
    assert gap.length_km + found.shares["covered_km"].item() == pytest.approx(length_km, abs=1e-9)
    assert geodesy.length(gap.geometry) / 1000 == pytest.approx(gap.length_km, abs=1e-6)


def test_a_pass_over_the_start_of_a_ring_leaves_one_gap_that_is_not_over_it():
    loop = ring(15)
    found = coverage.cover(table([shapely.Point(loop.coords[0])]), coverage.tracks(loop), within_m=4_000)
    assert len(found.passes) == 2
    (gap,) = found.gaps.itertuples()
    assert not gap.over_start
    assert 0 < gap.from_km < gap.to_km < geodesy.length(loop) / 1000


# ------------------------------------------------------------------------- dense points, by a truth that is not ours

TRACKS = {
    "road": wobbly(1, 60, 45),
    "spiral": spiral(5, 12, 1.4),
    "ring": ring(12),
    "antimeridian": shapely.LineString([(179.7, -17), (179.95, -16.9), (180.2, -17.05)]),
    "north": shapely.LineString([(20, 78), (21, 78.1), (22.5, 78.05)]),
    "sparse": shapely.LineString([(36, 35), (36.7, 35.2)]),
}
ROUTES = {
    "road": [wobbly(2, 40, 15, at=(36.1, 35.51)), wobbly(3, 30, 8, at=(36.3, 35.46))],
    "spiral": [shapely.LineString([(35.9, 34.9), (36.1, 35.1)]), shapely.Point(36.1, 34.95)],
    "ring": [shapely.LineString([(36.12, 34.9), (36.12, 35.1)]), shapely.LineString([(35.8, 35), (36, 35)])],
    "antimeridian": [shapely.LineString([(179.9, -17.1), (-179.95, -16.9)])],
    "north": [shapely.LineString([(20.5, 78.0), (20.8, 78.2), (22, 78.1)])],
    "sparse": [
        shapely.LineString([(36.2, 35.04), (36.5, 35.16)]),
        shapely.MultiLineString([[(36, 35), (36.01, 35)], [(36.68, 35.2), (36.7, 35.25)]]),
    ],
}


@pytest.mark.parametrize("name", TRACKS)
@pytest.mark.parametrize("within_m", [300.0, 2_000.0])
def test_share_and_gaps_are_those_of_dense_points(name, within_m):
    line = TRACKS[name]
    points, steps = sampled(line, 10.0)
    each = [near(points, shape, within_m) for shape in ROUTES[name]]
    expected = np.any(each, axis=0)
    found = coverage.cover(table(ROUTES[name]), coverage.tracks(line), within_m=within_m)
    row = found.shares.iloc[0]
    assert row["length_km"] == pytest.approx(steps.sum() / 1000, abs=1e-6)
    gaps = runs(expected, steps, closed=name == "ring")
    assert row["covered_km"] == pytest.approx(steps[expected].sum() / 1000, abs=0.01 * (len(gaps) + 1))
    assert found.gaps[["from_km", "to_km"]].to_numpy().tolist() == [pytest.approx(gap, abs=0.011) for gap in gaps]
    for route, inside in zip(table(ROUTES[name])["patrol"], each, strict=True):
        mine = found.passes[found.passes["patrol"] == route]
        assert (mine["to_km"] - mine["from_km"]).sum() == pytest.approx(steps[inside].sum() / 1000, abs=0.05)


def test_a_route_that_runs_at_just_the_distance_is_judged_point_by_point():
    """Parallel at 2 km give or take 50 m: it crosses the limit again and again."""
    line = shapely.LineString([(36, 35), (36.3, 35)])
    lon = np.linspace(36, 36.3, 200)
    north_m = 2_000 + 50 * np.sin(np.arange(200) / 4)
    route = shapely.LineString(np.column_stack([lon, 35 + north_m / 110_940]))
    points, steps = sampled(line, 2.0)
    expected = near(points, route, 2_000)
    assert 0.1 < expected.mean() < 0.95
    assert share(line, [route], 2_000)["covered_km"] == pytest.approx(steps[expected].sum() / 1000, abs=0.1)


def test_the_ends_of_a_pass_are_at_the_distance():
    line, route = TRACKS["road"], ROUTES["road"][0]
    found = coverage.passes(coverage.tracks(line), table([route]), within_m=1_500)
    ends = np.array([*found["from_km"], *found["to_km"]])
    inner = ends[(ends > 0.001) & (ends < geodesy.length(line) / 1000 - 0.001)]
    at = shapely.get_coordinates(geodesy.interpolate(line, inner * 1000))
    assert len(inner) >= 2
    from geodesic_truth import Truth

    assert Truth.of(route).distance(at) == pytest.approx(1_500, abs=0.6)


# --------------------------------------------------------------------------------------------------------- properties

seeds = st.integers(0, 10_000)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(1, 6), st.sampled_from([200.0, 1_000.0, 4_000.0]))
def test_one_more_route_never_lowers_coverage(seed, count, within_m):
    line = wobbly(seed, 30, 40)
    routes = [wobbly(seed + i, 20, 10, at=(36 + 0.05 * i, 35.5)) for i in range(count + 1)]
    fewer, more = (share(line, some, within_m)["covered_km"] for some in (routes[:-1], routes))
    assert more >= fewer - 1e-9


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(2, 18))
def test_cutting_a_route_in_two_changes_nothing(seed, cut):
    line, route = wobbly(seed, 30, 40), wobbly(seed + 1, 20, 15, at=(36.1, 35.5))
    xy = shapely.get_coordinates(route)
    halves = [shapely.LineString(xy[: cut + 1]), shapely.LineString(xy[cut:])] if cut < 19 else [route]
    whole, split = (
        coverage.cover(table(shapes), coverage.tracks(line), within_m=1_000) for shapes in ([route], halves)
    )
    together = coverage.cover(table([shapely.MultiLineString(halves)]), coverage.tracks(line), within_m=1_000)
    for other in (split, together):
        pd.testing.assert_frame_equal(whole.shares, other.shares)
        pd.testing.assert_frame_equal(whole.gaps.drop(columns="geometry"), other.gaps.drop(columns="geometry"))


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_a_wider_reach_covers_what_a_narrower_one_does(seed):
    line, routes = wobbly(seed, 30, 40), [wobbly(seed + 1, 20, 15, at=(36.1, 35.52))]
    narrow, wide = (coverage.cover(table(routes), coverage.tracks(line), within_m=m).passes for m in (700, 1_400))
    for row in narrow.itertuples():
        assert ((wide["from_km"] <= row.from_km + 0.001) & (wide["to_km"] >= row.to_km - 0.001)).any()


def test_covered_and_gaps_add_up_to_the_line_and_routes_drawn_alike_count_alike():
    line, route = TRACKS["road"], ROUTES["road"][0]
    found = coverage.cover(table([route, ROUTES["road"][1], route]), coverage.tracks(line), within_m=800)
    row = found.shares.iloc[0]
    assert row["covered_km"] + found.gaps["length_km"].sum() == pytest.approx(row["length_km"], abs=1e-9)
    one, other = (found.passes[found.passes["patrol"] == name].drop(columns="patrol") for name in ("p0", "p2"))
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))


def test_each_route_may_have_a_reach_of_its_own_and_none_reaches_nothing():
    line = shapely.LineString([(0, 0), (1, 0)])
    posts = table([shapely.Point(0.2, 0), shapely.Point(0.5, 0), shapely.Point(0.8, 0)])
    found = coverage.cover(posts, coverage.tracks(line), within_m=[1_000, 3_000, -5])
    assert found.shares["covered_km"].item() == pytest.approx(8.0, abs=2e-3)
    assert np.isnan(found.shares["within_km"].item())
    assert {*found.passes["patrol"]} == {"p0", "p1"}


# ------------------------------------------------------------------------------------------- unknown, tracks, errors


def test_where_nothing_was_reported_the_answer_is_unknown_and_not_zero():
    none = table([shapely.LineString([(0, 0), (1, 1)])]).iloc[:0]
    found = coverage.cover(none, coverage.tracks(EQUATOR), within_m=1_000)
    row = found.shares.iloc[0]
    assert row[["covered_km", "covered_share", "gaps", "longest_gap_km"]].isna().all()
    assert row["known"] == coverage.UNKNOWN
    assert found.gaps.empty
    certain = coverage.cover(none, coverage.tracks(EQUATOR), within_m=1_000, complete=True).shares.iloc[0]
    assert (certain["covered_km"], certain["gaps"], certain["known"]) == (0.0, 1, coverage.ALL)


def test_a_track_in_parts_is_measured_part_by_part_and_joined_where_they_meet():
    parts = shapely.MultiLineString([[(0, 0), (0.1, 0)], [(0.1, 0), (0.2, 0)], [(0.5, 0), (0.6, 0)]])
    found = coverage.tracks(parts)
    assert found["track"].tolist() == ["line-1", "line-2"]
    assert found["start_lon"].tolist() == [0.0, 0.5]
    assert found["length_km"].tolist() == pytest.approx([DEGREE_M / 5000, DEGREE_M / 10_000], abs=1e-6)


def test_boundaries_start_in_the_north_and_keep_the_zone_on_the_right(front):
    laid = dmz.zones(front, depth_km=(5, 8))
    for row in coverage.tracks(coverage.boundaries(laid)).itertuples():
        xy = shapely.get_coordinates(row.geometry)
        assert row.closed
        assert row.start_lat == xy[:, 1].max()
        assert not shapely.is_ccw(row.geometry), "clockwise round the zone"
        belts = laid if row.extent == "full" else laid[laid["band"] == "core"]
        ground = shapely.coverage_union_all(belts.geometry.array)
        edges = geodesy.densify(ground.boundary, 1_000, edges="lonlat")
        assert row.length_km == pytest.approx(geodesy.length(edges) / 1000, rel=1e-9)


def test_a_hole_of_a_zone_is_a_track_of_its_own():
    laid = dmz.zones(dmz.line.Line(ring(15), "in", "out"), depth_km=5)
    found = coverage.tracks(coverage.boundaries(laid))
    assert found.loc[found["extent"] == "core", "track"].tolist() == ["each-side-core-1", "each-side-core-2"]
    assert (
        found["length_km"].is_monotonic_decreasing
        or found.groupby("of")["length_km"].apply(list).map(lambda km: km[0] > km[1]).all()
    )


def test_what_cannot_be_measured_is_refused_with_a_way_out():
    with pytest.raises(GeometryError, match="take its boundary"):
        coverage.tracks(shapely.box(0, 0, 1, 1))
    with pytest.raises(GeometryError, match="no length"):
        coverage.tracks(shapely.LineString([(0, 0), (0, 0)]))
    with pytest.raises(InputError, match="two lines have the id a"):
        coverage.tracks(table([EQUATOR, EQUATOR], key="id").assign(id="a"))
    parts = shapely.MultiLineString([[(0, 0), (1, 0)], [(2, 0), (3, 0)]])
    with pytest.raises(InputError, match="another line have the id a-1"):
        coverage.tracks(table({"a": parts, "a-1": EQUATOR}, key="id"))
    with pytest.raises(InputError, match="one for each of 1 routes"):
        coverage.passes(coverage.tracks(EQUATOR), table([EQUATOR]), within_m=[1, 2])


def test_every_column_is_documented():
    found = coverage.cover(table([EQUATOR]), coverage.tracks(EQUATOR), within_m=1)
    assert [*found.passes] == [*coverage.PASS_COLUMNS]
    assert [*found.shares] == [*coverage.SHARE_COLUMNS]
    assert [*found.gaps] == [*coverage.GAP_COLUMNS, "geometry"]
    assert [*coverage.tracks(EQUATOR)] == [*coverage.TRACK_COLUMNS, "geometry"]


def test_a_year_of_daily_patrols_over_600_km_takes_seconds():
    """365 routes of 500 vertices; the limit is generous, for machines under load."""
    line = wobbly(1, 4_000, 420, rough=0.0012)
    assert geodesy.length(line) > 600_000
    rng = np.random.default_rng(3)
    xy = shapely.get_coordinates(line)
    starts = rng.integers(0, len(xy) - 500, 365)
    routes = [shapely.LineString(xy[s : s + 500] + rng.normal(0, 0.02, 2)) for s in starts]
    begun = time.process_time()
    found = coverage.cover(table(routes), coverage.tracks(line), within_m=2_000)
    assert time.process_time() - begun < 15
    assert found.shares["covered_share"].item() > 0.9


# ----------------------------------------------------------------------------- from the agreement alone: no dates


def test_the_routes_the_memorandum_implies_are_measured_against_line_and_boundary(sochi):
    """Along the line and along its depth: the line is covered, of the boundary only what no text draws is left."""
    from dmz import effort

    routes = effort.routes(sochi.routes)
    implied = routes[(routes["kind"] == "implied") & (routes["reading"] == "deep")]
    line = coverage.cover(implied, coverage.tracks(sochi.line.geometry), within_m=10, complete=True).shares.iloc[0]
    assert line["covered_share"] == pytest.approx(1, abs=1e-3)
    outline = coverage.boundaries(sochi.zones)
    core = outline[(outline["reading"] == "deep") & (outline["extent"] == "core")]
    tracks = coverage.tracks(core)
    found = coverage.cover(implied, tracks, within_m=2_000, complete=True)
    points, steps = sampled(tracks.geometry.item(), 50.0)
    expected = near(points, implied.union_all(), 2_000)
    assert found.shares["covered_km"].item() == pytest.approx(steps[expected].sum() / 1000, abs=0.3)
    middle = [geodesy.interpolate(gap, geodesy.length(gap) / 2) for gap in found.gaps.geometry]
    theatre = sochi.store.open("idlib/theatre").union_all().boundary
    areas = shapely.union_all(sochi.line.areas.geometry.boundary.array)
    for point in middle:
        assert min(geodesy.distance(point, theatre).item(), geodesy.distance(point, areas).item()) < 20
