"""Find formulas that have values where the expression has none: what has cancelled had a domain.

The formula of ``sqrt(x)*sqrt(x)`` is 1, at negative x too, where there is nothing to differentiate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from autodiff_cli.commands.infinite import infinite_value
from autodiff_cli.engine import Variable, as_variable, grad, value_of
from autodiff_cli.errors import AdiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Instruction, Program
from autodiff_cli.problem import Problem

__all__ = ["Entry", "Lost", "lost_domain"]

SAMPLES = (-0.6, 0.7, 1.6, -2.3, 3.7, -7.4, 12.6, -123.4, 1234.5)
"""The numbers at which formulas are compared: on both sides of the usual ends of domains."""

MOST_CALLS = 20_000
"""The most calls of a program, times points, that are run."""


class Entry(NamedTuple):
    """A formula of a derivative: of which element of the value, by which variables."""

    output: tuple[int, ...]
    by: tuple[str, ...]
    text: str


class Lost(NamedTuple):
    """A call without a value at a point where the formula has one."""

    call: int
    point: Mapping[str, float]


def lost_domain(problem: Problem, entries: Iterable[Entry]) -> Lost | None:
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
            if not np.isnan(y.data).any():
                continue
            cause = infinite_value(replace(problem, env=env, results=results))
            if cause is None or cause[1] != "nan" or not _is_cause(problem, cause[0], results):
                continue
            if formulas is None:
                formulas = [(entry, _read(entry.text, point)) for entry in entries]
            for entry, formula in formulas:
                if np.isfinite(value_of(formula.run(point))) and _is_nan(y, env, entry):
                    return Lost(cause[0], point)
    return None


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


def _is_nan(y: Variable, env: Mapping[str, Variable], entry: Entry) -> bool:
    """Return whether the value and one of its first derivatives are nan by the rules."""
    element = y[entry.output] if entry.output else y
    if not np.isnan(element.data):
        return False
    return any(np.isnan(gx.data) for gx in grad(element, [env[name] for name in entry.by]))
