"""Compute enclosures: balls that contain every value of a graph for variables in intervals.

The intervals are subdivided, where the enclosure is largest or smallest, as long as that makes it
smaller.  Over a part the function is enclosed by its value in the middle plus its slope over the
part times the distance from the middle (R. E. Moore, R. B. Kearfott and M. J. Cloud, "Introduction
to Interval Analysis", SIAM, 2009, chapter 6).  For a choice that is not decided over a part, the
result encloses both branches.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from heapq import heapify, heappop, heappush
from itertools import islice, product
from typing import Any

import numpy as np
from flint import arb, arb_series, fmpq

from autodiff_cli.engine import Operation, Variable, ops
from autodiff_cli.engine.values import boxed
from autodiff_cli.graph.ball_arithmetic import (
    NAN,
    Number,
    as_ball,
    constant_part,
    logical_not,
    settled,
)
from autodiff_cli.graph.balls import Balls, NoBallsError, Value, ball_function, precision
from autodiff_cli.graph.rounding import nearest_decimal, written

__all__ = ["ball_text", "enclosures"]

BITS = 128

MOST_PARTS = 300
"""The largest number of parts of the intervals, for each number."""

MOST_CORNERS = 16
"""The largest number of corners of a box that are evaluated."""

SECONDS = 10.0
"""The time limit of the subdivision, in seconds."""

SLIGHT = 1e-3
"""The relative decrease of the enclosure below which the subdivision stops."""

SMALLEST = 2.0**-40
"""The smallest size of a part relative to the whole interval."""

MOST_DIGITS, MOST_WHOLE = 40, 15
"""The most digits of a rational written in full, and of an integer without exponent."""

SHOWN = 3
"""The number of digits of a radius in text."""

Sides = Mapping[Variable, tuple[fmpq, fmpq]]
Parts = tuple[tuple[fmpq, fmpq], ...]


def enclosures(
    targets: Sequence[Variable], known: Mapping[Variable, Callable[[], Value]], sides: Sides
) -> list[Any]:
    """Return for each target an array of balls that enclose it for all values in the intervals.

    Parameters
    ----------
    known
        Functions that return the exact numbers of the other leaves.
    sides
        The end points of the interval of each scalar variable.
    """
    variables, end = list(sides), time.monotonic() + SECONDS
    seen: dict[Parts, list[tuple[Number, Number]]] = {}

    def at(parts: Parts) -> list[tuple[Number, Number]]:
        if parts not in seen:
            seen[parts] = _over(targets, known, variables, parts)
        return seen[parts]

    with precision(BITS):
        leaves = [whole := tuple(sides[x] for x in variables)]
        count = len(at(whole))
        # Many functions have their extremes in corners.
        corners = [
            _numbers(Balls({**known, **_moved(variables, corner)}), targets)
            for corner in islice(product(*whole), MOST_CORNERS)
        ]
        for j in range(count):
            least = [numbers[j] for numbers in corners]
            leaves = _cut(leaves, whole, lambda parts, j=j: at(parts)[j], least, end)  # type: ignore[misc]
        hulls = [_hull([at(parts)[j][0] for parts in leaves]) for j in range(count)]
    found, start = [], 0
    for y in targets:
        array = np.empty(y.shape, object)
        array.ravel()[:] = hulls[start : (start := start + y.size)]
        found.append(array)
    return found


def _cut(
    leaves: list[Parts],
    whole: Parts,
    number: Callable[[Parts], tuple[Number, Number]],
    least: Sequence[Number],
    end: float,
) -> list[Parts]:
    """Return the parts after subdividing those that determine the enclosure of a number.

    Parameters
    ----------
    number
        A function that returns the ball over a part, and the one in its middle.
    least
        Balls of the number at some points.
    """
    width = 0.0
    for sign in (1, -1):

        def reach(parts: Parts, sign: int = sign) -> float:
            """Return the upper bound of the enclosure, or the negated lower one."""
            return _upper(number(parts)[0], sign)

        def attained(parts: Parts, sign: int = sign) -> float:
            """Return a value that the function certainly reaches, or the negated one from below."""
            return -_upper(number(parts)[1], -sign)

        heap = [(-reach(parts), k, parts) for k, parts in enumerate(leaves)]
        heapify(heap)
        best = max([*map(attained, leaves), *(-_upper(x, -sign) for x in least)])
        for k in range(len(heap), len(heap) + 2 * MOST_PARTS, 2):
            far, _, last = heap[0]
            if math.isfinite(far) and not width:
                # The enclosure is bounded for the first time.
                hull = as_ball(_hull([number(parts)[0] for _, _, parts in heap]))
                width = 2 * float(hull.rad()) if hull.is_finite() else 0.0
            if -far - best <= SLIGHT * width or _size(last, whole) < SMALLEST:
                break
            if time.monotonic() > end:
                break
            heappop(heap)
            for i, half in enumerate(_halves(last, whole)):
                heappush(heap, (-reach(half), k + i, half))
                best = max(best, attained(half))
        leaves = [parts for _, _, parts in heap]
    return leaves


def _moved(variables: Sequence[Variable], numbers: Sequence[Number]) -> dict[Variable, Any]:
    return {x: _constant(number) for x, number in zip(variables, numbers, strict=True)}


def _upper(x: Number, sign: int) -> float:
    x = as_ball(x) * sign
    return float(x.upper()) if x.is_finite() else math.inf


def _over(
    targets: Sequence[Variable],
    known: Mapping[Variable, Any],
    variables: Sequence[Variable],
    parts: Parts,
) -> list[tuple[Number, Number]]:
    """Return for each number a ball that encloses it over a part, and one in the middle."""
    pairs = list(zip(variables, parts, strict=True))
    moved = _moved(variables, [_ball(*part) for part in parts])
    fixed = _moved(variables, [(low + high) / 2 for low, high in parts])
    lines = {
        x: _constant(arb_series([as_ball(_ball(low, high)), as_ball((high - low) / 2) * arb(0, 1)]))
        for x, (low, high) in pairs
    }
    wide = _numbers(_Hulls({**known, **moved}), targets)
    centers = _numbers(Balls({**known, **fixed}), targets)
    with precision(BITS, 2):
        slopes = _numbers(Balls({**known, **lines}), targets)
    found = []
    for ball, center, line in zip(wide, centers, slopes, strict=True):
        if type(line) is arb_series and line.prec > 1 and line[1].is_finite():
            narrow = as_ball(center) + line[1]
            if narrow.is_finite() and as_ball(ball).is_finite():
                ball = as_ball(ball).intersection(narrow)
        found.append((ball, center))
    return found


def _size(parts: Parts, whole: Parts) -> float:
    return max(
        float((high - low) / (top - bottom)) if top > bottom else 0.0
        for (low, high), (bottom, top) in zip(parts, whole, strict=True)
    )


def _halves(parts: Parts, whole: Parts) -> tuple[Parts, Parts]:
    """Return the halves of a box, divided along the side that is longest relative to the whole."""
    sizes = [
        (high - low) / (top - bottom) if top > bottom else fmpq(0)
        for (low, high), (bottom, top) in zip(parts, whole, strict=True)
    ]
    k = max(range(len(parts)), key=sizes.__getitem__)
    low, high = parts[k]
    middle = (low + high) / 2
    first, second = (low, middle), (middle, high)
    return (*parts[:k], first, *parts[k + 1 :]), (*parts[:k], second, *parts[k + 1 :])


def _ball(low: fmpq, high: fmpq) -> Number:
    # The union method of the library would round the radius up unnecessarily.
    return low if low == high else arb((low + high) / 2, arb((high - low) / 2))


def _hull(balls: Sequence[Number]) -> Number:
    parts = [as_ball(ball) for ball in balls]
    if not all(ball.is_finite() for ball in parts):
        return NAN
    low = min((settled(ball.lower()) for ball in parts), key=as_ball)
    high = max((settled(ball.upper()) for ball in parts), key=as_ball)
    return (
        _ball(low, high) if type(low) is type(high) is fmpq else as_ball(low).union(as_ball(high))
    )


def _constant(value: Value) -> Callable[[], Value]:
    return lambda: value


def _numbers(balls: Balls, targets: Sequence[Variable]) -> list[Number]:
    found: list[Number] = []
    for y in targets:
        try:
            value = balls[y]
        except NoBallsError:
            value = NAN if not y.shape else np.full(y.shape, NAN, object)
        found += value.ravel().tolist() if isinstance(value, np.ndarray) else [value]
    return found


class _Hulls(Balls):
    """Values of a graph in which an undecided choice encloses all of its possible results."""

    def _selected(self, condition: Value, inputs: Sequence[Any]) -> Sequence[Any]:
        return inputs if _is_open(condition) else super()._selected(condition, inputs)

    def _call(self, v: Variable, args: Sequence[Value]) -> Value:
        if v.operation is ops.where and len(args) == 3:
            found = _choices(*map(boxed, args))
            return found if v.shape else _item(found)
        y = super()._call(v, args)
        op = v.operation
        if isinstance(op, Operation) and not any(op.vjps) and np.any(_are_open(boxed(y))):
            statics = v.params
            every = np.frompyfunc(lambda *xs: _decided(op, statics, xs), op.arity, 1)
            found = every(*map(boxed, args))
            return found if v.shape else _item(found)
        return y


def _decided(op: Operation, statics: Mapping[str, Any], xs: Sequence[Number]) -> Number:
    """Return a ball of all possible results of a decision on numbers.

    A decision on two numbers is a comparison with the result 0 or 1.  One on a single number is a
    step function, which lies between its values at both ends.
    """
    y = settled(ball_function(op)(*xs, **statics))
    if not _is_open(y):
        return y
    if len(xs) > 1:
        return arb(0.5, 0.5)
    ball = as_ball(constant_part(xs[0]))
    if not ball.is_finite():
        return NAN
    ends = [
        settled(ball_function(op)(settled(end), **statics)) for end in (ball.lower(), ball.upper())
    ]
    return _hull(ends)


def _choice(condition: Number, x: Number, y: Number) -> Number:
    if _is_open(condition):
        return _hull([x, y])
    return x if logical_not(condition) == 0 else y


def _is_nan(x: Number) -> bool:
    return type(x) is arb and bool(x.is_nan())


def _is_open(x: Number) -> bool:
    """Return whether a decision is open: the ball contains no number or several."""
    return _is_nan(logical_not(x)) if type(x) is not fmpq else False


_choices: Any = np.frompyfunc(_choice, 3, 1)
_are_open: Any = np.frompyfunc(_is_open, 1, 1)


def _item(x: Any) -> Any:
    return x.item() if isinstance(x, np.ndarray) else x


# --- text ----------------------------------------------------------------------------------------


def ball_text(x: Number) -> str:
    """Return a ball as decimal midpoint and radius that enclose all of it."""
    x = settled(x)
    if type(x) is fmpq:
        text = nearest_decimal(x, MOST_DIGITS)
        if text is not None and fmpq(*Fraction(text).as_integer_ratio()) == x:
            return text
        with precision(BITS):
            x = arb(x)
    if not x.is_finite():
        return "no bound"
    middle, radius = settled(x.mid()), settled(x.rad())
    if type(middle) is not fmpq or type(radius) is not fmpq or radius == 0:
        # Far beyond the range of float64: use the text of the library, whose digits are certain.
        return str(x).strip("[]").replace("+/-", "±")
    places = _exponent(radius) + 1 - SHOWN
    scale = fmpq(10) ** places
    short = (middle / scale + fmpq(1, 2)).floor()
    # The rounding error of the midpoint is added to the radius, which is rounded up.
    wide = ((radius + abs(middle - short * scale)) / scale).ceil()
    sign = "-" if short < 0 else ""
    return f"{sign}{_decimal(int(abs(short)), places)} ± {_decimal(int(wide), places)}"


def _exponent(x: fmpq) -> int:
    """Return the decimal exponent of the first digit of a rational."""
    guess = len(str(x.p)) - len(str(x.q))
    return guess if fmpq(10) ** guess <= x else guess - 1


def _decimal(whole: int, places: int) -> str:
    digits = str(whole)
    if whole == 0:
        return "0"
    if places > 0 and len(digits) + places <= MOST_WHOLE:
        digits, places = digits + "0" * places, 0
    return written(digits, len(digits) - 1 + places)
