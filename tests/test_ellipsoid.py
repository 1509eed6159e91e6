"""The measures on the ellipsoid: against GeographicLib, its published test set, and each other.

`SET` is the twenty geodesics that GeographicLib's own tests take from Karney, C. F. F. (2010), Test set for geodesics,
doi:10.5281/zenodo.32156: both ends, length s12 and area S12 between the geodesic and the equator, computed with high
precision arithmetic. `PLANIMETER` is what the same file expects of polygons, `test_Planimeter0` to `15`.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from geographiclib.test import test_geodesic
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from truth import WGS84, area_m2, distance_m

from dmz.errors import DmzError, GeometryError, InputError
from dmz.geodesy import ellipsoid
from dmz.geodesy.edges import edge_offset_m
from dmz.geodesy.ellipsoid import area, densify, interpolate, length, substring

SET = [
    {"lat1": row[0], "lon1": row[1], "azi1": row[2], "lat2": row[3], "lon2": row[4], "s12": row[6], "S12": row[11]}
    for row in test_geodesic.GeodesicTest.testcases
]
EARTH_M2 = 510065621724088.5093  # test_Planimeter15
BENT = shapely.LineString([(36.0, 35.5), (36.1, 35.52), (36.2, 35.45), (36.35, 35.5), (36.5, 35.48)])
PARTS = shapely.MultiLineString([[(0, 50), (1, 50), (1, 51)], [(5, 50), (6, 50)], [(6, 50), (6, 49)]])


def edge(row) -> shapely.LineString:
    return shapely.LineString([(row["lon1"], row["lat1"]), (row["lon2"], row["lat2"])])


def steps(line) -> np.ndarray:
    """Length of every segment by GeographicLib."""
    return np.array([WGS84.Inverse(a[1], a[0], b[1], b[0])["s12"] for a, b in pairwise(line.coords)])


def wrapped(geometry):
    """The same ground with longitudes from -180 to 180."""
    return shapely.transform(geometry, lambda xy: np.column_stack([(xy[:, 0] + 180) % 360 - 180, xy[:, 1]]))


def anywhere(least: int = 2, most: int = 7):
    """Vertices of short and long lines at any place, longitudes running on."""
    start = st.tuples(st.floats(-180, 180), st.floats(-88, 88))
    step = st.tuples(st.floats(-40, 40), st.floats(-5, 5))
    return st.builds(_walked, start, st.lists(step, min_size=least - 1, max_size=most - 1))


def _walked(start, moves):
    xy = np.cumsum(np.round([start, *moves], 6), axis=0)
    return np.column_stack([xy[:, 0], np.clip(xy[:, 1], -89.5, 89.5)])


# GeographicLib's test set


def test_the_set_has_its_twenty_geodesics():
    assert len(SET) == 20
    assert SET[0]["s12"] == 8935244.5604818305


each_of_the_set = pytest.mark.parametrize("row", SET, ids=lambda row: f"{row['s12']:.0f} m")


@each_of_the_set
def test_a_length_is_s12(row):
    assert length(edge(row)) == pytest.approx(row["s12"], abs=1e-7)
    assert length(wrapped(edge(row))) == pytest.approx(row["s12"], abs=1e-7)


@each_of_the_set
def test_an_area_down_to_the_equator_is_the_size_of_S12(row):  # noqa: N802
    ring = [*edge(row).coords, (row["lon2"], 0), (row["lon1"], 0)]
    assert area(shapely.Polygon(ring)) == pytest.approx(abs(row["S12"]), abs=1)
    assert area(wrapped(shapely.Polygon(ring[::-1]))) == pytest.approx(abs(row["S12"]), abs=1)


@each_of_the_set
@pytest.mark.parametrize("share", [0.001, 0.3, 0.97])
def test_a_point_at_a_chainage_is_the_direct_problem_from_the_first_azimuth(row, share):
    expected = WGS84.Direct(
        row["lat1"], row["lon1"], row["azi1"], share * row["s12"], Geodesic.STANDARD | Geodesic.LONG_UNROLL
    )
    found = interpolate(edge(row), share * row["s12"])
    assert found.coords[0] == pytest.approx((expected["lon2"], expected["lat2"]), abs=1e-11)


@each_of_the_set
def test_a_piece_has_the_length_asked_for_and_its_ends_on_the_geodesic(row):
    from_m, to_m = 0.2 * row["s12"], 0.7 * row["s12"]
    piece = substring(edge(row), from_m, to_m)
    assert steps(piece).sum() == pytest.approx(to_m - from_m, abs=1e-6)
    (lon, lat) = piece.coords[0]
    assert WGS84.Inverse(row["lat1"], row["lon1"], lat, lon)["s12"] == pytest.approx(from_m, abs=1e-6)


@each_of_the_set
def test_vertices_put_in_lie_on_the_geodesic_and_ends_stay(row):
    dense = densify(edge(row), 250_000)
    assert (dense.coords[0], dense.coords[-1]) == tuple(edge(row).coords)
    assert steps(dense).sum() == pytest.approx(row["s12"], abs=1e-6)
    assert steps(dense).max() <= 250_000 + 1e-6
    assert np.abs(np.diff(dense.coords, axis=0)[:, 0]).max() < 180


PLANIMETER = {
    "round the north pole": ([(0, 89), (90, 89), (180, 89), (270, 89)], 631819.8745, 24952305678.0),
    "round the south pole": ([(0, -89), (90, -89), (180, -89), (270, -89)], 631819.8745, 24952305678.0),
    "round the pole by halves": ([(0.1, 89), (90.1, 89), (-179.9, 89)], 539297, 12476152838.5),
    "over the equator": ([(-1, 0), (0, -1), (1, 0), (0, 1)], 627598.2731, 24619419146.0),
    "an eighth of the Earth": ([(0, 90), (0, 0), (90, 0)], 30022685, 63758202715511.0),
    "a small triangle": ([(1, 2), (2, 1), (3, 3)], None, 18454562325.45119),
}


@pytest.mark.parametrize(("ring", "perimeter", "expected"), PLANIMETER.values(), ids=PLANIMETER.keys())
def test_polygons_measure_what_geographiclib_expects(ring, perimeter, expected):
    for turned in (ring, ring[::-1]):
        polygon = shapely.Polygon(turned)
        assert area(polygon) == pytest.approx(expected, abs=1)
        assert area(wrapped(polygon)) == pytest.approx(expected, abs=1)
        if perimeter:
            assert length(polygon) == pytest.approx(perimeter, abs=1)


# Areas


def blob(lon: float, lat: float, seed: int = 1) -> np.ndarray:
    """A ragged ring about a place, with vertices due north and south of its middle."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(-np.pi / 2, 1.5 * np.pi, 33)[:-1]
    radius = rng.uniform(1, 3, 32)
    xy = np.column_stack([lon + radius * np.cos(angle), lat + radius * np.sin(angle)])
    xy[[0, 16], 0] = lon
    return xy


