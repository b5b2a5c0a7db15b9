"""Matrix products of every combination of shapes, against sums over named indices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autodiff_cli.engine import Variable, grad, matmul, solve

Shape = tuple[int, ...]

every_shape = given(
    shapes=hnp.mutually_broadcastable_shapes(
        signature=np.matmul.signature, max_dims=2, max_side=3, min_side=0
    ),
    seed=st.integers(0, 10**6),
)
many = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def drawn(shape: Shape, seed: int) -> np.ndarray:
    return np.asarray(np.random.default_rng([seed, *shape]).uniform(-2.0, 2.0, shape))


def as_stacks(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors as the rows and columns that they are in a product."""
    return (a[None] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)


def summed_to(full: np.ndarray, shape: Shape) -> np.ndarray:
    """Sum over the stacks that were broadcast; bring vectors back."""
    for axis in range(-3, -len(shape) - 1, -1):
        if shape[axis] == 1:
            full = full.sum(axis=axis, keepdims=True)
    return full.sum(axis=tuple(range(full.ndim - len(shape))))


def product(a: np.ndarray, b: np.ndarray, shape: Shape) -> np.ndarray:
    left, right = as_stacks(a, b)
    return np.einsum("...nk,...km->...nm", left, right).reshape(shape)


def adjoints(a: np.ndarray, b: np.ndarray, gy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what the definition y[n, m] = sum over k of a[n, k] b[k, m] makes of ``gy``."""
    left, right = as_stacks(a, b)
    stack = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    gy = gy.reshape(*stack, left.shape[-2], right.shape[-1])
    ga = np.einsum("...nm,...km->...nk", gy, np.broadcast_to(right, (*stack, *right.shape[-2:])))
    gb = np.einsum("...nk,...nm->...km", np.broadcast_to(left, (*stack, *left.shape[-2:])), gy)
    if b.ndim == 1:
        gb = gb[..., 0]
    return summed_to(ga, a.shape), summed_to(gb, b.shape)


def close(expected: np.ndarray) -> Any:
    # Sums of up to 27 products of numbers up to 4, in another order.
    return pytest.approx(expected, rel=1e-13, abs=1e-13)


@many
@every_shape
def test_values_and_adjoints(shapes: hnp.BroadcastableShapes, seed: int) -> None:
    a, b = (drawn(shape, seed + i) for i, shape in enumerate(shapes.input_shapes))
    x, z = Variable(a), Variable(b)
    y = x @ z
    assert y.shape == shapes.result_shape
    assert y.data == close(product(a, b, y.shape))
    gy = drawn(y.shape, seed + 2)
    expected = adjoints(a, b, gy)
    for create_graph in (False, True):
        gx, gz = grad(y, [x, z], create_graph, gy)
        assert (gx.shape, gz.shape) == shapes.input_shapes
        assert gx.data == close(expected[0])
        assert gz.data == close(expected[1])
    assert grad(x @ b, [x], gy=gy)[0].data == close(expected[0])
    assert grad(a @ z, [z], gy=gy)[0].data == close(expected[1])


@many
@every_shape
def test_second_derivatives(shapes: hnp.BroadcastableShapes, seed: int) -> None:
    a, b = (drawn(shape, seed + i) for i, shape in enumerate(shapes.input_shapes))
    x, z, gy = Variable(a), Variable(b), Variable(drawn(shapes.result_shape, seed + 2))
    u, v = (drawn(shape, seed + 3 + i) for i, shape in enumerate(shapes.input_shapes))
    gx, gz = grad(matmul(x, z), [x, z], create_graph=True, gy=gy)
    # The product is bilinear: u·gx is <gy, u @ b>, so its derivatives are again adjoints.
    found = grad((gx * u).sum() + (gz * v).sum(), [x, z, gy])
    assert found[0].data == close(adjoints(a, v, gy.data)[0])
    assert found[1].data == close(adjoints(u, b, gy.data)[1])
    both = product(u, b, gy.shape) + product(a, v, gy.shape)
    assert found[2].data == close(both)


@pytest.mark.parametrize(
    "shapes", [((2,), (3,)), ((2, 3), (2, 3)), ((2, 2, 2), (3, 2, 2)), ((), (2,)), ((2,), ())]
)
def test_shapes_that_do_not_fit(shapes: tuple[Shape, Shape]) -> None:
    with pytest.raises(ValueError, match=r"matmul|broadcast"):
        Variable(np.ones(shapes[0])) @ Variable(np.ones(shapes[1]))


def test_a_quadratic_form() -> None:
    a = np.array([[2.0, 1.0], [0.0, 3.0]])
    x = Variable(np.array([1.0, -2.0]))
    y = x @ (a @ x)
    (g,) = grad(y, [x], create_graph=True)
    assert y.data == 2.0 - 2.0 + 12.0
    assert g.data.tolist() == ((a + a.T) @ x.data).tolist()
    rows = [grad(g, [x], gy=row)[0].data.tolist() for row in np.eye(2)]
    assert rows == (a + a.T).tolist()


def test_a_stack_of_matrices_and_one_vector() -> None:
    rng = np.random.default_rng(0)
    matrices, vector = rng.normal(size=(2, 2, 2)) + 3 * np.eye(2), rng.normal(size=2)
    weights = rng.normal(size=(2, 2))
    a, b = Variable(matrices), Variable(vector)
    ga, gb = grad((solve(a, b) * weights).sum(), [a, b])
    # Of y = inv(a) b: the adjoint of b is inv(a).T gy, that of a is -gb y.T.
    inverses = np.linalg.inv(matrices)
    each = [m.T @ w for m, w in zip(inverses, weights, strict=True)]
    assert gb.data == pytest.approx(sum(each), rel=1e-13)
    right = [-np.outer(g, m @ vector) for g, m in zip(each, inverses, strict=True)]
    assert ga.data == pytest.approx(np.array(right), rel=1e-13)
