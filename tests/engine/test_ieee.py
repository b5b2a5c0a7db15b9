"""Arithmetic where it has no ordinary answer: IEEE 754's, without a warning or an exception."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Operation, Variable, as_variable, grad
from engine.outside import ELEMENTWISE

INF, NAN = math.inf, math.nan

# function of one variable, where, value, derivative; NaN stands for NaN
CASES: dict[str, tuple[Callable[[Variable], Variable], float, float, float]] = {
    "1/0": (lambda x: 1 / x, 0.0, INF, -INF),
    "1/-0": (lambda x: 1 / x, -0.0, -INF, -INF),
    "-1/0": (lambda x: -1 / x, 0.0, -INF, INF),
    "0/0": (lambda x: x / x, 0.0, NAN, NAN),
    "x/0": (lambda x: x / 0, 2.0, INF, INF),
    "x/0 at -2": (lambda x: x / 0, -2.0, -INF, INF),
    "0*inf": (lambda x: x * INF, 0.0, NAN, INF),
    "inf-inf": (lambda x: x - x, INF, NAN, 0.0),
    "exp overflows": (ad.exp, 1000.0, INF, INF),
    "exp underflows": (ad.exp, -1000.0, 0.0, 0.0),
    "product overflows": (lambda x: x * 1e200, 1e200, INF, 1e200),
    "square overflows": (lambda x: x * x, 1e200, INF, 2e200),
    "sum overflows": (lambda x: x + x, 1.5e308, INF, 2.0),
    "negative overflow": (lambda x: x * -1e200, 1e200, -INF, -1e200),
    "derivative overflows": (lambda x: ad.exp(2 * x), 354.8, math.exp(709.6), INF),
    "log(0)": (ad.log, 0.0, -INF, INF),
    "log(-1)": (ad.log, -1.0, NAN, -1.0),
    "sqrt(0)": (ad.sqrt, 0.0, 0.0, INF),
    "sqrt(-1)": (ad.sqrt, -1.0, NAN, NAN),
    "sin(inf)": (ad.sin, INF, NAN, NAN),
    "tanh(inf)": (ad.tanh, INF, 1.0, 0.0),
    "sinh overflows": (ad.sinh, 1000.0, INF, INF),
    "cosh overflows": (ad.cosh, -1000.0, INF, -INF),
    "abs(0)": (abs, 0.0, 0.0, 0.0),
    "abs(-inf)": (abs, -INF, INF, -1.0),
    "nan": (lambda x: x * 2 + 1, NAN, NAN, 2.0),
    "0**0": (lambda x: x**0, 0.0, 1.0, 0.0),
    "0**1": (lambda x: x**1, 0.0, 0.0, 1.0),
    "0**2": (lambda x: x**2, 0.0, 0.0, 0.0),
    "0**0.5": (lambda x: x**0.5, 0.0, 0.0, INF),
    "0**-1": (lambda x: x**-1, 0.0, INF, -INF),
    "0**-2": (lambda x: x**-2, 0.0, INF, -INF),
    "(-8)**(1/3)": (lambda x: x ** (1 / 3), -8.0, NAN, NAN),
    "power overflows": (lambda x: x**2000, 10.0, INF, INF),
    "negative power overflows": (lambda x: x**2001, -10.0, -INF, INF),
    "0**x at 2": (lambda x: 0**x, 2.0, 0.0, 0.0),
    "inf**x at 2": (lambda x: INF**x, 2.0, INF, INF),
    "(-2)**x at 3": (lambda x: (-2.0) ** x, 3.0, -8.0, NAN),
    "2**x overflows": (lambda x: 2**x, 2000.0, INF, INF),
    "1**inf": (lambda x: 1**x, INF, 1.0, 0.0),
}


@pytest.fixture(params=["warn", "raise"], autouse=True)
def _numpy_would_complain(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run every test as NumPy is set by default (its warnings are errors here) and as strict."""
    with np.errstate(all=request.param):
        yield


FORMS: dict[str, Callable[[float], np.ndarray]] = {
    "scalar": np.array,
    "vector": lambda at: np.array([at, 1.5]),
    "matrix": lambda at: np.array([[at], [1.5]]),
    "integer": lambda at: np.array(int(at)),
    "narrow": lambda at: np.array(at, np.float32),
}


