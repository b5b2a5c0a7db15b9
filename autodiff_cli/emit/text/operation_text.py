"""Render a single call in the language and in LaTeX, without reordering or shortening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from autodiff_cli.emit.precedence import ATOM, CHOICE, POWER, PRODUCT, SUM, Piece
from autodiff_cli.emit.text import latex
from autodiff_cli.emit.text.call_text import filled_template, given, language_name
from autodiff_cli.engine import Operation
from autodiff_cli.language.names import PREFIXES
from autodiff_cli.language.static_text import LANGUAGE

__all__ = ["operation_latex", "operation_text"]

_PREFIXES = {name: symbol for symbol, name in reversed(PREFIXES.items()) if symbol.isascii()}


def operation_text(operation: Operation, operands: Sequence[str], params: Mapping[str, Any]) -> str:
    """Return a call of an operation on operands, which are names and numbers.

    Examples
    --------
    >>> from autodiff_cli.engine import registry
    >>> operation_text(registry["sub"], ["v4", "v3"], {})
    'v4 - v3'
    >>> operation_text(registry["square"], ["-2"], {})
    '(-2)**2'
    >>> operation_text(registry["sum"], ["v1"], {"axis": 0})
    'sum(v1, axis=0)'
    """
    pieces = [Piece(text, SUM if text.startswith("-") else ATOM) for text in operands]
    metadata, params = operation.metadata, given(operation, params.items())
    if prefix := _PREFIXES.get(operation.name):
        return prefix + " " * prefix.isalpha() + pieces[0].within(ATOM)
    if metadata.symbol and len(pieces) == 2:
        first, second = (piece.within(ATOM) for piece in pieces)
        apart = "" if metadata.exponents or metadata.symbol == "**" else " "
        return f"{first}{apart}{metadata.symbol}{apart}{second}"
    if _is_power(operation):
        return f"{pieces[0].within(ATOM)}**{metadata.exponents[0]}"
    least = ATOM if metadata.spelling.startswith("{") else CHOICE
    inside = ", ".join(piece.within(least) for piece in pieces)
    names = {operation.arguments[0]: inside} if operation.arguments else {}
    if (text := filled_template(operation, metadata.spelling, names, params)) is not None:
        return text
    statics = [f"{name}={LANGUAGE.value(value)}" for name, value in params.items()]
    if metadata.leading:
        parts = [*map(LANGUAGE.value, params.values()), *operands]
    else:
        parts = [*operands, *statics]
    return f"{language_name(operation)}({', '.join(parts)})"


def _is_power(operation: Operation) -> bool:
    """Return whether a call is its argument to the power of a whole number."""
    exponents = operation.metadata.exponents
    return len(exponents) == 1 and isinstance(exponents[0], int)


def operation_latex(
    operation: Operation, operands: Sequence[str], params: Mapping[str, Any]
) -> str:
    r"""Return the same in LaTeX, from operands that are LaTeX.

    Examples
    --------
    >>> from autodiff_cli.engine import registry
    >>> print(operation_latex(registry["div"], ["1", "v_{2}"], {}))
    \frac{1}{v_{2}}
    >>> print(operation_latex(registry["mul"], ["2", "-3"], {}))
    2 \cdot \left(-3\right)
    """
    pieces = [latex.LatexPiece(text, _binds(text)) for text in operands]
    metadata = operation.metadata
    first = pieces[0]
    if metadata.exponents == (1, -1):
        return rf"\frac{{{operands[0]}}}{{{operands[1]}}}"
    if metadata.exponents == (1, 1):
        factors = [piece.within(POWER) for piece in pieces]
        # Two numbers side by side would be one.
        dot = r"\cdot " if factors[1][:1].isdigit() or factors[1].startswith(r"\left") else ""
        return f"{factors[0]} {dot}{factors[1]}"
    if metadata.exponents == (Fraction(1, 2),):
        return rf"\sqrt{{{operands[0]}}}"
    if metadata.symbol == "**" or _is_power(operation):
        raised = operands[1] if len(operands) == 2 else str(metadata.exponents[0])
        return f"{first.within(ATOM)}^{{{raised}}}"
    if len(metadata.signs) == len(pieces) == 2:
        return f"{first.within(PRODUCT)} {metadata.symbol} {pieces[1].within(PRODUCT)}"
    if metadata.signs == (-1,):
        return f"-{first.within(PRODUCT)}"
    return latex.call_piece(operation, pieces, params).text


def _binds(text: str) -> int:
    return SUM if text.startswith("-") else PRODUCT if r"\cdot" in text else ATOM
