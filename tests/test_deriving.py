"""`dmz line` and `dmz changes` on the command line: files in, files out, errors in a line."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import ROOT

import dmz
from dmz import geodesy
from dmz.cli import main
from dmz.line import Line, line_table, read_line

IDLIB = ROOT / "geodata" / "idlib"
THEATRE = IDLIB / "theatre.geojson"


@pytest.fixture
def run(capsys):
    """Run a verb in this process; code, standard output, standard error."""

    def run(*arguments) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return int(ended.value.code or 0), captured.out, captured.err

    return run


def test_a_line_from_settlements_with_its_areas(run, tmp_path):
    line, areas = tmp_path / "line.geojson", tmp_path / "areas.geojson"
    code, out, err = run(
        "line", IDLIB / "control.csv", "--within", THEATRE, "--left", "opposition", "-o", line, "--areas", areas
    )
    assert (code, out) == (0, "")
    assert "1 label is contradicted by all 6 neighbours and used all the same: Aleppo city centre (government)" in err
    assert "opposition on the left, government on the right" in err
    with pytest.warns(dmz.errors.GapWarning):
        found = read_line(line)
    assert found.uncertainty_m.min() > 0
    kinds = gpd.read_file(areas).groupby("kind")["area_km2"].sum()
    assert {*kinds.index} == {"held", "contested", "no data"}
    theatre = geodesy.densify(gpd.read_file(THEATRE).union_all(), 500, edges="lonlat")
    assert kinds["held"] + kinds["no data"] == pytest.approx(geodesy.area(theatre) / 1e6, rel=1e-6)
    again, flagged = line.read_bytes(), tmp_path / "flagged.geojson"
    code, _, err = run("line", IDLIB / "control.csv", "--left", "opposition", "-o", tmp_path / "x.geojson",
                       "--flagged", flagged)  # fmt: skip
    assert code == 0, err
    table = gpd.read_file(flagged)
    assert len(table) == 232
    assert table.loc[table["suspect"], "name"].tolist() == ["Aleppo city centre"]
    assert table.loc[table["suspect"], ["neighbours", "disagreeing", "used"]].to_numpy().tolist() == [[6, 6, True]]
    assert run("line", IDLIB / "control.csv", "--within", THEATRE, "--left", "opposition", "-o", line)[0] == 0
    assert line.read_bytes() == again


def test_names_of_columns_and_parties_may_be_the_files_own(run, tmp_path):
    path = tmp_path / "towns.csv"
    path.write_text("ort,breite,laenge,wer\nAin,35.05,36.05,R\nBir,35.15,36.05,G\nHum,,36,G\n", encoding="utf-8")
    line, rejects = tmp_path / "line.geojson", tmp_path / "left-out.csv"
    code, _, err = run("line", path, "--columns", "party=wer", "place=ort", "--parties", "R=red", "G=green", "--left", "red",
                       "--rejects", rejects, "-o", line)  # fmt: skip
    assert code == 0, err
    found = read_line(line)
    assert found.parties == ("red", "green")
    assert shapely.get_coordinates(found.geometry)[:, 1] == pytest.approx(35.1, abs=1e-3)
    assert len(pd.read_csv(rejects)) == 1
    code, _, err = run("line", path, "-o", line)
    assert code == 2
    assert "no column 'party'" in err


def test_a_line_from_polygons_with_closing_and_rest(run, tmp_path):
    line = tmp_path / "line.geojson"
    code, _, err = run("line", IDLIB / "areas.geojson", "--within", THEATRE, "--rest", "government", "--closing", 2000,
                       "--left", "opposition", "--right", "government", "-o", line)  # fmt: skip
    assert code == 0
    assert "warning:" in err
    assert "closed" in err
    assert read_line(line).length_km == pytest.approx(read_line(IDLIB / "line.geojson").length_km, abs=0.3)
    row = gpd.read_file(line).iloc[0]
    assert (row["closing_m"], row["tolerance_m"], row["rest"]) == (2000, 0, "government")


def test_two_forward_lines_give_a_middle_line_and_the_zone_between(run, tmp_path):
    paths = []
    for name, lon in (("alpha", 33.0), ("bravo", 33.1)):
        line = Line(shapely.LineString([(lon, 35), (lon, 35.5)]), "west", "east")
        paths.append(dmz.write_geojson(line_table(line), tmp_path / f"{name}.geojson"))
    middle, zone = tmp_path / "middle.geojson", tmp_path / "zone.geojson"
    code, _, err = run("line", *paths, "--left", "west", "--right", "east", "-o", middle, "--areas", zone)
    assert code == 0, err
    assert shapely.get_coordinates(read_line(middle).geometry)[:, 0] == pytest.approx(33.05, abs=1e-6)
    assert gpd.read_file(zone)["area_km2"].iloc[0] == pytest.approx(504.9, abs=0.1)
    code, _, err = run("line", *paths, "-o", middle)
    assert code == 2
    assert "--left, --right: whose forward lines they are: name both parties" in err
    code, _, err = run("line", paths[0], "-o", middle)
    assert code == 2
    assert "give the other party's forward line too, or --on" in err


def test_corners_give_a_zone_or_with_parties_a_line(run, tmp_path):
    path = tmp_path / "annex.txt"
    path.write_text(
        "14°23'N 104°41'E\n14°24'N 104°38'15\"E\n14°25'N 104°38'40\"E\n14°25'N 104°42'20\"E\n", encoding="utf-8"
    )
    code, out, err = run("line", path)
    assert code == 0
    assert '"area_km2":17.401' in out
    assert "4 corners, 17.401 km2, 18.255 km round" in err
    code, out, _ = run("line", path, "--left", "a", "--right", "b")
    assert code == 0
    assert '"LineString"' in out
    path.write_text("14°23'N 104°71'E\nabc\n", encoding="utf-8")
    code, _, err = run("line", path)
    assert code == 2
    assert err.count("error:") == 2


@pytest.fixture
def dated(tmp_path):
    rows = [
        line_table(
            Line(shapely.LineString([(36, 35), (36.4, lat), (36.8, 35)]), "north", "south", drawn=dt.date(year, 3, 5))
        )
        for year, lat in ((2018, 35.0), (2020, 35.1))
    ]
    table = gpd.GeoDataFrame(pd.concat(rows, ignore_index=True)).assign(id=["line-1", "line-2"])
    return dmz.write_geojson(table, tmp_path / "lines.geojson")


def test_the_line_of_a_date(run, tmp_path, dated):
    out = tmp_path / "line.geojson"
    code, _, err = run("line", dated, "--on", "2019-01-01", "-o", out)
    assert code == 0
    assert "drawn for 2018-03-05" in err
    assert read_line(out).geometry.coords[1] == (36.4, 35.0)
    code, _, err = run("line", dated, "--on", "2017-01-01")
    assert code == 2
    assert "there is no line for 2017-01-01" in err


def test_what_changed_hands_between_two_dates(run, tmp_path, dated):
    towns = tmp_path / "towns.csv"
    towns.write_text("name,lat,lon\nAin,35.05,36.4\nBir,35.25,36.4\n", encoding="utf-8")
    ground, table = tmp_path / "changed.geojson", tmp_path / "changed.csv"
    code, out, err = run("changes", dated, "--since", "2018-03-05", "--until", "2020-12-31", "--settlements", towns,
                         "-o", ground, "--table", table)  # fmt: skip
    assert code == 0, err
    assert "Ain: north to south" in err
    ring = shapely.Polygon([(36, 35), (36.4, 35), (36.8, 35), (36.4, 35.1)])
    km2 = gpd.read_file(ground)["area_km2"].iloc[0]
    assert km2 == pytest.approx(geodesy.area(geodesy.densify(ring, 500)) / 1e6, abs=0.01)
    assert f"{km2:.1f}" in out
    assert pd.read_csv(table)["name"].tolist() == ["Ain"]
    code, out, _ = run("changes", dated, "--since", "2018-03-05", "--until", "2020-12-31")
    assert "not asked" in out
    code, _, err = run("changes", dated, "--since", "2018-03-05", "--until", "2019-01-01", "-o", ground)
    assert code == 2
    assert "nothing changed hands" in err
    assert np.isclose(gpd.read_file(ground)["area_km2"].iloc[0], km2), "what stood there still stands"


def test_an_input_is_never_written_over(run):
    code, _, err = run("line", IDLIB / "control.csv", "-o", IDLIB / "control.csv")
    assert code == 2
    assert "it is an input" in err
