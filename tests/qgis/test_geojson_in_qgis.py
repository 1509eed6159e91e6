"""The GeoJSON as it is, in real QGIS."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def layers(qgis, idlib_maps):
    """What QGIS says of every layer of Idlib."""
    return qgis("load.py", idlib_maps[0].parent)


def test_every_layer_loads_in_degrees_with_all_its_features(layers, sochi):
    drawn = [layer for layer in sochi.layers if layer.group != "basemap"]
    files = {f"{key}.geojson" for key in (*(layer.key for layer in drawn), *sochi.dossier.doubt.zones)}
    assert {key for key in layers if not key.startswith("gpkg:")} == files
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


def test_the_style_beside_a_file_is_the_one_of_the_web_map(layers, sochi):
    for layer in sochi.layers:
        if layer.group != "basemap":
            seen = layers[f"{layer.key}.geojson"]
            wanted = "RuleRenderer" if layer.on else "categorizedSymbol" if layer.style.column else "singleSymbol"
            assert seen["renderer"] == wanted, layer.key
            if layer.style.column:
                assert seen["drawn"] == [symbol.label or layer.title for symbol in layer.style.symbols.values()]
    assert layers["zone-deep.geojson"]["temporal"] == [True, "valid_from"]
    assert layers["settlements.geojson"]["temporal"][0] is False


def test_a_table_dragged_out_of_the_geopackage_has_the_same_style(layers, sochi):
    for layer in sochi.layers:
        seen = layers[f"gpkg:{layer.key}"]
        if layer.style.column and layer.on is None:
            assert seen["renderer"] == "categorizedSymbol", layer.key
            assert seen["drawn"] == [symbol.label or layer.title for symbol in layer.style.symbols.values()]
