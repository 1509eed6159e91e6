"""Say of each obligation what is known on a date: met, overdue, violated, disputed, not verified.

Observations are joined to obligations by id, clause, category or road (`attached`), placed on their ground
(`dmz.ground`), weighed and decided (`dmz.verdict`). Only what was reported by a date counts on it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dmz import ground as grounds
from dmz.agreement import Agreement, Obligation
from dmz.errors import InputError
from dmz.geodata import WGS84
from dmz.ground import Ground, Placed
from dmz.observation import check_observations, claim_of
from dmz.verdict import Evidence, Rules, Status, Terms, combine, decide, weigh

DEFAULT = Rules()
# How many observations a sentence names before it counts the rest.
NAMED = 4

STATUS_COLUMNS = {
    "obligation": "id of the obligation in the agreement",
    "name": "what is to be done or left undone",
    "clause": "where it stands",
    "parties": "who is bound",
    "reading": "reading of the zone it was compared with; empty where no zone is needed",
    "date": "the day the status is of",
    "known_on": "only what was reported by this day counts",
    "status": "not due, due in n days, met, partly met, overdue, violated, not verified, disputed",
    "kind": "the same without the number of days",
    "why": "the observations it rests on, by id, observer and day",
    "due": "last day it may be done; empty: no date, or it holds from entry into force",
    "due_in_days": "days from date to due, negative afterwards; empty: no date",
    "parts": "status of each road, or of each category the text names; empty where there is one part",
    "for": "observations that support it and count",
    "in_part": "observations that it is done in part and count",
    "against": "observations against it that count",
    "cannot_tell": "observations that settle nothing: as reported, on the boundary, or of what the text does not name",
    "expired": "observations that supported it and are too old",
    "outside": "observations outside its ground",
    "observed_share": "share of the zone or roads anyone saw from a reported place, 0 to 1; empty: no ground to lay",
    "seen_km": "radius about a place taken as seen",
}

JUDGED_COLUMNS = {
    "observation": "id of the observation",
    "obligation": "id of the obligation",
    "reading": "reading of the zone it was compared with; empty where no zone is needed",
    "part": "road or category it is about; empty: all of them",
    "date": "the day the status is of",
    "claim": "as reported",
    "ground": f"where its place lies: {', '.join(grounds.GROUNDS)}",
    "bearing": "what it says of the obligation: supports, supports in part, contradicts, cannot tell, nothing",
    "reason": "why the bearing is not the claim; empty where it is",
    "status": "status of the obligation if this were the only observation",
    "date_observed": "as reported",
    "date_reported": "as reported",
    "count": "as reported; empty is unknown",
    "observer": "as reported",
    "method": "as reported",
    "source": "as reported",
    "confidence": "as reported; empty: not judged",
    "lon": "longitude, degrees; empty: no place",
    "lat": "latitude, degrees; empty: no place",
    "precision_m": "radius in which the true place lies, metres",
}


@dataclass(frozen=True, eq=False)
class Case:
    """One obligation, under one reading where it needs a zone, with the observations attached to it.

    Parameters
    ----------
    obligation, reading, terms
        What is asked, and of which zone; the reading is None where no zone is needed.
    items
        One row an observation: its columns, ``part``, ``ground``, ``bearing``, ``reason``, ``whole``, ``observed``,
        ``reported`` (day numbers).
    placed
        The same observations on their ground.
    parts
        Roads, or categories of the text; ``(None,)`` where there is one part.
    """

    obligation: Obligation
    reading: str | None
    terms: Terms
    items: pd.DataFrame
    placed: Placed
    parts: tuple[str | None, ...]

    @cached_property
    def column(self) -> dict[str, NDArray[Any]]:
        """Columns of the items as arrays: a timeline asks them hundreds of times."""
        return {str(name): self.items[name].to_numpy() for name in self.items if name != "geometry"}

    @cached_property
    def weighed(self) -> pd.DataFrame:
        """What `weigh` asks of the items."""
        return pd.DataFrame(self.items[["bearing", "observed", "observer", "whole"]])


def statuses(
    agreement: Agreement,
    observations: pd.DataFrame,
    zones: gpd.GeoDataFrame | Ground | None,
    on: dt.date,
    *,
    as_known_on: dt.date | None = None,
    rules: Rules = DEFAULT,
) -> pd.DataFrame:
    """Status of every obligation on a date.

    Parameters
    ----------
    agreement
        With its obligations.
    observations
        As `dmz.observation.check_observations` takes them; may be empty.
    zones
        As `dmz.zones` makes them, one or more readings; or a `Ground` with zones and roads; None: no zone is known.
    on
        The date.
    as_known_on
        Only what was reported by this day counts; by default `on`: what one could have known then. A later day judges
        with hindsight.
    rules
        How observations are judged.

    Returns
    -------
    pandas.DataFrame
        One row an obligation, one a reading for those that lie in the zone; columns as `STATUS_COLUMNS`.

    Raises
    ------
    InputError
        Observations that cannot be used, or that belong to no obligation.
    """
    return timeline(agreement, observations, zones, [on], as_known_on=as_known_on, rules=rules)


def timeline(
    agreement: Agreement,
    observations: pd.DataFrame,
    zones: gpd.GeoDataFrame | Ground | None,
    dates: Iterable[dt.date],
    *,
    as_known_on: dt.date | None = None,
    rules: Rules = DEFAULT,
) -> pd.DataFrame:
    """Status of every obligation on each of some dates; parameters, columns and errors as `statuses`.

    Returns
    -------
    pandas.DataFrame
        The obligations in the agreement's order, each with its readings, each with the dates in the order given.
    """
    days = [_day(date) for date in dates]
    found = cases(agreement, observations, zones, rules=rules)
    rows = [_row(agreement, case, day, as_known_on or day, rules) for case in found for day in days]
    table = pd.DataFrame(rows, columns=[*STATUS_COLUMNS])
    whole = dict.fromkeys(("due_in_days", "for", "in_part", "against", "cannot_tell", "expired", "outside"), "Int64")
    return table.astype(whole | {"observed_share": float})


def turning_days(
    agreement: Agreement,
    observations: pd.DataFrame,
    from_day: dt.date,
    to_day: dt.date,
    *,
    rules: Rules = DEFAULT,
) -> list[dt.date]:
    """Days on which a status can turn, `from_day` first: a timeline of these tells every day up to `to_day`.

    Notes
    -----
    Entry into force; the date of an obligation and the day after it; the days an observation is made and reported, the
    later of which it counts from (with ``as_known_on``, the former); the first day on which it is too old.
    """
    table = check_observations(observations)
    days = {agreement.in_force, *(term.due for term in agreement.obligations if term.due)}
    days |= {term.due + dt.timedelta(days=1) for term in agreement.obligations if term.due}
    days |= {*table["date_observed"], *table["date_reported"]}
    days |= {observed + dt.timedelta(days=rules.valid_days + 1) for observed in table["date_observed"]}
    return [from_day, *sorted(day for day in days if from_day < day <= to_day)]


def judged(
    agreement: Agreement,
    observations: pd.DataFrame,
    zones: gpd.GeoDataFrame | Ground | None,
    on: dt.date,
    *,
    as_known_on: dt.date | None = None,
    rules: Rules = DEFAULT,
) -> gpd.GeoDataFrame:
    """How each observation counts on a date, and the status if it stood alone; parameters and errors as `statuses`.

    Returns
    -------
    geopandas.GeoDataFrame
        One row an observation known by then, obligation and reading; columns as `JUDGED_COLUMNS`; points, or None.
        `dmz.observation.coarsened` rounds its coordinates for passing on.
    """
    day, rows = _day(on), []
    for case in cases(agreement, observations, zones, rules=rules):
        known = _known(case, day, as_known_on or day)
        for position in known:
            item = case.items.iloc[position]
            status = _status_of(case, np.array([position]), day, rules)[0]
            own = {"observation": item["id"], "obligation": case.obligation.id, "reading": case.reading, "date": day}
            rows.append({**item.to_dict(), **own, "status": _worded(status, case.terms, day)})
    table = pd.DataFrame(rows, columns=[*JUDGED_COLUMNS, "geometry"])
    geometry = gpd.GeoSeries(table.pop("geometry").tolist(), crs=WGS84)
    return gpd.GeoDataFrame(table.astype({"count": "Int64"}), geometry=geometry)


def cases(
    agreement: Agreement,
    observations: pd.DataFrame,
    zones: gpd.GeoDataFrame | Ground | None,
    *,
    rules: Rules = DEFAULT,
) -> list[Case]:
    """Every obligation with its observations, placed on their ground once for all dates."""
    field = zones if isinstance(zones, Ground) else Ground(zones)
    table = check_observations(observations)
    about = attached(agreement, table)
    found = []
    for term in agreement.obligations:
        mine = table[np.array([term.id in ids for ids in about], dtype=bool)].reset_index(drop=True)
        readings: list[str | None] = [*field.readings] if term.where == "zone" else [None]
        found += [_case(agreement, term, reading, mine, field, rules) for reading in readings or [None]]
    return found


def attached(agreement: Agreement, observations: pd.DataFrame) -> list[set[str]]:
    """Ids of the obligations each observation is about.

    Notes
    -----
    The first of these that the observation says decides: its obligations; its clause, to the letter but for case; its
    category, by id or by name in any language; its road.

    Raises
    ------
    InputError
        Where one is about none; every one at once.
    """
    found, faults = [], []
    for row in observations.to_dict("records"):
        ids = {term.id for term in agreement.obligations if _is_about(agreement, term, row)}
        said = _said(row)
        if row["obligation"] is not None and (stray := said - {term.id for term in agreement.obligations}):
            ids = set()
            said = stray
        if not ids:
            has = ", ".join(term.id for term in agreement.obligations)
            faults.append(f"observation {row['id']}: no obligation fits {', '.join(sorted(said))}; there are {has}")
        found.append(ids)
    if faults:
        raise InputError(faults)
    return found


def _said(row: dict[str, Any]) -> set[str]:
    """What an observation says it is about, in its own words."""
    if row["obligation"] is not None:
        return {one.strip() for one in row["obligation"].split(";")}
    return {next(row[column] for column in ("clause", "category", "road") if row[column] is not None)}


def _is_about(agreement: Agreement, term: Obligation, row: dict[str, Any]) -> bool:
    said = _said(row)
    if row["obligation"] is not None:
        return term.id in said
    if row["clause"] is not None:
        return any(basis.clause.casefold() == row["clause"].casefold() for basis in term.basis)
    if row["category"] is not None:
        return _category(term, row["category"]) is not None
    return row["road"] in _roads(agreement, term)


def _category(term: Obligation, words: str) -> str | None:
    """Id of the category of an obligation that is called so."""
    called = {
        name.casefold(): kind.id for kind in term.categories for name in kind.model_dump().values() if name
    }  # its id is among them
    return called.get(words.casefold())


def _roads(agreement: Agreement, term: Obligation) -> tuple[str, ...]:
    """Roads of an obligation: those it names, else all of the agreement's that stand for no other."""
    if term.where != "corridors":
        return ()
    return term.roads or tuple(road.id for road in agreement.corridors if road.alternative_of is None)