def cap(sign: int = 1, seed: int = 1) -> np.ndarray:
    """A ragged line once round a pole, from 180 west to 180 east, where it has the same latitude."""
    lat = sign * np.random.default_rng(seed).uniform(70, 88, 41)
    lat[-1] = lat[0]
    return np.column_stack([np.linspace(-180, 180, 41), lat])


@pytest.mark.parametrize("lat", [-84, -30, 0, 52, 84])
def test_a_polygon_over_the_antimeridian_has_one_area_however_it_is_written(lat):
    ring = blob(180, lat)
    expected = area_m2(shapely.Polygon(ring))
    east = shapely.Polygon(np.vstack([ring[:17]]) - [360, 0])
    west = shapely.Polygon(np.vstack([ring[16:], ring[:1]]))
    split = shapely.MultiPolygon([west, east])
    written = [
        shapely.Polygon(ring),
        shapely.Polygon(ring[::-1]),
        wrapped(shapely.Polygon(ring)),
        shapely.Polygon(np.add(ring, [360, 0])),
        split,
    ]
    assert [area(polygon) for polygon in written] == pytest.approx([expected] * len(written), rel=1e-11)
    assert split.bounds[0] < -177 < 177 < split.bounds[2]


@pytest.mark.parametrize("sign", [1, -1], ids=["north", "south"])
def test_a_cap_has_one_area_however_it_is_written(sign):
    ring = cap(sign)
    expected = area_m2(shapely.Polygon(ring))
    assert expected > 3e12
    seamed = shapely.Polygon([*ring, (180, 90 * sign), (-180, 90 * sign)])
    in_steps = shapely.Polygon([*ring, (180, 89 * sign), (180, 90 * sign), (40, 90 * sign), (-180, 90 * sign)])
    half = len(ring) // 2
    halves = [
        shapely.Polygon([*part, (part[-1][0], 90 * sign), (part[0][0], 90 * sign)])
        for part in (ring[: half + 1], ring[half:])
    ]
    written = [
        shapely.Polygon(ring),
        shapely.Polygon(ring[::-1]),
        shapely.Polygon(np.add(ring, [180, 0])),
        wrapped(shapely.Polygon(np.roll(ring[:-1], 7, axis=0))),
        seamed,
        seamed.reverse(),
        in_steps,
        shapely.MultiPolygon(halves),
        shapely.GeometryCollection([shapely.MultiPolygon(halves), shapely.Point(0, 0), BENT]),
    ]
    assert [area(polygon) for polygon in written] == pytest.approx([expected] * len(written), rel=1e-11)


