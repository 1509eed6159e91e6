"""Name every error and warning of the library, one family, each also a builtin.

An error says what was found, where, and what would do. A caller catches `DmzError` for all of them, or the builtin
it is also (`ValueError`, `FileNotFoundError`, `LookupError`, `OSError`).
"""

from __future__ import annotations

from collections.abc import Sequence


class DmzError(Exception):
    """Base of every error that the library raises on purpose.

    Parameters
    ----------
    faults
        One sentence, or several where all faults of an input were collected; each is one line of the message.
    """

    def __init__(self, faults: str | Sequence[str]) -> None:
        self.faults = (faults,) if isinstance(faults, str) else tuple(faults)
        super().__init__("\n".join(self.faults))

    def __str__(self) -> str:
        """All faults, a line each."""
        return "\n".join(self.faults)


class InputError(DmzError, ValueError):
    """A value or a table that cannot be used as it is."""


class MissingInputError(DmzError, FileNotFoundError):
    """A file or a layer that is not there."""


class MissingExtraError(DmzError, ImportError):
    """A measure that needs an optional part of the library, which is not installed."""


class CRSError(InputError):
    """Coordinates that are not, or cannot be, longitude and latitude on WGS 84."""


class GeometryError(InputError):
    """A geometry of the wrong kind, empty, null, invalid, or where its side or zone has no meaning."""


class AgreementError(InputError):
    """An agreement's file that does not hold together; all its faults at once."""


class PartyError(DmzError, LookupError):
    """A party that nobody declared."""


class OutputError(DmzError, OSError):
    """An output that could not be written; what stood there before still stands."""


class ClusterError(DmzError, ConnectionError):
    """A cluster that cannot be reached, or went away in the middle of a run."""


class DmzWarning(UserWarning):
    """Base of every warning of the library."""


class GapWarning(DmzWarning):
    """A line of contact in several parts: the ground beside the gap belongs to the nearest part."""


class IntakeWarning(DmzWarning):
    """Rows of a table that were left out, or kept with a doubt; the intake lists every one."""


class CrossingWarning(DmzWarning):
    """A line of contact that crosses or touches itself: ground goes to the side of its nearest point."""


class ControlWarning(DmzWarning):
    """Control derived with a doubt: settlements without a holder, labels that look wrong, gaps that were closed."""
