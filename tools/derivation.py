"""Write docs/derivation.md: the line of Idlib derived of settlements and of polygons, against the one drawn by hand.

Run as ``python -m tools.derivation [--out <folder>]``; every number on the page is computed here.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dmz import control, geodata, geodesy
from dmz.errors import ControlWarning
from dmz.line import Line, holders, read_line
from tools.figures.palette import BLACK, BLUE, GREY, ORANGE, PALE_GREEN, PALE_ORANGE, PALE_SKY, RED, RULE
from tools.figures.scene import flattened
from tools.figures.svg import Window, picture

ROOT = Path(__file__).parents[1]
IDLIB = ROOT / "geodata" / "idlib"
SUMMARY = ("sector", "km", "median, km", "90 %, km", "largest, km", "within h, %", "rms / h")
STRAYS = ("along the drawn line, km", "farthest, km", "h there, km", "nearest places")
CLOSINGS = ("closing distance, km", "line, km", "parts", "closed", "km2 closed", "widest, m")
CLOSING_M = (500, 2_000, 5_000)
# Of the picture: pixels, the middle in metres from the centre of the scene, metres a pixel.
WIDTH, HEIGHT, MIDDLE, UNIT = 640, 680, (3_000.0, 4_500.0), 255.0
FILLS = {"opposition": PALE_SKY, "government": PALE_ORANGE}
DOTS = {"opposition": BLUE, "government": ORANGE}
PAGE = """# The line of Idlib, derived

Written by `make derivation`; every number here is computed from `geodata/idlib/control.csv`, `line.geojson`,
`areas.geojson` and `theatre.geojson`. How: [method.md](method.md), "A line from settlements" and after.

The line that dmz ships for Idlib was drawn by hand between {places} places and who held them in mid-September 2018
({opposition} the opposition, {government} the government). Derived of the same places, with no hand in it:

    dmz line geodata/idlib/control.csv --within geodata/idlib/theatre.geojson --left opposition -o line.geojson

![The derived line and the one drawn by hand, with the settlements](derivation.svg)

*Black: derived. Blue: drawn by hand; red where it strays farther than h. Blue and orange dots: the opposition's and the
government's places; ringed: suspect. Green: contested. Grey: farther than {no_data} km from any place.*

## How far apart they are

Distance from the drawn line to the derived one, every 250 m. *Within h* is the share of it no farther than the
uncertainty h that the derived line states there; *rms / h* the root mean square of distance / h: sigma is taken to be
h / 2.

{summary}

The other way round holds by proof wherever labels are right: the drawn line passes within h of every point of the
derived one ({misses}). {wrong} of the {places} labels lie on the other side of the drawn line.

## Where the drawn line strays, and why

On {stray_km} of {drawn_km} km the drawn line is farther from the derived one than the h stated there. That is no wrong
label: the drawn line follows one party's places closely where few stand for the ground of the other, and the derived
one keeps to the middle.

{strays}

West of Aleppo the derived line is everywhere far off: of the city, held by the government, one place is in the table.
It is {derived_km} km long, the drawn one {drawn_km}: it goes on beyond the northern end of that, between places whose
neighbours further north (Afrin, Azaz) are in no table.

## Labels

Contradicted by all six neighbours, and flagged: {suspects}. It is right all the same: of a city of
two million one place is in the table. That is why suspect labels are named and never dropped unasked: left out
(`--suspects leave-out`), the line west of Aleppo moves to {left_out}.

{kept_back}

## From polygons

The opposition's area of `areas.geojson` was drawn along the same line; all ground of Syria in no polygon is taken to be
the government's (`--rest government`). Where the polygon and the theatre's border were drawn of different sources,
slivers lie between the two:

{closings}

