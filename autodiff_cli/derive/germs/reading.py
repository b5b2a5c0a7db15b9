"""Read derivatives and the terms of series from germs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flint import arb, fmpq

from autodiff_cli.derive.germs.germ import (
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
    "derivatives",
    "is_exact_enough",
    "is_same_germ",
    "side_of",
    "terms_of",
]

RANK = 2
"""The rank of the step; multiples of it are those of steps that are infinitely smaller."""


def is_same_germ(x: Value, y: Value) -> bool:
    """Return whether the known terms of two germs agree."""
    try:
        return is_zero(x - y)
    except MoreTermsError:
        return True


def side_of(value: Any, way: int, order: int, digits: int | None, now: Any) -> Side:
    """Return the behaviour on one side of a point, with derivatives by the variable."""
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
    """Return the terms of a germ that are not 0; their coefficients must be numbers."""
    if type(value) is Missing:
        raise value.error
    if type(value) is not Germ or value.rank < RANK:
        value = Germ(RANK, [(ZERO, value)])
    value = without_growth(value)
    if value.rough is not None and value.rough.exponent <= order:
        raise NoGermError(value.rough.reason)
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
    """Return whether a number is accurate enough to be printed."""
    if type(x) is fmpq or not x.is_finite():
        return True
    return (nearest_float(x) if digits is None else nearest_decimal(x, digits)) is not None


def derivatives(x: Value, order: int, rank: int = RANK, lowest: int = 0) -> Iterator[Value]:
    """Yield the limit and the derivatives by a step, up to the first that is not finite.

    A derivative is the limit of difference quotients of the one before, not that of the derivative
    close by, which may oscillate.

    Parameters
    ----------
    rank
        The rank of the step.
    lowest
        The lowest rank of variables that go to 0: what depends on others stays a germ.
    """
    at = limit(x, lowest)
    yield at
    before = x
    for k in range(1, order + 1):
        if type(at) is not Germ and not is_finite(at):
            return
        quotient = _without_limit(before, lowest) * Germ(rank, [(fmpq(-1), ONE)])
        at = limit(quotient, lowest)
        yield at
        if k < order:
            before = derivative(before, rank)


def _without_limit(x: Value, lowest: int) -> Value:
    """Return a finite germ less its limit."""
    if type(x) is not Germ or x.rank < lowest:
        return ZERO
    if x.growth is not None:
        return x
    terms = [(e, c if e > 0 else _without_limit(c, lowest)) for e, c in x.terms if e >= 0]
    return x.with_terms(terms)


def _pole(x: Value) -> Any:
    """Return the order of the pole of a germ; None if it has none, or does not grow as a power."""
    if type(x) is not Germ or x.growth is not None or x.rank != RANK:
        return None
    try:
        e, c = x.leading()
    except GermError:
        return None
    return -e if e < 0 and type(c) is not Germ else None
