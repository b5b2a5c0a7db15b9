"""Read and write Parquet with Arrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from autodiff_cli.files.tables.arrow_table import ArrowTable, as_batch, holds_numbers
from autodiff_cli.files.tables.rows import BLOCK_ROWS, Block, Keep, Numbers, Rows, bad_table

__all__ = ["ParquetTable", "ParquetWriter"]

LARGE_GROUP = 1 << 26
"""The most bytes of a row group of Parquet that is read as a whole."""


class ParquetTable(ArrowTable):
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

        self.check_numbers(wanted, dict(zip(self.headings, self.schema.types, strict=True)))
        columns = None if keep == "all" else list(wanted)
        done = 0
        try:
            if not self.length:
                yield self.block(self.schema.empty_table().to_batches()[0], wanted, keep)
            batches = self.parquet.iter_batches(BLOCK_ROWS, list(self.groups), columns)
            for batch in batches:
                done += batch.num_rows
                self.part = done / self.length if self.length else None
                yield self.block(batch, wanted, keep)
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
            texts = [one.name for one in batch.schema if not holds_numbers(one.type)]
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
