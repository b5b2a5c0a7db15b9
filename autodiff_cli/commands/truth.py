"""Examine an answer at a point where the rules follow conventions, by one-sided expansions.

If no intermediate operation has a kink, a jump or a pole, this only checks the values.
`autodiff_cli.commands.point_notes` writes the messages about the findings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autodiff_cli.engine import Variable, influences, ops, value_of
from autodiff_cli.language.format import element_names
from autodiff_cli.problem import Problem

if TYPE_CHECKING:
    from autodiff_cli.derive.one_sided import Behaviour
    from autodiff_cli.derive.point import Point, Turn

__all__ = [
    "Mixed",
    "Truth",
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


class Mixed(NamedTuple):
    """A mixed derivative by two elements, which are identified by their numbers.

    Attributes
    ----------
    names
        The names of the elements that it is differentiated by, in turn.
    number
        The derivative; None if it does not exist, or is not known.
    turned
        The derivative in the opposite order.
    reason
        Why neither is known, if that is so.
    place
        The numbers of the elements, if there are two.
    """

    names: tuple[str, ...]
    number: Any
    turned: Any
    reason: str = ""
    place: tuple[int, int] = (0, 1)


@dataclass
class Truth:
    """The true behaviour of a value and its derivatives at a point.

    Attributes
    ----------
    problem
        The problem.
    order
        The order of the derivatives.
    calls
        The calls where an operation is not smooth, earliest first.
    extended
        Whether the continuous extension is requested.
    behaviours
        For each variable the behaviour of the value as each element of it changes: an array of the
        shape of the value followed by that of the variable, None where nothing was examined.
    mixed
        The mixed derivatives that were examined.
    directions
        The behaviour of the value along other lines, on which all variables change together: arrays
        of its shape.
    left_out
        The number of derivatives that were not examined, because there are too many.
    """

    problem: Problem
    order: int
    calls: Sequence[int]
    extended: bool = False
    behaviours: dict[str, Any] = field(default_factory=dict)
    mixed: list[Mixed] = field(default_factory=list)
    directions: list[Any] = field(default_factory=list)
    left_out: int = 0

    @cached_property
    def point(self) -> Point:
        """The point at which germs are computed."""
        from autodiff_cli.derive.point import Point

        return Point(self.problem.y, self.problem.known)

    def number(self, behaviour: Behaviour) -> Any:
        """Return the answer of a behaviour; None if the conventional answer stays."""
        if self.extended and behaviour.extension is not None:
            return behaviour.extension
        return behaviour.answer

    def numbers(self, name: str) -> Iterator[tuple[tuple[int, ...], Any]]:
        """Yield the examined elements of a derivative: index and number, None if there is none."""
        found = self.behaviours.get(name)
        if found is not None:
            for place in np.ndindex(*found.shape):
                if found[place] is not None:
                    yield place, self.number(found[place])

    def slopes(self, name: str) -> Iterator[tuple[tuple[int, ...], Any]]:
        """Yield what `numbers` does, if the value is one element, by the index in the variable."""
        for place, number in self.numbers(name):
            yield place[self.problem.y.ndim :], number

    def limit(self, place: tuple[int, ...]) -> Any:
        """Return the limit of an element of the value; None unless it is the same on all lines."""
        from autodiff_cli.derive.one_sided import is_finite, same

        along = [b for found in self.behaviours.values() for b in found[(*place, ...)].ravel()]
        along += [found[place] for found in self.directions]
        limits = [b.limit for b in along if b is not None and b.sides]
        if not limits or not all(is_finite(x) and same(x, limits[0]) for x in limits):
            return None
        return limits[0]

    @cached_property
    def wrong(self) -> list[tuple[int, ...]]:
        """The indices of the elements of the value that are not finite."""
        return [place for place, x in np.ndenumerate(self.problem.y.data) if not np.isfinite(x)]

    @property
    def has_limit(self) -> bool:
        """Whether all elements of the value that are not finite have limits."""
        return all(self.limit(place) is not None for place in self.wrong)

    @property
    def is_infinite(self) -> bool:
        """Whether the value tends to an infinity along every line that was examined."""
        along = [
            b
            for found in self.behaviours.values()
            for p in self.wrong
            for b in found[(*p, ...)].flat
        ]
        along += [found[place] for found in self.directions for place in self.wrong]
        return all(b.kind == "pole" for b in along if b is not None and b.sides)

    @property
    def limits(self) -> Iterator[tuple[tuple[int, ...], Any]]:
        """The elements of the value that have a limit: the index and the limit of each."""
        for place in np.ndindex(*self.problem.y.shape):
            if (limit := self.limit(place)) is not None:
                yield place, limit

    @property
    def tells(self) -> bool:
        """Whether the examination has any result."""
        examined = [*self.behaviours.values(), *self.directions]
        return bool(self.mixed or self.left_out) or any(
            b is not None and b.kind != "outside" for found in examined for b in found.ravel()
        )


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
    """Return the true behaviour of one derivative by some variables in turn."""
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
