"""Draw layers as one interactive Folium page that needs no network; the only door to folium.

Folium runs text as templates while it renders. No data passes through it here: layers travel in one JSON island, and
scripts of our own put them on the page as text.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely
from branca.element import CssLink, Element, Figure, JavascriptLink
from folium.template import Template
from shapely.geometry.base import BaseGeometry

from dmz.errors import InputError, OutputError
from dmz.geodata import WGS84
from dmz.geojson import plain
from dmz.layer import Layer, Sheet, Symbol

# Digits and tolerance of what is drawn; the exact coordinates are in the GeoJSON. 8e-5 degrees is 8 m on the ground, a
# pixel at zoom 14, where the page ends; the basemap's 4e-4 is a pixel at zoom 12.
DIGITS = 5
DRAWN_DEG, BASEMAP_DEG = 8e-5, 4e-4
# Columns the page draws by where a layer has them: what a feature is called, and how soon its label is written.
KNOWN_COLUMNS = ("name", "rank")
# Scripts and styles of the page, in the order they are put in.
SCRIPTS = (
    "dom.js",
    "data.js",
    "symbols.js",
    "drawing.js",
    "popup.js",
    "labels.js",
    "panel.js",
    "controls.js",
    "printing.js",
    "start.js",
    "folium.js",
)
STYLE = "page.css"
# Links that folium adds to every map; the page has a stand-in for what its children use of them, see `folium.js`.
UNUSED = ("jquery", "bootstrap", "awesome")
LEAFLET = ("leaflet.js", "leaflet.css")
# What no page without a network can hold: pattern in a script, and what to say of it.
REFUSED = {
    r"</script|<!--": "holds '</script' or '<!--', which would end its script",
    r"L\.AwesomeMarkers": "is a folium.Icon, whose pictures the page has not: leave the icon out or use folium.DivIcon",
    r"""L\.tileLayer(?:\.wms)?\(\s*["'`](?:https?:)?//""": "is a layer of online tiles, which the page may not fetch",
}


def render(layers: Sequence[Layer], sheet: Sheet) -> folium.Map:
    """Map of some layers.

    Parameters
    ----------
    layers
        The lowest first; of a layer with a day, what holds on it. Those of the group ``basemap`` are drawn beneath and
        answer no click.
    sheet
        Title, readings, notes, sources.

    Returns
    -------
    folium.Map
        Takes further folium children, shows in a notebook, and saves as one page that opens without a network.

    Raises
    ------
    InputError
        Where a style has no symbol for a feature, or a symbol a colour that is none.
    OutputError
        When the page is rendered: where a child that was added needs the network, or would break out of its script.
    """
    figure = _Page(title=sheet.title)
    # Without the animation patterns are drawn sharp at every zoom, instead of being stretched between two.
    drawn = folium.Map(location=_middle(layers), zoom_start=9, tiles=None, zoom_control=False, zoom_animation=False)
    figure.add_child(drawn, name=drawn.get_name())
    _Atlas(_island(layers, sheet)).add_to(drawn)
    return drawn


def page(layers: Sequence[Layer], sheet: Sheet) -> str:
    """Text of the page that `render` saves.

    Raises
    ------
    InputError
        As `render` does.
    """
    return str(render(layers, sheet).get_root().render())


class _Verbatim(Element):
    """An element whose text is what it renders to; branca would compile it as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_: Any) -> str:
        return self.text


class _Container(Element):
    """Part of a page that takes what folium has rendered once as it is, instead of rendering it a second time."""

    # What folium writes for the name of another element, and leaves to the second rendering.
    NAME = re.compile(r"\{\{'(\w+_[0-9a-f]{32})'\}\}")

    def add_child(self, child: Element, name: str | None = None, index: int | None = None) -> Element:
        """Add a child; rendered text is kept from the template engine."""
        if type(child) is Element and getattr(child, "_template_str", None) is not None:
            name = name or child.get_name()
            text = str(child._template_str)  # noqa: SLF001 - branca has no other way to the text
            child = _Verbatim(self.NAME.sub(r"\1", text))
        return super().add_child(child, name=name, index=index)

    def texts(self) -> dict[str, str]:
        """Text of each child by its name, links replaced by what they link to."""
        return {name: _inlined(child) for name, child in self._children.items()}


class _Page(Figure):
    """A figure that renders to one self-contained page under a content security policy."""

    def __init__(self, title: str) -> None:
        super().__init__(title=title)
        for part in ("header", "html", "script"):
            container = _Container()
            container._parent = self  # noqa: SLF001 - as Figure itself does
            setattr(self, part, container)

    def render(self, **kwargs: Any) -> str:
        """Text of the page.

        Raises
        ------
        OutputError
            Where a child needs the network or would break out of its script.
        """
        for child in self._children.values():
            child.render(**kwargs)
        parts: tuple[Any, ...] = (self.header, self.html, self.script)
        texts = [part.texts() for part in parts]
        ours = [texts[1].pop(name, "") for name in _Atlas.PARTS]
        numbered = _Renumbering()
        header, body, script = (numbered("\n".join(part.values())) for part in texts)
        _refuse(header, body, script)
        return _assembled(str(self.title), header, "\n".join([*ours, body]), script)


class _Atlas(folium.MacroElement):
    """The layers of a map: their data as an island, their scripts, and the call that draws them."""

    # What it puts into the body of the page, before the map, by name.
    PARTS = ("dmz_panel", "dmz_data")

    _template = Template("{% macro script(this, kwargs) %}dmz.start({{ this._parent.get_name() }});{% endmacro %}")

    def __init__(self, text: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "atlas"
        self.text = text

    def render(self, **kwargs: Any) -> Any:
        """Put style, scripts, panel and data on the page, then the call."""
        figure: Any = self.get_root()
        notice = f"<!--\n{_asset('leaflet-license.txt')}-->"
        scripts = "\n".join(_asset(name) for name in SCRIPTS)
        icons = f"dmz.icons({json.dumps(_default_icons())});"
        figure.header.add_child(_Verbatim(notice), name="leaflet_license")
        figure.header.add_child(_Verbatim(f"<style>\n{_asset(STYLE)}</style>"), name="dmz_style")
        script = f"<script>\n'use strict';\n{scripts}\n{icons}\n</script>"
        figure.header.add_child(_Verbatim(script), name="dmz_scripts")
        for name, text in zip(self.PARTS, (_asset("panel.html"), self.text), strict=True):
            figure.html.add_child(_Verbatim(text), name=name)
        return super().render(**kwargs)  # type: ignore[no-untyped-call]


class _Renumbering:
    """Change of folium's random names into numbers by first appearance, so that the same map is the same page."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.next = count()

    def __call__(self, text: str) -> str:
        return re.sub(r"(?<=_)[0-9a-f]{32}\b", self._number, text)

    def _number(self, found: re.Match[str]) -> str:
        if found[0] not in self.numbers:
            self.numbers[found[0]] = next(self.next)
        return str(self.numbers[found[0]])


def _asset(name: str) -> str:
    return (resources.files("dmz") / "_web" / name).read_text(encoding="utf-8")


def _leaflet(name: str) -> str:
    """File of the Leaflet wheel; its notice stands at the head of the script, its licence in the head of the page."""
    text = (resources.files("xstatic.pkg.leaflet") / "data" / name).read_text(encoding="utf-8")
    if name.endswith(".js"):
        return re.sub(r"^//# sourceMappingURL=.*$", "", text, flags=re.MULTILINE)
    return re.sub(r"url\(images/([^)]+)\)", lambda found: f"url({_data_url(found[1])})", text)


def _data_url(image: str) -> str:
    data = (resources.files("xstatic.pkg.leaflet") / "data" / "images" / image).read_bytes()
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def _default_icons() -> dict[str, str]:
    """Marker images for children that a user adds, which Leaflet would look for beside the page."""
    files = {"iconUrl": "marker-icon.png", "iconRetinaUrl": "marker-icon-2x.png", "shadowUrl": "marker-shadow.png"}
    return {option: _data_url(image) for option, image in files.items()}


def _inlined(child: Element) -> str:
    """Text of a child, with a link replaced by what it links to."""
    if not isinstance(child, JavascriptLink | CssLink):
        return str(child.render())
    name = Path(child.url).name
    if name in LEAFLET:
        return f"<script>{_leaflet(name)}</script>" if name.endswith(".js") else f"<style>{_leaflet(name)}</style>"
    if any(word in child.url for word in UNUSED):
        return ""
    raise OutputError(f"the map was given a child that loads {child.url}: a page without a network cannot have it")


def _scripts(header: str, script: str) -> list[str]:
    """Every script of the page, as its elements hold it."""
    return [*re.findall(r"<script>(.*?)</script>", header, flags=re.DOTALL), f"\n{script}\n"]


def _refuse(header: str, body: str, script: str) -> None:
    """Refuse a page on which added text would end its script, or that needs anything from outside."""
    faults = [
        f"a child of the map {what}: the page is not written"
        for pattern, what in REFUSED.items()
        if re.search(pattern, script, flags=re.IGNORECASE)
    ]
    if re.search(r"<script", body, flags=re.IGNORECASE):
        faults.append("a child of the map holds a script in its HTML: the page is not written")
    outside = r"""<(?:script|link|img|iframe)\b[^>]*?\s(?:src|href)\s*=\s*["']?(?!data:)([^"'\s>]+)"""
    markup = re.sub(r"<script>.*?</script>", "", header, flags=re.DOTALL) + body
    faults += [
        f"a child of the map links to {found[1]}: a page without a network cannot have it"
        for found in re.finditer(outside, markup, flags=re.IGNORECASE)
    ]
    if faults:
        raise OutputError(faults)


def _assembled(title: str, header: str, body: str, script: str) -> str:
    """Whole page, its policy first: only the scripts that are on it run, and nothing is ever fetched."""
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in _scripts(header, script)]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    policy = (
        f"default-src 'none'; script-src {allowed}; "
        "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return "\n".join([
        '<!DOCTYPE html>\n<html lang="en" dir="ltr">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        f"<title>{html.escape(title)}</title>",
        header,
        f"</head>\n<body>\n{body}\n<script>\n{script}\n</script>\n</body>\n</html>\n",
    ])  # fmt: skip


