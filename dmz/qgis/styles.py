"""Say how a layer is drawn, labelled, asked and timed, in QGIS's own words."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from dmz import schema
from dmz.layer import Layer
from dmz.qgis.markup import Element, clean, document, element, words
from dmz.qgis.symbols import symbol

# The oldest QGIS that must read it; newer ones bring it up to date as they read.
VERSION = "3.22.0"
CATEGORIES = "Symbology|Labeling|Temporal|Fields|MapTips|Rendering"
GEOMETRIES = {"Point": 0, "LineString": 1, "Polygon": 2}
# Where labels go: around a point, along a line, in an area. QgsLabeling's numbers.
PLACEMENTS = {"Point": 6, "LineString": 3, "Polygon": 1}
# Kinds of value as a category names them.
VALUES = {"string": "string", "integer": "long", "number": "double", "boolean": "bool", "date": "string"}
FROM, TO = "valid_from", "valid_to"
# A name of rank n is written on maps larger than 1 to this over 2 to the n, as the web map does by its zoom.
RANK_SCALE = 6_200_000
# Type of labels by language, and what stands in for it where it is not installed; of those without a name of their own
# for Arabic Qt takes any that has its letters, on some machines one of typewriters.
FONTS = {"ar": "Noto Sans Arabic"}
FONT, STAND_INS = "Noto Sans", ("Noto Naskh Arabic", "Segoe UI", "Arial", "DejaVu Sans")
INK, AREA_INK, HALO = "30,30,30,255", "110,104,92,255", "255,255,255,255"


def qml(layer: Layer, *, on: dt.date | None = None, language: str = "en") -> str:
    """Style of a layer as a file to stand beside its GeoJSON.

    Parameters
    ----------
    layer
        Its style, popup and label say how it is drawn and what it tells.
    on
        Draw only what is valid on this day.
    language
        Language of its labels, where the layer has names in it.
    """
    body = body_of(layer, on=on, language=language)
    return document(
        element("qgis", *body, version=VERSION, styleCategories=CATEGORIES, labelsEnabled=int(bool(layer.label)))
    )


def body_of(layer: Layer, *, on: dt.date | None = None, language: str = "en") -> list[Element]:
    """Elements of a style, for a file of its own or for a layer of a project."""
    parts = [_temporal(layer), _renderer(layer, on), _labels(layer, language), *_fields(layer)]
    parts += [
        element("previewExpression", text=_display(layer, language)),
        element("mapTip", text=map_tip(layer)),
        element("layerGeometryType", text=GEOMETRIES[kind(layer)]),
    ]
    return [part for part in parts if part is not None]


def kind(layer: Layer) -> str:
    """Kind of geometry: ``Point``, ``LineString`` or ``Polygon``."""
    return str(layer.features.geom_type.iloc[0]).removeprefix("Multi")


def dated(layer: Layer) -> bool:
    """Whether the layer says from when it holds."""
    return FROM in layer.features and bool(layer.features[FROM].notna().any())


def valid(layer: Layer, on: dt.date) -> pd.Series:
    """Whether each feature holds on a day; one without a date always does."""
    table, day = layer.features, pd.Timestamp(on)
    holds = pd.Series(data=True, index=table.index)
    if FROM in table:
        starts = pd.to_datetime(table[FROM])
        holds &= starts.isna() | (starts <= day)
    if TO in table:
        ends = pd.to_datetime(table[TO])
        holds &= ends.isna() | (ends >= day)
    return holds


def name_of(layer: Layer, language: str) -> str:
    """Expression of a feature's name: in the language, where there is one, else as it is."""
    columns = [f"{layer.label}_{language}", layer.label]
    there = [quoted(column) for column in columns if column in layer.features]
    return f"coalesce({', '.join(there)})" if len(there) > 1 else there[0]


def map_tip(layer: Layer) -> str:
    """HTML that QGIS shows where the pointer rests: the popup of the web map."""
    rows = "".join(
        f"<tr><td>{_escaped(heading)}&nbsp;</td><td>[% {_shown(column)} %]</td></tr>"
        for column, heading in layer.popup.items()
    )
    return f"<b>{_escaped(layer.title)}</b><table>{rows}</table>"


def quoted(column: str) -> str:
    """Column as an expression names it."""
    return '"' + column.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Text as an expression has it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _shown(column: str) -> str:
    """Expression of a value as a map tip shows it: never as markup, unknown as such."""
    text = f"coalesce(to_string({quoted(column)}), 'unknown')"
    for sign, code in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\\n", "<br>")):
        text = f"replace({text}, '{sign}', '{code}')"
    return text


