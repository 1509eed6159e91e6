"""Turn a line of contact and the text of an agreement into zones, maps and GeoJSON.

Every geometry is longitude, latitude on WGS 84. Distances are metres in code and kilometres in what a person reads.
"""

from dmz import control, geodesy
from dmz.agreement import read_agreement
from dmz.errors import DmzError, DmzWarning
from dmz.export import write
from dmz.geojson import write_geojson
from dmz.line import Line, read_line
from dmz.model import Model, build
from dmz.zone import zones

__all__ = [
    "DmzError",
    "DmzWarning",
    "Line",
    "Model",
    "build",
    "control",
    "geodesy",
    "read_agreement",
    "read_line",
    "write",
    "write_geojson",
    "zones",
]
