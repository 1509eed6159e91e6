"""Say layers as KML: folders as in the legend, colours, dates; Google Earth opens it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from dmz.geojson import plain, ready
from dmz.layer import GROUP_TITLES, GROUPS, Layer, Symbol
from dmz.qgis.markup import Element, clean, element

NAMESPACE = "http://www.opengis.net/kml/2.2"
# Google Earth's own icons, which it has without a network.
ICONS = "http://maps.google.com/mapfiles/kml/shapes/"
MARKERS = {
    "circle": "placemark_circle.png",
    "square": "placemark_square.png",
    "triangle": "triangle.png",
    "diamond": "open-diamond.png",
}
# An icon of scale 1 is so many pixels wide.
ICON_PX = 32.0


def kml(layers: Sequence[Layer], *, title: str) -> str:
    """KML 2.2 of layers, the lowest first; the same text for the same layers.

    Notes
    -----
    OGC 07-147r2. A folder a group, a folder a layer; symbols as shared styles; ``valid_from`` and ``valid_to`` as time
    spans; what the popup of the web map says as data of each place. Areas and lines lie on the ground and follow it.
    """
    first = next((layer.reading for layer in layers if layer.reading), None)
    document = element("Document", element("name", text=title), element("open", text=1))
    for layer in layers:
        document.extend(_styles(layer))
    for group in GROUPS:
        members = [layer for layer in layers[::-1] if layer.group == group]
        if len(layers) == 1 and members:
            document.append(_folder(members[0], shown=True))
        elif members:
            folder = element("Folder", element("name", text=GROUP_TITLES[group]))
            folder.extend(_folder(layer, shown=layer.visible and layer.reading in {None, first}) for layer in members)
            document.append(folder)
    root = element("kml", document, xmlns=NAMESPACE)
    ET.indent(root, " ")
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{ET.tostring(root, encoding='unicode')}\n"


def _color(code: str, opacity: float = 1.0) -> str:
    """Colour as KML has it: opacity, blue, green, red."""
    red, green, blue = code[1:3], code[3:5], code[5:7]
    return f"{round(255 * opacity):02x}{blue}{green}{red}".lower()


def _name(layer: Layer, value: str) -> str:
    number = list(layer.style.symbols).index(value)
    return f"{layer.key}-{number}"


def _styles(layer: Layer) -> Iterator[Element]:
    for value, symbol in layer.style.symbols.items():
        yield element("Style", *_style(symbol), id=_name(layer, value))


def _style(symbol: Symbol) -> Iterator[Element]:
    icon = element("Icon", element("href", text=ICONS + MARKERS[symbol.marker]))
    scale = element("scale", text=f"{max(symbol.size_px * 2 / ICON_PX, 0.3):.2f}")
    yield element("IconStyle", element("color", text=_color(symbol.fill or symbol.color)), scale, icon)
    yield element("LabelStyle", element("scale", text="0.8"))
    width = element("width", text=f"{symbol.width_px:g}")
    yield element("LineStyle", element("color", text=_color(symbol.color)), width)
    opacity = symbol.fill_opacity * (1 if symbol.pattern == "solid" else 0.5) if symbol.pattern != "none" else 0
    filled = element("fill", text=int(symbol.fill is not None))
    yield element("PolyStyle", element("color", text=_color(symbol.fill or symbol.color, opacity)), filled)


def _folder(layer: Layer, *, shown: bool) -> Element:
    table = ready(layer.features, layer.key)
    about = " ".join(filter(None, [layer.abstract, layer.source]))
    folder = element(
        "Folder",
        element("name", text=layer.title),
        element("visibility", text=int(shown)),
        element("description", text=about),
    )
    for record, shape in zip(table.drop(columns=table.geometry.name).to_dict("records"), table.geometry, strict=True):
        folder.append(_place(layer, record, shape, shown=shown))
    return folder


def _place(layer: Layer, record: dict[Any, Any], shape: BaseGeometry, *, shown: bool) -> Element:
    value = str(record[layer.style.column]) if layer.style.column else ""
    name = next((record[key] for key in (layer.label, "name") if key and not pd.isna(record.get(key))), None)
    parts = [
        element("name", text=name if name is not None else layer.style.symbol(value).label or layer.title),
        element("visibility", text=int(shown)),
        *_span(record),
        element("styleUrl", text=f"#{_name(layer, value)}"),
        element("ExtendedData", *_data(layer, record)),
        _shape(shape),
    ]
    return element("Placemark", *parts, id=f"{layer.key}.{clean(record['id'])}")


def _span(record: dict[Any, Any]) -> Iterator[Element]:
    ends = [
        element(tag, text=day)
        for tag, column in (("begin", "valid_from"), ("end", "valid_to"))
        if (day := plain(column, record.get(column))) is not None and _is_day(day)
    ]
    if ends:
        yield element("TimeSpan", *ends)


def _is_day(text: object) -> bool:
    try:
        dt.date.fromisoformat(str(text))
    except ValueError:
        return False
    return True


def _data(layer: Layer, record: dict[Any, Any]) -> Iterator[Element]:
    """What the popup says, or every column where there is none."""
    headings = layer.popup or {column: column for column in record}
    for column, heading in headings.items():
        value = plain(column, record[column])
        shown = element("value", text="unknown" if value is None else value)
        yield element("Data", element("displayName", text=heading), shown, name=column)


def _shape(shape: BaseGeometry) -> Element:
    parts = [_part(part) for part in shapely.get_parts(shape)]
    return parts[0] if len(parts) == 1 else element("MultiGeometry", *parts)


def _part(part: BaseGeometry) -> Element:
    if part.geom_type == "Point":
        return element("Point", _coordinates(part.coords))
    if part.geom_type == "LineString":
        return element("LineString", element("tessellate", text=1), _coordinates(part.coords))
    rings = [element("outerBoundaryIs", _ring(part.exterior.coords))]
    rings += [element("innerBoundaryIs", _ring(ring.coords)) for ring in part.interiors]
    return element("Polygon", element("tessellate", text=1), *rings)


def _ring(points: Iterable[Sequence[float]]) -> Element:
    return element("LinearRing", _coordinates(points))


def _coordinates(points: Iterable[Sequence[float]]) -> Element:
    return element("coordinates", text=" ".join(f"{float(x)!r},{float(y)!r}" for x, y in points))
