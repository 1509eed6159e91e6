"""The project as a stranger sets it up: make, a wheel, the README's code."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

SMALL = (
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "Makefile",
    "dmz",
    "seeds",
    "geodata",
    "locks",
    "tools",
    "maps/README.md",
)


ONE = "AGREEMENT=preah-vihear-2011"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of what a clone holds, without .venv and maps."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in SMALL:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(exist_ok=True)
            shutil.copy(source, target)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def make(checkout, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make with an environment that stands already: `true` in place of the Python that would check it."""
    return subprocess.run(
        ["make", "PYTHON=true", *arguments], cwd=checkout, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def made(checkout):
    """The checkout after its first `make maps` of one agreement, the quickest."""
    first = make(checkout, "maps", ONE)
    assert first.returncode == 0, first.stderr
    assert (checkout / "maps" / "preah-vihear-2011.html").exists()
    assert not (checkout / "maps" / "sochi-2018.html").exists()
    return checkout


def test_make_maps_makes_every_agreement_that_has_its_line_and_says_which_it_skips_and_why(checkout):
    keys = {path.stem for path in (checkout / "seeds").glob("*.toml")}
    plan = make(checkout, "--dry-run", "maps").stdout
    skipped = {"minsk-2014", "minsk-2015"}
    for key in keys:
        assert (f"-m dmz maps seeds/{key}.toml --out maps" in plan) == (key not in skipped), key
    said = make(checkout, "maps", "AGREEMENT=minsk-2014")
    assert said.returncode == 0
    assert "minsk-2014 is skipped: no line is shipped with it, the line of contact of 19 September 2014" in said.stdout
    assert "maps seeds/minsk-2014.toml --line my-line.geojson" in said.stdout


def test_make_maps_of_an_agreement_there_is_not_names_those_there_are(checkout):
    said = make(checkout, "maps", "AGREEMENT=atlantis-1999")
    assert said.returncode != 0
    assert "no agreement atlantis-1999; there are cyprus-1974" in said.stdout


def test_make_alone_says_what_it_can_do(checkout):
    shown = make(checkout).stdout
    for target in ("maps", "test", "check", "geodata", "bench", "clean", "help"):
        assert f"make {target} " in shown


def test_a_second_make_maps_says_that_nothing_is_to_be_done(made):
    page = made / "maps" / "preah-vihear-2011.html"
    before = page.stat().st_mtime_ns
    second = make(made, "maps", ONE)
    assert second.returncode == 0
    assert "nothing to be done" in second.stdout
    assert page.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "touched", ["seeds/preah-vihear-2011.toml", "geodata/preah-vihear/land.geojson", "dmz/zone.py", "dmz/_web/page.css"]
)
def test_touching_a_seed_a_layer_or_the_package_rebuilds(made, touched):
    make(made, "maps", ONE)
    page = made / "maps" / "preah-vihear-2011.html"
    before = page.stat().st_mtime_ns
    (made / touched).touch()
    assert make(made, "--question", str(page.relative_to(made))).returncode == 1
    assert make(made, "maps", ONE).returncode == 0
    assert page.stat().st_mtime_ns > before


def test_a_deleted_output_is_written_again(made):
    make(made, "maps", ONE)
    lost = made / "maps" / "preah-vihear-2011" / "zone-four-corners.geojson"
    lost.unlink()
    assert make(made, "maps", ONE).returncode == 0
    assert lost.exists()


def test_clean_leaves_the_readme_of_maps(made):
    assert make(made, "clean").returncode == 0
    assert [path.name for path in (made / "maps").iterdir()] == ["README.md"]


def test_a_wheel_brings_the_agreement_and_its_layers(tmp_path):
    """Built and unpacked outside the checkout; what it needs is this environment's."""
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target", str(tmp_path / "site"), str(ROOT)],
        check=True, capture_output=True,
    )  # fmt: skip
    code = "import dmz; print(dmz.__file__); print(round(dmz.build('sochi-2018').comparison.area_core_km2[0]))"
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); {code}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    where, area = done.stdout.split()
    assert where.startswith(str(tmp_path))
    assert area == "3246"
    assert (tmp_path / "site" / "dmz" / "py.typed").exists()
    assert (tmp_path / "site" / "bin" / "dmz").exists()


def test_the_readmes_code_runs_and_prints_what_it_says(tmp_path):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first, second, *_ = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    shutil.copy(ROOT / "geodata" / "idlib" / "line.geojson", tmp_path / "line.geojson")
    done = subprocess.run(
        [sys.executable, "-c", first + second], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    expected = [
        line.split() for line in re.search(r"\n((?:    .*\n){4})\nWith a line of your own", text)[1].splitlines()
    ]
    assert [line.split() for line in done.stdout.splitlines()] == expected
    assert (tmp_path / "maps" / "sochi-2018.html").exists()
    assert (tmp_path / "zones.geojson").exists()


def test_locks_pin_names_versions_and_hashes_and_no_address():
    for path in (ROOT / "locks").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        for requirement in re.split(r"\n(?=[a-z])", text.strip()):
            assert re.match(r"[a-z0-9.-]+==[\w.]+", requirement)
            assert "--hash=sha256:" in requirement
