"""`adiff eval`: the value of an expression."""

from __future__ import annotations

from autodiff_cli.commands.notes import value_notes
from autodiff_cli.commands.proven import doubts, lost_digits, of_graphs
from autodiff_cli.problem import Problem
from autodiff_cli.results import Numbers, Report

__all__ = ["run"]


def run(problem: Problem, accuracy: bool = False) -> Numbers | Report:
    """Return the value of the expression, or of each output of a graph.

    Parameters
    ----------
    accuracy
        Whether to report how many digits float64 alone has.
    """
    targets = {"value": problem.y, **problem.outputs}
    found = of_graphs(problem, targets, {name: y.data for name, y in targets.items()})
    value = found.values["value"]
    fields = {"command": "eval", **problem.fields, "value": value, **found.fields}
    rows = {name: found.values[name] for name in problem.outputs}
    if rows:
        fields["outputs"] = rows
    notes = [] if problem.intervals else value_notes(problem)
    notes += doubts(problem, found)
    if accuracy and not problem.outputs:
        from autodiff_cli.commands.accuracy import accuracy_report

        rounded = {"value": (problem.raw or problem).y.data}
        return accuracy_report(problem, found, 0, rounded, fields, notes)
    if problem.raw is not None:
        notes += lost_digits(problem, found, {"value": problem.raw.y.data})
    return Numbers(rows or {"value": value}, fields, notes=notes)
