"""Lend a kernel to engines that users have already: Spark, Ray, DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dmz.locating.arrow import Where, answered, batches, columns, fields, needs_pyarrow, numbers
from dmz.locating.kernel import LABELS, Kernel

# Type of a label in the words of Spark, and of a number.
SPARK_TEXT, SPARK_NUMBER = "string", "double"


class SparkMap:
    """Function for Spark's ``DataFrame.mapInArrow``: ``df.mapInArrow(SparkMap(kernel, where), SparkMap.schema(...))``.

    Parameters
    ----------
    kernel
        As `dmz.locating.asking.kernel_of` makes it; it goes to each worker as bytes.
    where
        Columns with longitude and latitude, or with WKB.
    prefix
        What the names of the new columns begin with.
    """

    def __init__(self, kernel: Kernel, where: Where, prefix: str = "") -> None:
        self.kernel, self.where, self.prefix = kernel, where, prefix

    def __call__(self, stream: Iterable[Any]) -> Iterator[Any]:
        """Answer batches; labels as plain text, which is what Spark takes."""
        for batch in batches(self.kernel, stream, self.where, self.prefix):
            yield plain(batch)

    def schema(self, before: str) -> str:
        """Schema of what comes back, in Spark's words; `before` is that of what goes in, ``"id long, lon double"``."""
        new = ", ".join(
            f"`{self.prefix}{name}` {SPARK_TEXT if name in LABELS else SPARK_NUMBER}" for name in self.kernel.columns
        )
        return f"{before}, {new}"


class RayMap:
    """Function for Ray's ``Dataset.map_batches(RayMap(...), batch_format="pyarrow")``; parameters as `SparkMap`."""

    def __init__(self, kernel: Kernel, where: Where, prefix: str = "") -> None:
        self.kernel, self.where, self.prefix = kernel, where, prefix

    def __call__(self, table: Any) -> Any:
        """Table with the answers after its own columns."""
        return plain(answered(self.kernel, table, self.where, self.prefix)[0])


def duckdb_function(connection: Any, kernel: Kernel, name: str = "dmz_locate") -> None:
    """Make a kernel a function of SQL: ``SELECT id, dmz_locate(lon, lat).zone FROM events``.

    Parameters
    ----------
    connection
        ``duckdb.DuckDBPyConnection``.
    kernel
        Zones of one reading.
    name
        What the function is called; it takes longitude and latitude and gives a struct with a field for each of
        `Kernel.columns`.

    Raises
    ------
    InputError
        Where the zones are of several readings: a function of SQL gives one row a row.
    """
    from dmz.errors import InputError

    if len(kernel.readings) > 1:
        raise InputError(
            f"the zones are of {len(kernel.readings)} readings, and a function of SQL gives one row a row: make one of "
            "each reading"
        )
    pa = needs_pyarrow()
    names = [field.name for field in fields(kernel)]

    def located(lon: Any, lat: Any) -> Any:
        found = kernel.points(numbers(lon, "lon"), numbers(lat, "lat"))
        made = [
            column.dictionary_decode() if label in LABELS else column
            for label, column in zip(names, columns(kernel, found), strict=True)
        ]
        return pa.StructArray.from_arrays(made, names)

    kinds = {label: connection.dtype("VARCHAR" if label in LABELS else "DOUBLE") for label in names}
    connection.create_function(
        name,
        located,
        [connection.dtype("DOUBLE")] * 2,
        connection.struct_type(kinds),
        type="arrow",
        null_handling="special",
    )


def plain(table: Any) -> Any:
    """Batch or table with plain text where it has dictionaries."""
    pa = needs_pyarrow()
    for at, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            column = table.column(at)
            decoded = column.cast(field.type.value_type) if hasattr(column, "chunks") else column.dictionary_decode()
            table = table.set_column(at, pa.field(field.name, field.type.value_type), decoded)
    return table
