"""Choose the title, symbol and popup of everything a map of an agreement shows."""

from dmz.dressing.ground import plainly
from dmz.dressing.stack import layers, sheet

__all__ = ["layers", "plainly", "sheet"]
