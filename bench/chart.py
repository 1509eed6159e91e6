"""Draw time and error against vertices as one SVG, the same bytes for the same numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

from bench.report import Results

# Method, colour of Okabe and Ito (2008, Color Universal Design), dashes, mark: told apart in grey by the last two.
SERIES = (
    ("dmz, 1 m", "#D55E00", "", "circle"),
    ("dmz, 1 cm", "#D55E00", "6 3", "square"),
    ("dmz, 1 mm", "#D55E00", "2 3", "triangle"),
    ("geopandas, UTM, 400 segments", "#0072B2", "", "square"),
    ("geopandas, UTM, 16 segments", "#56B4E9", "6 3", "diamond"),
    ("geopandas, local AEQD, 400 segments", "#009E73", "", "triangle"),
    ("PostGIS geography, 400 segments", "#CC79A7", "", "diamond"),
    ("QGIS `native:buffer`, UTM layer, 400 segments", "#000000", "2 3", "circle"),
)
WIDE, HIGH, LEFT, TOP, GAP = 330, 280, 70, 50, 90
MARKS = {"circle": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "square": "M-4-4h8v8h-8z", "triangle": "M0-5l5 9h-10z"}
MARKS["diamond"] = "M0-5.5l5 5.5l-5 5.5l-5-5.5z"
Points = list[tuple[int, float]]


def chart(results: Results) -> str:
    """Two panels side by side, both axes logarithmic, and one legend below."""
    body = _panel(LEFT, "Time in seconds", results.times, lambda power: f"{10.0**power:g} s")
    body += _panel(LEFT + WIDE + GAP, "Largest error", results.errors, _length)
    for number, (name, *style) in enumerate(SERIES):
        x, y = LEFT + number // 4 * (WIDE + GAP), TOP + HIGH + 65 + number % 4 * 20
        body += _line([(x, y), (x + 40, y)], *style)
        body.append(f'<text x="{x + 50}" y="{y + 4}">{name.replace("`", "")}</text>')
    width, height = LEFT + 2 * WIDE + GAP + 45, TOP + HIGH + 65 + len(SERIES) * 10 + 5
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif"'
    title = "<title>Time and largest error of each method against the vertices of the line</title>"
    head += f' font-size="12" fill="#222" role="img">{title}<rect width="{width}" height="{height}" fill="#fff"/>'
    return "\n".join([head, *body, "</svg>"]) + "\n"


def _panel(left: int, title: str, read: Callable[[str], Points], say: Callable[[int], str]) -> list[str]:
    """One panel with its grid, axes and lines."""
    found = {name: read(name) for name, *_ in SERIES}
    every = [point for points in found.values() for point in points] or [(100, 1.0), (1000, 10.0)]
    (west, east), (low, high) = (_powers([point[axis] for point in every]) for axis in (0, 1))

    def place(vertices: float, value: float) -> tuple[float, float]:
        across = (math.log10(vertices) - west) / (east - west)
        up = (math.log10(value) - low) / (high - low)
        return left + WIDE * across, TOP + HIGH * (1 - up)

    out = [f'<text x="{left}" y="{TOP - 18}" font-size="15" font-weight="bold">{title}</text>']
    for power in range(low, high + 1):
        y = place(10**west, 10.0**power)[1]
        out.append(f'<path d="M{left} {y:.1f}h{WIDE}" stroke="#ddd"/>')
        out.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{say(power)}</text>')
    for power in range(west, east + 1):
        x = place(10**power, 10.0**low)[0]
        out.append(f'<path d="M{x:.1f} {TOP}v{HIGH}" stroke="#ddd"/>')
        out.append(f'<text x="{x:.1f}" y="{TOP + HIGH + 18}" text-anchor="middle">{10**power:,}</text>')
    out.append(f'<text x="{left + WIDE / 2}" y="{TOP + HIGH + 38}" text-anchor="middle">vertices of the line</text>')
    for name, *style in reversed(SERIES):
        out += _line([place(*point) for point in found[name]], *style)
    return out


def _line(points: list[tuple[float, float]], colour: str, dashes: str, mark: str) -> list[str]:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    stroke = f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes or "none"}"/>'
    marks = [f'<path d="{MARKS[mark]}" transform="translate({x:.1f} {y:.1f})" fill="{colour}"/>' for x, y in points]
    return [stroke, *marks] if points else []


def _length(power: int) -> str:
    return f"{10.0 ** (power + 3):g} mm" if power < 0 else f"{10**power:,} m"


def _powers(values: list[float]) -> tuple[int, int]:
    """Powers of ten about all values."""
    low = math.floor(math.log10(min(values)))
    return low, max(low + 1, math.ceil(math.log10(max(values))))
