"""What the operators of the language and of `Variable` spell."""

from __future__ import annotations

import math
import operator
from functools import reduce
from typing import Any

import numpy as np

from autodiff_cli.engine.elementwise import Elementwise, elementwise
from autodiff_cli.engine.metadata import POSITIVE, REAL
from autodiff_cli.engine.operation import Operation, Variadic, fit, operations
from autodiff_cli.engine.variable import Variable

add = elementwise(
    "add",
    np.add,
    lambda gy, y, a, b: gy,
    lambda gy, y, a, b: gy,
    scalar=operator.add,
    doc="sum of two numbers",
    example="2 + 3 = 5",
    commutes=True,
    units=(0.0, 0.0),
    symbol="+",
    reference="x + y",
)


def _total(*xs: Any) -> Any:
    return reduce(operator.add, xs)


total = Variadic(
    "total",
    _total,
    lambda gy, *xs: [fit(gy, x) if isinstance(x, Variable) else None for x in xs],
    scalar=_total,
    moves=True,
    internal=True,
    doc="sum of several tensors of one shape, as which adjoints meet",
    example="total(1, 2, 3) = 6",
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
    units=(None, 0.0),
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
    commutes=True,
    units=(1.0, 1.0),
    symbol="*",
    reference="x * y",
)


def _quotient(s: Any, t: Any, z: Any, x: Any, y: Any) -> Any:
    """Return the tangent of z = x/y from those of x and y.

    With one division by y, as ``z y = x`` gives it, so that the next order has one too, not twice
    as many.
    """
    if t is None:
        return s / y
    return (-(t * z) if s is None else s - t * z) / y


div = elementwise(
    "div",
    np.true_divide,
    lambda gy, y, a, b: gy / b,
    # Not -a/b²: that grows faster with each order and rounds once more.
    lambda gy, y, a, b: gy * (-y / b),
    scalar=operator.truediv,
    tangent=_quotient,
    doc="quotient of two numbers",
    example="1 / 8 = 0.125",
    units=(None, 1.0),
    symbol="/",
    domain=(REAL, POSITIVE),
    reference="x / y",
)

# As Python and NumPy have it; C's fmod gives the remainder the sign of the dividend.
MODULO = """\
static double modulo(double x, double y)
{
    double r = fmod(x, y);
    if (r == 0.0)
        return copysign(0.0, y);
    return (r < 0.0) != (y < 0.0) ? r + y : r;
}
"""

mod = elementwise(
    "mod",
    np.mod,
    lambda gy, y, a, b: gy,
    lambda gy, y, a, b: gy * -_floor(a / b),
    scalar=operator.mod,
    doc="remainder of a division, with the sign of the divisor",
    example="-7 % 3 = 2",
    symbol="%",
    domain=(REAL, POSITIVE),
    jumps=(lambda a, b: np.mod(a, b),),
    reference="x - y * floor(x / y)",
    c=MODULO,
)


def _floor(x: Any) -> Any:
    return operations()["floor"](x)


def _power_rule(gy: Any, y: Any, x: Any, n: Any) -> Any:
    """Return ``gy * n * x**(n-1)``, for a literal n such that it is 0 at every x where n is.

    ``0 * x**-1`` would be nan at 0; with ``0 * x**0`` derivatives of integer powers are exact
    polynomial calculus to any order.
    """
    # The adjoint first: where it is a number it meets the other number, not a tensor.
    if isinstance(n, Variable):
        return gy * n * pow(x, n - 1.0)
    if type(n) is float and n in (1.0, 2.0):
        return gy if n == 1.0 else gy * n * x
    return gy * n * pow(x, n - (n != 0))


def _exponent_rule(gy: Any, y: Any, x: Any, n: Any) -> Any:
    if type(x) is type(y) is type(n) is float:
        # The quick way for numbers, which have their power already.
        return gy * (0.0 if y == 0.0 and x >= 0.0 else y * math.log(x))
    return gy * power_logarithm(x, n, k=1)


def _power(x: float, n: float) -> float:
    # `x**n` would turn complex for a negative base.
    return math.pow(x, n)


pow = elementwise(
    "pow",
    # Not np.power: the operator knows squares and square roots, which are ten times faster.
    lambda x, n: np.asarray(x) ** n,
    _power_rule,
    _exponent_rule,
    scalar=_power,
    doc="power; with a literal integer exponent exact at every base",
    example="2 ** 10 = 1024",
    units=(None, 1.0),
    symbol="**",
    domain=(POSITIVE, REAL),
    reference="x ** y",
    numpy="{x} ** {n}",
    c="pow({x}, {n})",
)


def _power_logarithm(x: Any, n: Any, k: int = 1) -> Any:
    y = np.asarray(x) ** n
    # A power of 0 or infinity that is 0 outweighs the logarithm, which is infinite there.
    return np.where((y == 0.0) & np.greater_equal(x, 0.0), 0.0, y * np.log(x) ** k)


def _power_logarithm_of_floats(x: float, n: float, k: int = 1) -> float:
    y = math.pow(x, n)
    return 0.0 if y == 0.0 and x >= 0.0 else y * math.log(x) ** k


def _power_logarithm_rule(gy: Any, y: Any, x: Any, n: Any, k: int = 1) -> Any:
    """Return the adjoint of the base of ``x**n log(x)**k``."""
    m = n - 1.0
    rest = power_logarithm(x, m, k=k - 1) if k > 1 else pow(x, m)
    return gy * (n * power_logarithm(x, m, k=k) + float(k) * rest)


POWER_LOGARITHM = """\
static double power_logarithm(double x, double n, int k)
{
    const double y = pow(x, n);
    return y == 0.0 && x >= 0.0 ? 0.0 : y * pow(log(x), (double)k);
}
"""

power_logarithm: Operation = Elementwise(
    "power_logarithm",
    _power_logarithm,
    _power_logarithm_rule,
    lambda gy, y, x, n, k=1: gy * power_logarithm(x, n, k=k + 1),
    scalar=_power_logarithm_of_floats,
    internal=True,
    doc="derivative of order k of a power by its exponent, with its limit where the base is 0",
    example="power_logarithm(2, 3, 1) = 5.54517744447956247534",
    domain=(POSITIVE, REAL),
    reference="x**y * log(x)**k",
    c=POWER_LOGARITHM,
)

neg = elementwise(
    "neg",
    np.negative,
    lambda gy, y, x: -gy,
    scalar=operator.neg,
    doc="the number with its sign changed",
    example="neg(2) = -2",
    reference="-x",
    numpy="-{x}",
    c="-{x}",
)

square = elementwise(
    "square",
    np.square,
    lambda gy, y, x: gy * 2.0 * x,
    scalar=lambda x: x * x,
    nonnegative=True,
    doc="the number times itself",
    example="square(3) = 9",
    reference="x * x",
    c="{x} * {x}",
)
