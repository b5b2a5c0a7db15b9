"""(1-x)**2 + 100*(y-x**2)**2, with its gradient and Hessian.

Written by adiff 0.1.0.  It needs NumPy only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = np.float64 | NDArray[np.float64]


@np.errstate(all="ignore")
def f(
    x: ArrayLike,
    y: ArrayLike,
) -> tuple[Floats, tuple[Floats, ...], tuple[tuple[Floats, ...], ...]]:
    """(1-x)**2 + 100*(y-x**2)**2, with its gradient and Hessian.

    Parameters
    ----------
    x, y
        Numbers, or arrays of them that broadcast together.

    Returns
    -------
    value
        What the expression gives.
    gradient
        ∂f/∂x, ∂f/∂y.
    hessian
        ∂²f/∂x², ∂²f/∂x∂y,
        ∂²f/∂y∂x, ∂²f/∂y².
    """
    x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    t1 = 1.0 - x
    t2 = y - np.square(x)
    value = np.square(t1) + 100.0 * np.square(t2)
    t3 = 200.0 * t2
    t4 = -t3 * 2.0
    t5 = -(x * 2.0) * 200.0
    gradient = (t4 * x - 2.0 * t1, t3)
    hessian = (
        (t4 + -t5 * 2.0 * x + 2.0, t5),
        (t5, np.full(x.shape, 200.0)),
    )
    return value, gradient, hessian
