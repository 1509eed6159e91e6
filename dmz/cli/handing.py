"""Hand over: write other formats, hold a folder against its papers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from dmz import datapackage, deliverable, export, findings, geodata, model
from dmz.cli.shell import CHECK_FAILED, app, keep_inputs, progress, show_faults, tell, write_out
from dmz.errors import InputError
from dmz.files import write_whole

Format = Literal["geojson", "gpkg", "kml", "fgb", "parquet", "xlsx", "csv"]
# What makes a source an agreement and no layer.
SEED = ".toml"


@app.command(name="export")
def export_to(
    source: str,
    /,
    *,
    format: Annotated[list[Format], Parameter(consume_multiple=True, negative="", alias="-f")],  # noqa: A002 - its name
    out: Annotated[Path, Parameter(alias="-o")] = Path("maps"),
    layers: Path | None = None,
) -> None:
    """Write an agreement, or any file of zones or other features, in other formats.

    Example: dmz export sochi-2018 --format kml xlsx --out maps

    Parameters
    ----------
    source
        An agreement's file or key, or a file of features such as dmz zone writes.
    format
        geojson, gpkg, kml, fgb (FlatGeobuf), parquet (GeoParquet), xlsx or csv; several may be named. Of an agreement
        gpkg and kml hold all layers, xlsx all tables, a sheet each; the others are a file a layer.
    out
        Folder to write to.
    layers
        Folder of input layers with their manifest.toml; by default geodata beside the agreement.
    """
    path = Path(source)
    if path.suffix.lower() != SEED and path.is_file():
        table = geodata.read(path)
        targets = {out / f"{path.stem}.{kind}": kind for kind in format}
        keep_inputs([path], targets)
        made = {target: export.encoded(table, kind, name=path.stem) for target, kind in targets.items()}
    else:
        with progress(path.stem, len(findings.STAGES)) as step:
            built = model.build(source, layers=layers, progress=step)
        made = {out / name: raw for kind in format for name, raw in _agreement(built, kind).items()}
    for written in write_whole(made):
        write_out(f"{written}\n")


@app.command
def verify(*folders: Path) -> int:
    """Hold folders that dmz maps wrote against their datapackage.json: every file there, none changed, none added.

    Example: dmz verify maps/sochi-2018

    Parameters
    ----------
    folders
        Folders with a datapackage.json.
    """
    if not folders:
        raise InputError("name a folder, such as maps/sochi-2018")
    faults = [fault for folder in folders for fault in datapackage.verify(folder)]
    show_faults(faults)
    if not faults:
        tell(f"{', '.join(map(str, folders))}: every file is as it was written")
    return CHECK_FAILED if faults else 0


def _agreement(built: model.Model, kind: Format) -> dict[str, bytes]:
    """Files of an agreement in a format, by their path in the folder of maps."""
    key, on = built.agreement.key, built.agreement.date
    drawn = [layer for layer in built.layers if layer.group != "basemap"]
    if kind in {"xlsx", "csv"}:
        tables = {"summary": built.comparison} | deliverable.tables(built, built.dossier)
        if kind == "xlsx":
            return {f"{key}.xlsx": export.encoded(tables, kind, name=built.agreement.title.en)}
        return {f"{key}/{name}.csv": export.encoded(table, kind, name=name) for name, table in tables.items()}
    if export.FORMATS[kind]:
        whole = drawn if kind == "kml" else built.layers
        name = built.agreement.title.en if kind == "kml" else key
        return {f"{key}.{kind}": export.encoded(whole, kind, name=name, on=on)}
    return {f"{key}/{layer.key}.{kind}": export.encoded(layer, kind, name=layer.key) for layer in drawn}
