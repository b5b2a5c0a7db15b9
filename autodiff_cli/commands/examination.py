"""Examine an answer at a point where the rules follow conventions, by one-sided expansions.

If no intermediate operation has a kink, a jump or a pole, this only checks the values.
`autodiff_cli.commands.point_notes` writes the messages about the findings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_cli.commands.truth import Mixed, Truth
from autodiff_cli.engine import Variable, influences, ops, value_of
from autodiff_cli.language.format import element_names
from autodiff_cli.problem import Problem

if TYPE_CHECKING:
    from autodiff_cli.derive.point import Turn

__all__ = [
    "elements",
    "examined",
    "examined_pairs",
    "examined_turns",
    "examined_value",
    "has_germs",
    "numbered",
    "partials_at",
    "suspects",
]

HIGHEST = 170
"""The highest order of a derivative that germs are computed for: 170! is the last in float64."""

MOST_ELEMENTS = 12
"""The most elements for which every pair is examined."""

SPEEDS: Sequence[Callable[[int], int]] = (
    lambda k: 1,
    lambda k: (-1) ** k,
    lambda k: k + 1,
    lambda k: 7 - 2 * k,
)
"""The rates of change of elements along the lines, besides the axes, on which limits are taken."""

FEW = 4
"""The most elements of a variable for which all are examined."""

MOST_TURNS = 5
"""The most turns of a mixed derivative that is examined, because each takes three times as long."""

MOST_PARTIALS = 200
"""The most partial derivatives, of all orders together, that are examined."""

MOST_WORK = 8_000_000
"""The greatest product of calls and elements in the graph, for each element that changes."""


def has_germs() -> bool:
    """Return whether the package is installed that germs are computed with."""
    try:
        import flint  # noqa: F401
    except ImportError:
        return False
    return True


def _is_finite(value: Any) -> bool:
    """Return whether all elements of a value are finite; most values are single numbers."""
    is_single = not getattr(value, "shape", ())
    return math.isfinite(value) if is_single else bool(np.all(np.isfinite(value)))


def suspects(problem: Problem) -> dict[Variable, Any] | None:
    """Return the calls at which an operation is not smooth here; None if there are none.

    Returns
    -------
    dict
        For each call a mask of the elements concerned: booleans in its shape.
    """
    found: dict[Variable, Any] = {}
    for kink in problem.kinks:
        found[kink.call] = found.get(kink.call, False) | kink.elements
    for (operation, *_), v in zip(problem.program.calls, problem.results, strict=False):
        if not isinstance(v, Variable):
            continue
        value = value_of(v)
        if operation is not ops.where and _is_finite(value):
            continue
        wrong = ~np.isfinite(value)
        if operation is ops.where:
            condition = v.inputs[0]
            if isinstance(condition, Variable) and any(getattr(condition.operation, "vjps", ())):
                wrong = wrong | np.equal(value_of(condition), 0.0)
        if np.any(wrong):
            found[v] = found.get(v, False) | wrong
    return found or None


def numbered(problem: Problem, found: Mapping[Variable, Any] | None) -> list[int]:
    """Return the numbers of some calls in the text, in rising order."""
    numbers = (problem.number(v) for v in found or ())
    return sorted(k for k in numbers if k is not None)


def examined(
    problem: Problem,
    names: Sequence[str],
    order: int,
    found: Mapping[str, Any],
    extended: bool = False,
    *,
    doubtful: bool = False,
) -> Truth | None:
    """Return the true behaviour of derivatives; None if the rules are sufficient.

    Parameters
    ----------
    names
        The variables to differentiate by.
    found
        The derivatives by the rules: if one is not finite, they are examined, too.
    extended
        Whether the continuous extension is requested.
    doubtful
        Whether to examine in any case, because a point may be a pole that float64 does not detect.
    """
    if order > HIGHEST or problem.intervals:
        return None
    if not all(_is_finite(value_of(x)) for x in problem.env.values()):
        return None
    concerned = suspects(problem)
    odd = not all(map(_is_finite, found.values()))
    if (concerned is None and not odd and not doubtful) or not has_germs():
        return None
    truth = Truth(problem, order, numbered(problem, concerned), extended)
    for name in names:
        of_rules = None if doubtful else found.get(name, found.get(""))
        truth.behaviours[name] = _of_variable(truth, name, concerned or {}, of_rules)
    return truth


def examined_value(
    problem: Problem, value: Any, extended: bool = False, *, doubtful: bool = False
) -> Truth | None:
    """Return the true behaviour of the value; None if there is nothing to report.

    Parameters
    ----------
    value
        The value in float64.
    extended
        Whether the limit is requested, even if the value is a different number.
    doubtful
        As for `examined`.
    """
    if problem.outputs or (np.all(np.isfinite(value)) and not extended and not doubtful):
        return None
    names = [name for name, x in problem.env.items() if x.size]
    if not names:
        return None
    truth = examined(problem, names, 1, {"value": value}, extended, doubtful=doubtful)
    if truth is None:
        return None
    listed = elements(problem, names)
    if 1 < len(listed) <= MOST_ELEMENTS:
        for speed in SPEEDS:
            line = [(x, place, speed(k)) for k, (_, x, place) in enumerate(listed)]
            truth.directions.append(truth.point.along(line, 1, problem.digits))
    return truth if truth.tells or truth.has_limit else None


def _of_variable(truth: Truth, name: str, concerned: Mapping[Variable, Any], found: Any) -> Any:
    problem = truth.problem
    x, y = problem.env[name], problem.y
    made = np.full(y.shape + x.shape, None, object)
    places = list(np.ndindex(*x.shape))
    if x.size > FEW:
        looked_at = np.zeros(x.shape, bool)
        for call, mask in concerned.items():
            looked_at |= influences(call, np.broadcast_to(mask, call.shape), x)
        if found is None:
            looked_at[:] = True
        elif np.shape(found) == made.shape:
            wrong = ~np.isfinite(np.asarray(found, float))
            looked_at |= wrong.any(tuple(range(y.ndim)))
        places = [place for place in places if looked_at[place]]
    most = max(1, MOST_WORK // (len(problem.program.calls) * (x.size + y.size + FEW)))
    truth.left_out += max(0, len(places) - most)
    for place in places[:most]:
        made[(..., *place)] = truth.point.behaviours(x, place, truth.order, problem.digits)
    return made


def elements(problem: Problem, names: Sequence[str]) -> list[tuple[str, Variable, tuple[int, ...]]]:
    """Return the elements of some variables, in order: name, variable and index."""
    found = []
    for name in names:
        x = problem.env[name]
        labels = element_names(name, x.shape)
        found += [(label, x, p) for label, p in zip(labels, np.ndindex(*x.shape), strict=True)]
    return found


def _mixed(truth: Truth, names: Sequence[str], turns: Sequence[Turn], **place: Any) -> None:
    """Examine a mixed derivative and the one in the opposite order."""
    one, other = (truth.point.mixed(some, truth.problem.digits) for some in (turns, turns[::-1]))
    reason = one.reason or other.reason
    truth.mixed.append(Mixed(tuple(names), one.limit, other.limit, reason, **place))


def examined_pairs(truth: Truth | None, names: Sequence[str]) -> None:
    """Examine the second derivatives by every pair of elements of some variables."""
    if truth is None:
        return
    listed = list(enumerate(elements(truth.problem, names)))
    if len(listed) > MOST_ELEMENTS:
        return
    for (i, (a, x, p)), (j, (b, z, q)) in combinations(listed, 2):
        _mixed(truth, (a, b), [(x, p, 1), (z, q, 1)], place=(i, j))


def partials_at(
    problem: Problem, names: Sequence[str], found: Mapping[tuple[int, ...], float]
) -> tuple[Truth | None, dict[tuple[int, ...], Any]]:
    """Return the true behaviour of partial derivatives by scalars, and those that are known.

    Parameters
    ----------
    found
        The derivatives by the rules, by the variables that they are differentiated by.
    """
    order = max(map(len, found))
    rounded = np.array([*found.values()])
    truth = examined(problem, names, order, {"": rounded}) if order else None
    if truth is None or len(found) > MOST_PARTIALS:
        return truth, {}
    known: dict[tuple[int, ...], Any] = {}
    for by in found:
        turns: list[Turn] = [
            (problem.env[names[i]], (), len(list(times))) for i, times in groupby(by)
        ]
        if len(turns) == 1:
            ((x, place, times),) = turns
            (behaviour,) = truth.point.behaviours(x, place, times, problem.digits).ravel()
            known[by] = behaviour.answer
        elif len(turns) <= MOST_TURNS:
            known[by] = truth.point.mixed(turns, problem.digits).limit
            if known[by] is None:
                _mixed(truth, [names[i] for i in by], turns)
        else:
            truth.left_out += 1
    return truth, {by: number for by, number in known.items() if number is not None}


def examined_turns(problem: Problem, names: Sequence[str], found: Any) -> Truth | None:
    """Return the true behaviour of one derivative by some variables in turn; None if not known.

    Parameters
    ----------
    names
        The variables to differentiate by, in turn.
    found
        The derivative by the rules.
    """
    turns = [(name, len(list(times))) for name, times in groupby(names)]
    truth = examined(problem, [], len(names), {"": found})
    if truth is None or any(problem.env[name].size != 1 for name, _ in turns):
        return None
    if len(turns) == 1:
        ((name, _),) = turns
        truth.behaviours[name] = _of_variable(truth, name, {}, found)
    elif len(turns) <= MOST_TURNS:
        by = [(problem.env[name], (0,) * problem.env[name].ndim, times) for name, times in turns]
        _mixed(truth, names, by)
    else:
        truth.left_out += 1
    return truth
