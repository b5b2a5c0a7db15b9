"""Read and write NPZ, with an array for each column, block by block."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from autodiff_cli.errors import AdiffError
from autodiff_cli.files.tables.rows import (
    BLOCK_ROWS,
    ArrayRows,
    Block,
    Keep,
    Numbers,
    Rows,
    Table,
    bad_table,
)
from autodiff_cli.language.format import described

__all__ = ["NpzTable", "NpzWriter"]

_BROKEN_ARCHIVE = (
    ValueError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    NotImplementedError,
    KeyError,
)


class NpzTable(Table):
    """A table whose columns are arrays of one length, as `numpy.savez` writes them."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.name = name
        self.file = file
        try:
            self.archive = zipfile.ZipFile(file)
            members = [one for one in self.archive.namelist() if one.endswith(".npy")]
            self.columns = {one.removesuffix(".npy"): self._opened(one) for one in members}
        except _BROKEN_ARCHIVE as error:
            raise self._broken() from error
        self.headings = list(self.columns)
        if not members:
            raise bad_table(f"`{name}` has no columns", "`numpy.savez` writes arrays by name")

    def _opened(self, member: str) -> tuple[IO[bytes], tuple[int, ...], np.dtype[Any]]:
        stream = self.archive.open(member)
        version = npy.read_magic(stream)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(stream)
        return stream, shape, dtype

    def _broken(self) -> AdiffError:
        return bad_table(
            f"`{self.name}` is cut short or broken: it is no archive of NumPy",
            "write it again, as `numpy.savez` does",
        )

    def blocks(self, wanted: Sequence[str], keep: Keep, as_text: bool) -> Iterator[Block]:
        """Yield all rows in blocks, in order."""
        kept = {"all": self._numeric(), "used": list(wanted), "none": []}[keep]
        used = list(dict.fromkeys([*wanted, *kept]))
        length = self._checked(wanted, used)
        self.length = length
        for start in range(0, max(length, 1), BLOCK_ROWS):
            count = min(BLOCK_ROWS, length - start)
            found = {heading: self._read(heading, count) for heading in used}
            numbers: dict[str, Numbers] = {h: found[h].astype(np.float64) for h in wanted}
            rows: Rows = ArrayRows({heading: found[heading] for heading in kept})
            self.part = (start + count) / max(length, 1)
            yield Block(numbers, rows, count)

    def _numeric(self) -> list[str]:
        return [
            heading
            for heading, (_, shape, dtype) in self.columns.items()
            if len(shape) == 1 and dtype.kind in "biuf"
        ]

    def _checked(self, wanted: Sequence[str], used: Sequence[str]) -> int:
        """Check the columns, and return the number of rows."""
        for heading in wanted:
            _, shape, dtype = self.columns[heading]
            if len(shape) != 1:
                raise bad_table(
                    f"`{self.name}`, column `{heading}` is {described(shape)}, not a column",
                    "a column has one number for each row",
                )
            if dtype.kind not in "biuf":
                raise bad_table(f"`{self.name}`, column `{heading}` does not hold real numbers")
        lengths = {heading: self.columns[heading][1][0] for heading in used}
        first = next(iter(lengths), None)
        for heading, length in lengths.items():
            if first is not None and length != lengths[first]:
                raise bad_table(
                    f"`{self.name}`, column `{heading}` has {length:,} rows,"
                    f" and `{first}` has {lengths[first]:,}",
                    "columns of a table are of one length",
                )
        return lengths[first] if first is not None else 0

    def _read(self, heading: str, count: int) -> NDArray[Any]:
        stream, _, dtype = self.columns[heading]
        try:
            data = stream.read(count * dtype.itemsize)
            return np.frombuffer(data, dtype, count)
        except _BROKEN_ARCHIVE as error:
            raise self._broken() from error

    def close(self) -> None:
        """Close the file."""
        for stream, _, _ in self.columns.values():
            stream.close()
        self.archive.close()
        self.file.close()


class NpzWriter:
    """A writer of NPZ, which keeps each column in a scratch file until the length is known."""

    def __init__(self, file: BinaryIO, folder: Path) -> None:
        self.file = file
        self.folder = folder
        self.parts: dict[str, tuple[Any, np.dtype[Any]]] = {}
        self.length = 0
        self.stack = ExitStack()

    def write(self, rows: Rows, results: Mapping[str, Numbers], length: int) -> None:
        """Write some rows."""
        for heading, column in {**rows.arrays(), **results}.items():
            if heading not in self.parts:
                part = self.stack.enter_context(TemporaryFile(dir=self.folder))  # noqa: SIM115
                self.parts[heading] = part, column.dtype
            scratch, dtype = self.parts[heading]
            scratch.write(np.ascontiguousarray(column, dtype).data)
        self.length += length

    def close(self) -> None:
        """Write the archive."""
        with zipfile.ZipFile(self.file, "w") as archive:
            for heading, (scratch, dtype) in self.parts.items():
                with archive.open(f"{heading}.npy", "w", force_zip64=True) as member:
                    header = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False}
                    npy.write_array_header_1_0(member, {**header, "shape": (self.length,)})
                    scratch.seek(0)
                    shutil.copyfileobj(scratch, member, 1 << 20)
        self.drop()

    def drop(self) -> None:
        """Remove the scratch files."""
        self.stack.close()
