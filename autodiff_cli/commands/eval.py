"""`adiff eval`: the value of an expression."""

from __future__ import annotations

from autodiff_cli.commands.notes import value_notes
from autodiff_cli.commands.proven import doubts, lost_digits, of_graphs
from autodiff_cli.problem import Problem
from autodiff_cli.results import Numbers

__all__ = ["run"]


def run(problem: Problem) -> Numbers:
    """Return the value of the expression, or of each output of a graph."""
    targets = {"value": problem.y, **problem.outputs}
    found = of_graphs(problem, targets, {name: y.data for name, y in targets.items()})
    value = found.values["value"]
    fields = {"command": "eval", **problem.fields, "value": value, **found.fields}
    rows = {name: found.values[name] for name in problem.outputs}
    if rows:
        fields["outputs"] = rows
    notes = value_notes(problem) + doubts(problem, found)
    if problem.raw is not None:
        notes += lost_digits(problem, found, {"value": problem.raw.y.data})
    return Numbers(rows or {"value": value}, fields, notes=notes)
