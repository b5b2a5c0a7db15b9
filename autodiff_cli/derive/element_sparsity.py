"""Which element of a tensor depends on which elements of others, seen from the graph.

Sets of bits in arrays of the shapes of the values: NumPy moves them about as it does numbers, and
combines them instead of adding.  What an operation does is only followed where that is plain; of
any other every element depends on all it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.engine import Operation, Variable
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.variable import reachable

__all__ = ["element_dependences"]

FEWEST = 8
"""How many elements it takes for a look at them to be worth it."""
MOST = 1_000_000
"""How many elements of the tensors on the way are looked at."""

Sets = NDArray[Any]

_ARRANGING = ("reshape", "transpose", "broadcast_to", "getitem", "stack", "concatenate")


def element_dependences(y: Variable, xs: Sequence[Variable]) -> list[int] | None:
    """Return for each element of ``y`` which elements of ``xs`` it depends on.

    Those of ``xs`` are counted one after the other.  None if most depend on most, or to find that
    out would take longer than it could save.
    """
    calls = reachable([y])
    if y.size < FEWEST or sum(v.size for v in calls) > MOST:
        return None
    found: dict[Variable, Sets] = {}
    start = 0
    for x in xs:
        sets = [1 << k for k in range(start, start + x.size)]
        found[x] = np.array(sets, object).reshape(x.shape)
        start += x.size
    for v in reversed(calls):
        if v not in found:
            found[v] = np.broadcast_to(_array(_made(v, found)), v.shape)
    rows = list(found.get(y, _empty(y.shape)).flat)
    dense = 2 * sum(members.bit_count() for members in rows) > len(rows) * start
    return None if dense else rows


def _made(v: Variable, found: dict[Variable, Sets]) -> Any:
    op, params = v.operation, v.params
    shapes = [np.shape(x) for x in v.inputs]
    given = [
        found[x] if isinstance(x, Variable) and x in found else _empty(shape)
        for x, shape in zip(v.inputs, shapes, strict=True)
    ]
    if isinstance(op, Elementwise):
        # What has no rule, such as the condition of `where`, has no derivative either.
        given = [x for x, rule in zip(given, op.vjps, strict=True) if rule is not None]
        return reduce(or_, given, _empty(()))
    if isinstance(op, Operation):
        if op.name == "total":
            return reduce(or_, given)
        if op.name in _ARRANGING:
            return op.forward(*given, **params)
        if op.name == "scatter":
            sets = _empty(v.shape)
            np.bitwise_or.at(sets, params["index"], given[0])
            return sets
        if op.name == "sum":
            flags: Any = {"axis": params.get("axis"), "keepdims": bool(params.get("keepdims"))}
            return np.bitwise_or.reduce(given[0], initial=0, **flags)
    return reduce(or_, map(_any, given), _empty(()))


def _any(sets: Sets) -> Any:
    return np.bitwise_or.reduce(sets, axis=None, initial=0)


def _empty(shape: tuple[int, ...]) -> Sets:
    return np.full(shape, 0, object)


def _array(sets: Any) -> Sets:
    return sets if isinstance(sets, np.ndarray) else np.full((), sets, object)