def test_a_polygon_that_touches_a_pole_is_measured_whatever_longitude_the_pole_has():
    expected = area_m2(shapely.Polygon([(10, 80), (50, 80), (30, 90)]))
    for tip in ([(0, 90)], [(-140, 90)], [(50, 90), (10, 90)], [(180, 90), (-180, 90)]):
        assert area(shapely.Polygon([(10, 80), (50, 80), *tip])) == pytest.approx(expected, rel=1e-12)


def test_a_ring_of_land_around_a_pole_is_the_cap_less_its_hole():
    outer, inner = cap(1), cap(1) * [1, 0] + [0, 89]
    belt = shapely.Polygon(outer, [inner[::-1]])
    expected = area_m2(shapely.Polygon(outer)) - area_m2(shapely.Polygon(inner))
    assert area(belt) == pytest.approx(expected, rel=1e-12)
    assert area(shapely.Polygon(outer, [inner])) == area(belt)


def test_holes_are_subtracted_whichever_way_they_run():
    square, holes = shapely.box(36, 35, 38, 37), [shapely.box(36.2, 35.2, 36.9, 36), shapely.box(37, 36, 37.5, 36.5)]
    expected = area_m2(square) - sum(map(area_m2, holes))
    for turned in (lambda ring: ring, lambda ring: ring.reverse()):
        pierced = shapely.Polygon(square.exterior, [turned(hole.exterior) for hole in holes])
        assert area(pierced) == pytest.approx(expected, rel=1e-12)
        assert area(shapely.MultiPolygon([shapely.box(0, 0, 1, 1), pierced])) == pytest.approx(
            expected + area_m2(shapely.box(0, 0, 1, 1)), rel=1e-12
        )


def test_the_whole_earth_and_what_is_larger_than_a_hemisphere_have_their_area():
    assert area(shapely.box(-180, -90, 180, 90)) == pytest.approx(EARTH_M2, rel=1e-12)
    ring = cap(-1)
    rest = shapely.Polygon([*ring, (180, 90), (-180, 90)])
    assert area(rest) == pytest.approx(EARTH_M2 - area_m2(shapely.Polygon(ring)), rel=1e-12)
    assert area(rest.reverse()) == area(rest)


