"""The folder's papers: accepted by frictionless, true to the files, and a changed folder is caught."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import warnings

import pandas as pd
import pytest

from dmz import datapackage
from dmz.errors import InputError, MissingInputError

FILES = {"a.csv": "id,area_km2,day\nx,1.5,2018-10-15\ny,,\n", "b.geojson": '{"type":"FeatureCollection","features":[]}'}
TABLE = pd.DataFrame({"id": ["x", "y"], "area_km2": [1.5, None], "day": ["2018-10-15", None]})


@pytest.fixture
def folder(tmp_path):
    """A folder with its papers, and one file beside it."""
    root = tmp_path / "key"
    root.mkdir()
    for name, text in FILES.items():
        (root / name).write_text(text)
    (tmp_path / "key.gpkg").write_bytes(b"beside")
    about = {"name": "key", "title": "A key", "licenses": [{"name": "CC0-1.0"}]}
    text = datapackage.describe(
        FILES, beside={"key.gpkg": b"beside"}, tables={"a.csv": TABLE}, meanings={"a.csv": {"area_km2": "its area"}},
        about=about,
    )  # fmt: skip
    (root / datapackage.NAME).write_text(text)
    return root


def test_hashes_kinds_units_and_meanings_are_said(folder):
    package = json.loads((folder / datapackage.NAME).read_text())
    one = package["resources"][0]
    assert one["hash"] == f"sha256:{hashlib.sha256(FILES['a.csv'].encode()).hexdigest()}"
    assert one["bytes"] == len(FILES["a.csv"])
    assert one["schema"]["fields"] == [
        {"name": "id", "type": "string"},
        {"name": "area_km2", "type": "number", "unit": "km2", "description": "its area"},
        {"name": "day", "type": "date"},
    ]
    assert package["beside"][0]["path"] == "../key.gpkg"


def test_a_folder_as_it_was_written_holds(folder):
    assert datapackage.verify(folder) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda root: (root / "a.csv").write_text(FILES["a.csv"].replace("1.5", "2.5")), "content is not what was"),
        (lambda root: (root / "a.csv").write_text("id\n"), "bytes, not"),
        (lambda root: (root / "b.geojson").unlink(), "b.geojson: it is missing"),
        (lambda root: (root / "c.txt").write_text("new"), "c.txt: it is not in datapackage.json"),
        (lambda root: (root.parent / "key.gpkg").write_bytes(b"besid!"), "key.gpkg: its content"),
    ],
)
def test_every_change_is_caught_and_named(folder, change, fault):
    change(folder)
    (found,) = datapackage.verify(folder)
    assert fault in found


def test_papers_changed_to_fit_a_changed_file_are_caught(folder):
    (folder / "a.csv").write_text(FILES["a.csv"].replace("1.5", "2.5"))
    path = folder / datapackage.NAME
    package = json.loads(path.read_text())
    package["resources"][0]["hash"] = f"sha256:{hashlib.sha256((folder / 'a.csv').read_bytes()).hexdigest()}"
    path.write_text(json.dumps(package))
    assert any("not those it was written with" in fault for fault in datapackage.verify(folder))


@pytest.mark.parametrize("path", ["/etc/passwd", "../../etc/passwd", "x/../../y"])
def test_papers_that_point_out_of_the_folder_are_not_followed(folder, path):
    file = folder / datapackage.NAME
    package = json.loads(file.read_text())
    package["resources"].append({"path": path, "bytes": 1, "hash": "sha256:0"})
    file.write_text(json.dumps(package))
    assert any("lies outside the folder" in fault for fault in datapackage.verify(folder))


def test_a_folder_without_papers_and_papers_that_are_none_are_errors_that_say_what_to_do(tmp_path):
    with pytest.raises(MissingInputError, match="name a folder that dmz maps wrote"):
        datapackage.verify(tmp_path)
    (tmp_path / datapackage.NAME).write_text("{")
    with pytest.raises(InputError, match="not a data package"):
        datapackage.verify(tmp_path)
    (tmp_path / datapackage.NAME).write_text('{"resources": [{"path": 5}]}')
    with pytest.raises(InputError, match="a path is no text"):
        datapackage.verify(tmp_path)


def accepted(path):
    """What frictionless says of a package: its reports' errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its dependencies' own
        from frictionless import Package

        report = Package(str(path)).validate()
    return report.valid, report.flatten(["type", "message"])


def test_frictionless_accepts_the_papers_of_idlib(idlib_maps):
    root = idlib_maps[0].parent
    valid, errors = accepted(root / datapackage.NAME)
    assert valid, errors
    assert datapackage.verify(root) == []


def test_frictionless_itself_catches_a_wrong_type(folder):
    """The test above could not fail otherwise."""
    path = folder / datapackage.NAME
    assert accepted(path)[0]
    package = json.loads(path.read_text())
    package["resources"][0]["schema"]["fields"][0]["type"] = "integer"
    path.write_text(json.dumps(package))
    assert not accepted(path)[0]


def test_inputs_parameters_and_versions_are_in_the_papers_of_idlib(idlib_maps, sochi):
    package = json.loads((idlib_maps[0].parent / datapackage.NAME).read_text(encoding="utf-8"))
    assert [one["depth_km"] for one in package["parameters"]["zones"]] == [[15, 20]]
    assert [one["id"] for one in package["parameters"]["readings"]] == ["deep", "total-width", "each-side"]
    line = next(one for one in package["inputs"] if one["key"] == "idlib/line")
    raw = (sochi.store.root / line["path"]).read_bytes()
    assert line["hash"] == f"sha256:{hashlib.sha256(raw).hexdigest()}"
    assert {"dmz", "shapely", "pyproj"} <= set(package["libraries"])
    listed = {one["path"] for one in package["resources"]}
    assert {path.name for path in idlib_maps if path.parent.name == "sochi-2018"} == listed | {datapackage.NAME}


def test_the_command_line_verifies(folder):
    command = [sys.executable, "-m", "dmz", "verify", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "as it was written" in done.stderr) == (0, True)
    (folder / "a.csv").write_text("other")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "a.csv" in done.stderr) == (1, True)
