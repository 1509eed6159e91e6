"""Draw the pictures of docs/method.md, as ``python -m tools.figures [--out <folder>]``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.figures import deriving, doubting, ground, placing, proving, siding, widening

OUT = Path(__file__).parents[2] / "docs" / "figures"
FIGURES: dict[str, Callable[[], str]] = {
    **deriving.FIGURES,
    **ground.FIGURES,
    **placing.FIGURES,
    **proving.FIGURES,
    **siding.FIGURES,
    **widening.FIGURES,
    **doubting.FIGURES,
}


def write(figures: Mapping[str, Callable[[], str]], folder: Path) -> None:
    """Write every picture to a folder, and delete those that are drawn no more."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.svg"):
        if path.stem not in figures:
            path.unlink()
    for name, draw in sorted(figures.items()):
        (folder / f"{name}.svg").write_text(draw(), encoding="utf-8", newline="\n")


def main() -> None:
    """Write them where the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tools.figures", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write to")
    write(FIGURES, parser.parse_args().out)


if __name__ == "__main__":
    main()
