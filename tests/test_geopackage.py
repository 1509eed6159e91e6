"""The GeoPackage, read by GDAL and by SQLite, not by ourselves."""

from __future__ import annotations

import datetime as dt
import sqlite3
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from handing_cases import HOSTILE, hostile, line, places, zone, zones

from dmz import geojson
from dmz.errors import InputError
from dmz.geopackage import geopackage

DAY = dt.date(2018, 9, 17)


@pytest.fixture
def path(tmp_path):
    target = tmp_path / "x.gpkg"
    target.write_bytes(geopackage([zone(), line(), places()], on=DAY))
    return target


def test_gdal_reads_every_table_with_its_kinds_and_values(path):
    assert {name for name, kind in pyogrio.list_layers(path) if kind} == {"zone", "line", "places"}
    info = pyogrio.read_info(path, layer="zone")
    kinds = dict(zip(info["fields"], info["ogr_types"], strict=True))
    assert kinds["valid_from"] == kinds["valid_to"] == "OFTDate"
    assert kinds["area_km2"] == "OFTReal"
    assert kinds["name"] == "OFTString"
    assert kinds["sure"] == "OFTInteger"
    assert info["crs"] == "EPSG:4326"
    read = gpd.read_file(path, layer="zone")
    assert read["valid_from"].dt.date.tolist() == [dt.date(2018, 10, 15), dt.date(2018, 12, 31)]
    assert read["area_km2"].tolist() == [10.5, 2.25]
    assert read["people"].isna().tolist() == [False, True]
    assert shapely.equals(read.geometry, zones().geometry.to_numpy()).all()
    assert read["sure"].tolist() == [True, False]


def test_coordinates_are_those_of_the_geojson(path, tmp_path):
    other = geojson.write_geojson(zones(), tmp_path / "zone.geojson")
    one, two = (gpd.read_file(path, layer="zone"), gpd.read_file(other))
    assert shapely.equals_exact(one.geometry, two.geometry.to_numpy(), 0).all()


def test_the_database_is_sound_and_says_what_it_is(path):
    base = sqlite3.connect(path)
    assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert base.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
    contents = dict(base.execute("SELECT identifier, description FROM gpkg_contents WHERE data_type = 'features'"))
    assert contents["The zone"] == "Laid. Source: Text, article 1"
    assert base.execute("SELECT DISTINCT last_change FROM gpkg_contents").fetchall() == [("2018-09-17T00:00:00.000Z",)]
    styles = base.execute("SELECT f_table_catalog, f_table_schema, f_table_name, useAsDefault FROM layer_styles")
    assert sorted(styles) == [("", "", "line", 1), ("", "", "places", 1), ("", "", "zone", 1)]


def test_the_spatial_index_holds_every_shape(path):
    """GDAL answers a box from the index: what lies in it is what shapely says lies in it."""
    read = gpd.read_file(path, layer="zone", bbox=(36.15, 35.05, 36.3, 35.3))
    assert read["id"].tolist() == ["fringe"]
    boxes = sqlite3.connect(path).execute("SELECT minx, maxx, miny, maxy FROM rtree_zone_geom ORDER BY id").fetchall()
    assert np.allclose(np.array(boxes)[:, [0, 2, 1, 3]], zones().bounds, atol=1e-5)


def test_an_editor_keeps_the_index_true(path):
    """GDAL, as QGIS, moves a shape: the triggers of the index run."""
    moved = zones().set_geometry(zones().translate(5, 0)).head(1).drop(columns=["people", "sure"])
    pyogrio.write_dataframe(moved, path, layer="zone", append=True)
    boxes = sqlite3.connect(path).execute("SELECT minx FROM rtree_zone_geom ORDER BY minx DESC").fetchall()
    assert len(boxes) == 3
    assert boxes[0][0] == pytest.approx(41, abs=1e-5)


def test_the_same_layers_give_the_same_bytes_in_another_process(tmp_path):
    code = (
        "import sys; sys.path.insert(0, 'tests'); import datetime as dt; from handing_cases import *; "
        "from dmz.geopackage import geopackage; "
        "open(sys.argv[1], 'wb').write(geopackage([zone(), line(), places()], on=dt.date(2018, 9, 17)))"
    )
    root = Path(__file__).parent.parent
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "y")], check=True, cwd=root, env={"PYTHONHASHSEED": "3"})
    assert (tmp_path / "y").read_bytes() == geopackage([zone(), line(), places()], on=DAY)


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_texts_stay_texts(number, tmp_path):
    target = tmp_path / "h.gpkg"
    target.write_bytes(geopackage([hostile(number)], on=DAY))
    assert sqlite3.connect(target).execute("PRAGMA integrity_check").fetchone() == ("ok",)
    read = gpd.read_file(target, layer=f"zone-{number}")
    assert read["name"].iloc[0] == HOSTILE[number].replace("\x00", "").replace("\x07", "").replace("\ud800", "")


def test_two_layers_of_one_key_and_reserved_columns_are_refused():
    with pytest.raises(InputError, match="one table a key"):
        geopackage([zone("a"), zone("A")], on=DAY)
    layer = zone()
    object.__setattr__(layer, "features", zones(fid=[1, 2]))
    with pytest.raises(InputError, match="keeps the name fid"):
        geopackage([layer], on=DAY)


def test_layers_of_one_title_are_told_apart():
    base = sqlite3.connect(":memory:")
    base.deserialize(geopackage([zone("a"), zone("b", reading="deep")], on=DAY))
    titles = {title for (title,) in base.execute("SELECT identifier FROM gpkg_contents WHERE data_type = 'features'")}
    assert titles == {"The zone (wide)", "The zone (deep)"}
