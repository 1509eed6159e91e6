"""Check zones against the geodesic truth: their boundary, their ground, their holes and their sides.

Every check returns its faults as sentences, so that a caller can collect them all; none shares code with the library.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from geodesic_truth import GEOD, Truth
from scipy.spatial import Delaunay, QhullError

# Points between the vertices of an edge: one for every `STEP_M`, a multiple of four parts so that its quarters and
# middle are among them.
STEP_M, MOST_PARTS = 2_000.0, 64
METRES_PER_DEGREE = 111_200.0
WORST_EDGES, LOOK_AGAIN = 30, 33  # edges looked at once more, and points on each
# How far beyond the tolerance is still rounding: coordinates of 1e-13 degrees, distances of 0.1 mm.
ROUNDING_M = 2e-4


@dataclass(frozen=True)
class Miss:
    """The largest deviation found on a boundary, where, and from how many points."""

    metres: float
    lon: float
    lat: float
    points: int


def rings(zone: shapely.Geometry) -> list[np.ndarray]:
    """Coordinates of every ring of a zone."""
    polygons = [part for part in shapely.get_parts(zone) if part.geom_type == "Polygon"]
    return [shapely.get_coordinates(ring) for part in polygons for ring in (part.exterior, *part.interiors)]


def edges(zone: shapely.Geometry) -> np.ndarray:
    """Edges of a zone that claim to lie at its distance, shape (n, 2, 2): all but those that close it at a pole."""
    found = [np.stack([ring[:-1], ring[1:]], axis=1) for ring in rings(zone)]
    if not found:
        return np.empty((0, 2, 2))
    every = np.concatenate(found)
    return every[~_closing(every)]


def worst_miss(
    zone: shapely.Geometry, truth: Truth, distance_m: float, *, limit: int | None = None, seed: int = 0
) -> Miss:
    """Largest | d - r | on the boundary: at every vertex, between them, and once more near the worst found.

    `limit` bounds the number of points; beyond it half of the edges looked at are those at the largest bends, where
    corners may be cut, and half are random.
    """
    every = edges(zone)
    if not len(every):
        return Miss(0.0, np.nan, np.nan, 0)
    parts = _parts(every)
    if limit and parts.sum() > limit:
        kept = _chosen(every, max(1, int(limit / parts.mean())), np.random.default_rng(seed))
        every, parts = every[kept], parts[kept]
    edge = np.repeat(np.arange(len(every)), parts)
    share = (np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)) / parts[edge]
    points = _between(every, edge, share)
    off = np.abs(truth.distance(points) - distance_m)
    worst = np.unique(edge[np.argsort(-off)[:WORST_EDGES]])
    again = np.repeat(worst, LOOK_AGAIN)
    closer = _between(every, again, np.tile(np.linspace(0, 1, LOOK_AGAIN), len(worst)))
    points = np.vstack([points, closer])
    off = np.concatenate([off, np.abs(truth.distance(closer) - distance_m)])
    at = int(np.argmax(off))
    return Miss(float(off[at]), float(points[at, 0]), float(points[at, 1]), len(points))


def shape_faults(zone: shapely.Geometry) -> list[str]:
    """What is wrong with a zone as a shape: type, validity, orientation, rings without ground."""
    if zone.geom_type != "MultiPolygon":
        return [f"the zone is a {zone.geom_type}, not a MultiPolygon"]
    if zone.is_empty:
        return ["the zone is empty"]
    faults = [] if zone.is_valid else [f"the zone is invalid: {shapely.is_valid_reason(zone)}"]
    if not np.isfinite(shapely.get_coordinates(zone)).all():
        faults.append("a coordinate is not finite")
    for part in zone.geoms:
        turned = [not part.exterior.is_ccw, *(hole.is_ccw for hole in part.interiors)]
        if any(turned):
            faults.append(f"{sum(turned)} rings of a polygon run the wrong way round")
        empty = sum(shapely.Polygon(ring).area == 0 for ring in (part.exterior, *part.interiors))
        if empty:
            faults.append(f"{empty} rings enclose nothing")
    return faults


def boundary_faults(
    zone: shapely.Geometry, truth: Truth, distance_m: float, tolerance_m: float, *, limit: int | None = None
) -> list[str]:
    """A boundary point farther than the tolerance from its distance."""
    miss = worst_miss(zone, truth, distance_m, limit=limit)
    if miss.metres <= tolerance_m + ROUNDING_M:
        return []
    return [f"the boundary is {miss.metres:.4f} m off at {miss.lon:.9f} {miss.lat:.9f}, tolerance {tolerance_m:g} m"]


def miss_faults(miss: Miss, tolerance_m: float, certified_m: float) -> list[str]:
    """A boundary off its distance, or a certificate that does not say so."""
    found, at = [], f"at {miss.lon:.9f} {miss.lat:.9f}"
    if miss.metres > tolerance_m + ROUNDING_M:
        found.append(f"the boundary is {miss.metres:.4f} m off {at}")
    if not miss.metres <= certified_m + 1e-4:
        found.append(f"certified {certified_m:.5f} m, but {miss.metres:.5f} m off {at}")
    if not certified_m <= tolerance_m:
        found.append(f"certified {certified_m:.5f} m only")
    return found


def ground_faults(
    zone: shapely.Geometry, truth: Truth, distance_m: float, tolerance_m: float, *, seed: int = 0, count: int = 400
) -> list[str]:
    """Points inside that lie beyond the distance, and points outside that lie within it."""
    rng = np.random.default_rng(seed)
    points, away = probes(truth, distance_m, tolerance_m, rng, count)
    inside = contains(zone, points)
    wrong = (inside != (away <= distance_m)) & (np.abs(away - distance_m) > tolerance_m + ROUNDING_M)
    found = []
    for says, which in (("inside but beyond", wrong & inside), ("outside but within", wrong & ~inside)):
        if which.any():
            at = np.flatnonzero(which)[np.argmax(np.abs(away - distance_m)[which])]
            lon, lat = points[at]
            found.append(
                f"{which.sum()} of {len(points)} probes {says} the distance, the worst by "
                f"{abs(away[at] - distance_m):.3f} m at {lon:.9f} {lat:.9f}"
            )
    return found


def faults(
    zone: shapely.Geometry,
    truth: Truth,
    distance_m: float,
    tolerance_m: float,
    *,
    seed: int = 0,
    count: int = 400,
) -> list[str]:
    """Everything that is wrong with a zone."""
    return [
        *shape_faults(zone),
        *boundary_faults(zone, truth, distance_m, tolerance_m),
        *ground_faults(zone, truth, distance_m, tolerance_m, seed=seed, count=count),
    ]


def side_faults(
    pair: tuple[shapely.Geometry, shapely.Geometry],
    truth: Truth,
    distance_m: float,
    tolerance_m: float,
    *,
    seed: int = 0,
    count: int = 300,
    ends: str = "round",
) -> list[str]:
    """What is wrong with the left and right of a zone: not apart, not covering it, points on the wrong side."""
    left, right = pair
    found = [f"the {name} side is invalid" for name, side in (("left", left), ("right", right)) if not side.is_valid]
    if found:
        return found
    if not shapely.coverage_is_valid([left, right]):
        found.append("left and right are no coverage: their common boundaries differ")
    overlap = left.intersection(right).area
    if overlap > 1e-12 * (left.area + right.area):
        found.append(f"left and right overlap by {overlap:.3g} square degrees")
    points = scattered(truth, distance_m, np.random.default_rng(seed), count)
    away = truth.distance(points)
    side, end = truth.side_and_end(points, tolerance_m + 1.0)
    clear = (side != 0) & (np.abs(away - distance_m) > tolerance_m + ROUNDING_M)
    within = away <= distance_m
    if ends == "flat":
        clear &= end != 0
        within &= end < 0
    for name, zone, sign in (("left", left, 1), ("right", right, -1)):
        wrong = clear & (contains(zone, points) != (within & (side == sign)))
        if wrong.any():
            lon, lat = points[np.flatnonzero(wrong)[0]]
            found.append(f"{wrong.sum()} of {clear.sum()} points are wrong about the {name} side: {lon:.9f} {lat:.9f}")
    return found


def partition_faults(pair: tuple[shapely.Geometry, shapely.Geometry], zone: shapely.Geometry) -> list[str]:
    """Left and right whose areas do not add up to the whole to 1e-9.

    Areas are in square degrees: edges are straight there, so that splitting one leaves its area alone.
    """
    both, whole = pair[0].area + pair[1].area, zone.area
    if abs(both - whole) <= 1e-9 * whole:
        return []
    return [f"left and right cover {both:.9g} square degrees of {whole:.9g}, {abs(both / whole - 1):.2g} off"]


def contains(zone: shapely.Geometry, points: np.ndarray) -> np.ndarray:
    """Whether points lie in a zone whose longitudes may run on past 180 or below -180, a spiral's by turns."""
    shapely.prepare(zone)
    turns = 360 * np.arange(-3, 4)
    return np.any([shapely.contains_xy(zone, points[:, 0] + turn, points[:, 1]) for turn in turns], axis=0)


