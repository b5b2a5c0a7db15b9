"""Compute derivatives and series of a graph at a point from its germs on both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from flint import ctx, fmpq

from autodiff_cli.derive.germs.germ import Germ, Value, is_plain, reflected, step
from autodiff_cli.derive.germs.graph import Germs, Missing
from autodiff_cli.derive.germs.numbers import (
    MOST_BITS,
    GermError,
    MoreDigitsError,
    MoreTermsError,
    NoGermError,
    NotRealError,
    Number,
    as_number,
    expanding,
    settings,
)
from autodiff_cli.derive.germs.reading import (
    RANK,
    derivatives,
    is_exact_enough,
    is_same_germ,
    side_of,
    terms_of,
)
from autodiff_cli.derive.one_sided import Behaviour, Side, is_finite, same
from autodiff_cli.engine import Variable
from autodiff_cli.engine.values import boxed
from autodiff_cli.graph.balls import Balls, precision

__all__ = ["Direction", "Point", "Turn"]

UNDECIDED = "whether a number is 0 cannot be told"

BITS = (128, MOST_BITS)
"""The precisions of germs, in bits; at the last one, a number that may be 0 is taken to be 0."""

SPANS = (3, 8, 24)
"""The differences between the span of germs and the requested order."""

Direction: TypeAlias = tuple[Variable, tuple[int, ...], Any]
"""A leaf, the index of an element, and its rate of change."""

Turn: TypeAlias = tuple[Variable, tuple[int, ...], int]
"""A leaf, the index of an element, and the number of differentiations by it."""


@dataclass
class Point:
    """A graph at a point from which its leaves may move.

    Parameters
    ----------
    y
        The value to examine.
    known
        Functions that return the exact numbers of leaves; None if those are their float64 values.
    """

    y: Variable
    known: Mapping[Variable, Callable[[], Any]] | None
    _families: dict[Any, Any] = field(default_factory=dict)
    _constants: dict[Any, Germs] = field(default_factory=dict)

    def behaviours(
        self, x: Variable, place: tuple[int, ...], order: int, digits: int | None = None
    ) -> Any:
        """Return the behaviour of the elements of ``y`` as one element of a leaf moves.

        Returns
        -------
        ndarray of Behaviour
            An array of the shape of ``y``.
        """
        return self.along([(x, place, 1)], order, digits)

    def along(self, directions: Sequence[Direction], order: int, digits: int | None = None) -> Any:
        """Return the behaviour of the elements of ``y`` as elements of leaves move together."""
        left: Any = np.full(self.y.shape, None, object)
        right = left.copy()
        self._examine(directions, 1, order, digits, right, left)
        self._examine(directions, -1, order, digits, left, None)
        made = np.empty(self.y.shape, object)
        for k in np.ndindex(*self.y.shape):
            made[k] = Behaviour(order, self._values[k], left[k], right[k])
        return made

    def series(
        self, directions: Sequence[Direction], order: int, way: int, digits: int | None = None
    ) -> list[tuple[Any, Number]] | None:
        """Return the terms of a scalar on one side, up to an order.

        Returns
        -------
        list or None
            The exponents with their coefficients, which are not 0: of powers of the variable if the
            exponents are integers, else of the distance.  None if there are no real values on this
            side.

        Raises
        ------
        NoGermError
            If there is no such series.
        """
        directions = [(x, place, way * speed) for x, place, speed in directions]
        attempts = _Attempts(order, digits, self._families)
        for now in attempts:
            (value,) = boxed(
                self._germs(self._moved((*d, RANK) for d in directions))[self.y]
            ).ravel()
            try:
                return terms_of(value, order, way, digits, now)
            except NotRealError:
                return None
            except (MoreTermsError, MoreDigitsError) as error:
                attempts.again(error)
        raise NoGermError(UNDECIDED)

    @cached_property
    def _values(self) -> Any:
        """Return the values at the point, None for those that are not finite."""
        made = np.empty(self.y.shape, object)
        attempts = _Attempts(0, None, self._families)
        for _ in attempts:
            found = boxed(self._still[self.y])
            # A division by 0 has the result of IEEE 754.
            plain = boxed(Balls(self.known or {}, literals_are_held=self.known is None)[self.y])
            for k in np.ndindex(*made.shape):
                value = found[k]
                if type(value) is Missing:
                    if not isinstance(value.error, NotRealError):
                        attempts.again(value.error)
                    value = plain[k]
                made[k] = value if is_finite(value) else None
        return made

    @property
    def _still(self) -> Germs:
        """The values of the graph at the point, at the current precision."""
        key = ctx.prec, settings().assuming
        if key not in self._constants:
            self._constants[key] = Germs(self.known or {}, {}, held=self.known is None)
        return self._constants[key]

    def _germs(self, moving: Mapping[Variable, Any]) -> Germs:
        return Germs(self.known or {}, moving, held=self.known is None, still=self._still)

    def _examine(
        self,
        directions: Sequence[Direction],
        way: int,
        order: int,
        digits: int | None,
        made: Any,
        other: Any,
    ) -> None:
        """Set the elements of ``made`` that are None to the behaviour on one side.

        Elements of ``other``, the opposite side, are set too where they follow by reflection: where
        no decision depended on the side, a series in h is one in -h.
        """
        directions = [(x, place, way * speed) for x, place, speed in directions]
        attempts = _Attempts(order, digits, self._families)
        for now in attempts:
            waiting = [k for k in np.ndindex(*made.shape) if made[k] is None]
            if not waiting:
                return
            found = boxed(self._germs(self._moved((*d, RANK) for d in directions))[self.y])
            for k in waiting:
                try:
                    made[k] = side_of(found[k], way, order, digits, now)
                    if other is not None and not now.sided and is_plain(found[k]):
                        other[k] = side_of(reflected(found[k]), -way, order, digits, now)
                except (MoreTermsError, MoreDigitsError) as error:
                    attempts.again(error)
        for k in np.ndindex(*made.shape):
            if made[k] is None:
                made[k] = Side(reason=UNDECIDED)

    def _moved(self, steps: Iterable[tuple[Variable, tuple[int, ...], Any, int]]) -> dict[Any, Any]:
        """Return the germs of leaves of which elements move, given speed and rank of each step."""
        moved: dict[Variable, Any] = {}
        for x, place, speed, rank in steps:
            value = moved[x] if x in moved else _copied(self._still[x])
            h = step(rank) * speed
            if isinstance(value, np.ndarray):
                value[place] = value[place] + h
                moved[x] = value
            else:
                moved[x] = value + h
        return moved

    def mixed(self, turns: Sequence[Turn], digits: int | None = None) -> Side:
        """Return a mixed derivative of a scalar, by several elements in turn.

        The derivative by the first has to exist at the point and close to it, as the others move,
        and so on.

        Parameters
        ----------
        turns
            For each turn a leaf, the index of an element, and how often to differentiate by it.

        Returns
        -------
        Side
            With the derivative alone, or without one if there is none; its reason says why nothing
            is known, if that is so.
        """
        found = Side(reason=UNDECIDED)
        attempts = _Attempts(sum(times for *_, times in turns), digits, self._families)
        for now in attempts:
            try:
                number = as_number(_InTurn(self, turns).derivative(len(turns), ()))
                if not now.assuming and not is_exact_enough(number, digits):
                    raise MoreDigitsError
                found = Side((number,) if is_finite(number) else (), assumed=now.assumed)
            except (MoreTermsError, MoreDigitsError) as error:
                attempts.again(error)
            except NoGermError as error:
                return Side(reason=error.reason)
            except (NotRealError, _NoDerivativeError):
                return Side()
        return found

    def moved(self, turns: Sequence[Turn], ways: Sequence[int]) -> Value:
        """Return a scalar as elements move to the sides, by steps of which the last is largest."""
        count = len(turns)
        steps = [
            (x, place, way, RANK * (count - k))
            for k, ((x, place, _), way) in enumerate(zip(turns, ways, strict=True))
            if way
        ]
        value = self._germs(self._moved(steps))[self.y] if steps else self._values[()]
        if value is None:
            raise NotRealError
        if type(value) is Missing:
            raise value.error
        return value


class _NoDerivativeError(GermError):
    """A derivative is known not to exist."""


class _InTurn:
    """The derivatives by several elements in turn, as those that are not reached yet move.

    The step of an element is infinitely smaller than those of the elements of later turns, so that
    its limit is taken first.
    """

    def __init__(self, point: Point, turns: Sequence[Turn]) -> None:
        self.point = point
        self.turns = turns
        self.known: dict[tuple[int, ...], Value] = {}

    def derivative(self, count: int, ways: tuple[int, ...]) -> Value:
        """Return the derivative by the first elements, a germ in the steps of the others.

        Parameters
        ----------
        count
            The number of elements to differentiate by.
        ways
            The side to which each of the others moves, or 0.
        """
        if ways not in self.known:
            self.known[ways] = (
                self._by_element(count - 1, ways) if count else self.point.moved(self.turns, ways)
            )
        return self.known[ways]

    def _by_element(self, k: int, ways: tuple[int, ...]) -> Value:
        """Return the derivative of the one before by one more element."""
        at, found = self.derivative(k, (0, *ways)), []
        for way in (-1, 1):
            try:
                beside = self.derivative(k, (way, *ways))
            except NotRealError:
                continue
            found.append(self._from_side(k, way, at, beside, is_beside_point=any(ways)))
        if not found:
            raise NotRealError
        if not _is_same(found[0], found[-1]):
            raise _NoDerivativeError
        return found[-1]

    def _from_side(
        self, k: int, way: int, at: Value, beside: Value, *, is_beside_point: bool
    ) -> Value:
        """Return the derivative by an element from one side."""
        times, rank = self.turns[k][2], RANK * (len(self.turns) - k)
        lowest = rank - 1 if is_beside_point else 0
        value, *slopes = derivatives(beside, times, rank, lowest)
        if len(slopes) < times:
            raise _NoDerivativeError
        if not _is_same(value, at):
            raise _NoDerivativeError
        return slopes[-1] * fmpq(way) ** times


def _is_same(x: Value, y: Value) -> bool:
    return is_same_germ(x, y) if Germ in (type(x), type(y)) else same(x, y)


class _Attempts:
    """Repeated computations of germs, each with more bits or more terms than the one before."""

    def __init__(
        self, order: int, digits: int | None = None, families: dict[Any, Any] | None = None
    ) -> None:
        self.order = order
        self.families: dict[Any, Any] = {} if families is None else families
        self.more_bits = 0 if digits is None else int(3.33 * digits)
        self.bits, self.span = 0, 0
        self.wanted: set[type[GermError]] = set()

    def __iter__(self) -> Iterator[Any]:
        """Yield the settings of each attempt, until no error requires another one."""
        while True:
            self.wanted = set()
            assuming = self.bits == len(BITS) - 1
            bits = BITS[self.bits] + self.more_bits
            families = self.families.setdefault((bits, assuming), {})
            with (
                precision(bits),
                expanding(self.order + SPANS[self.span], assuming, families) as now,
            ):
                yield now
            if MoreDigitsError in self.wanted and not assuming:
                self.bits += 1
            elif MoreTermsError in self.wanted and self.span + 1 < len(SPANS):
                self.span += 1
            else:
                return

    def again(self, error: GermError) -> None:
        """Require another attempt because of an error that more bits or terms may avoid."""
        self.wanted.add(type(error))


def _copied(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x
