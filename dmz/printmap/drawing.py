"""Draw layers on the axes of a map by the style table, as the web map and QGIS do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dmz.geojson import ready
from dmz.layer import Layer, Style, Symbol
from dmz.window import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A pixel of the web map, 1/96 inch, in points; a thing thinner than a tenth of a millimetre on paper is not drawn.
PT_PER_PX = 72 / 96
FINEST_MM = 0.06
# The antimeridian, degrees; its two sides lie on each other on the plane to within this, metres.
HALF_TURN, SEAM_M = 180.0, 0.01
# matplotlib's hatches: their spacing goes with the number of signs.
HATCHES = {"hatch": "/////", "cross": "xxxxx", "dots": "....", "solid": "", "none": ""}
MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D"}
# Opacity of the ground under a pattern, as a share, and what is added to the lines of one: as the web map has them.
GROUND, LINE_OPACITY, DOT_OPACITY = 0.22, 0.1, 0.55


def plane(layers: Iterable[Layer], window: Window, mm_per_m: float) -> dict[str, gpd.GeoSeries]:
    """Shapes of each layer on the window's plane, cut to it and thinned to what paper can show, by the layer's key.

    Their index is the position of the feature in its layer; what lies outside is left out.
    """
    west, south, east, north = window.box
    room = (east - west) * 0.02
    found = {}
    for layer in layers:
        shapes = ready(layer.features, layer.key).geometry.reset_index(drop=True).to_crs(window.code)
        if not layer.features.geom_type.iloc[0].endswith("Point"):
            shapes = _seamless(layer, shapes).simplify(FINEST_MM / mm_per_m)
        cut = gpd.GeoSeries(
            shapely.clip_by_rect(shapes.array, west - room, south - room, east + room, north + room), crs=shapes.crs
        )
        found[layer.key] = cut[~cut.is_empty]
    return found


def _seamless(layer: Layer, shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Shapes on the plane, those that were cut at the antimeridian put together again."""
    degrees = layer.features.bounds if layer.features.crs is not None else None
    if degrees is None or (degrees["maxx"].max() < HALF_TURN and degrees["minx"].min() > -HALF_TURN):
        return shapes
    whole = [shapely.union_all(shapely.get_parts(shape)) for shape in shapely.set_precision(shapes.array, SEAM_M)]
    return gpd.GeoSeries(whole, index=shapes.index, crs=shapes.crs)


def draw(axes: Axes, layer: Layer, shapes: gpd.GeoSeries, order: float) -> None:
    """Draw the shapes of a layer, each by its symbol."""
    column = layer.style.column
    values = [str(value) for value in layer.features[column]] if column else [""] * len(layer.features)
    for value, symbol in layer.style.symbols.items():
        chosen = [shape for at, shape in shapes.items() if values[at] == value]
        if chosen:
            _drawn(axes, chosen, symbol, order)


def extent(layer: Layer, window: Window) -> tuple[float, float, float, float]:
    """West, south, east, north of a layer on the window's plane, metres."""
    west, south, east, north = (float(end) for end in layer.features.to_crs(window.code).total_bounds)
    return west, south, east, north


def single(symbol: Symbol) -> Style:
    """Style of one symbol."""
    return Style.single(symbol)


def thin(layer: Layer) -> Layer:
    """Layer with lines half as wide and no patterns, for a small map."""
    symbols = {value: _thinned(symbol) for value, symbol in layer.style.symbols.items()}
    return dataclasses.replace(layer, style=Style(symbols, layer.style.column))


def _thinned(symbol: Symbol) -> Symbol:
    thinned = dataclasses.replace(symbol, width_px=symbol.width_px / 2, dash_px=())
    if symbol.pattern != "hatch":
        return thinned
    return dataclasses.replace(thinned, pattern="solid", fill_opacity=symbol.fill_opacity * 0.3)


