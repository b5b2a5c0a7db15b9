"""Arithmetic and decisions on germs.

A function here has the name of its operation.
"""

from __future__ import annotations

from flint import arb, fmpq

from autodiff_cli.derive.germs.calls import everywhere
from autodiff_cli.derive.germs.germ import (
    Germ,
    Value,
    is_infinite,
    is_zero,
    lifted,
    rough,
    truncated,
)
from autodiff_cli.derive.germs.germ import sign as sign_of
from autodiff_cli.derive.germs.limits import limit, power
from autodiff_cli.derive.germs.numbers import (
    ONE,
    ZERO,
    MoreDigitsError,
    MoreTermsError,
    NotRealError,
    Number,
    as_number,
    ball_of,
    is_zero_number,
    settings,
    sign_of_number,
)
from autodiff_cli.derive.germs.quotients import inverse
from autodiff_cli.derive.germs.taylor import of_numbers
from autodiff_cli.engine import registry

HALF = fmpq(1, 2)

MOST_POWER = 4096
"""The greatest integer exponent of a power that is computed as a product."""

# --- arithmetic ----------------------------------------------------------------------------------


@everywhere
def add(x: Value, y: Value) -> Value:
    """Return the sum."""
    return _finite(x + y)


@everywhere
def sub(x: Value, y: Value) -> Value:
    """Return the difference; exactly 0 for an object and itself."""
    return ZERO if x is y and not is_infinite_number(x) else _finite(x - y)


@everywhere
def mul(x: Value, y: Value) -> Value:
    """Return the product."""
    return _finite(x * y)


@everywhere
def div(x: Value, y: Value) -> Value:
    """Return the quotient; there is none by a germ that is 0."""
    if type(y) is not Germ and is_zero_number(y):
        raise NotRealError
    return _finite(x * inverse(y) if type(y) is Germ else x / y)


@everywhere
def neg(x: Value) -> Value:
    """Return the negative."""
    return -x


@everywhere
def square(x: Value) -> Value:
    """Return the square."""
    return _finite(x * x)


def is_infinite_number(x: Value) -> bool:
    """Return whether a value is an infinity itself, and not a germ that tends to one."""
    return type(x) is arb and not x.is_finite()


def _finite(x: Value) -> Value:
    if type(x) is arb and x.is_nan():
        raise NotRealError
    return x


@everywhere
def pow(x: Value, n: Value) -> Value:
    """Return a power."""
    if type(n) is arb:
        n = as_number(n)
    if type(n) in (fmpq, int):
        n = fmpq(n)
        if n.q == 1 and abs(n.p) <= MOST_POWER:
            return whole_power(x, int(n.p))
        if type(x) is Germ:
            return power(x, n)
    if type(x) is not Germ and type(n) is not Germ:
        if type(x) is fmpq and x == 0:
            if sign_of_number(n) < 0:
                raise NotRealError
            return ZERO
        return of_numbers(registry["pow"], (x, n), {})
    if not is_infinite(x) and type(x) is not Germ and is_zero_number(x):
        if sign_of(n) <= 0:
            raise NotRealError
        return ZERO
    from autodiff_cli.derive.germs.elementary import exp, log

    return exp(n * log(x))


def whole_power(x: Value, n: int) -> Value:
    """Return a power with an integer exponent."""
    if n < 0:
        return div(ONE, whole_power(x, -n))
    y: Value = ONE
    while n:
        if n & 1:
            y = y * x
        n >>= 1
        if n:
            x = x * x
    return _finite(y)


@everywhere
def sqrt(x: Value) -> Value:
    """Return the square root."""
    return power(x, HALF) if type(x) is Germ else of_numbers(registry["sqrt"], (x,), {})


@everywhere
def cbrt(x: Value) -> Value:
    """Return the cube root, negative for a negative number."""
    if type(x) is not Germ:
        return of_numbers(registry["cbrt"], (x,), {})
    s = sign_of(x)
    return s * power(s * x, fmpq(1, 3)) if s else ZERO


@everywhere
def hypot(x: Value, y: Value) -> Value:
    """Return the length of the hypotenuse."""
    return sqrt(add(square(x), square(y)))


# --- decisions -----------------------------------------------------------------------------------


