"""Write built layers and keep the manifest."""

from __future__ import annotations

import csv
import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import shapely

from dmz.files import write_whole
from dmz.geojson import text

GEODATA = Path(__file__).parent.parent.parent / "geodata"
# The window of the Idlib layers: west, south, east, north, degrees.
BOX = (35.4, 34.6, 38.2, 37.2)
WGS84 = "EPSG:4326"
HEAD = """# What stands in this folder, from where, under which licence; a test holds it and the files to each other.
# `make geodata` rebuilds the layers whose package can be installed; the others come from the project's collected facts.
"""


@dataclass(frozen=True, eq=False)
class Built:
    """A layer and its papers."""

    key: str
    table: gpd.GeoDataFrame
    title: str
    source: str
    package: str
    version: str
    licence: str
    attribution: str
    date: str
    note: str = ""


def keep(built: list[Built]) -> None:
    """Write layers and their records, leaving the records of others as they are."""
    manifest = GEODATA / "manifest.toml"
    kept = tomllib.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    records = kept.get("layers", {})
    texts = {}
    for layer in built:
        path = GEODATA / f"{layer.key}.geojson"
        texts[path] = text(layer.table, name=path.stem)
        records[layer.key] = _record(layer, texts[path])
    write_whole({**texts, manifest: _manifest(kept | {"layers": records})})


def record_tables() -> None:
    """Bring digest, rows and columns of the tables, which are kept by hand, up to date in the manifest."""
    manifest = GEODATA / "manifest.toml"
    kept = tomllib.loads(manifest.read_text(encoding="utf-8"))
    for record in kept["tables"].values():
        content = (GEODATA / record["file"]).read_bytes()
        header, *rows = csv.reader(content.decode("utf-8").splitlines())
        record |= {"sha256": hashlib.sha256(content).hexdigest(), "rows": len(rows), "columns": header}
    write_whole({manifest: _manifest(kept)})


def _manifest(kept: dict[str, dict[str, dict[str, object]]]) -> str:
    kinds = [(kind, kept.get(kind, {})) for kind in ("layers", "tables", "rasters")]
    return HEAD + "".join(_entry(f'{kind}."{key}"', records[key]) for kind, records in kinds for key in sorted(records))


def clipped(table: gpd.GeoDataFrame, digits: int = 5) -> gpd.GeoDataFrame:
    """Cut a table at the window and round it, so that nothing overlaps afterwards that did not before."""
    cut = table.set_geometry(shapely.set_precision(table.geometry.clip_by_rect(*BOX).array, 10.0**-digits))
    return cut[~cut.geometry.is_empty].reset_index(drop=True)


def _record(layer: Built, written: str) -> dict[str, object]:
    collection = json.loads(written)
    features = collection["features"]
    return {
        "title": layer.title,
        "file": f"{layer.key}.geojson",
        "source": layer.source,
        "package": layer.package,
        "version": layer.version,
        "licence": layer.licence,
        "attribution": layer.attribution,
        "date": layer.date,
        "sha256": hashlib.sha256(written.encode()).hexdigest(),
        "geometry": features[0]["geometry"]["type"],
        "rows": len(features),
        "columns": sorted(features[0]["properties"]),
        "note": layer.note,
    }


def _entry(table: str, record: dict[str, object]) -> str:
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in record.items()]
    return f"\n[{table}]\n" + "\n".join(lines) + "\n"
