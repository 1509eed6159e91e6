"""Lay zones with QGIS's `native:buffer`, in QGIS's own Python."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

# Debian's, which QGIS's modules are made for; isolated, for the folder of a script would hide QGIS behind this module.
PYTHON = ("/usr/bin/python3", "-I")
MISSING, SILENT = "not installed", "no answer"
# The longest that all lines together may take, seconds.
LIMIT_S = 600
# `native:buffer` on a layer in degrees takes degrees: a user divides metres by those of a degree of latitude.
METRES_IN_A_DEGREE = 111_320
# Name of each way: whether it goes by UTM, and its segments (5 is what the dialogue offers).
WAYS = {
    "QGIS `native:buffer` in degrees, 400 segments": (False, 400),
    "QGIS `native:buffer`, UTM layer, 5 segments": (True, 5),
    "QGIS `native:buffer`, UTM layer, 400 segments": (True, 400),
}
Asked = tuple[shapely.LineString, str, int]
Laid = dict[tuple[str, str], tuple[list[float], BaseGeometry]]


def installed() -> bool:
    """Whether Debian's Python finds QGIS."""
    try:
        return subprocess.run([*PYTHON, "-c", "import qgis.core"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def buffers(lines: dict[str, Asked], radius_m: float) -> tuple[str, Laid]:
    """QGIS's version, and by line and way the seconds of each run and the zone.

    Parameters
    ----------
    lines
        By name: the line in degrees, its zone of UTM as `EPSG:32637`, how many runs.
    radius_m
        Metres.
    """
    keys = [(name, way) for name in lines for way in WAYS]
    with tempfile.TemporaryDirectory(prefix="dmz-bench-") as at:
        folder = Path(at)
        for name, (line, _, _) in lines.items():
            (folder / _file(name)).write_bytes(shapely.to_wkb(line))
        jobs = [_job(name, *lines[name][1:], way, radius_m) for name, way in keys]
        (folder / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
        rows = [json.loads(row) for row in _printed(folder).splitlines() if row.startswith("{")]
        version = rows[0]["version"] if rows else f"QGIS: {SILENT}"
        laid = {
            keys[row["job"]]: (row["seconds"], shapely.from_wkb((folder / f"{row['job']}.wkb").read_bytes()))
            for row in rows[1:]
        }
    return version, laid


def _job(name: str, crs: str, runs: int, way: str, radius_m: float) -> dict[str, str | int | float | None]:
    by_utm, segments = WAYS[way]
    distance = radius_m if by_utm else radius_m / METRES_IN_A_DEGREE
    crs_or_none = crs if by_utm else None
    return {"line": _file(name), "runs": runs, "crs": crs_or_none, "distance": distance, "segments": segments}


def _file(name: str) -> str:
    return f"{name}.line".replace(" ", "-").replace(",", "")


def _printed(folder: Path) -> str:
    """What QGIS printed, as far as it came within the limit."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(folder)}
    script = Path(__file__).parent / "qgis_inside.py"
    command = [*PYTHON, str(script), str(folder)]
    with (folder / "printed").open("w", encoding="utf-8") as out, suppress(subprocess.TimeoutExpired):
        subprocess.run(command, stdout=out, stderr=subprocess.DEVNULL, env=environment, timeout=LIMIT_S, check=False)
    return (folder / "printed").read_text(encoding="utf-8")
