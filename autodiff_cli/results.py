"""What commands return: an answer, free of how it will be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

from autodiff_cli.errors import Span

__all__ = [
    "Catalog",
    "Entry",
    "Formulas",
    "Matrices",
    "Note",
    "Numbers",
    "Polynomial",
    "Report",
    "Result",
    "Table",
    "Text",
    "Written",
]


@dataclass(frozen=True)
class Note:
    """Something to know about an answer, and where in the expression it comes from.

    Attributes
    ----------
    harmless
        Whether the answer is right all the same, so that ``--strict`` lets it pass.
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
    """Numbers or arrays, each under the name of what it is.

    Attributes
    ----------
    rows
        What to print for people and pipes; a single one is printed without its name.
    fields
        What ``--json`` prints.
    headings
        What the columns of a table are called: the names, and the numbers.
    notes
        What to know about the numbers.
    """

    rows: Mapping[str, Any]
    fields: Mapping[str, Any]
    headings: tuple[str, str] = ("name", "value")
    notes: Sequence[Note] = ()


@dataclass(frozen=True)
class Polynomial:
    """A polynomial in one variable about a center, as a Taylor series begins; or another series.

    Attributes
    ----------
    terms
        Exponents, which may be negative or fractions, and coefficients: fractions where these are
        known and asked for.
    latex
        Whether to write it in LaTeX; else it is an expression of the language.
    remainder
        Of which order the rest is.
    from_left
        Whether it is in the distance from the center to the left.
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
    """Formulas, each under the name of what it is, and beside them the numbers if there are any."""

    rows: Mapping[str, str]
    fields: Mapping[str, Any]
    headings: tuple[str, str]
    notes: Sequence[Note] = ()
    numbers: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Entry:
    """A function or constant of the language.

    Attributes
    ----------
    names
        What it is called, its own name first.
    signature
        How it is written.
    doc
        What it is, in a line.
    example
        How it is used, and what comes out.
    family
        The group it belongs to.
    """

    names: Sequence[str]
    signature: str
    doc: str
    example: str
    family: str


@dataclass(frozen=True)
class Catalog:
    """What the language knows, family by family."""

    entries: Sequence[Entry]
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Text:
    """A text that is the answer itself, such as a tree or DOT."""

    text: str
    fields: Mapping[str, Any]
    notes: Sequence[Note] = ()


@dataclass(frozen=True)
class Report:
    """A text on whether something holds.

    Attributes
    ----------
    holds
        Else the exit code says so.
    """

    text: str
    fields: Mapping[str, Any]
    notes: Sequence[Note] = ()
    holds: bool = True


@dataclass(frozen=True)
class Table:
    """A matrix, and the names of its rows and columns."""

    matrix: Any
    rows: Sequence[str]
    columns: Sequence[str]


@dataclass(frozen=True)
class Matrices:
    """Matrices for people, and the arrays they hold for pipes.

    Attributes
    ----------
    tables
        What a terminal shows, or as much of it as there is room for.
    blocks
        What a pipe gets, each array under its name; a single one is printed without it.
    fields
        What ``--json`` prints.
    notes
        What to know about the numbers.
    """

    tables: Sequence[Table]
    blocks: Mapping[str, Any]
    fields: Mapping[str, Any]
    notes: Sequence[Note] = ()


@dataclass(frozen=True)
class Written:
    """A file that has been written."""

    path: Path
    fields: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[Note] = ()


Result: TypeAlias = Numbers | Polynomial | Formulas | Matrices | Catalog | Text | Report | Written
