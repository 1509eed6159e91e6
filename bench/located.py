"""Count, or write, the points of a file in a process of its own, for its processor time and the most memory it held."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def main() -> None:
    """Do as the arguments say, and print what it took."""
    how, path, zones = sys.argv[1:]
    start, counts = {"read": _read, "dmz": _dmz, "write": _write, "sedonadb": _sedona, "geopandas": _geopandas}[how](
        path, zones
    )
    taken = time.process_time() - start
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = next(int(row.split()[1]) / 1024 for row in status.splitlines() if row.startswith("VmHWM:"))
    sys.stdout.write(json.dumps({"seconds": taken, "peak_mib": peak, "counts": counts}))


def _read(path: str, zones: str) -> tuple[float, list[int]]:
    """Decode the geometry column and nothing else."""
    del zones
    import pyarrow.parquet as pq

    start = time.process_time()
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(1 << 17, columns=["geometry"], use_threads=False):
            del batch
    return start, []


def _asked(path: str, zones: str) -> Any:
    """Kernel, part and columns; what makes the kernel is loaded in another process, as a run does."""
    import pickle
    import subprocess

    from dmz.locating.arrow import Where
    from dmz.locating.sources import Part, needs_pyarrow

    needs_pyarrow()
    make = "import pickle, sys, geopandas; from dmz.locating.asking import kernel_of; "
    make += "sys.stdout.buffer.write(pickle.dumps(kernel_of(geopandas.read_parquet(sys.argv[1]), edges='lonlat')))"
    made = subprocess.run([sys.executable, "-c", make, zones], capture_output=True, check=True).stdout
    import pyarrow.parquet as pq

    rows = pq.read_metadata(path).num_rows
    return pickle.loads(made), Part(path, "part", None, (0, 0), rows), Where("geometry")  # noqa: S301 - our own


def _dmz(path: str, zones: str) -> tuple[float, list[int]]:
    from dmz.locating.parts import Job, do

    kernel, part, where = _asked(path, zones)
    start = time.process_time()
    kernel.expect(part.rows)
    done = do(kernel, part, Job(None, ".parquet", where))
    return start, sorted(done.counts[1 + len(kernel.readings) :])


def _write(path: str, zones: str) -> tuple[float, list[int]]:
    from dmz.locating.parts import Job, do

    kernel, part, where = _asked(path, zones)
    with tempfile.TemporaryDirectory(prefix="dmz-bench-") as folder:
        start = time.process_time()
        kernel.expect(part.rows)
        done = do(kernel, part, Job(folder, ".parquet", where))
    return start, sorted(done.counts[1 + len(kernel.readings) :])


def _sedona(path: str, zones: str) -> tuple[float, list[int]]:
    import sedonadb

    engine = sedonadb.connect()
    start = time.process_time()
    engine.read_parquet(path).to_view("pts")
    engine.read_parquet(zones).to_view("zones")
    join = "SELECT z.zone, count(*) AS c FROM pts p JOIN zones z ON ST_Within(p.geometry, z.geometry) GROUP BY z.zone"
    return start, sorted(map(int, engine.sql(join).to_pandas()["c"]))


def _geopandas(path: str, zones: str) -> tuple[float, list[int]]:
    import geopandas as gpd

    start = time.process_time()
    found = gpd.sjoin(gpd.read_parquet(path), gpd.read_parquet(zones)[["zone", "geometry"]], predicate="within")
    return start, sorted(found["zone"].value_counts().tolist())


if __name__ == "__main__":
    main()
