"""Points in zones: the same answers as exact tests, whatever is asked, and never a guess."""

from __future__ import annotations

import pickle
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geodesic_truth import Truth
from pyproj import Geod

import dmz
from dmz import geodesy
from dmz.errors import CRSError, GeometryError, InputError
from dmz.line import Line
from dmz.locating import Kernel, locate
from dmz.locating.asking import kernel_of
from dmz.locating.frames import SwappedAxesWarning, UnplacedWarning
from dmz.locating.grid import Grid, Index, exactly

SIDES = (16, 64, 256, 1024)


@pytest.fixture(scope="module")
def belts(front):
    return dmz.zones(front, depth_km=(15, 20))


def by_hand(zones: gpd.GeoDataFrame, xy: np.ndarray) -> np.ndarray:
    """Zone of every point by one unprepared GEOS test a point and zone: the least depth first, then the row."""
    found = np.full(len(xy), None, dtype=object)
    points = shapely.points(xy)
    for at in np.argsort(zones["depth_to_m"].to_numpy(), kind="stable"):
        held = shapely.intersects(zones.geometry.iloc[at], points) & (found == None)  # noqa: E711
        found[held] = zones["zone"].iloc[at]
    return found


def around(zones: gpd.GeoDataFrame, count: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    west, south, east, north = zones.total_bounds
    return np.column_stack([rng.uniform(west - 0.1, east + 0.1, count), rng.uniform(south - 0.1, north + 0.1, count)])


def zone_table(shapes, **columns) -> gpd.GeoDataFrame:
    count = len(shapes)
    said = {
        "zone": [f"z{n}" for n in range(count)],
        "reading": ["r"] * count,
        "party": ["p"] * count,
        "band": ["core"] * count,
    }
    return gpd.GeoDataFrame(said | columns, geometry=list(shapes), crs=4326)


def texts(values) -> np.ndarray:
    values = pd.Series(values).astype(object)
    return values.where(values.notna(), None).to_numpy()


# The kernel


def test_the_same_answers_as_geos_one_by_one(belts):
    xy = around(belts, 3_000)
    found = locate(xy, kernel_of(belts, edges="lonlat"))
    assert (texts(found["zone"]) == by_hand(belts, xy)).all()
    assert found["zone"].nunique() == 4
    assert found["zone"].isna().any()


@pytest.mark.parametrize("side", SIDES)
def test_a_raster_of_any_fineness_gives_the_exact_answers(belts, side):
    shapes = belts.geometry.to_numpy()
    shapely.prepare(shapes)
    edges = shapely.get_coordinates(shapely.boundary(shapes))
    vertex = np.unique(edges, axis=0)
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(shapes))]
    middle = np.concatenate([(ring[1:] + ring[:-1]) / 2 for ring in rings])
    nudged = np.nextafter(vertex, np.inf)
    xy = np.concatenate([around(belts, 20_000), vertex, middle, nudged])
    assert (Grid(shapes, side).codes(*xy.T) == exactly(shapes, *xy.T)).all()


@pytest.mark.parametrize("seed", range(12))
def test_random_zones_that_overlap_touch_and_have_holes(seed):
    rng = np.random.default_rng(seed)
    discs = [shapely.Point(*rng.uniform(0, 1, 2)).buffer(rng.uniform(0.01, 0.4), quad_segs=3) for _ in range(6)]
    boxes = [shapely.box(0, 0, 0.5, 0.5), shapely.box(0.5, 0, 1, 0.5), shapely.box(0.25, 0.25, 0.75, 0.75)]
    holed = shapely.difference(shapely.box(-0.2, -0.2, 1.2, 1.2), discs[0])
    shapes = np.array([*discs, *boxes, holed], dtype=object)
    rng.shuffle(shapes)
    shapely.prepare(shapes)
    on_a_lattice = np.stack(np.meshgrid(np.linspace(-0.25, 1.25, 61), np.linspace(-0.25, 1.25, 61)), axis=-1).reshape(
        -1, 2
    )
    xy = np.concatenate([rng.uniform(-0.3, 1.3, (5_000, 2)), shapely.get_coordinates(shapes), on_a_lattice])
    truth = exactly(shapes, *xy.T)
    for side in (7, 33, 128):
        assert (Grid(shapes, side).codes(*xy.T) == truth).all()
    assert (Index(shapes).codes(*xy.T) == truth).all()


