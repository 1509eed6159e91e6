"""The Idlib map as a reader opens it from the disk."""

from __future__ import annotations

import time

import pytest

from .harness import console_errors, open_page, requests

OPEN = "document.querySelector('path[data-layer=\"{}\"]').dispatchEvent(new KeyboardEvent('keydown', {{key: 'Enter'}}))"
POPUP = "return document.querySelector('.leaflet-popup-content').textContent"


@pytest.fixture(scope="module")
def page(sochi, tmp_path_factory):
    return sochi.write(tmp_path_factory.mktemp("maps"))[-1]


def popup_of(browser, layer: str) -> str:
    browser.execute_script("dmz.map.closePopup();" + OPEN.format(layer))
    time.sleep(0.4)
    return browser.execute_script(POPUP)


def drawn(browser) -> set[str]:
    return set(
        browser.execute_script("return [...document.querySelectorAll('path[data-layer]')].map(e => e.dataset.layer)")
    )


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["desk", "phone"])
def test_it_opens_without_a_network_an_error_or_an_overflow(browser, page, size):
    open_page(browser, page, size=size)
    assert console_errors(browser) == []
    assert requests(browser) == []
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert browser.execute_script("const b = dmz.map.getBounds(); return b.contains([35.86, 36.8])")


def test_every_layer_is_drawn_once_it_is_ticked(browser, page, sochi):
    shown = set()
    for reading in sochi.agreement.readings:
        open_page(browser, page, f"#reading={reading.id}")
        browser.execute_script("document.querySelectorAll('.legend input:not(:checked)').forEach(tick => tick.click())")
        time.sleep(0.2)
        while browser.execute_script("return document.querySelectorAll('.legend input:not(:checked)').length"):
            browser.execute_script("document.querySelector('.legend input:not(:checked)').click()")
        shown |= drawn(browser)
    assert shown == {layer.key for layer in sochi.layers if layer.group != "basemap"}


def test_the_basemap_is_there_without_tiles(browser, page):
    open_page(browser, page)
    colours = browser.execute_script(
        "const c = document.querySelector('.leaflet-basemap-pane canvas'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "const s = new Set(); for (let i = 0; i < d.length; i += 4000) s.add(`${d[i]},${d[i+1]},${d[i+2]}`); return s.size"
    )
    assert colours > 3
    assert browser.execute_script("return document.querySelectorAll('.leaflet-tile').length") == 0


def test_the_memorandums_reading_is_shown_first_with_its_words(browser, page):
    open_page(browser, page)
    assert {
        "zone-deep",
        "line",
        "line-uncertainty",
        "corridors",
        "corridors-in-deep",
        "posts",
        "settlements",
        "areas",
    } <= drawn(browser)
    assert "zone-each-side" not in drawn(browser)
    assert "“15-20 km deep in the de-escalation area”" in browser.execute_script(
        "return document.querySelector('blockquote').textContent"
    )
    text = browser.execute_script("return document.body.innerText")
    assert "Illustrative line" in text
    assert "do not imply any judgement on the legal status" in text


def test_a_popup_names_clause_depth_area_and_source(browser, page):
    open_page(browser, page)
    text = popup_of(browser, "zone-deep")
    for words in ("article 3", "0 to 15 km off the line", "3\u202f245.6 km²", "S/2018/852", "Opposition"):
        assert words in text, words


