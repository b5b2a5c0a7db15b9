"""The elementary functions: roots, exponentials, logarithms, circular and hyperbolic functions.

Derivatives are those of any calculus table (DLMF 4), each written so that it loses no digits where
the function itself loses none.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff_cli.engine.elementwise import elementwise
from autodiff_cli.engine.operation import POSITIVE, UNIT, Interval, Operation
from autodiff_cli.engine.ops.arithmetic import square

LN2 = math.log(2.0)
LN10 = math.log(10.0)

sqrt = elementwise(
    "sqrt",
    np.sqrt,
    lambda gy, y, x: gy * (0.5 / y),
    scalar=math.sqrt,
    doc="square root",
    example="sqrt(2) = 1.41421356237309504880",
    domain=(POSITIVE,),
)

cbrt = elementwise(
    "cbrt",
    np.cbrt,
    lambda gy, y, x: gy / (3.0 * (y * y)),
    scalar=math.cbrt,
    doc="cube root, negative for a negative number",
    example="cbrt(8) = 2",
    domain=(POSITIVE,),
)

exp = elementwise(
    "exp",
    np.exp,
    lambda gy, y, x: gy * y,
    scalar=math.exp,
    doc="e to the power of the number",
    example="exp(1) = 2.71828182845904523536",
)

exp2 = elementwise(
    "exp2",
    np.exp2,
    lambda gy, y, x: gy * (y * LN2),
    scalar=math.exp2,
    doc="2 to the power of the number",
    example="exp2(0.5) = 1.41421356237309504880",
    reference="2 ** x",
)

expm1 = elementwise(
    "expm1",
    np.expm1,
    lambda gy, y, x: gy * exp(x),
    scalar=math.expm1,
    doc="exp(x) - 1, exact near 0",
    example="expm1(1e-10) = 1.00000000005000000000166667e-10",
)

log = elementwise(
    "log",
    np.log,
    lambda gy, y, x: gy / x,
    scalar=math.log,
    doc="natural logarithm",
    example="log(2) = 0.693147180559945309417",
    aliases=("ln",),
    domain=(POSITIVE,),
)

log2 = elementwise(
    "log2",
    np.log2,
    lambda gy, y, x: gy / (x * LN2),
    scalar=math.log2,
    doc="logarithm to base 2",
    example="log2(8) = 3",
    domain=(POSITIVE,),
    reference="log(x, 2)",
)

log10 = elementwise(
    "log10",
    np.log10,
    lambda gy, y, x: gy / (x * LN10),
    scalar=math.log10,
    doc="logarithm to base 10",
    example="log10(2) = 0.301029995663981195214",
    aliases=("lg",),
    domain=(POSITIVE,),
)

log1p = elementwise(
    "log1p",
    np.log1p,
    lambda gy, y, x: gy / (1.0 + x),
    scalar=math.log1p,
    doc="log(1 + x), exact near 0",
    example="log1p(1e-10) = 9.9999999995000000000333e-11",
    domain=(Interval(-1.0, np.inf),),
)

sin = elementwise(
    "sin",
    np.sin,
    lambda gy, y, x: gy * cos(x),
    scalar=math.sin,
    doc="sine of an angle in radians",
    example="sin(1) = 0.841470984807896506653",
)

cos: Operation = elementwise(
    "cos",
    np.cos,
    lambda gy, y, x: gy * -sin(x),
    scalar=math.cos,
    doc="cosine of an angle in radians",
    example="cos(1) = 0.540302305868139717401",
)

tan = elementwise(
    "tan",
    np.tan,
    lambda gy, y, x: gy * (1.0 + y * y),
    scalar=math.tan,
    doc="tangent of an angle in radians",
    example="tan(1) = 1.55740772465490223051",
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
    domain=(Interval(-math.pi / 2, math.pi / 2),),
)

csc = elementwise(
    "csc",
    lambda x: 1.0 / np.sin(x),
    lambda gy, y, x: gy * (-y * cot(x)),
    scalar=lambda x: 1.0 / math.sin(x),
    doc="cosecant, 1/sin(x)",
    example="csc(1) = 1.18839510577812121626",
    aliases=("cosec",),
    domain=(Interval(0.0, math.pi),),
)

cot: Operation = elementwise(
    "cot",
    lambda x: 1.0 / np.tan(x),
    lambda gy, y, x: gy * -(1.0 + y * y),
    scalar=lambda x: 1.0 / math.tan(x),
    doc="cotangent, 1/tan(x)",
    example="cot(1) = 0.642092615934330703006",
    aliases=("ctg",),
    domain=(Interval(0.0, math.pi),),
)

asin = elementwise(
    "asin",
    np.arcsin,
    # (1 - x)(1 + x) keeps the digits that 1 - x² loses near ±1.
    lambda gy, y, x: gy / sqrt((1.0 - x) * (1.0 + x)),
    scalar=math.asin,
    doc="arc sine, in radians",
    example="asin(0.5) = 0.523598775598298873077",
    aliases=("arcsin",),
    domain=(UNIT,),
)

acos = elementwise(
    "acos",
    np.arccos,
    lambda gy, y, x: -gy / sqrt((1.0 - x) * (1.0 + x)),
    scalar=math.acos,
    doc="arc cosine, in radians",
    example="acos(0.5) = 1.04719755119659774615",
    aliases=("arccos",),
    domain=(UNIT,),
)

atan = elementwise(
    "atan",
    np.arctan,
    lambda gy, y, x: gy / (1.0 + x * x),
    scalar=math.atan,
    doc="arc tangent, in radians",
    example="atan(1) = 0.785398163397448309616",
    aliases=("arctan", "arctg"),
)

asec = elementwise(
    "asec",
    lambda x: np.arccos(1.0 / x),
    lambda gy, y, x: gy / (abs(x) * sqrt((x - 1.0) * (x + 1.0))),
    scalar=lambda x: math.acos(1.0 / x),
    doc="arc secant, acos(1/x)",
    example="asec(2) = 1.04719755119659774615",
    aliases=("arcsec",),
    domain=(Interval(1.0, np.inf),),
)

acsc = elementwise(
    "acsc",
    lambda x: np.arcsin(1.0 / x),
    lambda gy, y, x: -gy / (abs(x) * sqrt((x - 1.0) * (x + 1.0))),
    scalar=lambda x: math.asin(1.0 / x),
    doc="arc cosecant, asin(1/x)",
    example="acsc(2) = 0.523598775598298873077",
    aliases=("arccsc",),
    domain=(Interval(1.0, np.inf),),
)

acot = elementwise(
    "acot",
    lambda x: np.arctan(1.0 / x),
    lambda gy, y, x: -gy / (1.0 + x * x),
    scalar=lambda x: math.atan(1.0 / x),
    doc="arc cotangent, atan(1/x)",
    example="acot(2) = 0.463647609000806116214",
    aliases=("arccot", "arcctg"),
    domain=(POSITIVE,),
)

atan2 = elementwise(
    "atan2",
    lambda y, x: np.arctan2(y, x),
    lambda gy, z, y, x: gy * (x / (x * x + y * y)),
    lambda gy, z, y, x: gy * (-y / (x * x + y * y)),
    scalar=math.atan2,
    doc="angle of the point (x, y), given as atan2(y, x), in radians",
    example="atan2(1, -1) = 2.35619449019234492885",
    aliases=("arctan2",),
)

hypot = elementwise(
    "hypot",
    np.hypot,
    lambda gy, z, x, y: gy * (x / z),
    lambda gy, z, x, y: gy * (y / z),
    scalar=math.hypot,
    doc="length of the hypotenuse, sqrt(x² + y²)",
    example="hypot(3, 4) = 5",
)

sinh = elementwise(
    "sinh",
    np.sinh,
    lambda gy, y, x: gy * cosh(x),
    scalar=math.sinh,
    doc="hyperbolic sine",
    example="sinh(1) = 1.17520119364380145688",
)

cosh: Operation = elementwise(
    "cosh",
    np.cosh,
    lambda gy, y, x: gy * sinh(x),
    scalar=math.cosh,
    doc="hyperbolic cosine",
    example="cosh(1) = 1.54308063481524377848",
)

tanh: Operation = elementwise(
    "tanh",
    np.tanh,
    lambda gy, y, x: gy * sech_squared(x),
    scalar=math.tanh,
    doc="hyperbolic tangent",
    example="tanh(1) = 0.761594155955764888119",
)


def _sech_squared(x: Any) -> Any:
    # 1 - tanh(x)² loses its digits as tanh nears 1; and cosh(x)² is infinite too soon.
    y = np.asarray(np.cosh(x))
    np.divide(1.0, y, out=y)
    return np.multiply(y, y, out=y)


def _sech_squared_scalar(x: float) -> float:
    y = 1.0 / math.cosh(x)
    return y * y


sech_squared: Operation = elementwise(
    "sech_squared",
    _sech_squared,
    lambda gy, y, x: gy * (-2.0 * (tanh(x) * y)),
    scalar=_sech_squared_scalar,
    internal=True,
    doc="square of the hyperbolic secant, the derivative of tanh",
    example="sech_squared(1) = 0.419974341614026069394",
    reference="sech(x)**2",
)

sech = elementwise(
    "sech",
    lambda x: 1.0 / np.cosh(x),
    lambda gy, y, x: gy * (-y * tanh(x)),
    scalar=lambda x: 1.0 / math.cosh(x),
    doc="hyperbolic secant, 1/cosh(x)",
    example="sech(1) = 0.648054273663885399575",
)

csch = elementwise(
    "csch",
    lambda x: 1.0 / np.sinh(x),
    lambda gy, y, x: gy * (-y * coth(x)),
    scalar=lambda x: 1.0 / math.sinh(x),
    doc="hyperbolic cosecant, 1/sinh(x)",
    example="csch(1) = 0.850918128239321545134",
    domain=(POSITIVE,),
)

coth: Operation = elementwise(
    "coth",
    lambda x: 1.0 / np.tanh(x),
    lambda gy, y, x: -gy * square(csch(x)),
    scalar=lambda x: 1.0 / math.tanh(x),
    doc="hyperbolic cotangent, 1/tanh(x)",
    example="coth(1) = 1.31303528549933130363",
    domain=(POSITIVE,),
)


asinh = elementwise(
    "asinh",
    np.arcsinh,
    lambda gy, y, x: gy / sqrt(x * x + 1.0),
    scalar=math.asinh,
    doc="inverse hyperbolic sine",
    example="asinh(1) = 0.881373587019543025233",
    aliases=("arcsinh", "arsinh"),
)

acosh = elementwise(
    "acosh",
    np.arccosh,
    lambda gy, y, x: gy / sqrt((x - 1.0) * (x + 1.0)),
    scalar=math.acosh,
    doc="inverse hyperbolic cosine",
    example="acosh(2) = 1.31695789692481670863",
    aliases=("arccosh", "arcosh"),
    domain=(Interval(1.0, np.inf),),
)

atanh = elementwise(
    "atanh",
    np.arctanh,
    lambda gy, y, x: gy / ((1.0 - x) * (1.0 + x)),
    scalar=math.atanh,
    doc="inverse hyperbolic tangent",
    example="atanh(0.5) = 0.549306144334054845698",
    aliases=("arctanh", "artanh"),
    domain=(UNIT,),
)
