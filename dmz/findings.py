"""Work out everything an agreement says of the ground: zones per reading and what lies in them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from dmz import compare, corridor, exposure, laying, patrol, uncertainty
from dmz.agreement import Agreement, find, read_agreement
from dmz.errors import InputError
from dmz.geodata import WGS84, Store, open_store
from dmz.laying import Files, Front, Origin, Table, per_belt
from dmz.line import Line

Progress = Callable[[str], None]
# The stages a caller's progress bar may count, in order.
STAGES = ("agreement", "layers", "line", "zones", "corridors", "settlements", "patrols", "comparison")


# Layers that are opened where they are asked for: none of the terms needs them.
OPENED_LATER = {"basemap", "facilities", "units", "population"}


@dataclass(frozen=True, eq=False)
class Findings:
    """An agreement on the ground; every table longitude, latitude on WGS 84.

    Parameters
    ----------
    agreement, line, store
        What it was worked out from: the terms, the line by which sides are told (`dmz.laying.Front`), the layers with
        their manifest.
    own, origins
        The line of each party, where the agreement gives each one; where the lines come from.
    zones
        As `dmz.laying.lay` makes them, all readings and belts.
    roads, corridors
        The roads as drawn, and their pieces inside each zone (`dmz.corridor.pieces`).
    routes, patrols
        The routes, reported and implied, and their measures (`dmz.patrol.coverage`).
    road_reports
        Dated reports on the roads, as the layer has them; None where the agreement names none.
    places, settlements
        All settlements, and those in each zone, on its edge or near it (`dmz.exposure.settlements`), with their
        probability where the line's uncertainty is known (`dmz.uncertainty.with_probability`).
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
    own: Mapping[str, Line] = field(default_factory=dict)
    origins: tuple[Origin, ...] = ()

    @property
    def theatre(self) -> gpd.GeoDataFrame | None:
        """Territory the zones may occupy, where the agreement names a layer of it."""
        key = self.agreement.layers.theatre
        return None if key is None else self.store.open(key)

    @property
    def sides_are_parties(self) -> bool:
        """Whether the sides of the line are held by parties: those of a road and of an outline are not."""
        return self.agreement.laid_along in {"line", "lines"}


def work_out(
    seed: str | Path,
    *,
    layers: str | Path | None = None,
    line: Files | None = None,
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
        File with a line of your own in place of the agreement's, or one a party by its id.
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
    front = laying.front(agreement, store, opened, line)
    progress("zones")
    zones = laying.lay(agreement, front, opened.get("theatre"))
    progress("corridors")
    roads = _roads(agreement, opened)
    places = opened.get("settlements")
    corridors = None if roads is None else per_belt(zones, lambda some: corridor.pieces(roads, some, places=places))
    progress("settlements")
    settlements = None
    if places is not None:
        placed = agreement.exposure.placed
        settlements = per_belt(zones, lambda some: exposure.settlements(places, some, front.line, **placed))
    progress("patrols")
    routes, patrols = _patrols(agreement, opened, zones, front)
    progress("comparison")
    comparison = _comparison(zones, front, settlements, corridors)
    found = Findings(
        agreement=agreement,
        line=front.line,
        own=front.own,
        origins=front.origins,
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
    return _with_probability(found)


def spread_of(found: Findings) -> uncertainty.Spread | None:
    """The line with its stated uncertainty, the theatre and ends of the zone; None where nobody said how uncertain.

    None too of several zones, of zones between two lines, along a road or within corners, whose chances are not told.
    """
    line = found.line
    if found.agreement.laid_along != "line" or len(found.agreement.zones) > 1:
        return None
    if line.uncertainty_m is None or not (line.uncertainty_m > 0).any():
        return None
    return uncertainty.spread(line, within=found.theatre, ends=found.agreement.zone.ends)


def _with_probability(found: Findings) -> Findings:
    """The same, each settlement with its probability where the line's uncertainty is known."""
    around = spread_of(found)
    if around is None or found.settlements is None:
        return found
    told = uncertainty.with_probability(found.settlements, found.zones, around)
    return dataclasses.replace(found, settlements=told)


def _opened(agreement: Agreement, store: Store) -> dict[str, gpd.GeoDataFrame]:
    """Open the layers the agreement names for its terms, by the name they have there."""
    keys = agreement.layers.model_dump(exclude=OPENED_LATER, exclude_none=True)
    for key in filter(None, (agreement.layers.facilities, agreement.layers.units)):
        store.record(key)
    if agreement.layers.population is not None:
        store.raster(agreement.layers.population)
    return {name: store.open(key) for name, key in keys.items()}


def _comparison(
    zones: gpd.GeoDataFrame, front: Front, settlements: pd.DataFrame | None, corridors: pd.DataFrame | None
) -> pd.DataFrame:
    """Readings side by side, those of each belt on their own, along the lines its distances count from."""
    both = front.line
    if front.own:
        drawn = shapely.MultiLineString(
            [part for line in front.own.values() for part in shapely.get_parts(line.geometry)]
        )
        both = dataclasses.replace(front.line, geometry=drawn)

    def compared(some: gpd.GeoDataFrame) -> pd.DataFrame:
        mine = [table if table is None else of_belts(table, some) for table in (settlements, corridors)]
        along = front.line if some["depth_to_m"].isna().all() else both
        return compare.readings(some, along, settlements=mine[0], corridors=mine[1])

    return per_belt(zones, compared)


def of_belts(table: Table, zones: gpd.GeoDataFrame) -> Table:
    """Rows of the belts of some zones; all where the agreement has one belt, which has no column."""
    return table if "belt" not in table else table[table["belt"].isin(zones["belt"])].drop(columns="belt")


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


def _patrols(
    agreement: Agreement, opened: dict[str, gpd.GeoDataFrame], zones: gpd.GeoDataFrame, front: Front
) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame | None]:
    """Routes and their measures; none where neither the text nor a report knows a route."""
    implied = any(term.along == "zone-boundary" for term in agreement.patrols)
    if not (implied or "patrols" in opened):
        return None, None
    edges = laying.edges(zones, front.line, front.own)
    found = [patrol.implied(edges)] if implied else []
    if "patrols" in opened:
        found.append(opened["patrols"].assign(basis="reported", reading=None))
    routes = gpd.GeoDataFrame(pd.concat(found, ignore_index=True), crs=WGS84)
    return routes, per_belt(zones, lambda some: patrol.coverage(routes, some, edges))
