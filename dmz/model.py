"""Build an agreement from end to end, show it and write it out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import folium

from dmz import corridor, dossier, dressing, exposure, geojson, patrol, plates, report, webmap
from dmz.files import write_whole
from dmz.findings import STAGES, Findings, Progress, work_out
from dmz.layer import Layer, Sheet

# What a progress bar may count, in order: the stages of the findings, then the outputs.
STEPS = (*STAGES, "dossier", "dressing", "charts", "map", "files")


@dataclass(frozen=True, eq=False)
class Model(Findings):
    """An agreement on the ground, ready to be looked at and written.

    Its tables are those of `dmz.findings.Findings`: ``zones``, ``corridors``, ``patrols``, ``settlements``,
    ``comparison`` and what they rest on.
    """

    @cached_property
    def layers(self) -> list[Layer]:
        """Everything a map shows, the lowest first."""
        return dressing.layers(self, self.dossier)

    @cached_property
    def dossier(self) -> dossier.Dossier:
        """Who holds the roads, their status, what patrols and posts cover, what was known of obligations and inputs."""
        return dossier.gather(self)

    @cached_property
    def sheet(self) -> Sheet:
        """What is written around a map."""
        return dressing.sheet(self, self.dossier)

    def explore(self) -> folium.Map:
        """Interactive map: shows in a notebook, takes further folium children, needs no network."""
        return webmap.render(self.layers, self.sheet)

    def write(self, out: str | Path = "maps", *, progress: Progress = lambda _: None) -> list[Path]:
        """Write the map, one GeoJSON a layer, and the tables; all of them or none.

        Parameters
        ----------
        out
            Folder for ``<key>.html``, the map, and ``<key>/``, everything else.
        progress
            Called with the name of each step as it begins.

        Returns
        -------
        list of pathlib.Path
            What was written; the map last.

        Raises
        ------
        OutputError
            Where a file cannot be written; what stood there before still stands.
        """
        out, key = Path(out), self.agreement.key
        progress("dossier")
        told = self.dossier
        progress("dressing")
        drawn = [layer for layer in self.layers if layer.group != "basemap"]
        texts: dict[Path, str | bytes] = {
            out / key / f"{layer.key}.geojson": geojson.layer_text(layer) for layer in drawn
        }
        texts |= {out / key / name: text for name, text in self._tables().items()}
        progress("charts")
        texts |= {out / key / name: raw for name, raw in plates.plates(self, told).items()}
        progress("map")
        texts[out / f"{key}.html"] = webmap.page(self.layers, self.sheet)
        progress("files")
        return write_whole(texts)

    def _tables(self) -> dict[str, str]:
        """Tables for a spreadsheet and a report, by file name."""
        tables = {"corridors": self.corridors, "patrols": self.patrols, "settlements": self.settlements}
        columns = {"corridors": corridor.COLUMNS, "patrols": patrol.COLUMNS, "settlements": exposure.COLUMNS}
        tables, columns = tables | self.dossier.tables, columns | self.dossier.columns
        there = {name: table for name, table in tables.items() if table is not None}
        return {
            "summary.csv": report.summary_csv(self, self.dossier),
            "summary.md": report.summary_markdown(self, self.dossier, version("dmz")),
            "columns.csv": report.columns_csv(self, {name: columns[name] for name in there} | self._layer_columns()),
            **{f"{name}.csv": report.csv_text(table) for name, table in there.items()},
        }

    def _layer_columns(self) -> dict[str, Mapping[str, str]]:
        """Columns that layers have besides those of the tables, by the name of the layer's file."""
        return {
            f"{layer.key}.geojson": there
            for layer in self.layers
            if (there := {name: what for name, what in layer.columns.items() if name in layer.features})
        }


def build(seed: str | Path, *, layers: str | Path | None = None, progress: Progress = lambda _: None) -> Model:
    """Work out an agreement from end to end; nothing is written.

    Parameters
    ----------
    seed
        Path of an agreement's file, or the key of one shipped with the library (``"sochi-2018"``).
    layers
        Folder of input layers with their manifest; by default ``geodata`` beside the seed's folder.
    progress
        Called with the name of each stage as it begins.

    Raises
    ------
    MissingInputError, AgreementError, InputError
        As the reading of the agreement and of its layers raise them.

    Examples
    --------
    >>> model = build("sochi-2018")
    >>> model.comparison[["reading", "area_core_km2", "area_full_km2"]].round(-1)
           reading  area_core_km2  area_full_km2
    0         deep         3250.0         4070.0
    1  total-width         3800.0         5040.0
    2    each-side         7500.0         9910.0
    """
    found = work_out(seed, layers=layers, progress=progress)
    return Model(**{field.name: getattr(found, field.name) for field in dataclasses.fields(found)})