@pytest.mark.parametrize(("south", "north"), [(60, 90), (-60, 60), (-90, -75)])
def test_a_parallel_given_as_one_edge_is_refused_and_measured_once_it_is_densified(south, north):
    polygon = shapely.box(-180, south, 180, north)
    with pytest.raises(GeometryError, match="all the way round the Earth"):
        area(polygon)
    drawn = area(densify(polygon, 10_000, edges="lonlat"))
    assert drawn == pytest.approx(zone_between(np.radians(south), np.radians(north)), rel=1e-5)


def test_a_ring_of_edges_over_the_pole_is_refused():
    with pytest.raises(GeometryError, match="latitude 66"):
        area(shapely.Polygon([(0, 66), (180, 66), (360, 66)]))


def zone_between(south: float, north: float) -> float:
    """Area between two parallels, radians: Snyder, J. P. (1987), Map projections, equation 3-12."""
    a, f = 6378137.0, 1 / 298.257223563
    e2 = f * (2 - f)
    e = e2**0.5

    def q(lat):
        sin = np.sin(lat)
        return (1 - e2) * (sin / (1 - e2 * sin**2) + np.arctanh(e * sin) / e)

    return np.pi * a**2 * (q(north) - q(south))


@settings(max_examples=60, deadline=None)
@given(st.floats(-180, 180), st.floats(-86, 86), st.integers(0, 10_000), st.floats(1e-4, 1))
def test_any_small_polygon_has_the_area_and_perimeter_of_geographiclib(lon, lat, seed, size):
    polygon = shapely.Polygon((blob(0, 0, seed) * size) + [lon, lat])
    assert area(polygon) == pytest.approx(area_m2(polygon), rel=1e-9, abs=0.1)
    assert length(polygon) == pytest.approx(steps(polygon.exterior).sum(), abs=1e-6)


# Densify


@settings(max_examples=60, deadline=None)
@given(anywhere(), st.floats(20_000, 3_000_000))
def test_densifying_changes_no_length_and_leaves_no_long_segment(xy, most):
    line = shapely.LineString(xy)
    for given_line in (line, wrapped(line)):
        dense = densify(given_line, most)
        assert length(dense) == pytest.approx(length(line), rel=1e-9, abs=1e-6)
        assert steps(dense).max(initial=0) <= most * (1 + 1e-9)
        assert [point for point in dense.coords if point in set(given_line.coords)] == list(given_line.coords)


@settings(max_examples=30, deadline=None)
@given(st.floats(-180, 180), st.floats(-86, 86), st.integers(0, 10_000))
def test_densifying_changes_no_area(lon, lat, seed):
    polygon = shapely.Polygon(blob(lon, lat, seed), [blob(0, 0, seed)[::-1] * 0.1 + [lon, lat]])
    for given_polygon in (polygon, wrapped(polygon)):
        assert area(densify(given_polygon, 5_000)) == pytest.approx(area(polygon), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(anywhere(), st.floats(20_000, 3_000_000))
def test_lonlat_edges_stay_straight_and_leave_no_long_segment(xy, most):
    line = shapely.LineString(xy)
    dense = densify(line, most, edges="lonlat")
    assert steps(dense).max(initial=0) <= most * (1 + 1e-9)
    assert shapely.distance(shapely.points(np.array(dense.coords)), line).max() < 1e-9
    assert dense.length == pytest.approx(line.length, rel=1e-12, abs=1e-12)
    assert [point for point in dense.coords if point in set(line.coords)] == list(line.coords)


@pytest.mark.parametrize("ends", [[(0, 0), (0, 89)], [(0, -50), (100, 50)], [(0, 60), (359, 60)]], ids=str)
def test_no_part_of_a_long_lonlat_edge_is_longer_than_the_rest_allows(ends):
    """Equal parts in degrees are not equal in metres: the longest one counts."""
    found = steps(densify(shapely.LineString(ends), 10_000, edges="lonlat"))
    assert 9_000 < found.max() <= 10_000


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ([179.9, -179.9], [179.9, 179.95, 180, -179.95, -179.9]),
        ([-179.9, 179.9], [-179.9, -179.95, -180, 179.95, 179.9]),
        ([179.9, 180.1], [179.9, 179.95, 180, 180.05, 180.1]),
        ([-180.1, -179.9], [-180.1, -180.05, -180, -179.95, -179.9]),
        ([180, -179.8], [180, -179.95, -179.9, -179.85, -179.8]),
        ([-180, 179.8], [-180, 179.95, 179.9, 179.85, 179.8]),
        ([180, 179.8], [180, 179.95, 179.9, 179.85, 179.8]),
        ([539.9, 540.1], [539.9, 539.95, 540, 540.05, 540.1]),
    ],
    ids=str,
)
def test_longitudes_put_in_speak_the_language_of_their_neighbours(ends, expected):
    line = shapely.LineString([(lon, 0) for lon in ends])
    dense = densify(line, 6_000)
    assert [lon for lon, _ in dense.coords] == pytest.approx(expected, abs=1e-9)
    middle = interpolate(line, [length(line) / 4, length(line) * 3 / 4])
    assert [point.x for point in middle] == pytest.approx([expected[1], expected[3]], abs=1e-9)


