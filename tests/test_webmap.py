"""The page: self-contained, the same twice, and deaf to whatever text it is given."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import folium
import folium.plugins
import geopandas as gpd
import pytest
import shapely
from hostile import PAYLOADS

from dmz import webmap
from dmz.errors import OutputError
from dmz.layer import Layer, Sheet, Style, Symbol


def a_layer(text: str = "Zone", **options) -> Layer:
    """A layer of one square that holds a text wherever a text can stand."""
    table = gpd.GeoDataFrame(
        {"id": [text], "name": [text], text: [text]}, geometry=[shapely.box(36, 35, 37, 36)], crs=4326
    )
    return Layer(
        **{
            "key": "zone", "title": text, "features": table, "style": Style.single(Symbol("#1457a8", "#1457a8", label=text)),
            "group": "zone", "abstract": text, "source": text, "popup": {text: text, "name": text}, "label": "name", **options,
        }
    )  # fmt: skip


def a_sheet(text: str = "Map") -> Sheet:
    return Sheet(
        title=text, subtitle=text, readings={"r": text}, words={"r": text}, notes=(text,), attribution=(text,),
        summary=((text, text),), steps=(("2018-10-15", text),),
    )  # fmt: skip


def island(page: str) -> dict:
    """Data of a page, read as the page's script reads it."""
    block = re.search(r'<script type="application/json" id="atlas">(.*?)</script>', page, re.DOTALL)
    return json.loads(block[1])


def test_the_same_layers_are_the_same_page():
    assert webmap.page([a_layer()], a_sheet()) == webmap.page([a_layer()], a_sheet())


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_text_comes_out_as_it_went_in_and_ends_no_script(payload):
    page = webmap.page([a_layer(payload)], a_sheet(payload))
    data = island(page)
    assert data["title"] == data["notes"][0] == data["layers"][0]["title"] == payload
    assert data["layers"][0]["features"][0]["properties"][payload] == payload
    assert page.count("</script>") == page.count("<script")
    assert re.search(r"<title>(.*?)</title>", page)[1] == webmap.html.escape(payload)


def test_nothing_is_loaded_from_anywhere():
    page = webmap.page([a_layer()], a_sheet())
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"""(?:src|href)=["']?(?!data:)""", markup)
    assert not re.search(r"url\((?!data:|#)", markup)


def test_the_policy_names_exactly_the_scripts_of_the_page():
    page = webmap.page([a_layer()], a_sheet())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)[1]
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts}
    assert policy.startswith("default-src 'none'; script-src ")
    assert set(re.search(r"script-src ([^;]+);", policy)[1].split()) == hashes
    assert "unsafe-eval" not in policy


def test_leaflet_keeps_its_notice():
    assert "Leaflet 1.9.3" in webmap.page([a_layer()], a_sheet())
    assert "Vladimir Agafonkin" in webmap.page([a_layer()], a_sheet())


def test_a_user_may_add_to_the_map():
    drawn = webmap.render([a_layer()], a_sheet())
    folium.Marker([35.5, 36.5], tooltip="here").add_to(drawn)
    page = drawn.get_root().render()
    assert "L.marker" in page
    assert isinstance(drawn, folium.Map)
    assert page == drawn.get_root().render(), "a page may be rendered twice"


def test_a_map_shows_in_a_notebook():
    assert "<iframe" in webmap.render([a_layer()], a_sheet())._repr_html_()


def test_a_child_that_needs_the_network_is_refused():
    drawn = webmap.render([a_layer()], a_sheet())
    folium.plugins.Fullscreen().add_to(drawn)
    with pytest.raises(OutputError, match="a page without a network cannot have it"):
        drawn.get_root().render()


def test_a_child_that_would_break_out_of_its_script_is_refused():
    drawn = webmap.render([a_layer()], a_sheet())
    folium.Marker([35.5, 36.5], popup=folium.Popup("</script><script>x()</script>")).add_to(drawn)
    with pytest.raises(OutputError, match="the page is not written"):
        drawn.get_root().render()


def test_unknown_is_null_and_numbers_are_rounded_by_their_unit():
    table = gpd.GeoDataFrame(
        {"id": ["a"], "people": [None], "area_km2": [12.3456789]}, geometry=[shapely.box(36, 35, 37, 36)], crs=4326
    )
    popup = {"people": "People", "area_km2": "Area"}
    page = webmap.page([a_layer(features=table, popup=popup, label="")], a_sheet())
    assert island(page)["layers"][0]["features"][0]["properties"] == {"people": None, "area_km2": 12.346, "id": "a"}
