"""`adiff grad`: derivatives with respect to each variable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import numpy as np

from autodiff_cli.commands.doubts import doubts, lost_digits
from autodiff_cli.commands.examination import examined, examined_turns
from autodiff_cli.commands.lost_domain import FormulaEntry
from autodiff_cli.commands.notes import (
    derivative_notes,
    formula_notes,
    locating_errors,
    mixed_notes,
)
from autodiff_cli.commands.proven import (
    of_orders,
    of_turns,
    value_of_problem,
)
from autodiff_cli.commands.replaced import completed, replaced, turn_numbers
from autodiff_cli.derive.partials import Method, mixed_derivative, refuse_tensor
from autodiff_cli.emit.text.partials import partial, pure_partial
from autodiff_cli.engine import as_variable
from autodiff_cli.errors import AdiffError, UsageError
from autodiff_cli.language.binding import by_turns, is_mixed
from autodiff_cli.problem import Problem, split
from autodiff_cli.results import Formulas, Numbers, Report

__all__ = ["run", "title"]

SHORT = 60
"""The most characters of a formula that is shown beside its number by default."""

LOW_ORDER = 4
"""The highest order of such a formula: higher ones take long to derive, and are then too long."""


def title(order: int | None) -> Callable[[str], str]:
    """Return a function that returns the notation of the derivative of a name, or of several."""

    def titled(key: str) -> str:
        names = key.split(",")
        return (
            partial(names) if len(names) > 1 else pure_partial(key, 1 if order is None else order)
        )

    return titled


def run(
    problem: Problem,
    wrt: Sequence[str],
    order: int | None,
    method: Method = "auto",
    *,
    mixed: bool = False,
    expand: bool = False,
    most: int | None = None,
    with_formulas: bool = False,
    extended: bool = False,
    accuracy: bool = False,
) -> Numbers | Formulas | Report:
    """Return the derivative of the given order with respect to each variable alone.

    Without values for the variables the result is a formula for each.

    Parameters
    ----------
    order
        The order of the derivative, 1 if not given.
    method
        The method that computes numbers: see `autodiff_cli.derive.partials.Method`.
    mixed
        Whether to return one mixed partial derivative by each of ``wrt`` in turn; a repeated name
        in ``wrt`` has the same effect.
    expand, most
        Options of formulas: see `autodiff_cli.emit.text.formula.formula`.
    with_formulas
        Whether to show short formulas beside numbers.
    extended
        Whether to differentiate the continuous extension where the value is not a number.
    accuracy
        Whether to report how many digits float64 alone has.
    """
    is_turned = is_mixed(split(wrt), mixed, order)
    if accuracy and (problem.symbolic or is_turned):
        reason = "of derivatives by one variable" if is_turned else "of numbers"
        raise UsageError(
            f"`--accuracy` is {reason}",
            code="contradiction",
            hint="leave it away" if is_turned else "give values with `--at`",
        )
    if is_turned:
        return _mixed(problem, split(wrt), method, expand, most)
    order = 1 if order is None else order
    names = problem.names(wrt)
    if not names and order:
        raise UsageError(
            "the expression has no variable to differentiate with respect to",
            code="no-variable",
            hint="`adiff eval` gives its value",
        )
    headings = ("variable", pure_partial("·", order))
    if problem.symbolic:
        rows, whole = _formulas(problem, names, order, expand, most)
        fields = {"command": "grad", **problem.fields, "order": order, "formulas": rows}
        entries = [FormulaEntry((), (name,) * order, text) for name, text in rows.items()]
        notes = formula_notes(problem, entries) if order else []
        return Formulas(rows, fields, headings, notes, whole=whole)
    with locating_errors(problem):
        found = problem.derivatives(names, order, method=method)
    rounded = {name: derivative.data for name, derivative in found.items()}
    truth = examined(problem, names, order, rounded, extended) if order else None
    answers = completed(
        truth, names, rounded, lambda some, found: of_orders(problem, some, order, found)
    )
    if truth is None and order and answers.proofs and not answers.proven:
        truth = examined(problem, names, order, rounded, extended, doubtful=True)
        answers = completed(truth, names, rounded, lambda some, found: answers)
    values = answers.values
    fields = {
        "command": "grad",
        **problem.fields,
        "order": order,
        "value": value_of_problem(problem),
        "derivatives": values,
        **answers.fields,
    }
    notes = []
    if not problem.intervals:
        shown = found
        if truth is not None:
            shown = {name: as_variable(np.asarray(v)) for name, v in answers.numbers.items()}
        notes = derivative_notes(problem, shown, order, truth, answers.certain)
    notes += doubts(problem, answers, explained=truth is not None)
    if accuracy:
        from autodiff_cli.commands.accuracy import accuracy_report

        raw = (problem.raw or problem).derivatives(names, order, method=method)
        rounded = {name: d.data for name, d in raw.items()}
        return accuracy_report(problem, answers, order, rounded, fields, notes)
    if (
        truth is None
        and problem.raw is not None
        and not problem.intervals
        and not any(x.shape for x in problem.env.values())
    ):
        raw = problem.raw.derivatives(names, order, method=method)
        notes += lost_digits(problem, answers, {name: d.data for name, d in raw.items()})
    if with_formulas and 0 < order <= LOW_ORDER and not any(x.shape for x in problem.env.values()):
        with suppress(AdiffError):
            rows, _ = _formulas(problem, names, order, True, SHORT)
            return Formulas(rows, fields, headings, notes, values)
    return Numbers(values, fields, headings, notes)


def _formulas(
    problem: Problem, names: Sequence[str], order: int, expand: bool, most: int | None
) -> tuple[Mapping[str, str], str | None]:
    """Return the formula of each derivative, and all of them as one text where that is needed."""
    # Numbers alone do not need these modules, and should not wait for their import.
    from autodiff_cli.emit.text.formula import MOST_CHARACTERS, formula, one_formula
    from autodiff_cli.symbolic.derivatives import derivative_terms
    from autodiff_cli.symbolic.rewrite import new_algebra

    most = most or MOST_CHARACTERS
    algebra = new_algebra(most)
    if order > 1:
        for name in names:
            refuse_tensor(name, problem.env[name], order)
    terms = derivative_terms(algebra, problem.program, names, order, problem.shapes, most)
    rows = {name: formula(algebra, t, expand=expand, most=most) for name, t in terms.items()}
    if problem.shapes is not None:
        return rows, None
    return rows, one_formula(algebra, [*terms.values()], rows.values(), most)


def _mixed(
    problem: Problem, wrt: Sequence[str], method: Method, expand: bool, most: int | None
) -> Numbers | Formulas:
    program = problem.program
    names = by_turns(program, wrt)
    key, headings = ",".join(names), ("variables", partial(names))
    fields = {"command": "grad", **problem.fields, "order": len(names), "wrt": names}
    if problem.symbolic:
        from autodiff_cli.emit.text.formula import MOST_CHARACTERS, formula
        from autodiff_cli.symbolic.derivatives import term_by_turns
        from autodiff_cli.symbolic.rewrite import new_algebra

        most = most or MOST_CHARACTERS
        algebra = new_algebra(most)
        for name in names if len(names) > 1 else ():
            refuse_tensor(name, problem.env[name], len(names))
        term = term_by_turns(algebra, program, names, problem.shapes, most)
        rows = {key: formula(algebra, term, expand=expand, most=most)}
        notes = formula_notes(problem, [FormulaEntry((), tuple(names), rows[key])])
        return Formulas(rows, {**fields, "formulas": rows}, headings, notes)
    found = mixed_derivative(problem.y, problem.env, names, program.limits, method)
    truth = examined_turns(problem, names, found.data) if names else None
    answers = of_turns(problem, names, {key: found.data})
    if truth is not None:
        answers = replaced(
            problem, answers, {key: found.data}, {key: turn_numbers(truth, found.ndim)}
        )
    values = answers.values
    fields |= {"value": value_of_problem(problem), "derivatives": values, **answers.fields}
    shown = found if truth is None else as_variable(answers.numbers[key])
    notes = mixed_notes(problem, shown, names, truth, answers.certain) + doubts(
        problem, answers, explained=truth is not None
    )
    return Numbers(values, fields, headings, notes)