@pytest.mark.parametrize(("west", "east"), [(0, 180), (180, 0), (0, -180), (180, 360), (-60, 120), (10, -170)])
def test_an_edge_over_the_pole_changes_to_the_longitude_beyond_it(west, east):
    dense = np.array(densify(shapely.LineString([(west, 80), (east, 70)]), 100_000).coords)
    before, after = np.isclose(dense[:, 0], west), np.isclose(dense[:, 0], east)
    assert (before | after).all()
    assert before.sum() > 5 < after.sum()
    assert (np.diff(before.astype(int)) <= 0).all()


def test_an_edge_from_a_pole_runs_down_the_meridian_of_its_other_end():
    for name, lon in ((-180, 30), (0, 30), (77, 30), (-180, 200), (0, 390)):
        dense = np.array(densify(shapely.LineString([(name, 90), (lon, 80), (name, 90)]), 100_000).coords)
        assert (dense[[0, -1], 0] == name).all()
        assert dense[1:-1, 0] == pytest.approx(lon, abs=1e-9)
        assert length(shapely.LineString(dense)) == pytest.approx(2 * length(shapely.LineString([(0, 90), (0, 80)])))


def test_an_edge_along_a_pole_has_no_length_and_gets_no_vertex():
    line = shapely.LineString([(180, 90), (-180, 90)])
    assert length(line) == 0
    for edges in ("geodesic", "lonlat"):
        assert densify(line, 10, edges=edges).equals_exact(line)


def test_every_kind_of_geometry_is_densified_part_by_part():
    square = shapely.box(36, 35, 37, 36).difference(shapely.box(36.3, 35.3, 36.7, 35.7))
    kinds = [
        shapely.Point(1, 2),
        shapely.MultiPoint([(1, 2), (3, 4)]),
        BENT,
        shapely.LinearRing([(0, 0), (1, 0), (1, 1)]),
        PARTS,
        square,
        shapely.MultiPolygon([square, shapely.box(0, 0, 1, 1)]),
        shapely.GeometryCollection([BENT, shapely.Point(0, 0), PARTS]),
        shapely.LineString(),
        shapely.Polygon(),
    ]
    for geometry in kinds:
        dense = densify(geometry, 5_000)
        assert dense.geom_type == geometry.geom_type
        assert length(dense) == pytest.approx(length(geometry), rel=1e-11)
        assert area(dense) == pytest.approx(area(geometry), rel=1e-9)
        parts = shapely.get_parts(shapely.get_parts(dense))
        rings = [*shapely.get_rings(parts), *parts]
        assert all(steps(ring).max(initial=0) <= 5_000.001 for ring in rings if shapely.get_dimensions(ring) == 1)


# Geodesic and lonlat edges


