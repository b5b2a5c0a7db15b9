"""Read CSV block by block; lines that are kept pass through unchanged."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.errors import AdiffError
from autodiff_cli.files.tables.rows import (
    ArrayRows,
    Block,
    Cells,
    Keep,
    Numbers,
    Rows,
    Table,
    bad_table,
    has_arrow,
)

__all__ = ["CsvTable", "cell_number"]

CHUNK = 1 << 22
"""The number of bytes read at a time."""

LONGEST = 1 << 26
"""The most bytes of a line."""

MISSING = ("", "na", "n/a", "nan", "null", "none")
"""The cells that stand for a missing number, in lower case."""

SEPARATORS = {";": ("`;`", "';'"), "\t": ("tabs", "'\\t'"), "|": ("`|`", "'|'")}


def cell_number(text: str) -> float:
    """Return the number in a cell; nan if it is missing.

    Raises
    ------
    ValueError
        If the cell contains anything else.
    """
    text = text.strip()
    if text.lower() in MISSING:
        return float("nan")
    if "_" in text:
        raise ValueError
    return float(text)


class CsvTable(Table):
    """A table in CSV.

    Parameters
    ----------
    size
        The number of bytes; None if it is not known.
    begun
        The bytes that have been read already.
    headings
        The headings of the whole table, for a part, which does not contain them.

    Attributes
    ----------
    types
        The types of the columns, inferred from the first rows; empty until they are needed.
    begin
        For a part: the file, and the position where the part begins in it.
    """

    def __init__(
        self,
        name: str,
        file: BinaryIO,
        size: int | None,
        begun: bytes = b"",
        headings: Sequence[str] | None = None,
    ) -> None:
        self.name = name
        self.file = file
        self.size = size
        self.read = 0
        self.rest = begun
        self.headings = self._headings() if headings is None else headings
        self.types: dict[str, Any] = {}
        self.begin: tuple[Path, int] | None = None

    def _line(self, number: int) -> int:
        """Return the number of a line in the file that this is a part of."""
        if self.begin is None:
            return number
        path, place = self.begin
        with path.open("rb") as file:
            before = sum(
                file.read(min(CHUNK, place - start)).count(b"\n")
                for start in range(0, place, CHUNK)
            )
        return number + before - 1

    def _headings(self) -> list[str]:
        while b"\n" not in self.rest and (more := self._more()):
            self.rest += more
        line, end, self.rest = self.rest.partition(b"\n")
        self.before = len(line) + len(end)
        self.heading = line.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\r")
        if not self.heading.strip():
            raise bad_table(
                f"`{self.name}` is empty"
                if not self.rest.strip()
                else f"the first line of `{self.name}` is empty",
                "a line with the names of the columns is wanted, then a line for each row",
            )
        try:
            text = self.heading.decode()
        except UnicodeDecodeError:
            raise bad_table(
                f"`{self.name}` is no table in UTF-8",
                "convert it, as with `iconv -f latin1 -t utf-8`",
            ) from None
        if "\0" in text:
            raise bad_table(f"`{self.name}` is no text, so it is no table of CSV")
        names = [name.strip() for name in next(csv.reader([text.replace("\r", " ")]))]
        for sign, called in SEPARATORS.items():
            if len(names) == 1 and sign in text:
                raise bad_table(
                    f"`{self.name}` has {called[0]} between its columns, not commas",
                    f"convert it, as with `tr {called[1]} ,`, if there are no commas in its cells",
                )
        if all(_is_number(name) for name in names):
            raise bad_table(
                f"the first line of `{self.name}` has numbers, not the names of its columns",
                f"put one before it, such as `{','.join('xyzuvw'[: len(names)])}`",
            )
        return names

    def _more(self) -> bytes:
        data = self.file.read(CHUNK)
        self.read += len(data)
        self.part = self.read / self.size if self.size else None
        return data

    def blocks(self, wanted: Sequence[str], keep: Keep, as_text: bool) -> Iterator[Block]:
        """Yield all rows in blocks, in order."""
        for lines in self._lines():
            numbers = self._numbers(lines, wanted)
            rows: Rows = (
                _TextRows(self, lines)
                if keep == "all"
                else ArrayRows(numbers if keep == "used" else {})
            )
            yield Block(numbers, rows, len(lines.lines))

    def _lines(self) -> Iterator[_Lines]:
        """Yield the lines below the headings in blocks, in order."""
        number, rest, self.rest = 2, self.rest, b""
        is_first = True
        while True:
            data = self._more()
            text = rest + data
            if b"\r" in text:
                text = text.replace(b"\r\n", b"\n")
            if data and text.endswith(b"\r"):
                rest = text
                continue
            lines = text.split(b"\n")
            count = len(lines)
            quotes = b'"' in text
            numbers: Sequence[int] = range(number, number + count)
            if quotes:
                lines, numbers = _joined(lines, number)
            rest = lines.pop() if data else b""
            number = numbers[-1] if data else number + count
            if not data and quotes and lines and lines[-1].count(b'"') % 2:
                raise bad_table(
                    f"`{self.name}`, line {self._line(numbers[len(lines) - 1])}:"
                    " a quote is not closed",
                    "a quote inside of a text is written twice"
                    + ("; and in parts a text has no line breaks" if self.begin else ""),
                )
            if len(rest) > LONGEST:
                raise bad_table(f"`{self.name}`, line {number}, is longer than {LONGEST:,} bytes")
            if b"" in lines:
                pairs = [(line, k) for line, k in zip(lines, numbers, strict=False) if line]
                lines, numbers = [line for line, _ in pairs], [k for _, k in pairs]
            if lines or (is_first and not data):
                is_first = False
                yield _Lines(lines, numbers[: len(lines)], quotes)
            if not data:
                return

    def _numbers(self, lines: _Lines, wanted: Sequence[str]) -> dict[str, Numbers]:
        """Return numeric columns by heading.

        Raises
        ------
        AdiffError
            If a row has more or fewer cells than there are headings, or a cell is no number.
        """
        places = [self.headings.index(heading) for heading in wanted]
        read = self._by_arrow if has_arrow() else self._by_numpy
        columns = read(lines, places)
        if columns is None:
            columns = self._by_cells(lines, places)
        return dict(zip(wanted, columns, strict=True))

    def _by_arrow(self, lines: _Lines, places: Sequence[int]) -> list[Numbers] | None:
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        names = [str(k) for k in range(len(self.headings))]
        used = [str(k) for k in places] or names[:1]
        convert = arrow_csv.ConvertOptions(
            column_types={name: pa.float64() if places else pa.binary() for name in used},
            include_columns=used,
            null_values=["", "NA", "N/A", "nan", "NaN", "null", "NULL"],
        )
        try:
            table = self._parsed(lines, convert, names)
        except pa.ArrowInvalid:
            return None
        if table.num_rows != len(lines.lines):
            return None
        return [table.column(str(k)).to_numpy() for k in places]

    def _parsed(self, lines: _Lines, convert: Any, names: Sequence[str]) -> Any:
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        text = b"\n".join(lines.lines)
        return arrow_csv.read_csv(
            pa.BufferReader(text),
            arrow_csv.ReadOptions(column_names=names, block_size=max(len(text), 1) + 1),
            arrow_csv.ParseOptions(newlines_in_values=lines.quotes),
            convert,
        )

    def _by_numpy(self, lines: _Lines, places: Sequence[int]) -> list[Numbers] | None:
        commas = len(self.headings) - 1
        if lines.quotes or {line.count(b",") for line in lines.lines} != {commas}:
            return None
        try:
            # Bytes would be taken for Latin-1.
            texts = [line.decode() for line in lines.lines]
            if not places:
                return []
            table = np.loadtxt(texts, delimiter=",", usecols=places, ndmin=2, comments=None)
        except ValueError:
            return None
        return list(table.T)

    def _by_cells(self, lines: _Lines, places: Sequence[int]) -> list[Numbers]:
        """Return numeric columns read cell by cell, which finds the first wrong cell."""
        columns = [np.empty(len(lines.lines)) for _ in places]
        for k, (line, number) in enumerate(zip(lines.lines, lines.numbers, strict=True)):
            cells = _cells(line)
            if len(cells) != len(self.headings):
                raise self._ragged(number, len(cells))
            for place, column in zip(places, columns, strict=True):
                try:
                    column[k] = cell_number(cells[place])
                except ValueError:
                    at = self._line(number)
                    raise bad_table(
                        f"`{self.name}`, line {at}, column `{self.headings[place]}`:"
                        f" `{cells[place].strip()}` is not a number",
                        "a cell of a column that is used is a number, or empty where it is missing",
                    ) from None
        return columns

    def _ragged(self, number: int, count: int) -> AdiffError:
        there = "there is 1 cell" if count == 1 else f"there are {count} cells"
        columns = f"{len(self.headings)} column{'s' * (len(self.headings) != 1)}"
        return bad_table(
            f"`{self.name}`, line {self._line(number)}: {there} for {columns}",
            "put a text that has commas in quotes"
            if count > len(self.headings)
            else "leave a cell that is missing empty, between its commas",
        )

    def typed(self, lines: _Lines) -> Mapping[str, Any]:
        """Return all columns, with the types that Arrow infers from the first rows."""
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        try:
            table = self._parsed(
                lines, arrow_csv.ConvertOptions(column_types=self.types), self.headings
            )
        except pa.ArrowInvalid as error:
            self._by_cells(lines, [])
            raise bad_table(
                f"`{self.name}`, lines {lines.numbers[0]} to {lines.numbers[-1]}: {_first(error)}",
                "a column has the type that its first rows have; `--keep used` leaves the others",
            ) from None
        if not self.types:
            self.types = {
                name: pa.string() if pa.types.is_null(kind) else kind
                for name, kind in zip(table.schema.names, table.schema.types, strict=True)
            }
            table = table.cast(pa.schema(self.types))
        return {name: table.column(name).combine_chunks() for name in self.headings}

    def numeric(self, lines: _Lines) -> dict[str, Numbers]:
        """Return the columns that contain only numbers in the first rows."""
        if not self.types:
            cells = [_cells(line) for line in lines.lines[:1000]]
            columns = dict(zip(self.headings, zip(*cells, strict=True), strict=True))
            self.types = {h: None for h, c in columns.items() if all(map(_is_number, c))}
        return self._numbers(lines, list(self.types))

    def first_types(self, as_arrays: bool) -> dict[str, Any]:
        """Return the types of the columns, inferred from the first rows."""
        for block in self.blocks((), "all", as_text=False):
            if as_arrays:
                block.rows.arrays()
            else:
                block.rows.batch()
            break
        return self.types

    def close(self) -> None:
        """Close the file."""
        self.file.close()


@dataclass
class _Lines:
    """Lines of a table.

    Attributes
    ----------
    numbers
        The numbers of the lines in the file, from 1.
    quotes
        Whether any line contains quotes.
    """

    lines: list[bytes]
    numbers: Sequence[int]
    quotes: bool


@dataclass
class _TextRows(Rows):
    """Rows as lines of CSV."""

    table: CsvTable
    lines: _Lines

    def cells(self) -> Sequence[Cells]:
        """Return the lines."""
        return [self.lines.lines]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Return the numeric columns by heading."""
        return self.table.numeric(self.lines)

    def batch(self) -> Mapping[str, Any]:
        """Return the columns, with types."""
        return self.table.typed(self.lines)


def _joined(lines: Sequence[bytes], number: int) -> tuple[list[bytes], list[int]]:
    """Return the rows, some of which have line breaks in quotes, and the number of each."""
    found: list[list[bytes]] = []
    numbers: list[int] = []
    is_open = False
    for k, line in enumerate(lines, number):
        if is_open:
            found[-1].append(line)
        else:
            found.append([line])
            numbers.append(k)
        is_open ^= line.count(b'"') % 2 == 1
    return [b"\n".join(parts) for parts in found], numbers


def _cells(line: bytes) -> list[str]:
    text = line.decode(errors="replace")
    return next(csv.reader(io.StringIO(text, newline=""))) if '"' in text else text.split(",")


def _is_number(text: str) -> bool:
    try:
        cell_number(text)
    except ValueError:
        return False
    return True


def _first(error: Exception) -> str:
    text = str(error).splitlines()[0]
    return text[:1].lower() + text[1:]
