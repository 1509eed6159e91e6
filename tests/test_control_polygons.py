"""Areas and lines from control polygons drawn by hand, whose borders, gaps and overlaps are known."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import ROOT

import dmz
from dmz import control, geodata, geodesy
from dmz.errors import ControlWarning, CRSError, GeometryError, InputError, PartyError
from dmz.line import read_line

IDLIB = ROOT / "geodata" / "idlib"
# A degree of longitude at 35 N and of latitude, metres, by PROJ.
LON_M = geodesy.GEOD.inv(36, 35.05, 37, 35.05)[2]
LAT_M = geodesy.GEOD.inv(36, 35, 36, 36)[2]


def held(party, shapes, **columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"party": party, **columns}, geometry=shapes, crs="EPSG:4326")


def edge(lon: float) -> list[tuple[float, float]]:
    """A zigzag from south to north about a longitude."""
    return [(lon + (0.01 if n % 2 else 0.0), 35 + 0.01 * n) for n in range(11)]


def west_and_east(gap_deg: float = 0.0) -> gpd.GeoDataFrame:
    """Two areas that share a zigzag, or are apart by a gap, or overlap."""
    west = shapely.Polygon([(35.9, 35), *edge(36.0), (35.9, 35.1)])
    east = shapely.Polygon([(36.2, 35.1), *edge(36.0 + gap_deg)[::-1], (36.2, 35)])
    return held(["west", "east"], [west, east])


def quiet(*arguments, **options) -> control.Control:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ControlWarning)
        return control.from_polygons(*arguments, **options)


# ------------------------------------------------------------------------------------------------- the border


@pytest.mark.parametrize(("left", "course"), [("west", 1), ("east", -1)])
def test_the_shared_border_is_the_line_vertex_for_vertex_the_named_party_on_its_left(left, course):
    line = control.from_polygons(west_and_east()).line(left=left)
    assert shapely.get_coordinates(line.geometry) == pytest.approx(np.array(edge(36.0)[::course]), abs=1e-9)
    assert line.parties == (left, "east" if left == "west" else "west")
    assert line.uncertainty_m is None, "nobody stated one"


def test_coast_and_state_border_are_no_part_of_the_line():
    """Areas that reach into the sea and over the border are clipped to the theatre; its edge is no front."""
    theatre = shapely.box(35.95, 35.02, 36.1, 35.08)
    found = control.from_polygons(west_and_east(), within=theatre)
    line = found.line(left="west").geometry
    west, south, east, north = line.bounds
    assert (south, north) == pytest.approx((35.02, 35.08), abs=1e-7)
    assert geodesy.length(line) == pytest.approx(geodesy.length(shapely.LineString(edge(36.0)[2:9])), abs=0.1)
    assert west > 35.99
    assert east < 36.02
    assert found.areas["area_km2"].sum() == pytest.approx(
        geodesy.area(geodesy.densify(theatre, 500, edges="lonlat")) / 1e6, rel=1e-6
    )


def test_the_order_of_features_and_parties_does_not_matter():
    one = control.from_polygons(west_and_east()).line(left="west").geometry
    other = control.from_polygons(west_and_east().iloc[::-1]).line(left="west").geometry
    assert one.equals_exact(other)


def test_a_party_may_hold_several_features():
    table = west_and_east()
    north, south = (
        shapely.intersection(table.geometry.iloc[0], shapely.box(35, 35 + s, 37, 35.05 + s)) for s in (0.05, 0)
    )
    found = control.from_polygons(held(["west", "west", "east"], [north, south, table.geometry.iloc[1]]))
    assert geodesy.length(found.line("west").geometry) == pytest.approx(
        geodesy.length(shapely.LineString(edge(36.0))), abs=0.01
    )


# ------------------------------------------------------------------------------------------------- gaps, overlaps


@pytest.mark.parametrize(("gap_deg", "kind"), [(0.003, "gap"), (-0.003, "overlap")])
def test_what_is_narrower_than_the_closing_distance_is_parted_half_way(gap_deg, kind):
    wide_m = abs(gap_deg) * LON_M
    with pytest.warns(ControlWarning, match=rf"closed 1 {kind} \(.* km2, at most \d+ m wide\)"):
        found = control.from_polygons(west_and_east(gap_deg), closing_m=500)
    line = found.line("west").geometry
    inner = [geodesy.interpolate(line, at).coords[0] for at in np.linspace(1500, geodesy.length(line) - 1500, 200)]
    away = [geodesy.distance(np.array(inner), shapely.LineString(edge(36.0 + offset))) for offset in (0.0, gap_deg)]
    assert np.abs(away[0] - away[1]).max() < 1.5, "as far from one polygon's own ground as from the other's"
    assert (away[0] < wide_m).all()
    assert len(found.closed) == 1
    row = found.closed.iloc[0]
    assert (row["kind"], row["parties"]) == (kind, "east, west")
    assert row["area_km2"] == pytest.approx(abs(gap_deg) * LON_M * 0.1 * LAT_M / 1e6, rel=0.01)
    # The strip runs askew, at 45 degrees in degrees: its width is that across.
    assert row["width_m"] == pytest.approx(wide_m * LAT_M / np.hypot(LON_M, LAT_M), rel=0.15)
    assert found.settings["closing_m"] == 500
    areas = found.areas.set_index("party")["area_km2"]
    alone = west_and_east(gap_deg)
    grown = areas["west"] - geodesy.area(alone.geometry.iloc[0]) / 1e6
    assert grown == pytest.approx(np.sign(gap_deg) * row["area_km2"] / 2, rel=0.02)


def test_a_gap_wider_than_the_closing_distance_stays_open_and_parts_the_two():
    found = control.from_polygons(west_and_east(0.01), closing_m=500)
    assert len(found.closed) == 0
    assert len(found.fronts()) == 0
    with pytest.raises(GeometryError, match="east and west touch nowhere: no two parties touch"):
        found.line("east", "west")


def test_an_overlap_wider_than_the_closing_distance_is_refused_in_km2():
    with pytest.raises(
        InputError, match=r"east and west overlap by 10\.1\d+ km2 in one place, the largest near 36\.0"
    ) as caught:
        control.from_polygons(west_and_east(-0.01), closing_m=500)
    assert "wider than the closing distance of 500 m" in str(caught.value)
    both = shapely.intersection(*west_and_east(-0.01).geometry)
    km2 = float(str(caught.value).split("overlap by ")[1].split()[0])
    assert km2 == pytest.approx(geodesy.area(both) / 1e6, rel=1e-3)
    with pytest.raises(InputError, match="overlap"):
        control.from_polygons(west_and_east(-0.001), closing_m=0)


def test_the_uncertainty_is_that_stated_for_the_polygons_or_half_the_gap_whichever_is_larger():
    for stated, expected in (([2.0, 3.0], 3000.0), ([0.01, 0.02], None)):
        found = quiet(west_and_east(0.004).assign(uncertainty_km=stated), closing_m=600)
        unsure = found.line("west").uncertainty_m
        if expected is None:
            xy = shapely.get_coordinates(found.line("west").geometry)
            assert unsure == pytest.approx(geodesy.distance(xy, shapely.LineString(edge(36.0))), abs=2)
        else:
            assert (unsure == expected).all()


# ------------------------------------------------------------------------------------------------- parts, rest


def test_enclaves_and_exclaves_are_closed_parts_each_the_holder_on_its_left():
    hole = [(36.1, 35.04), (36.13, 35.04), (36.13, 35.07), (36.1, 35.07)]
    table = west_and_east()
    east = shapely.difference(table.geometry.iloc[1], shapely.Polygon(hole))
    found = control.from_polygons(held(["west", "west", "east"], [table.geometry.iloc[0], shapely.Polygon(hole), east]))
    for left in ("west", "east"):
        parts = shapely.get_parts(found.line(left=left).geometry)
        assert [part.is_closed for part in parts] == [False, True]
        ring = shapely.LinearRing(parts[1])
        assert ring.is_ccw == (left == "west")
        assert geodesy.length(parts[1]) == pytest.approx(geodesy.length(shapely.Polygon(hole)), abs=0.01)


def test_parts_cut_by_a_third_party_follow_each_other():
    shapes = [shapely.box(36, 35, 36.3, 35.1), shapely.box(36, 35.1, 36.1, 35.2), shapely.box(36.2, 35.1, 36.3, 35.2),
              shapely.box(36.1, 35.1, 36.2, 35.2)]  # fmt: skip
    found = control.from_polygons(held(["south", "north", "north", "third"], shapes))
    parts = shapely.get_parts(found.line("north", "south").geometry)
    assert [sorted(x for x, _ in part.coords) for part in parts] in (
        [[36.2, 36.3], [36.0, 36.1]], [[36.0, 36.1], [36.2, 36.3]],
    )  # fmt: skip
    south = shapely.get_parts(found.line("south", "north").geometry)
    assert [part.coords[0][0] for part in south] == pytest.approx([36.3, 36.1]), "the south on the left: westward"
    assert set(found.fronts()["left"] + found.fronts()["right"]) == {"northsouth", "norththird", "souththird"}


def test_the_rest_of_the_theatre_is_one_partys_and_slivers_along_the_border_are_not():
    """West's polygon misses the border of the theatre by 100 m: the strip between is no front."""
    theatre = shapely.box(35.9, 35.0, 36.2, 35.1)
    west = shapely.Polygon([(35.901, 35.001), *edge(36.0)[1:-1], (35.901, 35.099)])
    with pytest.warns(ControlWarning, match="closed 1 sliver"):
        found = control.from_polygons(held(["west"], [west]), within=theatre, rest="east", closing_m=500)
    line = found.line(left="west").geometry
    assert line.geom_type == "LineString"
    south, north = line.bounds[1::2]
    assert (south, north) == pytest.approx((35.0, 35.1), abs=0.012)
    inner = shapely.LineString(edge(36.0)[2:9])
    assert geodesy.distance(shapely.get_coordinates(inner), line).max() < 0.1
    assert found.areas["area_km2"].sum() == pytest.approx(
        geodesy.area(geodesy.densify(theatre, 500, edges="lonlat")) / 1e6, rel=1e-6
    )
    assert len(found.no_data) == 0
    bare = quiet(held(["west"], [west]), within=theatre, closing_m=500)
    assert bare.no_data["reason"].tolist() == ["in no polygon"]
    with pytest.raises(PartyError, match="no two parties touch"):
        bare.line()


