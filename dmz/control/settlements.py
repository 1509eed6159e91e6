"""Derive areas of control from settlements and who holds them: the nearest settlement decides."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import checks, geodesy
from dmz.control import partition
from dmz.control.held import Control, Floats
from dmz.control.reports import held_on, read_settlements
from dmz.errors import ControlWarning, GeometryError, InputError, PartyError

Suspects = Literal["use", "leave-out"]
# Settlements around one that say whether its label may be wrong; the labels named in a warning.
NEIGHBOURS, NAMED = 6, 12
# How far ground is at most taken to be held: the place nearest to it, and the second party there.
NO_DATA_KM, CONTESTED_KM = 35.0, 7.0
# Latitude beyond which ground may lie around a pole, where a map in longitude and latitude tears.
NEAR_POLE_DEG = 85.0
# Tolerance of the edges of contested ground and of ground without data, whose radii are conventions, metres.
RING_TOLERANCE_M = 5.0


@dataclass(frozen=True)
class Places:
    """Settlements made ready: where they are, who holds them, and how far any ground is from each party's.

    `xy` are longitudes and latitudes, `party` their holders.
    """

    xy: Floats
    party: NDArray[np.object_]

    @property
    def parties(self) -> list[str]:
        """Names of the parties, sorted."""
        return sorted({*self.party})

    def of(self, party: str) -> NDArray[np.bool_]:
        """Which are a party's."""
        return np.asarray(self.party == party, bool)

    def away_m(self, xy: Floats, only: NDArray[np.bool_] | None = None) -> Floats:
        """Geodesic distance from places to the nearest settlement, metres; chords tell which that is."""
        return geodesy.nearest_points(xy, self.xy if only is None else self.xy[only])[1]


def from_settlements(
    settlements: gpd.GeoDataFrame | str | Path,
    *,
    within: BaseGeometry | gpd.GeoDataFrame | None = None,
    on: date | None = None,
    suspects: Suspects = "use",
    contested_km: float = CONTESTED_KM,
    no_data_km: float = NO_DATA_KM,
) -> Control:
    """Areas of control from settlements and who holds them.

    Parameters
    ----------
    settlements
        Table as `read_settlements` makes it, or a file for it: points with ``party``; where there are any, ``name``,
        ``date``, ``source``, ``confidence``. Any number of parties.
    within
        The theatre: polygons, longitude, latitude. Without it, all ground within `no_data_km` of a settlement.
    on
        The day asked for: of several reports on a place the last before it counts. None takes the last of all.
    suspects
        What to do with labels that all six neighbours contradict: ``"use"`` them or ``"leave-out"``. Either way they
        are flagged in `Control.places` and named in a warning.
    contested_km
        Ground is contested where settlements of two parties lie within this distance; 0 for none.
    no_data_km
        Ground farther than this from any settlement is nobody's: ``no_data``.

    Returns
    -------
    Control
        Areas, contested ground, ground without data; `Control.line` has the line, whose uncertainty at each vertex
        is h, the distance to the nearest settlement. `Control.places`: ``name``, ``party``, ``date``, ``source``,
        ``confidence``, ``neighbours`` (asked), ``disagreeing`` (of them), ``suspect``, ``used``.

    Raises
    ------
    InputError
        A table without parties, reports that contradict each other, a radius that makes no sense.
    PartyError
        Where one party holds all of them.
    GeometryError
        Where no settlement reaches the theatre.

    Warns
    -----
    ControlWarning
        Suspect labels, by name; settlements without a holder.

    Notes
    -----
    The ground of a settlement is its cell of the Voronoi diagram on the ellipsoid (`dmz.geodesy.cells`; Voronoi 1908;
    Okabe et al. 2000, Spatial tessellations, chapter 5 for such areas of influence). If every label is right and every
    settlement's ground is held with it, the true line passes within h of the derived one; measured on real fronts its
    distance has a root mean square of h / 2, which is taken for sigma (docs/method.md, A line from settlements).

    Examples
    --------
    >>> towns = gpd.GeoDataFrame(
    ...     {"name": ["Ain", "Bir", "Tell"], "party": ["north", "south", "south"]},
    ...     geometry=gpd.points_from_xy([36.0, 36.0, 36.1], [35.6, 35.5, 35.5]), crs="EPSG:4326")
    >>> control = from_settlements(towns, within=shapely.box(35.9, 35.4, 36.1, 35.7), contested_km=0)
    >>> control.areas[["party", "area_km2"]].round(1)
       party  area_km2
    0  north     293.2
    1  south     310.5
    >>> line = control.line(left="north")
    >>> round(line.length_km, 1), float(round(line.uncertainty_m.min() / 1000, 2))
    (19.5, 5.55)
    """
    _check_radii(contested_km, no_data_km, suspects)
    where = "settlements" if isinstance(settlements, gpd.GeoDataFrame) else str(settlements)
    reports = settlements if isinstance(settlements, gpd.GeoDataFrame) else read_settlements(settlements)
    table = _flagged(held_on(reports, on, where=where), suspects, where)
    used = table[table["used"]]
    places = Places(checks.lonlat(used), used["party"].to_numpy(dtype=object))
    if len(places.parties) < 2:  # noqa: PLR2004 - a line has two sides
        raise PartyError(f"{where}: all {len(used)} settlements are held by {places.parties[0]!r}: a line needs two")
    ground = _ground(places, partition.land(within), no_data_km, where)
    faces = _faces(places, ground, contested_km, no_data_km)
    nearest, near, far = _labels(faces, places, contested_km, no_data_km)
    return Control(
        areas=partition.joined(faces, nearest, "party"),
        contested=partition.joined(faces, near, "parties"),
        no_data=partition.joined(faces, far, "reason"),
        places=table,
        settings={"contested_km": contested_km, "no_data_km": no_data_km, "suspects": suspects},
        drawn=on or _day(used),
        source=f"nearest of {len(used)} settlements",
        unsure=lambda xy, _: places.away_m(xy),
    )


