"""The recurrences of Taylor arithmetic: how a coefficient of a series follows from others."""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from autodiff_cli.derive import matrix_series
from autodiff_cli.derive.exact_number import ExactNumber
from autodiff_cli.engine import Operation, Variable, ops, value_of
from autodiff_cli.engine.values import Value

__all__ = [
    "Operand",
    "Series",
    "degree",
    "derivative",
    "integral",
    "is_regular",
    "primal",
    "recurrence",
    "zero",
]

if sys.version_info >= (3, 12):
    from math import sumprod as _sumprod
else:

    def _sumprod(p: Iterable[Any], q: Iterable[Any], /) -> Any:
        return sum(map(operator.mul, p, q))


@dataclass(eq=False, slots=True)
class Series:
    """A power series, and how its next coefficient follows from others.

    Attributes
    ----------
    op, operands, params
        The call it is; without an operation, the derivative of its operand.
    origin
        The Variable of the graph for the sake of which it is computed.
    variable
        What stands for it where rules are run: a leaf that holds its value.
    coefficients
        Numbers, arrays, or whatever else has an arithmetic, as far as they have been computed.
    degree
        Beyond it all coefficients are known to be zero; infinity if they are not.
    lag
        1 for a derivative and what is computed from it: its coefficient j is computed together
        with coefficient j + 1 of other series.
    needed
        The last coefficient that is asked for.
    next
        Computes a coefficient when all before it are known.
    after
        What has to be computed first in each round.
    """

    op: Operation | None
    operands: Sequence[Any]
    params: Mapping[str, Any]
    origin: Variable
    variable: Variable
    coefficients: list[Any]
    degree: float = math.inf
    lag: int = 0
    needed: int = -1
    next: Callable[[int], Any] | None = None
    after: list[Series] = field(default_factory=list)


Operand: TypeAlias = "Series | Value"
"""A series, or a value that does not change along the line."""

Recurrence: TypeAlias = Callable[[int], Any]


def primal(operand: Operand) -> Value:
    """Return the value at the point of expansion."""
    return value_of(operand.variable) if isinstance(operand, Series) else operand


def zero(shape: tuple[int, ...]) -> Value:
    """Return the zero of a shape."""
    return np.zeros(shape) if shape else 0.0


_PRODUCTS: dict[Operation, Callable[[Any, Any], Any]] = {
    ops.mul: operator.mul,
    ops.matmul: operator.matmul,
}
_PLAIN: dict[Operation, Callable[..., Any]] = {
    ops.add: operator.add,
    ops.sub: operator.sub,
    ops.neg: operator.neg,
}


def recurrence(s: Series) -> Callable[..., Recurrence] | None:
    """Return the recurrence of an operation that has one of its own."""
    if s.op is ops.pow and (isinstance(s.operands[1], Series) or not is_regular(s)):
        return None
    if s.op is not None and s.op.moves:
        return _linear
    if s.op in _OF_MATRICES and not _expands(s):
        return None
    return _RECURRENCES.get(s.op)


def _expands(s: Series) -> bool:
    """Return whether a function of a matrix has a recurrence at this matrix."""
    if s.lag:
        return False
    return s.op is not ops.det or np.shape(primal(s.operands[0]))[-1] <= matrix_series.LARGEST


def degree(op: Operation | None, operands: Sequence[Operand]) -> float:
    """Return the degree of what a call makes, if it is a polynomial; else infinity."""
    degrees = [operand.degree if isinstance(operand, Series) else 0 for operand in operands]
    if op is None:
        return degrees[0] - 1
    rule = _linear if op.moves else _RECURRENCES.get(op)
    if rule is _linear:
        return max(degrees)
    if rule is _product:
        return sum(degrees)
    if op is ops.det:
        n: int = np.shape(primal(operands[0]))[-1]
        return degrees[0] * n
    return degrees[0] if rule is _quotient and degrees[1] == 0 else math.inf


