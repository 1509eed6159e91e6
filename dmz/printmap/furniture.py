"""Put around a map what a map on paper needs: graticule, scale bar, north arrow, legend, text in columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from dmz.charts import canvas
from dmz.layer import Layer, Symbol
from dmz.printmap.drawing import swatch
from dmz.window import GRID_DEG, Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# A line of the graticule has so many points; so far from the frame stand its figures.
GRID_POINTS, GRID_GAP_MM = 60, 1.2
GRID_INK, FRAME_INK = "#5c5c5c", "#1a1a1a"
# Steps of meridians, which near the poles stand closer, and how many a map has at most.
MERIDIANS_DEG, MOST_MERIDIANS = (*GRID_DEG[::-1], 15.0, 30.0, 45.0), 12
# The polar stereographic planes, with the sign of their pole's latitude, and where the pole lies on both axes.
POLAR, POLE_M = {32661: 1, 32761: -1}, 2_000_000.0
SWATCH_MM, ROW_MM = (8.5, 2.9), 4.0
LEGEND_PT = 6.4
# Least height of a row, and the gap between groups, millimetres.
LEAST_ROW_MM, GROUP_GAP_MM = 3.1, 0.8
Box = tuple[float, float, float, float]


def page(paper: Figure) -> Axes:
    """Axes over the whole paper, in millimetres from its lower left corner."""
    width, height = canvas.size_mm(paper)
    drawn = paper.add_axes((0.0, 0.0, 1.0, 1.0), zorder=5, facecolor="none")
    drawn.set(xlim=(0, width), ylim=(0, height))
    drawn.axis("off")
    return drawn


def map_axes(paper: Figure, box_mm: Box, window: Window, ground: str) -> Axes:
    """Axes of a map, in metres of the window's plane, in a box of the paper: left, bottom, width, height, mm."""
    width, height = canvas.size_mm(paper)
    left, bottom, across, up = box_mm
    drawn = paper.add_axes((left / width, bottom / height, across / width, up / height), facecolor=ground)
    west, south, east, north = window.box
    drawn.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[], autoscale_on=False)
    for spine in drawn.spines.values():
        spine.set(visible=True, color=FRAME_INK, linewidth=0.8, zorder=100)
    return drawn


def graticule(drawn: Axes, over: Axes, window: Window, box_mm: Box) -> None:
    """Draw meridians and parallels on a map, and their figures outside its frame on the page's axes."""
    west, south, east, north = window.box
    for direction, degree, line in _grid_lines(window):
        x, y = line.T
        drawn.plot(x, y, color=GRID_INK, linewidth=0.35, alpha=0.45, zorder=60, scalex=False, scaley=False)
        inside = shapely.LineString(line)
        for side, edge in _edges(window, direction).items():
            at = shapely.intersection(inside, edge)
            if at.geom_type == "Point" and not at.is_empty:
                across = box_mm[0] + (at.x - west) / (east - west) * box_mm[2]
                up = box_mm[1] + (at.y - south) / (north - south) * box_mm[3]
                _figure(over, side, (across, up), degree_text(degree, direction))


def degree_text(degree: float, direction: str) -> str:
    """Degrees and minutes as a map's edge has them: ``36°30′E``."""
    minutes = round(abs(degree) * 60)
    sign = {"meridian": "EW", "parallel": "NS"}[direction][int(degree < 0)] if minutes % (180 * 60) else ""
    return f"{minutes // 60}°" + (f"{minutes % 60:02d}′" if minutes % 60 else "") + sign


def scale_bar(over: Axes, window: Window, map_width_mm: float, at: tuple[float, float], room_mm: float) -> None:
    """Draw a scale bar of two pieces, and the scale in figures, from a lower left corner in so much room."""
    km, (x, y) = window.bar_km(room_mm / map_width_mm), at
    piece = km / window.width_km * map_width_mm
    for number, fill in enumerate((FRAME_INK, "white")):
        _box(over, (x + number * piece, y, piece, 1.6), fill)
    for number in range(3):
        said = f"{km * number:g}" + (" km" if number == 2 else "")  # noqa: PLR2004 - the last of the three
        over.text(x + number * piece, y + 2.4, said, fontsize=6.5, ha="center", va="baseline")
    whole = window.width_km * 1e6 / map_width_mm
    about = round(whole, 1 - int(math.log10(whole)))
    over.text(x, y - 1.0, f"about 1 : {about:,.0f}".replace(",", "\u202f"), fontsize=6, va="top", ha="left")


