"""docs/derivation.md is what `make derivation` writes: no number on it is typed."""

from __future__ import annotations

import pytest
from conftest import ROOT

from tools import derivation


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("derivation")
    derivation.write(folder)
    return folder


def test_the_page_is_the_one_that_is_computed(written):
    assert (ROOT / "docs" / "derivation.md").read_text(encoding="utf-8") == (written / "derivation.md").read_text(
        encoding="utf-8"
    ), "run make derivation"


def test_the_picture_is_the_one_that_is_drawn(written):
    assert (ROOT / "docs" / "derivation.svg").read_bytes() == (written / "derivation.svg").read_bytes()


def test_the_page_is_named_where_readers_look():
    assert "derivation.md" in (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    assert "docs/derivation.md" in (ROOT / "README.md").read_text(encoding="utf-8")
