"""Write small SVG pictures: windows on a plane in metres, drawn in pixels to one decimal, so that bytes repeat."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely.geometry.base import BaseGeometry

# Okabe, M. and Ito, K. (2008), Color universal design: told apart by every kind of sight. `GREY` is for aids.
BLACK, GREY, ORANGE, SKY, GREEN = "#000000", "#7a7a7a", "#E69F00", "#56B4E9", "#009E73"
BLUE, RED, PURPLE, WHITE = "#0072B2", "#D55E00", "#CC79A7", "#ffffff"
# Pixels of outline drawn past the rim of a window before the rest is dropped.
MARGIN = 40


@dataclass
class Window:
    """A rectangle of the picture, pixels from its top left, that shows a plane: its middle, and plane units a pixel."""

    left: float
    top: float
    width: float
    height: float
    middle: tuple[float, float]
    unit: float
    shapes: list[str] = field(default_factory=list)

    def pixels(self, xy: ArrayLike) -> np.ndarray:
        """Pixels from the window's top left of points of the plane, shape (n, 2)."""
        away = (np.asarray(xy, dtype=np.float64).reshape(-1, 2) - self.middle) / self.unit
        return away * (1, -1) + (self.width / 2, self.height / 2)

    def draw(self, geometry: BaseGeometry, stroke: str = "none", width: float = 1.5, **style: object) -> None:
        """Lines or polygons of the plane, as much of them as shows."""
        inset = shapely.box(-MARGIN, -MARGIN, self.width + MARGIN, self.height + MARGIN)
        shown = shapely.intersection(shapely.transform(geometry, self.pixels), inset)
        rings = shapely.get_parts(shown)
        filled = shapely.get_dimensions(rings).max(initial=0) == 2  # noqa: PLR2004 - polygons
        rings = shapely.get_rings(rings) if filled else rings[shapely.get_dimensions(rings) == 1]
        path = "".join(_path(shapely.get_coordinates(ring), closed=filled) for ring in rings)
        self.put("path", d=path, fill=style.pop("fill", "none"), stroke=stroke, stroke_width=width, **style)

    def line(self, xy: ArrayLike, stroke: str = BLACK, width: float = 1.5, **style: object) -> None:
        """Polyline through points of the plane."""
        self.draw(shapely.LineString(np.asarray(xy)), stroke, width, **style)

    def dots(self, xy: ArrayLike, fill: str = BLACK, radius: float = 2.5, **style: object) -> None:
        """Dots of one size, pixels, where they show."""
        at = self.pixels(xy)
        for x, y in at[(at > -radius).all(axis=1) & (at < (self.width + radius, self.height + radius)).all(axis=1)]:
            self.put("circle", cx=x, cy=y, r=radius, fill=fill, **style)

    def circle(self, centre: ArrayLike, radius: float, stroke: str = GREY, width: float = 1.0, **style: object) -> None:
        """Circle with a radius in units of the plane."""
        ((x, y),) = self.pixels(centre)
        fill = style.pop("fill", "none")
        self.put("circle", cx=x, cy=y, r=radius / self.unit, fill=fill, stroke=stroke, stroke_width=width, **style)

    def arrow(self, start: ArrayLike, end: ArrayLike, stroke: str = BLACK, *, both: bool = False) -> None:
        """Arrow from one point of the plane to another, with a head at its end or at both."""
        a, b = self.pixels(start)[0], self.pixels(end)[0]
        along = (b - a) / np.hypot(*(b - a))
        across = along[::-1] * (1, -1)
        heads = [_path(np.array([b - 7 * along + 3 * across, b, b - 7 * along - 3 * across]))]
        heads += [_path(np.array([a + 7 * along + 3 * across, a, a + 7 * along - 3 * across]))] if both else []
        self.put("path", d=_path(np.array([a, b])) + "".join(heads), fill="none", stroke=stroke, stroke_width=1.3)

    def label(self, at: ArrayLike, text: str, dx: float = 0, dy: float = 0, **style: object) -> None:
        """Text beside a point of the plane, shifted by pixels right and down, on a white halo."""
        ((x, y),) = self.pixels(at)
        self.text(x + dx, y + dy, text, **style)

    def text(self, x: float, y: float, text: str, **style: object) -> None:
        """Text at pixels of the window."""
        halo = {"fill": BLACK, "paint_order": "stroke", "stroke": WHITE, "stroke_width": 3, "stroke_linejoin": "round"}
        self.put("text", escape(text), x=x, y=y, **(halo | style))

    def put(self, name: str, inside: str = "", **attributes: object) -> None:
        """Any element; numbers to one decimal, `_` in names for `-`."""
        self.shapes.append(_element(name, inside, **attributes))

    def __str__(self) -> str:
        """Nested picture that cuts off what lies outside."""
        inside = "\n".join(self.shapes)
        return _element("svg", f"\n{inside}\n", x=self.left, y=self.top, width=self.width, height=self.height)


def picture(title: str, *windows: Window, size: tuple[int, int] = (640, 360)) -> str:
    """Text of an SVG file that shows windows on white."""
    head = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {size[0]} {size[1]}", "role": "img"}
    font = {"font_family": "sans-serif", "font_size": 13, "stroke_linejoin": "round", "stroke_linecap": "round"}
    inside = [_element("title", escape(title)), _element("rect", width=size[0], height=size[1], fill=WHITE)]
    body = "\n".join([*inside, *map(str, windows)])
    return _element("svg", f"\n{body}\n", width=size[0], height=size[1], **head, **font) + "\n"


def _element(name: str, inside: str = "", **attributes: object) -> str:
    said = "".join(f' {key.replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{said}>{inside}</{name}>" if inside else f"<{name}{said}/>"


def _value(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0").replace("-0", "0") if isinstance(value, float) else str(value)


def _path(pixels: np.ndarray, *, closed: bool = False) -> str:
    rounded = [f"{x:.1f},{y:.1f}" for x, y in (pixels[:-1] if closed else pixels) + 0.0]
    kept = [at for i, at in enumerate(rounded) if i == 0 or at != rounded[i - 1]]
    return "M" + " ".join(kept) + ("Z" if closed else "")
