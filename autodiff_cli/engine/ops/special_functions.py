"""Declare functions of Bessel, Riemann and Hurwitz, incomplete gamma and beta functions.

Their parameters, such as the order of a Bessel function, are static: there is no closed rule for
derivatives with respect to them.  SciPy computes the values, or else ball arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from autodiff_cli.engine.constants import constant
from autodiff_cli.engine.elementwise import elementwise
from autodiff_cli.engine.metadata import POSITIVE, UNIT, Interval
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.ops.elementary import exp, log
from autodiff_cli.engine.ops.special import BITS, _each, lgamma
from autodiff_cli.errors import MissingExtraError

SQRT_PI_HALF = constant(math.sqrt(math.pi) / 2.0, "sqrt(pi) / 2")


@cache
def _computed(name: str, ball: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of SciPy, or one that computes each element as a ball.

    Parameters
    ----------
    ball
        The function on balls of python-flint.

    Raises
    ------
    MissingExtraError
        If neither package is installed.
    """
    try:
        from scipy import special

        return getattr(special, name)  # type: ignore[no-any-return]
    except ImportError:
        pass
    try:
        from flint import arb, ctx
    except ImportError:
        raise MissingExtraError(
            f"`{name}` needs SciPy or python-flint", "pip install scipy"
        ) from None

    def function(*args: Any) -> Any:
        *params, x = args

        def single(x: float) -> float:
            with ctx.workprec(BITS):
                return float(ball(*map(arb, params), arb(x)))

        return _each(single, x)

    return function


def _values(name: str, ball: Callable[..., Any], *args: Any) -> Any:
    *_, x = args
    return np.asarray(_computed(name, ball)(*args), dtype=np.result_type(x))


# --- inverse error functions ---------------------------------------------------------------------

erfinv = elementwise(
    "erfinv",
    lambda x: _values("erfinv", lambda x: x.erfinv(), x),
    lambda gy, y, x: gy * (SQRT_PI_HALF * exp(y * y)),
    doc="inverse of the error function",
    example="erfinv(0.5) = 0.476936276204469873381",
    latex=r"\operatorname{erf}^{-1}\left(<x>\right)",
    domain=(UNIT,),
    numpy="special.erfinv({x})",
)

erfcinv = elementwise(
    "erfcinv",
    lambda x: _values("erfcinv", lambda x: x.erfcinv(), x),
    lambda gy, y, x: gy * (-SQRT_PI_HALF * exp(y * y)),
    doc="inverse of erfc",
    example="erfcinv(0.5) = 0.476936276204469873381",
    latex=r"\operatorname{erfc}^{-1}\left(<x>\right)",
    domain=(Interval(0.0, 2.0),),
    reference="erfinv(1 - x)",
    numpy="special.erfcinv({x})",
)

# --- incomplete gamma and beta functions ---------------------------------------------------------


MOST_GAMMA = 171.0
"""Beyond this the gamma function overflows."""


def _exact_gamma(a: float) -> float:
    """Return the gamma function of a parameter, which balls compute to any number of digits."""
    if float(a).is_integer():
        return math.gamma(a)
    numerator, denominator = float(a).as_integer_ratio()
    return constant(math.gamma(a), f"gamma(mpf({numerator}) / {denominator})")


def _gamma_density(x: Any, a: Any) -> Any:
    if not np.ndim(a) and a < MOST_GAMMA:
        return x ** (a - 1.0) * exp(-x) / _exact_gamma(a)
    return exp((a - 1.0) * log(x) - x - lgamma(a))


gammainc = elementwise(
    "gammainc",
    lambda x, a=1.0: _values("gammainc", lambda a, x: x.gamma_lower(a, 1), a, x),
    lambda gy, y, x, a=1.0: gy * _gamma_density(x, a),
    leading=True,
    variable=True,
    reals=("a",),
    doc="regularized lower incomplete gamma function P(a, x) with a fixed parameter",
    example="gammainc(2, 1) = 0.264241117657115356809",
    latex=r"P\left(<a>, <x>\right)",
    domain=(POSITIVE,),
    reference="gammainc(a, 0, x, regularized=True)",
    numpy="special.gammainc({a}, {x})",
)

