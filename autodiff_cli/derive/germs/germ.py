"""Define germs: the behaviour of a function on one side of a point, as a series in a step h > 0.

A germ is ``c0 h**q0 + c1 h**q1 + ...`` with rising rational exponents, of which some first terms
are known: a Laurent or Puiseux series (J. van der Hoeven, "Transseries and real differential
algebra", Lecture Notes in Mathematics 1888, 2006).  Its coefficients are numbers, or germs
themselves in a variable that tends to 0 infinitely more slowly.  Each variable has a rank, which is
greater for a smaller variable: that of a step h is even, and the rank below is that of
``-1/log(h)``, so that logarithms are germs too; steps of different variables have different ranks.
A series may have the exponential of an infinite germ as a factor: if that tends to -inf, the germ
is flat, that is, smaller than every power.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flint import arb, fmpq

from autodiff_cli.derive.germs.numbers import (
    ONE,
    ZERO,
    Angle,
    MoreTermsError,
    NoGermError,
    is_zero_number,
    settings,
    sign_of_number,
)
from autodiff_cli.derive.germs.rough_parts import OSCILLATES, Rough, rougher
from autodiff_cli.derive.germs.terms import Term, Value, least, merged, products, total

__all__ = [
    "ESSENTIAL",
    "Germ",
    "Value",
    "exponent",
    "first_of",
    "grown",
    "is_infinite",
    "is_nothing",
    "is_plain",
    "is_zero",
    "lifted",
    "reflected",
    "rough",
    "sign",
    "step",
    "truncated",
    "without_growth",
]
ESSENTIAL = "it grows faster than every power"

MOST_TERMS = 400
"""The most terms of a germ."""


class Germ:
    """A germ, immutable.

    Attributes
    ----------
    rank
        The rank of its variable.
    terms
        The exponents, in rising order, with their coefficients, which may turn out to be 0.
    end
        The exponent from which on terms are unknown; None if there are no others.
    rough
        A part of which only a bound is known, such as ``sin(1/h)``; None if there is none.
    flat
        Whether there may be another part that is smaller than every power.
    growth
        The germ whose exponential is a factor; None if there is none.
    """

    __slots__ = ("end", "flat", "growth", "rank", "rough", "terms")
    __array_ufunc__ = None

    def __init__(
        self,
        rank: int,
        terms: Iterable[Term],
        end: Any = None,
        rough: Rough | None = None,
        flat: bool = False,
        growth: Germ | None = None,
    ) -> None:
        self.rank = rank
        kept = [term for term in terms if not _is_certain_zero(term[1])]
        if kept and end is not None and kept[-1][0] >= end:
            kept = [term for term in kept if term[0] < end]
        if kept:
            most = kept[0][0] + settings().span
            if kept[-1][0] >= most:
                kept = [term for term in kept if term[0] < most]
                end = most if end is None or end > most else end
            if len(kept) > MOST_TERMS:
                raise NoGermError("its expansion has too many terms")
        self.terms = tuple(kept)
        self.end, self.rough, self.flat, self.growth = end, rough, flat, growth

    def __repr__(self) -> str:
        terms = " + ".join(f"({c})*h{self.rank}**{e}" for e, c in self.terms)
        return f"{terms or 0} + O({self.end}) {self.rough or ''} {self.growth or ''}"

    def with_terms(self, terms: Iterable[Term]) -> Germ:
        """Return the germ with other terms."""
        return Germ(self.rank, terms, self.end, self.rough, self.flat, self.growth)

    def leading(self) -> Term:
        """Return the first exponent whose coefficient is not 0, with that.

        Raises
        ------
        MoreTermsError
            If all known coefficients are 0.
        """
        for e, c in self.terms:
            if self.rough is not None and e >= self.rough.exponent:
                break
            if not is_zero(c):
                return e, c
        if self.rough is not None and (self.end is None or self.rough.exponent <= self.end):
            raise NoGermError(self.rough.reason)
        if self.flat and self.end is None:
            raise NoGermError("it is smaller than every power")
        raise MoreTermsError

    @property
    def start(self) -> Any:
        """A lower bound of the exponents of terms; None if there are no terms."""
        return self.terms[0][0] if self.terms else self.end

    # --- arithmetic ---

    def __neg__(self) -> Germ:
        return self.with_terms([(e, -c) for e, c in self.terms])

    def __add__(self, other: Any) -> Value:
        if not _is_value(other):
            return NotImplemented
        other = lifted(other, self.rank)
        if other.rank > self.rank:
            return other + self
        if is_nothing(other):
            return self
        if self.growth is not None or other.growth is not None:
            return _sum_of_exponentials(self, other)
        added = Germ(
            self.rank,
            merged(self.terms, other.terms),
            least(self.end, other.end),
            rougher(self.rough, other.rough),
            self.flat or other.flat,
        )
        return ZERO if is_nothing(added) else added

    __radd__ = __add__

    def __sub__(self, other: Any) -> Value:
        return ZERO if other is self else self + -other

    def __rsub__(self, other: Any) -> Value:
        return -self + other

    def __mul__(self, other: Any) -> Value:
        if not _is_value(other):
            return NotImplemented
        other = lifted(other, self.rank)
        if other.rank > self.rank:
            return other * self
        if is_nothing(self) or is_nothing(other):
            return ZERO
        for one, factor in ((self, other), (other, self)):
            if one.flat and not one.terms and factor.growth is not None:
                raise NoGermError(ESSENTIAL)
        end = least(total(self.end, other.start), total(other.end, self.start))
        terms, end = products(self.terms, other.terms, end)
        return grown(
            Germ(
                self.rank,
                terms,
                end,
                rougher(_shifted(self.rough, other), _shifted(other.rough, self)),
                self.flat or other.flat,
            ),
            _sum_of_growths(self.growth, other.growth),
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Value:
        from autodiff_cli.derive.germs.quotients import inverse

        return self * inverse(lifted(other, self.rank)) if _is_value(other) else NotImplemented

    def __rtruediv__(self, other: Any) -> Value:
        from autodiff_cli.derive.germs.quotients import inverse

        return inverse(self) * other

    def __pow__(self, other: Any) -> Value:
        from autodiff_cli.derive.germs.functions import pow

        return pow(self, other) if _is_value(other) else NotImplemented

    def __rpow__(self, other: Any) -> Value:
        from autodiff_cli.derive.germs.functions import pow

        return pow(fmpq(other) if type(other) is int else other, self)


def exponent(term: Term) -> Any:
    """Return the exponent of a term."""
    return term[0]


def _is_certain_zero(c: Value) -> bool:
    if type(c) is Germ:
        return is_nothing(c)
    return type(c) is not Angle and bool(c == 0)


def is_nothing(x: Germ) -> bool:
    """Return whether a germ is exactly 0."""
    return not x.terms and x.end is None and x.rough is None and not x.flat


def lifted(x: Any, rank: int) -> Germ:
    """Return a number as a germ, and a germ of a slower variable as one of the given rank."""
    if type(x) is Germ:
        return x if x.rank >= rank else Germ(rank, [(ZERO, x)])
    return Germ(rank, [(ZERO, fmpq(x) if type(x) is int else x)])


def _is_value(x: Any) -> bool:
    return type(x) in (Germ, fmpq, arb, Angle, int)


def _shifted(bound: Rough | None, x: Germ) -> Rough | None:
    """Return the bound of a rough part times a germ."""
    if bound is None:
        return None
    starts = [e for e in (x.start, x.rough and x.rough.exponent) if e is not None]
    return bound.shifted(min(starts, default=ZERO))


def is_plain(x: Value) -> bool:
    """Return whether something is a number, or a Laurent series with numbers as coefficients."""
    if type(x) is not Germ:
        return type(x) in (fmpq, arb, Angle)
    parts = x.rough is None and x.growth is None and not x.flat
    return parts and all(e.q == 1 and type(c) is not Germ for e, c in x.terms)


def reflected(x: Value) -> Value:
    """Return a Laurent series in the step with the opposite sign."""
    if type(x) is not Germ:
        return x
    return x.with_terms([(e, -c if e.p % 2 else c) for e, c in x.terms])


def step(rank: int) -> Germ:
    """Return the variable itself."""
    return Germ(rank, [(ONE, ONE)])


def truncated(x: Germ, end: Any) -> Germ:
    """Return a germ of which terms from an exponent on are unknown."""
    return Germ(x.rank, x.terms, least(x.end, end), x.rough, x.flat, x.growth)


def rough(rank: int, exponent: Any, loss: Any, reason: str = OSCILLATES) -> Germ:
    """Return a germ of which only a bound is known."""
    return Germ(rank, (), None, Rough(exponent, loss, reason))


# --- exponential factors ---


def grown(x: Germ, growth: Value | None) -> Value:
    """Return the product of a germ with the exponential of another one."""
    if growth is None:
        return x
    from autodiff_cli.derive.germs.elementary import exp

    if type(growth) is not Germ:
        return x * exp(growth)
    big, rest = _split(growth)
    if type(rest) is not Germ or rest.terms or rest.end is not None:
        x = x * exp(rest)
    return Germ(x.rank, x.terms, x.end, x.rough, x.flat, big) if big.terms else x


def _split(x: Germ) -> tuple[Germ, Value]:
    """Return the terms with negative exponents, and the rest."""
    big = [(e, c) for e, c in x.terms if e < 0]
    if x.rough is not None or (x.end is not None and x.end <= 0):
        raise NoGermError(x.rough.reason) if x.rough is not None else MoreTermsError
    rest = Germ(x.rank, [(e, c) for e, c in x.terms if e >= 0], x.end, None, x.flat)
    return Germ(x.rank, big), rest


def _sum_of_growths(a: Germ | None, b: Germ | None) -> Value | None:
    return b if a is None else a if b is None else a + b


def _sum_of_exponentials(x: Germ, y: Germ) -> Value:
    """Return a sum, without a term that is smaller than the other times every power."""
    difference = (x.growth if x.growth is not None else ZERO) - (
        y.growth if y.growth is not None else ZERO
    )
    if type(difference) is Germ and is_infinite(difference):
        first = x if sign(difference) > 0 else y
        return Germ(first.rank, first.terms, first.end, first.rough, True, first.growth)
    bare = [Germ(g.rank, g.terms, g.end, g.rough, g.flat) for g in (x, y)]
    total = grown(bare[0], difference if type(difference) is Germ else None) + bare[1]
    return grown(total, y.growth) if type(total) is Germ else total


def without_growth(x: Germ) -> Germ:
    """Return a flat germ for one with an exponential factor, which must tend to 0."""
    if x.growth is None:
        return x
    if sign(x.growth) > 0:
        raise NoGermError(ESSENTIAL)
    return Germ(x.rank, (), None, None, True)


# --- zeros, signs and infinities ---


def is_zero(x: Value) -> bool:
    """Return whether a number or a germ is 0."""
    if type(x) is not Germ:
        return is_zero_number(x)
    return sign(x) == 0


def sign(x: Value) -> int:
    """Return the sign of a number, or of a germ close to the point.

    Raises
    ------
    MoreTermsError
        If the known terms do not determine it.
    NoGermError
        If it oscillates, or is smaller than every power.
    """
    if type(x) is not Germ:
        return sign_of_number(x)
    if is_nothing(x):
        return 0
    if x.end is None and x.rough is None and not x.flat and all(is_zero(c) for _, c in x.terms):
        return 0
    first, c = x.leading()
    if first != 0:
        settings().sided = True
    return sign(c)


def is_infinite(x: Value) -> bool:
    """Return whether a number is infinite, or a germ tends to an infinity."""
    if type(x) is not Germ:
        return type(x) is arb and not x.is_finite()
    if x.growth is not None:
        return sign(x.growth) > 0
    e, c = first_of(x)
    return e is not None and bool(e < 0 or is_infinite(c))


def first_of(x: Germ) -> tuple[Any, Value]:
    """Return the leading term if its exponent is not positive; else None and 0."""
    for e, c in x.terms:
        if e > 0:
            break
        if x.rough is not None and x.rough.exponent <= e:
            raise NoGermError(x.rough.reason)
        # A constant term is returned even if it may be 0.
        if (e == 0 and type(c) is not Germ) or not is_zero(c):
            return e, c
    if x.rough is not None and x.rough.exponent <= 0:
        raise NoGermError(x.rough.reason)
    if x.end is not None and x.end <= 0:
        raise MoreTermsError
    return None, ZERO
