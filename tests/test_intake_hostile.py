"""Files made to break the reader, by hand or by accident: each is refused in words, or comes out as it went in."""

from __future__ import annotations

import csv
import os
import re
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely
from hostile import PAYLOADS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dmz.errors import DmzError, DmzWarning, InputError, MissingInputError
from dmz.intake import Hints, read_table, summary, write_rejects

TEXTS = {
    **PAYLOADS,
    "formula": '=HYPERLINK("http://example.org","x")',
    "command": "+cmd|' /C calc'!A0",
    "quotes": '""","',
    "line ends": "a\nb\n\nc",
    "delimiters": "a,b;c\td|e",
    "bidirectional": "\u202egnp.exe",
    "combining": "Z̵̡a̷l̸g̶o",
    "spaces": "  two  ",
    "control": "bell\x07 escape\x1b[31m",
    "null": "NULL",
    "path": "../../etc/passwd",
    "format": "{0} %s %n {self.__class__}",
    "surrogate pair": "\U0001f4a3",
    "words for nothing": "nan",
}  # fmt: skip
COLUMNS = ("id", "category", "party", "place", "source", "confidence", "note", "other")
NUL = "control"


def quiet(path, **how):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DmzWarning)
        return read_table(path, **how)


def records(cells):
    """Two rows of hostile cells: a good one and one without coordinates."""
    texts = dict.fromkeys(COLUMNS, cells)
    good = {"lat": "35.9", "lon": "36.6", "date": "2019-03-08", **texts}
    return [good, {**good, "lat": "", "id": cells + "2"}]


def check(intake, cells):
    assert len(intake.good) == 1
    for column in COLUMNS:
        assert intake.good[column].tolist() == [cells], column
        assert intake.rejects[column].tolist() == [cells + "2" if column == "id" else cells], column


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_text_in_a_csv_comes_out_as_it_went_in(tmp_path, name):
    path = tmp_path / "events.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["lat", "lon", "date", *COLUMNS])
        writer.writeheader()
        writer.writerows(records(TEXTS[name]))
    check(quiet(path), TEXTS[name])


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "control"])
def test_hostile_text_in_a_workbook_comes_out_as_it_went_in(tmp_path, name):
    book = openpyxl.Workbook()
    book.active.append(["lat", "lon", "date", *COLUMNS])
    for at, record in enumerate(records(TEXTS[name]), start=2):
        for column, value in enumerate(record.values(), start=1):
            cell = book.active.cell(at, column, value)
            cell.data_type = "s"
    book.save(tmp_path / "events.xlsx")
    check(quiet(tmp_path / "events.xlsx"), TEXTS[name])


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("ending", ["geojson", "gpkg"])
def test_hostile_text_in_a_layer_comes_out_as_it_went_in(tmp_path, name, ending):
    path = tmp_path / f"events.{ending}"
    rows = [
        {key: value for key, value in record.items() if key not in ("lat", "lon")} for record in records(TEXTS[name])
    ]
    gpd.GeoDataFrame(rows, geometry=[shapely.Point(36.6, 35.9), None], crs="EPSG:4326").to_file(path)
    check(quiet(path), TEXTS[name])


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_headers_do_no_harm(tmp_path, name):
    path = tmp_path / "events.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["lat", "lon", "date", TEXTS[name]], ["35.9", "36.6", "2019-03-08", "kept"]])
    intake = quiet(path)
    assert "kept" in map(str, intake.good.iloc[0])
    assert summary(intake)
    path.write_text(path.read_text(encoding="utf-8").replace("lat,", "lax,"), encoding="utf-8", newline="")
    with pytest.raises(InputError, match="no column for the latitude"):
        quiet(path)


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_text_in_every_cell_that_is_read_is_quoted_in_one_line(tmp_path, name):
    path = tmp_path / "events.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "lat", "lon", "date", "count", "precision_m"])
        writer.writerow([TEXTS[name]] * 6)
    intake = quiet(path)
    assert len(intake.rejects) == 1
    for message in intake.audit["message"]:
        assert message.isprintable()
    rejects = write_rejects(intake, tmp_path / "rejects.csv")
    with rejects.open(encoding="utf-8", newline="") as file:
        cells = next(csv.DictReader(file))
    risky = TEXTS[name].startswith(("=", "+", "-", "@"))
    assert cells["id"] == ("'" if risky else "") + TEXTS[name]


# Files that are none


