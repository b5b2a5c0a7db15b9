"""Run VJP rules, and convert their arguments and results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.released import Released
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent
from autodiff_cli.engine.values import Value, as_value, normalize_result
from autodiff_cli.engine.variable import Variable

__all__ = [
    "PYTHON_FLOAT_ERRORS",
    "Rule",
    "filled",
    "fit",
    "fit_product",
    "operand",
    "run",
    "value_of",
]

Rule: TypeAlias = Callable[..., Any]

# The errors raised by Python's float arithmetic where IEEE 754 defines a result.
PYTHON_FLOAT_ERRORS = (ArithmeticError, ValueError)


def operand(value: Any) -> Any:
    """Return a value for a rule; one that was released is not read by any."""
    return value if type(value) is Released else as_value(value)


def value_of(x: Variable | Value) -> Value:
    """Return the plain value of a Variable; a literal is converted to a value."""
    return as_value(x._value) if isinstance(x, Variable) else x


def filled(gy: Any, y: Variable) -> Any:
    """Return an adjoint of ``y`` in the shape of ``y``: a float may stand for a constant array."""
    return np.full(y.shape, gy, y.dtype) if type(gy) is float and y.shape else gy


def fit(gx: Any, x: Any) -> Any:
    """Return an adjoint summed over the axes along which its primal ``x`` was broadcast."""
    if type(gx) is float:
        return gx
    shape = x.shape if isinstance(x, Variable) else np.shape(x)
    if gx.shape == shape:
        return gx
    sum_to = registry["sum_to"]
    if type(gx) is MaskedCotangent:
        return gx.with_mask(
            sum_to(gx.instantiate(), shape=shape),
            sum_to(gx.support(gx.shape), shape=shape),
            clean=True,
        )
    return (sum_to if isinstance(gx, Variable) else sum_to.forward)(gx, shape=shape)


LARGE = 4096
"""The number of elements from which on an array of products is avoided."""


def fit_product(gy: Any, factor: Any, x: Variable) -> Any:
    """Return ``fit(gy * factor, x)`` for values, without an array of the products if it is large.

    The sums are as accurate as those of `np.add.reduce`, which along a last axis adds in pairs.
    """
    if gy.size < LARGE or not (gy.dtype == np.result_type(factor) == np.float64):
        return fit(gy * factor, x)
    if x.shape == gy.shape:
        return gy * factor
    lead = gy.ndim - x.ndim
    kept = [lead + i for i, n in enumerate(x.shape) if n == gy.shape[lead + i]]
    if not kept and gy.flags.c_contiguous and np.shape(factor) == gy.shape:
        return as_value(np.dot(gy.reshape(-1), np.reshape(factor, -1)).reshape(x.shape))
    if gy.ndim - 1 not in kept:
        return fit(gy * factor, x)
    axes = list(range(gy.ndim))
    sums = np.einsum(gy, axes, np.broadcast_to(factor, gy.shape), axes, kept)
    return sums.reshape(x.shape)


def run(rule: Rule, *args: Any, **params: Any) -> Any:
    """Return the result of a rule, by IEEE 754 in NumPy if Python's float arithmetic raises."""
    try:
        return rule(*args, **params)
    except PYTHON_FLOAT_ERRORS:
        gx = rule(*(np.float64(a) if type(a) is float else a for a in args), **params)
        return gx if isinstance(gx, Variable | MaskedCotangent) else normalize_result(gx)
