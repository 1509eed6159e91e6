"""Lay out the sheets of a print map, and write them as PDF, SVG and PNG."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from dmz.charts import canvas
from dmz.layer import GROUP_TITLES, GROUPS, Layer, Sheet, Symbol
from dmz.printmap import drawing, furniture, naming
from dmz.window import Window, window

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Sheets, landscape, millimetres (ISO 216), and how much larger what is written on them is.
SIZES = {"A4": (297.0, 210.0), "A3": (420.0, 297.0)}
MARGIN, GUTTER, COLUMN, TITLE_ROOM, FOOT_ROOM = 10.0, 7.0, 64.0, 15.0, 15.0
INSET_MM = (40.0, 28.0)
SEA, BEYOND = "#dbe7ee", "#eeede9"
# How many times the width of the map the inset shows at most.
INSET_ROOM = 2.4
PNG_DPI = 150
# Room a table is begun in, and that between charts, millimetres.
TABLE_ROOM, CHART_GAP = 25.0, 4.0


@dataclass(frozen=True)
class Extra:
    """What the second sheet holds.

    Parameters
    ----------
    tables
        Heading to rows, the first of them the columns' headings.
    charts
        Caption to a PNG.
    """

    tables: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    charts: Mapping[str, bytes] = field(default_factory=dict)


def printed(
    layers: Sequence[Layer], sheet: Sheet, *, size: str = "A4", language: str = "en", extra: Extra | None = None
) -> dict[str, bytes]:
    """Print map as ``"pdf"``, ``"svg"`` and ``"png"``; the same bytes for the same layers.

    Parameters
    ----------
    layers, sheet
        What is drawn, the lowest first, and what is written around it. Of layers that belong to a reading those of the
        first are drawn, and none that is not visible at first.
    size
        ``"A4"`` or ``"A3"``.
    language
        Language of the names, where a layer has them in it.
    extra
        Tables and charts of a second page, which the PDF has.

    Notes
    -----
    The plane is that of `dmz.window.window`; the arrow shows true north. The type is DejaVu Sans, which comes with
    matplotlib and has Latin, Cyrillic and Arabic, shaped by matplotlib's own text layout.
    """
    layers = [layer for layer in map(_of_its_day, layers) if layer is not None]
    with canvas.style():
        front = _map_sheet(layers, sheet, size, language)
        pages = [front]
        if extra is not None and (extra.tables or extra.charts):
            pages += _further_sheets(layers, sheet, size, extra)
        made = {"pdf": canvas.bound(pages, title=sheet.title)}
        return made | {
            "svg": canvas.rendered(front, "svg", name=sheet.title),
            "png": canvas.rendered(front, "png", name=sheet.title, dpi=PNG_DPI),
        }


def _of_its_day(layer: Layer) -> Layer | None:
    """Layer with what holds on the day a map of it is of; None where that is nothing."""
    if layer.on is None:
        return layer
    table = layer.drawn
    return None if table.empty else dataclasses.replace(layer, features=table, on=None)


def shown(layers: Sequence[Layer], reading: str | None) -> list[Layer]:
    """Layers that a map of a reading shows at first."""
    return [layer for layer in layers if layer.visible and layer.reading in {None, reading}]


def _map_sheet(layers: Sequence[Layer], sheet: Sheet, size: str, language: str) -> Figure:
    """First sheet: the map and all that is written around it."""
    width, height = SIZES[size]
    paper = canvas.figure(width, height)
    over = furniture.page(paper)
    frame = (
        MARGIN + 3,
        MARGIN + FOOT_ROOM,
        width - 2 * MARGIN - 6 - GUTTER - COLUMN,
        height - 2 * MARGIN - TITLE_ROOM - FOOT_ROOM,
    )
    view = window(layers).filling(frame[2] / frame[3])
    reading = next(iter(sheet.readings), None)
    drawn = shown(layers, reading)
    _map(paper, over, drawn, view, frame, language)
    _heading(paper, over, sheet, reading, width, height)
    top = frame[1] + frame[3]
    foot = _column_foot(paper, over, layers, sheet, view, frame)
    groups = _groups(drawn, sheet)
    furniture.legend(paper, over, groups, (_right_of(frame), top), (COLUMN, top - foot))
    notes = [(" ".join(sheet.notes), False)]
    furniture.column(paper, over, notes, (frame[0], frame[1] - 6, frame[2]), 6.2)
    return paper


def _map(paper: Figure, over: Axes, drawn: Sequence[Layer], view: Window, frame: furniture.Box, language: str) -> None:
    axes = furniture.map_axes(paper, frame, view, BEYOND)
    mm_per_m = frame[2] / (view.box[2] - view.box[0])
    shapes = drawing.plane(drawn, view, mm_per_m)
    _sea(axes, drawn, view)
    for order, layer in enumerate(drawn):
        drawing.draw(axes, layer, shapes[layer.key], 2 + order * 0.1)
    furniture.graticule(axes, over, view, frame)
    wanted = naming.names(drawn, shapes, 1000 / mm_per_m, language)
    naming.write(paper, axes, wanted, mm_per_m, naming.marks(drawn, shapes, mm_per_m))


def _sea(axes: Axes, layers: Sequence[Layer], view: Window) -> None:
    """Sea under what the basemap covers, where there is land that says what is none."""
    land = [layer for layer in layers if layer.group == "basemap" and _is_area(layer)]
    if land:
        box = land[0].features.iloc[[0]].set_geometry([shapely.box(*land[0].features.total_bounds).segmentize(0.1)])
        ground = Layer("sea", "Sea", box, drawing.single(Symbol(SEA, SEA, 0.0, fill_opacity=1.0)), "basemap")
        drawing.draw(axes, ground, drawing.plane([ground], view, 1e-3)["sea"], 1)


def _heading(paper: Figure, over: Axes, sheet: Sheet, reading: str | None, width: float, height: float) -> None:
    room = width - 2 * MARGIN - 6
    words = sheet.readings.get(reading or "", "")
    for text, y, size_pt, weight in (
        (sheet.title, height - MARGIN, 13.5, "bold"),
        (" · ".join(filter(None, [words, sheet.subtitle])), height - MARGIN - 6.6, 7.8, "normal"),
    ):
        shown_text = canvas.fitted(paper, text, room, size_pt, weight=weight)
        over.text(MARGIN + 3, y, shown_text, fontsize=size_pt, fontweight=weight, va="top")


def _column_foot(
    paper: Figure, over: Axes, layers: Sequence[Layer], sheet: Sheet, view: Window, frame: furniture.Box
) -> float:
    """Write sources, inset, scale bar and arrow at the foot of the right column; return where they begin."""
    left = _right_of(frame)
    lines = [("Sources", True), *((line, False) for line in sheet.attribution)]
    lines.append((f"Plane: EPSG:{view.code}. Distances and areas: geodesic, WGS 84.", False))
    step = 5.8 * canvas.LEADING * canvas.MM_PER_PT
    tall = sum(len(canvas.wrapped(paper, line, COLUMN, 5.8)) * step + step * 0.15 for line, _ in lines)
    top = max(MARGIN + tall, frame[1])
    furniture.column(paper, over, lines, (left, top, COLUMN), 5.8)
    inset = (left, top + 5, *INSET_MM)
    _inset(paper, layers, view, inset)
    right = left + INSET_MM[0] + 12
    furniture.north_arrow(over, view, (right, inset[1] + INSET_MM[1] - 9))
    bar = inset[1] + INSET_MM[1] + 7
    furniture.scale_bar(over, view, frame[2], (left + 1, bar), COLUMN - 8)
    return bar + 8


def _right_of(frame: furniture.Box) -> float:
    """Where the column right of the map begins, beyond the figures of the graticule."""
    return frame[0] + frame[2] + GUTTER + 3


def _inset(paper: Figure, layers: Sequence[Layer], view: Window, box: furniture.Box) -> None:
    """Small map of the country around, and in it the frame of the map."""
    from matplotlib.patches import Rectangle

    ground = [layer for layer in layers if layer.group == "basemap" and layer.key in {"land", "borders", "coast"}]
    west, south, east, north = view.box
    wide = _around(ground, view, box[2] / box[3])
    axes = furniture.map_axes(paper, box, wide, BEYOND)
    mm_per_m = box[2] / (wide.box[2] - wide.box[0])
    _sea(axes, ground, wide)
    zones = [layer for layer in layers if layer.group in {"zone", "line"} and layer.visible]
    zones = shown(zones, next((layer.reading for layer in zones if layer.reading), None))
    drawn = [*ground, *(layer for layer in zones if layer.group == "zone"), *(z for z in zones if z.key == "line")]
    shapes = drawing.plane(drawn, wide, mm_per_m)
    for order, layer in enumerate(drawn):
        drawing.draw(axes, drawing.thin(layer), shapes[layer.key], 2 + order * 0.1)
    axes.add_patch(
        Rectangle((west, south), east - west, north - south, fill=False, edgecolor="#a50f15", linewidth=0.9, zorder=70)
    )


def _around(ground: Sequence[Layer], view: Window, ratio: float) -> Window:
    """Window of an inset: as much about the map's as the basemap covers, at least the map's own."""
    west, south, east, north = view.box
    wide, tall = (east - west) * INSET_ROOM, (north - south) * INSET_ROOM
    x, y = (west + east) / 2, (south + north) / 2
    if ground:
        left, bottom, right, top = drawing.extent(ground[0], view)
        wide, tall = min(wide, right - left), min(tall, top - bottom)
        x = min(max(x, left + wide / 2), right - wide / 2)
        y = min(max(y, bottom + tall / 2), top - tall / 2)
    wide, tall = min(wide, tall * ratio), min(tall, wide / ratio)
    box = (min(x - wide / 2, west), min(y - tall / 2, south), max(x + wide / 2, east), max(y + tall / 2, north))
    return Window(view.code, box, view.degrees).filling(ratio)


def _groups(layers: Sequence[Layer], sheet: Sheet) -> dict[str, list[Layer]]:
    """Layers of the legend by the title of their group, the uppermost first."""
    found = {
        (GROUP_TITLES | dict(sheet.groups))[group]: [layer for layer in layers[::-1] if layer.group == group]
        for group in GROUPS
        if group != "basemap"
    }
    return {title: members for title, members in found.items() if members}


def _is_area(layer: Layer) -> bool:
    return bool(layer.features.geom_type.iloc[0].endswith("Polygon"))


def _further_sheets(layers: Sequence[Layer], sheet: Sheet, size: str, extra: Extra) -> list[Figure]:
    """Second sheet: the readings as small maps, tables, charts; and as many more as the charts need."""
    width, height = SIZES[size]
    half = (width - 2 * MARGIN - GUTTER) / 2
    paper, over = _titled_sheet(sheet, size)
    y = _multiples(paper, over, layers, sheet, (MARGIN, height - MARGIN - 9, half))
    for heading, rows in extra.tables.items():
        if y < MARGIN + TABLE_ROOM:
            break
        over.text(MARGIN, y, canvas.plain(heading), fontsize=7.6, fontweight="bold", va="top")
        y = furniture.table(paper, over, rows, (MARGIN, y - 5, MARGIN), _widths(rows, half)) - 4
    papers, x, top = [paper], MARGIN + half + GUTTER, height - MARGIN - 9
    y = top
    for picture, ratio in _pictures(extra.charts):
        tall = min(half * ratio, top - MARGIN)
        if y - tall < MARGIN:
            x, y = (MARGIN + half + GUTTER, top) if x == MARGIN else (MARGIN, top)
            if x == MARGIN:
                papers.append(_titled_sheet(sheet, size)[0])
        _put(papers[-1], picture, (x, y - tall, tall / ratio, tall))
        y -= tall + CHART_GAP
    return papers


def _titled_sheet(sheet: Sheet, size: str) -> tuple[Figure, Axes]:
    width, height = SIZES[size]
    paper = canvas.figure(width, height)
    over = furniture.page(paper)
    title = canvas.fitted(paper, sheet.title, width - 2 * MARGIN, 11, weight="bold")
    over.text(MARGIN, height - MARGIN, title, fontsize=11, fontweight="bold", va="top")
    return paper, over


def _widths(rows: Sequence[Sequence[str]], room: float) -> list[float]:
    """Widths of a table's columns: by their longest cells, so that none is wrapped more than it must be."""
    longest = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    weights = [min(max(length, 9), 34) ** 0.8 for length in longest]
    return [room * weight / sum(weights) for weight in weights]


