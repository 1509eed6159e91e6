"""Hold who has which ground, and draw the line between any two parties from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.checks import nearest_name
from dmz.control import border
from dmz.errors import GeometryError, PartyError
from dmz.geodata import WGS84
from dmz.line import Line, in_km, line_table

Floats = NDArray[np.float64]
# One standard deviation of the true line about one derived of settlements, as a share of the distance to the nearest.
SIGMA_SHARE = 0.5
# Uncertainty in metres at places, shape (n, 2), longitude, latitude, of the border between two parties.
Unsure = Callable[[Floats, tuple[str, str]], Floats | None]


def sigma_m(h_m: Floats) -> Floats:
    """Standard deviation of the true line about a derived one, metres, from the distance h to the nearest settlement.

    Notes
    -----
    sigma = h / 2, measured on real fronts: docs/method.md, A line from settlements.
    """
    return SIGMA_SHARE * np.asarray(h_m, dtype=np.float64)


def nothing(*columns: str) -> gpd.GeoDataFrame:
    """Table of polygons without rows."""
    return gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs=WGS84)


def not_stated(_: Floats, __: tuple[str, str]) -> None:
    """Say nothing of an uncertainty that nobody stated."""


@dataclass(frozen=True, eq=False)
class Control:
    """Who holds which ground.

    Parameters
    ----------
    areas
        One row a party: ``party``, ``area_km2``, ``geometry``. They overlap nowhere and share their boundaries vertex
        for vertex. Contested ground counts for the party that is nearest.
    contested
        Ground where more than one party is near: ``parties`` (their names, ``"a, b"``), ``area_km2``, ``geometry``.
    no_data
        Ground of the theatre of which nothing is known: ``reason``, ``area_km2``, ``geometry``. With `areas` it is the
        whole theatre.
    closed
        Gaps, overlaps and slivers that were closed: ``kind``, ``parties``, ``width_m``, ``area_km2``, ``geometry``.
    places
        Settlements it was derived from, with what was made of each; None where it was not.
    settings
        What was asked for, by name, in the units of the name: it travels with the line.
    drawn, source
        Day it holds for, and what it was derived from.
    unsure
        Uncertainty in metres along the border of two parties.
    """

    areas: gpd.GeoDataFrame
    contested: gpd.GeoDataFrame = field(default_factory=lambda: nothing("parties", "area_km2"))
    no_data: gpd.GeoDataFrame = field(default_factory=lambda: nothing("reason", "area_km2"))
    closed: gpd.GeoDataFrame = field(default_factory=lambda: nothing("kind", "parties", "width_m", "area_km2"))
    places: gpd.GeoDataFrame | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    drawn: date | None = None
    source: str = "unknown"
    unsure: Unsure = not_stated

    @property
    def parties(self) -> tuple[str, ...]:
        """Parties that hold ground."""
        return tuple(self.areas["party"])

    def area(self, party: str) -> BaseGeometry:
        """Ground of a party; `PartyError` names those there are."""
        return self.areas.geometry.iloc[self.parties.index(self._party(party))]

    def fronts(self) -> pd.DataFrame:
        """Pairs of parties whose areas touch: ``left``, ``right``, ``parts``, ``length_km``, the longest first."""
        rows = []
        for left, right in combinations(self.parties, 2):
            front = border.shared(self.area(left), self.area(right))
            if not front.is_empty:
                parts = shapely.get_num_geometries(front)
                rows.append({"left": left, "right": right, "parts": parts, "length_km": geodesy.length(front) / 1000})
        table = pd.DataFrame(rows, columns=["left", "right", "parts", "length_km"])
        return table.sort_values("length_km", ascending=False, kind="stable", ignore_index=True)

    def line(self, left: str | None = None, right: str | None = None) -> Line:
        """Line of contact between two parties.

        Parameters
        ----------
        left, right
            Parties, as one looks along the line. One may be left out where only one other touches it, both where only
            two parties hold ground.

        Returns
        -------
        Line
            Its parts, enclaves and exclaves as closed ones, in order along the border of the party on the left. With
            the areas of all parties, so that a zone along it takes no third party's ground.

        Raises
        ------
        PartyError
            A party that holds no ground, or where it is not clear which two are meant.
        GeometryError
            Where the two touch nowhere.
        """
        left, right = self._pair(left, right)
        geometry = border.shared(self.area(left), self.area(right))
        if geometry.is_empty:
            raise GeometryError(f"{left} and {right} touch nowhere: {self._touching()}")
        return Line(
            geometry,
            left,
            right,
            name=f"line of contact between {left} and {right}",
            drawn=self.drawn,
            source=self.source,
            uncertainty_m=self.unsure(shapely.get_coordinates(geometry), (left, right)),
            areas=self.areas[["party", "geometry"]],
        )

    def table(self, line: Line) -> gpd.GeoDataFrame:
        """Line of these areas as `dmz.line.line_table`, with what was asked for in a column each.

        One derived of settlements also has ``h_km`` and ``sigma_km``, lists with one number a vertex.
        """
        asked = {name: value for name, value in self.settings.items() if value is not None}
        if self.places is not None and line.uncertainty_m is not None:
            asked |= {"h_km": in_km(line.uncertainty_m), "sigma_km": in_km(sigma_m(line.uncertainty_m))}
        return line_table(line, **asked)

    def grounds(self) -> gpd.GeoDataFrame:
        """All polygons as one table: ``kind`` (held, contested, no data, closed), ``party``, ``why``, ``area_km2``."""
        closed = [
            f"{kind} of {parties}" for kind, parties in zip(self.closed["kind"], self.closed["parties"], strict=True)
        ]
        parts = [
            self.areas.assign(kind="held", why=None),
            self.contested.assign(kind="contested", party=None, why=self.contested["parties"]),
            self.no_data.assign(kind="no data", party=None, why=self.no_data["reason"]),
            self.closed.assign(kind="closed", party=None, why=closed),
        ]
        rows = [
            row for part in parts for row in part[["kind", "party", "why", "area_km2", "geometry"]].to_dict("records")
        ]
        return gpd.GeoDataFrame(rows, crs=WGS84)

    def _pair(self, left: str | None, right: str | None) -> tuple[str, str]:
        given = [self._party(party) for party in (left, right) if party is not None]
        if len(given) == 2:  # noqa: PLR2004 - both
            if left == right:
                raise PartyError(f"{left!r} stands on both sides: name two parties")
            return given[0], given[1]
        fronts = self.fronts()
        possible = fronts[[{*given} <= {row.left, row.right} for row in fronts.itertuples()]]
        if len(possible) != 1:
            which = f"more than one party touches {given[0]}" if given and len(possible) else "two parties are needed"
            raise PartyError(f"{which}: say who is on the left and who on the right; {self._touching()}")
        pair = (str(possible["left"].iloc[0]), str(possible["right"].iloc[0]))
        turned = (left is not None and pair[0] != left) or (right is not None and pair[1] != right)
        return (pair[1], pair[0]) if turned else pair

    def _party(self, party: str) -> str:
        if party in self.parties:
            return party
        near = nearest_name(party, self.parties)
        mean = f" (is it {near!r}?)" if near else ""
        raise PartyError(f"{party!r} holds no ground{mean}: there are {', '.join(self.parties) or 'no parties'}")

    def _touching(self) -> str:
        pairs = [f"{row.left} and {row.right} ({row.length_km:.0f} km)" for row in self.fronts().itertuples()]
        return f"those that touch are {', '.join(pairs)}" if pairs else "no two parties touch"
