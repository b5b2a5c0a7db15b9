"""Determine from the graph which elements of a tensor depend on which elements of others.

Arrays of the shapes of the values contain sets of elements, whose sum is their union, so that
linear operations apply to them as to numbers.  For any other operation on tensors, every element of
the output depends on all elements of the inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.engine import Operation, Variable
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.variable import reachable

__all__ = ["element_dependences"]

FEWEST = 8
"""The smallest number of elements for which the analysis is worthwhile."""
MOST = 1_000_000
"""The largest number of elements of all tensors in the graph that are analyzed."""

Sets = NDArray[Any]


class Members:
    """A set of elements with arithmetic: a sum is the union, and a multiple is the same set."""

    __slots__ = ("bits",)

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def __add__(self, other: Any) -> Members:
        if isinstance(other, Members):
            return Members(self.bits | other.bits)
        return self.__mul__(other)

    def __mul__(self, other: Any) -> Members:
        return NotImplemented if isinstance(other, np.ndarray) else self

    def __neg__(self) -> Members:
        return self

    __radd__ = __sub__ = __rsub__ = __add__
    __rmul__ = __truediv__ = __mul__


def element_dependences(y: Variable, xs: Sequence[Variable]) -> list[int] | None:
    """Return for each element of ``y`` the set of bits of the elements of ``xs`` it depends on.

    The elements of ``xs`` are numbered consecutively.  None if most elements depend on most others,
    or if the analysis would take longer than it could save.
    """
    calls = reachable([y])
    if y.size < FEWEST or sum(v.size for v in calls) > MOST:
        return None
    found: dict[Variable, Sets] = {}
    start = 0
    for x in xs:
        sets = [Members(1 << k) for k in range(start, start + x.size)]
        found[x] = np.array(sets, object).reshape(x.shape)
        start += x.size
    for v in reversed(calls):
        if v not in found:
            found[v] = np.broadcast_to(_array(_made(v, found)), v.shape)
    # Elements that were filled with zeros depend on nothing.
    rows = [getattr(members, "bits", 0) for members in found.get(y, _empty(y.shape)).flat]
    dense = 2 * sum(members.bit_count() for members in rows) > len(rows) * start
    return None if dense else rows


def _made(v: Variable, found: dict[Variable, Sets]) -> Any:
    op = v.operation
    if isinstance(op, Elementwise):
        # There is no derivative by an input without a rule, such as the condition of `where`.
        rules = zip(v.inputs, op.vjps, strict=True)
        moving = dict.fromkeys(x for x, rule in rules if rule is not None and _is_in(x, found))
        return reduce(add, (found[x] for x in moving)) if moving else _NONE
    given = [found[x] if _is_in(x, found) else _empty(np.shape(x)) for x in v.inputs]
    if isinstance(op, Operation) and op.linear:
        return op.forward(*given, **v.params)
    return reduce(add, map(_any, given), _NONE)


def _is_in(x: Any, found: dict[Variable, Sets]) -> bool:
    return isinstance(x, Variable) and x in found


def _any(sets: Sets) -> Any:
    return reduce(add, sets.flat, _NONE)


_NONE = Members(0)


def _empty(shape: tuple[int, ...]) -> Sets:
    return np.full(shape, _NONE, object)


def _array(sets: Any) -> Sets:
    return sets if isinstance(sets, np.ndarray) else np.full((), sets, object)
