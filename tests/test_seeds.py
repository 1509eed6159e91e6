"""What is written of every agreement that is shipped: complete, its own, small enough to mail."""

from __future__ import annotations

import csv
import json
import re
import warnings

import geopandas as gpd
import pytest
from conftest import ROOT

import dmz
from dmz.line import GapWarning

KEYS = ("korea-1953", "iraq-kuwait-1991", "kosovo-1999", "m4-2020", "undof-1974", "cyprus-1974", "preah-vihear-2011")
# Words of the founding case that belong on no other agreement's page.
IDLIBS = re.compile(r"idlib|sochi|opposition|de-escalation|reopened|radical", re.IGNORECASE)
MOST_BYTES = 600 * 1024


@pytest.fixture(scope="module", params=KEYS)
def made(request, tmp_path_factory):
    """An agreement's model and the folder it was written to."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GapWarning)  # Cyprus's lines have three parts
        model = dmz.build(request.param)
    out = tmp_path_factory.mktemp(request.param)
    model.write(out)
    return model, out


def island(page: str) -> dict:
    return json.loads(re.search(r'id="atlas">(.*?)</script>', page, re.DOTALL)[1])


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_page_is_small_and_carries_title_date_caution_and_credit(made):
    model, out = made
    page = (out / f"{model.agreement.key}.html").read_text(encoding="utf-8")
    shown = island(page)
    assert len(page.encode()) < MOST_BYTES
    assert shown["title"] == model.agreement.title.en
    assert str(model.agreement.date.year) in shown["subtitle"]
    assert shown["notes"][: len(model.agreement.notes)] == list(model.agreement.notes)
    assert shown["attribution"]
    assert {layer["group"] for layer in shown["layers"]} >= {"zone", "basemap"}


def test_no_word_of_idlib_stands_on_another_agreement_s_page_or_in_its_files(made):
    model, out = made
    if model.agreement.key == "m4-2020":  # of the same country: its own words may name Idlib
        return
    for path in out.rglob("*"):
        if path.suffix in {".md", ".csv", ".geojson"}:
            assert not IDLIBS.search(path.read_text(encoding="utf-8")), path.name
    page = island((out / f"{model.agreement.key}.html").read_text(encoding="utf-8"))
    said = json.dumps({**page, "layers": [{**layer, "features": []} for layer in page["layers"]]})
    assert not IDLIBS.search(said)
    assert "line of contact" not in said.lower()


def test_the_summary_has_the_comparison_and_every_zone_s_clause(made):
    model, out = made
    folder = out / model.agreement.key
    table = rows(folder / "summary.csv")
    assert len(table) == len(model.comparison)
    for row, area in zip(table, model.comparison["area_full_km2"], strict=True):
        assert float(row["area_full_km2"]) == pytest.approx(area, abs=1e-3)
        assert row["text"]
    text = (folder / "summary.md").read_text(encoding="utf-8")
    for zone in model.agreement.zones:
        assert zone.name.en.lower() in text.lower()
    for source in model.agreement.sources:
        assert source.title in text
    assert " nan" not in text.lower()
    assert "None" not in text


def test_every_column_written_is_explained(made):
    model, out = made
    folder = out / model.agreement.key
    told = {(row["table"], row["column"]) for row in rows(folder / "columns.csv")}
    for path in folder.glob("*.csv"):
        if path.name != "columns.csv" and (table := rows(path)):
            assert {(path.stem, column) for column in table[0]} <= told, path.name


def test_the_zones_written_are_the_zones_measured(made):
    model, out = made
    written = [gpd.read_file(path) for path in sorted((out / model.agreement.key).glob("zone-*.geojson"))]
    areas = {row.id: row.area_km2 for table in written for row in table.itertuples()}
    measured = dict(zip(model.zones["id"], model.zones["area_km2"], strict=True))
    assert areas == pytest.approx(measured, abs=6e-4)  # written to three digits
    assert all(table.geometry.is_valid.all() for table in written)


def test_two_runs_give_the_same_bytes(made, tmp_path):
    model, out = made
    if model.agreement.key not in {"undof-1974", "preah-vihear-2011"}:
        return  # one of each kind: the engine's own are held in test_outputs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GapWarning)
        dmz.build(model.agreement.key).write(tmp_path)
    for path in out.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / path.relative_to(out)).read_bytes(), path.name


def test_towns_of_zones_that_overlap_are_counted_in_each_and_never_summed(tmp_path):
    """Kosovo with the towns of its map as settlements: a town within 5 km of the border is within 25 km as well."""
    text = (ROOT / "seeds" / "kosovo-1999.toml").read_text(encoding="utf-8")
    seed = tmp_path / "kosovo.toml"
    wider = text.replace("depth_km = 5\n", "depth_km = 12\n")
    seed.write_text(wider.replace("[layers]\n", '[layers]\nsettlements = "kosovo/towns"\n'), encoding="utf-8")
    model = dmz.build(seed, layers=ROOT / "geodata")
    towns = gpd.read_file(ROOT / "geodata" / "kosovo" / "towns.geojson")
    inside = model.settlements[model.settlements["edge_km"] < 0]
    for belt, zone in model.zones.dissolve("belt").geometry.items():
        mine = {*inside[inside["belt"] == belt]["settlement"]}
        assert mine == {*towns[towns.within(zone)]["id"]}
    assert {*inside[inside["belt"] == "ground"]["settlement"]} < {*inside[inside["belt"] == "air"]["settlement"]}
    compared = model.comparison.set_index("belt")
    assert 0 < compared["settlements_full"]["ground"] < compared["settlements_full"]["air"]
    model.write(tmp_path / "maps")
    places = gpd.read_file(tmp_path / "maps" / "kosovo" / "settlements.geojson").set_index("id")["in_into_fry"]
    both = "Ground Safety Zone; Air Safety Zone"
    assert {*places[places == both].index} == {*inside[inside["belt"] == "ground"]["settlement"]}
    told = {(row["table"], row["column"]) for row in rows(tmp_path / "maps" / "kosovo" / "columns.csv")}
    assert {("settlements", "belt"), ("people", "belt")} <= told
