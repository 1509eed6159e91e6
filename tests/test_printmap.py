"""The print map: what stands on it, the same bytes, shaped Arabic, nothing over its edge."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import matplotlib.image
import numpy as np
import pytest
import shapely
from handing_cases import HOSTILE, hostile, line, places, sheet, zone, zones
from pyproj import Geod, Transformer

from dmz import printmap
from dmz.charts import canvas
from dmz.printmap import drawing, furniture, naming, sheets
from dmz.window import Window, window

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def made():
    """The map of a small zone in every format, with a second page."""
    table = [("", "Wide"), ("Area, km²", "10–12")]
    return printmap.printed([places(), zone(), line()], sheet(), extra=printmap.Extra({"What it gives": table}))


def test_every_format_is_of_the_size_asked_for(made):
    assert made["pdf"].startswith(b"%PDF")
    boxes = re.findall(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", made["pdf"])
    assert len(boxes) == 2, "a map and a second page"
    assert {(round(float(w) / 72 * 25.4), round(float(h) / 72 * 25.4)) for w, h in boxes} == {(297, 210)}
    picture = matplotlib.image.imread(io.BytesIO(made["png"]))
    assert picture.shape[:2] == pytest.approx((210 / 25.4 * 150, 297 / 25.4 * 150), abs=1)
    root = ET.fromstring(made["svg"])  # noqa: S314 - our own file
    assert float(root.get("width").removesuffix("pt")) == pytest.approx(297 / 25.4 * 72, abs=0.01)


def test_the_same_layers_give_the_same_bytes_in_another_process(made, tmp_path):
    code = (
        "import sys; sys.path.insert(0, 'tests'); from handing_cases import *; from dmz import printmap; "
        "table = [('', 'Wide'), ('Area, km²', '10–12')]; "
        "m = printmap.printed([places(), zone(), line()], sheet(), extra=printmap.Extra({'What it gives': table})); "
        "[open(f'{sys.argv[1]}.{k}', 'wb').write(v) for k, v in m.items()]"
    )
    environment = {"PYTHONHASHSEED": "5", "SOURCE_DATE_EPOCH": "5"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "m")], check=True, cwd=ROOT, env=environment)
    for kind, raw in made.items():
        assert (tmp_path / f"m.{kind}").read_bytes() == raw, kind


def test_no_clock_is_in_a_file(made):
    for sign in (b"CreationDate", b"ModDate", b"dc:date"):
        assert not any(sign in raw for raw in made.values()), sign


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts] + [text.get_text() for text in figure.texts]


def test_the_sheet_has_all_that_a_map_needs():
    with canvas.style():
        figure = sheets._map_sheet([places(), zone(), line()], sheet(), "A4", "en")
        said = texts(figure)
    for wanted in ("A zone", "Wide · Somewhere", "Sources", "Nobody", "Illustrative.", "N", "Core", "Fringe", "Zone"):
        assert wanted in said, wanted
    assert any(text.endswith(" km") for text in said)
    assert any(text.startswith("about 1 : ") for text in said)
    assert any("°" in text and text.endswith("E") for text in said)
    assert any("°" in text and text.endswith("N") for text in said)
    assert "Plane: EPSG:32637. Distances and areas: geodesic, WGS 84." in " ".join(said)


def test_nothing_is_written_over_the_edge_of_the_paper():
    with canvas.style():
        for size in sheets.SIZES:
            figure = sheets._map_sheet([places(), zone(), line()], sheet(), size, "ar")
            figure.canvas.draw()
            width, height = figure.canvas.get_width_height()
            for text in (text for axes in figure.axes for text in axes.texts if text.get_text()):
                box = text.get_window_extent()
                assert box.x0 >= 0, text
                assert box.x1 <= width, text
                assert box.y0 >= 0, text
                assert box.y1 <= height, text


def test_names_are_in_the_language_and_arabic_is_shaped():
    """Joined letters are narrower than the same letters each on its own."""
    view = window([zone()]).filling(1.3)
    shapes = drawing.plane([places()], view, 1e-3)
    assert {name.text for name in naming.names([places()], shapes, 1e5, "ar")} == {"عفرين", "Idlib"}
    with canvas.style():
        paper = canvas.figure(100, 50)
        joined = canvas.width_of(paper, "عفرين", 20)
        apart = sum(canvas.width_of(paper, letter, 20) for letter in "عفرين")
    assert joined < 0.8 * apart


def test_small_places_are_named_on_large_scales_only():
    view = window([zone()]).filling(1.3)
    shapes = drawing.plane([places()], view, 1e-3)
    assert [name.text for name in naming.names([places()], shapes, 2e6, "en")] == ["Afrin"]


def test_no_name_lies_over_another_or_over_a_mark():
    rng = np.random.default_rng(3)
    table = gpd.GeoDataFrame(
        {"id": [f"p{n}" for n in range(150)], "name": ["Maarrat al-Numan"] * 150, "rank": 1},
        geometry=shapely.points(rng.uniform((36, 35), (36.2, 35.1), (150, 2))), crs=4326,
    )  # fmt: skip
    many = naming_layer(table)
    with canvas.style():
        paper = canvas.figure(200, 150)
        view = window([zone()]).filling(200 / 150)
        axes = furniture.map_axes(paper, (0, 0, 200, 150), view, "white")
        mm_per_m = 200 / (view.box[2] - view.box[0])
        shapes = drawing.plane([many], view, mm_per_m)
        taken = naming.marks([many], shapes, mm_per_m)
        marks = len(taken)
        naming.write(paper, axes, naming.names([many], shapes, 1e5, "en"), mm_per_m, taken)
    boxes = shapely.box(*np.array(taken).T)
    written = boxes[marks:]
    assert len(written) > 3
    pairs = shapely.STRtree(boxes).query(written, predicate="intersects")
    assert (pairs[0] + marks == pairs[1]).all(), "each touches itself alone"


def naming_layer(table):
    base = places()
    object.__setattr__(base, "features", table)
    return base


@pytest.mark.parametrize(
    ("degree", "direction", "text"),
    [
        (36.5, "meridian", "36°30′E"),
        (-0.25, "parallel", "0°15′S"),
        (0, "meridian", "0°"),
        (-180, "meridian", "180°"),
        (35, "parallel", "35°N"),
    ],
)
def test_degrees_are_written_as_on_a_map(degree, direction, text):
    assert furniture.degree_text(degree, direction) == text


def test_lines_of_the_graticule_are_where_pyproj_puts_them():
    view = window([zone()]).filling(1.4)
    to_degrees = Transformer.from_crs(view.code, 4326, always_xy=True)
    seen = {"meridian": 0, "parallel": 1}
    for direction, degree, points in furniture._grid_lines(view):
        found = np.array(to_degrees.transform(*points.T))[seen[direction]]
        assert np.abs(found - degree).max() < 1e-6


def test_the_arrow_points_to_true_north():
    """Convergence on the plane, against the azimuth of the geodesic between two points north of each other on it."""
    view = window([zone()]).filling(1.4)
    west, south, east, north = view.box
    x, y = (west + east) / 2, (south + north) / 2
    lon, lat = Transformer.from_crs(view.code, 4326, always_xy=True).transform([x, x], [y, y + 1000])
    azimuth, _, _ = Geod(ellps="WGS84").inv(lon[0], lat[0], lon[1], lat[1])
    assert furniture._convergence_deg(view) == pytest.approx(-azimuth, abs=0.01)


def test_the_scale_bar_is_as_long_as_it_says():
    view = Window(32637, (300_000, 3_900_000, 400_000, 3_960_000), (36, 35, 37, 36))
    with canvas.style():
        paper = canvas.figure(200, 100)
        over = furniture.page(paper)
        furniture.scale_bar(over, view, 150, (10, 10), 100)
        boxes = [patch.get_bbox() for patch in over.patches]
    whole_mm = boxes[-1].x1 - boxes[0].x0
    assert whole_mm == pytest.approx(2 * view.bar_km() * 1000 / 100_000 * 150)


def test_holes_stay_empty():
    ring = shapely.Point(5, 5).buffer(4).difference(shapely.Point(5, 5).buffer(2))
    with canvas.style():
        paper = canvas.figure(10, 10)
        drawing.swatch(over := furniture.page(paper), "Polygon", zone().style.symbols["core"], (0, 0, 0.1, 0.1))
        drawing._areas(over, [ring], zone().style.symbols["core"], 2)
        picture = matplotlib.image.imread(io.BytesIO(canvas.rendered(paper, "png", dpi=254)))
    assert picture[50, 50, :3] == pytest.approx(1), "white in the middle of the ring"
    assert picture[50, 80, 0] < 0.9, "blue on the ring"


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_texts_are_drawn_as_texts(number):
    text = HOSTILE[number]
    around = sheet(title=text, subtitle=text, readings={"wide": text}, notes=(text,), attribution=(text,))
    with canvas.style():
        figure = sheets._map_sheet([hostile(number), line()], around, "A4", "en")
        canvas.rendered(figure, "png", dpi=30)


def test_an_area_without_a_name_and_a_layer_of_unknown_names_are_drawn():
    base = zones(name=[None, None])
    layer = zone()
    object.__setattr__(layer, "features", base)
    with canvas.style():
        sheets._map_sheet([layer], sheet(), "A4", "en")


@pytest.mark.parametrize(
    ("xy", "code"),
    [([(179.2, -17), (179.8, -17.2), (180.6, -17.1)], 32760), ([(0, 89.2), (90, 89.4), (170, 89.1)], 32661)],
)
def test_zones_over_the_antimeridian_and_about_a_pole_are_drawn_whole(xy, code):
    import dmz
    from dmz.dressing import plainly

    laid = dmz.zones(dmz.Line(shapely.LineString(xy), "north", "south"), depth_km=15)
    layer = plainly(laid, key="zone")
    view = window([layer]).filling(1.4)
    assert view.code == code
    shapes = drawing.plane([layer], view, 1e-3)["zone"]
    assert all(shape.geom_type == "Polygon" for shape in shapes), "no seam"
    area = sum(shape.area for shape in shapes) / 1e6
    assert area == pytest.approx(laid["area_km2"].sum(), rel=0.02)
    meridians = [degree for direction, degree, _ in furniture._grid_lines(view) if direction == "meridian"]
    assert 2 <= len(meridians) <= 14
    with canvas.style():
        sheets._map_sheet([layer], sheet(), "A4", "en")
