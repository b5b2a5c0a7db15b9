"""Formulas in LaTeX: what a textbook would set, and nothing that LaTeX would stumble over."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

from autodiff_cli.emit.text.latex import latex, symbol
from autodiff_cli.engine import registry
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.errors import AdiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.symbolic.derivatives import derivative_terms
from autodiff_cli.symbolic.rewrite import new_algebra


def written(text: str, order: int = 0) -> str:
    algebra = new_algebra()
    return latex(algebra, derivative_terms(algebra, parse(text), ["x"], order)["x"])


@pytest.mark.parametrize(
    ("text", "order", "want"),
    [
        ("x**4 - 2*x**2", 1, "4 x^{3} - 4 x"),
        ("1/(1 + x**2)", 1, r"-\frac{2 x}{\left(x^{2} + 1\right)^{2}}"),
        ("sqrt(x)", 1, r"\frac{1}{2 \sqrt{x}}"),
        ("1/(x - x)", 1, r"\mathrm{nan}"),
        ("0**x", 0, "0^{x}"),
        ("sin(x)**2", 0, r"\sin^{2}\left(x\right)"),
        ("tan(x)", 1, r"\sec^{2}\left(x\right)"),
        ("exp(-x**2)", 1, r"-2 x e^{-x^{2}}"),
        ("log(x)", 0, r"\ln\left(x\right)"),
        ("asin(x)", 1, r"\frac{1}{\sqrt{1 - x^{2}}}"),
        ("pi*x", 0, r"\pi x"),
        ("x**theta_1", 0, r"x^{\theta_{1}}"),
        ("abs(x)", 0, r"\left|x\right|"),
        ("x/3 + 0.1", 0, r"\frac{x}{3} + 0.1"),
        ("(x + 1)*(x + y)", 0, r"\left(x + 1\right) \left(x + y\right)"),
        ("2*3**x", 0, r"2 \cdot 3^{x}"),
        ("x >= y", 0, r"x \ge y"),
        (
            "x if x > 0 else -x",
            0,
            r"\begin{cases} x & \text{if } x > 0 \\ -x & \text{otherwise} \end{cases}",
        ),
    ],
)
def test_it_is_set_as_in_a_textbook(text: str, order: int, want: str) -> None:
    assert written(text, order) == want


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("x", "x"),
        ("x_1", "x_{1}"),
        ("x12", "x_{12}"),
        ("alpha", r"\alpha"),
        ("θ", r"\theta"),
        ("Ω_2", r"\Omega_{2}"),
        ("speed", r"\mathit{speed}"),
        ("inf", r"\infty"),
    ],
)
def test_names(name: str, want: str) -> None:
    assert symbol(name) == want


def test_the_brackets_of_every_operation_close() -> None:
    for operation in registry.values():
        if not isinstance(operation, Elementwise) or operation.metadata.internal:
            continue
        arguments = ", ".join("xyz"[: operation.arity])
        text = written(f"{operation.name}({arguments})")
        assert text.count("{") == text.count("}")
        assert len(re.findall(r"\\left\b", text)) == len(re.findall(r"\\right\b", text))
        assert "<" not in text.replace("x < y", "")


def test_an_element_is_a_subscript_and_never_one_of_a_subscript() -> None:
    algebra, program = new_algebra(), parse("v[0]*x1[1]")
    shapes = {"v": np.zeros(2), "x1": np.zeros(2)}
    (term,) = derivative_terms(algebra, program, [""], 0, shapes).values()
    assert latex(algebra, term) == r"v_{0} \left(x_{1}\right)_{1}"


def test_a_tower_of_powers_is_refused_before_it_is_written() -> None:
    start = time.process_time()
    with pytest.raises(AdiffError, match="characters") as caught:
        written("**".join(["x"] * 200), 1)
    assert caught.value.code == "formula-too-long"
    assert time.process_time() - start < 5
