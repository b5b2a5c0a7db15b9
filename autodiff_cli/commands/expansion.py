"""The series of a value where Taylor arithmetic has none, from its germs on both sides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from autodiff_cli.commands.truth import HIGHEST, Truth, has_germs, numbered, suspects
from autodiff_cli.engine import Variable
from autodiff_cli.errors import ComputationError, MissingExtraError, UsageError
from autodiff_cli.problem import Problem

__all__ = ["Expansion", "Way", "expansion", "line_truth"]

Way: TypeAlias = Literal["left", "right"]

Terms: TypeAlias = list[tuple[Any, Any]]
"""Exponents and coefficients: numbers that germs are made of."""


MOST_BITS = 4096
"""Of a coefficient."""


class Expansion(NamedTuple):
    """A series.

    Attributes
    ----------
    terms
        Exponents, rising, with coefficients that are not 0.
    way
        On which side it holds; None for both.
    only
        Whether the function is real on that side only.
    """

    terms: Terms
    way: Way | None = None
    only: bool = False

    @property
    def is_taylor(self) -> bool:
        """Whether all exponents are whole and none is negative."""
        return all(e.q == 1 and e >= 0 for e, _ in self.terms)

    def taylor_terms(self, order: int) -> Terms:
        """Return all terms of a Taylor series up to an order, those that are 0 too."""
        from flint import fmpq

        known = dict(self.terms)
        return [(fmpq(k), known.get(fmpq(k), fmpq(0))) for k in range(order + 1)]

    def derivatives(self, order: int) -> list[Any]:
        """Return what the coefficients of a Taylor series are times their factorials."""
        from autodiff_cli.graph.balls import precision

        with precision(MOST_BITS):
            terms = enumerate(self.taylor_terms(order))
            return [c * math.factorial(k) for k, (_, c) in terms]


def _line(along: Mapping[Variable, Any]) -> list[Any]:
    """Return how fast each element moves along a line, exactly."""
    from autodiff_cli.graph.balls import held, precision

    with precision(MOST_BITS):
        exact = {x: v() if callable(v) else held(v) for x, v in along.items()}
    return [
        (x, place, np.asarray(speed, object)[place])
        for x, speed in exact.items()
        for place in np.ndindex(*x.shape)
    ]


def line_truth(problem: Problem, name: str, along: Mapping[Variable, Any], order: int) -> Truth:
    """Return what is true of the derivatives along a line, up to the first that does not exist."""
    truth = Truth(problem, order, numbered(problem, suspects(problem)))
    found = truth.point.along(_line(along), order, problem.digits)
    (behaviour,) = found.ravel()
    failing = behaviour.failing
    truth.order = order if failing is None else max(1, failing)
    made = np.empty(problem.y.shape, object)
    made.fill(replace(behaviour, order=truth.order))
    truth.behaviours[name] = made
    return truth


def expansion(
    problem: Problem, along: Mapping[Variable, Any], order: int, way: Way | None
) -> Expansion | None:
    """Return the series along a line; None if both sides have one, and they are not the same.

    Parameters
    ----------
    along
        How fast each variable moves: a float, an array, or what gives the exact numbers.
    order
        The greatest exponent.
    way
        The side to look at; both if not given.

    Raises
    ------
    ComputationError
        If there is none, and why.
    """
    if order > HIGHEST:
        raise UsageError(
            f"one-sided series go up to order {HIGHEST}",
            code="bad-option",
            hint=f"ask for `--order {HIGHEST}`",
        )
    if not has_germs():
        raise MissingExtraError("one-sided series need python-flint", "pip install python-flint")
    from autodiff_cli.derive.germs.numbers import NoGermError
    from autodiff_cli.derive.point import Point

    point, line = Point(problem.y, problem.known), _line(along)
    ways: Sequence[Way] = ("left", "right") if way is None else (way,)
    try:
        found: dict[Way, Terms | None] = {
            one: point.series(line, order, -1 if one == "left" else 1, problem.digits)
            for one in ways
        }
    except NoGermError as error:
        raise _no_series(problem, f"the expression has no series here: {error.reason}") from None
    real = {one: terms for one, terms in found.items() if terms is not None}
    if not real:
        where = "here" if way is None else f"on the {way}"
        raise _no_series(problem, f"the expression has no real values {where}")
    if len(real) == 1:
        ((one, terms),) = real.items()
        return Expansion(terms, one, way is None)
    if _is_one_series(real["left"], real["right"]):
        return Expansion(real["right"])
    return None


def _no_series(problem: Problem, message: str) -> ComputationError:
    name = next(iter(problem.env))
    return ComputationError(
        message,
        code="no-series",
        hint=f"expand about another point, such as `--at {name}=1`, or ask `adiff eval` close by",
    )


def _is_one_series(left: Terms, right: Terms) -> bool:
    """Return whether series on both sides, in powers of the variable, are the same."""
    from autodiff_cli.derive.one_sided import same

    return [e for e, _ in left] == [e for e, _ in right] and all(
        e.q == 1 and same(c, d) for (e, c), (_, d) in zip(left, right, strict=True)
    )


def fractions(terms: Sequence[tuple[Any, Any]]) -> list[Fraction | None]:
    """Return the coefficients that are known to be rational as fractions, None for the others."""
    from flint import fmpq

    return [Fraction(int(c.p), int(c.q)) if type(c) is fmpq else None for _, c in terms]