def _case(
    agreement: Agreement, term: Obligation, reading: str | None, mine: gpd.GeoDataFrame, field: Ground, rules: Rules
) -> Case:
    roads = _roads(agreement, term)
    lines = field.lines()
    if term.where == "zone":
        extent = None if reading is None else field.extent(reading)
        placed = grounds.in_zone(mine, extent, lines, seen_m=rules.seen_m)
    elif roads:
        placed = grounds.on_roads(mine, lines, roads, seen_m=rules.seen_m)
    else:
        placed = grounds.anywhere(mine, lines, seen_m=rules.seen_m)
    parts: tuple[str | None, ...] = roads or tuple(kind.id for kind in term.categories) or (None,)
    items = pd.DataFrame(mine).assign(
        ground=placed.ground,
        whole=placed.whole,
        observed=[day.toordinal() for day in mine["date_observed"]],
        reported=[day.toordinal() for day in mine["date_reported"]],
    )
    heard = [_heard(term, row, road) for row, road in zip(items.to_dict("records"), placed.road, strict=True)]
    for number, column in enumerate(("part", "bearing", "reason")):
        items[column] = pd.Series([row[number] for row in heard], index=items.index, dtype=object)
    return Case(term, reading, Terms(term.duty, agreement.in_force, term.due), items, placed, parts)


