"""Proven answers: the float64 nearest to the exact value, or a requested number of digits.

The functions have the names and parameters of those in `autodiff_cli.api`.  A value given as text
is an expression and is exact: ``"0.1"`` is a tenth and ``"pi/3"`` a third of π.  A value given as
a number is exactly the float64 that it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.commands import proven
from autodiff_cli.commands.doubts import doubts
from autodiff_cli.commands.replaced import completed
from autodiff_cli.commands.truth import examined
from autodiff_cli.errors import ComputationError
from autodiff_cli.language.binding import bind
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Program
from autodiff_cli.problem import Problem, exact_problem

__all__ = ["evaluate", "grad"]


def evaluate(
    expression: str, at: Mapping[str, Any] | None = None, digits: int | None = None
) -> NDArray[Any]:
    """Return the proven value of an expression.

    Parameters
    ----------
    expression
        An expression in the language of the command line.
    at
        A number, array or text for each variable.
    digits
        The number of correct digits to return; the precision of float64 if not given.

    Returns
    -------
    ndarray
        An array of floats; an array of strings if ``digits`` is given.

    Raises
    ------
    AdiffError
        If the expression cannot be read, a variable has no value, or the answer cannot be proven.

    Examples
    --------
    >>> evaluate("x + 0.2", {"x": "0.1"})
    array(0.3)
    >>> evaluate("exp(1)", digits=30)
    array('2.71828182845904523536028747135', dtype=object)
    """
    problem = _problem(expression, at, digits)
    answers = proven.of_graphs(problem, {"value": problem.y}, {"value": problem.y.data})
    return _sure(problem, answers)["value"]


def grad(
    expression: str,
    at: Mapping[str, Any] | None = None,
    wrt: str | Sequence[str] | None = None,
    order: int = 1,
    digits: int | None = None,
) -> dict[str, NDArray[Any]]:
    """Return the proven derivatives of an expression with respect to each variable alone.

    Parameters
    ----------
    expression, at, digits
        As for `evaluate`.
    wrt
        The variables to differentiate with respect to; all of them if not given.
    order
        The order of the derivative.

    Raises
    ------
    AdiffError
        As for `evaluate`, or if the value is not a single number.

    Examples
    --------
    >>> grad("(1 - cos(x))/x**2", {"x": "1e-8"})
    {'x': array(-8.33333333e-10)}

    A derivative that exists is returned even if intermediate operations have kinks:

    >>> grad("abs(x)**2", {"x": 0}, order=2)
    {'x': array(2.)}
    """
    problem = _problem(expression, at, digits)
    names = problem.names([wrt] if isinstance(wrt, str) else list(wrt or []))
    found = problem.derivatives(names, order, method="auto")
    rounded = {name: derivative.data for name, derivative in found.items()}
    truth = examined(problem, names, order, rounded) if order else None
    return _sure(
        problem,
        completed(truth, names, rounded, lambda some, f: proven.of_orders(problem, some, order, f)),
    )


def _problem(expression: str, at: Mapping[str, Any] | None, digits: int | None) -> Problem:
    program = parse(expression)
    sources: dict[str, tuple[Any, Program | None]] = {}
    for name, value in (at or {}).items():
        source = parse(value, name) if isinstance(value, str) else None
        sources[name] = (value if source is None else source.run({}), source)
    env = bind(program, {name: value for name, (value, _) in sources.items()})
    problem = Problem(program, env, program.results(env), symbolic=False)
    return exact_problem(problem, sources, digits)


def _sure(problem: Problem, answers: proven.Answers) -> dict[str, NDArray[Any]]:
    if not answers.proven:
        notes = doubts(problem, answers)
        raise ComputationError(
            notes[0].message if notes else "the answer cannot be proven",
            code="not-proven",
            hint=notes[0].hint if notes and notes[0].hint else "float64's is in `autodiff_cli`",
        )
    return {name: np.asarray(value) for name, value in answers.values.items()}