@pytest.mark.parametrize(
    ("lat", "azimuth", "metres"),
    [(35, 90, 1_000), (60, 90, 100_000), (60, 54.7, 50_000), (-48, 30, 40_000), (80, -90, 5_000), (70, 90, 38)],
)
def test_lonlat_edges_part_from_geodesics_as_the_formula_says(lat, azimuth, metres):
    start, end = WGS84.Direct(lat, 10, azimuth, -metres / 2), WGS84.Direct(lat, 10, azimuth, metres / 2)
    line = shapely.LineString([(start["lon2"], start["lat2"]), (end["lon2"], end["lat2"])])
    phi, alpha = np.radians(lat), np.radians(azimuth)
    formula = metres**2 * np.tan(phi) * np.sin(alpha) * (1 + np.cos(alpha) ** 2) / (8 * 6_371_008.8)
    assert edge_offset_m(line) == pytest.approx(abs(formula), rel=0.015)


def test_the_figures_in_the_documentation_are_those_of_geographiclib():
    for lat, metres, expected in ((60, 100_000, 340), (35, 1_000, 0.0137)):
        end = WGS84.Direct(lat, 0, 90, metres)["lon2"]
        away = distance_m(end / 2, lat, np.array([(0, lat), (end, lat)]))
        assert away == pytest.approx(expected, rel=0.01)
        assert edge_offset_m(shapely.LineString([(0, lat), (end, lat)])) == pytest.approx(away, rel=1e-3, abs=2e-6)


@pytest.mark.parametrize(
    "ends",
    [[(0, 60), (90, 60)], [(10, -20), (60, 35)], [(-170, 10), (-20, 80)], [(0, -30), (50, 30)], [(0, 50), (120, 90)]],
    ids=str,
)
def test_the_offset_of_an_edge_is_the_largest_that_geographiclib_finds_along_it(ends):
    a, b = np.array(ends, dtype=float)
    along = a + (b - a) * np.linspace(0, 1, 41)[:, None]
    expected = max(distance_m(lon, lat, np.array(ends)) for lon, lat in along[1:-1])
    found = edge_offset_m(shapely.LineString(ends))
    assert found >= expected - 1e-6
    assert found == pytest.approx(expected, rel=2e-3, abs=2e-6)


def test_the_offset_of_a_geometry_is_that_of_its_worst_edge():
    rng = np.random.default_rng(2)
    xy = np.add([36, 45], np.cumsum(rng.normal(0, 0.05, (400, 2)), axis=0))
    edges = [shapely.LineString(pair) for pair in pairwise(xy)]
    worst = max(map(edge_offset_m, edges))
    assert edge_offset_m(shapely.LineString(xy)) == worst
    assert edge_offset_m(shapely.MultiLineString(edges)) == worst
    assert edge_offset_m(densify(shapely.LineString(xy), 1_000)) < worst / 4


def test_an_edge_that_crosses_its_geodesic_in_the_middle_is_not_overlooked():
    through, others = [(-20, -15), (20, 15)], [[(i, 10), (i + 1, 10)] for i in range(50)]
    alone = edge_offset_m(shapely.LineString(through))
    assert alone > 10 * edge_offset_m(shapely.MultiLineString(others))
    assert edge_offset_m(shapely.MultiLineString([*others, through, *others])) == alone


def test_meridians_and_the_equator_are_both_kinds_of_edge():
    for ends in ([(7, -80), (7, 80)], [(0, 0), (120, 0)], [(180, 90), (-180, 90)], [(3, 3), (3, 3)]):
        assert edge_offset_m(shapely.LineString(ends)) < 1e-6
    for nothing in (shapely.Point(1, 2), shapely.LineString(), shapely.MultiPolygon()):
        assert edge_offset_m(nothing) == 0


def test_the_offset_of_an_edge_over_the_antimeridian_needs_longitudes_that_run_on():
    with pytest.raises(GeometryError, match="run on past 180"):
        edge_offset_m(shapely.LineString([(179, 50), (-179, 50)]))
    on, elsewhere = shapely.LineString([(179, 50), (181, 50)]), shapely.LineString([(9, 50), (11, 50)])
    assert edge_offset_m(on) == pytest.approx(edge_offset_m(elsewhere), rel=1e-6)


