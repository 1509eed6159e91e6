"""Say the library's verbs on the command line: maps, zone, check."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import geopandas as gpd
from cyclopts import App, CycloptsError, Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dmz import agreement, geodata, geojson, line, model
from dmz.errors import DmzError, DmzWarning, InputError, MissingInputError
from dmz.zone import Ends, Reading, zones

# Exit codes: 0 done, 1 a check did not hold, 2 bad input, 130 interrupted.
CHECK_FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130

app = App(
    name="dmz",
    help="Turn a line of contact and the text of an agreement into zones, maps and GeoJSON.",
    version_flags=["--version"],
    help_format="plaintext",
)
_say = Console(stderr=True, highlight=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors are lines on standard error, never tracebacks."""
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("always", DmzWarning)
        warnings.showwarning = _show_warning  # type: ignore[assignment]
        try:
            return app(arguments, exit_on_error=False, print_error=False, result_action="return_value") or 0
        except CycloptsError as error:
            _faults([str(error).strip(), "see dmz --help"])
        except DmzError as error:
            _faults(error.faults)
        except KeyboardInterrupt:
            return INTERRUPTED
        return BAD_INPUT


@app.command
def maps(*seeds: str, out: Annotated[Path, Parameter(alias="-o")] = Path("maps"), layers: Path | None = None) -> None:
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
    """
    if not seeds:
        raise MissingInputError("name an agreement's file, such as seeds/sochi-2018.toml")
    for seed in seeds:
        with _progress(Path(seed).stem, len(model.STEPS)) as step:
            built = model.build(seed, layers=layers, progress=step)
            written = built.write(out, progress=step)
        sys.stdout.write(f"{written[-1]}\n")
        _say.print(f"and {len(written) - 1} files in {out / built.agreement.key}")


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
    front = line.read_line(path, left=left, right=right)
    theatre = None if within is None else geodata.read(within, kind="polygon")
    depth_km = _depth(depth, reading, front)
    with _say.status("laying the zone"):  # seen on a terminal only
        laid = zones(front, depth_km=depth_km, reading=reading, party=party, within=theatre, ends=ends)
    if out is None:
        sys.stdout.write(geojson.text(laid, name="zone"))
    else:
        geojson.write_geojson(laid, out)
        _say.print(f"{out}: {_areas(laid)}")


@app.command
def check(*paths: Path) -> int:
    """Audit inputs: lines of contact, agreements (.toml), folders of layers (with manifest.toml).

    Example: dmz check line.geojson seeds/sochi-2018.toml geodata

    Parameters
    ----------
    paths
        What to look at.

    Returns
    -------
    int
        0 where everything holds, 1 where something does not.
    """
    failed = False
    for path in paths:
        try:
            faults, said = [], _looked_at(path)
        except MissingInputError:
            raise
        except DmzError as error:
            faults, said = list(error.faults), ""
        _faults(faults)
        failed |= bool(faults)
        if said:
            sys.stdout.write(f"{path}: {said}\n")
    return CHECK_FAILED if failed else 0


def _looked_at(path: Path) -> str:
    """Say what an input is; raise what is wrong with it."""
    if path.is_dir():
        store = geodata.open_store(path)
        if faults := geodata.audit(store):
            raise InputError(faults)
        return f"{len(store.records)} layers, each as its manifest says"
    if path.suffix == ".toml":
        terms = agreement.read_agreement(path)
        return f"{terms.title.en}: {len(terms.readings)} readings, {len(terms.obligations)} obligations"
    front = line.read_line(path)
    unsure = "unknown" if front.uncertainty_m is None else f"{front.uncertainty_m.mean() / 1000:.1f} km on average"
    return f"{front.length_km:.1f} km, {front.left} on the left, {front.right} on the right, uncertainty {unsure}"


def _depth(depth: list[float], reading: Reading, front: line.Line) -> float | tuple[float, float] | dict[str, float]:
    """Depth as `dmz.zones` takes it."""
    if len(depth) not in {1, 2}:
        raise InputError(f"--depth {' '.join(map(str, depth))}: give one number of km, or the two of a range")
    if reading == "per-side":
        return {front.left: depth[0], front.right: depth[-1]}
    return depth[0] if len(depth) == 1 else (depth[0], depth[1])


def _areas(laid: gpd.GeoDataFrame) -> str:
    return ", ".join(f"{row.zone} {row.area_km2:.1f} km2" for row in laid.itertuples())


@contextmanager
def _progress(label: str, steps: int) -> Iterator[Callable[[str], None]]:
    """Bar on standard error that names each step as it begins; silent where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[step]}"), TimeElapsedColumn())
    with Progress(*columns, console=_say, disable=not _say.is_terminal, transient=True) as bar:
        task = bar.add_task(label, total=steps, step="")
        yield lambda step: bar.update(task, advance=1, step=step)


def _faults(faults: Sequence[str]) -> None:
    for fault in faults:
        _say.print("[red]error:[/red]", end=" ")
        _say.print(fault, markup=False)


def _show_warning(message: Warning | str, *_: object) -> None:
    _say.print("[yellow]warning:[/yellow]", end=" ")
    _say.print(str(message), markup=False)
