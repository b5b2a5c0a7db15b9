"""Divide tables into parts that are read independently: row groups, or ranges of bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from autodiff_cli.errors import UsageError
from autodiff_cli.files.tables.csv_table import CsvTable
from autodiff_cli.files.tables.many_tables import check_alike, open_file
from autodiff_cli.files.tables.parquet_table import ParquetTable
from autodiff_cli.files.tables.rows import Keep, Table

__all__ = ["TablePart", "parts_of"]

PART_BYTES = 1 << 26
"""The number of bytes of a part of CSV."""

PART_ROWS = 1 << 20
"""The least number of rows of a part of Parquet, except for the last part of a file."""


@dataclass(frozen=True)
class TablePart:
    """A part of a table that is read independently of the others.

    Attributes
    ----------
    number
        The index among all parts.
    name
        The name of the table in messages.
    start, stop
        The range of row groups of Parquet; for CSV the lines that begin between these bytes.
    share
        The number of rows or bytes.
    headings
        The headings of the table.
    """

    number: int
    name: str
    path: str
    start: int
    stop: int
    share: int
    headings: tuple[str, ...]

    def open(self, types: Mapping[str, Any]) -> Table:
        """Return the part as a table.

        Parameters
        ----------
        types
            The types of all columns of CSV, inferred from the first rows of the table.
        """
        file = Path(self.path).open("rb")  # noqa: SIM115 - the table closes it
        if self.path.lower().endswith(".csv"):
            begin, end = _line_at(file, self.start), _line_at(file, self.stop)
            file.seek(begin)
            limited = cast(BinaryIO, _Limited(file, end - begin))
            table = CsvTable(self.name, limited, end - begin, headings=self.headings)
            table.begin = Path(self.path), begin
            table.types = dict(types)
            return table
        return ParquetTable(self.name, file, range(self.start, self.stop))


class _Limited(io.RawIOBase):
    """A file that ends after a number of bytes."""

    def __init__(self, file: BinaryIO, left: int) -> None:
        self.file = file
        self.left = left

    def read(self, count: int = -1) -> bytes:
        """Return some bytes, none at the end."""
        data = self.file.read(min(count, self.left))
        self.left -= len(data)
        return data

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def _line_at(file: BinaryIO, place: int) -> int:
    """Return the position of the first line that begins at a position or after it."""
    file.seek(place - 1)
    while data := file.read(1 << 16):
        found = data.find(b"\n")
        if found >= 0:
            return file.tell() - len(data) + found + 1
    return file.tell()


def parts_of(paths: Sequence[Path], wanted: Sequence[str], keep: Keep) -> Iterator[TablePart]:
    """Yield the parts of files, in order.

    Parameters
    ----------
    paths
        The files, which have the same columns.
    wanted
        The headings of the columns that are needed as numbers.
    keep
        Which columns are kept for the output.

    Raises
    ------
    AdiffError
        If a file is neither CSV nor Parquet, or has columns that differ from those of the first.
    """
    number = 0
    first: Table | None = None
    for path in paths:
        with closing(open_file(path)) as table:
            name, headings = table.name, tuple(table.headings)
            first = first or table
            check_alike(table, first, wanted, keep)
            if isinstance(table, ParquetTable):
                pieces = _groups(table)
            elif isinstance(table, CsvTable) and path.suffix.lower() == ".csv":
                size = path.stat().st_size
                # At least one part, which may have no rows.
                starts = range(table.before, max(size, table.before + 1), PART_BYTES)
                ends = [*starts[1:], max(size, table.before)]
                pieces = [(a, b, b - a) for a, b in zip(starts, ends, strict=True)]
            else:
                raise UsageError(
                    f"`{table.name}` is neither Parquet nor CSV, which a cluster reads in parts",
                    code="unknown-format",
                    hint="`adiff sweep` without `--engine dask` reads it",
                )
        for start, stop, share in pieces:
            yield TablePart(number, name, str(path.absolute()), start, stop, share, headings)
            number += 1


def _groups(table: ParquetTable) -> list[tuple[int, int, int]]:
    """Return ranges of row groups, each with its number of rows."""
    metadata = table.parquet.metadata
    found: list[tuple[int, int, int]] = []
    start = rows = 0
    for k in range(metadata.num_row_groups):
        rows += metadata.row_group(k).num_rows
        if rows >= PART_ROWS or k == metadata.num_row_groups - 1:
            found.append((start, k + 1, rows))
            start, rows = k + 1, 0
    return found or [(0, 0, 0)]
