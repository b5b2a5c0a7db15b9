"""Format values and shapes as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["DIVIDING", "SIGNS", "described", "element_names", "number", "one_text", "unsigned_zero"]

SIGNS = ("+", "-", "−")
"""The operators that are both prefix and infix."""

DIVIDING = ("/", "÷", "%", "@")
"""After these operators, as in an exponent and under a root, a product needs an operator."""

MOST_LENGTHS = 8
"""The most axes of a shape that is shown in full."""


def described(shape: tuple[int, ...]) -> str:
    """Return a description of a shape: a number, a vector of 3, a 2x3 matrix."""
    match shape:
        case ():
            return "a number"
        case (n,):
            return f"a vector of {n}"
    if len(shape) > MOST_LENGTHS:
        return f"a tensor with {len(shape)} axes"
    kind = "matrix" if len(shape) == 2 else "tensor"
    return f"a {'x'.join(map(str, shape))} {kind}"


def unsigned_zero(value: Any) -> Any:
    """Return a number or array with 0 for -0, as answers show it.

    The sign of a zero is an artifact of the way in which it was computed.
    """
    is_float = isinstance(value, float) or getattr(getattr(value, "dtype", None), "kind", "") == "f"
    return value + 0.0 if is_float else value


def number(value: Any, digits: int | None = None, *, signed_zero: bool = False) -> str:
    """Return a number or array in the language's own syntax.

    Parameters
    ----------
    value
        A float, a string that is already rounded, or an array of these, which becomes nested
        lists.
    digits
        The number of significant digits; the shortest text that reads back exactly if not given.
    signed_zero
        Whether -0 keeps its sign, as in files and in notes about an operand.
    """
    if getattr(value, "ndim", 0):
        return f"[{', '.join(number(v, digits, signed_zero=signed_zero) for v in value)}]"
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, str):
        # It already has the requested digits.
        return value
    value = float(value)
    if not signed_zero:
        value = unsigned_zero(value)
    if digits is not None:
        return f"{value:.{digits}g}"
    return repr(value).removesuffix(".0")


def one_text(lines: Sequence[str]) -> str:
    """Return lines as one text, with a `;` between those that could be parsed as one line."""
    text = lines[0]
    for line in lines[1:]:
        text += (";\n" if line.startswith(SIGNS) else "\n") + line
    return text


def element_names(name: str, shape: tuple[int, ...]) -> list[str]:
    """Return the names of the elements of a variable: ``x``, ``x[0]``, ``A[0, 1]``."""
    if not shape:
        return [name]
    places: list[str] = [""]
    for n in shape:
        places = [f"{place}, {k}" for place in places for k in range(n)]
    return [f"{name}[{place[2:]}]" for place in places]
