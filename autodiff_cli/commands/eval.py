"""`adiff eval`: the value of an expression."""

from __future__ import annotations

from autodiff_cli.commands.doubts import doubts, lost_digits
from autodiff_cli.commands.examination import examined_value
from autodiff_cli.commands.notes import true_notes, value_notes
from autodiff_cli.commands.proven import of_graphs
from autodiff_cli.commands.replaced import replaced
from autodiff_cli.problem import Problem
from autodiff_cli.results import Numbers, Report

__all__ = ["run"]


def run(problem: Problem, accuracy: bool = False, *, extended: bool = False) -> Numbers | Report:
    """Return the value of the expression, or of each output of a graph.

    Parameters
    ----------
    accuracy
        Whether to report how many digits float64 alone has.
    extended
        Whether to return the limit if the value is not a number, or differs from the limit.
    """
    targets = {"value": problem.y, **problem.outputs}
    rounded = {name: y.data for name, y in targets.items()}
    truth = examined_value(problem, rounded["value"], extended)
    found = of_graphs(problem, targets, rounded)
    if truth is None and found.proofs and not found.proven:
        truth = examined_value(problem, rounded["value"], extended, doubtful=True)
    if truth is not None and extended:
        found = replaced(problem, found, rounded, {"value": dict(truth.limits)})
    value = found.values["value"]
    fields = {"command": "eval", **problem.fields, "value": value, **found.fields}
    rows = {name: found.values[name] for name in problem.outputs}
    if rows:
        fields["outputs"] = rows
    notes = (
        value_notes(problem, found.certain)
        if truth is None
        else true_notes(problem, truth, {}, found.certain)
    )
    notes = (
        doubts(problem, found)
        if problem.intervals
        else notes + doubts(problem, found, explained=truth is not None)
    )
    if accuracy and not problem.outputs:
        from autodiff_cli.commands.accuracy import accuracy_report

        raw = {"value": (problem.raw or problem).y.data}
        return accuracy_report(problem, found, 0, raw, fields, notes)
    if problem.raw is not None and truth is None:
        notes += lost_digits(problem, found, {"value": problem.raw.y.data})
    return Numbers(rows or {"value": value}, fields, notes=notes)
