"""Shared lines, layers and truths of the tests."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from dmz.line import Line

ROOT = Path(__file__).parent.parent
# Real zones published by others, and reference layers; beside the checkout where the project is developed.
SHARED = ROOT.parent / "shared"


def shared(path: str) -> Path:
    """Path of a reference file that may not be there: skip with the reason, but in CI fail."""
    found = SHARED / path
    if not found.exists():
        if os.environ.get("CI") and SHARED.exists():
            pytest.fail(f"{path} is missing from the shared folder")
        pytest.skip(f"the reference {path} is not beside this checkout")
    return found


@pytest.fixture(scope="session")
def front() -> Line:
    """A bent front of about 50 km, north on the left."""
    xy = [(36.0, 35.5), (36.1, 35.52), (36.2, 35.45), (36.35, 35.5), (36.5, 35.48)]
    return Line(shapely.LineString(xy), left="north", right="south")


@pytest.fixture(scope="session")
def square() -> gpd.GeoDataFrame:
    """A theatre that cuts a 20 km zone along `front` on all sides."""
    return gpd.GeoDataFrame({"name": ["theatre"]}, geometry=[shapely.box(36.05, 35.38, 36.45, 35.62)], crs="EPSG:4326")


@pytest.fixture(scope="session")
def sochi():
    """The Idlib agreement, worked out once."""
    import dmz

    return dmz.build(ROOT / "seeds" / "sochi-2018.toml")


@pytest.fixture(scope="session")
def idlib_maps(sochi, tmp_path_factory):
    """Everything Idlib's agreement is written to: the paths, the map last."""
    return sochi.write(tmp_path_factory.mktemp("maps"))


def spiral(from_km: float, to_km: float, turns: float, vertices: int = 160) -> shapely.LineString:
    """A spiral about 36 E, 35 N, in kilometres from its centre."""
    angle = np.linspace(0, turns * 2 * np.pi, vertices)
    radius = np.linspace(from_km, to_km, vertices)
    lon = 36 + radius * np.cos(angle) / 91.3
    lat = 35 + radius * np.sin(angle) / 111.0
    return shapely.LineString(np.column_stack([lon, lat]))