def swatch(axes: Axes, kind: str, symbol: Symbol, box: tuple[float, float, float, float]) -> None:
    """Draw a small example of a symbol in a box of the axes: left, bottom, width, height."""
    left, bottom, width, height = box
    middle = bottom + height / 2
    shapes: dict[str, BaseGeometry] = {
        "Point": shapely.Point(left + width / 2, middle),
        "LineString": shapely.LineString([(left, middle), (left + width, middle)]),
        "Polygon": shapely.box(left, bottom, left + width, bottom + height),
    }
    _drawn(axes, [shapes[kind]], symbol, 3)


def _drawn(axes: Axes, shapes: Sequence[BaseGeometry], symbol: Symbol, order: float) -> None:
    kind = shapes[0].geom_type.removeprefix("Multi")
    {"Point": _points, "LineString": _lines, "LinearRing": _lines, "Polygon": _areas}[kind](axes, shapes, symbol, order)


def _points(axes: Axes, shapes: Sequence[BaseGeometry], symbol: Symbol, order: float) -> None:
    x, y = shapely.get_coordinates(shapes).T
    size_pt = symbol.size_px * PT_PER_PX
    axes.scatter(
        x, y, s=size_pt**2, marker=MARKERS[symbol.marker], zorder=order,
        facecolors=symbol.fill or "none", edgecolors=symbol.color, linewidths=symbol.width_px * PT_PER_PX,
    )  # fmt: skip


def _lines(axes: Axes, shapes: Sequence[BaseGeometry], symbol: Symbol, order: float) -> None:
    from matplotlib.collections import LineCollection

    parts = [shapely.get_coordinates(part) for part in shapely.get_parts(shapes)]
    axes.add_collection(
        LineCollection(
            parts, colors=symbol.color, linewidths=symbol.width_px * PT_PER_PX, linestyles=[_dash(symbol)],
            capstyle=_cap(symbol), joinstyle="round", zorder=order,
        ),
        autolim=False,
    )  # fmt: skip


def _areas(axes: Axes, shapes: Sequence[BaseGeometry], symbol: Symbol, order: float) -> None:
    """An area: its ground, its pattern, its outline."""
    from matplotlib.colors import to_rgba
    from matplotlib.patches import PathPatch

    path = _path(shapes)
    if symbol.fill and symbol.pattern != "none":
        share = 1.0 if symbol.pattern == "solid" else GROUND
        ground = to_rgba(symbol.fill, symbol.fill_opacity * share)
        axes.add_patch(PathPatch(path, facecolor=ground, edgecolor="none", linewidth=0, zorder=order))
        if HATCHES[symbol.pattern]:
            opacity = DOT_OPACITY if symbol.pattern == "dots" else min(1.0, symbol.fill_opacity + LINE_OPACITY)
            ink: Any = to_rgba(symbol.fill, opacity)
            axes.add_patch(
                PathPatch(path, fill=False, hatch=HATCHES[symbol.pattern], edgecolor=ink, linewidth=0, zorder=order)
            )
    if symbol.width_px > 0:
        axes.add_patch(
            PathPatch(
                path, fill=False, edgecolor=symbol.color, linewidth=symbol.width_px * PT_PER_PX,
                linestyle=_dash(symbol), capstyle=_cap(symbol), joinstyle="round", zorder=order,
            )
        )  # fmt: skip


def _path(shapes: Sequence[BaseGeometry]) -> Any:
    """All rings of areas as one path; holes run the other way round, so that they stay empty."""
    from matplotlib.path import Path

    polygons = shapely.orient_polygons(shapely.get_parts(shapes))
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(polygons)]
    codes = np.concatenate([[Path.MOVETO, *[Path.LINETO] * (len(ring) - 2), Path.CLOSEPOLY] for ring in rings])
    return Path(np.concatenate(rings), codes)


def _dash(symbol: Symbol) -> Any:
    """Dashes as matplotlib has them: on and off, in widths of the line; those of a pixel or less are dots."""
    if not symbol.dash_px or symbol.width_px <= 0:
        return "solid"
    dashes = [max(dash, 0.05) / symbol.width_px for dash in symbol.dash_px]
    return (0, dashes if len(dashes) % 2 == 0 else dashes * 2)


def _cap(symbol: Symbol) -> Any:
    return "round" if not symbol.dash_px or symbol.dash_px[0] <= 1 else "butt"
