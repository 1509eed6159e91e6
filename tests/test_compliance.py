"""Compliance: the story of Idlib by date, what one could know when, and how obligations and observations meet."""

from __future__ import annotations

import csv
import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import ROOT, shared

from dmz import geodata, geodesy
from dmz.agreement import read_agreement
from dmz.compliance import JUDGED_COLUMNS, STATUS_COLUMNS, attached, cases, judged, statuses, timeline
from dmz.errors import InputError
from dmz.ground import Ground
from dmz.line import Line
from dmz.observation import REQUIRED, check_observations, coarsened, read_observations
from dmz.verdict import STATUSES, Rules
from dmz.zone import zones

STORE = geodata.open_store(ROOT / "geodata")
NONE = pd.DataFrame(columns=[*REQUIRED])


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture(scope="module")
def idlib():
    return read_agreement("sochi-2018")


@pytest.fixture(scope="module")
def reported(idlib):
    return read_observations(STORE.table(idlib.observations))


@pytest.fixture(scope="module")
def field():
    """Roads, and a box in place of the zone: the reports of Idlib are about the whole zone or a road."""
    belts = gpd.GeoDataFrame(
        {"reading": ["deep"], "band": ["core"]}, geometry=[shapely.box(36, 35.5, 36.4, 35.9)], crs=4326
    )
    return Ground(belts, STORE.open("idlib/corridors"))


# What one could know on each day, from the words of the facts; all else is "not verified", "not due" or yet due.
STORY = {
    "2018-09-16": {},  # the memorandum is of 17 September
    "2018-09-18": {"heavy-weapons": "due in 22 days", "radical-groups": "due in 27 days", "transit": "due in 104 days"},
    # "All tanks ... withdrawn by 10 October"; attacks were reported from 19 September
    "2018-10-10": {"heavy-weapons": "due in 0 days", "radical-groups": "due in 5 days", "no-attacks": "violated"},
    "2018-10-11": {"heavy-weapons": "not verified", "radical-groups": "due in 4 days", "no-attacks": "violated"},
    # SOHR, 14 October: jihadi groups hold about 70 % of the buffer zone; they were to leave by the 15th
    "2018-10-16": {"heavy-weapons": "not verified", "radical-groups": "overdue", "no-attacks": "violated"},
    # United States, 17 October: withdrawal of heavy weapons "complete by all accounts"
    "2018-10-17": {"heavy-weapons": "met", "radical-groups": "overdue", "no-attacks": "violated"},
    # Mercy Corps, December 2018: the boundaries are agreed; six of ten provisions in part, which is not said
    "2019-01-01": {
        "heavy-weapons": "met", "radical-groups": "overdue", "no-attacks": "violated", "delineate": "met",
        "transit": "not verified", "zone-established": "not verified",
    },
    # nobody had confirmed the withdrawal again for 90 days
    "2019-01-16": {"heavy-weapons": "not verified", "radical-groups": "overdue", "no-attacks": "violated", "delineate": "met"},
    # first patrols, "coordinated but separate", not along the boundaries
    "2019-03-08": {"patrolling": "partly met", "radical-groups": "overdue", "no-attacks": "violated", "delineate": "met"},
    # ground offensive from 6 May
    "2019-06-07": {"patrolling": "not verified", "sustain-ceasefire": "violated", "radical-groups": "overdue", "no-attacks": "violated", "delineate": "met"},
    # towns of the opposition "taken ... by SAA in 2019", April to August
    "2019-09-01": {"preserve-area": "violated", "sustain-ceasefire": "violated", "radical-groups": "overdue", "no-attacks": "violated", "delineate": "met"},
    # 15 March 2020: the first joint patrol on the M4 is cut short: transit is not restored
    "2020-03-15": {"transit": "overdue", "preserve-area": "violated", "sustain-ceasefire": "violated", "radical-groups": "overdue", "no-attacks": "violated", "delineate": "met"},
}  # fmt: skip