def _heard(term: Obligation, row: dict[str, Any], road: str | None) -> tuple[str | None, str, str]:
    """Part an observation is about, what it says of the obligation, and why that is not its claim.

    Between the depths of the range a breach may lie in the zone or not; what is in order there is so in any case.
    """
    part, claim = road, claim_of(row["claim"], storage=term.where == "storage")
    if row["category"] is not None and term.categories:
        kind = _category(term, row["category"])
        if kind is None:
            return part, "cannot tell", f"the text names no {row['category']}"
        part = part or kind
    if row["ground"] == "outside":
        return part, "nothing", grounds.GROUNDS["outside"]
    unsure = {"edge", "unknown"} if claim == "supports" else {"edge", "unknown", "fringe"}
    if row["ground"] in unsure and claim != "cannot tell":
        return part, "cannot tell", grounds.GROUNDS[row["ground"]]
    reason = "" if claim == row["claim"] else f"of {'storage' if term.where == 'storage' else 'withdrawal'}"
    return part, claim, reason


def _known(case: Case, day: dt.date, known_on: dt.date) -> NDArray[np.intp]:
    """Positions of what had been observed since entry into force, and was reported by a day."""
    observed, reported = case.column["observed"], case.column["reported"]
    seen = (observed <= day.toordinal()) & (observed >= case.terms.in_force.toordinal())
    return np.flatnonzero(seen & (reported <= known_on.toordinal()))


