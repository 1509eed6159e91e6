"""A line that was edited in QGIS and saved in its ways comes back to dmz and gives zones."""

from __future__ import annotations

import subprocess
import sys

import geopandas as gpd
import numpy as np
import pytest
import shapely

import dmz


@pytest.fixture(scope="module")
def folder(qgis, idlib_maps, tmp_path_factory):
    """Folder with the edited line in every format, and what QGIS says it edited."""
    target = tmp_path_factory.mktemp("edited")
    path = next(path for path in idlib_maps if path.name == "line.geojson")
    seen = qgis("edit.py", path, target)
    assert seen["moved"]
    assert seen["saved"] == {"geojson": True, "gpkg": True, "shp": True}
    return target, shapely.from_wkt(seen["wkt"])


@pytest.mark.filterwarnings("ignore::dmz.geodata.ReprojectedWarning")
@pytest.mark.parametrize("ending", ["geojson", "gpkg", "shp"])
def test_the_edited_line_is_read_with_its_sides_and_gives_zones(folder, ending, sochi):
    where, edited = folder
    line = dmz.read_line(where / f"edited.{ending}")
    assert line.parties == ("opposition", "government"), "the columns left and right came along"
    assert np.allclose(shapely.get_coordinates(line.geometry), shapely.get_coordinates(edited), atol=2e-7)
    assert not np.allclose(
        shapely.get_coordinates(line.geometry), shapely.get_coordinates(sochi.line.geometry), atol=1e-3
    )
    zones = dmz.zones(line, depth_km=(15, 20))
    assert zones.geometry.is_valid.all()
    total = dmz.geodesy.area(dmz.geodesy.buffer(edited, 20_000)) / 1e6
    assert zones["area_km2"].sum() == pytest.approx(total, rel=1e-5)


def test_the_command_line_takes_the_shapefile_of_another_crs(folder, tmp_path):
    where, _ = folder
    out = tmp_path / "zone.geojson"
    command = [sys.executable, "-m", "dmz", "zone", str(where / "edited.shp"), "--depth", "15", "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "UTM zone 37N" in done.stderr, "it says that it brought it to degrees"
    assert set(gpd.read_file(out)["party"]) == {"opposition", "government"}
