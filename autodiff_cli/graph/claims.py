"""Check claims about graphs in ball arithmetic, at points and over boxes by Taylor's theorem.

A claim states that two lists of numbers are equal for all values of the variables.  At a point
their balls are disjoint, or agree to a number of digits.  Over a box ``c + d`` with ``|d| <= r``
the difference is at most the sum of the terms below an order of its series about c, which vanish if
the claim holds, plus the remainder: the coefficient of that order of the series about the whole box
as a ball, along all directions at once (Taylor's theorem with Lagrange's remainder; W. Tucker,
"Validated Numerics", Princeton University Press, 2011, chapter 8).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any, TypeAlias

import numpy as np
from flint import arb, arb_series, fmpq, fmpq_mat

from autodiff_cli.engine import Variable
from autodiff_cli.graph.ball_arithmetic import NAN, Number, as_ball, constant_part
from autodiff_cli.graph.balls import Balls, NoBallsError, Value, precision

__all__ = ["Bounded", "Box", "Claim", "Point", "Verdict", "apart"]

Point: TypeAlias = Mapping[str, Any]
"""For each variable a rational, or an object array of rationals."""

CLOSE = arb("1e-30")
"""The largest relative radius of balls at which overlapping numbers count as equal."""

POINT_BITS = (128, 256, 1024)
BOX_BITS = 256
"""The precision of the computation over a box, in bits."""

TERMS = {1: 20, 2: 12, 3: 9}
"""The order at which a series is truncated, by the number of variables."""

SMALL = {1: 1e-15, 2: 1e-12, 3: 1e-9}
"""The difference, relative to the value or 1, below which a box is not halved again."""

DEEPEST = 20
"""The largest number of times that each side of a box is halved."""

MOST_LEFT = 64
"""The number of undecided boxes at which the computation is abandoned."""


class Verdict:
    """The result of comparing the balls of a number and of its claimed value."""

    SAME, APART, UNKNOWN, NOWHERE = "same", "apart", "unknown", "nowhere"


@dataclass(frozen=True)
class Box:
    """An interval for each of some scalar variables."""

    sides: Mapping[str, tuple[fmpq, fmpq]]

    @property
    def center(self) -> dict[str, fmpq]:
        """The middle of each side."""
        return {name: (low + high) / 2 for name, (low, high) in self.sides.items()}

    @property
    def radii(self) -> dict[str, fmpq]:
        """Half the length of each side."""
        return {name: (high - low) / 2 for name, (low, high) in self.sides.items()}

    def halves(self, whole: Box) -> tuple[Box, Box]:
        """Return the halves, divided along the side that is longest relative to a whole box."""
        sizes, radii = whole.radii, self.radii
        name = max(radii, key=lambda n: radii[n] / sizes[n] if sizes[n] else fmpq(0))
        low, high = self.sides[name]
        middle = (low + high) / 2
        return (
            Box({**self.sides, name: (low, middle)}),
            Box({**self.sides, name: (middle, high)}),
        )


@dataclass
class Bounded:
    """An upper bound of the difference of two lists of numbers over a box.

    Attributes
    ----------
    bound
        The largest difference outside of the boxes in ``left``, relative to the value or 1.
    left
        Small boxes in which no bound was found, for instance around a kink or a pole.
    complete
        Whether the whole box was examined.
    """

    bound: float = 0.0
    left: list[Box] = field(default_factory=list)
    complete: bool = True


class Claim:
    """The claim that some numbers of one graph equal those of another.

    Parameters
    ----------
    targets, claimed
        The Variables of the two graphs, whose elements are compared in order.
    known
        Functions that return the exact numbers of leaves whose float64 value is rounded.
    variables
        The Variables of each name, in both graphs.
    """

    def __init__(
        self,
        targets: Sequence[Variable],
        claimed: Sequence[Variable],
        known: Mapping[Variable, Callable[[], Value]],
        variables: Mapping[str, Sequence[Variable]],
    ) -> None:
        self._targets, self._claimed = targets, claimed
        self._known, self._variables = known, variables

    def _run(
        self, point: Mapping[str, Any], bits: int, terms: int | None = None
    ) -> tuple[list[Number], list[Number]]:
        """Return the numbers of both graphs at a point."""
        moved = {
            x: _constant(point[n]) for n, xs in self._variables.items() if n in point for x in xs
        }
        with precision(bits, terms):
            balls = Balls({**self._known, **moved})
            try:
                return _numbers(balls, self._targets), _numbers(balls, self._claimed)
            except NoBallsError:
                return [NAN], [NAN]

    def targets_at(self, point: Point, bits: int = POINT_BITS[0]) -> list[Number]:
        """Return the numbers of the targets at a point."""
        return self._run(point, bits)[0]

    def at(self, point: Point) -> list[tuple[str, Number, Number]]:
        """Return for each number the verdict at a point, its value and the claimed one."""
        found: list[tuple[str, Number, Number]] = []
        for bits in POINT_BITS:
            right, claimed = self._run(point, bits)
            with precision(bits):
                found = [(apart(x, y), x, y) for x, y in zip(right, claimed, strict=True)]
            if all(verdict != Verdict.UNKNOWN for verdict, _, _ in found):
                return found
        # A claimed value that is undefined at every precision where the other is defined differs.
        return [
            (Verdict.APART if _is_nothing(y) and verdict == Verdict.UNKNOWN else verdict, x, y)
            for verdict, x, y in found
        ]

    def over(self, box: Box, seconds: float) -> Bounded:
        """Return a bound of the difference of the numbers over a box, within a time limit."""
        found, stack, end = Bounded(), [(box, 0)], time.monotonic() + seconds
        while stack:
            part, depth = stack.pop()
            if time.monotonic() > end or len(found.left) >= MOST_LEFT:
                found.complete = False
                break
            bound, size = self._bound(part)
            if bound <= SMALL[len(box.sides)] * max(1.0, size):
                found.bound = max(found.bound, bound / max(1.0, size))
            elif depth >= DEEPEST * len(box.sides):
                found.left.append(part)
            else:
                stack += [(half, depth + 1) for half in reversed(part.halves(box))]
        return found

    def _bound(self, box: Box) -> tuple[float, float]:
        """Return a bound of the difference over a box, and the size of the value at its center."""
        names, center, radii = list(box.sides), box.center, box.radii
        n = TERMS[len(names)]
        with precision(BOX_BITS, n + 1):
            one = arb(0, 1)
            balls = {x: as_ball(center[x]) + as_ball(radii[x]) * one for x in names}
            wide = {x: arb_series([balls[x], as_ball(radii[x]) * one]) for x in names}
            rest = _differences(*self._run(wide, BOX_BITS, n + 1))
            if not all(_coefficient(d, n).is_finite() for d in rest):
                return math.inf, 0.0
            bounds = [abs(_coefficient(d, n)) for d in rest]
            size = 0.0
            for node, weights in _nodes(len(names), n):
                along = {
                    x: arb_series([as_ball(center[x]), as_ball(radii[x] * s)])
                    for x, s in zip(names, node, strict=True)
                }
                right, claimed = self._run(along, BOX_BITS, n)
                for j, d in enumerate(_differences(right, claimed)):
                    for k, weight in weights:
                        bounds[j] += abs(_coefficient(d, k)) * as_ball(weight)
                size = max([size, *(_size(constant_part(x)) for x in right)])
            worst = max((float(b.upper()) if b.is_finite() else math.inf) for b in bounds)
        return worst, size


def apart(x: Number, y: Number) -> str:
    """Return the verdict on a number and its claimed value, by comparing their balls."""
    if type(x) is fmpq and type(y) is fmpq:
        return Verdict.SAME if x == y else Verdict.APART
    a, b = as_ball(x), as_ball(y)
    if not a.is_finite():
        return Verdict.NOWHERE
    if not b.is_finite():
        return Verdict.UNKNOWN
    if not a.overlaps(b):
        return Verdict.APART
    close = max(a.rad(), b.rad()) <= abs(a).mid() * CLOSE + CLOSE**2
    return Verdict.SAME if close else Verdict.UNKNOWN


def _is_nothing(x: Number) -> bool:
    return type(x) is not fmpq and not as_ball(x).is_finite()


def _constant(value: Any) -> Callable[[], Value]:
    return lambda: value


def _numbers(balls: Balls, ys: Sequence[Variable]) -> list[Number]:
    found: list[Number] = []
    for y in ys:
        value = balls[y]
        found += value.ravel().tolist() if isinstance(value, np.ndarray) else [value]
    return found


def _differences(xs: Sequence[Number], ys: Sequence[Number]) -> list[Number]:
    return [NAN if x is NAN or y is NAN else _difference(x, y) for x, y in zip(xs, ys, strict=True)]


def _difference(x: Number, y: Number) -> Number:
    if arb_series in (type(x), type(y)):
        return _series(x) - _series(y)
    return as_ball(x) - as_ball(y)


def _series(x: Number) -> Any:
    return x if type(x) is arb_series else arb_series([as_ball(x)])


def _coefficient(x: Number, k: int) -> Any:
    if type(x) is arb_series:
        if not x[0].is_finite():
            return NAN
        return x[k] if k < x.prec else NAN
    return as_ball(x) if k == 0 else as_ball(x) * 0


def _size(x: Number) -> float:
    ball = abs(as_ball(x))
    return float(ball.mid()) if ball.is_finite() else 0.0


@cache
def _nodes(variables: int, n: int) -> list[tuple[tuple[int, ...], list[tuple[int, fmpq]]]]:
    """Return directions that determine all terms of a series below an order.

    Along ``(1, s)`` the term of degree k is a polynomial in s of degree at most k.  Its
    coefficients are determined by its values at all s with nonnegative integer elements of sum at
    most k (O. Biermann, "Über näherungsweise Kubaturen", Monatshefte für Mathematik und Physik 14,
    1903).

    Returns
    -------
    list of tuple
        Each direction with, for each degree that uses it, the factor of its value in the bound of
        the sum of the absolute values of all coefficients.
    """
    lattice = sorted(product(range(n), repeat=variables - 1), key=sum)
    found: dict[tuple[int, ...], list[tuple[int, fmpq]]] = {}
    for k in range(n):
        nodes = [s for s in lattice if sum(s) <= k]
        rows = [[math.prod(map(pow, s, a)) for a in nodes] for s in nodes]
        inverse = fmpq_mat([[fmpq(v) for v in row] for row in rows]).inv()
        for i, s in enumerate(nodes):
            weight = sum((abs(inverse[j, i]) for j in range(len(nodes))), fmpq(0))
            found.setdefault((1, *s), []).append((k, weight))
    return list(found.items())
