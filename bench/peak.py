"""Lay one zone in a process of its own, for its time and the most memory it held."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from bench import lines, peers

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Peak:
    """What a process of its own took: seconds, memory at most and before in MiB; and the zone."""

    seconds: float
    peak_mib: float
    before_mib: float
    zone: BaseGeometry


def alone(method: str, vertices: int, radius_m: float, limit_s: float) -> Peak | str:
    """Lay the zone of the front by a method of `peers` in a new process; or say why it did not come to an end."""
    with tempfile.TemporaryDirectory(prefix="dmz-bench-") as folder:
        zone = Path(folder) / "zone.wkb"
        command = [sys.executable, "-m", "bench.peak", method, str(vertices), str(radius_m), str(zone)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=limit_s, check=False)
        except subprocess.TimeoutExpired:
            return f"over {limit_s:g} s"
        if done.returncode:
            return f"failed: {done.stderr.strip().splitlines()[-1]}"
        return Peak(**json.loads(done.stdout), zone=shapely.from_wkb(zone.read_bytes()))


def held_mib() -> float:
    """The most memory this process held so far.

    Linux counts what the parent held into a child's `ru_maxrss`, so its own high-water mark is read where it is told.
    """
    status = Path("/proc/self/status")
    if status.exists():
        told = next(row for row in status.read_text(encoding="utf-8").splitlines() if row.startswith("VmHWM:"))
        return int(told.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def main() -> None:
    """Lay a zone as the arguments say, write it, and print what it took."""
    method, vertices, radius_m, path = sys.argv[1:]
    peers.methods(lines.front(150), float(radius_m))[method]()  # what is loaded and computed once
    lay = peers.methods(lines.front(int(vertices)), float(radius_m))[method]
    before_mib = held_mib()
    start = time.perf_counter()
    zone = lay()
    taken = time.perf_counter() - start
    told = {"seconds": taken, "peak_mib": held_mib(), "before_mib": before_mib}
    Path(path).write_bytes(shapely.to_wkb(zone))
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
