"""Define special functions of balls and their power series, under mpmath's names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from flint import acb, arb, arb_series, ctx, fmpq

from autodiff_cli.graph.ball_arithmetic import (
    NAN,
    Number,
    as_ball,
    as_series,
    div,
    mul,
    settled,
    sub,
)
from autodiff_cli.graph.ball_functions import exp, integrated, pow

MOST_PARAMETER_BITS = 20
"""The bits after the point of a parameter that is exact; others may have been rounded."""


def _composed(coefficients: Sequence[Number], x: Any) -> Any:
    """Return a function of a series, given its Taylor coefficients at the constant coefficient."""
    moved, y = x - x[0], as_series(fmpq(0))
    for c in reversed(coefficients):
        y = y * moved + as_ball(c)
    return y


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
        y = integrated(x, start, exp(y * y) * as_series(factor))
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
    return integrated(x, value(as_ball(x[0])), slope(x))


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
        return mul(mul(pow(x, mpf(a - 1.0)), pow(sub(fmpq(1), x), mpf(b - 1.0))), scale)

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
