"""The page as text: the same bytes, nothing from outside, no text of a layer ever a template or a script."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import json
import re
from typing import Any

import folium
import folium.plugins
import pytest
import shapely
from browser import sample
from hostile import PAYLOADS

from dmz import webmap
from dmz.errors import InputError, OutputError
from dmz.layer import Layer, Sheet, Style, Symbol


@pytest.fixture(scope="module")
def plain() -> str:
    return webmap.page(sample.layers(), sample.sheet())


@pytest.fixture(scope="module")
def hostile() -> str:
    return webmap.page(sample.layers(sample.hostile), sample.sheet(sample.hostile))


def island(page: str) -> Any:
    """Data of a page, read as a browser reads it: up to the first closing tag."""
    return json.loads(re.search(r'<script type="application/json" id="atlas">(.*?)</script>', page, re.DOTALL)[1])


def scripts(page: str) -> list[str]:
    return re.findall(r"<script>(.*?)</script>", page, re.DOTALL)


def decoded(steps: list[Any]) -> Any:
    """Positions from the steps of the island."""
    if isinstance(steps[0], list):
        return [decoded(inner) for inner in steps]
    x = y = 0
    positions = []
    for dx, dy in zip(steps[::2], steps[1::2], strict=True):
        x, y = x + dx, y + dy
        positions.append((x / 1e5, y / 1e5))
    return positions


def test_the_same_map_is_the_same_page(plain: str) -> None:
    assert webmap.page(sample.layers(), sample.sheet()) == plain
    drawn = webmap.render(sample.layers(), sample.sheet())
    assert [drawn.get_root().render() for _ in range(2)] == [plain, plain]


def test_a_page_with_children_of_folium_is_the_same_twice() -> None:
    def added() -> str:
        drawn = webmap.render(sample.layers(), sample.sheet())
        folium.Marker([35.5, 36.5], popup="Here", tooltip="There").add_to(drawn)
        return str(drawn.get_root().render())

    assert added() == added()


def test_save_writes_the_page(plain: str, tmp_path: Any) -> None:
    webmap.render(sample.layers(), sample.sheet()).save(tmp_path / "map.html")
    assert (tmp_path / "map.html").read_text(encoding="utf-8") == plain


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_text_is_data_in_every_field(hostile: str, name: str) -> None:
    data = island(hostile)
    texts = [
        data["title"],
        data["subtitle"],
        *data["notes"],
        *data["attribution"],
        *data["steps"][0][1:],
        *data["caveats"],
        *data["summary"][0],
    ]
    texts += [reading[key] for reading in data["readings"] for key in ("name", "words")]
    for layer in data["layers"]:
        texts += [layer[key] for key in ("title", "abstract", "source") if layer.get(key) and layer["key"] != "bare"]
        texts += [symbol["label"] for symbol in layer["symbols"].values() if "label" in symbol]
    zone = next(layer for layer in data["layers"] if layer["key"] == "zone-deep")
    texts.append(zone["features"][0]["values"][0])
    assert len(texts) > 40
    assert [text for text in texts if PAYLOADS[name] not in text] == []


def test_no_text_of_a_layer_is_in_a_script(hostile: str) -> None:
    assert [script for script in scripts(hostile) if "__x" in script or "7*7" in script] == []


def test_a_text_cannot_close_the_island_or_the_title(hostile: str) -> None:
    before, _, after = hostile.partition('id="atlas">')
    inside, _, after = after.partition("</script>")
    assert "<" not in inside
    assert "\u2028" not in inside
    assert "\u2029" not in inside
    assert "window.__x" not in after
    title = re.search(r"<title>(.*?)</title>", before, re.DOTALL)[1]
    assert html.unescape(title) == sample.hostile("Sample map")


def test_nothing_on_the_page_comes_from_elsewhere(plain: str) -> None:
    outside_scripts = re.sub(r"<script\b.*?</script>", "", plain, flags=re.DOTALL)
    assert re.findall(r"""(?:src|href)\s*=\s*["']?(?!data:)[^"'\s>]+""", outside_scripts) == []
    styles = "".join(re.findall(r"<style>(.*?)</style>", plain, re.DOTALL))
    assert re.findall(r"""url\(["']?(?!data:)[^)]+|@import""", styles.replace("url(#default#VML)", "")) == []


def test_the_policy_lets_run_exactly_the_scripts_on_the_page(plain: str) -> None:
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', plain)[1]
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts(plain)}
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert set(rules["script-src"].split()) == hashes
    assert plain.index("Content-Security-Policy") < plain.index("<script")
    assert "connect-src" not in rules


def test_the_licence_of_leaflet_is_on_the_page(plain: str) -> None:
    assert "Leaflet 1.9.3, a JS library for interactive maps" in plain
    assert "Redistributions in binary form must reproduce the above copyright notice" in plain


def test_no_element_keeps_a_random_name(plain: str) -> None:
    assert re.findall(r"_[0-9a-f]{32}\b", re.sub(r'id="atlas">.*?</script>', "", plain, flags=re.DOTALL)) == []


def test_a_notebook_gets_the_whole_page_in_a_frame(plain: str) -> None:
    drawn = webmap.render(sample.layers(), sample.sheet())
    frame = drawn._repr_html_()
    assert html.unescape(re.search(r'srcdoc="(.*?)"', frame, re.DOTALL)[1]) == plain


def test_what_a_user_adds_is_on_the_page_and_allowed_to_run() -> None:
    drawn = webmap.render(sample.layers(), sample.sheet())
    folium.Marker([35.5, 36.5], popup="Here").add_to(drawn)
    drawn.get_root().html.add_child(folium.Element("<h2>{{ heading }}</h2>"))
    page = drawn.get_root().render()
    main = scripts(page)[-1]
    assert "L.marker(" in main
    assert base64.b64encode(hashlib.sha256(main.encode()).digest()).decode() in page
    assert "<h2>{{ heading }}</h2>" in page


