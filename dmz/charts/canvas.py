"""Give every chart its paper: size, type, colours, caption, and a file of the same bytes each time.

A chart is drawn inside ``with style():`` and saved with `save`. matplotlib's settings are as they were afterwards.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dmz.errors import InputError
from dmz.files import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MM_PER_INCH = 25.4
PNG_DPI = 200
TITLE_PT, TEXT_PT, SMALL_PT = 10.0, 8.0, 6.5
# Baseline to baseline of the caption's lines, as a share of the type's size; and one point in millimetres.
LEADING, MM_PER_PT = 1.35, MM_PER_INCH / 72
# Room at the edge of the paper.
MARGIN_MM = 4.0
# No text of a chart is longer; what is cut ends in an ellipsis.
LONGEST = 160
LONGEST_CAPTION = 1_000
ELLIPSIS = "…"
# What stands in place of a character that the type does not have.
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# Okabe & Ito (2008), "Color Universal Design": told apart under the common kinds of colour blindness.
PALETTE = {
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "purple": "#CC79A7",
    "black": "#000000",
}
INK, PALE_INK, RULE = "#1a1a1a", "#595959", "#b8b8b8"


@dataclass(frozen=True)
class Look:
    """How one meaning looks: a fill, and a hatch by which it is told from others without colour."""

    fill: str
    hatch: str = ""
    ink: str = "#ffffff"


# Grey and hatched like nothing else: it cannot be taken for an answer.
UNKNOWN = Look("#e6e6e6", "////", "#8c8c8c")
# In this order neighbours differ in lightness, and each has a hatch of its own.
LOOKS = (
    Look(PALETTE["blue"]),
    Look(PALETTE["orange"], "\\\\\\", "#5c3f00"),
    Look(PALETTE["green"], "...", "#ffffff"),
    Look(PALETTE["yellow"], "xxx", "#6b6400"),
    Look(PALETTE["vermilion"], "|||", "#ffffff"),
    Look(PALETTE["sky"], "---", "#0b4a70"),
    Look(PALETTE["purple"], "ooo", "#5a1f3d"),
    Look(PALETTE["black"], "+++", "#ffffff"),
)
SETTINGS: dict[str, Any] = {
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib
    "font.size": TEXT_PT,
    "text.usetex": False,
    "text.parse_math": False,  # a "$" in a name is a dollar sign
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": PALE_INK,
    "axes.linewidth": 0.6,
    "axes.formatter.use_locale": False,
    "axes.formatter.use_mathtext": False,
    "xtick.color": PALE_INK,
    "ytick.color": PALE_INK,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "hatch.linewidth": 0.5,
    "svg.fonttype": "path",  # looks the same where the type is not installed
    "svg.hashsalt": "dmz",
    "path.simplify": False,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw and save in here: the house's settings on top of matplotlib's own, and the caller's back afterwards."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        settings: Any = mpl.rcParams
        settings.update(SETTINGS)
        yield


def figure(width_mm: float, height_mm: float) -> Figure:
    """Paper of a size in millimetres, white, without pyplot; call it inside `style`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    paper = Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH), dpi=PNG_DPI, facecolor="white")
    FigureCanvasAgg(paper)
    return paper


def axes(paper: Figure, *, left_mm: float, right_mm: float, top_mm: float, bottom_mm: float) -> Axes:
    """Axes that keep these distances from the paper's edges, without the frame's top and right."""
    width_mm, height_mm = size_mm(paper)
    across, up = width_mm - left_mm - right_mm, height_mm - top_mm - bottom_mm
    drawn = paper.add_axes((left_mm / width_mm, bottom_mm / height_mm, across / width_mm, up / height_mm))
    drawn.spines[["top", "right"]].set_visible(False)
    return drawn


def size_mm(paper: Figure) -> tuple[float, float]:
    """Width and height of the paper, millimetres."""
    width, height = paper.get_size_inches()
    return float(width) * MM_PER_INCH, float(height) * MM_PER_INCH


