"""What a function does at a point, told from its germs on both sides.

A derivative of any order is the limit of difference quotients of the one before.  On one side it is
read from the germ; where both sides give the same number, and the value at the point is the limit,
it is the derivative there, whatever operations on the way have kinks, jumps or poles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from flint import arb, fmpq

from autodiff_cli.derive.germ_graph import Germs, Missing
from autodiff_cli.derive.germ_numbers import (
    ONE,
    ZERO,
    GermError,
    MoreDigitsError,
    MoreTermsError,
    NoGermError,
    NotRealError,
    Number,
    as_number,
    ball_of,
    expanding,
    is_zero_number,
)
from autodiff_cli.derive.germs import (
    OSCILLATES,
    Germ,
    Value,
    derivative,
    is_zero,
    limit,
    step,
    without_growth,
)
from autodiff_cli.engine import Variable
from autodiff_cli.graph.balls import Balls, precision
from autodiff_cli.graph.rounding import nearest_decimal, nearest_float

__all__ = ["Behaviour", "Point", "Side"]

UNDECIDED = "whether a number is 0 cannot be told"

BITS = (128, 512, 2048)
"""With how many bits germs are computed, before what may be 0 is taken for it."""

SPANS = (3, 8, 24)
"""How many exponents they have beyond the order that is asked for."""

RANK, SMALLER = 2, 4
"""Of the step, and of one that is infinitely smaller."""

Direction: TypeAlias = tuple[Variable, tuple[int, ...], Any]
"""An element of a leaf, and how fast it moves."""

Turn: TypeAlias = tuple[Variable, tuple[int, ...], int]
"""An element of a leaf, and how often to differentiate by it."""


@dataclass(frozen=True)
class Side:
    """One side of a point.

    Attributes
    ----------
    derivatives
        The limit of the value, then the derivatives as far as they are finite, and the first that
        is not; numbers, an infinity as a ball.
    reason
        Why there are no more, if it is another reason.
    pole
        The exponent with which the value grows, if it goes to an infinity as a power.
    exists
        Whether the function has real values on this side.
    germ
        The germ, in the distance from the point.
    assumed
        Whether a number was taken for 0 that many digits cannot tell from it.
    """

    derivatives: tuple[Number, ...] = ()
    reason: str = ""
    pole: Any = None
    exists: bool = True
    germ: Value = None
    assumed: bool = False

    @property
    def limit(self) -> Number | None:
        """The limit of the value; None if it is not known."""
        return self.derivatives[0] if self.derivatives else None

    def get(self, k: int) -> Number | None:
        """Return the derivative of an order, None if there is none."""
        return self.derivatives[k] if k < len(self.derivatives) else None


def is_finite(x: Number | None) -> bool:
    """Return whether a number is one."""
    return x is not None and bool(ball_of(x).is_finite())


def same(x: Number | None, y: Number | None) -> bool:
    """Return whether two numbers, or infinities, are the same."""
    if x is None or y is None:
        return False
    if not (is_finite(x) and is_finite(y)):
        return bool(not is_finite(x) and not is_finite(y) and (ball_of(x) > 0) == (ball_of(y) > 0))
    if x is y:
        return True
    try:
        with precision(BITS[-1]):
            return is_zero_number(as_number(x - y))
    except MoreDigitsError:
        # Two computations of one number: their balls have it in common.
        return True


@dataclass(frozen=True)
class Behaviour:
    """What a function does at a point along one axis.

    Attributes
    ----------
    order
        Of the derivative that is asked for.
    at
        The value at the point; None if it is no finite number.
    left, right
        The two sides.
    """

    order: int
    at: Number | None
    left: Side
    right: Side

    @property
    def sides(self) -> list[Side]:
        """The sides on which the function has real values."""
        return [side for side in (self.left, self.right) if side.exists]

    @property
    def reason(self) -> str:
        """Why nothing is known, if that is so."""
        return next((side.reason for side in self.sides if not side.derivatives), "")

    @property
    def limit(self) -> Number | None:
        """The one finite limit; None if there is none."""
        return self.common(0)

    def common(self, k: int) -> Number | None:
        """Return what the derivative of an order is on all sides there are."""
        found = [side.get(k) for side in self.sides]
        if not found or not all(same(x, found[0]) for x in found):
            return None
        return found[0]

    @property
    def failing(self) -> int | None:
        """The first order of which there is no finite derivative of the continuous extension."""
        for k in range(self.order + 1):
            if not is_finite(self.common(k)):
                return k
        return None

    @property
    def is_displaced(self) -> bool:
        """Whether there is a limit, and the value at the point is another number."""
        limit = self.limit
        return self.at is not None and is_finite(limit) and not same(self.at, limit)

    @property
    def extension(self) -> Number | None:
        """The derivative of the continuous extension; None if there is none."""
        return self.common(self.order) if self.failing is None else None

    @property
    def kind(self) -> str:
        """What there is to say, in a word.

        ``smooth``, ``outside`` where there is no side, ``unknown``, ``pole``, ``jump``,
        ``displaced``, ``removable``, ``vertical``, ``kink``, or ``order`` for one of a derivative.
        """
        if not self.sides:
            return "outside"
        if any(not side.derivatives for side in self.sides):
            return "unknown"
        if any(not is_finite(side.limit) for side in self.sides):
            return "pole"
        if self.limit is None:
            return "jump"
        if self.at is None:
            return "removable"
        if self.is_displaced:
            return "displaced"
        k = self.failing
        if k is None:
            return "smooth"
        if any(side.get(k) is None for side in self.sides):
            return "unknown"
        if k > 1:
            return "order"
        return "kink" if self.common(1) is None else "vertical"

    @property
    def answer(self) -> Number | None:
        """The derivative, an infinite one too; None if there is none or it is not known."""
        kind = self.kind
        if kind == "smooth":
            return self.common(self.order)
        if kind in ("vertical", "order") and self.failing == self.order:
            return self.common(self.order)
        return None


@dataclass
class Point:
    """A graph at a point, from which its leaves may move.

    Parameters
    ----------
    y
        What is looked at.
    known
        What gives the numbers of leaves that stand for others than the float64 they hold; None if
        all are just these.
    """

    y: Variable
    known: Mapping[Variable, Callable[[], Any]] | None
    _families: dict[Any, Any] = field(default_factory=dict)

    def behaviours(
        self, x: Variable, place: tuple[int, ...], order: int, digits: int | None = None
    ) -> Any:
        """Return what the elements of ``y`` do as one element of a leaf moves.

        Returns
        -------
        ndarray of Behaviour
            Of the shape of ``y``.
        """
        return self.along([(x, place, 1)], order, digits)

    def along(self, directions: Sequence[Direction], order: int, digits: int | None = None) -> Any:
        """Return what the elements of ``y`` do as elements of leaves move together."""
        sides = [self._side(directions, way, order, digits) for way in (-1, 1)]
        made = np.empty(self.y.shape, object)
        for k in np.ndindex(*self.y.shape):
            left, right = (side[k] for side in sides)
            made[k] = Behaviour(order, self._values[k], left, right)
        return made

    def series(
        self, directions: Sequence[Direction], order: int, way: int, digits: int | None = None
    ) -> list[tuple[Any, Number]] | None:
        """Return the terms of a scalar on one side, up to an order.

        Returns
        -------
        list or None
            Exponents with coefficients that are not 0: in powers of the variable where exponents
            are whole, else of the distance.  None if there are no real values on this side.

        Raises
        ------
        NoGermError
            If there is no such series.
        """
        directions = [(x, place, way * speed) for x, place, speed in directions]
        attempts = _Attempts(order, digits, self._families)
        for now in attempts:
            (value,) = _boxed(
                self._germs(self._moved((*d, RANK) for d in directions))[self.y]
            ).ravel()
            try:
                return _terms(value, order, way, digits, now)
            except NotRealError:
                return None
            except (MoreTermsError, MoreDigitsError) as error:
                attempts.again(error)
        raise NoGermError(UNDECIDED)

    @cached_property
    def _values(self) -> Any:
        """Return the values at the point, None for those that are no finite numbers."""
        made = np.empty(self.y.shape, object)
        attempts = _Attempts(0, None, self._families)
        for _ in attempts:
            found = _boxed(self._germs({})[self.y])
            # Where what is 0 is divided by, numbers go on by IEEE 754.
            plain = _boxed(Balls(self.known or {}, literals_are_held=self.known is None)[self.y])
            for k in np.ndindex(*made.shape):
                value = found[k]
                if type(value) is Missing:
                    if not isinstance(value.error, NotRealError):
                        attempts.again(value.error)
                    value = plain[k]
                made[k] = value if is_finite(value) else None
        return made

    def _germs(self, moving: Mapping[Variable, Any]) -> Germs:
        return Germs(self.known or {}, moving, held=self.known is None)

    def _side(
        self, directions: Sequence[Direction], way: int, order: int, digits: int | None
    ) -> Any:
        made = np.full(self.y.shape, None, object)
        directions = [(x, place, way * speed) for x, place, speed in directions]
        attempts = _Attempts(order, digits, self._families)
        for now in attempts:
            germs = self._germs(self._moved((*d, RANK) for d in directions))
            found = _boxed(germs[self.y])
            for k in np.ndindex(*made.shape):
                if made[k] is not None:
                    continue
                try:
                    made[k] = _read(found[k], way, order, digits, now)
                except (MoreTermsError, MoreDigitsError) as error:
                    attempts.again(error)
        for k in np.ndindex(*made.shape):
            if made[k] is None:
                made[k] = Side(reason=UNDECIDED)
        return made

    def _moved(self, steps: Iterable[tuple[Variable, tuple[int, ...], Any, int]]) -> dict[Any, Any]:
        """Return leaves of which elements move, each with a speed and the rank of its step."""
        moved: dict[Variable, Any] = {}
        for x, place, speed, rank in steps:
            value = moved[x] if x in moved else _copied(self._germs({})[x])
            h = step(rank) * speed
            if isinstance(value, np.ndarray):
                value[place] = value[place] + h
                moved[x] = value
            else:
                moved[x] = value + h
        return moved

    def mixed(self, first: Turn, then: Turn, digits: int | None = None) -> Number | None:
        """Return a mixed derivative of a scalar, by one element and then by another one.

        The derivative by the first has to exist at the point and beside it, as the second moves.

        Parameters
        ----------
        first, then
            A leaf, the place of an element, and how often to differentiate by it.

        Returns
        -------
        Number or None
            None if there is none, or it is not known.
        """
        x, place, times = first
        at = self.behaviours(x, place, times, digits)[()].answer
        if not is_finite(at):
            return None
        found: list[Number] = []
        for way in (-1, 1):
            attempts = _Attempts(times + then[2], digits, self._families)
            number: Number | None = None
            for now in attempts:
                try:
                    number = self._one_way(first, then, way, at)
                    if not now.assuming and not _is_exact_enough(as_number(number), digits):
                        raise MoreDigitsError
                except (MoreTermsError, MoreDigitsError) as error:
                    number = None
                    attempts.again(error)
                except GermError:
                    return None
            if not is_finite(number):
                return None
            found.append(as_number(number))
        return found[1] if same(*found) else None

    def _one_way(self, first: Turn, then: Turn, way: int, at: Number) -> Number:
        """Return a mixed derivative from the one side to which the second element moves."""
        (x, place, times), (z, other, again) = first, then
        beside = self._germs(self._moved([(z, other, way, RANK)]))[self.y]
        slopes = []
        for side in (-1, 1):
            moving = self._moved([(x, place, side, SMALLER), (z, other, way, RANK)])
            germ = self._germs(moving)[self.y]
            for value in (germ, beside):
                if type(value) is Missing:
                    raise value.error
            value, slope = _coefficients_of_smaller(germ, times)
            if not _is_same_germ(value, beside):
                raise NoGermError("it jumps")
            slopes.append(slope * fmpq(side) ** times * fmpq(math.factorial(times)))
        if not _is_same_germ(*slopes):
            raise NoGermError("it has kinks beside the point")
        found = list(_derivatives(slopes[1], again))
        if len(found) <= again or not same(found[0], at):
            raise NoGermError("it does not exist")
        return found[again] * fmpq(way) ** again


class _Attempts:
    """How often germs are computed again, each time with more bits or more terms."""

    def __init__(
        self, order: int, digits: int | None = None, families: dict[Any, Any] | None = None
    ) -> None:
        self.order = order
        self.families: dict[Any, Any] = {} if families is None else families
        self.more_bits = 0 if digits is None else int(3.33 * digits)
        self.bits, self.span = 0, 0
        self.wanted: set[type[GermError]] = set()

    def __iter__(self) -> Iterator[Any]:
        """Yield the settings, as long as an error asks for others."""
        while True:
            self.wanted = set()
            assuming = self.bits == len(BITS)
            bits = BITS[min(self.bits, len(BITS) - 1)] + self.more_bits
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
        """Note an error that other settings may help against."""
        self.wanted.add(type(error))


def _boxed(x: Any) -> Any:
    if isinstance(x, np.ndarray):
        return x
    box = np.empty((), object)
    box[()] = x
    return box


def _copied(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x


def _coefficients_of_smaller(x: Value, k: int) -> tuple[Value, Value]:
    """Return the coefficients of the powers 0 and k of the smaller step, if all below are whole."""
    if type(x) is not Germ or x.rank < SMALLER:
        return x, ZERO
    if x.rank > SMALLER or x.growth is not None or x.rough is not None:
        raise NoGermError("it has no such expansion")
    if x.end is not None and x.end <= k:
        raise MoreTermsError
    for e, c in x.terms:
        if e < k and (e < 0 or e.q != 1) and not is_zero(c):
            raise NoGermError("it has no derivative beside the point")
    terms = dict(x.terms)
    return terms.get(ZERO, ZERO), terms.get(fmpq(k), ZERO)


def _is_same_germ(x: Value, y: Value) -> bool:
    """Return whether two germs agree, as far as their terms are known."""
    try:
        return is_zero(x - y)
    except MoreTermsError:
        return True


def _read(value: Any, way: int, order: int, digits: int | None, now: Any) -> Side:
    if type(value) is Missing:
        if isinstance(value.error, NotRealError):
            return Side(exists=False)
        if isinstance(value.error, NoGermError):
            return Side(reason=value.error.reason)
        raise value.error
    if type(value) is arb and value.is_nan():
        return Side(exists=False)
    found: list[Number] = []
    reason = ""
    try:
        for k, by_step in enumerate(_derivatives(value, order)):
            number = as_number(-by_step if k % 2 and way < 0 else by_step)
            if not now.assuming and not _is_exact_enough(number, digits):
                raise MoreDigitsError
            found.append(number)
    except NoGermError as error:
        reason = error.reason
    return Side(tuple(found), reason, _pole(value), True, value, now.assumed)


def _terms(
    value: Any, order: int, way: int, digits: int | None, now: Any
) -> list[tuple[Any, Number]]:
    """Return the terms of a germ whose coefficients are numbers, but for those that are 0."""
    if type(value) is Missing:
        raise value.error
    if type(value) is not Germ:
        value = Germ(RANK, [(ZERO, value)])
    value = without_growth(value)
    if value.rough is not None and value.rough[0] <= order:
        raise NoGermError(OSCILLATES)
    if value.end is not None and value.end <= order:
        raise MoreTermsError
    found = []
    for e, c in value.terms:
        if e > order:
            break
        if type(c) is Germ:
            raise NoGermError("it has a logarithm")
        number = as_number(-c if way < 0 and e.q == 1 and e.p % 2 else c)
        if not is_finite(number):
            raise NoGermError("it has an infinite coefficient")
        if is_zero_number(number):
            continue
        if not now.assuming and not _is_exact_enough(number, digits):
            raise MoreDigitsError
        found.append((e, number))
    return found


def _is_exact_enough(x: Number, digits: int | None) -> bool:
    if type(x) is fmpq or not x.is_finite():
        return True
    return (nearest_float(x) if digits is None else nearest_decimal(x, digits)) is not None


def _derivatives(x: Value, order: int) -> Iterator[Number]:
    """Yield limit and derivatives by the step, as far as they are finite and the first that is not.

    The limit of the difference quotients of the derivative before, not of the derivative: that may
    oscillate.
    """
    at = limit(x)
    yield at
    before = x
    for k in range(1, order + 1):
        if not is_finite(at):
            return
        quotient = _without_limit(before) * Germ(RANK, [(fmpq(-1), ONE)])
        at = limit(quotient)
        yield at
        if k < order:
            before = derivative(before, RANK)


def _without_limit(x: Value) -> Value:
    """Return a finite germ less its limit."""
    if type(x) is not Germ:
        return ZERO
    if x.growth is not None:
        return x
    terms = [(e, c if e > 0 else _without_limit(c)) for e, c in x.terms if e >= 0]
    return x.with_terms(terms)


def _pole(x: Value) -> Any:
    """Return the exponent with which a germ grows; None if it does not, or not as a power."""
    if type(x) is not Germ or x.growth is not None or x.rank != RANK:
        return None
    try:
        e, c = x.leading()
    except GermError:
        return None
    return -e if e < 0 and type(c) is not Germ else None
