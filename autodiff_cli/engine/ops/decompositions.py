"""Declare decompositions of matrices, and what follows from them.

Those with several results are `Function` classes, under NumPy's names; they have no formulas.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from autodiff_cli.engine.composite import composite, lifted
from autodiff_cli.engine.function import Function
from autodiff_cli.engine.numpy_protocols import numpy_function, operand
from autodiff_cli.engine.ops import by_elements
from autodiff_cli.engine.ops.arithmetic import div
from autodiff_cli.engine.ops.arrays import _axes, moveaxis, swapaxes, tril, triu
from autodiff_cli.engine.ops.elementary import log
from autodiff_cli.engine.ops.linalg import det, inv, matmul, solve
from autodiff_cli.engine.ops.piecewise import equal, where
from autodiff_cli.engine.ops.piecewise import sign as sign_of
from autodiff_cli.engine.ops.reduce import max, min, norm, sum
from autodiff_cli.engine.ops.shape import concatenate, reshape
from autodiff_cli.engine.variable import Variable


def _column(gy: Any) -> Any:
    return reshape(gy, shape=(*np.shape(gy), 1, 1))


def _swapped(x: Any) -> Any:
    return swapaxes(x, -1, -2)


class LogDet(Function):
    """The logarithm of the absolute value of determinants, which does not overflow."""

    def forward(self, x: Any) -> Any:  # noqa: D102
        return np.linalg.slogdet(x)[1]

    def backward(self, gy: Any) -> Any:  # noqa: D102
        return _column(gy) * _swapped(inv(self.input))


@composite(example="logdet([[0, 2], [4, 0]]) = 2.07944154167983592825")
def logdet(a: Any) -> Any:
    """Return the logarithm of the absolute value of a determinant."""
    return log(abs(det(a))) if a.shape[-1] <= by_elements.MOST_ROWS else LogDet()(a)


class Cholesky(Function):
    """The lower triangular factor of positive definite matrices, whose lower triangle is read."""

    def forward(self, x: Any) -> Any:  # noqa: D102
        return np.linalg.cholesky(x)

    def backward(self, gy: Any) -> Any:  # noqa: D102
        # Source: Murray (2016), Differentiation of the Cholesky decomposition, section 3.
        upper = _swapped(Cholesky()(self.input))
        halved = 1.0 - 0.5 * np.eye(upper.shape[-1])
        product = tril(matmul(upper, gy)) * halved
        half = solve(upper, _swapped(solve(upper, _swapped(product))))
        return tril(half + _swapped(half)) * halved


@composite(internal=True, example="cholesky([[4, 2], [2, 10]]) = [[2, 0], [1, 3]]")
def cholesky(a: Any) -> Any:
    """Return the lower triangular factor of a positive definite matrix."""
    return Cholesky()(a)


@composite(tensors=2, example="solve_triangular([[2, 1], [0, 4]], [4, 8]) = [1, 2]")
def solve_triangular(a: Any, b: Any, lower: bool = False) -> Any:
    """Return the solution of a system of which only one triangle of the matrix is read."""
    return solve(tril(a) if lower else triu(a), b)


# --- decompositions with several results ---------------------------------------------------------


def _scaled(x: Any, s: Any) -> Any:
    """Return matrices whose columns are multiplied by numbers."""
    return x * reshape(s, shape=(*s.shape[:-1], 1, s.shape[-1]))


def _gaps(s: Any) -> Any:
    """Return ``1/(s[j] - s[i])``, and 0 where the two are equal."""
    gaps = reshape(s, shape=(*s.shape[:-1], 1, s.shape[-1])) - reshape(s, shape=(*s.shape, 1))
    same = equal(gaps, 0.0)
    return where(same, 0.0, div(1.0, where(same, 1.0, gaps)))


class EighResult(NamedTuple):
    """Eigenvalues in ascending order, and the eigenvectors as columns."""

    eigenvalues: Any
    eigenvectors: Any


class Eigh(Function):
    """The eigenvalues and eigenvectors of symmetric matrices, of which one triangle is read."""

    def __init__(self, uplo: Any = "L") -> None:
        self.uplo = uplo

    def forward(self, x: Any) -> Any:  # noqa: D102
        return tuple(np.linalg.eigh(x, self.uplo))

    def backward(self, gw: Any, gv: Any) -> Any:  # noqa: D102
        w, v = Eigh(self.uplo)(self.input)
        inner = _gaps(w) * matmul(_swapped(v), gv)
        whole = matmul(_scaled(v, gw) + matmul(v, inner), _swapped(v))
        both = whole + _swapped(whole)
        triangle = tril(both) if self.uplo == "L" else triu(both)
        return triangle * (1.0 - 0.5 * np.eye(w.shape[-1]))


@numpy_function(name="linalg.eigh")
def eigh(a: Any, UPLO: str = "L") -> EighResult:  # noqa: N803 - NumPy's name
    """Return the eigenvalues and eigenvectors of a symmetric matrix."""
    return EighResult(*Eigh(UPLO)(a))


@composite(internal=True, example="eigvalsh([[2, 1], [1, 2]]) = [1, 3]")
def eigvalsh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803 - NumPy's name
    """Return the eigenvalues of a symmetric matrix in ascending order."""
    return Eigh(UPLO)(a)[0]


class SVDResult(NamedTuple):
    """The factors of a matrix ``U @ diag(S) @ Vh``."""

    U: Any
    S: Any
    Vh: Any


class Svd(Function):
    """The reduced singular value decomposition."""

    def forward(self, x: Any) -> Any:  # noqa: D102
        return tuple(np.linalg.svd(x, full_matrices=False))

    def backward(self, gu: Any, gs: Any, gvh: Any) -> Any:  # noqa: D102
        # Source: Townsend (2016), Differentiating the singular value decomposition.
        u, s, vh = Svd()(self.input)
        v, ut, gv = _swapped(vh), _swapped(u), _swapped(gvh)
        gaps = _gaps(s * s)
        left, right = gaps * matmul(ut, gu), gaps * matmul(vh, gv)
        inner = _scaled(left + _swapped(left), s)
        inner = inner + _swapped(_scaled(_swapped(right + _swapped(right)), s))
        ga = matmul(_scaled(u, gs) + matmul(u, inner), vh)
        m, n = self.input.shape[-2:]
        if m > n:
            outside = gu - matmul(u, matmul(ut, gu))
            ga = ga + matmul(_scaled(outside, div(1.0, s)), vh)
        if n > m:
            outside = gv - matmul(v, matmul(vh, gv))
            ga = ga + matmul(_scaled(u, div(1.0, s)), _swapped(outside))
        return ga


@numpy_function(name="linalg.svd")
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Return the reduced singular value decomposition, or the singular values alone."""
    if compute_uv and full_matrices and a.shape[-1] != a.shape[-2]:
        raise ValueError("a basis of what is left over is not unique: give `full_matrices=False`")
    u, s, vh = Svd()(a)
    return SVDResult(u, s, vh) if compute_uv else s


