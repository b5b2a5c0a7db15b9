"""Read and write Parquet and JSON lines with Arrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.errors import AdiffError, UsageError
from autodiff_cli.files.tables.rows import (
    BLOCK_ROWS,
    Block,
    Cells,
    Keep,
    Numbers,
    Rows,
    Table,
    bad_table,
)

__all__ = ["JsonLinesTable", "ParquetTable", "ParquetWriter", "as_batch", "json_lines"]

CHUNK = 1 << 22
"""The number of bytes of JSON lines read at a time."""

LARGE_GROUP = 1 << 26
"""The most bytes of a row group of Parquet that is read as a whole."""


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
            elif _holds_numbers(column.type):
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


def _holds_numbers(kind: Any) -> bool:
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


class _ArrowTable(Table):
    """A table in a file that Arrow reads."""

    def _check_numbers(self, wanted: Sequence[str], kinds: Mapping[str, Any]) -> None:
        for heading in wanted:
            if not _holds_numbers(kinds[heading]):
                raise bad_table(
                    f"`{self.name}`, column `{heading}` holds values of type {kinds[heading]},"
                    " not numbers",
                    "a column that is used holds numbers, or nothing where one is missing",
                )

    def _block(self, batch: Any, wanted: Sequence[str], keep: Keep) -> Block:
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        numbers = {heading: _numbers(columns[heading]) for heading in wanted}
        kept = {"all": self.headings, "used": wanted, "none": ()}[keep]
        rows = _ArrowRows({heading: columns[heading] for heading in kept if heading in columns})
        return Block(numbers, rows, batch.num_rows)


class ParquetTable(_ArrowTable):
    """A table in Parquet, or some of its row groups."""

    def __init__(self, name: str, file: BinaryIO, groups: Sequence[int] | None = None) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        self.name = name
        self.file = file
        try:
            # Arrow would keep all that it reads in advance until the end.
            self.parquet = parquet.ParquetFile(file, pre_buffer=False)
            if _largest_group(self.parquet.metadata) > LARGE_GROUP:
                # A column of a group is read in pieces, which takes longer but less memory.
                self.parquet = parquet.ParquetFile(file, buffer_size=1 << 20, pre_buffer=False)
        except (pa.ArrowInvalid, OSError) as error:
            raise bad_table(
                f"`{name}` is cut short or broken: it does not end as a file of Parquet does",
                "write or copy it again",
            ) from error
        self.schema = self.parquet.schema_arrow
        self.headings = list(self.schema.names)
        metadata = self.parquet.metadata
        self.groups = range(metadata.num_row_groups) if groups is None else groups
        self.length = sum(metadata.row_group(k).num_rows for k in self.groups)

    def blocks(self, wanted: Sequence[str], keep: Keep, as_text: bool) -> Iterator[Block]:
        """Yield all rows in blocks, in order."""
        import pyarrow as pa

        self._check_numbers(wanted, dict(zip(self.headings, self.schema.types, strict=True)))
        columns = None if keep == "all" else list(wanted)
        done = 0
        try:
            if not self.length:
                yield self._block(self.schema.empty_table().to_batches()[0], wanted, keep)
            batches = self.parquet.iter_batches(BLOCK_ROWS, list(self.groups), columns)
            for batch in batches:
                done += batch.num_rows
                self.part = done / self.length if self.length else None
                yield self._block(batch, wanted, keep)
        except (pa.ArrowInvalid, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise bad_table(
                f"`{self.name}` is broken after row {done:,}", "write or copy it again"
            ) from error

    def close(self) -> None:
        """Close the file."""
        self.parquet.close()
        self.file.close()


def _largest_group(metadata: Any) -> int:
    """Return the size in bytes of the largest row group."""
    groups = (metadata.row_group(k) for k in range(metadata.num_row_groups))
    return max((group.total_byte_size for group in groups), default=0)


class JsonLinesTable(_ArrowTable):
    """A table in JSON lines: an object for each row."""

    def __init__(self, name: str, file: BinaryIO, size: int | None) -> None:
        self.name = name
        self.file = file
        self.size = size
        self.read = 0
        self.number = 1
        self.rest = b""
        self.types: dict[str, Any] = {}
        self.first = self._lines()
        if not self.first.strip():
            raise bad_table(f"`{name}` is empty", "an object for each row is wanted")
        self.kinds: dict[str, Any] = self._kinds()
        self.headings = list(self.kinds)

    def _kinds(self) -> dict[str, Any]:
        """Return the types of the columns in the first rows; None for one whose type changes."""
        import json

        import pyarrow as pa
        from pyarrow import json as arrow_json

        try:
            schema = arrow_json.read_json(*self._options(self.first, None, "infer")).schema
            return dict(zip(schema.names, schema.types, strict=True))
        except pa.ArrowInvalid as error:
            located = self._located(self.first, {}, error)
            if located.code == "bad-line":
                raise located from None
        rows = [json.loads(line) for line in self.first.split(b"\n") if line.strip()]
        return dict.fromkeys(name for row in rows for name in row)

    def _options(self, text: bytes, types: Mapping[str, Any] | None, unexpected: str) -> Any:
        import io

        import pyarrow as pa
        from pyarrow import json as arrow_json

        schema = None if types is None else pa.schema(types)
        return (
            io.BytesIO(text),
            arrow_json.ReadOptions(block_size=len(text) + 1),
            arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior=unexpected),
        )

    def _lines(self) -> bytes:
        """Return the next lines; empty at the end."""
        while True:
            data = self.file.read(CHUNK)
            self.read += len(data)
            self.part = self.read / self.size if self.size else None
            text = self.rest + data
            if not data:
                self.rest = b""
                return text
            lines, end, self.rest = text.rpartition(b"\n")
            if end:
                return lines + end
            self.rest = text

    def _parsed(self, text: bytes, types: Mapping[str, Any], wanted: Sequence[str]) -> Any:
        import pyarrow as pa
        from pyarrow import json as arrow_json

        if not text.strip():
            return None
        known = {name: kind for name, kind in types.items() if kind is not None}
        unexpected = "ignore" if len(known) == len(types) else "infer"
        try:
            table = arrow_json.read_json(*self._options(text, known, unexpected))
        except pa.ArrowInvalid as error:
            raise self._located(text, {h: known[h] for h in wanted}, error) from None
        return table.combine_chunks()

    def _located(self, text: bytes, types: Mapping[str, Any], error: Exception) -> AdiffError:
        """Return the error of the first wrong line."""
        import json

        for number, line in enumerate(text.split(b"\n"), self.number):
            try:
                row = json.loads(line) if line.strip() else {}
            except ValueError:
                return self._bad_line(number, "is no JSON")
            if not isinstance(row, dict):
                return self._bad_line(number, "is no object")
            for name, value in row.items():
                number_wanted = name in types and _holds_numbers(types[name])
                if number_wanted and not isinstance(value, int | float | None):
                    return bad_table(
                        f"`{self.name}`, line {number}, column `{name}`:"
                        f" `{json.dumps(value)}` is not a number",
                        "a column that is used holds numbers, or null where one is missing",
                    )
        said = str(error).splitlines()[0].removeprefix("JSON parse error: ")
        return bad_table(
            f"`{self.name}`, from line {self.number} on: {said[:1].lower()}{said[1:]}",
            "a column has the type that its first rows have; `--keep used` leaves the others",
        )

    def _bad_line(self, number: int, what: str) -> AdiffError:
        return UsageError(
            f"`{self.name}`, line {number} {what}",
            code="bad-line",
            hint='a row is an object on a line of its own, such as {"x": 1, "y": 2}',
        )

    def blocks(self, wanted: Sequence[str], keep: Keep, as_text: bool) -> Iterator[Block]:
        """Yield all rows in blocks, in order."""
        import pyarrow as pa

        # A column with integers in the first rows may have fractions in others.
        kinds = {**self.kinds, **dict.fromkeys(wanted, pa.float64())}
        asked = kinds if keep == "all" else {heading: kinds[heading] for heading in wanted}
        text = self.first
        while text:
            batch = self._parsed(text, asked, wanted)
            if batch is not None:
                for part in batch.to_batches(max_chunksize=BLOCK_ROWS):
                    yield self._block(part, wanted, keep)
            self.number += text.count(b"\n")
            text = self._lines()

    def close(self) -> None:
        """Close the file."""
        self.file.close()


# --- writing -------------------------------------------------------------------------------------


def as_batch(rows: Rows, results: Mapping[str, Numbers], length: int) -> Any:
    """Return rows and results as columns of Arrow."""
    import pyarrow as pa

    columns = {**rows.batch(), **results}
    return pa.RecordBatch.from_arrays(
        [
            pa.array(column) if isinstance(column, np.ndarray) else column
            for column in columns.values()
        ],
        names=list(columns),
    )


class ParquetWriter:
    """A writer of Parquet."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.writer: Any = None

    def write(self, rows: Rows, results: Mapping[str, Numbers], length: int) -> None:
        """Write some rows."""
        from pyarrow import parquet

        batch = as_batch(rows, results, length)
        if self.writer is None:
            # Numbers hardly repeat, so a dictionary would take time and save nothing.
            texts = [one.name for one in batch.schema if not _holds_numbers(one.type)]
            self.writer = parquet.ParquetWriter(
                self.file, batch.schema, compression="snappy", use_dictionary=texts
            )
        self.writer.write_batch(batch, row_group_size=1 << 20)

    def close(self) -> None:
        """Write the end of the file."""
        if self.writer is not None:
            self.writer.close()

    def drop(self) -> None:
        """Release the writer, whether or not the table is complete."""
        self.writer = None


