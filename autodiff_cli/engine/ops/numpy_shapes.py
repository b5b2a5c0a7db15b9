"""Declare NumPy's functions that shape, join, divide and select, as operations on Variables."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from autodiff_cli.engine.composite import lifted
from autodiff_cli.engine.numpy_protocols import numpy_function, operand
from autodiff_cli.engine.ops import arrays
from autodiff_cli.engine.ops.arrays import _along, _axes, _flat
from autodiff_cli.engine.ops.shape import (
    broadcast_to,
    concatenate,
    reshape,
    scatter,
    stack,
    transpose,
)

__all__ = ["pad", "raised", "tensor", "tensors"]


def tensor(x: Any) -> Any:
    """Return a tensor for any argument that NumPy converts to an array."""
    return lifted([operand(x)])[0]


def tensors(xs: Any) -> list[Any]:
    """Return the tensors for a sequence of such arguments."""
    return [tensor(x) for x in xs]


@numpy_function(name="reshape")
def _reshape(a: Any, shape: Any = None, order: str = "C", *, newshape: Any = None) -> Any:
    shape = newshape if shape is None else shape
    if order == "F":
        size = np.reshape(np.broadcast_to(0.0, a.shape), shape).shape
        return transpose(reshape(transpose(a), shape=size[::-1]))
    return reshape(a, shape=shape)


@numpy_function(name="ravel")
def _ravel(a: Any, order: str = "C") -> Any:
    return _reshape(tensor(a), -1, order)


def raised(x: Any, n: int) -> Any:
    """Return a tensor with at least n axes, arranged as by `np.atleast_1d` and its kind."""
    x = tensor(x)
    if x.ndim >= n:
        return x
    lead = (1,) * (min(n, 2) - x.ndim)
    return reshape(x, shape=(*lead, *x.shape, *(1,) * (n - len(lead) - x.ndim)))


for _n in (1, 2, 3):

    def _atleast(*arys: Any, n: int = _n) -> Any:
        found = tuple(raised(x, n) for x in arys)
        return found[0] if len(found) == 1 else found

    numpy_function(_atleast, name=f"atleast_{_n}d")


@numpy_function
def vstack(tup: Any) -> Any:
    """Return tensors joined along the first axis, vectors as rows."""
    return concatenate([raised(x, 2) for x in tup], axis=0)


numpy_function(vstack, name="row_stack")


@numpy_function
def hstack(tup: Any) -> Any:
    """Return tensors joined along the second axis, vectors along the first."""
    parts = [raised(x, 1) for x in tup]
    return concatenate(parts, axis=0 if parts[0].ndim == 1 else 1)


@numpy_function
def dstack(tup: Any) -> Any:
    """Return tensors joined along the third axis."""
    return concatenate([raised(x, 3) for x in tup], axis=2)


@numpy_function
def column_stack(tup: Any) -> Any:
    """Return tensors joined along the second axis, vectors as columns."""
    parts = [reshape(x, shape=(-1, 1)) if x.ndim < 2 else x for x in tensors(tup)]
    return concatenate(parts, axis=1)


numpy_function(lambda arrays, axis=0: stack(tensors(arrays), axis=axis), name="stack")
numpy_function(lambda arrays, axis=0: concatenate(tensors(arrays), axis=axis), name="concatenate")


@numpy_function
def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """Return a tensor with values joined at its end."""
    parts = tensors((arr, values))
    if axis is None:
        parts = [reshape(x, shape=(-1,)) for x in parts]
    return concatenate(parts, axis=axis or 0)


@numpy_function
def block(arrays: Any) -> Any:
    """Return the tensor that consists of nested lists of blocks."""

    def depth(x: Any) -> int:
        return 1 + depth(x[0]) if isinstance(x, list) else 0

    def joined(x: Any, level: int) -> Any:
        if not isinstance(x, list):
            x = tensor(x)
            return reshape(x, shape=(*[1] * (n - x.ndim), *x.shape))
        return concatenate([joined(part, level - 1) for part in x], axis=-level)

    n = depth(arrays)
    return joined(arrays, n)


@numpy_function
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Return the parts of a tensor between places along an axis."""
    (a,) = _axes(ary, axis)
    n = ary.shape[a]
    if np.ndim(indices_or_sections):
        places = [0, *indices_or_sections, n]
    else:
        each, more = divmod(n, int(indices_or_sections))
        lengths = [each + (k < more) for k in range(int(indices_or_sections))]
        places = [0, *np.cumsum(lengths).tolist()]
    return [ary[_along(a, slice(i, j))] for i, j in pairwise(places)]


