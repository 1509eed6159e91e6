"""Derive lines of contact, and say what changed hands between two dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import geopandas as gpd
from cyclopts import Parameter

from dmz import control, geodata, geojson, intake
from dmz.cli.asking import day_of
from dmz.cli.auditing import pairs, read_points
from dmz.cli.shell import app, keep_inputs, say, tell, write_out
from dmz.control.coordinates import Order
from dmz.control.polygons import CLOSING_M
from dmz.control.reports import settlements_of
from dmz.control.settlements import CONTESTED_KM, NO_DATA_KM, Suspects
from dmz.errors import InputError
from dmz.line import Line, line_table
from dmz.tables import Column, text_of, write_csv

Kind = Literal["settlements", "polygons", "forward", "corners", "dated"]
BALANCE = {
    "party": Column("party"),
    "gained_km2": Column("gained, km2", 1),
    "lost_km2": Column("lost, km2", 1),
    "net_km2": Column("net, km2", 1),
    "settlements_gained": Column("settlements gained", 0, absent="not asked"),
    "settlements_lost": Column("settlements lost", 0, absent="not asked"),
}
TABLES = {".csv", ".tsv", ".xlsx", ".xlsm", ".tab"}


@Parameter(name="*")
@dataclass(frozen=True)
class Places:
    """Options for settlements.

    Parameters
    ----------
    suspects
        use or leave-out labels that all six neighbours contradict; they are named either way.
    contested
        Ground is contested where two parties have settlements within so many km.
    no_data
        Ground farther than so many km from any settlement is nobody's.
    columns
        Which column of the table is which, as lat=breite party=control.
    parties
        Name in the file to party, as R=opposition G=government.
    rejects
        CSV file for the rows that were left out, each with the reason.
    flagged
        GeoJSON file for the settlements, each with how many neighbours disagree, whether it is suspect, and was used.
    """

    suspects: Suspects = "use"
    contested: float = CONTESTED_KM
    no_data: float = NO_DATA_KM
    columns: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None
    parties: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None
    rejects: Path | None = None
    flagged: Path | None = None


@Parameter(name="*")
@dataclass(frozen=True)
class Polygons:
    """Options for control polygons.

    Parameters
    ----------
    rest
        Party that holds all ground of the theatre in no polygon.
    closing
        Gaps and overlaps narrower than so many metres are closed.
    tolerance
        How many metres the line may be off to be simpler.
    party_column
        Column that names the party.
    """

    rest: str | None = None
    closing: float = CLOSING_M
    tolerance: float = 0.0
    party_column: str = "party"


NO_PLACES, NO_POLYGONS = Places(), Polygons()


@app.command(name="line")
def derive(  # noqa: PLR0913 - one flag for each
    path: Path,
    other: Path | None = None,
    /,
    *,
    kind: Kind | None = None,
    left: str | None = None,
    right: str | None = None,
    within: Path | None = None,
    on: str | None = None,
    order: Order = "lat-lon",
    areas: Path | None = None,
    out: Annotated[Path | None, Parameter(alias="-o")] = None,
    places: Places = NO_PLACES,
    polygons: Polygons = NO_POLYGONS,
) -> None:
    """Derive a line of contact from settlements, polygons, two forward lines or corners, or take that of a date.

    Example: dmz line control.csv --within syria.geojson --left opposition -o line.geojson

    Parameters
    ----------
    path
        Settlements with lat, lon and party (CSV, XLSX, points), control polygons, the first of two forward lines,
        corners (.txt, one a line), or lines with a column date.
    other
        The second of two forward lines: that of the party on the right.
    kind
        What the file is; by default what its geometry says.
    left
        Party on the left as one looks along the line.
    right
        Party on the right.
    within
        File with polygons: the theatre, without coast and state border.
    on
        Day, as 2018-09-17: the last reports, or the last line, no later than it.
    order
        Which comes first in corners without a hemisphere: lat-lon or lon-lat.
    areas
        GeoJSON file for the areas of control, contested ground, ground without data and what was closed; of two
        forward lines, the zone between them.
    out
        GeoJSON file for the line, or for the zone of corners; by default standard output.
    """
    keep_inputs([path, other, within], [out, areas, places.rejects, places.flagged])
    asked = _Asked(path, other, left, right, within, on)
    found = kind or _kind(asked)
    makers: dict[Kind, Callable[[], _Found]] = {
        "settlements": lambda: _of_control(_from_places(asked, places), asked),
        "polygons": lambda: _of_control(_from_polygons(asked, polygons), asked),
        "forward": lambda: _between(asked),
        "corners": lambda: _corners(asked, order),
        "dated": lambda: _dated(asked),
    }
    with say.status("deriving the line"):  # seen on a terminal only
        made = makers[found]()
    _write(made, out, areas)


@app.command
def changes(  # noqa: PLR0913 - one flag for each
    path: Path,
    /,
    *,
    since: str,
    until: str,
    within: Path | None = None,
    settlements: Path | None = None,
    table: Path | None = None,
    out: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """Say what ground and which settlements changed hands between two dates, of a file with one line a date.

    Example: dmz changes lines.geojson --since 2018-09-17 --until 2020-03-05 --settlements towns.csv -o changed.geojson

    Parameters
    ----------
    path
        Lines with a column date.
    since
        The earlier day, as 2018-09-17.
    until
        The later day.
    within
        File with polygons: the ground that is asked about.
    settlements
        Table or layer of points: those that changed hands are named.
    table
        CSV file for the settlements that changed hands.
    out
        GeoJSON file for the ground that did.
    """
    keep_inputs([path, within, settlements], [table, out])
    lines = control.read_dated(path)
    before, after = (lines.on(day_of(day, option)) for day, option in ((since, "--since"), (until, "--until")))
    towns = None
    if settlements is not None:
        read = read_points(settlements, kind="place", theatre=None, hints=intake.Hints(), rejects=None)
        towns = read.good[["place", "geometry"]].rename(columns={"place": "name"})
    found = control.changes(before, after, within=_theatre(within), settlements=towns)
    write_out(text_of(found.balance(), BALANCE))
    tell(f"the line of {before.drawn} against that of {after.drawn}; {_unclear(found)}")
    for row in found.settlements.itertuples():
        tell(f"{row.name}: {row.held_before} to {row.held_after}")
    if table is not None:
        write_csv(found.settlements, table)
    if out is not None and len(found.ground):
        geojson.write_geojson(found.ground, out)
    elif out is not None:
        raise InputError(f"{out}: nothing changed hands: there is no ground to write")


@dataclass(frozen=True)
class _Asked:
    """What every kind of file is asked for."""

    path: Path
    other: Path | None
    left: str | None
    right: str | None
    within: Path | None
    on: str | None

    def both(self, why: str) -> tuple[str, str]:
        """Both parties, which have to be named here."""
        if self.left is None or self.right is None:
            raise InputError(f"--left, --right: {why}: name both parties")
        return self.left, self.right


@dataclass(frozen=True, eq=False)
class _Found:
    """What to write: a line or a zone, polygons, and what to say of them."""

    features: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame | None
    said: str
    areas_said: str = ""


def _kind(asked: _Asked) -> Kind:
    """What a file is."""
    suffix = asked.path.suffix.lower()
    if asked.other is not None:
        return "forward"
    if suffix == ".txt":
        return "corners"
    if suffix in TABLES:
        return "settlements"
    kinds = {kind.removeprefix("Multi") for kind in geodata.load(asked.path).geom_type.dropna()}
    if kinds == {"LineString"} and asked.on is None:
        raise InputError(
            f"{asked.path}: it holds lines: give the other party's forward line too, or --on for the line of a date"
        )
    by_geometry: dict[str, Kind] = {"Point": "settlements", "Polygon": "polygons", "LineString": "dated"}
    if len(kinds) != 1 or not kinds <= {*by_geometry}:
        raise InputError(f"{asked.path}: it holds {', '.join(sorted(kinds))}: give points, polygons or lines")
    return by_geometry[kinds.pop()]


def _theatre(path: Path | None) -> gpd.GeoDataFrame | None:
    return None if path is None else geodata.read(path, kind="polygon")


def _from_places(asked: _Asked, options: Places) -> control.Control:
    theatre = _theatre(asked.within)
    hints = intake.Hints(columns=pairs(options.columns or []))
    read = read_points(asked.path, kind="place", theatre=theatre, hints=hints, rejects=options.rejects)
    found = control.from_settlements(
        settlements_of(read, parties=_renamed(options.parties or [])),
        within=theatre,
        on=None if asked.on is None else day_of(asked.on, "--on"),
        suspects=options.suspects,
        contested_km=options.contested,
        no_data_km=options.no_data,
    )
    if options.flagged is not None and found.places is not None:
        geojson.write_geojson(found.places, options.flagged)
        tell(f"{options.flagged}: {len(found.places)} settlements, {found.places['suspect'].sum()} suspect")
    return found


def _renamed(texts: list[str]) -> dict[str, str]:
    split = [text.partition("=") for text in texts]
    if bad := [text for text, (_, _, ours) in zip(texts, split, strict=True) if not ours]:
        raise InputError([f"--parties {text}: write it as R=opposition" for text in bad])
    return {theirs: ours for theirs, _, ours in split}


def _from_polygons(asked: _Asked, options: Polygons) -> control.Control:
    return control.from_polygons(
        asked.path,
        within=_theatre(asked.within),
        rest=options.rest,
        closing_m=options.closing,
        tolerance_m=options.tolerance,
        column=options.party_column,
    )


def _of_control(found: control.Control, asked: _Asked) -> _Found:
    line = found.line(asked.left, asked.right)
    grounds = found.grounds()
    by_kind = grounds.groupby("kind", sort=False)["area_km2"].sum()
    said = ", ".join(f"{kind} {km2:,.1f} km2" for kind, km2 in by_kind.items())
    return _Found(found.table(line), grounds, _said(line), said)


def _between(asked: _Asked) -> _Found:
    if asked.other is None:
        raise InputError(f"{asked.path}: two forward lines are needed: give the other one too")
    left, right = asked.both("whose forward lines they are")
    found = control.between(asked.path, asked.other, left=left, right=right)
    row = found.zone.iloc[0]
    said = f"{row.area_km2:,.1f} km2, {row.width_min_m:,.0f} m to {row.width_max_m / 1000:,.2f} km wide"
    return _Found(line_table(found.line), found.zone, _said(found.line), said)


def _corners(asked: _Asked, order: Order) -> _Found:
    xy = control.read_corners(asked.path, order=order)
    if asked.left is None and asked.right is None:
        zone = control.from_corners(xy, where=str(asked.path))
        row = zone.iloc[0]
        return _Found(zone, zone, f"{row.corners} corners, {row.area_km2:,.3f} km2, {row.perimeter_km:,.3f} km round")
    left, right = asked.both("a line through corners has two sides")
    line = control.line_from_corners(xy, left=left, right=right, where=str(asked.path))
    return _Found(line_table(line), None, _said(line))


def _dated(asked: _Asked) -> _Found:
    if asked.on is None:
        raise InputError(f"{asked.path}: --on is needed: the day of the line, as 2018-09-17")
    line = control.read_dated(asked.path, left=asked.left, right=asked.right).on(day_of(asked.on, "--on"))
    return _Found(line_table(line), None, f"{_said(line)}, drawn for {line.drawn}")


def _said(line: Line) -> str:
    parts = len(line.geometry.geoms) if line.geometry.geom_type == "MultiLineString" else 1
    where = f"{line.length_km:,.1f} km in {parts} part{'' if parts == 1 else 's'}"
    unsure = "unknown" if line.uncertainty_m is None else f"{line.uncertainty_m.mean() / 1000:,.1f} km on average"
    return f"{where}, {line.left} on the left, {line.right} on the right, uncertainty {unsure}"


def _unclear(found: control.Changes) -> str:
    km2 = found.unclear["area_km2"].sum()
    return f"of {km2:,.1f} km2, beyond the ends of a line, it is not known who held them"


def _write(made: _Found, out: Path | None, areas: Path | None) -> None:
    if areas is not None:
        if made.areas is None:
            raise InputError(f"{areas}: a line says nothing of areas: leave --areas out")
        geojson.write_geojson(made.areas, areas)
        tell(f"{areas}: {made.areas_said or made.said}")
    if out is None:
        write_out(geojson.text(made.features, name="line"))
        tell(made.said)
    else:
        geojson.write_geojson(made.features, out)
        tell(f"{out}: {made.said}")
