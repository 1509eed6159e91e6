"""The chart of obligations: what it draws is what the table says, and unknown looks unknown."""

from __future__ import annotations

import datetime as dt
import itertools

import pandas as pd
import pytest
from conftest import ROOT

from dmz import geodata
from dmz.agreement import read_agreement
from dmz.charts import canvas
from dmz.charts.timeline import LOOKS, MARKS_OF, Span, spans_of, timeline_chart
from dmz.compliance import judged, timeline, turning_days
from dmz.errors import InputError
from dmz.ground import Ground
from dmz.observation import read_observations
from dmz.verdict import STATUSES

FROM, UNTIL = dt.date(2018, 9, 1), dt.date(2020, 3, 31)


@pytest.fixture(scope="module")
def story():
    """Timeline and observations of Idlib, on the days a status can turn."""
    store = geodata.open_store(ROOT / "geodata")
    agreement = read_agreement("sochi-2018")
    reported = read_observations(store.table(agreement.observations))
    field = Ground(None, store.open("idlib/corridors"))
    days = turning_days(agreement, reported, FROM, UNTIL)
    return timeline(agreement, reported, field, days), judged(agreement, reported, field, UNTIL)


def test_days_on_which_a_status_can_turn_miss_no_turn():
    agreement = read_agreement("sochi-2018")
    reported = read_observations(ROOT / "geodata" / "idlib" / "observations.csv")
    for known_on in (None, dt.date(2024, 1, 1)):
        days = turning_days(agreement, reported, FROM, UNTIL)
        steps = timeline(agreement, reported, None, days, as_known_on=known_on)
        before = {day - dt.timedelta(days=1) for day in days[1:]}
        asked = sorted(before | {FROM + dt.timedelta(days=n) for n in range(0, (UNTIL - FROM).days + 1, 9)})
        every = timeline(agreement, reported, None, asked, as_known_on=known_on)
        for obligation, one in steps.groupby("obligation", sort=False):
            spans = spans_of([*one["date"]], [*one["kind"]], UNTIL)
            told = [next(span.kind for span in spans if span.first <= day.toordinal() < span.end) for day in asked]
            assert told == every[every["obligation"] == obligation]["kind"].tolist(), obligation


def test_a_status_holds_to_the_next_day_of_the_table():
    first = dt.date(2019, 1, 1)
    days = [first, first + dt.timedelta(days=3), first + dt.timedelta(days=5), first + dt.timedelta(days=9)]
    found = spans_of(days, ["due", "met", "met", "disputed"], first + dt.timedelta(days=6))
    start = first.toordinal()
    assert found == [Span(start, start + 3, "due"), Span(start + 3, start + 7, "met")], (
        "merged, and cut at the last day"
    )


def bars(paper) -> list[tuple[float, float, str]]:
    """Filled boxes of the chart's rows."""
    fills = {look.fill.lower(): kind for kind, look in LOOKS.items()}
    return [
        (patch.get_x(), patch.get_x() + patch.get_width(), fills[canvas_colour(patch)])
        for patch in paper.axes[0].patches
        if patch.get_fill()
    ]


def canvas_colour(patch) -> str:
    from matplotlib.colors import to_hex

    return to_hex(patch.get_facecolor())


def test_the_bars_are_the_table(story):
    table, seen = story
    drawn = bars(timeline_chart(table, seen, title="Idlib", until=UNTIL))
    expected = [
        (span.first, span.end, span.kind)
        for _, one in table.groupby("obligation", sort=False)
        for span in spans_of([*one["date"]], [*one["kind"]], UNTIL)
    ]
    assert drawn == expected
    assert len(drawn) > 20


