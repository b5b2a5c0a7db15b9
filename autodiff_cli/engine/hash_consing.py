"""Calls that are made once: of the same operation on the same inputs there is one Variable.

The derivative of a derivative asks for the same products again and again.  Where each call is
looked up before it is made (hash consing: A. P. Ershov, "On programming of arithmetic operations",
Communications of the ACM 1, 1958), a graph has each of them once, and what is known of a node, such
as its derivative, is known wherever it occurs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autodiff_cli.engine.config import recording, setting
from autodiff_cli.engine.values import primal
from autodiff_cli.engine.variable import Variable

__all__ = ["CallCache", "call_key", "sharing"]


class CallCache:
    """The calls made so far, each once; those that only hand an argument on are not made at all.

    It holds what it has made, as it was made: it is for a block of code in which no data change,
    not to be kept.  See `sharing`.
    """

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[Any, Variable] = {}

    @property
    def count(self) -> int:
        """How many calls have been made."""
        return len(self._made)

    def insert(self, variables: Iterable[Variable]) -> None:
        """Take in the calls of operations that made some Variables."""
        for v in variables:
            self.record(v._op, v.inputs, v.params, v)

    def record(
        self, op: Any, inputs: tuple[Any, ...], params: Mapping[str, Any], new: Variable
    ) -> Variable:
        """Return what the call of an operation has made before, or else ``new``, which is kept."""
        if len(inputs) == 2 and not params:
            x, y = inputs
            # A literal that is the unit of an operation leaves the other argument as it is.
            left, right = op.facts.units
            if type(y) is float and y == right and _alike(x, new):
                return x  # type: ignore[no-any-return]
            if type(x) is float and x == left and _alike(y, new):
                return y  # type: ignore[no-any-return]
            a, b = key(x) if type(x) in _PLAIN else x, key(y) if type(y) in _PLAIN else y
            name: Any = op, a, b
            if op.facts.commutes and (found := self._made.get((op, b, a))) is not None:
                return found
        else:
            name = call_key(op, inputs, params)
        return self._made.setdefault(name, new)


class sharing(setting):  # noqa: N801 - used like a function
    """Make each call once: inside the block equal calls on the same Variables are one Variable.

    What adds 0, or multiplies or divides by 1, is left out.  Derivatives made inside the block thus
    grow far less from order to order.

    Parameters
    ----------
    calls
        Those of an earlier block, to go on with.

    Examples
    --------
    >>> from autodiff_cli.engine import as_variable, sin
    >>> x = as_variable(0.5)
    >>> with sharing():
    ...     sin(x) is sin(x), x * 1 is x
    (True, True)
    """

    def __init__(self, calls: CallCache | None = None) -> None:
        super().__init__(recording, calls)

    def _wanted(self) -> CallCache:
        return self.value or CallCache()


def _alike(x: Variable, y: Variable) -> bool:
    """Return whether two values are of one shape and type."""
    a, b = primal(x._value), y._value
    if type(a) is float or type(b) is float:
        return type(a) is type(b)
    return a.shape == b.shape and a.dtype == b.dtype and a.dtype == x.dtype  # type: ignore


# What is no Variable among the inputs of a call, and so is not its own key.
_PLAIN = frozenset((float, np.ndarray))


def call_key(op: Any, inputs: Iterable[Any], params: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what is equal for calls that are the same."""
    return op, *map(key, inputs), *map(key, sorted(params.items()))


def key(part: Any) -> Any:
    """Return what is equal for operands and parameters that are the same."""
    kind = type(part)
    if kind is float:
        # Zeros of either sign are equal, but not the same.
        return part or (part, math.copysign(1.0, part))
    if kind is np.ndarray:
        return part.shape, part.dtype, part.tobytes()
    # A list is another index than a tuple, and True another than 1.
    if kind is list or kind is tuple:
        return kind, *map(key, part)
    if kind is slice:
        return slice, key(part.start), key(part.stop), key(part.step)
    if kind is bool or isinstance(part, np.generic):
        return kind, part
    return part
