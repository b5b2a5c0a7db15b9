"""`adiff taylor`: a series in one variable or along a line, or all partial derivatives."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from autodiff_cli.commands.doubts import doubts
from autodiff_cli.commands.examination import HIGHEST, numbered, partials_at, suspects
from autodiff_cli.commands.expansion import Expansion, Way, expansion, fractions
from autodiff_cli.commands.notes import derivative_notes, locating_errors, value_notes
from autodiff_cli.commands.proven import of_coefficients, of_partials
from autodiff_cli.commands.replaced import replaced
from autodiff_cli.commands.truth import Truth
from autodiff_cli.derive.rational import rational_coefficients
from autodiff_cli.derive.taylor import check_scalars, coefficients, derivatives_along, partials
from autodiff_cli.emit.text.partials import partial
from autodiff_cli.emit.text.series import series_text
from autodiff_cli.engine import Variable, as_variable
from autodiff_cli.errors import ComputationError, NoSeriesError, Span, UsageError
from autodiff_cli.language.assignments import read_sources
from autodiff_cli.language.binding import check_directions
from autodiff_cli.problem import Problem, exact_values, rational, split
from autodiff_cli.results import Note, Numbers, Polynomial

__all__ = ["all_partials", "check_alone", "expanded_about", "run"]

MOST_TERMS = 3
"""The most terms of a series in a message."""

FEW_DIGITS = 6
"""The significant digits of its coefficients."""


def run(
    problem: Problem,
    wrt: Sequence[str],
    direction: Sequence[str],
    order: int,
    latex: bool,
    as_fractions: bool = False,
    way: Way | None = None,
) -> Polynomial:
    """Return the Taylor polynomial of the expression in one variable, or along a line.

    Where there is none it is a Laurent or Puiseux series, if one holds here or on one side.

    Parameters
    ----------
    direction
        Assignments such as ``x=1, y=2``: how fast each variable moves along the line.
    latex
        Whether to write it in LaTeX.
    as_fractions
        Whether to return coefficients that are rational as fractions too, as LaTeX always has them.
    way
        The side from which the point is approached; both if not given.
    """
    sources = read_sources(direction, "--direction")
    given = {name: value for name, (value, _) in sources.items()}
    if given:
        if wrt:
            raise UsageError(
                "`--wrt` and `--direction` both say along what to expand",
                code="contradiction",
                hint="give one of them",
            )
        directions = check_directions(problem.program, problem.env, given)
        name = _parameter(problem)
    else:
        name = _only(problem, problem.names(wrt) if wrt else problem.unknown or problem.names(wrt))
        directions = {name: 1.0}
    check_scalars(
        problem.y,
        {} if given else {name: problem.env[name]},
        f"`--direction {name}=[1,0]` takes a line through such values",
    )
    center: float | Fraction = 0.0 if given else float(problem.env[name])
    along = {problem.env[n]: d for n, d in directions.items()}
    exact = {problem.env[n]: speed for n, speed in exact_values(problem, sources).items()}
    fields = {
        "command": "taylor",
        **problem.fields,
        **({"direction": directions} if given else {}),
        "variable": name,
        "center": center,
        "order": order,
    }
    if as_fractions and not given:
        center = problem.fractions.get(name) or center
    speeds = along | exact
    request = _Request(problem, name, center, along, speeds, order, latex, as_fractions, fields)
    if way is not None:
        return _of_germs(request, way)
    irregular = suspects(problem) is not None
    try:
        with locating_errors(problem):
            rounded = coefficients(problem.y, along, order, problem.program.limits).reshape(-1)
    except NoSeriesError:
        if not irregular:
            raise
        return _of_germs(request)
    if irregular or not np.all(np.isfinite(rounded)):
        return _of_germs(request)
    return _of_rules(request, rounded, directions)


class _Request(NamedTuple):
    """A requested series, and the form to write it in."""

    problem: Problem
    name: str
    center: float | Fraction
    along: Mapping[Variable, Any]
    speeds: Mapping[Variable, Any]
    order: int
    latex: bool
    as_fractions: bool
    fields: dict[str, Any]


def _of_rules(request: _Request, rounded: Any, directions: Mapping[str, Any]) -> Polynomial:
    """Return the Taylor polynomial that the rules give, where all operations are smooth."""
    problem, order = request.problem, request.order
    limits = problem.program.limits
    derivatives = derivatives_along(problem.y, request.along, order, rounded.tolist(), limits)
    answers = of_coefficients(problem, request.speeds, rounded, derivatives)
    if answers.proofs and not answers.proven and order <= HIGHEST:
        # What float64 takes for a number may be a pole.
        with suppress(ComputationError):
            found = expansion(problem, request.speeds, order, None)
            if isinstance(found, Expansion) and not found.is_taylor:
                return _of_expansion(request, found)
    fields = {**request.fields, **answers.values, **answers.fields}
    notes = value_notes(problem, answers.certain) + doubts(problem, answers)
    shown: list[Any] = answers.values["coefficients"].tolist()
    if request.as_fractions:
        values = {n: x.data for n, x in problem.env.items()}
        speeds = {name: _speed(request, name, speed) for name, speed in directions.items()}
        exact = rational_coefficients(
            problem.program, values, speeds, rounded.tolist(), limits, problem.fractions
        )
        fields |= {"exact": [None if c is None else str(c) for c in exact]}
        shown = [c if f is None else f for c, f in zip(shown, exact, strict=True)]
    terms = list(enumerate(shown))
    return Polynomial(
        terms, request.name, request.center, request.latex, fields, notes, remainder=order + 1
    )


def _speed(request: _Request, name: str, rounded: float) -> Fraction | None:
    """Return how fast a variable moves, exactly as given; None if that is not rational."""
    speed = request.speeds[request.problem.env[name]]
    return Fraction(str(rounded)) if isinstance(speed, float) else rational(speed())


def _of_germs(request: _Request, way: Way | None = None) -> Polynomial:
    """Return the series at a point where an operation is not smooth, or from one side.

    Raises
    ------
    ComputationError
        If there is none, or both sides have one and these differ.
    """
    found = expansion(request.problem, request.speeds, request.order, way)
    if isinstance(found, Expansion):
        return _of_expansion(request, found)
    texts = [_short_text(_of_expansion(request, side)) for side in found]
    error = ComputationError(
        f"there is no one series here: from the left it is {texts[0]}, from the right {texts[1]}",
        code="no-series",
        hint="ask for one of them with `--side left` or `--side right`",
    )
    if calls := numbered(request.problem, suspects(request.problem)):
        program = request.problem.program
        error.span, error.source = program.place(calls[0]), program.source
        error.origin = program.origin
    raise error


def _short_text(series: Polynomial) -> str:
    """Return the text of the first terms of a series, with the order of the remainder."""
    terms = [(e, c) for e, c in series.terms if float(c)]
    shown, rest = terms[:MOST_TERMS], series.remainder
    if len(terms) > MOST_TERMS:
        rest = terms[MOST_TERMS][0]
    return series_text(shown, series.variable, series.center, FEW_DIGITS, rest, series.from_left)


def _of_expansion(request: _Request, found: Expansion) -> Polynomial:
    """Return a series that was computed from germs."""
    problem, order = request.problem, request.order
    fields = dict(request.fields)
    if found.way is not None:
        fields["side"] = found.way
    terms = found.terms
    if found.is_taylor:
        terms = found.taylor_terms(order)
        numbers = {
            "coefficients": [c for _, c in terms],
            "derivatives": found.derivatives(order),
        }
    else:
        numbers = {"coefficients": [c for _, c in terms]}
    nothing = {name: np.full(len(values), np.nan) for name, values in numbers.items()}
    known: dict[str, dict[tuple[int, ...], Any]] = {
        name: {(k,): c for k, c in enumerate(cs)} for name, cs in numbers.items()
    }
    answers = replaced(problem, None, nothing, known)
    exponents = [Fraction(int(e.p), int(e.q)) for e, _ in terms]
    shown: list[Any] = answers.values["coefficients"].tolist()
    if found.is_taylor:
        fields |= answers.values
    else:
        fields["terms"] = [[str(e), c] for e, c in zip(exponents, shown, strict=True)]
    fields |= answers.fields
    if request.as_fractions:
        exact = fractions(terms)
        fields["exact"] = [None if c is None else str(c) for c in exact]
        shown = [c if f is None else f for c, f in zip(shown, exact, strict=True)]
    whole = all(e.denominator == 1 for e in exponents)
    return Polynomial(
        list(zip(exponents, shown, strict=True)),
        request.name,
        request.center,
        request.latex,
        fields,
        _side_notes(problem, found) + doubts(problem, answers),
        remainder=order + 1 if whole else _next_exponent(exponents, order),
        from_left=found.way == "left" and not whole,
    )


def _next_exponent(exponents: Sequence[Fraction], order: int) -> Fraction:
    """Return the first exponent beyond an order that a series with such fractions may have."""
    d = math.lcm(*(e.denominator for e in exponents))
    return Fraction(order * d + 1, d)


def _side_notes(problem: Problem, found: Expansion) -> list[Note]:
    if not found.only:
        return []
    program = problem.program
    whole = Span(0, len(program.source.rstrip()))
    said = f"f is real on the {found.way} only: the series is that from the {found.way}"
    return [Note(said, whole, program.source, program.origin, harmless=True)]


def check_alone(others: Mapping[str, object]) -> None:
    """Refuse options about the form of a series if all partial derivatives are requested.

    Parameters
    ----------
    others
        The values of the options that ``--total`` excludes, by name.

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
    sources = read_sources(direction, "--direction")
    return dict.fromkeys(split(wrt)) or {name: value for name, (value, _) in sources.items()}


