"""Difference quotients, and what becomes of them as the step shrinks."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

import autodiff_cli
from autodiff_cli.derive.differences import difference, numerical_diff
from autodiff_cli.derive.steps import NoComplexStepError, complex_value, right_digits, step_rows
from autodiff_cli.engine import Variable, as_variable, ops
from autodiff_cli.errors import ComputationError, UsageError
from autodiff_cli.language.parser import parse


@pytest.mark.parametrize(
    ("method", "tolerance"),
    [("forward", 1e-7), ("central", 1e-9), ("richardson", 1e-13), ("complex", 1e-15)],
)
def test_each_method_is_as_good_as_books_say(method: str, tolerance: float) -> None:
    # exp(x) sin(x) has the derivative exp(x) (sin(x) + cos(x)).
    want = float(mpmath.exp(1.3) * (mpmath.sin(1.3) + mpmath.cos(1.3)))
    found = numerical_diff(lambda x: np.exp(x) * np.sin(x), 1.3, method=method)  # type: ignore[arg-type]
    assert found.shape == ()
    assert found.item() == pytest.approx(want, rel=tolerance)


@pytest.mark.parametrize("x", [1e-6, 0.3, 40.0, 1e6])
def test_the_estimated_error_is_no_less_than_a_tenth_of_the_error(x: float) -> None:
    for f, slope in [(np.sqrt, 0.5 / math.sqrt(x)), (np.log, 1 / x), (np.sin, math.cos(x))]:
        found = difference(f, x)
        assert abs(found.value - slope) <= 10 * found.error + 1e-9 * abs(slope)


def test_of_arrays_it_is_the_jacobian() -> None:
    a = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    found = numerical_diff(lambda x: a @ x**2, np.array([2.0, 3.0]))
    assert found == pytest.approx(a * [4.0, 6.0], rel=1e-11)
    assert numerical_diff(lambda x: (x**3).sum(), [[1.0, 2.0]]) == pytest.approx(
        np.array([[3.0, 12.0]]), rel=1e-11
    )


def test_a_function_on_the_engine_is_given_what_the_point_is() -> None:
    seen = []

    def f(x: Variable) -> Variable:
        seen.append(type(x))
        return ops.sum(x * x)

    assert autodiff_cli.numerical_diff(f, Variable(np.array([1.0, 2.0]))) == pytest.approx(
        [2.0, 4.0], rel=1e-11
    )
    assert set(seen) == {Variable}


def test_a_step_goes_down_where_there_is_no_value_beside_it() -> None:
    assert numerical_diff(np.log, 1e-9).item() == pytest.approx(1e9, rel=1e-6)


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(UsageError, match="no method `newton`"):
        numerical_diff(np.sin, 1.0, method="newton")  # type: ignore[arg-type]
    with pytest.raises(ComputationError, match="no complex numbers"):
        numerical_diff(math.sin, 1.0, method="complex")


# --- steps ---------------------------------------------------------------------------------------


def test_errors_over_steps_fall_as_the_order_and_then_rise_as_rounding() -> None:
    want = math.exp(1.0)
    rows = step_rows(math.exp, 1.0, lambda h: (np.exp(1.0 + 1j * h)).imag)
    errors = {
        method: [abs(row.values[method] - want) / want for row in rows] for method in rows[0].values
    }
    # Truncation: h/2, h²/6, and h²/6 again for the complex step.
    assert errors["forward"][2] == pytest.approx(1e-3 / 2, rel=1e-2)
    assert errors["central"][2] == pytest.approx(1e-6 / 6, rel=1e-2)
    assert errors["complex step"][2] == pytest.approx(1e-6 / 6, rel=1e-2)
    # Rounding: about the spacing of floats over the step, but not for the complex step.
    assert 1e-4 < errors["forward"][13] < 1
    assert errors["complex step"][-1] < 1e-15
    assert min(errors["Richardson"]) < 1e-12


@pytest.mark.parametrize(
    ("text", "x"), [("exp(x)*sin(x)/x", 0.7), ("x**2.5 + tanh(x)", 2.0), ("log(x) ** 3", 3.0),
                    ("where(x > 1, x**3, x)", 2.0), ("inv([[x, 1], [2, x]])[0, 1]", 3.0)],
)  # fmt: skip
def test_complex_steps_of_expressions(text: str, x: float) -> None:
    leaf = as_variable(x, "x")
    y = as_variable(parse(text).run({"x": leaf}))
    words = {"exp": mpmath.exp, "sin": mpmath.sin, "tanh": mpmath.tanh, "log": mpmath.log}
    words |= {"where": lambda c, a, b: a if c else b}
    if "inv" in text:
        want = 2 * x / (x * x - 2) ** 2  # that of -1/(x² - 2)
    else:
        with mpmath.workdps(40):
            want = float(mpmath.diff(eval(f"lambda x: {text}", words), mpmath.mpf(x)))
    assert complex_value(y, leaf, (), 1e-30).imag / 1e-30 == pytest.approx(want, rel=1e-14)


@pytest.mark.parametrize("text", ["abs(x)", "max(x, 2)", "cbrt(x)", "floor(x)*x + hypot(x, 1)"])
def test_what_is_not_analytic_has_no_complex_step(text: str) -> None:
    leaf = as_variable(1.5, "x")
    with pytest.raises(NoComplexStepError):
        complex_value(as_variable(parse(text).run({"x": leaf})), leaf, (), 1e-30)


def test_right_digits() -> None:
    assert right_digits(3.14159, math.pi) == 5
    assert right_digits(1.0, 1.0) == 17
    assert right_digits(2.0, 1.0) == 0
    assert right_digits(0.0, 0.0) == 17
    assert right_digits(0.99999999, 1.0) == 7