@pytest.mark.parametrize("date", STORY)
def test_the_story_of_idlib_is_what_one_could_know_on_the_day(idlib, reported, field, date):
    found = statuses(idlib, reported, field, day(date)).set_index("obligation")["status"]
    assert len(found) == 9
    for obligation, status in found.items():
        if obligation in STORY[date]:
            assert status == STORY[date][obligation], obligation
        else:
            assert status in {"not due", "not verified"} or status.startswith("due in"), obligation
            assert (status == "not due") == (date == "2018-09-16"), obligation


def test_with_hindsight_the_same_days_look_different(idlib, reported, field):
    days = [day("2018-10-18"), day("2019-01-01"), day("2019-06-07")]
    then = timeline(idlib, reported, field, days).set_index(["obligation", "date"])["status"]
    now = timeline(idlib, reported, field, days, as_known_on=day("2024-01-01"))
    now = now.set_index(["obligation", "date"])["status"]
    assert then.loc["heavy-weapons"].tolist() == ["met", "met", "not verified"]
    assert now.loc["heavy-weapons"].tolist() == ["disputed", "disputed", "overdue"]
    assert (then.loc["transit", days[1]], now.loc["transit", days[1]]) == ("not verified", "overdue")


def test_a_dispute_names_both_observers_with_their_day(idlib, reported, field):
    found = statuses(idlib, reported, field, day("2018-10-18"), as_known_on=day("2024-01-01"))
    why = found.set_index("obligation").loc["heavy-weapons", "why"]
    assert why.startswith("Observers differ.")
    assert "For: weapons-out-2018-10-17 (United States Department of State, 2018-10-17)." in why
    assert "Against: weapons-not-all-out-first (Wikipedia contributors, 2018-10-11)." in why


def test_every_observation_of_idlib_stands_in_the_facts(reported):
    figures = shared("facts/published_figures.csv").read_text(encoding="utf-8")
    patrols = shared("facts/patrols.csv").read_text(encoding="utf-8")
    opened = shared("facts/sources.md").read_text(encoding="utf-8")
    terms = shared("facts/agreement_terms.csv").read_text(encoding="utf-8")
    for words in (
        "complete by all accounts",
        "rt.com/newsline/441521",
        "about 70 % of area",
        "docslib.org/doc/11567427",
        "six of ten provisions",
    ):
        assert words in figures
    for words in ("2019-03-08", "coordinated but separate", "2020-03-15", "cut short", "reached Musaybin area"):
        assert words in patrols
    assert "idlib_demilitarization_(2018-2019).md" in opened
    assert "2020-03-05,1,Cease all military actions along the line of contact" in terms
    with shared("facts/settlements_control_2018-09.csv").open(encoding="utf-8", newline="") as file:
        towns = {row["name"]: row for row in csv.DictReader(file)}
    for key, name, words in (
        ("khan-shaykhun-2019-08", "Khan Shaykhun", "taken from rebels by SAA in 2019"),
        ("tell-tuqan-2020-02-05", "Tell Tuqan", "taken by SAA 5 Feb 2020"),
    ):
        row = reported.set_index("id").loc[key]
        assert (row["lat"], row["lon"]) == (float(towns[name]["lat"]), float(towns[name]["lon"]))
        assert words in towns[name]["source"]


def test_the_blocked_patrol_stands_where_the_layer_of_patrols_has_its_end(reported, field):
    end = shapely.get_point(STORE.open("idlib/patrols").set_index("id").geometry["patrol-1"], -1)
    row = reported.set_index("id").loc["m4-patrol-1-2020-03-15"]
    at = geodesy.interpolate(field.lines()[row["road"]], row["from_km"] * 1000)
    assert geodesy.GEOD.inv(at.x, at.y, end.x, end.y)[2] < 100


# -------------------------------------------------------------------------------- a made-up armistice


@pytest.fixture(scope="module")
def armistice():
    return read_agreement(ROOT / "tests" / "agreements" / "armistice.toml")


@pytest.fixture(scope="module")
def strip(front):
    line = Line(front.geometry, left="north", right="south")
    return zones(line, depth_km=(2, 4), reading="each-side")


