"""Declare products of vectors and matrices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from string import ascii_letters
from typing import Any

import numpy as np

from autodiff_cli.engine.composite import composite, lifted
from autodiff_cli.engine.numpy_protocols import numpy_function, operand
from autodiff_cli.engine.ops.arrays import _along, _axes, _ordered, diagonal, moveaxis
from autodiff_cli.engine.ops.linalg import matmul, trace
from autodiff_cli.engine.ops.reduce import sum
from autodiff_cli.engine.ops.shape import broadcast_to, reshape, stack


@composite(tensors=2, example="inner([1, 2], [3, 4]) = 11")
def inner(a: Any, b: Any) -> Any:
    """Return sums of products along the last axis of both tensors."""
    if not a.ndim or not b.ndim:
        return a * b
    return tensordot(a, b, axes=(-1, -1))


@composite(tensors=2, example="outer([1, 2], [3, 4]) = [[3, 4], [6, 8]]")
def outer(a: Any, b: Any) -> Any:
    """Return the matrix of products of each element of one vector with each of another."""
    return reshape(a, shape=(-1, 1)) * reshape(b, shape=(1, -1))


@composite(tensors=2, example="kron([1, 10], [2, 3]) = [2, 3, 20, 30]")
def kron(a: Any, b: Any) -> Any:
    """Return Kronecker product: the second matrix times each element of the first."""
    n = max(a.ndim, b.ndim)
    rows, columns = ([1] * (n - x.ndim) + list(x.shape) for x in (a, b))
    blocks = reshape(a, shape=tuple(k for m in rows for k in (m, 1)))
    inside = reshape(b, shape=tuple(k for m in columns for k in (1, m)))
    return reshape(blocks * inside, shape=tuple(m * k for m, k in zip(rows, columns, strict=True)))


@composite(tensors=2, example="cross([1, 0, 0], [0, 1, 0]) = [0, 0, 1]")
def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None
) -> Any:
    """Return vector product of vectors with 3 elements, or of each along the last axis."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = moveaxis(a, axisa, -1), moveaxis(b, axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError("a vector product is of vectors with 3 elements")
    (a0, a1, a2), (b0, b1, b2) = ([x[_along(x.ndim - 1, k)] for k in range(3)] for x in (a, b))
    y = stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], axis=-1)
    return y if y.ndim == 1 else moveaxis(y, -1, axisc)


