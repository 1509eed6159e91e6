"""Real QGIS, run by its own Python, and what it says."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

PYTHON = "/usr/bin/python3"  # Debian's, which QGIS's modules are made for
INSIDE = Path(__file__).parent / "inside"


def _has_qgis() -> bool:
    try:
        done = subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


@pytest.fixture(scope="session")
def qgis(tmp_path_factory):
    """Run a script of `inside` by QGIS and give back the JSON of its last line."""
    if not _has_qgis():
        reason = "no QGIS for /usr/bin/python3 (Debian: apt-get install python3-qgis qgis-providers qgis)"
        if os.environ.get("CI") or os.environ.get("DMZ_QGIS"):
            pytest.fail(reason)
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("profile")
    own = {"QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(home), "HOME": str(home), "LC_ALL": "C.UTF-8"}
    plain = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PROJ_DATA", "PROJ_LIB"}}

    def run(script: str, *arguments: object, **more: str):
        command = [PYTHON, str(INSIDE / script), *map(str, arguments)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**plain, **own, **more}, timeout=300
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run
