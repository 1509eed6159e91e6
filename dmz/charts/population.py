"""Draw how many people are known in each zone, and beside them the settlements of which nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from dmz import checks
from dmz.charts import canvas
from dmz.charts.canvas import PALETTE, UNKNOWN, Look
from dmz.charts.roads import BANDS
from dmz.errors import InputError
from dmz.exposure import PEOPLE_COLUMNS, SEPARATOR
from dmz.placing import EDGE, INSIDE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

WIDTH_MM = 180.0
# Where the panels of people and of settlements begin and end.
LEFT_MM, BETWEEN_MM, RIGHT_MM, COUNTS_MM = 40.0, 9.0, 5.0, 54.0
PEOPLE_MM = WIDTH_MM - LEFT_MM - BETWEEN_MM - COUNTS_MM - RIGHT_MM
HEAD_MM, TITLES_MM, AXIS_MM, KEY_MM = 15.0, 5.0, 8.0, 5.0
# A zone's row, its bar, and the line above the first of a reading.
ROW_MM, BAR_MM, READING_MM = 6.4, 4.4, 6.0
# Room between a bar and its number; bars are drawn at least so wide, to be seen; room of ticks' labels.
NUMBER_MM, SEEN_MM, TICK_MM = 1.5, 0.7, 18.0
# Keys of the looks that panels share.
LACKING, EITHER = "unknown: no figure", "on the edge, or sources differ"

MORE = Look(PALETTE["orange"], "\\\\\\", "#5c3f00")
KNOWN = Look(PALETTE["sky"])
EXTENTS = BANDS | {"full": Look("#a8678f", "\\\\\\", "#ffffff")}
OTHER_BAND = Look(PALETTE["green"], "...", "#ffffff")


@dataclass(frozen=True)
class Row:
    """What one zone's row shows; people are None where nobody is known.

    Parameters
    ----------
    reading, band, party
        The zone's; `party` None is all parties.
    low, high
        People known inside: the sums of the least and of the greatest figures.
    most
        The same with the greatest figures of settlements on the edge.
    known, unknown, edge
        Settlements inside with a figure and without one, and settlements on the edge.
    edge_unknown
        Those on the edge without a figure.
    """

    reading: str
    band: str
    party: str | None
    low: int | None
    high: int | None
    most: int | None
    known: int
    unknown: int
    edge: int
    edge_unknown: int

    @property
    def words(self) -> str:
        """The number beside the bar."""
        if self.most is None:
            return "unknown: no figure" if self.known + self.unknown + self.edge else "unknown: no settlement listed"
        least = "≥ " if self.unknown or self.edge_unknown else ""
        if self.low is None:
            return f"edge only: {least}{spaced(self.most)}"
        return least + "–".join(dict.fromkeys(spaced(number) for number in (self.low, self.most)))

    @property
    def count(self) -> str:
        """The numbers of settlements beside their bar."""
        inside = self.known + self.unknown
        words = f"{self.unknown} of {inside} unknown" if inside else "none inside"
        return words + (f", {self.edge} edge" if self.edge else "")


def population_chart(
    people: pd.DataFrame,
    *,
    title: str = "People known to live in the zone",
    names: Mapping[str, str] | None = None,
    source: str = "",
) -> Figure:
    """Chart of people by reading, party and band: known people as bars, settlements without a figure beside them.

    Parameters
    ----------
    people
        As `dmz.exposure.people` makes it, of bands or of extents; its rows of ``inside`` and ``edge`` are drawn.
    title
        Stands on top.
    names
        What a reading or a party is called on the chart, by its id.
    source
        Where line and settlements come from: printed under the chart with the sources of the figures.

    Raises
    ------
    InputError
        Where the table lacks a column or has no rows.

    Notes
    -----
    The bar is the sum of the least figures of the settlements that are surely inside. What sources or uncertain
    positions may add to it is hatched. Where no figure is known the row is hatched as unknown, from end to end, and
    has no bar: that is not 0. ``≥`` stands where settlements without a figure are left out of a sum.
    """
    checks.has_columns(people, PEOPLE_COLUMNS, where="the table of people")
    rows = rows_of(people)
    if not rows:
        raise InputError("the table of people has no rows: there is no zone to draw")
    said = _caption(people, rows, source)
    readings = len(dict.fromkeys(row.reading for row in rows))
    with canvas.style():
        high_mm = len(rows) * ROW_MM + readings * READING_MM
        foot_mm = canvas.caption_room(WIDTH_MM, said) + KEY_MM + AXIS_MM
        paper = canvas.figure(WIDTH_MM, HEAD_MM + TITLES_MM + high_mm + foot_mm)
        canvas.title(paper, title, under=_under(rows))
        canvas.caption(paper, said)
        middle_mm = RIGHT_MM + COUNTS_MM + BETWEEN_MM
        left = _panel(paper, LEFT_MM, middle_mm, foot_mm, high_mm)
        right = _panel(paper, WIDTH_MM - RIGHT_MM - COUNTS_MM, RIGHT_MM, foot_mm, high_mm)
        centres = _centres(rows, high_mm)
        _labels(paper, left, rows, centres, names or {})
        keys = _people(paper, left, rows, centres) | _settlements(paper, right, rows, centres)
        _key(paper, keys, foot_mm - AXIS_MM)
    return paper


def rows_of(people: pd.DataFrame) -> list[Row]:
    """Rows of the chart, the readings, parties and bands in the order of the table."""
    table = people.assign(party=people["party"].astype(object).where(people["party"].notna(), None))
    order = {reading: at for at, reading in enumerate(dict.fromkeys(table["reading"]))}
    zones = dict.fromkeys(table[["reading", "party", "band"]].itertuples(index=False, name=None))
    parties = {party: at for at, party in enumerate(dict.fromkeys(table["party"]))}
    found = []
    for reading, party, band in sorted(zones, key=lambda zone: (order[zone[0]], parties[zone[1]])):
        whose = table["party"].isna() if party is None else table["party"] == party
        here = table[(table["reading"] == reading) & (table["band"] == band) & whose].set_index("standing")
        found.append(_row((str(reading), str(band), party), here))
    return found


def spaced(number: int) -> str:
    """Whole number with thin spaces between thousands.

    Examples
    --------
    >>> spaced(2_285_816).split("\u202f")
    ['2', '285', '816']
    """
    return f"{number:,}".replace(",", "\u202f")


def _row(zone: tuple[str, str, Any], here: pd.DataFrame) -> Row:
    def value(standing: str, name: str) -> int | None:
        found = here[name].get(standing)
        return None if found is None or pd.isna(found) else int(found)

    low, high = value(INSIDE, "population_low"), value(INSIDE, "population_high")
    beyond = [people for people in (high, value(EDGE, "population_high")) if people is not None]
    reading, band, party = zone
    return Row(
        reading,
        band,
        party,
        low,
        high,
        sum(beyond) if beyond else None,
        value(INSIDE, "settlements_known") or 0,
        value(INSIDE, "settlements_unknown") or 0,
        value(EDGE, "settlements") or 0,
        value(EDGE, "settlements_unknown") or 0,
    )


def _under(rows: list[Row]) -> str:
    """Say in a line what the bars are."""
    unknown = any(row.unknown or row.edge_unknown for row in rows)
    least = "sums of the figures there are; settlements without one, at the right, are in no sum"
    return least if unknown else "sums of the figures there are; every settlement listed has one"


def _caption(people: pd.DataFrame, rows: list[Row], source: str) -> str:
    drawn = people[people["standing"].isin([INSIDE, EDGE])]
    sources = sorted({one for text in drawn["population_source"].dropna() for one in text.split(SEPARATOR)})
    years = [drawn["population_from_year"].min(), drawn["population_to_year"].max()]
    parts = ["Each settlement of the layer is counted whole where its point lies; others are not counted."]
    if any(row.edge for row in rows):
        parts.append("On the edge: the position is too uncertain to tell; it is drawn with every zone it may be in.")
    if sources:
        parts.append(f"Figures: {', '.join(sources)}.")
    if drawn["settlements_known"].sum():
        known = "–".join(dict.fromkeys(str(year) for year in years if pd.notna(year)))
        silent = ", some unknown" if drawn["settlements_year_unknown"].sum() else ""
        parts.append(f"Years of the figures: {known}{silent}." if known else "Years of the figures: unknown.")
    return " ".join([*parts, source]).strip()


def _panel(paper: Figure, left_mm: float, right_mm: float, foot_mm: float, high_mm: float) -> Axes:
    drawn = canvas.axes(paper, left_mm=left_mm, right_mm=right_mm, top_mm=HEAD_MM + TITLES_MM, bottom_mm=foot_mm)
    drawn.set_ylim(high_mm, 0)
    drawn.set_yticks([])
    return drawn


def _centres(rows: list[Row], high_mm: float) -> list[float]:
    """Middle of each row, millimetres from the panels' top; a reading has a line of its own above its rows."""
    centres, top = [], 0.0
    for number, row in enumerate(rows):
        if not number or row.reading != rows[number - 1].reading:
            top += READING_MM
        centres.append(top + ROW_MM / 2)
        top += ROW_MM
    return [min(centre, high_mm) for centre in centres]


