"""Draw the status of obligations through time: a row an obligation, its date, the observations it rests on."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from dmz.charts import canvas
from dmz.charts.canvas import INK, PALE_INK, PALETTE, RULE, SMALL_PT, TEXT_PT, UNKNOWN, Look
from dmz.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_MM = 200.0
LEFT_MM, RIGHT_MM, TOP_MM = 58.0, 5.0, 15.0
# A row and its bar; shares of the row's height.
ROW_MM = 12.5
BAR = (0.10, 0.56)
AXIS_MM, KEY_MM, KEYS_A_LINE = 9.0, 4.8, 8
# A status is written into its bar where there is so much room around it.
PAD_MM = 0.8
# Names of obligations take so many lines.
LINES = 2
MOST_TICKS = 12

LOOKS = {
    "not due": Look("#ffffff", "", PALE_INK),
    "due": Look("#d3e9f7", "", "#0b4a70"),
    "met": Look("#4fb898"),  # the palette's green and vermilion, lighter: dark type is read on them, in grey too
    "partly met": Look("#bfe6d9", "...", "#00694c"),
    "overdue": Look(PALETTE["orange"], "\\\\\\", "#5c3f00"),
    "violated": Look("#e3803f", "|||", "#5e2900"),
    "disputed": Look("#e3b7d0", "xxx", "#5a1f3d"),
    "not verified": UNKNOWN,
}
# Shape, fill and height in the row of an observation by what it says: those for it above those against it.
MARKS_OF = {
    "supports": ("^", INK, 0.69),
    "supports in part": ("^", "white", 0.69),
    "contradicts": ("X", INK, 0.86),
    "cannot tell": ("o", "white", 0.86),
}


@dataclass(frozen=True)
class Span:
    """A stretch of days with one status, from its first day to the first day after it, as day numbers."""

    first: int
    end: int
    kind: str


def timeline_chart(
    table: pd.DataFrame,
    seen: pd.DataFrame,
    *,
    title: str,
    until: dt.date,
    source: str = "",
) -> Figure:
    """Chart of statuses through time.

    Parameters
    ----------
    table
        As `dmz.compliance.timeline` makes it; a status holds from its day to the next day of the table, the last one
        to `until`. Days from `dmz.compliance.turning_days` miss no turn.
    seen
        As `dmz.compliance.judged` makes it: one mark an observation, on the day it was made; may be empty. Those on no
        ground of the obligation are left out.
    title
        What stands above.
    until
        Last day shown.
    source
        Where the reports come from: printed under the chart.

    Raises
    ------
    InputError
        Where the table is empty, or begins after `until`.
    """
    rows = _rows(table, until)
    first, end = min(spans[0].first for _, spans in rows), until.toordinal() + 1
    said = _caption(table, source)
    kinds = [kind for kind in LOOKS if any(span.kind == kind for _, spans in rows for span in spans)]
    with canvas.style():
        foot = canvas.caption_room(WIDTH_MM, said)
        keys_mm = KEY_MM * (-(-len(kinds) // KEYS_A_LINE) + 1) + 2
        paper = canvas.figure(WIDTH_MM, TOP_MM + ROW_MM * len(rows) + AXIS_MM + keys_mm + foot)
        canvas.title(paper, title, under=_under(table))
        canvas.caption(paper, said)
        drawn = canvas.axes(
            paper, left_mm=LEFT_MM, right_mm=RIGHT_MM, top_mm=TOP_MM, bottom_mm=AXIS_MM + keys_mm + foot
        )
        drawn.set(xlim=(first, end), ylim=(len(rows), 0))
        _days_axis(drawn, first, end)
        for number, (record, spans) in enumerate(rows):
            _name(drawn, paper, record, number)
            for span in spans:
                _bar(drawn, paper, span, number, (WIDTH_MM - LEFT_MM - RIGHT_MM) / (end - first))
            _due(drawn, record, number, (first, end))
            _marks(drawn, seen, record, number, (first, end))
        _keys(paper, kinds, foot, _bearings(seen))
    return paper


def spans_of(days: list[dt.date], kinds: list[str], until: dt.date) -> list[Span]:
    """Stretches of equal status, of days in order: each to the next day, the last to the end of `until`."""
    last = until.toordinal() + 1
    numbers = [min(day.toordinal(), last) for day in days] + [last]
    found: list[Span] = []
    for (first, end), kind in zip(itertools.pairwise(numbers), kinds, strict=True):
        if found and found[-1].kind == kind:
            found[-1] = Span(found[-1].first, end, kind)
        elif first < end:
            found.append(Span(first, end, kind))
    return found


def _rows(table: pd.DataFrame, until: dt.date) -> list[tuple[dict[str, Any], list[Span]]]:
    """Each obligation and reading, in the table's order, with its stretches."""
    if table.empty:
        raise InputError("there is nothing to draw: the table of statuses is empty")
    if min(table["date"]) > until:
        raise InputError(f"there is nothing to draw: the table begins on {min(table['date'])}, after {until}")
    rows = []
    for _, one in table.groupby(["obligation", "reading"], sort=False, dropna=False):
        ordered = one.sort_values("date", kind="stable")
        readings = {*table.loc[table["obligation"] == one["obligation"].iloc[0], "reading"]}
        record = one.iloc[0].to_dict() | {"several": len(readings) > 1}
        rows.append((record, spans_of([*ordered["date"]], [*ordered["kind"]], until)))
    return rows


