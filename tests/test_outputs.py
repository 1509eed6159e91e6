"""What is written: RFC 7946, whole or not at all, the same bytes twice, honest tables."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import ROOT

import dmz
from dmz import corridor, exposure, files, geojson, patrol, report, uncertainty
from dmz.compare import COLUMNS
from dmz.errors import CRSError, GeometryError, OutputError


@pytest.fixture(scope="module")
def written(idlib_maps):
    """Everything Idlib's agreement is written to."""
    return idlib_maps


@pytest.fixture(scope="module")
def collections(written):
    return {path: json.loads(path.read_text(encoding="utf-8")) for path in written if path.suffix == ".geojson"}


def rings(geometry):
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [(number == 0, shapely.LinearRing(ring)) for polygon in polygons for number, ring in enumerate(polygon)]


def test_a_map_a_file_for_every_layer_and_the_tables_are_written(written, sochi):
    names = {path.name for path in written} - {"zones-likely.geojson", "zones-possible.geojson"}
    assert len(names) == len(written) - 2
    assert names == {f"{layer.key}.geojson" for layer in sochi.layers if layer.group != "basemap"} | {
        "summary.csv", "summary.md", "columns.csv", "corridors.csv", "patrols.csv", "settlements.csv", "sochi-2018.html",
        "holdings.csv", "crossings.csv", "road-status.csv", "coverage.csv", "gaps.csv", "obligations.csv", "observations.csv",
        "people.csv", "people-by-reading.csv", "posts.csv", "posts-along.csv", "posts-areas.csv", "hindsight.csv", "inputs.csv",
        "settlement-chances.csv", "expected.csv",
    } | {f"{layer.key}.qml" for layer in sochi.layers if layer.group != "basemap"} | {
        "sochi-2018.gpkg", "sochi-2018.qgz", "report.md", "report.html", "datapackage.json",
        *(f"sochi-2018{size}.{kind}" for size in ("", "-a3") for kind in ("pdf", "svg", "png")),
        "sweep.csv", "sensitivity.csv", "overlaps.csv", "settlement-changes.csv",
    } | {
        f"{chart}.{kind}"
        for chart in ("patrols", "people", "obligations", "readings", "sweep", "sensitivity", *(f"road-{road.id}" for road in sochi.agreement.corridors))
        for kind in ("svg", "png")
    }  # fmt: skip
    assert written[-1].name == "sochi-2018.html", "the map comes last, so that make can tell by it"


def test_every_geojson_is_rfc_7946(collections):
    for path, collection in collections.items():
        assert collection["name"] == path.stem
        assert "crs" not in collection
        assert len({tuple(feature["properties"]) for feature in collection["features"]}) == 1
        assert len({feature["geometry"]["type"] for feature in collection["features"]}) == 1
        west, south, east, north = collection["bbox"]
        for feature in collection["features"]:
            assert feature["id"][0].isalpha()
            shape = shapely.geometry.shape(feature["geometry"])
            assert shape.is_valid
            assert west <= shape.bounds[0] <= shape.bounds[2] <= east
            assert south <= shape.bounds[1] <= shape.bounds[3] <= north
            if "Polygon" in feature["geometry"]["type"]:
                assert all(ring.is_ccw == outer for outer, ring in rings(feature["geometry"])), path


def test_no_coordinate_has_more_than_seven_digits(written):
    text = next(path for path in written if path.name == "zone-deep.geojson").read_text(encoding="utf-8")
    numbers = [number for pair in json.loads(text)["features"][0]["geometry"]["coordinates"][0][0] for number in pair]
    assert all(len(repr(number).partition(".")[2]) <= 7 for number in numbers)


def test_written_areas_are_those_of_the_written_coordinates(collections):
    for path, collection in collections.items():
        for feature in collection["features"]:
            if path.stem.startswith("zone-"):
                area = dmz.geodesy.area(shapely.geometry.shape(feature["geometry"])) / 1e6
                assert feature["properties"]["area_km2"] == pytest.approx(area, abs=0.001)


def test_dates_are_dates_and_unknown_is_null(written):
    zone = gpd.read_file(next(path for path in written if path.name == "zone-deep.geojson"))
    assert pd.to_datetime(zone["valid_from"]).dt.date.tolist() == [dt.date(2018, 10, 15)] * 2
    places = json.loads(
        next(path for path in written if path.name == "settlements.geojson").read_text(encoding="utf-8")
    )
    people = [feature["properties"]["population"] for feature in places["features"]]
    assert None in people
    assert 0 not in people


def test_two_runs_in_two_folders_give_the_same_bytes(written, tmp_path):
    """Another process, another folder, another seed of hashing."""
    seed, layers = ROOT / "seeds" / "sochi-2018.toml", ROOT / "geodata"
    command = [sys.executable, "-m", "dmz", "maps", str(seed), "--layers", str(layers), "--out", "other"]
    subprocess.run(
        command,
        cwd=tmp_path,
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
    )
    again = {path.name: path.read_bytes() for path in (tmp_path / "other").rglob("*") if path.is_file()}
    assert again == {path.name: path.read_bytes() for path in written}


