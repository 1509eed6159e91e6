"""Put in the words of a report what other choices would give, and which settlements they gain and lose."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from dmz import sensitivity
from dmz.compare import span
from dmz.otherwise import Explored

CHOICES = """\
Reading: every reading of the text. Depth: the range of the text. Line: all of it at once moved into the ground of one
party, then of the other, by its stated uncertainty. Ends: round or flat. Clip: with and without the theatre."""
# Settlements that a sentence names; the largest known first.
NAMED = 12


def choices(explored: Explored, heading: Callable[[str], str]) -> list[list[str]]:
    """Rows of a table: the base case of each result, and the least and greatest over each choice.

    Parameters
    ----------
    explored
        As `dmz.otherwise.explore` makes it.
    heading
        What a result is called, by its column.
    """
    table = explored.sensitivity
    rows = [["", "base case", *sensitivity.FACTORS]]
    for result in dict.fromkeys(table["result"]):
        here = table[table["result"] == result].set_index("factor")
        moved = [_range(here.loc[factor]) for factor in sensitivity.FACTORS]
        rows.append([heading(result), span(*[here["base"].iloc[0]] * 2), *moved])
    return rows


def verdicts(explored: Explored, names: Mapping[str, str]) -> list[str]:
    """Sentences on what moves the results more, reading or depth, one a base case; none where the text has but one.

    `names` are those of the readings, by id.
    """
    return [f"With the base case {names[reading]}: {said}." for reading, said in explored.verdicts.items() if said]


def depths(swept: pd.DataFrame, names: Mapping[str, str]) -> list[list[str]]:
    """Rows of a table: areas at the least and greatest depth swept, and at those of the text that were."""
    area = swept.pivot_table(index="depth_km", columns="reading", values="area_km2", sort=False)
    text = swept.loc[swept["in_text"].fillna(value=False), "depth_km"]
    shown = sorted({area.index.min(), *([text.min(), text.max()] if len(text) else []), area.index.max()})
    readings = [reading for reading in names if reading in area]
    rows = [["depth, km", *(names[reading] for reading in readings)]]
    return rows + [[f"{km:g}", *(span(area[one][km], area[one][km]) for one in readings)] for km in shown]


def changes(changed: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Sentences on the settlements each reading gains and loses, core and fringe together, the largest by name.

    Parameters
    ----------
    changed
        As `dmz.compare.changes` makes it.
    names
        What readings are called, by id.
    """
    full, said = changed[changed["extent"] == "full"], []
    for reading, here in full.groupby("reading", sort=False):
        for change, some in here.groupby("change", sort=True):
            known = some.sort_values("population", ascending=False, na_position="last", kind="stable")["name"]
            more = f" and {len(known) - NAMED} more" if len(known) > NAMED else ""
            said.append(f"{names[str(reading)]}: {change} {len(known)}: {', '.join(known[:NAMED])}{more}")
    return said


def _range(row: pd.Series) -> str:
    """Least and greatest result over a choice; what is unknown is said to be."""
    if pd.isna(row["swing"]):
        return "unknown"
    return span(row["low"], row["high"]) if row["swing"] else "no change"