def test_a_box_is_decided_only_where_all_of_it_is_one(belts):
    shapes = belts.geometry.to_numpy()
    shapely.prepare(shapes)
    grid, rng = Grid(shapes, 256), np.random.default_rng(4)
    low = around(belts, 2_000)
    high = low + rng.uniform(0, 0.05, low.shape)
    code = grid.decided(*low.T, *high.T)
    assert (code >= 0).mean() > 0.3
    for at in np.flatnonzero(code >= 0):
        box = shapely.box(*low[at], *high[at])
        if code[at]:
            assert shapes[code[at] - 1].contains(box)
        else:
            assert not shapely.intersects(shapes, box).any()


def test_more_points_get_a_finer_raster_and_few_get_none(belts):
    index = Index(belts.geometry.to_numpy())
    xy = around(belts, 400_000)
    index.codes(*xy[:1000].T)
    assert index.grid is None
    index.codes(*xy.T)
    assert index.grid.side == 256
    index.expect(3_000_000)
    index.codes(*xy[:10].T)
    assert index.grid.side == 1024


def test_points_that_are_soon_answered_want_no_raster(belts):
    """All far outside: each test is over at the bounding box."""
    index = Index(belts.geometry.to_numpy())
    assert not index.codes(*(around(belts, 40_000) + 60).T).any()
    assert index.grid is None


def test_a_border_is_of_the_lesser_depth_and_the_line_is_of_the_left():
    """Near < d <= far: the border of two bands is core, the outer edge is in; between two parties, the left."""
    shapes = [shapely.box(0, 1, 9, 2), shapely.box(0, 0, 9, 1), shapely.box(0, -1, 9, 0)]
    depths = {"depth_to_m": [20.0, 10.0, 10.0], "band": ["fringe", "core", "core"], "party": ["n", "n", "s"]}
    zones = zone_table(shapes, **depths)
    xy = [(4, 1), (4, 0), (4, 2), (4, -1), (0, 0.5), (4, 2.0000001)]
    line = Line(shapely.LineString([(0, 0), (9, 0)]), left="n", right="s")
    for rows in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        found = locate(np.array(xy, float), kernel_of(zones.iloc[rows], line=line, edges="lonlat"))
        assert texts(found["zone"]).tolist() == ["z1", "z1", "z0", "z2", "z1", None]


def test_zones_have_geodesic_edges_unless_told_otherwise():
    """The geodesic along 50 N between 0 and 10 E bulges north: half-way it runs 0.11 degrees north of the parallel."""
    zones = zone_table([shapely.Polygon([(0, 50), (10, 50), (10, 45), (0, 45)])])
    lon, lat, _ = Geod(ellps="WGS84").fwd(
        0, 50, Geod(ellps="WGS84").inv(0, 50, 10, 50)[0], Geod(ellps="WGS84").inv(0, 50, 10, 50)[2] / 2
    )
    below, above = (lon, lat - 1e-6), (lon, lat + 1e-6)
    assert locate([below, above], zones)["zone"].notna().tolist() == [True, False]
    assert locate([below, above], kernel_of(zones, edges="lonlat"))["zone"].notna().tolist() == [False, False]


@pytest.mark.parametrize("turn", [0, 360, -360])
def test_over_the_antimeridian_in_whichever_turn(turn):
    zones = zone_table([shapely.box(178, 0, 182, 2), shapely.box(175, 0, 178, 2)])
    xy = np.array([(179.5, 1), (-179.5, 1), (180, 1), (-180, 1), (-177.9, 1), (177, 1), (3, 1)], float)
    xy[:, 0] = np.where(np.abs(xy[:, 0] + turn) <= 360, xy[:, 0] + turn, xy[:, 0])
    found = locate(xy, zones)
    assert texts(found["zone"]).tolist() == ["z0", "z0", "z0", "z0", None, "z1", None]


