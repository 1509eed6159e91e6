"""Lay zones with PostGIS, in a server of our own that is started in a temporary folder and deleted with it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

OPTIONS = {"PostGIS geography, default": "", "PostGIS geography, 400 segments": "quad_segs=400"}
Timed = tuple[list[float], BaseGeometry]
MISSING = "not installed"
# The longest a statement, and a start or a stop, may take, seconds.
STATEMENT_S, CONTROL_S = 120, 60
SETTINGS = "-c listen_addresses='' -c fsync=off -c jit=off -c shared_buffers=64MB"


@dataclass(frozen=True)
class Server:
    """A running server, reached by a socket in its folder."""

    programs: Path
    folder: Path

    def ask(self, sql: str, timeout_s: float = CONTROL_S) -> str:
        """Run statements, and give what they print."""
        command = [str(self.programs / "psql"), "-h", str(self.folder), "-U", "bench", "-d", "postgres"]
        command += ["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1"]
        return _run(command, self.folder, timeout_s, sql)

    def buffer(self, line: shapely.LineString, radius_m: float, option: str, runs: int) -> Timed | str:
        """Seconds of each run inside the server, and the zone; or that it did not come to an end."""
        self.ask(f"TRUNCATE line; COPY line FROM STDIN;\n{shapely.to_wkb(line, hex=True)}\n\\.\n")
        call = f"ST_Buffer(course, {radius_m}, '{option}')"
        explain = f"EXPLAIN (ANALYZE, TIMING OFF) SELECT {call} FROM line;\n" * runs  # noqa: S608 - nobody's input
        limit = f"SET statement_timeout = '{STATEMENT_S}s';\n"
        last = f"SELECT encode(ST_AsBinary({call}), 'hex') FROM line;\n"  # noqa: S608 - nobody's input
        try:
            printed = self.ask(limit + explain + last, STATEMENT_S * (runs + 1))
        except RuntimeError as error:
            return f"over {STATEMENT_S} s" if "statement timeout" in str(error) else "failed"
        times = [float(found) / 1e3 for found in re.findall(r"Execution Time: ([\d.]+) ms", printed)]
        return times, shapely.from_wkb(printed.split()[-1])

    def version(self) -> str:
        """Versions of PostgreSQL, PostGIS and the GEOS it uses."""
        asked = "SHOW server_version; SELECT PostGIS_Lib_Version(); SELECT PostGIS_GEOS_Version();"
        postgresql, postgis, geos = self.ask(asked).splitlines()
        return f"PostGIS {postgis} (PostgreSQL {postgresql.split()[0]}, GEOS {geos.split('-')[0]})"


@contextmanager
def server() -> Iterator[Server | None]:
    """A server with PostGIS while the block runs; none where Debian's packages are absent."""
    programs = _programs()
    if programs is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="dmz-bench-"))
    data, log = folder / "data", folder / "log"
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    control = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-t", str(CONTROL_S)]
    try:
        how = ["-U", "bench", "-A", "trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
        _run([str(programs / "initdb"), "-D", str(data), *how], folder, CONTROL_S)
        _run([*control, "-l", str(log), "-o", f"{SETTINGS} -k {folder}", "start"], folder, CONTROL_S + 10)
        running = Server(programs, folder)
        running.ask("CREATE EXTENSION postgis; CREATE TABLE line (course geography);")
        yield running
    finally:
        if (data / "postmaster.pid").exists():
            _run([*control, "-m", "immediate", "stop"], folder, CONTROL_S + 10)
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    """Folder of the newest PostgreSQL that has PostGIS beside it, as Debian lays it out."""
    for programs in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        shared = Path("/usr/share/postgresql") / programs.parent.name
        if (shared / "extension/postgis.control").exists() and (programs / "initdb").exists():
            return programs
    return None


def _run(command: list[str], folder: Path, timeout_s: float, sql: str = "") -> str:
    """Run a program of PostgreSQL, which refuses to be root, as Debian's user `postgres` where we are root."""
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    output = folder / "output"  # a file: the server would hold a pipe open
    with output.open("w+", encoding="utf-8") as out:
        done = subprocess.run(
            [*as_user, *command],
            input=sql, stdout=out, stderr=subprocess.STDOUT, cwd=folder, timeout=timeout_s, text=True, check=False,
        )  # fmt: skip
    printed = output.read_text(encoding="utf-8")
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {printed[-500:]}")
    return printed
