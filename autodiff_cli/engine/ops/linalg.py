"""Declare operations of linear algebra."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from autodiff_cli.engine import matrix_recurrences
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.ops import by_elements
from autodiff_cli.engine.ops.arithmetic import add
from autodiff_cli.engine.ops.minors import differentiated_cofactors
from autodiff_cli.engine.ops.piecewise import where
from autodiff_cli.engine.ops.reduce import sum
from autodiff_cli.engine.ops.shape import (
    broadcast_to,
    concatenate,
    getitem,
    reshape,
    stack,
    transpose,
)
from autodiff_cli.engine.recurrences import Series, is_regular
from autodiff_cli.engine.rules import fit, value_of
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent
from autodiff_cli.engine.variable import Variable


def _swapped(x: Any) -> Any:
    """Return a stack of matrices with each one transposed."""
    n = x.ndim
    if n == 2:
        return x.T
    return transpose(x, axes=(*range(n - 2), n - 1, n - 2))


def _column(x: Any) -> Any:
    return reshape(x, shape=(*np.shape(x), 1))


def _row(x: Any) -> Any:
    *stack, n = np.shape(x)
    return reshape(x, shape=(*stack, 1, n))


MOST_PRODUCTS = 1_000_000
"""The most products computed one by one to keep infinite slopes out of the next derivative."""

# A vector is a row on the left of a product and a column on its right (as in NumPy's matmul).


def _left(gy: Any, y: Any, a: Any, b: Any) -> Any:
    if b.ndim == 1:
        return gy * b if a.ndim == 1 else fit(_column(gy) * b, a)
    if a.ndim == 1:
        return fit(reshape(b @ _column(gy), shape=np.shape(b)[:-1]), a)
    return fit(gy @ _swapped(b), a)


def _right(gy: Any, y: Any, a: Any, b: Any) -> Any:
    if a.ndim == 1:
        return gy * a if b.ndim == 1 else fit(_column(a) * _row(gy), b)
    if b.ndim == 1:
        n = np.shape(a)[-1]
        product = reshape(_row(gy) @ a, shape=(*np.shape(gy)[:-1], n))
        return fit(product, b)
    return fit(_swapped(a) @ gy, b)


def _matrices(gy: Any, a: Any, b: Any) -> tuple[Any, Any, Any]:
    """Return the adjoint of a product, and its factors, as matrices or stacks of matrices."""
    rows = np.shape(gy)[:-1] if b.ndim > 1 else np.shape(gy)
    columns = np.shape(gy)[-1:] if b.ndim > 1 else (1,)
    shape = (*rows, *columns) if a.ndim > 1 else (*rows, 1, *columns)
    return (
        reshape(gy, shape=shape),
        a if a.ndim > 1 else _row(a),
        b if b.ndim > 1 else _column(b),
    )


def _is_mixed(counting: Any) -> bool:
    """Return whether rows of a matrix with active elements have them in different columns."""
    counts = np.not_equal(counting, 0.0)
    empty = ~np.any(counts, -1, keepdims=True)
    return bool(np.any(np.any(counts, -2) & ~np.all(counts | empty, -2)))


def _contracted(gy: Any, counting: Any, c: Any) -> Any:
    """Return ``gy @ c``, where structural zeros of gy are zero whatever they are multiplied by."""
    if not isinstance(c, Variable) and np.isfinite(c).all():
        return gy @ c
    some = sum(counting, axis=-2)
    graph = isinstance(c, Variable)
    c = MaskedCotangent(where, _column(some), c).instantiate()
    *stack, k, j = np.shape(c)
    # A finite number may have an infinite slope, which matters in a graph.
    apart = graph and _is_mixed(value_of(counting)) and np.size(gy) * j <= MOST_PRODUCTS
    if np.isfinite(value_of(c)).all() and not apart:
        return gy @ c
    # A row of c is multiplied by active elements and by zeros: mask each product separately.
    products = _column(gy) * reshape(c, shape=(*stack, 1, k, j))
    return sum(MaskedCotangent(where, _column(counting), products).instantiate(), axis=-2)


def _left_masked(gy: MaskedCotangent, y: Any, a: Any, b: Any) -> MaskedCotangent:
    counting, rows, columns = _matrices(gy.support(np.shape(y)), a, b)
    g, _, _ = _matrices(gy.instantiate(), a, b)
    gx = _contracted(g, counting, _swapped(columns))
    mask = broadcast_to(sum(counting, axis=-1, keepdims=True), shape=np.shape(gx))
    return _refitted(gy, gx, mask, rows, a)


def _right_masked(gy: MaskedCotangent, y: Any, a: Any, b: Any) -> MaskedCotangent:
    counting, rows, columns = _matrices(gy.support(np.shape(y)), a, b)
    g, _, _ = _matrices(gy.instantiate(), a, b)
    gx = _swapped(_contracted(_swapped(g), _swapped(counting), rows))
    mask = broadcast_to(sum(counting, axis=-2, keepdims=True), shape=np.shape(gx))
    return _refitted(gy, gx, mask, columns, b)


def _refitted(gy: MaskedCotangent, gx: Any, mask: Any, matrices: Any, x: Any) -> MaskedCotangent:
    """Return an adjoint of matrices in the shape of the factor ``x`` that they were made from."""
    gx, mask = fit(gx, matrices), fit(mask, matrices)
    shape = np.shape(x)
    gx = reshape(gx, shape=shape)
    # In a graph the zeros are not clean: they may be multiplied by infinite slopes later.
    return gy.with_mask(gx, reshape(mask, shape=shape), clean=not isinstance(gx, Variable))


matmul = Operation(
    "matmul",
    np.matmul,
    _left,
    _right,
    masked=(_left_masked, _right_masked),
    shape=lambda a, b: (
        *np.broadcast_shapes(a[:-2], b[:-2]),
        *a[-2:-1],
        *(b[-1:] if len(b) > 1 else ()),
    ),
    bilinear=True,
    by_elements=True,
    doc="matrix product; of vectors the scalar product, of stacks one product each",
    example="[[1, 2], [3, 4]] @ [1, 1] = [3, 7]",
    aliases=("dot",),
    symbol="@",
)


def _on_diagonal(gy: Any, y: Any, x: Any) -> MaskedCotangent:
    """Return an adjoint that is structurally zero off the diagonal."""
    eye = np.eye(*np.shape(x)[-2:])
    return MaskedCotangent(where, eye, _column(_column(gy)) * eye, clean=True)


def _on_diagonal_masked(gy: MaskedCotangent, y: Any, x: Any) -> MaskedCotangent:
    mask = _on_diagonal(gy.support(np.shape(y)), y, x).gy
    return gy.with_mask(_on_diagonal(gy.instantiate(), y, x).gy, mask, clean=True)


trace = Operation(
    "trace",
    lambda x: np.trace(x, axis1=-2, axis2=-1),
    _on_diagonal,
    masked=(_on_diagonal_masked,),
    linear=True,
    doc="sum of the diagonal of a square matrix, or of each in a stack",
    example="trace([[1, 2], [3, 4]]) = 5",
    latex=r"\operatorname{tr}\left(<x>\right)",
    numpy="np.trace({x}, axis1=-2, axis2=-1)",
)


def _inverse_adjoint(gy: Any, y: Any, x: Any) -> Any:
    return -(_swapped(y) @ gy @ _swapped(y))


def _by_matrix(counting: Any, shape: tuple[int, ...]) -> Any:
    """Return the active elements if one active element makes its whole matrix active."""
    return broadcast_to(sum(counting, axis=(-2, -1), keepdims=True), shape=shape)


def _inverse_masked(gy: MaskedCotangent, y: Any, x: Any) -> MaskedCotangent:
    counting = _by_matrix(gy.support(np.shape(y)), np.shape(x))
    return gy.with_mask(_inverse_adjoint(gy.instantiate(), y, x), counting)


def _finite(a: Any) -> tuple[Any, Any]:
    """Return which matrices of a stack are finite, and the stack with the others made regular.

    LAPACK may report a matrix that contains nan as singular, although nothing is known about it.
    """
    finite = np.isfinite(a).all((-2, -1), keepdims=True)
    return finite, a if finite.all() else np.where(finite, a, np.eye(*np.shape(a)[-2:]))


def _inv(a: Any) -> Any:
    finite, regular = _finite(a)
    y = np.linalg.inv(regular)
    return y if finite.all() else np.where(finite, y, np.nan).astype(y.dtype)


inv: Operation = Operation(
    "inv",
    _inv,
    _inverse_adjoint,
    masked=(_inverse_masked,),
    by_elements=by_elements.inverse,
    taylor=matrix_recurrences.inverse,
    reference="inverse(x)",
    doc="inverse of a square matrix, or of each in a stack",
    example="inv([[0, 2], [4, 0]]) = [[0, 0.25], [0.5, 0]]",
    numpy="np.linalg.inv({a})",
)


def _determinant_adjoint(gy: Any, y: Any, x: Any) -> Any:
    factor = _column(_column(gy)) if np.ndim(x) > 2 else gy
    return factor * cofactors(x, np.empty((0, *np.shape(x))))


def _determinant_masked(gy: MaskedCotangent, y: Any, x: Any) -> MaskedCotangent:
    mask = broadcast_to(_column(_column(gy.support(np.shape(y)))), shape=np.shape(x))
    return gy.with_mask(_determinant_adjoint(gy.instantiate(), y, x), mask)


def _jacobi(s: Series, tangents: Any, inputs: Any) -> Any:
    """Return the tangent by Jacobi's formula, for a series of matrices with too many minors."""
    if s.operands[0].op is None or not is_regular(s):
        return None
    return s.variable * trace(inv(inputs[0]) @ tangents[0])


