"""Describe the behaviour of a function at a point by its limits and derivatives on both sides.

A derivative of any order is the limit of difference quotients of the one before.  If both sides
have the same limit, and the value at the point is the limit of the value, it is the derivative
there, even if intermediate operations have kinks, jumps or poles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autodiff_cli.derive.germs.numbers import (
    MOST_BITS,
    MoreDigitsError,
    Number,
    as_number,
    ball_of,
    is_zero_number,
)
from autodiff_cli.graph.balls import precision

__all__ = ["Behaviour", "Side", "is_finite", "same"]


@dataclass(frozen=True)
class Side:
    """The behaviour on one side of a point.

    Attributes
    ----------
    derivatives
        The limit of the value and the derivatives, up to the first that is not finite; an infinity
        is a ball.
    reason
        The reason why there are no more, if the last is finite.
    pole
        The order of the pole, if the value tends to an infinity as a power does.
    exists
        Whether the function has real values on this side.
    assumed
        Whether a number that many digits do not distinguish from 0 was taken to be 0.
    """

    derivatives: tuple[Number, ...] = ()
    reason: str = ""
    pole: Any = None
    exists: bool = True
    assumed: bool = False

    @property
    def limit(self) -> Number | None:
        """The limit of the value; None if it is not known."""
        return self.derivatives[0] if self.derivatives else None

    def get(self, k: int) -> Number | None:
        """Return the derivative of an order; None if there is none."""
        return self.derivatives[k] if k < len(self.derivatives) else None


def is_finite(x: Number | None) -> bool:
    """Return whether there is a number, and it is finite."""
    return x is not None and bool(ball_of(x).is_finite())


def same(x: Number | None, y: Number | None) -> bool:
    """Return whether two numbers or infinities are the same; None is not the same as anything."""
    if x is None or y is None:
        return False
    if not (is_finite(x) and is_finite(y)):
        return bool(not is_finite(x) and not is_finite(y) and (ball_of(x) > 0) == (ball_of(y) > 0))
    if x is y:
        return True
    try:
        with precision(MOST_BITS):
            return is_zero_number(as_number(x - y))
    except MoreDigitsError:
        # Balls that overlap at this precision are taken to be computations of one number.
        return True


@dataclass(frozen=True)
class Behaviour:
    """The behaviour of a function at a point along one line.

    Attributes
    ----------
    order
        The order of the requested derivative.
    at
        The value at the point; None if it is not a finite number.
    left, right
        The two sides.
    """

    order: int
    at: Number | None
    left: Side
    right: Side

    @cached_property
    def sides(self) -> list[Side]:
        """The sides on which the function has real values."""
        return [side for side in (self.left, self.right) if side.exists]

    @property
    def named_sides(self) -> list[tuple[str, Side]]:
        """The same, each with its name."""
        named = ("left", self.left), ("right", self.right)
        return [(name, side) for name, side in named if side.exists]

    @property
    def reason(self) -> str:
        """The reason why nothing is known of a side, if that is so."""
        return next((side.reason for side in self.sides if not side.derivatives), "")

    @property
    def limit(self) -> Number | None:
        """The one finite limit; None if there is none."""
        return self.common(0)

    def common(self, k: int) -> Number | None:
        """Return the derivative of an order that all existing sides have; None if they differ."""
        found = [side.get(k) for side in self.sides]
        if not found or not all(same(x, found[0]) for x in found):
            return None
        return found[0]

    @cached_property
    def failing(self) -> int | None:
        """The first order in which the continuous extension has no finite derivative."""
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

    @cached_property
    def kind(self) -> str:
        """The kind of behaviour, in a word.

        ``smooth``, ``outside`` if the function is real on neither side, ``unknown``, ``pole``,
        ``jump``, ``displaced``, ``removable``, ``vertical``, ``kink``, or ``order`` if a derivative
        exists and one of higher order does not.
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
        """The derivative, which may be infinite; None if there is none or it is not known."""
        kind = self.kind
        if kind == "smooth":
            return self.common(self.order)
        if kind in ("vertical", "order") and self.failing == self.order:
            return self.common(self.order)
        return None