def test_the_summary_has_one_row_a_reading_and_says_how_each_number_came(written, sochi):
    folder = next(path for path in written if path.name == "summary.csv").parent
    with (folder / "summary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["reading"] for row in rows] == ["deep", "total-width", "each-side"]
    assert float(rows[0]["area_core_km2"]) == pytest.approx(3_245.7, abs=0.1)
    for road in ("m4", "m5", "latakia_hama_saraqib", "latakia_hama_ghab"):
        assert float(rows[0][f"{road}_full_km"]) > 0
    assert all(row["line_sha256"] == sochi.store.record("idlib/line").sha256 for row in rows)
    with (folder / "columns.csv").open(encoding="utf-8", newline="") as file:
        meanings = {(row["table"], row["column"]): row["meaning"] for row in csv.DictReader(file)}
    for column in sochi.comparison:
        assert meanings[("summary", column)]
    text = (folder / "summary.md").read_text(encoding="utf-8")
    for column in COLUMNS:
        assert f"`{column}`" in text
    assert "not an official delineation" in text
    assert "article 3" in text


@pytest.mark.parametrize("module", [corridor, exposure, patrol])
def test_every_column_of_a_table_is_documented(module, sochi):
    table = {corridor: sochi.corridors, exposure: sochi.settlements, patrol: sochi.patrols}[module]
    told = {*uncertainty.PROBABILITY_COLUMNS} if module is exposure else set()
    assert {*table.columns} - {"geometry"} == {*module.COLUMNS} | told


def test_no_cell_of_a_table_is_run_by_a_spreadsheet():
    table = pd.DataFrame({"name": ["=1+1", "@x", "+3", "-4", "plain"], "n": [-1.5, 2, 3, 4, None]})
    assert report.csv_text(table) == "name,n\n'=1+1,-1.5\n'@x,2.0\n'+3,3.0\n'-4,4.0\nplain,\n"


def test_an_unwritable_folder_is_an_error_of_one_line_and_leaves_what_was_there(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("kept")
    with pytest.raises(OutputError, match="cannot be written") as caught:
        files.write_whole({tmp_path / "first": "a", blocked / "inside": "b"})
    assert len(caught.value.faults) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]
    assert blocked.read_text() == "kept"


def test_a_write_that_fails_half_way_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "zone.geojson"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device", str(path))))
    with pytest.raises(OutputError, match="No space left on device"):
        files.write_whole({path: "new"})
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["zone.geojson"]


def test_a_table_without_a_crs_is_refused_and_a_projected_one_is_brought_to_degrees(tmp_path):
    square = gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.box(36, 35, 37, 36)], crs=4326)
    with pytest.raises(CRSError, match="no CRS"):
        geojson.text(square.set_crs(None, allow_override=True), name="x")
    path = dmz.write_geojson(square.to_crs(32637), tmp_path / "x.geojson")
    assert gpd.read_file(path).geometry.iloc[0].equals_exact(square.geometry.iloc[0], 1e-6)


def test_mixed_kinds_and_empty_tables_are_refused():
    mixed = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=[shapely.Point(0, 0), shapely.box(0, 0, 1, 1)], crs=4326)
    with pytest.raises(GeometryError, match="Point, Polygon"):
        geojson.text(mixed, name="x")
    with pytest.raises(GeometryError, match="no features"):
        geojson.text(mixed[:0], name="x")


@pytest.mark.parametrize(
    ("lon", "bbox"),
    [
        ((177.0, 182.0), [177.0, -20.0, -178.0, -16.0]),  # RFC 7946, section 5.2: Fiji
        ((10.0, 12.0), [10.0, -20.0, 12.0, -16.0]),
    ],
)
def test_the_bounding_box_runs_over_the_antimeridian(lon, bbox):
    table = gpd.GeoDataFrame({"id": ["fiji"]}, geometry=[shapely.box(lon[0], -20, lon[1], -16)], crs=4326)
    collection = json.loads(geojson.text(table, name="x"))
    assert collection["bbox"] == bbox
    x = shapely.get_coordinates(shapely.geometry.shape(collection["features"][0]["geometry"]))[:, 0]
    assert np.abs(x).max() <= 180


def test_the_bounding_box_of_a_cap_is_the_whole_circle():
    cap = dmz.geodesy.buffer(shapely.Point(0, 90), 100_000)
    collection = json.loads(geojson.text(gpd.GeoDataFrame({"id": ["cap"]}, geometry=[cap], crs=4326), name="x"))
    west, _, east, north = collection["bbox"]
    assert (west, east, north) == (-180.0, 180.0, 90.0)


def test_places_on_both_sides_of_the_antimeridian_have_a_box_over_it():
    points = [shapely.Point(lon, 0) for lon in (180, -180, 175, -170)]
    table = gpd.GeoDataFrame({"id": ["a", "b", "c", "d"]}, geometry=points, crs=4326)
    assert json.loads(geojson.text(table, name="x"))["bbox"][::2] == [175.0, -170.0]


def test_a_third_coordinate_is_dropped_and_an_empty_shape_refused():
    high = gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.Point(36, 35, 100)], crs=4326)
    assert json.loads(geojson.text(high, name="x"))["features"][0]["geometry"]["coordinates"] == [36.0, 35.0]
    none = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=[shapely.Point(36, 35), shapely.Point()], crs=4326)
    with pytest.raises(GeometryError, match="1 of its 2 features have no geometry"):
        geojson.text(none, name="x")


def test_ids_that_look_like_numbers_or_dates_get_a_name_before_them():
    table = gpd.GeoDataFrame({"id": ["2018-10-15", "7"]}, geometry=[shapely.Point(0, 0)] * 2, crs=4326)
    features = json.loads(geojson.text(table, name="posts"))["features"]
    assert [feature["id"] for feature in features] == ["posts-2018-10-15", "posts-7"]
    assert [feature["properties"]["id"] for feature in features] == ["posts-2018-10-15", "posts-7"]


def test_one_kind_of_geometry_stands_in_a_file():
    parts = [shapely.Point(0, 0).buffer(1), shapely.MultiPolygon([shapely.box(3, 3, 4, 4)])]
    table = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=parts, crs=4326)
    kinds = {feature["geometry"]["type"] for feature in json.loads(geojson.text(table, name="x"))["features"]}
    assert kinds == {"MultiPolygon"}
