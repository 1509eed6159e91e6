"""The strip chart of a road: everything known is on it, labels keep clear of each other, same bytes."""

from __future__ import annotations

from itertools import combinations

import pandas as pd
import pytest
from conftest import ROOT
from matplotlib.patches import Rectangle

from dmz import along, corridor, holding, roadstatus
from dmz.charts import canvas, roads
from dmz.errors import InputError


@pytest.fixture(scope="module")
def found(sochi):
    reported = roadstatus.read_reports(ROOT / "geodata" / "idlib" / "road_reports.geojson", sochi.roads)
    return {
        "held": holding.holdings(sochi.roads, sochi.line),
        "inside": corridor.pieces(sochi.roads, sochi.zones),
        "crossed": holding.crossings(sochi.roads, sochi.line),
        "statuses": roadstatus.history(reported, sochi.roads, on=["2018-12-31", "2020-03-15"]),
    }


def strip(sochi, found, key="m4", **other):
    road = sochi.roads.set_index("corridor").geometry[key]
    towns = along.beside(road, sochi.places, within_km=3)
    return roads.Strip(key, "M4", "Latakia", **({**found, "towns": towns, "source": "Facts."} | other))


def words(paper):
    return [text.get_text() for axes in paper.axes for text in axes.texts] + [
        text.get_text() for axes in paper.axes for text in axes.get_yticklabels()
    ]


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_road_gives_the_same_bytes(sochi, found, kind):
    one, two = (canvas.rendered(roads.strip_chart(strip(sochi, found)), kind) for _ in range(2))
    assert one == two


def test_every_row_and_every_meaning_is_on_the_chart(sochi, found):
    shown = words(roads.strip_chart(strip(sochi, found)))
    for expected in (
        "Held by", "Zone, deep", "Zone, total-width", "Zone, each-side", "Status 2018-12-31", "Status 2020-03-15",
        "government", "opposition", "core", "fringe", "partly", "closed", "unknown", "Saraqib", "Latakia",
    ):  # fmt: skip
        assert expected in shown, expected
    assert "open" not in shown


def test_boxes_are_as_long_as_the_pieces(sochi, found):
    paper = roads.strip_chart(strip(sochi, found, inside=None, crossed=None, statuses=None, towns=None))
    boxes = {
        (round(box.get_x(), 6), round(box.get_width(), 6))
        for box in paper.axes[0].patches
        if isinstance(box, Rectangle)
    }
    mine = found["held"][found["held"]["corridor"] == "m4"]
    assert boxes == {(round(row.from_km, 6), round(row.to_km - row.from_km, 6)) for row in mine.itertuples()}


def test_a_stretch_too_short_to_be_seen_is_marked(sochi, found):
    """The place that blocked the patrols is 0.1 km long: a tenth of a millimetre."""
    paper = roads.strip_chart(strip(sochi, found, inside=None, crossed=None, towns=None))
    marks = [line for line in paper.axes[0].lines if line.get_marker() == "v"]
    assert len(marks) == 1
    assert marks[0].get_color() == roads.STATUSES["closed"].fill
    assert marks[0].get_xdata()[0] == pytest.approx(102.5, abs=0.1)


@pytest.mark.parametrize("key", ["m4", "m5", "latakia-hama-saraqib", "latakia-hama-ghab"])
def test_labels_of_towns_do_not_collide(sochi, found, key):
    paper = roads.strip_chart(strip(sochi, found, key))
    renderer = paper.canvas.get_renderer()
    names = {*strip(sochi, found, key).towns["place"]}
    boxes = [text.get_window_extent(renderer) for text in paper.axes[0].texts if text.get_text() in names]
    assert len(boxes) >= 6
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    assert all(box.x0 > 0 and box.x1 < paper.bbox.width for box in boxes)


def test_labels_keep_clear_of_leaders_when_towns_crowd():
    towns = pd.DataFrame(
        {"place": [f"Town {n}" for n in range(60)], "at_km": [50 + n / 3 for n in range(60)], "off_km": 1.0, "rank": 1}
    )
    with canvas.style():
        found = roads.labels(towns, 160.0)
    assert 4 <= len(found) < 60
    assert all(abs(label.at - label.centre) < label.width / 2 for label in found), "each stands on its leader"
    for one, other in combinations(found, 2):
        low, high = sorted((one, other), key=lambda label: label.lane)
        if low.lane == high.lane:
            assert abs(one.centre - other.centre) > (one.width + other.width) / 2
        else:
            assert abs(high.at - low.centre) > low.width / 2


def test_what_nobody_reported_looks_unknown(sochi, found):
    paper = roads.strip_chart(strip(sochi, found, inside=None, crossed=None, towns=None))
    row = [box for box in paper.axes[0].patches if box.get_hatch() == canvas.UNKNOWN.hatch]
    assert max(box.get_width() for box in row) == pytest.approx(162.32, abs=0.01)
    assert canvas.UNKNOWN not in [
        *roads.BANDS.values(),
        *(look for name, look in roads.STATUSES.items() if name != "unknown"),
    ]


def test_crossings_are_not_drawn_over_days_for_which_the_line_is_not_drawn(sochi, found):
    paper = roads.strip_chart(strip(sochi, found, towns=None))
    dashed = [line for line in paper.axes[0].lines if line.is_dashed()]
    assert [line.get_xdata()[0] for line in dashed] == pytest.approx([46.947, 153.164], abs=0.001)
    assert max(dashed[0].get_ydata()) == pytest.approx(4 * roads.ROW_STEP_MM)


@pytest.mark.parametrize("name", ["$x$", "</svg><script>", "a\u202eb", "x" * 1_000_000])
def test_hostile_names_are_drawn_as_text(found, name):
    towns = pd.DataFrame({"place": [name], "at_km": [50.0], "off_km": [1.0], "rank": [1]})
    held = found["held"].assign(holder=name)
    road = roads.Strip("m4", name, name, held=held, towns=towns, source=name)
    assert b"<script" not in canvas.rendered(roads.strip_chart(road), "svg", name=name)


def test_a_road_that_no_table_has_is_refused(found):
    with pytest.raises(InputError, match="who holds the road 'm6' is in no row"):
        roads.strip_chart(roads.Strip("m6", "M6", "Nowhere", held=found["held"]))
