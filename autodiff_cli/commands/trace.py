"""`adiff trace`: every intermediate of an evaluation, with its value and its derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from autodiff_cli.commands.examination import examined
from autodiff_cli.commands.notes import convention_notes, derivative_notes, value_notes
from autodiff_cli.emit.picture.value_text import printable
from autodiff_cli.emit.text.evaluation import (
    aligned,
    comma_separated,
    formula_of,
    latex_array,
    tab_separated,
)
from autodiff_cli.engine import as_variable, value_of
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.evaluation import Evaluation, Mode, TraceLine, evaluation
from autodiff_cli.problem import Problem
from autodiff_cli.results import Note, Text

__all__ = ["Format", "TraceLayout", "run"]

Format: TypeAlias = Literal["table", "latex", "csv", "json"]
"""The values of `--to`."""

LONGEST = 40
"""The largest number of characters of the expression shown beside a line."""


class TraceLayout(NamedTuple):
    """The format of a trace.

    Attributes
    ----------
    to
        If not given, a table on a terminal, and lines with tabs in a pipe.
    spans
        Whether to show the part of the expression that each line comes from.
    digits
        Significant digits of numbers; all of them if not given.
    width
        The width of the terminal in columns; None for a pipe.
    """

    to: Format | None
    spans: bool
    digits: int | None
    width: int | None


def run(problem: Problem, wrt: Sequence[str], mode: Mode, layout: TraceLayout) -> Text:
    """Return the evaluation trace of an expression.

    Raises
    ------
    UsageError
        If the expression has no variable.
    """
    names = problem.names(wrt)
    if not names:
        raise UsageError(
            "the expression has no variable to differentiate with respect to",
            code="no-variable",
            hint="`adiff eval` gives its value",
        )
    trace = evaluation(problem.env, problem.y, names, mode, problem.spans)
    fields = {
        "command": "trace",
        **problem.fields,
        "wrt": names,
        "mode": mode,
        "nodes": [_node(problem, line) for line in trace.lines],
    }
    notes = _notes(problem, names, trace)
    return Text(_text(problem, trace, layout), fields, notes, as_json=layout.to == "json")


def _text(problem: Problem, trace: Evaluation, layout: TraceLayout) -> str:
    texts = _texts(problem, trace) if layout.spans else None
    match layout.to:
        case "json":
            # The console prints its fields instead.
            return ""
        case "csv":
            return comma_separated(trace, texts, layout.digits)
        case "latex":
            return latex_array(trace, texts, layout.digits)
        case None if layout.width is None:
            return tab_separated(trace, texts, layout.digits)
    return aligned(trace, texts, layout.digits, layout.width)


def _notes(problem: Problem, names: Sequence[str], trace: Evaluation) -> list[Note]:
    """Return the notes that `adiff grad` gives on the same derivatives.

    Where it gives none, kinks and jumps do not affect the derivatives, but the local partials.
    """
    if problem.y.size != 1:
        return value_notes(problem)
    if trace.mode == "forward":
        found = problem.derivatives(names, 1)
    else:
        adjoints = {line.name: line.adjoint for line in trace.lines}
        found = {name: as_variable(adjoints[name]) for name in names}
    shown = {name: value_of(derivative) for name, derivative in found.items()}
    truth = examined(problem, names, 1, shown)
    notes = derivative_notes(problem, found, 1, truth)
    return notes or convention_notes(problem, 1, truth, shown)


def _texts(problem: Problem, trace: Evaluation) -> Mapping[str, str]:
    """Return for each line the part of the expression that it comes from, in one line."""
    places = {line.name: line.span for line in trace.lines}
    parts = {name: problem.program.source[slice(*s)] for name, s in places.items() if s}
    return {name: printable(" ".join(part.split()), LONGEST) for name, part in parts.items()}


def _node(problem: Problem, line: TraceLine) -> dict[str, Any]:
    """Return a line as ``--json`` prints it."""
    fields: dict[str, Any] = {"name": line.name, "formula": formula_of(line)}
    if line.call is not None:
        fields["operation"] = line.call.operation.name
        if line.call.name:
            fields["called"] = line.call.name
    fields["inputs"] = list(dict.fromkeys(x for x in line.operands if isinstance(x, str)))
    fields["value"] = line.value
    fields["partials"] = line.partials
    if line.adjoint is not None:
        fields["adjoint"] = line.adjoint
    if line.tangents:
        fields["tangents"] = line.tangents
    if span := line.span:
        fields |= {"span": list(span), "text": problem.program.source[slice(*span)]}
    return fields
