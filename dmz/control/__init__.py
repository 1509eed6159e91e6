"""Derive the line and areas of control from polygons, settlements and who holds them, forward lines, corners and dates.

`from_settlements` and `from_polygons` give a `Control`, whose `Control.line` is the line of contact between two
parties.
"""

from dmz.control.held import Control
from dmz.control.polygons import from_polygons
from dmz.control.reports import read_settlements
from dmz.control.settlements import from_settlements, sigma_m

__all__ = ["Control", "from_polygons", "from_settlements", "read_settlements", "sigma_m"]