def all_partials(problem: Problem, wrt: Sequence[str], total: int) -> Numbers:
    """Return all partial derivatives up to a total order, mixed ones included."""
    names = problem.names(wrt)
    if not names:
        raise _no_variable()
    xs = {name: problem.env[name] for name in names}
    check_scalars(problem.y, xs)
    with locating_errors(problem):
        found = partials(problem.y, list(xs.values()), total, problem.program.limits)
    truth, known = partials_at(problem, names, found)
    answers = of_partials(problem, names, found)
    if truth is not None:
        keys = dict(zip(found, answers.values, strict=True))
        rounded = {keys[by]: np.array(value) for by, value in found.items()}
        true: dict[str, dict[tuple[int, ...], Any]] = {
            keys[by]: {(): number} for by, number in known.items()
        }
        answers = replaced(problem, answers, rounded, true)
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
    notes = _notes(problem, pure) if truth is None else _notes_of(truth, pure)
    notes += doubts(problem, answers)
    return Numbers(rows, fields, ("derivative", "value"), notes)


def _only(problem: Problem, names: Sequence[str]) -> str:
    """Return the one variable there is to expand in."""
    if not names:
        raise _no_variable()
    if len(names) > 1:
        a, b = names[:2]
        without = " without a value" if 0 < len(problem.unknown) < len(problem.env) else ""
        raise UsageError(
            f"a series is in one variable, and there are {len(names)}{without}: "
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


def _notes_of(truth: Truth, derivatives: Mapping[str, Sequence[float]]) -> list[Note]:
    given = {name: as_variable(values[truth.order]) for name, values in derivatives.items()}
    return derivative_notes(truth.problem, given, truth.order, truth)


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
