"""The page in a real browser, the network cut."""

from __future__ import annotations

import time

import folium
import geopandas as gpd
import pytest
import shapely
from hostile import PAYLOADS

from dmz import webmap
from dmz.layer import GROUPS, Layer, Sheet, Style, Symbol

from .harness import console_errors, open_page, requests

EVIL = " ".join(text for name, text in PAYLOADS.items() if name != "line separators")
SHAPES = {
    "polygon": shapely.box(36, 35, 36.5, 35.5),
    "line": shapely.LineString([(36, 35), (36.5, 35.5)]),
    "point": shapely.Point(36.2, 35.2),
}
KINDS = {"line": "line", "corridors": "line", "patrols": "line", "posts": "point", "places": "point"}
PATTERNS = ("solid", "hatch", "cross", "dots", "none")


def hostile_layer(group: str, number: int, reading: str | None = None) -> Layer:
    kind = KINDS.get(group, "polygon")
    table = gpd.GeoDataFrame(
        {"id": [EVIL], "name": [EVIL], "rank": [1], EVIL: [EVIL]}, geometry=[SHAPES[kind]], crs=4326
    )
    symbol = Symbol("#333333", "#1457a8", pattern=PATTERNS[number % 5], marker="triangle", label=EVIL)
    return Layer(
        f"{group}-{number}", EVIL, table, Style.single(symbol), group, EVIL, EVIL, reading, {EVIL: EVIL, "name": EVIL},
        label="name" if kind == "point" else "",
    )  # fmt: skip


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory):
    """A page with hostile text in every place a text can stand, and a marker that a user added."""
    layers = [hostile_layer("basemap", 0), *(hostile_layer(g, n) for n, g in enumerate(GROUPS[:-1]))]
    layers += [hostile_layer("zone", 20, "a"), hostile_layer("zone", 21, "b")]
    sheet = Sheet(
        EVIL, EVIL, {"a": EVIL, "b": EVIL}, {"a": EVIL, "b": EVIL}, (EVIL,), (f"© {EVIL}",), ((EVIL, EVIL, EVIL),), (("2018-10-15", EVIL),),
    )  # fmt: skip
    drawn = webmap.render(layers, sheet)
    folium.Marker([35.3, 36.3]).add_to(drawn)
    path = tmp_path_factory.mktemp("page") / "hostile.html"
    drawn.save(path)
    return path


def test_hostile_text_is_shown_and_never_run(browser, hostile_page):
    open_page(browser, hostile_page)
    browser.execute_script(
        "document.querySelectorAll('[data-layer]').forEach(e => e.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter'})))"
    )
    time.sleep(0.5)
    assert browser.execute_script("return window.__x") is None
    assert EVIL in browser.execute_script("return document.querySelector('.leaflet-popup').textContent")
    assert EVIL in browser.execute_script("return document.querySelector('#panel h1').textContent")
    shown = "return [...document.querySelectorAll('.leaflet-control-attribution')].map(e => e.textContent).join()"
    assert EVIL in browser.execute_script(shown)
    assert (
        browser.execute_script(
            "return document.querySelectorAll('img:not(.leaflet-marker-icon, .leaflet-marker-shadow)').length"
        )
        == 0
    )
    assert "7*7" in browser.execute_script("return document.body.textContent")
    schemes = browser.execute_script("return [...document.querySelectorAll('a[href]')].map(a => a.protocol)")
    assert set(schemes) <= {"https:", "http:", "file:"}
    assert console_errors(browser) == []
    assert requests(browser) == []


def test_what_a_user_added_is_drawn(browser, hostile_page):
    open_page(browser, hostile_page)
    marker = "return document.querySelector('.leaflet-marker-icon').src"
    assert browser.execute_script(marker).startswith("data:image/png")


def test_every_group_is_drawn_and_its_tick_hides_it(browser, hostile_page):
    open_page(browser, hostile_page)
    drawn = set(
        browser.execute_script("return [...document.querySelectorAll('path[data-layer]')].map(e => e.dataset.layer)")
    )
    assert {key.rsplit("-", 1)[0] for key in drawn} == {*GROUPS} - {"basemap"}
    browser.execute_script("document.querySelectorAll('.legend input').forEach(tick => tick.click())")
    assert browser.execute_script("return document.querySelectorAll('path[data-layer]').length") == 0


def test_another_reading_shows_its_layers_and_stands_in_the_address(browser, hostile_page):
    open_page(browser, hostile_page)
    zones = "return [...document.querySelectorAll('path[data-layer^=zone]')].map(e => e.dataset.layer).sort()"
    assert browser.execute_script(zones) == ["zone-0", "zone-20"]
    browser.execute_script("document.querySelector('input[value=b]').click()")
    assert browser.execute_script(zones) == ["zone-0", "zone-21"]
    assert browser.execute_script("return location.hash") == "#reading=b"
    open_page(browser, hostile_page, "#reading=b")
    assert browser.execute_script(zones) == ["zone-0", "zone-21"]


def test_a_false_address_shows_the_first_reading(browser, hostile_page):
    open_page(browser, hostile_page, "#reading=%3Cimg%20src=x%3E")
    assert browser.execute_script("return document.querySelector('input[name=reading]:checked').value") == "a"
    assert console_errors(browser) == []
