"""u = x*y; max(u, erf(x)) if u > 0 else tanh(y), with its gradient.

Written by adiff 0.1.0.  It needs NumPy only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = np.float64 | NDArray[np.float64]


def _each(function: Callable[[float], float], x: Any, pole: float = math.nan) -> Any:
    """Apply a function of floats to each element, for functions that NumPy does not have.

    ``pole`` is the value at a pole, where functions of the math module raise.
    """

    def ieee(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.copysign(math.inf, x) if x == 0.0 and pole != pole else pole

    x = np.asarray(x)
    return np.asarray(np.frompyfunc(ieee, 1, 1)(x), dtype=x.dtype)


def _sech_squared(x: Any) -> Any:
    # 1 - tanh(x)² loses digits as tanh approaches 1, and cosh(x)² overflows too early.
    y = np.asarray(np.cosh(x))
    np.divide(1.0, y, out=y)
    return np.multiply(y, y, out=y)


@np.errstate(all="ignore")
def f(x: ArrayLike, y: ArrayLike) -> tuple[Floats, tuple[Floats, ...]]:
    """u = x*y; max(u, erf(x)) if u > 0 else tanh(y), with its gradient.

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
    """
    x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    u = x * y
    t1 = (u > 0.0).astype(float)
    t2 = _each(math.erf, x)
    value = np.where(t1 != 0.0, np.maximum(u, t2), np.tanh(y))
    t3 = 1.0 - 0.5 * (u == t2).astype(float)
    t4 = np.where(t1 != 0.0, (u <= t2).astype(float), 0.0)
    t5 = np.where(t1 != 0.0, (u >= t2).astype(float), 0.0)
    t6 = np.where(t4 != 0.0, t3 * (1.1283791670955126 * np.exp(-(x * x))), 0.0)
    t7 = np.where(t1 != 0.0, 0.0, _sech_squared(y))
    gradient = (
        t6 + np.where(t5 != 0.0, t3 * y, 0.0),
        np.where(t5 != 0.0, t3 * x, 0.0) + t7,
    )
    return value, gradient