def test_split_at_the_antimeridian_both_halves_count():
    zones = zone_table([shapely.MultiPolygon([shapely.box(178, 0, 180, 2), shapely.box(-180, 0, -178, 2)])])
    xy = np.array([(179, 1), (-179, 1), (181, 1), (-181, 1), (180, 1), (-180, 1), (177.9, 1)], float)
    assert locate(xy, zones)["zone"].notna().tolist() == [True] * 6 + [False]


def test_every_reading_has_its_own_answer(front):
    zones = pd.concat([dmz.zones(front, depth_km=15, reading=reading) for reading in ("each-side", "total-width")])
    xy = np.array([(36.2, 35.47), (36.2, 35.56), (36.2, 37.0)])
    found = locate(xy, zones)
    assert found["row"].tolist() == [0, 0, 1, 1, 2, 2]
    assert found["reading"].tolist() == ["each-side", "total-width"] * 3
    assert found["band"].notna().tolist() == [True, True, True, False, False, False]


def test_what_has_no_place_is_kept_counted_and_has_no_answer(belts):
    inside = (36.2, 35.47)
    bad = [(np.nan, 35.4), (36.2, np.inf), (36.2, 95.0), (400.0, 35.4), (np.nan, np.nan)]
    with pytest.warns(UnplacedWarning, match="5 of 6 points have no place"):
        found = locate(np.array([inside, *bad]), belts)
    assert len(found) == 6
    assert found.loc[0, ["zone", "reading", "party", "band"]].notna().all()
    assert found.loc[1:].isna().all(axis=None)


def test_empty_and_missing_geometries_are_kept(belts):
    points = gpd.GeoDataFrame({"id": [1, 2, 3]}, geometry=[shapely.Point(36.2, 35.47), None, shapely.Point()], crs=4326)
    with pytest.warns(UnplacedWarning, match="2 of 3"):
        found = locate(points, belts)
    assert found["id"].tolist() == [1, 2, 3]
    assert found["reading"].notna().tolist() == [True, False, False]


def test_all_points_without_a_place_in_any_number(belts):
    with pytest.warns(UnplacedWarning, match="100,000 of 100,000"):
        found = locate(np.full((100_000, 2), np.nan), belts)
    assert found["reading"].isna().all()


def test_swapped_axes_are_told():
    zones = zone_table([shapely.box(36, 10, 38, 12)])
    with pytest.warns(SwappedAxesWarning, match="longitude first"):
        locate(np.array([(11.0, 37.0), (10.5, 36.5)]), zones)


def test_no_points_give_no_rows(belts):
    assert len(locate(np.empty((0, 2)), belts)) == 0
    nothing = gpd.GeoDataFrame({"id": []}, geometry=[], crs=4326)
    assert [*locate(nothing, belts).columns] == ["id", "geometry", "zone", "reading", "party", "band"]


def test_a_frame_keeps_its_columns_and_index(belts):
    xy = around(belts, 50)
    points = gpd.GeoDataFrame({"n": range(50)}, geometry=gpd.points_from_xy(*xy.T), crs=4326, index=range(100, 150))
    found = locate(points, belts)
    assert found.index.equals(points.index)
    assert found["n"].tolist() == list(range(50))
    assert (texts(found["zone"]) == texts(locate(xy, belts)["zone"])).all()
    assert "zone" not in points, "the input stays as it is"
    alone = locate(points.geometry, belts)
    assert (texts(alone["zone"]) == texts(found["zone"])).all()