gammaincc = elementwise(
    "gammaincc",
    lambda x, a=1.0: _values("gammaincc", lambda a, x: x.gamma_upper(a, 1), a, x),
    lambda gy, y, x, a=1.0: gy * -_gamma_density(x, a),
    leading=True,
    variable=True,
    reals=("a",),
    doc="regularized upper incomplete gamma function Q(a, x) = 1 - P(a, x)",
    example="gammaincc(2, 1) = 0.735758882342884643191",
    latex=r"Q\left(<a>, <x>\right)",
    domain=(POSITIVE,),
    reference="gammainc(a, x, regularized=True)",
    numpy="special.gammaincc({a}, {x})",
)


def _beta_density(x: Any, a: Any, b: Any) -> Any:
    if not np.ndim(a + b) and a + b < MOST_GAMMA:
        scale = math.gamma(a + b) / (math.gamma(a) * math.gamma(b))
    else:
        scale = exp(lgamma(a + b) - lgamma(a) - lgamma(b))
    return x ** (a - 1.0) * (1.0 - x) ** (b - 1.0) * scale


betainc = elementwise(
    "betainc",
    lambda x, a=1.0, b=1.0: _values("betainc", lambda a, b, x: x.beta_lower(a, b, 1), a, b, x),
    lambda gy, y, x, a=1.0, b=1.0: gy * _beta_density(x, a, b),
    leading=True,
    variable=True,
    reals=("a", "b"),
    doc="regularized incomplete beta function with fixed parameters a and b",
    example="betainc(2, 3, 0.5) = 0.6875",
    latex=r"I_{<x>}\left(<a>, <b>\right)",
    domain=(Interval(0.0, 1.0),),
    reference="betainc(a, b, 0, x, regularized=True)",
    numpy="special.betainc({a}, {b}, {x})",
)

# --- Bessel functions ----------------------------------------------------------------------------


def _between(bessel: Any, x: Any, n: float, sign: float) -> Any:
    """Return the derivative of a Bessel function from those of the orders beside its own.

    Source: DLMF 10.6.1 and 10.29.1.
    """
    return 0.5 * (bessel(x, n=n - 1) + sign * bessel(x, n=n + 1))


jv: Operation = elementwise(
    "jv",
    lambda x, n=0: _values("jv", lambda n, x: x.bessel_j(n), n, x),
    lambda gy, y, x, n=0: gy * _between(jv, x, n, -1.0),
    leading=True,
    variable=True,
    reals=("n",),
    doc="Bessel function of the first kind of a fixed order",
    example="jv(1, 2) = 0.576724807756873387202",
    latex=r"J_{<n>}\left(<x>\right)",
    aliases=("besselj", "jn"),
    reference="besselj(n, x)",
    numpy="special.jv({n}, {x})",
)

yv: Operation = elementwise(
    "yv",
    lambda x, n=0: _values("yv", lambda n, x: x.bessel_y(n), n, x),
    lambda gy, y, x, n=0: gy * _between(yv, x, n, -1.0),
    leading=True,
    variable=True,
    reals=("n",),
    doc="Bessel function of the second kind of a fixed order",
    example="yv(0.5, 2) = 0.234785710406248469174",
    latex=r"Y_{<n>}\left(<x>\right)",
    aliases=("bessely", "yn"),
    domain=(POSITIVE,),
    reference="bessely(n, x)",
    numpy="special.yv({n}, {x})",
)

iv: Operation = elementwise(
    "iv",
    lambda x, n=0: _values("iv", lambda n, x: x.bessel_i(n), n, x),
    lambda gy, y, x, n=0: gy * _between(iv, x, n, 1.0),
    leading=True,
    variable=True,
    reals=("n",),
    doc="modified Bessel function of the first kind of a fixed order",
    example="iv(1, 2) = 1.59063685463732906338",
    latex=r"I_{<n>}\left(<x>\right)",
    aliases=("besseli",),
    reference="besseli(n, x)",
    numpy="special.iv({n}, {x})",
)

# --- zeta ----------------------------------------------------------------------------------------

zeta: Operation = elementwise(
    "zeta",
    lambda x, s=2: _values("zeta", lambda s, x: s.zeta(x), s, x),
    lambda gy, y, x, s=2: gy * (-s * zeta(x, s=s + 1)),
    leading=True,
    variable=True,
    reals=("s",),
    doc="Hurwitz zeta function, the sum of 1/(k + x)**s, with a fixed exponent s",
    example="zeta(3, 1) = 1.20205690315959428540",
    latex=r"\zeta\left(<s>, <x>\right)",
    domain=(POSITIVE,),
    reference="zeta(s, x)",
    numpy="special.zeta({s}, {x})",
)
