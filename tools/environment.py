"""Make, check and mend the project's virtual environment.

Run by make as ``python3 tools/environment.py run`` or ``dev``: the pinned, hashed packages of ``locks/<which>.txt`` in
``.venv`` and the project itself beside them. Only the standard library is used, and any Python 3.11 or newer will do.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
STATE = VENV / "dmz-state.json"
OLDEST = (3, 11)
# What the environment is asked for when it is checked: cheap, and it fails where a package was damaged or moved.
PROBE = "import dmz, sys; sys.exit(0 if dmz.__file__.startswith(sys.argv[1]) else 1)"


def main() -> None:
    """Bring the environment to the lock asked for, doing nothing where it is there already."""
    which = sys.argv[1] if len(sys.argv) > 1 else "run"
    if sys.version_info < OLDEST:
        sys.exit(f"dmz needs Python 3.11 or newer, this is {sys.version.split()[0]}: make PYTHON=python3.12 ...")
    installed = _base_holds() and _wanted(which).items() <= _state().get("locks", {}).items()
    if installed and _works():
        return
    if installed or not _base_holds():
        print("making .venv")
        shutil.rmtree(VENV, ignore_errors=True)
        venv.create(VENV, with_pip=True)
    print(f"installing locks/{which}.txt")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _call([*pip, "--require-hashes", "-r", str(ROOT / "locks" / f"{which}.txt")])
    _call([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    STATE.write_text(json.dumps({"root": str(ROOT), "locks": _wanted(which)}), encoding="utf-8")


def _base_holds() -> bool:
    """Whether there is an interpreter that starts, made for this very folder, of this Python."""
    version = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]!r})"
    return _state().get("root") == str(ROOT) and _succeeds([str(PYTHON), "-c", version])


def _works() -> bool:
    return _succeeds([str(PYTHON), "-c", PROBE, str(ROOT)])


def _wanted(which: str) -> dict[str, str]:
    """Digest of each input of the installation; the environment for development holds that for running."""
    names = ["run", "dev"] if which == "dev" else ["run"]
    paths = [ROOT / "pyproject.toml", *(ROOT / "locks" / f"{name}.txt" for name in names)]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _state() -> dict[str, Any]:
    try:
        return dict(json.loads(STATE.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, cwd=ROOT, check=False).returncode == 0
    except OSError:
        return False


def _call(command: list[str]) -> None:
    """Run a step of the installation; where it fails, forget the state so that the next run begins anew."""
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        STATE.unlink(missing_ok=True)
        sys.exit(f"failed: {' '.join(command[1:])}")


if __name__ == "__main__":
    main()