def test_columns_that_are_there_already_are_not_overwritten(belts):
    points = gpd.GeoDataFrame({"party": ["x"]}, geometry=[shapely.Point(36.2, 35.47)], crs=4326)
    with pytest.raises(InputError, match=r"column party already: give prefix="):
        locate(points, belts)
    from dmz.locating.runs import Settings

    found = locate(points, belts, settings=Settings(prefix="in_"))
    assert found.loc[0, ["party", "in_party"]].tolist() == ["x", "north"] or found.loc[0, "in_party"] == "south"


def test_what_cannot_be_meant_is_refused(belts):
    point = gpd.GeoDataFrame(geometry=[shapely.Point(36.2, 35.47)])
    with pytest.raises(CRSError, match="no CRS"):
        locate(point, belts)
    with pytest.raises(CRSError, match="UTM"):
        locate(point.set_crs(4326).to_crs(32637), belts)
    with pytest.raises(InputError, match="is it 'zome'"):
        locate([(36, 35)], belts.rename(columns={"zone": "zome"}))
    with pytest.raises(InputError, match=r"shape \(3,\)"):
        locate([1.0, 2.0, 3.0], belts)
    with pytest.raises(InputError, match="give the line"):
        locate([(36, 35)], belts, add=["distance_m"])
    with pytest.raises(InputError, match="'depth': there are distance_m"):
        locate([(36, 35)], belts, add=["depth"], line=Line(shapely.LineString([(0, 0), (1, 1)]), "a", "b"))
    with pytest.raises(InputError, match="it is one of 'share'"):
        locate([(36, 35)], belts, by="area")
    with pytest.raises(GeometryError, match="invalid"):
        locate([(36, 35)], zone_table([shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])]))


def test_a_kernel_travels_as_bytes_and_answers_the_same(belts, front):
    kernel = kernel_of(belts, line=front, add=["distance_m"])
    xy = around(belts, 100)
    expected = kernel.points(*xy.T)
    packed = pickle.dumps(kernel)
    assert len(packed) < 3 * sum(map(len, kernel.wkb)), "no raster travels"
    again = pickle.loads(packed)  # noqa: S301
    assert isinstance(again, Kernel)
    assert again.key == kernel.key
    assert (again.points(*xy.T).code == expected.code).all()


def test_nothing_heavy_is_loaded_before_it_is_asked_for():
    program = "import sys, dmz, dmz.locating.kernel; print(sorted({m.split('.')[0] for m in sys.modules} & {'pandas', 'geopandas', 'scipy', 'folium', 'pyarrow', 'dask', 'pydantic'}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Distances


def test_distance_and_chainage_against_the_geodesic_truth(belts, front):
    xy = around(belts, 400)
    found = locate(xy, belts, line=front, add=["distance_m", "chainage_km"])
    true = Truth.of(front.geometry).distance(xy)
    near = true <= 25_000
    assert np.abs(np.abs(found["distance_m"]) - true)[near].max() < 0.02
    left = geodesy.nearest(xy, front.geometry).side > 0
    assert ((found["distance_m"] < 0) == left).all()
    feet = geodesy.interpolate(front.geometry, found["chainage_km"].to_numpy() * 1000)
    away = Geod(ellps="WGS84").inv(*xy.T, shapely.get_x(feet), shapely.get_y(feet))[2]
    assert np.abs(away - true).max() < 0.02


def test_on_the_line_the_distance_is_nothing(belts, front):
    found = locate(shapely.get_coordinates(front.geometry), belts, line=front, add=["distance_m"])
    assert (found["distance_m"] == 0).all()
    assert (found["party"] == front.left).all()


