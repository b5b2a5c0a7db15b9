"""Define tables that are read block by block, and the rows that a block contains."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.errors import AdiffError, MissingExtraError, UsageError
from autodiff_cli.language.names import nearest

__all__ = [
    "BLOCK_ROWS",
    "ArrayRows",
    "Block",
    "Cells",
    "Keep",
    "Numbers",
    "Rows",
    "Table",
    "arrow_needed",
    "bad_table",
    "has_arrow",
    "quoted",
]

BLOCK_ROWS = 1 << 17
"""The number of rows of a block."""

MOST_NAMES = 8
"""The most columns that a hint names."""

Numbers: TypeAlias = NDArray[np.float64]

Cells: TypeAlias = Any
"""Texts or numbers of rows: an array of NumPy or Arrow, or a list of lines of CSV as bytes."""

Keep: TypeAlias = Literal["all", "used", "none"]
"""Which columns of a table come before the results: all, those of variables, or none."""


class Rows(ABC):
    """The kept columns of a block, which each writer reads in a form of its own."""

    @abstractmethod
    def cells(self) -> Sequence[Cells]:
        """Return the columns as CSV shows them; one item may contain several columns."""

    @abstractmethod
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Return the numeric columns by heading."""

    @abstractmethod
    def batch(self) -> Mapping[str, Any]:
        """Return the columns by heading, as arrays of Arrow or as what Arrow converts to them."""


@dataclass(frozen=True)
class ArrayRows(Rows):
    """Columns of numbers by heading."""

    columns: Mapping[str, NDArray[Any]]

    def cells(self) -> Sequence[Cells]:
        """Return the columns."""
        return list(self.columns.values())

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Return the columns."""
        return self.columns

    def batch(self) -> Mapping[str, Any]:
        """Return the columns."""
        return self.columns


class Block(NamedTuple):
    """Consecutive rows of a table.

    Attributes
    ----------
    numbers
        The requested columns by heading; a missing value is nan.
    rows
        The columns that are kept for the output.
    length
        The number of rows.
    """

    numbers: Mapping[str, Numbers]
    rows: Rows
    length: int


class Table(ABC):
    """A table in a file, which is read once, from the beginning to the end.

    Attributes
    ----------
    name
        The name in messages.
    headings
        The names of its columns.
    heading
        The line of headings as the file contains it; empty if there is none.
    length
        The number of rows; None if it is not known.
    part
        The fraction that has been read; None if it is not known.
    """

    name: str
    headings: Sequence[str]
    heading: bytes = b""
    length: int | None = None
    part: float | None = None

    @abstractmethod
    def blocks(self, wanted: Sequence[str], keep: Keep, as_text: bool) -> Iterator[Block]:
        """Yield all rows in blocks, in order.

        Parameters
        ----------
        wanted
            The headings of the columns that are needed as numbers.
        keep
            Which columns are kept for the output.
        as_text
            Whether the output is CSV.
        """

    def close(self) -> None:  # noqa: B027 - not each table has something to close
        """Close the file."""

    def check_headings(self, wanted: Sequence[str], option: str = "{}") -> None:
        """Check that each heading belongs to exactly one column.

        Parameters
        ----------
        option
            The option that gives a heading on the command line, with ``{}`` for the heading.

        Raises
        ------
        AdiffError
            If a heading belongs to no column, or to several.
        """
        for heading in wanted:
            count = self.headings.count(heading)
            if count > 1:
                raise bad_table(
                    f"`{self.name}` has {count} columns called `{heading}`",
                    "give each column a heading of its own",
                )
            if not count:
                close = nearest(heading, self.headings)
                raise UsageError(
                    f"`{self.name}` has no column `{heading}`",
                    code="unknown-column",
                    hint=f"did you mean `{option.format(close[0])}`?" if close else self.listed(),
                )

    def listed(self) -> str:
        """Return the headings as the text of a hint."""
        shown = ", ".join(quoted(heading) for heading in self.headings[:MOST_NAMES])
        more = len(self.headings) - MOST_NAMES
        plural = "s are" if len(self.headings) != 1 else " is"
        return f"its column{plural} {shown}" + (f" and {more} more" if more > 0 else "")


def quoted(text: str) -> str:
    """Return a text as a cell of CSV, in quotes if it needs them."""
    if any(sign in text for sign in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text


def bad_table(message: str, hint: str | None = None) -> AdiffError:
    """Return the error of a table that cannot be read."""
    return UsageError(message, code="bad-table", hint=hint)


def has_arrow() -> bool:
    """Return whether Arrow is installed."""
    from importlib.util import find_spec

    return find_spec("pyarrow") is not None


def arrow_needed(what: str) -> None:
    """Check that Arrow is installed, because the format of a table needs it.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    if not has_arrow():
        raise MissingExtraError(
            f"a table of {what} needs Arrow", 'pip install "autodiff-cli[arrow]"'
        )
