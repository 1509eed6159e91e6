"""Files that real life sends: each gets the one message that names the file, the feature and the way out."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import ROOT
from geodesic_truth import Truth

from dmz import geodata
from dmz.cli import main
from dmz.errors import CrossingWarning, CRSError, GapWarning, GeometryError, InputError, MissingInputError, PartyError
from dmz.geodata import ReprojectedWarning
from dmz.line import Line, audit, read_line
from dmz.zone import zones

CORPUS = Path(__file__).parent / "corpus"
FRONT = shapely.LineString([(36.0, 35.5), (36.1, 35.52), (36.2, 35.45), (36.35, 35.5)])

FAULTS = {
    "no_features": (InputError, "it has no features"),
    "null_geometry": (GeometryError, "feature 1 (second) has no geometry: delete it or draw it"),
    "empty_geometry": (GeometryError, "feature 0 (nothing) is an empty LineString: delete it or draw it"),
    "not_a_number": (GeometryError, "feature 0 (n) has a coordinate that is not a number: mend it in QGIS"),
    "polygon_for_a_line": (
        GeometryError,
        "feature 0 (area) is a Polygon, and a line is due: QGIS's 'Polygons to lines'",
    ),
    "line_run_back_over_itself": (GeometryError, "it runs back over itself near 36.3000 E, 35.0000 N"),
    "swapped_axes_out_of_range": (CRSError, "its axes are swapped (x from 38.3 to 38.6"),
    "metres_in_geojson": (CRSError, "its coordinates are no degrees (x from 500000"),
    "uncertainty_of_wrong_length": (
        InputError,
        "feature 0 (front): uncertainty_km needs one number of km, or one for each of 4",
    ),
    "uncertainty_below_zero": (InputError, "feature 0 (front): uncertainty_km needs one number of km"),
    "truncated": (InputError, "GDAL cannot read it as vector data"),
    "not_vector_data": (InputError, "GDAL cannot read it as vector data"),
}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command line."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    shown = capsys.readouterr()
    return int(ended.value.code or 0), shown.out, shown.err


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_line_is_refused_with_file_feature_and_way_out(name):
    error, says = FAULTS[name]
    path = CORPUS / f"{name}.geojson"
    with pytest.raises(error) as caught:
        read_line(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert says in str(caught.value)


@pytest.mark.parametrize("name", FAULTS)
def test_the_command_line_says_the_same_in_lines_without_a_traceback(name, capsys):
    code, out, err = run(capsys, "zone", CORPUS / f"{name}.geojson", "--depth", "15")
    assert code == 2
    assert out == ""
    assert err.startswith("error: ")
    assert "Traceback" not in err
    assert FAULTS[name][1] in err


def test_every_fault_of_a_file_comes_at_once(tmp_path):
    table = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[shapely.Point(0, 0), shapely.box(0, 0, 1, 1)], crs=4326)
    path = tmp_path / "mixed.gpkg"
    table.to_file(path)
    with pytest.raises(GeometryError) as caught:
        read_line(path)
    assert [fault.split(" is ")[0] for fault in caught.value.faults] == [
        f"{path}: feature 0 (a)",
        f"{path}: feature 1 (b)",
    ]


def test_an_invalid_polygon_is_refused_with_the_reason_and_place():
    with pytest.raises(
        GeometryError, match=r"feature 0 \(bow\) is an invalid Polygon \(Self-intersection\[36.25 35.25\]\)"
    ):
        geodata.read(CORPUS / "bow_tie_polygon.geojson")


def test_a_virtual_file_opens_nothing_in_its_name(tmp_path):
    path = tmp_path / "line.geojson"
    other = CORPUS / "good_line.geojson"
    path.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="good_line"><SrcDataSource>{other}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    )
    with pytest.raises(InputError, match="a virtual file that stands for others"):
        read_line(path)


def test_a_crs_that_is_a_link_is_not_fetched(tmp_path):
    path = tmp_path / "line.geojson"
    text = (CORPUS / "good_line.geojson").read_text(encoding="utf-8")
    linked = '"crs": {"type": "link", "properties": {"href": "http://127.0.0.1:9/x", "type": "proj4"}}, "features"'
    path.write_text(text.replace('"features"', linked))
    with pytest.raises(CRSError, match="its CRS is a link to be fetched"):
        read_line(path)


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "line.geojson").touch()
    with pytest.raises(InputError, match="it is empty"):
        read_line(tmp_path / "line.geojson")


def test_an_unwritable_folder_is_bad_output_in_one_line(tmp_path, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("kept")
    code, out, err = run(capsys, "maps", "sochi-2018", "--out", blocked / "maps")
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {blocked}")
    assert err.count("\n") == 1
    code, _, err = run(capsys, "zone", CORPUS / "good_line.geojson", "--depth", "5", "-o", blocked / "zone.geojson")
    assert (code, err.count("\n")) == (2, 1)
    assert blocked.read_text() == "kept"


def test_a_missing_file_names_what_the_folder_has(capsys):
    with pytest.raises(MissingInputError, match=r"no such file; .* has .*good_line.geojson"):
        read_line(CORPUS / "absent.geojson")
    code, _, err = run(capsys, "zone", CORPUS / "absent.geojson", "--depth", "15")
    assert (code, err.count("\n")) == (2, 1)


def test_a_file_without_a_crs_is_refused(tmp_path):
    path = tmp_path / "front.shp"
    gpd.GeoDataFrame({"name": ["front"]}, geometry=[FRONT], crs=4326).to_file(path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(CRSError, match="it has no CRS: set the one it was drawn in"):
        read_line(path)


def test_a_projected_file_is_brought_to_degrees_with_a_warning(tmp_path):
    path = tmp_path / "utm.gpkg"
    gpd.GeoDataFrame({"name": ["front"]}, geometry=[FRONT], crs=4326).to_crs(32637).to_file(path)
    with pytest.warns(ReprojectedWarning, match="UTM zone 37N"):
        line = read_line(path)
    assert line.geometry.equals_exact(FRONT, 1e-8)


def test_a_file_with_two_layers_is_refused_by_their_names(tmp_path):
    path = tmp_path / "two.gpkg"
    for layer in ("north", "south"):
        gpd.GeoDataFrame({"name": ["front"]}, geometry=[FRONT], crs=4326).to_file(path, layer=layer)
    with pytest.raises(InputError, match=r"2 layers \(north, south\)"):
        read_line(path)


def test_a_line_with_a_gap_is_used_with_a_warning(capsys):
    with pytest.warns(GapWarning, match=r"2 parts, the widest gap 4\.5"):
        read_line(CORPUS / "line_with_a_gap.geojson")
    code, out, err = run(capsys, "check", CORPUS / "line_with_a_gap.geojson")
    assert code == 0
    assert "warning: " in err
    assert "km" in out


def test_a_line_that_crosses_itself_is_used_with_a_warning_that_names_the_place(capsys):
    path = CORPUS / "self_crossing_line.geojson"
    with pytest.warns(CrossingWarning) as caught:
        line = read_line(path)
    (said,) = [str(warning.message) for warning in caught]
    assert said.startswith(f"{path}: it crosses or touches itself near 36.2000 E, 35.2000 N; it has sides all the same")
    for command in (("check", path), ("zone", path, "--depth", "8")):
        code, out, err = run(capsys, *command)
        assert (code, bool(out)) == (0, True)
        assert err.replace("\n", "") == f"warning: {said}"
    truth, points = Truth.of(line.geometry), np.random.default_rng(0).uniform((35.8, 34.8), (36.6, 35.6), (2_000, 2))
    away, side = truth.distance(points), truth.side(points, 2.0)
    clear = (side != 0) & (np.abs(away - 8_000) > 2)
    for party, sign in (("left", 1), ("right", -1)):
        laid = zones(line, depth_km=8).set_index("party").geometry[party]
        inside = shapely.contains_xy(laid, *points.T)
        assert (inside == ((away < 8_000) & (side == sign)))[clear].all(), (
            "ground goes to the side of the nearest point"
        )


@pytest.mark.parametrize(
    ("xy", "says"),
    [
        ([(0, 0), (1, 0), (1, 1), (0.5, -1)], "near 0.7500 E, 0.0000 N; "),
        ([(0, 0), (1, 0), (1, 1), (0.5, -1), (0.2, 1)], "near 0.7500 E, 0.0000 N and in 1 more places; "),
        ([(0, 0), (2, 0), (2, 1), (1, 0)], "near 1.0000 E, 0.0000 N; "),
        ([(179, 0), (-179, 0), (-179, 1), (179.5, -1)], "near -179.7500 E, 0.0000 N; "),
    ],
    ids=["crossing", "two crossings", "an end that touches", "over the antimeridian"],
)
def test_a_crossing_is_found_where_it_is(xy, says):
    with pytest.warns(CrossingWarning, match=says):
        audit(Line(shapely.LineString(xy), left="a", right="b"))


@pytest.mark.parametrize(
    "xy",
    [
        [(0, 0), (1, 0), (1, 1), (0, 0)],
        [(179, 0), (-179, 0), (-178, 1)],
        [(0, 0), (0, 0), (1, 0), (1, 0), (1, 1)],
    ],
    ids=["a ring", "over the antimeridian", "vertices twice"],
)
def test_a_line_that_only_looks_crossed_gets_no_warning(xy):
    audit(Line(shapely.LineString(xy), left="a", right="b"))


def test_features_that_touch_end_to_end_become_one_line_with_its_uncertainty():
    line = read_line(CORPUS / "line_in_two_touching_parts.geojson")
    assert line.geometry.geom_type == "LineString"
    assert line.uncertainty_m.tolist() == [1500.0, 3000.0, 3000.0]


def test_swapped_axes_within_range_are_found_by_the_theatre():
    line = read_line(CORPUS / "swapped_axes_in_range.geojson")
    with pytest.raises(GeometryError, match="its axes are swapped"):
        zones(line, depth_km=5, within=shapely.box(35.9, 35.3, 36.5, 35.46))


def test_a_party_that_the_file_denies_is_refused():
    with pytest.raises(PartyError, match="'east' is on the left, and 'north' was asked for"):
        read_line(CORPUS / "other_party_on_the_left.geojson", left="north")


def test_one_party_on_both_sides_is_refused():
    with pytest.raises(PartyError, match="both sides"):
        read_line(CORPUS / "swapped_axes_in_range.geojson", left="a", right="a")


def test_check_fails_with_one_and_says_everything_that_holds(capsys):
    code, out, err = run(capsys, "check", CORPUS / "good_line.geojson", CORPUS / "line_run_back_over_itself.geojson")
    assert code == 1
    assert "north on the left, south on the right" in out
    assert "runs back over itself" in err


def test_check_holds_the_shipped_layers_and_agreement(capsys):
    code, out, _ = run(capsys, "check", ROOT / "geodata", ROOT / "seeds" / "sochi-2018.toml")
    assert code == 0
    assert "layers, each as its manifest says" in out
    assert "3 readings" in out


def test_zone_writes_a_file_that_is_read_back(tmp_path, capsys):
    out = tmp_path / "zone.geojson"
    line = CORPUS / "good_line.geojson"
    code, _, err = run(capsys, "zone", line, "--depth", "15", "20", "--reading", "deep", "--party", "north", "-o", out)
    assert code == 0
    assert "deep-core-north" in err
    assert geodata.read(out, kind="polygon")["zone"].tolist() == ["deep-core-north", "deep-fringe-north"]


def test_zone_without_a_file_to_write_goes_to_standard_output(capsys):
    code, out, _ = run(capsys, "zone", CORPUS / "good_line.geojson", "--depth", "15", "20")
    assert code == 0
    assert out.startswith('{"type":"FeatureCollection","name":"zone"')


def test_per_side_takes_the_depth_on_the_left_then_on_the_right(capsys):
    code, out, _ = run(capsys, "zone", CORPUS / "good_line.geojson", "--depth", "10", "5", "--reading", "per-side")
    assert code == 0
    assert '"party":"north","depth_from_m":0.0,"depth_to_m":10000.0' in out
    assert '"party":"south","depth_from_m":0.0,"depth_to_m":5000.0' in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["zone", "--depth", "15"], "PATH"),
        (["zone", CORPUS / "good_line.geojson", "--depth", "much"], "much"),
        (["zone", CORPUS / "good_line.geojson", "--depth", "1", "2", "3"], "or the two of a range"),
        (["zone", CORPUS / "good_line.geojson", "--depth", "5", "--reading", "wide"], "wide"),
        (["zone", CORPUS, "--depth", "5"], "it is a folder: name the file in it"),
        (["maps"], "name an agreement's file"),
        (["maps", "atlantis"], "no such file; the agreements shipped with dmz are"),
        (["paint"], "paint"),
    ],
)
def test_a_wrong_command_is_bad_input(arguments, says, capsys):
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert says in err
    assert "Traceback" not in err
