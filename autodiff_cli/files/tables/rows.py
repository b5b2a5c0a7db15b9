"""Rows of a table some at a time: the columns of numbers that are wanted, and all that is kept."""

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
"""How many rows are in memory at a time."""

MOST_NAMES = 8
"""How many columns a hint names."""

Numbers: TypeAlias = NDArray[np.float64]

Cells: TypeAlias = Any
"""Texts or numbers of some rows: an array of NumPy or Arrow, or a list of lines of CSV as bytes."""

Keep: TypeAlias = Literal["all", "used", "none"]
"""Which columns of a table come before the results: all, those of variables, or none."""


class Rows(ABC):
    """What is kept of some rows of a table, which each writer takes in a form of its own."""

    @abstractmethod
    def cells(self) -> Sequence[Cells]:
        """Return what CSV shows, in columns or with several columns in one."""

    @abstractmethod
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Return the columns of numbers by heading."""

    @abstractmethod
    def batch(self) -> Mapping[str, Any]:
        """Return the columns by heading as arrays of Arrow, or what it makes such arrays of."""


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
    """Some rows of a table.

    Attributes
    ----------
    numbers
        The wanted columns by heading; what is missing is nan.
    rows
        What is kept.
    length
        How many rows these are.
    """

    numbers: Mapping[str, Numbers]
    rows: Rows
    length: int


class Table(ABC):
    """A table in a file, which is read from its beginning to its end once.

    Attributes
    ----------
    name
        How messages call it.
    headings
        The names of its columns.
    heading
        The line of headings as it is written, if it is.
    length
        How many rows it has; None if that is not known.
    part
        How much of it has been read, from 0 to 1; None if that is not known.
    """

    name: str
    headings: Sequence[str]
    heading: bytes = b""
    length: int | None = None
    part: float | None = None

    @abstractmethod
    def blocks(self, wanted: Sequence[str], keep: Keep, as_text: bool) -> Iterator[Block]:
        """Yield all rows, some at a time.

        Parameters
        ----------
        wanted
            The headings of columns that have to be numbers.
        keep
            Which columns are kept.
        as_text
            Whether what is kept is written as CSV.
        """

    def close(self) -> None:  # noqa: B027 - not each table has something to close
        """Close the file."""

    def check_headings(self, wanted: Sequence[str], option: str = "{}") -> None:
        """See to it that there is one column of each heading.

        Parameters
        ----------
        option
            How a heading is given on the command line.

        Raises
        ------
        AdiffError
            If there is none, or several.
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
        """Return the headings as a list for a hint."""
        shown = ", ".join(quoted(heading) for heading in self.headings[:MOST_NAMES])
        more = len(self.headings) - MOST_NAMES
        plural = "s are" if len(self.headings) != 1 else " is"
        return f"its column{plural} {shown}" + (f" and {more} more" if more > 0 else "")


def quoted(text: str) -> str:
    """Return a text as a cell of CSV."""
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
    """See to it that Arrow is installed, which a table in some format needs.

    Raises
    ------
    MissingExtraError
        If it is not.
    """
    if not has_arrow():
        raise MissingExtraError(
            f"a table of {what} needs Arrow", 'pip install "autodiff-cli[arrow]"'
        )
