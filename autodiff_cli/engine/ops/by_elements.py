"""Define tensor operations by elements: as sums, products and functions of single numbers.

A definition takes ``each``, which applies an elementwise operation to arrays or numbers, and arrays
of dtype object, whose elements are any objects with arithmetic: terms of a formula, or balls.  It
returns None if there are too many elements for a formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import reduce
from itertools import combinations, permutations
from typing import Any, TypeAlias

import numpy as np

from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.ops.arithmetic import div, square
from autodiff_cli.engine.ops.elementary import exp, log, sqrt
from autodiff_cli.engine.values import boxed

__all__ = [
    "cofactors",
    "determinant",
    "folded",
    "inverse",
    "logsumexp",
    "mean",
    "norm",
    "softmax",
    "solution",
]

MOST_ROWS = 7
"""The largest number of rows of a matrix whose determinant is written by its elements."""

MOST_ROWS_INVERTED = 3
"""The largest number of rows of a matrix that is inverted by its elements."""

Each: TypeAlias = Callable[..., Any]


def folded(pairwise: Operation) -> Callable[..., Any]:
    """Return the definition of a reduction as repeated application of a binary operation."""

    def reduction(each: Each, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axes = range(x.ndim) if axis is None else [int(a) % x.ndim for a in np.atleast_1d(axis)]
        kept = [k for k in range(x.ndim) if k not in axes]
        count = math.prod(x.shape[k] for k in axes)
        rows = np.transpose(x, [*kept, *axes]).reshape(*(x.shape[k] for k in kept), count)
        found = reduce(
            lambda a, b: boxed(each(pairwise, a, b)),
            (boxed(rows[..., k]) for k in range(count)),
        )
        if not keepdims:
            return found
        return found.reshape([n if k in kept else 1 for k, n in enumerate(x.shape)])

    return reduction


def _sum(x: Any, axis: Any, keepdims: bool) -> Any:
    return boxed(np.sum(boxed(x), axis=axis, keepdims=bool(keepdims)))


def mean(each: Each, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the mean as the sum divided by the number of elements."""
    total = _sum(x, axis, keepdims)
    return each(div, total, x.size // total.size if total.size else 0)


def norm(each: Each, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the norm as the root of the sum of squares."""
    return each(sqrt, _sum(each(square, x), axis, keepdims))


def logsumexp(each: Each, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the logarithm of the sum of exponentials."""
    return each(log, _sum(each(exp, x), axis, keepdims))


def softmax(each: Each, x: Any, axis: Any = -1) -> Any:
    """Return the exponentials divided by their sum."""
    powers = boxed(each(exp, x))
    return each(div, powers, _sum(powers, axis, keepdims=True))


# --- matrices ------------------------------------------------------------------------------------


def determinant(each: Each, x: Any) -> Any:
    """Return the determinant by minors, starting from the last rows; zeros are skipped."""
    n = x.shape[-1]
    if n > MOST_ROWS:
        return None
    minors: dict[tuple[int, ...], Any] = {(): None}
    for size in range(1, n + 1):
        row = x[..., n - size, :]
        made: dict[tuple[int, ...], Any] = {}
        for columns in combinations(range(n), size):
            total: Any = None
            for k, column in enumerate(columns):
                minor = minors[columns[:k] + columns[k + 1 :]]
                part = row[..., column]
                part = boxed(part) if minor is None else boxed(part) * minor
                part = -part if k % 2 else part
                total = part if total is None else part + total
            made[columns] = boxed(total)
        minors = made
    return minors[tuple(range(n))]


def _minor(x: Any, i: int, j: int) -> Any:
    return np.delete(np.delete(x, i, -2), j, -1)


def _adjugate(each: Each, x: Any) -> Any:
    """Return the transposed matrix of cofactors."""
    n = x.shape[-1]
    found = np.empty(x.shape, dtype=object)
    for i, j in np.ndindex(n, n):
        minor = determinant(each, _minor(x, i, j)) if n > 1 else boxed(x[..., 0, 0]) * 0.0 + 1.0
        found[..., j, i] = -minor if (i + j) % 2 else minor
    return found


def _with_matrix_axes(x: Any) -> Any:
    return boxed(x)[..., None, None]


def inverse(each: Each, x: Any) -> Any:
    """Return the inverse as the adjugate divided by the determinant."""
    if x.shape[-1] > MOST_ROWS_INVERTED:
        return None
    return each(div, _adjugate(each, x), _with_matrix_axes(determinant(each, x)))


def solution(each: Each, a: Any, b: Any) -> Any:
    """Return the solution of a linear system by the adjugate and the determinant."""
    if a.shape[-1] > MOST_ROWS_INVERTED:
        return None
    columns = b if b.ndim > 1 else b[:, None]
    products = np.matmul(_adjugate(each, a), columns)
    found = each(div, products, _with_matrix_axes(determinant(each, a)))
    return found if b.ndim > 1 else found[..., 0]


def _moved(x: Any, directions: Any) -> Iterator[Any]:
    """Yield the matrices whose determinants sum to the derivative along some directions.

    A determinant is linear in each row, so rows of the directions replace distinct rows of x.
    """
    for rows in permutations(range(x.shape[-2]), len(directions)):
        y = x.copy()
        for row, direction in zip(rows, directions, strict=True):
            y[..., row, :] = direction[..., row, :]
        yield y


def cofactors(each: Each, x: Any, directions: Any) -> Any:
    """Return the cofactors of a matrix, differentiated once along each direction."""
    n = x.shape[-1]
    if n > MOST_ROWS_INVERTED:
        return None
    found = np.empty(x.shape, dtype=object)
    for i, j in np.ndindex(n, n):
        along = [_minor(d, i, j) for d in directions]
        total = boxed(x[..., i, j]) * 0.0
        for moved in _moved(_minor(x, i, j), along):
            total = total + (determinant(each, moved) if n > 1 else 1.0)
        found[..., i, j] = -total if (i + j) % 2 else total
    return found
