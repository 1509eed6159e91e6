"""Layers and manifest hold each other; the facts they rest on are kept."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pytest
import shapely
from conftest import ROOT, shared
from truth import distance_m

from dmz import geodata, geodesy
from dmz.errors import InputError, MissingInputError

STORE = geodata.open_store(ROOT / "geodata")


@pytest.mark.parametrize("key", STORE.records)
def test_a_layer_is_as_its_record_says(key):
    assert geodata.audit(geodata.Store(STORE.root, {key: STORE.records[key]})) == []


@pytest.mark.parametrize("key", STORE.records)
def test_a_layer_is_rfc_7946(key):
    collection = json.loads((STORE.root / STORE.record(key).file).read_text(encoding="utf-8"))
    assert collection["name"] == key.split("/")[1]
    assert "crs" not in collection
    assert len(collection["bbox"]) == 4
    keys = {tuple(feature["properties"]) for feature in collection["features"]}
    assert len(keys) == 1, "every feature has every key"
    assert len({feature["geometry"]["type"] for feature in collection["features"]}) == 1
    assert len({feature["id"] for feature in collection["features"]}) == len(collection["features"])
    assert all(feature["id"][0].isalpha() for feature in collection["features"])


def test_every_file_is_in_the_manifest_and_all_are_small():
    files = {path.relative_to(STORE.root).as_posix() for path in STORE.root.rglob("*.geojson")}
    assert files == {record.file for record in STORE.records.values()}
    assert sum(path.stat().st_size for path in STORE.root.rglob("*") if path.is_file()) < 2_000_000


def test_tables_are_as_their_records_say():
    assert geodata.audit(geodata.Store(STORE.root, {}, STORE.tables)) == []
    assert {path.relative_to(STORE.root).as_posix() for path in STORE.root.rglob("*.csv")} == {
        record.file for record in STORE.tables.values()
    }


def test_a_changed_table_is_found(tmp_path):
    shutil.copytree(STORE.root, tmp_path / "geodata")
    path = tmp_path / "geodata" / "idlib" / "observations.csv"
    text = path.read_text(encoding="utf-8").replace(",note\n", ",remark\n")
    path.write_text(text.rstrip("\n").rsplit("\n", 1)[0] + "\n", encoding="utf-8")
    said = "\n".join(geodata.audit(geodata.open_store(tmp_path / "geodata")))
    assert "observations.csv: its bytes are not those" in said
    assert f"it has {STORE.tables['idlib/observations'].rows - 1} rows, the manifest says" in said
    assert "its columns differ from the manifest's by ['note', 'remark']" in said
    path.unlink()
    assert geodata.audit(geodata.open_store(tmp_path / "geodata")) == [f"{path}: no such file"]


def test_a_table_that_is_not_there_names_those_there_are():
    with pytest.raises(MissingInputError, match="no table 'x'; it has idlib/control, idlib/observations"):
        STORE.table("x")


def test_every_layer_has_its_papers():
    for record in [*STORE.records.values(), *STORE.tables.values()]:
        assert all(
            (
                record.title,
                record.source,
                record.package,
                record.version,
                record.licence,
                record.attribution,
                record.date,
            )
        )


def test_a_manifest_cannot_name_a_file_outside_its_folder(tmp_path):
    text = (STORE.root / "manifest.toml").read_text(encoding="utf-8")
    (tmp_path / "manifest.toml").write_text(
        text.replace('"idlib/posts.geojson"', '"../posts.geojson"'), encoding="utf-8"
    )
    with pytest.raises(InputError, match="file"):
        geodata.open_store(tmp_path)


def test_a_changed_layer_is_found(tmp_path):
    shutil.copytree(STORE.root, tmp_path / "geodata")
    path = tmp_path / "geodata" / "idlib" / "posts.geojson"
    path.write_text(path.read_text(encoding="utf-8").replace("Morek", "Marek"), encoding="utf-8")
    faults = geodata.audit(geodata.open_store(tmp_path / "geodata"))
    assert len(faults) == 1
    assert "posts.geojson: its bytes are not those of the manifest" in faults[0]


def test_the_line_is_that_of_the_facts():
    line = STORE.open("idlib/line").geometry.iloc[0]
    assert len(line.coords) == 121
    assert geodesy.length(line) / 1000 == pytest.approx(261.1, abs=0.1)


def test_the_opposition_shares_every_vertex_of_the_line():
    line = STORE.open("idlib/line").geometry.iloc[0]
    areas = STORE.open("idlib/areas").set_index("party").geometry
    boundary = {tuple(point) for point in np.round(shapely.get_coordinates(areas["opposition"].boundary), 6)}
    assert len({tuple(point) for point in np.round(line.coords, 6)} - boundary) <= 2, "an end may lie beyond the border"
    assert areas["opposition"].intersection(areas["turkish-held"]).area < 1e-9


def test_population_is_unknown_and_never_zero():
    places = STORE.open("idlib/settlements")
    assert places["population"].isna().any()
    assert (places["population"].dropna() > 0).all()
    assert places["population_source"].notna().equals(places["population"].notna())


def test_all_settlements_of_the_facts_are_there_with_their_holder():
    places = STORE.open("idlib/settlements")
    with shared("facts/settlements_control_2018-09.csv").open(encoding="utf-8", newline="") as file:
        facts = list(csv.DictReader(file))
    held = places[places["holder"].notna()]
    assert len(held) == len(facts) == 232
    names = {
        (row["name"], {"R": "opposition", "G": "government"}[row["control_sep2018(R=opposition,G=government)"]])
        for row in facts
    }
    assert set(zip(held["name"], held["holder"], strict=True)) == names


def test_no_gazetteer_place_stands_beside_the_same_place_of_the_facts():
    places = STORE.open("idlib/settlements")
    xy = shapely.get_coordinates(places.geometry.array)
    for name in ("Khan Shaykhun", "Saraqib", "Morek", "Kinsabba", "Maarrat al-Nu'man"):
        (at,) = np.flatnonzero(places["name"] == name)
        away = geodesy.GEOD.inv(*(np.full(len(xy), c) for c in xy[at]), xy[:, 0], xy[:, 1])[2]
        gazetteer = places["id"].str.startswith("geonames").to_numpy()
        assert not ((np.asarray(away) < 1_500) & gazetteer).any(), name


def test_roads_pass_the_places_the_facts_allow_and_say_where_they_do_not():
    roads = STORE.open("idlib/corridors").set_index("corridor").geometry
    waypoints = STORE.open("idlib/waypoints")
    for point in waypoints.itertuples():
        offset = distance_m(point.geometry.x, point.geometry.y, shapely.get_coordinates(roads[point.corridor]))
        assert point.offset_m == pytest.approx(offset, abs=1.0)
        assert point.within_500_m == (point.offset_m <= 500)
        assert point.within_500_m or point.uncertainty_m > 500, "what is known to 500 m is passed within 500 m"
    disagree = set(waypoints[~waypoints["agrees"]]["name"])
    assert disagree == {"Qasmin"}, "the only place the roads miss by more than its uncertainty"


def test_roads_that_share_a_stretch_share_its_vertices():
    roads = STORE.open("idlib/corridors").set_index("corridor").geometry
    m4, through_saraqib, m5 = (list(roads[key].coords) for key in ("m4", "latakia-hama-saraqib", "m5"))
    saraqib = (36.803, 35.864)
    assert m4[: m4.index(saraqib) + 1] == through_saraqib[: through_saraqib.index(saraqib) + 1]
    assert m5[m5.index(saraqib) :] == through_saraqib[through_saraqib.index(saraqib) :]


def test_no_road_turns_back_on_itself():
    for road in STORE.open("idlib/corridors").geometry:
        xy = np.array(road.coords)
        azimuth = np.array(geodesy.GEOD.inv(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])[0])
        turn = np.abs((np.diff(azimuth) + 180) % 360 - 180)
        assert turn.max() < 120
        assert road.is_simple
