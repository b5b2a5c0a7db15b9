"""Find formulas that have values where numbers are nan, because something has cancelled.

The formula of ``sqrt(x)*sqrt(x)`` is 1, at negative x too, where there is nothing to differentiate;
that of ``(2*x/x)**inf`` is 0, where numbers are nan, since infinities do not cancel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from autodiff_cli.commands.infinite import infinite_value, not_finite
from autodiff_cli.engine import Variable, as_variable, grad, value_of
from autodiff_cli.errors import AdiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Instruction, Program
from autodiff_cli.problem import Problem

__all__ = ["FormulaEntry", "Lost", "lost_domain"]

SAMPLES = (-0.6, 0.7, 1.6, -2.3, 3.7, -7.4, 12.6, -123.4, 1234.5)
"""The numbers at which formulas are compared: on both sides of the usual ends of domains."""

MOST_CALLS = 20_000
"""The most calls of a program, times points, that are run."""


MOST_TURNS = 3
"""The highest order of a derivative that is computed by the rules."""


CLOSE = 1e-6
"""The greatest relative difference of two numbers that are the same but for rounding."""


class FormulaEntry(NamedTuple):
    """A formula of a derivative: of which element of the value, by which variables in turn."""

    output: tuple[int, ...]
    by: tuple[str, ...]
    text: str


class Lost(NamedTuple):
    """A call without a value, and a point where the formula has one.

    Attributes
    ----------
    values
        The values there of the formula and by the rules, if the expression has a constant that is
        not finite; else None.
    """

    call: int
    point: Mapping[str, float]
    values: tuple[float, float] | None = None


def lost_domain(problem: Problem, entries: Iterable[FormulaEntry]) -> Lost | None:
    """Return where a formula has a value though the expression, by the rules, has no derivative.

    Where both the rules and the formula give a number there is no difference to be told: by the
    rules the derivative of ``log(x)`` is ``1/x`` at every x.
    """
    program = problem.program
    if any(x.shape for x in problem.env.values()) or not any(map(_is_limited, program.calls)):
        return None
    formulas = None
    for point in _points(program, list(problem.env)):
        with suppress(AdiffError):
            env = {name: as_variable(value, name) for name, value in point.items()}
            results = program.results(env)
            y = as_variable(results[program.result])
            cause = infinite_value(replace(problem, env=env, results=results))
            constant = any(map(_is_infinite_constant, results))
            k, wrong = cause or (program.result, "")
            if k < 0 or (not constant and not (wrong == "nan" and _is_cause(problem, k, results))):
                continue
            if formulas is None:
                formulas = [(entry, _read(entry.text, point)) for entry in entries]
            for entry, formula in formulas:
                value = float(value_of(formula.run(point)))
                if not constant and np.isfinite(value) and _is_lost(y, env, entry, value):
                    return Lost(k, point)
                if constant and len(entry.by) <= MOST_TURNS:
                    by_rules = _number(y, env, entry, entry.by)
                    if np.isnan(value) != np.isnan(by_rules):
                        return Lost(k, point, (value, by_rules))
    return None


def _is_infinite_constant(x: Any) -> bool:
    """Return whether the result of a call is a constant that is not finite."""
    # The parameters of a function that the text defines are None.
    return not isinstance(x, Variable) and x is not None and not_finite(x) is not None


def _is_limited(call: Sequence[Any]) -> bool:
    """Return whether an operation has no value at some arguments."""
    domain = Instruction(*call).operation.metadata.domain
    return any(low > -np.inf or high < np.inf for low, high in domain)


def _points(program: Program, names: Sequence[str]) -> Iterable[dict[str, float]]:
    """Yield points for the variables, each of which takes all of the samples in another order."""
    most = max(3, MOST_CALLS // max(1, len(program.calls)))
    for k in range(min(most, len(SAMPLES) * min(len(names), 3))):
        turn = k // len(SAMPLES)
        yield {n: SAMPLES[(k * (1 + turn * j) + 2 * j) % len(SAMPLES)] for j, n in enumerate(names)}


def _is_cause(problem: Problem, k: int, results: Sequence[Any]) -> bool:
    """Return whether a call whose result is nan has finite operands."""
    slots = Instruction(*problem.program.calls[k]).slots
    return all(np.all(np.isfinite(value_of(results[slot]))) for slot in slots)


def _read(text: str, names: Iterable[str]) -> Program:
    formula = parse(text)
    formula.release(names)
    return formula


def _is_lost(y: Variable, env: Mapping[str, Variable], entry: FormulaEntry, found: float) -> bool:
    """Return whether there is no value, and the rules do not give the number of the formula."""
    if not np.isnan(_number(y, env, entry, ())):
        return False
    if len(entry.by) <= MOST_TURNS:
        return not math.isclose(_number(y, env, entry, entry.by), found, rel_tol=CLOSE)
    return any(np.isnan(_number(y, env, entry, [name])) for name in dict.fromkeys(entry.by))


def _number(
    y: Variable, env: Mapping[str, Variable], entry: FormulaEntry, names: Sequence[str]
) -> float:
    """Return a derivative by some variables in turn, as the rules give it."""
    found = y[entry.output] if entry.output else y
    for name in names:
        (found,) = grad(found, [env[name]], create_graph=True)
    return float(found.data)
