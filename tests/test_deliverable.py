"""What an agreement is handed over as, whatever its language and its layers."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree as ET

import pytest

from dmz import deliverable
from dmz.errors import InputError
from dmz.qgis.styles import name_of


@pytest.fixture(scope="module")
def arabic(sochi):
    """The files for QGIS with names in Arabic."""
    return deliverable._qgis(deliverable.Source(sochi, sochi.dossier, sochi.layers, "ar"))


def test_names_are_in_the_language_and_in_english_where_there_is_none(sochi, arabic):
    raw = zipfile.ZipFile(io.BytesIO(arabic["sochi-2018.qgz"])).read("sochi-2018.qgs")
    root = ET.fromstring(raw.split(b"\n", 1)[1])  # noqa: S314 - our own
    assert root.find("title").text == sochi.agreement.title.ar
    themes = {node.get("name") for node in root.iter("visibility-preset")}
    assert {reading.name.ar for reading in sochi.agreement.readings} <= themes
    assert not any("From then on" in theme for theme in themes)
    labels = {node.get("fieldName") for node in root.iter("text-style")}
    settlements = next(layer for layer in sochi.layers if layer.key == "settlements")
    assert name_of(settlements, "ar") in labels


def test_a_date_reads_alike_from_the_left_and_from_the_right(sochi):
    source = deliverable.Source(sochi, sochi.dossier, sochi.layers, "ar")
    assert source.sheet.subtitle.endswith("17.9.2018")
    assert "17 September 2018" in deliverable.Source(sochi, sochi.dossier, sochi.layers).sheet.subtitle


def test_a_language_that_nobody_translated_is_refused_with_those_there_are(sochi, tmp_path):
    with pytest.raises(InputError, match="no language 'fr': there are en, ar, tr, ru"):
        sochi.write(tmp_path, language="fr")
    assert not list(tmp_path.iterdir())


def test_every_file_is_named_once_and_the_map_comes_last(idlib_maps):
    assert len(idlib_maps) == len(set(idlib_maps))
    assert idlib_maps[-1].name == "sochi-2018.html"


def test_layers_and_tables_of_one_number_agree(idlib_maps, sochi):
    """The area in the GeoJSON, the GeoPackage, the table and the report is one."""
    import sqlite3

    import geopandas as gpd

    folder = idlib_maps[0].parent
    zone = gpd.read_file(folder / "zone-deep.geojson").set_index("band")["area_km2"]
    base = sqlite3.connect(folder.parent / "sochi-2018.gpkg")
    assert dict(base.execute('SELECT band, area_km2 FROM "zone-deep"')) == zone.to_dict()
    assert zone["core"] == pytest.approx(sochi.comparison.iloc[0]["area_core_km2"], abs=1e-3)
