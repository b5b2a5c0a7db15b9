"""Define functions of exact rationals, balls, and power series of balls, under mpmath's names.

A function here has the name of the operation, or the name used in its definition in mpmath
(`Metadata.reference`).  An unknown result is a ball that contains no number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from flint import acb, arb, arb_series, ctx, fmpq, fmpz

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


def power_slope(x: Number, n: Number, k: int = 1) -> Number:
    """Return the derivative of order k of ``x**n`` by its base."""
    factor: Number = _ONE
    for i in range(k):
        factor = mul(factor, sub(n, fmpq(i)))
    return _ZERO if type(factor) is fmpq and factor == 0 else mul(factor, pow(x, sub(n, fmpq(k))))


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


def _integrated(x: Any, value: Number, slope: Number) -> Any:
    """Return the series with constant coefficient ``value`` and derivative ``slope * x'``."""
    if type(slope) is not arb_series:
        return NAN
    return (x.derivative() * slope).integral() + as_ball(value)


def _composed(coefficients: Sequence[Number], x: Any) -> Any:
    """Return a function of a series, given its Taylor coefficients at the constant coefficient."""
    moved, y = x - x[0], as_series(_ZERO)
    for c in reversed(coefficients):
        y = y * moved + as_ball(c)
    return y


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
asinh: _Function = _library("asinh", lambda x: _integrated(x, asinh(x[0]), 1 / sqrt(1 + x * x)))
acosh: _Function = _library(
    "acosh", lambda x: _integrated(x, acosh(x[0]), div(_ONE, sqrt(x * x - 1)))
)
atanh: _Function = _library("atanh", lambda x: _integrated(x, atanh(x[0]), div(_ONE, 1 - x * x)))
asin: _Function = _library("asin", lambda x: _integrated(x, asin(x[0]), div(_ONE, sqrt(1 - x * x))))
acos: _Function = _library(
    "acos", lambda x: _integrated(x, acos(x[0]), div(-_ONE, sqrt(1 - x * x)))
)


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


# --- special functions -----------------------------------------------------------------------


def gamma(x: Number) -> Number:
    """Return the gamma function."""
    return x.gamma() if type(x) is arb_series else settled(as_ball(x).gamma())


def lgamma(x: Number) -> Number:
    """Return the logarithm of the absolute value of the gamma function."""
    if type(x) is arb_series:
        at = x[0]
        return _composed([lgamma(at), *(psi(k, at) / _factorial(k + 1) for k in range(ctx.cap))], x)
    if x > 0:
        return settled(as_ball(x).lgamma())
    return acb(as_ball(x)).lgamma().real


def psi(n: int, x: Number) -> Number:
    """Return the derivative of order n of digamma."""
    if type(x) is arb_series:
        at = x[0]
        return _composed([psi(n + k, at) / _factorial(k) for k in range(ctx.cap)], x)
    return acb(as_ball(x)).polygamma(n).real


def digamma(x: Number) -> Number:
    """Return the derivative of the logarithm of the gamma function."""
    return psi(0, x)


def _factorial(n: int) -> Any:
    return arb(n).fac()


def sinc(x: Number) -> Number:
    """Return ``sin(x)/x``, and 1 at 0."""
    return sinc_derivative(x, 0) if type(x) is arb_series else settled(as_ball(x).sinc())


def sinc_derivative(x: Number, n: int = 1) -> Number:
    """Return the n-th derivative of sinc: the integral of tⁿ exp(itx) over [0, 1] (DLMF 13.4.1)."""
    if type(x) is arb_series:
        at = x[0]
        return _composed([sinc_derivative(at, n + k) / _factorial(k) for k in range(ctx.cap)], x)
    turned = acb(0, 1) ** n * acb(0, as_ball(x)).hypgeom_1f1(acb(n + 1), acb(n + 2))
    return turned.real / (n + 1)


# --- functions with a fixed parameter --------------------------------------------------------


MOST_PARAMETER_BITS = 20
"""The bits after the point of a parameter that is exact; others may have been rounded."""


def mpf(x: float) -> Number:
    """Return a number, as references write it."""
    return fmpq(*x.as_integer_ratio())