def _compare(x: Value, y: Value) -> int:
    """Return the sign of a difference."""
    if x is y:
        return 0
    for one, other, way in ((x, y, 1), (y, x, -1)):
        if is_infinite_number(one) and not is_infinite_number(other):
            return way * (1 if one > 0 else -1)
    if is_infinite_number(x):
        return 0 if x == y else 1 if x > y else -1
    return sign_of(x - y)


def _truth(holds: bool) -> Number:
    return ONE if holds else ZERO


@everywhere
def less(x: Value, y: Value) -> Number:
    """Return 1 if x is less than y, else 0."""
    return _truth(_compare(x, y) < 0)


@everywhere
def less_equal(x: Value, y: Value) -> Number:
    """Return 1 if x is at most y, else 0."""
    return _truth(_compare(x, y) <= 0)


@everywhere
def greater(x: Value, y: Value) -> Number:
    """Return 1 if x is greater than y, else 0."""
    return _truth(_compare(x, y) > 0)


@everywhere
def greater_equal(x: Value, y: Value) -> Number:
    """Return 1 if x is at least y, else 0."""
    return _truth(_compare(x, y) >= 0)


@everywhere
def equal(x: Value, y: Value) -> Number:
    """Return 1 if x equals y, else 0."""
    return _truth(_compare(x, y) == 0)


@everywhere
def not_equal(x: Value, y: Value) -> Number:
    """Return 1 if x does not equal y, else 0."""
    return _truth(_compare(x, y) != 0)


@everywhere
def logical_not(x: Value) -> Number:
    """Return 1 if x is 0, else 0."""
    return _truth(is_zero(x))


@everywhere
def logical_and(x: Value, y: Value) -> Number:
    """Return 1 if neither is 0, else 0."""
    return _truth(not is_zero(x) and not is_zero(y))


@everywhere
def logical_or(x: Value, y: Value) -> Number:
    """Return 1 unless both are 0, then 0."""
    return _truth(not is_zero(x) or not is_zero(y))


@everywhere
def where(condition: Value, x: Value, y: Value) -> Value:
    """Return x where the condition holds, else y."""
    return y if is_zero(condition) else x


@everywhere
def sign(x: Value) -> Number:
    """Return -1, 0 or 1."""
    return fmpq(_compare(x, ZERO))


@everywhere
def abs_(x: Value) -> Value:
    """Return the absolute value."""
    return maximum(x, -x)


@everywhere
def maximum(x: Value, y: Value) -> Value:
    """Return the greater of the two; their common terms if no known term differs."""
    try:
        return y if _compare(x, y) < 0 else x
    except MoreTermsError:
        difference = x - y
        if type(difference) is not Germ or difference.end is None or settings().span < MOST_SPAN:
            raise
        return truncated(lifted(x, difference.rank), difference.end)


MOST_SPAN = 16
"""The span of germs from which on those that agree have their common terms as a maximum."""


@everywhere
def minimum(x: Value, y: Value) -> Value:
    """Return the smaller of the two."""
    return -maximum(-x, -y)


@everywhere
def relu(x: Value) -> Value:
    """Return the number if it is positive, else 0."""
    return maximum(x, ZERO)


@everywhere
def floor(x: Value) -> Value:
    """Return the greatest integer that is not greater."""
    if is_infinite(x):
        if type(x) is not Germ:
            return x
        # The fractional part is between 0 and 1, and jumps.
        return x + rough(x.rank, ZERO, fmpq(1000))
    at = limit(x)
    whole = _floor_of_number(at)
    if is_zero_number(at - whole):
        return whole - 1 if sign_of(x - whole) < 0 else whole
    return whole


def _floor_of_number(x: Number) -> Number:
    if type(x) is fmpq:
        return fmpq(x.floor())
    ball = ball_of(x)
    whole = ball.floor().unique_fmpz()
    if whole is None:
        nearest = (ball + HALF).floor().unique_fmpz()
        if nearest is None or not settings().assuming:
            raise MoreDigitsError
        settings().assumed = True
        whole = nearest
    return fmpq(whole)


@everywhere
def ceil(x: Value) -> Value:
    """Return the smallest integer that is not smaller."""
    return -floor(-x)


@everywhere
def round_(x: Value) -> Value:
    """Return the nearest integer; halfway, the even one."""
    up = x + HALF
    whole = floor(up)
    if type(whole) is fmpq and whole.p % 2 and is_zero(up - whole):
        return whole - 1
    return whole