def _multiples(
    paper: Figure, over: Axes, layers: Sequence[Layer], sheet: Sheet, at: tuple[float, float, float]
) -> float:
    """A small map a reading, all at one scale; return where they end."""
    x, y, room = at
    if len(sheet.readings) < 2:  # noqa: PLR2004 - one reading is on the first sheet
        return y
    across = (room - 3 * (len(sheet.readings) - 1)) / len(sheet.readings)
    ground = ("land", "borders", "coast")
    view = window(layers).filling(1.0)
    for number, (reading, name) in enumerate(sheet.readings.items()):
        box = (x + number * (across + 3), y - across, across, across)
        axes = furniture.map_axes(paper, box, view, BEYOND)
        _sea(axes, layers, view)
        drawn = [
            layer for layer in shown(layers, reading)
            if layer.key in ground or layer.group in {"zone", "areas"} or layer.key == "line"
        ]  # fmt: skip
        shapes = drawing.plane(drawn, view, across / (view.box[2] - view.box[0]))
        for order, layer in enumerate(drawn):
            drawing.draw(axes, drawing.thin(layer), shapes[layer.key], 2 + order * 0.1)
        furniture.column(paper, over, [(name, False)], (box[0], box[1] - 1.2, across), 6.2)
    return y - across - 10


def _pictures(charts: Mapping[str, bytes]) -> Iterator[tuple[Any, float]]:
    """Pictures of charts, each with its height as a share of its width."""
    from PIL import Image

    for raw in charts.values():
        picture = np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))
        yield picture, picture.shape[0] / picture.shape[1]


def _put(paper: Figure, picture: Any, box: furniture.Box) -> None:
    """Put a picture in a box of the paper: left, bottom, width, height, millimetres."""
    width, height = canvas.size_mm(paper)
    left, bottom, across, up = box
    axes = paper.add_axes((left / width, bottom / height, across / width, up / height))
    axes.imshow(picture, aspect="auto", interpolation="none")
    axes.axis("off")
