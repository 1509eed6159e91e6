"""Answer what ground lies beside a road of an agreement, up to a depth on each side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import geopandas as gpd
import pandas as pd
import shapely
from cyclopts import Parameter

from dmz import along, geojson
from dmz import strip as strips
from dmz.cli.asking import Options, answer, known, worked_out
from dmz.cli.shell import app, tell
from dmz.errors import InputError
from dmz.findings import Findings
from dmz.tables import Column

PRINTED = {
    "corridor": Column("road"),
    "side": Column("side"),
    "compass": Column("looks", absent="not said"),
    "depth_km": Column("depth, km", 2),
    "from_km": Column("from, km", 2),
    "to_km": Column("to, km", 2),
    "length_km": Column("length, km", 2),
    "from_name": Column("from", absent="chainage"),
    "from_off_km": Column("off the road, km", 2),
    "to_name": Column("to", absent="chainage"),
    "to_off_km": Column("off the road, km", 2),
    "ends": Column("ends"),
    "area_km2": Column("area, km2", 1),
    "against_share": Column("looks the other way, %", 1, times=100, absent="not said"),
}


@app.command
def strip(  # noqa: PLR0913 - one flag for each
    agreement: str,
    /,
    *,
    road: str,
    depth: Annotated[list[str], Parameter(consume_multiple=True, negative="")],
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    ends: strips.Ends = "flat",
    limit_km: float = along.LIMIT_KM,
    layers: Path | None = None,
    out: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """Lay a strip along a road of an agreement, or a section of one, with its own depth on each side.

    Example: dmz strip sochi-2018 --road m4 --depth north=6 south=6 --from Trumba --to "Ain al-Hawr" -o m4.geojson

    Parameters
    ----------
    agreement
        Agreement's file, or key of one shipped with dmz.
    road
        The road.
    depth
        Km on both sides, as 6, or on each, as north=6 south=6, east=3 west=3, or left=6 right=3 as one looks along it.
    from_, to
        Where the strip begins and ends: a place by its name, km along the road, or lon,lat; by default the road's ends.
    ends
        flat: the strip stops square to the road; round: it has all ground within the depth.
    limit_km
        How far from the road a place may lie that says where the strip ends.
    layers
        Folder of input layers with their manifest.toml; by default geodata beside the seeds.
    out
        File to write as well: .csv for the table, .geojson for the strips.
    """
    if out is not None and out.suffix.lower() not in {".csv", ".geojson"}:
        raise InputError(f"{out}: give a name that ends in .csv or .geojson")
    found = worked_out(agreement, Options(layers=layers, out=out))
    if found.roads is None:
        raise InputError(f"{found.agreement.key}: the agreement names no roads")
    known(road, [*found.roads["corridor"]], "road")
    line = found.roads.set_index("corridor").geometry[road]
    marks = [_mark(found, road, text, limit_km) for text in (from_, to)]
    theatre = found.store.open(found.agreement.layers.theatre)
    table = strips.strip(line, depth_km=_depth(depth), from_=marks[0], to=marks[1], ends=ends, within=theatre)
    table.insert(0, "corridor", road)
    if out is None or out.suffix.lower() == ".csv":
        answer(table, PRINTED, out)
    else:
        answer(table, PRINTED, None)
        geojson.write_geojson(table.assign(id=table["strip"]), out)
        tell(f"{out}: {len(table)} strips")


def _depth(texts: list[str]) -> float | dict[str, float]:
    """Depth of both sides, or of each.

    Raises
    ------
    InputError
        Where a text is neither a number nor a side and a number; where a side stands twice.
    """
    pairs = [text.rpartition("=") for text in texts]
    try:
        km = [float(number) for *_, number in pairs]
    except ValueError:
        raise InputError(f"--depth {' '.join(texts)}: give km, as 6, or of each side, as north=6 south=6") from None
    sides = [side for side, *_ in pairs]
    if sides == [""]:
        return km[0]
    if "" in sides or len({*sides}) < len(sides):
        raise InputError(f"--depth {' '.join(texts)}: give one number for both sides, or one for each")
    return dict(zip(sides, km, strict=True))


def _mark(found: Findings, road: str, text: str | None, limit_km: float) -> along.Mark | None:
    """Chainage, point or place that a text names."""
    if text is None:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return along.find(_named(found, road), text, limit_km=limit_km)
    if len(numbers) > 2:  # noqa: PLR2004 - longitude, latitude
        raise InputError(f"{text}: give a place's name, km along the road, or lon,lat")
    if len(numbers) == 1:
        return numbers[0]
    point = shapely.Point(numbers)
    return along.Place(f"{point.x:.4f} E, {point.y:.4f} N", point, limit_km)


def _named(found: Findings, road: str) -> gpd.GeoDataFrame:
    """Places that may say where a strip ends: those the road is known to pass, then the settlements."""
    tables = []
    if (key := found.agreement.layers.waypoints) is not None:
        waypoints = found.store.open(key)
        tables.append(waypoints[waypoints["corridor"] == road] if "corridor" in waypoints else waypoints)
    if found.places is not None:
        tables.append(found.places)
    if not tables:
        raise InputError(
            f"{found.agreement.key}: the agreement has no named places: give km along the road, or lon,lat"
        )
    columns = [table[["name", "geometry"]] for table in tables]
    return gpd.GeoDataFrame(pd.concat(columns, ignore_index=True), crs=tables[0].crs)