def disagreeing(xy: Floats, party: NDArray[np.object_]) -> tuple[int, NDArray[np.int64]]:
    """How many neighbours each settlement is asked, and how many of those another party holds.

    Parameters
    ----------
    xy, party
        Longitude, latitude, shape (n, 2); holders, shape (n,).

    Returns
    -------
    tuple
        Six, or fewer where there are not so many others; shape (n,).

    Notes
    -----
    Six is the mean number of neighbours of a cell in the plane (Okabe et al. 2000). A label all of them contradict is
    an outlier in the sense of Wilson (1972, Asymptotic properties of nearest neighbor rules using edited data).
    """
    count = min(NEIGHBOURS, len(xy) - 1)
    if not count:
        return 0, np.zeros(len(xy), np.int64)
    beside, _ = geodesy.nearest_points(xy, xy, count + 1)
    other = party[beside] != party[:, None]
    return count, np.asarray(other.sum(axis=1), np.int64)


def _check_radii(contested_km: float, no_data_km: float, suspects: str) -> None:
    faults = []
    if suspects not in ("use", "leave-out"):
        faults.append(f"suspects is 'use' or 'leave-out', not {suspects!r}")
    if not 0 < no_data_km <= geodesy.MAX_DISTANCE_M / 1000:
        faults.append(f"no_data_km {no_data_km}: give km above 0, at most {geodesy.MAX_DISTANCE_M / 1000:g}")
    if not 0 <= contested_km < no_data_km:
        faults.append(f"contested_km {contested_km}: give km from 0, less than no_data_km ({no_data_km:g})")
    if faults:
        raise InputError(faults)


def _flagged(table: gpd.GeoDataFrame, suspects: Suspects, where: str) -> gpd.GeoDataFrame:
    """Settlements with what their neighbours say; suspect ones named in a warning."""
    asked, others = disagreeing(checks.lonlat(table), table["party"].to_numpy(dtype=object))
    suspect = (others == asked) & (asked == NEIGHBOURS)
    if suspect.any():
        said = [f"{row.name} ({row.party})" for row in table[suspect].itertuples(index=False)]
        more = f" and {len(said) - NAMED} more" if len(said) > NAMED else ""
        done = "used all the same" if suspects == "use" else "left out"
        count = "1 label is" if len(said) == 1 else f"{len(said)} labels are"
        warnings.warn(
            f"{where}: {count} contradicted by all {NEIGHBOURS} neighbours and {done}: {', '.join(said[:NAMED])}{more}",
            ControlWarning,
            stacklevel=3,
        )
    used = ~suspect if suspects == "leave-out" else np.ones(len(table), bool)
    return table.assign(neighbours=asked, disagreeing=others, suspect=suspect, used=used)


