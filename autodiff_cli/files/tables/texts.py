"""Format rows as CSV, with Arrow if it is installed; the text is the same without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.files.tables.rows import Cells, has_arrow, quoted
from autodiff_cli.language.format import number

__all__ = ["csv_bytes", "heading_line"]

SMALL, LARGE = 1e-4, 1e10
"""The sizes between which Arrow formats a number as Python does."""


def heading_line(headings: Sequence[str]) -> bytes:
    """Return the line of headings of CSV, without the line break."""
    return ",".join(map(quoted, headings)).encode()


def csv_bytes(cells: Sequence[Cells]) -> bytes:
    """Return rows as lines of CSV.

    Parameters
    ----------
    cells
        At least one item, each of which is one column or several.
    """
    if has_arrow():
        return _by_arrow(cells)
    columns = [_texts(one) for one in cells]
    text = "".join(",".join(row) + "\n" for row in zip(*columns, strict=True))
    return text.encode(errors="surrogateescape")


def _texts(cells: Cells) -> list[str]:
    if isinstance(cells, list):
        return [line.decode(errors="surrogateescape") for line in cells]
    if cells.dtype.kind in "biu":
        return [str(int(value)) for value in cells.tolist()]
    return [number(value, signed_zero=True) for value in cells.tolist()]


def _by_arrow(cells: Sequence[Cells]) -> bytes:
    import pyarrow as pa
    import pyarrow.compute as pc

    binary = pa.binary()
    columns = [_arrow_texts(one) for one in cells]
    columns.append(pa.scalar(b"", binary))
    lines = pc.binary_join_element_wise(*columns[:-1], pa.scalar(b",", binary))
    lines = pc.binary_join_element_wise(lines, columns[-1], pa.scalar(b"\n", binary))
    if not len(lines):
        return b""
    _, offsets, data = lines.buffers()
    ends = np.frombuffer(offsets, np.int32)[[lines.offset, lines.offset + len(lines)]]
    return bytes(memoryview(data)[ends[0] : ends[1]])


def _arrow_texts(cells: Cells) -> Any:
    """Return cells as an Arrow array of bytes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(cells, list):
        return pa.array(cells, pa.binary())
    if isinstance(cells, np.ndarray):
        if cells.dtype.kind == "b":
            cells = cells.view(np.uint8)
        return pc.cast(_numbers(cells), pa.binary())
    return pc.cast(cells, pa.binary())


def _numbers(values: NDArray[Any]) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.cast(pa.array(values), pa.string())
    if values.dtype.kind in "iu":
        return texts
    with np.errstate(invalid="ignore"):
        size = np.abs(values)
        other = ((size < SMALL) & (size > 0.0)) | ((size >= LARGE) & (size < np.inf))
    if not other.any():
        return texts
    own = [number(value, signed_zero=True) for value in values[other].tolist()]
    return pc.replace_with_mask(texts, pa.array(other), pa.array(own, pa.string()))
