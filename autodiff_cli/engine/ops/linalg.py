"""Linear algebra."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_cli.engine.operation import Operation, fit
from autodiff_cli.engine.ops.shape import reshape, transpose


def _swapped(x: Any) -> Any:
    """Return a stack of matrices with each one transposed."""
    n = x.ndim
    if n == 2:
        return x.T
    return transpose(x, axes=(*range(n - 2), n - 1, n - 2))


def _column(x: Any) -> Any:
    return reshape(x, shape=(*np.shape(x), 1))


def _row(x: Any) -> Any:
    *stack, n = np.shape(x)
    return reshape(x, shape=(*stack, 1, n))


# A vector is a row on the left of a product and a column on its right (as in NumPy's matmul).


def _left(gy: Any, y: Any, a: Any, b: Any) -> Any:
    if b.ndim == 1:
        return gy * b if a.ndim == 1 else fit(_column(gy) * b, a)
    if a.ndim == 1:
        return fit(reshape(b @ _column(gy), shape=np.shape(b)[:-1]), a)
    return fit(gy @ _swapped(b), a)


def _right(gy: Any, y: Any, a: Any, b: Any) -> Any:
    if a.ndim == 1:
        return gy * a if b.ndim == 1 else fit(_column(a) * _row(gy), b)
    if b.ndim == 1:
        n = np.shape(a)[-1]
        product = reshape(_row(gy) @ a, shape=(*np.shape(gy)[:-1], n))
        return fit(product, b)
    return fit(_swapped(a) @ gy, b)


matmul = Operation(
    "matmul",
    np.matmul,
    _left,
    _right,
    shape=lambda a, b: (
        *np.broadcast_shapes(a[:-2], b[:-2]),
        *a[-2:-1],
        *(b[-1:] if len(b) > 1 else ()),
    ),
    doc="matrix product; of vectors the scalar product, of stacks one product each",
    example="[[1, 2], [3, 4]] @ [1, 1] = [3, 7]",
    aliases=("dot",),
    symbol="@",
)

trace = Operation(
    "trace",
    lambda x: np.trace(x, axis1=-2, axis2=-1),
    lambda gy, y, x: _column(_column(gy)) * np.eye(*np.shape(x)[-2:]),
    doc="sum of the diagonal of a square matrix, or of each in a stack",
    example="trace([[1, 2], [3, 4]]) = 5",
)

inv: Operation = Operation(
    "inv",
    np.linalg.inv,
    lambda gy, y, x: -(_swapped(y) @ gy @ _swapped(y)),
    doc="inverse of a square matrix, or of each in a stack",
    example="inv([[0, 2], [4, 0]]) = [[0, 0.25], [0.5, 0]]",
)

det = Operation(
    "det",
    np.linalg.det,
    lambda gy, y, x: _column(_column(gy * y)) * _swapped(inv(x)),
    doc="determinant of a square matrix, or of each in a stack",
    example="det([[0, 2], [4, 0]]) = -8",
)


def _solve(a: Any, b: Any) -> Any:
    # NumPy takes b for a vector only if it is one; so do we, in every version of NumPy.
    return np.linalg.solve(a, b) if np.ndim(b) > 1 else np.linalg.solve(a, b[:, None])[..., 0]


def _solve_matrix(gy: Any, y: Any, a: Any, b: Any) -> Any:
    gb = solve(_swapped(a), gy)
    if b.ndim == 1:
        return -(_column(gb) * _row(y))
    return fit(-(gb @ _swapped(y)), a)


solve: Operation = Operation(
    "solve",
    _solve,
    _solve_matrix,
    lambda gy, y, a, b: fit(solve(_swapped(a), gy), b),
    doc="the x for which a @ x is b",
    example="solve([[0, 2], [4, 0]], [2, 4]) = [1, 1]",
)
