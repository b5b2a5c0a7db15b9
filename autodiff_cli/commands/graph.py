"""`adiff graph`: the computation graph, as a picture, DOT, or a tree in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autodiff_cli.commands.notes import spelled
from autodiff_cli.commands.question import Question
from autodiff_cli.emit.dot import to_dot
from autodiff_cli.emit.render import render
from autodiff_cli.emit.tree import to_tree
from autodiff_cli.engine import Variable, grad
from autodiff_cli.engine.core import reachable
from autodiff_cli.results import Text, Written

__all__ = ["run"]


def run(
    question: Question, wrt: Sequence[str], order: int, output: Path | None, *, as_tree: bool
) -> Text | Written:
    """Draw the graph of the expression, or of its derivatives of an order.

    Parameters
    ----------
    output
        The file to write, in the format its suffix names; without one the graph comes as text.
    as_tree
        Whether that text is a tree for people; else it is DOT.
    """
    if order:
        found = question.derivatives(question.names(wrt), order, create_graph=True)
        outputs = {spelled(name, order): derivative for name, derivative in found.items()}
    else:
        outputs = {"f": question.y}
    fields = {"command": "graph", **question.fields, "order": order}
    values = not question.traced
    if output is None and as_tree:
        return Text(to_tree(outputs, values=values), fields)
    # A tree has no room for adjoints, and those of a derivative say little.
    adjoints = _adjoints(question.y) if values and not order and question.y.size == 1 else None
    dot = to_dot(outputs, title=question.program.source, values=values, adjoints=adjoints)
    if output is None:
        return Text(dot, {**fields, "dot": dot})
    render(dot, output)
    return Written(output, {**fields, "path": str(output)})


def _adjoints(y: Variable) -> dict[Variable, Variable]:
    """Return the derivative of ``y`` by everything it was computed from."""
    calls = reachable([y])
    leaves = (x for v in calls for x in v._inputs if isinstance(x, Variable))
    variables = list(dict.fromkeys([*calls, *leaves]))
    return dict(zip(variables, grad(y, variables), strict=True))
