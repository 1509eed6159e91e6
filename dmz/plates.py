"""Draw the charts that go with an agreement's report: roads, patrols, people, readings, depths, obligations in time."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dmz import along
from dmz.charts import canvas
from dmz.charts.coverage import Along, coverage_chart
from dmz.charts.population import population_chart
from dmz.charts.roads import Strip, strip_chart
from dmz.charts.sidebyside import side_by_side_chart
from dmz.charts.sweep import sweep_chart
from dmz.charts.timeline import timeline_chart
from dmz.charts.tornado import tornado_chart
from dmz.dossier import Dossier
from dmz.findings import Findings
from dmz.otherwise import Explored

# Settlements so near a road are named on its chart, km.
TOWNS_KM = 3.0
KINDS = ("svg", "png")


def plates(found: Findings, dossier: Dossier) -> dict[str, bytes]:
    """Charts as SVG and PNG, by file name; the same bytes every time."""
    with canvas.style():
        drawn = {f"road-{name}": figure for name, figure in _roads(found, dossier).items()}
        if dossier.watched is not None:
            drawn["patrols"] = coverage_chart(_along(found, dossier))
        if dossier.people is not None:
            drawn |= _people(found, dossier.people)
        drawn |= _otherwise(found, dossier)
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


def readings_plate(found: Findings, table: pd.DataFrame, against: str) -> Any:
    """Chart of the readings side by side, held against one of them."""
    first = next(one for one in found.agreement.readings if one.id == against)
    return side_by_side_chart(
        table,
        title=f"{found.agreement.title.en}: the readings side by side",
        under=f"Overlap, gained and lost are against {first.id}: {first.name.en}",
        names={road.id: road.name.en for road in found.agreement.corridors},
        source=_source(found),
    )


def sweep_plate(found: Findings, swept: pd.DataFrame, verdict: str = "") -> Any:
    """Chart of every depth under every reading."""
    about = f"{found.agreement.title.en}: results at every depth, under every reading"
    names = _names(found) | {road.id: road.name.en for road in found.agreement.corridors}
    heads = {"title": verdict, "under": about} if verdict else {"title": about}
    return sweep_chart(swept, **heads, names=names, source=_source(found))


def tornado_plate(found: Findings, explored: Explored) -> Any:
    """Chart of what each choice moves."""
    base = explored.base
    return tornado_chart(
        explored.sensitivity,
        base=f"{_names(found)[base.reading]}, at {base.greatest_km:g} km",
        roads={road.id: road.name.en for road in found.agreement.corridors},
        source=_source(found),
    )


def _otherwise(found: Findings, dossier: Dossier) -> dict[str, Any]:
    """Charts of readings, depths and choices."""
    drawn: dict[str, Any] = {}
    if len(found.agreement.readings) > 1 and "belt" not in found.comparison:
        drawn["readings"] = readings_plate(found, found.comparison, found.agreement.readings[0].id)
    if dossier.explored is None:
        return drawn
    explored = dossier.explored
    drawn["sensitivity"] = tornado_plate(found, explored)
    said = {*explored.verdicts.values()}
    drawn["sweep"] = sweep_plate(found, explored.sweep, said.pop() if len(said) == 1 else "")
    return drawn


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
