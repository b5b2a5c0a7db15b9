"""Short texts of values and names for pictures of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autodiff_cli.engine.values import Array, Value
from autodiff_cli.language.format import unsigned_zero
from autodiff_cli.language.static_text import Notation

__all__ = ["brief", "exact", "kind", "parameters", "printable"]

_MOST_LETTERS = 48
_MOST_IN_A_ROW = 4


def printable(text: str, most: int = _MOST_LETTERS) -> str:
    """Return a text cut to a length, with control characters escaped."""
    text = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def brief(value: Value | None) -> list[str]:
    """Return a summary of a value in a few short lines: a number, a small array, or its range."""
    if value is None:
        return []
    array = np.asarray(unsigned_zero(value))
    if array.ndim == 0:
        return [f"{float(array):.6g}"]
    if array.ndim <= 2 and array.size and max(array.shape) <= _MOST_IN_A_ROW:
        numbers: Any = {"all": lambda element: f"{float(element):.4g}"}
        return np.array2string(array, separator=", ", formatter=numbers).splitlines()
    return _range(array)


def _range(array: Array) -> list[str]:
    """Return the range of the elements of an array, and the count of those that are not finite."""
    finite = array[np.isfinite(array)]
    nans = int(np.isnan(array).sum())
    counts = {"nan": nans, "inf": array.size - finite.size - nans}
    lines = [f"{float(finite.min()):.4g} … {float(finite.max()):.4g}"] if finite.size else []
    return lines + [f"{count} {word}" for word, count in counts.items() if count]


def kind(value: Value | None) -> str:
    """Return the dtype and shape of a value, as in ``float64[2×3]``; nothing for a scalar."""
    if value is None or np.ndim(value) == 0:
        return ""
    array = np.asarray(value)
    return f"{array.dtype}[{'×'.join(map(str, array.shape))}]"


def exact(value: Value | None) -> str:
    """Return the full description of a value: every digit, shape and dtype."""
    if value is None:
        return "no value"
    array = np.asarray(unsigned_zero(value))
    if array.ndim == 0:
        return f"{array.item()!r} ({array.dtype})"
    with np.printoptions(threshold=64, edgeitems=3, linewidth=72, floatmode="unique"):
        return f"{array}\n{kind(array)}"


def parameters(params: Mapping[str, Any]) -> str:
    """Return static parameters in the notation of a call: ``axis=0, keepdims=True``."""
    return ", ".join(f"{name}={_NOTATION.value(value)}" for name, value in params.items())


def _scalar(value: Any) -> str:
    return printable("".join(brief(value)) if isinstance(value, np.ndarray) else str(value), 24)


def _sequence(parts: list[str], _: object) -> str:
    inside = ", ".join(parts)
    return printable(f"({inside},)" if len(parts) == 1 else f"({inside})", 24)


_NOTATION = Notation(_sequence, _scalar)