def plain(words: object, longest: int = LONGEST) -> str:
    """Text of a chart from text of anybody: one line, nothing that steers its direction, cut with an ellipsis.

    Characters that the type does not have become U+FFFD; characters of control and of format (a right-to-left
    override, a zero-width space) go.
    """
    start = str(words)[: 4 * longest]
    shown = "".join(character for character in " ".join(start.split()) if unicodedata.category(character)[0] != "C")
    cut = shown if len(shown) <= longest and len(start) == len(str(words)) else shown[: longest - 1].rstrip() + ELLIPSIS
    has = _glyphs()
    return "".join(character if ord(character) in has else REPLACEMENT for character in cut)


def width_of(paper: Figure, words: str, size_pt: float = TEXT_PT, *, weight: str = "normal") -> float:
    """Width of plain text on the paper, millimetres."""
    text = paper.text(0, 0, words, fontsize=size_pt, fontweight=weight, parse_math=False)
    box = text.get_window_extent(paper.canvas.get_renderer())  # type: ignore[attr-defined]
    text.remove()
    return float(box.width) / paper.dpi * MM_PER_INCH


def fitted(paper: Figure, words: object, width_mm: float, size_pt: float = TEXT_PT, *, weight: str = "normal") -> str:
    """Plain text, cut with an ellipsis where it is wider than so many millimetres."""
    whole = plain(words)
    if width_of(paper, whole, size_pt, weight=weight) <= width_mm:
        return whole
    low, high = 0, len(whole)
    while high - low > 1:
        middle = (low + high) // 2
        fits = width_of(paper, whole[:middle].rstrip() + ELLIPSIS, size_pt, weight=weight) <= width_mm
        low, high = (middle, high) if fits else (low, middle)
    return whole[:low].rstrip() + ELLIPSIS


def wrapped(paper: Figure, words: object, width_mm: float, size_pt: float = SMALL_PT) -> list[str]:
    """Plain text in lines no wider than so many millimetres."""
    lines: list[str] = []
    left = plain(words, LONGEST_CAPTION).split(" ")
    while left:
        count = _fitting(paper, left, width_mm, size_pt)
        lines.append(" ".join(left[:count]) if count > 1 else fitted(paper, left[0], width_mm, size_pt))
        left = left[count:]
    return lines


def _fitting(paper: Figure, words: list[str], width_mm: float, size_pt: float) -> int:
    """How many words fit on a line, at least one: measured about where the line is full, for measuring is slow."""

    def fits(count: int) -> bool:
        return width_of(paper, " ".join(words[:count]), size_pt) <= width_mm

    room = width_mm / width_of(paper, "n", size_pt)
    ends = accumulate(len(word) + 1 for word in words)
    count = max(1, sum(1 for _ in takewhile(lambda end: end < room, ends)))
    while count > 1 and not fits(count):
        count -= 1
    while count < len(words) and fits(count + 1):
        count += 1
    return count


def title(paper: Figure, words: object, *, under: object = "") -> float:
    """Write a title, and a line under it, at the top left of the paper; return the room they take, millimetres."""
    width_mm, height_mm = size_mm(paper)
    room_mm = MARGIN_MM
    for text, size_pt, weight, ink in ((words, TITLE_PT, "bold", INK), (under, TEXT_PT, "normal", PALE_INK)):
        if str(text):
            shown = fitted(paper, text, width_mm - 2 * MARGIN_MM, size_pt, weight=weight)
            y = 1 - room_mm / height_mm
            paper.text(
                MARGIN_MM / width_mm, y, shown, fontsize=size_pt, fontweight=weight, color=ink, va="top", ha="left"
            )
            room_mm += size_pt * LEADING * MM_PER_PT
    return room_mm


def caption(paper: Figure, words: object) -> float:
    """Write where the chart's numbers come from at the foot of the paper; return the room it takes, millimetres."""
    width_mm, height_mm = size_mm(paper)
    lines = wrapped(paper, words, width_mm - 2 * MARGIN_MM)
    step_mm = SMALL_PT * LEADING * MM_PER_PT
    for number, line in enumerate(reversed(lines)):
        y = (MARGIN_MM + number * step_mm) / height_mm
        paper.text(MARGIN_MM / width_mm, y, line, fontsize=SMALL_PT, color=PALE_INK, va="baseline", ha="left")
    return MARGIN_MM + len(lines) * step_mm


