"""Tables as they come: every format, every kind of dirt, and no row lost."""

from __future__ import annotations

import csv
import datetime as dt
import io
import time
import warnings
import zipfile

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from conftest import ROOT
from geographiclib.geodesic import Geodesic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dmz.errors import CRSError, DmzError, InputError, IntakeWarning, OutputError
from dmz.intake import CANONICAL, PROBLEMS, Hints, read_table, summary, write_rejects
from dmz.intake.cells import number, shown
from dmz.intake.columns import personal
from dmz.intake.places import outside_m
from dmz.intake.words import SPELLINGS

THEATRE = shapely.box(35.8, 35.0, 37.5, 36.5)

ACLED = """\
event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,inter1,country,\
admin1,location,latitude,longitude,geo_precision,source,source_scale,notes,fatalities,timestamp
SYR1001,08 March 2019,2019,1,Political violence,Battles,Armed clash,Opposition Rebels (Syria),,2,Syria,Idleb,Saraqab,\
35.8644,36.8058,1,SOHR; SMART,National,"Clashes, as reported,
on two lines.",3,1552576374
SYR1002,09 March 2019,2019,2,Political violence,Explosions/Remote violence,Shelling/artillery/missile attack,\
Military Forces of Syria (2000-),,1,Syria,Idleb,Khan Shaykun,35.4417,36.6508,2,SOHR,National,Shelling near the town.,0,1552576374
SYR1003,10 March 2019,2019,1,Political violence,Battles,Armed clash,Opposition Rebels (Syria),,2,Syria,Idleb,Idleb,\
35.9306,36.6339,3,Undisclosed Source,Other,Reported in the governorate.,10,1552576374
"""
UCDP = """\
id,relid,year,type_of_violence,conflict_name,side_a,side_b,source_article,where_prec,where_coordinates,adm_1,latitude,\
longitude,date_prec,date_start,date_end,event_clarity,best,high,low
"244657","SYR-2019-1-1",2019,1,"Syria: Government","Government of Syria","Syrian insurgents","""
UCDP += """\
"""
UCDP += """"AFP,2019-03-09,Clashes",1,"Sarāqib town","Idlib",35.8644,36.8058,1,2019-03-08 00:00:00.000,2019-03-08 00:00:00.000,1,4,5,3
"244658","SYR-2019-3-2",2019,3,"IS - Civilians","IS","Civilians","Reuters",2,"Idlib town","Idlib",35.9306,36.6339,2,\
2019-03-09 00:00:00.000,2019-03-11 00:00:00.000,2,0,12,0
"244659","SYR-2019-2-3",2019,2,"HTS - NLF","HTS","NLF","SOHR",6,"Syria","",35.9,36.7,5,2019-01-01 00:00:00.000,\
2019-12-31 00:00:00.000,2,7,7,7
"""


@pytest.fixture
def put(tmp_path):
    """Write a file and say where it is."""

    def write(content, name="events.csv"):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content, encoding="utf-8", newline="")
        return path

    return write


def quiet(path, **how):
    """Read without the warning, which tests of its own look at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IntakeWarning)
        return read_table(path, **how)


def rows_of(path):
    """Rows of a CSV by the plainest of readings: not blank, below the header."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.reader(file) if any(map(str.strip, row))][1:]


# Formats


def test_a_table_like_acleds_is_read(put):
    intake = read_table(put(ACLED), theatre=THEATRE)
    good = intake.good
    assert tuple(good.columns[: len(CANONICAL)]) == CANONICAL
    assert good.crs == "EPSG:4326"
    assert list(good["id"]) == ["SYR1001", "SYR1002", "SYR1003"]
    assert list(good["date"]) == [pd.Timestamp(2019, 3, day) for day in (8, 9, 10)]
    assert list(good["precision_m"]) == [2000, 10_000, 50_000]
    assert list(good["category"]) == ["Battles", "Explosions/Remote violence", "Battles"]
    assert list(good["count"]) == [3, 0, 10]
    assert good["party"][1] == "Military Forces of Syria (2000-)"
    assert good["place"][0] == "Saraqab"
    assert good["note"][0] == "Clashes, as reported,\non two lines."
    assert good.geometry[0].equals(shapely.Point(36.8058, 35.8644))
    assert list(good["row"]) == [2, 3, 4]
    assert good["sub_event_type"][0] == "Armed clash"
    assert good["geo_precision"][2] == "3", "the code stays beside its metres"
    assert intake.mapping["date"] == "event_date"
    assert intake.mapping["party"] == "actor1"
    assert "confidence" not in intake.mapping
    assert good["confidence"].isna().all()
    assert len(intake.rejects) == 0
    assert len(intake.audit) == 0


def test_a_table_like_ucdps_is_read(put):
    intake = read_table(put(UCDP))
    good = intake.good
    assert list(good["id"]) == ["244657", "244658", "244659"]
    assert list(good["date"]) == [pd.Timestamp(2019, 3, 8), pd.Timestamp(2019, 3, 9), pd.Timestamp(2019, 1, 1)]
    assert list(good["precision_m"])[:2] == [2000, 25_000]
    assert np.isnan(good["precision_m"][2]), "a country is no radius"
    assert list(good["category"]) == ["state-based conflict", "one-sided violence", "non-state conflict"]
    assert list(good["count"]) == [4, 0, 7]
    assert list(good["party"]) == ["Government of Syria", "IS", "HTS"]
    assert good["place"][0] == "Sarāqib town"
    assert list(good["confidence"]) == ["1", "2", "2"]
    assert good["date_end"][2] == "2019-12-31 00:00:00.000"
    assert any("2 of 3 rows end on another, in 'date_end'" in note for note in intake.notes)
    assert list(intake.audit["problem"]) == ["unknown-precision"]
    assert list(intake.audit["row"]) == [4]


