"""Lay out a sheet of paper for QGIS's print composer: title, map with grid, legend, scale bar, north arrow, sources."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dmz.layer import Layer, Sheet
from dmz.qgis.markup import Element, element, words
from dmz.window import Window

# Sheets, landscape, millimetres (ISO 216).
SIZES = {"A4": (297.0, 210.0), "A3": (420.0, 297.0)}
# QgsLayoutItemRegistry's numbers of the kinds of item.
PAGE, MAP, PICTURE, LABEL, LEGEND, SCALE = 65638, 65639, 65640, 65641, 65642, 65646
MARGIN, GUTTER, TITLE_ROOM, FOOT_ROOM, COLUMN = 10.0, 12.0, 16.0, 14.0, 60.0
FONT = "Noto Sans"
# Room of the north arrow beside the scale bar, and of the figure at the bar's end, millimetres.
NORTH_ROOM = 24.0
# Ground beyond the basemap, of which nothing is known.
BEYOND = {"red": 238, "green": 237, "blue": 233}
NORTH = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 60"><path d="M20 2 34 46 20 38Z" fill="#1a1a1a"/>'
    '<path d="M20 2 6 46 20 38Z" fill="#fff" stroke="#1a1a1a" stroke-width="1.2"/>'
    '<path d="M14 59V48l12 11V48" fill="none" stroke="#1a1a1a" stroke-width="2.4"/></svg>'
)


@dataclass(frozen=True)
class Paper:
    """A sheet: its name, its size and the theme it shows."""

    name: str
    size: str
    theme: str
    heading: str


def layout(paper: Paper, sheet: Sheet, view: Window, groups: Mapping[str, Sequence[tuple[str, Layer]]]) -> Element:
    """Layout of one sheet.

    Parameters
    ----------
    paper
        Which sheet, and the theme of the project its map shows.
    sheet
        Title, notes and attribution.
    view
        What the map shows; it is widened to fill its frame.
    groups
        Title of each group of the legend, with the layers in it by their ids in the project.
    """
    width, height = SIZES[paper.size]
    inner_width = width - 2 * MARGIN - GUTTER - COLUMN
    frame = (MARGIN, MARGIN + TITLE_ROOM, inner_width, height - 2 * MARGIN - TITLE_ROOM - FOOT_ROOM)
    view = view.filling(frame[2] / frame[3])
    right, foot = frame[0] + frame[2] + GUTTER, frame[1] + frame[3] + 5
    map_id = _id(paper.name, "map")
    items = [
        _label(paper, "disclaimer", " ".join(sheet.notes), (MARGIN, foot, frame[2], FOOT_ROOM - 3), 6.5),
        _label(paper, "sources", _sources(sheet), (right, foot - 32, COLUMN, FOOT_ROOM + 29), 6),
        _scale_bar(paper, map_id, view, frame, (right, foot - 46)),
        _north(paper, map_id, (right + COLUMN - 12, foot - 50, 10, 15)),
        _legend(paper, map_id, groups, (right, frame[1], COLUMN, frame[3] - 48)),
        _label(paper, "heading", paper.heading, (MARGIN, MARGIN + 8.5, width - 2 * MARGIN, 6), 8.5),
        _label(paper, "title", sheet.title, (MARGIN, MARGIN, width - 2 * MARGIN, 8.5), 14, bold=True),
        _map(paper, map_id, view, frame),
    ]
    for z, item in enumerate(reversed(items), start=1):
        item.set("zValue", str(z))
    page = _item(paper, "page", PAGE, (0, 0, width, height), background="true")
    pages = element("PageCollection", page, element("GuideCollection", visible=1))
    return element(
        "Layout",
        element("Snapper", tolerance=5, snapToGuides=1, snapToGrid=0, snapToItems=1),
        element("Grid", resolution=10, resUnits="mm", offsetX=0, offsetY=0, offsetUnits="mm"),
        pages,
        *items,
        name=words(paper.name),
        units="mm",
        printResolution=300,
        worldFileMap="",
    )


def _sources(sheet: Sheet) -> str:
    return "\n".join(["Sources", *sheet.attribution, "Longitude, latitude on WGS 84; distances on the ellipsoid."])


def _id(*names: str) -> str:
    """Identity of an item, the same for the same names."""
    return "{" + str(uuid.uuid5(uuid.NAMESPACE_URL, "dmz/" + "/".join(names))) + "}"


def _item(paper: Paper, name: str, kind: int, box: Iterable[float], *inner: Element, **more: object) -> Element:
    x, y, width, height = box
    place = f"{x:g},{y:g},mm"
    made = {
        "type": kind,
        "id": "" if name == "page" else name,
        "uuid": _id(paper.name, name),
        "templateUuid": _id(paper.name, name),
        "position": place,
        "positionOnPage": place,
        "size": f"{width:g},{height:g},mm",
        "referencePoint": 0,
        "visibility": 1,
        "zValue": 0,
        "opacity": 1,
        "frame": "false",
        "background": "false",
        "outlineWidthM": "0.2,mm",
        "frameJoinStyle": "miter",
    }
    black = {"red": 0, "green": 0, "blue": 0, "alpha": 255}
    white = {"red": 255, "green": 255, "blue": 255, "alpha": 255}
    colors = [element("FrameColor", **black), element("BackgroundColor", **white)]
    return element("LayoutItem", *colors, *inner, element("LayoutObject"), **(made | more))


def _font(size: float, *, bold: bool = False) -> str:
    """Font as Qt 5 writes it: family, points, and its weight in the fifth place."""
    return f"{FONT},{size:g},-1,5,{75 if bold else 50},0,0,0,0,0"


def _label(
    paper: Paper, name: str, text: str, box: tuple[float, float, float, float], size: float, *, bold: bool = False
) -> Element:
    font = element("LabelFont", description=_font(size, bold=bold), style="")
    ink = element("FontColor", red=26, green=26, blue=26, alpha=255)
    return _item(
        paper, name, LABEL, box, font, ink,
        labelText=words(text), htmlState=0, halign=1, valign=32, marginX=0, marginY=0,
    )  # fmt: skip


def _map(paper: Paper, map_id: str, view: Window, frame: Iterable[float]) -> Element:
    west, south, east, north = view.box
    extent = element("Extent", xmin=west, ymin=south, xmax=east, ymax=north)
    item = _item(
        paper, "map", MAP, frame, extent, element("LayerSet"), _grid(paper, view.grid_deg), frame="true",
        background="true", followPreset="true", followPresetName=words(paper.theme), keepLayerSet="false",
        drawCanvasItems="true", mapRotation=0, mapFlags=0, labelMargin="0,mm", isTemporal=0,
    )  # fmt: skip
    item.set("uuid", map_id)
    item.set("templateUuid", map_id)
    ground = {name: str(value) for name, value in BEYOND.items()}
    item.find("BackgroundColor").attrib.update(ground)  # type: ignore[union-attr]
    return item


def _grid(paper: Paper, step: float) -> Element:
    """Graticule of degrees and minutes, drawn as thin lines, its figures outside the frame's sides."""
    options = element("Option", *(
        element("Option", name=name, type="QString", value=value)
        for name, value in (("line_color", "60,60,60,70"), ("line_width", "0.12"), ("line_width_unit", "MM"))
    ), type="Map")  # fmt: skip
    line = element("layer", options, class_="SimpleLine", enabled=1, locked=0, **{"pass": 0})
    style = element("lineStyle", element("symbol", line, name="", type="line", alpha=1, clip_to_extent=1))
    sides = {
        f"{side}Annotation{what}": value
        for side in ("left", "right", "top", "bottom")
        for what, value in (("Position", 1), ("Display", 0), ("Direction", 0))
    }
    degrees = _degrees()
    return element(
        "ComposerMapGrid",
        style,
        degrees,
        element("annotationFontProperties", description=_font(5.5), style=""),
        element("LayoutObject"),
        uuid=_id(paper.name, "grid"),
        name="graticule",
        show=1,
        unit=0,
        gridStyle=0,
        position=3,
        intervalX=step,
        intervalY=step,
        offsetX=0,
        offsetY=0,
        crossLength=3,
        showAnnotation=1,
        annotationFormat=1,
        annotationPrecision=0,
        annotationFontColor="60,60,60,255",
        frameAnnotationDistance=0.8,
        gridFrameStyle=0,
        gridFrameWidth=1.2,
        gridFrameSideFlags=15,
        blendMode=0,
        **sides,
    )


