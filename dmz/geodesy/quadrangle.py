"""Measure the ground between two parallels: cells of grids in longitude and latitude."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dmz.geodesy.ellipsoid import GEOD, Floats


def quadrangle_area(south: ArrayLike, north: ArrayLike, width_deg: float) -> Floats:
    """Area between two parallels and two meridians, square metres.

    Parameters
    ----------
    south, north
        Latitudes, degrees, of any shape.
    width_deg
        Degrees of longitude between the meridians.

    Notes
    -----
    Snyder, J. P. (1987), Map projections - a working manual, USGS Professional Paper 1395, equation 3-12::

        A = a^2 (1 - e^2) w / 2 [ sin f / (1 - e^2 sin^2 f) + artanh(e sin f) / e ]   from south to north

    Examples
    --------
    >>> round(float(quadrangle_area(-90, 90, 360)) / 1e12, 6)
    510.065622
    """
    e = np.sqrt(GEOD.es)

    def below(latitude: ArrayLike) -> Floats:
        sine = np.sin(np.radians(np.asarray(latitude, dtype=np.float64)))
        return np.asarray(sine / (1 - GEOD.es * sine * sine) + np.arctanh(e * sine) / e)

    return np.asarray(GEOD.a**2 * (1 - GEOD.es) * np.radians(width_deg) / 2 * (below(north) - below(south)))
