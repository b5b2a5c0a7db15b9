"""Proven answers from the library."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from autodiff_cli.errors import ComputationError, UsageError
from autodiff_cli.proven import evaluate, grad, hessian, jacobian, taylor


def test_texts_are_exact_and_numbers_are_float64() -> None:
    assert evaluate("x + 0.2", {"x": "0.1"}) == 0.3
    assert evaluate("x", {"x": 0.1}, digits=30) == "0.100000000000000005551115123126"
    assert evaluate("sum(x)", {"x": np.array([0.5, 0.25])}) == 0.75
    assert evaluate("cos(x)", {"x": "pi/3"}) == 0.5
    assert grad("x*y/3", {"x": "0.1", "y": "0.3"}) == {"x": 0.1, "y": 1 / 30}
    assert grad("exp(x)", {"x": 0}, order=5, digits=20) == {"x": "1.0000000000000000000"}


def test_what_cannot_be_proven_is_an_error() -> None:
    with pytest.raises(ComputationError, match="cannot be told"):
        evaluate("where(x*x == 2, 1, 3)", {"x": "sqrt(2)"})
    with pytest.raises(ComputationError, match="`0 / 0` gives nan"):
        evaluate("0/0")
    with pytest.raises(UsageError, match="no value"):
        evaluate("x")


def test_derivatives_are_those_that_exist_at_kinks() -> None:
    assert grad("relu(x) - relu(-x)", {"x": 0}) == {"x": 1}
    assert grad("abs(x)**2*y", {"x": 0, "y": 3}, ["x", "x", "y"]) == {"x,x,y": 2}
    assert hessian("cos(norm(v))", {"v": [0, 0]}).matrix.tolist() == [[-1, 0], [0, -1]]
    assert jacobian("[abs(x)**2, y]", {"x": 0, "y": 1}).matrix.tolist() == [[0, 0], [0, 1]]
    assert evaluate("(1 - cos(x))/x**2", {"x": 0}, extend=True) == 0.5
    assert grad("sin(x)/x", {"x": 0}, order=2, digits=9, extend=True) == {"x": "-0.333333333"}
    assert evaluate("5 if x == 0 else x", {"x": 0}) == 5


def test_series_have_their_exponents() -> None:
    assert taylor("x/(1 - cos(x))", order=1) == {-1: 2, 1: 1 / 6}
    assert taylor("sqrt(x)*exp(x)", order=2, digits=5) == {0.5: "1", 1.5: "1"}
    assert taylor("abs(x - 1)", {"x": 1}, side="left") == {1: -1}
    assert taylor("x*y", {"y": "1/3"}, "x", order=2) == {1: 1 / 3}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: grad("abs(x)", {"x": 0}), "-1 from the left and 1 from the right"),
        (lambda: grad("sin(x)/x", {"x": 0}), "removable: the limit is 1"),
        (lambda: grad("floor(x)", {"x": 1}), "`floor` jumps here: f is 0 from the left and 1"),
        (lambda: evaluate("log(x)", {"x": 0}), "pole: f is -inf from the right"),
        (lambda: hessian("abs(x*y)", {"x": 0, "y": 0}), "∂²f/∂x∂y does not exist"),
        (lambda: taylor("abs(x)"), "from the left it is -x + O(x**6), from the right x"),
        (lambda: taylor("log(x)"), "it has a logarithm"),
    ],
)
def test_no_convention_is_returned(call: Any, said: str) -> None:
    with pytest.raises(ComputationError, match=re.escape(said)):
        call()


def test_without_the_library_of_balls_answers_are_those_of_float64(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sys

    from autodiff_cli.commands import eval as command
    from autodiff_cli.problem import load

    for name in [name for name in sys.modules if name.startswith("autodiff_cli.graph")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "flint", None)
    found = command.run(load("sin(pi/6)", "EXPR", [], exactly=True))
    assert found.rows == {"value": np.sin(np.pi / 6)}
    assert found.fields["proven"] is False
    (note,) = found.notes
    assert "python-flint" in note.message
    assert note.hint == "run `pip install python-flint`"
