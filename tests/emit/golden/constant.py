"""x*0 + inf, with its gradient.

Written by adiff 0.1.0.  It needs NumPy only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = np.float64 | NDArray[np.float64]


@np.errstate(all="ignore")
def f(x: ArrayLike) -> tuple[Floats, tuple[Floats, ...]]:
    """x*0 + inf, with its gradient.

    Parameters
    ----------
    x
        Numbers, or arrays of them that broadcast together.

    Returns
    -------
    value
        What the expression gives.
    gradient
        ∂f/∂x.
    """
    x = np.asarray(x, dtype=float)
    value = x * 0.0 + np.inf
    gradient = (np.full(x.shape, 0.0),)
    return value, gradient
