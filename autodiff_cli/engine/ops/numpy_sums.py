"""Declare NumPy's weighted sums, differences and convolutions, as operations on Variables."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_cli.engine.numpy_protocols import numpy_function
from autodiff_cli.engine.ops import arrays, reduce
from autodiff_cli.engine.ops.arrays import _along, _axes
from autodiff_cli.engine.ops.numpy_shapes import pad, raised, tensor, tensors
from autodiff_cli.engine.ops.shape import broadcast_to, concatenate, reshape, transpose
from autodiff_cli.engine.ops.statistics import quantile

__all__: list[str] = []


@numpy_function
def average(a: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False) -> Any:
    """Return the weighted mean of elements."""
    if weights is None:
        return reduce.mean(a, axis=axis, keepdims=keepdims)
    weights = tensor(weights)
    if weights.ndim == 1 and a.ndim > 1:
        (k,) = _axes(a, axis)
        weights = reshape(weights, shape=tuple(-1 if i == k else 1 for i in range(a.ndim)))
    weights = broadcast_to(weights, shape=a.shape)
    total = reduce.sum(weights, axis=axis, keepdims=keepdims)
    return reduce.sum(a * weights, axis=axis, keepdims=keepdims) / total


@numpy_function
def percentile(a: Any, q: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the numbers below which given percentages of the elements are."""
    return quantile(a, tensor(q) / 100.0, axis=axis, keepdims=keepdims)


@numpy_function
def cov(m: Any, rowvar: bool = True, bias: bool = False, ddof: Any = None) -> Any:
    """Return the covariances of the rows of a matrix."""
    m = raised(m, 2) if rowvar else transpose(tensor(m))
    n = m.shape[1] - (ddof if ddof is not None else 0 if bias else 1)
    deviations = m - reduce.mean(m, axis=1, keepdims=True)
    y = (deviations @ transpose(deviations)) / float(n)
    return reshape(y, shape=()) if y.size == 1 else y


@numpy_function
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Return the integral of samples by the trapezoidal rule."""
    y = arrays.moveaxis(tensor(y), axis, -1)
    steps = dx if x is None else arrays.diff(tensor(x))
    return reduce.sum(0.5 * steps * (y[..., 1:] + y[..., :-1]), axis=-1)


@numpy_function
def gradient(f: Any, *varargs: Any, axis: Any = None) -> Any:
    """Return central differences, one-sided at both ends, along axes."""
    steps = varargs or (1.0,)
    axes = _axes(f, axis)
    steps = steps * len(axes) if len(steps) == 1 else steps

    def along(a: int, h: Any) -> Any:
        def part(*ends: Any) -> Any:
            return f[_along(a, slice(*ends))]

        inner = (part(2, None) - part(None, -2)) / 2.0
        first, last = part(1, 2) - part(0, 1), part(-1, None) - part(-2, -1)
        return concatenate([first, inner, last], axis=a) / h

    found = [along(a, h) for a, h in zip(axes, steps, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


@numpy_function
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Return the convolution of two vectors."""
    a, v = tensors((a, v))
    n, k = a.shape[0], v.shape[0]
    if n < k:
        a, v, n, k = v, a, k, n
    padded = pad(a, (k - 1, k - 1)) if mode != "valid" else a
    size = padded.shape[0] - k + 1
    windows = padded[np.arange(size)[:, None] + np.arange(k)[::-1]]
    y = windows @ v
    if mode == "same":
        start = (k - 1) // 2
        y = y[start : start + n]
    return y


@numpy_function
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """Return the cross-correlation of two vectors."""
    return convolve(a, arrays.flip(tensor(v)), mode)
