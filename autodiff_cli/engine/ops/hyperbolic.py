"""Declare hyperbolic functions and their inverses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff_cli.engine.elementwise import elementwise
from autodiff_cli.engine.metadata import POSITIVE, UNIT, Interval
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.ops.arithmetic import square
from autodiff_cli.engine.ops.elementary import hypot, one_minus_square, sqrt

sinh = elementwise(
    "sinh",
    np.sinh,
    lambda gy, y, x: gy * cosh(x),
    scalar=math.sinh,
    doc="hyperbolic sine",
    example="sinh(1) = 1.17520119364380145688",
    latex=r"\sinh\left(<x>\right)",
)

cosh: Operation = elementwise(
    "cosh",
    np.cosh,
    lambda gy, y, x: gy * sinh(x),
    scalar=math.cosh,
    nonnegative=True,
    doc="hyperbolic cosine",
    example="cosh(1) = 1.54308063481524377848",
    latex=r"\cosh\left(<x>\right)",
)

tanh: Operation = elementwise(
    "tanh",
    np.tanh,
    lambda gy, y, x: gy * sech_squared(x),
    scalar=math.tanh,
    doc="hyperbolic tangent",
    example="tanh(1) = 0.761594155955764888119",
    latex=r"\tanh\left(<x>\right)",
)


def _sech_squared(x: Any) -> Any:
    # 1 - tanh(x)² loses digits as tanh approaches 1, and cosh(x)² overflows too early.
    y = np.asarray(np.cosh(x))
    np.divide(1.0, y, out=y)
    return np.multiply(y, y, out=y)


def _sech_squared_scalar(x: float) -> float:
    y = 1.0 / math.cosh(x)
    return y * y


SECH_SQUARED = """\
static double sech_squared(double x)
{
    const double e = exp(-2.0 * fabs(x));
    const double d = 1.0 + e;
    return 4.0 * e / (d * d);
}
"""

sech_squared: Operation = elementwise(
    "sech_squared",
    _sech_squared,
    lambda gy, y, x: gy * (-2.0 * (tanh(x) * y)),
    scalar=_sech_squared_scalar,
    internal=True,
    notation="sech({x})**2",
    doc="square of the hyperbolic secant, the derivative of tanh",
    example="sech_squared(1) = 0.419974341614026069394",
    reference="sech(x)**2",
    c=SECH_SQUARED,
)

sech = elementwise(
    "sech",
    lambda x: 1.0 / np.cosh(x),
    lambda gy, y, x: gy * (-y * tanh(x)),
    scalar=lambda x: 1.0 / math.cosh(x),
    nonnegative=True,
    doc="hyperbolic secant, 1/cosh(x)",
    example="sech(1) = 0.648054273663885399575",
    numpy="1.0 / np.cosh({x})",
    c="1.0 / cosh({x})",
)

csch = elementwise(
    "csch",
    lambda x: 1.0 / np.sinh(x),
    lambda gy, y, x: gy * (-y * coth(x)),
    scalar=lambda x: 1.0 / math.sinh(x),
    doc="hyperbolic cosecant, 1/sinh(x)",
    example="csch(1) = 0.850918128239321545134",
    domain=(POSITIVE,),
    numpy="1.0 / np.sinh({x})",
    c="1.0 / sinh({x})",
)

coth: Operation = elementwise(
    "coth",
    lambda x: 1.0 / np.tanh(x),
    lambda gy, y, x: -gy * square(csch(x)),
    scalar=lambda x: 1.0 / math.tanh(x),
    doc="hyperbolic cotangent, 1/tanh(x)",
    example="coth(1) = 1.31303528549933130363",
    latex=r"\coth\left(<x>\right)",
    domain=(POSITIVE,),
    numpy="1.0 / np.tanh({x})",
    c="1.0 / tanh({x})",
)

asinh = elementwise(
    "asinh",
    np.arcsinh,
    lambda gy, y, x: gy / hypot(1.0, x),
    scalar=math.asinh,
    doc="inverse hyperbolic sine",
    example="asinh(1) = 0.881373587019543025233",
    aliases=("arcsinh", "arsinh"),
)

acosh = elementwise(
    "acosh",
    np.arccosh,
    lambda gy, y, x: gy / (sqrt(x - 1.0) * sqrt(x + 1.0)),
    scalar=math.acosh,
    nonnegative=True,
    doc="inverse hyperbolic cosine",
    example="acosh(2) = 1.31695789692481670863",
    aliases=("arccosh", "arcosh"),
    domain=(Interval(1.0, np.inf),),
)

atanh = elementwise(
    "atanh",
    np.arctanh,
    lambda gy, y, x: gy / one_minus_square(x),
    scalar=math.atanh,
    doc="inverse hyperbolic tangent",
    example="atanh(0.5) = 0.549306144334054845698",
    aliases=("arctanh", "artanh"),
    domain=(UNIT,),
)

asech = elementwise(
    "asech",
    # acosh(1/x) would lose digits near 1, where 1/x is rounded.
    lambda x: np.arcsinh(np.sqrt((1.0 - x) / x) * np.sqrt((1.0 + x) / x)),
    lambda gy, y, x: -gy / x / sqrt(one_minus_square(x)),
    scalar=lambda x: math.asinh(math.sqrt((1.0 - x) / x) * math.sqrt((1.0 + x) / x)),
    doc="inverse hyperbolic secant, acosh(1/x)",
    example="asech(0.5) = 1.31695789692481670863",
    aliases=("arcsech", "arsech"),
    domain=(Interval(0.0, 1.0),),
    numpy="np.arcsinh(np.sqrt((1.0 - {x}) / {x}) * np.sqrt((1.0 + {x}) / {x}))",
    c="asinh(sqrt((1.0 - {x}) / {x}) * sqrt((1.0 + {x}) / {x}))",
)

acsch = elementwise(
    "acsch",
    lambda x: np.arcsinh(1.0 / x),
    lambda gy, y, x: -gy / abs(x) / hypot(1.0, x),
    scalar=lambda x: math.asinh(1.0 / x),
    doc="inverse hyperbolic cosecant, asinh(1/x)",
    example="acsch(2) = 0.481211825059603447498",
    aliases=("arccsch", "arcsch"),
    domain=(POSITIVE,),
    numpy="np.arcsinh(1.0 / {x})",
    c="asinh(1.0 / {x})",
)

acoth = elementwise(
    "acoth",
    # atanh(1/x) would lose digits near ±1, where 1/x is rounded.
    lambda x: np.copysign(0.5 * np.log1p(2.0 / (np.abs(x) - 1.0)), x),
    lambda gy, y, x: gy / one_minus_square(x),
    scalar=lambda x: math.copysign(0.5 * math.log1p(2.0 / (abs(x) - 1.0)), x),
    doc="inverse hyperbolic cotangent, atanh(1/x)",
    example="acoth(2) = 0.549306144334054845698",
    aliases=("arccoth", "arcoth"),
    domain=(Interval(1.0, np.inf),),
    numpy="np.copysign(0.5 * np.log1p(2.0 / (np.abs({x}) - 1.0)), {x})",
    c="copysign(0.5 * log1p(2.0 / (fabs({x}) - 1.0)), {x})",
)
