"""Say what results are called on a chart, and write their numbers."""

from __future__ import annotations

from collections.abc import Mapping

from dmz.compare import span

HEADINGS = {
    "area": "Area, km²",
    "settlements": "Settlements listed inside",
    "population_known": "People known inside, at least",
}


def heading(result: str, roads: Mapping[str, str] | None = None) -> str:
    """Heading of a result by its column; of a road by its name, where `roads` has it by the road's id.

    Examples
    --------
    >>> heading("area_km2"), heading("m4_km", {"m4": "M4"}), heading("old_road_km")
    ('Area, km²', 'M4, km inside', 'old-road, km inside')
    """
    plain = result.removesuffix("_km2")
    if plain in HEADINGS:
        return HEADINGS[plain]
    road = result.removesuffix("_km").replace("_", "-")
    return f"{(roads or {}).get(road, road)}, km inside"


def number(value: float) -> str:
    """Write a number as reports do: whole from 1,000 on and where it is whole, thin spaces between thousands."""
    return span(value, value)
