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
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import folium
import numpy as np
import shapely
from branca.element import CssLink, Element, Figure, JavascriptLink
from folium.template import Template
from shapely.geometry.base import BaseGeometry

from dmz.errors import OutputError
from dmz.geojson import plain
from dmz.layer import Layer, Sheet, Symbol

# Digits and tolerance of what is drawn; the exact coordinates are in the GeoJSON. 8e-5 degrees is 8 m on the ground, a
# pixel at zoom 14, where the page ends; the basemap's 1e-3 is a pixel at zoom 10.
DRAWN_DIGITS, DRAWN_DEG = 5, 8e-5
BASEMAP_DIGITS, BASEMAP_DEG = 4, 1e-3
# Scripts and styles of the page, in the order they are put in.
SCRIPTS = ("dom.js", "symbols.js", "drawing.js", "labels.js", "panel.js", "start.js")
STYLE = "page.css"
# Links that folium adds to every map and that nothing on this page uses.
UNUSED = ("jquery", "bootstrap", "awesome", "rawgit")
LEAFLET = ("leaflet.js", "leaflet.css")


def render(layers: Sequence[Layer], sheet: Sheet) -> folium.Map:
    """Map of some layers.

    Parameters
    ----------
    layers
        The lowest first. Those of the group ``basemap`` are drawn beneath and answer no click.
    sheet
        Title, readings, notes, sources.

    Returns
    -------
    folium.Map
        Takes further folium children, shows in a notebook, and saves as one page that opens without a network.

    Raises
    ------
    OutputError
        When the page is rendered: where a child that was added needs the network, or would break out of its script.
    """
    figure = _Page(title=sheet.title)
    drawn = folium.Map(location=_middle(layers), zoom_start=9, tiles=None, zoom_control=False)
    figure.add_child(drawn, name=drawn.get_name())
    _Atlas(_island(layers, sheet)).add_to(drawn)
    return drawn


def page(layers: Sequence[Layer], sheet: Sheet) -> str:
    """Text of the page that `render` saves."""
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

    def add_child(self, child: Element, name: str | None = None, index: int | None = None) -> Element:
        """Add a child; rendered text is kept from the template engine."""
        if type(child) is Element and getattr(child, "_template_str", None) is not None:
            name = name or child.get_name()
            child = _Verbatim(str(child._template_str))  # noqa: SLF001 - branca has no other way to the text
        return super().add_child(child, name=name, index=index)

    def render(self, **kwargs: Any) -> str:
        """Text of all children, in order."""
        return "\n".join(child.render(**kwargs) for child in self._children.values())


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
        for part in (self.header, self.html, self.script):
            part._children.clear()  # noqa: SLF001 - a page may be rendered more than once
        for child in self._children.values():
            child.render(**kwargs)
        head = [_inlined(child) for child in self.header._children.values()]  # noqa: SLF001
        number = _renumbering(self)
        islands = [island.text for island in _atlases(self)]
        header, body, script = (number(text) for text in ("\n".join(head), self.html.render(), self.script.render()))
        _refuse_escapes(header, body, script)
        return _assembled(str(self.title), header, body + "\n".join(islands), script)


