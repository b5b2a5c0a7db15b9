"""`adiff grad`: derivatives with respect to each variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from autodiff_cli.api import Method
from autodiff_cli.commands.notes import derivative_notes, placed, spelled
from autodiff_cli.commands.question import Question
from autodiff_cli.derive.formulas import derivative_terms
from autodiff_cli.emit.formula import MOST_CHARACTERS, formula
from autodiff_cli.errors import AdiffError, UsageError
from autodiff_cli.results import Formulas, Numbers
from autodiff_cli.simplify.rules import algebra

__all__ = ["run"]

SHORT = 60
"""How long a formula may be that is shown beside its number without being asked for."""

LOW_ORDER = 4
"""Of which order it is at most: those of higher orders take long to find, and then are too long."""


def run(
    question: Question,
    wrt: Sequence[str],
    order: int,
    method: Method = "auto",
    *,
    expand: bool = False,
    most: int | None = None,
    with_formulas: bool = False,
) -> Numbers | Formulas:
    """Return the derivative of the given order with respect to each variable alone.

    Without values for the variables it is a formula.

    Parameters
    ----------
    method
        How numbers are had: see `autodiff_cli.api.Method`.
    expand, most
        How formulas are written: see `autodiff_cli.emit.formula.formula`.
    with_formulas
        Whether to show short formulas beside numbers.
    """
    names = question.names(wrt)
    if not names and order:
        raise UsageError(
            "the expression has no variable to differentiate with respect to",
            code="no-variable",
            hint="`adiff eval` gives its value",
        )
    headings = ("variable", spelled("·", order))
    if question.traced:
        rows = _formulas(question, names, order, expand, most or MOST_CHARACTERS)
        fields = {"command": "grad", **question.fields, "order": order, "formulas": rows}
        return Formulas(rows, fields, headings)
    with placed(question):
        found = question.derivatives(names, order, method=method)
    values = {name: derivative.data for name, derivative in found.items()}
    fields = {
        "command": "grad",
        **question.fields,
        "order": order,
        "value": question.y.data,
        "derivatives": values,
    }
    notes = derivative_notes(question, found, order)
    if with_formulas and 0 < order <= LOW_ORDER and not any(x.shape for x in question.env.values()):
        with suppress(AdiffError):
            rows = _formulas(question, names, order, True, SHORT)
            return Formulas(rows, fields, headings, notes, values)
    return Numbers(values, fields, headings, notes)


def _formulas(
    question: Question, names: Sequence[str], order: int, expand: bool, most: int
) -> Mapping[str, Any]:
    to = algebra()
    terms = derivative_terms(to, question.program, names, order)
    return {name: formula(to, term, expand=expand, most=most) for name, term in terms.items()}
