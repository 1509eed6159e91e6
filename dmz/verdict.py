"""Decide the status of an obligation from its date and the evidence reported.

Nothing here knows a map or a file. `weigh` says what the observations that count amount to on a date, `decide` makes
a status of it, `combine` joins the statuses of an obligation's parts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dmz.errors import InputError

Duty = Literal["once", "lasting", "standing"]
Supports = Literal["none", "spots", "part", "whole"]
Against = Literal["none", "contested", "some"]
Status = Literal["not due", "due", "met", "partly met", "overdue", "violated", "not verified", "disputed"]
Mask = NDArray[np.bool_]

STATUSES: tuple[Status, ...] = (
    "not due", "due", "met", "partly met", "overdue", "violated", "not verified", "disputed",
)  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """How observations are judged; every number is a judgement of the user, shown beside the result.

    Parameters
    ----------
    seen_m
        Radius about a place within which its observer is taken to have seen, metres.
    enough_share
        Share of a zone or road that must have been seen in order before it counts as met, above 0 to 1.
    valid_days
        How long a lasting or standing duty reported as kept counts as kept. 90 days is the rhythm in which the
        secretary-general reported on UNDOF's zone to the Security Council.
    same_time_days
        Observations of different observers no further apart than this speak of the same time: they can contradict each
        other. Further apart, the later one tells of a change.

    Raises
    ------
    InputError
        Where a number makes no sense; all at once.
    """

    seen_m: float = 2_000.0
    enough_share: float = 0.9
    valid_days: int = 90
    same_time_days: int = 14

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        faults = []
        if not 0 < self.seen_m <= 100_000:  # noqa: PLR2004 - metres
            faults.append(f"seen_m is {self.seen_m}: give metres above 0 and at most 100,000")
        if not 0 < self.enough_share <= 1:
            faults.append(f"enough_share is {self.enough_share}: give a share above 0 and at most 1")
        faults += [
            f"{name} is {days}: give days, 0 or more"
            for name, days in (("valid_days", self.valid_days), ("same_time_days", self.same_time_days))
            if not days >= 0
        ]
        if faults:
            raise InputError(faults)


@dataclass(frozen=True)
class Terms:
    """When an obligation binds: its kind of duty, the day it enters into force, the last day it may be done."""

    duty: Duty
    in_force: dt.date
    due: dt.date | None = None


@dataclass(frozen=True)
class Evidence:
    """What the observations that count amount to.

    Parameters
    ----------
    supports
        ``"whole"``: reported as done or kept everywhere. ``"part"``: reported as done in part. ``"spots"``: seen in
        order at places only. ``"none"``.
    against
        ``"some"``: reported as not done or broken, and nobody differs. ``"contested"``: every such report is denied by
        another observer at the same time. ``"none"``.
    was_met
        Whether the whole was reported as done or kept before the first report against it that counts.
    named
        Positions of the observations by how they count: ``"for"``, ``"part"``, ``"against"``, ``"expired"``.
    """

    supports: Supports = "none"
    against: Against = "none"
    was_met: bool = False
    named: dict[str, list[int]] = field(default_factory=dict)


def decide(terms: Terms, evidence: Evidence, coverage: float, on: dt.date, enough_share: float = 0.9) -> Status:
    """Status of an obligation, or of one part of it, on a date.

    Parameters
    ----------
    terms
        Its duty and dates.
    evidence
        As `weigh` finds it.
    coverage
        Share of the zone or road, 0 to 1, seen in order at the places that support it; NaN where it has no meaning,
        which is never enough.
    on
        The date.
    enough_share
        Coverage from which places count as the whole.

    Notes
    -----
    The first line that fits decides. *done* is ``supports`` "whole", or "spots" with coverage of at least
    `enough_share`. A standing duty is due from its entry into force; others are due after their date, and where they
    have none, from entry into force but without a deadline to miss.

    ==========================  ========  =========  =======  ============  =====================================
    when                        supports  against    was met  duty          status
    ==========================  ========  =========  =======  ============  =====================================
    before entry into force     any       any        any      any           not due
    up to the date, inclusive   done      none       any      once,lasting  met
    up to the date, inclusive   any       any        any      once,lasting  due
    due                         any       contested  any      any           disputed
    due                         any       some       any      standing      violated
    due                         any       some       yes      once,lasting  violated
    due, with a date            any       some       no       once,lasting  overdue
    due, without a date         any       some       no       once,lasting  not due
    due                         done      none       any      any           met
    due                         part      none       any      any           partly met
    due                         spots     none       any      any           not verified: too little was seen
    due                         none      none       any      any           not verified: silence is never "met"
    ==========================  ========  =========  =======  ============  =====================================
    """
    done = evidence.supports == "whole" or (evidence.supports == "spots" and coverage >= enough_share)
    if on < terms.in_force:
        return "not due"
    if terms.duty != "standing" and terms.due is not None and on <= terms.due:
        return "met" if done and evidence.against == "none" else "due"
    if evidence.against == "contested":
        return "disputed"
    if evidence.against == "some":
        return _broken(terms, evidence)
    if done:
        return "met"
    return "partly met" if evidence.supports == "part" else "not verified"


def _broken(terms: Terms, evidence: Evidence) -> Status:
    """Status where it is reported as not done or broken, and nobody differs."""
    if terms.duty == "standing" or evidence.was_met:
        return "violated"
    return "not due" if terms.due is None else "overdue"


def combine(parts: Iterable[Status]) -> Status:
    """Status of an obligation from those of its parts: roads, or categories the text names.

    Notes
    -----
    One status all over is that status. Else the first of these that fits: any part violated, *violated*; any disputed,
    *disputed*; any due, *due*; any met or partly met, *partly met*; any overdue, *overdue*; else *not verified*.

    Examples
    --------
    >>> combine(["met", "not verified"])
    'partly met'
    """
    kinds = {*parts}
    if len(kinds) == 1:
        return kinds.pop()
    order: tuple[tuple[set[Status], Status], ...] = (
        ({"violated"}, "violated"),
        ({"disputed"}, "disputed"),
        ({"due"}, "due"),
        ({"met", "partly met"}, "partly met"),
        ({"overdue"}, "overdue"),
    )
    return next((status for any_of, status in order if kinds & any_of), "not verified")


def weigh(items: pd.DataFrame, meets: Mask, on: dt.date, terms: Terms, rules: Rules) -> Evidence:
    """What observations known on a date amount to on that date.

    Parameters
    ----------
    items
        One row an observation, all of them known on the date: columns ``bearing`` (``"supports"``, ``"supports in
        part"``, ``"contradicts"``, anything else says nothing), ``observed`` (day number, `datetime.date.toordinal`),
        ``observer``, ``whole`` (bool: about the whole zone or road, not a place in it).
    meets
        Shape (n, n): whether two observations speak of the same ground; those of a place only matter here.
    on, terms, rules
        The date, the obligation's terms, how observations are judged.

    Notes
    -----
    1. A report against an obligation with a date, observed more than ``same_time_days`` before that date, says nothing
       about the time after it.
    2. An observation is *outlived* by a later opposite one on its ground: by the same observer's, or by another's more
       than ``same_time_days`` later. The whole is broken at any place, and is in order at a place only if that place
       is. A report of the whole being done is outlived by a later report that it is done in part, and the other way.
    3. A report against it is *contested* by a report for it, by another observer or of the same day, on its ground,
       where neither outlives the other. A report of being done in part contests nothing.
    4. A report for a lasting or standing duty *expires* after ``valid_days``, unless it contests one that counts. A
       report against it does not: silence mends nothing. Acts done once stay done.
    """
    bearing, whole = items["bearing"].to_numpy(), items["whole"].to_numpy(dtype=bool)
    observed = items["observed"].to_numpy(dtype=np.int32)
    observer = items["observer"].to_numpy()
    full, part, against = (bearing == word for word in ("supports", "supports in part", "contradicts"))
    if terms.due is not None:
        against &= observed >= terms.due.toordinal() - rules.same_time_days
    later = observed[:, None] - observed[None, :]
    newer = (later > 0) & ((observer[:, None] == observer[None, :]) | (later > rules.same_time_days))
    denies = whole[:, None] | (~whole[None, :] & meets)
    breaks = whole[:, None] | whole[None, :] | meets

    def outlived(these: Mask, by: Mask, reach: Mask) -> Mask:
        return np.asarray(these & (newer & reach & by[:, None]).any(axis=0))

    counting = against & ~outlived(against, full | part, denies)
    standing_full = full & ~outlived(full, against | part, breaks)
    standing_part = part & ~outlived(part, against, breaks) & ~outlived(part, full, denies)
    contests = standing_full[:, None] & counting[None, :] & denies
    contested = counting & contests.any(axis=0)
    expired = _expired(standing_full | standing_part, observed, on, terms, rules) & ~contests.any(axis=1)
    held, in_part = standing_full & ~expired, standing_part & ~expired
    first = observed[counting & ~contested].min(initial=np.iinfo(np.int32).max)
    named = {"for": held, "part": in_part, "against": counting, "expired": expired}
    return Evidence(
        supports=_supports(held, in_part, whole),
        against="some" if (counting & ~contested).any() else "contested" if contested.any() else "none",
        was_met=bool((counting & ~contested).any() and (full & whole & (observed < first)).any()),
        named={key: np.flatnonzero(mask).tolist() for key, mask in named.items()},
    )


def _expired(these: Mask, observed: NDArray[np.int32], on: dt.date, terms: Terms, rules: Rules) -> Mask:
    if terms.duty == "once":
        return np.zeros(len(these), dtype=bool)
    return np.asarray(these & (on.toordinal() - observed > rules.valid_days))


def _supports(held: Mask, in_part: Mask, whole: Mask) -> Supports:
    """Most cautious of what is reported for it."""
    if in_part.any():
        return "part"
    if (held & whole).any():
        return "whole"
    return "spots" if held.any() else "none"
