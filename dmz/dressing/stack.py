"""Put a map together: its layers from the lowest up, and what is written around them."""

from __future__ import annotations

from dmz import caveats
from dmz.compare import by_belt, span
from dmz.dossier import Dossier
from dmz.dressing import doubt, exposure, front, ground, obligations, patrols, posts, reports, roads
from dmz.findings import Findings
from dmz.layer import Layer, Sheet

# What is wrong with an input stands with the notes that must be read with the map; what is unknown stands below.
URGENT = (caveats.FAULT, caveats.WARNING)


def layers(findings: Findings, dossier: Dossier) -> list[Layer]:
    """Layers of a map of an agreement, the lowest first; those that a user gets as files are all but the basemap's."""
    dressed = [*ground.basemap(findings), *ground.areas(findings)]
    dressed += [layer for reading in findings.agreement.readings for layer in ground.zones(findings, dossier, reading)]
    dressed += doubt.layers(findings, dossier)
    dressed += [*posts.reaches(findings), *roads.layers(findings, dossier), *patrols.layers(findings, dossier)]
    dressed += [*front.layers(findings, dossier), *ground.places(findings)]
    dressed += [*exposure.layers(findings, dossier), *posts.layers(findings, dossier)]
    return [*dressed, *roads.crossings(findings, dossier), *reports.layers(findings, dossier)]


def sheet(findings: Findings, dossier: Dossier, language: str = "en") -> Sheet:
    """What is written around the map; the names of things in a language."""
    agreement, told = findings.agreement, dossier.inputs.to_dict("records")
    day = agreement.date  # with points: the one order of digits that is read alike from the left and from the right
    dated = f"{day.day} {day:%B %Y}" if language == "en" else f"{day.day}.{day.month}.{day.year}"
    return Sheet(
        title=agreement.title.said(language),
        subtitle=f"{agreement.place.said(language)} · {dated}",
        groups=_groups(findings),
        readings={reading.id: reading.name.said(language) for reading in agreement.readings},
        words={reading.id: agreement.quote(reading.basis) for reading in agreement.readings},
        notes=(*agreement.notes, *(_caveat(row) for row in told if row["kind"] in URGENT)),
        attribution=_attribution(findings),
        summary=_summary(findings, language),
        steps=obligations.steps(findings, dossier, language),
        caveats=tuple(_caveat(row) for row in told if row["kind"] not in URGENT),
    )


def _groups(findings: Findings) -> dict[str, str]:
    """What groups of the legend are called, where they are not a line of contact and one zone."""
    agreement = findings.agreement
    called = {"lines": "The two lines", "line": agreement.line.name}.get(agreement.laid_along, "")
    zones = {"zone": "Zones"} if len(agreement.zones) > 1 else {}
    return zones | ({"line": called} if called else {})


def _attribution(findings: Findings) -> tuple[str, ...]:
    return tuple(dict.fromkeys(findings.store.attribution(key) for key in caveats.keys(findings)))


def _caveat(row: dict[str, str]) -> str:
    return f"{row['input']}: {row['problem']}"


def _summary(findings: Findings, language: str) -> tuple[tuple[str, ...], ...]:
    """Rows of the small table: a heading, then the least and greatest value of each reading."""
    rows = [
        ("Reach off the line, km", "reach_{}_km"),
        ("Area, km²", "area_{}_km2"),
        ("Settlements listed", "settlements_{}"),
        ("People known", "population_known_{}"),
        ("… settlements without a figure", "settlements_population_unknown_{}"),
    ]
    rows += [
        (f"{road.name.said(language)}, km", f"{road.id.replace('-', '_')}_{{}}_km")
        for road in findings.agreement.corridors
    ]
    found = []
    for belt, table in by_belt(findings.comparison):
        zone = findings.agreement.belt(belt).name.said(language) if belt else ""
        for heading, columns in rows:
            core, full = (columns.format(extent) for extent in ("core", "full"))
            told = core in table and not (core.startswith("reach") and (zone or table[core].isna().all()))
            if told:
                named = f"{zone}: {heading[0].lower()}{heading[1:]}" if zone else heading
                found.append((named, *(span(row[core], row[full]) for _, row in table.iterrows())))
    return tuple(found)
