"""The functional form of the sweep, and cutting a graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Function, Variable, grad, no_grad
from autodiff_cli.engine.variable import reachable

BOTH = pytest.mark.parametrize("create_graph", [False, True], ids=["values", "graph"])


def var(value: Any) -> Variable:
    return Variable(np.array(value))


class Added(Function):
    """A user's `add`."""

    def forward(self, a: np.ndarray, b: np.ndarray) -> Any:
        return a + b

    def backward(self, gy: Variable) -> Any:
        return gy, gy


# --- grad ----------------------------------------------------------------------------------------


@BOTH
def test_grad_leaves_every_grad_alone(create_graph: bool) -> None:
    x, z, own = var(2.0), var(3.0), var(7.0)
    a = x * z
    y = a * a
    x.grad = a.grad = y.grad = own
    first = grad(y, [x, z, a], create_graph)
    assert [g.data for g in first] == [36.0, 24.0, 12.0]
    assert x.grad is a.grad is y.grad is own
    assert own.data == 7.0
    assert z.grad is None


@BOTH
def test_the_gradient_of_what_lies_between(create_graph: bool) -> None:
    x = var(2.0)
    a = x * x
    b = a * a
    y = b * a
    gy, gb, ga, gx, again = grad(y, [y, b, a, x, a], create_graph)
    # y = a³, though b = a² is a way to it as well
    assert [v.data for v in (gy, gb, ga, gx, again)] == [1.0, 4.0, 48.0, 192.0, 48.0]


@BOTH
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (1, 2)], ids=str)
def test_where_nothing_depends_the_gradient_is_zero(
    shape: tuple[int, ...], create_graph: bool
) -> None:
    x, absent = var([1.0, 2.0]), Variable(np.ones(shape))
    apart = absent * 2
    gx, g, h = grad(x * x, [x, absent, apart], create_graph)
    assert gx.data.tolist() == [2.0, 4.0]
    for zero in (g, h):
        assert zero.shape == shape
        assert zero.data.tolist() == np.zeros(shape).tolist()
        assert grad(zero, [absent])[0].data.tolist() == np.zeros(shape).tolist()
    x.grad = None
    (x * x).backward()
    assert absent.grad is None


def test_sign_has_no_slope() -> None:
    x = var(2.0)
    assert grad(ad.sign(x) * 3, [x])[0].data == 0.0


def test_no_gradient_asked_for() -> None:
    assert grad(var(1.0) * 2, []) == []


@BOTH
def test_grad_of_a_leaf(create_graph: bool) -> None:
    x, z = var([1.0, 2.0]), var(1.0)
    gx, gz = grad(x, [x, z], create_graph)
    assert gx.data.tolist() == [1.0, 1.0]
    assert gz.data == 0.0


@pytest.mark.parametrize("gy", [var([1.0, 10.0]), np.array([1.0, 10.0]), np.array([1, 10])])
def test_grad_takes_a_seed(gy: Any) -> None:
    x = var([1.0, 2.0])
    for create_graph in (False, True):
        assert grad(x * x, [x], create_graph, gy)[0].data.tolist() == [2.0, 40.0]


def test_a_seed_can_be_differentiated_too() -> None:
    x, v = var([1.0, 2.0]), var([1.0, 10.0])
    (g,) = grad(x**3, [x], create_graph=True, gy=v)
    assert grad(g, [v])[0].data.tolist() == [3.0, 12.0]


# --- cutting ------------------------------------------------------------------------------------


@pytest.mark.parametrize("looked", [False, True], ids=["", "creator looked at"])
def test_unchain_makes_a_leaf(looked: bool) -> None:
    x = var(2.0)
    a = x * x
    if looked:
        assert a.creator is not None
    a.unchain()
    assert a.creator is None
    y = a * 3
    y.backward()
    assert x.grad is None
    assert a.grad.data == 3.0
    assert grad(y, [x])[0].data == 0.0


def test_unchain_on_a_users_function() -> None:
    x = var(2.0)
    a = Added()(x, x)
    a.unchain()
    assert a.creator is None
    (a * 3).backward()
    assert a.grad.data == 3.0
    assert x.grad is None


def test_unchain_backward_cuts_everything_before() -> None:
    x = var(2.0)
    a = x * x
    b = a * x
    y = b + a
    side = a * 5
    y.unchain_backward()
    assert [v.creator for v in (y, b, a)] == [None, None, None]
    side.backward()
    assert x.grad is None
    assert a.grad.data == 5.0


def test_values_of_a_recurrence_survive_truncated_backpropagation() -> None:
    w, h = var(0.5), var(1.0)
    for _ in range(3):
        for _ in range(4):
            h = w * h
        w.cleargrad()
        before = float(h) / 0.5**4
        h.backward()
        # Within a window h = w⁴·h₀ with h₀ cut off.
        assert w.grad.data == pytest.approx(4 * 0.5**3 * before, rel=1e-15, abs=0.0)
        h.unchain_backward()


def test_results_of_no_grad_are_constants() -> None:
    x = var(2.0)
    with no_grad():
        c = x * x
    (c * x).backward()
    assert x.grad.data == 4.0


def test_many_uses_meet_in_one_sum() -> None:
    x = var(2.0)
    y = x
    for _ in range(5):
        y = y * x + x
    (gx,) = grad(y, [x], create_graph=True)
    assert [v.operation.name for v in reachable([gx])].count("total") == 1
    assert gx.data == 6 * 2.0**5 + sum(k * 2.0 ** (k - 1) for k in range(1, 6))
    assert grad(gx, [x])[0].data == 30 * 2.0**4 + sum(
        k * (k - 1) * 2.0 ** (k - 2) for k in range(2, 6)
    )


def test_where_adjoints_with_and_without_structural_zeros_meet() -> None:
    x = var(0.0)
    root = ad.sqrt(x)
    y = ad.where(x >= 1.0, root, x) + 2.0 * x + 3.0 * x + ad.where(x >= 1.0, root * x, 4.0 * x)
    (gx,) = grad(y, [x], create_graph=True)
    assert gx.data == 10.0
    assert grad(y, [x])[0].data == 10.0
