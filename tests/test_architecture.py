"""The house: README table, docstrings, import order and doors agree with each other."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from conftest import ROOT

PACKAGE = ROOT / "dmz"
ROW = re.compile(r"^\| (\d+) \| `(\w+)` \| (.+) \|$", re.MULTILINE)
TABLE = {
    name: (int(floor), what) for floor, name, what in ROW.findall((ROOT / "README.md").read_text(encoding="utf-8"))
}
# A library that only one module may import.
DOORS = {
    "pyproj": "geodesy",
    "folium": "webmap",
    "branca": "webmap",
    "matplotlib": ("charts", "printmap"),
    "pydantic": ("agreement", "geodata"),
    "pyogrio": "geodata",
    "openpyxl": ("export", "intake"),
    "rasterio": "raster",
    "exactextract": "raster",
}


def modules() -> dict[str, list[Path]]:
    """Source files of every module, a package's together."""
    found: dict[str, list[Path]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if not name.startswith("_"):
            found.setdefault(name, []).append(path)
    return found


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def own_modules(path: Path) -> set[str]:
    return {parts[1] for name in imports(path) if (parts := name.split("."))[0] == "dmz" and len(parts) > 1} & {*TABLE}


def test_the_table_lists_every_module_and_nothing_else():
    assert set(TABLE) == set(modules())


def test_the_table_goes_up_floor_by_floor():
    floors = [floor for floor, _ in TABLE.values()]
    assert floors == sorted(floors)


@pytest.mark.parametrize("name", TABLE)
def test_a_modules_docstring_begins_with_its_row(name):
    path = next(p for p in modules()[name] if p.name in {f"{name}.py", "__init__.py"})
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert docstring.split("\n\n")[0].replace("\n", " ") == TABLE[name][1]


@pytest.mark.parametrize("name", TABLE)
def test_a_module_imports_only_from_floors_below(name):
    for path in modules()[name]:
        above = {other for other in own_modules(path) - {name} if TABLE[other][0] >= TABLE[name][0]}
        assert not above, f"{path.name} on floor {TABLE[name][0]} imports {above}"


@pytest.mark.parametrize("library", DOORS)
def test_a_library_is_behind_its_door(library):
    through = {
        name
        for name, paths in modules().items()
        for path in paths
        if any(n.split(".")[0] == library for n in imports(path))
    }
    allowed = {DOORS[library]} if isinstance(DOORS[library], str) else {*DOORS[library]}
    assert through - {"model"} <= allowed
    assert library == "folium" or "model" not in through, "model names folium.Map as a type and nothing more"


def test_nothing_prints_and_nothing_reads_the_environment():
    for paths in modules().values():
        for path in paths:
            names = {
                node.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)
            }
            assert "print" not in names, path
            assert "environ" not in path.read_text(encoding="utf-8"), path


def test_functions_and_modules_are_short():
    for paths in modules().values():
        for path in paths:
            text = path.read_text(encoding="utf-8")
            assert text.count("\n") <= 500, f"{path.name}: a module past 500 lines asks for a second idea to move out"
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef):
                    body = [n for n in node.body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))]
                    lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                    assert lines <= 40, f"{path.name}: {node.name} has {lines} lines"


def test_no_registry_and_no_machine_is_named_in_a_file():
    hosts = re.compile(
        "|".join(["pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npmjs", "deb" + r"\.debian", "/ro" + "ot/"])
    )
    for path in [*ROOT.glob("*.*"), *ROOT.glob("locks/*"), *PACKAGE.rglob("*.py"), *ROOT.glob("tools/**/*.py")]:
        if path.is_file():
            assert not hosts.search(path.read_text(encoding="utf-8")), path
