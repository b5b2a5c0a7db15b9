"""Operations that make fewer elements of many."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.ops.shape import broadcast_to, reshape
from autodiff_cli.engine.values import Array


def _sum(x: Array, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sum(x, axis=axis, keepdims=keepdims)


def kept_shape(x: Any, axis: Any) -> tuple[int, ...]:
    """Return the shape of ``x`` reduced over ``axis`` with the reduced axes kept at length 1."""
    shape = np.shape(x)
    if axis is None:
        return (1,) * len(shape)
    axes = np.mod(axis, len(shape))
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


sum = Operation(
    "sum",
    _sum,
    lambda gy, y, x, axis=None, keepdims=False: broadcast_to(
        reshape(gy, shape=kept_shape(x, np.atleast_1d(axis) if axis is not None else None)),
        shape=np.shape(x),
    ),
    method=True,
    doc="sum of all elements, or along axes",
    example="sum([1, 2, 3]) = 6",
)
