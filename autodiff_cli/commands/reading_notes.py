"""Notes on text that may be intended differently, independent of the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from autodiff_cli.commands.notes import MOST_NOTES, note_on
from autodiff_cli.engine import Variable
from autodiff_cli.errors import Span
from autodiff_cli.language.doubtful import doubtful_signs
from autodiff_cli.language.format import SIGNS
from autodiff_cli.language.program import Program
from autodiff_cli.problem import Problem
from autodiff_cli.results import Note

__all__ = ["reading_notes"]

_SIGNS_OF_PRODUCTS = {
    "·": "the product of vectors is written `a @ b`",
    "⋅": "the product of vectors is written `a @ b`",
    "×": "there is no cross product",
}
"""The meaning of product operators for arrays in other languages."""

_DOUBTFUL_SIGNS = re.compile(r"[·⋅×]|⁻¹|(?:\^|\*\*)\s*\(?\s*[-−]\s*1")


def reading_notes(problem: Problem) -> list[Note]:
    """Return notes on names that look like something else, and on unused definitions."""
    program = problem.program
    notes = [
        note_on(problem, f"`{name}` is defined and never used", span)
        for name, span in program.unused.items()
    ]
    notes += _array_notes(problem)
    if not program.outputs:
        signs = doubtful_signs(program, problem.given)
        notes += [note_on(problem, message, span) for message, span in signs]
    notes += _name_notes(problem)
    notes += _equation_notes(problem)
    if (rest := len(notes) - MOST_NOTES) > 1:
        said = f"{rest} more names are doubtful in such ways"
        notes[MOST_NOTES:] = [note_on(problem, said, notes[MOST_NOTES].span)]
    return notes


def _name_notes(problem: Problem) -> Iterator[Note]:
    """Yield a note for each variable without a value whose name looks like something else."""
    program = problem.program
    doubtful = [name for name in program.names if name not in problem.given]
    if not doubtful or program.outputs:
        return
    from autodiff_cli.language.glued import coefficient_of, meant, of_power

    known, spans = {*program.names, *program.functions, *program.definitions}, program.variables()
    slots = {slot for call in program.calls for slot in call[1]} | {program.result}
    used = {name for name, (slot, _) in program.names.items() if slot in slots}
    parameters = {name for names in program.functions.values() for name in names}
    for name in doubtful:
        formula = meant(name, known)
        if formula is None and _is_raised(program, name):
            formula = of_power(name)
        if formula is None:
            formula = coefficient_of(name, used, program.definitions, parameters)
        if (denominator := _derivative(program, name)) is not None:
            span = program.span(program.names[name].token, program.names[denominator].token + 1)
            said = f"`{name}/{denominator}` is taken for a quotient of two variables"
            yield note_on(problem, f"{said}; a derivative is what `adiff grad` gives", span)
        elif formula is not None:
            message = f"`{name}` is taken for one variable; write `{formula}` if that is meant"
            if formula.isidentifier() and not name.isascii():
                message = f"`{name}` looks like `{formula}`, but is a variable of its own"
            yield note_on(problem, message, spans[name])


def _equation_notes(problem: Problem) -> Iterator[Note]:
    """Yield a note for a text such as ``x = y``, which may be meant as an equation."""
    program = problem.program
    name = next((n for n, (slot, _) in program.names.items() if slot == program.result), None)
    left = next((n for n, slot in program.definitions.items() if slot == program.result), None)
    if program.outputs or name is None or left is None or name in problem.given:
        return
    if re.search(rf"(?:^|[\n;])\s*{re.escape(left)}\s*=(?!=)[^\n;=]*$", program.source.rstrip()):
        span = Span(0, len(program.source.rstrip()))
        said = f"`{left}` is taken for another name of `{name}`: equations are not solved"
        yield note_on(problem, said, span)


def _derivative(program: Program, name: str) -> str | None:
    """Return ``dx`` for ``dy`` where a text has ``dy/dx``; None if it has not."""
    k = program.names[name].token
    texts = [token.text for token in program.tokens[k + 1 : k + 3]]
    if texts[:1] != ["/"] or len(name) > 2 or name[0] not in "d∂":
        return None
    below = texts[1]
    is_one = len(below) == 2 and below[0] == name[0] and below in program.names
    return below if is_one and below[1] in {*program.names, *program.definitions} else None


def _is_raised(program: Program, name: str) -> bool:
    """Return whether the first occurrence of a name has an exponent that is not a number."""
    if len(name) > 2:
        return False
    tokens, k = program.tokens, program.names[name].token + 1
    if tokens[k].text not in ("^", "**"):
        return False
    exponent = next(token.text for token in tokens[k + 1 :] if token.text not in SIGNS)
    return exponent == "(" or exponent.isidentifier()


def _array_notes(problem: Problem) -> Iterator[Note]:
    """Yield a note for each elementwise product or power that may be meant for matrices."""
    program, results = problem.program, problem.results
    if program.outputs or not _DOUBTFUL_SIGNS.search(program.source):
        return
    for k, (operation, slots, _, first, middle, last) in enumerate(program.calls):
        shapes = [np.shape(results[slot]) for slot in slots]
        if not shapes[0]:
            continue
        sign = program.tokens[middle if middle != first else last - 1].text
        if sign in _SIGNS_OF_PRODUCTS and all(shapes):
            said = f"`{sign}` multiplies element by element; {_SIGNS_OF_PRODUCTS[sign]}"
            yield note_on(problem, said, program.place(k))
            continue
        raises = operation.metadata.symbol == "**" and _is_square(shapes[0])
        if raises and _is_minus_one(results[slots[1]]):
            said = f"`{sign}` is taken of each element; an inverse matrix is written `inv(A)`"
            yield note_on(problem, said, program.place(k))


def _is_square(shape: tuple[int, ...]) -> bool:
    return len(shape) == 2 and shape[0] == shape[1] > 1


def _is_minus_one(value: Any) -> bool:
    return not isinstance(value, Variable) and not np.shape(value) and float(value) == -1
