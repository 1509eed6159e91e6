"""Lay every zone of an agreement: off its line, off each party's own, between two, along a road, or by its corners."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from dmz import along, geodesy, patrol
from dmz.agreement import Agreement, LineTerms, Reading, ZoneTerms
from dmz.control.corners import from_corners
from dmz.control.forward import between
from dmz.errors import GeometryError, InputError, MissingInputError, PartyError
from dmz.geodata import WGS84, Store
from dmz.line import GRID_DEG, Line, read_line
from dmz.strip import strip
from dmz.zone import zones as lay_off

# Files of a user's own lines: one for all, or one a party.
Files = str | Path | Mapping[str, str | Path]
# Who holds ground that no line tells: that between two lines, or within corners.
NOBODY = "neither"
# Step between vertices of given ground: straight in longitude and latitude they part from geodesics by 2 cm.
STEP_M = 1_000.0
EDGE_COLUMNS = ("id", "reading", "party", "band", "depth_m", "length_km", "geometry")
Table = TypeVar("Table", pd.DataFrame, gpd.GeoDataFrame)


@dataclass(frozen=True)
class Origin:
    """Where a line comes from.

    Parameters
    ----------
    layer
        Key of its layer in the manifest; of a user's own file its name.
    title, source, note
        As the manifest has them.
    sha256
        Of the file.
    """

    layer: str
    title: str
    source: str
    note: str = ""
    sha256: str = ""


@dataclass(frozen=True, eq=False)
class Front:
    """What the zones of an agreement are laid along.

    Parameters
    ----------
    line
        By which sides and distances are told: the line of contact, the line midway between two, the road, or the
        outline of zones given by their corners; ``left`` and ``right`` are what its sides are called.
    own
        The line of each party, where each measures from its own.
    origins
        Where the lines come from, one for each that was read.
    inner
        Ground between the two lines that is nobody's distance.
    cut
        Ground by party that its own line reaches and that it does not hold.
    roads
        The roads of the file by their id, where the zones are laid along one.
    marks
        Named points by which a zone along a road begins and ends.
    """

    line: Line
    own: Mapping[str, Line] = field(default_factory=dict)
    origins: tuple[Origin, ...] = ()
    inner: BaseGeometry = field(default_factory=shapely.MultiPolygon)
    cut: Mapping[str, BaseGeometry] = field(default_factory=dict)
    roads: Mapping[str, shapely.LineString] = field(default_factory=dict)
    marks: gpd.GeoDataFrame | None = None


def front(
    agreement: Agreement, store: Store, opened: Mapping[str, gpd.GeoDataFrame], files: Files | None = None
) -> Front:
    """Read what the zones of an agreement are laid along.

    Parameters
    ----------
    agreement, store
        The terms, and the layers they name.
    opened
        Layers by what the agreement calls them; of these ``areas``, ``corridors``, ``waypoints`` and ``settlements``.
    files
        A user's own line, in place of the agreement's layer; or one a party by its id. One file serves both parties
        where each would have its own. What the layer of areas says of the line's own parties, whom another line parts
        elsewhere, is then left out.

    Raises
    ------
    MissingInputError
        Where the agreement ships no line and the user gave none.
    PartyError, InputError, GeometryError
        Where a line is at fault, or nobody knows the party it is for.
    """
    terms = agreement.line
    if agreement.laid_along == "outline":
        if files is not None:
            raise InputError(f"{agreement.key}: its zones are given by their corners: there is no line to replace")
        return Front(_outline(agreement))
    if terms.road is not None:
        if files is not None:
            raise InputError(f"{agreement.key}: its zone lies along a road: give another layer of corridors instead")
        return _road(agreement, terms.road, store, opened)
    areas = _areas(agreement, opened, another=files is not None)
    paths = _paths(agreement, terms, store, files)
    assert terms.left is not None  # noqa: S101 - the file is refused without
    assert terms.right is not None  # noqa: S101
    if not terms.own:
        return Front(_read(terms, paths[terms.left], areas), origins=_origins(store, paths))
    own = {party: _read(terms, paths[party], areas) for party in (terms.left, terms.right)}
    if paths[terms.left] == paths[terms.right]:
        return Front(own[terms.left], own, _origins(store, paths))
    if terms.actual is not None:
        party = terms.right if terms.actual == terms.left else terms.left
        held, lost = taken(own[terms.actual], own[party], party)
        return Front(own[terms.actual], own, _origins(store, paths), inner=held, cut={party: lost})
    found = between(own[terms.left].geometry, own[terms.right].geometry, left=terms.left, right=terms.right)
    # Its half-width is no uncertainty, and its halves are nobody's: the zone lies between two lines that are known.
    line = dataclasses.replace(found.line, name=terms.name or found.line.name, areas=areas, uncertainty_m=None)
    inner = found.zone.geometry.iloc[0]
    return Front(line, own, _origins(store, paths), inner=inner, cut=dict.fromkeys(own, inner))


def taken(actual: Line, own: Line, party: str) -> tuple[shapely.MultiPolygon, shapely.MultiPolygon]:
    """Ground that changed hands between a party's own line and the actual one: what it took, and what it lost.

    Parameters
    ----------
    actual
        The line that tells who holds the ground.
    own
        The line the party measures from. The two may run upon each other, and cross; each party is on the same side of
        both.
    party
        One of the two.

    Returns
    -------
    tuple of shapely.MultiPolygon
        On the party's side of `actual` and not of `own`; on its side of `own` and not of `actual`.

    Notes
    -----
    Both lines, and geodesics that join them begin to begin and end to end, are noded on a grid of 1e-7 degrees and made
    into faces; a face is told by the sides of the two lines nearest to a point of it.
    """
    ends = [shapely.get_coordinates(line.geometry)[[0, -1]] for line in (actual, own)]
    ties = [shapely.LineString(tie) for tie in zip(*ends, strict=True) if (tie[0] != tie[1]).any()]
    drawn = [geodesy.densify(line, STEP_M) for line in (actual.geometry, own.geometry, *ties)]
    noded = shapely.union_all(shapely.set_precision(drawn, GRID_DEG), grid_size=GRID_DEG)
    faces = np.asarray(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))))
    xy = shapely.get_coordinates(shapely.point_on_surface(faces))
    mine = 1 if party == actual.left else -1
    now, then = (geodesy.nearest(xy, line.geometry).side == mine for line in (actual, own))
    return _polygons(shapely.union_all(faces[now & ~then])), _polygons(shapely.union_all(faces[~now & then]))


def lay(agreement: Agreement, on: Front, theatre: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Lay every zone of an agreement under every reading, in the agreement's order.

    Parameters
    ----------
    agreement
        The terms.
    on
        What the zones are laid along, as `front` reads it.
    theatre
        Polygons the zones are clipped to; None clips them to nothing.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns of `dmz.zones`, and ``belt`` (id of the zone in the agreement), ``id``, ``clause``, ``valid_from``,
        ``valid_to``. The depths of ground between two lines or within corners are null. Zones of one belt and reading
        do not overlap; those of different belts may.

    Raises
    ------
    InputError, GeometryError
        Where a zone cannot be laid.
    """
    found = []
    for reading in agreement.readings:
        for belt in agreement.zones:
            laid = _laid(agreement, belt, reading, on, theatre)
            if laid is None:
                continue
            name = reading.id if len(agreement.zones) == 1 else f"{reading.id}-{belt.id}"
            laid = laid.assign(
                zone=[_id(name, row.band, row.party) for row in laid.itertuples()],
                reading=reading.id,
                belt=belt.id,
                clause=agreement.cite(reading) if len(agreement.zones) == 1 else agreement.cite(belt),
                valid_from=belt.due,
                valid_to=belt.until,
            )
            found.append(laid.assign(id=laid["zone"]))
    table = pd.concat([part.astype({"valid_from": object, "valid_to": object}) for part in found], ignore_index=True)
    return gpd.GeoDataFrame(table, crs=WGS84)