def _degrees() -> Element:
    return element(
        "spatialrefsys",
        element("srsid", text=3452),
        element("srid", text=4326),
        element("authid", text="EPSG:4326"),
    )


def _legend(
    paper: Paper, map_id: str, groups: Mapping[str, Sequence[tuple[str, Layer]]], box: Iterable[float]
) -> Element:
    root = element("layer-tree-group")
    for title, layers in groups.items():
        group = element("layer-tree-group", name=words(title), checked="Qt::Checked", expanded=1)
        for key, layer in layers:
            entry = element("layer-tree-layer", id=key, name=words(layer.title), providerKey="ogr", expanded=1)
            entry.set("checked", "Qt::Checked")
            if layer.title == title:  # said by the group's heading
                hidden = element("Option", name="legend/title-style", type="QString", value="hidden")
                entry.append(element("customproperties", element("Option", hidden, type="Map")))
            group.append(entry)
        root.append(group)
    sizes = {"title": 9, "group": 8, "subgroup": 7, "symbol": 7, "symbolLabel": 7}
    styles = element("styles", *(
        element("style", element("styleFont", description=_font(size, bold=name == "group"), style=""), name=name,
                alignment=1, indent=0, marginTop=2 if name == "group" else 1, marginLeft=2)
        for name, size in sizes.items()
    ))  # fmt: skip
    return _item(
        paper, "legend", LEGEND, box, styles, root, map_uuid=map_id, title="", legendFilterByMap=0,
        legendFilterByAtlas=0, columnCount=1, splitLayer=0, symbolWidth=6, symbolHeight=3.2, boxSpace=0,
        resizeToContents=1, fontColor="#1a1a1a", wrapChar="", lineSpacing=1, symbolAlignment=1, titleAlignment=1,
    )  # fmt: skip


