"""Chances in closed form: held against the normal distribution by hand, and against lines drawn by independent code."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer
from scipy.stats import multivariate_normal, norm
from truth import distance_m

from dmz import geodesy, uncertainty
from dmz.errors import InputError, PartyError
from dmz.line import Line, reverse
from dmz.zone import zones

GEOD = Geod(ellps="WGS84")
PLANE = Transformer.from_crs("EPSG:4326", "+proj=aeqd +lat_0=0.5 +lon_0=30 +datum=WGS84", always_xy=True)
# The equator is a geodesic, and due north and south of it distances to it are those along the meridian.
EQUATOR = Line(shapely.LineString([(28.0, 0.0), (32.0, 0.0)]), left="north", right="south")
SIGMA_M = 2_000.0
DEGREE_M = 110_574.0  # of latitude, at the equator


def off_the_equator(offsets_m, lon=30.0) -> np.ndarray:
    """Points so many metres north of the equator."""
    return np.array([GEOD.fwd(lon, 0.0, 0.0, float(metres))[:2] for metres in offsets_m])


def plane_lines(xy_km: np.ndarray, sigma_km: float, way_km: float, count: int, seed: int) -> list[shapely.LineString]:
    """Lines displaced by a Gaussian process along their chainage, planar km; shares no code with the library.

    Waves of random length: of wave numbers normal with deviation 1 / way and amplitudes normal, the sum has the
    correlation exp(-s^2 / 2 way^2) (Bochner; Rahimi and Recht 2007).
    """
    track = shapely.segmentize(shapely.LineString(xy_km), 1.0)
    points = shapely.get_coordinates(track)
    chainage = np.append(0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(count):
        phase = chainage[:, None] * rng.normal(0, 1 / way_km, 100)
        waves = np.hstack([np.cos(phase), np.sin(phase)]) * sigma_km / 10
        lines.append(shapely.LineString(points + waves @ rng.standard_normal((200, 2))))
    return lines


def left_and_distance(line: shapely.LineString, points_km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether planar points are left of a line, seen at their nearest segment, and how far from it."""
    xy = shapely.get_coordinates(line)
    a, b = xy[:-1], xy[1:]
    along = np.clip(((points_km[:, None] - a) * (b - a)).sum(-1) / ((b - a) ** 2).sum(-1), 0, 1)
    way = points_km[:, None] - (a + along[..., None] * (b - a))
    away = np.hypot(way[..., 0], way[..., 1])
    near = away.argmin(axis=1)
    row = np.arange(len(points_km))
    to, course = way[row, near], (b - a)[near]
    return course[:, 0] * to[:, 1] - course[:, 1] * to[:, 0] > 0, away[row, near]


def to_plane(lonlat) -> np.ndarray:
    return np.column_stack(PLANE.transform(*np.asarray(lonlat, dtype=float).T)) / 1000


def to_lonlat(xy_km) -> np.ndarray:
    return np.column_stack(PLANE.transform(*(1000 * np.asarray(xy_km, dtype=float).T), direction="INVERSE"))


# ------------------------------------------------------------------------------------------------- closed form, by hand


@pytest.mark.parametrize(("near_km", "far_km"), [(0, 15), (15, 20), (0, 2), (0.5, 1.0)])
def test_beside_a_straight_line_the_chance_is_that_of_a_normal_variable(near_km, far_km):
    offsets = np.array([-6_000, -2_000, -10, 10, 1_000, 4_000, 13_000, 15_000, 17_500, 22_000, 40_000.0])
    found = uncertainty.probability(
        off_the_equator(offsets), uncertainty.spread(EQUATOR, sigma_m=SIGMA_M),
        near_m=near_km * 1000, far_m=far_km * 1000, party="north",
    )  # fmt: skip
    true = norm(loc=offsets, scale=SIGMA_M)
    assert found == pytest.approx(true.cdf(far_km * 1000) - true.cdf(near_km * 1000), abs=2e-6)


def test_the_other_party_sees_the_same_line_from_its_side():
    offsets = np.array([-18_000, -14_000, -1_000, 500, 3_000.0])
    found = uncertainty.probability(
        off_the_equator(offsets), uncertainty.spread(EQUATOR, sigma_m=SIGMA_M), far_m=15_000, party="south"
    )
    true = norm(loc=-offsets, scale=SIGMA_M)
    assert found == pytest.approx(true.cdf(15_000) - true.cdf(0), abs=2e-6)


