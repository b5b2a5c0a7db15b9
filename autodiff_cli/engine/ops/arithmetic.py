"""Declare the operations behind the operators of the language and of `Variable`."""

from __future__ import annotations

import math
import operator
from functools import reduce
from typing import Any

import numpy as np

from autodiff_cli.engine import recurrences
from autodiff_cli.engine.elementwise import Elementwise, elementwise, pushed
from autodiff_cli.engine.identities import CallList
from autodiff_cli.engine.metadata import POSITIVE, REAL
from autodiff_cli.engine.operation import Operation, operations
from autodiff_cli.engine.recurrences import Series, is_regular
from autodiff_cli.engine.rules import fit, value_of
from autodiff_cli.engine.symbolic_zeros import instantiate
from autodiff_cli.engine.values import Value
from autodiff_cli.engine.variable import Variable
from autodiff_cli.engine.variadic import Variadic


def _negated(calls: CallList, k: int) -> int | None:
    """Return the operand of the negation at place k, or None if there is no negation."""
    call = calls.call_at(k)
    return call.inputs[0] if call is not None and call.operation is neg else None


def _same_sum(calls: CallList, shape: tuple[int, ...], a: int, b: int) -> int | None:
    for x, y in ((a, b), (b, a)):
        if calls.is_number(y, -0.0) and calls.shape(x) == shape:
            return x
        if (z := _negated(calls, y)) is not None:
            return calls.apply(sub, shape, x, z)
    return None


add = elementwise(
    "add",
    np.add,
    lambda gy, y, a, b: gy,
    lambda gy, y, a, b: gy,
    scalar=operator.add,
    doc="sum of two numbers",
    example="2 + 3 = 5",
    signs=(1, 1),
    identity=_same_sum,
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
    signs=(1,),
    internal=True,
    doc="sum of several tensors of one shape, as which adjoints meet",
    example="total(1, 2, 3) = 6",
)


def _same_difference(calls: CallList, shape: tuple[int, ...], a: int, b: int) -> int | None:
    if calls.is_number(b, 0.0) and calls.shape(a) == shape:
        return a
    if (z := _negated(calls, b)) is not None:
        return calls.apply(add, shape, a, z)
    return None


sub: Operation = elementwise(
    "sub",
    np.subtract,
    lambda gy, y, a, b: gy,
    lambda gy, y, a, b: -gy,
    scalar=operator.sub,
    doc="difference of two numbers",
    example="2 - 3 = -1",
    signs=(1, -1),
    identity=_same_difference,
    units=(None, 0.0),
    symbol="-",
    reference="x - y",
)


def _same_quotient(calls: CallList, shape: tuple[int, ...], a: int, b: int) -> int | None:
    if calls.shape(a) == shape:
        if calls.is_number(b, 1.0):
            return a
        if calls.is_number(b, -1.0):
            return calls.apply(neg, shape, a)
    return None


def _same_product(calls: CallList, shape: tuple[int, ...], a: int, b: int) -> int | None:
    same = _same_quotient(calls, shape, a, b)
    return _same_quotient(calls, shape, b, a) if same is None else same


mul = elementwise(
    "mul",
    np.multiply,
    lambda gy, y, a, b: gy * b,
    lambda gy, y, a, b: gy * a,
    scalar=operator.mul,
    doc="product of two numbers",
    example="2 * 3 = 6",
    exponents=(1, 1),
    bilinear=True,
    identity=_same_product,
    commutes=True,
    units=(1.0, 1.0),
    symbol="*",
    reference="x * y",
)


def _quotient(s: Any, t: Any, z: Any, x: Any, y: Any) -> Any:
    """Return the tangent of z = x/y, given those of x and y.

    It is derived from ``z y = x`` and has a single division by y, so that the number of divisions
    does not double with each order.
    """
    if t is None:
        return s / y
    return (-(t * z) if s is None else s - t * z) / y


div = elementwise(
    "div",
    np.true_divide,
    lambda gy, y, a, b: gy / b,
    # -a/b² would grow faster with each order and round once more.
    lambda gy, y, a, b: gy * (-y / b),
    scalar=operator.truediv,
    tangent=_quotient,
    doc="quotient of two numbers",
    example="1 / 8 = 0.125",
    exponents=(1, -1),
    taylor=recurrences.quotient,
    identity=_same_quotient,
    units=(None, 1.0),
    symbol="/",
    domain=(REAL, POSITIVE),
    reference="x / y",
)

