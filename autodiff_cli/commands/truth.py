"""Define the true behaviour of an answer at a point where the rules follow conventions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autodiff_cli.problem import Problem

if TYPE_CHECKING:
    from autodiff_cli.derive.one_sided import Behaviour
    from autodiff_cli.derive.point import Point

__all__ = ["Mixed", "Truth"]


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