@composite(internal=True, example="svdvals([[3, 0], [0, -4]]) = [4, 3]")
def svdvals(x: Any) -> Any:
    """Return the singular values of a matrix in descending order."""
    return Svd()(x)[1]


class Pinv(Function):
    """The Moore-Penrose inverse, where the rank is the same nearby."""

    def forward(self, x: Any) -> Any:  # noqa: D102
        return np.linalg.pinv(x)

    def backward(self, g: Any) -> Any:  # noqa: D102
        # Source: Golub and Pereyra (1973), equation 4.12.
        x = self.input
        p = Pinv()(x)
        gt, pt = _swapped(g), _swapped(p)
        y = matmul(gt, matmul(p, pt))
        z = matmul(matmul(pt, p), gt)
        both = y - matmul(x, matmul(p, y)) + z - matmul(matmul(z, p), x)
        return both - matmul(pt, matmul(g, pt))


@composite(internal=True, example="pinv([[1], [1]]) = [[0.5, 0.5]]")
def pinv(a: Any) -> Any:
    """Return the Moore-Penrose inverse of a matrix."""
    return Pinv()(a)


@numpy_function(name="linalg.lstsq")
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """Return the least-squares solution, the sum of squared residuals, rank and singular values."""
    a, b = lifted((operand(a), operand(b)))
    x = matmul(pinv(a), b)
    residuals = b - matmul(a, x)
    values = svdvals(a)
    rank = np.linalg.matrix_rank(a.data if isinstance(a, Variable) else a)
    return x, sum(residuals * residuals, axis=0), rank, values


