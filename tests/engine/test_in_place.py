"""Sums of adjoints are computed in place; no array that other code holds may change by that."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Function, Variable, grad, no_grad, temporaries
from autodiff_cli.engine.changes import ChangedDataError
from autodiff_cli.engine.released import Released
from autodiff_cli.engine.variable import reachable, stored_value

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
    lambda x, y: ad.exp(-(x - y) * (x - y)) - y * 0.5,
    lambda x, y: 2.0 * (x * y + x) - (0.5 * y + x[0]) / 2.0,
    lambda x, y: ad.sin((x - y) / 3.0) * ad.sqrt(x * x + 1.0),
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


# --- results are computed into the arrays of temporary operands ----------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Overwrite small arrays too."""
    monkeypatch.setattr(temporaries, "SMALL", -1)


@pytest.mark.parametrize("seed", range(20))
def test_overwriting_temporaries_changes_no_number(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves, made = program(seed)
    expected = [g.data for g in grad(made[-1], leaves)]
    nodes = [v.data for v in reachable([made[-1]])]
    monkeypatch.setattr(temporaries, "SMALL", -1)
    leaves, again = program(seed)
    for one, other in zip(made, again, strict=True):
        np.testing.assert_array_equal(one.data, other.data)
    _, again = program(seed)
    y = again[-1]
    for g, data in zip(grad(y, again[:3]), expected, strict=True):
        np.testing.assert_array_equal(g.data, data)
    for g, data in zip(grad(y, again[:3], create_graph=True), expected, strict=True):
        np.testing.assert_allclose(g.data, data, rtol=1e-10, atol=1e-10)
    # Whoever walks the graph finds the values.
    for v, data in zip(reachable([y]), nodes, strict=True):
        np.testing.assert_array_equal(v.data, data)


def released(y: Variable) -> int:
    return sum(type(v._value) is Released for v in reachable([y]))


def named(x: Variable, w: Variable) -> Variable:
    product = x @ w
    return product + 1.0


# How many values the expression overwrites: a name, a derivative, a view, or a constant that may
# change unnoticed needs the value.
EXPRESSIONS: dict[str, tuple[int, Callable[[Variable, Variable], Variable]]] = {
    "sum": (1, lambda x, w: x @ w + 1.0),
    "reflected": (1, lambda x, w: 1.0 - x @ w),
    "function": (2, lambda x, w: ad.exp(x @ w + 1.0)),
    "name": (0, named),
    "factor": (0, lambda x, w: (x @ w) * w),
    "own derivative": (0, lambda x, w: ad.exp(x) - 1.0),
    "view": (0, lambda x, w: (x @ w).T - 1.0),
    "not noted": (0, lambda x, w: (x + 1.0) - 1.0),
}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_which_values_are_overwritten(name: str) -> None:
    rng = np.random.default_rng(0)
    x, w = Variable(rng.normal(size=(4, 4))), Variable(rng.normal(size=(4, 4)))
    count, expression = EXPRESSIONS[name]
    # To some Pythons a temporary looks like a name, and nothing is overwritten.
    assert released(expression(x, w)) == (count if temporaries.OPERATOR else 0)
    with no_grad():
        assert type(stored_value(expression(x, w))) is np.ndarray


def test_readers_of_the_graph_find_overwritten_values(monkeypatch: pytest.MonkeyPatch) -> None:
    def computed() -> tuple[str, Any]:
        x = Variable(np.ones((2, 2)))
        y = ad.exp(x @ x + 1.0)
        return ad.get_dot_graph(y), ad.jvp(y, x, np.ones((2, 2))).data

    picture, tangent = computed()
    np.testing.assert_allclose(tangent, 4.0 * np.exp(3.0))
    monkeypatch.setattr(temporaries, "SMALL", -1)
    again = computed()
    assert again[0] == picture
    np.testing.assert_array_equal(again[1], tangent)


@pytest.mark.usefixtures("small")
def test_an_overwritten_value_is_not_computed_from_other_data() -> None:
    x = Variable(np.ones((4, 4)))
    y = x @ x + 1.0
    (product, _) = y.inputs
    assert type(product._value) is Released
    assert product.shape == (4, 4)
    assert product.dtype == np.float64
    x.data[0, 0] = 5.0
    with pytest.raises(ChangedDataError):
        np.asarray(product.data)
    h = x * 2.0
    y = (h * 3.0) + 1.0
    h.data[0, 0] = 7.0
    with pytest.raises(ChangedDataError):
        np.asarray(y.inputs[0].data)


def test_a_shape_hands_out_no_data() -> None:
    h = Variable(np.ones((2, 3))) * 2.0
    assert (np.shape(h), np.ndim(h), np.size(h), np.size(h, 0)) == ((2, 3), 2, 6, 2)
    h = Variable(np.ones((2, 3))) * 2.0
    assert [np.shape(h), np.ndim(h), np.size(h)] == [(2, 3), 2, 6]
    assert h._seen is None
