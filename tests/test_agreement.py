"""Agreements: what the Idlib file holds, and how a bad one is told all its faults at once."""

from __future__ import annotations

import json
import tomllib
from datetime import date

import jsonschema
import pytest
from conftest import ROOT

from dmz.agreement import find, json_schema, read_agreement
from dmz.errors import AgreementError, MissingInputError

SEED = ROOT / "seeds" / "sochi-2018.toml"
SEEDS = sorted([*(ROOT / "seeds").glob("*.toml"), *(ROOT / "tests" / "agreements").glob("*.toml")])


@pytest.fixture(scope="module")
def terms():
    return read_agreement(SEED)


def spoiled(tmp_path, *changes: tuple[str, str]):
    """The Idlib file with words replaced."""
    text = SEED.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_readings_stand_in_the_order_they_are_shown(terms):
    assert [(r.id, r.kind, r.party) for r in terms.readings] == [
        ("deep", "deep", "opposition"),
        ("total-width", "total-width", None),
        ("each-side", "each-side", None),
    ]
    assert terms.zone.depth_km == (15, 20)


def test_the_deadlines_are_those_of_article_and_memorandum(terms):
    due = {o.id: o.due for o in terms.obligations if o.due}
    assert due == {
        "heavy-weapons": date(2018, 10, 10),
        "zone-established": date(2018, 10, 15),
        "radical-groups": date(2018, 10, 15),
        "transit": date(2018, 12, 31),
    }
    weapons = next(o for o in terms.obligations if o.id == "heavy-weapons")
    assert [c.en for c in weapons.categories] == ["tanks", "multiple launch rocket systems", "artillery", "mortars"]


def test_all_ten_articles_of_the_memorandum_are_there(terms):
    held = [
        *terms.obligations,
        *terms.provisions,
        *terms.corridors,
        *terms.patrols,
        *terms.posts,
        *terms.institutions,
        terms.zone,
    ]
    clauses = {basis.clause for term in held for basis in term.basis if basis.source == "memorandum"}
    assert clauses >= {f"article {number}" for number in range(1, 11)}


def test_every_name_is_in_four_languages(terms):
    named = [terms, *terms.parties, *terms.readings, *terms.obligations, *terms.corridors, *terms.patrols, *terms.posts]
    for term in [*named, *terms.institutions, *terms.provisions, *terms.patrol_reports, terms.zone]:
        names = getattr(term, "name", None) or term.title
        assert all((names.en, names.ar, names.tr, names.ru)), term


def test_every_difference_gives_the_article_and_the_memorandum_or_its_statement(terms):
    assert len(terms.differences) == 6
    for difference in terms.differences:
        assert {account.source for account in difference.accounts} >= {"article", "memorandum"}


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_every_seed_meets_the_schema_that_editors_use(path):
    raw = json.loads(json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str))
    jsonschema.Draft202012Validator(json_schema(), format_checker=jsonschema.FormatChecker()).validate(raw)


def test_the_schema_kept_beside_the_seeds_is_the_present_one():
    kept = json.loads((ROOT / "seeds" / "agreement.schema.json").read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(json_schema())), "run `make schema`"


