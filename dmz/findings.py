"""Work out everything an agreement says of the ground: zones per reading and what lies in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from dmz import compare, corridor, exposure, patrol
from dmz.agreement import Agreement, find, read_agreement
from dmz.errors import InputError, PartyError
from dmz.geodata import WGS84, Store, open_store
from dmz.line import Line, read_line
from dmz.zone import zones as lay

Progress = Callable[[str], None]
# The stages a caller's progress bar may count, in order.
STAGES = ("agreement", "layers", "line", "zones", "corridors", "settlements", "patrols", "comparison")


# Layers that are opened where they are asked for: none of the terms needs them.
OPENED_LATER = {"basemap", "facilities", "units", "population", "waypoints"}


@dataclass(frozen=True, eq=False)
class Findings:
    """An agreement on the ground; every table longitude, latitude on WGS 84.

    Parameters
    ----------
    agreement, line, store
        What it was worked out from: the terms, the line of contact, the layers with their manifest.
    zones
        As `dmz.zones` makes them, all readings; plus ``id``, ``clause``, ``valid_from``.
    roads, corridors
        The roads as drawn, and their pieces inside each zone (`dmz.corridor.pieces`).
    routes, patrols
        The routes, reported and implied, and their measures (`dmz.patrol.coverage`).
    road_reports
        Dated reports on the roads, as the layer has them; None where the agreement names none.
    places, settlements
        All settlements, and those in each zone, on its edge or near it (`dmz.exposure.settlements`).
    comparison
        One row a reading (`dmz.compare.readings`).
    """

    agreement: Agreement
    line: Line
    store: Store
    zones: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame | None
    corridors: gpd.GeoDataFrame | None
    routes: gpd.GeoDataFrame | None
    patrols: pd.DataFrame | None
    road_reports: gpd.GeoDataFrame | None
    places: gpd.GeoDataFrame | None
    settlements: gpd.GeoDataFrame | None
    comparison: pd.DataFrame


def work_out(
    seed: str | Path,
    *,
    layers: str | Path | None = None,
    line: str | Path | None = None,
    progress: Progress = lambda _: None,
) -> Findings:
    """Work out an agreement from end to end.

    Parameters
    ----------
    seed
        Path of an agreement's file, or the key of one shipped with the library.
    layers
        Folder of input layers with their manifest; by default the ``geodata`` folder beside the seed's folder.
    line
        File of another line of contact, of another date, in place of the agreement's: what the agreement's layer of
        areas says of the line's own parties, whom another line parts elsewhere, is then left out.
    progress
        Called with the name of each stage as it begins.

    Raises
    ------
    MissingInputError, AgreementError, InputError
        As the reading of the agreement and of its layers raise them.
    """
    progress("agreement")
    path = find(seed)
    agreement = read_agreement(path)
    progress("layers")
    store = open_store(layers or path.resolve().parent.parent / "geodata")
    opened = _opened(agreement, store)
    progress("line")
    drawn = _line(agreement, store, opened, line)
    progress("zones")
    zones = _zones(agreement, drawn, opened["theatre"])
    progress("corridors")
    roads = _roads(agreement, opened)
    places = opened.get("settlements")
    corridors = None if roads is None else corridor.pieces(roads, zones, places=places)
    progress("settlements")
    settlements = None
    if places is not None:
        settlements = exposure.settlements(places, zones, drawn, **agreement.exposure.placed)
    progress("patrols")
    edges = patrol.edges(zones, drawn)
    routes = _routes(agreement, opened, edges)
    patrols = None if routes is None else patrol.coverage(routes, zones, edges)
    progress("comparison")
    comparison = compare.readings(zones, drawn, settlements=settlements, corridors=corridors)
    return Findings(
        agreement=agreement,
        line=drawn,
        store=store,
        zones=zones,
        roads=roads,
        corridors=corridors,
        routes=routes,
        patrols=patrols,
        road_reports=opened.get("road_reports"),
        places=places,
        settlements=settlements,
        comparison=comparison,
    )


def _opened(agreement: Agreement, store: Store) -> dict[str, gpd.GeoDataFrame]:
    """Open the layers the agreement names for its terms, by the name they have there."""
    keys = agreement.layers.model_dump(exclude=OPENED_LATER, exclude_none=True)
    for key in filter(None, (agreement.layers.facilities, agreement.layers.units, agreement.layers.waypoints)):
        store.record(key)
    if agreement.layers.population is not None:
        store.raster(agreement.layers.population)
    return {name: store.open(key) for name, key in keys.items()}


def _line(
    agreement: Agreement, store: Store, opened: dict[str, gpd.GeoDataFrame], another: str | Path | None = None
) -> Line:
    areas = opened.get("areas")
    if areas is not None:
        declared = {party.id for party in agreement.parties}
        if stray := sorted({*areas["party"]} - declared):
            raise PartyError(f"{agreement.layers.areas}: nobody declared the party {', '.join(stray)} in the agreement")
    path: str | Path = store.root / store.record(agreement.line.layer).file
    if another is not None:
        path = another
        sides = {agreement.line.left, agreement.line.right}
        areas = None if areas is None else areas[~areas["party"].isin(sides)].reset_index(drop=True)
    return read_line(path, left=agreement.line.left, right=agreement.line.right, areas=areas)


def _zones(agreement: Agreement, line: Line, theatre: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Lay the zone under every reading, in the agreement's order."""
    terms, found = agreement.zone, []
    for reading in agreement.readings:
        laid = lay(
            line, depth_km=terms.depth_km, reading=reading.kind, party=reading.party, within=theatre, ends=terms.ends
        )
        laid = laid.assign(
            zone=laid["zone"].str.replace(reading.kind, reading.id, n=1),
            reading=reading.id,
            clause=agreement.cite(reading),
            valid_from=terms.due,
        )
        found.append(laid.assign(id=laid["zone"]))
    return gpd.GeoDataFrame(pd.concat(found, ignore_index=True), crs=WGS84)


def _roads(agreement: Agreement, opened: dict[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame | None:
    """Roads the agreement names, in its order, with its names, clauses and deadlines."""
    drawn = opened.get("corridors")
    if drawn is None or not agreement.corridors:
        return None
    geometry = drawn.set_index("corridor").geometry
    if absent := [road.id for road in agreement.corridors if road.id not in geometry.index]:
        has = ", ".join(geometry.index)
        raise InputError(f"{agreement.layers.corridors}: no corridor {', '.join(absent)}; it has {has}")
    rows = [
        {
            "id": road.id,
            "corridor": road.id,
            "name": road.name.en,
            "from_place": road.from_place,
            "to_place": road.to_place,
            "due": road.due,
            "clause": agreement.cite(road),
            "note": road.note,
            "geometry": geometry[road.id],
        }
        for road in agreement.corridors
    ]
    known = drawn.drop(columns=["id", "name", "from_place", "to_place", "geometry"], errors="ignore")
    return gpd.GeoDataFrame(rows, crs=WGS84).merge(known, on="corridor", how="left")


def _routes(
    agreement: Agreement, opened: dict[str, gpd.GeoDataFrame], edges: gpd.GeoDataFrame
) -> gpd.GeoDataFrame | None:
    """Routes reported, and the ones that patrols along the zone's boundaries imply."""
    found = []
    if any(term.along == "zone-boundary" for term in agreement.patrols):
        found.append(patrol.implied(edges))
    if "patrols" in opened:
        found.append(opened["patrols"].assign(basis="reported", reading=None))
    if not found:
        return None
    return gpd.GeoDataFrame(pd.concat(found, ignore_index=True), crs=WGS84)
