"""Derive the line and areas of control from polygons, settlements, forward lines, corners, and lines of several dates.

`from_settlements` and `from_polygons` give a `Control`, whose `Control.line` is the line of contact between two
parties; `between` gives the zone and the middle line of two forward lines; `from_corners` and `line_from_corners` read
coordinates as agreements print them; `read_dated` and `changes` go from date to date. `offsets`, `summary`, `misses`
and `strays` hold a derived line against a drawn one.
"""

from dmz.control.coordinates import coordinate, pair
from dmz.control.corners import corners, from_corners, line_from_corners, read_corners
from dmz.control.dated import Changes, DatedLines, changes, read_dated
from dmz.control.fidelity import misses, offsets, strays, summary
from dmz.control.forward import Between, between
from dmz.control.held import Control, sigma_m
from dmz.control.polygons import from_polygons
from dmz.control.reports import read_settlements
from dmz.control.settlements import Suspects, from_settlements

__all__ = [
    "Between",
    "Changes",
    "Control",
    "DatedLines",
    "Suspects",
    "between",
    "changes",
    "coordinate",
    "corners",
    "from_corners",
    "from_polygons",
    "from_settlements",
    "line_from_corners",
    "misses",
    "offsets",
    "pair",
    "read_corners",
    "read_dated",
    "read_settlements",
    "sigma_m",
    "strays",
    "summary",
]
