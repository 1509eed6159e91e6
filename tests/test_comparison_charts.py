"""Charts of comparison: bars and curves are the tables' numbers, unknown is no 0, same bytes, words on the paper."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle

from dmz import sensitivity
from dmz.charts import canvas, sidebyside, sweep, tornado
from dmz.charts.results import heading
from dmz.errors import InputError

SWINGS = [
    ("area_km2", "reading", 100.0, 80.0, 260.0, "total-width", "each-side"),
    ("area_km2", "depth", 100.0, 90.0, 115.0, "15 km", "20 km"),
    ("area_km2", "line", 100.0, np.nan, np.nan, None, None),
    ("area_km2", "ends", 100.0, 100.0, 100.0, "as it is", "as it is"),
    ("area_km2", "clip", 100.0, 100.0, 104.0, "as it is", "without the theatre"),
]


def swings() -> pd.DataFrame:
    names = ["result", "factor", "base", "low", "high", "low_case", "high_case"]
    table = pd.DataFrame(SWINGS, columns=names)
    table["swing"] = table["high"] - table["low"]
    table["swing_share"] = table["swing"] / table["base"]
    table["note"] = [None, None, "unknown: nobody said how uncertain the line is", None, None]
    return table[[*sensitivity.COLUMNS]]


def swept() -> pd.DataFrame:
    km = [10.0, 15.0, 20.0, 25.0]
    rows = [
        {
            "reading": reading,
            "depth_km": depth,
            "reach_km": depth,
            "in_text": 15 <= depth <= 20,
            "area_km2": times * depth,
            "settlements": int(depth),
            "settlements_unknown": int(depth) // 2,
            "population_known": None if reading == "deep" and depth < 20 else int(1_000 * depth),
        }
        for reading, times in (("deep", 100.0), ("each-side", 200.0))
        for depth in km
    ]
    return pd.DataFrame(rows).astype({"population_known": "Int64", "in_text": "boolean"})


def compared() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "reading": ["deep", "total-width", "elsewhere"],
            "line_km": [1.0, 1.0, 1.0],
            "area_core_km2": [100.0, 250.0, 40.0],
            "area_full_km2": [150.0, 300.0, 40.0],
            "jaccard_core": [1.0, 0.5, 0.25],
            "jaccard_full": [1.0, 0.4, 0.25],
            "m4_core_km": [10.0, 20.0, np.nan],
            "m4_full_km": [15.0, 20.0, np.nan],
        }
    )


def boxes(axes, look) -> list[tuple[float, float]]:
    """Boxes of a look's fill: from, to; from the top."""
    rgb = tuple(int(look.fill[at : at + 2], 16) / 255 for at in (1, 3, 5))
    found = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_fill() and p.get_facecolor()[:3] == rgb]
    return [(p.get_x(), p.get_x() + p.get_width()) for p in sorted(found, key=lambda p: p.get_y())]


CHARTS = {
    "tornado": lambda: tornado.tornado_chart(swings(), base="deep, at 17.5 km"),
    "sweep": lambda: sweep.sweep_chart(swept()),
    "sidebyside": lambda: sidebyside.side_by_side_chart(compared(), title="Side by side"),
}


@pytest.mark.parametrize("kind", ["svg", "png"])
@pytest.mark.parametrize("name", CHARTS)
def test_the_same_table_gives_the_same_bytes(name, kind):
    one, two = (canvas.rendered(CHARTS[name](), kind) for _ in range(2))
    assert one == two


@pytest.mark.parametrize("name", CHARTS)
def test_all_words_lie_on_the_paper(name):
    paper = CHARTS[name]()
    width, height = paper.get_size_inches() * paper.dpi
    renderer = paper.canvas.get_renderer()
    texts = [text for axes in paper.axes for text in axes.texts] + list(paper.texts)
    assert len(texts) > 3
    for text in texts:
        box = text.get_window_extent(renderer)
        assert box.x0 >= -1, text.get_text()
        assert box.x1 <= width + 1, text.get_text()
        assert box.y0 >= -1, text.get_text()
        assert box.y1 <= height + 1, text.get_text()


def test_the_bars_of_a_tornado_are_the_swings_and_begin_at_the_base_case():
    axes = tornado.tornado_chart(swings(), base="deep").axes[0]
    assert boxes(axes, tornado.LOOKS["reading"]) == [pytest.approx((80.0, 260.0))]
    assert boxes(axes, tornado.LOOKS["depth"]) == [pytest.approx((90.0, 115.0))]
    assert boxes(axes, tornado.OTHERS) == [pytest.approx((100.0, 104.0))]
    line = next(line for line in axes.lines)
    assert [*line.get_xdata()] == [100.0, 100.0]


def test_a_tornado_says_what_is_unknown_and_what_does_not_move():
    axes = tornado.tornado_chart(swings(), base="deep").axes[0]
    assert boxes(axes, canvas.UNKNOWN) == [pytest.approx(axes.get_xlim())]
    words = [text.get_text() for text in axes.texts]
    assert "ends: no change" in words
    assert "unknown" in words
    assert "260  each-side (+160%)" in words
    assert "15 km (\N{MINUS SIGN}10%)  90" in words
    assert "Area, km²: 100 in the base case" in words


