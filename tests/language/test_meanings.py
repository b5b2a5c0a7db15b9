"""Names and functions that a text defines; and what is still read where a part cannot be."""

from __future__ import annotations

import math

import numpy as np
import pytest

from autodiff_cli import evaluate, grad
from autodiff_cli.engine import Variable, as_variable
from autodiff_cli.errors import ComputationError, ExpressionError
from autodiff_cli.language.parser import parse
from autodiff_cli.language.reading import reading
from autodiff_cli.limits import Limits


def mistakes(text: str) -> list[tuple[str, str]]:
    """Return the codes of what is wrong with a text, and what is marked."""
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    errors = (caught.value, *caught.value.others)
    return [(e.code, text[slice(*e.span)] if e.span else "") for e in errors]


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("u = 3; u*u", 9),
        ("u = 3\n\n# between\n  v = u + 1 # behind\nu*v\n", 12),
        ("u = 3;; u", 3),
        ("u = 3", 3),
        ("u =\n3\nu +\n1", 4),
        ("u = [1,\n2]\nu[1]", 2),
        ("f(a, b) = a - b; f(5, f(3, 2))", 4),
        ("f(a) = a + 1; g(a) = f(f(a)); g(g(0))", 4),
        ("a = 7; f(a) = 2a; f(1) + a", 9),
        ("k = 3; f(a) = a*k; f(2)", 6),
        ("f(x) = x²; x = 3; f(x + 1)", 16),
        ("gamma = 2; gamma + gamma(3)", 4),
        ("f(A) = A[0] + A[-1]; f([1, 2, 4])", 5),
        ("f(a) = 1 if a > 0 else -1; f(-3)", -1),
        ("f(f) = f + 1; f(1)", 2),
        ("e = 3; pi = 2; e*pi", 6),
        ("f(e) = e + 1; f(1)", 2),
    ],
)
def test_meanings(text: str, want: float) -> None:
    assert float(evaluate(text)) == want


def test_a_parameter_is_no_variable() -> None:
    program = parse("f(a, x) = a*x + k; f(x, y)")
    assert list(program.variables()) == ["k", "x", "y"]
    assert program.functions == {"f": ("a", "x")}


def test_a_derivative_goes_through_names_and_functions() -> None:
    text = "f(a) = a**3; u = f(x); u + f(2x)"
    # d/dx (x**3 + 8 x**3) = 27 x**2.
    assert grad(text, {"x": 2})["x"] == 108


def test_a_variable_of_a_graph_has_the_name_that_the_text_gives_it() -> None:
    program = parse("u = sin(x); v = u*u; v + u")
    x = as_variable(0.5, "x")
    results = program.results({"x": x})
    names = [r.name for r in results if isinstance(r, Variable)]
    assert sorted(filter(None, names)) == ["u", "v", "x"]
    assert x.name == "x"


def test_a_call_in_a_function_is_where_it_stands_in_the_definition() -> None:
    text = "f(a) = log(a) + 1; f(x) * f(y)"
    program = parse(text)
    places = [text[slice(*program.place(k))] for k in range(len(program.calls))]
    assert places == ["log(a)", "log(a) + 1"] * 2 + ["f(x) * f(y)"]


def test_shapes_that_do_not_fit_in_a_function_are_marked_in_the_definition() -> None:
    text = "f(a) = a + [1, 2]\nf([1, 2, 3])"
    with pytest.raises(ExpressionError) as caught:
        evaluate(text)
    error = caught.value
    assert error.span is not None
    assert [text[slice(*span)] for span in (error.span, *error.more)] == ["a", "[1, 2]"]


def test_a_reading_names_what_the_text_names() -> None:
    assert reading(parse("u = 2x; v = u**2\nf(a) = a*v; f(u) - 1")) == (
        "u = 2 * x\nv = u ** 2\n(u * v) - 1"
    )