@numpy_function(name="linalg.slogdet")
def slogdet(a: Any) -> Any:
    """Return the sign of a determinant and the logarithm of its absolute value."""
    return sign_of(det(a)), logdet(a)


# --- the exponential -----------------------------------------------------------------------------


def _exponential(x: Any) -> Any:
    """Return the exponential by scaling and squaring of a Padé approximant of degree 13.

    Source: Higham (2005), The scaling and squaring method for the matrix exponential revisited.
    """
    size = np.abs(x).sum(-2).max(initial=0.0)
    steps = int(np.ceil(np.log2(size / 5.4))) if np.isfinite(size) and size > 5.4 else 0
    x = x / 2.0**steps
    coefficients = [
        math.factorial(26 - k) / (math.factorial(k) * math.factorial(13 - k)) for k in range(14)
    ]
    power = np.broadcast_to(np.eye(x.shape[-1]), x.shape)
    parts = [np.zeros(x.shape), np.zeros(x.shape)]
    for k, c in enumerate(coefficients):
        parts[k % 2] += c / coefficients[0] * power
        power = power @ x
    even, odd = parts
    y = np.linalg.solve(even - odd, even + odd)
    for _ in range(steps):
        y = y @ y
    return y


class Expm(Function):
    """The exponential of matrices."""

    def forward(self, x: Any) -> Any:  # noqa: D102
        return _exponential(x)

    def backward(self, g: Any) -> Any:  # noqa: D102
        # The derivative along g is a block of the exponential of a matrix of blocks.
        xt = _swapped(self.input)
        n = xt.shape[-1]
        above = concatenate([xt, g], axis=-1)
        below = concatenate([0.0 * xt, xt], axis=-1)
        return Expm()(concatenate([above, below], axis=-2))[..., :n, n:]


@composite(internal=True, example="expm([[0, 1], [0, 0]]) = [[1, 1], [0, 1]]")
def expm(a: Any) -> Any:
    """Return the exponential of a matrix, the sum of its powers over factorials."""
    return Expm()(a)


# --- norms ---------------------------------------------------------------------------------------


@numpy_function(name="linalg.norm")
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    (x,) = lifted([operand(x)])
    axes = tuple(_axes(x, axis))
    if ord is None or (len(axes) == 2 and ord == "fro") or (len(axes) == 1 and ord == 2):
        return norm(x, axis=axis, keepdims=keepdims)
    if len(axes) == 1:
        size = abs(x)
        if abs(ord) == np.inf:
            return (max if ord > 0 else min)(size, axis=axes, keepdims=keepdims)
        if ord == 0:
            return sum(x != 0.0, axis=axes, keepdims=keepdims)
        if ord == 1:
            return sum(size, axis=axes, keepdims=keepdims)
        # The derivative of a power may be infinite at 0, which norm takes care of for ord 2.
        return sum(size**ord, axis=axes, keepdims=keepdims) ** (1.0 / ord)
    if len(axes) != 2:
        raise ValueError(f"a norm of order {ord} is of vectors or matrices, along 1 or 2 axes")
    rows, columns = axes
    if ord in (1, -1, np.inf, -np.inf):
        inner, outer = (rows, columns) if abs(ord) == 1 else (columns, rows)
        y = sum(abs(x), axis=inner, keepdims=True)
        y = (max if ord > 0 else min)(y, axis=outer, keepdims=True)
    else:
        values = svdvals(moveaxis(x, (rows, columns), (-2, -1)))
        chosen: Any = {"nuc": sum, 2: max, -2: min}[ord]
        y = chosen(values, axis=-1)
    kept = [1 if i in axes else n for i, n in enumerate(x.shape)]
    shape = kept if keepdims else [n for i, n in enumerate(x.shape) if i not in axes]
    return reshape(y, shape=tuple(shape))


for _name, _order in (("vector_norm", 2), ("matrix_norm", "fro")):
    numpy_function(
        lambda x, ord=_order, axis=None, keepdims=False: _norm(x, ord, axis, keepdims),
        name=f"linalg.{_name}",
    )
