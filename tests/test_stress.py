"""Three hundred random geometries, anywhere on Earth, against the geodesic truth; `tests/stress.py` runs any number."""

from __future__ import annotations

import pytest
from stress import check_case

CHUNK = 10
# Seeds that failed once: a zone of more than a full turn about a pole; a sketch whose edges were cut without end.
FAILED_ONCE = (30977, 31300)


@pytest.mark.parametrize("first", range(0, 300, CHUNK))
def test_no_random_geometry_has_a_wrong_zone(first):
    results = [check_case(seed) for seed in range(first, first + CHUNK)]
    wrong = [f"seed {r.seed}: {r.description}\n    " + "\n    ".join(r.faults) for r in results if r.faults]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("seed", FAILED_ONCE)
def test_what_failed_once_does_so_no_more(seed):
    result = check_case(seed, sides=False)
    assert result.faults == [], result.description
