"""Put a map together: its layers from the lowest up, and what is written around them."""

from __future__ import annotations

from dmz import caveats
from dmz.compare import span
from dmz.dossier import Dossier
from dmz.dressing import exposure, front, ground, obligations, patrols, posts, reports, roads
from dmz.findings import Findings
from dmz.layer import Layer, Sheet

# What is wrong with an input stands with the notes that must be read with the map; what is unknown stands below.
URGENT = (caveats.FAULT, caveats.WARNING)


def layers(findings: Findings, dossier: Dossier) -> list[Layer]:
    """Layers of a map of an agreement, the lowest first; those that a user gets as files are all but the basemap's."""
    dressed = [*ground.basemap(findings), *ground.areas(findings)]
    dressed += [ground.zone(findings, dossier, reading) for reading in findings.agreement.readings]
    dressed += [*posts.reaches(findings), *roads.layers(findings, dossier), *patrols.layers(findings, dossier)]
    dressed += [*front.layers(findings, dossier), *ground.places(findings)]
    dressed += [*exposure.layers(findings, dossier), *posts.layers(findings, dossier)]
    return [*dressed, *roads.crossings(findings, dossier), *reports.layers(findings, dossier)]


def sheet(findings: Findings, dossier: Dossier) -> Sheet:
    """What is written around the map."""
    agreement, told = findings.agreement, dossier.inputs.to_dict("records")
    return Sheet(
        title=agreement.title.en,
        subtitle=f"{agreement.place.en} · agreement of {agreement.date.day} {agreement.date:%B %Y}",
        readings={reading.id: reading.name.en for reading in agreement.readings},
        words={reading.id: agreement.quote(reading.basis) for reading in agreement.readings},
        notes=(*agreement.notes, *(_caveat(row) for row in told if row["kind"] in URGENT)),
        attribution=_attribution(findings),
        summary=_summary(findings),
        steps=obligations.steps(findings, dossier),
        caveats=tuple(_caveat(row) for row in told if row["kind"] not in URGENT),
    )


def _attribution(findings: Findings) -> tuple[str, ...]:
    return tuple(dict.fromkeys(findings.store.attribution(key) for key in caveats.keys(findings.agreement)))


def _caveat(row: dict[str, str]) -> str:
    return f"{row['input']}: {row['problem']}"


def _summary(findings: Findings) -> tuple[tuple[str, ...], ...]:
    """Rows of the small table: a heading, then the least and greatest value of each reading."""
    table = findings.comparison.set_index("reading")
    rows = [
        ("Reach off the line, km", "reach_{}_km"),
        ("Area, km²", "area_{}_km2"),
        ("Settlements listed", "settlements_{}"),
        ("People known", "population_known_{}"),
        ("… settlements without a figure", "settlements_population_unknown_{}"),
    ]
    rows += [(f"{road.name.en}, km", f"{road.id.replace('-', '_')}_{{}}_km") for road in findings.agreement.corridors]
    shown = [(heading, columns) for heading, columns in rows if columns.format("core") in table]
    return tuple(
        (heading, *(span(row[columns.format("core")], row[columns.format("full")]) for _, row in table.iterrows()))
        for heading, columns in shown
    )
