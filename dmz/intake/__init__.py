"""Read tables of events and places as they come, list every problem row and go on with the good ones.

`read_table` takes CSV, XLSX, GeoJSON or GeoPackage as monitors and data projects hand them out. Nothing is dropped
silently: the rows it reads and the rows it leaves out are together the rows of the file, and `summary` says why.
"""

from dmz.intake.columns import CANONICAL
from dmz.intake.precision import ACLED_M, UCDP_M
from dmz.intake.problems import PROBLEMS
from dmz.intake.reading import Intake, read_table
from dmz.intake.rejects import summary, write_rejects
from dmz.intake.table import Hints

__all__ = [
    "ACLED_M",
    "CANONICAL",
    "PROBLEMS",
    "UCDP_M",
    "Hints",
    "Intake",
    "read_table",
    "summary",
    "write_rejects",
]
