"""`adiff grad`: derivatives with respect to each variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from autodiff_cli.commands.notes import (
    derivative_notes,
    formula_notes,
    mixed_notes,
    placed,
    spelled,
    spelled_mixed,
)
from autodiff_cli.commands.proven import doubts, lost_digits, of_orders, of_turns, value_of_question
from autodiff_cli.derive.partials import Method, mixed_derivative, refuse_tensor
from autodiff_cli.errors import AdiffError, UsageError
from autodiff_cli.language.binding import by_turns, is_mixed
from autodiff_cli.problem import Question, split
from autodiff_cli.results import Formulas, Numbers

__all__ = ["run"]

SHORT = 60
"""How long a formula may be that is shown beside its number without being asked for."""

LOW_ORDER = 4
"""Of which order it is at most: those of higher orders take long to find, and then are too long."""


def run(
    question: Question,
    wrt: Sequence[str],
    order: int | None,
    method: Method = "auto",
    *,
    mixed: bool = False,
    expand: bool = False,
    most: int | None = None,
    with_formulas: bool = False,
) -> Numbers | Formulas:
    """Return the derivative of the given order with respect to each variable alone.

    Without values for the variables it is a formula.

    Parameters
    ----------
    order
        Of the derivative, 1 if not given.
    method
        How numbers are had: see `autodiff_cli.derive.partials.Method`.
    mixed
        Return the one mixed partial derivative by each of ``wrt`` in turn, as also if these repeat
        a name.
    expand, most
        How formulas are written: see `autodiff_cli.emit.text.formula.formula`.
    with_formulas
        Whether to show short formulas beside numbers.
    """
    if is_mixed(split(wrt), mixed, order):
        return _mixed(question, split(wrt), method, expand, most)
    order = 1 if order is None else order
    names = question.names(wrt)
    if not names and order:
        raise UsageError(
            "the expression has no variable to differentiate with respect to",
            code="no-variable",
            hint="`adiff eval` gives its value",
        )
    headings = ("variable", spelled("·", order))
    if question.traced:
        rows = _formulas(question, names, order, expand, most)
        fields = {"command": "grad", **question.fields, "order": order, "formulas": rows}
        return Formulas(rows, fields, headings, formula_notes(question) if order else ())
    with placed(question):
        found = question.derivatives(names, order, method=method)
    rounded = {name: derivative.data for name, derivative in found.items()}
    answers = of_orders(question, names, order, rounded)
    values = answers.values
    fields = {
        "command": "grad",
        **question.fields,
        "order": order,
        "value": value_of_question(question),
        "derivatives": values,
        **answers.fields,
    }
    notes = derivative_notes(question, found, order) + doubts(question, answers)
    if question.raw is not None and not any(x.shape for x in question.env.values()):
        raw = question.raw.derivatives(names, order, method=method)
        notes += lost_digits(question, answers, {name: d.data for name, d in raw.items()})
    if with_formulas and 0 < order <= LOW_ORDER and not any(x.shape for x in question.env.values()):
        with suppress(AdiffError):
            rows = _formulas(question, names, order, True, SHORT)
            return Formulas(rows, fields, headings, notes, values)
    return Numbers(values, fields, headings, notes)


def _formulas(
    question: Question, names: Sequence[str], order: int, expand: bool, most: int | None
) -> Mapping[str, Any]:
    # Numbers alone need none of this, and should not wait for it.
    from autodiff_cli.emit.text.formula import MOST_CHARACTERS, formula
    from autodiff_cli.symbolic.derivatives import derivative_terms
    from autodiff_cli.symbolic.rewrite import algebra

    most = most or MOST_CHARACTERS
    to = algebra(most)
    if order > 1:
        for name in names:
            refuse_tensor(name, question.env[name], order)
    terms = derivative_terms(to, question.program, names, order, question.shapes, most)
    return {name: formula(to, term, expand=expand, most=most) for name, term in terms.items()}


def _mixed(
    question: Question, wrt: Sequence[str], method: Method, expand: bool, most: int | None
) -> Numbers | Formulas:
    program = question.program
    names = by_turns(program, wrt)
    key, headings = ",".join(names), ("variables", spelled_mixed(names))
    fields = {"command": "grad", **question.fields, "order": len(names), "wrt": names}
    if question.traced:
        from autodiff_cli.emit.text.formula import MOST_CHARACTERS, formula
        from autodiff_cli.symbolic.derivatives import term_by_turns
        from autodiff_cli.symbolic.rewrite import algebra

        most = most or MOST_CHARACTERS
        to = algebra(most)
        for name in names if len(names) > 1 else ():
            refuse_tensor(name, question.env[name], len(names))
        term = term_by_turns(to, program, names, question.shapes, most)
        rows = {key: formula(to, term, expand=expand, most=most)}
        return Formulas(rows, {**fields, "formulas": rows}, headings, formula_notes(question))
    found = mixed_derivative(question.y, question.env, names, program.limits, method)
    answers = of_turns(question, names, {key: found.data})
    values = answers.values
    fields |= {"value": value_of_question(question), "derivatives": values, **answers.fields}
    notes = mixed_notes(question, found, names) + doubts(question, answers)
    return Numbers(values, fields, headings, notes)
