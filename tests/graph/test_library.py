"""Proven answers from the library."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_cli.errors import ComputationError, UsageError
from autodiff_cli.proven import evaluate, grad


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
    with pytest.raises(ComputationError, match="proven"):
        evaluate("0/0")
    with pytest.raises(UsageError, match="no value"):
        evaluate("x")


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