def test_the_longer_bar_is_the_longer_on_paper_and_the_title_says_so():
    paper = tornado.tornado_chart(swings(), base="deep")
    assert paper.texts[0].get_text() == "The reading moves the result more than the kilometres do"


def test_the_looks_of_reading_and_depth_are_told_apart_in_grey():
    def grey(look) -> float:
        red, green, blue = (int(look.fill[at : at + 2], 16) / 255 for at in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    shades = sorted(grey(look) for look in (*tornado.LOOKS.values(), tornado.OTHERS))
    assert min(np.diff(shades)) > 0.08
    assert shades[1] - shades[0] > 0.2
    assert tornado.LOOKS["depth"].hatch != tornado.LOOKS["reading"].hatch


def test_the_curves_of_a_sweep_are_the_table_and_the_depths_of_the_text_are_shaded():
    paper = sweep.sweep_chart(swept())
    area = paper.axes[1] if paper.axes[0].get_zorder() < 0 else paper.axes[0]
    for line, times in zip(area.lines[:2], (100.0, 200.0), strict=True):
        assert [*line.get_ydata()] == [times * km for km in (10, 15, 20, 25)]
    shaded = next(patch for patch in area.patches if isinstance(patch, Rectangle))
    assert (shaded.get_x(), shaded.get_width()) == (15.0, 5.0)
    assert {text.get_text() for text in area.texts} == {"deep", "each-side"}


def test_a_curve_has_a_gap_where_nobody_is_known():
    paper = sweep.sweep_chart(swept())
    people = next(axes for axes in paper.axes if axes.get_title(loc="left").startswith("People"))
    assert np.isnan(people.lines[0].get_ydata()).tolist() == [True, True, False, False]


def test_a_leap_of_people_is_named_by_the_settlement_that_makes_it():
    table = swept().assign(largest_settlement=["A", "A", "B", "B"] * 2, population_known=[1, 2, 900, 901] * 2)
    people = next(a for a in sweep.sweep_chart(table).axes if a.get_title(loc="left").startswith("People"))
    named = [text for text in people.texts if text.get_text() == "B"]
    assert len(named) == 2
    assert named[0].xy[1] == pytest.approx(451)
    assert "A" not in {text.get_text() for text in people.texts}


def test_curves_differ_by_more_than_colour():
    assert len({str(dashes) for _, dashes, _ in sweep.CURVES}) == len(sweep.CURVES)
    assert len({mark for *_, mark in sweep.CURVES}) == len(sweep.CURVES)


@pytest.mark.parametrize("heights", [[5.0, 5.0, 5.0], [0.0, 100.0, 99.0], [100.0, 100.0], [0.0]])
def test_names_at_the_ends_of_curves_do_not_cover_each_other(heights):
    placed = sorted(sweep._apart(heights, 100.0))
    step = sweep.APART_MM / sweep.HIGH_MM * 100.0
    assert all(more - less >= step - 1e-9 for less, more in pairwise(placed))
    assert placed[-1] <= 100.0 + 1e-9


def test_bars_side_by_side_are_core_and_fringe():
    axes = next(axes for axes in sidebyside.side_by_side_chart(compared(), title="x").axes if axes.get_zorder() >= 0)
    assert boxes(axes, sidebyside.BANDS["core"]) == [pytest.approx(span) for span in ((0, 100), (0, 250), (0, 40))]
    assert boxes(axes, sidebyside.BANDS["fringe"]) == [pytest.approx(span) for span in ((100, 150), (250, 300))]


def test_a_road_another_agreement_does_not_name_is_hatched_and_no_nought():
    paper = sidebyside.side_by_side_chart(compared(), title="x", names={"m4": "M4"})
    axes = next(axes for axes in paper.axes if any("M4" in text.get_text() for text in axes.texts))
    assert boxes(axes, canvas.UNKNOWN) == [pytest.approx(axes.get_xlim())]
    assert [text.get_text() for text in axes.texts if text.get_text() in {"unknown", "0"}] == ["unknown"]


@pytest.mark.parametrize(
    ("chart", "table"),
    [
        (lambda table: tornado.tornado_chart(table, base="x"), swings()),
        (sweep.sweep_chart, swept()),
        (lambda table: sidebyside.side_by_side_chart(table, title="x"), compared()),
    ],
)
def test_a_table_without_rows_or_columns_is_refused(chart, table):
    with pytest.raises(InputError, match="no rows"):
        chart(table.iloc[:0])
    with pytest.raises(InputError):
        chart(
            table.drop(columns=["base" if "base" in table else "area_km2" if "area_km2" in table else "area_core_km2"])
        )


def test_more_readings_than_can_be_told_apart_are_refused():
    many = pd.concat([swept().assign(reading=f"r{at}") for at in range(7)], ignore_index=True)
    with pytest.raises(InputError, match="tells 6 readings apart, not 7"):
        sweep.sweep_chart(many)


def test_a_road_is_called_by_its_name():
    assert heading("old_road_core_km".replace("_core", ""), {"old-road": "Old road"}) == "Old road, km inside"