def test_all_faults_come_at_once_each_with_its_place(tmp_path):
    path = spoiled(
        tmp_path,
        (
            'from_place = "Aleppo"\nto_place = "Hama"\ndue = 2018-12-31',
            'from_place = "Aleppo"\nto_place = "Hama"\ndue = 2018-13-01',
        ),
        ('kind = "total-width"', 'kind = "totl-width"'),
        ('ends = "round"', 'ends = "round"\nwidth = 3'),
        ('operator = "turkey"', 'operator = "turkye"'),
        (
            'basis = [{ source = "article", words = "Latakia and the major city of Hama" }]',
            'basis = [{ source = "artikel" }]',
        ),
        ('to_place = "Aleppo"\n', ""),
    )
    with pytest.raises(AgreementError) as caught:
        read_agreement(path)
    faults = [fault.removeprefix(f"{path}: ") for fault in caught.value.faults]
    assert "corridor[1].due: 2018-13-01 is not a date" in faults
    assert (
        "reading[1].kind: 'totl-width' is none of 'each-side', 'total-width', 'deep', 'per-side' or 'as-given'"
        in faults
    )
    assert "zone.width: no such key" in faults
    assert "corridor[0].to_place: it is missing" in faults
    assert any(
        fault.startswith("post[0].operator: 'turkye' is no party of this file; it has opposition") for fault in faults
    )
    assert any(fault.startswith("corridor[2].basis[0].source: 'artikel' is no source of this file") for fault in faults)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("depth_km = [15, 20]", "depth_km = [20, 15]"), "zone.depth_km: [20, 15]: write the smaller depth first"),
        (("depth_km = [15, 20]", 'depth_km = "wide"'), "zone.depth_km: give km above 0 and at most 1000, a range"),
        (("depth_km = [15, 20]", "depth_km = [15, -20]"), "zone.depth_km: give km above 0"),
        (
            ('kind = "deep"\nparty = "opposition"', 'kind = "deep"\nparty = "turkey"'),
            "reading[0].party: 'turkey' is not on a side",
        ),
        (('kind = "each-side"', 'kind = "per-side"'), "reading[2].kind: 'per-side' and a depth for each party"),
        (('id = "m5"', 'id = "m4"'), "corridor: the id 'm4' stands 2 times"),
        (("[zone]", "[zone"), "not a TOML file"),
        (('roads = ["m4", "m5"]', 'roads = ["m4", "m6"]'), "obligation[7].roads: 'm6' is no corridor of this file"),
        (('where = "corridors"\nroads', 'where = "zone"\nroads'), "obligation[7].where: an obligation about roads"),
        (
            ('duty = "standing"', 'duty = "standing"\ndue = 2018-10-01'),
            "obligation[0].due: a standing obligation holds",
        ),
        (('id = "mlrs"', 'id = "tanks"'), "obligation[3].categories: the id 'tanks' stands 2 times"),
        (
            ("due = 2018-10-10", 'due = "some days after"'),
            "obligation[3].due: some days after is not a date, nor of the",
        ),
        (("due = 2018-10-10", 'due = 2018-10-10\ndue_rule = "x"'), "obligation[3].due_rule: no such key"),
        (('url = "https://english', 'url = "javascript:english'), "source[9].url"),
    ],
)
def test_a_fault_names_its_place(tmp_path, change, says):
    with pytest.raises(AgreementError) as caught:
        read_agreement(spoiled(tmp_path, change))
    assert says in str(caught.value)


def test_days_after_entry_into_force_become_a_date_and_keep_their_words():
    armistice = read_agreement(ROOT / "tests" / "agreements" / "armistice.toml")
    assert (armistice.date, armistice.in_force) == (date(1999, 3, 1), date(1999, 3, 5))
    due = {o.id: (o.due, o.due_rule) for o in armistice.obligations}
    assert due["withdraw"] == (date(1999, 3, 15), "10 days after entry into force")
    assert due["store"][0] == date(1999, 3, 25)
    assert due["no-fire"] == (None, "")


def test_without_an_entry_into_force_days_are_counted_from_the_date(tmp_path):
    change = ("due = 2018-10-10", 'due = "1 day after entry into force"')
    no_entry = ("entry_into_force = 2018-09-17", "")
    terms = read_agreement(spoiled(tmp_path, change, no_entry))
    assert next(o.due for o in terms.obligations if o.id == "heavy-weapons") == date(2018, 9, 18)


def test_days_beyond_the_calendar_are_a_fault_and_no_traceback(tmp_path):
    far = ("entry_into_force = 2018-09-17", "entry_into_force = 9999-12-01")
    with pytest.raises(AgreementError, match="9999 days after entry into force is not a date"):
        read_agreement(spoiled(tmp_path, far, ("due = 2018-10-10", 'due = "9999 days after entry into force"')))


def test_a_missing_agreement_names_those_there_are():
    with pytest.raises(MissingInputError, match=r"shipped with dmz are cyprus-1974, .*, sochi-2018"):
        find("atlantis-1999")


def test_a_shipped_agreement_is_found_by_its_key():
    assert find("sochi-2018").read_bytes() == SEED.read_bytes()
