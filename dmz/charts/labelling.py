"""Place labels in lanes above an axis, so that none covers another or stands on its leader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# Where a label may stand over its leader: centred, begin or end there; as shares of its width.
SHIFTS = (0.0, 0.45, -0.45)


@dataclass(frozen=True)
class Label:
    """A text in a lane above the axis, 0 the lowest; its leader, its centre and its width in units of the axis."""

    text: str
    at: float
    centre: float
    width: float
    lane: int
    weight: str = "normal"


@dataclass(frozen=True)
class Lanes:
    """Room for labels: the length of the axis, how many lanes, how far apart labels keep, in units of the axis."""

    length: float
    count: int
    clear: float

    def placed(self, text: str, at: float, width: float, others: list[Label], weight: str = "normal") -> Label | None:
        """Place a label where it leaves all others free, in the lowest lane; None where there is no room."""
        tries = (
            Label(text, at, min(max(at + shift * width, width / 2), self.length - width / 2), width, lane, weight)
            for lane in range(self.count)
            for shift in SHIFTS
        )
        return next((label for label in tries if self._is_clear(label, others)), None)

    def _is_clear(self, label: Label, others: Iterable[Label]) -> bool:
        """Whether a label leaves all others free, and their leaders, and its own leader leaves them free."""
        for other in others:
            apart = abs(label.centre - other.centre) - (label.width + other.width) / 2
            if label.lane == other.lane and apart < self.clear:
                return False
            low, high = sorted((label, other), key=lambda each: each.lane)
            if low.lane < high.lane and abs(high.at - low.centre) < low.width / 2 + self.clear / 2:
                return False
        return True
