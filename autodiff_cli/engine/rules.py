"""How VJP rules are run, and what becomes of what they return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent
from autodiff_cli.engine.values import Value, normalize_result, primal
from autodiff_cli.engine.variable import Variable

__all__ = ["PYTHON_FLOAT_ERRORS", "Rule", "filled", "fit", "run", "value_of"]

Rule: TypeAlias = Callable[..., Any]

# What Python's arithmetic on floats raises where IEEE 754 has an answer.
PYTHON_FLOAT_ERRORS = (ArithmeticError, ValueError)


def value_of(x: Variable | Value) -> Value:
    """Return the plain value of a Variable, or of a literal, which is one."""
    return primal(x._value) if isinstance(x, Variable) else x


def filled(gy: Any, y: Variable) -> Any:
    """Return an adjoint of ``y`` in its shape: a float may stand for an array full of it."""
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
            sum_to(gx.whole(), shape=shape), sum_to(gx.weights(gx.shape), shape=shape), clean=True
        )
    return (sum_to if isinstance(gx, Variable) else sum_to.forward)(gx, shape=shape)


def run(rule: Rule, *args: Any, **params: Any) -> Any:
    """Run a rule; where Python's arithmetic on floats gives up, NumPy's goes on by IEEE 754."""
    try:
        return rule(*args, **params)
    except PYTHON_FLOAT_ERRORS:
        gx = rule(*(np.float64(a) if type(a) is float else a for a in args), **params)
        return gx if isinstance(gx, Variable | MaskedCotangent) else normalize_result(gx)