def test_either_partys_ground_is_the_sum_of_both():
    points = off_the_equator([-16_000, -3_000, 100, 12_000])
    around = uncertainty.spread(EQUATOR, sigma_m=SIGMA_M)
    each = [uncertainty.probability(points, around, far_m=15_000, party=party) for party in ("north", "south")]
    assert uncertainty.probability(points, around, far_m=15_000) == pytest.approx(sum(each))


def test_a_hugely_uncertain_line_leaves_an_even_chance_of_either_side():
    points = off_the_equator([-9_000, -10, 10, 30_000])
    around = uncertainty.spread(EQUATOR, sigma_m=1e9)
    for party in EQUATOR.parties:
        assert uncertainty.probability(points, around, party=party) == pytest.approx(0.5, abs=1e-4)


def test_sigma_changes_evenly_between_two_vertices():
    line = Line(EQUATOR.geometry, "north", "south", uncertainty_m=np.array([1_000.0, 3_000.0]))
    points = np.array([GEOD.fwd(lon, 0.0, 0.0, 16_000)[:2] for lon in (29.0, 30.0, 31.5)])
    found = uncertainty.probability(points, uncertainty.spread(line), far_m=15_000, party="north")
    assert found == pytest.approx(norm.cdf(-1_000 / np.array([1_500, 2_000, 2_750])), abs=1e-4)


def test_a_line_that_is_certain_gives_the_zone_itself(front, square):
    around = uncertainty.spread(front, sigma_m=0, within=square)
    laid = zones(front, depth_km=(3, 6), reading="each-side", within=square)
    rng = np.random.default_rng(5)
    points = np.column_stack([rng.uniform(35.9, 36.6, 4_000), rng.uniform(35.3, 35.7, 4_000)])
    found = uncertainty.probabilities(points, around, laid)
    inside = np.column_stack([shapely.contains_xy(zone, *points.T) for zone in laid.geometry])
    assert set(np.unique(found)) <= {0.0, 1.0}
    edges = shapely.unary_union([zone.boundary for zone in laid.geometry])
    clear = shapely.distance(edges, shapely.points(points)) > 5e-5  # 5 m: the zone is drawn to 1 m
    assert clear.sum() > 3_900
    assert (found[clear] == inside[clear]).all()


def test_a_line_turned_round_gives_the_same_chances(front):
    line = dataclasses.replace(front, uncertainty_m=np.array([500.0, 1_500, 900, 2_500, 700]))
    rng = np.random.default_rng(6)
    points = np.column_stack([rng.uniform(35.8, 36.7, 300), rng.uniform(35.3, 35.7, 300)])
    one, other = (
        uncertainty.probability(points, uncertainty.spread(each), far_m=8_000, party="north")
        for each in (line, reverse(line))
    )
    assert one == pytest.approx(other, abs=1e-6)


def test_zones_of_one_reading_exclude_each_other(front):
    laid = zones(front, depth_km=(3, 6), reading="each-side")
    around = uncertainty.spread(front, sigma_m=1_500)
    rng = np.random.default_rng(7)
    points = np.column_stack([rng.uniform(35.9, 36.6, 500), rng.uniform(35.3, 35.7, 500)])
    whole = uncertainty.probability(points, around, far_m=6_000)
    assert uncertainty.probabilities(points, around, laid).sum(axis=1) == pytest.approx(whole)


# ------------------------------------------------------------------------------------------------------ ends and areas


def test_two_normal_variables_are_those_of_scipy():
    rng = np.random.default_rng(8)
    for first, second, rho in zip(*rng.normal(0, 2, (2, 100)), rng.uniform(-0.999, 0.999, 100), strict=True):
        expected = multivariate_normal.cdf([first, second], cov=[[1, rho], [rho, 1]])
        assert uncertainty.bivariate(first, second, rho) == pytest.approx(expected, abs=1e-6)
    assert uncertainty.bivariate([0, 2, 2, 1, 0], [0, 1, -1, np.inf, 3], [0.5, 1, -1, 0.2, 0]) == pytest.approx(
        [1 / 3, norm.cdf(1), norm.cdf(2) - norm.cdf(1), norm.cdf(1), norm.cdf(3) / 2]
    )


