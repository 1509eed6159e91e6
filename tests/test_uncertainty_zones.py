"""Ground likely and possibly inside, settlements and people: by hand, by brute force, and of Idlib."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import ROOT
from pyproj import Geod
from scipy.optimize import brentq
from scipy.stats import norm
from truth import area_m2

from dmz import uncertainty
from dmz.errors import InputError
from dmz.line import Line
from dmz.uncertainty.people import CHANCE_COLUMNS, EXPECTED_COLUMNS, PROBABILITY_COLUMNS
from dmz.zone import zones

GEOD = Geod(ellps="WGS84")
EQUATOR = Line(shapely.LineString([(28.0, 0.0), (32.0, 0.0)]), left="north", right="south")
Z = norm.ppf(0.95)


def one(table, **where) -> gpd.GeoDataFrame:
    for column, value in where.items():
        table = table[table[column].isna() if value is None else table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def reach_m(ground, lon=30.0) -> tuple[float, float]:
    """How far south and north of the equator some ground goes at a longitude, metres."""
    _, south, _, north = shapely.intersection(ground, shapely.LineString([(lon, -1), (lon, 1)])).bounds
    signed = [np.sign(lat) * GEOD.inv(lon, 0, lon, lat)[2] for lat in (south, north)]
    return signed[0], signed[1]


def laid(line: Line, depth_km, **more) -> gpd.GeoDataFrame:
    return zones(line, depth_km=depth_km, **more)


# ------------------------------------------------------------------------------------------------------------- by hand


@pytest.mark.parametrize("width_m", [2_000.0, 15_000.0])
@pytest.mark.parametrize("least", [0.05, 0.5, 0.95])
def test_half_widths_are_those_that_a_root_finder_finds(width_m, least):
    sigma = np.array([1.0, 300, 900, 2_500, 20_000, 60_000])
    found = uncertainty.half_width(width_m, sigma, least)
    for s, h in zip(sigma, found, strict=True):
        excess = lambda t, s=s: norm.cdf((width_m / 2 - t) / s) - norm.cdf((-width_m / 2 - t) / s) - least  # noqa: E731
        expected = brentq(excess, 0, width_m + 50 * s, xtol=1e-6) if excess(0) >= 0 else np.nan
        assert h == pytest.approx(expected, abs=0.01, nan_ok=True)


def test_a_belt_much_wider_than_the_uncertainty_is_moved_by_it_at_either_edge():
    around = uncertainty.spread(EQUATOR, sigma_m=1_000)
    table = uncertainty.extents(laid(EQUATOR, 15, reading="deep", party="north"), around)
    likely, possible = (one(table, chance=chance).geometry for chance in ("likely", "possible"))
    assert reach_m(likely) == pytest.approx((Z * 1_000, 15_000 - Z * 1_000), abs=8)
    assert reach_m(possible) == pytest.approx((-Z * 1_000, 15_000 + Z * 1_000), abs=8)
    assert (table["max_deviation_m"] < 8).all()


def test_beyond_an_end_the_party_is_in_doubt_beside_the_line_extended():
    around = uncertainty.spread(EQUATOR, sigma_m=1_000)
    table = uncertainty.extents(laid(EQUATOR, (10, 20), reading="deep", party="south"), around)
    lon = GEOD.fwd(32, 0, 90, 8_000)[0]  # 8 km beyond the end
    for band, far in (("core", 10_000), ("full", 20_000)):
        south, north = reach_m(one(table, chance="likely", band=band).geometry, lon)
        assert north == pytest.approx(-Z * 1_000, abs=8)
        assert south == pytest.approx(-np.sqrt((far - Z * 1_000) ** 2 - 8_000**2), abs=20)
        south, north = reach_m(one(table, chance="possible", band=band).geometry, lon)
        assert north == pytest.approx(Z * 1_000, abs=8)
    lon = GEOD.fwd(32, 0, 90, 15_000)[0]
    assert reach_m(one(table, chance="possible", band="fringe").geometry, lon)[1] == pytest.approx(Z * 1_000, abs=8)


def test_both_parties_together_have_no_doubt_along_the_line():
    around = uncertainty.spread(EQUATOR, sigma_m=1_000)
    table = uncertainty.extents(laid(EQUATOR, (10, 15)), around)
    both = one(table, chance="likely", band="full", party=None)
    assert reach_m(both.geometry) == pytest.approx((-15_000 + Z * 1_000, 15_000 - Z * 1_000), abs=8)
    assert both.area_km2 > sum(
        one(table, chance="likely", band="full", party=party).area_km2 for party in EQUATOR.parties
    )
    assert both.area_km2 == pytest.approx(area_m2(both.geometry) / 1e6, rel=1e-6)


def test_each_party_may_have_its_own_depth():
    around = uncertainty.spread(EQUATOR, sigma_m=500)
    table = uncertainty.extents(laid(EQUATOR, {"north": 10, "south": 5}, reading="per-side"), around)
    whole = one(table, chance="possible", party=None).geometry
    assert reach_m(whole) == pytest.approx((-5_000 - Z * 500, 10_000 + Z * 500), abs=8)


def test_a_fringe_narrow_beside_the_uncertainty_is_nowhere_likely():
    around = uncertainty.spread(EQUATOR, sigma_m=2_000)
    table = uncertainty.extents(laid(EQUATOR, (15, 20), reading="deep", party="north"), around)
    assert set(table[table["chance"] == "possible"]["band"]) == {"core", "fringe", "full"}
    assert set(table[table["chance"] == "likely"]["band"]) == {"core", "full"}, "0.79 is the most, in its middle"


def test_a_line_that_is_certain_leaves_the_zone_as_it_is(front, square):
    zone = laid(front, 6, reading="deep", party="north", within=square)
    table = uncertainty.extents(zone, uncertainty.spread(front, sigma_m=0, within=square))
    for found in table.geometry:
        apart = shapely.symmetric_difference(found, zone.geometry.iloc[0])
        assert area_m2(shapely.MultiPolygon([p for p in shapely.get_parts(apart) if p.geom_type == "Polygon"])) < 2e5


def test_membership_is_the_chance_where_sigma_is_the_same_everywhere(front, square):
    around = uncertainty.spread(front, sigma_m=1_200, within=square)
    zone = laid(front, (5, 9), within=square)
    table = uncertainty.extents(zone, around, chances={"even": 0.5, "likely": 0.95, "possible": 0.05})
    rng = np.random.default_rng(3)
    points = np.column_stack([rng.uniform(35.95, 36.55, 3_000), rng.uniform(35.3, 35.7, 3_000)])
    wrong = []
    for row in table.itertuples():
        whose = None if pd.isna(row.party) else row.party
        chance = uncertainty.probability(points, around, near_m=row.depth_from_m, far_m=row.depth_to_m, party=whose)
        inside = shapely.contains_xy(row.geometry, *points.T)
        close = shapely.distance(row.geometry.boundary, shapely.points(points)) < 2e-4
        ends = uncertainty.bearing(points, around).beyond  # there the side is in doubt across the line extended
        wrong.append(((inside != (chance >= row.probability)) & ~close & ~ends).sum())
    assert len(wrong) == 3 * 8 - 2  # the fringe of 4 km is nowhere likely
    assert sum(wrong) == 0


def test_holes_of_a_ring_grow_and_shrink_with_the_chance():
    angle = np.linspace(0, 2 * np.pi, 361)[:-1]
    corners = np.array([GEOD.fwd(30, 0, 90 - deg, 30_000)[:2] for deg in np.degrees(angle)])  # counter-clockwise
    ring = Line(shapely.LineString([*corners, corners[0]]), left="inside", right="outside")
    table = uncertainty.extents(laid(ring, 10, reading="deep", party="inside"), uncertainty.spread(ring, sigma_m=1_000))
    for chance, near, far in (("likely", Z, 10 - Z), ("possible", -Z, 10 + Z)):
        found = one(table, chance=chance)
        assert len(found.geometry.geoms) == 1
        assert len(found.geometry.geoms[0].interiors) == 1
        assert found.area_km2 == pytest.approx(np.pi * ((30 - near) ** 2 - (30 - far) ** 2), rel=2e-3)


def test_where_sigma_changes_the_depth_changes_with_it():
    line = Line(EQUATOR.geometry, "north", "south", uncertainty_m=np.array([500.0, 2_500.0]))
    table = uncertainty.extents(laid(line, 15, reading="deep", party="north"), uncertainty.spread(line))
    for lon, sigma in ((29.0, 1_000), (30.0, 1_500), (31.0, 2_000)):
        for chance, sign in (("likely", -1), ("possible", 1)):
            _, far = reach_m(one(table, chance=chance).geometry, lon)
            assert far == pytest.approx(15_000 + sign * Z * sigma, abs=20)


def test_a_chance_that_is_none_is_refused():
    zone = laid(EQUATOR, 5)
    with pytest.raises(InputError, match="sure: give a probability above 0 and below 1"):
        uncertainty.extents(zone, uncertainty.spread(EQUATOR, sigma_m=1), chances={"sure": 1.0})


# -------------------------------------------------------------------------------------------------- settlements, people


def villages(north_m, people, lon=30.0) -> gpd.GeoDataFrame:
    """Settlements so many metres north of the equator, a degree apart where no longitude is given for all."""
    lons = np.broadcast_to(lon, len(north_m))
    points = [shapely.Point(GEOD.fwd(x, 0, 0, y)[:2]) for x, y in zip(lons, north_m, strict=True)]
    ids = [f"v{number}" for number in range(len(north_m))]
    return gpd.GeoDataFrame({"id": ids, "name": ids, "population": people}, geometry=points, crs=4326)


def test_far_apart_settlements_are_inside_as_independent_ones_are():
    """Poisson-binomial by convolution: eight settlements half a degree apart, displacements together over 2 km."""
    north = np.array([13_000, 14_000, 14_500, 15_000, 15_500, 16_000, 14_800, 16_500.0])
    places = villages(north, [1] * 8, np.linspace(28.2, 31.8, 8))
    zone = laid(EQUATOR, 15, reading="deep", party="north")
    around = uncertainty.spread(EQUATOR, sigma_m=1_000, correlation_km=2)
    table = uncertainty.expected(places, zone, around, draws=20_000).iloc[0]
    p = norm.cdf((15_000 - north) / 1_000)
    shares = np.array([1.0])
    for each in p:
        shares = np.convolve(shares, [1 - each, each])
    cumulative = np.cumsum(shares)
    assert table["settlements_expected"] == pytest.approx(p.sum(), abs=1e-3)
    assert table["settlements_low"] == np.searchsorted(cumulative, 0.05)
    assert table["settlements_high"] == np.searchsorted(cumulative, 0.95)
    assert table["population_low"] == table["settlements_low"]


def test_settlements_along_one_stretch_are_inside_together():
    places = villages([15_000.0] * 6, [100] * 6, np.linspace(29.9, 30.1, 6))
    around = uncertainty.spread(EQUATOR, sigma_m=1_000, correlation_km=500)
    table = uncertainty.expected(places, laid(EQUATOR, 15, reading="deep", party="north"), around).iloc[0]
    assert (table["population_low"], table["population_high"]) == (0, 600), "independent ones would be 100 to 500"
    assert table["population_expected"] == pytest.approx(300, abs=1)


def test_unknown_people_stay_unknown():
    zone = laid(EQUATOR, 15, reading="deep", party="north")
    around = uncertainty.spread(EQUATOR, sigma_m=1_000)
    table = uncertainty.expected(villages([5_000.0, 15_000, 90_000], [None, 0, 70]), zone, around).iloc[0]
    assert pd.isna(table["population_expected"])
    assert pd.isna(table["population_high"])
    assert table["settlements_population_unknown_expected"] == pytest.approx(1.5, abs=1e-3)
    known = uncertainty.expected(villages([5_000.0, 15_000], [None, 70]), zone, around).iloc[0]
    assert known["population_expected"] == 35
    assert list(known.index) == [*EXPECTED_COLUMNS]


def test_a_report_of_who_holds_a_place_tells_its_side():
    places = villages([500.0, 500, 500, 500], [None] * 4).assign(holder=["north", "south", None, "others"])
    zone = laid(EQUATOR, 15, reading="deep", party="north")
    table = uncertainty.chances(places, zone, uncertainty.spread(EQUATOR, sigma_m=1_000)).set_index("settlement")
    assert table["probability_full"].to_numpy() == pytest.approx([norm.cdf(0.5)] * 4, abs=1e-6)
    given = table.loc[["v0", "v1", "v2", "v3"], "probability_if_held"].to_numpy()
    assert given == pytest.approx([1, 0, np.nan, 0], abs=1e-6, nan_ok=True)


def test_chances_are_listed_whether_a_place_is_drawn_inside_or_not():
    places = villages([14_000.0, 16_000, 30_000], [10, None, 5])
    table = uncertainty.chances(
        places, laid(EQUATOR, (13, 15), reading="deep", party="north"), uncertainty.spread(EQUATOR, sigma_m=1_000)
    )
    assert [*table.columns] == [*CHANCE_COLUMNS, "geometry"]
    assert table["settlement"].tolist() == ["v0", "v1"], "the third is 15 standard deviations off"
    assert table["probability_core"].to_numpy() == pytest.approx(norm.cdf([-1, -3]), abs=1e-6)
    assert table["probability_full"].to_numpy() == pytest.approx(norm.cdf([1, -1]), abs=1e-6)
    assert table["chance"].tolist() == ["possible", "possible"]


def test_the_same_seed_gives_the_same_numbers():
    places = villages(np.linspace(12_000, 17_000, 20), [*range(1, 21)], np.linspace(29, 31, 20))
    zone, around = laid(EQUATOR, 15), uncertainty.spread(EQUATOR, sigma_m=1_000)
    first, again, other = (uncertainty.expected(places, zone, around, draws=50, seed=seed) for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


# --------------------------------------------------------------------------------------------------------------- Idlib


def test_likely_ground_of_idlib_lies_in_the_zone_and_that_in_possible_ground(sochi):
    for zone in sochi.zones.itertuples():
        rows = sochi.dossier.doubt.extents
        rows = rows[(rows["reading"] == zone.reading) & (rows["band"] == zone.band) & (rows["party"] == zone.party)]
        by_chance = rows.set_index("chance").geometry
        assert shapely.is_valid(by_chance.to_numpy()).all()
        for inner, outer in ((by_chance["likely"], zone.geometry), (zone.geometry, by_chance["possible"])):
            outside = shapely.difference(inner, outer)
            assert outside.area * 111**2 < 1e-3  # km2: slivers where both follow one boundary


def test_settlements_of_idlib_have_the_chance_of_their_zone(sochi):
    table = sochi.settlements
    assert table["probability"].between(0, 1).all()
    assert (table["probability_full"] >= table["probability"] - 1e-12).all()
    deep = table[(table["reading"] == "deep") & (table["band"] == "core") & (table["standing"] == "inside")]
    deep = deep.set_index("settlement")
    line = dataclasses.replace(sochi.line, areas=None)
    inner = deep[deep["distance_km"].between(3, 12)]
    for name, row in inner.iloc[::10].iterrows():
        seen = uncertainty.bearing([row.geometry.coords[0]], uncertainty.spread(line))
        t, sigma = 1000 * row["distance_km"], seen.sigma_m[0]
        assert row["probability"] == pytest.approx(norm.cdf((15_000 - t) / sigma) - norm.cdf(-t / sigma), abs=1e-4), (
            name
        )


def test_expected_settlements_of_idlib_are_the_sum_of_their_chances(sochi):
    for row in sochi.dossier.doubt.expected.itertuples():
        here = sochi.dossier.doubt.chances[sochi.dossier.doubt.chances["reading"] == row.reading]
        assert row.settlements_expected == pytest.approx(here[f"probability_{row.extent}"].sum(), abs=0.05)
        assert row.settlements_low < row.settlements_expected < row.settlements_high


def test_the_method_says_what_the_model_gives(sochi):
    """The second table of step 15, measured by tools.chances, at the correlation length the model has."""
    method = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    numbers = method.partition("<!-- numbers: python -m tools.chances -->")[2].partition("<!-- end of numbers -->")[0]
    doubt = sochi.dossier.doubt
    row = doubt.expected.set_index(["reading", "extent"]).loc[("deep", "full")]
    low, high = (int(row[f"population_{edge}"]) for edge in ("low", "high"))
    people = f"{low:,} to {high:,}".replace(",", " ")
    said = f"| {doubt.around.correlation_m / 1000:g} km of way | {row['settlements_low']:.0f} to {row['settlements_high']:.0f} | {people} |"
    assert said in numbers.splitlines()


def test_half_the_distance_of_labels_is_two_thirds_of_what_idlibs_line_states(sochi):
    labels = sochi.places[sochi.places["holder"].notna()]
    found = uncertainty.sigma_from_labels(sochi.line, labels)
    assert np.median(found / sochi.line.uncertainty_m) == pytest.approx(2 / 3, abs=0.02)


def test_every_column_of_settlements_is_documented(sochi):
    assert {*PROBABILITY_COLUMNS} <= {*sochi.settlements.columns}
    for name, table in sochi.dossier.doubt.tables.items():
        columns = [column for column in table if column != "geometry"]
        assert columns == [*uncertainty.TABLE_COLUMNS[name]]