def _ground(places: Places, theatre: BaseGeometry | None, no_data_km: float, where: str) -> BaseGeometry:
    """Theatre, or all ground within reach of a settlement."""
    if np.abs(places.xy[:, 1]).max() > NEAR_POLE_DEG:
        raise InputError(f"{where}: settlements beyond {NEAR_POLE_DEG:g} degrees: areas around a pole are not drawn")
    if theatre is not None:
        reach = places.away_m(shapely.get_coordinates(theatre)).min() / 1000
        inside = shapely.intersects_xy(theatre, *places.xy.T)
        if reach > no_data_km and not inside.any():
            raise GeometryError(
                f"{where}: no settlement is within {no_data_km:g} km of the theatre, the nearest is {reach:,.0f} km off"
            )
        return theatre
    rim = _rim(places.xy, no_data_km * 1000)
    ring = geodesy.buffer(shapely.MultiPoint(places.xy[rim]), no_data_km * 1000, RING_TOLERANCE_M)
    return shapely.set_precision(shapely.union_all([shapely.Polygon(part.exterior) for part in ring.geoms]), 1e-7)


def _faces(places: Places, ground: BaseGeometry, contested_km: float, no_data_km: float) -> NDArray[np.object_]:
    """Faces of the ground that are each nearest to one party, near to the same parties, and known or not."""
    cells = geodesy.cells(places.xy, shapely.get_coordinates(ground))
    edges = cells.parting(places.party)
    cuts = [*_on(ground, geodesy.cell_edges(edges.only(edges.nearest_m <= no_data_km * 1000)))]
    rim = cells.farthest_m >= no_data_km * 1000
    cuts += _rings(places.xy[rim], ground, no_data_km)
    if contested_km:
        for party in places.parties:
            mine, others = places.of(party), ~places.of(party)
            front = mine.copy()
            front[mine] = places.away_m(places.xy[mine], others) <= 2 * contested_km * 1000
            cuts += _rings(places.xy[front][_rim(places.xy[front], contested_km * 1000)], ground, contested_km)
    return partition.faces(cuts, ground)


def _on(ground: BaseGeometry, lines: NDArray[np.object_]) -> list[BaseGeometry]:
    """Lines that touch some ground, their longitudes in its turn, as one."""
    if not len(lines):
        return []
    moved = geodesy.drawn_like(ground, shapely.MultiLineString(list(lines)))
    parts = shapely.get_parts(moved)
    shapely.prepare(ground)
    kept = parts[shapely.intersects(ground, parts)]
    return [shapely.MultiLineString(list(kept))] if len(kept) else []


def _rings(xy: Floats, ground: BaseGeometry, radius_km: float) -> list[BaseGeometry]:
    """Edge of all ground within a radius of some points."""
    if not len(xy):
        return []
    disc = geodesy.buffer(shapely.MultiPoint(xy), radius_km * 1000, RING_TOLERANCE_M)
    return [geodesy.drawn_like(ground, disc).boundary]


def _rim(xy: Floats, radius_m: float) -> NDArray[np.bool_]:
    """Points whose cell reaches beyond a radius: no other's circle is on the edge of the ground within it."""
    if len(xy) < 2:  # noqa: PLR2004 - a cell needs a neighbour
        return np.ones(len(xy), bool)
    return geodesy.cells(xy, reach_m=radius_m).farthest_m >= radius_m


def _labels(
    faces: NDArray[np.object_], places: Places, contested_km: float, no_data_km: float
) -> tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.object_]]:
    """Nearest party, parties near where they are several, and why nobody's, of each face; None where not."""
    xy = partition.inner_points(faces)
    away_km = np.stack([places.away_m(xy, places.of(party)) for party in places.parties], axis=1) / 1000
    known = away_km.min(axis=1) <= no_data_km
    nearest = np.array(places.parties, dtype=object)[away_km.argmin(axis=1)]
    nearest[~known] = None
    near = np.full(len(faces), None, dtype=object)
    for face, row in enumerate(away_km <= contested_km):
        if row.sum() > 1:
            near[face] = ", ".join(party for party, close in zip(places.parties, row, strict=True) if close)
    far = np.full(len(faces), f"no settlement within {no_data_km:g} km", dtype=object)
    far[known] = None
    return nearest, near, far


def _day(table: pd.DataFrame) -> date | None:
    """Day of the last report."""
    last = table["date"].max()
    return None if pd.isna(last) else last.date()