@pytest.mark.parametrize("party", ["north", "south"])
def test_beyond_an_end_the_chance_is_that_of_the_line_moved_as_a_whole(party):
    """A line moved as a whole, 200,000 times: distances and sides on the plane, by hand."""
    sigma_m = 1_000.0
    east_km = np.array([5.0, 10, 12, 14, 9, 3, 13])
    north_km = np.array([0.5, -1.0, 4, -0.2, 9, -10, 3])
    lon, lat = PLANE.transform(32.0, 0.0)
    points = to_lonlat(np.column_stack([lon / 1000 + east_km, lat / 1000 + north_km]))
    found = uncertainty.probability(
        points, uncertainty.spread(EQUATOR, sigma_m=sigma_m), near_m=2_000, far_m=13_000, party=party
    )
    rng = np.random.default_rng(9)
    moved = rng.normal(0, sigma_m / 1000, (200_000, 2))
    dx, dy = east_km - moved[:, :1], north_km - moved[:, 1:]
    away = np.where(dx > 0, np.hypot(dx, dy), np.abs(dy))
    side = dy > 0 if party == "north" else dy <= 0
    true = ((away > 2) & (away <= 13) & side).mean(axis=0)
    assert found == pytest.approx(true, abs=0.02)


def test_ground_beyond_a_flat_end_and_out_of_the_theatre_is_in_no_zone(front, square):
    points = np.array([(36.55, 35.5), (36.2, 35.5), (36.2, 35.63)])
    flat = uncertainty.spread(front, sigma_m=1_000, ends="flat", within=square)
    found = uncertainty.probability(points, flat, far_m=20_000)
    assert found[[0, 2]].tolist() == [0.0, 0.0]
    assert found[1] > 0.9


def test_ground_of_a_third_party_is_in_no_zone_and_other_known_ground_stays_its_partys(front):
    areas = gpd.GeoDataFrame(
        {"party": ["other", "north"]},
        geometry=[shapely.box(36.1, 35.53, 36.2, 35.6), shapely.box(36.3, 35.3, 36.4, 35.45)],
        crs=4326,
    )
    around = uncertainty.spread(dataclasses.replace(front, areas=areas), sigma_m=2_000)
    third, enclave = [(36.15, 35.56)], [(36.35, 35.44)]
    assert uncertainty.probability(third, around, far_m=20_000) == 0
    away_m = distance_m(36.35, 35.44, shapely.get_coordinates(front.geometry))
    assert uncertainty.probability(enclave, around, far_m=1e6, party="north") == pytest.approx(1)
    assert uncertainty.probability(enclave, around, far_m=1e6, party="south") == 0
    nearer = uncertainty.probability(enclave, around, far_m=away_m, party="north")
    assert nearer == pytest.approx(0.5, abs=1e-3), "its distance is as uncertain as the line"


# ------------------------------------------------------------------------------------- against lines drawn and measured


def test_independent_draws_of_a_straight_line_confirm_the_closed_form():
    """Waves of random length, planar distances: numpy, pyproj and nothing of the library's."""
    xy = np.array([(-90.0, 0.0), (90.0, 0.0)])
    line = Line(shapely.LineString(to_lonlat(xy)), "north", "south")
    points = np.column_stack([np.linspace(-40, 40, 30), np.linspace(-6, 19, 30)])
    found = uncertainty.probability(
        to_lonlat(points), uncertainty.spread(line, sigma_m=2_000), far_m=15_000, party="north"
    )
    draws = [left_and_distance(one, points) for one in plane_lines(xy, 2.0, 40.0, 2_000, seed=10)]
    true = np.mean([left & (away <= 15) for left, away in draws], axis=0)
    assert ((found > 0.05) & (found < 0.95)).sum() >= 8
    assert found == pytest.approx(true, abs=0.05)
    assert np.abs(found - true).mean() < 0.015


def test_the_draws_of_the_library_are_those_of_independent_code_on_a_bent_line():
    xy = np.array([(-60.0, -5.0), (-25, 6), (0, -8), (20, 9), (60, 0)])
    line = Line(shapely.LineString(to_lonlat(xy)), "north", "south")
    rng = np.random.default_rng(11)
    points = np.column_stack([rng.uniform(-40, 40, 60), rng.uniform(-20, 25, 60)])
    around = uncertainty.spread(line, sigma_m=2_500, correlation_km=8)
    found = uncertainty.simulated(to_lonlat(points), around, belt_m=(0, 10_000), party="north", draws=600, seed=1)
    draws = [left_and_distance(one, points) for one in plane_lines(xy, 2.5, 8.0, 1_200, seed=12)]
    true = np.mean([left & (away <= 10) for left, away in draws], axis=0)
    assert found == pytest.approx(true, abs=0.09)  # four standard errors of the difference
    assert np.sqrt(np.mean((found - true) ** 2)) < 0.03