def _under(table: pd.DataFrame) -> str:
    if (table["known_on"] == table["date"]).all():
        return "What could be known on each day: only what was reported by then counts."
    return f"With hindsight: what was reported by {_written(max(table['known_on']))} counts."


def _caption(table: pd.DataFrame, source: str) -> str:
    share = table["observed_share"].max()
    seen = "" if pd.isna(share) else f" Never was more than {share:.1%} of a zone or road seen from a reported place."
    return f"'Not verified' means that nobody reported enough to say; it does not mean met.{seen} {source}".strip()


def _name(drawn: Axes, paper: Figure, record: dict[str, Any], number: int) -> None:
    """Write what is asked, and of whom, left of its row."""
    room_mm = LEFT_MM - 6
    lines = canvas.wrapped(paper, record["name"], room_mm, TEXT_PT)
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], canvas.fitted(paper, " ".join(lines[LINES - 1 :]), room_mm)]
    said = [f"reading {record['reading']}"] if record["several"] else []
    said += [f"due {_written(record['due'])}"] if not pd.isna(record["due"]) else []
    said += [record["parties"].replace("; ", ", ")]
    place: dict[str, Any] = {"transform": drawn.get_yaxis_transform(), "ha": "right", "va": "center", "clip_on": False}
    step = 3.3 / ROW_MM
    top = number + 0.5 - step * len(lines) / 2
    for line, words in enumerate(lines):
        drawn.text(-0.02, top + step * line, words, fontsize=TEXT_PT, color=INK, **place)
    under = canvas.fitted(paper, " · ".join(filter(None, said)), room_mm, SMALL_PT)
    drawn.text(-0.02, top + step * len(lines), under, fontsize=SMALL_PT, color=PALE_INK, **place)


def _bar(drawn: Axes, paper: Figure, span: Span, number: int, mm_a_day: float) -> None:
    look = LOOKS[span.kind]
    top, bottom = (number + share for share in BAR)
    canvas.box(drawn, (span.first, span.end), (top, bottom), look, edge=RULE)
    if canvas.width_of(paper, span.kind, SMALL_PT) + 2 * PAD_MM <= (span.end - span.first) * mm_a_day:
        behind = {"facecolor": look.fill, "edgecolor": "none", "pad": 1.2} if look.hatch else None
        middle = (span.first + span.end) / 2
        drawn.text(
            middle, (top + bottom) / 2, span.kind, fontsize=SMALL_PT, color=INK, ha="center", va="center", bbox=behind
        )


def _due(drawn: Axes, record: dict[str, Any], number: int, window: tuple[int, int]) -> None:
    """Mark the end of the last day of an obligation: a line through its row."""
    if pd.isna(record["due"]):
        return
    at = record["due"].toordinal() + 1
    if window[0] <= at <= window[1]:
        drawn.plot([at, at], [number + 0.02, number + 0.98], color=INK, linewidth=1.4, solid_capstyle="butt", zorder=5)


