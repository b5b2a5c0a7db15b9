"""`adiff export`: an expression and its derivatives as code, or as a graph to be read back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from autodiff_cli.commands.notes import range_notes
from autodiff_cli.compiling import derivative_code
from autodiff_cli.emit.source.c import to_c
from autodiff_cli.emit.source.python import to_python
from autodiff_cli.emit.text.latex import MOST_CHARACTERS
from autodiff_cli.emit.text.partials import latex_equations
from autodiff_cli.errors import ComputationError, UsageError
from autodiff_cli.files.atomic import cannot_write, check_writable, is_stdout, write_atomic
from autodiff_cli.graph.json_graph import to_json
from autodiff_cli.graph.straight_line import StraightLine
from autodiff_cli.problem import Problem
from autodiff_cli.results import Text, Written
from autodiff_cli.symbolic.outputs import output_terms
from autodiff_cli.symbolic.rewrite import new_algebra

__all__ = ["EMITTERS", "Export", "depth", "language", "run"]


@dataclass(frozen=True)
class Export:
    """An expression and its derivatives, as graphs to be exported.

    Attributes
    ----------
    names
        The variables to differentiate with respect to.
    order
        The highest order of the derivatives with respect to each variable alone.
    mixed
        Whether to include the second derivatives by all pairs of variables.
    """

    problem: Problem
    names: Sequence[str]
    order: int
    mixed: bool = False

    @cached_property
    def code(self) -> StraightLine:
        """The outputs as one straight-line program."""
        return derivative_code(self.problem, self.names, self.order, self.mixed)

    @cached_property
    def latex(self) -> str:
        """The outputs as formulas in LaTeX."""
        try:
            return self._equations()
        except ComputationError as error:
            if error.code == "formula-too-long":
                error.hint = "`--to python` and `--to c` write it as code, each part of it once"
            raise

    def _equations(self) -> str:
        problem, rules = self.problem, new_algebra(MOST_CHARACTERS)
        terms = output_terms(
            rules,
            problem.program,
            self.names,
            self.order,
            mixed=self.mixed,
            shapes=problem.shapes,
            most=MOST_CHARACTERS,
        )
        return latex_equations(rules, terms)


EMITTERS: dict[str, Callable[[Export], str]] = {
    "python": lambda export: to_python(export.code),
    "c": lambda export: to_c(export.code),
    "json": lambda export: to_json(export.code),
    "latex": lambda export: export.latex,
}
"""The values of `--to`, with the function that renders each."""


_SUFFIXES = {".py": "python", ".c": "c", ".json": "json", ".tex": "latex"}


def language(to: str | None, output: Path | None) -> str:
    """Return the requested language, from `--to` or the suffix of the file.

    Raises
    ------
    UsageError
        If there is no such language.
    """
    if to is None and output is not None:
        to = _SUFFIXES.get(output.suffix.lower())
    if to is not None and to in EMITTERS:
        return to
    raise UsageError(
        "no language is given to export to" if to is None else f"`{to}` is no language for export",
        code="unknown-language",
        hint=f"give one with `--to`: {', '.join(EMITTERS)}",
    )


def depth(
    order: int | None, gradient: bool, hessian: bool, switch: str = "--gradient", least: int = 1
) -> int:
    """Return the order of the requested derivatives.

    Parameters
    ----------
    switch
        The option that requests the gradient.
    least
        The order if none is requested.

    Raises
    ------
    UsageError
        If the order is requested in two ways.
    """
    asked = {"--order": order is not None, switch: gradient, "--hessian": hessian}
    given = [option for option, is_given in asked.items() if is_given]
    if len(given) > 1:
        raise UsageError(
            f"`{given[0]}` and `{given[1]}` both say how far to derive",
            code="bad-option",
            hint="give one of them",
        )
    if order is not None:
        return order
    return 2 if hessian else 1 if gradient else least


def run(
    problem: Problem, wrt: Sequence[str], order: int, mixed: bool, to: str, output: Path | None
) -> Text | Written:
    """Return an expression and its derivatives in another language, or write them into a file.

    Raises
    ------
    UsageError
        If there is no variable to differentiate with respect to.
    OutputError
        If the file cannot be written; it is then unchanged.
    """
    names = problem.names(wrt)
    if order and not names:
        raise UsageError(
            "the expression has no variable to differentiate with respect to",
            code="no-variable",
            hint="`--order 0` exports the value alone",
        )
    if output is not None and is_stdout(output):
        output = None
    if output is not None:
        check_writable(output)
    text = EMITTERS[to](Export(problem, names, order, mixed))
    fields = {"command": "export", **problem.fields, "to": to}
    notes = [] if to == "latex" else range_notes(problem)
    if output is None:
        return Text(text, {**fields, "code": text}, notes)
    try:
        write_atomic(output, text.encode())
    except OSError as error:
        raise cannot_write(output, (error.strerror or "it is not possible").lower()) from error
    return Written(output, {**fields, "path": str(output)}, notes)
