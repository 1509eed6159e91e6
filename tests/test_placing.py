"""Standing of points: distances by GeographicLib, edges and uncertainty, extents that nest and add up."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from exposure_cases import FRONT, beyond, front, places, scattered, to_edge_m
from truth import area_m2, distance_m

import dmz
from dmz import placing
from dmz.errors import CRSError, GeometryError, InputError

KEYS = ["reading", "band", "party"]


@pytest.fixture(scope="module")
def zones():
    return dmz.zones(front(), depth_km=(8, 12), reading="each-side")


def zone_of(zones, band: str, party: str) -> gpd.GeoDataFrame:
    return zones[(zones["band"] == band) & (zones["party"] == party)]


def test_distances_to_the_edge_are_those_of_geographiclib_and_negative_inside(zones):
    points = scattered(30, 1)
    found = placing.place(points, zones, near_km=200)
    assert len(found) == 4 * 30
    for row in found.iloc[::7].itertuples():
        here = zone_of(zones, row.band, row.party)
        at = points.geometry.iloc[row.row]
        assert abs(row.edge_km) == pytest.approx(to_edge_m(at.x, at.y, here.geometry.item()) / 1000, abs=2e-5)
        assert (row.edge_km < 0) == here.geometry.item().contains(at)


@pytest.mark.parametrize("seed", range(4))
def test_a_point_is_inside_where_its_distance_from_the_line_says(zones, seed):
    """Between the depths by GeographicLib; where its circle holds no boundary at all."""
    points, xy = scattered(40, seed), np.array(FRONT.coords)
    found = placing.place(points, zones, near_km=0)
    sure = found[found["standing"] == "inside"].set_index("row")
    assert sure.index.is_unique, "no point is surely in two bands or parties"
    for number, at in enumerate(points.geometry):
        away = distance_m(at.x, at.y, xy) / 1000
        unsure = np.nan_to_num(points["uncertainty_km"].iloc[number])
        if min(away, abs(away - 8), abs(away - 12)) > unsure + 0.02 and not _beside_an_end(at, unsure):
            band = "core" if away < 8 else "fringe" if away < 12 else None
            assert sure["band"].get(number) == band
        elif min(abs(away - 8), abs(away - 12)) < unsure - 0.02:
            assert number not in sure.index


def _beside_an_end(at: shapely.Point, unsure_km: float) -> bool:
    """Whether the line extended, which parts the parties there too, may be within the uncertainty."""
    return not 36.0 + 0.05 + unsure_km / 80 < at.x < 36.6 - 0.05 - unsure_km / 80


@pytest.mark.parametrize("azimuth", [0, 77, 180, 301])
def test_a_circle_that_crosses_the_edge_is_on_the_edge_and_one_that_does_not_is_not(zones, azimuth):
    core = zone_of(zones, "core", "north")
    at = beyond((36.3, 35.55), 0, 5_000)
    start = beyond(at, azimuth, 100)
    away = to_edge_m(*start, core.geometry.item())
    slack = core["max_deviation_m"].item() + 0.1
    for unsure_m, standing in ((away - slack - 1, "inside"), (away + 1, "edge"), (away + 50_000, "edge")):
        found = placing.place(places({"at": start, "uncertainty_km": unsure_m / 1000}), core)
        assert found["standing"].tolist() == [standing]
        assert found["uncertainty_km"].item() == pytest.approx(unsure_m / 1000)


def test_a_point_on_the_very_boundary_is_on_the_edge_of_both_sides_of_it(zones):
    ring = shapely.get_coordinates(shapely.boundary(zone_of(zones, "core", "north").geometry.item()))
    shared = [tuple(at) for at in ring if abs(distance_m(*at, np.array(FRONT.coords)) - 8_000) < 1.5][::20]
    assert len(shared) > 3
    found = placing.place(places(*({"at": at} for at in shared)), zones)
    assert {*found["standing"]} == {"edge"}
    assert (
        found.groupby("row")["band"]
        .agg({*found["band"]}.__class__)
        .map(lambda bands: bands >= {"core", "fringe"})
        .all()
    )
    assert found["edge_km"].abs().max() < 0.001


def test_a_point_between_two_parties_is_sure_to_be_in_the_zone_of_both_together(zones):
    at = places({"at": (36.3, 35.55), "uncertainty_km": 1.0})
    assert {*placing.place(at, zones)["standing"]} == {"edge"}
    both = placing.place(at, placing.extents(zones, by_party=False))
    assert both["standing"].tolist() == ["inside", "inside"]
    assert both["party"].tolist() == [None, None]


@pytest.mark.parametrize("column", ["uncertainty_km", "uncertainty_m", "precision_m"])
def test_an_uncertainty_may_be_in_metres_or_kilometres(zones, column):
    value = 2.5 if column == "uncertainty_km" else 2_500
    found = placing.place(places({"at": (36.3, 35.58), column: value}), zones)
    assert {*found["uncertainty_km"]} == {2.5}


def test_an_unknown_uncertainty_stays_unknown_and_a_default_fills_only_the_unknown(zones):
    points = places({"at": (36.3, 35.6), "uncertainty_km": None}, {"at": (36.31, 35.6), "uncertainty_km": 0.25})
    found = placing.place(points, zones)
    assert found["uncertainty_km"].isna().tolist() == (found["row"] == 0).tolist()
    given = placing.place(points, zones, uncertainty_km=1.0).groupby("row")["uncertainty_km"].first()
    assert given.tolist() == [1.0, 0.25]


def test_near_is_outside_within_the_distance_and_says_whether_other_ground_of_the_reading_holds_it(zones):
    outer, inner = beyond((36.3, 35.55), 0, 12_900), beyond((36.3, 35.55), 0, 8_500)
    points = places({"at": outer}, {"at": inner})
    found = placing.place(points, zone_of(zones, "core", "north"), near_km=1.0)
    assert found["row"].tolist() == [1]
    found = placing.place(points, zones[zones["party"] == "north"], near_km=1.0).set_index(["row", "band"])
    assert found["standing"].to_dict() == {(1, "core"): "near", (0, "fringe"): "near", (1, "fringe"): "inside"}
    assert found["in_reading"].to_dict() == {(1, "core"): True, (0, "fringe"): False, (1, "fringe"): True}


def test_extents_nest_and_their_areas_are_the_sums_of_the_bands(zones):
    whole = placing.extents(zones, by_party=False).set_index("band")
    assert whole.loc["core", "geometry"].difference(whole.loc["full", "geometry"]).area < 1e-12
    for band, table in (("core", zones[zones["band"] == "core"]), ("full", zones)):
        assert whole.loc[band, "area_km2"] == pytest.approx(sum(map(area_m2, table.geometry)) / 1e6, rel=1e-9)
    each = placing.extents(zones)
    assert each.groupby("band")["area_km2"].sum().to_dict() == pytest.approx(whole["area_km2"].to_dict())
    assert each["zone"].tolist() == [f"each-side-{b}-{p}" for b in ("core", "full") for p in ("north", "south")]


def test_the_core_lies_within_the_full_zone_for_every_point(zones):
    points = scattered(150, 5)
    found = placing.place(points, placing.extents(zones))
    for _, mine in found.groupby("party"):
        core, full = (mine[mine["band"] == band] for band in ("core", "full"))
        assert {*core[core["standing"] == "inside"]["row"]} <= {*full[full["standing"] != "near"]["row"]}
        assert {*core["row"]} <= {*full["row"]}


def test_a_long_edge_is_the_geodesic_between_its_ends():
    box = gpd.GeoDataFrame(
        {"reading": ["r"], "band": ["core"], "party": ["p"]}, geometry=[shapely.box(36, 35, 37, 35.9)], crs=4326
    )
    crown = places({"at": (36.5, 35.9005)}, {"at": (36.5, 35.9015)})
    assert not box.geometry.item().contains(crown.geometry).any()
    found = placing.place(crown, box)
    assert found[["row", "standing"]].to_numpy().tolist() == [[0, "inside"]]
    assert found["edge_km"].item() == pytest.approx(-to_edge_m(36.5, 35.9005, box.geometry.item()) / 1000, abs=1e-5)


def test_a_zone_over_the_antimeridian_holds_points_in_either_writing():
    line = dmz.line.Line(shapely.LineString([(179.8, 10), (180.2, 10.1)]), "north", "south")
    zone = dmz.zones(line, depth_km=10)
    found = placing.place(places({"at": (179.9, 10.06)}, {"at": (-179.9, 10.11)}), zone)
    assert found[["row", "standing", "party"]].to_numpy().tolist() == [[0, "inside", "north"], [1, "inside", "north"]]


def test_no_points_and_no_zones_give_tables_without_rows(zones):
    empty = placing.place(scattered(3, 0).iloc[:0], zones, near_km=5)
    assert empty.empty
    assert [*empty] == ["row", *placing.COLUMNS]
    assert [*placing.place(scattered(3, 0), zones.iloc[:0])] == ["row", *placing.COLUMNS]
    assert placing.extents(zones.iloc[:0]).empty


def test_wrong_inputs_are_told_with_a_way_out(zones):
    points = scattered(3, 0)
    with pytest.raises(InputError, match=r"the zones: it has no column 'party' \(is it 'Partei'\?\)"):
        placing.place(points, zones.rename(columns={"party": "Partei"}))
    with pytest.raises(CRSError, match="it has no CRS"):
        placing.place(points.set_crs(None, allow_override=True), zones)
    with pytest.raises(CRSError, match=r"it is in WGS 84 / UTM zone 37N: bring it to WGS 84 with \.to_crs"):
        placing.place(points.to_crs(32637), zones)
    with pytest.raises(GeometryError, match=r"feature 0 \(P0\).*Polygon, and a point is due: take a point of each"):
        placing.place(points.set_geometry([shapely.box(0, 0, 1, 1)] * 3), zones)
    with pytest.raises(GeometryError, match=r"feature 1 \(P1\): no geometry"):
        placing.place(points.set_geometry([points.geometry[0], None, shapely.Point(1, 2)]), zones)
    with pytest.raises(InputError, match=r"feature 2 \(P2\) has uncertainty_km -1\.0: give a number from 0 on"):
        placing.place(points.assign(uncertainty_km=[0.0, 1.0, -1.0]), zones)
    with pytest.raises(InputError, match=r"feature 0 \(P0\) has uncertainty_km 'about 2'"):
        placing.place(points.assign(uncertainty_km=["about 2", 1, None]), zones)
    for wrong in (-1, float("nan"), float("inf")):
        with pytest.raises(InputError, match="near_km is"):
            placing.place(points, zones, near_km=wrong)
        with pytest.raises(InputError, match="uncertainty_km is"):
            placing.place(points, zones, uncertainty_km=wrong)
    with pytest.raises(GeometryError, match="a table without geometry"):
        placing.place(pd.DataFrame({"name": ["a"]}), zones)
