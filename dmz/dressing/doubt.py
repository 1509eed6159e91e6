"""Dress what the line's uncertainty leaves of each zone for sure, and what it may add."""

from __future__ import annotations

import geopandas as gpd

from dmz.agreement import Reading
from dmz.dossier import Dossier
from dmz.dressing.colours import DOUBT
from dmz.findings import Findings
from dmz.layer import Layer, Style, Symbol
from dmz.uncertainty import EXTENT_COLUMNS

SYMBOLS = {
    "possible": Symbol(DOUBT, DOUBT, 1.0, (1, 4), 0.40, "dots", label="Possibly inside, at the greatest depth"),
    "likely": Symbol(DOUBT, DOUBT, 1.4, (8, 4), 0.28, "cross", label="Likely inside, at every depth"),
}
ABSTRACT = (
    "The stated uncertainty of the line is read as one standard deviation. Likely: inside with a probability of 95 % "
    "or more at the least depth of the range; possible: of 5 % or more at the greatest."
)
WORDS = {"what": "chance and probability in words", "area": "area_km2 in words"}


def layers(findings: Findings, dossier: Dossier) -> list[Layer]:
    """One layer a reading, off at first; none where nobody said how uncertain the line is."""
    doubt = dossier.doubt
    if doubt is None:
        return []
    grounds = {reading.id: doubt.outermost(reading.id) for reading in findings.agreement.readings}
    return [
        _layer(findings, reading, grounds[reading.id])
        for reading in findings.agreement.readings
        if not grounds[reading.id].empty
    ]


def _layer(findings: Findings, reading: Reading, rows: gpd.GeoDataFrame) -> Layer:
    told = zip(rows["chance"], rows["probability"], strict=True)
    table = rows.assign(
        what=[f"{chance}: a probability of {least * 100:.0f} % or more" for chance, least in told],
        area=[f"{area:,.0f} km²".replace(",", "\u202f") for area in rows["area_km2"]],
    )
    return Layer(
        key=f"chance-{reading.id}",
        title="How sure the zone is",
        features=table,
        style=Style({chance: SYMBOLS[chance] for chance in table["chance"]}, "chance"),
        group="zone",
        abstract=ABSTRACT,
        source=findings.origins[0].source,
        reading=reading.id,
        popup={"what": "To be inside", "area": "Area"},
        visible=False,
        columns={"id": "name of the feature", **EXTENT_COLUMNS, **WORDS},
    )
