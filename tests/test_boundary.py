"""What patrols came near of the line and of the zone's edges: dense points by an independent truth, gap by gap."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from patrol_cases import near, sampled

import dmz
from dmz import boundary, patrol

WITHIN_M = 2_000.0


@pytest.fixture(scope="module")
def laid(front):
    """A zone deep in the north's ground, and one on both sides."""
    one = dmz.zones(front, depth_km=(6, 10), reading="deep", party="north").assign(reading="deep")
    both = dmz.zones(front, depth_km=4).assign(reading="both")
    return gpd.GeoDataFrame(pd.concat([one, both], ignore_index=True), crs=4326)


@pytest.fixture(scope="module")
def edges(laid, front):
    return patrol.edges(laid, front)


@pytest.fixture(scope="module")
def routes(edges):
    """Two patrols that somebody reported, and those the text implies."""
    reported = gpd.GeoDataFrame(
        {"id": ["a", "b"], "name": ["A", "B"], "basis": "reported", "reading": None},
        geometry=[
            shapely.LineString([(36.0, 35.51), (36.15, 35.5)]),
            shapely.LineString([(36.3, 35.4), (36.3, 35.62)]),
        ],
        crs=4326,
    )
    return gpd.GeoDataFrame(pd.concat([reported, patrol.implied(edges)], ignore_index=True), crs=4326)


@pytest.fixture(scope="module")
def watched(routes, edges, front):
    towns = gpd.GeoDataFrame({"name": ["Town"]}, geometry=[shapely.Point(36.0, 35.5)], crs=4326)
    return boundary.watched(routes, boundary.tracks(edges, front), within_m=WITHIN_M, places=towns)


def test_the_line_comes_first_then_every_edge_off_it(edges, front):
    drawn = boundary.tracks(edges, front)
    assert drawn["track"].tolist()[0] == boundary.LINE
    assert drawn["edge"].tolist() == [
        "line of contact", "6 km edge, north side", "10 km edge, north side", "4 km edge, north side", "4 km edge, south side",
    ]  # fmt: skip
    assert drawn["reading"].tolist()[1:] == ["deep", "deep", "both", "both"]


def test_reported_shares_are_those_of_dense_points(watched, routes, edges, front):
    mine = watched.shares[watched.shares["basis"] == "reported"].set_index("track")
    reported = routes[routes["basis"] == "reported"].geometry
    for track in boundary.tracks(edges, front).itertuples():
        points, steps = sampled(track.geometry, 20.0)
        inside = np.any([near(points, route, WITHIN_M) for route in reported], axis=0)
        assert mine.loc[track.track, "covered_km"] == pytest.approx(steps[inside].sum() / 1000, abs=0.1), track.track
    assert mine["known"].str.startswith("at least").all()


def test_gaps_and_what_is_covered_add_up_to_each_track(watched):
    key = ["basis", "track"]
    deep = watched.shares[watched.shares["reading"].isna() | (watched.shares["reading"] == "deep")]
    gaps = watched.gaps[watched.gaps["reading"].isna() | (watched.gaps["reading"] == "deep")]
    rest = gaps.groupby(key)["length_km"].agg(["sum", "max"])
    for row in deep.itertuples():
        total, longest = rest.loc[(row.basis, row.track)] if (row.basis, row.track) in rest.index else (0.0, 0.0)
        assert row.covered_km + total == pytest.approx(row.length_km, abs=0.01)
        assert row.longest_gap_km == pytest.approx(longest)


def test_implied_routes_cover_their_own_edges_and_the_line_only_where_they_run_along_it(watched):
    implied = watched.shares[watched.shares["basis"] == "implied"].set_index(["reading", "edge"])["covered_share"]
    assert implied.drop(index=("both", "line of contact")).tolist() == pytest.approx([1.0] * 5, abs=1e-3)
    assert implied["both", "line of contact"] == 0, "its edges are 4 km off"


def test_a_gap_names_the_settlement_nearest_to_its_ends(watched):
    assert {*watched.gaps["from_place"]} == {"Town"}
    assert [*watched.gaps.columns] == [*boundary.GAP_COLUMNS, "geometry"]
    assert [*watched.shares.columns] == [*boundary.SHARE_COLUMNS]


def test_without_a_reported_route_nothing_is_known_and_nothing_is_a_gap(routes, edges, front):
    found = boundary.watched(routes[routes["basis"] == "implied"], boundary.tracks(edges, front), within_m=WITHIN_M)
    reported = found.shares[found.shares["basis"] == "reported"]
    assert reported["known"].str.startswith("unknown").all()
    assert reported["covered_share"].isna().all()
    assert {*found.gaps["basis"]} == {"implied"}