def north_arrow(over: Axes, window: Window, at: tuple[float, float], size_mm: float = 11.0) -> None:
    """Draw an arrow to true north, which a plane's grid may miss by some degrees, about a middle."""
    turn = math.radians(_convergence_deg(window))
    cosine, sine = math.cos(turn), math.sin(turn)

    def turned(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        scaled = [(x * size_mm / 2, y * size_mm / 2) for x, y in points]
        return [(at[0] + x * cosine + y * sine, at[1] - x * sine + y * cosine) for x, y in scaled]

    from matplotlib.patches import Polygon

    over.add_patch(Polygon(turned([(0, 1), (0.42, -0.75), (0, -0.4)]), closed=True, facecolor=FRAME_INK, linewidth=0))
    outline = turned([(0, 1), (-0.42, -0.75), (0, -0.4)])
    over.add_patch(Polygon(outline, closed=True, facecolor="white", edgecolor=FRAME_INK, linewidth=0.5))
    (tip,) = turned([(0, 1.35)])
    over.text(*tip, "N", fontsize=7, fontweight="bold", ha="center", va="center")


def legend(
    paper: Figure, over: Axes, groups: Mapping[str, Sequence[Layer]], at: tuple[float, float], room: tuple[float, float]
) -> float:
    """Write the legend from an upper left corner, in a width and a height; return where it ends.

    What finds no room is left out from the end, and a last line says so.
    """
    (x, y), (width, height) = at, room
    lowest, indent = y - height, SWATCH_MM[0] + 2
    wrapped = {title: _legend_lines(paper, title, layers, width, indent) for title, layers in groups.items()}
    lines = sum(1 + sum(len(said) for *_, said in rows) for rows in wrapped.values())
    row = min(ROW_MM, max(LEAST_ROW_MM, (height - GROUP_GAP_MM * len(groups)) / max(lines, 1)))
    for title, rows in wrapped.items():
        if y - 2 * row < lowest:
            over.text(x, y - row / 2, "… and more: the QGIS project has all", fontsize=6, va="center")
            return y - row
        over.text(x, y - row / 2, canvas.plain(title), fontsize=7.2, fontweight="bold", va="center")
        y -= row
        for kind, symbol, said in rows:
            if y - len(said) * row < lowest:
                break
            if symbol is not None:
                swatch(over, kind, symbol, (x, y - (row + SWATCH_MM[1]) / 2, *SWATCH_MM))
            for line in said:
                over.text(x + (indent if symbol else 0), y - row / 2, line, fontsize=LEGEND_PT, va="center")
                y -= row if line is said[-1] else LEGEND_PT * canvas.LEADING * canvas.MM_PER_PT
        y -= GROUP_GAP_MM
    return y


def _legend_lines(
    paper: Figure, title: str, layers: Sequence[Layer], width: float, indent: float
) -> list[tuple[str, Symbol | None, list[str]]]:
    """Rows of a legend's group, their words in lines that fit."""
    return [
        (kind, symbol, canvas.wrapped(paper, said, width - (indent if symbol else 0), LEGEND_PT))
        for kind, symbol, said in legend_rows(title, layers)
    ]


def legend_rows(title: str, layers: Sequence[Layer]) -> Iterator[tuple[str, Symbol | None, str]]:
    """Rows of a legend's group: kind of geometry, symbol, words; a layer of several symbols has a row for its title."""
    for layer in layers:
        kind = str(layer.features.geom_type.iloc[0]).removeprefix("Multi")
        several = len(layer.style.symbols) > 1
        if several and layer.title != title:
            yield kind, None, layer.title
        for symbol in layer.style.symbols.values():
            yield kind, symbol, symbol.label or layer.title


def column(
    paper: Figure, over: Axes, lines: Iterable[tuple[str, bool]], box: tuple[float, float, float], size_pt: float
) -> float:
    """Write paragraphs (text, and whether it is a heading) from an upper left corner in a width; return the end."""
    x, y, width = box
    step = size_pt * canvas.LEADING * canvas.MM_PER_PT
    for text, heading in lines:
        for line in canvas.wrapped(paper, text, width, size_pt):
            weight = "bold" if heading else "normal"
            over.text(x, y, line, fontsize=size_pt, va="top", ha="left", fontweight=weight)
            y -= step
        y -= step * 0.15
    return y


def table(
    paper: Figure, over: Axes, rows: Sequence[Sequence[str]], at: tuple[float, float, float], widths: Sequence[float]
) -> float:
    """Write a table, its first row in bold, from an upper left corner; return where it ends. Cells are wrapped.

    `at` is left, top and the lowest it may reach; how many rows found no room is said in their place.
    """
    x, y, lowest = at
    size_pt = 6.4
    step = size_pt * canvas.LEADING * canvas.MM_PER_PT
    for number, row in enumerate(rows):
        cells = [canvas.wrapped(paper, cell, width - 2, size_pt) for cell, width in zip(row, widths, strict=True)]
        left, tallest = x, max(len(lines) for lines in cells)
        if y - tallest * step - (step if number < len(rows) - 1 else 0) < lowest:
            over.text(x, y, f"… and {len(rows) - number} more in the report", fontsize=size_pt, va="top")
            return y - step
        for lines, width in zip(cells, widths, strict=True):
            for line, text in enumerate(lines):
                weight = "bold" if number == 0 else "normal"
                over.text(left, y - line * step, text, fontsize=size_pt, va="top", fontweight=weight)
            left += width
        y -= tallest * step + 1.2
        over.plot([x, x + sum(widths)], [y + 0.5] * 2, color="#b8b8b8", linewidth=0.8 if number == 0 else 0.35)
    return y


def _grid_lines(window: Window) -> Iterator[tuple[str, float, np.ndarray]]:
    """Direction, degrees and points on the plane of each line of the graticule that may cross the window."""
    west, south, east, north = _degrees(window)
    step = window.grid_deg
    wide = next(
        (one for one in MERIDIANS_DEG if one >= step and (east - west) / one <= MOST_MERIDIANS), MERIDIANS_DEG[-1]
    )
    meridians = np.arange(math.floor(west / wide), math.ceil(east / wide) + 1) * wide
    parallels = np.arange(math.floor(south / step), math.ceil(north / step) + 1) * step
    parallels = parallels[np.abs(parallels) < 90]  # noqa: PLR2004 - the poles are points
    up, across = (
        np.linspace(south - step, north + step, GRID_POINTS),
        np.linspace(west - step, east + step, GRID_POINTS),
    )
    up = np.clip(up, -90, 90)
    lines = [("meridian", degree, np.column_stack([np.full_like(up, degree), up])) for degree in meridians]
    lines += [("parallel", degree, np.column_stack([across, np.full_like(across, degree)])) for degree in parallels]
    shapes = gpd.GeoSeries([shapely.LineString(points) for *_, points in lines], crs=4326).to_crs(window.code)
    for (direction, degree, _), shape in zip(lines, shapes, strict=True):
        yield direction, (float(degree) + 180) % 360 - 180, shapely.get_coordinates(shape)


def _degrees(window: Window) -> Box:
    """West, south, east, north of the window in degrees; east beyond 180 where it crosses the antimeridian."""
    west, south, east, north = window.box
    x, y = (np.linspace(a, b, 9) for a, b in ((west, east), (south, north)))
    edge = [*((one, end) for one in x for end in (south, north)), *((end, one) for one in y for end in (west, east))]
    lon, lat = shapely.get_coordinates(gpd.GeoSeries(shapely.points(edge), crs=window.code).to_crs(4326)).T
    if window.code in POLAR:  # every meridian runs to the pole, which may lie inside
        at_pole = [90.0 * POLAR[window.code]] if west < POLE_M < east and south < POLE_M < north else []
        return -180.0, min([*lat, *at_pole]), 180.0 - 1e-9, max([*lat, *at_pole])
    if lon.max() - lon.min() > 180:  # noqa: PLR2004 - over the antimeridian
        lon = lon % 360
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def _edges(window: Window, direction: str) -> dict[str, shapely.LineString]:
    west, south, east, north = window.box
    if direction == "meridian":
        sides = {"bottom": [(west, south), (east, south)], "top": [(west, north), (east, north)]}
    else:
        sides = {"left": [(west, south), (west, north)], "right": [(east, south), (east, north)]}
    return {side: shapely.LineString(points) for side, points in sides.items()}


def _figure(over: Axes, side: str, at: tuple[float, float], text: str) -> None:
    ways = {
        "bottom": (0, -GRID_GAP_MM, "center", "top", 0),
        "top": (0, GRID_GAP_MM, "center", "bottom", 0),
        "left": (-GRID_GAP_MM, 0, "right", "center", 90),
        "right": (GRID_GAP_MM, 0, "left", "center", 90),
    }
    dx, dy, across, up, turn = ways[side]
    over.text(at[0] + dx, at[1] + dy, text, fontsize=5.4, color=GRID_INK, ha=across, va=up, rotation=turn)


def _convergence_deg(window: Window) -> float:
    """How far true north is clockwise of the plane's in the middle of the window, degrees."""
    west, south, east, north = window.box
    middle = gpd.GeoSeries([shapely.Point((west + east) / 2, (south + north) / 2)], crs=window.code).to_crs(4326)[0]
    upwards = shapely.Point(middle.x, min(middle.y + 0.01, 90))
    (x0, y0), (x1, y1) = shapely.get_coordinates(gpd.GeoSeries([middle, upwards], crs=4326).to_crs(window.code))
    return math.degrees(math.atan2(x1 - x0, y1 - y0))


def _box(over: Axes, box: Box, fill: str) -> None:
    from matplotlib.patches import Rectangle

    left, bottom, width, height = box
    over.add_patch(Rectangle((left, bottom), width, height, facecolor=fill, edgecolor=FRAME_INK, linewidth=0.5))
