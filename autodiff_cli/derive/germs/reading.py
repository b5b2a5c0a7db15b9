"""What a germ says of one side of a point: derivatives, and terms of a series."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flint import arb, fmpq

from autodiff_cli.derive.germs.germ import (
    OSCILLATES,
    Germ,
    Value,
    is_zero,
    without_growth,
)
from autodiff_cli.derive.germs.graph import Missing
from autodiff_cli.derive.germs.limits import derivative, limit
from autodiff_cli.derive.germs.numbers import (
    ONE,
    ZERO,
    GermError,
    MoreDigitsError,
    MoreTermsError,
    NoGermError,
    NotRealError,
    Number,
    as_number,
    is_zero_number,
)
from autodiff_cli.derive.one_sided import Side, is_finite
from autodiff_cli.graph.rounding import nearest_decimal, nearest_float

__all__ = [
    "RANK",
    "SMALLER",
    "coefficients_of_smaller",
    "derivatives",
    "is_exact_enough",
    "is_same_germ",
    "side_of",
    "terms_of",
]

RANK, SMALLER = 2, 4
"""Of the step, and of one that is infinitely smaller."""


def coefficients_of_smaller(x: Value, k: int) -> tuple[Value, Value]:
    """Return the coefficients of the powers 0 and k of the smaller step, if all below are whole."""
    if type(x) is not Germ or x.rank < SMALLER:
        return x, ZERO
    if x.rank > SMALLER or x.growth is not None or x.rough is not None:
        raise NoGermError("it has no such expansion")
    if x.end is not None and x.end <= k:
        raise MoreTermsError
    for e, c in x.terms:
        if e < k and (e < 0 or e.q != 1) and not is_zero(c):
            raise NoGermError("it has no derivative beside the point")
    terms = dict(x.terms)
    return terms.get(ZERO, ZERO), terms.get(fmpq(k), ZERO)


def is_same_germ(x: Value, y: Value) -> bool:
    """Return whether two germs agree, as far as their terms are known."""
    try:
        return is_zero(x - y)
    except MoreTermsError:
        return True


def side_of(value: Any, way: int, order: int, digits: int | None, now: Any) -> Side:
    """Return what a germ says of one side of a point, with derivatives by the variable."""
    if type(value) is Missing:
        if isinstance(value.error, NotRealError):
            return Side(exists=False)
        if isinstance(value.error, NoGermError):
            return Side(reason=value.error.reason)
        raise value.error
    if type(value) is arb and value.is_nan():
        return Side(exists=False)
    found: list[Number] = []
    reason = ""
    try:
        for k, by_step in enumerate(derivatives(value, order)):
            number = as_number(-by_step if k % 2 and way < 0 else by_step)
            if not now.assuming and not is_exact_enough(number, digits):
                raise MoreDigitsError
            found.append(number)
    except NoGermError as error:
        reason = error.reason
    return Side(tuple(found), reason, _pole(value), True, now.assumed)


def terms_of(
    value: Any, order: int, way: int, digits: int | None, now: Any
) -> list[tuple[Any, Number]]:
    """Return the terms of a germ whose coefficients are numbers, but for those that are 0."""
    if type(value) is Missing:
        raise value.error
    if type(value) is not Germ or value.rank < RANK:
        value = Germ(RANK, [(ZERO, value)])
    value = without_growth(value)
    if value.rough is not None and value.rough[0] <= order:
        raise NoGermError(OSCILLATES)
    if value.end is not None and value.end <= order:
        raise MoreTermsError
    found = []
    for e, c in value.terms:
        if e > order:
            break
        if type(c) is Germ:
            raise NoGermError("it has a logarithm")
        number = as_number(-c if way < 0 and e.q == 1 and e.p % 2 else c)
        if not is_finite(number):
            raise NoGermError("it has an infinite coefficient")
        if is_zero_number(number):
            continue
        if not now.assuming and not is_exact_enough(number, digits):
            raise MoreDigitsError
        found.append((e, number))
    return found


def is_exact_enough(x: Number, digits: int | None) -> bool:
    """Return whether a number is known well enough to be printed."""
    if type(x) is fmpq or not x.is_finite():
        return True
    return (nearest_float(x) if digits is None else nearest_decimal(x, digits)) is not None


def derivatives(x: Value, order: int) -> Iterator[Number]:
    """Yield limit and derivatives by the step, as far as they are finite and the first that is not.

    The limit of the difference quotients of the derivative before, not of the derivative: that may
    oscillate.
    """
    at = limit(x)
    yield at
    before = x
    for k in range(1, order + 1):
        if not is_finite(at):
            return
        quotient = _without_limit(before) * Germ(RANK, [(fmpq(-1), ONE)])
        at = limit(quotient)
        yield at
        if k < order:
            before = derivative(before, RANK)


def _without_limit(x: Value) -> Value:
    """Return a finite germ less its limit."""
    if type(x) is not Germ:
        return ZERO
    if x.growth is not None:
        return x
    terms = [(e, c if e > 0 else _without_limit(c)) for e, c in x.terms if e >= 0]
    return x.with_terms(terms)


def _pole(x: Value) -> Any:
    """Return the exponent with which a germ grows; None if it does not, or not as a power."""
    if type(x) is not Germ or x.growth is not None or x.rank != RANK:
        return None
    try:
        e, c = x.leading()
    except GermError:
        return None
    return -e if e < 0 and type(c) is not Germ else None
