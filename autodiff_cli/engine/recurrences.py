"""The recurrences of Taylor arithmetic: how a coefficient of a series follows from others.

What is linear works on each coefficient by itself, what is bilinear is Cauchy's product.  Other
operations have a trait `Taylor` in their declarations, or no recurrence: their series follow from
their rules (`autodiff_cli.derive.series`).
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from autodiff_cli.engine.values import Value
from autodiff_cli.engine.values import primal as plain_value
from autodiff_cli.engine.variable import Variable

if TYPE_CHECKING:
    from autodiff_cli.engine.operation import Operation

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
    "power",
    "primal",
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


def _always(s: Series) -> bool:
    return True


def _unknown(operands: Sequence[Operand]) -> float:
    return math.inf


class Taylor(NamedTuple):
    """How the series of a call follows, where its rules are not the best way to it.

    Attributes
    ----------
    recurrence
        From a series and the coefficients of its operands, to what computes its coefficient k.
    applies
        Whether a series has that recurrence: an operation may have it at some places only.
    degree
        From the operands to the degree of the result, if that is a polynomial; else infinity.
    expansion
        The call as other calls, from its inputs and static parameters; None where it stays.
    own_orders
        Whether its derivatives are operations of their own, which have all digits beside their
        zeros too: it is not expanded then as long as their number is small.
    tangent
        The derivative of a series from the tangents of its inputs and these, written with its
        value, so that the series is defined by itself; None where its rules are better.
    """

    recurrence: Callable[..., Recurrence] | None = None
    applies: Callable[[Series], bool] = _always
    degree: Callable[[Sequence[Operand]], float] = _unknown
    expansion: Callable[..., Any] | None = None
    own_orders: bool = False
    tangent: Callable[[Series, Sequence[Any], Sequence[Any]], Any] | None = None


def primal(operand: Operand) -> Value:
    """Return the value at the point of expansion."""
    return plain_value(operand.variable._value) if isinstance(operand, Series) else operand


def zero(shape: tuple[int, ...]) -> Value:
    """Return the zero of a shape."""
    return np.zeros(shape) if shape else 0.0


def taylor(op: Operation) -> Taylor:
    """Return how the series of an operation follows."""
    if op.facts.taylor is not None:
        return op.facts.taylor
    return _LINEAR if op.linear else _BILINEAR if op.facts.bilinear else _BY_RULES


def recurrence(s: Series) -> Callable[..., Recurrence] | None:
    """Return the recurrence of a series if its operation has one."""
    if s.op is None:
        return None
    known = taylor(s.op)
    return known.recurrence if known.recurrence is not None and known.applies(s) else None


def degree(op: Operation | None, operands: Sequence[Operand]) -> float:
    """Return the degree of what a call makes, if it is a polynomial; else infinity."""
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
    """What is linear works on each coefficient by itself."""
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
    """Return what computes an operation from coefficients, which need not be numbers."""
    op = s.op
    assert op is not None
    if op.scalar is not None and (op.facts.signs or op.facts.bilinear):
        return op.scalar
    forward = partial(op.forward, **s.params)
    return lambda *coefficients: _plain(forward(*coefficients))


def _plain(value: Any) -> Any:
    """Return what NumPy has made as it takes part in arithmetic: no array without axes."""
    return value.item() if isinstance(value, np.ndarray | np.generic) and not value.ndim else value


def _choice(s: Series, *branches: list[Any]) -> Recurrence:
    condition = s.params["condition"]
    return _each(lambda x, y: _plain(np.where(condition, x, y)), branches)


def _product(s: Series, a: list[Any], b: list[Any]) -> Recurrence:
    """Cauchy's product."""
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
    """``y = a/b`` is the y for which ``y b = a``."""
    divisor = s.operands[1]
    y = s.coefficients
    b0: Any = b[0] if b else primal(divisor)
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
    y = primal(s)
    return bool(np.all(np.isfinite(y)) and np.all(np.not_equal(y, 0.0)))


def _has_power(s: Series) -> bool:
    return not isinstance(s.operands[1], Series) and is_regular(s)


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


_BY_RULES = Taylor()
_LINEAR = Taylor(_linear, degree=_highest)
_BILINEAR = Taylor(_product, degree=_added)

choice = Taylor(_choice, degree=_highest)
"""Of two branches, each element from one: where the condition does not change."""

quotient = Taylor(_quotient, degree=_of_dividend)

power = Taylor(_power, applies=_has_power)
"""With a constant exponent, where the value may be divided by."""