def test_a_tolerance_makes_the_line_simpler_within_it_and_the_areas_follow():
    exact = control.from_polygons(west_and_east())
    simple = control.from_polygons(west_and_east(), tolerance_m=2000)
    line = simple.line("west").geometry
    assert len(line.coords) < 11
    assert geodesy.distance(np.array(edge(36.0)), line).max() <= 2000 + 1
    assert simple.areas["area_km2"].sum() == pytest.approx(exact.areas["area_km2"].sum(), rel=1e-4)
    assert shapely.coverage_is_valid(simple.areas.geometry.array)
    assert simple.settings["tolerance_m"] == 2000
    assert (
        control.from_polygons(west_and_east(), tolerance_m=10)
        .line("west")
        .geometry.equals_exact(exact.line("west").geometry, 1e-7)
    )


def test_the_areas_are_a_partition_also_where_something_was_closed():
    for gap in (0.003, -0.003):
        found = quiet(west_and_east(gap))
        assert shapely.coverage_is_valid(found.areas.geometry.array)
        union = shapely.union_all(found.areas.geometry.array)
        assert found.areas["area_km2"].sum() == pytest.approx(geodesy.area(union) / 1e6, rel=1e-9)


# ------------------------------------------------------------------------------------------------- Idlib


def test_the_areas_of_idlib_give_the_drawn_line_back():
    """The polygon of the opposition was drawn along the line; the rest of Syria's north-west is the government's."""
    theatre, areas = (geodata.read(IDLIB / f"{name}.geojson") for name in ("theatre", "areas"))
    drawn = read_line(IDLIB / "line.geojson")
    found = quiet(areas, within=theatre, rest="government", closing_m=2000)
    line = found.line("opposition", "government")
    assert line.geometry.geom_type == "LineString"
    assert line.length_km == pytest.approx(drawn.length_km, abs=0.3)
    away = geodesy.distance(shapely.get_coordinates(geodesy.densify(drawn.geometry, 250)), line.geometry)
    assert np.percentile(away, 98) < 1, "but for a sliver at the Turkish border, where it begins"
    assert geodesy.distance([line.geometry.coords[0]], drawn.geometry)[0] < 2000
    assert line.uncertainty_m.max() == 2000
    total = geodesy.area(geodesy.densify(theatre.union_all(), 500, edges="lonlat")) / 1e6
    assert found.areas["area_km2"].sum() == pytest.approx(total, rel=1e-6)


