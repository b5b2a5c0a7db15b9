"""sin(λ), with its derivatives up to order 3.

Written by adiff 0.1.0.  It needs NumPy only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = np.float64 | NDArray[np.float64]


@np.errstate(all="ignore")
def f(
    λ: ArrayLike,
) -> tuple[Floats, tuple[Floats, ...], tuple[Floats, ...], tuple[Floats, ...]]:
    """sin(λ), with its derivatives up to order 3.

    Parameters
    ----------
    λ
        Numbers, or arrays of them that broadcast together.

    Returns
    -------
    value
        What the expression gives.
    gradient
        ∂f/∂λ.
    order2
        ∂²f/∂λ².
    order3
        ∂³f/∂λ³.
    """
    λ = np.asarray(λ, dtype=float)
    value = np.sin(λ)
    t1 = np.cos(λ)
    gradient = (t1,)
    order2 = (-value,)
    order3 = (-t1,)
    return value, gradient, order2, order3
