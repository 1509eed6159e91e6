"""What is wrong, missing or uncertain in the inputs, told of layers that were spoilt on purpose."""

from __future__ import annotations

import warnings

import geopandas as gpd
import pytest
import shapely
from test_model import FRONT, PAPERS, SEED, THEATRE

import dmz
from dmz import caveats
from dmz.errors import CrossingWarning
from tools.geodata import layers as papers

# Crosses itself near 36.08 E, 35.5 N.
KNOT = shapely.LineString([(36.0, 35.5), (36.1, 35.5), (36.1, 35.52), (36.08, 35.52), (36.08, 35.48), (36.35, 35.45)])


def built(tmp_path, monkeypatch, line):
    (tmp_path / "seeds").mkdir()
    (tmp_path / "geodata").mkdir()
    (tmp_path / "seeds" / SEED.name).write_bytes(SEED.read_bytes())
    monkeypatch.setattr(papers, "GEODATA", tmp_path / "geodata")
    made = {"line": line, "theatre": THEATRE}
    papers.keep([
        papers.Built(key, gpd.GeoDataFrame({"id": [key], "name": [key]}, geometry=[shape], crs=4326), key, **PAPERS)
        for key, shape in made.items()
    ])  # fmt: skip
    return tmp_path


def told(model) -> list[tuple[str, ...]]:
    return [*model.dossier.inputs.itertuples(index=False, name=None)]


def test_inputs_that_are_as_the_manifest_says_are_told_by_what_they_leave_unknown(tmp_path, monkeypatch):
    folder = built(tmp_path, monkeypatch, FRONT)
    assert told(dmz.build(folder / "seeds" / SEED.name)) == [("line", "gap", "how uncertain the line is, nobody said")]


def test_a_layer_changed_since_its_manifest_is_a_fault_in_every_output(tmp_path, monkeypatch):
    folder = built(tmp_path, monkeypatch, FRONT)
    layer = folder / "geodata" / "line.geojson"
    layer.write_text(layer.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    model = dmz.build(folder / "seeds" / SEED.name)
    said = "line.geojson: its bytes are not those of the manifest's sha256"
    assert told(model)[0] == ("line", "fault", said), "the folder's own path is no part of it"
    written = {path.name: path for path in model.write(folder / "maps")}
    assert said in written["inputs.csv"].read_text(encoding="utf-8")
    assert f"(fault): {said}" in written["summary.md"].read_text(encoding="utf-8")
    assert "as its manifest says" not in written["summary.md"].read_text(encoding="utf-8")
    assert f"line: {said}" in model.sheet.notes, "it must be read with the map"
    heads, row = written["summary.csv"].read_text(encoding="utf-8").splitlines()[:2]
    assert dict(zip(heads.split(",")[-2:], row.split(",")[-2:], strict=True)) == {
        "input_faults": "1",
        "input_warnings": "0",
    }


def test_a_line_that_crosses_itself_is_warned_of_where_its_zone_is_shown(tmp_path, monkeypatch):
    folder = built(tmp_path, monkeypatch, KNOT)
    with pytest.warns(CrossingWarning):
        model = dmz.build(folder / "seeds" / SEED.name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (key, kind, problem) = told(model)[0]
    assert (key, kind) == ("line", caveats.WARNING)
    assert problem.startswith("it crosses or touches itself near 36.08")
    assert f"line: {problem}" in model.sheet.notes