def _known(*parameters: float) -> bool:
    """Return whether parameters are exact."""
    return not any(math.ldexp(a, MOST_PARAMETER_BITS) % 1.0 for a in parameters)


def _inverse(x: Number, value: Callable[[Any], Any], sign: int) -> Number:
    """Return an inverse error function, whose derivative is ``sqrt(pi)/2 * exp(y**2)``."""
    if type(x) is not arb_series:
        return settled(value(as_ball(x)))
    start = value(as_ball(x[0]))
    y: Any = as_series(start)
    factor = arb.pi().sqrt() / (2 * sign)
    for _ in range(ctx.cap):
        y = _integrated(x, start, exp(y * y) * as_series(factor))
    return y


def erfinv(x: Number) -> Number:
    """Return the inverse of the error function."""
    return _inverse(x, arb.erfinv, 1)


def erfcinv(x: Number) -> Number:
    """Return the inverse of erfc."""
    return _inverse(x, arb.erfcinv, -1)


def _primitive(x: Number, value: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Number:
    """Return a function, for series by its derivative."""
    if type(x) is not arb_series:
        return settled(value(as_ball(x)))
    return _integrated(x, value(as_ball(x[0])), slope(x))


def _gamma_slope(x: Number, a: float) -> Number:
    return div(mul(pow(x, mpf(a - 1.0)), exp(-x)), arb(a).gamma())


def gammainc(x: Number, a: float = 1.0) -> Number:
    """Return the regularized lower incomplete gamma function."""
    if not _known(a):
        return NAN
    return _primitive(x, lambda x: x.gamma_lower(arb(a), 1), lambda x: _gamma_slope(x, a))


def gammaincc(x: Number, a: float = 1.0) -> Number:
    """Return the regularized upper incomplete gamma function."""
    if not _known(a):
        return NAN
    return _primitive(x, lambda x: x.gamma_upper(arb(a), 1), lambda x: -_gamma_slope(x, a))


def betainc(x: Number, a: float = 1.0, b: float = 1.0) -> Number:
    """Return the regularized incomplete beta function."""
    if not _known(a, b):
        return NAN
    scale = arb(a + b).gamma() / (arb(a).gamma() * arb(b).gamma())

    def slope(x: Number) -> Number:
        return mul(mul(pow(x, mpf(a - 1.0)), pow(sub(_ONE, x), mpf(b - 1.0))), scale)

    return _primitive(x, lambda x: x.beta_lower(arb(a), arb(b), 1), slope)


def _bessel(x: Number, n: float, value: Callable[[Any, Any], Any], sign: int) -> Number:
    """Return a Bessel function, for series by its derivatives (DLMF 10.6.7 and 10.29.5)."""
    if not _known(n):
        return NAN
    if type(x) is not arb_series:
        return settled(value(as_ball(x), arb(n)))
    at = as_ball(x[0])

    def coefficient(k: int) -> Any:
        parts = (sign**i * math.comb(k, i) * value(at, arb(n - k + 2 * i)) for i in range(k + 1))
        return sum(parts, arb(0)) / (arb(2) ** k * _factorial(k))

    return _composed([coefficient(k) for k in range(ctx.cap)], x)


def jv(x: Number, n: float = 0) -> Number:
    """Return the Bessel function of the first kind."""
    return _bessel(x, n, arb.bessel_j, -1)


def yv(x: Number, n: float = 0) -> Number:
    """Return the Bessel function of the second kind."""
    return _bessel(x, n, arb.bessel_y, -1)


def iv(x: Number, n: float = 0) -> Number:
    """Return the modified Bessel function of the first kind."""
    return _bessel(x, n, arb.bessel_i, 1)


def zeta(x: Number, s: float = 2) -> Number:
    """Return the Hurwitz zeta function."""
    if not _known(s):
        return NAN
    if type(x) is not arb_series:
        return settled(arb(s).zeta(as_ball(x)))
    at, coefficients, factor = as_ball(x[0]), [], arb(1)
    for k in range(ctx.cap):
        coefficients.append(factor * arb(s + k).zeta(at))
        factor = -factor * (s + k) / (k + 1)
    return _composed(coefficients, x)
