"""Where the derivatives of a problem are taken by convention: kinks, jumps and choices, as data.

`irregularities` finds them at the point at which the problem is posed, and
`autodiff_cli.commands.notes` words them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from autodiff_cli.engine import Variable, as_variable, grad, kinks, one_sided, value_of
from autodiff_cli.engine.variable import reachable
from autodiff_cli.problem import Problem

__all__ = ["Irregularity", "Kind", "Sides", "irregularities"]

MOST = 5
"""How many kinks, and how many variables at each, are looked at."""

HIGHEST_COMPARED = 4
"""Up to which order the derivatives of what is chosen and of what is not are compared."""


class Kind(Enum):
    """What is irregular about a call."""

    KINK = "has a kink"
    JUMP = "jumps"
    CHOICE_KINK = "is a choice with a kink where its condition changes"
    CHOICE_JUMP = "is a choice that jumps where its condition changes"
    CONDITION = "is a condition that changes and is taken to be constant"


class Sides(NamedTuple):
    """The derivative by a variable on either side of the point, None for none, and that given."""

    name: str
    left: float | None
    right: float | None
    given: float


class Irregularity(NamedTuple):
    """A call of the program at which derivatives are taken by convention.

    Attributes
    ----------
    sides
        The derivatives that are not the same on both sides, which all kinks share.
    """

    call: int
    kind: Kind
    sides: Sequence[Sides] = ()


def irregularities(
    problem: Problem, derivatives: Mapping[str, Variable], order: int
) -> Iterator[Irregularity]:
    """Yield what is irregular at the point of a problem, kinks first.

    Parameters
    ----------
    derivatives
        What the derivatives of this order by some variables are given as.
    """
    found = kinks(problem.y)
    # What the derivative is on either side is the same for all kinks together.
    named = list(derivatives.items())[:MOST] if found and order == 1 else []
    sides = [s for name, given in named if (s := _sides(problem, name, given)) is not None]
    calls = ((problem.number(kink.call), kink.jump) for kink in found)
    known = ((k, jump) for k, jump in calls if k is not None)
    for k, jump in islice(known, MOST):
        yield Irregularity(k, Kind.JUMP if jump else Kind.KINK, sides)
    yield from _choices(problem, derivatives, order)


def _sides(problem: Problem, name: str, derivative: Variable) -> Sides | None:
    """Return what the derivative is on either side, if it is not the same as the one given."""
    x = problem.env[name]
    if x.shape or problem.y.shape:
        return None
    left, right = (
        None if (side := one_sided(problem.y, x, way)) is None else float(side)
        for way in (-1.0, 1.0)
    )
    given = float(derivative)
    return None if left == right == given else Sides(name, left, right, given)


# --- choices --------------------------------------------------------------------------------------

_BOUNDED = ("less", "less_equal", "greater", "greater_equal")

_CONNECTIVES = {
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_not": np.logical_not,
}


def _choices(
    problem: Problem, derivatives: Mapping[str, Variable], order: int
) -> Iterator[Irregularity]:
    """Yield each choice at its boundary, if what is not chosen goes on otherwise."""
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
            yield Irregularity(condition, Kind.CONDITION)
        edge = undecided.get(slots[0]) if chooses else None
        if edge is None:
            continue
        x, y = (as_variable(results[slot]) for slot in slots[1:])
        apart = (x - y) * edge
        if np.any(apart.data):
            yield Irregularity(k, Kind.CHOICE_JUMP)
        elif _differ(apart, [problem.env[name] for name in derivatives], order):
            yield Irregularity(k, Kind.CHOICE_KINK)
    if program.result in undecided:
        yield Irregularity(program.result, Kind.CONDITION)


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
