"""Answer parts in a process of its own that loads little: run as ``python -m dmz.locating.worker``."""

from __future__ import annotations

import os
import pickle
import sys
from typing import BinaryIO

from dmz.locating.parts import attempt


def serve(inward: BinaryIO, outward: BinaryIO) -> None:
    """Take a kernel and a job, then parts, one at a time; answer each, until there are no more.

    Notes
    -----
    Both ends are pipes of the process that started this one, so what comes is its own.
    """
    import pyarrow as pa

    pa.set_cpu_count(1)
    kernel, job = pickle.load(inward)  # noqa: S301 - from our own parent
    while True:
        try:
            part = pickle.load(inward)  # noqa: S301
        except EOFError:
            return
        try:
            end: object = attempt(kernel, part, job)
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
            end = error
        pickle.dump(end, outward)
        outward.flush()


if __name__ == "__main__":
    # What a library may print must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)
