"""Draw what patrols cover of a line: within reach or not, gaps by name, visits and longest gap of each piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dmz.charts import canvas
from dmz.charts.canvas import PALETTE, UNKNOWN, Look
from dmz.charts.labelling import Label, Lanes
from dmz.coverage import ALL, Covered
from dmz.coverage import UNKNOWN as NOTHING
from dmz.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_MM = 180.0
LEFT_MM, RIGHT_MM = 34.0, 6.0
HEAD_MM = 15.0
BAND_MM, PANEL_MM, SPACE_MM = 6.0, 22.0, 5.0
AXIS_MM, KEY_MM = 9.0, 5.0
# Lanes of gap labels above the band, and the height of each.
LANES, LANE_MM = 3, 3.6
CLEAR_MM = 1.5
# Gaps that come out narrower than this are marked by a triangle, so that they are seen.
SEEN_MM = 0.8

WITHIN = Look(PALETTE["blue"])
BEYOND = Look(PALETTE["yellow"], "xxx", "#8a8100")
WHOLE, CUT = Look(PALETTE["sky"]), Look("#f7dfa9", "\\\\\\", "#8a5f00")
STANDARD = PALETTE["vermilion"]


@dataclass(frozen=True, eq=False)
class Along:
    """What a coverage chart shows of one track.

    Parameters
    ----------
    track
        Id of the track; of every table its rows are drawn.
    name, start
        What the track is called, and the place its chainage counts from.
    covered
        As `dmz.coverage.cover` makes it.
    pieces
        As `dmz.revisit.pieces` makes them; None draws no visits, as where routes have no dates.
    standard_days
        Standard that the longest gaps are held against; None draws none.
    routes
        What the routes are, in words: ``"a reported patrol"``.
    source
        Where routes and track come from: printed under the chart.
    """

    track: str
    name: str
    start: str
    covered: Covered
    pieces: pd.DataFrame | None = None
    standard_days: float | None = None
    routes: str = "a route"
    source: str = ""


def coverage_chart(along: Along) -> Figure:
    """Chart of a track: chainage from left to right; a band of what is within reach, visits and gaps below it.

    Raises
    ------
    InputError
        Where the track has no row in the table of shares.

    Notes
    -----
    Gaps are labelled from-to, the longest first, as long as there is room; one over the start of a ring is drawn at
    both ends and labelled once. What nobody reported looks unknown and has no height: it is not 0.
    """
    share = _share(along)
    said = _caption(along, share)
    panels = 0 if along.pieces is None or _of(along.pieces, along).empty else 2
    with canvas.style():
        named = labels(_of(along.covered.gaps, along), share["length_km"])
        lanes = 1 + max((label.lane for label in named), default=-1)
        foot = canvas.caption_room(WIDTH_MM, said) + AXIS_MM + KEY_MM
        top = HEAD_MM + lanes * LANE_MM + 2
        paper = canvas.figure(WIDTH_MM, top + BAND_MM + panels * (SPACE_MM + PANEL_MM) + foot)
        canvas.title(paper, along.name, under=_under(along, share))
        canvas.caption(paper, said)
        tops = [top, *(top + BAND_MM + SPACE_MM + number * (SPACE_MM + PANEL_MM) for number in range(panels))]
        drawn = [_panel(paper, at, BAND_MM if at == top else PANEL_MM, share["length_km"]) for at in tops]
        keys = _band(drawn[0], along, share, named)
        if panels:
            keys |= _visits(drawn[1], _of(along.pieces, along)) | _longest(drawn[2], along)
        _foot(drawn, along.start)
        _key(paper, keys, foot - AXIS_MM - KEY_MM)
    return paper


def labels(gaps: pd.DataFrame, length_km: float) -> list[Label]:
    """Labels of gaps that neither overlap each other nor stand on each other's leaders, the longest gaps first."""
    paper, per_mm = canvas.figure(WIDTH_MM, 50), _km_per_mm(length_km)
    lanes, found = Lanes(length_km, LANES, CLEAR_MM * per_mm), list[Label]()
    for gap in gaps.sort_values(["length_km", "from_km"], ascending=[False, True], kind="stable").itertuples():
        text = f"{gap.from_km:.1f}–{gap.to_km:.1f} km" + (" over the start" if gap.over_start else "")
        text = text if found or len(gaps) == 1 else f"longest: {text}"
        weight = "normal" if found else "bold"
        width = canvas.width_of(paper, text, canvas.SMALL_PT, weight=weight) * per_mm
        at = _label_at(gap, length_km)
        if fits := lanes.placed(text, at, width, found, weight):
            found.append(fits)
    return found


