"""How values are spoken of in messages."""

from __future__ import annotations

__all__ = ["described"]


def described(shape: tuple[int, ...]) -> str:
    """Return what a value is called by its shape: a number, a vector of 3, a 2x3 matrix."""
    match shape:
        case ():
            return "a number"
        case (n,):
            return f"a vector of {n}"
    kind = "matrix" if len(shape) == 2 else "tensor"
    return f"a {'x'.join(map(str, shape))} {kind}"
