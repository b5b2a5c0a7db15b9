"""Declare roots, exponentials, logarithms, and two expressions that other derivatives use.

The derivatives here and of circular and hyperbolic functions are the standard ones (DLMF 4), each
written so that it loses no digits, to any order, where the function itself loses none.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from autodiff_cli.engine.constants import constant
from autodiff_cli.engine.elementwise import elementwise
from autodiff_cli.engine.metadata import POSITIVE, UNIT, Interval
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.ops.arithmetic import square
from autodiff_cli.engine.ops.piecewise import equal

LN2 = constant(math.log(2.0), "log(2)")
LN10 = constant(math.log(10.0), "log(10)")

sqrt = elementwise(
    "sqrt",
    np.sqrt,
    lambda gy, y, x: gy * (0.5 / y),
    scalar=math.sqrt,
    nonnegative=True,
    doc="square root",
    example="sqrt(2) = 1.41421356237309504880",
    exponents=(Fraction(1, 2),),
    domain=(POSITIVE,),
)

cbrt = elementwise(
    "cbrt",
    np.cbrt,
    lambda gy, y, x: gy / (3.0 * (y * y)),
    scalar=math.cbrt,
    doc="cube root, negative for a negative number",
    example="cbrt(8) = 2",
    exponents=(Fraction(1, 3),),
    latex=r"\sqrt[3]{<x>}",
    domain=(POSITIVE,),
)

exp = elementwise(
    "exp",
    np.exp,
    lambda gy, y, x: gy * y,
    scalar=math.exp,
    nonnegative=True,
    doc="e to the power of the number",
    rule_name="exponential rule",
    example="exp(1) = 2.71828182845904523536",
)

exp2 = elementwise(
    "exp2",
    np.exp2,
    lambda gy, y, x: gy * (y * LN2),
    scalar=math.exp2,
    nonnegative=True,
    doc="2 to the power of the number",
    rule_name="exponential rule",
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
    latex=r"\left(e^{<x>} - 1\right)",
)

log = elementwise(
    "log",
    np.log,
    lambda gy, y, x: gy / x,
    scalar=math.log,
    doc="natural logarithm",
    example="log(2) = 0.693147180559945309417",
    latex=r"\ln\left(<x>\right)",
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
    latex=r"\log_{2}\left(<x>\right)",
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
    latex=r"\log_{10}\left(<x>\right)",
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
    latex=r"\ln\left(1 + <x>\right)",
    domain=(Interval(-1.0, np.inf),),
)

one_minus_square = elementwise(
    "one_minus_square",
    # The difference 1 - x² would lose digits near ±1.  The rule does not differentiate this
    # product: the slope (1 - x) - (1 + x) would lose digits near 0.
    lambda x: (1.0 - x) * (1.0 + x),
    lambda gy, y, x: gy * (-2.0 * x),
    scalar=lambda x: (1.0 - x) * (1.0 + x),
    internal=True,
    notation="1 − {x}**2",
    doc="1 - x², exact near 1 and -1",
    example="one_minus_square(0.5) = 0.75",
    domain=(UNIT,),
    reference="1 - x * x",
    numpy="(1.0 - {x}) * (1.0 + {x})",
    c="(1.0 - {x}) * (1.0 + {x})",
)

hypot: Operation = elementwise(
    "hypot",
    np.hypot,
    lambda gy, z, x, y: gy * direction(x, y),
    lambda gy, z, x, y: gy * direction(y, x),
    scalar=math.hypot,
    nonnegative=True,
    doc="length of the hypotenuse, sqrt(x² + y²); its derivatives at the origin are 0",
    example="hypot(3, 4) = 5",
    commutes=True,
    latex=r"\sqrt{<x>^{2} + <y>^{2}}",
    kinks=(np.hypot,),
    directional=lambda s, t, x, y: np.hypot(s, t),
)


def _direction(x: Any, y: Any) -> Any:
    z = np.hypot(x, y)
    return np.where(z == 0.0, 0.0, x / z)


def _radius(x: Any, y: Any) -> Any:
    """Return ``hypot(x, y)`` as a divisor, with 1 at the origin, where the dividend is 0."""
    z = hypot(x, y)
    return z + equal(z, 0.0)


DIRECTION = """\
static double direction(double x, double y)
{
    const double z = hypot(x, y);
    return z == 0.0 ? 0.0 : x / z;
}
"""

direction: Operation = elementwise(
    "direction",
    _direction,
    # The slope of x/z as 1/z - x²/z³ would lose digits where x is close to z.
    lambda gy, c, x, y: gy * (square(direction(y, x)) / _radius(x, y)),
    lambda gy, c, x, y: gy * (-c * direction(y, x) / _radius(x, y)),
    scalar=lambda x, y: x / math.hypot(x, y),
    internal=True,
    notation="{x}/hypot({x}, {y})",
    doc="x/hypot(x, y), the cosine of the angle of the point (x, y); 0 at the origin",
    example="direction(3, 4) = 0.6",
    reference="x / hypot(x, y)",
    c=DIRECTION,
)
