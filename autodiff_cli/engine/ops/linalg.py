"""Linear algebra."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.ops.shape import reshape, sum_to, transpose


def _swapped(x: Any) -> Any:
    """Return a stack of matrices with each one transposed."""
    n = np.ndim(x)
    return transpose(x, axes=(*range(n - 2), n - 1, n - 2))


def _column(x: Any) -> Any:
    return reshape(x, shape=(*np.shape(x), 1))


def _row(x: Any) -> Any:
    *stack, n = np.shape(x)
    return reshape(x, shape=(*stack, 1, n))


# A vector is a row on the left of a product and a column on its right (as in NumPy's matmul).


def _left(gy: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:
        return gy * b if np.ndim(a) == 1 else sum_to(_column(gy) * b, shape=np.shape(a))
    if np.ndim(a) == 1:
        return sum_to(reshape(b @ _column(gy), shape=np.shape(b)[:-1]), shape=np.shape(a))
    return sum_to(gy @ _swapped(b), shape=np.shape(a))


def _right(gy: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == 1:
        return gy * a if np.ndim(b) == 1 else sum_to(_column(a) * _row(gy), shape=np.shape(b))
    if np.ndim(b) == 1:
        n = np.shape(a)[-1]
        product = reshape(_row(gy) @ a, shape=(*np.shape(gy)[:-1], n))
        return sum_to(product, shape=np.shape(b))
    return sum_to(_swapped(a) @ gy, shape=np.shape(b))


matmul = Operation(
    "matmul",
    np.matmul,
    _left,
    _right,
    doc="matrix product; of vectors the scalar product, of stacks one product each",
    example="[[1, 2], [3, 4]] @ [1, 1] = [3, 7]",
    symbol="@",
)
