"""Zones of varying depth: against a closed form, the constant engine, and geodesics searched one by one."""

from __future__ import annotations

import dataclasses
import sys
import time
from dataclasses import dataclass

import boundary_check as check
import numpy as np
import pytest
import shapely
from conftest import spiral
from pyproj import Transformer
from random_lines import KINDS, _place
from varying_truth import GEOD, VaryingTruth

from dmz import geodesy
from dmz.errors import GeometryError, InputError
from dmz.line import uncertainty_band

LINES = [kind for kind in KINDS if kind not in {"points", "polygon"}]
TOLERANCES_M = (0.01, 0.1, 1.0, 10.0, 100.0)
ROUNDING_M = 2e-4
BEND = shapely.LineString([(36.0, 35.5), (36.2, 35.6), (36.35, 35.45), (36.6, 35.55)])


@dataclass(frozen=True)
class Case:
    """A line, its radii and a tolerance, and what they are."""

    line: shapely.Geometry
    radius_m: np.ndarray
    tolerance_m: float
    description: str


def random_case(seed: int) -> Case:
    """A line of any kind anywhere, its radius smooth, wild or even, a third of them with zeros."""
    rng = np.random.default_rng(seed)
    kind = str(rng.choice(LINES))
    lon, lat, where = _place(rng)
    length, count = np.exp(rng.uniform(np.log(1e3), np.log(1e6))), round(np.exp(rng.uniform(np.log(2), np.log(60))))
    line = KINDS[kind](rng, count, length, (lon, lat))
    size = len(shapely.get_coordinates(line))
    low, high = np.sort(rng.uniform(np.log(10), np.log(50_000), 2))
    wild = rng.choice(["smooth", "wild", "even"], p=[0.5, 0.4, 0.1])
    knots = rng.uniform(low, high, {"smooth": 4, "wild": size, "even": 1}[wild])
    radius = np.exp(np.interp(np.linspace(0, 1, size), np.linspace(0, 1, len(knots)), knots))
    if rng.random() < 0.35:
        radius[rng.random(size) < 0.4] = 0.0
        radius[rng.integers(size)] = np.exp(high)
    tolerance = float(rng.choice(TOLERANCES_M))
    says = f"{kind} of {size} vertices, {length / 1000:.1f} km, {where} {lon:.2f} {lat:.2f}, {wild} radius "
    return Case(line, radius, tolerance, f"{says}{radius.min():.0f}-{radius.max():.0f} m, tolerance {tolerance:g} m")


