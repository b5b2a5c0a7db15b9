"""Parts of tables, each of which is read by itself: groups of rows, or lines between bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from autodiff_cli.errors import UsageError
from autodiff_cli.files.tables.arrow_table import ParquetTable
from autodiff_cli.files.tables.csv_table import CsvTable
from autodiff_cli.files.tables.many_tables import check_alike, open_file
from autodiff_cli.files.tables.rows import Keep, Table

__all__ = ["Part", "parts_of"]

PART_BYTES = 1 << 26
"""How many bytes of CSV a part has."""

PART_ROWS = 1 << 20
"""How many rows of Parquet a part has at least, if there are so many."""


@dataclass(frozen=True)
class Part:
    """A part of a table.

    Attributes
    ----------
    number
        Its place among all parts.
    name
        How messages call the table.
    start, stop
        The groups of rows of Parquet; or the lines of CSV that begin between these bytes.
    share
        How many rows or bytes it has.
    headings
        Those of the table.
    """

    number: int
    name: str
    path: str
    start: int
    stop: int
    share: int
    headings: tuple[str, ...]

    def open(self, types: Mapping[str, Any]) -> Table:
        """Return it as a table of its own.

        Parameters
        ----------
        types
            Those of all columns of CSV, as the first rows of the table have them.
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
    """The next so many bytes of a file."""

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
    """Return where the first line begins that begins at a place or later."""
    file.seek(place - 1)
    while data := file.read(1 << 16):
        found = data.find(b"\n")
        if found >= 0:
            return file.tell() - len(data) + found + 1
    return file.tell()


def parts_of(paths: Sequence[Path], wanted: Sequence[str], keep: Keep) -> Iterator[Part]:
    """Yield the parts of files, in order.

    Raises
    ------
    AdiffError
        If one is neither CSV nor Parquet, or has other columns than the first.
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
            yield Part(number, name, str(path.absolute()), start, stop, share, headings)
            number += 1


def _groups(table: ParquetTable) -> list[tuple[int, int, int]]:
    """Return ranges of groups of rows, with their numbers of rows."""
    metadata = table.parquet.metadata
    found: list[tuple[int, int, int]] = []
    start = rows = 0
    for k in range(metadata.num_row_groups):
        rows += metadata.row_group(k).num_rows
        if rows >= PART_ROWS or k == metadata.num_row_groups - 1:
            found.append((start, k + 1, rows))
            start, rows = k + 1, 0
    return found or [(0, 0, 0)]