def _marks(drawn: Axes, seen: pd.DataFrame, record: dict[str, Any], number: int, window: tuple[int, int]) -> None:
    """Mark each observation of an obligation on its day."""
    if seen.empty:
        return
    same = seen["reading"].isna() if pd.isna(record["reading"]) else seen["reading"] == record["reading"]
    mine = seen[(seen["obligation"] == record["obligation"]) & same]
    for bearing, (shape, fill, height) in MARKS_OF.items():
        days = [day.toordinal() + 0.5 for day in mine.loc[mine["bearing"] == bearing, "date_observed"]]
        shown = [day for day in days if window[0] <= day <= window[1]]
        drawn.plot(
            shown, [number + height] * len(shown), linestyle="none", marker=shape, markersize=4.2, markerfacecolor=fill,
            markeredgecolor=INK, markeredgewidth=0.7, zorder=7,
        )  # fmt: skip


def _days_axis(drawn: Axes, first: int, end: int) -> None:
    """Tick the first of every month, or of every second, third, ... where there is no room; years below."""
    months = [*_months(dt.date.fromordinal(first), dt.date.fromordinal(end - 1))]
    step = next(n for n in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if len(months) / n <= MOST_TICKS)
    # January is always among them where a year is a whole number of steps.
    shown = [day for day in months if (day.month - 1 + 12 * day.year) % step == 0]
    names = [f"{day:%b}" + (f"\n{day.year}" if i == 0 or day.month <= step else "") for i, day in enumerate(shown)]
    drawn.set_xticks([day.toordinal() for day in shown], names, fontsize=SMALL_PT)
    drawn.set_yticks([])
    drawn.spines["left"].set_visible(False)
    drawn.grid(visible=True, axis="x", color=RULE, linewidth=0.4, zorder=0)
    drawn.set_axisbelow(True)
    for row in itertools.count(1):
        if row >= drawn.get_ylim()[0]:
            break
        drawn.axhline(row, color=RULE, linewidth=0.4, zorder=0)


def _months(first: dt.date, last: dt.date) -> list[dt.date]:
    numbers = range(12 * first.year + first.month - 1, 12 * last.year + last.month)
    days = [dt.date(number // 12, number % 12 + 1, 1) for number in numbers]
    return [day for day in days if first <= day <= last]


def _bearings(seen: pd.DataFrame) -> list[str]:
    return [] if seen.empty else [bearing for bearing in MARKS_OF if (seen["bearing"] == bearing).any()]


def _keys(paper: Figure, kinds: list[str], foot: float, bearings: list[str]) -> None:
    """Say under the chart what bars and marks mean."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    height_mm = canvas.size_mm(paper)[1]
    bars = [
        Patch(
            facecolor=look.fill,
            hatch=look.hatch,
            edgecolor=look.ink if look.hatch else RULE,
            linewidth=0.5,
            label=kind,
        )
        for kind, look in LOOKS.items()
        if kind in kinds
    ]
    marks = [Line2D([], [], color=INK, linewidth=1.4, label="end of the last day")]
    for bearing in bearings:
        shape, fill, _ = MARKS_OF[bearing]
        marks.append(_mark(shape, fill, f"report: {bearing}"))
    where: dict[str, Any] = {"loc": "lower left", "frameon": False, "fontsize": SMALL_PT, "borderaxespad": 0.0}
    left = 2 * canvas.MARGIN_MM / WIDTH_MM
    paper.legend(
        handles=bars,
        ncols=KEYS_A_LINE,
        bbox_to_anchor=(left, (foot + KEY_MM + 2) / height_mm),
        handlelength=2.6,
        **where,
    )
    paper.legend(
        handles=marks, ncols=len(marks), bbox_to_anchor=(left, (foot + 1) / height_mm), handlelength=1.4, **where
    )


def _mark(shape: str, fill: str, label: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D(
        [], [], linestyle="none", marker=shape, markersize=4.2, markerfacecolor=fill, markeredgecolor=INK,
        markeredgewidth=0.7, label=label,
    )  # fmt: skip


def _written(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"
