"""Describe the behaviour of a function close to a point by values, if there is no series.

The values are proven, but the behaviour that they suggest is not: they are numerical evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import pairwise
from typing import Any, NamedTuple

from flint import arb, arb_series, fmpq

from autodiff_cli.derive.one_sided import is_finite
from autodiff_cli.engine import Variable
from autodiff_cli.engine.values import boxed
from autodiff_cli.graph.ball_arithmetic import as_ball, constant_part
from autodiff_cli.graph.balls import Balls, NoBallsError, held, precision

__all__ = ["DISTANCES", "Seen", "Trend", "seen_close_by"]

DISTANCES = (fmpq(1, 10**3), fmpq(1, 10**6), fmpq(1, 10**9))
"""The distances from the point at which values are computed."""

FACTORS = tuple(1 + fmpq(13 * k, 157) for k in range(24))
"""Multiples of each distance, which are not simple fractions, so that periods show."""

BITS = (128, 512, 2048)
"""The precisions that are tried until a value has `ACCURATE` bits."""

ACCURATE = 20

TENFOLD = 10
"""The least factor between the values at two distances if they are said to grow or vanish."""

CLOSE = 1e-3
"""The difference of values, relative to them, below which they are said to be about the same."""

WIDE = 0.1
"""The difference of values at one distance, relative to them, above which they are said to vary."""


class Trend(Enum):
    """The behaviour that values suggest as the point is approached."""

    GROWS = "grows"
    TENDS = "tends"
    VARIES = "varies"
    WIDENS = "varies ever more"
    UNCLEAR = "unclear"


class Seen(NamedTuple):
    """The values on one side of a point.

    Attributes
    ----------
    order
        0 for the value; 1 for difference quotients of the value, 2 for those of the first
        derivative, and so on.
    ranges
        The smallest and the greatest value at each distance, as balls.
    """

    order: int
    ranges: Sequence[tuple[Any, Any]]

    @property
    def trend(self) -> Trend:
        """The behaviour that the values suggest."""
        _, (low, high), (last_low, last_high) = self.ranges
        sizes = [_sizes(*pair) for pair in self.ranges]
        if all(near[0] > TENFOLD * far[1] for far, near in pairwise(sizes)):
            return Trend.GROWS
        if self._vanishes:
            return Trend.TENDS
        spread, before, size = last_high - last_low, high - low, sizes[-1][1]
        if spread <= CLOSE * size and abs(last_low - low) <= CLOSE * size:
            return Trend.TENDS
        if all(near[0] > far[1] or near[1] < far[0] for far, near in pairwise(sizes)):
            return Trend.UNCLEAR
        if spread > WIDE * size and spread > WIDE * before:
            return Trend.WIDENS if spread > TENFOLD * before else Trend.VARIES
        return Trend.UNCLEAR

    @property
    def limit(self) -> Any:
        """The number that the values are close to, if they tend to one."""
        return arb(0) if self._vanishes else self.ranges[-1][0]

    @property
    def range(self) -> tuple[Any, Any]:
        """The smallest and the greatest of all values."""
        return min(low for low, _ in self.ranges), max(high for _, high in self.ranges)

    @property
    def _vanishes(self) -> bool:
        sizes = [_sizes(*pair)[1] for pair in self.ranges]
        return all(TENFOLD * near < far for far, near in pairwise(sizes))


def _sizes(low: Any, high: Any) -> tuple[Any, Any]:
    """Return the least and the greatest absolute value between two numbers."""
    sizes = abs(low), abs(high)
    least = arb(0) if low < 0 < high else min(sizes)
    return least, max(sizes)


def seen_close_by(
    y: Variable,
    known: Mapping[Variable, Callable[[], Any]] | None,
    line: Sequence[tuple[Variable, tuple[int, ...], Any]],
    place: tuple[int, ...],
    before: Sequence[Any],
    way: int,
) -> Seen | None:
    """Return values, on one side of a point, of the first derivative that is not known there.

    Parameters
    ----------
    line
        The elements of leaves that move, each with its rate of change.
    place
        The index of the element of ``y``.
    before
        The limit and the derivatives on this side that are known.
    way
        -1 for the left, 1 for the right.

    Returns
    -------
    Seen or None
        None if the values cannot be computed.
    """
    order = len(before)
    if order and not is_finite(before[-1]):
        return None
    ranges = []
    for distance in DISTANCES:
        steps = [way * distance * factor for factor in FACTORS]
        values = [_value(y, known, line, place, before, step) for step in steps]
        if any(value is None for value in values):
            return None
        middles = sorted(value.mid() for value in values)
        ranges.append((middles[0], middles[-1]))
    return Seen(order, ranges)


def _value(
    y: Variable,
    known: Mapping[Variable, Callable[[], Any]] | None,
    line: Sequence[tuple[Variable, tuple[int, ...], Any]],
    place: tuple[int, ...],
    before: Sequence[Any],
    step: Any,
) -> Any:
    """Return the value, or a difference quotient, at a step from the point; None if unknown."""
    order = len(before)
    for bits in BITS:
        with precision(bits, max(order, 1)):
            moved = dict(_moved(known, line, step, order))
            try:
                found = Balls({**(known or {}), **moved}, literals_are_held=known is None)[y]
            except NoBallsError:
                return None
            value = as_ball(_coefficient(boxed(found)[place], order - 1))
            if order:
                value = (value - as_ball(before[-1])) / step
            if value.is_finite() and (value.rel_accuracy_bits() >= ACCURATE or value.is_exact()):
                return value
    return None


def _coefficient(x: Any, k: int) -> Any:
    """Return the derivative of order k of a series."""
    if k < 1:
        return constant_part(x)
    return x[k] * arb(k).fac() if type(x) is arb_series else arb(0)


def _moved(
    known: Mapping[Variable, Callable[[], Any]] | None,
    line: Sequence[tuple[Variable, tuple[int, ...], Any]],
    step: Any,
    order: int,
) -> Iterator[tuple[Variable, Callable[[], Any]]]:
    """Yield leaves with functions that return them a step away, as series for derivatives."""
    moved: dict[Variable, Any] = {}
    for x, place, speed in line:
        if x not in moved:
            value = known[x]() if known is not None and x in known else held(x.data)
            moved[x] = boxed(value).copy()
        at = moved[x][place] + step * speed
        moved[x][place] = arb_series([as_ball(at), as_ball(speed)]) if order > 1 else at
    for x, value in moved.items():
        yield x, (lambda value=value: value if value.ndim else value.item())  # type: ignore[misc]
