"""Tabulate difference quotients over step sizes, to show truncation and rounding errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from autodiff_cli.engine import Operation, Variable, value_of
from autodiff_cli.engine.variable import reachable

__all__ = ["NoComplexStepError", "StepRow", "complex_value", "right_digits", "step_rows"]

LAST = 15
"""The negated decimal exponent of the smallest step."""


@dataclass(frozen=True)
class StepRow:
    """The results of all methods for one step."""

    step: float
    values: Mapping[str, float]


class NoComplexStepError(Exception):
    """An operation is not analytic, or does not accept complex numbers."""


def step_rows(
    f: Callable[[float], float], x: float, imaginary: Callable[[float], float] | None
) -> list[StepRow]:
    """Return difference quotients for steps from 0.1 down to 1e-15, relative to the size of ``x``.

    Parameters
    ----------
    imaginary
        The imaginary part of the function at ``x + ih``, as a function of h; None if the function
        does not accept complex numbers.
    """
    size = max(1.0, 10.0 ** math.floor(math.log10(abs(x)))) if x and math.isfinite(x) else 1.0
    rows = []
    center = f(x)
    with np.errstate(all="ignore"):
        for k in range(1, LAST + 1):
            h = size * 10.0**-k
            # Steps that are powers of two would make x + h exact, but powers of ten are common use.
            halves = [_central(f, x, h / 2**j) for j in range(3)]
            values = {
                "forward": (f(x + h) - center) / h,
                "central": halves[0],
                "Richardson": _extrapolated(halves),
            }
            if imaginary is not None:
                values["complex step"] = imaginary(h) / h
            rows.append(StepRow(h, values))
    return rows


def _central(f: Callable[[float], float], x: float, h: float) -> float:
    return (f(x + h) - f(x - h)) / (2 * h)


def _extrapolated(quotients: Sequence[float]) -> float:
    """Return central differences for steps h, h/2, h/4 extrapolated to step 0."""
    row, factor = list(quotients), 4.0
    while len(row) > 1:
        row = [(factor * fine - coarse) / (factor - 1.0) for coarse, fine in pairwise(row)]
        factor *= 4.0
    return row[0]


def right_digits(value: float, right: float) -> int:
    """Return the number of correct significant digits of a float64; 17 if all are correct."""
    if value == right:
        return 17
    if not math.isfinite(value) or not math.isfinite(right) or right == 0.0:
        return 0
    # A digit is correct if the error is at most half a unit of it.
    return max(0, min(16, math.floor(-math.log10(2 * abs(value - right) / abs(right)))))


def complex_value(y: Variable, x: Variable, place: tuple[int, ...], h: float) -> complex:
    """Return the value of a scalar where an element of ``x`` has the imaginary part h.

    Raises
    ------
    NoComplexStepError
        If an operation in the graph is not analytic, or does not accept complex numbers.  The
        error names the operation.
    """
    start = np.array(value_of(x), complex)
    start[place] += 1j * h
    values: dict[Variable, Any] = {x: start}
    with np.errstate(all="ignore"):
        for v in reversed(reachable([y])):
            moving = [u for u in v.inputs if isinstance(u, Variable) and u in values]
            if moving:
                values[v] = _complex_call(v, values)
    found = np.asarray(values.get(y, value_of(y)))
    return complex(found.item())


def _complex_call(v: Variable, values: Mapping[Variable, Any]) -> Any:
    op = v.operation
    if not isinstance(op, Operation):
        raise NoComplexStepError(type(op).__name__)
    inputs = [
        values[u] if isinstance(u, Variable) and u in values else np.asarray(value_of(u))
        for u in v.inputs
    ]
    if not any(op.vjps):
        # A decision or step function depends on real parts only, and has derivative zero.
        return np.asarray(value_of(v), complex)
    if op.metadata.kinks or op.metadata.jumps:
        raise NoComplexStepError(op.name)
    try:
        y = np.asarray(op.forward(*inputs, **(v.params)))
    except (TypeError, ValueError, ArithmeticError):
        raise NoComplexStepError(op.name) from None
    if not np.iscomplexobj(y):
        raise NoComplexStepError(op.name)
    return y
