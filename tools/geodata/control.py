"""Write the settlements of the collected facts and who held them, as a table that `dmz line` reads."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from dmz.files import write_whole
from tools.geodata import facts, settlements
from tools.geodata.layers import GEODATA

COLUMNS = ("name", "lat", "lon", "party", "date", "source", "confidence", "sector", "used_for")


def write(folder: Path) -> None:
    """Write idlib/control.csv; `record_tables` brings the manifest up to date."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in facts.rows_of(folder / "settlements_control_2018-09.csv"):
        writer.writerow(
            {
                **{name: row[name] for name in ("name", "lat", "lon", "sector", "used_for")},
                "party": settlements.HOLDERS[row["control_sep2018(R=opposition,G=government)"]],
                "date": facts.DAY,
                "source": row["source"],
                "confidence": facts.CONFIDENCE[row["confidence"]],
            }
        )
    write_whole({GEODATA / "idlib" / "control.csv": out.getvalue()})
