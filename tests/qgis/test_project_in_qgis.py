"""The project of Idlib, opened, rendered and printed by real QGIS."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from dmz import deliverable

# Things drawn over the zone's fill, from which a place to look at its colour keeps away.
OVER = ("settlements", "posts", "line", "line-uncertainty", "corridors", "corridors-in-deep", "rivers", "roads")


@pytest.fixture(scope="module")
def places(sochi):
    """A place in the core, one in the fringe and one in neither, as far as may be from all else that is drawn."""
    layers = {layer.key: layer.features for layer in sochi.layers}
    over = shapely.union_all([shape for key in (*OVER, "provinces") if key in layers for shape in layers[key].geometry])
    zone = layers["zone-deep"].set_index("band").geometry
    land = layers["areas"].set_index("party").geometry["opposition"]
    free = land.difference(zone.union_all())
    found = {}
    for name, ground in {"core": zone["core"], "fringe": zone["fringe"], "outside": free}.items():
        west, south, east, north = ground.bounds
        grid = shapely.points(np.stack(np.meshgrid(np.linspace(west, east, 150), np.linspace(south, north, 150)), -1))
        inside = grid.ravel()[shapely.contains(ground, grid.ravel())]
        room = np.minimum(shapely.distance(inside, over), shapely.distance(inside, ground.boundary))
        best = inside[np.argmax(room)]
        found[name] = (best.x, best.y)
    return found


@pytest.fixture(scope="module")
def seen(qgis, idlib_maps, places, tmp_path_factory):
    """What QGIS says of the project; its pictures are kept beside it."""
    path = next(path for path in idlib_maps if path.suffix == ".qgz")
    return qgis("project.py", path, tmp_path_factory.mktemp("pictures"), PLACES=json.dumps(places))


def test_the_project_opens_with_every_layer_valid(seen, sochi):
    assert seen["read"]
    assert seen["unresolved"] == []
    assert set(seen["layers"]) == {layer.key for layer in sochi.layers} | {"sea"}
    for layer in sochi.layers:
        qgis = seen["layers"][layer.key]
        assert qgis["valid"]
        assert qgis["crs"] == "EPSG:4326"
        assert qgis["count"] == len(layer.features)
        assert qgis["invalid"] == [], layer.key
        assert qgis["name"] == layer.title
        assert qgis["source"].split("|")[0].endswith("sochi-2018.gpkg")
        kind = layer.features.geom_type.iloc[0].removeprefix("Multi").replace("String", "")
        assert qgis["kind"] == kind


def test_it_measures_in_kilometres_on_the_ellipsoid(seen):
    assert seen["ellipsoid"] == "EPSG:7030"
    assert seen["units"] == [1, 1], "kilometres, square kilometres"
    assert seen["crs"] == "EPSG:32637", "the zone of UTM that Idlib lies in"
    assert seen["relative"] == "false", "paths are relative"


def test_groups_are_those_of_the_agreement_and_only_the_first_reading_is_on(seen, sochi):
    assert seen["groups"][:3] == ["Zone", "Line of contact", "Roads"]
    assert seen["groups"][-1] == "Basemap"
    on = {layer.title for layer in sochi.layers if layer.visible and layer.reading in {None, "deep"}} | {"Sea"}
    assert set(seen["checked"]) == on


def test_there_is_a_theme_a_reading_and_a_theme_a_date(seen, sochi):
    readings = [reading.name.en for reading in sochi.agreement.readings]
    days = sorted(
        {sochi.agreement.in_force.isoformat(), *(o.due.isoformat() for o in sochi.agreement.obligations if o.due)}
    )
    assert set(readings) <= set(seen["themes"])
    assert sorted(theme[:10] for theme in seen["themes"] if theme not in readings) == days
    for reading in sochi.agreement.readings:
        zones = {name for name in seen["themes"][reading.name.en]["layers"] if name.startswith("Zone:")}
        assert zones == {f"Zone: {reading.name.en}"}
    for name, theme in seen["themes"].items():
        assert theme["errors"] == []
        if name.startswith("2018-10-10"):
            assert not any(layer.startswith("Zone:") for layer in theme["layers"]), "it is to be there on the 15th"
        if name.startswith("2018-10-15"):
            assert any(layer.startswith("Zone:") for layer in theme["layers"])


def blended(ground: str, *layers: tuple[str, float]) -> np.ndarray:
    """Colour of layers with opacities over a ground, in sRGB as Qt blends."""
    rgb = np.array([int(ground[at : at + 2], 16) for at in (1, 3, 5)], dtype=float)
    for color, opacity in layers:
        rgb += opacity * (np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) - rgb)
    return rgb


def test_colours_on_the_picture_are_those_of_the_style_table(seen, sochi):
    style = {layer.key: layer.style for layer in sochi.layers}
    land, areas, core = (style[key].symbols[value] for key, value in (
        ("land", ""), ("areas", "opposition"), ("zone-deep", "core")))  # fmt: skip
    colors = seen["themes"][sochi.agreement.readings[0].name.en]["colors"]
    free = blended(land.fill, (areas.fill, areas.fill_opacity))
    assert colors["outside"] == pytest.approx(free, abs=3)
    assert colors["core"] == pytest.approx(
        blended(land.fill, (areas.fill, areas.fill_opacity), (core.fill, core.fill_opacity)), abs=3
    )
    assert np.abs(np.array(colors["fringe"]) - free).max() > 8, "the fringe is tinted"
    before = seen["themes"]["2018-10-10 Heavy weapons out of the zone"]["colors"]["core"]
    assert before == pytest.approx(free, abs=3), "no zone before its day"


def test_dates_are_dates_and_the_temporal_controller_is_ready(seen):
    zone = seen["layers"]["zone-deep"]
    assert zone["fields"]["valid_from"] == "Date"
    assert zone["fields"]["valid_to"] == "Date"
    assert zone["fields"]["area_km2"] == "Real"
    assert zone["temporal"] == [True, "valid_from", ""]
    assert seen["layers"]["patrols-reported"]["temporal"] == [True, "valid_from", "valid_to"]
    first, last = seen["times"]
    assert first <= "2018-10-10"
    assert last >= "2018-12-31"


def test_zones_are_a_coverage(seen, sochi):
    assert max(seen["overlaps"].values()) < 1e-6
    for reading in sochi.agreement.readings:
        shapes = sochi.zones[sochi.zones["reading"] == reading.id].geometry
        assert shapely.coverage_is_valid(shapes.to_numpy())


def test_styles_labels_and_tips_are_there(seen, sochi):
    zone = seen["layers"]["zone-deep"]
    assert zone["categories"]["core"] == ["Core: within 15 km of the line", "#1457a8"]
    assert zone["aliases"]["area"] == "Area"
    assert "3\u202f245.6 km²" in zone["tip"]
    assert seen["layers"]["settlements"]["labels"]
    assert "unknown" in seen["layers"]["settlements"]["tip"] or "People" in seen["layers"]["settlements"]["tip"]
    assert seen["title"] == sochi.agreement.title.en
    assert zone["licenses"] == ["; ".join(deliverable.licences(sochi))]
    assert "Geodesic distance" in zone["abstract"]
    assert "<br>" in zone["tip"], "obligations stand a line each"


def test_a_layer_of_many_days_shows_its_own_day_until_the_controller_is_on(seen, sochi):
    status = next(layer for layer in sochi.layers if layer.key == "road-status")
    qgis = seen["layers"]["road-status"]
    assert qgis["count"] == len(status.features)
    assert qgis["renderer"] == "RuleRenderer"
    assert qgis["shown"] == [len(status.drawn), len(status.features)]
    assert 0 < len(status.drawn) < len(status.features)


def test_every_sheet_is_printed_with_what_a_map_needs(seen, sochi):
    assert len(seen["sheets"]) == len(sochi.agreement.readings) + 1, "A4 for every reading and A3 for the first"
    for name, sheet in seen["sheets"].items():
        assert sheet["exported"], name
        assert {"map", "title", "legend", "scale bar", "north arrow", "sources", "disclaimer"} <= set(sheet["items"])
        assert sheet["grid"]
        assert sheet["theme"] in seen["themes"]
        assert sheet["title"] == sochi.agreement.title.en
        assert "not an official delineation" in sheet["disclaimer"]
