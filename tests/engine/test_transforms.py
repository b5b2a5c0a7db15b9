"""Functions made of functions, under the names of HIPS autograd: what is expected is by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from math import exp as math_exp
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli import check_grads
from autodiff_cli.derive.gradient_check import WrongGradientError
from autodiff_cli.engine import Function, Variable, add_at, no_grad, set_at, transforms
from autodiff_cli.engine.transforms import (
    checkpoint,
    elementwise_grad,
    grad,
    grad_and_aux,
    hessian,
    hessian_vector_product,
    hvp,
    jacobian,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
    tensor_jacobian_product,
    value_and_grad,
)
from autodiff_cli.errors import UsageError

X = np.array([0.3, 0.5, -0.2])


def cubes(x: Any) -> Any:
    return np.sum(x**3)


def test_gradients() -> None:
    np.testing.assert_allclose(grad(cubes)(X), 3 * X**2, rtol=1e-15)
    value, slope = value_and_grad(cubes)(X)
    assert (type(value), type(slope)) == (float, np.ndarray)
    assert value == pytest.approx((X**3).sum(), rel=1e-15)
    np.testing.assert_allclose(elementwise_grad(np.sin)(X), np.cos(X), rtol=1e-15)
    slope, aux = grad_and_aux(lambda x: (cubes(x), x * 2.0))(X)
    assert aux.tolist() == (2.0 * X).tolist()
    assert grad(lambda x: 3.0)(2.0) == 0.0
    assert grad(lambda x: x)(2) == 1.0


def test_by_several_arguments_and_by_containers() -> None:
    def product(a: Any, b: Any, *, scale: float = 1.0) -> Any:
        return scale * a * b**2

    assert grad(product)(2.0, 3.0) == 9.0
    assert grad(product, 1)(2.0, 3.0, scale=2.0) == 24.0
    assert grad(product, argnum=(1, 0))(2.0, 3.0) == (12.0, 9.0)
    parameters = {"w": X, "b": [1.0, (2.0, 3.0)]}
    found = grad(lambda p: np.sum(p["w"]) * p["b"][0] * p["b"][1][1])(parameters)
    assert found["w"].tolist() == [3.0] * 3
    assert found["b"] == [pytest.approx(1.8), (0.0, pytest.approx(0.6))]


def test_derivatives_of_derivatives() -> None:
    for n, want in enumerate([np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x)], start=1):
        f: Callable[..., Any] = np.sin
        for _ in range(n):
            f = grad(f)
        assert f(0.7) == pytest.approx(want(0.7), rel=1e-15)
    # The inner derivative is by z alone, although both are the same number.
    assert grad(lambda x: x * grad(lambda z: x * z)(x))(3.0) == 6.0
    assert grad(lambda y: grad(lambda x: x * y)(2.0) * y)(3.0) == 6.0


def test_matrices_and_products() -> None:
    a = np.arange(6.0).reshape(2, 3)
    assert jacobian(lambda x: a @ x)(X).tolist() == a.tolist()
    np.testing.assert_allclose(hessian(cubes)(X), np.diag(6 * X), rtol=1e-15)
    v = np.array([1.0, -2.0, 0.5])
    for product in (
        hvp(cubes)(X, v),
        hessian_vector_product(cubes)(X, v),
        make_hvp(cubes)(X)[0](v),
    ):
        np.testing.assert_allclose(product, 6 * X * v, rtol=1e-15)
    np.testing.assert_allclose(make_hvp(cubes)(X)[1], 3 * X**2, rtol=1e-15)
    pull, y = make_vjp(lambda x: a @ x)(X)
    np.testing.assert_allclose(y, a @ X, rtol=1e-15)
    assert pull(np.array([1.0, 2.0])).tolist() == (np.array([1.0, 2.0]) @ a).tolist()
    y, t = make_jvp(lambda x: a @ x)(X)(v)
    np.testing.assert_allclose(t, a @ v, rtol=1e-15)
    assert tensor_jacobian_product(lambda x: a @ x)(X, np.array([1.0, 2.0])).tolist() == [6, 9, 12]
    np.testing.assert_allclose(make_ggnvp(lambda x: x**2)(X)(v), 4 * X**2 * v, rtol=1e-15)


def test_a_checkpoint_has_the_derivatives_and_less_of_a_graph() -> None:
    def steps(x: Any) -> Any:
        for _ in range(20):
            x = np.sin(x) + x
        return x

    def loss(f: Any) -> Callable[..., Any]:
        return lambda x: np.sum(f(x) ** 2)

    np.testing.assert_array_equal(grad(loss(checkpoint(steps)))(X), grad(loss(steps))(X))
    np.testing.assert_allclose(
        hessian(loss(checkpoint(steps)))(X), hessian(loss(steps))(X), rtol=1e-12, atol=1e-12
    )
    y = checkpoint(steps)(Variable(X))
    assert y.creator is not None
    assert y.creator.inputs[0].creator is None


def test_mistakes_are_said() -> None:
    with pytest.raises(TypeError, match="single number, and this one has shape"):
        grad(lambda x: x * 2.0)(X)
    with pytest.raises(TypeError, match="takes a function, not Variable"):
        grad(Variable(X))
    assert grad(cubes).__name__ == "grad_of_cubes"
    assert all(getattr(transforms, name).__doc__ for name in transforms.__all__)


class Doubled(Function):
    """Its rule is right for the first derivative only."""

    def forward(self, x: Any) -> Any:
        return x * x

    def backward(self, gy: Any) -> Any:
        return gy * 2.0 * self.inputs[0] * 1.001


def test_gradients_are_checked_in_both_modes() -> None:
    assert check_grads(lambda x: ad.sin(x) * ad.exp(x), 0.3, order=3).error < 1e-6
    for modes in (["fwd"], ["rev"], ("fwd", "rev")):
        assert check_grads(cubes, X, 2, modes).error < 1e-6
        with pytest.raises(WrongGradientError, match="wrong"):
            check_grads(lambda x: Doubled()(x), 0.5, 1, modes)
    with pytest.raises(UsageError, match="no mode `both`"):
        check_grads(cubes, X, modes=["both"])


# --- elements, and Python's own functions --------------------------------------------------------


def test_elements_are_replaced() -> None:
    x, v = Variable(X), Variable(np.array(2.0))
    y = set_at(x, 1, v)
    assert y.data.tolist() == [0.3, 2.0, -0.2]
    assert [g.data.tolist() for g in ad.grad((y * y).sum(), [x, v])] == [[0.6, 0.0, -0.4], 4.0]
    y = add_at(x, [0, 0, 2], v)
    assert y.data.tolist() == [4.3, 0.5, 1.8]
    assert ad.grad((y * y).sum(), v).item() == pytest.approx(2 * (2 * 4.3 + 1.8))
    y = set_at(x, x > 0.0, -x[x > 0.0])
    assert y.data.tolist() == [-0.3, -0.5, -0.2]
    # What was replaced leaves no trace, whatever its slope is.
    z = Variable(np.array([0.0, 4.0]))
    assert ad.grad(set_at(ad.sqrt(z), 0, 1.0).sum(), z).data.tolist() == [0.0, 0.25]
    with pytest.raises(TypeError, match=r"`x = set_at\(x, i, v\)`"):
        x[0] = 1.0
    assert [row.shape for row in Variable(np.ones((2, 3)))] == [(3,), (3,)]
    pairs = zip(x, Variable(X), strict=True)
    assert ad.grad(sum(a * b for a, b in pairs), x).data.tolist() == X.tolist()
    assert 0.5 in x
    assert 7.0 not in x


def through_a_name(x: Any) -> Any:
    return math_exp(x * 2.0)


@pytest.mark.parametrize(
    "call", [lambda v: math.sin(v), through_a_name, lambda v: math.hypot(1.0, v)]
)
def test_the_math_module_does_not_detach_silently(call: Any) -> None:
    for v in (Variable(np.array(0.5)), Variable(np.array(0.25)) * 2.0):
        with pytest.raises(TypeError, match=r"`v\.item\(\)`, the number alone"):
            call(v)
        with no_grad():
            assert call(v) == call(v.item())


def test_a_number_is_had_where_it_is_asked_for() -> None:
    v = Variable(np.array(1.5)) * 1.0
    assert (float(v), int(v), v.item(), f"{v:.1f}") == (1.5, 1, 1.5, "1.5")
    assert (math.isnan(v), math.isfinite(v), math.floor(v), math.ceil(v)) == (False, True, 1, 2)
    assert list(map(float, [v])) == [1.5]
