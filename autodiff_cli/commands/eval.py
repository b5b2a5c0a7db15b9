"""`adiff eval`: the value of an expression."""

from __future__ import annotations

from autodiff_cli.commands.notes import value_notes
from autodiff_cli.commands.proven import doubts, lost_digits, of_graphs
from autodiff_cli.problem import Question
from autodiff_cli.results import Numbers

__all__ = ["run"]


def run(question: Question) -> Numbers:
    """Return the value of the expression, or of each output of a graph."""
    targets = {"value": question.y, **question.outputs}
    found = of_graphs(question, targets, {name: y.data for name, y in targets.items()})
    value = found.values["value"]
    fields = {"command": "eval", **question.fields, "value": value, **found.fields}
    rows = {name: found.values[name] for name in question.outputs}
    if rows:
        fields["outputs"] = rows
    notes = value_notes(question) + doubts(question, found)
    if question.raw is not None:
        notes += lost_digits(question, found, {"value": question.raw.y.data})
    return Numbers(rows or {"value": value}, fields, notes=notes)
