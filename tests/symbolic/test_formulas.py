"""Derivatives as formulas: as short as a textbook's, and worth what the derivative is worth."""

from __future__ import annotations

import ast
import json
import math
import re
import statistics
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from textbook import HIGHER, TABLE

import autodiff_cli
from autodiff_cli.emit.text.formula import formula
from autodiff_cli.errors import AdiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.symbolic.derivatives import derivative_terms
from autodiff_cli.symbolic.rewrite import new_algebra

MP = mpmath.MPContext()
MP.dps = 40


def _where(condition: Any, x: Any, y: Any) -> Any:
    return x if condition else y


def _real(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is nan where it is not real, where mpmath goes on."""

    def of(*arguments: Any) -> Any:
        found = function(*arguments)
        return MP.nan if any(isinstance(z, MP.mpc) for z in (found, *arguments)) else found

    return of


NAMES: dict[str, Any] = {
    name: _real(getattr(MP, name))
    for name in (
        "sin cos tan sec csc cot asin acos atan acot sinh cosh tanh sech csch coth asinh atanh"
        " exp log sqrt erf erfc digamma gamma cbrt hypot sign"
    ).split()
}
NAMES |= {
    "inf": MP.inf,
    "nan": MP.nan,
    "pi": +MP.pi,
    "e": +MP.e,
    "abs": _real(abs),
    "where": _where,
    "log2": lambda x: MP.log(x, 2),
    "log10": lambda x: MP.log(x, 10),
    "lgamma": lambda x: MP.log(MP.gamma(x)),
    "max": max,
    "min": min,
    "atan2": lambda y, x: MP.atan2(y, x),
}


def value(text: str, at: dict[str, Any]) -> Any:
    """Evaluate a formula, which reads the same in Python, by mpmath; names have lines before."""
    names = NAMES | at
    *lines, last = (line.rstrip(";") for line in text.splitlines())
    for line in lines:
        name, _, part = line.rstrip(";").partition(" = ")
        names[name] = eval(part, dict(names))
    return MP.mpf(eval(last, dict(names)))


ALL = [(text, 1, book) for text, book in TABLE] + HIGHER


@pytest.mark.parametrize(("text", "order", "book"), ALL, ids=[f"{t} {o}" for t, o, _ in ALL])
def test_it_is_as_short_as_the_textbook(text: str, order: int, book: str) -> None:
    try:
        found = autodiff_cli.formula(text, "x", order)
    except AdiffError:
        assert "x" not in text
        return
    assert len(found) <= len(book), found
    at = {"x": MP.mpf("0.37"), "a": MP.mpf("1.3"), "b": MP.mpf("0.7"), "c": MP.mpf(2)}
    assert MP.almosteq(value(found, at), value(book, at), 1e-30)


def test_it_is_as_short_as_what_a_computer_algebra_system_simplifies() -> None:
    # 300 expressions and their derivatives as SymPy 1.14 gives and simplifies them, x being real.
    pairs = json.loads(Path(__file__).with_name("sympy.json").read_text(encoding="utf-8"))
    assert len(pairs) >= 280
    ratios = [
        len(autodiff_cli.formula(text, "x", 1)) / len(simplified)
        for text, simplified in pairs.items()
    ]
    assert statistics.median(ratios) <= 1.2
    assert max(ratios) <= 3.0


# --- what it is worth ----------------------------------------------------------------------------

leaves = st.sampled_from(["x", "x", "x", "y", "2", "3", "0.5", "pi"])


def combine(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    unary = st.sampled_from(
        "sin cos tan exp log sqrt tanh sinh cosh atan asinh erf abs sech cot".split()
    )
    return st.one_of(
        st.tuples(unary, inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(inner, st.sampled_from(["2", "3", "-1", "0.5", "x"])).map(
            lambda p: f"({p[0]})**({p[1]})"
        ),
        st.tuples(inner, inner, inner).map(lambda p: f"where({p[0]} > {p[1]}, {p[2]}, {p[1]})"),
    )


expressions = st.recursive(leaves, combine, max_leaves=6)


class _Powers(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow):
            return node
        return ast.Call(ast.Name("power", ast.Load()), [node.left, node.right], [])


def _power(x: Any, y: Any) -> Any:
    # mpmath goes on with an infinite value.
    if x == 0 and y < 0:
        raise ZeroDivisionError
    return x**y


@cache
def _compiled(text: str) -> CodeType:
    tree = ast.fix_missing_locations(_Powers().visit(ast.parse(text, mode="eval")))
    return compile(tree, text, "eval")


def real(text: str, at: dict[str, Any]) -> Any:
    """Evaluate a text if that meets nothing but real numbers of a moderate size."""
    try:
        found = eval(_compiled(text), NAMES | {"power": _power} | at)
    except (ZeroDivisionError, ValueError, TypeError, OverflowError, mpmath.libmp.ComplexResult):
        return None
    if isinstance(found, int | float):
        found = MP.mpf(found)
    # nan is not smaller than anything.
    return found if isinstance(found, MP.mpf) and abs(found) < 1e10 else None


def slope(text: str, at: dict[str, Any]) -> Any:
    """Differentiate by central differences at two widths, in 40 digits; None if they differ."""
    found = []
    for width in (MP.mpf("1e-9"), MP.mpf("1e-10")):
        ends = [real(text, at | {"x": at["x"] + side * width}) for side in (-1, 1)]
        if None in ends:
            return None
        found.append((ends[1] - ends[0]) / (2 * width))
    smooth = MP.almosteq(*found, rel_eps=1e-13, abs_eps=1e-13)
    return found[1] if smooth else None


@given(expressions, st.integers(1, 2))
@example("(where(x > sin(x), (x - x), sin(x)))**(x)", 2)
@example("where(sqrt(sqrt(x)) > 2, x, 2)", 1)
@example("((x - x)**x)**0.5", 2)
@example("((x - where(x > x, y, x)))**(0.5)", 1)
@example("sqrt(where(x > sin(x), x - x, sin(x))**x)", 2)
@settings(max_examples=600, deadline=None)
def test_it_is_worth_the_derivative(text: str, sign: int) -> None:
    at = {"x": MP.mpf("0.7312") * (-1) ** sign, "y": MP.mpf("1.2345")}
    # An expression in which some part has no real value has no real derivative to compare with.
    assume(real(text, at) is not None and "x" in text.replace("exp", ""))
    want = slope(text, at)
    assume(want is not None)
    found = autodiff_cli.formula(text, "x", 1)
    try:
        got = value(found, at)
    except (ZeroDivisionError, TypeError):
        # Python works out what a choice leaves aside too, and stops there where IEEE 754 goes on;
        # mpmath takes roots of negative numbers for complex ones, which it does not compare.
        assert "where" in found
        names = {name for name in at if re.search(rf"\b{name}\b", found)}
        got = MP.mpf(float(autodiff_cli.evaluate(found, {name: float(at[name]) for name in names})))
    if MP.isnan(got):
        # A root of what is 0 all along has an infinite slope times 0, which no rule knows: then
        # the number is not known either.
        point = {name: float(v) for name, v in at.items() if re.search(rf"\b{name}\b", text)}
        number = autodiff_cli.grad(text, point, "x")["x"]
        assert np.isnan(number), found
        return
    assert MP.almosteq(got, want, rel_eps=1e-9, abs_eps=1e-9), found


@given(expressions)
@settings(max_examples=300, deadline=None)
def test_what_is_printed_is_read_again_as_the_same(text: str) -> None:
    assume("x" in text.replace("exp", ""))
    found = autodiff_cli.formula(text, "x", 1)
    at = {"x": 0.7312, "y": 1.2345}
    given_ = {name: v for name, v in at.items() if re.search(rf"\b{name}\b", found)}
    got = float(autodiff_cli.evaluate(found, given_))
    try:
        want = float(value(found, {name: MP.mpf(v) for name, v in at.items()}))
    except (ZeroDivisionError, ValueError, TypeError, OverflowError):
        return
    assume(abs(want) < 1e10)
    assert got == pytest.approx(want, rel=1e-9, abs=1e-9), found


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("where(x > 0, x**3, -x)", "where(x > 0, 3*x**2, -1)"),
        ("x**2 if x > 0 else x", "where(x > 0, 2*x, 1)"),
        ("abs(x)", "sign(x)"),
        ("sin(1)*x", "sin(1)"),
        ("x/3", "1/3"),
        ("pi*x**2", "2*pi*x"),
        ("0.1*x**2", "0.2*x"),
        ("sin(x)**2 + cos(x)**2", "0"),
        ("log(exp(x**2))", "2*x"),
        ("u = x**2; sin(u)", "2*x*cos(x**2)"),
        ("f(t) = t**3; f(2*x)", "24*x**2"),
        ("sum([x, x**2])", "2*x + 1"),
        ("[x, 1] @ [2, x]", "3"),
        ("det([[x, 1, 0], [1, x, 1], [0, 1, x]])", "3*x**2 - 2"),
        ("norm([x, 1])", "x/sqrt(x**2 + 1)"),
        ("logsumexp([x, 0])", "exp(x)/(exp(x) + 1)"),
        ("mean([x, 2, 5])", "1/3"),
        ("prod([x, x, 2], axis=0)", "4*x"),
        ("trace([[1, 2], [3, x]] @ [[1, 2], [3, x]])", "2*x"),
        ("[x, x**2][-1]", "2*x"),
        ("sum(x*[[1, 2], [3, 4]], axis=0)[1]", "6"),
    ],
)
def test_a_formula(text: str, want: str) -> None:
    assert autodiff_cli.formula(text, "x", 1) == want


def test_names_for_what_occurs_often_and_none_if_asked() -> None:
    text = "exp(sin(x))"
    named, expanded = (autodiff_cli.formula(text, "x", 6, expand=e) for e in (False, True))
    assert named.splitlines()[0] in ("u = sin(x)", "u = cos(x)")
    assert "\n" not in expanded
    assert len(named) < len(expanded)
    at = {"x": MP.mpf("0.37")}
    assert MP.almosteq(value(named, at), value(expanded, at), 1e-30)
    assert MP.almosteq(value(named, at), MP.diff(lambda x: MP.exp(MP.sin(x)), at["x"], 6), 1e-12)


def test_a_formula_that_is_too_long_is_refused_with_its_size() -> None:
    algebra = new_algebra()
    terms = derivative_terms(algebra, parse("x**x"), ["x"], 6)
    with pytest.raises(AdiffError, match="characters") as caught:
        formula(algebra, terms["x"], most=200)
    assert caught.value.code == "formula-too-long"
    assert "adiff export" in str(caught.value.hint)


def test_a_long_sum_and_a_deep_nest() -> None:
    terms = " + ".join(f"a{k}*x**{k % 9}" for k in range(300))
    assert autodiff_cli.formula(terms, "a7", 1) == "x**7"
    nest = "sin(" * 400 + "x" + ")" * 400
    assert autodiff_cli.formula(nest, order=0) == nest


def test_the_derivative_wrt_several_variables_asks_which() -> None:
    with pytest.raises(AdiffError, match="one variable"):
        autodiff_cli.formula("x*y", order=1)
    assert autodiff_cli.formula("x*y", "y", 1) == "x"


def test_infinities_stay_what_they_are() -> None:
    assert math.isinf(float(autodiff_cli.evaluate(autodiff_cli.formula("inf"))))