def test_inside_a_right_angle_the_closed_form_tells_one_leg_and_the_draws_tell_both():
    """As far as the belt goes off both legs, which move square to each other: 1 - (1 / 2)^2 to be within one of them."""
    legs = Line(shapely.LineString(to_lonlat([(0.0, 80.0), (0, 0), (80, 0)])), "inside", "outside")
    around = uncertainty.spread(legs, sigma_m=1_500, correlation_km=1_000)
    point = to_lonlat([(15.0, 15.0)])
    closed = uncertainty.probability(point, around, far_m=15_000)
    drawn = uncertainty.simulated(point, around, belt_m=(0, 15_000), draws=600, seed=3)
    assert closed == pytest.approx(0.5, abs=0.01)
    assert drawn == pytest.approx(0.75, abs=0.06)


def test_displacements_go_together_as_the_kernel_says():
    around = uncertainty.spread(EQUATOR, sigma_m=1_000, correlation_km=20)
    moved = np.array([shapely.get_coordinates(line)[::10] for line in uncertainty.displaced(around, draws=3_000)])
    north = moved[:, :, 1] * DEGREE_M
    chainage = np.linspace(0, GEOD.geometry_length(EQUATOR.geometry) / 1000, 1 + 4 * 112)[::10]
    assert north.std(axis=0) == pytest.approx(1_000, rel=0.06)
    seen = np.corrcoef(north.T)
    gap = chainage[:, None] - chainage[: len(seen)]
    assert seen == pytest.approx(np.exp(-(gap[: len(seen)] ** 2) / (2 * 20**2)), abs=0.09)


def test_a_closed_line_is_displaced_as_one():
    angle = np.linspace(0, 2 * np.pi, 61)
    corners = to_lonlat(30 * np.column_stack([np.cos(angle), np.sin(angle)]))
    ring = Line(shapely.LineString([*corners[:-1], corners[0]]), "in", "out")
    for line in uncertainty.displaced(uncertainty.spread(ring, sigma_m=2_000), draws=5):
        xy = shapely.get_coordinates(line)
        assert xy[0] == pytest.approx(xy[-1], abs=1e-9)


def test_where_displacements_go_together_less_the_line_is_nearer_by_the_slope_of_its_bulges():
    """A bulge of slope m is nearer than square to the line by d m^2 / 2, whose mean is d sigma^2 / 2 l^2."""
    way_m, away_m = 15_000.0, 15_000.0
    around = uncertainty.spread(EQUATOR, sigma_m=1_500, correlation_km=way_m / 1000)
    points = np.repeat(off_the_equator([away_m]), 41, axis=0)
    points[:, 0] = np.linspace(29, 31, 41)
    nearer = []
    for line in uncertainty.displaced(around, draws=200, seed=2):
        lon, lat = shapely.get_coordinates(line).T
        square_m = away_m - np.interp(points[:, 0], lon, lat) * DEGREE_M
        nearer.append(square_m - geodesy.distance(points, line))
    assert np.mean(nearer) == pytest.approx(away_m * 1_500**2 / (2 * way_m**2), rel=0.15)


def test_of_the_points_told_eight_in_ten_eight_in_ten_are_inside():
    """120 drawn fronts, the true one of each drawn by independent code; chances told from what was drawn alone."""
    rng = np.random.default_rng(13)
    told, true = [], []
    for number in range(120):
        x = np.linspace(-70, 70, 15)
        xy = np.column_stack([x, rng.normal(0, 6) + 6 * np.sin(x / rng.uniform(15, 30) + rng.uniform(0, 6))])
        line = Line(shapely.LineString(to_lonlat(xy)), "north", "south")
        points = np.column_stack([rng.uniform(-45, 45, 60), rng.uniform(-10, 25, 60)])
        around = uncertainty.spread(line, sigma_m=3_000)
        told.append(uncertainty.probability(to_lonlat(points), around, far_m=15_000, party="north"))
        left, away = left_and_distance(plane_lines(xy, 3.0, 25.0, 1, seed=1_000 + number)[0], points)
        true.append(left & (away <= 15))
    told, true = np.concatenate(told), np.concatenate(true)
    for low, high in ((0.05, 0.35), (0.35, 0.65), (0.7, 0.9), (0.9, 0.99)):
        here = (told >= low) & (told < high)
        assert here.sum() > 300
        assert true[here].mean() == pytest.approx(told[here].mean(), abs=0.05), (low, high)
    assert true[told > 0.98].mean() > 0.96
    assert true[told < 0.001].mean() < 0.01


