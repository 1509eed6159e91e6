"""Measure where the closed form of chances parts from drawn lines, and write the tables into docs/method.md.

``python -m tools.chances`` takes about three minutes; the numbers stand between two comments that name it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

import dmz
from dmz import geodesy
from dmz.line import Line
from dmz.uncertainty import Bearing, Spread, bearing, expected, probability, simulated, spread
from dmz.uncertainty.spread import vertices_of

METHOD = Path(__file__).parents[1] / "docs" / "method.md"
BEGIN, END = "<!-- numbers: python -m tools.chances -->", "<!-- end of numbers -->"
WAYS_KM = (5.0, 10.0, 20.0, 50.0)
BELTS_KM = ((0.0, 7.5), (0.0, 15.0), (0.0, 20.0))
POINTS, DRAWS, GROUND, SEED = 1_500, 400, 20_000, 1
# Points less in doubt than this by both ways of reckoning tell nothing.
DOUBT = 0.02
# A point is at a bend where the line, as far as it sees, turns by more than this, degrees.
BEND_DEG = 45.0
Floats = NDArray[np.float64]


def tables() -> str:
    """Both tables and a sentence, as Markdown."""
    model = dmz.build("sochi-2018")
    bare = Line(model.line.geometry, *model.line.parties, uncertainty_m=model.line.uncertainty_m)
    return f"{_parting(bare)}\n\n{_people(model)}\n\n{_drawn(model)}"


def _parting(line: Line) -> str:
    """Closed form less share of draws, by correlation length and by where a point lies."""
    rng = np.random.default_rng(SEED)
    west, south, east, north = line.geometry.bounds
    points = np.column_stack(
        [rng.uniform(west - 0.2, east + 0.2, POINTS), rng.uniform(south - 0.2, north + 0.2, POINTS)]
    )
    rows = []
    for way_km in WAYS_KM:
        around = spread(line, correlation_km=way_km)
        seen = bearing(points, around)
        where = _where(seen, around)
        found = pd.concat([_differences(points, around, belt) for belt in BELTS_KM])
        grouped = found.assign(where=np.tile(where, len(BELTS_KM)))[found["doubtful"].to_numpy()].groupby("where")
        cells = [_cell(grouped.get_group(kind)["difference"]) for kind in ("straight", "bend", "end")]
        offset_m = np.mean(15_000 * seen.sigma_m**2 / (2 * around.correlation_m**2))
        rows.append([f"{way_km:g} km of way", f"{offset_m / 1000:.2f} km", *cells])
    head = ["displaced together over", "nearer by, at 15 km", "along a stretch", "at a bend", "beyond an end"]
    return _markdown([head, *rows])


def _differences(points: Floats, around: Spread, belt_km: tuple[float, float]) -> pd.DataFrame:
    near, far = (1000 * km for km in belt_km)
    party = around.line.left
    closed = probability(points, around, near_m=near, far_m=far, party=party)
    drawn = simulated(points, around, belt_m=(near, far), party=party, draws=DRAWS, seed=SEED)
    doubtful = (np.minimum(closed, drawn) < 1 - DOUBT) & (np.maximum(closed, drawn) > DOUBT)
    return pd.DataFrame({"difference": closed - drawn, "doubtful": doubtful})


def _where(seen: Bearing, around: Spread) -> NDArray[np.str_]:
    """Whether the line turns within what each point sees of it: sqrt(2 d sigma) to either side, and a sigma."""
    xy, _, way = vertices_of(geodesy.densify(around.line.geometry, 200.0))
    sees = np.sqrt(2 * seen.distance_m * seen.sigma_m) + seen.sigma_m
    at = [np.clip(seen.chainage_m + step * sees, 0, way[-1]) for step in (-1, 0, 1)]
    a, b, c = (np.column_stack([np.interp(one, way, axis) for axis in xy.T]) for one in at)
    courses = [np.asarray(geodesy.GEOD.inv(*p.T, *q.T)[0]) for p, q in ((a, b), (b, c))]
    turn = np.abs((courses[1] - courses[0] + 180) % 360 - 180)
    cut = (seen.chainage_m < sees) | (seen.chainage_m > way[-1] - sees)
    return np.select([seen.beyond, cut, turn > BEND_DEG], ["end", "near an end", "bend"], "straight")


def _cell(difference: pd.Series) -> str:
    """Mean difference, root mean square less that of the draws' own scatter, and what nine in ten stay below."""
    scatter = 1 / (6 * DRAWS)  # mean of p (1 - p) / draws over p from 0 to 1
    root = np.sqrt(max(float((difference**2).mean()) - scatter, 0.0))
    return f"{difference.mean() + 0.0:+.3f}, {root:.3f}, {difference.abs().quantile(0.9):.2f}"


def _people(model: dmz.Model) -> str:
    """Settlements and people of the first reading's full zone by correlation length, and for independent ones."""
    doubt = model.dossier.doubt
    if doubt is None or model.places is None:
        raise ValueError("the line of sochi-2018 has no uncertainty")
    reading = model.agreement.readings[0].id
    rows = [["displaced together over", "settlements, 90 % of draws", "known people, 90 % of draws"]]
    for way_km in (0.5, *WAYS_KM):
        around = replace(doubt.around, correlation_m=1000 * way_km)
        table = expected(model.places, model.zones, around).set_index(["reading", "extent"]).loc[(reading, "full")]
        told = [[int(table[f"{what}_{edge}"]) for edge in ("low", "high")] for what in ("settlements", "population")]
        rows.append([f"{way_km:g} km of way", *(f"{low:,} to {high:,}".replace(",", " ") for low, high in told)])
    return _markdown(rows)


def _drawn(model: dmz.Model) -> str:
    """How much of the ground about the zones is drawn on the other side of a probability than it has."""
    doubt, rng = model.dossier.doubt, np.random.default_rng(SEED)
    if doubt is None:
        raise ValueError("the line of sochi-2018 has no uncertainty")
    west, south, east, north = model.zones.total_bounds
    points = np.column_stack([rng.uniform(west, east, GROUND), rng.uniform(south, north, GROUND)])
    wrong = []
    for row in doubt.extents.itertuples():
        belt = {"near_m": row.depth_from_m, "far_m": row.depth_to_m, "party": row.party}
        told = probability(points, doubt.around, **belt) >= row.probability
        wrong.append(float((told != shapely.contains_xy(row.geometry, *points.T)).mean()))
    return (
        "Of the rectangle about the zones of Idlib, ground drawn as likely or possible and P differ on "
        f"{np.median(wrong):.1%} in the median row, and on {max(wrong):.1%} at most."
    )


def _markdown(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def main() -> None:
    """Write the tables where the method has room for them."""
    text = METHOD.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    METHOD.write_text(f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
