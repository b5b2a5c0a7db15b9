"""What there is to know about an answer: kinks it was taken at, and where nan and inf come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import numpy as np

from autodiff_cli.engine import Variable, as_variable, grad, kinks, one_sided, value_of
from autodiff_cli.engine.variable import reachable
from autodiff_cli.errors import NoSeriesError, Span
from autodiff_cli.language.format import SIGNS, number
from autodiff_cli.language.names import function
from autodiff_cli.language.program import Call, Program
from autodiff_cli.problem import Problem
from autodiff_cli.results import Note

__all__ = [
    "derivative_notes",
    "formula_notes",
    "mixed_notes",
    "placed",
    "range_notes",
    "reading_notes",
    "spelled",
    "spelled_mixed",
    "value_notes",
]

MOST_NOTES = 5
"""How many kinks, and how many variables at each, are spoken of."""

MOST_LETTERS = 24
"""How much of a long number is shown."""

_SIGNS_OF_PRODUCTS = {
    "·": "the product of vectors is written `a @ b`",
    "⋅": "the product of vectors is written `a @ b`",
    "×": "there is no cross product",
}
"""What signs of a product are for arrays elsewhere."""

_DOUBTFUL_SIGNS = re.compile(r"[·⋅×]|⁻¹|(?:\^|\*\*)\s*\(?\s*[-−]\s*1")

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def spelled(name: str, order: int) -> str:
    """Return how a derivative is written: ``∂f/∂x``, ``∂²f/∂x²``."""
    power = _power(order)
    return f"∂{power}f/∂{name}{power}" if order else "f"


def spelled_mixed(names: Sequence[str]) -> str:
    """Return how a mixed derivative is written: ``∂³f/∂x²∂y``."""
    below = "".join(f"∂{name}{_power(len(list(turns)))}" for name, turns in groupby(names))
    return f"∂{_power(len(names))}f/{below}" if names else "f"


def _power(order: int) -> str:
    return "" if order == 1 else str(order).translate(_SUPERSCRIPTS)


@contextmanager
def placed(problem: Problem) -> Iterator[None]:
    """Mark in the expression which operation has no series, if that is what is wrong."""
    try:
        yield
    except NoSeriesError as error:
        if (k := problem.number(error.call)) is not None:
            program = problem.program
            error.span, error.source = program.place(k), program.source
            error.origin = program.origin
        raise


def reading_notes(problem: Problem) -> list[Note]:
    """Return notes on what a text may not have been meant to say.

    Names that look like something else, and definitions that nothing uses.
    """
    program = problem.program
    notes = [
        _note(problem, f"`{name}` is defined and never used", span)
        for name, span in list(program.unused.items())[:MOST_NOTES]
    ]
    notes += _array_notes(problem)
    doubtful = [name for name in program.names if name not in problem.given]
    if not doubtful or program.outputs:
        return notes
    from autodiff_cli.language.glued import meant, of_power

    known, spans = {*program.names, *program.functions, *program.definitions}, program.variables()
    for name in doubtful:
        formula = meant(name, known)
        if formula is None and _is_raised(program, name):
            formula = of_power(name)
        if (denominator := _derivative(program, name)) is not None:
            span = program.span(program.names[name].token, program.names[denominator].token + 1)
            said = f"`{name}/{denominator}` is taken for a quotient of two variables"
            notes.append(_note(problem, f"{said}; a derivative is what `adiff grad` gives", span))
        elif len(notes) < MOST_NOTES and formula is not None:
            message = f"`{name}` is taken for one variable; write `{formula}` if that is meant"
            if formula.isidentifier() and not name.isascii():
                message = f"`{name}` looks like `{formula}`, but is a variable of its own"
            notes.append(_note(problem, message, spans[name]))
    return notes


def _derivative(program: Program, name: str) -> str | None:
    """Return ``dx`` for ``dy`` where a text has ``dy/dx``; None if it has not."""
    k = program.names[name].token
    texts = [word.text for word in program.words[k + 1 : k + 3]]
    if texts[:1] != ["/"] or len(name) > 2 or name[0] not in "d∂":
        return None
    below = texts[1]
    is_one = len(below) == 2 and below[0] == name[0] and below in program.names
    return below if is_one and below[1] in {*program.names, *program.definitions} else None


def _is_raised(program: Program, name: str) -> bool:
    """Return whether a name is raised, where it is first, to a power that is no number."""
    if len(name) > 2:
        return False
    words, k = program.words, program.names[name].token + 1
    if words[k].text not in ("^", "**"):
        return False
    exponent = next(word.text for word in words[k + 1 :] if word.text not in SIGNS)
    return exponent == "(" or exponent.isidentifier()


def _array_notes(problem: Problem) -> Iterator[Note]:
    """Yield a note where arrays are taken element by element though a sign may say otherwise."""
    program, results = problem.program, problem.results
    if program.outputs or not _DOUBTFUL_SIGNS.search(program.source):
        return
    for k, (operation, slots, _, first, middle, last) in enumerate(program.calls):
        shapes = [np.shape(results[slot]) for slot in slots]
        if not shapes[0]:
            continue
        sign = program.words[middle if middle != first else last - 1].text
        if sign in _SIGNS_OF_PRODUCTS and all(shapes):
            said = f"`{sign}` multiplies element by element; {_SIGNS_OF_PRODUCTS[sign]}"
            yield _note(problem, said, program.place(k))
            continue
        raises = operation.facts.symbol == "**" and _is_square(shapes[0])
        if raises and _is_minus_one(results[slots[1]]):
            said = f"`{sign}` is taken of each element; an inverse matrix is written `inv(A)`"
            yield _note(problem, said, program.place(k))


def _is_square(shape: tuple[int, ...]) -> bool:
    return len(shape) == 2 and shape[0] == shape[1] > 1


def _is_minus_one(value: Any) -> bool:
    return not isinstance(value, Variable) and not np.shape(value) and float(value) == -1


def value_notes(problem: Problem) -> list[Note]:
    """Return a note on the innermost expression that made the value nan or infinite."""
    notes = range_notes(problem)
    k, program, results = problem.program.result, problem.program, problem.results
    wrong = _wrong(results[k])
    if wrong is None or k < 0 or notes:
        return notes
    # From the result inwards, as long as an operand is wrong already, best in the same way.
    while True:
        call = Call(*program.calls[k])
        found = {slot: kind for slot in call.slots if slot >= 0 and (kind := _wrong(results[slot]))}
        if not found:
            break
        k = next((slot for slot, kind in found.items() if kind == wrong), next(iter(found)))
        wrong = found[k]
    operands = [_shown(results[slot]) for slot in call.slots]
    written = _written(program, k)
    if np.shape(value_of(results[k])):
        message = f"`{written}` gives {wrong} here, if not in all elements"
    elif written == call.operation.facts.symbol and len(operands) == 2:
        if written == "**" and operands[0].startswith("-"):
            operands[0] = f"({operands[0]})"
        message = f"`{operands[0]} {written} {operands[1]}` gives {wrong}"
    else:
        message = f"`{written}` of {' and '.join(operands)} gives {wrong}"
    return [_note(problem, message, program.place(k))]


def range_notes(problem: Problem) -> list[Note]:
    """Return notes on the numbers of a text that are beyond the range of floats."""
    program = problem.program
    found = []
    for slot, span in list(program.out_of_range.items())[:MOST_NOTES]:
        value = float(program.leaves[~slot])
        text = program.source[slice(*span)]
        shown = text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"
        message = f"`{shown}` is beyond the range of float64: it is taken as {number(value)} here"
        found.append(_note(problem, message, span))
    return found


def derivative_notes(
    problem: Problem, derivatives: Mapping[str, Variable], order: int
) -> list[Note]:
    """Return notes on the kinks the derivatives were taken at, and on what made them infinite."""
    notes = value_notes(problem)
    if order and not notes:
        notes += _kink_notes(problem, derivatives, order)
        notes += _slope_notes(problem, derivatives, order)
    return notes


def formula_notes(problem: Problem) -> list[Note]:
    """Return notes on the choices whose derivatives are formulas: on what those are at a tie."""
    program = problem.program
    found: dict[Span, Note] = {}
    for k, call in enumerate(program.calls):
        operation = Call(*call).operation
        chooses = operation.pairwise or operation
        if chooses.facts.choice and chooses.arity > 1:
            span, name = program.place(k), _written(program, k)
            said = (
                f"where values tie in `{name}`, the formula has the derivative of one of them;"
                " a number there may be another, such as the mean of both"
            )
            found.setdefault(span, _note(problem, said, span))
    return list(found.values())[:MOST_NOTES]


def mixed_notes(problem: Problem, derivative: Variable, names: Sequence[str]) -> list[Note]:
    """Return notes on the kinks a mixed derivative was taken at, or on what made it infinite."""
    notes = value_notes(problem) or _kink_notes(problem, {}, len(names))
    wrong = _wrong(derivative)
    if not notes and wrong is not None:
        whole = Span(0, len(problem.program.source))
        said = f"{spelled_mixed(names)} is {wrong}, though the value is finite"
        notes = [_note(problem, said, whole)]
    return notes


def _note(problem: Problem, message: str, span: Span) -> Note:
    return Note(message, span, problem.program.source, problem.program.origin)


def _written(program: Program, k: int) -> str:
    """Return what a call is called in the text, where a function may have one of several names."""
    call = Call(*program.calls[k])
    name, bracket = (word.text for word in program.words[call.first : call.first + 2])
    spelled_out = bracket == "(" and call.middle == call.first and function(name) is not None
    return name if spelled_out else call.operation.facts.symbol or call.operation.name


def _shown(value: Any) -> str:
    value = value_of(value)
    return "an array" if np.shape(value) else number(value, signed_zero=True)


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
    problem: Problem, derivatives: Mapping[str, Variable], order: int
) -> Iterator[Note]:
    """Yield a note for the first derivative that is not finite, though the value is."""
    for name, derivative in derivatives.items():
        wrong = _wrong(derivative)
        if wrong is None:
            continue
        program = problem.program
        call = _steep(problem.y, problem.env[name])
        k = None if call is None else problem.number(call)
        said = f"{spelled(name, order)} is {wrong}, though the value is finite"
        if call is None or k is None:
            yield _note(problem, said, Span(0, len(program.source)))
        else:
            operands = " and ".join(_shown(x) for x in call.inputs)
            said += f": `{_written(program, k)}` has no finite slope at {operands}"
            yield _note(problem, said, program.place(k))
        return


def _steep(y: Variable, x: Variable) -> Variable | None:
    """Return the call where the adjoint of ``x`` stops being finite; None if there is no one."""
    calls = reachable([y])
    adjoints = dict(zip(calls, grad(y, calls), strict=True))
    users: dict[Variable, list[Variable]] = {}
    for call in calls:
        for operand in call.inputs:
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
        for operand, gx in zip(user.inputs, pulled, strict=True):
            if operand is x and gx is not None and _wrong(gx) is not None:
                return user
    return None


# --- kinks ----------------------------------------------------------------------------------------


def _kink_notes(problem: Problem, derivatives: Mapping[str, Variable], order: int) -> list[Note]:
    """Return a note for each kink or jump at which the derivatives were taken by convention."""
    notes: list[Note] = []
    found = kinks(problem.y)
    # What the derivative is on either side is the same for all kinks together.
    named = list(derivatives.items())[:MOST_NOTES] if found and order == 1 else []
    sides = [_sides(problem, name, derivative) for name, derivative in named]
    for kink in found:
        k = problem.number(kink.call)
        if k is None or len(notes) == MOST_NOTES:
            continue
        verb = "jumps" if kink.jump else "has a kink"
        message = f"`{_written(problem.program, k)}` {verb} here" + "".join(sides)
        notes.append(_note(problem, message, problem.program.place(k)))
    choices = _choice_notes(problem, derivatives, order)
    return list(dict.fromkeys([*notes, *choices]))[:MOST_NOTES]


def _sides(problem: Problem, name: str, derivative: Variable) -> str:
    """Return what the derivative is on either side, if it is not the same as the one given."""
    x = problem.env[name]
    if x.shape or problem.y.shape:
        return ""
    given, sides = float(derivative), [one_sided(problem.y, x, way) for way in (-1.0, 1.0)]
    if all(side is not None and float(side) == given for side in sides):
        return ""
    left, right = ("none" if side is None else number(float(side)) for side in sides)
    known = f"is {left} from the left and {right} from the right"
    if sides == [None, None]:
        known = "does not exist"
    return f"; {spelled(name, 1)} {known}, {number(given)} is given"


# --- choices --------------------------------------------------------------------------------------

_BOUNDED = ("less", "less_equal", "greater", "greater_equal")

_CONNECTIVES = {
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_not": np.logical_not,
}

_TURNS = "this condition changes here: the derivative takes it to be constant"

HIGHEST_COMPARED = 4
"""Up to which order the derivatives of what is chosen and of what is not are compared."""


def _choice_notes(
    problem: Problem, derivatives: Mapping[str, Variable], order: int
) -> Iterator[Note]:
    """Yield a note for each choice at its boundary, if what is not chosen goes on otherwise."""
    program, results = problem.program, problem.results
    undecided = _undecided(problem)
    taken = set(reachable([problem.y])) if undecided else set()
    for k, (operation, slots, *_) in enumerate(program.calls):
        result = results[k]
        if not isinstance(result, Variable) or result not in taken:
            continue
        if operation.name in _CONNECTIVES:
            continue
        chooses = operation.name == "where"
        for condition in undecided.keys() & slots[int(chooses) :]:
            yield _note(problem, _TURNS, program.place(condition))
        edge = undecided.get(slots[0]) if chooses else None
        if edge is None:
            continue
        x, y = (as_variable(results[slot]) for slot in slots[1:])
        apart = (x - y) * edge
        if np.any(apart.data):
            yield _note(
                problem,
                "this choice jumps here: the derivative is that of what is chosen",
                program.place(k),
            )
        elif _differ(apart, [problem.env[name] for name in derivatives], order):
            said = "this choice has a kink here: the derivative is that of what is chosen"
            yield _note(problem, said, program.place(k))
    if program.result in undecided:
        yield _note(problem, _TURNS, program.place(program.result))


def _differ(apart: Variable, xs: Sequence[Variable], order: int) -> bool:
    """Return whether any derivative up to an order of what is 0 here is not 0."""
    for x in xs:
        y = apart.sum()
        for _ in range(min(order, HIGHEST_COMPARED)):
            (y,) = grad(y, [x], create_graph=True)
            if np.any(y.data):
                return True
            if y.size != 1:
                break
    return False


def _undecided(problem: Problem) -> dict[int, Any]:
    """Return where each condition is on its boundary: the least change could turn it over."""
    program, results = problem.program, problem.results
    # What conditions would be if all comparisons of what is equal turned out one way, or the other.
    ways: list[dict[int, Any]] = [{}, {}]
    for k, (operation, slots, *_) in enumerate(program.calls):
        if operation.name in _BOUNDED:
            left, right = (value_of(results[slot]) for slot in slots)
            edge = np.equal(left, right)
            if np.any(edge):
                for outcome, way in zip((False, True), ways, strict=True):
                    way[k] = np.where(edge, outcome, value_of(results[k]) != 0)
        elif operation.name in _CONNECTIVES and any(slot in ways[0] for slot in slots):
            for way in ways:
                operands = (way.get(slot, value_of(results[slot])) for slot in slots)
                way[k] = _CONNECTIVES[operation.name](*operands)
    edges = {k: np.not_equal(way, ways[1][k]) for k, way in ways[0].items()}
    return {k: edge.astype(np.float64) for k, edge in edges.items() if np.any(edge)}
