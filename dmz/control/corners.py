"""Make a zone, or a line, of the corner coordinates that an agreement names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from dmz import geodesy, intake, line
from dmz.control.coordinates import Order, Place, coordinate, pair
from dmz.errors import GeometryError, InputError
from dmz.geodata import WGS84, present
from dmz.intake.cells import as_text, is_blank
from dmz.intake.columns import match
from dmz.intake.reading import open_table
from dmz.line import Line

Floats = NDArray[np.float64]
Corner = str | tuple[str | float, str | float]
# Ends of files with one corner a line rather than a table.
TEXT = {".txt", ".text"}
FEWEST: dict[Literal["zone", "line"], int] = {"zone": 3, "line": 2}


def corners(texts: Sequence[Corner] | str, *, order: Order = "lat-lon", where: str = "corners") -> Floats:
    r"""Read corner coordinates as an agreement prints them.

    Parameters
    ----------
    texts
        One text a corner (``14°22'05.1" N, 104°41' E``), or a pair of texts or numbers, or one text with a corner a
        line. Blank lines, and lines that begin with ``#``, are left out.
    order
        Which comes first where no hemisphere says so: ``"lat-lon"``, as agreements have it, or ``"lon-lat"``.
    where
        What they are called in a message.

    Returns
    -------
    numpy.ndarray
        Shape (n, 2), longitude, latitude, degrees on WGS 84, in the order given.

    Raises
    ------
    InputError
        Where one cannot be read; every one at once.

    Examples
    --------
    >>> corners(["14°23' N, 104°41' E", ("14°24'N", "104 38 15 E")])
    array([[104.68333333,  14.38333333],
           [104.6375    ,  14.4       ]])
    """
    listed: Sequence[Corner] = texts.splitlines() if isinstance(texts, str) else texts
    found, faults = [], []
    for number, corner in enumerate(listed, start=1):
        if isinstance(corner, str) and (not corner.strip() or corner.lstrip().startswith("#")):
            continue
        try:
            found.append(_corner(corner, order))
        except InputError as error:
            faults += [f"{where}: corner {number}: {fault}" for fault in error.faults]
    if faults:
        raise InputError(faults)
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def read_corners(path: str | Path, *, order: Order = "lat-lon") -> Floats:
    """Read corner coordinates from a file.

    Parameters
    ----------
    path
        ``.txt``: one corner a line. CSV, XLSX: a latitude and a longitude a row, in columns of any common name, as
        numbers or as text with degrees, minutes and seconds.
    order
        As `corners` takes it; a table's columns say it themselves.

    Raises
    ------
    MissingInputError
        No such file.
    InputError
        Columns that are missing, with the nearest there is; corners that cannot be read, every one at once.
    """
    path = Path(path)
    present(path)
    if path.suffix.lower() in TEXT:
        try:
            return corners(path.read_text(encoding="utf-8-sig"), order=order, where=str(path))
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: it is no text in UTF-8: save it as such") from error
    table = open_table(path, intake.Hints())
    if table.points is not None:
        return np.asarray(table.points)
    columns = match(path, [str(name) for name in table.cells], {}, ("lat", "lon"))
    lat, lon = (as_text(table.cells[columns[axis]]) for axis in ("lat", "lon"))
    kept = ~(is_blank(lat) & is_blank(lon))
    return corners(list(zip(lat[kept], lon[kept], strict=True)), where=str(path))


def from_corners(
    texts: Sequence[Corner] | str | Floats, *, order: Order = "lat-lon", where: str = "corners"
) -> gpd.GeoDataFrame:
    """Zone whose corners an agreement names, in their order, joined by geodesics.

    Parameters
    ----------
    texts, order, where
        As `corners` takes them, or what `read_corners` gave.

    Returns
    -------
    geopandas.GeoDataFrame
        One row: ``zone`` (``"corners"``), ``area_km2``, ``perimeter_km``, ``corners``, ``geometry`` (Polygon with these
        corners and no others).

    Raises
    ------
    InputError
        Fewer than three corners, or corners that cannot be read.
    GeometryError
        Where the edges cross: the corners are not in order around the zone.

    Examples
    --------
    The provisional demilitarised zone of the International Court of Justice, Order of 18 July 2011:

    >>> zone = from_corners('''14°23' N, 104°41' E
    ...                        14°24' N, 104°38'15" E
    ...                        14°25' N, 104°38'40" E
    ...                        14°25' N, 104°42'20" E''')
    >>> zone[["area_km2", "perimeter_km"]].round(3)
       area_km2  perimeter_km
    0    17.401        18.255
    """
    xy = _enough(texts, "zone", order, where)
    shape = shapely.Polygon(xy)
    if not shape.is_valid:
        raise GeometryError(
            f"{where}: the edges cross ({shapely.is_valid_reason(shape)}): give the corners in order around the zone"
        )
    row = {
        "zone": "corners",
        "area_km2": geodesy.area(shape) / 1e6,
        "perimeter_km": geodesy.length(shape) / 1000,
        "corners": len(xy),
        "geometry": shapely.orient_polygons(shape),
    }
    return gpd.GeoDataFrame([row], crs=WGS84)


def line_from_corners(
    texts: Sequence[Corner] | str | Floats, *, left: str, right: str, order: Order = "lat-lon", where: str = "corners"
) -> Line:
    """Line of contact through coordinates that an agreement names, in their order.

    Parameters
    ----------
    texts, order, where
        As `from_corners` takes them.
    left, right
        The party on each side as one looks along the line.

    Raises
    ------
    InputError
        Fewer than two corners, or corners that cannot be read.
    PartyError, GeometryError
        As `dmz.read_line`.
    """
    xy = _enough(texts, "line", order, where)
    drawn = Line(shapely.LineString(xy), left, right, name="line through named coordinates", source=where)
    line.audit(drawn, where=where)
    return drawn


def _corner(corner: Corner, order: Order) -> Place:
    if isinstance(corner, str):
        return pair(corner, order)
    one, other = (each if isinstance(each, str) else f"{each:.12f}" for each in corner)
    lat, lon = (one, other) if order == "lat-lon" else (other, one)
    return Place(coordinate(lon, "lon"), coordinate(lat, "lat"))


def _enough(texts: Sequence[Corner] | str | Floats, what: Literal["zone", "line"], order: Order, where: str) -> Floats:
    """Corners without repeats, a zone's first one not again at its end."""
    xy = texts if isinstance(texts, np.ndarray) else corners(texts, order=order, where=where)
    xy = xy[np.append(True, (xy[1:] != xy[:-1]).any(axis=1))] if len(xy) else xy
    if what == "zone" and len(xy) > 1 and (xy[0] == xy[-1]).all():
        xy = xy[:-1]
    if len(xy) < FEWEST[what]:
        raise InputError(f"{where}: a {what} needs {FEWEST[what]} different corners, and there are {len(xy)}")
    return np.asarray(xy)
