"""Sums of adjoints are computed in place; no array that other code holds may change by that."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Function, Variable, grad

SHAPE = (4, 3)


class Passed(Function):
    """A user's Function that returns the adjoint it is given, and keeps it."""

    kept: list[np.ndarray]

    def forward(self, x: Any) -> Any:
        return x + 0.0

    def backward(self, gy: Variable) -> Any:
        self.kept = [gy.data]
        return gy


# Each takes tensors of SHAPE to one of SHAPE.  Several pass an adjoint on unchanged, as a view, or
# to one place in another.
STEPS: list[Callable[..., Any]] = [
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: x * y,
    lambda x, y: x + y[0],
    lambda x, y: x * y[:, :1],
    lambda x, y: x + x,
    lambda x, y: ad.concatenate([y[1:], x[:1]]),
    lambda x, y: ad.stack([x[0], y[1], x[0], x[3]]),
    lambda x, y: x.reshape((3, 4)).T + y,
    lambda x, y: x[[0, 0, 1, 2]] + y,
    lambda x, y: ad.where(x > y, x, y),
    lambda x, y: ad.maximum(x, y) - ad.broadcast_to(y.max(), SHAPE),
    lambda x, y: ad.broadcast_to(y.sum(axis=0), SHAPE) / 4.0 + x,
    lambda x, y: Passed()(x) + y,
    lambda x, y: ad.tanh(x) + ad.clip(y, -0.5, 0.5),
    lambda x, y: (x @ y.T) @ x / 8.0,
]


def program(seed: int) -> tuple[list[Variable], list[Variable]]:
    """Return the leaves and all Variables of a program, whose parts are used again and again."""
    choose = random.Random(seed)
    numbers = np.random.default_rng(seed)
    leaves = [Variable(numbers.normal(size=SHAPE)) for _ in range(3)]
    made = list(leaves)
    for _ in range(choose.randint(5, 25)):
        made.append(choose.choice(STEPS)(choose.choice(made), choose.choice(made[-4:])))
    return leaves, made


def held(made: list[Variable]) -> list[np.ndarray]:
    """Return the arrays that the user or the graph holds."""
    kept = [array for v in made for array in getattr(v.creator, "kept", [])]
    return [v.data for v in made] + [v.grad.data for v in made if v.grad is not None] + kept


@pytest.mark.parametrize("seed", range(20))
def test_a_sweep_changes_no_array_that_is_held(seed: int) -> None:
    leaves, made = program(seed)
    y = made[-1]
    given = Variable(np.random.default_rng(seed).normal(size=SHAPE))
    earlier = grad(y, leaves, gy=given)
    y.grad = given
    y.backward(retain_grad=True)
    arrays = [given.data, *(g.data for g in earlier), *held(made)]
    before = [array.copy() for array in arrays]
    again = grad(y, made, gy=given)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    for g in again:
        assert not any(np.may_share_memory(g.data, array) for array in arrays)
        assert not any(np.may_share_memory(g.data, h.data) for h in again if h is not g)


@pytest.mark.parametrize("seed", range(20))
def test_sums_in_place_are_those_of_the_graph(seed: int) -> None:
    leaves, made = program(seed)
    y = made[-1]
    plain = grad(y, leaves)
    # The derivative as a graph adds no array in place.
    graph = grad(y, leaves, create_graph=True)
    for one, other in zip(plain, graph, strict=True):
        np.testing.assert_allclose(one.data, other.data, rtol=1e-10, atol=1e-10)


def test_sums_keep_the_wider_type() -> None:
    x = Variable(np.ones(3, np.float32))
    wide = ad.astype(x, "d")
    gx = grad(x.sum() + wide[0] * 2.0**-30 + x[1] + wide[1:2].sum(), x)
    assert gx.dtype == np.float32
    np.testing.assert_array_equal(gx.data, np.array([1.0, 3.0, 1.0], np.float32))
