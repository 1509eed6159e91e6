"""Write a whole QGIS project: groups, a theme a reading and a theme a date, styles, time, print layouts."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dmz.layer import GROUP_TITLES, GROUPS, Layer, Sheet, Style, Symbol
from dmz.qgis import styles
from dmz.qgis.layout import BEYOND, SIZES, Paper, layout
from dmz.qgis.markup import Element, clean, document, element, words
from dmz.window import Window, window

# What is no land inside the basemap, as the web map has it.
SEA = Symbol("#dbe7ee", "#dbe7ee", width_px=0.0, fill_opacity=1.0)
# A name of a theme is no longer than this.
LONGEST = 80
# The first time a ZIP archive can hold, for every file in it: the same bytes each time.
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, eq=False)
class Project:
    """What a project is made of.

    Parameters
    ----------
    key
        Name of the agreement, of the project's file and of the GeoPackage beside it.
    layers, sheet
        What is drawn, the lowest first, and what is written around it.
    language
        Language of the labels, where a layer has names in it.
    abstract, licence
        What the project holds, and under which terms.
    """

    key: str
    layers: Sequence[Layer]
    sheet: Sheet
    language: str = "en"
    abstract: str = ""
    licence: str = ""

    @cached_property
    def ids(self) -> dict[str, str]:
        """Identity of each layer in the project, by its key; QGIS throws those of ten characters or fewer away."""
        return {layer.key: f"dmz_layer_{layer.key.replace('-', '_')}" for layer in self.layers}

    @cached_property
    def groups(self) -> dict[str, list[Layer]]:
        """Layers by the title of their group, in the legend's order and the uppermost first."""
        found = {group: [layer for layer in self.layers[::-1] if layer.group == group] for group in GROUPS}
        called = {**GROUP_TITLES, **self.sheet.groups}
        named = {called[group]: layers for group, layers in found.items()}
        return {title: layers for title, layers in named.items() if layers}

    @cached_property
    def main(self) -> str | None:
        """Reading that is shown first."""
        return next(iter(self.sheet.readings), None)

    @cached_property
    def steps(self) -> dict[dt.date, str]:
        """What falls due on each date of the agreement."""
        found: dict[dt.date, str] = {}
        for day, sentence in sorted(step[:2] for step in self.sheet.steps if step[0]):
            date = dt.date.fromisoformat(day[:10])
            found[date] = "; ".join(filter(None, [found.get(date, ""), sentence]))
        return found


def grounded(layers: Sequence[Layer]) -> list[Layer]:
    """Layers with the sea beneath them: the box of the basemap, where there is land that says what is none."""
    land = [layer for layer in layers if layer.group == "basemap" and styles.kind(layer) == "Polygon"]
    if not land or any(layer.key == "sea" for layer in layers):
        return list(layers)
    box = shapely.box(*np.round(land[0].features.total_bounds, 7))
    table = gpd.GeoDataFrame({"id": ["sea"]}, geometry=[box], crs=land[0].features.crs)
    sea = Layer("sea", "Sea", table, Style.single(SEA), "basemap", "What the basemap has no land in.", land[0].source)
    return [sea, *layers]


def project(made: Project) -> bytes:
    """Project as a ``.qgz`` to stand beside ``<key>.gpkg``, whose path it holds as a relative one.

    Notes
    -----
    Its CRS is that of `dmz.window.window`, so that shapes look right;
    what QGIS measures, it measures on the ellipsoid, in km. A theme a reading shows that reading's layers; a theme a
    date shows of the first reading only what is valid on that day. Layers with ``valid_from`` obey the temporal
    controller, which spans every date they and the agreement have.
    """
    name = zipfile.ZipInfo(f"{made.key}.qgs", EPOCH)
    name.compress_type = zipfile.ZIP_DEFLATED
    name.external_attr = 0o644 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, text(made))
    return out.getvalue()


def text(made: Project) -> str:
    """Text of the project, the ``.qgs`` inside the ``.qgz``."""
    view, themes = window(made.layers), _themes(made)
    order = [made.ids[layer.key] for layer in made.layers[::-1]]
    return document(
        element(
            "qgis",
            element("homePath", path=""),
            element("title", text=words(made.sheet.title)),
            element("projectCrs", _crs(view.code)),
            _tree(made, order),
            _canvas(view),
            element("projectlayers", *(_layer(made, layer) for layer in made.layers)),
            element("layerorder", *(element("layer", id=key) for key in order)),
            _properties(),
            element("visibility-presets", *themes.values()),
            element("Layouts", *_layouts(made, view)),
            _metadata(made),
            *_time(made),
            _start(view),
            projectname=words(made.sheet.title),
            version=styles.VERSION,
        )
    )


