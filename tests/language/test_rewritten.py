"""Lines of LaTeX and of textbooks, rewritten in the language: they have the value that is meant."""

from __future__ import annotations

from contextlib import suppress
from random import Random

import numpy as np
import pytest

from autodiff_cli import AdiffError, evaluate
from autodiff_cli.language.parser import parse
from autodiff_cli.language.rewritten import rewritten

POINT = {"x": 0.7, "y": 1.3, "alpha": 0.4, "alpha_1": 0.3, "alpha_2": 1.7, "x_i_j": 2.5}


def value(text: str) -> float:
    """Return the value of an expression at the point, of those variables that it has."""
    names = parse(text).variables()
    return float(evaluate(text, {name: POINT[name] for name in names}))


FUNCTIONS = ["sin", "cos", "exp", "ln", "tanh", "arctan"]


class Written:
    """A random expression: as LaTeX, as a textbook has it with bars, and in the language."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def sum(self, depth: int) -> tuple[str, str, str]:
        left, right = self.product(depth), self.product(depth)
        sign = self.rng.choice("+-")
        return tuple(f"{a} {sign} {b}" for a, b in zip(left, right, strict=True))  # type: ignore[return-value]

    def product(self, depth: int) -> tuple[str, str, str]:
        left, right = self.factor(depth), self.factor(depth)
        if self.rng.random() < 0.3:
            return left
        return f"{left[0]} {right[0]}", f"{left[1]}*{right[1]}", f"{left[2]}*{right[2]}"

    def factor(self, depth: int) -> tuple[str, str, str]:
        kind = self.rng.randrange(9 if depth else 3)
        if kind == 0:
            return ("x", "x", "x") if self.rng.random() < 0.5 else ("y", "y", "y")
        if kind == 1:
            return r"\alpha", "alpha", "alpha"
        if kind == 2:
            n = str(self.rng.randint(2, 12))
            return (n, n, n) if self.rng.random() < 0.3 else (f"x^{{{n}}}", f"x^{n}", f"x**{n}")
        latex, text, plain = self.sum(depth - 1)
        name = self.rng.choice(FUNCTIONS)
        match kind:
            case 3:
                return rf"\frac{{{latex}}}{{x}}", f"(({text})/x)", f"(({plain})/x)"
            case 4:
                return rf"\sqrt{{({latex})^2}}", f"sqrt(({text})^2)", f"sqrt(({plain})**2)"
            case 5:
                return rf"\left|{latex}\right|", f"|{text}|", f"abs({plain})"
            case 6:
                return rf"\sin\left({latex}\right)", f"sin({text})", f"sin({plain})"
            case 7:
                return rf"{{\{name} x}}", f"{name} x", f"{name}(x)"
        return rf"e^{{-\left|{latex}\right|}}", f"e^(-|{text}|)", f"exp(-abs({plain}))"


@pytest.mark.parametrize("seed", range(150))
def test_a_formula_of_latex_has_its_value(seed: int) -> None:
    rng = Random(seed)
    latex, _, plain = Written(rng).sum(2)
    found = rewritten(rng.choice(["{}", "${}$"]).format(latex))
    if found is None:
        # It is in the language as it is.
        found = latex.strip("$")
    np.testing.assert_allclose(value(found), value(plain), rtol=1e-12)


@pytest.mark.parametrize("seed", range(150))
def test_bars_and_functions_without_brackets_have_their_value(seed: int) -> None:
    _, text, plain = Written(Random(seed)).sum(2)
    found = rewritten(text) or text
    np.testing.assert_allclose(value(found), value(plain), rtol=1e-12)


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        (r"\frac{1}{\sqrt{x}}", "1/sqrt(x)"),
        (r"\frac12 x^2", "x**2/2"),
        (r"\sqrt[3]{x}", "cbrt(x)"),
        (r"\sqrt[4]{x}", "x**(1/4)"),
        (r"\log_2 x + \log_{10} y", "log2(x) + log10(y)"),
        (r"\sin^2 x \cos^2 y", "sin(x)**2*cos(y)**2"),
        (r"\tan^{-1} x", "atan(x)"),
        (r"\sin 2x \cos 3y", "sin(2*x)*cos(3*y)"),
        (r"3xy + \alpha xy", "3*x*y + alpha*x*y"),
        (r"x^23\alpha", "x**2*3*alpha"),
        (r"\mathrm{erf}(x) + \operatorname{sinh} y", "erf(x) + sinh(y)"),
        (r"\alpha_1 + \alpha_{2} + x_{i,j}", "alpha_1 + alpha_2 + x_i_j"),
        (r"\|x\|_2^2", "norm(x)**2"),
        (r"x\frac{x y}{y^2}\left(x\right)", "x*(x*y/y**2)*x"),
        (r"\Gamma(x)\exp(-y)", "gamma(x)*exp(-y)"),
        ("||x| - 1|", "abs(abs(x) - 1)"),
        ("|x + |y||", "abs(x + abs(y))"),
        ("2|x||y|", "2*abs(x)*abs(y)"),
        ("||x||^2", "norm(x)**2"),
        ("‖x - y‖²", "norm(x - y)**2"),
        ("ln|x|", "log(abs(x))"),
        ("|sin 2x|", "abs(sin(2*x))"),
        ("u = |x|", "abs(x)"),
    ],
)
def test_a_line_is_rewritten(line: str, plain: str) -> None:
    found = rewritten(line)
    if found is None and "|" not in line:
        # Superfluous backslashes only are what makes it LaTeX.
        found = line
    assert found is not None
    np.testing.assert_allclose(value(found), value(plain), rtol=1e-12)


@pytest.mark.parametrize(
    "line",
    [
        r"\sum_{i=1}^n x_i",
        r"\int x dx",
        r"\lim_{x \to 0} x",
        r"\dot{x}",
        r"\frac{d}{dx} x^2",
        r"\frac{\partial f}{\partial x}",
        r"\mathbf{x}^T A \mathbf{x}",
        r"x^\top x",
        r"e^{-\gamma t}",
        "|x",
        "x | y",
        "a || b",
        r"a/b x + \sin x",
        r"\frac{x}",
        "",
        "|",
        "{",
        "x + 1",
        r"\foo{x}",
        "1/2|x|",
    ],
)
def test_a_line_that_is_not_understood_is_not_rewritten(line: str) -> None:
    assert rewritten(line) is None


@pytest.mark.parametrize("seed", range(200))
def test_what_is_rewritten_can_be_read(seed: int) -> None:
    rng = Random(seed)
    pieces = ["x", "2", "|", "||", "‖", "(", ")", "{", "}", "^", "sin", "\\frac", "\\sin", "+", "/"]
    pieces += [
        " ",
        "-",
        "\\left",
        "$",
        "[",
        "]",
        ",",
        "²",
        "√",
        "\\",
        "\\sqrt",
        "_",
        "abs",
        "=",
        ".",
    ]
    line = "".join(rng.choice(pieces) for _ in range(rng.randint(1, 14)))
    if (found := rewritten(line)) is not None:
        parse(found)
    with suppress(AdiffError):
        parse(line)
