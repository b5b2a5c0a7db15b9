"""Define functions of exact rationals, balls, and power series of balls, under mpmath's names.

A function here has the name of the operation, or the name used in its definition in mpmath
(`Metadata.reference`).  An unknown result is a ball that contains no number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

from flint import arb, arb_series, fmpq, fmpz

from autodiff_cli.graph.ball_arithmetic import (
    INFINITY,
    MOST_BITS,
    NAN,
    Number,
    abs_,
    add,
    as_ball,
    as_series,
    constant_part,
    div,
    equal,
    mul,
    settled,
    sign,
    square,
    sub,
    where,
)

MOST_EXPONENT = 4096
"""The largest integer exponent of a power that is computed as a product."""

_ZERO, _ONE = fmpq(0), fmpq(1)


# --- powers ----------------------------------------------------------------------------------


def pow(x: Number, n: Number) -> Number:
    """Return a power, which is a product at every base if the exponent is an integer."""
    if type(n) is fmpq and n.q == 1 and -MOST_EXPONENT <= n.p <= MOST_EXPONENT:
        k = int(n.p)
        if k < 0:
            return div(_ONE, pow(x, -n))
        if type(x) is fmpq:
            small = x.height_bits() * k <= MOST_BITS
            return x**k if small else arb(x) ** fmpz(k)
        return x ** (fmpz(k) if type(x) is arb else k) if k else _ONE
    base = constant_part(x)
    if type(base) is fmpq and base == 0:
        if type(x) is arb_series or type(n) is arb_series:
            return NAN
        return [NAN, _ZERO, INFINITY][int(s.p)] if type(s := sign(n)) is fmpq else NAN
    if type(x) is arb_series or type(n) is arb_series:
        return exp(mul(n, log(x)))
    if type(n) is fmpq and n.q == 2 and abs(n.p) < MOST_EXPONENT:
        # A square root of a square is rational.
        return pow(sqrt(x), fmpq(n.p))
    return settled(as_ball(x) ** as_ball(n))


def power_logarithm(x: Number, n: Number, k: int = 1) -> Number:
    """Return ``x**n * log(x)**k``, or its limit if the base is 0."""
    y = pow(x, n)
    return y if type(y) is fmpq and y == 0 else mul(y, pow(log(x), fmpq(k)))


def atan_derivative(x: Number, n: int = 1) -> Number:
    """Return the derivative of order n of the arc tangent.

    It is ``(-1)**(n - 1) * (n - 1)! * im((x + i)**n) / (1 + x**2)**n``.
    """
    re, im = _ONE, _ZERO
    for _ in range(n):
        re, im = sub(mul(re, x), im), add(mul(im, x), re)
    factor = fmpq((-1) ** (n - 1) * math.factorial(n - 1))
    return div(mul(factor, im), pow(add(_ONE, square(x)), fmpq(n)))


# --- functions that the library has ----------------------------------------------------------


_Function: TypeAlias = Callable[[Number], Number]


def _library(name: str, series: Callable[[Any], Any] | None = None) -> _Function:
    """Return the function for a method of balls; ``series`` computes it for power series."""

    def function(x: Number) -> Number:
        if type(x) is arb_series:
            return getattr(x, name)() if series is None else series(x)
        return settled(getattr(as_ball(x), name)())

    return function


def _oscillating(name: str) -> _Function:
    """Return the function for a method of balls that has no value at an infinity."""
    function = _library(name)

    def of_finite(x: Number) -> Number:
        is_infinity = type(x) is arb and x.is_exact() and not x.is_finite()
        return NAN if is_infinity else function(x)

    return of_finite


def integrated(x: Any, value: Number, slope: Number) -> Any:
    """Return the series with constant coefficient ``value`` and derivative ``slope * x'``."""
    if type(slope) is not arb_series:
        return NAN
    return (x.derivative() * slope).integral() + as_ball(value)