def per_belt(zones: gpd.GeoDataFrame, measure: Callable[[gpd.GeoDataFrame], Table]) -> Table:
    """Measure the zones of each belt on their own, since belts may overlap, and put the tables together.

    A column ``belt`` is added after ``reading`` where there is more than one.
    """
    belts = zones["belt"].unique()
    if len(belts) == 1:
        return measure(zones)
    found = []
    for belt in belts:
        table = measure(zones[zones["belt"] == belt].reset_index(drop=True))
        at = table.columns.get_loc("reading") + 1 if "reading" in table else 0
        table.insert(at, "belt", belt)
        found.append(table)
    together = pd.concat(found, ignore_index=True)
    return gpd.GeoDataFrame(together, crs=WGS84) if isinstance(found[0], gpd.GeoDataFrame) else together


def edges(zones: gpd.GeoDataFrame, line: Line, own: Mapping[str, Line]) -> gpd.GeoDataFrame:
    """Boundaries that an agreement draws (`dmz.patrol.edges`), each at its depth off the line it counts from.

    Returns
    -------
    geopandas.GeoDataFrame
        As `dmz.patrol.edges`; no rows where no zone has a depth.
    """
    deep = zones[zones["depth_to_m"].notna()]
    found = []
    for _, some in deep.groupby("belt", sort=False):
        for party, mine in some.groupby("party", sort=False) if own else [("", some)]:
            drawn = patrol.edges(mine, own.get(str(party), line))
            found.append(drawn if not own else drawn[drawn["depth_m"] > 0])
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=EDGE_COLUMNS)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=WGS84)


