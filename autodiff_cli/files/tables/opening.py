"""Open tables for reading and writing; the suffix of a file name tells the format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from autodiff_cli.errors import UsageError
from autodiff_cli.files.atomic import open_atomic, spelled_out
from autodiff_cli.files.tables.csv_table import CsvTable
from autodiff_cli.files.tables.json_lines_table import JsonLinesTable, json_lines
from autodiff_cli.files.tables.npz_table import NpzTable, NpzWriter
from autodiff_cli.files.tables.parquet_table import ParquetTable, ParquetWriter
from autodiff_cli.files.tables.rows import Numbers, Rows, Table, arrow_needed, bad_table
from autodiff_cli.files.tables.texts import csv_bytes, heading_line

__all__ = ["SUFFIXES", "CsvWriter", "Writer", "open_table", "open_writer", "table_format"]

SUFFIXES = {
    ".csv": "csv",
    ".npz": "npz",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}

NAMES = {"parquet": "Parquet", "jsonl": "JSON lines"}


def table_format(path: Path) -> str | None:
    """Return the format of a file by its suffix; None if the suffix is unknown."""
    return SUFFIXES.get(path.suffix.lower())


def open_table(name: str, file: BinaryIO, kind: str | None, size: int | None) -> Table:
    """Return the table in an open file.

    Parameters
    ----------
    name
        The name in messages.
    kind
        The format; if None, it is detected from the first bytes.
    size
        The number of bytes; None if it is not known, and the file can only be read in order.

    Raises
    ------
    AdiffError
        If the content is not a table in that format.
    """
    begun = b""
    if kind is None:
        begun = file.read(1 << 12)
        kind = _seen(begun)
        if kind in ("parquet", "npz"):
            raise bad_table(
                f"`{name}` is {NAMES.get(kind, 'an archive of NumPy')}, which is not read from its"
                " beginning to its end",
                "give the name of the file",
            )
        if kind == "jsonl":
            file = cast(BinaryIO, _Joined(begun, file))
            begun = b""
    if kind in NAMES:
        arrow_needed(NAMES[kind])
    if kind == "npz":
        return NpzTable(name, file)
    if kind == "parquet":
        return ParquetTable(name, file)
    if kind == "jsonl":
        return JsonLinesTable(name, file, size)
    return CsvTable(name, file, size, begun)


def _seen(begun: bytes) -> str:
    signs = {b"PAR1": "parquet", b"PK\3\4": "npz"}
    return signs.get(begun[:4]) or ("jsonl" if begun.lstrip()[:1] == b"{" else "csv")


class _Joined:
    """A file whose first bytes have been read already."""

    def __init__(self, begun: bytes, file: BinaryIO) -> None:
        self.begun = begun
        self.file = file
        self.close = file.close

    def read(self, count: int) -> bytes:
        """Return some bytes, none at the end."""
        begun, self.begun = self.begun, b""
        return begun or self.file.read(count)


class Writer(Protocol):
    """A writer of tables in one format."""

    def write(self, rows: Rows, results: Mapping[str, Numbers], length: int) -> None:
        """Write some rows."""

    def close(self) -> None:
        """Write the end of the file."""

    def drop(self) -> None:
        """Release scratch files and the like, whether or not the table is complete."""


class CsvWriter:
    """A writer of CSV.

    Parameters
    ----------
    write
        The function that takes the bytes.
    heading
        The line of headings; None if there is none.
    """

    def __init__(self, write: Callable[[bytes], object], heading: bytes | None) -> None:
        self._write = write
        if heading is not None:
            write(heading + b"\n")

    def write(self, rows: Rows, results: Mapping[str, Numbers], length: int) -> None:
        """Write some rows."""
        self._write(csv_bytes([*rows.cells(), *results.values()]))

    def close(self) -> None:
        """Write nothing more."""

    drop = close


class _JsonLinesWriter:
    """A writer of JSON lines."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def write(self, rows: Rows, results: Mapping[str, Numbers], length: int) -> None:
        """Write some rows."""
        self.file.write(json_lines(rows, results, length))

    def close(self) -> None:
        """Write nothing more."""

    drop = close


@contextmanager
def open_writer(
    path: Path, headings: Sequence[str], heading: bytes | None, *, bare: bool = False
) -> Iterator[Writer]:
    """Yield a writer to a file, which appears only if the block ends without an error.

    Parameters
    ----------
    headings
        The headings of all columns.
    heading
        The line of headings in CSV; made from ``headings`` if None or empty.
    bare
        Whether to write CSV without that line.
    """
    with open_atomic(path) as file:
        writer: Writer
        match table_format(path):
            case "npz":
                writer = NpzWriter(file, path.parent)
            case "parquet":
                writer = ParquetWriter(file)
            case "jsonl":
                writer = _JsonLinesWriter(file)
            case _:
                # A pipe or a device has no suffix that says what is wanted.
                first = None if bare else heading or heading_line(headings)
                writer = CsvWriter(file.write, first)
        try:
            yield writer
            writer.close()
        finally:
            writer.drop()


def check_format(path: Path) -> None:
    """Check that a table can be written to a file of that name.

    Raises
    ------
    AdiffError
        If the suffix is unknown, or its format needs a package that is not installed.
    """
    kind = table_format(path)
    if kind is None and (not path.exists() or path.is_file()):
        raise UsageError(
            f"`{spelled_out(str(path))}` is no table that can be written",
            code="unknown-format",
            hint="end the file's name in `.csv`, `.npz`, `.parquet` or `.jsonl`",
        )
    if kind in NAMES:
        arrow_needed(NAMES[kind])
