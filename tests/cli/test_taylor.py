"""`adiff taylor`, and `adiff grad` by Taylor series, in real processes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import mpmath
import pytest

import autodiff_cli
from processes import Run


@pytest.mark.parametrize(
    ("argv", "out"),
    [
        (["sin(x)", "--at", "x=0"], "x - 0.16666666666666666*x**3 + 0.008333333333333333*x**5"),
        (["x**3", "--at", "x=2"], "8 + 12*(x - 2) + 6*(x - 2)**2 + (x - 2)**3"),
        (["-x**2", "--at", "x=-1.5"], "-2.25 + 3*(x + 1.5) - (x + 1.5)**2"),
        (["1/(1 - x)", "--at", "x=0", "--order", "2"], "1 + x + x**2"),
        (["exp(x)", "--at", "x=0", "--order", "2", "--round", "3"], "1 + x + 0.5*x**2"),
        (["exp(x)/3", "--at", "x=0", "--order", "1", "--round", "3"], "0.333 + 0.333*x"),
        (["x - x", "--at", "x=7"], "0"),
        (["x*y**2", "--at", "x=2,y=3", "--wrt", "y"], "18 + 12*(y - 3) + 2*(y - 3)**2"),
        (["x*y", "--at", "x=2,y=3", "--direction", "x=1,y=-1"], "6 + t - t**2"),
        (["t*y", "--at", "t=2,y=3", "--direction", "t=1", "--order", "1"], "6 + 3*s"),
        (["sum(x*x)", "--at", "x=[1,2]", "--direction", "x=[0,1]"], "5 + 4*t + t**2"),
        (["sin(x)", "--at", "x=0", "--order", "0"], "0"),
        (["1/(1 - x)", "--at", "x=1/3", "--exact", "--order", "2"],
         "3/2 + 9/4*(x - 1/3) + 27/8*(x - 1/3)**2"),
        (["a*x**2", "--at", "a=1/3,x=-1/7", "--wrt", "x", "--exact"],
         "1/147 - 2/21*(x + 1/7) + 1/3*(x + 1/7)**2"),
        (["sqrt(x)", "--at", "x=1/9", "--exact", "--order", "2", "--latex"],
         r"\frac{1}{3} + \frac{3}{2} \left(x - \frac{1}{9}\right)"
         r" - \frac{27}{8} \left(x - \frac{1}{9}\right)^{2}"
         r" + O\left(\left(x - \frac{1}{9}\right)^{3}\right)"),
        (["a*x**2", "--at", "a=3"], "3*x**2"),
        (["exp(x*y)", "--at", "y=2", "--order", "2"], "1 + 2*x + 2*x**2"),
        (
            ["log(x)", "--at", "x=1", "--order", "3", "--latex", "--round", "2"],
            r"\left(x - 1\right) - 0.5 \left(x - 1\right)^{2} + 0.33 \left(x - 1\right)^{3}"
            r" + O\left(\left(x - 1\right)^{4}\right)",
        ),
        (
            ["1e-7*x - 2*x**2", "--at", "x=0", "--order", "2", "--latex"],
            r"\frac{1}{10000000} x - 2 x^{2} + O\left(x^{3}\right)",
        ),
    ],
)  # fmt: skip
def test_a_series_is_an_expression(adiff: Run, argv: list[str], out: str) -> None:
    assert adiff("taylor", *argv) == (0, out + "\n", "")


def test_which_variables_there_are_to_choose_from_is_told(adiff: Run) -> None:
    for argv, said in [
        (["x*y"], "there are 2: `x`, `y`"),
        (["a*x10*x2", "--at", "a=1"], "there are 2 without a value: `x2`, `x10`"),
        (["x*y", "--at", "y=1,x=2"], "there are 2: `y`, `x`"),
    ]:
        outcome = adiff("taylor", *argv)
        assert (outcome.code, outcome.out) == (2, "")
        assert said in outcome.err


def test_what_is_printed_can_be_evaluated(adiff: Run) -> None:
    argv = ["tanh(x)*exp(x)", "--at", "x=0.5", "--order", "12"]
    series = adiff("taylor", *argv).out
    value = float(adiff("eval", "-", "--at", "x=0.55", stdin=series).out)
    assert value == pytest.approx(float(mpmath.tanh(0.55) * mpmath.exp(0.55)), rel=1e-14)


def test_people_are_told_of_which_order_the_rest_is(
    on_terminal: Callable[..., tuple[int, str]],
) -> None:
    code, seen = on_terminal("taylor", "cos(x)", "--at", "x=0", "--order", "3")
    assert (code, seen) == (0, "1 - 0.5*x**2 + O(x**4)\n")
    _, seen = on_terminal("taylor", "1/x", "--at", "x=2", "--order", "1")
    assert seen == "0.5 - 0.25*(x - 2) + O((x - 2)**2)\n"


def strict(text: str) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)  # type: ignore[no-any-return]


def test_json_has_coefficients_and_derivatives(adiff: Run) -> None:
    found = strict(adiff("taylor", "sin(x)", "--at", "x=0", "--order", "3", "--json").out)
    assert found == {
        "schema": 1,
        "command": "taylor",
        "expression": "sin(x)",
        "at": {"x": 0.0},
        "variable": "x",
        "center": 0.0,
        "order": 3,
        "coefficients": [0.0, 1.0, 0.0, -1 / 6],
        "derivatives": [0.0, 1.0, 0.0, -1.0],
        "proven": True,
    }
    argv = ["x*y", "--at", "x=1,y=2", "--direction", "y=3", "--order", "1", "--json"]
    found = strict(adiff("taylor", *argv).out)
    assert (found["direction"], found["variable"]) == ({"y": 3.0}, "t")
    found = strict(adiff("taylor", "1/x", "--at", "x=0", "--order", "1", "--json").out)
    assert found["terms"] == [["-1", 1.0]]
    assert "coefficients" not in found


def test_all_partial_derivatives(adiff: Run, on_terminal: Callable[..., tuple[int, str]]) -> None:
    argv = ["taylor", "x**2*y + y", "--at", "x=3,y=5", "--total", "3"]
    assert adiff(*argv).out.splitlines() == [
        "f = 50", "∂f/∂x = 30", "∂f/∂y = 10", "∂²f/∂x² = 10", "∂²f/∂x∂y = 6", "∂²f/∂y² = 0",
        "∂³f/∂x³ = 0", "∂³f/∂x²∂y = 2", "∂³f/∂x∂y² = 0", "∂³f/∂y³ = 0",
    ]  # fmt: skip
    found = strict(adiff(*argv, "--json").out)
    assert found["partials"][7] == {"orders": {"x": 2, "y": 1}, "value": 2.0}
    only = adiff(*argv, "--wrt", "y").out
    assert only == "f = 50\n∂f/∂y = 10\n∂²f/∂y² = 0\n∂³f/∂y³ = 0\n"
    code, seen = on_terminal(*argv, NO_COLOR="1")
    assert code == 0
    assert re.search(r"derivative +value", seen)
    assert re.search(r"∂³f/∂x²∂y +2 *$", seen, re.MULTILINE)


# --- notes ---------------------------------------------------------------------------------------


def test_there_is_no_series_at_a_kink_but_one_on_each_side(adiff: Run) -> None:
    outcome = adiff("taylor", "abs(x) + x**2", "--at", "x=0", "--order", "3")
    assert (outcome.code, outcome.out) == (1, "")
    said = "from the left it is -x + x**2 + O(x**4), from the right x + x**2 + O(x**4)"
    assert said in outcome.err
    assert "1 | abs(x) + x**2\n   | ^^^^^^\n" in outcome.err
    for side, series in (("left", "-x + x**2\n"), ("right", "x + x**2\n")):
        assert adiff("taylor", "abs(x) + x**2", "--at", "x=0", "--side", side).out == series
    assert "`abs` has a kink" in adiff("taylor", "abs(x*y)", "--at", "x=0,y=1", "--total", "2").err
    along = adiff("taylor", "abs(x)", "--at", "x=0", "--direction", "x=1")
    assert "from the left it is -t + O(t**6), from the right t + O(t**6)" in along.err


def test_where_there_is_no_taylor_series_there_may_be_another(adiff: Run) -> None:
    outcome = adiff("taylor", "x**2.5", "--at", "x=0", "--order", "3")
    assert outcome.out == "x**(5/2)\n"
    assert "f is real on the right only" in outcome.err
    assert adiff("taylor", "x**2.5", "--at", "x=0", "--strict").code == 0


# --- grad ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["auto", "graph", "taylor"])
def test_derivatives_by_either_method_are_the_same(adiff: Run, method: str) -> None:
    argv = ["grad", "exp(-x**2)*sin(3*x*y)", "--at", "x=0.5,y=2", "--order", "4"]
    found = dict(line.split(" = ") for line in adiff(*argv, "--method", method).out.splitlines())

    def function(x: Any, y: Any) -> Any:
        return mpmath.exp(-x * x) * mpmath.sin(3 * x * y)

    with mpmath.workdps(50):
        for name, orders in (("x", (4, 0)), ("y", (0, 4))):
            right = mpmath.diff(function, (mpmath.mpf("0.5"), mpmath.mpf(2)), orders)
            assert float(found[name]) == pytest.approx(float(right), rel=1e-13)


def test_no_order_is_too_high(adiff: Run) -> None:
    found = float(adiff("grad", "tanh(x)*exp(sin(x))", "--at", "x=0.5", "--order", "30").out)
    with mpmath.workdps(200):
        right = mpmath.diff(lambda x: mpmath.tanh(x) * mpmath.exp(mpmath.sin(x)), 0.5, 30)
        assert found == pytest.approx(float(right), rel=1e-13)
    assert float(adiff("grad", "sin(x)", "--at", "x=0", "--order", "999").out) == pytest.approx(
        -1.0, rel=1e-12
    )


def test_where_there_is_no_series_there_is_a_graph(adiff: Run) -> None:
    argv = ["grad", "det([[x, x**2], [x, x**2]])*x", "--at", "x=2", "--order", "3"]
    outcome = adiff(*argv)
    assert (outcome.code, outcome.err) == (0, "")
    assert float(outcome.out) == pytest.approx(0.0, abs=1e-12)


def test_kinks_are_noted_by_either_method(adiff: Run) -> None:
    argv = ["grad", "abs(x)*x", "--at", "x=0", "--order", "3", "--method"]
    by_series, by_graph = adiff(*argv, "taylor"), adiff(*argv, "graph")
    assert by_series == by_graph
    assert "∂²f/∂x² is -2 from the left and 2 from the right" in by_series.err


# --- the library ---------------------------------------------------------------------------------


def test_in_python_too() -> None:
    found = autodiff_cli.taylor("x*y", {"x": 2, "y": 3}, direction={"x": 1, "y": 2}, order=3)
    assert found.tolist() == [6, 7, 2, 0]
    with pytest.raises(autodiff_cli.AdiffError, match="in one variable, and there are 2"):
        autodiff_cli.taylor("x*y", {"x": 2, "y": 3})
    with pytest.raises(autodiff_cli.AdiffError, match="`x` is a vector of 2"):
        autodiff_cli.taylor("sum(x)", {"x": [2, 3]})
    assert autodiff_cli.grad("exp(x)", {"x": 0}, order=50)["x"] == pytest.approx(1.0, rel=1e-13)


@pytest.mark.parametrize(
    ("argv", "out"),
    [
        (["exp(x)", "--order", "2"], "1 + x + 0.5*x**2"),
        (["a*sin(x)", "--wrt", "x", "--at", "a=2", "--order", "1"], "2*x"),
        (["sum(v**2)", "--direction", "v=[1, 2]", "--order", "2"], "5*t**2"),
        (["x*y", "--total", "1"], "f = 0\n∂f/∂x = 0\n∂f/∂y = 0"),
    ],
)
def test_what_a_series_is_in_is_0_without_a_value(adiff: Run, argv: list[str], out: str) -> None:
    assert adiff("taylor", *argv) == (0, out + "\n", "")


def test_what_a_series_is_not_in_needs_a_value(adiff: Run) -> None:
    assert "no value is given for `y`" in adiff("taylor", "x*y", "--wrt", "x").err