exp = _library("exp")
sin = _oscillating("sin")
cos = _oscillating("cos")
tan = _library("tan")
atan = _library("atan")
erf = _library("erf")
erfc = _library("erfc")
expm1 = _library("expm1", lambda x: x.exp() - 1)
sec = _library("sec", lambda x: 1 / x.cos())
csc = _library("csc", lambda x: div(_ONE, x.sin()))
cot = _library("cot", lambda x: div(x.cos(), x.sin()))
sinh = _library("sinh", lambda x: (x.exp() - (-x).exp()) / 2)
cosh = _library("cosh", lambda x: (x.exp() + (-x).exp()) / 2)
tanh = _library("tanh", lambda x: sinh(x) / cosh(x))
sech = _library("sech", lambda x: 1 / cosh(x))
csch = _library("csch", lambda x: div(_ONE, sinh(x)))
coth = _library("coth", lambda x: div(cosh(x), sinh(x)))
asinh: _Function = _library("asinh", lambda x: integrated(x, asinh(x[0]), 1 / sqrt(1 + x * x)))
acosh: _Function = _library(
    "acosh", lambda x: integrated(x, acosh(x[0]), div(_ONE, sqrt(x * x - 1)))
)
atanh: _Function = _library("atanh", lambda x: integrated(x, atanh(x[0]), div(_ONE, 1 - x * x)))
asin: _Function = _library("asin", lambda x: integrated(x, asin(x[0]), div(_ONE, sqrt(1 - x * x))))
acos: _Function = _library("acos", lambda x: integrated(x, acos(x[0]), div(-_ONE, sqrt(1 - x * x))))


def log(x: Number, base: int | None = None) -> Number:
    """Return the natural logarithm, or the one to a base; -inf at 0."""
    if base is not None:
        return log(x) / arb(base).log()
    if constant_part(x) == 0:
        return NAN if type(x) is arb_series else -INFINITY
    return x.log() if type(x) is arb_series else settled(as_ball(x).log())


def log10(x: Number) -> Number:
    """Return the logarithm to base 10."""
    return log(x, 10)


def log1p(x: Number) -> Number:
    """Return ``log(1 + x)``."""
    return log(1 + x) if type(x) is arb_series or x == -1 else settled(as_ball(x).log1p())


def exp2(x: Number) -> Number:
    """Return 2 to the power of the number."""
    return pow(fmpq(2), x)


def sqrt(x: Number) -> Number:
    """Return the square root, as a rational for the square of a rational."""
    if type(x) is fmpq and x >= 0:
        p, q = x.p.isqrt(), x.q.isqrt()
        if p * p == x.p and q * q == x.q:
            return fmpq(p, q)
    if type(x) is arb_series:
        return x.sqrt() if sign(x[0]) == 1 else NAN
    return settled(as_ball(x).sqrt())


def cbrt(x: Number) -> Number:
    """Return the cube root, negative for a negative number."""
    if type(x) is arb_series:
        return sign(x) * exp(log(abs_(x)) / 3) if sign(x) != 0 else NAN
    s = sign(x)
    if type(s) is arb or s == 0:
        return s
    root = as_ball(abs(x)).root(3)
    if type(x) is fmpq and (whole := root.unique_fmpz()) is not None and whole**3 == abs(x):
        return s * whole
    return s * root


def hypot(x: Number, y: Number) -> Number:
    """Return the length of the hypotenuse."""
    return sqrt(add(square(x), square(y)))


def direction(x: Number, y: Number) -> Number:
    """Return ``x/hypot(x, y)``; 0 at the origin."""
    radius = hypot(x, y)
    return where(equal(radius, _ZERO), _ZERO, radius if radius == 0 else div(x, radius))


def atan2(y: Number, x: Number) -> Number:
    """Return the angle of the point (x, y)."""
    if type(x) is not arb_series and type(y) is not arb_series:
        return settled(arb.atan2(as_ball(y), as_ball(x)))
    x, y = as_series(x), as_series(y)
    slope = div(x * y.derivative() - y * x.derivative(), x * x + y * y)
    if type(slope) is not arb_series:
        return NAN
    return slope.integral() + as_ball(atan2(constant_part(y), constant_part(x)))


# --- functions of 1/x, with the definitions of mpmath --------------------------------------------


def asec(x: Number) -> Number:
    """Return the arc secant."""
    return acos(div(_ONE, x))


def acsc(x: Number) -> Number:
    """Return the arc cosecant."""
    return asin(div(_ONE, x))


def acot(x: Number) -> Number:
    """Return the arc cotangent."""
    return atan(div(_ONE, x))


def asech(x: Number) -> Number:
    """Return the inverse hyperbolic secant."""
    return acosh(div(_ONE, x))


def acsch(x: Number) -> Number:
    """Return the inverse hyperbolic cosecant."""
    return asinh(div(_ONE, x))


def acoth(x: Number) -> Number:
    """Return the inverse hyperbolic cotangent."""
    return atanh(div(_ONE, x))
