"""Run a command: errors and warnings as lines on standard error, a bar while it works."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cyclopts import App, CycloptsError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from dmz.errors import DmzError, DmzWarning, InputError

# Exit codes: 0 done, 1 a check did not hold, 2 bad input, 130 interrupted, 141 nobody reads the output any more.
CHECK_FAILED, BAD_INPUT, INTERRUPTED, NO_READER = 1, 2, 130, 141

app = App(
    name="dmz",
    help="Turn a line of contact and the text of an agreement into zones, maps, GeoJSON and tables.",
    version_flags=["--version"],
    help_format="plaintext",
)
say = Console(stderr=True, highlight=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors are lines on standard error, never tracebacks."""
    sys.exit(_run(arguments))


def write_out(text: str) -> None:
    """Write to standard output; what its encoding has no sign for is written as its code."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def show_faults(faults: Sequence[str]) -> None:
    """Write what is wrong, a line each."""
    for fault in faults:
        say.print("[red]error:[/red]", end=" ")
        say.print(fault, markup=False)


def tell(text: str) -> None:
    """Write a line to standard error, as it is."""
    say.print(text, markup=False)


def keep_inputs(inputs: Iterable[Path | None], outputs: Iterable[Path | None]) -> None:
    """Refuse to write over what is read, or two tables to one file.

    Raises
    ------
    InputError
        Where an output is an input, or another output.
    """
    taken = {path.resolve(): "an input" for path in inputs if path is not None}
    for path in outputs:
        if path is not None and path.resolve() in taken:
            raise InputError(f"{path}: it is {taken[path.resolve()]}: give another name to write to")
        if path is not None:
            taken[path.resolve()] = "written already"


@contextmanager
def progress(label: str, steps: int) -> Iterator[Callable[[str], None]]:
    """Bar on standard error that names each step as it begins; silent where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[step]}"), TimeElapsedColumn())
    with Progress(*columns, console=say, disable=not say.is_terminal, transient=True) as bar:
        task = bar.add_task(label, total=steps, step="")
        yield lambda step: bar.update(task, advance=1, step=step)


@contextmanager
def counting(label: str) -> Iterator[Callable[[int, int], None]]:
    """Bar on standard error for so many of so many parts; silent where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=say, disable=not say.is_terminal, transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _run(arguments: Sequence[str] | None) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("always", DmzWarning)
        warnings.showwarning = _show_warning  # type: ignore[assignment]
        try:
            code = app(arguments, exit_on_error=False, print_error=False, result_action="return_value") or 0
            sys.stdout.flush()
        except CycloptsError as error:
            show_faults([str(error).strip(), "see dmz --help"])
        except DmzError as error:
            show_faults(error.faults)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains as it ends
            return NO_READER
        except KeyboardInterrupt:
            return INTERRUPTED
        else:
            return int(code)
        return BAD_INPUT


def _show_warning(message: Warning | str, *_: object) -> None:
    say.print("[yellow]warning:[/yellow]", end=" ")
    say.print(str(message), markup=False)