def _laid(
    agreement: Agreement, belt: ZoneTerms, reading: Reading, on: Front, theatre: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame | None:
    """Rows of one belt under one reading; none where two lines have no ground between them."""
    if belt.corners:
        return _given(geodesy.densify(_corners(agreement, belt), STEP_M), theatre, agreement.key)
    if belt.between:
        return _given(on.inner, theatre, agreement.key) if not on.inner.is_empty else None
    if on.roads:
        return _along_a_road(agreement, belt, reading, on, theatre)
    if on.own:
        return _off_their_own(belt, reading, on, theatre)
    return _off(on.line, belt, reading, theatre)


def _off(line: Line, belt: ZoneTerms, reading: Reading, theatre: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    assert belt.depth_km is not None  # noqa: S101 - the agreement is refused without
    assert reading.kind != "as-given"  # noqa: S101
    return lay_off(
        line, depth_km=belt.depth_km, reading=reading.kind, party=reading.party, within=theatre, ends=belt.ends
    )


def _off_their_own(belt: ZoneTerms, reading: Reading, on: Front, theatre: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Ground of each party off its own line; what lies between the two lines belongs to neither's belt."""
    rows = []
    for party, line in on.own.items():
        laid = _off(line, belt, reading, theatre)
        mine = laid[laid["party"] == party]
        rows.append(_less(mine, on.cut[party]) if party in on.cut else mine)
    return gpd.GeoDataFrame(pd.concat(rows, ignore_index=True), crs=WGS84)


def _less(laid: gpd.GeoDataFrame, ground: BaseGeometry) -> gpd.GeoDataFrame:
    """Zones less some ground, measured anew."""
    cut = [_polygons(shapely.difference(zone, ground, grid_size=GRID_DEG)) for zone in laid.geometry]
    return laid.assign(geometry=cut, area_km2=[geodesy.area(zone) / 1e6 for zone in cut])


def _along_a_road(
    agreement: Agreement, belt: ZoneTerms, reading: Reading, on: Front, theatre: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    """Strip along a road between two places, its sides called as the text calls them."""
    road = on.roads[agreement.line.road or ""]
    from_, to = (_mark(on, name) for name in (reading.from_place, reading.to_place))
    depth: Any = belt.depth_km
    asked = strip(road, depth_km=depth, from_=from_, to=to, ends=belt.ends, within=theatre)
    stretch = along.section(road, from_, to).geometry
    named = {row.side: row.compass or row.side for row in asked.itertuples()}
    sided = Line(stretch, named.get("left", "left"), named.get("right", "right"), name=on.line.name)
    by_side = {named[row.side]: row.depth_km for row in asked.itertuples()}
    return lay_off(sided, depth_km=by_side, reading="per-side", within=theatre, ends=belt.ends)


def _corners(agreement: Agreement, belt: ZoneTerms) -> shapely.Polygon:
    given: shapely.Polygon = from_corners(belt.corners, where=f"{agreement.key}: {belt.id}").geometry.iloc[0]
    return shapely.geometry.polygon.orient(given)


def _outline(agreement: Agreement) -> Line:
    """Outline of zones that are given by their corners: inside on the left."""
    rings = [shapely.LineString(_corners(agreement, belt).exterior.coords) for belt in agreement.zones if belt.corners]
    geometry = rings[0] if len(rings) == 1 else shapely.MultiLineString(rings)
    return Line(geometry, "inside", "outside", name="Outline of the zone", source="corners named in the text")


def _mark(on: Front, name: str) -> along.Place | None:
    if not name:
        return None
    if on.marks is None:
        raise InputError(f"{name}: nobody says where it is: name a layer of waypoints or of settlements")
    return along.find(on.marks, name)


def _given(ground: BaseGeometry, theatre: gpd.GeoDataFrame | None, where: str) -> gpd.GeoDataFrame:
    """Row of a zone whose ground is given, not measured off a line."""
    whole = shapely.set_precision(ground, GRID_DEG)
    if theatre is not None:
        whole = shapely.intersection(whole, geodesy.drawn_like(whole, theatre.union_all()), grid_size=GRID_DEG)
    shape = _polygons(whole)
    if shape.is_empty:
        raise GeometryError(f"{where}: no part of its zone lies in the theatre: is it the right theatre?")
    row = {
        "zone": "",
        "reading": "",
        "band": "core",
        "party": NOBODY,
        "depth_from_m": np.nan,
        "depth_to_m": np.nan,
        "area_km2": geodesy.area(shape) / 1e6,
        "geometry": shape,
        "max_deviation_m": np.nan,
    }
    return gpd.GeoDataFrame([row], crs=WGS84)


def _polygons(geometry: BaseGeometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"])


def _id(name: str, band: str, party: str) -> str:
    return name if party == NOBODY else f"{name}-{band}-{party}"


def _road(agreement: Agreement, key: str, store: Store, opened: Mapping[str, gpd.GeoDataFrame]) -> Front:
    """Road as a line, its sides by their compass points where the file names them so."""
    if "corridors" not in opened:
        raise MissingInputError(f"{agreement.key}: its zone lies along a road: name a layer in layers.corridors")
    drawn = opened["corridors"].set_index("corridor").geometry
    if key not in drawn.index:
        raise InputError(f"{agreement.layers.corridors}: no corridor {key}; it has {', '.join(drawn.index)}")
    depth: Any = agreement.zone.depth_km
    sides = strip(drawn[key], depth_km=depth, ends="flat")
    named = {row.side: row.compass or row.side for row in sides.itertuples()}
    name = next(road.name.en for road in agreement.corridors if road.id == key)
    line = Line(drawn[key], named.get("left", "left"), named.get("right", "right"), name=name)
    known = [opened[layer] for layer in ("waypoints", "settlements") if layer in opened]
    known = [table[table["corridor"] == key] if "corridor" in table else table for table in known]
    marks = gpd.GeoDataFrame(pd.concat([table[["name", "geometry"]] for table in known]), crs=WGS84) if known else None
    layer = agreement.layers.corridors or ""
    return Front(line, origins=(_origin(store, layer),), roads={key: drawn[key]}, marks=marks)


def _areas(agreement: Agreement, opened: Mapping[str, gpd.GeoDataFrame], *, another: bool) -> gpd.GeoDataFrame | None:
    """Who holds what; along another line than the agreement's own, of third parties only."""
    areas = opened.get("areas")
    if areas is None:
        return None
    declared = {party.id for party in agreement.parties}
    if stray := sorted({*areas["party"]} - declared):
        raise PartyError(f"{agreement.layers.areas}: nobody declared the party {', '.join(stray)} in the agreement")
    sides = {agreement.line.left, agreement.line.right}
    return areas[~areas["party"].isin(sides)].reset_index(drop=True) if another else areas


def _paths(agreement: Agreement, terms: LineTerms, store: Store, files: Files | None) -> dict[str, Path]:
    """File of each side's line: the user's, else the agreement's layer."""
    sides = [party for party in (terms.left, terms.right) if party is not None]
    if isinstance(files, Mapping):
        if stray := sorted({*files} - {*sides}):
            raise PartyError(f"{', '.join(stray)} is not on a side of the line: {' and '.join(sides)} are")
        if not terms.own:
            raise InputError(f"{agreement.key}: there is one line for both parties: give one file")
        given = {party: Path(path) for party, path in files.items()}
    else:
        given = {} if files is None else dict.fromkeys(sides, Path(files))
    keys = terms.layer if isinstance(terms.layer, dict) else dict.fromkeys(sides, terms.layer)
    if absent := [party for party in sides if not (keys[party] or party in given)]:
        raise MissingInputError(_no_line(agreement, terms, absent))
    shipped = {party: store.root / store.record(keys[party]).file for party in sides if party not in given}
    return {**shipped, **given}


def _origins(store: Store, paths: Mapping[str, Path]) -> tuple[Origin, ...]:
    """Where the lines of some files come from, each once."""
    keys = {store.root / record.file: key for key, record in store.records.items()}
    files = dict.fromkeys(paths.values())
    return tuple(_origin(store, keys[path]) if path in keys else _users(path) for path in files)


def _origin(store: Store, key: str) -> Origin:
    record = store.record(key)
    return Origin(key, record.title, record.source, record.note, record.sha256)


def _users(path: Path) -> Origin:
    """Origin of a user's own line."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Origin(path.name, f"Line of {path.name}", f"your file {path.name}", "Given by the user.", digest)


def _no_line(agreement: Agreement, terms: LineTerms, absent: list[str]) -> str:
    """Say that an agreement comes without its line, why, and what to do."""
    why = terms.missing or "no layer is named"
    own = " ".join(f"--line {party}=my-line-of-{party}.geojson" for party in absent)
    how = own if terms.own else "--line my-line.geojson"
    return f"{agreement.key}: no line is shipped with it: {why}; give yours: dmz maps {agreement.key} {how}"


def _read(terms: LineTerms, path: Path, areas: gpd.GeoDataFrame | None) -> Line:
    read = read_line(path, left=terms.left, right=terms.right, areas=areas)
    return dataclasses.replace(read, name=terms.name) if terms.name and read.name == "line of contact" else read
