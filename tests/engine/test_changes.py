"""Data changed between the forward pass and a derivative of it: noticed where it matters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Function, Variable, grad, jvp, registry
from autodiff_cli.engine.changes import ChangedDataError, contents
from autodiff_cli.errors import AdiffError

CHANGES: dict[str, Callable[[Variable, np.ndarray], None]] = {
    "an element": lambda x, array: x.data.__setitem__(..., 0.75),
    "another array": lambda x, array: setattr(x, "data", np.full(x.shape, 0.75)),
    "the caller's array": lambda x, array: array.__setitem__(..., 0.75),
    "in place": lambda x, array: x.data.__iadd__(0.25),
}

# Operations of one argument that follow from it alone, at points where all of them are defined.
UNARY = [
    op
    for op in registry.values()
    if op.arity == 1
    and not op.variadic
    and op.name not in {"asec", "acsc", "acosh", "acoth"}
    and not set(op.statics) & {"shape", "index", "dtype"}
    and op.metadata.domain[0].low < 0.5
    and op.name not in {"trace", "det", "inv", "logdet"}
]


def differentiate(op: Any, change: Callable[..., None] | None, shape: Any, create: bool) -> Any:
    array = np.full(shape, 0.5)
    x = Variable(array)
    y = op(x)
    if change is not None:
        change(x, array)
    return grad(y, x, create, gy=np.ones(y.shape)).data


@pytest.mark.parametrize("create", [False, True], ids=["values", "graph"])
@pytest.mark.parametrize("shape", [(), (3,), (60, 60)], ids=str)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("op", UNARY, ids=lambda op: op.name)
def test_the_derivative_is_that_of_the_forward_pass_or_none(
    op: Any, change: Callable[..., None], shape: Any, create: bool
) -> None:
    if (
        op.name in {"softmax", "logsumexp", "max", "min", "norm", "prod", "mean", "sum"}
        and not shape
    ):
        shape = (2,)
    expected = differentiate(op, None, shape, create)
    try:
        found = differentiate(op, change, shape, create)
    except ChangedDataError:
        return
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_where_no_value_is_needed_nothing_is_said(change: Callable[..., None]) -> None:
    for f in (lambda x: x + 1.0, lambda x: 2.0 * x, lambda x: np.eye(2) @ x, lambda x: -x[::-1]):
        array = np.array([0.5, 0.5])
        x = Variable(array)
        y = f(x)
        change(x, array)
        grad(y, x)


def noticed(y: Variable, x: Variable) -> None:
    for derivative in (lambda: y.backward(), lambda: grad(y, x), lambda: jvp(y, x, x.data)):
        with pytest.raises(AdiffError, match="have changed since"):
            derivative()


def test_what_is_handed_out_in_between_is_watched_too() -> None:
    x = Variable(np.array([1.0, 2.0]))
    h = ad.exp(x)
    y = (h * h).sum()
    h.data[0] = 5.0
    noticed(y, x)
    h = ad.exp(x)
    view, y = h.reshape(2, 1), h.sum()
    view.data[0] = 5.0
    noticed(y, x)
    number = ad.as_variable(2.0)
    y = number * number
    number.data[...] = 5.0
    noticed(y, number)


def test_a_constant_and_an_index_that_change() -> None:
    x, c = Variable(np.array([1.0, 2.0])), np.array([3.0, 4.0])
    y = (x * c).sum()
    c[0] = 9.0
    noticed(y, x)
    index = np.array([0, 0])
    y = x[index]
    index[0] = 1
    assert grad(y, x).data.tolist() == [2.0, 0.0]


def test_a_function_of_the_user() -> None:
    class Square(Function):
        def forward(self, x: Any) -> Any:
            return x * x

        def backward(self, gy: Any) -> Any:
            return 2 * self.inputs[0] * gy

    x = Variable(np.array([1.0, 2.0]))
    y = Square()(x)
    x.data[0] = 3.0
    noticed(y, x)


def test_the_old_value_put_back_is_no_change() -> None:
    x = Variable(np.array([3.0, 4.0]))
    y = (x * x).sum()
    x.data[0] = 9.0
    x.data[0] = 3.0
    assert grad(y, x).data.tolist() == [6.0, 8.0]


def test_training_changes_data_after_each_derivative() -> None:
    x = Variable(np.array([3.0, 4.0]))
    for _ in range(3):
        y = (x * x).sum()
        x.cleargrad()
        y.backward()
        x.data -= 0.25 * x.grad.data
    assert x.data.tolist() == [0.375, 0.5]
    number = ad.as_variable(3.0)
    for _ in range(2):
        y = number * number
        number.data = number.data - 0.25 * grad(y, number).data
    assert number.data == 0.75


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i4", "i8", "?"])
@pytest.mark.parametrize("shape", [(7,), (50_001,), (300, 201), (60, 1021)], ids=str)
def test_contents_tell_arrays_apart(dtype: str, shape: Any) -> None:
    rng = np.random.default_rng(0)
    array = rng.uniform(-9.0, 9.0, shape).astype(dtype)
    if dtype == "?":
        array = rng.random(shape) < 0.5
    flat = array.reshape(-1)
    before = contents(array)
    assert contents(array.copy()) == before
    for k in (0, array.size // 2, array.size - 1):
        old, flat[k] = flat[k], not flat[k] if dtype == "?" else flat[k] + flat.dtype.type(1)
        assert contents(array) != before
        flat[k] = old
    assert contents(array) == before
    reversed_ = flat[::-1].reshape(shape)
    assert contents(np.ascontiguousarray(reversed_)) != before
    shuffled = rng.permutation(flat).reshape(shape)
    assert contents(shuffled) != before
    exchanged = array[[1, 0, *range(2, len(array))]]
    assert (contents(exchanged) != before) == (not np.array_equal(exchanged, array))
