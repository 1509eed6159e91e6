"""Run parts in processes of this machine; one that dies is started anew, and its part is done again."""

from __future__ import annotations

import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence

from dmz.locating.kernel import Kernel
from dmz.locating.parts import Done, Failed, Job, attempt
from dmz.locating.sources import Part

# How often a part may take its worker down with it.
TRIES = 3
# Rows up to which no process is started: that would take longer.
FEW_ROWS = 200_000
# Bytes to a row, where only reading tells how many there are.
ROW_BYTES = 50


def run(kernel: Kernel, parts: Sequence[Part], job: Job, cores: int) -> Generator[Done | Failed]:
    """Do parts on some cores; what each came to, in the order they come to an end.

    Parameters
    ----------
    kernel, parts, job
        What is asked, of what, and where it goes.
    cores
        Processes at most.
    """
    if sum(part.stamp[0] // ROW_BYTES if part.rows is None else part.rows for part in parts) <= FEW_ROWS:
        yield from (attempt(kernel, part, job) for part in parts)
        return
    pool = _Pool(kernel, parts, job, max(1, min(cores, len(parts))))
    try:
        for _ in parts:
            yield pool.next()
    finally:
        pool.close()


class _Pool:
    """Threads that each mind one process."""

    def __init__(self, kernel: Kernel, parts: Sequence[Part], job: Job, size: int) -> None:
        self._first = pickle.dumps((kernel, job))
        self._parts: queue.SimpleQueue[Part | None] = queue.SimpleQueue()
        self._ends: queue.SimpleQueue[Done | Failed | BaseException] = queue.SimpleQueue()
        for part in (*parts, *[None] * size):
            self._parts.put(part)
        self._closed = threading.Event()
        self._workers: dict[int, subprocess.Popen[bytes]] = {}
        self._told: set[int] = set()
        self._threads = [threading.Thread(target=self._mind, args=(number,), daemon=True) for number in range(size)]
        for thread in self._threads:
            thread.start()

    def next(self) -> Done | Failed:
        """What the next part came to."""
        end = self._ends.get()
        if isinstance(end, BaseException):
            raise end
        return end

    def close(self) -> None:
        """End all processes."""
        self._closed.set()
        for worker in [*self._workers.values()]:
            worker.kill()
        for thread in self._threads:
            thread.join()

    def _mind(self, number: int) -> None:
        """Hand parts to one process until there are no more."""
        try:
            while (part := self._parts.get()) is not None and not self._closed.is_set():
                self._ends.put(self._done(number, part))
        except BaseException as error:  # noqa: BLE001 - it is raised where the answers are waited for
            self._ends.put(error)
        finally:
            worker = self._workers.pop(number, None)
            if worker is not None:
                _end(worker)

    def _done(self, number: int, part: Part) -> Done | Failed:
        """What a part came to, after so many tries as it may have."""
        for _ in range(TRIES):
            worker = self._workers.get(number) or self._started(number)
            try:
                found = self._answer(number, worker, part)
            except (EOFError, OSError, pickle.UnpicklingError):
                code = _end(self._workers.pop(number))
                self._told.discard(number)
                if self._closed.is_set():
                    break
                continue
            if isinstance(found, Exception):
                raise found
            return found
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        reason = f"{part.path}: its worker ended {TRIES} times ({how}): is there memory enough? Run it again to go on"
        return Failed(part.name, part.path, reason)

    def _answer(self, number: int, worker: subprocess.Popen[bytes], part: Part) -> Done | Failed | Exception:
        """Hand a part to a worker, before the first what is asked, and wait for the answer."""
        if worker.stdin is None or worker.stdout is None:
            raise EOFError
        if number not in self._told:
            worker.stdin.write(self._first)
            self._told.add(number)
        pickle.dump(part, worker.stdin)
        worker.stdin.flush()
        found: Done | Failed | Exception = pickle.load(worker.stdout)  # noqa: S301 - our own child
        return found

    def _started(self, number: int) -> subprocess.Popen[bytes]:
        """Start a process and tell it what is asked."""
        command = [sys.executable, "-m", "dmz.locating.worker"]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ourselves
        self._workers[number] = worker
        return worker


def _end(worker: subprocess.Popen[bytes]) -> int:
    """Close the pipes of a process and wait for it to end."""
    for pipe in (worker.stdin, worker.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except OSError:
            pass
    return worker.wait()
