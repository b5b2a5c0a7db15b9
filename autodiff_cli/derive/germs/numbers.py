"""Define the coefficients of germs: rationals, balls, and exact rational multiples of pi."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from flint import arb, ctx, fmpq

from autodiff_cli.graph.ball_arithmetic import settled

__all__ = [
    "MOST_BITS",
    "ONE",
    "ZERO",
    "Angle",
    "GermError",
    "MoreDigitsError",
    "MoreTermsError",
    "NoGermError",
    "NotRealError",
    "Settings",
    "as_number",
    "ball_of",
    "expanding",
    "is_zero_number",
    "settings",
    "sign_of_number",
]

Number: TypeAlias = Any
"""A ``fmpq``, an ``arb`` or an `Angle`."""

ZERO, ONE = fmpq(0), fmpq(1)

MOST_BITS = 2048
"""The most bits with which a number is compared with 0."""


class GermError(Exception):
    """A germ cannot be computed, or not with the current settings."""


class MoreDigitsError(GermError):
    """The precision does not determine whether a number is 0."""


class MoreTermsError(GermError):
    """The known terms do not determine the behaviour of a function."""


class NotRealError(GermError):
    """The function has no real values on this side of the point."""


class NoGermError(GermError):
    """The behaviour of a function is not that of any series in powers and logarithms.

    Attributes
    ----------
    reason
        The kind of behaviour, such as ``it oscillates``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Settings:
    """The settings of a computation of germs.

    Attributes
    ----------
    span
        The difference between the last and the first exponent of a germ.
    assuming
        Whether a number that many digits do not distinguish from 0 is taken to be 0.
    assumed
        Whether that happened.
    sided
        Whether a decision was made that may be another one on the other side of the point.
    families
        The Taylor series that are known at this precision, by the point of expansion.
    """

    span: int = 8
    assuming: bool = False
    assumed: bool = False
    sided: bool = False
    families: dict[Any, Any] = field(default_factory=dict)


_settings: ContextVar[Settings] = ContextVar("settings", default=Settings())  # noqa: B039


def settings() -> Settings:
    """Return the current settings."""
    return _settings.get()


@contextmanager
def expanding(
    span: int, assuming: bool = False, families: dict[Any, Any] | None = None
) -> Iterator[Settings]:
    """Set the span of germs, and how zeros are decided, inside the block."""
    now = Settings(span, assuming, families={} if families is None else families)
    token = _settings.set(now)
    try:
        yield now
    finally:
        _settings.reset(token)


class Angle:
    """A number ``rational + turns * pi``, which is not rational.

    Parameters
    ----------
    rational, turns
        Rationals; ``turns`` is not 0.
    """

    __slots__ = ("rational", "turns")

    def __init__(self, rational: Any, turns: Any) -> None:
        self.rational, self.turns = rational, turns

    @staticmethod
    def of(rational: Any, turns: Any) -> Number:
        """Return the number, a rational if it is one."""
        return Angle(rational, turns) if turns != 0 else rational

    @property
    def ball(self) -> Any:
        """The number at the current precision."""
        return arb(self.rational) + arb(self.turns) * arb.pi()

    def __add__(self, other: Any) -> Number:
        if type(other) is Angle:
            return Angle.of(self.rational + other.rational, self.turns + other.turns)
        if type(other) in (fmpq, int):
            return Angle(self.rational + other, self.turns)
        return self.ball + other if type(other) is arb else NotImplemented

    __radd__ = __add__

    def __neg__(self) -> Number:
        return Angle(-self.rational, -self.turns)

    def __sub__(self, other: Any) -> Number:
        return self + -other

    def __rsub__(self, other: Any) -> Number:
        return -self + other

    def __mul__(self, other: Any) -> Number:
        if type(other) in (fmpq, int):
            return Angle.of(self.rational * other, self.turns * other)
        other = other.ball if type(other) is Angle else other
        return self.ball * other if type(other) is arb else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Number:
        if type(other) in (fmpq, int):
            return self * (ONE / other)
        if type(other) is Angle:
            if self.rational * other.turns == other.rational * self.turns:
                return self.turns / other.turns
            other = other.ball
        return self.ball / other if type(other) is arb else NotImplemented

    def __rtruediv__(self, other: Any) -> Number:
        return other / self.ball


def ball_of(x: Number) -> Any:
    """Return a number as a ball of the current precision."""
    return x.ball if type(x) is Angle else arb(x) if type(x) is not arb else x


def as_number(x: Number) -> Number:
    """Return an angle as a ball, a ball without radius as the rational it is."""
    return settled(x.ball if type(x) is Angle else x)


def is_zero_number(x: Number) -> bool:
    """Return whether a number is 0.

    Raises
    ------
    MoreDigitsError
        If the precision does not determine that.
    """
    if type(x) is fmpq:
        return bool(x == 0)
    if type(x) is Angle:
        return False
    if x.is_nan():
        raise MoreDigitsError
    if x == 0:
        return True
    if not x.contains(0):
        return False
    now = settings()
    if now.assuming and abs(x) < arb(2) ** (-3 * ctx.prec // 4):
        now.assumed = True
        return True
    raise MoreDigitsError


def sign_of_number(x: Number) -> int:
    """Return -1, 0 or 1.

    Raises
    ------
    MoreDigitsError
        If the precision does not determine it.
    """
    if is_zero_number(x):
        return 0
    return 1 if ball_of(x) > 0 else -1