def _label_at(gap: object, length_km: float) -> float:
    """Middle of a gap, of its longer end where it lies over the start."""
    low, high = gap.from_km, gap.to_km  # type: ignore[attr-defined]
    if low <= high:
        return float(low + high) / 2
    return float(low + length_km) / 2 if length_km - low > high else float(high) / 2


def _share(along: Along) -> pd.Series:
    rows = _of(along.covered.shares, along)
    if rows.empty:
        has = ", ".join(map(str, along.covered.shares["track"]))
        raise InputError(f"the track {along.track!r} is in no row of the shares, which have {has}")
    return rows.iloc[0]


def _of(table: pd.DataFrame | None, along: Along) -> pd.DataFrame:
    return pd.DataFrame() if table is None else table[table["track"] == along.track]


def _under(along: Along, share: pd.Series) -> str:
    """Say in a line what the band shows."""
    if share["known"] == NOTHING:
        return f"{share['length_km']:.1f} km; nothing was reported: what was covered is unknown"
    reach = "reach" if pd.isna(share["within_km"]) else f"{share['within_km']:g} km"
    least = "" if share["known"] == ALL else "at least "
    covered = f"{least}{share['covered_km']:.1f} of {share['length_km']:.1f} km ({share['covered_share']:.0%})"
    holes = f"{share['gaps']} gaps, the longest {share['longest_gap_km']:.1f} km" if share["gaps"] > 1 else (
        f"one gap of {share['longest_gap_km']:.1f} km" if share["gaps"] else "no gap"
    )  # fmt: skip
    return f"{covered} within {reach} of {along.routes}; {holes}"


def _caption(along: Along, share: pd.Series) -> str:
    parts = [f"Chainage: km along the geodesics of the line as drawn, {share['length_km']:.1f} km on WGS 84."]
    if not _of(along.covered.gaps, along).empty:
        parts.append("Gaps: from–to chainage, where there is room; triangle: a gap too short to be seen.")
    if share["known"] != ALL:
        parts.append("Where nothing was reported it is unknown whether anybody came: that is not 0.")
    if along.pieces is not None:
        parts.append("Visits: patrols that came within reach of any of a piece.")
        parts.append("Longest time: without a visit, on the stretch of a piece that was left alone longest.")
    return " ".join([*parts, along.source])


def _km_per_mm(length_km: float) -> float:
    return length_km / (WIDTH_MM - LEFT_MM - RIGHT_MM)


def _panel(paper: Figure, top_mm: float, high_mm: float, length_km: float) -> Axes:
    height_mm = canvas.size_mm(paper)[1]
    bottom_mm = height_mm - top_mm - high_mm
    drawn = canvas.axes(paper, left_mm=LEFT_MM, right_mm=RIGHT_MM, top_mm=top_mm, bottom_mm=bottom_mm)
    drawn.set_xlim(0, length_km)
    return drawn


def _band(drawn: Axes, along: Along, share: pd.Series, named: list[Label]) -> dict[str, Look]:
    """Band of what is within reach, gaps on top of it, their labels above; return the looks it has."""
    length_km = float(share["length_km"])
    drawn.set_ylim(0, BAND_MM)
    drawn.set_yticks([BAND_MM / 2])
    drawn.set_yticklabels([_within(share)])
    drawn.tick_params(axis="y", length=0, pad=5)
    drawn.spines["left"].set_visible(False)
    if share["known"] == NOTHING:
        canvas.box(drawn, (0, length_km), (0, BAND_MM), UNKNOWN)
        return {"nothing reported": UNKNOWN}
    what, look = ("no route within reach", BEYOND) if share["known"] == ALL else ("nothing reported", UNKNOWN)
    canvas.box(drawn, (0, length_km), (0, BAND_MM), WITHIN)
    for gap in _of(along.covered.gaps, along).itertuples():
        ends = [(gap.from_km, gap.to_km)] if not gap.over_start else [(gap.from_km, length_km), (0, gap.to_km)]
        for low, high in ends:
            canvas.box(drawn, (low, high), (0, BAND_MM), look)
        if gap.length_km / _km_per_mm(length_km) < SEEN_MM:
            _mark(drawn, _label_at(gap, length_km), look)
    for label in named:
        y = BAND_MM + 1 + label.lane * LANE_MM
        drawn.plot((label.at,) * 2, (BAND_MM, y), color=canvas.PALE_INK, linewidth=0.5, clip_on=False)
        drawn.text(
            label.centre, y, label.text, fontsize=canvas.SMALL_PT, fontweight=label.weight, ha="center", va="bottom"
        )
    return {"within reach": WITHIN} | ({what: look} if share["gaps"] else {})


