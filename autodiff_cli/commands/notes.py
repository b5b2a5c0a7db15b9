"""What there is to know about an answer: kinks it was taken at, and where nan and inf come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from autodiff_cli.commands.question import Question
from autodiff_cli.engine import Variable, grad, kinks, one_sided, value_of
from autodiff_cli.engine.core import reachable
from autodiff_cli.errors import Span
from autodiff_cli.language.program import Call
from autodiff_cli.language.words import number
from autodiff_cli.results import Note

__all__ = ["derivative_notes", "mixed_notes", "spelled", "spelled_mixed", "value_notes"]

MOST_NOTES = 5
"""How many kinks, and how many variables at each, are spoken of."""

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def spelled(name: str, order: int) -> str:
    """Return how a derivative is written: ``∂f/∂x``, ``∂²f/∂x²``."""
    power = "" if order == 1 else str(order).translate(_SUPERSCRIPTS)
    return f"∂{power}f/∂{name}{power}" if order else "f"


def spelled_mixed(names: Sequence[str]) -> str:
    """Return how a mixed partial derivative is written: ``∂³f/∂x²∂y``."""
    power = str(len(names)).translate(_SUPERSCRIPTS) if len(names) > 1 else ""
    below = ""
    for name, turns in groupby(names):
        times = len(list(turns))
        below += f"∂{name}" + (str(times).translate(_SUPERSCRIPTS) if times > 1 else "")
    return f"∂{power}f/{below}"


def value_notes(question: Question) -> list[Note]:
    """Return a note on the innermost expression that made the value nan or infinite."""
    k, program, results = question.program.result, question.program, question.results
    wrong = _wrong(results[k])
    if wrong is None or k < 0:
        return []
    # From the result inwards, as long as an operand is wrong already, best in the same way.
    while True:
        call = Call(*program.calls[k])
        found = {slot: kind for slot in call.slots if slot >= 0 and (kind := _wrong(results[slot]))}
        if not found:
            break
        k = next((slot for slot, kind in found.items() if kind == wrong), next(iter(found)))
        wrong = found[k]
    operands = [_shown(results[slot]) for slot in call.slots]
    symbol, name = call.operation.facts.symbol, call.operation.name
    if np.shape(value_of(results[k])):
        message = f"`{symbol or name}` gives {wrong} here, if not in all elements"
    elif symbol and len(operands) == 2:
        message = f"`{operands[0]} {symbol} {operands[1]}` gives {wrong}"
    else:
        message = f"`{symbol or name}` of {' and '.join(operands)} gives {wrong}"
    return [_note(question, message, program.place(k))]


def derivative_notes(
    question: Question, derivatives: Mapping[str, Variable], order: int
) -> list[Note]:
    """Return notes on the kinks the derivatives were taken at, and on what made them infinite."""
    notes = value_notes(question)
    if order and not notes:
        notes += _kink_notes(question, derivatives, order)
        notes += _slope_notes(question, derivatives, order)
    return notes


def mixed_notes(question: Question, derivative: Variable, names: Sequence[str]) -> list[Note]:
    """Return notes on the kinks a mixed derivative was taken at, or on what made it infinite."""
    notes = value_notes(question) or _kink_notes(question, {}, len(names))
    wrong = _wrong(derivative)
    if not notes and wrong is not None:
        whole = Span(0, len(question.program.source))
        said = f"{spelled_mixed(names)} is {wrong}, though the value is finite"
        notes = [_note(question, said, whole)]
    return notes


def _note(question: Question, message: str, span: Span) -> Note:
    return Note(message, span, question.program.source, question.program.origin)


def _shown(value: Any) -> str:
    value = value_of(value)
    return "an array" if np.shape(value) else number(value)


def _wrong(value: Any) -> str | None:
    """Return in which way a value is no finite number; None if it is one."""
    value = np.asarray(value_of(value))
    if np.all(np.isfinite(value)):
        return None
    if np.any(np.isnan(value)):
        return "nan"
    return "inf" if np.any(value == np.inf) else "-inf"


# --- slopes ---------------------------------------------------------------------------------------


def _slope_notes(
    question: Question, derivatives: Mapping[str, Variable], order: int
) -> Iterator[Note]:
    """Yield a note for the first derivative that is not finite, though the value is."""
    for name, derivative in derivatives.items():
        wrong = _wrong(derivative)
        if wrong is None:
            continue
        call = _steep(question.y, question.env[name])
        span = None if call is None else question.place(call)
        said = f"{spelled(name, order)} is {wrong}, though the value is finite"
        if call is None or span is None:
            whole = Span(0, len(question.program.source))
            yield _note(question, said, whole)
        else:
            operands = " and ".join(_shown(x) for x in call._inputs)
            operation = call.creator.op
            name = operation.facts.symbol or operation.name
            yield _note(question, f"{said}: `{name}` has no finite slope at {operands}", span)
        return


def _steep(y: Variable, x: Variable) -> Variable | None:
    """Return the call where the adjoint of ``x`` stops being finite; None if there is no one."""
    calls = reachable([y])
    adjoints = dict(zip(calls, grad(y, calls), strict=True))
    users: dict[Variable, list[Variable]] = {}
    for call in calls:
        for operand in call._inputs:
            if isinstance(operand, Variable):
                users.setdefault(operand, []).append(call)
    # From the variable outwards to the first call whose own adjoint is finite.
    while True:
        wrong = [user for user in users.get(x, ()) if _wrong(adjoints[user]) is not None]
        if not wrong:
            break
        x = wrong[0]
    for user in users.get(x, ()):
        pulled = user.creator.backward(adjoints[user])
        pulled = pulled if isinstance(pulled, tuple) else (pulled,)
        for operand, gx in zip(user._inputs, pulled, strict=True):
            if operand is x and gx is not None and _wrong(gx) is not None:
                return user
    return None


# --- kinks ----------------------------------------------------------------------------------------


def _kink_notes(question: Question, derivatives: Mapping[str, Variable], order: int) -> list[Note]:
    """Return a note for each kink or jump at which the derivatives were taken by convention."""
    notes: list[Note] = []
    found = kinks(question.y)
    # What the derivative is on either side is the same for all kinks together.
    named = list(derivatives.items())[:MOST_NOTES] if found and order == 1 else []
    sides = [_sides(question, name, derivative) for name, derivative in named]
    for kink in found:
        span = question.place(kink.call)
        if span is None or len(notes) == MOST_NOTES:
            continue
        verb = "jumps" if kink.jump else "has a kink"
        message = f"`{kink.operation}` {verb} here" + "".join(sides)
        notes.append(_note(question, message, span))
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
