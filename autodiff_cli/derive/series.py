"""Truncated Taylor arithmetic: all derivatives along a line at once, from the rules for the first.

Let the inputs of a graph move along a line, ``x(t) = x + t dx``.  Then every Variable in it is a
power series in t.  For sums, products, quotients and powers there are recurrences between the
coefficients, written down here once.  All others follow from their declarations: a rule
``lambda gy, y, x: gy * cos(x)``, run on Variables that stand for series, says that
``y' = x' cos(x)`` is one more series in the same arithmetic, and coefficient k of y is coefficient
k - 1 of that over k.  It takes no more than the coefficients of y and x that are known by then, so
series may be defined by each other, as sin and cos are, or by themselves, as exp is: power series
as in M. D. McIlroy, "Squinting at power series" (Software: Practice and Experience 20, 1990), with
the coefficients computed in turn as in J. van der Hoeven, "Relax, but don't be too lazy" (Journal
of Symbolic Computation 34, 2002).

The same call of the same series is the same series, which closes the circle: the rule of sin asks
for cos(x), whose rule asks for the sin(x) there is.  Where it does not close, as for the
derivatives of the gamma function, each call is asked for one coefficient less than the one before.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from graphlib import TopologicalSorter
from typing import Any, TypeAlias

import numpy as np

from autodiff_cli.engine import Operation, Variable, jvp, ops, registry, using_config, value_of
from autodiff_cli.engine.config import paused_collector
from autodiff_cli.engine.core import leaf, reachable
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.masked import whole
from autodiff_cli.engine.operation import run
from autodiff_cli.engine.values import Value, settle
from autodiff_cli.errors import ComputationError
from autodiff_cli.limits import Limits

__all__ = ["NoSeriesError", "expanded"]

MOST_FACTORS = 1024
"""Up to which exponent a power is a product, and so exact at 0 too."""

if sys.version_info >= (3, 12):
    from math import sumprod as _sumprod
else:

    def _sumprod(p: Iterable[Any], q: Iterable[Any], /) -> Any:
        return sum(map(operator.mul, p, q))


class NoSeriesError(ComputationError):
    """An operation has a derivative, but no Taylor rule follows from it.

    Attributes
    ----------
    call : Variable
        What the operation has made.
    """

    def __init__(self, call: Variable) -> None:
        super().__init__(
            f"`{getattr(call._op, 'name', type(call._op).__name__)}` has no Taylor series here",
            code="no-series",
            hint="`adiff grad --method graph --order N` differentiates it, if not as often",
        )
        self.call = call


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
        From there on all coefficients are known to be zero; infinity if they are not.
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


def expanded(
    y: Variable, directions: Mapping[Variable, Any], order: int, limits: Limits | None = None
) -> list[Any]:
    """Return the Taylor coefficients of a value along a line through the leaves of its graph.

    Parameters
    ----------
    y
        Of any shape.
    directions
        How fast each leaf moves that does: a float, an array of its shape, or anything with an
        arithmetic, which the coefficients then are of.
    order
        Of the last coefficient.

    Returns
    -------
    list
        Coefficients 0 to ``order``, each of the shape of ``y``: the derivatives over factorials.

    Raises
    ------
    NoSeriesError
        If an operation on the way has no series.
    ComputationError
        If there are too many coefficients.

    Notes
    -----
    The cost is that of the graph's value times ``order**2`` at most, and times ``order`` where
    products have a factor of low degree.
    """
    with paused_collector(), using_config("enable_backprop", True), np.errstate(all="ignore"):
        return _Expansion(order, limits or Limits()).run(y, directions)


class _Expansion:
    """One computation: the series that take part in it, each once."""

    def __init__(self, order: int, limits: Limits) -> None:
        self.order = order
        self.limits = limits
        self.known: dict[Any, Series] = {}
        self.waiting: list[list[Series]] = [[] for _ in range(order + 1)]
        self.size = 0

    def run(self, y: Variable, directions: Mapping[Variable, Any]) -> list[Any]:
        moving: dict[Variable, Operand] = {}
        for x, dx in directions.items():
            zeros = [_zero(x.shape)] * (self.order - 1)
            coefficients = [value_of(x), dx, *zeros][: self.order + 1]
            moving[x] = Series(None, (), {}, x, leaf(value_of(x)), coefficients, 1, 0, self.order)
        result = self._read(y, moving)
        if not isinstance(result, Series):
            return [value_of(y)] + [_zero(y.shape)] * self.order
        self._prepare(result)
        rounds = [
            (s.coefficients.append, s.next, s.lag, s.needed) for s in self._in_order() if s.next
        ]
        for k in range(1, self.order + 1):
            for append, next_, lag, needed in rounds:
                if k - lag <= needed:
                    append(next_(k - lag))
        return [value_of(y), *result.coefficients[1:]]

    def _prepare(self, result: Series) -> None:
        """Find a recurrence for every series that is needed.

        Those of which the most coefficients are asked for come first, so each is asked once.
        """
        self._ask(result, self.order)
        for waiting in reversed(self.waiting):
            while waiting:
                series = waiting.pop()
                if series.next is None:
                    self._find_recurrence(series)

    def _in_order(self) -> Iterable[Series]:
        """Return the series in an order in which each round can compute them."""
        found = (s for s in self.known.values() if s.next)
        return TopologicalSorter({s: s.after for s in found}).static_order()

    def _ask(self, series: Series, needed: int) -> None:
        if needed > series.needed:
            series.needed = needed
            # A series that is no derivative knows its value already.
            if needed + series.lag > 0:
                self.waiting[needed + series.lag].append(series)

    def _find_recurrence(self, s: Series) -> None:
        self.size += (s.needed + 1) * s.variable.size
        self.limits.check("elements", self.size, "the series get too long")
        if s.op is None:
            (x,) = s.operands
            s.next = _derivative(x.coefficients)
            s.after.append(x)
            self._ask(x, s.needed + 1)
        elif recurrence := _recurrence(s):
            s.next = recurrence(s, *[self._coefficients(operand) for operand in s.operands])
            for operand in s.operands:
                if isinstance(operand, Series):
                    self._ask(operand, s.needed)
                    if operand.lag == s.lag:
                        s.after.append(operand)
        else:
            slope = self._slope(s)
            s.next = _integral(self._coefficients(slope))
            if isinstance(slope, Series):
                self._ask(slope, s.needed - 1)
                if slope.lag:
                    s.after.append(slope)
        # So that what is defined by itself is no cycle of references.
        s.operands = ()

    def _coefficients(self, operand: Operand) -> list[Any]:
        if isinstance(operand, Series):
            return operand.coefficients
        return [operand] + [_zero(np.shape(operand))] * self.order

    # --- from graphs to series ---

    def _read(
        self, y: Any, series: dict[Variable, Operand], origin: Variable | None = None
    ) -> Operand:
        """Return what a graph computes from series that Variables stand for."""
        if not isinstance(y, Variable):
            return settle(y)
        for v in reversed(reachable([y])):
            operands = [
                series.get(x, value_of(x)) if isinstance(x, Variable) else x for x in v._inputs
            ]
            if any(isinstance(operand, Series) for operand in operands):
                series[v] = self._call(v, operands, origin or v)
        return series.get(y, value_of(y))

    def _call(self, v: Variable, operands: list[Any], origin: Variable) -> Operand:
        """Return the series of a call."""
        op, value = v._op, value_of(v)
        if not isinstance(op, Operation):
            raise NoSeriesError(origin)
        if all(rule is None for rule in op.vjps):
            return value
        params = v._params or {}
        match op.name, operands:
            case "where", [condition, *branches]:
                mask = np.not_equal(_value(condition), 0.0)
                chosen = branches[0] if np.all(mask) else branches[1]
                if (np.all(mask) or not np.any(mask)) and _shape(chosen) == v.shape:
                    return chosen
                operands, params = branches, {"condition": mask}
            case "mul", [a, b]:
                for one, other in ((a, b), (b, a)):
                    if type(one) is float and one == 1.0 and _shape(other) == v.shape:
                        return other  # type: ignore[no-any-return]
            case "square", [x]:
                return self._power(x, 2, origin)
            case "pow", [x, float(n)] if n.is_integer() and abs(n) <= MOST_FACTORS:
                if n == 0.0:
                    return value
                power = self._power(x, int(abs(n)), origin)
                return power if n > 0.0 else self._apply(ops.div, (1.0, power), origin)
            case "solve", [a, b]:
                return self._apply(ops.matmul, (self._apply(ops.inv, (a,), origin), b), origin)
        return self._made(op, operands, params, value, origin)

    def _apply(self, op: Operation, operands: Sequence[Operand], origin: Variable) -> Operand:
        inputs = [leaf(_value(operand)) for operand in operands]
        return self._call(op.apply(*inputs), list(operands), origin)

    def _power(self, x: Operand, n: int, origin: Variable) -> Operand:
        """Return a power with a whole exponent of at least 1, by repeated squaring."""
        bits = bin(n)[:1:-1]
        squares = [x]
        for _ in bits[1:]:
            squares.append(self._apply(ops.mul, (squares[-1], squares[-1]), origin))
        factors = [square for bit, square in zip(bits, squares, strict=True) if bit == "1"]
        return reduce(lambda a, b: self._apply(ops.mul, (a, b), origin), factors)

    def _made(
        self,
        op: Operation | None,
        operands: Sequence[Any],
        params: Mapping[str, Any],
        value: Value,
        origin: Variable,
    ) -> Series:
        key = (op, *map(_key, operands), *(_key(item) for item in sorted(params.items())))
        if (found := self.known.get(key)) is not None:
            return found
        lags = [operand.lag for operand in operands if isinstance(operand, Series)]
        made = Series(op, operands, params, origin, leaf(value), [value])
        made.degree = _degree(op, operands)
        if op is None or any(lags):
            made.lag, made.coefficients = 1, []
            if op is not None and _recurrence(made) is None:
                raise NoSeriesError(origin)
        self.known[key] = made
        return made

    # --- from rules to series ---

    def _slope(self, s: Series) -> Operand:
        """Return the derivative of a series along the line, by the rules of its operation."""
        op = s.op
        assert op is not None
        known: dict[Variable, Operand] = {s.variable: s}
        inputs, tangents = [], []
        for operand in s.operands:
            if not isinstance(operand, Series):
                inputs.append(operand)
                tangents.append(None)
                continue
            known[operand.variable] = operand
            inputs.append(operand.variable)
            tangent: Any = self._tangent(operand)
            if isinstance(tangent, Series):
                known[tangent.variable] = tangent
                tangent = tangent.variable
            tangents.append(tangent)
        moving = [(x, t) for x, t in zip(inputs, tangents, strict=True) if t is not None]
        if not isinstance(op, Elementwise):
            y = op.apply(*inputs, **s.params)
            known[y] = s
            xs, ts = zip(*moving, strict=True)
            slope: Any = jvp(y, xs, ts, create_graph=True)
        else:
            # A Jacobian that is diagonal is its own transpose: the VJP is the JVP.
            rules = _pow_rules if op is ops.pow and _regular(s) else op.vjps
            slope = reduce(
                operator.add,
                [
                    whole(run(rule, t, s.variable, *inputs, **s.params))
                    for rule, t in zip(rules, tangents, strict=True)
                    if rule is not None and t is not None
                ],
            )
        return self._read(slope, known, s.origin)

    def _tangent(self, x: Series) -> Operand:
        """Return the derivative of a series."""
        if x.op is None and isinstance(x.coefficients[1], float | np.ndarray) and not x.lag:
            return x.coefficients[1]
        shape = x.variable.shape
        ones = np.ones(shape, x.variable.dtype) if shape else 1.0
        return self._made(None, (x,), {}, ones, x.origin)


def _value(operand: Operand) -> Value:
    return value_of(operand.variable) if isinstance(operand, Series) else operand


def _shape(operand: Operand) -> tuple[int, ...]:
    return np.shape(_value(operand))


def _zero(shape: tuple[int, ...]) -> Value:
    return np.zeros(shape) if shape else 0.0


def _key(part: Any) -> Any:
    """Return what is the same for operands and parameters that are."""
    match part:
        case float():
            return part, math.copysign(1.0, part)
        case np.ndarray():
            return part.shape, part.dtype, part.tobytes()
        case slice():
            return slice, part.start, part.stop, part.step
        case list() | tuple():
            return tuple(map(_key, part))
    return part


# --- recurrences ----------------------------------------------------------------------------------

_LINEAR = {op for op in registry.values() if op.moves} | {ops.add, ops.sub, ops.neg, ops.trace}
_PRODUCTS: dict[Operation, Callable[[Any, Any], Any]] = {
    ops.mul: operator.mul,
    ops.matmul: operator.matmul,
}
_PLAIN = {ops.add: operator.add, ops.sub: operator.sub, ops.neg: operator.neg}


def _recurrence(s: Series) -> Callable[..., Recurrence] | None:
    """Return the recurrence of an operation that has one of its own."""
    if s.op in _LINEAR or s.op is ops.where:
        return _linear
    if s.op in _PRODUCTS:
        return _product
    if s.op is ops.div:
        return _quotient
    if s.op is ops.pow and not isinstance(s.operands[1], Series) and _regular(s):
        return _power
    return None


def _degree(op: Operation | None, operands: Sequence[Operand]) -> float:
    degrees = [operand.degree if isinstance(operand, Series) else 0 for operand in operands]
    if op is None:
        return degrees[0] - 1
    if op in _LINEAR or op is ops.where:
        return max(degrees)
    if op in _PRODUCTS:
        return sum(degrees)
    return degrees[0] if op is ops.div and degrees[1] == 0 else math.inf


def _linear(s: Series, *operands: list[Any]) -> Recurrence:
    """What is linear works on each coefficient by itself."""
    op, params = s.op, s.params
    assert op is not None
    function = _PLAIN.get(op)
    if function is None:
        forward = partial(op.forward, **params) if params else op.forward
        if op is ops.where:
            forward = partial(np.where, params["condition"])

        def function(*coefficients: Any) -> Any:
            return _plain(forward(*coefficients))

    if len(operands) == 1:
        (a,) = operands
        return lambda k: function(a[k])
    if len(operands) == 2:
        a, b = operands
        return lambda k: function(a[k], b[k])
    return lambda k: function(*[a[k] for a in operands])


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
    zero = _zero(s.variable.shape)
    dot = _dot(times)
    m, n = x.degree, y.degree

    def product(k: int) -> Any:
        low, high = (0 if k <= n else k - int(n)), (k if k <= m else int(m))
        if low > high:
            return zero
        p, q = a[low : high + 1], b[k - high : k - low + 1]
        q.reverse()
        return dot(p, q)

    return product


def _dot(times: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return _sumprod if times is operator.mul else lambda p, q: sum(map(times, p, q))


def _quotient(s: Series, a: list[Any], b: list[Any]) -> Recurrence:
    """``y = a/b`` is the y for which ``y b = a``."""
    divisor = s.operands[1]
    y, b0 = s.coefficients, _value(divisor)
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


def _regular(s: Series) -> bool:
    """Return whether a power can be divided by, and by its base."""
    y = value_of(s.variable)
    return bool(np.all(np.isfinite(y)) and np.all(np.not_equal(y, 0.0)))


def _power(s: Series, x: list[Any], n: list[Any]) -> Recurrence:
    """``y = x**n`` is the y for which ``x y' = n y x'``."""
    y, x0 = s.coefficients, x[0]
    exponent, degree = s.operands[1], s.operands[0].degree

    def power(k: int) -> Any:
        m = k if k <= degree else int(degree)
        terms = (((exponent + 1.0) * j - k) * (x[j] * y[k - j]) for j in range(1, m + 1))
        return sum(terms) / (k * x0)

    return power


_pow_rules = (lambda gy, y, x, n: gy * (n * (y / x)), ops.pow.vjps[1])
"""Those of a power of a varying exponent, in itself: that of x**(n-1) asks for x**(n-2), and on."""


def _derivative(x: list[Any]) -> Recurrence:
    return lambda k: (k + 1) * x[k + 1]


def _integral(slope: list[Any]) -> Recurrence:
    return lambda k: slope[k - 1] / k
