"""Draw a road as a strip: who holds it, the zones it runs through, its status by day, the towns along it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from dmz.charts import canvas
from dmz.charts.canvas import PALETTE, UNKNOWN, Look
from dmz.charts.labelling import Label, Lanes
from dmz.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_MM = 180.0
LEFT_MM, RIGHT_MM = 34.0, 6.0
ROW_MM, GAP_MM = 6.0, 1.6
ROW_STEP_MM = ROW_MM + GAP_MM
# Room for title, subtitle and the ticks of towns.
HEAD_MM = 18.0
# Lanes of town labels above the rows, and the height of each.
LANES, LANE_MM = 4, 3.6
# Labels keep this far from each other and from the leaders of others.
CLEAR_MM = 1.2
# Stretches that come out narrower than this are marked by a triangle, so that they are seen.
SEEN_MM = 0.8
AXIS_MM, KEY_MM = 9.0, 4.6
# Room for the words of a key beside its patch.
PATCH_MM, KEY_GAP_MM = 6.0, 4.0

BANDS = {"core": Look("#7a3b63"), "fringe": Look("#ecd3e1", "....", "#7a3b63")}
STATUSES = {
    "open": Look(PALETTE["green"]),
    "partly": Look(PALETTE["yellow"], "xxx", "#8a8100"),
    "closed": Look(PALETTE["vermilion"], "|||", "#5e2900"),
    "unknown": UNKNOWN,
}


@dataclass(frozen=True, eq=False)
class Strip:
    """What a strip chart shows of one road.

    Parameters
    ----------
    corridor
        Key of the road; of every table its rows are drawn.
    name, start
        What the road is called, and the place its chainage counts from.
    held
        As `dmz.holding.holdings` makes it.
    inside
        As `dmz.corridor.pieces` makes it; one row of the chart a reading. None draws no zones.
    crossed
        As `dmz.holding.crossings` makes it; None marks no crossings.
    statuses
        As `dmz.roadstatus.status` or `history` makes it; one row of the chart a day. None draws none.
    towns
        As `dmz.along.beside` makes it. None labels none.
    source
        Where the road, the line and the reports come from: printed under the chart.
    """

    corridor: str
    name: str
    start: str
    held: pd.DataFrame
    inside: pd.DataFrame | None = None
    crossed: pd.DataFrame | None = None
    statuses: pd.DataFrame | None = None
    towns: pd.DataFrame | None = None
    source: str = ""


@dataclass(frozen=True)
class Row:
    """One row of the chart: its name and the stretches it has, as (from_km, to_km, meaning).

    `when_drawn` rows are of the day the line of contact is drawn for: crossings are marked in these.
    """

    name: str
    spans: list[tuple[float, float, str]]
    when_drawn: bool = True


def strip_chart(road: Strip) -> Figure:
    """Strip chart of a road: chainage from left to right, a row for who holds it, for each reading and each day.

    Raises
    ------
    InputError
        Where the road has no row in the table of who holds it.

    Notes
    -----
    Towns are labelled by rank, then by how near to the road they lie, as long as there is room; the others keep their
    tick. Stretches too short to be seen are marked by a triangle.
    """
    rows = _rows(road)
    length_km = max(to_km for _, to_km, _ in rows[0].spans)
    looks = _looks(rows, road)
    keys, said = _keys(looks, road), _caption(road, length_km)
    with canvas.style():
        towns = [] if road.towns is None else labels(road.towns, length_km)
        lanes = 0 if road.towns is None else 1 + max((label.lane for label in towns), default=0)
        foot = canvas.caption_room(WIDTH_MM, said)
        top, bottom = HEAD_MM + lanes * LANE_MM, foot + AXIS_MM + KEY_MM * len(keys) + 2
        paper = canvas.figure(WIDTH_MM, top + len(rows) * ROW_STEP_MM + bottom)
        canvas.title(paper, road.name, under=_under(road, length_km))
        canvas.caption(paper, said)
        drawn = canvas.axes(paper, left_mm=LEFT_MM, right_mm=RIGHT_MM, top_mm=top, bottom_mm=bottom)
        _frame(drawn, paper, rows, road.start, length_km)
        _crossings(drawn, road, sum(row.when_drawn for row in rows))
        for number, row in enumerate(rows):
            _row(drawn, paper, row, number, looks)
        _towns(drawn, road, towns)
        _legend(paper, keys, foot)
    return paper


def _rows(road: Strip) -> list[Row]:
    """Rows of the chart from top to bottom."""
    rows = [Row("Held by", _spans(_of(road.held, road), "holder"))]
    if not rows[0].spans:
        raise InputError(f"who holds the road {road.corridor!r} is in no row of the table: there is nothing to draw")
    if road.inside is not None:
        inside = _of(road.inside, road)
        inside = inside[inside["band"].isin([*BANDS])]
        readings = dict.fromkeys(road.inside["reading"])
        rows += [Row(f"Zone, {name}", _spans(inside[inside["reading"] == name], "band")) for name in readings]
    if road.statuses is not None:
        of_road = _of(road.statuses, road)
        days = dict.fromkeys(of_road["on"])
        rows += [
            Row(f"Status {day}", _spans(of_road[of_road["on"] == day], "status"), when_drawn=False) for day in days
        ]
    return rows


def _of(table: pd.DataFrame, road: Strip) -> pd.DataFrame:
    return table[table["corridor"] == road.corridor]


def _spans(table: pd.DataFrame, meaning: str) -> list[tuple[float, float, str]]:
    spans = zip(table["from_km"], table["to_km"], table[meaning], strict=True)
    return _merged(sorted((float(low), float(high), str(what)) for low, high, what in spans))


def _merged(spans: list[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    """Spans that follow each other with one meaning, as one."""
    found: list[tuple[float, float, str]] = []
    for low, high, what in spans:
        if found and found[-1][2] == what and low - found[-1][1] < 0.001:  # noqa: PLR2004 - km: the next metre
            found[-1] = (found[-1][0], high, what)
        else:
            found.append((low, high, what))
    return found


def _looks(rows: list[Row], road: Strip) -> dict[str, Look]:
    """Look of every meaning: parties by name, so that they look alike on the chart of each road."""
    holders = canvas.looks(sorted({*road.held["holder"]}))
    shown = {what for row in rows for _, _, what in row.spans}
    return {what: look for what, look in ({**STATUSES, **BANDS, **holders}).items() if what in shown}


def _under(road: Strip, length_km: float) -> str:
    """Say in a line what the first row shows."""
    held = _of(road.held, road).groupby("holder")["length_km"].sum().sort_values(ascending=False, kind="stable")
    parts = [f"{holder} {km:.1f} km ({km / length_km:.0%})" for holder, km in held.items()]
    return f"{length_km:.1f} km as drawn; held by {', '.join(parts)}"


def _caption(road: Strip, length_km: float) -> str:
    parts = [
        f"Chainage: km along the geodesics of the road as it is drawn, {length_km:.1f} km on WGS 84.",
        "Held by: the area the road runs through, else the nearest side of the line of contact.",
    ]
    if road.crossed is not None:
        parts.append("Dashed: it crosses the line; grey beside: where else the line's uncertainty lets it.")
    if road.inside is not None:
        parts.append("Zone: core where every depth of the range agrees, fringe where they differ.")
    if road.statuses is not None:
        parts.append("Status: the latest reports up to the day; unknown where nobody reported, or reports contradict.")
    parts.append("Triangle: a stretch too short to be seen.")
    if road.towns is not None:
        parts.append("Towns: at the nearest point of the road; a tick without a name had no room for it.")
    return " ".join([*parts, road.source])


def _frame(drawn: Axes, paper: Figure, rows: list[Row], start: str, length_km: float) -> None:
    """Axis of chainage below, names of the rows beside."""
    drawn.set_xlim(0, length_km)
    drawn.set_ylim(len(rows) * ROW_STEP_MM, 0)
    drawn.set_yticks([(number + 0.5) * ROW_STEP_MM for number in range(len(rows))])
    room = LEFT_MM - canvas.MARGIN_MM - 2
    drawn.set_yticklabels([canvas.fitted(paper, row.name, room) for row in rows])
    drawn.tick_params(axis="y", length=0, pad=5)
    drawn.spines["left"].set_visible(False)
    drawn.set_xlabel(canvas.plain(f"km from {start}", 80), fontsize=canvas.TEXT_PT, labelpad=2)


def _row(drawn: Axes, paper: Figure, row: Row, number: int, looks: dict[str, Look]) -> None:
    """Boxes of a row, each with its meaning written in it where there is room."""
    top = number * ROW_STEP_MM + GAP_MM / 2
    per_mm = _km_per_mm(drawn.get_xlim()[1])
    drawn.plot(drawn.get_xlim(), (top + ROW_MM / 2,) * 2, color=canvas.RULE, linewidth=0.5, zorder=0.5)
    for low, high, what in row.spans:
        canvas.box(drawn, (low, high), (top, top + ROW_MM), looks[what])
        width = canvas.width_of(paper, canvas.plain(what), canvas.SMALL_PT)
        if (high - low) / per_mm > width + 3:
            _written(drawn, ((low + high) / 2, top + ROW_MM / 2), what)
        elif (high - low) / per_mm < SEEN_MM:
            drawn.plot(
                (low + high) / 2, top - 0.2, marker="v", markersize=4.5, color=looks[what].fill,
                markeredgecolor=canvas.INK, markeredgewidth=0.5, zorder=6, clip_on=False,
            )  # fmt: skip


def _written(drawn: Axes, at: tuple[float, float], what: str) -> None:
    plate = {"boxstyle": "square,pad=0.25", "facecolor": "white", "edgecolor": "none"}
    drawn.text(
        *at, canvas.plain(what), fontsize=canvas.SMALL_PT, ha="center", va="center_baseline", bbox=plate, zorder=5
    )


def _crossings(drawn: Axes, road: Strip, rows: int) -> None:
    """Where the road crosses the line of contact, and how far off that may be."""
    if road.crossed is None:
        return
    bottom = rows * ROW_STEP_MM
    for crossing in _of(road.crossed, road).itertuples():
        if pd.notna(crossing.earliest_km):
            drawn.fill_between(
                (crossing.earliest_km, crossing.latest_km),
                0,
                bottom,
                color="#000000",
                alpha=0.16,
                linewidth=0,
                zorder=3,
            )
        drawn.plot((crossing.at_km,) * 2, (0, bottom), color=canvas.INK, linewidth=0.9, linestyle=(0, (3, 2)), zorder=4)


def _towns(drawn: Axes, road: Strip, named: list[Label]) -> None:
    """Ticks at all towns, and names of those there is room for."""
    if road.towns is None:
        return
    for at_km in road.towns["at_km"]:
        drawn.plot((at_km,) * 2, (0, -1), color=canvas.PALE_INK, linewidth=0.5, clip_on=False)
    for label in named:
        y = -2 - label.lane * LANE_MM
        drawn.plot((label.at,) * 2, (0, y), color=canvas.RULE, linewidth=0.5, clip_on=False)
        drawn.text(label.centre, y, label.text, fontsize=canvas.SMALL_PT, ha="center", va="bottom", clip_on=False)


def labels(towns: pd.DataFrame, length_km: float) -> list[Label]:
    """Labels that neither overlap each other nor stand on each other's leaders, the foremost towns first."""
    paper, per_mm = canvas.figure(WIDTH_MM, 50), _km_per_mm(length_km)
    lanes, found = Lanes(length_km, LANES, CLEAR_MM * per_mm), list[Label]()
    for town in towns.sort_values(["rank", "off_km", "at_km"], na_position="last", kind="stable").itertuples():
        text = canvas.fitted(paper, town.place, 32, canvas.SMALL_PT)
        width = canvas.width_of(paper, text, canvas.SMALL_PT) * per_mm
        if fits := lanes.placed(text, town.at_km, width, found):
            found.append(fits)
    return found


