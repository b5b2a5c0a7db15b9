"""Choices: a branch that was not taken leaves no trace in any derivative; what ties is shared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Function, Variable, grad

BOTH = pytest.mark.parametrize("create_graph", [False, True], ids=["values", "graph"])


def var(value: Any) -> Variable:
    return Variable(np.array(value))


class Root(Function):
    """A user's square root, the slope of which is infinite at 0 and nan before."""

    def forward(self, x: np.ndarray) -> Any:
        with np.errstate(invalid="ignore"):
            return np.sqrt(x)

    def backward(self, gy: Variable) -> Any:
        (x,) = self.inputs
        return gy / (2.0 * ad.sqrt(x))


# Functions that are x² where x > 0, with a branch beside it that is not finite there or at x = 0.
TAKEN: dict[str, Callable[[Variable], Variable]] = {
    "sqrt": lambda x: ad.where(x > 0, x * x, ad.sqrt(-x)),
    "log": lambda x: ad.where(x <= 0, ad.log(-x), x * x),
    "pole": lambda x: ad.where(x > 0, x * x, 1 / (x - x)),
    "overflow": lambda x: ad.where(x > 0, x * x, ad.exp(1e6 * x)),
    "power": lambda x: ad.where(x > 0, x * x, (-x) ** 0.5),
    "nested": lambda x: ad.where(x > 0, ad.where(x > -1, x * x, ad.log(-x)), ad.sqrt(-x)),
    "chain": lambda x: ad.where(x > 0, x * x, ad.exp(ad.sin(ad.sqrt(-x)) / x) ** 2),
    "shared": lambda x: (lambda h: ad.where(x > 0, x * x + 0, h) + ad.where(x > 0, 0, h * h))(
        ad.log(-x)
    ),
    "mixed": lambda x: (lambda h: ad.where(x > 0, x * x, ad.sqrt(h)) + 0 * h)(-x),
    "a number": lambda x: ad.where(x > 0, x, ad.log(-x)) * ad.where(x > 0, x, 7.0),
}


@pytest.mark.parametrize("data", [3.0, [3.0, 0.5], [[2.0]]], ids=["scalar", "vector", "matrix"])
@pytest.mark.parametrize("function", TAKEN.values(), ids=TAKEN.keys())
def test_a_branch_that_was_not_taken_never_counts(
    function: Callable[[Variable], Variable], data: Any
) -> None:
    x = var(data)
    y = function(x)
    for expected in (x.data**2, 2 * x.data, 2 + 0 * x.data, 0 * x.data):
        assert np.array_equal(y.data, expected)
        (plain,) = grad(y, [x])
        (y,) = grad(y, [x], create_graph=True)
        assert np.array_equal(plain.data, y.data)


@BOTH
def test_each_element_takes_its_own_branch(create_graph: bool) -> None:
    x = var([4.0, -4.0, 0.0, -1.0])
    y = ad.where(x >= 0, x, ad.sqrt(-x))
    assert y.data.tolist() == [4.0, 2.0, 0.0, 1.0]
    (g,) = grad(y, [x], create_graph)
    assert g.data.tolist() == [1.0, -0.25, 1.0, -0.5]


THROUGH: dict[str, Callable[[Variable], Variable]] = {
    "reshape": lambda u: u.reshape(4).reshape(2, 2),
    "transpose": lambda u: u.T.T,
    "getitem": lambda u: ad.stack([u[0], u[1]]),
    "concatenate": lambda u: ad.concatenate([u[:1], u[1:]]),
    "broadcast_to": lambda u: ad.broadcast_to(u, (2, 2)),
    "arithmetic": lambda u: (2 * u + 1 - 1) / 2,
    "negative": lambda u: 0 - (-u),
    "sum_to": lambda u: ad.sum_to(u, (2, 2)),
}


@BOTH
@pytest.mark.parametrize("through", THROUGH.values(), ids=THROUGH.keys())
def test_a_choice_holds_through_what_moves_elements(
    through: Callable[[Variable], Variable], create_graph: bool
) -> None:
    x = var([[4.0, -1.0], [0.0, -4.0]])
    y = ad.where(x < 0, through(ad.log(x)), 3 * x)
    (g,) = grad(ad.where(x < 0, 0 * x, y), [x], create_graph)
    assert g.data.tolist() == [[3.0, 0.0], [3.0, 0.0]]
    (g,) = grad(ad.where(x < 0, 5 * x, through(ad.where(x < 0, ad.sqrt(x), x))), [x], create_graph)
    assert g.data.tolist() == [[1.0, 5.0], [1.0, 5.0]]


