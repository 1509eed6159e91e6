"""Run as ``python -m tools.geodata packages`` or ``python -m tools.geodata facts <folder>``."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.geodata import facts, packages
from tools.geodata.layers import keep

if __name__ == "__main__":
    if sys.argv[1:] == ["packages"]:
        keep(packages.build())
    elif sys.argv[1:2] == ["facts"]:
        keep(facts.build(Path(sys.argv[2])))
    else:
        sys.exit(__doc__)