def caption_room(width_mm: float, words: object) -> float:
    """Room that `caption` will take on paper of a width, millimetres: to choose the paper's height by."""
    return MARGIN_MM + len(wrapped(figure(width_mm, 50), words, width_mm - 2 * MARGIN_MM)) * (
        SMALL_PT * LEADING * MM_PER_PT
    )


def looks(meanings: Iterable[str], fixed: Mapping[str, Look] | None = None) -> dict[str, Look]:
    """Look of each meaning: the fixed ones as they are, the others the next free one, ``"unknown"`` always `UNKNOWN`.

    Raises
    ------
    InputError
        Where there are more meanings than looks that can be told apart.
    """
    found: dict[str, Look] = {"unknown": UNKNOWN} | dict(fixed or {})
    wanted = [*dict.fromkeys(meanings)]
    free = [look for look in LOOKS if look not in found.values()]
    others = [meaning for meaning in wanted if meaning not in found]
    if len(others) > len(free):
        raise InputError(f"a chart tells {len(free)} things apart, not {len(others)}: draw fewer of them on one")
    found |= dict(zip(others, free, strict=False))
    return {meaning: found[meaning] for meaning in wanted}


def box(drawn: Axes, x: tuple[float, float], y: tuple[float, float], look: Look, *, edge: str = "white") -> None:
    """Fill a box from x to x and from y to y, in the axes' units."""
    from matplotlib.patches import Rectangle

    corner, size = (x[0], y[0]), (x[1] - x[0], y[1] - y[0])
    drawn.add_patch(Rectangle(corner, *size, facecolor=look.fill, edgecolor="none", linewidth=0))
    if look.hatch:
        drawn.add_patch(Rectangle(corner, *size, fill=False, hatch=look.hatch, edgecolor=look.ink, linewidth=0))
    drawn.add_patch(Rectangle(corner, *size, fill=False, edgecolor=edge, linewidth=0.6))


def legend(drawn: Axes, meanings: Mapping[str, Look], **where: Any) -> None:
    """Say beside the axes what each look means; `where` as matplotlib's ``Axes.legend`` takes it."""
    from matplotlib.patches import Patch

    keys = [
        Patch(facecolor=look.fill, hatch=look.hatch, edgecolor=look.ink, linewidth=0, label=plain(name, 60))
        for name, look in meanings.items()
    ]
    place: dict[str, Any] = {
        "loc": "upper left",
        "frameon": False,
        "fontsize": SMALL_PT + 0.5,
        "handlelength": 2.2,
    } | where
    drawn.add_artist(drawn.legend(handles=keys, **place))


def save(paper: Figure, path: str | Path, *, name: str = "") -> Path:
    """Write a chart as SVG or PNG, as the path ends; the same chart always gives the same bytes.

    Parameters
    ----------
    paper
        As `figure` made it.
    path
        Ends in ``.svg`` or ``.png``. What stands there is replaced when the new file is whole.
    name
        What the picture shows, for those who hear it read: the SVG's title.

    Raises
    ------
    InputError
        Where the path ends otherwise.
    OutputError
        Where it cannot be written.
    """
    target = Path(path)
    write_whole({target: rendered(paper, target.suffix.lower().removeprefix("."), name=name, where=str(path))})
    return target


def rendered(paper: Figure, kind: str, *, name: str = "", where: str = "the chart") -> bytes:
    """Bytes of a chart as ``"svg"`` or ``"png"``; no date, no version, no random id is in them."""
    if kind not in {"svg", "png"}:
        raise InputError(f"{where}: a chart is written as .svg or .png, not as {kind!r}")
    metadata = {"Software": None} if kind == "png" else {"Date": None, "Creator": "dmz", "Title": plain(name)}
    out = io.BytesIO()
    with style():
        paper.savefig(out, format=kind, dpi=PNG_DPI, metadata=metadata, bbox_inches=None)
    return out.getvalue()


@cache
def _glyphs() -> frozenset[int]:
    """Code points that the type has."""
    from matplotlib.font_manager import findfont, get_font

    with style():
        return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())
