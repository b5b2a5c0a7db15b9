"""Declare functions that move, repeat or select elements, by slices, reshaping and joining."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autodiff_cli.engine.composite import composite, lifted
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.ops.piecewise import maximum, minimum, where
from autodiff_cli.engine.ops.shape import (
    broadcast_to,
    concatenate,
    plain_index,
    reshape,
    scatter,
    stack,
    transpose,
)


def _along(axis: int, part: Any) -> tuple[Any, ...]:
    """Return the index that takes a part along an axis counted from 0."""
    return (*[slice(None)] * axis, part)


def _axes(x: Any, axis: Any) -> list[int]:
    """Return axes counted from 0; all of them for None."""
    given = range(x.ndim) if axis is None else np.atleast_1d(axis).tolist()
    if any(not -x.ndim <= a < x.ndim for a in given):
        raise ValueError(f"axis {axis} is not one of {x.ndim}")
    return [a % x.ndim for a in given]


def _ordered(x: Any, order: Sequence[int]) -> Any:
    """Return a tensor with its axes in another order, itself if that is the same."""
    return x if list(order) == list(range(x.ndim)) else transpose(x, axes=tuple(order))


def _flat(x: Any, axis: Any) -> tuple[Any, int]:
    """Return a tensor and one of its axes: for None, its elements as a vector and axis 0."""
    if axis is None:
        return reshape(x, shape=(-1,)), 0
    return x, _axes(x, axis)[0]


@composite(example="flip([1, 2]) = [2, 1]")
def flip(x: Any, axis: Any = None) -> Any:
    """Return the elements in reverse, along all axes or some."""
    axes = _axes(x, axis)
    return x[tuple(slice(None, None, -1) if i in axes else slice(None) for i in range(x.ndim))]


@composite(example="roll([1, 2, 3], 1) = [3, 1, 2]")
def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """Return the elements moved on by a number of places, those at the end going to the start."""
    if axis is None and x.ndim != 1:
        return reshape(roll(reshape(x, shape=(-1,)), shift, 0), shape=x.shape)
    axes = _axes(x, axis)
    pairs = [(shift, axes[0])] if isinstance(shift, int) and len(axes) == 1 else None
    for k, a in pairs or zip(*np.broadcast_arrays(shift, axes), strict=True):
        cut = -int(k) % max(x.shape[a], 1)
        parts = [x[_along(int(a), slice(cut, None))], x[_along(int(a), slice(cut))]]
        x = concatenate(parts, axis=int(a)) if cut else x
    return x


@composite(example="tile([1, 2], 2) = [1, 2, 1, 2]")
def tile(x: Any, reps: Any) -> Any:
    """Return the tensor repeated side by side."""
    times = np.atleast_1d(reps).tolist()
    times = [1] * (x.ndim - len(times)) + times
    sizes = [1] * (len(times) - x.ndim) + list(x.shape)
    single = [n for size in sizes for n in (1, size)]
    spread = [n for pair in zip(times, sizes, strict=True) for n in pair]
    y = broadcast_to(reshape(x, shape=tuple(single)), shape=tuple(spread))
    return reshape(y, shape=tuple(t * n for t, n in zip(times, sizes, strict=True)))


@composite(example="repeat([1, 2], 2) = [1, 1, 2, 2]")
def repeat(x: Any, repeats: Any, axis: Any = None) -> Any:
    """Return each element several times, of all elements or along an axis."""
    x, a = _flat(x, axis)
    if np.ndim(repeats):
        return x[_along(a, np.repeat(np.arange(x.shape[a]), repeats))]
    before, n, after = x.shape[:a], x.shape[a], x.shape[a + 1 :]
    columns = reshape(x, shape=(*before, n, 1, *after))
    spread = broadcast_to(columns, shape=(*before, n, int(repeats), *after))
    return reshape(spread, shape=(*before, n * int(repeats), *after))


@composite(example="swapaxes([[1, 2], [3, 4]], 0, 1) = [[1, 3], [2, 4]]")
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Return two axes exchanged."""
    order = list(range(x.ndim))
    i, j = _axes(x, (axis1, axis2))
    order[i], order[j] = order[j], order[i]
    return _ordered(x, order)


