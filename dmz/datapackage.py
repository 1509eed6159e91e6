"""Describe the files of a folder with hashes, columns, units and licences, and hold a folder against it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from dmz import schema
from dmz.errors import InputError, MissingInputError

NAME = "datapackage.json"
PROFILE = "data-package"
# What a file is, by its ending: format, media type.
MEDIA = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".qgz": "application/x-qgis-project",
    ".qml": "application/xml",
    ".svg": "image/svg+xml",
}
CHUNK = 1 << 20


def describe(
    files: Mapping[str, str | bytes],
    *,
    beside: Mapping[str, str | bytes],
    tables: Mapping[str, pd.DataFrame],
    meanings: Mapping[str, Mapping[str, str]],
    about: Mapping[str, Any],
) -> str:
    """Text of a ``datapackage.json``.

    Parameters
    ----------
    files
        Content of every file of the folder by its name.
    beside
        Content of the files that belong to it and stand in the folder above, by their names.
    tables
        Table behind a file, by the file's name: its columns and their kinds are said.
    meanings
        What each column holds, by the file's name.
    about
        Further members: name, title, description, licenses, sources, and what the numbers were computed from.

    Notes
    -----
    Frictionless Data Package, version 1. Its paths must not leave the folder, so what stands beside it is listed under
    ``beside``, which `verify` reads too. ``digest`` is SHA-256 over names and hashes of all files, in order of names.
    """
    resources = [_resource(name, raw, tables.get(name), meanings.get(name, {})) for name, raw in sorted(files.items())]
    others = [{"path": f"../{name}", **_print(raw)} for name, raw in sorted(beside.items())]
    digest = _digest([(entry["path"], entry["hash"]) for entry in [*resources, *others]])
    package = {"profile": PROFILE, **about, "digest": digest, "resources": resources, "beside": others}
    return json.dumps(package, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def verify(folder: str | Path) -> list[str]:
    """Hold a folder against its ``datapackage.json``; what does not hold, a sentence each; empty where all does.

    Raises
    ------
    MissingInputError
        Where there is no such folder or no ``datapackage.json`` in it.
    InputError
        Where that is none.
    """
    root = Path(folder)
    package = _read(root)
    entries = [*package["resources"], *package.get("beside", [])]
    faults = [fault for entry in entries for fault in _held(root, entry)]
    listed = {str(entry["path"]) for entry in package["resources"]} | {NAME}
    there = {path.relative_to(root).as_posix() for path in root.rglob("[!.]*") if path.is_file()}
    faults += [f"{root / name}: it is not in {NAME}" for name in sorted(there - listed)]
    if _digest([(str(entry["path"]), str(entry.get("hash", ""))) for entry in entries]) != package.get("digest"):
        faults.append(f"{root / NAME}: the hashes it lists are not those it was written with")
    return faults


def _read(root: Path) -> dict[str, Any]:
    path = root / NAME
    if not path.is_file():
        raise MissingInputError(f"{path}: no such file: name a folder that dmz maps wrote")
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
        whole = all(isinstance(entry["path"], str) for entry in [*package["resources"], *package.get("beside", [])])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a data package ({error}): write the folder again") from error
    if not whole:
        raise InputError(f"{path}: not a data package (a path is no text): write the folder again")
    return dict(package)


def _held(root: Path, entry: Mapping[str, Any]) -> list[str]:
    """What is wrong with one file; one that the package places elsewhere is not looked at."""
    said = Path(str(entry["path"]))
    steps = said.parts[1:] if said.parts[:1] == ("..",) else said.parts
    if said.is_absolute() or ".." in steps:
        return [f"{root / NAME}: {said} lies outside the folder: it is not looked at"]
    path = root / said
    if not path.is_file():
        return [f"{path}: it is missing"]
    if path.stat().st_size != entry.get("bytes"):
        return [f"{path}: it has {path.stat().st_size} bytes, not {entry.get('bytes')}"]
    return [] if _hash(path) == entry.get("hash") else [f"{path}: its content is not what was written (SHA-256)"]


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"


def _print(content: str | bytes) -> dict[str, Any]:
    raw = content.encode("utf-8", "replace") if isinstance(content, str) else content
    return {"bytes": len(raw), "hash": f"sha256:{hashlib.sha256(raw).hexdigest()}"}


def _digest(entries: Sequence[tuple[str, str]]) -> str:
    lines = "".join(f"{name}\t{digest}\n" for name, digest in sorted(entries))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def _resource(
    name: str, content: str | bytes, table: pd.DataFrame | None, meanings: Mapping[str, str]
) -> dict[str, Any]:
    """One file: what it is, its size and hash, and of a table its columns."""
    ending = Path(name).suffix
    kind = {
        "path": name,
        "format": ending.removeprefix("."),
        "mediatype": MEDIA.get(ending, "application/octet-stream"),
    }
    entry: dict[str, Any] = {"name": name.lower().replace(".", "-"), **kind, **_print(content)}
    if ending == ".csv":
        fields = _fields(table, meanings, str(content))
        return entry | {
            "profile": "tabular-data-resource",
            "encoding": "utf-8",
            "schema": {"fields": fields, "missingValues": [""]},
        }
    if table is not None:
        entry["columns"] = [_field(column, kind, meanings) for column, kind in schema.kinds(table).items()]
    return entry


def _fields(table: pd.DataFrame | None, meanings: Mapping[str, str], content: str) -> list[dict[str, str]]:
    """Columns of a CSV, in the order of its first line."""
    head = next(csv.reader(io.StringIO(content)), [])
    kinds = {} if table is None else schema.kinds(table)
    return [_field(column, kinds.get(column, "string"), meanings) for column in head]


def _field(column: str, kind: schema.Kind, meanings: Mapping[str, str]) -> dict[str, str]:
    said = {"name": column, "type": kind, "unit": schema.unit(column), "description": meanings.get(column, "")}
    return {key: value for key, value in said.items() if value}