def json_lines(rows: Rows, results: Mapping[str, Numbers], length: int) -> bytes:
    """Return rows as JSON lines; numbers that are not finite become null."""
    import json

    import pyarrow as pa
    import pyarrow.compute as pc

    from autodiff_cli.files.tables.texts import csv_bytes

    parts: list[Any] = []
    for name, column in zip(*_named(as_batch(rows, results, length)), strict=True):
        key = ("{" if not parts else ", ") + json.dumps(name, ensure_ascii=False) + ": "
        parts += [pa.scalar(key), _json_cells(column)]
    if not parts:
        return b"{}\n" * length
    lines = pc.binary_join_element_wise(*parts, pa.scalar("}"), pa.scalar(""))
    return csv_bytes([lines])


def _named(batch: Any) -> tuple[Sequence[str], Sequence[Any]]:
    return batch.schema.names, batch.columns


def _json_cells(column: Any) -> Any:
    """Return the values of a column as texts of JSON."""
    import json

    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_floating(kind):
        finite = pc.fill_null(pc.is_finite(column), False)
        return pc.if_else(finite, pc.cast(column, pa.string()), "null")
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return pc.fill_null(pc.cast(column, pa.string()), "null")
    values = column.to_pylist()
    texts = [json.dumps(value, ensure_ascii=False, default=str) for value in values]
    return pa.array(texts, pa.string())
