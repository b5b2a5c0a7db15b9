"""Compute all derivatives along a line by truncated Taylor arithmetic, from first-order rules.

Let the inputs of a graph move along a line, ``x(t) = x + t dx``.  Then every Variable in it is a
power series in t.  Sums, products, quotients and powers have recurrences between the coefficients,
declared with each operation (`autodiff_cli.engine.recurrences`).  The series of other operations
are derived from their rules: ``lambda gy, y, x: gy * cos(x)``, run on Variables that represent
series, states that ``y' = x' cos(x)`` is another series in the same arithmetic, and coefficient k
of y is coefficient k - 1 of y' divided by k.  This uses only coefficients of y and x that are known
already, so series may be defined by each other, as sin and cos are, or by themselves, as exp is:
power series as in M. D. McIlroy, "Squinting at power series" (Software: Practice and Experience 20,
1990), with the coefficients computed in turn as in J. van der Hoeven, "Relax, but don't be too
lazy" (Journal of Symbolic Computation 34, 2002).

Equal calls on the same series share one series, which makes such definitions finite: the rule of
sin needs cos(x), whose rule needs the existing sin(x).  If there is no such cycle, as for the
derivatives of the gamma function, each call needs one coefficient less than the one before.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autodiff_cli.engine import Operation, Variable, ops, using_config, value_of
from autodiff_cli.engine.config import paused_collector
from autodiff_cli.engine.hash_consing import call_key
from autodiff_cli.engine.recurrences import (
    Operand,
    Series,
    degree,
    derivative,
    integral,
    operand_value,
    recurrence,
    taylor,
    zero,
)
from autodiff_cli.engine.symbolic_zeros import instantiate
from autodiff_cli.engine.values import Value, normalize_result
from autodiff_cli.engine.variable import leaf, reachable
from autodiff_cli.errors import NoSeriesError
from autodiff_cli.limits import Limits
from autodiff_cli.progress import advance

__all__ = ["SeriesComputation", "expanded", "expanding"]

MOST_TOWERED = 8
"""The highest order for which each derivative of an operation may have a series of its own."""


def expanded(
    y: Variable, directions: Mapping[Variable, Any], order: int, limits: Limits | None = None
) -> list[Any]:
    """Return the Taylor coefficients of a value along a line through the leaves of its graph.

    Parameters
    ----------
    y
        The value, of any shape.
    directions
        The tangent of each leaf, if it is not zero: a float, an array of its shape, or another
        object with arithmetic, which is then the type of the coefficients.
    order
        The order of the last coefficient.

    Returns
    -------
    list
        Coefficients 0 to ``order``, each of the shape of ``y``: the derivatives over factorials.

    Raises
    ------
    NoSeriesError
        If an operation in the graph has no series.
    ComputationError
        If there are too many coefficients.

    Notes
    -----
    The cost is at most that of evaluating the graph times ``order**2``, and times ``order`` where
    products have a factor of low degree.
    """
    with expanding():
        return SeriesComputation(order, limits or Limits()).run(y, directions)


@contextmanager
def expanding() -> Iterator[None]:
    """Set up the context of an expansion: record graphs of rules, without warnings of NumPy."""
    with paused_collector(), using_config("enable_backprop", True), np.errstate(all="ignore"):
        yield


class SeriesComputation:
    """One computation of coefficients, with all of its series, each once."""

    def __init__(self, order: int, limits: Limits) -> None:
        self.order = order
        self.limits = limits
        self.known: dict[Any, Series] = {}
        self.waiting: list[list[Series]] = [[] for _ in range(order + 1)]
        self.size = 0

    def run(self, y: Variable, directions: Mapping[Variable, Any]) -> list[Any]:
        """Return the coefficients of a value along a line."""
        moving: dict[Variable, Operand] = {}
        for x, dx in directions.items():
            zeros = [zero(x.shape)] * (self.order - 1)
            coefficients = [value_of(x), dx, *zeros][: self.order + 1]
            moving[x] = Series(None, (), {}, x, leaf(value_of(x)), coefficients, 1, 0, self.order)
        result = self._read(y, moving)
        if not isinstance(result, Series):
            return [value_of(y)] + [zero(y.shape)] * self.order
        self._prepare(result)
        rounds = [
            (s.coefficients.append, s.next, s.lag, s.needed) for s in self._in_order() if s.next
        ]
        for k in range(1, self.order + 1):
            advance("coefficient", k, self.order)
            for append, next_, lag, needed in rounds:
                if k - lag <= needed:
                    append(next_(k - lag))
        return [value_of(y), *result.coefficients[1:]]

    def _prepare(self, result: Series) -> None:
        """Set the recurrence of every series that is needed.

        Series that need the most coefficients come first, so that each is processed once.
        """
        self._ask(result, self.order)
        for waiting in reversed(self.waiting):
            while waiting:
                series = waiting.pop()
                if series.next is None:
                    self._find_recurrence(series)

    def _in_order(self) -> Iterable[Series]:
        """Return the series in an order in which each round can compute them."""
        ordered: dict[Series, None] = {}
        stack = [s for s in self.known.values() if s.next]
        while stack:
            first = [s for s in stack[-1].after if s.next and s not in ordered]
            if first:
                stack += first
            else:
                ordered[stack.pop()] = None
        return ordered

    def _ask(self, series: Series, needed: int) -> None:
        if needed > series.needed:
            series.needed = needed
            # The value of a series that is not a derivative is known already.
            if needed + series.lag > 0:
                self.waiting[needed + series.lag].append(series)

    def _find_recurrence(self, s: Series) -> None:
        self.size += (s.needed + 1) * math.prod(s.variable.shape)
        self.limits.check("elements", self.size, "the series get too long")
        if s.op is None:
            (x,) = s.operands
            s.next = derivative(x.coefficients)
            s.after.append(x)
            self._ask(x, s.needed + 1)
        elif rule := recurrence(s):
            s.next = rule(s, *[self._coefficients(operand) for operand in s.operands])
            for operand in s.operands:
                if isinstance(operand, Series):
                    self._ask(operand, s.needed)
                    if operand.lag == s.lag:
                        s.after.append(operand)
        else:
            slope = self._slope(s)
            s.next = integral(self._coefficients(slope))
            if isinstance(slope, Series):
                self._ask(slope, s.needed - 1)
                if slope.lag:
                    s.after.append(slope)
        # Breaks the reference cycle of a series that is defined by itself.
        s.operands = ()

    def _coefficients(self, operand: Operand) -> list[Any]:
        if isinstance(operand, Series):
            return operand.coefficients
        return [operand] + [zero(np.shape(operand))] * self.order

    # --- from graphs to series ---

    def _read(
        self, y: Any, series: dict[Variable, Operand], origin: Variable | None = None
    ) -> Operand:
        """Return the series that a graph computes from the series its Variables represent."""
        return self._within(y, series, origin)

    def _within(
        self, y: Any, series: dict[Variable, Operand], origin: Variable | None = None
    ) -> Operand:
        """Return the series of a graph created by an operation as a part of another graph."""
        if not isinstance(y, Variable):
            return normalize_result(y)
        for v in reversed(reachable([y])):
            if v in series:
                continue
            operands = [
                series.get(x, value_of(x)) if isinstance(x, Variable) else x for x in v.inputs
            ]
            if any(isinstance(operand, Series) for operand in operands):
                series[v] = self._call(v, operands, v if origin is None else origin)
        return series.get(y, value_of(y))

    def _call(self, v: Variable, operands: Sequence[Operand], origin: Variable) -> Operand:
        """Return the series of a call."""
        op, value = v.operation, value_of(v)
        if not isinstance(op, Operation):
            raise _no_series(origin)
        if not any(op.vjps):
            return value
        params = v.params
        if op is ops.where:
            condition, *branches = operands
            mask = np.not_equal(operand_value(condition), 0.0)
            chosen = branches[0] if np.all(mask) else branches[1]
            if (np.all(mask) or not np.any(mask)) and _shape(chosen) == v.shape:
                return chosen
            operands, params = branches, {"condition": mask}
        elif op.metadata.bilinear:
            for unit, one, other in zip(op.metadata.units, operands, operands[::-1], strict=True):
                if type(one) is float and one == unit and _shape(other) == v.shape:
                    return other
        if (expansion := taylor(op).expansion) is not None and not self._keeps_orders(op, operands):
            known = {x.variable: x for x in operands if isinstance(x, Series)}
            inputs = [x.variable if isinstance(x, Series) else x for x in operands]
            if (graph := expansion(*inputs, **params)) is not None:
                return self._within(graph, {**known}, origin)
        return self._made(op, operands, params, value, origin)

    def _keeps_orders(self, op: Operation, operands: Sequence[Operand]) -> bool:
        """Return whether each derivative is computed better by an operation of its own."""
        short = (isinstance(x, Series) and self._is_short(x) for x in operands)
        return taylor(op).own_orders and any(short)

    def _is_short(self, x: Series) -> bool:
        """Return whether derivatives by x are those of the result, and few.

        The coefficients are then computed by the operations for each order, which are accurate to
        all digits near their zeros too.
        """
        return x.degree <= 1 and self.order <= MOST_TOWERED

    def _made(
        self,
        op: Operation | None,
        operands: Sequence[Any],
        params: Mapping[str, Any],
        value: Value,
        origin: Variable,
    ) -> Series:
        name = call_key(op, operands, params)
        if (found := self.known.get(name)) is not None:
            return found
        made = Series(op, operands, params, origin, leaf(value), [value], degree(op, operands))
        if op is None or any(isinstance(x, Series) and x.lag for x in operands):
            made.lag, made.coefficients = 1, []
            if op is not None and recurrence(made) is None:
                raise _no_series(origin)
        self.known[name] = made
        return made

    # --- from rules to series ---

    def _slope(self, s: Series) -> Operand:
        """Return the derivative of a series along the line by the rules of its operation."""
        known: dict[Variable, Operand] = {s.variable: s}
        inputs: list[Any] = []
        tangents: list[Any] = []
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
        slope = self._read(self._pushed(s, inputs, tangents), known, s.origin)
        shape = s.variable.shape
        if _shape(slope) == shape:
            return slope
        # A rule may omit an argument that the value was broadcast with.
        spread = np.broadcast_to(operand_value(slope), shape)
        if not isinstance(slope, Series):
            return spread
        return self._made(ops.broadcast_to, (slope,), {"shape": shape}, spread, s.origin)

    def _pushed(self, s: Series, inputs: Sequence[Any], tangents: Sequence[Any]) -> Any:
        """Return the tangent of a call by its rules, given the tangents of its inputs."""
        op = s.op
        assert op is not None
        tangent = taylor(op).tangent
        if tangent is not None and (slope := tangent(s, tangents, inputs)) is not None:
            return slope
        slope = instantiate(op.jvp(tangents, s.variable, inputs, s.params))
        return 0.0 if slope is None else slope

    def _tangent(self, x: Series) -> Operand:
        """Return the derivative of a series."""
        if x.op is None and isinstance(x.coefficients[1], float | np.ndarray) and not x.lag:
            return x.coefficients[1]
        shape = x.variable.shape
        ones = np.ones(shape, x.variable.dtype) if shape else 1.0
        return self._made(None, (x,), {}, ones, x.origin)


def _no_series(call: Variable) -> NoSeriesError:
    name = getattr(call.operation, "name", type(call.operation).__name__)
    return NoSeriesError(
        f"`{name}` has no Taylor series here",
        call,
        code="no-series",
        hint="`adiff grad --method graph --order N` differentiates it, if not as often",
    )


def _shape(operand: Operand) -> tuple[int, ...]:
    return np.shape(operand_value(operand))
