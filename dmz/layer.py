"""Dress a table as a layer: features, title, style, source; what the map and QGIS both draw."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import pandas as pd

from dmz.errors import GeometryError, InputError

Pattern = Literal["solid", "hatch", "cross", "dots", "none"]
Marker = Literal["circle", "square", "triangle", "diamond"]
# The groups of a map's legend, in its order, and what it calls them; "basemap" is drawn beneath and is no entry of it.
GROUP_TITLES = {
    "zone": "Zone",
    "line": "Line of contact",
    "corridors": "Roads",
    "patrols": "Patrols",
    "posts": "Observation posts",
    "places": "Settlements",
    "status": "Status and reports",
    "areas": "Who holds the ground",
    "basemap": "Basemap",
}
GROUPS = tuple(GROUP_TITLES)


@dataclass(frozen=True)
class Symbol:
    """How a feature is drawn.

    Parameters
    ----------
    color, fill
        ``#rrggbb``; `fill` None leaves the inside empty.
    width_px, dash_px
        Stroke width, and lengths of dash and gap; an empty tuple is a continuous line.
    fill_opacity
        0 to 1.
    pattern
        What the inside of a polygon is filled with, so that it is told apart without colour.
    marker, size_px
        Shape and size of a point.
    label
        What the legend says; empty takes the layer's title.
    """

    color: str
    fill: str | None = None
    width_px: float = 1.5
    dash_px: tuple[float, ...] = ()
    fill_opacity: float = 0.3
    pattern: Pattern = "solid"
    marker: Marker = "circle"
    size_px: float = 8.0
    label: str = ""


@dataclass(frozen=True)
class Style:
    """One symbol for all features, or one for each value of a column.

    Parameters
    ----------
    symbols
        By value of `column`; by ``""`` where there is no column.
    column
        The column that chooses the symbol.
    """

    symbols: Mapping[str, Symbol]
    column: str = ""

    @classmethod
    def single(cls, symbol: Symbol) -> Style:
        """One symbol for every feature."""
        return cls({"": symbol})

    def symbol(self, value: object) -> Symbol:
        """Symbol of a feature whose `column` holds `value`; `InputError` names the values there are."""
        key = str(value) if self.column else ""
        if key not in self.symbols:
            raise InputError(f"no symbol for {self.column} {value!r}; there are {', '.join(self.symbols)}")
        return self.symbols[key]


@dataclass(frozen=True, eq=False)
class Layer:
    """A table ready to be drawn, written and read about.

    Parameters
    ----------
    key
        Stem of the file it is written to, letters, digits and hyphens.
    title, abstract, source
        What it is called, what it holds and how that was computed, and where it comes from.
    features
        Longitude, latitude on WGS 84, one kind of geometry, at least one row. A column ``id`` names each feature.
    style
        How it is drawn.
    group
        The part of the legend it stands in, one of `GROUPS`.
    reading
        The reading it belongs to, shown and hidden with it; None for what holds under every reading.
    popup
        Column to heading: what a click shows, in order.
    label
        Column written beside each feature on the map; empty for none.
    visible
        Whether the map shows it at first.
    on
        Day the map is of: of features with columns ``valid_from`` and ``valid_to`` it draws those that hold on it, and
        files have them all. None draws all.
    columns
        What its columns hold, by name, where the tables do not say it.
    """

    key: str
    title: str
    features: gpd.GeoDataFrame
    style: Style
    group: str
    abstract: str = ""
    source: str = ""
    reading: str | None = None
    popup: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    visible: bool = True
    on: dt.date | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def drawn(self) -> gpd.GeoDataFrame:
        """Features that the map draws: those of the day it is of."""
        if self.on is None:
            return self.features
        day = pd.Timestamp(self.on)
        since, until = (pd.to_datetime(self.features[name]) for name in ("valid_from", "valid_to"))
        return self.features[(since <= day) & (until.isna() | (until >= day))]

    def __post_init__(self) -> None:
        """Refuse what neither map nor file could hold."""
        if self.group not in GROUPS:
            raise InputError(f"layer {self.key}: group {self.group!r} is none of {', '.join(GROUPS)}")
        if self.features.empty:
            raise GeometryError(f"layer {self.key}: it has no features")
        kinds = {kind.removeprefix("Multi") for kind in self.features.geom_type}
        if len(kinds) > 1:
            raise GeometryError(f"layer {self.key}: it mixes {', '.join(sorted(kinds))}: one kind of geometry a layer")
        wanted = {*self.popup, *filter(None, (self.label, self.style.column))}
        if absent := (wanted | ({"valid_from", "valid_to"} if self.on else set())) - {*self.features.columns}:
            raise InputError(f"layer {self.key}: it has no column {', '.join(sorted(absent))}")


@dataclass(frozen=True)
class Sheet:
    """What is written around a map, whatever its layers.

    Parameters
    ----------
    title, subtitle
        Name of the map; where and when.
    groups
        What groups of the legend are called on this map, where it is not what the page calls them.
    readings
        Reading to the words the switch shows for it, the first one shown first.
    words
        Reading to the sentence of its source that it rests on, and where it stands.
    notes
        Sentences that must be read with the map: what is illustrative, what is unknown, the boundary disclaimer.
    attribution
        Whose data is drawn, one line each.
    summary
        Rows of the small table under the readings: heading, then one cell a reading.
    steps
        Steps of the agreement: ISO date ("" where it has none), sentence, and, where anything is known, its status.
    caveats
        What is unknown or noted of the inputs, a sentence each.
    """

    title: str
    subtitle: str = ""
    readings: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    attribution: tuple[str, ...] = ()
    summary: tuple[tuple[str, ...], ...] = ()
    steps: tuple[tuple[str, ...], ...] = ()
    caveats: tuple[str, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
