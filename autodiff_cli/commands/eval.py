"""`adiff eval`: the value of an expression."""

from __future__ import annotations

from autodiff_cli.commands.notes import value_notes
from autodiff_cli.commands.question import Question
from autodiff_cli.results import Numbers

__all__ = ["run"]


def run(question: Question) -> Numbers:
    """Return the value of the expression, or of each output of a graph."""
    value = question.y.data
    fields = {"command": "eval", **question.fields, "value": value}
    rows = {name: y.data for name, y in question.outputs.items()}
    if rows:
        fields["outputs"] = rows
    return Numbers(rows or {"value": value}, fields, notes=value_notes(question))