@BOTH
def test_a_choice_of_one_for_many_and_of_many_for_one(create_graph: bool) -> None:
    x, v = var(-4.0), var([1.0, 2.0, 3.0])
    y = ad.where(v > 5, ad.sqrt(x), v * x)
    gx, gv = grad(y, [x, v], create_graph, gy=np.array([1.0, 10.0, 100.0]))
    assert gx.data == 321.0
    assert gv.data.tolist() == [-4.0, -40.0, -400.0]
    y = ad.where(x > 0, ad.log(v - 1), v * v)
    assert grad(y, [v], create_graph)[0].data.tolist() == [2.0, 4.0, 6.0]


@BOTH
def test_a_function_of_the_users_in_the_branch_that_was_not_taken(create_graph: bool) -> None:
    x = var([-1.0, 4.0])
    (g,) = grad(ad.where(x < 0, x, Root()(ad.where(x < 0, 1.0, x))), [x], create_graph)
    assert g.data.tolist() == [1.0, 0.25]


@BOTH
@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x, z: ad.maximum(x, z), ([0.5, 1.0, 0.0], [0.5, 0.0, 1.0])),
        (lambda x, z: ad.minimum(x, z), ([0.5, 0.0, 1.0], [0.5, 1.0, 0.0])),
        (lambda x, z: ad.max(ad.stack([x, z]), axis=0), ([0.5, 1.0, 0.0], [0.5, 0.0, 1.0])),
        (lambda x, z: ad.min(ad.stack([x, z]), axis=0), ([0.5, 0.0, 1.0], [0.5, 1.0, 0.0])),
    ],
    ids=["maximum", "minimum", "max", "min"],
)
def test_ties_are_shared_evenly(function: Any, expected: Any, create_graph: bool) -> None:
    x, z = var([2.0, 3.0, 1.0]), var([2.0, 1.0, 3.0])
    gx, gz = grad(function(x, z), [x, z], create_graph)
    assert (gx.data.tolist(), gz.data.tolist()) == expected


def test_ties_of_three_are_shared_by_three() -> None:
    x = var([[5.0, 5.0, 5.0], [5.0, 1.0, 5.0]])
    (g,) = grad(ad.max(x, axis=1), [x])
    assert g.data == pytest.approx(np.array([[1 / 3] * 3, [0.5, 0, 0.5]]), rel=1e-15, abs=0.0)
    (g,) = grad(ad.max(x), [x])
    assert g.data == pytest.approx(0.2 * (x.data == 5.0), rel=1e-15, abs=0.0)


@BOTH
def test_what_is_not_the_greatest_may_be_anything(create_graph: bool) -> None:
    x = var(4.0)
    y = ad.maximum(x * x, ad.sqrt(x - 4.0))
    assert grad(y, [x], create_graph)[0].data == 8.0
    y = ad.min(ad.stack([x, 1 / (x - 4.0), x + 1]))
    assert grad(y, [x], create_graph)[0].data == 1.0


@BOTH
def test_clip_passes_what_is_inside(create_graph: bool) -> None:
    x = var([-1.0, 0.5, 3.0])
    low, high = var(0.0), var(2.0)
    y = ad.clip(x, low, high)
    assert y.data.tolist() == [0.0, 0.5, 2.0]
    gx, glow, ghigh = grad(y, [x, low, high], create_graph)
    assert gx.data.tolist() == [0.0, 1.0, 0.0]
    assert (glow.data, ghigh.data) == (1.0, 1.0)


@pytest.mark.parametrize("data", [0.0, [0.0, 0.0], -0.0], ids=["scalar", "vector", "minus 0"])
@pytest.mark.parametrize("name", ["abs", "relu", "sign", "floor", "ceil", "round"])
def test_at_0_what_has_a_kink_or_a_jump_has_slope_0(name: str, data: Any) -> None:
    x = var(data)
    y = getattr(ad, name)(x)
    for _ in range(3):
        (y,) = grad(y, [x], create_graph=True)
        assert y.data.tolist() == np.zeros(x.shape).tolist()


@BOTH
def test_comparisons_are_1_or_0_and_have_no_slope(create_graph: bool) -> None:
    x, z = var([1.0, 2.0, 3.0, np.nan]), var([2.0, 2.0, 2.0, 2.0])
    for y, expected in (
        (x < z, [1.0, 0.0, 0.0, 0.0]),
        (x <= z, [1.0, 1.0, 0.0, 0.0]),
        (x > z, [0.0, 0.0, 1.0, 0.0]),
        (x >= z, [0.0, 1.0, 1.0, 0.0]),
        (ad.equal(x, z), [0.0, 1.0, 0.0, 0.0]),
        (ad.not_equal(x, z), [1.0, 0.0, 1.0, 1.0]),
        (x < 2, [1.0, 0.0, 0.0, 0.0]),
    ):
        assert isinstance(y, Variable)
        assert y.dtype == np.float64
        assert y.data.tolist() == expected
        for g in grad(y * 3.0, [x, z], create_graph):
            assert g.data.tolist() == [0.0] * 4