def test_files_that_are_not_there_or_no_files(tmp_path):
    (tmp_path / "other.csv").write_text("x", encoding="utf-8")
    with pytest.raises(MissingInputError, match=r"no such file; .* has other\.csv"):
        read_table(tmp_path / "events.csv")
    with pytest.raises(MissingInputError, match="there is no folder"):
        read_table(tmp_path / "nowhere" / "events.csv")
    with pytest.raises(InputError, match="it is a folder: name the file in it"):
        read_table(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_are_followed_and_broken_ones_named(tmp_path):
    target = tmp_path / "events.csv"
    target.write_text("lat,lon,date\n35.9,36.6,2019-03-08\n", encoding="utf-8")
    (tmp_path / "link.csv").symlink_to(target)
    assert len(read_table(tmp_path / "link.csv").good) == 1
    (tmp_path / "broken.csv").symlink_to(tmp_path / "gone.csv")
    with pytest.raises(MissingInputError, match=r"it is a link to .*gone.csv, which is not there"):
        read_table(tmp_path / "broken.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    with pytest.raises(MissingInputError, match="it is a link to"):
        read_table(tmp_path / "loop.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(MissingInputError, match="no such file"):
        read_table(tmp_path / "pipe.csv")
    outside = tmp_path / "outside.txt"
    outside.write_text("untouched", encoding="utf-8")
    (tmp_path / "rejects.csv").symlink_to(outside)
    write_rejects(read_table(target), tmp_path / "rejects.csv")
    assert outside.read_text(encoding="utf-8") == "untouched"


NOTHING = {
    "empty": (b"", "it is empty"),
    "white space": (b" \n\r\n\t", "it is empty"),
    "byte order mark": (b"\xef\xbb\xbf", "it is empty"),
    "header only": (b"lat,lon,date\n", r"it has a header \('lat', 'lon', 'date' …\) and no rows"),
    "header and blank rows": (b"lat,lon,date\n,,\n\n", "and no rows"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not text|neither UTF-8"),
    "zeros": (b"lat,lon,date\n35.9,36.6,\x002019-03-08\n", "it is not text"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "an old or a locked office file"),
    "half a UTF-16": (b"\xff\xfel\x00a\x00t", "is not utf-16"),
    "one word": (b"hello", "no rows"),
    "prose": (b"Dear all,\nplease find the table, as promised.\n", "no column for"),
    "zip that is none": (b"PK\x03\x04 and so on", "damaged, or not whole"),
}


@pytest.mark.parametrize("name", NOTHING)
def test_files_without_a_table_are_refused_in_words(tmp_path, name):
    content, message = NOTHING[name]
    path = tmp_path / "events.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        read_table(path)
    assert str(error.value).startswith(str(path))


@pytest.mark.parametrize("ending", ["csv", "xlsx", "geojson", "gpkg", "shp", "json", "txt", "doc", ""])
@pytest.mark.parametrize("seed", range(6))
def test_garbage_is_refused_whatever_it_is_called(tmp_path, ending, seed):
    path = tmp_path / f"events.{ending}"
    path.write_bytes(np.random.default_rng(seed).bytes(3000))
    with pytest.raises(InputError):
        read_table(path)


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "events.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["id", "lat", "lon", "date"])
    for at in range(60):
        book.active.append([f"k{at}", 35.9, 36.6, "2019-03-08"])
    book.save(path)
    return path


def packed(path, parts, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_workbook_cut_short_anywhere_is_refused(book):
    whole = book.read_bytes()
    for share in range(1, 20):
        book.write_bytes(whole[: len(whole) * share // 20])
        with pytest.raises(InputError, match="damaged"):
            read_table(book)


def test_a_damaged_workbook_is_refused_or_read_whole(book):
    whole = book.read_bytes()
    rng = np.random.default_rng(3)
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(5):
            damaged[rng.integers(len(damaged))] = rng.integers(256)
        book.write_bytes(damaged)
        try:
            intake = quiet(book)
        except DmzError:
            continue
        assert intake.rows == 60


@pytest.mark.parametrize("part", [
    "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/styles.xml",
    "xl/sharedStrings.xml",
])  # fmt: skip
@pytest.mark.parametrize("content", [None, b"", b"<", b"<a/>", b"\xff\xfe\x00"])
def test_a_workbook_whose_parts_are_wrong_is_refused_or_read(book, part, content):
    parts = parts_of(book)
    if content is None:
        parts.pop(part, None)
    else:
        parts[part] = content
    try:
        intake = quiet(packed(book, parts))
    except InputError as error:
        named = str(error).startswith(str(book))
    else:
        named = intake.rows == 60
    assert named


def test_an_archive_that_is_no_workbook_is_refused(tmp_path):
    path = packed(tmp_path / "events.xlsx", {"readme.txt": b"hello"})
    with pytest.raises(InputError, match="it is no XLSX workbook"):
        read_table(path)
    (tmp_path / "text.xlsx").write_text("lat,lon,date\n35.9,36.6,2019-03-08\n", encoding="utf-8")
    with pytest.raises(InputError, match="damaged"):
        read_table(tmp_path / "text.xlsx")


def test_bombs_are_refused_before_they_burst(book):
    parts = parts_of(book)
    packed(book, {**parts, "xl/sharedStrings.xml": b"a" * 600_000_000})
    tracemalloc.start()
    with pytest.raises(InputError, match=r"unpacked it would have 600 MB in \d+ parts, and at most 500 MB are read"):
        read_table(book)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    packed(book, {**parts, "xl/sharedStrings.xml": b"a" * 50_000_000})
    with pytest.raises(InputError, match=r"'xl/sharedStrings.xml' unpacks to [\d,]+ times its size"):
        read_table(book)
    packed(book, {**parts, **{f"xl/{at}.xml": b"" for at in range(10_001)}})
    with pytest.raises(InputError, match="parts, and at most"):
        read_table(book)


def test_entities_that_multiply_are_refused(book):
    laughs = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "&%c;&%c;">' % (98 + at, 97 + at, 97 + at) for at in range(20)
    )
    parts = parts_of(book)
    parts["xl/sharedStrings.xml"] = laughs + b"]><sst><si><t>&u;</t></si></sst>"
    with pytest.raises(InputError, match="declares a document type: it is refused"):
        read_table(packed(book, parts))


def sheet_of(rows):
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    cells = b'<row r="1"><c r="A1" t="inlineStr"><is><t>lat</t></is></c><c r="B1" t="inlineStr"><is><t>lon</t></is></c></row>'
    return head + cells + rows + b"</sheetData></worksheet>"


def test_sheets_that_pretend_to_be_endless_are_refused(book):
    parts = parts_of(book)
    wide = b'<row r="2"><c r="XFD2"><v>1</v></c></row>'
    parts["xl/worksheets/sheet1.xml"] = sheet_of(wide)
    with pytest.raises(InputError, match=r"row 2 has 16,384 cells, at most 2,000 are read"):
        read_table(packed(book, parts), kind="place")
    long = b'<row r="2000000000"><c r="A2000000000"><v>1</v></c></row>'
    parts["xl/worksheets/sheet1.xml"] = sheet_of(long)
    with pytest.raises(InputError, match=r"more than 1,048,576 rows, as no sheet does"):
        read_table(packed(book, parts), kind="place")


def test_a_locked_archive_is_refused(book):
    data = bytearray(book.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    book.write_bytes(data)
    with pytest.raises(InputError, match="locked with a password"):
        read_table(book)


def test_rows_that_are_too_wide_are_refused(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("lat,lon,date\n35.9,36.6,2019-03-08" + ",x" * 5000, encoding="utf-8")
    with pytest.raises(InputError, match="row 2 has 5,003 cells, at most 2,000 are read"):
        read_table(path)
    path.write_text(",".join(["lat", "lon", *["x"] * 3000]), encoding="utf-8")
    with pytest.raises(InputError, match="row 1 has 3,002 cells"):
        read_table(path)


def test_quotes_that_are_never_closed_do_not_take_for_ever(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("lat,lon,date,note\n" + '35.9,36.6,2019-03-08,"x\n' * 20_000, encoding="utf-8")
    assert len(quiet(path).rejects) == 20_000
    path.write_text("lat,lon,date,note\n" + '35.9,36.6,2019-03-08,"\n' + '"",,,x\n' * 20_000, encoding="utf-8")
    with pytest.raises((InputError, DmzError)):
        read_table(path, on_problem="raise")


def test_a_layer_cut_short_is_refused(tmp_path):
    for name in ("events.geojson", "events.gpkg"):
        path = tmp_path / name
        rows = {"id": [f"k{at}" for at in range(200)], "date": "2019-03-08"}
        gpd.GeoDataFrame(rows, geometry=[shapely.Point(36.6, 35.9)] * 200, crs="EPSG:4326").to_file(path)
        whole = path.read_bytes()
        for share in (1, 5, 9):
            path.write_bytes(whole[: len(whole) * share // 10])
            with pytest.raises(DmzError, match=re.escape(str(path))):
                quiet(path)


def test_coordinates_of_a_layer_that_are_no_numbers_are_left_out(tmp_path):
    path = tmp_path / "events.gpkg"
    points = [shapely.Point(36.6, 35.9), shapely.Point(np.nan, 35.9), shapely.Point(np.inf, 35.9), shapely.Point()]
    gpd.GeoDataFrame({"id": list("abcd")}, geometry=points, crs="EPSG:4326").to_file(path)
    intake = quiet(path, kind="place")
    assert list(intake.good["id"]) == ["a"]
    assert len(intake.rejects) == 3


def test_hints_are_checked(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("lat,lon,date\n35.9,36.6,2019-03-08\n", encoding="utf-8")
    for hints in (
        Hints(columns={"lat": ""}),
        Hints(columns={"geometry": "lat"}),
        Hints(encoding="rot13"),
        Hints(encoding="\n"),
    ):
        with pytest.raises(InputError):
            read_table(path, hints=hints)


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused(tmp_path, data):
    path = Path(tmp_path) / "events.csv"
    for content in (data, b"lat,lon,date\n" + data):
        path.write_bytes(content)
        try:
            intake = quiet(path)
        except DmzError:
            continue
        assert summary(intake)
        with write_rejects(intake, tmp_path / "rejects.csv").open(encoding="utf-8", newline="") as file:
            assert len(list(csv.reader(file))) == len(intake.rejects) + 1
