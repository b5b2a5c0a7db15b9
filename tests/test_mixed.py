"""Mixed partial derivatives: of any order, in any order of the variables."""

from __future__ import annotations

import itertools
from typing import Any

import mpmath
import numpy as np
import pytest

import autodiff_cli
from autodiff_cli import AdiffError

FUNCTION = "exp(-x*y) * sin(x + 2*z) / (1 + z**2)"
POINT = {"x": 0.7, "y": -0.4, "z": 1.3}


def reference(orders: tuple[int, int, int]) -> float:
    def f(x: mpmath.mpf, y: mpmath.mpf, z: mpmath.mpf) -> mpmath.mpf:
        return mpmath.exp(-x * y) * mpmath.sin(x + 2 * z) / (1 + z**2)

    with mpmath.workdps(60):
        return float(mpmath.diff(f, tuple(POINT.values()), orders))


@pytest.mark.parametrize("orders", [(1, 1, 0), (2, 0, 1), (1, 2, 1), (0, 2, 3)])
def test_it_is_mpmaths_whichever_way_the_variables_come(orders: tuple[int, int, int]) -> None:
    names = "".join(name * n for name, n in zip("xyz", orders, strict=True))
    for wrt in set(itertools.permutations(names)):
        (found,) = autodiff_cli.grad(FUNCTION, POINT, list(wrt), mixed=True).values()
        np.testing.assert_allclose(found, reference(orders), rtol=1e-13)


def test_a_repeated_name_is_one_mixed_partial_under_all_its_names() -> None:
    found = autodiff_cli.grad("x**3 * y", {"x": 2, "y": 5}, wrt=["x", "x", "y"])
    assert list(found.items()) == [("x,x,y", 12.0)]
    found = autodiff_cli.grad("x**3 * y", {"x": 2, "y": 5}, wrt=["x", "y"])
    assert list(found.items()) == [("x", 60.0), ("y", 8.0)]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"wrt": ["x", "x"], "order": 2}, "mixed-order"),
        ({"mixed": True}, "no-variable"),
        ({"wrt": ["x", "z", "x"]}, "unknown-variable"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict[str, object], code: str) -> None:
    with pytest.raises(AdiffError) as caught:
        autodiff_cli.grad("x*y", {"x": 1, "y": 2}, **arguments)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_a_tensor_has_no_mixed_partial() -> None:
    with pytest.raises(AdiffError, match="single numbers"):
        autodiff_cli.grad("y*sum(x**2)", {"x": [1, 2], "y": 1}, ["x", "y"], mixed=True)


def test_what_is_returned_is_nobody_elses() -> None:
    # The derivative is the very number that was given for y.
    y = np.array(3.0)
    found = autodiff_cli.grad("x*x*y/2", {"x": 2.0, "y": y}, wrt="x", order=2)
    assert found["x"] == 3.0
    found["x"][...] = 9.0
    assert y == 3.0


@pytest.mark.parametrize("order", [1, 2, 3, 20])
def test_what_was_not_chosen_leaves_no_trace_at_any_order(order: int) -> None:
    assert autodiff_cli.grad("sqrt(max(x, 0))", {"x": -1.0}, order=order) == {"x": 0.0}


def test_a_derivative_by_one_element_has_its_shape() -> None:
    at = {"x": [2.0], "y": 3.0}
    assert autodiff_cli.grad("sum(x**4)", {"x": [2.0]}, order=2)["x"].tolist() == [48.0]
    assert autodiff_cli.grad("sum(x**3)*y", at, wrt=["x", "x", "y"])["x,x,y"] == 12.0
    assert autodiff_cli.grad("sum(x**3)*y", at, wrt=["y", "x", "x"])["y,x,x"].tolist() == [12.0]


@pytest.mark.parametrize("order", [-1, 2.0, "2"])
def test_an_order_is_a_whole_number(order: Any) -> None:
    for call in (
        lambda: autodiff_cli.grad("x**3", {"x": 2}, order=order),
        lambda: autodiff_cli.taylor("exp(x)", {"x": 0}, order=order),
        lambda: autodiff_cli.formula("x**3", order=order),
    ):
        with pytest.raises(AdiffError) as caught:
            call()
        assert caught.value.code == "bad-option"
