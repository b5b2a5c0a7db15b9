"""Format a matrix as a table that fits a terminal: all of it if possible, else its corners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from autodiff_cli.language.format import number

__all__ = ["Excerpt", "excerpt"]

GAP = 3
"""The terminal columns between two columns of a table."""
EDGES = 2
"""The terminal columns around a table."""
SHORT = 6
"""The significant digits of a matrix that does not fit with all of its digits."""
FEWEST_ROWS = 6
MOST_COLUMNS = 40
"""The most columns that are tried; no terminal is wide enough for more."""

ELLIPSIS = "…"


@dataclass(frozen=True)
class Excerpt:
    """The part of a matrix that is shown.

    Attributes
    ----------
    headings
        The headings of the columns, beginning with the column of row names.
    rows
        The rows, each beginning with its name.
    left_out
        Whether rows or columns are omitted.
    digits
        The number of significant digits of the numbers; None if they are not rounded.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    left_out: bool
    digits: int | None


def excerpt(
    matrix: NDArray[Any],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    width: int,
    height: int,
    digits: int | None = None,
) -> Excerpt | None:
    """Return as much of a matrix as fits; None if no part of it fits.

    Parameters
    ----------
    rows, columns
        The names of the rows and columns.
    width, height
        The size of the terminal, in columns and lines.
    digits
        The requested number of significant digits; if not given, all digits, or fewer if the matrix
        fits then, or if it has to be shown in part.
    """
    tall = _ends(len(rows), max(FEWEST_ROWS, height - 6))
    for precision in [None, SHORT] if digits is None else [digits]:
        table = _ExcerptBuilder(matrix, rows, columns, tall, precision)
        wide = range(len(columns))
        if len(wide) <= MOST_COLUMNS and table.width(wide) <= width:
            return table.showing(wide)
    fits = [k for k in range(1, MOST_COLUMNS + 1) if table.width(_ends(len(columns), k)) <= width]
    return table.showing(_ends(len(columns), fits[-1])) if fits else None


def _ends(n: int, most: int) -> Sequence[int]:
    """Return at most ``most`` of ``n`` indices: the first ones and the last one."""
    if n <= most:
        return range(n)
    return [*range(most - most // 2), *range(n - most // 2, n)]


class _ExcerptBuilder:
    """Some rows of a matrix, in a fixed precision."""

    def __init__(
        self,
        matrix: NDArray[Any],
        rows: Sequence[str],
        columns: Sequence[str],
        shown: Sequence[int],
        digits: int | None,
    ) -> None:
        self.matrix = matrix
        self.rows = rows
        self.columns = columns
        self.shown = shown
        self.digits = digits
        self._cells: dict[int, list[str]] = {}

    def cells(self, column: int) -> list[str]:
        """Return the heading of a column and the numbers below it."""
        if column not in self._cells:
            numbers = (number(self.matrix[row, column], self.digits) for row in self.shown)
            self._cells[column] = [self.columns[column], *numbers]
        return self._cells[column]

    def width(self, columns: Sequence[int]) -> int:
        """Return the width of the table with some of the columns."""
        widths = [max(len(self.rows[row]) for row in self.shown)] if self.shown else [0]
        widths += [max(map(len, self.cells(column))) for column in columns]
        if len(columns) < len(self.columns):
            widths.append(len(ELLIPSIS))
        return sum(widths) + GAP * (len(widths) - 1) + EDGES

    def showing(self, columns: Sequence[int]) -> Excerpt:
        """Return the table with some of the columns, with omissions marked."""
        gap = _gap(columns, len(self.columns))
        table = [["", *(self.rows[row] for row in self.shown)], *map(self.cells, columns)]
        if gap is not None:
            table.insert(1 + gap, [ELLIPSIS] * (1 + len(self.shown)))
        headings, *lines = map(list, zip(*table, strict=True))
        below = _gap(self.shown, len(self.rows))
        if below is not None:
            lines.insert(below, [ELLIPSIS] * len(headings))
        left_out = gap is not None or below is not None
        return Excerpt(headings, lines, left_out, self.digits)


def _gap(shown: Sequence[int], n: int) -> int | None:
    """Return the number of indices before an omission; None if nothing is omitted."""
    if len(shown) == n:
        return None
    return next((k for k, place in enumerate(shown) if place != k), len(shown))
