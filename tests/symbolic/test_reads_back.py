"""What is printed as a formula is read again, and gives the same number: of every operation."""

from __future__ import annotations

import math
import re

import pytest

import autodiff_cli
from autodiff_cli.errors import AdiffError
from autodiff_cli.language.names import functions

AT = 0.0625

EXAMPLES = sorted({o.metadata.example.split(" = ")[0] for o in functions().values()})

TEXTS = [
    "inv([[x, 1, 0, 2], [1, 3, x, 1], [0, 1, 4, 1], [2, 0, 1, x]])[0, 1]",
    "det([[x, 1, 0, 2], [1, 3, x, 1], [0, 1, 4, 1], [2, 0, 1, x]])",
    "sum(solve([[x, 1, 0, 2], [1, 3, x, 1], [0, 1, 4, 1], [2, 0, 1, x]], [x, 1, 2, 3])[1:3])",
    "norm(inv([[x, 1, 0, 2], [1, 3, x, 1], [0, 1, 4, 1], [2, 0, 1, x]]), axis=0)[1]",
    "x + 1/0",
    "x*(1/0) - x*(1/0)",
    "x*(1e308*10)",
    "cos(x)**(inf - inf)",
    "cos(x)**inf",
    "cos(x)**(-1/0)",
    "(2*x)**(inf)",
    "(x**inf)**0.5",
    "sin(x)**(-inf)*cos(x)**inf",
    "hypot(x, 1)**inf",
    "x/1e-320",
    "x*1e-300*1e-300",
    "max(x, 0.25, 2*x)*min(1, x, x**2)",
    "clip(x**2, x, 1)",
    "clip(x, 1, -1)",
    "relu(x)*sigmoid(x)",
]


def variants(text: str) -> list[str]:
    """Return a text with x added to one number in it, for each of them."""
    places = [m.span() for m in re.finditer(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?", text)]
    return [f"sum({text[:i]}({text[i:j]} + x){text[j:]})" for i, j in places]


def same(got: float, want: float) -> bool:
    if math.isnan(want) or math.isinf(want):
        return str(got) == str(want)
    return math.isclose(got, want, rel_tol=1e-9, abs_tol=1e-9)


def check(text: str, order: int) -> None:
    number = autodiff_cli.evaluate(text, {"x": AT})
    if order:
        number = autodiff_cli.grad(text, {"x": AT}, order=order)["x"]
    found = autodiff_cli.formula(text, "x", order)
    given = {"x": AT} if re.search(r"\bx\b", found) else {}
    assert same(float(autodiff_cli.evaluate(found, given)), float(number)), found


@pytest.mark.parametrize("order", range(4))
@pytest.mark.parametrize("example", EXAMPLES)
def test_every_operation(example: str, order: int) -> None:
    checked = 0
    for text in variants(example):
        try:
            autodiff_cli.evaluate(text, {"x": AT})
        except AdiffError as error:
            # An axis or a length is no variable.
            if "constant" not in error.message:
                raise
            continue
        check(text, order)
        checked += 1
    assert checked


@pytest.mark.parametrize("order", range(3))
@pytest.mark.parametrize("text", TEXTS)
def test_a_text(text: str, order: int) -> None:
    check(text, order)
