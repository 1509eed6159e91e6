"""Cells of points on the ellipsoid: corners and edges equally far from their points, told by GeographicLib."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic

from dmz.errors import InputError
from dmz.geodesy import cell_edges, cells, nearest_points, to_degrees


def away_m(one, other) -> float:
    return Geodesic.WGS84.Inverse(one[1], one[0], other[1], other[0])["s12"]


@pytest.fixture(
    params=[(36.0, 35.0), (180.0, -17.0), (20.0, 78.0), (-70.0, 0.0)], ids=["Idlib", "Fiji", "Svalbard", "equator"]
)
def points(request) -> np.ndarray:
    lon, lat = request.param
    rng = np.random.default_rng(11)
    xy = np.column_stack([lon + rng.uniform(-1, 1, 60) / np.cos(np.radians(lat)), lat + rng.uniform(-1, 1, 60)])
    return np.column_stack([(xy[:, 0] + 180) % 360 - 180, xy[:, 1]])


def test_a_corner_is_as_far_from_both_points_of_its_edges_and_no_other_is_nearer(points):
    found = cells(points)
    inner = found.corners[found.nearest_m < 30_000]
    sites = found.sites[found.nearest_m < 30_000]
    checked = 0
    for edge, pair in zip(inner[:60], sites[:60], strict=True):
        for corner in to_degrees(edge):
            km = np.array([away_m(corner, point) for point in points]) / 1000
            if km.min() < 60:
                assert km[pair] == pytest.approx(km.min(), abs=2e-6), "to 2 mm"
                checked += 1
    assert checked > 60


def test_an_edge_is_equally_far_from_its_two_points_all_along(points):
    found = cells(points)
    near = found.only(
        (found.nearest_m < 30_000) & (np.hypot(*(found.corners[:, 1] - found.corners[:, 0])[:, :2].T) < 40_000)
    )
    edges = cell_edges(near)
    assert len(edges) == len(near.sites) > 40
    for edge, (one, other) in list(zip(edges, near.sites, strict=True))[:25]:
        for vertex in edge.coords:
            assert away_m(vertex, points[one]) == pytest.approx(away_m(vertex, points[other]), abs=2e-3)


def test_an_edge_has_a_vertex_where_it_is_nearest_to_its_points():
    found = cells(np.array([(36.0, 35.0), (36.1, 35.0), (36.05, 35.3)]))
    between = found.parting(np.array([0, 1, 1])).only(np.array([True, False]))
    vertices = np.array([vertex for edge in cell_edges(between) for vertex in edge.coords])
    away = np.array([away_m(vertex, (36.0, 35.0)) for vertex in vertices])
    assert away.min() == pytest.approx(away_m((36.0, 35.0), (36.1, 35.0)) / 2, abs=0.01)
    assert shapely.LineString(vertices).is_simple


def test_the_farthest_corner_bounds_each_cell(points):
    found = cells(points)
    rng = np.random.default_rng(12)
    lon, lat = points[:, 0].mean() if np.ptp(points[:, 0]) < 180 else 180.0, points[:, 1].mean()
    asked = np.column_stack([rng.uniform(lon - 0.9, lon + 0.9, 300), rng.uniform(lat - 0.9, lat + 0.9, 300)])
    which, away = nearest_points(asked, points)
    assert (away <= found.farthest_m[which] + 0.01).all()


def test_nearest_points_are_those_of_brute_force(points):
    asked = points + 0.013
    which, away = nearest_points(asked, points, 3)
    for place, several, distances in zip(asked[:20], which, away, strict=False):
        truth = np.array([away_m(place, point) for point in points])
        assert several.tolist() == truth.argsort()[:3].tolist()
        assert distances == pytest.approx(np.sort(truth)[:3], abs=1e-3)


def test_points_all_over_the_earth_are_refused():
    with pytest.raises(InputError, match="work on one region at a time"):
        cells(np.array([(0.0, 0.0), (90.0, 0.0), (0.0, 60.0)]))
