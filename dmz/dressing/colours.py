"""Colours of a map, told apart by shape and pattern too."""

from __future__ import annotations

from dmz.findings import Findings
from dmz.layer import Symbol

# Colours that stay apart for the colour-blind (Okabe and Ito 2008, ColorBrewer PuOr), each with a shape or pattern too.
ZONE, LINE, ROAD, PATROL, POST = "#1457a8", "#a50f15", "#8c510a", "#01665e", "#222222"
LEFT_PARTY, RIGHT_PARTY, UNKNOWN = "#1b7837", "#762a83", "#6b6b6b"

BASEMAP = {
    "land": Symbol("#b9b3a5", "#f6f3ec", width_px=0.6, fill_opacity=1.0),
    "lakes": Symbol("#9db8c7", "#dbe7ee", width_px=0.5, fill_opacity=1.0),
    "rivers": Symbol("#a9c4d2", width_px=0.9),
    "roads": Symbol("#dccfb4", width_px=0.8),
    "provinces": Symbol("#b5aea0", width_px=0.8, dash_px=(2, 3)),
    "borders": Symbol("#7d7768", width_px=1.3, dash_px=(6, 2, 1, 2)),
    "coast": Symbol("#8fa9b8", width_px=0.8),
    "neighbours": Symbol("#5a5a5a", "#5a5a5a", size_px=3),
}
OTHER_BASEMAP = Symbol("#b5aea0", width_px=0.8)
# Status of a road, as the charts have it.
OPEN, PARTLY, CLOSED = "#009e73", "#b8860b", "#d55e00"
SUPPORTS, CONTRADICTS = "#0072b2", "#d55e00"


def of_party(findings: Findings, party: str) -> str:
    """Colour of a party: those of the line have their own, others that of what is unknown."""
    return {findings.line.left: LEFT_PARTY, findings.line.right: RIGHT_PARTY}.get(party, UNKNOWN)
