"""Read vector layers of points, opened and audited by `dmz.geodata`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from dmz import geodata
from dmz.intake.table import Table


def read_layer(path: Path) -> Table:
    """Read the features of a GeoJSON, GeoPackage or any other layer GDAL knows.

    Returns
    -------
    Table
        Features counted from 1, as a table of attributes shows them. One without geometry has no coordinates; one that
        is no single point is a misfit.

    Raises
    ------
    DmzError
        As `dmz.geodata.load` and `in_wgs84`.
    """
    layer = geodata.in_wgs84(path, geodata.load(path))
    shapes = layer.geometry.to_numpy()
    kinds = layer.geom_type.to_numpy(dtype=object)
    single = (kinds == "MultiPoint") & (shapely.get_num_geometries(shapes) == 1)
    shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    point = there & (shapely.get_type_id(shapes) == shapely.GeometryType.POINT)
    points = np.where(point, shapes, None)
    xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    misfits = {
        int(place): f"it is a {kinds[place]}, and a point is due: keep only the points"
        for place in np.flatnonzero(there & ~point)
    }
    cells = pd.DataFrame(layer.drop(columns=layer.geometry.name))
    wkt = np.where(shapely.is_missing(shapes), "", shapely.to_wkt(shapes, rounding_precision=7))
    return Table(cells, np.arange(1, len(layer) + 1), "feature", xy, wkt, misfits)
