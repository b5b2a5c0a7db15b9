"""Derivatives of the determinant at matrices of every rank, against Leibniz' formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations, product
from math import prod

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Variable, grad

Place = tuple[int, int]

RANKS = [(n, rank) for n in range(1, 5) for rank in range(n + 1)]


def matrix(n: int, rank: int) -> np.ndarray:
    """Return a random matrix of small whole numbers of a rank."""
    rng = np.random.default_rng([n, rank])
    while True:
        a = rng.integers(-3, 4, (n, rank)) @ rng.integers(-3, 4, (rank, n))
        if np.linalg.matrix_rank(a) == rank:
            return np.asarray(a, float)


def exact(a: np.ndarray, places: Sequence[Place]) -> int:
    """Return the derivative of the determinant by the entries at some places."""
    total = 0
    for columns in permutations(range(len(a))):
        odd = sum(i > j for i, j in combinations(columns, 2)) % 2
        factors = dict(enumerate(columns))
        if all(factors.pop(i, None) == j for i, j in places):
            total += (-1) ** odd * prod(int(a[i, j]) for i, j in factors.items())
    return total


def derivatives(a: np.ndarray) -> Iterator[tuple[list[Place], float]]:
    """Yield derivatives of the first three orders, and by which entries they are."""
    x = Variable(a)
    everywhere = list(product(range(len(a)), repeat=2))
    (first,) = grad(ad.det(x), [x], create_graph=True)
    yield from (([p], first.data[p]) for p in everywhere)
    for p in everywhere:
        (second,) = grad(first[p], [x], create_graph=True)
        yield from (([p, q], second.data[q]) for q in everywhere)
        q = everywhere[(sum(p) * 5 + 3) % len(everywhere)]
        (third,) = grad(second[q], [x])
        yield from (([p, q, r], third.data[r]) for r in everywhere)


@pytest.mark.parametrize(("n", "rank"), RANKS)
def test_derivatives_at_every_rank(n: int, rank: int) -> None:
    a = matrix(n, rank)
    size = max(1.0, abs(a).max())
    for places, value in derivatives(a):
        # A sum of products of that many entries, each of which is rounded.
        scale = size ** max(n - len(places), 0)
        assert value == pytest.approx(exact(a, places), rel=1e-14, abs=1e-14 * scale), places


def test_each_matrix_of_a_stack_has_a_rank_of_its_own() -> None:
    stack = np.array([matrix(3, rank) for rank in range(4)])
    x = Variable(stack)
    (first,) = grad(ad.det(x), [x], create_graph=True)
    (second,) = grad(first[:, 0, 1].sum(), [x])
    for p in product(range(3), repeat=2):
        for places, found in (([p], first), ([(0, 1), p], second)):
            expected = [exact(a, places) for a in stack]
            assert found.data[:, *p] == pytest.approx(expected, rel=1e-14, abs=1e-12)


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_cofactors_where_the_determinant_over_or_underflows(size: float) -> None:
    x = Variable(np.array([[0.0, size], [3 * size, 0.0]]))
    (g,) = grad(ad.det(x), [x])
    assert g.data == pytest.approx(np.array([[0.0, -3 * size], [-size, 0.0]]), rel=1e-15, abs=0.0)


def test_cofactors_of_entries_of_all_sizes() -> None:
    x = Variable(np.array([[1.0, 1e10], [0.0, 2.0]]))
    (g,) = grad(ad.det(x), [x])
    assert g.data.tolist() == [[2.0, 0.0], [-1e10, 1.0]]


def test_what_is_not_a_number_is_not_an_error() -> None:
    x = Variable(np.array([[np.nan, 1.0], [0.0, 2.0]]))
    (g,) = grad(ad.det(x), [x], create_graph=True)
    (h,) = grad(g.sum(), [x])
    assert np.isnan(h.data).all()
