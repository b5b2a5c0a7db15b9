"""Exported code as text: names, comments, and files that show what people get."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from autodiff_cli.commands.export import EMITTERS, Export
from autodiff_cli.emit.precedence import SUM, Piece
from autodiff_cli.emit.source.c import to_c
from autodiff_cli.emit.source.python import to_python
from autodiff_cli.emit.source.templates import filled, is_whole
from autodiff_cli.errors import ComputationError
from autodiff_cli.graph.straight_line import StraightLine
from autodiff_cli.problem import load
from emit.exported import c_functions, check, needs_compiler, python_function
from emit.graphs import NASTY, same_as_golden

NAMES = """
    x t1 t2 value gradient f double float int lambda class match np NDArray ArrayLike Floats math
    _each special annotations print sum exp log hypot maximum direction errno main y0 INFINITY NAN
    M_PI _Bool _x __FILE__ None True fabs x_ x__ lambda_ lamda_
    λ lamda θ₁ Ω ñ ｘ 𝑥 ﬁ fi 变量 変数 é e1 asdfghjklqwertyuiopzxcvbnmasdfghjklqwertyuiopzxcvbnm1
    asdfghjklqwertyuiopzxcvbnmasdfghjklqwertyuiopzxcvbnm2 unix tgamma
""".split()


def exported(text: str, *at: str, order: int = 1, mixed: bool = False) -> Export:
    problem = load(text, "EXPR", at, may_trace=True)
    return Export(problem, problem.names([]), order, mixed)


def code(text: str, *at: str, order: int = 1, mixed: bool = False) -> StraightLine:
    return exported(text, *at, order=order, mixed=mixed).code


# --- names ---------------------------------------------------------------------------------------


@pytest.fixture
def named() -> StraightLine:
    """A function of variables with all of the names, the second derivatives of which are simple."""
    terms = " + ".join(f"{k + 1}*{name}" for k, name in enumerate(NAMES))
    at = [f"{name}=0" for name in NAMES]
    # Some functions with helpers, so that these are there to clash with.
    return code(f"({terms}) + 0*maximum(x, hypot(t1, t2)) + erf(0*x)", *at)


def test_python_takes_any_name(named: StraightLine) -> None:
    at = [float(k) for k in range(len(NAMES))]
    value, *gradient = python_function(named)(*at)
    weights = np.arange(1.0, len(NAMES) + 1)
    assert float(value) == np.dot(weights, at)
    check(gradient[3:], weights[3:])


@needs_compiler
def test_c_takes_any_name(named: StraightLine, tmp_path: Path) -> None:
    at = [float(k) for k in range(len(NAMES))]
    value, *gradient = c_functions({"f": named}, tmp_path)["f"](*at)
    weights = np.arange(1.0, len(NAMES) + 1)
    assert float(value) == np.dot(weights, at)
    check(gradient[3:], weights[3:])


def test_names_are_kept_where_they_can_be() -> None:
    assert "def f(θ: ArrayLike, λ: ArrayLike)" in to_python(code("λ*θ"))
    assert "double f(double theta, double lambda, " in to_c(code("λ*θ"))
    assert "lambda_ is the variable λ." in to_c(code("λ*lambda"))
    assert "`lambda_` is the variable `lambda`." in to_python(code("lambda*2"))


def test_names_from_the_expression_stay() -> None:
    text = "r2 = x**2 + y**2; exp(-r2)/r2"
    assert "    r2 = np.square(x) + np.square(y)\n" in to_python(code(text))
    assert "    const double r2 = x * x + y * y;\n" in to_c(code(text))


def test_a_long_name_is_given_no_other() -> None:
    name = "the_temperature_of_the_air_outside"
    found = to_c(code(f"exp({name})*sin({name})*{name}**3*log({name})", order=0))
    assert f"= {name};" not in found
    assert max(map(len, found.split("{")[1].splitlines())) < 110


# --- comments ------------------------------------------------------------------------------------

COMMENTS = [*(text for text in NASTY if "\n" not in text and "\ud800" not in text), "*/ int i;"]
COMMENTS += ['"""', "'''", "\\", "\\u0041 \\N{DIGIT ONE}", "??/", "/* */", "//", "%s {name} {x}"]