def probes(
    truth: Truth, distance_m: float, tolerance_m: float, rng: np.random.Generator, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Points that could show a zone wrong, and their true distances: about, at the edge, in pockets and in necks."""
    about = scattered(truth, distance_m, rng, count)
    rim = _at_rim(truth, distance_m, tolerance_m, rng, count)
    pockets, necks = critical_points(truth, distance_m, rng, count)
    starts = np.vstack([pockets, scattered(truth, distance_m, rng, count // 4)])
    climbed, heights = climb(truth, starts, distance_m, rng)
    rest = np.vstack([about, rim, necks])
    return np.vstack([climbed, rest]), np.concatenate([heights, truth.distance(rest)])


def critical_points(
    truth: Truth, distance_m: float, rng: np.random.Generator, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Points as far from the lines all around as any near them, and middles of gaps, both near the distance.

    They are the centres of circles through three, and the middles of two, of many points on the lines that have none
    between them (Delaunay 1934), in an azimuthal equidistant plane: approximate, as starts and probes may be.
    """
    sites = truth.somewhere(rng, 1_500)
    sites = np.vstack([sites, np.column_stack([truth.lon, truth.lat])[:: max(1, len(truth.lon) // 1_500)]])
    centre = sites[0]
    plane = _to_plane(centre, sites) + rng.normal(0, 1e-3, sites.shape)
    try:
        triangles = plane[Delaunay(plane).simplices]
    except (QhullError, ValueError):
        return np.empty((0, 2)), np.empty((0, 2))
    middles, radii = _circles(triangles)
    gaps = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    halves = np.linalg.norm(gaps[:, 0] - gaps[:, 1], axis=1) / 2
    pockets = _nearest_to(middles, radii, distance_m, count // 2)
    necks = _nearest_to(gaps.mean(axis=1), halves, distance_m, count // 2)
    return _from_plane(centre, pockets), _from_plane(centre, necks)


def climb(
    truth: Truth, starts: np.ndarray, distance_m: float, rng: np.random.Generator, rounds: int = 14
) -> tuple[np.ndarray, np.ndarray]:
    """Walk from starts to where the lines are farthest, and their distances there: floors of pockets and holes."""
    if not len(starts):
        return np.empty((0, 2)), np.empty(0)
    at = starts.copy()
    height, foot = truth.feet(at)
    step = np.full(len(at), distance_m / 10)
    for number in range(rounds):
        azimuth = np.asarray(GEOD.inv(foot[:, 0], foot[:, 1], at[:, 0], at[:, 1])[1]) + 180
        azimuth = azimuth if number % 2 == 0 else azimuth + rng.uniform(-110, 110, len(at))
        lon, lat, _ = GEOD.fwd(at[:, 0], at[:, 1], azimuth, step)
        tried = np.column_stack([lon, lat])
        there, under = truth.feet(tried)
        # Only pockets near the distance matter: a walk that leaves the zone for open ground has nothing to show.
        better = (there > height) & (there < 1.5 * distance_m)
        at[better], height[better], foot[better] = tried[better], there[better], under[better]
        step = np.where(better, step, step / 3)
    return at, height


def _closing(every: np.ndarray) -> np.ndarray:
    """Which edges only close a zone: along a pole, and along longitude 180 where its twin runs along -180."""
    at_pole = (np.abs(every[:, :, 1]) == 90).all(axis=1)
    east, west = ((every[:, :, 0] == lon).all(axis=1) for lon in (180, -180))
    sides = [
        shapely.union_all([shapely.LineString([(0, a), (0, b)]) for a, b in every[which, :, 1]])
        for which in (east, west)
    ]
    twins = shapely.symmetric_difference(*sides).length < 1e-9
    return at_pole | ((east | west) & twins)


def _parts(every: np.ndarray) -> np.ndarray:
    """Into how many parts to cut each edge: four at least, one for every `STEP_M`, always a multiple of four."""
    across = (every[:, 1] - every[:, 0]) * METRES_PER_DEGREE
    across[:, 0] *= np.cos(np.radians(every[:, :, 1].mean(axis=1)))
    return 4 * np.clip(np.ceil(np.hypot(*across.T) / STEP_M / 4), 1, MOST_PARTS / 4).astype(int)


def _chosen(every: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Indices of edges, half of them those whose length times the bend at their ends is largest, half at random."""
    east = (every[:, 1, 0] - every[:, 0, 0]) * np.cos(np.radians(every[:, :, 1].mean(axis=1)))
    along = east + 1j * (every[:, 1, 1] - every[:, 0, 1])
    bend = np.abs(np.angle(along * np.conj(np.roll(along, 1))))
    cut = np.abs(along) * np.maximum(bend, np.roll(bend, -1))
    bent = np.argsort(-cut, kind="stable")[: count // 2]
    return np.unique(np.concatenate([bent, rng.permutation(len(every))[: count - len(bent)]]))


def _between(every: np.ndarray, edge: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Points of edges that are straight in longitude and latitude."""
    start, end = every[edge, 0], every[edge, 1]
    return start + share[:, None] * (end - start)


def scattered(truth: Truth, distance_m: float, rng: np.random.Generator, count: int) -> np.ndarray:
    """Points spread evenly about random points of the lines, out to 1.3 times the distance."""
    lon, lat = truth.somewhere(rng, count).T
    away = 1.3 * distance_m * np.sqrt(rng.uniform(0, 1, count))
    return np.column_stack(GEOD.fwd(lon, lat, rng.uniform(0, 360, count), away)[:2])


def _at_rim(truth: Truth, distance_m: float, tolerance_m: float, rng: np.random.Generator, count: int) -> np.ndarray:
    """Points a few tolerances on either side of the boundary."""
    start = scattered(truth, distance_m, rng, count)
    foot = truth.feet(start)[1]
    azimuth = GEOD.inv(foot[:, 0], foot[:, 1], start[:, 0], start[:, 1])[0]
    off = tolerance_m * (1.001 + rng.exponential(2, count)) * rng.choice([-1, 1], count)
    return np.column_stack(GEOD.fwd(foot[:, 0], foot[:, 1], azimuth, np.maximum(0, distance_m + off))[:2])


def _nearest_to(points: np.ndarray, sizes: np.ndarray, wanted: float, count: int) -> np.ndarray:
    """The points whose sizes are nearest to the wanted one, by ratio, within a fifth of it or so."""
    off = np.abs(np.log(np.maximum(sizes, 1e-9) / wanted))
    order = np.argsort(off)[:count]
    return points[order[off[order] < 0.4]]


def _circles(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres and radii of the circles through the corners of triangles; slivers give none that matter."""
    a = triangles[:, 0]
    b, c = triangles[:, 1] - a, triangles[:, 2] - a
    twice = 2 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
    good = np.abs(twice) > 1e-9
    a, b, c, twice = a[good], b[good], c[good], twice[good]
    bb, cc = (b**2).sum(axis=1), (c**2).sum(axis=1)
    centre = np.column_stack([c[:, 1] * bb - b[:, 1] * cc, b[:, 0] * cc - c[:, 0] * bb]) / twice[:, None]
    return a + centre, np.hypot(*centre.T)


def _to_plane(centre: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Metres east and north in an azimuthal equidistant plane."""
    here = np.ones(len(points))
    azimuth, _, away = GEOD.inv(centre[0] * here, centre[1] * here, points[:, 0], points[:, 1])
    return np.column_stack([away * np.sin(np.radians(azimuth)), away * np.cos(np.radians(azimuth))])


def _from_plane(centre: np.ndarray, metres: np.ndarray) -> np.ndarray:
    here = np.ones(len(metres))
    azimuth = np.degrees(np.arctan2(metres[:, 0], metres[:, 1]))
    return np.column_stack(GEOD.fwd(centre[0] * here, centre[1] * here, azimuth, np.hypot(*metres.T))[:2])
