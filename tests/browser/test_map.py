"""The page in a real browser, drawn from a small map whose every text tries to break out of it."""

from __future__ import annotations

import html
import re
from pathlib import Path

import folium
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from dmz import webmap
from dmz.layer import Layer, Sheet

from . import sample
from .harness import DESK, PHONE, console_errors, drawn, open_page, open_popup, requests, screenshot

Chrome = webdriver.Chrome


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "map.html"
    path.write_text(webmap.page(sample.layers(), sample.sheet()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "map.html"
    path.write_text(webmap.page(sample.layers(sample.hostile), sample.sheet(sample.hostile)), encoding="utf-8")
    return path


def choose(browser: Chrome, reading: str) -> None:
    browser.find_element(By.CSS_SELECTOR, f'input[name="reading"][value="{reading}"]').click()


def tick(browser: Chrome, title: str) -> None:
    browser.find_element(By.XPATH, f'//div[@class="legend"]//label[contains(., "{title}")]').click()


def test_the_page_says_nothing_on_the_console_and_asks_for_nothing(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    assert console_errors(browser) == []
    assert requests(browser) == []


def test_every_visible_layer_is_drawn_with_all_its_features(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    shown = [
        layer
        for layer in sample.layers()
        if layer.group != "basemap" and layer.visible and layer.reading in {None, "deep"}
    ]
    assert drawn(browser) == {layer.key: len(layer.features) for layer in shown}


def test_nothing_in_any_text_runs(browser: Chrome, hostile: Path) -> None:
    open_page(browser, hostile)
    for layer in drawn(browser):
        open_popup(browser, layer)
    choose(browser, "wide")
    browser.execute_script(
        "document.querySelectorAll('.legend input').forEach((input) => { if (!input.checked) input.click(); })"
    )
    browser.find_element(By.CSS_SELECTOR, ".credit").click()
    assert browser.execute_script("return window.__x") is None
    assert console_errors(browser) == []
    assert requests(browser) == []


def test_texts_are_shown_letter_for_letter(browser: Chrome, hostile: Path) -> None:
    open_page(browser, hostile)
    seen = [
        browser.execute_script(f"return document.querySelector('{at}').textContent")
        for at in ("#panel h1", ".caution", "blockquote")
    ]
    open_popup(browser, "zone-deep")
    seen.append(browser.execute_script("return document.querySelector('.popup h3').textContent"))
    assert [text.endswith((sample.HOSTILE, sample.HOSTILE + ")")) for text in seen] == [True] * 4
    assert browser.title.startswith("Sample map <img")


def test_only_web_addresses_become_links(browser: Chrome, hostile: Path) -> None:
    open_page(browser, hostile)
    open_popup(browser, "zone-deep")
    links = browser.execute_script("return [...document.querySelectorAll('.popup a')].map((a) => [a.href, a.rel])")
    assert ["https://example.org/doc", "noopener noreferrer"] in links
    assert all(href.startswith("https://example.org/") for href, _ in links)
    assert all(
        href.startswith("http")
        for href in browser.execute_script("return [...document.querySelectorAll('#panel a')].map((a) => a.href)")
    )


def test_another_reading_shows_its_zone_and_hides_the_other(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    assert {"zone-deep", "line"} <= set(drawn(browser))
    choose(browser, "wide")
    assert "zone-deep" not in drawn(browser)
    assert {"zone-wide", "line"} <= set(drawn(browser))
    assert browser.find_element(By.CSS_SELECTOR, "blockquote:not([hidden])").text == "“words for wide” (article 3)"
    assert [cell.text for cell in browser.find_elements(By.CSS_SELECTOR, ".summary td.now")] == [
        "3\u202f811–5\u202f041",
        "12",
    ]


def test_a_zone_switched_off_stays_off_under_another_reading(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    tick(browser, "Zone")
    assert "zone-deep" not in drawn(browser)
    choose(browser, "wide")
    assert "zone-wide" not in drawn(browser)
    tick(browser, "Zone")
    assert "zone-wide" in drawn(browser)


def test_a_layer_that_is_hidden_at_first_can_be_shown(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    assert "patrols" not in drawn(browser)
    tick(browser, "Patrols")
    assert drawn(browser)["patrols"] == 1


def test_the_address_keeps_the_reading(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    assert "#" not in browser.current_url
    choose(browser, "wide")
    assert browser.current_url.endswith("#reading=wide")
    open_page(browser, page, "#reading=wide")
    assert "zone-wide" in drawn(browser)
    browser.execute_script("location.hash = '#reading=deep'")
    assert "zone-deep" in drawn(browser)


@pytest.mark.parametrize("fragment", ["#reading=nobody", "#reading=%", "#reading=", "#other", "#reading=__proto__"])
def test_an_address_that_means_nothing_shows_the_first_reading(browser: Chrome, page: Path, fragment: str) -> None:
    open_page(browser, page, fragment)
    assert "zone-deep" in drawn(browser)
    assert console_errors(browser) == []


def test_a_popup_shows_clause_depth_area_and_source_with_their_units(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    lines = open_popup(browser, "zone-deep").splitlines()
    rows = {line.split("\t")[0]: line.split("\t")[1] for line in lines if "\t" in line}
    assert rows == {
        "Clause": "article 3",
        "Depth": "0 to 15 km",
        "Area": "3 244.1 km²",
        "Clear": "yes",
        "Since": "15 Oct 2018",
    }
    assert lines[0] == "Zone deep"
    assert "Geodesic." in lines
    assert "Source: Memorandum, https://example.org/doc and javascript:alert(1)" in lines


def test_a_layer_without_a_popup_still_says_what_it_is(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    assert open_popup(browser, "bare") == "Bare"
    assert console_errors(browser) == []


def test_a_click_opens_the_popup_of_what_was_clicked(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    browser.find_elements(By.CSS_SELECTOR, 'path[data-layer="posts"]')[1].click()
    assert browser.execute_script("return document.querySelector('.popup h3').textContent") == "Posts"


def test_the_keyboard_walks_a_layer_opens_and_closes_a_popup(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    stops = browser.execute_script(
        "return [...document.querySelectorAll('path[tabindex=\"0\"]')].map((path) => path.dataset.layer)"
    )
    assert sorted(stops) == sorted(drawn(browser))
    browser.execute_script("document.querySelector('path[data-layer=\"places\"]').focus()")
    browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert browser.switch_to.active_element.get_attribute("aria-label") == "Places: Town 1"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert "Town 1" in browser.switch_to.active_element.get_property("textContent")
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert browser.switch_to.active_element.get_attribute("aria-label") == "Places: Town 1"
    assert browser.find_elements(By.CSS_SELECTOR, ".popup") == [] or browser.execute_script(
        "return !dmz.map._popup.isOpen()"
    )


def test_every_pattern_is_a_fill_of_its_own_on_the_map_and_in_the_legend(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    fills = browser.execute_script(
        "return [...document.querySelectorAll('path[data-layer=\"areas\"]')].map((p) => p.getAttribute('fill'))"
    )
    by_pattern = dict(zip(sample.PATTERNS, fills, strict=True))
    assert by_pattern["solid"] == "#1b7837"
    assert by_pattern["none"] == "none"
    patterned = [by_pattern[name] for name in ("hatch", "cross", "dots")]
    assert len(set(patterned)) == 3
    there = "return document.getElementById(arguments[0].slice(5, -1)).tagName"
    assert [browser.execute_script(there, fill) for fill in patterned] == ["pattern"] * 3
    assert len(browser.find_elements(By.CSS_SELECTOR, ".legend .swatch pattern")) == 4


def test_labels_never_lie_over_each_other_and_grow_more_with_the_zoom(browser: Chrome, page: Path) -> None:
    boxes = "return [...document.querySelectorAll('.label')].map((e) => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })"
    counts = []
    open_page(browser, page)
    for zoom in (8, 9.5, 11):
        browser.execute_script(f"dmz.map.setView([35.5, 36.5], {zoom}, {{ animate: false }})")
        found = browser.execute_script(boxes)
        crossing = [
            (a, b) for i, a in enumerate(found) for b in found[:i]
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
        ]  # fmt: skip
        assert crossing == []
        counts.append(len(found))
    visible = "return [...document.querySelectorAll('path[data-layer=\"places\"]')].filter((p) => { const b = p.getBoundingClientRect(); return b.left > 344 && b.right < 1280 && b.top > 0 && b.bottom < 800; }).length"
    assert counts[0] > 0
    assert counts[-1] / browser.execute_script(visible) > 0.8


@pytest.mark.parametrize("size", [PHONE, (320, 568), DESK])
def test_nothing_is_wider_than_the_screen(browser: Chrome, hostile: Path, size: tuple[int, int]) -> None:
    open_page(browser, hostile, size=size)
    if size[0] < 700:
        browser.find_element(By.CSS_SELECTOR, ".sheet").click()
    width = "return [document.documentElement.scrollWidth, document.querySelector('#panel .inside').scrollWidth - document.querySelector('#panel .inside').clientWidth]"
    assert browser.execute_script(width) == [size[0], 0]


def test_on_a_phone_the_panel_is_a_sheet_named_after_the_reading(browser: Chrome, page: Path) -> None:
    open_page(browser, page, size=PHONE)
    sheet = browser.find_element(By.CSS_SELECTOR, ".sheet")
    inside = browser.find_element(By.CSS_SELECTOR, "#panel .inside")
    assert (sheet.text[-12:], inside.is_displayed()) == ("Read as deep", False)
    sheet.click()
    choose(browser, "wide")
    assert (sheet.text[-12:], inside.is_displayed()) == ("Read as wide", True)
    browser.execute_script(
        "document.elementFromPoint(195, 100).dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))"
    )
    assert not inside.is_displayed()


def test_the_sources_are_one_click_from_the_map(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    browser.find_element(By.CSS_SELECTOR, ".credit").click()
    assert [item.text for item in browser.find_elements(By.CSS_SELECTOR, "#sources li")] == [
        "© Somebody",
        "Somebody else",
    ]


def test_the_start_shows_the_whole_zone(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    inside = """
        const map = document.querySelector('.leaflet-container').getBoundingClientRect();
        return [...document.querySelectorAll('path[data-layer="zone-deep"]')].every((path) => {
          const box = path.getBoundingClientRect();
          return box.left >= map.left && box.right <= map.right && box.top >= map.top && box.bottom <= map.bottom; });"""
    assert browser.execute_script(inside)


def test_what_a_user_adds_to_the_map_works(browser: Chrome, tmp_path: Path) -> None:
    added = webmap.render(sample.layers(), sample.sheet())
    folium.Marker([35.5, 36.5], popup="Added <b>popup</b>", tooltip="Added tooltip").add_to(added)
    folium.CircleMarker([35.6, 36.6], popup=folium.Popup("Later", lazy=True)).add_to(added)
    folium.GeoJson(
        sample.lines(sample.plain)[0].features[["name", "geometry"]], tooltip=folium.GeoJsonTooltip(["name"])
    ).add_to(added)
    added.get_root().html.add_child(folium.Element("<h2 id='added'>Added heading {{ 7*7 }}</h2>"))
    path = tmp_path / "added.html"
    added.save(path)
    open_page(browser, path)
    browser.find_element(By.CSS_SELECTOR, ".leaflet-marker-icon").click()
    assert browser.execute_script("return document.querySelector('.leaflet-popup-content b').textContent") == "popup"
    assert browser.find_element(By.ID, "added").text == "Added heading {{ 7*7 }}"
    assert "zone-deep" in drawn(browser)
    assert console_errors(browser) == []
    assert requests(browser) == []


def test_a_notebook_shows_the_map_in_its_frame(browser: Chrome, tmp_path: Path) -> None:
    cell = webmap.render(sample.layers(), sample.sheet())._repr_html_()
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><body>{cell}</body>", encoding="utf-8")
    browser.get(path.as_uri())
    browser.get_log("browser")
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    browser.find_element(By.CSS_SELECTOR, 'input[value="wide"]').click()
    assert "zone-wide" in drawn(browser)
    browser.switch_to.default_content()
    assert console_errors(browser) == []


@pytest.mark.parametrize("few", [0, 1])
def test_a_map_with_next_to_nothing_on_it_works(browser: Chrome, tmp_path: Path, few: int) -> None:
    chosen: list[Layer] = [sample.bare()][:few]
    path = tmp_path / "few.html"
    path.write_text(webmap.page(chosen, Sheet(title="Few")), encoding="utf-8")
    open_page(browser, path)
    assert console_errors(browser) == []
    assert sum(drawn(browser).values()) == few


def test_printing_puts_the_map_across_the_page_and_back(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    before = browser.execute_script("return [dmz.map.getZoom(), dmz.map.getSize().x]")
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert browser.execute_script("return dmz.map.getSize().x") == pytest.approx(180 / 25.4 * 96, abs=1)
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script("return [dmz.map.getZoom(), dmz.map.getSize().x]") == before


def test_a_screenshot_is_a_picture_of_the_page(browser: Chrome, page: Path, tmp_path: Path) -> None:
    open_page(browser, page)
    assert screenshot(browser, tmp_path / "map.png").read_bytes()[:4] == b"\x89PNG"


def test_the_page_is_in_a_language_with_a_direction(browser: Chrome, page: Path) -> None:
    open_page(browser, page)
    head = html.unescape(browser.execute_script("return document.documentElement.outerHTML.slice(0, 40)"))
    assert re.match(r'<html lang="en" dir="ltr">', head)
    assert (
        browser.execute_script("return getComputedStyle(document.querySelector('.leaflet-container')).direction")
        == "ltr"
    )