@pytest.mark.parametrize(("lat", "lon"), [
    ("lat", "lon"), ("Latitude", "Longitude"), ("y", "x"), ("LAT_DD", "LONG_DD"), ("Lat.", "Long."), ("LATITUDE", "LNG"),
    ("gps_latitude", "gps_longitude"), ("_gps_latitude", "_gps_longitude"), ("decimalLatitude", "decimalLongitude"),
    ("POINT_Y", "POINT_X"), ("Latitude (WGS84)", "Longitude (WGS84)"), ("enlem", "boylam"), ("широта", "долгота"),
    ("خط العرض", "خط الطول"), (" lat ", " lon "), ("Y-coord", "X-coord"),
])  # fmt: skip
def test_coordinates_are_found_however_they_are_spelt(put, lat, lon):
    intake = read_table(put(f"{lat},{lon},date\n35.9,36.6,2019-03-08\n"))
    assert list(intake.good["lat"]) == [35.9]
    assert list(intake.good["lon"]) == [36.6]
    assert intake.mapping["lat"] == lat.strip()


def test_no_spelling_stands_for_two_columns():
    every = [word for words in SPELLINGS.values() for word in words]
    assert len(every) == len({*every})


LINES = [["id", "date", "lat", "lon", "note"], ["a", "2019-03-08", "35.9306", "36.6339", "Clashes, near “Idlib”"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_encodings_and_line_ends_do_not_matter(put, delimiter, encoding, end):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(LINES)
    intake = quiet(put(out.getvalue().encode(encoding)))
    assert intake.good[["id", "lat", "lon", "note"]].to_numpy().tolist() == [["a", 35.9306, 36.6339, LINES[1][4]]]


def test_a_guessed_encoding_is_told(put):
    intake = read_table(put("lat,lon,date,place\n35.9,36.6,2019-03-08,Sarâqib\n".encode("cp1252")))
    assert intake.good["place"][0] == "Sarâqib"
    assert any("cp1252" in note for note in intake.notes)


def test_an_encoding_can_be_named(put):
    path = put("lat,lon,date,place\n35.9,36.6,2019-03-08,إدلب\n".encode("cp1256"))
    assert read_table(path, hints=Hints(encoding="cp1256")).good["place"][0] == "إدلب"
    with pytest.raises(InputError, match="there is no encoding 'utf-9'"):
        read_table(path, hints=Hints(encoding="utf-9"))
    with pytest.raises(InputError, match="byte 40 is not utf-8"):
        read_table(path, hints=Hints(encoding="utf-8"))


def test_decimal_commas_are_read(put):
    intake = read_table(put("Latitude;Longitude;date\n35,9306;36,6339;08.03.2019\n"))
    assert intake.good[["lat", "lon"]].to_numpy().tolist() == [[35.9306, 36.6339]]
    assert intake.good["date"][0] == pd.Timestamp(2019, 3, 8)


def test_titles_above_the_header_a_line_for_excel_and_hxl_tags_are_not_rows(put):
    text = "sep=;\nReport of the mission;;\n;;\nlat;lon;date\n#geo+lat;#geo+lon;#date\n35.9;36.6;2019-03-08\n"
    intake = read_table(put(text))
    assert intake.rows == 1
    assert list(intake.good["row"]) == [5], "spreadsheets do not show the line that names the delimiter"
    assert any("above the header" in note and "Report of the mission" in note for note in intake.notes)
    assert any("HXL" in note for note in intake.notes)


def test_blank_rows_are_no_rows_but_are_counted(put):
    intake = read_table(put("lat,lon,date\n\n35.9,36.6,2019-03-08\n,,\n36.0,36.7,2019-03-09\n"))
    assert list(intake.good["row"]) == [3, 5]
    assert any("2 blank rows" in note for note in intake.notes)


def layer(rows, geometry):
    return gpd.GeoDataFrame(rows, geometry=geometry, crs="EPSG:4326")


@pytest.mark.parametrize("name", ["events.geojson", "events.gpkg"])
def test_layers_of_points_are_read(tmp_path, name):
    path = tmp_path / name
    table = layer(
        {"id": ["a", "b"], "event_date": ["2019-03-08", "2019-03-09"], "fatalities": [2, 3], "pcode": ["SY07", "007"]},
        [shapely.Point(36.6, 35.9), shapely.Point(36.7, 35.8)],
    )
    table.to_file(path)
    intake = read_table(path)
    assert list(intake.good["date"]) == [pd.Timestamp(2019, 3, 8), pd.Timestamp(2019, 3, 9)]
    assert list(intake.good["lon"]) == [36.6, 36.7]
    assert list(intake.good["count"]) == [2, 3]
    assert list(intake.good["pcode"]) == ["SY07", "007"]
    assert intake.mapping["lon"] == "geometry"
    assert intake.noun == "feature"
    assert list(intake.good["row"]) == [1, 2]


def test_features_that_are_no_points_are_left_out_one_by_one(put):
    features = ",".join(
        f'{{"type":"Feature","properties":{{"id":"{key}","date":"2019-03-08","lat":"x"}},"geometry":{shape}}}'
        for key, shape in {
            "point": '{"type":"Point","coordinates":[36.6,35.9]}',
            "null": "null",
            "line": '{"type":"LineString","coordinates":[[36.6,35.9],[36.7,35.9]]}',
            "single": '{"type":"MultiPoint","coordinates":[[36.6,35.9]]}',
            "swapped": '{"type":"Point","coordinates":[35.9,136.6]}',
        }.items()
    )
    intake = quiet(put(f'{{"type":"FeatureCollection","features":[{features}]}}', "events.geojson"))
    assert list(intake.good["id"]) == ["point", "single"]
    assert dict(zip(intake.rejects["id"], intake.rejects["problem"], strict=True)) == {
        "null": "no-coordinates", "line": "no-point", "swapped": "swapped",
    }  # fmt: skip
    assert intake.rejects["geometry"][1].startswith("LINESTRING")
    assert list(intake.good["lat in file"]) == ["x", "x"]


def test_a_layer_in_another_crs_is_brought_over(tmp_path):
    path = tmp_path / "utm.gpkg"
    layer({"id": ["a"]}, [shapely.Point(36.6, 35.9)]).to_crs("EPSG:32637").to_file(path)
    with pytest.warns(UserWarning, match="brought from WGS 84 / UTM zone 37N"):
        intake = read_table(path, kind="place")
    assert intake.good["lon"][0] == pytest.approx(36.6, abs=1e-9)


def test_hostile_layers_are_refused_as_the_other_inputs_are(put):
    linked = (
        '{"type":"FeatureCollection","crs":{"type":"link","properties":{"href":"http://example.org/"}},"features":[]}'
    )
    with pytest.raises(CRSError, match="a link to be fetched"):
        read_table(put(linked, "linked.geojson"))
    with pytest.raises(InputError, match="virtual file"):
        read_table(put("<OGRVRTDataSource></OGRVRTDataSource>", "other.vrt"))


@pytest.fixture
def book(tmp_path):
    """Write a workbook of one sheet, or of several by name."""

    def write(rows, others=None, name="events.xlsx"):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "events"
        for row in rows:
            sheet.append(row)
        for title, lines in (others or {}).items():
            other = book.create_sheet(title)
            for row in lines:
                other.append(row)
        path = tmp_path / name
        book.save(path)
        return path

    return write


HEADER = ["id", "date", "lat", "lon", "count", "note"]


def test_a_workbook_is_read_with_its_types(book):
    path = book([
        ["Incidents of March"], [], HEADER, [1, dt.datetime.fromisoformat("2019-03-08T14:30"), 35.9, 36.6, 2, "a"],
        [2, 43533, "35.8", "36,7", None, None], [],
        [3, "10/03/2019", 35.7, 36.8, 1.0, True], [4, "25/03/2019", 35.7, 36.8, 1.5, "x"],
    ])  # fmt: skip
    intake = quiet(path)
    assert list(intake.good["id"]) == ["1", "2", "3", "4"]
    assert [str(day.date()) for day in intake.good["date"]] == ["2019-03-08", "2019-03-09", "2019-03-10", "2019-03-25"]
    assert list(intake.good["lon"]) == [36.6, 36.7, 36.8, 36.8]
    assert intake.good["count"].tolist() == [2, pd.NA, 1, pd.NA]
    assert list(intake.good["row"]) == [4, 5, 7, 8]
    assert {*intake.audit["problem"]} == {"unknown-precision", "excel-serial", "bad-count"}
    assert any("Incidents of March" in note for note in intake.notes)


def test_the_sheet_can_be_named_and_the_choice_is_told(book):
    rows = [HEADER, ["a", "2019-03-08", 35.9, 36.6, 1, ""]]
    path = book(rows, {"more": [HEADER, ["b", "2019-03-09", 35.9, 36.6, 1, ""]]})
    first = read_table(path)
    assert list(first.good["id"]) == ["a"]
    assert any("not read: 'more'" in note for note in first.notes)
    assert list(read_table(path, hints=Hints(sheet="more")).good["id"]) == ["b"]
    with pytest.raises(InputError, match="no sheet 'mre'; it has 'events', 'more'"):
        read_table(path, hints=Hints(sheet="mre"))


def rewritten(path, name, change):
    """Change one part of an archive."""
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    parts[name] = change(parts.get(name, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    return path


def test_formulas_are_read_as_their_saved_values(book):
    path = book([HEADER, ["a", "2019-03-08", 35.9, 36.6, 7, ""], ["b", "2019-03-08", 35.9, "=36+0.6", 7, ""]])
    saved = b"<f>36+0.6</f><v>36.6</v>"
    rewritten(
        path,
        "xl/worksheets/sheet1.xml",
        lambda text: (
            text.replace(b"<f>36+0.6</f><v />", saved)
            .replace(b"<f>36+0.6</f><v></v>", saved)
            .replace(b"<f>36+0.6</f><v/>", saved)
        ),
    )
    intake = read_table(path)
    assert list(intake.good["lon"]) == [36.6, 36.6]
    assert any("formulas" in note for note in intake.notes)


def test_day_numbers_of_old_macintosh_are_counted_from_1904(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(HEADER)
    book.active.append(["a", 43532 - 1462, 35.9, 36.6, 1, ""])
    book.save(tmp_path / "mac.xlsx")
    assert quiet(tmp_path / "mac.xlsx").good["date"][0] == pd.Timestamp(2019, 3, 8)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "geojson"])
@pytest.mark.parametrize("above", [0, 1, 5])
def test_long_tables_lose_no_row(put, book, ending, above):
    rows = [[f"k{at}", "2019-03-08", 35.9, 36.6 + at / 1000, at, ""] for at in range(300)]
    titles = [["title"]] * above
    if ending == "csv":
        out = io.StringIO(newline="")
        csv.writer(out).writerows([*titles, HEADER, *rows])
        path = put(out.getvalue())
    elif ending == "xlsx":
        path = book([*titles, HEADER, *rows])
    else:
        above, path = -1, put("", "k.geojson")
        points = [shapely.Point(row[3], row[2]) for row in rows]
        layer({"id": [row[0] for row in rows], "date": "2019-03-08"}, points).to_file(path)
    good = read_table(path).good
    assert list(good["id"]) == [row[0] for row in rows]
    assert list(good["row"]) == [at + above + 2 for at in range(300)]


# Dirt

DIRT = {
    "31 February": ("date", "31/02/2019", "bad-date", "'31/02/2019' is no day of the calendar"),
    "the year 2202": ("date", "2202-02-02", "bad-date", "'2202-02-02': the year 2202 is not between 1900 and 2099"),
    "29 February of no leap year": ("date", "2019-02-29", "bad-date", "is no day of the calendar"),
    "month 13": ("date", "2019-13-01", "bad-date", "is no day of the calendar"),
    "words": ("date", "last Friday", "bad-date", "'last Friday' is no date: write it as 2019-03-08"),
    "a year": ("date", "2019", "bad-date", "'2019' is no date"),
    "a month": ("date", "March 2019", "bad-date", "'March 2019' is no date"),
    "no month": ("date", "8 Mach 2019", "bad-date", "'Mach' is no month"),
    "no date": ("date", "", "no-date", "date is blank"),
    "NaN for a date": ("date", "NaN", "no-date", "date: 'NaN' says nothing"),
    "two digits": ("date", "25/03/19", "two-digit-year", "'25/03/19' is read as of the year 2019"),
    "a day number": ("date", "43532", "excel-serial", "'43532' is read as a spreadsheet's day number: 2019-03-08"),
    "a date of long ago": ("date", "1919-03-08", "outlying-date", "more than 30 years from the middle"),
    "no latitude": ("lat", "", "no-coordinates", "latitude is blank"),
    "NaN": ("lon", "NaN", "no-coordinates", "longitude is blank"),
    "text": ("lat", "35.9 N", "coordinate-text", "lat: '35.9 N' is no latitude in decimal degrees: write it as 36.6312"),
    "degrees and minutes": ("lon", "36°38'", "coordinate-text", "is no longitude in decimal degrees"),
    "endless": ("lon", "inf", "coordinate-text", "'inf' is no longitude"),
    "off the Earth": ("lon", "366339", "off-earth", "is no place on Earth: save it as longitude and latitude"),
    "far": ("lat", "48.1", "far", "km outside the theatre"),
    "a count in words": ("count", "about 20", "bad-count", "count: 'about 20' is no whole number: taken as unknown"),
    "a count with thousands": ("count", "1,200", "bad-count", "'1,200' is no whole number"),
    "a count with points": ("count", "1.200", "bad-count", "'1.200' is no whole number"),
    "a negative count": ("count", "-3", "bad-count", "'-3' is no whole number"),
    "no precision": ("precision_m", "", "unknown-precision", "precision_m is blank"),
    "a precision in words": ("precision_m", "good", "bad-precision", "'good' is no distance: taken as unknown"),
    "a precision of nothing": ("precision_m", "0", "bad-precision", "'0' is no distance"),
    "a used id": ("id", "clean 3", "duplicate-id", "its id 'clean 3' is that of row 5, which is kept and differs"),
}  # fmt: skip
FIELDS = ["id", "date", "lat", "lon", "precision_m", "count", "note"]


def clean_row(place):
    return {
        "id": f"clean {place}", "date": f"{place + 13}/03/2019", "lat": f"35.{place}1", "lon": f"36.{place}1",
        "precision_m": "500", "count": str(place), "note": "",
    }  # fmt: skip


def dirty(*changes):
    """Six clean rows, and after them one for each set of changes."""
    rows = [clean_row(place) for place in range(6)]
    rows += [{**clean_row(6), "id": f"dirty {at}", **change} for at, change in enumerate(changes)]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("case", DIRT)
def test_dirt_is_named_row_by_row(put, case):
    column, cell, code, message = DIRT[case]
    with pytest.warns(IntakeWarning) if code != "unknown-precision" else warnings.catch_warnings():
        intake = read_table(put(dirty({column: cell})), theatre=THEATRE)
    assert {*intake.audit["row"]} <= {5, 8}
    found = intake.audit[intake.audit["row"] == 8]
    assert list(found["problem"]) == [code]
    assert message in found["message"].iloc[0]
    assert found["kept"].iloc[0] == PROBLEMS[code].kept
    assert len(intake.good) == (7 if PROBLEMS[code].kept else 6)
    if not PROBLEMS[code].kept:
        assert list(intake.rejects["row"]) == [8]
        assert intake.rejects[column][0] == cell
    else:
        assert intake.rejects.empty


def test_what_cannot_be_used_is_unknown_and_not_zero(put):
    intake = quiet(put(dirty({"count": "many", "precision_m": "good"})))
    assert intake.good["count"].isna().tolist() == [False] * 6 + [True]
    assert np.isnan(intake.good["precision_m"].iloc[6])


def test_null_island_is_left_out(put):
    intake = quiet(put(dirty({"lat": "0", "lon": "0.000"})))
    assert list(intake.rejects["problem"]) == ["null-island"]


def test_whole_degrees_are_kept_but_their_precision_is_not_believed(put):
    intake = quiet(put(dirty({"lat": "36", "lon": "37"})), theatre=THEATRE)
    assert list(intake.audit["problem"]) == ["whole-degrees"]
    assert np.isnan(intake.good["precision_m"].iloc[6])
    assert intake.good["precision_m"].iloc[0] == 500


def test_swapped_axes_are_told_and_never_changed(put):
    changes = [{"lat": "136.6", "lon": "35.9"}, {"lat": "36.9", "lon": "35.9"}]
    intake = quiet(put(dirty(*changes)), theatre=THEATRE)
    assert dict(zip(intake.audit["row"], intake.audit["problem"], strict=True)) == {8: "swapped", 9: "perhaps-swapped"}
    assert "swapped, longitude 136.6, latitude 35.9 is" in intake.audit["message"][0]
    assert intake.good["lat"].iloc[6] == 36.9


def test_swapped_axes_are_seen_from_the_theatre(put):
    korea = shapely.box(126, 37, 129, 39)
    intake = quiet(put("lat,lon,date\n38.0,127.1,2019-03-08\n"), theatre=korea)
    assert len(intake.good) == 1
    minsk = shapely.box(37, 47, 40, 50)
    intake = quiet(
        put("lat,lon,date\n38.1,48.1,2019-03-08\n38.2,48.0,2019-03-08\n48.2,38.0,2019-03-08\n"), theatre=minsk
    )
    assert list(intake.rejects["problem"]) == ["swapped", "swapped"]
    away = Geodesic.WGS84.Inverse(47, 40, 38.1, 48.1)["s12"] / 1000  # the nearest corner of the box
    assert f"is {away:,.0f} km outside the theatre" in intake.rejects["message"][0]
    assert "swapped, it is in it" in intake.rejects["message"][0]
    assert any("look swapped: 2 of 3 rows" in note for note in intake.notes)
    turned = Hints(columns={"lat": "lon", "lon": "lat"})
    assert len(quiet(put("lat,lon,date\n38.1,48.1,2019-03-08\n"), theatre=minsk, hints=turned).good) == 1


def test_the_distance_from_the_theatre_is_geodesic(put):
    corner = Geodesic.WGS84.Inverse(36.5, 37.5, 36.8, 37.9)["s12"]
    assert outside_m(np.array([[37.9, 36.8], [36.0, 36.0]]), THEATRE) == pytest.approx([corner, 0], abs=1e-3)
    for away_km, left in ((499.9, 0), (500.1, 1)):
        point = Geodesic.WGS84.Direct(36.5, 37.5, 45, away_km * 1000)
        # the nearest point of the box is its corner only about: go on from there along the line that leaves it
        exact = Geodesic.WGS84.Inverse(36.5, 37.5, point["lat2"], point["lon2"])["s12"] / 1000
        assert exact == pytest.approx(away_km)
        text = f"lat,lon,date\n{point['lat2']!r},{point['lon2']!r},2019-03-08\n"
        assert len(quiet(put(text), theatre=THEATRE).rejects) == left
    assert len(quiet(put(text), theatre=THEATRE, hints=Hints(far_km=600)).rejects) == 0


@pytest.mark.parametrize("theatre", [
    shapely.box(35.8, 35.0, 37.5, 36.5),
    gpd.GeoSeries([shapely.box(35.8, 35.0, 36.5, 36.5), shapely.box(36.5, 35, 37.5, 36.5)], crs="EPSG:4326"),
    gpd.GeoDataFrame(geometry=[shapely.box(35.8, 35.0, 37.5, 36.5)], crs="EPSG:4326").to_crs("EPSG:3857"),
], ids=["geometry", "series", "layer in Mercator"])  # fmt: skip
def test_a_theatre_comes_in_any_shape(put, theatre):
    assert list(quiet(put(dirty({"lat": "48.1"})), theatre=theatre).rejects["problem"]) == ["far"]


def test_an_empty_theatre_is_refused(put):
    with pytest.raises(InputError, match="the theatre is empty"):
        read_table(put(ACLED), theatre=shapely.Polygon())
    with pytest.raises(CRSError, match="the theatre has no CRS"):
        read_table(put(ACLED), theatre=gpd.GeoSeries([THEATRE]))


# Dates


def dates(put, *texts, **how):
    lines = "".join(f'35.{at % 10}1,36.61,"{text}"\n' for at, text in enumerate(texts))
    return quiet(put(f"lat,lon,date\n{lines}"), **how)


@pytest.mark.parametrize("text", [
    "2019-03-08", "2019/03/08", "2019.3.8", "20190308", "2019-03-08T14:30:00Z", "2019-03-08 23:59:59.999+03:00",
    "08.03.2019", "8.3.2019 14:30", "8 March 2019", "08 March 2019", "8-Mar-2019", "08-MAR-2019", "Friday, 8 March 2019",
    "March 8, 2019", "Mar 8 2019", "8th March 2019", "٢٠١٩-٠٣-٠٨", " 2019-03-08 ",
])  # fmt: skip
def test_dates_are_read_as_people_write_them(put, text):
    assert list(dates(put, text).good["date"]) == [pd.Timestamp(2019, 3, 8)]


@pytest.mark.parametrize(("texts", "days", "told"), [
    (["03/04/2019", "25/03/2019"], ["2019-04-03", "2019-03-25"], "day first: 1 of 2 such dates show it, as row 3: '25/03/2019'"),
    (["03/04/2019", "03/25/2019"], ["2019-03-04", "2019-03-25"], "month first: 1 of 2 such dates show it, as row 3"),
    (["03-04-2019", "25.03.2019"], ["2019-04-03", "2019-03-25"], "day first"),
    (["05/05/2019"], ["2019-05-05"], ""),
])  # fmt: skip
def test_the_file_decides_whether_the_day_comes_first(put, texts, days, told):
    intake = dates(put, *texts)
    assert [str(day.date()) for day in intake.good["date"]] == days
    assert told in "\n".join(intake.notes)


def test_an_order_that_nothing_decides_is_not_guessed(put):
    intake = dates(put, "03/04/2019", "2019-03-08", "05/05/2019")
    assert list(intake.rejects["problem"]) == ["ambiguous-date"]
    assert "'03/04/2019' may be 2019-04-03 or 2019-03-04" in intake.rejects["message"][0]
    assert any("nothing decides whether day or month comes first" in note for note in intake.notes)
    told = dates(put, "03/04/2019", hints=Hints(day_first=True))
    assert str(told.good["date"][0].date()) == "2019-04-03"


def test_one_slip_does_not_overturn_the_order_of_a_file(put):
    intake = dates(put, *["25/03/2019"] * 30, "03/25/2019", "03/04/2019")
    assert list(intake.rejects["row"]) == [32]
    assert "with the day first, as this file has it" in intake.rejects["message"][0]
    assert str(intake.good["date"].iloc[-1].date()) == "2019-04-03"
    assert any("1 against it" in note for note in intake.notes)
    mixed = dates(put, "25/03/2019", "03/25/2019", "03/04/2019")
    assert list(mixed.rejects["problem"]) == ["ambiguous-date"]


@given(st.dates(dt.date(1950, 1, 1), dt.date(2049, 12, 31)))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_day_is_read_in_every_way(put, day):
    how = Hints(day_first=True)
    texts = [
        day.isoformat(),
        f"{day:%d/%m/%Y}",
        f"{day:%d %B %Y}",
        f"{day:%d-%b-%y}",
        f"{day:%B} {day.day}, {day.year}",
        f"{day:%Y%m%d}",
    ]
    serial = (day - dt.date(1899, 12, 30)).days
    texts += [str(serial)] if serial >= 20_000 else []
    assert {*dates(put, *texts, hints=how).good["date"]} == {pd.Timestamp(day)}


def test_a_time_with_an_offset_is_of_the_day_written(put):
    assert list(dates(put, "2019-03-08T00:30:00+03:00").good["date"]) == [pd.Timestamp(2019, 3, 8)]
    feature = (
        '{"type":"Feature","properties":{"date":"2019-03-08T00:30:00%s"},"geometry":'
        '{"type":"Point","coordinates":[36.6,35.9]}}'
    )
    for offset, told in (("+03:00", False), ("Z", True)):
        intake = quiet(put(f'{{"type":"FeatureCollection","features":[{feature % offset}]}}', "times.geojson"))
        assert list(intake.good["date"]) == [pd.Timestamp(2019, 3, 8)]
        assert any("in UTC" in note for note in intake.notes) == told


def test_places_need_no_date(put):
    text = "lat,lon,date\n35.91,36.61,\n35.92,36.62,31/02/2019\n"
    intake = quiet(put(text), kind="place")
    assert len(intake.good) == 2
    assert intake.good["date"].isna().all()
    assert list(intake.audit["problem"]) == ["unknown-precision", "undated", "unknown-precision"]
    assert len(read_table(put("lat,lon\n35.91,36.61\n"), kind="place").good) == 1


# Columns


def test_a_missing_column_is_named_with_the_nearest_spelling(put):
    with pytest.raises(InputError) as error:
        read_table(put("id,latitudee,lonn,date\n1,35.9,36.6,2019-03-08\n"))
    faults = error.value.faults
    assert len(faults) == 2
    assert all(fault.startswith(str(put("x", "other")).replace("other", "events.csv")) for fault in faults)
    assert "no column for the longitude, the nearest is 'lonn': rename it to 'lon'" in faults[0]
    assert "Hints(columns={'lat': 'latitudee'})" in faults[1]
    assert "it has id, latitudee, lonn, date" in faults[0]


def test_a_column_can_be_named(put):
    path = put("where_n,where_e,when\n35.9,36.6,2019-03-08\n")
    hints = Hints(columns={"lat": "where_n", "lon": "where_e", "date": "when"})
    assert read_table(path, hints=hints).good["lat"][0] == 35.9
    with pytest.raises(InputError, match="lat='where_m' is no column of it, the nearest is 'where_n'"):
        read_table(path, hints=Hints(columns={"lat": "where_m", "lon": "where_e", "date": "when"}))
    with pytest.raises(InputError, match="the hint names a column 'latt'; there are id, date, lon, lat"):
        read_table(path, hints=Hints(columns={"latt": "where_n"}))


def test_two_columns_of_one_name_are_not_chosen_between(put):
    with pytest.raises(InputError, match="two columns are called 'lat'"):
        read_table(put("lat,lat,lon,date\n35.9,36,36.6,2019-03-08\n"))


def test_a_rival_column_is_told(put):
    intake = read_table(put("latitude,lat,lon,date\n35.9,36,36.6,2019-03-08\n"))
    assert intake.good["lat"][0] == 36
    assert any("not taken: 'latitude'" in note for note in intake.notes)


def test_other_columns_stay_as_they_were_and_none_is_overwritten(put):
    text = "id,lat,lon,date,row,row in file,geometry,P_CODE,fatalities,count in file, spaced \nx,35.9,36.6,2019-03-08,r,s,g,007,5,z, kept \n"
    good = read_table(put(text)).good
    assert good["P_CODE"][0] == "007"
    assert good["row in file"][0] == "s"
    assert good["row in file in file"][0] == "r"
    assert good["geometry in file"][0] == "g"
    assert good["count in file"][0] == "z"
    assert good["spaced"][0] == " kept "
    assert good["row"][0] == 2
    assert not good.columns.duplicated().any()
    rejects = quiet(put(text.replace("35.9", "x"))).rejects
    assert rejects.columns.is_unique
    assert rejects["row in file"][0] == "s"


def test_names_of_persons_are_not_read_and_that_is_told(put):
    text = "id,lat,lon,date,victim_name,Full Name,phone,commander,place_name,victims,source_name\n1,{},36.6,2019-03-08,A,B,C,D,Idlib,4,SOHR\n"
    with pytest.warns(
        IntakeWarning, match="look like names of persons: 'victim_name', 'Full Name', 'phone', 'commander'"
    ):
        intake = read_table(put(text.format("35.9")))
    everything = intake.good.drop(columns="geometry").to_csv() + intake.rejects.to_csv() + intake.audit.to_csv()
    assert not {"victim_name", "Full Name", "phone", "commander"} & {*intake.good, *intake.rejects}
    assert ",B," not in everything
    assert intake.good["victims"][0] == "4", "a head count is no name"
    assert intake.good["place"][0] == "Idlib"
    assert "victim_name" in summary(intake)
    with pytest.warns(IntakeWarning):
        rejected = read_table(put(text.format("x")))
    assert "victim_name" not in rejected.rejects
    with pytest.raises(InputError, match="'commander' looks like names of persons"):
        read_table(put(text.format("35.9")), hints=Hints(columns={"party": "commander"}))


@pytest.mark.parametrize(("name", "is_one"), [
    ("VictimName", True), ("name_of_victim", True), ("names of the detainees", True), ("respondent_full_name", True),
    ("_submitted_by", True), ("surname", True), ("First name", True), ("witness", True), ("e-mail", True),
    ("name", False), ("place_name", False), ("conflict_name", False), ("dyad_name", False), ("source", False),
    ("actor1", False), ("side_a", False), ("location_name", False), ("observer", False), ("admin1Name_en", False),
])  # fmt: skip
def test_which_columns_look_like_names_of_persons(name, is_one):
    assert personal(pd.DataFrame({name: ["Abc"]})) == ([name] if is_one else [])


# Precision


def test_codes_that_no_codebook_has_are_unknown_and_told(put):
    text = "lat,lon,date,geo_precision\n35.91,36.6,2019-03-08,4\n35.92,36.6,2019-03-08,\n35.93,36.6,2019-03-08,1.5\n35.94,36.6,2019-03-08,1\n"
    intake = quiet(put(text))
    assert list(intake.audit["problem"]) == ["bad-precision", "unknown-precision", "bad-precision"]
    assert "'4' is no code of ACLED's geo_precision (1, 2, 3): taken as unknown" in intake.audit["message"][0]
    assert intake.good["precision_m"].isna().tolist() == [True, True, True, False]


def test_metres_for_codes_can_be_said(put):
    intake = read_table(put(ACLED), hints=Hints(precision_m={1: 500, 2: 5000, 3: 25_000}))
    assert list(intake.good["precision_m"]) == [500, 5000, 25_000]


def test_precision_in_kilometres_is_brought_to_metres(put):
    intake = read_table(put("lat,lon,date,accuracy_km\n35.91,36.6,2019-03-08,1.5\n"))
    assert list(intake.good["precision_m"]) == [1500]


def test_a_file_without_precision_says_so_for_every_row_and_does_not_warn(put):
    intake = read_table(put("lat,lon,date\n35.91,36.6,2019-03-08\n35.92,36.6,2019-03-08\n"))
    assert list(intake.audit["problem"]) == ["unknown-precision"] * 2
    assert "precision unknown: 2 of 2 rows read" in summary(intake)


# Duplicates


def test_of_an_id_the_first_good_row_is_kept(put):
    text = "id,lat,lon,date\na,35.91,36.6,31/02/2019\na,35.92,36.6,2019-03-08\na,35.92,36.6,2019-03-08\na ,35.93,36.6,2019-03-08\n,35.94,36.6,2019-03-08\n,35.94,36.6,2019-03-08\n"
    intake = quiet(put(text))
    assert list(intake.good["row"]) == [3, 6, 7]
    assert list(intake.rejects["problem"]) == ["bad-date", "duplicate-id", "duplicate-id"]
    assert "row 3, of which it is a copy" in intake.rejects["message"][1]
    assert "row 3, which is kept and differs" in intake.rejects["message"][2]
    contested = intake.audit[intake.audit["problem"] == "contested-id"]
    assert contested["message"].tolist() == ["its id is also that of row 5, left out though not the same"]


def test_without_ids_repeats_are_doubted_and_kept(put):
    intake = quiet(put("lat,lon,date\n35.91,36.6,2019-03-08\n35.91,36.6,2019-03-08\n"))
    assert len(intake.good) == 2
    assert intake.audit[intake.audit["row"] == 3]["problem"].tolist() == ["repeated-row", "unknown-precision"]


# Rows that do not fit


def test_rows_of_the_wrong_width_are_left_out_whole(put):
    text = "id,lat,lon,date,note\n1,35.91,36.6,2019-03-08\n2,35.92,36.6,2019-03-08,one, two\n3,35.93,36.6,2019-03-08,ok,,\n"
    intake = quiet(put(text))
    assert list(intake.good["row"]) == [4]
    assert list(intake.rejects["problem"]) == ["cells", "cells"]
    assert "it has 4 cells, the header 5" in intake.rejects["message"][0]
    assert intake.rejects["beyond the header"].tolist() == ["", " two"]


def test_a_quote_that_is_never_closed_costs_one_row(put):
    lines = [f"{at},35.{at}1,36.6,2019-03-08,fine" for at in range(8)]
    lines[2] = '2,35.21,36.6,2019-03-08,"never closed'
    lines[5] = '5,35.51,36.6,2019-03-08,"closed, with a comma"'
    intake = quiet(put("id,lat,lon,date,note\n" + "\n".join(lines) + "\n"))
    assert intake.rejects["row"].tolist() == [4]
    assert "a quote is opened and not closed in line 4" in intake.rejects["message"][0]
    assert len(intake.good) == 7


def test_a_cell_that_swallowed_rows_is_told(put):
    text = 'id,lat,lon,date,note\n1,35.91,36.6,2019-03-08,"\n2,35.92,36.6,2019-03-08,"\n'
    intake = quiet(put(text))
    assert intake.audit[intake.audit["problem"] == "quotes"]["message"].tolist() == [
        "a cell of it holds what looks like rows (lines 2 to 3): a quote may not be closed"
    ]


# Outcome


def test_the_warning_counts_what_was_left_out(put):
    path = put(dirty({"date": "31/02/2019"}, {"lat": ""}, {"lat": ""}, {"count": "x"}))
    with pytest.warns(IntakeWarning) as caught:
        read_table(path)
    assert len(caught) == 1
    assert f"{path}: 3 of 10 rows left out (no coordinates: 2, bad date: 1)" in str(caught[0].message)
    assert "1 kept with a doubt (count that is no whole number: 1)" in str(caught[0].message)
    assert caught[0].filename == __file__


def test_problems_can_be_fatal(put):
    path = put(dirty(*[{"lat": ""}] * 30))
    with pytest.raises(InputError) as error:
        read_table(path, on_problem="raise")
    assert error.value.faults[0] == f"{path}: row 8: latitude is blank"
    assert error.value.faults[-1] == f"{path}: and 10 more"
    assert len(read_table(put(ACLED), on_problem="raise").good) == 3
    with pytest.raises(InputError, match="on_problem"):
        read_table(path, on_problem="ignore")


def test_rejects_can_be_written_mended_and_read_again(put, tmp_path):
    intake = quiet(put(dirty({"date": "31/02/2019", "note": "=1+1"}, {"lat": "", "lon": "-36.6", "note": "-x, \n@y"})))
    path = write_rejects(intake, tmp_path / "out" / "rejects.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["note"] for row in rows] == ["'=1+1", "'-x, \n@y"]
    assert rows[1]["lon"] == "-36.6", "a number is no formula"
    assert [row["row"] for row in rows] == ["8", "9"]
    assert [row["problem"] for row in rows] == ["bad-date", "no-coordinates"]
    path.write_text(path.read_text(encoding="utf-8").replace("31/02/2019", "28/02/2019"), encoding="utf-8")
    again = quiet(path)
    assert list(again.good["id"]) == ["dirty 0"]
    with pytest.raises(OutputError):
        write_rejects(intake, put("x", "file") / "rejects.csv")


def test_the_summary_reads_as_a_person_would_have_it(put):
    path = put(dirty({"date": "31/02/2019"}, {"lat": "48.1"}, *[{"count": "x"}] * 5, {"precision_m": ""}))
    assert (
        summary(quiet(path, theatre=THEATRE))
        == f"""\
{path}: 14 rows, 12 read, 2 left out
columns: id, date, lon, lat, precision_m, count, note
not in the file: category, party, place, source, confidence
left out:
  far outside the theatre: 1
    row 9: longitude 36.61, latitude 48.1 is 1,288 km outside the theatre
  bad date: 1
    row 8: date: '31/02/2019' is no day of the calendar
kept, with a doubt:
  count that is no whole number: 5
    row 10: count: 'x' is no whole number: taken as unknown
    row 11: count: 'x' is no whole number: taken as unknown
    row 12: count: 'x' is no whole number: taken as unknown
    and 2 more
precision unknown: 1 of 12 rows read
to know:
  dates are read with the day first: 13 of 13 such dates show it, as row 2: '13/03/2019'
"""
    )
    assert Geodesic.WGS84.Inverse(36.5, 36.61, 48.1, 36.61)["s12"] / 1000 == pytest.approx(1288, abs=1)


CELLS = st.one_of(
    st.sampled_from(
        ["", "a", "2019-03-08", "31/02/2019", "03/04/2019", "35.9", "36,6", "0", "136", "NaN", '"', "=1", "é", " "]
    ),
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
)


@given(st.lists(st.lists(CELLS, min_size=5, max_size=5), min_size=1, max_size=12))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_good_and_rejects_are_the_rows_of_the_file(put, rows):
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["id", "date", "lat", "lon", "note"], *rows])
    path = put(out.getvalue())
    expected = rows_of(path)
    if not expected:
        with pytest.raises(InputError, match="no rows"):
            quiet(path)
        return
    intake = quiet(path, theatre=THEATRE)
    assert len(intake.good) + len(intake.rejects) == len(expected)
    both = pd.concat([intake.good["row"], intake.rejects["row"]])
    assert both.is_unique
    assert intake.good["row"].is_monotonic_increasing
    assert intake.rejects["row"].is_monotonic_increasing
    assert {*intake.rejects["row"]} == {*intake.audit["row"][~intake.audit["kept"]]}
    by_row = dict(zip(sorted(both), expected, strict=True))
    for row, note in zip(intake.rejects["row"], intake.rejects["note"], strict=True):
        assert note == by_row[row][4]
    for row, note in zip(intake.good["row"], intake.good["note"].fillna(""), strict=True):
        assert note == by_row[row][4]


@given(st.text(alphabet='ab1,;\t\n\r" ', max_size=60))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_quotes_no_line_is_lost(put, text):
    path = put(f"lat,lon,date,note\n{text}\n35.9,36.6,2019-03-08,last\n")
    try:
        intake = quiet(path)
    except DmzError:
        return
    cells = [
        *intake.good.get("note", []),
        *intake.rejects.drop(columns=["row", "problem", "message"]).to_numpy().ravel(),
    ]
    held = "".join(str(cell) for cell in [*cells, *intake.good.iloc[:, :12].to_numpy().ravel()])
    for letter in "ab":
        assert held.count(letter) >= text.count(letter), "letters of the file are in good or rejects"


def test_the_same_file_gives_the_same_outcome(put, tmp_path):
    path = put(dirty({"date": "31/02/2019"}, {"lat": "48.1"}, {"id": "clean 3"}))
    one, two = (quiet(path, theatre=THEATRE) for _ in range(2))
    pd.testing.assert_frame_equal(one.good, two.good)
    pd.testing.assert_frame_equal(one.rejects, two.rejects)
    pd.testing.assert_frame_equal(one.audit, two.audit)
    assert summary(one) == summary(two)
    written = [write_rejects(one, tmp_path / f"{at}.csv").read_bytes() for at in range(2)]
    assert written[0] == written[1]


def test_200_000_rows_are_read_in_seconds(put):
    count = 200_000
    rng = np.random.default_rng(7)
    lat, lon = rng.uniform(35, 36.5, count).round(4), rng.uniform(35.9, 37.4, count).round(4)
    days = np.datetime64("2018-01-01") + rng.integers(0, 800, count).astype("timedelta64[D]")
    lines = [
        f"SYR{at},{days[at]},Battles,3,Place {at % 900},{lat[at]},{lon[at]},{at % 4},SOHR,note {at}"
        for at in range(count)
    ]
    path = put(
        "event_id_cnty,event_date,event_type,fatalities,location,latitude,longitude,geo_precision,source,notes\n"
        + "\n".join(lines)
    )
    start = time.process_time()
    intake = quiet(path, theatre=THEATRE)
    took = time.process_time() - start
    assert intake.rows == count
    assert (intake.audit["problem"] == "bad-precision").sum() == count // 4
    assert took < 20, f"{took:.1f} s of processor time"


def test_a_megabyte_in_a_cell_does_not_get_into_messages(put):
    intake = quiet(
        put(dirty({"date": "9" * 1_000_000, "note": "n" * 1_000_000}, {"id": "x" * 1_000_000, "lat": "y" * 1_000_000}))
    )
    assert intake.rejects["date"][0] == "9" * 1_000_000
    assert intake.audit["message"].str.len().max() < 300
    assert intake.audit["cell"].str.len().max() < 100
    assert "…" in intake.audit["message"][0]
    assert len(summary(intake)) < 5000


def test_the_layers_of_the_project_can_be_taken_in():
    intake = read_table(ROOT / "geodata" / "idlib" / "settlements.geojson", kind="place")
    assert len(intake.rejects) == 0
    assert intake.good["place"].notna().all()


@pytest.mark.parametrize(
    ("text", "value"), [("35.5", 35.5), (" +35,5 ", 35.5), ("−35.5", -35.5), ("3e1", 30), (".5", 0.5), ("٣٥٫٥", 35.5)]
)
def test_numbers_in_the_ways_of_the_world(text, value):
    assert number(text) == value


@pytest.mark.parametrize("text", ["", "35.5.5", "1_000", "0x10", "nan", "inf", "1e999", "35 5", "True", "35°", "--3"])
def test_what_is_no_number(text):
    assert np.isnan(number(text))


def test_quotations_are_one_short_visible_line():
    assert shown("a\nb\u202e\x07") == "'a\\nb\\u202e\\x07'"
    assert len(shown("\U0001f600" * 100)) == 63
