"""The verbs that ask an agreement: readable tables, CSV that is the table, errors in a line."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import os
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from conftest import ROOT

from dmz import (
    compare,
    compliance,
    corridor,
    coverage,
    dossier,
    effort,
    exposure,
    facilities,
    geodesy,
    holding,
    otherwise,
    patrol,
    posts,
    raster,
    roadstatus,
    units,
)
from dmz.cli import asking, main
from dmz.errors import InputError
from dmz.geojson import plain
from dmz.ground import Ground
from dmz.observation import read_observations
from dmz.tables import Column, text_of, write_csv

SEED = ROOT / "seeds" / "sochi-2018.toml"
REPORTS = ROOT / "geodata" / "idlib" / "road_reports.geojson"


@pytest.fixture
def run(capsys, monkeypatch, sochi):
    """Run a verb in this process on Idlib, worked out once; code, standard output, standard error."""
    monkeypatch.setattr(asking, "work_out", lambda *_, **__: sochi)

    def run(*arguments) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return int(ended.value.code or 0), captured.out, captured.err

    return run


def read_back(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_cells(table: pd.DataFrame) -> list[dict[str, str]]:
    """What a CSV of a table must hold: unknown empty, numbers as GeoJSON rounds them, no cell a formula."""
    flat = pd.DataFrame(table).drop(columns="geometry", errors="ignore")
    rows = []
    for record in flat.to_dict("records"):
        cells = {name: plain(name, value) for name, value in record.items()}
        text = {name: "" if value is None else str(value) for name, value in cells.items()}
        rows.append(
            {
                name: f"'{said}" if isinstance(cells[name], str) and said[:1] in set("=+-@") else said
                for name, said in text.items()
            }
        )
    return rows


def printed(out: str) -> list[str]:
    """Lines below the rule of a table."""
    lines = out.splitlines()
    rule = next(number for number, line in enumerate(lines) if set(line) == {"-", " "})
    return lines[rule + 1 :]


# --------------------------------------------------------------------------------------------- the numbers


def test_corridors_are_those_of_the_library_on_paper_and_in_the_file(run, sochi, tmp_path):
    out = tmp_path / "m4.csv"
    code, text, err = run("corridors", SEED, "--reading", "deep", "--road", "m4", "-o", out)
    zones = sochi.zones[sochi.zones["reading"] == "deep"]
    table = corridor.pieces(sochi.roads[sochi.roads["corridor"] == "m4"], zones, places=sochi.places)
    assert code == 0
    assert read_back(out) == as_cells(table)
    assert len(table) == 4
    assert [word for word in ("from, km", "to, km", "length, km", "share, %") if word not in text] == []
    for length_km in table["length_km"]:
        assert f"{length_km:.2f}" in text
    assert "1.3 km north of Mazghulah" in text
    assert f"{out}: 4 rows" in err


def test_pieces_with_the_outside_add_up_to_the_road_by_another_measure(run, sochi, tmp_path):
    out = tmp_path / "roads.csv"
    code, text, _ = run("corridors", SEED, "--reading", "total-width", "--outside", "-o", out)
    assert code == 0
    assert "none" in text, "nobody's zone is no party, and no blank"
    lengths = pd.DataFrame(read_back(out)).astype({"length_km": float}).groupby("corridor")["length_km"].sum()
    for road in sochi.roads.itertuples():
        assert lengths[road.corridor] == pytest.approx(geodesy.GEOD.geometry_length(road.geometry) / 1000, abs=0.01)


def test_holders_and_crossings_are_those_of_the_library(run, sochi, tmp_path):
    for show, make in (("holders", holding.holdings), ("crossings", holding.crossings)):
        out = tmp_path / f"{show}.csv"
        assert run("corridors", SEED, "--show", show, "-o", out)[0] == 0
        assert read_back(out) == as_cells(make(sochi.roads, sochi.line, places=sochi.places))


def test_a_sweep_is_that_of_the_library_on_paper_in_the_file_and_on_the_chart(run, sochi, tmp_path):
    out, chart = tmp_path / "sweep.csv", tmp_path / "sweep.png"
    asked = ("sweep", SEED, "--depth", "15", "20", "--step", "5", "-o", out, "--chart", chart)
    code, text, err = run(*asked)
    assert code == 0
    assert read_back(out) == as_cells(otherwise.sweep(sochi, [15.0, 20.0]))
    assert "in the text" in text
    assert "3245.6" in text
    assert chart.read_bytes().startswith(b"\x89PNG")
    assert f"{chart}: drawn" in err
    code, text, _ = run("sweep", SEED, "--depth", "15", "15", "--reading", "deep", "-o", out)
    assert [row["reading"] for row in read_back(out)] == ["deep"]


def test_readings_stand_side_by_side_and_the_file_is_the_comparison(run, sochi, tmp_path):
    out, chart = tmp_path / "readings.csv", tmp_path / "readings.svg"
    code, text, _ = run("compare", SEED, "-o", out, "--chart", chart)
    assert code == 0
    assert read_back(out) == as_cells(sochi.comparison)
    area = next(line for line in text.splitlines() if line.startswith("area, km"))
    assert area.split("  ")[-1].strip() == "7 504–9 911"
    assert "<svg" in chart.read_text(encoding="utf-8")


def test_settlements_gained_and_lost_are_named(run, sochi, tmp_path):
    out = tmp_path / "changes.csv"
    code, text, _ = run("compare", SEED, "--show", "settlements", "--against", "total-width", "-o", out)
    assert code == 0
    table = compare.changes(sochi.settlements, chosen="total-width", readings=["deep", "total-width", "each-side"])
    assert read_back(out) == as_cells(table)
    assert "Khan Shaykhun" in text


def test_overlaps_and_what_moves_the_results_are_those_of_the_library(run, sochi, tmp_path):
    overlaps, moved = tmp_path / "overlaps.csv", tmp_path / "moved.csv"
    assert run("compare", SEED, "--show", "overlaps", "-o", overlaps)[0] == 0
    assert read_back(overlaps) == as_cells(compare.overlaps(sochi.zones))
    chart = tmp_path / "tornado.svg"
    code, text, err = run("compare", SEED, "--show", "sensitivity", "-o", moved, "--chart", chart)
    assert code == 0
    assert "8 716 each-side" in text
    assert "The reading moves every result more than the kilometres do." in err
    said = otherwise.explore(sochi, depths_km=[]).sensitivity
    assert read_back(moved) == as_cells(said)
    assert chart.exists()


def test_two_days_stand_side_by_side(run, sochi, tmp_path):
    out = tmp_path / "days.csv"
    code, text, _ = run("compare", SEED, "--on", "2018-10-10", "2018-12-31", "-o", out)
    assert code == 0
    days = [dt.date(2018, 10, 10), dt.date(2018, 12, 31)]
    assert read_back(out) == as_cells(otherwise.days(sochi, days, dossier.observed(sochi)))
    assert "not verified" in text


def test_two_agreements_stand_side_by_side(run, sochi, tmp_path, monkeypatch):
    other = dataclasses.replace(sochi, agreement=sochi.agreement.model_copy(update={"key": "other"}))
    several = [sochi, other]
    monkeypatch.setattr(asking, "work_out", lambda *_, **__: several[0 if several.reverse() else 1])
    out = tmp_path / "both.csv"
    code, text, _ = run("compare", SEED, SEED, "-o", out)
    assert code == 0
    assert [row["name"].split()[0] for row in read_back(out)] == ["sochi-2018"] * 3 + ["other"] * 3
    assert "other each-side" in " ".join(text.split())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["compare"], "name one agreement or more"),
        (["compare", SEED, "--against", "wide"], "--against wide: there is none; the agreement has deep"),
        (["compare", SEED, "--chart", "out.pdf"], "a chart is written as .svg or .png"),
        (["compare", SEED, "--show", "overlaps", "--chart", "out.svg"], "--chart: not for --show overlaps"),
        (["compare", SEED, "--as-known-on", "2019-01-01"], "--as-known-on: for --on"),
        (["compare", SEED, "--on", "2018-10-10", "soon"], "--on soon: it is no day"),
        (["compare", SEED, "--on", "2018-10-10", "2018-10-11", "--show", "overlaps"], "--show: not for --on"),
        (["compare", SEED, SEED, "--line", "x.geojson"], "another line is for one agreement"),
        (["compare", SEED, SEED, "--against", "deep"], "--against: several are held against"),
        (["compare", SEED, SEED], "given twice"),
        (["sweep", SEED, "--depth", "20", "15"], "the smaller depth first"),
        (["sweep", SEED, "--depth", "1", "2", "--step", "0"], "give km above 0"),
        (["sweep", SEED, "--party", "opposition"], "--party: a sweep is of all the ground"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused_in_a_line(run, asked, said):
    code, out, err = run(*asked)
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())


def test_the_status_of_roads_is_unknown_where_nobody_reported(run, sochi, tmp_path):
    out = tmp_path / "status.csv"
    code, text, _ = run("corridors", SEED, "--on", "2020-05-10", "--reports", REPORTS, "--road", "m4", "-o", out)
    reported = roadstatus.read_reports(REPORTS, sochi.roads, places=sochi.places)
    m4 = sochi.roads[sochi.roads["corridor"] == "m4"]
    assert code == 0
    assert read_back(out) == as_cells(roadstatus.status(reported, m4, on="2020-05-10", places=sochi.places))
    first = printed(text)[0]
    assert first.split()[:1] == ["m4"]
    assert "unknown" in first
    assert "no report" in first


def test_routes_are_measured_as_the_library_does_and_within_km_matters(run, sochi, tmp_path):
    out = tmp_path / "patrols.csv"
    assert run("patrols", SEED, "--reading", "deep", "-o", out)[0] == 0
    table = sochi.patrols[sochi.patrols["reading"] == "deep"]
    assert read_back(out) == as_cells(table)
    run("patrols", SEED, "--reading", "deep", "--within-km", "10", "-o", out)
    wider = [float(row["boundary_share"]) for row in read_back(out)]
    assert sum(wider) > table["boundary_share"].sum()
    assert {row["within_km"] for row in read_back(out)} == {"10.0"}


def test_edges_and_gaps_are_those_of_the_library_for_routes_of_ones_own(run, sochi, tmp_path):
    routes = tmp_path / "routes.geojson"
    xy = shapely.get_coordinates(sochi.line.geometry)[:10]
    mine = gpd.GeoDataFrame({"patrol": ["a"], "date": ["2019-01-02"]}, geometry=[shapely.LineString(xy)], crs=4326)
    mine.to_file(routes, driver="GeoJSON")
    asked = ["patrols", SEED, "--routes", routes, "--within-km", "1", "--reading", "deep"]
    edges, gaps = tmp_path / "edges.csv", tmp_path / "gaps.csv"
    assert run(*asked, "--show", "edges", "-o", edges)[0] == 0
    code, _, err = run(*asked, "--show", "gaps", "-o", gaps)
    assert code == 0
    assert "they may have been covered" in err
    front = coverage.tracks(sochi.line.geometry, name="line")
    found = coverage.cover(effort.read_routes(routes, kind="reported"), front, within_m=1000.0)
    assert read_back(edges)[0] == as_cells(found.shares)[0]
    assert [row for row in read_back(gaps) if row["track"] == "line"] == as_cells(found.gaps)
    covered = float(read_back(edges)[0]["covered_km"])
    length_km = geodesy.GEOD.geometry_length(shapely.LineString(xy)) / 1000
    assert length_km - 0.01 <= covered, "a route along the line covers at least its own length"
    for row in read_back(edges)[:1]:
        sum_km = sum(float(gap["length_km"]) for gap in read_back(gaps) if gap["track"] == row["track"])
        assert covered + sum_km == pytest.approx(float(row["length_km"]), abs=0.01)


def test_effort_keeps_kinds_apart_and_hours_nobody_gave_unknown(run, sochi, tmp_path):
    out = tmp_path / "effort.csv"
    code, text, err = run("patrols", SEED, "--show", "effort", "--party", "turkey", "-o", out)
    assert code == 0
    assert [(row["kind"], row["patrols"], row["hours"]) for row in read_back(out)] == [("reported", "6", "")]
    assert "unknown" in printed(text)[0]
    implied = len(patrol.implied(patrol.edges(sochi.zones, sochi.line)))
    assert f"{implied} implied routes left out: nobody drove them" in err
    code, _, err = run("patrols", SEED, "--show", "effort", "--kind", "implied")
    assert (code, "give one --reading of deep, total-width, each-side" in err) == (2, True)
    assert run("patrols", SEED, "--show", "effort", "--kind", "implied", "--reading", "deep", "-o", out)[0] == 0
    assert [(row["kind"], row["patrols"]) for row in read_back(out)] == [("implied", "3")]


def test_swept_ground_is_two_reaches_wide(run, tmp_path):
    """A route of one straight stretch: a rectangle and a disc, on a plane."""
    out, routes = tmp_path / "swept.csv", tmp_path / "routes.geojson"
    line = shapely.LineString([(36.6, 35.7), (36.7, 35.7)])
    gpd.GeoDataFrame({"patrol": ["a", "b"]}, geometry=[line, line], crs=4326).to_file(routes)
    asked = ["patrols", SEED, "--routes", routes, "--show", "swept", "--within-km", "3", "--reading", "deep", "-o", out]
    assert run(*asked)[0] == 0
    row = read_back(out)[0]
    area = geodesy.length(line) / 1000 * 6 + np.pi * 9
    assert float(row["swept_merged_km2"]) == pytest.approx(area, rel=2e-4)
    assert float(row["swept_unmerged_km2"]) == pytest.approx(2 * area, rel=2e-4)
    assert float(row["swept_share"]) == pytest.approx(
        float(row["swept_in_zone_km2"]) / float(row["zone_km2"]), abs=1e-6
    )


def test_rounds_say_what_was_assumed_and_take_no_speed_for_granted(run, sochi, tmp_path):
    out = tmp_path / "rounds.csv"
    asked = ["patrols", SEED, "--show", "rounds", "--reading", "deep", "-o", out]
    code, _, err = run(*asked)
    assert (code, "give --speed-kmh and --hours-a-day" in err) == (2, True)
    drive = ["--speed-kmh", "2", "--hours-a-day", "4", "--stops", "6", "--stop-minutes", "30", "--standard-days", "7"]
    code, _, err = run(*asked, *drive)
    assert code == 0
    assert "once in 7 days (--standard-days), --speed-kmh 2" in err
    row = next(row for row in read_back(out) if row["patrol"] == "deep-opposition-0-km")
    assert float(row["loop_hours"]) == pytest.approx(2 * sochi.line.length_km / 2 + 3, abs=0.01)
    assert int(row["teams_at_least"]) == int(np.ceil((sochi.line.length_km / 2 + 3) / (7 * 4)))
    assert not any(row["patrol"].startswith("each-side") for row in read_back(out))


def test_pieces_add_up_to_the_edge_and_a_finer_piecing_changes_no_sum(run, sochi, tmp_path):
    out, sums = tmp_path / "pieces.csv", []
    asked = [
        "patrols",
        SEED,
        "--show",
        "pieces",
        "--reading",
        "deep",
        "--period",
        "2020-03-01",
        "2020-08-31",
        "-o",
        out,
    ]
    for every in ([], ["--every-km", "0.37"]):
        code, _, err = run(*asked, *every)
        assert code == 0
        assert "no gap longer than 14 days (--standard-days)" in err
        rows = [row for row in read_back(out) if row["track"] == "line"]
        names = ("length_km", "visited_km", "visit_km", "met_km", "not_met_km", "cannot_tell_km")
        sums.append([sum(float(row[name] or 0) for row in rows) for name in names])
    assert sums[0] == pytest.approx(sums[1], abs=0.2), "rounded to the metre in every row"
    assert sums[0][0] == pytest.approx(sochi.line.length_km, abs=0.15)


def test_posts_are_those_of_the_library_and_need_a_radius(run, sochi, tmp_path):
    out = tmp_path / "posts.csv"
    placed = posts.posts(sochi.store.open("idlib/posts"))
    deep = sochi.zones[sochi.zones["reading"] == "deep"]
    asked = ["posts", SEED, "--reading", "deep", "--radius-km", "5", "-o", out]
    code, _, err = run(*asked, "--show", "areas", "--party", "turkey")
    assert (code, "distance only, not line of sight" in err) == (0, True)
    table = posts.areas(placed, deep, radius_m=5000, reported={"turkey": 12})
    assert read_back(out) == as_cells(table)
    front = coverage.tracks(sochi.line.geometry, name="line")
    assert run(*asked)[0] == 0
    table = posts.along_lines(placed, front, radius_m=5000, reported={"turkey": 12})
    assert [row for row in read_back(out) if row["track"] == "line"] == as_cells(table)
    assert run(*asked, "--show", "stretches")[0] == 0
    seen = [float(row["length_km"]) for row in read_back(out) if row["track"] == "line" and row["posts"] != "0"]
    assert sum(seen) == pytest.approx(table["seen_km"].iloc[0], abs=0.01)
    assert run("posts", SEED)[0] == 2


def test_the_corridor_of_march_2020_is_a_strip_between_named_places(run, sochi, tmp_path):
    out, drawn = tmp_path / "strip.csv", tmp_path / "strip.geojson"
    asked = ["strip", SEED, "--road", "m4", "--from", "Trumba", "--to", "Ain al-Hawr"]
    code, _, _ = run(*asked, "--depth", "north=6", "south=6", "-o", out)
    rows = read_back(out)
    assert code == 0
    assert [(row["side"], row["compass"], row["depth_km"]) for row in rows] == [
        ("left", "north", "6.0"),
        ("right", "south", "6.0"),
    ]
    assert [row["from_name"] for row in rows] == ["Ain al-Hawr"] * 2
    assert sum(float(row["area_km2"]) for row in rows) == pytest.approx(700, rel=0.01)
    assert run(*asked, "--depth", "6", "-o", drawn)[0] == 0
    assert gpd.read_file(drawn)["area_km2"].sum() == pytest.approx(
        sum(float(row["area_km2"]) for row in rows), abs=0.01
    )
    lon, lat = shapely.get_coordinates(geodesy.interpolate(sochi.roads.set_index("corridor").geometry["m4"], 50_000))[0]
    code, _, _ = run(
        "strip", SEED, "--road", "m4", "--depth", "left=1", "--from", f"{lon},{lat}", "--to", "52", "-o", out
    )
    assert [float(read_back(out)[0][name]) for name in ("from_km", "to_km")] == pytest.approx([50, 52], abs=0.01)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--depth", "north=6", "6"], "give one number for both sides, or one for each"),
        (["--depth", "wide"], "give km, as 6, or of each side, as north=6 south=6"),
        (["--depth", "6", "--from", "Tramba"], "no place is called 'Tramba': is it Trumba"),
        (["--depth", "6", "--from", "Hama city", "--limit-km", "0.1"], "km from the road, the limit is 0.1 km"),
        (["--depth", "6", "--from", "1,2,3"], "give a place's name, km along the road, or lon,lat"),
        (["--depth", "6", "-o", "strip.shp"], "a name that ends in .csv or .geojson"),
    ],
)
def test_a_strip_that_cannot_be_laid_is_told(run, arguments, said):
    code, _, err = run("strip", SEED, "--road", "m4", *arguments)
    assert (code, said in err) == (2, True), err


def test_without_any_route_gaps_are_unknown_and_not_none(run):
    code, _, err = run("patrols", SEED, "--show", "gaps", "--party", "iran")
    assert code == 2
    assert "the gaps are unknown" in err


def test_revisit_needs_its_period(run):
    code, text, _ = run(
        "patrols", SEED, "--show", "revisit", "--reading", "deep", "--period", "2020-03-01", "2020-08-31"
    )
    assert code == 0
    assert printed(text)[0].startswith("line")
    code, _, err = run("patrols", SEED, "--show", "revisit")
    assert (code, "give the --period" in err) == (2, True)


def test_exposure_is_that_of_the_library_and_unknown_is_never_0(run, sochi, tmp_path):
    out = tmp_path / "exposure.csv"
    asked = ["exposure", SEED, "--reading", "deep", "--party", "opposition", "--near-km", "3"]
    zones = sochi.zones[(sochi.zones["reading"] == "deep") & (sochi.zones["party"] == "opposition")]
    table = exposure.settlements(sochi.places, zones, sochi.line, near_km=3)
    code, text, err = run(*asked, "--show", "settlements", "-o", out)
    assert code == 0
    assert "within 3 km of the edge" in err
    assert read_back(out) == as_cells(table)
    assert len(printed(text)) >= len(table)
    assert text.count("unknown") >= table["population_low"].isna().sum() > 0
    assert "0" not in {row["population_low"] for row in read_back(out)}
    code, text, _ = run(*asked, "-o", out)
    assert read_back(out) == as_cells(exposure.people(table, zones))
    assert [line.split()[3] for line in printed(text)] == ["inside", "edge", "near"] * 2


def test_readings_are_those_of_the_comparison(run, sochi, tmp_path):
    out = tmp_path / "readings.csv"
    assert run("exposure", SEED, "--show", "readings", "--near-km", "0", "-o", out)[0] == 0
    inside = {(row["reading"], row["band"]): row for row in read_back(out) if row["standing"] == "inside"}
    for row in sochi.comparison.to_dict("records"):
        for band in ("core", "full"):
            here = inside[row["reading"], band]
            assert int(here["settlements"]) == row[f"settlements_{band}"]
            assert int(here["population_low"]) == row[f"population_known_{band}"]
            assert int(here["settlements_unknown"]) == row[f"settlements_population_unknown_{band}"]


def test_a_party_on_whose_ground_no_zone_lies_has_no_rows(run):
    for show in ("people", "readings", "settlements"):
        code, text, _ = run("exposure", SEED, "--reading", "deep", "--party", "government", "--show", show)
        assert (code, printed(text)) == (0, ["no rows"])


def test_people_of_settlements_of_ones_own_are_counted_and_rejects_written(run, sochi, tmp_path):
    inside = sochi.settlements[sochi.settlements["reading"] == "deep"].geometry.iloc[:3]
    towns, rejects, out = tmp_path / "towns.csv", tmp_path / "rejects.csv", tmp_path / "exposed.csv"
    lines = [
        f"=Town {n},{xy.y},{xy.x},{people},2004"
        for n, (xy, people) in enumerate(zip(inside, ['"30,000"', "", "0"], strict=True))
    ]
    towns.write_text(
        "\n".join(["name,lat,lon,population,population_year", *lines, "Nowhere,999,36,5,", ""]), encoding="utf-8"
    )
    asked = ["exposure", SEED, "--settlements", towns, "--reading", "deep"]
    code, text, err = run(*asked, "--show", "settlements", "--rejects", rejects, "-o", out)
    assert code == 0
    assert "4 rows, 3 read, 1 left out" in err
    assert [row["name"] for row in read_back(rejects)] == ["Nowhere"]
    people = {row["name"]: row["population_low"] for row in read_back(out)}
    assert people == {"'=Town 0": "30000", "'=Town 1": "", "'=Town 2": ""}, "a gazetteer's 0 is unknown"
    assert "unknown" in next(line for line in printed(text) if line.startswith("=Town 1"))
    _, text, _ = run(*asked)
    assert printed(text)[0].split() == [
        "deep",
        "core",
        "opposition",
        "inside",
        "3",
        "1",
        "2",
        "30000",
        "30000",
        "2004",
        "none",
    ]


def test_positions_of_ones_own_that_are_uncertain_are_on_the_edge(run, sochi, tmp_path):
    row = sochi.settlements[sochi.settlements["reading"] == "deep"].iloc[0]
    towns, out = tmp_path / "towns.csv", tmp_path / "exposed.csv"
    xy, away_m = row.geometry, abs(row["edge_km"]) * 1000
    lines = [f"sure,{xy.y},{xy.x},{away_m - 5}", f"unsure,{xy.y},{xy.x},{away_m + 5}", f"silent,{xy.y},{xy.x},"]
    towns.write_text("\n".join(["name,lat,lon,precision_m", *lines, ""]), encoding="utf-8")
    asked = ["exposure", SEED, "--settlements", towns, "--reading", "deep", "--show", "settlements", "-o", out]
    for options, silent in (([], "inside"), (["--uncertainty-km", away_m / 1000 + 0.005], "edge")):
        code, _, _ = run(*asked, *options)
        standing = {row["name"]: row["standing"] for row in read_back(out) if row["band"] == "core"}
        assert (code, standing) == (0, {"sure": "inside", "unsure": "edge", "silent": silent})


def test_a_population_that_is_no_number_is_refused_by_its_row(run, tmp_path):
    towns = tmp_path / "towns.csv"
    towns.write_text("name,lat,lon,population\nA,35.9,36.6,many\nB,35.9,36.7,-4\n", encoding="utf-8")
    code, _, err = run("exposure", SEED, "--settlements", towns)
    assert code == 2
    assert "row 2: population is 'many'" in err
    assert "row 3: population is '-4'" in err


def test_nobody_known_is_unknown_in_sums(run, tmp_path, sochi):
    xy = sochi.settlements[sochi.settlements["reading"] == "deep"].geometry.iloc[0]
    towns, out = tmp_path / "towns.csv", tmp_path / "totals.csv"
    towns.write_text(f"name,lat,lon\nA,{xy.y},{xy.x}\n", encoding="utf-8")
    _, text, _ = run("exposure", SEED, "--settlements", towns, "--reading", "deep", "-o", out)
    assert printed(text)[0].split()[3:8] == ["inside", "1", "0", "1", "unknown"]
    assert read_back(out)[0]["population_low"] == ""


def test_facilities_units_and_a_raster_of_ones_own_are_those_of_the_library(run, sochi, tmp_path):
    deep = sochi.zones[sochi.zones["reading"] == "deep"]
    xy = sochi.places.geometry.iloc[:60]
    points = gpd.GeoDataFrame({"type": ["school", "clinic", None] * 20}, geometry=xy.to_numpy(), crs=4326)
    west, south, east, north = deep.total_bounds
    middle = (west + east) / 2
    squares = [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    units_ = gpd.GeoDataFrame({"ADM1_PCODE": ["01", "02"], "ADM1_EN": ["W", "E"]}, geometry=squares, crs=4326)
    for name, layer in {"points": points, "units": units_}.items():
        layer.to_file(tmp_path / f"{name}.gpkg")
    with rasterio.open(
        tmp_path / "people.tif", "w", driver="GTiff", crs="EPSG:4326", height=50, width=60, count=1, dtype="float32",
        transform=rasterio.Affine((east - west) / 60, 0, west, 0, (south - north) / 50, north),
    ) as target:  # fmt: skip
        target.write(np.full((50, 60), 7, dtype="float32"), 1)
    asked, out = ["exposure", SEED, "--reading", "deep", "-o", tmp_path / "out.csv"], tmp_path / "out.csv"
    assert run(*asked, "--facilities", tmp_path / "points.gpkg", "--category", "type")[0] == 0
    there = facilities.facilities(points, deep, sochi.line, category="type")
    assert read_back(out) == as_cells(facilities.counts(there, points, deep, category="type"))
    run(*asked, "--facilities", tmp_path / "points.gpkg", "--category", "type", "--show", "facility-list")
    assert read_back(out) == as_cells(there)
    assert run(*asked, "--units", tmp_path / "units.gpkg")[0] == 0
    assert read_back(out) == as_cells(units.units(units_, deep))
    code, text, _ = run(*asked, "--population", tmp_path / "people.tif", "--population-year", "2017")
    assert (code, printed(text)[0].split()[-2:]) == (0, ["2017", "unknown"])
    assert read_back(out) == as_cells(raster.population(tmp_path / "people.tif", deep, year=2017))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--show", "units"], "no layer of units: give --units"),
        (["--show", "facilities"], "no layer of facilities: give --facilities"),
        (["--show", "grid"], "names no raster of people: give --population"),
        (["--level", "2"], "--level: not for --show people"),
        (["--show", "grid", "--population-year", "2000"], "--population-year: of a raster of your own"),
        (["--columns", "lat=x"], "for settlements of your own"),
        (["--near-km", "-1"], "near_km is -1.0: give km from 0 on"),
    ],
)
def test_what_would_do_nothing_is_refused(run, arguments, said):
    code, _, err = run("exposure", SEED, *arguments)
    assert (code, said in err) == (2, True), err


@pytest.mark.parametrize("hindsight", [None, "2024-01-01"])
def test_status_is_that_of_the_library(run, sochi, tmp_path, hindsight):
    out = tmp_path / "status.csv"
    later = [] if hindsight is None else ["--as-known-on", hindsight]
    code, text, _ = run("status", SEED, "--on", "2018-10-16", *later, "-o", out)
    seen = read_observations(sochi.store.table(sochi.agreement.observations))
    ground = Ground(sochi.zones, sochi.roads)
    day = dt.date(2018, 10, 16)
    known = day if hindsight is None else dt.date.fromisoformat(hindsight)
    table = compliance.statuses(sochi.agreement, seen, ground, day, as_known_on=known)
    assert code == 0
    assert read_back(out) == as_cells(table)
    groups = [line for line in printed(text) if line.startswith("radical-groups")]
    assert len(groups) == 3, "one a reading"
    assert all("overdue" in line for line in groups), "SOHR, 14 October: jihadi groups hold about 70 % of the zone"


def test_status_of_observations_of_ones_own_and_of_a_party(run, tmp_path, sochi):
    seen, out = tmp_path / "obs.csv", tmp_path / "status.csv"
    seen.write_text(
        "id,obligation,date_observed,date_reported,claim,observer,source\n"
        "o1,transit,2018-12-01,2018-12-02,contradicts,OSCE,report 1\n",
        encoding="utf-8",
    )
    code, _, _ = run("status", SEED, "--on", "2019-01-05", "--observations", seen, "--party", "turkey", "-o", out)
    assert code == 0
    bound = {term.id for term in sochi.agreement.obligations if "turkey" in term.parties}
    rows = read_back(out)
    assert {row["obligation"] for row in rows} == bound
    assert {row["status"] for row in rows if row["obligation"] != "transit"} <= {"not verified", "not due"}
    code, text, _ = run("status", SEED, "--on", "2019-01-05", "--observations", seen, "--show", "observations")
    assert code == 0
    assert [line.split()[0] for line in printed(text)] == ["o1"]


def test_intake_says_what_was_left_out_with_code_1(run, tmp_path):
    events, rejects, out = tmp_path / "events.csv", tmp_path / "rejects.csv", tmp_path / "events.geojson"
    events.write_text("date,lat,lon\n2018-10-01,35.9,36.6\n2202-02-02,35.9,36.6\n", encoding="utf-8")
    code, text, _ = run("intake", events, "--rejects", rejects, "-o", out)
    assert code == 1
    assert "2 rows, 1 read, 1 left out" in text
    assert [row["date"] for row in read_back(rejects)] == ["2202-02-02"]
    assert len(gpd.read_file(out)) == 1
    events.write_text("date,breite,lon\n2018-10-01,35.9,36.6\n", encoding="utf-8")
    assert run("intake", events, "--columns", "lat=breite")[0] == 0


# ---------------------------------------------------------------------------------------------- the errors


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["status", SEED], "--on"),
        (["status", SEED, "--on", "2018-13-31"], "--on 2018-13-31: it is no day: write it as 2018-12-31"),
        (["status", SEED, "--on", "31.12.2018"], "it is no day"),
        (["status", SEED, "--on", "2018-12-31", "--as-known-on", "soon"], "--as-known-on soon: it is no day"),
        (["status", SEED, "--on", "2018-12-31", "--party", "turkish-held"], "no obligation binds it"),
        (["status", SEED, "--on", "2018-12-31", "--observations", "none.csv"], "none.csv: no such file"),
        (["corridors", SEED, "--reading", "dep"], "did you mean deep?"),
        (["corridors", SEED, "--party", "Oposition"], "did you mean opposition?"),
        (["corridors", SEED, "--road", "m44"], "did you mean m4?"),
        (["corridors", SEED, "--reading", "xyz"], "the agreement has deep, total-width, each-side"),
        (["corridors", SEED, "--reports", REPORTS], "give both --on, a day, and --reports"),
        (["corridors", SEED, "--valid-days", "0"], "--valid-days: for the status of roads"),
        (["corridors", SEED, "--show", "crossings", "--reading", "deep"], "--reading: not for --show crossings"),
        (["corridors", SEED, "--show", "all"], "all"),
        (["corridors", SEED, "-o", "table.xlsx"], "written as CSV"),
        (["corridors", SEED, "-o", SEED], "it is an input"),
        (["status", SEED, "--on", "2018-12-31", "-o", ROOT / "geodata" / "idlib" / "observations.csv"], "it is an input"),
        (["exposure", SEED, "--settlements", "a.csv", "--rejects", "a.csv"], "a.csv: it is an input"),
        (["exposure", SEED, "--settlements", "a.csv", "--rejects", "b.csv", "-o", "b.csv"], "it is written already"),
        (["intake", "a.csv", "-o", "a.csv"], "a.csv: it is an input"),
        (["chances", SEED, "--sigma-km", "-1"], "--sigma-km -1: give km from 0 on"),
        (["chances", SEED, "--correlation-km", "5"], "add --show expected"),
        (["chances", SEED, "--party", "opposition"], "add --show ground"),
        (["chances", SEED, "--show", "expected", "--correlation-km", "0"], "give km above 0"),
        (["patrols", SEED, "--within-km", "0"], "--within-km 0: give km above 0"),
        (["patrols", SEED, "--within-km", "inf"], "give km above 0"),
        (["patrols", SEED, "--period", "2020-03-01", "2020-08-31"], "for --show effort"),
        (["patrols", SEED, "--routes", "none.geojson"], "none.geojson: no such file"),
        (["patrols", SEED, "--kind", "planned"], "there are no such routes; there are implied, reported"),
        (["exposure", SEED, "--rejects", "x.csv"], "give --settlements"),
        (["exposure", SEED, "--settlements", "none.csv"], "none.csv: no such file"),
        (["intake", "none.csv"], "none.csv: no such file"),
        (["intake", "none.csv", "-o", "x.shp"], ".csv or .geojson"),
        (["intake", "none.csv", "--columns", "lat"], "write it as lat=breite"),
    ],
)  # fmt: skip
def test_bad_input_is_a_line_on_standard_error_and_code_2(run, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*arguments)
    assert code == 2
    assert says in err
    assert out == ""
    assert not list(tmp_path.iterdir()), "nothing is written"


def test_a_file_that_cannot_be_written_leaves_what_stood_there(run, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("kept")
    code, out, err = run("corridors", SEED, "-o", blocked / "x.csv")
    assert (code, out) == (2, "")
    assert "cannot be written" in err
    assert blocked.read_text() == "kept"


def test_a_process_of_its_own_prints_writes_and_ends_well(tmp_path):
    """As a user calls it, where the encoding is an old one."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    (tmp_path / "obs.csv").write_text(
        "id,obligation,date_observed,date_reported,claim,observer,source\n"
        "o1,no-attacks,2018-12-01,2018-12-02,contradicts,Центр,report 1\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "dmz", "status", str(SEED), "--on", "2018-12-31", "-o", "status.csv"]
    command += ["--observations", "obs.csv"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    assert "not verified" in done.stdout.decode("ascii")
    assert "\\u0426" in done.stdout.decode("ascii"), "a sign that the encoding has not is written as its code"
    assert any("Центр" in row["why"] for row in read_back(tmp_path / "status.csv"))
    assert b"status.csv: " in done.stderr
    assert {row["date"] for row in read_back(tmp_path / "status.csv")} == {"2018-12-31"}
    bad = subprocess.run([*command[:6], "2018-02-30"], check=False, capture_output=True, env=environment, timeout=300)
    assert bad.returncode == 2
    assert bad.stdout == b""
    assert bad.stderr.decode().splitlines() == ["error: --on 2018-02-30: it is no day: write it as 2018-12-31"]


def test_a_reader_that_goes_away_leaves_no_traceback():
    command = [sys.executable, "-m", "dmz", "status", str(SEED), "--on", "2018-12-31"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(timeout=300) == 141
    assert said.startswith("a place counts as seen"), said
    assert said.count("\n") == 1


@pytest.mark.parametrize("verb", ["chances", "corridors", "strip", "patrols", "posts", "exposure", "status", "intake"])
def test_help_has_one_example(run, verb):
    code, out, _ = run(verb, "--help")
    assert code == 0
    assert " ".join(out.split()).count(f"Example: dmz {verb}") == 1


def test_chances_are_those_of_the_library(run, sochi, tmp_path):
    out, doubt = tmp_path / "chances.csv", sochi.dossier.doubt
    for show, table in (("settlements", doubt.chances), ("expected", doubt.expected), ("ground", doubt.extents)):
        code, text, _ = run("chances", SEED, "--show", show, "-o", out)
        assert code == 0
        assert read_back(out) == as_cells(table)
        assert len(printed(text)) >= len(table)


def test_a_certain_line_leaves_no_settlement_in_doubt(run):
    _, text, _ = run("chances", SEED, "--reading", "deep", "--sigma-km", "0")
    shares = [line.split("  ") for line in printed(text)]
    assert len(shares) > 100
    assert all({cell.strip() for cell in row} & {"100.0"} for row in shares)
    assert " possible " not in text


# --------------------------------------------------------------------------------------------- the tables


def test_unknown_is_said_and_never_blank_or_0():
    table = pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "km": [0.0, float("nan")], "name": [None, ""]})
    table["day"] = [pd.NaT, dt.date(2018, 10, 1)]
    columns = {"n": Column("n", 0), "km": Column("km", 1), "name": Column("name"), "day": Column("day", absent="none")}
    assert [line.split() for line in printed(text_of(table, columns))] == [
        ["1", "0.0", "unknown", "none"],
        ["unknown", "unknown", "unknown", "2018-10-01"],
    ]


def test_a_long_cell_goes_on_below_and_nothing_is_cut():
    said = "one two three four five six"
    text = text_of(pd.DataFrame({"a": [said, "x"], "b": [1, 2]}), {"a": Column("a", widest=10), "b": Column("b", 0)})
    assert printed(text) == ["one two     1", "three four", "five six", "x           2"]


def test_a_cell_cannot_move_the_cursor_and_wide_signs_keep_columns_straight():
    table = pd.DataFrame({"name": ["\x1b[2Jred\nline", "伊德利卜"], "km": [1.0, 20.0]})
    lines = printed(text_of(table, {"name": Column("name"), "km": Column("km", 1)}))
    assert lines == ["[2Jred line   1.0", "伊德利卜     20.0"]


def test_a_table_without_rows_or_a_column_says_so(tmp_path):
    assert text_of(pd.DataFrame({"a": []}), {"a": Column("a, km", 1)}).splitlines()[-1] == "no rows"
    with pytest.raises(InputError, match="no column b; it has a"):
        text_of(pd.DataFrame({"a": []}), {"b": Column("b")})
    with pytest.raises(InputError, match=r"ends in \.csv"):
        write_csv(pd.DataFrame({"a": []}), tmp_path / "a.txt")
