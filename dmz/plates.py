"""Draw the charts that go with an agreement's report: a strip a road, patrols along the line, obligations in time."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dmz import along
from dmz.charts import canvas
from dmz.charts.coverage import Along, coverage_chart
from dmz.charts.population import population_chart
from dmz.charts.roads import Strip, strip_chart
from dmz.charts.timeline import timeline_chart
from dmz.dossier import Dossier
from dmz.findings import Findings

# Settlements so near a road are named on its chart, km.
TOWNS_KM = 3.0
KINDS = ("svg", "png")


def plates(found: Findings, dossier: Dossier) -> dict[str, bytes]:
    """Charts as SVG and PNG, by file name: a strip a road, patrols, people, obligations; the same bytes every time."""
    with canvas.style():
        drawn = {f"road-{name}": figure for name, figure in _roads(found, dossier).items()}
        if dossier.watched is not None:
            drawn["patrols"] = coverage_chart(_along(found, dossier))
        if dossier.people is not None:
            drawn |= _people(found, dossier.people)
        if dossier.obligations is not None and dossier.observations is not None:
            drawn["obligations"] = _timeline(found, dossier)
        return {
            f"{name}.{kind}": canvas.rendered(figure, kind, name=name)
            for name, figure in drawn.items()
            for kind in KINDS
        }


def _people(found: Findings, people: pd.DataFrame) -> dict[str, Any]:
    """Chart of the people in a zone; one for each where there are several, since they overlap."""
    if "belt" not in people:
        return {"people": population_chart(people, names=_names(found), source=_source(found))}
    return {
        f"people-{belt}": population_chart(
            table.drop(columns="belt"),
            names=_names(found),
            source=f"{found.agreement.belt(str(belt)).name.en}. {_source(found)}",
        )
        for belt, table in people.groupby("belt", sort=False)
    }


def _roads(found: Findings, dossier: Dossier) -> dict[str, Any]:
    if found.roads is None or dossier.holdings is None:
        return {}
    names = {term.id: term for term in found.agreement.corridors}
    drawn = {}
    for road in found.roads.itertuples():
        term = names[road.corridor]
        towns = None if found.places is None else along.beside(road.geometry, found.places, within_km=TOWNS_KM)
        strip = Strip(
            corridor=term.id,
            name=term.name.en,
            start=term.from_place,
            held=dossier.holdings,
            inside=found.corridors,
            crossed=dossier.crossings,
            statuses=dossier.road_status,
            towns=towns,
            source=_source(found),
        )
        drawn[term.id] = strip_chart(strip)
    return drawn


def _along(found: Findings, dossier: Dossier) -> Along:
    assert dossier.watched is not None  # noqa: S101 - asked for only where there is one
    covered = dossier.watched.reported
    return Along(
        track=str(covered.shares["track"].iloc[0]),
        name=found.line.name,
        start="its start",
        covered=covered,
        routes="a reported patrol",
        source=_source(found),
    )


def _timeline(found: Findings, dossier: Dossier) -> Any:
    assert dossier.obligations is not None  # noqa: S101 - asked for only where there are some
    assert dossier.observations is not None  # noqa: S101
    return timeline_chart(
        dossier.obligations,
        dossier.observations,
        title=f"{found.agreement.title.en}: obligations as known on each day",
        until=dossier.last_day,
        source=_source(found),
    )


def _names(found: Findings) -> dict[str, str]:
    """What readings and parties are called, by id."""
    readings = {reading.id: reading.name.en for reading in found.agreement.readings}
    return readings | {party.id: party.name.en for party in found.agreement.parties}


def _source(found: Findings) -> str:
    layers = " and ".join(origin.layer for origin in found.origins) or found.line.source
    drawn = f", drawn for {found.line.drawn}" if found.line.drawn else ""
    called = found.agreement.line_called
    return f"{called[:1].upper()}{called[1:]}: {layers}{drawn}; sources in summary.md"
