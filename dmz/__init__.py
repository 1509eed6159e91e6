"""Turn a line of contact and the text of an agreement into zones, maps and GeoJSON.

Every geometry is longitude, latitude on WGS 84. Distances are metres in code and kilometres in what a person reads.
What is asked for is loaded when it is asked for: ``import dmz`` itself takes no time and no memory.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dmz import control, geodesy
    from dmz.agreement import read_agreement
    from dmz.errors import DmzError, DmzWarning
    from dmz.export import write
    from dmz.geojson import write_geojson
    from dmz.line import Line, read_line
    from dmz.locating import locate
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
    "locate",
    "read_agreement",
    "read_line",
    "write",
    "write_geojson",
    "zones",
]

# Which module each name comes from; control and geodesy are modules themselves.
_HOMES = {
    "DmzError": "errors",
    "DmzWarning": "errors",
    "Line": "line",
    "Model": "model",
    "build": "model",
    "locate": "locating",
    "read_agreement": "agreement",
    "read_line": "line",
    "write": "export",
    "write_geojson": "geojson",
    "zones": "zone",
}


def __getattr__(name: str) -> Any:
    """Load a name of the library, or one of its modules, when it is first asked for."""
    if name in _HOMES:
        found = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    elif not name.startswith("_") and importlib.util.find_spec(f"{__name__}.{name}"):
        found = importlib.import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
