"""Agreements other than the founding one, from their own file and layers."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from conftest import ROOT

import dmz
from dmz import findings, geodata, placing
from dmz.errors import InputError, MissingExtraError, MissingInputError, PartyError
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
        "zone-each.qml",
        "line.geojson",
        "line.qml",
        "report.md",
        "report.html",
        "datapackage.json",
        "armistice.gpkg",
        "armistice.qgz",
        *(f"armistice{size}.{kind}" for size in ("", "-a3") for kind in ("pdf", "svg", "png")),
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
        "hindsight.csv",
        "inputs.csv",
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


def exposed(folder, **layers: str):
    """The armistice with layers of places, facilities and units, and a raster where it can be written."""
    at = [shapely.Point(36.1, 35.53), shapely.Point(36.2, 35.44), shapely.Point(36.3, 35.6)]
    table = gpd.GeoDataFrame({"id": ["a", "b", "c"], "name": ["A", "B", "C"]}, geometry=at, crs=4326)
    squares = [shapely.box(35.9, 35.3, 36.2, 35.7), shapely.box(36.2, 35.3, 36.5, 35.7)]
    units = {"id": ["w", "e"], "ADM1_PCODE": ["0001", "0002"], "ADM1_EN": ["West", "East"]}
    papers.keep([
        papers.Built("towns", table.assign(population=[700, None, 90]), "towns", **PAPERS),
        papers.Built("clinics", table.assign(kind=["clinic", None, "school"]), "clinics", **PAPERS),
        papers.Built("provinces", gpd.GeoDataFrame(units, geometry=squares, crs=4326), "provinces", **PAPERS),
    ])  # fmt: skip
    named = {"settlements": "towns", "facilities": "clinics", "units": "provinces"} | layers
    keys = "".join(f'\n{name} = "{key}"' for name, key in named.items())
    terms = '\n\n[exposure]\nnear_km = 12\ncategory = "kind"\n'
    return changed(folder, ('theatre = "theatre"', f'theatre = "theatre"{keys}{terms}'))


def raster(folder, **record):
    """A raster of people in the folder of layers, and its record in the manifest."""
    path = folder / "geodata" / "people.tif"
    cells = np.full((40, 60), 3, dtype="float32")  # 0.01 degrees
    with rasterio.open(
        path, "w", driver="GTiff", crs="EPSG:4326", height=40, width=60, count=1, dtype="float32",
        transform=rasterio.Affine(0.01, 0, 35.9, 0, -0.01, 35.7),
    ) as target:  # fmt: skip
        target.write(cells, 1)
    said = {**PAPERS, "title": "Counts", "file": "people.tif", "year": 2017} | record
    said["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    with (folder / "geodata" / "manifest.toml").open("a", encoding="utf-8") as manifest:
        manifest.write('\n[rasters."people"]\n' + "".join(f"{k} = {json.dumps(v)}\n" for k, v in said.items()))
    return path


def geodesy_km2(shapes) -> float:
    return sum(dmz.geodesy.area(shape) for shape in shapes) / 1e6


def test_layers_of_facilities_units_and_people_stand_in_tables_and_summary(folder):
    path = exposed(folder, population="people")
    cells = raster(folder)
    assert geodata.audit(geodata.open_store(folder / "geodata")) == []
    model = dmz.build(path)
    inside = placing.within(model.settlements)
    assert set(zip(inside["settlement"], inside["party"], strict=True)) == {("a", "north"), ("b", "south")}
    assert model.comparison[["settlements_full", "population_known_full"]].to_numpy().tolist() == [[2, 700]]
    files = {path.name: path for path in model.write(folder / "maps")}
    counts = pd.read_csv(files["facility-counts.csv"])
    assert counts.groupby("category")[["inside", "near"]].sum().to_dict("index") == {
        "clinic": {"inside": 1, "near": 1},  # the other party's ground is outside a party's own
        "school": {"inside": 0, "near": 2},
        "unknown": {"inside": 1, "near": 1},
    }
    units = pd.read_csv(files["units.csv"], dtype={"pcode": str})
    assert set(units["pcode"]) == {"0001", "0002"}
    assert units["inside_km2"].sum() == pytest.approx(model.zones["area_km2"].sum(), abs=0.002)
    people = pd.read_csv(files["gridded-people.csv"])
    cell_deg2, whole = 1e-4, people[people["party"].isna()]
    planar = model.zones.union_all().area
    assert whole["people"].tolist() == pytest.approx([planar / cell_deg2 * 3] * 2, rel=1e-4)
    assert people[people["party"].notna()]["people"].sum() == pytest.approx(whole["people"].iloc[0], rel=1e-6)
    summary = files["summary.md"].read_text(encoding="utf-8")
    for said in ("within 12 km of its edge", "0 says that it has none there", "| 0001 | West |", "| Counts | 2017 |"):
        assert said in summary
    meanings = pd.read_csv(files["columns.csv"])
    assert {"facilities", "facility-counts", "units", "gridded-people"} <= set(meanings["table"])
    clinics = gpd.read_file(files["facilities.geojson"]).set_index("id")
    assert clinics["category"].to_dict() == {"a": "clinic", "b": "unknown", "c": "school"}
    assert clinics.filter(like="in_").loc["a"].iloc[0].startswith("inside core, north")
    drawn = gpd.read_file(files["units.geojson"]).set_index("pcode")
    assert geodesy_km2(drawn.geometry) == pytest.approx(model.zones["area_km2"].sum(), abs=0.002)
    assert drawn.filter(like="in_").loc["0001"].iloc[0].endswith("% of it")
    cells.write_bytes(cells.read_bytes() + b" ")
    assert "people.tif: its bytes are not those" in geodata.audit(geodata.open_store(folder / "geodata"))[0]


def test_a_raster_without_the_extra_says_how_to_get_it(folder, monkeypatch):
    path = exposed(folder, population="people")
    raster(folder)
    monkeypatch.setitem(sys.modules, "exactextract", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'dmz\[raster\]'"):
        dmz.build(path).write(folder / "maps")
    assert not (folder / "maps").exists()


@pytest.mark.parametrize(("name", "kind"), [("facilities", "layer"), ("units", "layer"), ("population", "raster")])
def test_a_layer_of_exposure_that_is_not_there_is_named_before_anything_is_worked_out(folder, name, kind):
    with pytest.raises(MissingInputError, match=rf"no {kind} 'gone'; it has"):
        dmz.build(exposed(folder, **{name: "gone"}))
