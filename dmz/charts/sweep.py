"""Draw results against depth, one curve a reading: how much the kilometres move, and how far apart the readings are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dmz import checks
from dmz.charts import canvas
from dmz.charts.canvas import PALETTE
from dmz.charts.results import heading, number
from dmz.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_MM = 180.0
ACROSS = 2
LEFT_MM, BETWEEN_MM, RIGHT_MM = 17.0, 34.0, 19.0
PANEL_MM, HIGH_MM = (WIDTH_MM - LEFT_MM - BETWEEN_MM - RIGHT_MM) / ACROSS, 36.0
HEAD_MM, HEADING_MM, AXIS_MM, KEY_LINE_MM = 15.0, 7.0, 8.0, 4.2
# Names at the ends of curves keep so far from each other, millimetres from baseline to baseline.
APART_MM = 3.2
# Curves are told apart by colour, dashes and marks; no panel takes more of them.
CURVES: tuple[tuple[str, Any, str], ...] = (
    (PALETTE["blue"], "-", "o"),
    (PALETTE["vermilion"], (0, (4, 1.5)), "s"),
    (PALETTE["green"], (0, (1, 1)), "^"),
    (PALETTE["black"], (0, (5, 1, 1, 1)), "D"),
    (PALETTE["purple"], (0, (3, 1, 1, 1, 1, 1)), "v"),
    (PALETTE["sky"], (0, (8, 2)), "P"),
)
IN_TEXT = "#ececec"
NEEDED = ("reading", "depth_km", "in_text", "area_km2")
NO_RESULT = ("reading", "depth_km", "reach_km", "in_text", "settlements_unknown", "largest_settlement")
# A leap of people by so much of the panel is named by the settlement that makes it.
LEAP_SHARE = 0.25


def sweep_chart(
    table: pd.DataFrame,
    *,
    title: str = "Results at every depth, under every reading",
    under: str = "",
    names: Mapping[str, str] | None = None,
    source: str = "",
) -> Figure:
    """Chart of a sweep: a panel a result, a curve a reading, the depths of the text shaded.

    Parameters
    ----------
    table
        As `dmz.depths.sweep` makes it.
    title, under
        Stand on top.
    names
        What a reading or a road is called, by its id.
    source
        Where line and layers come from: printed under the chart.

    Raises
    ------
    InputError
        Where the table lacks a column or has no rows, or has more readings than can be told apart.

    Notes
    -----
    Axes begin at 0, so that heights compare. Where a value is unknown its curve has a gap.
    """
    checks.has_columns(table, NEEDED, where="the sweep")
    readings = [*dict.fromkeys(table["reading"])]
    if not readings:
        raise InputError("the sweep has no rows: there is nothing to draw")
    if len(readings) > len(CURVES):
        raise InputError(f"a chart tells {len(CURVES)} readings apart, not {len(readings)}: sweep fewer of them")
    results = [name for name in table if name not in NO_RESULT]
    said = _caption(table, source)
    rows = -(-len(results) // ACROSS)
    with canvas.style():
        key_mm = KEY_LINE_MM * len(readings) + 2
        foot_mm = canvas.caption_room(WIDTH_MM, said) + 2
        paper = canvas.figure(WIDTH_MM, HEAD_MM + key_mm + rows * (HEADING_MM + HIGH_MM + AXIS_MM) + foot_mm)
        canvas.title(paper, title, under=under)
        canvas.caption(paper, said)
        _key(paper, readings, names or {})
        for place, result in enumerate(results):
            drawn = _axes(paper, place, HEAD_MM + key_mm)
            _panel(paper, drawn, table, result)
            room_mm = PANEL_MM + LEFT_MM + RIGHT_MM - 2 * canvas.MARGIN_MM
            words = canvas.fitted(paper, heading(result, names), room_mm, weight="bold")
            at = -(LEFT_MM - canvas.MARGIN_MM) / PANEL_MM
            drawn.set_title(words, fontsize=canvas.TEXT_PT, fontweight="bold", loc="left", pad=4, x=at)
            if place >= len(results) - ACROSS:
                drawn.set_xlabel("depth in the text, km", fontsize=canvas.SMALL_PT, labelpad=1.5)
    return paper


def _caption(table: pd.DataFrame, source: str) -> str:
    parts = ["Depth: the number put into each reading; total-width lays half of it on either side."]
    if table["in_text"].fillna(value=False).any():
        parts.append("Shaded: the depths the text allows.")
    if "population_known" in table:
        parts.append("People: sums of the figures there are, each settlement counted whole where its point lies; most")
        parts[-1] += " settlements have no figure." if _mostly_unknown(table) else " are lower bounds."
    return " ".join([*parts, source]).strip()


def _mostly_unknown(table: pd.DataFrame) -> bool:
    return bool((table["settlements_unknown"] > table["settlements"] / 2).mean() > 0.5)  # noqa: PLR2004 - most of them


def _axes(paper: Figure, place: int, top_mm: float) -> Axes:
    row, column = divmod(place, ACROSS)
    left = LEFT_MM + column * (PANEL_MM + BETWEEN_MM)
    top = top_mm + row * (HEADING_MM + HIGH_MM + AXIS_MM) + HEADING_MM
    height_mm = canvas.size_mm(paper)[1]
    return canvas.axes(
        paper, left_mm=left, right_mm=WIDTH_MM - left - PANEL_MM, top_mm=top, bottom_mm=height_mm - top - HIGH_MM
    )


def _panel(paper: Figure, drawn: Axes, table: pd.DataFrame, result: str) -> None:
    """Curves of one result with their names at their ends."""
    highest = pd.to_numeric(table[result]).max()
    top = 1.05 * float(highest) if pd.notna(highest) and highest > 0 else 1.0
    drawn.set_xlim(table["depth_km"].min(), max(table["depth_km"].max(), table["depth_km"].min() * 1.01))
    drawn.set_ylim(0, top)
    text = table.loc[table["in_text"].fillna(value=False), "depth_km"]
    if len(text):
        drawn.axvspan(text.min(), text.max(), facecolor=IN_TEXT, edgecolor="none", linewidth=0, zorder=0)
    ends = []
    for (reading, here), (colour, dashes, mark) in zip(table.groupby("reading", sort=False), CURVES, strict=False):
        values = pd.to_numeric(here[result]).to_numpy(float, na_value=np.nan)
        km = here["depth_km"].to_numpy(float)
        every = max(1, len(km) // 5)
        drawn.plot(
            km, values, color=colour, linestyle=dashes, linewidth=1.3, marker=mark, markersize=3, markevery=every,
            clip_on=False, zorder=3,
        )  # fmt: skip
        if result == "population_known":
            _leap(paper, drawn, here, values, top)
        known = values[~np.isnan(values)]
        end, words = (float(known[-1]), str(reading)) if len(known) else (0.0, f"{reading}: unknown")
        ends.append((end, words, colour))
    for (_, words, colour), y in zip(ends, _apart([end for end, *_ in ends], top), strict=True):
        shown = canvas.fitted(paper, words, RIGHT_MM - 3, canvas.SMALL_PT)
        drawn.annotate(
            shown, (1, y), xycoords=("axes fraction", "data"), xytext=(4, 0), textcoords="offset points",
            fontsize=canvas.SMALL_PT, color=colour, va="center", annotation_clip=False,
        )  # fmt: skip
    drawn.locator_params(axis="y", nbins=4)
    drawn.locator_params(axis="x", nbins=6, steps=[1, 2, 5, 10])
    drawn.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    drawn.yaxis.set_major_formatter(lambda value, _: number(round(value, 6)))
    drawn.tick_params(labelsize=canvas.SMALL_PT, length=2)
    drawn.grid(axis="y", color=canvas.RULE, linewidth=0.3, zorder=1)


def _leap(paper: Figure, drawn: Axes, here: pd.DataFrame, values: NDArray[np.float64], top: float) -> None:
    """Name the settlement that a curve of people leaps by, beside the leap."""
    largest = here["largest_settlement"].tolist() if "largest_settlement" in here else []
    for at in range(1, len(largest)):
        if values[at] - values[at - 1] > LEAP_SHARE * top and largest[at] != largest[at - 1]:
            km = here["depth_km"].iloc[at]
            low, high = drawn.get_xlim()
            before = (km - low) / (high - low) > 0.5  # noqa: PLR2004 - the half with more room
            words = canvas.fitted(paper, largest[at], PANEL_MM / 2, canvas.SMALL_PT)
            x = here["depth_km"].iloc[at - 1] if before else km
            drawn.annotate(
                words, (x, (values[at] + values[at - 1]) / 2), xytext=(-4 if before else 4, 0),
                textcoords="offset points", fontsize=canvas.SMALL_PT, va="center", ha="right" if before else "left",
            )  # fmt: skip


def _apart(heights: list[float], top: float) -> list[float]:
    """Heights moved so far that names written there do not cover each other, the order kept."""
    step = APART_MM / HIGH_MM * top
    order = sorted(range(len(heights)), key=lambda at: heights[at])
    placed = [heights[at] for at in order]
    for at in range(1, len(placed)):
        placed[at] = max(placed[at], placed[at - 1] + step)
    over = max(placed[-1] - top, 0.0)
    for at in range(len(placed) - 1, -1, -1):
        placed[at] = placed[at] - over if at == len(placed) - 1 else min(placed[at], placed[at + 1] - step)
    back = [0.0] * len(heights)
    for at, height in zip(order, placed, strict=True):
        back[at] = height
    return back


def _key(paper: Figure, readings: list[str], names: Mapping[str, str]) -> None:
    """Write what each curve is under the title, by its full name."""
    width_mm, height_mm = canvas.size_mm(paper)
    drawn = paper.add_axes((0, 0, 1, 1), zorder=-1)
    drawn.set_axis_off()
    drawn.set_xlim(0, width_mm)
    drawn.set_ylim(height_mm, 0)
    for number_, (reading, (colour, dashes, mark)) in enumerate(zip(readings, CURVES, strict=False)):
        y = HEAD_MM + KEY_LINE_MM * (number_ + 0.5)
        drawn.plot([canvas.MARGIN_MM, canvas.MARGIN_MM + 12], [y, y], color=colour, linestyle=dashes, linewidth=1.3)
        drawn.plot([canvas.MARGIN_MM + 6], [y], color=colour, marker=mark, markersize=3)
        words = f"{reading}: {names[reading]}" if names.get(reading, reading) != reading else reading
        shown = canvas.fitted(paper, words, WIDTH_MM - 2 * canvas.MARGIN_MM - 15)
        drawn.text(canvas.MARGIN_MM + 15, y, shown, fontsize=canvas.TEXT_PT, va="center")
