"""Run parts, or a frame of partitions, on a Dask cluster; the kernel goes to each worker once."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from typing import Any

from dmz.errors import ClusterError, MissingExtraError
from dmz.locating.kernel import Kernel
from dmz.locating.parts import Done, Failed, Job, attempt
from dmz.locating.sources import Part

# How often a part may take its worker down with it.
TRIES = 3
# Kernels and jobs of this process, as the plugin of its worker put them here.
_HELD: dict[str, Any] = {}


def connected(client: Any, timeout_s: float = 20.0) -> Any:
    """Client of a cluster: as it is, or of an address such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    MissingExtraError
        Where Dask is not installed.
    ClusterError
        Where nobody answers at the address.
    """
    try:
        import distributed
    except ImportError as error:
        raise MissingExtraError(
            f"a cluster needs dask and distributed ({error}): pip install 'dmz[cluster]'"
        ) from error
    if not isinstance(client, str):
        return client
    try:
        return distributed.Client(  # type: ignore[no-untyped-call]
            client, timeout=timeout_s, set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"{client}: no Dask scheduler answers there ({error}): is it up, and is this its address?"
        ) from error


def run(client: Any, kernel: Kernel, parts: Sequence[Part], job: Job) -> Generator[Done | Failed]:
    """Do parts on a cluster whose workers see the same folders; what each came to, as they come to an end.

    `client` is a ``distributed.Client``, or the address of a scheduler, to which one is opened and closed again.

    Raises
    ------
    ClusterError
        Where the cluster goes away: what was done stays done, and the same call goes on from there.
    """
    here = connected(client)
    try:
        yield from _ends(here, kernel, parts, job)
    except _gone() as error:
        raise ClusterError(
            f"the cluster went away ({type(error).__name__}): finished parts are kept, run it again to go on"
        ) from error
    finally:
        if here is not client:
            here.close()


def _ends(client: Any, kernel: Kernel, parts: Sequence[Part], job: Job) -> Generator[Done | Failed]:
    """What parts came to; those that are not done are called off."""
    from distributed import as_completed

    name = f"dmz-{kernel.key[:16]}"
    client.register_plugin(plugin(name, kernel, job), name=name)
    futures = client.map(_attempt, parts, name=name, retries=TRIES, pure=False, key=f"{name}-part")
    of = {future.key: part for future, part in zip(futures, parts, strict=True)}
    try:
        for future in as_completed(futures, loop=client.loop):  # type: ignore[no-untyped-call]
            yield _end(future, of[future.key])
    finally:
        with contextlib.suppress(Exception):  # a client that is closed has nothing to call off
            client.cancel(futures)


def plugin(name: str, kernel: Kernel, job: Job) -> Any:
    """Plugin that puts a kernel and a job into every worker, those started later too."""
    from distributed import WorkerPlugin

    class Holder(WorkerPlugin):
        def __init__(self) -> None:
            self.said: tuple[Any, ...] = (name, kernel, job)

        def setup(self, worker: Any) -> None:
            del worker
            hold(*self.said)

    return Holder()


def hold(name: str, kernel: Kernel, job: Job) -> None:
    """Put a kernel and a job at hand in this process."""
    _HELD[name] = (kernel, job)


def _attempt(part: Part, *, name: str) -> Done | Failed:
    """Do a part with the kernel its worker holds."""
    kernel, job = _HELD[name]
    return attempt(kernel, part, job)


def _end(future: Any, part: Part) -> Done | Failed:
    """What a part came to; a worker that it took down so often is a part that cannot be done."""
    from distributed import KilledWorker

    try:
        found: Done | Failed = future.result()
    except KilledWorker:
        reason = f"{part.path}: its worker ended {TRIES} times: is there memory enough? Run it again to go on"
        return Failed(part.name, part.path, reason)
    return found


def _gone() -> tuple[type[BaseException], ...]:
    """What is raised where a cluster goes away."""
    from concurrent.futures import CancelledError

    from distributed.comm.core import CommClosedError

    return (CommClosedError, CancelledError, TimeoutError, ConnectionError)
