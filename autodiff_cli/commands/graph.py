"""`adiff graph`: the computation graph as a picture, as DOT, or as a tree in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from autodiff_cli.commands.notes import derivative_notes, value_notes
from autodiff_cli.commands.truth import examined
from autodiff_cli.emit.picture.dot import to_dot
from autodiff_cli.emit.picture.render import render
from autodiff_cli.emit.picture.tree import to_tree
from autodiff_cli.emit.text.partials import pure_partial
from autodiff_cli.engine import Variable, grad, value_of
from autodiff_cli.engine.variable import reachable
from autodiff_cli.files.atomic import is_stdout
from autodiff_cli.problem import Problem
from autodiff_cli.results import Note, Text, Written

__all__ = ["run"]


def run(
    problem: Problem, wrt: Sequence[str], order: int, output: Path | None, *, as_tree: bool
) -> Text | Written:
    """Return the graph of the expression or of its derivatives of an order, or write it to a file.

    Parameters
    ----------
    output
        The file to write, in the format of its suffix; if not given, the graph is returned as text.
    as_tree
        Whether that text is a tree for people; otherwise it is DOT.
    """
    if order:
        found = problem.derivatives(problem.names(wrt), order, create_graph=True)
        outputs = {pure_partial(name, order): derivative for name, derivative in found.items()}
    else:
        outputs = {"f": problem.y}
        found = {}
    fields = {"command": "graph", **problem.fields, "order": order}
    notes = _notes(problem, wrt, order, found)
    if output is not None and is_stdout(output):
        output, as_tree = None, False
    values = not problem.symbolic
    if output is None and as_tree:
        return Text(to_tree(outputs, values=values), fields, notes)
    # A tree has no room for adjoints, and those of a derivative are of little use.
    adjoints = _adjoints(problem.y) if values and not order and problem.y.size == 1 else None
    dot = to_dot(outputs, title=_title(problem), values=values, adjoints=adjoints)
    if output is None:
        return Text(dot, {**fields, "dot": dot}, notes)
    render(dot, output)
    return Written(output, {**fields, "path": str(output)}, notes)


def _notes(
    problem: Problem, wrt: Sequence[str], order: int, found: Mapping[str, Variable]
) -> list[Note]:
    """Return the notes of `adiff grad` on the same derivatives; for order 0 on the first ones."""
    if problem.symbolic:
        return []
    names = problem.names(wrt)
    if order == 0 and (problem.y.size != 1 or not names):
        return value_notes(problem)
    found = found or problem.derivatives(names, 1)
    shown = {name: value_of(derivative) for name, derivative in found.items()}
    truth = examined(problem, list(found), order or 1, shown)
    return derivative_notes(problem, found, order or 1, truth)


def _title(problem: Problem) -> str:
    """Return the title: the expression, the first line of a file, or the file name of a graph."""
    program = problem.program
    if program.origin in ("EXPR", "STDIN"):
        return program.source
    lines = (line.partition("#")[0].strip() for line in program.source.splitlines())
    first = "" if program.outputs else next(filter(None, lines), "")
    return first or Path(program.origin).name


def _adjoints(y: Variable) -> dict[Variable, Variable]:
    """Return the derivative of ``y`` with respect to everything it was computed from."""
    calls = reachable([y])
    leaves = (x for v in calls for x in v.inputs if isinstance(x, Variable))
    variables = list(dict.fromkeys([*calls, *leaves]))
    return dict(zip(variables, grad(y, variables), strict=True))
