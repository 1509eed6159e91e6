"""Hold zones, and a line, so that they travel as bytes and answer where points lie, wherever they are asked."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import shapely
from numpy.typing import NDArray

from dmz.errors import InputError
from dmz.locating.grid import Floats, Index, Shapes, coordinates

if TYPE_CHECKING:
    from dmz.locating.measures import Measure

By = Literal["share", "representative"]
LABELS = ("zone", "reading", "party", "band")
TURN_DEG, POLE_DEG = 360.0, 90.0
# What a code may be at most, with room for those that raster cells need beside it.
MOST_ZONES = 30_000
# Kernels that stay ready in a process; a worker serves one, or a few in turns.
KEPT = 4


@dataclass(frozen=True)
class Answers:
    """What was found, one entry an answer.

    Parameters
    ----------
    code
        Shape (n,): row of `Kernel.labels`. 0: the position is unknown.
    row
        Shape (n,): number of the feature that each answer is of; None: one each, in their order.
    added
        Further columns by name, shape (n,) each; NaN where unknown.
    """

    code: NDArray[np.int16]
    row: NDArray[np.int64] | None = None
    added: dict[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Kernel:
    """The one place where answers come from; pickled, it is bytes, and is made ready once a process.

    Parameters
    ----------
    wkb
        Polygons of the zones, the first to count first where one point lies in several of one reading.
    zones
        Label of each in the order of `LABELS`.
    by
        How lines and polygons are answered for; None: they are refused.
    measure
        What else is asked, and of which line.
    """

    wkb: tuple[bytes, ...]
    zones: tuple[tuple[str | None, ...], ...]
    by: By | None = None
    measure: Measure | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be answered."""
        if self.by is not None and self.by not in get_args(By):
            raise InputError(f"by is {self.by!r}: it is one of {', '.join(map(repr, get_args(By)))}, or None")
        if not 0 < len(self.wkb) <= MOST_ZONES:
            raise InputError(f"there are {len(self.wkb)} zones: give from 1 to {MOST_ZONES:,}")

    @cached_property
    def readings(self) -> tuple[str | None, ...]:
        """Readings in the order of the zones."""
        return tuple(dict.fromkeys(zone[1] for zone in self.zones))

    @cached_property
    def labels(self) -> tuple[tuple[str | None, ...], ...]:
        """Label of each code: none known, outside the zones of each reading, in each zone."""
        outside = [(None, reading, None, None) for reading in self.readings]
        return ((None,) * len(LABELS), *outside, *self.zones)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Columns an answer has."""
        measured = () if self.measure is None else self.measure.add
        return (*LABELS, *(("share",) if self.by == "share" else ()), *measured)

    @cached_property
    def key(self) -> str:
        """The same for the same zones and questions, wherever it is asked."""
        text = repr((self.zones, self.by, self.measure)).encode()
        return hashlib.sha256(b"\0".join((text, *self.wkb))).hexdigest()

    def points(self, x: Floats, y: Floats) -> Answers:
        """Answers for points, longitude and latitude in degrees, shape (n,): one each, or one a reading each.

        Where there are several readings, those of one point follow each other, in the order of `readings`.
        """
        self.expect(len(x))
        placed = are_placed(x, y)
        many = len(self.readings)
        found = [ready.codes(x, y) for ready in self._ready().readings]
        code = found[0] if many == 1 else np.stack(found, axis=1).reshape(-1)
        if placed is not None:
            code[np.repeat(~placed, many)] = 0
        row = None if many == 1 else np.repeat(np.arange(len(x)), many)
        added = self._measured(x, y, many, placed)
        if self.by == "share":
            added = {"share": np.where(code == 0, np.nan, 1.0)} | added
        return Answers(code, row, added)

    def shapes(self, shapes: Shapes) -> Answers:
        """Answers for features of any kind: points as they are, lines and polygons as `by` says.

        Raises
        ------
        InputError
            Where there are lines or polygons, and nobody said how they are to be answered for.
        """
        known = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        x, y = np.full((2, len(shapes)), np.nan)
        spots = shapes[known]
        is_point = shapely.get_type_id(spots) == shapely.GeometryType.POINT
        if self.by is None and not is_point.all():
            kind = spots[~is_point][0].geom_type
            raise InputError(
                f"there is a {kind}: say by='share', a row for each zone it lies in with its share of the length or "
                "area there, or by='representative', by one point of it"
            )
        spots = np.where(is_point, spots, shapely.point_on_surface(spots)) if not is_point.all() else spots
        x[known], y[known] = coordinates(spots)
        if self.by != "share":
            return self.points(x, y)
        return self._shares(shapes, x, y)

    def _shares(self, shapes: Shapes, x: Floats, y: Floats) -> Answers:
        """Answers for features by share: a row for each zone they have a part in, and one for the rest."""
        from dmz.locating.shares import shares

        placed = are_placed(x, y)
        good = np.arange(len(x)) if placed is None else np.flatnonzero(placed)
        rows, codes, parts = [], [], []
        for ready in self._ready().readings:
            owner, local, share = shares(ready.index, shapes[good])
            rows.append(good[owner])
            codes.append(ready.code_of[local])
            parts.append(share)
        lost = np.setdiff1d(np.arange(len(x)), good)
        row = np.concatenate([*rows, lost])
        order = np.argsort(row, kind="stable")
        code = np.concatenate([*codes, np.zeros(len(lost), np.int16)])[order].astype(np.int16)
        share = np.concatenate([*parts, np.full(len(lost), np.nan)])[order]
        row = row[order]
        measured = self._measured(x, y, 0, placed)
        added = {"share": share} | {name: self._of_reading(values, row, code) for name, values in measured.items()}
        return Answers(code, row, added)

    def _measured(self, x: Floats, y: Floats, many: int, placed: NDArray[np.bool_] | None) -> dict[str, Floats]:
        """Further columns, each point's number as often as there are readings; as they are found where `many` is 0."""
        if self.measure is None:
            return {}
        good = np.arange(len(x)) if placed is None else np.flatnonzero(placed)
        found = self.measure.of(np.column_stack([x[good], y[good]]))
        added = {}
        for name, values in found.items():
            whole = np.full((len(x), *values.shape[1:]), np.nan)
            whole[good] = values
            if many:
                whole = whole.reshape(-1) if whole.ndim > 1 else np.repeat(whole, many)
            added[name] = whole
        return added

    def _of_reading(self, values: Floats, row: NDArray[np.int64], code: NDArray[np.int16]) -> Floats:
        """Numbers of features as their answers have them; where there is one a reading, that of the answer's."""
        if values.ndim == 1:
            return values[row]
        of = np.array([0, *(self.readings.index(label[1]) for label in self.labels[1:])])
        return np.asarray(values[row, of[code]])

    def expect(self, count: int) -> None:
        """Say how many points will come, so that the right raster is built at once."""
        for ready in self._ready().readings:
            ready.index.expect(count)

    def box(self, west: float, south: float, east: float, north: float) -> Sequence[int] | None:
        """Codes, one a reading, that hold for every point of a box; None where a boundary may run through it."""
        codes = [ready.box(west, south, east, north) for ready in self._ready().readings]
        return None if None in codes else [code for code in codes if code is not None]

    def looks_swapped(self, x: Floats, y: Floats) -> bool:
        """Whether no point lies in the box around the zones, and most would with longitude and latitude swapped."""
        boxes = np.array([ready.index.bounds for ready in self._ready().readings])
        west, south = boxes[:, :2].min(axis=0)
        east, north = boxes[:, 2:].max(axis=0)
        inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        swapped = (y >= west) & (y <= east) & (x >= south) & (x <= north)
        return not inside.any() and bool(swapped.sum() > np.isfinite(x).sum() / 2)

    def _ready(self) -> _Ready:
        with _LOCK:
            if self.key not in _READY:
                _READY[self.key] = _Ready(self)
                while len(_READY) > KEPT:
                    _READY.popitem(last=False)
            _READY.move_to_end(self.key)
            return _READY[self.key]

    def __getstate__(self) -> dict[str, object]:
        """Only what it was made of travels."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


class _Reading:
    """Zones of one reading, ready; `code_of` turns what the raster says into codes of the kernel."""

    def __init__(self, kernel: Kernel, number: int) -> None:
        reading = kernel.readings[number]
        mine = [at for at, zone in enumerate(kernel.zones) if zone[1] == reading]
        self.index = Index(shapely.from_wkb(np.array([kernel.wkb[at] for at in mine], dtype=object)))
        first = 1 + len(kernel.readings)
        self.code_of = np.array([1 + number, *(first + at for at in mine)], dtype=np.int16)
        self._plain = bool((np.diff(self.code_of) == 1).all())

    def codes(self, x: Floats, y: Floats) -> NDArray[np.int16]:
        """Code of every point, whichever turn its longitude is written in."""
        local = self.index.codes(x, y)
        for turn in self._turns(x):
            west, _, east, _ = self.index.bounds
            at = np.flatnonzero((x >= west - turn) & (x <= east - turn))
            other = self.index.codes(x[at] + turn, y[at])
            local[at] = np.where((local[at] == 0) | ((other > 0) & (other < local[at])), other, local[at])
        if self._plain:
            local += self.code_of[0]
            return local
        return self.code_of[local]

    def box(self, west: float, south: float, east: float, north: float) -> int | None:
        """Code that holds for every point of a box; None where it takes a closer look."""
        if not (west <= east and south <= north) or list(self._turns(np.array([west, east]))):
            return None
        ground = shapely.box(west, south, east, north)
        for number, zone in enumerate(self.index.shapes, 1):
            if zone.intersects(ground):
                return int(self.code_of[number]) if zone.covers(ground) else None
        return int(self.code_of[0])

    def _turns(self, x: Floats) -> Iterable[float]:
        """Whole turns by which longitudes must be moved to meet the zones, other than none."""
        if not len(x):
            return
        west, _, east, _ = self.index.bounds
        low, high = np.fmin.reduce(x), np.fmax.reduce(x)
        if not np.isfinite(high - low):
            low, high = -TURN_DEG, TURN_DEG
        first, last = np.ceil((west - high) / TURN_DEG), np.floor((east - low) / TURN_DEG)
        for turn in np.arange(max(first, -2), min(last, 2) + 1):
            if turn:
                yield float(turn * TURN_DEG)


class _Ready:
    """A kernel made ready."""

    def __init__(self, kernel: Kernel) -> None:
        self.readings = [_Reading(kernel, number) for number in range(len(kernel.readings))]


_READY: OrderedDict[str, _Ready] = OrderedDict()
_LOCK = threading.Lock()


def are_placed(x: Floats, y: Floats) -> NDArray[np.bool_] | None:
    """Which points are places on Earth, longitudes up to a turn beyond; None where all are."""
    # What is no number makes every comparison false.
    if not len(x) or (x.min() >= -TURN_DEG and x.max() <= TURN_DEG and y.min() >= -POLE_DEG and y.max() <= POLE_DEG):
        return None
    return np.asarray((np.abs(x) <= TURN_DEG) & (np.abs(y) <= POLE_DEG))
