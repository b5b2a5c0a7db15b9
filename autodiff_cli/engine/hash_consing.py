"""Record each call once: equal calls on the same inputs share one Variable (hash consing).

Derivatives of derivatives compute the same products many times.  If each call is looked up before
it is recorded (A. P. Ershov, "On programming of arithmetic operations", Communications of the
ACM 1, 1958), the graph contains each of them once, and results cached for a node, such as its
derivative, are shared by all its uses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autodiff_cli.engine.config import recording, setting
from autodiff_cli.engine.values import as_value
from autodiff_cli.engine.variable import Variable

__all__ = ["CallCache", "call_key", "sharing"]


class CallCache:
    """The calls recorded so far, each once; a call that only returns an argument is left out.

    The cache keeps its Variables alive and assumes that their data do not change.  Use it for one
    block of code only: see `sharing`.
    """

    __slots__ = ("_calls",)

    def __init__(self) -> None:
        self._calls: dict[Any, Variable] = {}

    @property
    def count(self) -> int:
        """The number of recorded calls."""
        return len(self._calls)

    def insert(self, variables: Iterable[Variable]) -> None:
        """Insert the calls of some existing Variables into the cache."""
        for v in variables:
            self.record(v._op, v.inputs, v.params, v)

    def record(
        self, op: Any, inputs: tuple[Any, ...], params: Mapping[str, Any], new: Variable
    ) -> Variable:
        """Return the cached output of an equal call, or else ``new``, which is cached."""
        if len(inputs) == 2 and not params:
            x, y = inputs
            # A literal that is the unit of an operation leaves the other argument unchanged.
            left, right = op.metadata.units
            if type(y) is float and y == right and _alike(x, new):
                return x  # type: ignore[no-any-return]
            if type(x) is float and x == left and _alike(y, new):
                return y  # type: ignore[no-any-return]
            a, b = key(x) if type(x) in _PLAIN else x, key(y) if type(y) in _PLAIN else y
            name: Any = op, a, b
            if op.metadata.commutes and (found := self._calls.get((op, b, a))) is not None:
                return found
        else:
            name = call_key(op, inputs, params)
        return self._calls.setdefault(name, new)


class sharing(setting):  # noqa: N801 - used like a function
    """Record each call once: inside the block equal calls on the same Variables share one Variable.

    Calls that add 0, or multiply or divide by 1, are left out.  Derivatives computed inside the
    block therefore grow far less with the order.

    Parameters
    ----------
    calls
        The cache of an earlier block, to be continued.

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
    """Return whether two values have the same shape and dtype."""
    a, b = as_value(x._value), y._value
    if type(a) is float or type(b) is float:
        return type(a) is type(b)
    return a.shape == b.shape and a.dtype == b.dtype and a.dtype == x.dtype  # type: ignore


# The types of inputs that are not Variables, and so are not their own keys.
_PLAIN = frozenset((float, np.ndarray))


def call_key(op: Any, inputs: Iterable[Any], params: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return a key that is equal for equal calls."""
    return op, *map(key, inputs), *map(key, sorted(params.items()))


def key(part: Any) -> Any:
    """Return a key that is equal for equal operands or parameters."""
    kind = type(part)
    if kind is float:
        # 0.0 and -0.0 compare equal, but must have different keys.
        return part or (part, math.copysign(1.0, part))
    if kind is np.ndarray:
        return part.shape, part.dtype, part.tobytes()
    # As indices, a list differs from a tuple, and True differs from 1.
    if kind is list or kind is tuple:
        return kind, *map(key, part)
    if kind is slice:
        return slice, key(part.start), key(part.stop), key(part.step)
    if kind is bool or isinstance(part, np.generic):
        return kind, part
    return part
