"""Write names on a map: the bigger a place the sooner, and never two over each other or over another mark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dmz.charts import canvas
from dmz.layer import Layer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# A place of rank n is named on maps larger than 1 to this over 2 to the n: twice as eager as the screen, for paper is
# held nearer to the eye.
RANK_SCALE = 9_000_000
LOWEST = 5
SIZES_PT = {0: 9.0, 1: 8.0, 2: 7.0, 3: 6.2}
SMALLEST_PT = 5.6
GAP_MM = 0.7
INK, BEYOND = "#1e1e1e", "#6e685c"
# Where a name may stand about its place: shares of its width and height, best first (Imhof 1975).
POSITIONS = ((0, 0), (0, -0.5), (0, -1), (-1, 0), (-1, -0.5), (-1, -1), (-0.5, 0.25), (-0.5, -1.25))


@dataclass(frozen=True)
class Name:
    """A name, where it belongs on the plane, how big it is, and whether it is of the ground beyond."""

    text: str
    x: float
    y: float
    rank: int
    radius_mm: float
    beyond: bool
    area: bool

    @property
    def size_pt(self) -> float:
        """Size of its type."""
        return SIZES_PT.get(self.rank, SMALLEST_PT)


def names(layers: Sequence[Layer], shapes: Mapping[str, gpd.GeoSeries], scale: float, language: str) -> list[Name]:
    """Names that a map of a scale (1 to so many) may hold, the most important first."""
    found = [name for layer in layers if layer.label for name in _of(layer, shapes[layer.key], language)]
    return sorted(
        (name for name in found if name.area or scale < RANK_SCALE / 2**name.rank),
        key=lambda name: (name.beyond, name.rank, name.text),
    )


def write(paper: Figure, axes: Axes, wanted: Sequence[Name], mm_per_m: float, taken: list[tuple[float, ...]]) -> None:
    """Write those of the names that find room; `taken` are boxes on the plane that none may touch."""
    from matplotlib.patheffects import withStroke

    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    halo = [withStroke(linewidth=1.6, foreground="white", alpha=0.9)]
    for name in wanted:
        text = canvas.plain(name.text, 60)
        width = canvas.width_of(paper, text, name.size_pt) / mm_per_m
        height = name.size_pt * canvas.MM_PER_PT / mm_per_m
        for box in _boxes(name, width, height, mm_per_m):
            inside = west < box[0] and box[2] < east and south < box[1] and box[3] < north
            if inside and not any(_touch(box, other) for other in taken):
                taken.append(box)
                axes.text(
                    box[0], box[1] + height * 0.2, text, fontsize=name.size_pt, va="baseline", ha="left", zorder=90,
                    color=BEYOND if name.beyond else INK, style="italic" if name.beyond else "normal",
                    path_effects=halo, clip_on=True,
                )  # fmt: skip
                break


def marks(layers: Sequence[Layer], shapes: Mapping[str, gpd.GeoSeries], mm_per_m: float) -> list[tuple[float, ...]]:
    """Boxes of the symbols of points, which no name may cover."""
    boxes: list[tuple[float, ...]] = []
    for layer in layers:
        if layer.features.geom_type.iloc[0].endswith("Point") and layer.group != "basemap":
            half = _radius_mm(layer) / mm_per_m
            boxes += [(x - half, y - half, x + half, y + half) for x, y in shapely.get_coordinates(shapes[layer.key])]
    return boxes


def _of(layer: Layer, shapes: gpd.GeoSeries, language: str) -> Iterator[Name]:
    table = layer.features.reset_index(drop=True)
    there = [column for column in (f"{layer.label}_{language}", layer.label) if column in table]
    said = table[there].bfill(axis="columns").iloc[:, 0]
    ranks = table["rank"] if "rank" in table else pd.Series(LOWEST, index=table.index)
    area = layer.features.geom_type.iloc[0].endswith("Polygon")
    for at, shape in shapes.items():
        if not pd.isna(said[at]):
            point = shapely.point_on_surface(shape) if not area else _widest(shape)
            rank = 0 if area else int(ranks[at]) if not pd.isna(ranks[at]) else LOWEST
            yield Name(
                str(said[at]), point.x, point.y, rank, 0.0 if area else _radius_mm(layer),
                layer.group == "basemap", area,
            )  # fmt: skip


def _widest(shape: shapely.Geometry) -> shapely.Point:
    """Middle of the widest part of an area."""
    part = max(shapely.get_parts(shape), key=lambda one: float(one.area))
    return shapely.Point(shapely.maximum_inscribed_circle(part, tolerance=1000.0).coords[0])


def _radius_mm(layer: Layer) -> float:
    return max(symbol.size_px for symbol in layer.style.symbols.values()) / 2 * 25.4 / 96


def _boxes(name: Name, width: float, height: float, mm_per_m: float) -> Iterator[tuple[float, ...]]:
    """Boxes of a name about its place, the best first; of an area's in its middle."""
    if name.area:
        yield (name.x - width / 2, name.y - height / 2, name.x + width / 2, name.y + height / 2)
        return
    off = (name.radius_mm + GAP_MM) / mm_per_m
    for across, up in POSITIONS:
        x = name.x + (across * width + (off if across == 0 else -off if across == -1 else 0))
        y = name.y + (up * height + (off * 0.4 if up == 0 else -off * 0.4 if up == -1 else np.sign(up + 0.5) * off))
        yield (x, y, x + width, y + height)


def _touch(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