def _escaped(text: str) -> str:
    return words(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _renderer(layer: Layer, on: dt.date | None) -> Element:
    style = layer.style
    symbols = [symbol(str(n), kind(layer), drawn) for n, drawn in enumerate(style.symbols.values())]
    labels = [words(drawn.label or layer.title) for drawn in style.symbols.values()]
    drawn = element("symbols", *symbols)
    if on is not None or layer.on is not None:
        rules = [
            element("rule", key=f"{{rule-{n}}}", symbol=n, label=label, filter=_rule(layer, value, on))
            for n, (value, label) in enumerate(zip(style.symbols, labels, strict=True))
        ]
        return element("renderer-v2", element("rules", *rules, key="{root}"), drawn, type="RuleRenderer")
    if not style.column:
        return element("renderer-v2", drawn, type="singleSymbol")
    type_ = VALUES[schema.kind(layer.features[style.column])]
    categories = [
        element("category", value=value, symbol=n, label=label, render="true", type=type_)
        for n, (value, label) in enumerate(zip(style.symbols, labels, strict=True))
    ]
    return element(
        "renderer-v2", element("categories", *categories), drawn, type="categorizedSymbol", attr=style.column
    )


def _rule(layer: Layer, value: str, on: dt.date | None) -> str:
    """What a feature must be to be drawn so: of the value, and valid on the day.

    The day of a layer that has one of its own gives way to the temporal controller while that is on.
    """
    wanted = on or layer.on
    parts = [f"to_string({quoted(layer.style.column)}) = {literal(value)}"] if layer.style.column else []
    for column, sign in ((FROM, "<="), (TO, ">=")):
        if column in layer.features and wanted is not None:
            day = f"{quoted(column)} IS NULL OR to_date({quoted(column)}) {sign} to_date('{wanted.isoformat()}')"
            parts.append(f"({day})" if on else f"(@map_start_time IS NOT NULL OR {day})")
    return " AND ".join(parts) or "TRUE"


def _labels(layer: Layer, language: str) -> Element | None:
    if not layer.label:
        return None
    area = kind(layer) == "Polygon"
    halo = element(
        "text-buffer", bufferDraw=1, bufferSize=0.8, bufferSizeUnits="MM", bufferColor=HALO, bufferOpacity=0.9
    )
    family = FONTS.get(language, FONT)
    families = element("families", *(element("family", name=name) for name in (family, *STAND_INS)))
    text = element(
        "text-style",
        families,
        halo,
        fieldName=name_of(layer, language),
        isExpression=1,
        fontFamily=family,
        fontSize=9 if area else 7.5,
        fontSizeUnit="Point",
        fontItalic=int(layer.group == "basemap"),
        fontLetterSpacing=1 if area else 0,
        textColor=AREA_INK if layer.group == "basemap" else INK,
        textOpacity=1,
    )
    place = element(
        "placement",
        placement=PLACEMENTS[kind(layer)],
        dist=0.8,
        distUnits="MM",
        priority=3 if layer.group == "basemap" else 6,
        predefinedPositionOrder="TR,R,BR,TL,L,BL,TSR,BSR",
    )
    settings = element(
        "settings",
        text,
        element("text-format"),
        place,
        element("rendering", drawLabels=1, obstacle=1, upsidedownLabels=0),
        *_by_rank(layer),
        calloutType="simple",
    )
    return element("labeling", settings, type="simple")


def _by_rank(layer: Layer) -> list[Element]:
    """Bigger places first and from farther off, where the layer ranks them."""
    if "rank" not in layer.features:
        return []
    rules = {"Priority": '10 - 2 * coalesce("rank", 5)', "Show": f'@map_scale < {RANK_SCALE} / 2 ^ coalesce("rank", 5)'}
    inner = [
        element(
            "Option",
            element("Option", name="active", type="bool", value="true"),
            element("Option", name="expression", type="QString", value=rule),
            element("Option", name="type", type="int", value=3),
            name=name,
            type="Map",
        )
        for name, rule in rules.items()
    ]
    collection = element(
        "Option",
        element("Option", name="name", type="QString", value=""),
        element("Option", *inner, name="properties", type="Map"),
        element("Option", name="type", type="QString", value="collection"),
        type="Map",
    )
    return [element("dd_properties", collection)]


def _temporal(layer: Layer) -> Element | None:
    """Start and end by fields; a layer without a date is always shown."""
    if not dated(layer):
        return None
    ends = TO in layer.features and bool(layer.features[TO].notna().any())
    span = element("fixedRange", element("start"), element("end"))
    return element(
        "temporal",
        span,
        enabled=1,
        mode=2,
        startField=FROM,
        endField=TO if ends else "",
        limitMode=1,  # the end belongs to it
        fixedDuration=0,
        durationUnit="min",
        durationField="",
        accumulate=0,
        startExpression="",
        endExpression="",
    )


def _fields(layer: Layer) -> list[Element]:
    """Headings of the popup as the names of the columns."""
    aliases = [
        element("alias", field=clean(column), name=words(heading), index=number)
        for number, (column, heading) in enumerate(layer.popup.items())
    ]
    return [element("aliases", *aliases)] if aliases else []


def _display(layer: Layer, language: str) -> str:
    if layer.label:
        return name_of(layer, language)
    columns = [column for column in ("name", *layer.popup) if column in layer.features]
    return quoted(columns[0]) if columns else "$id"
