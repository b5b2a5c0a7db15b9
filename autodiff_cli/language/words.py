"""How values are written, and how they are spoken of."""

from __future__ import annotations

from typing import Any

__all__ = ["described", "number"]

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


def number(value: Any, digits: int | None = None) -> str:
    """Return a number or array in the language's own syntax.

    Parameters
    ----------
    value
        A float, a text that has been rounded already, or an array of these, which comes out as
        nested lists.
    digits
        Significant digits; the shortest text that reads back exactly if not given.
    """
    if getattr(value, "ndim", 0):
        return f"[{', '.join(number(v, digits) for v in value)}]"
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, str):
        # It has the digits that are wanted.
        return value
    value = float(value)
    if digits is not None:
        return f"{value:.{digits}g}"
    return repr(value).removesuffix(".0")
