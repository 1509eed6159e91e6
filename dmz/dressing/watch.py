"""Say how much of a track reported patrols came near."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dmz import boundary, coverage
from dmz.dressing import words


def sentence(shares: pd.DataFrame, track: str) -> str:
    """``"at least 2.4 km (0.9 %) within 2 km of a reported patrol; longest gap km 20.9 to km 261.1: 240.1 km"``.

    Parameters
    ----------
    shares
        As `dmz.boundary.watched` makes them.
    track
        Id of the track, of which every part is told.
    """
    mine = shares[(shares["basis"] == boundary.REPORTED) & (shares["track"] == track)]
    return "; ".join(_said(row) for row in mine.to_dict("records"))


def _said(row: dict[str, Any]) -> str:
    if row["known"] == coverage.UNKNOWN:
        return coverage.UNKNOWN
    share = f"{row['covered_km']:.1f} km ({row['covered_share']:.1%}) within {row['within_km']:g} km"
    if not row["longest_gap_km"]:
        return f"at least {share} of a reported patrol"
    gap = words.stretch(row["longest_gap_from_km"], row["longest_gap_to_km"], row["longest_gap_km"])
    return f"at least {share} of a reported patrol; longest gap {gap}"
