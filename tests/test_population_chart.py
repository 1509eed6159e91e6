"""The population chart: bars are the table's sums, unknown has no bar and is no 0, words stay on the paper."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from exposure_cases import beyond, front, places, scattered
from matplotlib.patches import Rectangle

import dmz
from dmz import exposure, placing
from dmz.charts import canvas, population
from dmz.errors import InputError

NORTH, SOUTH = beyond((36.3, 35.55), 0, 3_000), beyond((36.3, 35.55), 180, 3_000)


@pytest.fixture(scope="module")
def zones():
    return dmz.zones(front(), depth_km=(8, 12), reading="each-side")


def table(layer, zones) -> pd.DataFrame:
    return exposure.people(exposure.settlements(layer, zones, front(), near_km=0), zones)


def boxes(axes, look) -> list[tuple[float, float, float]]:
    """Boxes of a look's fill: from, to, and the middle of their height; from the top."""
    rgb = tuple(int(look.fill[at : at + 2], 16) / 255 for at in (1, 3, 5))
    found = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_facecolor()[:3] == rgb and p.get_fill()]
    return sorted(
        ((p.get_x(), p.get_x() + p.get_width(), p.get_y() + p.get_height() / 2) for p in found), key=lambda box: box[2]
    )


def words(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def row(**values) -> dict:
    """A row of the table of people of one zone."""
    empty = dict.fromkeys(exposure.PEOPLE_COLUMNS)
    zone = {"reading": "deep", "band": "core", "party": "north", "standing": "inside"}
    return empty | zone | {"settlements": 0, "settlements_known": 0, "settlements_unknown": 0} | values


def people(*rows: dict) -> pd.DataFrame:
    numbers = [name for name in exposure.PEOPLE_COLUMNS if name.startswith(exposure.COUNTS)]
    return pd.DataFrame(rows, columns=[*exposure.PEOPLE_COLUMNS]).astype(dict.fromkeys(numbers, "Int64"))


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_table_gives_the_same_bytes(zones, kind):
    shown = table(scattered(80, 2), zones)
    one, two = (canvas.rendered(population.population_chart(shown), kind) for _ in range(2))
    assert one == two


def test_bars_are_as_long_as_the_sums_and_counts_of_the_table(zones):
    """Where no bar is so thin that it is drawn wider."""
    shown = table(scattered(900, 3), zones)
    left, right, *_ = population.population_chart(shown).axes
    inside, edge = (shown[shown["standing"] == name] for name in ("inside", "edge"))
    for band in ("core", "fringe"):
        ends = [box[1] for box in boxes(left, population.EXTENTS[band])]
        assert ends == pytest.approx(inside.loc[inside["band"] == band, "population_low"].astype(float).tolist())
    more = [box[1] - box[0] for box in boxes(left, population.MORE)]
    added = (
        inside["population_high"].to_numpy() - inside["population_low"].to_numpy() + edge["population_high"].to_numpy()
    )
    assert more == pytest.approx(added.astype(float).tolist())
    for look, counts in (
        (population.KNOWN, inside["settlements_known"]),
        (canvas.UNKNOWN, inside["settlements_unknown"]),
        (population.MORE, edge["settlements"]),
    ):
        lengths = [box[1] - box[0] for box in boxes(right, look)]
        assert lengths == pytest.approx(counts.astype(float).tolist())


def test_a_zone_of_which_nothing_is_known_is_hatched_from_end_to_end_and_has_no_bar(zones):
    shown = table(places({"at": NORTH}, {"at": SOUTH, "population": 700}), zones)
    left, right, *_ = population.population_chart(shown).axes
    assert [box[:2] for box in boxes(left, canvas.UNKNOWN)] == [left.get_xlim()] * 3
    assert [box[1] for box in boxes(left, population.EXTENTS["core"])] == [700]
    assert [text for text in words(left) if "unknown" in text] == [
        "unknown: no figure",
        "unknown: no settlement listed",
        "unknown: no settlement listed",
    ]
    assert "0" not in words(left)
    assert [box[:2] for box in boxes(right, canvas.UNKNOWN)] == [(0, 1)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row(settlements_known=2, population_low=1_500, population_high=1_500)], "1\u202f500"),
        ([row(settlements_known=2, population_low=1_500, population_high=1_800)], "1\u202f500–1\u202f800"),
        (
            [row(settlements_known=2, settlements_unknown=1, population_low=1_500, population_high=1_500)],
            "≥ 1\u202f500",
        ),
        (
            [
                row(settlements_known=2, population_low=1_500, population_high=1_500),
                row(standing="edge", settlements=2, settlements_unknown=1, population_high=300),
            ],
            "≥ 1\u202f500–1\u202f800",
        ),
        (
            [row(), row(standing="edge", settlements=1, population_high=300)],
            "edge only: 300",
        ),
        ([row(settlements_unknown=4), row(standing="near", settlements=9, population_high=9)], "unknown: no figure"),
        ([row()], "unknown: no settlement listed"),
    ],
)
def test_the_number_says_what_is_known(rows, said):
    (found,) = population.rows_of(people(*rows))
    assert found.words == said
    assert said in words(population.population_chart(people(*rows)).axes[0])


