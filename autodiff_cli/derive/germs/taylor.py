"""Compute the Taylor series of an operation at a number, or at a germ of a slower variable.

The derivative rule of an operation, evaluated on series, returns the derivative of its series: from
the coefficients of ``y`` up to k follows coefficient k + 1.  Rational coefficients stay exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from flint import arb, arb_series, ctx, fmpq, fmpq_series

from autodiff_cli.derive.germs.exact_angles import exact_value
from autodiff_cli.derive.germs.germ import Germ, Value, is_infinite
from autodiff_cli.derive.germs.limits import coefficients, constant, infinitesimal
from autodiff_cli.derive.germs.numbers import (
    ONE,
    ZERO,
    Angle,
    MoreDigitsError,
    MoreTermsError,
    NotRealError,
    Number,
    as_number,
    expanding,
    settings,
)
from autodiff_cli.derive.germs.quotients import compose
from autodiff_cli.engine import Operation, Variable, as_variable, using_config, value_of
from autodiff_cli.engine.symbolic_zeros import instantiate
from autodiff_cli.engine.variable import reachable
from autodiff_cli.graph.ball_arithmetic import NAN
from autodiff_cli.graph.balls import NoBallsError, call, numbers, precision

__all__ = ["NotRegularError", "of_numbers", "regular"]


MARGIN = 2
"""The additional terms with which a rule is evaluated, in case a divisor in it is 0."""


class NotRegularError(Exception):
    """An operation has no Taylor series at a value."""


def regular(op: Operation, x: Value, params: Mapping[str, Any]) -> Value:
    """Return an operation on one germ by its Taylor series at the limit of the germ.

    Raises
    ------
    NotRegularError
        If it has none there.
    """
    if type(x) is not Germ:
        return of_numbers(op, (x,), params)
    family = _family.get()
    if family is not None and x is family.x:
        return family.germ(op, params)
    if is_infinite(x):
        raise NotRegularError
    at = constant(x, x.rank)
    if is_infinite(at):
        raise NotRegularError
    found: list[Value] = []

    def coefficient(k: int) -> Value:
        if len(found) <= k:
            found[:] = _family_at(at).series(op, params, k)
        return found[k]

    return compose(coefficient, infinitesimal(x))


def _family_at(at: Value) -> _Family:
    """Return the series at a value, each of which is computed once at each precision."""
    if type(at) is fmpq:
        key: Any = at
    elif type(at) is arb and at.is_finite():
        key = at.mid().man_exp(), at.rad().man_exp()
    elif type(at) is Angle:
        key = at.rational, at.turns
    else:
        return _Family(at)
    families: dict[Any, _Family] = settings().families
    if key not in families:
        families[key] = _Family(at)
    return families[key]


class _Family:
    """The Taylor series of operations at one value, which depend on each other.

    Parameters
    ----------
    at
        A number, or a germ.

    Attributes
    ----------
    x
        The argument, ``at`` and a step.
    """

    def __init__(self, at: Value) -> None:
        self.at = at
        self.rank = 2 if type(at) is not Germ else at.rank + 2 - at.rank % 2
        self.x = Germ(self.rank, [(ZERO, at), (ONE, ONE)])
        self.known: dict[Any, list[Value]] = {}
        self.order = 0

    def germ(self, op: Operation, params: Mapping[str, Any]) -> Germ:
        """Return an operation on the argument, up to the order that is needed now."""
        order = self.order
        terms = enumerate(self.series(op, params, order))
        self.order = order
        return Germ(self.rank, [(fmpq(k), c) for k, c in terms], fmpq(order + 1))

    def series(self, op: Operation, params: Mapping[str, Any], order: int) -> list[Value]:
        """Return the coefficients up to an order."""
        key = (op, tuple(sorted(params.items())))
        found = self.known.get(key, [])
        if len(found) > order:
            return found[: order + 1]
        if (made := _of_library(op, self.at, params, order)) is not None:
            self.known[key] = made
            return made
        if not found:
            from autodiff_cli.derive.germs.calls import apply

            try:
                found = [apply(op, (self.at,), params)]
            except NotRealError:
                raise NotRegularError from None
        slope = _slope(*key)
        with _active(self):
            while len(found) <= order:
                # A rule that uses y gives one more coefficient at a time, others give all.
                known = len(found) if slope.uses_y else order
                self.order = known - 1
                now = settings()
                with expanding(known + MARGIN, now.assuming, now.families) as inner:
                    slopes = _regular_part(self._run(slope, found), self.rank, known)
                settings().assumed |= inner.assumed
                more = [c / fmpq(k) for k, c in enumerate(slopes, 1)]
                found = [found[0], *more]
        if any(type(c) is arb and not c.is_finite() for c in found):
            raise NotRegularError
        self.known[key] = found
        return found[: order + 1]

    def _run(self, slope: _Slope, found: Sequence[Value]) -> Value:
        """Return the derivative that a rule gives for the known coefficients of y."""
        from autodiff_cli.derive.germs.calls import apply

        terms = [(fmpq(k), c) for k, c in enumerate(found)]
        known: dict[Variable, Value] = {
            slope.x: self.x,
            slope.y: Germ(self.rank, terms, fmpq(len(found))),
        }

        def number(x: Any) -> Value:
            return known[x] if isinstance(x, Variable) and x in known else numbers(value_of(x))

        if not isinstance(slope.value, Variable):
            return number(slope.value)
        try:
            for v in reversed(reachable([slope.value])):
                if v not in known:
                    op: Any = v.operation
                    known[v] = apply(op, [number(x) for x in v.inputs], v.params)
        except (MoreTermsError, NotRealError):
            raise NotRegularError from None
        return number(slope.value)


def _of_library(
    op: Operation, at: Value, params: Mapping[str, Any], order: int
) -> list[Value] | None:
    """Return the coefficients by the series of the library, where it loses nothing; else None.

    A series of balls does not know which of its coefficients are rational, so that it serves where
    the value is a ball itself.
    """
    if type(at) is Angle and exact_value(op.name, (at,)) is None:
        at = at.ball
    kind: Any = {fmpq: fmpq_series, arb: arb_series}.get(type(at))
    if kind is None:
        return None
    with precision(ctx.prec, order + 1):
        try:
            y = call(op, [kind([at, 1])], params)
        except (ArithmeticError, AttributeError, NoBallsError, TypeError, ValueError):
            return None
        if type(y) is not kind:
            return None
        found = [y[k] for k in range(order + 1)]
    return found if kind is fmpq_series or all(c.is_finite() for c in found) else None


def _regular_part(x: Value, rank: int, count: int) -> Sequence[Value]:
    """Return the first coefficients of a derivative, which must be a power series."""
    if type(x) is Germ and x.rank == rank:
        if x.growth is not None or any(e < 0 or e.q != 1 for e, _ in x.terms):
            raise NotRegularError
        if x.end is not None and x.end < count:
            raise NotRegularError
    return coefficients(x, rank, count)


_family: ContextVar[_Family | None] = ContextVar("family", default=None)


@contextmanager
def _active(family: _Family) -> Iterator[None]:
    token = _family.set(family)
    try:
        yield
    finally:
        _family.reset(token)


class _Slope:
    """The graph of the derivative of an operation, according to its rule.

    Attributes
    ----------
    x, y
        The argument and the value.
    value
        The derivative.
    uses_y
        Whether the derivative depends on ``y``.
    """

    def __init__(self, op: Operation, params: Mapping[str, Any]) -> None:
        with using_config("enable_backprop", True):
            self.x = as_variable(_inside(op))
            self.y = op.apply(self.x, **params)
            # The tangent is a Variable, so that no number is rounded when the rule runs.
            slope = instantiate(op.jvp([as_variable(1.0)], self.y, [self.x], params))
        self.value: Any = 0.0 if slope is None else slope
        self.uses_y = isinstance(slope, Variable) and self.y in {*reachable([slope]), slope}


@lru_cache(256)
def _slope(op: Operation, params: tuple[tuple[str, Any], ...]) -> _Slope:
    return _Slope(op, dict(params))


def _inside(op: Operation) -> float:
    """Return a number inside the domain of an operation."""
    low, high = op.metadata.domain[0]
    if math.isfinite(low) and math.isfinite(high):
        return low + 0.4 * (high - low)
    return low + 1.25 if math.isfinite(low) else 0.4


# --- operations on numbers -----------------------------------------------------------------------


def of_numbers(op: Operation, args: Sequence[Number], params: Mapping[str, Any]) -> Number:
    """Return the result of an operation on numbers, exact where that is known.

    Raises
    ------
    NotRealError
        If there is no result.
    MoreDigitsError
        If balls are too wide to determine that.
    """
    if (exact := exact_value(op.name, args)) is not None:
        return exact
    plain = [as_number(x) for x in args]
    try:
        y = call(op, plain, params)
    except (ArithmeticError, ValueError):
        y = NAN
    except NoBallsError:
        raise NotRegularError from None
    if type(y) is arb and y.is_nan():
        if all(type(x) is fmpq or x.is_exact() for x in plain) or settings().assuming:
            raise NotRealError
        raise MoreDigitsError
    if type(y) is arb and not y.is_finite() and not y.is_exact():
        raise MoreDigitsError
    return y