def test_a_reading_that_would_be_endless_is_cut() -> None:
    doubling = "".join(f"f{k + 1}(a) = f{k}(a)*f{k}(a);" for k in range(16))
    text = reading(parse(f"f0(a) = sin(a);{doubling} f16(x)"))
    assert text.endswith("…")
    assert len(text) < 200_000


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("u = 1; u = 2; u", "name-taken", "u"),
        ("u = u; u", "recursive-name", "u"),
        ("y = x; x = 2; y", "name-taken", "x"),
        ("u = pi; pi = 3; u", "name-taken", "pi"),
        ("pi = 2*pi; pi", "recursive-name", "pi"),
        ("f(a) = a; f(b) = b; f(1)", "name-taken", "f"),
        ("f(a) = a; f = 2; f", "name-taken", "f"),
        ("f = 2; f(a) = a; f", "name-taken", "f"),
        ("exp(a) = a; exp(1)", "name-taken", "exp"),
        ("f(a) = f(a); f(1)", "recursive-function", "f"),
        ("f(a) = g(a); g(a) = f(a); f(1)", "unknown-function", "g"),
        ("f(1) = 1; f(1)", "bad-parameter", "1"),
        ("f(a, a) = 1; f(1, 2)", "bad-parameter", "a"),
        ("f(a) = a; f(1, 2)", "wrong-number-of-arguments", "f(1, 2)"),
        ("f(a) = a; f(a=1)", "wrong-number-of-arguments", "f(a=1)"),
        ("x; 1", "unused-line", "x"),
        ("a = 1; f(a) = a", "nothing-computed", "f(a) = a"),
    ],
)
def test_what_is_wrong_with_a_meaning(text: str, code: str, marked: str) -> None:
    assert mistakes(text)[0] == (code, marked)


# --- reading on after a mistake -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("(2 +* 3) + foo(1)", ["missing-operand", "unknown-function"]),
        ("sin(x y) + [1 2]", ["missing-operator", "missing-operator"]),
        ("u = 2 3\nu + foo(1)", ["missing-operator", "unknown-function"]),
        ("u = 2 +\nv = 3 *; bar(u)", ["misplaced-token", "unknown-function"]),
        ("f(a) = 2 3; f(1) + f(2)", ["missing-operator"]),
        ("f(a +) = 2; f(1)", ["missing-operand"]),
        ("f() = 2; f()", ["misplaced-token"]),
        ("([1)]; 1 +* 2", ["mismatched-bracket", "missing-operand"]),
        ("sni(cso(1))", ["unknown-function", "unknown-function"]),
        (
            "1e99999 + sin(1, 2) + []",
            ["number-too-large", "wrong-number-of-arguments", "empty-list"],
        ),
    ],
)
def test_independent_mistakes_are_found_together(text: str, codes: list[str]) -> None:
    assert [code for code, _ in mistakes(text)] == codes


@pytest.mark.parametrize(
    "text", ["(1 + 2", "[1, 2", "sin(2", "1 +", "x y z w", "f(a = 2", "2 * (3 + ) + 1", "1 if 2"]
)
def test_one_mistake_is_told_once(text: str) -> None:
    assert len(mistakes(text)) == 1


# --- limits, at the boundary ----------------------------------------------------------------------


def nth(order: int, limits: Limits) -> None:
    from autodiff_cli.problem import load

    load("tanh(x)*x", "EXPR", ["x=1"], limits=limits).derivatives(["x"], order)


@pytest.mark.parametrize(
    ("name", "most", "run"),
    [
        ("length", 5, lambda limits: parse("x + 1", limits=limits)),
        ("calls", 3, lambda limits: parse("x + x + x + x", limits=limits)),
        ("calls", 6, lambda limits: parse("f(a) = a*a*a; f(f(f(x)))", limits=limits)),
        ("elements", 6, lambda limits: parse("[1, 2, 3] + 1", limits=limits).run({})),
        ("elements", 4, lambda limits: parse("x", limits=limits).run({"x": np.ones(4)})),
        # The shape is a vector of 2 itself.
        ("elements", 14, lambda limits: parse("broadcast_to(1, [3, 4])", limits=limits).run({})),
    ],
)
def test_a_limit_is_the_most_that_is_allowed(name: str, most: int, run: object) -> None:
    assert callable(run)
    run(Limits(**{name: most}))
    with pytest.raises(ComputationError) as caught:
        run(Limits(**{name: most - 1}))
    assert caught.value.code == "too-large"
    assert f"--limit {name}={most}" in (caught.value.hint or "")


def test_the_limit_of_a_graph_is_the_most_that_is_allowed() -> None:
    with pytest.raises(ComputationError) as caught:
        nth(2, Limits(graph=1))
    assert caught.value.code == "graph-too-large"
    # The hint leaves room for the orders to come.
    advised = int((caught.value.hint or "").rsplit("=", 1)[1].rstrip("`"))
    nth(2, Limits(graph=advised // 2))
    with pytest.raises(ComputationError):
        nth(2, Limits(graph=advised // 2 - 1))


def test_a_limit_of_time_stops_what_takes_longer() -> None:
    def forever() -> None:
        with Limits(seconds=1).timed():
            while True:
                math.factorial(100)

    with pytest.raises(ComputationError) as caught:
        forever()
    assert caught.value.code == "too-slow"
    with Limits(seconds=10**12).timed():
        pass
