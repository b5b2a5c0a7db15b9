"""Define arithmetic and decisions on exact rationals, balls, and power series of balls.

A ball is a midpoint and a radius that encloses the true value (`flint.arb`: F. Johansson, "Arb:
efficient arbitrary-precision midpoint-radius interval arithmetic", IEEE Transactions on Computers
66, 2017).  The results of operations on rationals are rationals where possible, so that comparisons
of equal numbers can be decided.  A ball without a number means that the answer is unknown: it does
not exist, or the precision is not enough to decide.

Functions are named as in `autodiff_cli.graph.ball_functions`.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from flint import arb, arb_series, fmpq, fmpz

__all__ = ["NAN", "Number", "as_ball", "constant_part", "exact", "settled"]

Number: TypeAlias = Any
"""A ``fmpq``, an ``arb`` or an ``arb_series``."""

NAN = arb("nan")
INFINITY = arb("inf")

MOST_BITS = 8192
"""The largest number of bits of a numerator or denominator; longer rationals become balls."""

_ZERO, _ONE, _HALF = fmpq(0), fmpq(1), fmpq(1, 2)


def exact(value: float) -> Number:
    """Return the exact value of a float64."""
    if value - value != 0.0:
        return arb(value)
    return fmpq(*value.as_integer_ratio())


def as_ball(x: Number) -> Number:
    """Return a rational as a ball of the current precision; other numbers unchanged."""
    return arb(x) if type(x) is fmpq or type(x) is int else x


def constant_part(x: Number) -> Number:
    """Return the constant coefficient of a series; other numbers unchanged."""
    return settled(x[0]) if type(x) is arb_series else x


def settled(x: Number) -> Number:
    """Return a ball of radius 0 as an equal rational, so that it stays exact."""
    if type(x) is int:
        return fmpq(x)
    if type(x) is arb and x.is_exact() and x.is_finite():
        mantissa, exponent = x.man_exp()
        if -MOST_BITS < exponent < MOST_BITS and mantissa.bit_length() < MOST_BITS:
            n = int(exponent)
            return fmpq(mantissa << n) if n >= 0 else fmpq(mantissa, fmpz(1) << -n)
    return x


def _bounded(x: Number) -> Number:
    return arb(x) if type(x) is fmpq and x.height_bits() > MOST_BITS else x


def as_series(x: Number) -> Number:
    return x if type(x) is arb_series else arb_series([as_ball(x)])


# --- arithmetic ------------------------------------------------------------------------------


def add(x: Number, y: Number) -> Number:
    """Return the sum."""
    return _bounded(x + y)


def sub(x: Number, y: Number) -> Number:
    """Return the difference, exactly 0 for a finite number and itself."""
    if x is y and type(x) is not arb_series and as_ball(x).is_finite():
        return _ZERO
    return _bounded(x - y)


def mul(x: Number, y: Number) -> Number:
    """Return the product, exactly 0 for 0 times a finite number."""
    for one, other in ((x, y), (y, x)):
        if type(one) is fmpq and one == 0 and type(other) is arb and other.is_finite():
            return _ZERO
    return _bounded(x * y)


def div(x: Number, y: Number) -> Number:
    """Return the quotient; division by exactly 0 gives an infinity, as in IEEE 754."""
    if type(y) is fmpq and y == 0:
        above = constant_part(x)
        return sign(above) * INFINITY if type(x) is not arb_series else NAN
    if type(y) is arb_series:
        return as_series(x) / y if sign(constant_part(y)) != 0 else NAN
    if type(x) is fmpq and x == 0 and type(y) is arb and y.is_finite() and y != 0:
        return _ZERO
    return _bounded(x / y)


def neg(x: Number) -> Number:
    """Return the number with its sign changed."""
    return -x


def square(x: Number) -> Number:
    """Return the number times itself."""
    return _bounded(x * x)


# --- decisions -------------------------------------------------------------------------------


def less(x: Number, y: Number) -> Number:
    """Return 1 if x is less than y, 0 if not, and an empty ball if that is undecided."""
    if x is y:
        return _ZERO if _is_number(x) else NAN
    x, y = _comparable(x, y)
    return _ONE if x < y else _ZERO if x >= y else NAN


def less_equal(x: Number, y: Number) -> Number:
    """Return 1 if x is at most y."""
    return logical_not(less(y, x))


def greater(x: Number, y: Number) -> Number:
    """Return 1 if x is greater than y."""
    return less(y, x)


def greater_equal(x: Number, y: Number) -> Number:
    """Return 1 if x is at least y."""
    return logical_not(less(x, y))


def equal(x: Number, y: Number) -> Number:
    """Return 1 if x equals y."""
    if x is y:
        return _ONE if _is_number(x) else NAN
    x, y = _comparable(x, y)
    return _ONE if x == y else _ZERO if x != y else NAN


def _is_number(x: Number) -> bool:
    x = constant_part(x)
    return type(x) is fmpq or not x.is_nan()


def _comparable(x: Number, y: Number) -> tuple[Number, Number]:
    """Return two numbers converted to the same type."""
    x, y = constant_part(x), constant_part(y)
    return (x, y) if type(x) is type(y) is fmpq else (as_ball(x), as_ball(y))


def not_equal(x: Number, y: Number) -> Number:
    """Return 1 if x does not equal y."""
    return logical_not(equal(x, y))


def logical_not(x: Number) -> Number:
    """Return 1 if the number is 0, else 0."""
    return equal(x, _ZERO)


def logical_and(x: Number, y: Number) -> Number:
    """Return 1 if neither is 0; an operand that is 0 decides the result alone."""
    a, b = logical_not(x), logical_not(y)
    if a == 1 or b == 1:
        return _ZERO
    return _ONE if a == 0 and b == 0 else NAN


def logical_or(x: Number, y: Number) -> Number:
    """Return 1 unless both are 0."""
    a, b = logical_not(x), logical_not(y)
    if a == 0 or b == 0:
        return _ONE
    return _ZERO if a == 1 and b == 1 else NAN


def where(condition: Number, x: Number, y: Number) -> Number:
    """Return x where the condition holds, else y."""
    none = logical_not(condition)
    return NAN if type(none) is arb else x if none == 0 else y


def sign(x: Number) -> Number:
    """Return -1, 0 or 1; an empty ball if the ball contains numbers of both signs."""
    x = constant_part(x)
    return _ONE if x > 0 else -_ONE if x < 0 else _ZERO if x == 0 else NAN


def abs_(x: Number) -> Number:
    """Return the absolute value."""
    return mul(sign(x), x) if type(x) is arb_series else abs(x)


def maximum(x: Number, y: Number) -> Number:
    """Return the greater of two numbers; for series that tie, their mean, as in the VJP rules."""
    if x is y:
        return x
    if type(x) is arb_series or type(y) is arb_series:
        tie = equal(x, y)
        if tie == 1:
            return (as_series(x) + as_series(y)) / 2
        return where(less(x, y), y, x)
    chosen = where(less(x, y), y, x)
    if type(chosen) is arb and chosen.is_nan() and not (as_ball(x).is_nan() or as_ball(y).is_nan()):
        # The ball of the maximum exists without deciding which number is greater.
        return as_ball(x).max(as_ball(y))
    return chosen


def minimum(x: Number, y: Number) -> Number:
    """Return the smaller of two numbers."""
    return -maximum(-x, -y)


max_, min_ = maximum, minimum


def clip(x: Number, low: Number, high: Number) -> Number:
    """Return the number limited to the interval from low to high."""
    return minimum(maximum(x, low), high)


def relu(x: Number) -> Number:
    """Return the number if it is positive, else 0."""
    return where(greater(x, _ZERO), x, _ZERO) if type(x) is arb_series else maximum(x, _ZERO)


def floor(x: Number) -> Number:
    """Return the greatest integer that is not greater than the number."""
    x = constant_part(x)
    if type(x) is fmpq:
        return fmpq(x.floor())
    whole = x.floor().unique_fmpz() if x.is_finite() else None
    if whole is None:
        return x if not x.is_finite() else NAN
    return fmpq(whole)


def ceil(x: Number) -> Number:
    """Return the smallest integer that is not smaller than the number."""
    return -floor(-x)


def round_(x: Number) -> Number:
    """Return the nearest integer, the even one if two are equally near."""
    x = constant_part(x)
    up = x + _HALF
    whole = floor(up)
    return whole - 1 if type(x) is fmpq and whole == up and whole.p % 2 else whole


nint = round_


def mod(x: Number, y: Number) -> Number:
    """Return the remainder of a division, with the sign of the divisor."""
    return sub(x, mul(y, floor(div(x, y))))
