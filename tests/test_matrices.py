"""Hessians, Jacobians and their products: textbooks, mpmath, and what must hold of any of them."""

from __future__ import annotations

import itertools
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autodiff_cli
from autodiff_cli import AdiffError
from formulas import FORMULAS, Formula
from test_formulas import NAMESPACE

ROSENBROCK = "(1-x)**2 + 100*(y-x**2)**2"
SMALL = st.floats(-2, 2)


def chain(n: int) -> str:
    """Return Rosenbrock's function of many scalar variables."""
    return " + ".join(f"100*(x{i + 1} - x{i}**2)**2 + (1 - x{i})**2" for i in range(n - 1))


def chain_hessian(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    n = x.size
    h = np.zeros((n, n))
    diagonal = np.zeros(n)
    diagonal[:-1] += 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    diagonal[1:] += 200
    i = np.arange(n - 1)
    h[np.arange(n), np.arange(n)] = diagonal
    h[i, i + 1] = h[i + 1, i] = -400 * x[:-1]
    return h


# --- Hessians -------------------------------------------------------------------------------------


def test_rosenbrocks_hessian_is_the_textbooks() -> None:
    # Nocedal, Wright, Numerical Optimization (2006), exercise 2.1: at the minimum (1, 1).
    found = autodiff_cli.hessian(ROSENBROCK, {"x": 1, "y": 1})
    assert found.names == ["x", "y"]
    np.testing.assert_array_equal(found.matrix, [[802, -400], [-400, 200]])
    assert found["x", "y"].shape == ()


@pytest.mark.parametrize("n", [2, 10, 300])
def test_rosenbrock_in_many_variables_as_scalars_and_as_a_vector(n: int) -> None:
    x = np.linspace(-1.2, 1.3, n)
    expected = chain_hessian(x)
    scalars = autodiff_cli.hessian(chain(n), {f"x{i}": value for i, value in enumerate(x)})
    order = [scalars.names.index(f"x{i}") for i in range(n)]
    np.testing.assert_allclose(scalars.matrix[np.ix_(order, order)], expected, rtol=1e-13)
    vector = "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)"
    found = autodiff_cli.hessian(vector, {"x": x})["x", "x"]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-11)


@given(st.lists(st.floats(-9, 9), min_size=9, max_size=9))
def test_a_quadratic_form_gives_twice_its_matrix(entries: list[float]) -> None:
    a = np.reshape(entries, (3, 3))
    at = {"A": a + a.T, "x": [1, -2, 3]}
    found = autodiff_cli.hessian("x @ A @ x", at, wrt="x")
    np.testing.assert_allclose(found["x", "x"], 2 * (a + a.T), rtol=1e-12, atol=1e-12)


def test_blocks_have_the_shapes_of_both_variables() -> None:
    at = {"A": [[1, 2, 3], [4, 5, 6]], "x": [1, 2, 3], "s": 2}
    found = autodiff_cli.hessian("s * sum((A @ x)**2)", at)
    assert set(found) == set(itertools.product(found.names, repeat=2))
    assert found["A", "x"].shape == (2, 3, 3)
    assert found["s", "A"].shape == (2, 3)
    assert found["A", "A"].shape == (2, 3, 2, 3)
    np.testing.assert_array_equal(found["A", "x"], np.moveaxis(found["x", "A"], 0, -1))
    a, x = np.array(at["A"], float), np.array(at["x"], float)
    np.testing.assert_allclose(found["x", "x"], 2 * 2 * a.T @ a)
    np.testing.assert_allclose(found["s", "x"], 2 * a.T @ a @ x)
    assert found.matrix.shape == (10, 10)


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda f: f.name)
def test_it_is_mpmaths(formula: Formula) -> None:
    names = list(formula.at)
    found = autodiff_cli.hessian(formula.text, formula.at)
    with mpmath.workdps(50):
        f = eval(f"lambda {', '.join(names)}: {formula.text}", dict(NAMESPACE))
        point = tuple(mpmath.mpf(float(value)) for value in formula.at.values())
        for (i, x), (j, y) in itertools.product(enumerate(names), repeat=2):
            orders = tuple((k == i) + (k == j) for k in range(len(names)))
            expected = float(mpmath.diff(f, point, orders))
            np.testing.assert_allclose(found[x, y], expected, rtol=1e-12, atol=1e-14)


FUNCTION = "exp(-x*y)*sin(u + 2*x) + sum(v**3)*u/(2 + y**2) + prod(v)"


@settings(deadline=None)
@given(SMALL, SMALL, SMALL, st.lists(SMALL, min_size=3, max_size=3), st.randoms())
def test_symmetric_and_the_same_as_its_products(
    x: float, y: float, u: float, v: list[float], random: Any
) -> None:
    at = {"x": x, "y": y, "u": u, "v": v}
    h = autodiff_cli.hessian(FUNCTION, at)
    assert (h.matrix == h.matrix.T).all()
    direction = {"x": 0.3, "y": random.uniform(-1, 1), "u": -2.0, "v": [1.0, 0.5, -0.25]}
    whole = np.concatenate([np.ravel(direction[name]) for name in h.names])
    product = autodiff_cli.hvp(FUNCTION, at, direction)
    assert product["v"].shape == (3,)
    found = np.concatenate([np.ravel(product[name]) for name in h.names])
    np.testing.assert_allclose(found, h.matrix @ whole, rtol=1e-10, atol=1e-10)


