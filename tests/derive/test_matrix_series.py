"""Taylor series through determinants, inverses and solutions, against exact arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import pytest

import autodiff_cli
import autodiff_cli.engine as ad
from autodiff_cli.derive.series import expanded
from autodiff_cli.derive.taylor import partials
from autodiff_cli.engine import Variable, as_variable

ORDER = 20

BOUND = 1e-13
"""Beside the largest coefficient: a determinant is a sum of products that may cancel."""

RANKS = [(n, rank) for n in (1, 2, 3, 4, 5, 7, 10) for rank in sorted({0, 1, n // 2, n - 1, n})]

MP = mpmath.MPContext()
MP.dps = 60


def exact_determinant(rows: list[list[Fraction]]) -> Fraction:
    """Return a determinant by elimination in exact arithmetic."""
    a, value = [list(row) for row in rows], Fraction(1)
    for k in range(len(a)):
        pivot = next((i for i in range(k, len(a)) if a[i][k]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != k:
            a[k], a[pivot], value = a[pivot], a[k], -value
        value *= a[k][k]
        for row in a[k + 1 :]:
            factor = row[k] / a[k][k]
            row[k:] = [x - factor * y for x, y in zip(row[k:], a[k][k:], strict=True)]
    return value


def interpolated(function: Callable[[int], Fraction], degree: int) -> list[Fraction]:
    """Return the coefficients of a polynomial from its values at whole numbers (Newton)."""
    row = [function(t) for t in range(degree + 1)]
    found, basis = [Fraction(0)] * (degree + 1), [Fraction(1)]
    for k in range(degree + 1):
        for i, b in enumerate(basis):
            found[i] += row[0] * b
        row = [(y - x) / (k + 1) for x, y in pairwise(row)]
        basis = [x - k * y for x, y in zip([0, *basis], [*basis, 0], strict=True)]
    return found


def exact_coefficients(matrices: list[np.ndarray]) -> list[Fraction]:
    """Return those of ``det(A + t B + t² C ...)``, exactly, up to the order."""
    exact = [[[Fraction(x) for x in row] for row in m.tolist()] for m in matrices]
    n = len(exact[0])

    def at(t: int) -> Fraction:
        powers = [t**k for k in range(len(exact))]
        return exact_determinant(
            [
                [sum(p * m[i][j] for p, m in zip(powers, exact, strict=True)) for j in range(n)]
                for i in range(n)
            ]
        )

    degree = n * (len(matrices) - 1)
    return [*interpolated(at, degree), *[Fraction(0)] * ORDER][: ORDER + 1]


def of_rank(rng: Any, n: int, rank: int) -> np.ndarray:
    return np.asarray(rng.integers(-3, 4, (n, rank)) @ rng.integers(-3, 4, (rank, n)), float)


def curve(t: Variable, matrices: list[np.ndarray]) -> Variable:
    return sum((t**k * m for k, m in enumerate(matrices[1:], 1)), as_variable(matrices[0]))


@pytest.mark.parametrize(("n", "rank"), RANKS)
@pytest.mark.parametrize("tilt", [0.0, 2.0**-30], ids=["at", "near"])
def test_of_a_determinant_at_and_near_every_rank(n: int, rank: int, tilt: float) -> None:
    rng = np.random.default_rng([n, rank])
    start = of_rank(rng, n, rank) + tilt * of_rank(rng, n, n)
    matrices = [start, of_rank(rng, n, n), of_rank(rng, n, max(1, n - 1))]
    t = as_variable(0.0)
    found = expanded(ad.det(curve(t, matrices)), {t: 1.0}, ORDER)
    right = exact_coefficients(matrices)
    size = max(1.0, *(abs(float(c)) for c in right))
    for c, r in zip(found, right, strict=True):
        assert abs(Fraction(float(c)) - r) <= BOUND * size
    # Beyond its degree the determinant of a polynomial has nothing.
    assert all(c == 0.0 for c in found[2 * n + 1 :])


def test_of_the_determinants_of_a_stack() -> None:
    rng = np.random.default_rng(5)
    starts = np.array([[of_rank(rng, 3, rank) for rank in range(4)], [of_rank(rng, 3, 2)] * 4])
    slopes = rng.integers(-3, 4, starts.shape).astype(float)
    t = as_variable(0.0)
    found = np.array(expanded(ad.det(starts + t * slopes), {t: 1.0}, ORDER))
    assert found.shape == (ORDER + 1, 2, 4)
    for i in np.ndindex(2, 4):
        right = exact_coefficients([starts[i], slopes[i]])
        assert found[:, *i] == pytest.approx([float(c) for c in right], rel=BOUND, abs=1e-12)


def test_entries_of_all_sizes_keep_their_digits() -> None:
    matrices = [np.diag([1e10, 1.0, 1e-10]), np.array([[0, 1e5, 3], [1e5, 0, 1e-5], [2, 1e-5, 0]])]
    t = as_variable(0.0)
    found = expanded(ad.det(curve(t, matrices)), {t: 1.0}, 3)
    right = [float(c) for c in exact_coefficients(matrices)[:4]]
    assert found == pytest.approx(right, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("method", ["taylor", "graph"])
@pytest.mark.parametrize("x", [1.0, 1.0 + 2.0**-40, 1.0 - 1e-9, 2.0])
def test_all_orders_of_a_determinant_by_either_method(x: float, method: str) -> None:
    text = "det([[x, 1, 1], [1, x, 1], [1, 1, x]])"
    # x³ - 3x + 2.
    for order, right in enumerate([3 * x * x - 3, 6 * x, 6.0, 0.0, 0.0], 1):
        found = autodiff_cli.grad(text, {"x": x}, order=order, method=method)["x"]
        assert float(found) == pytest.approx(right, rel=1e-13, abs=1e-12)


def test_all_partial_derivatives_of_a_determinant_of_rank_one() -> None:
    x, y = as_variable(2.0), as_variable(3.0)
    one = as_variable(1.0)
    rows = [[x, y, one], [x * x, x * y, x], [one, one, x * y]]
    found = partials(ad.det(ad.stack([ad.stack(row) for row in rows])), [x, y], 4)

    def function(u: Any, v: Any) -> Any:
        return MP.det(MP.matrix([[u, v, 1], [u * u, u * v, u], [1, 1, u * v]]))

    for by, value in found.items():
        orders = (by.count(0), by.count(1))
        right = MP.diff(function, (2, 3), orders) if by else function(2, 3)
        assert value == pytest.approx(float(right), rel=1e-13, abs=1e-11)


@pytest.mark.parametrize("columns", [None, 1, 2], ids=["vector", "column", "matrix"])
@pytest.mark.parametrize("n", [1, 2, 4])
def test_of_inverses_and_solutions(n: int, columns: int | None) -> None:
    rng = np.random.default_rng([n, 9])
    a = [rng.integers(-3, 4, (n, n)) / 8.0 + 2.0 * np.eye(n), rng.integers(-3, 4, (n, n)) / 8.0]
    a.append(rng.integers(-3, 4, (n, n)) / 8.0)
    shape = (n,) if columns is None else (n, columns)
    b = [rng.integers(-3, 4, shape) / 4.0 for _ in range(2)]
    t = as_variable(0.0)
    moving = ad.exp(t) * a[1] + t * t * a[2] + a[0]
    found = np.array(expanded(ad.solve(moving, curve(t, b)), {t: 1.0}, 8))
    inverses = np.array(expanded(ad.inv(moving), {t: 1.0}, 8))

    def inverse(u: Any) -> Any:
        parts = [MP.matrix(m.tolist()) for m in a]
        return (parts[0] + MP.exp(u) * parts[1] + u * u * parts[2]) ** -1

    def solution(u: Any) -> Any:
        parts = [MP.matrix(c.reshape(n, -1).tolist()) for c in b]
        return inverse(u) * (parts[0] + u * parts[1])

    for function, values in ((inverse, inverses), (solution, found.reshape(9, n, -1))):
        for i, j in np.ndindex(values.shape[1:]):
            right = MP.taylor(lambda u, f=function, i=i, j=j: f(u)[i, j], 0, 8)
            size = max(abs(c) for c in right)
            for value, r in zip(values[:, i, j], right, strict=True):
                assert abs(value - r) <= BOUND * max(size, 1)