def rim(zone: shapely.Geometry, rng: np.random.Generator, most: int = 240) -> np.ndarray:
    """Points of the boundary: vertices, middles and places in between."""
    edges = check.edges(zone)
    edges = edges[rng.permutation(len(edges))[: most // 3]]
    share = np.vstack([np.zeros(len(edges)), np.full(len(edges), 0.5), rng.uniform(0, 1, len(edges))])[..., None]
    return (edges[:, 0] + share * (edges[:, 1] - edges[:, 0])).reshape(-1, 2)


def probes(truth: VaryingTruth, rng: np.random.Generator, count: int = 150) -> tuple[np.ndarray, np.ndarray]:
    """Points about the line, half of them let down to where G is least nearby, and G there: pockets are found so."""
    foot, radius = truth.somewhere(rng, count)
    away = (radius + 1.0) * 1.4 * np.sqrt(rng.uniform(0, 1, count))
    points = np.column_stack(GEOD.fwd(*foot.T, rng.uniform(0, 360, count), away)[:2])
    gain = truth.gain(points)
    low, step = slice(count // 2), away[: count // 2] / 4
    for _ in range(8):
        tried = np.column_stack(GEOD.fwd(*points[low].T, rng.uniform(0, 360, count // 2), step)[:2])
        there = truth.gain(tried)
        better = (there < gain[low]) & (there > -radius[low])
        points[low] = np.where(better[:, None], tried, points[low])
        gain[low] = np.where(better, there, gain[low])
        step = np.where(better, step, step / 2)
    return points, gain


def faults(case: Case, seed: int = 0) -> list[str]:
    """Everything that is wrong with the zone of a case."""
    rng = np.random.default_rng(seed)
    found = geodesy.varying(case.line, case.radius_m, case.tolerance_m)
    truth = VaryingTruth(case.line, case.radius_m)
    wrong = check.shape_faults(found.geometry)
    off = np.abs(truth.gain(rim(found.geometry, rng))).max()
    if off > found.max_deviation_m + ROUNDING_M:
        wrong.append(f"certified {found.max_deviation_m:.5f} m, but {off:.5f} m off")
    if found.max_deviation_m > case.tolerance_m:
        wrong.append(f"certified {found.max_deviation_m:.5f} m only")
    points, gain = probes(truth, rng)
    clear = np.abs(gain) > case.tolerance_m + ROUNDING_M
    mistaken = clear & (check.contains(found.geometry, points) != (gain > 0))
    if mistaken.any():
        at = np.flatnonzero(mistaken)[np.argmax(np.abs(gain[mistaken]))]
        wrong.append(f"{mistaken.sum()} probes are wrong, the worst with G = {gain[at]:.3f} m at {points[at]}")
    return wrong


def hull_area_m2(length_m: float, start_m: float, end_m: float) -> float:
    """Area of the convex hull of two discs in a plane: two trapezoids under the tangents, and two sectors."""
    turn = np.arccos(-(end_m - start_m) / length_m)
    return (start_m + end_m) * length_m * np.sin(turn) + turn * end_m**2 + (np.pi - turn) * start_m**2


@pytest.mark.parametrize("first", range(0, 100, 10))
def test_no_random_line_has_a_wrong_zone(first):
    wrong = []
    for seed in range(first, first + 10):
        case = random_case(seed)
        wrong += [f"seed {seed}: {case.description}: {fault}" for fault in faults(case, seed)]
    assert not wrong, "\n".join(wrong)


def test_the_checks_find_a_zone_whose_radius_is_off(monkeypatch):
    case = Case(BEND, np.array([0.0, 6_000, 2_000, 9_000]), 1.0, "bend")
    assert faults(case) == []
    found = geodesy.varying(BEND, case.radius_m * 1.05)
    monkeypatch.setattr(geodesy, "varying", lambda *_: found)
    boundary, ground = faults(case)
    assert "off" in boundary
    assert "probes are wrong" in ground


@pytest.mark.parametrize(("start", "end"), [(0.0, 300.0), (300.0, 0.0), (100.0, 300.0), (200.0, 200.0), (1.0, 990.0)])
@pytest.mark.parametrize("azimuth", [0.0, 77.0, 225.0])
def test_one_segment_is_the_hull_of_two_discs_in_a_small_plane(start, end, azimuth):
    lon, lat, _ = GEOD.fwd(36.5, 35.5, azimuth, 1_000.0)
    zone = geodesy.varying(shapely.LineString([(36.5, 35.5), (lon, lat)]), [start, end], 0.01).geometry
    assert geodesy.area(zone) == pytest.approx(hull_area_m2(1_000.0, start, end), rel=1e-4)
    plane = Transformer.from_crs("OGC:CRS84", "+proj=aeqd +lon_0=36.5 +lat_0=35.5", always_xy=True)
    flat = shapely.transform(zone, plane.transform, interleaved=False)
    ends = shapely.points([(0, 0), plane.transform(lon, lat)])
    hull = shapely.union_all([*shapely.buffer(ends, [start, end], quad_segs=512), *ends]).convex_hull
    along = shapely.points(shapely.get_coordinates(shapely.segmentize(flat.boundary, 5.0)))
    assert shapely.distance(along, hull.boundary).max() < 0.012
    assert shapely.distance(shapely.points(shapely.get_coordinates(hull)), flat.boundary).max() < 0.012


@pytest.mark.parametrize("tolerance", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("line", [BEND, spiral(5, 20, 1.6, 60)], ids=["bend", "spiral"])
def test_an_even_radius_gives_the_zone_of_the_constant_engine(line, tolerance):
    radius = 7_000.0
    zone = geodesy.varying(line, np.full(len(line.coords), radius), tolerance).geometry
    even = geodesy.buffered(line, radius, tolerance).geometry
    assert geodesy.deviation(zone, line, radius) < tolerance
    rings = [len(part.interiors) for part in even.geoms]
    assert [len(part.interiors) for part in zone.geoms] == rings
    apart = geodesy.area(zone.symmetric_difference(even))
    assert apart < 2 * tolerance * (geodesy.length(even.boundary) + geodesy.length(zone.boundary)) / 2


def test_a_radius_that_grows_faster_than_the_way_is_one_disc():
    lon, lat, _ = GEOD.fwd(10.0, 50.0, 40.0, 1_000.0)
    line = shapely.LineString([(10, 50), (lon, lat)])
    disc = geodesy.varying(shapely.LineString([(lon, lat), (lon, lat)]), [5_000, 4_000], 0.1).geometry
    for small in (4_000.0, 100.0, 0.0):
        zone = geodesy.varying(line, [small, 5_000.0], 0.1).geometry
        assert zone.equals(disc), "the larger disc holds the smaller and all between"


@pytest.mark.parametrize("slope", [0.9, 0.999, 1 - 1e-9])
def test_a_radius_that_grows_almost_as_fast_as_the_way_is_right_too(slope):
    lon, lat, _ = GEOD.fwd(10.0, 50.0, 40.0, 10_000.0)
    case = Case(shapely.LineString([(10, 50), (lon, lat)]), np.array([500.0, 500 + 10_000 * slope]), 0.1, "steep")
    assert faults(case) == []


def test_a_zero_between_pinches_the_zone_and_zeros_part_it():
    line = shapely.LineString([(36, 35), (36.2, 35), (36.4, 35), (36.6, 35)])
    apart = geodesy.varying(line, [2_000, 0, 0, 3_000]).geometry
    assert len(apart.geoms) == 2
    assert not apart.intersects(shapely.Point(36.3, 35))
    pinched = geodesy.varying(line, [2_000, 0, 2_000, 3_000]).geometry
    assert pinched.is_valid
    assert geodesy.distance([(36.2, 35)], pinched.boundary)[0] < 1e-3
    middle = shapely.box(36.19, 34.9, 36.21, 35.1)
    assert 0 < geodesy.area(pinched.intersection(middle)) < geodesy.area(pinched) / 100


def test_a_ring_keeps_its_hole_where_its_radius_leaves_one():
    ring = spiral(20, 20, 1.0, 40)
    ring = shapely.LineString([*ring.coords[:-1], ring.coords[0]])
    radius = 6_000 + 5_000 * np.sin(np.linspace(0, 2 * np.pi, 40))
    zone = geodesy.varying(ring, radius).geometry
    (part,) = zone.geoms
    (hole,) = part.interiors
    truth = VaryingTruth(ring, radius)
    assert truth.gain(np.array(shapely.Polygon(hole).representative_point().coords))[0] < 0
    assert faults(Case(ring, radius, 1.0, "ring")) == []
    assert geodesy.varying(ring, radius * 4).geometry.geoms[0].interiors[:] == []


def test_the_antimeridian_is_ground_like_any_other():
    here = shapely.LineString([(10, 60), (12, 61), (13, 60.5)])
    radius = [0.0, 40_000.0, 5_000.0]
    there = shapely.transform(here, lambda xy: np.column_stack([(xy[:, 0] + 168.5 + 180) % 360 - 180, xy[:, 1]]))
    one, other = geodesy.varying(here, radius).geometry, geodesy.varying(there, radius).geometry
    assert other.bounds[0] >= -180
    assert other.bounds[2] > 180
    moved = shapely.transform(other, lambda xy: xy - (168.5, 0))
    assert geodesy.area(one.symmetric_difference(moved)) < 1e-3
    assert faults(Case(there, np.array(radius), 1.0, "antimeridian")) == []


@pytest.mark.parametrize(
    ("xy", "radius"),
    [
        ([(0, 89.5), (120, 89.8), (-100, 89.2)], [60_000, 0, 30_000]),
        ([(0, -89.0), (180, -89.0)], [10_000, 50_000]),
        ([(20, 88.0), (0, 90.0), (140, 89.0)], [20_000, 0, 20_000]),
        ([(30, 85.0), (150, 85.0), (-90, 85.0), (30, 85.0)], [50_000, 90_000, 20_000, 50_000]),
    ],
    ids=["about a pole", "across a pole", "pinched at a pole", "round a pole"],
)
@pytest.mark.parametrize("tolerance", [0.1, 10.0])
def test_zones_at_a_pole_are_right(xy, radius, tolerance):
    assert faults(Case(shapely.LineString(xy), np.array(radius, float), tolerance, "pole")) == []


def test_parts_of_a_multi_line_have_radii_of_their_own():
    line = shapely.MultiLineString([[(36, 35), (36.2, 35)], [(36.2, 35.5), (36.4, 35.6), (36.6, 35.5)]])
    zone = geodesy.varying(line, [1_000, 2_000, 500, 0, 4_000]).geometry
    apart = [
        geodesy.varying(part, radius).geometry
        for part, radius in zip(line.geoms, ([1_000, 2_000], [500, 0, 4_000]), strict=True)
    ]
    assert zone.equals(shapely.union_all(apart))
    assert len(zone.geoms) == 3


def test_a_line_turned_round_has_the_same_zone():
    radius = np.array([3_000.0, 0, 8_000, 500])
    one, other = (
        geodesy.varying(BEND, radius, 0.01).geometry,
        geodesy.varying(BEND.reverse(), radius[::-1], 0.01).geometry,
    )
    assert geodesy.area(one.symmetric_difference(other)) < 0.02 * geodesy.length(one.boundary)


def test_the_zone_grows_with_every_radius():
    rng = np.random.default_rng(4)
    line = spiral(5, 30, 1.2, 40)
    radius = rng.uniform(0, 6_000, 40)
    inner = geodesy.varying(line, radius, 0.1).geometry
    outer = geodesy.varying(line, radius + 1.0, 0.1).geometry
    assert outer.contains(inner)


def test_the_same_line_gives_the_same_bytes():
    case = random_case(5)
    one, other = (geodesy.varying(case.line, case.radius_m, case.tolerance_m) for _ in range(2))
    assert one.geometry.wkb == other.geometry.wkb
    assert one.max_deviation_m == other.max_deviation_m


def test_five_thousand_vertices_are_drawn_in_seconds():
    rng = np.random.default_rng(7)
    xy = np.column_stack([np.linspace(30, 36, 5_000), 48 + 0.05 * np.cumsum(rng.normal(0, 0.2, 5_000))])
    line, radius = shapely.LineString(xy), 15_000 + 10_000 * np.sin(np.linspace(0, 40, 5_000))
    start = time.process_time()
    found = geodesy.varying(line, radius)
    assert time.process_time() - start < 30, "it takes three where nobody else is at work"
    gain = VaryingTruth(line, radius).gain(rim(found.geometry, rng, 45))
    assert np.abs(gain).max() <= found.max_deviation_m < 1.0


@pytest.mark.parametrize("lost", ["a taper", "a part", "a bite"])
def test_a_zone_that_lost_a_piece_is_refused(lost, monkeypatch):
    """What the certificate looks at is the finished zone: each fault is put into that."""
    engine = sys.modules["dmz.geodesy.varying"]
    line = shapely.MultiLineString([BEND, [(38, 35), (38.1, 35)]])
    radius = [3_000, 0, 5_000, 2_000, 1_000, 500]
    united = engine._union

    def spoiled(pieces):
        if lost == "a taper":
            return united([engine.Pieces(*vars(pieces[0]).values())])
        zone = united(pieces)
        if lost == "a part":
            return shapely.MultiPolygon([part for part in zone.geoms if part.bounds[0] < 37])
        return shapely.multipolygons(shapely.get_parts(zone.difference(shapely.Point(36.35, 35.44).buffer(1e-4))))

    assert geodesy.varying(line, radius).max_deviation_m < 1
    monkeypatch.setattr(engine, "_union", spoiled)
    with pytest.raises(GeometryError, match="no zone could be certified to 1 m: try a larger tolerance"):
        geodesy.varying(line, radius)


@pytest.mark.parametrize("most", [200_000.0, 1_000_000.0])
def test_the_largest_radii_are_right(most):
    case = Case(
        shapely.LineString([(20, 60), (40, 70), (45, 50)]), np.array([most, most / 50, most / 3]), 10.0, "large"
    )
    assert faults(case) == []


def test_uncertainty_bands_are_certified_zones(front):
    radius = np.array([1_000.0, 0.0, 3_000.0, 3_000.0, 200.0])
    band = uncertainty_band(dataclasses.replace(front, uncertainty_m=radius))
    gain = VaryingTruth(front.geometry, radius).gain(
        rim(shapely.multipolygons(shapely.get_parts(band)), np.random.default_rng(0))
    )
    assert np.abs(gain).max() < 1.0
    assert uncertainty_band(front) is None
    assert uncertainty_band(dataclasses.replace(front, uncertainty_m=np.zeros(5))) is None


@pytest.mark.parametrize(
    ("line", "radius", "tolerance", "error", "says"),
    [
        (BEND, [1, 2, 3], 1.0, InputError, r"shape \(3,\), and the line has 4 vertices"),
        (BEND, 5.0, 1.0, InputError, r"shape \(\), and the line has 4 vertices"),
        (BEND, [1, -2, 3, 4], 1.0, InputError, "-2 at vertex 1: give metres from 0"),
        (BEND, [1, 2, np.nan, 4], 1.0, InputError, "nan at vertex 2"),
        (BEND, [1, 2, 3, np.inf], 1.0, InputError, "inf at vertex 3"),
        (BEND, [1, 2, 3, 2e6], 1.0, InputError, "to 1e\\+06"),
        (BEND, ["a", 2, 3, 4], 1.0, InputError, "not numbers"),
        (BEND, [0, 0, 0, 0], 1.0, InputError, "0 everywhere"),
        (BEND, [1, 2, 3, 4], 0.0, InputError, "tolerance_m is 0"),
        (BEND, [1, 2, 3, 4], np.nan, InputError, "tolerance_m is nan"),
        (BEND, [1, -2, 3], 0.0, InputError, r"(?s)shape.*-2 at vertex 1.*tolerance_m"),
        (shapely.LineString(), [], 1.0, GeometryError, "empty"),
        (None, [1], 1.0, GeometryError, "empty"),
        (shapely.Point(1, 2), [1], 1.0, GeometryError, "a Point has no depth"),
        (shapely.box(0, 0, 1, 1), [1] * 5, 1.0, GeometryError, "a Polygon has no depth"),
        (shapely.LineString([(0, 0), (1, 91)]), [1, 2], 1.0, GeometryError, "beyond 90"),
        (shapely.LineString([(0, 0), (np.inf, 1)]), [1, 2], 1.0, GeometryError, "inf"),
    ],
)
def test_what_has_no_zone_is_refused_with_the_way_out(line, radius, tolerance, error, says):
    with pytest.raises(error, match=says):
        geodesy.varying(line, radius, tolerance)
