"""Kinks and jumps are found, and the derivatives on either side of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Variable, as_variable, grad, kinks, one_sided, registry


def row_norms(x: Variable) -> Variable:
    return ad.norm(ad.stack([ad.stack([3 * x, 4 * x]), ad.stack([1.0, x])]), axis=1)


def columns(x: Variable) -> Variable:
    return ad.stack([ad.stack([x, x]), ad.stack([6 * x, -1.0])])


# Each function of x at 0, its derivative there from the left and from the right, by hand, and the
# one that is given by convention.
CASES: dict[str, tuple[Callable[[Variable], Variable], float, float, float]] = {
    "abs(x)": (lambda x: abs(x), -1.0, 1.0, 0.0),
    "x + abs(-2x)": (lambda x: x + abs(-2 * x), -1.0, 3.0, 1.0),
    "abs(abs(x))": (lambda x: abs(abs(x)), -1.0, 1.0, 0.0),
    "abs(sin x)": (lambda x: abs(ad.sin(x)), -1.0, 1.0, 0.0),
    "abs(x)**2": (lambda x: abs(x) ** 2, 0.0, 0.0, 0.0),
    "exp(abs(x))": (lambda x: ad.exp(abs(x)), -1.0, 1.0, 0.0),
    "relu(x)": (lambda x: ad.relu(x), 0.0, 1.0, 0.0),
    "relu(-x)": (lambda x: ad.relu(-x), -1.0, 0.0, 0.0),
    "max(2x, 5x)": (lambda x: ad.maximum(2 * x, 5 * x), 2.0, 5.0, 3.5),
    "min(x, x**2)": (lambda x: ad.minimum(x, x * x), 1.0, 0.0, 0.5),
    "max(x, x)": (lambda x: ad.maximum(x, x), 1.0, 1.0, 1.0),
    "clip(x, 0, 1)": (lambda x: ad.clip(x, 0.0, 1.0), 0.0, 1.0, 0.5),
    "clip(x, -1, 0)": (lambda x: ad.clip(x, -1.0, 0.0), 1.0, 0.0, 0.5),
    "sum of abs": (lambda x: ad.sum(abs(ad.stack([x, 2 * x]))), -3.0, 3.0, 0.0),
    "abs @ abs": (lambda x: abs(ad.stack([x, x])) @ np.array([1.0, 2.0]), -3.0, 3.0, 0.0),
    "hypot(3x, 4x)": (lambda x: ad.hypot(3 * x, 4 * x), -5.0, 5.0, 0.0),
    "hypot(x, x**2)": (lambda x: ad.hypot(x, x * x), -1.0, 1.0, 0.0),
    "norm": (lambda x: ad.norm(ad.stack([3 * x, 4 * x])), -5.0, 5.0, 0.0),
    "norm of one row": (lambda x: row_norms(x).sum(), -5.0, 5.0, 0.0),
    "max of three": (lambda x: ad.max(ad.stack([2 * x, 5 * x, x - 1])), 2.0, 5.0, 3.5),
    "min of three": (lambda x: ad.min(ad.stack([2 * x, 5 * x, x + 1])), 5.0, 2.0, 3.5),
    "max at 1": (lambda x: ad.max(ad.stack([x + 1, 1 - x, ad.exp(x)])), -1.0, 1.0, 1 / 3),
    "max along": (lambda x: ad.max(columns(x), axis=0).sum(), 2.0, 7.0, 4.5),
    "prod": (lambda x: ad.prod(ad.stack([abs(x), x + 2.0])), -2.0, 2.0, 0.0),
}


@pytest.mark.parametrize("name", CASES)
def test_both_sides_of_a_kink(name: str) -> None:
    function, left, right, given = CASES[name]
    x = as_variable(0.0)
    y = function(x)
    assert kinks(y)
    assert not any(kink.jump for kink in kinks(y))
    assert one_sided(y, x, -1.0) == pytest.approx(left, rel=1e-15, abs=0.0)
    assert one_sided(y, x, 1.0) == pytest.approx(right, rel=1e-15, abs=0.0)
    assert float(grad(y, [x])[0]) == given


@pytest.mark.parametrize("name", CASES)
def test_the_sides_are_limits_of_difference_quotients(name: str) -> None:
    function, left, right, _ = CASES[name]
    step = 2.0**-30
    at = [float(function(as_variable(h))) for h in (-step, 0.0, step)]
    assert (at[1] - at[0]) / step == pytest.approx(left, abs=1e-7)
    assert (at[2] - at[1]) / step == pytest.approx(right, abs=1e-7)


@pytest.mark.parametrize(
    ("name", "place"), [("floor", 2.0), ("ceil", 2.0), ("round", 2.5), ("sign", 0.0)]
)
def test_a_jump_has_no_derivative_on_either_side(name: str, place: float) -> None:
    x = as_variable(place)
    y = registry[name](x) * x
    (kink,) = kinks(y)
    assert kink.jump
    assert kink.operation == name
    assert one_sided(y, x, 1.0) is None
    assert kinks(registry[name](as_variable(place + 0.1))) == []


def test_away_from_them_there_is_nothing_to_report() -> None:
    x = as_variable(0.5)
    y = abs(x) + ad.maximum(x, 0.25) + ad.clip(x, 0.0, 1.0) + ad.floor(x) + ad.relu(-x)
    y = y + ad.max(ad.stack([x, 0.25, 0.25])) - ad.min(ad.stack([x, 0.75, 0.75]))
    y = y + ad.hypot(x, 0.0) - ad.norm(ad.stack([x, 0.0]))
    assert kinks(y) == []
    assert one_sided(y, x, 1.0) == float(grad(y, [x])[0]) == 3.0


def test_a_kink_of_one_element_is_one_of_the_call() -> None:
    x = Variable(np.array([1.0, 0.0, -1.0]))
    y = abs(x)
    (kink,) = kinks(y.sum())
    assert kink.call is y


@pytest.mark.parametrize(
    ("function", "operations"),
    [
        (lambda u: ad.max(ad.log(u), axis=0)[1], []),
        (lambda u: ad.max(ad.log(u), axis=0)[0], ["max"]),
        (lambda u: abs(u[:, 0] - 1.0)[0] + u[1, 1], ["abs"]),
        (lambda u: abs(u - 1.0)[1, 1], []),
        (lambda u: ad.where(u > 1.0, u, abs(u - 1.0))[1, 1], ["greater"]),
        (lambda u: ad.sum(ad.where(u > 1.0, u, abs(u - 1.0))), ["greater", "abs"]),
        (lambda u: ad.sum(ad.where(u < 9.0, u, abs(u - 1.0))), []),
        (lambda u: ad.maximum(ad.relu(u - 1.0)[0, 0], 5.0), []),
        (lambda u: (ad.relu(u - 1.0) @ u)[0, 1], ["relu"]),
        (lambda u: (ad.relu(u[::-1] - 1.0).T @ u)[1, 1], []),
        (lambda u: ad.floor(u).reshape(-1)[1:].sum(), ["floor"]),
        (lambda u: ad.floor(u + 0.5).reshape(-1)[1:].sum(), []),
        (lambda u: ad.norm(u - 1.0, axis=1)[0], []),
        (lambda u: ad.norm(u - u[:1], axis=1)[0], ["norm"]),
    ],
)
def test_elements_that_are_not_selected_have_no_kinks(
    function: Callable[[Variable], Variable], operations: list[str]
) -> None:
    y = function(Variable(np.array([[1.0, 2.0], [1.0, 3.0]])))
    assert [kink.operation for kink in kinks(y)] == operations
