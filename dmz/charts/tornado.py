"""Draw how far each choice moves each result: one panel a result, one bar a choice, the longest on top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from dmz import checks
from dmz.charts import canvas
from dmz.charts.canvas import PALETTE, UNKNOWN, Look
from dmz.charts.results import heading, number
from dmz.errors import InputError
from dmz.sensitivity import COLUMNS, verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_MM = 180.0
LEFT_MM, RIGHT_MM = 24.0, 5.0
PANEL_MM = WIDTH_MM - LEFT_MM - RIGHT_MM
HEAD_MM, KEY_MM = 15.0, 7.0
# A choice's row, its bar, the heading above a panel.
ROW_MM, BAR_MM, HEADING_MM = 5.0, 3.6, 7.0
# Room between a bar and its number; the shortest bar drawn.
NUMBER_MM, SEEN_MM = 1.2, 0.4
# The scale is sought until it is this near, as a share.
NEAR = 1e-4

# Dark, hatched and pale: told apart in grey too.
LOOKS = {"reading": Look(PALETTE["blue"]), "depth": Look(PALETTE["orange"], "\\\\\\", "#5c3f00")}
OTHERS = Look("#c4c4c4")
WORDS = {"reading": "reading", "depth": "depth", "line": "line", "ends": "ends", "clip": "theatre"}
KEYS = {"reading": "reading of the text", "depth": "kilometres of depth"}
OTHER_KEY, UNKNOWN_KEY = "line, ends, theatre", "unknown"


@dataclass(frozen=True)
class Bar:
    """One choice in one panel: the least and greatest result, and what is written at either end."""

    factor: str
    low: float
    high: float
    left: str
    right: str


def tornado_chart(
    table: pd.DataFrame,
    *,
    base: str,
    roads: Mapping[str, str] | None = None,
    title: str = "",
    source: str = "",
) -> Figure:
    """Chart of a sensitivity: every panel has its own scale, its bars begin at the base case's result.

    Parameters
    ----------
    table
        As `dmz.sensitivity.sensitivity` makes it.
    base
        The base case in words: stands under the title.
    roads
        What a road is called, by its id.
    title
        Stands on top; by default what the table says of reading and depth (`dmz.sensitivity.verdict`).
    source
        Where line and layers come from: printed under the chart.

    Raises
    ------
    InputError
        Where the table lacks a column or has no rows.

    Notes
    -----
    Panels by falling worth of the finding: as the table has them. A choice that moves nothing has no bar and says so;
    one that nobody can tell of is hatched as unknown from end to end: that is not 0.
    """
    checks.has_columns(table, COLUMNS, where="the table of sensitivities")
    if table.empty:
        raise InputError("the table of sensitivities has no rows: there is nothing to draw")
    results = [*dict.fromkeys(table["result"])]
    said = _caption(source)
    with canvas.style():
        foot_mm = canvas.caption_room(WIDTH_MM, said) + KEY_MM
        bars = {result: _bars(table[table["result"] == result]) for result in results}
        sizes = [ROW_MM * len(bars[result]) for result in results]
        paper = canvas.figure(WIDTH_MM, HEAD_MM + sum(sizes) + HEADING_MM * len(sizes) + foot_mm)
        shown = title or verdict(table) or "What moves the results"
        canvas.title(paper, shown, under=f"One choice changed at a time from the base case: {base}")
        canvas.caption(paper, said)
        top_mm, keys = HEAD_MM, dict[str, Look]()
        for result, size_mm in zip(results, sizes, strict=True):
            start = float(table.loc[table["result"] == result, "base"].iloc[0])
            stated = "unknown" if pd.isna(start) else number(start)
            words = f"{heading(result, roads)}: {stated} in the base case"
            keys |= _panel(paper, (bars[result], start), words, (top_mm + HEADING_MM, size_mm))
            top_mm += HEADING_MM + size_mm
        _key(paper, keys, foot_mm)
    return paper


def _caption(source: str) -> str:
    return (
        "Each bar spans the results over one choice, all else as in the base case (the line down each panel). "
        "Reading: every reading of the text. Depth: the range of the text. Line: all of it at once moved into the "
        "ground of one party, then of the other, by its stated uncertainty: errors that differ from place to place "
        f"partly cancel. Ends: round or flat. Theatre: with and without its clip. {source}"
    ).strip()


def _panel(paper: Figure, what: tuple[list[Bar], float], name: str, where: tuple[float, float]) -> dict[str, Look]:
    """Draw the bars of one result; return the looks that were used."""
    bars, base = what
    top_mm, size_mm = where
    height_mm = canvas.size_mm(paper)[1]
    drawn = canvas.axes(
        paper, left_mm=LEFT_MM, right_mm=RIGHT_MM, top_mm=top_mm, bottom_mm=height_mm - top_mm - size_mm
    )
    drawn.set_ylim(size_mm, 0)
    drawn.spines[["left", "bottom"]].set_visible(False)
    drawn.set_xticks([])
    drawn.set_yticks([])
    per_mm, before_mm = _scale(paper, bars, base)
    drawn.set_xlim(base - before_mm * per_mm, base + (PANEL_MM - before_mm) * per_mm)
    keys: dict[str, Look] = {}
    for at, bar in enumerate(bars):
        keys |= _draw(drawn, bar, base, per_mm, (at + 0.5) * ROW_MM)
    drawn.plot([base, base], [-0.6, size_mm], color=canvas.INK, linewidth=0.8, clip_on=False, solid_capstyle="butt")
    x = -(LEFT_MM - canvas.MARGIN_MM) / PANEL_MM
    words: dict[str, Any] = {"transform": drawn.get_yaxis_transform(), "clip_on": False}
    shown = canvas.fitted(paper, name, WIDTH_MM - 2 * canvas.MARGIN_MM, weight="bold")
    drawn.text(x, -1.4, shown, fontsize=canvas.TEXT_PT, fontweight="bold", va="bottom", **words)
    return keys


def _bars(rows: pd.DataFrame) -> list[Bar]:
    """Bars of one result; the choices that move nothing share a row."""
    idle = (rows["swing"] == 0) & rows["note"].isna()
    bars = [_bar(row) for row in rows[~idle].itertuples()]
    names = ", ".join(WORDS.get(factor, factor) for factor in rows.loc[idle, "factor"])
    base = rows["base"].iloc[0]
    return [*bars, Bar("", base, base, "", f"{names}: no change")] if names else bars


def _bar(row: Any) -> Bar:
    if pd.isna(row.swing):
        return Bar(row.factor, row.base, row.base, "", "unknown")
    if row.swing == 0:
        return Bar(row.factor, row.base, row.base, "", str(row.note))
    left = f"{_case(row.low_case)}{_change(row.low, row.base)}  {number(row.low)}" if row.low < row.base else ""
    right = f"{number(row.high)}  {_case(row.high_case)}{_change(row.high, row.base)}" if row.high > row.base else ""
    return Bar(row.factor, row.low, row.high, left, right)


def _change(value: float, base: float) -> str:
    """Change against the base case, in per cent; nothing where the base case is 0."""
    return f" ({(value - base) / base:+.0%})".replace("-", "\N{MINUS SIGN}") if base else ""


def _case(name: str) -> str:
    """What a choice is called beside its bar."""
    return name.removeprefix("moved ").removesuffix(" ground")


def _scale(paper: Figure, bars: list[Bar], base: float) -> tuple[float, float]:
    """What a millimetre of the panel is, and where the base stands in it, so that all bars and words have room."""
    ends = [
        (
            max(base - bar.low, 0.0),
            max(bar.high - base, 0.0),
            canvas.width_of(paper, bar.left, canvas.SMALL_PT) + 2 * NUMBER_MM if bar.left else 0.0,
            canvas.width_of(paper, bar.right, canvas.SMALL_PT) + 2 * NUMBER_MM if bar.right else 0.0,
        )
        for bar in bars
        if bar.right != "unknown"
    ]
    longest = max((length for one in ends for length in one[:2]), default=0.0)
    if not longest > 0:
        return 1.0, PANEL_MM / 2

    def room(mm_per_unit: float) -> tuple[float, float]:
        before = max(left * mm_per_unit + words for left, _, words, _ in ends)
        after = max(right * mm_per_unit + words for _, right, _, words in ends)
        return before, after

    low, high = 0.0, PANEL_MM / longest
    while high - low > NEAR * high:
        middle = (low + high) / 2
        low, high = (middle, high) if sum(room(middle)) <= PANEL_MM else (low, middle)
    before, after = room(low)
    return 1 / low, before + (PANEL_MM - before - after) / 2


def _draw(drawn: Axes, bar: Bar, base: float, per_mm: float, centre: float) -> dict[str, Look]:
    """Draw one bar with its name and its numbers; the look that was used."""
    place: dict[str, Any] = {"va": "center", "fontsize": canvas.SMALL_PT, "clip_on": False}
    name = WORDS.get(bar.factor, bar.factor)
    weight = "bold" if bar.factor in LOOKS else "normal"
    drawn.text(-2 / PANEL_MM, centre, name, transform=drawn.get_yaxis_transform(), ha="right", **place | {
        "fontsize": canvas.TEXT_PT, "fontweight": weight})  # fmt: skip
    across = centre - BAR_MM / 2, centre + BAR_MM / 2
    if bar.right == "unknown":
        canvas.box(drawn, drawn.get_xlim(), across, UNKNOWN)
        on_paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        drawn.text(base, centre, bar.right, ha="center", bbox=on_paper, **place)
        return {UNKNOWN_KEY: UNKNOWN}
    if bar.high > bar.low:
        least = SEEN_MM * per_mm
        low = bar.low if base - bar.low > least or bar.low == base else base - least
        high = bar.high if bar.high - base > least or bar.high == base else base + least
        canvas.box(drawn, (low, high), across, LOOKS.get(bar.factor, OTHERS))
        if bar.left:
            drawn.text(low - NUMBER_MM * per_mm, centre, bar.left, ha="right", **place)
        if bar.right:
            drawn.text(high + NUMBER_MM * per_mm, centre, bar.right, ha="left", **place)
        return {KEYS.get(bar.factor, OTHER_KEY): LOOKS.get(bar.factor, OTHERS)}
    drawn.text(base + NUMBER_MM * per_mm, centre, bar.right, ha="left", color=canvas.PALE_INK, **place)
    return {}


def _key(paper: Figure, keys: dict[str, Look], foot_mm: float) -> None:
    """Write what each look means between the panels and the caption."""
    drawn = paper.add_axes((0, 0, 1, 1), zorder=-1)
    drawn.set_axis_off()
    width_mm, height_mm = canvas.size_mm(paper)
    order = [name for name in (*KEYS.values(), OTHER_KEY, UNKNOWN_KEY) if name in keys]
    place = (canvas.MARGIN_MM / width_mm, (foot_mm - 2) / height_mm)
    canvas.legend(
        drawn,
        {name: keys[name] for name in order},
        bbox_to_anchor=place,
        ncols=max(len(order), 1),
        borderaxespad=0.0,
        borderpad=0.0,
        columnspacing=1.6,
    )
