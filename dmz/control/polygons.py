"""Derive areas of control from polygons: overlaps, gaps and slivers between them are closed and reported."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import checks, geodata, geodesy
from dmz.control import closing, partition
from dmz.control.closing import Given
from dmz.control.held import Control, Floats, not_stated
from dmz.control.partition import polygonal
from dmz.control.plane import Plane
from dmz.control.smoothing import smoothed
from dmz.errors import ControlWarning, GeometryError, InputError
from dmz.line import GRID_DEG

# Closing distance that is taken where none is given, metres: polygons drawn from maps of 1:250,000 part by so much.
CLOSING_M = 500.0
# Overlap below which two polygons are meant to touch, square metres: the grid of coordinates leaves so much.
TOUCHING_M2 = 1.0


def from_polygons(
    polygons: gpd.GeoDataFrame | str | Path,
    *,
    within: BaseGeometry | gpd.GeoDataFrame | None = None,
    rest: str | None = None,
    closing_m: float = CLOSING_M,
    tolerance_m: float = 0.0,
    column: str = "party",
) -> Control:
    """Areas of control from polygons of one or more parties.

    Parameters
    ----------
    polygons
        Layer of polygons, or a file with one; several features may be one party's. A column ``uncertainty_km``, where
        there is one, becomes the uncertainty of the line: the larger of the two parties'.
    within
        The theatre: polygons are clipped to it, so that coast and state border are no part of the line.
    rest
        Party that holds all ground of the theatre in no polygon. Strips of it narrower than `closing_m` beside a
        polygon, as between one and a state border drawn otherwise, are that polygon's.
    closing_m
        Gaps and overlaps narrower than this are closed: each point goes to the party whose own ground is nearest.
        Metres; 0 closes nothing.
    tolerance_m
        How far the line may be from where it runs, to be simpler; metres. Areas follow it.
    column
        Column that names the party.

    Returns
    -------
    Control
        Areas, what was closed, ground in no polygon. `Control.line` has the line: the border two parties share, coast
        and state border left out, every enclave and exclave a closed part.

    Raises
    ------
    InputError
        A missing column, a polygon without a party, polygons that overlap by more than `closing_m` (how many km2, and
        where), a number that makes no sense.
    GeometryError
        Where no polygon lies in the theatre.
    MissingInputError, CRSError
        As `dmz.geodata.read`.

    Warns
    -----
    ControlWarning
        What was closed: how many, how large, how wide.

    Notes
    -----
    Ground narrower than the closing distance is what a morphological opening with a disc of that diameter takes away
    (Serra 1982, Image analysis and mathematical morphology; with mitred corners, in an azimuthal equidistant plane).
    It only decides which ground is closed; every border is the polygons' own, or the bisector between them
    (docs/method.md, A line from polygons). The simplification is that of Douglas and Peucker (1973), kept free of
    crossings.
    """
    if not (0 <= closing_m < np.inf and 0 <= tolerance_m < np.inf):
        raise InputError(f"closing_m {closing_m} and tolerance_m {tolerance_m}: give metres from 0")
    given, unsure, drawn = _given(polygons, column, partition.land(within))
    if rest is not None and given.theatre is None:
        raise InputError(f"{given.where}: {rest!r} can hold all other ground only in a theatre: give within=")
    plane = Plane.around([*given.ground.values(), *([] if given.theatre is None else [given.theatre])])
    _refuse_overlaps(given, plane, closing_m)
    found = closing.closed(given, plane, closing_m, rest)
    closed = closing.table(found.pieces, plane)
    _warn(closed, given.where)
    areas = partition.joined(found.faces, found.holder, "party")
    unheld = np.array(["in no polygon" if holder is None else None for holder in found.holder], dtype=object)
    return Control(
        areas=smoothed(areas, plane, tolerance_m) if tolerance_m else areas,
        no_data=partition.joined(found.faces, unheld, "reason"),
        closed=closed,
        settings={"closing_m": closing_m, "tolerance_m": tolerance_m, "rest": rest},
        drawn=drawn,
        source=f"polygons of {given.where}",
        unsure=_Unsure(unsure, given.alone, tolerance_m) if unsure else not_stated,
    )


@dataclass(frozen=True)
class _Unsure:
    """Uncertainty of a border: the larger stated one, or half the gap closed there, and the tolerance."""

    stated_m: Mapping[str, float]
    alone: Mapping[str, BaseGeometry]
    tolerance_m: float

    def __call__(self, xy: Floats, parties: tuple[str, str]) -> Floats | None:
        stated = [self.stated_m[party] for party in parties if party in self.stated_m]
        if not stated:
            return None
        gaps = [geodesy.distance(xy, self.alone[party].boundary) for party in parties if party in self.alone]
        return np.asarray(np.maximum(max(stated), np.minimum.reduce(gaps)) + self.tolerance_m)


def _given(
    polygons: gpd.GeoDataFrame | str | Path, column: str, theatre: BaseGeometry | None
) -> tuple[Given, dict[str, float], date | None]:
    """Ground of each party, the uncertainty stated for it in metres, and the last day the polygons hold for."""
    if isinstance(polygons, gpd.GeoDataFrame):
        where, table = "control polygons", polygons
    else:
        where, table = str(polygons), geodata.read(polygons, kind="polygon")
    checks.has_columns(table, [column], where=where)
    checks.is_layer(table, "polygon", where=where)
    named = [isinstance(party, str) and bool(party.strip()) for party in table[column]]
    if not all(named):
        bad = [name for name, good in zip(geodata.feature_names(table), named, strict=True) if not good]
        raise InputError([f"{where}: {name} has no party in {column!r}: name one, or delete it" for name in bad])
    ground = {}
    for party, rows in table.groupby(column, sort=True):
        whole = shapely.set_precision(shapely.union_all(rows.geometry.array), GRID_DEG)
        clipped = whole if theatre is None else polygonal(shapely.intersection(theatre, whole, grid_size=GRID_DEG))
        if not clipped.is_empty:
            ground[str(party)] = clipped
    if not ground:
        raise GeometryError(f"{where}: no polygon lies in the theatre: is it the right one?")
    days = pd.to_datetime(table["date"], errors="coerce").dropna() if "date" in table else []
    drawn = max(days).date() if len(days) else None
    if "uncertainty_km" not in table:
        return Given(ground, theatre, where), {}, drawn
    stated = pd.to_numeric(table["uncertainty_km"], errors="coerce").groupby(table[column]).max().dropna()
    return Given(ground, theatre, where), {str(party): 1000 * float(km) for party, km in stated.items()}, drawn


def _refuse_overlaps(given: Given, plane: Plane, closing_m: float) -> None:
    """Refuse parties that claim the same ground, where it is wider than the closing distance."""
    faults = []
    for (one, its), (other, theirs) in combinations(given.ground.items(), 2):
        both = polygonal(shapely.intersection(its, theirs, grid_size=GRID_DEG))
        wide = [part for part in shapely.get_parts(both) if plane.is_wide(part, closing_m)]
        size = geodesy.area(shapely.MultiPolygon(wide)) if wide else 0.0
        if size > TOUCHING_M2:
            place = shapely.point_on_surface(max(wide, key=lambda part: part.area))
            count = f"{len(wide)} places" if len(wide) > 1 else "one place"
            faults.append(
                f"{given.where}: {one} and {other} overlap by {size / 1e6:.3f} km2 in {count}, the largest near "
                f"{place.x:.4f} E, {place.y:.4f} N, wider than the closing distance of {closing_m:g} m: mend the "
                "polygons, or give a larger closing_m"
            )
    if faults:
        raise InputError(faults)


def _warn(closed: gpd.GeoDataFrame, where: str) -> None:
    """Say what was closed."""
    if closed.empty:
        return
    kinds = [
        f"{len(rows)} {kind}{'s' if len(rows) > 1 else ''} ({rows['area_km2'].sum():.3f} km2, at most "
        f"{rows['width_m'].max():.0f} m wide)"
        for kind, rows in closed.groupby("kind")
    ]
    warnings.warn(f"{where}: closed {', '.join(kinds)}", ControlWarning, stacklevel=3)
