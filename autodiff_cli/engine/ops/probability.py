"""Declare functions of probabilities, and the logarithms of densities."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff_cli.engine.composite import composite
from autodiff_cli.engine.constants import constant
from autodiff_cli.engine.ops.elementary import exp, log, log1p
from autodiff_cli.engine.ops.hyperbolic import atanh
from autodiff_cli.engine.ops.piecewise import maximum, minimum, where
from autodiff_cli.engine.ops.special import SQRT_HALF, erfc, lgamma
from autodiff_cli.engine.ops.special_functions import erfcinv, iv, jv, yv

LOG_ROOT_TWO_PI = constant(0.5 * math.log(2.0 * math.pi), "log(2 * pi) / 2")
SQRT_TWO = constant(math.sqrt(2.0), "sqrt(2)")


@composite(tensors=2, example="xlogy(0, 0) = 0")
def xlogy(x: Any, y: Any) -> Any:
    """Return x*log(y), and 0 where x is 0."""
    return where(x == 0.0, 0.0, x * log(y))


@composite(tensors=2, example="xlog1py(0, -1) = 0")
def xlog1py(x: Any, y: Any) -> Any:
    """Return x*log(1 + y), and 0 where x is 0."""
    return where(x == 0.0, 0.0, x * log1p(y))


@composite(example="entr(0.5) = 0.346573590279972654709")
def entr(x: Any) -> Any:
    """Return -x*log(x), and 0 at 0."""
    return -xlogy(x, x)


@composite(example="logit(0.25) = -1.09861228866810969140")
def logit(p: Any) -> Any:
    """Return log(p/(1 - p)), the inverse of the sigmoid."""
    inner = (p > 0.25) * (p < 0.75)
    return where(inner, 2.0 * atanh(2.0 * p - 1.0), log(p) - log1p(-p))


@composite(reals=("h",), example="heaviside(2) = 1")
def heaviside(x: Any, h: Any = 0.0) -> Any:
    """Return 0 where x is negative, 1 where it is positive, and h at 0."""
    if not np.any(h):
        return x > 0.0
    return where(x == 0.0, h, x > 0.0)


@composite(tensors=2, example="betaln(2, 3) = -2.48490664978800031023")
def betaln(a: Any, b: Any) -> Any:
    """Return the logarithm of the beta function."""
    return lgamma(a) + lgamma(b) - lgamma(a + b)


@composite(tensors=2, example="beta(2, 3) = 0.0833333333333333333333")
def beta(a: Any, b: Any) -> Any:
    """Return the beta function of positive numbers, gamma(a)*gamma(b)/gamma(a + b)."""
    return exp(betaln(a, b))


# --- the normal distribution ---------------------------------------------------------------------


@composite(aliases=("normcdf", "norm_cdf"), example="ndtr(1) = 0.841344746068542948585")
def ndtr(x: Any) -> Any:
    """Return the standard normal distribution function."""
    return 0.5 * erfc(x * -SQRT_HALF)


@composite(aliases=("norminv", "probit"), example="ndtri(0.975) = 1.95996398454005423552")
def ndtri(p: Any) -> Any:
    """Return the quantile of the standard normal distribution, the inverse of ndtr."""
    return -SQRT_TWO * erfcinv(2.0 * p)


TAIL = -20.0
"""Below this the logarithm of the normal distribution function is an asymptotic series."""


@composite(aliases=("normlogcdf",), example="log_ndtr(-2) = -3.78318433368203194884")
def log_ndtr(x: Any) -> Any:
    """Return the logarithm of the standard normal distribution function, without underflow."""
    inner = maximum(x, TAIL)
    near = where(
        inner > 0.0, log1p(-0.5 * erfc(inner * SQRT_HALF)), log(0.5 * erfc(inner * -SQRT_HALF))
    )
    # DLMF 7.12.1: 1 - 1/x² + 3/x⁴ - 15/x⁶ + ...
    outer = minimum(x, TAIL)
    u = 1.0 / (outer * outer)
    series = 1.0
    for k in range(17, 0, -2):
        series = 1.0 - k * u * series
    far = log(series) - 0.5 * outer * outer - log(-outer) - LOG_ROOT_TWO_PI
    return where(x > TAIL, near, far)


@composite(aliases=("norm_pdf",), example="normpdf(1) = 0.241970724519143349798")
def normpdf(x: Any) -> Any:
    """Return the standard normal density."""
    return exp(-0.5 * x * x - LOG_ROOT_TWO_PI)


@composite(tensors=3, example="normal_logpdf(1, 0, 2) = -1.73708571376461805120")
def normal_logpdf(x: Any, mean: Any, std: Any) -> Any:
    """Return the logarithm of the normal density with a mean and a standard deviation."""
    z = (x - mean) / std
    return -0.5 * z * z - log(std) - LOG_ROOT_TWO_PI


# --- other distributions -------------------------------------------------------------------------


@composite(tensors=3, example="gamma_logpdf(1, 2, 3) = -0.802775422663780617210")
def gamma_logpdf(x: Any, shape: Any, rate: Any) -> Any:
    """Return the logarithm of the gamma density with a shape and a rate."""
    return shape * log(rate) + (shape - 1.0) * log(x) - rate * x - lgamma(shape)


@composite(tensors=3, example="beta_logpdf(0.5, 2, 3) = 0.405465108108164381978")
def beta_logpdf(x: Any, a: Any, b: Any) -> Any:
    """Return the logarithm of the beta density."""
    return (a - 1.0) * log(x) + (b - 1.0) * log1p(-x) - betaln(a, b)


@composite(tensors=2, example="student_logpdf(1, 3) = -1.57625299452707156530")
def student_logpdf(x: Any, df: Any) -> Any:
    """Return the logarithm of Student's density with degrees of freedom."""
    scale = lgamma(0.5 * (df + 1.0)) - lgamma(0.5 * df) - 0.5 * log(math.pi * df)
    return scale - 0.5 * (df + 1.0) * log1p(x * x / df)


