"""Write tables as one XLSX workbook, a sheet each; no cell of it is ever run as a formula."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from dmz import schema
from dmz.geojson import plain

# What Excel takes: length of a sheet's name and of a cell, rows; characters no cell and no name may hold.
LONGEST_NAME, LONGEST_CELL, MOST_ROWS = 31, 32_767, 1_048_576
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
UNNAMEABLE = re.compile(r"[\[\]:*?/\\']")
# Texts that a spreadsheet would run: they are marked as texts, as by an apostrophe typed before them.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
WIDEST, NARROWEST = 60, 8
# The first time a ZIP archive can hold; a workbook must name a time, and this one is the same each time.
EPOCH = dt.datetime(1980, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)


def workbook(tables: Mapping[str, pd.DataFrame], *, title: str = "") -> bytes:
    """XLSX of tables, a sheet each under its name: no geometry, unknown empty, numbers numbers and dates dates.

    Parameters
    ----------
    tables
        By the name of their sheet, which is cut and cleaned to what Excel allows, and told from others by a number.
    title
        Of the workbook.

    Notes
    -----
    Every text is stored as a text, those that begin with ``= + - @`` with Excel's own mark for it; so none becomes a
    formula, neither when the file is opened nor when a cell is touched. The same bytes for the same tables: the times
    a workbook must name are set to 1980.
    """
    book = openpyxl.Workbook(write_only=True)
    book.properties.title = UNWRITABLE.sub("", title)
    book.properties.creator = "dmz"
    book.properties.created = EPOCH
    names: set[str] = set()
    for name, table in tables.items():
        sheet = book.create_sheet(_sheet_name(name, names))
        flat = pd.DataFrame(table.drop(columns=table.geometry.name)) if isinstance(table, gpd.GeoDataFrame) else table
        _fill(sheet, flat)
    out = io.BytesIO()
    book.save(out)
    return _timeless(out.getvalue())


def _fill(sheet: Any, table: pd.DataFrame) -> None:
    kinds = schema.kinds(table)
    sheet.freeze_panes = "A2"
    for number, column in enumerate(kinds, start=1):
        longest = max([len(str(column)), *(len(str(value)) for value in table.iloc[:200, number - 1])])
        sheet.column_dimensions[get_column_letter(number)].width = min(max(longest + 2, NARROWEST), WIDEST)
    sheet.append([_cell(sheet, column, bold=True) for column in kinds])
    for record in table.head(MOST_ROWS - 1).to_dict("records"):
        sheet.append(list(_cells(sheet, record, kinds)))


def _cells(sheet: Any, record: Mapping[Any, Any], kinds: Mapping[str, schema.Kind]) -> Iterator[Any]:
    for column, value in record.items():
        shown = plain(str(column), value)
        if shown is not None and kinds[str(column)] == "date":
            shown = dt.date.fromisoformat(str(shown)[:10])
        elif isinstance(shown, list | dict):
            shown = str(shown)
        yield _cell(sheet, shown)


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    """Cell of a value; a text stays one whatever it begins with."""
    if not isinstance(value, str):
        return value
    text = UNWRITABLE.sub("", value)[:LONGEST_CELL]
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    if text.startswith(FORMULA):
        cell.quotePrefix = True
    if bold:
        cell.font = Font(bold=True)
    return cell


def _sheet_name(name: str, taken: set[str]) -> str:
    clean = UNNAMEABLE.sub(" ", UNWRITABLE.sub("", name)).strip()[:LONGEST_NAME] or "table"
    number = 1
    while clean.casefold() in taken:
        number += 1
        clean = f"{clean[: LONGEST_NAME - 4].rstrip()} {number}"
    taken.add(clean.casefold())
    return clean


def _timeless(raw: bytes) -> bytes:
    """Workbook with the time it was written at taken out of it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content)
            entry = zipfile.ZipInfo(name, EPOCH.timetuple()[:6])
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            new.writestr(entry, content)
    return out.getvalue()
