"""Write small SVG pictures: windows on a plane in metres, drawn in pixels to one decimal, so that bytes repeat."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely.geometry.base import BaseGeometry

from tools.figures.palette import BLACK, GREY, WHITE

# Pixels past the rim of a window within which outlines are kept, so that the cut does not show.
RIM = 40
HEAD = np.array([[-7, 3], [0, 0], [-7, -3]])  # of an arrow, pixels


@dataclass
class Window:
    """A rectangle of the picture, pixels from its top left, that shows a plane: its middle, and plane units a pixel."""

    box: tuple[float, float, float, float]
    middle: tuple[float, float]
    unit: float
    shapes: list[str] = field(default_factory=list)

    def pixels(self, xy: ArrayLike) -> np.ndarray:
        """Pixels from the window's top left of points of the plane, shape (n, 2)."""
        away = (np.asarray(xy, dtype=np.float64).reshape(-1, 2) - self.middle) / self.unit
        return np.asarray(away * (1, -1) + np.array(self.box[2:]) / 2)

    def draw(self, geometry: BaseGeometry, stroke: str = "none", width: float = 1.5, **style: Any) -> None:
        """Lines or polygons of the plane, as much of them as shows."""
        rim = shapely.box(-RIM, -RIM, self.box[2] + RIM, self.box[3] + RIM)
        shown = shapely.get_parts(shapely.intersection(shapely.transform(geometry, self.pixels), rim))
        ground = shown[shapely.get_dimensions(shown) == 2]  # noqa: PLR2004 - polygons
        outlines = [shapely.get_coordinates(ring)[:-1] for ring in shapely.get_rings(ground)]
        lines = [shapely.get_coordinates(line) for line in shown[shapely.get_dimensions(shown) == 1]]
        path = "".join([_path(xy) + "Z" for xy in outlines] + [_path(xy) for xy in lines])
        lined: dict[str, Any] = {"fill": "none", "stroke": stroke, "stroke_width": width}
        self.put("path", d=path, **(lined | style))

    def line(self, xy: ArrayLike, stroke: str = BLACK, width: float = 1.5, **style: Any) -> None:
        """Polyline through points of the plane."""
        self.draw(shapely.LineString(np.asarray(xy)), stroke, width, **style)

    def dots(self, xy: ArrayLike, fill: str = BLACK, radius: float = 2.5, **style: Any) -> None:
        """Dots with a radius in pixels, those that show."""
        at = self.pixels(xy)
        for x, y in at[(np.abs(at - np.array(self.box[2:]) / 2) < np.array(self.box[2:]) / 2 + radius).all(axis=1)]:
            self.put("circle", cx=x, cy=y, r=radius, fill=fill, **style)

    def circle(self, centre: ArrayLike, radius: float, stroke: str = GREY, width: float = 1.0, **style: Any) -> None:
        """Circle with a radius in units of the plane."""
        ((x, y),) = self.pixels(centre)
        lined: dict[str, Any] = {"fill": "none", "stroke": stroke, "stroke_width": width}
        self.put("circle", cx=x, cy=y, r=radius / self.unit, **(lined | style))

    def arrow(self, start: ArrayLike, end: ArrayLike, stroke: str = BLACK, *, both: bool = False) -> None:
        """Arrow from one point of the plane to another, with a head at its end or at both."""
        a, b = self.pixels(start)[0], self.pixels(end)[0]
        along = (b - a) / np.hypot(*(b - a))
        turn = np.array([along, (along[1], -along[0])])
        path = _path(np.array([a, b])) + _path(b + HEAD @ turn) + (_path(a - HEAD @ turn) if both else "")
        self.put("path", d=path, fill="none", stroke=stroke, stroke_width=1.3)

    def label(self, at: ArrayLike, text: str, dx: float = 0, dy: float = 0, **style: Any) -> None:
        """Text on a white halo beside a point of the plane, shifted by pixels right and down."""
        ((x, y),) = self.pixels(at)
        halo: dict[str, Any] = {"fill": BLACK, "paint_order": "stroke", "stroke": WHITE, "stroke_width": 4}
        self.put("text", escape(text), x=x + dx, y=y + dy, **(halo | style))

    def put(self, name: str, inside: str = "", **attributes: Any) -> None:
        """Any element; numbers to one decimal, `_` in names for `-`."""
        self.shapes.append(_element(name, inside, **attributes))

    def __str__(self) -> str:
        """A picture in the picture, that cuts off what lies outside."""
        inside = "\n".join(["", *self.shapes, ""])
        return _element("svg", inside, **dict(zip(("x", "y", "width", "height"), self.box, strict=True)))


def picture(title: str, *windows: Window, width: int = 640, height: int = 360) -> str:
    """Text of an SVG file that shows windows on white."""
    look = {"font_family": "sans-serif", "font_size": 13, "stroke_linejoin": "round", "stroke_linecap": "round"}
    white = _element("rect", width=width, height=height, fill=WHITE)
    inside = "\n".join(["", _element("title", escape(title)), white, *map(str, windows), ""])
    size = {"width": width, "height": height, "viewBox": f"0 0 {width} {height}"}
    return _element("svg", inside, xmlns="http://www.w3.org/2000/svg", role="img", **size, **look) + "\n"


def _element(name: str, inside: str = "", **attributes: Any) -> str:
    said = "".join(f' {key.replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{said}>{inside}</{name}>" if inside else f"<{name}{said}/>"


def _value(value: object) -> str:
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def _path(pixels: np.ndarray) -> str:
    """Path through pixels, those that round to the one before left out."""
    rounded = [f"{x:.1f},{y:.1f}" for x, y in np.round(pixels, 1) + 0.0]
    return "M" + " ".join(at for i, at in enumerate(rounded) if i == 0 or at != rounded[i - 1])