def test_data_on_the_map_of_a_user_is_no_template() -> None:
    drawn = webmap.render(sample.layers(), sample.sheet())
    collection = {
        "type": "Feature",
        "properties": {"name": "{{ 7*7 }}"},
        "geometry": {"type": "Point", "coordinates": [36, 35]},
    }
    folium.GeoJson(collection).add_to(drawn)
    assert "{{ 7*7 }}" in drawn.get_root().render()


@pytest.mark.parametrize(
    ("child", "said"),
    [
        (lambda: folium.Marker([35, 36], tooltip="</script><script>1</script>"), "would end its script"),
        (lambda: folium.Marker([35, 36], tooltip="<!-- <script>"), "would end its script"),
        (lambda: folium.Marker([35, 36], icon=folium.Icon(color="red")), "folium.Icon"),
        (lambda: folium.TileLayer("OpenStreetMap"), "online tiles"),
        (folium.plugins.Fullscreen, "loads https://"),
    ],
)
def test_a_child_that_breaks_the_page_is_refused(child: Any, said: str) -> None:
    drawn = webmap.render(sample.layers(), sample.sheet())
    child().add_to(drawn)
    with pytest.raises(OutputError, match=said):
        drawn.get_root().render()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<script>1</script>", "holds a script in its HTML"),
        ('<img alt="" src="https://example.org/a.png">', "links to https://example.org/a.png"),
    ],
)
def test_html_that_breaks_the_page_is_refused(text: str, said: str) -> None:
    drawn = webmap.render(sample.layers(), sample.sheet())
    drawn.get_root().html.add_child(folium.Element(text))
    with pytest.raises(OutputError, match=re.escape(said)):
        drawn.get_root().render()


@pytest.mark.parametrize("color", ["red", "url(https://example.org/a.svg)", "#12345", ""])
def test_a_colour_that_is_none_is_refused(color: str) -> None:
    layer = dataclasses.replace(sample.bare(), style=Style.single(Symbol(color)))
    with pytest.raises(InputError, match=r"layer bare: .* is no colour: write #rrggbb"):
        webmap.render([layer], Sheet(title="Map"))


def test_a_value_without_a_symbol_is_refused() -> None:
    layer = Layer(
        "a",
        "A",
        sample.table([shapely.Point(36, 35)], held=["nobody"]),
        Style({"us": Symbol("#000000")}, "held"),
        "posts",
    )
    with pytest.raises(InputError, match="no symbol for held 'nobody'; there are us"):
        webmap.render([layer], Sheet(title="Map"))


def test_values_are_plain_and_unknown_is_null(plain: str) -> None:
    zone = next(layer for layer in island(plain)["layers"] if layer["key"] == "zone-deep")
    rows = [dict(zip(zone["columns"], feature["values"], strict=True)) for feature in zone["features"]]
    assert rows == [
        {
            "clause": "article 3",
            "depth": "0 to 15 km",
            "area": "3 244.1 km²",
            "clear": True,
            "since": "2018-10-15",
            "seen": None,
        },
        {"clause": None, "depth": "15 to 20 km", "area": None, "clear": False, "since": None, "seen": 3.25},
    ]


def test_only_columns_that_are_shown_are_on_the_page(plain: str) -> None:
    zone = next(layer for layer in island(plain)["layers"] if layer["key"] == "zone-deep")
    assert zone["columns"] == list(sample.FACTS)


def test_drawn_shapes_are_the_shapes_to_within_a_pixel(plain: str) -> None:
    # Tolerance of drawing, half a step of rounding on each axis.
    allowed = webmap.DRAWN_DEG + 10**-webmap.DIGITS
    drawn = {layer["key"]: layer for layer in island(plain)["layers"]}
    for layer in sample.layers():
        if layer.group == "basemap":
            continue
        for shape, feature in zip(layer.features.geometry, drawn[layer.key]["features"], strict=True):
            positions = decoded(feature["geometry"]["steps"])
            coordinates = positions[0] if shape.geom_type == "Point" else positions
            seen = shapely.geometry.shape({"type": feature["geometry"]["type"], "coordinates": coordinates})
            assert seen.is_valid
            assert shapely.hausdorff_distance(seen, shape) <= allowed


def test_a_layer_in_another_crs_is_drawn_where_it_is(plain: str) -> None:
    moved = [dataclasses.replace(layer, features=layer.features.to_crs(32637)) for layer in sample.layers()]
    there = [
        decoded(feature["geometry"]["steps"])
        for layer in island(webmap.page(moved, sample.sheet()))["layers"]
        for feature in layer["features"]
    ]
    here = [decoded(feature["geometry"]["steps"]) for layer in island(plain)["layers"] for feature in layer["features"]]
    assert len(str(there)) == pytest.approx(len(str(here)), rel=0.02)
    assert there[-1][0] == pytest.approx(here[-1][0], abs=2e-5)


def test_numbers_are_rounded_by_their_unit_and_a_hostile_column_is_only_a_name() -> None:
    column = sample.HOSTILE
    table = sample.table([shapely.box(36, 35, 37, 36)], area_km2=[12.3456789], **{column: ["kept"]})
    layer = Layer("a", "A", table, Style.single(Symbol("#000000")), "zone", popup={"area_km2": "Area", column: column})
    drawn = island(webmap.page([layer], Sheet(title="Map")))["layers"][0]
    assert dict(zip(drawn["columns"], drawn["features"][0]["values"], strict=True)) == {
        "area_km2": 12.346,
        column: "kept",
    }
