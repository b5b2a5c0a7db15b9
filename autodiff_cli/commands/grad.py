"""`adiff grad`: derivatives with respect to each variable."""

from __future__ import annotations

from collections.abc import Sequence

from autodiff_cli.api import Method
from autodiff_cli.commands.notes import derivative_notes, placed, spelled
from autodiff_cli.commands.question import Question
from autodiff_cli.errors import UsageError
from autodiff_cli.results import Numbers

__all__ = ["run"]


def run(question: Question, wrt: Sequence[str], order: int, method: Method = "auto") -> Numbers:
    """Return the derivative of the given order with respect to each variable alone."""
    names = question.names(wrt)
    if not names and order:
        raise UsageError(
            "the expression has no variable to differentiate with respect to",
            code="no-variable",
            hint="`adiff eval` gives its value",
        )
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
    headings = ("variable", spelled("·", order))
    return Numbers(values, fields, headings, derivative_notes(question, found, order))
