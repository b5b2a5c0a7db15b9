"""What the operators of the language and of `Variable` spell."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autodiff_cli.engine.core import Variable
from autodiff_cli.engine.elementwise import elementwise
from autodiff_cli.engine.operation import POSITIVE, REAL, operations

add = elementwise(
    "add",
    np.add,
    lambda gy, y, a, b: gy,
    lambda gy, y, a, b: gy,
    scalar=operator.add,
    doc="sum of two numbers",
    example="2 + 3 = 5",
    symbol="+",
    reference="x + y",
)

sub = elementwise(
    "sub",
    np.subtract,
    lambda gy, y, a, b: gy,
    lambda gy, y, a, b: -gy,
    scalar=operator.sub,
    doc="difference of two numbers",
    example="2 - 3 = -1",
    symbol="-",
    reference="x - y",
)

mul = elementwise(
    "mul",
    np.multiply,
    lambda gy, y, a, b: gy * b,
    lambda gy, y, a, b: gy * a,
    scalar=operator.mul,
    doc="product of two numbers",
    example="2 * 3 = 6",
    symbol="*",
    reference="x * y",
)

div = elementwise(
    "div",
    np.true_divide,
    lambda gy, y, a, b: gy / b,
    # Not -a/b²: that grows faster with each order and rounds once more.
    lambda gy, y, a, b: gy * (-y / b),
    scalar=operator.truediv,
    doc="quotient of two numbers",
    example="1 / 8 = 0.125",
    symbol="/",
    domain=(REAL, POSITIVE),
    reference="x / y",
)


def _logarithm(x: Any) -> Any:
    return operations()["log"](x)


def _lowered(n: Any) -> Any:
    """Return the exponent of the derivative of ``x**n``; 0 for a literal 0.

    Then ``0 * x**0`` is 0 at every x, where ``0 * x**-1`` would be nan at 0: derivatives of integer
    powers are exact polynomial calculus to any order.
    """
    return n - 1.0 if isinstance(n, Variable) else n - (n != 0)


def _power(x: float, n: float) -> float:
    # `x**n` would turn complex for a negative base.
    return math.pow(x, n)


pow = elementwise(
    "pow",
    np.power,
    lambda gy, y, x, n: gy * (n * pow(x, _lowered(n))),
    lambda gy, y, x, n: gy * (y * _logarithm(x)),
    scalar=_power,
    doc="power; with a literal integer exponent exact at every base",
    example="2 ** 10 = 1024",
    symbol="**",
    domain=(POSITIVE, REAL),
    reference="x ** y",
)

neg = elementwise(
    "neg",
    np.negative,
    lambda gy, y, x: -gy,
    scalar=operator.neg,
    doc="the number with its sign changed",
    example="neg(2) = -2",
    reference="-x",
)

square = elementwise(
    "square",
    np.square,
    lambda gy, y, x: gy * (2.0 * x),
    scalar=lambda x: x * x,
    doc="the number times itself",
    example="square(3) = 9",
    reference="x * x",
)

sign = elementwise(
    "sign",
    np.sign,
    None,
    doc="-1, 0 or 1, as the number is negative, zero or positive",
    example="sign(-3) = -1",
)

abs = elementwise(
    "abs",
    np.abs,
    lambda gy, y, x: gy * sign(x),
    scalar=operator.abs,
    doc="absolute value",
    example="abs(-3) = 3",
    aliases=("fabs",),
    kinks=(0.0,),
)