def saw(*rows: dict) -> pd.DataFrame:
    plain = {
        "obligation": "withdraw",
        "date_observed": "1999-03-20",
        "date_reported": "1999-03-20",
        "claim": "contradicts",
    }
    records = [
        {"id": f"o{n}", "observer": f"Observer {n}", "source": "s", **plain, **row} for n, row in enumerate(rows)
    ]
    return check_observations(pd.DataFrame(records, columns=[*dict.fromkeys(k for r in records for k in r)]))


IN = {"lon": 36.2, "lat": 35.46, "precision_m": 100}  # 1 km off the line
FRINGE = {"lon": 36.25, "lat": 35.494, "precision_m": 100}
OUT = {"lon": 36.2, "lat": 35.7, "precision_m": 100}
ON = day("1999-04-01")


def status(agreement, observations, ground, on=ON, obligation="withdraw", **more) -> str:
    return statuses(agreement, observations, ground, on, **more).set_index("obligation").loc[obligation, "status"]


def test_nothing_observed_is_not_verified_and_shows_that_nobody_saw(armistice, strip):
    found = statuses(armistice, NONE, strip, ON).set_index("obligation")
    assert found["kind"].tolist() == ["not verified"] * 3
    assert found.loc["withdraw", "observed_share"] == 0.0
    assert np.isnan(found.loc["store", "observed_share"])
    assert found.loc["withdraw", "why"] == (
        "Nobody reported on it. Its date is 1999-03-15. Seen from reported places, within 2 km: 0.0% of the zone."
    )
    assert judged(armistice, NONE, strip, ON).empty


def test_the_columns_are_those_documented(armistice, strip):
    found = statuses(armistice, saw(IN), strip, ON)
    assert [*found.columns] == [*STATUS_COLUMNS]
    assert {*found["kind"]} <= {*STATUSES}
    assert [*judged(armistice, saw(IN), strip, ON).columns] == [*JUDGED_COLUMNS, "geometry"]


@pytest.mark.parametrize(
    ("place", "ground", "bearing", "status_"),
    [
        (IN, "inside", "contradicts", "overdue"),
        (IN | {"precision_m": 1500}, "edge", "cannot tell", "not verified"),
        (FRINGE, "fringe", "cannot tell", "not verified"),
        (FRINGE | {"claim": "supports in part"}, "fringe", "cannot tell", "not verified"),
        (FRINGE | {"claim": "supports"}, "fringe", "supports", "not verified"),
        (OUT, "outside", "nothing", "not verified"),
        ({}, "whole", "contradicts", "overdue"),
    ],
)
def test_a_place_counts_as_its_precision_allows(armistice, strip, place, ground, bearing, status_):
    observations = saw(place)
    row = judged(armistice, observations, strip, ON).iloc[0]
    assert (row["ground"], row["bearing"], row["status"]) == (ground, bearing, status_)
    assert (row["reason"] == "") == (bearing == row["claim"])
    assert status(armistice, observations, strip) == status_


def test_without_a_zone_a_place_cannot_tell(armistice):
    assert status(armistice, saw(IN), None) == "not verified"
    assert status(armistice, saw({}), None) == "overdue"


def test_only_what_was_reported_by_the_day_counts_on_it(armistice, strip):
    late = saw(IN | {"date_reported": "1999-03-31"})
    days = [day("1999-03-30"), day("1999-03-31")]
    found = timeline(armistice, late, strip, days)
    assert found[found["obligation"] == "withdraw"]["status"].tolist() == ["not verified", "overdue"]
    assert status(armistice, late, strip, day("1999-03-21"), as_known_on=day("1999-03-31")) == "overdue"
    assert status(armistice, late, strip, day("1999-03-19"), as_known_on=day("1999-03-31")) == "not verified"
    assert len(judged(armistice, late, strip, day("1999-03-30"))) == 0


def test_what_was_seen_before_entry_into_force_counts_nothing(armistice, strip):
    early = saw({"obligation": "no-fire", "date_observed": "1999-03-04", "date_reported": "1999-03-04"})
    assert status(armistice, early, strip, obligation="no-fire") == "not verified"
    first = saw({"obligation": "no-fire", "date_observed": "1999-03-05", "date_reported": "1999-03-05"})
    assert status(armistice, first, strip, obligation="no-fire") == "violated"


