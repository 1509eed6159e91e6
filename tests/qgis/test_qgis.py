"""The GeoJSON as it is, in real QGIS."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

PYTHON = "/usr/bin/python3"  # Debian's, which QGIS's modules are made for


def _has_qgis() -> bool:
    try:
        done = subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


@pytest.fixture(scope="module")
def layers(sochi, tmp_path_factory):
    """What QGIS says of every layer of Idlib."""
    if not _has_qgis():
        reason = "no QGIS for /usr/bin/python3 (Debian: apt-get install python3-qgis qgis-providers)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = sochi.write(tmp_path_factory.mktemp("maps"))[0].parent
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(tmp_path_factory.mktemp("run"))}
    environment.pop("PYTHONPATH", None)
    command = [PYTHON, str(Path(__file__).parent / "load.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def test_every_layer_loads_in_degrees_with_all_its_features(layers, sochi):
    drawn = [layer for layer in sochi.layers if layer.group != "basemap"]
    assert set(layers) == {f"{layer.key}.geojson" for layer in drawn}
    for layer in drawn:
        seen = layers[f"{layer.key}.geojson"]
        assert seen["valid"]
        assert seen["crs"] == "EPSG:4326"
        assert seen["features"] == len(layer.features)
        assert seen["invalid"] == [], layer.key
        west, south, east, north = seen["extent"]
        assert 35 < west < east < 39
        assert 34 < south < north < 38


def test_qgis_measures_the_area_that_the_file_says(layers):
    for name in ("zone-deep.geojson", "zone-total-width.geojson", "zone-each-side.geojson"):
        assert layers[name]["told_km2"] == pytest.approx(layers[name]["measured_km2"], rel=1e-4)


def test_dates_are_dates_and_numbers_numbers(layers):
    zone = layers["zone-deep.geojson"]["fields"]
    assert zone["valid_from"] == "Date"
    assert zone["area_km2"] == "Real"
    assert zone["band"] == "String"
    assert layers["settlements.geojson"]["fields"]["population"] == "Integer"
    assert layers["corridors-in-deep.geojson"]["fields"]["from_km"] == "Real"
    assert layers["patrols-reported.geojson"]["fields"]["date"] == "Date"
    status = layers["road-status.geojson"]["fields"]
    assert {status[name] for name in ("on", "since", "valid_from", "valid_to")} == {"Date"}
    assert status["length_km"] == "Real"
    assert layers["reports.geojson"]["fields"]["date_observed"] == "Date"
    assert layers["crossings.geojson"]["fields"]["earliest_km"] == "Real"
