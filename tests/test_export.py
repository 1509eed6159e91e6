"""Every format read back by another's reader; no formula, no markup, no clock."""

from __future__ import annotations

import datetime as dt
import io
import subprocess
import sys
import zipfile
from xml.etree import ElementTree as ET

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from handing_cases import HOSTILE, hostile, line, places, zone, zones

import dmz
from dmz import export
from dmz.errors import CRSError, InputError

KML = "{http://www.opengis.net/kml/2.2}"


@pytest.mark.parametrize("kind", export.FORMATS)
def test_the_same_table_gives_the_same_bytes(kind):
    assert export.encoded(zones(), kind, name="x") == export.encoded(zones(), kind, name="x")


@pytest.mark.parametrize("kind", ["geojson", "gpkg", "fgb", "parquet"])
def test_a_table_comes_back_as_it_was(kind, tmp_path):
    path = dmz.write(zones(), tmp_path / f"x.{kind}")
    read = gpd.read_parquet(path) if kind == "parquet" else gpd.read_file(path, layer="x")
    read = read.set_index("id").loc[["core", "fringe"]]
    assert shapely.equals(read.geometry.to_numpy(), zones().geometry.to_numpy()).all()
    assert read["area_km2"].tolist() == [10.5, 2.25]
    assert pd.to_datetime(read["valid_from"]).dt.date.tolist() == [dt.date(2018, 10, 15), dt.date(2018, 12, 31)]
    assert read["people"].isna().tolist() == [False, True]
    assert read.crs.to_epsg() in {4326, None} or read.crs.to_string() == "OGC:CRS84"


def test_geoparquet_is_what_geoparquet_says(tmp_path):
    import json

    import pyarrow.parquet

    meta = json.loads(pyarrow.parquet.read_metadata(dmz.write(zones(), tmp_path / "x.parquet")).metadata[b"geo"])
    assert meta["version"] == "1.1.0"
    assert meta["columns"][meta["primary_column"]]["encoding"] == "WKB"


def test_a_projected_table_is_written_in_degrees_and_one_without_a_crs_is_refused(tmp_path):
    path = dmz.write(zones().to_crs(32637), tmp_path / "x.kml")
    assert gpd.read_file(path).total_bounds == pytest.approx(zones().total_bounds, abs=1e-6)
    with pytest.raises(CRSError, match="no CRS"):
        dmz.write(zones().set_crs(None, allow_override=True), tmp_path / "y.kml")


def test_kml_has_folders_colours_dates_and_data():
    root = ET.fromstring(export.encoded([places(), zone(), line()], "kml", name="A zone"))  # noqa: S314 - our own
    document = root[0]
    folders = [node.find(f"{KML}name").text for node in document.findall(f"{KML}Folder")]
    assert folders == ["Zone", "Line of contact", "Settlements"]
    styles = {node.get("id"): node for node in document.findall(f"{KML}Style")}
    core = styles["zone-0"]
    assert core.find(f"{KML}LineStyle/{KML}color").text == "ffa85714", "#1457a8, opaque, the other way round"
    assert core.find(f"{KML}PolyStyle/{KML}color").text[:2] == "4c", "opacity 0.3"
    placed = root.findall(f".//{KML}Placemark")
    by_id = {node.get("id"): node for node in placed}
    assert by_id["zone.core"].find(f"{KML}TimeSpan/{KML}begin").text == "2018-10-15"
    data = by_id["zone.fringe"].findall(f"{KML}ExtendedData/{KML}Data")
    assert {node.get("name"): node.find(f"{KML}value").text for node in data}["people"] == "unknown"
    assert {node.find(f"{KML}styleUrl").text.removeprefix("#") for node in placed} <= set(styles)


def test_gdal_reads_the_kml(tmp_path):
    path = dmz.write([places(), zone()], tmp_path / "x.kml")
    names = {name for name, _ in pyogrio.list_layers(path)}
    assert {"The zone", "Settlements"} <= names
    read = gpd.read_file(path, layer="The zone")
    assert shapely.equals(read.force_2d().geometry.to_numpy(), zones().geometry.to_numpy()).all()


@pytest.mark.parametrize("number", range(len(HOSTILE)))
@pytest.mark.parametrize("kind", ["kml", "fgb", "geojson", "gpkg"])
def test_hostile_texts_break_no_format(number, kind, tmp_path):
    layer = hostile(number)
    if kind == "fgb" and "\ud800" in HOSTILE[number]:
        layer = hostile(0)
    path = dmz.write(layer, tmp_path / f"x.{kind}")
    assert len(gpd.read_file(path, layer=pyogrio.list_layers(path)[0][0])) == 2
    if kind == "kml":
        tags = {node.tag.removeprefix(KML) for node in ET.fromstring(path.read_bytes()).iter()}  # noqa: S314
        assert "script" not in tags


