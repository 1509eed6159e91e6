"""Make elements of XML of texts that nobody checked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET

Element = ET.Element
# What XML 1.0 cannot hold, lone halves of surrogate pairs among it.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def words(text: object) -> str:
    """Text of a person for QGIS to show: what it would run as an expression, ``[% ... %]``, is broken up."""
    return clean(text).replace("[%", "[ %")


def clean(text: object) -> str:
    """Text as XML can hold it."""
    return FORBIDDEN.sub("", str(text))


def element(tag: str, *children: Element, text: object = None, **attributes: object) -> Element:
    """Element with children or a text; an attribute's trailing underscore is dropped, as of ``class_``."""
    made = ET.Element(tag, {name.rstrip("_"): clean(value) for name, value in attributes.items()})
    made.extend(children)
    if text is not None:
        made.text = clean(text)
    return made


def options(values: Iterable[tuple[str, object]]) -> Element:
    """Map of options, as symbols have it since QGIS 3.18."""
    inner = (element("Option", name=name, type="QString", value=value) for name, value in values)
    return element("Option", *inner, type="Map")


def document(root: Element) -> str:
    """Text of a whole file."""
    ET.indent(root)
    kind = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return f"{kind}{ET.tostring(root, encoding='unicode')}\n"


def inner(root: Element) -> list[Element]:
    """Children of an element, to stand in another."""
    return list(root)