def test_a_line_from_polygons_is_written_with_what_was_asked(tmp_path):
    found = quiet(west_and_east(0.003), closing_m=400)
    path = dmz.write_geojson(found.table(found.line("west")), tmp_path / "line.geojson")
    row = gpd.read_file(path).iloc[0]
    assert (row["closing_m"], row["tolerance_m"], row["left"]) == (400, 0, "west")
    assert "sigma_km" not in row
    grounds = found.grounds()
    assert grounds["kind"].tolist() == ["held", "held", "closed"]
    assert grounds["why"].iloc[2] == "gap of east, west"
    dmz.write_geojson(grounds, tmp_path / "areas.geojson")


# ------------------------------------------------------------------------------------------------- errors


def test_polygons_that_cannot_be_used_are_refused_with_the_way_out(tmp_path):
    table = west_and_east()
    with pytest.raises(InputError, match=r"no column 'party' \(is it 'Party_'\?\)"):
        control.from_polygons(table.rename(columns={"party": "Party_"}))
    with pytest.raises(InputError, match="feature 1 has no party in 'party'"):
        control.from_polygons(table.assign(party=["west", None]))
    with pytest.raises(CRSError, match="no CRS"):
        control.from_polygons(table.set_crs(None, allow_override=True))
    with pytest.raises(GeometryError, match="a polygon is due"):
        control.from_polygons(table.set_geometry(table.geometry.boundary))
    with pytest.raises(GeometryError, match="no polygon lies in the theatre"):
        control.from_polygons(table, within=shapely.box(10, 50, 11, 51))
    with pytest.raises(InputError, match="'east' can hold all other ground only in a theatre"):
        control.from_polygons(table, rest="east")
    with pytest.raises(InputError, match="closing_m -1"):
        control.from_polygons(table, closing_m=-1)
    path = dmz.write_geojson(table, tmp_path / "areas.geojson")
    assert control.from_polygons(path).parties == ("east", "west")


