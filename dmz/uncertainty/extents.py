"""Draw the ground that is likely, and the ground that is possibly, inside each zone beside an uncertain line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.special import ndtr, ndtri
from shapely.geometry.base import BaseGeometry

from dmz import geodesy
from dmz.errors import InputError
from dmz.geodata import WGS84
from dmz.uncertainty.bearing import bearing
from dmz.uncertainty.spread import Floats, Spread, vertices_of
from dmz.zone import GRID_DEG, grounds

# Probability from which ground is likely, and possibly, inside.
LIKELY, POSSIBLE = 0.95, 0.05
# Probability above which ground is rather inside than not.
EVEN = 0.5
CHANCES = {"likely": LIKELY, "possible": POSSIBLE}
# Boundaries are drawn to this, metres: a hundredth of an uncertainty of a kilometre or two.
TOLERANCE_M = 20.0
# Depths between two vertices part from straight by no more than this, metres; rounds in which a middle is put in.
BEND_M, ROUNDS = 25.0, 6
# Halvings that bring a depth to a millimetre.
HALVINGS = 40
COLUMNS = {
    "zone": "id of the row",
    "chance": "likely: the probability to be in the zone is at least 0.95; possible: at least 0.05",
    "reading": "reading the zone was laid under",
    "band": "core: every depth of the range agrees; fringe: they differ; full: core and fringe together; these overlap",
    "party": "on whose ground; empty: on either party's",
    "probability": "least probability of the ground of this row, with the line where it may be",
    "depth_from_m": "the zone's own depth: from",
    "depth_to_m": "the zone's own depth: to",
    "area_km2": "area on the ellipsoid",
    "max_deviation_m": "largest distance by which a boundary point of the unclipped ground misses its depth",
}


@dataclass(frozen=True)
class Strip:
    """Ground from `low_m` to `high_m` left of the line, negative on its right, of a reading, a band and a party."""

    reading: str
    band: str
    party: str | None
    low_m: float
    high_m: float


def extents(zones: gpd.GeoDataFrame, around: Spread, *, chances: dict[str, float] | None = None) -> gpd.GeoDataFrame:
    """Ground whose probability to be inside a zone is at least some number, of every reading, band and party.

    Parameters
    ----------
    zones
        As `dmz.zones` makes them, of any number of readings.
    around
        The line with its uncertainty, and the ground a zone may lie on.
    chances
        Word to least probability, above 0 and below 1; by default `CHANCES`: likely, 0.95, and possible, 0.05.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a chance, reading, band and party, longitude, latitude on WGS 84; columns as `COLUMNS` and ``geometry``.
        Rows for either party together (``party`` None) where the zone lies on both sides, of the bands that begin at
        the line. A row whose probability no ground has is not there: a fringe of 5 km beside a line that is 2 km
        uncertain is nowhere likely. Rows overlap.

    Raises
    ------
    InputError
        Where a chance is no probability between 0 and 1.
    GeometryError
        Where no part of the ground lies in the theatre.

    Notes
    -----
    Of a belt from a to b in the direction t square to the line (negative on the other side), of middle m, the
    probability Phi((b - t) / sigma) - Phi((a - t) / sigma) falls with abs(t - m): it is at least p for
    abs(t - m) <= h, h(sigma, p) found by halving. The ground m - h <= t <= m + h has a depth that varies with sigma
    along the line: it is drawn by `dmz.geodesy.varying`, whose discs reach round changes of sigma, as `probability`
    does not. Beyond an open end what is within so many sigmas of the line extended, as the probability asks for, is
    taken off a party's ground or added. Likely ground lies in the zone, and that in possible ground, while the belt is
    wider than sigma / 8.
    """
    wanted = CHANCES if chances is None else chances
    if bad := [word for word, least in wanted.items() if not 0 < least < 1]:
        raise InputError(f"{', '.join(bad)}: give a probability above 0 and below 1")
    strips = [*_strips(zones, around)]
    reach_m = max((_reach_m(strips, around, least) for least in wanted.values()), default=0.0) + TOLERANCE_M
    drawn = Drawn(around, reach_m)
    asked = [(strip, word, least) for word, least in wanted.items() for strip in strips]
    rows = [row for strip, word, least in asked if (row := _row(drawn, strip, word, least)) is not None]
    table = gpd.GeoDataFrame(rows, columns=[*COLUMNS, "geometry"], geometry="geometry", crs=WGS84)
    return table.assign(party=pd.Series([row["party"] for row in rows], dtype=object))


def half_width(width_m: float, sigma_m: Floats, least: float) -> Floats:
    """Distance from the middle of a belt, square to the line, to which its probability is at least some number.

    Parameters
    ----------
    width_m
        Width of the belt.
    sigma_m
        Standard deviation of the line's displacement, shape (n,).
    least
        The probability.

    Returns
    -------
    numpy.ndarray
        Shape (n,), metres; not a number where it is less even in the middle.

    Examples
    --------
    >>> half_width(20_000, np.array([0.0, 2_000.0, 6_000.0]), 0.95).round()
    array([10000.,  6710.,    nan])
    """
    half, sigma = width_m / 2, np.maximum(np.asarray(sigma_m, dtype=np.float64), 1e-9)

    def of(t: Floats) -> Floats:
        return np.asarray(ndtr((half - t) / sigma) - ndtr((-half - t) / sigma))

    low, high = np.zeros_like(sigma), half + 40 * sigma
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        inside = of(middle) >= least
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return np.asarray(np.where(of(np.zeros_like(sigma)) >= least, low, np.nan))


class Drawn:
    """An uncertain line on which ground of varying depth is drawn, each depth once.

    Parameters
    ----------
    around
        The line with its uncertainty.
    reach_m
        As far off the line as any depth goes.
    """

    def __init__(self, around: Spread, reach_m: float) -> None:
        self.around, self.reach_m = around, reach_m
        self.ground = grounds(around.line, reach_m, within=around.theatre, ends=around.ends)
        self._rims: dict[float, BaseGeometry] = {}
        self._zones: dict[bytes, geodesy.Buffered] = {}
        self._shapes: dict[tuple[float, float, bool, float], tuple[shapely.MultiPolygon, float]] = {}

    def shape(self, strip: Strip, least: float) -> tuple[shapely.MultiPolygon, float]:
        """Ground of a strip whose probability is at least some number, and how far its boundary may miss its depth."""
        key = (strip.low_m, strip.high_m, strip.party is None, least)
        if key not in self._shapes:
            line, sigma = _refined(self.around, strip, least)
            low, high = _depths(strip, sigma, least)
            zones = [self._within(line, depth) for depth in (high, low, -low, -high)]
            reached, spared, across, beyond = (zone.geometry for zone in zones)
            left, right = (self.ground[party] for party in self.around.line.parties)
            sides = [_less(left, reached, spared), _less(right, across, beyond)]
            if strip.party is not None and self.around.ends == "round":
                own_left = strip.party == self.around.line.left
                band, other = ((reached, spared), right) if own_left else ((across, beyond), left)
                sides = self._beyond_ends(sides, _less(other, *band), least)
            shape = shapely.union_all(sides, grid_size=GRID_DEG)
            parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
            whole = shapely.orient_polygons(shapely.normalize(shapely.MultiPolygon(parts)))
            self._shapes[key] = whole, max(zone.max_deviation_m for zone in zones)
        return self._shapes[key]

    def _beyond_ends(self, sides: list[BaseGeometry], other: BaseGeometry, least: float) -> list[BaseGeometry]:
        """Ground of a party less what is not sure to be its, and with what may be, beside the line extended."""
        aside = np.abs(ndtri(least))
        if aside not in self._rims:
            self._rims[aside] = _beside_extensions(self.around, self.reach_m, aside)
        if least > EVEN:
            return [shapely.difference(side, self._rims[aside]) for side in sides]
        return [*sides, shapely.intersection(other, self._rims[aside])]

    def _within(self, line: BaseGeometry, depth_m: Floats) -> geodesy.Buffered:
        """Ground within a depth that varies; where it is negative there is none."""
        depth = np.round(np.maximum(depth_m, 0.0))
        if not (depth > 0).any():
            return geodesy.Buffered(shapely.MultiPolygon(), 0.0)
        key = depth.tobytes() + shapely.get_coordinates(line).tobytes()
        if key not in self._zones:
            self._zones[key] = geodesy.varying(line, depth, TOLERANCE_M)
        return self._zones[key]


def _beside_extensions(around: Spread, reach_m: float, sigmas: float) -> BaseGeometry:
    """Ground so many standard deviations beside the line extended beyond its ends; not where areas say whose it is."""
    line, found = around.line, []
    for ray in geodesy.rays(line.geometry, geodesy.Locator(line.geometry), reach_m, TOLERANCE_M):
        sigma = bearing(ray.coords[:1], around).sigma_m[0]
        if sigma * sigmas > TOLERANCE_M:
            found.append(geodesy.buffer(ray, sigma * sigmas, TOLERANCE_M))
    known = [] if line.areas is None else [*line.areas.geometry]
    return shapely.difference(shapely.union_all(found), shapely.union_all(known))


def _less(ground: BaseGeometry, reached: BaseGeometry, spared: BaseGeometry) -> BaseGeometry:
    return shapely.difference(shapely.intersection(ground, reached), spared)


def _reach_m(strips: list[Strip], around: Spread, least: float) -> float:
    """Farthest that ground of some strips goes off the line."""
    depths = [np.abs(edge).max() for strip in strips for edge in _depths(strip, around.sigma_m, least)]
    return float(max(depths, default=0.0))


def _strips(zones: gpd.GeoDataFrame, around: Spread) -> Iterator[Strip]:
    """Strips of every reading: each band of each party, each party's whole zone, and both parties' together."""
    left = around.line.left
    for reading, belts in zones.groupby("reading", sort=False):
        parties = [*belts["party"].unique()]
        bands = {"core": ["core"], "fringe": ["fringe"], "full": ["core", "fringe"]}
        if not (belts["band"] == "fringe").any():
            bands = {"core": ["core"]}
        for band, held in bands.items():
            here = belts[belts["band"].isin(held)]
            reach = {party: _edges(here[here["party"] == party]) for party in here["party"].unique()}
            for party, (near, far) in reach.items():
                low, high = (near, far) if party == left else (-far, -near)
                yield Strip(str(reading), band, party, low, high)
            if len(reach) == len(parties) == len(around.line.parties) and band != "fringe":
                yield Strip(str(reading), band, None, -reach[around.line.right][1], reach[left][1])


def _edges(belts: gpd.GeoDataFrame) -> tuple[float, float]:
    return float(belts["depth_from_m"].min()), float(belts["depth_to_m"].max())


def _depths(strip: Strip, sigma_m: Floats, least: float) -> tuple[Floats, Floats]:
    """From where to where left of the line the probability of a strip is enough; nowhere: both in its middle."""
    middle, width = (strip.low_m + strip.high_m) / 2, strip.high_m - strip.low_m
    half = np.nan_to_num(half_width(width, sigma_m, least), nan=0.0)
    return middle - half, middle + half


def _refined(around: Spread, strip: Strip, least: float) -> tuple[BaseGeometry, Floats]:
    """Line with vertices put in until depths between them change evenly enough, and sigma there."""
    xy, part, _ = vertices_of(around.line.geometry)
    sigma = np.array(around.sigma_m)
    for _ in range(ROUNDS):
        between = np.flatnonzero((part[1:] == part[:-1]) & (sigma[1:] != sigma[:-1]))
        middle = (sigma[between] + sigma[between + 1]) / 2
        off = np.zeros(len(between))
        for edge, there in zip(_depths(strip, sigma, least), _depths(strip, middle, least), strict=True):
            off = np.maximum(off, np.abs((edge[between] + edge[between + 1]) / 2 - there))
        at = between[off > BEND_M]
        if not len(at):
            break
        lon, lat = xy[at].T
        azimuth, _, way = geodesy.GEOD.inv(lon, lat, *xy[at + 1].T)
        halfway = geodesy.GEOD.fwd(lon, lat, azimuth, np.asarray(way) / 2)[:2]
        xy = np.insert(xy, at + 1, np.column_stack(halfway), axis=0)
        sigma = np.insert(sigma, at + 1, middle[off > BEND_M])
        part = np.insert(part, at + 1, part[at])
    return shapely.MultiLineString([*shapely.linestrings(xy, indices=part)]), sigma


def _row(drawn: Drawn, strip: Strip, word: str, least: float) -> dict[str, object] | None:
    shape, deviation_m = drawn.shape(strip, least)
    if shape.is_empty:
        return None
    near, far = sorted((abs(strip.low_m), abs(strip.high_m)))
    return {
        "zone": f"{strip.reading}-{strip.band}-{strip.party or 'all'}-{word}",
        "chance": word,
        "reading": strip.reading,
        "band": strip.band,
        "party": strip.party,
        "probability": least,
        "depth_from_m": 0.0 if strip.party is None else near,
        "depth_to_m": far,
        "area_km2": geodesy.area(shape) / 1e6,
        "max_deviation_m": deviation_m,
        "geometry": shape,
    }