def test_a_bar_too_thin_to_be_seen_is_drawn_wider_with_its_true_number():
    shown = people(
        row(settlements_known=1, population_low=3, population_high=3),
        row(party="south", settlements_known=1, population_low=2_000_000, population_high=2_000_000),
    )
    left = population.population_chart(shown).axes[0]
    small, large = boxes(left, population.EXTENTS["core"])
    per_mm = left.get_xlim()[1] / population.PEOPLE_MM
    assert small[1] == pytest.approx(population.SEEN_MM * per_mm)
    assert large[1] == 2_000_000
    assert "3" in words(left)


def test_all_parties_together_and_full_zones_have_rows(zones):
    shown = table(scattered(100, 1), placing.extents(zones, by_party=False))
    left = population.population_chart(shown).axes[0]
    assert "all parties, core" in words(left)
    assert "all parties, full" in words(left)
    assert len(boxes(left, population.EXTENTS["full"])) == 1


def test_readings_and_parties_may_have_names(zones):
    names = {"each-side": "15–20 km on each side", "north": "Nordland"}
    left = population.population_chart(table(scattered(50, 1), zones), names=names).axes[0]
    assert {"15–20 km on each side", "Nordland, core", "south, core"} <= {*words(left)}


def test_sources_and_years_stand_under_the_chart(zones):
    layer = places(
        {"at": NORTH, "population": 5, "population_source": "census", "population_year": 2004},
        {"at": SOUTH, "population": 5, "population_source": "OCHA", "population_year": 2018},
        {"at": SOUTH, "population": 5, "population_source": None, "population_year": None},
    )
    paper = population.population_chart(table(layer, zones), source="Drawn by hand.")
    said = " ".join(text.get_text() for text in reversed(paper.texts))
    assert "Figures: OCHA, census." in said or "Figures: census, OCHA." in said
    assert "Years of the figures: 2004–2018, some unknown." in said
    assert "Drawn by hand." in said
    bare = population.population_chart(table(places({"at": NORTH, "population": 5}), zones))
    assert "Years of the figures: unknown." in " ".join(text.get_text() for text in reversed(bare.texts))


@pytest.mark.parametrize("seed", range(3))
def test_all_words_are_on_the_paper_and_beside_their_panel(zones, seed):
    shown = table(scattered(400, seed), zones)
    shown = shown.assign(
        population_low=shown["population_low"] * 10_000, population_high=shown["population_high"] * 10_001
    )
    paper = population.population_chart(
        shown, names={"each-side": "a reading with a long name " * 9, "north": "N" * 90}
    )
    renderer = paper.canvas.get_renderer()
    left, right = (paper.axes[number].get_window_extent(renderer) for number in (0, 1))
    for axes, edge in ((paper.axes[0], right.x0), (paper.axes[1], paper.bbox.width)):
        for text in axes.texts:
            box = text.get_window_extent(renderer)
            assert box.x0 >= 0, text.get_text()
            if text.get_fontweight() != "bold":
                assert box.x1 <= edge, text.get_text()
    for text in paper.texts:
        assert text.get_window_extent(renderer).x1 <= paper.bbox.width
    assert left.x1 < right.x0


def test_looks_can_be_told_apart_in_grey():
    """By lightness, or by a hatch of another kind."""
    looks = [*population.EXTENTS.values(), population.MORE, canvas.UNKNOWN, population.KNOWN]
    for number, one in enumerate(looks):
        for other in looks[number + 1 :]:
            assert abs(lightness(one) - lightness(other)) > 0.1 or one.hatch[:1] != other.hatch[:1]
    assert canvas.UNKNOWN.hatch[:1] not in {look.hatch[:1] for look in looks if look is not canvas.UNKNOWN}


def lightness(look) -> float:
    return float(np.dot([int(look.fill[at : at + 2], 16) / 255 for at in (1, 3, 5)], [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("name", ["$x$", "</svg><script>", "a\u202eb", "x" * 100_000])
def test_hostile_names_are_drawn_as_text(zones, name):
    shown = table(scattered(20, 0), zones).assign(reading=name, population_source=name)
    drawn = canvas.rendered(population.population_chart(shown, title=name, source=name), "svg", name=name)
    assert b"<script" not in drawn


def test_wrong_inputs_are_told(zones):
    shown = table(scattered(20, 0), zones)
    with pytest.raises(InputError, match=r"the table of people: it has no column 'party' \(is it 'Party_1'\?\)"):
        population.population_chart(shown.rename(columns={"party": "Party_1"}))
    with pytest.raises(InputError, match="the table of people has no rows"):
        population.population_chart(shown.iloc[:0])
