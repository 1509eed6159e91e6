"""Ask which zone holds each of many points, with dmz and with what a user would pick instead."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from dmz.locating.asking import kernel_of
from dmz.locating.grid import Index

Ask = Callable[[], np.ndarray]
REFERENCE = "geopandas.sjoin(within)"
READY, WHOLE, FRAME = "dmz, kernel ready", "dmz, kernel and all", "dmz.locate of a GeoDataFrame"
ALONE = "dmz, raster alone, set-up included"
PREPARED = "shapely.contains_xy, prepared"
NAMES = (
    READY,
    ALONE,
    WHOLE,
    FRAME,
    PREPARED,
    REFERENCE,
    "sedonadb, spatial join",
    "duckdb spatial, ST_Contains",
    "polars-st, sjoin",
)


class Locators:
    """Points and zones in the form each method wants them; every method gives the points in each zone."""

    def __init__(self, zones: gpd.GeoDataFrame, xy: np.ndarray) -> None:
        self.zones = zones.reset_index(drop=True)
        self.x, self.y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
        self.points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(self.x, self.y), crs=4326)
        self.kernel = kernel_of(zones, edges="lonlat")
        self.order = [self.zones["zone"].tolist().index(zone[0]) for zone in self.kernel.zones]

    def methods(self) -> dict[str, Ask]:
        """Every method that is installed, ready to be timed."""
        found: dict[str, Ask] = {READY: self.ready, ALONE: self.alone, WHOLE: self.whole, FRAME: self.frame}
        found |= {PREPARED: self.prepared, REFERENCE: self.sjoin}
        for name, make in (
            (NAMES[6], self._sedona),
            (NAMES[7], self._duckdb),
            (NAMES[8], self._polars),
        ):
            try:
                found[name] = make()
            except ImportError:
                logging.getLogger(__name__).info("%s is not installed", name)
        return found

    def ready(self) -> np.ndarray:
        """Kernel and raster as they are from the call before."""
        return self.kernel.points(self.x, self.y).code

    def whole(self) -> np.ndarray:
        """Zones checked, kernel made, raster built."""
        from dmz.locating import kernel

        kernel._READY.clear()  # noqa: SLF001 - so that nothing is ready
        return kernel_of(self.zones, edges="lonlat").points(self.x, self.y).code

    def alone(self) -> np.ndarray:
        """Polygons prepared and a raster built where it pays, as `prepared` does what it must."""
        shapes = shapely.from_wkb(shapely.to_wkb(self.zones.geometry.to_numpy()))
        return Index(shapes).codes(self.x, self.y)

    def frame(self) -> np.ndarray:
        """All of it, from geometries to columns of a table."""
        import dmz

        found = dmz.locate(self.points, self.kernel)["zone"].value_counts()
        return np.array([int(found.get(name, 0)) for name in self.zones["zone"]])

    def prepared(self) -> np.ndarray:
        """Every polygon prepared and asked of every point."""
        shapes = shapely.from_wkb(shapely.to_wkb(self.zones.geometry.to_numpy()))
        shapely.prepare(shapes)
        return np.array([int(shapely.contains_xy(shape, self.x, self.y).sum()) for shape in shapes])

    def sjoin(self) -> np.ndarray:
        """What most would write."""
        found = gpd.sjoin(self.points, self.zones[["geometry"]], predicate="within")["index_right"]
        return np.bincount(found, minlength=len(self.zones))

    def counted(self, name: str, answer: np.ndarray) -> np.ndarray:
        """Points in each zone of what a method gave, codes of points or the numbers themselves."""
        if name == ALONE:
            return np.bincount(answer, minlength=len(self.zones) + 1)[1:]
        if name in {READY, WHOLE}:
            made = np.zeros(len(self.zones), int)
            made[self.order] = np.bincount(answer, minlength=len(self.kernel.labels))[1 + len(self.kernel.readings) :]
            return made
        return answer

    def _sedona(self) -> Ask:
        import sedonadb

        engine = sedonadb.connect()
        engine.create_data_frame(self.points).to_view("pts")
        numbered = self.zones[["geometry"]].assign(n=range(len(self.zones)))
        engine.create_data_frame(numbered).to_view("zones")
        join = "SELECT z.n, count(*) AS c FROM pts p JOIN zones z ON ST_Within(p.geometry, z.geometry) GROUP BY z.n"

        def ask() -> np.ndarray:
            found = engine.sql(join).to_pandas()
            return np.bincount(found["n"], found["c"], len(self.zones)).astype(int)

        return ask

    def _duckdb(self) -> Ask:
        connection = duckdb_spatial()
        import pyarrow as pa

        connection.register("xy", pa.table({"x": self.x, "y": self.y}))
        connection.execute("CREATE TABLE pts AS SELECT ST_Point(x, y) AS geometry FROM xy")
        texts = [shapely.to_wkb(shape, hex=True) for shape in self.zones.geometry]

        def ask() -> np.ndarray:
            query = "SELECT count(*) FROM pts WHERE ST_Contains(ST_GeomFromHEXWKB('{}'), geometry)"
            return np.array([connection.execute(query.format(text)).fetchone()[0] for text in texts])

        return ask

    def _polars(self) -> Ask:
        import polars_st

        points = polars_st.from_geopandas(self.points.set_crs(None, allow_override=True))
        numbered = self.zones[["geometry"]].assign(n=range(len(self.zones))).set_crs(None, allow_override=True)
        zones = polars_st.from_geopandas(numbered)

        def ask() -> np.ndarray:
            found = points.st.sjoin(zones, on="geometry", how="inner", predicate="within")
            return np.bincount(found["n"].to_numpy(), minlength=len(self.zones))

        return ask


def duckdb_spatial() -> Any:
    """Connection with the spatial extension of its wheel."""
    import duckdb
    import duckdb_extension_spatial

    (extension,) = Path(duckdb_extension_spatial.__file__).parent.rglob("*.duckdb_extension")
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute(f"LOAD '{extension}'")
    return connection