det = Operation(
    "det",
    np.linalg.det,
    _determinant_adjoint,
    masked=(_determinant_masked,),
    by_elements=by_elements.determinant,
    taylor=matrix_recurrences.determinant._replace(tangent=_jacobi),
    reference="det(x)",
    doc="determinant of a square matrix, or of each in a stack",
    example="det([[0, 2], [4, 0]]) = -8",
    latex=r"\det\left(<a>\right)",
    numpy="np.linalg.det({a})",
)


def _inserted(directions: Any, i: int, gy: Any) -> Any:
    """Return the directions with ``gy`` in place of the i-th, or after the last."""
    before, after = (getitem(directions, index=part) for part in (slice(i), slice(i + 1, None)))
    return concatenate([before, reshape(gy, shape=(1, *np.shape(gy))), after])


def _cofactors_along(s: Any, t: Any, y: Any, x: Any, directions: Any) -> Any:
    """Return the tangent of cofactors: with one more direction, plus that of each direction.

    With more directions than an entry has factors the result is 0 at every order.
    """
    count, factors = len(directions), np.shape(x)[-1] - 1
    parts = []
    if s is not None and count < factors:
        parts.append(cofactors(x, _inserted(directions, count, s)))
    if t is not None:
        parts += [cofactors(x, _inserted(directions, i, getitem(t, index=i))) for i in range(count)]
    return reduce(add, parts) if parts else None


