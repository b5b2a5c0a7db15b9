"""`adiff hessian`: the second derivatives by every pair of variables, or a Hessian product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.commands.doubts import doubts
from autodiff_cli.commands.examination import examined, examined_pairs
from autodiff_cli.commands.lost_domain import FormulaEntry
from autodiff_cli.commands.notes import derivative_notes, formula_notes
from autodiff_cli.commands.proven import (
    of_hessian,
    of_product,
    refuse_digits,
    value_of_problem,
)
from autodiff_cli.commands.replaced import hessian_numbers, product_numbers, replaced
from autodiff_cli.derive.matrices import Hessian, hessian_of, hvp_of, scalar
from autodiff_cli.emit.text.formula import MOST_CHARACTERS, formula, one_formula
from autodiff_cli.emit.text.partials import ANY_SECOND, HESSIAN_PRODUCT
from autodiff_cli.engine import as_variable
from autodiff_cli.errors import UsageError
from autodiff_cli.files.arrays import check_place, csv_text, write_array
from autodiff_cli.files.atomic import is_stdout
from autodiff_cli.language.assignments import read_sources
from autodiff_cli.language.format import described, element_names
from autodiff_cli.problem import Problem
from autodiff_cli.results import Formulas, LabelledMatrix, Matrices, Note, Numbers, Text, Written
from autodiff_cli.symbolic.derivatives import mixed_terms
from autodiff_cli.symbolic.rewrite import new_algebra

__all__ = ["no_variables", "numbers_only", "run", "without_values", "written"]


def run(
    problem: Problem,
    wrt: Sequence[str],
    *,
    hvp: Sequence[str] = (),
    output: Path | None = None,
    expand: bool = False,
    most: int | None = None,
) -> Matrices | Formulas | Numbers | Text | Written:
    """Return the Hessian of the expression with respect to some of its variables.

    Without values for the variables the result is a formula for each entry.

    Parameters
    ----------
    hvp
        A vector, as assignments; if given, its product with the Hessian is returned instead.
    output
        The file to write the matrix to.
    expand, most
        Options of formulas: see `autodiff_cli.emit.text.formula.formula`.
    """
    names = problem.names(wrt)
    if not names:
        raise no_variables()
    if output is not None:
        if hvp:
            raise UsageError(
                "`-o` writes the Hessian, which `--hvp` does without",
                code="bad-option",
                hint="leave one of them away",
            )
        refuse_digits(problem)
        check_place(output)
    fields = {"command": "hessian", **problem.fields, "wrt": names}
    if problem.symbolic:
        if hvp or output is not None:
            raise without_values("--hvp" if hvp else "-o")
        return _formulas(problem, names, fields, expand, most or MOST_CHARACTERS)
    xs = {name: problem.env[name] for name in names}
    if hvp:
        sources = read_sources(hvp, "--hvp")
        vector = {name: value for name, (value, _) in sources.items()}
        products = hvp_of(problem.y, xs, vector)
        truth = examined(problem, names, 2, products)
        examined_pairs(truth, names)
        answers = of_product(problem, xs, sources, products)
        if truth is not None:
            along = {name: vector[name] for name in xs}
            answers = replaced(problem, answers, products, product_numbers(truth, names, along))
        products = dict(answers.values)
        fields |= {"value": value_of_problem(problem), "hvp": products, **answers.fields}
        notes = (
            [] if problem.intervals else derivative_notes(problem, {}, 2, truth, answers.certain)
        )
        notes += doubts(problem, answers, explained=truth is not None)
        return Numbers(products, fields, ("variable", HESSIAN_PRODUCT), notes)
    found = hessian_of(problem.y, xs, problem.program.limits)
    truth = examined(problem, names, 2, {"": found.matrix})
    examined_pairs(truth, names)
    answers = of_hessian(problem, xs, found.matrix)
    if truth is not None:
        known = hessian_numbers(truth, names)
        answers = replaced(problem, answers, {"hessian": found.matrix}, {"hessian": known})
    rules = found
    found = found.holding(answers.values["hessian"])
    blocks = Blocks(found)
    fields |= {
        "value": value_of_problem(problem),
        "hessian": Nested(found),
        **answers.fields,
    }
    notes = []
    if not problem.intervals:
        shown = rules.holding(answers.numbers["hessian"])
        pure = {n: as_variable(_diagonal(shown[n, n], xs[n].shape)) for n in names}
        notes = derivative_notes(problem, pure, 2, truth, answers.certain)
    notes += doubts(problem, answers, explained=truth is not None)
    if output is not None:
        return written(output, found.matrix, fields, notes)
    labels = [label for name, x in xs.items() for label in element_names(name, x.shape)]
    return Matrices([LabelledMatrix(found.matrix, labels, labels)], blocks, fields, notes)


def _diagonal(block: Any, shape: tuple[int, ...]) -> Any:
    """Return the second derivatives by each element alone, as an array in a shape."""
    size = int(np.prod(shape))
    return np.asarray(block, float).reshape(size, size).diagonal().reshape(shape)


def written(
    output: Path, matrix: NDArray[Any], fields: Mapping[str, Any], notes: Sequence[Note]
) -> Text | Written:
    """Write a matrix into a file, or return it as CSV if the file is standard output."""
    if is_stdout(output):
        return Text(csv_text(matrix), fields, notes)
    write_array(output, matrix)
    return Written(output, {**fields, "path": str(output)}, notes)


def no_variables() -> UsageError:
    """Return the error for an expression without variables to differentiate by."""
    return UsageError(
        "the expression has no variable to differentiate with respect to",
        code="no-variable",
        hint="`adiff eval` gives its value",
    )


def without_values(option: str) -> UsageError:
    """Return the error for an option that needs numbers where there are only formulas."""
    return UsageError(
        f"`{option}` needs numbers, but no variable has a value",
        code="missing-value",
        hint="give values with `--at`",
    )


def numbers_only(problem: Problem, names: Sequence[str]) -> None:
    """Check that no variable of a formula is a tensor according to a graph in a file.

    Raises
    ------
    UsageError
        If a variable is a tensor.
    """
    for name in names:
        if shape := problem.env[name].shape:
            raise UsageError(
                f"there is no formula for each entry, since `{name}` is {described(shape)}",
                code="missing-value",
                hint="give values with `--at`",
            )


def _formulas(
    problem: Problem, names: Sequence[str], fields: Mapping[str, Any], expand: bool, most: int
) -> Formulas:
    scalar(problem.y)
    numbers_only(problem, names)
    problem.program.limits.check("elements", len(names) ** 2, "the Hessian is too large")
    algebra = new_algebra(most)
    terms = mixed_terms(algebra, problem.program, names, problem.shapes)
    # Many entries may be the same term: with many variables most of them are 0.
    texts = {
        term: formula(algebra, term, expand=expand, most=most)
        for term in dict.fromkeys(terms.values())
    }
    entries = {(x, y): terms[(x, y) if (x, y) in terms else (y, x)] for x in names for y in names}
    nested = {x: {y: texts[entries[x, y]] for y in names} for x in names}
    rows = {f"{x},{y}": texts[term] for (x, y), term in entries.items()}
    notes = formula_notes(problem, (FormulaEntry((), by, texts[t]) for by, t in entries.items()))
    whole = one_formula(algebra, [*entries.values()], texts.values(), most)
    return Formulas(rows, {**fields, "formulas": nested}, ("by", ANY_SECOND), notes, whole=whole)


class Blocks(Mapping[str, Any]):
    """The blocks of a Hessian under names such as ``x,y``, created on access."""

    def __init__(self, hessian: Hessian) -> None:
        self.hessian = hessian

    def __getitem__(self, pair: str) -> Any:
        x, y = pair.split(",")
        return self.hessian[x, y]

    def __iter__(self) -> Iterator[str]:
        return (f"{x},{y}" for x, y in self.hessian)

    def __len__(self) -> int:
        return len(self.hessian)


class Nested(Mapping[str, Any]):
    """The blocks of a Hessian as a mapping of mappings, created on access."""

    def __init__(self, hessian: Hessian) -> None:
        self.hessian = hessian

    def __getitem__(self, x: str) -> Mapping[str, Any]:
        return {y: self.hessian[x, y] for y in self.hessian.names}

    def __iter__(self) -> Iterator[str]:
        return iter(self.hessian.names)

    def __len__(self) -> int:
        return len(self.hessian.names)
