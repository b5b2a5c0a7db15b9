"""Compute limits, constants, coefficients, derivatives and powers of germs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import arb, fmpq

from autodiff_cli.derive.germs.germ import (
    Germ,
    Value,
    exponent,
    first_of,
    grown,
    is_nothing,
    sign,
    without_growth,
)
from autodiff_cli.derive.germs.numbers import (
    ONE,
    ZERO,
    MoreTermsError,
    NoGermError,
    NotRealError,
    settings,
)
from autodiff_cli.derive.germs.quotients import compose, relative

__all__ = ["coefficients", "constant", "derivative", "infinitesimal", "limit", "power"]


def constant(x: Value, rank: int) -> Value:
    """Return the coefficient of exponent 0 in the variable of a rank: a number or a germ."""
    if type(x) is not Germ or x.rank < rank:
        return x
    x = without_growth(x)
    e, c = first_of(x)
    if e is not None and e < 0:
        raise NoGermError("it has a pole")
    return c if e is not None else ZERO


def infinitesimal(x: Germ) -> Germ:
    """Return a finite germ without its constant term."""
    x = without_growth(x)
    return x.with_terms([(e, c) for e, c in x.terms if e > 0])


def limit(x: Value, lowest: int = 0) -> Value:
    """Return the limit of a number or a germ: a number, or an infinity as a ball.

    Parameters
    ----------
    lowest
        The lowest rank of variables that go to 0: what depends on others stays a germ.

    Raises
    ------
    NoGermError
        If there is no limit.
    """
    while type(x) is Germ and x.rank >= lowest:
        if x.growth is not None:
            if sign(x.growth) < 0:
                return ZERO
            return _infinity(sign(x))
        e, c = first_of(x)
        if e is None:
            return ZERO
        if e < 0:
            return _infinity(sign(c))
        x = c
    return x


def _infinity(sign: int) -> Any:
    return arb("inf") if sign > 0 else -arb("inf")


def derivative(x: Value, rank: int) -> Value:
    """Return the derivative by the variable of a rank."""
    if type(x) is not Germ or x.rank < rank - 1:
        return ZERO
    if x.rank == rank - 1:
        # Of a function of l = -1/log(h): dl/dh is l**2/h.
        slope = Germ(
            x.rank,
            [(e + 1, e * c) for e, c in x.terms],
            None if x.end is None else x.end + 1,
            None if x.rough is None else x.rough.shifted(1),
            x.flat,
        )
        return Germ(rank, [(fmpq(-1), slope)])
    terms: dict[Any, Value] = {}
    for e, c in x.terms:
        terms[e - 1] = e * c
    total: Value = Germ(
        rank,
        sorted(terms.items(), key=exponent),
        None if x.end is None else x.end - 1,
        None if x.rough is None else x.rough.derivative(),
        x.flat,
    )
    for e, c in x.terms:
        inner = derivative(c, rank)
        if type(inner) is Germ:
            total = total + Germ(rank, [(e, ONE)]) * inner
    if x.growth is None:
        return total
    bare = Germ(x.rank, x.terms, x.end, x.rough, x.flat)
    return grown(total + bare * derivative(x.growth, rank), x.growth)


def power(x: Germ, r: Any) -> Value:
    """Return a power of a germ with a rational exponent that is not an integer."""
    if is_nothing(x):
        if r < 0:
            raise NotRealError
        return ZERO
    first, c = x.leading()
    if first != 0:
        # The root of a power of -h is not that of h.
        settings().sided = True
    if sign(c) < 0:
        raise NotRealError
    from autodiff_cli.derive.germs.functions import pow

    growth = None if x.growth is None else x.growth * r
    factor = Germ(x.rank, [(first * r, pow(c, r))], growth=growth)
    rest = relative(x, first, c)
    if is_nothing(rest):
        return factor

    binomials: list[Any] = [ONE]

    def binomial(k: int) -> Any:
        while len(binomials) <= k:
            j = len(binomials)
            binomials.append(binomials[-1] * (r - (j - 1)) / j)
        return binomials[k]

    return factor * compose(binomial, rest)


def coefficients(x: Value, rank: int, count: int) -> Sequence[Value]:
    """Return the coefficients of exponents 0 to ``count - 1``.

    Raises
    ------
    MoreTermsError
        If they are not all known.
    """
    if type(x) is not Germ or x.rank < rank:
        return ([x] + [ZERO] * (count - 1))[:count]
    if x.end is not None and x.end < count:
        raise MoreTermsError
    known = {int(e): c for e, c in x.terms if e.q == 1}
    return [known.get(k, ZERO) for k in range(count)]