def test_due_days_are_counted_down(armistice, strip):
    days = [day("1999-03-04"), day("1999-03-05"), day("1999-03-14"), day("1999-03-15"), day("1999-03-16")]
    found = timeline(armistice, NONE, strip, days)
    found = found[found["obligation"] == "withdraw"]
    assert found["status"].tolist() == ["not due", "due in 10 days", "due in 1 day", "due in 0 days", "not verified"]
    assert found["due_in_days"].tolist() == [11, 10, 1, 0, -1]


def test_places_in_order_are_met_only_where_enough_was_seen(armistice, strip):
    xy = [(lon, lat) for lon in np.arange(35.9, 36.6, 0.02) for lat in np.arange(35.3, 35.6, 0.02)]
    rows = [{"lon": x, "lat": y, "precision_m": 10, "claim": "supports", "observer": "A"} for x, y in xy]
    everywhere = saw(*rows)
    found = statuses(armistice, everywhere, strip, ON).set_index("obligation").loc["withdraw"]
    assert (found["status"], found["observed_share"] > 0.9) == ("met", True)
    few = statuses(armistice, everywhere.iloc[::40], strip, ON).set_index("obligation").loc["withdraw"]
    assert few["status"] == "not verified"
    assert 0 < few["observed_share"] < 0.5
    assert f"{few['observed_share']:.1%} of the zone" in few["why"]
    assert status(armistice, everywhere.iloc[::40], strip, rules=Rules(enough_share=0.01)) == "met"


def test_what_was_not_seen_covers_nothing(armistice, strip):
    rows = [IN | {"claim": words} for words in ("access denied", "could not be verified", "cannot tell")]
    found = statuses(armistice, saw(*rows), strip, ON).set_index("obligation").loc["withdraw"]
    assert (found["status"], found["cannot_tell"], found["observed_share"]) == ("not verified", 3, 0.0)


def test_the_categories_of_the_osce_count_by_what_is_asked(armistice, strip):
    both = {"obligation": "withdraw; store"}
    found = {
        words: statuses(armistice, saw({"claim": words, **both}), strip, ON).set_index("obligation")["status"]
        for words in (
            "in violation of withdrawal lines",
            "beyond the lines but outside storage sites",
            "missing again",
            "access denied",
        )
    }
    assert {words: (s["withdraw"], s["store"]) for words, s in found.items()} == {
        "in violation of withdrawal lines": ("overdue", "overdue"),
        "beyond the lines but outside storage sites": ("partly met", "overdue"),
        "missing again": ("not verified", "overdue"),
        "access denied": ("not verified", "not verified"),
    }


def test_order_and_breach_at_one_place_are_disputed_and_at_two_a_breach(armistice, strip):
    far = {"lon": 36.4, "lat": 35.495, "precision_m": 100}
    guns = {"category": "guns"}
    assert status(armistice, saw(IN | guns, IN | guns | {"claim": "supports"}), strip).startswith("disputed")
    assert status(armistice, saw(IN | guns, far | guns | {"claim": "supports"}), strip) == "overdue"


def test_one_category_done_and_another_not_reported_is_partly_met(armistice, strip):
    found = statuses(armistice, saw({"claim": "supports", "category": "Tanks"}), strip, ON).set_index("obligation")
    assert found.loc["withdraw", "status"] == "partly met"
    assert found.loc["withdraw", "parts"] == "guns: not verified; tanks: met"


def test_what_the_text_does_not_name_cannot_tell(armistice, strip):
    row = judged(armistice, saw({"category": "mortars"}), strip, ON).iloc[0]
    assert (row["bearing"], row["reason"]) == ("cannot tell", "the text names no mortars")


