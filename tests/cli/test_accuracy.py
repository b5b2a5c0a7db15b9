"""How many digits float64 alone has, and why."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

from autodiff_cli.commands import eval as eval_command
from autodiff_cli.commands import grad as grad_command
from autodiff_cli.commands.accuracy import rounding_bound
from autodiff_cli.errors import UsageError
from autodiff_cli.problem import load
from autodiff_cli.results import Report
from formulas import FORMULAS

MP = mpmath.MPContext()
MP.dps = 50


def report(text: str, *at: str, order: int = 0) -> Report:
    problem = load(text, "EXPR", at, exactly=True)
    run: Any = eval_command.run if not order else grad_command.run
    found = run(problem, *([[], order] if order else []), accuracy=True)
    assert isinstance(found, Report)
    return found


@pytest.mark.parametrize(
    ("text", "at", "f", "order"),
    [
        ("exp(x) - 1 - x", "1e-6", lambda x: MP.exp(x) - 1 - x, 0),
        ("(1 - cos(x))/x**2", "1e-5", lambda x: (1 - MP.cos(x)) / x**2, 0),
        ("x**30 - x**29", "1.0001", lambda x: x**30 - x**29, 0),
        ("log(1 + exp(x))", "3", lambda x: MP.log(1 + MP.exp(x)), 2),
        ("sin(x)*exp(x)", "0.7", lambda x: MP.sin(x) * MP.exp(x), 3),
    ],
)
def test_digits_and_condition_are_those_of_mathematics(
    text: str, at: str, f: Any, order: int
) -> None:
    (found,) = report(text, f"x={at}", order=order).fields["accuracy"].values()
    x = MP.mpf(at)
    value, slope = MP.diff(f, x, order), MP.diff(f, x, order + 1)
    error = abs(MP.mpf(found["float64"]) / value - 1)
    assert error <= MP.mpf(10) ** -found["digits"] / 2 or found["digits"] >= 16
    assert found["digits"] >= 16 or error > MP.mpf(10) ** -(found["digits"] + 1) / 2
    assert found["condition"]["x"] == pytest.approx(float(abs(x * slope / value)), rel=1e-6)


def test_the_text_says_what_lost_them() -> None:
    assert report("(1 - cos(x))/x**2", "x=1e-8", order=1).text == (
        "-8.333333333333334e-10\n"
        "  float64 alone: 99999999.99999999, 0 digits are right:"
        " `1 - cos(x)` cancels all its digits\n"
        "  condition: 1 in x"
    )
    assert (
        "x = 0.3\n  float64 alone: 0.3, all digits are right"
        in report("x*y", "x=1,y=0.3", order=1).text
    )


def test_a_bound_holds_for_formulas_of_physics() -> None:
    # Each function of a library may be off by an ulp or two, not by half of one.
    for formula in FORMULAS[::6]:
        problem = load(
            formula.text, "EXPR", [f"{n}={v!r}" for n, v in formula.at.items()], exactly=True
        )
        assert problem.raw is not None
        given, right = float(problem.raw.y.data), float(np.asarray(problem.y.data))
        assert abs(given - right) <= 4 * rounding_bound(problem, problem.y)


@pytest.mark.parametrize(("text", "at"), [("x*2", ["x=[1,2]"])])
def test_of_arrays_there_is_none(text: str, at: list[str]) -> None:
    with pytest.raises(UsageError, match="single numbers"):
        report(text, *at)
    with pytest.raises(UsageError, match="none here"):
        eval_command.run(load("x", "EXPR", ["x=1"]), accuracy=True)
