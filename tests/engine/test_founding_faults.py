"""The faults of the tutorial that this engine descends from: none may come back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Variable, grad


def var(value: Any) -> Variable:
    return Variable(np.array(value))


def test_broadcast_to_broadcasts_to_the_shape_that_was_asked_for() -> None:
    """There, `BroadcastTo.forward` broadcast to the shape of its own input."""
    x = var([1.0, 2.0, 3.0])
    y = ad.broadcast_to(x, (2, 3))
    assert y.data.tolist() == [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]
    (y * [[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]).backward()
    assert x.grad.data.tolist() == [11.0, 22.0, 33.0]


@pytest.mark.parametrize("data", [3.0, [3.0, 4.0], [[3.0], [4.0]]], ids=["0-d", "1-d", "2-d"])
def test_sub_of_equal_shapes_has_gradients(data: Any) -> None:
    """There, `Sub.backward` used names that were bound only if the shapes differed."""
    a, b = var(data), var(data)
    (a - b).backward()
    assert a.grad.data.tolist() == np.ones(a.shape).tolist()
    assert b.grad.data.tolist() == (-np.ones(b.shape)).tolist()


def test_sub_of_different_shapes_has_gradients() -> None:
    a, b = var([[1.0, 2.0], [3.0, 4.0]]), var([1.0, 2.0])
    (a - b).backward()
    assert a.grad.data.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert b.grad.data.tolist() == [-2.0, -2.0]


@pytest.mark.parametrize("data", [1.0, [0.0, 1.0]], ids=["0-d", "1-d"])
def test_exp_can_be_differentiated_again(data: Any) -> None:
    """There, `Exp.backward` called NumPy on a Variable."""
    x = var(data)
    y = ad.exp(2 * x)
    for order in range(4):
        assert y.data == pytest.approx(2**order * np.exp(2 * x.data), rel=1e-15, abs=0.0)
        (y,) = grad(y, [x], create_graph=True)


def test_a_gradient_of_an_array_can_be_accumulated() -> None:
    """There, `x.grad == None` asked each element."""
    x = var([1.0, 2.0])
    (x * 2).backward()
    assert (x.grad == None) is False  # noqa: E711
    (x * x).backward()
    assert x.grad.data.tolist() == [4.0, 6.0]


@pytest.mark.parametrize("data", [0.0, [0.0, 0.0], 0], ids=["0-d", "1-d", "integer"])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_derivatives_of_a_power_beyond_its_degree_are_zero_at_zero(n: int, data: Any) -> None:
    """There, the third derivative of x**2 at 0 was 0 * 0**-1, which is nan."""
    x = var(data)
    y = x**n
    for _ in range(n + 1):
        (y,) = grad(y, [x], create_graph=True)
    assert y.data.tolist() == np.zeros(x.shape).tolist()


@pytest.mark.parametrize("left", [np.array(10.0), np.array([10.0, 20.0]), np.array([[1.0, 2.0]])])
def test_an_array_on_the_left_does_not_swallow_the_variable(left: np.ndarray) -> None:
    """There, `ndarray + Variable` was an object array of Variables."""
    x = var([1.0, 2.0])
    for y, expected in (
        (left + x, left + x.data),
        (left - x, left - x.data),
        (left * x, left * x.data),
        (left / x, left / x.data),
        (left**x, left**x.data),
    ):
        assert isinstance(y, Variable)
        assert y.dtype == np.float64
        assert y.data.tolist() == expected.tolist()
    if left.ndim:
        assert isinstance(left @ x, Variable)
        assert (left @ x).data.tolist() == (left @ x.data).tolist()


def test_a_scalar_of_numpy_on_the_left_does_not_swallow_the_variable() -> None:
    x = var(3.0)
    for y in (np.float64(2.0) * x, np.float32(2.0) * x, np.int64(2) * x):
        assert isinstance(y, Variable)
        assert y.data == 6.0


def test_the_work_list_is_not_sorted_again_at_every_insertion() -> None:
    """There, a graph that is 50,000 calls wide took minutes: n² log n."""
    leaves = [var(float(i)) for i in range(50_000)]
    squares = [x * x for x in leaves]
    while len(squares) > 1:
        pairs = zip(squares[::2], squares[1::2], strict=False)
        rest = squares[-1:] if len(squares) % 2 else []
        squares = [a + b for a, b in pairs] + rest
    squares[0].backward()
    assert [float(x.grad) for x in leaves] == [2.0 * i for i in range(50_000)]


def test_sum_of_a_reshaped_transpose_goes_back_to_where_it_came_from() -> None:
    x = var([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    y = (x.T.reshape(2, 3) * [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).sum()
    # x.T read row by row is 1, 4, 2, 5, 3, 6.
    assert y.data == 1 + 8 + 6 + 20 + 15 + 36
    y.backward()
    assert x.grad.data.tolist() == [[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]