@numpy_function
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Return sums of products along pairs of axes."""
    a, b = lifted((operand(a), operand(b)))
    if isinstance(axes, int | np.integer):
        axes = list(range(a.ndim - int(axes), a.ndim)), list(range(int(axes)))
    left, right = _axes(a, axes[0]), _axes(b, axes[1])
    kept = [[i for i in range(x.ndim) if i not in s] for x, s in ((a, left), (b, right))]
    n = int(np.prod([a.shape[i] for i in left]))
    if [a.shape[i] for i in left] != [b.shape[i] for i in right]:
        raise ValueError(f"shapes {a.shape} and {b.shape} do not match along axes {axes}")
    shape = [a.shape[i] for i in kept[0]] + [b.shape[i] for i in kept[1]]
    rows = reshape(_ordered(a, [*kept[0], *left]), shape=(-1, n) if n else (_size(a, kept[0]), 0))
    columns = reshape(
        _ordered(b, [*right, *kept[1]]), shape=(n, -1) if n else (0, _size(b, kept[1]))
    )
    return reshape(matmul(rows, columns), shape=tuple(shape))


def _size(x: Any, axes: Sequence[int]) -> int:
    return int(np.prod([x.shape[i] for i in axes]))


@numpy_function
def dot(a: Any, b: Any) -> Any:
    """Return the product of numbers, vectors and matrices; of others sums along two axes."""
    a, b = lifted((operand(a), operand(b)))
    if not a.ndim or not b.ndim:
        return a * b
    if a.ndim <= 2 and b.ndim <= 2:
        return matmul(a, b)
    return tensordot(a, b, axes=(-1, -2 if b.ndim > 1 else -1))


@numpy_function
def vdot(a: Any, b: Any) -> Any:
    """Return the sum of the products of all elements."""
    return matmul(*(reshape(operand(x), shape=(-1,)) for x in (a, b)))


numpy_function(lambda x1, x2, axis=-1: sum(operand(x1) * operand(x2), axis=axis), name="vecdot")


@numpy_function(name="trace")
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    if a.ndim == 2 and not offset and {axis1 % 2, axis2 % 2} == {0, 1}:
        return trace(a) if a.shape[0] == a.shape[1] else sum(diagonal(a))
    return sum(diagonal(a, offset, axis1, axis2), axis=-1)


@numpy_function(name="linalg.trace")
def _trace_of_stack(x: Any, offset: int = 0) -> Any:
    return _trace(x, offset, -2, -1)


@numpy_function(name="linalg.diagonal")
def _diagonal_of_stack(x: Any, offset: int = 0) -> Any:
    return diagonal(x, offset, -2, -1)


@numpy_function(name="linalg.multi_dot")
def _multi_dot(arrays: Sequence[Any]) -> Any:
    return reduce(matmul, map(operand, arrays))


@numpy_function(name="linalg.matrix_power")
def _matrix_power(a: Any, n: int) -> Any:
    from autodiff_cli.engine.ops.linalg import inv

    if n == 0:
        return broadcast_to(np.eye(a.shape[-1]), shape=a.shape)
    base, y = (inv(a) if n < 0 else a), None
    n = abs(n)
    while n:
        if n & 1:
            y = base if y is None else y @ base
        n >>= 1
        base = base @ base if n else base
    return y


# --- Einstein's summation ------------------------------------------------------------------------


@numpy_function
def einsum(*operands: Any, optimize: Any = None) -> Any:
    """Return the sums of products that subscripts describe, two tensors at a time."""
    text, tensors = _subscripts(operands)
    tensors = lifted([operand(x) for x in tensors])
    ins, out = _explicit(text.replace(" ", ""), tensors)
    sizes: dict[str, int] = {}
    for labels, x in zip(ins, tensors, strict=True):
        if len(labels) != x.ndim:
            raise ValueError(f"the subscripts `{labels}` are not those of {x.ndim} axes")
        for label, n in zip(labels, x.shape, strict=True):
            if sizes.get(label, n) not in (1, n) and n != 1:
                raise ValueError(f"the axes of subscript `{label}` have different lengths")
            sizes[label] = max(sizes.get(label, n), n) if n else 0
    parts = [_on_diagonal(labels, x) for labels, x in zip(ins, tensors, strict=True)]
    while len(parts) > 1:
        (a, x), (b, y), *rest = parts
        needed = {*out, *(label for labels, _ in rest for label in labels)}
        parts = [_product(a, x, b, y, needed, sizes), *rest]
    labels, x = parts[0]
    labels, x = _summed(labels, x, {*out})
    missing = [label for label in out if label not in labels]
    assert not missing
    return _ordered(x, [labels.index(label) for label in out])


def _subscripts(operands: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """Return subscripts as text, which may be given as a list for each tensor."""
    if isinstance(operands[0], str):
        return operands[0], operands[1:]
    letters = dict(enumerate(ascii_letters))
    lists = [operands[k] for k in range(1, len(operands), 2)]
    tensors = operands[0 : len(operands) - len(operands) % 2 : 2]
    if len(operands) % 2:
        lists.append(operands[-1])
    words = ["".join("..." if s is Ellipsis else letters[int(s)] for s in part) for part in lists]
    text = ",".join(words[: len(tensors)])
    return (f"{text}->{words[-1]}" if len(operands) % 2 else text), tensors


def _explicit(text: str, tensors: Sequence[Any]) -> tuple[list[str], str]:
    """Return the subscripts of each tensor and of the result, with letters for an ellipsis."""
    left, arrow, out = text.partition("->")
    ins = left.split(",")
    if len(ins) != len(tensors):
        raise ValueError(f"`{text}` has subscripts for {len(ins)} tensors, not {len(tensors)}")
    free = [letter for letter in ascii_letters if letter not in text]
    counts = [x.ndim - len(s.replace("...", "")) for s, x in zip(ins, tensors, strict=True)]
    most = max([n for s, n in zip(ins, counts, strict=True) if "..." in s], default=0)
    dots = "".join(free[:most])
    ins = [s.replace("...", dots[most - n :]) for s, n in zip(ins, counts, strict=True)]
    if not arrow:
        once = sorted(c for c in set(left) - set(",.") if left.count(c) == 1)
        out = "..." * ("..." in left) + "".join(once)
    return ins, out.replace("...", dots)


def _on_diagonal(labels: str, x: Any) -> tuple[str, Any]:
    """Return a tensor reduced to the diagonal wherever a subscript occurs twice."""
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            i = labels.index(label)
            j = labels.index(label, i + 1)
            x = diagonal(x, 0, i, j)
            labels = labels[:i] + labels[i + 1 : j] + labels[j + 1 :] + label
    return labels, x


def _summed(labels: str, x: Any, needed: set[str]) -> tuple[str, Any]:
    """Return a tensor summed along the axes whose subscripts are not needed any more."""
    axes = tuple(i for i, label in enumerate(labels) if label not in needed)
    if axes:
        x = sum(x, axis=axes)
    return "".join(label for label in labels if label in needed), x


def _product(
    a: str, x: Any, b: str, y: Any, needed: set[str], sizes: dict[str, int]
) -> tuple[str, Any]:
    """Return the product of two tensors, summed over the subscripts that are not needed."""
    a, x = _summed(a, x, {*needed, *b})
    b, y = _summed(b, y, {*needed, *a})
    shared = [label for label in a if label in b]
    inside = [label for label in shared if label not in needed]
    outside = [label for label in shared if label in needed]
    rows = [label for label in a if label not in shared]
    columns = [label for label in b if label not in shared]
    x = _spread(a, x, inside, sizes)
    y = _spread(b, y, inside, sizes)
    left = _ordered(x, [a.index(label) for label in [*outside, *rows, *inside]])
    right = _ordered(y, [b.index(label) for label in [*outside, *inside, *columns]])
    k = int(np.prod([sizes[label] for label in inside]))
    stacks = [left.shape[: len(outside)], right.shape[: len(outside)]]
    lengths = [sizes[label] for label in rows], [sizes[label] for label in columns]
    m, n = (int(np.prod(part)) for part in lengths)
    product = matmul(
        reshape(left, shape=(*stacks[0], m, k)), reshape(right, shape=(*stacks[1], k, n))
    )
    shape = np.broadcast_shapes(*stacks)
    return "".join([*outside, *rows, *columns]), reshape(
        product, shape=(*shape, *lengths[0], *lengths[1])
    )


def _spread(labels: str, x: Any, inside: Sequence[str], sizes: dict[str, int]) -> Any:
    """Return a tensor with axes of length 1 repeated where a product is summed along them."""
    shape = tuple(
        sizes[label] if label in inside else n for label, n in zip(labels, x.shape, strict=True)
    )
    return x if shape == x.shape else broadcast_to(x, shape=shape)
