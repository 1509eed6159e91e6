"""Gather every file that an agreement is handed over as: map, layers, QGIS, print, tables, charts, report, papers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import geopandas as gpd
import pandas as pd

from dmz import (
    briefing,
    caveats,
    corridor,
    datapackage,
    dossier,
    dressing,
    duties,
    exposure,
    geojson,
    geopackage,
    patrol,
    plates,
    printmap,
    report,
    uncertainty,
)
from dmz.compare import BELT_COLUMN
from dmz.dossier import Dossier
from dmz.findings import Findings
from dmz.geodata import Record
from dmz.layer import Layer, Sheet
from dmz.qgis.project import Project, grounded, project
from dmz.qgis.styles import qml

LANGUAGES = ("en", "ar", "tr", "ru")
# Sizes of the print map, and what follows the agreement's key in the names of their files.
SIZES = {"A4": "", "A3": "-a3"}
CHARTED = "A4"  # the size whose PDF has the charts too: on larger paper they would only be larger
# Libraries whose version can change a number or a file.
LIBRARIES = ("dmz", "geopandas", "matplotlib", "numpy", "pandas", "pyproj", "scipy", "shapely")
STAGES = ("QGIS", "charts", "print map", "report")
Files = dict[str, str | bytes]


@dataclass(frozen=True, eq=False)
class Source:
    """What is handed over: findings, their dossier and layers, the language of names."""

    findings: Findings
    dossier: Dossier
    layers: list[Layer]
    language: str = "en"

    @property
    def key(self) -> str:
        """Key of the agreement, stem of every file beside the folder."""
        return self.findings.agreement.key

    @property
    def drawn(self) -> list[Layer]:
        """Layers of the agreement, without the basemap's."""
        return [layer for layer in self.layers if layer.group != "basemap"]

    @property
    def sheet(self) -> Sheet:
        """What is written around a map, in the language."""
        return dressing.sheet(self.findings, self.dossier, self.language)


def files(source: Source, *, page: Callable[[], str], progress: Callable[[str], None]) -> Files:
    """Content of every file by its path in the folder of maps; the page last.

    Parameters
    ----------
    source
        What is handed over.
    page
        Makes the interactive map.
    progress
        Called with the name of each step as it begins.
    """
    key = source.key
    inside: Files = {f"{layer.key}.geojson": geojson.layer_text(layer) for layer in source.drawn}
    inside |= {f"{name}.geojson": geojson.text(rows, name=name) for name, rows in _doubtful(source).items()}
    inside |= {f"{layer.key}.qml": qml(layer, language=source.language) for layer in source.drawn}
    progress("QGIS")
    beside = _qgis(source)
    inside |= _tables(source)
    progress("charts")
    charts = plates.plates(source.findings, source.dossier)
    inside |= charts
    progress("print map")
    beside |= _prints(source, charts)
    progress("report")
    inside |= _report(source, charts, beside)
    progress("map")
    beside[f"{key}.html"] = page()
    papers = {datapackage.NAME: _papers(source, inside, beside)}
    last = beside.pop(f"{key}.html")
    return {f"{key}/{name}": content for name, content in (inside | papers).items()} | beside | {f"{key}.html": last}


def tables(findings: Findings, gathered: Dossier) -> dict[str, pd.DataFrame]:
    """Every table of a report by the stem of its file."""
    every = {"corridors": findings.corridors, "patrols": findings.patrols, "settlements": findings.settlements}
    return {name: table for name, table in (every | gathered.tables).items() if table is not None}


def licences(findings: Findings) -> list[str]:
    """Licences of everything that is drawn."""
    return list(dict.fromkeys(record.licence for record in inputs(findings).values()))


def inputs(findings: Findings) -> dict[str, Record]:
    """What the manifest says of everything that was used, by its key."""
    store = findings.store
    everything: dict[str, Record] = {**store.records, **store.tables, **store.rasters}
    return {key: everything[key] for key in caveats.keys(findings)}


def _qgis(source: Source) -> Files:
    """All layers as one GeoPackage, and a project over it."""
    agreement, layers = source.findings.agreement, grounded(source.layers)
    terms = "; ".join(licences(source.findings))
    about = Project(source.key, layers, source.sheet, source.language, abstract=agreement.summary, licence=terms)
    packed = geopackage.geopackage(layers, on=agreement.date, language=source.language)
    return {f"{source.key}.gpkg": packed, f"{source.key}.qgz": project(about)}


def _prints(source: Source, charts: Mapping[str, bytes]) -> Files:
    """Print map at every size."""
    sheet = source.sheet
    obligations = [[*row[:3], row[-1]] for row in duties.rows(source.findings, source.dossier)]
    shown: dict[str, Sequence[Sequence[str]]] = {
        "What the readings give": [("", *sheet.readings.values()), *sheet.summary]
    }
    if len(obligations) > 1:
        shown["What was to be done, and what is known of it"] = obligations
    pictures = {name: raw for name, raw in charts.items() if name.endswith(".png")}
    made: Files = {}
    for size, ending in SIZES.items():
        extra = printmap.Extra(shown, pictures if size == CHARTED else {})
        printed = printmap.printed(source.layers, sheet, size=size, language=source.language, extra=extra)
        made |= {f"{source.key}{ending}.{kind}": raw for kind, raw in printed.items()}
    return made


