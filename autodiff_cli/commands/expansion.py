"""The series of a value where Taylor arithmetic has none, computed from its germs on both sides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from autodiff_cli.commands.close_by import described
from autodiff_cli.commands.examination import HIGHEST, has_germs
from autodiff_cli.engine import Variable
from autodiff_cli.errors import ComputationError, MissingExtraError, UsageError
from autodiff_cli.problem import Problem

__all__ = ["Expansion", "Way", "expansion", "fractions"]

Way: TypeAlias = Literal["left", "right"]

Terms: TypeAlias = list[tuple[Any, Any]]
"""Exponents and coefficients, which are numbers of germs."""


MOST_BITS = 4096
"""The most bits of a coefficient."""


class Expansion(NamedTuple):
    """A series.

    Attributes
    ----------
    terms
        The exponents, in rising order, with their coefficients, which are not 0.
    way
        The side on which the series holds; None for both.
    only
        Whether the function is real only on that side.
    """

    terms: Terms
    way: Way | None = None
    only: bool = False

    @property
    def is_taylor(self) -> bool:
        """Whether all exponents are whole and none is negative."""
        return all(e.q == 1 and e >= 0 for e, _ in self.terms)

    def taylor_terms(self, order: int) -> Terms:
        """Return all terms of a Taylor series up to an order, including those that are 0."""
        from flint import fmpq

        known = dict(self.terms)
        return [(fmpq(k), known.get(fmpq(k), fmpq(0))) for k in range(order + 1)]

    def derivatives(self, order: int) -> list[Any]:
        """Return the coefficients of a Taylor series times the factorials of their orders."""
        from autodiff_cli.graph.balls import precision

        with precision(MOST_BITS):
            terms = enumerate(self.taylor_terms(order))
            return [c * math.factorial(k) for k, (_, c) in terms]


def _line(along: Mapping[Variable, Any]) -> list[Any]:
    """Return the exact rate of change of each element along a line."""
    from autodiff_cli.graph.balls import held, precision

    with precision(MOST_BITS):
        exact = {x: v() if callable(v) else held(v) for x, v in along.items()}
    return [
        (x, place, np.asarray(speed, object)[place])
        for x, speed in exact.items()
        for place in np.ndindex(*x.shape)
    ]


def expansion(
    problem: Problem, along: Mapping[Variable, Any], order: int, way: Way | None
) -> Expansion | tuple[Expansion, Expansion]:
    """Return the series along a line; those from the left and from the right if these differ.

    Parameters
    ----------
    along
        The rate of change of each variable: a float, an array, or a function that returns exact
        numbers.
    order
        The greatest exponent.
    way
        The side to examine; both if not given.

    Raises
    ------
    ComputationError
        If there is no series; the message says why.
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
    from autodiff_cli.derive.one_sided import Side
    from autodiff_cli.derive.point import Point

    point, line = Point(problem.y, problem.known), _line(along)
    ways: Sequence[Way] = ("left", "right") if way is None else (way,)
    try:
        found: dict[Way, Terms | None] = {
            one: point.series(line, order, -1 if one == "left" else 1, problem.digits)
            for one in ways
        }
    except NoGermError as error:
        seen = described(problem, line, (), [(one, Side()) for one in ways])
        said = [f"the expression has no series here: {error.reason}", *filter(None, [seen])]
        raise _no_series(problem, "; ".join(said)) from None
    real = {one: terms for one, terms in found.items() if terms is not None}
    if not real:
        where = "here" if way is None else f"on the {way}"
        raise _no_series(problem, f"the expression has no real values {where}")
    if len(real) == 1:
        ((one, terms),) = real.items()
        return Expansion(terms, one, way is None)
    if _is_one_series(real["left"], real["right"]):
        return Expansion(real["right"])
    return Expansion(real["left"], "left"), Expansion(real["right"], "right")


def _no_series(problem: Problem, message: str) -> ComputationError:
    name = next(iter(problem.env))
    return ComputationError(
        message,
        code="no-series",
        hint=f"expand about another point, such as `--at {name}=1`",
    )


def _is_one_series(left: Terms, right: Terms) -> bool:
    """Return whether series on both sides are the same, in powers of the variable."""
    from autodiff_cli.derive.one_sided import same

    return [e for e, _ in left] == [e for e, _ in right] and all(
        e.q == 1 and same(c, d) for (e, c), (_, d) in zip(left, right, strict=True)
    )


def fractions(terms: Sequence[tuple[Any, Any]]) -> list[Fraction | None]:
    """Return the coefficients as fractions, with None for each that is not known to be rational."""
    from flint import fmpq

    return [Fraction(int(c.p), int(c.q)) if type(c) is fmpq else None for _, c in terms]