def _crs(code: int) -> Element:
    """CRS by its EPSG code; without a positive ``srsid``, which it then does not use, QGIS does not read the code."""
    numbers = (element(name, text=code) for name in ("srsid", "srid"))
    return element("spatialrefsys", *numbers, element("authid", text=f"EPSG:{code}"))


def _source(made: Project, layer: Layer) -> str:
    return f"./{made.key}.gpkg|layername={layer.key}"


def _shown(made: Project, reading: str | None) -> list[Layer]:
    """Layers of the project that a reading's theme shows."""
    return [layer for layer in made.layers if layer.visible and layer.reading in {None, reading}]


def _tree(made: Project, order: Iterable[str]) -> Element:
    first = {layer.key for layer in _shown(made, made.main)}
    root = element("layer-tree-group")
    for title, layers in made.groups.items():
        open_ = int(title != GROUP_TITLES["basemap"])
        group = element("layer-tree-group", name=words(title), checked="Qt::Checked", expanded=open_)
        group.extend(
            element(
                "layer-tree-layer",
                id=made.ids[layer.key],
                name=words(layer.title),
                providerKey="ogr",
                source=_source(made, layer),
                checked="Qt::Checked" if layer.key in first else "Qt::Unchecked",
                expanded=int(layer.key in first and open_),
            )
            for layer in layers
        )
        root.append(group)
    root.append(element("custom-order", *(element("item", text=key) for key in order), enabled=1))
    return root


def _canvas(view: Window) -> Element:
    west, south, east, north = view.box
    corners = {"xmin": west, "ymin": south, "xmax": east, "ymax": north}
    extent = element("extent", *(element(name, text=value) for name, value in corners.items()))
    return element(
        "mapcanvas",
        element("units", text="meters"),
        extent,
        element("rotation", text=0),
        element("destinationsrs", _crs(view.code)),
        name="theMapCanvas",
        annotationsVisible=1,
    )


def _start(view: Window) -> Element:
    """View the project opens with."""
    west, south, east, north = view.box
    extent = element("DefaultViewExtent", _crs(view.code), xmin=west, ymin=south, xmax=east, ymax=north)
    return element("ProjectViewSettings", extent, UseProjectScales=0)


def _layer(made: Project, layer: Layer) -> Element:
    """One layer with its default style and one for each date on which less of it holds."""
    kind = styles.kind(layer)
    names = ["default", *(day.isoformat() for day in _partial_days(made, layer))]
    manager = element("map-layer-style-manager", current="default")
    manager.append(element("map-layer-style", name="default"))
    for name in names[1:]:
        body = styles.body_of(layer, on=dt.date.fromisoformat(name), language=made.language)
        inner = element("qgis", *body, version=styles.VERSION, labelsEnabled=int(bool(layer.label)))
        manager.append(element("map-layer-style", inner, name=name))
    return element(
        "maplayer",
        element("id", text=made.ids[layer.key]),
        element("datasource", text=_source(made, layer)),
        element("layername", text=words(layer.title)),
        element("attribution", text=words(layer.source), href=""),
        element("srs", _crs(4326)),
        _resource(made, layer),
        element("provider", text="ogr", encoding="UTF-8"),
        manager,
        *styles.body_of(layer, language=made.language),
        type="vector",
        geometry={"Point": "Point", "LineString": "Line", "Polygon": "Polygon"}[kind],
        labelsEnabled=int(bool(layer.label)),
        hasScaleBasedVisibilityFlag=0,
        refreshOnNotifyEnabled=0,
        readOnly=0,
    )


def _resource(made: Project, layer: Layer) -> Element:
    """Metadata of a layer."""
    return element(
        "resourceMetadata",
        element("identifier", text=layer.key),
        element("language", text="ENG"),
        element("type", text="dataset"),
        element("title", text=words(layer.title)),
        element("abstract", text=words(" ".join(filter(None, [layer.abstract, layer.source])))),
        element("rights", text=words("; ".join(made.sheet.attribution))),
        element("license", text=words(made.licence)),
        element("crs", _crs(4326)),
    )