# Cofactors are linear and symmetric in the directions, so each rule is again a call of cofactors.


def _cofactors_adjoint(gy: Any, y: Any, x: Any, directions: Any) -> Any:
    return cofactors(x, _inserted(directions, len(directions), gy))


def _directions_adjoint(gy: Any, y: Any, x: Any, directions: Any) -> Any:
    return stack([cofactors(x, _inserted(directions, i, gy)) for i in range(len(directions))])


def _cofactors_masked(rule: Callable[..., Any], argument: int) -> Callable[..., MaskedCotangent]:
    def masked(gy: MaskedCotangent, y: Any, *arguments: Any) -> MaskedCotangent:
        counting = _by_matrix(gy.support(np.shape(y)), np.shape(arguments[argument]))
        return gy.with_mask(rule(gy.instantiate(), y, *arguments), counting)

    return masked


cofactors: Operation = Operation(
    "cofactors",
    differentiated_cofactors,
    _cofactors_adjoint,
    _directions_adjoint,
    masked=(_cofactors_masked(_cofactors_adjoint, 0), _cofactors_masked(_directions_adjoint, 1)),
    tangent=_cofactors_along,
    internal=True,
    by_elements=by_elements.cofactors,
    reference="cofactors(x, y)",
    latex=r"\operatorname{cof}",
    doc="cofactors of a square matrix, or of each in a stack, differentiated along directions",
    example="cofactors([[1, 2], [3, 4]], [[[1, 2], [3, 4]]]) = [[4, -3], [-2, 1]]",
)


def _solve(a: Any, b: Any) -> Any:
    # b is a vector only if it has one axis; this makes it so in every version of NumPy.
    finite, regular = _finite(a)
    y = np.linalg.solve(regular, b if np.ndim(b) > 1 else b[:, None])
    y = y if finite.all() else np.where(finite, y, np.nan).astype(y.dtype)
    return y if np.ndim(b) > 1 else y[..., 0]


def _solved(gy: Any, a: Any, b: Any) -> Any:
    """Return the solution of the transposed system for an adjoint, of one vector or several."""
    if b.ndim > 1:
        return solve(_swapped(a), gy)
    return reshape(solve(_swapped(a), _column(gy)), shape=np.shape(gy))


def _solve_left(gy: Any, y: Any, a: Any, b: Any) -> Any:
    gb = _solved(gy, a, b)
    if b.ndim == 1:
        return -(_column(gb) * _row(y))
    return fit(-(gb @ _swapped(y)), a)


def _solve_right(gy: Any, y: Any, a: Any, b: Any) -> Any:
    return fit(_solved(gy, a, b), b)


def _solve_masked(rule: Callable[..., Any], argument: int) -> Callable[..., MaskedCotangent]:
    def masked(gy: MaskedCotangent, y: Any, *arguments: Any) -> MaskedCotangent:
        counting, x = gy.support(np.shape(y)), arguments[argument]
        n = np.shape(arguments[0])[-1]
        if np.ndim(arguments[1]) == 1:
            shape = (*np.shape(y), n) if argument == 0 else np.shape(y)
            some = sum(counting, axis=-1, keepdims=True)
            some = _column(some) if argument == 0 else some
        else:
            shape = (*np.shape(y)[:-1], n) if argument == 0 else np.shape(y)
            some = sum(counting, axis=(-2, -1), keepdims=True)
        return gy.with_mask(
            rule(gy.instantiate(), y, *arguments), fit(broadcast_to(some, shape=shape), x)
        )

    return masked


solve: Operation = Operation(
    "solve",
    _solve,
    _solve_left,
    _solve_right,
    masked=(_solve_masked(_solve_left, 0), _solve_masked(_solve_right, 1)),
    by_elements=by_elements.solution,
    taylor=matrix_recurrences.solution,
    reference="lu_solve(x, y)",
    doc="the x for which a @ x is b",
    example="solve([[0, 2], [4, 0]], [2, 4]) = [1, 1]",
)
