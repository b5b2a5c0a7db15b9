"""Define the table of all points of a grid."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from autodiff_cli.files.tables.rows import BLOCK_ROWS, ArrayRows, Block, Keep, Numbers, Table

__all__ = ["GridTable"]


class GridTable(Table):
    """All combinations of the values of some variables; the last variable varies fastest."""

    def __init__(self, axes: Mapping[str, Numbers]) -> None:
        self.name = "the grid"
        self.axes = axes
        self.headings = list(axes)
        self.length = math.prod(axis.size for axis in axes.values())

    def blocks(self, wanted: Sequence[str], keep: Keep, as_text: bool) -> Iterator[Block]:
        """Yield all points in blocks, in order."""
        shape = tuple(axis.size for axis in self.axes.values())
        length = self.length or 0
        for start in range(0, length, BLOCK_ROWS):
            stop = min(start + BLOCK_ROWS, length)
            places = np.unravel_index(np.arange(start, stop), shape)
            columns = {
                name: axis[place]
                for (name, axis), place in zip(self.axes.items(), places, strict=True)
            }
            self.part = stop / length
            yield Block(columns, ArrayRows(columns if keep != "none" else {}), stop - start)
