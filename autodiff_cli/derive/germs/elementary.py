"""Exponentials, circular, hyperbolic and special functions of germs.

A function here has the name of its operation.  Those that are not marked with `everywhere` are used
only where the operation is not regular, and define it in terms of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import arb, fmpq

from autodiff_cli.derive.germs.calls import by_name, everywhere
from autodiff_cli.derive.germs.functions import (
    HALF,
    MOST_POWER,
    abs_,
    div,
    is_infinite_number,
    sqrt,
    whole_power,
)
from autodiff_cli.derive.germs.germ import (
    ESSENTIAL,
    Germ,
    Value,
    is_infinite,
    rough,
)
from autodiff_cli.derive.germs.germ import sign as sign_of
from autodiff_cli.derive.germs.limits import constant, infinitesimal, limit
from autodiff_cli.derive.germs.numbers import (
    ONE,
    ZERO,
    Angle,
    MoreDigitsError,
    MoreTermsError,
    NoGermError,
    NotRealError,
    as_number,
    sign_of_number,
)
from autodiff_cli.derive.germs.quotients import inverse
from autodiff_cli.derive.germs.taylor import of_numbers, regular
from autodiff_cli.engine import registry

IRRATIONAL = "it has a power that is not rational"

PARTS = 1 << 20
"""The denominator of a rational exponent just below one that is not rational."""

# --- exponentials and logarithms -----------------------------------------------------------------


@everywhere
def exp(x: Value) -> Value:
    """Return the exponential; that of an infinite germ is a factor in front of a germ."""
    if type(x) is not Germ:
        if is_infinite_number(x):
            return arb(0) if x < 0 else x
        return of_numbers(registry["exp"], (x,), {})
    if x.growth is not None and sign_of(x.growth) > 0:
        raise NoGermError(ESSENTIAL)
    if x.growth is None and x.rough is not None and x.rough.exponent <= 0:
        raise NoGermError(x.rough.reason)
    big = [(e, c) for e, c in x.terms if e < 0]
    if big and x.growth is None:
        if x.end is not None and x.end <= 0:
            raise MoreTermsError
        rest = Germ(x.rank, [(e, c) for e, c in x.terms if e >= 0], x.end, x.rough, x.flat)
        factor = exp(rest)
        if x.rank % 2:
            return _power_of_step(x.rank, big) * factor
        growth = Germ(x.rank, big)
        sign_of(growth)
        front = Germ(x.rank, [(ZERO, ONE)], growth=growth)
        return front * factor
    at = constant(x, x.rank)
    if is_infinite(at):
        return exp(at) * exp(infinitesimal(x))
    return regular(registry["exp"], x, {})


def _power_of_step(rank: int, terms: Sequence[Any]) -> Germ:
    """Return ``exp(c/l)``, where l is ``-1/log(h)``: the power -c of h.

    If the exponent is not rational, only a bound of the power is known, with one that is.
    """
    (e, c), *more = terms
    c = as_number(c) if type(c) is not Germ else c
    if more or e != -1 or type(c) is Germ:
        raise NoGermError("a power of a logarithm is in the exponent")
    if type(c) is fmpq:
        return Germ(rank + 1, [(-c, ONE)])
    below = (-c * PARTS).floor().unique_fmpz()
    if below is None or below < 0:
        raise NoGermError(IRRATIONAL)
    return rough(rank + 1, fmpq(below, PARTS), ONE, IRRATIONAL)


@everywhere
def log(x: Value, base: int | None = None) -> Value:
    """Return the natural logarithm, or that to a base."""
    if base is not None:
        return log(x) / log(fmpq(base))
    if type(x) is not Germ:
        if is_infinite_number(x) and x > 0:
            return x
        if sign_of_number(x) <= 0:
            raise NotRealError
        return of_numbers(registry["log"], (x,), {})
    if sign_of(x) <= 0:
        raise NotRealError
    first, c = x.leading()
    if first == 0 and x.growth is None and type(c) is not Germ:
        return regular(registry["log"], x, {})
    y = log(c)
    if first != 0:
        if x.rank % 2:
            raise NoGermError("it has a logarithm of a logarithm")
        y = y - first * Germ(x.rank - 1, [(fmpq(-1), ONE)])
    if x.growth is not None:
        y = y + x.growth
    bare = Germ(x.rank, x.terms, x.end, x.rough, x.flat)
    rest = bare * inverse(Germ(x.rank, [(first, c)])) - ONE
    return y + (regular(registry["log1p"], rest, {}) if type(rest) is Germ else ZERO)


def power_logarithm(x: Value, n: Value, k: int = 1) -> Value:
    """Return ``x**n * log(x)**k``."""
    return pow(x, n) * pow(log(x), fmpq(k))


@everywhere
def log10(x: Value) -> Value:
    """Return the logarithm to base 10."""
    return log(x, 10) if type(x) is Germ else of_numbers(registry["log10"], (x,), {})


def log1p(x: Value) -> Value:
    """Return ``log(1 + x)``."""
    return log(ONE + x)


def expm1(x: Value) -> Value:
    """Return ``exp(x) - 1``."""
    return exp(x) - ONE


# --- circular and hyperbolic functions -----------------------------------------------------------


def _oscillation(x: Value) -> Germ:
    """Return a germ that is only known to lie between -1 and 1, because its phase is infinite."""
    if type(x) is not Germ or x.growth is not None or x.rank % 2:
        rank = x.rank + x.rank % 2 if type(x) is Germ else 2
        return rough(rank, ZERO, fmpq(1000))
    first, c = x.leading()
    if first >= 0:
        return _oscillation(c)
    return rough(x.rank, ZERO, ONE - first)


def sin(x: Value) -> Value:
    """Return the sine where the argument is infinite."""
    return _oscillation(x)


def cos(x: Value) -> Value:
    """Return the cosine where the argument is infinite."""
    return _oscillation(x)


def tan(x: Value) -> Value:
    """Return the tangent."""
    return div(by_name("sin", x), by_name("cos", x))


def sec(x: Value) -> Value:
    """Return the secant."""
    return div(ONE, by_name("cos", x))


def csc(x: Value) -> Value:
    """Return the cosecant."""
    return div(ONE, by_name("sin", x))


def cot(x: Value) -> Value:
    """Return the cotangent."""
    return div(by_name("cos", x), by_name("sin", x))


def sinc(x: Value) -> Value:
    """Return ``sin(x)/x`` where x is infinite."""
    return div(by_name("sin", x), x)


def asin(x: Value) -> Value:
    """Return the arc sine at -1 and 1."""
    s = sign_of(x)
    return s * (Angle(ZERO, HALF) - 2 * by_name("asin", _half_of_rest(s * x)))


def acos(x: Value) -> Value:
    """Return the arc cosine at -1 and 1."""
    s = sign_of(x)
    y = 2 * by_name("asin", _half_of_rest(s * x))
    return y if s > 0 else Angle(ZERO, ONE) - y


def _half_of_rest(x: Value) -> Value:
    """Return ``sqrt((1 - x)/2)``, the sine of half the angle whose cosine is x."""
    rest = (ONE - x) * HALF
    if sign_of(rest) < 0:
        raise NotRealError
    return sqrt(rest)


def atan(x: Value) -> Value:
    """Return the arc tangent where the argument is infinite."""
    return sign_of(x) * Angle(ZERO, HALF) - by_name("atan", div(ONE, x))


@everywhere
def asec(x: Value) -> Value:
    """Return the arc secant."""
    return by_name("acos", div(ONE, x))


@everywhere
def acsc(x: Value) -> Value:
    """Return the arc cosecant."""
    return by_name("asin", div(ONE, x))


@everywhere
def acot(x: Value) -> Value:
    """Return the arc cotangent."""
    if type(x) is not Germ and sign_of_number(x) == 0:
        return Angle(ZERO, HALF)
    return by_name("atan", div(ONE, x))


@everywhere
def atan2(y: Value, x: Value) -> Value:
    """Return the angle of the point (x, y)."""
    if type(x) is not Germ and type(y) is not Germ:
        return of_numbers(registry["atan2"], (y, x), {})
    right, above = sign_of(x), sign_of(y)
    turn = Angle(ZERO, ONE)
    if above and (not right or sign_of(abs_(y) - abs_(x)) >= 0):
        return above * (turn * HALF) - by_name("atan", div(x, y))
    if not right:
        return ZERO
    angle = by_name("atan", div(y, x))
    return angle if right > 0 else angle + (turn if above >= 0 else -turn)


def sinh(x: Value) -> Value:
    """Return the hyperbolic sine where the argument is infinite."""
    return (exp(x) - exp(-x)) * HALF


def cosh(x: Value) -> Value:
    """Return the hyperbolic cosine where the argument is infinite."""
    return (exp(x) + exp(-x)) * HALF


def tanh(x: Value) -> Value:
    """Return the hyperbolic tangent where the argument is infinite."""
    s = sign_of(x)
    e = exp(-2 * s * x)
    return s * div(ONE - e, ONE + e)


def sech(x: Value) -> Value:
    """Return the hyperbolic secant where the argument is infinite."""
    return div(ONE, by_name("cosh", x))


def csch(x: Value) -> Value:
    """Return the hyperbolic cosecant."""
    return div(ONE, by_name("sinh", x))


def coth(x: Value) -> Value:
    """Return the hyperbolic cotangent."""
    return div(ONE, by_name("tanh", x))


def asinh(x: Value) -> Value:
    """Return the inverse hyperbolic sine where the argument is infinite."""
    s = sign_of(x)
    return s * log(s * x + sqrt(x * x + ONE))


def acosh(x: Value) -> Value:
    """Return the inverse hyperbolic cosine at 1, and where the argument is infinite."""
    if is_infinite(x):
        return log(x + sqrt(x * x - ONE))
    rest = (x - ONE) * HALF
    if sign_of(rest) < 0:
        raise NotRealError
    return 2 * by_name("asinh", sqrt(rest))


def atanh(x: Value) -> Value:
    """Return the inverse hyperbolic tangent at -1 and 1."""
    return HALF * log(div(ONE + x, ONE - x))


@everywhere
def asech(x: Value) -> Value:
    """Return the inverse hyperbolic secant."""
    return by_name("acosh", div(ONE, x))


@everywhere
def acsch(x: Value) -> Value:
    """Return the inverse hyperbolic cosecant."""
    return by_name("asinh", div(ONE, x))


@everywhere
def acoth(x: Value) -> Value:
    """Return the inverse hyperbolic cotangent."""
    return by_name("atanh", div(ONE, x))


# --- special functions ---------------------------------------------------------------------------


def erf(x: Value) -> Value:
    """Return the error function where the argument is infinite: 1 or -1, up to a flat germ."""
    return fmpq(sign_of(x)) + exp(-x * x)


def erfc(x: Value) -> Value:
    """Return ``1 - erf(x)`` where the argument is infinite."""
    e = exp(-x * x)
    return fmpq(2) + e if sign_of(x) < 0 else e


def _from_the_pole(x: Value) -> int:
    """Return how often 1 must be added to an argument at a pole of the gamma function."""
    if is_infinite(x):
        raise NoGermError("it grows like a factorial")
    at = as_number(limit(x))
    if type(at) is not fmpq or at.q != 1 or at > 0 or at < -MOST_POWER:
        raise MoreDigitsError
    return 1 - int(at.p)


def gamma(x: Value) -> Value:
    """Return the gamma function at a pole."""
    y, n = ONE, _from_the_pole(x)
    for k in range(n):
        y = y * (x + fmpq(k))
    return div(by_name("gamma", x + fmpq(n)), y)


def lgamma(x: Value) -> Value:
    """Return the logarithm of the absolute value of the gamma function at a pole."""
    return log(abs_(gamma(x)))


def digamma(x: Value) -> Value:
    """Return the logarithmic derivative of the gamma function at a pole."""
    return polygamma(x, 0)


def trigamma(x: Value) -> Value:
    """Return the derivative of digamma at a pole."""
    return polygamma(x, 1)


def polygamma(x: Value, n: int = 0) -> Value:
    """Return the derivative of order n of digamma at a pole."""
    m = _from_the_pole(x)
    factor = fmpq((-1) ** n)
    for k in range(1, n + 1):
        factor *= k
    total = by_name("polygamma", x + fmpq(m), n=n)
    for k in range(m):
        total = total - factor * div(ONE, whole_power(x + fmpq(k), n + 1))
    return total