def _linear(s: Series, *operands: list[Any]) -> Recurrence:
    """What is linear works on each coefficient by itself."""
    function = _function(s)
    if len(operands) == 1:
        (a,) = operands
        return lambda k: function(a[k])
    if len(operands) == 2:
        a, b = operands
        return lambda k: function(a[k], b[k])
    return lambda k: function(*[a[k] for a in operands])


def _function(s: Series) -> Callable[..., Any]:
    op, params = s.op, s.params
    assert op is not None
    if op in _PLAIN:
        return _PLAIN[op]
    forward = partial(op.forward, **params)
    if op is ops.where:
        forward = partial(np.where, params["condition"])
    return lambda *coefficients: _plain(forward(*coefficients))


def _plain(value: Any) -> Any:
    """Return what NumPy has made as it takes part in arithmetic: no array without axes."""
    return value.item() if isinstance(value, np.ndarray | np.generic) and not value.ndim else value


def _product(s: Series, a: list[Any], b: list[Any]) -> Recurrence:
    """Cauchy's product."""
    (x, y), times = s.operands, _PRODUCTS[s.op]  # type: ignore[index]
    if not isinstance(x, Series):
        return lambda k: times(x, b[k])
    if not isinstance(y, Series):
        return lambda k: times(a[k], y)
    nothing = zero(s.variable.shape)
    dot = _sumprod if times is operator.mul else lambda p, q: sum(map(times, p, q))
    m, n = x.degree, y.degree

    def product(k: int) -> Any:
        low, high = (0 if k <= n else k - int(n)), (k if k <= m else int(m))
        if low > high:
            return nothing
        p, q = a[low : high + 1], b[k - high : k - low + 1]
        q.reverse()
        return dot(p, q)

    return product


def _quotient(s: Series, a: list[Any], b: list[Any]) -> Recurrence:
    """``y = a/b`` is the y for which ``y b = a``."""
    divisor = s.operands[1]
    b0: Any = primal(divisor)
    y = s.coefficients
    if b and isinstance(b[0], ExactNumber):
        b0 = b[0]
    if type(b0) is float and b0 == 0.0:
        b0 = np.float64(b0)
    if not isinstance(divisor, Series):
        return lambda k: a[k] / b0
    n = divisor.degree

    def quotient(k: int) -> Any:
        m = k if k <= n else int(n)
        q = y[k - m :]
        q.reverse()
        return (a[k] - _sumprod(b[1 : m + 1], q)) / b0

    return quotient


def is_regular(s: Series) -> bool:
    """Return whether a value may be divided by: it is finite and not 0."""
    y = value_of(s.variable)
    return bool(np.all(np.isfinite(y)) and np.all(np.not_equal(y, 0.0)))


def _power(s: Series, x: list[Any], n: list[Any]) -> Recurrence:
    """``y = x**n`` is the y for which ``x y' = n y x'``."""
    y, x0 = s.coefficients, x[0]
    exponent, most = s.operands[1], s.operands[0].degree

    def power(k: int) -> Any:
        m = k if k <= most else int(most)
        terms = (((exponent + 1.0) * j - k) * (x[j] * y[k - j]) for j in range(1, m + 1))
        return sum(terms) / (k * x0)

    return power


def derivative(x: list[Any]) -> Recurrence:
    """Coefficient k of the derivative is k + 1 times coefficient k + 1."""
    return lambda k: (k + 1) * x[k + 1]


def integral(slope: list[Any]) -> Recurrence:
    """Coefficient k is coefficient k - 1 of the derivative over k."""
    return lambda k: slope[k - 1] / k


_OF_MATRICES: dict[Operation | None, Callable[..., Recurrence]] = {
    ops.det: matrix_series.determinant,
    ops.inv: matrix_series.inverse,
    ops.solve: matrix_series.solution,
}

_RECURRENCES: dict[Operation | None, Callable[..., Recurrence]] = {
    **dict.fromkeys((ops.add, ops.sub, ops.neg, ops.trace, ops.where), _linear),
    **dict.fromkeys(_PRODUCTS, _product),
    ops.div: _quotient,
    ops.pow: _power,
    **_OF_MATRICES,
}
