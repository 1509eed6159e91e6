"""What is written for QGIS, without QGIS: well-formed, the same bytes, nothing in it is run. The rest is in tests/qgis."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import zipfile
from xml.etree import ElementTree as ET

import pytest
from handing_cases import HOSTILE, hostile, line, places, sheet, zone

from dmz.layer import Sheet
from dmz.qgis import project, styles
from dmz.qgis.project import Project


def made(**more) -> Project:
    return Project("key", [places(), zone(), line()], sheet(), **more)


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text.split("\n", 1)[1])  # noqa: S314 - our own text


def test_a_project_is_the_same_bytes_twice_and_holds_no_clock():
    one = project.project(made())
    assert one == project.project(made())
    archive = zipfile.ZipFile(io.BytesIO(one))
    (entry,) = archive.infolist()
    assert entry.filename == "key.qgs"
    assert entry.date_time == (1980, 1, 1, 0, 0, 0)
    assert b"saveDateTime" not in archive.read(entry)


def test_paths_are_relative_to_the_geopackage_beside_it():
    root = parsed(project.text(made()))
    sources = [node.text for node in root.iter("datasource")]
    assert sources == [f"./key.gpkg|layername={key}" for key in ("places", "zone", "line")]


def test_identities_of_layers_are_longer_than_qgis_throws_away():
    root = parsed(project.text(made()))
    assert all(len(node.text) > 10 for node in root.iterfind("projectlayers/maplayer/id"))


def test_a_theme_a_date_has_only_what_holds_then():
    root = parsed(project.text(made()))
    themes = {
        node.get("name"): {layer.get("id"): layer.get("style") for layer in node}
        for node in root.iter("visibility-preset")
    }
    assert list(themes) == ["Wide", "2018-10-15 Zone established", "2018-12-31 Fringe"]
    assert themes["2018-10-15 Zone established"]["dmz_layer_zone"] == "2018-10-15", "the fringe comes later"
    assert themes["2018-12-31 Fringe"]["dmz_layer_zone"] == "default"
    before = dataclasses.replace(sheet(), steps=(("2018-10-01", "Before"),))
    root = parsed(project.text(Project("key", [zone(), line()], before)))
    last = list(root.iter("visibility-preset"))[-1]
    assert [layer.get("id") for layer in last] == ["dmz_layer_line"]


def test_labels_are_in_the_chosen_language_where_the_layer_has_it():
    assert styles.name_of(places(), "ar") == 'coalesce("name_ar", "name")'
    assert styles.name_of(places(), "ru") == '"name"'


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_no_text_of_a_layer_or_an_agreement_becomes_an_expression_or_markup(number):
    text = HOSTILE[number]
    around = Sheet(text, text, {text: text}, {}, (text,), (text,), (), (("2018-10-15", text),))
    root = parsed(project.text(Project("key", [hostile(number)], around, abstract=text, licence=text)))
    ours = {styles.map_tip(hostile(number))}
    for node in root.iter():
        for value in (node.text or "", *node.attrib.values()):
            if "[%" in value:
                assert value in ours, "only our own expressions"
    tip = styles.map_tip(hostile(number))
    assert tip.count("[%") == len(hostile(number).popup)
    assert "<script" not in tip


def test_a_value_in_a_map_tip_is_shown_not_obeyed():
    assert "replace(" in styles.map_tip(zone())
    assert "'&lt;'" in styles.map_tip(zone())


def test_the_style_beside_a_file_draws_only_what_holds_on_a_day():
    rules = [rule.get("filter") for rule in parsed(styles.qml(zone(), on=dt.date(2018, 10, 15))).iter("rule")]
    assert len(rules) == 2
    assert all("2018-10-15" in rule for rule in rules)
    assert rules[0].startswith("to_string(\"band\") = 'core'")


def test_the_sea_is_the_box_of_the_land():
    land = dataclasses.replace(zone("land"), group="basemap", reading=None)
    grounded = project.grounded([land, line()])
    assert [layer.key for layer in grounded] == ["sea", "land", "line"]
    assert grounded[0].features.total_bounds.tolist() == land.features.total_bounds.tolist()
    assert project.grounded([line()])[0].key == "line"
