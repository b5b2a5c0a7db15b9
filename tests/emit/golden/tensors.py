"""sum((A @ x - b)[0:1]**2), with its gradient.

Written by adiff 0.1.0.  It needs NumPy only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = np.float64 | NDArray[np.float64]


def _scatter(x: Any, shape: tuple[int, ...], index: Any) -> Any:
    zeros = np.zeros(shape, np.result_type(x))
    # An index may name an element repeatedly: all contributions add up.
    np.add.at(zeros, index, x)
    return zeros


@np.errstate(all="ignore")
def f(A: ArrayLike, x: ArrayLike, b: ArrayLike) -> tuple[Floats, tuple[Floats, ...]]:
    """sum((A @ x - b)[0:1]**2), with its gradient.

    Parameters
    ----------
    A
        An array of shape (2, 2).
    x
        An array of shape (2,).
    b
        An array of shape (2,).

    Returns
    -------
    value
        What the expression gives.
    gradient
        ∂f/∂A, ∂f/∂x, ∂f/∂b.
    """
    A = np.asarray(A, dtype=float)
    x = np.asarray(x, dtype=float)
    b = np.asarray(b, dtype=float)
    if [A.shape, x.shape, b.shape] != [(2, 2), (2,), (2,)]:
        raise ValueError("the shapes have to be: A (2, 2), x (2,), b (2,)")
    t1 = ((A @ x) - b)[0:1]
    value = np.sum(np.square(t1))
    t2 = _scatter(2.0 * t1, shape=(2,), index=(slice(0, 1, None),))
    t3 = np.reshape(t2, (2, 1))
    t4 = t3 @ np.transpose(np.reshape(x, (2, 1)))
    t5 = np.transpose(t3) @ np.where(np.array([[1.0], [0.0]]) != 0.0, A, 0.0)
    gradient = (
        np.where(np.array([[1.0, 1.0], [0.0, 0.0]]) != 0.0, t4, 0.0),
        np.reshape(np.transpose(t5), (2,)),
        np.where(np.array([1.0, 0.0]) != 0.0, -t2, 0.0),
    )
    return value, gradient
