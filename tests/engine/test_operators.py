"""Operators and methods of a Variable: either side, any kind of number, broadcasting."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Variable, grad

Binary = Callable[[Any, Any], Any]

# Each operator with its partial derivatives, from any calculus table.
CALCULUS: dict[Binary, tuple[Binary, Binary]] = {
    operator.add: (lambda a, b: 1.0 + 0 * (a + b), lambda a, b: 1.0 + 0 * (a + b)),
    operator.sub: (lambda a, b: 1.0 + 0 * (a + b), lambda a, b: -1.0 + 0 * (a + b)),
    operator.mul: (lambda a, b: b + 0 * a, lambda a, b: a + 0 * b),
    operator.truediv: (lambda a, b: 1 / b + 0 * a, lambda a, b: -a / b**2),
    operator.pow: (lambda a, b: b * a ** (b - 1), lambda a, b: a**b * np.log(a)),
}

OTHERS: dict[str, Any] = {
    "int": 3,
    "float": 0.5,
    "bool": True,
    "float64": np.float64(2.5),
    "float32": np.float32(2.5),
    "int64": np.int64(2),
    "list": [1, 2.5, 3],
    "nested list": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
    "tuple": (1.0, 2.0, 3.0),
    "0-d array": np.array(2.5),
    "0-d integers": np.array(2),
    "integers": np.array([1, 2, 3]),
    "vector": np.array([1.0, 2.0, 3.0]),
    "matrix": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
    "column": np.array([[1.0], [2.0]]),
}


def var(value: Any) -> Variable:
    return Variable(np.array(value))


def summed_to(full: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum over leading axes: all the broadcasting that the operands here need."""
    return np.asarray(full).reshape(-1, *shape).sum(axis=0)


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
@pytest.mark.parametrize("x", [2.0, [2.0, 0.5, 1.5]], ids=["scalar", "vector"])
@pytest.mark.parametrize("op", CALCULUS, ids=lambda op: op.__name__)
def test_operators_take_any_number_on_either_side(op: Binary, x: Any, other: Any) -> None:
    a, b = np.array(x), np.asarray(other, float)
    left, right = CALCULUS[op]
    for args, values in (((v := var(x), other), (a, b)), ((other, w := var(x)), (b, a))):
        y = op(*args)
        assert isinstance(y, Variable)
        assert y.shape == np.broadcast(a, b).shape
        assert y.data == pytest.approx(op(*values), rel=1e-15, abs=0.0)
        y.backward()
    assert v.grad.shape == w.grad.shape == a.shape
    assert v.grad.data == pytest.approx(summed_to(left(a, b), a.shape), rel=1e-15, abs=0.0)
    assert w.grad.data == pytest.approx(summed_to(right(b, a), a.shape), rel=1e-15, abs=0.0)