def test_every_observation_known_has_its_mark_on_its_day(story):
    table, seen = story
    paper = timeline_chart(table, seen, title="Idlib", until=UNTIL)
    marked = sorted(
        (float(x), shape)
        for line in paper.axes[0].lines
        if (shape := line.get_marker()) not in {"None", ""}
        for x in line.get_xdata()
    )
    expected = sorted((row.date_observed.toordinal() + 0.5, MARKS_OF[row.bearing][0]) for row in seen.itertuples())
    assert marked == expected
    assert len(marked) == 18


def test_the_end_of_the_last_day_is_marked(story):
    table, seen = story
    paper = timeline_chart(table, seen, title="Idlib", until=UNTIL)
    upright = {
        float(line.get_xdata()[0])
        for line in paper.axes[0].lines
        if len(line.get_xdata()) == 2 and line.get_xdata()[0] == line.get_xdata()[1] and line.get_linewidth() > 1
    }
    assert upright == {float(dt.date(*day).toordinal() + 1) for day in ((2018, 10, 10), (2018, 10, 15), (2018, 12, 31))}


def test_every_status_has_a_look_and_not_verified_looks_unknown():
    assert {*LOOKS} == {*STATUSES}
    assert LOOKS["not verified"] is canvas.UNKNOWN
    for one, two in itertools.combinations(LOOKS.values(), 2):
        grey = [
            sum(w * int(look.fill[i : i + 2], 16) for w, i in ((0.3, 1), (0.59, 3), (0.11, 5))) for look in (one, two)
        ]
        assert one.hatch != two.hatch or abs(grey[0] - grey[1]) > 15, "told apart in grey by hatch or lightness"


def contrast(fill: str, ink: str) -> float:
    """Contrast of two colours, WCAG 2.1."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(fill), luminance(ink)))
    return (light + 0.05) / (dark + 0.05)


def test_what_is_written_in_a_bar_can_be_read():
    for kind, look in LOOKS.items():
        assert contrast(look.fill, canvas.INK) >= 4.5, kind


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_table_gives_the_same_bytes(story, kind):
    table, seen = story
    one, two = (canvas.rendered(timeline_chart(table, seen, title="Idlib", until=UNTIL), kind) for _ in range(2))
    assert one == two


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_text_of_anybody_stays_text(story, kind):
    table, seen = story
    hostile = table.assign(name="$x$ </svg><script>alert(1)</script> \u202e " * 50, parties="a\x00b " * 100)
    drawn = canvas.rendered(
        timeline_chart(hostile, seen, title="$\\frac{1}{2}$", until=UNTIL, source="<b>" * 900), kind
    )
    assert b"<script>" not in drawn


def test_no_observations_and_a_single_day_can_be_drawn(story):
    table, seen = story
    one = table[table["date"] == FROM]
    paper = timeline_chart(one, seen.iloc[:0], title="Idlib", until=FROM)
    assert {kind for _, _, kind in bars(paper)} == {"not due"}


def test_readings_of_one_obligation_are_rows_of_their_own(story):
    table, seen = story
    both = pd.concat([table.assign(reading="deep"), table.assign(reading="each-side")])
    paper = timeline_chart(both, seen, title="Idlib", until=UNTIL)
    said = [text.get_text() for text in paper.axes[0].texts]
    assert sum("reading each-side" in words for words in said) == 9


@pytest.mark.parametrize("years", [1, 3, 30, 400])
def test_the_axis_has_room_whatever_the_span(story, years):
    table, seen = story
    paper = timeline_chart(table, seen, title="Idlib", until=FROM.replace(year=FROM.year + years))
    assert 1 <= len(paper.axes[0].get_xticks()) <= 13


def test_what_cannot_be_drawn_is_refused(story):
    table, seen = story
    with pytest.raises(InputError, match="the table of statuses is empty"):
        timeline_chart(table.iloc[:0], seen, title="Idlib", until=UNTIL)
    with pytest.raises(InputError, match="begins on 2018-09-01, after 2018-08-31"):
        timeline_chart(table, seen, title="Idlib", until=FROM - dt.timedelta(days=1))
