"""The plugin as its user runs it: by ``qgis_process``, with dmz in an environment that is not QGIS's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from conftest import ROOT

import dmz

# Debian's script of that name hands over an option that the program does not know.
PROGRAM = shutil.which("qgis_process.bin") or shutil.which("qgis_process")


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    """Run ``qgis_process`` with the plugin enabled in a profile of its own."""
    if PROGRAM is None:
        reason = "no qgis_process (Debian: apt-get install qgis)"
        if os.environ.get("CI") or os.environ.get("DMZ_QGIS"):
            pytest.fail(reason)
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("home")
    own = {
        "HOME": str(home), "XDG_RUNTIME_DIR": str(home), "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8",
        "QGIS_PLUGINPATH": str(ROOT / "qgis"), "DMZ_PYTHON": sys.executable,
    }  # fmt: skip
    plain = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PROJ_DATA", "PROJ_LIB"}}

    def run(*arguments: object, **more: str):
        command = [PROGRAM, *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env={**plain, **own, **more}, cwd=home, timeout=300
        )

    enabled = run("plugins", "enable", "dmz_processing")
    assert enabled.returncode == 0, enabled.stderr[-2000:]
    return run


def flags(**given: object) -> list[str]:
    return [f"--{name}={value}" for name, value in given.items()]


def has(verb: str) -> bool:
    done = subprocess.run([sys.executable, "-m", "dmz", verb, "--help"], capture_output=True, check=False)
    return done.returncode == 0


@pytest.fixture(scope="module")
def files(idlib_maps):
    return {path.name: path for path in idlib_maps}


def test_the_three_algorithms_are_listed_with_their_parameters_and_help(process):
    listed = process("list").stdout
    for name in ("zonefromline", "locateinzones", "linefromcontrolpoints"):
        assert f"dmz:{name}" in listed
    told = process("help", "dmz:zonefromline").stdout
    for word in ("DEPTH_TO", "READING", "PARTY", "LEFT", "RIGHT", "WITHIN", "ENDS", "exact on the ellipsoid"):
        assert word in told


def test_a_zone_is_the_one_the_library_lays(process, files, sochi, tmp_path):
    out = tmp_path / "zone.gpkg"
    given = flags(INPUT=files["line.geojson"], DEPTH=15, DEPTH_TO=20, READING=2, PARTY="opposition", OUTPUT=out)
    done = process("run", "dmz:zonefromline", *given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "100 - done" in done.stdout, "the bar comes to its end"
    zones = gpd.read_file(out)
    line = dmz.Line(sochi.line.geometry, "opposition", "government")
    wanted = dmz.zones(line, depth_km=(15, 20), reading="deep", party="opposition")
    assert zones["band"].tolist() == ["core", "fringe"]
    assert zones["area_km2"].tolist() == pytest.approx(wanted["area_km2"].tolist(), rel=1e-6)


def test_a_line_of_another_crs_and_a_theatre_are_taken(process, files, sochi, tmp_path):
    gpd.read_file(files["line.geojson"])[["left", "right", "geometry"]].to_crs(32637).to_file(tmp_path / "line.gpkg")
    theatre = ROOT / "geodata" / "idlib" / "theatre.geojson"
    out = tmp_path / "zone.geojson"
    given = flags(INPUT=tmp_path / "line.gpkg", DEPTH=10, WITHIN=theatre, OUTPUT=out)
    done = process("run", "dmz:zonefromline", *given)
    assert done.returncode == 0, done.stdout + done.stderr
    line = dmz.Line(sochi.line.geometry, "opposition", "government")
    wanted = dmz.zones(line, depth_km=10, within=gpd.read_file(theatre))
    assert gpd.read_file(out)["area_km2"].sum() == pytest.approx(wanted["area_km2"].sum(), rel=1e-3)


def test_what_dmz_says_is_wrong_reaches_the_user_in_its_own_words(process, files, tmp_path):
    given = flags(INPUT=files["line.geojson"], DEPTH=15, READING=2, PARTY="nobody", OUTPUT=tmp_path / "x.gpkg")
    done = process("run", "dmz:zonefromline", *given)
    assert done.returncode != 0
    assert "nobody" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("python", ["", "/nowhere/python", "/usr/bin/python3"])
def test_where_dmz_is_missing_the_message_says_what_to_do(process, files, tmp_path, python):
    given = flags(INPUT=files["line.geojson"], DEPTH=15, OUTPUT=tmp_path / "x.gpkg")
    done = process("run", "dmz:zonefromline", *given, DMZ_PYTHON=python)
    assert done.returncode != 0
    assert "dmz was not found. This plugin installs nothing" in done.stdout + done.stderr
    assert not (tmp_path / "x.gpkg").exists()


@pytest.mark.skipif(not has("locate"), reason="this dmz has no verb locate")
def test_points_are_located_as_geopandas_says(process, files, tmp_path):
    out = tmp_path / "located.gpkg"
    given = flags(INPUT=files["settlements.geojson"], ZONES=files["zone-deep.geojson"], LINE=files["line.geojson"])
    done = process("run", "dmz:locateinzones", *given, "--ADD=0", f"--OUTPUT={out}")
    assert done.returncode == 0, done.stdout + done.stderr
    found = gpd.read_file(out)
    points, zones = gpd.read_file(files["settlements.geojson"]), gpd.read_file(files["zone-deep.geojson"])
    inside = gpd.sjoin(points, zones[["band", "geometry"]], predicate="intersects").set_index("id")["band"]
    assert found.set_index("id")["band"].dropna().to_dict() == inside.to_dict()
    assert len(found) == len(points)
    assert (found.loc[found["band"].notna(), "distance_m"] < 0).all(), "the opposition's ground is on the left"


@pytest.mark.skipif(not has("line"), reason="this dmz has no verb line")
def test_a_line_is_derived_from_control_points(process, files, tmp_path):
    out = tmp_path / "line.gpkg"
    theatre = ROOT / "geodata" / "idlib" / "theatre.geojson"
    given = flags(INPUT=files["settlements.geojson"], PARTY="holder", WITHIN=theatre, LEFT="opposition", OUTPUT=out)
    done = process("run", "dmz:linefromcontrolpoints", *given)
    assert done.returncode == 0, done.stdout + done.stderr
    line = gpd.read_file(out)
    assert line["left"].iloc[0] == "opposition"
    places = gpd.read_file(files["settlements.geojson"]).to_crs(32637)
    near = places.distance(shapely.union_all(line.to_crs(32637).geometry)).groupby(places["holder"]).min()
    assert set(near.index) == {"opposition", "government"}


def test_the_plugin_never_installs_and_never_imports_the_library():
    for path in (ROOT / "qgis").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "import dmz" not in text
        assert "from dmz" not in text
        assert '"pip"' not in text
    assert Path(ROOT / "qgis" / "dmz_processing" / "metadata.txt").is_file()
