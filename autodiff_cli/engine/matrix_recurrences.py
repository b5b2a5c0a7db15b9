"""Define the recurrences of determinants, inverses and solutions of linear systems.

None of them divides by a determinant.  That of the determinant divides only by constants, so it
holds at a matrix of any rank.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from autodiff_cli.engine.recurrences import Operand, Series, Taylor, operand_value
from autodiff_cli.engine.values import Array

__all__ = ["LARGEST", "determinant", "inverse", "solution"]

LARGEST = 12
"""The largest size n of a matrix whose determinant is expanded in minors: there are 2**n."""


def _determinant(s: Series, a: list[Any]) -> Callable[[int], Any]:
    """Return the recurrence of a determinant, by Laplace expansion in minors.

    The minors of the first m rows are computed from those of the first m - 1 rows, as power series.
    In bases in which the matrix is diagonal at the point of expansion, they cancel no more than the
    determinant itself does.
    """
    n = np.shape(a[0])[-1]
    left, right = _diagonalizing(np.asarray(a[0], float))
    most = s.operands[0].degree
    matrices: list[Any] = []
    minors: list[list[Any]] = [[] for _ in range(n + 1)]

    def coefficient(k: int) -> Any:
        for j in range(len(matrices), k + 1):
            matrices.append(left @ a[j] @ right)
            minors[0].append(np.ones((*np.shape(a[0])[:-2], 1)) * (j == 0))
            for m in range(1, n + 1):
                minors[m].append(_minors(matrices, minors[m - 1], n, m, j, most))
        found = minors[n][k][..., 0]
        return found if np.ndim(found) else np.asarray(found)[()]

    return coefficient


def _minors(
    matrices: Sequence[Any], smaller: Sequence[Any], n: int, m: int, j: int, most: float
) -> Any:
    """Return coefficient j of the minors of the first m rows, for each choice of columns."""
    columns, others, signs = _expansion(n, m)
    total: Any = 0.0
    for i in range(min(j, int(min(most, j))) + 1):
        row = matrices[i][..., m - 1, :]
        total = total + row[..., columns] * smaller[j - i][..., others]
    return (signs * total).sum(axis=-1)


class _MinorExpansion(NamedTuple):
    """The expansion of minors along their last row.

    Attributes
    ----------
    columns
        The columns of each minor.
    others
        For each of these columns, the number of the smaller minor without it.
    signs
        The sign of each product.
    """

    columns: Array
    others: Array
    signs: Array


@cache
def _expansion(n: int, m: int) -> _MinorExpansion:
    chosen = list(combinations(range(n), m))
    place = {columns: i for i, columns in enumerate(combinations(range(n), m - 1))}
    others = [[place[c[:i] + c[i + 1 :]] for i in range(m)] for c in chosen]
    signs = np.array([(-1.0) ** (m - 1 - i) for i in range(m)])
    return _MinorExpansion(np.array(chosen), np.array(others), signs)


def _diagonalizing(x: Array) -> tuple[Array, Array]:
    """Return for each matrix x of a stack a pair p, q of determinant 1 that makes p x q diagonal.

    They come from elimination with complete pivoting, which divides by large pivots first.
    """
    n = x.shape[-1]
    left, right = (np.broadcast_to(np.eye(n), x.shape).copy() for _ in range(2))
    for index in np.ndindex(x.shape[:-2]):
        _diagonalize(x[index].copy(), left[index], right[index])
    return left, right


def _diagonalize(u: Array, left: Array, right: Array) -> None:
    for k in range(len(u)):
        rest = np.abs(u[k:, k:])
        i, j = np.unravel_index(np.argmax(rest), rest.shape)
        if not np.isfinite(rest[i, j]) or rest[i, j] == 0.0:
            return
        _swap(u, k, k + int(i))
        _swap(left, k, k + int(i))
        _swap(u.T, k, k + int(j))
        _swap(right.T, k, k + int(j))
        down, along = u[k + 1 :, k] / u[k, k], u[k, k + 1 :] / u[k, k]
        u[k + 1 :] -= np.outer(down, u[k])
        left[k + 1 :] -= np.outer(down, left[k])
        right[:, k + 1 :] -= np.outer(right[:, k], along)


def _swap(x: Array, i: int, j: int) -> None:
    """Exchange two rows in place and negate one, which preserves the determinant."""
    if i != j:
        x[[i, j]] = x[[j, i]]
        x[i] *= -1.0


def _inverse(s: Series, a: list[Any]) -> Callable[[int], Any]:
    """Return the recurrence of an inverse ``y = inv(a)``, from ``a y = 1``."""
    y, most = s.coefficients, s.operands[0].degree
    return lambda k: -(y[0] @ _moved(a, y, k, most))


def _solution(s: Series, a: list[Any], b: list[Any]) -> Callable[[int], Any]:
    """Return the recurrence of a solution ``y = solve(a, b)``, from ``a y = b``."""
    inverted = np.linalg.inv(a[0])
    most = getattr(s.operands[0], "degree", 0)
    y = s.coefficients
    if np.ndim(b[0]) > 1:
        return lambda k: inverted @ (b[k] - _moved(a, y, k, most))
    columns: list[Any] = []

    def coefficient(k: int) -> Any:
        columns.extend(c[..., None] for c in y[len(columns) :])
        return (inverted @ (b[k][..., None] - _moved(a, columns, k, most)))[..., 0]

    return coefficient


def _moved(a: Sequence[Any], y: Sequence[Any], k: int, most: float) -> Any:
    """Return the part of coefficient k of ``a y`` that contains higher coefficients of ``a``."""
    terms = [a[j] @ y[k - j] for j in range(1, int(min(k, most)) + 1)]
    return sum(terms[1:], terms[0]) if terms else np.zeros(np.shape(y[0]))


def _moves_by_itself(s: Series) -> bool:
    """Return whether the value of a series is known from the start: it is not a derivative."""
    return not s.lag


def _is_expanded(s: Series) -> bool:
    return not s.lag and np.shape(operand_value(s.operands[0]))[-1] <= LARGEST


def _by_rows(operands: Sequence[Operand]) -> float:
    (matrix,) = operands
    rows: int = np.shape(operand_value(matrix))[-1]
    return matrix.degree * rows if isinstance(matrix, Series) else 0


determinant = Taylor(_determinant, applies=_is_expanded, degree=_by_rows)
inverse = Taylor(_inverse, applies=_moves_by_itself)
solution = Taylor(_solution, applies=_moves_by_itself)
