"""Draw the lines that are measured: front-like fractals and awkward cases, the same on every run."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import shapely

# Vertices of the fronts that every method lays a zone along.
FRONTS = (150, 1_500, 15_000, 150_000)
Floats = npt.NDArray[np.float64]

# A front of about 250 km from end to end near 35.5 N: a salient, a pocket with a neck of 11 km, and a hook.
FRONT = [
    (35.30, 35.40), (35.60, 35.50), (35.80, 35.35), (36.00, 35.75), (36.15, 35.95), (36.35, 35.70), (36.30, 35.45),
    (36.58, 35.38), (36.45, 35.10), (36.65, 34.85), (37.00, 34.85), (37.10, 35.12), (36.70, 35.33), (36.95, 35.55),
    (37.30, 35.60), (37.60, 35.40), (37.95, 35.45), (38.05, 35.70), (37.85, 35.80), (37.75, 35.68),
]  # fmt: skip
FINEST = 1_000_000
# Sideways throw of a midpoint, share of its edge's length, and what is left of it a level further down: rough as a
# front is, and gentle enough at the finest for the line not to cross itself.
ROUGHNESS, FADING = 0.18, 0.97


def fractal(control: npt.ArrayLike, vertices: int, seed: int) -> Floats:
    """Line of so many vertices through control points, by midpoint displacement; longitude, latitude in degrees."""
    rng = np.random.default_rng(seed)
    xy = np.asarray(control, dtype=float)
    roughness = ROUGHNESS
    while len(xy) < vertices:
        step = np.diff(xy, axis=0)
        squeeze = np.cos(np.radians(xy[:-1, 1] + step[:, 1] / 2))  # a degree of longitude in degrees of latitude
        along = rng.uniform(0.4, 0.6, len(step))
        aside = rng.uniform(-roughness, roughness, len(step))
        middle = xy[:-1] + along[:, None] * step
        middle += aside[:, None] * np.column_stack([-step[:, 1] / squeeze, step[:, 0] * squeeze])
        finer = np.empty((2 * len(xy) - 1, 2))
        finer[0::2], finer[1::2] = xy, middle
        xy, roughness = finer, roughness * FADING
    return thinned(xy, vertices)


def thinned(xy: Floats, vertices: int) -> Floats:
    """So many of the vertices, evenly by their number, both ends among them."""
    return xy[np.round(np.linspace(0, len(xy) - 1, vertices)).astype(int)]


@cache
def _finest_front() -> Floats:
    return fractal(FRONT, FINEST, seed=13)


def front(vertices: int) -> shapely.LineString:
    """The front of 250 km, one shape at every number of vertices."""
    return shapely.LineString(thinned(_finest_front(), vertices))


def along_60_north() -> shapely.LineString:
    """2,000 jagged vertices along 5,000 km at 60 N."""
    lat = 60 + np.random.default_rng(3).uniform(-0.35, 0.35, 46)
    return shapely.LineString(fractal(np.column_stack([np.linspace(-10, 80, 46), lat]), 2_000, seed=5))


def across_the_antimeridian() -> shapely.LineString:
    """800 vertices from 176 E to 178 W, longitudes within -180 and 180 as GeoJSON has them."""
    control = [(176.4, 51.3), (177.5, 51.9), (178.8, 51.5), (180.3, 52.1), (181.2, 51.6), (182.4, 51.9)]
    xy = fractal(control, 800, seed=11)
    return shapely.LineString(np.column_stack([(xy[:, 0] + 180) % 360 - 180, xy[:, 1]]))


def to_80_north() -> shapely.LineString:
    """1,000 vertices from 70 N to 80 N."""
    control = [(18, 70.0), (24, 71.5), (20, 73.2), (26, 74.9), (19, 76.4), (27, 78.0), (22, 79.2), (30, 80.0)]
    return shapely.LineString(fractal(control, 1_000, seed=1))


def ring() -> shapely.LineString:
    """A closed line of 1,000 vertices about 55 km from its middle."""
    angle = np.linspace(0, 2 * np.pi, 17)
    reach = 0.5 * (1 + 0.15 * np.random.default_rng(17).uniform(-1, 1, 17))
    reach[-1] = reach[0]
    control = np.column_stack([36.2 + reach * np.sin(angle) / np.cos(np.radians(35.8)), 35.8 + reach * np.cos(angle)])
    control[-1] = control[0]
    return shapely.LineString(fractal(control, 1_000, seed=19))


def hairpin() -> shapely.LineString:
    """600 vertices 55 km out and 50 m beside the way back, which the two arms' own roughness never bridges."""
    lon = np.linspace(36.0, 36.6, 300)
    lat = 35.5 + np.cumsum(np.random.default_rng(23).normal(0, 0.0008, 300))
    out = np.column_stack([lon, lat])
    return shapely.LineString(np.vstack([out, np.add(out, (0, 0.00045))[::-1]]))


# Name of each awkward case, as the tables have it.
AWKWARD = {
    "5,000 km at 60 N": along_60_north,
    "antimeridian": across_the_antimeridian,
    "to 80 N": to_80_north,
    "ring": ring,
    "hairpin": hairpin,
}
