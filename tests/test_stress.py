"""Three hundred random geometries, anywhere on Earth, against the geodesic truth; `tests/stress.py` runs any number."""

from __future__ import annotations

import pytest
from stress import check_case

CHUNK = 10


@pytest.mark.parametrize("first", range(0, 300, CHUNK))
def test_no_random_geometry_has_a_wrong_zone(first):
    results = [check_case(seed) for seed in range(first, first + CHUNK)]
    wrong = [f"seed {r.seed}: {r.description}\n    " + "\n    ".join(r.faults) for r in results if r.faults]
    assert not wrong, "\n".join(wrong)
