"""Convert rows to and from columns of Arrow, for the formats that Arrow reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.files.tables.rows import (
    Block,
    Cells,
    Keep,
    Numbers,
    Rows,
    Table,
    bad_table,
)

__all__ = ["ArrowTable", "as_batch", "holds_numbers"]


@dataclass(frozen=True)
class _ArrowRows(Rows):
    """Columns of Arrow."""

    columns: Mapping[str, Any]

    def cells(self) -> Sequence[Cells]:
        """Return the columns as numbers and as texts of CSV."""
        return [_csv_cells(column) for column in self.columns.values()]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Return the numeric columns by heading."""
        import pyarrow as pa

        found = {}
        for heading, column in self.columns.items():
            if column.null_count == 0 and pa.types.is_integer(column.type):
                found[heading] = column.to_numpy(zero_copy_only=False)
            elif holds_numbers(column.type):
                found[heading] = _numbers(column)
        return found

    def batch(self) -> Mapping[str, Any]:
        """Return the columns."""
        return self.columns


def _csv_cells(column: Any) -> Cells:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not column.null_count and (pa.types.is_integer(column.type) or column.type == pa.float64()):
        return column.to_numpy(zero_copy_only=False)
    try:
        texts = pc.cast(column, pa.string())
    except pa.ArrowInvalid:
        texts = pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())
    except pa.ArrowNotImplementedError:
        texts = pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())
    special = pc.fill_null(pc.match_substring_regex(texts, '[,"\r\n]'), False)
    if pc.any(special).as_py():
        doubled = pc.replace_substring(texts, '"', '""')
        inside = pc.binary_join_element_wise('"', doubled, '"', "")
        texts = pc.if_else(special, inside, texts)
    return pc.fill_null(texts, "")


def holds_numbers(kind: Any) -> bool:
    """Return whether the values of a type of Arrow are numbers."""
    from pyarrow import types

    tests = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_null)
    return any(test(kind) for test in tests)


def _numbers(column: Any) -> Numbers:
    """Return a column of Arrow as float64; missing values are nan."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(column.type):
        column = pc.cast(column, pa.uint8())
    if column.type != pa.float64():
        column = pc.cast(column, pa.float64(), safe=False)
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)


class ArrowTable(Table):
    """A table in a file that Arrow reads."""

    def check_numbers(self, wanted: Sequence[str], kinds: Mapping[str, Any]) -> None:
        """Check that columns contain numbers, by their types.

        Raises
        ------
        UsageError
            If one does not.
        """
        for heading in wanted:
            if not holds_numbers(kinds[heading]):
                raise bad_table(
                    f"`{self.name}`, column `{heading}` holds values of type {kinds[heading]},"
                    " not numbers",
                    "a column that is used holds numbers, or nothing where one is missing",
                )

    def block(self, batch: Any, wanted: Sequence[str], keep: Keep) -> Block:
        """Return a record batch of Arrow as a block of rows."""
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        numbers = {heading: _numbers(columns[heading]) for heading in wanted}
        kept = {"all": self.headings, "used": wanted, "none": ()}[keep]
        rows = _ArrowRows({heading: columns[heading] for heading in kept if heading in columns})
        return Block(numbers, rows, batch.num_rows)


def as_batch(rows: Rows, results: Mapping[str, Numbers], length: int) -> Any:
    """Return rows and results as a record batch of Arrow.

    Parameters
    ----------
    results
        Further columns by heading.
    length
        The number of rows.
    """
    import pyarrow as pa

    columns = {**rows.batch(), **results}
    return pa.RecordBatch.from_arrays(
        [
            pa.array(column) if isinstance(column, np.ndarray) else column
            for column in columns.values()
        ],
        names=list(columns),
    )
