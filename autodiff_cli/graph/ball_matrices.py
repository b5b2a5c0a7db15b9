"""Define functions of matrices of balls, under mpmath's names, applied to each matrix of a stack.

Arrays have dtype object; their elements are numbers as in `autodiff_cli.graph.ball_arithmetic`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from itertools import permutations
from typing import Any

import numpy as np
from flint import arb_mat, arb_series, fmpq, fmpq_mat

from autodiff_cli.graph import ball_arithmetic as arithmetic
from autodiff_cli.graph.ball_arithmetic import NAN, as_ball

__all__ = ["cofactors", "det", "inverse", "lu_solve"]

_div: Any = np.frompyfunc(arithmetic.div, 2, 1)


def _each(x: Any, function: Callable[[Any], Any], shape: tuple[int, ...]) -> Any:
    """Return the result of a function on each matrix of a stack."""
    stack = np.shape(x)[:-2]
    y = np.empty(stack + shape, object)
    for place in np.ndindex(*stack):
        y[place] = function(x[place])
    return y if y.ndim else y[()]


def _matrix(x: Any) -> Any:
    """Return a matrix in the type of the library, of rationals if all elements are."""
    rows, columns = x.shape
    elements = x.ravel().tolist()
    if all(type(a) is fmpq for a in elements):
        return fmpq_mat(rows, columns, elements)
    return arb_mat(rows, columns, [as_ball(a) for a in elements])


def _array(matrix: Any) -> Any:
    y = np.empty((matrix.nrows(), matrix.ncols()), object)
    y.ravel()[:] = matrix.entries()
    return y


def _has_series(x: Any) -> bool:
    return any(type(a) is arb_series for a in x.ravel().tolist())


def _det(x: Any) -> Any:
    if not len(x):
        return fmpq(1)
    return _eliminated(x, x[:, :0])[0] if _has_series(x) else _matrix(x).det()


def _eliminated(x: Any, b: Any) -> tuple[Any, Any]:
    """Return the determinant of a matrix of series and the solution y of ``x @ y = b``.

    Raises
    ------
    ZeroDivisionError
        If no pivot is certainly nonzero.
    """
    n, both, det = len(x), np.concatenate([x, b], axis=1), fmpq(1)
    for k in range(n):
        certain = (i for i in range(k, n) if arithmetic.sign(both[i, k]) in (1, -1))
        i = next(certain, None)
        if i is None:
            raise ZeroDivisionError
        if i != k:
            both[[k, i]], det = both[[i, k]], -det
        det = arithmetic.mul(det, both[k, k])
        # Slices are used because NumPy would take a single series for a sequence.
        here = slice(k, k + 1)
        both[k] = _div(both[k], both[k, here])
        for j in range(n):
            if j != k:
                both[j] = both[j] - both[j, here] * both[k]
    return det, both[:, n:]


def det(x: Any) -> Any:
    """Return the determinant of each matrix."""
    return _each(x, _det, ())


def _identity(n: int) -> Any:
    y = np.full((n, n), fmpq(0), object)
    np.fill_diagonal(y, fmpq(1))
    return y


def _nowhere(shape: tuple[int, ...]) -> Any:
    """Return an array of unknown numbers."""
    return np.full(shape, NAN, object)


def inverse(x: Any) -> Any:
    """Return the inverse of each matrix."""

    def inverted(a: Any) -> Any:
        try:
            if _has_series(a):
                return _eliminated(a, _identity(len(a)))[1]
            return _array(_matrix(a).inv())
        except ZeroDivisionError:
            return _nowhere(a.shape)

    return _each(x, inverted, np.shape(x)[-2:])


def lu_solve(a: Any, b: Any) -> Any:
    """Return the solution x of ``a @ x = b``."""
    return inverse(a) @ b


def _minor(x: Any, i: int, j: int) -> Any:
    return np.delete(np.delete(x, i, -2), j, -1)


def _moved(x: Any, directions: Any) -> Iterator[Any]:
    """Yield the matrices whose determinants sum to the derivative along some directions.

    A determinant is linear in each row, so rows of the directions replace distinct rows of x.
    """
    for rows in permutations(range(len(x)), len(directions)):
        y = x.copy()
        for row, direction in zip(rows, directions, strict=True):
            y[row] = direction[row]
        yield y


def cofactors(x: Any, directions: Any) -> Any:
    """Return the cofactors of each matrix, differentiated once along each direction."""
    x, directions = np.asarray(x, object), np.asarray(directions, object)
    y = np.empty(x.shape, object)
    for place in np.ndindex(*x.shape):
        *stack, i, j = place
        a = x[tuple(stack)]
        along = [_minor(d[tuple(stack)], i, j) for d in directions]
        dets = (_det(m) for m in _moved(_minor(a, i, j), along))
        y[place] = (-1) ** (i + j) * reduce(arithmetic.add, dets, fmpq(0))
    return y
