"""Compute cofactors of matrices, and their derivatives, without a division by the determinant."""

from __future__ import annotations

from functools import reduce
from itertools import combinations, permutations
from string import ascii_lowercase
from typing import Any

import numpy as np

__all__ = ["differentiated_cofactors"]


def differentiated_cofactors(x: Any, directions: Any) -> Any:
    """Return the gradient of det, differentiated once along each direction.

    ``det(x) * inv(x).T`` does not exist where x is singular, and each further order would divide by
    det once more.  It is used for the gradient at a regular x, because it is the most accurate for
    each entry.  All other cases use singular values, without denominators, with an error that is
    small relative to the largest entries.
    """
    if np.shape(directions)[1:] != np.shape(x):
        raise ValueError(f"directions of shape {np.shape(directions)[1:]} in {np.shape(x)}")
    determinant = np.linalg.det(x)
    regular = np.isfinite(determinant) & (determinant != 0.0)
    stacked = np.asarray(regular)[..., None, None]
    inverse = np.linalg.inv(np.where(stacked, x, np.eye(np.shape(x)[-1], dtype=x.dtype)))
    y = determinant[..., None, None] * np.swapaxes(inverse, -1, -2)
    again = np.isfinite(x).all((-2, -1)) & (~regular | (len(directions) > 0))
    y[again] = _expanded(x[again], directions[:, again])
    return y


def _expanded(x: Any, directions: Any) -> Any:
    """Return the differentiated cofactors for a stack of finite matrices of any rank.

    In the bases of singular vectors x is diagonal.  The terms of ``det(x + Σ tᵢ gᵢ)`` (Leibniz
    formula) that contribute have one factor from each direction and the others from the diagonal:
    for each choice of rows, the product of all other singular values.  If there are more directions
    than rows, no term contributes.
    """
    n, rows = np.shape(x)[-1], ascii_lowercase[: len(directions) + 1]
    if len(rows) > n:
        return np.zeros_like(x)
    u, s, vh = np.linalg.svd(x)
    inner = np.swapaxes(u, -1, -2) @ directions @ np.swapaxes(vh, -1, -2)
    indices = np.indices((n,) * len(rows), sparse=True)
    others = np.ones((len(x), *(n,) * len(rows)), x.dtype)
    for i, factor in enumerate(s.T):
        free = reduce(np.logical_and, [index != i for index in indices])
        others *= np.where(free, np.expand_dims(factor, tuple(range(1, others.ndim))), 1.0)
    for index, another in combinations(indices, 2):
        others *= index != another
    y = np.zeros_like(x)
    diagonal = np.einsum("zaa->za", y)
    for columns in permutations(rows):
        odd = len([1 for a, b in combinations(columns, 2) if a > b]) % 2
        *places, (row, column) = zip(rows, columns, strict=True)
        factors = "".join(f",z{a}{b}" for a, b in places)
        part, place = (diagonal, row) if row == column else (y, row + column)
        part += (-1) ** odd * np.einsum(f"z{rows}{factors}->z{place}", others, *inner)
    return np.sign(np.linalg.det(u @ vh))[:, None, None] * (u @ y @ vh)
