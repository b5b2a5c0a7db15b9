"""Report the digits that float64 alone has for each number, the condition and the worst step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autodiff_cli.commands.lost import is_exact, reason
from autodiff_cli.commands.proven import Answers
from autodiff_cli.derive.steps import right_digits
from autodiff_cli.derive.unrounded import gradient, in_turn
from autodiff_cli.engine import Variable, grad, value_of
from autodiff_cli.engine.variable import reachable
from autodiff_cli.errors import UsageError
from autodiff_cli.language.format import number
from autodiff_cli.problem import Problem
from autodiff_cli.results import Note, Report

__all__ = ["accuracy_report", "conditions", "rounding_bound"]

MOST_ORDER = 6
"""The highest order of a derivative whose graph is built only for its condition."""

TELLING = 12
"""The largest number of correct digits at which the report states where digits were lost."""

UNIT = 2.0**-53
"""The greatest relative rounding error of float64."""


def accuracy_report(
    problem: Problem,
    answers: Answers,
    order: int,
    raw: Mapping[str, Any],
    fields: Mapping[str, Any],
    notes: Sequence[Note],
) -> Report:
    """Return a report of the answers, with the digits that float64 alone has and the condition.

    Parameters
    ----------
    order
        The order of the derivatives.
    raw
        The answers of float64 alone, by name.
    fields
        The fields of the command about its answers.

    Raises
    ------
    UsageError
        If the answers are not proven, or are arrays.
    """
    if problem.raw is None or problem.intervals:
        raise UsageError(
            "`--accuracy` compares float64 with proven digits, and there are none here",
            code="contradiction",
            hint="leave `--float64` and intervals away",
        )
    lines: list[str] = []
    found: dict[str, Any] = {}
    for name, value in answers.values.items():
        if np.shape(value):
            raise UsageError(
                "`--accuracy` is of single numbers, and this is an array",
                code="not-a-scalar",
                hint="take elements, as in `x[0]`, or a sum",
            )
        given = float(raw[name])
        nearest = float(answers.proofs[name].values.item()) if name in answers.proofs else given
        digits = right_digits(given, nearest)
        graph = answers.graphs.get(name)
        if graph is None and name in problem.env and order <= MOST_ORDER:
            graph = in_turn(problem.y, [problem.env[name]] * order)
        condition = {} if graph is None else conditions(problem, graph)
        found[name] = {"float64": given, "digits": digits, "condition": condition}
        if graph is not None:
            found[name]["bound"] = rounding_bound(problem, graph)
        why = "" if digits > TELLING else reason(problem, graph, given)
        lines += _lines(name if len(answers.values) > 1 else "", value, given, found[name], why)
    return Report("\n".join(lines), {**fields, "accuracy": found}, notes)


def _lines(name: str, value: Any, given: float, found: Mapping[str, Any], why: str) -> list[str]:
    digits = found["digits"]
    accurate = "all digits are right" if digits == 17 else f"{digits} digits are right"
    line = f"  float64 alone: {number(given)}, {accurate}" + (f": {why}" if why else "")
    condition = ", ".join(f"{_rough(c)} in {n}" for n, c in found["condition"].items())
    lines = [(f"{name} = " if name else "") + number(np.asarray(value)), line]
    return lines + ([f"  condition: {condition}"] if condition else [])


def _rough(x: float) -> str:
    return number(x, 2) if math.isfinite(x) else "infinite"


def conditions(problem: Problem, y: Variable) -> dict[str, float]:
    """Return the condition of the result for each input: the factor of a relative change."""
    from autodiff_cli.graph.proof import prove

    assert problem.known is not None
    xs = dict(problem.env)
    size, *slopes = prove([y, *gradient(y, list(xs.values()))], problem.known)
    found = {}
    with np.errstate(all="ignore"):
        for (name, x), slope in zip(xs.items(), slopes, strict=True):
            moved = float(np.sum(np.abs(np.asarray(value_of(x)) * slope.values)))
            whole = abs(float(size.values))
            found[name] = moved / whole if whole else (math.inf if moved else 0.0)
    return found


def rounding_bound(problem: Problem, y: Variable) -> float:
    """Return a bound of the error of float64, to first order.

    Each call rounds its result, and each leaf that is not exactly a float64 is rounded first; the
    effect on ``y`` is the rounding error times the adjoint.
    """
    size = abs(float(value_of(y)))
    inside = reachable([y])
    leaves = dict.fromkeys(
        x for v in inside for x in v.inputs if isinstance(x, Variable) and x.operation is None
    )
    nodes = [v for v in inside if v is not y] + [x for x in leaves if not is_exact(problem, x)]
    with np.errstate(all="ignore"):
        moved = [
            float(np.sum(np.abs(np.asarray(value_of(v)) * value_of(g))))
            for v, g in zip(nodes, grad(y, nodes), strict=True)
        ]
    return UNIT * (size + sum(moved))
