"""Hints for calls whose arguments have shapes that do not fit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autodiff_cli.engine import Operation
from autodiff_cli.engine.elementwise import Elementwise

__all__ = ["enumerated", "index_hint", "product_hint", "static_hint"]


def enumerated(shapes: Sequence[str]) -> str:
    """Return a list of shapes as text; of many only the first ones."""
    if len(shapes) < 3:
        return " and ".join(shapes)
    shown = [*shapes[:4], "..."] if len(shapes) > 5 else list(shapes[:-1])
    return f"{', '.join(shown)} and {shapes[-1]}"


def index_hint(index: Sequence[Any], shape: Sequence[int]) -> str:
    """Return the hint about the valid indices of a value of a shape."""
    if any(isinstance(part, slice) and part.step == 0 for part in index):
        return "the step behind the second `:` cannot be 0"
    if not shape:
        return "a number has no parts"
    if len(index) > len(shape):
        return f"it takes {len(shape)} index{'es' * (len(shape) > 1)} at most"
    return "an index counts from 0, from the end if it is negative: " + " and ".join(
        f"from {-n} to {n - 1}" if n else "there is none" for n in shape[: len(index)]
    )


def product_hint(operation: Operation, shapes: Sequence[tuple[int, ...]]) -> str | None:
    """Return the hint about the sizes that differ in a matrix product."""
    if len(shapes) != 2:
        return None
    if operation.metadata.symbol != "@":
        return _pairs_hint(operation, *shapes) if isinstance(operation, Elementwise) else None
    if () in shapes:
        return "a number is multiplied by `*`"
    left, right = shapes
    rows = right[-2] if len(right) > 1 else right[0]
    if left[-1] == rows:
        return None
    columns = "columns" if len(left) > 1 else "elements"
    below = "rows" if len(right) > 1 else "elements"
    return (
        f"what is on the left has {left[-1]} {columns}, what is on the right {rows} {below}:"
        " they have to be as many"
    )


def _pairs_hint(operation: Operation, left: tuple[int, ...], right: tuple[int, ...]) -> str:
    """Return the hint about the shapes that two operands of an elementwise call may have."""
    rows = right[-2:][0] if right else None
    if operation.metadata.symbol == "*" and left and left[-1] == rows:
        return "`*` multiplies element by element; a product of matrices is written `A @ B`"
    return "elements are taken in pairs: lengths have to be equal, or 1, counted from the last axis"


def static_hint(statics: Mapping[str, Any], shape: Sequence[int]) -> str | None:
    """Return the hint about the axes or lengths that are valid for a value of a shape."""
    axes = statics.get("axis", statics.get("axes"))
    if axes is not None and not shape:
        return "a number has no axes; several numbers are written as a vector: `[1, 2]`"
    if axes is not None and np.ndim(axes) and len(set(axes)) < len(axes):
        return "each axis can be named once"
    if axes is not None:
        named = ", ".join(map(str, range(len(shape))))
        return f"its axes are {named}" if len(shape) > 1 else "its only axis is 0"
    lengths = statics.get("shape", ())
    lengths = lengths if isinstance(lengths, tuple) else (lengths,)
    if not all(isinstance(length, int) for length in lengths):
        return "a shape is a whole number or a list of them"
    if any(length < 0 for length in lengths):
        return "a length in a shape cannot be negative, but for one -1 in `reshape`"
    if "shape" in statics:
        wanted, there = math.prod(lengths), math.prod(shape)
        return f"this shape has {wanted} elements, and there are {there}"
    return None
