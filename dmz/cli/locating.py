"""Say of points in any number in which zone each lies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
from cyclopts import Parameter

from dmz import line as lines
from dmz.cli.shell import CHECK_FAILED, app, counting, show_faults, tell, write_out
from dmz.errors import InputError
from dmz.locating import By
from dmz.locating.asking import kernel_of
from dmz.locating.runs import Run, Settings, run
from dmz.tables import Column, text_of

OUTSIDE, NONE = "outside", "none"
COUNTS = {
    "zone": Column("zone"),
    "reading": Column("reading"),
    "band": Column("band", absent=NONE),
    "party": Column("party", absent=NONE),
    "points": Column("points", 0),
}


@app.command
def locate(  # noqa: PLR0913 - one flag for each
    path: Path,
    /,
    *,
    zones: Path,
    line: Path | None = None,
    add: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    by: By | None = None,
    lon: str | None = None,
    lat: str | None = None,
    prefix: str = "",
    cores: int | None = None,
    cluster: str | None = None,
    out: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> int:
    """Say of points in any number in which zone each lies; a run that was killed goes on where it stopped.

    Example: dmz locate events.parquet --zones zone.geojson --line line.geojson --add distance_m -o out.parquet

    Parameters
    ----------
    path
        GeoParquet, Parquet, CSV or FlatGeobuf file, or a folder of such files.
    zones
        Zones, as dmz zone writes them.
    line
        Line of contact, for what --add asks.
    add
        distance_m (negative on the left), chainage_km, probability.
    by
        For lines and polygons: share, a row for each zone with a part of the feature; representative, by one point.
    lon
        Column with longitudes, where there is no geometry.
    lat
        Column with latitudes.
    prefix
        What the names of the new columns begin with.
    cores
        Processes at most; by default as many as the machine has.
    cluster
        Address of a Dask scheduler whose workers see the same folders, such as tcp://10.0.0.1:8786.
    out
        File to write, .parquet or .csv; of a folder, a folder. Without it, points are only counted.

    Returns
    -------
    int
        0 where all was read, 1 where a part was not.
    """
    if cores is not None and cores < 1:
        raise InputError(f"--cores {cores}: give 1 or more")
    front = None if line is None else lines.read_line(line)
    kernel = kernel_of(zones, line=front, add=add or [], by=by)
    with counting(path.name) as tick:
        settings = Settings(lon, lat, prefix, cores, progress=tick)
        found = run(path, kernel, out, client=cluster, settings=settings)
    _show(found)
    return CHECK_FAILED if found.failed else 0


def _show(found: Run) -> None:
    """Print the counts, and on standard error what is to be known of them."""
    counts = found.counts.astype(object)
    counts["zone"] = counts["zone"].where(counts["zone"].notna(), OUTSIDE)
    write_out(text_of(pd.DataFrame(counts), COUNTS))
    tell(f"{found.points:,} points read" + (f", {found.kept} of {found.parts} parts done before" if found.kept else ""))
    if found.unplaced:
        tell(f"{found.unplaced:,} have no place (missing, no number, out of range): kept, with empty answers")
    if found.swapped:
        tell("no point lies about the zones, and most would with longitude and latitude swapped")
    show_faults(found.failed)
    if found.out is not None:
        tell(f"{found.out}: written")