@composite(example="moveaxis([[1, 2], [3, 4]], 0, 1) = [[1, 3], [2, 4]]")
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Return axes moved to other places."""
    moved, places = _axes(x, source), _axes(x, destination)
    order = [i for i in range(x.ndim) if i not in moved]
    for place, axis in sorted(zip(places, moved, strict=True)):
        order.insert(place, axis)
    return _ordered(x, order)


@composite(example="squeeze([[1, 2]]) = [1, 2]", method=True)
def squeeze(x: Any, axis: Any = None) -> Any:
    """Return the tensor without its axes of length 1, or without some of them."""
    return reshape(x, shape=np.squeeze(np.broadcast_to(0.0, x.shape), axis).shape)


@composite(example="expand_dims([1, 2], 0) = [[1, 2]]")
def expand_dims(x: Any, axis: Any) -> Any:
    """Return the tensor with new axes of length 1."""
    return reshape(x, shape=np.expand_dims(np.broadcast_to(0.0, x.shape), axis).shape)


@composite(example="ravel([[1, 2], [3, 4]]) = [1, 2, 3, 4]", aliases=("flatten",), method=True)
def ravel(x: Any) -> Any:
    """Return the elements as a vector."""
    return reshape(x, shape=(-1,))


def _diagonal_slice(rows: int, columns: int, k: int) -> slice:
    """Return the indices of a diagonal among the elements of a matrix, row by row."""
    count = max(min(rows + min(k, 0), columns - max(k, 0)), 0)
    start = k if k >= 0 else -k * columns
    return slice(start, start + count * (columns + 1), columns + 1) if count else slice(0, 0)


@composite(example="diagonal([[1, 2], [3, 4]]) = [1, 4]")
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return a diagonal of a matrix, or of each in a stack."""
    x = moveaxis(x, (axis1, axis2), (-2, -1))
    *others, rows, columns = x.shape
    flat = reshape(x, shape=(*others, rows * columns))
    return flat[_along(len(others), _diagonal_slice(rows, columns, offset))]


@composite(example="diag([[1, 2], [3, 4]]) = [1, 4]")
def diag(v: Any, k: int = 0) -> Any:
    """Return the diagonal of a matrix; of a vector, the matrix with it as diagonal."""
    if v.ndim != 1:
        return diagonal(v, k)
    n = v.shape[0] + abs(k)
    y = scatter(v, shape=(n * n,), index=_diagonal_slice(n, n, k))
    return reshape(y, shape=(n, n))


@composite(example="tril([[1, 2], [3, 4]]) = [[1, 0], [3, 4]]")
def tril(m: Any, k: int = 0) -> Any:
    """Return the lower triangle of a matrix, with zeros above diagonal k."""
    return where(np.tri(m.shape[-2], m.shape[-1], k), m, 0.0)


@composite(example="triu([[1, 2], [3, 4]]) = [[1, 2], [0, 4]]")
def triu(m: Any, k: int = 0) -> Any:
    """Return the upper triangle of a matrix, with zeros below diagonal k."""
    return where(np.tri(m.shape[-2], m.shape[-1], k - 1), 0.0, m)


def _cumsum(x: Any, axis: Any = None) -> Any:
    return np.cumsum(x, axis)


def _cumsum_adjoint(gy: Any, y: Any, x: Any, axis: Any = None) -> Any:
    a = 0 if axis is None else axis
    return reshape(flip(cumsum(flip(gy, a), axis=a), a), shape=np.shape(x))


cumsum: Operation = Operation(
    "cumsum",
    _cumsum,
    _cumsum_adjoint,
    linear=True,
    method=True,
    accumulates="add",
    doc="sums of the elements up to each, along an axis or as a vector",
    example="cumsum([1, 2, 3]) = [1, 3, 6]",
    numpy="np.cumsum({x}{statics})",
)