def _labels(paper: Figure, drawn: Axes, rows: list[Row], centres: list[float], names: Mapping[str, str]) -> None:
    """Write readings, parties and bands to the left of the bars."""
    place: dict[str, Any] = {"transform": drawn.get_yaxis_transform(), "va": "center", "clip_on": False}
    room_mm = LEFT_MM - canvas.MARGIN_MM - 2
    for number, (row, centre) in enumerate(zip(rows, centres, strict=True)):
        if not number or row.reading != rows[number - 1].reading:
            words = canvas.fitted(paper, names.get(row.reading, row.reading), WIDTH_MM - 2 * canvas.MARGIN_MM)
            y = centre - ROW_MM / 2 - READING_MM / 2 + 0.8
            x = -(LEFT_MM - canvas.MARGIN_MM) / PEOPLE_MM
            on_paper = {
                "facecolor": "white",
                "edgecolor": "none",
                "pad": 0.5,
            }  # the axis does not run through the words
            drawn.text(x, y, words, fontsize=canvas.TEXT_PT, fontweight="bold", bbox=on_paper, **place)
        party = "all parties" if row.party is None else names.get(row.party, row.party)
        words = canvas.fitted(paper, f"{party}, {row.band}", room_mm)
        drawn.text(-2 / PEOPLE_MM, centre, words, fontsize=canvas.TEXT_PT, ha="right", **place)


