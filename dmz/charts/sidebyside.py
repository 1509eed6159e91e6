"""Draw readings, agreements or dates side by side: one panel a result, one bar a row, core and fringe told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from dmz import checks
from dmz.charts import canvas
from dmz.charts.canvas import UNKNOWN, Look
from dmz.charts.results import heading
from dmz.charts.roads import BANDS
from dmz.compare import span
from dmz.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_MM = 180.0
ACROSS = 2
RIGHT_MM, BETWEEN_MM = 5.0, 6.0
LEAST_LEFT_MM, MOST_LEFT_MM = 16.0, 60.0
HEAD_MM, HEADING_MM, ROW_MM, BAR_MM, SPACE_MM, KEY_MM = 15.0, 6.0, 5.2, 3.8, 2.5, 6.0
# Room between a bar and its number; the shortest bar drawn.
NUMBER_MM, SEEN_MM = 1.2, 0.5
# Quantities that are no results, or are told otherwise.
NO_RESULT = ("reach", "max_deviation", "settlements_population_unknown")
BETWEEN_KEY, UNKNOWN_KEY = "from core to core and fringe", "unknown"


def side_by_side_chart(
    table: pd.DataFrame,
    *,
    title: str,
    under: str = "",
    label: str = "reading",
    names: Mapping[str, str] | None = None,
    source: str = "",
) -> Figure:
    """Chart of a comparison: the solid bar is the core, the hatched one reaches to core and fringe.

    Parameters
    ----------
    table
        As `dmz.compare.readings` makes it, or with rows of several agreements or dates.
    title, under
        Stand on top.
    label
        Column by which the rows are called.
    names
        What a row or a road is called, by its id.
    source
        Where line and layers come from: printed under the chart.

    Raises
    ------
    InputError
        Where the table lacks the column, or has no rows.

    Notes
    -----
    A value that is unknown, as of a road another agreement does not name, is hatched from end to end and is no 0.
    """
    checks.has_columns(table, (label, "area_core_km2", "area_full_km2"), where="the comparison")
    if table.empty:
        raise InputError("the comparison has no rows: there is nothing to draw")
    cores = [name for name in table if "_core" in str(name) and not str(name).startswith(NO_RESULT)]
    called = [(names or {}).get(name, str(name)) for name in table[label]]
    said = _caption(table, source)
    lines = -(-len(cores) // ACROSS)
    panel_mm = HEADING_MM + ROW_MM * len(table) + SPACE_MM
    with canvas.style():
        foot_mm = canvas.caption_room(WIDTH_MM, said) + KEY_MM
        paper = canvas.figure(WIDTH_MM, HEAD_MM + lines * panel_mm + foot_mm)
        canvas.title(paper, title, under=under)
        canvas.caption(paper, said)
        longest = max(canvas.width_of(paper, canvas.plain(name)) for name in called)
        left_mm = min(max(longest + canvas.MARGIN_MM + 2, LEAST_LEFT_MM), MOST_LEFT_MM)
        across_mm = (WIDTH_MM - left_mm - RIGHT_MM - BETWEEN_MM * (ACROSS - 1)) / ACROSS
        keys: dict[str, Look] = {}
        for place, core in enumerate(cores):
            line, column = divmod(place, ACROSS)
            top_mm = HEAD_MM + line * panel_mm + HEADING_MM
            where = (left_mm + column * (across_mm + BETWEEN_MM), top_mm, across_mm, ROW_MM * len(table))
            keys |= _panel(paper, table, str(core), where, names or {})
            if column == 0:
                _rows(paper, called, top_mm, left_mm)
        _key(paper, keys, foot_mm)
    return paper


def _caption(table: pd.DataFrame, source: str) -> str:
    parts = ["Core: what every depth of the text's range agrees on; fringe: where they differ."]
    if "jaccard_core" in table:
        parts.append("Overlap: ground shared with the chosen reading, as a share of the ground of either; settlements")
        parts.append("gained and lost are against it too.")
    if "population_known_core" in table:
        parts.append("People: sums of the figures there are; settlements without a figure are in no sum.")
    return " ".join([*parts, source]).strip()


def _panel(
    paper: Figure, table: pd.DataFrame, core: str, where: tuple[float, float, float, float], names: Mapping[str, str]
) -> dict[str, Look]:
    """Bars of one result; the looks that were used."""
    left_mm, top_mm, across_mm, high_mm = where
    width_mm, height_mm = canvas.size_mm(paper)
    drawn = canvas.axes(
        paper,
        left_mm=left_mm,
        right_mm=width_mm - left_mm - across_mm,
        top_mm=top_mm,
        bottom_mm=height_mm - top_mm - high_mm,
    )
    drawn.set_ylim(high_mm, 0)
    drawn.set_xticks([])
    drawn.set_yticks([])
    drawn.spines["bottom"].set_visible(False)
    pairs = list(zip(*(pd.to_numeric(table[one]) for one in (core, core.replace("_core", "_full"))), strict=True))
    words = [_words(core, low, high) for low, high in pairs]
    per_mm = _scale(paper, drawn, pairs, words, across_mm)
    shown = canvas.fitted(paper, _heading(core, names), across_mm, weight="bold")
    drawn.text(0, -1.2, shown, fontsize=canvas.TEXT_PT, fontweight="bold", va="bottom", clip_on=False)
    keys: dict[str, Look] = {}
    for at, (pair, said) in enumerate(zip(pairs, words, strict=True)):
        keys |= _bar(drawn, pair, said, (at + 0.5) * ROW_MM, per_mm)
    return keys


def _heading(core: str, names: Mapping[str, str]) -> str:
    if core.startswith("jaccard"):
        return "Overlap with the chosen reading"
    if core.startswith(("settlements_gained", "settlements_lost")):
        return f"Settlements {core.split('_')[1]}"
    return heading(core.replace("_core", ""), names)


def _words(core: str, low: Any, high: Any) -> str:
    digits = 2 if core.startswith("jaccard") else None
    return span(*(float("nan") if pd.isna(value) else value for value in (low, high)), digits=digits)


def _scale(paper: Figure, drawn: Axes, pairs: list[tuple[Any, Any]], words: list[str], across_mm: float) -> float:
    """Scale a panel so that every bar and the number beside it have room; return what a millimetre is."""
    sizes = [
        (max(float(value) for value in pair if pd.notna(value)), canvas.width_of(paper, said))
        for pair, said in zip(pairs, words, strict=True)
        if any(pd.notna(value) for value in pair)
    ]
    per_mm = max((length / (across_mm - said_mm - 2 * NUMBER_MM) for length, said_mm in sizes), default=0.0)
    per_mm = per_mm or 1 / across_mm
    drawn.set_xlim(0, per_mm * across_mm)
    return per_mm


def _bar(drawn: Axes, pair: tuple[Any, Any], said: str, centre: float, per_mm: float) -> dict[str, Look]:
    across = centre - BAR_MM / 2, centre + BAR_MM / 2
    low, high = pair
    if pd.isna(low) and pd.isna(high):
        canvas.box(drawn, drawn.get_xlim(), across, UNKNOWN)
        on_paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        drawn.text(NUMBER_MM * per_mm, centre, said, fontsize=canvas.TEXT_PT, va="center", bbox=on_paper)
        return {UNKNOWN_KEY: UNKNOWN}
    ends = [0.0 if pd.isna(low) else float(low), float(low if pd.isna(high) else high)]
    least, most = min(ends), max(ends)  # a fringe may lose, as settlements lost do
    keys: dict[str, Look] = {}
    if least > 0:
        canvas.box(drawn, (0, max(least, SEEN_MM * per_mm)), across, BANDS["core"])
        keys["core"] = BANDS["core"]
    if most > least:
        canvas.box(drawn, (least, max(most, least + SEEN_MM * per_mm)), across, BANDS["fringe"])
        keys[BETWEEN_KEY] = BANDS["fringe"]
    drawn.text(most + NUMBER_MM * per_mm, centre, said, fontsize=canvas.TEXT_PT, va="center", clip_on=False)
    return keys


def _rows(paper: Figure, called: list[str], top_mm: float, left_mm: float) -> None:
    """Write what the rows are called, left of the first panel of a line."""
    width_mm, height_mm = canvas.size_mm(paper)
    for at, name in enumerate(called):
        y = 1 - (top_mm + (at + 0.5) * ROW_MM) / height_mm
        shown = canvas.fitted(paper, name, left_mm - canvas.MARGIN_MM - 2)
        paper.text((left_mm - 2) / width_mm, y, shown, fontsize=canvas.TEXT_PT, va="center", ha="right")


def _key(paper: Figure, keys: dict[str, Look], foot_mm: float) -> None:
    """Write what each look means between the panels and the caption."""
    drawn = paper.add_axes((0, 0, 1, 1), zorder=-1)
    drawn.set_axis_off()
    width_mm, height_mm = canvas.size_mm(paper)
    place = (canvas.MARGIN_MM / width_mm, (foot_mm - 1) / height_mm)
    canvas.legend(
        drawn,
        keys,
        bbox_to_anchor=place,
        ncols=max(len(keys), 1),
        borderaxespad=0.0,
        borderpad=0.0,
        columnspacing=1.6,
    )
