"""Say a symbol of the style table as QGIS draws it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dmz.layer import Symbol
from dmz.qgis.markup import Element, element, options

# A pixel of the web map, 1/96 inch, in millimetres.
MM_PER_PX = 25.4 / 96
# Patterns as the web map has them: spacing of the hatch's lines and of dots, pixels; width of a line, size of a dot.
HATCH_PX, DOTS_PX, HATCH_WIDTH_PX, DOT_PX = 8 / 2**0.5, 6.0, 1.4, 1.8
# Opacity of the ground under a pattern and of its dots, as shares; what is added to the lines'.
GROUND, DOT_OPACITY, LINE_OPACITY = 0.22, 0.55, 0.1
KINDS = {"Point": "marker", "LineString": "line", "Polygon": "fill"}


def symbol(name: str, kind: str, drawn: Symbol) -> Element:
    """Symbol of a kind of geometry (``Point``, ``LineString``, ``Polygon``) under a name."""
    parts = {"Point": _marker, "LineString": _stroke, "Polygon": _fill}[kind](drawn)
    return element("symbol", *parts, name=name, type=KINDS[kind], alpha=1, clip_to_extent=1, force_rhr=0)


def mm(pixels: float) -> str:
    """Pixels of the web map as millimetres of paper."""
    return f"{pixels * MM_PER_PX:.3f}"


def color(code: str, opacity: float = 1.0) -> str:
    """Colour as QGIS writes it: red, green, blue and alpha, 0 to 255."""
    red, green, blue = (int(code[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"


def _part(kind: str, values: Mapping[str, object], *inner: Element) -> Element:
    return element("layer", options(values.items()), *inner, class_=kind, enabled=1, locked=0, **{"pass": 0})


def _marker(drawn: Symbol) -> Iterator[Element]:
    opacity = drawn.fill_opacity if drawn.fill else 0.0
    yield _part(
        "SimpleMarker",
        {
            "name": drawn.marker,
            "color": color(drawn.fill or drawn.color, opacity),
            "outline_color": color(drawn.color),
            "outline_width": mm(drawn.width_px),
            "outline_width_unit": "MM",
            "outline_style": "solid",
            "size": mm(drawn.size_px),
            "size_unit": "MM",
            "joinstyle": "miter",
        },
    )


def _stroke(drawn: Symbol) -> Iterator[Element]:
    """A line; dashes of a pixel or less are dots."""
    dots = bool(drawn.dash_px) and drawn.dash_px[0] <= 1
    dashes = [max(dash, 0.1) for dash in drawn.dash_px]
    yield _part(
        "SimpleLine",
        {
            "line_color": color(drawn.color),
            "line_width": mm(drawn.width_px),
            "line_width_unit": "MM",
            "line_style": "solid",
            "use_custom_dash": int(bool(dashes)),
            "customdash": ";".join(map(mm, dashes)) or "5;2",
            "customdash_unit": "MM",
            "capstyle": "round" if dots or not dashes else "flat",
            "joinstyle": "round",
        },
    )


def _fill(drawn: Symbol) -> Iterator[Element]:
    """An area: its ground, its pattern, its outline."""
    if drawn.fill and drawn.pattern != "none":
        opacity = drawn.fill_opacity * (1 if drawn.pattern == "solid" else GROUND)
        yield _part("SimpleFill", {"color": color(drawn.fill, opacity), "style": "solid", "outline_style": "no"})
        yield from _pattern(drawn, drawn.fill)
    if drawn.width_px > 0:
        yield from _stroke(drawn)


def _pattern(drawn: Symbol, ink: str) -> Iterator[Element]:
    if drawn.pattern == "dots":
        dot = _part(
            "SimpleMarker",
            {
                "name": "circle",
                "color": color(ink, DOT_OPACITY),
                "outline_style": "no",
                "size": mm(DOT_PX),
                "size_unit": "MM",
            },
        )
        marks = element("symbol", dot, name="@1@0", type="marker", alpha=1, clip_to_extent=1)
        apart = {"distance_x": mm(DOTS_PX), "distance_y": mm(DOTS_PX), "displacement_x": mm(DOTS_PX / 2)}
        yield _part("PointPatternFill", apart | {f"{name}_unit": "MM" for name in apart}, marks)
    angles = {"hatch": (45,), "cross": (45, 135)}.get(drawn.pattern, ())
    for angle in angles:
        line = _part(
            "SimpleLine",
            {
                "line_color": color(ink, min(1.0, drawn.fill_opacity + LINE_OPACITY)),
                "line_width": mm(HATCH_WIDTH_PX),
                "line_width_unit": "MM",
                "line_style": "solid",
                "capstyle": "flat",
            },
        )
        lines = element("symbol", line, name="@1@0", type="line", alpha=1, clip_to_extent=1)
        distance = {"angle": angle, "distance": mm(HATCH_PX), "distance_unit": "MM", "line_width": mm(HATCH_WIDTH_PX)}
        yield _part("LinePatternFill", distance | {"line_width_unit": "MM", "color": color(ink)}, lines)