def _people(paper: Figure, drawn: Axes, rows: list[Row], centres: list[float]) -> dict[str, Look]:
    """Bars of people known, and what may be added to them; the looks that were used."""
    sizes = [(row.most, canvas.width_of(paper, row.words)) for row in rows if row.most is not None]
    per_mm = _scale(drawn, sizes, PEOPLE_MM)
    keys: dict[str, Look] = {}
    for row, centre in zip(rows, centres, strict=True):
        if row.most is None:
            canvas.box(drawn, drawn.get_xlim(), _span(centre), UNKNOWN)
            keys[LACKING] = UNKNOWN
            _words(drawn, NUMBER_MM * per_mm, centre, row.words).set_bbox(
                {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
            )
            continue
        parts = {row.band: (row.low or 0, EXTENTS.get(row.band, OTHER_BAND)), EITHER: (row.most - (row.low or 0), MORE)}
        end, used = _bar(drawn, parts, centre, per_mm)
        keys |= used
        _words(drawn, end + NUMBER_MM * per_mm, centre, row.words)
    drawn.xaxis.set_major_formatter(lambda value, _: spaced(round(value)))
    _heading(drawn, "People known", PEOPLE_MM)
    return keys


def _settlements(paper: Figure, drawn: Axes, rows: list[Row], centres: list[float]) -> dict[str, Look]:
    """Bars of settlements with a figure, without one, and on the edge; the looks that were used."""
    sizes = [(row.known + row.unknown + row.edge, canvas.width_of(paper, row.count, canvas.SMALL_PT)) for row in rows]
    per_mm = _scale(drawn, sizes, COUNTS_MM)
    keys: dict[str, Look] = {}
    for row, centre in zip(rows, centres, strict=True):
        parts = {"with a figure": (row.known, KNOWN), LACKING: (row.unknown, UNKNOWN), EITHER: (row.edge, MORE)}
        end, used = _bar(drawn, parts, centre, per_mm)
        keys |= used
        _words(drawn, end + NUMBER_MM * per_mm, centre, row.count).set_fontsize(canvas.SMALL_PT)
    _heading(drawn, "Settlements of the layer", COUNTS_MM)
    return keys


def _scale(drawn: Axes, sizes: list[tuple[int, float]], panel_mm: float) -> float:
    """Scale a panel so that every bar and the words beside it have room; return what a millimetre is."""
    per_mm = max(
        (length / (panel_mm - words_mm - 2 * NUMBER_MM - 3 * SEEN_MM) for length, words_mm in sizes), default=0.0
    )
    per_mm = per_mm or 1 / panel_mm
    drawn.set_xlim(0, per_mm * panel_mm)
    return per_mm


def _span(centre: float) -> tuple[float, float]:
    return centre - BAR_MM / 2, centre + BAR_MM / 2


def _bar(
    drawn: Axes, parts: Mapping[str, tuple[int, Look]], centre: float, per_mm: float
) -> tuple[float, dict[str, Look]]:
    """Draw lengths one after the other, none too thin to be seen; return the end and the looks that were used."""
    start, used = 0.0, {}
    for name, (length, look) in parts.items():
        if length:
            thin = length < 2 * SEEN_MM * per_mm
            end = start + max(length, SEEN_MM * per_mm)
            canvas.box(drawn, (start, end), _span(centre), look, edge="none" if thin else "white")
            start, used[name] = end, look
    return start, used


def _words(drawn: Axes, x: float, y: float, words: str) -> Text:
    return drawn.text(x, y, words, fontsize=canvas.TEXT_PT, va="center", ha="left", color=canvas.INK)


def _heading(drawn: Axes, words: str, panel_mm: float) -> None:
    drawn.locator_params(axis="x", nbins=max(2, int(panel_mm / TICK_MM)), integer=True)
    drawn.tick_params(axis="x", labelsize=canvas.SMALL_PT)
    drawn.set_title(words, fontsize=canvas.TEXT_PT, loc="left", pad=4)


def _key(paper: Figure, keys: dict[str, Look], top_mm: float) -> None:
    """Write what each look means between the axis and the caption."""
    drawn = paper.add_axes((0, 0, 1, 1), zorder=-1)
    drawn.set_axis_off()
    width_mm, height_mm = canvas.size_mm(paper)
    place = (canvas.MARGIN_MM / width_mm, top_mm / height_mm)
    canvas.legend(
        drawn, keys, bbox_to_anchor=place, ncols=len(keys), borderaxespad=0.0, borderpad=0.0, columnspacing=1.2
    )