def test_probability_is_that_of_the_uncertain_line_for_each_reading(front):
    uncertainty = pytest.importorskip("dmz.uncertainty")
    unsure = Line(front.geometry, front.left, front.right, uncertainty_m=np.full(5, 2_000.0))
    zones = pd.concat(
        [dmz.zones(unsure, depth_km=(8, 12), reading=reading) for reading in ("each-side", "total-width")]
    )
    xy = np.vstack([around(zones, 200), (np.nan, 35.4)])
    with pytest.warns(UnplacedWarning):
        found = locate(xy, zones, line=unsure, add=["probability", "distance_m"])
    spread = uncertainty.spread(unsure)
    for reading, reach in (("each-side", 12_000), ("total-width", 6_000)):
        direct = uncertainty.probability(xy[:-1], spread, far_m=reach)
        mine = found.loc[(found["reading"] == reading).to_numpy(), "probability"]
        assert mine.to_numpy() == pytest.approx(direct, abs=1e-9)
        assert 0.2 < ((mine > 0.01) & (mine < 0.99)).mean() < 0.9
    assert found["probability"].isna().sum() == 2
    shapes = gpd.GeoDataFrame(geometry=shapely.box(*xy[:20].T, *(xy[:20] + 0.01).T), crs=4326)
    shared = locate(shapes, zones, line=unsure, add=["probability"], by="share")
    assert shared["probability"].between(0, 1).all()
    assert shared.groupby([shared["reading"].astype(str), shared.index])["probability"].nunique().eq(1).all()
    with pytest.raises(InputError, match="nobody said how uncertain"):
        locate(xy, zones, line=front, add=["probability"])


# Lines and polygons


def test_shares_of_lines_and_polygons_add_up_and_are_those_of_a_direct_cut(belts):
    rng = np.random.default_rng(8)
    spots = around(belts, 60, seed=8)
    boxes = [shapely.box(x, y, x + w, y + w) for (x, y), w in zip(spots, rng.uniform(0.001, 0.3, 60), strict=True)]
    roads = [
        shapely.LineString([(x, y), (x + w, y + w), (x + 2 * w, y)])
        for (x, y), w in zip(spots, rng.uniform(0.001, 0.2, 60), strict=True)
    ]
    features = gpd.GeoDataFrame({"n": range(120)}, geometry=[*boxes, *roads], crs=4326)
    found = locate(features, kernel_of(belts, by="share", edges="lonlat"))
    assert found.groupby("n")["share"].sum().to_numpy() == pytest.approx(1.0, abs=1e-9)
    assert {*found["n"]} == {*range(120)}
    for row in found.itertuples():
        shape = geodesy.densify(features.geometry.iloc[row.n], 1_000)
        size = geodesy.area if shape.geom_type == "Polygon" else geodesy.length
        ground = belts.union_all() if pd.isna(row.zone) else belts.geometry[belts["zone"] == row.zone].iloc[0]
        part = shape.difference(ground) if pd.isna(row.zone) else shape.intersection(ground)
        assert row.share == pytest.approx(size(part) / size(shape), abs=1e-6)


def test_many_footprints_are_decided_by_the_raster_and_the_same(belts):
    xy = around(belts, 60_000, seed=3)
    footprints = shapely.box(*xy.T, *(xy + 1e-4).T)
    kernel = kernel_of(belts, by="share", edges="lonlat")
    found = kernel.shapes(footprints)
    whole = np.flatnonzero(found.added["share"] == 1.0)
    direct = exactly(belts.geometry.to_numpy()[np.argsort(belts["depth_to_m"], kind="stable")], *(xy + 5e-5).T)
    assert (np.maximum(found.code[whole] - 1, 0) == direct[found.row[whole]]).mean() > 0.999
    assert len(whole) > 59_000
    assert np.bincount(found.row, found.added["share"]) == pytest.approx(1.0)


def test_one_point_may_stand_for_a_feature(belts):
    features = gpd.GeoDataFrame(geometry=[shapely.box(36.1, 35.4, 36.2, 35.5), shapely.Point(36.2, 35.47)], crs=4326)
    with pytest.raises(InputError, match="say by='share'"):
        locate(features, belts)
    found = locate(features, belts, by="representative")
    spots = shapely.get_coordinates(shapely.point_on_surface(features.geometry.to_numpy()))
    assert (texts(found["zone"]) == texts(locate(spots, belts)["zone"])).all()
