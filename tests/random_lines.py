"""Make random geometries to stress a buffer engine with, anywhere on Earth; the same seed makes the same case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import Geod

GEOD = Geod(ellps="WGS84")
TOLERANCES_M = (0.01, 0.1, 1.0, 10.0)
LENGTH_M = (500.0, 1_000_000.0)
DISTANCE_M = (500.0, 200_000.0)
VERTICES = (5, 5_000)
# Polygons must be valid as shapely sees them, straight in longitude and latitude: not near a pole.
POLYGON_LAT = 70.0

Random = np.random.Generator


@dataclass(frozen=True)
class Case:
    """A geometry to buffer, by how many metres and how well, and what it is."""

    seed: int
    geometry: shapely.Geometry
    distance_m: float
    tolerance_m: float
    description: str


def random_case(seed: int) -> Case:
    """The case of a seed: four in five are lines, the others multi-lines, polygons and points."""
    rng = np.random.default_rng(seed)
    kind = rng.choice([*KINDS], p=np.array([*WEIGHTS.values()]) / sum(WEIGHTS.values()))
    length, count = _log_uniform(rng, *LENGTH_M), round(_log_uniform(rng, *VERTICES))
    distance = _log_uniform(rng, *DISTANCE_M)
    tolerance = float(rng.choice(TOLERANCES_M))
    lon, lat, where = _place(rng)
    if kind == "polygon":
        lat *= POLYGON_LAT / 90
        length = min(length, 500_000.0)
    geometry = KINDS[kind](rng, count, length, (lon, lat))
    size = len(shapely.get_coordinates(geometry))
    description = (
        f"{kind} of {size} vertices, {length / 1000:.2f} km, at {lon:.2f} {lat:.2f} ({where}), "
        f"r = {distance:.1f} m, tolerance {tolerance:g} m"
    )
    return Case(seed, geometry, distance, tolerance, description)


def lay(metres: np.ndarray, centre: tuple[float, float]) -> np.ndarray:
    """Longitude from -180 to 180 and latitude of points metres east and north of a centre, azimuthal equidistant."""
    here = np.ones(len(metres))
    azimuth = np.degrees(np.arctan2(metres[:, 0], metres[:, 1]))
    lon, lat, _ = GEOD.fwd(centre[0] * here, centre[1] * here, azimuth, np.hypot(*metres.T))
    return np.column_stack([(np.asarray(lon) + 180) % 360 - 180, lat])


def _log_uniform(rng: Random, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _place(rng: Random) -> tuple[float, float, str]:
    """A centre: half of them anywhere, the others where engines break."""
    lon, lat = rng.uniform(-180, 180), np.degrees(np.arcsin(rng.uniform(-1, 1)))
    where = rng.choice(
        ["anywhere", "pole", "antimeridian", "equator", "high latitude"], p=[0.5, 0.12, 0.18, 0.08, 0.12]
    )
    if where == "pole":
        lat = rng.choice([-1, 1]) * (90 - rng.uniform(0, 1) ** 2)
    elif where == "antimeridian":
        lon = rng.choice([-1, 1]) * (180 - rng.uniform(0, 0.5) ** 2)
    elif where == "equator":
        lat = rng.normal(0, 0.2)
    elif where == "high latitude":
        lat = rng.choice([-1, 1]) * rng.uniform(70, 89)
    return float(lon), float(lat), str(where)


def _fractal(rng: Random, count: int) -> np.ndarray:
    """A line jagged at every scale: midpoints displaced (Fournier, Fussell and Carpenter 1982)."""
    rough, line = rng.uniform(0.02, 0.6), np.cumsum(rng.normal(0, 1, (int(rng.integers(2, 6)), 2)), axis=0)
    while len(line) < count:
        step = np.diff(line, axis=0)
        share = rng.uniform(0.35, 0.65, (len(step), 1))
        aside = rng.uniform(-rough, rough, (len(step), 1)) * np.column_stack([-step[:, 1], step[:, 0]])
        longer = np.empty((2 * len(line) - 1, 2))
        longer[::2], longer[1::2] = line, line[:-1] + share * step + aside
        line = longer
    return line[np.unique(np.linspace(0, len(line) - 1, max(count, 2)).round().astype(int))]


def _walk(rng: Random, count: int) -> np.ndarray:
    """A walk whose heading drifts: it comes close to itself, crosses itself, or strays."""
    heading = np.cumsum(rng.normal(rng.normal(0, 0.02), rng.uniform(0.02, 1.5), count))
    step = rng.exponential(1, count) if rng.random() < 0.5 else np.ones(count)
    return np.cumsum(step[:, None] * np.column_stack([np.cos(heading), np.sin(heading)]), axis=0)


def _spiral(rng: Random, count: int) -> np.ndarray:
    turn = np.linspace(0, rng.uniform(0.5, 6) * 2 * np.pi, count)
    radius = np.linspace(rng.uniform(0, 0.8), 1, count) * (1 + rng.normal(0, rng.choice([0, 0.002, 0.02]), count))
    return radius[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])


def _hairpin(rng: Random, count: int) -> np.ndarray:
    """There and back again, close beside, a few times over."""
    legs, gap = int(rng.integers(2, 7)), _log_uniform(rng, 1e-4, 0.5)
    corners = np.array([(float(x), leg * gap) for leg in range(legs) for x in ((0, 1) if leg % 2 == 0 else (1, 0))])
    corners[:, 0] += rng.uniform(0, 0.1, len(corners))
    return _resampled(corners, count)


def _zigzag(rng: Random, count: int) -> np.ndarray:
    x = np.linspace(0, 1, count)
    y = np.where(np.arange(count) % 2, 1, -1) * _log_uniform(rng, 1e-3, 1) * rng.uniform(0.5, 1, count)
    return np.column_stack([x, y])


def _arc(rng: Random, count: int) -> np.ndarray:
    """Part of a circle, nearly closed or not: all of it is equally far from its centre."""
    turn = np.linspace(0, rng.choice([0.5, 0.9, 0.999, 1 - 1e-6]) * 2 * np.pi, count)
    return np.column_stack([np.cos(turn), np.sin(turn)])


def _resampled(corners: np.ndarray, count: int) -> np.ndarray:
    """A polyline through corners with vertices evenly between them, `count` or so."""
    between = max(1, round(count / (len(corners) - 1)))
    share = np.linspace(0, 1, between, endpoint=False)[None, :, None]
    points = corners[:-1, None] + share * np.diff(corners, axis=0)[:, None]
    return np.vstack([points.reshape(-1, 2), corners[-1:]])


SHAPES: dict[str, Callable[[Random, int], np.ndarray]] = {
    "fractal": _fractal,
    "walk": _walk,
    "spiral": _spiral,
    "hairpin": _hairpin,
    "zigzag": _zigzag,
    "arc": _arc,
}


def _scaled(rng: Random, line: np.ndarray, length_m: float) -> np.ndarray:
    """A line centred, turned at random, and as long as asked, by its path or by its extent."""
    line = line - line.mean(axis=0)
    path = np.hypot(*np.diff(line, axis=0).T).sum()
    extent = np.hypot(*np.ptp(line, axis=0))
    turn = rng.uniform(0, 2 * np.pi)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return line @ spin * (length_m / max(extent if rng.random() < 0.5 else path, 1e-9))


def _spoiled(rng: Random, line: np.ndarray) -> np.ndarray:
    """A line with what data has: vertices repeated, 1 mm from the next, or rounded to 0.1 m."""
    spoil = rng.random()
    if spoil < 0.1:
        return np.repeat(line, rng.choice([1, 1, 1, 2, 3], len(line)), axis=0)
    if spoil < 0.15:
        at = rng.integers(0, len(line), 3)
        return np.insert(line, at, line[at] + 1e-8, axis=0)
    return np.round(line, 6) if spoil < 0.35 else line


def _line(shape: str) -> Callable[..., shapely.Geometry]:
    def make(rng: Random, count: int, length_m: float, centre: tuple[float, float]) -> shapely.Geometry:
        line = _spoiled(rng, lay(_scaled(rng, SHAPES[shape](rng, count), length_m), centre))
        return shapely.LineString(line)

    return make


def _profile(rng: Random, count: int) -> np.ndarray:
    """A closed curve about the origin that is seen from there all around: smooth, wavy or jagged."""
    count = max(count, 4)
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    waves = sum(rng.normal(0, 0.3 / k) * np.cos(k * turn + rng.uniform(0, 2 * np.pi)) for k in range(1, 9))
    radius = np.exp(rng.choice([0, 1]) * waves + rng.normal(0, rng.choice([0, 0.01, 0.1]), count))
    curve = radius[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    return np.vstack([curve, curve[:1]])


def _closed(line: np.ndarray) -> np.ndarray:
    line[-1] = line[0]
    return line


def _ring(rng: Random, count: int, length_m: float, centre: tuple[float, float]) -> shapely.Geometry:
    return shapely.LineString(_closed(lay(_scaled(rng, _profile(rng, count), length_m), centre)))


def _multi(rng: Random, count: int, length_m: float, centre: tuple[float, float]) -> shapely.Geometry:
    """Two to six lines, apart, across each other, or meeting."""
    parts, spread = int(rng.integers(2, 7)), _log_uniform(rng, 0.01, 2) * length_m
    lines = []
    for _ in range(parts):
        shape = SHAPES[str(rng.choice([*SHAPES]))](rng, max(2, count // parts))
        moved = _scaled(rng, shape, length_m / parts) + rng.normal(0, spread / 3, 2)
        lines.append(lay(moved, centre))
        if rng.random() < 0.2:
            lines[-1][0] = lines[0][-1]
    return shapely.MultiLineString([_spoiled(rng, line) for line in lines])


def _points(rng: Random, count: int, length_m: float, centre: tuple[float, float]) -> shapely.Geometry:
    count = max(1, count // 50)
    return shapely.MultiPoint(lay(rng.normal(0, length_m / 4, (count, 2)), centre))


def _polygon(rng: Random, count: int, length_m: float, centre: tuple[float, float]) -> shapely.Geometry:
    """A star-shaped polygon, half of them with a hole; its longitudes run on past 180."""
    shell = _profile(rng, count)
    size = length_m / max(np.hypot(*np.diff(shell, axis=0).T).sum(), 1e-9)
    around = [shell, shell[::-1] * rng.uniform(0.2, 0.9)][: int(rng.integers(1, 3))]
    laid = [_closed(lay(ring * size, centre)) for ring in around]
    for ring in laid:
        ring[:, 0] = centre[0] + (ring[:, 0] - centre[0] + 180) % 360 - 180
    return shapely.Polygon(laid[0], laid[1:])


KINDS: dict[str, Callable[..., shapely.Geometry]] = {
    **{shape: _line(shape) for shape in SHAPES},
    "ring": _ring,
    "multi-line": _multi,
    "points": _points,
    "polygon": _polygon,
}
WEIGHTS = {
    "fractal": 30, "walk": 16, "spiral": 6, "hairpin": 7, "zigzag": 6, "arc": 4,
    "ring": 8, "multi-line": 14, "points": 4, "polygon": 5,
}  # fmt: skip
