"""Gradients are their holder's own: writing into one changes nothing else."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Function, Variable, grad

BOTH = pytest.mark.parametrize("create_graph", [False, True], ids=["values", "graph"])


class Same(Function):
    """A Function whose output and gradients are arrays that it was given."""

    def forward(self, a: np.ndarray, b: np.ndarray) -> Any:
        return a.copy()

    def backward(self, gy: Variable) -> Any:
        return gy, self.inputs[0]


# Each of a and b, of shape (2, 2): what they have in common is that rules hand on what they get.
FORMULAS: dict[str, Callable[[Variable, Variable], Variable]] = {
    "a + b": lambda a, b: a + b,
    "a - b": lambda a, b: a - b,
    "a + b + a": lambda a, b: a + b + a,
    "(a + b) + (a + b)": lambda a, b: (a + b) + (a + b),
    "(a + b) * c": lambda a, b: (a + b) * [[1.0, 2.0], [3.0, 4.0]],
    "exp(a + b)": lambda a, b: ad.exp(a + b),
    "a * b": lambda a, b: a * b,
    "reshape": lambda a, b: a.reshape(4) + b.reshape(4),
    "transpose": lambda a, b: a.T + b.T,
    "sum": lambda a, b: (a + b).sum(),
    "sum of an axis": lambda a, b: (a + b).sum(axis=0),
    "sum of sums": lambda a, b: a.sum() + b.sum(),
    "broadcast_to": lambda a, b: ad.broadcast_to(a, (3, 2, 2)) + b,
    "sum_to itself": lambda a, b: ad.sum_to(a, (2, 2)) + ad.sum_to(b, (2, 2)),
    "matmul": lambda a, b: a @ b,
    "a @ a + b": lambda a, b: a @ a + b,
    "a function": lambda a, b: Same()(a, b),
    "negative": lambda a, b: -a - b,
    "pow": lambda a, b: a**1 + b**1,
    "abs": lambda a, b: abs(a) + abs(b),
}


def matrices() -> tuple[Variable, Variable]:
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    return Variable(a), Variable(a + 4.0)


def assert_apart(owned: list[Variable], others: list[Any]) -> None:
    arrays = [v.data for v in owned]
    for array in arrays:
        assert array.flags.writeable
        assert not any(np.shares_memory(array, other) for other in others)
    for one, other in combinations(arrays, 2):
        assert one is not other
        assert not np.shares_memory(one, other)


@pytest.mark.parametrize("retain_grad", [False, True], ids=["", "retained"])
@pytest.mark.parametrize("seeded", [False, True], ids=["", "seeded"])
@pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS.keys())
def test_gradients_of_backward(
    formula: Callable[..., Variable], seeded: bool, retain_grad: bool
) -> None:
    a, b = matrices()
    y = formula(a, b)
    seed = np.ones(y.shape)
    if seeded:
        y.grad = Variable(seed)
    y.backward(retain_grad=retain_grad)
    owned = [a.grad, b.grad]
    if retain_grad and not seeded:
        owned.append(y.grad)
    assert_apart(owned, [a.data, b.data, y.data, seed])
    # An array that does not own its memory keeps a larger one alive.
    assert all(v.data.flags.owndata for v in owned)


# A gradient that is a node of a graph may belong to several; one that is a constant may not.
CONSTANT = FORMULAS.keys() - {"exp(a + b)", "a function"}


@pytest.mark.parametrize("name", sorted(CONSTANT))
def test_gradients_of_backward_beside_graphs(name: str) -> None:
    a, b = matrices()
    y = FORMULAS[name](a, b)
    y.backward(create_graph=True)
    assert_apart([a.grad, b.grad], [a.data, b.data, y.data])


@pytest.mark.parametrize("seed", [None, "array", "variable"])
@pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS.keys())
def test_gradients_of_grad(formula: Callable[..., Variable], seed: Any) -> None:
    a, b = matrices()
    absent = Variable(np.ones((2, 2)))
    y = formula(a, b)
    array = np.ones(y.shape)
    gy = {None: None, "array": array, "variable": Variable(array)}[seed]
    gradients = grad(y, [a, b, absent, y, a], gy=gy)
    assert_apart(gradients, [a.data, b.data, absent.data, y.data, array])
    assert all(v.data.flags.owndata for v in gradients)


@BOTH
def test_of_scalars(create_graph: bool) -> None:
    a, b = Variable(np.array(2.0)), Variable(np.array(3.0))
    y = (a + b) * 2.0
    y.backward(retain_grad=True, create_graph=create_graph)
    assert_apart([a.grad, b.grad, y.grad], [a.data, b.data, y.data])
    a.grad.data[...] = 99.0
    assert b.grad.data == 2.0
    assert y.grad.data == 1.0


@BOTH
def test_of_narrow_and_of_integer_primals(create_graph: bool) -> None:
    for dtype in (np.float32, np.int64):
        a, b = Variable(np.ones(2, dtype)), Variable(np.ones(2, dtype))
        y = (a + b) * np.float64(1.0)
        y.backward(create_graph=create_graph)
        assert_apart([a.grad, b.grad], [a.data, b.data, y.data])


def test_of_a_leaf() -> None:
    x = Variable(np.array([1.0, 2.0]))
    x.backward()
    assert_apart([x.grad], [x.data])


def test_writing_into_one_does_not_change_the_next_sweep() -> None:
    a, b = Variable(np.array([1.0, 2.0])), Variable(np.array([3.0, 4.0]))
    y = a + b
    y.backward()
    a.grad.data[:] = 99.0
    assert b.grad.data.tolist() == [1.0, 1.0]
    assert y.data.tolist() == [4.0, 6.0]
    a.cleargrad()
    b.cleargrad()
    y.backward()
    assert a.grad.data.tolist() == [1.0, 1.0]


def test_an_optimiser_may_scale_gradients_in_place() -> None:
    w, b = Variable(np.ones((2, 2))), Variable(np.ones((2, 2)))
    (w + b).sum().backward()
    for v in (w, b):
        v.grad.data *= 0.5
    assert w.grad.data.tolist() == b.grad.data.tolist() == [[0.5, 0.5], [0.5, 0.5]]
