"""Derivatives as tables for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from numpy.typing import NDArray

from autodiff_cli.language.format import number

__all__ = ["Gradient", "matrix_table"]

MOST = 30
"""The most rows, and the most columns, of a table that is shown without a request."""

DIGITS = 6
"""The significant digits of numbers in a table; the objects have them all."""


class Gradient(dict[str, NDArray[Any]]):
    """The derivative by each variable, by the name of the variable; notebooks show a table."""

    def _repr_html_(self) -> str | None:
        if len(self) > MOST:
            return None
        return _table(["variable", "derivative"], ((name, _shown(x)) for name, x in self.items()))


def matrix_table(matrix: NDArray[Any], rows: Sequence[str], columns: Sequence[str]) -> str | None:
    """Return a matrix as an HTML table with headings; None if it is too large."""
    if max(matrix.shape) > MOST:
        return None
    lines = ((name, *map(_shown, row)) for name, row in zip(rows, matrix, strict=True))
    return _table(["", *columns], lines)


def _shown(value: Any) -> str:
    text = number(value, DIGITS)
    return text if len(text) <= MOST * DIGITS else f"{text[: MOST * DIGITS]}…"


def _table(headings: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join(
        f"<tr><th>{escape(name)}</th>{''.join(f'<td>{escape(x)}</td>' for x in cells)}</tr>"
        for name, *cells in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
