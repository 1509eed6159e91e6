"""docs/method.md and its pictures: each named, each drawn, each the same twice."""

from __future__ import annotations

import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
import shapely
from conftest import ROOT
from pyproj import Geod

from dmz.geodesy import edge_offset_m

METHOD = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
FOLDER = ROOT / "docs" / "figures"
PICTURES = sorted(FOLDER.glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"
MOST_BYTES = 60_000


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The pictures drawn afresh."""
    folder = tmp_path_factory.mktemp("figures")
    subprocess.run(
        [sys.executable, "-m", "tools.figures", "--out", str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def named() -> list[tuple[str, str]]:
    """Alternative text and file of every picture in the method."""
    return re.findall(r"!\[(.+?)\]\(figures/(.+?)\)", METHOD)


def parsed(path) -> ET.Element:
    return ET.parse(path).getroot()  # noqa: S314 - our own


def test_every_picture_is_named_in_the_method_once_and_in_order():
    assert [file for _, file in named()] == [path.name for path in PICTURES]


def test_every_picture_is_drawn_to_the_same_bytes_again(drawn):
    assert drawn == {path.name: path.read_bytes() for path in PICTURES}


def test_a_picture_drawn_no_more_is_deleted(tmp_path):
    from tools.figures import __main__ as figures

    (tmp_path / "old.svg").write_text("<svg/>")
    figures.write({"new": lambda: "<svg/>"}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["new.svg"]


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_small_white_and_says_what_it_shows(path):
    root = parsed(path)
    assert path.stat().st_size < MOST_BYTES
    ground = root.find(f"{SVG}rect")
    assert (ground.get("fill"), ground.get("width"), ground.get("height")) == (
        "#ffffff",
        root.get("width"),
        root.get("height"),
    )
    assert root.find(f"{SVG}title").text == dict(map(reversed, named()))[path.name]


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_holds_no_font_script_or_link(path):
    inside = {element.tag.removeprefix(SVG) for element in parsed(path).iter()}
    assert inside <= {"svg", "title", "rect", "path", "circle", "text"}


def test_every_step_of_the_method_has_a_picture_a_formula_and_a_source():
    steps = re.split(r"^## (?=\d+\. )", METHOD, flags=re.MULTILINE)[1:]
    pictured = [step for step in steps if "figures/" in step]
    assert len(pictured) == len(PICTURES)
    assert [step.splitlines()[0] for step in pictured if step.count("\n*Source: ") != 1 or "\n\n    " not in step] == []


def test_the_table_of_edges_is_what_the_engine_measures():
    rows = re.findall(r"^\| (\d+) km \|(.+)\|$", METHOD, flags=re.MULTILINE)
    assert len(rows) == 4
    for km, cells in rows:
        for lat, cell in zip((0, 35, 60, 80), cells.split("|"), strict=True):
            said = float(cell.removesuffix(" m ").strip())
            digits = len(cell.partition(".")[2].strip(" m"))
            assert edge_offset_m(east(lat, 1_000 * int(km))) == pytest.approx(said, abs=0.51 * 10**-digits)


def east(lat: float, length_m: float) -> shapely.LineString:
    """An edge between two places on one parallel, as long as asked for along the geodesic."""
    geod = Geod(ellps="WGS84")
    width = 1.0
    for _ in range(20):
        width *= length_m / geod.inv(0, lat, width, lat)[2]
    return shapely.LineString([(0, lat), (width, lat)])
