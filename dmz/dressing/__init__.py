"""Choose the title, symbol and popup of everything a map of an agreement shows."""

from dmz.dressing.stack import layers, sheet

__all__ = ["layers", "sheet"]
