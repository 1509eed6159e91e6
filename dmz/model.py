"""Build an agreement from end to end, show it and write it out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import folium

from dmz import deliverable, dossier, dressing, webmap
from dmz.errors import InputError
from dmz.files import write_whole
from dmz.findings import STAGES, Findings, Progress, work_out
from dmz.layer import Layer, Sheet
from dmz.laying import Files

# What a progress bar may count, in order: the stages of the findings, then the outputs.
STEPS = (*STAGES, "dossier", "dressing", *deliverable.STAGES, "map", "files")


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

    def write(
        self, out: str | Path = "maps", *, language: str = "en", progress: Progress = lambda _: None
    ) -> list[Path]:
        """Write the map, the layers, the QGIS project, the print map, the tables and the report; all of them or none.

        Parameters
        ----------
        out
            Folder for ``<key>.html``, the map, ``<key>.gpkg`` and ``.qgz`` for QGIS, ``<key>.pdf``, ``.svg`` and
            ``.png`` (A4, and A3 with ``-a3``), and ``<key>/``, everything else.
        language
            Of the names in QGIS and on paper, ``"en"``, ``"ar"``, ``"tr"`` or ``"ru"``; English where there is none.
        progress
            Called with the name of each step as it begins.

        Returns
        -------
        list of pathlib.Path
            What was written; the map last.

        Raises
        ------
        InputError
            Where there is no such language.
        OutputError
            Where a file cannot be written; what stood there before still stands.
        """
        if language not in deliverable.LANGUAGES:
            raise InputError(f"no language {language!r}: there are {', '.join(deliverable.LANGUAGES)}")
        progress("dossier")
        told = self.dossier
        progress("dressing")
        source = deliverable.Source(self, told, self.layers, language)
        made = deliverable.files(source, page=lambda: webmap.page(self.layers, self.sheet), progress=progress)
        progress("files")
        return write_whole({Path(out) / name: content for name, content in made.items()})


def build(
    seed: str | Path,
    *,
    layers: str | Path | None = None,
    line: Files | None = None,
    progress: Progress = lambda _: None,
) -> Model:
    """Work out an agreement from end to end; nothing is written.

    Parameters
    ----------
    seed
        Path of an agreement's file, or the key of one shipped with the library (``"sochi-2018"``).
    layers
        Folder of input layers with their manifest; by default ``geodata`` beside the seed's folder.
    line
        File with a line of your own in place of the agreement's, or one a party by its id.
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
    found = work_out(seed, layers=layers, line=line, progress=progress)
    return Model(**{field.name: getattr(found, field.name) for field in dataclasses.fields(found)})
