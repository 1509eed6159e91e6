"""Places against zones and roads: precision circles, and what share was seen."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from truth import distance_m

from dmz import geodesy
from dmz.errors import InputError
from dmz.ground import Extent, Ground, anywhere, in_zone, on_roads
from dmz.observation import check_observations
from dmz.zone import zones

RADIUS_M = 6_371_000.0
# A road along the meridian of 36 E: its length and chainages are known from the reference implementation.
ROAD = shapely.LineString([(36.0, 35.0), (36.0, 35.3), (36.0, 35.9)])
OTHER = shapely.LineString([(36.5, 35.0), (36.5, 35.9)])
ROAD_KM = Geodesic.WGS84.Inverse(35.0, 36.0, 35.9, 36.0)["s12"] / 1000


def seen(*rows: dict) -> gpd.GeoDataFrame:
    plain = {"obligation": "x", "date_observed": "2018-10-17", "date_reported": "2018-10-17", "claim": "supports"}
    records = [{"id": f"o{n}", "observer": "A", "source": "s", **plain, **row} for n, row in enumerate(rows)]
    return check_observations(pd.DataFrame(records, columns=[*dict.fromkeys(k for r in records for k in r)]))


def place(lon: float, lat: float, precision_m: float = 0.0) -> dict:
    return {"lon": lon, "lat": lat, "precision_m": precision_m}


@pytest.fixture(scope="module")
def laid(front) -> gpd.GeoDataFrame:
    return zones(front, depth_km=(4, 8), reading="deep", party="north")


@pytest.fixture(scope="module")
def extent(laid) -> Extent:
    return Ground(laid).extent("deep")


def test_a_range_has_a_core_within_the_full_zone(extent):
    assert extent.full.covers(shapely.set_precision(extent.core, 1e-6).buffer(-1e-6))
    assert Ground(None).extent("deep") is None
    assert Ground(None).readings == []


def test_places_are_where_an_independent_distance_says(extent):
    random = np.random.default_rng(4)
    west, south, east, north = shapely.buffer(extent.full, 0.02).bounds
    xy = np.column_stack([random.uniform(west, east, 30), random.uniform(south, north, 30)])
    precision_m = random.choice([0.0, 200.0, 1500.0], 30)
    found = in_zone(seen(*(place(*p, r) for p, r in zip(xy, precision_m, strict=True))), extent, {}, seen_m=2000).ground
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_parts(shapely.boundary(extent.full))]
    core = [shapely.get_coordinates(ring) for ring in shapely.get_parts(shapely.boundary(extent.core))]
    for (lon, lat), r, ground in zip(xy, precision_m, found, strict=True):
        at = shapely.Point(lon, lat)
        full_m, core_m = (min(distance_m(lon, lat, ring) for ring in lines) for lines in (rings, core))
        if min(abs(full_m - r), abs(core_m - r)) < 0.01:
            continue
        inside, outside = extent.core.contains(at) and core_m > r, not extent.full.contains(at) and full_m > r
        between = extent.full.contains(at) and not extent.core.contains(at) and min(full_m, core_m) > r
        assert ground == ("inside" if inside else "outside" if outside else "fringe" if between else "edge")
    assert {*found} == {"inside", "outside", "fringe", "edge"}


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(("precision_m", "crosses"), [(999.0, False), (1001.0, True)])
def test_a_circle_that_crosses_the_boundary_is_on_the_edge(side, precision_m, crosses):
    box = shapely.box(36.0, 35.0, 36.4, 35.4)
    at = Geodesic.WGS84.Direct(35.2, 36.0, 90 * side, 1000.0)
    found = in_zone(seen(place(at["lon2"], at["lat2"], precision_m)), Extent(box, box), {}, seen_m=2000).ground
    assert found.tolist() == ["edge" if crosses else "inside" if side > 0 else "outside"]


def test_a_zone_of_one_depth_has_no_fringe(front):
    one = Ground(zones(front, depth_km=8, reading="deep", party="north")).extent("deep")
    assert one.core.equals(one.full)


def test_without_a_zone_a_place_is_unknown_and_no_share_is_given():
    found = in_zone(seen(place(36, 35), {}, {"road": "m4"}), None, {}, seen_m=2000)
    assert found.ground.tolist() == ["unknown", "whole", "unknown"]
    assert math.isnan(found.share([0], None))


BOX = shapely.box(36.0, 35.0, 36.6, 35.6)


def disc_m2(radius_m: float) -> float:
    """Area of a disc on a sphere of the mean radius: 2 pi R^2 (1 - cos(r / R))."""
    return 2 * math.pi * RADIUS_M**2 * (1 - math.cos(radius_m / RADIUS_M))


def polygon_m2(polygon: shapely.Polygon) -> float:
    """Area by the reference implementation."""
    ring = Geodesic.WGS84.Polygon()
    for lon, lat in polygon.exterior.coords[:-1]:
        ring.AddPoint(lat, lon)
    return abs(ring.Compute()[2])


def share(*places: dict, seen_m: float = 3000.0) -> float:
    found = in_zone(seen(*places), Extent(BOX, BOX), {}, seen_m=seen_m)
    return found.share(range(len(places)), None) * polygon_m2(BOX)


def test_the_share_seen_is_the_area_of_the_discs():
    assert share(place(36.3, 35.3)) == pytest.approx(disc_m2(3000), rel=1e-3)
    assert share(place(36.2, 35.3), place(36.4, 35.3)) == pytest.approx(2 * disc_m2(3000), rel=1e-3)
    assert share(place(36.3, 35.3), place(36.3, 35.3)) == pytest.approx(disc_m2(3000), rel=1e-3), "a union"


def test_overlapping_discs_count_their_lens_once():
    at = Geodesic.WGS84.Direct(35.3, 36.3, 90, 3000.0)
    r, d = 3000.0, 3000.0
    lens = 2 * r**2 * math.acos(d / (2 * r)) - d / 2 * math.sqrt(4 * r**2 - d**2)
    found = share(place(36.3, 35.3), place(at["lon2"], at["lat2"]))
    assert found == pytest.approx(2 * disc_m2(3000) - lens, rel=1e-3)


def test_a_disc_on_the_boundary_counts_the_half_that_lies_inside():
    assert share(place(36.0, 35.3)) == pytest.approx(disc_m2(3000) / 2, rel=1e-3)


def test_nothing_seen_is_a_share_of_nothing():
    found = in_zone(seen({}), Extent(BOX, BOX), {}, seen_m=2000)
    assert found.share([], None) == 0.0
    assert found.share([0], None) == 0.0


def test_a_chainage_is_a_point_of_the_road_in_a_zone():
    north = shapely.box(35.9, 35.3, 36.1, 35.9)
    rows = [{"road": "m4", "from_km": 20}, {"road": "m4", "from_km": 50}, {"road": "m4", "from_km": 20, "to_km": 50}]
    found = in_zone(seen(*rows, {"road": "m9", "from_km": 5}), Extent(north, north), {"m4": ROAD}, seen_m=2000)
    start = Geodesic.WGS84.Inverse(35.0, 36.0, 35.3, 36.0)["s12"] / 1000
    assert 20 < start < 50
    assert found.ground.tolist() == ["outside", "inside", "edge", "unknown"]


def test_places_near_each_other_speak_of_the_same_ground():
    at = Geodesic.WGS84.Direct(35.3, 36.3, 30, 2500.0)
    near, far = place(at["lon2"], at["lat2"], 600), place(at["lon2"], at["lat2"], 400)
    for other, same in ((near, True), (far, False)):
        found = anywhere(seen(place(36.3, 35.3, 0), other, {}), {}, seen_m=2000)
        assert found.meets[0, 1] == found.meets[1, 0] == same
        assert found.meets[2].tolist() == [False] * 3
        assert found.ground.tolist() == ["not checked", "not checked", "whole"]


# ------------------------------------------------------------------------------------------- roads


def test_a_stretch_of_a_road_is_its_share():
    found = on_roads(
        seen({"road": "m4", "from_km": 10, "to_km": 30}, {"road": "m4", "from_km": 20, "to_km": 35}),
        {"m4": ROAD},
        ["m4"],
        seen_m=1000,
    )
    assert found.share([0], "m4") == pytest.approx(20 / ROAD_KM, rel=1e-9)
    assert found.share([0, 1], "m4") == pytest.approx(25 / ROAD_KM, rel=1e-9), "a union"
    assert found.meets[0, 1]


def test_one_place_is_seen_on_either_side_and_not_beyond_the_end():
    found = on_roads(
        seen({"road": "m4", "from_km": 10}, {"road": "m4", "from_km": 0.5}), {"m4": ROAD}, ["m4"], seen_m=2000
    )
    assert found.share([0], "m4") == pytest.approx(4 / ROAD_KM, rel=1e-9)
    assert found.share([1], "m4") == pytest.approx(2.5 / ROAD_KM, rel=1e-9)


def test_a_point_is_on_the_road_it_is_near_to():
    roads = {"m4": ROAD, "m5": OTHER}
    rows = [
        place(36.005, 35.2, 100),
        place(36.2, 35.2, 100),
        place(36.25, 35.2, 40_000),
        {},
        {"road": "m5"},
        {"road": "m9"},
    ]
    found = on_roads(seen(*rows), roads, ["m4", "m5"], seen_m=1000)
    assert found.ground.tolist() == ["inside", "outside", "edge", "whole", "whole", "outside"]
    assert found.road.tolist() == ["m4", None, None, None, "m5", None]
    at = Geodesic.WGS84.Inverse(35.0, 36.0, 35.2, 36.0)["s12"]
    assert found.share([0], "m4") == pytest.approx(2000 / geodesy.length(ROAD), rel=1e-6)
    assert at > 1000


def test_the_share_of_roads_that_are_not_drawn_is_unknown():
    found = on_roads(seen({"road": "m4", "from_km": 10}, place(36, 35)), {}, ["m4"], seen_m=1000)
    assert math.isnan(found.share([0], "m4"))
    assert found.ground.tolist() == ["inside", "unknown"]


def test_a_chainage_beyond_the_end_is_named():
    rows = seen({"road": "m4", "from_km": 99}, {"road": "m4", "from_km": 99, "to_km": 101})
    with pytest.raises(InputError) as caught:
        on_roads(rows, {"m4": ROAD}, ["m4"], seen_m=1000)
    assert [*caught.value.faults] == [
        "observation o1: chainage 101 km lies beyond m4, 99.9 km long",
    ]


def test_no_observations_are_no_trouble():
    none = check_observations(
        pd.DataFrame(columns=["id", "date_observed", "date_reported", "claim", "observer", "source"])
    )
    for found in (
        in_zone(none, Extent(BOX, BOX), {}, seen_m=1),
        on_roads(none, {"m4": ROAD}, ["m4"], seen_m=1),
        anywhere(none, {}, seen_m=1),
    ):
        assert found.ground.shape == (0,)
        assert found.meets.shape == (0, 0)
