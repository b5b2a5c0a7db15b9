"""A graph of small tensors as one of scalars, in which formulas are those of a textbook."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.engine import Operation, Variable, as_variable, registry, value_of
from autodiff_cli.engine.core import reachable
from autodiff_cli.engine.elementwise import Elementwise

__all__ = ["scalars"]

MOST = 1000
"""How many elements a tensor may have to be taken apart."""

MOST_ROWS = 4
"""How many rows a matrix may have for its determinant to be written out."""

_ARRANGING = ("reshape", "transpose", "broadcast_to", "getitem", "stack", "concatenate")
_ADDING = ("sum", "sum_to", "prod", "trace", "matmul")


def scalars(y: Variable) -> list[Variable]:
    """Return the elements of ``y`` in order, computed from scalars as far as that can be done.

    NumPy moves, adds and multiplies whatever it is given: given scalar Variables it leaves the
    graph of each element behind.
    """
    parts: dict[Variable, NDArray[Any]] = {}
    for v in reversed(reachable([y])):
        parts[v] = _apart(v, parts)
    return [as_variable(element) for element in _parts(y, parts).flat]


def _apart(v: Variable, parts: dict[Variable, NDArray[Any]]) -> NDArray[Any]:
    op, params = v._op, v._params or {}
    arguments = [_parts(x, parts) for x in v._inputs]
    pairs = zip(v._inputs, arguments, strict=True)
    same = all(not part.shape and part.item() is x for x, part in pairs)
    if not isinstance(op, Operation) or v.size > MOST or (same and not v.shape):
        return _boxed(v)
    if isinstance(op, Elementwise):
        return _array(np.frompyfunc(op.apply, len(arguments), 1)(*arguments))
    if op.name in _ARRANGING or op.name in _ADDING:
        return _array(op.forward(*arguments, **params))
    (x,) = arguments if len(arguments) == 1 else (None,)
    if x is not None and op.name == "mean":
        totals = _array(registry["sum"].forward(x, **params))
        return _array(totals / (x.size / totals.size))
    if x is not None and op.name == "norm" and not params:
        return _array(registry["sqrt"](np.sum(x * x)))
    if x is not None and op.name == "det" and x.ndim == 2 and len(x) <= MOST_ROWS:
        return _array(_det(x))
    return _boxed(v)


def _det(x: NDArray[Any]) -> Any:
    if len(x) == 0:
        return 1.0
    rest = (np.delete(x[1:], k, axis=1) for k in range(len(x)))
    return sum((-1.0) ** k * x[0, k] * _det(minor) for k, minor in enumerate(rest))


def _parts(x: Any, parts: dict[Variable, NDArray[Any]]) -> NDArray[Any]:
    return parts[x] if isinstance(x, Variable) and x in parts else _boxed(x)


def _boxed(x: Any) -> NDArray[Any]:
    """Return the elements of a Variable or literal as an array of objects."""
    boxed = np.empty(np.shape(x), object)
    for index in np.ndindex(boxed.shape):
        whole = not boxed.shape
        element = x if whole else x[index]
        boxed[index] = element if isinstance(element, Variable) else float(value_of(element))
    return boxed


def _array(elements: Any) -> NDArray[Any]:
    if isinstance(elements, np.ndarray):
        return elements
    boxed = np.empty((), object)
    boxed[()] = elements
    return boxed
