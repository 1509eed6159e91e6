"""Run as ``python -m tools.geodata packages``, ``... tables``, ``... facts <folder>`` or ``... control <folder>``."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.geodata import control, facts, packages, regions
from tools.geodata.layers import keep, record_tables

if __name__ == "__main__":
    if sys.argv[1:] == ["packages"]:
        keep([*packages.build(), *regions.build()])
    elif sys.argv[1:2] == ["facts"]:
        keep(facts.build(Path(sys.argv[2])))
    elif sys.argv[1:2] == ["control"]:
        control.write(Path(sys.argv[2]))
        record_tables()
    elif sys.argv[1:] == ["tables"]:
        record_tables()
    else:
        sys.exit(__doc__)