@numpy_function
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Return the parts of a tensor, all of one length if only their number is given."""
    if not np.ndim(indices_or_sections) and ary.shape[axis] % indices_or_sections:
        raise ValueError(f"{ary.shape[axis]} elements are not {indices_or_sections} equal parts")
    return array_split(ary, indices_or_sections, axis)  # type: ignore[no-any-return]


numpy_function(lambda ary, parts: split(ary, parts, 0), name="vsplit")
numpy_function(lambda ary, parts: split(ary, parts, 1 if ary.ndim > 1 else 0), name="hsplit")
numpy_function(lambda ary, parts: split(ary, parts, 2), name="dsplit")
numpy_function(lambda m: arrays.flip(m, 1), name="fliplr")
numpy_function(lambda m: arrays.flip(m, 0), name="flipud")


@numpy_function
def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """Return a matrix rotated by multiples of 90 degrees."""
    for _ in range(k % 4):
        m = arrays.flip(arrays.swapaxes(m, *axes), axes[0])
    return m


@numpy_function
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """Return a tensor with an axis moved before another."""
    (axis,) = _axes(a, axis)
    start += a.ndim if start < 0 else 0
    return arrays.moveaxis(a, axis, start - (axis < start))


@numpy_function
def broadcast_arrays(*args: Any) -> Any:
    """Return tensors broadcast to one shape."""
    found = tensors(args)
    size = np.broadcast_shapes(*(x.shape for x in found))
    return tuple(broadcast_to(x, shape=size) for x in found)


@numpy_function
def meshgrid(*xi: Any, indexing: str = "xy", sparse: bool = False) -> Any:
    """Return the coordinates of a grid."""
    vectors = [reshape(x, shape=(-1,)) for x in tensors(xi)]
    order = list(range(len(vectors)))
    if indexing == "xy" and len(order) > 1:
        order[:2] = [1, 0]
    found = [
        reshape(x, shape=tuple(-1 if k == order[i] else 1 for k in range(len(order))))
        for i, x in enumerate(vectors)
    ]
    return list(found) if sparse else list(broadcast_arrays(*found))


@numpy_function
def full_like(a: Any, fill_value: Any, shape: Any = None) -> Any:
    """Return a tensor of the shape of another with one value."""
    return broadcast_to(tensor(fill_value), shape=np.shape(a) if shape is None else shape)


numpy_function(lambda shape, fill_value: broadcast_to(fill_value, shape=shape), name="full")


@numpy_function
def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, axis: int = 0) -> Any:
    """Return numbers at equal distances."""
    places = np.linspace(0.0, 1.0, num, endpoint=endpoint)
    start, stop = tensors((start, stop))
    places = places.reshape(-1, *[1] * max(start.ndim, stop.ndim))
    return arrays.moveaxis(start + (stop - start) * places, 0, axis)


def _shifted(x: Any, axes: Any, back: bool) -> Any:
    chosen = _axes(x, axes)
    places = [-(x.shape[a] // 2) if back else x.shape[a] // 2 for a in chosen]
    return arrays.roll(x, tuple(places), tuple(chosen))


numpy_function(lambda x, axes=None: _shifted(x, axes, False), name="fft.fftshift")
numpy_function(lambda x, axes=None: _shifted(x, axes, True), name="fft.ifftshift")


# --- elements ------------------------------------------------------------------------------------


@numpy_function
def take(a: Any, indices: Any, axis: Any = None) -> Any:
    """Return the elements at indices along an axis, or of the vector of all."""
    a, k = _flat(tensor(a), axis)
    return a[_along(k, np.asarray(indices))]


@numpy_function
def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    """Return for each place along an axis the element at the index there."""
    arr, k = _flat(tensor(arr), axis)
    grid = list(np.indices(np.shape(indices), sparse=True))
    grid[k] = np.asarray(indices)
    return arr[tuple(grid)]


numpy_function(
    lambda condition, a, axis=None: take(a, np.flatnonzero(condition), axis), name="compress"
)
numpy_function(lambda condition, arr: take(arr, np.flatnonzero(condition)), name="extract")


@numpy_function
def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    """Return a tensor without the elements at indices along an axis."""
    arr, k = _flat(tensor(arr), axis)
    return arr[_along(k, np.delete(np.arange(arr.shape[k]), obj))]


@numpy_function
def partition(a: Any, kth: Any, axis: Any = -1) -> Any:
    """Return the elements in an order in which the k-th is where it is in ascending order."""
    return arrays.sort(a, axis)


@numpy_function(name="sort")
def _sort(a: Any, axis: Any = -1, *, stable: Any = None) -> Any:
    return arrays.sort(a, axis)


@numpy_function
def pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0.0) -> Any:
    """Return a tensor with a border of constants, or of copies of its elements."""
    if mode == "constant":
        width = np.broadcast_to(np.asarray(pad_width), (array.ndim, 2)).tolist()
        inside = tuple(slice(b, b + n) for (b, _), n in zip(width, array.shape, strict=True))
        size = tuple(b + n + e for (b, e), n in zip(width, array.shape, strict=True))
        y = scatter(array, shape=size, index=inside)
        if not np.any(constant_values):
            return y
        frame = np.pad(np.zeros(array.shape), width, constant_values=constant_values)
        return y + frame
    places = np.arange(array.size).reshape(array.shape)
    return reshape(array, shape=(-1,))[np.pad(places, pad_width, mode)]  # type: ignore[call-overload]
