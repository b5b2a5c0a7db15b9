"""Operations that move elements about: shape and broadcasting."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_cli.engine.core import Variable
from autodiff_cli.engine.operation import Operation, Variadic
from autodiff_cli.engine.values import Array

reshape: Operation = Operation(
    "reshape",
    lambda x, shape: np.reshape(x, shape),
    lambda gy, y, x, shape: reshape(gy, shape=np.shape(x)),
    method=True,
    spread=True,
    doc="the same elements in another shape",
    example="reshape([1, 2, 3, 4], [2, 2]) = [[1, 2], [3, 4]]",
)


def _transpose(x: Any, axes: Any = None) -> Array:
    return np.transpose(x, axes)


def _restored(gy: Any, y: Any, x: Any, axes: Any = None) -> Any:
    if axes is None:
        return transpose(gy)
    return transpose(gy, axes=tuple(int(i) for i in np.argsort(np.mod(axes, np.ndim(x)))))


transpose = Operation(
    "transpose",
    _transpose,
    _restored,
    method=True,
    spread=True,
    doc="axes in reverse, or in the order given",
    example="transpose([[1, 2], [3, 4]]) = [[1, 3], [2, 4]]",
)

broadcast_to = Operation(
    "broadcast_to",
    lambda x, shape: np.broadcast_to(x, shape),
    lambda gy, y, x, shape: sum_to(gy, shape=np.shape(x)),
    spread=True,
    doc="the elements repeated along new or single axes, to a shape",
    example="broadcast_to([1, 2], [2, 2]) = [[1, 2], [1, 2]]",
)


def _sum_to(x: Array, shape: tuple[int, ...]) -> Array:
    shape = tuple(shape)
    x = np.asarray(x)
    lead = x.ndim - len(shape)
    if lead < 0 or np.broadcast_shapes(x.shape, shape) != x.shape:
        raise ValueError(f"cannot sum shape {x.shape} to shape {shape}")
    kept = tuple(i for i, n in enumerate(shape, start=lead) if n == 1 and x.shape[i] != 1)
    return np.sum(x, axis=(*range(lead), *kept), keepdims=True).reshape(shape)


sum_to: Operation = Operation(
    "sum_to",
    _sum_to,
    lambda gy, y, x, shape: broadcast_to(gy, shape=np.shape(x)),
    spread=True,
    doc="summed along axes until it has the shape: the adjoint of broadcast_to",
    example="sum_to([[1, 2], [3, 4]], [2]) = [4, 6]",
)

getitem = Operation(
    "getitem",
    lambda x, index: np.asarray(x)[index],
    lambda gy, y, x, index: scatter(gy, shape=np.shape(x), index=index),
    doc="the elements at an index or slice: x[index]",
    example="getitem([1, 2, 3], 1) = 2",
)


def _scatter(x: Any, shape: tuple[int, ...], index: Any) -> Array:
    zeros = np.zeros(shape, np.result_type(x))
    # An index may name an element more than once: each counts.
    np.add.at(zeros, index, x)
    return zeros


scatter: Operation = Operation(
    "scatter",
    _scatter,
    lambda gy, y, x, shape, index: getitem(gy, index=index),
    doc="zeros of a shape with the elements added at an index: the adjoint of getitem",
    example="scatter(5, [3], 1) = [0, 5, 0]",
)


def _stack(*xs: Any, axis: int = 0) -> Array:
    return np.stack(xs, axis)


def _unstacked(gy: Any, *xs: Any, axis: int = 0) -> list[Any]:
    before = (slice(None),) * (axis % np.ndim(gy))
    return [
        getitem(gy, index=(*before, i)) if isinstance(x, Variable) else None
        for i, x in enumerate(xs)
    ]


stack = Variadic(
    "stack",
    _stack,
    _unstacked,
    doc="tensors of one shape, side by side along a new axis; [a, b] is short for it",
    example="[2, 3] = [2, 3]",
)

setattr(Variable, "__getitem__", lambda x, index: getitem(x, index=index))  # noqa: B010
setattr(Variable, "__iter__", lambda x: (x[i] for i in range(len(x))))  # noqa: B010
