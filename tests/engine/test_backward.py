"""The backward sweep: what it adds up, in which order, and what it leaves behind."""

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


class Counted(Function):
    """A user's `add`, so that its calls can be counted."""

    calls = 0

    def forward(self, a: np.ndarray, b: np.ndarray) -> Any:
        return a + b

    def backward(self, gy: Variable) -> Any:
        Counted.calls += 1
        return gy, gy


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    Counted.calls = 0


# --- order -------------------------------------------------------------------------------------


@BOTH
def test_shared_subgraphs_in_the_right_order(create_graph: bool) -> None:
    x = var(2.0)
    a = ad.square(x)
    y = ad.square(a) + ad.square(a)
    y.backward(create_graph=create_graph)
    assert y.data == 32.0
    assert x.grad.data == 64.0


@BOTH
def test_paths_of_different_lengths_meet(create_graph: bool) -> None:
    x = var(1.5)
    a = x * x
    b = ad.square(ad.square(a))
    y = a * b + x * b + b
    # x^10 + x^9 + x^8
    y.backward(create_graph=create_graph)
    assert x.grad.data == 10 * 1.5**9 + 9 * 1.5**8 + 8 * 1.5**7


@BOTH
@pytest.mark.parametrize("add", [lambda a, b: a + b, lambda a, b: Counted()(a, b)])
def test_a_ladder_of_2_to_the_60_paths(add: Callable[..., Variable], create_graph: bool) -> None:
    x = var(1.0)
    y = x
    for _ in range(60):
        y = add(y, y)
    y.backward(create_graph=create_graph)
    assert x.grad.data == 2.0**60
    assert Counted.calls in (0, 60)


@BOTH
def test_each_function_is_called_once(create_graph: bool) -> None:
    x = var(1.0)
    a = Counted()(x, x)
    b, c = Counted()(a, x), Counted()(a, a)
    y = Counted()(b, c)
    Counted()(y, a)  # leads to no output
    y.backward(create_graph=create_graph)
    assert x.grad.data == 7.0
    assert Counted.calls == 4


def test_a_function_of_several_outputs_is_called_once() -> None:
    calls = []

    class Both(Function):
        def forward(self, x: np.ndarray) -> Any:
            return x + 1, x * 3

        def backward(self, ga: Variable, gb: Variable) -> Any:
            calls.append((float(ga), float(gb)))
            return ga + 3 * gb

    x = var(2.0)
    a, b = Both()(x)
    y = ad.square(ad.square(a)) * b
    y.backward()
    assert calls == [(4 * 27 * 6.0, 81.0)]
    assert x.grad.data == 4 * 27 * 6.0 + 3 * 81.0


@pytest.mark.parametrize(
    ("function", "at", "expected"),
    [
        (lambda x, y: x**2 + y**2, (1.0, 1.0), (2.0, 2.0)),
        (lambda x, y: 0.26 * (x**2 + y**2) - 0.48 * x * y, (1.0, 1.0), (0.04, 0.04)),
        (
            lambda x, y: (
                (1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2))
                * (
                    30
                    + (2 * x - 3 * y) ** 2
                    * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
                )
            ),
            (1.0, 1.0),
            (-5376.0, 8064.0),
        ),
        (lambda x, y: 100 * (y - x**2) ** 2 + (x - 1) ** 2, (0.0, 2.0), (-2.0, 400.0)),
    ],
    ids=["sphere", "matyas", "goldstein-price", "rosenbrock"],
)
def test_the_tutorials_functions(
    function: Callable[..., Variable], at: tuple[float, ...], expected: tuple[float, ...]
) -> None:
    xs = [var(value) for value in at]
    function(*xs).backward()
    assert [float(x.grad) for x in xs] == pytest.approx(expected, rel=1e-13, abs=0.0)


# --- leaves and seeds ----------------------------------------------------------------------------


@pytest.mark.parametrize("data", [3.0, [3.0, 4.0], 3, [[3]]], ids=str)
def test_on_a_leaf_backward_is_the_identity(data: Any) -> None:
    x = var(data)
    x.backward()
    assert x.grad.dtype == np.float64
    assert x.grad.data.tolist() == np.ones(np.shape(data)).tolist()
    x.grad = Variable(np.full(np.shape(data), 5.0))
    x.backward()
    assert x.grad.data.tolist() == np.full(np.shape(data), 5.0).tolist()


@BOTH
def test_the_seed_is_given_through_the_outputs_grad(create_graph: bool) -> None:
    x = var([1.0, 2.0, 3.0])
    y = x * x
    y.grad = var([1.0, 10.0, 100.0])
    y.backward(create_graph=create_graph)
    assert x.grad.data.tolist() == [2.0, 40.0, 600.0]


@BOTH
def test_without_a_seed_it_is_ones(create_graph: bool) -> None:
    x = var([1.0, 2.0, 3.0])
    (x * x).backward(create_graph=create_graph)
    assert x.grad.data.tolist() == [2.0, 4.0, 6.0]