def in_every_form() -> Iterator[Any]:
    for name, (function, at, value, derivative) in CASES.items():
        forms = {"scalar", "vector", "matrix"}
        if at.is_integer() and abs(at) < 2**62 and str(at) != "-0.0":
            forms.add("integer")
        if not any(1e38 < abs(v) < INF for v in (at, value, derivative)):
            forms.add("narrow")
        for form in sorted(forms):
            yield pytest.param(function, FORMS[form](at), value, derivative, id=f"{name}-{form}")


@pytest.mark.parametrize("create_graph", [False, True], ids=["values", "graph"])
@pytest.mark.parametrize(("function", "data", "value", "derivative"), list(in_every_form()))
def test_value_and_derivative(
    function: Callable[[Variable], Variable],
    data: np.ndarray,
    value: float,
    derivative: float,
    create_graph: bool,
) -> None:
    x = Variable(data)
    y = function(x)
    (gx,) = grad(y, [x], create_graph)
    rel = 1e-6 if data.dtype == np.float32 else 1e-15
    first = y.data.flat[0]
    assert first == pytest.approx(value, rel=rel, abs=0.0, nan_ok=True)
    assert gx.data.flat[0] == pytest.approx(derivative, rel=rel, abs=0.0, nan_ok=True)
    if value == 0.0:
        assert math.copysign(1.0, first) == math.copysign(1.0, value)
    y.backward()
    assert np.array_equal(x.grad.data, gx.data, equal_nan=True)


@pytest.mark.parametrize(("function", "at"), [case[:2] for case in CASES.values()], ids=CASES)
def test_higher_orders_complain_of_nothing(
    function: Callable[[Variable], Variable], at: float
) -> None:
    for x in (Variable(np.array(at)), Variable(np.array([at, 0.0, -INF]))):
        y = function(x)
        for _ in range(3):
            (y,) = grad(y, [x], create_graph=True)
        assert y.shape == x.shape


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("value", [0.0, -0.0, -1.5, 2.0])
def test_integer_powers_are_polynomial_calculus_to_every_order(value: float, n: int) -> None:
    for x in (Variable(np.array(value)), Variable(np.array([value]))):
        y, coefficient = x**n, 1.0
        for order in range(n + 3):
            expected = coefficient * value ** (n - order) if order <= n else 0.0
            assert y.data == pytest.approx(expected, rel=1e-15, abs=0.0)
            (y,) = grad(y, [x], create_graph=True)
            coefficient *= n - order


def test_accumulating_and_sharing_stay_quiet() -> None:
    x = Variable(np.array(1e308))
    for _ in range(2):
        (x * 1e308 + x * 1e308).backward()
    assert x.grad.data == INF
    x.cleargrad()
    (x * INF - x * INF).backward()
    assert np.isnan(x.grad.data)


def test_matrix_products_and_reductions_stay_quiet() -> None:
    x = Variable(np.array([[1e300, INF], [NAN, 1e300]]))
    y = (x @ x).sum(axis=0)
    (gx,) = grad(y, [x], create_graph=True)
    grad(gx, [x])
    assert y.shape == (2,)


def test_functions_of_users_may_divide_by_zero_in_backward() -> None:
    class Root(ad.Function):
        def forward(self, x: np.ndarray) -> Any:
            return np.sqrt(x)

        def backward(self, gy: Variable) -> Any:
            (x,) = self.inputs
            return gy / (2 * ad.sqrt(x))

    x = Variable(np.array([0.0, 4.0]))
    Root()(x).backward()
    assert x.grad.data.tolist() == [INF, 0.25]


@pytest.mark.parametrize(
    "op", [op for op in ELEMENTWISE if op.metadata.choice], ids=lambda op: op.name
)
def test_a_choice_with_nan_is_nan_and_selects_nothing(op: Operation) -> None:
    for place in range(op.arity):
        given = [np.nan if k == place else float(k) for k in range(op.arity)]
        xs = [as_variable(x) for x in given]
        y = op(*xs)
        assert np.isnan(y.data)
        assert np.isnan(op.forward(*map(np.array, given)))
        assert [gx.data for gx in grad(y, xs)] == [0.0] * op.arity