def _status_of(
    case: Case, known: NDArray[np.intp], day: dt.date, rules: Rules
) -> tuple[Status, dict[str | None, Status], dict[str, set[int]]]:
    """Status from some of the observations; that of each part; positions of the observations by how they count."""
    part = case.column["part"]
    by_part: dict[str | None, Status] = {}
    named: dict[str, set[int]] = {"for": set(), "part": set(), "against": set(), "expired": set()}
    for one in case.parts:
        here = known if one is None else known[[part[i] is None or part[i] == one for i in known]]
        meets = case.placed.meets[np.ix_(here, here)]
        evidence = weigh(case.weighed.iloc[here], meets, day, case.terms, rules)
        by_part[one] = decide(case.terms, evidence, _coverage(case, here, evidence, one), day, rules.enough_share)
        for sort, positions in evidence.named.items():
            named[sort] |= {int(here[i]) for i in positions}
    return combine(by_part.values()), by_part, named


def _coverage(case: Case, here: NDArray[np.intp], evidence: Evidence, part: str | None) -> float:
    """Share seen in order, where the status turns on it."""
    if evidence.supports != "spots":
        return float("nan")
    road = part if part in set(case.placed.road) else None
    return case.placed.share([int(here[i]) for i in evidence.named["for"]], road)


