"""Measure points against a line: how far, on which side, where along it; and depths straight from the distance."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import shapely
from numpy.typing import NDArray

from dmz import geodesy
from dmz.errors import InputError
from dmz.locating.grid import Floats

if TYPE_CHECKING:
    import geopandas as gpd

    from dmz.line import Line

Added = Literal["distance_m", "chainage_km", "probability"]
# Points measured at a time, so that memory stays bounded.
BATCH = 50_000


@dataclass(frozen=True)
class Measure:
    """What is asked beside the zone, and of which line.

    Parameters
    ----------
    add
        Of `Added`, in the order the columns are to have.
    line
        The line as WKB, longitude, latitude, vertices joined by geodesics.
    """

    add: tuple[str, ...]
    line: bytes

    def __post_init__(self) -> None:
        """Refuse what is not known."""
        if unknown := [name for name in self.add if name not in get_args(Added)]:
            raise InputError([f"add has {name!r}: there are {', '.join(get_args(Added))}" for name in unknown])

    def of(self, xy: Floats) -> dict[str, Floats]:
        """Columns asked for, of points, shape (n, 2), longitude, latitude."""
        found = against(_locator(self.line), xy)
        values = {"distance_m": found.signed_m, "chainage_km": found.chainage_m / 1000}
        return {name: values[name] for name in self.add}


def measure_of(add: Sequence[str], line: Line | None, zones: gpd.GeoDataFrame) -> Measure:
    """What is asked beside the zone.

    Raises
    ------
    InputError
        What is not known, or asked without a line.
    """
    del zones
    if line is None:
        raise InputError(
            f"add asks for {', '.join(add)}: give the line they are measured from, line=dmz.read_line(...)"
        )
    return Measure(tuple(dict.fromkeys(add)), shapely.to_wkb(line.geometry))


@dataclass(frozen=True)
class Against:
    """Points against a line; each field has shape (n,).

    `signed_m` is the geodesic distance, negative on the left, 0 on the line; `chainage_m` where along it the nearest
    point of the line lies; `is_left` is true on the line too.
    """

    signed_m: Floats
    chainage_m: Floats
    is_left: NDArray[np.bool_]


def against(locator: geodesy.Locator, xy: Floats) -> Against:
    """Distance, side and chainage of many points, in bounded memory."""
    signed, chainage, left = np.empty(len(xy)), np.empty(len(xy)), np.empty(len(xy), bool)
    for start in range(0, len(xy), BATCH):
        some = slice(start, start + BATCH)
        found = locator.nearest(xy[some])
        left[some] = found.side >= 0
        signed[some] = np.where(found.side == 0, 0.0, np.where(left[some], -found.distance_m, found.distance_m))
        chainage[some] = found.chainage_m
    return Against(signed, chainage, left)


@lru_cache(maxsize=4)
def _made_ready(line: bytes) -> geodesy.Locator:
    return geodesy.Locator(shapely.from_wkb(line))


_LOCK = threading.Lock()


def _locator(line: bytes) -> geodesy.Locator:
    """Line made ready, once a process."""
    with _LOCK:
        return _made_ready(line)
