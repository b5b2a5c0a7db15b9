"""Define the recurrences of Taylor arithmetic, which compute a coefficient from earlier ones.

A linear operation applies to each coefficient separately; a bilinear one is a Cauchy product.
Other operations declare a `Taylor` trait, or have no recurrence: their series are computed from
their VJP rules (`autodiff_cli.derive.series`).
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autodiff_cli.engine.node import Declaration
from autodiff_cli.engine.values import Value, as_value
from autodiff_cli.engine.variable import Variable

__all__ = [
    "Operand",
    "Recurrence",
    "Series",
    "Taylor",
    "choice",
    "degree",
    "derivative",
    "integral",
    "is_regular",
    "operand_value",
    "power",
    "quotient",
    "recurrence",
    "taylor",
    "zero",
]

if sys.version_info >= (3, 12):
    from math import sumprod as _sumprod
else:

    def _sumprod(p: Iterable[Any], q: Iterable[Any], /) -> Any:
        return sum(map(operator.mul, p, q))


@dataclass(eq=False, slots=True)
class Series:
    """A power series, with the recurrence for its next coefficient.

    Attributes
    ----------
    op, operands, params
        The call that the series is the result of; if ``op`` is None, the series is the derivative
        of its operand.
    origin
        The Variable of the graph that the series is computed for.
    variable
        A leaf with the value of the series, which represents it when rules are run.
    coefficients
        The coefficients computed so far: numbers, arrays, or other objects with arithmetic.
    degree
        The degree beyond which all coefficients are known to be zero; infinity if there is none.
    lag
        1 for a derivative and series computed from it, else 0: coefficient j of a series of lag 1
        is computed together with coefficient j + 1 of series of lag 0.
    needed
        The order of the last coefficient that is needed.
    next
        A function that computes a coefficient when all earlier ones are known.
    after
        The series that must be computed before this one in each round.
    """

    op: Declaration | None
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
"""A series, or a value that is constant along the line."""

Recurrence: TypeAlias = Callable[[int], Any]


def _always(s: Series) -> bool:
    return True


def _unknown(operands: Sequence[Operand]) -> float:
    return math.inf


class Taylor(NamedTuple):
    """The computation of the series of a call, if its rules are not the best way.

    Attributes
    ----------
    recurrence
        A function from a series and the coefficients of its operands to a function that computes
        coefficient k.
    applies
        A function that returns whether a series has the recurrence, which may hold only for some
        operands.
    degree
        A function from the operands to the degree of the result; infinity if it is not a
        polynomial.
    expansion
        A function from the inputs and static parameters to an equivalent of other calls; None if
        the call is not expanded.
    own_orders
        Whether the derivatives are operations of their own, which are accurate to all digits near
        their zeros too.  The call is not expanded if there are few such derivatives.
    tangent
        A function from a series, the tangents of its inputs and these to its derivative, written
        with the value of the series, which is thus defined by itself; None if the rules are better.
    """

    recurrence: Callable[..., Recurrence] | None = None
    applies: Callable[[Series], bool] = _always
    degree: Callable[[Sequence[Operand]], float] = _unknown
    expansion: Callable[..., Any] | None = None
    own_orders: bool = False
    tangent: Callable[[Series, Sequence[Any], Sequence[Any]], Any] | None = None


def operand_value(operand: Operand) -> Value:
    """Return the value at the point of expansion."""
    return as_value(operand.variable._value) if isinstance(operand, Series) else operand


def zero(shape: tuple[int, ...]) -> Value:
    """Return the zero of a shape."""
    return np.zeros(shape) if shape else 0.0


def taylor(op: Declaration) -> Taylor:
    """Return the declared computation of the series of an operation."""
    declared: Taylor | None = op.metadata.taylor
    if declared is not None:
        return declared
    return _LINEAR if op.linear else _BILINEAR if op.metadata.bilinear else _BY_RULES


def recurrence(s: Series) -> Callable[..., Recurrence] | None:
    """Return the recurrence of a series, or None if its operation has none."""
    if s.op is None:
        return None
    known = taylor(s.op)
    return known.recurrence if known.recurrence is not None and known.applies(s) else None


def degree(op: Declaration | None, operands: Sequence[Operand]) -> float:
    """Return the degree of the result of a call; infinity if it is not a polynomial."""
    return _degrees(operands)[0] - 1 if op is None else taylor(op).degree(operands)


def _degrees(operands: Sequence[Operand]) -> list[float]:
    return [operand.degree if isinstance(operand, Series) else 0 for operand in operands]


def _highest(operands: Sequence[Operand]) -> float:
    return max(_degrees(operands))


def _added(operands: Sequence[Operand]) -> float:
    return sum(_degrees(operands))


def _of_dividend(operands: Sequence[Operand]) -> float:
    dividend, divisor = _degrees(operands)
    return dividend if divisor == 0 else math.inf


def _linear(s: Series, *operands: list[Any]) -> Recurrence:
    """Return the recurrence of a linear operation, which applies to each coefficient."""
    return _each(_function(s), operands)


def _each(function: Callable[..., Any], operands: Sequence[list[Any]]) -> Recurrence:
    if len(operands) == 1:
        (a,) = operands
        return lambda k: function(a[k])
    if len(operands) == 2:
        a, b = operands
        return lambda k: function(a[k], b[k])
    return lambda k: function(*[a[k] for a in operands])


def _function(s: Series) -> Callable[..., Any]:
    """Return a function that applies an operation to coefficients, which need not be numbers."""
    op = s.op
    assert op is not None
    if op.scalar is not None and (op.metadata.signs or op.metadata.bilinear):
        return op.scalar
    forward = partial(op.forward, **s.params)
    return lambda *coefficients: _plain(forward(*coefficients))


def _plain(value: Any) -> Any:
    """Return a result of NumPy, with an array without axes replaced by its only element."""
    return value.item() if isinstance(value, np.ndarray | np.generic) and not value.ndim else value


def _choice(s: Series, *branches: list[Any]) -> Recurrence:
    condition = s.params["condition"]
    return _each(lambda x, y: _plain(np.where(condition, x, y)), branches)


def _product(s: Series, a: list[Any], b: list[Any]) -> Recurrence:
    """Return the recurrence of a product, which is the Cauchy product."""
    x, y = s.operands
    times = _function(s)
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
    """Return the recurrence of ``y = a/b``, from ``y b = a``."""
    divisor = s.operands[1]
    y = s.coefficients
    b0: Any = b[0] if b else operand_value(divisor)
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
    """Return whether a series can be divided by: its value is finite and not 0."""
    y = operand_value(s)
    return bool(np.all(np.isfinite(y)) and np.all(np.not_equal(y, 0.0)))


def _has_power(s: Series) -> bool:
    return not isinstance(s.operands[1], Series) and is_regular(s)


def _power(s: Series, x: list[Any], n: list[Any]) -> Recurrence:
    """Return the recurrence of ``y = x**n``, from ``x y' = n y x'``."""
    y, x0 = s.coefficients, x[0]
    exponent, most = s.operands[1], s.operands[0].degree

    def power(k: int) -> Any:
        m = k if k <= most else int(most)
        terms = (((exponent + 1.0) * j - k) * (x[j] * y[k - j]) for j in range(1, m + 1))
        return sum(terms) / (k * x0)

    return power


def derivative(x: list[Any]) -> Recurrence:
    """Return the recurrence of a derivative: coefficient k is ``(k + 1) * x[k + 1]``."""
    return lambda k: (k + 1) * x[k + 1]


def integral(slope: list[Any]) -> Recurrence:
    """Return the recurrence of an integral: coefficient k is ``slope[k - 1] / k``."""
    return lambda k: slope[k - 1] / k


_BY_RULES = Taylor()
_LINEAR = Taylor(_linear, degree=_highest)
_BILINEAR = Taylor(_product, degree=_added)

choice = Taylor(_choice, degree=_highest)
"""The recurrence of a choice by element between two branches, if the condition is constant."""

quotient = Taylor(_quotient, degree=_of_dividend)

power = Taylor(_power, applies=_has_power)
"""The recurrence of a power with constant exponent, if the value can be divided by."""