With 2 km the slivers along the Turkish border close, and the drawn line comes back whole.
"""


def write(folder: Path) -> None:
    """Write the page and its picture to a folder."""
    places, drawn = control.read_settlements(IDLIB / "control.csv"), read_line(IDLIB / "line.geojson")
    theatre = geodata.read(IDLIB / "theatre.geojson")
    found = _derived(places, theatre)
    line = found.line(left="opposition")
    folder.mkdir(parents=True, exist_ok=True)
    text = page(places, theatre, found, line, drawn)
    (folder / "derivation.md").write_text(text, encoding="utf-8", newline="\n")
    (folder / "derivation.svg").write_text(_map(found, line, drawn), encoding="utf-8", newline="\n")


def page(places: gpd.GeoDataFrame, theatre: gpd.GeoDataFrame, found: control.Control, line: Line, drawn: Line) -> str:
    """Text of the page."""
    held = places["party"].value_counts()
    strays = control.strays(drawn, line, found)
    return PAGE.format(
        places=len(places),
        opposition=held["opposition"],
        government=held["government"],
        no_data=f"{found.settings['no_data_km']:g}",
        summary=_table(SUMMARY, _summary(control.summary(control.offsets(drawn, line, sectors=places)))),
        misses=_missed(control.misses(drawn, line, found)),
        stray_km=f"{(strays['to_km'] - strays['from_km']).sum():.1f}",
        drawn_km=f"{drawn.length_km:.0f}",
        derived_km=f"{line.length_km:.0f}",
        wrong=int((holders(drawn, shapely.get_coordinates(places.geometry.array)) != places["party"]).sum()),
        strays=_table(STRAYS, _strays(strays)),
        suspects=_suspects(found),
        left_out=_left_out(places, theatre, drawn),
        kept_back=_kept_back(places, theatre),
        closings=_table(CLOSINGS, _closings(theatre)),
    )


def _summary(table: pd.DataFrame) -> list[tuple[str, ...]]:
    return [
        (
            row.sector,
            f"{row.km:.0f}",
            f"{row.median_km:.2f}",
            f"{row.p90_km:.2f}",
            f"{row.max_km:.2f}",
            f"{100 * row.within_h_share:.0f}",
            f"{row.rms_h:.2f}",
        )
        for row in table.itertuples()
    ]


def _strays(table: pd.DataFrame) -> list[tuple[str, ...]]:
    return [
        (f"{row.from_km:.1f}–{row.to_km:.1f}", f"{row.farthest_km:.2f}", f"{row.h_km:.2f}", row.why)
        for row in table.itertuples()
    ]


def _derived(
    places: gpd.GeoDataFrame, theatre: gpd.GeoDataFrame, suspects: control.Suspects = "use"
) -> control.Control:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ControlWarning)
        return control.from_settlements(places, within=theatre, suspects=suspects)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows))


def _missed(misses: pd.DataFrame) -> str:
    if misses.empty:
        return "measured: at all of its vertices"
    return "but at " + "; ".join(f"km {row.from_km:.1f}–{row.to_km:.1f}: {row.why}" for row in misses.itertuples())


def _suspects(found: control.Control) -> str:
    suspect = _places(found)[_places(found)["suspect"]]
    return ", ".join(f"{name} ({party})" for name, party in zip(suspect["name"], suspect["party"], strict=True))


def _places(found: control.Control) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame() if found.places is None else found.places


def _left_out(places: gpd.GeoDataFrame, theatre: gpd.GeoDataFrame, drawn: Line) -> str:
    found = _derived(places, theatre, "leave-out")
    table = control.summary(control.offsets(drawn, found.line(left="opposition"), sectors=places)).set_index("sector")
    median, most = table.loc["W Aleppo", ["median_km", "max_km"]]
    return f"{median:.1f} km from the drawn one in the median, {most:.1f} at most"


def _kept_back(places: gpd.GeoDataFrame, theatre: gpd.GeoDataFrame) -> str:
    used = places["used_for"] == "digitising"
    found = _derived(places[used], theatre)
    kept = places[~used]
    right = np.array([found.area(row.party).intersects(row.geometry) for row in kept.itertuples()])
    wrong = ", ".join(kept.loc[~right, "name"])
    return (
        f"The line was drawn through {used.sum()} of the places and checked with the other {len(kept)}. Derived of\n"
        f"the {used.sum()} alone, {right.sum()} of the {len(kept)} lie on ground of the party that held them"
        + (f": not {wrong}." if wrong else ".")
    )


def _closings(theatre: gpd.GeoDataFrame) -> list[tuple[str, ...]]:
    areas = geodata.read(IDLIB / "areas.geojson")
    rows: list[tuple[str, ...]] = []
    for closing_m in CLOSING_M:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ControlWarning)
            found = control.from_polygons(areas, within=theatre, rest="government", closing_m=closing_m)
        line = found.line("opposition", "government")
        parts = shapely.get_num_geometries(line.geometry)
        closed = found.closed
        rows.append(
            (
                f"{closing_m / 1000:g}",
                f"{line.length_km:.1f}",
                str(parts),
                str(len(closed)),
                f"{closed['area_km2'].sum():.2f}",
                f"{closed['width_m'].max():.0f}",
            )
        )
    return rows


def _map(found: control.Control, line: Line, drawn: Line) -> str:
    """Picture of both lines."""
    window = Window((0, 0, WIDTH, HEIGHT), MIDDLE, UNIT)
    for party in found.parties:
        window.draw(flattened(found.area(party)), fill=FILLS[party])
    window.draw(flattened(found.no_data.union_all()), fill=RULE)
    window.draw(flattened(found.contested.union_all()), fill=PALE_GREEN)
    window.draw(flattened(line.geometry), BLACK, 2.2)
    window.draw(flattened(drawn.geometry), BLUE, 1.6)
    for row in control.strays(drawn, line, found).itertuples():
        if row.to_km > row.from_km:
            window.draw(flattened(geodesy.substring(drawn.geometry, 1000 * row.from_km, 1000 * row.to_km)), RED, 3)
    for party, fill in DOTS.items():
        own = _places(found)[_places(found)["party"] == party]
        window.dots(_flat(own), fill, 2.6, stroke="#ffffff", stroke_width=0.6)
    for at in _flat(_places(found)[_places(found)["suspect"]]):
        window.circle(at, 6 * UNIT, RED, 1.6)
    _scale(window)
    return picture(
        "The line of Idlib derived of settlements, and the one drawn by hand", window, width=WIDTH, height=HEIGHT
    )


def _flat(places: gpd.GeoDataFrame) -> np.ndarray:
    return np.asarray(shapely.get_coordinates(flattened(shapely.MultiPoint(list(places.geometry)))))


def _scale(window: Window) -> None:
    """Bar of 20 km."""
    start = np.array([MIDDLE[0] + (WIDTH / 2 - 110) * UNIT, MIDDLE[1] - (HEIGHT / 2 - 24) * UNIT])
    window.line([start, start + np.array([20_000, 0])], BLACK, 3)
    window.label(start + np.array([10_000, 0]), "20 km", 0, -8, text_anchor="middle", fill=GREY)


def main() -> None:
    """Write the page where the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tools.derivation", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder to write to")
    write(parser.parse_args().out)


if __name__ == "__main__":
    main()