def test_a_seed_of_the_wrong_shape_is_an_error() -> None:
    y = var([1.0, 2.0]) * 2
    y.grad = var(1.0)
    with pytest.raises(ValueError, match=r"\(2,\)"):
        y.backward()
    with pytest.raises(ValueError, match=r"\(2,\)"):
        grad(y, [], gy=np.ones((2, 1)))


# --- accumulating ------------------------------------------------------------------------------


def test_gradients_accumulate_and_can_be_cleared() -> None:
    x = var(3.0)
    (x + x).backward()
    assert x.grad.data == 2.0
    (x * x).backward()
    assert x.grad.data == 8.0
    x.cleargrad()
    assert x.grad is None
    (x + x + x).backward()
    assert x.grad.data == 3.0


@pytest.mark.parametrize("data", [2.0, [2.0, 3.0]], ids=["scalar", "vector"])
def test_accumulating_records_nothing_unless_asked_to(data: Any) -> None:
    x = var(data)
    for _ in range(3):
        (x * x).backward()
    assert x.grad.data.tolist() == (6 * np.array(data)).tolist()
    assert x.grad.creator is None
    assert x.grad.generation == 0


def test_accumulating_with_create_graph_differentiates_the_sum() -> None:
    x = var(2.0)
    (x**3).backward(create_graph=True)
    (x**2).backward(create_graph=True)
    gx = x.grad
    assert gx.data == 16.0
    x.cleargrad()
    gx.backward()
    assert x.grad.data == 14.0


def test_accumulating_does_not_write_into_what_was_handed_out() -> None:
    x = var([1.0, 2.0])
    (x * 2).backward()
    first = x.grad
    (x * 3).backward()
    assert first.data.tolist() == [2.0, 2.0]
    assert x.grad.data.tolist() == [5.0, 5.0]


@BOTH
def test_gradients_in_between_are_released_unless_retained(create_graph: bool) -> None:
    x = var(3.0)
    a = x * x
    y = a * 2
    y.backward(create_graph=create_graph)
    assert y.grad is None
    assert a.grad is None
    assert x.grad.data == 12.0
    x.cleargrad()
    y.backward(retain_grad=True, create_graph=create_graph)
    assert y.grad.data == 1.0
    assert a.grad.data == 2.0
    assert x.grad.data == 12.0


def test_a_gradient_without_create_graph_is_a_leaf() -> None:
    x = var([2.0, 3.0])
    y = x**3
    y.backward()
    assert x.grad.creator is None
    assert grad(y, [x])[0].creator is None


# --- higher order --------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [2.0, 2, [2.0, 2.0], [[2]]], ids=str)
def test_every_order_of_a_polynomial(data: Any) -> None:
    x = var(data)
    y = x**4 - 2 * x**2
    assert (y.data == 8.0).all()
    for expected in (24.0, 44.0, 48.0, 24.0):
        x.cleargrad()
        y.backward(create_graph=True)
        y = x.grad
        assert y.shape == x.shape
        assert y.data.tolist() == np.full(x.shape, expected).tolist()
    assert grad(y, [x])[0].data.tolist() == np.zeros(x.shape).tolist()
    x.cleargrad()


def test_sine_goes_round() -> None:
    x = var(1.0)
    y = ad.sin(x)
    for order in range(13):
        expected = (np.sin, np.cos, lambda v: -np.sin(v), lambda v: -np.cos(v))[order % 4](1.0)
        assert y.data == pytest.approx(expected, rel=1e-15, abs=0.0)
        (y,) = grad(y, [x], create_graph=True)


def test_newtons_method_as_in_the_tutorial() -> None:
    x = var(2.0)
    for _ in range(10):
        y = x**4 - 2 * x**2
        x.cleargrad()
        y.backward(create_graph=True)
        gx = x.grad
        x.cleargrad()
        gx.backward()
        x.data = x.data - gx.data / x.grad.data
    assert x.data == 1.0


def test_a_gradient_is_as_good_as_any_variable() -> None:
    x = var(2.0)
    y = x**2
    y.backward(create_graph=True)
    gx = x.grad
    x.cleargrad()
    (gx**3 + y).backward()
    # 24x² + 2x
    assert x.grad.data == 100.0


def test_hessians_of_several_variables() -> None:
    x, z = var(2.0), var(3.0)
    y = x**3 * z**2
    hessian = [[float(h) for h in grad(g, [x, z])] for g in grad(y, [x, z], create_graph=True)]
    assert hessian == [[6 * 2 * 9.0, 6 * 4 * 3.0], [6 * 4 * 3.0, 2 * 8.0]]


@pytest.mark.parametrize("shape", [(2,), (1, 2), (1, 1), (2, 1)])
def test_a_literal_that_is_broadcast_leaves_the_gradient_its_shape(shape: tuple[int, ...]) -> None:
    x = var(np.ones((2, 2)))
    y = x * np.full(shape, 3.0)
    y.backward()
    assert x.grad.shape == (2, 2)
    assert np.array_equal(x.grad.data, np.full((2, 2), 3.0))
