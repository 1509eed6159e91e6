"""Say dates, chainages and lengths as a popup says them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dmz import along

UNKNOWN = "unknown"


def day(date: Any) -> str:
    """``"5 Mar 2020"``, as the page writes dates; ``"unknown"`` where there is none."""
    if pd.isna(date):
        return UNKNOWN
    when = pd.Timestamp(date)
    return f"{when.day} {when:%b %Y}"


def span(from_km: float, to_km: float) -> str:
    """``"km 46.9 to km 73.5"``."""
    return f"km {from_km:.1f} to km {to_km:.1f}"


def stretch(from_km: float, to_km: float, length_km: float) -> str:
    """``"km 46.9 to km 73.5: 26.5 km"``."""
    return f"{span(from_km, to_km)}: {length_km:.1f} km"


def where(row: Any, end: str = "") -> str:
    """Where a point of a table lies by its nearest settlement, which the columns ``<end>place`` and so on name."""
    return along.phrase(row[f"{end}place"], row[f"{end}place_km"], row[f"{end}place_direction"])
