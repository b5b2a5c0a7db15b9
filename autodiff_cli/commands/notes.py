"""Write notes on an answer: kinks where it was computed, and the origin of nan or infinity.

What is found is data (`truth`, `infinite`); here and in `point_notes` it becomes notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_cli.commands.examination import HIGHEST
from autodiff_cli.commands.infinite import (
    infinite_slope,
    infinite_value,
    is_overflow,
    not_finite,
)
from autodiff_cli.commands.point_notes import point_notes
from autodiff_cli.commands.truth import Truth
from autodiff_cli.emit.text.partials import partial, pure_partial
from autodiff_cli.engine import Variable, value_of
from autodiff_cli.errors import NoSeriesError, Span
from autodiff_cli.language.format import number
from autodiff_cli.language.program import Instruction
from autodiff_cli.problem import Problem
from autodiff_cli.results import Note

if TYPE_CHECKING:
    from autodiff_cli.commands.lost_domain import FormulaEntry

__all__ = [
    "MOST_NOTES",
    "convention_notes",
    "derivative_notes",
    "formula_notes",
    "locating_errors",
    "mixed_notes",
    "note_on",
    "range_notes",
    "true_notes",
    "value_notes",
]

MOST_NOTES = 5
"""How many notes of a kind are told."""

MOST_NAMES = 3
"""How many variables of a point are told."""

MOST_LETTERS = 24
"""How much of a long number is shown."""


@contextmanager
def locating_errors(problem: Problem) -> Iterator[None]:
    """Mark in the expression which operation has no series, if that is what is wrong."""
    try:
        yield
    except NoSeriesError as error:
        if (k := problem.number(error.call)) is not None:
            program = problem.program
            error.span, error.source = program.place(k), program.source
            error.origin = program.origin
        raise


def value_notes(problem: Problem, certain: bool = False) -> list[Note]:
    """Return a note on the innermost expression that made the value nan or infinite.

    Parameters
    ----------
    certain
        Whether the answer is finite and proven, so that nothing depends on the range of float64.
    """
    notes = [] if certain else range_notes(problem)
    if notes or (cause := _cause(problem, certain)) is None:
        return notes
    message, span = cause
    return [note_on(problem, message, span)]


def _cause(problem: Problem, certain: bool = False) -> tuple[str, Span] | None:
    """Return what made the value nan or infinite, in words, and where it is.

    Parameters
    ----------
    certain
        Whether the answer does not depend on the range of float64, so that there is nothing to be
        said about a number that is only too large for it.
    """
    found = infinite_value(problem)
    if found is None or (certain and is_overflow(problem, found[0])):
        return None
    (k, wrong), program, results = found, problem.program, problem.results
    call = Instruction(*program.calls[k])
    operands = [_shown(results[slot]) for slot in call.slots]
    name = program.call_name(k)
    if np.shape(value_of(results[k])):
        message = f"`{name}` gives {wrong} here, if not in all elements"
    elif name == call.operation.metadata.symbol and len(operands) == 2:
        if name == "**" and operands[0].startswith("-"):
            operands[0] = f"({operands[0]})"
        message = f"`{operands[0]} {name} {operands[1]}` gives {wrong}"
    else:
        message = f"`{name}` of {' and '.join(operands)} gives {wrong}"
    return message, program.place(k)


def range_notes(problem: Problem) -> list[Note]:
    """Return notes on the numbers of a text that are beyond the range of floats."""
    program = problem.program
    found = []
    for slot, span in list(program.out_of_range.items())[:MOST_NOTES]:
        value = float(program.leaves[~slot])
        text = program.source[slice(*span)]
        shown = text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"
        message = f"`{shown}` is beyond the range of float64: it is taken as {number(value)} here"
        found.append(note_on(problem, message, span))
    return found


def true_notes(
    problem: Problem, truth: Truth, given: Mapping[str, Any], certain: bool = False
) -> list[Note]:
    """Return notes on what a value does at a point where an operation is not smooth.

    Parameters
    ----------
    given
        What is given for the derivatives, by name.
    certain
        As for `value_notes`.
    """
    notes = [] if certain else range_notes(problem)
    if notes:
        return notes
    cause = _cause(problem, certain)
    if truth.extended and cause is not None:
        cause = None
    by_variable = {name: value for name, value in given.items() if name in problem.env}
    if not truth.calls and (steep := infinite_slope(problem, by_variable)) is not None:
        truth.calls = [] if steep.call is None else [steep.call]
    given = {name: value_of(value) for name, value in given.items()}
    found = point_notes(truth, given, "" if cause is None else cause[0])
    if not found and cause is not None:
        return value_notes(problem, certain)
    return [one if cause is None else replace(one, span=cause[1]) for one in found][:MOST_NOTES]


def derivative_notes(
    problem: Problem,
    derivatives: Mapping[str, Variable],
    order: int,
    truth: Truth | None = None,
    certain: bool = False,
) -> list[Note]:
    """Return notes on the kinks the derivatives were taken at, and on what made them infinite.

    Parameters
    ----------
    truth
        What is true at the point, if it was examined.
    certain
        As for `value_notes`.
    """
    if truth is not None and truth.tells:
        return true_notes(problem, truth, derivatives, certain)
    notes = value_notes(problem, certain)
    if order and not notes:
        notes += _irregular_notes(problem, order)
        notes += _slope_notes(problem, derivatives, order)
    return notes


def convention_notes(
    problem: Problem,
    order: int,
    truth: Truth | None = None,
    shown: Mapping[str, Any] | None = None,
) -> list[Note]:
    """Return notes on kinks and jumps at which the derivatives of the whole exist.

    An answer that shows the derivatives of single operations has conventions there.

    Parameters
    ----------
    truth, shown
        What is true at the point, and the derivatives that are shown; if these are not given, they
        are right.
    """
    effect = ": its own derivative is a convention"
    wrong = [
        (name, place, x)
        for name, value in (shown or {}).items()
        for place, x in (truth.slopes(name) if truth is not None else ())
        if x is not None and float(x) != np.asarray(value)[place]
    ]
    if wrong:
        name, place, x = wrong[0]
        entry = f"an entry of {pure_partial(name, order)}" if place else pure_partial(name, order)
        effect += f", and {entry} is {number(float(x))}"
    notes = _irregular_notes(problem, order, effect)
    return [replace(note, harmless=not wrong) for note in notes]


def formula_notes(problem: Problem, entries: Iterable[FormulaEntry]) -> list[Note]:
    """Return notes on where formulas hold: on choices at a tie, and on domains they do not show."""
    return _tie_notes(problem) + _domain_notes(problem, entries)


def _domain_notes(problem: Problem, entries: Iterable[FormulaEntry]) -> list[Note]:
    """Return a note on a formula that has values where the expression has none."""
    # Numbers do not need this module, and should not wait for its import.
    from autodiff_cli.commands.lost_domain import lost_domain

    found = lost_domain(problem, entries)
    if found is None:
        return []
    span = problem.program.place(found.call)
    text = problem.program.source[slice(*span)]
    names = list(found.point)[:MOST_NAMES]
    place = ", ".join(f"{name}={number(found.point[name])}" for name in names)
    if found.values is not None:
        formula, by_rules = map(number, found.values)
        said = f"infinities do not cancel: at {place} the formula is {formula}, numbers {by_rules}"
        return [note_on(problem, said, span)]
    said = (
        f"the formula has values where `{text}` has none, such as at {place}:"
        " it holds only where the expression has one"
    )
    return [note_on(problem, said, span)]


def _tie_notes(problem: Problem) -> list[Note]:
    program = problem.program
    found: dict[Span, Note] = {}
    for k, call in enumerate(program.calls):
        operation = Instruction(*call).operation
        chooses = operation.pairwise or operation
        if chooses.metadata.choice and chooses.arity > 1:
            span, name = program.place(k), program.call_name(k)
            said = (
                f"where values tie in `{name}`, the formula has the derivative of one of them;"
                " a number there may be another, such as the mean of both"
            )
            found.setdefault(span, note_on(problem, said, span))
    return list(found.values())[:MOST_NOTES]


def mixed_notes(
    problem: Problem,
    derivative: Variable,
    names: Sequence[str],
    truth: Truth | None = None,
    certain: bool = False,
) -> list[Note]:
    """Return notes on the kinks a mixed derivative was taken at, or on what made it infinite.

    Parameters
    ----------
    truth, certain
        As for `derivative_notes`.
    """
    if truth is not None and truth.tells:
        given = {"": derivative, **dict.fromkeys(names, derivative)}
        return true_notes(problem, truth, given, certain)
    notes = value_notes(problem, certain) or _irregular_notes(problem, len(names))
    wrong = not_finite(derivative)
    if not notes and wrong is not None:
        whole = Span(0, len(problem.program.source))
        said = f"{partial(names)} is {wrong}, though the value is finite"
        notes = [note_on(problem, said, whole)]
    return notes


def note_on(problem: Problem, message: str, span: Span) -> Note:
    """Return a note on a place in the text of a problem."""
    return Note(message, span, problem.program.source, problem.program.origin)


def _shown(value: Any) -> str:
    value = value_of(value)
    return "an array" if np.shape(value) else number(value, signed_zero=True)


def _slope_notes(
    problem: Problem, derivatives: Mapping[str, Variable], order: int
) -> Iterator[Note]:
    """Yield a note for the first derivative that is not finite, though the value is."""
    found = infinite_slope(problem, derivatives)
    if found is None:
        return
    program = problem.program
    said = f"{pure_partial(found.name, order)} is {found.wrong}, though the value is finite"
    if found.call is None:
        yield note_on(problem, said, Span(0, len(program.source)))
        return
    operands = " and ".join(map(_shown, found.operands))
    said += f": `{program.call_name(found.call)}` has no finite slope at {operands}"
    yield note_on(problem, said, program.place(found.call))


def _irregular_notes(problem: Problem, order: int, effect: str = "") -> list[Note]:
    """Return a note for each kink or jump, with its effect if that is known."""
    notes: dict[Note, None] = {}
    for kink in problem.kinks:
        if (k := problem.number(kink.call)) is not None:
            verb = "jumps" if kink.jump else "has a kink"
            said = f"`{problem.program.call_name(k)}` {verb} here{effect}"
            if order > HIGHEST:
                said += f", whose effect is known up to order {HIGHEST} only"
            notes[note_on(problem, said, problem.program.place(k))] = None
    return list(notes)[:MOST_NOTES]
