"""`adiff jacobian`: the derivatives of every output by every variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autodiff_cli.commands.hessian import (
    no_variables,
    numbers_only,
    without_values,
    written,
)
from autodiff_cli.commands.notes import derivative_notes, formula_notes
from autodiff_cli.commands.proven import doubts, of_jacobian, refuse_digits, value_of_question
from autodiff_cli.derive.matrices import Jacobian, jacobian_of
from autodiff_cli.emit.text.formula import MOST_CHARACTERS, formula
from autodiff_cli.engine import as_variable
from autodiff_cli.files.arrays import check_place
from autodiff_cli.language.format import element_names
from autodiff_cli.problem import Question
from autodiff_cli.results import Formulas, Matrices, Table, Text, Written
from autodiff_cli.symbolic.derivatives import jacobian_terms
from autodiff_cli.symbolic.rewrite import algebra

__all__ = ["run"]


def run(
    question: Question,
    wrt: Sequence[str],
    *,
    output: Path | None = None,
    expand: bool = False,
    most: int | None = None,
) -> Matrices | Formulas | Text | Written:
    """Return the Jacobian of the expression by some of its variables.

    Without values for the variables it is a formula for each entry.

    Parameters
    ----------
    output
        The file to write the matrix to, a row for each output.
    expand, most
        How formulas are written: see `autodiff_cli.emit.text.formula.formula`.
    """
    names = question.names(wrt)
    if not names:
        raise no_variables()
    if output is not None:
        refuse_digits(question)
        check_place(output)
    fields = {"command": "jacobian", **question.fields, "wrt": names}
    if question.traced:
        if output is not None:
            raise without_values("-o")
        return _formulas(question, names, fields, expand, most or MOST_CHARACTERS)
    y, xs = question.y, {name: question.env[name] for name in names}
    found = jacobian_of(y, xs, question.program.limits)
    notes = derivative_notes(question, {n: as_variable(block) for n, block in found.items()}, 1)
    answers = of_jacobian(question, xs, found.matrix)
    matrix = answers.values["jacobian"]
    ends = np.cumsum([x.size for x in xs.values()])[:-1]
    parts = zip(xs, np.split(matrix, ends, axis=1), strict=True)
    found = Jacobian({n: part.reshape(y.shape + xs[n].shape) for n, part in parts}, y.size)
    notes += doubts(question, answers)
    fields |= {
        "value": value_of_question(question),
        "jacobian": found,
        "matrix": matrix,
        **answers.fields,
    }
    if output is not None:
        return written(output, matrix, fields, notes)
    rows = element_names("f", y.shape)
    if any(x.shape for x in xs.values()):
        tables = [
            Table(block.reshape(y.size, -1), rows, element_names(name, xs[name].shape))
            for name, block in found.items()
        ]
        return Matrices(tables, found, fields, notes)
    # A single column, as a single row, needs no brackets of its own.
    by_output = found if len(names) == 1 else dict(zip(rows, matrix, strict=True))
    return Matrices([Table(matrix, rows, names)], by_output, fields, notes)


def _formulas(
    question: Question, names: Sequence[str], fields: Mapping[str, Any], expand: bool, most: int
) -> Formulas:
    y = question.y
    numbers_only(question, names)
    question.program.limits.check("elements", y.size * len(names), "the Jacobian is too large")
    to = algebra(most)
    outputs = element_names("f", y.shape)
    entries = [
        {name: formula(to, term, expand=expand, most=most) for name, term in row.items()}
        for row in jacobian_terms(to, question.program, names, question.shapes)
    ]
    nested = dict(zip(outputs, entries, strict=True))
    rows = {f"{f},{x}": text for f, row in nested.items() for x, text in row.items()}
    notes = formula_notes(question)
    return Formulas(rows, {**fields, "formulas": nested}, ("by", "∂·/∂·"), notes)