@pytest.mark.parametrize("shapes", [((), ()), ((3,), (3,)), ((3,), ()), ((2, 1), (3,))], ids=str)
@pytest.mark.parametrize("op", CALCULUS, ids=lambda op: op.__name__)
def test_operators_take_variables_on_both_sides(
    op: Binary, shapes: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    rng = np.random.default_rng(1)
    a, b = (rng.uniform(0.5, 3.0, shape) for shape in shapes)
    x, z = Variable(a), Variable(b)
    y = op(x, z)
    assert y.data == pytest.approx(op(a, b), rel=1e-15, abs=0.0)
    for v, partial in zip(grad(y, [x, z]), CALCULUS[op], strict=True):
        full = partial(a, b)
        # The places at which an operand was repeated are those at which its index is the same.
        shape = a.shape if partial is CALCULUS[op][0] else b.shape
        expected = np.zeros(shape)
        indices = np.broadcast_to(np.arange(expected.size).reshape(shape), full.shape)
        np.add.at(expected.reshape(-1), indices, full)
        assert v.shape == shape
        assert v.data == pytest.approx(expected, rel=1e-14, abs=0.0)


def test_one_variable_on_both_sides() -> None:
    for op, derivative in (
        (operator.add, 2.0),
        (operator.sub, 0.0),
        (operator.mul, 6.0),
        (operator.truediv, 0.0),
        (operator.pow, 27.0 * (np.log(3.0) + 1.0)),
    ):
        x = var(3.0)
        op(x, x).backward()
        assert x.grad.data == pytest.approx(derivative, rel=1e-15, abs=0.0)


def test_signs() -> None:
    for value in (-2.0, [-2.0, 3.0]):
        x = var(value)
        assert (-x).data.tolist() == (-np.array(value)).tolist()
        assert abs(x).data.tolist() == np.abs(value).tolist()
        (-x).backward()
        assert x.grad.data.tolist() == (-np.ones_like(value)).tolist()


@pytest.mark.parametrize("other", [10**20, -(10**20), 6 * 10**23, 10**308, -(10**308)], ids=str)
def test_integers_may_be_longer_than_a_machine_word(other: int) -> None:
    x = var(0.5)
    assert (x * other).data == 0.5 * float(other)
    assert (other + x).data == float(other)
    assert (x / other).data == 0.5 / float(other)
    assert ad.add(other, x).data == float(other)


def test_integers_beyond_all_floats_are_infinite() -> None:
    x = var(2.0)
    assert (x + 10**309).data == np.inf
    assert (-(10**1000) * x).data == -np.inf


def test_plain_operands_are_not_differentiated_and_not_changed() -> None:
    array = np.array([1.0, 2.0])
    y = array * var([3.0, 4.0]) + [1, 1]
    y.backward()
    assert array.tolist() == [1.0, 2.0]


def test_in_place_operators_make_a_new_variable() -> None:
    x = y = var(2.0)
    y += 1
    y *= x
    assert x.data == 2.0
    assert y.data == 6.0
    y.backward()
    assert x.grad.data == 5.0


@pytest.mark.parametrize("other", ["a", None, object(), {}, 1j], ids=lambda o: type(o).__name__)
@pytest.mark.parametrize("op", [*CALCULUS, operator.matmul], ids=lambda op: op.__name__)
def test_what_is_no_number_is_a_type_error_on_either_side(op: Binary, other: Any) -> None:
    with pytest.raises(TypeError):
        op(var([1.0, 2.0]), other)
    with pytest.raises(TypeError):
        op(other, var([1.0, 2.0]))


@pytest.mark.parametrize("op", [*CALCULUS, operator.matmul], ids=lambda op: op.__name__)
def test_shapes_that_do_not_fit_are_a_value_error(op: Binary) -> None:
    with pytest.raises(ValueError, match=r"shape|dimension|match"):
        op(var([1.0, 2.0]), var([1.0, 2.0, 3.0]))


@pytest.mark.parametrize("exponent", [3, 3.0, np.int64(3), np.array(3), np.array(3.0)], ids=repr)
@pytest.mark.parametrize("value", [-2.0, -0.0, 0.0, 2.0])
def test_powers_with_a_literal_integer_hold_at_every_base(value: float, exponent: Any) -> None:
    for x in (var(value), var([value, value])):
        y = x**exponent
        for derivative in (value**3, 3 * value**2, 6 * value, 6.0, 0.0):
            assert y.data == pytest.approx(np.full(x.shape, derivative), rel=1e-15, abs=0.0)
            (y,) = grad(y, [x], create_graph=True)


def test_each_element_may_have_a_literal_integer_for_its_power() -> None:
    x = var([-2.0, 0.0, 0.0, 3.0])
    y = x ** [3, 2, 0, 1]
    for derivative in ([-8, 0, 1, 3], [12, 0, 0, 1], [-12, 2, 0, 0], [6, 0, 0, 0]):
        assert y.data.tolist() == derivative
        (y,) = grad(y, [x], create_graph=True)


def test_a_number_to_the_power_of_a_variable() -> None:
    x = var(3.0)
    y = 2**x
    for order in range(4):
        assert y.data == pytest.approx(8.0 * np.log(2.0) ** order, rel=1e-15, abs=0.0)
        (y,) = grad(y, [x], create_graph=True)


# --- methods -------------------------------------------------------------------------------------


def test_reshape_takes_its_shape_in_every_form() -> None:
    x = var(np.arange(6.0))
    for y in (x.reshape(2, 3), x.reshape((2, 3)), x.reshape([2, 3]), ad.reshape(x, (2, 3))):
        assert y.data.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert x.reshape(-1, 2).shape == (3, 2)
    assert x.reshape((6, 1)).reshape(6).data.tolist() == list(range(6))
    (g,) = grad(x.reshape(2, 3) * [[1, 2, 3], [4, 5, 6]], [x])
    assert g.data.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_transpose_takes_its_axes_in_every_form() -> None:
    data = np.arange(24.0).reshape(2, 3, 4)
    x = var(data)
    assert np.array_equal(x.T.data, data.T)
    assert np.array_equal(x.transpose().data, data.T)
    assert np.array_equal(ad.transpose(x).data, data.T)
    for y in (
        x.transpose(1, 2, 0),
        x.transpose((1, 2, 0)),
        x.transpose([1, 2, 0]),
        x.transpose(1, -1, -3),
        ad.transpose(x, axes=(1, 2, 0)),
    ):
        assert np.array_equal(y.data, data.transpose(1, 2, 0))
        (g,) = grad(y * data.transpose(1, 2, 0), [x])
        assert np.array_equal(g.data, data)


def test_sum_takes_axis_and_keepdims() -> None:
    data = np.arange(24.0).reshape(2, 3, 4)
    x = var(data)
    assert x.sum().data == 276.0
    for axis in (0, -1, (0, 2), (-1, 0)):
        for keepdims in (False, True):
            y = x.sum(axis=axis, keepdims=keepdims)
            assert np.array_equal(y.data, data.sum(axis=axis, keepdims=keepdims))
            (g,) = grad(y, [x])
            assert np.array_equal(g.data, np.ones_like(data))
    assert x.sum(0).shape == (3, 4)


def test_matrix_products_with_plain_operands_on_either_side() -> None:
    a, b = [[1.0, 2.0], [3.0, 4.0]], [5.0, 6.0]
    for left, right in ((var(a), b), (a, var(b)), (np.array(a), var(b)), (var(a), np.array(b))):
        assert (left @ right).data.tolist() == [17.0, 39.0]
    x = var(b)
    (np.array(a) @ x).backward()
    assert x.grad.data.tolist() == [4.0, 6.0]
