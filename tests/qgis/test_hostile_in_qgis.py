"""Layers made to do harm, in real QGIS: every text is shown as it is, no expression of theirs is run."""

from __future__ import annotations

import datetime as dt

import pytest
from handing_cases import HOSTILE, hostile, line

from dmz.geopackage import geopackage
from dmz.layer import Sheet
from dmz.qgis.project import Project, project

RUN = "[% env('HOME') %]"


@pytest.fixture(scope="module")
def seen(qgis, tmp_path_factory):
    """What QGIS says of a project all of whose texts are hostile."""
    folder, layers = tmp_path_factory.mktemp("hostile"), [line(), *(hostile(n) for n in range(len(HOSTILE)))]
    text = " ".join(HOSTILE)
    around = Sheet(text, text, {text: text}, {}, (text,), (text,), (), (("2018-10-15", text),))
    (folder / "x.gpkg").write_bytes(geopackage(layers, on=dt.date(2018, 1, 1)))
    (folder / "x.qgz").write_bytes(project(Project("x", layers, around, abstract=text, licence=text)))
    return qgis("project.py", folder / "x.qgz", folder, HOME=str(folder))


def test_the_project_opens_with_every_layer(seen):
    assert seen["read"]
    assert seen["unresolved"] == []
    assert len(seen["layers"]) == len(HOSTILE) + 1
    assert all(layer["valid"] and layer["count"] for layer in seen["layers"].values())


def test_no_expression_of_theirs_is_run(seen, tmp_path_factory):
    home = str(tmp_path_factory.getbasetemp())
    for key, layer in seen["layers"].items():
        assert home not in layer["tip"], key
        assert "<script" not in layer["tip"]
    for sheet_ in seen["sheets"].values():
        assert home not in sheet_["title"] + sheet_["disclaimer"]
        assert sheet_["exported"]


def test_a_value_that_looks_like_an_expression_is_shown(seen):
    """The value of a feature is a value: QGIS does not run what an expression gives."""
    assert RUN in seen["layers"]["zone-0"]["tip"]


def test_every_feature_is_drawn_by_its_category(seen):
    for number in range(len(HOSTILE)):
        assert len(seen["layers"][f"zone-{number}"]["categories"]) == 2
    assert seen["themes"]
    assert all(theme["errors"] == [] for theme in seen["themes"].values())
