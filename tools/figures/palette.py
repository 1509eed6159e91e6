"""Name the colours and styles that all pictures share."""

from __future__ import annotations

from typing import Any

# Okabe, M. and Ito, K. (2008), Color universal design: told apart by every kind of sight. Grey is for aids.
BLACK, GREY, ORANGE, SKY, GREEN = "#000000", "#7a7a7a", "#E69F00", "#56B4E9", "#009E73"
BLUE, RED, WHITE = "#0072B2", "#D55E00", "#ffffff"
# The same, to fill ground with.
PALE_SKY, PALE_ORANGE, PALE_GREEN, PALE_GREY = "#dceefa", "#f6d999", "#c5e8dc", "#f4f4f4"
AMBER = "#8a5f00"  # orange, dark enough for letters
RULE = "#cccccc"  # between panels
BOLD: dict[str, Any] = {"text_anchor": "middle", "font_weight": "bold", "stroke": "none"}
DASHED: dict[str, Any] = {"stroke_dasharray": "5 4"}