def _report(source: Source, charts: Mapping[str, bytes], beside: Mapping[str, Any]) -> Files:
    """Report as Markdown and as a page with its pictures inside."""
    findings, picture = source.findings, f"{source.key}.png"
    pictures = {f"Map: {findings.agreement.title.en}": f"../{picture}"}
    pictures |= {f"Chart: {name.removesuffix('.png')}": name for name in charts if name.endswith(".png")}
    text = briefing.markdown(findings, source.dossier, version=version("dmz"), pictures=pictures)
    shown = {f"../{picture}": beside[picture], **charts}
    return {"report.md": text, "report.html": briefing.page(text, title=findings.agreement.title.en, files=shown)}


def _tables(source: Source) -> Files:
    """Tables for a spreadsheet, and what their columns hold."""
    findings = source.findings
    there = tables(findings, source.dossier)
    return {
        "summary.csv": report.summary_csv(findings, source.dossier),
        "summary.md": report.summary_markdown(findings, source.dossier, version("dmz")),
        "columns.csv": report.columns_csv(findings, _meanings(source, there) | _layer_columns(source)),
        **{f"{name}.csv": report.csv_text(table) for name, table in there.items()},
    }


def _doubtful(source: Source) -> Mapping[str, gpd.GeoDataFrame]:
    """Ground likely and possibly inside each zone, by the stem of its file."""
    doubt = source.dossier.doubt
    return {} if doubt is None else doubt.zones


def _layer_columns(source: Source) -> dict[str, Mapping[str, str]]:
    """Columns that layers have besides those of the tables, by the name of the layer's file."""
    ground: Mapping[str, str] = {"id": "name of the feature"} | uncertainty.EXTENT_COLUMNS
    doubtful: dict[str, Mapping[str, str]] = {f"{name}.geojson": ground for name in _doubtful(source)}
    return doubtful | {
        f"{layer.key}.geojson": there
        for layer in source.layers
        if (there := {name: what for name, what in layer.columns.items() if name in layer.features})
    }


def _meanings(source: Source, there: Mapping[str, pd.DataFrame]) -> dict[str, Mapping[str, str]]:
    """What the columns of each table hold."""
    own: dict[str, Mapping[str, str]] = {"corridors": corridor.COLUMNS, "patrols": patrol.COLUMNS}
    own["settlements"] = exposure.COLUMNS
    if source.dossier.doubt is not None:
        own["settlements"] = exposure.COLUMNS | uncertainty.PROBABILITY_COLUMNS
    every = {**own, **dossier.COLUMNS, **source.dossier.columns}
    return {name: {**every[name], **(BELT_COLUMN if "belt" in table else {})} for name, table in there.items()}


def _papers(source: Source, inside: Files, beside: Files) -> str:
    """Text of the folder's ``datapackage.json``."""
    findings = source.findings
    named = tables(findings, source.dossier)
    there = {f"{name}.csv": table for name, table in named.items()}
    there |= {"summary.csv": findings.comparison}
    there |= {f"{name}.geojson": rows for name, rows in _doubtful(source).items()}
    there |= {f"{layer.key}.geojson": layer.features for layer in source.drawn}
    meanings = {f"{name}.csv": columns for name, columns in _meanings(source, named).items()}
    meanings |= _layer_columns(source)
    meanings |= {
        "summary.csv": {column: report.how_of(column) for column in findings.comparison} | report.SUMMARY_COLUMNS
    }
    meanings |= {f"{layer.key}.geojson": {**layer.popup, **layer.columns} for layer in source.drawn}
    return datapackage.describe(inside, beside=beside, tables=there, meanings=meanings, about=_about(source))


def _about(source: Source) -> dict[str, Any]:
    """What the package is, and what its numbers were computed from."""
    findings, agreement = source.findings, source.findings.agreement
    return {
        "name": source.key.lower(),
        "title": agreement.title.en,
        "description": agreement.summary,
        "licenses": [{"name": name} for name in licences(findings)],
        "sources": [{"title": one.title, **({"path": one.url} if one.url else {})} for one in agreement.sources],
        "parameters": {
            "zones": [json.loads(zone.model_dump_json(exclude={"basis", "name"})) for zone in agreement.zones]
        }
        | {
            "readings": [json.loads(one.model_dump_json(include={"id", "kind", "party"})) for one in agreement.readings]
        },
        "inputs": [
            {"key": key, "path": one.file, "hash": f"sha256:{one.sha256}", "licence": one.licence, "source": one.source}
            for key, one in inputs(findings).items()
        ],
        "libraries": {name: version(name) for name in LIBRARIES},
    }
