"""Read and write JSON lines with Arrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from autodiff_cli.errors import AdiffError, UsageError
from autodiff_cli.files.tables.arrow_table import ArrowTable, as_batch, holds_numbers
from autodiff_cli.files.tables.rows import BLOCK_ROWS, Block, Keep, Numbers, Rows, bad_table
from autodiff_cli.files.tables.texts import csv_bytes

__all__ = ["JsonLinesTable", "json_lines"]

CHUNK = 1 << 22
"""The number of bytes of JSON lines read at a time."""


class JsonLinesTable(ArrowTable):
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
                number_wanted = name in types and holds_numbers(types[name])
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
                    yield self.block(part, wanted, keep)
            self.number += text.count(b"\n")
            text = self._lines()

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def json_lines(rows: Rows, results: Mapping[str, Numbers], length: int) -> bytes:
    """Return rows and results as JSON lines; numbers that are not finite become null.

    Parameters
    ----------
    rows, results, length
        As for `as_batch`.
    """
    import json

    import pyarrow as pa
    import pyarrow.compute as pc

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
