"""Define the results of commands, as data that does not depend on how it is displayed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

from autodiff_cli.errors import Span

__all__ = [
    "Answer",
    "Catalog",
    "Entry",
    "Formulas",
    "LabelledMatrix",
    "Matrices",
    "Note",
    "Numbers",
    "PointTable",
    "Polynomial",
    "Report",
    "Result",
    "Streamed",
    "Text",
    "Written",
]


@dataclass(frozen=True)
class Note:
    """A remark about an answer, and the part of the expression that causes it.

    Attributes
    ----------
    harmless
        Whether the answer is correct regardless, so that ``--strict`` accepts it.
    """

    message: str
    span: Span
    source: str
    origin: str
    hint: str | None = None
    more: tuple[Span, ...] = ()
    harmless: bool = False


@dataclass(frozen=True)
class Numbers:
    """Numbers or arrays by name.

    Attributes
    ----------
    rows
        The values to print to a terminal or a pipe; a single one is printed without its name.
    fields
        The fields that ``--json`` prints.
    headings
        The column headings of a table: that of the names, and that of the numbers.
    notes
        Notes about the numbers.
    """

    rows: Mapping[str, Any]
    fields: Mapping[str, Any]
    headings: tuple[str, str] = ("name", "value")
    notes: Sequence[Note] = ()


@dataclass(frozen=True)
class Polynomial:
    """A Taylor polynomial in one variable about a center, or another series.

    Attributes
    ----------
    terms
        The exponents, which may be negative or fractions, with the coefficients, which are
        fractions if these are known and requested.
    latex
        Whether to write it in LaTeX; otherwise it is an expression of the language.
    remainder
        The order of the remainder.
    from_left
        Whether the series is in the distance from the center to the left.
    """

    terms: Sequence[tuple[Fraction | int, float | str | Fraction]]
    variable: str
    center: float | Fraction
    latex: bool
    fields: Mapping[str, Any]
    notes: Sequence[Note] = ()
    remainder: Fraction | int = 0
    from_left: bool = False


@dataclass(frozen=True)
class Formulas:
    """Formulas by name, together with the numbers if there are any.

    Attributes
    ----------
    whole
        All formulas as one text, a list, if there are several and some name common subexpressions.
    """

    rows: Mapping[str, str]
    fields: Mapping[str, Any]
    headings: tuple[str, str]
    notes: Sequence[Note] = ()
    numbers: Mapping[str, Any] | None = None
    whole: str | None = None


@dataclass(frozen=True)
class Entry:
    """A function or constant of the language.

    Attributes
    ----------
    names
        Its names, the primary name first.
    signature
        Its call or operator notation.
    doc
        A description in one line.
    example
        A call and its result.
    family
        The group that it belongs to.
    properties
        What else is shown of it alone, with a name for each.
    drawing
        A plot of it in characters.
    """

    names: Sequence[str]
    signature: str
    doc: str
    example: str
    family: str
    properties: Sequence[tuple[str, str]] = ()
    drawing: str = ""


@dataclass(frozen=True)
class Catalog:
    """The functions and constants of the language, by family."""

    entries: Sequence[Entry]
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Text:
    """A text that is the answer itself, such as a tree or DOT.

    Attributes
    ----------
    as_json
        Whether its fields are to be printed instead, as by ``--json``.
    """

    text: str
    fields: Mapping[str, Any]
    notes: Sequence[Note] = ()
    as_json: bool = False


@dataclass(frozen=True)
class Report:
    """Text about whether a statement holds.

    Attributes
    ----------
    holds
        Whether it holds; if not, the exit code says so.
    """

    text: str
    fields: Mapping[str, Any]
    notes: Sequence[Note] = ()
    holds: bool = True


@dataclass(frozen=True)
class LabelledMatrix:
    """A matrix with the names of its rows and columns."""

    matrix: Any
    rows: Sequence[str]
    columns: Sequence[str]


@dataclass(frozen=True)
class Matrices:
    """Matrices for a terminal, and the arrays that they contain for a pipe.

    Attributes
    ----------
    tables
        The matrices that a terminal shows, or as much of them as fits.
    blocks
        The arrays that a pipe receives, by name; a single one is printed without its name.
    fields
        The fields that ``--json`` prints.
    notes
        Notes about the numbers.
    """

    tables: Sequence[LabelledMatrix]
    blocks: Mapping[str, Any]
    fields: Mapping[str, Any]
    notes: Sequence[Note] = ()


@dataclass(frozen=True)
class PointTable:
    """Numbers at several points, a row for each: a table on a terminal, CSV in a pipe.

    Attributes
    ----------
    titles
        The headings of the columns.
    rows
        The values of the variables, and the numbers.
    fields
        The fields that ``--json`` prints.
    notes
        Notes about the numbers.
    """

    titles: Sequence[str]
    rows: Sequence[Sequence[Any]]
    fields: Mapping[str, Any]
    notes: Sequence[Note] = ()


@dataclass(frozen=True)
class Written:
    """A file that has been written."""

    path: Path
    fields: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[Note] = ()


Answer: TypeAlias = (
    Numbers | Polynomial | Formulas | Matrices | Catalog | Text | Report | PointTable | Written
)
"""An answer that is known."""


@dataclass(frozen=True)
class Streamed:
    """An answer that is computed while it is printed, or written into a file.

    Attributes
    ----------
    pieces
        The text to print, a piece at a time; pieces are empty if it goes into a file.
    finish
        A function that returns what is to be shown after the last piece.
    is_printed
        Whether pieces are to be printed.
    """

    pieces: Iterator[str]
    finish: Callable[[], Answer]
    is_printed: bool = False


Result: TypeAlias = Answer | Streamed
"""What a command returns."""
