"""Divide germs, and substitute them into power series."""

from __future__ import annotations

from typing import Any

from flint import fmpq

from autodiff_cli.derive.germs.germ import (
    Germ,
    Value,
    is_nothing,
    lifted,
    truncated,
    without_growth,
)
from autodiff_cli.derive.germs.numbers import ONE, ZERO, MoreTermsError, NotRealError, settings

__all__ = ["compose", "inverse", "relative"]


def inverse(x: Germ) -> Value:
    """Return the reciprocal of a germ.

    Raises
    ------
    NotRealError
        If the germ is 0.
    """
    if is_nothing(x):
        raise NotRealError
    first, c = x.leading()
    growth = None if x.growth is None else -x.growth
    factor = Germ(x.rank, [(-first, 1 / c)], growth=growth)
    rest = relative(x, first, c)
    if is_nothing(rest):
        return factor
    return factor * compose(lambda k: fmpq((-1) ** k), rest)


def relative(x: Germ, first: Any, c: Value) -> Germ:
    """Return a germ divided by its leading term, minus 1."""
    over = 1 / c
    terms = [(e - first, over * d) for e, d in x.terms if e > first]
    bound = None if x.rough is None else x.rough.shifted(-first)
    return Germ(x.rank, terms, None if x.end is None else x.end - first, bound, x.flat)


def compose(coefficient: Any, moved: Value) -> Value:
    """Return a power series of a germ that tends to 0.

    Parameters
    ----------
    coefficient
        A function that returns the coefficient of a power.
    moved
        A germ without a constant term.
    """
    if type(moved) is not Germ:
        return coefficient(0)
    moved = without_growth(moved)
    starts = [e for e in (moved.start, moved.rough and moved.rough.exponent) if e is not None]
    if not starts:
        return lifted(coefficient(0), moved.rank) + moved
    first = min(starts)
    if first <= 0:
        raise MoreTermsError
    count = max(1, -int((-settings().span / first).floor()))
    if len(moved.terms) == 1 and moved.end is None and moved.rough is None and not moved.flat:
        ((e, c),) = moved.terms
        coefficient(count)
        terms, factor = [(ZERO, coefficient(0))], ONE
        for k in range(1, count + 1):
            factor = factor * c
            terms.append((k * e, coefficient(k) * factor))
        return Germ(moved.rank, terms, (count + 1) * first)
    y: Value = coefficient(count)
    for k in range(count - 1, -1, -1):
        # Only the terms that are left once it has been multiplied k times more are needed.
        y = truncated(lifted(y * moved + coefficient(k), moved.rank), (count + 1 - k) * first)
    return y