def _km_per_mm(length_km: float) -> float:
    return length_km / (WIDTH_MM - LEFT_MM - RIGHT_MM)


def _keys(looks: dict[str, Look], road: Strip) -> list[dict[str, Look]]:
    """Keys of the legend, a line for each kind of meaning."""
    kinds = [dict.fromkeys(sorted({*road.held["holder"]})), dict.fromkeys(BANDS), dict.fromkeys(STATUSES)]
    shown: set[str] = set()
    lines = []
    for kind in kinds:
        lines.append({what: looks[what] for what in kind if what in looks and what not in shown})
        shown |= {*kind}
    return [line for line in lines if line]


def _legend(paper: Figure, lines: list[dict[str, Look]], foot_mm: float) -> None:
    """Write keys one line below the other between the axis and the caption."""
    width_mm, height_mm = canvas.size_mm(paper)
    drawn = paper.add_axes((0, 0, 1, 1), zorder=-1)
    drawn.set_axis_off()
    drawn.set_xlim(0, width_mm)
    drawn.set_ylim(0, height_mm)
    for number, line in enumerate(reversed(lines)):
        x, y = LEFT_MM, foot_mm + 1 + number * KEY_MM
        for what, look in line.items():
            canvas.box(drawn, (x, x + PATCH_MM), (y, y + 3), look)
            words: Any = canvas.plain(what, 40)
            drawn.text(x + PATCH_MM + 1.2, y + 1.5, words, fontsize=canvas.SMALL_PT, va="center_baseline")
            x += PATCH_MM + 1.2 + canvas.width_of(paper, words, canvas.SMALL_PT) + KEY_GAP_MM
