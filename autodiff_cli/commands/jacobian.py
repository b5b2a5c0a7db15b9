"""`adiff jacobian`: the derivatives of every output by every variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autodiff_cli.commands.doubts import doubts
from autodiff_cli.commands.examination import examined
from autodiff_cli.commands.hessian import (
    no_variables,
    numbers_only,
    without_values,
    written,
)
from autodiff_cli.commands.lost_domain import FormulaEntry
from autodiff_cli.commands.notes import derivative_notes, formula_notes
from autodiff_cli.commands.proven import (
    of_jacobian,
    refuse_digits,
    value_of_problem,
)
from autodiff_cli.commands.replaced import jacobian_numbers, replaced
from autodiff_cli.derive.matrices import Jacobian, jacobian_of
from autodiff_cli.emit.text.formula import MOST_CHARACTERS, formula, one_formula
from autodiff_cli.emit.text.partials import ANY_ENTRY
from autodiff_cli.engine import Variable, as_variable
from autodiff_cli.files.arrays import check_place
from autodiff_cli.language.format import element_names
from autodiff_cli.problem import Problem
from autodiff_cli.results import Formulas, LabelledMatrix, Matrices, Text, Written
from autodiff_cli.symbolic.derivatives import jacobian_terms
from autodiff_cli.symbolic.rewrite import new_algebra

__all__ = ["run"]


def run(
    problem: Problem,
    wrt: Sequence[str],
    *,
    output: Path | None = None,
    expand: bool = False,
    most: int | None = None,
) -> Matrices | Formulas | Text | Written:
    """Return the Jacobian of the expression with respect to some of its variables.

    Without values for the variables the result is a formula for each entry.

    Parameters
    ----------
    output
        The file to write the matrix to, with a row for each output.
    expand, most
        Options of formulas: see `autodiff_cli.emit.text.formula.formula`.
    """
    names = problem.names(wrt)
    if not names:
        raise no_variables()
    if output is not None:
        refuse_digits(problem)
        check_place(output)
    fields = {"command": "jacobian", **problem.fields, "wrt": names}
    if problem.symbolic:
        if output is not None:
            raise without_values("-o")
        return _formulas(problem, names, fields, expand, most or MOST_CHARACTERS)
    y, xs = problem.y, {name: problem.env[name] for name in names}
    found = jacobian_of(y, xs, problem.program.limits)
    truth = examined(problem, names, 1, found)
    answers = of_jacobian(problem, xs, found.matrix)
    shown = {n: as_variable(block) for n, block in found.items()}
    if truth is not None:
        known = jacobian_numbers(truth, names)
        answers = replaced(problem, answers, {"jacobian": found.matrix}, {"jacobian": known})
        blocks = _blocks(answers.numbers["jacobian"], y, xs)
        shown = {n: as_variable(block) for n, block in blocks.items()}
    matrix = answers.values["jacobian"]
    found = _blocks(matrix, y, xs)
    notes = derivative_notes(problem, shown, 1, truth, answers.certain) + doubts(
        problem, answers, explained=truth is not None
    )
    fields |= {
        "value": value_of_problem(problem),
        "jacobian": found,
        "matrix": matrix,
        **answers.fields,
    }
    if output is not None:
        return written(output, matrix, fields, notes)
    rows = element_names("f", y.shape)
    if any(x.shape for x in xs.values()):
        tables = [
            LabelledMatrix(block.reshape(y.size, -1), rows, element_names(name, xs[name].shape))
            for name, block in found.items()
        ]
        return Matrices(tables, found, fields, notes)
    # A single column needs no nested mapping, and neither does a single row.
    by_output = found if len(names) == 1 else dict(zip(rows, matrix, strict=True))
    return Matrices([LabelledMatrix(matrix, rows, names)], by_output, fields, notes)


def _blocks(matrix: Any, y: Variable, xs: Mapping[str, Variable]) -> Jacobian:
    """Return the blocks of a Jacobian matrix, by the variables of their columns."""
    ends = np.cumsum([x.size for x in xs.values()])[:-1]
    parts = zip(xs, np.split(matrix, ends, axis=1), strict=True)
    return Jacobian({n: part.reshape(y.shape + xs[n].shape) for n, part in parts}, y.size)


def _formulas(
    problem: Problem, names: Sequence[str], fields: Mapping[str, Any], expand: bool, most: int
) -> Formulas:
    y = problem.y
    numbers_only(problem, names)
    problem.program.limits.check("elements", y.size * len(names), "the Jacobian is too large")
    algebra = new_algebra(most)
    outputs = element_names("f", y.shape)
    terms = list(jacobian_terms(algebra, problem.program, names, problem.shapes))
    entries = [
        {name: formula(algebra, term, expand=expand, most=most) for name, term in row.items()}
        for row in terms
    ]
    nested = dict(zip(outputs, entries, strict=True))
    rows = {f"{f},{x}": text for f, row in nested.items() for x, text in row.items()}
    places = zip(np.ndindex(*y.shape), entries, strict=True)
    found = (FormulaEntry(p, (name,), text) for p, row in places for name, text in row.items())
    notes = formula_notes(problem, found)
    listed = [term for row in terms for term in row.values()]
    whole = one_formula(algebra, listed, rows.values(), most)
    return Formulas(rows, {**fields, "formulas": nested}, ("by", ANY_ENTRY), notes, whole=whole)
