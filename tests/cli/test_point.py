"""What the command line says at points where operations are not smooth: answers and notes.

The numbers are closed forms, or follow from the textbook's definition of a derivative by hand.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from judge import run

import autodiff_cli.proven


def answered(*argv: str) -> Any:
    code, out, err = run(*argv, "--json")
    assert code == 0, err
    return json.loads(out)


def notes(*argv: str) -> list[str]:
    return [note["message"] for note in answered(*argv).get("notes", [])]


# --- one wording for each ------------------------------------------------------------------------

SAID = [
    ("abs(x)", "x=0", "1", "`abs` has a kink here; ∂f/∂x is -1 from the left and 1 from the right"),
    ("x if x > 0 else -x", "x=0", "1", "f has a kink here; ∂f/∂x is -1 from the left and 1 from"),
    ("floor(x)", "x=2", "1", "`floor` jumps here: f is 1 from the left and 2 from the right"),
    ("where(x < 0, sin(x), 1/2)", "x=0", "1", "f jumps here: f is 0 from the left and 0.5 from"),
    ("cbrt(x)", "x=0", "1", "vertical tangent; ∂f/∂x is inf"),
    ("x*abs(x)", "x=0", "2", "∂f/∂x exists here, but ∂²f/∂x² is -2 from the left and 2 from the"),
    (
        "abs(x**3)",
        "x=0",
        "3",
        "∂²f/∂x² exists here, but ∂³f/∂x³ is -6 from the left and 6 from the right, 0 is given",
    ),
    ("x**1.5", "x=0", "2", "∂f/∂x exists here, but ∂²f/∂x² is inf"),
    ("5 if x == 0 else x", "x=0", "1", "the value 5 is not the limit 0; ∂f/∂x does not exist"),
    ("sin(x)/x", "x=0", "1", "`0 / 0` gives nan; removable: the limit is 1, its derivative 0"),
    ("1/x**2", "x=0", "1", "`1 / 0` gives inf; pole of order 2: f is inf from both sides"),
    ("tan(x)", "x=pi/2", "1", "pole of order 1: f is inf from the left and -inf from the right"),
    ("log(x)", "x=0", "1", "`log` of 0 gives -inf; pole: f is -inf from the right"),
    ("where(x == 0, 0, x*sin(1/x))", "x=0", "1", "there is no expansion in powers here: it"),
]


@pytest.mark.parametrize(("text", "at", "order", "said"), SAID)
def test_what_is_said(text: str, at: str, order: str, said: str) -> None:
    argv = ["grad", text, "--at", at, "--order", order]
    (note,) = notes(*argv)
    assert note.startswith(said)
    assert run(*argv, "--strict")[0] == 1


SMOOTH = [
    ("abs(x)**2", "x=0", "2"),
    ("where(abs(x) <= 1, x**2/2, abs(x) - 0.5)", "x=0", "1"),
    ("where(x > 5, abs(x), x**2)", "x=0", "3"),
    ("max(x, x)", "x=3", "2"),
    ("sqrt(x**4)", "x=0", "3"),
    ("relu(x) - relu(-x)", "x=0", "4"),
    ("abs(x)*sign(x)", "x=0", "1"),
    ("where(x != 0, sin(x)/x, 1)", "x=0", "3"),
    ("floor(x)*x**2", "x=0", "1"),
    ("atan2(x, 1)", "x=0", "1"),
    ("exp(-1/x**2) if x != 0 else 0", "x=0", "4"),
    ("acos(cos(x))", "x=1", "2"),
]


@pytest.mark.parametrize(("text", "at", "order"), SMOOTH)
def test_smooth_functions_have_no_notes(text: str, at: str, order: str) -> None:
    argv = ["grad", text, "--at", at, "--order", order]
    assert notes(*argv) == []
    assert run(*argv, "--strict")[0] == 0


@pytest.mark.parametrize("at", ["x=0", "x=[0]"])
def test_an_array_of_one_element_has_the_derivative_that_exists(at: str) -> None:
    code, out, _ = run("grad", "[relu(x) - relu(-x)]*y", "--at", at, "--at", "y=1", "--wrt", "x")
    assert (code, out.strip("[]\n")) == (0, "1")


def test_a_derivative_that_one_side_has_is_said_and_passes() -> None:
    argv = ["grad", "cosh(sqrt(x))", "--at", "x=0"]
    assert answered(*argv)["derivatives"] == {"x": 0.5}
    assert notes(*argv) == ["f is real on the right only; ∂f/∂x is that from the right"]
    assert run(*argv, "--strict")[0] == 0


def test_elements_are_counted_and_the_first_are_named() -> None:
    zeros = ",".join("0" * 40)
    (note,) = notes("grad", "sum(abs(v))", "--at", f"v=[1,{zeros}]")
    assert note.startswith("40 elements are concerned, the first v[1], v[2], v[3]; `abs` has a")
    assert "∂f/∂v[1] is -1 from the left and 1 from the right, 0 is given" in note


def test_what_digits_cannot_tell_is_said() -> None:
    found = notes("grad", "abs(x**2 - 2)", "--at", "x=sqrt(2)")
    assert any("cannot tell from 0" in note for note in found)
    assert not any("cannot tell" in note for note in notes("grad", "abs(sin(x))", "--at", "x=pi"))


@pytest.mark.parametrize("options", [[], ["--float64"]])
def test_answers_do_not_depend_on_how_digits_are_had(options: list[str]) -> None:
    argv = ["grad", "0.1*abs(x)**2", "--at", "x=0", "--order", "2", *options]
    assert answered(*argv)["derivatives"] == {"x": 0.2}


def test_digits_are_right_here_too() -> None:
    argv = ["grad", "exp(abs(x))**2 - 2*abs(x) + sin(x)/3", "--at", "x=0", "--digits", "30"]
    assert run(*argv)[1] == "0.333333333333333333333333333333\n"


# --- where there is no expansion ----------------------------------------------------------------

CLOSE_BY = [
    ("sin(1/x)", "1", "; evaluated up to 1e-9 from the point, f varies between -0.99"),
    ("where(x == 0, 0, x*sin(1/x))", "1", "the difference quotient of f varies between -0.99"),
    ("where(x == 0, 0, x**2*sin(1/x))", "2", "quotient of ∂f/∂x varies more and more, at last"),
    ("exp(1/x)*sin(1/x)", "1", "f tends to about 0 on the left and f varies more and more"),
    ("gamma(1/x)", "1", "f grows without bound, to 7.05e+2789724845 on the right"),
    # 1/log(log(1000)) and so on.
    ("1/log(abs(log(abs(x))))", "1", "f is about 0.517, 0.381, 0.330 at distances of 1e-3, 1e-6,"),
    ("exp(sin(exp(1/abs(x)))*x)", "2", "the limit is 1; ∂f/∂x is not known there: it oscillates"),
]


@pytest.mark.parametrize(("text", "order", "said"), CLOSE_BY)
def test_what_is_seen_close_by_is_said(text: str, order: str, said: str) -> None:
    found = notes("grad", text, "--at", "x=0", "--order", order)
    assert any(said in note for note in found), found


def test_what_is_seen_close_by_is_said_of_the_first_element() -> None:
    (note,) = notes("grad", "sum(where(v == 0, 0, v*sin(1/v)))", "--at", "v=[0,1,0,0,0,0]")
    assert note.startswith("5 elements are concerned, the first v[0], v[2], v[3]; there is no")
    assert note.count("evaluated up to 1e-9") == 1


def test_what_is_seen_close_by_is_said_of_values_and_series_too() -> None:
    (note,) = notes("eval", "3*sin(1/x)", "--at", "x=0")
    assert re.search(r"f varies between -(3|2\.9\d) and (3|2\.9\d) on ", note)
    (note,) = notes("eval", "x*sin(1/x)", "--at", "x=0")
    said = "removable: the limit is 0; ∂f/∂x is not known there: it oscillates"
    assert note == f"`1 / 0` gives inf; {said}"
    assert answered("eval", "x*sin(1/x)", "--at", "x=0")["value"] == "nan"
    assert notes("eval", "x*sin(1/x)", "--at", "x=0", "--extend") == []
    assert "f tends to about 1 on the right" in run("taylor", "x**x", "--at", "x=0")[2]
    (note,) = notes("eval", "sin(1/(x*y))", "--at", "x=0,y=0")
    assert note.endswith("there is no expansion along straight lines here: it oscillates")
    error = run("taylor", "exp(1/x)", "--at", "x=0")[2]
    assert "f tends to about 0 on the left and f grows without bound, to 1.58e+149526828" in error


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "limit"),
    [
        ("sin(x)/x", "x=0", 1),
        ("(x**2 - 1)/(x - 1)", "x=1", 2),
        ("(1 - cos(x))/x**2", "x=0", 0.5),
        ("x*log(x)", "x=0", 0),
        ("x**2/hypot(x, y)", "x=0,y=0", 0),
        ("sin(x*y)/(x*y)", "x=0,y=0", 1),
        ("tan(x)*cos(x)", "x=pi/2", 1),
        ("5 if x == 0 else x", "x=0", 0),
        ("exp(-1/x**2)/x**9", "x=0", 0),
    ],
)
def test_the_continuous_extension(text: str, at: str, limit: float) -> None:
    found = answered("eval", text, "--at", at, "--extend")
    assert found["value"] == limit
    assert "notes" not in found


@pytest.mark.parametrize("text", ["x*y/(x**2 + y**2)", "sin(x)/y", "(x - y)/(x + y)"])
def test_a_limit_that_depends_on_the_direction(text: str) -> None:
    found = answered("eval", text, "--at", "x=0,y=0", "--extend")
    assert found["value"] == "nan"
    assert "the limit depends on the direction" in found["notes"][0]["message"]


def test_without_the_option_values_are_those_of_ieee_754() -> None:
    assert answered("eval", "sin(x)/x", "--at", "x=0")["value"] == "nan"
    assert answered("grad", "sin(x)/x", "--at", "x=0")["derivatives"] == {"x": "nan"}
    found = answered("grad", "sin(x)/x", "--at", "x=0", "--order", "4", "--extend")
    assert found["derivatives"] == {"x": 0.2}


# --- matrices and mixed derivatives --------------------------------------------------------------

PEANO = "where(hypot(x, y) == 0, 0, x*y*(x**2 - y**2)/(x**2 + y**2))"


def test_the_order_of_differentiation_is_said_where_it_matters() -> None:
    found = answered("hessian", PEANO, "--at", "x=0,y=0")
    assert found["hessian"] == {"x": {"x": 0, "y": -1}, "y": {"x": 1, "y": 0}}
    (note,) = found["notes"]
    assert "∂²f/∂x∂y is -1 by x first and 1 by y first" in note["message"]
    turned = answered("grad", PEANO, "--at", "x=0,y=0", "--wrt", "y,x", "--mixed")
    assert turned["derivatives"] == {"y,x": 1.0}


def test_the_hessian_of_what_is_smooth() -> None:
    found = answered("hessian", "cos(norm(v))", "--at", "v=[0,0,0]")
    assert found["hessian"]["v"]["v"] == [[-1, 0, 0], [0, -1, 0], [0, 0, -1]]
    assert "notes" not in found
    product = answered("hessian", "hypot(x, y)**2", "--at", "x=0,y=0", "--hvp", "x=1,y=2")
    assert product["hvp"] == {"x": 2, "y": 4}
    found = answered("taylor", "hypot(x, y)**2", "--at", "x=0,y=0", "--total", "2")
    assert [one["value"] for one in found["partials"]] == [0, 0, 0, 2, 0, 2]


def test_partial_derivatives_that_do_not_exist_are_named() -> None:
    argv = ["taylor", "abs(x)*y*z", "--at", "x=0,y=0,z=0", "--total", "3"]
    assert notes(*argv) == ["∂³f/∂x∂y∂z does not exist here"]
    found = notes("taylor", "hypot(x, y)**3", "--at", "x=0,y=0", "--total", "3")
    assert any("∂³f/∂x²∂y is no number by x first and 0 by y first" in note for note in found)
    mixed = ["grad", "abs(x)**2*y*z", "--at", "x=0,y=1,z=1", "--wrt", "x,y,z,x", "--mixed"]
    assert (notes(*mixed), answered(*mixed)["derivatives"]) == ([], {"x,y,z,x": 2})


def test_powers_that_are_not_rational() -> None:
    for order in ("1", "2", "3"):
        found = answered("grad", "abs(x)**pi + x", "--at", "x=0", "--order", order)
        assert found["derivatives"] == {"x": float(order == "1")}
        assert "notes" not in found
    (note,) = notes("grad", "abs(x)**pi", "--at", "x=0", "--order", "4")
    assert "it has a power that is not rational; ∂⁴f/∂x⁴ is not known" in note
    assert "the difference quotient of ∂³f/∂x³ grows without bound" in note


def test_high_orders() -> None:
    # sin(x)/x is the sum of (-1)**k x**(2*k)/(2*k + 1)!, so derivative 2*k is (-1)**k/(2*k + 1).
    found = answered("grad", "where(x != 0, sin(x)/x, 1)", "--at", "x=0", "--order", "100")
    assert (found["derivatives"], "notes" in found) == ({"x": 1 / 101}, False)
    (note,) = notes("grad", "abs(x)**2", "--at", "x=0", "--order", "171")
    assert note == "`abs` has a kink here, whose effect is known up to order 170 only"


def test_the_jacobian_of_what_is_smooth() -> None:
    found = answered("jacobian", "abs(v)*v", "--at", "v=[0,-3]")
    assert found["jacobian"]["v"] == [[0, 0], [0, 6]]
    assert "notes" not in found


# --- series --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["1/sin(x)", "--order", "3"], "x**-1 + 1/6*x + 7/360*x**3"),
        (["sqrt(x)*exp(x)", "--order", "3"], "x**(1/2) + x**(3/2) + 1/2*x**(5/2)"),
        (["sqrt(1 - x)", "--at", "x=1", "--order", "2"], "(1 - x)**(1/2)"),
        (["cbrt(x)", "--side", "left", "--order", "1"], "-(-x)**(1/3)"),
        (["abs(x)*exp(x)", "--side", "left", "--order", "3"], "-x - x**2 - 1/2*x**3"),
        (["1/(x - 2)**2", "--at", "x=2", "--order", "1"], "(x - 2)**-2"),
        (["1/(1 + exp(1/x))", "--side", "left", "--order", "2"], "1"),
        (["exp(-1/x**2)", "--order", "4"], "0"),
        (["cos(sqrt(x))", "--side", "right", "--order", "2"], "1 - 1/2*x + 1/24*x**2"),
    ],
)
def test_series(argv: list[str], text: str) -> None:
    if "--at" not in argv:
        argv = [*argv, "--at", "x=0"]
    assert run("taylor", *argv, "--exact")[1] == f"{text}\n"


def test_series_in_latex() -> None:
    argv = ["taylor", "sqrt(x)/sin(x)", "--at", "x=0", "--order", "2", "--latex"]
    expected = r"x^{-1/2} + \frac{1}{6} x^{3/2} + O\left(x^{5/2}\right)"
    assert run(*argv)[1] == f"{expected}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("log(x)", "it has a logarithm"),
        ("x*log(x)", "it has a logarithm"),
        ("sin(1/x)", "it oscillates"),
        ("exp(1/x)", "it grows faster than every power"),
        ("sqrt(-1 - x**2)", "no real values here"),
        ("cbrt(x)", "from the left it is -(-x)**(1/3) + O((-x)**(16/3)), from the right x**(1/3)"),
        ("abs(x)*exp(x)", "it is -x - x**2 - 0.5*x**3 + O(x**4), from the right x + x**2 + 0.5*x"),
        ("abs(log(exp(1)+x) - 1) + x**2", "from the left it is -0.367879*x + 1.06767*x**2"),
        ("floor(x)", "from the left it is -1 + O(x**6), from the right 0 + O(x**6)"),
    ],
)
def test_where_there_is_no_series_it_is_said_why(text: str, said: str) -> None:
    code, out, err = run("taylor", text, "--at", "x=0")
    assert (code, out) == (1, "")
    assert said in err


def test_a_series_that_is_read_back_has_its_terms() -> None:
    found = answered("taylor", "1/sin(x)", "--at", "x=0", "--order", "3")
    text = run("taylor", "1/sin(x)", "--at", "x=0", "--order", "3")[1].strip()
    again = answered("taylor", text, "--at", "x=0", "--order", "3")
    assert again["terms"] == found["terms"]


def test_options_that_do_not_go_together() -> None:
    argv = ["taylor", "x*y", "--at", "x=0,y=0", "--total", "2", "--side", "left"]
    assert "`--total` and `--side` exclude each other" in run(*argv)[2]


# --- the library ---------------------------------------------------------------------------------


def test_in_python_too() -> None:
    assert autodiff_cli.proven.grad("abs(x)**2", {"x": 0}, order=2)["x"] == 2.0
    assert autodiff_cli.proven.grad("1 if x == 1 else x**2", {"x": 1})["x"] == 2.0