def _island(layers: Sequence[Layer], sheet: Sheet) -> str:
    """Everything the page shows, as a block of JSON that no parser of HTML or script mistakes for anything else."""
    readings = [{"id": key, "name": name, "words": sheet.words.get(key, "")} for key, name in sheet.readings.items()]
    data = {
        "title": sheet.title,
        "subtitle": sheet.subtitle,
        "readings": readings,
        "notes": sheet.notes,
        "attribution": sheet.attribution,
        "summary": sheet.summary,
        "steps": sheet.steps,
        "caveats": sheet.caveats,
        "layers": [_layer(layer) for layer in layers],
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" id="atlas">{text}</script>'


def _layer(layer: Layer) -> dict[str, Any]:
    """What the page needs of a layer: geometry to draw, and the columns it shows or draws by."""
    table = layer.drawn if layer.drawn.crs is None else layer.drawn.to_crs(WGS84)
    table = table[~table.geometry.is_empty]
    symbols = [_key(layer, value) for value in _values(layer, table)]
    drawn: dict[str, Any] = {
        "key": layer.key,
        "title": layer.title,
        "group": layer.group,
        "kind": _kind(table),
        "symbols": {value: _symbol(layer, symbol) for value, symbol in layer.style.symbols.items()},
    }
    if layer.group == "basemap":
        return drawn | {"features": _ground(table, symbols), "labels": _names(layer, table)}
    wanted = dict.fromkeys([*layer.popup, *filter(None, [layer.label]), *KNOWN_COLUMNS])
    columns = [column for column in wanted if column in table]
    return drawn | {
        "reading": layer.reading,
        "abstract": layer.abstract,
        "source": layer.source,
        "popup": dict(layer.popup),
        "label": layer.label,
        "visible": layer.visible,
        "columns": columns,
        "features": _features(table, columns, symbols),
    }


def _kind(table: gpd.GeoDataFrame) -> str:
    """Kind of geometry of a layer: ``Point``, ``LineString`` or ``Polygon``."""
    return str(table.geom_type.iloc[0]).removeprefix("Multi") if len(table) else "Point"


def _values(layer: Layer, table: gpd.GeoDataFrame) -> list[object]:
    """Value of each feature that chooses its symbol."""
    return list(table[layer.style.column]) if layer.style.column else [""] * len(table)


def _key(layer: Layer, value: object) -> str:
    """Key of a feature's symbol; the style refuses a value it does not have."""
    layer.style.symbol(value)
    return str(value) if layer.style.column else ""


def _ground(table: gpd.GeoDataFrame, symbols: Sequence[str]) -> list[dict[str, Any]]:
    """A layer of the basemap as one shape a symbol: nothing of it is asked about."""
    shapes = []
    for key in dict.fromkeys(symbols):
        chosen = table.geometry.array[np.array(symbols) == key]
        parts = shapely.get_parts(shapely.simplify(chosen, BASEMAP_DEG))
        pieces = [shapely.geometry.mapping(part) for part in parts if not part.is_empty]
        whole = {"type": f"Multi{_kind(table)}", "coordinates": [piece["coordinates"] for piece in pieces]}
        shapes.append({"symbol": key, "geometry": _packed(whole)})
    return shapes


def _names(layer: Layer, table: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Names written on the basemap; that of an area in the middle of its widest part."""
    if not layer.label:
        return []
    ranks = table["rank"] if "rank" in table else [None] * len(table)
    return [
        {"name": plain(layer.label, name), "rank": plain("rank", rank), "at": _place(_inner(shape))}
        for name, rank, shape in zip(table[layer.label], ranks, table.geometry, strict=True)
    ]


def _inner(shape: BaseGeometry) -> BaseGeometry:
    """Point in a shape."""
    if shape.geom_type.endswith("Polygon"):
        widest = max(shapely.get_parts(shape), key=lambda part: float(part.area))
        shape = shapely.Point(shapely.maximum_inscribed_circle(widest, tolerance=0.01).coords[0])
    return shapely.point_on_surface(shape)


def _place(point: BaseGeometry) -> list[float]:
    return [round(value, DIGITS) for value in (point.x, point.y)]


def _features(table: gpd.GeoDataFrame, columns: Sequence[str], symbols: Sequence[str]) -> list[dict[str, Any]]:
    """Features of a layer; `at` is a point of each, for a popup that was not asked for by a click."""
    features = []
    rows = table[list(columns)].itertuples(index=False, name=None)
    for geometry, row, symbol in zip(table.geometry, rows, symbols, strict=True):
        feature: dict[str, Any] = {
            "geometry": _drawn(geometry),
            "values": [plain(column, value) for column, value in zip(columns, row, strict=True)],
        }
        if symbol:
            feature["symbol"] = symbol
        if geometry.geom_type != "Point":
            feature["at"] = _place(shapely.point_on_surface(geometry))
        features.append(feature)
    return features


def _symbol(layer: Layer, symbol: Symbol) -> Mapping[str, Any]:
    """Symbol as the page takes it; a colour that is none could ask the network for one."""
    for color in (symbol.color, symbol.fill):
        if color is not None and not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
            raise InputError(f"layer {layer.key}: {color!r} is no colour: write #rrggbb")
    shown = {name: value for name, value in vars(symbol).items() if value not in (None, "", ())}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in shown.items()}


def _drawn(geometry: BaseGeometry) -> dict[str, Any]:
    """Geometry as it is drawn: simplified by less than a pixel, few digits."""
    thin = geometry if geometry.geom_type.endswith("Point") else geometry.simplify(DRAWN_DEG)
    return _packed(shapely.geometry.mapping(thin))


def _packed(shape: Mapping[str, Any]) -> dict[str, Any]:
    """Geometry with each run of positions as whole steps from one to the next, which is half as long; see `data.js`."""
    return {"type": shape["type"], "steps": _steps(shape["coordinates"])}


def _steps(coordinates: Any) -> list[Any]:
    if isinstance(coordinates[0], float):
        coordinates = [coordinates]
    if isinstance(coordinates[0][0], tuple | list):
        return [_steps(inner) for inner in coordinates]
    grid = np.rint(np.array(coordinates)[:, :2] * 10**DIGITS).astype(int)
    return list(np.diff(grid, axis=0, prepend=0).ravel().tolist())


def _middle(layers: Sequence[Layer]) -> tuple[float, float]:
    """Latitude and longitude of the middle of what is drawn; the page fits itself to it."""
    bounds = np.array([layer.features.total_bounds for layer in layers if layer.group != "basemap"])
    if not len(bounds):
        return 0.0, 0.0
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    return round(float(south + north) / 2, 4), round(float(west + east) / 2, 4)
