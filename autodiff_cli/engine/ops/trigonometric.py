"""Declare circular functions, their inverses, and sinc."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_cli.engine.elementwise import elementwise
from autodiff_cli.engine.half_angle import cosine_in_blocks, sine_in_blocks
from autodiff_cli.engine.metadata import POSITIVE, UNIT, Interval
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.ops.elementary import direction, hypot, one_minus_square, sqrt
from autodiff_cli.engine.recurrences import Taylor

sin = elementwise(
    "sin",
    np.sin,
    lambda gy, y, x: gy * cos(x),
    scalar=math.sin,
    doc="sine of an angle in radians",
    example="sin(1) = 0.841470984807896506653",
    latex=r"\sin\left(<x>\right)",
    in_blocks=sine_in_blocks,
)

cos: Operation = elementwise(
    "cos",
    np.cos,
    lambda gy, y, x: gy * -sin(x),
    scalar=math.cos,
    doc="cosine of an angle in radians",
    example="cos(1) = 0.540302305868139717401",
    latex=r"\cos\left(<x>\right)",
    in_blocks=cosine_in_blocks,
)

tan = elementwise(
    "tan",
    np.tan,
    lambda gy, y, x: gy * (1.0 + y * y),
    scalar=math.tan,
    doc="tangent of an angle in radians",
    example="tan(1) = 1.55740772465490223051",
    latex=r"\tan\left(<x>\right)",
    aliases=("tg",),
    domain=(Interval(-math.pi / 2, math.pi / 2),),
)

sec = elementwise(
    "sec",
    lambda x: 1.0 / np.cos(x),
    lambda gy, y, x: gy * (y * tan(x)),
    scalar=lambda x: 1.0 / math.cos(x),
    doc="secant, 1/cos(x)",
    example="sec(1) = 1.85081571768092561791",
    latex=r"\sec\left(<x>\right)",
    domain=(Interval(-math.pi / 2, math.pi / 2),),
    numpy="1.0 / np.cos({x})",
    c="1.0 / cos({x})",
)

csc = elementwise(
    "csc",
    lambda x: 1.0 / np.sin(x),
    lambda gy, y, x: gy * (-y * cot(x)),
    scalar=lambda x: 1.0 / math.sin(x),
    doc="cosecant, 1/sin(x)",
    example="csc(1) = 1.18839510577812121626",
    latex=r"\csc\left(<x>\right)",
    aliases=("cosec",),
    domain=(Interval(0.0, math.pi),),
    numpy="1.0 / np.sin({x})",
    c="1.0 / sin({x})",
)

cot: Operation = elementwise(
    "cot",
    lambda x: 1.0 / np.tan(x),
    lambda gy, y, x: gy * -(1.0 + y * y),
    scalar=lambda x: 1.0 / math.tan(x),
    doc="cotangent, 1/tan(x)",
    example="cot(1) = 0.642092615934330703006",
    latex=r"\cot\left(<x>\right)",
    aliases=("ctg",),
    domain=(Interval(0.0, math.pi),),
    numpy="1.0 / np.tan({x})",
    c="1.0 / tan({x})",
)

asin = elementwise(
    "asin",
    np.arcsin,
    lambda gy, y, x: gy / sqrt(one_minus_square(x)),
    scalar=math.asin,
    angle=True,
    doc="arc sine, in radians",
    example="asin(0.5) = 0.523598775598298873077",
    latex=r"\arcsin\left(<x>\right)",
    aliases=("arcsin",),
    domain=(UNIT,),
)

acos = elementwise(
    "acos",
    np.arccos,
    lambda gy, y, x: -gy / sqrt(one_minus_square(x)),
    scalar=math.acos,
    nonnegative=True,
    angle=True,
    doc="arc cosine, in radians",
    example="acos(0.5) = 1.04719755119659774615",
    latex=r"\arccos\left(<x>\right)",
    aliases=("arccos",),
    domain=(UNIT,),
)

atan = elementwise(
    "atan",
    np.arctan,
    lambda gy, y, x: gy * atan_derivative(x, n=1),
    scalar=math.atan,
    angle=True,
    doc="arc tangent, in radians",
    example="atan(1) = 0.785398163397448309616",
    latex=r"\arctan\left(<x>\right)",
    aliases=("arctan", "arctg"),
)


def _leg(x: Any, sqrt: Callable[[Any], Any] = sqrt) -> Any:
    """Return ``sqrt(x² - 1)``, the leg of a right triangle with leg 1 and hypotenuse |x|."""
    # A product of two roots, because x² may overflow.
    return sqrt(abs(x) - 1.0) * sqrt(abs(x) + 1.0)


# acos(1/x) and asin(1/x) would lose digits near ±1, where 1/x is rounded.

asec = elementwise(
    "asec",
    lambda x: np.arctan2(_leg(x, np.sqrt), np.sign(x)),
    lambda gy, y, x: gy / abs(x) / _leg(x),
    scalar=lambda x: math.atan2(_leg(x, math.sqrt), math.copysign(1.0, x)),
    angle=True,
    doc="arc secant, acos(1/x)",
    example="asec(2) = 1.04719755119659774615",
    aliases=("arcsec",),
    domain=(Interval(1.0, np.inf),),
    numpy="np.arctan2(np.sqrt(np.abs({x}) - 1.0) * np.sqrt(np.abs({x}) + 1.0), np.sign({x}))",
    c="atan2(sqrt(fabs({x}) - 1.0) * sqrt(fabs({x}) + 1.0), copysign(1.0, {x}))",
)

acsc = elementwise(
    "acsc",
    lambda x: np.arctan2(np.sign(x), _leg(x, np.sqrt)),
    lambda gy, y, x: -gy / abs(x) / _leg(x),
    scalar=lambda x: math.atan2(math.copysign(1.0, x), _leg(x, math.sqrt)),
    angle=True,
    doc="arc cosecant, asin(1/x)",
    example="acsc(2) = 0.523598775598298873077",
    aliases=("arccsc",),
    domain=(Interval(1.0, np.inf),),
    numpy="np.arctan2(np.sign({x}), np.sqrt(np.abs({x}) - 1.0) * np.sqrt(np.abs({x}) + 1.0))",
    c="atan2(copysign(1.0, {x}), sqrt(fabs({x}) - 1.0) * sqrt(fabs({x}) + 1.0))",
)

acot = elementwise(
    "acot",
    lambda x: np.arctan(1.0 / x),
    lambda gy, y, x: -gy * atan_derivative(x, n=1),
    scalar=lambda x: math.atan(1.0 / x),
    angle=True,
    doc="arc cotangent, atan(1/x)",
    example="acot(2) = 0.463647609000806116214",
    aliases=("arccot", "arcctg"),
    jumps=(lambda x: x,),
    domain=(POSITIVE,),
    numpy="np.arctan(1.0 / {x})",
    c="atan(1.0 / {x})",
)

atan2 = elementwise(
    "atan2",
    lambda y, x: np.arctan2(y, x),
    lambda gy, z, y, x: gy * direction(x, y) / hypot(x, y),
    lambda gy, z, y, x: gy * -direction(y, x) / hypot(x, y),
    scalar=math.atan2,
    doc="angle of the point (x, y), given as atan2(y, x), in radians",
    example="atan2(1, -1) = 2.35619449019234492885",
    aliases=("arctan2",),
    # Along the negative half of the axis it leaps from -pi to pi.
    jumps=(lambda y, x: np.where(np.less_equal(x, 0.0), y, 1.0),),
    numpy="np.arctan2({y}, {x})",
)


def _cotangents(n: int) -> list[tuple[float, float]]:
    """Return the positive ``cot(k pi/n)``, each as a sum of two floats.

    They are the zeros of the polynomial ``im((x + i)**n)``.  The second float is a Newton step from
    the first, in integers: for ``x = m/d`` the polynomial is ``im((m + d i)**n) / d**n``.
    """
    found = []
    for k in range(1, (n + 1) // 2):
        high, low = 1.0 / math.tan(k * math.pi / n), 0.0
        for _ in range(2):
            # The second step starts from the nearest float.
            high += low
            m, d = high.as_integer_ratio()
            real, imaginary = 1, 0
            for _ in range(n - 1):
                real, imaginary = real * m - imaginary * d, real * d + imaginary * m
            low = -(real * d + imaginary * m) / (n * imaginary * d)
        found.append((high, low))
    return found


def _atan_derivative(x: Any, n: int = 1) -> Any:
    """Return the n-th derivative of atan.

    It is ``(-1)**(n-1) (n-1)! im((x + i)**n) / (1 + x**2)**n``.  Computed as a product over the
    zeros of the polynomial it is accurate to all digits near each of them.
    """
    x = np.asarray(x)
    d = 1.0 + x * x
    y, k = 1.0 / d, 2
    if n % 2 == 0:
        y, k = -2.0 * (x / d) * y, 3
    for high, low in _cotangents(n):
        y = k * (k + 1) * ((x - high - low) / d) * ((x + high + low) / d) * y
        k += 2
    return y


ATAN_DERIVATIVE = """\
static double atan_derivative(double x, int n)
{
    const double pi = 3.141592653589793, d = 1.0 + x * x;
    double y = n % 2 ? 1.0 / d : -2.0 * (x / d) / d;
    int i, j, k;
    for (k = 1; 2 * k < n; k++) {
        /* A zero of im((x + i)^n): high + low, by Newton's method in sums of two doubles each. */
        const double m = n % 2 ? 2.0 * k : 2.0 * k + 1.0;
        double high = 1.0 / tan(k * pi / n), low = 0.0;
        for (i = 0; i < 2; i++) {
            double re = 1.0, re_low = 0.0, im = 0.0, im_low = 0.0, slope = 0.0;
            high += low;
            for (j = 0; j < n; j++) {
                const double a = re * high, b = im * high;
                const double p = a - im, q = b + re;
                const double u = p - a, v = q - b, rest = re_low;
                slope = im;
                re_low = (a - (p - u)) + (-im - u) + fma(re, high, -a) + re_low * high - im_low;
                im_low = (b - (q - v)) + (re - v) + fma(im, high, -b) + im_low * high + rest;
                re = p;
                im = q;
            }
            low = -(im + im_low) / (n * slope);
        }
        y *= m * (m + 1.0) * ((x - high - low) / d) * ((x + high + low) / d);
    }
    return y;
}
"""


def _atan_definition(n: int = 1) -> str:
    """Return the formula: a multiple of the imaginary part of (x + i)**n over (1 + x²)**n."""
    scale = (-1) ** (n - 1) * math.factorial(n - 1)
    terms = (
        f"({scale * (-1) ** (k // 2) * math.comb(n, k)})*x**{n - k}" for k in range(1, n + 1, 2)
    )
    return f"({' + '.join(terms)})/(x**2 + 1)**{n}"


atan_derivative: Operation = elementwise(
    "atan_derivative",
    _atan_derivative,
    lambda gy, y, x, n=1: gy * atan_derivative(x, n=n + 1),
    internal=True,
    notation=lambda n=1: f"atan{'′' * n}({{x}})",
    definition=_atan_definition,
    taylor=Taylor(
        expansion=lambda x, n=1: 1.0 / (1.0 + x * x) if n == 1 else None, own_orders=True
    ),
    doc="derivative of order n of atan",
    example="atan_derivative(1, 3) = 0.5",
    reference="(-1)**(n - 1) * factorial(n - 1) * im((x + j)**n) / (1 + x * x)**n",
    c=ATAN_DERIVATIVE,
)

sinc: Operation = elementwise(
    "sinc",
    lambda x: np.where(x == 0.0, 1.0, np.sin(x) / x),
    lambda gy, y, x: gy * sinc_derivative(x, n=1),
    scalar=lambda x: math.sin(x) / x,
    doc="sin(x)/x, and 1 at 0: the unnormalised one, without a factor of pi",
    example="sinc(1) = 0.841470984807896506653",
    numpy="np.where({x} == 0.0, 1.0, np.sin({x}) / {x})",
    c="{x} == 0.0 ? 1.0 : sin({x}) / {x}",
)


def _sinc_derivative(x: Any, n: int = 1) -> Any:
    """Return the n-th derivative of sinc.

    By the Leibniz rule for ``x sinc(x) = sin(x)`` the derivatives satisfy
    ``x s[k] + k s[k-1] = sin⁽ᵏ⁾(x)``.  Each step of the upward recurrence from sinc multiplies an
    error by k/x, and each step of the downward one by x/k.  The upward recurrence is used where x
    is greater than n; elsewhere the downward one, started at an order high enough for the starting
    value not to matter (Gautschi, SIAM Review 9 (1967) 24).
    """
    x = np.asarray(x)
    sin, cos = np.sin(x), np.cos(x)
    derivatives = (sin, cos, -sin, -cos)
    up, down = sin / x, 0.0
    for k in range(1, n + 1):
        up = (derivatives[k % 4] - k * up) / x
    for k in range(n + 20 + 8 * math.isqrt(n), n, -1):
        down = (derivatives[k % 4] - x * down) / k
    return np.where(np.abs(x) > n, up, down)


SINC_DERIVATIVE = """\
static double sinc_derivative(double x, int n)
{
    const double s = sin(x), c = cos(x), derivatives[] = {s, c, -s, -c};
    double up = s / x, down = 0.0;
    int k;
    if (fabs(x) > n) {
        for (k = 1; k <= n; k++)
            up = (derivatives[k % 4] - k * up) / x;
        return up;
    }
    for (k = n + 20 + 8 * (int)sqrt((double)n); k > n; k--)
        down = (derivatives[k % 4] - x * down) / k;
    return down;
}
"""


def _sinc_definition(n: int = 1) -> str:
    """Return the formula by derivatives of sin: x s(n) + n s(n-1) is the n-th one of sin."""
    text = "sin(x)/x"
    for k in range(1, n + 1):
        outer = ("sin(x)", "cos(x)", "(-sin(x))", "(-cos(x))")[k % 4]
        text = f"{outer}/x - {k}*({text})/x"
    return text


sinc_derivative: Operation = elementwise(
    "sinc_derivative",
    _sinc_derivative,
    lambda gy, y, x, n=1: gy * sinc_derivative(x, n=n + 1),
    internal=True,
    notation=lambda n=1: f"sinc{'′' * n}({{x}})",
    definition=_sinc_definition,
    doc="derivative of order n of sinc",
    example="sinc_derivative(1, 1) = -0.301168678939756789252",
    # DLMF 13.4.1, of the integral of tⁿ exp(ixt) over [0, 1].
    reference="re(j**n * hyp1f1(n + 1, n + 2, j * x)) / (n + 1)",
    c=SINC_DERIVATIVE,
)