def test_observations_find_their_obligation_by_id_clause_category_or_road(idlib):
    rows = check_observations(
        pd.DataFrame(
            [
                {"obligation": "transit; no-attacks"}, {"clause": "Article 6"}, {"category": "TANKS"},
                {"category": "миномёты"}, {"road": "m5"}, {"clause": "article 8", "category": "tanks"},
            ]
        ).assign(id=list("abcdef"), date_observed="2018-10-17", date_reported="2018-10-17", claim="cannot tell", observer="A", source="s")
    )  # fmt: skip
    assert attached(idlib, rows) == [
        {"transit", "no-attacks"}, {"heavy-weapons"}, {"heavy-weapons"}, {"heavy-weapons"}, {"transit"}, {"transit"},
    ]  # fmt: skip


def test_an_observation_of_no_obligation_is_refused_with_its_id(armistice, strip):
    with pytest.raises(InputError) as caught:
        statuses(
            armistice, saw({"obligation": "withdraw; disarm"}, {"obligation": None, "clause": "article 9"}), strip, ON
        )
    assert [*caught.value.faults] == [
        "observation o0: no obligation fits disarm; there are withdraw, store, no-fire",
        "observation o1: no obligation fits article 9; there are withdraw, store, no-fire",
    ]


def test_every_reading_has_its_row_where_the_zone_matters(armistice, front):
    line = Line(front.geometry, left="north", right="south")
    deep = zones(line, depth_km=(2, 4), reading="deep", party="south")
    both = pd.concat([zones(line, depth_km=(2, 4), reading="each-side"), deep], ignore_index=True)
    found = statuses(armistice, saw(IN), gpd.GeoDataFrame(both, crs=4326), ON)
    assert found[found["obligation"] == "withdraw"].set_index("reading")["status"].to_dict() == {
        "each-side": "overdue",
        "deep": "not verified",
    }, "north of the line"
    assert len(found[found["obligation"] == "store"]) == 1


def test_the_order_of_observations_changes_nothing(idlib, reported, field):
    days = [day(date) for date in STORY]
    one = timeline(idlib, reported, field, days, as_known_on=day("2024-01-01"))
    two = timeline(idlib, reported.iloc[::-1], field, days, as_known_on=day("2024-01-01"))
    pd.testing.assert_frame_equal(one, two)


def test_a_timeline_is_its_dates_one_by_one(idlib, reported, field):
    days = [day("2018-10-18"), day("2019-03-08")]
    whole = timeline(idlib, reported, field, days)
    for one in days:
        alone = statuses(idlib, reported, field, one)
        pd.testing.assert_frame_equal(whole[whole["date"] == one].reset_index(drop=True), alone)


def test_what_is_judged_can_be_passed_on_rounded(armistice, strip):
    coarse = coarsened(judged(armistice, saw(IN), strip, ON), decimals=1)
    assert (coarse["lon"].iloc[0], coarse["lat"].iloc[0], coarse["rounded_deg"].iloc[0]) == (36.2, 35.5, 0.1)
    assert coarse["bearing"].iloc[0] == "contradicts", "judged where it was, shown where it is rounded to"


def test_a_sentence_names_a_few_and_counts_the_rest(armistice, strip):
    many = saw(*[IN] * 9)
    why = statuses(armistice, many, strip, ON).set_index("obligation").loc["withdraw", "why"]
    assert why.count("Observer ") == 4
    assert "and 5 more" in why
    assert "36.2" not in why, "no coordinates in sentences"


def test_a_moment_is_its_day_and_a_text_is_no_date(armistice, strip):
    assert status(armistice, saw(IN), strip, dt.datetime(1999, 4, 1, 12)) == "overdue"  # noqa: DTZ001
    with pytest.raises(InputError, match="'1999-04-01' is not a date"):
        statuses(armistice, NONE, strip, "1999-04-01")


def test_the_real_zone_takes_the_same_reports(sochi, reported):
    found = statuses(sochi.agreement, reported, Ground(sochi.zones, sochi.roads), day("2018-10-17"))
    weapons = found[found["obligation"] == "heavy-weapons"]
    assert weapons["reading"].tolist() == ["deep", "total-width", "each-side"]
    assert {*weapons["status"]} == {"met"}
    assert len(cases(sochi.agreement, reported, Ground(sochi.zones, sochi.roads))) == 6 + 3 * 3
