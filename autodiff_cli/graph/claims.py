"""Claims about graphs, judged by balls: at points, and over boxes by Taylor's theorem.

A claim is that two lists of numbers are the same whatever the variables are.  At a point their
balls tell them apart, or agree to so many digits.  Over a box ``c + d`` with ``|d| <= r`` the
difference is at most the sum of the terms of its series about c below an order, which are nothing
where the claim holds, and the remainder: the coefficient of that order of the series about the
whole box as a ball, along all directions at once (Taylor's theorem with Lagrange's remainder; W.
Tucker, "Validated Numerics", Princeton University Press, 2011, chapter 8).
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
"""For each variable a rational, or an object array of them."""

CLOSE = arb("1e-30")
"""How small balls have to be, beside what they hold, for numbers to count as the same."""

POINT_BITS = (128, 256, 1024)
BOX_BITS = 256
"""With how many bits is computed."""

TERMS = {1: 20, 2: 12, 3: 9}
"""At which order a series ends, by the number of variables."""

SMALL = {1: 1e-15, 2: 1e-12, 3: 1e-9}
"""How large the difference may be, beside the value or 1, for a box to be done with: likewise."""

DEEPEST = 20
"""How often each side of a box is halved at most."""

MOST_LEFT = 64
"""How many boxes are left that nothing can be told of before it is given up."""


class Verdict:
    """What balls tell of a number and what it is claimed to be."""

    SAME, APART, UNKNOWN, NOWHERE = "same", "apart", "unknown", "nowhere"


@dataclass(frozen=True)
class Box:
    """An interval for each of some variables that are numbers."""

    sides: Mapping[str, tuple[fmpq, fmpq]]

    @property
    def center(self) -> dict[str, fmpq]:
        """Its middle."""
        return {name: (low + high) / 2 for name, (low, high) in self.sides.items()}

    @property
    def radii(self) -> dict[str, fmpq]:
        """Half the length of each side."""
        return {name: (high - low) / 2 for name, (low, high) in self.sides.items()}

    def halves(self, whole: Box) -> tuple[Box, Box]:
        """Return the halves across the side that is longest beside that of a whole."""
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
    """How far apart two lists of numbers are over a box at most.

    Attributes
    ----------
    bound
        The largest difference outside of what is left, beside the value or 1.
    left
        Small boxes that nothing can be told of, as around a kink or a pole.
    complete
        Whether the whole box was gone through.
    """

    bound: float = 0.0
    left: list[Box] = field(default_factory=list)
    complete: bool = True


class Claim:
    """That some numbers of one graph are those of another.

    Parameters
    ----------
    targets, claimed
        The Variables of either, whose elements are compared in order.
    known
        What gives the numbers of leaves that stand for others than the float64 they hold.
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
        """Return the numbers of both graphs where the variables are what they are given."""
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
        """Return the numbers that are to be had at a point."""
        return self._run(point, bits)[0]

    def at(self, point: Point) -> list[tuple[str, Number, Number]]:
        """Return for each number the verdict at a point, what it is and what is claimed."""
        found: list[tuple[str, Number, Number]] = []
        for bits in POINT_BITS:
            right, claimed = self._run(point, bits)
            with precision(bits):
                found = [(apart(x, y), x, y) for x, y in zip(right, claimed, strict=True)]
            if all(verdict != Verdict.UNKNOWN for verdict, _, _ in found):
                return found
        # What has no number where there is one, whatever the precision, is not the same.
        return [
            (Verdict.APART if _is_nothing(y) and verdict == Verdict.UNKNOWN else verdict, x, y)
            for verdict, x, y in found
        ]

    def over(self, box: Box, seconds: float) -> Bounded:
        """Return how far apart the numbers are over a box, as far as it can be told."""
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
    """Return what balls tell of a number and what it is claimed to be."""
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
    """Return directions that tell all terms of a series below an order.

    Along ``(1, s)`` the term of degree k is a polynomial in s of that degree at most, whose
    coefficients follow from its values at all s with whole elements that add up to k at most (O.
    Biermann, "Über näherungsweise Kubaturen", Monatshefte für Mathematik und Physik 14, 1903).

    Returns
    -------
    list of tuple
        Each direction, and for each degree that it serves the factor by which its value there
        reaches the sum of the sizes of all coefficients.
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
