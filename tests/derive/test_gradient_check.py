"""A check of gradients lets right ones pass, and names the rule that makes one wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autodiff_cli
from autodiff_cli.derive.gradient_check import WrongGradientError, check_grads
from autodiff_cli.engine import Function, Operation, as_variable, grad, ops, value_of
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.errors import UsageError
from engine.outside import ELEMENTWISE, OTHERS, apply, example_case, ordinary_samples

DIFFERENTIABLE = [op for op in [*ELEMENTWISE, *OTHERS] if any(op.vjps) or op.variadic]


def arguments(op: Operation) -> tuple[list[Any], dict[str, Any]]:
    """Return arguments at which an operation has derivatives."""
    if isinstance(op, Elementwise):
        points = ordinary_samples(op).points[:2]
        return [np.array([float(p[i]) for p in points]) for i in range(op.arity)], (
            {"n": 1} if "n" in op.statics else {}
        )
    case = example_case(op)
    return [np.asarray(x, float) for x in case.tensors()], dict(case.params)


@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=lambda op: op.name)
def test_a_wrong_rule_is_found_and_a_right_one_passes(op: Operation) -> None:
    xs, params = arguments(op)

    class Bent(Function):
        def forward(self, *values: Any) -> Any:
            return value_of(apply(op, values, params))

        def backward(self, gy: Any) -> Any:
            inputs = list(self.inputs)
            return [1.01 * g for g in grad(apply(op, inputs, params), inputs, True, gy)]

    assert check_grads(lambda *vs: apply(op, vs, params), tuple(xs), order=1).error < 1e-7
    moving = any(
        np.any(value_of(g)) for g in _gradient(lambda *vs: ops.sum(apply(op, vs, params) ** 2), xs)
    )
    if moving:
        with pytest.raises(WrongGradientError, match="the rule of `Bent`"):
            check_grads(lambda *vs: ops.sum(Bent()(*vs) ** 2), tuple(xs), order=1)


def _gradient(f: Any, xs: list[Any]) -> list[Any]:
    variables = [as_variable(np.array(x, float)) for x in xs]
    return grad(f(*variables), variables)


class Cube(Function):
    def forward(self, x: Any) -> Any:
        return x**3

    def backward(self, gy: Any) -> Any:
        (x,) = self.inputs
        return Slope()(x) * gy


class Slope(Function):
    """The derivative of a cube, with a wrong derivative of its own."""

    def forward(self, x: Any) -> Any:
        return 3 * x**2

    def backward(self, gy: Any) -> Any:
        (x,) = self.inputs
        return 7 * x * gy


def test_the_element_the_error_and_the_order_are_named() -> None:
    assert check_grads(lambda x: Cube()(x).sum(), [1.0, 2.0], order=1).error < 1e-10
    # The second derivative is 6x and comes out as 7x: by a sixth too large, or a seventh.
    with pytest.raises(WrongGradientError) as raised:
        check_grads(lambda x: Cube()(x).sum(), [0.0, 2.0])
    said = raised.value.message
    assert "order 2 is wrong at element [1]" in said
    assert "relative error 0.14" in said
    assert "the rule of `Slope` is wrong" in said
    assert raised.value.code == "wrong-gradient"


def test_several_arguments_and_orders() -> None:
    def f(a: Any, x: Any, b: Any) -> Any:
        return ops.tanh(a @ x + b) ** 2

    shapes = ((2, 3), (3,), (2,))
    rng = np.random.default_rng(0)
    checked = check_grads(f, tuple(rng.normal(size=s) for s in shapes), order=3)
    assert checked.error < 1e-7
    assert checked.undecided == 0


def test_of_functions_on_numpy() -> None:
    def f(x: Any) -> Any:
        return np.sum(x**3)

    right = [lambda x: 3 * x**2, lambda x: np.diag(6 * x)]
    assert autodiff_cli.check_grads(f, [1.0, 2.0], grads=right).error < 1e-10
    with pytest.raises(WrongGradientError, match=r"order 2 is wrong at element \[0, 1\]"):
        check_grads(f, [1.0, 2.0], grads=[right[0], lambda x: np.array([[6 * x[0], 1], [0, 12]])])
    with pytest.raises(WrongGradientError, match=r"element \[1\] of argument 1: it gives 9"):
        check_grads(
            lambda x, y: np.sum(x * y**2),
            (np.array([1.0, 2.0]), np.array([3.0, 4.0])),
            grads=lambda x, y: (y**2, np.array([6.0, 9.0])),
        )
    with pytest.raises(UsageError, match="not on the engine"):
        check_grads(lambda x: 3.0, [1.0, 2.0])
    with pytest.raises(UsageError, match="shape"):
        check_grads(f, [1.0, 2.0], grads=lambda x: 3.0)


def test_at_a_kink_nothing_is_told() -> None:
    assert check_grads(ops.abs, [0.0, 1.0], modes=["rev"]).undecided == 1
    assert check_grads(ops.abs, [0.0, 1.0], modes=["fwd"]).undecided == 1