def _within(share: pd.Series) -> str:
    return "Within reach" if pd.isna(share["within_km"]) else f"Within {share['within_km']:g} km"


def _mark(drawn: Axes, at_km: float, look: Look) -> None:
    drawn.plot(
        at_km, BAND_MM + 0.2, marker="v", markersize=4.5, color=look.fill, markeredgecolor=canvas.INK,
        markeredgewidth=0.5, zorder=6, clip_on=False,
    )  # fmt: skip


def _visits(drawn: Axes, pieces: pd.DataFrame) -> dict[str, Look]:
    """Number of patrols that came by each piece."""
    count = pieces["visits"].astype("Float64").to_numpy(float, na_value=np.nan)
    return _bars(drawn, pieces, {"visits": (count, WHOLE)}, "Patrols a piece")


def _longest(drawn: Axes, along: Along) -> dict[str, Look]:
    """Longest time each piece was left alone, apart where the period's ends cut it, against the standard."""
    pieces = _of(along.pieces, along)
    days = pieces["longest_days"].to_numpy(float)
    cut = pieces["longest_is_cut"].astype("boolean").fillna(value=False).to_numpy(bool)
    kinds = {
        "longest time left alone": (np.where(cut, np.nan, days), WHOLE),
        "at least: the period's ends cut it": (np.where(cut, days, np.nan), CUT),
    }
    keys = _bars(drawn, pieces, kinds, "Longest, days", least=along.standard_days or 0.0)
    if along.standard_days is not None:
        drawn.axhline(along.standard_days, color=STANDARD, linewidth=1.0, linestyle=(0, (4, 2)), zorder=5)
        words = f"dashed: standard of {along.standard_days:g} days"
        drawn.text(1, 1, words, transform=drawn.transAxes, fontsize=canvas.SMALL_PT, ha="right", va="bottom")
    return keys


def _bars(
    drawn: Axes, pieces: pd.DataFrame, kinds: dict[str, tuple[np.ndarray, Look]], name: str, *, least: float = 0.0
) -> dict[str, Look]:
    """Bars of pieces in one or two looks; pieces without any value look unknown."""
    edges = np.append(pieces["from_km"].to_numpy(float), pieces["to_km"].to_numpy(float)[-1])
    heights = np.array([values for values, _ in kinds.values()])
    top = 1.15 * max(1.0, least, *np.nan_to_num(heights).ravel())
    drawn.set_ylim(0, top)
    drawn.set_ylabel(canvas.plain(name), fontsize=canvas.TEXT_PT, labelpad=3)
    drawn.locator_params(axis="y", nbins=4, integer=True)
    for values, look in kinds.values():
        drawn.stairs(values, edges, fill=True, facecolor=look.fill, linewidth=0)
        if look.hatch:
            drawn.stairs(values, edges, fill=True, facecolor="none", edgecolor=look.ink, hatch=look.hatch, linewidth=0)
        drawn.stairs(values, edges, color=canvas.PALE_INK, linewidth=0.5)
    blank = np.isnan(heights).all(axis=0)
    for low, high in _spans(edges, blank):
        canvas.box(drawn, (low, high), (0, top), UNKNOWN)
    shown = {name: look for name, (values, look) in kinds.items() if not np.isnan(values).all() and len(kinds) > 1}
    return shown | ({"nothing reported": UNKNOWN} if blank.any() else {})


def _spans(edges: np.ndarray, chosen: np.ndarray) -> list[tuple[float, float]]:
    """Runs of chosen pieces as from and to."""
    change = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(int), [0]])))
    return [(float(edges[low]), float(edges[high])) for low, high in change.reshape(-1, 2)]


def _foot(drawn: list[Axes], start: str) -> None:
    """Label the axis of chainage once, below."""
    for panel in drawn[:-1]:
        panel.set_xticklabels([])
    drawn[-1].set_xlabel(canvas.plain(f"km from {start}", 80), fontsize=canvas.TEXT_PT, labelpad=2)


def _key(paper: Figure, keys: dict[str, Look], foot_mm: float) -> None:
    """Write what each look means between the axis and the caption."""
    drawn = paper.add_axes((0, 0, 1, 1), zorder=-1)
    drawn.set_axis_off()
    width_mm, height_mm = canvas.size_mm(paper)
    place = (canvas.MARGIN_MM / width_mm, (foot_mm + KEY_MM) / height_mm)
    canvas.legend(drawn, keys, bbox_to_anchor=place, ncols=len(keys), borderaxespad=0.0, borderpad=0.0)
