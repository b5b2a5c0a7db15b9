"""Declare piecewise functions: comparisons, choices, rounding, and functions with kinks.

A comparison returns 1 or 0 and has derivative 0.  A choice passes its adjoint only to the selected
branch (`autodiff_cli.engine.symbolic_zeros`); where two arguments tie, each receives half.
Where one is nan, as in NumPy so is the value; none is selected then, so derivatives are 0.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_cli.engine import recurrences
from autodiff_cli.engine.elementwise import elementwise
from autodiff_cli.engine.identities import CallList
from autodiff_cli.engine.metadata import Truth, ZeroSet
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent


def _comparison(
    name: str,
    test: Callable[[Any, Any], Any],
    symbol: str,
    doc: str,
    example: str,
    reference: str = "x {} y",
    numpy: str = "{{x}} {} {{y}}",
    c: str = "{{x}} {} {{y}}",
    commutes: bool = False,
    truth: Truth = "order",
    jumps: tuple[ZeroSet, ...] = (),
) -> Operation:
    return elementwise(
        name,
        lambda x, y: test(x, y).astype(np.result_type(x, y)),
        None,
        None,
        scalar=lambda x, y: float(test(x, y)),
        doc=doc,
        example=example,
        commutes=commutes,
        truth=truth,
        symbol=symbol,
        reference=f"mpf({reference.format(symbol)})",
        numpy=f"({numpy.format(symbol)}).astype(float)",
        c=f"(double)({c.format(symbol)})",
        jumps=jumps,
    )


def _boundary(x: Any, y: Any) -> Any:
    return x - y


less = _comparison(
    "less", operator.lt, "<", "1 if x is less than y, else 0", "2 < 3 = 1", jumps=(_boundary,)
)
less_equal = _comparison(
    "less_equal", operator.le, "<=", "1 if x is at most y, else 0", "3 <= 3 = 1", jumps=(_boundary,)
)
greater = _comparison(
    "greater", operator.gt, ">", "1 if x is greater than y, else 0", "2 > 3 = 0", jumps=(_boundary,)
)
greater_equal = _comparison(
    "greater_equal",
    operator.ge,
    ">=",
    "1 if x is at least y, else 0",
    "3 >= 3 = 1",
    jumps=(_boundary,),
)
equal = _comparison(
    "equal",
    operator.eq,
    "==",
    "1 if x is y, else 0",
    "2 == 3 = 0",
    commutes=True,
    truth="equality",
    jumps=(_boundary,),
)
not_equal = _comparison(
    "not_equal",
    operator.ne,
    "!=",
    "1 if x is not y, else 0",
    "2 != 3 = 1",
    commutes=True,
    truth="equality",
    jumps=(_boundary,),
)

logical_and = _comparison(
    "logical_and",
    np.logical_and,
    "and",
    "1 if neither is 0",
    "2 and 0 = 0",
    reference="x != 0 {} y != 0",
    numpy="np.logical_{}({{x}}, {{y}})",
    c="{{x}} != 0.0 && {{y}} != 0.0",
    commutes=True,
    truth="connective",
)
logical_or = _comparison(
    "logical_or",
    np.logical_or,
    "or",
    "1 unless both are 0",
    "2 or 0 = 1",
    reference="x != 0 {} y != 0",
    numpy="np.logical_{}({{x}}, {{y}})",
    c="{{x}} != 0.0 || {{y}} != 0.0",
    commutes=True,
    truth="connective",
)
logical_not = elementwise(
    "logical_not",
    lambda x: np.equal(x, 0.0).astype(np.result_type(x)),
    None,
    scalar=lambda x: float(x == 0),
    doc="1 if it is 0, else 0",
    example="logical_not(2) = 0",
    truth="connective",
    latex=r"\lnot <x>",
    reference="mpf(x == 0)",
    numpy="({x} == 0.0).astype(float)",
    c="(double)({x} == 0.0)",
)


def _same_choice(calls: CallList, shape: tuple[int, ...], c: int, x: int, y: int) -> int | None:
    for number, same in ((0.0, y), (-0.0, y), (1.0, x)):
        if calls.is_number(c, number) and calls.shape(same) == shape:
            return same
    call = calls.call_at(c)
    if call is None:
        return None
    if call.operation.metadata.truth and call.shape == shape:
        return c if calls.is_number(x, 1.0) and calls.is_number(y, 0.0) else None
    if call.operation is not where:
        return None
    # If the condition is itself a choice of 1 or 0, use its condition, or exchange the branches.
    condition, one, zero = call.inputs
    if calls.shape(condition) != calls.shape(c):
        return None
    if calls.is_number(one, 1.0) and calls.is_number(zero, 0.0):
        return calls.apply(where, shape, condition, x, y)
    if calls.is_number(one, 0.0) and calls.is_number(zero, 1.0):
        return calls.apply(where, shape, condition, y, x)
    return None


where: Operation = elementwise(
    "where",
    lambda condition, x, y: np.where(np.not_equal(condition, 0), x, y),
    None,
    lambda gy, z, condition, x, y: MaskedCotangent(where, condition, gy),
    lambda gy, z, condition, x, y: MaskedCotangent(where, condition, gy, keep=False),
    doc="x where the condition holds, else y; the other one leaves no trace in derivatives",
    example="where(2 < 3, 5, 7) = 5",
    rule_name="case by case",
    taylor=recurrences.choice,
    identity=_same_choice,
    latex=r"\begin{cases} <x> & \text{if } <condition> \\ <y> & \text{otherwise} \end{cases}",
    reference="y if x else z",
    numpy="np.where({condition} != 0.0, {x}, {y})",
    c="{condition} != 0.0 ? {x} : {y}",
)


def _share(gy: Any, x: Any, y: Any) -> Any:
    """Return an adjoint with the elements halved where two arguments tie."""
    return gy * (1.0 - 0.5 * equal(x, y))


# For zeros of different sign the result is the second, as in NumPy.
MAXIMUM = """\
static double maximum(double x, double y)
{
    return x > y || isnan(x) ? x : y;
}
"""

maximum = elementwise(
    "maximum",
    np.maximum,
    lambda gy, z, x, y: MaskedCotangent(where, greater_equal(x, y), _share(gy, x, y)),
    lambda gy, z, x, y: MaskedCotangent(where, less_equal(x, y), _share(gy, x, y)),
    kinks=(lambda x, y: x - y,),
    directional=lambda s, t, x, y: np.maximum(s, t),
    choice="where(x > y, x, y)",
    symmetric=True,
    doc="the greater of two numbers; nan if one is",
    example="maximum(2, 3) = 3",
    latex=r"\max\left(<x>, <y>\right)",
    reference="max(x, y)",
    c=MAXIMUM,
)

MINIMUM = """\
static double minimum(double x, double y)
{
    return x < y || isnan(x) ? x : y;
}
"""

minimum = elementwise(
    "minimum",
    np.minimum,
    lambda gy, z, x, y: MaskedCotangent(where, less_equal(x, y), _share(gy, x, y)),
    lambda gy, z, x, y: MaskedCotangent(where, greater_equal(x, y), _share(gy, x, y)),
    kinks=(lambda x, y: x - y,),
    directional=lambda s, t, x, y: np.minimum(s, t),
    choice="where(x < y, x, y)",
    symmetric=True,
    doc="the smaller of two numbers; nan if one is",
    example="minimum(2, 3) = 2",
    latex=r"\min\left(<x>, <y>\right)",
    reference="min(x, y)",
    c=MINIMUM,
)


def _below(gy: Any, x: Any, low: Any, high: Any) -> MaskedCotangent:
    """Return the adjoint of ``max(x, low)``, given the adjoint of clip."""
    z = maximum(x, low)
    return MaskedCotangent(where, less_equal(z, high), _share(gy, z, high))


def _of_two(gy: MaskedCotangent, x: Any, y: Any) -> MaskedCotangent:
    """Return the adjoint of x, given the adjoint of ``max(x, y)``."""
    return gy.with_mask(MaskedCotangent(where, greater_equal(x, y), _share(gy.gy, x, y)))


def _above(gy: Any, x: Any, low: Any, high: Any) -> MaskedCotangent:
    """Return the adjoint of ``high``, given the adjoint of clip."""
    z = maximum(x, low)
    return MaskedCotangent(where, greater_equal(z, high), _share(gy, z, high))


def _rising(s: Any, t: Any, x: Any, y: Any) -> Any:
    """Return the tangent of ``max(x, y)``, given the tangents s of x and t of y."""
    return np.where(x == y, np.maximum(s, t), np.where(x > y, s, t))


CLIP = """\
static double clip(double x, double low, double high)
{
    const double z = x > low || isnan(x) ? x : low;
    return z < high || isnan(z) ? z : high;
}
"""

clip = elementwise(
    "clip",
    # Like np.clip and the rules, this also holds if low is greater than high.
    lambda x, low, high: np.minimum(np.maximum(x, low), high),
    lambda gy, z, x, low, high: _of_two(_below(gy, x, low, high), x, low),
    lambda gy, z, x, low, high: _of_two(_below(gy, x, low, high), low, x),
    lambda gy, z, x, low, high: _above(gy, x, low, high),
    kinks=(lambda x, low, high: x - low, lambda x, low, high: x - high),
    directional=lambda t, s, r, x, low, high: (
        -_rising(-_rising(t, s, x, low), -r, -np.maximum(x, low), -high)
    ),
    choice="where(max(x, low) > high, high, where(x > low, x, low))",
    doc="the number, or the bound it lies beyond",
    example="clip(5, 0, 3) = 3",
    reference="min(max(x, y), z)",
    numpy="np.minimum(np.maximum({x}, {low}), {high})",
    c=CLIP,
)

sign = elementwise(
    "sign",
    np.sign,
    None,
    jumps=(0.0,),
    doc="-1, 0 or 1, as the number is negative, zero or positive",
    example="sign(-3) = -1",
    c="isnan({x}) ? {x} : (double)(({x} > 0.0) - ({x} < 0.0))",
)

abs = elementwise(
    "abs",
    np.abs,
    lambda gy, y, x: gy * sign(x),
    scalar=operator.abs,
    nonnegative=True,
    doc="absolute value",
    example="abs(-3) = 3",
    dunder="__abs__",
    latex=r"\left|<x>\right|",
    aliases=("fabs",),
    kinks=(0.0,),
    directional=lambda t, x: np.abs(t),
    numpy="np.abs({x})",
)

relu = elementwise(
    "relu",
    lambda x: np.maximum(x, 0.0),
    lambda gy, y, x: MaskedCotangent(where, greater(x, 0.0), gy),
    nonnegative=True,
    choice="where(x > 0, x, 0)",
    doc="the number if it is positive, else 0; its derivative at 0 is 0",
    example="relu(-3) = 0",
    reference="max(x, 0)",
    kinks=(0.0,),
    directional=lambda t, x: np.maximum(t, 0.0),
    numpy="np.maximum({x}, 0.0)",
    c="{x} > 0.0 || isnan({x}) ? {x} : 0.0",
)

floor = elementwise(
    "floor",
    np.floor,
    None,
    scalar=lambda x: float(math.floor(x)),
    jumps=(lambda x: x - np.floor(x),),
    doc="the greatest whole number that is not greater",
    example="floor(-2.5) = -3",
    latex=r"\left\lfloor <x> \right\rfloor",
)

ceil = elementwise(
    "ceil",
    np.ceil,
    None,
    scalar=lambda x: float(math.ceil(x)),
    jumps=(lambda x: x - np.floor(x),),
    doc="the smallest whole number that is not smaller",
    example="ceil(-2.5) = -2",
    latex=r"\left\lceil <x> \right\rceil",
)

round = elementwise(
    "round",
    np.rint,
    None,
    jumps=(lambda x: x - np.floor(x) - 0.5,),
    doc="the nearest whole number; halfway, the even one",
    example="round(2.5) = 2",
    reference="nint(x)",
    c="rint({x})",
)
