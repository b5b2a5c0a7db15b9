"""Declare operations that rearrange elements: reshaping, indexing, stacking, broadcasting."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Any

import numpy as np

from autodiff_cli.engine.identities import same_if_alone, same_shape
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent, add_at
from autodiff_cli.engine.values import Array
from autodiff_cli.engine.variable import Variable
from autodiff_cli.engine.variadic import Variadic

reshape: Operation = Operation(
    "reshape",
    lambda x, shape: np.reshape(x, shape),
    lambda gy, y, x, shape: reshape(gy, shape=np.shape(x)),
    method=True,
    varargs=True,
    linear=True,
    identity=same_shape,
    latex=r"\operatorname{reshape}_{<shape>}\left(<x>\right)",
    doc="the same elements in another shape",
    example="reshape([1, 2, 3, 4], [2, 2]) = [[1, 2], [3, 4]]",
    numpy="np.reshape({x}, {shape})",
)


def _transpose(x: Any, axes: Any = None) -> Array:
    return np.transpose(x, axes)


def _restored(gy: Any, y: Any, x: Any, axes: Any = None) -> Any:
    if axes is None:
        return transpose(gy)
    return transpose(gy, axes=tuple(int(i) for i in np.argsort(np.mod(axes, np.ndim(x)))))


transpose = Operation(
    "transpose",
    _transpose,
    _restored,
    method=True,
    varargs=True,
    linear=True,
    identity=same_if_alone,
    spelling="{x}.T",
    latex=r"<x>^{\mathsf{T}}",
    doc="axes in reverse, or in the order given",
    example="transpose([[1, 2], [3, 4]]) = [[1, 3], [2, 4]]",
    numpy="np.transpose({x}{statics})",
)

broadcast_to = Operation(
    "broadcast_to",
    lambda x, shape: np.broadcast_to(x, shape),
    lambda gy, y, x, shape: sum_to(gy, shape=np.shape(x)),
    shape=lambda x, shape: tuple(np.atleast_1d(shape).tolist()),
    varargs=True,
    linear=True,
    identity=same_shape,
    latex=r"\mathbf{1}_{<shape>} \left(<x>\right)",
    doc="the elements repeated along new or single axes, to a shape",
    example="broadcast_to([1, 2], [2, 2]) = [[1, 2], [1, 2]]",
    numpy="np.broadcast_to({x}, {shape})",
)


def _sum_to(x: Any, shape: Any) -> Any:
    x, shape = np.asarray(x), tuple(shape)
    lead = x.ndim - len(shape)
    if x.shape[lead:] == shape:
        return np.add.reduce(x, axis=tuple(range(lead)))
    if lead < 0 or any(n not in (1, m) for n, m in zip(shape, x.shape[lead:], strict=True)):
        raise ValueError(f"cannot sum shape {x.shape} to shape {shape}")
    single = [i for i, n in enumerate(shape, lead) if n == 1 and x.shape[i] != 1]
    kept = np.add.reduce(x, axis=(*range(lead), *single), keepdims=True)
    return np.reshape(kept, shape)


sum_to: Operation = Operation(
    "sum_to",
    _sum_to,
    lambda gy, y, x, shape: broadcast_to(gy, shape=np.shape(x)),
    varargs=True,
    linear=True,
    identity=same_shape,
    doc="summed along axes until it has the shape: the adjoint of broadcast_to",
    example="sum_to([[1, 2], [3, 4]], [2]) = [4, 6]",
)


def _selected(gy: Any, y: Any, x: Any, index: Any) -> Any:
    """Return an adjoint that is structurally zero at elements that were not selected."""
    shape = np.shape(x)
    if not isinstance(gy, Variable):
        return MaskedCotangent.scattered(registry["where"], shape, index, gy)
    if isinstance(x, Variable) and x._op is None:
        # The adjoint of a leaf is not multiplied by any slope, so it needs no mask.
        return scatter(gy, shape=shape, index=index)
    mask = np.zeros(shape)
    mask[index] = 1.0
    return MaskedCotangent(
        registry["where"], mask, scatter(gy, shape=shape, index=index), clean=True
    )


getitem = Operation(
    "getitem",
    lambda x, index: np.asarray(x)[index],
    _selected,
    linear=True,
    internal=True,
    spelling="{x}[{index}]",
    latex=r"<x>_{<index>}",
    doc="the elements at an index or slice: x[index]",
    example="getitem([1, 2, 3], 1) = 2",
    numpy="{x}[{index}]",
)


def _scattered(x: Any, shape: tuple[int, ...], index: Any) -> Any:
    zeros = np.zeros(shape, np.result_type(x))
    if np.shape(x) != np.shape(zeros[index]):
        raise ValueError(f"shape {np.shape(x)} does not fit a place of {zeros[index].shape}")
    add_at(zeros, index, x)
    return zeros


# The same for exported code, which has NumPy alone.
def _scatter(x: Any, shape: tuple[int, ...], index: Any) -> Any:
    zeros = np.zeros(shape, np.result_type(x))
    # An index may name an element repeatedly: all contributions add up.
    np.add.at(zeros, index, x)
    return zeros


scatter: Operation = Operation(
    "scatter",
    _scattered,
    lambda gy, y, x, shape, index: getitem(gy, index=index),
    shape=lambda x, shape, index: tuple(np.atleast_1d(shape).tolist()),
    given_shape=lambda shape, index: np.shape(np.empty(shape)[index]),
    linear=True,
    internal=True,
    notation="zeros with {x} at [{index}]",
    doc="zeros of a shape with the elements added at an index: the adjoint of getitem",
    example="scatter(5, [3], 1) = [0, 5, 0]",
    numpy="_scatter({x}{statics})",
)


def _astype(x: Any, dtype: Any) -> Any:
    if np.dtype(dtype).kind in "biu":
        raise TypeError(
            "astype() makes floating-point numbers: to cut off fractions use `floor`,"
            " or `v.data.astype(...)`, the numbers alone"
        )
    x = np.asarray(x)
    # Objects such as formula terms have no floating-point dtype.
    return x if x.dtype.kind == "O" else x.astype(dtype)


astype: Operation = Operation(
    "astype",
    _astype,
    lambda gy, y, x, dtype: astype(gy, dtype=np.result_type(getattr(x, "dtype", float))),
    method=True,
    linear=True,
    internal=True,
    notation="as {dtype}",
    definition=lambda dtype=None: "x",
    doc="the same numbers in another floating-point type",
    example="astype(2, 'd') = 2",
    numpy="np.asarray({x}).astype({dtype})",
)


def _concatenated_shape(*shapes: tuple[int, ...], axis: int | None = 0) -> tuple[int, ...]:
    """Return a shape with room for all elements of tensors of the given shapes."""
    return (sum(map(math.prod, shapes)),)


def _stack(*xs: Any, axis: int = 0) -> Array:
    return np.stack(xs, axis)


def _unstacked(gy: Any, *xs: Any, axis: int = 0) -> list[Any]:
    before = (slice(None),) * (axis % np.ndim(gy))
    return [
        getitem(gy, index=(*before, i)) if isinstance(x, Variable) else None
        for i, x in enumerate(xs)
    ]


stack = Variadic(
    "stack",
    _stack,
    _unstacked,
    shape=_concatenated_shape,
    linear=True,
    spelling="[{xs}]",
    latex=r"\left[<xs>\right]",
    doc="tensors of one shape, side by side along a new axis; [a, b] is short for it",
    example="[2, 3] = [2, 3]",
    numpy="np.stack([{xs}]{statics})",
)


def _parts(gy: Any, *xs: Any, axis: int | None = 0) -> list[Any]:
    if axis is None:
        flat = [np.size(x) if not isinstance(x, Variable) else x.size for x in xs]
        ends = accumulate(flat)
        pieces = (getitem(gy, index=slice(e - n, e)) for e, n in zip(ends, flat, strict=True))
        return [
            reshape(g, shape=x.shape) if isinstance(x, Variable) else None
            for g, x in zip(pieces, xs, strict=True)
        ]
    axis %= np.ndim(gy)
    lengths = [np.shape(x)[axis] for x in xs]
    before = (slice(None),) * axis
    # Slices of a plain adjoint are views of it, as those of a Variable are Variables.
    return [
        gy[(*before, slice(end - n, end))] if isinstance(x, Variable) else None
        for x, n, end in zip(xs, lengths, accumulate(lengths), strict=True)
    ]


concatenate = Variadic(
    "concatenate",
    lambda *xs, axis=0: np.concatenate(xs, axis),
    _parts,
    shape=_concatenated_shape,
    linear=True,
    doc="tensors joined along an axis",
    example="concatenate([1, 2], [3, 4]) = [1, 2, 3, 4]",
    aliases=("concat",),
    numpy="np.concatenate([{xs}]{statics})",
)


def plain_index(index: Any) -> Any:
    """Return an index in a form that NumPy accepts, copied so that no other code can change it.

    Raises
    ------
    IndexError
        If a Variable in it is neither made of integers nor a mask such as a comparison.
    """
    if isinstance(index, tuple | list):
        return type(index)(map(plain_index, index))
    if isinstance(index, np.ndarray):
        return index.copy()
    if not isinstance(index, Variable):
        return index
    values = np.array(index._value)
    if values.dtype.kind != "f":
        return values
    if not np.all((values == 0.0) | (values == 1.0)):
        raise IndexError("an index is made of whole numbers, or a mask, as a comparison is")
    return values.astype(bool)


setattr(Variable, "__getitem__", lambda x, index: getitem.apply(x, index=plain_index(index)))  # noqa: B010
setattr(Variable, "__iter__", lambda x: (x[i] for i in range(len(x))))  # noqa: B010
