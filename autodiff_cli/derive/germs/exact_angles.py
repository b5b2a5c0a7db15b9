"""Compute circular functions of multiples of pi, and their inverses, where the values are exact.

A function here has the name of its operation, and returns None where no exact value is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from flint import arb, fmpq

from autodiff_cli.derive.germs.numbers import ONE, ZERO, Angle, Number, as_number

__all__ = ["exact_value"]

PARTS = 12
"""The greatest denominator of a multiple of pi whose circular functions may be exact."""


def exact_value(name: str, args: Sequence[Number]) -> Number | None:
    """Return the result of the operation of a name on numbers, if it is known exactly."""
    function = _functions().get(name)
    return None if function is None else function(*args)


@cache
def _functions() -> dict[str, Callable[..., Number | None]]:
    """Return the functions here by their names."""
    return {f.__name__: f for f in (sin, cos, tan, cot, sec, csc, asin, acos, atan, atan2)}


def _point(x: Number) -> tuple[Number, Number] | None:
    """Return cosine and sine of a simple multiple of pi."""
    if type(x) is not Angle or x.rational != 0 or x.turns.q > PARTS:
        return None
    return as_number(arb.cos_pi_fmpq(x.turns)), as_number(arb.sin_pi_fmpq(x.turns))


def _over(a: Number, b: Number) -> Number | None:
    """Return a quotient; that of two balls is 1 or -1 where they are of the same size."""
    if type(b) is fmpq and b == 0:
        return None
    if type(a) is type(b) is arb and (abs(a) - abs(b)).contains(0):
        return ONE if (a > 0) == (b > 0) else -ONE
    return as_number(a / b)


def sin(x: Number) -> Number | None:
    """Return the sine."""
    point = _point(x)
    return None if point is None else point[1]


def cos(x: Number) -> Number | None:
    """Return the cosine."""
    point = _point(x)
    return None if point is None else point[0]


def tan(x: Number) -> Number | None:
    """Return the tangent."""
    point = _point(x)
    return None if point is None else _over(point[1], point[0])


def cot(x: Number) -> Number | None:
    """Return the cotangent."""
    point = _point(x)
    return None if point is None else _over(point[0], point[1])


def sec(x: Number) -> Number | None:
    """Return the secant."""
    point = _point(x)
    return None if point is None else _over(ONE, point[0])


def csc(x: Number) -> Number | None:
    """Return the cosecant."""
    point = _point(x)
    return None if point is None else _over(ONE, point[1])


def _angle(ball: Any) -> tuple[Any, Number, Number] | None:
    """Return the only simple multiple of pi in a ball, with its cosine and sine."""
    if not ball.is_finite():
        return None
    part = (PARTS * ball / arb.pi() + arb(0.5)).floor().unique_fmpz()
    if part is None:
        return None
    angle = Angle.of(ZERO, fmpq(part, PARTS))
    if type(angle) is not Angle:
        return angle, ONE, ZERO
    point = _point(angle)
    return None if point is None else (angle, *point)


def asin(x: Number) -> Number | None:
    """Return the arc sine."""
    found = _angle(arb(x).asin()) if type(x) is fmpq else None
    return found[0] if found is not None and found[2] == x else None


def acos(x: Number) -> Number | None:
    """Return the arc cosine."""
    found = _angle(arb(x).acos()) if type(x) is fmpq else None
    return found[0] if found is not None and found[1] == x else None


def atan(x: Number) -> Number | None:
    """Return the arc tangent."""
    return atan2(x, ONE)


def atan2(y: Number, x: Number) -> Number | None:
    """Return the angle of a point on an axis, or halfway between two."""
    if not (type(x) is type(y) is fmpq) or not (abs(x) == abs(y) or x == 0 or y == 0):
        return None
    found = _angle(arb.atan2(arb(y), arb(x)))
    return None if found is None else found[0]
