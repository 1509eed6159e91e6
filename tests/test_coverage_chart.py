"""The coverage chart: bands and bars are the tables, gaps are named, unknown has no height, same bytes."""

from __future__ import annotations

import datetime as dt
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.patches import Rectangle, StepPatch
from patrol_cases import ring, table

from dmz import coverage, effort, revisit
from dmz.charts import canvas
from dmz.charts import coverage as charts
from dmz.errors import InputError

MARCH = (dt.date(2020, 3, 1), dt.date(2020, 3, 30))
LOOP = ring(50)


def along(shapes, line=LOOP, *, complete=False, within_m=1_200, **other) -> charts.Along:
    tracks = coverage.tracks(line, name="loop")
    days = [f"2020-03-{1 + (7 * i) % 30:02d}" for i in range(len(shapes))]
    routes = effort.routes(
        table(shapes, date=days) if shapes else table([LOOP], date=["2020-03-01"]).iloc[:0], kind="reported"
    )
    found = coverage.cover(routes, tracks, within_m=within_m, complete=complete)
    cut = revisit.stretches(found.passes, tracks, routes, period=MARCH, complete=complete)
    pieces = revisit.pieces(cut, found.passes, routes, period=MARCH)
    said = {"pieces": pieces, "standard_days": 14, "routes": "a patrol", "source": "Made up."} | other
    return charts.Along("loop", "A loop", "its start", found, **said)


def part(first: int, last: int) -> shapely.LineString:
    return shapely.LineString(LOOP.coords[first:last])


SHAPES = [part(5, 15), part(10, 25), part(40, 50), part(5, 9)]


def words(paper) -> list[str]:
    return [text.get_text() for axes in paper.axes for text in axes.texts]


def boxes(axes, look) -> set[tuple[float, float]]:
    """Boxes of a look's fill, as from and to."""
    rgb = matplotlib_rgb(look.fill)
    found = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_facecolor()[:3] == rgb and p.get_fill()]
    return {(round(p.get_x(), 6), round(p.get_x() + p.get_width(), 6)) for p in found}


def matplotlib_rgb(fill: str) -> tuple[float, ...]:
    return tuple(int(fill[i : i + 2], 16) / 255 for i in (1, 3, 5))


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_tables_give_the_same_bytes(kind):
    one, two = (canvas.rendered(charts.coverage_chart(along(SHAPES)), kind) for _ in range(2))
    assert one == two


def test_gaps_are_drawn_where_they_are_and_named_from_to_the_longest_first():
    shown = along(SHAPES)
    gaps, length_km = shown.covered.gaps, shown.covered.shares["length_km"].item()
    assert gaps["over_start"].sum() == 1
    band = charts.coverage_chart(shown).axes[0]
    expected = set()
    for gap in gaps.itertuples():
        ends = [(gap.from_km, length_km), (0, gap.to_km)] if gap.over_start else [(gap.from_km, gap.to_km)]
        expected |= {(round(low, 6), round(high, 6)) for low, high in ends}
    assert boxes(band, canvas.UNKNOWN) == expected
    longest = gaps.loc[gaps["length_km"].idxmax()]
    text = f"longest: {longest['from_km']:.1f}–{longest['to_km']:.1f} km" + (
        " over the start" if longest["over_start"] else ""
    )
    (bold,) = [label.get_text() for label in band.texts if label.get_fontweight() == "bold"]
    assert bold == text
    assert len(band.texts) == len(gaps)


def test_a_complete_log_has_gaps_that_do_not_look_unknown():
    paper = charts.coverage_chart(along(SHAPES, complete=True))
    assert not boxes(paper.axes[0], canvas.UNKNOWN)
    assert len(boxes(paper.axes[0], charts.BEYOND)) == 3
    assert not boxes(paper.axes[1], canvas.UNKNOWN)


def test_bars_are_as_high_as_the_pieces_say():
    shown = along(SHAPES, complete=True)
    _, visits, longest, *_ = charts.coverage_chart(shown).axes
    filled = [patch for patch in visits.patches if isinstance(patch, StepPatch) and patch.get_fill()]
    assert filled[0].get_data()[0].tolist() == shown.pieces["visits"].tolist()
    bars = [np.asarray(patch.get_data()[0]) for patch in longest.patches if isinstance(patch, StepPatch)]
    assert np.nanmax(bars, axis=0).tolist() == shown.pieces["longest_days"].tolist()
    (standard,) = [line for line in longest.lines if line.is_dashed()]
    assert {*standard.get_ydata()} == {14}