def _scale_bar(paper: Paper, map_id: str, view: Window, frame: Sequence[float], at: tuple[float, float]) -> Element:
    km = view.bar_km((COLUMN - NORTH_ROOM) / frame[2])
    font = element(
        "text-style", fontFamily=FONT, fontSize=7, fontSizeUnit="Point", textColor="26,26,26,255", textOpacity=1
    )
    dark, light = ({"red": n, "green": n, "blue": n, "alpha": 255} for n in (26, 255))
    length_mm = 2 * km / view.width_km * frame[2]
    return _item(
        paper, "scale bar", SCALE, (*at, length_mm + 14, 12), font, element("fillColor", **dark),
        element("fillColor2", **light), element("strokeColor", **dark), mapUuid=map_id, style="Single Box",
        unitType="km", unitLabel="km", numMapUnitsPerScaleBarUnit=1, numUnitsPerSegment=km, numSegments=2,
        numSegmentsLeft=0, segmentSizeMode=0, height=1.6, labelBarSpace=1, boxContentSpace=0, outlineWidth=0.2,
        alignment=0, minBarWidth=20, maxBarWidth=60,
    )  # fmt: skip


def _north(paper: Paper, map_id: str, box: Iterable[float]) -> Element:
    code = base64.b64encode(NORTH.encode()).decode()
    return _item(
        paper, "north arrow", PICTURE, box, file=f"base64:{code}", mapUuid=map_id, northMode=1, northOffset=0,
        pictureRotation=0, resizeMode=0, anchorPoint=4, mode=1,
    )  # fmt: skip