# ------------------------------------------------------------------------------------------------------ sigma and speed


def test_labels_give_half_the_distance_of_the_nearest_and_age():
    line = dataclasses.replace(EQUATOR, drawn=dt.date(2020, 1, 31))
    labels = gpd.GeoDataFrame(
        {"holder": ["north", "south", None, "north"], "holder_date": ["2020-01-31", "2020-01-21", "2020-01-31", "2020-01-01"]},
        geometry=[shapely.Point(28, 0.05), shapely.Point(32, -0.03), shapely.Point(32, 0.001), shapely.Point(28, 0.01)],
        crs=4326,
    )  # fmt: skip
    h = [GEOD.inv(28, 0, 28, 0.01)[2], GEOD.inv(32, 0, 32, -0.03)[2]]
    assert uncertainty.sigma_from_labels(line, labels) == pytest.approx(np.array(h) / 2, rel=1e-6)
    aged = uncertainty.sigma_from_labels(line, labels, drift_m_per_day=100)
    fresh = GEOD.inv(28, 0, 28, 0.05)[2] / 2  # of today; the nearer one is 30 days old
    assert aged == pytest.approx([fresh, np.hypot(h[1] / 2, 1_000)], rel=1e-6)
    with pytest.raises(InputError, match="1 of 3 have no day"):
        uncertainty.sigma_from_labels(
            line, labels.assign(holder_date=["2020-01-31", "", "2020-01-31", "2020-01-01"]), drift_m_per_day=1
        )
    with pytest.raises(InputError, match="no row says who holds"):
        uncertainty.sigma_from_labels(line, labels.assign(holder=None))


def test_what_is_no_uncertainty_is_refused():
    with pytest.raises(InputError, match="nobody said how uncertain it is"):
        uncertainty.spread(EQUATOR)
    with pytest.raises(InputError, match="one number, or one of 2 vertices"):
        uncertainty.spread(EQUATOR, sigma_m=[1.0, 2, 3])
    with pytest.raises(InputError, match="from 0 on"):
        uncertainty.spread(EQUATOR, sigma_m=-1)
    with pytest.raises(InputError, match="correlation_km is 0"):
        uncertainty.spread(EQUATOR, sigma_m=1, correlation_km=0)
    around = uncertainty.spread(EQUATOR, sigma_m=1)
    with pytest.raises(InputError, match="a belt from 5 to 5 m is none"):
        uncertainty.probability([(30, 0)], around, near_m=5, far_m=5)
    with pytest.raises(PartyError, match="'west' is not a party to the line: it has 'north' and 'south'"):
        uncertainty.probability([(30, 0)], around, far_m=5, party="west")


def test_a_line_in_two_parts_has_the_sigma_of_the_nearer_part():
    parts = shapely.MultiLineString([[(28, 0), (29, 0)], [(31, 0), (32, 0)]])
    line = Line(parts, "north", "south", uncertainty_m=np.array([500.0, 500, 4_000, 4_000]))
    points = off_the_equator([16_000], 28.5), off_the_equator([16_000], 31.5), np.array([(29.0, 0.14), (31.0, 0.14)])
    seen = uncertainty.bearing(np.vstack(points), uncertainty.spread(line))
    assert seen.sigma_m.tolist() == [500, 4_000, 500, 4_000]
    assert seen.part.tolist() == [0, 1, 0, 1]


def test_a_thousand_settlements_and_five_thousand_vertices_take_well_under_a_second():
    x = np.linspace(36, 38, 5_000)
    wavy = shapely.LineString(np.column_stack([x, 35.5 + 0.1 * np.sin(20 * x) + 0.01 * np.sin(300 * x)]))
    rng = np.random.default_rng(14)
    points = np.column_stack([rng.uniform(35.8, 38.2, 1_000), rng.uniform(35.2, 35.8, 1_000)])
    around = uncertainty.spread(Line(wavy, "north", "south"), sigma_m=2_000)
    begun = time.process_time()
    uncertainty.probability(points, around, far_m=15_000, party="north")
    assert time.process_time() - begun < 1.0
