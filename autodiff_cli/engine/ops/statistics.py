"""Declare statistics of the elements of a tensor."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff_cli.engine.composite import composite
from autodiff_cli.engine.constants import constant
from autodiff_cli.engine.ops.arithmetic import mul, square
from autodiff_cli.engine.ops.arrays import _along, _axes, _count, _ordered, diff, sort
from autodiff_cli.engine.ops.piecewise import equal, not_equal, relu
from autodiff_cli.engine.ops.reduce import max, mean, min, norm, prod, sum
from autodiff_cli.engine.ops.shape import reshape


def _enlarged(y: Any, x: Any, axis: Any, ddof: float) -> Any:
    """Return a mean divided by n - ddof instead of n, where n elements are reduced to one."""
    if not ddof:
        return y
    n = _count(x, axis)
    return y * (n / (n - ddof) if n > ddof else np.inf)


@composite(example="var([1, 2, 6]) = 4.66666666666666666667", method=True)
def var(x: Any, axis: Any = None, keepdims: bool = False, ddof: float = 0) -> Any:
    """Return variance of all elements, or along axes: sum of squared deviations over n - ddof."""
    squares = square(x - mean(x, axis=axis, keepdims=True))
    return _enlarged(mean(squares, axis=axis, keepdims=keepdims), x, axis, ddof)


@composite(example="std([1, 2, 6]) = 2.16024689946928693632", method=True)
def std(x: Any, axis: Any = None, keepdims: bool = False, ddof: float = 0) -> Any:
    """Return standard deviation of all elements, or along axes; its derivative is 0 at 0."""
    length = norm(x - mean(x, axis=axis, keepdims=True), axis=axis, keepdims=keepdims)
    count = _count(x, axis) - ddof
    root = math.sqrt(count) if count > 0 else 0.0
    return length / (root if root.is_integer() else constant(root, f"sqrt({count})"))


@composite(example="ptp([3, 1, 4]) = 3")
def ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return difference of the greatest and the smallest element."""
    return max(x, axis=axis, keepdims=keepdims) - min(x, axis=axis, keepdims=keepdims)


@composite(example="all([1, 0]) = 0", method=True, folds="logical_and")
def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return 1 if no element is 0, else 0."""
    return prod(not_equal(x, 0.0), axis=axis, keepdims=keepdims)


@composite(example="any([1, 0]) = 1", method=True, folds="logical_or")
def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return 1 if an element is not 0, else 0."""
    return 1.0 - prod(equal(x, 0.0), axis=axis, keepdims=keepdims)


@composite(tensors=2, example="quantile([1, 2, 4], 0.25) = 1.5")
def quantile(x: Any, q: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the number below which a share q of the elements is, between elements by a line."""
    axes = _axes(x, axis)
    others = [i for i in range(x.ndim) if i not in axes]
    kept = [x.shape[i] for i in others]
    n = _count(x, axes)
    rows = reshape(_ordered(x, [*others, *axes]), shape=(*kept, n))
    # A sorted element has the weight of a hat function of its place, which is 0 beyond neighbours.
    place = reshape(q * (n - 1.0), shape=(*np.shape(q), *[1] * (len(kept) + 1)))
    ascending = sort(rows, -1)
    low = np.arange(n - 1.0)
    share = relu(place - low) - relu(place - low - 1.0)
    steps = diff(ascending)
    y = ascending[_along(len(kept), 0)] + sum(mul(share, steps), axis=-1)
    if keepdims:
        y = reshape(
            y, shape=(*np.shape(q), *[1 if i in axes else n for i, n in enumerate(x.shape)])
        )
    return y


@composite(example="median([3, 1, 2]) = 2")
def median(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the middle element in order, or the mean of the two in the middle."""
    axes = _axes(x, axis)
    others = [i for i in range(x.ndim) if i not in axes]
    n = _count(x, axes)
    rows = reshape(_ordered(x, [*others, *axes]), shape=(*[x.shape[i] for i in others], n))
    y = mean(sort(rows, -1)[_along(len(others), slice((n - 1) // 2, n // 2 + 1))], axis=-1)
    if keepdims:
        y = reshape(y, shape=tuple(1 if i in axes else n for i, n in enumerate(x.shape)))
    return y
