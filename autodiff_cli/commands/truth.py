"""What is true of an answer at a point where rules speak by convention, from one-sided expansions.

Where no operation on the way has a kink, a jump or a pole this costs a look at the values.
`autodiff_cli.commands.point_notes` words what is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_cli.commands.proven import Answers, replaced
from autodiff_cli.engine import Variable, kinks, ops, value_of
from autodiff_cli.engine.variable import reachable
from autodiff_cli.problem import Problem

if TYPE_CHECKING:
    from autodiff_cli.derive.one_sided import Behaviour, Point

__all__ = ["Truth", "completed", "examined", "examined_value", "has_germs", "suspects"]

HIGHEST = 40
"""Up to which order germs are computed."""

MOST_WORK = 20_000
"""Calls in the graph times elements that move times elements of the value, at most."""


@dataclass
class Truth:
    """What is true of the derivatives of a value at a point.

    Attributes
    ----------
    problem
        What is asked.
    order
        Of the derivatives.
    calls
        The calls where an operation is not smooth, earliest first.
    extended
        Whether the continuous extension is asked for.
    behaviours
        For each variable what the value does as each element of it moves: an array of the shape of
        the value followed by that of the variable, None where nothing was examined.
    """

    problem: Problem
    order: int
    calls: Sequence[int]
    extended: bool = False
    behaviours: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def point(self) -> Point:
        """The point, at which germs are computed."""
        from autodiff_cli.derive.one_sided import Point

        return Point(self.problem.y, self.problem.known)

    def number(self, behaviour: Behaviour | None) -> Any:
        """Return the number that is the answer, None if it is the one by convention."""
        if behaviour is None:
            return None
        if self.extended and behaviour.extension is not None:
            return behaviour.extension
        return behaviour.answer

    def numbers(self, name: str) -> Iterator[tuple[tuple[int, ...], Any]]:
        """Yield the elements of a derivative that are known, with what they are."""
        found = self.behaviours.get(name)
        if found is not None:
            for place in np.ndindex(*found.shape):
                number = self.number(found[place])
                if number is not None:
                    yield place, number

    @property
    def limits(self) -> Iterator[tuple[tuple[int, ...], Any]]:
        """The elements of the value that have a limit along all axes, with what it is."""
        from autodiff_cli.derive.one_sided import is_finite, same

        shape = self.problem.y.shape
        for place in np.ndindex(*shape):
            along = [
                b.limit
                for found in self.behaviours.values()
                for b in found[place].ravel()
                if b is not None and b.sides
            ]
            if along and is_finite(along[0]) and all(same(x, along[0]) for x in along):
                yield place, along[0]

    @property
    def tells(self) -> bool:
        """Whether anything was found out at all."""
        return any(
            b is not None and b.kind != "outside"
            for found in self.behaviours.values()
            for b in found.ravel()
        )


def has_germs() -> bool:
    """Return whether there is what germs are computed with."""
    try:
        import flint  # noqa: F401
    except ImportError:
        return False
    return True


def suspects(problem: Problem) -> list[int] | None:
    """Return the calls at which an operation is not smooth here; None if there are none.

    Those that the text does not show are not listed.
    """
    found = {id(kink.call): kink.call for kink in kinks(problem.y)}
    for v in reachable([problem.y]):
        value = value_of(v)
        if v.operation is ops.where:
            condition = v.inputs[0]
            smooth = isinstance(condition, Variable) and any(
                getattr(condition.operation, "vjps", ())
            )
            if smooth and np.any(np.equal(value_of(condition), 0.0)):
                found[id(v)] = v
        if v.operation is not None and not np.all(np.isfinite(value)):
            found[id(v)] = v
    if not found:
        return None
    numbered = (problem.number(v) for v in found.values())
    return sorted(k for k in numbered if k is not None)


def examined(
    problem: Problem,
    names: Sequence[str],
    order: int,
    found: Mapping[str, Any],
    extended: bool = False,
) -> Truth | None:
    """Return what is true of derivatives; None where rules have said it.

    Parameters
    ----------
    names
        The variables to differentiate by.
    found
        The derivatives by rule: if one is not finite, there is something to say too.
    extended
        Whether the continuous extension is asked for.
    """
    if order > HIGHEST or not names or not has_germs():
        return None
    calls = suspects(problem)
    odd = not all(np.all(np.isfinite(value)) for value in found.values())
    if calls is None and not odd:
        return None
    truth = Truth(problem, order, calls or [], extended)
    for name in names:
        truth.behaviours[name] = _of_variable(truth, name, found.get(name))
    return truth


def examined_value(problem: Problem, value: Any, extended: bool = False) -> Truth | None:
    """Return what is true of the value; None where there is nothing to say.

    Parameters
    ----------
    value
        What float64 gives.
    extended
        Whether the limit is asked for, where the value is another number too.
    """
    if problem.outputs or (np.all(np.isfinite(value)) and not extended):
        return None
    names = [name for name, x in problem.env.items() if x.size]
    truth = examined(problem, names, 1, {"value": value}, extended)
    return truth if truth is not None and truth.tells else None


def _of_variable(truth: Truth, name: str, found: Any) -> Any:
    problem = truth.problem
    x, y = problem.env[name], problem.y
    made = np.full(y.shape + x.shape, None, object)
    if not np.all(np.isfinite(x.data)):
        return made
    work = len(problem.program.calls) * x.size * y.size
    places = list(np.ndindex(*x.shape))
    if work > MOST_WORK:
        wrong = None if found is None else ~np.isfinite(np.asarray(found, float))
        if wrong is None or wrong.shape != made.shape:
            return made
        axes = tuple(range(y.ndim))
        places = [place for place in places if wrong.any(axes)[place]]
        places = places[: max(1, MOST_WORK * x.size // work)]
    for place in places:
        made[(..., *place)] = truth.point.behaviours(x, place, truth.order, problem.digits)
    return made


def completed(
    truth: Truth | None,
    names: Sequence[str],
    found: Mapping[str, Any],
    compute: Callable[[Sequence[str], Mapping[str, Any]], Answers],
) -> Answers:
    """Return answers with what is true in the place of what rules give.

    Parameters
    ----------
    names
        Of the answers.
    found
        What float64 gives for them.
    compute
        Returns the answers for some of the names, proven.
    """
    if truth is None:
        return compute(names, found)
    known = {name: dict(truth.numbers(name)) for name in names}
    rest = [name for name in names if len(known[name]) < np.size(found[name])]
    made = compute(rest, {name: found[name] for name in rest}) if rest else None
    return replaced(truth.problem, made, {n: found[n] for n in names}, known)