def test_an_infinite_slope_stays_where_it_is() -> None:
    found = autodiff_cli.hessian("sum(x**1.5)", {"x": [0, 1]})["x", "x"]
    np.testing.assert_array_equal(found, [[np.inf, 0], [0, 0.75]])


def test_no_variables_have_an_empty_hessian() -> None:
    assert dict(autodiff_cli.hessian("1 + 2", {})) == {}
    assert autodiff_cli.jacobian("1 + 2, 3", {}) == {}


# --- Jacobians ------------------------------------------------------------------------------------


@given(SMALL, SMALL)
def test_polar_coordinates(r: float, t: float) -> None:
    found = autodiff_cli.jacobian("r*cos(t), r*sin(t)", {"r": r, "t": t})
    np.testing.assert_allclose(found["r"], [np.cos(t), np.sin(t)], rtol=1e-14)
    np.testing.assert_allclose(found["t"], [-r * np.sin(t), r * np.cos(t)], rtol=1e-14)


@pytest.mark.parametrize("rows", [2, 5], ids=["wide", "tall"])
def test_a_linear_map_is_its_own_jacobian(rows: int) -> None:
    a = np.arange(rows * 3.0).reshape(rows, 3)
    found = autodiff_cli.jacobian("A @ x", {"A": a, "x": [1, 2, 3]}, wrt="x")
    np.testing.assert_array_equal(found["x"], a)


def test_the_jacobian_of_a_matrix_has_the_shapes_of_both() -> None:
    found = autodiff_cli.jacobian("A * s", {"A": [[1, 2], [3, 4]], "s": 3})
    np.testing.assert_array_equal(found["s"], [[1, 2], [3, 4]])
    np.testing.assert_array_equal(found["A"].reshape(4, 4), 3 * np.eye(4))


def test_an_output_knows_nothing_of_the_slopes_of_another() -> None:
    found = autodiff_cli.jacobian("sqrt(x), x", {"x": 0})
    np.testing.assert_array_equal(found["x"], [np.inf, 1])
    found = autodiff_cli.jacobian("sqrt(x)", {"x": [0, 1]})
    np.testing.assert_array_equal(found["x"], [[np.inf, 0], [0, 0.5]])
    found = autodiff_cli.jacobian("sqrt(x * [1, 4, 9])", {"x": 1})
    np.testing.assert_array_equal(found["x"], [0.5, 1, 1.5])


@settings(deadline=None)
@given(SMALL, SMALL, SMALL)
def test_the_jacobian_of_the_gradient_is_the_hessian(x: float, y: float, z: float) -> None:
    at = {"x": x, "y": y, "z": z}
    gradient = "2*x*y + cos(z), x**2 + z**3, 3*y*z**2 - x*sin(z)"
    h = autodiff_cli.hessian("x**2*y + x*cos(z) + y*z**3", at)
    rows = np.stack(list(autodiff_cli.jacobian(gradient, at).values()), axis=1)
    np.testing.assert_allclose(rows, h.matrix, rtol=1e-13, atol=1e-13)


# --- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: autodiff_cli.hessian("x, y", {"x": 1, "y": 1}), "not-a-scalar"),
        (lambda: autodiff_cli.hvp("x, y", {"x": 1, "y": 1}, {"x": 1, "y": 1}), "not-a-scalar"),
        (lambda: autodiff_cli.hessian("x", {"x": 1}, wrt="z"), "unknown-variable"),
        (lambda: autodiff_cli.hessian("x", {"x": 1}, wrt=["x", "x"]), "repeated-variable"),
        (lambda: autodiff_cli.jacobian("x", {}), "missing-value"),
        (lambda: autodiff_cli.hvp("x*y", {"x": 1, "y": 1}, {"x": 1}), "missing-value"),
        (lambda: autodiff_cli.hvp("x", {"x": 1}, {"x": 1, "z": 2}), "unknown-variable"),
        (lambda: autodiff_cli.hvp("x", {"x": 1}, {"x": [1, 2]}), "bad-value"),
        (lambda: autodiff_cli.hvp("x", {"x": 1}, {"x": "much"}), "bad-value"),
        (lambda: autodiff_cli.hessian("sum(x)", {"x": np.ones(5000)}), "too-large"),
        (lambda: autodiff_cli.jacobian("x", {"x": np.ones(5000)}), "too-large"),
    ],
)
def test_what_cannot_be_asked(call: Any, code: str) -> None:
    with pytest.raises(AdiffError) as caught:
        call()
    assert caught.value.code == code


@pytest.mark.parametrize("key", ["x", ("x",), ("x", "z"), ("x", "y", "x"), 0, slice(None)])
def test_a_key_that_is_no_pair_of_variables_says_what_is(key: Any) -> None:
    found = autodiff_cli.hessian("x**2*y", {"x": 1, "y": 2})
    with pytest.raises(KeyError, match="the Hessian has no block") as caught:
        found[key]
    assert isinstance(caught.value, autodiff_cli.AdiffError)
    assert "`['x', '" in (caught.value.hint or "")
    assert key not in found or isinstance(key, slice)