def test_a_gap_the_period_cuts_does_not_look_like_a_whole_one():
    shown = along(SHAPES, complete=True)
    longest = charts.coverage_chart(shown).axes[2]
    by_look = {}
    for patch in longest.patches:
        if isinstance(patch, StepPatch) and patch.get_fill() and patch.get_facecolor()[3] > 0:
            by_look[patch.get_facecolor()[:3]] = ~np.isnan(patch.get_data()[0])
    assert by_look[matplotlib_rgb(charts.CUT.fill)].tolist() == shown.pieces["longest_is_cut"].tolist()
    assert charts.CUT.hatch


def test_what_nobody_reported_looks_unknown_and_has_no_height():
    shown = along(SHAPES)
    _, visits, *_ = charts.coverage_chart(shown).axes
    silent = shown.pieces[shown.pieces["visits"].isna()]
    assert sum(high - low for low, high in boxes(visits, canvas.UNKNOWN)) == pytest.approx(
        silent["length_km"].sum(), abs=1e-4
    )
    nothing = charts.coverage_chart(along([]))
    length_km = round(shown.covered.shares["length_km"].item(), 6)
    for axes in nothing.axes[:3]:
        assert boxes(axes, canvas.UNKNOWN) == {(0.0, length_km)}
    assert "nothing was reported: what was covered is unknown" in " ".join(text.get_text() for text in nothing.texts)


def test_routes_without_dates_have_the_band_alone():
    paper = charts.coverage_chart(along(SHAPES, pieces=None))
    assert len(paper.axes) == 2, "the band and the key"


def test_labels_of_many_gaps_do_not_collide_and_stay_on_the_paper():
    rng = np.random.default_rng(4)
    starts = np.sort(rng.uniform(0, 295, 60))
    gaps = pd.DataFrame({"from_km": starts, "to_km": starts + rng.uniform(0.2, 4, 60), "over_start": False})
    gaps["length_km"] = gaps["to_km"] - gaps["from_km"]
    with canvas.style():
        found = charts.labels(gaps, 300.0)
    assert 8 <= len(found) < 60
    for one, other in combinations(found, 2):
        if one.lane == other.lane:
            assert abs(one.centre - other.centre) > (one.width + other.width) / 2
    assert all(label.centre - label.width / 2 >= 0 and label.centre + label.width / 2 <= 300.0 for label in found)


@pytest.mark.parametrize("complete", [True, False])
def test_all_words_are_on_the_paper(complete):
    paper = charts.coverage_chart(along(SHAPES, complete=complete))
    renderer = paper.canvas.get_renderer()
    legends = [text for axes in paper.axes for artist in axes.artists for text in getattr(artist, "texts", [])]
    assert len(legends) >= 3
    for text in [*paper.texts, *legends, *(text for axes in paper.axes for text in axes.texts)]:
        box = text.get_window_extent(renderer)
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= paper.bbox.width, text.get_text()


def test_a_gap_too_short_to_be_seen_is_marked():
    line = shapely.LineString([(0, 0), (3, 0)])
    shapes = [shapely.LineString([(0, 0), (1.5, 0)]), shapely.LineString([(1.522, 0), (3, 0)])]
    shown = along(shapes, line, within_m=1_000)
    (gap,) = shown.covered.gaps.itertuples()
    assert gap.length_km < 0.5
    marks = [mark for mark in charts.coverage_chart(shown).axes[0].lines if mark.get_marker() == "v"]
    assert [mark.get_xdata()[0] for mark in marks] == pytest.approx([(gap.from_km + gap.to_km) / 2])


@pytest.mark.parametrize("name", ["$x$", "</svg><script>", "a\u202eb", "x" * 100_000])
def test_hostile_names_are_drawn_as_text(name):
    shown = along(SHAPES, source=name, routes=name)
    drawn = canvas.rendered(
        charts.coverage_chart(charts.Along("loop", name, name, shown.covered, source=name)), "svg", name=name
    )
    assert b"<script" not in drawn


def test_a_track_that_no_table_has_is_refused():
    with pytest.raises(InputError, match="track 'm6' is in no row of the shares, which have loop"):
        charts.coverage_chart(charts.Along("m6", "M6", "Nowhere", along(SHAPES).covered))
