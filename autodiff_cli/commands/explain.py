"""`adiff explain`: the steps by which an expression is differentiated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from autodiff_cli.commands import eval as evaluation
from autodiff_cli.commands import grad
from autodiff_cli.commands.lost_domain import FormulaEntry
from autodiff_cli.commands.notes import convention_notes, formula_notes
from autodiff_cli.emit.text.derivation import Equation
from autodiff_cli.errors import AdiffError
from autodiff_cli.explaining import Explanation, explained
from autodiff_cli.files.atomic import cannot_write, check_writable, is_stdout, write_atomic
from autodiff_cli.language.assignments import read_sources
from autodiff_cli.language.format import number
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Program
from autodiff_cli.problem import Problem, exact_problem, pose
from autodiff_cli.results import Note, Numbers, Text, Written

__all__ = ["Format", "StepsLayout", "run"]

Format: TypeAlias = Literal["text", "latex", "html"]
"""The values of `--to`."""

SUFFIXES: Mapping[str, Format] = {".tex": "latex", ".html": "html", ".htm": "html"}
"""The format of a file, if it is not given."""


class StepsLayout(NamedTuple):
    """The format of the steps.

    Attributes
    ----------
    to
        The notation; if not given, that of the suffix of the file, else text.
    depth
        The number of levels of nested parts that have steps of their own.
    digits
        Significant digits of numbers; all of them if not given.
    width
        The width of the terminal in columns; None for a pipe.
    colored
        Whether the terminal has colors.
    """

    to: Format | None
    depth: int | None
    digits: int | None
    width: int | None
    colored: bool = False


def run(
    problem: Problem,
    wrt: Sequence[str],
    at: Sequence[str],
    order: int,
    layout: StepsLayout,
    output: Path | None,
) -> Text | Written:
    """Return the steps to the derivatives of an expression, or write them into a file.

    Parameters
    ----------
    at
        The values of the variables as they were given, for the numbers beside the lines.

    Raises
    ------
    AdiffError
        If there are no steps to explain.
    OutputError
        If the file cannot be written; it is then unchanged.
    """
    if output is not None and is_stdout(output):
        output = None
    if output is not None:
        check_writable(output)
    names = problem.names(wrt)
    explanation = explained(problem, names, order, layout.depth)
    found: Mapping[str, Any] = {}
    notes: Sequence[Note]
    if problem.symbolic:
        by_turns = {name: (name,) * order for name in explanation.formulas}
        entries = [FormulaEntry((), by_turns[n], t) for n, t in explanation.formulas.items()]
        notes = formula_notes(problem, entries)
    else:
        answer = grad.run(problem, names, order)
        assert isinstance(answer, Numbers)
        notes = answer.notes or convention_notes(problem, order)
        found = _values(problem, explanation, at, answer.rows)
        shown = {text: number(value, layout.digits) for text, value in found.items()}
        explanation = replace(explanation, values=shown)
    fields = {
        "command": "explain",
        **problem.fields,
        "order": order,
        "formulas": explanation.formulas,
        "derivations": _derivations(explanation, found),
    }
    to = layout.to or SUFFIXES.get(output.suffix.lower() if output else "") or "text"
    width, colored = (layout.width, layout.colored) if output is None else (None, False)
    text = {
        "text": lambda: explanation.text(width, colored=colored) + "\n",
        "latex": explanation.latex,
        "html": explanation.html,
    }[to]()
    if output is None:
        return Text(text.rstrip("\n"), fields, notes)
    try:
        write_atomic(output, text.encode())
    except OSError as error:
        raise cannot_write(output, (error.strerror or "it is not possible").lower()) from error
    return Written(output, {**fields, "path": str(output)}, notes)


def _values(
    problem: Problem, explanation: Explanation, at: Sequence[str], derivatives: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what each formula in a derivation is at the point, as `adiff eval` gives it."""
    found: dict[str, Any] = {}
    sources = read_sources(at)
    for block in explanation.blocks:
        for line in chain(*block.groups):
            if line.formula and line.formula not in found:
                with suppress(AdiffError):
                    of_line = _problem(problem, line.formula, sources)
                    if of_line is not None:
                        answer = evaluation.run(of_line)
                        assert isinstance(answer, Numbers)
                        (found[line.formula],) = answer.rows.values()
    formulas = explanation.formulas
    return found | {formulas[name]: v for name, v in derivatives.items() if name in formulas}


def _problem(
    problem: Problem, formula: str, sources: Mapping[str, tuple[Any, Program | None]]
) -> Problem | None:
    """Return the problem of a formula at the point of another one; None if it has other names."""
    program = parse(formula)
    program.release(sources)
    if program.names.keys() - sources.keys():
        return None
    given = {name: sources[name] for name in program.names}
    found = pose(formula, {name: value for name, (value, _) in given.items()}, list(given))
    return exact_problem(found, given, problem.digits) if problem.known is not None else found


def _derivations(explanation: Explanation, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the derivations as ``--json`` prints them."""
    return [
        {
            "variable": section.variable,
            "order": section.order,
            "function": _lines([block.function] if block.function else [], values),
            "parts": _lines(block.parts, values),
            "steps": _lines(block.steps, values),
        }
        for section, block in zip(explanation.sections, explanation.blocks, strict=True)
    ]


def _lines(lines: Sequence[Equation], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in lines:
        entry: dict[str, Any] = {
            "left": line.left or found[-1]["left"],
            "right": line.right,
            "rules": line.rules,
        }
        if line.formula in values:
            entry["value"] = values[line.formula]
        found.append(entry)
    return found
