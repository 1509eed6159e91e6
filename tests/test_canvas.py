"""The paper of every chart: same bytes, text stays text, unknown looks unknown."""

from __future__ import annotations

import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from conftest import ROOT

from dmz.charts import canvas
from dmz.errors import InputError, OutputError

HOSTILE = {
    "formula": "$x$ costs $\\frac{1}{2}$",
    "markup": "</svg><script>alert(1)</script>",
    "comment": "--> <!-- ]]>",
    "override": "Idlib\u202egnp.exe",
    "controls": "a\x00b\x1b[31mc\nd\te",
    "surrogate": "a\ud800b",
    "arabic": "سراقب",
    "not in the type": "大馬",
    "long": "Saraqib " * 131_072,
}


def chart(words: str = "Saraqib", meanings: tuple[str, ...] = ("opposition", "government", "unknown")):
    with canvas.style():
        paper = canvas.figure(160, 60)
        top = canvas.title(paper, words, under=words)
        foot = canvas.caption(paper, f"Source: {words}")
        drawn = canvas.axes(paper, left_mm=20, right_mm=40, top_mm=top + 2, bottom_mm=foot + 8)
        found = canvas.looks(meanings)
        for number, look in enumerate(found.values()):
            canvas.box(drawn, (number, number + 1), (0, 1), look)
        drawn.set(xlim=(0, len(found)), ylim=(0, 1), xlabel=canvas.plain(words, 40))
        canvas.legend(drawn, {words: canvas.UNKNOWN} | found, bbox_to_anchor=(1, 1))
    return paper


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_chart_gives_the_same_bytes(kind, tmp_path):
    one = canvas.save(chart(), tmp_path / f"a.{kind}", name="A").read_bytes()
    assert one == canvas.save(chart(), tmp_path / f"b.{kind}", name="A").read_bytes()
    assert one != canvas.rendered(chart("Ariha"), kind, name="A")


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_another_process_gives_the_same_bytes(kind, tmp_path):
    code = (
        "import sys; sys.path.insert(0, 'tests'); import test_canvas as t; from dmz.charts import canvas; "
        "canvas.save(t.chart(), sys.argv[1])"
    )
    for name, seed in (("a", "1"), ("b", "2")):
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / f"{name}.{kind}")],
            check=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
        )
    assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
    assert (tmp_path / f"a.{kind}").read_bytes() == canvas.rendered(chart(), kind)


def test_no_date_and_no_version_is_in_a_file():
    svg, png = (canvas.rendered(chart(), kind).lower() for kind in ("svg", "png"))
    for sign in (b"dc:date", b"matplotlib v", b"matplotlib version"):
        assert sign not in svg
        assert sign not in png


@pytest.mark.parametrize("words", HOSTILE.values(), ids=[*HOSTILE])
def test_hostile_text_is_drawn_as_text(words, tmp_path):
    path = canvas.save(chart(words), tmp_path / "x.svg", name=words)
    tree = ET.parse(path)  # noqa: S314 - our own file
    assert not [node for node in tree.iter() if node.tag.endswith("script")]
    assert path.stat().st_size < 400_000
    canvas.save(chart(words), tmp_path / "x.png", name=words)


def test_a_dollar_sign_is_a_dollar_sign():
    with canvas.style():
        paper = canvas.figure(100, 50)
        assert canvas.width_of(paper, "$xx$") == pytest.approx(
            canvas.width_of(paper, "xx") + 2 * canvas.width_of(paper, "$"), rel=0.05
        )


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Idlib\u202egnp.exe", "Idlibgnp.exe"),
        ("a\x00b\u200b\u2066c\n d\t e", "abc d e"),
        ("a\ud800b", "ab"),
        ("大", "\ufffd"),
        ("سراقب", "سراقب"),
        (None, "None"),
        (12, "12"),
    ],
)
def test_plain_text_is_one_line_that_nothing_steers(words, shown):
    assert canvas.plain(words) == shown


def test_a_name_of_a_megabyte_is_cut_with_an_ellipsis():
    shown = canvas.plain(HOSTILE["long"])
    assert len(shown) <= canvas.LONGEST
    assert shown.endswith("…")
    assert canvas.plain(" " * 2_000_000 + "x").endswith("…"), "what was not looked at was cut"


def test_text_is_fitted_to_the_room_there_is():
    with canvas.style():
        paper = canvas.figure(100, 50)
        short = canvas.fitted(paper, "Maarrat al-Numan", 15)
        assert short.endswith("…")
        assert canvas.width_of(paper, short) <= 15
        assert canvas.fitted(paper, "Maarrat al-Numan", 50) == "Maarrat al-Numan"
        for line in canvas.wrapped(paper, "Chainage along the geodesics of the road as it is drawn. " * 5, 60):
            assert canvas.width_of(paper, line, canvas.SMALL_PT) <= 60


def test_importing_dmz_does_not_load_matplotlib():
    code = "import sys, dmz, dmz.charts, dmz.charts.canvas; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


def test_a_chart_leaves_the_callers_settings_and_takes_none_of_them():
    import matplotlib as mpl

    wanted = canvas.rendered(chart(), "svg")
    with mpl.rc_context({"text.usetex": True, "font.size": 30, "svg.hashsalt": "mine", "savefig.bbox": "tight"}):
        before = dict(mpl.rcParams)
        assert canvas.rendered(chart(), "svg") == wanted
        assert dict(mpl.rcParams) == before
    assert "matplotlib.pyplot" not in sys.modules or sys.modules["matplotlib.pyplot"].get_fignums() == []


def test_unknown_looks_like_nothing_else():
    found = canvas.looks(["unknown", "government", "opposition"])
    assert found["unknown"] == canvas.UNKNOWN
    assert canvas.UNKNOWN not in canvas.LOOKS
    assert len({*found.values()}) == 3
    red, green, blue = (int(canvas.UNKNOWN.fill[at : at + 2], 16) for at in (1, 3, 5))
    assert red == green == blue, "it is grey"


def test_looks_are_told_apart_in_grey():
    """By hatch, or where two are without one by lightness (WCAG's relative luminance)."""
    assert len({look.hatch for look in (*canvas.LOOKS, canvas.UNKNOWN)}) == len(canvas.LOOKS) + 1


def test_more_meanings_than_looks_are_refused():
    with pytest.raises(InputError, match="tells 8 things apart, not 9"):
        canvas.looks([f"group {number}" for number in range(9)])


def test_another_ending_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(InputError, match=r"\.svg or \.png"):
        canvas.save(chart(), tmp_path / "x.pdf")
    assert not [*tmp_path.iterdir()]


def test_a_failed_write_leaves_what_stood_there(tmp_path):
    (tmp_path / "folder").write_text("a file where a folder is due")
    with pytest.raises(OutputError, match="cannot be written"):
        canvas.save(chart(), tmp_path / "folder" / "x.png")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
