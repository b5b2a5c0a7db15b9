"""Run VJP rules, and convert their arguments and results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent
from autodiff_cli.engine.values import Value, as_value, normalize_result
from autodiff_cli.engine.variable import Variable

__all__ = ["PYTHON_FLOAT_ERRORS", "Rule", "filled", "fit", "run", "value_of"]

Rule: TypeAlias = Callable[..., Any]

# The errors raised by Python's float arithmetic where IEEE 754 defines a result.
PYTHON_FLOAT_ERRORS = (ArithmeticError, ValueError)


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


def run(rule: Rule, *args: Any, **params: Any) -> Any:
    """Return the result of a rule, by IEEE 754 in NumPy if Python's float arithmetic raises."""
    try:
        return rule(*args, **params)
    except PYTHON_FLOAT_ERRORS:
        gx = rule(*(np.float64(a) if type(a) is float else a for a in args), **params)
        return gx if isinstance(gx, Variable | MaskedCotangent) else normalize_result(gx)
