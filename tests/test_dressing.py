"""The findings as layers: each in the map, as GeoJSON and in a popup, with the numbers of its table and of the summary."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
import re
from itertools import pairwise

import geopandas as gpd
import pandas as pd
import pytest

from dmz import holding, roadstatus
from dmz.errors import InputError
from dmz.layer import GROUPS

NEW = ("crossings", "holdings", "road-status", "posts-reach", "reports", "patrol-gaps", "patrol-gaps-deep")
# Point layers that may be seen at first: few, or what the map is about.
FIRST = {"settlements", "posts", "crossings"}


@pytest.fixture(scope="module")
def written(sochi, tmp_path_factory):
    return {path.name: path for path in sochi.write(tmp_path_factory.mktemp("maps"))}


@pytest.fixture(scope="module")
def layers(sochi):
    return {layer.key: layer for layer in sochi.layers}


@pytest.fixture(scope="module")
def island(written):
    page = written["sochi-2018.html"].read_text(encoding="utf-8")
    return json.loads(re.search(r'id="atlas">(.*?)</script>', page, re.DOTALL)[1])


def rows(written, name: str) -> list[dict[str, str]]:
    with written[name].open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def popups(island, key: str) -> list[dict[str, object]]:
    """What a click on each feature of a layer shows, by heading."""
    layer = next(layer for layer in island["layers"] if layer["key"] == key)
    values = [dict(zip(layer["columns"], feature["values"], strict=True)) for feature in layer["features"]]
    return [{heading: row[column] for column, heading in layer["popup"].items()} for row in values]


@pytest.mark.parametrize("key", NEW)
def test_every_finding_is_in_the_map_and_a_file_of_one_kind(layers, island, written, key):
    assert key in {layer["key"] for layer in island["layers"]}
    table = gpd.read_file(written[f"{key}.geojson"])
    assert len(table) == len(layers[key].features)
    assert len({*table.geom_type}) == 1
    assert table["id"].is_unique


@pytest.mark.parametrize("key", NEW)
def test_every_column_of_a_finding_is_documented(layers, written, key):
    told = {row["column"] for row in rows(written, "columns.csv") if row["table"] == f"{key}.geojson"}
    assert {*layers[key].features.columns} - {"geometry"} == told


def test_every_column_of_every_table_is_documented(written):
    told = {(row["table"], row["column"]) for row in rows(written, "columns.csv")}
    for name, path in written.items():
        if name.endswith(".csv") and name != "columns.csv":
            with path.open(encoding="utf-8", newline="") as file:
                header = next(csv.reader(file))
            assert [column for column in header if (path.stem, column) not in told] == [], name


def test_crossings_are_the_same_in_table_popup_file_and_summary(written, island):
    table, told, text = (
        rows(written, "crossings.csv"),
        popups(island, "crossings"),
        written["summary.md"].read_text("utf-8"),
    )
    points = gpd.read_file(written["crossings.geojson"])
    assert len(table) == len(told) == len(points) == 8
    for row, popup, point in zip(table, told, points.itertuples(), strict=True):
        at, earliest, latest = (float(row[f"{name}_km"]) for name in ("at", "earliest", "latest"))
        assert popup["Crosses at"].startswith(f"km {at:.1f} from ")
        assert popup["Earliest to latest"] == f"km {earliest:.1f} to km {latest:.1f}"
        assert f"{at:.1f} ({earliest:.1f}–{latest:.1f})" in text
        assert (point.at_km, point.earliest_km, point.latest_km) == (at, earliest, latest)
        assert float(row["lon"]) == pytest.approx(point.geometry.x, abs=1e-6)


def test_a_crossing_that_two_roads_share_names_both(written, island):
    """M4 and M5 leave Aleppo by one road: a click reaches the topmost point only."""
    told = popups(island, "crossings")
    assert "M5 Aleppo-Hama at km 9.2 from Aleppo" in told[1]["Here too"]
    shared = [(row["lon"], row["lat"]) for row in rows(written, "crossings.csv")]
    for place, popup in zip(shared, told, strict=True):
        assert (shared.count(place) > 1) == (popup["Here too"] is not None)


def test_roads_say_who_holds_them_and_what_was_known_of_them(written, island):
    held = rows(written, "holdings.csv")
    m4 = next(popup for popup in popups(island, "corridors") if popup["Road"].startswith("M4"))
    mine = [row for row in held if row["corridor"] == "m4"]
    assert m4["Held by"] == ", ".join(f"{row['holder']} to km {float(row['to_km']):.1f}" for row in mine)
    assert m4["Status when due"] == "31 Dec 2018: unknown, nobody reported"
    last = [row for row in rows(written, "road-status.csv") if (row["corridor"], row["on"]) == ("m4", "2020-08-17")]
    partly = sum(float(row["length_km"]) for row in last if row["status"] == "partly")
    unknown = sum(float(row["length_km"]) for row in last if row["status"] == "unknown")
    assert m4["As last reported"].startswith(f"17 Aug 2020: unknown {unknown:.1f} km, partly {partly:.1f} km")
    assert f"| M4 Latakia-Aleppo | 2020-08-17 | unknown {unknown:.1f} km, partly {partly:.1f} km |" in written[
        "summary.md"
    ].read_text("utf-8")


def test_a_stretch_says_the_status_of_itself_and_not_of_the_whole_road(layers):
    """The patrols drove km 48.7 to 107.1: nothing is known of the stretch before the line, all else is cut to it."""
    table = layers["holdings"].features
    m4 = table[table["corridor"] == "m4"]["status_last"].tolist()
    assert m4[0] == "17 Aug 2020: unknown, nobody reported"
    assert "partly 58.4 km (km 48.7 to km 107.1)" in m4[1]
    assert "unknown 47.8 km" in m4[1]


def test_the_map_shows_the_roads_of_one_day_and_the_file_has_every_day(layers, island, written):
    layer = layers["road-status"]
    drawn = {popup["From"] for popup in popups(island, "road-status")}
    assert drawn == {"2020-08-17"} == {layer.on.isoformat()}
    table = gpd.read_file(written["road-status.geojson"])
    assert len(table) == len(rows(written, "road-status.csv"))
    for name in ("valid_from", "valid_to", "on", "since"):
        assert pd.api.types.is_datetime64_any_dtype(table[name]), name
    days = sorted({*table["valid_from"]})
    assert days[0] == pd.Timestamp("2018-09-17"), "from entry into force"
    assert pd.Timestamp("2018-12-31") in days, "the day they were due"
    for day, then in pairwise(days):
        assert {*table[table["valid_from"] == day]["valid_to"]} == {then - pd.Timedelta(days=1)}
    assert table[table["valid_from"] == days[-1]]["valid_to"].isna().all()


def test_what_nobody_knows_of_a_road_looks_unknown(layers):
    symbol = layers["road-status"].style.symbols[roadstatus.UNKNOWN]
    assert symbol.dash_px
    red, green, blue = (symbol.color[i : i + 2] for i in (1, 3, 5))
    assert red == green == blue, "grey"
    looks = [(symbol.color, symbol.dash_px) for symbol in layers["road-status"].style.symbols.values()]
    assert len({dash for _, dash in looks}) == len(looks), "told apart without colour"


def test_posts_say_distance_only_with_number_and_kilometres(written, island):
    table, told = rows(written, "posts.csv"), popups(island, "posts")
    for row, popup in zip(table, told, strict=True):
        seen, least, most = (float(row[f"seen_{name}km"]) for name in ("", "least_", "most_"))
        assert popup["Measured by"] == "distance only, not line of sight"
        assert popup["Of the line within 5 km"].startswith(f"{seen:.1f} km as placed; {least:.1f} to {most:.1f} km")
    (line,) = (
        row for row in rows(written, "posts-along.csv") if (row["operator"], row["track"]) == ("all", "line-of-contact")
    )
    about = next(layer["abstract"] for layer in island["layers"] if layer["key"] == "posts")
    assert about.startswith(f"12 of 12 reported posts placed: together {float(line['seen_km']):.1f} km")
    assert sum(float(row["seen_km"]) - float(row["shared_km"]) / 2 for row in table) == pytest.approx(
        float(line["seen_km"]), abs=0.01
    )
    assert f"| line of contact, km | {float(line['seen_km']):.1f} |" in written["summary.md"].read_text("utf-8")


def test_observations_show_what_they_claim_how_precisely_and_whence(written, island):
    told = popups(island, "reports")
    assert len(told) == 6
    patrol = next(
        popup for popup in told if popup["Place"] == "M4 Latakia-Aleppo, km 94.5 to km 107.1, drawn in its middle"
    )
    assert (patrol["Claim"], patrol["Reported"]) == ("cannot tell", "2020-05-06")
    town = next(popup for popup in told if "Khan Shaykhun" in popup["Note"])
    assert town["Place"] == "within 1 km of the point"
    assert all(popup["Source"] and popup["By"] and popup["About"] for popup in told)
    table = gpd.read_file(written["reports.geojson"])
    for name in ("date_observed", "date_reported"):
        assert pd.api.types.is_datetime64_any_dtype(table[name])
    same = [popup for popup in told if popup["Place"] == "M4 Latakia-Aleppo, km 102.6"]
    assert len(same) == 2
    assert all(popup["Here too"] for popup in same)


def test_obligations_stand_where_they_are_to_be_kept_with_then_and_now(island, sochi):
    (zone, _) = (popup["To be done"] for popup in popups(island, "zone-deep"))
    assert zone.splitlines() == [
        "• Heavy weapons out of the zone, by 10 Oct 2018: not verified on 11 Oct 2018 and 22 Jul 2020, in hindsight overdue",
        "• Zone established, by 15 Oct 2018: not verified on 16 Oct 2018 and 22 Jul 2020",
        "• Radical groups out of the zone, by 15 Oct 2018: overdue on 16 Oct 2018 and 22 Jul 2020",
    ]
    m4, ghab = (popups(island, "corridors")[number]["To be done"] for number in (0, 3))
    assert m4.startswith(
        "• Transit on the main roads restored, by 31 Dec 2018: not verified on 1 Jan 2019, in hindsight"
    )
    assert ghab is None, "the text names M4 and M5"
    assert "Avoid military operations and attacks on Idlib: violated" in popups(island, "line")[0]["To be done"]
    assert "Coordinated patrols" in popups(island, "patrols-implied-deep")[0]["To be done"]
    steps = {step[1].removeprefix("From then on: "): step for step in island["steps"]}
    assert len(steps) == len(sochi.agreement.obligations)
    assert steps["Radical groups out of the zone"] == [
        "2018-10-15", "Radical groups out of the zone", "overdue on 16 Oct 2018 and 22 Jul 2020",
    ]  # fmt: skip
    assert steps["Determine the exact lines of the zone"][0] == "", "it has no date"


def test_the_hindsight_table_of_the_summary_is_that_of_the_csv(written):
    text = written["summary.md"].read_text("utf-8")
    mine = [
        row
        for row in rows(written, "hindsight.csv")
        if row["obligation"] == "heavy-weapons" and row["reading"] == "deep"
    ]
    told = [row["status_then"] + (f" → {row['status_now']}" if row["differs"] == "True" else "") for row in mine]
    assert "not verified → overdue" in told
    assert f"| Heavy weapons out of the zone | {' | '.join(told)} |" in text


def test_gaps_are_the_same_in_table_layer_popup_and_summary(written, island, layers):
    reported = [row for row in rows(written, "gaps.csv") if row["basis"] == "reported"]
    keys = [key for key in layers if key.startswith("patrol-gaps")]
    told = [popup["Gap"] for key in keys for popup in popups(island, key)]
    chainage = [(float(row["from_km"]), float(row["to_km"]), float(row["length_km"])) for row in reported]
    assert sorted(told) == sorted(f"km {low:.1f} to km {high:.1f}: {km:.1f} km" for low, high, km in chainage)
    text = written["summary.md"].read_text("utf-8")
    for row in rows(written, "coverage.csv"):
        if row["basis"] == "reported":
            length, covered, share = (float(row[name]) for name in ("length_km", "covered_km", "covered_share"))
            assert f"| {row['edge']} | {length:.1f} | {covered:.1f} | {share:.1%} | {row['gaps']} |" in text
            assert float(row["longest_gap_km"]) == max(
                float(gap["length_km"]) for gap in reported if gap["track"] == row["track"]
            )


def test_every_reading_has_its_own_edges_covered_and_its_own_gaps(written, sochi):
    readings = {reading.id for reading in sochi.agreement.readings}
    for basis in ("reported", "implied"):
        found = {row["reading"] for row in rows(written, "coverage.csv") if row["basis"] == basis}
        assert found - {""} == readings
    assert {f"patrol-gaps-{reading}.geojson" for reading in readings} <= {*written}


def test_layers_stand_in_groups_and_points_that_clutter_wait_to_be_asked_for(sochi):
    drawn = [layer for layer in sochi.layers if layer.group != "basemap"]
    assert {layer.group for layer in drawn} == {*GROUPS} - {"basemap"}
    points = {layer.key for layer in drawn if layer.visible and "Point" in layer.features.geom_type.iloc[0]}
    assert points <= FIRST
    assert {layer.key for layer in drawn if layer.group == "status"} == {"road-status", "reports"}


def test_the_page_stays_small_enough_for_a_mail(written):
    assert written["sochi-2018.html"].stat().st_size < 600 * 1024


def test_what_is_known_of_the_inputs_is_on_the_page_and_in_a_table(written, island):
    table = rows(written, "inputs.csv")
    assert island["caveats"] == [f"{row['input']}: {row['problem']}" for row in table]
    assert any("observations name no place" in text for text in island["caveats"])


def test_a_layer_of_a_day_needs_to_know_from_when_to_when(layers):
    layer = layers["crossings"]
    with pytest.raises(InputError, match="crossings: it has no column valid_from, valid_to"):
        dataclasses.replace(layer, on=dt.date(2020, 1, 1))
    assert layer.drawn is layer.features
    assert set(holding.CROSSING_COLUMNS) <= {*layer.features.columns}
