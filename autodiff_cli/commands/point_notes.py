"""Notes on the behaviour of a function at a point where it is not smooth, one for each kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_cli.commands.close_by import described
from autodiff_cli.commands.truth import Truth
from autodiff_cli.emit.text.partials import partial, pure_partial
from autodiff_cli.errors import Span
from autodiff_cli.language.format import element_names, number
from autodiff_cli.results import Note

if TYPE_CHECKING:
    from autodiff_cli.derive.one_sided import Behaviour

__all__ = ["point_notes"]

MOST_PLACES = 3
"""The most elements with the same behaviour that a note names."""

MOST_BITS = 4096
"""The most bits of a number in a note."""

MOST_SAID = 4
"""The most variables whose behaviour a note describes."""


def point_notes(truth: Truth, given: Mapping[str, Any], cause: str = "") -> list[Note]:
    """Return a note for each kind of behaviour that is not smooth.

    Parameters
    ----------
    given
        The answer for the derivative by each variable, if derivatives are requested.
    cause
        The message about the call that makes the value nan or infinite, if there is one.
    """
    if truth.directions:
        return _line_notes(truth, cause)
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for name, found in truth.behaviours.items():
        for element, place, behaviour, shown in _elements(truth, name, found, given.get(name)):
            said = _said(truth, element, behaviour, shown)
            if said and behaviour.kind == "unknown" and "unknown" not in groups:
                seen = _seen(truth, name, place, behaviour, element)
                said = (said[0], "; ".join(filter(None, (said[1], seen))))
            if said:
                groups.setdefault(behaviour.kind, []).append((*said, element))
    notes = []
    for kind, items in groups.items():
        heads = {head for head, _, _ in items}
        parts = [part for _, part, _ in items if part]
        texts = [*sorted(filter(None, heads)), *list(dict.fromkeys(parts))[:MOST_SAID]]
        if len(items) > MOST_SAID:
            names = ", ".join(element for _, _, element in items[:MOST_PLACES])
            texts = [
                f"{len(items)} elements are concerned, the first {names}",
                *texts,
            ]
        message = "; ".join(text for text in texts if text)
        notes.append(_note(truth, _prefixed(cause, message), harmless=kind in _HARMLESS))
    notes += _mixed_notes(truth, given, bool(notes)) + _doubts(truth)
    if truth.left_out:
        count = truth.left_out
        rest = f"{count} derivative{'s' * (count > 1)} could not be examined: there is too much"
        notes.append(_note(truth, rest, harmless=False))
    return notes


def _seen(
    truth: Truth, name: str, place: tuple[int, ...], behaviour: Behaviour, element: str
) -> str:
    """Return the behaviour that values close to the point suggest, along one element."""
    problem, ndim = truth.problem, truth.problem.y.ndim
    line = [(problem.env[name], place[ndim:], 1)]
    return described(problem, line, place[:ndim], behaviour.named_sides, element)


def _doubts(truth: Truth) -> list[Note]:
    """Return a note if the findings depend on a number that is most likely 0."""
    sides = (
        side
        for found in truth.behaviours.values()
        for b in found.flat
        if b is not None
        for side in (b.left, b.right)
    )
    if not any(side.assumed for side in sides):
        return []
    said = "a number that 400 digits cannot tell from 0 is taken for 0 here"
    return [_note(truth, said, harmless=True)]


def _line_notes(truth: Truth, cause: str) -> list[Note]:
    """Return a note on the limits along lines of a value that depends on several variables."""
    if truth.has_limit:
        if truth.extended:
            return []
        wrong = [x for place, x in truth.limits if place in truth.wrong]
        limits = list(dict.fromkeys(map(_text, wrong)))
        some = ", ".join(limits[:MOST_PLACES])
        plural = "limits are" if len(limits) > 1 else "limit is"
        said = f"removable along straight lines: the {plural} {some}"
    elif truth.is_infinite:
        kinds = {
            _pole(b)
            for found in truth.behaviours.values()
            for b in found.ravel()
            if b is not None and b.kind == "pole"
        }
        said = next(iter(kinds)) if len(kinds) == 1 else "it goes to infinity"
    elif reasons := [b.reason for found in truth.directions for b in found.flat if b.reason]:
        said = f"there is no expansion along straight lines here: {reasons[0]}"
    else:
        said = "the limit depends on the direction"
    return [_note(truth, _prefixed(cause, said), harmless=False)]


def _mixed_notes(truth: Truth, given: Mapping[str, Any], is_told: bool) -> list[Note]:
    """Return notes on mixed derivatives that depend on the order, or do not exist."""
    depending: list[str] = []
    missing: list[str] = []
    unknown: list[str] = []
    for by, number_, turned, reason, _ in truth.mixed:
        if number_ is None and turned is None:
            (unknown if reason else missing).append(partial(by))
        elif not _are_same(number_, turned):
            none = "not known" if reason else "no number"
            said = [
                f"{none if x is None else _text(x)} by {name} first"
                for x, name in zip((number_, turned), (by[0], by[-1]), strict=True)
            ]
            depending.append(f"{partial(by)} is {' and '.join(said)}")
    notes = []
    if depending:
        some = "; ".join(depending[:MOST_SAID])
        notes.append(_note(truth, f"the order of differentiation matters here: {some}", False))
    shown = f", {number(given[''])} is given" if "" in given else ""
    for names, one, several in (
        (missing, "does not exist", "do not exist"),
        (unknown, "is not known", "are not known"),
    ):
        if names and not is_told:
            verb = one if len(names) == 1 else several
            told = f"{' and '.join(names[:MOST_SAID])} {verb} here{shown}"
            notes.append(_note(truth, told, False))
    return notes


def _are_same(x: Any, y: Any) -> bool:
    from autodiff_cli.derive.one_sided import same

    return same(x, y)


_HARMLESS = ("smooth",)


def _prefixed(cause: str, message: str) -> str:
    return f"{cause}; {message}" if cause else message


def _note(truth: Truth, message: str, harmless: bool) -> Note:
    program = truth.problem.program
    span = Span(0, len(program.source.rstrip()))
    if truth.calls:
        span = program.place(truth.calls[0])
    return Note(message, span, program.source, program.origin, harmless=harmless)


def _elements(
    truth: Truth, name: str, found: Any, given: Any
) -> Iterator[tuple[str, tuple[int, ...], Behaviour, str]]:
    """Yield for each element of a variable its name, index, behaviour and the answer given."""
    if found is None:
        return
    y = truth.problem.y
    shape = found.shape[y.ndim :]
    labels = dict(zip(np.ndindex(*shape), element_names(name, shape), strict=True))
    for place in np.ndindex(*found.shape):
        behaviour = found[place]
        if behaviour is not None:
            shown = "" if given is None else number(np.reshape(given, found.shape)[place])
            yield labels[place[y.ndim :]], place, behaviour, shown


def _text(x: Any) -> str:
    from autodiff_cli.graph.ball_arithmetic import as_ball
    from autodiff_cli.graph.balls import precision
    from autodiff_cli.graph.rounding import nearest_float

    with precision(MOST_BITS):
        nearest = nearest_float(x)
        return number(float(as_ball(x).mid()) if nearest is None else nearest)


def _said(truth: Truth, name: str, b: Behaviour, given: str) -> tuple[str, str] | None:
    """Return the texts about a kind of behaviour and about one variable; None if there are none."""
    order = truth.order
    asked = pure_partial(name, order)
    tail = f", {given} is given" if given else ""
    if not given and b.kind in ("smooth", "vertical", "kink", "order"):
        # Only the value is requested, and these kinds do not affect it.
        return None
    match b.kind:
        case "smooth":
            return _of_one_side(b, name, asked)
        case "removable":
            return _removable(truth, b, name, given)
        case "pole":
            return _pole(b), ""
        case "jump":
            head = f"{_subject(truth, jumps=True)} jumps here: f is {_both(b, 0)}"
            return head, f"{asked} does not exist{tail}" if given else ""
        case "displaced":
            assert b.at is not None
            assert b.limit is not None
            head = f"the value {_text(b.at)} is not the limit {_text(b.limit)}"
            if truth.extended and b.extension is not None:
                return None
            return head, f"{asked} does not exist{tail}" if given else ""
        case "vertical":
            slope = f"{pure_partial(name, 1)} is {_text(b.common(1))}"
            if order > 1:
                slope += f", and {asked} does not exist{tail}"
            return "vertical tangent", slope
        case "kink" | "order":
            return _kink(truth, b, name, tail)
        case "unknown" if not given and b.limit is not None:
            return None if truth.extended else (f"removable: the limit is {_text(b.limit)}", "")
        case "unknown":
            reason = next(side.reason for side in b.sides if side.reason)
            known = f"{asked} is not known{tail}" if given else ""
            return f"there is no expansion in powers here: {reason}", known
    return None


def _subject(truth: Truth, jumps: bool) -> str:
    """Return the first operation that has a kink or a jump where it is evaluated; else f itself.

    A comparison is not it, because it only determines where another operation has its kink or jump.
    """
    program = truth.problem.program
    for k in truth.calls:
        operation: Any = truth.problem.results[k].operation
        metadata = operation.metadata
        decides = metadata.symbol and not any(operation.vjps)
        if (metadata.jumps if jumps else metadata.kinks) and not decides:
            return f"`{program.call_name(k)}`"
    return "f"


def _kink(truth: Truth, b: Behaviour, name: str, tail: str) -> tuple[str, str]:
    k = b.failing
    assert k is not None
    failing = pure_partial(name, k)
    said = f"{failing} is {_both(b, k)}"
    if b.common(k) is not None:
        said = f"{failing} is {_text(b.common(k))}"
        tail = tail if k < b.order else ""
    if k == 1:
        head = f"{_subject(truth, jumps=False)} has a kink here"
    else:
        head, said = "", f"{pure_partial(name, k - 1)} exists here, but {said}"
    if k < b.order:
        said += f", and {pure_partial(name, b.order)} does not exist"
    return head, said + tail


def _both(b: Behaviour, k: int) -> str:
    """Return the text of a derivative on each side."""
    if b.common(k) is not None and len(b.sides) == 2:
        return f"{_text(b.common(k))} from both sides"
    return " and ".join(f"{_text(side.get(k))} from the {name}" for name, side in b.named_sides)


def _pole(b: Behaviour) -> str:
    orders = {side.pole for side in b.sides if side.pole is not None}
    head = f"pole of order {next(iter(orders))}" if len(orders) == 1 else "pole"
    return f"{head}: f is {_both(b, 0)}"


def _removable(truth: Truth, b: Behaviour, name: str, given: str) -> tuple[str, str] | None:
    if truth.extended and (b.extension is not None or not given):
        return None
    assert b.limit is not None
    head = f"removable: the limit is {_text(b.limit)}"
    if truth.order == 0:
        return head, ""
    first = b.common(1)
    if first is None:
        reason = next((side.reason for side in b.sides if side.reason), "")
        said = f"is not known there: {reason}" if reason else "does not exist there"
        return head, f"{pure_partial(name, 1)} {said}"
    if len(truth.behaviours) > 1 or name not in truth.behaviours:
        return head, f"{pure_partial(name, 1)} of the extension is {_text(first)}"
    head += f", its derivative {_text(first)}"
    if truth.order > 1:
        if b.extension is None:
            return head, f"that of order {truth.order} does not exist"
        return head, f"that of order {truth.order} {_text(b.extension)}"
    return head, ""


def _of_one_side(b: Behaviour, name: str, asked: str) -> tuple[str, str] | None:
    """Return the texts about a derivative that exists only on one side."""
    if len(b.sides) == 2:
        return None
    side = "right" if b.right.exists else "left"
    return f"f is real on the {side} only", f"{asked} is that from the {side}"
