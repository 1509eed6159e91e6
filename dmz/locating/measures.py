"""Measure points against a line: how far, on which side, where along it; and depths straight from the distance."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from dmz import geodesy
from dmz.errors import InputError
from dmz.locating.grid import Floats
from dmz.locating.kernel import are_placed

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

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
    chance
        What the probability hangs on, where it is asked for.
    """

    add: tuple[str, ...]
    line: bytes
    chance: Chance | None = None

    def __post_init__(self) -> None:
        """Refuse what is not known."""
        if unknown := [name for name in self.add if name not in get_args(Added)]:
            raise InputError([f"add has {name!r}: there are {', '.join(get_args(Added))}" for name in unknown])

    def of(self, xy: Floats) -> dict[str, Floats]:
        """Columns asked for, of points, shape (n, 2); of shape (n,), or one a reading, (n, readings)."""
        values: dict[str, Floats] = {}
        if {"distance_m", "chainage_km"} & {*self.add}:
            found = against(_locator(self.line), xy)
            values |= {"distance_m": found.signed_m, "chainage_km": found.chainage_m / 1000}
        if self.chance is not None:
            values["probability"] = self.chance.of(xy, self.line)
        return {name: values[name] for name in self.add}


@dataclass(frozen=True)
class Chance:
    """What the probability of points to lie in the zones of each reading hangs on.

    Parameters
    ----------
    parties
        The party on the left of the line, the party on the right.
    sigma_m
        Standard deviation of the line at every vertex, metres.
    areas
        Ground whose holder is known: WKB and party.
    belts
        For each reading its zones: from and to how far off the line, metres, and the party.
    """

    parties: tuple[str, str]
    sigma_m: tuple[float, ...]
    areas: tuple[tuple[bytes, str], ...]
    belts: tuple[tuple[tuple[float, float, str], ...], ...]

    def of(self, xy: Floats, line: bytes) -> Floats:
        """Probability of points, shape (n, 2), for each reading, shape (n, readings); its zones exclude each other."""
        import geopandas as gpd
        import pandas as pd

        from dmz.line import Line

        known = None
        if self.areas:
            grounds, names = zip(*self.areas, strict=True)
            known = gpd.GeoDataFrame({"party": names}, geometry=shapely.from_wkb(np.array(grounds, object)), crs=4326)
        front = Line(shapely.from_wkb(line), *self.parties, areas=known)
        uncertainty = import_module("dmz.uncertainty")
        around = uncertainty.spread(front, sigma_m=np.array(self.sigma_m))
        made = np.empty((len(xy), len(self.belts)))
        tables = [pd.DataFrame(belts, columns=["depth_from_m", "depth_to_m", "party"]) for belts in self.belts]
        for start in range(0, len(xy), BATCH):
            some = slice(start, start + BATCH)
            seen = uncertainty.bearing(xy[some], around)
            for number, table in enumerate(tables):
                made[some, number] = uncertainty.probabilities(seen, around, table).sum(axis=1)
        return made


def measure_of(add: Sequence[str], line: Line | None, zones: gpd.GeoDataFrame) -> Measure:
    """What is asked beside the zone.

    Raises
    ------
    InputError
        What is not known, or asked without a line.
    """
    if line is None:
        raise InputError(
            f"add asks for {', '.join(add)}: give the line they are measured from, line=dmz.read_line(...)"
        )
    chance = _chance(line, zones) if "probability" in add else None
    return Measure(tuple(dict.fromkeys(add)), shapely.to_wkb(line.geometry), chance)


def _chance(line: Line, zones: gpd.GeoDataFrame) -> Chance:
    """What the probability hangs on; refused where nobody said how uncertain the line is."""
    from dmz import checks

    if line.uncertainty_m is None:
        raise InputError(
            f"{line.name}: nobody said how uncertain it is, so there is no probability: give uncertainty_m"
        )
    checks.has_columns(zones, ("depth_from_m", "depth_to_m"), where="the zones")
    areas = [] if line.areas is None else zip(line.areas.geometry, line.areas["party"], strict=True)
    belts = [
        zip(rows["depth_from_m"], rows["depth_to_m"], rows["party"], strict=True)
        for _, rows in zones.groupby("reading", sort=False)
    ]
    return Chance(
        line.parties,
        tuple(map(float, line.uncertainty_m)),
        tuple((shapely.to_wkb(ground), str(party)) for ground, party in areas),
        tuple(tuple((float(near), float(far), str(party)) for near, far, party in rows) for rows in belts),
    )


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


def bands(points: ArrayLike, line: Line, depths_km: Sequence[float]) -> pd.DataFrame:
    """Least of many depths that holds each point, straight from its distance: no polygon is laid.

    Parameters
    ----------
    points
        Longitudes and latitudes, shape (n, 2), degrees.
    line
        The line of contact.
    depths_km
        Depths off the line, km, above 0: 51 of them cost what one does.

    Returns
    -------
    pandas.DataFrame
        One row a point; columns ``distance_m``, negative on the left; ``chainage_km``; ``party`` on whose side it lies,
        on the line the left's; ``depth_km``, the least depth with d <= depth, empty where it lies beyond all of them.
        A point without a place has none of these.

    Raises
    ------
    InputError
        Points or depths that make no sense.

    Examples
    --------
    >>> from dmz import Line
    >>> front = Line(shapely.LineString([(36.0, 35.5), (36.5, 35.6)]), left="north", right="south")
    >>> bands([(36.2, 35.6), (36.2, 35.3)], front, depths_km=range(1, 52))[["party", "depth_km"]]
       party  depth_km
    0  north       7.0
    1  south      26.0
    """
    import pandas as pd

    xy = np.asarray(points, dtype=np.float64)
    if xy.ndim != 2 or xy.shape[1] != 2:  # noqa: PLR2004 - longitude, latitude
        raise InputError(f"the points have shape {xy.shape}: give longitude and latitude, shape (n, 2)")
    depths_m = np.sort(np.asarray([*depths_km], dtype=np.float64)) * 1000
    if not len(depths_m) or not (depths_m > 0).all():
        raise InputError(f"depths_km are {[*depths_km]}: give km above 0")
    placed = are_placed(xy[:, 0], xy[:, 1])
    good = np.arange(len(xy)) if placed is None else np.flatnonzero(placed)
    found = against(geodesy.Locator(line.geometry), xy[good])
    depth = np.append(depths_m / 1000, np.nan)[np.searchsorted(depths_m, np.abs(found.signed_m), side="left")]
    party = pd.Categorical.from_codes(np.where(found.is_left, 0, 1), categories=[line.left, line.right])
    values = {"distance_m": found.signed_m, "chainage_km": found.chainage_m / 1000, "party": party, "depth_km": depth}
    return pd.DataFrame(values, index=good).reindex(range(len(xy)))


@lru_cache(maxsize=4)
def _made_ready(line: bytes) -> geodesy.Locator:
    return geodesy.Locator(shapely.from_wkb(line))


_LOCK = threading.Lock()


def _locator(line: bytes) -> geodesy.Locator:
    """Line made ready, once a process."""
    with _LOCK:
        return _made_ready(line)