class _Atlas(folium.MacroElement):
    """The layers of a map: their data as an island, their scripts, and the call that draws them."""

    _template = Template("{% macro script(this, kwargs) %}dmz.start({{ this._parent.get_name() }});{% endmacro %}")

    def __init__(self, text: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "atlas"
        self.text = text

    def render(self, **kwargs: Any) -> Any:
        """Put style, scripts and panel on the page, then the call."""
        figure: Any = self.get_root()
        scripts = "\n".join(_asset(name) for name in SCRIPTS)
        icons = f"L.Icon.Default.imagePath='';L.Icon.Default.mergeOptions({json.dumps(_default_icons())});"
        figure.header.add_child(_Verbatim(f"<style>\n{_asset(STYLE)}</style>"), name="dmz_style")
        figure.header.add_child(_Verbatim(f"<script>\n'use strict';\n{icons}\n{scripts}</script>"), name="dmz_scripts")
        figure.html.add_child(_Verbatim('<aside id="panel"></aside>'), name="dmz_panel")
        return super().render(**kwargs)  # type: ignore[no-untyped-call]


def _asset(name: str) -> str:
    return (resources.files("dmz") / "_web" / name).read_text(encoding="utf-8")


def _leaflet(name: str) -> str:
    """File of the Leaflet wheel; its licence stands at the head of the script."""
    text = (resources.files("xstatic.pkg.leaflet") / "data" / name).read_text(encoding="utf-8")
    if name.endswith(".js"):
        return re.sub(r"^//# sourceMappingURL=.*$", "", text, flags=re.MULTILINE)
    return re.sub(r"url\(images/([^)]+)\)", lambda found: f"url({_data_url(found[1])})", text)


def _data_url(image: str) -> str:
    data = (resources.files("xstatic.pkg.leaflet") / "data" / "images" / image).read_bytes()
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def _default_icons() -> dict[str, str]:
    """Marker images for children that a user adds, which Leaflet would look for beside the page."""
    return {"iconUrl": _data_url("marker-icon.png"), "shadowUrl": _data_url("marker-shadow.png")}


def _inlined(child: Element) -> str:
    """Text of a child of the header, with a link replaced by what it links to."""
    if not isinstance(child, JavascriptLink | CssLink):
        return str(child.render())
    name = Path(child.url).name
    if name in LEAFLET:
        return f"<script>{_leaflet(name)}</script>" if name.endswith(".js") else f"<style>{_leaflet(name)}</style>"
    if any(word in child.url for word in UNUSED):
        return ""
    raise OutputError(f"the map was given a child that loads {child.url}: a page without a network cannot have it")


def _atlases(figure: Figure) -> Iterable[_Atlas]:
    for child in figure._children.values():  # noqa: SLF001
        yield from (inner for inner in child._children.values() if isinstance(inner, _Atlas))  # noqa: SLF001


def _renumbering(figure: Figure) -> Any:
    """Change of folium's random names into numbers, so that the same map is the same page."""
    names: list[str] = []

    def walk(element: Element) -> None:
        names.append(element.get_name())
        for child in element._children.values():  # noqa: SLF001
            walk(child)

    walk(figure)
    numbers = {name: f"{name[: -len(name.split('_')[-1])]}{number}" for number, name in enumerate(names)}
    pattern = re.compile("|".join(map(re.escape, names)))
    return lambda text: pattern.sub(lambda found: numbers[found[0]], text)


def _refuse_escapes(header: str, body: str, script: str) -> None:
    """Refuse a page on which added text ended its script, or links to anything outside."""
    scripts = [*re.findall(r"<script>(.*?)</script>", header, flags=re.DOTALL), script]
    if any(re.search(r"</script|<!--", text, flags=re.IGNORECASE) for text in scripts):
        raise OutputError("a child of the map holds '</script' or '<!--' in its script: the page is not written")
    if re.search(r"<script", body, flags=re.IGNORECASE):
        raise OutputError("a child of the map holds a script in its HTML: the page is not written")
    if found := re.search(r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=["'](?!data:)([^"']+)""", header + body):
        raise OutputError(f"a child of the map links to {found[1]}: a page without a network cannot have it")


def _assembled(title: str, header: str, body: str, script: str) -> str:
    """Whole page, its policy first: only the scripts that are on it run, and nothing is ever fetched."""
    scripts = [*re.findall(r"<script>(.*?)</script>", header, flags=re.DOTALL), f"\n{script}\n"]
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
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
    data = {
        "title": sheet.title,
        "subtitle": sheet.subtitle,
        "readings": [
            {"id": key, "name": name, "words": sheet.words.get(key, "")} for key, name in sheet.readings.items()
        ],
        "notes": sheet.notes,
        "attribution": sheet.attribution,
        "summary": sheet.summary,
        "steps": sheet.steps,
        "layers": [_layer(layer) for layer in layers],
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" id="atlas">{text}</script>'


def _layer(layer: Layer) -> dict[str, Any]:
    """What the page needs of a layer: geometry to draw, and the columns it shows or draws by."""
    return {
        "key": layer.key,
        "title": layer.title,
        "group": layer.group,
        "reading": layer.reading,
        "abstract": layer.abstract,
        "source": layer.source,
        "popup": dict(layer.popup),
        "label": layer.label,
        "visible": layer.visible,
        "column": layer.style.column,
        "symbols": {value: _symbol(symbol) for value, symbol in layer.style.symbols.items()},
        "features": _ground(layer) if layer.group == "basemap" and not layer.label else _features(layer),
    }


def _ground(layer: Layer) -> list[dict[str, Any]]:
    """A layer of the basemap as one shape: nothing of it is asked about."""
    parts = shapely.get_parts(shapely.simplify(layer.features.geometry.array, BASEMAP_DEG))
    shapes = [shapely.geometry.mapping(part) for part in parts if not part.is_empty]
    kind = f"Multi{shapes[0]['type']}"
    return [{"geometry": {"type": kind, "coordinates": [_rounded(s["coordinates"], BASEMAP_DIGITS) for s in shapes]}}]


def _features(layer: Layer) -> list[dict[str, Any]]:
    """Features of a layer; `at` is a point of each, for a popup that was not asked for by a click."""
    wanted = [*layer.popup, layer.label, layer.style.column, "id", "name", "rank"]
    columns = [column for column in dict.fromkeys(wanted) if column in layer.features]
    records = layer.features[columns].to_dict("records")
    return [
        {
            "geometry": _drawn(geometry),
            "at": _rounded(shapely.point_on_surface(geometry).coords[0], DRAWN_DIGITS),
            "properties": {column: plain(column, value) for column, value in record.items()},
        }
        for geometry, record in zip(layer.features.geometry, records, strict=True)
    ]


def _symbol(symbol: Symbol) -> dict[str, Any]:
    shown = {name: value for name, value in vars(symbol).items() if value not in (None, "", ())}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in shown.items()}


def _drawn(geometry: BaseGeometry) -> dict[str, Any]:
    """Geometry as it is drawn: simplified by less than a pixel, few digits."""
    thin = geometry if geometry.geom_type.endswith("Point") else geometry.simplify(DRAWN_DEG)
    shape = shapely.geometry.mapping(thin)
    return {"type": shape["type"], "coordinates": _rounded(shape["coordinates"], DRAWN_DIGITS)}


def _rounded(coordinates: Any, digits: int) -> Any:
    if isinstance(coordinates, tuple | list):
        return [_rounded(inner, digits) for inner in coordinates]
    return round(float(coordinates), digits)


def _middle(layers: Sequence[Layer]) -> tuple[float, float]:
    """Latitude and longitude of the middle of what is drawn; the page fits itself to it."""
    bounds = np.array([layer.features.total_bounds for layer in layers if layer.group != "basemap"])
    if not len(bounds):
        return 0.0, 0.0
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    return round(float(south + north) / 2, 4), round(float(west + east) / 2, 4)