def test_three_parties_with_a_gap_between_all_of_them():
    """Three sectors about a triangle: each of its points goes to the nearest."""
    middle = np.array([36.0, 35.0])
    shapes = []
    for turn in range(3):
        a, b = (np.radians(90 + 120 * t) for t in (turn, turn + 1))
        near, far = 0.004, 0.2
        ends = [
            (np.cos(x) * r, 0.82 * np.sin(x) * r)
            for x, r in ((a, near), (a, far), ((a + b) / 2, far), (b, far), (b, near))
        ]
        shapes.append(shapely.Polygon(middle + np.array(ends)))
    found = quiet(held(["a", "b", "c"], shapes), closing_m=1500)
    assert len(found.closed) == 1
    assert found.closed["parties"].tolist() == ["a, b, c"]
    assert found.areas["area_km2"].sum() == pytest.approx(
        geodesy.area(shapely.union_all([*shapes, *found.closed.geometry])) / 1e6, rel=1e-6
    )
    rng = np.random.default_rng(6)
    points = middle + rng.uniform(-0.004, 0.004, (400, 2))
    points = points[shapely.contains_xy(found.closed.union_all(), *points.T)]
    away = np.stack([geodesy.distance(points, shape.boundary) for shape in shapes])
    clear = np.sort(away, axis=0)[1] - away.min(axis=0) > 2
    for number, party in enumerate("abc"):
        mine = shapely.contains_xy(found.area(party), *points.T)
        assert (mine == (away.argmin(axis=0) == number))[clear].all()
    assert clear.sum() > 100