@composite(example="cumprod([1, 2, 3]) = [1, 2, 6]", accumulates="mul", method=True)
def cumprod(x: Any, axis: Any = None) -> Any:
    """Return products of the elements up to each, along an axis or as a vector."""
    x, a = _flat(x, axis)
    # By doubling: a few products of whole arrays, and no division, as elements may be 0.
    k = 1
    while k < x.shape[a]:
        products = x[_along(a, slice(k, None))] * x[_along(a, slice(-k))]
        x = concatenate([x[_along(a, slice(k))], products], axis=a)
        k *= 2
    return x


@composite(internal=True, example="diff([1, 4, 9]) = [3, 5]")
def diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    """Return differences of neighbouring elements, n times."""
    (a,) = _axes(x, axis)
    for _ in range(n):
        x = x[_along(a, slice(1, None))] - x[_along(a, slice(-1))]
    return x


MOST_ROWS = 16
"""The most elements that are sorted one by one, which leaves a readable graph."""


def _compared(n: int) -> Any:
    """Yield the pairs of places that a sorting network compares at the same time.

    Source: Knuth, The Art of Computer Programming, vol. 3, section 5.2.2, algorithm M.
    """
    p = 1 << max(n - 1, 0).bit_length() - 1 if n > 1 else 0
    top = p
    while p:
        q, r, d = top, 0, p
        while d:
            yield [(i, i + d) for i in range(n - d) if i & p == r]
            d, q, r = q - p, q // 2, p
        p //= 2


@composite(example="sort([3, 1, 2]) = [1, 2, 3]")
def sort(x: Any, axis: Any = -1) -> Any:
    """Return the elements in ascending order, along an axis."""
    x, a = _flat(x, axis)
    n = x.shape[a]
    # The order is a matter of minima and maxima, not of an index that depends on the elements.
    if n <= MOST_ROWS:
        rows = [x[_along(a, k)] for k in range(n)]
        for i, j in (pair for pairs in _compared(n) for pair in pairs):
            rows[i], rows[j] = minimum(rows[i], rows[j]), maximum(rows[i], rows[j])
        return stack(rows, axis=a) if n > 1 else x
    for pairs in _compared(n):
        low, high = (np.array(side, dtype=int) for side in zip(*pairs, strict=True))
        rest = np.setdiff1d(np.arange(n), [*low, *high])
        one, other = x[_along(a, low)], x[_along(a, high)]
        parts = [minimum(one, other), maximum(one, other), x[_along(a, rest)]]
        back = np.argsort(np.concatenate([low, high, rest]))
        x = concatenate(parts, axis=a)[_along(a, back)]
    return x


def _count(x: Any, axis: Any) -> int:
    """Return the number of elements that are reduced to one."""
    return math.prod(x.shape[i] for i in _axes(x, axis)) if x.ndim else 1


# --- elements replaced ---------------------------------------------------------------------------


def _placed(x: Any, index: Any, v: Any) -> tuple[Any, Any, Any]:
    """Return a tensor, an index as NumPy has it, and values at the index among zeros."""
    x, v = lifted((x, v))
    index = plain_index(index)
    place = np.broadcast_to(0.0, x.shape)[index].shape
    return x, index, scatter(broadcast_to(v, shape=place), shape=x.shape, index=index)


def set_at(x: Any, index: Any, v: Any) -> Any:
    """Return a tensor with new values at an index, as ``x[index] = v`` would make it.

    Gradients flow back to the elements of ``x`` that stay, and to the new values.

    Examples
    --------
    >>> set_at([1.0, 2.0, 3.0], slice(1, None), 0.0)
    array([1., 0., 0.])
    """
    x, index, values = _placed(x, index, v)
    replaced = np.zeros(x.shape)
    replaced[index] = 1.0
    return where(replaced, values, x)


def add_at(x: Any, index: Any, v: Any) -> Any:
    """Return a tensor with values added at an index; at an index given twice both are added.

    Examples
    --------
    >>> add_at([1.0, 2.0], [0, 0], 5.0)
    array([11.,  2.])
    """
    x, index, values = _placed(x, index, v)
    return x + values