# Points and pieces along a line


@settings(max_examples=60, deadline=None)
@given(anywhere(), st.lists(st.floats(0, 1), min_size=2, max_size=2, unique=True))
def test_the_pieces_of_a_line_add_up_to_it(xy, shares):
    line = shapely.LineString(xy)
    total = length(line)
    low, high = sorted(share * total for share in shares)
    assume(high - low > 1 and low > 1 and total - high > 1 and steps(line).min() > 1)
    pieces = [substring(line, 0, low), substring(line, low, high), substring(line, high, total)]
    lengths = [steps(piece).sum() for piece in pieces]
    assert lengths == pytest.approx([low, high - low, total - high], rel=1e-9, abs=1e-5)
    assert pieces[0].coords[-1] == pieces[1].coords[0]
    assert pieces[1].coords[-1] == pieces[2].coords[0]
    assert pieces[0].coords[0] == line.coords[0]
    assert pieces[2].coords[-1] == line.coords[-1] == interpolate(line, total).coords[0]
    inner = [point for piece in pieces for point in piece.coords if point in set(line.coords)]
    assert inner == list(line.coords)


def test_a_piece_from_end_to_end_is_the_line_itself():
    for line in (BENT, PARTS):
        assert substring(line, 0, length(line)).equals_exact(line)
        assert substring(line, -1, np.inf).equals_exact(line)


def test_a_piece_against_the_line_is_the_piece_reversed():
    forward, back = substring(PARTS, 50_000, 260_000), substring(PARTS, 260_000, 50_000)
    assert forward.geom_type == back.geom_type == "MultiLineString"
    assert shapely.get_coordinates(back).tolist() == shapely.get_coordinates(forward)[::-1].tolist()
    assert [len(part.coords) for part in back.geoms] == [len(part.coords) for part in forward.geoms][::-1]
    assert substring(BENT, 30_000, 1_000).coords[:] == substring(BENT, 1_000, 30_000).coords[::-1]


def test_a_piece_of_a_line_in_parts_leaves_out_the_gaps():
    first, second, third = (length(part) for part in PARTS.geoms)
    assert substring(PARTS, 0, first).equals_exact(PARTS.geoms[0])
    assert substring(PARTS, first, first + second).equals_exact(PARTS.geoms[1])
    assert substring(PARTS, first + 10, first + 20).geom_type == "LineString"
    over = substring(PARTS, first - 1_000, first + 2_000)
    assert [steps(part).sum() for part in over.geoms] == pytest.approx([1_000, 2_000], abs=1e-6)
    assert len(substring(PARTS, first - 1, first + second + 1).geoms) == 3
    assert interpolate(PARTS, first + second + third) == shapely.Point(6, 49)


def test_the_ends_and_vertices_of_a_line_are_met_to_the_last_bit():
    chainage = np.concatenate([[0], np.cumsum([length(shapely.LineString(pair)) for pair in pairwise(BENT.coords)])])
    assert [point.coords[0] for point in interpolate(BENT, chainage)] == list(BENT.coords)
    assert interpolate(BENT, length(BENT)) == shapely.Point(BENT.coords[-1])


def test_a_chainage_beyond_the_line_is_its_end():
    assert interpolate(BENT, -1) == interpolate(BENT, -np.inf) == shapely.Point(BENT.coords[0])
    assert interpolate(BENT, 1e12) == interpolate(BENT, np.inf) == shapely.Point(BENT.coords[-1])


def test_points_come_in_the_shape_of_their_chainages():
    asked = np.array([[0.0, 10_000], [20_000, 30_000], [5, 6]])
    found = interpolate(BENT, asked)
    assert found.shape == (3, 2)
    assert all(one == interpolate(BENT, metres) for one, metres in zip(found.ravel(), asked.ravel(), strict=True))
    assert isinstance(interpolate(BENT, 5), shapely.Point)
    assert interpolate(BENT, []).shape == (0,)