def cells(raw: bytes, sheet: str):
    book = openpyxl.load_workbook(io.BytesIO(raw))
    return list(book[sheet].iter_rows())


FORMULAS = ("=1+1", "+1", "-1+2", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", '=HYPERLINK("http://x")')  # fmt: skip


def test_no_cell_of_a_workbook_is_a_formula():
    table = pd.DataFrame({"=head": FORMULAS, "n": range(len(FORMULAS))})
    raw = export.encoded({"=sheet": table}, "xlsx", name="=title")
    rows = cells(raw, "=sheet")
    for row, text in zip(rows[1:], FORMULAS, strict=True):
        assert row[0].data_type == "s", text
        assert row[0].value.strip() == text.strip()
        assert row[0].quotePrefix, "a spreadsheet keeps it a text when it is touched"
        assert row[1].data_type == "n"
    assert rows[0][0].data_type == "s"
    inside = b"".join(
        zipfile.ZipFile(io.BytesIO(raw)).read(name) for name in zipfile.ZipFile(io.BytesIO(raw)).namelist()
    )
    assert b"<f>" not in inside
    assert b"<f " not in inside


def test_a_workbook_has_a_sheet_a_table_numbers_as_numbers_and_dates_as_dates():
    raw = export.encoded(
        {"a": zones(), "b/c": zones()[["name", "geometry"]], "B c": pd.DataFrame({"x": [1]})}, "xlsx", name="t"
    )
    book = openpyxl.load_workbook(io.BytesIO(raw))
    assert book.sheetnames == ["a", "b c", "B c 2"]
    head, first, second = list(book["a"].iter_rows(values_only=True))
    record = dict(zip(head, first, strict=True))
    assert "geometry" not in record
    assert record["area_km2"] == 10.5
    assert record["valid_from"] == dt.datetime(2018, 10, 15)  # noqa: DTZ001 - as openpyxl reads dates
    assert dict(zip(head, second, strict=True))["people"] is None


def test_long_names_of_sheets_and_cells_are_cut():
    raw = export.encoded(
        {"n" * 50: pd.DataFrame({"x": ["y" * 40_000]}), "N" * 50: pd.DataFrame({"x": [1]})}, "xlsx", name="t"
    )
    book = openpyxl.load_workbook(io.BytesIO(raw))
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert len(book.worksheets[0]["A2"].value) == 32_767


def test_csv_of_anything_has_no_formula():
    assert export.encoded(pd.DataFrame({"x": ["=1"]}), "csv", name="t") == b"x\n'=1\n"


@pytest.mark.parametrize(
    ("what", "kind", "message"),
    [
        (zones(), "shp", "no format 'shp': there are geojson"),
        ([zone(), line()], "fgb", "holds one layer, and there are 2"),
        ({"a": zones(), "b": zones()}, "csv", "holds one table, and there are 2"),
        (pd.DataFrame({"x": [1]}), "kml", "without a geometry is written as .xlsx or .csv"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(what, kind, message):
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        export.encoded(what, kind, name="x")


def test_zones_of_any_line_are_written_in_the_styles_of_core_and_fringe(front, tmp_path):
    laid = dmz.zones(front, depth_km=(5, 10))
    path = dmz.write(laid, tmp_path / "z.kml")
    text = path.read_text(encoding="utf-8")
    assert "Core: within 5 km of the line" in text
    assert "Fringe: 5-10 km, in dispute" in text


def test_the_command_line_exports_a_file_and_an_agreement(tmp_path):
    path = dmz.write_geojson(zones(), tmp_path / "z.geojson")
    command = [sys.executable, "-m", "dmz", "export", str(path), "--format", "kml", "xlsx", "-o", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"z.kml", "z.xlsx"}
    again = subprocess.run(
        [*command[:5], "-f", "geojson", "-o", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (again.returncode, "it is an input" in again.stderr) == (2, True)


def test_an_agreement_is_exported_whole(sochi):
    from dmz.cli.handing import _agreement

    book = openpyxl.load_workbook(io.BytesIO(_agreement(sochi, "xlsx")["sochi-2018.xlsx"]), read_only=True)
    assert {"summary", "corridors", "obligations"} <= set(book.sheetnames)
    text = _agreement(sochi, "kml")["sochi-2018.kml"].decode()
    for layer in sochi.layers:
        assert (f"<name>{layer.title}</name>" in text) == (layer.group != "basemap"), layer.title
    assert {name.rsplit(".")[-1] for name in _agreement(sochi, "fgb")} == {"fgb"}