def _metadata(made: Project) -> Element:
    history = [element("history", text=words(note)) for note in made.sheet.notes]
    parts = {"identifier": made.key, "language": "ENG", "type": "dataset", "title": made.sheet.title}
    about = " ".join(filter(None, [made.abstract, f"Data: {'; '.join(made.sheet.attribution)}."]))
    heads = [element(name, text=words(value)) for name, value in parts.items()]
    return element(
        "projectMetadata",
        *heads,
        element("abstract", text=words(about)),
        element("links"),
        *history,
        element("author", text="dmz"),
    )


def _properties() -> Element:
    """Relative paths, kilometres, the ellipsoid."""

    def listed(name: str, **values: str) -> Element:
        return element(name, *(element(key, text=value, type="QString") for key, value in values.items()))

    return element(
        "properties",
        element("Paths", element("Absolute", text="false", type="bool")),
        element("SpatialRefSys", element("ProjectionsEnabled", text=1, type="int")),
        listed("Measure", Ellipsoid="EPSG:7030"),
        listed("Measurement", DistanceUnits="km", AreaUnits="km2"),
        element(
            "Gui",
            *(element(f"CanvasColor{name.title()}Part", text=value, type="int") for name, value in BEYOND.items()),
        ),
    )


def _partial_days(made: Project, layer: Layer) -> list[dt.date]:
    """Dates on which some of a layer holds, but not all."""
    if not styles.dated(layer):
        return []
    holds = {day: styles.valid(layer, day) for day in made.steps}
    return [day for day, valid in holds.items() if valid.any() and not valid.all()]


def _themes(made: Project) -> dict[str, Element]:
    """A theme a reading and a theme a date, by name."""
    found = {}
    for reading, name in (made.sheet.readings or {"": made.sheet.title}).items():
        shown = {layer.key: "default" for layer in _shown(made, reading)}
        found[_short(name)] = _theme(made, _short(name), shown)
    for day, sentence in made.steps.items():
        name = _short(f"{day.isoformat()} {sentence}")
        shown = {
            layer.key: day.isoformat() if day in _partial_days(made, layer) else "default"
            for layer in _shown(made, made.main)
            if styles.valid(layer, day).any()
        }
        found[name] = _theme(made, name, shown)
    return found


def _theme(made: Project, name: str, shown: Mapping[str, str]) -> Element:
    layers = [element("layer", id=made.ids[key], style=style, visible=1, expanded=1) for key, style in shown.items()]
    return element("visibility-preset", *layers, name=name)


def _short(name: str) -> str:
    name = words(name)
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"


def _time(made: Project) -> list[Element]:
    """Span and step of the temporal controller; none where nothing is dated."""
    days = [pd.Timestamp(day) for day in made.steps]
    for layer in made.layers:
        for column in (styles.FROM, styles.TO):
            if styles.dated(layer) and column in layer.features:
                days += list(pd.to_datetime(layer.features[column]).dropna())
    if not days:
        return []
    start, end = (f"{day:%Y-%m-%d}T00:00:00Z" for day in (min(days), max(days) + pd.Timedelta(days=1)))
    span = element("TemporalRange", element("start", text=start), element("end", text=end))
    return [element("ProjectTimeSettings", span, frameRate=2, timeStep=1, timeStepUnit="d", cumulativeTemporalRange=0)]


def _layouts(made: Project, view: Window) -> list[Element]:
    """Sheets of every size for the first reading, and A4 for the others."""
    found = []
    for reading, name in (made.sheet.readings or {"": made.sheet.title}).items():
        legend = {
            title: [(made.ids[layer.key], layer) for layer in layers if layer in _shown(made, reading)]
            for title, layers in made.groups.items()
            if title != GROUP_TITLES["basemap"]
        }
        legend = {title: layers for title, layers in legend.items() if layers}
        for size in SIZES if reading == (made.main or "") else ["A4"]:
            heading = f"{name} · {made.sheet.subtitle}" if name != made.sheet.title else made.sheet.subtitle
            paper = Paper(clean(f"{size} {name}"), size, _short(name), heading)
            found.append(layout(paper, made.sheet, view, legend))
    return found
