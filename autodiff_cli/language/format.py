"""How values are written, and how they are spoken of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["DIVIDING", "SIGNS", "described", "element_names", "number", "one_text", "unsigned_zero"]

SIGNS = ("+", "-", "−")
"""What may stand before an operand as well as between two."""

DIVIDING = ("/", "÷", "%", "@")
"""Behind these, as behind a power and under a root, a product needs its sign."""

MOST_LENGTHS = 8
"""How many axes a shape may have to be told in full."""


def described(shape: tuple[int, ...]) -> str:
    """Return what a value is called by its shape: a number, a vector of 3, a 2x3 matrix."""
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
    """Return a number or array as answers show it: 0 in the place of -0.

    The sign of a zero is an artifact of the way it was computed.
    """
    is_float = isinstance(value, float) or getattr(getattr(value, "dtype", None), "kind", "") == "f"
    return value + 0.0 if is_float else value


def number(value: Any, digits: int | None = None, *, signed_zero: bool = False) -> str:
    """Return a number or array in the language's own syntax.

    Parameters
    ----------
    value
        A float, a text that has been rounded already, or an array of these, which comes out as
        nested lists.
    digits
        Significant digits; the shortest text that reads back exactly if not given.
    signed_zero
        Whether -0 keeps its sign, as in files and where a note speaks of an operand.
    """
    if getattr(value, "ndim", 0):
        return f"[{', '.join(number(v, digits, signed_zero=signed_zero) for v in value)}]"
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, str):
        # It has the digits that are wanted.
        return value
    value = float(value)
    if not signed_zero:
        value = unsigned_zero(value)
    if digits is not None:
        return f"{value:.{digits}g}"
    return repr(value).removesuffix(".0")


def one_text(lines: Sequence[str]) -> str:
    """Return lines as one text; a `;` keeps apart those that could be read as one."""
    text = lines[0]
    for line in lines[1:]:
        text += (";\n" if line.startswith(SIGNS) else "\n") + line
    return text


def element_names(name: str, shape: tuple[int, ...]) -> list[str]:
    """Return what the elements of a variable are called: ``x``, ``x[0]``, ``A[0, 1]``."""
    if not shape:
        return [name]
    places: list[str] = [""]
    for n in shape:
        places = [f"{place}, {k}" for place in places for k in range(n)]
    return [f"{name}[{place[2:]}]" for place in places]
