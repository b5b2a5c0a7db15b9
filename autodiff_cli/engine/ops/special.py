"""Declare special functions of statistics and machine learning."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from autodiff_cli.engine.constants import constant
from autodiff_cli.engine.elementwise import elementwise
from autodiff_cli.engine.metadata import POSITIVE
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.ops.elementary import exp
from autodiff_cli.engine.ops.hyperbolic import sech_squared
from autodiff_cli.errors import MissingExtraError

TWO_OVER_SQRT_PI = constant(2.0 / math.sqrt(math.pi), "2 / sqrt(pi)")
SQRT_HALF = constant(math.sqrt(0.5), "sqrt(2) / 2")
SQRT_TWO_PI = constant(math.sqrt(2.0 * math.pi), "sqrt(2 * pi)")

BITS = 256
"""The precision in bits at which ball arithmetic computes results for float64."""


def _each(function: Callable[[float], float], x: Any, pole: float = math.nan) -> Any:
    """Apply a function of floats to each element, for functions that NumPy does not have.

    ``pole`` is the value at a pole, where functions of the math module raise.
    """

    def ieee(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.copysign(math.inf, x) if x == 0.0 and pole != pole else pole

    x = np.asarray(x)
    return np.asarray(np.frompyfunc(ieee, 1, 1)(x), dtype=x.dtype)


erf = elementwise(
    "erf",
    lambda x: _each(math.erf, x),
    lambda gy, y, x: gy * (TWO_OVER_SQRT_PI * exp(-(x * x))),
    scalar=math.erf,
    doc="error function",
    example="erf(1) = 0.842700792949714869341",
    numpy="_each(math.erf, {x})",
)

erfc = elementwise(
    "erfc",
    lambda x: _each(math.erfc, x),
    lambda gy, y, x: gy * (-TWO_OVER_SQRT_PI * exp(-(x * x))),
    scalar=math.erfc,
    nonnegative=True,
    doc="1 - erf(x), exact where that is small",
    example="erfc(2) = 0.00467773498104726583794",
    numpy="_each(math.erfc, {x})",
)

sigmoid = elementwise(
    "sigmoid",
    lambda x: 1.0 / (1.0 + np.exp(-x)),
    # y(1 - y) would lose digits where y is near 1, and its derivative where y is near 1/2.
    lambda gy, y, x: gy * (0.25 * sech_squared(0.5 * x)),
    scalar=lambda x: 1.0 / (1.0 + math.exp(-x)),
    nonnegative=True,
    slope="sigmoid(x)*(1 - sigmoid(x))",
    doc="logistic function, 1/(1 + exp(-x))",
    example="sigmoid(1) = 0.731058578630004879251",
    latex=r"\sigma\left(<x>\right)",
    aliases=("logistic", "expit"),
    reference="1 / (1 + exp(-x))",
    numpy="1.0 / (1.0 + np.exp(-{x}))",
    c="1.0 / (1.0 + exp(-{x}))",
)

SOFTPLUS = """\
static double softplus(double x)
{
    return (x > 0.0 ? x : 0.0) + log1p(exp(-fabs(x)));
}
"""

softplus = elementwise(
    "softplus",
    lambda x: np.logaddexp(0.0, x),
    lambda gy, y, x: gy * sigmoid(x),
    nonnegative=True,
    doc="log(1 + exp(x)), without overflow",
    example="softplus(1) = 1.31326168751822283405",
    reference="log(1 + exp(x))",
    numpy="np.logaddexp(0.0, {x})",
    c=SOFTPLUS,
)

LOGADDEXP = """\
static double logaddexp(double x, double y)
{
    const double top = x > y ? x : y;
    return x == y ? x + log(2.0) : top + log1p(exp(-fabs(x - y)));
}
"""

logaddexp = elementwise(
    "logaddexp",
    np.logaddexp,
    lambda gy, z, x, y: gy * sigmoid(x - y),
    lambda gy, z, x, y: gy * sigmoid(y - x),
    doc="log(exp(x) + exp(y)), without overflow",
    example="logaddexp(1, 2) = 2.31326168751822283405",
    commutes=True,
    reference="log(exp(x) + exp(y))",
    c=LOGADDEXP,
)

gelu = elementwise(
    "gelu",
    lambda x: x * _each(lambda u: 0.5 * math.erfc(-u / math.sqrt(2.0)), x),
    # Hendrycks and Gimpel (2016), section 2: x times the standard normal distribution function.
    lambda gy, y, x: gy * (0.5 * erfc(x * -SQRT_HALF) + x * (exp(-0.5 * (x * x)) / SQRT_TWO_PI)),
    scalar=lambda x: x * (0.5 * math.erfc(-x / math.sqrt(2.0))),
    doc="Gaussian error linear unit, x times the normal distribution function of x",
    example="gelu(1) = 0.841344746068542948586",
    reference="x * erfc(-x / sqrt(2)) / 2",
    numpy="{x} * _each(lambda u: 0.5 * math.erfc(-u / math.sqrt(2.0)), {x})",
    c="{x} * (0.5 * erfc(-{x} / sqrt(2.0)))",
)


def _log_gamma(x: float) -> float:
    """Return the logarithm of the absolute value of the gamma function.

    Near its zeros at 1 and 2 it is computed by the power series about 2 (DLMF 5.7.3), because the C
    library computes a small difference of large numbers there.
    """
    if not 0.5 <= x <= 2.5:
        return math.lgamma(x)
    # Coefficients 29 to 1: (-1)**k (zeta(k) - 1)/k, and 1 - γ for k = 1.
    coefficients = (
        -6.4229645638381e-11, 1.330476437424449e-10, -2.7595228851242334e-10,
        5.731367241678862e-10, -1.1921401405860912e-09, 2.4836745438024785e-09,
        -5.183475041970047e-09, 1.0838659214896955e-08, -2.2711094608943164e-08,
        4.7698101693639804e-08, -1.0043224823968099e-07, 2.1207184805554665e-07,
        -4.492469198764566e-07, 9.55141213040742e-07, -2.039215753801366e-06,
        4.374866789907488e-06, -9.439488275268397e-06, 2.050721277567069e-05,
        -4.492623673813314e-05, 9.945751278180853e-05, -0.00022315475845357939,
        0.0005096695247430425, -0.001192753911703261, 0.0028905103307415234,
        -0.007385551028673986, 0.020580808427784546, -0.0673523010531981, 0.3224670334241132,
        0.42278433509846713,
    )  # fmt: skip
    z, below = (x - 1.0, math.log(x)) if x < 1.5 else (x - 2.0, 0.0)
    series = 0.0
    for c in coefficients:
        series = series * z + c
    return series * z - below


lgamma = elementwise(
    "lgamma",
    lambda x: _each(_log_gamma, x, pole=math.inf),
    lambda gy, y, x: gy * digamma(x),
    scalar=_log_gamma,
    doc="logarithm of the absolute value of the gamma function",
    example="lgamma(0.5) = 0.572364942924700087072",
    latex=r"\ln \left|\Gamma\left(<x>\right)\right|",
    aliases=("gammaln", "loggamma"),
    domain=(POSITIVE,),
    reference="log(gamma(x))",
    numpy="_each(_log_gamma, {x}, pole=math.inf)",
)

gamma = elementwise(
    "gamma",
    lambda x: _each(math.gamma, x),
    lambda gy, y, x: gy * (y * digamma(x)),
    scalar=math.gamma,
    doc="gamma function; gamma(n + 1) is the factorial of n",
    example="gamma(5) = 24",
    latex=r"\Gamma\left(<x>\right)",
    domain=(POSITIVE,),
    numpy="_each(math.gamma, {x})",
    c="tgamma({x})",
)


def _polygamma(x: Any, n: int = 0) -> Any:
    if n < 0 or n != math.floor(n):
        raise ValueError(f"there is no derivative of order {n}")
    n = int(n)
    special = _special_functions()
    y = special.psi(x) if n == 0 else _polygamma_with(special, x, n)
    return np.asarray(y, dtype=np.result_type(x))


def _special_functions() -> Any:
    """Return SciPy's functions, or equivalents in ball arithmetic, which are far slower.

    Raises
    ------
    MissingExtraError
        If the package for ball arithmetic is not installed either.
    """
    try:
        from scipy import special

        return special
    except ImportError:
        pass
    try:
        from flint import acb, ctx
    except ImportError:
        raise MissingExtraError(
            "derivatives of the gamma function need SciPy or python-flint", "pip install scipy"
        ) from None

    def polygamma(n: int, x: float) -> float:
        sign = -((-1.0) ** n)
        if x == 0.0:
            return sign * (math.inf if n else math.copysign(math.inf, x))
        if x == math.inf:
            return sign * 0.0 if n else math.inf
        if x - x != 0.0 or (x < 0.0 and x == math.floor(x)):
            return math.nan
        with ctx.workprec(BITS):
            return float(acb(x).polygamma(n).real)

    return SimpleNamespace(
        psi=lambda x: _each(partial(polygamma, 0), x),
        polygamma=lambda n, x: _each(partial(polygamma, n), x),
    )


def _polygamma_with(special: Any, x: Any, n: int) -> Any:
    """Return polygamma of order 1 or more, from that of positive arguments, as SciPy has it.

    Other arguments use reflection (DLMF 5.15.6), with derivative n of ``pi cot(pi x)``.
    """
    x = np.asarray(x)
    negative = x < 0.0
    y = special.polygamma(n, np.where(negative, 1.0 - x, x))
    if not negative.any():
        return y
    # Reduced to [-1/2, 1/2], where zeros of the cotangent are exact in floating point.
    r = x - np.rint(x)
    near = np.abs(r) < 0.25
    tangent = np.tan(np.pi * np.where(near, r, 0.5 - np.abs(r)))
    c = np.where(near, 1.0 / tangent, np.copysign(tangent, r))
    # A polynomial in the cotangent: the derivative of cot**j is -j * cot**(j - 1) * (1 + cot²).
    a = [0.0, 1.0]
    for _ in range(n):
        slopes = [-j * b for j, b in enumerate(a)]
        a = [float(s + t) for s, t in zip([*slopes[1:], 0.0, 0.0], [0.0, *slopes], strict=True)]
    with np.errstate(all="ignore"):
        reflected = np.float64(np.pi) ** (n + 1) * np.polyval(np.array(a[::-1], np.float64), c)
    return np.where(negative, (-1) ** n * y - reflected, y)


polygamma: Operation = elementwise(
    "polygamma",
    _polygamma,
    lambda gy, y, x, n=0: gy * polygamma(x, n=n + 1),
    leading=True,
    doc="derivative of order n of digamma, which is that of the logarithm of gamma",
    example="polygamma(1, 1) = 1.64493406684822643647",
    latex=r"\psi^{(<n>)}\left(<x>\right)",
    domain=(POSITIVE,),
    reference="psi(n, x)",
    numpy="_polygamma_with(special, {x}, {n})",
)

digamma: Operation = elementwise(
    "digamma",
    lambda x: _polygamma(x),
    lambda gy, y, x: gy * trigamma(x),
    doc="derivative of the logarithm of the gamma function",
    example="digamma(1) = -0.577215664901532860607",
    latex=r"\psi\left(<x>\right)",
    aliases=("psi",),
    domain=(POSITIVE,),
    numpy="special.psi({x})",
)

trigamma: Operation = elementwise(
    "trigamma",
    lambda x: _polygamma(x, n=1),
    lambda gy, y, x: gy * polygamma(x, n=2),
    doc="derivative of digamma",
    example="trigamma(1) = 1.64493406684822643647",
    latex=r"\psi_{1}\left(<x>\right)",
    domain=(POSITIVE,),
    reference="psi(1, x)",
    numpy="_polygamma_with(special, {x}, 1)",
)
