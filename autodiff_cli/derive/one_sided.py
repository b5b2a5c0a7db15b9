"""What a function does at a point, told from both sides.

A derivative of any order is the limit of difference quotients of the one before.  Where both sides
give the same number, and the value at the point is the limit, it is the derivative there, whatever
operations on the way have kinks, jumps or poles.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    assumed
        Whether a number was taken for 0 that many digits cannot tell from it.
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
        with precision(MOST_BITS):
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
    def named_sides(self) -> list[tuple[str, Side]]:
        """The same, each with its name."""
        named = ("left", self.left), ("right", self.right)
        return [(name, side) for name, side in named if side.exists]

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
