"""The tool that finds a shared border where two outlines do not quite agree."""

from __future__ import annotations

import pytest
import shapely

from dmz import geodesy
from tools.geodata.regions import REGIONS, build
from tools.geodata.ring import border

WEST = shapely.box(36.0, 35.0, 36.5, 35.5)


def test_the_border_of_two_neighbours_is_their_common_edge_the_first_on_its_left():
    line = border(WEST, shapely.box(36.5, 35.0, 37.0, 35.5))
    assert shapely.get_coordinates(line).tolist() == [[36.5, 35.0], [36.5, 35.5]]
    assert geodesy.nearest([(36.2, 35.2)], line).side[0] == 1


def test_a_gap_between_the_outlines_is_followed_along_the_first():
    dent = shapely.Polygon(
        [(36.5, 35.0), (37, 35.0), (37, 35.5), (36.5, 35.5), (36.5, 35.3), (36.55, 35.25), (36.5, 35.2)]
    )
    west = shapely.Polygon([(36, 35), (36.5, 35), (36.5, 35.2), (36.5, 35.25), (36.5, 35.3), (36.5, 35.5), (36, 35.5)])
    assert shapely.get_coordinates(border(west, dent))[:, 0] == pytest.approx([36.5] * 5)


def test_a_gap_too_long_parts_the_border_and_the_longer_run_is_kept():
    away = shapely.Polygon(
        [(36.5, 35.0), (37, 35.0), (37, 35.5), (36.5, 35.5), (36.5, 35.48), (36.6, 35.47), (36.6, 35.2), (36.5, 35.15)]
    )
    west = shapely.Polygon(
        [(36, 35), (36.5, 35), (36.5, 35.15), (36.5, 35.3), (36.5, 35.45), (36.5, 35.48), (36.5, 35.5), (36, 35.5)]
    )
    assert border(west, away).bounds == (36.5, 35.0, 36.5, 35.15)


def test_every_region_has_a_folder_of_its_own_and_a_window():
    assert len({region.key for region in REGIONS}) == len(REGIONS)
    for region in REGIONS:
        west, south, east, north = region.box
        assert west < east
        assert south < north
    assert callable(build)
