"""Agreements other than the founding one, from their own file and layers."""

from __future__ import annotations

import shutil

import geopandas as gpd
import pytest
import shapely
from conftest import ROOT

import dmz
from dmz import findings
from dmz.errors import InputError, MissingInputError, PartyError
from dmz.line import Line
from dmz.zone import zones
from tools.geodata import layers as papers

SEED = ROOT / "tests" / "agreements" / "armistice.toml"
FRONT = shapely.LineString([(36.0, 35.5), (36.1, 35.52), (36.2, 35.45), (36.35, 35.5)])
THEATRE = shapely.box(35.9, 35.3, 36.5, 35.7)
PAPERS = {
    "source": "test",
    "package": "none",
    "version": "1",
    "licence": "CC0-1.0",
    "attribution": "test",
    "date": "1999-03-01",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the seed and two layers, made as the shipped ones are."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "geodata").mkdir()
    shutil.copy(SEED, tmp_path / "seeds")
    monkeypatch.setattr(papers, "GEODATA", tmp_path / "geodata")
    made = {"line": ("front", FRONT), "theatre": ("land", THEATRE)}
    papers.keep([
        papers.Built(key, gpd.GeoDataFrame({"id": [key], "name": [name]}, geometry=[shape], crs=4326), key, **PAPERS)
        for key, (name, shape) in made.items()
    ])  # fmt: skip
    return tmp_path


def changed(folder, *changes: tuple[str, str]):
    path = folder / "seeds" / "armistice.toml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_least_agreement_builds_and_is_written_without_roads_posts_or_settlements(folder):
    model = dmz.build(folder / "seeds" / "armistice.toml")
    expected = zones(Line(FRONT, "north", "south"), depth_km=2, within=THEATRE)
    assert model.zones["area_km2"].tolist() == pytest.approx(expected["area_km2"].tolist())
    assert model.zones["band"].tolist() == ["core", "core"]
    assert model.corridors is None
    assert model.patrols is None
    written = {path.name for path in model.write(folder / "maps")}
    assert written == {
        "zone-each.geojson",
        "line.geojson",
        "summary.csv",
        "summary.md",
        "columns.csv",
        "obligations.csv",
        "sweep.csv",
        "sweep.svg",
        "sweep.png",
        "sensitivity.csv",
        "sensitivity.svg",
        "sensitivity.png",
        "armistice.html",
    }
    page = (folder / "maps" / "armistice.html").read_text(encoding="utf-8")
    assert "two kilometres on each side" in page
    assert "fringe" not in page[page.index('id="atlas"') :].lower(), "a single depth has no fringe"


def test_each_party_may_have_its_own_depth(folder):
    path = changed(
        folder,
        ("depth_km = 2", "depth_km = { north = 10, south = [3, 5] }"),
        ('kind = "each-side"', 'kind = "per-side"'),
    )
    model = dmz.build(path)
    assert model.zones["zone"].tolist() == ["each-core-north", "each-core-south", "each-fringe-south"]
    assert model.comparison["reach_full_km"].tolist() == [10.0]


def test_progress_names_every_stage_in_order(folder):
    stages: list[str] = []
    dmz.build(folder / "seeds" / "armistice.toml", progress=stages.append)
    assert tuple(stages) == findings.STAGES


def test_a_layer_that_is_not_in_the_manifest_is_named_with_those_that_are(folder):
    with pytest.raises(MissingInputError, match=r"manifest.toml: no layer 'sea'; it has line, theatre"):
        dmz.build(changed(folder, ('theatre = "theatre"', 'theatre = "sea"')))


def test_a_corridor_that_no_layer_has_is_named(folder):
    road = '\n[[corridor]]\nid = "a1"\nname = { en = "A1" }\nfrom_place = "x"\nto_place = "y"\nbasis = [{ source = "text", says = "open" }]\n'
    table = gpd.GeoDataFrame({"id": ["b2"], "corridor": ["b2"]}, geometry=[FRONT], crs=4326)
    papers.keep([papers.Built("roads", table, "roads", **PAPERS)])
    path = changed(folder, ('theatre = "theatre"', 'theatre = "theatre"\ncorridors = "roads"'))
    path.write_text(path.read_text(encoding="utf-8") + road, encoding="utf-8")
    with pytest.raises(InputError, match="roads: no corridor a1; it has b2"):
        dmz.build(path)


def test_an_area_of_a_party_that_nobody_declared_is_refused(folder):
    table = gpd.GeoDataFrame({"id": ["a"], "party": ["west"]}, geometry=[shapely.box(36, 35.5, 36.1, 35.6)], crs=4326)
    papers.keep([papers.Built("areas", table, "areas", **PAPERS)])
    with pytest.raises(PartyError, match="nobody declared the party west"):
        dmz.build(changed(folder, ('theatre = "theatre"', 'theatre = "theatre"\nareas = "areas"')))


def test_the_key_of_an_agreement_is_the_stem_of_its_file(folder):
    assert dmz.read_agreement(folder / "seeds" / "armistice.toml").key == "armistice"