def test_where_two_parts_meet_the_point_is_the_start_of_the_later():
    assert interpolate(PARTS, length(PARTS.geoms[0])) == shapely.Point(5, 50)


def test_a_vertex_given_twice_changes_nothing():
    twice = shapely.LineString(np.repeat(shapely.get_coordinates(BENT), 2, axis=0))
    asked = np.linspace(0, length(BENT), 31)
    assert interpolate(twice, asked).tolist() == interpolate(BENT, asked).tolist()
    assert substring(twice, 5_000, 25_000).simplify(0) == substring(BENT, 5_000, 25_000)
    beside = shapely.LineString([(0, 0), (0, 1e-300), (0, 1)])
    assert substring(beside, 0, 1_000).coords[0] == (0, 0)


def test_a_ring_is_cut_like_a_line():
    ring = shapely.box(0, 0, 1, 1).exterior
    piece = substring(ring, 100_000, 300_000)
    assert piece.geom_type == "LineString"
    assert steps(piece).sum() == pytest.approx(200_000, abs=1e-6)


# What is refused


def broken(lon, lat):
    with np.errstate(invalid="ignore"):
        return shapely.LineString([(0, 0), (lon, lat)])


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: densify(BENT, 0), InputError, "above 0"),
        (lambda: densify(BENT, -5), InputError, "max_segment_m is -5"),
        (lambda: densify(BENT, float("nan")), InputError, "above 0"),
        (lambda: densify(BENT, 100, edges="chord"), InputError, "'chord'; it is one of 'geodesic', 'lonlat'"),
        (lambda: interpolate(BENT, float("nan")), InputError, "not a number"),
        (lambda: interpolate(BENT, [0, 1, np.nan]), InputError, "first at 2"),
        (lambda: substring(BENT, 0, float("nan")), InputError, "not a number"),
        (lambda: substring(BENT, 700, 700), InputError, "interpolate gives the point"),
        (lambda: substring(BENT, 1e9, 2e9), InputError, "is 49774.* m long"),
        (lambda: interpolate(shapely.LineString(), 0), GeometryError, "an empty LineString"),
        (lambda: interpolate(shapely.box(0, 0, 1, 1), 0), GeometryError, "a Polygon; .*exterior"),
        (lambda: substring(shapely.Point(0, 0), 0, 1), GeometryError, "a Point"),
        (lambda: length(broken(np.nan, 1)), GeometryError, "vertex 1 of the LineString"),
        (lambda: area(shapely.Polygon([(0, 0), (np.inf, 1), (1, 1)])), GeometryError, "vertex 1 of the Polygon"),
        (lambda: densify(broken(0, np.nan), 10), GeometryError, "nan"),
        (lambda: edge_offset_m(broken(0, np.nan)), GeometryError, "nan"),
        (lambda: length(shapely.LineString([(500_000, 4e6), (500_001, 4e6)])), GeometryError, "EPSG:4326"),
        (lambda: area(shapely.box(35, 100, 36, 101)), GeometryError, "latitude 101"),
        (lambda: length(None), GeometryError, "None is not a geometry"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_the_way_out(call, error, says):
    with pytest.raises(error, match=says) as caught:
        call()
    assert isinstance(caught.value, DmzError)


def test_what_is_empty_measures_nothing():
    for empty in (shapely.Point(), shapely.LineString(), shapely.Polygon(), shapely.GeometryCollection()):
        assert length(empty) == area(empty) == 0
        assert densify(empty, 10).is_empty
    assert length(shapely.Point(1, 2)) == area(BENT) == 0


def test_the_ellipsoid_is_that_of_geographiclib():
    assert (ellipsoid.GEOD.a, ellipsoid.GEOD.f) == pytest.approx((WGS84.a, WGS84.f), rel=1e-15)
    assert pytest.approx(EARTH_M2, rel=1e-15) == ellipsoid.EARTH_M2