@composite(tensors=2, example="poisson_logpmf(2, 3) = -1.49592260322372592663")
def poisson_logpmf(k: Any, mean: Any) -> Any:
    """Return the logarithm of the probability of k events, given their mean number."""
    return xlogy(k, mean) - lgamma(k + 1.0) - mean


# --- Bessel functions of fixed orders ------------------------------------------------------------


@composite(example="j0(2) = 0.223890779141235668052")
def j0(x: Any) -> Any:
    """Return the Bessel function of the first kind of order 0."""
    return jv(x, n=0)


@composite(example="j1(2) = 0.576724807756873387202")
def j1(x: Any) -> Any:
    """Return the Bessel function of the first kind of order 1."""
    return jv(x, n=1)


@composite(example="y0(2) = 0.510375672649745119597")
def y0(x: Any) -> Any:
    """Return the Bessel function of the second kind of order 0."""
    return yv(x, n=0)


@composite(example="y1(2) = -0.107032431540937546888")
def y1(x: Any) -> Any:
    """Return the Bessel function of the second kind of order 1."""
    return yv(x, n=1)


@composite(example="i0(2) = 2.27958530233606726744")
def i0(x: Any) -> Any:
    """Return the modified Bessel function of the first kind of order 0."""
    return iv(x, n=0)


@composite(example="i1(2) = 1.59063685463732906338")
def i1(x: Any) -> Any:
    """Return the modified Bessel function of the first kind of order 1."""
    return iv(x, n=1)


LARGE = 600.0
"""Beyond this the scaled Bessel function is an asymptotic series, as exponentials overflow."""


@composite(leading=True, reals=("n",), example="ive(1, 2) = 0.215269289248937659159")
def ive(x: Any, n: float = 0) -> Any:
    """Return exp(-abs(x)) times the modified Bessel function of the first kind."""
    inner = maximum(minimum(x, LARGE), -LARGE)
    near = exp(-abs(inner)) * iv(inner, n=n)
    # DLMF 10.40.1.
    outer = maximum(abs(x), LARGE)
    series = 1.0
    for k in range(12, 0, -1):
        series = 1.0 - (4.0 * n * n - (2.0 * k - 1.0) ** 2) / (8.0 * k) / outer * series
    far = series / (2.0 * math.pi * outer) ** 0.5
    odd = n % 2 == 1
    return where(abs(x) < LARGE, near, where(x < 0.0, -far, far) if odd else far)