def _row(agreement: Agreement, case: Case, day: dt.date, known_on: dt.date, rules: Rules) -> dict[str, Any]:
    term, known = case.obligation, _known(case, day, known_on)
    status, by_part, named = _status_of(case, known, day, rules)
    bearing = case.column["bearing"]
    unclear = [int(i) for i in known if bearing[i] == "cannot tell"]
    share = _observed_share(case, known, day, rules)
    return {
        "obligation": term.id,
        "name": term.name.en,
        "clause": agreement.cite(term),
        "parties": "; ".join(agreement.party(party).name.en for party in term.parties),
        "reading": case.reading,
        "date": day,
        "known_on": known_on,
        "status": _worded(status, case.terms, day),
        "kind": status,
        "why": " ".join(_why(case, status, {**named, "unclear": {*unclear}}, share, rules)),
        "due": term.due,
        "due_in_days": None if term.due is None else (term.due - day).days,
        "parts": "" if case.parts == (None,) else "; ".join(f"{one}: {kind}" for one, kind in by_part.items()),
        "for": len(named["for"]),
        "in_part": len(named["part"]),
        "against": len(named["against"]),
        "cannot_tell": len(unclear),
        "expired": len(named["expired"]),
        "outside": int(sum(bearing[i] == "nothing" for i in known)),
        "observed_share": share,
        "seen_km": rules.seen_m / 1000,
    }


def _observed_share(case: Case, known: NDArray[np.intp], day: dt.date, rules: Rules) -> float:
    """Share of the ground that anyone saw in time, whatever they saw."""
    items, oldest = case.column, day.toordinal() - rules.valid_days
    lasting = case.terms.duty != "once"
    seen = [
        int(i)
        for i in known
        if items["ground"][i] in {"inside", "fringe"}
        and claim_of(items["claim"][i]) != "cannot tell"
        and (not lasting or items["observed"][i] >= oldest)
    ]
    return case.placed.share(seen, None)


def _worded(status: Status, terms: Terms, day: dt.date) -> str:
    """Status as a table shows it: "due" with the days that are left."""
    if status != "due" or terms.due is None:
        return status
    days = (terms.due - day).days
    return f"due in {days} day{'' if days == 1 else 's'}"


def _why(case: Case, status: Status, named: dict[str, set[int]], share: float, rules: Rules) -> Iterator[str]:
    """Sentences that say what the status rests on."""
    due, undated = case.terms.due, case.terms.due is None
    silent = not any(named.values())
    yield {
        "not due": "No date is set, and it is reported as not done." if named["against"] else "It is not in force.",
        "due": f"It is due on {due}.",
        "met": "It is reported as kept." if case.terms.duty == "standing" else "It is reported as done.",
        "partly met": "It is reported as done in part.",
        "overdue": f"It was due on {due}, and is reported as not done.",
        "violated": "It is reported as broken.",
        "not verified": "Nobody reported on it." if silent else "What was reported does not settle it.",
        "disputed": "Observers differ.",
    }[status] + (f" Its date is {due}." if status in {"met", "not verified", "disputed"} and not undated else "")
    for sort, words in (
        ("for", "For"), ("part", "In part"), ("against", "Against"), ("unclear", "Cannot tell"),
        ("expired", f"Older than {rules.valid_days} days"),
    ):  # fmt: skip
        if named[sort]:
            yield f"{words}: {_list(case.column, named[sort])}."
    if not np.isnan(share):
        yield f"Seen from reported places, within {rules.seen_m / 1000:g} km: {share:.1%} of the {_ground_word(case)}."


def _ground_word(case: Case) -> str:
    return "zone" if case.obligation.where == "zone" else "roads"


def _list(items: dict[str, NDArray[Any]], positions: Iterable[int]) -> str:
    """Observations by id, observer and day, the latest first."""
    latest = sorted(positions, key=lambda i: (-items["observed"][i], items["id"][i]))
    names = [f"{items['id'][i]} ({items['observer'][i]}, {items['date_observed'][i]})" for i in latest[:NAMED]]
    more = len(latest) - len(names)
    return "; ".join(names) + (f"; and {more} more" if more else "")


def _day(date: dt.date) -> dt.date:
    """Return the day of a date or a moment."""
    if isinstance(date, dt.datetime):
        return date.date()
    if not isinstance(date, dt.date):
        raise InputError(f"{date!r} is not a date: give a datetime.date")
    return date
