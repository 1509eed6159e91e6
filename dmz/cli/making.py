"""Make maps and zones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import geopandas as gpd
from cyclopts import Parameter

from dmz import geodata, geojson, model
from dmz import line as lines
from dmz.cli.shell import app, progress, say, tell, write_out
from dmz.errors import InputError, MissingInputError
from dmz.laying import Files
from dmz.zone import Ends, Reading, zones


@app.command
def maps(
    *seeds: str,
    out: Annotated[Path, Parameter(alias="-o")] = Path("maps"),
    layers: Path | None = None,
    line: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
) -> None:
    """Write the map, the GeoJSON layers and the tables of each agreement.

    Example: dmz maps seeds/sochi-2018.toml --out maps

    Parameters
    ----------
    seeds
        Agreements' files, or keys of the agreements shipped with dmz.
    out
        Folder to write to.
    layers
        Folder of input layers with their manifest.toml; by default geodata beside the seeds.
    line
        File with a line of your own in place of the agreement's; where each party has its own, PARTY=FILE for each.
    """
    if not seeds:
        raise MissingInputError("name an agreement's file, such as seeds/sochi-2018.toml")
    if line and len(seeds) > 1:
        raise InputError("--line: a line is one agreement's: name that one alone")
    files = _files(line or [])
    for seed in seeds:
        with progress(Path(seed).stem, len(model.STEPS)) as step:
            built = model.build(seed, layers=layers, line=files, progress=step)
            written = built.write(out, progress=step)
        write_out(f"{written[-1]}\n")
        tell(f"and {len(written) - 1} files in {out / built.agreement.key}")


@app.command
def zone(  # noqa: PLR0913 - one flag for each
    path: Path,
    /,
    *,
    depth: Annotated[list[float], Parameter(consume_multiple=True, negative="")],
    reading: Reading = "each-side",
    party: str | None = None,
    within: Path | None = None,
    ends: Ends = "round",
    left: str | None = None,
    right: str | None = None,
    out: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """Lay a zone along a line of contact and write it as GeoJSON.

    Example: dmz zone line.geojson --depth 15 20 --reading deep --party opposition -o zone.geojson

    Parameters
    ----------
    path
        File with the line of contact.
    depth
        Depth in km, or the two ends of a range; for the reading per-side the depth on the left, then on the right.
    reading
        each-side, total-width, deep or per-side.
    party
        Whose ground a deep zone lies on.
    within
        File with polygons the zone is clipped to.
    ends
        round or flat.
    left
        Party on the left as one looks along the line; by default what the file says.
    right
        Party on the right.
    out
        GeoJSON file to write; by default standard output.
    """
    front = lines.read_line(path, left=left, right=right)
    theatre = None if within is None else geodata.read(within, kind="polygon")
    depth_km = _depth(depth, reading, front)
    with say.status("laying the zone"):  # seen on a terminal only
        laid = zones(front, depth_km=depth_km, reading=reading, party=party, within=theatre, ends=ends)
    if out is None:
        write_out(geojson.text(laid, name="zone"))
    else:
        geojson.write_geojson(laid, out)
        tell(f"{out}: {_areas(laid)}")


def _files(texts: list[str]) -> Files | None:
    """File of a line, or one a party, from ``--line``.

    Raises
    ------
    InputError
        Where several files are given without their parties.
    MissingInputError
        Where one is not there.
    """
    if not texts:
        return None
    split = [text.partition("=") for text in texts]
    pairs = {name: Path(file) for name, mark, file in split if mark and not Path(name + mark + file).exists()}
    if len(texts) > 1 and len(pairs) < len(texts):
        raise InputError(f"--line {' '.join(texts)}: give one file, or PARTY=FILE for each party")
    for path in pairs.values() or [Path(texts[0])]:
        geodata.present(path)
    return pairs or Path(texts[0])


def _depth(depth: list[float], reading: Reading, front: lines.Line) -> float | tuple[float, float] | dict[str, float]:
    """Depth as `dmz.zones` takes it."""
    if len(depth) not in {1, 2}:
        raise InputError(f"--depth {' '.join(map(str, depth))}: give one number of km, or the two of a range")
    if reading == "per-side":
        return {front.left: depth[0], front.right: depth[-1]}
    return depth[0] if len(depth) == 1 else (depth[0], depth[1])


def _areas(laid: gpd.GeoDataFrame) -> str:
    return ", ".join(f"{row.zone} {row.area_km2:.1f} km2" for row in laid.itertuples())
