"""`adiff taylor`: a series in one variable or along a line, or all partial derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autodiff_cli.commands.notes import derivative_notes, placed
from autodiff_cli.commands.proven import doubts, of_coefficients, of_partials
from autodiff_cli.derive.rational import rational_coefficients
from autodiff_cli.derive.taylor import check_scalars, coefficients, derivatives_along, partials
from autodiff_cli.emit.text.partials import partial
from autodiff_cli.engine import as_variable
from autodiff_cli.errors import UsageError
from autodiff_cli.language.assignments import read_values
from autodiff_cli.language.binding import check_directions
from autodiff_cli.problem import Problem, split
from autodiff_cli.results import Note, Numbers, Polynomial

__all__ = ["all_partials", "check_alone", "expanded_about", "run"]


def run(
    problem: Problem,
    wrt: Sequence[str],
    direction: Sequence[str],
    order: int,
    latex: bool,
    as_fractions: bool = False,
) -> Polynomial:
    """Return the Taylor polynomial of the expression in one variable, or along a line.

    Parameters
    ----------
    direction
        Assignments such as ``x=1, y=2``: how fast each variable moves along the line.
    latex
        Whether to write it in LaTeX.
    as_fractions
        Whether to return coefficients that are rational as fractions too, as LaTeX always has them.
    """
    given = read_values(direction, "--direction")
    if given:
        if wrt:
            raise UsageError(
                "`--wrt` and `--direction` both say along what to expand",
                code="contradiction",
                hint="give one of them",
            )
        directions = check_directions(problem.program, problem.env, given)
        name, center = _parameter(problem), 0.0
    else:
        name = _only(problem, problem.names(wrt))
        directions, center = {name: 1.0}, 0.0
    check_scalars(
        problem.y,
        {} if given else {name: problem.env[name]},
        f"`--direction {name}=[1,0]` takes a line through such values",
    )
    if not given:
        center = float(problem.env[name])
    along = {problem.env[n]: d for n, d in directions.items()}
    limits = problem.program.limits
    with placed(problem):
        found = coefficients(problem.y, along, order, limits).reshape(-1)
        derivatives = derivatives_along(problem.y, along, order, found.tolist(), limits)
    answers = of_coefficients(problem, along, found, derivatives)
    fields = {
        "command": "taylor",
        **problem.fields,
        **({"direction": directions} if given else {}),
        "variable": name,
        "center": center,
        "order": order,
        "coefficients": answers.values["coefficients"],
        "derivatives": answers.values["derivatives"],
        **answers.fields,
    }
    notes = _notes(problem, {} if given else {name: derivatives}) + doubts(problem, answers)
    shown = answers.values["coefficients"].tolist()
    exact = None
    if as_fractions:
        values = {n: x.data for n, x in problem.env.items()}
        exact = rational_coefficients(problem.program, values, directions, found.tolist(), limits)
        fields |= {"exact": [None if c is None else str(c) for c in exact]}
    return Polynomial(shown, name, center, latex, fields, notes, exact)


def check_alone(others: Mapping[str, object]) -> None:
    """Refuse options that say how a series is to be, where all partial derivatives are asked for.

    Parameters
    ----------
    others
        What the options that ``--total`` excludes were given, by name; nothing if they were not.

    Raises
    ------
    UsageError
        If one was given.
    """
    for name, given in others.items():
        if given:
            raise UsageError(f"`--total` and `--{name}` exclude each other", code="contradiction")


def expanded_about(wrt: Sequence[str], direction: Sequence[str]) -> dict[str, Any]:
    """Return the variables that are 0 if they have no value, each with something of its shape."""
    return dict.fromkeys(split(wrt)) or read_values(direction, "--direction")


def all_partials(problem: Problem, wrt: Sequence[str], total: int) -> Numbers:
    """Return all partial derivatives up to a total order, mixed ones included."""
    names = problem.names(wrt)
    if not names:
        raise _no_variable()
    xs = {name: problem.env[name] for name in names}
    check_scalars(problem.y, xs)
    with placed(problem):
        found = partials(problem.y, list(xs.values()), total, problem.program.limits)
    answers = of_partials(problem, names, found)
    values = dict(zip(found, answers.values.values(), strict=True))
    rows = {partial([names[i] for i in by]): value for by, value in values.items()}
    listed = [
        {"orders": {name: by.count(i) for i, name in enumerate(names) if i in by}, "value": value}
        for by, value in values.items()
    ]
    fields = {
        "command": "taylor",
        **problem.fields,
        "total": total,
        "partials": listed,
        **answers.fields,
    }
    pure = {n: [found[(i,) * k] for k in range(total + 1)] for i, n in enumerate(names)}
    notes = _notes(problem, pure) + doubts(problem, answers)
    return Numbers(rows, fields, ("derivative", "value"), notes)


def _only(problem: Problem, names: Sequence[str]) -> str:
    """Return the one variable there is to expand in."""
    if not names:
        raise _no_variable()
    if len(names) > 1:
        a, b = names[:2]
        raise UsageError(
            f"a series is in one variable, and there are {len(names)}: "
            + ", ".join(f"`{name}`" for name in names),
            code="several-variables",
            hint=f"`--wrt {a}` takes one, `--direction {a}=1,{b}=1` a line through all,"
            " `--total N` gives all partial derivatives",
        )
    return names[0]


def _no_variable() -> UsageError:
    return UsageError(
        "the expression has no variable to expand in",
        code="no-variable",
        hint="`adiff eval` gives its value",
    )


def _parameter(problem: Problem) -> str:
    """Return a name for how far along the line one is."""
    return next(name for name in ("t", "s", "h", "step") if name not in problem.env)


def _notes(problem: Problem, derivatives: Mapping[str, Sequence[float]]) -> list[Note]:
    """Return the notes on the first derivatives, or on the first ones that are not finite."""
    steep = [
        k
        for values in derivatives.values()
        for k, value in enumerate(values)
        if k and not np.isfinite(value)
    ]
    k = min(steep, default=1)
    shown: Any = {n: as_variable(values[k]) for n, values in derivatives.items() if k < len(values)}
    return derivative_notes(problem, shown, k)
