"""The report: the answer first, true to the tables, and a page that runs and fetches nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from dmz import briefing
from dmz.compare import span

PICTURES = {"Map": "../x.png", "Chart: road-m4": "road-m4.png", "Chart: people": "people.png"}


@pytest.fixture(scope="module")
def text(sochi):
    return briefing.markdown(sochi, sochi.dossier, version="1.2.3", pictures=PICTURES)


def test_the_answer_comes_first_and_its_numbers_are_those_of_the_tables(text, sochi):
    head, _, _ = text.partition("## What the readings give")
    row = sochi.comparison.iloc[0]
    assert span(row["area_core_km2"], row["area_full_km2"]) in head
    least, most = sochi.comparison["area_core_km2"].min(), sochi.comparison["area_full_km2"].max()
    assert span(least, most) in head
    assert "which reading is meant changes more than which depth is taken" in head
    assert "not an official delineation" in head
    assert head.index("## In short") < head.index("![Map](../x.png)")
    assert f"as known on {sochi.dossier.last_day}" in head


def test_every_obligation_is_counted_once(text, sochi):
    counted = re.search(r"Of (\d+) obligations, as known on [\d-]+: (.*)\.", text)
    assert int(counted[1]) == len(sochi.agreement.obligations)
    assert sum(int(part.split()[0]) for part in counted[2].split(", ")) == len(sochi.agreement.obligations)


def test_the_chapters_an_officer_needs_are_there_in_order(text):
    heads = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    wanted = [
        "In short", "What the readings give", "What each reading rests on", "Who lives in the zone",
        "Who holds the roads", "What was reported of the roads", "What patrols came near",
        "What was to be done, and what is known of it", "Where the sources differ", "How each number was computed", "Sources",
    ]  # fmt: skip
    assert [head for head in heads if head in wanted] == wanted


def test_pictures_stand_in_the_chapter_that_speaks_of_them(text):
    people = text.partition("## Who lives in the zone")[2].partition("\n## ")[0]
    roads = text.partition("## Who holds the roads")[2].partition("\n## ")[0]
    assert "](people.png)" in people
    assert "](road-m4.png)" in roads


def test_people_of_whom_nothing_is_known_are_unknown_and_not_nought():
    row = pd.Series({
        "settlements_core": 3, "settlements_full": 4, "population_known_core": float("nan"),
        "population_known_full": float("nan"), "settlements_population_unknown_core": 3,
        "settlements_population_unknown_full": 4,
    })  # fmt: skip
    assert (
        briefing._settlements(row) == "3–4 settlements of the layer lie in it; how many people live there is unknown."
    )


@pytest.mark.parametrize(("areas", "moves"), [([(10, 20), (11, 21)], False), ([(10, 20), (50, 60)], True)])
def test_whether_reading_or_depth_moves_the_answer_more(areas, moves):
    table = pd.DataFrame(areas, columns=["area_core_km2", "area_full_km2"])
    assert briefing._reading_moves(table) == moves


class Tags(HTMLParser):
    """Every tag and what it links to."""

    def __init__(self):
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        """Note a tag."""
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"src", "href"} or name.startswith("on")]


HOSTILE = """# <script>alert(1)</script>

<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![y](http://example.org/track.png) <iframe src="http://x"></iframe>

| a <b onclick=alert(1)>b</b> |
| --- |
| {{ 7*7 }} |
"""


def test_nothing_in_a_hostile_text_runs_or_is_fetched():
    page = briefing.page(HOSTILE, title="</title><script>alert(1)</script>", files={})
    seen = Tags()
    seen.feed(page)
    assert not {"script", "iframe", "b"} & set(seen.tags)
    assert not any("javascript:" in link or link.startswith("http") for link in seen.links)
    assert "default-src 'none'" in page
    assert "{{ 7*7 }}" in page


def test_pictures_are_inside_the_page_and_links_stay():
    page = briefing.page("![m](a.png) <https://example.org>", title="t", files={"a.png": b"\x89PNG"})
    seen = Tags()
    seen.feed(page)
    assert seen.links == ["data:image/png;base64,iVBORw==", "https://example.org"]


def test_the_written_page_is_whole(idlib_maps):
    page = next(path for path in idlib_maps if path.name == "report.html").read_text(encoding="utf-8")
    seen = Tags()
    seen.feed(page)
    pictures = [link for link in seen.links if link.startswith("data:image/png")]
    assert len(pictures) >= 7, "the map, four roads, people, patrols, obligations"
    assert "table" in seen.tags
    folder = idlib_maps[0].parent
    text = (folder / "report.md").read_text(encoding="utf-8")
    for path in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text):
        assert (folder / path).is_file(), path