@pytest.mark.parametrize("comment", COMMENTS)
def test_the_expression_does_no_harm_in_a_comment(comment: str) -> None:
    python = to_python(code(f"x*2 # {comment}"))
    (function,) = (n for n in ast.parse(python).body if isinstance(n, ast.FunctionDef))
    assert len(function.body) == 5
    c = to_c(code(f"x*2 # {comment}"))
    head, _, body = c.partition("*/")
    assert body.startswith("\n#include <math.h>\n\ndouble f(")
    assert "/*" not in head[2:]
    assert "??" not in head
    assert all(character.isprintable() or character == "\n" for character in c + python)


@needs_compiler
def test_comments_compile(tmp_path: Path) -> None:
    codes = {f"f{k}": code(f"x*2 # {comment}") for k, comment in enumerate(COMMENTS)}
    for function in c_functions(codes, tmp_path).values():
        assert [float(value) for value in function(3.0)] == [6, 2]


def test_a_long_expression_is_cut_in_the_comment() -> None:
    text = "+".join(["x"] * 5000)
    assert len(to_c(code(text)).split("*/")[0]) < 2000


def test_python_code_says_what_it_needs() -> None:
    assert "It needs NumPy only." in to_python(code("gamma(x)", order=0))
    assert "It needs NumPy and SciPy only." in to_python(code("gamma(x)"))


@needs_compiler
def test_c_takes_functions_that_do_not_use_their_arguments(tmp_path: Path) -> None:
    codes = {"f": code("x**0 + y*0 + 1"), "g": code("2 + 3", order=0)}
    functions = c_functions(codes, tmp_path)
    assert [float(value) for value in functions["f"](3.0, 4.0)] == [2, 0, 0]
    assert [float(value) for value in functions["g"]()] == [5]


# --- brackets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    "x+(y+z) x+y+z x*(y*z) x/(y/z) x/(y*z) x-(y-z) -x*y/z -(x+y)*z (x+y)**z x**y**z (x**y)**z"
    " 2**-x*y*z x-(y+z)*-2 (x*y)%z x*(y%z)".split(),
)
def test_brackets_keep_the_order_of_rounding(text: str) -> None:
    at = {"x": np.float64(0.1), "y": np.float64(0.7), "z": np.float64(0.3)}
    (got,) = python_function(code(text, order=0))(*at.values())
    assert float(got) == eval(text, at)


def test_what_needs_brackets_has_them() -> None:
    assert is_whole("np.exp(-(x + y))")
    assert is_whole("(x < y).astype(float)")
    assert not is_whole("f(x) + g(y)")
    total = Piece("a + b", SUM)
    assert filled("{x} * {y}", {"x": total, "y": total}, {}).text == "(a + b) * (a + b)"
    assert filled("{x} - {y}", {"x": total, "y": total}, {}).text == "a + b - (a + b)"
    assert filled("np.f({x}, {y})", {"x": total, "y": total}, {}).text == "np.f(a + b, a + b)"


# --- what it looks like --------------------------------------------------------------------------

GOLDENS = {
    "rosenbrock": ("(1-x)**2 + 100*(y-x**2)**2", [], 2, True),
    "choice": ("u = x*y; max(u, erf(x)) if u > 0 else tanh(y)", [], 1, False),
    "orders": ("sin(λ)", [], 3, False),
    "constant": ("x*0 + inf", [], 1, False),
}
TENSORS = {
    "tensors": ("sum((A @ x - b)[0:1]**2)", ["A=[[1,2],[3,4]]", "x=[1,1]", "b=[5,6]"], 1, False)
}


@pytest.mark.parametrize("suffix", ["py", "c", "json"])
@pytest.mark.parametrize("name", [*GOLDENS, *TENSORS])
def test_golden(name: str, suffix: str) -> None:
    text, at, order, mixed = {**GOLDENS, **TENSORS}[name]
    if name in TENSORS and suffix == "c":
        with pytest.raises(ComputationError, match="`A` is a 2x2 matrix"):
            to_c(code(text, *at))
        return
    language = {"py": "python"}.get(suffix, suffix)
    assert same_as_golden(
        EMITTERS[language](exported(text, *at, order=order, mixed=mixed)), f"{name}.{suffix}"
    )
