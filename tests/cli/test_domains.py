"""Formulas that have values where their expression has none are noted, and no others."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from judge import run

from autodiff_cli.engine import Operation
from engine.outside import ELEMENTWISE, MP, reference

POINTS = [-7.4, -2.3, -0.6, 0.7, 1.6, 3.7]


def is_limited(op: Operation) -> bool:
    """Return whether an operation has no value at some of the points."""
    return any(value != value for value in map(op.compute, POINTS))


LIMITED = [
    op
    for op in ELEMENTWISE
    if op.arity == 1 and not op.statics and not op.metadata.internal and is_limited(op)
]


def notes(*argv: str) -> list[str]:
    code, out, err = run(*argv, "--json")
    assert code == 0, err
    return [note["message"] for note in json.loads(out).get("notes", [])]


@pytest.mark.parametrize("op", LIMITED, ids=lambda op: op.name)
def test_a_function_that_cancels_leaves_its_domain_in_a_note(op: Operation) -> None:
    call = f"{op.name}(x)"
    (said,) = notes("grad", f"x*{call}/{call}")
    head, _, place = said.partition(", such as at x=")
    assert head == f"the formula has values where `{call}` has none"
    try:
        value = reference(op)(MP.mpf(place.partition(":")[0]))
    except ValueError:
        value = MP.nan
    assert MP.im(value) != 0 or MP.isnan(value)
    assert run("grad", f"x*{call}/{call}", "--strict")[0] == 1
    assert notes("grad", call) == []


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("grad", "sqrt(x)*sqrt(x)"),
        ("grad", "x**x/x**x"),
        ("grad", "acos(x) + asin(x)"),
        ("grad", "sin(asin(x))"),
        ("grad", "(x**(1/3))**3"),
        ("grad", "u = sqrt(x*y); u*u"),
        ("hessian", "sqrt(x)*sqrt(x)*y"),
        ("jacobian", "y, sqrt(x)*sqrt(x)"),
    ],
)
def test_what_else_cancels_is_noted(command: str, text: str) -> None:
    (said,) = notes(command, text)
    assert "it holds only where the expression has one" in said


@pytest.mark.parametrize(
    "text",
    ["x/x", "x**2/x", "1/(1/x)", "log(x)*x", "log(x*y)", "sqrt(x) + y", "exp(log(x))", "x**y",
     "f(x) = log(x)**2", "f(t) = sqrt(t); f(x)*x", "where(x > 0, sqrt(x), x)",
     "sqrt(x**2 - 1)", "log(x)*log(y)", "sqrt(x**2)"],
)  # fmt: skip
def test_what_everyone_expects_is_not(text: str) -> None:
    assert notes("grad", text) == []


@pytest.mark.parametrize(
    ("command", "text", "said"),
    [
        ("grad", "max(x, 2**100000)", []),
        ("grad", "x + exp(1000)", []),
        ("grad", "x*1e400/1e401", []),
        ("eval", "x + 1e-400", []),
        ("jacobian", "[x + 2**100000, x]", []),
        ("hessian", "x**2 + cosh(2000)", []),
        ("grad", "x + 1/0", ["`1 / 0` gives inf"]),
        ("grad", "x + exp(1000*x)", ["`exp` of 1000 gives inf"]),
        ("eval", "x + exp(1000)", ["`exp` of 1000 gives inf"]),
    ],
)
def test_overflow_is_not_noted_beside_a_proven_answer(
    command: str, text: str, said: list[str]
) -> None:
    assert notes(command, text, "--at", "x=1") == said


@pytest.mark.parametrize(
    ("text", "order", "noted"),
    [
        ("(2*x/x)**inf", "1", True),
        ("0*x**inf", "2", True),
        ("hypot(x, 1)**inf", "3", True),
        ("exp(inf*x/x)", "1", True),
        ("(x + 1 - x)**inf", "1", True),
        ("hypot(x, 1)**inf", "2", False),
        ("1e400*x", "1", False),
        ("x + 1/0", "1", False),
        ("where(x > 0, x, inf)", "1", False),
    ],
)
def test_infinities_that_cancel_in_the_formula_only_are_noted(
    text: str, order: str, noted: bool
) -> None:
    said = notes("grad", text, "--order", order)
    assert [note[:24] for note in said] == ["infinities do not cancel"] * noted


def leaves(tree: Any) -> list[float]:
    """Return the numbers of nested lists and mappings, in order."""
    inner = tree.values() if isinstance(tree, dict) else tree
    return [x for part in inner for x in leaves(part)] if hasattr(inner, "__iter__") else [tree]


LONG = "exp(sin(x*y) + cos(x + y))*log(x**2 + y**2 + exp(sin(x*y) + cos(x + y)))"


@pytest.mark.parametrize("command", ["grad", "hessian", "jacobian"])
def test_formulas_that_share_parts_are_one_text(command: str) -> None:
    text = f"x*y, {LONG}" if command == "jacobian" else LONG
    code, out, _ = run(command, text)
    assert code == 0
    assert out.startswith("# ")
    assert "u = " in out
    code, value, _ = run("eval", out, "--at", "x=1,y=2", "--json")
    assert code == 0
    code, numbers, _ = run(command, text, "--at", "x=1,y=2", "--json")
    answer = json.loads(numbers)
    want = leaves(answer[{"grad": "derivatives", "jacobian": "matrix"}.get(command, command)])
    np.testing.assert_allclose(json.loads(value)["value"], want, rtol=1e-14)