# The sign is that of the divisor, as in Python and NumPy; C's fmod takes that of the dividend.
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
    """Return ``gy * n * x**(n-1)``, which is 0 at every x if n is the literal 0.

    At x = 0, ``0 * x**-1`` would be nan.  With ``0 * x**0`` instead, derivatives of integer powers
    are those of polynomials to any order.
    """
    # The adjoint comes first: if it is a number, it is multiplied by a number, not a tensor.
    if isinstance(n, Variable):
        return gy * n * pow(x, n - 1.0)
    if type(n) is float and n in (1.0, 2.0):
        return gy if n == 1.0 else gy * n * x
    return gy * n * pow(x, n - (n != 0))


def _exponent_rule(gy: Any, y: Any, x: Any, n: Any) -> Any:
    if type(x) is type(y) is type(n) is float:
        # A fast path for numbers, which reuses their power.
        return gy * (0.0 if y == 0.0 and x >= 0.0 else y * math.log(x))
    return gy * power_logarithm(x, n, k=1)


def _power(x: float, n: float) -> float:
    # `x**n` would return a complex number for a negative base.
    return math.pow(x, n)


MOST_FACTORS = 1024
"""The largest exponent of a power computed as a product in a series, and so exact at 0 too."""


def _product_of_squares(x: Any, n: Any) -> Any:
    """Return a power with a literal integer exponent as products; None for others."""
    if not isinstance(n, float) or not n.is_integer() or abs(n) > MOST_FACTORS:
        return None
    value: Value = pow.compute(value_of(x), n)
    if n == 0.0:
        return value
    if n < 0.0 and not np.all(np.isfinite(value)):
        # The rules of a power are more accurate at a pole than a quotient.
        return None
    bits = bin(int(abs(n)))[:1:-1]
    squares = [x]
    for _ in bits[1:]:
        squares.append(squares[-1] * squares[-1])
    product = reduce(
        operator.mul, (square for bit, square in zip(bits, squares, strict=True) if bit == "1")
    )
    return product if n > 0.0 else 1.0 / product


# The rule of x**n needs x**(n-1), whose rule needs x**(n-2), and so on; these rules are closed.
_CLOSED_RULES = (
    lambda gy, y, x, n: gy * (n * (y / x)),
    lambda gy, y, x, n: gy * (y * operations()["log"](x)),
)


def _power_tangent(s: Series, tangents: Any, inputs: Any) -> Any:
    if not is_regular(s):
        return None
    return instantiate(pushed(_CLOSED_RULES, tangents, s.variable, inputs, s.params))


def _same_power(calls: CallList, shape: tuple[int, ...], x: int, n: int) -> int | None:
    if calls.shape(x) != shape:
        return None
    if calls.is_number(n, 2.0):
        # C compilers and NumPy compute x**2 in this way too.
        return calls.apply(square, shape, x)
    if calls.is_number(n, 0.0) or calls.is_number(n, -0.0):
        return calls.constant(np.ones(shape))
    return x if calls.is_number(n, 1.0) else None


pow: Operation = elementwise(
    "pow",
    # Unlike np.power, the operator has special cases for squares and roots, ten times faster.
    lambda x, n: np.asarray(x) ** n,
    _power_rule,
    _exponent_rule,
    scalar=_power,
    doc="power; with a literal integer exponent exact at every base",
    rule_name="power rule",
    example="2 ** 10 = 1024",
    taylor=recurrences.power._replace(expansion=_product_of_squares, tangent=_power_tangent),
    identity=_same_power,
    units=(None, 1.0),
    symbol="**",
    domain=(POSITIVE, REAL),
    reference="x ** y",
    numpy="{x} ** {n}",
    c="pow({x}, {n})",
)


def _power_logarithm(x: Any, n: Any, k: int = 1) -> Any:
    y = np.asarray(x) ** n
    # Where the power is 0, at a base of 0 or infinity, the limit is 0 despite the infinite log.
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
    notation=lambda k=1: "{x}**{n}*log({x})" + f"**{k}" * (k > 1),
    doc="derivative of order k of a power by its exponent, with its limit where the base is 0",
    example="power_logarithm(2, 3, 1) = 5.54517744447956247534",
    domain=(POSITIVE, REAL),
    reference="x**y * log(x)**k",
    c=POWER_LOGARITHM,
)

neg: Operation = elementwise(
    "neg",
    np.negative,
    lambda gy, y, x: -gy,
    scalar=operator.neg,
    doc="the number with its sign changed",
    example="neg(2) = -2",
    signs=(-1,),
    identity=lambda calls, shape, x: _negated(calls, x),
    dunder="__neg__",
    reference="-x",
    numpy="-{x}",
    c="-{x}",
)

square: Operation = elementwise(
    "square",
    np.square,
    lambda gy, y, x: gy * 2.0 * x,
    scalar=lambda x: x * x,
    nonnegative=True,
    doc="the number times itself",
    example="square(3) = 9",
    exponents=(2,),
    taylor=recurrences.Taylor(expansion=lambda x: x * x),
    reference="x * x",
    c="{x} * {x}",
)