def test_other_popups_open_too(browser, page):
    open_page(browser, page)
    assert "Not an official delineation" in popup_of(browser, "line")
    assert "km 46.9 to km 73.5" in popup_of(browser, "corridors-in-deep")
    assert "within about" in popup_of(browser, "posts")


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["desk", "phone"])
@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ("crossings", ("km 46.9 from Latakia", "km 45.5 to km 48.4")),
        ("corridors", ("government to km 46.9", "31 Dec 2018: unknown, nobody reported")),
        ("posts", ("distance only, not line of sight", "12 of 12 reported posts")),
        ("zone-deep", ("overdue on 16 Oct 2018 and 22 Jul 2020",)),
        ("road-status", ("17 Aug 2020", "nobody reported")),
        ("reports", ("contradicts", "within 1 km of the point")),
        ("patrol-gaps-deep", ("no reported patrol came within 2 km",)),
    ],
)
def test_a_finding_is_read_where_it_lies_and_clear_of_what_stands_on_the_map(browser, page, size, layer, words):
    open_page(browser, page, size=size)
    browser.execute_script("document.querySelectorAll('.legend input:not(:checked)').forEach(tick => tick.click())")
    text = popup_of(browser, layer)
    assert [word for word in words if word not in text] == []
    time.sleep(0.4)  # the map makes way
    inside = browser.execute_script(
        "const p = document.querySelector('.leaflet-popup-content-wrapper').getBoundingClientRect();"
        "const c = document.querySelector('.caution').getBoundingClientRect();"
        "return p.top >= c.bottom - 1 && p.left >= 0 && p.right <= innerWidth && p.bottom <= innerHeight"
    )
    assert inside


def test_the_legend_says_the_symbols_of_what_is_shown_and_no_more(browser, page):
    open_page(browser, page)
    seen = "return [...document.querySelectorAll('.legend .symbol')].filter(e => e.offsetHeight).map(e => e.innerText.trim())"
    assert "partly open" not in browser.execute_script(seen)
    tick = "[...document.querySelectorAll('.legend label')].find(e => e.innerText.startsWith('Roads as last')).click()"
    browser.execute_script(tick)
    assert {"partly open", "unknown: nobody reported"} <= {*browser.execute_script(seen)}


def test_the_panel_says_what_was_known_of_each_obligation_and_of_the_inputs(browser, page, sochi):
    open_page(browser, page)
    steps = browser.execute_script("return [...document.querySelectorAll('.steps li')].map(e => e.innerText)")
    assert len(steps) == len(sochi.agreement.obligations)
    assert any("31 Dec 2018" in step and "in hindsight overdue" in step for step in steps)
    assert sum("no date" in step for step in steps) == 2
    known = browser.execute_script("return document.querySelector('#caveats').textContent")
    assert "observations name no place" in known


def test_core_and_fringe_differ_by_pattern_and_dash(browser, page):
    open_page(browser, page)
    looks = browser.execute_script(
        "return [...document.querySelectorAll('path[data-layer=zone-deep]')].map(e => [e.getAttribute('fill').startsWith('url('), Boolean(e.getAttribute('stroke-dasharray'))])"
    )
    assert sorted(looks) == [[False, False], [True, True]]


def test_switching_changes_the_numbers(browser, page):
    open_page(browser, page)
    numbers = "return [...document.querySelectorAll('.summary td.now')].map(e => e.innerText)"
    before = browser.execute_script(numbers)
    browser.execute_script("document.querySelector('input[value=each-side]').click()")
    after = browser.execute_script(numbers)
    assert before != after
    assert "zone-each-side" in drawn(browser)


def test_towns_are_labelled_without_overlap(browser, page):
    open_page(browser, page)
    boxes = browser.execute_script(
        "return [...document.querySelectorAll('.label')].map(e => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom, e.textContent] })"
    )
    assert {"Idlib", "Latakia"} <= {box[4] for box in boxes}
    for n, a in enumerate(boxes):
        for b in boxes[n + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a[4], b[4])


def test_on_a_phone_the_panel_opens_and_closes(browser, page):
    open_page(browser, page, size=(390, 844))
    inside = "return getComputedStyle(document.querySelector('#panel .inside')).display"
    assert browser.execute_script(inside) == "none"
    browser.execute_script("document.querySelector('.sheet').click()")
    assert browser.execute_script(inside) == "block"
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_the_page_is_small_enough_for_a_mail(page):
    assert page.stat().st_size < 600 * 1024
