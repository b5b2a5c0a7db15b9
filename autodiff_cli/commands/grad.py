"""`adiff grad`: derivatives with respect to each variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autodiff_cli.api import derivatives
from autodiff_cli.commands.question import Question
from autodiff_cli.engine import Variable, kinks, one_sided
from autodiff_cli.errors import UsageError
from autodiff_cli.language.words import number
from autodiff_cli.results import Note, Numbers

__all__ = ["run", "spelled"]

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def run(question: Question, wrt: Sequence[str], order: int) -> Numbers:
    """Return the derivative of the given order with respect to each variable alone."""
    names = question.names(wrt)
    if not names and order:
        raise UsageError(
            "the expression has no variable to differentiate with respect to",
            code="no-variable",
            hint="`adiff eval` gives its value",
        )
    found = derivatives(question.y, question.env, names, order)
    values = {name: derivative.data for name, derivative in found.items()}
    fields = {
        "command": "grad",
        **question.fields,
        "order": order,
        "value": question.y.data,
        "derivatives": values,
    }
    headings = ("variable", spelled("·", order))
    return Numbers(values, fields, headings, kink_notes(question, found, order))


def spelled(name: str, order: int) -> str:
    """Return how a derivative is written: ``∂f/∂x``, ``∂²f/∂x²``."""
    power = "" if order == 1 else str(order).translate(_SUPERSCRIPTS)
    return f"∂{power}f/∂{name}{power}" if order else "f"


MOST_NOTES = 5
"""How many kinks, and how many variables at each, are spoken of."""


def kink_notes(question: Question, derivatives: Mapping[str, Variable], order: int) -> list[Note]:
    """Return a note for each kink or jump at which the derivatives were taken by convention."""
    notes: list[Note] = []
    found = kinks(question.y) if order else []
    # What the derivative is on either side is the same for all kinks together.
    named = list(derivatives.items())[:MOST_NOTES] if found and order == 1 else []
    sides = [_sides(question, name, derivative) for name, derivative in named]
    for kink in found:
        span = question.places.get(kink.call)
        if span is None or len(notes) == MOST_NOTES:
            continue
        verb = "jumps" if kink.jump else "has a kink"
        message = f"`{kink.operation}` {verb} here" + "".join(sides)
        notes.append(Note(message, span, question.program.source, question.program.origin))
    return notes


def _sides(question: Question, name: str, derivative: Variable) -> str:
    """Return what the derivative is on either side, if it is not the same as the one given."""
    x = question.env[name]
    if x.shape or question.y.shape:
        return ""
    given, sides = float(derivative), [one_sided(question.y, x, way) for way in (-1.0, 1.0)]
    if all(side is not None and float(side) == given for side in sides):
        return ""
    left, right = ("none" if side is None else number(float(side)) for side in sides)
    known = f"is {left} from the left and {right} from the right"
    if sides == [None, None]:
        known = "does not exist"
    return f"; {spelled(name, 1)} {known}, {number(given)} is given"
