"""The verbs for agreements beyond the founding case: a line of one's own, a zone held to its claim, what a road has not."""

from __future__ import annotations

import json

import pytest
from conftest import ROOT

from dmz.cli import main


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([*map(str, arguments)])
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, " ".join(err.split())


def layer(path, geometry, **properties):
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


@pytest.fixture
def line(tmp_path):
    return layer(tmp_path / "line.geojson", {"type": "LineString", "coordinates": [[38.0, 48.0], [38.0, 48.5]]})


def test_a_map_of_donbas_needs_a_line_and_is_made_with_one(capsys, tmp_path, line):
    code, _, err = run(capsys, "maps", "minsk-2014", "--out", tmp_path / "maps")
    assert code == 2
    assert "no line is shipped with it" in err
    assert "dmz maps minsk-2014 --line my-line.geojson" in err
    code, out, _ = run(capsys, "maps", "minsk-2014", "--line", line, "--out", tmp_path / "maps")
    assert code == 0
    assert out.strip().endswith("minsk-2014.html")
    said = (tmp_path / "maps" / "minsk-2014" / "summary.md").read_text(encoding="utf-8")
    assert "`line.geojson`, sha256" in said


def test_each_party_s_own_line_is_named_by_the_party(capsys, tmp_path, line):
    code, _, err = run(capsys, "maps", "minsk-2015", "--line", f"ukraine={line}", "--out", tmp_path / "maps")
    assert code == 2
    assert "--line districts=" in err
    lines = (f"ukraine={line}", f"districts={line}")
    assert run(capsys, "maps", "minsk-2015", "--line", *lines, "--out", tmp_path / "maps")[0] == 0
    code, _, err = run(capsys, "maps", "minsk-2015", "--line", line, line, "--out", tmp_path / "maps")
    assert code == 2
    assert "give one file, or PARTY=FILE for each party" in err


def test_check_measures_a_zone_that_claims_a_depth(capsys, tmp_path, line):
    box = [[[38.0, 48.0], [38.3, 48.0], [38.3, 48.5], [38.0, 48.5], [38.0, 48.0]]]
    zone = layer(tmp_path / "zone.geojson", {"type": "Polygon", "coordinates": box}, name="z", note="a 2 km buffer")
    code, _, err = run(capsys, "check", zone, "--line", line)
    assert code == 1
    assert "(z) claims 2 km of depth (note: “2 km buffer”), and reaches 22.4 km off the line" in err
    code, out, _ = run(capsys, "check", zone)
    assert code == 0
    assert "no depth claimed that could be measured" in out


def test_check_says_of_an_agreement_that_it_comes_without_its_line(capsys):
    assert (
        "no line is shipped with it, give yours with --line"
        in run(capsys, "check", ROOT / "seeds" / "minsk-2014.toml")[1]
    )


def test_who_holds_a_road_is_not_asked_of_a_zone_along_one(capsys):
    code, _, err = run(capsys, "corridors", "m4-2020", "--show", "holders")
    assert code == 2
    assert "names no line between parties" in err
